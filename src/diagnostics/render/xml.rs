//! The little of XML that JUnit needs: elements with attributes and text, well-formed for any text.

use std::fmt::Write as _;

use crate::diagnostics::text::is_hidden;

/// Text that can stand in an attribute or between tags.
///
/// XML 1.0 has no way to write most control characters, so they are spelled out as elsewhere;
/// invisible ones that it can write become character references.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Raw, an attribute's line breaks and tabs are read back as spaces.
            '\n' | '\t' => reference(&mut escaped, character),
            '\r' => escaped.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.extend(character.escape_unicode()),
            _ if is_hidden(character) => reference(&mut escaped, character),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn reference(escaped: &mut String, character: char) {
    // Writing to a String cannot fail.
    let _ = write!(escaped, "&#{};", u32::from(character));
}

/// Between tags line breaks stay as they are, so that a person can read the file.
pub(super) fn escape_content(text: &str) -> String {
    escape(text).replace("&#10;", "\n")
}
