//! Following one run to its end: what becomes of its Job and its pods, through cut connections and a server that is
//! away for a while.
//!
//! Two watches go on side by side, that of the Job and that of its pods; each begins again where it stopped, or with
//! a new list when the server does not know that point any more. What a person is told is made of the same [`Run`]
//! that `status` shows.

mod news;
mod observer;

pub use observer::{Observer, Presence};

use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use tokio::time::Instant;

use super::ClusterError;
use super::logs::{self, Line};
use super::runs::{Phase, Run};

/// Who listens. Nothing here writes anywhere by itself.
pub trait Audience {
    /// Something that happened, for everybody.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn remark(&mut self, text: &str) -> std::io::Result<()>;

    /// Something for those who asked for more.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn detail(&mut self, text: &str) -> std::io::Result<()>;

    /// A line of a log.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn line(&mut self, line: &Line<'_>) -> std::io::Result<()>;

    /// Nothing more comes for now.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn pause(&mut self) -> std::io::Result<()>;
}

/// Why following ended before the run did.
#[derive(Debug, thiserror::Error)]
pub enum AttendError {
    /// The server, or the way to it.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Nobody listens any more.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All steps did what they should.
    Succeeded,
    /// It failed for good.
    Failed,
    /// Somebody deleted the Job before its end.
    Deleted,
    /// The Job went while the server could not be seen; how it ended, if it did, nobody knows.
    Lost,
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How.
    pub end: End,
    /// Everything that is known of it.
    pub run: Run,
    /// The Job as it was last seen.
    pub job: Job,
}

/// Time in which a Job that is decided gets its last condition: its pods have to end first, and a node that is away
/// would keep a person waiting for ever.
const GRACE: Duration = Duration::from_secs(30);

/// Follows a run to its end, and with `shows` tells the logs of its steps on the way.
///
/// # Errors
///
/// When there is no such Job, when the server refuses or stays away, and when nobody listens any more.
pub async fn attend(
    observer: &mut Observer,
    shows: Option<&logs::Shows>,
    audience: &mut dyn Audience,
) -> Result<Ended, AttendError> {
    observer.begin().await?;
    let mut before: Option<Run> = None;
    let mut decided: Option<Instant> = None;
    let mut cursor = shows.map(|shows| logs::Cursor::new(&observer.run(), shows));
    audience.detail(&format!("waiting for Complete or Failed of {}", observer.subject()))?;
    loop {
        let run = observer.run();
        for text in observer.take_notes() {
            audience.remark(&text)?;
        }
        for piece in news::news(before.as_ref(), &run) {
            match piece {
                news::Piece::Step(text) if shows.is_some() => audience.detail(&text)?,
                news::Piece::Step(text) | news::Piece::Event(text) => audience.remark(&text)?,
            }
        }
        before = Some(run.clone());
        if let (Some(shows), Some(cursor)) = (shows, cursor.as_mut())
            && let Some(step) = cursor.next(&run, observer.is_over())
        {
            let done = logs::follow(observer, &step, shows, audience).await?;
            if done {
                cursor.done(&step);
            } else {
                observer.advance_for(Duration::from_secs(1)).await?;
            }
            continue;
        }
        if observer.is_over() {
            let since = *decided.get_or_insert_with(Instant::now);
            if observer.is_final() || since.elapsed() >= GRACE {
                return end(observer).await;
            }
            observer.advance_for(GRACE.saturating_sub(since.elapsed())).await?;
        } else {
            observer.advance().await?;
        }
    }
}

async fn end(observer: &mut Observer) -> Result<Ended, AttendError> {
    // The watch of the pods may be behind that of the Job: the reason is read off a list.
    observer.look_closely().await?;
    let run = observer.run();
    let end = match (run.phase, observer.presence()) {
        (Phase::Succeeded, _) => End::Succeeded,
        (Phase::Failed, _) => End::Failed,
        (_, Presence::Vanished) => End::Lost,
        _ => End::Deleted,
    };
    let job = observer.job().cloned().unwrap_or_default();
    Ok(Ended { end, run, job })
}
