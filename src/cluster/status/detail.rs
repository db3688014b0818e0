//! One spec in full: its runs, their steps, why they failed and what to do next.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Entry, age};
use crate::cluster::runs::{Attempt, Run, Step, StepState, Trigger};

/// The whole text, with a line break at its end.
#[must_use]
pub fn detail(entry: &Entry, now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:<15}{}", format!("{name}:"), crate::diagnostics::visible_line(value));
    };
    line("Name", &entry.key.name);
    line("Namespace", &entry.key.namespace);
    line("Kind", entry.key.kind.as_str());
    line("Object", entry.object.as_deref().unwrap_or("none"));
    if let Some(target) = &entry.target {
        line("Target", target);
    }
    line("State", entry.state.as_str());
    if !entry.reason.is_empty() {
        line("Reason", &entry.reason);
    }
    match &entry.schedule {
        Some(schedule) => {
            let words = schedule.words.as_deref().unwrap_or("cannot be read");
            line("Schedule", &format!("{words} ({}, {})", schedule.expression, schedule.time_zone));
            let next = schedule.next.map(|next| age::moment(next, now));
            line("Next run", next.as_deref().unwrap_or("none"));
        }
        None => line("Schedule", "once"),
    }
    if let Some(suspension) = &entry.suspended {
        line("Suspended", suspension.words(now).trim_start_matches("suspended "));
    }
    match &entry.last_success {
        Some(success) => {
            let run = success.run.as_ref().map(|run| format!(", job/{run}")).unwrap_or_default();
            line("Last success", &format!("{}{run}", age::moment(success.at, now)));
        }
        None => line("Last success", "none that is known"),
    }
    if let Some(failure) = &entry.last_failure {
        let at = failure.at.map(|at| format!("{}, ", age::moment(at, now))).unwrap_or_default();
        line("Last failure", &format!("{at}job/{}", failure.run));
    }
    if let Some(missed) = &entry.missed {
        line("Missed", &missed.words(now));
    }
    match entry.drift.as_deref() {
        Some([]) => line("File", "the same as in the cluster"),
        Some(fields) => line("File", &format!("differs in {}", fields.join(", "))),
        None => {}
    }
    if entry.runs.is_empty() {
        text.push_str("\nNo run is kept.\n");
    } else {
        text.push_str("\nRuns, the newest first:\n");
        for run in &entry.runs {
            write_run(&mut text, run, now);
        }
    }
    text
}

fn write_run(text: &mut String, run: &Run, now: Timestamp) {
    let trigger = match run.trigger {
        Trigger::Scheduled(Some(at)) => format!("scheduled for {}", at.strftime("%Y-%m-%d %H:%M:%SZ")),
        Trigger::Scheduled(None) => "scheduled".to_owned(),
        Trigger::Manual => "started by hand".to_owned(),
        Trigger::OneShot => "applied by itself".to_owned(),
    };
    let time = match (run.began(), run.finished) {
        (Some(began), Some(finished)) => format!(
            ", ended {} after {}",
            age::ago(finished, now),
            age::short(finished.duration_since(began))
        ),
        (Some(began), None) => format!(", began {}", age::ago(began, now)),
        _ => String::new(),
    };
    let _ = writeln!(text, "  {}  {}, {trigger}{time}", run.name, run.phase.as_str());
    if run.lost_attempts > 0 {
        let pods = if run.lost_attempts == 1 {
            "1 pod that failed is"
        } else {
            &format!("{} pods that failed are", run.lost_attempts)
        };
        let _ = writeln!(text, "    {pods} gone");
    }
    for (index, attempt) in run.attempts.iter().enumerate() {
        write_attempt(text, index + 1 + run.lost_attempts, attempt);
    }
    if let Some(cause) = &run.cause {
        let _ = writeln!(text, "    {}: {cause}", cause.definition().code);
        let _ = writeln!(text, "    next: {}", cause.next_step());
    }
}

fn write_attempt(text: &mut String, number: usize, attempt: &Attempt) {
    let node = attempt.node.as_ref().map(|node| format!(" on {node}")).unwrap_or_default();
    let deleting = if attempt.deleting { ", being deleted" } else { "" };
    let _ = writeln!(text, "    attempt {number}, pod {}{node}, {}{deleting}", attempt.pod, attempt.phase);
    let width = attempt.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
    for step in &attempt.steps {
        let _ = writeln!(text, "      {:<width$}  {}", step.name, step_words(step));
    }
}

fn step_words(step: &Step) -> String {
    match &step.state {
        StepState::Waiting { reason, .. } if reason.is_empty() || reason == "PodInitializing" => {
            "not begun".to_owned()
        }
        StepState::Waiting { reason, .. } => format!("waits: {reason}"),
        StepState::Running { since: Some(since) } => format!("running since {}", since.strftime("%H:%M:%SZ")),
        StepState::Running { since: None } => "running".to_owned(),
        StepState::Ended { exit, reason, started, finished, .. } => {
            let took = match (started, finished) {
                (Some(started), Some(finished)) => {
                    format!(" after {}", age::short(finished.duration_since(*started)))
                }
                _ => String::new(),
            };
            let reason = if matches!(reason.as_str(), "" | "Completed" | "Error") {
                String::new()
            } else {
                format!(" ({reason})")
            };
            format!("ended with {exit}{reason}{took}")
        }
    }
}
