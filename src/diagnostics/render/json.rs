//! Findings for scripts: a versioned envelope with a published schema
//! (`docs/schema/findings-v1.json`).
//!
//! Every key is always there, `null` where nothing is known, so that a script needs no second case.
//! Within a `schemaVersion` keys are added, never renamed or removed.

use std::io::{self, Write};

use serde::Serialize;

use crate::diagnostics::{Code, Diagnostic, DocumentId, Fix, Place, Report, Severity, Sources, Summary};

use super::{Options, write_json};

/// The version of the envelope.
pub const SCHEMA_VERSION: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    schema_version: &'static str,
    summary: Summary,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    code: Code,
    name: &'static str,
    alias: Option<&'static str>,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
    notes: &'a [String],
    #[serde(flatten)]
    location: Location<'a>,
    document: Option<&'a DocumentId>,
    field: Option<&'a str>,
    related: Vec<RelatedPlace<'a>>,
    fix: Option<Repair<'a>>,
}

/// Lines and columns from 1, columns in characters; the end lies behind the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

#[derive(Serialize)]
struct RelatedPlace<'a> {
    label: &'a str,
    #[serde(flatten)]
    location: Location<'a>,
}

#[derive(Serialize)]
struct Repair<'a> {
    title: &'a str,
    edits: Vec<Replacement<'a>>,
}

/// Offsets are bytes of the source, from 0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    path: &'a str,
    start_offset: usize,
    end_offset: usize,
    replacement: &'a str,
}

/// Writes the envelope.
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
    let findings = report.diagnostics.iter().map(finding).collect();
    write_json(out, &Envelope { schema_version: SCHEMA_VERSION, summary: report.summary(), findings })
}

fn finding(diagnostic: &Diagnostic) -> Finding<'_> {
    let related = diagnostic.related.iter();
    Finding {
        code: diagnostic.definition.code,
        name: diagnostic.definition.name,
        alias: diagnostic.definition.alias,
        severity: diagnostic.severity,
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        notes: &diagnostic.notes,
        location: location(&diagnostic.place),
        document: diagnostic.place.document.as_deref(),
        field: diagnostic.place.field.as_deref(),
        related: related
            .map(|related| RelatedPlace { label: &related.label, location: location(&related.place) })
            .collect(),
        fix: diagnostic.fix.as_ref().map(repair),
    }
}

fn location(place: &Place) -> Location<'_> {
    Location {
        path: &place.path,
        line: place.span.map(|span| span.start.line),
        column: place.span.map(|span| span.start.column),
        end_line: place.span.map(|span| span.end.line),
        end_column: place.span.map(|span| span.end.column),
    }
}

fn repair(fix: &Fix) -> Repair<'_> {
    let edits = fix.edits.iter().map(|edit| Replacement {
        path: &edit.path,
        start_offset: edit.range.start,
        end_offset: edit.range.end,
        replacement: &edit.replacement,
    });
    Repair { title: &fix.title, edits: edits.collect() }
}
