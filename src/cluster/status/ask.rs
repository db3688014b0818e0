//! Asks for everything that `status` shows, in a number of requests that does not depend on how much there is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};

use super::Declared;
use crate::cluster::object::concurrently;
use crate::cluster::runs::gather::{self, Gathered, Lookup, Scope};
use crate::cluster::runs::{SpecKey, SpecKind};
use crate::cluster::{ClusterError, Connection, Result};

/// What the cluster said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// CronJobs, Jobs, pods and warnings.
    pub gathered: Gathered,
    /// `Neo4jBackup` objects; none where the kind is not installed.
    pub resources: Lookup<Vec<Declared>>,
    /// Namespaces that are being deleted, and since when.
    pub going: BTreeMap<String, Timestamp>,
    /// Namespaces that do not exist: a list in one is empty and no error.
    pub missing: Vec<String>,
}

/// Asks for all of it at the same time.
///
/// # Errors
///
/// When CronJobs or Jobs may not be listed, and whatever the way to the server says.
pub async fn ask(connection: &Connection, scope: &Scope) -> Result<Answer> {
    let (gathered, resources, state) = futures::join!(
        gather::gather(connection, scope),
        resources(connection, scope),
        namespace(connection, &scope.namespace)
    );
    let mut going = BTreeMap::new();
    let mut missing = Vec::new();
    match state? {
        NamespaceState::Going(since) => {
            going.insert(scope.namespace.clone(), since);
        }
        NamespaceState::Missing => missing.push(scope.namespace.clone()),
        NamespaceState::There | NamespaceState::Unknown => {}
    }
    Ok(Answer { gathered: gathered?, resources: Lookup::optional(resources)?, going, missing })
}

/// Backups that are declared as custom resources. Only what a table shows is read of them, by hand: a cluster may
/// hold objects of another version of the kind that our own types would refuse.
async fn resources(connection: &Connection, scope: &Scope) -> Result<Vec<Declared>> {
    let kind = GroupVersionKind::gvk("neo4j.neo4j.com", "v1alpha1", "Neo4jBackup");
    let resource = ApiResource::from_gvk_with_plural(&kind, "neo4jbackups");
    match connection.list_resource(&resource, &scope.namespace, &scope.selector).await {
        Ok(objects) => Ok(objects.iter().map(declared).collect()),
        Err(ClusterError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn declared(object: &DynamicObject) -> Declared {
    let text = |field: &str| object.data.get("spec")?.get(field)?.as_str().map(str::to_owned);
    Declared {
        key: SpecKey {
            namespace: object.metadata.namespace.clone().unwrap_or_default(),
            kind: SpecKind::Backup,
            name: object.metadata.name.clone().unwrap_or_default(),
        },
        path: None,
        schedule: text("schedule"),
        time_zone: text("timeZone"),
        objects: Vec::new(),
    }
}

/// How a namespace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamespaceState {
    /// It is there.
    There,
    /// It is being deleted, since then.
    Going(Timestamp),
    /// There is none of that name.
    Missing,
    /// Whoever asks may not know.
    Unknown,
}

/// Whether a namespace is known not to exist; a namespace that may not be looked at is not.
///
/// # Errors
///
/// Whatever the way to the server says.
pub async fn namespace_is_missing(connection: &Connection, name: &str) -> Result<bool> {
    Ok(matches!(namespace(connection, name).await?, NamespaceState::Missing))
}

/// Looks at a namespace: an empty list looks the same in one that is not there. All of them are there.
async fn namespace(connection: &Connection, name: &str) -> Result<NamespaceState> {
    if name.is_empty() {
        return Ok(NamespaceState::There);
    }
    let api: kube::Api<k8s_openapi::api::core::v1::Namespace> = kube::Api::all(connection.client().clone());
    match api.get_opt(name).await.map_err(|error| connection.error(error, &format!("namespace/{name}"))) {
        Ok(Some(found)) => Ok(match found.metadata.deletion_timestamp {
            Some(since) => NamespaceState::Going(since.0),
            None => NamespaceState::There,
        }),
        Ok(None) => Ok(NamespaceState::Missing),
        Err(ClusterError::Forbidden { .. }) => Ok(NamespaceState::Unknown),
        Err(error) => Err(error),
    }
}

/// Asks in several namespaces and puts the answers together. An empty list of namespaces is all of them.
///
/// # Errors
///
/// The first one.
pub async fn ask_all(connection: &Connection, namespaces: &[String], selector: &str) -> Result<Answer> {
    let scope = |namespace: &str| Scope { namespace: namespace.to_owned(), selector: selector.to_owned() };
    let everywhere = [String::new()];
    let namespaces = if namespaces.is_empty() { &everywhere } else { namespaces };
    let scopes: Vec<Scope> = namespaces.iter().map(|namespace| scope(namespace)).collect();
    let answers = concurrently(&scopes, |scope| ask(connection, scope)).await?;
    let mut answers = answers.into_iter();
    let Some(mut all) = answers.next() else { return ask(connection, &scope("")).await };
    for answer in answers {
        all.gathered.cron_jobs.extend(answer.gathered.cron_jobs);
        all.gathered.jobs.extend(answer.gathered.jobs);
        all.gathered.pods.add(answer.gathered.pods);
        all.gathered.events.add(answer.gathered.events);
        all.resources.add(answer.resources);
        all.going.extend(answer.going);
        all.missing.extend(answer.missing);
    }
    Ok(all)
}
