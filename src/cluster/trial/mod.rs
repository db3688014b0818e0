//! Has an API server try what specs become, without keeping anything, and tells what it says at the line of the spec
//! that caused it.
//!
//! Every object is sent as a strict dry run of a server-side apply. That is not all that can be known: a Job is taken
//! although no pod of it ever will be, because quota, LimitRange and Pod Security look at pods only (pods.md §3). So
//! each distinct pod is tried too, and what is there already is tried as if it were new, because admission does not
//! look twice at what does not change.

mod findings;
pub mod path;
mod server;

pub use findings::findings;
pub use server::{Version, server_findings};

use kube::api::PostParams;
use kube::core::{ApiResource, DynamicObject, Status};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::change::{self, Outcome};
use super::desired::Desired;
use super::error::{ClusterError, Result};
use super::kind::Kind;
use super::object::{Apply, concurrently};
use super::{Connection, middleware::WarningSink};

/// What the server said when it tried something.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Index of what was tried in the slice of the desired objects.
    pub part: usize,
    /// What of it was tried.
    pub subject: Subject,
    /// How it went.
    pub verdict: Verdict,
    /// What the server warned of.
    pub warnings: Vec<String>,
}

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The object.
    Object,
    /// Its pods.
    Pods,
}

/// How a trial went.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The server would take it.
    Taken,
    /// The server refuses it.
    Refused(Box<Status>),
    /// It would change what cannot change.
    Immutable {
        /// The fields, as the server names them.
        fields: Vec<String>,
        /// The server's reason.
        message: String,
    },
    /// Its namespace does not exist.
    NamespaceMissing,
    /// The cluster does not have its kind.
    KindMissing,
    /// Whoever asks may not.
    Forbidden {
        /// The server's words.
        message: String,
    },
}

/// Tries every object, and every distinct pod of them.
///
/// # Errors
///
/// Only what keeps the whole from being tried, such as a server that is away.
pub async fn attempt(connection: &Connection, desired: &[Desired]) -> Result<Vec<Trial>> {
    let objects =
        concurrently(desired.iter().enumerate(), |(part, wanted)| try_object(connection, part, wanted))
            .await?;
    // What is refused as an object need not be refused again as a pod, and where no object can be, no pod can.
    let able = |part: usize| {
        objects
            .get(part)
            .is_some_and(|trial| matches!(trial.verdict, Verdict::Taken | Verdict::Immutable { .. }))
    };
    let mut seen = std::collections::HashSet::new();
    let mut pods = Vec::new();
    for (part, wanted) in desired.iter().enumerate().filter(|(part, _)| able(*part)) {
        let Some(pod) = pod_of(wanted) else { continue };
        // The labels tell specs apart and mean nothing to a quota; those of a person may mean something.
        if seen.insert(fingerprint(&wanted.reference.namespace, &pod)) {
            pods.push((part, wanted, pod));
        }
    }
    let pods = concurrently(pods, |(part, wanted, pod)| try_pod(connection, part, wanted, pod)).await?;
    let mut trials = objects;
    trials.extend(pods.into_iter().flatten());
    Ok(trials)
}

async fn try_object(connection: &Connection, part: usize, wanted: &Desired) -> Result<Trial> {
    let how = Apply { manager: &wanted.manager, force: true, dry_run: true };
    let (outcome, mut warnings) =
        connection.apply_noting_warnings(&wanted.reference, &wanted.object, how).await;
    let exists = match &outcome {
        Ok(object) => object.metadata.resource_version.is_some(),
        Err(ClusterError::Rejected(_)) => true,
        Err(_) => false,
    };
    let mut verdict = verdict(outcome.map(drop))?;
    if exists && matches!(wanted.reference.kind, Kind::Job | Kind::CronJob) {
        let resource = wanted.reference.kind.resource();
        let (outcome, more) =
            create(connection, &resource, &wanted.reference.namespace, &wanted.object, &wanted.manager).await;
        warnings.extend(more);
        if let Err(ClusterError::Rejected(status)) = outcome {
            verdict = Verdict::Refused(status);
        }
    }
    warnings.sort();
    warnings.dedup();
    Ok(Trial { part, subject: Subject::Object, verdict, warnings })
}

/// Tries a pod; `None` when whoever asks may not make pods, who then hears nothing of it: nobody needs that right to
/// apply a Job.
async fn try_pod(
    connection: &Connection,
    part: usize,
    wanted: &Desired,
    pod: Value,
) -> Result<Option<Trial>> {
    use k8s_openapi::api::core::v1::Pod;

    let resource = ApiResource::erase::<Pod>(&());
    let namespace = &wanted.reference.namespace;
    let (mut outcome, mut warnings) = create(connection, &resource, namespace, &pod, &wanted.manager).await;
    if let Err(ClusterError::Rejected(status)) = &outcome
        && status.message.contains("service account")
    {
        // The account is applied together with the Job and need not be there yet.
        let mut pod = pod;
        if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove("serviceAccountName");
        }
        (outcome, warnings) = create(connection, &resource, namespace, &pod, &wanted.manager).await;
    }
    let verdict = match verdict(outcome)? {
        Verdict::Forbidden { .. } | Verdict::NamespaceMissing | Verdict::KindMissing => return Ok(None),
        verdict => verdict,
    };
    Ok(Some(Trial { part, subject: Subject::Pods, verdict, warnings }))
}

/// Makes an object as a dry run; that there is one of the name already comes last of all the server's objections, so
/// it is none.
async fn create(
    connection: &Connection,
    resource: &ApiResource,
    namespace: &str,
    object: &Value,
    manager: &str,
) -> (Result<()>, Vec<String>) {
    let parameters = PostParams { dry_run: true, field_manager: Some(manager.to_owned()) };
    let work = async {
        let object: DynamicObject = serde_json::from_value(object.clone())
            .map_err(|error| ClusterError::Unreadable { message: error.to_string() })?;
        match connection.api(resource, namespace).create(&parameters, &object).await {
            Ok(_) => Ok(()),
            Err(error) => match connection.error(error, &resource.plural) {
                ClusterError::AlreadyExists { .. } => Ok(()),
                error => Err(error),
            },
        }
    };
    WarningSink::collect(work).await
}

/// What concerns one object; `Err` for what concerns the whole.
fn verdict(outcome: Result<()>) -> Result<Verdict> {
    match outcome {
        Ok(()) => Ok(Verdict::Taken),
        Err(ClusterError::Rejected(status)) => Ok(match change::refused(status) {
            Outcome::Immutable { fields, message } => Verdict::Immutable { fields, message },
            Outcome::Rejected(status) => Verdict::Refused(status),
            _ => Verdict::Taken,
        }),
        Err(ClusterError::Forbidden { message }) => Ok(Verdict::Forbidden { message }),
        Err(ClusterError::NotFound { message }) if message.starts_with("namespaces \"") => {
            Ok(Verdict::NamespaceMissing)
        }
        Err(ClusterError::NotFound { .. }) => Ok(Verdict::KindMissing),
        Err(error) => Err(error),
    }
}

/// JSON pointer of the pod template in an object of a kind.
#[must_use]
pub fn template_pointer(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Job => Some("/spec/template"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

/// The pod of a Job or CronJob, under a name of its own.
#[must_use]
pub fn pod_of(wanted: &Desired) -> Option<Value> {
    let template = wanted.object.pointer(template_pointer(wanted.reference.kind)?)?;
    let mut metadata = template.get("metadata").cloned().unwrap_or_else(|| json!({}));
    let fields = metadata.as_object_mut()?;
    fields.insert("name".to_owned(), json!(format!("{}-trial", shortened(&wanted.reference.name))));
    fields.insert("namespace".to_owned(), json!(wanted.reference.namespace));
    Some(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec")?}))
}

/// A pod's name may be as long as a Job's and our addition.
fn shortened(name: &str) -> &str {
    name.get(..name.len().min(240)).unwrap_or("neo4j-backup").trim_end_matches(['-', '.'])
}

fn fingerprint(namespace: &str, pod: &Value) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(namespace);
    hash.update([0]);
    hash.update(pod.get("spec").map(Value::to_string).unwrap_or_default());
    hash.finalize().into()
}
