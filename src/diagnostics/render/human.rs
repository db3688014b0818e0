//! Findings for a person at a terminal, in the look that rustc made familiar.
//!
//! The excerpt is drawn by annotate-snippets. What the user wrote is spelled out before it gets
//! there (see [`visible`](crate::diagnostics::visible)), because that library passes notes through
//! as they are.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet,
};

use crate::diagnostics::text::count;
use crate::diagnostics::{
    Diagnostic, Edit, Fix, Place, Position, Related, Report, Severity, Sources, visible, visible_line,
};

use super::window::Window;
use super::{Options, concise};

/// Narrower terminals than this make clipped lines useless.
const NARROWEST: usize = 40;

/// Writes every finding with its excerpt, and a closing line of counts.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    sources: &dyn Sources,
    options: &Options<'_>,
) -> io::Result<()> {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(options.width.max(NARROWEST));
    for diagnostic in &report.diagnostics {
        let mut groups = vec![finding(diagnostic, sources)];
        groups.extend(diagnostic.fix.as_ref().map(|fix| repair(fix, diagnostic, sources)));
        writeln!(out, "{}\n", renderer.render(&groups).trim_end())?;
    }
    closing(out, report, options)
}

/// `2 errors, 1 warning in 3 documents`, and what can be repaired by itself.
fn closing(out: &mut dyn Write, report: &Report, options: &Options<'_>) -> io::Result<()> {
    let style = match report.worst() {
        Some(severity) if options.color => concise::severity_style(severity),
        _ => anstyle::Style::new(),
    };
    writeln!(out, "{style}{}{style:#}", report.summary())?;
    match report.fixable() {
        0 => Ok(()),
        fixable => writeln!(out, "{} can be repaired by `validate --fix`", count(fixable, "finding")),
    }
}

/// The finding itself: heading, excerpt, related places, reasons, remedy.
fn finding<'a>(diagnostic: &'a Diagnostic, sources: &'a dyn Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Notice => Level::INFO.with_name("notice"),
    };
    let title =
        level.primary_title(visible_line(&diagnostic.message)).id(diagnostic.definition.code.to_string());
    let (beside, apart): (Vec<_>, Vec<_>) =
        diagnostic.related.iter().partition(|related| related.place.path == diagnostic.place.path);
    let mut elements = excerpt(&diagnostic.place, &beside, sources);
    for related in apart {
        elements.extend(elsewhere(related, sources));
    }
    if let Some(context) = context(&diagnostic.place) {
        elements.push(Level::NOTE.with_name("in").message(context).into());
    }
    for note in &diagnostic.notes {
        elements.push(Level::NOTE.message(visible(note)).into());
    }
    if let Some(help) = &diagnostic.help {
        elements.push(Level::HELP.message(visible(help)).into());
    }
    title.elements(elements)
}

/// The marked source lines, with the related places of the same file between them where that
/// stays readable, else one after the other; without a source only the location.
fn excerpt<'a>(place: &'a Place, beside: &[&'a Related], sources: &'a dyn Sources) -> Vec<Element<'a>> {
    if let Some(shown) = together(place, beside, sources) {
        return shown;
    }
    let mut elements = match window(place, sources) {
        Some(window) if window.beheaded => beheaded(place, &window),
        Some(window) => annotated(place, window, &[]),
        None if place.path.is_empty() => Vec::new(),
        None => vec![origin(place)],
    };
    for related in beside {
        elements.extend(elsewhere(related, sources));
    }
    elements
}

/// One excerpt that marks the place and all its related places.
fn together<'a>(
    place: &'a Place,
    beside: &[&'a Related],
    sources: &'a dyn Sources,
) -> Option<Vec<Element<'a>>> {
    if beside.is_empty() {
        return None;
    }
    let mut ranges = vec![bytes(place)?];
    for related in beside {
        ranges.push(bytes(&related.place)?);
    }
    let window = Window::new(sources.excerpt(place)?, &ranges, known(place))?;
    (!window.beheaded).then(|| annotated(place, window, beside))
}

fn annotated<'a>(place: &Place, window: Window<'a>, beside: &[&'a Related]) -> Vec<Element<'a>> {
    let mut marks = window.marks.into_iter();
    let primary = marks.next().unwrap_or_default();
    let mut snippet =
        snippet(place, window.text, window.first_line).annotation(AnnotationKind::Primary.span(primary));
    for (mark, related) in marks.zip(beside) {
        snippet = snippet.annotation(AnnotationKind::Context.span(mark).label(visible_line(&related.label)));
    }
    vec![snippet.into()]
}

fn snippet<'a>(place: &Place, text: Cow<'a, str>, first_line: usize) -> Snippet<'a, Annotation<'a>> {
    Snippet::source(text).line_start(first_line).path(visible_line(&place.path).into_owned())
}

/// A line without its beginning gets no carets: the drawer takes the location from where they
/// stand. The text stands beside the location instead.
fn beheaded<'a>(place: &Place, window: &Window<'_>) -> Vec<Element<'a>> {
    let text = visible_line(window.text.trim()).into_owned();
    vec![origin(place), Level::NOTE.with_name("text").message(text).into()]
}

/// A related place under its own path, or as a note when its source is not at hand.
fn elsewhere<'a>(related: &'a Related, sources: &'a dyn Sources) -> Vec<Element<'a>> {
    let label = visible_line(&related.label);
    match window(&related.place, sources) {
        Some(window) if !window.beheaded => {
            let mark = window.marks.into_iter().next().unwrap_or_default();
            let snippet = snippet(&related.place, window.text, window.first_line);
            vec![snippet.annotation(AnnotationKind::Context.span(mark).label(label)).into()]
        }
        _ => {
            let location = concise::location(&related.place);
            vec![Level::NOTE.message(format!("{label}: {location}")).into()]
        }
    }
}

fn window<'a>(place: &Place, sources: &'a dyn Sources) -> Option<Window<'a>> {
    Window::around(sources.excerpt(place)?, bytes(place)?, known(place))
}

fn known(place: &Place) -> Option<Position> {
    place.span.map(|span| span.start)
}

fn bytes(place: &Place) -> Option<Range<usize>> {
    place.span.map(|span| span.bytes())
}

/// `--> path:line:col`, without an excerpt.
fn origin<'a>(place: &Place) -> Element<'a> {
    let origin = Origin::path(visible_line(&place.path).into_owned());
    match place.span {
        Some(span) => origin
            .line(usize::try_from(span.start.line).unwrap_or(usize::MAX))
            .char_column(usize::try_from(span.start.column).unwrap_or(usize::MAX))
            .into(),
        None => origin.into(),
    }
}

/// `Neo4jBackup neo4j/nightly, spec.storage.path`, as far as it is known: which of twenty equal
/// looking documents it is, and at which of three equal looking keys.
fn context(place: &Place) -> Option<String> {
    let document = place.document.as_ref().map(|document| document.to_string());
    let parts: Vec<_> = document.into_iter().chain(place.field.clone()).collect();
    (!parts.is_empty()).then(|| visible_line(&parts.join(", ")).into_owned())
}

/// The fix as a patch of the source, or in words when the source is not at hand.
fn repair<'a>(fix: &'a Fix, diagnostic: &'a Diagnostic, sources: &'a dyn Sources) -> Group<'a> {
    let title = Level::HELP.with_name("fix").secondary_title(visible_line(&fix.title));
    match patch(fix, diagnostic, sources) {
        Some(elements) => title.elements(elements),
        None => title.elements(fix.edits.iter().map(|edit| Level::NOTE.no_name().message(in_words(edit)))),
    }
}

fn patch<'a>(fix: &'a Fix, diagnostic: &'a Diagnostic, sources: &'a dyn Sources) -> Option<Vec<Element<'a>>> {
    let place = &diagnostic.place;
    if fix.edits.is_empty() || fix.edits.iter().any(|edit| edit.path != place.path) {
        return None;
    }
    let ranges: Vec<_> = fix.edits.iter().map(|edit| edit.range.clone()).collect();
    let window = Window::new(sources.excerpt(place)?, &ranges, known(place))?;
    // A patch of a clipped mark would show another change than the one that is made.
    if window.marks.iter().zip(&ranges).any(|(mark, range)| mark.len() != range.len()) {
        return None;
    }
    let patches = window
        .marks
        .into_iter()
        .zip(&fix.edits)
        .map(|(mark, edit)| Patch::new(mark, visible(&edit.replacement)));
    let snippet = Snippet::source(window.text).line_start(window.first_line).patches(patches);
    Some(vec![snippet.into()])
}

fn in_words(edit: &Edit) -> String {
    let (path, replacement) = (visible_line(&edit.path), visible_line(&edit.replacement));
    let Range { start, end } = edit.range;
    if start == end {
        format!("{path}: insert `{replacement}` at byte {start}")
    } else if replacement.is_empty() {
        format!("{path}: delete bytes {start} to {end}")
    } else {
        format!("{path}: replace bytes {start} to {end} by `{replacement}`")
    }
}
