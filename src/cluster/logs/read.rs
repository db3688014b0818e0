//! Reading the log of one step from the API server.

use std::time::Duration;

use futures::io::AsyncBufReadExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;

use super::cursor::Place;
use super::resume::{Resume, split};
use super::{Line, Shows, Since};
use crate::cluster::attend::{AttendError, Audience, Observer};
use crate::cluster::runs::{StepState, scrub};
use crate::cluster::{ClusterError, Connection};

/// How reading a log ended.
enum Read {
    /// The server sent all that it has.
    End,
    /// The connection broke.
    Cut,
    /// The container has not begun.
    NotYet,
    /// There is no log, and there will be none.
    Gone(String),
}

/// Longest line that is kept until its end comes; longer ones are shown in pieces.
const LONGEST_LINE: usize = 1 << 20;

/// Time for which a kubelet that cannot be reached is asked again.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the lines of a step go.
struct Listener<'l> {
    place: &'l Place,
    resume: Resume,
    audience: &'l mut dyn Audience,
    /// Earlier lines were not asked for; the server is asked in whole seconds.
    from: Option<jiff::Timestamp>,
    /// What the runtime itself said, which carries no time.
    untimed: Vec<Vec<u8>>,
}

impl<'l> Listener<'l> {
    fn new(place: &'l Place, shows: &Shows, audience: &'l mut dyn Audience) -> Self {
        let from = match shows.since {
            Since::At(at) => Some(at),
            Since::Beginning | Since::Ago(_) => None,
        };
        Self { place, resume: Resume::default(), audience, from, untimed: Vec::new() }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), AttendError> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (at, text) = split(line);
        let new = match at {
            Some(at) => self.resume.is_new(at, text),
            None if self.untimed.iter().any(|known| known == text) => false,
            None => {
                self.untimed.push(text.to_vec());
                true
            }
        };
        if new && at.is_none_or(|at| self.from.is_none_or(|from| at >= from)) {
            let text = String::from_utf8_lossy(text);
            let text = scrub::scrub(&text);
            let Place { step, attempt, .. } = self.place;
            self.audience.line(&Line { step, attempt: *attempt, at, text: &text })?;
        }
        Ok(())
    }
}

fn parameters(place: &Place, shows: &Shows, resume: &Resume, follow: bool) -> LogParams {
    let mut parameters =
        LogParams { container: Some(place.step.clone()), follow, timestamps: true, ..LogParams::default() };
    if let Some(since) = resume.since() {
        parameters.since_time = Some(since);
        return parameters;
    }
    parameters.tail_lines = shows.tail;
    match shows.since {
        Since::Beginning => {}
        Since::Ago(time) => {
            let up = i64::from(time.subsec_nanos() > 0);
            parameters.since_seconds =
                Some(i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_add(up).max(1));
        }
        Since::At(at) => {
            // The client library rounds to the nearest second, which could leave out lines.
            parameters.since_time = jiff::Timestamp::from_second(at.as_second()).ok();
        }
    }
    parameters
}

/// Reads what there is, and with `follow` what comes. A last line without an end is shown only with `whole`: after a
/// cut it would come again, longer.
async fn read(
    connection: &Connection,
    namespace: &str,
    parameters: &LogParams,
    whole: bool,
    listener: &mut Listener<'_>,
) -> Result<Read, AttendError> {
    let api: Api<Pod> = Api::namespaced(connection.client().clone(), namespace);
    let pod = &listener.place.pod;
    let mut stream = match api.log_stream(pod, parameters).await {
        Ok(stream) => Box::pin(stream),
        Err(error) => {
            return refused(connection.error(error, &format!("the log of pod/{pod}")), listener.place);
        }
    };
    let mut partial: Vec<u8> = Vec::new();
    loop {
        let (taken, lines) = {
            let chunk = match stream.fill_buf().await {
                Ok(chunk) => chunk,
                Err(_) => return Ok(Read::Cut),
            };
            if chunk.is_empty() {
                if whole && !partial.is_empty() {
                    listener.take(&partial)?;
                }
                listener.audience.pause()?;
                return Ok(Read::End);
            }
            let mut rest = chunk;
            while let Some(end) = memchr::memchr(b'\n', rest) {
                let (line, after) = rest.split_at(end);
                if partial.is_empty() {
                    listener.take(line)?;
                } else {
                    partial.extend_from_slice(line);
                    listener.take(&partial)?;
                    partial.clear();
                }
                rest = after.get(1..).unwrap_or_default();
            }
            partial.extend_from_slice(rest);
            (chunk.len(), rest.len() < chunk.len())
        };
        if partial.len() > LONGEST_LINE {
            listener.take(&partial)?;
            partial.clear();
        }
        stream.consume_unpin(taken);
        if lines {
            listener.audience.pause()?;
        }
    }
}

/// What a refused request for a log means.
fn refused(error: ClusterError, place: &Place) -> Result<Read, AttendError> {
    let Place { pod, step, .. } = place;
    match error {
        ClusterError::NotFound { .. } => {
            Ok(Read::Gone(format!("the pod {pod} is gone, and with it the log of step {step}")))
        }
        ClusterError::Rejected(status) if status.message.contains("waiting to start") => Ok(Read::NotYet),
        ClusterError::Rejected(status) => {
            Ok(Read::Gone(format!("step {step} of pod {pod} has no log: {}", status.message)))
        }
        error => Err(error.into()),
    }
}

/// Shows what there is of a step's log. Returns why there is none.
pub(super) async fn once(
    connection: &Connection,
    namespace: &str,
    place: &Place,
    shows: &Shows,
    audience: &mut dyn Audience,
) -> Result<Option<String>, AttendError> {
    let mut listener = Listener::new(place, shows, audience);
    let began = tokio::time::Instant::now();
    loop {
        listener.resume.restart();
        let parameters = parameters(place, shows, &listener.resume, false);
        match read(connection, namespace, &parameters, true, &mut listener).await {
            Ok(Read::End) => return Ok(None),
            Ok(Read::NotYet) => return Ok(Some(format!("step {} has not begun", place.step))),
            Ok(Read::Gone(reason)) => return Ok(Some(reason)),
            Ok(Read::Cut) if began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(500)).await
            }
            Ok(Read::Cut) => {
                let message = "the connection breaks again and again".to_owned();
                return Err(ClusterError::Server { message }.into());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Follows the log of a step to its end. `false` when the step turned out not to have begun.
///
/// # Errors
///
/// When the server refuses or stays away, and when nobody listens any more.
pub async fn follow(
    observer: &mut Observer,
    place: &Place,
    shows: &Shows,
    audience: &mut dyn Audience,
) -> Result<bool, AttendError> {
    let connection = observer.connection().clone();
    let namespace = observer.namespace().to_owned();
    audience.detail(&format!("following step {} of pod {}", place.step, place.pod))?;
    let mut listener = Listener::new(place, shows, audience);
    let mut away: Option<tokio::time::Instant> = None;
    loop {
        // Once the step has ended, one reading from where it stands is the last and misses nothing.
        let last = has_ended(observer, place);
        listener.resume.restart();
        let parameters = parameters(place, shows, &listener.resume, !last);
        let outcome = {
            let reading = read(&connection, &namespace, &parameters, last, &mut listener);
            tokio::pin!(reading);
            loop {
                tokio::select! {
                    outcome = &mut reading => break outcome,
                    changed = observer.advance() => changed?,
                }
            }
        };
        for text in observer.take_notes() {
            listener.audience.remark(&text)?;
        }
        match outcome {
            Ok(Read::End) if last => return Ok(true),
            Ok(Read::End | Read::Cut) => away = None,
            Ok(Read::NotYet) if last => return Ok(true),
            Ok(Read::NotYet) => return Ok(false),
            Ok(Read::Gone(reason)) => {
                listener.audience.remark(&reason)?;
                return Ok(true);
            }
            Err(AttendError::Cluster(error)) if error.is_passing() => {
                let since = *away.get_or_insert_with(tokio::time::Instant::now);
                if since.elapsed() > PATIENCE {
                    return Err(error.into());
                }
                listener.audience.detail(&format!("{error}; trying again"))?;
            }
            Err(error) => return Err(error),
        }
        // The end of a container is told a moment after the end of its log.
        if !has_ended(observer, place) {
            observer.advance_for(Duration::from_secs(1)).await?;
        }
    }
}

/// Whether nothing more is written to the log of a step.
fn has_ended(observer: &Observer, place: &Place) -> bool {
    if observer.is_gone(&place.pod) {
        return true;
    }
    let run = observer.run();
    let step = run
        .attempts
        .iter()
        .find(|attempt| attempt.pod == place.pod)
        .and_then(|attempt| attempt.steps.iter().find(|step| step.name == place.step));
    step.is_none_or(|step| matches!(step.state, StepState::Ended { .. }))
}
