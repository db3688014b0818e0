//! How long artifacts have to stay, so that no kept backup loses an ancestor.
//!
//! A lifecycle rule sees ages and names; it knows no chains, and all artifacts of a folder look alike to it. A folder of
//! full backups is simple: each stands for itself. In a folder with differentials a backup that `maxAge` keeps may
//! need a full backup that is older by as long as a chain lasts (neo4j-admin.md §2, "Restore needs"). How long that is
//! follows from the schedule of the FULL, and where nothing bounds it there is no rule that could be safe.

use std::time::Duration;

use crate::api::backup::BackupType;
use crate::schedule::{self, Expression, duration};

use super::super::Backup;

/// Runs of a FULL that may fail one after the other without a differential outliving its full backup.
const MISSED_RUNS: u32 = 1;
/// What a run may take and be late: one pod runs a day at most unless the spec says otherwise.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

/// A spec that writes into a folder.
pub(super) struct Writer<'a> {
    /// The spec.
    pub(super) backup: &'a Backup<'a>,
    /// Whole days of `retention.maxAge`, rounded up; `None` keeps everything.
    pub(super) max_age_days: Option<u64>,
    kind: BackupType,
    across_fulls: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(backup: &'a Backup<'a>) -> Self {
        let options = backup.spec.options.as_deref();
        let max_age_days = backup
            .spec
            .retention
            .as_ref()
            .and_then(|retention| duration::parse_age(retention.max_age.as_deref()?).ok())
            .map(whole_days);
        Self {
            backup,
            max_age_days,
            kind: options.and_then(|options| options.backup_type).unwrap_or(BackupType::Full),
            across_fulls: options.and_then(|options| options.prefer_diff_as_parent) == Some(true),
        }
    }
}

fn whole_days(age: Duration) -> u64 {
    age.as_secs().div_ceil(24 * 60 * 60)
}

/// How long the artifacts of a folder have to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// So many days, of which so many are asked for by `maxAge`.
    Days {
        /// What the rule waits for.
        kept: u64,
        /// The largest `maxAge`.
        asked: u64,
    },
    /// Nobody asks for anything to be deleted.
    Everything,
    /// Somebody does, and no rule by age can do it.
    Unsafe(Obstacle),
}

/// Why there is no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A spec without `maxAge` writes into the same folder.
    KeptByAnother(String),
    /// Nothing in the input makes the full backups regularly.
    NoRegularFull,
    /// Differentials build on differentials across full backups.
    AcrossFulls(String),
    /// The folder is the root of the bucket.
    Root,
    /// A folder below may not be deleted from.
    Below(String),
}

/// What the writers of one folder need.
pub(super) fn of_folder(folder: &str, writers: &[Writer<'_>]) -> Need {
    let Some(asked) = writers.iter().filter_map(|writer| writer.max_age_days).max() else {
        return Need::Everything;
    };
    if let Some(other) = writers.iter().find(|writer| writer.max_age_days.is_none()) {
        return Need::Unsafe(Obstacle::KeptByAnother(other.backup.name()));
    }
    if folder.is_empty() {
        return Need::Unsafe(Obstacle::Root);
    }
    if writers.iter().all(|writer| writer.kind == BackupType::Full) {
        return Need::Days { kept: asked, asked };
    }
    // Only a differential with this option goes on across full backups (neo4j-admin.md §2, "DIFF parent default").
    if let Some(across) = writers.iter().find(|writer| writer.kind != BackupType::Full && writer.across_fulls)
    {
        return Need::Unsafe(Obstacle::AcrossFulls(across.backup.name()));
    }
    // An AUTO makes a full backup only where there is none, so it bounds nothing.
    let longest = writers
        .iter()
        .filter(|writer| writer.kind == BackupType::Full)
        .filter_map(|writer| interval(writer.backup))
        .min();
    match longest {
        Some(interval) => {
            let chain = interval.saturating_mul(1 + MISSED_RUNS).saturating_add(SLACK);
            Need::Days { kept: asked.saturating_add(whole_days(chain)), asked }
        }
        None => Need::Unsafe(Obstacle::NoRegularFull),
    }
}

/// The longest time between two runs; `None` when it does not run by itself.
fn interval(backup: &Backup<'_>) -> Option<Duration> {
    if backup.spec.suspend == Some(true) {
        return None;
    }
    let expression = Expression::parse(backup.spec.schedule.as_deref()?).ok()?;
    let zone = schedule::parse_zone(backup.spec.time_zone.as_deref().unwrap_or("Etc/UTC")).ok()?;
    expression.longest_gap(&zone).map(|gap| gap.duration)
}
