//! One finding.

use std::ops::Range;
use std::sync::Arc;

use super::{Definition, Place, Severity};

/// Another place that a person must see to understand the finding, for instance the first of two
/// equal keys.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Related {
    /// Where it is.
    pub place: Place,
    /// What is there, in a few words: `first set here`.
    pub label: String,
}

/// One replacement in a source text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    /// The file, spelled as in [`Place::path`].
    pub path: Arc<str>,
    /// The bytes of the source that go away; an empty range inserts.
    pub range: Range<usize>,
    /// The text that takes their place.
    pub replacement: String,
}

/// Edits that together repair a finding. Only what is certain is a fix: `validate --fix` applies it
/// unasked, so a guess belongs into [`Diagnostic::help`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fix {
    /// What the fix does, as an imperative without a full stop: `rename the field to targetCluster`.
    pub title: String,
    /// The replacements; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One finding: what is wrong, where, and what to do about it.
///
/// Texts are plain text. They start in lower case unless a name begins them and end without a full
/// stop, for they follow a heading. They may quote user text as it is: renderers make what cannot
/// be shown visible.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// What the catalogue says of this code.
    pub definition: &'static Definition,
    /// The definition's severity, unless this case weighs more or less.
    pub severity: Severity,
    /// Where it is wrong.
    pub place: Place,
    /// What is wrong, in the user's words and values; one sentence, one line.
    pub message: String,
    /// What to write instead; may have several lines.
    pub help: Option<String>,
    /// Why, each with its source; may have several lines.
    pub notes: Vec<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// The certain repair, if there is one.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding with the definition's severity and nothing but a message.
    #[must_use]
    pub fn new(definition: &'static Definition, place: Place, message: impl Into<String>) -> Self {
        Self {
            definition,
            severity: definition.severity,
            place,
            message: message.into(),
            help: None,
            notes: Vec::new(),
            related: Vec::new(),
            fix: None,
        }
    }

    /// Sets what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a reason, with its source.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push(Related { place, label: label.into() });
        self
    }

    /// Sets the certain repair.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Overrides the definition's severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl Fix {
    /// A fix of one replacement.
    #[must_use]
    pub fn replace(
        title: impl Into<String>,
        path: impl Into<Arc<str>>,
        range: Range<usize>,
        replacement: impl Into<String>,
    ) -> Self {
        let edit = Edit { path: path.into(), range, replacement: replacement.into() };
        Self { title: title.into(), edits: vec![edit] }
    }
}
