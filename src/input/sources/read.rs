//! Sources to documents, lazily.

use super::kustomize::{BUILDERS, Build};
use super::split::{Piece, Splitter, Stop, check};
use super::{Origin, ReadError, ReadProblem, ReadProblemKind as Kind, Source, SourceError, SourceName};
use crate::input::yaml::{Position, position};
use memchr::memmem;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// What reading may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of one source. The number of documents in it is not limited.
    pub bytes: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20 }
    }
}

/// One document's text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawDocument {
    /// The source.
    pub source: Arc<SourceName>,
    /// The number in the source, from 0. Every `---` begins a document, and one that holds only
    /// comments is counted and left out; the comments and directives before the first `---` (or
    /// after `...`) belong to the document that follows.
    pub index: usize,
    /// The text, its `---` line and the comments and directives above that included.
    pub text: String,
    /// The line in the source of the text's first line, from 1.
    pub first_line: u32,
    /// The byte in the source of the text's first byte.
    pub offset: usize,
    /// From [`Source::targets_only`].
    pub targets_only: bool,
}

/// The documents of a list of sources, in order, each read when asked for.
///
/// Only the current document (and what was read ahead of it, 64 KiB) is in memory. To read many
/// files on several threads, give each a part of the list; sources do not depend on each other.
pub struct Documents<'s> {
    sources: std::slice::Iter<'s, Source>,
    stdin: Option<Box<dyn Read + Send + 's>>,
    splitter: Splitter,
    current: Option<(&'s Source, Reader<'s>)>,
    limits: ReadLimits,
}

enum Reader<'s> {
    File(File),
    Stdin(Box<dyn Read + Send + 's>),
    Build(Build),
}

impl Reader<'_> {
    fn as_read(&mut self) -> &mut dyn Read {
        match self {
            Self::File(file) => file,
            Self::Stdin(stdin) => stdin,
            Self::Build(build) => build,
        }
    }
}

impl<'s> Documents<'s> {
    /// Prepares to read; nothing is opened before the first document is asked for.
    ///
    /// `stdin` is read if [`Origin::Stdin`] is among the sources.
    #[must_use]
    pub fn new(sources: &'s [Source], stdin: impl Read + Send + 's, limits: ReadLimits) -> Self {
        Self {
            sources: sources.iter(),
            stdin: Some(Box::new(stdin)),
            splitter: Splitter::new(limits.bytes),
            current: None,
            limits,
        }
    }

    /// The documents in batches of about so many bytes, to hand to threads.
    #[must_use]
    pub fn batches(self, bytes: usize) -> Batches<'s> {
        Batches { documents: self, bytes, number: 0 }
    }

    fn open(&mut self, source: &'s Source) -> Result<Reader<'s>, SourceError> {
        match &source.origin {
            Origin::File(path) => File::open(path)
                .map(Reader::File)
                .map_err(|error| SourceError::Unreadable { name: source.name.to_string(), source: error }),
            Origin::Stdin => {
                Ok(Reader::Stdin(self.stdin.take().unwrap_or_else(|| Box::new(std::io::empty()))))
            }
            Origin::Kustomize(folder) => Build::start(folder, &BUILDERS).map(Reader::Build),
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<RawDocument, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((source, reader)) = &mut self.current else {
                let source = self.sources.next()?;
                self.splitter.reset();
                match self.open(source) {
                    Ok(reader) => self.current = Some((source, reader)),
                    Err(error) => return Some(Err(error.into())),
                }
                continue;
            };
            let source = *source;
            match self.splitter.next(reader.as_read()) {
                Ok(Some(piece)) => {
                    if source.targets_only && memmem::find(piece.bytes, b"Neo4jTarget").is_none() {
                        continue;
                    }
                    let document = document(source, &piece);
                    let ends = matches!(&document, Err(problem) if problem.kind.ends_source());
                    if ends {
                        self.current = None;
                    }
                    return Some(document.map_err(|problem| ReadError::Problem(Box::new(problem))));
                }
                Ok(None) => {
                    if let Some((_, Reader::Build(build))) = self.current.take()
                        && let Err(error) = build.finish()
                    {
                        return Some(Err(error.into()));
                    }
                }
                Err(stop) => {
                    self.current = None;
                    return Some(Err(stopped(stop, source, &self.splitter, self.limits)));
                }
            }
        }
    }
}

fn document(source: &Source, piece: &Piece<'_>) -> Result<RawDocument, ReadProblem> {
    match check(piece.bytes) {
        Ok(text) => Ok(RawDocument {
            source: Arc::clone(&source.name),
            index: piece.index,
            text: text.to_owned(),
            first_line: number(piece.line),
            offset: piece.offset,
            targets_only: source.targets_only,
        }),
        Err((kind, at)) => {
            let before = String::from_utf8_lossy(piece.bytes.get(..at).unwrap_or_default());
            let Position { line, column } = position(&before, before.len());
            let line = line.saturating_add(number(piece.line)).saturating_sub(1);
            let (message, help) = explain(kind, piece.bytes.get(at).copied());
            Err(ReadProblem {
                source: Arc::clone(&source.name),
                index: piece.index,
                kind,
                position: Position { line, column },
                offset: piece.offset + at,
                message,
                help,
            })
        }
    }
}

fn stopped(stop: Stop, source: &Source, splitter: &Splitter, limits: ReadLimits) -> ReadError {
    let kind = match stop {
        Stop::Io(error) => {
            return SourceError::Unreadable { name: source.name.to_string(), source: error }.into();
        }
        Stop::Problem(kind) => kind,
    };
    let (offset, line, index) = splitter.place();
    let (mut message, help) = explain(kind, None);
    if kind == Kind::TooLarge {
        message = format!(
            "the input is larger than the limit of {} bytes; reading stopped in this document",
            limits.bytes
        );
    }
    ReadError::Problem(Box::new(ReadProblem {
        source: Arc::clone(&source.name),
        index,
        kind,
        position: Position { line: number(line), column: 1 },
        offset,
        message,
        help,
    }))
}

/// What is wrong and what to do, for each kind.
fn explain(kind: Kind, byte: Option<u8>) -> (String, String) {
    let (message, help) = match kind {
        Kind::Utf16 => (
            "the input is UTF-16 or UTF-32; Kubernetes reads UTF-8",
            "Convert it: `iconv -f UTF-16 -t UTF-8 FILE`; in PowerShell write it with `Out-File -Encoding utf8`.",
        ),
        Kind::Binary => (
            "the input is binary, not YAML",
            "Name a YAML or JSON file; unpack a compressed one first: `gunzip -c FILE | kubectl neo4j-backup … -f -`.",
        ),
        Kind::InvalidUtf8 => {
            let byte = byte.map_or_else(String::new, |byte| format!(" 0x{byte:02X}"));
            return (
                format!("the byte{byte} here is not UTF-8"),
                "Save the file as UTF-8; if it is Latin-1: `iconv -f ISO-8859-1 -t UTF-8 FILE`.".into(),
            );
        }
        Kind::LoneCarriageReturn => (
            "a carriage return without a line feed stands here, which YAML counts as a line break and editors do not",
            "Use LF or CRLF line endings: `tr '\\r' '\\n' < FILE` for old Mac files, else remove the character.",
        ),
        Kind::TooLarge => ("the input is larger than the limit", "Split it into several files."),
    };
    (message.into(), help.into())
}

fn number(from_zero: usize) -> u32 {
    u32::try_from(from_zero).unwrap_or(u32::MAX).saturating_add(1)
}

/// Documents that are processed together.
#[derive(Debug)]
pub struct Batch {
    /// From 0, in order: results put back in this order are in the order of the input.
    pub number: usize,
    /// Never empty.
    pub items: Vec<Result<RawDocument, ReadError>>,
}

/// See [`Documents::batches`].
pub struct Batches<'s> {
    documents: Documents<'s>,
    bytes: usize,
    number: usize,
}

impl Iterator for Batches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let mut items = Vec::new();
        let mut bytes = 0;
        while bytes < self.bytes.max(1) {
            let Some(item) = self.documents.next() else {
                break;
            };
            // An error counts too, or a thousand unreadable files would be one batch.
            bytes += item.as_ref().map_or(256, |document| document.text.len().max(1));
            items.push(item);
        }
        if items.is_empty() {
            return None;
        }
        let number = self.number;
        self.number += 1;
        Some(Batch { number, items })
    }
}
