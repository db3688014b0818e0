//! The texts that were read, found by the place of a finding.

use std::borrow::Cow;

use crate::diagnostics::{Excerpt, Place, Report, Sources};

use super::Loaded;
use super::document::Origin;
use super::redact::redacted;

/// The texts that were read, by path and place.
pub struct Texts<'l> {
    origins: Vec<&'l Origin>,
}

impl<'l> Texts<'l> {
    /// The texts of everything that was read and matters.
    #[must_use]
    pub fn new(loaded: &'l Loaded) -> Self {
        let mut origins: Vec<&Origin> = loaded
            .documents
            .iter()
            .map(|document| document.origin.as_ref())
            .chain(loaded.origins.iter().map(AsRef::as_ref))
            .collect();
        origins.sort_by(|left, right| (&left.path, left.offset).cmp(&(&right.path, right.offset)));
        Self { origins }
    }

    /// All of them, by path and place; one may come several times.
    pub fn iter(&self) -> impl Iterator<Item = &'l Origin> {
        self.origins.iter().copied()
    }

    /// The text that a place lies in; `None` for a file as a whole.
    #[must_use]
    pub fn origin(&self, place: &Place) -> Option<&'l Origin> {
        let start = place.span?.start.offset;
        let after =
            self.origins.partition_point(|origin| (&*origin.path, origin.offset) <= (&*place.path, start));
        let origin = *self.origins.get(after.checked_sub(1)?)?;
        (*origin.path == *place.path).then_some(origin)
    }

    /// The findings without the secrets that they quote (DESIGN.md law 6).
    #[must_use]
    pub fn shown<'r>(&self, report: &'r Report) -> Cow<'r, Report> {
        let mut shown = Cow::Borrowed(report);
        for (index, diagnostic) in report.diagnostics.iter().enumerate() {
            if let Some(redacted) = redacted(diagnostic, |place| self.origin(place))
                && let Some(slot) = shown.to_mut().diagnostics.get_mut(index)
            {
                *slot = redacted;
            }
        }
        shown
    }
}

impl Sources for Texts<'_> {
    fn excerpt(&self, place: &Place) -> Option<Excerpt<'_>> {
        let origin = self.origin(place)?;
        Some(Excerpt {
            text: &origin.text,
            first_line: origin.first_line,
            offset: origin.offset,
            hidden: &origin.confidential().ranges,
        })
    }
}
