//! JUnit XML, the format of test reports that every CI system shows.
//!
//! A file is a suite, a document a case. A case fails by its errors (with `--strict` by its
//! warnings too); what does not fail it stands in its `system-out`. Findings about a file as a
//! whole make a case that has the file's name. Tools differ in what they make of a second
//! `failure` in a case, so all failing findings of a case share one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostics::{Diagnostic, DocumentId, Report, Severity, Sources, visible, visible_line};

use super::xml::{escape, escape_content};
use super::{Options, concise};

struct Suite<'a> {
    path: &'a str,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    /// Where it stands among all cases.
    rank: usize,
    /// `None` for findings about the file as a whole.
    document: Option<&'a DocumentId>,
    failing: Vec<&'a Diagnostic>,
    passing: Vec<&'a Diagnostic>,
}

impl<'a> Case<'a> {
    const fn new(rank: usize, document: Option<&'a DocumentId>) -> Self {
        Self { rank, document, failing: Vec::new(), passing: Vec::new() }
    }
}

impl Suite<'_> {
    fn failures(&self) -> usize {
        self.cases.iter().filter(|case| !case.failing.is_empty()).count()
    }
}

/// Writes the report; passing documents appear when [`Report::checked`] names them.
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
    let suites = suites(report, options);
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let failures: usize = suites.iter().map(Suite::failures).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"neo4j-backup\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    )?;
    for suite in &suites {
        let (name, tests, failures) = (name(suite.path), suite.cases.len(), suite.failures());
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">"
        )?;
        for case in &suite.cases {
            write_case(out, suite.path, case)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// The suites in the order of their paths, each with its cases in the order of the report; cases
/// without findings follow.
fn suites<'a>(report: &'a Report, options: &Options<'_>) -> Vec<Suite<'a>> {
    let mut files: BTreeMap<&str, BTreeMap<Option<&DocumentId>, Case<'a>>> = BTreeMap::new();
    let checked = report.checked.iter().map(|checked| (&*checked.path, Some(&*checked.document), None));
    let found = report.diagnostics.iter().map(|diagnostic| {
        let place = &diagnostic.place;
        (&*place.path, place.document.as_deref(), Some(diagnostic))
    });
    for (rank, (path, document, diagnostic)) in found.chain(checked).enumerate() {
        let cases = files.entry(path).or_default();
        let case = cases.entry(document).or_insert_with(|| Case::new(rank, document));
        if let Some(diagnostic) = diagnostic {
            let fails =
                diagnostic.severity >= if options.strict { Severity::Warning } else { Severity::Error };
            if fails { case.failing.push(diagnostic) } else { case.passing.push(diagnostic) }
        }
    }
    let suite = |(path, cases): (&'a str, BTreeMap<_, Case<'a>>)| {
        let mut cases: Vec<_> = cases.into_values().collect();
        cases.sort_by_key(|case| case.rank);
        Suite { path, cases }
    };
    files.into_iter().map(suite).collect()
}

fn write_case(out: &mut dyn Write, path: &str, case: &Case<'_>) -> io::Result<()> {
    let class = name(path);
    let title =
        case.document.map_or_else(|| class.clone(), |document| escape(&visible_line(&document.to_string())));
    write!(out, "    <testcase name=\"{title}\" classname=\"{class}\"")?;
    if case.failing.is_empty() && case.passing.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    if let Some(first) = case.failing.first() {
        let mut message = visible_line(&first.message).into_owned();
        if case.failing.len() > 1 {
            message = format!("{message} (and {} more)", case.failing.len() - 1);
        }
        let (message, kind) = (escape(&message), first.definition.code);
        writeln!(
            out,
            "      <failure message=\"{message}\" type=\"{kind}\">{}</failure>",
            texts(&case.failing)
        )?;
    }
    if !case.passing.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", texts(&case.passing))?;
    }
    writeln!(out, "    </testcase>")
}

fn texts(diagnostics: &[&Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&concise::line(diagnostic));
        text.push('\n');
        let notes = diagnostic.notes.iter().map(|note| ("note", note));
        for (label, line) in notes.chain(diagnostic.help.iter().map(|help| ("help", help))) {
            let line = visible(line).replace('\n', "\n    ");
            let _ = writeln!(text, "  {label}: {line}");
        }
        for related in &diagnostic.related {
            let label = visible_line(&related.label);
            let _ = writeln!(text, "  see: {} ({label})", concise::location(&related.place));
        }
    }
    escape_content(&text)
}

fn name(path: &str) -> String {
    if path.is_empty() { "arguments".to_owned() } else { escape(&visible_line(path)) }
}
