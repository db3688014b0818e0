//! What an option of `neo4j-admin` is: its name, its shape, and the values it takes.

use std::borrow::Cow;

use crate::neo4j::feature::Since;

/// One option of a command.
#[derive(Debug, Clone, Copy)]
pub struct AdminOption {
    /// The name with both dashes, in the one case in which it is read.
    pub name: &'static str,
    /// Whether and how it takes a value.
    pub kind: OptionKind,
    /// The releases that have it; none when all supported ones do.
    pub since: Option<Since>,
    /// Whether it may be given more than once; otherwise a second one ends with exit 64.
    pub repeatable: bool,
    /// What it does, one sentence without a full stop.
    pub doc: &'static str,
}

impl AdminOption {
    /// A flag that takes no value at all.
    pub(super) const fn bare(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, OptionKind::Bare, doc)
    }

    /// A flag that may say `=true` or `=false`.
    pub(super) const fn switch(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, OptionKind::Switch, doc)
    }

    /// An option that needs a value.
    pub(super) const fn value(name: &'static str, grammar: Grammar, doc: &'static str) -> Self {
        Self::of(name, OptionKind::Value(grammar), doc)
    }

    pub(super) const fn of(name: &'static str, kind: OptionKind, doc: &'static str) -> Self {
        Self { name, kind, since: None, repeatable: false, doc }
    }

    /// The same option, first in these releases.
    pub(super) const fn since(self, since: Since) -> Self {
        Self { since: Some(since), ..self }
    }

    /// The same option, allowed more than once.
    pub(super) const fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }
}

/// Whether and how an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// The bare flag only; `=true` is refused with exit 64.
    Bare,
    /// `--x`, `--x=true` or `--x=false`.
    Switch,
    /// `--x=VALUE`.
    Value(Grammar),
    /// `--x` or `--x=VALUE`.
    OptionalValue(Grammar),
}

/// The values that an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// One of these words, in any case.
    Enum(&'static [&'static str]),
    /// `none`, `all`, `users` or `roles`; from 2025.10 on also `users=NAME,NAME`.
    Metadata,
    /// An amount of memory: `512m`, `2g`, a number of bytes.
    Size,
    /// An amount of memory, or a share of it: `90%`.
    SizeOrPercentage,
    /// A path or a URI.
    Path,
    /// Paths or URIs, separated by commas.
    PathList,
    /// `host:port`, several separated by commas.
    HostPortList,
    /// A transaction id or `yyyy-MM-dd HH:mm:ss`.
    RestoreUntil,
    /// A number without sign.
    Integer,
    /// The name of a database.
    Database,
    /// Any text but the empty one.
    Text,
}

impl Grammar {
    /// What a value looks like, for a message: "one of FULL, DIFF, AUTO".
    pub fn expected(self) -> Cow<'static, str> {
        match self {
            Self::Enum(words) => Cow::Owned(format!("one of {}", words.join(", "))),
            Self::Metadata => "none, all, users or roles".into(),
            Self::Size => "a size such as 512m or 2g".into(),
            Self::SizeOrPercentage => "a size such as 2g, or a share such as 90%".into(),
            Self::Path => "a path or URI".into(),
            Self::PathList => "paths or URIs, separated by commas".into(),
            Self::HostPortList => "host:port, several separated by commas".into(),
            Self::RestoreUntil => "a transaction id or yyyy-MM-dd HH:mm:ss".into(),
            Self::Integer => "a number".into(),
            Self::Database => "a database name".into(),
            Self::Text => "a value".into(),
        }
    }
}
