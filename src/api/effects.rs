//! What each field of a spec becomes: the table behind law 1 ("no silent no-op").
//!
//! A row names the argument, the environment variable or the object field that a leaf changes, or says why it
//! changes nothing. `explain FIELD`, `docs/effects.md` and `docs/spec.md` read it, and the tests below hold it
//! to the shapes: a leaf without a row and a row without a leaf both fail.
//!
//! The blocks that stand in several places of the language (`cloud`, the storage locations, the hooks) are macros,
//! so that one sentence is written once.

use super::shape::{self, Shape};

mod backup;
mod restore;
mod storage;
mod target;

/// What one leaf of the language becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The kind: `Neo4jBackup`, `Neo4jRestore` or `Neo4jTarget`.
    pub kind: &'static str,
    /// The leaf, from `spec` on: `[]` after a list, `*` for the keys of a mapping, and `**` at the end for
    /// everything below.
    pub path: &'static str,
    /// Markdown, a sentence or two: what changes in the output, or why nothing does.
    pub becomes: &'static str,
    /// Whether there is something that carries it out. Without, a finding on the leaf says so.
    pub mechanism: bool,
    /// Where the fact comes from: a document or a reference file, and its section.
    pub source: &'static str,
    /// Name of the `neo4j::Feature` that gates it, when not every supported release has it.
    pub since: Option<&'static str>,
}

impl Effect {
    /// Whether the row speaks of this leaf, which is written as [`Effect::path`] is.
    #[must_use]
    pub fn covers(&self, leaf: &str) -> bool {
        match self.path.strip_suffix("**") {
            Some(block) => leaf.starts_with(block),
            None => self.path == leaf,
        }
    }
}

/// Rows of one kind under a common prefix. `!` before the sentence says that nothing carries the leaf out.
macro_rules! rows {
    ($kind:literal, $prefix:literal; $($path:literal => $(!$not:literal)? $($becomes:literal)?, $source:literal $(, since $since:ident)?;)*) => {
        &[$($crate::api::effects::Effect {
            kind: $kind,
            path: concat!($prefix, $path),
            becomes: concat!($($not)? $($becomes)?),
            mechanism: $crate::api::effects::rows!(@mechanism $($not)?),
            source: $source,
            since: $crate::api::effects::rows!(@since $($since)?),
        }),*]
    };
    (@mechanism $not:literal) => { false };
    (@mechanism) => { true };
    (@since $since:ident) => { Some(stringify!($since)) };
    (@since) => { None };
}
use rows;

static GROUPS: &[&[&[Effect]]] = &[backup::ROWS, restore::ROWS, target::ROWS];

/// Every row, kind by kind.
pub fn all() -> impl Iterator<Item = &'static Effect> {
    GROUPS.iter().copied().flatten().copied().flatten()
}

/// The row of a leaf, which is written as [`Effect::path`] is.
#[must_use]
pub fn of(kind: &str, leaf: &str) -> Option<&'static Effect> {
    all().find(|effect| effect.kind == kind && effect.covers(leaf))
}

/// Whether a row covers everything at and below a block, so that nobody needs to look inside.
#[must_use]
pub fn covers_block(kind: &str, block: &str) -> Option<&'static Effect> {
    all().find(|effect| {
        effect.kind == kind && effect.path.strip_suffix(".**").is_some_and(|path| path == block)
    })
}

/// The leaves of a kind, in the order of its shape.
#[must_use]
pub fn leaves(kind: &str) -> Vec<String> {
    let mut leaves = Vec::new();
    if let Some(shape) = shape::of_kind(kind) {
        collect(shape, "spec", &mut leaves);
    }
    leaves
}

fn collect(shape: &Shape, path: &str, leaves: &mut Vec<String>) {
    match shape {
        Shape::Object(fields) => {
            for field in *fields {
                collect(field.shape, &format!("{path}.{}", field.name), leaves);
            }
        }
        Shape::Map(values) => collect(values, &format!("{path}.*"), leaves),
        Shape::List { items, .. } => collect(items, &format!("{path}[]"), leaves),
        _ => leaves.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 3] = ["Neo4jBackup", "Neo4jRestore", "Neo4jTarget"];

    #[test]
    fn every_leaf_has_exactly_one_row() {
        for kind in KINDS {
            for leaf in leaves(kind) {
                let rows = all().filter(|effect| effect.kind == kind && effect.covers(&leaf)).count();
                assert_eq!(rows, 1, "{kind} {leaf}");
            }
        }
    }

    #[test]
    fn every_row_has_a_leaf() {
        for effect in all() {
            let leaves = leaves(effect.kind);
            assert!(leaves.iter().any(|leaf| effect.covers(leaf)), "{} {}", effect.kind, effect.path);
        }
    }

    #[test]
    fn rows_are_sentences_with_a_source() {
        for effect in all() {
            let at = format!("{} {}", effect.kind, effect.path);
            assert!(effect.becomes.ends_with('.'), "{at}");
            assert!(effect.becomes.chars().next().is_some_and(|first| !first.is_lowercase()), "{at}");
            assert_eq!(effect.becomes.starts_with("Nothing"), !effect.mechanism, "{at}: {}", effect.becomes);
            assert!(!effect.becomes.contains(['|', '\n']), "{at}: a row must fit into a table");
            assert!(!effect.source.is_empty(), "{at}");
        }
    }
}
