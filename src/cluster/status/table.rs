//! The table of `status`, for terminals and for Markdown.

use jiff::Timestamp;

use super::{Entry, State, age};
use crate::cluster::runs::SpecKind;

/// What the table shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// A column with the namespace.
    pub namespaces: bool,
    /// More columns.
    pub wide: bool,
}

/// A cell, and whether it stands for something good or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The text, on one line.
    pub text: String,
    /// How it is coloured.
    pub tone: Tone,
}

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    Plain,
    /// All is well.
    Good,
    /// Somebody should know.
    Notice,
    /// Somebody should act.
    Bad,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: crate::diagnostics::visible_line(&text).into_owned(), tone: Tone::Plain }
    }
}

/// The names of the columns.
#[must_use]
pub fn header(shape: Shape) -> Vec<&'static str> {
    let mut columns = Vec::new();
    if shape.namespaces {
        columns.push("NAMESPACE");
    }
    columns.extend(["NAME", "STATE", "LAST SUCCESS", "NEXT RUN", "SCHEDULE"]);
    if shape.wide {
        columns.extend(["LAST FAILURE", "TARGET", "OBJECT"]);
    }
    columns.push("REASON");
    columns
}

/// The line of a spec.
#[must_use]
pub fn row(entry: &Entry, shape: Shape, now: Timestamp) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    if shape.namespaces {
        cells.push(entry.key.namespace.clone().into());
    }
    cells.push(match entry.key.kind {
        SpecKind::Backup => entry.key.name.clone().into(),
        SpecKind::Restore => format!("restore/{}", entry.key.name).into(),
    });
    cells.push(Cell { text: entry.state.as_str().to_owned(), tone: tone(entry.state) });
    let success = entry.last_success.as_ref().map(|success| age::ago(success.at, now));
    cells.push(success.unwrap_or_else(|| NONE.to_owned()).into());
    cells.push(next(entry, now).into());
    cells.push(schedule(entry).into());
    if shape.wide {
        let failure = entry.last_failure.as_ref().map(|failure| match failure.at {
            Some(at) => age::ago(at, now),
            None => failure.run.clone(),
        });
        cells.push(failure.unwrap_or_else(|| NONE.to_owned()).into());
        cells.push(entry.target.clone().unwrap_or_else(|| NONE.to_owned()).into());
        cells.push(entry.object.clone().unwrap_or_else(|| NONE.to_owned()).into());
    }
    cells.push(entry.reason.clone().into());
    cells
}

const NONE: &str = "-";

fn tone(state: State) -> Tone {
    match state {
        State::Absent | State::Stuck | State::Missed | State::Failed => Tone::Bad,
        State::Suspended => Tone::Notice,
        State::Succeeded => Tone::Good,
        State::Running | State::Waiting => Tone::Plain,
    }
}

fn next(entry: &Entry, now: Timestamp) -> String {
    let next = entry.schedule.as_ref().and_then(|schedule| schedule.next);
    next.map_or_else(|| NONE.to_owned(), |next| age::until(next, now))
}

/// The schedule in words, with its zone where that is not UTC.
#[must_use]
pub fn schedule(entry: &Entry) -> String {
    let Some(schedule) = &entry.schedule else { return "once".to_owned() };
    let words = schedule.words.clone().unwrap_or_else(|| format!("`{}` cannot be read", schedule.expression));
    if crate::schedule::is_utc(&schedule.time_zone) {
        words
    } else {
        format!("{words} ({})", schedule.time_zone)
    }
}

/// Aligned lines, the columns three spaces apart as kubectl has them. `paint` puts colour around a text; `widths` are
/// those of lines that were written before, and grow.
#[must_use]
pub fn lines(
    header: Option<Vec<&str>>,
    rows: &[Vec<Cell>],
    widths: &mut Vec<usize>,
    paint: impl Fn(&str, Tone) -> String,
) -> Vec<String> {
    let head: Option<Vec<Cell>> =
        header.map(|names| names.into_iter().map(|name| Cell::from(name.to_owned())).collect());
    for row in head.iter().chain(rows) {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.chars().count());
        }
    }
    let line = |row: &Vec<Cell>| {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(widths.iter()).enumerate() {
            if index > 0 {
                line.push_str("   ");
            }
            let last = index + 1 == row.len();
            let padding = if last { 0 } else { width.saturating_sub(cell.text.chars().count()) };
            line.push_str(&paint(&cell.text, cell.tone));
            line.extend(std::iter::repeat_n(' ', padding));
        }
        line.trim_end().to_owned()
    };
    head.iter().chain(rows).map(line).collect()
}

/// A table in Markdown.
#[must_use]
pub fn markdown(header: &[&str], rows: &[Vec<Cell>]) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    let mut text = format!("| {} |\n|{}\n", header.join(" | "), " --- |".repeat(header.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escape(&cell.text)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}
