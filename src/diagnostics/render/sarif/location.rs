//! Places and edits in the terms of SARIF.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostics::{Diagnostic, Edit, Excerpt, Fix, Place, Related, Sources, Span};

use super::model::{
    self, ArtifactChange, ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, Region,
    Replacement,
};

/// The place of a result; `None` when it is about no file.
pub(super) fn primary(place: &Place) -> Option<Location<'static>> {
    if place.path.is_empty() {
        return None;
    }
    Some(Location {
        id: None,
        physical_location: physical(place),
        logical_locations: logical(place).into_iter().collect(),
        message: None,
    })
}

/// The related places of a result, numbered from 1.
pub(super) fn related(related: &[Related]) -> Vec<Location<'_>> {
    related
        .iter()
        .zip(1..)
        .map(|(related, id)| Location {
            id: Some(id),
            physical_location: physical(&related.place),
            logical_locations: logical(&related.place).into_iter().collect(),
            message: Some(Message::result(related.label.as_str())),
        })
        .collect()
}

fn physical(place: &Place) -> PhysicalLocation {
    PhysicalLocation { artifact_location: artifact(&place.path), region: place.span.map(region) }
}

fn region(span: Span) -> Region {
    Region {
        start_line: Some(span.start.line),
        start_column: Some(span.start.column),
        end_line: Some(span.end.line),
        end_column: Some(span.end.column),
        ..Region::default()
    }
}

/// `Neo4jBackup neo4j/nightly: spec.storage.path`.
fn logical(place: &Place) -> Option<LogicalLocation> {
    let (document, field) = (place.document.as_ref(), place.field.as_ref());
    let (name, kind) = match (document, field) {
        (Some(document), Some(field)) => (format!("{document}: {field}"), "property"),
        (Some(document), None) => (document.to_string(), "object"),
        (None, Some(field)) => (field.clone(), "property"),
        (None, None) => return None,
    };
    Some(LogicalLocation { fully_qualified_name: name, kind })
}

/// A path as a URI reference: relative paths stay relative to the repository, absolute ones become
/// `file` URIs.
fn artifact(path: &str) -> ArtifactLocation {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // Otherwise the text before the colon would be a scheme (RFC 3986 §4.2).
        uri.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'/' | b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'+' | b',' | b'=' => uri.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    ArtifactLocation { uri }
}

/// A fix, its edits gathered by file.
pub(super) fn fix<'a>(fix: &'a Fix, diagnostic: &Diagnostic, sources: &dyn Sources) -> model::Fix<'a> {
    let excerpt = sources.excerpt(&diagnostic.place);
    let mut files: BTreeMap<&str, Vec<Replacement<'a>>> = BTreeMap::new();
    for edit in &fix.edits {
        let excerpt = excerpt.filter(|_| edit.path == diagnostic.place.path);
        files.entry(&edit.path).or_default().push(Replacement {
            deleted_region: edited(edit, diagnostic, excerpt),
            inserted_content: Message::plain(edit.replacement.as_str()),
        });
    }
    let change =
        |(path, replacements): (&str, _)| ArtifactChange { artifact_location: artifact(path), replacements };
    model::Fix {
        description: Message::result(fix.title.as_str()),
        artifact_changes: files.into_iter().map(change).collect(),
    }
}

/// The region of an edit: by line and column where those can be known, else by bytes.
fn edited(edit: &Edit, diagnostic: &Diagnostic, excerpt: Option<Excerpt<'_>>) -> Region {
    if let Some(span) = diagnostic.place.span
        && edit.path == diagnostic.place.path
        && edit.range == span.bytes()
    {
        return region(span);
    }
    let lines = excerpt.and_then(|excerpt| {
        Some((excerpt.line_and_column(edit.range.start)?, excerpt.line_and_column(edit.range.end)?))
    });
    match lines {
        Some(((start_line, start_column), (end_line, end_column))) => Region {
            start_line: Some(start_line),
            start_column: Some(start_column),
            end_line: Some(end_line),
            end_column: Some(end_column),
            ..Region::default()
        },
        None => Region {
            byte_offset: Some(edit.range.start),
            byte_length: Some(edit.range.len()),
            ..Region::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        let cases = [
            ("./specs/a.yaml", "specs/a.yaml"),
            ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
            ("a:b/c.yaml", "./a:b/c.yaml"),
            ("-", "-"),
            ("50%/größe#1?.yaml", "50%25/gr%C3%B6%C3%9Fe%231%3F.yaml"),
        ];
        for (path, uri) in cases {
            assert_eq!(artifact(path).uri, uri);
        }
    }
}
