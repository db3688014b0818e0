//! The few lines of a source that an excerpt shows.
//!
//! An input can be one line of many megabytes, or a document of 100,000 lines with a finding on
//! each. The cost of showing a finding must depend on the finding, so only the lines that it
//! touches are cut out before anything else looks at them, and long lines are clipped around what
//! is marked. What would be invisible or harmful on a terminal is replaced on the way, with the
//! marked offsets moved along.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostics::text::is_hidden;
use crate::diagnostics::{Excerpt, Position};

/// Lines longer than this many bytes are clipped.
const LONG_LINE: usize = 600;
/// How many bytes of a long line are kept before and after a mark.
const AROUND_MARK: usize = 200;
/// A long line keeps its beginning as long as the mark begins within this many bytes.
const LONG_PREFIX: usize = 2_000;
/// A window of more lines or bytes than this is not shown as one.
const MOST_LINES: usize = 400;
/// See [`MOST_LINES`].
const MOST_BYTES: usize = 256 * 1024;
/// What is shown in the place of a secret.
const MASK: &str = "***";
/// How far a line's beginning and end are looked for.
const FAR: usize = 16 * 1024;
/// A span over more lines than this is shown by its first line alone.
const MOST_SPAN_LINES: usize = 8;

/// Whole lines of a source, made safe to show.
#[derive(Debug)]
pub(super) struct Window<'a> {
    /// The lines.
    pub(super) text: Cow<'a, str>,
    /// The line of the source on which `text` begins, from 1.
    pub(super) first_line: usize,
    /// The marked ranges, as byte ranges of `text`, in the order they were given.
    pub(super) marks: Vec<Range<usize>>,
    /// Whether a line has lost its beginning, so that columns counted in `text` are wrong.
    pub(super) beheaded: bool,
}

impl<'a> Window<'a> {
    /// Cuts out the lines that the byte ranges of the source touch. `None` when a range lies
    /// outside of the excerpt or cuts a character, or when the lines would be too many.
    ///
    /// `known` is a position of the source near the ranges; lines are counted from there, because
    /// counting from the excerpt's beginning would cost more with every finding of a long document.
    pub(super) fn new(
        excerpt: Excerpt<'a>,
        ranges: &[Range<usize>],
        known: Option<Position>,
    ) -> Option<Self> {
        let mut marks = Vec::with_capacity(ranges.len());
        for range in ranges {
            let (start, end) = (excerpt.local(range.start)?, excerpt.local(range.end)?);
            marks.push(start..shorten(excerpt.text, start, end.max(start)));
        }
        let start = marks.iter().map(|mark| mark.start).min()?;
        let end = marks.iter().map(|mark| mark.end).max()?;
        let (from, beheaded) = line_start(excerpt.text, start)?;
        let text = excerpt.text.get(from..line_end(excerpt.text, start, end)?)?;
        if text.len() > MOST_BYTES || count_lines(text) > MOST_LINES {
            return None;
        }
        for mark in &mut marks {
            *mark = mark.start - from..mark.end - from;
        }
        let first_line = line_at(excerpt, from, known)?;
        let mut plain = Self { text: Cow::Borrowed(text), first_line, marks, beheaded };
        let hidden = hidden_within(excerpt.hidden, from..from + text.len());
        plain.around_hidden(&hidden);
        Some(if !hidden.is_empty() || needs_rewriting(text) { plain.rewritten(text, &hidden) } else { plain })
    }

    /// The lines that one range touches; see [`new`](Self::new).
    pub(super) fn around(excerpt: Excerpt<'a>, range: Range<usize>, known: Option<Position>) -> Option<Self> {
        Self::new(excerpt, std::slice::from_ref(&range), known)
    }

    /// Marks begin and end with secrets, not in the midst of them.
    fn around_hidden(&mut self, hidden: &[Range<usize>]) {
        let inside = |at: usize| hidden.iter().find(move |range| range.start < at && at < range.end);
        for mark in &mut self.marks {
            if let Some(secret) = inside(mark.start) {
                // The column that can be shown is not the true one.
                self.beheaded = true;
                mark.start = secret.start;
            }
            if let Some(secret) = inside(mark.end) {
                mark.end = secret.end;
            }
        }
    }

    /// Clips long lines, replaces hidden characters and masks secrets; marks move along.
    fn rewritten(self, text: &str, secrets: &[Range<usize>]) -> Self {
        let mut edges: Vec<usize> = self.marks.iter().flat_map(|mark| [mark.start, mark.end]).collect();
        edges.sort_unstable();
        let mut shown = String::with_capacity(text.len().min(4 * LONG_LINE));
        let mut moved: Vec<(usize, usize)> = Vec::with_capacity(edges.len());
        let mut next_edge = edges.iter().copied().peekable();
        let (mut offset, mut beheaded) = (0, self.beheaded);
        let mut secrets = secrets.iter().peekable();
        let mut masked_until = 0;
        // A mark behind a mask would stand in another column than the finding says.
        let first_marked = self.marks.iter().map(|mark| mark.start).collect::<Vec<_>>();
        for line in text.split_inclusive('\n') {
            let body_end = offset + line.trim_end_matches(['\n', '\r']).len();
            let keep = kept(&edges, offset..body_end);
            beheaded |= keep.start > offset;
            let mut skipping = false;
            for (index, character) in line.char_indices() {
                let at = offset + index;
                while next_edge.next_if(|edge| *edge <= at).is_some_and(|edge| {
                    moved.push((edge, shown.len()));
                    true
                }) {}
                while let Some(secret) = secrets.next_if(|secret| secret.start <= at) {
                    masked_until = secret.end;
                    shown.push_str(MASK);
                    beheaded |= first_marked.iter().any(|start| (secret.end..=body_end).contains(start));
                }
                if at < masked_until {
                    continue;
                }
                if at < body_end && !keep.contains(&at) {
                    if !skipping {
                        shown.push_str("...");
                    }
                    skipping = true;
                } else {
                    skipping = false;
                    push_safe(&mut shown, character);
                }
            }
            offset += line.len();
        }
        moved.extend(next_edge.map(|edge| (edge, shown.len())));
        let place = |edge: usize| {
            let index = moved.partition_point(|(old, _)| *old < edge);
            moved.get(index).map_or(shown.len(), |(_, new)| *new)
        };
        let marks = self.marks.iter().map(|mark| place(mark.start)..place(mark.end)).collect();
        Self { text: Cow::Owned(shown), marks, beheaded, ..self }
    }
}

/// Which bytes of a line are shown: all, or those around the marks on it.
fn kept(edges: &[usize], line: Range<usize>) -> Range<usize> {
    if line.len() <= LONG_LINE {
        return line;
    }
    let on_line =
        edges.partition_point(|edge| *edge < line.start)..edges.partition_point(|edge| *edge <= line.end);
    let first = edges.get(on_line.clone()).and_then(<[usize]>::first).copied().unwrap_or(line.start);
    let last = edges.get(on_line).and_then(<[usize]>::last).copied().unwrap_or(line.start);
    let start = if first - line.start <= LONG_PREFIX { line.start } else { first - AROUND_MARK };
    // A long mark is itself clipped, else a long value would bring the long line back.
    let end = last.min(first.saturating_add(AROUND_MARK)).saturating_add(AROUND_MARK).min(line.end);
    start..end
}

/// Where the line of a byte starts, and whether that is not its true beginning because that is far.
fn line_start(text: &str, at: usize) -> Option<(usize, bool)> {
    let near = text.floor_char_boundary(at.saturating_sub(FAR));
    match text.get(near..at)?.rfind('\n') {
        Some(newline) => Some((near + newline + 1, false)),
        None => Some((near, !(near == 0 || text.get(..near)?.ends_with('\n')))),
    }
}

/// Where the last line of a window ends, without its line break.
fn line_end(text: &str, start: usize, end: usize) -> Option<usize> {
    // A span that ends behind a line break ends with that line, not with the next.
    if end > start && text.get(..end)?.ends_with('\n') {
        return Some(end);
    }
    let near = text.ceil_char_boundary(end.saturating_add(FAR).min(text.len()));
    let newline = text.get(end..near)?.find('\n').map(|newline| end + newline);
    // The excerpt's drawer would show the first half of a CRLF as a control character.
    match newline {
        Some(newline) if newline > end && text.get(..newline)?.ends_with('\r') => Some(newline - 1),
        Some(newline) => Some(newline),
        None => Some(near),
    }
}

/// The line of the source on which a byte of the excerpt lies.
fn line_at(excerpt: Excerpt<'_>, local: usize, known: Option<Position>) -> Option<usize> {
    let known = known.and_then(|known| Some((excerpt.local(known.offset)?, known.line)));
    let (offset, line) = known.unwrap_or((0, excerpt.first_line));
    let line = usize::try_from(line).ok()?;
    if offset <= local {
        Some(line.saturating_add(count_lines(excerpt.text.get(offset..local)?)))
    } else {
        Some(line.saturating_sub(count_lines(excerpt.text.get(local..offset)?)))
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Where a mark ends: at its end, or with its first line when it covers many, and never far away.
fn shorten(text: &str, start: usize, end: usize) -> usize {
    let end = end.min(text.ceil_char_boundary(start.saturating_add(FAR).min(text.len())));
    let marked = text.get(start..end).unwrap_or_default();
    if marked.bytes().filter(|byte| *byte == b'\n').nth(MOST_SPAN_LINES - 1).is_none() {
        return end;
    }
    let first = marked.split('\n').next().unwrap_or_default();
    start + first.trim_end_matches('\r').len()
}

/// The secrets of a stretch of the text, counted from its beginning.
fn hidden_within(hidden: &[Range<usize>], stretch: Range<usize>) -> Vec<Range<usize>> {
    let first = hidden.partition_point(|range| range.end <= stretch.start);
    hidden
        .iter()
        .skip(first)
        .take_while(|range| range.start < stretch.end)
        .map(|range| range.start.saturating_sub(stretch.start)..range.end.min(stretch.end) - stretch.start)
        .collect()
}

fn needs_rewriting(text: &str) -> bool {
    text.split('\n').any(|line| line.len() > LONG_LINE) || text.chars().any(replaced)
}

/// The library that draws excerpts shows the ASCII control characters by pictures and takes tabs
/// for four spaces; the rest is ours.
fn replaced(character: char) -> bool {
    !character.is_ascii() && is_hidden(character)
}

fn push_safe(shown: &mut String, character: char) {
    shown.push(if replaced(character) { char::REPLACEMENT_CHARACTER } else { character });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str) -> Excerpt<'_> {
        Excerpt { text, first_line: 10, offset: 1000, hidden: &[] }
    }

    fn marked<'a>(window: &'a Window<'_>) -> Vec<&'a str> {
        window.marks.iter().map(|mark| &window.text[mark.clone()]).collect()
    }

    #[test]
    fn only_the_touched_lines_are_cut_out() {
        let window =
            Window::new(excerpt("a: 1\nb: 2\nc: 3\nd: 4\n"), &[1005..1006, 1013..1014], None).unwrap();
        assert_eq!((&*window.text, window.first_line), ("b: 2\nc: 3", 11));
        assert_eq!(marked(&window), ["b", "3"]);
    }

    #[test]
    fn a_long_line_is_clipped_around_the_mark() {
        let text =
            format!("{}: é{}X{}\nnext: 1\n", "k".repeat(50_000), "é".repeat(50_000), "y".repeat(50_000));
        let at = 1000 + text.find('X').unwrap();
        let window = Window::around(excerpt(&text), at..at + 1, None).unwrap();
        assert!(window.text.len() < 2 * LONG_LINE, "{}", window.text.len());
        assert!(window.text.starts_with("...é") && window.text.ends_with("y..."));
        assert_eq!(marked(&window), ["X"]);
        assert!(window.beheaded);
    }

    #[test]
    fn a_mark_near_the_beginning_keeps_its_column() {
        let text = format!("{}X{}", "a".repeat(LONG_PREFIX), "b".repeat(100_000));
        let window = Window::around(excerpt(&text), 1000 + LONG_PREFIX..1001 + LONG_PREFIX, None).unwrap();
        assert!(!window.beheaded && window.text.len() < 2 * LONG_PREFIX);
        assert_eq!(marked(&window), ["X"]);
        assert_eq!(window.marks[0].start, LONG_PREFIX);
    }

    #[test]
    fn lines_are_counted_from_a_known_position() {
        let text = "a: 1\nb: 2\nc: 3\n";
        for (offset, line) in [(1000, 50), (1005, 51), (1010, 52)] {
            let known = Some(Position { line, column: 1, offset });
            let window = Window::around(excerpt(text), 1005..1006, known).unwrap();
            assert_eq!((&*window.text, window.first_line), ("b: 2", 51));
        }
    }

    #[test]
    fn secrets_are_masked_and_marks_move_along() {
        let text = "a: 1\nkey: hush # x\n{a: hush, b: c}\n";
        let hidden = [10..14, 23..27];
        let excerpt = Excerpt { text, first_line: 1, offset: 0, hidden: &hidden };
        let window = Window::around(excerpt, 10..14, None).unwrap();
        assert_eq!((&*window.text, window.beheaded), ("key: *** # x", false));
        assert_eq!(marked(&window), ["***"]);
        let window = Window::around(excerpt, 12..13, None).unwrap();
        assert_eq!((marked(&window), window.beheaded), (vec!["***"], true));
        let window = Window::around(excerpt, 29..30, None).unwrap();
        assert_eq!((&*window.text, window.beheaded), ("{a: ***, b: c}", true));
    }

    #[test]
    fn a_long_mark_is_clipped_too() {
        let text = format!("k: \"{}\"\n", "v".repeat(1_000_000));
        let window = Window::around(excerpt(&text), 1003..1000 + text.len() - 1, None).unwrap();
        assert!(window.text.len() < 2 * LONG_LINE);
        assert!(marked(&window)[0].starts_with("\"vvv"));
    }

    #[test]
    fn hidden_characters_are_replaced_and_marks_move() {
        let text = "a\u{9b}\u{202e}b: cd\n";
        let at = 1000 + text.find("cd").unwrap();
        let window = Window::around(excerpt(text), at..at + 2, None).unwrap();
        assert_eq!(&*window.text, "a\u{fffd}\u{fffd}b: cd");
        assert_eq!(marked(&window), ["cd"]);
    }

    #[test]
    fn a_span_of_many_lines_shows_its_first() {
        let text = "spec:\r\n".to_owned() + &"  a: 1\r\n".repeat(50);
        let window = Window::around(excerpt(&text), 1000..1000 + text.len(), None).unwrap();
        assert_eq!(marked(&window), ["spec:"]);
        assert_eq!(&*window.text, "spec:");
    }

    #[test]
    fn what_lies_outside_has_no_window() {
        for range in [0..1, 999..1001, 1001..1003, 1000..9000] {
            assert!(Window::around(excerpt("é: 1\n"), range.clone(), None).is_none(), "{range:?}");
        }
        let far = format!("a: 1\n{}b: 2\n", "x: 1\n".repeat(500));
        assert!(
            Window::new(excerpt(&far), &[1000..1001, 1000 + far.len() - 5..1000 + far.len()], None).is_none()
        );
    }

    #[test]
    fn an_empty_mark_at_the_very_end_is_shown() {
        let window = Window::around(excerpt("a: 1\n"), 1005..1005, None).unwrap();
        assert_eq!((&*window.text, window.first_line, window.marks[0].clone()), ("", 11, 0..0));
    }
}
