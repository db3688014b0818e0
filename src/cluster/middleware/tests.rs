//! What is asked again and what is not. A service of this file stands in for the HTTP client below the middleware;
//! that a real API server that goes away is waited for is shown in `tests/live`.

use std::collections::VecDeque;

use tower::Layer as _;

use super::*;

type Answer = Result<(u16, Option<&'static str>), &'static str>;

/// Sends requests through the middleware while the service below gives these answers, and tells what came out, how
/// often the service was asked and how much time went by.
async fn send(method: &str, times: usize, answers: &[Answer]) -> (Vec<Result<u16, String>>, u64, Duration) {
    let meter = Arc::new(Meter::default());
    let layer =
        Layer { meter: Arc::clone(&meter), timeout: Some(Duration::from_secs(7)), server: "s".into() };
    let mut answers: VecDeque<Answer> = answers.to_vec().into();
    let below = tower::service_fn(move |_: Request<Body>| {
        let answer = answers.pop_front();
        async move {
            match answer {
                Some(Ok((status, retry_after))) => {
                    let mut response = Response::builder().status(status);
                    if let Some(seconds) = retry_after {
                        response = response.header("retry-after", seconds);
                    }
                    Ok(response.body(()).unwrap())
                }
                Some(Err(words)) => Err(BoxError::from(words)),
                None => std::future::pending().await,
            }
        }
    });
    let service = layer.layer(below);
    let began = tokio::time::Instant::now();
    let mut outcomes = Vec::new();
    let mut service = service;
    for _ in 0..times {
        let request =
            Request::builder().method(method).uri("/api/v1/pods").body(Body::from(b"x".to_vec())).unwrap();
        let outcome = service.ready().await.unwrap().call(request).await;
        outcomes.push(outcome.map(|r| r.status().as_u16()).map_err(|error| error.to_string()));
    }
    (outcomes, meter.requests(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_after_the_time_that_it_names() {
    let (outcomes, requests, took) =
        send("GET", 1, &[Ok((429, Some("3"))), Ok((503, None)), Ok((200, None))]).await;
    assert_eq!((outcomes, requests), (vec![Ok(200)], 3));
    assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answered_is_told_of_at_once() {
    let (outcomes, requests, took) = send("GET", 1, &[Err("refused"), Ok((200, None))]).await;
    assert_eq!((outcomes, requests), (vec![Err("refused".to_owned())], 1));
    assert!(took < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_there_is_waited_for() {
    let (outcomes, requests, _) =
        send("PATCH", 2, &[Ok((200, None)), Err("refused"), Err("refused"), Ok((201, None))]).await;
    assert_eq!((outcomes, requests), (vec![Ok(200), Ok(201)], 4));
}

#[tokio::test(start_paused = true)]
async fn patience_has_an_end() {
    let mut answers = vec![Ok((200, None))];
    answers.extend(std::iter::repeat_n(Err("refused"), 1000));
    let (outcomes, _, took) = send("GET", 2, &answers).await;
    assert_eq!(outcomes, [Ok(200), Err("refused".to_owned())]);
    assert!(took > Duration::from_secs(30) && took <= PATIENCE, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_makes_something_is_sent_again_only_when_the_server_did_not_look_at_it() {
    let (outcomes, requests, _) = send("POST", 1, &[Ok((429, None)), Ok((201, None))]).await;
    assert_eq!((outcomes, requests), (vec![Ok(201)], 2));
    let (outcomes, requests, _) = send("POST", 1, &[Ok((504, None)), Ok((201, None))]).await;
    assert_eq!((outcomes, requests), (vec![Ok(504)], 1));
    let (outcomes, requests, _) = send("POST", 2, &[Ok((200, None)), Err("cut"), Ok((201, None))]).await;
    assert_eq!((outcomes, requests), (vec![Ok(200), Err("cut".to_owned())], 2));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_ends_with_its_bound() {
    let (outcomes, requests, took) = send("GET", 1, &[]).await;
    assert_eq!(outcomes, [Err("no answer from the API server at s within 7 s".to_owned())]);
    assert_eq!((requests, took), (1, Duration::from_secs(7)));
}

#[test]
fn a_warning_is_read_with_its_escapes() {
    assert_eq!(
        warning_text(r#"299 - "would violate PodSecurity \"restricted:latest\": runAsUser=0""#).as_deref(),
        Some(r#"would violate PodSecurity "restricted:latest": runAsUser=0"#)
    );
    assert_eq!(warning_text("299 - no quotes"), None);
    assert_eq!(warning_text(r#"299 - "never ends"#), None);
}

#[test]
fn the_clock_of_the_server_is_read_off_its_answer() {
    let now = "2026-11-21T05:00:00.9Z".parse().unwrap();
    let seconds = |date| super::ahead(date, now).map(|ahead| ahead.as_secs());
    assert_eq!(seconds("Sat, 21 Nov 2026 05:00:00 GMT"), Some(0));
    assert_eq!(seconds("Sat, 21 Nov 2026 04:58:30 GMT"), Some(-90));
    assert_eq!(seconds("yesterday"), None);
}
