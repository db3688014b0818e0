//! Applies certain corrections to a text, and nothing else: every other byte stays.

use std::ops::Range;

/// One replacement of bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes instead.
    pub text: String,
}

/// The text with the replacements made. Of two that overlap the first is made and the second left for the next
/// run; one that does not lie on character boundaries is left out. Returns how many were made, too.
#[must_use]
pub fn apply(text: &str, mut replacements: Vec<Replacement>) -> (String, usize) {
    replacements.sort_by(|left, right| {
        (left.range.start, left.range.end, &left.text).cmp(&(right.range.start, right.range.end, &right.text))
    });
    replacements.dedup();
    let mut out = String::with_capacity(text.len() + 64);
    let mut position = 0;
    let mut made = 0;
    for replacement in replacements {
        let Range { start, end } = replacement.range;
        if start < position || text.get(start..end).is_none() {
            continue;
        }
        out.push_str(text.get(position..start).unwrap_or_default());
        out.push_str(&replacement.text);
        position = end;
        made += 1;
    }
    out.push_str(text.get(position..).unwrap_or_default());
    (out, made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(range: Range<usize>, text: &str) -> Replacement {
        Replacement { range, text: text.to_owned() }
    }

    #[test]
    fn only_what_is_named_changes() {
        let text = "a: é # keep\nb: 2\n";
        let (fixed, made) = apply(text, vec![replace(13..14, "c"), replace(3..5, "x")]);
        assert_eq!(fixed, "a: x # keep\nc: 2\n");
        assert_eq!(made, 2);
    }

    #[test]
    fn overlaps_and_broken_ranges_are_left_alone() {
        let text = "aé";
        let (fixed, made) = apply(
            text,
            vec![replace(0..1, "b"), replace(0..3, "c"), replace(2..3, "d"), replace(9..10, "e")],
        );
        assert_eq!(fixed, "bé");
        assert_eq!(made, 1);
    }
}
