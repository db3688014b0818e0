//! `render --output-dir`: where a file lies depends on its object alone, and what no spec gives any more is told.

use std::fs;

use crate::support::command;

const SPEC: &str = "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {name: NAME, namespace: SPACE}\nspec:\n  target: {kind: Cluster, name: graph}\n  schedule: \"0 2 * * *\"\n  storage: {type: pvc, pvc: {name: backups}}\n";

fn spec(namespace: &str, name: &str) -> String {
    SPEC.replace("NAME", name).replace("SPACE", namespace)
}

fn render(specs: &str, folder: &std::path::Path, format: &str) -> String {
    let input = folder.join("in.yaml");
    fs::write(&input, specs).unwrap();
    let output = command()
        .args(["render", "--image", "neo4j:5.26.33-enterprise", "--servers", "3", "-o", format, "-f"])
        .arg(&input)
        .arg("--output-dir")
        .arg(folder.join("out"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_second_namespace_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    render(&spec("one", "a"), folder.path(), "yaml");
    let file = folder.path().join("out/one/cronjob-a-backup-cron.yaml");
    let before = fs::read_to_string(&file).unwrap();
    let told = render(&format!("{}---\n{}", spec("one", "a"), spec("two", "b")), folder.path(), "yaml");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert!(folder.path().join("out/two/cronjob-b-backup-cron.yaml").exists());
    assert!(!told.contains("delete it"), "{told}");
}

#[test]
fn what_a_deleted_spec_left_behind_is_told_and_left() {
    let folder = tempfile::tempdir().unwrap();
    render(&format!("{}---\n{}", spec("one", "a"), spec("one", "b")), folder.path(), "yaml");
    fs::write(folder.path().join("out/one/kustomization.yaml"), "resources: []\n").unwrap();
    for format in ["yaml", "json"] {
        let told = render(&spec("one", "a"), folder.path(), format);
        assert!(told.contains("cronjob-b-backup-cron.yaml was rendered once"), "{told}");
        assert!(!told.contains("kustomization.yaml was"), "{told}");
    }
    assert!(folder.path().join("out/one/cronjob-b-backup-cron.yaml").exists());
}
