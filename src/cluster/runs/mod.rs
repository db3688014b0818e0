//! Runs: what became of each Job of a spec, and why, read off the objects that Kubernetes keeps.
//!
//! Everything here but [`gather`] is plain code over typed values, so that `status`, `trigger --wait`, `logs` and
//! `doctor` say the same of the same objects. How failures look in a cluster is pods.md §3.

pub mod cause;
mod exit;
pub mod gather;
mod pod;
mod reason;
pub mod scrub;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{Event, Pod};
use serde::Serialize;

use crate::render::labels;

pub use cause::Cause;
pub use pod::{Attempt, Step, StepState};

/// Annotation of a Job that a CronJob made: the instant that it was made for (pods.md §3).
pub const SCHEDULED_AT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// Annotation of a Job that a person made from a CronJob; its value is `manual` (pods.md §3).
pub const INSTANTIATE: &str = "cronjob.kubernetes.io/instantiate";

/// The spec that a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SpecKey {
    /// Namespace.
    pub namespace: String,
    /// Backup or restore.
    pub kind: SpecKind,
    /// Name.
    pub name: String,
}

/// The two kinds of spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum SpecKind {
    /// `Neo4jBackup`
    #[serde(rename = "Neo4jBackup")]
    Backup,
    /// `Neo4jRestore`
    #[serde(rename = "Neo4jRestore")]
    Restore,
}

impl SpecKind {
    /// The kind, as it stands in a document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "Neo4jBackup",
            Self::Restore => "Neo4jRestore",
        }
    }

    /// The kind as kubectl writes it before a name.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Backup => "neo4jbackup.neo4j.neo4j.com",
            Self::Restore => "neo4jrestore.neo4j.neo4j.com",
        }
    }
}

/// One Job: one time that a spec was carried out, or was to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Name of the Job.
    pub name: String,
    /// Namespace of the Job.
    pub namespace: String,
    /// The spec, as the Job's labels name it.
    #[serde(skip)]
    pub spec: Option<SpecKey>,
    /// The CronJob that owns the Job.
    pub cron_job: Option<String>,
    /// What set it off.
    pub trigger: Trigger,
    /// How far it is.
    pub phase: Phase,
    /// When the Job was made.
    pub created: Option<Timestamp>,
    /// When the Job controller began with it.
    pub started: Option<Timestamp>,
    /// When it ended, either way.
    pub finished: Option<Timestamp>,
    /// Its pods, the oldest first. A pod that somebody deleted is not among them.
    pub attempts: Vec<Attempt>,
    /// Pods that failed and are not there any more.
    pub lost_attempts: usize,
    /// Why it failed, or why it does not get on. `None` when all is well.
    pub cause: Option<Cause>,
}

/// What set a run off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "at", rename_all = "camelCase")]
pub enum Trigger {
    /// Its CronJob, for an instant of the schedule; `None` when the Job does not say which.
    Scheduled(Option<Timestamp>),
    /// A person, from a CronJob.
    Manual,
    /// The Job was applied by itself.
    #[serde(rename = "once")]
    OneShot,
}

impl Trigger {
    /// `scheduled`, `manual` or `once`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled(_) => "scheduled",
            Self::Manual => "manual",
            Self::OneShot => "once",
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// No step has begun.
    Pending,
    /// A step has begun.
    Running,
    /// All steps did what they should.
    Succeeded,
    /// It failed for good.
    Failed,
    /// The Job is suspended.
    Suspended,
}

impl Phase {
    /// The word for it: `Running`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Suspended => "Suspended",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl Run {
    /// The newest attempt.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The step that runs now.
    #[must_use]
    pub fn running_step(&self) -> Option<&Step> {
        self.attempt()?.steps.iter().find(|step| matches!(step.state, StepState::Running { .. }))
    }

    /// The number of the newest attempt, counted from one; zero when there was none.
    #[must_use]
    pub fn attempt_number(&self) -> usize {
        self.attempts.len() + self.lost_attempts
    }

    /// When the run began, as a person sees it.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.started.or(self.created)
    }
}

/// What became of a Job. `pods` and `events` may hold those of other Jobs too; they are left alone.
#[must_use]
pub fn run<'a>(
    job: &Job,
    pods: impl IntoIterator<Item = &'a Pod>,
    events: impl IntoIterator<Item = &'a Event>,
    now: Timestamp,
) -> Run {
    let name = job.metadata.name.clone().unwrap_or_default();
    let namespace = job.metadata.namespace.clone().unwrap_or_default();
    let status = job.status.clone().unwrap_or_default();
    let mut pods: Vec<&Pod> = pods.into_iter().filter(|pod| pod::belongs_to(pod, job)).collect();
    pods.sort_by_key(|pod| (created(pod), pod.metadata.name.clone()));
    let events: Vec<&Event> = events
        .into_iter()
        .filter(|event| {
            event.metadata.namespace.is_none() || event.metadata.namespace == job.metadata.namespace
        })
        .collect();
    let attempts: Vec<Attempt> = pods.iter().map(|pod| Attempt::of(pod, &events, now)).collect();

    let phase = phase(job, &attempts);
    let failed_here = attempts.iter().filter(|attempt| attempt.failed).count();
    let failed = usize::try_from(status.failed.unwrap_or_default()).unwrap_or_default();
    let cause = reason::of_job(job, phase, &attempts, &events);
    Run {
        spec: spec(job),
        cron_job: owner(job),
        trigger: trigger(job),
        phase,
        created: job.metadata.creation_timestamp.as_ref().map(|time| time.0),
        started: status.start_time.as_ref().map(|time| time.0),
        finished: finished(job),
        lost_attempts: failed.saturating_sub(failed_here),
        attempts,
        cause,
        name,
        namespace,
    }
}

/// The spec that an object belongs to, by our labels.
#[must_use]
pub fn spec_of(metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> Option<SpecKey> {
    let all = metadata.labels.as_ref()?;
    let (kind, name) = [(SpecKind::Backup, labels::BACKUP), (SpecKind::Restore, labels::RESTORE)]
        .into_iter()
        .find_map(|(kind, label)| Some((kind, all.get(label)?.clone())))?;
    Some(SpecKey { namespace: metadata.namespace.clone().unwrap_or_default(), kind, name })
}

fn spec(job: &Job) -> Option<SpecKey> {
    spec_of(&job.metadata)
}

fn created(pod: &Pod) -> Option<Timestamp> {
    pod.metadata.creation_timestamp.as_ref().map(|time| time.0)
}

/// The CronJob that owns a Job.
fn owner(job: &Job) -> Option<String> {
    let owners = job.metadata.owner_references.iter().flatten();
    owners.into_iter().find(|owner| owner.kind == "CronJob").map(|owner| owner.name.clone())
}

fn trigger(job: &Job) -> Trigger {
    let annotations = job.metadata.annotations.as_ref();
    let annotation = |key: &str| annotations.and_then(|all| all.get(key)).map(String::as_str);
    if let Some(at) = annotation(SCHEDULED_AT) {
        return Trigger::Scheduled(at.parse().ok());
    }
    if annotation(INSTANTIATE) == Some("manual") {
        return Trigger::Manual;
    }
    let Some(cron_job) = owner(job) else { return Trigger::OneShot };
    // `<cronjob>-<unix minutes>` is what the CronJob controller names its Jobs.
    let minutes = job
        .metadata
        .name
        .as_deref()
        .and_then(|name| name.strip_prefix(&cron_job)?.strip_prefix('-')?.parse::<i64>().ok());
    match minutes.and_then(|minutes| Timestamp::from_second(minutes.checked_mul(60)?).ok()) {
        Some(at) => Trigger::Scheduled(Some(at)),
        None => Trigger::Manual,
    }
}

/// A condition of a Job that is true.
pub(super) fn condition<'j>(job: &'j Job, kind: &str) -> Option<&'j JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind && condition.status == "True")
}

fn phase(job: &Job, attempts: &[Attempt]) -> Phase {
    // `SuccessCriteriaMet` and `FailureTarget` come some seconds before, while pods are still ended.
    if condition(job, "Complete").or_else(|| condition(job, "SuccessCriteriaMet")).is_some() {
        return Phase::Succeeded;
    }
    if condition(job, "Failed").or_else(|| condition(job, "FailureTarget")).is_some() {
        return Phase::Failed;
    }
    let suspended = job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
    let begun = |attempt: &Attempt| attempt.steps.iter().any(|step| step.state.has_begun());
    if suspended && !attempts.iter().any(|attempt| begun(attempt) && !attempt.failed) {
        return Phase::Suspended;
    }
    if attempts.iter().any(begun) { Phase::Running } else { Phase::Pending }
}

fn finished(job: &Job) -> Option<Timestamp> {
    let completed = job.status.as_ref().and_then(|status| status.completion_time.as_ref());
    completed
        .or_else(|| {
            ["Failed", "FailureTarget", "Complete"]
                .into_iter()
                .find_map(|kind| condition(job, kind)?.last_transition_time.as_ref())
        })
        .map(|time| time.0)
}

#[cfg(test)]
mod tests;
