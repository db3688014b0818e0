//! Backups as monitoring sees them: names of what is watched, and how long each thing may take, as sums that a person
//! can check.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::emit::once;
use crate::plan::StoragePlan;
use crate::plan::backup::SchedulePlan;
use crate::schedule::{Expression, duration, parse_zone};

use super::Backup;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How late the controller may start a run without anything being wrong, beside the starting deadline: it looks at
/// every CronJob about every ten seconds, and metrics are scraped once a minute or so.
const SLACK: i64 = 5 * MINUTE;

/// How long the pods of a Job may wait for a node, an image and a volume, which no deadline of a pod bounds.
const WAITING: i64 = HOUR;

/// A number of seconds with the sum that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    terms: Vec<(i64, String)>,
}

impl Sum {
    fn of(seconds: i64, why: impl Into<String>) -> Self {
        Self { terms: vec![(seconds, why.into())] }
    }

    fn and(mut self, seconds: i64, why: impl Into<String>) -> Self {
        self.terms.push((seconds, why.into()));
        self
    }

    /// All of it.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.terms.iter().map(|(seconds, _)| seconds).sum()
    }

    /// The sum in PromQL: `90000 + 600 + 10800`.
    #[must_use]
    pub fn promql(&self) -> String {
        self.joined(|seconds, _| seconds.to_string())
    }

    /// The sum in words: `25h (…) + 10m (…) = 25h10m`.
    #[must_use]
    pub fn words(&self) -> String {
        let sum = self.joined(|seconds, why| format!("{} ({why})", time(seconds)));
        if self.terms.len() > 1 { format!("{sum} = {}", time(self.seconds())) } else { sum }
    }

    fn joined(&self, term: impl Fn(i64, &str) -> String) -> String {
        let mut text = String::new();
        for (seconds, why) in &self.terms {
            text.push_str(match (text.is_empty(), *seconds < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            });
            text.push_str(&term(seconds.abs(), why));
        }
        text
    }
}

/// Whole days from two on as days, else hours, minutes and seconds: `31d`, `25h`, `26h30m`.
#[must_use]
pub fn time(seconds: i64) -> String {
    if seconds >= 2 * DAY && seconds % DAY == 0 {
        return format!("{}d", seconds / DAY);
    }
    duration::format(Duration::from_secs(seconds.unsigned_abs()))
}

/// One backup, as monitoring sees it.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Namespace.
    pub namespace: String,
    /// Name of the spec.
    pub name: String,
    /// What runs.
    pub runs: Runs,
    /// The claim that artifacts go to.
    pub claim: Option<String>,
}

/// What runs.
#[derive(Clone, Debug)]
pub enum Runs {
    /// A CronJob.
    Scheduled(Box<Scheduled>),
    /// A Job.
    Once(Once),
}

/// A CronJob and its times.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// Its name.
    pub cron_job: String,
    /// How old the last success may be.
    pub too_old: Sum,
    /// How old it may be while the schedule is suspended.
    pub suspended: Sum,
    /// How late a run may start.
    pub late: Sum,
    /// How long ago the run before the next one may have been due, at most.
    pub interval: i64,
    /// How old the last success may be before what is kept runs out; `None` without `retention.maxAge`.
    pub expiring: Option<Sum>,
    /// Failed runs are kept, so that their failure can be seen.
    pub failures_kept: bool,
}

/// A Job that runs once.
#[derive(Clone, Debug)]
pub struct Once {
    /// Its name in a bundle.
    pub job: String,
    /// How long after its creation it may be unfinished.
    pub unfinished: Sum,
}

/// What can be watched of a backup; `None` where its schedule cannot be read or never fires, which a rule has told.
#[must_use]
pub fn watched(backup: &Backup<'_>) -> Option<Watched> {
    let plan = &backup.plan;
    let runs = match &plan.schedule {
        Some(schedule) => Runs::Scheduled(Box::new(scheduled(backup, schedule)?)),
        None => {
            let deadline = plan.pods.deadline_seconds.unwrap_or(DAY);
            Runs::Once(Once {
                job: once::job_name(&plan.name, backup.spec),
                unfinished: Sum::of(deadline, "job.deadline")
                    .and(WAITING, "to find a node and a volume and to pull the image"),
            })
        }
    };
    let claim = match &plan.storage {
        StoragePlan::Claim { name, .. } => Some(name.clone()),
        StoragePlan::Bucket { .. } => None,
    };
    Some(Watched { namespace: plan.namespace.clone(), name: plan.name.clone(), runs, claim })
}

fn scheduled(backup: &Backup<'_>, schedule: &SchedulePlan) -> Option<Scheduled> {
    let plan = &backup.plan;
    let (expression, zone) = (&schedule.expression.value, &schedule.time_zone.value);
    let gap = Expression::parse(expression).ok()?.longest_gap(&parse_zone(zone).ok()?)?;
    let interval = i64::try_from(gap.duration.as_secs()).ok()?;
    let change = if gap.clock_change { ", over a change of the clock" } else { "" };
    let between = format!("the longest time between two runs of `{expression}` in {zone}{change}");
    let starting = schedule.starting_deadline_seconds.value;

    // A run that takes longer than the gap holds up the next one (`concurrencyPolicy: Forbid`), so it is allowed no
    // more than that, whatever its deadline.
    let (run, why) = match plan.pods.deadline_seconds {
        Some(deadline) if deadline <= interval => (deadline, "job.deadline, for the run"),
        _ => (interval, "for the run, which ends before the next one is due"),
    };
    let too_old = Sum::of(interval, between.as_str()).and(starting, "startingDeadline").and(run, why);
    let suspended = if too_old.seconds() >= DAY {
        too_old.clone()
    } else {
        Sum::of(DAY, format!("a day, because {} would not outlast a maintenance", time(too_old.seconds())))
    };
    let expiring =
        backup.spec.retention.as_ref().and_then(|retention| retention.max_age.as_deref()).and_then(|age| {
            let seconds = duration::whole_seconds(duration::parse_age(age).ok()?)?;
            let early = Sum::of(seconds, "retention.maxAge").and(-interval, between.as_str());
            Some(if early.seconds() >= too_old.seconds() { early } else { too_old.clone() })
        });
    Some(Scheduled {
        cron_job: plan.cron_job_name(),
        suspended,
        late: Sum::of(starting, "startingDeadline").and(SLACK, "for the controller and the metrics"),
        interval,
        expiring,
        failures_kept: schedule.failed_history.value > 0,
        too_old,
    })
}

/// The claims of a namespace that backups write to, each with the seconds within which the next run of one of them has
/// begun: only while a pod runs does the kubelet know how full a claim is.
#[must_use]
pub fn claims(namespace: &[Watched]) -> BTreeMap<&str, Claim<'_>> {
    let mut claims: BTreeMap<&str, Claim<'_>> = BTreeMap::new();
    for watched in namespace {
        let Some(name) = watched.claim.as_deref() else { continue };
        let remembered = match &watched.runs {
            Runs::Scheduled(scheduled) => scheduled.too_old.seconds(),
            Runs::Once(once) => once.unfinished.seconds().max(DAY),
        };
        let claim = claims.entry(name).or_insert(Claim { remembered: 0, backups: Vec::new() });
        claim.remembered = claim.remembered.max(remembered);
        claim.backups.push(&watched.name);
    }
    claims
}

/// A claim that backups write to.
#[derive(Clone, Debug)]
pub struct Claim<'w> {
    /// Seconds for which what was last seen of it is believed.
    pub remembered: i64,
    /// Names of the backups that write to it.
    pub backups: Vec<&'w str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_written_as_it_is_added_up() {
        let sum = Sum::of(7 * DAY, "retention.maxAge").and(-25 * HOUR, "the gap").and(90, "more");
        assert_eq!(sum.seconds(), 514_890);
        assert_eq!(sum.promql(), "604800 - 90000 + 90");
        assert_eq!(sum.words(), "7d (retention.maxAge) - 25h (the gap) + 1m30s (more) = 143h1m30s");
        assert_eq!(Sum::of(DAY, "a day").words(), "24h (a day)");
    }
}
