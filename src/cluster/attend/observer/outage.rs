//! A server that refuses, goes away and comes back.

use std::time::Duration;

use kube::runtime::watcher;
use tokio::time::Instant;

use super::{Observer, Presence};
use crate::cluster::{ClusterError, Result};

/// How long a server that does not answer is waited for, beside what each request waits by itself.
const PATIENCE: Duration = Duration::from_secs(600);

impl Observer {
    /// What an error of a watch means; `None` when the watch mends it by itself.
    pub(super) fn meaning(&self, error: watcher::Error) -> Option<ClusterError> {
        let subject = self.reference.to_string();
        match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => Some(self.connection.error(error, &subject)),
            // Mostly 410: the point at which it stopped is forgotten, and it begins with a new list.
            watcher::Error::WatchError(_) => None,
            watcher::Error::NoResourceVersion => {
                Some(ClusterError::Unreadable { message: "a list has no resource version".to_owned() })
            }
        }
    }

    pub(super) fn job_fault(&mut self, error: watcher::Error) -> Result<()> {
        match self.meaning(error) {
            // Where a watch started is forgotten (410), or an answer was cut in its middle.
            None | Some(ClusterError::Unreadable { .. }) => Ok(()),
            Some(ClusterError::Server { message }) if message.contains("too old") => Ok(()),
            Some(error) => self.away(error),
        }
    }

    /// A run can be followed without its pods, as far as the Job tells.
    pub(super) fn pod_fault(&mut self, error: watcher::Error) -> Result<()> {
        match self.meaning(error) {
            None => Ok(()),
            Some(ClusterError::Forbidden { message }) => {
                if !self.pods_known {
                    self.pods_known = true;
                    self.notes.push(format!("the pods cannot be seen: {message}"));
                }
                Ok(())
            }
            Some(error) => self.away(error),
        }
    }

    /// Takes note of an error that may pass; one that does not pass, or lasts too long, is returned.
    pub(super) fn away(&mut self, error: ClusterError) -> Result<()> {
        if matches!(error, ClusterError::Unreadable { .. }) {
            return Ok(());
        }
        // A server that starts again refuses for a moment whom it knows well: its policies are not loaded yet.
        let starting = self.away_since.is_some()
            && matches!(error, ClusterError::Forbidden { .. } | ClusterError::Unauthorized { .. });
        if !error.is_passing() && !starting {
            return Err(error);
        }
        match self.away_since {
            None => {
                // A watch that was never open has an error of its own to tell, at once.
                if self.presence == Presence::Unknown {
                    return Err(error);
                }
                self.away_since = Some(Instant::now());
                self.notes.push(format!("{error}; waiting for it"));
            }
            Some(since) if since.elapsed() > PATIENCE => return Err(error),
            Some(_) => {}
        }
        Ok(())
    }

    pub(super) fn back(&mut self) {
        if self.away_since.take().is_some() {
            self.notes.push("the API server is back".to_owned());
        }
    }
}
