//! What the API server says to the backup's pod: a dry run that keeps nothing.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Status};
use kube::Resource;
use kube::api::PostParams;
use kube::client::Body;

use super::facts::{gap, refusal};
use super::{Check, Fact, Facts, Gap, Subject};
use crate::cluster::Connection;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::middleware::warning_text;
use crate::diagnostics::codes;

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It would take the pod, with these warnings.
    Admitted(Vec<String>),
    /// It would refuse it.
    Refused(String),
}

/// Has the server look at the pod. `default_account` puts the namespace's default account in the place of one that
/// does not exist yet, which alone would have the pod refused.
///
/// # Errors
///
/// When the server is away or does not know who asks.
pub(super) async fn ask(
    connection: &Connection,
    subject: &Subject,
    default_account: bool,
) -> Result<Fact<Answer>> {
    let template = subject.template.clone();
    let metadata = template.metadata.unwrap_or_default();
    let mut spec = template.spec.unwrap_or_default();
    if default_account {
        spec.service_account_name = None;
    }
    let pod = Pod {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", subject.object.name)),
            namespace: Some(subject.namespace.clone()),
            labels: metadata.labels,
            annotations: metadata.annotations,
            ..ObjectMeta::default()
        },
        spec: Some(spec),
        status: None,
    };
    let unreadable = |message: String| ClusterError::Unreadable { message };
    let body = serde_json::to_vec(&pod).map_err(|error| unreadable(error.to_string()))?;
    let parameters = PostParams { dry_run: true, ..PostParams::default() };
    let request = kube::core::Request::new(Pod::url_path(&(), Some(&subject.namespace)))
        .create(&parameters, body)
        .map_err(|error| unreadable(error.to_string()))?;
    let response = match connection.client().send(request.map(Body::from)).await {
        Ok(response) => response,
        Err(error) => return gap(connection.error(error, "pods")).map(Err),
    };
    let good = response.status().is_success();
    let headers = response.headers().get_all(http::header::WARNING).iter();
    let warnings: Vec<String> =
        headers.filter_map(|value| value.to_str().ok().and_then(warning_text)).collect();
    if good {
        return Ok(Ok(Answer::Admitted(warnings)));
    }
    let code = response.status().as_u16();
    let bytes = response.into_body().collect_bytes().await.map_err(|error| unreadable(error.to_string()))?;
    let message = serde_json::from_slice::<Status>(&bytes)
        .ok()
        .and_then(|status| status.message)
        .unwrap_or_else(|| format!("the server answered {code}"));
    Ok(match code {
        403 if message.contains(" cannot ") => Err(Gap(refusal(&message))),
        404 => Err(Gap(message)),
        500.. => Err(Gap(message)),
        _ => Ok(Answer::Refused(message)),
    })
}

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let key = (subject.namespace.clone(), subject.name.clone());
    let level = level(facts, &subject.namespace);
    let check = match facts.admissions.get(&key) {
        None => return Vec::new(),
        Some(Ok(Answer::Admitted(warnings))) if warnings.is_empty() => Check::pass(
            &codes::ADMISSION,
            match level {
                Some(level) => format!("the server admits the pod; Pod Security enforces `{level}`"),
                None => "the server admits the pod".to_owned(),
            },
        ),
        Some(Ok(Answer::Admitted(warnings))) => Check::warn(&codes::ADMISSION, warnings.join("; "))
            .next("the pod is admitted; a stricter policy would refuse it"),
        Some(Ok(Answer::Refused(message))) => {
            Check::fail(&codes::ADMISSION, shortened(message)).next(advice(message))
        }
        // Our pods keep to the strictest profile, so its name alone is an answer.
        Some(Err(gap)) => Check::unknown(
            &codes::ADMISSION,
            match level {
                Some(level) => format!("{}; Pod Security enforces `{level}`, which our pods keep", gap.0),
                None => gap.0.clone(),
            },
        ),
    };
    vec![check]
}

/// The Pod Security level that the namespace enforces.
fn level(facts: &Facts, namespace: &str) -> Option<String> {
    let namespace = facts.room(namespace)?.namespace.as_ref().ok()?.as_ref()?;
    namespace.metadata.labels.as_ref()?.get("pod-security.kubernetes.io/enforce").cloned()
}

/// Without the generated name, which is another one every time: `pods "x-abcde" is forbidden: why`.
fn shortened(message: &str) -> String {
    match message.split_once("is forbidden: ") {
        Some((_, why)) => format!("the server refuses the pod: {why}"),
        None => format!("the server refuses the pod: {message}"),
    }
}

fn advice(message: &str) -> &'static str {
    if message.contains("violates PodSecurity") {
        "lower the namespace's Pod Security level, or leave out what violates it"
    } else if message.contains("exceeded quota") || message.contains("failed quota") {
        "have the quota raised, or set `spec.job.resources`"
    } else if message.contains("maximum ") || message.contains("minimum ") {
        "set `spec.job.resources` within the bounds of the limit range"
    } else if message.contains("PriorityClass") {
        "create the PriorityClass, or leave `spec.job.priorityClassName` out"
    } else if message.contains("NotFound") || message.contains("not found") {
        "create the namespace, or correct the spec's"
    } else {
        "change what the server names"
    }
}
