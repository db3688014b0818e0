//! Rows of `Neo4jBackup`.

use super::storage::cloud;
use super::{Effect, rows};

pub(super) static ROWS: &[&[Effect]] = &[
    TARGET,
    STORAGE,
    cloud!("Neo4jBackup", "spec.storage.cloud"),
    cloud!("Neo4jBackup", "spec.cloud"),
    SCHEDULE,
    RETENTION,
    OPTIONS,
    ENCRYPTION,
    JOB,
];

const TARGET: &[Effect] = rows! { "Neo4jBackup", "spec.target";
    ".kind" => "`Cluster`: the positional argument `*`, or `databases`. `Database`: the positional argument is `name`.", "document 000, \"Database Backup Examples\"";
    ".name" => "Kind `Cluster`: the deployment, and with it the image, `--from` and the label `neo4j.neo4j.com/target`. Kind `Database`: the positional argument.", "operator.md §2.1, §3";
    ".clusterRef" => "Kind `Database`: the deployment, and with it the image, `--from` and the label `neo4j.neo4j.com/target`.", "operator.md §1.1, §3";
    ".namespace" => "Where the deployment is looked for, and so the addresses in `--from`. The objects stay in the spec's own namespace.", "document 000, \"Cross-Namespace Operations\"";
    ".databases[]" => "The positional arguments of `neo4j-admin database backup`, instead of `*`.", "DESIGN.md, \"The spec language\"; neo4j-admin.md §1.1";
};

const STORAGE: &[Effect] = rows! { "Neo4jBackup", "spec.storage";
    ".type" => "The scheme in `--to-path` (`s3://`, `gs://`, `azb://`), or the claim mounted at `/backups`.", "document 000, \"Storage Backends\"";
    ".bucket" => "The bucket, or Azure container, in `--to-path`.", "document 001, \"StorageLocation\"";
    ".path" => "The folder in `--to-path`, or the `subPath` of the claim's mount. Without it `backups/` in a bucket, and the spec's name on a claim.", "operator.md §2.1; DESIGN.md, \"What a backup becomes\"";
    ".pvc.name" => "The claim that is mounted at `/backups`; with `size`, also `metadata.name` of a PersistentVolumeClaim.", "document 001, \"PVCSpec\"";
    ".pvc.size" => "A PersistentVolumeClaim with this `spec.resources.requests.storage` is rendered.", "document 001, \"PVCSpec\"";
    ".pvc.storageClassName" => "`spec.storageClassName` of the PersistentVolumeClaim that `size` creates.", "document 001, \"PVCSpec\"";
};

const SCHEDULE: &[Effect] = rows! { "Neo4jBackup", "spec";
    ".schedule" => "A CronJob `<name>-backup-cron` with this `spec.schedule`, instead of a Job `<name>-backup`.", "document 000, \"Scheduled Backup Examples\"";
    ".timeZone" => "`spec.timeZone` of the CronJob, always written.", "DESIGN.md, \"The spec language\"";
    ".startingDeadline" => "`spec.startingDeadlineSeconds` of the CronJob.", "DESIGN.md, \"The spec language\"";
    ".historyLimits.successful" => "`spec.successfulJobsHistoryLimit` of the CronJob.", "DESIGN.md, \"The spec language\"";
    ".historyLimits.failed" => "`spec.failedJobsHistoryLimit` of the CronJob.", "DESIGN.md, \"The spec language\"";
    ".suspend" => "`spec.suspend` of the CronJob.", "document 000, \"Suspended Backups\"";
    ".method" => "`Online` is what is rendered. `Export` is refused until there is an agent that carries it out.", "DESIGN.md, \"The spec language\"; document 002";
};

const RETENTION: &[Effect] = rows! { "Neo4jBackup", "spec.retention";
    ".maxAge" => "In a bucket the exact lifecycle rule that a person sets there, printed as a notice: only the provider deletes. On a claim nothing is deleted yet, and a warning says what that means.", "document 000, \"Weekly Backup with Long Retention\"; operator.md §4.3";
    ".maxCount" => !"Nothing: a lifecycle rule counts days and not backups, and on a claim nothing prunes yet.", "document 000, \"Storage Backends\"; operator.md §4.3";
    ".deletePolicy" => !"Nothing: `Delete` is what a lifecycle rule does anyway, and for `Archive` neither Neo4j nor this program has a mechanism.", "operator.md §1.1, §4.3";
    ".keepLast" => !"Nothing until something prunes the storage: a bucket's lifecycle rules know no tiers.", "document 003; DESIGN.md, \"The spec language\"";
    ".keepDaily" => !"Nothing until something prunes the storage: a bucket's lifecycle rules know no tiers.", "document 003; DESIGN.md, \"The spec language\"";
    ".keepWeekly" => !"Nothing until something prunes the storage: a bucket's lifecycle rules know no tiers.", "document 003; DESIGN.md, \"The spec language\"";
    ".keepMonthly" => !"Nothing until something prunes the storage: a bucket's lifecycle rules know no tiers.", "document 003; DESIGN.md, \"The spec language\"";
    ".keepYearly" => !"Nothing until something prunes the storage: a bucket's lifecycle rules know no tiers.", "document 003; DESIGN.md, \"The spec language\"";
};

const OPTIONS: &[Effect] = rows! { "Neo4jBackup", "spec.options";
    ".backupType" => "`--type=FULL`, `--type=DIFF` or `--type=AUTO`.", "document 000, \"Backup Types\"; neo4j-admin.md §1.1";
    ".compress" => "`--compress=<value>`.", "neo4j-admin.md §1.1";
    ".verify" => "Steps after the backup: `inspect` (`neo4j-admin backup inspect --latest-chain`), and `check-<database>` (`neo4j-admin database check`) for each database that is named literally in the spec or by the target.", "DESIGN.md, \"What a backup becomes\"; neo4j-admin.md §1.4, §1.6";
    ".pageCache" => "`--pagecache=<value>`, and that much more in the default memory limit of the containers.", "neo4j-admin.md §1.1; pods.md §1";
    ".parallelDownload" => "`--parallel-download=<value>`. Left out with a warning where the target is older.", "neo4j-admin.md §1.10", since BackupParallelDownload;
    ".remoteAddressResolution" => "`--remote-address-resolution=<value>`. Left out with a warning where the target is older.", "neo4j-admin.md §1.10", since BackupRemoteAddressResolution;
    ".skipRecovery" => "`--skip-recovery=<value>`. Left out with a warning where the target is older; an error together with `verify`.", "neo4j-admin.md §1.6, §1.10", since BackupSkipRecovery;
    ".additionalArgs[]" => "One more argument of `neo4j-admin database backup`, before the databases. An error where the target's release does not have it.", "document 000, \"Custom Backup Arguments\"";
    ".preferDiffAsParent" => "`--prefer-diff-as-parent`, with `DIFF` or `AUTO`. Left out with a warning where the target is older, or with `FULL`.", "document 000, \"`preferDiffAsParent`\"; neo4j-admin.md §1.10", since BackupPreferDiffAsParent;
    ".tempPath" => "`--temp-path=<value>`, and `mountPath` of the temporary volume in every step. Without it `/var/neo4j-backup-temp`.", "document 000, \"The `tempPath` Option\"; pods.md §1";
    ".tempStorage.size" => "A generic ephemeral volume of this size for `--temp-path`, instead of the node's disk.", "DESIGN.md, \"The spec language\"";
    ".tempStorage.storageClassName" => "`storageClassName` of that ephemeral volume.", "DESIGN.md, \"The spec language\"";
    ".includeMetadata" => "`--include-metadata=<value>`.", "neo4j-admin.md §1.1";
    ".parallelRecovery" => "`--parallel-recovery=<value>`.", "neo4j-admin.md §1.1";
    ".keepFailed" => "`--keep-failed=<value>`.", "neo4j-admin.md §1.1";
    ".tls.secretName" => "A volume with the certificates, a ConfigMap `<name>-backup-config` with the settings of `dbms.ssl.policy.backup`, and `--additional-config`.", "DESIGN.md, \"The spec language\"; neo4j-admin.md §5";
    ".tls.keys.key" => "Which key of that Secret becomes `private.key`.", "neo4j-admin.md §5";
    ".tls.keys.certificate" => "Which key of that Secret becomes `public.crt`.", "neo4j-admin.md §5";
    ".tls.keys.trusted" => "Which key of that Secret becomes `trusted/ca.crt`.", "neo4j-admin.md §5";
};

const ENCRYPTION: &[Effect] = rows! { "Neo4jBackup", "spec.options.encryption";
    ".enabled" => !"Nothing: `neo4j-admin` cannot encrypt an artifact, so `true` is an error that says what protects data at rest instead.", "neo4j-admin.md §9; DESIGN.md, law 1";
    ".keySecret" => !"Nothing: `neo4j-admin` cannot encrypt an artifact.", "neo4j-admin.md §9";
    ".keySecretKey" => !"Nothing: `neo4j-admin` cannot encrypt an artifact.", "neo4j-admin.md §9";
    ".algorithm" => !"Nothing: `neo4j-admin` cannot encrypt an artifact.", "neo4j-admin.md §9";
};

const JOB: &[Effect] = rows! { "Neo4jBackup", "spec.job";
    ".resources.requests.*" => "`resources.requests` of every step's container.", "DESIGN.md, \"The spec language\"";
    ".resources.limits.*" => "`resources.limits` of every step's container.", "DESIGN.md, \"The spec language\"";
    ".nodeSelector.*" => "`nodeSelector` of the pods.", "DESIGN.md, \"The spec language\"";
    ".tolerations[].key" => "`tolerations` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".tolerations[].operator" => "`tolerations` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".tolerations[].value" => "`tolerations` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".tolerations[].effect" => "`tolerations` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".tolerations[].tolerationSeconds" => "`tolerations` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".affinity.**" => "`affinity` of the pods, as written.", "DESIGN.md, \"The spec language\"";
    ".priorityClassName" => "`priorityClassName` of the pods.", "DESIGN.md, \"The spec language\"";
    ".imagePullSecrets[]" => "`imagePullSecrets` of the pods, after the target's own.", "DESIGN.md, \"The spec language\"";
    ".labels.*" => "`metadata.labels` of Job or CronJob and of the pods.", "DESIGN.md, \"The spec language\"";
    ".annotations.*" => "`metadata.annotations` of Job or CronJob and of the pods.", "DESIGN.md, \"The spec language\"";
    ".backoffLimit" => "`spec.backoffLimit` of the Job.", "DESIGN.md, \"What a backup becomes\"";
    ".deadline" => "`activeDeadlineSeconds` of the pod template, which keeps the pod and its log. Without it one day.", "DESIGN.md, \"What a backup becomes\"; pods.md §3";
    ".ttlAfterFinished" => "`spec.ttlSecondsAfterFinished` of the Job. Only without a schedule.", "DESIGN.md, \"What a backup becomes\"";
};
