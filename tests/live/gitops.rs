//! The walk-through of docs/gitops.md, step by step, up to a backup that a real kubelet ran.

use serde_json::json;

use crate::cluster::cluster;
use crate::neo4j::deploy_cluster;
use crate::walkthrough::Reader;

#[test]
fn the_walk_through_for_kubectl_shows_what_happens() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace_called("bookshop");
    deploy_cluster(&namespace, "graph", 3, &[("STANDIN_DATABASES", "neo4j,bookshop,system")]);
    let volume = tempfile::tempdir().unwrap();
    namespace.apply(&local_volume("bookshop-graph-backups", volume.path(), &namespace.name, "graph-backups"));
    Reader::new(cluster).follow("docs/gitops.md");
    let backups: Vec<_> = std::fs::read_dir(volume.path().join("nightly")).unwrap().collect();
    assert_eq!(backups.len(), 3, "an artifact of each database");
}

/// A volume of the default class for one claim.
pub(crate) fn local_volume(name: &str, folder: &std::path::Path, namespace: &str, claim: &str) -> String {
    json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
        "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "standard",
        "claimRef": {"namespace": namespace, "name": claim},
        "local": {"path": folder},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}]}}}})
    .to_string()
}
