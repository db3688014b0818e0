//! `docs/spec.md`: the language, block by block.

use std::fmt::Write as _;

use super::fields::{self, KINDS, Located, allowed, since, type_name};
use super::{GENERATED, anchor, cell};
use crate::api::effects;
use crate::api::shape::Shape;

const HEADS: [(&str, &str); 3] = [
    ("Neo4jBackup", "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup"),
    ("Neo4jRestore", "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore"),
    ("Neo4jTarget", "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget"),
];

/// The reference of the spec language.
#[must_use]
pub fn spec_markdown() -> String {
    let mut text = format!("{GENERATED}# Spec reference\n\n");
    text.push_str(
        "Every field of the three kinds. `kubectl neo4j-backup explain FIELD` says the same at the terminal, and \
         [effects.md](effects.md) has one row for each leaf with the source of the fact.\n\n",
    );
    for kind in KINDS {
        let _ = writeln!(text, "- [{kind}](#{})", anchor(kind));
    }
    for (kind, head) in HEADS {
        let _ = write!(text, "\n## {kind}\n\n```yaml\n{head}\n```\n");
        let blocks = Blocks::of(kind);
        for block in &blocks.written {
            let _ = write!(text, "\n### {}\n\n{}\n\n", heading(block), block.description());
            table(&mut text, block, &blocks);
        }
    }
    text
}

/// The blocks of a kind that get a section. One that stands in several places gets one section, at the place that a
/// person meets first, and the others refer to it.
struct Blocks {
    written: Vec<Located>,
}

impl Blocks {
    fn of(kind: &'static str) -> Self {
        let mut written: Vec<Located> = Vec::new();
        // A block with an effect of its own is passed on whole, or is nothing: its row says everything.
        let blocks = fields::of_kind(kind).into_iter().filter(|block| {
            !block.children().is_empty() && block.effect().is_none() && !below_an_effect(block)
        });
        for block in blocks {
            match written.iter_mut().find(|known| same_shape(known, &block)) {
                Some(known) if rank(&block) < rank(known) => *known = block,
                Some(_) => {}
                None => written.push(block),
            }
        }
        written.sort_by(|left, right| left.path.cmp(&right.path));
        Self { written }
    }

    fn section(&self, block: &Located) -> Option<String> {
        self.written.iter().find(|known| same_shape(known, block)).map(heading)
    }
}

fn below_an_effect(block: &Located) -> bool {
    block
        .pattern
        .match_indices('.')
        .filter_map(|(end, _)| block.pattern.get(..end))
        .any(|ancestor| effects::covers_block(block.kind, ancestor).is_some())
}

fn same_shape(left: &Located, right: &Located) -> bool {
    // The tables are generated in place, so equal blocks are equal text and not one static.
    format!("{:?}", left.shape) == format!("{:?}", right.shape)
}

/// The alias `spec.cloud` last, and the shallow before the deep.
fn rank(block: &Located) -> (bool, usize) {
    (block.path.starts_with("spec.cloud"), block.path.matches('.').count())
}

fn heading(block: &Located) -> String {
    format!("{} `{}`", block.kind, block.path)
}

fn table(text: &mut String, block: &Located, blocks: &Blocks) {
    text.push_str(
        "| field | type | required | default | meaning | becomes |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for child in block.children() {
        let allowed = match child.shape {
            Shape::Boolean => None,
            shape => allowed(shape),
        };
        let kind = match allowed {
            Some(allowed) => format!("{}: {allowed}", type_name(child.shape)),
            None => type_name(child.shape),
        };
        let default = child.default().map(|default| format!("`{default}`")).unwrap_or_default();
        let becomes = match child.effect() {
            Some(effect) => match since(effect) {
                Some(since) => format!("{} Since Neo4j {since}.", effect.becomes),
                None => effect.becomes.to_owned(),
            },
            None => match blocks.section(&child) {
                Some(section) => format!("See [{section}](#{}).", anchor(&section)),
                None => String::new(),
            },
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} |",
            child.name(),
            cell(&kind),
            if child.required() { "yes" } else { "" },
            cell(&default),
            cell(child.description()),
            cell(&becomes)
        );
    }
}
