//! The languages that are converted, and how a document says which one it speaks.

use super::tree::Node;
use crate::api;

/// A language for backups and restores (operator.md, head; peers.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Ours: documents 000 and 001 with the additions of DESIGN.md.
    V1alpha1,
    /// `neo4j.neo4j.com/v1alpha1` as the operator had it before it became v1beta1: a restore says `clusterRef`, and
    /// what is absent has the operator's defaults.
    OperatorV1alpha1,
    /// `neo4j.neo4j.com/v1beta1`; read in both shapes (`target` until 1.13, `instanceRef` since), written as 1.14.
    V1beta1,
    /// `neo4j.com`: `Neo4jBackup`, `Neo4jBackupSchedule` and `Neo4jRestore` of the official operator.
    Official,
    /// The official Helm chart `neo4j-admin`: a values file, or the CronJob of a release.
    Helm,
}

impl Dialect {
    /// What it is, as part of a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1alpha1 => "this program's v1alpha1",
            Self::OperatorV1alpha1 => "the operator's v1alpha1",
            Self::V1beta1 => "the operator's v1beta1",
            Self::Official => "the neo4j.com operator",
            Self::Helm => "the neo4j-admin chart",
        }
    }

    /// What a document speaks, as far as its group, version and shape say it. The two languages that are both called
    /// v1alpha1 differ in a restore's `clusterRef`; a backup of either is taken for ours.
    pub(super) fn of(document: &Node) -> Option<Self> {
        let api_version = document.text_at("apiVersion").unwrap_or_default();
        let kind = document.text_at("kind").unwrap_or_default();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let ours = matches!(kind, "Neo4jBackup" | "Neo4jRestore");
        match (group, version) {
            (api::GROUP, api::VERSION) if ours => {
                let operator = kind == "Neo4jRestore"
                    && document.get("spec.targetCluster").is_none()
                    && document.get("spec.clusterRef").is_some();
                Some(if operator { Self::OperatorV1alpha1 } else { Self::V1alpha1 })
            }
            (api::GROUP, "v1beta1") if ours => Some(Self::V1beta1),
            ("neo4j.com", "v1" | "v1beta1") if ours || kind == "Neo4jBackupSchedule" => Some(Self::Official),
            ("batch", "v1") if kind == "CronJob" && super::helm_release::is_release(document) => {
                Some(Self::Helm)
            }
            _ => None,
        }
    }

    /// Whether a document of this group and version could be told to be in this language.
    pub(super) fn allows(self, found: Option<Self>) -> bool {
        match self {
            Self::OperatorV1alpha1 | Self::V1alpha1 => {
                matches!(found, Some(Self::OperatorV1alpha1 | Self::V1alpha1))
            }
            other => found == Some(other),
        }
    }
}
