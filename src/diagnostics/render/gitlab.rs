//! The code quality report of GitLab.
//!
//! GitLab reads a list of objects with `description`, `check_name`, `fingerprint`, `severity`
//! (info, minor, major, critical, blocker) and `location` (GitLab documentation, "Code Quality",
//! "Code Quality report format"). Every finding needs a path and a line there, so one without
//! points to line 1, and one about no file to the folder of the project.

use std::io::{self, Write};

use serde::Serialize;

use crate::diagnostics::{Diagnostic, Report, Severity, Sources, fingerprints, visible_line};

use super::{Options, write_json};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the report.
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
    let issues: Vec<_> = report
        .diagnostics
        .iter()
        .zip(fingerprints(report))
        .map(|(diagnostic, fingerprint)| issue(diagnostic, fingerprint))
        .collect();
    write_json(out, &issues)
}

fn issue(diagnostic: &Diagnostic, fingerprint: String) -> Issue<'_> {
    let definition = diagnostic.definition;
    let mut description = format!("{}: {}", definition.code, visible_line(&diagnostic.message));
    if let Some(help) = &diagnostic.help {
        description.push_str("; ");
        description.push_str(&visible_line(help));
    }
    let path = match &*diagnostic.place.path {
        "" => ".",
        path => path.strip_prefix("./").unwrap_or(path),
    };
    let (begin, end) = diagnostic.place.span.map_or((1, 1), |span| (span.start.line, span.end.line));
    Issue {
        description,
        check_name: format!("{}/{}", definition.code, definition.name),
        fingerprint,
        severity: severity(diagnostic.severity),
        location: Location { path, lines: Lines { begin, end } },
    }
}

/// GitLab's scale has no place for "it fails": `critical` leaves `blocker` to what a team itself
/// calls so.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Notice => "info",
    }
}
