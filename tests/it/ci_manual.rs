//! What docs/ci.md shows is what happens: its workflow, its job, its hooks and its commands are run.

use std::process::Command;

use serde_json::Value;

use crate::ci_repository::Repository;
use crate::support::{command, finish, root};
use crate::{ci_github_standin as github, ci_gitlab_standin as gitlab};

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-neo4j_backup");

/// The fenced blocks of the manual in a language.
fn blocks(language: &str) -> Vec<String> {
    let manual = std::fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let start = format!("```{language}\n");
    manual.split(&start).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn yaml(holding: &str) -> Value {
    let block = blocks("yaml").into_iter().find(|block| block.contains(holding)).unwrap();
    serde_yaml::from_str(&block).unwrap()
}

/// A branch that changes a schedule, with its emitted folder, and the commit that it began at.
fn branch() -> (Repository, String) {
    let repository = Repository::with_example("full-and-differential");
    let base = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repository.git(&["update-ref", "refs/remotes/origin/main", &base]);
    repository.replace("backups/backup-differential.yaml", "0 6-23", "0 7-23");
    repository.run(["emit", "kustomize", "-q", "-R", "-f", "backups", "-d", "deploy"]).expect(0);
    repository.commit();
    (repository, base)
}

#[test]
fn the_workflow_runs() {
    let (repository, base) = branch();
    let workflow = yaml("uses: OWNER/REPOSITORY@REVISION");
    let steps = workflow["jobs"]["backups"]["steps"].as_array().unwrap();
    let ours = steps.iter().find(|step| step["id"] == "backups").unwrap();
    let mut inputs = vec![("binary", BINARY)];
    for (name, value) in ours["with"].as_object().unwrap() {
        inputs.push(match value.as_str().unwrap() {
            "${{ github.event.pull_request.base.sha }}" => (name, &base),
            value => (name, value),
        });
    }
    assert_eq!(inputs.len(), 6);
    let outcome = github::run(repository.path(), &inputs, &std::env::var("PATH").unwrap()).expect(true);
    assert_eq!((outcome.outputs["stale"].as_str(), outcome.outputs["changes"].as_str()), ("false", "true"));
    for step in steps {
        // What later steps read is there.
        for part in step.to_string().split("steps.backups.outputs.").skip(1) {
            let name: String = part.chars().take_while(|one| one.is_ascii_lowercase()).collect();
            assert!(!outcome.outputs[&name].is_empty(), "{name}");
        }
    }
}

#[test]
fn the_gitlab_job_runs() {
    let (repository, base) = branch();
    let file = yaml("CI_MERGE_REQUEST_DIFF_BASE_SHA");
    assert_eq!(file["include"][0]["file"], "ci/gitlab.yml");
    let job = &file["neo4j-backup"];
    let mut variables = vec![("NEO4J_BACKUP_BINARY", BINARY)];
    let all = job["variables"].as_object().unwrap().iter();
    for (name, value) in all.chain(job["rules"][0]["variables"].as_object().unwrap()) {
        variables.push((
            name,
            match value.as_str().unwrap() {
                "$CI_MERGE_REQUEST_DIFF_BASE_SHA" => &base,
                value => value,
            },
        ));
    }
    gitlab::run(repository.path(), "sh", &variables).expect(0);
    assert!(repository.file("neo4j-backup-changes.md").is_file());
}

#[test]
fn the_hooks_run() {
    let (repository, _) = branch();
    let own = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let own: Vec<Value> = serde_yaml::from_str(&own).unwrap();
    let configuration = yaml("neo4j-backup-validate");
    let hooks = configuration["repos"][0]["hooks"].as_array().unwrap();
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let entry = own.iter().find(|own| own["id"] == hook["id"]).unwrap()["entry"].as_str().unwrap();
        let arguments = hook["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
        let mut run = Command::new(BINARY);
        run.args(entry.split_whitespace().skip(1)).args(arguments).current_dir(repository.path());
        finish(run.output().unwrap()).expect(0);
    }
}

#[test]
fn the_commands_run_and_print_what_is_shown() {
    let (repository, _) = branch();
    repository.run(["emit", "plain", "-q", "-R", "-f", "backups", "-d", "plain"]).expect(0);
    std::fs::remove_dir_all(repository.file("deploy")).unwrap();
    let mut compared = 0;
    for block in blocks("console") {
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let typed = line.strip_prefix("$ kubectl neo4j-backup ").unwrap();
            let mut shown = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                shown.push_str(line);
                shown.push('\n');
            }
            let mut run = command();
            run.current_dir(repository.path()).args(typed.split_whitespace());
            let run = finish(run.output().unwrap()).expect(i32::from(!shown.is_empty()));
            if !shown.is_empty() {
                assert_eq!(run.stdout, shown, "{typed}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 1);
}
