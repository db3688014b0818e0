//! Runs that did not happen and left no trace.
//!
//! A tick that its CronJob lets pass is told by no event, and `lastScheduleTime` does not move (pods.md §3). So the
//! ticks are computed from the schedule, and each is looked for among the Jobs that are kept.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::CronJob;
use serde::Serialize;

use super::Timetable;
use crate::cluster::managed;
use crate::cluster::runs::{Phase, Run, Trigger};

/// Ticks that passed without a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missed {
    /// How many; at most [`MOST`].
    pub count: usize,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// The run that was still going at the last of them, so that concurrency `Forbid` left it out.
    pub held_up_by: Option<String>,
}

/// Ticks that are counted before counting ends.
pub const MOST: usize = 1_000;

/// How late the CronJob controller may be without anything being wrong, beside the starting deadline.
const SLACK: SignedDuration = SignedDuration::from_secs(15);

/// How long a tick is waited for where no `startingDeadlineSeconds` says it.
const NO_DEADLINE: i64 = 120;

/// The missed ticks of a CronJob; `runs` are its own. A CronJob that is suspended misses nothing: that it is suspended
/// is what is to be said.
#[must_use]
pub fn missed(cron_job: &CronJob, timetable: &Timetable, runs: &[&Run], now: Timestamp) -> Option<Missed> {
    let spec = cron_job.spec.as_ref()?;
    if spec.suspend == Some(true) {
        return None;
    }
    let last_scheduled =
        cron_job.status.as_ref().and_then(|status| status.last_schedule_time.as_ref()).map(|time| time.0);
    let mut from = beginning(cron_job, runs)?;
    if timetable.expression.every().is_some() {
        // Such a tick is counted from the run before, so that none of them has a place of its own in time.
        from = last_scheduled.unwrap_or(from);
    }
    let wait = SignedDuration::from_secs(spec.starting_deadline_seconds.unwrap_or(NO_DEADLINE).max(0));
    let until = now.checked_sub(wait).ok()?.checked_sub(SLACK).ok()?;
    let happened: BTreeSet<Timestamp> = runs
        .iter()
        .filter_map(|run| match run.trigger {
            Trigger::Scheduled(at) => at,
            _ => None,
        })
        .chain(last_scheduled)
        .collect();
    let ticks: Vec<Timestamp> = timetable
        .expression
        .runs(from, &timetable.zone)
        .map(|run| run.timestamp())
        .take_while(|tick| *tick <= until)
        .filter(|tick| !happened.contains(tick))
        .take(MOST)
        .collect();
    let (first, last) = (*ticks.first()?, *ticks.last()?);
    let give_up = last.checked_add(wait).unwrap_or(last);
    let held_up_by = runs
        .iter()
        .find(|run| {
            run.began().is_some_and(|began| began <= give_up) && run.finished.is_none_or(|end| end > give_up)
        })
        .map(|run| run.name.clone());
    Some(Missed { count: ticks.len(), first, last, held_up_by })
}

/// From when on every tick should have left a Job: since the CronJob was made, since its schedule or suspension was
/// last written, and as far back as the history limits keep Jobs.
fn beginning(cron_job: &CronJob, runs: &[&Run]) -> Option<Timestamp> {
    let spec = cron_job.spec.as_ref()?;
    let mut from = cron_job.metadata.creation_timestamp.as_ref()?.0;
    for field in [".spec.suspend", ".spec.schedule", ".spec.timeZone"] {
        // Only when something was written is known, not which of a manager's fields: too late a beginning misses a
        // missed run, too early a one would invent some.
        let written =
            managed::owners(&cron_job.metadata, field).into_iter().filter_map(|share| share.since).max();
        from = from.max(written.unwrap_or(from));
    }
    for (phase, limit) in [
        (Phase::Succeeded, spec.successful_jobs_history_limit.unwrap_or(3)),
        (Phase::Failed, spec.failed_jobs_history_limit.unwrap_or(1)),
    ] {
        // When as many are kept as may be, older ones may have been deleted; what is between those that are left is
        // known. Manual runs count in the limits (pods.md §3).
        let limit = usize::try_from(limit).unwrap_or_default();
        let mut kept: Vec<Timestamp> =
            runs.iter().filter(|run| run.phase == phase).filter_map(|run| run.began()).collect();
        if kept.len() >= limit {
            kept.sort_unstable();
            let oldest = kept.first().copied();
            let last = cron_job.status.as_ref().and_then(|status| status.last_schedule_time.as_ref());
            from = from.max(oldest.or(last.map(|time| time.0)).unwrap_or(from));
        }
    }
    Some(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron_job(change: impl FnOnce(&mut Value)) -> CronJob {
        let mut value = json!({
            "metadata": {"name": "nightly-backup-cron", "namespace": "shop", "creationTimestamp": "2026-03-01T12:00:00Z"},
            "spec": {"schedule": "0 2 * * *", "timeZone": "Etc/UTC", "startingDeadlineSeconds": 600, "jobTemplate": {},
                "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 3},
            "status": {},
        });
        change(&mut value);
        serde_json::from_value(value).unwrap()
    }

    fn run(scheduled: &str, finished: Option<&str>, phase: Phase) -> Run {
        Run {
            name: format!("run-{scheduled}"),
            namespace: "shop".to_owned(),
            spec: None,
            cron_job: Some("nightly-backup-cron".to_owned()),
            trigger: Trigger::Scheduled(Some(at(scheduled))),
            phase,
            created: Some(at(scheduled)),
            started: Some(at(scheduled)),
            finished: finished.map(at),
            attempts: Vec::new(),
            lost_attempts: 0,
            cause: None,
        }
    }

    fn found(cron_job: &CronJob, runs: &[Run], now: &str) -> Option<(usize, String, String)> {
        let timetable = Timetable::of(cron_job).unwrap();
        let runs: Vec<&Run> = runs.iter().collect();
        missed(cron_job, &timetable, &runs, at(now))
            .map(|missed| (missed.count, missed.first.to_string(), missed.last.to_string()))
    }

    #[test]
    fn ticks_without_a_job_are_missed_once_their_deadline_has_passed() {
        let plain = cron_job(|_| ());
        assert_eq!(found(&plain, &[], "2026-03-02T01:59:00Z"), None);
        assert_eq!(found(&plain, &[], "2026-03-02T02:09:00Z"), None, "it may still start");
        let one = (1, "2026-03-02T02:00:00Z".to_owned(), "2026-03-02T02:00:00Z".to_owned());
        assert_eq!(found(&plain, &[], "2026-03-02T02:11:00Z"), Some(one));
        let three = (3, "2026-03-02T02:00:00Z".to_owned(), "2026-03-04T02:00:00Z".to_owned());
        assert_eq!(found(&plain, &[], "2026-03-04T12:00:00Z"), Some(three));
        let runs = [run("2026-03-03T02:00:00Z", Some("2026-03-03T02:05:00Z"), Phase::Succeeded)];
        assert_eq!(found(&plain, &runs, "2026-03-04T12:00:00Z").unwrap().0, 2, "one of them ran");
    }

    #[test]
    fn what_the_history_limits_delete_is_not_missed() {
        let runs: Vec<Run> = ["2026-03-05", "2026-03-06", "2026-03-07"]
            .map(|day| run(&format!("{day}T02:00:00Z"), Some(&format!("{day}T02:05:00Z")), Phase::Succeeded))
            .into();
        assert_eq!(found(&cron_job(|_| ()), &runs, "2026-03-07T12:00:00Z"), None);
        assert_eq!(found(&cron_job(|_| ()), &runs, "2026-03-08T12:00:00Z").unwrap().0, 1);
        let none_kept = cron_job(|value| {
            value["spec"]["successfulJobsHistoryLimit"] = json!(0);
            value["status"]["lastScheduleTime"] = json!("2026-03-07T02:00:00Z");
        });
        assert_eq!(found(&none_kept, &[], "2026-03-07T12:00:00Z"), None);
    }

    #[test]
    fn nothing_is_missed_while_suspended_or_before_the_schedule_was_written() {
        let suspended = cron_job(|value| value["spec"]["suspend"] = json!(true));
        assert_eq!(found(&suspended, &[], "2026-03-09T12:00:00Z"), None);
        let resumed = cron_job(|value| {
            value["metadata"]["managedFields"] = json!([{"manager": "k", "operation": "Update",
                "time": "2026-03-08T12:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {}}}}]);
        });
        assert_eq!(found(&resumed, &[], "2026-03-09T12:00:00Z").unwrap().0, 1);
    }

    #[test]
    fn a_run_that_was_still_going_is_named() {
        let long = run("2026-03-02T02:00:00Z", Some("2026-03-03T03:00:00Z"), Phase::Succeeded);
        let cron_job = cron_job(|_| ());
        let timetable = Timetable::of(&cron_job).unwrap();
        let missed = missed(&cron_job, &timetable, &[&long], at("2026-03-03T12:00:00Z")).unwrap();
        assert_eq!(missed.held_up_by.as_deref(), Some("run-2026-03-02T02:00:00Z"));
        assert_eq!(missed.count, 1);
    }

    #[test]
    fn a_schedule_of_every_minute_is_counted_to_an_end() {
        let minutely = cron_job(|value| value["spec"]["schedule"] = json!("* * * * *"));
        assert_eq!(found(&minutely, &[], "2027-03-04T12:00:00Z").unwrap().0, MOST);
        let every = cron_job(|value| {
            value["spec"]["schedule"] = json!("@every 1h");
            value["status"]["lastScheduleTime"] = json!("2026-03-04T10:17:00Z");
        });
        assert_eq!(found(&every, &[], "2026-03-04T11:20:00Z"), None);
        assert_eq!(found(&every, &[], "2026-03-04T11:28:00Z").unwrap().0, 1);
    }
}
