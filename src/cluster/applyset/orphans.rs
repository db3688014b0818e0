//! Members of a set that nothing wants any more, and which of them stay all the same.

use std::collections::BTreeSet;
use std::fmt;

use kube::core::DynamicObject;
use serde_json::Value;

use super::{ApplySet, PART_OF, Parent, membership};
use crate::cluster::kind::Kind;
use crate::cluster::object::{Reference, concurrently};
use crate::cluster::ownership::{self, Owner};
use crate::cluster::{Connection, Result};
use crate::render::{SpecName, labels};

/// A member that goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Orphan {
    /// Which object.
    pub reference: Reference,
    /// It and no other of the same name.
    pub uid: Option<String>,
    /// The spec that it was made for.
    pub spec: Option<SpecName>,
}

/// A member that nothing wants and that stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Which object.
    pub reference: Reference,
    /// Why.
    pub reason: Reason,
}

/// Why a member stays.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Another tool keeps it.
    Owned(Owner),
    /// A workload runs as this account.
    InUse {
        /// One that does.
        by: Reference,
    },
    /// It is running.
    Running,
    /// It is the record of a run of a spec that is still there.
    Record,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owned(owner) => write!(formatter, "{owner} keeps it"),
            Self::InUse { by } => write!(formatter, "{}/{} runs as it", by.kind.prefix(), by.name),
            Self::Running => formatter.write_str("it is running; prune again when it has ended"),
            Self::Record => formatter.write_str("it is the record of a run of a spec that is still there"),
        }
    }
}

/// What pruning would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orphans {
    /// What goes.
    pub delete: Vec<Orphan>,
    /// What stays although nothing wants it.
    pub kept: Vec<Kept>,
}

/// The members of a set that are not among the objects that ought to be. `specs` are those of the input. The number of
/// requests depends on kinds and namespaces, not on members.
///
/// # Errors
///
/// Whatever the server or the way to it says: what cannot be looked for is not taken for absent.
pub async fn orphans(
    connection: &Connection,
    set: &ApplySet,
    parent: &Parent,
    desired: &BTreeSet<Reference>,
    specs: &[SpecName],
) -> Result<Orphans> {
    let selector = format!("{PART_OF}={}", set.id());
    let places = parent.places(set);
    let found = concurrently(places, |(kind, namespace)| {
        let selector = selector.as_str();
        async move {
            let objects = match connection.list(kind, &namespace, selector).await {
                // The definition of the kind is gone, and its objects with it.
                Err(error) if error.is_not_found() && kind == Kind::Backup => Vec::new(),
                other => other?,
            };
            Ok(objects.into_iter().map(move |object| (kind, object)).collect::<Vec<_>>())
        }
    })
    .await?;
    let members: Vec<(Kind, DynamicObject)> = found
        .into_iter()
        .flatten()
        .filter(|(kind, object)| {
            membership(&object.metadata) == Some(set.id()) && !desired.contains(&reference(*kind, object))
        })
        .collect();
    let accounts: BTreeSet<&str> = members
        .iter()
        .filter(|(kind, _)| *kind == Kind::ServiceAccount)
        .filter_map(|(_, object)| object.metadata.namespace.as_deref())
        .collect();
    let places = accounts
        .into_iter()
        .flat_map(|namespace| [Kind::CronJob, Kind::Job].map(|kind| (kind, namespace)))
        .collect::<Vec<_>>();
    let workloads = concurrently(places, |(kind, namespace)| async move {
        let objects = connection.list(kind, namespace, "").await?;
        Ok(objects.into_iter().map(move |object| (kind, object)).collect::<Vec<_>>())
    })
    .await?;
    let workloads: Vec<_> = workloads.into_iter().flatten().collect();
    Ok(judge(&members, &workloads, specs))
}

/// What happens to members that nothing wants; `workloads` are all CronJobs and Jobs of namespaces in which accounts
/// are among them.
fn judge(
    members: &[(Kind, DynamicObject)],
    workloads: &[(Kind, DynamicObject)],
    specs: &[SpecName],
) -> Orphans {
    let mut result = Orphans::default();
    let (accounts, others): (Vec<_>, Vec<_>) =
        members.iter().partition(|(kind, _)| *kind == Kind::ServiceAccount);
    for (kind, object) in others {
        let reference = reference(*kind, object);
        let spec = spec_of(object);
        let reason = match ownership::owner(&object.metadata) {
            // A Job of a CronJob goes with it.
            Some(Owner::Controller { .. }) if *kind == Kind::Job => continue,
            Some(owner) => Some(Reason::Owned(owner)),
            None if *kind == Kind::Job && spec.as_ref().is_some_and(|spec| specs.contains(spec)) => {
                Some(Reason::Record)
            }
            None if *kind == Kind::Job && is_running(object) => Some(Reason::Running),
            None => None,
        };
        match reason {
            Some(reason) => result.kept.push(Kept { reference, reason }),
            None => result.delete.push(Orphan { reference, uid: object.metadata.uid.clone(), spec }),
        }
    }
    // Last, because what goes with this pruning uses an account no more.
    let gone: BTreeSet<&Reference> = result.delete.iter().map(|orphan| &orphan.reference).collect();
    let mut more = Vec::new();
    for (kind, object) in accounts {
        let reference = reference(*kind, object);
        let user = workloads
            .iter()
            .map(|(kind, workload)| (self::reference(*kind, workload), workload))
            .find(|(user, workload)| {
                user.namespace == reference.namespace
                    && !gone.contains(user)
                    && !goes_with(workload, &gone)
                    && account(user.kind, workload) == Some(reference.name.as_str())
            });
        let reason = match (ownership::owner(&object.metadata), user) {
            (Some(owner), _) => Some(Reason::Owned(owner)),
            (None, Some((by, _))) => Some(Reason::InUse { by }),
            (None, None) => None,
        };
        match reason {
            Some(reason) => result.kept.push(Kept { reference, reason }),
            None => {
                more.push(Orphan { reference, uid: object.metadata.uid.clone(), spec: None });
            }
        }
    }
    result.delete.append(&mut more);
    result
}

/// Whether the object is owned by one that goes, and so goes after it.
pub(in crate::cluster) fn goes_with(object: &DynamicObject, gone: &BTreeSet<&Reference>) -> bool {
    object.metadata.owner_references.iter().flatten().any(|owner| {
        owner.kind == Kind::CronJob.name()
            && gone.iter().any(|reference| {
                reference.kind == Kind::CronJob
                    && reference.name == owner.name
                    && Some(reference.namespace.as_str()) == object.metadata.namespace.as_deref()
            })
    })
}

/// The reference of a live object.
pub(in crate::cluster) fn reference(kind: Kind, object: &DynamicObject) -> Reference {
    Reference {
        kind,
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone().unwrap_or_default(),
    }
}

/// The backup that an object was made for.
pub(in crate::cluster) fn spec_of(object: &DynamicObject) -> Option<SpecName> {
    let name = object.metadata.labels.as_ref()?.get(labels::BACKUP)?;
    Some(SpecName {
        kind: "Neo4jBackup",
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: name.clone(),
    })
}

/// Whether a Job has not ended (pods.md §3: `Complete` or `Failed` is the end) and is not suspended either.
pub(in crate::cluster) fn is_running(job: &DynamicObject) -> bool {
    let ended = job.data.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten().any(
        |condition| {
            matches!(
                condition.get("type").and_then(Value::as_str),
                Some("Complete" | "Failed" | "SuccessCriteriaMet" | "FailureTarget")
            ) && condition.get("status").and_then(Value::as_str) == Some("True")
        },
    );
    !ended && job.data.pointer("/spec/suspend").and_then(Value::as_bool) != Some(true)
}

/// The account that the pods of a workload run as.
pub(in crate::cluster) fn account(kind: Kind, workload: &DynamicObject) -> Option<&str> {
    workload.data.pointer(pod_spec(kind)?)?.get("serviceAccountName")?.as_str()
}

/// Where the spec of the pods stands in a workload; `None` for other kinds.
pub(in crate::cluster) fn pod_spec(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Job => Some("/spec/template/spec"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
