//! Blocks that stand in several places: `cloud`, and the storage locations of a restore.

/// The `cloud` block at a place.
macro_rules! cloud {
    ($kind:literal, $at:literal) => {
        $crate::api::effects::rows! { $kind, $at;
            ".provider" => "Checked against the storage `type`, which decides everything; it changes no object by itself.", "document 001, \"CloudBlock\"";
            ".credentialsSecretRef" => "Environment of every Neo4j step, by reference to the Secret's keys: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION` and `AWS_DEFAULT_REGION`; for Google a mounted file and `GOOGLE_APPLICATION_CREDENTIALS`; for Azure `AZURE_STORAGE_ACCOUNT`, `AZURE_STORAGE_KEY` and the variables of a service principal.", "document 000, \"Cloud Storage Authentication\"; neo4j-admin.md §3";
            ".identity.provider" => "Checked against `provider`; it changes no object by itself.", "document 001, \"CloudIdentity\"";
            ".identity.serviceAccount" => "`serviceAccountName` of the pods, instead of `neo4j-backup-sa`. The ServiceAccount is not rendered unless `autoCreate` is given.", "document 001, \"CloudIdentity\"; document 000, \"RBAC\"";
            ".identity.autoCreate.enabled" => "Whether the ServiceAccount is rendered.", "document 001, \"AutoCreateSpec\"";
            ".identity.autoCreate.annotations.*" => "`metadata.annotations` of the ServiceAccount.", "document 001, \"AutoCreateSpec\"";
            ".endpointURL" => "Environment variable `AWS_ENDPOINT_URL_S3` of every Neo4j step.", "neo4j-admin.md §3";
            ".forcePathStyle" => "`-Daws.s3.forcePathStyle=true` in `JAVA_TOOL_OPTIONS`. Neo4j does not document path style for `neo4j-admin`, and a warning says so.", "neo4j-admin.md §3";
            ".region" => "Environment variables `AWS_REGION` and `AWS_DEFAULT_REGION` of every Neo4j step.", "neo4j-admin.md §3";
            ".storageAccount" => "The account in `azb://<account>/<container>/`. Without it the pods take it from the Secret's `AZURE_STORAGE_ACCOUNT`.", "neo4j-admin.md §3";
            ".caSecretRef.name" => "A volume with the certificate, a `trust-store` step that imports it with keytool, and the JVM's trust store in `JAVA_TOOL_OPTIONS`.", "DESIGN.md, \"What a backup becomes\"";
            ".caSecretRef.key" => "Which key of that Secret is mounted.", "DESIGN.md, \"What a backup becomes\"";
        }
    };
}

/// A storage location that a restore reads.
macro_rules! read_location {
    ($at:literal) => {
        $crate::api::effects::rows! { "Neo4jRestore", $at;
            ".type" => "The scheme of the source (`s3://`, `gs://`, `azb://`), or the claim mounted at `/backups`.", "document 001, \"StorageLocation\"";
            ".bucket" => "The bucket, or Azure container, in the source's URI: `--from-path` of a Job, the seed URI of a statement.", "document 001, \"StorageLocation\"";
            ".path" => "The folder in the source's URI or within the claim. Without it `backups/` in a bucket, and the root of a claim.", "document 001, \"StorageLocation\"; DESIGN.md, \"What a restore becomes\"";
            ".pvc.name" => "The claim that is mounted read-only at `/backups`. A source on a claim means an offline restore.", "document 001, \"PVCSpec\"";
            ".pvc.size" => !"Nothing: a restore reads a claim that exists and creates none.", "document 001, \"PVCSpec\"";
            ".pvc.storageClassName" => !"Nothing: a restore reads a claim that exists and creates none.", "document 001, \"PVCSpec\"";
        }
    };
}

pub(super) use cloud;
pub(super) use read_location;
