//! Applying: what would be done to each object and why, what speaks against it, and doing it.
//!
//! Everything is found out before anything is written ([`prepare`]); what speaks against one object keeps the whole
//! from being written, so that no half of a change is left behind. Only a one-shot backup that ran and has changed
//! holds nobody else up.

mod accounts;
mod execute;
mod gather;
mod judge;
mod once;
mod reason;
mod wait;

pub(super) use accounts::left_behind;
pub use accounts::released;
pub(super) use execute::until_gone;
pub use execute::{Failure, Report, execute};
pub use gather::{With, gather};
pub use judge::{Action, Objection, Step, Weight};
pub use once::rerun_name;
pub use wait::{Ended, wait};

use std::collections::BTreeSet;

use super::applyset::{ApplySet, Kept, Parent, ParentError, orphans};
use super::change::{self, Change, Outcome, PlanOptions};
use super::desired::Desired;
use super::kind::Kind;
use super::noop;
use super::object::{Reference, concurrently};
use super::operator::Operators;
use super::{ClusterError, Connection, Result};
use crate::render::SpecName;

/// How objects are applied.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Take fields that other managers own.
    pub force_conflicts: bool,
    /// Write objects that belong to others.
    pub override_owner: bool,
    /// What happens to one-shot backups that ran and have changed.
    pub once: Once,
    /// The set that the objects are in.
    pub set: Option<ApplySet>,
    /// Delete members of the set that nothing wants any more.
    pub prune: bool,
    /// Only read.
    pub only_read: bool,
}

/// What happens to the Job of a one-shot backup that has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Once {
    /// It stays, and the person is told.
    #[default]
    Leave,
    /// It is deleted, and a new one is made.
    Replace,
    /// A new one is made beside it.
    Rerun,
}

/// What would be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// What ought to be; changes name its items by index.
    pub desired: Vec<Desired>,
    /// What the server said of it.
    pub changes: Vec<Change>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What speaks against it.
    pub objections: Vec<Objection>,
    /// What pruning leaves.
    pub kept: Vec<Kept>,
    /// The set and what its parent says now.
    pub set: Option<(ApplySet, Option<Parent>)>,
    /// What the parent has to say while members change, and afterwards, where that is something else than now.
    pub parent: (Option<Parent>, Option<Parent>),
    /// What could not be looked at, and what follows.
    pub unknown: Vec<String>,
}

impl Plan {
    /// Whether something would be written or deleted.
    #[must_use]
    pub fn does_something(&self) -> bool {
        self.steps.iter().any(Step::does_something) || self.parent.0.is_some() || self.parent.1.is_some()
    }

    /// What the server warned of when it looked at the objects, each once.
    #[must_use]
    pub fn warnings(&self) -> BTreeSet<&str> {
        self.changes.iter().flat_map(|change| &change.warnings).map(String::as_str).collect()
    }

    fn warned_of(&self, text: &str) -> bool {
        self.changes.iter().any(|change| change.warnings.iter().any(|known| known == text))
    }

    /// The heaviest objection that keeps the whole from being applied.
    #[must_use]
    pub fn obstacle(&self) -> Option<Weight> {
        self.objections
            .iter()
            .filter(|objection| objection.keeps_all())
            .map(|objection| objection.weight)
            .max()
    }
}

/// Finds out what applying would do. `specs` are the specs of the input, all of them.
///
/// # Errors
///
/// Only what keeps the whole from being judged; what concerns one object is an [`Objection`].
pub async fn prepare(
    connection: &Connection,
    mut desired: Vec<Desired>,
    specs: &[SpecName],
    options: &Options,
) -> Result<Plan, ParentError> {
    let namespaces: BTreeSet<&str> = specs.iter().map(|spec| spec.namespace.as_str()).collect();
    let operators = Operators::look(connection, &namespaces).await?;
    let mut plan = Plan::default();
    if let Some(words) = &operators.unknown {
        plan.unknown.push(format!("whether an operator runs the same backups is not known: {words}"));
    }
    let mut wanted: BTreeSet<Reference> = desired.iter().map(|item| item.reference.clone()).collect();

    let mut orphaned = Vec::new();
    if let Some(set) = &options.set {
        let parent = Parent::read(connection, set).await?;
        if let (Some(parent), true) = (&parent, options.prune) {
            let found = orphans(connection, set, parent, &wanted, specs).await?;
            orphaned = found.delete;
            plan.kept = found.kept;
        }
        plan.set = Some((set.clone(), parent));
    }
    let gone: Vec<SpecName> = orphaned.iter().filter_map(|orphan| orphan.spec.clone()).collect();
    let leaving: Vec<&SpecName> = specs.iter().chain(&gone).collect();
    match accounts::released(connection, &leaving, &desired).await {
        Ok(parts) => desired.extend(
            parts
                .into_iter()
                .filter(|part| !orphaned.iter().any(|orphan| orphan.reference == part.reference)),
        ),
        Err(ClusterError::Forbidden { message }) => {
            plan.unknown
                .push(format!("annotations that a spec no longer has may stay on its account: {message}"));
        }
        Err(error) => return Err(error.into()),
    }

    let changes = if options.only_read {
        looked_at(connection, &desired).await?
    } else {
        change::plan(connection, &desired, PlanOptions { force_conflicts: options.force_conflicts }).await?
    };
    let reruns = once::existing(connection, &desired, &changes).await?;
    let judged = judge::judge(&desired, &changes, &reruns, specs, &operators, options);
    plan.steps = judged.steps;
    plan.objections = judged.objections;
    plan.steps.extend(orphaned.into_iter().map(|orphan| Step::prune(orphan.reference, orphan.uid)));
    plan.desired = desired;
    plan.changes = changes;

    if let Some((set, before)) = &plan.set {
        wanted.extend(reruns.keys().cloned());
        let kept = plan.kept.iter().map(|kept| &kept.reference);
        let after = Parent::with_members(set, wanted.iter().chain(kept));
        let both = before.as_ref().map_or_else(|| after.clone(), |before| before.union(&after));
        let after = if options.prune { after } else { both.clone() };
        plan.parent.0 = (Some(&both) != before.as_ref()).then(|| both.clone());
        plan.parent.1 = (after != both).then_some(after);
    }
    Ok(plan)
}

/// What reading alone shows, for a dry run that sends the server nothing to judge.
async fn looked_at(connection: &Connection, desired: &[Desired]) -> Result<Vec<Change>> {
    concurrently(change::grouped(desired), |(reference, parts)| async move {
        let live = match connection.get(reference).await {
            Ok(live) => live,
            Err(error) if error.is_not_found() && reference.kind == Kind::Backup => None,
            Err(error) => return Err(error),
        };
        let pending: Vec<usize> = parts
            .iter()
            .copied()
            .filter(|part| {
                let wanted = desired.get(*part);
                !wanted.zip(live.as_ref()).is_some_and(|(wanted, live)| noop::is_noop(wanted, live))
            })
            .collect();
        let outcome = match &live {
            None => Outcome::Create,
            Some(_) if pending.is_empty() => Outcome::Unchanged,
            Some(_) => Outcome::Update,
        };
        Ok(Change {
            reference: reference.clone(),
            parts,
            pending,
            live,
            live_is_known: true,
            merged: None,
            outcome,
            force: false,
            warnings: Vec::new(),
        })
    })
    .await
}
