//! Asks for what runs are read from: a number of lists that does not grow with the number of specs.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;
use kube::core::NamespaceResourceScope;
use serde::de::DeserializeOwned;

use super::Run;
use crate::cluster::{ClusterError, Connection, Result};
use crate::render::labels;

/// Where to look, and for what.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The namespace; empty for all.
    pub namespace: String,
    /// A label selector of the person, beside ours.
    pub selector: String,
}

/// An answer that a command can do without.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup<T> {
    /// The answer.
    Known(T),
    /// Not allowed to ask; the server's words.
    Unknown(String),
}

impl<T> Lookup<Vec<T>> {
    /// Adds another answer; what is not known of a part is not known of the whole.
    pub fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Known(items), Self::Known(more)) => items.extend(more),
            (Self::Known(_), unknown) => *self = unknown,
            (Self::Unknown(_), _) => {}
        }
    }
}

impl<T> Lookup<T> {
    /// The answer, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Turns a refusal into not knowing; every other error stays one.
    ///
    /// # Errors
    ///
    /// Every error but [`ClusterError::Forbidden`].
    pub fn optional(answer: Result<T>) -> Result<Self> {
        match answer {
            Ok(value) => Ok(Self::Known(value)),
            Err(ClusterError::Forbidden { message }) => Ok(Self::Unknown(message)),
            Err(error) => Err(error),
        }
    }
}

/// What the lists held.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// CronJobs of ours.
    pub cron_jobs: Vec<CronJob>,
    /// Jobs of ours.
    pub jobs: Vec<Job>,
    /// Pods of ours.
    pub pods: Lookup<Vec<Pod>>,
    /// Warnings of the namespace, and the ends of containers, whoever they are about: an event has no labels that
    /// could select it.
    pub events: Lookup<Vec<Event>>,
}

impl Gathered {
    /// The runs, the newest first.
    #[must_use]
    pub fn runs(&self, now: Timestamp) -> Vec<Run> {
        let mut pods: HashMap<&str, Vec<&Pod>> = HashMap::new();
        for pod in self.pods.known().into_iter().flatten() {
            let owner = pod.metadata.owner_references.iter().flatten().find(|owner| owner.kind == "Job");
            if let Some(owner) = owner {
                pods.entry(&owner.uid).or_default().push(pod);
            }
        }
        let mut events: HashMap<(&str, &str), Vec<&Event>> = HashMap::new();
        for event in self.events.known().into_iter().flatten() {
            let object = &event.involved_object;
            if let (Some(namespace), Some(name)) = (&event.metadata.namespace, &object.name) {
                events.entry((namespace, name)).or_default().push(event);
                // The pod may be gone; what ended it is then looked for by the Job's name.
                if event.reason.as_deref() == Some("Killing")
                    && let Some((job, _)) = name.rsplit_once('-')
                {
                    events.entry((namespace, job)).or_default().push(event);
                }
            }
        }
        let mut runs: Vec<Run> = self
            .jobs
            .iter()
            .map(|job| {
                let uid = job.metadata.uid.as_deref().unwrap_or_default();
                let pods = pods.get(uid).map(Vec::as_slice).unwrap_or_default();
                let namespace = job.metadata.namespace.as_deref().unwrap_or_default();
                let names = names(job, pods);
                let about = names
                    .iter()
                    .filter_map(|name| events.get(&(namespace, name.as_str())))
                    .flatten()
                    .copied();
                super::run(job, pods.iter().copied(), about, now)
            })
            .collect();
        runs.sort_by(|left, right| (right.created, &right.name).cmp(&(left.created, &left.name)));
        runs
    }
}

/// Names of the objects whose events say something about a Job: itself, its pods, and their claims.
#[must_use]
pub fn names(job: &Job, pods: &[&Pod]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = job.metadata.name.iter().cloned().collect();
    for pod in pods {
        names.extend(pod.metadata.name.clone());
        names.extend(super::pod::claims(pod));
    }
    names
}

/// Asks, all lists at the same time: CronJobs, Jobs, pods, warnings, and ended
/// containers. Pods and events may be forbidden.
///
/// # Errors
///
/// When CronJobs or Jobs may not be listed, and whatever the way to the server says.
pub async fn gather(connection: &Connection, scope: &Scope) -> Result<Gathered> {
    let selector = selector(&scope.selector);
    let ours = ListParams::default().labels(&selector);
    let warnings = ListParams::default().fields("type=Warning");
    let killings = ListParams::default().fields("reason=Killing");
    let (cron_jobs, jobs, pods, warnings, killings) = futures::join!(
        list::<CronJob>(connection, &scope.namespace, ours.clone(), "cronjobs.batch"),
        list::<Job>(connection, &scope.namespace, ours.clone(), "jobs.batch"),
        list::<Pod>(connection, &scope.namespace, ours.clone(), "pods"),
        list::<Event>(connection, &scope.namespace, warnings, "events"),
        list::<Event>(connection, &scope.namespace, killings, "events"),
    );
    let mut events = Lookup::optional(warnings)?;
    events.add(Lookup::optional(killings)?);
    Ok(Gathered { cron_jobs: cron_jobs?, jobs: jobs?, pods: Lookup::optional(pods)?, events })
}

/// The label selector of everything that we make, and what a person adds to it.
#[must_use]
pub fn selector(own: &str) -> String {
    let ours = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    if own.is_empty() { ours } else { format!("{ours},{own}") }
}

/// A whole list, in pages.
///
/// # Errors
///
/// Whatever the server or the way to it says; `subject` names the list in messages.
pub async fn list<K>(
    connection: &Connection,
    namespace: &str,
    mut parameters: ListParams,
    subject: &str,
) -> Result<Vec<K>>
where
    K: kube::Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    let client = connection.client().clone();
    let api: Api<K> =
        if namespace.is_empty() { Api::all(client) } else { Api::namespaced(client, namespace) };
    parameters.limit = Some(PAGE);
    let mut items = Vec::new();
    let mut restarted = false;
    loop {
        match api.list(&parameters).await {
            Ok(page) => {
                items.extend(page.items);
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => parameters.continue_token = Some(token),
                    None => return Ok(items),
                }
            }
            // The server forgets where a list stands after some minutes; one new beginning is enough.
            Err(kube::Error::Api(status)) if status.code == 410 && !restarted => {
                restarted = true;
                items.clear();
                parameters.continue_token = None;
            }
            Err(error) => return Err(connection.error(error, subject)),
        }
    }
}

/// Objects in one page of a list: what kubectl asks for.
const PAGE: u32 = 500;
