//! What a controller reports (document 001, "Neo4jRestore Status"; operator.md §1.1 "Status").

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

spec! {
    /// State of a backup.
    Neo4jBackupStatus {
        /// Current conditions.
        conditions: Vec<Condition>,
        /// Generation of the spec that this status describes.
        observed_generation: i64,
        /// `Pending`, `Scheduled`, `Suspended`, `Running`, `Completed` or `Failed`.
        phase: String,
        /// The state in a sentence.
        message: String,
        /// When the newest run started.
        last_run_time: Time,
        /// When the newest successful run ended.
        last_success_time: Time,
        /// When the next run starts.
        next_run_time: Time,
        /// Figures of the newest run.
        stats: BackupStats,
        /// The newest runs, newest first.
        history: Vec<BackupRun>,
    }
}

spec! {
    /// Figures of a backup run.
    BackupStats {
        /// Size of the artifacts, a quantity.
        size: String,
        /// How long it took, a duration.
        duration: String,
        /// Size by time.
        throughput: String,
        /// Number of artifacts.
        file_count: i32,
    }
}

spec! {
    /// One backup run.
    BackupRun {
        /// When it started.
        #[schemars(required)]
        start_time: Time,
        /// When it ended.
        completion_time: Time,
        /// How it ended.
        #[schemars(required)]
        status: String,
        /// Why it failed.
        error: String,
        /// Its figures.
        stats: BackupStats,
    }
}

spec! {
    /// State of a restore.
    Neo4jRestoreStatus {
        /// Current conditions: `Ready`, `JobCreated`, `ClusterStopped`, `BackupVerified`.
        conditions: Vec<Condition>,
        /// `Pending`, `Running`, `Completed` or `Failed`.
        phase: String,
        /// The state in a sentence.
        message: String,
        /// When the restore started.
        start_time: Time,
        /// When the restore ended.
        completion_time: Time,
        /// Figures of the restore.
        stats: RestoreStats,
        /// The backup that was restored.
        backup_info: RestoreBackupInfo,
        /// Generation of the spec that this status describes.
        observed_generation: i64,
    }
}

spec! {
    /// Figures of a restore.
    RestoreStats {
        /// How long it took, a duration.
        duration: String,
        /// Amount of data restored.
        data_size: String,
        /// Amount by time.
        throughput: String,
        /// Number of files restored.
        file_count: i32,
        /// Number of errors met.
        error_count: i32,
    }
}

spec! {
    /// The backup that was restored.
    RestoreBackupInfo {
        /// Its path.
        backup_path: String,
        /// When it was made.
        backup_created_at: Time,
        /// Name of the database in it.
        original_database: String,
        /// Version of Neo4j that wrote it.
        neo4j_version: String,
        /// Its size.
        backup_size: String,
    }
}
