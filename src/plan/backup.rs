//! What a `Neo4jBackup` becomes, before it is written as Kubernetes objects.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Affinity, Toleration};

use super::{Argument, EnvironmentVariable, ServiceAccountPlan, Step, StoragePlan, Traced, VolumePlan};
use crate::api::quantity::Quantity;
use crate::neo4j::version::Version;

/// A backup, decided: every name, folder, argument and setting of the objects that carry it out.
#[derive(Clone, Debug)]
pub struct BackupPlan {
    /// Name of the spec.
    pub name: String,
    /// Namespace of every object.
    pub namespace: String,
    /// Name of the deployment, as a label value.
    pub target: String,
    /// Version of the deployment.
    pub version: Version,
    /// Image of every step: the deployment's own (document 000, "How Backups Work").
    pub image: String,
    /// When it runs; `None` for a backup that runs once.
    pub schedule: Option<SchedulePlan>,
    /// The account that the pods run as.
    pub service_account: ServiceAccountPlan,
    /// Where the artifacts go.
    pub storage: StoragePlan,
    /// The steps in order; the last one becomes the main container.
    pub steps: Vec<Step>,
    /// Environment of every step.
    pub environment: Vec<EnvironmentVariable>,
    /// Volumes of the pod, in the order of mention. Each step names those that it mounts.
    pub volumes: Vec<VolumePlan>,
    /// A ConfigMap that the pods read, by file name; for `options.tls`.
    pub configuration: Option<ConfigurationPlan>,
    /// Settings of Job and pods.
    pub pods: PodPlan,
    /// The lifecycle rule that a person sets on the bucket, when `retention.maxAge` asks for one.
    pub lifecycle: Option<LifecycleRule>,
}

/// Names of the objects of a backup (document 000, "Backup Operations"; DESIGN.md, "What a backup becomes").
impl BackupPlan {
    /// `<name>-backup`, the Job of a backup that runs once.
    #[must_use]
    pub fn job_name(&self) -> String {
        format!("{}-backup", self.name)
    }

    /// `<name>-backup-cron`, the CronJob of a scheduled backup.
    #[must_use]
    pub fn cron_job_name(&self) -> String {
        format!("{}-backup-cron", self.name)
    }
}

/// When a backup runs.
#[derive(Clone, Debug)]
pub struct SchedulePlan {
    /// The cron expression, as the spec has it.
    pub expression: Traced<String>,
    /// IANA zone.
    pub time_zone: Traced<String>,
    /// Seconds that a run may start late.
    pub starting_deadline_seconds: Traced<i64>,
    /// Finished runs to keep: successful, failed.
    pub successful_history: Traced<i32>,
    /// Failed runs to keep.
    pub failed_history: Traced<i32>,
    /// Paused.
    pub suspend: Traced<bool>,
}

/// A ConfigMap with files for the pods.
#[derive(Clone, Debug)]
pub struct ConfigurationPlan {
    /// Its name.
    pub name: String,
    /// Files by name.
    pub files: BTreeMap<String, String>,
}

/// Settings of a Job and its pods.
#[derive(Clone, Debug, Default)]
pub struct PodPlan {
    /// Labels of Job and pods beside the standard ones, with the field each came from.
    pub labels: BTreeMap<String, String>,
    /// Annotations of Job and pods.
    pub annotations: BTreeMap<String, String>,
    /// Requests of each step's container.
    pub requests: BTreeMap<String, Quantity>,
    /// Limits of each step's container.
    pub limits: BTreeMap<String, Quantity>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Tolerations.
    pub tolerations: Vec<Toleration>,
    /// Affinity.
    pub affinity: Option<Box<Affinity>>,
    /// PriorityClass.
    pub priority_class_name: Option<String>,
    /// Secrets with registry credentials, the target's first.
    pub image_pull_secrets: Vec<String>,
    /// How often a failed pod is replaced.
    pub backoff_limit: i32,
    /// Seconds that one pod may run; stands in the pod template, where it keeps the pod and its logs
    /// (pods.md §3).
    pub deadline_seconds: Option<i64>,
    /// Seconds that a finished Job is kept; one-shot Jobs only.
    pub ttl_seconds: Option<i32>,
    /// The pods use Azure workload identity and need its label.
    pub azure_workload_identity: bool,
}

/// A bucket lifecycle rule that keeps what `retention` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRule {
    /// What it is for: `S3`, `Google Cloud Storage` or `Azure Blob Storage`.
    pub store: &'static str,
    /// The rule as the provider's tools take it, JSON.
    pub document: String,
    /// The provider's command that sets it, for a person to copy.
    pub command: String,
}

/// The arguments of one step, for callers that only need the text.
#[must_use]
pub fn command_line(arguments: &[Argument]) -> Vec<&str> {
    arguments.iter().map(|argument| argument.text.as_str()).collect()
}
