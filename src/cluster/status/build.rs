//! Puts an entry together from what the cluster holds of one spec.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::suspension::Suspension;
use super::{Declared, Entry, Failure, Schedule, State, Success, Timetable, drift, missed, words};
use crate::cluster::runs::gather::Gathered;
use crate::cluster::runs::{Phase, Run, SpecKey};
use crate::render::labels;

pub(super) fn entry(
    key: SpecKey,
    cron_job: Option<&CronJob>,
    declared: Option<&Declared>,
    runs: Vec<Run>,
    gathered: &Gathered,
    now: Timestamp,
) -> Entry {
    let suspended = cron_job.and_then(Suspension::of);
    let schedule = schedule(cron_job, declared, suspended.is_some(), now);
    let missed = cron_job.and_then(|cron_job| {
        let own: Vec<&Run> = runs.iter().collect();
        missed::missed(cron_job, &Timetable::of(cron_job)?, &own, now)
    });
    let last_failure = runs.iter().find(|run| run.phase == Phase::Failed).map(|run| Failure {
        at: run.finished,
        run: run.name.clone(),
        cause: run.cause.clone(),
    });
    let object = match (cron_job, runs.first()) {
        (Some(cron_job), _) => cron_job.metadata.name.as_ref().map(|name| format!("cronjob.batch/{name}")),
        (None, Some(run)) => Some(format!("job.batch/{}", run.name)),
        (None, None) => None,
    };
    let mut entry = Entry {
        target: target(cron_job, gathered, &runs),
        created: cron_job
            .and_then(|cron_job| cron_job.metadata.creation_timestamp.as_ref())
            .map(|time| time.0)
            .or_else(|| runs.last().and_then(|run| run.created)),
        last_success: last_success(cron_job, &runs, now),
        drift: declared.and_then(|declared| differences(declared, gathered)),
        key,
        object,
        state: State::Waiting,
        reason: String::new(),
        schedule,
        suspended,
        last_failure,
        missed,
        findings: Vec::new(),
        runs,
    };
    entry.state = state(&entry);
    entry.findings = words::findings(&entry, declared, now);
    entry.reason = words::reason(&entry, now);
    entry
}

fn target(cron_job: Option<&CronJob>, gathered: &Gathered, runs: &[Run]) -> Option<String> {
    let of_job = || {
        let run = runs.first()?;
        gathered.jobs.iter().find(|job| {
            job.metadata.name.as_deref() == Some(&run.name)
                && job.metadata.namespace.as_deref() == Some(&run.namespace)
        })
    };
    let metadata =
        cron_job.map(|cron_job| &cron_job.metadata).or_else(|| of_job().map(|job| &job.metadata))?;
    metadata.labels.as_ref()?.get(labels::TARGET).cloned()
}

fn schedule(
    cron_job: Option<&CronJob>,
    declared: Option<&Declared>,
    suspended: bool,
    now: Timestamp,
) -> Option<Schedule> {
    let spec = cron_job.and_then(|cron_job| cron_job.spec.as_ref());
    let (expression, zone) = match spec {
        Some(spec) => (spec.schedule.as_str(), spec.time_zone.as_deref()),
        None => (declared?.schedule.as_deref()?, declared?.time_zone.as_deref()),
    };
    let timetable = Timetable::read(expression, zone);
    // What is not in the cluster does not run.
    let runs = spec.is_some() && !suspended;
    let next = timetable.as_ref().filter(|_| runs).and_then(|timetable| {
        if timetable.expression.every().is_none() {
            return timetable.expression.next_after(now, &timetable.zone).map(|next| next.timestamp());
        }
        // Counted from the last run, as the CronJob controller does.
        let status = cron_job.and_then(|cron_job| cron_job.status.as_ref());
        let last = status
            .and_then(|status| status.last_schedule_time.as_ref())
            .or_else(|| cron_job.and_then(|cron_job| cron_job.metadata.creation_timestamp.as_ref()))?;
        timetable
            .expression
            .runs(last.0, &timetable.zone)
            .map(|next| next.timestamp())
            .find(|next| *next > now)
    });
    Some(Schedule {
        expression: expression.to_owned(),
        time_zone: zone.unwrap_or("Etc/UTC").to_owned(),
        words: timetable.map(|timetable| timetable.expression.words()),
        next,
    })
}

fn last_success(cron_job: Option<&CronJob>, runs: &[Run], now: Timestamp) -> Option<Success> {
    let kept = runs
        .iter()
        .filter(|run| run.phase == Phase::Succeeded)
        .filter_map(|run| Some((run.finished.or(run.began())?, Some(run.name.clone()))))
        .max();
    // Manual runs do not move it, and it outlives every Job.
    let told = cron_job
        .and_then(|cron_job| cron_job.status.as_ref()?.last_successful_time.as_ref())
        .map(|time| (time.0, None));
    let (at, run) = kept.into_iter().chain(told).max_by_key(|(at, run)| (*at, run.is_some()))?;
    Some(Success { at, age_seconds: now.duration_since(at).as_secs().max(0), run })
}

/// The fields in which the objects of a declared spec differ; `None` when there is nothing to compare.
fn differences(declared: &Declared, gathered: &Gathered) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut compared = false;
    for (kind, name, wanted) in &declared.objects {
        let is_it = |metadata: &ObjectMeta| {
            metadata.name.as_ref() == Some(name)
                && metadata.namespace.as_deref() == Some(declared.key.namespace.as_str())
        };
        let live = match *kind {
            "CronJob" => {
                gathered.cron_jobs.iter().find(|live| is_it(&live.metadata)).map(serde_json::to_value)
            }
            _ => gathered.jobs.iter().find(|live| is_it(&live.metadata)).map(serde_json::to_value),
        };
        if let Some(Ok(live)) = live {
            compared = true;
            found.extend(drift::differing(wanted, &live));
        }
    }
    compared.then_some(found)
}

fn state(entry: &Entry) -> State {
    if entry.object.is_none() {
        return State::Absent;
    }
    if let Some(run) = entry.active() {
        return if run.cause.is_some() { State::Stuck } else { State::Running };
    }
    if entry.suspended.is_some() || entry.runs.iter().any(|run| run.phase == Phase::Suspended) {
        return State::Suspended;
    }
    let newest = entry.runs.iter().find(|run| run.phase.is_over());
    if let Some(missed) = &entry.missed
        && newest.and_then(Run::began).is_none_or(|began| began < missed.last)
    {
        return State::Missed;
    }
    match newest.map(|run| run.phase) {
        Some(Phase::Failed) => State::Failed,
        Some(_) => State::Succeeded,
        None if entry.last_success.is_some() => State::Succeeded,
        None => State::Waiting,
    }
}
