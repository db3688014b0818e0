//! The shape of a text that `cypher-shell` is given: how many statements, and whether anything is left open.
//!
//! No Cypher is understood here, only what separates statements: strings, quoted names and comments, in which a
//! semicolon ends nothing.

use std::ops::Range;

/// What a text holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One statement, with or without a semicolon at its end.
    One,
    /// Nothing but white space, comments and semicolons.
    Empty,
    /// More than one; the bytes of the second up to the end of its line.
    Several {
        /// The second statement.
        second: Range<usize>,
    },
    /// A command of the shell, such as `:param`; its first word.
    ShellCommand {
        /// The command's word.
        range: Range<usize>,
    },
    /// Something that is never closed.
    Unfinished {
        /// The bytes that open it.
        range: Range<usize>,
        /// What it is: `the string`.
        what: &'static str,
    },
}

/// Reads a text as `cypher-shell` splits it.
pub(super) fn shape(text: &str) -> Shape {
    let mut statements = 0;
    let mut within = false;
    let mut second = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(comment) = rest.strip_prefix("//") {
            at += 2 + comment.find('\n').unwrap_or(comment.len());
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            let Some(length) = comment.find("*/") else {
                return Shape::Unfinished { range: at..at + 2, what: "the comment" };
            };
            at += length + 4;
            continue;
        }
        let Some(first) = rest.chars().next() else { break };
        match first {
            ';' => within = false,
            space if space.is_whitespace() => {}
            ':' if !within => return Shape::ShellCommand { range: at..at + word(rest) },
            other => {
                if !within {
                    within = true;
                    statements += 1;
                    if statements == 2 {
                        second = Some(at..at + rest.find('\n').unwrap_or(rest.len()));
                    }
                }
                if let Some((quote, what)) = quote(other) {
                    let Some(length) = quoted(rest, quote) else {
                        return Shape::Unfinished { range: at..at + 1, what };
                    };
                    at += length;
                    continue;
                }
            }
        }
        at += first.len_utf8();
    }
    match (statements, second) {
        (0, _) => Shape::Empty,
        (_, Some(second)) => Shape::Several { second },
        _ => Shape::One,
    }
}

fn word(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(text.len())
}

fn quote(character: char) -> Option<(char, &'static str)> {
    match character {
        '\'' | '"' => Some((character, "the string")),
        '`' => Some((character, "the quoted name")),
        _ => None,
    }
}

/// Bytes of a quoted text with its quotes. In strings a backslash takes the next character; a quoted name doubles
/// its backtick, which reads as two names here and ends at the same place.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote != '`' {
            characters.next();
        } else if character == quote {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_strings_names_and_comments_end_nothing() {
        for text in [
            "CALL db.awaitIndexes(60)",
            "RETURN 1;",
            "RETURN ';' + \"a;b\" AS `x;y`",
            "RETURN 'it\\'s; one'",
            "RETURN 1 // ; not two\n",
            "/* ; */ RETURN 1; /* and ; nothing */ ;",
            "MATCH (n:Label) RETURN n.`a``b;c`",
            "RETURN 'http://host'",
        ] {
            assert_eq!(shape(text), Shape::One, "{text}");
        }
    }

    #[test]
    fn what_is_no_single_statement_is_told_with_its_place() {
        assert_eq!(shape(" \n; // nothing"), Shape::Empty);
        assert_eq!(shape("RETURN 1; RETURN 2\nAS x"), Shape::Several { second: 10..18 });
        assert_eq!(shape(":param x => 1"), Shape::ShellCommand { range: 0..6 });
        assert_eq!(shape("RETURN 1; :exit"), Shape::ShellCommand { range: 10..15 });
        assert_eq!(shape("RETURN 'é"), Shape::Unfinished { range: 7..8, what: "the string" });
        assert_eq!(shape("RETURN `a"), Shape::Unfinished { range: 7..8, what: "the quoted name" });
        assert_eq!(shape("RETURN 1 /* x"), Shape::Unfinished { range: 9..11, what: "the comment" });
        assert_eq!(shape(""), Shape::Empty);
    }
}
