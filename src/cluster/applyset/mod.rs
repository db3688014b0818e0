//! Sets of objects that are applied together, so that those can be found that are in the set no more: ApplySets
//! (KEP-3659; peers.md §6.4).
//!
//! A set has a parent, a ConfigMap or a Secret, that says which kinds and namespaces have members; each member carries
//! the set's id as a label. Other than kubectl we never put a claim into a set, because what is in a set may be
//! deleted (pods.md §6).

mod orphans;
mod parent;

pub use orphans::{Kept, Orphan, Orphans, Reason, orphans};
pub(super) use orphans::{account, goes_with, is_running, pod_spec, reference, spec_of};
pub use parent::{Parent, ParentError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::kind::Kind;
use super::object::Reference;

/// Label of a member: the id of its set.
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// Label of a parent: the id of its set.
pub const ID: &str = "applyset.kubernetes.io/id";
/// Annotation of a parent: the tool that it belongs to. Others keep their hands off.
pub const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// Annotation of a parent: the kinds of its members.
pub const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// Annotation of a parent: namespaces of members beside its own.
pub const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// Our value of [`TOOLING`].
pub const TOOLING_VALUE: &str = "neo4j-backup/v1";

/// A set, by its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplySet {
    parent: Reference,
    id: String,
}

impl ApplySet {
    /// The set that `NAME`, `configmap/NAME` or `secret/NAME` means in a namespace; `None` when the text is none of
    /// these.
    #[must_use]
    pub fn parse(text: &str, namespace: &str) -> Option<Self> {
        let (kind, name) = match text.split_once('/') {
            None => (Kind::ConfigMap, text),
            Some(("configmap" | "configmaps" | "cm", name)) => (Kind::ConfigMap, name),
            Some(("secret" | "secrets", name)) => (Kind::Secret, name),
            Some(_) => return None,
        };
        let fits = !name.is_empty()
            && name.len() <= 253
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
            });
        fits.then(|| Self::new(Reference { kind, namespace: namespace.to_owned(), name: name.to_owned() }))
    }

    fn new(parent: Reference) -> Self {
        // `<name>.<namespace>.<kind>.<group>`; the group of ConfigMaps and Secrets is empty (pods.md §6).
        let subject = format!("{}.{}.{}.", parent.name, parent.namespace, parent.kind.name());
        let id = format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(Sha256::digest(subject.as_bytes())));
        Self { parent, id }
    }

    /// Its parent.
    #[must_use]
    pub fn parent(&self) -> &Reference {
        &self.parent
    }

    /// Its id: the value of [`PART_OF`] on members.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Makes an object a member, unless objects of its kind are in no set.
    pub fn enlist(&self, kind: Kind, object: &mut Value) {
        if has_members(kind) {
            label(object, &self.id);
        }
    }
}

/// Makes an object a member of the set with an id.
pub fn label(object: &mut Value, id: &str) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        && let Some(labels) =
            metadata.entry("labels").or_insert_with(|| Value::Object(Default::default())).as_object_mut()
    {
        labels.insert(PART_OF.to_owned(), Value::String(id.to_owned()));
    }
}

/// The id of the set that an object is in.
#[must_use]
pub fn membership(metadata: &ObjectMeta) -> Option<&str> {
    metadata.labels.as_ref()?.get(PART_OF).map(String::as_str).filter(|id| !id.is_empty())
}

/// Whether objects of a kind are in sets. Claims hold backups and definitions hold everybody's specs: neither may ever
/// be deleted because an input has become shorter.
#[must_use]
pub fn has_members(kind: Kind) -> bool {
    match kind {
        Kind::ServiceAccount | Kind::ConfigMap | Kind::CronJob | Kind::Job | Kind::Backup => true,
        Kind::CustomResourceDefinition | Kind::PersistentVolumeClaim | Kind::Secret => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_id_is_that_of_the_standard() {
        let set = ApplySet::parse("backups", "shop").unwrap();
        // printf 'backups.shop.ConfigMap.' | sha256sum | xxd -r -p | base64 | tr '+/' '-_' | tr -d '='
        assert_eq!(set.id(), "applyset-m2qKzCW6sqwhI3Gwav1F5wxG6n-W8xLVDHxmAlilWKU-v1");
        assert_eq!(set.parent().kind, Kind::ConfigMap);
        let secret = ApplySet::parse("secret/backups", "shop").unwrap();
        assert_eq!(secret.parent().kind, Kind::Secret);
        assert_ne!(secret.id(), set.id());
        // The id is a label's value: at most 63 characters.
        assert!(set.id().len() <= 63);
    }

    #[test]
    fn what_is_no_parent_is_refused() {
        for text in ["", "deployment/x", "configmap/", "Backups", "a b"] {
            assert_eq!(ApplySet::parse(text, "shop"), None, "{text}");
        }
    }

    #[test]
    fn claims_and_definitions_are_never_members() {
        let set = ApplySet::parse("backups", "shop").unwrap();
        for kind in [Kind::PersistentVolumeClaim, Kind::CustomResourceDefinition] {
            let mut object = json!({"metadata": {"name": "a"}});
            set.enlist(kind, &mut object);
            assert_eq!(object, json!({"metadata": {"name": "a"}}));
        }
        let mut object = json!({"metadata": {"name": "a"}});
        set.enlist(Kind::CronJob, &mut object);
        let metadata: ObjectMeta = serde_json::from_value(object["metadata"].clone()).unwrap();
        assert_eq!(membership(&metadata), Some(set.id()));
    }
}
