//! Sets of fields in the form of `metadata.managedFields`, and what they cut out of an object.
//!
//! A set is a tree whose keys are `f:<field>` for a field, `k:{…}` for the item of a list with keys, `v:<json>` for a
//! value of a set, and `.` for the node itself; a leaf is `{}` (`FieldsV1` of the API machinery). What the server
//! gives is used as it is. Only for an object that the server has not looked at is the set made here, from the little
//! that has to be known of the kinds that we render.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value, json};

use super::FIELD_MANAGER;

/// Lists whose items have keys, by the name of the field (`x-kubernetes-list-map-keys` of the API's own schema).
const KEYED_LISTS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ports", &["containerPort", "protocol"]),
    ("resizePolicy", &["resourceName"]),
    ("secrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Maps that are owned as a whole (`x-kubernetes-map-type: atomic`).
const ATOMIC_MAPS: &[&str] = &[
    "configMapKeyRef",
    "dataSource",
    "fieldRef",
    "nodeSelector",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "resourceFieldRef",
    "secretKeyRef",
    "selector",
];

/// Whether a field holds a list whose items have keys, and which.
#[must_use]
pub fn list_keys(field: &str) -> Option<&'static [&'static str]> {
    KEYED_LISTS.iter().find(|(name, _)| *name == field).map(|(_, keys)| *keys)
}

/// Whether a field holds a map that is owned as a whole.
#[must_use]
pub fn is_atomic_map(field: &str) -> bool {
    ATOMIC_MAPS.contains(&field)
}

/// Whether a manager is one of ours: the tool's own, or that of a spec.
#[must_use]
pub fn is_ours(manager: &str) -> bool {
    manager.strip_prefix(FIELD_MANAGER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The fields that our managers own.
#[must_use]
pub fn ours(metadata: &ObjectMeta) -> Value {
    let own = |entry: &&ManagedFieldsEntry| entry.manager.as_deref().is_some_and(is_ours);
    let mut all = json!({});
    for entry in metadata.managed_fields.iter().flatten().filter(own) {
        if let Some(fields) = &entry.fields_v1 {
            add(&mut all, &fields.0);
        }
    }
    all
}

/// Adds the fields of another set.
pub fn add(set: &mut Value, more: &Value) {
    let (Some(set), Some(more)) = (set.as_object_mut(), more.as_object()) else { return };
    for (key, child) in more {
        add(set.entry(key.as_str()).or_insert_with(|| json!({})), child);
    }
}

/// The fields of an object that is applied, as the server would note them.
#[must_use]
pub fn of(object: &Value) -> Value {
    let mut set = fields_of("", object);
    if let Some(root) = set.as_object_mut() {
        root.remove("f:apiVersion");
        root.remove("f:kind");
        if let Some(metadata) = root.get_mut("f:metadata").and_then(Value::as_object_mut) {
            metadata.remove("f:name");
            metadata.remove("f:namespace");
            if metadata.is_empty() {
                root.remove("f:metadata");
            }
        }
    }
    set
}

fn fields_of(field: &str, value: &Value) -> Value {
    match value {
        Value::Object(map) if !is_atomic_map(field) => Value::Object(
            map.iter().map(|(name, child)| (format!("f:{name}"), fields_of(name, child))).collect(),
        ),
        Value::Array(items) => match list_keys(field) {
            Some(keys) => Value::Object(items.iter().filter_map(|item| item_of(keys, item)).collect()),
            None => json!({}),
        },
        _ => json!({}),
    }
}

fn item_of(keys: &[&str], item: &Value) -> Option<(String, Value)> {
    let chosen: Map<String, Value> = keys
        .iter()
        .map(|key| Some(((*key).to_owned(), key_value(item, key)?)))
        .collect::<Option<Map<String, Value>>>()?;
    let mut children = fields_of("", item);
    if let Some(children) = children.as_object_mut() {
        children.insert(".".to_owned(), json!({}));
    }
    Some((format!("k:{}", Value::Object(chosen)), children))
}

/// The value of an item's key; ports have a default for theirs.
fn key_value(item: &Value, key: &str) -> Option<Value> {
    match item.get(key) {
        Some(value) => Some(value.clone()),
        None => (key == "protocol").then(|| json!("TCP")),
    }
}

/// Whether an item is the one that a `k:{…}` names.
#[must_use]
pub fn is_item(key: &str, item: &Value) -> bool {
    let Some(Ok(Value::Object(keys))) = key.strip_prefix("k:").map(serde_json::from_str) else {
        return false;
    };
    !keys.is_empty() && keys.iter().all(|(name, value)| key_value(item, name).as_ref() == Some(value))
}

/// The part of an object that lies in a set, with what names the object.
#[must_use]
pub fn project(object: &Value, set: &Value) -> Value {
    let mut kept = cut(object, set);
    let Some(root) = kept.as_object_mut() else { return kept };
    for name in ["apiVersion", "kind"] {
        if let Some(value) = object.get(name) {
            root.insert(name.to_owned(), value.clone());
        }
    }
    for name in ["name", "namespace"] {
        if let (Some(value), Some(metadata)) = (
            object.get("metadata").and_then(|metadata| metadata.get(name)),
            root.entry("metadata").or_insert_with(|| json!({})).as_object_mut(),
        ) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    kept
}

fn cut(value: &Value, set: &Value) -> Value {
    let Some(children) = set.as_object().filter(|children| children.keys().any(|key| key != ".")) else {
        return value.clone();
    };
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter_map(|(name, child)| {
                    let part = children.get(&format!("f:{name}"))?;
                    Some((name.clone(), cut(child, part)))
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .filter_map(|item| {
                    let own_value = || children.get(&format!("v:{item}")).map(|_| item.clone());
                    let by_key = children.iter().find(|(key, _)| is_item(key, item));
                    by_key.map(|(_, part)| with_keys(item, cut(item, part))).or_else(own_value)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// An item is shown with the name that it is known by, whoever owns that.
fn with_keys(item: &Value, mut part: Value) -> Value {
    if let (Some(part), Some(name)) = (part.as_object_mut(), item.get("name")) {
        part.entry("name").or_insert_with(|| name.clone());
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b", "labels": {"x": "1"}},
            "spec": {"containers": [{"name": "c", "args": ["1", "2"], "image": "i",
                "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                "ports": [{"containerPort": 80}]}]}})
    }

    #[test]
    fn the_set_of_an_object_is_the_one_that_the_server_notes() {
        assert_eq!(
            of(&pod()),
            json!({"f:metadata": {"f:labels": {"f:x": {}}}, "f:spec": {"f:containers": {r#"k:{"name":"c"}"#: {
                ".": {}, "f:name": {}, "f:args": {}, "f:image": {},
                "f:env": {r#"k:{"name":"E"}"#: {".": {}, "f:name": {}, "f:valueFrom": {"f:secretKeyRef": {}}}},
                "f:ports": {r#"k:{"containerPort":80,"protocol":"TCP"}"#: {".": {}, "f:containerPort": {}}},
            }}}})
        );
    }

    #[test]
    fn an_object_cut_to_its_own_set_is_whole_and_what_others_added_is_gone() {
        let mut live = pod();
        let set = of(&live);
        assert_eq!(project(&live, &set), live);
        live["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
        live["spec"]["containers"].as_array_mut().unwrap().push(json!({"name": "injected"}));
        live["status"] = json!({"phase": "Running"});
        live["metadata"]["uid"] = json!("u");
        assert_eq!(project(&live, &set), pod());
    }

    #[test]
    fn values_of_a_set_are_kept_one_by_one() {
        let object = json!({"metadata": {"name": "a", "finalizers": ["x", "y"]}});
        let set = json!({"f:metadata": {"f:finalizers": {"v:\"y\"": {}}}});
        assert_eq!(project(&object, &set), json!({"metadata": {"name": "a", "finalizers": ["y"]}}));
    }

    #[test]
    fn our_managers_are_told_from_those_that_begin_alike() {
        assert!(is_ours("neo4j-backup") && is_ours("neo4j-backup/nightly"));
        assert!(!is_ours("neo4j-backups") && !is_ours("kubectl"));
    }
}
