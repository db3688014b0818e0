//! Deleting what was applied for some backups, and nothing else.
//!
//! Objects are found by the labels that applying gave them, so a spec that cannot be rendered any more can still be
//! deleted. What several specs share goes with the last of them; before that a spec only takes back its own share.

mod judge;

pub use judge::{Objection, Step, What};

use std::collections::BTreeSet;

use futures::StreamExt;
use kube::core::DynamicObject;

use super::apply::until_gone;
use super::applyset::reference;
use super::error::{ClusterError, Result};
use super::kind::Kind;
use super::object::{Apply, Reference, concurrently};
use super::{CONCURRENCY, Connection};
use crate::render::{SpecName, labels};

/// What goes beside workloads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Claims, with all backups on them.
    pub claims: bool,
    /// The specs themselves.
    pub specs: bool,
    /// What belongs to others too.
    pub override_owner: bool,
}

/// What would be deleted.
#[derive(Debug, Default)]
pub struct Deletion {
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What speaks against it.
    pub objections: Vec<Objection>,
    /// Specs of which nothing was found.
    pub absent: Vec<SpecName>,
}

/// Everything in a namespace that a judgement needs.
#[derive(Debug, Default)]
struct Found {
    /// All CronJobs and Jobs, whoever made them: they use accounts and claims.
    workloads: Vec<(Kind, DynamicObject)>,
    /// ConfigMaps, accounts, claims and specs, as far as they are asked for.
    others: Vec<(Kind, DynamicObject)>,
}

/// Finds out what deleting would do: a number of requests that depends on namespaces alone.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn prepare(connection: &Connection, specs: &[SpecName], options: Options) -> Result<Deletion> {
    let namespaces: BTreeSet<&str> = specs.iter().map(|spec| spec.namespace.as_str()).collect();
    let ours = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let mut places = Vec::new();
    for namespace in namespaces {
        places.push((Kind::CronJob, namespace, ""));
        places.push((Kind::Job, namespace, ""));
        places.push((Kind::ConfigMap, namespace, labels::BACKUP));
        places.push((Kind::ServiceAccount, namespace, ours.as_str()));
        if options.claims {
            places.push((Kind::PersistentVolumeClaim, namespace, ""));
        }
        if options.specs {
            places.push((Kind::Backup, namespace, ""));
        }
    }
    let lists = concurrently(places, |(kind, namespace, selector)| async move {
        match connection.list(kind, namespace, selector).await {
            Ok(objects) => Ok((kind, objects)),
            // Nothing of a kind that the cluster does not have.
            Err(error) if kind == Kind::Backup && error.is_not_found() => Ok((kind, Vec::new())),
            Err(error) => Err(error),
        }
    })
    .await?;
    let mut found = Found::default();
    for (kind, objects) in lists {
        let objects = objects.into_iter().map(|object| (kind, object));
        match kind {
            Kind::CronJob | Kind::Job => found.workloads.extend(objects),
            _ => found.others.extend(objects),
        }
    }
    Ok(judge::judge(specs, &found, options))
}

/// What was deleted and what was not.
#[derive(Debug, Default)]
pub struct Report {
    /// Steps that were carried out.
    pub done: Vec<usize>,
    /// What went wrong.
    pub failed: Vec<(usize, ClusterError)>,
}

/// Carries it out, in order, objects of one kind some at a time. With `wait`, until they are gone.
pub async fn execute(connection: &Connection, deletion: &Deletion, dry_run: bool, wait: bool) -> Report {
    let mut report = Report::default();
    let mut steps: Vec<(usize, &Step)> = deletion.steps.iter().enumerate().collect();
    while report.failed.is_empty()
        && let Some(kind) = steps.first().map(|(_, step)| step.reference.kind)
    {
        let rest = steps.split_off(steps.partition_point(|(_, step)| step.reference.kind == kind));
        let mut outcomes = futures::stream::iter(std::mem::replace(&mut steps, rest))
            .map(|(index, step)| async move { (index, one(connection, step, dry_run, wait).await) })
            .buffer_unordered(CONCURRENCY);
        while let Some((index, outcome)) = outcomes.next().await {
            match outcome {
                Ok(()) => report.done.push(index),
                Err(error) => report.failed.push((index, error)),
            }
        }
    }
    report.done.sort_unstable();
    report
}

async fn one(connection: &Connection, step: &Step, dry_run: bool, wait: bool) -> Result<()> {
    match &step.what {
        What::Delete { uid } => {
            connection.delete(&step.reference, uid.as_deref(), dry_run).await?;
            if wait && !dry_run {
                until_gone(connection, &step.reference, uid.as_deref()).await?;
            }
        }
        What::Release(parts) => {
            for part in parts {
                let how = Apply { manager: &part.manager, force: false, dry_run };
                connection.apply(&part.reference, &part.object, how).await?;
            }
        }
    }
    Ok(())
}

/// References in the order in which they are deleted: workloads first, what they use later.
fn order(reference: &Reference) -> (usize, &Reference) {
    const ORDER: [Kind; 6] = [
        Kind::Backup,
        Kind::CronJob,
        Kind::Job,
        Kind::ConfigMap,
        Kind::ServiceAccount,
        Kind::PersistentVolumeClaim,
    ];
    (ORDER.iter().position(|kind| *kind == reference.kind).unwrap_or(ORDER.len()), reference)
}

/// The references of objects.
fn references(objects: &[(Kind, DynamicObject)]) -> impl Iterator<Item = (Reference, &DynamicObject)> {
    objects.iter().map(|(kind, object)| (reference(*kind, object), object))
}
