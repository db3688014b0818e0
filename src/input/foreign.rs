//! Documents of other makers that say something about a target or its surroundings (operator.md §3.2).
//!
//! Only what is needed is read, and leniently: these documents are not ours to criticise.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::api::quantity::Quantity;

/// `Neo4jEnterpriseCluster` or `Neo4jEnterpriseStandalone` (operator.md §3.1).
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorDeployment {
    /// It is a `Neo4jEnterpriseStandalone`.
    #[serde(skip)]
    pub standalone: bool,
    /// `spec.image`.
    pub image: OperatorImage,
    /// `spec.topology`.
    pub topology: OperatorTopology,
    /// `spec.auth`.
    pub auth: OperatorAuth,
    /// `spec.tls`.
    pub tls: OperatorTls,
}

/// `spec.image` of the operator's kinds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorImage {
    /// Repository; `neo4j` when absent.
    pub repo: Option<String>,
    /// Tag.
    pub tag: Option<String>,
    /// Secrets with registry credentials.
    pub pull_secrets: Vec<String>,
}

/// `spec.topology` of the operator's kinds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorTopology {
    /// Number of servers.
    pub servers: Option<i64>,
}

/// `spec.auth` of the operator's kinds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorAuth {
    /// Secret with `username` and `password`; `neo4j-admin-secret` when absent.
    pub admin_secret: Option<String>,
}

/// `spec.tls` of the operator's kinds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct OperatorTls {
    /// `cert-manager` or `disabled`.
    pub mode: Option<String>,
}

/// A StatefulSet of the official Helm chart, one a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HelmStatefulSet {
    /// Label `helm.neo4j.com/neo4j.name`: the deployment that the server belongs to.
    pub deployment: String,
    /// Image of the container `neo4j`.
    pub image: Option<String>,
    /// Secrets with registry credentials.
    pub pull_secrets: Vec<String>,
    /// Names of the volume claim templates.
    pub claim_templates: Vec<String>,
    /// Label `helm.neo4j.com/clustering` is `true`.
    pub clustering: bool,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Claim {
    /// `spec.accessModes`.
    pub access_modes: Vec<String>,
    /// `spec.storageClassName`.
    pub storage_class_name: Option<String>,
    /// `spec.resources`.
    pub resources: ClaimResources,
}

/// `spec.resources` of a claim.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct ClaimResources {
    /// Requests by name.
    pub requests: BTreeMap<String, Quantity>,
}

/// The part of a StatefulSet that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StatefulSetSpec {
    pub(super) template: PodTemplate,
    pub(super) volume_claim_templates: Vec<Named>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodTemplate {
    pub(super) spec: PodSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodSpec {
    pub(super) containers: Vec<Container>,
    pub(super) image_pull_secrets: Vec<LocalReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LocalReference {
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) metadata: LocalReference,
}
