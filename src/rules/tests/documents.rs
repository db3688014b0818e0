//! The specs of documents 000 and 001, the examples and the traps, as far as schedules, retention and restores go.

use std::fs;
use std::path::{Path, PathBuf};

use super::harness_restores::{findings_with, has};
use crate::rules::Options;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable file")
}

fn options() -> Options {
    Options { namespace: Some("default".to_owned()), ..Options::default() }
}

#[test]
fn the_documents_get_no_errors() {
    let targets = text(&root().join("tests/documents/targets.yaml"));
    let mut seen = 0;
    for folder in ["tests/documents/000", "tests/documents/001"] {
        for path in files(folder).iter().filter(|path| !path.to_string_lossy().ends_with(".needs.yaml")) {
            let needs = path.with_extension("needs.yaml");
            let needs = if needs.exists() { format!("---\n{}", text(&needs)) } else { String::new() };
            let found = findings_with(&format!("{}\n{needs}---\n{targets}", text(path)), &options());
            let errors: Vec<_> = found.iter().filter(|line| line.contains(" error ")).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 40, "{seen}");
}

#[test]
fn the_examples_get_no_errors_and_no_warnings_but_known_ones() {
    let mut warned = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("examples"))
        .expect("examples")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    for folder in folders.iter().filter(|path| path.is_dir()) {
        let mut all = String::new();
        for path in files(&folder.to_string_lossy()) {
            all.push_str("---\n");
            all.push_str(&text(&path));
        }
        let found = findings_with(&all, &Options::default());
        assert!(!found.iter().any(|line| line.contains(" error ")), "{}: {found:#?}", folder.display());
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lines = found.iter().filter(|line| line.contains(" warning "));
        warned.extend(lines.map(|line| format!("{name} {}", line.split(' ').next().unwrap_or_default())));
    }
    // A claim from which nothing is deleted yet, and a cluster that is stopped on purpose.
    assert_eq!(
        warned,
        [
            "operator-standalone NB525",
            "pvc-simple NB525",
            "restore-cluster-offline NB621",
            "tls-backup-port NB525",
            "weekly-long-retention NB525",
            "weekly-long-retention NB525",
            "weekly-long-retention NB525",
        ]
    );
}

/// Findings of a trap file alone, with the targets behind it.
fn trap(name: &str) -> Vec<String> {
    let path = |name: &str| root().join("tests/traps").join(name);
    findings_with(
        &format!("{}\n---\n{}", text(&path(name)), text(&path("targets.yaml"))),
        &Options::default(),
    )
}

#[track_caller]
fn at(found: &[String], code: &str, severity: &str, place: &str) {
    assert!(
        found.iter().any(|line| line.starts_with(&format!("{code} {severity} {place} "))),
        "{code} {place}: {found:#?}"
    );
}

#[test]
fn the_traps_are_found() {
    at(&trap("backup-pvc-simple.yaml"), "NB525", "warning", "22:15");
    let found = trap("backup-s3-basic.yaml");
    for (code, severity, place) in [
        ("NB521", "notice", "22:13"),
        ("NB524", "warning", "23:15"),
        ("NB521", "notice", "61:13"),
        ("NB524", "warning", "62:15"),
    ] {
        at(&found, code, severity, place);
    }
    let found = trap("backup-scheduled-daily.yaml");
    for (code, severity, place) in [
        ("NB521", "notice", "28:13"),
        ("NB522", "warning", "28:13"),
        ("NB524", "warning", "29:15"),
        ("NB521", "notice", "72:13"),
        ("NB524", "warning", "73:15"),
    ] {
        at(&found, code, severity, place);
    }
    let found = trap("pitr-setup-complete.yaml");
    for (code, severity, place) in [
        ("NB616", "warning", "98:21"),
        ("NB616", "warning", "99:31"),
        ("NB616", "warning", "100:29"),
        ("NB618", "warning", "138:10"),
        ("NB521", "notice", "33:13"),
        ("NB524", "warning", "34:15"),
        ("NB524", "notice", "35:19"),
        ("NB610", "warning", "90:20"),
    ] {
        at(&found, code, severity, place);
    }
    for leaf in ["logStorage.type", "compression.enabled", "compression.level", "encryption.keySecret"] {
        has(&found, "NB616", "warning", &format!("spec.source.pitr.{leaf}"));
    }
    let found = trap("restore-from-backup.yaml");
    at(&found, "NB604", "warning", "12:16");
    at(&found, "NB604", "warning", "29:16");
    at(&found, "NB619", "notice", "55:10");
    let found = trap("restore-pitr-basic.yaml");
    for (code, severity, place) in [
        ("NB604", "warning", "16:20"),
        ("NB610", "warning", "54:21"),
        ("NB616", "warning", "63:21"),
        ("NB616", "warning", "64:31"),
        ("NB616", "warning", "65:29"),
        ("NB618", "warning", "77:10"),
    ] {
        at(&found, code, severity, place);
    }
    let found = trap("backup-incremental.yaml");
    at(&found, "NB521", "notice", "26:13");
    at(&found, "NB522", "warning", "26:13");
    at(&found, "NB524", "warning", "27:15");
    let found = trap("backup-with-type.yaml");
    at(&found, "NB525", "warning", "23:13");
    at(&found, "NB525", "warning", "24:15");
    at(&trap("samples.yaml"), "NB610", "warning", "30:16");
}
