//! A tree as YAML text: blocks indented by two, what was written on one line as it was written.

use std::fmt::Write as _;

use super::tree::{Body, Comments, Node, Scalar};

/// The text of a document.
pub(super) fn document(root: &Node) -> String {
    let mut out = String::new();
    match &root.body {
        Body::Map { .. } | Body::List { .. } => block(root, 0, &mut out),
        Body::Scalar(scalar) => {
            out.push_str(&inline_scalar(scalar, false));
            out.push('\n');
        }
    }
    out
}

fn lines(comments: &[String], indent: usize, out: &mut String) {
    for line in comments {
        if line.is_empty() {
            // A text does not begin with a blank line, and has no two in a row.
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }
}

fn after(comments: &Comments, out: &mut String) {
    if let Some(comment) = &comments.after {
        let _ = write!(out, "  {comment}");
    }
}

fn block(node: &Node, indent: usize, out: &mut String) {
    match &node.body {
        Body::Map { entries, .. } => {
            for (at, entry) in entries.iter().enumerate() {
                // The first key of an item stands behind its dash.
                let dashed = at == 0 && out.ends_with("- ");
                if !dashed {
                    lines(&entry.comments.before, indent, out);
                    let _ = write!(out, "{:indent$}", "");
                }
                let _ = write!(out, "{}:", key(&entry.key));
                value(&entry.node, &entry.comments, indent, out);
                lines(&entry.comments.below, indent + 2, out);
                lines(&entry.comments.foot, indent, out);
            }
        }
        Body::List { items, .. } => {
            for (at, item) in items.iter().enumerate() {
                let dashed = at == 0 && out.ends_with("- ");
                if !dashed {
                    lines(&item.comments.before, indent, out);
                    let _ = write!(out, "{:indent$}", "");
                }
                out.push('-');
                let inner_block = is_block(&item.node) && item.comments.after.is_none();
                if inner_block {
                    out.push(' ');
                    block(&item.node, indent + 2, out);
                } else {
                    value(&item.node, &item.comments, indent, out);
                }
                lines(&item.comments.below, indent + 2, out);
            }
        }
        Body::Scalar(_) => {}
    }
}

/// A collection that is written in lines of its own.
fn is_block(node: &Node) -> bool {
    match &node.body {
        Body::Scalar(_) => false,
        Body::Map { entries, flow } => !entries.is_empty() && (!flow || node.has_comments() || !fits(node)),
        Body::List { items, flow } => !items.is_empty() && (!flow || node.has_comments() || !fits(node)),
    }
}

/// What can be written between braces: nothing in it is a block.
fn fits(node: &Node) -> bool {
    match &node.body {
        Body::Scalar(scalar) => !scalar.block && !scalar.text.contains('\n'),
        Body::Map { entries, .. } => entries.iter().all(|entry| fits(&entry.node)),
        Body::List { items, .. } => items.iter().all(|item| fits(&item.node)),
    }
}

/// What follows a colon or a dash, with its line feed.
fn value(node: &Node, comments: &Comments, indent: usize, out: &mut String) {
    if is_block(node) {
        after(comments, out);
        out.push('\n');
        block(node, indent + 2, out);
        return;
    }
    match &node.body {
        Body::Scalar(scalar) if scalar.block && can_be_block(&scalar.text) => {
            let text = &scalar.text;
            out.push_str(if text.ends_with('\n') { " |" } else { " |-" });
            after(comments, out);
            out.push('\n');
            for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                if line.is_empty() {
                    out.push('\n');
                } else {
                    let _ = writeln!(out, "{:width$}{line}", "", width = indent + 2);
                }
            }
        }
        Body::Scalar(scalar) if scalar.is_null && scalar.raw.as_deref().is_none_or(str::is_empty) => {
            after(comments, out);
            out.push('\n');
        }
        _ => {
            out.push(' ');
            out.push_str(&inline(node, false));
            after(comments, out);
            out.push('\n');
        }
    }
}

/// Texts that a literal block holds exactly, without an indentation indicator.
fn can_be_block(text: &str) -> bool {
    let first = text.split('\n').find(|line| !line.is_empty());
    first.is_some_and(|line| !line.starts_with([' ', '\t']))
        && !text.ends_with("\n\n")
        && !text.starts_with('\n')
        && text.chars().all(|character| character == '\n' || character == '\t' || !character.is_control())
        && !text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
}

/// A value on one line.
fn inline(node: &Node, in_flow: bool) -> String {
    match &node.body {
        Body::Scalar(scalar) => inline_scalar(scalar, in_flow),
        Body::Map { entries, .. } => {
            let parts: Vec<String> = entries
                .iter()
                .map(|entry| format!("{}: {}", key(&entry.key), inline(&entry.node, true)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Body::List { items, .. } => {
            let parts: Vec<String> = items.iter().map(|item| inline(&item.node, true)).collect();
            format!("[{}]", parts.join(", "))
        }
    }
}

fn inline_scalar(scalar: &Scalar, in_flow: bool) -> String {
    match &scalar.raw {
        Some(raw) if raw.starts_with(['"', '\'']) => raw.clone(),
        Some(raw) if !in_flow || !raw.contains([',', '[', ']', '{', '}', '#', '?']) => {
            if raw.is_empty() && in_flow { "null".to_owned() } else { raw.clone() }
        }
        _ => text(&scalar.text, in_flow),
    }
}

fn key(key: &str) -> String {
    text(key, false)
}

/// A text with quotes where a reader of YAML 1.1 or 1.2 would take it for something else.
fn text(text: &str, in_flow: bool) -> String {
    let plain = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'@' | b'+' | b'=')
    });
    let written = serde_yaml::to_string(&text).unwrap_or_default();
    let written = written.trim_end_matches('\n');
    if plain && written == text && !(in_flow && text.contains(':')) {
        text.to_owned()
    } else if text.chars().any(char::is_control)
        || text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
    {
        escaped(text)
    } else {
        serde_json::Value::String(text.to_owned()).to_string()
    }
}

/// In double quotes with every character outside ASCII's printable ones escaped.
fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            other => {
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
        }
    }
    out.push('"');
    out
}
