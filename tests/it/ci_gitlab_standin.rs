//! A stand-in for GitLab's runner: it reads ci/gitlab.yml and runs the script of its job as a runner does, with the
//! variables of the job in the environment and the lines of the script one after the other in one shell.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Run, finish, root};

/// The job, as its file says it.
pub(crate) fn job() -> Value {
    let text = std::fs::read_to_string(root().join("ci/gitlab.yml")).unwrap();
    let file: Value = serde_yaml::from_str(&text).unwrap();
    file["neo4j-backup"].clone()
}

/// Runs the job's script with a shell, such as `sh` or `bash`.
pub(crate) fn run(workspace: &Path, shell: &str, variables: &[(&str, &str)]) -> Run {
    let job = job();
    let lines: Vec<&str> =
        job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let mut command = Command::new(shell);
    command.arg("-e").arg("-c").arg(lines.join("\n"));
    command
        .current_dir(workspace)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("CI", "true");
    for (name, value) in job["variables"].as_object().unwrap() {
        command.env(name, value.as_str().unwrap());
    }
    for (name, value) in variables {
        assert!(job["variables"].get(name).is_some(), "no variable `{name}`");
        command.env(name, value);
    }
    finish(command.stdin(Stdio::null()).output().unwrap())
}
