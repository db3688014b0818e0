//! The requests of a run that is started by hand.

use std::time::Duration;

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};

use super::{hand_over_patch, job};
use crate::cluster::named;
use crate::cluster::runs::{gather, spec_of};
use crate::cluster::{ClusterError, Connection, FIELD_MANAGER, Result};

/// A Job that was made.
#[derive(Clone, Debug)]
pub struct Created {
    /// The Job, as the server keeps it.
    pub job: Job,
    /// Whether it is kept from the history limits.
    pub held: bool,
}

/// How often a creation whose answer was lost is tried.
const TRIES: u32 = 8;

/// Makes a Job of a CronJob's template under a name that nobody has. An answer that got lost is asked for again: a
/// Job of that name is then ours, for the name is random or, where it was given, was free before.
///
/// # Errors
///
/// [`ClusterError::AlreadyExists`] when there was such a Job before, and whatever the server or the way to it says.
pub async fn create(
    connection: &Connection,
    cron_job: &CronJob,
    name: &str,
    held: bool,
    dry_run: bool,
) -> Result<Created> {
    let namespace = cron_job.metadata.namespace.as_deref().unwrap_or_default();
    let subject = format!("job.batch/{name} in {namespace}");
    let api: Api<Job> = Api::namespaced(connection.client().clone(), namespace);
    let wanted = job(cron_job, super::JobName::Given(name.to_owned()), held);
    let parameters = PostParams { dry_run, field_manager: Some(FIELD_MANAGER.to_owned()) };
    let mut tries = 0;
    loop {
        let error = match api.create(&parameters, &wanted).await {
            Ok(job) => return Ok(Created { job, held }),
            Err(error) => connection.error(error, &subject),
        };
        match error {
            ClusterError::AlreadyExists { .. } if tries > 0 => {
                let job = api.get(name).await.map_err(|error| connection.error(error, &subject))?;
                return Ok(Created { job, held });
            }
            error if error.is_passing() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(500) * tries).await;
            }
            error => return Err(error),
        }
    }
}

/// Jobs of the spec of a CronJob, to see which are at work.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn unfinished(connection: &Connection, cron_job: &CronJob) -> Result<Vec<String>> {
    let namespace = cron_job.metadata.namespace.as_deref().unwrap_or_default();
    let parameters = match spec_of(&cron_job.metadata) {
        Some(spec) => ListParams::default().labels(&named::selector(spec.kind, &spec.name)),
        None => ListParams::default(),
    };
    let jobs: Vec<Job> = gather::list(connection, namespace, parameters, "jobs.batch").await?;
    Ok(super::active(cron_job, &jobs).into_iter().filter_map(|job| job.metadata.name.clone()).collect())
}

/// Hands a held Job over to the history of its CronJob.
///
/// # Errors
///
/// Whatever the server or the way to it says; a Job that is gone is no error.
pub async fn hand_over(connection: &Connection, job: &Job, cron_job: &CronJob) -> Result<()> {
    let (Some(name), Some(namespace)) = (&job.metadata.name, &job.metadata.namespace) else { return Ok(()) };
    let api: Api<Job> = Api::namespaced(connection.client().clone(), namespace);
    let patch = Patch::Strategic(hand_over_patch(job, cron_job));
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    match api.patch(name, &parameters, &patch).await {
        Ok(_) => Ok(()),
        Err(error) => match connection.error(error, &format!("job.batch/{name} in {namespace}")) {
            // Another Job of this name, or none: what was to be handed over is gone.
            ClusterError::NotFound { .. } | ClusterError::Changed { .. } => Ok(()),
            error => Err(error),
        },
    }
}
