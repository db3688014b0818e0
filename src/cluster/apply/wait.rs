//! Waiting until what was applied can be used.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use k8s_openapi::Resource as _;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

use super::execute::has_condition;
use crate::cluster::Connection;
use crate::cluster::applyset::is_running;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::kind::Kind;
use crate::cluster::object::{Reference, concurrently};

/// How the waiting ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// What failed, and how.
    pub failed: Vec<(Reference, String)>,
    /// What was not there in time, and where it stands.
    pub late: Vec<(Reference, String)>,
}

/// Where an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// It can be used; the words say in what sense.
    Ready(&'static str),
    /// Not yet.
    Pending(String),
    /// Never.
    Failed(String),
}

/// Waits until all objects can be used, have failed, or the time is over: claims are bound, unless their class binds
/// them to the first pod; Jobs have ended. `tell` hears of every change of state.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn wait(
    connection: &Connection,
    objects: Vec<Reference>,
    timeout: Option<Duration>,
    mut tell: impl FnMut(&Reference, &str),
) -> Result<Ended> {
    let began = Instant::now();
    let mut ended = Ended::default();
    let mut pending: Vec<Reference> = objects
        .into_iter()
        .filter(|reference| matches!(reference.kind, Kind::PersistentVolumeClaim | Kind::Job))
        .collect();
    let mut told: BTreeMap<Reference, String> = BTreeMap::new();
    let mut pause = Duration::from_millis(200);
    loop {
        let states = concurrently(std::mem::take(&mut pending), |reference| async move {
            let state = state(connection, &reference).await?;
            Ok((reference, state))
        })
        .await?;
        let mut late = Vec::new();
        for (reference, state) in states {
            let words = match &state {
                State::Ready(words) => (*words).to_owned(),
                State::Pending(words) | State::Failed(words) => words.clone(),
            };
            if told.insert(reference.clone(), words.clone()).as_ref() != Some(&words) {
                tell(&reference, &words);
            }
            match state {
                State::Ready(_) => {}
                State::Failed(words) => ended.failed.push((reference, words)),
                State::Pending(words) => late.push((reference, words)),
            }
        }
        if late.is_empty() {
            return Ok(ended);
        }
        if timeout.is_some_and(|timeout| began.elapsed() + pause > timeout) {
            ended.late = late;
            return Ok(ended);
        }
        pending = late.into_iter().map(|(reference, _)| reference).collect();
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(3));
    }
}

async fn state(connection: &Connection, reference: &Reference) -> Result<State> {
    let Some(object) = connection.get(reference).await? else {
        return Ok(State::Failed("it was deleted".to_owned()));
    };
    match reference.kind {
        Kind::Job => Ok(job(&object)),
        Kind::PersistentVolumeClaim => {
            let state = claim(&object);
            match object.data.pointer("/spec/storageClassName").and_then(Value::as_str) {
                Some(class) if matches!(state, State::Pending(_)) => {
                    Ok(if waits_for_a_pod(connection, class).await? {
                        State::Ready("bound when its first pod comes")
                    } else {
                        state
                    })
                }
                _ => Ok(state),
            }
        }
        _ => Ok(State::Ready("there")),
    }
}

fn job(job: &DynamicObject) -> State {
    if has_condition(job, "Failed") {
        return State::Failed(format!("failed: {}", failure(job)));
    }
    if has_condition(job, "Complete") {
        return State::Ready("complete");
    }
    if job.data.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true) {
        return State::Ready("suspended");
    }
    let count =
        |name: &str| job.data.pointer(&format!("/status/{name}")).and_then(Value::as_u64).unwrap_or(0);
    let words = match (is_running(job), count("active"), count("ready"), count("failed")) {
        (false, ..) => "ending".to_owned(),
        (_, 0, _, 0) => "waiting for its pod".to_owned(),
        (_, _, 0, 0) => "its pod is starting".to_owned(),
        (_, _, _, 0) => "running".to_owned(),
        (_, _, _, failed) => format!("running again after {failed} failed"),
    };
    State::Pending(words)
}

/// The reason that the failed condition gives.
fn failure(job: &DynamicObject) -> String {
    let conditions = job.data.pointer("/status/conditions").and_then(Value::as_array);
    let failed = conditions.into_iter().flatten().find(|condition| {
        condition.get("type").and_then(Value::as_str) == Some("Failed")
            && condition.get("status").and_then(Value::as_str) == Some("True")
    });
    let text = |key: &str| {
        failed.and_then(|condition| condition.get(key)).and_then(Value::as_str).unwrap_or_default()
    };
    match (text("reason"), text("message")) {
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

fn claim(claim: &DynamicObject) -> State {
    match claim.data.pointer("/status/phase").and_then(Value::as_str) {
        Some("Bound") => State::Ready("bound"),
        Some("Lost") => State::Failed("its volume is lost".to_owned()),
        _ => State::Pending("not bound yet".to_owned()),
    }
}

/// Whether claims of a class are bound only when a pod uses them. Who may not read classes is taken to have such a
/// one: waiting for it would never end.
async fn waits_for_a_pod(connection: &Connection, class: &str) -> Result<bool> {
    let kind = GroupVersionKind::gvk(StorageClass::GROUP, StorageClass::VERSION, StorageClass::KIND);
    let resource = ApiResource::from_gvk_with_plural(&kind, StorageClass::URL_PATH_SEGMENT);
    let found = connection
        .api(&resource, "")
        .get_opt(class)
        .await
        .map_err(|error| connection.error(error, "the storage class"));
    match found {
        Ok(class) => Ok(class.is_some_and(|class| {
            class.data.get("volumeBindingMode").and_then(Value::as_str) == Some("WaitForFirstConsumer")
        })),
        Err(ClusterError::Forbidden { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(more: Value) -> DynamicObject {
        let mut value = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}});
        for (key, item) in more.as_object().unwrap() {
            value[key] = item.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_job_that_failed_is_seen_and_not_waited_for() {
        let state = |status: Value| job(&object(json!({"status": status})));
        assert_eq!(
            state(json!({"conditions": [{"type": "Failed", "status": "True",
                "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}]})),
            State::Failed(
                "failed: BackoffLimitExceeded: Job has reached the specified backoff limit".to_owned()
            )
        );
        assert_eq!(
            state(json!({"conditions": [{"type": "Complete", "status": "True"}]})),
            State::Ready("complete")
        );
        assert_eq!(state(json!({"active": 1})), State::Pending("its pod is starting".to_owned()));
        assert_eq!(state(json!({"active": 1, "ready": 1})), State::Pending("running".to_owned()));
        assert_eq!(
            state(json!({"active": 1, "failed": 1})),
            State::Pending("running again after 1 failed".to_owned())
        );
        assert_eq!(job(&object(json!({"spec": {"suspend": true}}))), State::Ready("suspended"));
    }

    #[test]
    fn a_claim_is_bound_or_lost_or_neither() {
        let state = |phase: &str| claim(&object(json!({"status": {"phase": phase}})));
        assert_eq!(state("Bound"), State::Ready("bound"));
        assert_eq!(state("Lost"), State::Failed("its volume is lost".to_owned()));
        assert_eq!(state("Pending"), State::Pending("not bound yet".to_owned()));
    }
}
