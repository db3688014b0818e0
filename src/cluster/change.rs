//! What applying would do to each object: compared with what is there, judged by the server's own dry run.
//!
//! Reading costs one list a kind and namespace, however many specs there are. An object that is provably as it should
//! be ([`super::noop`]) is not sent at all; every other one is sent once as a dry run, some at a time.

use std::collections::{BTreeMap, HashMap};

use kube::core::{DynamicObject, Status};
use serde_json::Value;

use super::desired::Desired;
use super::error::{ClusterError, FieldConflict, Result};
use super::kind::Kind;
use super::object::{Apply, Reference, concurrently};
use super::{Connection, noop};
use crate::render::labels;

/// What would become of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which object.
    pub reference: Reference,
    /// Its parts: indices into the slice that was planned, one for each manager, in the order in which they are
    /// applied.
    pub parts: Vec<usize>,
    /// Those of its parts that have to be sent; the others are there already, fields and ownership.
    pub pending: Vec<usize>,
    /// The object as it is; `None` when there is none.
    pub live: Option<DynamicObject>,
    /// Whether [`Change::live`] is known: whoever asks may not be allowed to look.
    pub live_is_known: bool,
    /// The object as it would be: the server's answer to the dry run, all parts taken together.
    pub merged: Option<DynamicObject>,
    /// What it comes to.
    pub outcome: Outcome,
    /// The parts have to be applied with force although nobody else loses anything by it: they take over from each
    /// other, or the person said `--force-conflicts`.
    pub force: bool,
    /// What the server warned of, when it looked at this object.
    pub warnings: Vec<String>,
}

/// What applying an object comes to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// There is none, and there would be one.
    Create,
    /// It is as it should be; nothing would be written.
    Unchanged,
    /// Every value is as it should be, but our managers do not own exactly these fields yet: applying writes nothing
    /// but `managedFields`.
    Adopt,
    /// Values would change.
    Update,
    /// A field would change that cannot: the template of a Job, nearly everything of a claim.
    Immutable {
        /// The fields, as the server names them: `spec.template`.
        fields: Vec<String>,
        /// The server's reason, without the value.
        message: String,
    },
    /// Other managers own fields that we would set to another value.
    Conflict(Vec<FieldConflict>),
    /// The server refuses it: validation, admission, quota.
    Rejected(Box<Status>),
    /// Whoever asks may not do this.
    Forbidden {
        /// The server's words: they name user, verb, resource and namespace.
        message: String,
    },
    /// Its namespace does not exist, so the server could not look at it.
    NamespaceMissing,
    /// The cluster does not have its kind.
    KindMissing,
}

impl Outcome {
    /// Whether something would be written, ownership included.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(self, Self::Create | Self::Adopt | Self::Update)
    }

    /// Whether it keeps the object from being applied.
    #[must_use]
    pub fn is_obstacle(&self) -> bool {
        !self.writes() && !matches!(self, Self::Unchanged)
    }
}

/// How changes are planned.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions {
    /// Take fields that other managers own.
    pub force_conflicts: bool,
}

/// Finds out what applying would do. The changes come in the order of their first parts.
///
/// # Errors
///
/// Only what keeps the whole from being judged, such as a server that is away; what concerns one object is its
/// [`Outcome`].
pub async fn plan(connection: &Connection, desired: &[Desired], options: PlanOptions) -> Result<Vec<Change>> {
    let objects = grouped(desired);
    let mut live = existing(connection, objects.iter().map(|(reference, _)| *reference)).await?;

    let mut answers: Vec<Vec<(usize, Answer)>> = objects.iter().map(|_| Vec::new()).collect();
    let mut questions = Vec::new();
    for (index, (reference, parts)) in objects.iter().enumerate() {
        let there = live.get(*reference).and_then(Option::as_ref);
        for part in parts {
            let Some(wanted) = desired.get(*part) else { continue };
            if !there.is_some_and(|there| noop::is_noop(wanted, there)) {
                questions.push((index, *part, wanted, rivals(desired, parts, *part)));
            }
        }
    }
    let answered = concurrently(questions, |(index, part, wanted, rivals)| async move {
        Ok((index, part, ask(connection, wanted, &rivals, options).await?))
    })
    .await?;
    for (index, part, answer) in answered {
        if let Some(of_object) = answers.get_mut(index) {
            of_object.push((part, answer));
        }
    }

    // An object that is there without our label is not in the list: the answer shows that it is.
    let unseen: Vec<&Reference> = objects
        .iter()
        .zip(&answers)
        .filter(|((reference, _), answers)| {
            !live.contains_key(*reference) && answers.iter().any(|(_, answer)| answer.may_exist())
        })
        .map(|((reference, _), _)| *reference)
        .collect();
    let found =
        concurrently(unseen, |reference| async move { Ok((reference, connection.get(reference).await)) })
            .await?;
    for (reference, outcome) in found {
        match outcome {
            Ok(object) => {
                live.insert(reference, object);
            }
            // What is there stays unknown.
            Err(ClusterError::Forbidden { .. }) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }

    let changes = objects.into_iter().zip(answers).map(|((reference, parts), answers)| {
        let there = live.remove(reference);
        let known = there.is_some();
        let mut change = combined(desired, reference.clone(), parts, there.flatten(), answers, options);
        change.live_is_known = known || matches!(change.outcome, Outcome::Create | Outcome::NamespaceMissing);
        change
    });
    Ok(changes.collect())
}

/// The parts of each object, in the order in which objects first appear.
pub(super) fn grouped(desired: &[Desired]) -> Vec<(&Reference, Vec<usize>)> {
    let mut places: HashMap<&Reference, usize> = HashMap::new();
    let mut objects: Vec<(&Reference, Vec<usize>)> = Vec::new();
    for (index, wanted) in desired.iter().enumerate() {
        let place = *places.entry(&wanted.reference).or_insert_with(|| {
            objects.push((&wanted.reference, Vec::new()));
            objects.len() - 1
        });
        if let Some((_, parts)) = objects.get_mut(place) {
            parts.push(index);
        }
    }
    objects
}

/// Objects of one kind and namespace up to which single requests cost less than a list of everything of ours there.
const FEW: usize = 4;

/// Objects that are there, by one list a kind and namespace or a few single requests. An object that was asked for
/// and is not there is `None`; one that the list does not show is absent from the map, because it may still be there
/// without our label.
async fn existing<'a>(
    connection: &Connection,
    references: impl Iterator<Item = &'a Reference>,
) -> Result<HashMap<&'a Reference, Option<DynamicObject>>> {
    let mut groups: HashMap<(Kind, &str), Vec<&Reference>> = HashMap::new();
    for reference in references {
        groups.entry((reference.kind, reference.namespace.as_str())).or_default().push(reference);
    }
    let selector = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let (small, large): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, members)| members.len() <= FEW);

    let mut found = HashMap::new();
    let mut single: Vec<&Reference> = small.into_iter().flat_map(|(_, members)| members).collect();
    let lists = concurrently(large, |((kind, namespace), members)| {
        let selector = &selector;
        async move {
            match connection.list(kind, namespace, selector).await {
                Ok(objects) => Ok((members, Some(objects))),
                // Whoever may read single objects alone is served too, only slower.
                Err(ClusterError::Forbidden { .. } | ClusterError::NotFound { .. }) => Ok((members, None)),
                Err(error) => Err(error),
            }
        }
    })
    .await?;
    for (members, objects) in lists {
        let Some(objects) = objects else {
            single.extend(members);
            continue;
        };
        let mut by_name: HashMap<String, DynamicObject> =
            objects.into_iter().filter_map(|object| Some((object.metadata.name.clone()?, object))).collect();
        for reference in members {
            if let Some(object) = by_name.remove(&reference.name) {
                found.insert(reference, Some(object));
            }
        }
    }
    let objects = concurrently(single, |reference| async move {
        match connection.get(reference).await {
            Ok(object) => Ok(Some((reference, object))),
            // The dry run will say whether this matters.
            Err(ClusterError::Forbidden { .. } | ClusterError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await?;
    found.extend(objects.into_iter().flatten());
    Ok(found)
}

/// Managers of the other parts of the same object. All parts of one input agree (a rule sees to that), so what one
/// of them takes from another it does not take away.
fn rivals<'a>(desired: &'a [Desired], parts: &[usize], part: usize) -> Vec<&'a str> {
    parts
        .iter()
        .filter(|other| **other != part)
        .filter_map(|other| desired.get(*other))
        .map(|wanted| wanted.manager.as_str())
        .collect()
}

/// What the server said of one part.
struct Answer {
    verdict: Verdict,
    warnings: Vec<String>,
    forced: bool,
}

enum Verdict {
    Merged(Box<DynamicObject>),
    Conflict(Vec<FieldConflict>, Option<Box<DynamicObject>>),
    Obstacle(Outcome),
}

impl Answer {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, warnings: Vec::new(), forced: false }
    }

    /// Whether there may be such an object: an object that a dry run would create has no resource version.
    fn may_exist(&self) -> bool {
        match &self.verdict {
            Verdict::Merged(object) => object.metadata.resource_version.is_some(),
            Verdict::Conflict(..)
            | Verdict::Obstacle(
                Outcome::Rejected(_) | Outcome::Immutable { .. } | Outcome::Forbidden { .. },
            ) => true,
            Verdict::Obstacle(_) => false,
        }
    }
}

/// Asks for a dry run of one part.
async fn ask(
    connection: &Connection,
    wanted: &Desired,
    rivals: &[&str],
    options: PlanOptions,
) -> Result<Answer> {
    let how = Apply { manager: &wanted.manager, force: options.force_conflicts, dry_run: true };
    let (outcome, warnings) = connection.apply_noting_warnings(&wanted.reference, &wanted.object, how).await;
    let mut answer = match outcome {
        Ok(object) => Answer::of(Verdict::Merged(Box::new(object))),
        Err(ClusterError::Conflict { conflicts, .. }) => {
            // With force, to see what it would come to.
            let how = Apply { force: true, ..how };
            let merged = connection.apply(&wanted.reference, &wanted.object, how).await.ok().map(Box::new);
            let among_ourselves =
                conflicts.iter().all(|conflict| rivals.contains(&conflict.manager.as_str()));
            match merged {
                Some(merged) if among_ourselves => {
                    Answer { forced: true, ..Answer::of(Verdict::Merged(merged)) }
                }
                merged => Answer::of(Verdict::Conflict(conflicts, merged)),
            }
        }
        Err(ClusterError::Rejected(status)) => Answer::of(Verdict::Obstacle(refused(status))),
        Err(ClusterError::Forbidden { message }) => {
            Answer::of(Verdict::Obstacle(Outcome::Forbidden { message }))
        }
        Err(ClusterError::NotFound { message }) if message.starts_with("namespaces \"") => {
            Answer::of(Verdict::Obstacle(Outcome::NamespaceMissing))
        }
        Err(ClusterError::NotFound { .. }) => Answer::of(Verdict::Obstacle(Outcome::KindMissing)),
        Err(error) => return Err(error),
    };
    answer.warnings = warnings;
    Ok(answer)
}

/// A refusal: of a change to what cannot change, or of the object as such.
pub(super) fn refused(status: Box<Status>) -> Outcome {
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    let immutable = !causes.is_empty() && causes.iter().all(|cause| cause.message.contains("immutable"));
    if !immutable {
        return Outcome::Rejected(status);
    }
    // The server repeats the whole value before its reason, and for claims a difference after it (pods.md §6).
    let reason = causes.first().map(|cause| cause.message.as_str()).unwrap_or_default();
    let reason = if reason.ends_with("field is immutable") { "field is immutable" } else { reason };
    let reason = reason.lines().next().unwrap_or_default().trim_start_matches("Forbidden: ");
    Outcome::Immutable {
        fields: causes.iter().map(|cause| cause.field.clone()).collect(),
        message: reason.to_owned(),
    }
}

/// Takes the answers for the parts of one object together.
fn combined(
    desired: &[Desired],
    reference: Reference,
    parts: Vec<usize>,
    live: Option<DynamicObject>,
    answers: Vec<(usize, Answer)>,
    options: PlanOptions,
) -> Change {
    let pending = answers.iter().map(|(part, _)| *part).collect();
    let mut merged: Option<DynamicObject> = live.clone();
    let mut force = options.force_conflicts;
    let mut warnings: Vec<String> = Vec::new();
    let mut conflicts: Vec<FieldConflict> = Vec::new();
    let mut obstacle: Option<Outcome> = None;
    let mut ownership = false;
    for (_, answer) in answers {
        force |= answer.forced;
        warnings.extend(answer.warnings);
        let part = match answer.verdict {
            Verdict::Merged(object) => Some(object),
            Verdict::Conflict(fields, object) => {
                conflicts.extend(fields);
                object
            }
            Verdict::Obstacle(outcome) => {
                obstacle.get_or_insert(outcome);
                None
            }
        };
        let Some(part) = part else { continue };
        ownership |= live.as_ref().is_none_or(|live| !same_ownership(live, &part));
        merged = Some(match merged {
            None => *part,
            Some(before) => with_changes(before, live.as_ref(), *part),
        });
    }
    if let Some(merged) = merged.as_mut().filter(|_| parts.len() > 1) {
        // What one part lets go of and another one wants stays: the other one is applied too.
        for wanted in parts.iter().filter_map(|part| desired.get(*part)) {
            lay_over(&mut merged.metadata.annotations, wanted.object.pointer("/metadata/annotations"));
            lay_over(&mut merged.metadata.labels, wanted.object.pointer("/metadata/labels"));
        }
    }
    warnings.sort();
    warnings.dedup();
    let outcome = match (obstacle, &live, &merged) {
        (Some(obstacle), ..) => obstacle,
        _ if !conflicts.is_empty() => Outcome::Conflict(conflicts),
        (None, None, _) => Outcome::Create,
        (None, Some(live), Some(merged)) if !same_values(live, merged) => Outcome::Update,
        _ if ownership => Outcome::Adopt,
        _ => Outcome::Unchanged,
    };
    Change { reference, parts, pending, live, live_is_known: false, merged, outcome, force, warnings }
}

fn lay_over(all: &mut Option<BTreeMap<String, String>>, wanted: Option<&Value>) {
    for (key, value) in wanted.and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.as_str() {
            all.get_or_insert_default().insert(key.clone(), value.to_owned());
        }
    }
}

/// Whether two states of an object differ in nothing but what the server counts and notes down.
fn same_values(left: &DynamicObject, right: &DynamicObject) -> bool {
    left.data == right.data
        && left.metadata.labels == right.metadata.labels
        && left.metadata.annotations == right.metadata.annotations
        && left.metadata.finalizers == right.metadata.finalizers
        && left.metadata.owner_references == right.metadata.owner_references
}

/// Whether everybody owns the same fields in two states of an object; when they wrote them does not matter.
fn same_ownership(left: &DynamicObject, right: &DynamicObject) -> bool {
    let entries = |object: &DynamicObject| {
        let mut entries: Vec<_> = object.metadata.managed_fields.iter().flatten().cloned().collect();
        for entry in &mut entries {
            entry.time = None;
        }
        entries.sort_by(|a, b| {
            (&a.manager, &a.operation, &a.subresource).cmp(&(&b.manager, &b.operation, &b.subresource))
        });
        entries
    };
    entries(left) == entries(right)
}

/// What several dry runs come to together: each starts from the same live object, so the second one's changes are
/// put over the first one's answer. Only metadata can come in several parts ([`super::desired`]).
fn with_changes(
    mut before: DynamicObject,
    live: Option<&DynamicObject>,
    part: DynamicObject,
) -> DynamicObject {
    let nothing = Default::default();
    let live_metadata = live.map_or(&nothing, |live| &live.metadata);
    if live.is_none_or(|live| live.data != part.data) {
        before.data = part.data;
    }
    let merge = |mine: &mut Option<BTreeMap<String, String>>,
                 was: &Option<BTreeMap<String, String>>,
                 theirs: Option<BTreeMap<String, String>>| {
        if *was == theirs {
            return;
        }
        let mut all = mine.take().unwrap_or_default();
        let theirs = theirs.unwrap_or_default();
        all.retain(|key, _| {
            theirs.contains_key(key) || !was.as_ref().is_some_and(|was| was.contains_key(key))
        });
        for (key, value) in theirs {
            if was.as_ref().and_then(|was| was.get(&key)) != Some(&value) {
                all.insert(key, value);
            }
        }
        *mine = (!all.is_empty()).then_some(all);
    };
    merge(&mut before.metadata.labels, &live_metadata.labels, part.metadata.labels);
    merge(&mut before.metadata.annotations, &live_metadata.annotations, part.metadata.annotations);
    let entries = before.metadata.managed_fields.get_or_insert_default();
    for entry in part.metadata.managed_fields.into_iter().flatten() {
        let same = |other: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry| {
            other.manager == entry.manager
                && other.operation == entry.operation
                && other.subresource == entry.subresource
        };
        match entries.iter_mut().find(|other| same(other)) {
            None => entries.push(entry),
            Some(other) => {
                let was = live_metadata.managed_fields.iter().flatten().find(|other| same(other));
                if was.is_none_or(|was| was.fields_v1 != entry.fields_v1) {
                    *other = entry;
                }
            }
        }
    }
    before
}
