//! `--max-age`: whether every scheduled backup has succeeded lately enough.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Finding, State, age};
use crate::cluster::runs::SpecKind;
use crate::diagnostics::codes;

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// One line a violation: `shop/nightly: …`.
    pub violations: Vec<String>,
    /// Backups that were looked at.
    pub checked: usize,
    /// The age of the oldest last success, in seconds.
    pub oldest: Option<i64>,
}

/// Checks the backups, and adds a finding to each that is too old. A backup that runs once is looked at only when it
/// was named: it is meant to grow old.
pub fn check(entries: &mut [Entry], bound: Duration, named: bool, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let limit = i64::try_from(bound.as_secs()).unwrap_or(i64::MAX);
    for entry in entries {
        if entry.key.kind != SpecKind::Backup || (entry.schedule.is_none() && !named) {
            continue;
        }
        verdict.checked += 1;
        let name = format!("{}/{}", entry.key.namespace, entry.key.name);
        let finding = match &entry.last_success {
            Some(success) if success.age_seconds <= limit => {
                verdict.oldest = verdict.oldest.max(Some(success.age_seconds));
                continue;
            }
            Some(success) => Finding::new(
                &codes::BACKUP_TOO_OLD,
                format!(
                    "the last success is {} old, more than {}",
                    age::short(SignedDuration::from_secs(success.age_seconds)),
                    age::short(SignedDuration::from_secs(limit)),
                ),
            ),
            None => Finding::new(&codes::NEVER_SUCCEEDED, "no run is known to have succeeded".to_owned()),
        };
        let why = why(entry, now);
        let why = if why.is_empty() { why } else { format!("; {why}") };
        verdict.violations.push(format!("{name}: {}{why} [{}]", finding.message, finding.code));
        entry.findings.insert(0, finding);
    }
    verdict
}

/// What keeps it from being younger.
fn why(entry: &Entry, now: Timestamp) -> String {
    let failure = || {
        let cause = entry.last_failure.as_ref()?.cause.as_ref()?;
        Some(format!("{cause} [{}]", cause.definition().code))
    };
    match entry.state {
        State::Succeeded | State::Waiting => String::new(),
        State::Running => {
            let running = format!("running now: {}", entry.reason);
            failure().map(|failure| format!("{running}; before: {failure}")).unwrap_or(running)
        }
        State::Suspended => entry.suspended.as_ref().map(|all| all.words(now)).unwrap_or_default(),
        _ => entry.reason.clone(),
    }
}
