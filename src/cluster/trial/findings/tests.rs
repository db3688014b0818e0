use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::bundle::{Bundle, Wanted};
use crate::cluster::desired::desired;
use crate::input::sources::{Origin, Source, SourceName};
use crate::input::{Loaded, load};
use crate::render::Detail;
use crate::rules::Options;

const SPECS: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph, namespace: data}
spec: {image: 'neo4j:5.26.12-enterprise', topology: {kind: Cluster, servers: 3}}
---
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata:
  name: nightly
  namespace: data
spec:
  target: {kind: Cluster, name: graph}
  schedule: '0 2 * * *'
  storage: {type: s3, bucket: graph-backups, path: x, cloud: {region: eu-central-1, credentialsSecretRef: keys}}
  options:
    additionalArgs: [--parallel-recovery]
  job:
    priorityClassName: urgent
    resources:
      limits: {memory: 2Gi}
";

fn loaded() -> Loaded {
    let source =
        Source { name: Arc::new(SourceName::new("specs.yaml")), origin: Origin::Stdin, targets_only: false };
    load(&[source], SPECS.as_bytes()).unwrap()
}

/// What is found when the server says this of the CronJob or its pods, as `NB800 error 14:5 spec.field message`.
fn told(subject: Subject, verdict: Verdict, warnings: &[&str]) -> Vec<String> {
    let loaded = loaded();
    let options = Options::default();
    let context = Context::new(&loaded.documents, &options);
    let bundle = Bundle::new(&context, Wanted::All);
    let desired = desired(&bundle, Detail::Provenance).unwrap();
    let part = desired.iter().position(|wanted| wanted.reference.kind == Kind::CronJob).unwrap();
    let trial =
        Trial { part, subject, verdict, warnings: warnings.iter().map(|text| (*text).to_owned()).collect() };
    findings(&[trial], &desired, &context)
        .iter()
        .map(|found| {
            let place = found.place.span.map(|span| format!("{}:{}", span.start.line, span.start.column));
            format!(
                "{} {} {} {} {}",
                found.definition.code,
                found.severity,
                place.unwrap_or_else(|| "-".to_owned()),
                found.place.field.as_deref().unwrap_or("-"),
                found.message
            )
        })
        .collect()
}

fn refused(code: u16, message: &str, causes: Value) -> Verdict {
    let status = json!({"status": "Failure", "code": code, "reason": "Invalid", "message": message,
        "details": {"causes": causes}, "metadata": {}});
    Verdict::Refused(Box::new(serde_json::from_value(status).unwrap()))
}

#[track_caller]
fn begins(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nis not\n{expected}");
    }
}

#[test]
fn a_field_error_stands_at_the_line_that_caused_it() {
    let base = "spec.jobTemplate.spec.template.spec.containers[0]";
    let causes = json!([
        {"reason": "FieldValueInvalid", "message": "Invalid value: \"x\": too odd", "field": format!("{base}.args[9]")},
        {"reason": "FieldValueInvalid", "message": "Invalid value: \"2Gi\"", "field": format!("{base}.resources.limits[memory]")},
        {"reason": "FieldValueInvalid", "message": "Invalid value: \"0 2 * * *\"", "field": "spec.schedule"},
    ]);
    begins(
        &told(Subject::Object, refused(422, "CronJob.batch is invalid", causes), &[]),
        &[
            "NB800 error ",
            "NB800 error 19:5 spec.job.resources",
            "NB800 error 13:13 spec.schedule the API server refuses `spec.schedule` of cronjob.batch/nightly-backup-cron in data: Invalid value",
        ],
    );
}

#[test]
fn a_field_that_only_the_message_names_is_found_too() {
    let message = "failed to create typed patch object (data/nightly; batch/v1, Kind=CronJob): .spec.timeZone: field not declared in schema";
    begins(&told(Subject::Object, refused(500, message, json!([])), &[]), &["NB800 error "]);
    begins(
        &told(Subject::Object, refused(400, "it does not like you", json!([])), &[]),
        &["NB801 error 9:9 metadata.name"],
    );
}

#[test]
fn a_denial_stands_at_what_it_is_about() {
    let quota =
        "pods \"x\" is forbidden: exceeded quota: q, requested: limits.memory=2Gi, used: limits.memory=0";
    begins(
        &told(Subject::Pods, refused(403, quota, json!([])), &[]),
        &[
            "NB802 error 19:5 spec.job.resources the pods of cronjob.batch/nightly-backup-cron in data are not admitted: pods",
        ],
    );
    let class = "pods \"x\" is forbidden: no PriorityClass with name urgent was found";
    begins(
        &told(Subject::Pods, refused(403, class, json!([])), &[]),
        &["NB802 error 18:24 spec.job.priorityClassName"],
    );
    let webhook = "admission webhook \"policy.example.com\" denied the request: no";
    begins(
        &told(Subject::Object, refused(400, webhook, json!([])), &[]),
        &[
            "NB802 error 9:9 metadata.name cronjob.batch/nightly-backup-cron in data is not admitted: admission webhook",
        ],
    );
}

#[test]
fn warnings_are_findings() {
    let security = "would violate PodSecurity \"restricted:latest\": runAsNonRoot != true (container \"backup\" must set securityContext.runAsNonRoot=true)";
    begins(&told(Subject::Object, Verdict::Taken, &[security]), &["NB803 warning "]);
    begins(
        &told(Subject::Object, Verdict::Taken, &["spec.schedule: this is going away"]),
        &[
            "NB804 warning 13:13 spec.schedule the API server on cronjob.batch/nightly-backup-cron in data: spec.schedule",
        ],
    );
}

#[test]
fn what_could_not_be_tried_is_said() {
    begins(
        &told(Subject::Object, Verdict::NamespaceMissing, &[]),
        &["NB805 warning 10:14 metadata.namespace the namespace `data` does not exist"],
    );
    begins(&told(Subject::Object, Verdict::KindMissing, &[]), &["NB806 error "]);
    let message = "User \"x\" cannot patch resource \"cronjobs\"".to_owned();
    begins(
        &told(Subject::Object, Verdict::Forbidden { message }, &[]),
        &["NB807 warning 9:9 metadata.name the server was not asked about cronjob.batch"],
    );
    let verdict = Verdict::Immutable {
        fields: vec!["spec.template".to_owned()],
        message: "field is immutable".to_owned(),
    };
    begins(&told(Subject::Object, verdict, &[]), &["NB808 warning 9:9 metadata.name cronjob.batch"]);
}

#[test]
fn a_long_answer_is_cut_in_the_middle() {
    let long = format!("begin {} end", "x".repeat(5000));
    let short = shortened(&long);
    assert!(short.starts_with("begin ") && short.ends_with(" end") && short.chars().count() < 500);
    assert_eq!(shortened("one\ntwo"), "one");
}
