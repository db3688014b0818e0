//! Where a finding stands.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// A point in a source text. Ordered by where it lies in the text.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters (Unicode scalar values), from 1.
    pub column: u32,
    /// The byte offset in the whole source, from 0.
    pub offset: usize,
}

/// A stretch of source text. `end` is the first position after it, so an empty span has
/// `start == end`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Span {
    /// The first character.
    pub start: Position,
    /// The position after the last character.
    pub end: Position,
}

impl Span {
    /// The bytes of the source that it covers.
    #[must_use]
    pub const fn bytes(&self) -> Range<usize> {
        self.start.offset..self.end.offset
    }
}

/// Which Kubernetes document a finding is about.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentId {
    /// `apiVersion` as written, for example `neo4j.neo4j.com/v1alpha1`.
    pub api_version: String,
    /// `kind` as written, for example `Neo4jBackup`.
    pub kind: String,
    /// `metadata.namespace`, if the document says one.
    pub namespace: Option<String>,
    /// `metadata.name`, if the document says one.
    pub name: Option<String>,
}

/// `Neo4jBackup neo4j/nightly`, `Neo4jBackup nightly` without a namespace, `Neo4jBackup` without a
/// name.
impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}"),
            (None, Some(name)) => write!(f, " {name}"),
            (_, None) => Ok(()),
        }
    }
}

/// Where a finding stands: in which file, on which characters, in which document, at which field.
/// Everything but the path may be unknown.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The file as the user named it, or the name of a stream (`-`). Empty when the finding is
    /// about no file, for instance about flags.
    pub path: Arc<str>,
    /// The characters that are wrong; `None` when the file as a whole is.
    pub span: Option<Span>,
    /// The document, when the finding is about one that could be read that far.
    pub document: Option<Arc<DocumentId>>,
    /// The field's path from the document's root: keys joined by dots, list positions from 0 in
    /// brackets, for example `spec.options.additionalArgs[1]`.
    pub field: Option<String>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), span: None, document: None, field: None }
    }

    /// Characters of a file.
    #[must_use]
    pub fn at(path: impl Into<Arc<str>>, span: Span) -> Self {
        Self { span: Some(span), ..Self::file(path) }
    }

    /// The same place, in this document.
    #[must_use]
    pub fn in_document(mut self, document: Arc<DocumentId>) -> Self {
        self.document = Some(document);
        self
    }

    /// The same place, at this field.
    #[must_use]
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}
