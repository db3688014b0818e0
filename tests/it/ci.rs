//! The GitHub Action, the GitLab job and the pre-commit hooks do what docs/ci.md says. Their own files are read and
//! their own commands are run; only what runs them is a stand-in.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::ci_github_standin::{self as github, Outcome};
use crate::ci_gitlab_standin as gitlab;
use crate::ci_repository::Repository;
use crate::support::{Run, finish, root};

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-neo4j_backup");
const FULL: &str = "backups/backup-full.yaml";
const DIFFERENTIAL: &str = "backups/backup-differential.yaml";

fn repository() -> Repository {
    Repository::with_example("full-and-differential")
}

fn action(repository: &Repository, inputs: &[(&str, &str)]) -> Outcome {
    let inputs: Vec<(&str, &str)> = [("binary", BINARY)].iter().chain(inputs).copied().collect();
    github::run(repository.path(), &inputs, &std::env::var("PATH").unwrap())
}

fn emit(repository: &Repository, form: &str) {
    repository.run(["emit", form, "-q", "-R", "-f", "backups", "--output-dir", "deploy"]).expect(0);
}

#[test]
fn github_passes_clean_specs_with_a_summary_and_numbers() {
    let repository = repository();
    let outcome = action(&repository, &[]).expect(true);
    let number = |name: &str| outcome.outputs[name].as_str();
    assert_eq!((number("errors"), number("warnings"), number("notices")), ("0", "0", "1"));
    assert_eq!(outcome.annotations("notice").len(), 1);
    assert!(outcome.annotations("notice")[0].contains(&format!("file={DIFFERENTIAL},line=30,")));
    assert!(
        outcome.summary.starts_with("### neo4j-backup: 1 notice in 3 documents\n"),
        "{}",
        outcome.summary
    );
    let sarif: Value =
        serde_json::from_str(&std::fs::read_to_string(&outcome.outputs["sarif"]).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "NB304");
    // Nothing was asked of a folder or an older version.
    assert_eq!((number("stale"), number("changes"), number("comment")), ("", "", ""));
    assert!(outcome.temporary.path().is_dir());
    assert_eq!(repository.git(&["status", "--porcelain", "--ignored"]), "", "the workspace stays as it was");
}

#[test]
fn github_fails_on_an_error_and_annotates_its_line() {
    let repository = repository();
    repository.replace(FULL, "0 1 * * 0", "0 24 * * 0");
    emit_anyway(&repository);
    let outcome = action(&repository, &[("emit", "plain"), ("emit-dir", "deploy"), ("diff-against", "HEAD")])
        .expect(false);
    assert_eq!(outcome.outputs["errors"], "1");
    let errors = outcome.annotations("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains(&format!("file={FULL},line=13,")) && errors[0].contains("NB501"),
        "{errors:?}"
    );
    assert!(outcome.summary.contains("1 error"), "{}", outcome.summary);
    // What cannot be rendered is neither called stale nor compared.
    assert_eq!((outcome.outputs["stale"].as_str(), outcome.outputs["changes"].as_str()), ("", ""));
}

/// A folder to look at, whatever is in it.
fn emit_anyway(repository: &Repository) {
    repository.write("deploy/README.md", "nothing\n");
}

#[test]
fn github_fails_on_a_warning_only_when_it_is_strict() {
    let repository = repository();
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    let lenient = action(&repository, &[]).expect(true);
    assert_eq!(lenient.outputs["warnings"], "1");
    assert_eq!(lenient.annotations("warning").len(), 1);
    action(&repository, &[("strict", "true")]).expect(false);
}

#[test]
fn github_finds_a_stale_folder() {
    for form in ["plain", "kustomize"] {
        let repository = repository();
        emit(&repository, form);
        let inputs = [("path", "backups"), ("emit", form), ("emit-dir", "deploy")];
        let fresh = action(&repository, &inputs).expect(true);
        assert_eq!(fresh.outputs["stale"], "false");
        repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
        let stale = action(&repository, &inputs).expect(false);
        assert_eq!(stale.outputs["stale"], "true");
        let errors = stale.annotations("error");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("deploy is not what the specs say"), "{errors:?}");
        assert!(stale.summary.contains("the emitted folder is stale"), "{}", stale.summary);
        assert!(stale.summary.contains("7-23"), "{}", stale.summary);
        emit(&repository, form);
        action(&repository, &inputs).expect(true);
    }
}

#[test]
fn github_tells_of_a_pull_request_only_what_it_brings() {
    let repository = repository();
    repository.replace(FULL, "0 1 * * 0", "0 24 * * 0");
    let base = repository.commit();
    action(&repository, &[]).expect(false);
    // The request changes one file, and not the wrong one.
    repository.replace(DIFFERENTIAL, "compress: true", "compress: false");
    repository.commit();
    let outcome = action(&repository, &[("changed-since", &base)]).expect(true);
    assert_eq!(outcome.outputs["errors"], "0");
    assert!(outcome.log.contains("older than the changes since"), "{}", outcome.log);
    // A new branch has no base, and GitHub says zeros.
    action(&repository, &[("changed-since", &"0".repeat(40))]).expect(false);
    let unknown = action(&repository, &[("changed-since", "nowhere")]).expect(false);
    assert_eq!(unknown.annotations("error").len(), 1);
    assert!(unknown.annotations("error")[0].contains("exit code 2"));
}

#[test]
fn github_shows_what_a_pull_request_changes() {
    let repository = repository();
    repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
    let outcome = action(&repository, &[("diff-against", "HEAD")]).expect(true);
    assert_eq!(outcome.outputs["changes"], "true");
    let comment = std::fs::read_to_string(&outcome.outputs["comment"]).unwrap();
    assert!(comment.starts_with("### neo4j-backup: 1 changed\n"), "{comment}");
    assert!(outcome.summary.ends_with(&comment), "{}", outcome.summary);
    repository.commit();
    let same = action(&repository, &[("diff-against", "HEAD"), ("summary", "false")]).expect(true);
    assert_eq!(same.outputs["changes"], "false");
    assert_eq!(same.summary, "");
    let unknown = action(&repository, &[("diff-against", "nowhere")]).expect(false);
    assert!(unknown.annotations("error")[0].contains("could not be compared"));
}

#[test]
fn github_takes_no_word_of_a_pull_request_for_a_command() {
    let repository = repository();
    let evil = "::error title=evil::%0A##[error]evil";
    repository.replace(FULL, "bucket: payments-graph-backups", &format!("bucket: \"{evil}\""));
    repository.write(
        "backups/evil.yaml",
        &format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: |\n    {evil}\n    ::add-mask::x\n"
        ),
    );
    emit_anyway(&repository);
    let outcome = action(&repository, &[("emit", "plain"), ("emit-dir", "deploy"), ("diff-against", "HEAD")])
        .expect(false);
    assert!(outcome.log.contains("title=evil"), "the test would show nothing: {}", outcome.log);
    for command in &outcome.commands {
        assert!(!command.starts_with("::error title=evil") && !command.contains("add-mask"), "{command}");
    }
    // Nor does the workflow itself write shell by accident.
    let marker = repository.file("marker");
    let input = format!("backups$(touch {0})\n`touch {0}`; touch {0}", marker.display());
    action(&repository, &[("path", &input)]).expect(false);
    action(&repository, &[("arguments", &input), ("changed-since", &input), ("emit", &input)]).expect(false);
    assert!(!marker.exists());
}

#[test]
fn github_takes_lists_a_line_each() {
    let repository = repository();
    repository.git(&["mv", "backups/target.yaml", "tar get.yaml"]);
    let specs = format!("{FULL}\r\n\n{DIFFERENTIAL}\n");
    let inputs = [
        ("path", specs.as_str()),
        ("target", "tar get.yaml"),
        ("recursive", "false"),
        ("arguments", "--namespace=payments\n--quiet"),
    ];
    let outcome = action(&repository, &inputs).expect(true);
    assert!(outcome.summary.contains("in 3 documents"), "{}", outcome.summary);
}

#[test]
fn github_builds_the_program_when_none_is_given() {
    let repository = repository();
    let bin = tempfile::tempdir().unwrap();
    // A stand-in for cargo that notes how it is called and puts the real program where it would be.
    let cargo = bin.path().join("cargo");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{0}/called'\nmkdir -p \"$7/bin\"\nln -sf '{BINARY}' \"$7/bin/kubectl-neo4j_backup\"\n",
        bin.path().display()
    );
    std::fs::write(&cargo, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&cargo, executable).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.path().display());
    let outcome = github::run(repository.path(), &[("binary", "")], &path).expect(true);
    let called = std::fs::read_to_string(bin.path().join("called")).unwrap();
    let place = outcome.temporary.path().join("neo4j-backup");
    let expected = [
        "install",
        "--locked",
        "--quiet",
        "--path",
        root().to_str().unwrap(),
        "--root",
        place.to_str().unwrap(),
    ];
    assert_eq!(called.lines().collect::<Vec<_>>(), expected);
    assert!(root().join("Cargo.lock").is_file(), "--locked needs it");

    let missing = github::run(repository.path(), &[("binary", "no-such-program")], &path).expect(false);
    assert!(missing.annotations("error")[0].contains("there is no program `no-such-program`"));
}

#[test]
fn github_inputs_are_all_used_and_all_said() {
    let action = github::action();
    let text = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let script = std::fs::read_to_string(root().join("ci/github")).unwrap();
    let manual = std::fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for name in action["inputs"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("${{{{ inputs.{name} }}}}")), "{name} has no effect");
        assert!(manual.contains(&format!("`{name}`")), "docs/ci.md does not say what `{name}` is");
    }
    for name in action["outputs"].as_object().unwrap().keys() {
        assert!(manual.contains(&format!("`{name}`")), "docs/ci.md does not say what `{name}` is");
    }
    for step in action["runs"]["steps"].as_array().unwrap() {
        for name in step["env"].as_object().unwrap().keys() {
            assert!(script.contains(&format!("${name}")), "{name} is not read");
        }
    }
}

fn job(repository: &Repository, variables: &[(&str, &str)]) -> Run {
    let variables: Vec<(&str, &str)> =
        [("NEO4J_BACKUP_BINARY", BINARY)].iter().chain(variables).copied().collect();
    let plain = gitlab::run(repository.path(), "sh", &variables);
    let bash = gitlab::run(repository.path(), "bash", &variables);
    assert_eq!(plain, bash, "the job needs a shell of its own");
    plain
}

#[test]
fn gitlab_reports_findings_and_fails_on_errors() {
    let repository = repository();
    job(&repository, &[]).expect(0);
    let report = |name: &str| std::fs::read_to_string(repository.file(name)).unwrap();
    let artifacts = gitlab::job()["artifacts"].clone();
    let quality: Value =
        serde_json::from_str(&report(artifacts["reports"]["codequality"].as_str().unwrap())).unwrap();
    assert_eq!(quality[0]["location"]["path"], DIFFERENTIAL);
    assert!(report(artifacts["reports"]["junit"].as_str().unwrap()).contains("<testsuite"));
    repository.replace(FULL, "0 1 * * 0", "0 24 * * 0");
    let failed = job(&repository, &[]).expect(1);
    assert!(failed.stdout.contains("NB501"), "{}", failed.stdout);
}

#[test]
fn gitlab_is_strict_or_looks_at_changes_alone_when_it_is_told_to() {
    let repository = repository();
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    job(&repository, &[]).expect(0);
    job(&repository, &[("NEO4J_BACKUP_STRICT", "true")]).expect(1);
    repository.commit();
    job(&repository, &[("NEO4J_BACKUP_STRICT", "true"), ("NEO4J_BACKUP_CHANGED_SINCE", "HEAD")]).expect(0);
}

#[test]
fn gitlab_finds_a_stale_folder_and_shows_changes() {
    let repository = repository();
    emit(&repository, "plain");
    repository.commit();
    let variables = [
        ("NEO4J_BACKUP_SPECS", "backups\n"),
        ("NEO4J_BACKUP_EMIT", "plain"),
        ("NEO4J_BACKUP_EMIT_DIR", "deploy"),
        ("NEO4J_BACKUP_DIFF_AGAINST", "HEAD"),
        ("NEO4J_BACKUP_ARGUMENTS", "--namespace=payments\n"),
    ];
    job(&repository, &variables).expect(0);
    repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
    let stale = job(&repository, &variables).expect(1);
    assert!(stale.stdout.contains("7-23"), "{}", stale.stdout);
    let changes = std::fs::read_to_string(repository.file("neo4j-backup-changes.md")).unwrap();
    assert!(changes.starts_with("### neo4j-backup: 1 changed\n"), "{changes}");
    emit(&repository, "plain");
    job(&repository, &variables).expect(0);
    let marker = repository.file("marker");
    let evil = format!("backups\n$(touch {0})\n`touch {0}`", marker.display());
    job(&repository, &[("NEO4J_BACKUP_SPECS", &evil), ("NEO4J_BACKUP_ARGUMENTS", &evil)]).expect(2);
    assert!(!marker.exists());
}

/// The hooks, as their file says them.
fn hooks() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// Runs the entry of a hook with its arguments, as pre-commit does: split at blanks, without a shell and without file
/// names, in the repository.
fn hook(repository: &Repository, hook: &Value, arguments: Option<&[&str]>) -> Run {
    assert_eq!(hook["pass_filenames"], false, "rules look across specs");
    let mut words = hook["entry"].as_str().unwrap().split_whitespace();
    assert_eq!(words.next(), Some("kubectl-neo4j_backup"));
    let own: Vec<&str> = hook["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let mut command = Command::new(BINARY);
    command.args(words).args(arguments.unwrap_or(&own)).current_dir(repository.path()).stdin(Stdio::null());
    finish(command.output().unwrap())
}

#[test]
fn pre_commit_validates_and_finds_stale_folders() {
    for one in hooks() {
        let repository = repository();
        let Some(form) = one["id"].as_str().unwrap().strip_prefix("neo4j-backup-emit-") else {
            assert_eq!(one["id"], "neo4j-backup-validate");
            hook(&repository, &one, None).expect(0);
            repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
            hook(&repository, &one, None).expect(0);
            hook(&repository, &one, Some(&["--strict", "--filename=backups"])).expect(1);
            repository.replace(FULL, "0 1 * * 0", "0 24 * * 0");
            let run = hook(&repository, &one, None).expect(1);
            assert!(run.stdout.contains(&format!("{FULL}:13:")), "{}", run.stdout);
            continue;
        };
        // As the hook has it, but to write: each form has arguments of its own.
        let mut write = one.clone();
        write["entry"] = format!("kubectl-neo4j_backup emit {form}").into();
        hook(&repository, &write, None).expect(0);
        repository.git(&["add", "deploy"]);
        repository.git(&["commit", "--quiet", "--message", "emit"]);
        hook(&repository, &one, None).expect(0);
        repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
        hook(&repository, &one, None).expect(1);
        assert_eq!(
            repository.git(&["status", "--porcelain", "deploy/"]).lines().count(),
            0,
            "nothing is written"
        );
    }
}

#[test]
fn the_manual_shows_what_the_repository_offers() {
    let manual = std::fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for one in hooks() {
        let id = one["id"].as_str().unwrap();
        assert!(manual.contains(id), "docs/ci.md does not name the hook {id}");
    }
    for name in
        gitlab::job()["variables"].as_object().unwrap().keys().filter(|name| name.starts_with("NEO4J"))
    {
        assert!(manual.contains(name.as_str()), "docs/ci.md does not name {name}");
    }
}
