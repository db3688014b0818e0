//! Logs of a run: its steps in the order in which they run, over all its pods if that is wanted.
//!
//! A step is a container, init containers first (DESIGN.md, "What a backup becomes"). Every line is asked for with its
//! time, which the container runtime wrote, so that a connection that was cut is taken up where it stopped
//! ([`resume`]). Lines pass the same filter for credentials as everything else that we quote (DESIGN.md law 6).

mod cursor;
mod read;
pub mod resume;

pub use cursor::{Cursor, Place, steps_of};
pub use read::follow;

use std::time::Duration;

use jiff::Timestamp;

use super::Connection;
use super::attend::{AttendError, Audience};
use super::runs::Run;

/// What is to be shown of a run.
#[derive(Clone, Debug, Default)]
pub struct Shows {
    /// The names of the steps, in order; containers of a pod that somebody else put in are none.
    pub steps: Vec<String>,
    /// All pods of the run, not the newest alone.
    pub all_attempts: bool,
    /// From when on.
    pub since: Since,
    /// Lines of each step, from its end.
    pub tail: Option<i64>,
}

/// From when on lines are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// From the beginning.
    #[default]
    Beginning,
    /// This long ago, by the node's clock.
    Ago(Duration),
    /// From this instant on.
    At(Timestamp),
}

/// A line of a log, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The step.
    pub step: &'a str,
    /// Which attempt, counted from one.
    pub attempt: usize,
    /// When the container runtime took it.
    pub at: Option<Timestamp>,
    /// The text; credentials are taken out.
    pub text: &'a str,
}

/// What was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Steps whose log was there, empty or not.
    pub steps: usize,
    /// Steps that never began, or whose pod or container is gone, with the reason.
    pub missing: Vec<String>,
}

/// Shows what there is of a run now.
///
/// # Errors
///
/// When the server refuses or fails, and when nobody listens any more.
pub async fn show(
    connection: &Connection,
    run: &Run,
    shows: &Shows,
    audience: &mut dyn Audience,
) -> Result<Shown, AttendError> {
    let mut shown = Shown::default();
    let first = if shows.all_attempts { 0 } else { run.attempts.len().saturating_sub(1) };
    for (index, attempt) in run.attempts.iter().enumerate().skip(first) {
        for step in attempt.steps.iter().filter(|step| shows.steps.contains(&step.name)) {
            if !step.state.has_begun() {
                shown.missing.push(format!("step {} of pod {} has not begun", step.name, attempt.pod));
                continue;
            }
            let place = Place {
                pod: attempt.pod.clone(),
                step: step.name.clone(),
                attempt: index + 1 + run.lost_attempts,
            };
            match read::once(connection, &run.namespace, &place, shows, audience).await? {
                None => shown.steps += 1,
                Some(reason) => shown.missing.push(reason),
            }
        }
    }
    Ok(shown)
}
