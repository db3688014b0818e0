//! Flux for real: its kustomize-controller rolls out what `emit flux` writes (issue 5, Show 2).

pub(crate) mod controller;
mod repository;
mod walk_through;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Flavour, cluster, newest};
use crate::end_to_end::flow::{Flow, Outcome};
use crate::images::IMAGE;
use crate::namespace::Namespace;
use crate::neo4j::deploy_cluster;
use crate::run;
use crate::specs;
use controller::{KUSTOMIZATION, install_definitions, ready, reconcile, reconciled};
use repository::{BUNDLE, Repository, backup, names, target};

/// A schedule that does not fire while a test runs, except on the first of January.
const SELDOM: &str = "  schedule: '0 0 1 1 *'\n";

#[test]
fn flux_rolls_out_a_change_and_a_removal_keeps_claims_and_puts_drift_right() {
    let Some(cluster) = cluster() else { return };
    let (ns, other) = (cluster.namespace("flux"), cluster.namespace("flux-other"));
    let repository = Repository::new(&ns);
    repository.write("specs/target.yaml", &target(IMAGE));
    repository.write("specs/nightly.yaml", &backup("nightly", "nightly-backups", SELDOM));
    repository.write("specs/weekly.yaml", &backup("weekly", "weekly-backups", SELDOM));
    // Two namespaces in one bundle.
    let elsewhere = backup("nightly", "nightly-backups", SELDOM)
        .replace("{name: nightly}\n", &format!("{{name: nightly, namespace: {}}}\n", other.name));
    let elsewhere = elsewhere.replace("name: graph}", &format!("name: graph, namespace: {}}}", ns.name));
    repository.write("specs/elsewhere.yaml", &elsewhere);
    let revision = repository.roll(&[]);
    repository.bootstrap();
    let rollout = repository.rolled_out("neo4j-backup", &revision);
    let checks = rollout["spec"]["healthChecks"].as_array().unwrap();
    assert!(checks.len() == 2 && checks.iter().all(|check| check["kind"] == "ServiceAccount"), "{checks:#?}");
    // Ready, although the claims wait for their first consumer.
    for namespace in [&ns, &other] {
        assert_eq!(namespace.get_json(&["pvc", "nightly-backups"])["status"]["phase"], "Pending");
    }

    // Nothing flaps.
    let before = states(&[&ns, &other]);
    assert_eq!(before.len(), 3 + 3 + 2, "{before:#?}");
    for round in 0..10 {
        let object = reconciled(&ns, "neo4j-backup");
        assert_eq!(object["status"]["lastAppliedRevision"], revision.as_str());
        assert_eq!(states(&[&ns, &other]), before, "round {round}");
    }

    // Drift is put right, whatever it is.
    let patch = r#"{"spec": {"schedule": "* * * * *", "suspend": true}}"#;
    ns.kubectl(&["patch", "cronjob", "nightly-backup-cron", "--type=merge", "-p", patch]).success();
    ns.kubectl(&["delete", "cronjob", "weekly-backup-cron"]).success();
    reconciled(&ns, "neo4j-backup");
    let nightly = ns.get_json(&["cronjob", "nightly-backup-cron"]);
    assert_eq!(
        (&nightly["spec"]["schedule"], &nightly["spec"]["suspend"]),
        (&json!("0 0 1 1 *"), &json!(false))
    );
    ns.kubectl(&["get", "cronjob", "weekly-backup-cron"]).success();

    // A change of a spec changes the object.
    repository
        .write("specs/nightly.yaml", &backup("nightly", "nightly-backups", "  schedule: '0 0 2 1 *'\n"));
    let revision = repository.roll(&[]);
    repository.rolled_out("neo4j-backup", &revision);
    let changed = ns.get_json(&["cronjob", "nightly-backup-cron"]);
    assert_eq!(changed["spec"]["schedule"], "0 0 2 1 *");
    assert_eq!(changed["metadata"]["uid"], nightly["metadata"]["uid"]);

    // What is gone from Git is deleted with its Jobs, and its claim stays.
    ns.kubectl(&["create", "job", "by-hand", "--from=cronjob/weekly-backup-cron"]).success();
    repository.remove("specs/weekly.yaml");
    let revision = repository.roll(&[]);
    repository.rolled_out("neo4j-backup", &revision);
    assert_eq!(ns.kubectl(&["get", "cronjob", "weekly-backup-cron"]).code, 1);
    ns.wait_for("the Jobs of the CronJob to go", Duration::from_secs(60), || {
        (ns.kubectl(&["get", "job", "by-hand"]).code == 1).then_some(())
    });
    ns.kubectl(&["get", "pvc", "weekly-backups"]).success();

    // Without the Kustomization nothing is left but the claims.
    ns.kubectl(&["delete", KUSTOMIZATION, "neo4j-backup"]).success();
    for namespace in [&ns, &other] {
        assert_eq!(namespace.kubectl(&["get", "cronjobs", "-o", "name"]).success().stdout, "");
        assert_eq!(namespace.kubectl(&["get", "serviceaccount", "neo4j-backup-sa"]).code, 1);
        namespace.kubectl(&["get", "pvc", "nightly-backups"]).success();
    }
}

/// What the API server says of every object that Flux could touch, by kind and name.
fn states(namespaces: &[&Namespace<'_>]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for ns in namespaces {
        let selector = "app.kubernetes.io/managed-by=kubectl-neo4j-backup";
        let args = ["cronjobs,jobs,pvc,serviceaccounts,configmaps", "-l", selector, "--show-managed-fields"];
        for object in ns.get_json(&args)["items"].as_array().unwrap() {
            let key = format!("{}/{}/{}", ns.name, object["kind"], object["metadata"]["name"]);
            found.insert(key, object["metadata"].clone());
        }
    }
    found
}

#[test]
fn a_backup_that_runs_once_runs_once_whatever_flux_does() {
    let Some(flow) = Flow::new("flux-once") else { return };
    let ns = &flow.namespace;
    deploy_cluster(ns, "graph", 1, &[("STANDIN_DATABASES", "neo4j,shop,system")]);
    let artifacts = flow.volume("once-backups", "1Gi");
    let repository = Repository::new(ns);
    const SMALL: &str = "  job: {backoffLimit: 0, resources: {requests: {cpu: 10m, memory: 32Mi}}}\n";
    repository.write("specs/target.yaml", &target(IMAGE));
    repository.write("specs/once.yaml", &backup("once", "once-backups", SMALL));
    repository.emit(&[]);
    // Whoever rolls out the folder above takes the Kustomizations, and leaves the objects to them.
    repository.write("deploy/parent.yaml", &parent(&ns.name));
    let revision = repository.push();
    ns.apply(&parent(&ns.name));
    repository.rolled_out("parent", &revision);
    let rollout = repository.rolled_out("neo4j-backup-once", &revision);
    assert_eq!(rollout["spec"]["dependsOn"], json!([{"name": "neo4j-backup"}]));
    let job = only_job(ns);
    let name = job["metadata"]["name"].as_str().unwrap().to_owned();
    let owner = |object: &Value| object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"].clone();
    assert_eq!(owner(&job), "neo4j-backup-once");
    assert_eq!(owner(&ns.get_json(&["pvc", "once-backups"])), "neo4j-backup");
    // The Kustomization was not ready before the Job had completed.
    assert_eq!(flow.wait(&name), Outcome::Complete);
    let written = names(&artifacts.join("once"));
    assert_eq!(written.len(), 3, "{written:?}");

    let before = states(&[ns]);
    for _ in 0..10 {
        for name in ["parent", "neo4j-backup", "neo4j-backup-once"] {
            reconciled(ns, name);
        }
        assert_eq!(states(&[ns]), before);
    }

    // Another image in the target is another template, which a Job cannot take: it stays as it is.
    repository.write("specs/target.yaml", &target("neo4j:5.26.12-enterprise"));
    let revision = repository.roll(&[]);
    assert!(
        repository.file(&format!("once/{}/job-{name}.yaml", ns.name)).contains("neo4j:5.26.12-enterprise")
    );
    repository.rolled_out("neo4j-backup-once", &revision);
    assert_eq!(only_job(ns)["metadata"]["uid"], job["metadata"]["uid"]);
    assert_eq!(names(&artifacts.join("once")), written);

    // A changed spec is a new Job, and the old one stays as the record of its run.
    let changed = format!("{SMALL}  options: {{backupType: FULL, verify: true}}\n");
    repository.write("specs/target.yaml", &target(IMAGE));
    repository.write("specs/once.yaml", &backup("once", "once-backups", &changed));
    let revision = repository.roll(&[]);
    repository.rolled_out("parent", &revision);
    repository.rolled_out("neo4j-backup-once", &revision);
    let jobs = ns.get_json(&["jobs"]);
    assert_eq!(jobs["items"].as_array().unwrap().len(), 2, "{jobs:#}");
    ns.kubectl(&["get", "job", &name]).success();
    assert_eq!(names(&artifacts.join("once")).len(), 6);

    // One that fails holds up its own Kustomization alone.
    // There is no full backup that a differential one could build on.
    let broken = format!("{SMALL}  options: {{backupType: DIFF}}\n");
    repository.write("specs/broken.yaml", &backup("broken", "once-backups", &broken));
    repository.write("specs/nightly.yaml", &backup("nightly", "once-backups", SELDOM));
    let revision = repository.roll(&[]);
    repository.rolled_out("parent", &revision);
    let failed = ns.wait_for("the Kustomization to say that it failed", Duration::from_secs(180), || {
        let object = reconcile(ns, "neo4j-backup-once", Duration::from_secs(180));
        (ready(&object)["reason"] == "HealthCheckFailed").then_some(object)
    });
    assert!(ready(&failed)["message"].as_str().unwrap().contains("Job"), "{failed:#}");
    repository.rolled_out("neo4j-backup", &revision);
    ns.kubectl(&["get", "cronjob", "nightly-backup-cron"]).success();

    // Without the specs the Kustomization goes, and the Jobs and their backups stay.
    for spec in ["specs/once.yaml", "specs/broken.yaml"] {
        repository.remove(spec);
    }
    let revision = repository.roll(&[]);
    repository.rolled_out("parent", &revision);
    ns.wait_for("the Kustomization to go", Duration::from_secs(60), || {
        (ns.kubectl(&["get", KUSTOMIZATION, "neo4j-backup-once"]).code == 1).then_some(())
    });
    assert_eq!(ns.get_json(&["jobs"])["items"].as_array().unwrap().len(), 3);
    assert_eq!(names(&artifacts.join("once")).len(), 6);
}

/// The Kustomization that `flux bootstrap` makes: it rolls out a folder without a `kustomization.yaml`.
fn parent(namespace: &str) -> String {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "parent", "namespace": namespace},
        "spec": {
            "interval": "10m", "path": "./deploy", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "backups"},
        },
    })
    .to_string()
}

#[track_caller]
fn only_job(ns: &Namespace<'_>) -> Value {
    let jobs = ns.get_json(&["jobs"]);
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{jobs:#}");
    jobs["items"][0].clone()
}

#[test]
fn substitution_leaves_the_dollars_of_specs_alone() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("flux-substitution");
    let repository = Repository::new(&ns);
    repository.write("specs/target.yaml", &target(IMAGE));
    // Of two dollars envsubst leaves one; an argument of ours has two where a person wrote one.
    let dollars = format!("{SELDOM}  job: {{annotations: {{example.com/price: 5$$}}}}\n");
    repository.write("specs/nightly.yaml", &backup("nightly", "nightly-backups", &dollars));
    repository.emit(&[]);
    let file = format!("workloads/{}/cronjob-nightly-backup-cron.yaml", ns.name);
    let text = repository.file(&file);
    assert!(text.contains("kustomize.toolkit.fluxcd.io/substitute: disabled"), "{text}");
    let price = |ns: &Namespace<'_>| {
        let object = ns.get_json(&["cronjob", "nightly-backup-cron"]);
        object["spec"]["jobTemplate"]["metadata"]["annotations"]["example.com/price"].clone()
    };
    // A platform that patches a substitution into every Kustomization.
    let substitute = |repository: &Repository<'_>| {
        let revision = repository.push();
        repository.bootstrap();
        // And decryption, which finds nothing of ours to decrypt.
        let patch =
            r#"{"spec": {"postBuild": {"substitute": {"HOME": "x"}}, "decryption": {"provider": "sops"}}}"#;
        ns.kubectl(&["patch", KUSTOMIZATION, "neo4j-backup", "--type=merge", "-p", patch]).success();
        repository.rolled_out("neo4j-backup", &revision)
    };
    substitute(&repository);
    assert_eq!(price(&ns), "5$$");
    // And without the annotation it would be eaten.
    let without = text.replace("    kustomize.toolkit.fluxcd.io/substitute: disabled\n", "");
    assert_ne!(without, text);
    repository.write(&format!("{BUNDLE}/{file}"), &without);
    substitute(&repository);
    assert_eq!(price(&ns), "5$");
}

#[test]
fn every_kind_of_source_is_read_and_from_another_namespace() {
    let Some(cluster) = cluster() else { return };
    let sources = cluster.namespace("flux-sources");
    for kind in ["OCIRepository", "Bucket", "ExternalArtifact", "GitRepository"] {
        let ns = cluster.namespace("flux-source");
        let source: &'static str = format!("{kind}/platform.backups.{}", sources.name).leak();
        let repository = Repository::reading(&ns, source);
        repository.write("specs/target.yaml", &target(IMAGE));
        repository.write("specs/nightly.yaml", &backup("nightly", "nightly-backups", SELDOM));
        repository.emit(&["--name", "shop", "--interval", "1h30m"]);
        let (kind, name) = (kind, "platform.backups");
        let revision = repository.flux.publish(
            controller::Source { kind, namespace: &sources.name, name },
            repository.bundle().parent().unwrap().parent().unwrap(),
        );
        repository.bootstrap();
        let object = repository.rolled_out("shop", &revision);
        let expected = json!({"kind": kind, "name": name, "namespace": sources.name});
        assert_eq!(object["spec"]["sourceRef"], expected);
        assert_eq!(object["spec"]["interval"], "1h30m");
        ns.kubectl(&["get", "cronjob", "nightly-backup-cron"]).success();
    }
}

#[test]
fn definitions_and_specs_of_another_owner_stay() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("flux-definitions");
    let definitions = ns
        .plugin_with(|command| {
            command.arg("crds");
        })
        .success()
        .stdout;
    let theirs = ["apply", "--server-side", "--field-manager=another-owner", "--force-conflicts", "-f", "-"];
    run::finish(cluster.kubectl_command().args(theirs), &definitions).success();
    cluster
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd/neo4jbackups.neo4j.neo4j.com",
            "--timeout=60s",
        ])
        .success();
    let repository = Repository::new(&ns);
    repository.write("specs/target.yaml", &target(IMAGE));
    repository.write("specs/nightly.yaml", &backup("nightly", "nightly-backups", SELDOM));
    repository.write("specs/weekly.yaml", &backup("weekly", "weekly-backups", SELDOM));
    ns.apply(&backup("nightly", "nightly-backups", "  schedule: '0 0 3 1 *'\n"));
    let revision = repository.roll(&["--with", "crds,specs"]);
    repository.bootstrap();
    for name in ["neo4j-backup-crds", "neo4j-backup-specs", "neo4j-backup"] {
        repository.rolled_out(name, &revision);
    }
    let definition = ns.get_json(&["crd", "neo4jbackups.neo4j.neo4j.com", "--show-managed-fields"]);
    assert!(!definition["metadata"]["managedFields"].to_string().contains("kustomize-controller"));
    let specs = "neo4jbackups.neo4j.neo4j.com";
    assert_eq!(ns.get_json(&[specs, "nightly"])["spec"]["schedule"], "0 0 3 1 *");
    // One that was not there is made.
    assert_eq!(ns.get_json(&[specs, "weekly"])["spec"]["schedule"], "0 0 1 1 *");
    // The definitions outlive their Kustomization: with them would go every spec in the cluster.
    for name in ["neo4j-backup-specs", "neo4j-backup-crds"] {
        ns.kubectl(&["delete", KUSTOMIZATION, name]).success();
    }
    ns.get_json(&["crd", "neo4jbackups.neo4j.neo4j.com"]);
    assert_eq!(ns.get_json(&[specs, "nightly"])["spec"]["schedule"], "0 0 3 1 *");
}

#[test]
fn every_example_passes_the_strict_dry_run_of_servers_that_know_flux() {
    let (Some(node), Some(newest)) = (cluster(), newest()) else { return };
    for (cluster, flavour) in [(node, Flavour::Node), (newest, Flavour::Newest)] {
        install_definitions(cluster, flavour);
        let ns = cluster.namespace("flux-examples");
        let definitions = ns
            .plugin_with(|command| {
                command.arg("crds");
            })
            .success()
            .stdout;
        let args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        run::finish(cluster.kubectl_command().args(args), &definitions).success();
        let mut tried = 0;
        for example in specs::examples() {
            let folder = tempfile::tempdir().unwrap();
            let bundle = folder.path().join("bundle").to_string_lossy().into_owned();
            let args = example.of("emit", &[]);
            let (command, input) = args.split_first().unwrap();
            let mut args = vec![*command, "flux", "--quiet", "--output-dir", &bundle, "--with", "crds,specs"];
            args.extend(["--flux-namespace", &ns.name]);
            args.extend(input);
            ns.plugin(&args).success();
            let built: Vec<Value> = ["", "crds", "workloads", "once", "specs"]
                .iter()
                .map(|section| folder.path().join("bundle").join(section))
                .filter(|section| section.join("kustomization.yaml").exists())
                .flat_map(|section| {
                    let text = cluster.kubectl(&["kustomize", section.to_str().unwrap()]).success().stdout;
                    objects(&text)
                })
                .collect();
            let is_workload =
                |object: &Value| ["Job", "CronJob"].map(Some).contains(&object["kind"].as_str());
            if !built.iter().any(is_workload) {
                assert!(example.name.starts_with("restore"), "{} gives nothing", example.name);
            }
            let rolled_out: Vec<Value> = built.iter().filter_map(as_rendered).collect();
            let mut rendered = rendered(&ns, &example);
            rendered.retain(|object| !rolled_out.contains(object));
            assert!(rendered.is_empty(), "{}: {rendered:#?}", example.name);
            specs::make_namespaces(cluster, &built);
            let list = json!({"apiVersion": "v1", "kind": "List", "items": built});
            let args = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
            let run = run::finish(cluster.kubectl_command().args(args), &list.to_string());
            assert_eq!(run.code, 0, "{}: {}", example.name, run.transcript());
            tried += built.len();
        }
        assert!(tried > 60, "only {tried} objects were tried");
    }
}

/// What `render` writes for an example, without the TTL that a Job in Git cannot have.
#[track_caller]
fn rendered(ns: &Namespace<'_>, example: &specs::Specs) -> Vec<Value> {
    let run = ns.plugin(&example.of("render", &["--quiet"])).success();
    let mut rendered = objects(&run.stdout);
    for object in &mut rendered {
        if object["kind"] == "Job" {
            object["spec"].as_object_mut().unwrap().remove("ttlSecondsAfterFinished");
        }
        strip_annotations(object);
    }
    rendered
}

/// An object of a bundle as `render` would write it: without the annotations for Flux and kube-linter, and without the
/// hash in the name of a Job. None for what `render` does not write.
fn as_rendered(object: &Value) -> Option<Value> {
    let mut object = object.clone();
    match object["kind"].as_str().unwrap() {
        "Kustomization" | "CustomResourceDefinition" | "Neo4jBackup" => return None,
        "Job" => {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            let (plain, hash) = name.rsplit_once('-').unwrap();
            assert!(hash.len() == 10 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            object["metadata"]["name"] = plain.into();
        }
        _ => {}
    }
    strip_annotations(&mut object);
    Some(object)
}

/// Takes the annotations for Flux and kube-linter away; the latter explains a missing TTL.
fn strip_annotations(object: &mut Value) {
    if let Some(annotations) = object["metadata"].get_mut("annotations").and_then(Value::as_object_mut) {
        let is_ours = |key: &str| {
            key.starts_with("kustomize.toolkit.fluxcd.io/") || key.starts_with("ignore-check.kube-linter.io/")
        };
        annotations.retain(|key, _| !is_ours(key));
        if annotations.is_empty() {
            object["metadata"].as_object_mut().unwrap().remove("annotations");
        }
    }
}

/// The documents of a stream.
fn objects(stream: &str) -> Vec<Value> {
    stream
        .split("\n---\n")
        .map(|text| serde_yaml::from_str::<Value>(text).unwrap())
        .filter(|value| !value.is_null())
        .collect()
}
