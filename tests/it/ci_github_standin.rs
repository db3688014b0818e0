//! A stand-in for GitHub's runner: it reads action.yml and runs its steps as GitHub's documentation says a runner does.
//!
//! What it knows of the real one: inputs with their defaults, `env` with `inputs` and `steps` contexts, `shell: bash`,
//! the files behind GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, and workflow commands on standard output with
//! `stop-commands` (GitHub documentation, "Metadata syntax" and "Workflow commands"; that blanks before `::` do not
//! matter and that `##[…]` counts anywhere in a line is in actions/runner, ActionCommand.cs). Anything else fails the
//! test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::root;

/// The action, as its file says it.
pub(crate) fn action() -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(root().join("action.yml")).unwrap()).unwrap()
}

/// How a run of the action ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// No step failed.
    pub(crate) success: bool,
    /// Everything that the steps printed.
    pub(crate) log: String,
    /// Workflow commands that the runner obeys.
    pub(crate) commands: Vec<String>,
    /// The summary of the job.
    pub(crate) summary: String,
    /// The outputs of the action.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Where the runner keeps temporary files.
    pub(crate) temporary: tempfile::TempDir,
}

impl Outcome {
    /// Fails the test unless the action ended so.
    #[track_caller]
    pub(crate) fn expect(self, success: bool) -> Self {
        assert_eq!(self.success, success, "{}\n{}", self.log, self.summary);
        self
    }

    /// Annotations of a severity.
    pub(crate) fn annotations(&self, severity: &str) -> Vec<&String> {
        let start = format!("::{severity} ");
        self.commands.iter().filter(|command| command.starts_with(&start)).collect()
    }
}

/// Runs the action in a workspace. `path` is what the runner finds programs on.
pub(crate) fn run(workspace: &Path, inputs: &[(&str, &str)], path: &str) -> Outcome {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_object().unwrap() {
        values.insert(name.clone(), input["default"].as_str().unwrap().to_owned());
    }
    for (name, value) in inputs {
        assert!(values.insert((*name).to_owned(), (*value).to_owned()).is_some(), "no input `{name}`");
    }
    let temporary = tempfile::tempdir().unwrap();
    let mut outcome = Outcome {
        success: true,
        log: String::new(),
        commands: Vec::new(),
        summary: String::new(),
        outputs: BTreeMap::new(),
        temporary,
    };
    let mut outputs: BTreeMap<(String, String), String> = BTreeMap::new();
    for step in action["runs"]["steps"].as_array().unwrap() {
        let always = match step.get("if").and_then(Value::as_str) {
            None => false,
            Some("${{ !cancelled() }}") => true,
            Some(other) => panic!("the stand-in does not know `if: {other}`"),
        };
        if !outcome.success && !always {
            continue;
        }
        let id = step["id"].as_str().unwrap();
        let written = one(step, workspace, path, outcome.temporary.path(), &|expression| {
            evaluate(expression, &values, &outputs)
        });
        outcome.success &= written.success;
        outcome.commands.extend(obeyed(&written.log));
        outcome.log.push_str(&written.log);
        outcome.summary.push_str(&written.summary);
        for line in written.output.lines() {
            let (name, value) = line.split_once('=').unwrap();
            outputs.insert((id.to_owned(), name.to_owned()), value.to_owned());
        }
    }
    for (name, output) in action["outputs"].as_object().unwrap() {
        let value = evaluate(output["value"].as_str().unwrap(), &values, &outputs);
        outcome.outputs.insert(name.clone(), value);
    }
    outcome
}

struct Written {
    success: bool,
    log: String,
    output: String,
    summary: String,
}

fn one(
    step: &Value,
    workspace: &Path,
    path: &str,
    temporary: &Path,
    value: &dyn Fn(&str) -> String,
) -> Written {
    assert_eq!(step["shell"], "bash");
    let script = step["run"].as_str().unwrap();
    assert!(!script.contains("${{"), "a value is spliced into a script: {script}");
    let file = |name: &str| -> PathBuf {
        let path = temporary.join(format!("{}-{name}", step["id"].as_str().unwrap()));
        std::fs::write(&path, "").unwrap();
        path
    };
    let (output, summary, script_file) = (file("output"), file("summary"), file("script.sh"));
    std::fs::write(&script_file, script).unwrap();
    let mut command = Command::new("bash");
    command
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(&script_file)
        .current_dir(workspace)
        .env_clear()
        .env("PATH", path)
        .env("HOME", temporary)
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_ACTION_PATH", root())
        .env("GITHUB_WORKSPACE", workspace)
        .env("GITHUB_OUTPUT", &output)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("RUNNER_TEMP", temporary)
        .stdin(Stdio::null());
    for (name, expression) in step["env"].as_object().into_iter().flatten() {
        command.env(name, value(expression.as_str().unwrap()));
    }
    let ended = command.output().unwrap();
    let mut log = String::from_utf8(ended.stdout).unwrap();
    log.push_str(&String::from_utf8(ended.stderr).unwrap());
    Written {
        success: ended.status.success(),
        log,
        output: std::fs::read_to_string(output).unwrap(),
        summary: std::fs::read_to_string(summary).unwrap(),
    }
}

/// The value of `${{ inputs.NAME }}` and `${{ steps.ID.outputs.NAME }}`; what is not there is empty.
fn evaluate(
    expression: &str,
    inputs: &BTreeMap<String, String>,
    outputs: &BTreeMap<(String, String), String>,
) -> String {
    let inner = expression.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"));
    let parts: Vec<&str> =
        inner.unwrap_or_else(|| panic!("no single expression: {expression}")).split('.').collect();
    match parts.as_slice() {
        ["inputs", name] => inputs.get(*name).unwrap_or_else(|| panic!("no input `{name}`")).clone(),
        ["steps", id, "outputs", name] => {
            outputs.get(&((*id).to_owned(), (*name).to_owned())).cloned().unwrap_or_default()
        }
        _ => panic!("the stand-in does not know {expression}"),
    }
}

/// The lines that the runner takes for commands.
fn obeyed(log: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.lines() {
        let line = line.trim_start();
        if let Some(token) = &stopped {
            if line.trim_end() == format!("::{token}::") {
                stopped = None;
            }
        } else if let Some(token) = line.strip_prefix("::stop-commands::") {
            stopped = Some(token.trim_end().to_owned());
        } else if (line.starts_with("::") && line[2..].contains("::")) || line.contains("##[") {
            commands.push(line.to_owned());
        }
    }
    commands
}

#[test]
fn the_standin_stops_where_the_runner_stops() {
    let log = "::error title=a::b\n::stop-commands::x\n ::error::no\n##[error]no\n::x::\n  ::notice a=b::c\nx ##[warning]d\n";
    assert_eq!(obeyed(log), ["::error title=a::b", "::notice a=b::c", "x ##[warning]d"]);
}
