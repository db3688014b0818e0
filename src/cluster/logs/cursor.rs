//! Which log is to be shown next.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::Job;

use super::Shows;
use crate::cluster::runs::{Attempt, Run};

/// One step of one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Name of the pod.
    pub pod: String,
    /// Name of the container.
    pub step: String,
    /// Which attempt, counted from one.
    pub attempt: usize,
}

/// The names of the steps of a Job: the containers of its own template, in the order in which they run. Sidecars run
/// beside the steps and are none; what a webhook adds to the pods is not in the template.
#[must_use]
pub fn steps_of(job: &Job) -> Vec<String> {
    let Some(pod) = job.spec.as_ref().and_then(|spec| spec.template.spec.as_ref()) else { return Vec::new() };
    let initial = pod.init_containers.iter().flatten();
    initial
        .filter(|container| container.restart_policy.as_deref() != Some("Always"))
        .chain(&pod.containers)
        .map(|container| container.name.clone())
        .collect()
}

/// Walks through the steps of a run, pod by pod, in the order in which they run.
#[derive(Clone, Debug)]
pub struct Cursor {
    steps: Vec<String>,
    /// Pods that ended before anybody looked.
    left_out: BTreeSet<String>,
    done: BTreeSet<(String, String)>,
}

impl Cursor {
    /// Begins with the newest pod that there is, or with the first when all are wanted.
    #[must_use]
    pub fn new(run: &Run, shows: &Shows) -> Self {
        let earlier = if shows.all_attempts { 0 } else { run.attempts.len().saturating_sub(1) };
        let left_out = run.attempts.iter().take(earlier).map(|attempt| attempt.pod.clone()).collect();
        Self { steps: shows.steps.clone(), left_out, done: BTreeSet::new() }
    }

    /// The step whose log is to be followed now; `None` when there is none yet, or none any more.
    pub fn next(&mut self, run: &Run, run_is_over: bool) -> Option<Place> {
        for (index, attempt) in run.attempts.iter().enumerate() {
            if self.left_out.contains(&attempt.pod) {
                continue;
            }
            let newest = index + 1 == run.attempts.len();
            // What has not begun in a pod that has ended never will.
            let over = run_is_over || !newest || is_over(attempt);
            for name in &self.steps {
                let Some(step) = attempt.steps.iter().find(|step| step.name == *name) else { continue };
                let key = (attempt.pod.clone(), name.clone());
                if self.done.contains(&key) {
                    continue;
                }
                if step.state.has_begun() {
                    let attempt = index + 1 + run.lost_attempts;
                    return Some(Place { pod: key.0, step: key.1, attempt });
                }
                if !over {
                    return None;
                }
                self.done.insert(key);
            }
        }
        None
    }

    /// The log of a step was shown to its end, or is not to be had.
    pub fn done(&mut self, place: &Place) {
        self.done.insert((place.pod.clone(), place.step.clone()));
    }
}

fn is_over(attempt: &Attempt) -> bool {
    attempt.failed || attempt.phase == "Succeeded"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::runs;
    use jiff::Timestamp;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    fn job() -> Job {
        serde_json::from_value(json!({
            "metadata": {"name": "j", "namespace": "n", "uid": "u"},
            "spec": {"template": {"spec": {
                "initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "backup"}],
                "containers": [{"name": "inspect"}],
            }}},
        }))
        .unwrap()
    }

    fn status(name: &str, state: &str) -> Value {
        let state = match state {
            "waits" => json!({"waiting": {}}),
            "runs" => json!({"running": {}}),
            "done" => json!({"terminated": {"exitCode": 0}}),
            _ => json!({"terminated": {"exitCode": 1}}),
        };
        json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state})
    }

    fn pod(name: &str, phase: &str, second: u8, backup: &str, inspect: &str) -> Pod {
        serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "n", "creationTimestamp": format!("2026-01-01T00:00:0{second}Z"),
                         "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u"}]},
            "spec": {"initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "backup"}],
                     "containers": [{"name": "inspect"}, {"name": "injected"}]},
            "status": {"phase": phase,
                       "initContainerStatuses": [status("proxy", "runs"), status("backup", backup)],
                       "containerStatuses": [status("inspect", inspect), status("injected", inspect)]},
        }))
        .unwrap()
    }

    fn run(pods: &[Pod]) -> Run {
        runs::run(&job(), pods, [], Timestamp::UNIX_EPOCH)
    }

    fn shows(all_attempts: bool) -> Shows {
        Shows { steps: steps_of(&job()), all_attempts, ..Shows::default() }
    }

    fn named(place: Option<Place>) -> Option<(String, String, usize)> {
        place.map(|place| (place.pod, place.step, place.attempt))
    }

    fn expect(pod: &str, step: &str, attempt: usize) -> Option<(String, String, usize)> {
        Some((pod.to_owned(), step.to_owned(), attempt))
    }

    #[test]
    fn steps_are_the_templates_own_in_order() {
        assert_eq!(steps_of(&job()), ["backup", "inspect"]);
    }

    #[test]
    fn steps_come_as_they_begin_and_retries_after_them() {
        let nothing = run(&[]);
        let mut cursor = Cursor::new(&nothing, &shows(false));
        assert_eq!(named(cursor.next(&nothing, false)), None);
        let waiting = run(&[pod("a", "Pending", 1, "waits", "waits")]);
        assert_eq!(named(cursor.next(&waiting, false)), None);
        let running = run(&[pod("a", "Pending", 1, "runs", "waits")]);
        assert_eq!(named(cursor.next(&running, false)), expect("a", "backup", 1));
        let place = cursor.next(&running, false).unwrap();
        cursor.done(&place);
        assert_eq!(named(cursor.next(&running, false)), None);
        // The first attempt fails, so its second step is passed over.
        let again = run(&[pod("a", "Failed", 1, "fails", "waits"), pod("b", "Running", 2, "done", "runs")]);
        for step in ["backup", "inspect"] {
            let place = cursor.next(&again, false).unwrap();
            assert_eq!(named(Some(place.clone())), expect("b", step, 2));
            cursor.done(&place);
        }
        assert_eq!(named(cursor.next(&again, true)), None);
    }

    #[test]
    fn earlier_attempts_are_shown_only_when_asked_for() {
        let two = run(&[pod("a", "Failed", 1, "fails", "waits"), pod("b", "Running", 2, "done", "runs")]);
        assert_eq!(named(Cursor::new(&two, &shows(false)).next(&two, false)), expect("b", "backup", 2));
        assert_eq!(named(Cursor::new(&two, &shows(true)).next(&two, false)), expect("a", "backup", 1));
    }
}
