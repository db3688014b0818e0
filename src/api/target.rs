//! `Neo4jTarget`: what a spec points at, written down beside the specs (DESIGN.md, "Targets").
//!
//! It is configuration of this program, never applied to a cluster, and so has no CustomResourceDefinition.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Neo4j deployment, as far as backups and restores need to know it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Neo4jTarget {
    /// `config.neo4j.neo4j.com/v1alpha1`.
    pub api_version: String,
    /// `Neo4jTarget`.
    pub kind: String,
    /// Its name and namespace are the deployment's.
    pub metadata: TargetMetadata,
    /// The deployment.
    pub spec: Neo4jTargetSpec,
}

spec! {
    /// Name and namespace of a deployment.
    TargetMetadata {
        /// Name of the deployment.
        #[schemars(required)]
        name: String,
        /// Namespace of the deployment.
        namespace: String,
        /// Labels.
        labels: std::collections::BTreeMap<String, String>,
        /// Annotations; `config.kubernetes.io/local-config: "true"` keeps kustomize from applying the document.
        annotations: std::collections::BTreeMap<String, String>,
    }
}

choice! {
    /// Shape of a deployment.
    TopologyKind {
        /// Several servers.
        Cluster = "Cluster",
        /// One server.
        Standalone = "Standalone",
    }
}

choice! {
    /// Edition of Neo4j.
    TargetEdition {
        /// Enterprise, which has online backup.
        Enterprise = "Enterprise",
        /// Community.
        Community = "Community",
    }
}

choice! {
    /// Who made the deployment, and so how its objects are named (operator.md §3.2).
    Layout {
        /// The Neo4j operator of documents 000 and 001.
        Operator = "Operator",
        /// The official Helm chart.
        Helm = "Helm",
    }
}

spec! {
    /// A Neo4j deployment. Needs `topology`, and `image` or `neo4jVersion` with `edition`.
    Neo4jTargetSpec {
        /// Image of the servers, with a tag that names version and edition.
        #[schemars(length(min = 1, max = 512))]
        image: String,
        /// Version of Neo4j, when the image does not name it.
        #[serde(rename = "neo4jVersion")]
        #[schemars(length(min = 1, max = 64))]
        neo4j_version: String,
        /// Edition, when the image does not name it.
        edition: TargetEdition,
        /// Shape of the deployment.
        #[schemars(required)]
        topology: Topology,
        /// Who made the deployment. Default `Operator`.
        #[schemars(extend("default" = "Operator"))]
        layout: Layout,
        /// DNS domain of the Kubernetes cluster. Default `cluster.local`.
        #[schemars(length(min = 1, max = 253), extend("default" = "cluster.local"))]
        cluster_domain: String,
        /// Names of its databases.
        databases: Vec<String>,
        /// Addresses of the backup port, `host:port`, instead of the derived ones.
        backup_addresses: Vec<String>,
        /// How to reach it over Bolt, instead of what is derived.
        bolt: Box<Bolt>,
        /// Name of its StatefulSet, instead of the derived one.
        #[schemars(length(min = 1, max = 253))]
        stateful_set: String,
        /// Names of its data claims, one a server, instead of the derived ones.
        data_claims: Vec<String>,
        /// Names of Secrets with registry credentials.
        image_pull_secrets: Vec<String>,
        /// The backup port is protected by TLS.
        #[serde(rename = "backupTLS")]
        backup_tls: bool,
    }
}

spec! {
    /// Shape of a deployment.
    Topology {
        /// `Cluster` or `Standalone`.
        #[schemars(required)]
        kind: TopologyKind,
        /// Number of servers. Default 1 for a standalone; a cluster must say it.
        #[schemars(range(min = 1, max = 100))]
        servers: i32,
    }
}

spec! {
    /// How to reach a deployment over Bolt.
    Bolt {
        /// URI, such as `neo4j://my-cluster-client.neo4j.svc.cluster.local:7687`.
        #[schemars(length(min = 1, max = 512))]
        uri: String,
        /// Secret with user name and password.
        auth_secret_ref: AuthSecretReference,
        /// Certificate authority of the server's certificate.
        ca_secret_ref: super::storage::CaSecretReference,
    }
}

spec! {
    /// A Secret with a user name and a password.
    AuthSecretReference {
        /// Name of the Secret.
        #[schemars(required, length(min = 1, max = 253))]
        name: String,
        /// Key of the user name. Default `username`.
        #[schemars(extend("default" = "username"))]
        username_key: String,
        /// Key of the password. Default `password`.
        #[schemars(extend("default" = "password"))]
        password_key: String,
    }
}
