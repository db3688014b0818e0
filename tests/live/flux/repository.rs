//! A repository with specs and the bundle that `emit flux` makes of them, rolled out from a source of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::controller::{Flux, KUSTOMIZATION, Source, flux, ready, reconcile};
use crate::cluster::Cluster;
use crate::namespace::Namespace;
use crate::run::Run;

/// Where the bundle lies in the repository.
pub(super) const BUNDLE: &str = "deploy/neo4j";

/// A repository of one test. Its Kustomizations and its source are in the test's namespace.
pub(super) struct Repository<'n> {
    pub(super) ns: &'n Namespace<'static>,
    pub(super) flux: &'static Flux,
    root: tempfile::TempDir,
    source: &'static str,
}

impl<'n> Repository<'n> {
    pub(super) fn new(ns: &'n Namespace<'static>) -> Self {
        Self::reading(ns, "GitRepository/backups")
    }

    /// The same with another kind of source, as `--source` has it.
    pub(super) fn reading(ns: &'n Namespace<'static>, source: &'static str) -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("specs")).unwrap();
        Self { ns, flux: flux(ns.cluster), root, source }
    }

    fn cluster(&self) -> &'static Cluster {
        self.ns.cluster
    }

    /// Where the bundle is on disk.
    pub(super) fn bundle(&self) -> PathBuf {
        self.root.path().join(BUNDLE)
    }

    /// Text of a file of the bundle.
    #[track_caller]
    pub(super) fn file(&self, path: &str) -> String {
        let path = self.bundle().join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file of specs, or of anything else beside the bundle.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Takes a file away.
    pub(super) fn remove(&self, path: &str) {
        std::fs::remove_file(self.root.path().join(path)).unwrap();
    }

    /// Emits the specs, and removes what they no longer ask for.
    #[track_caller]
    pub(super) fn emit(&self, more: &[&str]) -> Run {
        let specs = self.root.path().join("specs").to_string_lossy().into_owned();
        let bundle = self.bundle().to_string_lossy().into_owned();
        let path = format!("./{BUNDLE}");
        let mut args = vec!["emit", "flux", "--quiet", "-f", &specs, "--output-dir", &bundle, "--prune"];
        args.extend(["--flux-namespace", &self.ns.name, "--source", self.source, "--path", &path]);
        args.extend(more);
        self.ns.plugin(&args).success()
    }

    /// Makes what lies here the newest revision of the source.
    #[track_caller]
    pub(super) fn push(&self) -> String {
        let (kind, name) = self.source.split_once('/').unwrap();
        let (name, namespace) = name.split_once('.').unwrap_or((name, &self.ns.name));
        self.flux.publish(Source { kind, namespace, name }, self.root.path())
    }

    /// Emits and pushes.
    #[track_caller]
    pub(super) fn roll(&self, more: &[&str]) -> String {
        self.emit(more);
        self.push()
    }

    /// Applies the Kustomizations of the bundle, as its README says.
    #[track_caller]
    pub(super) fn bootstrap(&self) {
        let bundle = self.bundle().to_string_lossy().into_owned();
        self.cluster().kubectl(&["apply", "--server-side", "-k", &bundle]).success();
    }

    /// Reconciles until a Kustomization has taken up a revision and is ready.
    #[track_caller]
    pub(super) fn rolled_out(&self, name: &str, revision: &str) -> Value {
        for _ in 0..20 {
            let object = reconcile(self.ns, name, Duration::from_secs(180));
            if ready(&object)["status"] == "True" && object["status"]["lastAppliedRevision"] == revision {
                return object;
            }
            // A dependency may have to be ready first.
            std::thread::sleep(Duration::from_millis(500));
        }
        panic!("{name} is not ready: {:#}", self.ns.get_json(&[KUSTOMIZATION, name])["status"]);
    }
}

/// A target called `graph`, and no server behind it.
pub(super) fn target(image: &str) -> String {
    format!(
        "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\nmetadata: {{name: graph}}\n\
         spec: {{image: '{image}', topology: {{kind: Cluster, servers: 1}}, databases: [neo4j, shop]}}\n"
    )
}

/// A backup onto a claim of its own. Lines of `more` are fields of the spec.
pub(super) fn backup(name: &str, claim: &str, more: &str) -> String {
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}}}\nspec:\n  \
         target: {{kind: Cluster, name: graph}}\n  \
         storage: {{type: pvc, pvc: {{name: {claim}, size: 1Gi, storageClassName: by-hand}}}}\n{more}"
    )
}

/// Reads a folder's file names, sorted.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
