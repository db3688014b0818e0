//! The product's knowledge of Neo4j, as pure functions.
//!
//! Everything that is true of Neo4j itself and not of Kubernetes or of our spec language lives
//! here: which release has which option, how `neo4j-admin` reads its command line, what an artifact
//! is called, how artifacts form a chain, which Cypher brings a database back. Nothing here reads a
//! clock, an environment or a file, and nothing here imports another room, so that each fact can be
//! tested against the reference file it came from.
//!
//! Sources are named by file and section, for instance "neo4j-admin.md §1.1", which
//! means `reference/neo4j-admin.md` of the design.

pub mod admin;
pub mod artifact;
pub mod chain;
pub mod cypher;
pub mod endpoint;
pub mod feature;
pub mod grammar;
pub mod image;
pub mod inspect_table;
pub mod names;
pub mod object_path;
pub mod restore_until;
pub mod storage;
pub mod version;

pub use feature::{Feature, Since};
pub use grammar::GrammarError;
pub use image::{Edition, ImageReference};
pub use names::{DatabaseName, DatabasePattern};
pub use restore_until::{PointInTime, RestoreUntil};
pub use version::{Certainty, Support, Version, VersionError, VersionReading};

#[cfg(test)]
mod no_panic_tests;
