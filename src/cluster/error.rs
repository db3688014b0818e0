//! What can go wrong between us and an API server, and what a person does about it.

use kube::core::Status;

/// Results of this room.
pub type Result<T, E = ClusterError> = std::result::Result<T, E>;

/// A field that another manager owns with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// The field in the server's spelling: `.spec.schedule`.
    pub field: String,
    /// The other manager's name.
    pub manager: String,
}

/// Why a request, or the way to the first one, failed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The kubeconfig, or a flag that overrides it, cannot be used.
    #[error("cannot use the kubeconfig: {message}")]
    Configuration {
        /// What is wrong with it.
        message: String,
    },
    /// No connection, or it broke, or it is not trusted.
    #[error("cannot reach the API server at {server}: {message}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What happened on the way.
        message: String,
    },
    /// The server does not know who asks.
    #[error("the API server at {server} does not accept the credentials: {message}")]
    Unauthorized {
        /// Its address.
        server: String,
        /// The server's own words.
        message: String,
    },
    /// The server knows who asks and says no.
    #[error("not allowed: {message}")]
    Forbidden {
        /// The server's own words: they name user, verb, resource and namespace.
        message: String,
    },
    /// What was asked for is not there.
    #[error("{message}")]
    NotFound {
        /// The server's own words.
        message: String,
    },
    /// Other field managers own what we would set.
    #[error("{subject}: {}", describe_conflicts(.conflicts))]
    Conflict {
        /// The object: `cronjob.batch/nightly-backup-cron in shop`.
        subject: String,
        /// The fields.
        conflicts: Vec<FieldConflict>,
    },
    /// The object changed while it was being changed.
    #[error("{message}")]
    Changed {
        /// The server's own words.
        message: String,
    },
    /// There is one already.
    #[error("{message}")]
    AlreadyExists {
        /// The server's own words.
        message: String,
    },
    /// The server refuses the object: validation, admission, quota.
    #[error("refused: {}", .0.message)]
    Rejected(Box<Status>),
    /// A request took longer than `--request-timeout`.
    #[error("no answer from the API server at {server} within {seconds} s")]
    RequestTimeout {
        /// Its address.
        server: String,
        /// The bound, in seconds.
        seconds: u64,
    },
    /// The server failed.
    #[error("the API server failed: {message}")]
    Server {
        /// The server's own words.
        message: String,
    },
    /// An answer that makes no sense to us.
    #[error("cannot read the API server's answer: {message}")]
    Unreadable {
        /// What does not fit.
        message: String,
    },
}

impl ClusterError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Configuration { .. } => Some(
                "see `kubectl config view` and `kubectl config get-contexts`; --kubeconfig and --context choose another",
            ),
            Self::Unreachable { .. } => Some(
                "see whether `kubectl version` answers; the address is that of the kubeconfig's cluster, or --server",
            ),
            Self::Unauthorized { .. } => {
                Some("log in again, or choose another user with --context or --user")
            }
            Self::Forbidden { .. } => {
                Some("`kubectl neo4j-backup rbac` writes the least Role that each command needs")
            }
            Self::RequestTimeout { .. } => Some("give a longer --request-timeout, or 0 for none"),
            Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::Changed { .. }
            | Self::AlreadyExists { .. }
            | Self::Rejected(_)
            | Self::Server { .. }
            | Self::Unreadable { .. } => None,
        }
    }

    /// Whether the object, or its kind, is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether another try may succeed without anybody doing anything: a broken connection, a busy server.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::RequestTimeout { .. } | Self::Server { .. })
    }

    /// Gives a failed request its meaning. `server` is the address; `subject` names the object in messages.
    #[must_use]
    pub fn from_kube(error: kube::Error, server: &str, subject: &str) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(status, server, subject),
            kube::Error::SerdeError(error) => Self::Unreadable { message: error.to_string() },
            kube::Error::Auth(error) => {
                Self::Unauthorized { server: server.to_owned(), message: chain(&error) }
            }
            kube::Error::InferKubeconfig(error) => Self::Configuration { message: chain(&error) },
            kube::Error::Service(error) => match error.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(error) => Self::Unreachable { server: server.to_owned(), message: chain(error.as_ref()) },
            },
            other => Self::Unreachable { server: server.to_owned(), message: chain(&other) },
        }
    }

    fn from_status(status: Box<Status>, server: &str, subject: &str) -> Self {
        let message = status.message.clone();
        let conflicts = conflicts(&status);
        match (status.code, status.reason.as_str()) {
            (401, _) => Self::Unauthorized { server: server.to_owned(), message },
            (403, _) if !is_admission(&message) => Self::Forbidden { message },
            (404, _) => Self::NotFound { message },
            (409, "AlreadyExists") => Self::AlreadyExists { message },
            (409, _) if !conflicts.is_empty() => Self::Conflict { subject: subject.to_owned(), conflicts },
            (409, _) => Self::Changed { message },
            (400 | 403 | 405 | 406 | 413 | 415 | 422, _) => Self::Rejected(status),
            _ => Self::Server { message },
        }
    }
}

/// Whether a 403 comes from admission (quota, Pod Security, a policy) and not from authorization: authorization
/// says who "cannot" do what.
fn is_admission(message: &str) -> bool {
    !message.contains(" cannot ")
}

/// The field managers that a server-side apply met (peers.md §6.1: reason `FieldManagerConflict`, message
/// `conflict with "NAME" using batch/v1`, or with `with subresource "status"` and a time).
fn conflicts(status: &Status) -> Vec<FieldConflict> {
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| FieldConflict {
            field: cause.field.clone(),
            manager: cause.message.split('"').nth(1).unwrap_or(&cause.message).to_owned(),
        })
        .collect()
}

fn describe_conflicts(conflicts: &[FieldConflict]) -> String {
    let fields: Vec<String> = conflicts
        .iter()
        .map(|conflict| format!("{} belongs to {}", conflict.field, conflict.manager))
        .collect();
    fields.join(", ")
}

/// An error and its causes in one line, none of them twice: many errors repeat their cause in their own words.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    text
}
