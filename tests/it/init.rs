//! What `init` writes validates as it stands.

use std::path::Path;
use std::process::{Command, Output};

fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const COMBINATIONS: [(&str, Option<&str>); 7] = [
    ("pvc", None),
    ("s3", Some("static")),
    ("s3", Some("workload")),
    ("gcs", Some("static")),
    ("gcs", Some("workload")),
    ("azure", Some("static")),
    ("azure", Some("workload")),
];

#[test]
fn every_storage_and_identity_validates_and_renders_as_it_stands() {
    for (storage, identity) in COMBINATIONS {
        for topology in ["Cluster", "Standalone"] {
            for version in ["5.26.12", "2025.10.1"] {
                let folder = tempfile::tempdir().unwrap();
                let mut arguments =
                    vec!["init", "--storage", storage, "--topology", topology, "--neo4j-version", version];
                arguments.extend(identity.iter().flat_map(|identity| ["--identity", identity]));
                let at = arguments.join(" ");
                let written = plugin(folder.path(), &arguments);
                assert!(written.status.success(), "{at}\n{}", shown(&written));
                // Neo4j documents no storage account keys, and the warning about it is right.
                let strict = (storage, identity) != ("azure", Some("static"));
                let mut validate = vec!["validate", "-f", "."];
                validate.extend(strict.then_some("--strict"));
                let validated = plugin(folder.path(), &validate);
                assert_eq!(validated.status.code(), Some(0), "{at}\n{}", shown(&validated));
                let rendered = plugin(folder.path(), &["render", "-f", "."]);
                assert_eq!(rendered.status.code(), Some(0), "{at}\n{}", shown(&rendered));
                assert!(shown(&rendered).contains("kind: CronJob"), "{at}");
            }
        }
    }
}

#[test]
fn files_that_exist_are_left_alone_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target.yaml");
    std::fs::write(&target, "mine\n").unwrap();
    let refused = plugin(folder.path(), &["init", "--storage", "pvc"]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert!(shown(&refused).contains("target.yaml"), "{}", shown(&refused));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine\n");
    assert!(!folder.path().join("backup.yaml").exists(), "all or nothing");
    let forced = plugin(folder.path(), &["init", "--storage", "pvc", "--force"]);
    assert!(forced.status.success(), "{}", shown(&forced));
    assert_ne!(std::fs::read_to_string(&target).unwrap(), "mine\n");
}

#[test]
fn a_dry_run_shows_the_files_and_writes_none() {
    let folder = tempfile::tempdir().unwrap();
    let shown_files =
        plugin(folder.path(), &["init", "specs", "--storage", "gcs", "--dry-run", "--ci", "gitlab"]);
    assert!(shown_files.status.success(), "{}", shown(&shown_files));
    let text = String::from_utf8(shown_files.stdout).unwrap();
    for file in
        ["backup.yaml", "target.yaml", "kustomization.yaml", "README.md", "ci/neo4j-backup.gitlab-ci.yml"]
    {
        assert!(text.contains(&format!("==> specs/{file} <==\n")), "{file}\n{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_written() {
    for (arguments, reason) in [
        (&["--storage", "pvc", "--identity", "static"][..], "--identity is only for a bucket"),
        (&["--storage", "s3", "--bucket", "Not_A_Bucket"], "Not_A_Bucket"),
        (&["--storage", "s3", "--principal", "${ROLE}"], "--principal"),
        (&["--storage", "s3", "--name", "a-name-of-more-than-forty-characters-is-too-long"], "at most 40"),
        (&["--storage", "s3", "--schedule", "0 25 * * *"], "`25` is not an hour"),
        (&["--storage", "s3", "--schedule", "0 0 30 2 *"], "it never runs"),
        (&["--storage", "s3", "--neo4j-version", "4.4.1"], "before 5.26"),
        (&["--storage", "s3", "--topology", "Standalone", "--servers", "3"], "a standalone has one server"),
        (&["--storage", "azure", "--storage-account", "Upper"], "--storage-account"),
        (&["--storage", "pvc", "--size", "much"], "100Gi"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec!["init"];
        all.extend(arguments);
        let refused = plugin(folder.path(), &all);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}\n{}", shown(&refused));
        assert!(shown(&refused).contains(reason), "{arguments:?}\n{}", shown(&refused));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
}
