//! What every request passes through: a count, the server's warnings, a bound on time, and another try.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use tokio::time::Instant;
use tower::buffer::Buffer;
use tower::{BoxError, Service, ServiceExt};

use super::ClusterError;

/// What the requests of one command have in common.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Requests sent, other tries included.
    requests: AtomicU64,
    /// The server has answered at least once.
    reached: AtomicBool,
    warnings: Mutex<Warnings>,
    /// How far the server's clock is ahead of ours, read off its last answer.
    ahead: Mutex<Option<SignedDuration>>,
}

#[derive(Debug, Default)]
struct Warnings {
    seen: BTreeSet<String>,
    unread: Vec<String>,
}

impl Meter {
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Warnings that have come since the last call, each only once in the life of a command.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner).unread)
    }

    /// How far the server's clock is ahead of ours, to a second; `None` before the first answer.
    pub(super) fn server_ahead(&self) -> Option<SignedDuration> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, response: &Response<impl Sized>) {
        self.reached.store(true, Ordering::Relaxed);
        let date = response.headers().get(http::header::DATE).and_then(|value| value.to_str().ok());
        if let Some(ahead) = date.and_then(|date| ahead(date, Timestamp::now())) {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        for value in response.headers().get_all(http::header::WARNING) {
            let Some(text) = value.to_str().ok().and_then(warning_text) else { continue };
            if WarningSink::take(&text) {
                continue;
            }
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            if warnings.seen.insert(text.clone()) {
                warnings.unread.push(text);
            }
        }
    }
}

tokio::task_local! {
    static SINK: RefCell<Vec<String>>;
}

/// Keeps the warnings of the requests of one piece of work apart from those of others.
pub(super) struct WarningSink;

impl WarningSink {
    /// Does the work and returns the warnings that came meanwhile, which nobody else is told then. Requests answer
    /// in the task that waits for them, so what is local to it tells whose they are.
    pub(super) async fn collect<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
        SINK.scope(RefCell::default(), async {
            let outcome = work.await;
            (outcome, SINK.with(RefCell::take))
        })
        .await
    }

    /// Gives a warning to whoever collects; `false` when nobody does.
    fn take(text: &str) -> bool {
        SINK.try_with(|sink| sink.borrow_mut().push(text.to_owned())).is_ok()
    }
}

/// How far the instant of a `Date` header (RFC 9110 §5.6.7, whole seconds) is after `now`.
fn ahead(date: &str, now: Timestamp) -> Option<SignedDuration> {
    let then = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    // The header drops the fraction of its second.
    let now = Timestamp::from_second(now.as_second()).ok()?;
    Some(then.duration_since(now))
}

/// The text of a `Warning: 299 - "text"` header (RFC 7234 §5.5, the form that Kubernetes uses).
pub(super) fn warning_text(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once('"')?;
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Some(text),
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    None
}

/// How long a server that was there is waited for when it is away or busy: an API server of a control plane that is
/// upgraded is back within this time.
const PATIENCE: Duration = Duration::from_secs(45);

const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Puts [`Patient`] around a service.
pub(super) struct Layer {
    pub(super) meter: Arc<Meter>,
    pub(super) timeout: Option<Duration>,
    pub(super) server: Arc<str>,
}

impl<S, R> tower::Layer<S> for Layer
where
    S: Service<Request<Body>, Response = Response<R>, Error = BoxError> + Send + 'static,
    S::Future: Send + 'static,
    R: 'static,
{
    type Service = Patient<S::Future>;

    fn layer(&self, inner: S) -> Self::Service {
        Patient {
            inner: Buffer::new(inner, 1024),
            meter: Arc::clone(&self.meter),
            timeout: self.timeout,
            server: Arc::clone(&self.server),
        }
    }
}

/// A service that asks again when another try may succeed.
///
/// A busy server (429, 503, 504) is asked again after the time that it names. A server that cannot be reached is told
/// of at once, because the address or the network is wrong then; only when it has answered this command before is
/// it waited for.
pub(super) struct Patient<F> {
    inner: Buffer<Request<Body>, F>,
    meter: Arc<Meter>,
    timeout: Option<Duration>,
    server: Arc<str>,
}

impl<F, R> Service<Request<Body>> for Patient<F>
where
    F: Future<Output = Result<Response<R>, BoxError>> + Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fresh = self.inner.clone();
        // The service that was polled ready is the one to call first.
        let ready = std::mem::replace(&mut self.inner, fresh);
        let (meter, timeout, server) = (Arc::clone(&self.meter), self.timeout, Arc::clone(&self.server));
        Box::pin(async move {
            let timeout = timeout.filter(|_| !lasts(&request));
            // A POST makes something: sent twice it might make it twice, so it is sent again only when the server
            // says that it has not looked at it.
            let makes = request.method() == http::Method::POST;
            let mut spare = duplicate(&request);
            let mut outcome = attempt(ready.clone(), request, timeout, &meter, &server).await;
            let began = Instant::now();
            let mut delay = FIRST_DELAY;
            while let Some(request) = spare.take() {
                let Some(pause) = pause(&outcome, delay, &meter, makes) else { return outcome };
                if began.elapsed() + pause > PATIENCE {
                    return outcome;
                }
                tokio::time::sleep(pause).await;
                delay = (delay * 2).min(LONGEST_DELAY);
                spare = duplicate(&request);
                outcome = attempt(ready.clone(), request, timeout, &meter, &server).await;
            }
            outcome
        })
    }
}

async fn attempt<F, R>(
    service: Buffer<Request<Body>, F>,
    request: Request<Body>,
    timeout: Option<Duration>,
    meter: &Meter,
    server: &str,
) -> Result<Response<R>, BoxError>
where
    F: Future<Output = Result<Response<R>, BoxError>> + Send + 'static,
{
    meter.requests.fetch_add(1, Ordering::Relaxed);
    let answer = service.oneshot(request);
    let outcome = match timeout {
        None => answer.await,
        Some(bound) => tokio::time::timeout(bound, answer).await.unwrap_or_else(|_| {
            let seconds = bound.as_secs();
            Err(ClusterError::RequestTimeout { server: server.to_owned(), seconds }.into())
        }),
    };
    if let Ok(response) = &outcome {
        meter.note(response);
    }
    outcome
}

/// How long to wait before another try; `None` when another try is of no use.
fn pause<R>(
    outcome: &Result<Response<R>, BoxError>,
    delay: Duration,
    meter: &Meter,
    makes: bool,
) -> Option<Duration> {
    match outcome {
        Ok(response) if makes && response.status() != StatusCode::TOO_MANY_REQUESTS => None,
        Ok(response) => {
            let busy = matches!(
                response.status(),
                StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            );
            let named = response
                .headers()
                .get(http::header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .map(Duration::from_secs);
            busy.then(|| named.unwrap_or(delay).max(delay))
        }
        Err(error) if makes || error.is::<ClusterError>() => None,
        Err(_) => meter.reached.load(Ordering::Relaxed).then_some(delay),
    }
}

/// Whether the answer is meant to go on: a watch, or logs that are followed.
fn lasts(request: &Request<Body>) -> bool {
    request.uri().query().is_some_and(|query| {
        query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1" | "follow=true" | "follow=1"))
    })
}

/// The same request, to be sent again.
fn duplicate(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}

#[cfg(test)]
mod tests;
