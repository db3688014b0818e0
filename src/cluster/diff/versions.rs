//! What differs between two versions of the specs, in what they are rendered to. No cluster takes part.

use serde_json::Value;

use super::{FieldDiff, Judge, ObjectDiff, Operation, at, compare, mask};
use crate::bundle::Bundle;
use crate::cluster::fields;
use crate::cluster::kind::{APPLY_ORDER, Kind};
use crate::cluster::object::Reference;

/// Everything that a bundle is rendered to, in the order in which it would be applied.
///
/// # Errors
///
/// When an object cannot be written as JSON, which no input can cause.
pub fn rendered(bundle: &Bundle<'_>) -> serde_json::Result<Vec<(Reference, Value)>> {
    let mut all = Vec::new();
    for specs in bundle.namespaces() {
        let shared = bundle.shared_objects(specs);
        let own = specs.iter().flat_map(|index| bundle.own_objects(*index));
        for rendered in shared.into_iter().chain(own) {
            all.push((Reference::of(&rendered.object), serde_json::to_value(&rendered.object)?));
        }
    }
    all.sort_by(|(left, _), (right, _)| rank(left).cmp(&rank(right)));
    Ok(all)
}

fn rank(reference: &Reference) -> (Option<usize>, &Reference) {
    (APPLY_ORDER.iter().position(|kind| *kind == reference.kind), reference)
}

/// The objects that differ between two renderings.
#[must_use]
pub fn between(old: Vec<(Reference, Value)>, new: Vec<(Reference, Value)>) -> Vec<ObjectDiff> {
    let mut diffs = Vec::new();
    let mut old = old.into_iter().peekable();
    let mut new = new.into_iter().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return diffs,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((old, _)), Some((new, _))) => rank(old).cmp(&rank(new)),
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        diffs.extend(one(before, after));
    }
}

fn one(before: Option<(Reference, Value)>, after: Option<(Reference, Value)>) -> Option<ObjectDiff> {
    // Most objects are the same, and cost no more than to see it.
    if before == after {
        return None;
    }
    let operation = match (&before, &after) {
        (None, _) => Operation::Create,
        (_, None) => Operation::Remove,
        _ => Operation::Update,
    };
    let (reference, mut before, mut after) = match (before, after) {
        (Some((reference, before)), None) => (reference, Some(before), None),
        (before, Some((reference, after))) => (reference, before.map(|(_, before)| before), Some(after)),
        (None, None) => return None,
    };
    let mut set = serde_json::json!({});
    for object in before.iter().chain(&after) {
        fields::add(&mut set, &fields::of(object));
    }
    let mut found = Vec::new();
    compare(before.as_ref(), after.as_ref(), &set, String::new(), &mut found);
    if found.is_empty() {
        return None;
    }
    mask::both(&mut before, &mut after);
    let differing = found.into_iter().map(|found| FieldDiff {
        from: before.as_ref().and_then(|value| at(value, &found.tokens)).cloned(),
        to: after.as_ref().and_then(|value| at(value, &found.tokens)).cloned(),
        owners: Vec::new(),
        path: found.path,
    });
    let fields = differing.collect();
    Some(ObjectDiff {
        api_version: reference.kind.resource().api_version,
        notes: notes(&reference, operation),
        reference,
        operation,
        judge: Judge::Rendering,
        before,
        after,
        fields,
        owner: None,
    })
}

/// What a person who reviews the change should know.
fn notes(reference: &Reference, operation: Operation) -> Vec<String> {
    let note = match (reference.kind, operation) {
        (Kind::Job, Operation::Update) => {
            "the template of a Job cannot change: `apply` keeps the one that has run, and what `emit` writes has \
             another name and runs once more"
        }
        (Kind::PersistentVolumeClaim, Operation::Update) => {
            "of a claim only the size can change, and only grow"
        }
        (Kind::PersistentVolumeClaim, Operation::Remove) => {
            "the claim in the cluster stays, with the backups on it: nothing of ours deletes one"
        }
        _ => return Vec::new(),
    };
    vec![note.to_owned()]
}
