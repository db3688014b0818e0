//! Why a command ended, and the exit code that says so.

use std::process::ExitCode;

use crate::cluster::ClusterError;
use crate::input::sources::SourceError;

/// How a command ended. The codes are the same in every command (DESIGN.md, "Commands").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Fine; nothing differs.
    Success,
    /// Error findings, or differences.
    Findings,
    /// Usage or configuration, or an input that cannot be opened.
    Usage,
    /// Cluster, network or authentication.
    Cluster,
    /// Somebody else owns what we would change.
    Conflict,
    /// The run failed.
    RunFailed,
    /// It did not happen in the time that was given.
    Timeout,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Cluster => 3,
            Self::Conflict => 4,
            Self::RunFailed => 5,
            Self::Timeout => 6,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that ends a command, with hints on what to do.
#[derive(Debug)]
pub struct CommandError {
    /// The cause.
    pub(super) error: anyhow::Error,
    /// What to do about it.
    pub(super) hints: Vec<String>,
    /// Nobody reads our output any more, which is not an error of ours.
    pub(super) broken_pipe: bool,
    /// How the command ends.
    pub(super) exit: Exit,
}

impl CommandError {
    /// An error in what was asked for.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            error: anyhow::Error::msg(message.into()),
            hints: Vec::new(),
            broken_pipe: false,
            exit: Exit::Usage,
        }
    }

    /// An error that ends the command in its own way.
    #[must_use]
    pub fn ending(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, ..Self::usage(message) }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<SourceError> for CommandError {
    fn from(error: SourceError) -> Self {
        let hint = error.hint();
        let mut command_error =
            Self { error: error.into(), hints: Vec::new(), broken_pipe: false, exit: Exit::Usage };
        if !hint.is_empty() {
            command_error.hints.push(hint);
        }
        command_error
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        let broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { error: error.into(), hints: Vec::new(), broken_pipe, exit: Exit::Usage }
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        let broken_pipe = error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
            .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe);
        Self { error, hints: Vec::new(), broken_pipe, exit: Exit::Usage }
    }
}

impl From<ClusterError> for CommandError {
    fn from(error: ClusterError) -> Self {
        let exit = match &error {
            ClusterError::Configuration { .. } => Exit::Usage,
            ClusterError::Conflict { .. }
            | ClusterError::Changed { .. }
            | ClusterError::AlreadyExists { .. } => Exit::Conflict,
            ClusterError::Rejected(_) => Exit::Findings,
            ClusterError::RequestTimeout { .. } => Exit::Timeout,
            ClusterError::Unreachable { .. }
            | ClusterError::Unauthorized { .. }
            | ClusterError::Forbidden { .. }
            | ClusterError::NotFound { .. }
            | ClusterError::Server { .. }
            | ClusterError::Unreadable { .. } => Exit::Cluster,
        };
        let hints = error.hint().map(str::to_owned).into_iter().collect();
        Self { error: error.into(), hints, broken_pipe: false, exit }
    }
}
