//! Pods of a run: which steps they have and what became of each.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Container, ContainerState, ContainerStatus, Event, Pod};
use serde::Serialize;

use super::cause::Cause;
use super::{exit, reason};
use crate::neo4j::admin::Command;

/// One pod of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Name of the pod.
    pub pod: String,
    /// The node, once there is one.
    pub node: Option<String>,
    /// Phase of the pod: `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Whether it has failed.
    pub failed: bool,
    /// Whether somebody has asked for its deletion.
    pub deleting: bool,
    /// When the pod was made.
    pub created: Option<Timestamp>,
    /// Its containers in the order in which they run.
    pub steps: Vec<Step>,
    /// Why it failed or does not get on.
    pub cause: Option<Cause>,
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Name of the container.
    pub name: String,
    /// Its image.
    pub image: String,
    /// What it runs of `neo4j-admin`, when it runs that.
    #[serde(skip)]
    pub command: Option<Command>,
    /// What became of it.
    #[serde(flatten)]
    pub state: StepState,
}

/// What became of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum StepState {
    /// It has not begun; reason and message are those of the kubelet, and empty when there is none yet.
    Waiting {
        /// `PodInitializing`, `ImagePullBackOff`, …
        reason: String,
        /// Free text.
        message: String,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It has ended.
    Ended {
        /// Exit code.
        exit: i32,
        /// `Completed`, `Error`, `OOMKilled`, …
        reason: String,
        /// The termination message: the end of the log, where the step failed. Credentials in it are taken out.
        message: String,
        /// When it began.
        started: Option<Timestamp>,
        /// When it ended.
        finished: Option<Timestamp>,
    },
}

impl StepState {
    /// Whether the step has begun.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        !matches!(self, Self::Waiting { .. })
    }

    /// The exit code, when it has failed.
    #[must_use]
    pub const fn failure(&self) -> Option<i32> {
        match self {
            Self::Ended { exit, .. } if *exit != 0 => Some(*exit),
            _ => None,
        }
    }
}

impl Attempt {
    pub(super) fn of(pod: &Pod, events: &[&Event], now: Timestamp) -> Self {
        let status = pod.status.as_ref();
        let phase = status.and_then(|status| status.phase.clone()).unwrap_or_else(|| "Pending".to_owned());
        let steps = steps(pod);
        let cause = reason::of_pod(pod, &steps, events, now);
        Self {
            pod: pod.metadata.name.clone().unwrap_or_default(),
            node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
            failed: phase == "Failed",
            deleting: pod.metadata.deletion_timestamp.is_some(),
            created: super::created(pod),
            phase,
            steps,
            cause,
        }
    }
}

/// Whether a pod was made for a Job: by owner, or by label where the Job has no uid.
pub(super) fn belongs_to(pod: &Pod, job: &Job) -> bool {
    if pod.metadata.namespace != job.metadata.namespace {
        return false;
    }
    let owner = pod.metadata.owner_references.iter().flatten().find(|owner| owner.kind == "Job");
    match (owner, &job.metadata.uid) {
        (Some(owner), Some(uid)) => owner.uid == *uid,
        (Some(owner), None) => Some(&owner.name) == job.metadata.name.as_ref(),
        (None, _) => {
            let labels = pod.metadata.labels.as_ref();
            let label = labels.and_then(|labels| labels.get("batch.kubernetes.io/job-name"));
            label.is_some() && label == job.metadata.name.as_ref()
        }
    }
}

fn steps(pod: &Pod) -> Vec<Step> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_deref()).unwrap_or_default();
    let main = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    let initial = spec.init_containers.iter().flatten().map(|container| step(container, init));
    initial.chain(spec.containers.iter().map(|container| step(container, main))).collect()
}

fn step(container: &Container, statuses: &[ContainerStatus]) -> Step {
    let status = statuses.iter().find(|status| status.name == container.name);
    let state = status.and_then(|status| status.state.as_ref());
    let last = status.and_then(|status| status.last_state.as_ref());
    Step {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        command: exit::command(container),
        state: state_of(state, last),
    }
}

fn state_of(state: Option<&ContainerState>, last: Option<&ContainerState>) -> StepState {
    let Some(state) = state else {
        return StepState::Waiting { reason: String::new(), message: String::new() };
    };
    if let Some(running) = &state.running {
        return StepState::Running { since: running.started_at.as_ref().map(|time| time.0) };
    }
    // A container that waits to be started again has failed before, and how is what matters.
    let ended = state.terminated.as_ref().or_else(|| last.and_then(|last| last.terminated.as_ref()));
    if let Some(ended) = ended {
        return StepState::Ended {
            exit: ended.exit_code,
            reason: ended.reason.clone().unwrap_or_default(),
            message: super::scrub::scrub(ended.message.as_deref().unwrap_or_default()).into_owned(),
            started: ended.started_at.as_ref().map(|time| time.0),
            finished: ended.finished_at.as_ref().map(|time| time.0),
        };
    }
    let waiting = state.waiting.clone().unwrap_or_default();
    StepState::Waiting {
        reason: waiting.reason.unwrap_or_default(),
        message: super::scrub::scrub(&waiting.message.unwrap_or_default()).into_owned(),
    }
}

/// Names of the claims that a pod mounts, those that are made for it alone included.
pub(super) fn claims(pod: &Pod) -> Vec<String> {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref());
    let claims = volumes.into_iter().flatten().filter_map(|volume| {
        let own = volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone());
        // A generic ephemeral volume's claim is named after pod and volume.
        let made = volume
            .ephemeral
            .as_ref()
            .and_then(|_| Some(format!("{}-{}", pod.metadata.name.as_ref()?, volume.name)));
        own.or(made)
    });
    claims.collect()
}
