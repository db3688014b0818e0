//! Findings without the secrets that they quote: what is shown of a finding is made here, what is done about it
//! (`validate --fix`) follows the finding itself.

use std::ops::Range;

use crate::diagnostics::{Diagnostic, Edit, Fix, Place};

use super::confidential::{Confidential, MASK, without_credentials};
use super::document::Origin;

/// Values shorter than this many bytes are only hidden in findings that stand on them: `neo4j` is a password here and
/// a name there.
const TELLING: usize = 6;

/// The finding as it may be shown; `None` when it holds no secret. `origin` finds the text that a place stands in.
pub fn redacted<'o>(
    diagnostic: &Diagnostic,
    origin: impl Fn(&Place) -> Option<&'o Origin>,
) -> Option<Diagnostic> {
    let places =
        std::iter::once(&diagnostic.place).chain(diagnostic.related.iter().map(|related| &related.place));
    let mut texts: Vec<(&Origin, &Confidential, &Place)> = Vec::new();
    for place in places {
        if let Some(origin) = origin(place) {
            let confidential = origin.confidential();
            if !confidential.is_empty() {
                texts.push((origin, confidential, place));
            }
        }
    }
    // Nearly every finding is of this kind, and copying it would cost more than all the rest.
    let mut words = std::iter::once(&diagnostic.message)
        .chain(&diagnostic.help)
        .chain(&diagnostic.notes)
        .chain(diagnostic.related.iter().map(|related| &related.label))
        .chain(diagnostic.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| &edit.replacement)));
    if texts.is_empty() && !words.any(|text| text.contains("://")) {
        return None;
    }
    let mut shown = diagnostic.clone();
    let clean = |text: &mut String| clean(text, &texts);
    clean(&mut shown.message);
    shown.help.iter_mut().chain(&mut shown.notes).for_each(clean);
    shown.related.iter_mut().for_each(|related| clean(&mut related.label));
    shown.fix = shown.fix.and_then(|fix| {
        let Fix { mut title, edits } = fix;
        clean(&mut title);
        let mut safe = Vec::with_capacity(edits.len());
        for edit in edits {
            let own = texts.iter().find(|(origin, ..)| origin.path == edit.path);
            match own {
                Some((origin, confidential, _)) => safe.extend(around_secret(edit, origin, confidential)?),
                None => safe.push(edit),
            }
        }
        let told = safe.iter().any(|edit| {
            let mut text = edit.replacement.clone();
            clean(&mut text);
            text != edit.replacement
        });
        (!told).then_some(Fix { title, edits: safe })
    });
    (shown != *diagnostic).then_some(shown)
}

/// An edit that does not repeat the secret that it stands on: quotes are put around it instead. `None` when there is
/// no such edit.
fn around_secret(edit: Edit, origin: &Origin, confidential: &Confidential) -> Option<Vec<Edit>> {
    let local = |at: usize| at.checked_sub(origin.offset);
    let (Some(start), Some(end)) = (local(edit.range.start), local(edit.range.end)) else {
        return Some(vec![edit]);
    };
    match parts(start..end, &edit.replacement, &origin.text, &confidential.ranges)? {
        None => Some(vec![edit]),
        Some((before, after)) => {
            let insert = |at: usize, text: &str| Edit {
                path: edit.path.clone(),
                range: at..at,
                replacement: text.to_owned(),
            };
            Some(vec![insert(edit.range.start, before), insert(edit.range.end, after)])
        }
    }
}

/// What a replacement puts before and after the secret that it keeps: `Some(None)` when it touches none, `None` when
/// it does not keep it.
#[allow(clippy::option_option, reason = "three answers, named in the documentation")]
pub fn parts<'r>(
    range: Range<usize>,
    replacement: &'r str,
    text: &str,
    hidden: &[Range<usize>],
) -> Option<Option<(&'r str, &'r str)>> {
    if !hidden.iter().any(|secret| secret.start < range.end && range.start < secret.end) {
        return Some(None);
    }
    let kept = text.get(range)?;
    replacement.split_once(kept).map(Some)
}

/// Takes the secrets out of a text.
fn clean(text: &mut String, texts: &[(&Origin, &Confidential, &Place)]) {
    if let Some(cleaned) = without_credentials(text) {
        *text = cleaned;
    }
    for (origin, confidential, place) in texts {
        for value in confidential.values.iter().take_while(|value| value.len() >= TELLING) {
            if text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), MASK);
            }
        }
        let touched: Vec<&str> = touched(origin, confidential, place).collect();
        let sigils = |c: char| c.is_whitespace() || "*&!'\"`,:{}[]".contains(c);
        for word in
            touched.iter().flat_map(|secret| secret.split(sigils)).filter(|word| word.len() >= TELLING)
        {
            if text.contains(word) {
                *text = text.replace(word, MASK);
            }
        }
        if !touched.is_empty() {
            quoted(text, &touched, confidential);
        }
    }
}

/// The secrets that a finding stands on.
fn touched<'t>(
    origin: &'t Origin,
    confidential: &'t Confidential,
    place: &Place,
) -> impl Iterator<Item = &'t str> + use<'t> {
    let range = place.span.map_or(0..0, |span| {
        let start = span.start.offset.saturating_sub(origin.offset);
        start..span.end.offset.saturating_sub(origin.offset).max(start + 1)
    });
    let ranges = confidential.ranges.iter();
    ranges
        .filter(move |secret| secret.start < range.end && range.start < secret.end)
        .filter_map(|secret| origin.text.get(secret.clone()))
}

/// Hides quoted pieces of a text that stand in one of these secrets.
fn quoted(text: &mut String, secrets: &[&str], confidential: &Confidential) {
    for quote in ['`', '"', '\''] {
        if !text.contains(quote) {
            continue;
        }
        let pieces: Vec<&str> = text.split(quote).collect();
        let hides = |piece: &str| {
            // An alias is quoted as what it names.
            let piece = piece.trim_start_matches(['&', '*', '!']);
            !piece.trim().is_empty()
                && piece != MASK
                && (secrets.iter().any(|secret| secret.contains(piece))
                    || confidential.values.iter().any(|value| value == piece))
        };
        let shown: Vec<&str> = pieces.iter().map(|piece| if hides(piece) { MASK } else { piece }).collect();
        *text = shown.join(&quote.to_string());
    }
}
