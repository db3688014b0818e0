//! `validate --fix` corrects what is certain and leaves every other byte alone.

use std::fs;

use crate::support::{command, files, run_with_input};

/// A spec with one of each certain mistake, and comments and odd layout that have to survive.
const MISTAKES: &str = "\
# A comment at the top, with a tab\there.
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jRestore
metadata: {name: fix-me,   namespace: graph}   # odd spacing
spec:
  clusterRef: graph          # renamed
  databaseName: orders
  source:
    type: S3                 # wrong case
    storage:
      type: s3
      bucketName: company-backups # renamed
      path: graph
      cloud: {provider: aws, region: eu-central-1}
    backupPath: orders-2026-01-01T00-00-00.backup
  options:
    verifyBackup: 'true'     # quoted boolean

  force: yes                 # a word
...
";

fn validate(path: &std::path::Path, more: &[&str]) -> crate::support::Run {
    let output = command()
        .args(["validate", "--servers", "1", "--image", "neo4j:2025.10.1-enterprise", "-f"])
        .arg(path)
        .args(more)
        .output()
        .unwrap();
    crate::support::Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn certain_mistakes_are_corrected_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restore.yaml");
    fs::write(&path, MISTAKES).unwrap();
    assert!(validate(&path, &[]).code == 1);
    let run = validate(&path, &["--fix"]).expect(0);
    assert!(!run.stdout.contains("error["), "{}", run.transcript());
    let expected = MISTAKES
        .replace("clusterRef:", "targetCluster:")
        .replace("type: S3 ", "type: s3 ")
        .replace("bucketName:", "bucket:")
        .replace("'true'", "true")
        .replace("force: yes", "force: true");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn a_dry_run_prints_a_patch_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restore.yaml");
    fs::write(&path, MISTAKES).unwrap();
    let run = validate(&path, &["--fix", "--dry-run"]).expect(1);
    assert!(run.stdout.contains("-  clusterRef: graph          # renamed"), "{}", run.stdout);
    assert!(run.stdout.contains("+  targetCluster: graph          # renamed"), "{}", run.stdout);
    assert_eq!(fs::read_to_string(&path).unwrap(), MISTAKES);
}

#[test]
fn corrections_hit_their_place_behind_a_byte_order_mark_and_crlf() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restore.yaml");
    let text = format!("\u{feff}{}", MISTAKES.replace('\n', "\r\n"));
    fs::write(&path, &text).unwrap();
    validate(&path, &["--fix"]).expect(0);
    let fixed = fs::read_to_string(&path).unwrap();
    assert!(
        fixed.starts_with('\u{feff}') && fixed.contains("  targetCluster: graph          # renamed\r\n"),
        "{fixed}"
    );
    assert_eq!(fixed.matches("\r\n").count(), text.matches("\r\n").count());
}

#[test]
fn standard_input_cannot_be_corrected() {
    let run = run_with_input(["validate", "-f", "-", "--fix"], MISTAKES).expect(2);
    assert!(run.stderr.contains("only files can be corrected"), "{}", run.transcript());
}

#[test]
fn every_fixture_keeps_its_comments_and_has_no_certain_mistake_left() {
    let mut corrected = 0;
    for fixture in ["tests/traps", "tests/documents/000", "tests/documents/001"]
        .iter()
        .flat_map(|folder| files(folder, ".yaml"))
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec.yaml");
        let before = fs::read_to_string(&fixture).unwrap();
        fs::write(&path, &before).unwrap();
        validate(&path, &["--fix", "--quiet", "-n", "default"]);
        let after = fs::read_to_string(&path).unwrap();
        if before != after {
            corrected += 1;
        }
        let comments = |text: &str| {
            text.lines()
                .filter_map(|line| line.split_once(" #"))
                .map(|(_, comment)| comment.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(comments(&before), comments(&after), "{}", fixture.display());
        assert_eq!(before.lines().count(), after.lines().count(), "{}", fixture.display());
        let again = validate(&path, &["--fix", "--dry-run", "-n", "default"]);
        assert!(again.stdout.is_empty(), "{}: {}", fixture.display(), again.stdout);
    }
    assert!(corrected > 0, "no fixture has a certain mistake");
}
