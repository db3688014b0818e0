//! The CronJob of a release of the chart `neo4j-admin`, as the values that made it: everything travels by environment
//! (peers.md §2.2, "Env contract of the wrapper").

use super::helm::Surroundings;
use super::tree::{Entry, Node};

const CONTAINER: &str = "graph-backup";
const POD: &str = "spec.jobTemplate.spec.template.spec";

/// Whether a CronJob is one.
pub(super) fn is_release(cron_job: &Node) -> bool {
    container(cron_job).is_some()
}

fn container(cron_job: &Node) -> Option<&Node> {
    let containers = cron_job.get(&format!("{POD}.containers"))?.items();
    containers.iter().map(|item| &item.node).find(|container| container.text_at("name") == Some(CONTAINER))
}

/// Environment of the wrapper: variable, value.
const ENVIRONMENT: [(&str, &str); 40] = [
    ("DATABASE_SERVICE_NAME", "backup.databaseAdminServiceName"),
    ("DATABASE_SERVICE_IP", "backup.databaseAdminServiceIP"),
    ("DATABASE_NAMESPACE", "backup.databaseNamespace"),
    ("DATABASE_BACKUP_PORT", "backup.databaseBackupPort"),
    ("DATABASE_CLUSTER_DOMAIN", "backup.databaseClusterDomain"),
    ("DATABASE_BACKUP_ENDPOINTS", "backup.databaseBackupEndpoints"),
    ("DATABASE", "backup.database"),
    ("CLOUD_PROVIDER", "backup.cloudProvider"),
    ("BUCKET_NAME", "backup.bucketName"),
    ("KEEP_BACKUP_FILES", "backup.keepBackupFiles"),
    ("PAGE_CACHE", "backup.pageCache"),
    ("HEAP_SIZE", "backup.heapSize"),
    ("INCLUDE_METADATA", "backup.includeMetadata"),
    ("PARALLEL_RECOVERY", "backup.parallelRecovery"),
    ("TYPE", "backup.type"),
    ("KEEP_FAILED", "backup.keepFailed"),
    ("VERBOSE", "backup.verbose"),
    ("AZURE_STORAGE_ACCOUNT", "backup.azureStorageAccountName"),
    ("AZURE_STORAGE_ACCOUNT_NAME", "backup.azureStorageAccountName"),
    ("AZURE_BLOB_SERVICE_URL", "backup.azureBlobServiceURL"),
    ("ENDPOINT", "backup.minioEndpoint"),
    ("AWS_ENDPOINT_URL_S3", "backup.s3Endpoint"),
    ("AWS_REGION", "backup.s3Region"),
    ("AWS_DEFAULT_REGION", "backup.s3Region"),
    ("S3_FORCE_PATH_STYLE", "backup.s3ForcePathStyle"),
    ("S3_SIGNATURE_VERSION", "backup.s3SignatureVersion"),
    ("BACKUP_TEMP_DIR", "backup.tempDir"),
    ("COMPRESS", "backup.compress"),
    ("PREFER_DIFF_AS_PARENT", "backup.preferDiffAsParent"),
    ("AGGREGATE_BACKUP_ENABLED", "backup.aggregate.enabled"),
    ("CONSISTENCY_CHECK_ENABLE", "consistencyCheck.enable"),
    ("CONSISTENCY_CHECK_INDEXES", "consistencyCheck.checkIndexes"),
    ("CONSISTENCY_CHECK_GRAPH", "consistencyCheck.checkGraph"),
    ("CONSISTENCY_CHECK_COUNTS", "consistencyCheck.checkCounts"),
    ("CONSISTENCY_CHECK_PROPERTYOWNERS", "consistencyCheck.checkPropertyOwners"),
    ("CONSISTENCY_CHECK_DATABASE", "consistencyCheck.database"),
    ("CONSISTENCY_CHECK_MAXOFFHEAPMEMORY", "consistencyCheck.maxOffHeapMemory"),
    ("CONSISTENCY_CHECK_THREADS", "consistencyCheck.threads"),
    ("CONSISTENCY_CHECK_TIMEOUT", "consistencyCheck.timeout"),
    ("CONSISTENCY_CHECK_VERBOSE", "consistencyCheck.verbose"),
];

/// What the chart itself needs: paths inside the pod, and switches of an aggregation that is off.
const INNER: [&str; 6] = [
    "CREDENTIAL_PATH",
    "BACKUP_PATH",
    "AWS_SHARED_CREDENTIALS_FILE",
    "S3_CA_CERT_PATH",
    "CONSISTENCY_CHECK_TEMP_DIR",
    "LOCATION",
];

/// The fields of a release's environment, and the variables that a person knows them by.
pub(super) fn variables(cron_job: &Node) -> Vec<(String, String)> {
    let environment = container(cron_job).and_then(|container| container.get("env"));
    let mut found = Vec::new();
    for item in environment.map(Node::items).unwrap_or_default() {
        let name = item.node.text_at("name").unwrap_or_default();
        for node in item.node.get("value").into_iter().chain([&item.node]) {
            found.push((format!("`{}`", super::pass::shown(&node.from)), format!("`{name}`")));
        }
    }
    found
}

/// The values behind a release, and what else its CronJob says.
pub(super) fn values(cron_job: &Node, surroundings: &Surroundings) -> (Node, Surroundings) {
    let mut values = Node::map("spec");
    let text = |path: &str| cron_job.text_at(path).map(str::to_owned);
    let surroundings = Surroundings {
        name: surroundings.name.clone().or_else(|| text("metadata.name")),
        namespace: text("metadata.namespace").or_else(|| surroundings.namespace.clone()),
        target: surroundings.target.clone(),
    };
    let mut copy = |from: &str, to: &str| {
        if let Some(entry) = cron_job.entry(from) {
            values.put(to, entry.clone());
        }
    };
    copy("spec.schedule", "neo4j.jobSchedule");
    copy("spec.suspend", "suspend");
    copy("spec.successfulJobsHistoryLimit", "neo4j.successfulJobsHistoryLimit");
    copy("spec.failedJobsHistoryLimit", "neo4j.failedJobsHistoryLimit");
    copy("spec.jobTemplate.spec.backoffLimit", "neo4j.backoffLimit");
    copy("spec.jobTemplate.spec.template.metadata.annotations", "neo4j.podAnnotations");
    copy(&format!("{POD}.nodeSelector"), "nodeSelector");
    copy(&format!("{POD}.tolerations"), "tolerations");
    copy(&format!("{POD}.affinity"), "affinity");
    copy(&format!("{POD}.serviceAccountName"), "serviceAccountName");
    copy(&format!("{POD}.imagePullSecrets"), "neo4j.imagePullSecrets");
    copy(&format!("{POD}.securityContext"), "securityContext");
    labels(cron_job, &mut values);
    if let Some(container) = container(cron_job) {
        environment(container, &mut values);
        for (from, to) in [("image", "neo4j.image"), ("securityContext", "containerSecurityContext")] {
            if let Some(entry) = container.entry(from) {
                values.put(to, entry.clone());
            }
        }
        for kind in ["requests", "limits"] {
            for (theirs, ours) in
                [("ephemeral-storage", "ephemeralStorage"), ("cpu", "cpu"), ("memory", "memory")]
            {
                if let Some(entry) = container.entry(&format!("resources.{kind}.{theirs}")) {
                    values.put(&format!("resources.{kind}.{ours}"), entry.clone());
                }
            }
        }
        volumes(cron_job, container, &mut values);
    }
    (values, surroundings)
}

/// Labels of the pods that the chart and Kubernetes did not add themselves.
fn labels(cron_job: &Node, values: &mut Node) {
    let Some(labels) = cron_job.entry("spec.jobTemplate.spec.template.metadata.labels") else { return };
    for label in labels.node.entries() {
        if !label.key.contains("kubernetes.io/") && !label.key.contains("helm.sh/") {
            let Some(podlabels) = podlabels(values, &labels.node.from) else { return };
            podlabels.push(label.clone());
        }
    }
}

fn podlabels<'n>(values: &'n mut Node, from: &str) -> Option<&'n mut Vec<Entry>> {
    values.set("neo4j.podLabels", Node::map(from));
    match &mut values.entry_mut("neo4j.podLabels")?.node.body {
        super::tree::Body::Map { entries, .. } => Some(entries),
        _ => None,
    }
}

fn environment(container: &Node, values: &mut Node) {
    let Some(environment) = container.get("env") else { return };
    let mut others = Vec::new();
    for item in environment.items() {
        let name = item.node.text_at("name").unwrap_or_default();
        let value = item.node.get("value");
        let known = ENVIRONMENT.iter().find(|(variable, _)| *variable == name);
        match (known, value) {
            (Some((_, path)), Some(value)) if value.says_something() => {
                let typed = match value.as_text() {
                    // The environment knows only texts.
                    Some(text @ ("true" | "false")) => Node::bare(&value.from, text),
                    _ => value.clone(),
                };
                values.set(path, typed);
            }
            (Some(_), None) | (None, Some(_)) if inner(name) => {}
            (None, _) if !inner(name) && item.node.get("value").is_none_or(Node::says_something) => {
                others.push(item.clone());
            }
            _ => {}
        }
    }
    if !others.is_empty() {
        let mut list = Node::list(&environment.from, []);
        if let Some(first) = others.first() {
            list.from.clone_from(&first.node.from);
        }
        if let super::tree::Body::List { items, .. } = &mut list.body {
            *items = others;
        }
        values.set("extraEnvVars", list);
    }
}

fn inner(name: &str) -> bool {
    INNER.contains(&name) || name.starts_with("AGGREGATE_BACKUP_") || name.starts_with("NEO4J_dbms_")
}

/// The volume at `/backups`, and the Secret at `/credentials`.
fn volumes(cron_job: &Node, container: &Node, values: &mut Node) {
    let Some(volumes) = cron_job.get(&format!("{POD}.volumes")) else { return };
    for mount in container.get("volumeMounts").map(Node::items).unwrap_or_default() {
        let at = mount.node.text_at("mountPath").unwrap_or_default().trim_end_matches('/');
        let name = mount.node.text_at("name");
        let volume =
            volumes.items().iter().map(|item| &item.node).find(|volume| volume.text_at("name") == name);
        let Some(volume) = volume else { continue };
        match at {
            "/backups" => {
                let mut copy = volume.clone();
                copy.take("name");
                values.set("tempVolume", copy);
            }
            "/credentials" => {
                if let Some(secret) = volume.entry("secret.secretName") {
                    values.put("backup.secretName", secret.clone());
                }
            }
            _ => {}
        }
    }
}
