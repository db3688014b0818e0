//! Durations of a Job's life: how late it may start, how long it may run, how long it is kept.

use std::time::Duration;

use crate::diagnostics::{Severity, codes};
use crate::input::{Correction, Finding};
use crate::schedule::duration;

use super::{Backup, Restore};

const YEAR: u64 = 366 * 24 * 60 * 60;
/// The controller looks every 10 seconds, so a shorter deadline may let no run start (Kubernetes, "CronJob").
const SHORTEST_START: Duration = Duration::from_secs(10);
const TTL: &str = "spec.job.ttlAfterFinished";

/// Durations of a backup, and `job.ttlAfterFinished` by whether there is a schedule.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let spec = subject.spec;
    let starting = read("spec.startingDeadline", spec.starting_deadline.as_deref(), out);
    if let Some(length) = starting.filter(|length| *length < SHORTEST_START && !length.is_zero()) {
        out.push(
            wrong("spec.startingDeadline", format!("{} is too short for a start", duration::words(length)))
                .help("write at least `10s`; the default is `10m`")
                .note("the CronJob controller looks every 10 seconds, so no run might ever start (Kubernetes, \"CronJob\")"),
        );
    }
    let Some(job) = &spec.job else { return };
    read("spec.job.deadline", job.deadline.as_deref(), out);
    let Some(text) = job.ttl_after_finished.as_deref() else { return };
    if spec.schedule.is_some() {
        out.push(
            Finding::new(
                &codes::TTL_WITHOUT_EFFECT,
                TTL,
                "with a schedule this has no effect: `historyLimits` decides how many finished runs are kept",
            )
            .help("remove it, and set `historyLimits` where the default of 3 is not meant"),
        );
        return;
    }
    let Some(kept) = read_ttl(text, out) else { return };
    let when = if kept.is_zero() {
        "at once when it is finished, and its log with it".to_owned()
    } else {
        format!("{} after it is finished", duration::words(kept))
    };
    out.push(
        Finding::new(
            &codes::TTL_RUNS_AGAIN,
            TTL,
            format!(
                "the Job is deleted {when}, and the next apply makes it again: the backup runs once more"
            ),
        )
        .severity(if kept.is_zero() { Severity::Warning } else { Severity::Notice })
        .help("leave it out where the spec is applied again and again, by Argo CD or Flux"),
    );
}

/// Durations of a restore.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    read("spec.timeout", subject.spec.timeout.as_deref(), out);
    let Some(options) = subject.spec.options.as_deref() else { return };
    for (field, hooks) in [
        ("spec.options.preRestore.job.timeout", options.pre_restore.as_ref()),
        ("spec.options.postRestore.job.timeout", options.post_restore.as_ref()),
    ] {
        let job = hooks.and_then(|hooks| hooks.job.as_ref());
        read(field, job.and_then(|job| job.timeout.as_deref()), out);
    }
}

/// Reads a duration that has to be more than zero.
fn read(field: &'static str, text: Option<&str>, out: &mut Vec<Finding>) -> Option<Duration> {
    let length = parse(field, text?, out)?;
    if length.is_zero() {
        out.push(
            wrong(field, "zero leaves no time at all").help("write how long it may take, for instance `30m`"),
        );
    } else {
        bounds(field, length, out);
    }
    Some(length)
}

fn read_ttl(text: &str, out: &mut Vec<Finding>) -> Option<Duration> {
    let length = parse(TTL, text, out)?;
    if !length.is_zero() {
        bounds(TTL, length, out);
    }
    Some(length)
}

fn parse(field: &'static str, text: &str, out: &mut Vec<Finding>) -> Option<Duration> {
    // Text of less than two characters has been reported with its length.
    if text.is_empty() {
        return None;
    }
    match duration::parse(text) {
        Ok(length) => Some(length),
        Err(error) => {
            let finding = wrong(field, error.to_string()).within(error.range.clone()).help(error.help());
            out.push(match error.replacement() {
                Some(text) => {
                    finding.correct(format!("write `{text}`"), Correction::ReplaceWithin(error.range, text))
                }
                None => finding,
            });
            None
        }
    }
}

/// What Kubernetes' fields hold: whole seconds, up to 2^31 - 1.
fn bounds(field: &'static str, length: Duration, out: &mut Vec<Finding>) {
    let seconds = length.as_secs();
    if i32::try_from(seconds).is_err() {
        out.push(
            wrong(field, "it is longer than 2147483647 seconds, the longest that Kubernetes takes")
                .help("write a shorter duration"),
        );
    } else if seconds == 0 {
        out.push(
            wrong(field, "it is shorter than a second, and Kubernetes counts whole seconds")
                .help("write at least `1s`"),
        );
    } else if length.subsec_nanos() != 0 {
        out.push(
            wrong(field, "Kubernetes counts whole seconds, and the rest is dropped")
                .severity(Severity::Warning)
                .help(format!("write `{}`", duration::format(Duration::from_secs(seconds)))),
        );
    } else if seconds > YEAR {
        out.push(
            wrong(field, format!("{} are longer than a year", duration::words(length)))
                .severity(Severity::Warning)
                .help("check the unit: `h` is hours, `m` is minutes"),
        );
    }
}

fn wrong(field: &'static str, message: impl Into<String>) -> Finding {
    Finding::new(&codes::INVALID_DURATION, field, message)
}
