//! Derives, from the Rust types, everything that describes the language to others: JSON Schemas for editors,
//! CustomResourceDefinitions for the API server, and the static [`shape`](super::shape) tables.
//!
//! What comes out is committed (`crds/`, `docs/schema/`, `generated.rs`) and compiled into the binary as text;
//! this module runs only in the test that keeps those files fresh, so a start of the program pays nothing.

use kube::CustomResourceExt;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::backup::Neo4jBackupSpec;
use super::restore::Neo4jRestoreSpec;
use super::status::{Neo4jBackupStatus, Neo4jRestoreStatus};
use super::target::{Neo4jTargetSpec, TargetMetadata};
use super::{API_VERSION, CONFIG_API_VERSION, Neo4jBackup, Neo4jRestore};

/// Schema of the `spec` of one kind, without references, `null` or titles.
fn spec_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
    normalize(&mut value, false);
    value
}

/// Brings schemars' output into the form that structural schemas want: no `null` alternatives (an absent field
/// is absent), unit enums as `enum`, and no essays for types that Kubernetes documents itself.
fn normalize(value: &mut Value, foreign: bool) {
    let Value::Object(object) = value else { return };
    for keyword in ["anyOf", "oneOf"] {
        if object.contains_key("x-kubernetes-int-or-string") {
            break;
        }
        let Some(Value::Array(mut alternatives)) = object.remove(keyword) else { continue };
        alternatives.retain(|alternative| alternative.get("type") != Some(&json!("null")));
        let constants: Option<Vec<Value>> =
            alternatives.iter().map(|alternative| alternative.get("const").cloned()).collect();
        match constants {
            Some(constants) => {
                object.insert("type".to_owned(), json!("string"));
                object.insert("enum".to_owned(), Value::Array(constants));
            }
            None if alternatives.len() == 1 => {
                if let Some(Value::Object(only)) = alternatives.pop() {
                    for (key, inner) in only {
                        object.entry(key).or_insert(inner);
                    }
                }
                return normalize(value, foreign);
            }
            None => {
                object.insert(keyword.to_owned(), Value::Array(alternatives));
            }
        }
    }
    if let Some(Value::Array(types)) = object.get("type") {
        let kept: Vec<Value> = types.iter().filter(|name| **name != json!("null")).cloned().collect();
        if let [only] = kept.as_slice() {
            object.insert("type".to_owned(), only.clone());
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    object.remove("title");
    object.remove("nullable");
    if foreign {
        object.remove("description");
        object.remove("default");
    } else if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (name, property) in properties {
            let kubernetes = foreign || matches!(name.as_str(), "tolerations" | "affinity" | "conditions");
            let description = property.get("description").cloned();
            normalize(property, kubernetes);
            if let (true, Some(description), Value::Object(property)) = (!foreign, description, property) {
                let one_line = description.as_str().unwrap_or_default().split_whitespace();
                property.insert("description".to_owned(), json!(one_line.collect::<Vec<_>>().join(" ")));
            }
        }
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(keyword) {
            normalize(inner, foreign);
        }
    }
}

/// Closes every object, so that an editor marks unknown fields, and drops what only Kubernetes understands.
fn close(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("x-kubernetes-validations");
            object.remove("x-kubernetes-int-or-string");
            if object.contains_key("properties") {
                object.entry("additionalProperties").or_insert(json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn metadata_schema() -> Value {
    json!({
        "type": "object",
        "description": "Standard object metadata.",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}},
    })
}

fn document_schema(
    api_version: &str,
    kind: &str,
    metadata: Value,
    mut spec: Value,
    status: Option<Value>,
) -> Value {
    close(&mut spec);
    let mut properties = Map::new();
    properties.insert("apiVersion".to_owned(), json!({"type": "string", "const": api_version}));
    properties.insert("kind".to_owned(), json!({"type": "string", "const": kind}));
    properties.insert("metadata".to_owned(), metadata);
    properties.insert("spec".to_owned(), spec);
    if let Some(mut status) = status {
        close(&mut status);
        properties.insert("status".to_owned(), status);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": kind,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": properties,
    })
}

/// Spec schema of `Neo4jBackup`, structural.
#[must_use]
pub fn backup_spec() -> Value {
    spec_schema::<Neo4jBackupSpec>()
}

/// Spec schema of `Neo4jRestore`, structural.
#[must_use]
pub fn restore_spec() -> Value {
    spec_schema::<Neo4jRestoreSpec>()
}

/// Spec schema of `Neo4jTarget`.
#[must_use]
pub fn target_spec() -> Value {
    spec_schema::<Neo4jTargetSpec>()
}

/// The editor schemas by file stem: `neo4jbackup`, `neo4jrestore`, `neo4jtarget`.
#[must_use]
pub fn editor_schemas() -> [(&'static str, Value); 3] {
    let mut target_metadata = spec_schema::<TargetMetadata>();
    close(&mut target_metadata);
    [
        (
            "neo4jbackup",
            document_schema(
                API_VERSION,
                "Neo4jBackup",
                metadata_schema(),
                backup_spec(),
                Some(spec_schema::<Neo4jBackupStatus>()),
            ),
        ),
        (
            "neo4jrestore",
            document_schema(
                API_VERSION,
                "Neo4jRestore",
                metadata_schema(),
                restore_spec(),
                Some(spec_schema::<Neo4jRestoreStatus>()),
            ),
        ),
        (
            "neo4jtarget",
            document_schema(CONFIG_API_VERSION, "Neo4jTarget", target_metadata, target_spec(), None),
        ),
    ]
}

/// The CustomResourceDefinitions by file stem: `neo4jbackups`, `neo4jrestores`.
///
/// # Errors
///
/// When kube's own description of a kind does not serialize.
pub fn custom_resource_definitions() -> Result<[(&'static str, Value); 2], serde_json::Error> {
    Ok([
        ("neo4jbackups", definition(&Neo4jBackup::crd(), backup_spec(), spec_schema::<Neo4jBackupStatus>())?),
        (
            "neo4jrestores",
            definition(&Neo4jRestore::crd(), restore_spec(), spec_schema::<Neo4jRestoreStatus>())?,
        ),
    ])
}

/// Takes the defaults out of a schema. An API server would write them into stored objects, and a spec that is read
/// back would then state what nobody wrote; this program applies its defaults itself.
fn without_defaults(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    object.remove("default");
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(without_defaults);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(keyword) {
            without_defaults(inner);
        }
    }
}

fn definition<T: serde::Serialize>(
    from_kube: &T,
    mut spec: Value,
    status: Value,
) -> Result<Value, serde_json::Error> {
    without_defaults(&mut spec);
    let mut definition = serde_json::to_value(from_kube)?;
    let description = spec.get("description").cloned().unwrap_or_default();
    if let Some(version) = definition.pointer_mut("/spec/versions/0") {
        version["schema"] = json!({"openAPIV3Schema": {
            "type": "object",
            "description": description,
            "required": ["spec"],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
                "spec": spec,
                "status": status,
            },
        }});
    }
    if let Some(object) = definition.pointer_mut("/spec").and_then(Value::as_object_mut) {
        object.retain(|_, value| !value.is_null());
    }
    Ok(definition)
}
