//! SARIF 2.1.0 (OASIS standard), for code scanning.
//!
//! A code is a rule, described by the catalogue; only rules that occur are listed. Columns are
//! characters, which `columnKind` declares. Results carry a fingerprint without line numbers, so
//! that a finding stays the same finding when lines above it move.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::diagnostics::{Code, Definition, Diagnostic, Report, Severity, Sources, fingerprints};

use super::{Options, write_json};
use model::{
    Component, Configuration, Help, LogFile, Message, ResultProperties, Rule, RuleProperties, Run,
    SarifResult, Tool,
};

mod location;
mod model;

/// The published schema that the output follows, by its identifier in the standard.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the log.
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
    let definitions: BTreeMap<Code, &'static Definition> = report
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.definition.code, diagnostic.definition))
        .collect();
    let indices: BTreeMap<Code, usize> = definitions.keys().copied().zip(0..).collect();
    let results = report
        .diagnostics
        .iter()
        .zip(fingerprints(report))
        .map(|(diagnostic, fingerprint)| {
            let index = indices.get(&diagnostic.definition.code).copied().unwrap_or_default();
            result(diagnostic, index, fingerprint, sources)
        })
        .collect();
    let driver = Component {
        name: "kubectl-neo4j-backup",
        version: options.version,
        rules: definitions.values().map(|definition| rule(definition)).collect(),
    };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    write_json(out, &LogFile { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
    }
}

fn rule(definition: &'static Definition) -> Rule {
    let Definition { summary, explanation, remedy, .. } = definition;
    Rule {
        id: definition.code,
        name: definition.name.split('-').map(capitalized).collect(),
        short_description: Message::plain(*summary),
        full_description: Message::plain(*summary),
        help: Help {
            text: format!("{explanation}\n\n{remedy}"),
            markdown: format!("{explanation}\n\n**What to do:** {remedy}"),
        },
        default_configuration: Configuration { level: level(definition.severity) },
        properties: RuleProperties { tags: definition.alias.into_iter().collect() },
    }
}

/// A word of a kebab-case name in the Pascal case that SARIF asks of rule names.
fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

fn result<'a>(
    diagnostic: &'a Diagnostic,
    rule_index: usize,
    fingerprint: String,
    sources: &dyn Sources,
) -> SarifResult<'a> {
    let mut text = diagnostic.message.clone();
    for (label, line) in diagnostic
        .notes
        .iter()
        .map(|note| ("note", note))
        .chain(diagnostic.help.iter().map(|help| ("help", help)))
    {
        text = format!("{text}\n{label}: {line}");
    }
    SarifResult {
        rule_id: diagnostic.definition.code,
        rule_index,
        level: level(diagnostic.severity),
        message: Message::result(text),
        locations: location::primary(&diagnostic.place).into_iter().collect(),
        related_locations: location::related(&diagnostic.related),
        partial_fingerprints: BTreeMap::from([("finding/v1", fingerprint)]),
        fixes: diagnostic.fix.iter().map(|fix| location::fix(fix, diagnostic, sources)).collect(),
        properties: ResultProperties {
            alias: diagnostic.definition.alias,
            document: diagnostic.place.document.as_deref(),
            field: diagnostic.place.field.as_deref(),
        },
    }
}
