//! A unified diff: for people, and for whatever reads patches.
//!
//! Remarks are lines that start with `#`, which tools that read patches skip: what a person should know before the
//! object, and under a differing field who else owns it and since when.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::lines::{self, Line};
use super::{FieldDiff, Judge, ObjectDiff, Operation};
use crate::cluster::managed::Share;
use crate::diagnostics::visible_line;

/// Lines of context around a change, as `diff -u` has them.
const CONTEXT: usize = 3;

struct Styles {
    head: Style,
    place: Style,
    removed: Style,
    added: Style,
    remark: Style,
}

impl Styles {
    fn new(color: bool) -> Self {
        let of = |color_of: AnsiColor| if color { color_of.on_default() } else { Style::new() };
        Self {
            head: if color { Style::new().bold() } else { Style::new() },
            place: of(AnsiColor::Cyan),
            removed: of(AnsiColor::Red),
            added: of(AnsiColor::Green),
            remark: of(AnsiColor::Yellow),
        }
    }
}

/// Writes the difference of one object.
///
/// # Errors
///
/// Those of the writer.
pub fn write(out: &mut dyn Write, diff: &ObjectDiff, color: bool) -> io::Result<()> {
    let styles = Styles::new(color);
    let mut put = |style: Style, text: &str| writeln!(out, "{style}{text}{style:#}");
    for remark in remarks(diff) {
        put(styles.remark, &format!("# {}", visible_line(&remark)))?;
    }
    let before = lines::of(diff.before.as_ref());
    let after = lines::of(diff.after.as_ref());
    let name = file_name(diff);
    let header = |side: &str, lines: &[Line]| {
        if lines.is_empty() { "/dev/null".to_owned() } else { format!("{side}/{name}") }
    };
    let (old_side, new_side) = sides(diff);
    put(styles.head, &format!("--- {}", header(old_side, &before)))?;
    put(styles.head, &format!("+++ {}", header(new_side, &after)))?;

    let texts = |lines: &[Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    let operations = capture_diff_slices(Algorithm::Myers, &texts(&before), &texts(&after));
    let mut told = vec![false; diff.fields.len()];
    for group in group_diff_ops(operations, CONTEXT) {
        put(styles.place, &place(&group, &before, &after))?;
        for (index, operation) in group.iter().enumerate() {
            let (old, new) = (operation.old_range(), operation.new_range());
            let (old, new) = (before.get(old).unwrap_or_default(), after.get(new).unwrap_or_default());
            if matches!(operation, DiffOp::Equal { .. }) {
                for line in old {
                    put(Style::new(), &format!(" {}", line.text))?;
                }
                continue;
            }
            for line in old {
                put(styles.removed, &format!("-{}", line.text))?;
            }
            for line in new {
                put(styles.added, &format!("+{}", line.text))?;
            }
            // The owner stands under the field, once, after the last of its lines in this hunk.
            let later = group.get(index + 1..).unwrap_or_default();
            for (field, told) in diff.fields.iter().zip(&mut told) {
                let here = old.iter().chain(new).any(|line| is_in(&line.path, &field.path));
                let again = later.iter().any(|operation| {
                    !matches!(operation, DiffOp::Equal { .. })
                        && before
                            .get(operation.old_range())
                            .into_iter()
                            .flatten()
                            .chain(after.get(operation.new_range()).into_iter().flatten())
                            .any(|line| is_in(&line.path, &field.path))
                });
                if here && !again && !*told {
                    *told = true;
                    for owner in owners(field) {
                        put(styles.remark, &format!("# {}", visible_line(&owner)))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// What is said before the lines of an object.
pub(super) fn remarks(diff: &ObjectDiff) -> Vec<String> {
    let what = match (diff.operation, diff.judge) {
        (Operation::Create, Judge::Rendering) => "is new",
        (Operation::Update, Judge::Rendering) => "changes",
        (Operation::Create, _) => "would be made",
        (Operation::Update, _) => "would change",
        (Operation::Keep, _) => "differs and cannot be changed",
        (Operation::Prune, _) => "would be deleted",
        (Operation::Remove, _) => "is not rendered any more",
    };
    let mut remarks = vec![format!("{} {what}", diff.reference)];
    if let Some(owner) = &diff.owner {
        remarks.push(format!("it belongs to {owner}: {}", owner.advice()));
    }
    remarks.extend(diff.notes.iter().cloned());
    if diff.judge == Judge::Comparison && diff.operation == Operation::Keep {
        remarks.push(
            "what follows is a comparison of ours; the server does not say what it would be".to_owned(),
        );
    }
    remarks
}

/// Who else owns a field, a sentence each.
pub(super) fn owners(field: &FieldDiff) -> Vec<String> {
    field
        .owners
        .iter()
        .map(|Share { manager, operation, since }| {
            let mut text = format!("{} belongs to `{manager}`", field.path);
            if operation == "Apply" {
                text.push_str(", by server-side apply");
            }
            if let Some(since) = since {
                let _ = write!(text, ", since {since}");
            }
            text
        })
        .collect()
}

/// What the two states of an object are called: as kubectl does it, or old and new where no cluster took part.
#[must_use]
pub const fn sides(diff: &ObjectDiff) -> (&'static str, &'static str) {
    match diff.judge {
        Judge::Rendering => ("OLD", "NEW"),
        Judge::Server | Judge::Comparison => ("LIVE", "MERGED"),
    }
}

/// `group.version.Kind.namespace.name`, as kubectl names the files of a difference (peers.md §3.6).
#[must_use]
pub fn file_name(diff: &ObjectDiff) -> String {
    let version = diff.api_version.replace('/', ".");
    let kind = diff.reference.kind.name();
    format!("{version}.{kind}.{}.{}", diff.reference.namespace, diff.reference.name)
}

/// The whole text of one state of an object.
#[must_use]
pub fn text(object: Option<&serde_json::Value>) -> String {
    lines::of(object).into_iter().map(|line| line.text + "\n").collect()
}

fn is_in(path: &str, field: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// `@@ -1,7 +1,7 @@ .spec`: the lines, and the field around the first change.
fn place(group: &[DiffOp], before: &[Line], after: &[Line]) -> String {
    let range = |start: usize, end: usize| match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    };
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    let changed = group.iter().find(|operation| !matches!(operation, DiffOp::Equal { .. }));
    let line = changed.and_then(|operation| {
        before
            .get(operation.old_range())
            .and_then(<[Line]>::first)
            .or_else(|| after.get(operation.new_range()).and_then(<[Line]>::first))
    });
    let around = line.and_then(|line| line.path.rsplit_once(['.', '['])).map(|(around, _)| around);
    match around {
        Some(around) if !around.is_empty() => format!("@@ -{old} +{new} @@ {around}"),
        _ => format!("@@ -{old} +{new} @@"),
    }
}
