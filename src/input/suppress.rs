//! Comments that accept a finding: `# neo4j-backup: ignore NB412 the bucket is shared on purpose`.
//!
//! A comment at the end of a line speaks of that line, a comment on a line of its own of the next line that is
//! not a comment. The reason is required, errors cannot be accepted, and a comment that accepts nothing is told,
//! so that none outlives what it was written for.

use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic, Place, Severity, codes};

use super::document::Origin;
use super::locate;
use super::yaml::{COMMENT_MARKER, Comment, LineIndex};

/// One code that one comment accepts.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Where the comment stands.
    place: Place,
    /// Line of the source that it speaks of.
    line: u32,
    /// The code.
    code: Code,
}

impl Suppression {
    fn accepts(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.place.span.is_some_and(|span| span.start.line == self.line)
            && self.code == diagnostic.definition.code
            && self.place.path == diagnostic.place.path
    }
}

/// Reads the comments of a document: suppressions, and findings about comments that are none.
pub(super) fn read(origin: &Origin, comments: &[Comment<'_>], out: &mut Vec<Diagnostic>) -> Vec<Suppression> {
    let mut suppressions = Vec::new();
    if comments.is_empty() {
        return suppressions;
    }
    let lines = LineIndex::new(&origin.text);
    for comment in comments {
        let place = Place {
            path: Arc::clone(&origin.path),
            span: Some(locate::span(origin, &lines, comment.span.range())),
            document: None,
            field: None,
        };
        let Some((_, instruction)) = comment.text.split_once(COMMENT_MARKER) else { continue };
        let mut words = instruction.split_whitespace();
        let verb = words.next();
        if verb != Some("ignore") {
            let message = format!("`{}` is no instruction", verb.unwrap_or_default());
            out.push(
                Diagnostic::new(&codes::SUPPRESSION_UNKNOWN_CODE, place, message)
                    .help("write `# neo4j-backup: ignore NB412 reason`"),
            );
            continue;
        }
        let mut accepted = Vec::new();
        let mut reason = false;
        for word in words {
            match word.trim_end_matches(',').parse::<Code>() {
                Ok(code) if !reason => accepted.push(code),
                _ => reason = true,
            }
        }
        if accepted.is_empty() {
            out.push(
                Diagnostic::new(
                    &codes::SUPPRESSION_UNKNOWN_CODE,
                    place,
                    "this comment names no code to ignore",
                )
                .help("write `# neo4j-backup: ignore NB412 reason`"),
            );
            continue;
        }
        if !reason {
            out.push(
                Diagnostic::new(&codes::SUPPRESSION_WITHOUT_REASON, place, "this comment gives no reason")
                    .help("say behind the code why the finding is acceptable here"),
            );
            continue;
        }
        let own = lines.position(&origin.text, comment.span.range().start).line;
        let line = if comment.own_line { next_line(origin, &lines, own) } else { own };
        for code in accepted {
            if crate::diagnostics::by_code(code).is_none() {
                let message = format!("{code} is not a code");
                out.push(
                    Diagnostic::new(&codes::SUPPRESSION_UNKNOWN_CODE, place.clone(), message)
                        .help("`explain` lists the codes"),
                );
                continue;
            }
            suppressions.push(Suppression {
                place: place.clone(),
                line: line + origin.first_line.saturating_sub(1),
                code,
            });
        }
    }
    suppressions
}

/// The first line after `line` that says something.
fn next_line(origin: &Origin, lines: &LineIndex, line: u32) -> u32 {
    let mut next = line + 1;
    while let Some(text) = lines.line(&origin.text, next) {
        let text = text.trim_start();
        if !text.is_empty() && !text.starts_with('#') {
            break;
        }
        next += 1;
    }
    next
}

/// Takes the accepted ones out of findings that came after [`apply`] had told everything about the comments.
#[must_use]
pub fn apply_again(mut diagnostics: Vec<Diagnostic>, suppressions: &[Suppression]) -> Vec<Diagnostic> {
    diagnostics.retain(|diagnostic| {
        diagnostic.severity == Severity::Error
            || !suppressions.iter().any(|suppression| suppression.accepts(diagnostic))
    });
    diagnostics
}

/// Takes the accepted findings out, and tells of comments that accept nothing or try to accept an error.
#[must_use]
pub fn apply(diagnostics: Vec<Diagnostic>, suppressions: &[Suppression]) -> Vec<Diagnostic> {
    if suppressions.is_empty() {
        return diagnostics;
    }
    let mut used = vec![false; suppressions.len()];
    let mut kept = Vec::with_capacity(diagnostics.len());
    let mut refused = Vec::new();
    for diagnostic in diagnostics {
        let matching = suppressions.iter().position(|suppression| suppression.accepts(&diagnostic));
        let Some(matching) = matching else {
            kept.push(diagnostic);
            continue;
        };
        if let Some(used) = used.get_mut(matching) {
            *used = true;
        }
        if diagnostic.severity == Severity::Error {
            let Some(suppression) = suppressions.get(matching) else { continue };
            let message = format!("{} is an error here and cannot be ignored", suppression.code);
            refused.push(
                Diagnostic::new(&codes::SUPPRESSION_OF_ERROR, suppression.place.clone(), message)
                    .help("mend what it says, and remove this comment"),
            );
            kept.push(diagnostic);
        }
    }
    for (suppression, used) in suppressions.iter().zip(used) {
        // What only rendering finds cannot be missed by a run that does not render.
        let rendering = suppression.code.to_string().starts_with("NB7");
        if !used && !rendering {
            let message = format!("{} is not found on line {}", suppression.code, suppression.line);
            refused.push(
                Diagnostic::new(&codes::UNUSED_SUPPRESSION, suppression.place.clone(), message)
                    .help("remove this comment"),
            );
        }
    }
    kept.extend(refused);
    kept
}
