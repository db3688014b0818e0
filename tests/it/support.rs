//! Runs the binary the way a person does, in a clean environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a run of the binary gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Run {
    /// The run in one text, for snapshots.
    pub(crate) fn transcript(&self) -> String {
        format!("exit {}\n--- stdout ---\n{}--- stderr ---\n{}", self.code, self.stdout, self.stderr)
    }

    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.transcript());
        self
    }
}

/// A command that runs in the repository, without anything of the environment that could show.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"));
    command.current_dir(root()).env_clear();
    // The one thing that `-k` needs of the machine.
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Runs the binary.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    finish(command().args(arguments).stdin(Stdio::null()).output().unwrap())
}

/// Runs the binary with a text on standard input.
pub(crate) fn run_with_input<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    input: impl Into<Vec<u8>>,
) -> Run {
    let mut command = command();
    command.args(arguments);
    feed(command, input)
}

/// Runs a command with a text on standard input.
pub(crate) fn feed(mut command: Command, input: impl Into<Vec<u8>>) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.into();
    let writer = std::thread::spawn(move || {
        // The binary may stop reading before the end, when it has seen enough.
        let _ = std::io::Write::write_all(&mut stdin, &input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    finish(output)
}

/// What a finished process gave.
pub(crate) fn finish(output: Output) -> Run {
    Run {
        code: output.status.code().expect("the binary was ended by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The folder with the tools of others that `tests/gitops/tools` builds. None, with a line on standard error, where there
/// is no Go to build them; a panic where they have to be there.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn tools() -> Option<&'static Path> {
    static TOOLS: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    let built = TOOLS.get_or_init(|| {
        let required = std::env::var_os("NEO4J_BACKUP_REQUIRE_CLUSTER").is_some_and(|value| value == "1");
        let go = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
        if !go && !required {
            eprintln!("skipped: the tools of others need Go to build them");
            return None;
        }
        let output = Command::new(root().join("tests/gitops/tools")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()))
    });
    built.as_deref()
}

/// The documents of a stream, as objects.
pub(crate) fn objects(stream: &str) -> Vec<serde_json::Value> {
    let documents = stream.split("\n---\n").map(|text| text.trim_start_matches("---\n"));
    documents
        .map(|text| {
            serde_yaml::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{error}: {text}"))
        })
        .filter(|value| !value.is_null())
        .collect()
}

/// Files below a folder whose names end so, sorted.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as it is typed in the repository.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}
