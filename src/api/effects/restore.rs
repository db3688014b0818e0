//! Rows of `Neo4jRestore`.

use super::storage::{cloud, read_location};
use super::{Effect, rows};

/// The hooks before or after a restore.
macro_rules! hook {
    ($at:literal) => {
        rows! { "Neo4jRestore", $at;
            ".cypherStatements[]" => "A step of a suspended Job that runs the statement with `cypher-shell` in the database.", "document 001, \"RestoreHooks\"";
            ".job.template.container.image" => "`image` of the hook Job's container.", "document 001, \"ContainerSpec\"";
            ".job.template.container.command[]" => "`command` of the hook Job's container, `$` doubled so that Kubernetes expands nothing.", "document 001, \"ContainerSpec\"";
            ".job.template.container.args[]" => "`args` of the hook Job's container, `$` doubled so that Kubernetes expands nothing.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].name" => "`env` of the hook Job's container.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].value" => "`env` of the hook Job's container, `$` doubled so that Kubernetes expands nothing.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].valueFrom.secretKeyRef.name" => "`env` of the hook Job's container, by reference.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].valueFrom.secretKeyRef.key" => "`env` of the hook Job's container, by reference.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].valueFrom.configMapKeyRef.name" => "`env` of the hook Job's container, by reference.", "document 001, \"ContainerSpec\"";
            ".job.template.container.env[].valueFrom.configMapKeyRef.key" => "`env` of the hook Job's container, by reference.", "document 001, \"ContainerSpec\"";
            ".job.template.backoffLimit" => "`spec.backoffLimit` of the hook Job.", "document 001, \"JobTemplateSpec\"";
            ".job.timeout" => "`activeDeadlineSeconds` of the hook Job's pod template.", "document 001, \"RestoreHookJob\"";
        }
    };
}

pub(super) static ROWS: &[&[Effect]] = &[
    TOP,
    SOURCE,
    read_location!("spec.source.storage"),
    cloud!("Neo4jRestore", "spec.source.storage.cloud"),
    BASE_BACKUP,
    read_location!("spec.source.pitr.baseBackup.storage"),
    cloud!("Neo4jRestore", "spec.source.pitr.baseBackup.storage.cloud"),
    PITR,
    OPTIONS,
    hook!("spec.options.preRestore"),
    hook!("spec.options.postRestore"),
];

const TOP: &[Effect] = rows! { "Neo4jRestore", "spec";
    ".targetCluster" => "The deployment: the image, the data claim or the Bolt address, and the label `neo4j.neo4j.com/target`.", "document 001, \"Top-Level Fields\"; operator.md §3";
    ".databaseName" => "The positional argument of `neo4j-admin database restore`, or the database in the seed statement; and the database that is looked for in the source's folder.", "document 001, \"Top-Level Fields\"; neo4j-admin.md §1.2";
    ".force" => "As `options.replaceExisting`.", "document 001, \"Top-Level Fields\"";
    ".stopCluster" => "Standalone: an offline Job on the data claim instead of a seed. Cluster: the designated-seeder procedure.", "document 001, \"`stopCluster` and Offline Restore\"; neo4j-admin.md §4";
    ".timeout" => "`activeDeadlineSeconds` of the restore Job's pod template. Without it one day.", "document 001, \"Top-Level Fields\"; pods.md §3";
    ".runId" => "The restore's identity, the annotation `neo4j.neo4j.com/run-id` of its Jobs: another value makes the same restore a new one.", "DESIGN.md, law 8";
};

const SOURCE: &[Effect] = rows! { "Neo4jRestore", "spec.source";
    ".type" => "Where the source is described: `backupRef`, `storage`, or `pitr`.", "document 001, \"RestoreSource\"";
    ".backupRef" => "The folder, credentials and ServiceAccount of that `Neo4jBackup`: `--from-path`, or the seed URI.", "document 001, \"RestoreSource\"";
    ".backupPath" => "The artifact or folder in `--from-path`, or in the seed URI.", "document 001, \"RestoreSource\"; DESIGN.md, \"What a restore becomes\"";
    ".pointInTime" => "`--restore-until=<time>` in Neo4j's own form; in a seed the option `seedRestoreUntil`, which 5.26 does not have.", "document 001, \"RestoreSource\"; neo4j-admin.md §1.2, §4.2";
};

const BASE_BACKUP: &[Effect] = rows! { "Neo4jRestore", "spec.source.pitr.baseBackup";
    ".type" => "Where the source is described: `backupRef` or `storage`.", "document 001, \"BaseBackupSource\"";
    ".backupRef" => "The folder, credentials and ServiceAccount of that `Neo4jBackup`: `--from-path`, or the seed URI.", "document 001, \"BaseBackupSource\"";
    ".backupPath" => "The artifact or folder in `--from-path`, or in the seed URI.", "document 001, \"BaseBackupSource\"";
};

const PITR: &[Effect] = rows! { "Neo4jRestore", "spec.source.pitr";
    ".logStorage.**" => !"Nothing: Neo4j archives no transaction logs. A point in time lies within the chain of a full backup and its differentials.", "document 001, \"PITRConfig\"; neo4j-admin.md §9";
    ".logRetention" => !"Nothing: Neo4j archives no transaction logs. How far back a point in time can lie follows from the backups that are kept.", "document 001, \"PITRConfig\"; neo4j-admin.md §9";
    ".recoveryPointObjective" => !"Nothing: what may be lost follows from the schedule of the differential backups.", "document 001, \"PITRConfig\"; neo4j-admin.md §9";
    ".validateLogIntegrity" => !"Nothing: there are no archived logs to check. `options.verifyBackup` checks the artifact.", "document 001, \"PITRConfig\"; neo4j-admin.md §9";
    ".compression.enabled" => !"Nothing: there are no archived logs to compress. `compress` of the backup compresses artifacts.", "document 001, \"CompressionConfig\"; neo4j-admin.md §9";
    ".compression.algorithm" => !"Nothing: there are no archived logs to compress.", "document 001, \"CompressionConfig\"; neo4j-admin.md §9";
    ".compression.level" => !"Nothing: there are no archived logs to compress.", "document 001, \"CompressionConfig\"; neo4j-admin.md §9";
    ".encryption.enabled" => !"Nothing: there are no archived logs to decrypt, and `neo4j-admin` cannot encrypt artifacts.", "document 001, \"EncryptionConfig\"; neo4j-admin.md §9";
    ".encryption.keySecret" => !"Nothing: there are no archived logs to decrypt.", "document 001, \"EncryptionConfig\"; neo4j-admin.md §9";
    ".encryption.keySecretKey" => !"Nothing: there are no archived logs to decrypt.", "document 001, \"EncryptionConfig\"; neo4j-admin.md §9";
    ".encryption.algorithm" => !"Nothing: there are no archived logs to decrypt.", "document 001, \"EncryptionConfig\"; neo4j-admin.md §9";
};

const OPTIONS: &[Effect] = rows! { "Neo4jRestore", "spec.options";
    ".replaceExisting" => "Offline on a standalone: `--overwrite-destination=true`. In a seed: the existing database is recreated or replaced. Never an overwrite in a cluster.", "document 001, \"RestoreOptionsSpec\"; neo4j-admin.md §4.4";
    ".verifyBackup" => "Steps before the restore: `inspect` and `check-<database>`; before a seed in a Job `<name>-restore-verify` of their own.", "document 001, \"RestoreOptionsSpec\"; neo4j-admin.md §1.4, §1.6";
    ".additionalArgs[]" => "One more argument of `neo4j-admin database restore`, before the database. A seed has no such arguments.", "document 001, \"RestoreOptionsSpec\"; neo4j-admin.md §1.2";
};
