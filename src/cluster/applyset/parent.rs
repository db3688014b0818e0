//! The parent of a set: what it says of the members, and how that is kept true.

use std::collections::BTreeSet;

use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::{ApplySet, GROUP_KINDS, ID, NAMESPACES, TOOLING, TOOLING_VALUE, has_members};
use crate::cluster::kind::{APPLY_ORDER, Kind};
use crate::cluster::object::{Apply, Reference};
use crate::cluster::{ClusterError, Connection, FIELD_MANAGER};
use crate::render::labels;

/// Why a parent cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParentError {
    /// The set of another tool.
    #[error("the set `{set}` belongs to `{tooling}`, which alone may change it; choose another name")]
    Foreign {
        /// The parent.
        set: Reference,
        /// What its annotation says.
        tooling: String,
    },
    /// Something else has the name.
    #[error("{set} is there and is no parent of a set; choose another name for --applyset")]
    NotASet {
        /// The parent.
        set: Reference,
    },
    /// The server said no.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// What a parent says of its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parent {
    kinds: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl Parent {
    /// Reads the parent of a set; `None` when there is none yet.
    ///
    /// # Errors
    ///
    /// When something else has its name, or the server says no.
    pub async fn read(connection: &Connection, set: &ApplySet) -> Result<Option<Self>, ParentError> {
        match connection.get(&set.parent).await? {
            None => Ok(None),
            Some(object) => Self::of(set, &object).map(Some),
        }
    }

    fn of(set: &ApplySet, object: &DynamicObject) -> Result<Self, ParentError> {
        let annotation =
            |key: &str| object.metadata.annotations.as_ref().and_then(|all| all.get(key)).map(String::as_str);
        let id = object.metadata.labels.as_ref().and_then(|all| all.get(ID));
        match annotation(TOOLING) {
            Some(tooling) if tooling.split('/').next() != TOOLING_VALUE.split('/').next() => {
                return Err(ParentError::Foreign { set: set.parent.clone(), tooling: tooling.to_owned() });
            }
            Some(_) if id.map(String::as_str) == Some(set.id()) => {}
            _ => return Err(ParentError::NotASet { set: set.parent.clone() }),
        }
        let list = |key: &str| -> BTreeSet<String> {
            annotation(key)
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Self { kinds: list(GROUP_KINDS), namespaces: list(NAMESPACES) })
    }

    /// What a parent says when these are all members.
    #[must_use]
    pub fn with_members<'r>(set: &ApplySet, members: impl IntoIterator<Item = &'r Reference>) -> Self {
        let mut parent = Self::default();
        for member in members {
            if !has_members(member.kind) {
                continue;
            }
            parent.kinds.insert(group_kind(member.kind));
            if member.namespace != set.parent.namespace {
                parent.namespaces.insert(member.namespace.clone());
            }
        }
        parent
    }

    /// What holds for the members of both. A parent says too much rather than too little while members change: what
    /// it does not name is never found again.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            kinds: self.kinds.union(&other.kinds).cloned().collect(),
            namespaces: self.namespaces.union(&other.namespaces).cloned().collect(),
        }
    }

    /// The kinds and namespaces in which members are looked for: the set's own namespace is always one.
    pub(super) fn places(&self, set: &ApplySet) -> Vec<(Kind, String)> {
        let namespaces: BTreeSet<&str> = self
            .namespaces
            .iter()
            .map(String::as_str)
            .chain(std::iter::once(set.parent.namespace.as_str()))
            .collect();
        APPLY_ORDER
            .into_iter()
            .filter(|kind| has_members(*kind) && self.kinds.contains(&group_kind(*kind)))
            .flat_map(|kind| namespaces.iter().map(move |namespace| (kind, (*namespace).to_owned())))
            .collect()
    }

    /// The object that says it.
    #[must_use]
    pub fn object(&self, set: &ApplySet) -> Value {
        let join = |items: &BTreeSet<String>| items.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        json!({
            "apiVersion": "v1",
            "kind": set.parent.kind.name(),
            "metadata": {
                "name": set.parent.name,
                "namespace": set.parent.namespace,
                "labels": {
                    ID: set.id(),
                    (labels::NAME): labels::NAME_VALUE,
                    (labels::MANAGED_BY): labels::MANAGED_BY_VALUE,
                },
                "annotations": {
                    TOOLING: TOOLING_VALUE,
                    GROUP_KINDS: join(&self.kinds),
                    NAMESPACES: join(&self.namespaces),
                },
            },
        })
    }

    /// Writes the parent.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says.
    pub async fn write(&self, connection: &Connection, set: &ApplySet) -> Result<(), ClusterError> {
        let how = Apply { manager: FIELD_MANAGER, force: true, dry_run: false };
        connection.apply(&set.parent, &self.object(set), how).await.map(drop)
    }
}

/// `CronJob.batch`; `ConfigMap` in the group without a name.
fn group_kind(kind: Kind) -> String {
    let resource = kind.resource();
    if resource.group.is_empty() { resource.kind } else { format!("{}.{}", resource.kind, resource.group) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> ApplySet {
        ApplySet::parse("backups", "shop").unwrap()
    }

    fn reference(kind: Kind, namespace: &str) -> Reference {
        Reference { kind, namespace: namespace.to_owned(), name: "a".to_owned() }
    }

    #[test]
    fn a_parent_reads_what_it_wrote() {
        let members = [
            reference(Kind::CronJob, "shop"),
            reference(Kind::ServiceAccount, "other"),
            reference(Kind::PersistentVolumeClaim, "third"),
        ];
        let parent = Parent::with_members(&set(), &members);
        let value = parent.object(&set());
        assert_eq!(value["metadata"]["annotations"][GROUP_KINDS], "CronJob.batch,ServiceAccount");
        assert_eq!(value["metadata"]["annotations"][NAMESPACES], "other");
        let object: DynamicObject = serde_json::from_value(value).unwrap();
        assert_eq!(Parent::of(&set(), &object).unwrap(), parent);
        assert_eq!(
            parent.places(&set()),
            [
                (Kind::ServiceAccount, "other".to_owned()),
                (Kind::ServiceAccount, "shop".to_owned()),
                (Kind::CronJob, "other".to_owned()),
                (Kind::CronJob, "shop".to_owned()),
            ]
        );
    }

    #[test]
    fn the_set_of_another_tool_and_what_is_no_set_are_refused() {
        let mut value = Parent::default().object(&set());
        value["metadata"]["annotations"][TOOLING] = json!("kubectl/v1.34");
        let object: DynamicObject = serde_json::from_value(value).unwrap();
        let error = Parent::of(&set(), &object).unwrap_err();
        assert!(matches!(&error, ParentError::Foreign { tooling, .. } if tooling == "kubectl/v1.34"));

        let plain: DynamicObject = serde_json::from_value(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "backups", "namespace": "shop"}}),
        )
        .unwrap();
        assert!(matches!(Parent::of(&set(), &plain), Err(ParentError::NotASet { .. })));

        let mut other = Parent::default().object(&set());
        other["metadata"]["labels"][ID] = json!("applyset-other-v1");
        let object: DynamicObject = serde_json::from_value(other).unwrap();
        assert!(matches!(Parent::of(&set(), &object), Err(ParentError::NotASet { .. })));
    }

    #[test]
    fn while_members_change_a_parent_says_what_holds_before_and_after() {
        let before = Parent::with_members(&set(), &[reference(Kind::Job, "old")]);
        let after = Parent::with_members(&set(), &[reference(Kind::CronJob, "new")]);
        let both = before.union(&after);
        assert_eq!(both.kinds.into_iter().collect::<Vec<_>>(), ["CronJob.batch", "Job.batch"]);
        assert_eq!(both.namespaces.into_iter().collect::<Vec<_>>(), ["new", "old"]);
    }
}
