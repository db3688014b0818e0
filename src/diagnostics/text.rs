//! Making user text safe to show.
//!
//! A file under check may hold escape sequences, right-to-left overrides or zero-width characters.
//! Written raw they would colour, move or rewrite what a person reads, at the worst moment. They
//! are spelled out instead, in ASCII, so that a log or a copy of it keeps them visible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is shown by its escape: every control character, and every character that
/// takes no room or turns the direction of writing.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line: hidden characters, line breaks among them, are written as `\n`, `\t`,
/// `\r` or `\u{1b}`.
#[must_use]
pub fn visible_line(text: &str) -> Cow<'_, str> {
    spell_out(text, is_hidden)
}

/// The text with its line breaks: like [`visible_line`], but `\n` and `\r\n` stay line breaks (as
/// `\n`).
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |character| character != '\n' && is_hidden(character);
    if !text.contains("\r\n") {
        return spell_out(text, hidden);
    }
    Cow::Owned(spell_out(&text.replace("\r\n", "\n"), hidden).into_owned())
}

fn spell_out(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            _ if !hidden(character) => shown.push(character),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ => shown.extend(character.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// JSON with the hidden characters that JSON itself leaves raw (U+007F and above) escaped. They can
/// only stand inside of strings, so the document's meaning is unchanged.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    let hidden = |character: char| character >= '\u{7f}' && is_hidden(character);
    if !json.chars().any(hidden) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for character in json.chars() {
        if hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible_line("größe: 3 ✓ 'a'"), Cow::Borrowed(_)));
        assert!(matches!(visible("two\nlines"), Cow::Borrowed(_)));
        assert!(matches!(escape_json("{\n  \"a\": \"ü\"\n}"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_hidden_survives() {
        let hidden: String = (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c)).collect();
        assert!(visible_line(&hidden).is_ascii());
        assert!(visible(&hidden).is_ascii());
        assert_eq!(visible_line("\u{1b}[31m\r\n\t\u{202e}x"), r"\u{1b}[31m\r\n\t\u{202e}x");
        assert_eq!(visible("a\r\nb\rc"), "a\nb\\rc");
    }

    #[test]
    fn escaped_json_means_the_same() -> Result<(), serde_json::Error> {
        let text = "\u{7f}\u{9b}\u{202e}\u{e0001}é\u{1b}";
        let json = serde_json::to_string(text)?;
        let escaped = escape_json(&json);
        assert!(!escaped.chars().any(is_hidden));
        assert_eq!(serde_json::from_str::<String>(&escaped)?, text);
        Ok(())
    }
}
