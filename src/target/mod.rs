//! What a spec points at, resolved without a cluster: version, edition, image, servers, addresses, secrets and
//! claims of a Neo4j deployment (DESIGN.md, "Targets"; operator.md §3).
//!
//! A deployment may be described by a `Neo4jTarget`, by the operator's own documents, by the StatefulSets of
//! the Helm chart, or by flags. Whatever is stated wins; the rest is derived from the layout, which says who
//! made the deployment and so how its objects are named.

mod layout;
mod resolve;

pub use layout::{addresses, bolt, data_claims, helm_address, stateful_sets};
pub use resolve::{Resolution, Resolver, Unresolved};

use crate::api::target::{Layout, TopologyKind};
use crate::neo4j::image::Edition;
use crate::neo4j::version::Version;

/// A deployment, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Index of the document that describes it; `None` when flags do.
    pub document: Option<usize>,
    /// Version of Neo4j.
    pub version: Option<Version>,
    /// Edition.
    pub edition: Option<Edition>,
    /// Image of the servers.
    pub image: Option<String>,
    /// Cluster or standalone.
    pub topology: TopologyKind,
    /// Number of servers.
    pub servers: u32,
    /// Who made it.
    pub layout: Layout,
    /// DNS domain of the Kubernetes cluster.
    pub cluster_domain: String,
    /// Its databases, as far as they are stated.
    pub databases: Vec<String>,
    /// Addresses of the backup port, `host:port`.
    pub backup_addresses: Vec<String>,
    /// How to reach it over Bolt.
    pub bolt: BoltAccess,
    /// Its StatefulSets in the order of the servers, each with the number of its pods: one of a Helm release for each
    /// server, one for all servers otherwise.
    pub stateful_sets: Vec<(String, u32)>,
    /// Data claims, one a server.
    pub data_claims: Vec<String>,
    /// Secrets with registry credentials.
    pub image_pull_secrets: Vec<String>,
    /// The backup port is protected by TLS; `None` when nothing says so.
    pub backup_tls: Option<bool>,
}

/// How to reach a deployment over Bolt.
#[derive(Clone, Debug, PartialEq)]
pub struct BoltAccess {
    /// URI.
    pub uri: String,
    /// Secret with the administrator's name and password; `None` where the layout keeps them in one key that
    /// no command of Neo4j reads (Helm's `NEO4J_AUTH`).
    pub auth: Option<AuthSecret>,
    /// Secret and key of a certificate authority.
    pub ca: Option<(String, String)>,
}

/// A Secret with a user name and a password.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthSecret {
    /// Secret.
    pub name: String,
    /// Key of the user name.
    pub username_key: String,
    /// Key of the password.
    pub password_key: String,
}

/// What flags say of the target of every spec: `--image`, `--neo4j-version`, `--edition`, `--topology`,
/// `--servers`, `--layout`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetFlags {
    /// Image of the servers.
    pub image: Option<String>,
    /// Version of Neo4j.
    pub neo4j_version: Option<Version>,
    /// Edition.
    pub edition: Option<Edition>,
    /// Cluster or standalone; a cluster when there is more than one server.
    pub topology: Option<TopologyKind>,
    /// Number of servers.
    pub servers: Option<u32>,
    /// Who made the deployment.
    pub layout: Option<Layout>,
}

impl TargetFlags {
    /// Whether any flag is given.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    /// Whether the flags alone describe a deployment.
    #[must_use]
    pub fn suffice(&self) -> bool {
        self.image.is_some() || (self.neo4j_version.is_some() && self.edition.is_some())
    }
}

impl Target {
    /// Whether it is a cluster of several servers.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.topology == TopologyKind::Cluster
    }
}
