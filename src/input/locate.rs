//! From symbolic places to lines and columns.
//!
//! Findings name a document and a field. This module walks the document's text once for all findings of that
//! document, and only when there are any.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostics::{
    Definition, Diagnostic, DocumentId, Edit, Fix, Place, Position, Related, Severity, Span,
};

use super::document::{Document, Origin};
use super::field;
use super::yaml::{self, LineIndex, Node};

/// Which part of a field a finding points at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Aim {
    /// Its value.
    #[default]
    Value,
    /// Its key.
    Key,
    /// Some bytes of its value's decoded text.
    Within(Range<usize>),
}

/// A correction that is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Another key.
    RenameKey(String),
    /// Another value, as it is written in YAML.
    ReplaceValue(String),
    /// Another text for the bytes of a [`Aim::Within`].
    ReplaceWithin(Range<usize>, String),
}

/// A second place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedField {
    /// Index of the document in the bundle.
    pub document: usize,
    /// Field.
    pub field: Cow<'static, str>,
    /// Part of it.
    pub aim: Aim,
    /// What is there.
    pub label: String,
}

/// What a rule has to say about a field of a document.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its code.
    pub definition: &'static Definition,
    /// Its severity; the definition's unless the situation changes it.
    pub severity: Severity,
    /// Path of the field; the nearest existing ancestor is shown when it does not exist.
    pub field: Cow<'static, str>,
    /// Part of the field.
    pub aim: Aim,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Why, with the source.
    pub notes: Vec<String>,
    /// Other places.
    pub related: Vec<RelatedField>,
    /// A correction that is certain, with its title.
    pub correction: Option<(String, Correction)>,
}

impl Finding {
    /// A finding about the value of a field.
    #[must_use]
    pub fn new(
        definition: &'static Definition,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            definition,
            severity: definition.severity,
            field: field.into(),
            aim: Aim::Value,
            message: message.into(),
            help: None,
            notes: Vec::new(),
            related: Vec::new(),
            correction: None,
        }
    }

    /// Points at the key.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.aim = Aim::Key;
        self
    }

    /// Points at some bytes of the value's text.
    #[must_use]
    pub fn within(mut self, range: Range<usize>) -> Self {
        self.aim = Aim::Within(range);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says why, with the source.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Changes the severity for this situation.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(
        mut self,
        document: usize,
        field: impl Into<Cow<'static, str>>,
        label: impl Into<String>,
    ) -> Self {
        self.related.push(RelatedField {
            document,
            field: field.into(),
            aim: Aim::Value,
            label: label.into(),
        });
        self
    }

    /// Adds a correction that is certain.
    #[must_use]
    pub fn correct(mut self, title: impl Into<String>, correction: Correction) -> Self {
        self.correction = Some((title.into(), correction));
        self
    }
}

/// Makes the findings of one document concrete. `documents` is the bundle, for related places.
#[must_use]
pub fn diagnostics(document: &Document, findings: Vec<Finding>, documents: &[Document]) -> Vec<Diagnostic> {
    if findings.is_empty() {
        return Vec::new();
    }
    let locator = Locator::new(&document.origin);
    let subject = Subject { base: &document.base, id: &document.id };
    findings.into_iter().map(|finding| locator.diagnostic(subject, finding, documents)).collect()
}

/// Makes the findings of a document concrete that is none of ours: only its text and its place are known. `base` is
/// the path of the document within the text.
#[must_use]
pub fn diagnostics_of_text(
    origin: &Origin,
    base: &str,
    id: &Arc<DocumentId>,
    findings: Vec<Finding>,
) -> Vec<Diagnostic> {
    if findings.is_empty() {
        return Vec::new();
    }
    let locator = Locator::new(origin);
    findings.into_iter().map(|finding| locator.diagnostic(Subject { base, id }, finding, &[])).collect()
}

/// Which document of a text is spoken of.
#[derive(Clone, Copy)]
struct Subject<'d> {
    base: &'d str,
    id: &'d Arc<DocumentId>,
}

/// Finds fields in the text of an origin.
pub(super) struct Locator<'o> {
    origin: &'o Origin,
    root: Option<Node<'o>>,
    lines: LineIndex,
}

impl<'o> Locator<'o> {
    fn new(origin: &'o Origin) -> Self {
        let parsed = yaml::parse(&origin.text, &yaml::Limits::default());
        Self { origin, root: parsed.root.or(parsed.fragment), lines: LineIndex::new(&origin.text) }
    }

    fn diagnostic(&self, document: Subject<'_>, finding: Finding, documents: &[Document]) -> Diagnostic {
        let Finding { definition, severity, field, aim, message, help, notes, related, correction } = finding;
        let fix = correction.and_then(|(title, correction)| self.fix(document, &field, title, correction));
        let related = related
            .into_iter()
            .filter_map(|related| {
                let other = documents.get(related.document)?;
                let subject = Subject { base: &other.base, id: &other.id };
                let place = if std::ptr::eq(Arc::as_ptr(&other.origin), self.origin) {
                    self.place(subject, &related.field, &related.aim)
                } else {
                    Locator::new(&other.origin).place(subject, &related.field, &related.aim)
                };
                Some(Related { place, label: related.label })
            })
            .collect();
        Diagnostic {
            definition,
            severity,
            place: self.place(document, &field, &aim),
            message,
            help,
            notes,
            related,
            fix,
        }
    }

    fn place(&self, document: Subject<'_>, path: &str, aim: &Aim) -> Place {
        Place {
            path: Arc::clone(&self.origin.path),
            span: self.range(document, path, aim).map(|range| span(self.origin, &self.lines, range)),
            // A text that is no Kubernetes object has no name to give.
            document: (!document.id.kind.is_empty()).then(|| Arc::clone(document.id)),
            field: (!path.is_empty()).then(|| path.to_owned()),
        }
    }

    /// Bytes of the origin's text that a field's part covers, or the nearest ancestor's key.
    fn range(&self, document: Subject<'_>, path: &str, aim: &Aim) -> Option<Range<usize>> {
        let root = self.root.as_ref()?;
        let mut steps = field::steps(document.base);
        let base = steps.len();
        steps.extend(field::steps(path));
        let route: Vec<yaml::Step<'_>> = steps
            .iter()
            .map(|step| match step {
                field::Step::Key(key) => yaml::Step::Key(key),
                field::Step::Index(index) => yaml::Step::Index(*index),
            })
            .collect();
        let found = root.find_deepest(&route);
        if found.depth < route.len() {
            // Of something that is missing, the key that should have held it is the shortest honest place; a
            // whole mapping underlined says nothing.
            let span = match found.key_span {
                Some(key) if found.depth > base => key,
                _ => first_key(found.node).unwrap_or(found.node.span),
            };
            return Some(span.range());
        }
        let span = match aim {
            Aim::Key => found.key_span.unwrap_or(found.node.span),
            Aim::Within(range) => yaml::scalar_subrange(&self.origin.text, found.node, range.clone()),
            Aim::Value if found.node.as_scalar().is_none() || found.node.is_null() => {
                found.key_span.unwrap_or(first_key(found.node).unwrap_or(found.node.span))
            }
            Aim::Value => found.node.span,
        };
        Some(span.range())
    }

    fn fix(&self, document: Subject<'_>, path: &str, title: String, correction: Correction) -> Option<Fix> {
        let (aim, replacement) = match correction {
            Correction::RenameKey(key) => (Aim::Key, key),
            Correction::ReplaceValue(value) => (Aim::Value, value),
            Correction::ReplaceWithin(range, text) => (Aim::Within(range), text),
        };
        let range = self.range(document, path, &aim)?;
        // A correction must hit exactly what it names; an escaped scalar's sub-range falls back to the whole.
        let current = self.origin.text.get(range.clone())?;
        if let Aim::Within(within) = &aim
            && current.len() != within.len()
        {
            return None;
        }
        let offset = self.origin.offset;
        let range = range.start + offset..range.end + offset;
        Some(Fix { title, edits: vec![Edit { path: Arc::clone(&self.origin.path), range, replacement }] })
    }
}

fn first_key(node: &Node<'_>) -> Option<yaml::Span> {
    node.as_mapping()?.entries.first().map(|entry| entry.key_span)
}

/// A range of an origin's text as a span of its source.
pub(super) fn span(origin: &Origin, lines: &LineIndex, range: Range<usize>) -> Span {
    let position = |offset: usize| {
        let place = lines.position(&origin.text, offset);
        Position {
            line: place.line + origin.first_line.saturating_sub(1),
            column: place.column,
            offset: origin.offset + offset,
        }
    };
    Span { start: position(range.start), end: position(range.end) }
}
