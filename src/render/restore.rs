//! Restores: one ServiceAccount and the Jobs, each suspended.
//!
//! A Job that overwrites data must not start because somebody applied a folder, so every one is suspended and it
//! takes a second, deliberate step to run it (DESIGN.md, "What a restore becomes"). The identity of the run is on
//! Job and pods: in the pod template it also keeps a finished Job from being taken for the next run, since a
//! changed template is refused.

use k8s_openapi::api::batch::v1::Job;

use super::labels::{self, Owner};
use super::object::{Object, Rendered, metadata};
use super::pod::Pod;
use super::provenance::Trace;
use super::{Detail, fields, job, shared};
use crate::plan::restore::{RestoreJob, RestorePlan};

/// Every object of a restore that can be written down, in the order in which they are applied.
#[must_use]
pub fn objects(plan: &RestorePlan, detail: Detail) -> Vec<Rendered> {
    let mut objects = shared_objects(plan, detail);
    objects.append(&mut own_objects(plan, detail));
    objects
}

/// The object that other specs may share: the account that the pods run as, when there is a Job to run and the
/// spec has the account made.
#[must_use]
pub fn shared_objects(plan: &RestorePlan, detail: Detail) -> Vec<Rendered> {
    if plan.jobs.is_empty() {
        return Vec::new();
    }
    let mut trace = Trace::new(detail);
    let account = shared::account(&plan.service_account, &plan.namespace, &mut trace);
    account.map(|object| rendered(plan, object, trace)).into_iter().collect()
}

/// The Jobs in the order in which they run.
#[must_use]
pub fn own_objects(plan: &RestorePlan, detail: Detail) -> Vec<Rendered> {
    plan.jobs
        .iter()
        .map(|job| {
            let mut trace = Trace::new(detail);
            let object = suspended_job(plan, job, &mut trace);
            rendered(plan, object, trace)
        })
        .collect()
}

fn rendered(plan: &RestorePlan, object: Object, trace: Trace) -> Rendered {
    Rendered { object, provenance: trace.finish("Neo4jRestore", &plan.namespace, &plan.name) }
}

fn suspended_job(plan: &RestorePlan, restore_job: &RestoreJob, trace: &mut Trace) -> Object {
    let pod = Pod {
        image: &plan.image,
        steps: &restore_job.steps,
        environment: &restore_job.environment,
        volumes: &restore_job.volumes,
        settings: &restore_job.pods,
        service_account: &plan.service_account,
        fields: fields::of_restore_job(restore_job.component),
    };
    trace.note(format_args!("/metadata/name"), Some("metadata.name"));
    trace.note(format_args!("/metadata/namespace"), Some("metadata.namespace"));
    trace.note(format_args!("/metadata/labels/neo4j.neo4j.com~1restore"), Some("metadata.name"));
    trace.note(format_args!("/metadata/labels/neo4j.neo4j.com~1target"), Some(pod.fields.target));
    job::metadata_fields(&pod, "", trace);

    let owner = Owner {
        label: labels::RESTORE,
        spec: &plan.name,
        component: restore_job.component,
        target: &plan.target,
    };
    let own_labels = labels::of_spec(owner, &restore_job.pods.labels);
    let mut annotations = restore_job.pods.annotations.clone();
    annotations.insert(labels::RUN_ID.to_owned(), plan.run_id.clone());
    let mut spec = job::spec(&pod, own_labels.clone(), annotations.clone(), "/spec", trace);
    spec.suspend = Some(true);
    spec.ttl_seconds_after_finished = restore_job.pods.ttl_seconds;

    let mut all_annotations = job::linter_annotations(&pod, restore_job.pods.ttl_seconds.is_none());
    all_annotations.extend(annotations);
    Object::Job(Box::new(Job {
        metadata: metadata(&restore_job.name, &plan.namespace, own_labels, all_annotations),
        spec: Some(spec),
        status: None,
    }))
}
