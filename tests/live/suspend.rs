//! `suspend` and `resume`: who has the field, who is told, and what is left.

use serde_json::Value;

use crate::cluster::cluster;
use crate::cron_jobs::Backup;
use crate::namespace::Namespace;

fn cron_job(namespace: &Namespace<'_>, name: &str) -> Value {
    let args = ["get", "cronjob", name, "-o", "json", "--show-managed-fields"];
    serde_json::from_str(&namespace.kubectl(&args).success().stdout).unwrap()
}

/// The managers that own `spec.suspend`.
fn owners(cron_job: &Value) -> Vec<String> {
    let entries = cron_job["metadata"]["managedFields"].as_array().unwrap();
    let has = |entry: &&Value| !entry["fieldsV1"]["f:spec"]["f:suspend"].is_null();
    let name = |entry: &Value| {
        format!("{} {}", entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap())
    };
    entries.iter().filter(has).map(name).collect()
}

const NAME: &str = "nightly-backup-cron";

#[test]
fn a_suspension_is_visible_holds_against_apply_and_leaves_nothing_behind() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("suspend");
    let backup = Backup::default();
    backup.apply(&namespace);
    let before = cron_job(&namespace, NAME);
    assert_eq!(owners(&before), ["neo4j-backup Apply"]);

    let run = namespace.plugin(&["suspend", "nightly", "--reason", "migration"]).success();
    assert_eq!(run.stdout, format!("cronjob.batch/{NAME} suspended\n"));
    assert!(run.stderr.contains("is a conflict with neo4j-backup-suspend"), "{}", run.transcript());
    let suspended = cron_job(&namespace, NAME);
    assert_eq!(suspended["spec"]["suspend"], true);
    assert_eq!(owners(&suspended), ["neo4j-backup-suspend Apply"]);
    let annotations = &suspended["metadata"]["annotations"];
    assert_eq!(annotations["neo4j.neo4j.com/suspended-reason"], "migration");
    let by = annotations["neo4j.neo4j.com/suspended-by"].as_str().unwrap().to_owned();
    assert!(!by.is_empty() && by != "unknown", "{by}");
    let status = namespace.plugin(&["status", "nightly"]);
    assert!(status.stdout.contains("migration") && status.stdout.contains(&by), "{}", status.transcript());

    // Again: nothing, and who it was.
    let run = namespace.plugin(&["suspend", NAME]).success();
    assert!(run.stdout.contains(&format!("already suspended by {by} since ")), "{}", run.stdout);
    assert!(run.stdout.contains(": migration"), "{}", run.stdout);
    assert_eq!(
        cron_job(&namespace, NAME)["metadata"]["resourceVersion"],
        suspended["metadata"]["resourceVersion"]
    );
    namespace.plugin(&["suspend", "nightly", "--reason", "upgrade"]).success();

    // An apply of the spec does not start it silently.
    let refused = backup.try_apply(&namespace);
    assert!(refused.code != 0 && refused.stderr.contains("neo4j-backup-suspend"), "{}", refused.transcript());

    let run = namespace.plugin(&["resume", "nightly"]).success();
    assert_eq!(run.stdout, format!("cronjob.batch/{NAME} resumed\n"));
    let after = cron_job(&namespace, NAME);
    assert_eq!(after["spec"], before["spec"]);
    assert_eq!(after["metadata"]["annotations"], before["metadata"]["annotations"]);
    let fields = |cron_job: &Value| {
        let entries = cron_job["metadata"]["managedFields"].as_array().unwrap().clone();
        entries
            .into_iter()
            .map(|entry| (entry["manager"].clone(), entry["fieldsV1"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&after), fields(&before));
    // The same spec again is nothing new.
    backup.apply(&namespace);
    assert_eq!(
        cron_job(&namespace, NAME)["metadata"]["resourceVersion"],
        after["metadata"]["resourceVersion"]
    );
    let run = namespace.plugin(&["resume", "nightly"]).success();
    assert_eq!(run.stdout, format!("cronjob.batch/{NAME} is not suspended\n"));
}

#[test]
fn what_another_tool_suspended_is_resumed_and_given_back() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("suspend-other");
    let backup = Backup::default();
    backup.apply(&namespace);
    namespace.kubectl(&["patch", "cronjob", NAME, "-p", r#"{"spec":{"suspend":true}}"#]).success();
    let run = namespace.plugin(&["suspend", "nightly"]).success();
    assert!(run.stdout.contains("already suspended by kubectl-patch"), "{}", run.stdout);
    namespace.plugin(&["resume", "nightly"]).success();
    let resumed = cron_job(&namespace, NAME);
    assert_eq!(owners(&resumed), ["neo4j-backup Apply"]);
    backup.apply(&namespace);
    assert_eq!(
        cron_job(&namespace, NAME)["metadata"]["resourceVersion"],
        resumed["metadata"]["resourceVersion"]
    );
}

#[test]
fn what_the_spec_suspends_is_resumed_in_the_spec() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("suspend-declared");
    Backup { suspend: true, ..Backup::default() }.apply(&namespace);
    let run = namespace.plugin(&["resume", "nightly"]).expect_code(4);
    assert!(run.stderr.contains("set `suspend: false` in the spec"), "{}", run.transcript());
    assert_eq!(cron_job(&namespace, NAME)["spec"]["suspend"], true);
    namespace.plugin(&["resume", "nightly", "--override-owner"]).success();
    assert_eq!(cron_job(&namespace, NAME)["spec"]["suspend"], false);
}

#[test]
fn what_argo_or_flux_keep_is_left_to_them_unless_told() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("suspend-gitops");
    for (name, mark) in [("argo", "argocd.argoproj.io/tracking-id"), ("flux", "")] {
        Backup { name, ..Backup::default() }.apply(&namespace);
        let object = format!("cronjob/{name}-backup-cron");
        if mark.is_empty() {
            let labels = [
                "kustomize.toolkit.fluxcd.io/name=apps",
                "kustomize.toolkit.fluxcd.io/namespace=flux-system",
            ];
            namespace.kubectl(&["label", &object, labels[0], labels[1]]).success();
        } else {
            namespace.kubectl(&["annotate", &object, &format!("{mark}=apps:batch/CronJob:x/y")]).success();
        }
        let run = namespace.plugin(&["suspend", name]).expect_code(4);
        assert!(run.stderr.contains("apps") && run.stderr.contains("Git repository"), "{}", run.transcript());
        assert_eq!(cron_job(&namespace, &format!("{name}-backup-cron"))["spec"]["suspend"], false);
        let run = namespace.plugin(&["suspend", name, "--override-owner"]).success();
        assert!(run.stderr.contains("puts back what is changed by hand"), "{}", run.transcript());
        assert_eq!(cron_job(&namespace, &format!("{name}-backup-cron"))["spec"]["suspend"], true);
    }
}

#[test]
fn many_are_chosen_by_label_and_dry_runs_change_none() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("suspend-many");
    for name in ["hourly", "nightly"] {
        Backup { name, ..Backup::default() }.apply(&namespace);
    }
    let value = |name: &str| cron_job(&namespace, &format!("{name}-backup-cron"))["spec"]["suspend"].clone();
    namespace.plugin(&["suspend"]).expect_code(2);
    for how in ["--dry-run=client", "--dry-run=server"] {
        let run = namespace.plugin(&["suspend", "--all", how]).success();
        assert_eq!(run.stdout.lines().filter(|line| line.ends_with("dry run)")).count(), 2, "{}", run.stdout);
        assert_eq!((value("hourly"), value("nightly")), (false.into(), false.into()));
    }
    namespace.plugin(&["suspend", "-l", "neo4j.neo4j.com/backup=hourly"]).success();
    assert_eq!((value("hourly"), value("nightly")), (true.into(), false.into()));
    let run = namespace.plugin(&["suspend", "--all", "-o", "name"]).success();
    assert_eq!(run.stdout, "cronjob.batch/hourly-backup-cron\ncronjob.batch/nightly-backup-cron\n");
    namespace.plugin(&["resume", "hourly", "nightly", "cronjob/nightly-backup-cron"]).success();
    assert_eq!((value("hourly"), value("nightly")), (false.into(), false.into()));
    let run =
        namespace.plugin_as(cluster.kubeconfig_without_rights(), &["suspend", "nightly"]).expect_code(3);
    assert!(run.stderr.contains("cannot list resource \"cronjobs\""), "{}", run.transcript());
}
