//! `rbac`: its Roles are enough for each command, and with one verb less the command says which verb it lacks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::cluster;
use crate::doctor::{spec, target};
use crate::namespace::Namespace;
use crate::run::Run;
use crate::tools_image;

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody whose only rights are those of a Role.
pub(crate) struct Somebody<'n> {
    ns: &'n Namespace<'n>,
    kubeconfig: PathBuf,
    objects: Vec<Value>,
}

impl<'n> Somebody<'n> {
    /// A service account that is bound to what `rbac` writes for a command.
    pub(crate) fn with(ns: &'n Namespace<'n>, command: &str) -> Self {
        // One account and one Role for each command: rights of another must not help.
        let name = format!("only-{command}");
        ns.kubectl(&["create", "serviceaccount", &name]).success();
        let who = format!("serviceaccount:{}/{name}", ns.name);
        // A ClusterRole has no namespace, so its name carries it.
        let role = format!("{}-{command}", ns.name);
        let run = ns.plugin(&["rbac", command, "--name", &role, "--bind", &who, "-o", "json"]).success();
        let list: Value = serde_json::from_str(&run.stdout).unwrap();
        let objects = list["items"].as_array().unwrap().clone();
        for object in &objects {
            ns.apply(&object.to_string());
        }
        let kubeconfig = ns.cluster.kubeconfig_for_service_account(&ns.name, &name);
        Self { ns, kubeconfig, objects }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.ns.plugin_as(&self.kubeconfig, args)
    }

    /// The same with one verb less on a resource, for one run.
    fn without(&self, verb: &str, resource: &str, args: &[&str]) -> Run {
        let mut taken = false;
        for object in &self.objects {
            let mut less = object.clone();
            for rule in less.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
                let about = rule["resources"] == json!([resource]);
                let verbs = rule["verbs"].as_array_mut().unwrap();
                if about && verbs.iter().any(|own| own == verb) {
                    verbs.retain(|own| own != verb);
                    taken = true;
                }
            }
            // A rule without a verb is none.
            if let Some(rules) = less.get_mut("rules").and_then(Value::as_array_mut) {
                rules.retain(|rule| rule["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty()));
            }
            self.ns.apply(&less.to_string());
        }
        assert!(taken, "{verb} {resource} is in no rule");
        // The authorizer hears of a change a moment later.
        std::thread::sleep(Duration::from_millis(400));
        let run = self.run(args);
        for object in &self.objects {
            self.ns.apply(&object.to_string());
        }
        std::thread::sleep(Duration::from_millis(400));
        run
    }

    /// That each of these is missed by its name.
    #[track_caller]
    pub(crate) fn needs(&self, args: &[&str], verbs: &[(&str, &str)]) {
        for (verb, resource) in verbs {
            let run = self.without(verb, resource, args);
            assert_ne!(run.code, 0, "without {verb} {resource}, {args:?}: {}", run.transcript());
            let said = format!("{}{}", run.stdout, run.stderr);
            let whole = resource.split('/').next().unwrap();
            assert!(
                said.contains(verb) && said.contains(whole),
                "without {verb} {resource}, {args:?}: {}",
                run.transcript()
            );
        }
    }
}

fn file(ns: &Namespace<'_>, name: &str, text: &str) -> String {
    std::fs::create_dir_all(ns.cluster.home()).unwrap();
    let path = ns.cluster.home().join(format!("{}-{name}.yaml", ns.name));
    std::fs::write(&path, text).unwrap();
    text_of(&path)
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_role_for_looking_before_applying_is_enough_and_no_more() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("rbac-look");
    let file = file(&ns, "nightly", &spec("nightly", "0 2 * * *", ""));
    let verbs = [("patch", "cronjobs"), ("create", "cronjobs")];

    let somebody = Somebody::with(&ns, "validate-server");
    let args = ["validate", "--server", "-f", &file];
    let run = somebody.run(&args).success();
    assert!(!run.stdout.contains("NB807"), "{}", run.transcript());
    for (verb, resource) in verbs {
        // It goes on with what it may ask, and says of the rest that it was not asked.
        let run = somebody.without(verb, resource, &args);
        let words = format!("cannot {verb} resource \"{resource}\"");
        assert!(run.stdout.contains(&words), "{words}: {}", run.transcript());
    }

    let somebody = Somebody::with(&ns, "diff");
    let args = ["diff", "-f", &file];
    somebody.run(&args).expect_code(1);
    for (verb, resource) in verbs {
        let run = somebody.without(verb, resource, &args);
        // Without the server's dry run less is compared, and that is said.
        let words = format!("cannot {verb} resource \"{resource}\"");
        assert!(run.transcript().contains(&words), "{words}: {}", run.transcript());
    }
}

#[test]
fn the_roles_for_applying_and_deleting_are_enough_and_no_more() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("rbac-apply");
    let one = file(&ns, "one", &spec("one", "0 2 * * *", ""));
    let two = file(&ns, "two", &spec("two", "0 3 * * *", ""));

    let somebody = Somebody::with(&ns, "apply");
    let args = ["apply", "-f", &one, "--yes"];
    somebody.needs(&args, &[("create", "cronjobs"), ("patch", "cronjobs")]);
    somebody.run(&args).success();
    somebody.run(&args).success();

    let somebody = Somebody::with(&ns, "apply-prune");
    let set = ["--yes", "--applyset", "set", "--prune"];
    let first: Vec<&str> = ["apply", "-f", &one].into_iter().chain(set).collect();
    let second: Vec<&str> = ["apply", "-f", &two].into_iter().chain(set).collect();
    somebody.run(&first).success();
    somebody.needs(&second, &[("delete", "cronjobs")]);
    let run = somebody.run(&second).success();
    assert!(run.transcript().contains("pruned"), "{}", run.transcript());

    let somebody = Somebody::with(&ns, "delete");
    let args = ["delete", "two", "--yes"];
    somebody.needs(&args, &[("list", "cronjobs"), ("delete", "cronjobs")]);
    ns.plugin(&["apply", "-f", &two, "--yes"]).success();
    somebody.run(&args).success();

    let somebody = Somebody::with(&ns, "apply-crds");
    somebody.run(&["apply", "-f", &one, "--yes", "--with", "crds"]).success();
    let somebody = Somebody::with(&ns, "apply-specs");
    let run = somebody.run(&["apply", "-f", &one, "--yes", "--with", "specs"]).success();
    assert!(run.transcript().contains("neo4jbackup.neo4j.neo4j.com/one"), "{}", run.transcript());
}

#[test]
fn the_roles_for_running_and_watching_are_enough_and_no_more() {
    let Some(cluster) = cluster() else { return };
    tools_image::import(cluster);
    let ns = cluster.namespace("rbac-run");
    let file = file(&ns, "nightly", &spec("nightly", "0 2 * * *", ""));
    ns.apply(&ns.plugin(&["render", "-f", &file]).success().stdout);

    let somebody = Somebody::with(&ns, "trigger");
    let args = ["trigger", "nightly", "--wait", "--logs", "--timeout", "90s"];
    somebody.needs(&args, &[("list", "cronjobs"), ("create", "jobs")]);
    let run = somebody.run(&args).success();
    assert!(run.stdout.contains("neo4j-admin-standin database backup"), "{}", run.transcript());

    let somebody = Somebody::with(&ns, "status");
    let run = somebody.run(&["status"]).success();
    assert!(run.stdout.contains("nightly"), "{}", run.transcript());
    somebody.needs(&["status"], &[("list", "cronjobs")]);
    let somebody = Somebody::with(&ns, "status-all");
    somebody.run(&["status", "-A"]).success();
    somebody.needs(&["status", "-A"], &[("list", "cronjobs")]);

    let somebody = Somebody::with(&ns, "logs");
    let run = somebody.run(&["logs", "nightly"]).success();
    assert!(run.stdout.contains("neo4j-admin-standin database backup"), "{}", run.transcript());
    somebody.needs(&["logs", "nightly"], &[("get", "pods/log"), ("list", "jobs")]);

    let somebody = Somebody::with(&ns, "suspend");
    somebody.needs(&["suspend", "nightly"], &[("list", "cronjobs"), ("patch", "cronjobs")]);
    somebody.run(&["suspend", "nightly"]).success();
    let somebody = Somebody::with(&ns, "resume");
    somebody.needs(&["resume", "nightly"], &[("list", "cronjobs"), ("patch", "cronjobs")]);
    somebody.run(&["resume", "nightly"]).success();
}

#[test]
fn the_role_for_doctor_shows_everything_in_the_namespace() {
    let Some(cluster) = cluster() else { return };
    tools_image::import(cluster);
    let ns = cluster.namespace("rbac-doctor");
    target(&ns);
    let file = file(&ns, "nightly", &spec("nightly", "0 2 * * *", ""));
    ns.apply(&ns.plugin(&["render", "-f", &file]).success().stdout);

    let unknown = |run: &Run| -> Vec<String> {
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.transcript()));
        let checks = report["checks"].as_array().unwrap();
        let unknown = checks.iter().filter(|check| check["verdict"] == "unknown");
        unknown.map(|check| check["found"].as_str().unwrap().to_owned()).collect()
    };
    let args = ["doctor", "-f", &file, "-o", "json"];
    let somebody = Somebody::with(&ns, "doctor");
    let found = unknown(&somebody.run(&args).success());
    // What lies in the whole cluster, that there was no run, and that the stand-in's image says no version.
    for text in &found {
        let known = ["at the cluster scope", "no run", "the tag of busybox"];
        assert!(known.iter().any(|words| text.contains(words)), "{found:#?}");
    }
    for (verb, resource) in [
        ("list", "cronjobs"),
        ("list", "jobs"),
        ("list", "services"),
        ("list", "statefulsets"),
        ("list", "networkpolicies"),
        ("list", "resourcequotas"),
        ("list", "limitranges"),
        ("get", "persistentvolumeclaims"),
        ("get", "serviceaccounts"),
        ("create", "pods"),
    ] {
        let found = unknown(&somebody.without(verb, resource, &args).success());
        let words = format!("you cannot {verb} resource \"{resource}\"");
        assert!(found.iter().any(|text| text.contains(&words)), "{words}: {found:#?}");
    }

    let somebody = Somebody::with(&ns, "doctor-probe");
    let probe = ["doctor", "nightly", "--probe", "--yes"];
    let run = somebody.run(&probe).success();
    assert!(run.stdout.contains("was written, listed, read and deleted"), "{}", run.transcript());
    let run = somebody.without("create", "jobs", &probe);
    assert!(run.stdout.contains("you cannot create resource \"jobs\""), "{}", run.transcript());
    // The Job goes by its time to live then; somebody has to be told.
    let run = somebody.without("delete", "jobs", &probe);
    assert!(run.stderr.contains("stays until its time to live is over"), "{}", run.transcript());
    assert!(run.stderr.contains("delete"), "{}", run.transcript());
    ns.wait_for("the probe to be gone", 3 * MINUTE, || {
        let jobs = ns.get_json(&["jobs"]);
        (jobs["items"].as_array().unwrap().is_empty()).then_some(())
    });
}

#[test]
fn every_role_is_one_that_the_server_takes() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("rbac-all");
    let run = ns.plugin(&["rbac", "--bind", "user:ada", "--bind", "group:sre"]).success();
    assert_eq!(run.stdout, ns.plugin(&["rbac", "--bind", "user:ada", "--bind", "group:sre"]).stdout);
    assert!(!run.stdout.contains("ClusterRole"), "one namespace is enough: {}", run.stdout);
    ns.apply(&run.stdout);
    ns.plugin(&["rbac", "dance"]).expect_code(2);
}
