//! What `git` knows of a repository: its place, its commits, and the files in them.
//!
//! The binary is asked, not the files below `.git`: it alone knows every form of a repository (worktrees, packs,
//! alternates, replaced objects). It runs without a shell, every value is an argument of its own, and a revision that
//! could be taken for an option is refused before it starts. Nothing is written into the repository, and nothing is
//! fetched: what is not there is an error that says how to get it.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use thiserror::Error;

/// Why an older version cannot be read; the program ends with exit code 2.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no `git`.
    #[error("`git` is not on the PATH, and only it knows older versions")]
    Missing,
    /// It is there and does not start.
    #[error("cannot run `git`: {0}")]
    Start(#[source] io::Error),
    /// The working directory is in no repository, or in a bare one.
    #[error("\"{}\" is in no work tree of a Git repository: {reason}", folder.display())]
    NotARepository {
        /// The working directory.
        folder: PathBuf,
        /// In Git's words.
        reason: String,
    },
    /// Text that cannot be a revision.
    #[error("`{revision}` cannot be a Git revision: {reason}")]
    BadRevision {
        /// The text.
        revision: String,
        /// Why not.
        reason: &'static str,
    },
    /// A revision that the repository does not have.
    #[error("the repository has no revision `{revision}`")]
    Unknown {
        /// The revision.
        revision: String,
        /// The repository was cloned without all of its history.
        shallow: bool,
    },
    /// A command of Git failed.
    #[error("`git {command}` failed: {reason}")]
    Failed {
        /// The subcommand.
        command: &'static str,
        /// In Git's words.
        reason: String,
    },
    /// Standard input has no history.
    #[error("standard input has no older version to compare with")]
    StandardInput,
    /// The older files cannot be laid out for reading.
    #[error("cannot lay out the older version: {0}")]
    LayOut(#[source] io::Error),
}

impl GitError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing => "Install git, or compare with a folder that holds the older version: `diff --against DIR`.".into(),
            Self::Start(_) => "Check that `git --version` runs here.".into(),
            Self::NotARepository { reason, .. } if reason.contains("dubious ownership") => {
                "The files belong to another user, as in a container job; allow it with `git config --global --add safe.directory \"$PWD\"`.".into()
            }
            Self::NotARepository { .. } => "Run it inside the repository that holds the specs; in CI, check the repository out first.".into(),
            Self::BadRevision { .. } => "Name a branch, a tag or a commit, such as `origin/main` or `HEAD~1`; in CI, check the variable that should hold it.".into(),
            Self::Unknown { revision, shallow: true } => {
                let revision = revision.strip_suffix("...").unwrap_or(revision);
                format!("This is a shallow clone. Check out with the whole history (`fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` on GitLab), or `git fetch --unshallow`, and check the spelling of `{revision}`.")
            }
            Self::Unknown { revision, shallow: false } => {
                let revision = revision.strip_suffix("...").unwrap_or(revision);
                format!("Check the spelling; `git rev-parse '{revision}'` must know it, and `git fetch` gets what is only on the server.")
            }
            Self::Failed { command, .. } => format!("See what `git {command}` and `git fsck` say; of a partial clone, `git fetch --refetch` gets the missing files."),
            Self::StandardInput => "Name files or folders of the repository with -f.".into(),
            Self::LayOut(_) => "Check that the temporary folder (`TMPDIR`) can be written and has room.".into(),
        }
    }
}

/// A work tree, seen from a folder in it.
#[derive(Clone, Debug)]
pub struct Repository {
    folder: PathBuf,
    top: PathBuf,
    below: PathBuf,
}

/// A commit of a repository, by the full name of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit(String);

/// A file in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Name of the object that holds the content.
    pub(super) object: String,
    /// The content is the path that a symbolic link leads to.
    pub(super) is_link: bool,
    /// Path below the top of the work tree.
    pub(super) path: PathBuf,
}

impl Repository {
    /// The work tree that a folder lies in.
    ///
    /// # Errors
    ///
    /// Without `git`, and where there is no work tree.
    pub fn around(folder: &Path) -> Result<Self, GitError> {
        let asked = |what: &str| -> Result<PathBuf, GitError> {
            let output = run(git(folder).args(["rev-parse", what]))?;
            if !output.status.success() {
                return Err(GitError::NotARepository { folder: folder.to_owned(), reason: words(&output) });
            }
            Ok(path_of(output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout)))
        };
        Ok(Self {
            folder: folder.to_owned(),
            top: asked("--show-toplevel")?,
            below: asked("--show-prefix")?.components().collect(),
        })
    }

    /// The top of the work tree, absolute.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The folder that was asked about, below the top; empty when it is the top.
    #[must_use]
    pub fn below(&self) -> &Path {
        &self.below
    }

    /// Whether a text is the name of a commit here.
    ///
    /// # Errors
    ///
    /// When `git` does not run.
    pub fn knows(&self, revision: &str) -> Result<bool, GitError> {
        match self.commit(revision) {
            Ok(_) => Ok(true),
            Err(GitError::BadRevision { .. } | GitError::Unknown { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The commit that a revision names. `REV...` is the last commit that `REV` and `HEAD` have in common, as in
    /// `git diff REV...` (gitrevisions(7), gitdiff(1)).
    ///
    /// # Errors
    ///
    /// When the text is no revision, or none that is here.
    pub fn commit(&self, revision: &str) -> Result<Commit, GitError> {
        let bad = |reason| GitError::BadRevision { revision: revision.to_owned(), reason };
        let (name, forked) = match revision.strip_suffix("...") {
            Some(name) => (name, true),
            None => (revision, false),
        };
        if name.is_empty() {
            return Err(bad("it is empty"));
        }
        if name.starts_with('-') {
            return Err(bad("it would be taken for an option"));
        }
        if name.contains(|character: char| character.is_control()) {
            return Err(bad("it holds a control character"));
        }
        // `^{commit}` makes a tag its commit, and refuses files and folders.
        let mut commit =
            self.one_line(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        if let (Some(named), true) = (&commit, forked) {
            commit = self.one_line(&["merge-base", named, "HEAD"])?;
        }
        match commit {
            Some(commit) => Ok(Commit(commit)),
            None => {
                let shallow = self.one_line(&["rev-parse", "--is-shallow-repository"])?;
                let shallow = shallow.as_deref() == Some("true");
                Err(GitError::Unknown { revision: revision.to_owned(), shallow })
            }
        }
    }

    /// The one line that a command gives; `None` when it fails.
    fn one_line(&self, arguments: &[&str]) -> Result<Option<String>, GitError> {
        let output = run(git(&self.folder).args(arguments))?;
        let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(output.status.success().then_some(line).filter(|line| !line.is_empty()))
    }

    /// The files of a commit below some paths, which are relative to the top; below the top when one is empty.
    /// Submodules are left out: what is in them is another repository's.
    pub(super) fn entries(&self, commit: &Commit, paths: &[PathBuf]) -> Result<Vec<Entry>, GitError> {
        let mut command = git(&self.folder);
        command.args(["ls-tree", "-r", "-z", "--full-tree", &commit.0]);
        if paths.iter().all(|path| !path.as_os_str().is_empty()) {
            command.arg("--").args(paths);
        }
        let output = run(&mut command)?;
        if !output.status.success() {
            return Err(GitError::Failed { command: "ls-tree", reason: words(&output) });
        }
        Ok(output.stdout.split(|byte| *byte == 0).filter_map(entry).collect())
    }

    /// Hands the content of each entry on, in order.
    pub(super) fn contents(
        &self,
        entries: &[Entry],
        mut each: impl FnMut(&Entry, Vec<u8>) -> io::Result<()>,
    ) -> Result<(), GitError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut child = git(&self.folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(start_error)?;
        let failed = |reason: &str| GitError::Failed { command: "cat-file", reason: reason.to_owned() };
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no pipes"));
        };
        let names: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
        // Beside the reading, or both ends would wait for each other once the pipes are full.
        let writer = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
        let mut answers = BufReader::new(stdout);
        let mut read = || -> Result<(), GitError> {
            for entry in entries {
                let content = content(&mut answers)
                    .map_err(|error| failed(&error.to_string()))?
                    .ok_or_else(|| failed(&format!("the content of {} is not here", entry.path.display())))?;
                each(entry, content).map_err(GitError::LayOut)?;
            }
            Ok(())
        };
        let outcome = read();
        drop(answers);
        // When the reading was given up, the rest is of no use to anybody.
        let written = writer.join();
        let ended = child.wait().map_err(GitError::Start)?;
        outcome?;
        if !ended.success() || !matches!(written, Ok(Ok(()))) {
            return Err(failed("it ended early"));
        }
        Ok(())
    }
}

/// The answer of `cat-file --batch` to one name: `<object> <type> <size>`, the content and a line break;
/// `<object> missing` where it is not (git-cat-file(1), "BATCH OUTPUT").
fn content(answers: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
    let Some(size) = size else { return Ok(None) };
    let mut content = Vec::new();
    answers.by_ref().take(size).read_to_end(&mut content)?;
    let mut end = [0];
    answers.read_exact(&mut end)?;
    Ok(Some(content))
}

/// `<mode> <type> <object>\t<path>` (git-ls-tree(1)).
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = line.split_at(tab);
    let mut head = std::str::from_utf8(head).ok()?.split(' ');
    let (mode, kind, object) = (head.next()?, head.next()?, head.next()?);
    (kind == "blob").then(|| Entry {
        object: object.to_owned(),
        is_link: mode == "120000",
        path: path_of(path.get(1..).unwrap_or_default()),
    })
}

#[cfg(unix)]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(bytes).into_owned()))
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        // Messages are looked at, nothing is asked, nothing is locked, and nothing is fetched.
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<Output, GitError> {
    command.output().map_err(start_error)
}

fn start_error(error: io::Error) -> GitError {
    if error.kind() == io::ErrorKind::NotFound { GitError::Missing } else { GitError::Start(error) }
}

/// What Git says of a failure, in one line.
fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("fatal: ").unwrap_or(line).trim();
    if line.is_empty() { output.status.to_string() } else { line.to_owned() }
}
