//! Keys of mappings: their text, duplicates, and the merge key `<<`.
//!
//! YAML says that a written key wins over a merged one and an earlier merged mapping over a later
//! one, and so does the tree. kubectl agrees only where `<<` comes first: it applies keys in the
//! order of the file, so a `<<` below a key overrides it (kubectl 1.32.4, `tests::merge_…`).

use super::node::{Entry, Node, Resolved, Span, Style, Value};
use super::problem::{Problem, ProblemKind};
use super::resolve;
use std::borrow::Cow;
use std::collections::HashMap;

/// A `<<` and what it brings.
pub(super) struct Merge<'a> {
    pub key_span: Span,
    pub value: Node<'a>,
}

/// What a node in the place of a key is.
pub(super) enum Key<'a> {
    Text(Cow<'a, str>, Span),
    Merge(Span),
    Refused,
}

/// The key that kubectl makes of a node.
pub(super) fn key<'a>(node: Node<'a>, text: &str) -> (Key<'a>, Option<Problem>) {
    let span = node.alias.unwrap_or(node.span);
    let Value::Scalar(scalar) = node.value else {
        return (Key::Refused, Some(collection_as_key(span, text)));
    };
    let plain = scalar.style == Style::Plain;
    let written = match scalar.resolved {
        Resolved::String if plain && scalar.text == "<<" => return (Key::Merge(span), None),
        Resolved::String => return (Key::Text(scalar.text, span), None),
        Resolved::Null => {
            let problem =
                Problem::new(ProblemKind::InvalidKey, span, "a key must be text, and this one is null")
                    .help("Write a key, or quote it if it is meant literally.");
            return (Key::Refused, Some(problem));
        }
        Resolved::Bool(value) => Some(value.to_string()),
        Resolved::Integer(value) if !resolve::written_as_float(&scalar.text) => Some(value.to_string()),
        Resolved::Integer(_) | Resolved::Float(_) => None,
    };
    let problem = match &written {
        Some(written) if *written == scalar.text => None,
        Some(written) => Some(
            Problem::new(
                ProblemKind::RewrittenKey,
                span,
                format!("kubectl reads the key `{}` as `{written}`", scalar.text),
            )
            .help(format!("Quote it to keep it as written: \"{}\".", scalar.text)),
        ),
        None => Some(
            Problem::new(
                ProblemKind::RewrittenKey,
                span,
                format!(
                    "the key `{}` is a fractional or very large number, which kubectl rewrites or refuses",
                    scalar.text
                ),
            )
            .help(format!("Quote it to keep it as written: \"{}\".", scalar.text)),
        ),
    };
    (
        Key::Text(written.filter(|written| *written != scalar.text).map_or(scalar.text, Cow::Owned), span),
        problem,
    )
}

fn collection_as_key(span: Span, text: &str) -> Problem {
    let before = text.get(..span.start as usize).unwrap_or_default();
    if before.ends_with('{') && span.slice(text).starts_with('{') {
        let span = Span {
            start: span.start - 1,
            end: span.end + u32::from(text.as_bytes().get(span.end as usize) == Some(&b'}')),
        };
        return super::syntax::template(span);
    }
    Problem::new(ProblemKind::InvalidKey, span, "a list or a mapping cannot be a key in Kubernetes")
        .help("Use text as the key; if brackets are meant literally, quote it.")
}

pub(super) fn second(span: Span, first: Span) -> Problem {
    Problem::new(ProblemKind::DuplicateKey, span, "`<<` stands twice in this mapping")
        .related(first, "first used here")
        .help("Merge several mappings with one key: `<<: [*first, *second]`.")
}

/// Up to so many keys, comparing each with each beats a table.
const FEW: usize = 16;

/// The finished entries of a mapping: duplicates dropped, merged ones appended.
pub(super) fn finish<'a>(
    mut entries: Vec<Entry<'a>>,
    merge: Option<Merge<'a>>,
    problems: &mut Vec<Problem>,
) -> Vec<Entry<'a>> {
    let duplicates = duplicates(&entries);
    for &(first, again) in &duplicates {
        if let (Some(first), Some(again)) = (entries.get(first), entries.get(again)) {
            problems.push(
                Problem::new(ProblemKind::DuplicateKey, again.key_span, format!("the key `{}` is given twice", again.key))
                    .related(first.key_span, "first given here")
                    .help("Keep one of them. kubectl takes the last one without a word, strict readers refuse the file."),
            );
        }
    }
    if !duplicates.is_empty() {
        let mut index = 0;
        let mut dropped = duplicates.iter().map(|&(_, again)| again).peekable();
        entries.retain(|_| {
            let keep = dropped.next_if_eq(&index).is_none();
            index += 1;
            keep
        });
    }
    if let Some(merge) = merge {
        apply(&mut entries, merge, problems);
    }
    entries
}

/// Pairs of (first, later) indices of equal keys, ordered by the later one.
fn duplicates(entries: &[Entry<'_>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if entries.len() <= FEW {
        for (later, entry) in entries.iter().enumerate() {
            if let Some(first) = entries.iter().take(later).position(|other| other.key == entry.key) {
                found.push((first, later));
            }
        }
        return found;
    }
    let mut firsts: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for (later, entry) in entries.iter().enumerate() {
        match firsts.entry(entry.key.as_ref()) {
            std::collections::hash_map::Entry::Occupied(first) => found.push((*first.get(), later)),
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(later);
            }
        }
    }
    found
}

/// Applies `<<: mapping` or `<<: [mapping, …]`.
fn apply<'a>(entries: &mut Vec<Entry<'a>>, merge: Merge<'a>, problems: &mut Vec<Problem>) {
    let Merge { key_span, value } = merge;
    let outer = value.alias;
    let parts = match value.value {
        Value::Sequence(parts) => parts,
        _ => vec![value],
    };
    let mut known: HashMap<String, Origin> =
        entries.iter().map(|entry| (entry.key.to_string(), Origin::Written(entry.key_span))).collect();
    for part in parts {
        let place = part.alias.or(outer);
        let Value::Mapping(mapping) = part.value else {
            let span = part.alias.unwrap_or(part.span);
            problems.push(
                Problem::new(ProblemKind::InvalidMerge, span, "`<<` takes a mapping or a list of mappings")
                    .related(key_span, "merged here")
                    .help("Point it to a mapping: `<<: *name`, where the mapping is marked `&name`."),
            );
            continue;
        };
        for mut entry in mapping.entries {
            match known.get(entry.key.as_ref()) {
                None => {
                    known.insert(entry.key.to_string(), Origin::Merged);
                    entry.merged = true;
                    entry.value.alias = place.or(entry.value.alias);
                    entries.push(entry);
                }
                Some(Origin::Written(written)) if *written < key_span => {
                    problems.push(
                        Problem::new(
                            ProblemKind::MergeOrder,
                            *written,
                            format!("kubectl lets the merged `{}` win over this one, because `<<` stands below it", entry.key),
                        )
                        .related(key_span, "merged here")
                        .help("Put `<<` first in its mapping; then the written key wins everywhere."),
                    );
                    // One finding for each key is enough, however many mappings bring it.
                    known.insert(entry.key.to_string(), Origin::Merged);
                }
                Some(_) => {}
            }
        }
    }
}

/// Where a key of the mapping came from.
enum Origin {
    Written(Span),
    Merged,
}
