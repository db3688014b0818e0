//! A Git repository of a team, for tests about older versions and CI.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, command, finish, root};

/// A repository in a folder that goes with it.
pub(crate) struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// A repository with an empty first commit on `main`.
    pub(crate) fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository.git(&["commit", "--quiet", "--allow-empty", "--message=begin"]);
        repository
    }

    /// One with the specs of an example in `backups/`, committed.
    pub(crate) fn with_example(name: &str) -> Self {
        let repository = Self::new();
        for entry in std::fs::read_dir(root().join("examples").join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let file = format!("backups/{}", path.file_name().unwrap().to_string_lossy());
                repository.write(&file, &std::fs::read_to_string(path).unwrap());
            }
        }
        repository.commit();
        repository
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces something in a file that must be there.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{name} holds no `{from}`");
        self.write(name, &text.replace(from, to));
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.file(name)).unwrap();
    }

    /// Commits everything, and returns the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs Git here and returns what it says.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the binary here.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.run_in("", arguments)
    }

    /// Runs the binary in a folder below.
    pub(crate) fn run_in<A: AsRef<OsStr>>(
        &self,
        folder: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Run {
        let mut command = command();
        command.current_dir(self.file(folder)).args(arguments).stdin(std::process::Stdio::null());
        finish(command.output().unwrap())
    }
}

/// Git without anything of the person's own configuration.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "A person")
            .env(format!("GIT_{role}_EMAIL"), "person@example.org");
    }
    command
}
