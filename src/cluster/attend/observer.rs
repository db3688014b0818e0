//! A Job and its pods, kept up to date by two watches.

mod changes;
mod outage;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;
use kube::runtime::watcher::{self, Event as Change};
use kube::runtime::{WatchStreamExt, watcher as watch};
use tokio::time::Instant;

use crate::cluster::object::Reference;
use crate::cluster::runs::{self, Phase, Run, gather};
use crate::cluster::{ClusterError, Connection, Result, kind::Kind};

/// Whether the Job is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has not been looked for yet.
    Unknown,
    /// It is there.
    There,
    /// Its deletion was seen; what is known of it is its last state.
    Deleted,
    /// It was there, and a new list does not have it.
    Vanished,
}

enum Item {
    Job(Box<watcher::Result<Change<Job>>>),
    Pod(Box<watcher::Result<Change<Pod>>>),
}

/// A Job and its pods.
pub struct Observer {
    connection: Connection,
    reference: Reference,
    changes: BoxStream<'static, Item>,
    job: Option<Job>,
    /// Where a new list has the Job: between its beginning and its end.
    listed: bool,
    presence: Presence,
    /// Pods that are there and those that went: what is known of them is still why the run failed.
    pods: BTreeMap<String, Pod>,
    pods_known: bool,
    /// Pods of the list that is under way.
    pods_listed: BTreeSet<String>,
    /// Pods that are not there any more.
    pods_gone: BTreeSet<String>,
    events: Vec<Event>,
    events_allowed: bool,
    looked: Instant,
    away_since: Option<Instant>,
    notes: Vec<String>,
}

/// How often the events of a run that does not get on are looked at: no watch says why there is no pod (pods.md §3).
const LOOK: Duration = Duration::from_secs(5);

impl Observer {
    /// Begins to watch a Job of which at most the name is known.
    #[must_use]
    pub fn new(connection: &Connection, namespace: &str, name: &str) -> Self {
        let client = connection.client().clone();
        let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
        let pods: Api<Pod> = Api::namespaced(client, namespace);
        let one = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let its = watcher::Config::default().labels(&format!("batch.kubernetes.io/job-name={name}"));
        let changes = futures::stream::select(
            watch(jobs, one).default_backoff().map(|change| Item::Job(Box::new(change))),
            watch(pods, its).default_backoff().map(|change| Item::Pod(Box::new(change))),
        );
        Self {
            connection: connection.clone(),
            reference: Reference { kind: Kind::Job, namespace: namespace.to_owned(), name: name.to_owned() },
            changes: changes.boxed(),
            job: None,
            listed: false,
            presence: Presence::Unknown,
            pods: BTreeMap::new(),
            pods_known: false,
            pods_listed: BTreeSet::new(),
            pods_gone: BTreeSet::new(),
            events: Vec::new(),
            events_allowed: true,
            looked: Instant::now(),
            away_since: None,
            notes: Vec::new(),
        }
    }

    /// Waits until the Job and its pods are known.
    ///
    /// # Errors
    ///
    /// [`ClusterError::NotFound`] when there is no such Job, and whatever the server or the way to it says.
    pub async fn begin(&mut self) -> Result<()> {
        while self.presence == Presence::Unknown || !self.pods_known {
            self.advance().await?;
        }
        Ok(())
    }

    /// The Job in words.
    #[must_use]
    pub fn subject(&self) -> String {
        self.reference.to_string()
    }

    /// The Job as it was last seen.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        self.job.as_ref()
    }

    /// Whether the Job is there.
    #[must_use]
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// The connection that it watches through.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.reference.namespace
    }

    /// What became of the run so far.
    #[must_use]
    pub fn run(&self) -> Run {
        match &self.job {
            Some(job) => runs::run(job, self.pods.values(), &self.events, Timestamp::now()),
            None => runs::run(&Job::default(), [], [], Timestamp::now()),
        }
    }

    /// Whether the run is decided, or its Job gone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.presence, Presence::Deleted | Presence::Vanished) || self.run().phase.is_over()
    }

    /// Whether nothing about the Job will change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let ended =
            |job: &Job| ["Complete", "Failed"].into_iter().any(|kind| runs::condition(job, kind).is_some());
        matches!(self.presence, Presence::Deleted | Presence::Vanished)
            || self.job.as_ref().is_some_and(ended)
    }

    /// What there is to say about the way to the server.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Waits for the next change.
    ///
    /// # Errors
    ///
    /// When the server refuses, or stays away.
    pub async fn advance(&mut self) -> Result<()> {
        if self.is_stuck() {
            let next = self.looked + LOOK;
            tokio::select! {
                item = self.changes.next() => self.take(item),
                () = tokio::time::sleep_until(next) => self.look().await,
            }
        } else {
            let item = self.changes.next().await;
            self.take(item)
        }
    }

    /// Waits for the next change, but not longer than that.
    ///
    /// # Errors
    ///
    /// As [`Observer::advance`].
    pub async fn advance_for(&mut self, bound: Duration) -> Result<()> {
        tokio::time::timeout(bound, self.advance()).await.unwrap_or(Ok(()))
    }

    /// Whether events may say why nothing happens.
    fn is_stuck(&self) -> bool {
        self.events_allowed && self.presence == Presence::There && self.run().phase == Phase::Pending
    }

    async fn look(&mut self) -> Result<()> {
        self.looked = Instant::now();
        let warnings = ListParams::default().fields("type=Warning");
        match gather::list::<Event>(&self.connection, &self.reference.namespace, warnings, "events").await {
            Ok(events) => self.events = self.about(events),
            Err(ClusterError::Forbidden { .. }) => self.events_allowed = false,
            Err(error) if error.is_passing() => self.away(error)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Events about the Job, its pods and their claims.
    fn about(&self, events: Vec<Event>) -> Vec<Event> {
        let pods: Vec<&Pod> = self.pods.values().collect();
        let Some(job) = &self.job else { return Vec::new() };
        let names = gather::names(job, &pods);
        events
            .into_iter()
            .filter(|event| event.involved_object.name.as_ref().is_some_and(|name| names.contains(name)))
            .collect()
    }

    /// Asks for pods and events once more, so that the reason of an end is complete.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says; being refused is no error.
    pub async fn look_closely(&mut self) -> Result<()> {
        let selector = format!("batch.kubernetes.io/job-name={}", self.reference.name);
        let its = ListParams::default().labels(&selector);
        match gather::list::<Pod>(&self.connection, &self.reference.namespace, its, "pods").await {
            Ok(pods) => pods.into_iter().for_each(|pod| self.keep(pod)),
            Err(ClusterError::Forbidden { .. }) => {}
            // What the watches have seen has to do.
            Err(error) if error.is_passing() => return Ok(()),
            Err(error) => return Err(error),
        }
        if self.events_allowed && self.run().phase != Phase::Succeeded {
            self.look().await?;
        }
        Ok(())
    }

    /// Whether a pod was there and is not any more.
    #[must_use]
    pub fn is_gone(&self, pod: &str) -> bool {
        self.pods_gone.contains(pod)
    }

    fn keep(&mut self, pod: Pod) {
        if let Some(name) = pod.metadata.name.clone() {
            self.pods.insert(name, pod);
        }
    }
}
