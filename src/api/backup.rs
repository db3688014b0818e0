//! `Neo4jBackup` (documents 000 and 001; operator.md §1.1; additions of DESIGN.md, "The spec language").

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job::JobSettings;
use super::status::Neo4jBackupStatus;
use super::storage::{CloudBlock, StorageLocation};

/// A backup of the databases of a Neo4j deployment: once, or on a schedule.
#[allow(clippy::duplicated_attributes, reason = "printcolumn repeats its keys by design")]
#[derive(Clone, CustomResource, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "neo4j.neo4j.com",
    version = "v1alpha1",
    kind = "Neo4jBackup",
    plural = "neo4jbackups",
    namespaced,
    status = "Neo4jBackupStatus",
    derive = "PartialEq",
    printcolumn(name = "Target", type_ = "string", json_path = ".spec.target.kind"),
    printcolumn(name = "Schedule", type_ = "string", json_path = ".spec.schedule"),
    printcolumn(name = "LastRun", type_ = "date", json_path = ".status.lastRunTime"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "!(has(self.cloud) && has(self.storage.cloud))", "message": "give cloud or storage.cloud, not both"},
    {"rule": "!has(self.cloud) || self.storage.type != 'pvc'", "message": "cloud does not belong to type pvc"},
    {"rule": "!has(self.cloud) || !has(self.cloud.provider) || self.storage.type == 'pvc' || {'s3': 'aws', 'gcs': 'gcp', 'azure': 'azure'}[self.storage.type] == self.cloud.provider", "message": "cloud.provider does not fit storage.type: s3 is aws, gcs is gcp, azure is azure"},
]))]
pub struct Neo4jBackupSpec {
    /// What is backed up.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<BackupTarget>,
    /// Where the artifacts go.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageLocation>,
    /// Alias of `storage.cloud`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Box<CloudBlock>>,
    /// When it runs: five cron fields or a macro such as `@daily`. Without it the backup runs once.
    #[schemars(length(min = 1, max = 256))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Zone of the schedule, an IANA name. Default `Etc/UTC`.
    #[schemars(length(min = 1, max = 64), extend("default" = "Etc/UTC"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How late a run may still start, a duration of at least 10s. Default `10m`.
    #[schemars(length(min = 2, max = 32), extend("default" = "10m"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_deadline: Option<String>,
    /// How many finished runs are kept in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_limits: Option<HistoryLimits>,
    /// How long backups are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// How the backup is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Box<BackupOptions>>,
    /// Pause the schedule. Default false.
    #[schemars(extend("default" = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// The Job and its pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Box<JobSettings>>,
    /// How data leaves Neo4j. Default `Online`.
    #[schemars(extend("default" = "Online"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<BackupMethod>,
}

choice! {
    /// How data leaves Neo4j.
    BackupMethod {
        /// `neo4j-admin database backup`, Enterprise only.
        Online = "Online",
        /// A Cypher export over Bolt, also for the Community edition (document 002).
        Export = "Export",
    }
}

choice! {
    /// What a backup covers.
    TargetKind {
        /// A whole deployment: all its databases, or those that `databases` names.
        Cluster = "Cluster",
        /// One database of a deployment.
        Database = "Database",
    }
}

spec! {
    /// What is backed up.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "self.kind != 'Database' || has(self.clusterRef)", "message": "kind Database needs clusterRef, the deployment that owns the database"},
        {"rule": "self.kind != 'Database' || !has(self.databases)", "message": "databases belongs to kind Cluster; kind Database names its database in name"},
    ]))]
    BackupTarget {
        /// `Cluster`: a whole deployment, cluster or standalone. `Database`: one database of it.
        #[schemars(required)]
        kind: TargetKind,
        /// With kind `Cluster` the name of the deployment, with kind `Database` the name of the database.
        #[schemars(required, length(min = 1, max = 253))]
        name: String,
        /// With kind `Database`: the deployment that owns the database.
        #[schemars(length(min = 1, max = 253))]
        cluster_ref: String,
        /// Namespace of the deployment. Default: the namespace of this spec.
        #[schemars(length(min = 1, max = 63))]
        namespace: String,
        /// With kind `Cluster`: names or globs (`*`, `?`) of the databases, instead of all.
        #[schemars(length(min = 1, max = 256), inner(length(min = 1, max = 128)))]
        databases: Vec<String>,
    }
}

spec! {
    /// How many finished runs are kept in the cluster.
    HistoryLimits {
        /// Successful runs. Default 3.
        #[schemars(range(min = 0, max = 1000), extend("default" = 3))]
        successful: i32,
        /// Failed runs. Default 3.
        #[schemars(range(min = 0, max = 1000), extend("default" = 3))]
        failed: i32,
    }
}

choice! {
    /// What happens to a backup that retention no longer keeps.
    DeletePolicy {
        /// It is deleted.
        Delete = "Delete",
        /// It is moved to cheaper storage. Neo4j and this program have no mechanism for it.
        Archive = "Archive",
    }
}

spec! {
    /// How long backups are kept. Whole chains only: a full backup goes with its differentials.
    Retention {
        /// Age after which a backup is not kept: a whole number and one unit `s`, `m`, `h`, `d` or `w`, such as `30d`.
        #[schemars(length(min = 2, max = 16))]
        max_age: String,
        /// How many backups are kept.
        #[schemars(range(min = 0, max = 100_000))]
        max_count: i32,
        /// `Delete` or `Archive`. Default `Delete`.
        #[schemars(extend("default" = "Delete"))]
        delete_policy: DeletePolicy,
        /// Keep the newest chains, this many.
        #[schemars(range(min = 0, max = 100_000))]
        keep_last: i32,
        /// Keep the newest chain of each of this many days.
        #[schemars(range(min = 0, max = 100_000))]
        keep_daily: i32,
        /// Keep the newest chain of each of this many weeks.
        #[schemars(range(min = 0, max = 100_000))]
        keep_weekly: i32,
        /// Keep the newest chain of each of this many months.
        #[schemars(range(min = 0, max = 100_000))]
        keep_monthly: i32,
        /// Keep the newest chain of each of this many years.
        #[schemars(range(min = 0, max = 100_000))]
        keep_yearly: i32,
    }
}

choice! {
    /// Kind of artifact.
    BackupType {
        /// A full backup, which starts a chain.
        Full = "FULL",
        /// A differential backup, which continues a chain.
        Diff = "DIFF",
        /// Differential where a chain exists, else full.
        Auto = "AUTO",
    }
}

choice! {
    /// Which users and roles are stored with a backup.
    IncludeMetadata {
        /// Users and roles.
        All = "all",
        /// Nothing.
        None = "none",
        /// Users only.
        Users = "users",
        /// Roles only.
        Roles = "roles",
    }
}

choice! {
    /// Cipher of an encrypted backup.
    EncryptionAlgorithm {
        /// AES with a 256-bit key.
        Aes256 = "AES256",
        /// ChaCha20-Poly1305.
        ChaCha20Poly1305 = "ChaCha20Poly1305",
    }
}

spec! {
    /// How the backup is taken.
    BackupOptions {
        /// Compress artifacts. Default true.
        #[schemars(extend("default" = true))]
        compress: bool,
        /// Encryption of artifacts before they leave the pod.
        encryption: Encryption,
        /// Check what was written: inspect the chain, and check the consistency of each database named literally. Default false.
        #[schemars(extend("default" = false))]
        verify: bool,
        /// `FULL`, `DIFF` or `AUTO`. Default `FULL`.
        #[schemars(extend("default" = "FULL"))]
        backup_type: BackupType,
        /// Page cache of the backup process, such as `4G`.
        #[schemars(regex(pattern = "^[0-9]+[KMG]?$"), length(min = 1, max = 16))]
        page_cache: String,
        /// Download files in parallel. Since Neo4j 2025.11.
        parallel_download: bool,
        /// Let the deployment choose the server to back up from. Since Neo4j 2025.09.
        remote_address_resolution: bool,
        /// Leave transactions to be applied later; the artifact is unrecovered until aggregated. Since Neo4j 2025.11.
        skip_recovery: bool,
        /// Further arguments of `neo4j-admin database backup`, each one argument: `--verbose`.
        #[schemars(length(max = 64), inner(length(min = 1, max = 1024)))]
        additional_args: Vec<String>,
        /// Let a differential follow the newest differential instead of the newest backup. Default false. Since Neo4j 2025.04.
        #[schemars(extend("default" = false))]
        prefer_diff_as_parent: bool,
        /// Absolute path inside the pod where the temporary volume is mounted.
        #[schemars(length(min = 1, max = 512))]
        temp_path: String,
        /// A volume of its own for temporary files, instead of the node's disk.
        temp_storage: TempStorage,
        /// Users and roles to store: `all`, `none`, `users` or `roles`. Default `all`.
        include_metadata: IncludeMetadata,
        /// Apply transactions in parallel. Experimental in Neo4j.
        parallel_recovery: bool,
        /// Keep what a failed backup has written.
        keep_failed: bool,
        /// Certificates for a backup port that is protected by TLS.
        tls: BackupTls,
    }
}

spec! {
    /// Encryption of artifacts.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "!has(self.enabled) || !self.enabled || has(self.keySecret)", "message": "encryption needs keySecret"},
    ]))]
    Encryption {
        /// Encrypt. Default false.
        #[schemars(extend("default" = false))]
        enabled: bool,
        /// Secret with the key.
        #[schemars(length(min = 1, max = 253))]
        key_secret: String,
        /// Key within the Secret. Default `key`.
        #[schemars(length(min = 1, max = 253), extend("default" = "key"))]
        key_secret_key: String,
        /// Cipher. Default `AES256`.
        #[schemars(extend("default" = "AES256"))]
        algorithm: EncryptionAlgorithm,
    }
}

spec! {
    /// A temporary volume that lives as long as its pod.
    TempStorage {
        /// Size, a Kubernetes quantity; it must hold the largest store.
        #[schemars(required, length(min = 1, max = 32))]
        size: String,
        /// StorageClass; without it the cluster's default class.
        #[schemars(length(min = 1, max = 253))]
        storage_class_name: String,
    }
}

spec! {
    /// Certificates of the backup client.
    BackupTls {
        /// Secret with key, certificate and trusted certificates.
        #[schemars(required, length(min = 1, max = 253))]
        secret_name: String,
        /// Names of the keys within the Secret.
        keys: TlsKeys,
    }
}

spec! {
    /// Names of keys within a TLS Secret.
    TlsKeys {
        /// The private key. Default `tls.key`.
        #[schemars(length(min = 1, max = 253), extend("default" = "tls.key"))]
        key: String,
        /// The certificate. Default `tls.crt`.
        #[schemars(length(min = 1, max = 253), extend("default" = "tls.crt"))]
        certificate: String,
        /// Certificates that the servers' are checked against. Default `ca.crt`.
        #[schemars(length(min = 1, max = 253), extend("default" = "ca.crt"))]
        trusted: String,
    }
}
