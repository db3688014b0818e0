//! `Neo4jRestore` (document 001; operator.md §1.3; `runId` from DESIGN.md).

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::backup::Encryption;
use super::status::Neo4jRestoreStatus;
use super::storage::StorageLocation;

/// A restore of one database from a backup.
#[allow(clippy::duplicated_attributes, reason = "printcolumn repeats its keys by design")]
#[derive(Clone, CustomResource, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "neo4j.neo4j.com",
    version = "v1alpha1",
    kind = "Neo4jRestore",
    plural = "neo4jrestores",
    namespaced,
    status = "Neo4jRestoreStatus",
    derive = "PartialEq",
    printcolumn(name = "Target", type_ = "string", json_path = ".spec.targetCluster"),
    printcolumn(name = "Database", type_ = "string", json_path = ".spec.databaseName"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Duration", type_ = "string", json_path = ".status.stats.duration"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct Neo4jRestoreSpec {
    /// The deployment to restore into, cluster or standalone, in the namespace of this spec.
    #[schemars(required, length(min = 1, max = 253))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_cluster: Option<String>,
    /// Where the data comes from.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<RestoreSource>>,
    /// The database to restore.
    #[schemars(required, length(min = 1, max = 65))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_name: Option<String>,
    /// How the restore is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Box<RestoreOptions>>,
    /// Overwrite an existing database, as `options.replaceExisting` does. Default false.
    #[schemars(extend("default" = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
    /// Stop the deployment for an offline restore. Default false.
    #[schemars(extend("default" = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_cluster: Option<bool>,
    /// Longest time that the restore Job may run, a duration such as `2h`.
    #[schemars(length(min = 2, max = 32))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// A label value that makes the same restore a new one.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

choice! {
    /// Kind of source.
    SourceType {
        /// The backups of a `Neo4jBackup`.
        Backup = "backup",
        /// A storage location.
        Storage = "storage",
        /// A point in time: a base backup and the chain behind it.
        Pitr = "pitr",
        /// `storage` in S3.
        S3 = "s3",
        /// `storage` in Google Cloud Storage.
        Gcs = "gcs",
        /// `storage` in Azure Blob Storage.
        Azure = "azure",
    }
}

choice! {
    /// Kind of base backup.
    BaseBackupType {
        /// The backups of a `Neo4jBackup`.
        Backup = "backup",
        /// A storage location.
        Storage = "storage",
    }
}

spec! {
    /// Where the data comes from.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "self.type != 'backup' || has(self.backupRef)", "message": "type backup needs backupRef"},
        {"rule": "!(self.type in ['storage', 's3', 'gcs', 'azure']) || has(self.storage)", "message": "a storage source needs storage"},
        {"rule": "!(self.type in ['s3', 'gcs', 'azure']) || !has(self.storage) || self.storage.type == self.type", "message": "storage.type does not fit type"},
        {"rule": "self.type != 'pitr' || has(self.pitr)", "message": "type pitr needs pitr"},
    ]))]
    RestoreSource {
        /// `backup`, `storage`, `pitr`, or a storage type as a shorthand.
        #[serde(rename = "type")]
        #[schemars(required)]
        source_type: SourceType,
        /// Name of a `Neo4jBackup` in this namespace, for type `backup`.
        #[schemars(length(min = 1, max = 253))]
        backup_ref: String,
        /// Storage location, for types `storage`, `s3`, `gcs` and `azure`.
        storage: StorageLocation,
        /// Artifact or folder in the storage. With a leading slash it starts at the root of the bucket or
        /// claim, without one below `storage.path`.
        #[schemars(length(min = 1, max = 1024))]
        backup_path: String,
        /// Restore to the state before this instant, in RFC 3339 form and whole seconds.
        #[schemars(length(min = 1, max = 40), extend("format" = "date-time"))]
        point_in_time: String,
        /// Point-in-time settings, for type `pitr`.
        pitr: Pitr,
    }
}

spec! {
    /// Point-in-time settings.
    Pitr {
        /// The backup whose chain is restored.
        base_backup: BaseBackup,
        /// Where transaction logs are archived. Neo4j restores from the differentials of a chain instead.
        log_storage: StorageLocation,
        /// How long logs are kept. Default `7d`.
        #[schemars(length(min = 2, max = 32), extend("default" = "7d"))]
        log_retention: String,
        /// How much may be lost. Default `1m`.
        #[schemars(length(min = 2, max = 32), extend("default" = "1m"))]
        recovery_point_objective: String,
        /// Check the logs before the restore. Default true.
        #[schemars(extend("default" = true))]
        validate_log_integrity: bool,
        /// Compression of logs.
        compression: Compression,
        /// Encryption of logs.
        encryption: Encryption,
    }
}

spec! {
    /// The backup whose chain is restored.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "self.type != 'backup' || has(self.backupRef)", "message": "type backup needs backupRef"},
        {"rule": "self.type != 'storage' || has(self.storage)", "message": "type storage needs storage"},
    ]))]
    BaseBackup {
        /// `backup` or `storage`.
        #[serde(rename = "type")]
        #[schemars(required)]
        base_type: BaseBackupType,
        /// Name of a `Neo4jBackup`, for type `backup`.
        #[schemars(length(min = 1, max = 253))]
        backup_ref: String,
        /// Storage location, for type `storage`.
        storage: StorageLocation,
        /// Artifact or folder in the storage, as in `source.backupPath`.
        #[schemars(length(min = 1, max = 1024))]
        backup_path: String,
    }
}

choice! {
    /// Compression of transaction logs.
    CompressionAlgorithm {
        /// gzip.
        Gzip = "gzip",
        /// LZ4.
        Lz4 = "lz4",
        /// Zstandard.
        Zstd = "zstd",
    }
}

spec! {
    /// Compression of transaction logs.
    Compression {
        /// Compress. Default true.
        #[schemars(extend("default" = true))]
        enabled: bool,
        /// Algorithm. Default `gzip`.
        #[schemars(extend("default" = "gzip"))]
        algorithm: CompressionAlgorithm,
        /// Level.
        #[schemars(range(min = 0, max = 22))]
        level: i32,
    }
}

spec! {
    /// How the restore is done.
    RestoreOptions {
        /// Replace an existing database. Default false.
        #[schemars(extend("default" = false))]
        replace_existing: bool,
        /// Inspect and check the artifact before anything is touched. Default false.
        #[schemars(extend("default" = false))]
        verify_backup: bool,
        /// Further arguments of `neo4j-admin database restore`, each one argument.
        #[schemars(length(max = 64), inner(length(min = 1, max = 1024)))]
        additional_args: Vec<String>,
        /// What runs before the restore.
        pre_restore: RestoreHooks,
        /// What runs after the restore.
        post_restore: RestoreHooks,
    }
}

spec! {
    /// What runs before or after a restore.
    RestoreHooks {
        /// A Job.
        job: HookJob,
        /// Cypher statements, run in order in the database that is restored.
        #[schemars(length(max = 64), inner(length(min = 1, max = 16384)))]
        cypher_statements: Vec<String>,
    }
}

spec! {
    /// A Job that runs as a hook.
    HookJob {
        /// The Job.
        #[schemars(required)]
        template: HookTemplate,
        /// Longest time that it may run. Default `30m`.
        #[schemars(length(min = 2, max = 32), extend("default" = "30m"))]
        timeout: String,
    }
}

spec! {
    /// The Job of a hook.
    HookTemplate {
        /// Its container.
        #[schemars(required)]
        container: HookContainer,
        /// How many times a failed pod is replaced. Default 0.
        #[schemars(range(min = 0, max = 100), extend("default" = 0))]
        backoff_limit: i32,
    }
}

spec! {
    /// The container of a hook.
    HookContainer {
        /// Image.
        #[schemars(required, length(min = 1, max = 512))]
        image: String,
        /// Entry point, one argument an item.
        #[schemars(length(max = 64))]
        command: Vec<String>,
        /// Arguments, one an item.
        #[schemars(length(max = 256))]
        args: Vec<String>,
        /// Environment.
        #[schemars(length(max = 256))]
        env: Vec<EnvironmentVariable>,
    }
}

spec! {
    /// An environment variable: a value, or where it comes from.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "!(has(self.value) && has(self.valueFrom))", "message": "give value or valueFrom, not both"},
    ]))]
    EnvironmentVariable {
        /// Name.
        #[schemars(required, length(min = 1, max = 253))]
        name: String,
        /// Value.
        #[schemars(length(max = 16384))]
        value: String,
        /// Where the value comes from.
        value_from: EnvironmentSource,
    }
}

spec! {
    /// Where an environment variable's value comes from.
    EnvironmentSource {
        /// A key of a Secret.
        secret_key_ref: KeyReference,
        /// A key of a ConfigMap.
        config_map_key_ref: KeyReference,
    }
}

spec! {
    /// A key of a Secret or ConfigMap.
    KeyReference {
        /// Name of the Secret or ConfigMap.
        #[schemars(required, length(min = 1, max = 253))]
        name: String,
        /// Key.
        #[schemars(required, length(min = 1, max = 253))]
        key: String,
    }
}
