//! The Job around a pod: retries and when not to retry.

use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
};

use super::labels::Map;
use super::pod::{self, Pod};
use super::provenance::{Token, Trace};
use crate::plan::Step;

/// Exit codes of `neo4j-admin` that another try does not change: a wrong command line, a wrong input, a missing
/// permission (pods.md §1).
const PERMANENT_EXIT_CODES: [i32; 3] = [64, 70, 77];

/// Most rules that the API server takes in a `podFailurePolicy` (API reference, `PodFailurePolicy.rules`).
const MOST_RULES: usize = 20;

/// The Job; `at` is the JSON pointer of its spec in the object. Labels and annotations are those of the pods.
pub(super) fn spec(pod: &Pod<'_>, labels: Map, annotations: Map, at: &str, trace: &mut Trace) -> JobSpec {
    trace.note(format_args!("{at}/backoffLimit"), pod.fields.backoff_limit);
    let template = format!("{at}/template");
    metadata_fields(pod, &template, trace);
    JobSpec {
        backoff_limit: Some(pod.settings.backoff_limit),
        pod_failure_policy: Some(failure_policy(pod.steps)),
        template: pod::template(pod, labels, annotations, &template, trace),
        ..JobSpec::default()
    }
}

/// Notes the fields behind the labels and annotations of a person; `at` is the pointer of what has the metadata.
pub(super) fn metadata_fields(pod: &Pod<'_>, at: &str, trace: &mut Trace) {
    for key in pod.settings.labels.keys() {
        trace.note(format_args!("{at}/metadata/labels/{}", Token(key)), pod.fields.labels);
    }
    for key in pod.settings.annotations.keys() {
        trace.note(format_args!("{at}/metadata/annotations/{}", Token(key)), pod.fields.annotations);
    }
}

/// When a failed pod is not simply replaced: never for a disruption's sake, and the Job fails at once where a
/// second try cannot help or must not hide the first, as with a verification that found something.
fn failure_policy(steps: &[Step]) -> PodFailurePolicy {
    let mut rules = vec![PodFailurePolicyRule {
        action: "Ignore".to_owned(),
        on_exit_codes: None,
        on_pod_conditions: Some(vec![PodFailurePolicyOnPodConditionsPattern {
            status: "True".to_owned(),
            type_: "DisruptionTarget".to_owned(),
        }]),
    }];
    // A hook's own container gives these numbers a meaning of its own.
    if steps.iter().any(|step| step.foreign) {
        rules.extend(
            steps
                .iter()
                .filter(|step| !step.foreign)
                .map(|step| on_exit("FailJob", Some(step), "In", &PERMANENT_EXIT_CODES)),
        );
    } else {
        rules.push(on_exit("FailJob", None, "In", &PERMANENT_EXIT_CODES));
    }
    let verifications = steps.iter().filter(|step| step.verification);
    if rules.len() + verifications.clone().count() <= MOST_RULES {
        rules.extend(verifications.map(|step| on_exit("FailJob", Some(step), "NotIn", &[0])));
    } else {
        // The same decision with the few other steps named instead: rules are tried in order.
        let others = steps.iter().filter(|step| !step.verification);
        rules.extend(others.map(|step| on_exit("Count", Some(step), "NotIn", &[0])));
        rules.push(on_exit("FailJob", None, "NotIn", &[0]));
    }
    PodFailurePolicy { rules }
}

fn on_exit(action: &str, step: Option<&Step>, operator: &str, values: &[i32]) -> PodFailurePolicyRule {
    PodFailurePolicyRule {
        action: action.to_owned(),
        on_exit_codes: Some(PodFailurePolicyOnExitCodesRequirement {
            container_name: step.map(|step| step.name.clone()),
            operator: operator.to_owned(),
            values: values.to_vec(),
        }),
        on_pod_conditions: None,
    }
}

/// kube-linter's default checks that our Jobs fail for a reason, as the annotations by which it takes the reason
/// (peers.md §4.5).
pub(super) fn linter_annotations(pod: &Pod<'_>, kept_after_finish: bool) -> Map {
    let mut annotations = Map::new();
    let mut accept = |check: &str, reason: &str| {
        annotations.insert(format!("ignore-check.kube-linter.io/{check}"), reason.to_owned());
    };
    if kept_after_finish {
        accept("job-ttl-seconds-after-finished", "a Job that is gone is run again by the next apply or sync");
    }
    if pod.steps.iter().any(|step| step.foreign) {
        accept("no-read-only-root-fs", "the hook's own image may write to its root");
    }
    if !pod.service_account.create {
        accept("non-existent-service-account", "the account is made elsewhere");
    }
    annotations
}
