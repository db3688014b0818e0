//! A byte stream cut into documents, with only the current document in memory.
//!
//! YAML forbids lines that begin with `---` or `...` (followed by white space or the end) inside
//! any scalar, so cutting there needs no parser and is exact (YAML 1.2.2 §9.1.1, c-forbidden).

use super::ReadProblemKind as Kind;
use memchr::{memchr, memchr_iter};
use std::io::{self, Read};

/// How much is asked of a reader at once.
const CHUNK: usize = 64 << 10;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A document as bytes, still to be checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'b> {
    pub bytes: &'b [u8],
    /// Of the first byte.
    pub offset: usize,
    /// Of the first byte, from 0.
    pub line: usize,
    /// From 0, empty documents counted.
    pub index: usize,
}

/// What ended the reading early.
#[derive(Debug)]
pub(super) enum Stop {
    Io(io::Error),
    /// At the place that [`Splitter::place`] tells.
    Problem(Kind),
}

/// The state of one stream. The buffer serves stream after stream.
pub(super) struct Splitter {
    /// Initialised once; only `filled` bytes of it mean something.
    buffer: Vec<u8>,
    filled: usize,
    /// Of the current document in the buffer.
    start: usize,
    /// Up to here lines have been looked at.
    scanned: usize,
    /// Source offset of the buffer's first byte.
    base: usize,
    /// Of the current document, from 0.
    start_line: usize,
    /// Of `scanned`, from 0.
    line: usize,
    index: usize,
    begun: bool,
    ended: bool,
    limit: usize,
    part: Part,
}

/// What has been seen of the current document.
#[derive(Clone, Copy, Default)]
struct Part {
    /// Beyond the comments, blank lines and directives in front of a document.
    in_body: bool,
    /// Has `%` lines.
    directives: bool,
    /// Has anything that is not a comment or a blank.
    content: bool,
}

impl Splitter {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            filled: 0,
            start: 0,
            scanned: 0,
            base: 0,
            start_line: 0,
            line: 0,
            index: 0,
            begun: false,
            ended: false,
            limit,
            part: Part::default(),
        }
    }

    /// Forgets the stream and keeps the buffer.
    pub(super) fn reset(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        *self = Self { buffer, ..Self::new(self.limit) };
    }

    /// Offset, line (from 0) and document number of the place up to which the stream was read.
    pub(super) fn place(&self) -> (usize, usize, usize) {
        (self.base + self.scanned, self.line, self.index)
    }

    /// The next document that is not empty.
    pub(super) fn next(&mut self, reader: &mut dyn Read) -> Result<Option<Piece<'_>>, Stop> {
        if !self.begun {
            self.begin(reader)?;
        }
        while let Some(line_end) = self.line_end(reader)? {
            let line = self.buffer.get(self.scanned..line_end).unwrap_or_default();
            let part = &mut self.part;
            if let Some(rest) = marker(line, b"---") {
                if part.in_body {
                    let cut = self.scanned;
                    if let Some(piece) = self.cut(cut) {
                        return Ok(Some(self.piece(piece)));
                    }
                    continue;
                }
                part.in_body = true;
                part.content = !is_blank(rest);
            } else if marker(line, b"...").is_some() {
                self.scanned = line_end;
                self.line += 1;
                if let Some(piece) = self.cut(line_end) {
                    return Ok(Some(self.piece(piece)));
                }
                continue;
            } else if !is_blank(line) {
                if part.in_body || line.first() != Some(&b'%') {
                    part.in_body = true;
                    part.content = true;
                } else {
                    part.directives = true;
                }
            }
            self.scanned = line_end;
            self.line += 1;
        }
        let cut = self.filled;
        let piece = self.cut(cut);
        Ok(piece.map(|piece| self.piece(piece)))
    }

    /// Looks at the first bytes: byte order marks, and what is no text at all.
    fn begin(&mut self, reader: &mut dyn Read) -> Result<(), Stop> {
        self.begun = true;
        while self.filled < 4 && !self.ended {
            self.fill(reader)?;
        }
        match self.buffer.get(..self.filled).unwrap_or_default() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 0, 0xFE, 0xFF, ..] => Err(Stop::Problem(Kind::Utf16)),
            [first, 0, ..] if *first != 0 => Err(Stop::Problem(Kind::Utf16)),
            [0, second, ..] if *second != 0 => Err(Stop::Problem(Kind::Utf16)),
            [0, 0, ..] => Err(Stop::Problem(Kind::Binary)),
            // gzip and zstd
            [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] => Err(Stop::Problem(Kind::Binary)),
            bytes => {
                if bytes.starts_with(BOM) {
                    self.start = BOM.len();
                    self.scanned = BOM.len();
                }
                Ok(())
            }
        }
    }

    /// The end of the line that begins at `scanned`, its line break included.
    fn line_end(&mut self, reader: &mut dyn Read) -> Result<Option<usize>, Stop> {
        let mut from = self.scanned;
        loop {
            let ahead = self.buffer.get(from..self.filled).unwrap_or_default();
            if let Some(at) = memchr(b'\n', ahead) {
                return Ok(Some(from + at + 1));
            }
            if self.ended {
                return Ok((self.scanned < self.filled).then_some(self.filled));
            }
            let searched = self.filled - self.scanned;
            self.fill(reader)?;
            from = self.scanned + searched;
        }
    }

    /// Reads once, after making room.
    fn fill(&mut self, reader: &mut dyn Read) -> Result<(), Stop> {
        if self.start > 0 && self.filled == self.buffer.len() {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.base += self.start;
            self.filled -= self.start;
            self.scanned -= self.start;
            self.start = 0;
        }
        if self.filled == self.buffer.len() {
            let size = (self.buffer.len() * 2).max(CHUNK);
            self.buffer.resize(size, 0);
        }
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        loop {
            match reader.read(room) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Io(error)),
            }
            break;
        }
        if self.base + self.filled > self.limit {
            return Err(Stop::Problem(Kind::TooLarge));
        }
        Ok(())
    }

    /// Ends the current document at a place in the buffer and begins the next one there; the
    /// range, line and number of the ended one, unless there is nothing in it.
    fn cut(&mut self, end: usize) -> Option<(usize, usize, usize, usize)> {
        let part = std::mem::take(&mut self.part);
        let piece = (self.start, end, self.start_line, self.index);
        self.start = end;
        self.start_line = self.line;
        let is_document = part.in_body || part.directives;
        self.index += usize::from(is_document);
        // Directives without a document are an error that the parser explains.
        (part.content || (part.directives && !part.in_body)).then_some(piece)
    }

    fn piece(&self, (start, end, line, index): (usize, usize, usize, usize)) -> Piece<'_> {
        Piece {
            bytes: self.buffer.get(start..end).unwrap_or_default(),
            offset: self.base + start,
            line,
            index,
        }
    }
}

/// What follows a document marker on its line.
fn marker<'l>(line: &'l [u8], marker: &[u8]) -> Option<&'l [u8]> {
    let rest = line.strip_prefix(marker)?;
    matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'\r')).then_some(rest)
}

/// Nothing, or only a comment.
fn is_blank(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}

/// The first thing in a document that keeps it from being text, and its offset there.
pub(super) fn check(bytes: &[u8]) -> Result<&str, (Kind, usize)> {
    if let Some(at) = memchr(0, bytes) {
        return Err((Kind::Binary, at));
    }
    let lone = memchr_iter(b'\r', bytes).find(|at| bytes.get(at + 1) != Some(&b'\n'));
    let text = std::str::from_utf8(bytes);
    match (lone, text) {
        (None, Ok(text)) => Ok(text),
        (Some(at), Ok(_)) => Err((Kind::LoneCarriageReturn, at)),
        (lone, Err(error)) => match lone.filter(|&at| at < error.valid_up_to()) {
            Some(at) => Err((Kind::LoneCarriageReturn, at)),
            None => Err((Kind::InvalidUtf8, error.valid_up_to())),
        },
    }
}
