//! `docs/effects.md`: what every leaf becomes.

use std::fmt::Write as _;

use super::fields::{KINDS, since};
use super::{GENERATED, cell};
use crate::api::effects;

/// The manual's table of effects, one row a leaf.
#[must_use]
pub fn effects_markdown() -> String {
    let mut text = format!("{GENERATED}# What every field becomes\n\n");
    text.push_str(
        "Every leaf of the spec language changes something that you can see in the output, or has a finding on it that \
         says why it does not. This is the whole table. `[]` stands for the items of a list, `*` for the keys of a \
         mapping, `**` for everything below. A row that begins with *Nothing* has no mechanism behind it: setting the \
         field gives a finding.\n\n\
         Since: the Neo4j releases that have what the field asks for; empty when every supported release (5.26, and \
         2025.01 and later) does.\n",
    );
    for kind in KINDS {
        let _ =
            write!(text, "\n## {kind}\n\n| field | becomes | since | source |\n| --- | --- | --- | --- |\n");
        for effect in effects::all().filter(|effect| effect.kind == kind) {
            let becomes = match effect.becomes.strip_prefix("Nothing") {
                Some(rest) => format!("*Nothing*{rest}"),
                None => effect.becomes.to_owned(),
            };
            let since = since(effect).unwrap_or_default();
            let _ = writeln!(
                text,
                "| `{}` | {} | {since} | {} |",
                effect.path,
                cell(&becomes),
                cell(effect.source)
            );
        }
    }
    text
}
