//! Which objects need not be sent, because applying them provably writes nothing.
//!
//! Server-side apply writes nothing when our manager already owns exactly the fields that would be applied and each
//! of them has exactly the value that would be applied (peers.md §6.1). Both stand in the live object. Wherever the
//! comparison would need to know more than what stands there (an order, a default, a schema), the answer is "ask the
//! server": a dry run too many costs a request, one too few would hide a difference.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::core::DynamicObject;
use serde_json::{Map, Value};

use super::desired::Desired;
use super::fields;
use crate::api::quantity::Quantity;

/// Whether applying this part to the live object provably changes neither a value nor who owns it. `false` means
/// that only the server can tell.
#[must_use]
pub fn is_noop(wanted: &Desired, live: &DynamicObject) -> bool {
    let applied = |entry: &&ManagedFieldsEntry| {
        entry.manager.as_deref() == Some(&wanted.manager) && entry.operation.as_deref() == Some("Apply")
    };
    let mut entries = live.metadata.managed_fields.iter().flatten().filter(applied);
    // Two entries, of two versions of the API, would be one after the next apply.
    let (Some(entry), None) = (entries.next(), entries.next()) else { return false };
    let Value::Object(object) = &wanted.object else { return false };
    if entry.subresource.as_deref().is_some_and(|name| !name.is_empty())
        || entry.api_version.as_deref() != object.get("apiVersion").and_then(Value::as_str)
    {
        return false;
    }
    let Some(Value::Object(owned)) = entry.fields_v1.as_ref().map(|fields| &fields.0) else { return false };

    let mut own = 0;
    for (name, value) in object {
        let same = match name.as_str() {
            "apiVersion" | "kind" => continue,
            "metadata" => match metadata_is_same(owned.get("f:metadata"), value, live) {
                // Name and namespace are nobody's fields.
                Some(false) => continue,
                Some(true) => true,
                None => false,
            },
            _ => match (owned.get(&format!("f:{name}")), live.data.get(name)) {
                (Some(owned), Some(live)) => is_same(name, owned, value, live),
                _ => false,
            },
        };
        if !same {
            return false;
        }
        own += 1;
    }
    own == owned.len()
}

/// `Some(true)` when the metadata is owned and there, `Some(false)` when there is nothing in it to own, `None` when
/// that cannot be told.
fn metadata_is_same(owned: Option<&Value>, wanted: &Value, live: &DynamicObject) -> Option<bool> {
    let wanted = wanted.as_object()?;
    let mut fields = 0;
    for (name, value) in wanted {
        let live = match name.as_str() {
            "name" | "namespace" => continue,
            "labels" => live.metadata.labels.as_ref(),
            "annotations" => live.metadata.annotations.as_ref(),
            _ => return None,
        };
        let owned = owned?.get(format!("f:{name}"))?.as_object()?;
        let (value, live) = (value.as_object()?, live?);
        let same = !value.is_empty()
            && owned.len() == value.len()
            && value.iter().all(|(key, value)| {
                owned.get(&format!("f:{key}")).is_some_and(is_leaf)
                    && value.as_str().is_some_and(|value| live.get(key).is_some_and(|live| live == value))
            });
        if !same {
            return None;
        }
        fields += 1;
    }
    match owned {
        None => Some(false),
        Some(owned) => (owned.as_object()?.len() == fields).then_some(true),
    }
}

fn is_leaf(owned: &Value) -> bool {
    owned.as_object().is_some_and(Map::is_empty)
}

/// Whether the owned fields below a field are exactly those of the wanted value, and all have its values.
fn is_same(field: &str, owned: &Value, wanted: &Value, live: &Value) -> bool {
    let Some(children) = owned.as_object() else { return false };
    match (wanted, live) {
        (Value::Object(wanted_map), Value::Object(live_map)) => {
            if children.is_empty() {
                // Owned as a whole, or applied as `{}` once, when an empty map is all that is owned.
                return (wanted_map.is_empty() || fields::is_atomic_map(field)) && wanted == live;
            }
            children.len() == wanted_map.len()
                && wanted_map.iter().all(|(name, wanted)| {
                    let below = if matches!(field, "limits" | "requests") { QUANTITY } else { name };
                    match (children.get(&format!("f:{name}")), live_map.get(name)) {
                        (Some(owned), Some(live)) => is_same(below, owned, wanted, live),
                        _ => false,
                    }
                })
        }
        (Value::Array(wanted_items), Value::Array(live_items)) => {
            if children.is_empty() {
                return (wanted_items.is_empty() || fields::list_keys(field).is_none()) && wanted == live;
            }
            if children.keys().all(|key| key.starts_with("v:")) {
                return wanted == live
                    && children.len() == wanted_items.len()
                    && wanted_items.iter().all(|item| children.contains_key(&format!("v:{item}")));
            }
            // An order is applied too, and with items of others among ours only the server knows which one results.
            children.len() == wanted_items.len()
                && wanted_items.len() == live_items.len()
                && wanted_items
                    .iter()
                    .zip(live_items)
                    .all(|(wanted, live)| item_is_same(children, wanted, live))
        }
        (Value::Null | Value::Object(_) | Value::Array(_), _) => false,
        _ => children.is_empty() && (wanted == live || (field == QUANTITY && is_same_quantity(wanted, live))),
    }
}

/// A field that holds a quantity; the entries of `limits` and `requests` are of its kind.
const QUANTITY: &str = "sizeLimit";

/// The server keeps quantities in a form of its own: `6144Mi` becomes `6Gi`. Numbers with more digits than a float
/// can tell apart are left to the server.
fn is_same_quantity(wanted: &Value, live: &Value) -> bool {
    const MOST_DIGITS: usize = 12;
    let read = |value: &Value| {
        let text = value.as_str().filter(|text| text.len() <= MOST_DIGITS)?;
        Quantity(text.to_owned()).value()
    };
    read(wanted).is_some_and(|wanted| read(live).is_some_and(|live| wanted.total_cmp(&live).is_eq()))
}

fn item_is_same(children: &Map<String, Value>, wanted: &Value, live: &Value) -> bool {
    let mut candidates = children.iter().filter(|(key, _)| fields::is_item(key, wanted));
    let (Some((key, Value::Object(owned))), None) = (candidates.next(), candidates.next()) else {
        return false;
    };
    let (Value::Object(wanted), true) = (wanted, fields::is_item(key, live)) else { return false };
    owned.get(".").is_some_and(is_leaf)
        && owned.len() == wanted.len() + 1
        && wanted.iter().all(|(name, wanted)| match (owned.get(&format!("f:{name}")), live.get(name)) {
            (Some(owned), Some(live)) => is_same(name, owned, wanted, live),
            _ => false,
        })
}

#[cfg(test)]
mod tests;
