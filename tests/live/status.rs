//! `status` on a real cluster: schedules, checks, files, rights, and a watch that outlives the API server.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{apart, cluster};
use crate::namespace::Namespace;

const LONG: Duration = Duration::from_secs(120);

/// A CronJob with the labels and the name that `render` gives, whose one step is a script.
fn cron_job(name: &str, schedule: &str, script: &str) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": format!("{name}-backup-cron"), "labels": labels(name)},
        "spec": {"schedule": schedule, "timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 10, "jobTemplate": {"metadata": {"labels": labels(name)}, "spec": {
                "backoffLimit": 0, "template": {"metadata": {"labels": labels(name)}, "spec": {"restartPolicy": "Never",
                    "containers": [{"name": "backup", "image": "busybox:1.36", "command": ["sh", "-ec", script],
                        "terminationMessagePolicy": "FallbackToLogsOnError"}]}}}}}})
}

fn labels(name: &str) -> Value {
    json!({"app.kubernetes.io/name": "neo4j-backup", "app.kubernetes.io/managed-by": "kubectl-neo4j-backup",
        "neo4j.neo4j.com/backup": name, "neo4j.neo4j.com/target": "production"})
}

fn run_now(ns: &Namespace, name: &str, run: &str) {
    ns.kubectl(&["create", "job", run, &format!("--from=cronjob/{name}-backup-cron")]).success();
}

fn items(ns: &Namespace, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["status", "-o", "json"];
    all.extend(args);
    let list: Value = serde_json::from_str(&ns.plugin(&all).stdout).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn state(ns: &Namespace, name: &str) -> String {
    let items = items(ns, &[name]);
    items.first().map_or("", |item| item["state"].as_str().unwrap_or_default()).to_owned()
}

#[track_caller]
fn wait_for_state(ns: &Namespace, name: &str, wanted: &str) {
    ns.wait_for(&format!("{name} to be {wanted}"), LONG, || (state(ns, name) == wanted).then_some(()));
}

#[test]
fn a_table_a_check_and_details_of_what_runs() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("status");
    let empty = ns.plugin(&["status"]).success();
    assert_eq!(
        (empty.stdout.as_str(), empty.stderr.as_str()),
        ("", format!("No backups found in the namespace {}.\n", ns.name).as_str())
    );
    // A check that finds nothing is not green.
    ns.plugin(&["status", "--max-age", "26h"]).expect_code(1);

    for object in [
        cron_job("good", "0 2 1 1 *", "true"),
        cron_job("bad", "0 2 1 1 *", "echo broken; exit 3"),
        cron_job("new", "0 2 1 1 *", "true"),
    ] {
        ns.apply(&object.to_string());
    }
    run_now(&ns, "good", "good-by-hand");
    run_now(&ns, "bad", "bad-by-hand");
    wait_for_state(&ns, "good", "Succeeded");
    wait_for_state(&ns, "bad", "Failed");
    assert_eq!(state(&ns, "new"), "Waiting");

    let table = ns.plugin(&["status"]).success().stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("NAME   STATE       LAST SUCCESS"), "{table}");
    assert!(lines[1].contains("step backup ended with exit code 3: broken [NB909]"), "{table}");
    assert!(lines[2].contains("Succeeded") && lines[2].contains("at 02:00 on day 1 of January"), "{table}");
    let bare = ns.plugin(&["status", "--no-headers", "good", "new"]).success().stdout;
    assert_eq!(bare.lines().count(), 2, "{bare}");
    let names = ns.plugin(&["status", "-o", "name"]).success().stdout;
    assert_eq!(
        names,
        "cronjob.batch/bad-backup-cron\ncronjob.batch/good-backup-cron\ncronjob.batch/new-backup-cron\n"
    );
    let everywhere = ns.plugin(&["status", "-A", "-o", "wide"]).success().stdout;
    assert!(everywhere.starts_with("NAMESPACE") && everywhere.contains(&ns.name), "{everywhere}");
    let selected = ns.plugin(&["status", "-l", "neo4j.neo4j.com/backup=good", "-o", "name"]).success().stdout;
    assert_eq!(selected, "cronjob.batch/good-backup-cron\n");

    let details = ns.plugin(&["status", "bad"]).success().stdout;
    assert!(
        details.contains("bad-by-hand  Failed, started by hand") && details.contains("backup  ended with 3"),
        "{details}"
    );
    assert!(details.contains("next: read the log of the step"), "{details}");
    let missing = ns.plugin(&["status", "nothing"]).expect_code(3);
    assert!(missing.stderr.contains("no backup or restore `nothing`"), "{}", missing.stderr);

    let check = ns.plugin(&["status", "--max-age", "26h"]).expect_code(1).stdout;
    assert_eq!(
        check,
        format!(
            "{0}/bad: no run is known to have succeeded; step backup ended with exit code 3: broken [NB909] [NB841]\n\
         {0}/new: no run is known to have succeeded [NB841]\n",
            ns.name
        )
    );
    let fine = ns.plugin(&["status", "good", "--max-age", "26h"]).success().stdout;
    assert!(fine.starts_with("ok: 1 backup, the oldest last success is "), "{fine}");
    std::thread::sleep(Duration::from_secs(2));
    let old = ns.plugin(&["status", "good", "--max-age", "1s", "-o", "json"]).expect_code(1).stdout;
    assert!(old.contains("\"NB840\""), "{old}");
}

#[test]
fn a_tick_that_passes_without_a_run_is_found() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("missed");
    // Every minute, and a run that outlasts the next tick by more than the starting deadline.
    ns.apply(&cron_job("slow", "* * * * *", "sleep 100").to_string());
    let missed = ns.wait_for("a missed tick", Duration::from_secs(200), || {
        let item = items(&ns, &["slow"]).into_iter().next()?;
        (item["missed"]["count"].as_u64() > Some(0)).then_some(item)
    });
    let run = missed["missed"]["heldUpBy"].as_str().unwrap();
    assert!(run.starts_with("slow-backup-cron-"), "{missed}");
    // Suspended by somebody who leaves no reason: the field manager says who.
    ns.kubectl(&[
        "patch",
        "cronjob",
        "slow-backup-cron",
        "-p",
        r#"{"spec":{"suspend":true}}"#,
        "--field-manager=ada",
    ])
    .success();
    let item = items(&ns, &["slow"]).remove(0);
    assert_eq!(item["suspended"]["by"], "ada", "{item}");
    assert_eq!(item["schedule"]["next"], Value::Null);
    assert_eq!(item["missed"], Value::Null);
}

#[test]
fn files_are_compared_with_what_is_there() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("files");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.yaml");
    let text = |schedule: &str| {
        format!(
            "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: nightly}}\nspec:\n  \
         target: {{kind: Cluster, name: graph}}\n  schedule: \"{schedule}\"\n  \
         storage: {{type: pvc, pvc: {{name: backups, size: 1Gi, storageClassName: standard}}}}\n"
        )
    };
    std::fs::write(&file, text("0 2 * * *")).unwrap();
    let path = file.to_str().unwrap();
    let of_file = |more: &[&str]| {
        let mut args =
            vec!["status", "-f", path, "--image", "neo4j:5.26.33-enterprise", "--servers", "3", "-o", "json"];
        args.extend(more);
        let run = ns.plugin(&args).success();
        serde_json::from_str::<Value>(&run.stdout).unwrap()["items"][0].clone()
    };
    let absent = of_file(&[]);
    assert_eq!(
        (absent["state"].as_str(), absent["findings"][0]["code"].as_str()),
        (Some("Absent"), Some("NB844"))
    );

    let rendered = ns
        .plugin(&["render", "-f", path, "--image", "neo4j:5.26.33-enterprise", "--servers", "3"])
        .success()
        .stdout;
    ns.apply(&rendered);
    // Somebody else's backup in the namespace is not the file's business.
    ns.apply(&cron_job("other", "0 2 1 1 *", "true").to_string());
    let same = of_file(&[]);
    assert_eq!((same["state"].as_str(), &same["drift"]), (Some("Waiting"), &json!([])), "{same}");
    ns.kubectl(&["patch", "cronjob", "nightly-backup-cron", "-p", r#"{"spec":{"schedule":"0 5 * * *"}}"#])
        .success();
    let drifted = of_file(&[]);
    assert_eq!(drifted["drift"], json!([".spec.schedule"]), "{drifted}");
    assert!(
        drifted["reason"].as_str().unwrap().contains("differs from the file in spec.schedule [NB845]"),
        "{drifted}"
    );
    // Without the target nothing can be compared, and how it is is shown all the same.
    let unknown = ns.plugin(&["status", "-f", path]).success();
    assert!(unknown.stderr.contains("are not compared"), "{}", unknown.stderr);
    assert!(unknown.stdout.contains("nightly"), "{}", unknown.stdout);
}

#[test]
fn the_right_to_read_jobs_of_one_namespace_is_enough() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("least");
    ns.apply(&cron_job("good", "0 2 1 1 *", "exit 4").to_string());
    run_now(&ns, "good", "good-by-hand");
    wait_for_state(&ns, "good", "Failed");
    ns.kubectl(&["create", "serviceaccount", "reader"]).success();
    ns.kubectl(&["create", "role", "reader", "--verb=list", "--resource=cronjobs.batch,jobs.batch"])
        .success();
    ns.kubectl(&[
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        &format!("--serviceaccount={}:reader", ns.name),
    ])
    .success();
    let reader = cluster.kubeconfig_for_service_account(&ns.name, "reader");
    let run = ns.plugin_as(&reader, &["status"]).success();
    assert!(run.stdout.contains("good") && run.stdout.contains("Failed"), "{}", run.transcript());
    assert!(
        run.stderr.contains("pods cannot be listed") && run.stderr.contains("events cannot be listed"),
        "{}",
        run.stderr
    );
    assert!(
        !run.stdout.contains("NB917"),
        "that pods may not be seen does not make them gone: {}",
        run.stdout
    );
    let refused = ns.plugin_as(cluster.kubeconfig_without_rights(), &["status"]).expect_code(3);
    assert!(
        refused.stderr.contains("cannot list resource") && refused.stderr.contains("rbac"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_number_of_requests_does_not_grow_with_the_backups() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("requests");
    let count = || {
        let run = ns.plugin(&["status", "-v"]).success();
        let line = run.stderr.lines().find(|line| line.contains(" requests to ")).unwrap().to_owned();
        line.split(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let none = count();
    let list: Vec<Value> =
        (0..40).map(|number| cron_job(&format!("b{number}"), "0 2 1 1 *", "true")).collect();
    ns.apply(&json!({"apiVersion": "v1", "kind": "List", "items": list}).to_string());
    assert_eq!(items(&ns, &[]).len(), 40);
    assert_eq!(count(), none);
    assert!(none <= 7, "{none} requests");
}

#[test]
fn a_watch_outlives_the_api_server_and_ends_with_ctrl_c() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let ns = alone.namespace("watch");
    ns.apply(&cron_job("good", "0 2 1 1 *", "true").to_string());
    let mut watch = ns.spawn_plugin(&["status", "--watch"]);
    watch.wait_for_output("Waiting", LONG);
    cluster.stop_apiserver();
    std::thread::sleep(Duration::from_secs(3));
    assert!(watch.is_running(), "{}", watch.stderr());
    cluster.start_apiserver();
    run_now(&ns, "good", "good-by-hand");
    watch.wait_for_output("Succeeded", LONG);
    watch.signal_interrupt();
    let run = watch.wait().expect_code(130);
    // One line for each change, and none for the time that passes.
    let states: Vec<&str> =
        run.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!((states.first(), states.last()), (Some(&"Waiting"), Some(&"Succeeded")), "{}", run.stdout);
    assert!(states.len() <= 8, "{}", run.stdout);
}
