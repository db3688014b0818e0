//! The tree: values, their places, and how to find them by route.

use std::borrow::Cow;
use std::ops::Range;

/// A half-open range of bytes in the document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a point.
    pub end: u32,
}

impl Span {
    /// As a range that slices the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text that the span covers; empty for a span of another text.
    #[must_use]
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    /// From the start of the one to the end of the other.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end.max(self.start) }
    }
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    /// Where the value is written: a quoted scalar with its quotes, a block scalar from its `|`,
    /// a block collection from its first key to the end of its last value. Of an absent value
    /// (`key:`) the point after the colon. Of an aliased node its definition.
    pub span: Span,
    /// Where `*alias` stands, when the value came through one or through a merge key.
    /// Nodes inside an aliased one do not repeat it; [`Node::find`] carries it along.
    pub alias: Option<Span>,
    /// What it is.
    pub value: Value<'a>,
}

/// The three shapes of YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A single value.
    Scalar(Scalar<'a>),
    /// A list.
    Sequence(Vec<Node<'a>>),
    /// Keys and values, in the order written.
    Mapping(Mapping<'a>),
}

/// A single value, as written and as kubectl reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar<'a> {
    /// The decoded text: escapes and folding applied, number and boolean spellings untouched.
    /// Empty for an absent value.
    pub text: Cow<'a, str>,
    /// How it was written.
    pub style: Style,
    /// What kubectl makes of it.
    pub resolved: Resolved,
    /// Set where a YAML 1.2 reader would see another value than kubectl does.
    pub trap: Option<Trap>,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// What kubectl hands to the API server for a scalar (go-yaml v2's rules, then JSON's numbers, so
/// that `1.0` and `1e3` are integers; rust.md §2.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// Nothing, `~` or `null`.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number; not finite for `.inf` and `.nan`, which come with a problem.
    Float(f64),
    /// Text.
    String,
}

/// A spelling that kubectl and YAML 1.2 readers (editors, language servers, most tools that are
/// not written in Go) read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trap {
    /// `yes`, `no`, `on`, `off`, `y`, `n`: a boolean to kubectl, text in YAML 1.2.
    BooleanWord,
    /// `0777`: 511 to kubectl, 777 in YAML 1.2; also `0O17` and `-0o17`, text in YAML 1.2.
    Octal,
    /// `1_000`: 1000 to kubectl, text in YAML 1.2.
    Underscore,
    /// `0b101`: 5 to kubectl, text in YAML 1.2.
    Binary,
    /// `0X1F`, `-0x1F`: a number to kubectl, text in YAML 1.2.
    Hexadecimal,
    /// `1e400`, or a hexadecimal number beyond 64 bits: text to kubectl, a number in YAML 1.2.
    Overflow,
}

impl Trap {
    /// The disagreement in one clause.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::BooleanWord => "kubectl reads it as a boolean, YAML 1.2 readers as text",
            Self::Octal => "kubectl reads it as an octal number, YAML 1.2 readers do not",
            Self::Underscore => "kubectl drops the underscores and reads a number, YAML 1.2 readers see text",
            Self::Binary => "kubectl reads it as a binary number, YAML 1.2 readers as text",
            Self::Hexadecimal => "kubectl reads it as a hexadecimal number, YAML 1.2 readers as text",
            Self::Overflow => "it is out of range: text for kubectl, a number for YAML 1.2 readers",
        }
    }
}

/// Keys and values in the order written, merged ones last; no key occurs twice.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Mapping<'a> {
    /// The entries.
    pub entries: Vec<Entry<'a>>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The key as kubectl spells it (`on:` is `true`; that comes with a problem).
    pub key: Cow<'a, str>,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node<'a>,
    /// It was brought by a merge key (`<<`); [`Node::alias`] of the value says from where.
    pub merged: bool,
}

impl<'a> Mapping<'a> {
    /// The entry of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// One step from a collection to a value in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'r> {
    /// Into a mapping.
    Key(&'r str),
    /// Into a sequence, from 0.
    Index(usize),
}

/// A value found by route.
#[derive(Clone, Copy, Debug)]
pub struct Found<'n, 'a> {
    /// The value.
    pub node: &'n Node<'a>,
    /// The key that holds it, when the last step was a key.
    pub key_span: Option<Span>,
    /// The last `*alias` that the route passed through.
    pub alias: Option<Span>,
    /// How many steps of the route exist.
    pub depth: usize,
}

impl<'a> Node<'a> {
    /// The value at the end of a route; the empty route is the node itself.
    #[must_use]
    pub fn find(&self, route: &[Step<'_>]) -> Option<Found<'_, 'a>> {
        Some(self.find_deepest(route)).filter(|found| found.depth == route.len())
    }

    /// The deepest value on a route that exists: the place for a finding about something missing.
    #[must_use]
    pub fn find_deepest(&self, route: &[Step<'_>]) -> Found<'_, 'a> {
        let mut found = Found { node: self, key_span: None, alias: self.alias, depth: 0 };
        for step in route {
            let (node, key_span) = match (step, &found.node.value) {
                (Step::Key(key), Value::Mapping(mapping)) => match mapping.get(key) {
                    Some(entry) => (&entry.value, Some(entry.key_span)),
                    None => break,
                },
                (Step::Index(index), Value::Sequence(items)) => match items.get(*index) {
                    Some(item) => (item, None),
                    None => break,
                },
                _ => break,
            };
            let alias = node.alias.or(found.alias);
            found = Found { node, key_span, alias, depth: found.depth + 1 };
        }
        found
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping<'a>> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node<'a>]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar<'a>> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar that is a string to kubectl.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar()
            .filter(|scalar| scalar.resolved == Resolved::String)
            .map(|scalar| scalar.text.as_ref())
    }

    /// Absent, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.resolved == Resolved::Null)
    }

    /// The value in a mapping under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.as_mapping()?.get(key).map(|entry| &entry.value)
    }
}

/// The place in the document's text of a byte range of a scalar's decoded text.
///
/// Exact where decoding changed nothing: plain scalars on one line, quoted ones without escapes
/// or line breaks. Otherwise, and for anything but a scalar, the whole node.
#[must_use]
pub fn scalar_subrange(text: &str, node: &Node<'_>, range: Range<usize>) -> Span {
    let Some(scalar) = node.as_scalar() else {
        return node.span;
    };
    let quotes = match scalar.style {
        Style::Plain => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Literal | Style::Folded => return node.span,
    };
    let (start, end) = (node.span.start + quotes, node.span.end.saturating_sub(quotes));
    if text.get(start as usize..end as usize) != Some(scalar.text.as_ref())
        || scalar.text.get(range.clone()).is_none()
    {
        return node.span;
    }
    let at = |offset: usize| start.saturating_add(super::position::clamp(offset));
    Span { start: at(range.start), end: at(range.end) }
}
