//! The scanner's errors in words that help at three in the morning.

use super::node::Span;
use super::position::clamp;
use super::problem::{Problem, ProblemKind as Kind};
use granit_parser::{ErrorKind, ScanError};
use memchr::{memchr, memrchr};

/// What the tree builder knows about the place where the scanner gave up.
pub(super) struct Context {
    /// The end of the last thing that was read.
    pub last_end: u32,
    /// The innermost open `[` or `{`.
    pub open_bracket: Option<Span>,
    /// The document was read to its end.
    pub complete: bool,
}

/// A scanner error as a problem.
pub(super) fn problem(error: &ScanError, text: &str, context: Context) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let here = character(text, at);
    let line = line_around(text, at);
    if context.complete && matches!(error.kind(), ErrorKind::ExpectedDocumentStart) {
        if matches!(here.slice(text), "{" | "[") {
            return second_document(here);
        }
        return Problem::new(
            Kind::Syntax,
            here,
            "the document's value ends above, and nothing can follow it",
        )
        .help("Indent this line if it continues the value, or put a line `---` before a new document.");
    }
    if line.contains("{{") || line.contains("{%") {
        return template(here);
    }
    let new = |kind, message: &str| Problem::new(kind, here, message);
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => tab(tab_of_line(text, at).unwrap_or(here)),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            let start = quote_after(text, context.last_end as usize, at);
            let problem = Problem::new(Kind::UnclosedQuote, start.unwrap_or(here), "this quote is never closed");
            let problem = problem.help(
                "Close it on the same line, or indent the lines that continue it; a quote inside is written '' between single and \\\" between double quotes.",
            );
            if start.is_some() { problem.related(here, "the text ends here") } else { problem }
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            new(Kind::Syntax, "there is more text after the closing quote")
                .help("Put the whole value between the quotes, or separate a comment with a space: ` # comment`.")
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            new(Kind::Syntax, "a backslash in this double-quoted text begins no escape that YAML knows")
                .help("Write `\\\\` for a backslash, or use single quotes, which know no escapes.")
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidColonPlacement => bracket(here, here.slice(text), context.open_bracket),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("this `{open}` is closed by `{close}`");
            Problem::new(Kind::UnclosedBracket, here, message).help("Use the matching bracket.")
        }
        ErrorKind::MisplacedFlowCollectionEnd => new(Kind::UnclosedBracket, "this bracket closes nothing")
            .help("Remove it, or quote the value if it is meant literally."),
        ErrorKind::MappingValueNotAllowed => {
            new(Kind::Indentation, "a `:` makes this a key, and no key can stand here").help(
                "If the text before it is a value, quote it; if it is a key, align it with the other keys of its mapping.",
            )
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            new(Kind::Syntax, "a key is expected here, and this line has no `:` after it")
                .help("Write `key: value`, with a space after the colon, or indent the line if it continues the value above.")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => {
            new(Kind::Indentation, "this line is aligned with nothing above it")
                .help("Indent it exactly as the other keys or list items of the same block, with spaces.")
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            new(Kind::Indentation, "a list item (`- `) cannot stand here")
                .help("Start the list on a line of its own below its key, or quote the value if it begins with a dash.")
        }
        ErrorKind::UnexpectedCharacter { character } => Problem::new(
            Kind::Character,
            here,
            format!("a plain value cannot begin with `{}`", character.escape_debug()),
        )
        .help("Quote the value."),
        ErrorKind::MissingAnchorOrAliasName => {
            new(Kind::Syntax, "`*` or `&` needs a name directly after it")
                .help("Quote the value if it is meant literally, such as the database list \"*\".")
        }
        ErrorKind::BomInsideDocument => new(Kind::Character, "a byte order mark stands inside the document")
            .help("Remove it (U+FEFF); it comes from gluing files together. Separate the files with `---` lines."),
        ErrorKind::RecursionLimitExceeded => {
            new(Kind::TooDeep, "the document nests deeper than the limit").help(TOO_DEEP_HELP)
        }
        ErrorKind::MissingDocumentEndBeforeDirective => {
            new(Kind::Syntax, "a `%` directive must stand before the document, after a `...` line")
                .help("Remove the line, or end the document above with `...`.")
        }
        other => Problem::new(Kind::Syntax, here, format!("this is not valid YAML: {other}"))
            .help("Check the quotes, brackets and indentation around this place."),
    }
}

fn bracket(here: Span, found: &str, open: Option<Span>) -> Problem {
    if matches!(found, "]" | "}") {
        let problem = Problem::new(
            Kind::UnclosedBracket,
            here,
            format!("`{found}` does not close the bracket that is open here"),
        )
        .help("Use the matching bracket.");
        return match open {
            Some(open) => problem.related(open, "opened here"),
            None => problem,
        };
    }
    let message = "this bracket is not closed before the next key or the end of the document";
    let help = "Close it, and separate its items with commas.";
    match open {
        Some(open) => Problem::new(Kind::UnclosedBracket, open, message)
            .related(here, "reading stopped here")
            .help(help),
        None => Problem::new(Kind::UnclosedBracket, here, message).help(help),
    }
}

pub(super) fn tab(here: Span) -> Problem {
    Problem::new(Kind::Tab, here, "a tab is used for indentation, which YAML does not allow")
        .help("Replace the tab by spaces (`expand -t 2 FILE`, or your editor's convert-to-spaces).")
}

pub(super) fn template(here: Span) -> Problem {
    Problem::new(Kind::Template, here, "this is a template, not YAML: `{{ … }}` has not been filled in").help(
        "Render it first, for instance `helm template CHART | kubectl neo4j-backup validate -f -`; if the braces are meant literally, quote the value.",
    )
}

pub(super) fn second_document(here: Span) -> Problem {
    Problem::new(Kind::SecondDocument, here, "another document begins here without a `---` line before it")
        .help("Put a line `---` between documents; JSON objects of a stream need it too (`jq -n '[inputs]'` makes one list of them).")
}

const TOO_DEEP_HELP: &str =
    "No Kubernetes object needs that; look for brackets that are opened over and over.";

pub(super) fn too_deep(here: Span, depth: usize) -> Problem {
    Problem::new(Kind::TooDeep, here, format!("the document nests more than {depth} levels deep"))
        .help(TOO_DEEP_HELP)
}

/// The first character that YAML forbids anywhere in a document, quoted or not (YAML 1.2.2 §5.1;
/// kubectl: "control characters are not allowed").
pub(super) fn forbidden_character(text: &str) -> Option<Problem> {
    let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    let clean_ascii = !text.as_bytes().iter().any(control);
    if clean_ascii && text.is_ascii() {
        return None;
    }
    let forbidden = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    };
    let (at, found) = text.char_indices().find(|&(_, c)| forbidden(c))?;
    let span = Span { start: clamp(at), end: clamp(at + found.len_utf8()) };
    let message =
        format!("the document holds the control character U+{:04X}, which YAML forbids", u32::from(found));
    let help = "Remove it; inside double quotes it can be written as an escape such as \"\\x1b\".";
    Some(Problem::new(Kind::Character, span, message).help(help))
}

/// Where the header (`|` or `>`) of a block scalar stands, whose text begins at the end of the gap.
pub(super) fn block_header(text: &str, gap: Span) -> u32 {
    let mut spaced = true;
    let mut in_comment = false;
    for (at, byte) in gap.slice(text).bytes().enumerate() {
        match byte {
            b'\n' => in_comment = false,
            b'#' if spaced => in_comment = true,
            b'|' | b'>' if spaced && !in_comment => return gap.start.saturating_add(clamp(at)),
            _ => {}
        }
        spaced = byte.is_ascii_whitespace() || byte == b':';
    }
    gap.end
}

/// A tab in the white space between two tokens where kubectl refuses it: at the start of a line,
/// or after the dash of a list item.
pub(super) fn tab_in_gap(text: &str, gap: Span) -> Option<Span> {
    let bytes = gap.slice(text).as_bytes();
    memchr(b'\t', bytes)?;
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let begins_line = at > 0 || gap.start == 0;
        let code = line.split(|&byte| byte == b'#').next().unwrap_or_default();
        let after_dash = memrchr(b'-', code).map(|dash| dash + 1);
        let from = if begins_line { Some(0) } else { after_dash };
        if let Some(tab) = from.and_then(|from| memchr(b'\t', code.get(from..)?).map(|tab| from + tab)) {
            let start = gap.start.saturating_add(clamp(at + tab));
            return Some(Span { start, end: start.saturating_add(1) });
        }
        at += line.len();
    }
    None
}

/// The first of the characters that kubectl counts as line breaks and YAML 1.2 does not.
pub(super) fn foreign_line_break(text: &str) -> Option<Problem> {
    if text.is_ascii() {
        return None;
    }
    let (at, found) = text.char_indices().find(|&(_, c)| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}'))?;
    let span = Span { start: clamp(at), end: clamp(at + found.len_utf8()) };
    let message = format!(
        "the character U+{:04X} is a line break for kubectl and none for YAML 1.2 readers",
        u32::from(found)
    );
    let help = "Replace it by a line feed or a space; it often comes from a word processor or a chat.";
    Some(Problem::new(Kind::ForeignLineBreak, span, message).help(help))
}

/// The span of the character at an offset, a point at a line's or the text's end.
fn character(text: &str, at: usize) -> Span {
    let at = text.floor_char_boundary(at);
    let length = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .filter(|c| !matches!(c, '\n' | '\r'))
        .map_or(0, char::len_utf8);
    Span { start: clamp(at), end: clamp(at + length) }
}

fn line_bounds(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let start = memrchr(b'\n', bytes.get(..at).unwrap_or_default()).map_or(0, |at| at + 1);
    let end = memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(text.len(), |next| at + next);
    (start, end)
}

/// At most this much of a line is searched for a hint.
const HINT_BYTES: usize = 4096;

fn line_around(text: &str, at: usize) -> &str {
    let (start, end) = line_bounds(text, at);
    let start = text.ceil_char_boundary(start.max(at.saturating_sub(HINT_BYTES)));
    let end = text.floor_char_boundary(end.min(at.saturating_add(HINT_BYTES)));
    text.get(start..end).unwrap_or_default()
}

/// The tab that an error about tabs is about: in the indentation of its line if there is one.
fn tab_of_line(text: &str, at: usize) -> Option<Span> {
    let (start, end) = line_bounds(text, at);
    let line = text.get(start..end)?;
    let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
    let tab = start + line.get(..indentation)?.find('\t')?;
    Some(Span { start: clamp(tab), end: clamp(tab + 1) })
}

/// The quote that opened the scalar in which the scanner stopped.
fn quote_after(text: &str, from: usize, to: usize) -> Option<Span> {
    let start = from + text.get(from..to)?.find(['"', '\''])?;
    Some(Span { start: clamp(start), end: clamp(start + 1) })
}
