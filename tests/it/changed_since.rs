//! `validate --changed-since`: what a change brings, and nothing else; never less.

use crate::ci_repository::Repository;
use crate::support::Run;

const FULL: &str = "backups/backup-full.yaml";
const DIFFERENTIAL: &str = "backups/backup-differential.yaml";

fn check(repository: &Repository, since: &str) -> Run {
    repository.run(["validate", "-o", "concise", "-R", "-f", "backups", "--changed-since", since])
}

/// A spec that is wrong in one place of its own.
fn wrong(name: &str) -> String {
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: payments}}\nspec:\n  \
         target: {{kind: Cluster, name: payments}}\n  schedule: \"0 24 * * *\"\n  \
         storage: {{type: pvc, pvc: {{name: {name}, size: 1Gi}}}}\n"
    )
}

#[test]
fn what_was_there_in_documents_that_are_the_same_is_left_out() {
    let repository = Repository::with_example("full-and-differential");
    repository.write("backups/old.yaml", &wrong("old"));
    repository.commit();
    let all = repository.run(["validate", "-o", "concise", "-R", "-f", "backups"]).expect(1);
    assert!(all.stdout.contains("NB501") && all.stdout.contains("NB304"), "{}", all.stdout);
    let run = check(&repository, "HEAD").expect(0);
    assert!(!run.stdout.contains("NB"), "{}", run.stdout);
    assert!(run.stderr.contains("older than the changes since HEAD"), "{}", run.stderr);
}

#[test]
fn a_new_file_and_a_changed_document_are_told_of_with_their_old_findings_too() {
    let repository = Repository::with_example("full-and-differential");
    repository.write("backups/old.yaml", &wrong("old"));
    let before = repository.commit();
    repository.write("backups/new.yaml", &wrong("new"));
    let run = check(&repository, "HEAD").expect(1);
    assert!(run.stdout.contains("new.yaml") && !run.stdout.contains("old.yaml"), "{}", run.stdout);
    repository.commit();
    let run = check(&repository, &before).expect(1);
    assert!(run.stdout.contains("new.yaml") && !run.stdout.contains("old.yaml"), "{}", run.stdout);
    // The old mistake stands in a document that somebody has just edited.
    repository.replace("backups/old.yaml", "1Gi", "2Gi");
    let run = check(&repository, "HEAD").expect(1);
    assert!(run.stdout.contains("old.yaml") && !run.stdout.contains("new.yaml"), "{}", run.stdout);
}

#[test]
fn a_document_that_only_moves_within_its_file_is_the_same() {
    let repository = Repository::with_example("full-and-differential");
    repository.write("backups/both.yaml", &wrong("old"));
    repository.commit();
    let more = wrong("more").replace("24", "4");
    repository.write("backups/both.yaml", &format!("{more}---\n{}", wrong("old")));
    // The first document of a file has no `---`, so the text of `old` has changed by one line; not that of a third.
    repository.commit();
    repository.write("backups/both.yaml", &format!("# Two backups\n{more}---\n{}", wrong("old")));
    check(&repository, "HEAD").expect(0);
}

#[test]
fn line_breaks_that_git_has_turned_are_no_change() {
    let repository = Repository::new();
    repository.write("backups/old.yaml", &wrong("old"));
    repository.commit();
    repository.write("backups/old.yaml", &wrong("old").replace('\n', "\r\n"));
    check(&repository, "HEAD").expect(0);
}

#[test]
fn what_a_change_causes_elsewhere_is_told() {
    // A second spec that can run at the same time: the finding stands in the file that nobody touched.
    let repository = Repository::with_example("full-and-differential");
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    let run = check(&repository, "HEAD").expect(0);
    let line = run.stdout.lines().find(|line| line.contains("NB333")).expect("the overlap is told");
    assert!(line.starts_with(FULL), "{line}");

    // The full backup goes, and its differential has nothing to build on.
    let repository = Repository::with_example("full-and-differential");
    repository.remove(FULL);
    let run = check(&repository, "HEAD").expect(0);
    assert!(run.stdout.contains("NB330") && !run.stdout.contains("NB304"), "{}", run.stdout);
    // All of it goes: there is nothing left to check, as without the option.
    let repository = Repository::with_example("full-and-differential");
    std::fs::remove_dir_all(repository.file("backups")).unwrap();
    check(&repository, "HEAD").expect(2);
}

#[test]
fn an_old_finding_that_refers_to_a_changed_document_is_told() {
    let repository = Repository::with_example("full-and-differential");
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    repository.commit();
    // Edited, and still in the way.
    repository.replace(DIFFERENTIAL, "compress: true", "compress: false");
    let run = check(&repository, "HEAD").expect(0);
    assert!(run.stdout.contains("NB333"), "{}", run.stdout);
}

#[test]
fn strictness_counts_what_is_told() {
    let repository = Repository::with_example("full-and-differential");
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    let strict = ["validate", "--strict", "-f", "backups", "--changed-since", "HEAD"];
    repository.run(strict).expect(1);
    repository.commit();
    repository.run(strict).expect(0);
}

#[test]
fn a_file_that_is_no_text_counts_by_its_bytes() {
    let repository = Repository::with_example("full-and-differential");
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    std::fs::write(repository.file("backups/utf16.yaml"), utf16("\u{feff}a: 1\n")).unwrap();
    repository.commit();
    check(&repository, "HEAD").expect(0);
    std::fs::write(repository.file("backups/utf16.yaml"), utf16("\u{feff}a: 2\n")).unwrap();
    check(&repository, "HEAD").expect(1);
}

#[test]
fn every_way_to_name_the_input_finds_the_older_one() {
    let repository = Repository::with_example("full-and-differential");
    repository.write("backups/old.yaml", &wrong("old"));
    std::os::unix::fs::symlink("../backups/old.yaml", repository.file("backups/again.yaml")).unwrap();
    repository.write("elsewhere/x.yaml", "a: 1\n");
    repository.commit();
    let top = repository.path().canonicalize().unwrap();
    let absolute = top.join("backups").to_string_lossy().into_owned();
    let ways: [(&str, &[&str]); 9] = [
        ("", &["-f", "backups"]),
        ("", &["-f", "backups/"]),
        ("", &["-f", "./backups"]),
        ("", &["-R", "-f", "."]),
        ("", &["-f", "backups/*.yaml"]),
        ("", &["-f", "backups/old.yaml,backups/target.yaml"]),
        ("", &["-f", &absolute]),
        ("elsewhere", &["-f", "../backups"]),
        ("backups", &["-f", "old.yaml", "--target", "target.yaml"]),
    ];
    for (folder, input) in ways {
        let all: Vec<&str> = ["validate"].iter().chain(input).copied().collect();
        repository.run_in(folder, &all).expect(1);
        let since: Vec<&str> = all.iter().chain(&["--changed-since", "HEAD"]).copied().collect();
        repository.run_in(folder, &since).expect(0);
    }
}

#[test]
fn a_kustomization_is_built_as_it_was() {
    let repository = Repository::with_example("kustomize");
    let file = "backups/kustomization.yaml";
    let resources = std::fs::read_to_string(repository.file(file)).unwrap();
    repository.write("base/old.yaml", &wrong("old"));
    repository.write("base/kustomization.yaml", "resources: [old.yaml]\n");
    repository.write(file, &resources.replace("resources:\n", "resources:\n  - ../base\n"));
    repository.commit();
    let arguments = ["validate", "-o", "concise", "-k", "backups"];
    repository.run(arguments).expect(1);
    let since: Vec<&str> = arguments.iter().chain(&["--changed-since", "HEAD"]).copied().collect();
    repository.run(&since).expect(0);
    // What could not be built then is no reason to keep anything back.
    repository.write(file, "resources: [missing.yaml]\n");
    repository.commit();
    repository.write(file, &resources.replace("resources:\n", "resources:\n  - ../base\n"));
    let run = repository.run(&since).expect(1);
    assert!(run.stderr.contains("everything is told"), "{}", run.stderr);
    repository.write(file, &resources);
    let diff = repository.run(["diff", "-k", "backups", "--against=HEAD"]).expect(2);
    for text in [run.stderr, diff.stderr] {
        assert!(text.contains("kustomize backups`") || text.contains("build backups`"), "{text}");
        assert!(!text.contains("neo4j-backup-older"), "the name of a temporary folder means nothing: {text}");
    }
}

#[test]
fn a_branch_is_compared_with_where_it_began() {
    let repository = Repository::with_example("full-and-differential");
    repository.git(&["checkout", "--quiet", "-b", "topic"]);
    repository.write("backups/topic.yaml", &wrong("topic"));
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.replace(FULL, "compress: true", "compress: false");
    repository.commit();
    repository.git(&["checkout", "--quiet", "topic"]);
    let run = check(&repository, "main...").expect(1);
    assert!(run.stdout.contains("topic.yaml"), "{}", run.stdout);
    assert!(!run.stdout.contains("NB304"), "the full backup of main is not this branch's: {}", run.stdout);
}

#[test]
fn what_cannot_be_compared_is_an_error_with_a_next_step() {
    let repository = Repository::with_example("full-and-differential");
    for (since, message, help) in [
        ("", "it is empty", "variable"),
        ("-x", "taken for an option", "Name a branch"),
        ("--output=x", "taken for an option", "Name a branch"),
        ("a\nb", "control character", "Name a branch"),
        ("...", "it is empty", "Name a branch"),
        ("nowhere", "has no revision `nowhere`", "git fetch"),
        ("nowhere...", "has no revision `nowhere...`", "git fetch"),
        ("HEAD:backups", "has no revision", "git fetch"),
        ("0000000000000000000000000000000000000000", "has no revision", "git fetch"),
    ] {
        let option = format!("--changed-since={since}");
        let run = repository.run(["validate", "-f", "backups", &option]).expect(2);
        assert!(run.stderr.contains(message) && run.stderr.contains(help), "{since}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let run = repository.run(["validate", "-f", "-", "--changed-since=HEAD"]).expect(2);
    assert!(run.stderr.contains("standard input has no older version"), "{}", run.stderr);
    for other in ["--fix", "--server"] {
        repository.run(["validate", "-f", "backups", "--changed-since=HEAD", other]).expect(2);
    }
}

#[test]
fn without_git_or_a_repository_it_says_so() {
    let repository = Repository::with_example("full-and-differential");
    let empty = tempfile::tempdir().unwrap();
    let mut command = crate::support::command();
    command.current_dir(repository.path()).env("PATH", empty.path());
    command.args(["validate", "-f", "backups", "--changed-since=HEAD"]);
    let run = crate::support::finish(command.output().unwrap()).expect(2);
    assert!(
        run.stderr.contains("`git` is not on the PATH") && run.stderr.contains("Install git"),
        "{}",
        run.stderr
    );

    let mut command = crate::support::command();
    command.current_dir(empty.path()).env("GIT_CEILING_DIRECTORIES", empty.path().parent().unwrap());
    command.args(["validate", "-f", ".", "--changed-since=HEAD"]);
    let run = crate::support::finish(command.output().unwrap()).expect(2);
    assert!(run.stderr.contains("in no work tree of a Git repository"), "{}", run.stderr);
}

#[test]
fn a_shallow_clone_is_told_how_to_get_the_rest() {
    let origin = Repository::with_example("full-and-differential");
    let first = origin.git(&["rev-parse", "HEAD"]).trim().to_owned();
    origin.replace(FULL, "compress: true", "compress: false");
    origin.commit();
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", origin.path().display());
    let clone = crate::ci_repository::git(folder.path())
        .args(["clone", "--quiet", "--depth=1", &from, "clone"])
        .status()
        .unwrap();
    assert!(clone.success());
    let mut command = crate::support::command();
    command.current_dir(folder.path().join("clone"));
    command.args(["validate", "-f", "backups", "--changed-since", &first]);
    let run = crate::support::finish(command.output().unwrap()).expect(2);
    assert!(run.stderr.contains("shallow clone") && run.stderr.contains("fetch-depth: 0"), "{}", run.stderr);
}

#[test]
fn nothing_is_left_behind_and_nothing_is_written_into_the_repository() {
    let repository = Repository::with_example("full-and-differential");
    let temporary = tempfile::tempdir().unwrap();
    let status = repository.git(&["status", "--porcelain", "--ignored"]);
    let mut command = crate::support::command();
    command.current_dir(repository.path()).env("TMPDIR", temporary.path());
    command.args(["validate", "-f", "backups", "--changed-since=HEAD"]);
    crate::support::finish(command.output().unwrap()).expect(0);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert_eq!(repository.git(&["status", "--porcelain", "--ignored"]), status);
}
