//! `trigger`: runs that are started by hand, to whatever end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{apart, cluster};
use crate::cron_jobs::{Backup, jobs};

const MINUTE: Duration = Duration::from_secs(60);

/// A script that writes 60 lines in about twelve seconds.
const COUNTS: &str = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; sleep 0.2; done";

fn name_of(stdout: &str) -> &str {
    stdout.split_whitespace().next().unwrap().strip_prefix("job.batch/").unwrap()
}

#[test]
fn the_job_is_the_one_that_kubectl_makes() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-same");
    Backup { steps: &[("backup", "sleep 1"), ("inspect", "true")], ..Backup::default() }.apply(&namespace);
    let run = namespace.plugin(&["trigger", "nightly", "--name", "ours"]).success();
    assert_eq!(run.stdout, "job.batch/ours created\n");
    assert!(
        run.stderr.contains("logs nightly -n ") && run.stderr.contains("--run ours -f"),
        "{}",
        run.stderr
    );
    namespace.kubectl(&["create", "job", "theirs", "--from=cronjob/nightly-backup-cron"]).success();
    let told = |name: &str| {
        let job = namespace.get_json(&["job", name]);
        let metadata = &job["metadata"];
        let mut text = json!({
            "labels": metadata["labels"], "annotations": metadata["annotations"],
            "owners": metadata["ownerReferences"], "spec": job["spec"],
        })
        .to_string();
        for own in [name, metadata["uid"].as_str().unwrap()] {
            text = text.replace(own, "*");
        }
        serde_json::from_str::<Value>(&text).unwrap()
    };
    assert_eq!(told("ours"), told("theirs"));
}

#[test]
fn waiting_ends_with_the_run_and_hands_the_job_over_to_the_history() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-wait");
    Backup { steps: &[("backup", "sleep 2"), ("inspect", "true")], ..Backup::default() }.apply(&namespace);
    let mut waiting = namespace.spawn_plugin(&["trigger", "cronjob/nightly-backup-cron", "--wait", "-v"]);
    waiting.wait_for_output("created", MINUTE);
    // Until then it is none of the history's, and goes by itself.
    let held = namespace.get_json(&["job", name_of(&waiting.stdout())]);
    assert_eq!(held["metadata"]["ownerReferences"][0]["controller"], Value::Null);
    assert_eq!(held["metadata"]["ownerReferences"][0]["name"], "nightly-backup-cron");
    assert_eq!(held["spec"]["ttlSecondsAfterFinished"], 86_400);
    let run = waiting.wait().success();
    assert!(run.stdout.contains(" succeeded after "), "{}", run.transcript());
    assert!(run.stderr.contains("step backup is done"), "{}", run.transcript());
    assert!(run.stderr.contains("waiting for Complete or Failed"), "{}", run.transcript());
    let job = namespace.get_json(&["job", name_of(&run.stdout)]);
    assert_eq!(job["metadata"]["ownerReferences"][0]["controller"], true);
    assert_eq!(job["spec"]["ttlSecondsAfterFinished"], Value::Null);
    assert_eq!(job["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"], "manual");
}

#[test]
fn a_run_that_fails_says_why_and_exits_with_5() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-fails");
    Backup {
        steps: &[("backup", "echo the disk is tired; exit 3"), ("inspect", "true")],
        ..Backup::default()
    }
    .apply(&namespace);
    let run = namespace.plugin(&["trigger", "nightly", "--wait"]).expect_code(5);
    let words = "step backup ended with exit code 3: the disk is tired";
    assert!(run.stderr.contains(words), "{}", run.transcript());
    assert!(run.stderr.contains("logs: kubectl neo4j-backup logs nightly"), "{}", run.transcript());
    let run = namespace.plugin(&["trigger", "nightly", "--wait", "-o", "json"]).expect_code(5);
    let job: Value = serde_json::from_str(&run.stdout).unwrap();
    let conditions = job["status"]["conditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["type"] == "Failed"), "{}", run.transcript());
    let run = namespace.plugin(&["trigger", "nightly", "--logs"]).expect_code(5);
    assert!(run.stdout.contains("[backup] the disk is tired\n"), "{}", run.transcript());
}

#[test]
fn a_history_of_nothing_takes_no_result_away() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-history");
    let history = (0, 0);
    Backup { name: "good", history, ..Backup::default() }.apply(&namespace);
    Backup { name: "bad", history, steps: &[("backup", "echo it broke; exit 1")], ..Backup::default() }
        .apply(&namespace);
    let good = namespace.plugin(&["trigger", "good", "--wait"]).success();
    let bad = namespace.plugin(&["trigger", "bad", "--wait"]).expect_code(5);
    assert!(
        bad.stderr.contains("it broke") && bad.stderr.contains("stays for a day"),
        "{}",
        bad.transcript()
    );
    // What succeeded and was seen is taken away, what failed is kept with its log.
    let good = name_of(&good.stdout).to_owned();
    namespace.wait_for("the history to take the Job", MINUTE, || {
        (!jobs(&namespace).contains(&good)).then_some(())
    });
    let bad = name_of(&bad.stdout).to_owned();
    assert!(jobs(&namespace).contains(&bad));
    let log = namespace.plugin(&["logs", "bad"]).success();
    assert_eq!(log.stdout, "it broke\n");
    // Nor is a run lost that nobody waits for.
    let alone = namespace.plugin(&["trigger", "good"]).success();
    let alone = name_of(&alone.stdout).to_owned();
    namespace.wait_for_job(&alone, MINUTE);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(namespace.get_json(&["job", &alone])["spec"]["ttlSecondsAfterFinished"], 86_400);
}

#[test]
fn time_and_ctrl_c_end_the_waiting_and_not_the_run() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-detach");
    Backup { steps: &[("backup", COUNTS)], ..Backup::default() }.apply(&namespace);
    let late = namespace.plugin(&["trigger", "nightly", "--wait", "--timeout", "3s"]).expect_code(6);
    assert!(late.stderr.contains("it goes on"), "{}", late.transcript());
    let job = name_of(&late.stdout).to_owned();
    let hint = format!("kubectl neo4j-backup logs nightly -n {} --run {job} -f", namespace.name);
    assert!(late.stderr.contains(&hint), "{}", late.transcript());
    // Two at a time are refused, unless told.
    let second = namespace.plugin(&["trigger", "nightly"]).expect_code(4);
    assert!(
        second.stderr.contains(&format!("job.batch/{job} of this backup is still at work")),
        "{}",
        second.stderr
    );
    let mut waiting = namespace.spawn_plugin(&["trigger", "nightly", "--logs", "--allow-overlap"]);
    waiting.wait_for_output("line 3", MINUTE);
    waiting.signal_interrupt();
    let interrupted = waiting.wait().expect_code(130);
    assert!(interrupted.stderr.contains("goes on; get back to it with"), "{}", interrupted.transcript());
    // The way back leads to the same lines and to the result.
    let back = namespace.plugin(&["logs", "nightly", "--run", &job, "-f"]).success();
    let expected: String = (1..=60).map(|line| format!("line {line}\n")).collect();
    assert_eq!(back.stdout, expected);
    assert!(back.stderr.contains("succeeded"), "{}", back.transcript());
}

#[test]
fn a_job_that_is_deleted_meanwhile_is_a_run_that_failed() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-deleted");
    Backup { steps: &[("backup", "sleep 100")], ..Backup::default() }.apply(&namespace);
    let mut waiting = namespace.spawn_plugin(&["trigger", "nightly", "--wait", "--name", "doomed"]);
    waiting.wait_for_output("step backup runs", MINUTE);
    namespace.kubectl(&["delete", "job", "doomed", "--wait=false"]).success();
    let run = waiting.wait().expect_code(5);
    assert!(run.stderr.contains("job.batch/doomed was deleted before it ended"), "{}", run.transcript());
}

#[test]
fn retries_are_followed_and_told() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-retries");
    let steps = &[("backup", "echo try; exit 1"), ("inspect", "true")];
    Backup { steps, retries: 1, ..Backup::default() }.apply(&namespace);
    let run = namespace.plugin(&["trigger", "nightly", "--logs"]).expect_code(5);
    assert!(run.stdout.ends_with("[backup] try\n[backup/2] try\n"), "{}", run.transcript());
    assert!(
        run.stderr.contains("attempt 1 failed: step backup ended with exit code 1"),
        "{}",
        run.transcript()
    );
    let all = namespace.plugin(&["logs", "nightly", "--all-attempts"]).success();
    assert_eq!(all.stdout, "[backup] try\n[backup/2] try\n");
    let last = namespace.plugin(&["logs", "nightly"]).success();
    assert_eq!(last.stdout, "[backup/2] try\n");
    assert!(last.stderr.contains("attempt 2; --all-attempts"), "{}", last.transcript());
}

#[test]
fn what_is_suspended_runs_and_what_has_no_schedule_does_not() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-special");
    Backup { suspend: true, ..Backup::default() }.apply(&namespace);
    let run = namespace.plugin(&["trigger", "nightly", "--wait"]).success();
    assert!(
        run.stderr.contains("is suspended by neo4j-backup; this run takes place"),
        "{}",
        run.transcript()
    );
    namespace.apply(
        "apiVersion: batch/v1
kind: Job
metadata: {name: once-backup, labels: {app.kubernetes.io/managed-by: kubectl-neo4j-backup, neo4j.neo4j.com/backup: once}}
spec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: backup, image: 'busybox:1.36'}]}}}
",
    );
    let run = namespace.plugin(&["trigger", "once"]).expect_code(2);
    assert!(run.stderr.contains("apply -f FILE --rerun"), "{}", run.transcript());
    let run = namespace.plugin(&["trigger", "nightyl"]).expect_code(3);
    assert!(run.stderr.contains("there are nightly"), "{}", run.transcript());
    let run =
        namespace.plugin_as(cluster.kubeconfig_without_rights(), &["trigger", "nightly"]).expect_code(3);
    assert!(run.stderr.contains("cannot list resource \"cronjobs\""), "{}", run.transcript());
}

#[test]
fn dry_runs_make_nothing() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-dry");
    Backup::default().apply(&namespace);
    let client = namespace.plugin(&["trigger", "nightly", "--dry-run=client", "-o", "yaml"]).success();
    assert!(client.stdout.contains("generateName: nightly-backup-cron-manual-"), "{}", client.stdout);
    let server = namespace.plugin(&["trigger", "nightly", "--dry-run=server", "--name", "x"]).success();
    assert_eq!(server.stdout, "job.batch/x created (server dry run)\n");
    assert_eq!(jobs(&namespace), Vec::<String>::new());
    let idle = namespace.plugin(&["trigger", "nightly", "--timeout", "5m"]).expect_code(2);
    assert!(idle.stderr.contains("nothing waits"), "{}", idle.transcript());
}

#[test]
fn names_are_completed_from_the_cluster() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-complete");
    for name in ["nightly", "night-shift", "hourly"] {
        Backup { name, ..Backup::default() }.apply(&namespace);
    }
    let folder = tempfile::tempdir().unwrap();
    let helper = folder.path().join("kubectl_complete-neo4j_backup");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"), &helper).unwrap();
    let mut command = cluster.netns_command(&helper);
    command.env("KUBECONFIG", cluster.kubeconfig());
    command.args(["trigger", "--namespace", &namespace.name, "nigh"]);
    let run = crate::run::finish(&mut command, "").success();
    assert_eq!(run.stdout, "night-shift\nnightly\n:4\n");
    assert_eq!(run.stderr, "");
    // A cluster that is not there gives nothing, and says nothing.
    command.args(["--server", "https://127.0.0.1:1"]);
    let mut command = cluster.netns_command(&helper);
    command.env("KUBECONFIG", cluster.kubeconfig());
    command.args(["trigger", "--server", "https://127.0.0.1:1", "nigh"]);
    let run = crate::run::finish(&mut command, "").success();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (":4\n", ""));
}

#[test]
fn a_server_that_is_killed_meanwhile_is_waited_for() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let namespace = alone.namespace("trigger-outage");
    Backup { steps: &[("backup", COUNTS), ("inspect", "echo inspected")], ..Backup::default() }
        .apply(&namespace);
    let mut waiting = namespace.spawn_plugin(&["trigger", "nightly", "--wait"]);
    waiting.wait_for_output("step backup runs", MINUTE);
    let job = name_of(&waiting.stdout()).to_owned();
    let mut following = namespace.spawn_plugin(&["logs", "nightly", "-f"]);
    following.wait_for_output("line 5", MINUTE);
    cluster.stop_apiserver();
    std::thread::sleep(Duration::from_secs(5));
    cluster.start_apiserver();
    let run = waiting.wait().success();
    assert!(run.stdout.contains("succeeded"), "{}", run.transcript());
    let log = following.wait().success();
    let expected: String = (1..=60).map(|line| format!("[backup] line {line}\n")).collect();
    assert_eq!(log.stdout, format!("{expected}[inspect] inspected\n"), "{}", log.stderr);
    // A second run completes.
    let again = namespace.plugin(&["logs", "nightly", "--run", &job]).success();
    assert_eq!(again.stdout, log.stdout);
}

#[test]
fn a_job_whose_client_dies_is_kept_for_a_day_and_no_longer() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-killed");
    Backup { history: (0, 0), steps: &[("backup", "sleep 3")], ..Backup::default() }.apply(&namespace);
    let mut waiting = namespace.spawn_plugin(&["trigger", "nightly", "--wait", "--name", "orphan"]);
    waiting.wait_for_output("step backup runs", MINUTE);
    waiting.signal("KILL");
    assert_eq!(waiting.wait().code, 137);
    namespace.wait_for_job("orphan", MINUTE);
    std::thread::sleep(Duration::from_secs(2));
    // The history has not seen it, and the server takes it away when its time is over.
    assert_eq!(namespace.get_json(&["job", "orphan"])["spec"]["ttlSecondsAfterFinished"], 86_400);
    namespace
        .kubectl(&["patch", "job", "orphan", "-p", r#"{"spec":{"ttlSecondsAfterFinished":1}}"#])
        .success();
    namespace.wait_for("the end of the Job's time", MINUTE, || jobs(&namespace).is_empty().then_some(()));
}

#[test]
fn the_rights_that_the_manual_names_are_enough() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("trigger-rights");
    Backup { steps: &[("backup", "echo hello"), ("inspect", "true")], ..Backup::default() }.apply(&namespace);
    namespace.apply(&format!(
        "apiVersion: v1
kind: ServiceAccount
metadata: {{name: runner}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: runner}}
rules:
  - {{apiGroups: [batch], resources: [cronjobs], verbs: [get, list, patch]}}
  - {{apiGroups: [batch], resources: [jobs], verbs: [get, list, watch, create]}}
  - {{apiGroups: [''], resources: [pods], verbs: [list, watch]}}
  - {{apiGroups: [''], resources: [pods/log], verbs: [get]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: runner}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}}
subjects: [{{kind: ServiceAccount, name: runner, namespace: {}}}]
",
        namespace.name
    ));
    let runner = cluster.kubeconfig_for_service_account(&namespace.name, "runner");
    let run = namespace.plugin_as(&runner, &["trigger", "nightly", "--logs", "-v"]).success();
    assert!(
        run.stdout.contains("[backup] hello\n") && run.stdout.contains("succeeded"),
        "{}",
        run.transcript()
    );
    // Patching Jobs is not among them: the Job stays held, and that is no failure.
    assert!(run.stderr.contains("patching Jobs is not allowed"), "{}", run.transcript());
    let log = namespace.plugin_as(&runner, &["logs", "nightly", "-f"]).success();
    assert_eq!(log.stdout, "[backup] hello\n");
    namespace.plugin_as(&runner, &["suspend", "nightly"]).success();
    let by = format!("suspended by system:serviceaccount:{}:runner", namespace.name);
    let again = namespace.plugin_as(&runner, &["suspend", "nightly"]).success();
    assert!(again.stdout.contains(&by), "{}", again.transcript());
    namespace.plugin_as(&runner, &["resume", "nightly"]).success();
}
