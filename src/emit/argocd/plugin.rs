//! The config management plugin: Argo CD's repo server asks this program for the objects of a folder of specs, and no
//! rendered file lies in Git.
//!
//! The form of the files is that of Argo CD 3.5.7, `docs/operator-manual/config-management-plugins.md`.

use serde::Serialize;
use serde_json::{Value, json};

use super::Settings;
use crate::emit::{EmitError, Tree, controller_object, templates};

/// What Applications call the plugin.
pub const NAME: &str = "neo4j-backup";

/// The configuration of the plugin and what installs it; with settings also an Application that uses it.
///
/// `image` holds this program under its own name on PATH. `folder` is the one of the specs in the repository.
///
/// # Errors
///
/// See [`EmitError`].
pub fn files(image: &str, settings: Option<&Settings>) -> Result<Tree, EmitError> {
    let mut tree = Tree::default();
    tree.insert("plugin.yaml", controller_object(&configuration())?)?;
    tree.insert("repo-server.yaml", controller_object(&sidecar(image))?)?;
    tree.insert("kustomization.yaml", controller_object(&component())?)?;
    if let Some(settings) = settings {
        tree.insert("application.yaml", controller_object(&application(settings))?)?;
    }
    let about = About {
        version: env!("CARGO_PKG_VERSION"),
        plugin: NAME,
        image,
        application: settings.map(|settings| settings.name.as_str()),
    };
    tree.insert("README.md", templates::fill("argocd-plugin.md.j2", &about)?)?;
    Ok(tree)
}

#[derive(Serialize)]
struct About<'a> {
    version: &'static str,
    plugin: &'static str,
    image: &'a str,
    application: Option<&'a str>,
}

/// Read by `argocd-cmp-server`. There is no `discover`: a plugin that finds specs by itself would take over folders
/// that hold other objects beside them, and would hand a folder with a faulty spec back to Argo CD as plain YAML. An
/// Application names the plugin.
fn configuration() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ConfigManagementPlugin",
        "metadata": {"name": NAME},
        "spec": {
            // An array that no shell reads; it runs in the folder of the Application.
            "generate": {"command": [
                "kubectl-neo4j_backup", "emit", "argocd", "--recursive", "--filename", ".", "--output-dir", "-",
            ]},
        },
    })
}

/// A patch of the Deployment of the repo server.
fn sidecar(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server"},
        "spec": {"template": {"spec": {
            "containers": [{
                "name": NAME,
                "image": image,
                "command": ["/var/run/argocd/argocd-cmp-server"],
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": true,
                    "runAsNonRoot": true,
                    "runAsUser": 999,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "volumeMounts": [
                    {"name": "var-files", "mountPath": "/var/run/argocd"},
                    {"name": "plugins", "mountPath": "/home/argocd/cmp-server/plugins"},
                    {
                        "name": "neo4j-backup-plugin",
                        "mountPath": "/home/argocd/cmp-server/config/plugin.yaml",
                        "subPath": "plugin.yaml",
                    },
                    // Not that of the repo server: what one of them is made to write, the other must not read.
                    {"name": "neo4j-backup-tmp", "mountPath": "/tmp"},
                ],
            }],
            "volumes": [
                {"name": "neo4j-backup-plugin", "configMap": {"name": "neo4j-backup-plugin"}},
                {"name": "neo4j-backup-tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            ],
        }}},
    })
}

/// For the `components` of the kustomization that installs Argo CD. The ConfigMap's name gets the hash of its
/// content, so that a changed configuration starts the repo server anew.
fn component() -> Value {
    json!({
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "configMapGenerator": [{"name": "neo4j-backup-plugin", "files": ["plugin.yaml"]}],
        "patches": [{"path": "repo-server.yaml"}],
    })
}

/// An Application whose folder holds specs.
fn application(settings: &Settings) -> Value {
    let mut object = super::application::head("Application", settings, &settings.name);
    object["spec"] = super::application::of_specs(settings);
    object["spec"]["source"]["plugin"] = json!({ "name": NAME });
    object
}
