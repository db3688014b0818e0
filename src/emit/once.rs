//! Backups that run once, in a repository that is rolled out again and again.
//!
//! A controller applies the same files at every sync, and makes again what is missing. So the name of such a Job holds
//! the hash of its spec: a changed spec is a new Job, an unchanged one is there already, and no Job, whose template is
//! immutable, is ever changed (peers.md §5.4 B). For the same reason it has no TTL: a Job that removes itself is missing
//! at the next sync, and runs again (peers.md §5.1, "TTL").

use sha2::{Digest, Sha256};

use crate::api::Neo4jBackupSpec;
use crate::diagnostics::codes;
use crate::input::locate::Finding;
use crate::render::Object;

/// Longest name of a Job: it becomes a label of its pods.
const LONGEST_NAME: usize = 63;

/// Hexadecimal digits of the hash in a name: 40 bits, which no team's edits of one spec exhaust.
const DIGITS: usize = 10;

/// The hash of a spec: of its canonical form, which sorts keys and leaves out what is absent.
#[must_use]
pub fn spec_hash(spec: &Neo4jBackupSpec) -> String {
    let canonical = serde_json::json!({ "spec": spec }).to_string();
    Sha256::digest(canonical.as_bytes()).iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// `<name>-backup-<hash of the spec>`, the Job of a backup that runs once, in a bundle.
#[must_use]
pub fn job_name(name: &str, spec: &Neo4jBackupSpec) -> String {
    format!("{name}-backup-{}", spec_hash(spec))
}

/// Makes the Job of a backup that runs once into one that can be rolled out again and again. Other objects stay as
/// they are. The findings say what of the spec has no effect here.
pub fn adapt(name: &str, spec: &Neo4jBackupSpec, object: &mut Object) -> Vec<Finding> {
    let Object::Job(job) = object else { return Vec::new() };
    let mut findings = Vec::new();
    let job_name = job_name(name, spec);
    if job_name.len() > LONGEST_NAME {
        let message = format!(
            "the Job would be named `{job_name}`, which has {} characters, and a Job has at most {LONGEST_NAME}",
            job_name.len()
        );
        let longest = name.len().saturating_sub(job_name.len() - LONGEST_NAME);
        findings.push(
            Finding::new(&codes::ONE_SHOT_NAME_TOO_LONG, "metadata.name", message)
                .help(format!("choose a name of at most {longest} characters")),
        );
    }
    job.metadata.name = Some(job_name);
    if let Some(job_spec) = &mut job.spec
        && let Some(seconds) = job_spec.ttl_seconds_after_finished.take()
    {
        let message = format!("the Job is written without its TTL of {seconds} s");
        findings.push(
            Finding::new(&codes::TTL_LEFT_OUT, "spec.job.ttlAfterFinished", message).help(
                "remove the field, or roll this backup out with `apply`; what removes itself is run again by the next sync",
            ),
        );
        let annotations = job.metadata.annotations.get_or_insert_default();
        annotations.entry(KEPT_CHECK.to_owned()).or_insert_with(|| KEPT_REASON.to_owned());
    }
    findings
}

/// kube-linter wants a TTL under every Job (peers.md §4.5).
const KEPT_CHECK: &str = "ignore-check.kube-linter.io/job-ttl-seconds-after-finished";
const KEPT_REASON: &str = "a Job that is gone is run again by the next apply or sync";
