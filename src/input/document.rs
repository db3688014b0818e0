//! One document of the input: who it is, what it says, and where it stands.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::api::{Neo4jBackupSpec, Neo4jRestoreSpec, Neo4jTargetSpec};
use crate::diagnostics::DocumentId;

use super::confidential::Confidential;
use super::foreign::{Claim, HelmStatefulSet, OperatorDeployment};

/// The text that a document was read from. Several documents share one when they are items of a `List`.
#[derive(Debug)]
pub struct Origin {
    /// Display path of the source.
    pub path: Arc<str>,
    /// The text of one YAML document, with its leading `---` line.
    pub text: Box<str>,
    /// Line of the source at which the text starts, from 1.
    pub first_line: u32,
    /// Byte of the source at which the text starts.
    pub offset: usize,
    /// What of the text is secret, once somebody has asked.
    confidential: OnceLock<Confidential>,
}

impl Origin {
    /// A text that begins at a line and a byte of a source.
    #[must_use]
    pub fn new(path: Arc<str>, text: Box<str>, first_line: u32, offset: usize) -> Self {
        Self { path, text, first_line, offset, confidential: OnceLock::new() }
    }

    /// What of the text must not be shown. It is looked for when something is to be shown, and only once.
    pub fn confidential(&self) -> &Confidential {
        self.confidential.get_or_init(|| Confidential::of(&self.text))
    }
}

/// A document that means something to this program.
#[derive(Debug)]
pub struct Document {
    /// Where it was read.
    pub origin: Arc<Origin>,
    /// Path of the document within the origin: empty, or `items[3]` in a `List`.
    pub base: String,
    /// Its name for findings.
    pub id: Arc<DocumentId>,
    /// Its metadata, as far as rules need it.
    pub metadata: Metadata,
    /// What it says.
    pub content: Content,
    /// Its fields fit their shape, so what is decided from them can be trusted.
    pub sound: bool,
}

/// Names and maps of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace` as written.
    pub namespace: Option<String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
}

/// What a document says.
#[derive(Debug)]
pub enum Content {
    /// A `Neo4jBackup`.
    Backup(Box<Neo4jBackupSpec>),
    /// A `Neo4jRestore`.
    Restore(Box<Neo4jRestoreSpec>),
    /// A `Neo4jTarget`.
    Target(Box<Neo4jTargetSpec>),
    /// A `Neo4jEnterpriseCluster` or `Neo4jEnterpriseStandalone` of the operator.
    Operator(Box<OperatorDeployment>),
    /// A StatefulSet of the official Helm chart.
    Helm(Box<HelmStatefulSet>),
    /// A PersistentVolumeClaim.
    Claim(Box<Claim>),
    /// A Secret: the names of its keys, never its values.
    Secret(Vec<String>),
    /// A ServiceAccount: its annotations are in the metadata.
    ServiceAccount,
    /// A Namespace.
    Namespace,
}

impl Document {
    /// The spec of a backup.
    #[must_use]
    pub fn backup(&self) -> Option<&Neo4jBackupSpec> {
        match &self.content {
            Content::Backup(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of a restore.
    #[must_use]
    pub fn restore(&self) -> Option<&Neo4jRestoreSpec> {
        match &self.content {
            Content::Restore(spec) => Some(spec),
            _ => None,
        }
    }

    /// Whether it is a `Neo4jBackup` or a `Neo4jRestore`.
    #[must_use]
    pub fn is_spec(&self) -> bool {
        matches!(self.content, Content::Backup(_) | Content::Restore(_))
    }
}
