//! The walk-through of docs/gitops-flux.md, up to backups that a real kubelet ran.
//!
//! What the page takes for granted is made here: the source and the Kustomization that `flux bootstrap` makes, and a
//! repository whose hook does what source-controller would: it makes an artifact of every revision that is pushed.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::controller::{KUSTOMIZATION, Source, flux};
use crate::cluster::cluster;
use crate::neo4j::deploy_cluster;
use crate::run;
use crate::walkthrough::Reader;

#[test]
fn the_walk_through_for_flux_shows_what_happens() {
    let Some(cluster) = cluster() else { return };
    let flux = flux(cluster);
    let namespace = cluster.namespace_called("bookings");
    deploy_cluster(&namespace, "graph", 3, &[("STANDIN_DATABASES", "neo4j,bookings,system")]);
    let volume = tempfile::tempdir().unwrap();
    namespace.apply(&crate::gitops::local_volume(
        "bookings-graph-backups",
        volume.path(),
        &namespace.name,
        "graph-backups",
    ));
    cluster.kubectl(&["create", "namespace", "flux-system"]);
    let source = Source { kind: "GitRepository", namespace: "flux-system", name: "flux-system" };
    source.make(cluster);
    let apply = ["apply", "--server-side", "-f", "-"];
    run::finish(cluster.kubectl_command().args(apply), &bootstrapped()).success();

    let places = tempfile::tempdir().unwrap();
    let remote = places.path().join("fleet.git");
    let done =
        Command::new("git").args(["init", "-q", "--bare", "-b", "main"]).arg(&remote).status().unwrap();
    assert!(done.success());
    let (pushed, taken) = (places.path().join("pushed"), places.path().join("taken"));
    hook(&remote, &pushed, &taken);
    let settings = places.path().join("gitconfig");
    let instead = format!(
        "[url \"file://{}\"]\n\tinsteadOf = https://git.example.com/bookings/fleet.git\n",
        remote.display()
    );
    std::fs::write(&settings, instead).unwrap();
    let mut reader = Reader::new(cluster);
    reader.environment.push(("GIT_CONFIG_GLOBAL".to_owned(), settings.to_string_lossy().into_owned()));
    std::thread::scope(|scope| {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            let tick = std::time::Duration::from_millis(100);
            while ended.recv_timeout(tick) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if pushed.exists() {
                    flux.publish(source, &pushed);
                    std::fs::rename(&pushed, &taken).unwrap();
                }
            }
        });
        reader.follow("docs/gitops-flux.md");
        drop(end);
    });
    // A full backup of three databases at night, and another once.
    for backup in ["nightly", "before-upgrade"] {
        assert_eq!(super::repository::names(&volume.path().join(backup)).len(), 3, "{backup}");
    }
    cluster.kubectl(&["delete", KUSTOMIZATION, "--all", "-n", "flux-system"]).success();
}

/// What `flux bootstrap` commits and applies (flux2, `manifests/bootstrap`), without the controllers.
fn bootstrapped() -> String {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
        "spec": {
            "interval": "10m", "path": "./clusters/prod", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        },
    })
    .to_string()
}

/// A hook of a bare repository that lays each revision out in a folder, and waits until it was taken from there.
fn hook(remote: &Path, pushed: &Path, taken: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let (pushed, taken) = (pushed.display(), taken.display());
    let script = format!(
        "#!/bin/sh\nset -e\nrm -rf '{taken}' '{pushed}.new'\nmkdir '{pushed}.new'\n\
         git archive main | tar -x -C '{pushed}.new'\nmv '{pushed}.new' '{pushed}'\n\
         while [ ! -e '{taken}' ]; do sleep 0.1; done\n"
    );
    let path = remote.join("hooks/post-receive");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
