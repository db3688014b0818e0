//! Flux's own kustomize-controller beside the test cluster (tests/gitops/flux), and sources whose artifacts are packed
//! here: source-controller cannot be built from what is to be had, and all that kustomize-controller knows of a source
//! is its `status.artifact`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cluster::{Cluster, Flavour};
use crate::namespace::Namespace;

/// Where artifacts are served, in the cluster's network.
const LISTEN: &str = "127.0.0.1:9790";

/// What `tests/gitops/build flux` made.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitops/build");
        let output = Command::new(script).arg("flux").stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "tests/gitops/build flux failed");
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

/// Makes Flux's kinds known to a cluster: those of the controller that runs here, or of the newest that can be had.
#[track_caller]
pub(crate) fn install_definitions(cluster: &Cluster, flavour: Flavour) {
    let folder = if flavour == Flavour::Newest { "files/newest" } else { "files/crds" };
    let folder = built().join(folder).to_string_lossy().into_owned();
    cluster.kubectl(&["apply", "--server-side", "-f", &folder]).success();
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", &folder]).success();
}

/// A running kustomize-controller; it ends with this process.
pub(crate) struct Flux {
    cluster: &'static Cluster,
    artifacts: tempfile::TempDir,
    /// Standard input is what keeps it running.
    _process: Child,
}

/// The controller of a cluster, started once.
pub(crate) fn flux(cluster: &'static Cluster) -> &'static Flux {
    static FLUX: OnceLock<Flux> = OnceLock::new();
    FLUX.get_or_init(|| {
        install_definitions(cluster, Flavour::Node);
        let artifacts = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(built().with_extension("log")).unwrap();
        let process = cluster
            .netns_command(built().join("flux"))
            .arg(LISTEN)
            .arg(artifacts.path())
            .arg(built().join("kustomize-controller"))
            .args(["--metrics-addr=0", "--health-addr=0", "--log-level=debug"])
            // A dependency that is not ready yet is looked at again after half a minute by default.
            .args(["--requeue-dependency=1s", "--interval-jitter-percentage=0"])
            .arg("--feature-gates=ExternalArtifact=true")
            .env("KUBECONFIG", cluster.kubeconfig())
            .env("RUNTIME_NAMESPACE", "flux-system")
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Flux { cluster, artifacts, _process: process }
    })
}

impl Flux {
    /// Packs a folder as the artifact of a source, which is made when it is not there, and returns the revision.
    #[track_caller]
    pub(crate) fn publish(&self, source: Source<'_>, folder: &Path) -> String {
        let archive = tempfile::NamedTempFile::new_in(self.artifacts.path()).unwrap();
        // The same folder is the same artifact, as source-controller has it.
        let status = Command::new("tar")
            .args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"])
            .args(["--use-compress-program=gzip -n", "-cf"])
            .arg(archive.path())
            .arg("-C")
            .arg(folder)
            .arg(".")
            .status()
            .unwrap();
        assert!(status.success());
        let bytes = std::fs::read(archive.path()).unwrap();
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let file = format!("{digest}.tar.gz");
        std::fs::File::create(self.artifacts.path().join(&file)).unwrap().write_all(&bytes).unwrap();
        let revision = format!("main@sha256:{digest}");
        source.make(self.cluster);
        let status = json!({"status": {
            "artifact": {
                "path": file,
                "url": format!("http://{LISTEN}/{file}"),
                "revision": revision,
                "digest": format!("sha256:{digest}"),
                "lastUpdateTime": "2026-01-01T00:00:00Z",
                "size": bytes.len(),
            },
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored by the stand-in",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }],
        }});
        let args =
            ["patch", source.kind, source.name, "--namespace", source.namespace, "--subresource=status"];
        let patch = status.to_string();
        self.cluster.kubectl(&[&args[..], &["--type=merge", "-p", &patch]].concat()).success();
        revision
    }
}

/// A source of Flux, by what a Kustomization says of it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl Source<'_> {
    /// Makes it, without an artifact.
    pub(crate) fn make(&self, cluster: &Cluster) {
        // What source-controller would need; nobody reads it here.
        let spec = match self.kind {
            "GitRepository" => json!({"interval": "1m", "url": "https://git.invalid/standin"}),
            "OCIRepository" => json!({"interval": "1m", "url": "oci://registry.invalid/standin"}),
            "Bucket" => json!({"interval": "1m", "endpoint": "s3.invalid", "bucketName": "standin"}),
            "ExternalArtifact" => json!({}),
            other => panic!("Flux has no source of kind {other}"),
        };
        let object = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": self.kind,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": spec,
        });
        let mut command = cluster.kubectl_command();
        crate::run::finish(command.args(["apply", "--server-side", "-f", "-"]), &object.to_string())
            .success();
    }
}

/// Has the controller reconcile a Kustomization now, as `flux reconcile` does, and returns the object afterwards.
#[track_caller]
pub(crate) fn reconcile(ns: &Namespace<'_>, name: &str, timeout: Duration) -> Value {
    static REQUEST: AtomicUsize = AtomicUsize::new(0);
    let request = format!("request-{}", REQUEST.fetch_add(1, Ordering::Relaxed));
    let annotation = format!("reconcile.fluxcd.io/requestedAt={request}");
    // As `flux`: what a field manager called kubectl has set is taken away from a Kustomization that another one rolls out
    // (fluxcd/pkg/ssa v0.61.0, patch.go).
    let manager = "--field-manager=flux";
    ns.kubectl(&["annotate", "--overwrite", manager, KUSTOMIZATION, name, &annotation]).success();
    ns.wait_for(&format!("the Kustomization {name} to be reconciled"), timeout, || {
        let object = ns.get_json(&[KUSTOMIZATION, name]);
        (object["status"]["lastHandledReconcileAt"] == request.as_str()).then_some(object)
    })
}

/// The resource, which kustomize's own kind must not be taken for.
pub(crate) const KUSTOMIZATION: &str = "kustomizations.kustomize.toolkit.fluxcd.io";

/// The condition `Ready` of an object.
pub(crate) fn ready(object: &Value) -> &Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions.and_then(|all| all.iter().find(|one| one["type"] == "Ready")).unwrap_or(&Value::Null)
}

/// Reconciles, and wants it to succeed.
#[track_caller]
pub(crate) fn reconciled(ns: &Namespace<'_>, name: &str) -> Value {
    let object = reconcile(ns, name, Duration::from_secs(120));
    assert_eq!(ready(&object)["status"], "True", "{name}: {:#}", object["status"]);
    object
}
