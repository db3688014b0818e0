//! Suspending and resuming a schedule by hand, so that everybody sees who did it and nothing undoes it silently.
//!
//! A rendered CronJob says `suspend: false`, and our manager owns that field. [`suspend`] takes the field under a
//! manager of its own, [`MANAGER`], so that the next apply of the spec is a conflict that names it, instead of a silent
//! start of the schedule. [`resume`] gives the field back to whoever applies the schedule: value and ownership are then
//! what they were before, and an apply or a diff finds nothing to do.

mod give_back;

pub use give_back::give_back;

use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::batch::v1::CronJob;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams, ValidationDirective};
use serde_json::json;

use super::status::suspension::{AT, BY, REASON, Suspension};
use super::{ClusterError, Connection, Result, managed};

/// The field manager of a suspension by hand.
pub const MANAGER: &str = "neo4j-backup-suspend";

/// The field that it is about, as conflicts spell it.
pub const FIELD: &str = ".spec.suspend";

/// Who asks, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The user, as the server knows it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What a command does to a CronJob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is as it should be already.
    Nothing,
    /// It is changed.
    Change,
}

/// What `suspend` does: nothing to what is suspended already, unless there is another reason to write down.
#[must_use]
pub fn plan_suspend(cron_job: &CronJob, reason: Option<&str>) -> Plan {
    match (Suspension::of(cron_job), reason) {
        (None, _) => Plan::Change,
        (Some(_), None) => Plan::Nothing,
        (Some(known), Some(reason)) if known.reason.as_deref() == Some(reason) => Plan::Nothing,
        (Some(_), Some(_)) => Plan::Change,
    }
}

/// What `resume` does.
#[must_use]
pub fn plan_resume(cron_job: &CronJob) -> Plan {
    let annotated = cron_job
        .metadata
        .annotations
        .as_ref()
        .is_some_and(|all| [BY, REASON, AT].iter().any(|key| all.contains_key(*key)));
    if Suspension::of(cron_job).is_some() || annotated { Plan::Change } else { Plan::Nothing }
}

/// Whether a CronJob is suspended because whatever applies it says so: then that is the place to change it.
#[must_use]
pub fn is_declared(cron_job: &CronJob) -> bool {
    let suspended = cron_job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
    let applies = |share: &managed::Share| share.operation == "Apply" && share.manager != MANAGER;
    suspended && managed::owners(&cron_job.metadata, FIELD).iter().any(applies)
}

/// Who asks, as the server knows it; `unknown` when it does not say.
///
/// # Errors
///
/// Whatever the way to the server says; being refused is no error.
pub async fn who(connection: &Connection) -> Result<String> {
    let api: Api<SelfSubjectReview> = Api::all(connection.client().clone());
    match api.create(&PostParams::default(), &SelfSubjectReview::default()).await {
        Ok(review) => {
            let user = review.status.and_then(|status| status.user_info).and_then(|user| user.username);
            Ok(user.unwrap_or_else(|| UNKNOWN.to_owned()))
        }
        Err(error) => match connection.error(error, "selfsubjectreview") {
            error @ (ClusterError::Unreachable { .. } | ClusterError::Unauthorized { .. }) => Err(error),
            _ => Ok(UNKNOWN.to_owned()),
        },
    }
}

const UNKNOWN: &str = "unknown";

/// Suspends a CronJob and writes down who, when and why.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn suspend(
    connection: &Connection,
    cron_job: &CronJob,
    statement: &Statement,
    dry_run: bool,
) -> Result<CronJob> {
    let (api, name, subject) = reach(connection, cron_job);
    let mut annotations = json!({BY: statement.by, AT: statement.at.to_string()});
    if let (Some(reason), Some(map)) = (&statement.reason, annotations.as_object_mut()) {
        map.insert(REASON.to_owned(), json!(reason));
    }
    let object = json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"suspend": true},
    });
    let mut parameters = PatchParams::apply(MANAGER).force();
    parameters.dry_run = dry_run;
    parameters.field_validation = Some(ValidationDirective::Strict);
    api.patch(&name, &parameters, &Patch::Apply(&object))
        .await
        .map_err(|error| connection.error(error, &subject))
}

/// How often a change is tried that somebody else's change got in the way of.
const TRIES: usize = 4;

/// Resumes a CronJob, takes the statement away, and gives the field back.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn resume(connection: &Connection, cron_job: &CronJob, dry_run: bool) -> Result<CronJob> {
    let (api, name, subject) = reach(connection, cron_job);
    let patch = json!({
        "metadata": {"annotations": {BY: null, REASON: null, AT: null}},
        "spec": {"suspend": false},
    });
    let mut parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    parameters.dry_run = dry_run;
    let mut resumed = api
        .patch(&name, &parameters, &Patch::Merge(&patch))
        .await
        .map_err(|error| connection.error(error, &subject))?;
    if dry_run {
        return Ok(resumed);
    }
    for _ in 0..TRIES {
        let Some(patch) = give_back(&resumed.metadata) else { return Ok(resumed) };
        match api.patch(&name, &parameters, &Patch::Merge(&patch)).await {
            Ok(changed) => return Ok(changed),
            Err(error) => match connection.error(error, &subject) {
                // The CronJob controller writes the status now and then; what it changed is looked at again.
                ClusterError::Changed { .. } => {
                    resumed = api.get(&name).await.map_err(|error| connection.error(error, &subject))?;
                }
                error => return Err(error),
            },
        }
    }
    Ok(resumed)
}

fn reach(connection: &Connection, cron_job: &CronJob) -> (Api<CronJob>, String, String) {
    let namespace = cron_job.metadata.namespace.clone().unwrap_or_default();
    let name = cron_job.metadata.name.clone().unwrap_or_default();
    let subject = format!("cronjob.batch/{name} in {namespace}");
    (Api::namespaced(connection.client().clone(), &namespace), name, subject)
}

#[cfg(test)]
mod tests;
