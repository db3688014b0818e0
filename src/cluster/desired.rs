//! What ought to be in the cluster: the objects of a bundle, each with the manager that applies it.
//!
//! A ServiceAccount may be shared. What all specs want of it (its name, our labels, no mounted token) is applied once
//! under [`FIELD_MANAGER`]; the annotations of each spec that has any are applied under that spec's own manager, so
//! that a spec that goes, or another run with fewer specs, never takes another spec's annotations with it.

use serde_json::{Value, json};

use super::kind::{APPLY_ORDER, Kind};
use super::object::Reference;
use super::{FIELD_MANAGER, field_manager_of};
use crate::bundle::Bundle;
use crate::render::{Detail, Object, Rendered, SpecName};

/// One object, or one manager's part of it.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Which object.
    pub reference: Reference,
    /// What is applied: only fields that we own.
    pub object: Value,
    /// The field manager.
    pub manager: String,
    /// The spec that it belongs to; `None` for what specs share.
    pub spec: Option<SpecName>,
    /// The rendered object, with the way back to the spec when that was asked for; `None` for definitions and specs,
    /// which are not rendered.
    pub rendered: Option<Rendered>,
}

/// Everything that a bundle wants, in an order that can be applied.
///
/// # Errors
///
/// When an object cannot be written as JSON, which no input can cause.
pub fn desired(bundle: &Bundle<'_>, detail: Detail) -> serde_json::Result<Vec<Desired>> {
    let mut all = Vec::new();
    for specs in bundle.namespaces() {
        for rendered in bundle.shared_objects_with(specs, detail) {
            all.push(shared(rendered)?);
        }
        for index in specs {
            let spec = bundle.spec_name(*index);
            for rendered in bundle.accounts(*index, detail) {
                if let (Some(part), Some(spec)) = (annotations_of(rendered), &spec) {
                    all.push(part.under(spec));
                }
            }
            for rendered in bundle.own_objects_with(*index, detail) {
                let object = serde_json::to_value(&rendered.object)?;
                all.push(Desired {
                    reference: Reference::of(&rendered.object),
                    object,
                    manager: FIELD_MANAGER.to_owned(),
                    spec: spec.clone(),
                    rendered: Some(rendered),
                });
            }
        }
    }
    // Stable: parts of one object stay together, the shared part first.
    all.sort_by(|left, right| {
        let rank = |desired: &Desired| APPLY_ORDER.iter().position(|kind| *kind == desired.reference.kind);
        (rank(left), &left.reference).cmp(&(rank(right), &right.reference))
    });
    Ok(all)
}

impl Reference {
    /// The reference of a rendered object.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        Self {
            kind: Kind::of(object),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        }
    }
}

impl Desired {
    fn under(mut self, spec: &SpecName) -> Self {
        self.manager = field_manager_of(&spec.name);
        self.spec = Some(spec.clone());
        self
    }
}

/// What specs share, without what one of them alone decides.
fn shared(mut rendered: Rendered) -> serde_json::Result<Desired> {
    if matches!(rendered.object, Object::ServiceAccount(_)) {
        rendered.object.metadata_mut().annotations = None;
    }
    Ok(Desired {
        reference: Reference::of(&rendered.object),
        object: serde_json::to_value(&rendered.object)?,
        manager: FIELD_MANAGER.to_owned(),
        spec: None,
        rendered: Some(rendered),
    })
}

/// The annotations that one spec gives to its account; `None` when it gives none.
fn annotations_of(rendered: Rendered) -> Option<Desired> {
    let annotations = rendered.object.metadata().annotations.as_ref().filter(|all| !all.is_empty())?;
    let object = json!({
        "apiVersion": rendered.object.api_version(),
        "kind": rendered.object.kind(),
        "metadata": {
            "name": rendered.object.name(),
            "namespace": rendered.object.namespace(),
            "annotations": annotations,
        },
    });
    Some(Desired {
        reference: Reference::of(&rendered.object),
        object,
        manager: String::new(),
        spec: None,
        rendered: Some(rendered),
    })
}
