//! A located YAML tree with its text, as a tree with comments.
//!
//! The reader of the input room keeps places and no comments, so they are looked for here: between the places of keys
//! and single values nothing but YAML's own marks can stand, and a `#` there begins a comment.

use crate::input::field;
use crate::input::yaml::{self, Resolved, Style, Value};

use super::tree::{Body, Comments, Entry, Item, Node, Scalar};

/// Reads a value. `base` is the path of the value in its document.
pub(super) fn tree(text: &str, root: &yaml::Node<'_>) -> Node {
    let mut marks = Vec::new();
    collect(root, &mut marks);
    marks.sort_unstable_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
    marks.dedup_by_key(|mark| mark.start);
    let mut reader = Reader { text, comments: comments(text, &marks), next: 0 };
    let mut path = String::new();
    let mut node = reader.node(root, &mut path, false);
    let rest = reader.rest();
    if let Body::Map { entries, .. } = &mut node.body
        // What a server adds at the end does not stay.
        && let Some(last) = entries.iter_mut().rev().find(|entry| entry.key != "status")
    {
        last.comments.foot = rest;
    }
    node
}

/// The bytes of a key or a single value.
#[derive(Clone, Copy)]
struct Mark {
    start: usize,
    end: usize,
}

fn collect(node: &yaml::Node<'_>, marks: &mut Vec<Mark>) {
    if node.alias.is_some() {
        return;
    }
    let mut mark = |span: yaml::Span| {
        if span.end > span.start {
            marks.push(Mark { start: span.start as usize, end: span.end as usize });
        }
    };
    match &node.value {
        Value::Scalar(_) => mark(node.span),
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, marks)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries.iter().filter(|entry| !entry.merged) {
                marks.push(Mark { start: entry.key_span.start as usize, end: entry.key_span.end as usize });
                collect(&entry.value, marks);
            }
        }
    }
}

/// A comment and where it belongs.
#[derive(Debug)]
struct Found {
    /// Byte of the `#`.
    at: usize,
    /// From the `#`; empty for a blank line.
    text: String,
    /// Nothing but white space stands before it on its line.
    own_line: bool,
    /// Characters before it on its line.
    column: usize,
    /// Byte at which the next key or single value begins.
    next: usize,
    /// Its column.
    next_column: usize,
}

fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().chars().count()
}

fn comments(text: &str, marks: &[Mark]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    let ends = marks.iter().map(|mark| (mark.start, mark.end)).chain([(text.len(), text.len())]);
    for (start, end) in ends {
        if start < from {
            continue;
        }
        let gap = text.get(from..start).unwrap_or_default();
        let next_column = item_column(text, start);
        let mut offset = from;
        for (number, line) in gap.split_inclusive('\n').enumerate() {
            let content = line.trim_end_matches(['\n', '\r']);
            let at = content
                .char_indices()
                .find(|(at, character)| {
                    *character == '#'
                        && (content.get(..*at).is_none_or(|before| {
                            before.ends_with([' ', '\t']) || (before.is_empty() && (number > 0 || from == 0))
                        }))
                })
                .map(|(at, _)| at);
            let line_start = number > 0 || from == 0;
            if let Some(at) = at {
                let own_line = line_start && content.get(..at).is_some_and(|before| before.trim().is_empty());
                found.push(Found {
                    at: offset + at,
                    text: content.get(at..).unwrap_or_default().trim_end().to_owned(),
                    own_line,
                    column: column(text, offset + at),
                    next: start,
                    next_column,
                });
            } else if line_start && content.trim().is_empty() && line.ends_with('\n') && from > 0 {
                found.push(Found {
                    at: offset,
                    text: String::new(),
                    own_line: true,
                    column: next_column,
                    next: start,
                    next_column,
                });
            }
            offset += line.len();
        }
        from = end.max(from);
    }
    // Blank lines at the very end belong to nobody.
    while found.last().is_some_and(|last| last.text.is_empty() && last.next >= text.len()) {
        found.pop();
    }
    found
}

/// The column of the key or dash that begins the line of a byte: comments are aligned to it.
fn item_column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().take_while(|character| *character == ' ').count()
}

struct Reader<'t> {
    text: &'t str,
    comments: Vec<Found>,
    next: usize,
}

impl Reader<'_> {
    /// Lines of their own before a byte.
    fn before(&mut self, start: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(found) = self.comments.get(self.next).filter(|found| found.at < start) {
            lines.push(found.text.clone());
            self.next += 1;
        }
        lines
    }

    /// The comment at the end of a line on which a byte stands.
    fn after(&mut self, end: usize) -> Option<String> {
        let found = self.comments.get(self.next)?;
        let between = self.text.get(end..found.at)?;
        if found.own_line || between.contains('\n') {
            return None;
        }
        self.next += 1;
        Some(found.text.clone())
    }

    /// Lines of their own that stand deeper than what comes next, and so belong to what ends here.
    fn below(&mut self, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(found) = self.comments.get(self.next) {
            let belongs = found.own_line && found.column > column && found.column > found.next_column;
            if !belongs || found.text.is_empty() {
                break;
            }
            lines.push(found.text.clone());
            self.next += 1;
        }
        lines
    }

    fn rest(&mut self) -> Vec<String> {
        self.before(usize::MAX)
    }

    fn node(&mut self, node: &yaml::Node<'_>, path: &mut String, copied: bool) -> Node {
        let copied = copied || node.alias.is_some();
        let flow = self.text.get(node.span.start as usize..).is_some_and(|rest| rest.starts_with(['{', '[']));
        let body = match &node.value {
            Value::Scalar(scalar) => Body::Scalar(self.scalar(node, scalar)),
            Value::Sequence(nodes) => {
                let items = nodes.iter().enumerate().map(|(index, item)| {
                    let length = path.len();
                    field::push_index(path, index);
                    let item = self.item(item, path, copied);
                    path.truncate(length);
                    item
                });
                Body::List { items: items.collect(), flow }
            }
            Value::Mapping(mapping) => {
                let entries = mapping.entries.iter().map(|entry| {
                    let length = path.len();
                    field::push_key(path, &entry.key);
                    let entry = self.entry(entry, path, copied);
                    path.truncate(length);
                    entry
                });
                Body::Map { entries: entries.collect(), flow }
            }
        };
        Node { from: path.clone(), body }
    }

    fn entry(&mut self, entry: &yaml::Entry<'_>, path: &mut String, copied: bool) -> Entry {
        let copied = copied || entry.merged;
        let mut comments = Comments::default();
        let (start, end) = (entry.key_span.start as usize, entry.key_span.end as usize);
        if !copied {
            comments.before = self.before(start);
            comments.after = self.after(self.header_end(&entry.value, end));
        }
        let node = self.node(&entry.value, path, copied);
        if !copied {
            let value_end = entry.value.span.end as usize;
            if comments.after.is_none() && entry.value.alias.is_none() {
                comments.after = self.after(value_end.max(end));
            }
            comments.below = self.below(column(self.text, start));
        }
        Entry { key: entry.key.to_string(), comments, node }
    }

    fn item(&mut self, item: &yaml::Node<'_>, path: &mut String, copied: bool) -> Item {
        let copied = copied || item.alias.is_some();
        let mut comments = Comments::default();
        let start = item.span.start as usize;
        if !copied {
            comments.before = self.before(start);
        }
        let node = self.node(item, path, copied);
        if !copied {
            comments.after = self.after(item.span.end as usize);
            comments.below = self.below(item_column(self.text, start));
        }
        Item { comments, node }
    }

    /// Where the first line of a value ends, as far as a comment on it goes: a key's own line when the value is a
    /// block collection, the value's end otherwise.
    fn header_end(&self, value: &yaml::Node<'_>, key_end: usize) -> usize {
        if value.alias.is_some() {
            return key_end;
        }
        let start = value.span.start as usize;
        let between = self.text.get(key_end..start).unwrap_or_default();
        if between.contains('\n') || value.span.end == value.span.start {
            key_end
        } else {
            value.span.end as usize
        }
    }

    fn scalar(&self, node: &yaml::Node<'_>, scalar: &yaml::Scalar<'_>) -> Scalar {
        let block = matches!(scalar.style, Style::Literal | Style::Folded);
        let written = node.span.slice(self.text);
        let raw = (!block && !written.contains('\n')).then(|| written.to_owned());
        Scalar {
            text: scalar.text.to_string(),
            is_text: scalar.resolved == Resolved::String,
            is_null: scalar.resolved == Resolved::Null,
            raw,
            block,
        }
    }
}
