//! Runs the rules over a text, as `validate` would.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Severity};
use crate::input::sources::{Origin, Source, SourceName};
use crate::input::{Loaded, load};
use crate::rules::{Context, Options, check};

/// A target that most tests point at: Neo4j 5.26 without stated databases.
pub(super) const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph, namespace: data}
spec: {image: 'neo4j:5.26.12-enterprise', topology: {kind: Cluster, servers: 3}}
";

/// The storage of most tests: sound and without findings of its own but the notice on temporary files.
pub(super) const S3: &str = "  storage:
    type: s3
    bucket: graph-backups
    path: graph
    cloud: {region: eu-central-1, credentialsSecretRef: keys}
";

fn read(yaml: &str) -> Loaded {
    let source =
        Source { name: Arc::new(SourceName::new("test.yaml")), origin: Origin::Stdin, targets_only: false };
    load(&[source], yaml.as_bytes()).unwrap()
}

/// What the rules say of a text whose fields may be wrong.
pub(super) fn diagnostics_of_any(yaml: &str) -> Vec<Diagnostic> {
    let options = Options::default();
    check(&Context::new(&read(yaml).documents, &options))
}

/// The documents of a text whose fields are right.
pub(super) fn loaded(yaml: &str) -> Loaded {
    let loaded = read(yaml);
    let unsound: Vec<&Diagnostic> =
        loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(unsound.is_empty(), "the text itself is wrong: {unsound:#?}\n{yaml}");
    loaded
}

pub(super) fn diagnostics(yaml: &str) -> Vec<Diagnostic> {
    let loaded = loaded(yaml);
    let options = Options::default();
    check(&Context::new(&loaded.documents, &options))
}

/// Each finding as `NB301 error 7:5 spec.field message`.
pub(super) fn findings(yaml: &str) -> Vec<String> {
    diagnostics(yaml).iter().map(line).collect()
}

fn line(found: &Diagnostic) -> String {
    let mut line = format!("{} {} ", found.definition.code, found.severity);
    if let Some(span) = found.place.span {
        let _ = write!(line, "{}:{} ", span.start.line, span.start.column);
    }
    let _ = write!(line, "{} {}", found.place.field.as_deref().unwrap_or("-"), found.message);
    line
}

/// A backup `name` in the namespace `data` of the cluster `graph`. `spec` is indented by two.
pub(super) fn backup(name: &str, spec: &str) -> String {
    let target = if spec.starts_with("  target:") || spec.contains("\n  target:") {
        ""
    } else {
        "  target: {kind: Cluster, name: graph}\n"
    };
    format!(
        "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: data}}\nspec:\n{target}{spec}"
    )
}

/// A backup into S3 with these options, and its target.
pub(super) fn with_options(options: &str) -> String {
    format!("{TARGET}{}", backup("one", &format!("{S3}  options: {options}\n")))
}

/// Asserts that a code stands at a field, with a severity.
#[track_caller]
pub(super) fn found(yaml: &str, code: &str, severity: &str, field: &str) {
    let all = findings(yaml);
    let hit = all.iter().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some(code) && words.next() == Some(severity) && words.nth(1) == Some(field)
    });
    assert!(hit, "no {code} {severity} at {field} in {all:#?}\n{yaml}");
}

/// Asserts that a code stands nowhere.
#[track_caller]
pub(super) fn absent(yaml: &str, code: &str) {
    let all = findings(yaml);
    assert!(!all.iter().any(|line| line.starts_with(code)), "{code} in {all:#?}\n{yaml}");
}

/// All files of a folder below the crate, as one text.
pub(super) fn folder(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut files: Vec<_> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files.iter().map(|file| format!("---\n{}\n", std::fs::read_to_string(file).unwrap())).collect()
}
