//! Workflow commands that GitHub turns into annotations: `::error file=…,line=…::message`.
//!
//! A runner reads them from the log, so user text must not be able to end one and start another:
//! `%`, line breaks and, in properties, `:` and `,` are percent-encoded (GitHub documentation,
//! "Workflow commands"; `actions/toolkit` does the same).

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostics::{Diagnostic, Report, Sources, visible, visible_line};

use super::Options;

/// Writes one command for each finding.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    _sources: &dyn Sources,
    _options: &Options<'_>,
) -> io::Result<()> {
    for diagnostic in &report.diagnostics {
        out.write_all(command(diagnostic).as_bytes())?;
    }
    Ok(())
}

fn command(diagnostic: &Diagnostic) -> String {
    let mut command = format!("::{} ", diagnostic.severity);
    let place = &diagnostic.place;
    if !place.path.is_empty() {
        let _ = write!(command, "file={},", property(place.path.strip_prefix("./").unwrap_or(&place.path)));
        if let Some(span) = place.span {
            let (start, end) = (span.start, span.end);
            let _ = write!(command, "line={},endLine={},col={},", start.line, end.line, start.column);
            // GitHub takes columns for one line only, and its end column is the last character.
            if start.line == end.line {
                let _ = write!(command, "endColumn={},", end.column.saturating_sub(1).max(start.column));
            }
        }
    }
    let definition = diagnostic.definition;
    let _ = write!(command, "title={} {}", definition.code, definition.name);
    command.push_str("::");
    command.push_str(&data(&visible_line(&diagnostic.message)));
    if let Some(help) = &diagnostic.help {
        command.push_str("%0A");
        command.push_str(&data(&format!("help: {}", visible(help))));
    }
    for note in &diagnostic.notes {
        command.push_str("%0A");
        command.push_str(&data(&format!("note: {}", visible(note))));
    }
    command.push('\n');
    command
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&visible_line(text)).replace(':', "%3A").replace(',', "%2C")
}
