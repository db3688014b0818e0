//! Labels and annotations of a spec that Argo CD reads on what the spec becomes.

use crate::api::Neo4jBackupSpec;
use crate::diagnostics::codes;
use crate::input::field;
use crate::input::locate::Finding;

/// The label by which Argo CD knows its own under label tracking (peers.md §5.1, "Tracking").
const INSTANCE: &str = "app.kubernetes.io/instance";
/// What begins so on a live object is an instruction to Argo CD.
const PREFIX: &str = "argocd.argoproj.io/";

/// Labels and annotations of `spec.job` that change what Argo CD does with the Jobs.
pub(super) fn findings(spec: &Neo4jBackupSpec) -> Vec<Finding> {
    let Some(job) = &spec.job else { return Vec::new() };
    let mut findings = Vec::new();
    let mut tell = |at: &str, key: &str, why: &str| {
        findings.push(
            Finding::new(&codes::ARGOCD_METADATA, field::key(at, key), format!("`{key}` {why}"))
                .at_key()
                .help("remove it, or use a key of your own, such as `example.com/team`"),
        );
    };
    for key in job.labels.iter().flatten().map(|(key, _)| key) {
        if key == INSTANCE {
            let why = "on the Jobs of a schedule makes Argo CD take each run for an object that is not in Git, and prune it";
            tell("spec.job.labels", key, why);
        }
    }
    for key in job.annotations.iter().flatten().map(|(key, _)| key) {
        if key.starts_with(PREFIX) {
            let why = "is an instruction to Argo CD, and takes the place of what this program writes there";
            tell("spec.job.annotations", key, why);
        }
    }
    findings
}
