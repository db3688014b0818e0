//! A KRM function: the items of a `ResourceList` in, the same list with specs replaced by their objects out.
//!
//! An orchestrator writes what it gets back into the files that the annotations of the items name (kpt), or builds on
//! with it (kustomize, which has no files by then). Objects get a file beside that of their spec where the spec has one.

mod annotations;
mod occupants;
mod results;
mod write;

pub use annotations::{File, file, put_beside, put_into};
pub use occupants::{Identity, Occupant, Occupants, identity};
pub use results::{Outcome, outcomes};
pub use write::{Answer, Text, append};
