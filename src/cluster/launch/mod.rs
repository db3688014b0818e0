//! A run now: a Job from a CronJob's template, as `kubectl create job --from` makes it (pods.md §3), and held back
//! from the history limits for as long as nobody has seen how it ended.
//!
//! The CronJob controller deletes finished Jobs beyond its history limits, and it counts every Job whose *controlling*
//! owner is the CronJob; with a limit of 0 a Job is gone, with its pods and logs, a moment after it ended. A Job that
//! is *held* therefore names the CronJob as an owner that does not control: it still goes when the CronJob goes, and
//! the limits do not see it. So that nothing stays when whoever started it never comes back, it carries
//! `ttlSecondsAfterFinished` of [`HOLD_SECONDS`], by which the server removes it on its own. Once the result has been
//! seen, the Job is handed over to the history: one patch makes the owner the controlling one and takes the time away.
//! No finalizer is involved, which somebody would have to take off.

mod request;

pub use request::{Created, create, hand_over, unfinished};

use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde_json::{Value, json};

use super::runs::INSTANTIATE;

/// How long a held Job stays after its end when nobody takes it over: one day.
pub const HOLD_SECONDS: i32 = 86_400;

/// Most characters of a Job's name: its pods carry it in a label.
pub const LONGEST_NAME: usize = 63;

/// How a new Job is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobName {
    /// By this name.
    Given(String),
    /// By a name that the server makes of this beginning.
    Generated(String),
}

/// The beginning of the names of Jobs that are made from a CronJob: short enough for a suffix of five characters.
#[must_use]
pub fn prefix(cron_job: &str) -> String {
    const MARK: &str = "-manual-";
    let kept: String = cron_job.chars().take(LONGEST_NAME - 5 - MARK.len()).collect();
    format!("{}{MARK}", kept.trim_end_matches(['-', '.']))
}

/// A new name from a number, in the letters that Kubernetes itself uses for generated names.
#[must_use]
pub fn name(cron_job: &str, mut number: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut name = prefix(cron_job);
    for _ in 0..5 {
        let count = LETTERS.len() as u64;
        let letter = usize::try_from(number % count).ok().and_then(|index| LETTERS.get(index));
        name.push(letter.map_or('b', |letter| char::from(*letter)));
        number /= count;
    }
    name
}

/// A number that differs from run to run: the keys of the standard library's hash maps are random.
#[must_use]
pub fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// The Job. `held` keeps it from the history limits.
#[must_use]
pub fn job(cron_job: &CronJob, name: JobName, held: bool) -> Job {
    let template = cron_job.spec.as_ref().map(|spec| spec.job_template.clone()).unwrap_or_default();
    let metadata = template.metadata.unwrap_or_default();
    let mut annotations = metadata.annotations.unwrap_or_default();
    // As in kubectl, an annotation of the template wins.
    annotations.entry(INSTANTIATE.to_owned()).or_insert_with(|| "manual".to_owned());
    let mut spec = template.spec.unwrap_or_default();
    if held {
        spec.ttl_seconds_after_finished =
            Some(spec.ttl_seconds_after_finished.unwrap_or_default().max(HOLD_SECONDS));
    }
    let (name, generate_name) = match name {
        JobName::Given(name) => (Some(name), None),
        JobName::Generated(prefix) => (None, Some(prefix)),
    };
    Job {
        metadata: ObjectMeta {
            name,
            generate_name,
            namespace: cron_job.metadata.namespace.clone(),
            labels: metadata.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![owner(cron_job, !held)]),
            ..ObjectMeta::default()
        },
        spec: Some(spec),
        status: None,
    }
}

/// kubectl leaves `blockOwnerDeletion` out: it would need the right to set the CronJob's finalizers.
fn owner(cron_job: &CronJob, controls: bool) -> OwnerReference {
    OwnerReference {
        api_version: "batch/v1".to_owned(),
        kind: "CronJob".to_owned(),
        name: cron_job.metadata.name.clone().unwrap_or_default(),
        uid: cron_job.metadata.uid.clone().unwrap_or_default(),
        controller: controls.then_some(true),
        block_owner_deletion: None,
    }
}

/// The history limit that a Job falls under once it has ended so.
#[must_use]
pub fn history_limit(cron_job: &CronJob, succeeded: bool) -> i32 {
    let spec = cron_job.spec.as_ref();
    // 3 and 1 are the API's own defaults, which a live object always carries.
    if succeeded {
        spec.and_then(|spec| spec.successful_jobs_history_limit).unwrap_or(3)
    } else {
        spec.and_then(|spec| spec.failed_jobs_history_limit).unwrap_or(1)
    }
}

/// Whether the history limits would take a run away at once, whichever way it ends.
#[must_use]
pub fn keeps_no_history(cron_job: &CronJob) -> bool {
    history_limit(cron_job, true) == 0 || history_limit(cron_job, false) == 0
}

/// The patch that hands a held Job over to the history.
#[must_use]
pub fn hand_over_patch(job: &Job, cron_job: &CronJob) -> Value {
    let of_template = cron_job
        .spec
        .as_ref()
        .and_then(|spec| spec.job_template.spec.as_ref())
        .and_then(|spec: &JobSpec| spec.ttl_seconds_after_finished);
    json!({
        "metadata": {
            // A Job of the same name that was made meanwhile is another one.
            "uid": job.metadata.uid,
            "ownerReferences": [{"uid": cron_job.metadata.uid, "controller": true}],
        },
        "spec": {"ttlSecondsAfterFinished": of_template},
    })
}

/// Jobs of a CronJob that have not ended; a suspended one runs nothing.
#[must_use]
pub fn active<'a>(cron_job: &CronJob, jobs: &'a [Job]) -> Vec<&'a Job> {
    let mine = |job: &&Job| {
        job.metadata
            .owner_references
            .iter()
            .flatten()
            .any(|owner| Some(&owner.uid) == cron_job.metadata.uid.as_ref())
    };
    let at_work = |job: &&Job| {
        let conditions =
            job.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
        let ended = conditions.iter().any(|condition| {
            matches!(condition.type_.as_str(), "Complete" | "Failed") && condition.status == "True"
        });
        let suspended = job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
        !ended && !suspended && job.metadata.deletion_timestamp.is_none()
    };
    jobs.iter().filter(mine).filter(at_work).collect()
}

/// Whether two runs of a CronJob may be at work at a time.
#[must_use]
pub fn may_overlap(cron_job: &CronJob) -> bool {
    let policy = cron_job.spec.as_ref().and_then(|spec| spec.concurrency_policy.as_deref());
    matches!(policy, None | Some("Allow"))
}

#[cfg(test)]
mod tests;
