//! Labels and annotations of what we make.
//!
//! `app.kubernetes.io/instance` is not among the labels: Argo CD takes an object with its own tracking label for
//! one of the application's, and prunes the Jobs of a CronJob that hands it on (peers.md §5.1).

use std::collections::BTreeMap;

/// Recommended label: the application.
pub const NAME: &str = "app.kubernetes.io/name";
/// Recommended label: the part of the application.
pub const COMPONENT: &str = "app.kubernetes.io/component";
/// Recommended label: the tool that made the object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Name of the `Neo4jBackup`.
pub const BACKUP: &str = "neo4j.neo4j.com/backup";
/// Name of the `Neo4jRestore`.
pub const RESTORE: &str = "neo4j.neo4j.com/restore";
/// Name of the deployment that is backed up or restored.
pub const TARGET: &str = "neo4j.neo4j.com/target";
/// Annotation with the identity of a restore (DESIGN.md law 8).
pub const RUN_ID: &str = "neo4j.neo4j.com/run-id";
/// Annotation that names the container whose log `kubectl logs` shows.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
/// Label by which Azure's webhook finds the pods that need a token.
pub const AZURE_WORKLOAD_IDENTITY: &str = "azure.workload.identity/use";

/// Value of [`NAME`] on every object.
pub const NAME_VALUE: &str = "neo4j-backup";
/// Value of [`MANAGED_BY`] on every object.
pub const MANAGED_BY_VALUE: &str = "kubectl-neo4j-backup";

/// Labels or annotations, as Kubernetes has them.
pub(super) type Map = BTreeMap<String, String>;

/// What kind of spec an object belongs to, and which.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    /// [`BACKUP`] or [`RESTORE`].
    pub label: &'static str,
    /// Name of the spec.
    pub spec: &'a str,
    /// Value of [`COMPONENT`].
    pub component: &'a str,
    /// Name of the deployment.
    pub target: &'a str,
}

/// Labels of an object that several specs may share.
pub(super) fn shared() -> Map {
    [(NAME, NAME_VALUE), (MANAGED_BY, MANAGED_BY_VALUE)].map(owned).into()
}

/// Labels of an object of one spec. Those of the person come first, so that none of them can take an object away
/// from its spec; rules refuse the attempt.
pub(super) fn of_spec(owner: Owner<'_>, own: &Map) -> Map {
    let mut labels = own.clone();
    labels.append(&mut shared());
    labels
        .extend([(COMPONENT, owner.component), (owner.label, owner.spec), (TARGET, owner.target)].map(owned));
    labels
}

/// The map, or nothing when it is empty: an empty map in a manifest is a lasting difference in Argo CD
/// (peers.md §5.1).
pub(super) fn unless_empty<K, V>(map: BTreeMap<K, V>) -> Option<BTreeMap<K, V>> {
    (!map.is_empty()).then_some(map)
}

/// One pair as a map holds it.
pub(super) fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}
