//! Who owns which field of a live object: `metadata.managedFields`, read.
//!
//! The format is `FieldsV1` of the API machinery: a tree whose keys are `f:<field>` for a field, `k:{…}` for the item
//! of a keyed list, `v:<json>` for a value of a set, and `.` for the node itself.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::Value;

/// One manager's share in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The manager's name.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When it last wrote any of its fields.
    pub since: Option<Timestamp>,
}

/// Everybody who owns the field at a path, such as `.spec.schedule` (the spelling of conflicts), or a field below it.
#[must_use]
pub fn owners(metadata: &ObjectMeta, path: &str) -> Vec<Share> {
    metadata
        .managed_fields
        .iter()
        .flatten()
        .filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| holds(&fields.0, path)))
        .map(share)
        .collect()
}

/// Everybody who owns the field at the end of some keys of the tree (`f:spec`, `k:{"name":"backup"}`), or a field
/// below it.
#[must_use]
pub fn owners_at(metadata: &ObjectMeta, keys: &[String]) -> Vec<Share> {
    metadata
        .managed_fields
        .iter()
        .flatten()
        .filter(|entry| {
            let root = entry.fields_v1.as_ref().map(|fields| &fields.0);
            root.and_then(|root| keys.iter().try_fold(root, |node, key| node.get(key))).is_some()
        })
        .map(share)
        .collect()
}

/// When a manager last wrote the object by server-side apply; `None` when it never did.
#[must_use]
pub fn last_applied(metadata: &ObjectMeta, manager: &str) -> Option<Share> {
    metadata
        .managed_fields
        .iter()
        .flatten()
        .find(|entry| {
            entry.manager.as_deref() == Some(manager) && entry.operation.as_deref() == Some("Apply")
        })
        .map(share)
}

fn share(entry: &ManagedFieldsEntry) -> Share {
    Share {
        manager: entry.manager.clone().unwrap_or_default(),
        operation: entry.operation.clone().unwrap_or_default(),
        since: entry.time.as_ref().map(|time| time.0),
    }
}

/// Whether a tree of fields has the path. Items of keyed lists stand in it as `[name="x"]`, as the server prints
/// them.
fn holds(fields: &Value, path: &str) -> bool {
    let mut node = fields;
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = match split(rest) {
            Some(parts) => parts,
            None => return false,
        };
        let Some(children) = node.as_object() else { return false };
        let next = match &key {
            Token::Field(name) => children.get(&format!("f:{name}")),
            Token::Item(pairs) => children
                .iter()
                .find(|(candidate, _)| {
                    candidate.strip_prefix("k:").is_some_and(|json| same_keys(json, pairs))
                })
                .map(|(_, child)| child),
        };
        match next {
            Some(child) => node = child,
            None => return false,
        }
        rest = after;
    }
    true
}

enum Token {
    Field(String),
    Item(Vec<(String, Value)>),
}

/// The first part of a path and what follows it.
fn split(path: &str) -> Option<(Token, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        return Some((Token::Field(rest.get(..end)?.to_owned()), rest.get(end..)?));
    }
    let rest = path.strip_prefix('[')?;
    let end = rest.find(']')?;
    let pairs = rest
        .get(..end)?
        .split(',')
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
            Some((key.to_owned(), value))
        })
        .collect::<Option<Vec<_>>>()?;
    Some((Token::Item(pairs), rest.get(end + 1..)?))
}

fn same_keys(json: &str, pairs: &[(String, Value)]) -> bool {
    let Ok(Value::Object(keys)) = serde_json::from_str(json) else { return false };
    keys.len() == pairs.len() && pairs.iter().all(|(key, value)| keys.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata() -> ObjectMeta {
        serde_json::from_value(json!({"managedFields": [
            {"manager": "neo4j-backup", "operation": "Apply", "apiVersion": "batch/v1", "time": "2026-01-02T03:04:05Z",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:schedule": {}}}},
            {"manager": "kubectl", "operation": "Update", "apiVersion": "batch/v1",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:suspend": {}, "f:jobTemplate": {"f:spec":
                {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"backup\"}": {"f:image": {}}}}}}}}}},
        ]}))
        .unwrap()
    }

    #[test]
    fn the_owner_of_a_field_is_the_manager_that_has_it_in_its_tree() {
        let names =
            |path: &str| owners(&metadata(), path).into_iter().map(|share| share.manager).collect::<Vec<_>>();
        assert_eq!(names(".spec.schedule"), ["neo4j-backup"]);
        assert_eq!(names(".spec.suspend"), ["kubectl"]);
        assert_eq!(names(".spec"), ["neo4j-backup", "kubectl"]);
        assert_eq!(
            names(r#".spec.jobTemplate.spec.template.spec.containers[name="backup"].image"#),
            ["kubectl"]
        );
        assert!(names(".spec.timeZone").is_empty());
        assert!(names("nonsense").is_empty());
    }

    #[test]
    fn only_an_apply_counts_as_applied() {
        assert!(last_applied(&metadata(), "kubectl").is_none());
        let share = last_applied(&metadata(), "neo4j-backup").unwrap();
        assert_eq!(share.since.unwrap().to_string(), "2026-01-02T03:04:05Z");
    }
}
