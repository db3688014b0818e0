//! Differences for scripts: a versioned envelope.
//!
//! Every key is always there, `null` where nothing is known. Within a `schemaVersion` keys are added, never renamed or
//! removed.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::{FieldDiff, ObjectDiff};

/// The version of the envelope.
pub const SCHEMA_VERSION: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    schema_version: &'static str,
    changes: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    op: &'static str,
    api_version: &'a str,
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
    judged_by: &'static str,
    owner: Option<String>,
    notes: &'a [String],
    fields: Vec<Field<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    path: &'a str,
    from: Option<&'a Value>,
    to: Option<&'a Value>,
    owners: Vec<Manager<'a>>,
}

#[derive(Serialize)]
struct Manager<'a> {
    manager: &'a str,
    operation: &'a str,
    since: Option<String>,
}

/// Writes the envelope.
///
/// # Errors
///
/// Those of the writer.
pub fn write(out: &mut dyn Write, diffs: &[ObjectDiff]) -> io::Result<()> {
    let envelope = Envelope { schema_version: SCHEMA_VERSION, changes: diffs.iter().map(entry).collect() };
    serde_json::to_writer_pretty(&mut *out, &envelope)?;
    writeln!(out)
}

fn entry(diff: &ObjectDiff) -> Entry<'_> {
    Entry {
        op: diff.operation.as_str(),
        api_version: &diff.api_version,
        kind: diff.reference.kind.name(),
        namespace: &diff.reference.namespace,
        name: &diff.reference.name,
        judged_by: diff.judge.as_str(),
        owner: diff.owner.as_ref().map(ToString::to_string),
        notes: &diff.notes,
        fields: diff.fields.iter().map(field).collect(),
    }
}

fn field(field: &FieldDiff) -> Field<'_> {
    let owners = field.owners.iter().map(|share| Manager {
        manager: &share.manager,
        operation: &share.operation,
        since: share.since.map(|since| since.to_string()),
    });
    Field { path: &field.path, from: field.from.as_ref(), to: field.to.as_ref(), owners: owners.collect() }
}
