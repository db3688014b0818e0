//! What is done to each object, and what speaks against it: decided from what the server said, without asking it.

use std::collections::HashMap;

use kube::core::DynamicObject;
use serde_json::Value;

use super::{Once, Options, once, reason};
use crate::api::quantity::Quantity;
use crate::cluster::applyset::{has_members, membership};
use crate::cluster::change::{Change, Outcome};
use crate::cluster::desired::Desired;
use crate::cluster::error::FieldConflict;
use crate::cluster::kind::Kind;
use crate::cluster::managed;
use crate::cluster::object::Reference;
use crate::cluster::operator::{self, Definition, Operators};
use crate::cluster::{ownership, suspension};
use crate::diagnostics::{self, codes};
use crate::render::SpecName;

/// What is done to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// Nothing.
    Keep,
    /// It is deleted and made again.
    Replace,
    /// Another one is made beside it.
    Rerun,
    /// It is deleted, it and no other of the same name.
    Prune {
        /// Which one.
        uid: Option<String>,
    },
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// To which object.
    pub reference: Reference,
    /// What.
    pub action: Action,
    /// Why, in a few words; may be empty.
    pub why: String,
    /// The change that it carries out; `None` for what is pruned.
    pub change: Option<usize>,
    /// The object is put into the set.
    pub enlist: bool,
}

impl Step {
    pub(super) fn prune(reference: Reference, uid: Option<String>) -> Self {
        let why = match reference.kind {
            Kind::Job => "in the set, and no spec gives it any more; its record and logs go",
            _ => "in the set, and no spec gives it any more",
        };
        Self { reference, action: Action::Prune { uid }, why: why.to_owned(), change: None, enlist: false }
    }

    /// Whether something is written or deleted.
    #[must_use]
    pub fn does_something(&self) -> bool {
        self.action != Action::Keep || self.enlist
    }

    /// Whether something that is there goes.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        matches!(self.action, Action::Replace | Action::Prune { .. })
    }
}

/// How a command ends for an objection; later ones weigh more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing is wrong.
    Notice,
    /// A finding, and everything else is applied.
    Alone,
    /// A finding.
    Finding,
    /// Somebody else owns what would be changed.
    Conflict,
    /// The cluster does not let us.
    Cluster,
}

/// What speaks against applying an object.
#[derive(Clone, Debug)]
pub struct Objection {
    /// Its code.
    pub definition: &'static diagnostics::Definition,
    /// The spec that the object belongs to; `None` for what specs share.
    pub spec: Option<SpecName>,
    /// What is the matter, one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// How much it weighs.
    pub weight: Weight,
}

impl Objection {
    /// Whether nothing at all is applied because of it.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        self.weight >= Weight::Finding
    }
}

/// Steps and objections.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) steps: Vec<Step>,
    pub(super) objections: Vec<Objection>,
}

/// Everything that a judgement reads.
struct Judge<'a> {
    desired: &'a [Desired],
    reruns: &'a HashMap<Reference, Option<DynamicObject>>,
    options: &'a Options,
    /// The definitions of our kinds are applied too.
    with_definitions: bool,
    judged: Judged,
}

/// Judges all changes.
pub(super) fn judge(
    desired: &[Desired],
    changes: &[Change],
    reruns: &HashMap<Reference, Option<DynamicObject>>,
    specs: &[SpecName],
    operators: &Operators,
    options: &Options,
) -> Judged {
    let with_definitions =
        desired.iter().any(|wanted| wanted.reference.kind == Kind::CustomResourceDefinition);
    let mut judge = Judge { desired, reruns, options, with_definitions, judged: Judged::default() };
    for spec in specs {
        if let Some(acting) = operators.acting_on(spec) {
            judge.object(
                &codes::OPERATOR_RUNS_IT,
                Some(spec),
                Weight::Conflict,
                format!(
                    "an operator runs `{}` as {}/{} in {}: {}",
                    spec.name, acting.resource, spec.name, spec.namespace, acting.sign
                ),
                format!(
                    "leave the backup to the operator, or `kubectl delete {} {} -n {}` first",
                    acting.resource, spec.name, spec.namespace
                ),
            );
        }
    }
    if operators.act_on_our_kinds()
        && let Some(change) = changes.iter().find(|change| change.reference.kind == Kind::Backup)
    {
        let spec = judge.spec(change);
        judge.object(
            &codes::OPERATOR_ACTS_ON_SPECS,
            spec.as_ref(),
            Weight::Conflict,
            "the definitions of an operator are installed, which would act on the specs".to_owned(),
            "apply without `--with specs`".to_owned(),
        );
    }
    for (index, change) in changes.iter().enumerate() {
        judge.change(index, change);
    }
    judge.judged
}

impl Judge<'_> {
    fn change(&mut self, index: usize, change: &Change) {
        if let Some(live) = &change.live {
            match self.owner(change, live) {
                Verdict::Ours => {}
                Verdict::LeftAlone => return self.step(index, change, Action::Keep, "", false),
                Verdict::Refused => return,
            }
        }
        let enlist = match self.enlists(change) {
            Some(enlist) => enlist,
            None => return,
        };
        let joins = if enlist { "joins the set" } else { "" };
        match &change.outcome {
            Outcome::Create => self.step(index, change, Action::Create, "", enlist),
            Outcome::Unchanged if enlist => self.step(index, change, Action::Update, joins, true),
            Outcome::Unchanged => self.step(index, change, Action::Keep, "", false),
            Outcome::Adopt => {
                self.step(index, change, Action::Update, "no value changes, only who keeps it", enlist);
            }
            Outcome::Update => {
                let why = match (&change.live, &change.merged) {
                    (Some(live), Some(merged)) => reason::changed_fields(live, merged),
                    _ => String::new(),
                };
                self.step(index, change, Action::Update, &why, enlist);
            }
            Outcome::Immutable { fields, message } if change.reference.kind == Kind::Job => {
                self.once(index, change, fields, message, enlist);
            }
            Outcome::Immutable { fields, message } => self.refuse(
                change,
                &codes::CANNOT_BE_APPLIED,
                Weight::Finding,
                format!("{} cannot change in {}: {message}", change.reference, fields.join(", ")),
                match change.reference.kind {
                    Kind::PersistentVolumeClaim => {
                        "the size of a claim can only grow, where its class allows it; a new claim needs a new name"
                    }
                    _ => "give the spec another name, or delete the object first",
                }
                .to_owned(),
            ),
            Outcome::Conflict(conflicts) => self.conflict(change, conflicts),
            Outcome::Rejected(status) => self.refuse(
                change,
                &codes::CANNOT_BE_APPLIED,
                Weight::Finding,
                format!("{} would be refused: {}", change.reference, one_line(&status.message)),
                "`validate --server` shows the line of the spec behind it".to_owned(),
            ),
            Outcome::Forbidden { message } => self.refuse(
                change,
                &codes::CANNOT_BE_APPLIED,
                Weight::Cluster,
                format!("{} may not be applied: {}", change.reference, one_line(message)),
                "`kubectl neo4j-backup rbac` writes the least Role that each command needs".to_owned(),
            ),
            Outcome::NamespaceMissing => self.refuse(
                change,
                &codes::CANNOT_BE_APPLIED,
                Weight::Finding,
                format!("the namespace `{}` does not exist", change.reference.namespace),
                format!("make it: `kubectl create namespace {}`", change.reference.namespace),
            ),
            Outcome::KindMissing if change.reference.kind == Kind::Backup && self.with_definitions => {
                self.step(index, change, Action::Create, "once its definition is there", enlist);
            }
            Outcome::KindMissing => self.refuse(
                change,
                &codes::CANNOT_BE_APPLIED,
                Weight::Finding,
                format!("the cluster does not know the kind of {}", change.reference),
                "apply the definitions too: `--with crds --with specs`".to_owned(),
            ),
        }
    }

    /// Whose the live object is, and what that means.
    fn owner(&mut self, change: &Change, live: &DynamicObject) -> Verdict {
        if change.reference.kind == Kind::CustomResourceDefinition {
            return self.definition(change, live);
        }
        let Some(owner) = ownership::owner(&live.metadata) else { return Verdict::Ours };
        let suits = match change.reference.kind {
            Kind::PersistentVolumeClaim => Some(self.claim_suits(change, live)),
            Kind::ServiceAccount => Some(self.account_suits(change, live)),
            _ => None,
        };
        match suits {
            Some(Ok(())) => {
                self.refuse(
                    change,
                    &codes::USED_AS_IT_IS,
                    Weight::Notice,
                    format!("{} belongs to {owner} and is used as it is", change.reference),
                    match change.reference.kind {
                        Kind::PersistentVolumeClaim => {
                            "name it without `size` to say that it is made elsewhere"
                        }
                        _ => "`identity.autoCreate.enabled: false` says that it is made elsewhere",
                    }
                    .to_owned(),
                );
                Verdict::LeftAlone
            }
            // A claim is never taken over, whatever is said.
            Some(Err(why)) if change.reference.kind == Kind::PersistentVolumeClaim => {
                self.refuse(
                    change,
                    &codes::DOES_NOT_SUIT,
                    Weight::Conflict,
                    format!("{} belongs to {owner} and {why}", change.reference),
                    "name another claim in `storage.pvc.name`, or ask for what this one has".to_owned(),
                );
                Verdict::Refused
            }
            _ if self.options.override_owner => Verdict::Ours,
            Some(Err(why)) => {
                self.refuse(
                    change,
                    &codes::DOES_NOT_SUIT,
                    Weight::Conflict,
                    format!("{} belongs to {owner} and {why}", change.reference),
                    format!("{}; `--override-owner` writes it all the same", owner.advice()),
                );
                Verdict::Refused
            }
            None => {
                self.refuse(
                    change,
                    &codes::FOREIGN_OBJECT,
                    Weight::Conflict,
                    format!("{} belongs to {owner}", change.reference),
                    format!("{}; `--override-owner` writes it all the same", owner.advice()),
                );
                Verdict::Refused
            }
        }
    }

    fn definition(&mut self, change: &Change, live: &DynamicObject) -> Verdict {
        let wanted = self.wanted(change).map_or(Value::Null, |wanted| wanted.object.clone());
        match operator::definition(live, &wanted) {
            Definition::Ours => Verdict::Ours,
            Definition::Same => Verdict::LeftAlone,
            Definition::Foreign => {
                let by = ownership::owner(&live.metadata)
                    .map_or_else(|| "somebody else".to_owned(), |owner| owner.to_string());
                self.refuse(
                    change,
                    &codes::FOREIGN_DEFINITION,
                    Weight::Conflict,
                    format!("{} is there and is not ours: it was installed by {by}", change.reference),
                    "apply without `--with crds`; nothing else needs the definitions".to_owned(),
                );
                Verdict::Refused
            }
        }
    }

    /// Whether a claim has what is asked for: at least the size, and the class when one is asked for.
    fn claim_suits(&self, change: &Change, live: &DynamicObject) -> Result<(), String> {
        let Some(wanted) = self.wanted(change) else { return Ok(()) };
        let text = |object: &Value, pointer: &str| {
            object.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
        };
        let asked = text(&wanted.object, "/spec/resources/requests/storage");
        let has = text(&live.data, "/status/capacity/storage")
            .or_else(|| text(&live.data, "/spec/resources/requests/storage"));
        if let (Some(asked), Some(has)) = (asked, has)
            && Quantity(asked.clone()).exceeds(&Quantity(has.clone()))
        {
            return Err(format!("has {has}, and the spec asks for {asked}"));
        }
        let asked = text(&wanted.object, "/spec/storageClassName");
        let has = text(&live.data, "/spec/storageClassName");
        match (asked, has) {
            (Some(asked), has) if has.as_deref() != Some(&asked) => {
                Err(format!("is of the class `{}`, and the spec asks for `{asked}`", has.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    /// Whether an account has the annotations that specs ask for.
    fn account_suits(&self, change: &Change, live: &DynamicObject) -> Result<(), String> {
        let nothing = Default::default();
        let has = live.metadata.annotations.as_ref().unwrap_or(&nothing);
        let parts = change.parts.iter().filter_map(|part| self.desired.get(*part));
        for part in parts {
            let asked = part.object.pointer("/metadata/annotations").and_then(Value::as_object);
            for (key, value) in asked.into_iter().flatten() {
                if has.get(key).map(String::as_str) != value.as_str() {
                    return Err(format!("lacks the annotation `{key}` that the spec asks for"));
                }
            }
        }
        Ok(())
    }

    /// Whether the object is put into the set; `None` when it is in another one.
    fn enlists(&mut self, change: &Change) -> Option<bool> {
        let Some(set) = &self.options.set else { return Some(false) };
        if !has_members(change.reference.kind) || self.wanted(change).is_none() {
            return Some(false);
        }
        match change.live.as_ref().and_then(|live| membership(&live.metadata)) {
            None => Some(true),
            Some(id) if id == set.id() => Some(false),
            // An account is shared by whoever runs as it; the set that made it keeps it.
            Some(_) if change.reference.kind == Kind::ServiceAccount => Some(false),
            Some(id) => {
                let message = format!("{} is in another set, {id}", change.reference);
                let help = format!(
                    "apply with the set that it is in, or take it out of that: `kubectl label {} {} -n {} {}-`",
                    change.reference.kind.prefix(),
                    change.reference.name,
                    change.reference.namespace,
                    crate::cluster::applyset::PART_OF,
                );
                self.refuse(change, &codes::MEMBER_OF_ANOTHER_SET, Weight::Conflict, message, help);
                None
            }
        }
    }

    /// A one-shot backup that ran and has changed.
    fn once(&mut self, index: usize, change: &Change, fields: &[String], message: &str, enlist: bool) {
        let running = change.live.as_ref().is_some_and(crate::cluster::applyset::is_running);
        let rerun = once::rerun(change, self.desired);
        // What runs already with this content needs no word from anybody.
        if let Some(Some(live)) = rerun.as_ref().and_then(|rerun| self.reruns.get(rerun)) {
            let kept = Change {
                reference: rerun.unwrap_or_else(|| change.reference.clone()),
                live: Some(live.clone()),
                ..change.clone()
            };
            return self.step(index, &kept, Action::Keep, "", false);
        }
        match (self.options.once, rerun) {
            (Once::Replace, _) => {
                let why = if running {
                    "its content changed; the run that is under way ends"
                } else {
                    "its content changed; the old Job and its logs go"
                };
                self.step(index, change, Action::Replace, why, enlist || self.options.set.is_some());
            }
            (Once::Rerun, Some(rerun)) => {
                let kept = Change { reference: rerun, ..change.clone() };
                let why = format!("its content changed; job.batch/{} stays", change.reference.name);
                self.step(index, &kept, Action::Rerun, &why, self.options.set.is_some());
            }
            _ => {
                let state = if running { "is running" } else { "has run" };
                self.refuse(
                    change,
                    &codes::RUNS_ONCE,
                    Weight::Alone,
                    format!(
                        "{} {state}, and its spec has changed since ({}: {message})",
                        change.reference,
                        fields.join(", ")
                    ),
                    "`--rerun` runs the changed backup beside it, `--replace` instead of it".to_owned(),
                );
            }
        }
    }

    fn conflict(&mut self, change: &Change, conflicts: &[FieldConflict]) {
        let described: Vec<String> = conflicts
            .iter()
            .map(|conflict| {
                let since = change
                    .live
                    .as_ref()
                    .map(|live| managed::owners(&live.metadata, &conflict.field))
                    .unwrap_or_default()
                    .into_iter()
                    .find(|share| share.manager == conflict.manager)
                    .and_then(|share| share.since);
                match since {
                    Some(since) => {
                        format!("{} was set by `{}` on {since}", conflict.field, conflict.manager)
                    }
                    None => format!("{} was set by `{}`", conflict.field, conflict.manager),
                }
            })
            .collect();
        self.refuse(
            change,
            &codes::FIELD_BELONGS_TO_ANOTHER,
            Weight::Conflict,
            format!("{}: {}", change.reference, described.join("; ")),
            match conflicts.iter().all(|conflict| conflict.manager == suspension::MANAGER) {
                // Taking that field starts a schedule that somebody stopped for a reason.
                true => "see `status` for who suspended it and why; `resume` lets it go on, and `suspend: true` in the spec keeps it so",
                false => "put the value into the spec, or take the field with `--force-conflicts`",
            }
            .to_owned(),
        );
    }

    fn wanted(&self, change: &Change) -> Option<&Desired> {
        change.parts.first().and_then(|part| self.desired.get(*part))
    }

    fn spec(&self, change: &Change) -> Option<SpecName> {
        let wanted = self.wanted(change)?;
        // What specs share is told at the first spec that asks for it.
        let shared = || {
            let (_, origin) = wanted.rendered.as_ref()?.provenance.iter().next()?;
            Some(origin.spec.clone())
        };
        wanted.spec.clone().or_else(shared)
    }

    fn step(&mut self, index: usize, change: &Change, action: Action, why: &str, enlist: bool) {
        self.judged.steps.push(Step {
            reference: change.reference.clone(),
            action,
            why: why.to_owned(),
            change: Some(index),
            enlist,
        });
    }

    fn refuse(
        &mut self,
        change: &Change,
        definition: &'static diagnostics::Definition,
        weight: Weight,
        message: String,
        help: String,
    ) {
        let spec = self.spec(change);
        self.object(definition, spec.as_ref(), weight, message, help);
    }

    fn object(
        &mut self,
        definition: &'static diagnostics::Definition,
        spec: Option<&SpecName>,
        weight: Weight,
        message: String,
        help: String,
    ) {
        self.judged.objections.push(Objection { definition, spec: spec.cloned(), message, help, weight });
    }
}

enum Verdict {
    Ours,
    LeftAlone,
    Refused,
}

/// A server's message may quote whole objects over many lines.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 600;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests;
