//! Giving the ownership of `spec.suspend` back to whoever applies the schedule.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value, json};

use super::MANAGER;

/// A merge patch that takes our manager out of `managedFields` and makes those who apply the schedule the owners of
/// `spec.suspend` again; `None` when there is nothing of ours in it.
///
/// The API server takes `managedFields` as a client writes them, as kubectl does it when it migrates from client-side
/// to server-side apply; the resource version in the patch makes sure that nobody else's entry is lost. Whoever does not
/// say `suspend` in what it applies lets go of the field again when it applies next, which leaves it at its default,
/// `false`.
#[must_use]
pub fn give_back(metadata: &ObjectMeta) -> Option<Value> {
    let entries = metadata.managed_fields.as_deref()?;
    let ours = |entry: &ManagedFieldsEntry| entry.manager.as_deref() == Some(MANAGER);
    if !entries.iter().any(ours) {
        return None;
    }
    let mut kept: Vec<ManagedFieldsEntry> = entries.iter().filter(|entry| !ours(entry)).cloned().collect();
    for entry in &mut kept {
        if entry.operation.as_deref() == Some("Apply")
            && let Some(spec) = spec_fields(entry)
            && spec.contains_key("f:schedule")
        {
            spec.insert("f:suspend".to_owned(), json!({}));
        }
    }
    if kept.is_empty() {
        // An empty list would make the server forget every owner.
        return None;
    }
    Some(json!({
        "metadata": {"managedFields": kept, "resourceVersion": metadata.resource_version},
    }))
}

fn spec_fields(entry: &mut ManagedFieldsEntry) -> Option<&mut Map<String, Value>> {
    if entry.subresource.as_deref().is_some_and(|subresource| !subresource.is_empty()) {
        return None;
    }
    entry.fields_v1.as_mut()?.0.get_mut("f:spec")?.as_object_mut()
}
