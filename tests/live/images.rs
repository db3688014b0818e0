//! The stand-in images in the node's containerd, imported once for a test process.

use std::sync::OnceLock;

use crate::cluster::Cluster;

/// The image that the tests' servers and targets name.
pub const IMAGE: &str = "neo4j:5.26.33-enterprise";

/// Imports `neo4j:VERSION-enterprise` for every version that the examples and documents use.
pub fn import_neo4j_images(cluster: &Cluster) {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| cluster.import_image(&crate::stores::built().join("images.tar")));
}
