//! A list in JSON: parsed once for the places of its items.

use super::{Item, Part, ResourceListError, Structure, Style, check_kind};
use crate::input::yaml::{self, LineIndex, Node, Value};

/// Whether the first thing in a text is an opening brace.
pub(super) fn is_flow(text: &str) -> bool {
    text.lines()
        .map(str::trim_start)
        .find(|line| !(line.is_empty() || line.starts_with('#') || line.starts_with("---")))
        .is_some_and(|line| line.starts_with('{'))
}

/// Cuts a text.
pub(super) fn cut(text: &str, first_line: u32) -> Result<Structure, ResourceListError> {
    let parsed = yaml::parse(text, &yaml::Limits::default());
    let lines = LineIndex::new(text);
    let line_of = |offset: usize| lines.position(text, offset).line + first_line.saturating_sub(1);
    let Some(root) = parsed.root.as_ref() else {
        let (line, reason) =
            parsed.problems.first().map_or((first_line, "it ends too early".to_owned()), |problem| {
                (line_of(problem.span.range().start), problem.message.clone())
            });
        return Err(ResourceListError::Layout { line, reason });
    };
    let scalar = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    check_kind(scalar("apiVersion"), scalar("kind"))?;
    let part = |node: &Node<'_>| {
        let range = node.span.range();
        let before = text.get(..range.start).unwrap_or_default();
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        // An item that begins a line keeps its columns. Several on one line count from their own beginning.
        let alone = before.get(before.len() - column..).is_some_and(|left| left.trim().is_empty());
        Part {
            blank: range.start..range.start,
            pad: if alone { column } else { 0 },
            line: line_of(range.start),
            range,
        }
    };
    let end = root.span.range().end.saturating_sub(1);
    let (content, items) = match root.get("items") {
        Some(node) => match &node.value {
            Value::Sequence(nodes) => {
                let range = node.span.range();
                let items =
                    nodes.iter().map(|node| Item { range: node.span.range(), part: part(node) }).collect();
                (range.start + 1..range.end.saturating_sub(1), items)
            }
            _ if node.is_null() => (end..end, Vec::new()),
            _ => {
                let line = line_of(node.span.range().start);
                return Err(ResourceListError::Layout { line, reason: "`items` is no list".to_owned() });
            }
        },
        None => (end..end, Vec::new()),
    };
    Ok(Structure {
        style: Style::Flow,
        items,
        content,
        results: root.get("results").map(|node| node.span.range()),
        function_config: root.get("functionConfig").filter(|node| !node.is_null()).map(part),
        end,
    })
}
