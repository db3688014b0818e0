//! Which fields of a spec decide the settings of a Job and its pods.
//!
//! A [`PodPlan`](crate::plan::backup::PodPlan) holds plain values, the same for backups, restores and hooks; where
//! they were written is a property of the spec language and stands here once.

/// Fields behind a `PodPlan`; `None` where no field of that kind of spec decides.
pub(super) struct SettingFields {
    /// The image of steps that have none of their own.
    pub image: Option<&'static str>,
    /// The image of a hook's own container.
    pub own_image: Option<&'static str>,
    pub labels: Option<&'static str>,
    pub annotations: Option<&'static str>,
    pub resources: Option<&'static str>,
    pub node_selector: Option<&'static str>,
    pub tolerations: Option<&'static str>,
    pub affinity: Option<&'static str>,
    pub priority_class_name: Option<&'static str>,
    pub image_pull_secrets: Option<&'static str>,
    pub backoff_limit: Option<&'static str>,
    pub deadline: Option<&'static str>,
    pub ttl: Option<&'static str>,
    /// The deployment's name.
    pub target: &'static str,
}

/// `Neo4jBackup`.
pub(super) const BACKUP: SettingFields = SettingFields {
    image: Some("spec.target"),
    own_image: None,
    labels: Some("spec.job.labels"),
    annotations: Some("spec.job.annotations"),
    resources: Some("spec.job.resources"),
    node_selector: Some("spec.job.nodeSelector"),
    tolerations: Some("spec.job.tolerations"),
    affinity: Some("spec.job.affinity"),
    priority_class_name: Some("spec.job.priorityClassName"),
    image_pull_secrets: Some("spec.job.imagePullSecrets"),
    backoff_limit: Some("spec.job.backoffLimit"),
    deadline: Some("spec.job.deadline"),
    ttl: Some("spec.job.ttlAfterFinished"),
    target: "spec.target.name",
};

/// The restore Job of a `Neo4jRestore`.
const RESTORE: SettingFields = SettingFields {
    image: Some("spec.targetCluster"),
    own_image: None,
    labels: None,
    annotations: None,
    resources: None,
    node_selector: None,
    tolerations: None,
    affinity: None,
    priority_class_name: None,
    image_pull_secrets: None,
    backoff_limit: None,
    deadline: Some("spec.timeout"),
    ttl: None,
    target: "spec.targetCluster",
};

/// What runs before a restore.
const PRE_RESTORE: SettingFields = SettingFields {
    own_image: Some("spec.options.preRestore.job.template.container.image"),
    backoff_limit: Some("spec.options.preRestore.job.template.backoffLimit"),
    deadline: Some("spec.options.preRestore.job.timeout"),
    ..RESTORE
};

/// What runs after a restore.
const POST_RESTORE: SettingFields = SettingFields {
    own_image: Some("spec.options.postRestore.job.template.container.image"),
    backoff_limit: Some("spec.options.postRestore.job.template.backoffLimit"),
    deadline: Some("spec.options.postRestore.job.timeout"),
    ..RESTORE
};

/// Fields behind the Job of a restore, by its component.
pub(super) fn of_restore_job(component: &str) -> &'static SettingFields {
    if component.starts_with("pre-restore") {
        &PRE_RESTORE
    } else if component.starts_with("post-restore") {
        &POST_RESTORE
    } else {
        &RESTORE
    }
}
