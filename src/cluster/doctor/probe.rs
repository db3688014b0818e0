//! `--probe`: a Job that tries, from inside the cluster, what a backup will need.
//!
//! Its pod is the backup's own (image, account, labels, environment, volumes, security context, placement) with
//! another command, so that it meets the same DNS, network policies, listeners, credentials and folder owners. The
//! official image has bash, coreutils and Java and no client of any store (neo4j-admin.md §7): so names are resolved
//! with `getent`, ports are tried with bash's `/dev/tcp`, a claim gets a real small file, and a bucket is listed by
//! `neo4j-admin backup inspect`, which reads with the backup's credentials and writes nothing. The script is fixed;
//! what comes from a spec reaches it as arguments and is never spliced in.
//!
//! The Job has no retries, a deadline and a time to live, so that it also goes when nobody is left to delete it. It
//! does not carry the label by which runs are found, so that it is never taken for a backup.

use std::time::{Duration, Instant};

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, PostParams, PropagationPolicy};

use super::facts::refusal;
use super::subject::Destination;
use super::{Check, Facts, Subject};
use crate::cluster::Connection;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::runs;
use crate::cluster::runs::scrub::scrub;
use crate::diagnostics::codes;
use crate::neo4j::version::Version;
use crate::render::labels;

/// Component label of the probe's Job.
pub const COMPONENT: &str = "probe";

/// Longest time that a probe runs, in seconds.
pub const DEADLINE_SECONDS: i64 = 150;

/// Seconds that a finished probe is kept when nobody deletes it.
const TIME_TO_LIVE_SECONDS: i32 = 60;

/// Oldest version that has `backup inspect` (neo4j-admin.md §1.4).
const INSPECT_SINCE: (u16, u16) = (5, 25);

/// The whole of what runs in the pod. Arguments: `claim`, `bucket` or `none`; the folder or URI; then the addresses.
/// Each finding is one line: `NB-PROBE <what> <outcome> <subject> <words>`.
pub const SCRIPT: &str = r#"kind=$1; place=$2; shift 2
say() { printf 'NB-PROBE %s %s %s %s\n' "$1" "$2" "$3" "$(printf '%s' "${4:-}" | tr '\n\r' '  ')"; }
for address in "$@"; do
  host=${address%:*}; port=${address##*:}
  found=$(getent ahosts "$host" 2>&1)
  if [ -z "$found" ]; then say connect unresolved "$address"; continue; fi
  error=$(timeout 10 bash -c 'exec 3<>"/dev/tcp/$1/$2"' probe "$host" "$port" 2>&1 >/dev/null)
  case $? in
    0) say connect ok "$address" ;;
    124) say connect timeout "$address" ;;
    *) say connect refused "$address" "${error##*: }" ;;
  esac
done
case $kind in
  claim)
    file=$(mktemp "$place/.neo4j-backup-probe.XXXXXX" 2>&1) || { say storage unwritable "$place" "${file##*: }"; exit 0; }
    if ! error=$( { printf 'probe\n' > "$file"; } 2>&1 ); then say storage unwritable "$place" "${error##*: }"; rm -f "$file"; exit 0; fi
    if [ -z "$(ls -A "$place")" ] || [ "$(cat "$file")" != probe ]; then say storage unreadable "$place"; rm -f "$file"; exit 0; fi
    if error=$(rm "$file" 2>&1); then say storage ok "$place"; else say storage undeletable "$place" "${error##*: }"; fi ;;
  bucket)
    error=$(timeout 90 neo4j-admin backup inspect "$place" 2>&1); code=$?
    say storage "inspect-$code" "$place" "$(printf '%s\n' "$error" | grep -v '^[[:space:]]*at ' | tail -n 2)" ;;
esac
"#;

/// The Job of a probe; `None` when the backup's pod has no container to take the place of.
#[must_use]
pub fn job(subject: &Subject) -> Option<Job> {
    let mut template = subject.template.clone();
    let spec = template.spec.as_mut()?;
    // Steps before the backup prepare what it needs (a trust store); those after it have nothing to look at here.
    let mut before = Vec::new();
    let mut main = None;
    for container in
        spec.init_containers.take().into_iter().flatten().chain(std::mem::take(&mut spec.containers))
    {
        if container.name == "backup" || main.is_some() {
            main = main.or(Some(container));
        } else {
            before.push(container);
        }
    }
    let mut main = main.or_else(|| before.pop())?;
    let (kind, place) = match &subject.destination {
        Destination::Claim { path, .. } => ("claim", path.trim_end_matches('/')),
        Destination::Bucket { uri } => ("bucket", uri.as_str()),
        Destination::Unsaid => ("none", ""),
    };
    let kind = if kind == "bucket" && !inspects(subject.target.version) { "none" } else { kind };
    main.name = COMPONENT.to_owned();
    main.command = Some(vec!["bash".to_owned(), "-c".to_owned(), SCRIPT.replace("$(", "$$(")]);
    let addresses = subject.addresses.iter().map(ToString::to_string);
    main.args = Some([COMPONENT, kind, place].into_iter().map(str::to_owned).chain(addresses).collect());
    spec.init_containers = (!before.is_empty()).then_some(before);
    spec.containers = vec![main];
    spec.restart_policy = Some("Never".to_owned());
    spec.active_deadline_seconds = Some(DEADLINE_SECONDS);
    if let Some(annotations) = template.metadata.as_mut().and_then(|metadata| metadata.annotations.as_mut()) {
        annotations.remove(labels::DEFAULT_CONTAINER);
    }
    if let Some(of_pod) = template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
        // Those that the Job controller sets itself.
        of_pod.retain(|key, _| {
            !key.starts_with("batch.kubernetes.io/") && key != "job-name" && key != "controller-uid"
        });
    }
    let own = [
        (labels::NAME, labels::NAME_VALUE),
        (labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
        (labels::COMPONENT, COMPONENT),
    ];
    Some(Job {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-probe-", shortened(&subject.name))),
            namespace: Some(subject.namespace.clone()),
            labels: Some(own.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        spec: Some(JobSpec {
            backoff_limit: Some(0),
            active_deadline_seconds: Some(DEADLINE_SECONDS + 30),
            ttl_seconds_after_finished: Some(TIME_TO_LIVE_SECONDS),
            template,
            ..JobSpec::default()
        }),
        status: None,
    })
}

/// Generated names are cut by the server without a word when they are too long for a label of the pods.
fn shortened(name: &str) -> String {
    let mut short: String = name.chars().take(46).collect();
    while short.ends_with(['-', '.']) {
        short.pop();
    }
    short
}

/// Whether the version has `backup inspect`; one that is not known is taken to have it, and says so itself if not.
fn inspects(version: Option<Version>) -> bool {
    let Some(version) = version else { return true };
    (version.major(), version.minor()) >= INSPECT_SINCE
}

/// What a probe of these backups would do, one line each.
#[must_use]
pub fn announcement(subject: &Subject) -> String {
    let image =
        subject.backup_container().and_then(|container| container.image.as_deref()).unwrap_or_default();
    let writes = match &subject.destination {
        Destination::Claim { name, path } => {
            format!("write, list, read and delete one small file in {path} of the claim `{name}`")
        }
        Destination::Bucket { uri } => format!("list {uri} with `neo4j-admin backup inspect`"),
        Destination::Unsaid => "try no storage, since the arguments name none".to_owned(),
    };
    let addresses: Vec<String> = subject.addresses.iter().map(ToString::to_string).collect();
    format!(
        "{}/{}: run a Job in the image {image} as `{}`, connect to {}, {writes}, and delete the Job",
        subject.namespace,
        subject.name,
        subject.account_name(),
        addresses.join(", "),
    )
}

/// A Job that was made and has to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What keeps a probe from being of any use, found before one is made: an account that only comes with the spec.
#[must_use]
pub fn obstacle(facts: &Facts, subject: &Subject) -> Option<Check> {
    let missing = |kind: &str, name: &str| {
        Check::unknown(&codes::PROBE, format!("nothing was tried: the {kind} `{name}` does not exist yet"))
            .next("apply the spec first")
    };
    let key = |name: &str| (subject.namespace.clone(), name.to_owned());
    let account = subject.account_name();
    if matches!(facts.accounts.get(&key(account)), Some(Ok(None))) {
        return Some(missing("ServiceAccount", account));
    }
    if let Some(name) =
        subject.claim_names().find(|name| matches!(facts.claims.get(&key(name)), Some(Ok(None))))
    {
        return Some(missing("claim", name));
    }
    let maps = super::references::config_map_names(subject);
    let map = maps.iter().find(|name| matches!(facts.config_maps.get(&key(name)), Some(Ok(None))));
    map.map(|name| missing("ConfigMap", name))
}

/// What it means that the server does not take the Job.
///
/// # Errors
///
/// The error itself, when it says nothing about the Job: the server is away, or does not know who asks.
pub fn refused(error: ClusterError) -> Result<Check> {
    match error {
        ClusterError::Forbidden { message } => Ok(Check::unknown(&codes::PROBE, refusal(&message))
            .next("`kubectl neo4j-backup rbac doctor-probe` writes the Role that it needs")),
        ClusterError::Rejected(status) => {
            Ok(Check::fail(&codes::PROBE, format!("the server refuses the probe's Job: {}", status.message)))
        }
        ClusterError::NotFound { message } => Ok(Check::fail(&codes::PROBE, message)),
        error => Err(error),
    }
}

/// Makes the Job. From here on it has to be taken away with [`remove`].
///
/// # Errors
///
/// When the server refuses it or is away.
pub async fn start(connection: &Connection, subject: &Subject, job: &Job) -> Result<Made> {
    let api = Api::<Job>::namespaced(connection.client().clone(), &subject.namespace);
    let made = api
        .create(&PostParams::default(), job)
        .await
        .map_err(|error| connection.error(error, "the probe"))?;
    Ok(Made { namespace: subject.namespace.clone(), name: made.metadata.name.unwrap_or_default() })
}

/// Takes a probe away with its pod; that there is none any more is fine.
///
/// # Errors
///
/// When the server refuses or is away; the Job then ends by its deadline and goes by its time to live.
pub async fn remove(connection: &Connection, made: &Made) -> Result<()> {
    let api = Api::<Job>::namespaced(connection.client().clone(), &made.namespace);
    let parameters = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        grace_period_seconds: Some(0),
        ..DeleteParams::default()
    };
    match api.delete(&made.name, &parameters).await {
        Ok(_) => Ok(()),
        Err(error) => match connection.error(error, "the probe") {
            error if error.is_not_found() => Ok(()),
            error => Err(error),
        },
    }
}

/// Waits until the probe has ended, or does not get on, and says what it found.
///
/// # Errors
///
/// When the server is away or refuses to show the pod.
pub async fn follow(
    connection: &Connection,
    subject: &Subject,
    job: &Job,
    made: &Made,
) -> Result<Vec<Check>> {
    let pods = Api::<Pod>::namespaced(connection.client().clone(), &made.namespace);
    let events = Api::<Event>::namespaced(connection.client().clone(), &made.namespace);
    let selector = format!("batch.kubernetes.io/job-name={}", made.name);
    let mut live = job.clone();
    live.metadata.name = Some(made.name.clone());
    live.metadata.namespace = Some(made.namespace.clone());
    let began = Instant::now();
    let bound = Duration::from_secs(DEADLINE_SECONDS.unsigned_abs());
    loop {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let found = pods
            .list(&ListParams::default().labels(&selector))
            .await
            .map_err(|error| connection.error(error, "pods"))?
            .items;
        let phase = found.first().and_then(|pod| pod.status.as_ref()?.phase.clone()).unwrap_or_default();
        if matches!(phase.as_str(), "Succeeded" | "Failed")
            && let Some(pod) = found.first().and_then(|pod| pod.metadata.name.clone())
        {
            let parameters = LogParams { container: Some(COMPONENT.to_owned()), ..LogParams::default() };
            // A pod whose first step failed has no log of the probe; the reason is in its status.
            let log = pods.logs(&pod, &parameters).await.unwrap_or_default();
            let mut checks = read(subject, &log);
            if checks.is_empty() {
                checks.push(stuck(&live, &found, &[], "the probe ended without a word"));
            } else if phase == "Succeeded" {
                checks.insert(0, Check::pass(&codes::PROBE, "the probe's pod ran"));
            }
            return Ok(checks);
        }
        // A pod that is only being scheduled or pulls its image is given its time; what stays in the way is told.
        let patience = if phase == "Running" { bound } else { Duration::from_secs(45) };
        if began.elapsed() > patience {
            // Events need a right of their own; without them less is said.
            let events = events.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default();
            return Ok(vec![stuck(&live, &found, &events, "the probe's pod does not start")]);
        }
    }
}

/// What keeps the probe's pod from running.
fn stuck(job: &Job, pods: &[Pod], events: &[Event], otherwise: &str) -> Check {
    let run = runs::run(job, pods, events, jiff::Timestamp::now());
    match run.cause {
        Some(cause) => {
            Check::fail(&codes::PROBE, format!("the probe's pod: {cause}")).next(cause.next_step())
        }
        None => Check::fail(&codes::PROBE, otherwise),
    }
}

/// What the probe found, from its log. Lines that are not its own are left out.
#[must_use]
pub fn read(subject: &Subject, log: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    for line in log.lines() {
        let Some(rest) = line.strip_prefix("NB-PROBE ") else { continue };
        let mut words = rest.splitn(4, ' ');
        let (Some(what), Some(outcome), Some(place)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let said = words.next().map(|text| scrub(text.trim()).into_owned()).unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        match what {
            "connect" => checks.push(connection(outcome, place, &said)),
            "storage" => checks.extend(storage(subject, outcome, place, &said)),
            _ => {}
        }
    }
    if matches!(subject.destination, Destination::Bucket { .. })
        && !inspects(subject.target.version)
        && !checks.is_empty()
    {
        checks.push(Check::unknown(
            &codes::PROBE_STORAGE,
            "the bucket was not tried: this version of neo4j-admin has no `backup inspect`, and the image no other tool",
        ));
    }
    checks
}

fn connection(outcome: &str, place: &str, said: &str) -> Check {
    match outcome {
        "ok" => Check::pass(&codes::PROBE_CONNECTION, format!("{place} resolves and accepts a connection")),
        "unresolved" => Check::fail(
            &codes::PROBE_CONNECTION,
            format!("{place} does not resolve from inside"),
        )
        .next("see whether the Service exists and its pod is ready, and whether policies let pods reach DNS"),
        "timeout" => {
            Check::fail(&codes::PROBE_CONNECTION, format!("{place} resolves, and nothing answers in 10 s"))
                .next("a network policy or a firewall is the usual reason")
        }
        _ => Check::fail(
            &codes::PROBE_CONNECTION,
            format!("{place} resolves and refuses the connection{said}"),
        )
        .next(
            "see whether the server listens there: `server.backup.enabled`, `server.backup.listen_address`",
        ),
    }
}

fn storage(subject: &Subject, outcome: &str, place: &str, said: &str) -> Vec<Check> {
    let fail = |found: String| Check::fail(&codes::PROBE_STORAGE, found);
    match outcome {
        "ok" => vec![Check::pass(
            &codes::PROBE_STORAGE,
            format!("a small file in {place} was written, listed, read and deleted"),
        )],
        "unwritable" => vec![
            fail(format!("nothing can be written to {place}{said}"))
                .next("the folder has to belong to group 7474, or the volume is full or read-only"),
        ],
        "unreadable" => {
            vec![fail(format!("what was written to {place} cannot be read")).next("see the volume's health")]
        }
        "undeletable" => vec![
            fail(format!("what was written to {place} cannot be deleted{said}"))
                .next("retention needs to delete; see the folder's owner"),
        ],
        _ => {
            let Destination::Bucket { uri } = &subject.destination else { return Vec::new() };
            let unwritten = Check::unknown(
                &codes::PROBE_STORAGE,
                format!(
                    "whether {uri} can be written is not tried: the image has no tool that writes one object"
                ),
            )
            .next("`kubectl neo4j-backup trigger NAME --wait` makes a real backup");
            match outcome {
                "inspect-0" => vec![
                    Check::pass(
                        &codes::PROBE_STORAGE,
                        format!("{place} can be listed with the backup's credentials"),
                    ),
                    unwritten,
                ],
                "inspect-124" => vec![
                    fail(format!("{place} does not answer within 90 s"))
                        .next("see the endpoint, DNS and the egress policies"),
                ],
                "inspect-127" => vec![Check::unknown(
                    &codes::PROBE_STORAGE,
                    "the image has no neo4j-admin on its path, so the bucket was not tried",
                )],
                // An empty folder is told as an error by the tool itself; it was reached all the same.
                _ if empty(said) => vec![
                    Check::pass(
                        &codes::PROBE_STORAGE,
                        format!("{place} can be listed and holds no backup yet"),
                    ),
                    unwritten,
                ],
                _ => vec![
                    fail(format!("{place} cannot be listed{said}"))
                        .next("see the credentials, the bucket's name, the endpoint and its certificate"),
                ],
            }
        }
    }
}

/// Whether `backup inspect` only says that there is nothing to inspect.
fn empty(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["no backup", "no artifact", "no existing backup", "does not contain any", "nothing to inspect"]
        .iter()
        .any(|words| said.contains(words))
}
