//! Names that the operator and the Helm chart give to the objects of a deployment (operator.md §3.2).

use crate::api::target::{Layout, TopologyKind};

use super::{AuthSecret, BoltAccess};

/// Port on which Neo4j serves backups (neo4j-admin.md §5).
pub const BACKUP_PORT: u16 = 6362;
/// Port of Bolt.
pub const BOLT_PORT: u16 = 7687;

/// The StatefulSets of a deployment, each with the number of its pods.
#[must_use]
pub fn stateful_sets(name: &str, topology: TopologyKind, layout: Layout, servers: u32) -> Vec<(String, u32)> {
    match (layout, topology) {
        (Layout::Operator, TopologyKind::Cluster) => vec![(format!("{name}-server"), servers)],
        (Layout::Operator, TopologyKind::Standalone) => vec![(name.to_owned(), 1)],
        (Layout::Helm, _) => helm_releases(name, servers).into_iter().map(|release| (release, 1)).collect(),
    }
}

/// Releases of a Helm deployment: one a server. A single server's release has the deployment's name; those of a
/// cluster are numbered from 1, as the chart's documentation does.
fn helm_releases(name: &str, servers: u32) -> Vec<String> {
    match servers {
        0 | 1 => vec![name.to_owned()],
        _ => (1..=servers).map(|server| format!("{name}-{server}")).collect(),
    }
}

/// Addresses of the backup port of every server.
#[must_use]
pub fn addresses(
    name: &str,
    namespace: &str,
    topology: TopologyKind,
    layout: Layout,
    servers: u32,
    domain: &str,
) -> Vec<String> {
    match (layout, topology) {
        (Layout::Operator, TopologyKind::Cluster) => (0..servers)
            .map(|server| {
                format!("{name}-server-{server}.{name}-headless.{namespace}.svc.{domain}:{BACKUP_PORT}")
            })
            .collect(),
        (Layout::Operator, TopologyKind::Standalone) => {
            vec![format!("{name}-0.{name}-headless.{namespace}.svc.{domain}:{BACKUP_PORT}")]
        }
        (Layout::Helm, _) => helm_releases(name, servers)
            .iter()
            .map(|release| helm_address(release, namespace, domain))
            .collect(),
    }
}

/// Address of the backup port of one Helm release.
#[must_use]
pub fn helm_address(release: &str, namespace: &str, domain: &str) -> String {
    format!("{release}-admin.{namespace}.svc.{domain}:{BACKUP_PORT}")
}

/// Data claims, one a server.
#[must_use]
pub fn data_claims(name: &str, topology: TopologyKind, layout: Layout, servers: u32) -> Vec<String> {
    match (layout, topology) {
        (Layout::Operator, TopologyKind::Cluster) => {
            (0..servers).map(|server| format!("data-{name}-server-{server}")).collect()
        }
        (Layout::Operator, TopologyKind::Standalone) => vec![format!("neo4j-data-{name}-0")],
        (Layout::Helm, _) => {
            helm_releases(name, servers).iter().map(|release| format!("data-{release}-0")).collect()
        }
    }
}

/// How to reach the deployment over Bolt.
#[must_use]
pub fn bolt(name: &str, namespace: &str, layout: Layout, domain: &str) -> BoltAccess {
    match layout {
        Layout::Operator => BoltAccess {
            uri: format!("neo4j://{name}-client.{namespace}.svc.{domain}:{BOLT_PORT}"),
            auth: Some(AuthSecret {
                name: "neo4j-admin-secret".to_owned(),
                username_key: "username".to_owned(),
                password_key: "password".to_owned(),
            }),
            ca: None,
        },
        Layout::Helm => BoltAccess {
            uri: format!("neo4j://{name}.{namespace}.svc.{domain}:{BOLT_PORT}"),
            auth: None,
            ca: None,
        },
    }
}
