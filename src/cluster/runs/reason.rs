//! From what Kubernetes keeps of a Job and its pods to the one reason that matters.
//!
//! Messages are those of pods.md §3 and of Kubernetes 1.34's kubelet, scheduler and Job controller. Where a text of
//! theirs is not known here, it is shown as it is: a person can read it, and a wrong guess helps nobody.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod, PodCondition};

use super::cause::{Cause, Refusal};
use super::exit::{self, one_line};
use super::pod::{Attempt, Step, StepState};
use super::{Phase, condition};

/// Why a Job failed or does not get on.
pub(super) fn of_job(job: &Job, phase: Phase, attempts: &[Attempt], events: &[&Event]) -> Option<Cause> {
    if phase == Phase::Succeeded {
        return None;
    }
    let newest = attempts.iter().rev().find_map(|attempt| attempt.cause.clone());
    if phase == Phase::Suspended {
        return Some(Cause::Suspended);
    }
    if phase == Phase::Failed {
        let failed = condition(job, "Failed").or_else(|| condition(job, "FailureTarget"));
        let reason = failed.and_then(|condition| condition.reason.as_deref()).unwrap_or_default();
        let message = failed.and_then(|condition| condition.message.as_deref()).unwrap_or_default();
        if reason == "DeadlineExceeded" {
            // Its pods are gone, or about to be: what they waited for is what an event may still tell.
            let held_up_by = newest.or_else(|| refused(job, events)).filter(|cause| !cause.is_passing());
            return Some(Cause::Deadline {
                step: None,
                begun: true,
                held_up_by: held_up_by.map(Box::new),
                of_job: true,
            });
        }
        return newest
            .or_else(|| from_policy(message))
            .or_else(|| refused(job, events))
            .or_else(|| deleted(job, events))
            .or_else(|| Some(Cause::Gone { words: one_line(message) }));
    }
    // A new attempt that is well on its way is no failure, whatever became of those before.
    let well = attempts.last().is_some_and(|attempt| !attempt.failed && attempt.cause.is_none());
    if well {
        return None;
    }
    if attempts.is_empty() || newest.is_none() {
        if let Some(cause) = refused(job, events) {
            return Some(cause);
        }
        if job.metadata.deletion_timestamp.is_some() {
            return Some(Cause::Disrupted { what: "its Job is being deleted".to_owned() });
        }
    }
    newest
}

/// `Container backup for pod ns/x failed with exit code 64 matching FailJob rule at index 1`: what a Job still says
/// when its pods are gone (pods.md §3).
fn from_policy(message: &str) -> Option<Cause> {
    let step = message.strip_prefix("Container ")?.split(' ').next()?;
    let (_, rest) = message.split_once("failed with exit code ")?;
    let exit = rest.split(' ').next()?.parse().ok()?;
    Some(Cause::StepFailed { step: step.to_owned(), exit, command: None, words: String::new() })
}

/// A pod of the Job that was ended while it ran and is gone: only the kubelet's event is left. Pods of a Job are named
/// after it, with one more word.
fn deleted(job: &Job, events: &[&Event]) -> Option<Cause> {
    let name = job.metadata.name.as_deref()?;
    let of_job = |event: &&&Event| {
        let object = &event.involved_object;
        event.reason.as_deref() == Some("Killing")
            && object.kind.as_deref() == Some("Pod")
            && object
                .name
                .as_deref()
                .and_then(|pod| pod.rsplit_once('-'))
                .is_some_and(|(before, _)| before == name)
    };
    let began = job.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let event = events.iter().filter(of_job).max_by_key(|event| seen(event))?;
    // A Job of the same name may have been there before.
    (seen(event) >= began).then(|| Cause::Disrupted { what: "it was deleted while it ran".to_owned() })
}

/// The API server's refusal to make a pod: the Job has no condition then, only an event (pods.md §3).
fn refused(job: &Job, events: &[&Event]) -> Option<Cause> {
    let event =
        newest(events, "Job", job.metadata.name.as_deref(), job.metadata.uid.as_deref(), &["FailedCreate"])?;
    Some(refusal(event.message.as_deref().unwrap_or_default()))
}

/// What a refusal to make a pod or a Job means.
pub(in crate::cluster) fn refusal(message: &str) -> Cause {
    let words = message.strip_prefix("Error creating: ").unwrap_or(message);
    if words.contains("because it is being terminated") {
        return Cause::NamespaceGoing;
    }
    // `pods "nightly-backup-29" is forbidden: …`: the name of a pod that was never made says nothing.
    let words = words.split_once(" is forbidden: ").map_or(words, |(_, after)| after);
    let has = |text: &str| words.contains(text);
    let refusal = if has("violates PodSecurity") {
        Refusal::PodSecurity
    } else if has("exceeded quota") || has("failed quota") || has("must specify") {
        Refusal::Quota
    } else if has("error looking up service account") {
        Refusal::ServiceAccount
    } else if has("usage per") || has("limit to request ratio") {
        Refusal::LimitRange
    } else if has("webhook") || has("ValidatingAdmissionPolicy") {
        Refusal::Webhook
    } else {
        Refusal::Other
    };
    Cause::NoPod { refusal, words: one_line(words) }
}

/// Why a pod failed or does not get on.
pub(super) fn of_pod(pod: &Pod, steps: &[Step], events: &[&Event], _now: Timestamp) -> Option<Cause> {
    let status = pod.status.as_ref()?;
    let phase = status.phase.as_deref().unwrap_or_default();
    if phase == "Succeeded" {
        return None;
    }
    let reason = status.reason.as_deref().unwrap_or_default();
    let message = status.message.as_deref().unwrap_or_default();
    match reason {
        "Evicted" => return Some(Cause::Evicted { words: one_line(message) }),
        "DeadlineExceeded" => return Some(deadline(pod, steps, events)),
        "UnexpectedAdmissionError"
        | "NodeAffinity"
        | "OutOfcpu"
        | "OutOfmemory"
        | "OutOfpods"
        | "OutOfephemeral-storage" => return Some(Cause::Unschedulable { words: one_line(message) }),
        _ => {}
    }
    // A step that failed by itself says more than what was done to its pod afterwards.
    let by_itself = steps.iter().find_map(step_failure);
    if let Some(cause) = by_itself.clone().filter(|cause| !cause.is_passing()) {
        return Some(cause);
    }
    if let Some(disruption) = pod_condition(pod, "DisruptionTarget") {
        return Some(Cause::Disrupted { what: disruption_words(disruption) });
    }
    if matches!(reason, "NodeLost" | "NodeShutdown" | "Shutdown" | "Terminated" | "Preempting") {
        let words = if message.is_empty() { reason } else { message };
        return Some(Cause::Disrupted { what: one_line(words) });
    }
    if by_itself.is_some() {
        return by_itself;
    }
    if phase == "Failed" {
        let words =
            [reason, message].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        return Some(Cause::Gone { words: one_line(&words) });
    }
    if pod.metadata.deletion_timestamp.is_some() {
        return Some(Cause::Disrupted { what: "it is being deleted".to_owned() });
    }
    if phase == "Unknown" {
        return Some(Cause::Disrupted { what: "its node does not answer".to_owned() });
    }
    waiting(pod, steps, events)
}

fn step_failure(step: &Step) -> Option<Cause> {
    match &step.state {
        StepState::Ended { exit, reason, message, .. } if *exit != 0 => {
            Some(exit::cause(step, *exit, reason, message))
        }
        _ => None,
    }
}

/// `Pod was active on the node longer than the specified deadline`: which step took the time, or what it waited for.
/// Of a container that never began the kubelet then says `ContainerStatusUnknown`, and only events say why.
fn deadline(pod: &Pod, steps: &[Step], events: &[&Event]) -> Cause {
    let never_began = |step: &Step| match &step.state {
        StepState::Waiting { .. } => true,
        StepState::Ended { reason, started, .. } => reason == "ContainerStatusUnknown" && started.is_none(),
        StepState::Running { .. } => false,
    };
    let step = steps.iter().find(|step| !matches!(step.state, StepState::Ended { exit: 0, .. }));
    let begun = step.is_none_or(|step| !never_began(step));
    // A step that had begun ends with whatever code the signal gives it; it was the time that failed it.
    let held_up_by =
        if begun { None } else { waiting(pod, steps, events).or_else(|| held_up(pod, step, events)) };
    Cause::Deadline {
        step: step.map(|step| step.name.clone()),
        begun,
        held_up_by: held_up_by.map(Box::new),
        of_job: false,
    }
}

/// What the kubelet warned of while a step could not begin.
fn held_up(pod: &Pod, step: Option<&Step>, events: &[&Event]) -> Option<Cause> {
    let about = |event: &&&Event| {
        event.involved_object.kind.as_deref() == Some("Pod")
            && event.involved_object.name == pod.metadata.name
    };
    let mut about: Vec<&&Event> = events.iter().filter(about).collect();
    about.sort_by_key(|event| std::cmp::Reverse(seen(event)));
    about.into_iter().find_map(|event| {
        let message = event.message.as_deref().unwrap_or_default();
        match event.reason.as_deref()? {
            "Failed" | "InspectFailed" => match message.strip_prefix("Failed to pull image ") {
                Some(words) => Some(Cause::ImagePull {
                    image: step.map(|step| step.image.clone()).unwrap_or_default(),
                    words: pull_words("", words),
                }),
                None => missing(message),
            },
            "FailedMount" | "FailedAttachVolume" => {
                Some(missing(message).unwrap_or_else(|| Cause::VolumeNotMounted { words: one_line(message) }))
            }
            "FailedScheduling" => Some(scheduling(pod, message, events)),
            _ => None,
        }
    })
}

/// What a pod waits for that has not failed.
fn waiting(pod: &Pod, steps: &[Step], events: &[&Event]) -> Option<Cause> {
    for step in steps {
        if let StepState::Waiting { reason, message } = &step.state
            && let Some(cause) = waiting_step(step, reason, message)
        {
            return Some(cause);
        }
    }
    let name = pod.metadata.name.as_deref();
    let uid = pod.metadata.uid.as_deref();
    let scheduled = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    if !scheduled {
        let condition = pod.status.as_ref().and_then(|status| status.conditions.as_ref()).and_then(|all| {
            all.iter().find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
        });
        let message = condition.and_then(|condition| condition.message.clone()).or_else(|| {
            newest(events, "Pod", name, uid, &["FailedScheduling"]).and_then(|event| event.message.clone())
        });
        let message = message?;
        // The claim of a volume that lives as long as its pod is made a moment after the pod; a quota that forbids it
        // is told in an event of its own.
        if message.contains("waiting for ephemeral volume controller") {
            let event = newest(events, "Pod", name, uid, &["FailedBinding"])?;
            let words = one_line(event.message.as_deref().unwrap_or_default());
            return Some(Cause::VolumeNotMounted { words });
        }
        return Some(scheduling(pod, &message, events));
    }
    // What could not be mounted at first often can a moment later: once a step has begun, it is history.
    if steps.iter().any(|step| step.state.has_begun()) {
        return None;
    }
    let event =
        newest(events, "Pod", name, uid, &["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"])?;
    let message = event.message.as_deref().unwrap_or_default();
    if event.reason.as_deref() == Some("FailedCreatePodSandBox") {
        return Some(Cause::CannotStart {
            step: String::new(),
            reason: "FailedCreatePodSandBox".to_owned(),
            message: one_line(message),
        });
    }
    Some(missing(message).unwrap_or_else(|| Cause::VolumeNotMounted { words: one_line(message) }))
}

fn waiting_step(step: &Step, reason: &str, message: &str) -> Option<Cause> {
    match reason {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "RegistryUnavailable"
        | "ImageInspectError"
        | "SignatureValidationFailed" => {
            Some(Cause::ImagePull { image: step.image.clone(), words: pull_words(reason, message) })
        }
        "CreateContainerConfigError" => Some(missing(message).unwrap_or_else(|| Cause::CannotStart {
            step: step.name.clone(),
            reason: reason.to_owned(),
            message: exit::start_words(message),
        })),
        "CreateContainerError"
        | "RunContainerError"
        | "StartError"
        | "PreStartHookError"
        | "PostStartHookError"
        | "CrashLoopBackOff" => Some(Cause::CannotStart {
            step: step.name.clone(),
            reason: reason.to_owned(),
            message: exit::start_words(message),
        }),
        _ => None,
    }
}

/// The part of a pull's message that says why: `Back-off pulling image "x": ErrImagePull: … : not found`.
fn pull_words(reason: &str, message: &str) -> String {
    if message.is_empty() {
        return reason.to_owned();
    }
    let text = message.strip_prefix("Back-off pulling image ").unwrap_or(message);
    let text = text.split_once("ErrImagePull: ").map_or(text, |(_, after)| after);
    for (mark, words) in [
        ("not found", "there is no such image"),
        ("no such host", "the registry's name cannot be resolved"),
        ("unauthorized", "the registry wants credentials"),
        ("insufficient_scope", "the registry wants credentials, or there is no such image"),
        ("pull access denied", "the registry wants credentials, or there is no such image"),
        ("connection refused", "the registry cannot be reached"),
        ("network is unreachable", "the registry cannot be reached"),
        ("i/o timeout", "the registry cannot be reached"),
        ("couldn't parse image", "that is no name of an image"),
        ("invalid reference format", "that is no name of an image"),
    ] {
        if text.to_ascii_lowercase().contains(mark) {
            return words.to_owned();
        }
    }
    if reason == "InvalidImageName" { "that is no name of an image".to_owned() } else { one_line(text) }
}

/// A Secret, a ConfigMap or a key that is not there, from the kubelet's words: `secret "x" not found`, `couldn't find
/// key k in Secret ns/x`, `references non-existent secret key: k`.
fn missing(message: &str) -> Option<Cause> {
    if let Some((_, rest)) = message.split_once("couldn't find key ") {
        let mut words = rest.split_whitespace();
        let key = words.next()?.to_owned();
        let kind = words.nth(1)?;
        let name = words.next()?.rsplit('/').next()?.trim_matches(['"', '.', ',']).to_owned();
        return match kind {
            "Secret" => Some(Cause::SecretKeyMissing { secret: name, key }),
            "ConfigMap" => Some(Cause::ConfigMapMissing { config_map: name, key: Some(key) }),
            _ => None,
        };
    }
    if let Some((_, key)) = message.split_once("references non-existent secret key: ") {
        let key = key.split_whitespace().next()?.to_owned();
        return Some(Cause::SecretKeyMissing { secret: String::new(), key });
    }
    let quoted = |kind: &str| {
        let (_, rest) = message.split_once(&format!("{kind} \""))?;
        let (name, after) = rest.split_once('"')?;
        after.starts_with(" not found").then(|| name.to_owned())
    };
    if let Some(secret) = quoted("secret") {
        return Some(Cause::SecretMissing { secret });
    }
    quoted("configmap").map(|config_map| Cause::ConfigMapMissing { config_map, key: None })
}

/// What keeps a pod from being placed on a node.
fn scheduling(pod: &Pod, message: &str, events: &[&Event]) -> Cause {
    if let Some((_, rest)) = message.split_once("persistentvolumeclaim \"")
        && let Some((claim, after)) = rest.split_once('"')
        && after.starts_with(" not found")
    {
        return Cause::ClaimMissing { claim: claim.to_owned() };
    }
    let unbound = [
        "unbound immediate PersistentVolumeClaims",
        "didn't find available persistent volumes to bind",
        "unbound PersistentVolumeClaims",
        "is being deleted",
        "waiting for first consumer",
    ];
    if unbound.iter().any(|text| message.contains(text)) {
        let mut claims = super::pod::claims(pod);
        let told = |claim: &String| {
            newest(
                events,
                "PersistentVolumeClaim",
                Some(claim),
                None,
                &["ProvisioningFailed", "FailedBinding"],
            )
        };
        // Where one of several claims has an event, it is that one.
        let mut words = String::new();
        if let Some((index, event)) = claims.iter().enumerate().find_map(|(i, claim)| Some((i, told(claim)?)))
        {
            words = one_line(event.message.as_deref().unwrap_or_default());
            claims = claims.get(index).cloned().into_iter().collect();
        }
        if words.is_empty() && message.contains("didn't find available") {
            words = "no free volume fits it".to_owned();
        }
        return Cause::ClaimUnbound { claims, words };
    }
    let words = [" preemption: ", ". no new claims to deallocate"]
        .into_iter()
        .fold(message, |words, mark| words.split(mark).next().unwrap_or(words));
    let words = words.split_once(" nodes are available: ").map_or(words, |(_, after)| after);
    Cause::Unschedulable { words: one_line(words) }
}

fn pod_condition<'p>(pod: &'p Pod, kind: &str) -> Option<&'p PodCondition> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind && condition.status == "True")
}

fn disruption_words(condition: &PodCondition) -> String {
    let reason = condition.reason.as_deref().unwrap_or_default();
    let known = match reason {
        "EvictionByEvictionAPI" => "its node was drained, or something else evicted it",
        "PreemptionByScheduler" => "a pod of higher priority needed its place",
        "DeletionByTaintManager" => "its node got a taint that it does not tolerate, or was lost",
        "DeletionByPodGC" => "its node is gone",
        "TerminationByKubelet" => "its node was shut down or short of something",
        _ => "",
    };
    if known.is_empty() { one_line(condition.message.as_deref().unwrap_or(reason)) } else { known.to_owned() }
}

/// The newest event about an object that has one of some reasons.
fn newest<'e>(
    events: &[&'e Event],
    kind: &str,
    name: Option<&str>,
    uid: Option<&str>,
    reasons: &[&str],
) -> Option<&'e Event> {
    let about = |event: &&&Event| {
        let object = &event.involved_object;
        object.kind.as_deref() == Some(kind)
            && object.name.as_deref() == name
            // An older object of the same name is another one.
            && (uid.is_none() || object.uid.is_none() || object.uid.as_deref() == uid)
            && event.reason.as_deref().is_some_and(|reason| reasons.contains(&reason))
    };
    events.iter().filter(about).max_by_key(|event| seen(event)).copied()
}

/// When an event was last seen.
pub(in crate::cluster) fn seen(event: &Event) -> Option<Timestamp> {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
    series
        .or(event.event_time.as_ref())
        .map(|time| time.0)
        .max(event.last_timestamp.as_ref().map(|time| time.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|time| time.0))
}
