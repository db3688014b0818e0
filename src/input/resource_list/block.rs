//! A list in block YAML, as kyaml writes it: cut line by line, without parsing what the items hold.
//!
//! A line at the column of the dashes cannot belong to a value inside an item, whatever kind of scalar it is, because
//! YAML wants values indented more than the dash. Should a text break that rule, the parts that come out are no YAML,
//! and reading them is an error with a place.

use std::ops::Range;

use super::{Item, Part, ResourceListError, Structure, Style, check_kind};

/// A key at the top with everything below it.
struct Section<'t> {
    key: &'t str,
    /// Bytes of its lines.
    range: Range<usize>,
    /// First byte behind the colon.
    value: usize,
    /// Line of the key, from 1.
    line: u32,
}

/// Cuts a text.
pub(super) fn cut(text: &str, first_line: u32) -> Result<Structure, ResourceListError> {
    let (sections, end) = sections(text, first_line)?;
    let find = |key: &str| sections.iter().find(|section| section.key == key);
    let scalar = |key: &str| find(key).map(|section| inline(text, section)).unwrap_or_default();
    check_kind(scalar("apiVersion"), scalar("kind"))?;
    let (content, indent, items) = match find("items") {
        Some(section) => {
            let (indent, items) = items(text, section)?;
            (section.range.clone(), indent, items)
        }
        None => (end..end, 0, Vec::new()),
    };
    Ok(Structure {
        style: Style::Block { indent },
        items,
        content,
        results: find("results").map(|section| section.range.clone()),
        function_config: find("functionConfig").map(|section| Part {
            range: section.range.clone(),
            blank: section.range.start..section.value,
            pad: 0,
            line: section.line,
        }),
        end,
    })
}

/// The keys at the top, and where the document ends.
fn sections(text: &str, first_line: u32) -> Result<(Vec<Section<'_>>, usize), ResourceListError> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut end = text.len();
    for (line, start, content) in lines(text, 0..text.len(), first_line) {
        match content.as_bytes().first() {
            None | Some(b' ' | b'\t' | b'#') => continue,
            Some(b'-') if !sections.is_empty() && dash(content) == Some(0) => continue,
            Some(b'-' | b'%') if sections.is_empty() && is_marker(content) => continue,
            Some(b'.') if content.trim_end() == "..." => {
                end = start;
                break;
            }
            _ => {}
        }
        let Some((key, length)) = key(content) else {
            let reason = "a key such as `items:` is expected at the first column".to_owned();
            return Err(ResourceListError::Layout { line, reason });
        };
        if let Some(last) = sections.last_mut() {
            last.range.end = start;
        }
        sections.push(Section { key, range: start..text.len(), value: start + length, line });
    }
    if let Some(last) = sections.last_mut() {
        last.range.end = end;
    }
    Ok((sections, end))
}

/// Number, first byte and content of each line in a range.
fn lines(text: &str, range: Range<usize>, first_line: u32) -> impl Iterator<Item = (u32, usize, &str)> {
    let mut at = range.start;
    let slice = text.get(range).unwrap_or_default();
    slice.split_inclusive('\n').zip(first_line..).map(move |(line, number)| {
        let start = at;
        at += line.len();
        (number, start, line.trim_end_matches(['\n', '\r']))
    })
}

fn is_marker(content: &str) -> bool {
    content.starts_with('%') || content.strip_prefix("---").is_some_and(nothing)
}

/// Nothing but a comment.
fn nothing(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// A key of letters, bare or in quotes, and the bytes up to and with its colon.
fn key(content: &str) -> Option<(&str, usize)> {
    let (written, rest) = content.split_once(':')?;
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let bare = written.trim_end();
    let bare = bare.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')).unwrap_or(bare);
    let bare = bare.strip_prefix('\'').and_then(|bare| bare.strip_suffix('\'')).unwrap_or(bare);
    let plain = !bare.is_empty()
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    plain.then_some((bare, written.len() + 1))
}

/// The scalar behind a key, without its quotes and a comment.
fn inline<'t>(text: &'t str, section: &Section<'_>) -> &'t str {
    let rest = text.get(section.value..section.range.end).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let value = line.split(" #").next().unwrap_or_default().trim();
    value.trim_matches(['"', '\''])
}

/// The column of the dash that begins a line.
fn dash(content: &str) -> Option<usize> {
    let rest = content.trim_start_matches(' ');
    let after = rest.strip_prefix('-')?;
    (after.is_empty() || after.starts_with([' ', '\t'])).then_some(content.len() - rest.len())
}

fn items(text: &str, section: &Section<'_>) -> Result<(usize, Vec<Item>), ResourceListError> {
    let head = text.get(section.value..section.range.end).unwrap_or_default();
    let head = head.lines().next().unwrap_or_default();
    let value = head.split(" #").next().unwrap_or_default().trim();
    let body = section.value + head.len() + usize::from(section.value + head.len() < section.range.end);
    if !(value.is_empty() || value.starts_with('#')) {
        if matches!(value, "[]" | "null" | "~") {
            return Ok((0, Vec::new()));
        }
        let reason = "`items` has its value on the same line".to_owned();
        return Err(ResourceListError::Layout { line: section.line, reason });
    }
    let mut found: Vec<Item> = Vec::new();
    let mut column = None;
    // Where the comments begin that stand directly above the next dash.
    let mut comments = Some(body);
    for (line, start, content) in lines(text, body..section.range.end, section.line + 1) {
        let indent = content.len() - content.trim_start_matches(' ').len();
        if content.trim_start().starts_with('#') && column.is_none_or(|column| indent <= column) {
            comments.get_or_insert(start);
            continue;
        }
        match (dash(content), column) {
            (Some(at), None) => column = Some(at),
            (Some(at), Some(column)) if at == column => {}
            (None, None) if content.trim().is_empty() => continue,
            (None, None) => {
                let reason = "an item begins with `- `".to_owned();
                return Err(ResourceListError::Layout { line, reason });
            }
            _ => {
                comments = None;
                continue;
            }
        }
        let from = comments.take().unwrap_or(start);
        if let Some(last) = found.last_mut() {
            last.range.end = from;
            last.part.range.end = from;
        }
        let above = text.get(from..start).unwrap_or_default().lines().count();
        let dash = start + indent;
        found.push(Item {
            range: from..section.range.end,
            part: Part {
                range: from..section.range.end,
                blank: dash..dash + 1,
                pad: 0,
                line: line.saturating_sub(u32::try_from(above).unwrap_or(u32::MAX)),
            },
        });
    }
    Ok((column.unwrap_or(0), found))
}
