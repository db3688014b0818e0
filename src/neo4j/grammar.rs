//! The one error that every grammar of this room returns.
//!
//! A caller places it in a document: `range` says which bytes of the value are wrong, so that a
//! finding can point at a character and not at a line. Reasons and helps are whole sentences without
//! the value in them, because the caller shows the value next to them.

use std::borrow::Cow;
use std::ops::Range;

/// Why a value does not follow a grammar, and where in the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct GrammarError {
    /// The offending bytes of the value, always on character boundaries and inside of the value;
    /// empty at the end of the value when something is missing there.
    pub range: Range<usize>,
    /// What is wrong, one sentence without a full stop.
    pub reason: Cow<'static, str>,
    /// What to write instead, one sentence without a full stop.
    pub help: Cow<'static, str>,
}

impl GrammarError {
    /// An error for the bytes `range` of a value.
    pub fn new(
        range: Range<usize>,
        reason: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { range, reason: reason.into(), help: help.into() }
    }

    /// An error for the whole of `text`.
    pub fn whole(
        text: &str,
        reason: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(0..text.len(), reason, help)
    }

    /// The same error when the checked text began `offset` bytes into a longer value.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.range = self.range.start + offset..self.range.end + offset;
        self
    }
}

/// The byte range of the first character of `text` that `allowed` refuses, with that character.
pub(crate) fn first_refused(text: &str, allowed: impl Fn(char) -> bool) -> Option<(Range<usize>, char)> {
    text.char_indices().find(|&(_, c)| !allowed(c)).map(|(at, c)| (at..at + c.len_utf8(), c))
}

/// A character as a message shows it: quoted when it can be seen, named by code point when not.
pub(crate) fn show(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        c if c.is_control() || (c.is_whitespace() && !c.is_ascii()) => {
            format!("the character U+{:04X}", u32::from(c))
        }
        c => format!("\"{c}\""),
    }
}

/// Whether `text` is four numbers with dots, the shape of an IPv4 address.
pub(crate) fn looks_like_ipv4(text: &str) -> bool {
    let mut parts = 0;
    for part in text.split('.') {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_named() {
        assert_eq!(show(' '), "a space");
        assert_eq!(show('\u{0}'), "the character U+0000");
        assert_eq!(show('\u{a0}'), "the character U+00A0");
        assert_eq!(show('ü'), "\"ü\"");
    }

    #[test]
    fn the_first_refused_character_is_found_in_bytes() {
        let found = first_refused("aüb", |c| c.is_ascii());
        assert_eq!(found, Some((1..3, 'ü')));
        assert_eq!(first_refused("ab", |c| c.is_ascii()), None);
    }

    #[test]
    fn four_numbers_look_like_an_address() {
        assert!(looks_like_ipv4("192.168.5.4"));
        assert!(!looks_like_ipv4("192.168.5"));
        assert!(!looks_like_ipv4("a.b.c.d"));
        assert!(!looks_like_ipv4("1.2.3.4.5"));
    }
}
