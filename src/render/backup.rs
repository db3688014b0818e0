//! Backups: ServiceAccount, claim, ConfigMap, and a Job or a CronJob.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, Job, JobTemplateSpec};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::labels::{self, Map, Owner};
use super::object::{Object, Rendered, metadata};
use super::pod::Pod;
use super::provenance::Trace;
use super::{Detail, fields, job, shared};
use crate::plan::StoragePlan;
use crate::plan::backup::{BackupPlan, ConfigurationPlan, SchedulePlan};

/// Every object of a backup, in the order in which they are applied.
#[must_use]
pub fn objects(plan: &BackupPlan, detail: Detail) -> Vec<Rendered> {
    let mut objects = shared_objects(plan, detail);
    objects.append(&mut own_objects(plan, detail));
    objects
}

/// The objects that other specs may share: the account that the pods run as and the claim for the artifacts,
/// each when the spec has it made.
#[must_use]
pub fn shared_objects(plan: &BackupPlan, detail: Detail) -> Vec<Rendered> {
    let mut objects = Vec::with_capacity(2);
    let mut trace = Trace::new(detail);
    if let Some(object) = shared::account(&plan.service_account, &plan.namespace, &mut trace) {
        objects.push(rendered(plan, object, trace));
    }
    if let StoragePlan::Claim { name, create: Some(create), .. } = &plan.storage {
        let mut trace = Trace::new(detail);
        let object = shared::claim(name, create, &plan.namespace, &mut trace);
        objects.push(rendered(plan, object, trace));
    }
    objects
}

/// The objects that belong to this backup alone: ConfigMap, Job or CronJob.
#[must_use]
pub fn own_objects(plan: &BackupPlan, detail: Detail) -> Vec<Rendered> {
    let mut objects = Vec::with_capacity(2);
    if let Some(configuration) = &plan.configuration {
        let mut trace = Trace::new(detail);
        let object = config_map(plan, configuration, &mut trace);
        objects.push(rendered(plan, object, trace));
    }
    let mut trace = Trace::new(detail);
    let object = match &plan.schedule {
        Some(schedule) => cron_job(plan, schedule, &mut trace),
        None => one_shot(plan, &mut trace),
    };
    objects.push(rendered(plan, object, trace));
    objects
}

fn rendered(plan: &BackupPlan, object: Object, trace: Trace) -> Rendered {
    Rendered { object, provenance: trace.finish("Neo4jBackup", &plan.namespace, &plan.name) }
}

fn owner(plan: &BackupPlan) -> Owner<'_> {
    Owner { label: labels::BACKUP, spec: &plan.name, component: "backup", target: &plan.target }
}

/// Notes the fields behind what the metadata of the objects of one spec has in common.
fn metadata_fields(trace: &mut Trace) {
    trace.note(format_args!("/metadata/name"), Some("metadata.name"));
    trace.note(format_args!("/metadata/namespace"), Some("metadata.namespace"));
    trace.note(format_args!("/metadata/labels/neo4j.neo4j.com~1backup"), Some("metadata.name"));
    trace.note(format_args!("/metadata/labels/neo4j.neo4j.com~1target"), Some(fields::BACKUP.target));
}

fn config_map(plan: &BackupPlan, configuration: &ConfigurationPlan, trace: &mut Trace) -> Object {
    metadata_fields(trace);
    trace.note(format_args!("/data"), Some("spec.options.tls"));
    let own_labels = labels::of_spec(owner(plan), &Map::new());
    Object::ConfigMap(Box::new(ConfigMap {
        metadata: metadata(&configuration.name, &plan.namespace, own_labels, Map::new()),
        data: labels::unless_empty(configuration.files.clone()),
        ..ConfigMap::default()
    }))
}

fn pod(plan: &BackupPlan) -> Pod<'_> {
    Pod {
        image: &plan.image,
        steps: &plan.steps,
        environment: &plan.environment,
        volumes: &plan.volumes,
        settings: &plan.pods,
        service_account: &plan.service_account,
        fields: &fields::BACKUP,
    }
}

fn one_shot(plan: &BackupPlan, trace: &mut Trace) -> Object {
    metadata_fields(trace);
    let pod = pod(plan);
    job::metadata_fields(&pod, "", trace);
    let own_labels = labels::of_spec(owner(plan), &plan.pods.labels);
    let mut spec = job::spec(&pod, own_labels.clone(), plan.pods.annotations.clone(), "/spec", trace);
    if let Some(seconds) = plan.pods.ttl_seconds {
        trace.note(format_args!("/spec/ttlSecondsAfterFinished"), pod.fields.ttl);
        spec.ttl_seconds_after_finished = Some(seconds);
    }
    let mut annotations = job::linter_annotations(&pod, plan.pods.ttl_seconds.is_none());
    annotations.extend(plan.pods.annotations.clone());
    Object::Job(Box::new(Job {
        metadata: metadata(&plan.job_name(), &plan.namespace, own_labels, annotations),
        spec: Some(spec),
        status: None,
    }))
}

fn cron_job(plan: &BackupPlan, schedule: &SchedulePlan, trace: &mut Trace) -> Object {
    metadata_fields(trace);
    for (name, field) in [
        ("failedJobsHistoryLimit", schedule.failed_history.field),
        ("schedule", schedule.expression.field),
        ("startingDeadlineSeconds", schedule.starting_deadline_seconds.field),
        ("successfulJobsHistoryLimit", schedule.successful_history.field),
        ("suspend", schedule.suspend.field),
        ("timeZone", schedule.time_zone.field),
    ] {
        trace.note(format_args!("/spec/{name}"), field);
    }
    let pod = pod(plan);
    job::metadata_fields(&pod, "/spec/jobTemplate", trace);
    let own_labels = labels::of_spec(owner(plan), &plan.pods.labels);
    let spec =
        job::spec(&pod, own_labels.clone(), plan.pods.annotations.clone(), "/spec/jobTemplate/spec", trace);
    Object::CronJob(Box::new(CronJob {
        metadata: metadata(
            &plan.cron_job_name(),
            &plan.namespace,
            labels::of_spec(owner(plan), &Map::new()),
            job::linter_annotations(&pod, false),
        ),
        spec: Some(CronJobSpec {
            concurrency_policy: Some("Forbid".to_owned()),
            failed_jobs_history_limit: Some(schedule.failed_history.value),
            job_template: JobTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(own_labels),
                    annotations: labels::unless_empty(plan.pods.annotations.clone()),
                    ..ObjectMeta::default()
                }),
                spec: Some(spec),
            },
            schedule: schedule.expression.value.clone(),
            starting_deadline_seconds: Some(schedule.starting_deadline_seconds.value),
            successful_jobs_history_limit: Some(schedule.successful_history.value),
            suspend: Some(schedule.suspend.value),
            time_zone: Some(schedule.time_zone.value.clone()),
        }),
        status: None,
    }))
}
