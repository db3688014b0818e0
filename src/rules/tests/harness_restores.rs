//! Runs the rules about schedules, retention and restores over a text.

use std::sync::Arc;

use crate::input::load::{Loaded, load};
use crate::input::sources::{Origin, Source, SourceName};
use crate::rules::{Context, Options, check};

/// A deployment of three servers with 5.26, `old`, and one with 2025.10, `new`; a standalone of each, `old-one` and
/// `new-one`; and a Helm release, `chart`. All in namespace `prod`.
pub(super) const TARGETS: &str = "
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: old, namespace: prod}
spec: {image: 'neo4j:5.26.12-enterprise', topology: {kind: Cluster, servers: 3}}
---
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: new, namespace: prod}
spec: {image: 'neo4j:2025.10.1-enterprise', topology: {kind: Cluster, servers: 3}}
---
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: old-one, namespace: prod}
spec: {image: 'neo4j:5.26.12-enterprise', topology: {kind: Standalone}}
---
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: new-one, namespace: prod}
spec: {image: 'neo4j:2025.10.1-enterprise', topology: {kind: Standalone}}
---
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: chart, namespace: prod}
spec: {image: 'neo4j:2025.10.1-enterprise', topology: {kind: Standalone}, layout: Helm}
";

/// The findings of the rules: `NB501 error 3:13 spec.schedule message`.
pub(super) fn findings(yaml: &str) -> Vec<String> {
    findings_with(yaml, &Options::default())
}

/// The same for given options.
pub(super) fn findings_with(yaml: &str, options: &Options) -> Vec<String> {
    // Whole lists are compared here, so only the topics of these tests take part.
    let mut found = all_findings_with(yaml, options);
    found.retain(|line| line.starts_with("NB5") || line.starts_with("NB6"));
    found
}

/// The findings of every rule.
pub(super) fn all_findings(yaml: &str) -> Vec<String> {
    all_findings_with(yaml, &Options::default())
}

fn all_findings_with(yaml: &str, options: &Options) -> Vec<String> {
    let loaded = read(yaml);
    assert!(loaded.diagnostics.is_empty(), "{yaml}\n{:#?}", loaded.diagnostics);
    let context = Context::new(&loaded.documents, options);
    check(&context)
        .iter()
        .map(|finding| {
            let place =
                finding.place.span.as_ref().map_or((0, 0), |span| (span.start.line, span.start.column));
            format!(
                "{} {} {}:{} {} {}",
                finding.definition.code,
                format!("{:?}", finding.severity).to_lowercase(),
                place.0,
                place.1,
                finding.place.field.as_deref().unwrap_or_default(),
                finding.message
            )
        })
        .collect()
}

/// The documents of a text.
pub(super) fn read(yaml: &str) -> Loaded {
    let source =
        Source { name: Arc::new(SourceName::new("test.yaml")), origin: Origin::Stdin, targets_only: false };
    load(&[source], yaml.as_bytes()).expect("the text can be read")
}

/// The text after the certain correction of the first finding with a code.
pub(super) fn corrected(yaml: &str, code: &str) -> String {
    let loaded = read(yaml);
    let options = Options::default();
    let context = Context::new(&loaded.documents, &options);
    let finding = check(&context)
        .into_iter()
        .find(|finding| finding.definition.code.to_string() == code)
        .unwrap_or_else(|| panic!("no {code}"));
    let mut text = yaml.to_owned();
    for edit in finding.fix.unwrap_or_else(|| panic!("{code} has no correction")).edits {
        text.replace_range(edit.range, &edit.replacement);
    }
    text
}

/// A backup into a bucket, with further lines of its spec.
pub(super) fn bucket_backup(lines: &str) -> String {
    backup("one", "{type: s3, bucket: artifacts, path: one}", lines)
}

/// A backup with a name and a storage, with further lines of its spec.
pub(super) fn backup(name: &str, storage: &str, lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: prod}}\nspec:\n  \
         target: {{kind: Cluster, name: old}}\n  storage: {storage}\n{lines}"
    )
}

/// A restore into a target, with the source and further lines of its spec, together with [`TARGETS`].
pub(super) fn restore(target: &str, source: &str, lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {{name: back, namespace: prod}}\nspec:\n  \
         targetCluster: {target}\n  databaseName: people\n  source: {source}\n{lines}---{TARGETS}"
    )
}

/// Asserts that a code stands on a field.
#[track_caller]
pub(super) fn has(found: &[String], code: &str, severity: &str, field: &str) {
    let there = found.iter().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some(code) && words.next() == Some(severity) && words.nth(1) == Some(field)
    });
    assert!(there, "no {code} {severity} on {field}: {found:#?}");
}

/// Asserts that a code is nowhere.
#[track_caller]
pub(super) fn lacks(found: &[String], code: &str) {
    assert!(!found.iter().any(|line| line.starts_with(code)), "{code} where it should not be: {found:#?}");
}
