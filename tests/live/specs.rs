//! Specs that tests on a cluster share: the examples and the documents, each with its namespaces.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::namespace::Namespace;

/// An input of the program.
pub(crate) struct Specs {
    /// What it is called in failures.
    pub(crate) name: String,
    /// The arguments that name it.
    pub(crate) arguments: Vec<String>,
}

impl Specs {
    /// The arguments of a command on it, followed by more.
    pub(crate) fn of<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec![command];
        all.extend(self.arguments.iter().map(String::as_str));
        all.extend(more);
        all
    }
}

fn folders(path: &str) -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut all: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

/// Every folder of `examples/`, as a person would name it.
pub(crate) fn examples() -> Vec<Specs> {
    folders("examples")
        .into_iter()
        .map(|folder| {
            let flag = if folder.join("kustomization.yaml").exists() { "-k" } else { "-f" };
            Specs {
                name: folder.file_name().unwrap().to_string_lossy().into_owned(),
                arguments: vec![flag.to_owned(), folder.to_string_lossy().into_owned()],
            }
        })
        .collect()
}

/// Every spec of documents 000 and 001, with targets as the documents describe them.
pub(crate) fn documents() -> Vec<Specs> {
    let mut found = Vec::new();
    for folder in folders("tests/documents") {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| !file.to_string_lossy().ends_with(".needs.yaml"));
        files.sort();
        for file in files {
            let path = file.to_string_lossy().into_owned();
            let targets = if path.contains("prefer-diff") { "targets-2025" } else { "targets" };
            // The targets of the documents are in this namespace.
            let mut arguments = ["-n", "default", "-f", path.as_str()].map(str::to_owned).to_vec();
            let needs = file.with_extension("needs.yaml");
            if needs.exists() {
                arguments.extend(["-f".to_owned(), needs.to_string_lossy().into_owned()]);
            }
            arguments.extend(["--target".to_owned(), format!("tests/documents/{targets}.yaml")]);
            let name = path.rsplit("tests/documents/").next().unwrap().to_owned();
            found.push(Specs { name, arguments });
        }
    }
    found
}

/// What an input becomes, restores included.
#[track_caller]
pub(crate) fn rendered(ns: &Namespace<'_>, specs: &Specs) -> Vec<Value> {
    let run = ns.plugin(&specs.of("render", &["-o", "json", "--restore", "--quiet"]));
    if run.stdout.trim().is_empty() {
        return Vec::new();
    }
    let whole: Value = serde_json::from_str(&run.success().stdout).unwrap();
    match whole["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![whole],
    }
}

/// Makes the namespaces of some objects, with the restricted profile enforced. They stay: others use them too.
pub(crate) fn make_namespaces<'o>(cluster: &Cluster, objects: impl IntoIterator<Item = &'o Value>) {
    let names: BTreeSet<&str> =
        objects.into_iter().filter_map(|object| object["metadata"]["namespace"].as_str()).collect();
    for name in names {
        cluster.kubectl(&["create", "namespace", name]);
        let profile = ["enforce", "warn"].map(|mode| format!("pod-security.kubernetes.io/{mode}=restricted"));
        cluster.kubectl(&["label", "--overwrite", "namespace", name, &profile[0], &profile[1]]).success();
    }
}

/// A backup that runs on a schedule, with lines of its own in `job`.
pub(crate) fn scheduled(name: &str, schedule: &str, job: &str) -> String {
    format!(
        "
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {{name: {name}}}
spec:
  target: {{kind: Cluster, name: graph}}
  schedule: '{schedule}'
  storage: {{type: s3, bucket: graph-backups, path: {name}, cloud: {{region: eu-central-1, credentialsSecretRef: keys}}}}
  {job}
---
{TARGET}"
    )
}

/// A backup that runs once, with an image of the target's.
pub(crate) fn once(name: &str, version: &str) -> String {
    let target = TARGET.replace("5.26.12", version);
    format!(
        "
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {{name: {name}}}
spec:
  target: {{kind: Cluster, name: graph}}
  storage: {{type: s3, bucket: graph-backups, path: {name}, cloud: {{region: eu-central-1, credentialsSecretRef: keys}}}}
---
{target}"
    )
}

/// The target of the specs above.
const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph}
spec: {image: 'neo4j:5.26.12-enterprise', topology: {kind: Cluster, servers: 3}}
";

/// Times, uids and the test's own namespace taken out, for snapshots.
pub(crate) fn redacted(ns: &Namespace<'_>, text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.replace(&ns.name, "NAMESPACE");
    // 2026-01-02T03:04:05Z
    while let Some(at) = rest.find("T").and_then(|_| timestamp(&rest)) {
        plain.push_str(&rest[..at.start]);
        plain.push_str("TIME");
        rest = rest[at.end..].to_owned();
    }
    plain.push_str(&rest);
    plain
}

fn timestamp(text: &str) -> Option<std::ops::Range<usize>> {
    const FORM: &[u8] = b"0000-00-00T00:00:00Z";
    let fits = |window: &[u8]| {
        window
            .iter()
            .zip(FORM)
            .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    text.as_bytes().windows(FORM.len()).position(fits).map(|start| start..start + FORM.len())
}
