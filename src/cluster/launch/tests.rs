use serde_json::json;

use super::*;

fn cron_job(limits: (i32, i32)) -> CronJob {
    serde_json::from_value(json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "nightly-backup-cron", "namespace": "shop", "uid": "u1",
                     "labels": {"neo4j.neo4j.com/backup": "nightly"}, "annotations": {"own": "of the CronJob"}},
        "spec": {
            "schedule": "0 2 * * *", "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": limits.0, "failedJobsHistoryLimit": limits.1,
            "jobTemplate": {
                "metadata": {"labels": {"neo4j.neo4j.com/backup": "nightly"}, "annotations": {"team": "graph"}},
                "spec": {"backoffLimit": 2, "template": {"spec": {"containers": [{"name": "backup"}]}}},
            },
        },
    }))
    .unwrap()
}

#[test]
fn a_job_is_what_kubectl_makes() {
    let made = job(&cron_job((3, 3)), JobName::Given("a".to_owned()), false);
    // kubectl create job a --from=cronjob/nightly-backup-cron --dry-run=client -o json, but for the status.
    assert_eq!(
        serde_json::to_value(&made).unwrap(),
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": "a", "namespace": "shop",
                "labels": {"neo4j.neo4j.com/backup": "nightly"},
                "annotations": {"cronjob.kubernetes.io/instantiate": "manual", "team": "graph"},
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly-backup-cron",
                                     "uid": "u1", "controller": true}],
            },
            "spec": {"backoffLimit": 2, "template": {"spec": {"containers": [{"name": "backup"}]}}},
        })
    );
}

#[test]
fn a_held_job_is_not_seen_by_the_history_and_goes_by_itself() {
    let held = job(&cron_job((0, 0)), JobName::Given("a".to_owned()), true);
    let owner = &held.metadata.owner_references.as_ref().unwrap()[0];
    assert_eq!((owner.uid.as_str(), owner.controller), ("u1", None));
    assert_eq!(held.spec.unwrap().ttl_seconds_after_finished, Some(HOLD_SECONDS));

    let mut longer = cron_job((0, 0));
    let spec = longer.spec.as_mut().unwrap().job_template.spec.as_mut().unwrap();
    spec.ttl_seconds_after_finished = Some(2 * HOLD_SECONDS);
    let held = job(&longer, JobName::Given("a".to_owned()), true);
    assert_eq!(held.spec.unwrap().ttl_seconds_after_finished, Some(2 * HOLD_SECONDS));
    let patch = hand_over_patch(&Job::default(), &longer);
    assert_eq!(patch["spec"]["ttlSecondsAfterFinished"], json!(2 * HOLD_SECONDS));
}

#[test]
fn handing_over_makes_the_cron_job_the_controller_and_takes_the_time_away() {
    let cron_job = cron_job((3, 3));
    let mut held = job(&cron_job, JobName::Given("a".to_owned()), true);
    held.metadata.uid = Some("j1".to_owned());
    assert_eq!(
        hand_over_patch(&held, &cron_job),
        json!({"metadata": {"uid": "j1", "ownerReferences": [{"uid": "u1", "controller": true}]},
               "spec": {"ttlSecondsAfterFinished": null}})
    );
}

#[test]
fn names_are_unique_short_and_valid() {
    let long = "a".repeat(52);
    for cron_job in ["nightly-backup-cron", long.as_str(), "a-b.c"] {
        let one = name(cron_job, 1);
        assert!(one.len() <= LONGEST_NAME, "{one}");
        assert!(one.contains("-manual-"), "{one}");
        assert_ne!(one, name(cron_job, 2));
        assert!(one.starts_with(&prefix(cron_job)));
    }
    assert_ne!(random(), random());
}

#[test]
fn only_jobs_of_the_cron_job_that_are_at_work_are_active() {
    let job = |name: &str, uid: &str, extra: serde_json::Value| -> Job {
        let mut job = json!({"metadata": {"name": name, "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "CronJob", "name": "x", "uid": uid}]}});
        for (key, value) in extra.as_object().unwrap() {
            job[key] = value.clone();
        }
        serde_json::from_value(job).unwrap()
    };
    let ended = |kind: &str| json!({"status": {"conditions": [{"type": kind, "status": "True"}]}});
    let template = json!({"template": {}, "suspend": true});
    let jobs = [
        job("at-work", "u1", json!({})),
        job("complete", "u1", ended("Complete")),
        job("failed", "u1", ended("Failed")),
        job("almost", "u1", ended("FailureTarget")),
        job("elsewhere", "u2", json!({})),
        job("suspended", "u1", json!({"spec": template})),
    ];
    let names: Vec<_> =
        active(&cron_job((3, 3)), &jobs).into_iter().map(|job| job.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["at-work", "almost"]);
    assert!(!may_overlap(&cron_job((3, 3))));
}

#[test]
fn a_limit_of_zero_keeps_nothing() {
    assert!(!keeps_no_history(&cron_job((1, 1))));
    assert!(keeps_no_history(&cron_job((0, 3))));
    assert!(keeps_no_history(&cron_job((3, 0))));
}
