//! Names that a spec refers to, labels, variables, quantities and durations.

use super::harness_restores::{all_findings as findings, backup, has, lacks, restore};

const BUCKET: &str = "{type: s3, bucket: artifacts, path: one, cloud: {region: eu-west-1, identity: {}}}";
const SOURCE: &str = "{type: s3, storage: {type: s3, bucket: artifacts}}";

fn with(lines: &str) -> Vec<String> {
    findings(&backup("one", BUCKET, lines))
}

fn stored(storage: &str) -> Vec<String> {
    findings(&backup("one", storage, ""))
}

fn hooked(job: &str) -> Vec<String> {
    findings(&restore("new", SOURCE, &format!("options: {{preRestore: {{job: {job}}}}}")))
}

fn container(env: &str) -> Vec<String> {
    hooked(&format!("{{template: {{container: {{image: 'busybox:1.36', env: [{env}]}}}}}}"))
}

#[test]
fn names_of_objects_follow_their_grammar() {
    let found = stored("{type: s3, bucket: b, cloud: {region: eu-west-1, credentialsSecretRef: My_Keys}}");
    has(&found, "NB120", "error", "spec.storage.cloud.credentialsSecretRef");
    let found = stored("{type: pvc, pvc: {name: Data, storageClassName: fast_ssd}}");
    has(&found, "NB120", "error", "spec.storage.pvc.name");
    has(&found, "NB120", "error", "spec.storage.pvc.storageClassName");
    let found = stored("{type: s3, bucket: b, cloud: {region: eu-west-1, identity: {serviceAccount: A/b}}}");
    has(&found, "NB120", "error", "spec.storage.cloud.identity.serviceAccount");
    let found = with("job: {priorityClassName: High, imagePullSecrets: [sound, Wrong]}");
    has(&found, "NB120", "error", "spec.job.priorityClassName");
    has(&found, "NB120", "error", "spec.job.imagePullSecrets[1]");
    let found = findings(&restore("new", "{type: backup, backupRef: Nightly}", ""));
    has(&found, "NB120", "error", "spec.source.backupRef");
    lacks(&with("job: {priorityClassName: high, imagePullSecrets: [sound]}"), "NB120");
    lacks(&stored("{type: pvc, pvc: {name: data.old, storageClassName: fast-ssd}}"), "NB120");
}

#[test]
fn names_of_resources_are_those_of_kubernetes() {
    let found = with("job: {resources: {limits: {mem: 2Gi}}}");
    has(&found, "NB120", "error", "spec.job.resources.limits.mem");
    lacks(&with("job: {resources: {limits: {memory: 2Gi, example.com/fpga: 1}}}"), "NB120");
}

#[test]
fn keys_of_secrets_follow_their_grammar() {
    let found = with("options: {tls: {secretName: certs, keys: {key: 'a/b'}}}");
    has(&found, "NB121", "error", "spec.options.tls.keys.key");
    let found = container("{name: A, valueFrom: {secretKeyRef: {name: s, key: 'a b'}}}");
    has(
        &found,
        "NB121",
        "error",
        "spec.options.preRestore.job.template.container.env[0].valueFrom.secretKeyRef.key",
    );
    lacks(&with("options: {tls: {secretName: certs, keys: {key: tls.key}}}"), "NB121");
}

#[test]
fn labels_and_annotations_follow_their_grammar() {
    has(&with("job: {labels: {team: 'a b'}}"), "NB122", "error", "spec.job.labels.team");
    has(&with("job: {nodeSelector: {-pool: big}}"), "NB122", "error", "spec.job.nodeSelector.-pool");
    has(&with("job: {annotations: {'a/b/c': x}}"), "NB122", "error", "spec.job.annotations[\"a/b/c\"]");
    let found = stored(
        "{type: s3, bucket: b, cloud: {region: r-1, identity: {autoCreate: {annotations: {'a~b': c}}}}}",
    );
    has(&found, "NB122", "error", "spec.storage.cloud.identity.autoCreate.annotations[\"a~b\"]");
    let sound = "job: {labels: {team: ''}, nodeSelector: {example.com/pool: big_1}, annotations: {A.b/C: 'any text'}}";
    lacks(&with(sound), "NB122");
}

#[test]
fn labels_of_ours_are_not_overwritten() {
    for key in ["app.kubernetes.io/name", "neo4j.neo4j.com/backup", "batch.kubernetes.io/job-name"] {
        let found = with(&format!("job: {{labels: {{{key}: mine}}}}"));
        has(&found, "NB123", "error", &format!("spec.job.labels[\"{key}\"]"));
    }
    lacks(&with("job: {labels: {app.kubernetes.io/part-of: mine}}"), "NB123");
}

#[test]
fn the_labels_of_ours_are_those_that_are_rendered() {
    use crate::render::labels;
    let rendered = [
        labels::NAME,
        labels::COMPONENT,
        labels::MANAGED_BY,
        labels::BACKUP,
        labels::RESTORE,
        labels::TARGET,
        labels::RUN_ID,
    ];
    assert_eq!(crate::rules::references::OUR_LABELS, rendered);
}

#[test]
fn variables_have_names_that_kubernetes_takes() {
    let field = "spec.options.preRestore.job.template.container.env[0].name";
    has(&container("{name: 'A=B', value: x}"), "NB124", "error", field);
    has(&container("{name: 1A, value: x}"), "NB124", "error", field);
    lacks(&container("{name: _A1, value: x}"), "NB124");
}

#[test]
fn quantities_have_units_that_exist() {
    let sized = |size: &str| stored(&format!("{{type: pvc, pvc: {{name: data, size: '{size}'}}}}"));
    for size in ["50GB", "Gi", "0", "50 Gi", "-1Gi"] {
        has(&sized(size), "NB125", "error", "spec.storage.pvc.size");
    }
    for size in ["50Gi", "1.5Ti", "1e10"] {
        lacks(&sized(size), "NB125");
    }
    let found = with("options: {tempStorage: {size: 5g}}");
    has(&found, "NB125", "error", "spec.options.tempStorage.size");
    let found = with("job: {resources: {limits: {memory: 512m}, requests: {cpu: fast}}}");
    has(&found, "NB125", "warning", "spec.job.resources.limits.memory");
    has(&found, "NB125", "error", "spec.job.resources.requests.cpu");
    lacks(&with("job: {resources: {limits: {memory: 512M}, requests: {cpu: 250m}}}"), "NB125");
}

#[test]
fn requests_stay_within_limits() {
    let found = with("job: {resources: {requests: {memory: 3Gi}, limits: {memory: 2Gi}}}");
    has(&found, "NB126", "error", "spec.job.resources.requests.memory");
    lacks(&with("job: {resources: {requests: {memory: 2Gi}, limits: {memory: 2048Mi}}}"), "NB126");
    // The default limit gives way.
    lacks(&with("job: {resources: {requests: {memory: 30Gi}}}"), "NB126");
}

#[test]
fn durations_are_read_as_go_reads_them() {
    for (lines, severity, field) in [
        ("schedule: '@daily'\nstartingDeadline: 5s", "error", "spec.startingDeadline"),
        ("schedule: '@daily'\nstartingDeadline: 10 m", "error", "spec.startingDeadline"),
        ("job: {deadline: 6hours}", "error", "spec.job.deadline"),
        ("job: {deadline: 0s}", "error", "spec.job.deadline"),
        ("job: {deadline: 1d}", "error", "spec.job.deadline"),
        ("job: {deadline: 10ms}", "error", "spec.job.deadline"),
        ("job: {deadline: 1.5s}", "warning", "spec.job.deadline"),
        ("job: {deadline: 9000h}", "warning", "spec.job.deadline"),
        ("job: {ttlAfterFinished: 600000h}", "error", "spec.job.ttlAfterFinished"),
    ] {
        has(&with(lines), "NB127", severity, field);
    }
    lacks(&with("schedule: '@daily'\nstartingDeadline: 10s\njob: {deadline: 1h30m}"), "NB127");
    let found = findings(&restore("new", SOURCE, "timeout: -1h"));
    has(&found, "NB127", "error", "spec.timeout");
    lacks(&findings(&restore("new", SOURCE, "timeout: 2h")), "NB127");
    let job = |timeout: &str| {
        hooked(&format!("{{timeout: {timeout}, template: {{container: {{image: 'busybox:1.36'}}}}}}"))
    };
    has(&job("10min"), "NB127", "error", "spec.options.preRestore.job.timeout");
    lacks(&job("10m"), "NB127");
}

#[test]
fn a_certain_duration_is_corrected() {
    let text = backup("one", BUCKET, "job: {deadline: 1d}");
    let corrected = super::harness_restores::corrected(&text, "NB127");
    assert_eq!(corrected, text.replace("1d", "24h"));
}

#[test]
fn how_long_a_job_is_kept_depends_on_the_schedule() {
    let field = "spec.job.ttlAfterFinished";
    let found = with("schedule: '@daily'\njob: {ttlAfterFinished: 24h}");
    has(&found, "NB128", "warning", field);
    lacks(&found, "NB129");
    let found = with("job: {ttlAfterFinished: 24h}");
    has(&found, "NB129", "notice", field);
    lacks(&found, "NB128");
    has(&with("job: {ttlAfterFinished: 0s}"), "NB129", "warning", field);
    lacks(&with("job: {deadline: 24h}"), "NB129");
}
