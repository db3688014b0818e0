//! One YAML document's text to a tree in which every key and value knows its place.
//!
//! The reading is kubectl's (go-yaml v2 through `sigs.k8s.io/yaml`), because kubectl and the API
//! server decide what a manifest means: `on` is a boolean and `0777` is 511. Where a YAML 1.2
//! reader such as an editor or Argo CD's diff would see something else, the scalar carries a
//! [`Trap`], and where kubectl is silently lenient (duplicate keys, unknown tags, a merge that
//! overrides a key above it) there is a [`Problem`]. Everything is pure, bounded by [`Limits`]
//! and free of panics for any input.
//!
//! Scanning is `granit-parser`'s; this module adds what a tree needs: aliases and merge keys
//! applied, kubectl's types, limits on what an alias bomb can cost, and words for the errors.

mod build;
mod merge;
mod node;
mod position;
mod problem;
mod resolve;
mod syntax;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod torture;

pub use build::parse;
pub use node::{
    Entry, Found, Mapping, Node, Resolved, Scalar, Span, Step, Style, Trap, Value, scalar_subrange,
};
pub use position::{LineIndex, Position, position};
pub use problem::{Problem, ProblemKind};

/// The words that mark a comment as meant for this program, as in
/// `# neo4j-backup: ignore NB412 reason`.
pub const COMMENT_MARKER: &str = "neo4j-backup:";

/// What one document may cost. Every limit that is exceeded becomes a [`Problem`] with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document's text.
    pub bytes: usize,
    /// Collections inside each other, aliases expanded; at most [`Limits::MAX_DEPTH`] counts,
    /// because the tree is walked by recursion.
    pub depth: usize,
    /// Scalars, sequences and mappings in one document as written.
    pub nodes: usize,
    /// Nodes that anchors, aliases and merge keys may copy; a text that had to be built
    /// (folded, escaped) counts once more for each 256 bytes.
    pub expanded_nodes: usize,
    /// Problems kept; whoever has a hundred has seen enough, and a hostile file could have millions.
    pub problems: usize,
}

impl Limits {
    /// The deepest nesting that can be configured.
    pub const MAX_DEPTH: usize = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: Self::MAX_DEPTH,
            nodes: 1_000_000,
            expanded_nodes: 100_000,
            problems: 100,
        }
    }
}

/// What [`parse`] found in one document.
#[derive(Clone, Debug, Default)]
pub struct Parsed<'a> {
    /// The document. `None` when it is empty, or when an error ended the reading: a tree of which
    /// the end is missing must not be validated, it would only report what was not read.
    pub root: Option<Node<'a>>,
    /// What was read before an error ended the reading; good for naming the document (`kind`,
    /// `metadata.name`) in a finding, and for nothing else.
    pub fragment: Option<Node<'a>>,
    /// Problems in the order of their places.
    pub problems: Vec<Problem>,
    /// Comments that hold [`COMMENT_MARKER`], in order.
    pub comments: Vec<Comment<'a>>,
}

/// A comment that holds [`COMMENT_MARKER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment<'a> {
    /// The comment from its `#` to the end of the line.
    pub span: Span,
    /// The text after the `#`, as written.
    pub text: &'a str,
    /// Nothing but white space stands before it on its line, so it speaks of the lines below.
    pub own_line: bool,
}
