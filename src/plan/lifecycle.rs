//! The rule by which a bucket expires what a spec's retention no longer keeps.
//!
//! Document 000 leaves expiry in buckets to the provider's lifecycle rules. This is that rule, exactly, for a
//! person to set. It counts days and knows no chains, which the rules about it say.

use serde_json::json;

use crate::api::Neo4jBackupSpec;
use crate::api::storage::StorageType;
use crate::schedule::duration;

use super::backup::LifecycleRule;
use super::location::Location;

/// The rule for a spec that keeps backups in a bucket for `retention.maxAge`.
#[must_use]
pub fn rule(name: &str, spec: &Neo4jBackupSpec, location: &Location<'_>) -> Option<LifecycleRule> {
    let age = spec.retention.as_ref()?.max_age.as_deref()?;
    let days = duration::parse_age(age).ok()?.as_secs().div_ceil(24 * 60 * 60);
    let bucket = location.bucket();
    let prefix = match location.folder() {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let id = format!("neo4j-backup-{name}");
    let (store, document, command) = match location.storage_type() {
        StorageType::S3 => (
            "S3",
            json!({"Rules": [{
                "ID": id, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days},
            }]}),
            format!("aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration file://lifecycle.json"),
        ),
        StorageType::Gcs => (
            "Google Cloud Storage",
            json!({"rule": [{"action": {"type": "Delete"}, "condition": {"age": days, "matchesPrefix": [prefix]}}]}),
            format!("gcloud storage buckets update gs://{bucket} --lifecycle-file=lifecycle.json"),
        ),
        StorageType::Azure => (
            "Azure Blob Storage",
            json!({"rules": [{
                "enabled": true, "name": id, "type": "Lifecycle",
                "definition": {
                    "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": days}}},
                    "filters": {"blobTypes": ["blockBlob"], "prefixMatch": [format!("{bucket}/{prefix}")]},
                },
            }]}),
            "az storage account management-policy create --account-name ACCOUNT --resource-group GROUP --policy @lifecycle.json".to_owned(),
        ),
        StorageType::Pvc => return None,
    };
    Some(LifecycleRule { store, document: document.to_string(), command })
}
