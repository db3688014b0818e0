//! The same input as it was in an older version: what `validate --changed-since` and `diff --against` share.

use std::path::Path;

use crate::input::sources::{Commit, GitError, Older, Repository};

use super::{CommandError, arguments};

/// A commit of the repository that the working directory lies in.
pub(super) struct Revision {
    repository: Repository,
    commit: Commit,
}

impl Revision {
    /// Finds the commit.
    ///
    /// # Errors
    ///
    /// When there is no Git, no repository, or no such commit in it.
    pub(super) fn find(text: &str) -> Result<Self, CommandError> {
        let repository = Repository::around(Path::new("."))?;
        let commit = repository.commit(text)?;
        Ok(Self { repository, commit })
    }

    /// Lays out what an input was in that commit.
    ///
    /// # Errors
    ///
    /// Those of Git. The inner error is that of an older input that cannot be selected.
    pub(super) fn lay_out(
        &self,
        input: &arguments::Input,
        targets: &[String],
    ) -> Result<Result<Older, CommandError>, CommandError> {
        let older = Older::new(&self.repository, &self.commit, &input.selection(), targets)?;
        Ok(older.map_err(CommandError::from))
    }
}

/// An error about the files of an older version, such as a kustomization that could not be built then, in words that
/// mean something after the command is over.
pub(super) fn explained(older: &Older, error: &CommandError) -> CommandError {
    let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
    CommandError::usage(format!(
        "the older version cannot be read: {}",
        older.without_folder(&causes.join(": "))
    ))
    .hint("Check it out beside this one (`git worktree add DIR REV`) and see what is wrong with it there.")
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let hint = error.hint();
        Self::usage(error.to_string()).hint(hint)
    }
}
