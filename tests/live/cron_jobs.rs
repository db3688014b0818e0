//! CronJobs as `render` names and labels them, whose steps are shell scripts in busybox: for commands that care about
//! runs and not about Neo4j.

use crate::namespace::Namespace;
use crate::run::{self, Run};

/// What differs between them.
pub(crate) struct Backup<'a> {
    /// Name of the spec.
    pub(crate) name: &'a str,
    /// Names and scripts of the steps, in order.
    pub(crate) steps: &'a [(&'a str, &'a str)],
    /// `successfulJobsHistoryLimit`, `failedJobsHistoryLimit`
    pub(crate) history: (u32, u32),
    /// `backoffLimit`
    pub(crate) retries: u32,
    /// `suspend`
    pub(crate) suspend: bool,
}

impl Default for Backup<'_> {
    fn default() -> Self {
        Self {
            name: "nightly",
            steps: &[("backup", "echo done")],
            history: (3, 3),
            retries: 0,
            suspend: false,
        }
    }
}

impl Backup<'_> {
    /// The CronJob. It is due once a year, so that nothing happens that a test does not do.
    pub(crate) fn yaml(&self) -> String {
        let Self { name, history: (successful, failed), retries, suspend, .. } = self;
        let labels = format!(
            "{{app.kubernetes.io/name: neo4j-backup, app.kubernetes.io/component: backup, \
             app.kubernetes.io/managed-by: kubectl-neo4j-backup, neo4j.neo4j.com/backup: {name}, \
             neo4j.neo4j.com/target: graph}}"
        );
        let step = |(name, script): &(&str, &str)| {
            format!(
                "{{name: {name}, image: 'busybox:1.36', command: [sh, -c, {}], \
                 terminationMessagePolicy: FallbackToLogsOnError}}",
                serde_json::to_string(script).unwrap()
            )
        };
        let (last, first) = self.steps.split_last().unwrap();
        let first: Vec<String> = first.iter().map(step).collect();
        format!(
            "apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}-backup-cron, labels: {labels}}}
spec:
  schedule: 0 0 1 1 *
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  suspend: {suspend}
  successfulJobsHistoryLimit: {successful}
  failedJobsHistoryLimit: {failed}
  jobTemplate:
    metadata: {{labels: {labels}, annotations: {{team: graph}}}}
    spec:
      backoffLimit: {retries}
      template:
        metadata: {{labels: {labels}}}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          initContainers: [{}]
          containers: [{}]
",
            first.join(", "),
            step(last)
        )
    }

    /// Applies it as `apply` does: under our manager.
    #[track_caller]
    pub(crate) fn apply(&self, namespace: &Namespace<'_>) {
        self.try_apply(namespace).success();
    }

    /// The same, whatever comes of it.
    #[track_caller]
    pub(crate) fn try_apply(&self, namespace: &Namespace<'_>) -> Run {
        let mut command = namespace.cluster.kubectl_command();
        command.args(["--namespace", &namespace.name, "apply", "--server-side"]);
        command.args(["--field-manager", "neo4j-backup", "-f", "-"]);
        run::finish(&mut command, &self.yaml())
    }
}

/// The names of the Jobs of a namespace.
pub(crate) fn jobs(namespace: &Namespace<'_>) -> Vec<String> {
    let list = namespace.get_json(&["jobs"]);
    let items = list["items"].as_array().unwrap();
    items.iter().map(|job| job["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}
