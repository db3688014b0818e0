//! Which findings an older version of the input did not have, or stand in documents that have changed since.
//!
//! Rules look across specs, so a change may cause a finding in a document that nobody touched: a second spec that
//! writes into the same folder, a full backup that went and leaves its differential behind. Such a finding is new, and
//! what is new is never left out. A finding in a document that changed is told even when it is old, as is one that
//! refers to such a document: whoever edits it has it before them.

use std::collections::HashSet;

use crate::diagnostics::{Diagnostic, Place, Report, fingerprints};

use super::Loaded;
use super::texts::Texts;

/// What an older version of the input said, and what was said of it.
#[derive(Debug, Default)]
pub struct Since {
    /// Documents by file, byte for byte but for the form of their line breaks, which Git may change.
    documents: HashSet<(String, String)>,
    findings: HashSet<String>,
}

impl Since {
    /// Remembers an older version and the findings about it.
    #[must_use]
    pub fn new(loaded: &Loaded, report: &Report) -> Self {
        let documents =
            Texts::new(loaded).iter().map(|origin| (origin.path.to_string(), plain(&origin.text))).collect();
        Self { documents, findings: fingerprints(report).into_iter().collect() }
    }

    /// Keeps the findings of the present version that are new or stand in changed documents, and says how many were
    /// left out. `is_same` says whether a file, named as in findings, is byte for byte what it was: of one that could
    /// not be read as text there are no documents to compare.
    pub fn keep(&self, loaded: &Loaded, report: &mut Report, is_same: impl Fn(&str) -> bool) -> usize {
        let texts = Texts::new(loaded);
        let before = report.diagnostics.len();
        let mut fingerprints = fingerprints(report).into_iter();
        report.diagnostics.retain(|diagnostic| {
            let known = fingerprints.next().is_some_and(|fingerprint| self.findings.contains(&fingerprint));
            !known || self.touches(diagnostic, &texts, &is_same)
        });
        before - report.diagnostics.len()
    }

    /// Whether a finding stands in a changed document, or refers to one.
    fn touches(&self, diagnostic: &Diagnostic, texts: &Texts<'_>, is_same: &impl Fn(&str) -> bool) -> bool {
        let changed = |place: &Place| match texts.origin(place) {
            Some(origin) => !self.documents.contains(&(origin.path.to_string(), plain(&origin.text))),
            None => !place.path.is_empty() && !is_same(&place.path),
        };
        changed(&diagnostic.place) || diagnostic.related.iter().any(|related| changed(&related.place))
    }
}

/// A text with line breaks of one form, and without those at its end: a document that comes to stand last loses none
/// of its words.
fn plain(text: &str) -> String {
    text.trim_end().replace("\r\n", "\n")
}
