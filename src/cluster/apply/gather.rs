//! Everything that is to be applied: what specs become, and, when asked for, the definitions and the specs themselves.

use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::cluster::FIELD_MANAGER;
use crate::cluster::desired::{Desired, desired};
use crate::cluster::kind::Kind;
use crate::cluster::object::Reference;
use crate::cluster::operator;
use crate::input::document::{Content, Document};
use crate::render::{Detail, SpecName};
use crate::rules::Context;

/// What is applied beside workloads.
#[derive(Clone, Copy, Debug, Default)]
pub struct With {
    /// The CustomResourceDefinitions.
    pub definitions: bool,
    /// The specs themselves.
    pub specs: bool,
}

/// What is to be applied, in an order in which that can be done, and the backups that it belongs to.
///
/// # Errors
///
/// When an object cannot be written as JSON, which no input can cause.
pub fn gather(
    bundle: &Bundle<'_>,
    context: &Context<'_>,
    with: With,
) -> serde_json::Result<(Vec<Desired>, Vec<SpecName>)> {
    let mut all = Vec::new();
    if with.definitions {
        for (reference, object) in operator::definitions()? {
            all.push(plain(reference, object, None));
        }
    }
    all.extend(desired(bundle, Detail::Provenance)?);
    let indices: Vec<usize> = bundle.namespaces().flatten().copied().collect();
    let mut specs = Vec::new();
    for index in indices {
        let Some(document) = context.documents.get(index) else { continue };
        let Content::Backup(_) = &document.content else { continue };
        let Some(spec) = bundle.spec_name(index) else { continue };
        if with.specs {
            let reference =
                Reference { kind: Kind::Backup, namespace: spec.namespace.clone(), name: spec.name.clone() };
            all.push(plain(reference, backup(document, &spec)?, Some(spec.clone())));
        }
        specs.push(spec);
    }
    Ok((all, specs))
}

fn plain(reference: Reference, object: Value, spec: Option<SpecName>) -> Desired {
    Desired { reference, object, manager: FIELD_MANAGER.to_owned(), spec, rendered: None }
}

/// A spec as the object that it is.
fn backup(document: &Document, name: &SpecName) -> serde_json::Result<Value> {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name.name));
    metadata.insert("namespace".to_owned(), json!(name.namespace));
    for (key, map) in [("labels", &document.metadata.labels), ("annotations", &document.metadata.annotations)]
    {
        let map: Map<String, Value> = map
            .iter()
            // What kubectl keeps there for itself is not ours to set.
            .filter(|(key, _)| *key != "kubectl.kubernetes.io/last-applied-configuration")
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect();
        if !map.is_empty() {
            metadata.insert(key.to_owned(), Value::Object(map));
        }
    }
    let resource = Kind::Backup.resource();
    Ok(json!({
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": metadata,
        "spec": serde_json::to_value(document.backup())?,
    }))
}
