//! One test's namespace, and the steps that every end-to-end test is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, cluster};
use crate::images::IMAGE;
use crate::namespace::Namespace;

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
    /// The cluster that it is in.
    pub cluster: &'static Cluster,
    /// The namespace, made for this test; `restricted` Pod Security is enforced in it.
    pub namespace: Namespace<'static>,
    // Volumes lie outside of the namespace and go with the test.
    volumes: tempfile::TempDir,
}

impl Flow {
    /// Makes the namespace; none where there is no cluster.
    #[track_caller]
    pub fn new(purpose: &str) -> Option<Self> {
        let cluster = cluster()?;
        let namespace = cluster.namespace_restricted(purpose);
        let volumes = tempfile::tempdir().expect("a folder for volumes");
        Some(Self { cluster, namespace, volumes })
    }

    /// Kubectl in the namespace; standard output.
    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.namespace.kubectl(arguments).success().stdout
    }

    /// A Secret.
    pub fn secret(&self, name: &str, data: &[(&str, &str)]) {
        let data: BTreeMap<&str, &str> = data.iter().copied().collect();
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data});
        self.namespace.apply(&secret.to_string());
    }

    /// A volume for the claim of that name; answers the folder on the host. It is of kind `local`, to
    /// which the kubelet applies the pod's group (pods.md §4), and of the class `by-hand`, which nobody serves.
    pub fn volume(&self, claim: &str, size: &str) -> PathBuf {
        let folder = self.volumes.path().join(claim);
        std::fs::create_dir_all(&folder).expect("a volume");
        let name = format!("{}-{claim}", self.namespace.name);
        let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
            "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "by-hand",
            "claimRef": {"namespace": self.namespace.name, "name": claim},
            "local": {"path": folder},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}]}}}});
        self.namespace.apply(&volume.to_string());
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
            self.namespace.name
        );
        if !schedule.is_empty() {
            text.push_str(&format!("  schedule: \"{schedule}\"\n  suspend: {suspend}\n"));
        }
        text
    }

    /// `render` of the built program; answers the objects.
    pub fn render(&self, spec: &str) -> Vec<Value> {
        let sets = self.namespace.get_json(&["statefulsets"]);
        let set = &sets["items"][0];
        // The names say which it is (operator.md §3.2).
        let kind = if set["metadata"]["name"] == "graph" { "Standalone" } else { "Cluster" };
        let servers = &set["spec"]["replicas"];
        let environment = set["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
        let databases = environment
            .and_then(|variables| variables.iter().find(|variable| variable["name"] == "STANDIN_DATABASES"))
            .and_then(|variable| variable["value"].as_str())
            .expect("the servers' databases")
            .replace(",system", "");
        let target = format!(
            "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\n\
             metadata: {{name: graph, namespace: {}, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n\
             spec: {{image: \"{IMAGE}\", topology: {{kind: {kind}, servers: {servers}}}, \
             databases: [{databases}]}}\n",
            self.namespace.name
        );
        let input = format!("{target}---\n{spec}");
        let output =
            self.namespace.plugin_reading(&["render", "-f", "-", "-o", "json"], &input).success().stdout;
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
        self.namespace.apply(&list.to_string());
    }

    /// Starts a run of a CronJob and waits for its end, both with `trigger`.
    #[track_caller]
    pub fn run(&self, cron_job: &str, name: &str) -> Outcome {
        let cron_job = format!("cronjob/{cron_job}");
        let run = self.namespace.plugin(&["trigger", &cron_job, "--name", name, "--wait"]);
        let outcome = self.wait(name);
        let expected = if outcome == Outcome::Complete { 0 } else { 5 };
        run.expect_code(expected);
        outcome
    }

    /// The first Job that a CronJob's schedule made.
    pub fn scheduled_job(&self, cron_job: &str) -> String {
        let prefix = format!("{cron_job}-");
        self.namespace.wait_for(&format!("a run of {cron_job}"), Duration::from_secs(90), || {
            let names = self.kubectl(&["get", "jobs", "-o", "jsonpath={.items[*].metadata.name}"]);
            names.split_whitespace().find(|name| name.starts_with(&prefix)).map(str::to_owned)
        })
    }

    /// Waits until a Job has ended, and wants `status` to say the same, with a cause where it failed.
    #[track_caller]
    pub fn wait(&self, job: &str) -> Outcome {
        let outcome = self.ended(job);
        let status = self.namespace.plugin(&["status", "-o", "json"]).success();
        let status: Value = serde_json::from_str(&status.stdout).expect("status writes JSON");
        let entries = status["items"].as_array().expect("status lists backups");
        let run = entries
            .iter()
            .flat_map(|entry| entry["runs"].as_array().expect("an entry has its runs"))
            .find(|run| run["name"] == job)
            .unwrap_or_else(|| panic!("status does not know the run {job}: {status:#}"));
        match &outcome {
            Outcome::Complete => assert_eq!(run["phase"], "Succeeded", "{run:#}"),
            Outcome::Failed(_) => {
                assert_eq!(run["phase"], "Failed", "{run:#}");
                assert!(run["cause"]["code"].is_string(), "{run:#}");
            }
        }
        outcome
    }

    fn ended(&self, job: &str) -> Outcome {
        self.namespace.wait_for(&format!("the end of {job}"), Duration::from_secs(180), || {
            let job = self.namespace.get_json(&["job", job]);
            let conditions = job["status"]["conditions"].as_array()?.clone();
            conditions.iter().filter(|condition| condition["status"] == "True").find_map(|condition| {
                match condition["type"].as_str()? {
                    "Complete" => Some(Outcome::Complete),
                    "Failed" => Some(Outcome::Failed(condition["reason"].as_str().unwrap_or("").to_owned())),
                    _ => None,
                }
            })
        })
    }

    /// What one step of a run's pods printed, by `logs`.
    #[track_caller]
    pub fn logs(&self, job: &str, step: &str) -> String {
        let job = format!("job/{job}");
        let args = ["logs", &job, "--step", step, "--all-attempts", "--prefix=false"];
        self.namespace.plugin(&args).success().stdout
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        if let Ok(claims) = std::fs::read_dir(self.volumes.path()) {
            for claim in claims.flatten() {
                let name = format!("{}-{}", self.namespace.name, claim.file_name().to_string_lossy());
                let _ = self.cluster.kubectl(&["delete", "persistentvolume", &name, "--wait=false"]);
            }
        }
    }
}
