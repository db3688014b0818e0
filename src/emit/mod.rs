//! Objects as files for a Git repository, in the form that the tool which rolls them out expects.
//!
//! Everything here is pure: a form takes objects and returns a [`Tree`] of texts, [`inventory`] compares such a tree
//! with what lies in a folder and says what is to be done. Reading and writing the folder is the command's business.
//!
//! All forms share what makes a bundle safe to keep in Git. One-shot backups are named by the hash of their spec
//! ([`once`]), so that a changed spec is a new Job and an unchanged one never runs again (DESIGN.md law 8; peers.md
//! §5.4 B). Restores are left out. Definitions and specs are bundles of their own. A kustomize transformer never
//! rewrites a rendered namespace: another environment is rendered again ([`environment`]), because addresses hold it.
//!
//! ```text
//! Bundle --objects--> Manifest --Form::decorate--> text --> Tree <-- Form::files (kustomization, Application, README)
//! ```

pub mod argocd;
pub mod environment;
pub mod flux;
pub mod inventory;
pub mod krm;
pub mod kustomize;
pub mod manifest;
pub mod once;
pub mod plain;
mod rendition;
mod templates;
pub mod tree;
pub mod with;

pub use manifest::Manifest;
pub use rendition::{Listed, Rendition, Request, Section, controller_object, render};
pub use tree::Tree;

use crate::api::Neo4jBackupSpec;
use crate::input::locate::Finding;

/// Why nothing could be emitted. None of these is a person's mistake: they are found by rules before.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// A template does not fit what it is given, which a test rules out.
    #[error("a template of this program does not fit: {0}")]
    Template(#[from] minijinja::Error),
    /// The serializer refuses a value, which no object of ours makes it do.
    #[error("an object cannot be written as text: {0}")]
    Text(#[from] std::io::Error),
    /// An object cannot be written as JSON.
    #[error("an object cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Two files of a bundle have one path.
    #[error("two files of the bundle have the path `{0}`; give one of the two objects another name")]
    SamePath(String),
}

/// How a bundle is laid out for the tool that rolls it out.
pub trait Form: Sync {
    /// What the form is called on the command line.
    fn name(&self) -> &'static str;

    /// Whether there is a rendition without an environment beside those of environments.
    fn has_base(&self) -> bool {
        false
    }

    /// Whether the tool leaves the Job of a backup that runs once alone when it is there, whatever the file says. Where
    /// it does not, a Job that changes without its spec is refused: its template is immutable.
    fn leaves_jobs_alone(&self) -> bool {
        false
    }

    /// Folder of a section of a rendition, without a slash at either end; empty for the root of the bundle.
    fn folder(&self, environment: Option<&str>, section: Section) -> String;

    /// Adds what the tool has to know of an object: annotations, nothing else.
    fn decorate(&self, section: Section, manifest: &mut Manifest);

    /// What there is to say of a spec in this form.
    fn findings(&self, _spec: &Neo4jBackupSpec) -> Vec<Finding> {
        Vec::new()
    }

    /// Adds the files beside the objects: kustomizations, objects of the controller, the README.
    ///
    /// # Errors
    ///
    /// See [`EmitError`].
    fn files(&self, renditions: &[Rendition], tree: &mut Tree) -> Result<(), EmitError>;
}
