//! `path:line:col: error[NB412]: message`: one finding a line, nothing else. Editors jump to it and
//! `grep` counts it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::diagnostics::{Diagnostic, Place, Report, Severity, Sources, visible_line};

use super::Options;

/// Writes one line for each finding.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    _sources: &dyn Sources,
    options: &Options<'_>,
) -> io::Result<()> {
    for diagnostic in &report.diagnostics {
        let (severity, code) = (diagnostic.severity, diagnostic.definition.code);
        let style = if options.color { severity_style(severity) } else { Style::new() };
        let message = visible_line(&diagnostic.message);
        writeln!(out, "{}{style}{severity}[{code}]{style:#}: {message}", prefix(&diagnostic.place))?;
    }
    Ok(())
}

/// The finding as the line that this format writes, without colour and line end.
pub(super) fn line(diagnostic: &Diagnostic) -> String {
    let (severity, code) = (diagnostic.severity, diagnostic.definition.code);
    format!("{}{severity}[{code}]: {}", prefix(&diagnostic.place), visible_line(&diagnostic.message))
}

/// `path:line:col: `, as far as it is known.
fn prefix(place: &Place) -> String {
    let location = location(place);
    if location.is_empty() { location } else { location + ": " }
}

/// `path:line:col`, or `path`, or nothing.
pub(super) fn location(place: &Place) -> String {
    let path = visible_line(&place.path);
    match place.span {
        Some(span) if !path.is_empty() => format!("{path}:{}:{}", span.start.line, span.start.column),
        _ => path.into_owned(),
    }
}

pub(super) fn severity_style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::BrightRed,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Notice => AnsiColor::BrightBlue,
    };
    color.on_default().bold()
}
