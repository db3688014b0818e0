//! Tells when something has changed, so that it is worth asking again.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use serde::de::DeserializeOwned;

use super::Entry;
use crate::cluster::Connection;
use crate::cluster::runs::gather::selector;

/// How long is waited for further changes after one: a run that starts changes several objects at once.
const GATHERING: Duration = Duration::from_millis(400);

/// What a watch says.
#[derive(Debug)]
pub enum Signal {
    /// Something changed.
    Changed,
    /// A watch broke and will be tried again; the reason.
    Broken(String),
}

type Signals = Pin<Box<dyn Stream<Item = Signal> + Send>>;

/// Watches on everything that `status` reads.
pub struct Changes {
    signals: futures::stream::SelectAll<Signals>,
}

impl Changes {
    /// Watches in some namespaces; none are all. A watch that breaks or is refused is tried again, with longer and
    /// longer pauses, so that it outlives an API server that is restarted.
    #[must_use]
    pub fn new(connection: &Connection, namespaces: &[String], own_selector: &str) -> Self {
        let everywhere = [String::new()];
        let namespaces = if namespaces.is_empty() { &everywhere } else { namespaces };
        let ours = watcher::Config::default().labels(&selector(own_selector));
        let warnings = watcher::Config::default().fields("type=Warning");
        let mut signals: Vec<Signals> = Vec::new();
        for namespace in namespaces {
            signals.push(watch::<CronJob>(connection, namespace, ours.clone()));
            signals.push(watch::<Job>(connection, namespace, ours.clone()));
            signals.push(watch::<Pod>(connection, namespace, ours.clone()));
            signals.push(watch::<Event>(connection, namespace, warnings.clone()));
        }
        Self { signals: futures::stream::select_all(signals) }
    }

    /// Waits for a change, and then a little for more of them, but not longer than `most`. Returns why a watch is
    /// broken, if one is.
    pub async fn next(&mut self, most: Duration) -> Option<String> {
        let mut broken = None;
        let deadline = tokio::time::Instant::now() + most;
        let mut wait_until = deadline;
        loop {
            match tokio::time::timeout_at(wait_until, self.signals.next()).await {
                Ok(Some(Signal::Changed)) => {
                    wait_until = deadline.min(tokio::time::Instant::now() + GATHERING);
                }
                Ok(Some(Signal::Broken(why))) => {
                    broken = Some(why);
                    wait_until = deadline.min(tokio::time::Instant::now() + GATHERING);
                }
                Ok(None) | Err(_) => return broken,
            }
        }
    }
}

fn watch<K>(connection: &Connection, namespace: &str, config: watcher::Config) -> Signals
where
    K: kube::Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + 'static,
{
    let client = connection.client().clone();
    let api: Api<PartialObjectMeta<K>> =
        if namespace.is_empty() { Api::all(client) } else { Api::namespaced(client, namespace) };
    let signals = watcher(api, config).default_backoff().filter_map(|event| {
        futures::future::ready(match event {
            // What is there at the beginning is known already; that the watch began anew may mean a change.
            Ok(watcher::Event::Init | watcher::Event::InitApply(_)) => None,
            Ok(_) => Some(Signal::Changed),
            Err(watcher::Error::InitialListFailed(kube::Error::Api(status))) if status.code == 403 => None,
            Err(error) => Some(Signal::Broken(error.to_string())),
        })
    });
    Box::pin(signals)
}

/// What has to change for a line to be worth writing again: everything but the time that passes.
#[must_use]
pub fn fingerprint(entry: &Entry) -> String {
    let active = entry.active().map(|run| {
        (run.name.clone(), run.phase, run.running_step().map(|step| step.name.clone()), run.attempt_number())
    });
    let next: Option<Timestamp> = entry.schedule.as_ref().and_then(|schedule| schedule.next);
    let cause = entry.active().and_then(|run| run.cause.as_ref()).map(ToString::to_string);
    let success = entry.last_success.as_ref().map(|success| success.at);
    let failure = entry.last_failure.as_ref().map(|failure| failure.run.clone());
    let missed = entry.missed.as_ref().map(|missed| missed.count);
    format!(
        "{:?}",
        (
            entry.state,
            active,
            next,
            cause,
            success,
            failure,
            missed,
            &entry.suspended,
            &entry.drift,
            &entry.object
        )
    )
}
