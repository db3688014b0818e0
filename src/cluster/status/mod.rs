//! How every backup of a cluster is: when one last succeeded, why the last failed, what was missed, what comes next.
//!
//! Everything is read from CronJobs, Jobs, pods and events, so that it holds with and without our CRDs and whoever
//! applied the objects. Asking is [`ask`]'s business; what the answers mean is plain code.

pub mod age;
pub mod ask;
mod build;
pub mod check;
pub mod detail;
pub mod drift;
pub mod missed;
pub mod suspension;
pub mod table;
pub mod watch;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::CronJob;
use serde::Serialize;
use serde_json::Value;

use super::runs::gather::Lookup;
use super::runs::{Cause, Phase, Run, SpecKey, SpecKind, spec_of};
use crate::diagnostics::{Code, Definition};
use crate::schedule::{Expression, parse_zone};
use ask::Answer;
use missed::Missed;
use suspension::Suspension;

/// A schedule that can be computed with.
#[derive(Clone, Debug)]
pub struct Timetable {
    /// The expression.
    pub expression: Expression,
    /// Name of the zone.
    pub zone_name: String,
    /// The zone.
    pub zone: TimeZone,
}

impl Timetable {
    /// The schedule of a CronJob. Without `timeZone` it is the controller's own, which is UTC in nearly every cluster.
    #[must_use]
    pub fn of(cron_job: &CronJob) -> Option<Self> {
        let spec = cron_job.spec.as_ref()?;
        Self::read(&spec.schedule, spec.time_zone.as_deref())
    }

    /// Reads an expression and a zone; `None` when either cannot be read.
    #[must_use]
    pub fn read(expression: &str, zone: Option<&str>) -> Option<Self> {
        let zone_name = zone.unwrap_or("Etc/UTC").to_owned();
        Some(Self {
            expression: Expression::parse(expression).ok()?,
            zone: parse_zone(&zone_name).ok()?,
            zone_name,
        })
    }
}

/// A spec that is declared somewhere else than in the objects that carry it out: in a file, or as a custom resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Which.
    pub key: SpecKey,
    /// Where: the path of a file, or `None` for a custom resource in the cluster.
    pub path: Option<String>,
    /// The cron expression.
    pub schedule: Option<String>,
    /// The zone.
    pub time_zone: Option<String>,
    /// The Job or CronJob that it becomes: kind, name and content. Empty when that is not known.
    pub objects: Vec<(&'static str, String, Value)>,
}

/// In one word how a spec is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum State {
    /// Nothing in the cluster carries it out.
    Absent,
    /// A run is there and does not get on.
    Stuck,
    /// A run is under way.
    Running,
    /// It is suspended.
    Suspended,
    /// The newest run of the schedule did not happen.
    Missed,
    /// The last run failed.
    Failed,
    /// The last run succeeded.
    Succeeded,
    /// No run has ended yet.
    Waiting,
}

impl State {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "Absent",
            Self::Stuck => "Stuck",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Missed => "Missed",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
            Self::Waiting => "Waiting",
        }
    }

    /// Whether somebody should look at it.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Absent | Self::Stuck | Self::Missed | Self::Failed)
    }
}

/// A schedule, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// The cron expression.
    pub expression: String,
    /// The zone.
    pub time_zone: String,
    /// In words; `None` when it cannot be read.
    pub words: Option<String>,
    /// The next run; `None` when there is none, or when it is suspended.
    pub next: Option<Timestamp>,
}

/// The last success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Success {
    /// When it ended.
    pub at: Timestamp,
    /// How long ago, in seconds.
    pub age_seconds: i64,
    /// The Job, when it is still kept.
    pub run: Option<String>,
}

/// The last failure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// When it ended.
    pub at: Option<Timestamp>,
    /// The Job.
    pub run: String,
    /// Why; `None` when that is not known.
    pub cause: Option<Cause>,
}

/// What is to be said of a spec, beside the causes of its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The code.
    pub code: Code,
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub message: String,
}

impl Finding {
    pub(super) fn new(definition: &'static Definition, message: String) -> Self {
        Self { code: definition.code, name: definition.name, message }
    }
}

/// How one spec is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Which spec.
    #[serde(flatten)]
    pub key: SpecKey,
    /// The deployment that it is about.
    pub target: Option<String>,
    /// The object that carries it out: `cronjob.batch/nightly-backup-cron`.
    pub object: Option<String>,
    /// In one word.
    pub state: State,
    /// In one line, why it is so; empty when there is nothing to add.
    pub reason: String,
    /// Its schedule; `None` when it runs once.
    pub schedule: Option<Schedule>,
    /// Who suspended it.
    pub suspended: Option<Suspension>,
    /// When its object was made.
    pub created: Option<Timestamp>,
    /// The last success.
    pub last_success: Option<Success>,
    /// The last failure among the Jobs that are kept.
    pub last_failure: Option<Failure>,
    /// Ticks without a run.
    pub missed: Option<Missed>,
    /// Fields that are not as the file has them; `None` when no file was compared.
    pub drift: Option<Vec<String>>,
    /// What is to be said.
    pub findings: Vec<Finding>,
    /// The runs that are kept, the newest first.
    pub runs: Vec<Run>,
}

impl Entry {
    /// The run that is under way, or that waits.
    #[must_use]
    pub fn active(&self) -> Option<&Run> {
        self.runs.iter().find(|run| !run.phase.is_over() && run.phase != Phase::Suspended)
    }

    /// The object as kubectl names it, for `-o name`: what carries it out, else the spec itself.
    #[must_use]
    pub fn name(&self) -> String {
        self.object.clone().unwrap_or_else(|| format!("{}/{}", self.key.kind.prefix(), self.key.name))
    }
}

/// How all specs are: those that objects in the cluster belong to, and those that are declared. With `only_declared`
/// no others.
#[must_use]
pub fn assess(answer: &Answer, declared: &[Declared], only_declared: bool, now: Timestamp) -> Vec<Entry> {
    #[derive(Default)]
    struct Parts<'a> {
        cron_job: Option<&'a CronJob>,
        declared: Option<&'a Declared>,
        runs: Vec<Run>,
    }
    let gathered = &answer.gathered;
    let mut specs: BTreeMap<SpecKey, Parts<'_>> = BTreeMap::new();
    for declared in declared.iter().chain(answer.resources.known().into_iter().flatten()) {
        // A file says more than a custom resource; files come first.
        specs.entry(declared.key.clone()).or_default().declared.get_or_insert(declared);
    }
    for cron_job in &gathered.cron_jobs {
        if let Some(key) = spec_of(&cron_job.metadata) {
            specs.entry(key).or_default().cron_job = Some(cron_job);
        }
    }
    let pods_known = gathered.pods.known().is_some();
    for mut run in gathered.runs(now) {
        if let Some(since) = answer.going.get(&run.namespace)
            && run.phase != Phase::Succeeded
            && run.finished.is_none_or(|finished| finished >= *since)
        {
            run.cause = Some(Cause::NamespaceGoing);
        }
        if !pods_known && matches!(run.cause, Some(Cause::Gone { .. })) {
            // Not gone: whoever asks may not see them.
            run.cause = None;
        }
        if let Some(key) = run.spec.clone() {
            specs.entry(key).or_default().runs.push(run);
        }
    }
    specs
        .into_iter()
        .filter(|(key, _)| !only_declared || declared.iter().any(|declared| declared.key == *key))
        .map(|(key, parts)| build::entry(key, parts.cron_job, parts.declared, parts.runs, gathered, now))
        .collect()
}

/// What could not be asked for, as remarks for a person.
#[must_use]
pub fn gaps(answer: &Answer) -> Vec<String> {
    let mut gaps = Vec::new();
    if let Lookup::Unknown(words) = &answer.gathered.pods {
        gaps.push(format!("pods cannot be listed, so why a run failed is not known in full: {words}"));
    }
    if let Lookup::Unknown(words) = &answer.gathered.events {
        gaps.push(format!("events cannot be listed, so why there is no pod is not known: {words}"));
    }
    gaps
}

/// Whether a spec is one of those that a person named.
#[must_use]
pub fn is_named(key: &SpecKey, names: &[String]) -> bool {
    names.iter().any(|name| {
        let (kind, name) = match name.split_once('/') {
            Some((kind, name)) => (kind.to_ascii_lowercase(), name),
            None => (String::new(), name.as_str()),
        };
        let kinds = match key.kind {
            SpecKind::Backup => ["neo4jbackup", "backup", "cronjob"],
            SpecKind::Restore => ["neo4jrestore", "restore", "job"],
        };
        let kind_fits = kind.is_empty() || kinds.iter().any(|known| kind.starts_with(known));
        kind_fits && key.name == name
    })
}

#[cfg(test)]
mod tests;
