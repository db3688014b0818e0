//! Findings as a `ResourceList` carries them (kyaml, `fn/framework/result.go`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::annotations::File;
use crate::diagnostics::{Diagnostic, DocumentId, Severity};

/// One finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome<'d> {
    message: &'d str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_ref: Option<Reference<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    /// What the specification has no field for: `code`, `name`, `help`, `notes`, and `line` and `column` in what
    /// `source` names: the file, where it could be read and says the same, else the stream of the list, `<stdin>`.
    tags: BTreeMap<&'static str, String>,
}

/// kyaml wants all of `apiVersion`, `kind` and `name`, or nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'d> {
    api_version: &'d str,
    kind: &'d str,
    name: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'d str>,
}

#[derive(Debug, Serialize)]
struct Field<'d> {
    path: &'d str,
}

/// Findings, in their order. `file` says where the item lies that a finding is about.
#[must_use]
pub fn outcomes<'d>(
    findings: &'d [Diagnostic],
    mut file: impl FnMut(&Diagnostic) -> Option<File>,
) -> Vec<Outcome<'d>> {
    findings.iter().map(|finding| outcome(finding, file(finding))).collect()
}

fn outcome(finding: &Diagnostic, file: Option<File>) -> Outcome<'_> {
    let mut tags = BTreeMap::from([
        ("code", finding.definition.code.to_string()),
        ("name", finding.definition.name.to_owned()),
    ]);
    if let Some(help) = &finding.help {
        tags.insert("help", help.clone());
    }
    if !finding.notes.is_empty() {
        tags.insert("notes", finding.notes.join("\n"));
    }
    if let Some(span) = finding.place.span {
        tags.insert("source", finding.place.path.to_string());
        tags.insert("line", span.start.line.to_string());
        tags.insert("column", span.start.column.to_string());
    }
    Outcome {
        message: &finding.message,
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "info",
        },
        resource_ref: finding.place.document.as_deref().and_then(reference),
        field: finding.place.field.as_deref().map(|path| Field { path }),
        file,
        tags,
    }
}

fn reference(id: &DocumentId) -> Option<Reference<'_>> {
    let name = id.name.as_deref().filter(|name| !name.is_empty())?;
    let known = !id.api_version.is_empty() && !id.kind.is_empty();
    known.then_some(Reference {
        api_version: &id.api_version,
        kind: &id.kind,
        name,
        namespace: id.namespace.as_deref(),
    })
}
