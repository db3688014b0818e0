//! Every example is complete: it validates without an error and, its restores included, renders, alone in its folder.

use std::collections::BTreeSet;

use crate::support::{files, relative, run};

/// Folders of examples.
fn folders() -> BTreeSet<String> {
    let folders: BTreeSet<String> =
        files("examples", ".yaml").iter().map(|path| relative(path.parent().unwrap())).collect();
    assert!(folders.len() > 25, "{folders:?}");
    folders
}

/// Warnings that an example deserves and its comment or README explains.
const EXPLAINED: &[(&str, &str)] = &[
    // Storage keys are undocumented for neo4j-admin; document 000 asks for them all the same.
    ("azure-credentials", "NB426"),
    // So is path-style addressing.
    ("s3-compatible-private-ca", "NB412"),
    // On claims nothing is deleted until the pruning agent exists.
    ("operator-standalone", "NB525"),
    ("pvc-simple", "NB525"),
    ("tls-backup-port", "NB525"),
    ("weekly-long-retention", "NB525"),
    // A stopped cluster takes all databases away, which is what the example shows.
    ("restore-cluster-offline", "NB621"),
];

#[test]
fn each_example_validates_and_renders_alone() {
    for folder in folders() {
        let input = if folder.ends_with("kustomize") { "-k" } else { "-f" };
        let validated =
            run(["validate", input, &folder, "-o", "json", "--now", "2027-01-01T00:00:00Z"]).expect(0);
        let envelope: serde_json::Value = serde_json::from_str(&validated.stdout).unwrap();
        for finding in envelope["findings"].as_array().unwrap() {
            if finding["severity"] == "warning" {
                let name = folder.trim_start_matches("examples/");
                let code = finding["code"].as_str().unwrap();
                assert!(EXPLAINED.contains(&(name, code)), "{folder}: {code}: {}", finding["message"]);
            }
        }
        let rendered =
            run(["render", input, &folder, "--restore", "--quiet", "--now", "2027-01-01T00:00:00Z"])
                .expect(0);
        assert!(rendered.stdout.contains("apiVersion: batch/v1"), "{folder} becomes no Job");
    }
    for (name, code) in EXPLAINED {
        let run = run(["validate", "-f", &format!("examples/{name}"), "-o", "concise"]);
        assert!(run.stdout.contains(code), "{name} no longer gives {code}");
    }
}

#[test]
fn the_examples_of_the_manual_are_sound() {
    let page = "docs/quick-start.md";
    let text = std::fs::read_to_string(crate::support::root().join(page)).unwrap();
    let specs: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.contains("apiVersion: neo4j") || block.contains("apiVersion: config.neo4j"))
        .collect();
    assert!(specs.len() >= 2, "{page}");
    let run =
        crate::support::run_with_input(["validate", "-f", "-", "--strict"], specs.join("\n---\n")).expect(0);
    assert!(!run.stdout.contains("error["), "{}", run.transcript());
}

#[test]
fn editors_find_the_schema_of_every_example() {
    for file in files("examples", ".yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        let ours = ["kind: Neo4jBackup\n", "kind: Neo4jRestore\n", "kind: Neo4jTarget\n"]
            .iter()
            .any(|kind| text.contains(kind));
        if ours {
            let first = text.lines().next().unwrap();
            let schema = first
                .strip_prefix("# yaml-language-server: $schema=")
                .unwrap_or_else(|| panic!("{}", file.display()));
            assert!(file.parent().unwrap().join(schema).exists(), "{}: {schema}", file.display());
        }
    }
}
