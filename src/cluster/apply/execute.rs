//! Doing what was planned.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::{Action, Plan, Step};
use crate::cluster::applyset::label;
use crate::cluster::desired::Desired;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::kind::{APPLY_ORDER, Kind};
use crate::cluster::object::{Apply, Reference};
use crate::cluster::{CONCURRENCY, Connection};

/// The field manager under which objects are put into a set: apart from what specs want of an object, so that applying
/// it without naming the set leaves it where it is.
const SET_MANAGER: &str = "neo4j-backup-set";

/// How long a definition may take until the server serves its kind, and a deleted Job until it is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// Steps that were carried out, with what the object is then; nothing for what was deleted.
    pub done: Vec<(usize, Option<DynamicObject>)>,
    /// What went wrong.
    pub failed: Vec<Failure>,
    /// Steps that were not tried after that.
    pub left: Vec<usize>,
    /// What the server warned of and had not warned of in the plan.
    pub warnings: BTreeSet<String>,
}

/// A step that went wrong.
#[derive(Debug)]
pub struct Failure {
    /// Which; `None` for the parent of the set.
    pub step: Option<usize>,
    /// Why.
    pub error: ClusterError,
}

/// Carries out a plan: kind by kind, objects of one kind some at a time. After a failure the rest of the kind is still
/// done, and nothing after it. `done` is told of every step that is carried out.
pub async fn execute(connection: &Connection, plan: &Plan, mut done: impl FnMut(&Step)) -> Report {
    let mut report = Report::default();
    if let (Some((set, _)), Some(parent)) = (&plan.set, &plan.parent.0)
        && let Err(error) = parent.write(connection, set).await
    {
        report.failed.push(Failure { step: None, error });
    }
    let prunes = |step: &Step| matches!(step.action, Action::Prune { .. });
    for kind in APPLY_ORDER {
        let steps = plan.steps.iter().enumerate();
        let of_kind: Vec<(usize, &Step)> = steps
            .filter(|(_, step)| step.reference.kind == kind && step.does_something() && !prunes(step))
            .collect();
        carry_out(connection, plan, of_kind, &mut report, &mut done).await;
    }
    // What goes goes last, workloads before the accounts that they run as.
    for kind in APPLY_ORDER.into_iter().rev() {
        let steps = plan.steps.iter().enumerate();
        let of_kind: Vec<(usize, &Step)> =
            steps.filter(|(_, step)| step.reference.kind == kind && prunes(step)).collect();
        carry_out(connection, plan, of_kind, &mut report, &mut done).await;
    }
    if report.failed.is_empty()
        && let (Some((set, _)), Some(parent)) = (&plan.set, &plan.parent.1)
        && let Err(error) = parent.write(connection, set).await
    {
        report.failed.push(Failure { step: None, error });
    }
    report.done.sort_by_key(|(step, _)| *step);
    report
}

async fn carry_out(
    connection: &Connection,
    plan: &Plan,
    steps: Vec<(usize, &Step)>,
    report: &mut Report,
    done: &mut impl FnMut(&Step),
) {
    if !report.failed.is_empty() {
        report.left.extend(steps.iter().map(|(index, _)| *index));
        return;
    }
    let mut outcomes = futures::stream::iter(steps)
        .map(|(index, step)| async move {
            let mut warnings = Vec::new();
            let outcome = one(connection, plan, step, &mut warnings).await;
            (index, step, outcome, warnings)
        })
        .buffer_unordered(CONCURRENCY);
    while let Some((index, step, outcome, warnings)) = outcomes.next().await {
        report.warnings.extend(warnings.into_iter().filter(|text| !plan.warned_of(text)));
        match outcome {
            Ok(object) => {
                done(step);
                report.done.push((index, object));
            }
            Err(error) => report.failed.push(Failure { step: Some(index), error }),
        }
    }
}

async fn one(
    connection: &Connection,
    plan: &Plan,
    step: &Step,
    warnings: &mut Vec<String>,
) -> Result<Option<DynamicObject>> {
    let change = step.change.and_then(|index| plan.changes.get(index));
    let Some(change) = change else {
        if let Action::Prune { uid } = &step.action {
            connection.delete(&step.reference, uid.as_deref(), false).await?;
        }
        return Ok(None);
    };
    let all = || change.parts.iter().filter_map(|part| plan.desired.get(*part));
    let mut last = match &step.action {
        Action::Replace => {
            let uid = change.live.as_ref().and_then(|live| live.metadata.uid.as_deref());
            connection.delete(&step.reference, uid, false).await?;
            until_gone(connection, &step.reference, uid).await?;
            send(connection, step, all(), change.force, warnings).await?
        }
        Action::Rerun => send(connection, step, all(), change.force, warnings).await?,
        // What was not looked at, because its kind was not there, is sent whole.
        Action::Create if change.pending.is_empty() => {
            send(connection, step, all(), change.force, warnings).await?
        }
        Action::Create | Action::Update => {
            let pending = change.pending.iter().filter_map(|part| plan.desired.get(*part));
            send(connection, step, pending, change.force, warnings).await?
        }
        Action::Keep | Action::Prune { .. } => None,
    };
    if let (true, Some((set, _))) = (step.enlist, &plan.set) {
        let resource = step.reference.kind.resource();
        let mut member = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {"name": step.reference.name, "namespace": step.reference.namespace},
        });
        label(&mut member, set.id());
        let how = Apply { manager: SET_MANAGER, force: true, dry_run: false };
        last = Some(connection.apply(&step.reference, &member, how).await?);
    }
    if step.reference.kind == Kind::CustomResourceDefinition {
        until_established(connection, &step.reference).await?;
    }
    Ok(last.or_else(|| change.live.clone()))
}

async fn send(
    connection: &Connection,
    step: &Step,
    parts: impl Iterator<Item = &Desired>,
    force: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<DynamicObject>> {
    let mut last = None;
    for part in parts {
        let how = Apply { manager: &part.manager, force, dry_run: false };
        let renamed = (step.reference != part.reference).then(|| renamed(&part.object, &step.reference.name));
        let object = renamed.as_ref().unwrap_or(&part.object);
        let (outcome, said) = connection.apply_noting_warnings(&step.reference, object, how).await;
        warnings.extend(said);
        last = Some(outcome?);
    }
    Ok(last)
}

fn renamed(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    if let Some(place) = object.pointer_mut("/metadata/name") {
        *place = Value::String(name.to_owned());
    }
    object
}

/// Waits until an object, it and no other of the same name, is gone.
pub(in crate::cluster) async fn until_gone(
    connection: &Connection,
    reference: &Reference,
    uid: Option<&str>,
) -> Result<()> {
    poll(connection, &format!("{reference} is still there"), async || {
        let live = connection.get(reference).await?;
        Ok(live.is_none_or(|live| uid.is_some() && live.metadata.uid.as_deref() != uid))
    })
    .await
}

/// Waits until the server serves the kind of a definition.
async fn until_established(connection: &Connection, reference: &Reference) -> Result<()> {
    poll(connection, &format!("{reference} is not established"), async || {
        let live = connection.get(reference).await?;
        Ok(live.is_some_and(|live| has_condition(&live, "Established")))
    })
    .await
}

/// Whether a condition holds.
pub(super) fn has_condition(object: &DynamicObject, name: &str) -> bool {
    object.data.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten().any(
        |condition| {
            condition.get("type").and_then(Value::as_str) == Some(name)
                && condition.get("status").and_then(Value::as_str) == Some("True")
        },
    )
}

async fn poll(
    connection: &Connection,
    otherwise: &str,
    mut is_so: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    let mut pause = Duration::from_millis(50);
    let asking = async {
        while !is_so().await? {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| {
        let message = format!("{otherwise} after {} s, at {}", PATIENCE.as_secs(), connection.server());
        Err(ClusterError::Server { message })
    })
}
