//! What is to be said of an entry: findings with codes, and the one line that comes first.

use jiff::Timestamp;

use super::missed::{self, Missed};
use super::suspension::Suspension;
use super::{Declared, Entry, Finding, State, age};
use crate::cluster::runs::{Cause, Run};
use crate::diagnostics::{Definition, codes};

pub(super) fn findings(entry: &Entry, declared: Option<&Declared>, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if entry.object.is_none() {
        let place = match declared.and_then(|declared| declared.path.as_deref()) {
            Some(path) => format!("{path} is not applied: the cluster has no Job or CronJob for it"),
            None => "the custom resource is there, and no Job or CronJob carries it out".to_owned(),
        };
        findings.push(Finding::new(&codes::NOT_IN_CLUSTER, place));
    }
    if let Some(suspension) = &entry.suspended {
        findings.push(Finding::new(&codes::BACKUP_SUSPENDED, suspension.words(now)));
    }
    if let Some(missed) = &entry.missed {
        findings.push(Finding::new(&codes::RUNS_MISSED, missed.words(now)));
    }
    if let Some(fields) = entry.drift.as_ref().filter(|fields| !fields.is_empty()) {
        findings.push(Finding::new(&codes::DIFFERS_FROM_FILE, drift_words(fields)));
    }
    let never = entry.object.is_some()
        && entry.suspended.is_none()
        && entry.schedule.as_ref().is_some_and(|schedule| schedule.next.is_none());
    if never {
        findings.push(Finding::new(&codes::NO_NEXT_RUN, "the schedule has no next run".to_owned()));
    }
    findings
}

fn drift_words(fields: &[String]) -> String {
    let shown =
        fields.iter().take(2).map(|field| field.trim_start_matches('.')).collect::<Vec<_>>().join(", ");
    match fields.len().saturating_sub(2) {
        0 => format!("differs from the file in {shown}"),
        more => format!("differs from the file in {shown} and {more} more"),
    }
}

/// The line of a table: what a person has to know first.
pub(super) fn reason(entry: &Entry, now: Timestamp) -> String {
    let with_code = |cause: &Cause| format!("{cause} [{}]", cause.definition().code);
    let finding = |definition: &Definition| {
        let found = entry.findings.iter().find(|finding| finding.code == definition.code);
        found.map(|finding| format!("{} [{}]", finding.message, finding.code))
    };
    let main = match entry.state {
        State::Absent => finding(&codes::NOT_IN_CLUSTER),
        State::Stuck => entry.active().and_then(|run| run.cause.as_ref()).map(with_code),
        State::Running => entry.active().map(|run| running_words(run, now)),
        State::Suspended => finding(&codes::BACKUP_SUSPENDED).or_else(|| Some(with_code(&Cause::Suspended))),
        State::Missed => finding(&codes::RUNS_MISSED),
        State::Failed => entry.last_failure.as_ref().map(|failure| match &failure.cause {
            Some(cause) => with_code(cause),
            None => "it failed; why is not known, because pods or events may not be listed".to_owned(),
        }),
        State::Succeeded | State::Waiting => None,
    };
    let main = main.or_else(|| finding(&codes::NO_NEXT_RUN)).or_else(|| finding(&codes::DIFFERS_FROM_FILE));
    main.or_else(|| finding(&codes::RUNS_MISSED)).unwrap_or_default()
}

fn running_words(run: &Run, now: Timestamp) -> String {
    let since = run
        .began()
        .map(|began| format!(" since {}", age::short(now.duration_since(began))))
        .unwrap_or_default();
    let step = match run.running_step() {
        Some(step) => format!("step {}", step.name),
        None => {
            let steps = run.attempt().map(|attempt| attempt.steps.as_slice()).unwrap_or_default();
            let begun = steps.iter().filter(|step| step.state.has_begun()).count();
            let words = match begun {
                0 => "starting",
                _ if begun == steps.len() => "ending",
                _ => "between two steps",
            };
            words.to_owned()
        }
    };
    match run.attempt_number() {
        0 | 1 => format!("{step}{since}"),
        number => format!("{step}{since}, attempt {number}"),
    }
}

impl Suspension {
    /// In a sentence.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        let mut words = "suspended".to_owned();
        if let Some(by) = &self.by {
            words.push_str(&format!(" by {by}"));
        }
        if let Some(since) = self.since {
            words.push_str(&format!(" {}", age::ago(since, now)));
        }
        if let Some(reason) = &self.reason {
            words.push_str(&format!(": {reason}"));
        }
        words
    }
}

impl Missed {
    /// In a sentence.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        let count = match self.count {
            1 => "1 run was missed".to_owned(),
            missed::MOST => format!("{} runs or more were missed", missed::MOST),
            count => format!("{count} runs were missed"),
        };
        let when = if self.count == 1 { "due" } else { "the last due" };
        let why = match &self.held_up_by {
            Some(run) => format!("{run} was still running"),
            None => "no Job was made then".to_owned(),
        };
        format!("{count}, {when} {}: {why}", age::ago(self.last, now))
    }
}
