//! Documents of any kind, as text with places: for a command that reads what is not ours.

use std::io::Read;
use std::sync::Arc;

use crate::diagnostics::DocumentId;

use super::dialect::{self, Recognition};
use super::document::Origin;
use super::field;
use super::load::{Loaded, identify, read_problem, yaml_problem};
use super::locate::{self, Finding};
use super::sources::{Documents, RawDocument, ReadError, ReadLimits, Source, SourceError};
use super::suppress;
use super::walk::Sink;
use super::yaml::{self, Node};

/// One document, or one item of a `List`.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The text that it stands in.
    pub origin: &'t Arc<Origin>,
    /// Whether it is the whole text, and not an item of a list.
    pub whole: bool,
    /// What it says.
    pub node: &'t Node<'t>,
}

/// Reads all sources in order, shows each document to `visit`, and collects what is to be said: about the YAML, and
/// what `visit` finds. A document for which it returns `None` is left alone, also with the oddities of its YAML.
///
/// # Errors
///
/// When a source cannot be opened or read.
pub fn each(
    sources: &[Source],
    stdin: impl Read + Send,
    mut visit: impl FnMut(Text<'_>) -> Option<Vec<Finding>>,
) -> Result<Loaded, SourceError> {
    let mut loaded = Loaded::default();
    for item in Documents::new(sources, stdin, ReadLimits::default()) {
        match item {
            Ok(raw) => document(raw, &mut loaded, &mut visit),
            Err(ReadError::Problem(problem)) => loaded.diagnostics.push(read_problem(&problem)),
            Err(ReadError::Source(error)) => return Err(error),
        }
    }
    Ok(loaded)
}

fn document(raw: RawDocument, loaded: &mut Loaded, visit: &mut impl FnMut(Text<'_>) -> Option<Vec<Finding>>) {
    let origin = Arc::new(Origin::new(
        raw.source.as_str().into(),
        raw.text.into_boxed_str(),
        raw.first_line,
        raw.offset,
    ));
    let parsed = yaml::parse(&origin.text, &yaml::Limits::default());
    let before = loaded.diagnostics.len();
    let mut ours = parsed.root.is_none();
    if let Some(root) = &parsed.root {
        ours |= value(&origin, root, "", loaded, visit);
    }
    if ours {
        let mut sink = Sink::new(&origin);
        sink.id = parsed.root.as_ref().or(parsed.fragment.as_ref()).map(|node| Arc::new(identify(node)));
        for problem in &parsed.problems {
            yaml_problem(&mut sink, problem);
        }
        loaded.diagnostics.append(&mut sink.diagnostics);
        loaded.suppressions.append(&mut suppress::read(&origin, &parsed.comments, &mut loaded.diagnostics));
    }
    if loaded.diagnostics.len() > before {
        loaded.origins.push(origin);
    }
}

fn value(
    origin: &Arc<Origin>,
    node: &Node<'_>,
    base: &str,
    loaded: &mut Loaded,
    visit: &mut impl FnMut(Text<'_>) -> Option<Vec<Finding>>,
) -> bool {
    let id: Arc<DocumentId> = Arc::new(identify(node));
    if dialect::recognize(&id.api_version, &id.kind) == Recognition::List {
        let items = node.get("items").and_then(Node::as_sequence).unwrap_or_default();
        let mut ours = false;
        for (index, item) in items.iter().enumerate() {
            let base = field::index(&field::key(base, "items"), index);
            ours |= value(origin, item, &base, loaded, visit);
        }
        return ours;
    }
    let text = Text { origin, whole: base.is_empty(), node };
    match visit(text) {
        Some(findings) => {
            loaded.diagnostics.append(&mut locate::diagnostics_of_text(origin, base, &id, findings));
            true
        }
        None => {
            loaded.others += 1;
            false
        }
    }
}
