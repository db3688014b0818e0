//! What differs between an object and what ought to be there, in forms for people, scripts and pull requests.
//!
//! Only fields that we own, or would own, are compared: what the server, an admission webhook or a person added beside
//! them is neither shown nor undone (peers.md §6.3). Secrets never stand in a difference ([`mask`]).

pub mod external;
pub mod json;
mod lines;
pub mod markdown;
pub mod mask;
pub mod unified;
pub mod versions;

use kube::core::DynamicObject;
use serde_json::Value;

use super::change::{Change, Outcome};
use super::desired::Desired;
use super::managed::{self, Share};
use super::object::Reference;
use super::ownership::{self, Owner};
use super::{fields, kind::Kind};

/// What applying would do to an object, or what a change of the specs does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Nothing, although it differs: a field that cannot change would have to.
    Keep,
    /// Delete it: no spec of its set gives it any more.
    Prune,
    /// Render it no more: the newer of two versions of the specs does not give it.
    Remove,
}

impl Operation {
    /// The word that machine output uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Keep => "keep",
            Self::Prune => "prune",
            Self::Remove => "remove",
        }
    }
}

/// Who judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The API server, by a dry run: with its defaults and everything that admission does.
    Server,
    /// We, from the object and what ought to be in it: the server would not or could not say.
    Comparison,
    /// We, from two versions of the specs: no cluster took part.
    Rendering,
}

impl Judge {
    /// The word that machine output uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Comparison => "comparison",
            Self::Rendering => "rendering",
        }
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDiff {
    /// The field in the server's spelling: `.spec.template.spec.containers[name="backup"].image`.
    pub path: String,
    /// Its value, with secrets masked; `None` when it is not there.
    pub from: Option<Value>,
    /// The value that it would get, with secrets masked; `None` when it would go.
    pub to: Option<Value>,
    /// Other managers that own it or something below it.
    pub owners: Vec<Share>,
}

/// An object that differs.
#[derive(Clone, Debug)]
pub struct ObjectDiff {
    /// Which object.
    pub reference: Reference,
    /// Group and version.
    pub api_version: String,
    /// What applying would do.
    pub operation: Operation,
    /// Who judged.
    pub judge: Judge,
    /// Our part of it as it is, with secrets masked.
    pub before: Option<Value>,
    /// Our part of it as it would be, with secrets masked.
    pub after: Option<Value>,
    /// The fields that differ.
    pub fields: Vec<FieldDiff>,
    /// Whoever keeps it as it is, other than us.
    pub owner: Option<Owner>,
    /// What a person should know about it, in whole sentences.
    pub notes: Vec<String>,
}

/// The difference that a change makes to what is there; `None` when no value of ours differs, or when it cannot be
/// told because the server refused the object.
#[must_use]
pub fn of(change: &Change, desired: &[Desired]) -> Option<ObjectDiff> {
    let live = change.live.as_ref();
    let (operation, judge) = match &change.outcome {
        Outcome::Unchanged | Outcome::Adopt | Outcome::Rejected(_) | Outcome::KindMissing => return None,
        Outcome::Create => (Operation::Create, Judge::Server),
        Outcome::Update | Outcome::Conflict(_) => (Operation::Update, Judge::Server),
        Outcome::Immutable { .. } => (Operation::Keep, Judge::Comparison),
        Outcome::NamespaceMissing => (Operation::Create, Judge::Comparison),
        Outcome::Forbidden { .. } if live.is_some() => (Operation::Update, Judge::Comparison),
        Outcome::Forbidden { .. } if change.live_is_known => (Operation::Create, Judge::Comparison),
        Outcome::Forbidden { .. } => return None,
    };
    let wanted = wanted(change, desired);
    let judge = if change.merged.is_some() { judge } else { Judge::Comparison };

    let mut set = live.map_or_else(|| fields::of(&wanted), |live| fields::ours(&live.metadata));
    let (before, after) = match (judge, &change.merged) {
        (Judge::Server, Some(merged)) => {
            fields::add(&mut set, &fields::ours(&merged.metadata));
            (live.map(value_of), value_of(merged))
        }
        _ => {
            fields::add(&mut set, &fields::of(&wanted));
            (live.map(|live| like("", &value_of(live), &wanted, false)), wanted)
        }
    };
    let mut before = before.map(|before| fields::project(&before, &set));
    let mut after = Some(fields::project(&after, &set));
    let mut found = Vec::new();
    compare(before.as_ref(), after.as_ref(), &set, String::new(), &mut found);
    if found.is_empty() {
        return None;
    }
    mask::both(&mut before, &mut after);
    let metadata = live.map(|live| &live.metadata);
    let mut differing = Vec::with_capacity(found.len());
    for Found { path, tokens } in found {
        let keys: Vec<String> = tokens.iter().map(Token::in_set).collect();
        let owners = metadata.map(|metadata| managed::owners_at(metadata, &keys)).unwrap_or_default();
        differing.push(FieldDiff {
            from: before.as_ref().and_then(|value| at(value, &tokens)).cloned(),
            to: after.as_ref().and_then(|value| at(value, &tokens)).cloned(),
            owners: owners.into_iter().filter(|share| !fields::is_ours(&share.manager)).collect(),
            path,
        });
    }
    Some(ObjectDiff {
        reference: change.reference.clone(),
        api_version: change.reference.kind.resource().api_version,
        operation,
        judge,
        before,
        after,
        fields: differing,
        owner: metadata.and_then(ownership::owner),
        notes: notes(change),
    })
}

/// An object that pruning would delete.
#[must_use]
pub fn pruned(reference: &Reference, live: &DynamicObject, set: &str) -> ObjectDiff {
    let mut fields = fields::ours(&live.metadata);
    if fields.as_object().is_none_or(serde_json::Map::is_empty) {
        fields = fields::of(&value_of(live));
    }
    let mut before = Some(fields::project(&value_of(live), &fields));
    mask::both(&mut before, &mut None);
    ObjectDiff {
        reference: reference.clone(),
        api_version: reference.kind.resource().api_version,
        operation: Operation::Prune,
        judge: Judge::Server,
        before,
        after: None,
        fields: Vec::new(),
        owner: ownership::owner(&live.metadata),
        notes: vec![format!("no spec gives it any more: `apply --prune --applyset {set}` deletes it")],
    }
}

/// All parts of an object taken together.
fn wanted(change: &Change, desired: &[Desired]) -> Value {
    let mut parts = change.parts.iter().filter_map(|part| desired.get(*part)).map(|part| &part.object);
    let mut whole = parts.next().cloned().unwrap_or_default();
    for part in parts {
        lay_over(&mut whole, part);
    }
    whole
}

/// Parts beyond the first hold metadata alone: maps of texts.
fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// An object as plain JSON.
fn value_of(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}

/// The live value without what the server adds by default in places that are owned as a whole, for a comparison that
/// the server has no part in.
fn like(field: &str, live: &Value, wanted: &Value, whole: bool) -> Value {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            let whole = whole || fields::is_atomic_map(field);
            let pairs = live.iter().filter_map(|(key, value)| match wanted.get(key) {
                Some(wanted) => Some((key.clone(), like(key, value, wanted, whole))),
                None => (!whole).then(|| (key.clone(), value.clone())),
            });
            Value::Object(pairs.collect())
        }
        (Value::Array(live_items), Value::Array(wanted_items)) => match fields::list_keys(field) {
            Some(keys) => Value::Array(
                live_items
                    .iter()
                    .map(|item| {
                        let same = |other: &&Value| keys.iter().all(|key| item.get(key) == other.get(key));
                        let wanted = wanted_items.iter().find(same);
                        wanted.map_or_else(|| item.clone(), |wanted| like("", item, wanted, whole))
                    })
                    .collect(),
            ),
            None if live_items.len() == wanted_items.len() => Value::Array(
                live_items
                    .iter()
                    .zip(wanted_items)
                    .map(|(item, wanted)| like("", item, wanted, true))
                    .collect(),
            ),
            None => live.clone(),
        },
        (live, _) => live.clone(),
    }
}

/// A differing field: how the server spells it, and the way to it.
struct Found {
    path: String,
    tokens: Vec<Token>,
}

/// One step down.
#[derive(Clone, Debug)]
enum Token {
    Key(String),
    /// The item of a list with keys, as a set of fields spells it.
    Item(String),
}

impl Token {
    /// The key in a set of fields.
    fn in_set(&self) -> String {
        match self {
            Self::Key(name) => format!("f:{name}"),
            Self::Item(key) => key.clone(),
        }
    }
}

/// The path of a field below another; a name with dots of its own stands in brackets.
fn child(path: &str, name: &str) -> String {
    if name.contains(['.', '/', '[', ']', '"']) {
        format!("{path}[{name:?}]")
    } else {
        format!("{path}.{name}")
    }
}

fn at<'v>(value: &'v Value, tokens: &[Token]) -> Option<&'v Value> {
    tokens.iter().try_fold(value, |value, token| match token {
        Token::Key(key) => value.get(key),
        Token::Item(key) => value.as_array()?.iter().find(|item| fields::is_item(key, item)),
    })
}

/// Finds what differs, as deep down as fields are owned one by one.
fn compare(before: Option<&Value>, after: Option<&Value>, set: &Value, path: String, found: &mut Vec<Found>) {
    walk(before, after, set, path, &mut Vec::new(), found);
}

fn walk(
    before: Option<&Value>,
    after: Option<&Value>,
    set: &Value,
    path: String,
    tokens: &mut Vec<Token>,
    found: &mut Vec<Found>,
) {
    if before == after {
        return;
    }
    let children = set.as_object().filter(|children| children.keys().any(|key| key != "."));
    match (before, after, children) {
        // A new object, or one that goes, field by field.
        (None, Some(Value::Object(only)), Some(_)) | (Some(Value::Object(only)), None, Some(_))
            if path.is_empty() || path == ".metadata" =>
        {
            for (name, value) in only {
                if names_the_object(&path, name) {
                    continue;
                }
                let (before, after) =
                    if before.is_some() { (Some(value), None) } else { (None, Some(value)) };
                step(Token::Key(name.clone()), child(&path, name), before, after, set, tokens, found);
            }
        }
        (Some(Value::Object(left)), Some(Value::Object(right)), Some(_)) => {
            let mut names: Vec<&String> =
                left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))).collect();
            names.sort();
            for name in names {
                let spelled = child(&path, name);
                let (left, right) = (left.get(name), right.get(name));
                step(Token::Key(name.clone()), spelled, left, right, set, tokens, found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right)), Some(children))
            if children.keys().any(|key| key.starts_with("k:")) =>
        {
            let before_all = found.len();
            for key in children.keys().filter(|key| key.starts_with("k:")) {
                let item = |items: &'_ [Value]| -> Option<usize> {
                    items.iter().position(|item| fields::is_item(key, item))
                };
                let left = item(left).and_then(|index| left.get(index));
                let right = item(right).and_then(|index| right.get(index));
                let spelled = format!("{path}{}", in_brackets(key));
                step(Token::Item(key.clone()), spelled, left, right, set, tokens, found);
            }
            // The same items in another order.
            if found.len() == before_all {
                found.push(Found { path, tokens: tokens.clone() });
            }
        }
        _ => found.push(Found { path, tokens: tokens.clone() }),
    }
}

fn step(
    token: Token,
    path: String,
    before: Option<&Value>,
    after: Option<&Value>,
    set: &Value,
    tokens: &mut Vec<Token>,
    found: &mut Vec<Found>,
) {
    let none = Value::Null;
    let part = set.get(token.in_set());
    tokens.push(token);
    walk(before, after, part.unwrap_or(&none), path, tokens, found);
    tokens.pop();
}

fn names_the_object(path: &str, name: &str) -> bool {
    match path {
        "" => matches!(name, "apiVersion" | "kind"),
        _ => matches!(name, "name" | "namespace"),
    }
}

/// `k:{"name":"backup"}` as the server prints it: `[name="backup"]`.
fn in_brackets(key: &str) -> String {
    let Some(Ok(Value::Object(keys))) = key.strip_prefix("k:").map(serde_json::from_str::<Value>) else {
        return format!("[{key}]");
    };
    let pairs: Vec<String> = keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("[{}]", pairs.join(","))
}

/// What a person should know about a change.
fn notes(change: &Change) -> Vec<String> {
    let mut notes = Vec::new();
    match &change.outcome {
        Outcome::Immutable { fields, message } => {
            let fields = fields.join(", ");
            notes.push(match change.reference.kind {
                Kind::Job => format!(
                    "the template of a Job cannot change ({fields}: {message}): `apply` keeps this Job as it is, and \
                     the backup that it has run; `apply --replace` deletes it and runs the new one in its place, \
                     `apply --rerun` runs the new one beside it"
                ),
                Kind::PersistentVolumeClaim => format!(
                    "of a claim only the size can change, and only grow ({fields}: {message}): `apply` leaves it \
                     alone; for another claim give `storage.pvc.name` a new name"
                ),
                _ => format!("this cannot be changed in place ({fields}: {message}): `apply` leaves it alone"),
            });
        }
        Outcome::Conflict(conflicts) => {
            let mut managers: Vec<&str> =
                conflicts.iter().map(|conflict| conflict.manager.as_str()).collect();
            managers.sort_unstable();
            managers.dedup();
            notes.push(format!(
                "{} set {} of these fields: `apply` stops here (exit code 4), `apply --force-conflicts` takes them over",
                managers.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
                conflicts.len(),
            ));
        }
        Outcome::NamespaceMissing => notes.push(format!(
            "the namespace `{}` does not exist yet, so the server could not look at this object",
            change.reference.namespace
        )),
        Outcome::Forbidden { message } => notes.push(format!(
            "compared without the server's dry run, which would need the right to patch ({message})"
        )),
        _ => {}
    }
    notes
}

#[cfg(test)]
mod tests;
