//! What a table says of CronJobs and Jobs as a cluster holds them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::Answer;
use super::check::check;
use super::table::{Shape, header, lines, markdown, row};
use super::*;
use crate::cluster::runs::gather::Gathered;

fn now() -> Timestamp {
    "2026-03-03T10:00:00Z".parse().unwrap()
}

fn cron_job(name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = json!({
        "metadata": {"name": format!("{name}-backup-cron"), "namespace": "shop", "creationTimestamp": "2026-03-01T12:00:00Z",
            "labels": {"neo4j.neo4j.com/backup": name, "neo4j.neo4j.com/target": "production"}},
        "spec": {"schedule": "0 2 * * *", "timeZone": "Europe/Berlin", "startingDeadlineSeconds": 600, "jobTemplate": {},
            "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 3, "suspend": false},
        "status": {},
    });
    change(&mut value);
    value
}

fn job(name: &str, day: &str, condition: &str) -> Value {
    let begin = format!("2026-03-{day}T01:00:00Z");
    let end = format!("2026-03-{day}T01:05:00Z");
    let mut value = json!({
        "metadata": {"name": format!("{name}-backup-cron-{day}"), "namespace": "shop", "uid": format!("{name}{day}"),
            "creationTimestamp": begin, "labels": {"neo4j.neo4j.com/backup": name},
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": format!("2026-03-{day}T02:00:00+01:00")},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": format!("{name}-backup-cron"), "uid": "c"}]},
        "spec": {"template": {}},
        "status": {"startTime": begin},
    });
    if !condition.is_empty() {
        value["status"]["conditions"] = json!([{"type": condition, "status": "True", "lastTransitionTime": end,
            "reason": "PodFailurePolicy",
            "message": "Container backup for pod shop/x failed with exit code 64 matching FailJob rule at index 1"}]);
    }
    if condition == "Complete" {
        value["status"]["completionTime"] = json!(end);
    }
    value
}

fn answer(cron_jobs: Vec<Value>, jobs: Vec<Value>) -> Answer {
    Answer {
        gathered: Gathered {
            cron_jobs: serde_json::from_value(json!(cron_jobs)).unwrap(),
            jobs: serde_json::from_value(json!(jobs)).unwrap(),
            pods: Lookup::Known(Vec::new()),
            events: Lookup::Known(Vec::new()),
        },
        resources: Lookup::Known(Vec::new()),
        going: std::collections::BTreeMap::new(),
        missing: Vec::new(),
    }
}

fn table_of(entries: &[Entry], wide: bool) -> String {
    let shape = Shape { namespaces: false, wide };
    let rows: Vec<_> = entries.iter().map(|entry| row(entry, shape, now())).collect();
    lines(Some(header(shape)), &rows, &mut Vec::new(), |text, _| text.to_owned()).join("\n")
}

fn scene() -> Answer {
    answer(
        vec![
            cron_job("good", |_| ()),
            cron_job("bad", |value| value["status"]["lastSuccessfulTime"] = json!("2026-03-02T01:06:00Z")),
            cron_job("lazy", |_| ()),
            cron_job("paused", |value| {
                value["spec"]["suspend"] = json!(true);
                value["metadata"]["annotations"] = json!({"neo4j.neo4j.com/suspended-by": "ada",
                    "neo4j.neo4j.com/suspended-reason": "migration", "neo4j.neo4j.com/suspended-at": "2026-03-02T10:00:00Z"});
            }),
            cron_job("young", |value| value["metadata"]["creationTimestamp"] = json!("2026-03-03T09:00:00Z")),
        ],
        vec![
            job("good", "02", "Complete"),
            job("good", "03", "Complete"),
            job("bad", "02", "Complete"),
            job("bad", "03", "Failed"),
            {
                let mut once = job("once", "03", "Complete");
                once["metadata"]["name"] = json!("once-backup");
                once["metadata"]["annotations"] = json!({});
                once["metadata"]["ownerReferences"] = json!([]);
                once
            },
            {
                let mut restore = job("r", "03", "");
                restore["metadata"]["labels"] = json!({"neo4j.neo4j.com/restore": "back"});
                restore["metadata"]["name"] = json!("back-restore");
                restore["spec"]["suspend"] = json!(true);
                restore
            },
        ],
    )
}

#[test]
fn a_table_says_first_what_a_person_has_to_know() {
    let entries = assess(&scene(), &[], false, now());
    insta::assert_snapshot!(table_of(&entries, false));
    insta::assert_snapshot!("wide", table_of(&entries, true));
    let shape = Shape::default();
    let rows: Vec<_> = entries.iter().map(|entry| row(entry, shape, now())).collect();
    insta::assert_snapshot!("markdown", markdown(&header(shape), &rows));
}

#[test]
fn details_show_runs_causes_and_next_steps() {
    let entries = assess(&scene(), &[], false, now());
    let text: Vec<String> = ["bad", "lazy", "paused", "back"]
        .into_iter()
        .map(|name| detail::detail(entries.iter().find(|entry| entry.key.name == name).unwrap(), now()))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn machines_get_stable_names() {
    let entries = assess(&scene(), &[], false, now());
    let bad = entries.iter().find(|entry| entry.key.name == "bad").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(bad).unwrap());
}

#[test]
fn a_check_tells_each_backup_that_is_too_old_and_why() {
    let mut entries = assess(&scene(), &[], false, now());
    let verdict = check(&mut entries, std::time::Duration::from_secs(26 * 3_600), false, now());
    assert_eq!(
        verdict.violations,
        [
            "shop/bad: the last success is 32h old, more than 26h; step backup ended with exit code 64 [NB909] [NB840]",
            "shop/lazy: no run is known to have succeeded; 2 runs were missed, the last due 9h ago: no Job was made then [NB842] [NB841]",
            "shop/paused: no run is known to have succeeded; suspended by ada 24h ago: migration [NB841]",
            "shop/young: no run is known to have succeeded [NB841]",
        ]
    );
    assert_eq!(verdict.checked, 5, "neither what runs once nor restores are expected to be young");
    let mut once: Vec<Entry> =
        assess(&scene(), &[], false, now()).into_iter().filter(|entry| entry.key.name == "once").collect();
    assert_eq!(
        check(&mut once, std::time::Duration::from_secs(60), true, now()).violations.len(),
        1,
        "named, it is"
    );
}

#[test]
fn what_is_declared_and_not_there_is_absent_and_what_differs_is_told() {
    let mut wanted = cron_job("good", |value| value["spec"]["schedule"] = json!("0 3 * * *"));
    wanted["metadata"].as_object_mut().unwrap().remove("creationTimestamp");
    let declared = |name: &str, objects| Declared {
        key: SpecKey { namespace: "shop".to_owned(), kind: SpecKind::Backup, name: name.to_owned() },
        path: Some("backups/all.yaml".to_owned()),
        schedule: Some("0 2 * * *".to_owned()),
        time_zone: None,
        objects,
    };
    let files = [
        declared("good", vec![("CronJob", "good-backup-cron".to_owned(), wanted)]),
        declared("absent", Vec::new()),
    ];
    let entries = assess(&scene(), &files, true, now());
    let said: Vec<(&str, State, &str)> =
        entries.iter().map(|entry| (entry.key.name.as_str(), entry.state, entry.reason.as_str())).collect();
    assert_eq!(
        said,
        [
            (
                "absent",
                State::Absent,
                "backups/all.yaml is not applied: the cluster has no Job or CronJob for it [NB844]"
            ),
            ("good", State::Succeeded, "differs from the file in spec.schedule [NB845]"),
        ]
    );
}

#[test]
fn a_namespace_that_goes_explains_what_is_left_in_it() {
    let mut answer = answer(vec![cron_job("good", |_| ())], vec![job("good", "03", "")]);
    answer.going.insert("shop".to_owned(), "2026-03-03T09:59:00Z".parse().unwrap());
    let entries = assess(&answer, &[], false, now());
    assert_eq!(
        (entries[0].state, entries[0].reason.as_str()),
        (State::Stuck, "the namespace is being deleted [NB919]")
    );
}

#[test]
fn a_schedule_that_never_comes_is_told() {
    let never = cron_job("never", |value| value["spec"]["schedule"] = json!("0 0 30 2 *"));
    let entries = assess(&answer(vec![never], Vec::new()), &[], false, now());
    assert_eq!(entries[0].reason, "the schedule has no next run [NB847]");
    let suspended = cron_job("s", |value| value["spec"]["suspend"] = json!(true));
    let entries = assess(&answer(vec![suspended], Vec::new()), &[], false, now());
    assert_eq!(entries[0].reason, "suspended [NB843]");
}

#[test]
fn names_may_say_the_kind() {
    let key = SpecKey { namespace: "shop".to_owned(), kind: SpecKind::Restore, name: "x".to_owned() };
    let named = |name: &str| is_named(&key, &[name.to_owned()]);
    assert!(named("x") && named("restore/x") && named("neo4jrestore.neo4j.neo4j.com/x"));
    assert!(!named("backup/x") && !named("y"));
}
