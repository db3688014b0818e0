//! What is new about a run since it was last looked at, in lines for a person.

use crate::cluster::runs::{Attempt, Phase, Run, Step, StepState};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A step got on; of less interest when its log is shown.
    Step(String),
    /// Anything else.
    Event(String),
}

/// What is new. Without a `before` only what is out of the ordinary counts as news.
pub(super) fn news(before: Option<&Run>, now: &Run) -> Vec<Piece> {
    let mut news = Vec::new();
    let known =
        |attempt: &Attempt| before.and_then(|run| run.attempts.iter().find(|known| known.pod == attempt.pod));
    for (index, attempt) in now.attempts.iter().enumerate() {
        let old = known(attempt);
        let number = index + 1 + now.lost_attempts;
        if old.is_none() && number > 1 && before.is_some() {
            news.push(Piece::Event(format!("attempt {number} begins in pod {}", attempt.pod)));
        }
        for (position, step) in attempt.steps.iter().enumerate() {
            let was = old.and_then(|old| old.steps.get(position)).map(|step| &step.state);
            if let Some(text) = step_news(was, step) {
                news.push(Piece::Step(text));
            }
        }
        if attempt.failed
            && !old.is_some_and(|old| old.failed)
            && !now.phase.is_over()
            && let Some(cause) = &attempt.cause
        {
            news.push(Piece::Event(format!("attempt {number} failed: {cause}")));
        }
    }
    if now.phase == Phase::Suspended && before.is_none_or(|before| before.phase != Phase::Suspended) {
        news.push(Piece::Event("the Job is suspended and does not get on".to_owned()));
    }
    let old_cause = before.and_then(|before| before.cause.as_ref());
    let of_attempt =
        |cause| now.attempts.iter().any(|attempt| attempt.failed && attempt.cause.as_ref() == Some(cause));
    if let Some(cause) = &now.cause
        && !now.phase.is_over()
        && now.phase != Phase::Suspended
        && old_cause.map(ToString::to_string) != Some(cause.to_string())
        && !of_attempt(cause)
    {
        news.push(Piece::Event(format!("it does not get on: {cause}; {}", cause.next_step())));
    }
    news
}

fn step_news(was: Option<&StepState>, step: &Step) -> Option<String> {
    let name = &step.name;
    match (was, &step.state) {
        (Some(StepState::Ended { .. }), _) | (_, StepState::Waiting { .. }) => None,
        (Some(StepState::Running { .. }), StepState::Running { .. }) => None,
        (_, StepState::Running { .. }) => Some(format!("step {name} runs")),
        (_, StepState::Ended { exit: 0, started, finished, .. }) => {
            let took =
                started.zip(*finished).map(|(started, finished)| finished.duration_since(started).as_secs());
            Some(match took {
                Some(seconds) => format!("step {name} is done after {seconds} s"),
                None => format!("step {name} is done"),
            })
        }
        (_, StepState::Ended { exit, .. }) => Some(format!("step {name} ended with exit code {exit}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::runs;
    use jiff::Timestamp;
    use k8s_openapi::api::batch::v1::Job;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    fn run(pods: &[Value], conditions: &Value) -> Run {
        let job: Job = serde_json::from_value(json!({
            "metadata": {"name": "j", "namespace": "n", "uid": "u"},
            "spec": {"template": {}},
            "status": {"conditions": conditions},
        }))
        .unwrap();
        let pods: Vec<Pod> = pods.iter().map(|pod| serde_json::from_value(pod.clone()).unwrap()).collect();
        runs::run(&job, &pods, [], Timestamp::UNIX_EPOCH)
    }

    fn pod(name: &str, phase: &str, created: u8, state: &Value) -> Value {
        json!({
            "metadata": {"name": name, "namespace": "n", "creationTimestamp": format!("2026-01-01T00:00:0{created}Z"),
                         "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u"}]},
            "spec": {"containers": [{"name": "backup", "image": "i"}]},
            "status": {"phase": phase, "containerStatuses": [{"name": "backup", "image": "i", "imageID": "",
                       "ready": false, "restartCount": 0, "state": state}]},
        })
    }

    fn texts(news: Vec<Piece>) -> Vec<String> {
        news.into_iter()
            .map(|piece| match piece {
                Piece::Step(text) | Piece::Event(text) => text,
            })
            .collect()
    }

    #[test]
    fn each_thing_is_told_once() {
        let waiting = json!({"waiting": {"reason": "ContainerCreating"}});
        let running = json!({"running": {"startedAt": "2026-01-01T00:00:02Z"}});
        let failed = json!({"terminated": {"exitCode": 1, "reason": "Error", "message": "No luck",
            "startedAt": "2026-01-01T00:00:02Z", "finishedAt": "2026-01-01T00:00:05Z"}});
        let done = json!({"terminated": {"exitCode": 0, "reason": "Completed",
            "startedAt": "2026-01-01T00:00:06Z", "finishedAt": "2026-01-01T00:00:08Z"}});
        let states = [
            run(&[], &json!([])),
            run(&[pod("a", "Pending", 1, &waiting)], &json!([])),
            run(&[pod("a", "Running", 1, &running)], &json!([])),
            run(&[pod("a", "Running", 1, &running)], &json!([])),
            run(&[pod("a", "Failed", 1, &failed)], &json!([])),
            run(&[pod("a", "Failed", 1, &failed), pod("b", "Pending", 2, &waiting)], &json!([])),
            run(
                &[pod("a", "Failed", 1, &failed), pod("b", "Succeeded", 2, &done)],
                &json!([{"type": "Complete", "status": "True"}]),
            ),
        ];
        let mut told = Vec::new();
        let mut before = None;
        for state in &states {
            told.extend(texts(news(before, state)));
            before = Some(state);
        }
        assert_eq!(
            told,
            [
                "step backup runs",
                "step backup ended with exit code 1",
                "attempt 1 failed: step backup ended with exit code 1: No luck",
                "attempt 2 begins in pod b",
                "step backup is done after 2 s",
            ]
        );
    }
}
