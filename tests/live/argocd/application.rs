//! An Application in the cluster, and what Argo CD says of it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::controllers::{ArgoCd, NAMESPACE};
use crate::run;

/// How long anything may take where other tests run beside it.
const PATIENCE: Duration = Duration::from_secs(300);

/// An Application; it is deleted, without what it rolled out, when this is dropped.
pub struct Application {
    argo: &'static ArgoCd,
    /// Its name.
    pub name: String,
}

impl Application {
    /// Applies Applications (or what makes them) as a person does, and answers one of them.
    #[track_caller]
    pub fn apply(argo: &'static ArgoCd, manifest: &str, name: &str) -> Self {
        let mut kubectl = argo.cluster.kubectl_command();
        run::finish(kubectl.args(["apply", "-f", "-"]), manifest).success();
        Self::existing(argo, name)
    }

    /// An Application that something else has made or will make.
    pub fn existing(argo: &'static ArgoCd, name: &str) -> Self {
        Self { argo, name: name.to_owned() }
    }

    /// It as it is now.
    #[track_caller]
    pub fn get(&self) -> Value {
        let run =
            self.argo.cluster.kubectl(&["get", "application", "-n", NAMESPACE, &self.name, "-o", "json"]);
        if run.code == 0 { serde_json::from_str(&run.stdout).unwrap() } else { Value::Null }
    }

    /// Has it compared with Git now: `normal`, or `hard` to have its manifests made again too.
    pub fn refresh(&self, kind: &str) {
        let annotation = format!("argocd.argoproj.io/refresh={kind}");
        let arguments = ["annotate", "application", "-n", NAMESPACE, &self.name, "--overwrite", &annotation];
        self.argo.cluster.kubectl(&arguments).success();
        self.wait(&format!("the end of a {kind} refresh"), |application| {
            application["metadata"]["annotations"]["argocd.argoproj.io/refresh"].is_null()
        });
    }

    /// Has it synced as the button of the same name does, and waits for the end; answers phase and message.
    #[track_caller]
    pub fn sync(&self) -> (String, String) {
        let options = self.get()["spec"]["syncPolicy"]["syncOptions"].clone();
        self.sync_with(&options)
    }

    /// The same with other options than the Application's own.
    #[track_caller]
    pub fn sync_with(&self, options: &Value) -> (String, String) {
        let before = self.get()["status"]["operationState"]["startedAt"].clone();
        let operation = serde_json::json!({"operation": {"initiatedBy": {"username": "test"},
            "sync": {"prune": true, "syncOptions": options, "syncStrategy": {"hook": {}}}}});
        // Times have seconds: a sync must not begin in the second in which the last one did.
        std::thread::sleep(Duration::from_millis(1100));
        let patch = operation.to_string();
        let arguments =
            ["patch", "application", "-n", NAMESPACE, &self.name, "--type", "merge", "-p", &patch];
        self.argo.cluster.kubectl(&arguments).success();
        let state = self.wait("the end of a sync", |application| {
            let state = &application["status"]["operationState"];
            state["startedAt"] != before
                && !state["finishedAt"].is_null()
                && application["operation"].is_null()
        });
        let state = &state["status"]["operationState"];
        let resources = state["syncResult"]["resources"].to_string();
        let text = |field: &str| state[field].as_str().unwrap_or_default().to_owned();
        (text("phase"), format!("{}: {resources}", text("message")))
    }

    /// Waits until it is as a test wants it.
    #[track_caller]
    pub fn wait(&self, what: &str, check: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let application = self.get();
            if check(&application) {
                return application;
            }
            assert!(
                Instant::now() < deadline,
                "{} waited in vain for {what}: {:#}\n{}",
                self.name,
                application["status"],
                self.argo.logs()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until a commit is rolled out: Synced to it, Healthy, and no sync under way. Where everything was there
    /// already there was none. It has to hold for two reconciliations: the first one after a sync may still see what
    /// was there before, and has Argo CD heal what it has just made.
    #[track_caller]
    pub fn wait_for(&self, commit: &str) -> Value {
        let done = |application: &Value| {
            is(application, "Synced", "Healthy")
                && application["status"]["sync"]["revision"] == commit
                && matches!(
                    application["status"]["operationState"]["phase"].as_str(),
                    None | Some("Succeeded")
                )
        };
        self.refresh("normal");
        loop {
            let first = self.wait(&format!("commit {commit}, Synced and Healthy"), done);
            self.watch(1, |_| {});
            let now = self.get();
            if done(&now) && now["status"]["operationState"] == first["status"]["operationState"] {
                return now;
            }
        }
    }

    /// Watches ten reconciliations in which it has to stay Synced and Healthy and nothing may be synced anew.
    #[track_caller]
    pub fn stays(&self) {
        let operation = self.get()["status"]["operationState"].clone();
        self.watch(10, |now| {
            assert!(is(now, "Synced", "Healthy"), "{} flaps: {:#}", self.name, now["status"]);
            assert_eq!(now["status"]["operationState"], operation, "{} was synced again", self.name);
        });
    }

    /// Looks at it all the time, until it has been reconciled so many times.
    #[track_caller]
    pub fn watch(&self, reconciliations: usize, mut check: impl FnMut(&Value)) {
        let mut seen = vec![self.get()["status"]["reconciledAt"].clone()];
        let deadline = Instant::now() + PATIENCE;
        while seen.len() <= reconciliations {
            let now = self.get();
            check(&now);
            let at = now["status"]["reconciledAt"].clone();
            if !seen.contains(&at) {
                seen.push(at);
            }
            assert!(Instant::now() < deadline, "{} is not reconciled: {seen:?}", self.name);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kind and name of every object that it holds to be its own, in order.
    pub fn resources(&self) -> Vec<String> {
        let application = self.get();
        let resources = application["status"]["resources"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = resources
            .iter()
            .map(|one| format!("{}/{}", one["kind"].as_str().unwrap(), one["name"].as_str().unwrap()))
            .collect();
        names.sort();
        names
    }
}

/// Whether Argo CD calls an Application so.
pub fn is(application: &Value, sync: &str, health: &str) -> bool {
    application["status"]["sync"]["status"] == sync && application["status"]["health"]["status"] == health
}

impl Drop for Application {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: {:#}\n{}", self.name, self.get()["status"], self.argo.logs());
        }
        let _ = self.argo.cluster.kubectl(&[
            "delete",
            "application",
            "-n",
            NAMESPACE,
            &self.name,
            "--wait=false",
            "--ignore-not-found",
        ]);
    }
}
