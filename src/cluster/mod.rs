//! The cluster: everything that asks a Kubernetes API server or changes something there.
//!
//! Requests go out through one [`Connection`], which counts them, repeats them when the server is busy and keeps the
//! warnings that come back. What is decided about the answers (who owns an object, what differs, why a run failed)
//! is plain code over plain values in modules of their own, so that it can be tested without a cluster; what only a
//! real API server can show is tested on one (`tests/live`).

pub mod apply;
pub mod applyset;
pub mod attend;
pub mod change;
mod client;
mod connection;
pub mod delete;
pub mod desired;
pub mod diff;
pub mod doctor;
mod error;
pub mod fields;
pub mod kind;
pub mod launch;
pub mod logs;
pub mod managed;
mod middleware;
pub mod named;
pub mod noop;
pub mod object;
pub mod operator;
pub mod ownership;
pub mod permissions;
pub mod release;
pub mod runs;
pub mod status;
pub mod suspension;
pub mod trial;

pub use connection::{Connection, Impersonation, Options};
pub use error::{ClusterError, FieldConflict, Result};

/// The field manager of objects that belong to one tool and not to one spec. It never changes: fields that another
/// name once applied would stay for ever (peers.md §6.1).
pub const FIELD_MANAGER: &str = "neo4j-backup";

/// The field manager under which a spec applies what it alone decides of a shared object: `neo4j-backup/<spec>`
/// (DESIGN.md, "What a backup becomes"). A field manager has at most 128 characters; longer names end in a hash.
#[must_use]
pub fn field_manager_of(spec: &str) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;

    const LONGEST: usize = 128;
    let manager = format!("{FIELD_MANAGER}/{spec}");
    if manager.len() <= LONGEST {
        return manager;
    }
    let mut hash = String::with_capacity(16);
    for byte in Sha256::digest(spec.as_bytes()).iter().take(8) {
        // Writing to a String does not fail.
        let _ = write!(hash, "{byte:02x}");
    }
    let kept: String = manager.chars().take(LONGEST - hash.len() - 1).collect();
    format!("{kept}-{hash}")
}

/// Requests that are under way at the same time: enough to hide the network, few enough that a small API server's
/// priority levels are not used up.
pub const CONCURRENCY: usize = 16;
