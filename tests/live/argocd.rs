//! Argo CD for real: what `emit argocd` writes lies in a Git repository, and Argo CD's own controllers roll it out
//! (issue 5, Show 3).

mod application;
mod bundle;
mod controllers;
mod repository;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::gitops::local_volume;
use crate::neo4j::deploy_cluster;
use crate::run;
use crate::specs;
use crate::walkthrough::Reader;
use application::{Application, is};
use bundle::Bundle;
use controllers::argocd;

const SOON: Duration = Duration::from_secs(180);
/// A claim of a class that waits for the first consumer, which a backup at night is not soon.
const WAITING: &str = "{name: graph-backups, size: 1Gi, storageClassName: standard}";
const BOUND: &str = "{name: graph-backups, size: 1Gi, storageClassName: by-hand}";
const NEVER: &str = "0 2 31 12 *";

#[test]
fn the_walk_through_shows_what_happens() {
    let Some(argo) = argocd() else { return };
    let namespace = argo.cluster.namespace_called("garden");
    deploy_cluster(&namespace, "graph", 3, &[("STANDIN_DATABASES", "neo4j,garden,system")]);
    let volumes = tempfile::tempdir().unwrap();
    for claim in ["graph-backups", "upgrade-backups"] {
        let folder = volumes.path().join(claim);
        std::fs::create_dir(&folder).unwrap();
        let volume = local_volume(&format!("garden-{claim}"), &folder, &namespace.name, claim);
        namespace.apply(&volume);
    }
    let repository = repository::bare();
    let mut reader = Reader::new(argo.cluster);
    let url = format!("file://{}", repository.path().display());
    reader.environment.push(("REPOSITORY".to_owned(), url.clone()));
    reader.shown_as.push((url, "https://git.example.com/garden/backups.git".to_owned()));
    // Gone with the test, whatever comes of it.
    let _applications =
        ["", "-workloads", "-once"].map(|part| Application::existing(argo, &format!("neo4j-backup{part}")));
    reader.follow("docs/gitops-argocd.md");
    for (claim, folder) in [("graph-backups", "nightly"), ("upgrade-backups", "before-upgrade")] {
        let artifacts = std::fs::read_dir(volumes.path().join(claim).join(folder)).unwrap().count();
        assert_eq!(artifacts, 3, "{claim}: an artifact of each database");
    }
}

/// Every example with the CRDs of this release: kustomize builds each folder, and the API server takes all of it.
#[test]
fn a_real_server_takes_every_example_and_its_applications() {
    let Some(argo) = argocd() else { return };
    let namespace = argo.cluster.namespace("argo-examples");
    let kustomize = controllers::built("kustomize").join("kustomize");
    let mut taken = 0;
    for example in specs::examples() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let mut arguments = vec!["emit", "argocd", "--quiet", "--output-dir", out];
        arguments.extend(["--repo-url", "https://git.example.com/shop.git"]);
        arguments.extend(example.arguments.iter().map(String::as_str));
        namespace.plugin(&arguments).success();
        let mut text = std::fs::read_to_string(folder.path().join("application.yaml")).unwrap_or_default();
        for part in ["workloads", "once"] {
            let part = folder.path().join(part);
            if part.is_dir() {
                let built = std::process::Command::new(&kustomize).arg("build").arg(&part).output().unwrap();
                assert!(
                    built.status.success(),
                    "{}: {}",
                    example.name,
                    String::from_utf8_lossy(&built.stderr)
                );
                text.push_str(&format!("---\n{}", String::from_utf8(built.stdout).unwrap()));
            }
        }
        if text.is_empty() {
            continue;
        }
        let objects = controllers::documents(&text);
        specs::make_namespaces(argo.cluster, &objects);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
        let mut kubectl = argo.cluster.kubectl_command();
        kubectl.args(["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"]);
        let run = run::finish(&mut kubectl, &list);
        assert_eq!(run.code, 0, "{}: {}", example.name, run.transcript());
        taken += run.stdout.lines().count();
    }
    assert!(taken >= 80, "{taken} objects");
}

#[test]
fn a_folder_is_rolled_out_stays_and_is_put_right() {
    let Some(bundle) = Bundle::new("argo-folder") else { return };
    bundle.spec("nightly", WAITING, NEVER);
    bundle.spec("weekly", "{name: other, size: 1Gi, storageClassName: standard}", NEVER);
    bundle.emit(&[]);
    let commit = bundle.repository.commit("Back the graph up");
    bundle.begin("application.yaml");
    let workloads = bundle.application("workloads");
    workloads.wait_for(&commit);
    let expected = [
        "CronJob/nightly-backup-cron",
        "CronJob/weekly-backup-cron",
        "PersistentVolumeClaim/graph-backups",
        "PersistentVolumeClaim/other",
        "ServiceAccount/neo4j-backup-sa",
    ];
    assert_eq!(workloads.resources(), expected);
    assert_eq!(bundle.field("pvc/graph-backups", "{.status.phase}"), "Pending");
    // The account's wave comes first, and the next one two seconds later.
    let made = |object: &str| bundle.field(object, "{.metadata.creationTimestamp}");
    let (account, claim, cron_job) =
        (made("sa/neo4j-backup-sa"), made("pvc/graph-backups"), made("cronjob/nightly-backup-cron"));
    assert!(account < claim && claim <= cron_job, "{account} {claim} {cron_job}");
    workloads.stays();

    // Drift is put right, whether it is a change or a removal.
    let namespace = &bundle.flow.namespace;
    let drift = r#"{"spec":{"suspend":true,"schedule":"* * * * *"}}"#;
    namespace.kubectl(&["patch", "cronjob/nightly-backup-cron", "-p", drift]).success();
    namespace.kubectl(&["delete", "cronjob/weekly-backup-cron"]).success();
    namespace.wait_for("the schedule as it was", SOON, || {
        let schedule = bundle.field("cronjob/nightly-backup-cron", "{.spec.schedule} {.spec.suspend}");
        (schedule == format!("{NEVER} false")).then_some(())
    });
    namespace.wait_for("the CronJob that was deleted", SOON, || {
        (!bundle.field("cronjob/weekly-backup-cron", "{.metadata.uid}").is_empty()).then_some(())
    });

    // A change arrives.
    bundle.spec("nightly", WAITING, "0 3 31 12 *");
    bundle.emit(&[]);
    workloads.wait_for(&bundle.repository.commit("Back up an hour later"));
    assert_eq!(bundle.field("cronjob/nightly-backup-cron", "{.spec.schedule}"), "0 3 31 12 *");

    // What no spec asks for is pruned, and its claim is not.
    bundle.repository.remove("specs/weekly.yaml");
    bundle.emit(&[]);
    workloads.wait_for(&bundle.repository.commit("Stop the weekly backup"));
    assert_eq!(bundle.objects("cronjobs"), ["cronjob.batch/nightly-backup-cron"]);
    let claims = ["persistentvolumeclaim/graph-backups", "persistentvolumeclaim/other"];
    assert_eq!(bundle.objects("pvc"), claims);
    workloads.stays();

    // Whoever deletes the Application with all that is its own still does not delete the claims.
    let finalizer = r#"{"metadata":{"finalizers":["resources-finalizer.argocd.argoproj.io"]}}"#;
    let arguments =
        ["patch", "application", "-n", "argocd", &workloads.name, "--type", "merge", "-p", finalizer];
    bundle.argo.cluster.kubectl(&arguments).success();
    drop(workloads);
    namespace
        .wait_for("the end of the CronJob", SOON, || bundle.objects("cronjobs,sa").is_empty().then_some(()));
    assert_eq!(bundle.objects("pvc"), claims);
}

#[test]
fn a_backup_that_runs_once_never_runs_again() {
    let Some(bundle) = Bundle::new("argo-once") else { return };
    bundle.flow.volume("graph-backups", "1Gi");
    bundle.spec("nightly", BOUND, NEVER);
    bundle.spec("first", BOUND, "");
    bundle.emit(&[]);
    let commit = bundle.repository.commit("Back up once");
    bundle.begin("application.yaml");
    let (workloads, once) = (bundle.application("workloads"), bundle.application("once"));
    workloads.wait_for(&commit);
    once.wait_for(&commit);
    let jobs = bundle.objects("jobs");
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    let runs = |job: &str| {
        let name = job.rsplit('/').next().unwrap();
        let pods =
            bundle.flow.namespace.get_json(&["pods", "-l", &format!("batch.kubernetes.io/job-name={name}")]);
        let pods = pods["items"].as_array().unwrap().len();
        (
            bundle.field(job, "{.metadata.uid}"),
            bundle.field(job, "{.spec.template.spec.containers[0].image}"),
            pods,
        )
    };
    let ran = runs(job);
    assert_eq!(ran.2, 1);
    once.stays();

    // Another image of the target changes the template, which is immutable, and not the name.
    bundle.target("neo4j:2025.10.1-enterprise");
    bundle.emit(&[]);
    let commit = bundle.repository.commit("Upgrade");
    workloads.wait_for(&commit);
    once.wait_for(&commit);
    once.refresh("hard");
    // What the Application's options are for: a sync by hand applies everything, also what is Synced.
    let (phase, message) = once.sync_with(&json!([]));
    assert!(phase == "Failed" && message.contains("field is immutable"), "{phase}: {message}");
    let (phase, message) = once.sync();
    assert_eq!(phase, "Succeeded", "{message}");
    once.wait_for(&commit);
    assert_eq!(runs(job), ran);

    // Another backup of the same folder runs, and a label that somebody has changed is no reason to run this one again.
    bundle.flow.namespace.kubectl(&["label", job, "neo4j.neo4j.com/target=drift", "--overwrite"]).success();
    bundle.spec("second", BOUND, "");
    bundle.emit(&[]);
    once.wait_for(&bundle.repository.commit("Back up once more"));
    assert_eq!(bundle.objects("jobs").len(), 2);
    assert_eq!(runs(job), ran);
    assert_eq!(bundle.field(job, "{.metadata.labels.neo4j\\.neo4j\\.com/target}"), "graph");
    once.stays();

    // A changed spec is another Job; the old one stays, and the Application is Synced.
    let text = std::fs::read_to_string(bundle.repository.path("specs/first.yaml")).unwrap();
    bundle
        .repository
        .write("specs/first.yaml", &text.replace("backupType: FULL", "backupType: FULL, compress: false"));
    bundle.emit(&[]);
    let changed = bundle.repository.commit("Do not compress");
    once.wait_for(&changed);
    assert_eq!(bundle.objects("jobs").len(), 3);
    assert_eq!(runs(job), ran);

    // What somebody deletes is missing, and neither healing nor refreshing runs it again; the next commit does.
    let jobs = bundle.objects("jobs");
    let second = jobs.iter().find(|job| job.contains("/second-")).unwrap();
    bundle.flow.namespace.kubectl(&["delete", second]).success();
    once.refresh("hard");
    once.watch(3, |now| assert_eq!(now["status"]["sync"]["status"], "OutOfSync", "{:#}", now["status"]));
    assert_eq!(bundle.objects("jobs").len(), 2);
    once.wait_for(&bundle.repository.commit("Anything"));
    assert_eq!(bundle.objects("jobs"), jobs);

    // Without a spec the Job stays, and the Application is Synced; deleting that deletes no proof of a run.
    bundle.repository.remove("specs/second.yaml");
    bundle.emit(&[]);
    once.wait_for(&bundle.repository.commit("Forget the second"));
    assert_eq!(bundle.objects("jobs"), jobs);
}

#[test]
fn a_failed_backup_that_ran_once_leaves_the_schedules_healthy() {
    let Some(bundle) = Bundle::new("argo-failed") else { return };
    bundle.flow.volume("graph-backups", "1Gi");
    bundle.spec("nightly", BOUND, NEVER);
    bundle.spec("first", BOUND, "");
    bundle.flow.kubectl(&["set", "env", "statefulset/graph-server", "STANDIN_BACKUP=off"]);
    // The server is there, and nothing listens on 6362.
    bundle.flow.namespace.wait_for("a server without a backup port", SOON, || {
        let variables =
            bundle.field("pod/graph-server-0", "{.spec.containers[0].env[*].name} {.status.phase}");
        (variables.contains("STANDIN_BACKUP") && variables.ends_with("Running")).then_some(())
    });
    bundle.emit(&[]);
    let commit = bundle.repository.commit("Back up once");
    bundle.begin("application.yaml");
    let (workloads, once) = (bundle.application("workloads"), bundle.application("once"));
    once.wait("a Job that failed", |application| is(application, "Synced", "Degraded"));
    workloads.wait_for(&commit);
    workloads.stays();

    // A Job that failed still counts when its spec is gone, whatever else succeeds.
    bundle.flow.kubectl(&["set", "env", "statefulset/graph-server", "STANDIN_BACKUP-"]);
    bundle.flow.kubectl(&["delete", "pod/graph-server-0", "--wait=false"]);
    bundle.flow.kubectl(&["rollout", "status", "statefulset/graph-server", "--timeout=120s"]);
    bundle.repository.remove("specs/first.yaml");
    bundle.spec("second", BOUND, "");
    bundle.emit(&[]);
    let commit = bundle.repository.commit("Another attempt");
    once.refresh("normal");
    let second = bundle.flow.namespace.wait_for("the second Job", SOON, || {
        bundle.objects("jobs").into_iter().find(|job| job.contains("/second-"))
    });
    bundle.flow.namespace.wait_for_job(second.rsplit('/').next().unwrap(), SOON);
    once.refresh("normal");
    once.wait("a Job that failed once", |application| {
        is(application, "Synced", "Degraded") && application["status"]["sync"]["revision"] == commit
    });

    // A part whose last object is gone has no folder any more. Its Application says so, and deletes nothing.
    bundle.repository.remove("specs/second.yaml");
    bundle.emit(&[]);
    bundle.repository.commit("No backup that runs once");
    once.refresh("normal");
    once.wait("a folder that is missing", |application| {
        application["status"]["conditions"].to_string().contains("app path does not exist")
    });
    assert_eq!(bundle.objects("jobs").len(), 2);
}

/// That kustomize puts the sidecar into the repo server of Argo CD's own manifests.
fn component_fits(plugin: &Path) {
    let install = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(install.path().join(name), text).unwrap();
    std::fs::create_dir(install.path().join("plugin")).unwrap();
    for name in ["plugin.yaml", "repo-server.yaml", "kustomization.yaml"] {
        std::fs::copy(plugin.join(name), install.path().join("plugin").join(name)).unwrap();
    }
    let deployment = controllers::built("argocd").join("files/argocd-repo-server-deployment.yaml");
    write("deployment.yaml", &std::fs::read_to_string(deployment).unwrap());
    write("kustomization.yaml", "resources: [deployment.yaml]\ncomponents: [plugin]\n");
    let kustomize = controllers::built("kustomize").join("kustomize");
    let built = std::process::Command::new(kustomize).arg("build").arg(install.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let objects = controllers::documents(std::str::from_utf8(&built.stdout).unwrap());
    let of_kind = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    let pod = &of_kind("Deployment")["spec"]["template"]["spec"];
    let named = |list: &str, name: &str| {
        pod[list].as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
    };
    assert!(named("containers", "argocd-repo-server").is_object());
    for mount in named("containers", "neo4j-backup")["volumeMounts"].as_array().unwrap() {
        assert!(named("volumes", mount["name"].as_str().unwrap()).is_object(), "{mount}");
    }
    let volume = named("volumes", "neo4j-backup-plugin");
    assert_eq!(volume["configMap"]["name"], of_kind("ConfigMap")["metadata"]["name"]);
}

#[test]
fn definitions_wait_for_a_person_and_nothing_is_taken_from_another_application() {
    let Some(bundle) = Bundle::new("argo-with") else { return };
    bundle.spec("nightly", WAITING, NEVER);
    bundle.emit(&["--with", "crds,specs"]);
    let commit = bundle.repository.commit("Everything");
    bundle.begin("application.yaml");
    let (workloads, definitions, specs) =
        (bundle.application("workloads"), bundle.application("crds"), bundle.application("specs"));
    workloads.wait_for(&commit);
    definitions.refresh("normal");
    definitions.watch(2, |now| assert_eq!(now["operation"], json!(null), "{:#}", now["status"]));
    let (phase, message) = definitions.sync();
    assert_eq!(phase, "Succeeded", "{message}");
    definitions.wait_for(&commit);
    definitions.stays();
    specs.wait_for(&commit);
    specs.stays();
    assert_eq!(bundle.field("neo4jbackup/nightly", "{.spec.schedule}"), NEVER);

    // A second Application that has the same objects in its folder.
    let path = bundle.repository.path("deploy/application.yaml");
    let mut other = std::fs::read_to_string(path).unwrap();
    other = other.replace(&format!("name: {}-", bundle.name()), &format!("name: {}-other-", bundle.name()));
    let other = Application::apply(bundle.argo, &other, &format!("{}-other-workloads", bundle.name()));
    other.wait("a refusal", |application| {
        let state = &application["status"]["operationState"];
        state["message"].as_str().unwrap_or_default().contains("Shared resource found")
    });
    for section in ["crds", "specs"] {
        drop(Application::existing(bundle.argo, &format!("{}-other-{section}", bundle.name())));
    }
    workloads.wait_for(&commit);
}

#[test]
fn an_application_set_and_an_application_of_applications_roll_environments_out() {
    let Some(bundle) = Bundle::new("argo-env") else { return };
    let namespace = &bundle.flow.namespace;
    let (left, right) =
        (bundle.argo.cluster.namespace("argo-left"), bundle.argo.cluster.namespace("argo-right"));
    bundle.spec("nightly", WAITING, NEVER);
    let environments = [format!("left={}", left.name), format!("right={}", right.name)];
    let here = "right=https://kubernetes.default.svc";
    let mut arguments = vec!["--destination-name", "left=in-cluster", "--destination-server", here];
    for environment in &environments {
        arguments.extend(["--env", environment]);
    }
    bundle.emit(&arguments);
    let commit = bundle.repository.commit("Two environments");
    bundle.begin("applicationset.yaml");
    let set = format!("applicationset/{}-workloads", bundle.name());
    let applications = [bundle.application("left-workloads"), bundle.application("right-workloads")];
    for application in &applications {
        application.wait("an Application of the set", |application| !application.is_null());
        application.wait_for(&commit);
    }
    let cron_jobs = || {
        for space in [&left, &right] {
            space.kubectl(&["get", "cronjob/nightly-backup-cron", "pvc/graph-backups"]).success();
        }
    };
    cron_jobs();
    // The Applications go with their set, and what they rolled out does not.
    bundle.argo.cluster.kubectl(&["delete", "-n", "argocd", &set]).success();
    namespace.wait_for("the end of the Applications", SOON, || {
        applications.iter().all(|application| application.get().is_null()).then_some(())
    });
    cron_jobs();

    arguments.push("--app-of-apps");
    bundle.emit(&arguments);
    let commit = bundle.repository.commit("One Application for all");
    bundle.begin("application.yaml");
    let root = Application::existing(bundle.argo, bundle.name());
    root.wait_for(&commit);
    for application in &applications {
        application.wait_for(&commit);
    }
    root.stays();
}

#[test]
fn a_plugin_renders_specs_in_the_repo_server() {
    let Some(bundle) = Bundle::new("argo-plugin") else { return };
    bundle.flow.volume("graph-backups", "1Gi");
    let folder = tempfile::tempdir().unwrap();
    let url = bundle.repository.url();
    let arguments = [
        "emit",
        "argocd",
        "--plugin",
        "--plugin-image",
        "neo4j-backup:1",
        "--output-dir",
        folder.path().to_str().unwrap(),
        "--repo-url",
        &url,
        "--path",
        "specs",
        "--application-name",
        bundle.name(),
    ];
    bundle.flow.namespace.plugin(&arguments).success();
    component_fits(folder.path());
    let _server = bundle.argo.start_plugin(folder.path(), "neo4j-backup");
    bundle.spec("nightly", BOUND, NEVER);
    bundle.spec("first", BOUND, "");
    let commit = bundle.repository.commit("Specs and nothing else");
    let manifest = std::fs::read_to_string(folder.path().join("application.yaml")).unwrap();
    let application = Application::apply(bundle.argo, &manifest, bundle.name());
    application.wait_for(&commit);
    let jobs = bundle.objects("jobs");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(bundle.objects("cronjobs"), ["cronjob.batch/nightly-backup-cron"]);
    application.stays();

    // A faulty spec changes nothing in the cluster, and what is wrong with it is told.
    let good = std::fs::read_to_string(bundle.repository.path("specs/nightly.yaml")).unwrap();
    bundle.repository.write("specs/nightly.yaml", &good.replace(NEVER, "0 2 31 13 *"));
    bundle.repository.commit("A month too many");
    application.refresh("normal");
    application.wait("the finding", |application| {
        let conditions = application["status"]["conditions"].to_string();
        conditions.contains("ComparisonError")
            && conditions.contains("NB5")
            && conditions.contains("nightly.yaml")
    });
    assert_eq!(bundle.field("cronjob/nightly-backup-cron", "{.spec.schedule}"), NEVER);
    bundle.repository.write("specs/nightly.yaml", &good);
    bundle.target("neo4j:2025.10.1-enterprise");
    application.wait_for(&bundle.repository.commit("Upgrade"));
    assert_eq!(bundle.objects("jobs"), jobs);
}
