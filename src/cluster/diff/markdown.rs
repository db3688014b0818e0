//! Differences for a comment on a pull request: a summary and one part to unfold for each object.
//!
//! Hosts refuse comments over 65,536 characters (GitHub), so what does not fit is named, and what is not even named is
//! counted.

use std::io::{self, Write};

use super::{Judge, ObjectDiff, Operation, unified};
use crate::diagnostics::visible_line;

/// Most characters of a comment.
pub const LIMIT: usize = 65_536;

/// Room that is kept for the names and the number of what does not fit.
const RESERVE: usize = 4_096;

/// Writes the comment.
///
/// # Errors
///
/// Those of the writer.
pub fn write(out: &mut dyn Write, diffs: &[ObjectDiff]) -> io::Result<()> {
    let mut text = format!("### neo4j-backup: {}\n", summary(diffs));
    let mut used = text.chars().count();
    let mut left_out: Vec<&ObjectDiff> = Vec::new();
    for diff in diffs {
        let part = part(diff)?;
        let length = part.chars().count();
        if used + length > LIMIT - RESERVE {
            left_out.push(diff);
        } else {
            used += length;
            text.push_str(&part);
        }
    }
    if !left_out.is_empty() {
        let head = "\nToo long to show here; `kubectl neo4j-backup diff` shows all:\n\n";
        text.push_str(head);
        used += head.chars().count();
        for (index, diff) in left_out.iter().enumerate() {
            let line = format!("- {}\n", heading(diff));
            let rest = format!("- and {} more\n", left_out.len() - index);
            used += line.chars().count();
            if used + rest.chars().count() > LIMIT {
                text.push_str(&rest);
                break;
            }
            text.push_str(&line);
        }
    }
    out.write_all(text.as_bytes())
}

/// `2 to make, 1 to change`; between two versions of the specs `2 new, 1 changed`.
#[must_use]
pub fn summary(diffs: &[ObjectDiff]) -> String {
    let count = |operation: Operation| diffs.iter().filter(|diff| diff.operation == operation).count();
    let versions = diffs.iter().any(|diff| diff.judge == Judge::Rendering);
    let words: Vec<String> = [
        (Operation::Create, if versions { "new" } else { "to make" }),
        (Operation::Update, if versions { "changed" } else { "to change" }),
        (Operation::Keep, "different and kept"),
        (Operation::Prune, "to delete"),
        (Operation::Remove, "removed"),
    ]
    .into_iter()
    .filter_map(|(operation, words)| match count(operation) {
        0 => None,
        number => Some(format!("{number} {words}")),
    })
    .collect();
    if words.is_empty() { "no difference".to_owned() } else { words.join(", ") }
}

fn heading(diff: &ObjectDiff) -> String {
    let name = escaped(&diff.reference.to_string());
    format!("<code>{name}</code>: {}", diff.operation.as_str())
}

fn part(diff: &ObjectDiff) -> io::Result<String> {
    let mut lines = Vec::new();
    unified::write(&mut lines, diff, false)?;
    let body = String::from_utf8_lossy(&lines);
    // A fence longer than any in the text, so that nothing in it ends the block.
    let longest = body.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    Ok(format!(
        "\n<details>\n<summary>{}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n",
        heading(diff)
    ))
}

/// What would be HTML, a mention or a link is made plain text.
fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in visible_line(text).chars() {
        match character {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '@' => plain.push_str("&#64;"),
            other => plain.push(other),
        }
    }
    plain
}
