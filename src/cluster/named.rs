//! Which backup a person means: by the spec's name, by the CronJob's, or spelled out as `cronjob/NAME`.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::Api;
use kube::api::ListParams;

use super::runs::gather;
use super::runs::{SpecKey, SpecKind, spec_of};
use super::{ClusterError, Connection};
use crate::render::labels;

/// A name as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// `nightly`: a spec or a CronJob.
    Plain(String),
    /// `cronjob/nightly-backup-cron`
    CronJob(String),
    /// `job/nightly-backup-cron-29384710`
    Job(String),
    /// `neo4jbackup/nightly` or `neo4jrestore/drill`
    Spec(SpecKind, String),
}

/// What a name means in the cluster.
#[derive(Clone, Debug)]
pub enum Named {
    /// A backup with a schedule.
    Schedule(Box<CronJob>),
    /// A backup or restore without one: its newest Job.
    Once(Box<Job>),
}

/// Why a name means nothing, or nothing that we may touch.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// Not a name at all.
    #[error("`{text}` is no name; give that of a spec or of a CronJob, or cronjob/NAME")]
    Malformed {
        /// As it was typed.
        text: String,
    },
    /// Nothing of that name.
    #[error("there is no backup `{name}` in the namespace {namespace}{}", describe_known(.known))]
    Unknown {
        /// As it was typed.
        name: String,
        /// The namespace.
        namespace: String,
        /// Names that there are.
        known: Vec<String>,
    },
    /// A CronJob of somebody else.
    #[error(
        "cronjob.batch/{name} in {namespace} is no backup of ours; for any CronJob there is `kubectl create job --from`"
    )]
    Foreign {
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: String,
    },
    /// The server, or the way to it.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

fn describe_known(names: &[String]) -> String {
    match names {
        [] => ", nor any other".to_owned(),
        names if names.len() > 12 => format!("; {} others are there", names.len()),
        names => format!("; there are {}", names.join(", ")),
    }
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// When the text cannot be the name of an object, or its kind is none that we know.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let malformed = || NameError::Malformed { text: text.to_owned() };
        let (kind, name) = match text.split_once('/') {
            Some((kind, name)) => (Some(kind), name),
            None => (None, text),
        };
        let fits = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '.')
        };
        if name.is_empty() || name.len() > 253 || !name.chars().all(fits) {
            return Err(malformed());
        }
        let name = name.to_owned();
        let Some(kind) = kind else { return Ok(Self::Plain(name)) };
        match kind.to_ascii_lowercase().split('.').next().unwrap_or_default() {
            "cronjob" | "cronjobs" | "cj" => Ok(Self::CronJob(name)),
            "job" | "jobs" => Ok(Self::Job(name)),
            "neo4jbackup" | "neo4jbackups" => Ok(Self::Spec(SpecKind::Backup, name)),
            "neo4jrestore" | "neo4jrestores" => Ok(Self::Spec(SpecKind::Restore, name)),
            _ => Err(malformed()),
        }
    }

    /// The name without its kind.
    #[must_use]
    pub fn bare(&self) -> &str {
        match self {
            Self::Plain(name) | Self::CronJob(name) | Self::Job(name) | Self::Spec(_, name) => name,
        }
    }
}

/// The label selector of everything that belongs to one spec.
#[must_use]
pub fn selector(kind: SpecKind, name: &str) -> String {
    let label = match kind {
        SpecKind::Backup => labels::BACKUP,
        SpecKind::Restore => labels::RESTORE,
    };
    format!("{label}={name}")
}

/// Finds what a name means. A spec's name is looked for first: it is what a person has written.
///
/// # Errors
///
/// [`NameError`].
pub async fn find(connection: &Connection, namespace: &str, name: &Name) -> Result<Named, NameError> {
    // A label's value is shorter than a name may be (63 characters); what is longer is no spec of ours.
    let is_label = |name: &str| name.len() <= 63;
    match name {
        Name::Plain(text) => {
            if is_label(text)
                && let Some(found) = schedule_of(connection, namespace, text).await?
            {
                return Ok(found);
            }
            if let Some(found) = cron_job(connection, namespace, text).await? {
                return Ok(found);
            }
            if is_label(text) {
                for kind in [SpecKind::Backup, SpecKind::Restore] {
                    if let Some(found) = once(connection, namespace, kind, text).await? {
                        return Ok(found);
                    }
                }
            }
        }
        Name::CronJob(text) => {
            if let Some(found) = cron_job(connection, namespace, text).await? {
                return Ok(found);
            }
        }
        Name::Job(text) => {
            let api: Api<Job> = Api::namespaced(connection.client().clone(), namespace);
            let job = api
                .get_opt(text)
                .await
                .map_err(|error| connection.error(error, &format!("job.batch/{text} in {namespace}")))?;
            if let Some(job) = job {
                return Ok(Named::Once(Box::new(job)));
            }
        }
        Name::Spec(kind, text) => {
            if *kind == SpecKind::Backup
                && let Some(found) = schedule_of(connection, namespace, text).await?
            {
                return Ok(found);
            }
            if let Some(found) = once(connection, namespace, *kind, text).await? {
                return Ok(found);
            }
        }
    }
    let known = names(connection, namespace).await?;
    Err(NameError::Unknown { name: name.bare().to_owned(), namespace: namespace.to_owned(), known })
}

async fn schedule_of(
    connection: &Connection,
    namespace: &str,
    spec: &str,
) -> Result<Option<Named>, ClusterError> {
    let selector = gather::selector(&selector(SpecKind::Backup, spec));
    let found = cron_jobs(connection, namespace, &selector).await?;
    Ok(found.into_iter().next().map(|cron_job| Named::Schedule(Box::new(cron_job))))
}

async fn cron_job(connection: &Connection, namespace: &str, name: &str) -> Result<Option<Named>, NameError> {
    let api: Api<CronJob> = Api::namespaced(connection.client().clone(), namespace);
    let found = api
        .get_opt(name)
        .await
        .map_err(|error| connection.error(error, &format!("cronjob.batch/{name} in {namespace}")))?;
    let Some(cron_job) = found else { return Ok(None) };
    if spec_of(&cron_job.metadata).is_none() {
        return Err(NameError::Foreign { name: name.to_owned(), namespace: namespace.to_owned() });
    }
    Ok(Some(Named::Schedule(Box::new(cron_job))))
}

/// The newest Job of a spec.
async fn once(
    connection: &Connection,
    namespace: &str,
    kind: SpecKind,
    spec: &str,
) -> Result<Option<Named>, ClusterError> {
    let selector = gather::selector(&selector(kind, spec));
    let jobs: Vec<Job> =
        gather::list(connection, namespace, ListParams::default().labels(&selector), "jobs.batch").await?;
    let newest = jobs.into_iter().max_by(|left, right| {
        let key = |job: &Job| {
            (job.metadata.creation_timestamp.as_ref().map(|time| time.0), job.metadata.name.clone())
        };
        key(left).cmp(&key(right))
    });
    Ok(newest.map(|job| Named::Once(Box::new(job))))
}

/// CronJobs of a namespace that a label selector takes.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn cron_jobs(
    connection: &Connection,
    namespace: &str,
    selector: &str,
) -> Result<Vec<CronJob>, ClusterError> {
    gather::list(connection, namespace, ListParams::default().labels(selector), "cronjobs.batch").await
}

/// Names of the backups with a schedule, sorted.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn names(connection: &Connection, namespace: &str) -> Result<Vec<String>, ClusterError> {
    let all = cron_jobs(connection, namespace, &gather::selector("")).await?;
    let mut names: Vec<String> =
        all.iter().filter_map(|cron_job| spec_of(&cron_job.metadata)).map(|spec| spec.name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

impl Named {
    /// The spec behind it, as its labels say.
    #[must_use]
    pub fn spec(&self) -> Option<SpecKey> {
        match self {
            Self::Schedule(cron_job) => spec_of(&cron_job.metadata),
            Self::Once(job) => spec_of(&job.metadata),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_say_its_kind() {
        let plain = |text: &str| Name::parse(text).unwrap();
        assert_eq!(plain("nightly"), Name::Plain("nightly".to_owned()));
        assert_eq!(plain("cronjob/a.b"), Name::CronJob("a.b".to_owned()));
        assert_eq!(plain("cj/a"), Name::CronJob("a".to_owned()));
        assert_eq!(plain("cronjob.batch/a"), Name::CronJob("a".to_owned()));
        assert_eq!(plain("job.batch/a"), Name::Job("a".to_owned()));
        assert_eq!(plain("neo4jbackup.neo4j.neo4j.com/a"), Name::Spec(SpecKind::Backup, "a".to_owned()));
        for wrong in ["", "cronjob/", "pod/a", "a b", "a/b/c", "Nightly", "a=b", "a,b"] {
            assert!(Name::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_those_that_are() {
        let error = |known: &[&str]| {
            NameError::Unknown {
                name: "nightyl".to_owned(),
                namespace: "shop".to_owned(),
                known: known.iter().map(|name| (*name).to_owned()).collect(),
            }
            .to_string()
        };
        assert_eq!(
            error(&["hourly", "nightly"]),
            "there is no backup `nightyl` in the namespace shop; there are hourly, nightly"
        );
        assert_eq!(error(&[]), "there is no backup `nightyl` in the namespace shop, nor any other");
    }
}
