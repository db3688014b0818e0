//! All findings of one run.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::text::count;
use super::{Diagnostic, DocumentId, Fix, Severity};

/// A document that was looked at, with or without findings.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Checked {
    /// The file, spelled as in [`Place::path`](super::Place::path).
    pub path: Arc<str>,
    /// The document.
    pub document: Arc<DocumentId>,
}

/// All findings of one run.
///
/// Collect in any order, from any number of threads, then [`sort`](Self::sort) once: the result
/// depends on the findings alone.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// How many documents were looked at.
    pub documents: usize,
    /// Which documents were looked at. Only JUnit, which lists what passed, needs them; other
    /// runs may leave this empty and save the memory.
    pub checked: Vec<Checked>,
}

/// The numbers of a report.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Summary {
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notices.
    pub notices: usize,
    /// Documents that were looked at.
    pub documents: usize,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Takes over everything of another report.
    pub fn merge(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.documents += other.documents;
        self.checked.extend(other.checked);
    }

    /// Puts findings in order (path, line, column, code, message, then everything else; findings
    /// about a whole file first) and drops those that say the same twice.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by(order);
        self.diagnostics.dedup();
        self.checked.sort();
    }

    /// The numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { documents: self.documents, ..Summary::default() };
        for diagnostic in &self.diagnostics {
            match diagnostic.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Notice => summary.notices += 1,
            }
        }
        summary
    }

    /// The weight of the worst finding; `None` when there is none.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.diagnostics.iter().map(|diagnostic| diagnostic.severity).max()
    }

    /// How many findings have a certain fix.
    #[must_use]
    pub fn fixable(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.fix.is_some()).count()
    }
}

/// A total order in which only equal findings are equal, so that the order in which they were
/// found never shows.
fn order(left: &Diagnostic, right: &Diagnostic) -> Ordering {
    let start = |diagnostic: &Diagnostic| diagnostic.place.span.map(|span| span.start);
    left.place
        .path
        .cmp(&right.place.path)
        .then_with(|| start(left).cmp(&start(right)))
        .then_with(|| left.definition.code.cmp(&right.definition.code))
        .then_with(|| left.message.cmp(&right.message))
        .then_with(|| left.place.cmp(&right.place))
        .then_with(|| right.severity.cmp(&left.severity))
        .then_with(|| left.help.cmp(&right.help))
        .then_with(|| left.notes.cmp(&right.notes))
        .then_with(|| left.related.cmp(&right.related))
        .then_with(|| fix_key(left.fix.as_ref()).cmp(&fix_key(right.fix.as_ref())))
}

type FixKey<'a> = Option<(&'a str, Vec<(&'a str, usize, usize, &'a str)>)>;

fn fix_key(fix: Option<&Fix>) -> FixKey<'_> {
    let fix = fix?;
    let edits = fix.edits.iter();
    let keys = edits.map(|edit| (&*edit.path, edit.range.start, edit.range.end, edit.replacement.as_str()));
    Some((&fix.title, keys.collect()))
}

/// `2 errors, 1 warning, 1 notice in 3 documents`; kinds that do not occur are left out, and so are documents where
/// the findings are about something else.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [(self.errors, "error"), (self.warnings, "warning"), (self.notices, "notice")];
        let mut found = kinds.into_iter().filter(|(number, _)| *number > 0);
        match found.next() {
            None => f.write_str("no findings")?,
            Some((number, noun)) => f.write_str(&count(number, noun))?,
        }
        for (number, noun) in found {
            write!(f, ", {}", count(number, noun))?;
        }
        match self.documents {
            0 if self.errors + self.warnings + self.notices > 0 => Ok(()),
            documents => write!(f, " in {}", count(documents, "document")),
        }
    }
}
