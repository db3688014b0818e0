//! A namespace of one test, and what a test does in it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{Cluster, Shared};
use crate::run::{self, Run, Running};

/// A fresh namespace; it is removed, without waiting, when it is dropped.
pub(crate) struct Namespace<'a> {
    /// Its name.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) cluster: &'a Cluster,
    /// Keeps tests away that want the cluster for themselves.
    _shared: Option<Shared<'a>>,
}

impl<'a> Namespace<'a> {
    #[track_caller]
    pub(crate) fn create(
        cluster: &'a Cluster,
        shared: Option<Shared<'a>>,
        name: &str,
        labels: &[&str],
    ) -> Self {
        cluster.kubectl(&["create", "namespace", name]).success();
        let namespace = Self { name: name.to_owned(), cluster, _shared: shared };
        if !labels.is_empty() {
            let mut args = vec!["label", "namespace", name];
            args.extend(labels);
            cluster.kubectl(&args).success();
        }
        if cluster.has_node() {
            // Pods are refused before a controller has made their account.
            namespace.wait_for("the default service account", Duration::from_secs(180), || {
                (namespace.kubectl(&["get", "serviceaccount", "default"]).code == 0).then_some(())
            });
        }
        namespace
    }

    /// Our program with these arguments, and `--namespace` unless they say one (or all).
    #[track_caller]
    pub(crate) fn plugin(&self, args: &[&str]) -> Run {
        run::finish(&mut self.plugin_command(args), "")
    }

    /// Our program as somebody else.
    #[track_caller]
    pub(crate) fn plugin_as(&self, kubeconfig: &Path, args: &[&str]) -> Run {
        run::finish(self.plugin_command(args).env("KUBECONFIG", kubeconfig), "")
    }

    /// Our program as the caller completes it: arguments, environment, standard input. No `--namespace` is added.
    #[track_caller]
    pub(crate) fn plugin_with(&self, complete: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.bare_plugin();
        command.stdin(Stdio::null());
        complete(&mut command);
        Running::start(&mut command).wait()
    }

    /// Our program with a text on standard input.
    #[track_caller]
    pub(crate) fn plugin_reading(&self, args: &[&str], input: &str) -> Run {
        run::finish(&mut self.plugin_command(args), input)
    }

    /// Our program, running.
    pub(crate) fn spawn_plugin(&self, args: &[&str]) -> Running {
        Running::start(self.plugin_command(args).stdin(Stdio::null()))
    }

    /// Our program with these arguments, to be started.
    pub(crate) fn plugin_command(&self, args: &[&str]) -> Command {
        let mut command = self.bare_plugin();
        // Behind the subcommands, before what is not for us any more.
        let (own, rest) = args.split_at(args.iter().position(|arg| *arg == "--").unwrap_or(args.len()));
        command.args(own);
        if !own.iter().any(|arg| says_namespace(arg)) {
            command.args(["--namespace", &self.name]);
        }
        command.args(rest);
        command
    }

    /// In the repository and the cluster's network, without anything of the environment that could show.
    fn bare_plugin(&self) -> Command {
        let mut command = self.cluster.netns_command(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.env("KUBECONFIG", self.cluster.kubeconfig()).env("HOME", self.cluster.home());
        command
    }

    /// kubectl in this namespace.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> Run {
        run::finish(&mut self.kubectl_command(args), "")
    }

    fn kubectl_command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.cluster.kubectl_command();
        command.args(["--namespace", &self.name]).args(args);
        command
    }

    /// Applies documents server-side and fails the test when that fails.
    #[track_caller]
    pub(crate) fn apply(&self, yaml: &str) -> Run {
        self.try_apply(yaml).success()
    }

    /// Applies documents server-side, whatever comes of it.
    #[track_caller]
    pub(crate) fn try_apply(&self, yaml: &str) -> Run {
        run::finish(&mut self.kubectl_command(["apply", "--server-side", "-f", "-"]), yaml)
    }

    /// What `kubectl get … -o json` says.
    #[track_caller]
    pub(crate) fn get_json(&self, args: &[&str]) -> Value {
        let mut all = vec!["get", "-o", "json"];
        all.extend(args);
        serde_json::from_str(&self.kubectl(&all).success().stdout).unwrap()
    }

    /// Asks until there is an answer; a panic with the state of the namespace when the time is over.
    #[track_caller]
    pub(crate) fn wait_for<T>(
        &self,
        what: &str,
        timeout: Duration,
        mut check: impl FnMut() -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(found) = check() {
                return found;
            }
            assert!(Instant::now() < deadline, "waited {timeout:?} in vain for {what}\n{}", self.describe());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a Job has completed; a panic when it fails.
    #[track_caller]
    pub(crate) fn wait_for_job(&self, name: &str, timeout: Duration) {
        let done = self.wait_for(&format!("Job {name}"), timeout, || {
            let job = self.get_json(&["job", name]);
            let conditions = job["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let is = |kind: &str| conditions.iter().any(|one| one["type"] == kind && one["status"] == "True");
            if is("Complete") { Some(true) } else { is("Failed").then_some(false) }
        });
        assert!(done, "Job {name} failed\n{}", self.describe());
    }

    /// Pods, claims, jobs and events, for people.
    fn describe(&self) -> String {
        let all = self.kubectl(&["get", "cronjobs,jobs,pods,pvc", "-o", "wide", REQUEST_TIMEOUT]);
        let events =
            self.kubectl(&["get", "events", "--sort-by", ".metadata.creationTimestamp", REQUEST_TIMEOUT]);
        format!("{}\n{}", all.transcript(), events.transcript())
    }
}

/// So that a stopped API server holds nobody up.
const REQUEST_TIMEOUT: &str = "--request-timeout=10s";

fn says_namespace(arg: &str) -> bool {
    ["-A", "--all-namespaces", "--namespace"].contains(&arg)
        || arg.starts_with("-n")
        || arg.starts_with("--namespace=")
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.describe());
            let logs = self.cluster.collect_logs(&self.name);
            eprintln!("logs of the cluster: {}", logs.display());
        }
        let _ = self.cluster.kubectl(&["delete", "namespace", &self.name, "--wait=false", REQUEST_TIMEOUT]);
    }
}
