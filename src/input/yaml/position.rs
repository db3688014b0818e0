//! Byte offsets to the lines and columns that people and editors count.

use memchr::{memchr_iter, memrchr};

/// A place in a text; both numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line. Lines end with LF or CRLF; a lone CR ends none (such files are refused earlier).
    pub line: u32,
    /// The column, in characters (Unicode scalar values), not bytes.
    pub column: u32,
}

/// The position of a byte offset, by counting from the start of the text.
///
/// Right for the few findings of one document; [`LineIndex`] is for many in a long text.
/// An offset past the end means the end, one inside a character means that character.
#[must_use]
pub fn position(text: &str, offset: usize) -> Position {
    let offset = floor(text, offset);
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let line_start = memrchr(b'\n', before).map_or(0, |at| at + 1);
    Position { line: count(memchr_iter(b'\n', before).count()), column: column(text, line_start, offset) }
}

/// The line starts of a text, to find many positions quickly.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds every line start.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr_iter(b'\n', text.as_bytes()).map(|at| clamp(at + 1)));
        Self { starts }
    }

    /// As [`position`], of the text that this index was made from.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|&start| start as usize <= offset).saturating_sub(1);
        let start = self.starts.get(line).map_or(0, |&start| start as usize);
        Position { line: count(line), column: column(text, start, offset) }
    }

    /// The text of a line (from 1) without its line break, or `None` past the last one.
    #[must_use]
    pub fn line<'t>(&self, text: &'t str, line: u32) -> Option<&'t str> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(text.len(), |&next| next as usize);
        Some(text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }
}

/// The start of the character that an offset falls into.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

/// A `usize` as the `u32` of a span; texts are refused long before they reach its end.
pub(super) fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn count(before: usize) -> u32 {
    clamp(before).saturating_add(1)
}

fn column(text: &str, line_start: usize, offset: usize) -> u32 {
    count(text.get(line_start..offset).map_or(0, |line| line.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_crlf_is_one_line_break() {
        let text = "a: é\r\nüb: x\n";
        let index = LineIndex::new(text);
        for (offset, line, column) in
            [(0, 1, 1), (3, 1, 4), (5, 1, 5), (7, 2, 1), (9, 2, 2), (12, 2, 5), (99, 3, 1)]
        {
            let expected = Position { line, column };
            assert_eq!(position(text, offset), expected, "offset {offset}");
            assert_eq!(index.position(text, offset), expected, "offset {offset}");
        }
        assert_eq!(position(text, 4), Position { line: 1, column: 4 }, "inside é");
        assert_eq!(index.line(text, 1), Some("a: é"));
        assert_eq!(index.line(text, 2), Some("üb: x"));
        assert_eq!(index.line(text, 9), None);
        assert_eq!(index.line(text, 0), None);
    }
}
