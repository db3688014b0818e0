//! Inputs that cannot be opened, and inputs that cannot be read as text.

use super::SourceName;
use crate::input::yaml::Position;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// An input that cannot be selected or opened; the program ends with exit code 2.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Neither `-f` nor `-k`; kubectl's words.
    #[error("must specify one of -f and -k")]
    NothingSelected,
    /// `-k` together with `-f` or `-R`; kubectl's words.
    #[error("the -k flag can't be used with -f or -R")]
    Exclusive,
    /// An empty name, as from `-f a.yaml,` or `-f "$UNSET"`.
    #[error("`-f {raw}` holds an empty file name")]
    EmptyName {
        /// The value as given.
        raw: String,
    },
    /// An address where a file is meant.
    #[error("this command works offline and does not fetch {url}")]
    Url {
        /// The address.
        url: String,
    },
    /// A path without wildcards that does not exist.
    #[error("the path \"{}\" does not exist", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// A pattern that matches nothing.
    #[error("the pattern \"{pattern}\" matches no file")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that is not one.
    #[error("the pattern \"{pattern}\" is not valid: {reason}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder that holds no file to read.
    #[error("the folder \"{}\" holds no .json, .yaml or .yml file", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
        /// It has folders that were not looked into.
        has_subfolders: bool,
    },
    /// The operating system refused.
    #[error("cannot read \"{name}\": {source}")]
    Unreadable {
        /// The path or display name.
        name: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// `-k` of something that is not a folder.
    #[error("-k takes a folder, and \"{}\" is none", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Neither `kustomize` nor `kubectl` is on the PATH.
    #[error("-k needs `kustomize` or `kubectl` on the PATH to build \"{}\"", path.display())]
    KustomizeMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The build failed.
    #[error("`{command}` failed ({status}): {stderr}")]
    KustomizeFailed {
        /// The command line, for the user to repeat.
        command: String,
        /// The exit status in words.
        status: String,
        /// What it wrote to standard error, shortened.
        stderr: String,
    },
}

impl SourceError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NothingSelected => "Name a file, a folder, a pattern or `-` for standard input after -f, or a kustomization folder after -k.".into(),
            Self::Exclusive => "Use -k alone: it takes a kustomization folder and reads what that names.".into(),
            Self::EmptyName { .. } => "Remove the stray comma, or check the variable that should hold the name.".into(),
            Self::Url { url } => format!("Pipe it in: `curl -fsSL '{url}' | kubectl neo4j-backup … -f -`."),
            Self::NotFound { path } => format!("Check the spelling and the working directory: `ls {}`.", parent(path)),
            Self::NoMatch { .. } => "Check the pattern; `*` stays within one folder, `**/*.yaml` looks into all of them, and -R reads whole folders.".into(),
            Self::BadPattern { .. } => "Wildcards are `*`, `?`, `[a-z]` and `**` as a whole path component.".into(),
            Self::EmptyFolder { has_subfolders: true, .. } => "Add -R to read the folders inside it too.".into(),
            Self::EmptyFolder { .. } => "Only files ending in .json, .yaml or .yml are read from a folder; name other files directly.".into(),
            Self::Unreadable { .. } => "Check that it is a file that you may read: `ls -l`.".into(),
            Self::NotAFolder { .. } => "Name the folder that holds the kustomization.yaml; read single files with -f.".into(),
            Self::KustomizeMissing { path } => format!("Install kustomize, or build elsewhere and pipe it in: `kustomize build {} | kubectl neo4j-backup … -f -`.", path.display()),
            Self::KustomizeFailed { command, .. } => format!("Run `{command}` by itself and correct what it says."),
        }
    }
}

fn parent(path: &std::path::Path) -> String {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.display().to_string(),
        _ => ".".into(),
    }
}

/// Why the bytes of a source, or of one document in it, are not text that can be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadProblemKind {
    /// UTF-16 or UTF-32, by its byte order mark or its NUL bytes.
    Utf16,
    /// NUL bytes or a compressed file.
    Binary,
    /// A byte sequence that is not UTF-8.
    InvalidUtf8,
    /// A CR without LF. YAML counts it as a line break, editors and kubectl's splitting into
    /// documents do not, so no line number and no `---` below it could be trusted.
    LoneCarriageReturn,
    /// More bytes than [`ReadLimits::bytes`](super::ReadLimits::bytes) allows a source.
    TooLarge,
}

impl ReadProblemKind {
    /// Whether nothing more of the source is read.
    #[must_use]
    pub fn ends_source(self) -> bool {
        matches!(self, Self::Utf16 | Self::Binary | Self::TooLarge)
    }
}

/// Bytes that cannot become a document, and their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProblem {
    /// The source.
    pub source: Arc<SourceName>,
    /// The document's number in the source, from 0.
    pub index: usize,
    /// The cause.
    pub kind: ReadProblemKind,
    /// Line and column in the source.
    pub position: Position,
    /// The byte in the source.
    pub offset: usize,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What [`Documents`](super::Documents) yields instead of a document.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The source could not be opened or read on: exit code 2.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A finding: its place is known and the reading goes on.
    #[error("{}:{}:{}: {}", .0.source, .0.position.line, .0.position.column, .0.message)]
    Problem(Box<ReadProblem>),
}
