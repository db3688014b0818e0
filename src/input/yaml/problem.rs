//! What can be wrong with a document before anyone asks what it means.

use super::Span;

/// Why a document could not be read as it stands, or is read differently than it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The text is not YAML, for a reason without a kind of its own.
    Syntax,
    /// Lines do not line up: a key or list item at an indentation that belongs to nothing.
    Indentation,
    /// A tab where YAML wants spaces.
    Tab,
    /// A quote that is opened and never closed.
    UnclosedQuote,
    /// `[` or `{` that is never closed, or closed by the wrong bracket.
    UnclosedBracket,
    /// A character that YAML does not allow there: a control character, or `@`, a backtick or `%`
    /// at the start of a plain value.
    Character,
    /// U+0085, U+2028 or U+2029: a line break to kubectl, none in YAML 1.2.
    ForeignLineBreak,
    /// A placeholder of a template language (`{{ … }}`) that was not rendered.
    Template,
    /// A second document without `---` before it, such as JSON objects one after another.
    SecondDocument,
    /// The document is longer than [`Limits::bytes`](super::Limits::bytes) or has more than
    /// [`Limits::nodes`](super::Limits::nodes) values.
    TooLarge,
    /// More nesting than [`Limits::depth`](super::Limits::depth).
    TooDeep,
    /// Aliases expand to more than [`Limits::expanded_nodes`](super::Limits::expanded_nodes).
    TooManyAliases,
    /// `*name` without `&name` before it.
    UnknownAlias,
    /// An alias inside the very node that it names.
    RecursiveAlias,
    /// A tag that kubectl ignores (`!Ref`) or decodes (`!!binary`).
    UnknownTag,
    /// A value that does not fit its explicit tag, such as `!!int ten`.
    TagMismatch,
    /// The same key twice in one mapping; kubectl silently takes the last one.
    DuplicateKey,
    /// A key that kubectl turns into another text (`on` becomes `true`, `0777` becomes `511`).
    RewrittenKey,
    /// A key that kubectl refuses: null, a list, a mapping, or a number beyond 64 bits.
    InvalidKey,
    /// `<<` whose value is neither a mapping nor a list of mappings.
    InvalidMerge,
    /// `<<` stands after a key that it also brings: YAML lets the written key win, kubectl the
    /// merged one.
    MergeOrder,
    /// `.inf` or `.nan`, which JSON, and so Kubernetes, cannot hold.
    NotFinite,
}

impl ProblemKind {
    /// Whether the reading ended here, so that there is a
    /// [`fragment`](super::Parsed::fragment) instead of a root.
    #[must_use]
    pub fn ends_reading(self) -> bool {
        matches!(
            self,
            Self::Syntax
                | Self::Indentation
                | Self::Tab
                | Self::UnclosedQuote
                | Self::UnclosedBracket
                | Self::Character
                | Self::Template
                | Self::SecondDocument
                | Self::TooLarge
                | Self::TooDeep
                | Self::TooManyAliases
        )
    }
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The cause.
    pub kind: ProblemKind,
    /// Where it is; may be empty (a point).
    pub span: Span,
    /// One sentence of what is wrong, in the user's values, without a full stop.
    pub message: String,
    /// A second place that belongs to it, and what it is ("first defined here").
    pub related: Option<(Span, String)>,
    /// What to do instead.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Self { kind, span, message: message.into(), related: None, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn related(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related = Some((span, what.into()));
        self
    }
}
