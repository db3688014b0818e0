//! The fields of the language by path: what each is, and what it becomes.

use crate::api::effects::{self, Effect};
use crate::api::shape::{self, Field, Shape};
use crate::input::field::{Step, steps};
use crate::neo4j::Feature;

/// The kinds of the language, in the order in which people meet them.
pub const KINDS: [&str; 3] = ["Neo4jBackup", "Neo4jRestore", "Neo4jTarget"];

/// Where a field stands, and what it is.
#[derive(Clone, Debug)]
pub struct Located {
    /// Its kind.
    pub kind: &'static str,
    /// Its path from `spec` on, without `[]` and `*`, as a person writes it.
    pub path: String,
    /// The same with `[]` and `*`, as the effects have it.
    pub pattern: String,
    /// The field; `None` for `spec` itself.
    pub field: Option<&'static Field>,
    /// Its shape.
    pub shape: &'static Shape,
}

impl Located {
    /// What it means.
    #[must_use]
    pub fn description(&self) -> &'static str {
        match self.field {
            Some(field) if field.description.is_empty() => "As in Kubernetes' own API.",
            Some(field) => field.description,
            None => match self.kind {
                "Neo4jBackup" => "A backup of the databases of a Neo4j deployment: once, or on a schedule.",
                "Neo4jRestore" => "A restore of one database from a backup.",
                _ => "A Neo4j deployment that specs point at. It lies beside them and is never applied.",
            },
        }
    }

    /// Whether it must be there, where its block is.
    #[must_use]
    pub fn required(&self) -> bool {
        self.field.is_none_or(|field| field.required)
    }

    /// What holds when it is absent, as it would be written.
    #[must_use]
    pub fn default(&self) -> Option<&'static str> {
        self.field.map(|field| field.default).filter(|default| !default.is_empty())
    }

    /// What it becomes, when it is a leaf, or a block that is passed on whole.
    #[must_use]
    pub fn effect(&self) -> Option<&'static Effect> {
        let leaf = leaf_pattern(&self.pattern, self.shape);
        effects::of(self.kind, &leaf).or_else(|| effects::covers_block(self.kind, &self.pattern))
    }

    /// The fields below, when it is a block or a list of blocks.
    #[must_use]
    pub fn children(&self) -> Vec<Self> {
        let (shape, pattern) = element(self.shape, &self.pattern);
        let Shape::Object(fields) = shape else { return Vec::new() };
        fields
            .iter()
            .map(|field| Self {
                kind: self.kind,
                path: format!("{}.{}", self.path, field.name),
                pattern: format!("{pattern}.{}", field.name),
                field: Some(field),
                shape: field.shape,
            })
            .collect()
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

/// The items of lists and values of maps, with what the effects append to the path for them.
fn element<'s>(shape: &'s Shape, pattern: &str) -> (&'s Shape, String) {
    match shape {
        Shape::List { items, .. } => element(items, &format!("{pattern}[]")),
        Shape::Map(values) => element(values, &format!("{pattern}.*")),
        _ => (shape, pattern.to_owned()),
    }
}

fn leaf_pattern(pattern: &str, shape: &Shape) -> String {
    element(shape, pattern).1
}

/// `spec` of a kind.
#[must_use]
pub fn root(kind: &'static str) -> Option<Located> {
    let shape = shape::of_kind(kind)?;
    Some(Located { kind, path: "spec".to_owned(), pattern: "spec".to_owned(), field: None, shape })
}

/// Every field of a kind, blocks before what is in them. A block that is passed on whole (`job.affinity`) is not
/// entered: its fields are Kubernetes' own.
#[must_use]
pub fn of_kind(kind: &'static str) -> Vec<Located> {
    let mut all = Vec::new();
    if let Some(root) = root(kind) {
        enter(root, &mut all);
    }
    all
}

fn enter(located: Located, all: &mut Vec<Located>) {
    let whole = effects::covers_block(located.kind, &located.pattern).is_some_and(|effect| effect.mechanism);
    let children = if whole { Vec::new() } else { located.children() };
    all.push(located);
    for child in children {
        enter(child, all);
    }
}

/// The field at a path that begins with `spec`. Positions in lists and keys of mappings may stand in it, as they do
/// in findings.
#[must_use]
pub fn at(kind: &'static str, path: &str) -> Option<Located> {
    let mut keys = steps(path).into_iter().filter_map(|step| match step {
        Step::Key(key) => Some(key),
        Step::Index(_) => None,
    });
    let mut located = root(kind).filter(|_| keys.next().as_deref() == Some("spec"))?;
    for key in keys {
        // A key of a mapping is no field: what is said of the mapping holds for it.
        if matches!(located.shape, Shape::Map(_)) {
            continue;
        }
        located = located.children().into_iter().find(|child| child.name() == key)?;
    }
    Some(located)
}

/// A word or two for the type.
#[must_use]
pub fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::Object(_) => "object".to_owned(),
        Shape::Map(values) => format!("map of {}", type_name(values)),
        Shape::List { items, .. } => format!("list of {}", type_name(items)),
        Shape::Text { .. } | Shape::Choice(_) => "string".to_owned(),
        Shape::Integer { .. } => "integer".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Quantity => "quantity".to_owned(),
        Shape::IntOrString => "integer or string".to_owned(),
    }
}

/// What the type allows beyond its name, as a phrase; `None` when nothing narrows it.
#[must_use]
pub fn allowed(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Choice(values) => {
            Some(values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "))
        }
        Shape::Text { min, max } => match (*min, *max) {
            (0 | 1, 0) => None,
            (min, 0) => Some(format!("at least {min} characters")),
            (0 | 1, max) => Some(format!("at most {max} characters")),
            (min, max) => Some(format!("{min} to {max} characters")),
        },
        Shape::Integer { min, max } => {
            let low = (*min > i64::from(i32::MIN)).then_some(min);
            let high = (*max < i64::from(i32::MAX)).then_some(max);
            match (low, high) {
                (Some(low), Some(high)) => Some(format!("{low} to {high}")),
                (Some(low), None) => Some(format!("at least {low}")),
                (None, Some(high)) => Some(format!("at most {high}")),
                (None, None) => None,
            }
        }
        Shape::List { items, min, max } => {
            let count = match (*min, *max) {
                (0, 0) => None,
                (0, max) => Some(format!("at most {max} items")),
                (min, 0) => Some(format!("at least {min} {}", if min == 1 { "item" } else { "items" })),
                (min, max) => Some(format!("{min} to {max} items")),
            };
            match (count, allowed(items)) {
                (Some(count), Some(each)) => Some(format!("{count}, each {each}")),
                (count, each) => count.or_else(|| each.map(|each| format!("each {each}"))),
            }
        }
        Shape::Boolean => Some("`true`, `false`".to_owned()),
        _ => None,
    }
}

/// The releases that have what an effect needs, as a message names them: `2025.04`.
#[must_use]
pub fn since(effect: &Effect) -> Option<String> {
    let name = effect.since?;
    let feature = Feature::ALL.iter().copied().find(|feature| format!("{feature:?}") == name)?;
    Some(feature.since().to_string())
}
