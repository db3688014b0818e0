//! The documents' specs, the examples and the traps, as far as backups, storage and identity go.

use std::path::Path;

use super::harness::{findings, folder};
use crate::rules::{Context, Options, check};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn specs(folder: &str) -> Vec<std::path::PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn documents_get_only_the_errors_that_neo4j_would_give() {
    let targets = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/targets.yaml"));
    let mut seen = 0;
    for file in specs("000").into_iter().chain(specs("001")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".needs.yaml") {
            continue;
        }
        seen += 1;
        let needs = file.with_extension("needs.yaml");
        let mut text = format!("{targets}\n---\n{}", read(&file));
        if needs.exists() {
            text = format!("{text}\n---\n{}", read(&needs));
        }
        let loaded = super::harness::loaded(&text);
        let options = Options { namespace: Some("default".to_owned()), ..Options::default() };
        let context = Context::new(&loaded.documents, &options);
        for found in check(&context) {
            let allowed = matches!(found.definition.code.number(), 301 | 425);
            let ours = matches!(found.definition.code.hundred(), 3 | 4);
            let error = found.severity == crate::diagnostics::Severity::Error;
            assert!(!(ours && error && !allowed), "{name}: {} {}", found.definition.code, found.message);
        }
    }
    assert!(seen > 40, "only {seen} specs were read");
}

#[test]
fn examples_have_no_errors_and_few_warnings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut warnings = Vec::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        seen += 1;
        for line in findings(&folder(&format!("examples/{name}"))) {
            if !(line.starts_with("NB3") || line.starts_with("NB4")) {
                continue;
            }
            assert!(!line.contains(" error "), "{name}: {line}");
            if line.contains(" warning ") {
                warnings.push(format!("{name}: {}", line.split(' ').next().unwrap_or_default()));
            }
        }
    }
    assert!(seen > 20);
    warnings.sort();
    assert_eq!(warnings, ["azure-credentials: NB426", "s3-compatible-private-ca: NB412"]);
}

#[test]
fn traps_are_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traps");
    let targets = read(&root.join("targets.yaml"));
    for (file, expected) in [
        ("backup-pvc-simple.yaml", &["NB461 notice 16:13", "NB302 warning 20:13"][..]),
        ("backup-s3-basic.yaml", &["NB440 error 17:29", "NB332 warning 49:11", "NB421 error 56:41"][..]),
        ("backup-scheduled-daily.yaml", &["NB414 notice 61:5"][..]),
        ("pitr-setup-complete.yaml", &["NB416 warning 17:7", "NB302 warning 22:13", "NB301 error 25:16"][..]),
        ("backup-incremental.yaml", &[][..]),
        ("backup-with-type.yaml", &[][..]),
        ("samples.yaml", &[][..]),
    ] {
        // The targets come last, so that the lines are the file's.
        let all = findings(&format!("{}\n---\n{targets}", read(&root.join(file))));
        for place in expected {
            assert!(all.iter().any(|line| line.starts_with(place)), "{file}: no {place} in {all:#?}");
        }
        let ours = |line: &&String| {
            (line.starts_with("NB3") || line.starts_with("NB4"))
                && !line.contains(" notice ")
                && !expected.iter().any(|place| line.starts_with(place))
        };
        let besides: Vec<&String> = all.iter().filter(ours).collect();
        assert!(besides.is_empty(), "{file}: {besides:#?}");
    }
}
