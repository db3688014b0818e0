//! Objects that several specs may share: the account that pods run as, and a claim for artifacts.
//!
//! Their labels name no spec, and several plans of one input that want the same one get one object
//! ([`merge`]): a stream in which an object stands twice is refused by kustomize and Argo CD.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, ServiceAccount};

use super::labels::{self, Map};
use super::object::{Object, Rendered, metadata};
use super::pod;
use super::provenance::{Token, Trace};
use crate::plan::{ClaimPlan, ServiceAccountPlan};

/// The account as one plan wants it; `None` when it is made elsewhere.
///
/// It needs no rights in the cluster: identity webhooks project their own token into the pod, so the default one
/// is not mounted.
pub(super) fn account(plan: &ServiceAccountPlan, namespace: &str, trace: &mut Trace) -> Option<Object> {
    if !plan.create {
        return None;
    }
    trace.note(format_args!("/metadata/name"), plan.name.field);
    trace.note(format_args!("/metadata/namespace"), Some("metadata.namespace"));
    for (key, value) in &plan.annotations {
        trace.note(format_args!("/metadata/annotations/{}", Token(key)), value.field);
    }
    let annotations =
        plan.annotations.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect();
    Some(Object::ServiceAccount(Box::new(ServiceAccount {
        metadata: metadata(&plan.name.value, namespace, labels::shared(), annotations),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    })))
}

/// A claim for artifacts. It has no owner either: it outlives the spec (DESIGN.md, "What a backup becomes").
pub(super) fn claim(name: &str, create: &ClaimPlan, namespace: &str, trace: &mut Trace) -> Object {
    trace.note(format_args!("/metadata/name"), Some("spec.storage.pvc.name"));
    trace.note(format_args!("/metadata/namespace"), Some("metadata.namespace"));
    trace.note(format_args!("/spec/resources/requests/storage"), Some("spec.storage.pvc.size"));
    if create.storage_class.is_some() {
        trace.note(format_args!("/spec/storageClassName"), Some("spec.storage.pvc.storageClassName"));
    }
    Object::PersistentVolumeClaim(Box::new(PersistentVolumeClaim {
        metadata: metadata(name, namespace, labels::shared(), Map::new()),
        spec: Some(pod::claim_spec(&create.size, create.storage_class.as_deref())),
        status: None,
    }))
}

/// Makes one object of all those for the same account, with the annotations of all, and one of all those for the
/// same claim. Other objects stay as they are.
///
/// The merged object stands where the first one stood. Where two contradict each other, by two values for one
/// annotation or two sizes, the first stays; rules make that an error at both places before anything is rendered.
pub fn merge(rendered: &mut Vec<Rendered>) {
    let mut first: HashMap<(&'static str, String, String), usize> = HashMap::new();
    let mut merged: Vec<Rendered> = Vec::with_capacity(rendered.len());
    for item in rendered.drain(..) {
        if !matches!(item.object, Object::ServiceAccount(_) | Object::PersistentVolumeClaim(_)) {
            merged.push(item);
            continue;
        }
        let object = &item.object;
        let key = (object.kind(), object.namespace().to_owned(), object.name().to_owned());
        let Some(into) = first.get(&key).copied().and_then(|place| merged.get_mut(place)) else {
            first.insert(key, merged.len());
            merged.push(item);
            continue;
        };
        if let Some(more) = &object.metadata().annotations {
            let annotations = into.object.metadata_mut().annotations.get_or_insert_default();
            for (key, value) in more {
                annotations.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        into.provenance.merge(item.provenance);
    }
    *rendered = merged;
}
