//! The `ResourceList` that an orchestrator (kustomize, kpt) hands to a function on standard input.
//!
//! The list is cut into its items, and each item is read like a document of a stream: on all cores, with places that
//! count the lines of the list. What passes through a function stays the very bytes that came in, comments and all
//! (KRM Functions Specification, `cmd/config/docs/api-conventions/functions-spec.md` of kubernetes-sigs/kustomize:
//! a function preserves comments and answers in the format of its input).

mod block;
mod flow;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use thiserror::Error;

use crate::diagnostics::{DocumentId, Place};

use super::document::Metadata;
use super::load::{self, Loaded};
use super::sources::{
    Documents, Origin, RawDocument, ReadError, ReadLimits, ReadProblem, Source, SourceError, SourceName,
};

/// The group of `ResourceList`; kyaml writes version `v1` (`kio.ResourceListAPIVersion`), older orchestrators
/// `v1beta1` and `v1alpha1`. The three differ in nothing that a function reads.
pub const GROUP: &str = "config.kubernetes.io";

/// How the stream is called in findings.
pub const STREAM: &str = "<stdin>";

/// Why standard input is no `ResourceList`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResourceListError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is no text, or too long.
    #[error("{}:{}:{}: {}", .0.source, .0.position.line, .0.position.column, .0.message)]
    Problem(Box<ReadProblem>),
    /// There is nothing in it.
    #[error("there is no ResourceList on standard input")]
    Empty,
    /// There is more than one document in it.
    #[error("standard input holds more than one document; a function takes one ResourceList")]
    SeveralDocuments,
    /// It is something else.
    #[error("standard input holds {found}, not a ResourceList of {GROUP}")]
    SomethingElse {
        /// What it is, as part of a sentence.
        found: String,
    },
    /// It is laid out in a way that no orchestrator writes.
    #[error("line {line} of the ResourceList cannot be read: {reason}")]
    Layout {
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        reason: String,
    },
}

impl ResourceListError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Source(error) => error.hint(),
            Self::Problem(problem) => problem.help.clone(),
            Self::Layout { .. } => {
                "write it as kustomize does: `items:` on a line of its own and `- ` before each item, or all of it in JSON"
                    .to_owned()
            }
            Self::Empty | Self::SeveralDocuments | Self::SomethingElse { .. } => {
                "kustomize and kpt call this command (docs/krm.md); by hand: `kubectl neo4j-backup render -f backups/`"
                    .to_owned()
            }
        }
    }
}

/// How the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// YAML, with the dashes of the items in this column, from 0.
    Block {
        /// Spaces before each dash.
        indent: usize,
    },
    /// JSON.
    Flow,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its bytes in the text; in YAML whole lines, with its dash and the comments above it.
    pub range: Range<usize>,
    /// Where its text begins, for findings.
    part: Part,
}

/// A part of the list that is read as a document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    /// Bytes that belong to the list: a dash, a key. They are read as spaces, so that no column moves.
    blank: Range<usize>,
    /// Spaces put before the text, where it begins within a line.
    pad: usize,
    /// Line of the first byte, from 1.
    line: u32,
}

/// What was found in the text.
#[derive(Debug)]
struct Structure {
    style: Style,
    items: Vec<Item>,
    /// The bytes that the items stand in: the whole section in YAML, what is between the brackets in JSON. Empty
    /// where there is no list of items.
    content: Range<usize>,
    /// The results of an earlier function: the section in YAML, the value in JSON.
    results: Option<Range<usize>>,
    function_config: Option<Part>,
    /// Where results are put that have no place yet.
    end: usize,
}

/// Who an item is.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Its version, kind and names.
    pub id: Arc<DocumentId>,
    /// Its names and maps.
    pub metadata: Metadata,
    /// Where its name stands.
    pub place: Place,
}

/// A stretch of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'l> {
    /// What stays as it is.
    Text(&'l str),
    /// The items.
    Items {
        /// All of them with everything between them: in YAML from the line of `items:` on, in JSON what is between
        /// the brackets.
        all: &'l str,
    },
    /// The place of the results.
    Results {
        /// An earlier function has left some: in YAML with their key, in JSON without it.
        given: bool,
    },
}

/// A list, cut into its items.
#[derive(Debug)]
pub struct ResourceList {
    source: Arc<SourceName>,
    text: String,
    /// Byte of the stream at which the text begins: behind a byte order mark.
    offset: usize,
    structure: Structure,
}

impl ResourceList {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read or holds no list.
    pub fn read(stream: impl Read + Send) -> Result<Self, ResourceListError> {
        let source = Arc::new(SourceName::new(STREAM));
        let sources = [Source { name: Arc::clone(&source), origin: Origin::Stdin, targets_only: false }];
        let mut documents = Documents::new(&sources, stream, ReadLimits::default());
        let first = match documents.next() {
            Some(Ok(document)) => document,
            Some(Err(ReadError::Source(error))) => return Err(error.into()),
            Some(Err(ReadError::Problem(problem))) => return Err(ResourceListError::Problem(problem)),
            None => return Err(ResourceListError::Empty),
        };
        match documents.next() {
            None => {}
            Some(Err(ReadError::Source(error))) => return Err(error.into()),
            Some(Err(ReadError::Problem(problem))) => return Err(ResourceListError::Problem(problem)),
            Some(Ok(_)) => return Err(ResourceListError::SeveralDocuments),
        }
        let RawDocument { mut text, first_line, offset, .. } = first;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let structure =
            if flow::is_flow(&text) { flow::cut(&text, first_line)? } else { block::cut(&text, first_line)? };
        Ok(Self { source, text, offset, structure })
    }

    /// How it is written.
    #[must_use]
    pub fn style(&self) -> Style {
        self.structure.style
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.structure.items
    }

    /// The bytes of an item.
    #[must_use]
    pub fn verbatim(&self, item: &Item) -> &str {
        self.text.get(item.range.clone()).unwrap_or_default()
    }

    /// Bytes of the stream.
    #[must_use]
    pub fn slice(&self, bytes: Range<usize>) -> Option<&str> {
        self.text.get(bytes.start.checked_sub(self.offset)?..bytes.end.checked_sub(self.offset)?)
    }

    /// The index of the item that a byte of the stream stands in.
    #[must_use]
    pub fn item_at(&self, offset: usize) -> Option<usize> {
        let at = offset.checked_sub(self.offset)?;
        let index = self.structure.items.partition_point(|item| item.range.start <= at).checked_sub(1)?;
        self.structure.items.get(index).filter(|item| item.range.contains(&at)).map(|_| index)
    }

    /// The index of the item that a document was read from, by the byte of the stream at which its text begins.
    #[must_use]
    pub fn item_of(&self, offset: usize) -> Option<usize> {
        let begin = |item: &Item| self.offset + item.part.range.start - item.part.pad;
        let index = self.structure.items.partition_point(|item| begin(item) < offset);
        self.structure.items.get(index).filter(|item| begin(item) == offset).map(|_| index)
    }

    /// An item, to be read as a document.
    #[must_use]
    pub fn document(&self, index: usize) -> Option<RawDocument> {
        self.structure.items.get(index).map(|item| self.part(index, &item.part))
    }

    /// The configuration of the function, to be read as a document.
    #[must_use]
    pub fn function_config(&self) -> Option<RawDocument> {
        self.structure.function_config.as_ref().map(|part| self.part(0, part))
    }

    /// Who an item is; `None` when it cannot be read.
    #[must_use]
    pub fn identify(&self, index: usize) -> Option<Identified> {
        load::identified(self.document(index)?)
    }

    /// Reads the items that are wanted.
    #[must_use]
    pub fn load(&self, wanted: impl Fn(usize) -> bool) -> Loaded {
        let documents = (0..self.structure.items.len())
            .filter(|index| wanted(*index))
            .filter_map(|index| self.document(index));
        load::documents(documents)
    }

    /// The text in order: what stays as it is, and the places of items and results.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment<'_>> {
        let Structure { content, results, end, .. } = &self.structure;
        let text = |range: Range<usize>| Segment::Text(self.text.get(range).unwrap_or_default());
        let (results, given) = match results {
            Some(range) => (range.clone(), true),
            None => (*end..*end, false),
        };
        let items =
            (content.clone(), Segment::Items { all: self.text.get(content.clone()).unwrap_or_default() });
        let results = (results, Segment::Results { given });
        let places = if items.0.start <= results.0.start { [items, results] } else { [results, items] };
        let mut segments = Vec::with_capacity(5);
        let mut at = 0;
        for (range, segment) in places {
            segments.push(text(at..range.start));
            at = range.end;
            segments.push(segment);
        }
        segments.push(text(at..self.text.len()));
        segments
    }

    fn part(&self, index: usize, part: &Part) -> RawDocument {
        let slice = self.text.get(part.range.clone()).unwrap_or_default();
        let mut text = String::with_capacity(part.pad + slice.len());
        text.extend(std::iter::repeat_n(' ', part.pad));
        let blank = part.blank.start.saturating_sub(part.range.start)
            ..part.blank.end.saturating_sub(part.range.start);
        text.push_str(slice.get(..blank.start).unwrap_or_default());
        text.extend(std::iter::repeat_n(' ', blank.len()));
        text.push_str(slice.get(blank.end..).unwrap_or_default());
        RawDocument {
            source: Arc::clone(&self.source),
            index,
            text,
            first_line: part.line,
            offset: self.offset + part.range.start - part.pad,
            targets_only: false,
        }
    }
}

/// Whether an `apiVersion` and a `kind` are those of a list.
fn check_kind(api_version: &str, kind: &str) -> Result<(), ResourceListError> {
    let group = api_version.split_once('/').map(|(group, _)| group);
    if kind == "ResourceList" && group == Some(GROUP) {
        return Ok(());
    }
    let found = match (api_version, kind) {
        ("", "") => "no Kubernetes object".to_owned(),
        ("", kind) => format!("a {kind} without `apiVersion`"),
        (api_version, kind) => format!("a {kind} of {api_version}"),
    };
    Err(ResourceListError::SomethingElse { found })
}
