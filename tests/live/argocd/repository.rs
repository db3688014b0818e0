//! A Git repository on disk, as a team's is: a work tree in which files are written and committed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository of one test, gone with it.
pub struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// An empty repository with one branch.
    pub fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a folder for a repository") };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// What `repoURL` of an Application says.
    pub fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }

    /// Where a file of the repository lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The work tree.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, without committing it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Deletes a file.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    /// Commits everything; answers the commit's hash.
    pub fn commit(&self, subject: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(self.folder.path()).args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.com",
        ]);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.args(arguments).output().expect("git");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A repository that is pushed to, without a work tree.
pub fn bare() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for a repository");
    let made = Command::new("git")
        .args(["init", "--quiet", "--bare", "--initial-branch", "main"])
        .arg(folder.path())
        .status()
        .expect("git");
    assert!(made.success());
    folder
}
