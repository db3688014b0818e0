//! One test's namespace, and the steps that every end-to-end test is made of.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::cluster;
use crate::images::IMAGE;

/// How a Job ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was done.
    Complete,
    /// The reason of its condition `Failed`.
    Failed(String),
}

/// A namespace with a target called `graph` that specs of the test point at.
pub struct Flow {
    /// The namespace, made for this test.
    pub namespace: String,
    // Volumes lie outside of the namespace and go with the test.
    volumes: tempfile::TempDir,
}

impl Flow {
    /// Makes the namespace; `restricted` Pod Security is enforced in it.
    pub fn new(name: &str) -> Self {
        let namespace = cluster().namespace(name);
        let level = "pod-security.kubernetes.io/enforce=restricted";
        cluster().kubectl_ok(&["label", "--overwrite", "namespace", &namespace, level]);
        let volumes = tempfile::tempdir().expect("a folder for volumes");
        Self { namespace, volumes }
    }

    /// Kubectl in the namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let mut all = vec!["-n", self.namespace.as_str()];
        all.extend(arguments);
        cluster().kubectl_ok(&all)
    }

    /// A Secret.
    pub fn secret(&self, name: &str, data: &[(&str, &str)]) {
        let data: BTreeMap<&str, &str> = data.iter().copied().collect();
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data});
        cluster().apply(&self.namespace, &secret.to_string());
    }

    /// A volume for the claim of that name; answers the folder on the host. It is of kind `local`, to
    /// which the kubelet applies the pod's group (pods.md §4), and of the class `by-hand`, which nobody serves.
    pub fn volume(&self, claim: &str, size: &str) -> PathBuf {
        let folder = self.volumes.path().join(claim);
        std::fs::create_dir_all(&folder).expect("a volume");
        let name = format!("{}-{claim}", self.namespace);
        let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
            "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "by-hand",
            "claimRef": {"namespace": self.namespace, "name": claim},
            "local": {"path": folder},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}]}}}});
        cluster().apply(&self.namespace, &volume.to_string());
        folder
    }

    /// Renders a backup with a small pod and applies what comes out. `schedule` may be empty.
    pub fn apply(&self, name: &str, storage: &str, schedule: &str, options: &str) {
        self.send(&self.render(&self.spec(name, storage, schedule, options, false)));
    }

    /// The same with `suspend: true`.
    pub fn apply_suspended(&self, name: &str, storage: &str, schedule: &str, options: &str) {
        self.send(&self.render(&self.spec(name, storage, schedule, options, true)));
    }

    /// The spec's text.
    pub fn spec(&self, name: &str, storage: &str, schedule: &str, options: &str, suspend: bool) -> String {
        let mut text = format!(
            "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\n\
             metadata: {{name: {name}, namespace: {}}}\nspec:\n  target: {{kind: Cluster, name: graph}}\n  \
             storage: {storage}\n  options: {options}\n  \
             job: {{backoffLimit: 0, resources: {{requests: {{cpu: 10m, memory: 32Mi}}}}}}\n",
            self.namespace
        );
        if !schedule.is_empty() {
            text.push_str(&format!("  schedule: \"{schedule}\"\n  suspend: {suspend}\n"));
        }
        text
    }

    /// `render` of the built program; answers the objects.
    pub fn render(&self, spec: &str) -> Vec<Value> {
        let servers =
            self.kubectl(&["get", "statefulset", "graph-server", "-o", "jsonpath={.spec.replicas}"]);
        let databases = self.kubectl(&[
            "get",
            "statefulset",
            "graph-server",
            "-o",
            "jsonpath={.spec.template.spec.containers[0].env[?(@.name=='STANDIN_DATABASES')].value}",
        ]);
        let databases = databases.replace(",system", "");
        let target = format!(
            "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\n\
             metadata: {{name: graph, namespace: {}, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n\
             spec: {{image: \"{IMAGE}\", topology: {{kind: Cluster, servers: {servers}}}, \
             databases: [{databases}]}}\n",
            self.namespace
        );
        let output = program(&["render", "-f", "-", "-o", "json"], &format!("{target}---\n{spec}"));
        let documents = serde_json::Deserializer::from_str(&output).into_iter::<Value>();
        let mut objects = Vec::new();
        for document in documents {
            let document = document.expect("JSON of render");
            match document.get("items").and_then(Value::as_array) {
                Some(items) => objects.extend(items.clone()),
                None => objects.push(document),
            }
        }
        assert!(!objects.is_empty(), "nothing was rendered");
        objects
    }

    /// Applies objects.
    pub fn send(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        cluster().apply(&self.namespace, &list.to_string());
    }

    /// Starts a run of a CronJob and waits for its end. `trigger --wait` belongs here.
    pub fn run(&self, cron_job: &str, name: &str) -> Outcome {
        self.kubectl(&["create", "job", name, &format!("--from=cronjob/{cron_job}")]);
        self.wait(name)
    }

    /// The first Job that a CronJob's schedule made.
    pub fn scheduled_job(&self, cron_job: &str) -> String {
        let limit = Instant::now() + Duration::from_secs(90);
        loop {
            let names = self.kubectl(&["get", "jobs", "-o", "jsonpath={.items[*].metadata.name}"]);
            let prefix = format!("{cron_job}-");
            if let Some(name) = names.split_whitespace().find(|name| name.starts_with(&prefix)) {
                return name.to_owned();
            }
            assert!(Instant::now() < limit, "{cron_job} did not fire; jobs: {names}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Waits until a Job has ended. `status` belongs behind it.
    pub fn wait(&self, job: &str) -> Outcome {
        let limit = Instant::now() + Duration::from_secs(180);
        loop {
            let status: Value =
                serde_json::from_str(&self.kubectl(&["get", "job", job, "-o", "json"])).expect("JSON");
            let conditions = status["status"]["conditions"].as_array().cloned().unwrap_or_default();
            for condition in conditions.iter().filter(|condition| condition["status"] == "True") {
                match condition["type"].as_str() {
                    Some("Complete") => return Outcome::Complete,
                    Some("Failed") => {
                        return Outcome::Failed(condition["reason"].as_str().unwrap_or("").to_owned());
                    }
                    _ => {}
                }
            }
            assert!(Instant::now() < limit, "{job} does not end: {}", self.situation());
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// What one step of a run's pods printed. `logs` belongs here.
    pub fn logs(&self, job: &str, step: &str) -> String {
        let selector = format!("batch.kubernetes.io/job-name={job}");
        self.kubectl(&["logs", "-l", &selector, "-c", step, "--tail=-1"])
    }

    /// Pods and events, for the message of a failed test.
    pub fn situation(&self) -> String {
        let pods = self.kubectl(&["get", "pods", "-o", "wide"]);
        let events = self.kubectl(&["get", "events", "--sort-by=.lastTimestamp"]);
        format!("\n{pods}\n{events}")
    }
}

/// Runs the built plugin; standard output.
fn program(arguments: &[&str], stdin: &str) -> String {
    let mut child = Command::new(Path::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup")))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("standard input").write_all(stdin.as_bytes()).expect("standard input");
    let output = child.wait_with_output().expect("the program");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}\n{stdin}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
