//! The text around a place, for renderers that show it.

use std::ops::Range;

use super::Place;

/// A stretch of a source, usually one YAML document of a longer file.
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'a> {
    /// The text, byte for byte as in the source.
    pub text: &'a str,
    /// The line of the source on which `text` begins, from 1.
    pub first_line: u32,
    /// The byte of the source at which `text` begins. It begins a line.
    pub offset: usize,
    /// Bytes of `text` that are secrets and must not be shown: in order, apart from each other, each within one
    /// line.
    pub hidden: &'a [Range<usize>],
}

impl Excerpt<'_> {
    /// Where a byte of the source lies in `text`; `None` when it lies outside, or inside of a
    /// character.
    #[must_use]
    pub fn local(&self, offset: usize) -> Option<usize> {
        let local = offset.checked_sub(self.offset)?;
        self.text.is_char_boundary(local).then_some(local)
    }

    /// The line and the column in characters, both from 1, of a byte of the source; `None` as for
    /// [`local`](Self::local).
    #[must_use]
    pub fn line_and_column(&self, offset: usize) -> Option<(u32, u32)> {
        let before = self.text.get(..self.local(offset)?)?;
        let breaks = before.bytes().filter(|byte| *byte == b'\n').count();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let line_number = self.first_line.saturating_add(u32::try_from(breaks).ok()?);
        let column = u32::try_from(line.chars().count()).ok()?.saturating_add(1);
        Some((line_number, column))
    }
}

/// Gives renderers the text around a place. The owner of the texts (usually the input room)
/// implements it; a source that is gone or was a stream may answer `None`, and every renderer then
/// does without.
pub trait Sources {
    /// The text that holds the place's span, at least the whole lines of it. For a place without a
    /// span the answer is not used.
    fn excerpt(&self, place: &Place) -> Option<Excerpt<'_>>;
}

/// No text at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn excerpt(&self, _place: &Place) -> Option<Excerpt<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_where_the_excerpt_does() {
        let excerpt = Excerpt { text: "# é\r\nüb: x\n", first_line: 7, offset: 100, hidden: &[] };
        assert_eq!(excerpt.line_and_column(100), Some((7, 1)));
        assert_eq!(excerpt.line_and_column(104), Some((7, 4)));
        assert_eq!(excerpt.line_and_column(106), Some((8, 1)));
        assert_eq!(excerpt.line_and_column(108), Some((8, 2)));
    }

    #[test]
    fn a_byte_outside_or_inside_of_a_character_has_no_place() {
        let excerpt = Excerpt { text: "é", first_line: 1, offset: 10, hidden: &[] };
        for offset in [0, 9, 11, 13, usize::MAX] {
            assert_eq!(excerpt.line_and_column(offset), None, "{offset}");
        }
        assert_eq!(excerpt.line_and_column(12), Some((1, 2)));
    }
}
