//! Which files, streams and kustomize builds are read, and the documents they hold.
//!
//! [`Selection::plan_sources`] turns `-f`, `-R` and `-k` into an ordered list of [`Source`]s the
//! way kubectl does; [`Documents`] reads them one after another and cuts them at `---` lines, so
//! that no stream is ever held whole. The two kinds of trouble stay apart: a [`SourceError`] is an
//! input that cannot be opened (exit code 2), a [`ReadProblem`] is a finding in one that can.
//!
//! This is the only place of the input room that touches the outside world.

mod error;
mod git;
mod kustomize;
mod older;
mod read;
mod select;
mod split;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;

pub use error::{ReadError, ReadProblem, ReadProblemKind, SourceError};
pub use git::{Commit, GitError, Repository};
pub use kustomize::target_files;
pub use older::Older;
pub use read::{Batch, Batches, Documents, RawDocument, ReadLimits};
pub use select::Selection;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How a source is called in findings: the path as the user wrote it, `<stdin>` or the name given
/// for it, `DIR (kustomize)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(String);

impl SourceName {
    /// A name as it will be shown.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How it is called.
    pub name: Arc<SourceName>,
    /// Where it comes from.
    pub origin: Origin,
    /// Only documents that mention `Neo4jTarget` are yielded: files beside a kustomization, whose
    /// local-config objects kustomize leaves out of its build.
    pub targets_only: bool,
}

/// Where a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, or whatever else can be opened by path (a pipe of the shell's `<(…)`).
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The output of a kustomize build of this folder.
    Kustomize(PathBuf),
}

impl Source {
    pub(super) fn file(path: PathBuf) -> Self {
        let name = Arc::new(SourceName::new(path.to_string_lossy()));
        Self { name, origin: Origin::File(path), targets_only: false }
    }
}
