//! The rules of one store as its provider's tools take them: JSON, and Terraform.
//!
//! Field names: Amazon S3 API reference, `PutBucketLifecycleConfiguration`; Google Cloud Storage, "Lifecycle
//! configuration"; Azure Storage, "Lifecycle management policy". Terraform: the providers `aws`, `google` and `azurerm`.

use serde_json::{Value as Json, json};

use super::super::terraform::{self, Block, Value, text};
use super::Store;

/// Days after which an upload that was begun and not finished goes, and after which a replaced or deleted version does.
pub(super) const GRACE_DAYS: u64 = 7;

/// The rule of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Unique in the store.
    pub(super) id: String,
    /// Key prefix with a trailing slash; Azure's begins with the container.
    pub(super) prefix: String,
    /// Days after which an artifact expires; `None` keeps all, and only clears away uploads that were not finished.
    pub(super) days: Option<u64>,
}

/// The rules as JSON.
pub(super) fn json(store: &Store, rules: &[Rule]) -> Json {
    match store {
        Store::S3 { .. } => json!({"Rules": rules.iter().map(s3).collect::<Vec<_>>()}),
        Store::Gcs { .. } => json!({"rule": rules.iter().flat_map(gcs).collect::<Vec<_>>()}),
        Store::Azure { .. } => json!({"rules": rules.iter().filter_map(azure).collect::<Vec<_>>()}),
    }
}

fn s3(rule: &Rule) -> Json {
    let mut document = json!({
        "ID": rule.id, "Status": "Enabled", "Filter": {"Prefix": rule.prefix},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": GRACE_DAYS},
    });
    if let (Some(days), Some(map)) = (rule.days, document.as_object_mut()) {
        // In a bucket with versions this only hides an object; the next line is what frees its space. Delete markers that
        // are left over are removed by S3 itself where `Days` is given.
        map.insert("Expiration".to_owned(), json!({"Days": days}));
        map.insert("NoncurrentVersionExpiration".to_owned(), json!({"NoncurrentDays": GRACE_DAYS}));
    }
    document
}

fn gcs(rule: &Rule) -> Vec<Json> {
    let prefix = [&rule.prefix];
    let mut documents = Vec::new();
    if let Some(days) = rule.days {
        // `age` counts from the creation, of versions that are no longer live too: without `isLive` these would be gone
        // at once.
        documents.push(json!({
            "action": {"type": "Delete"}, "condition": {"age": days, "isLive": true, "matchesPrefix": prefix},
        }));
        documents.push(json!({
            "action": {"type": "Delete"},
            "condition": {"daysSinceNoncurrentTime": GRACE_DAYS, "matchesPrefix": prefix},
        }));
    }
    documents.push(json!({
        "action": {"type": "AbortIncompleteMultipartUpload"},
        "condition": {"age": GRACE_DAYS, "matchesPrefix": prefix},
    }));
    documents
}

/// Azure itself discards blocks that were never committed, after a week, and has no rule for it.
fn azure(rule: &Rule) -> Option<Json> {
    let days = rule.days?;
    // The age of versions and snapshots counts from the writing of what they are of.
    let old = json!({"delete": {"daysAfterCreationGreaterThan": days + GRACE_DAYS}});
    Some(json!({
        "enabled": true, "name": rule.id, "type": "Lifecycle",
        "definition": {
            "actions": {
                "baseBlob": {"delete": {"daysAfterModificationGreaterThan": days}},
                "snapshot": old, "version": old,
            },
            "filters": {"blobTypes": ["blockBlob"], "prefixMatch": [rule.prefix]},
        },
    }))
}

/// The rules as Terraform.
pub(super) fn terraform(store: &Store, rules: &[Rule]) -> String {
    const WHOLE: &str = "It is the whole configuration: rules that are not here are removed.";
    match store {
        Store::S3 { bucket, .. } => {
            let resource =
                Block::new("resource", &["aws_s3_bucket_lifecycle_configuration", "neo4j_backups"])
                    .with("bucket", text(bucket));
            let resource = rules.iter().fold(resource, |resource, rule| resource.containing(s3_block(rule)));
            terraform::file(&format!("Lifecycle rules of the bucket. {WHOLE}"), &[resource])
        }
        Store::Gcs { bucket } => {
            let resource = Block::new("resource", &["google_storage_bucket", "neo4j_backups"])
                .with("name", text(bucket))
                .with("location", Value::Expression("var.location"));
            let resource = rules
                .iter()
                .flat_map(gcs_blocks)
                .fold(resource, |resource, block| resource.containing(block));
            let comment = format!(
                "Lifecycle rules of the bucket. {WHOLE}\n\
                 Google's provider has them inside of the bucket: where the bucket is declared already, move the\n\
                 lifecycle_rule blocks there and leave this resource out."
            );
            let location = Block::variable("location", "Location of the bucket, such as EUROPE-WEST1.");
            terraform::file(&comment, &[location, resource])
        }
        Store::Azure { .. } => {
            let resource = Block::new("resource", &["azurerm_storage_management_policy", "neo4j_backups"])
                .with("storage_account_id", Value::Expression("var.storage_account_id"));
            let resource = rules
                .iter()
                .filter_map(azure_block)
                .fold(resource, |resource, block| resource.containing(block));
            let account = Block::variable("storage_account_id", "Resource id of the storage account.");
            terraform::file(
                &format!("Lifecycle policy of the storage account. {WHOLE}"),
                &[account, resource],
            )
        }
    }
}

fn s3_block(rule: &Rule) -> Block {
    let mut block = Block::new("rule", &[])
        .with("id", text(&rule.id))
        .with("status", text("Enabled"))
        .containing(Block::new("filter", &[]).with("prefix", text(&rule.prefix)));
    if let Some(days) = rule.days {
        block = block.containing(Block::new("expiration", &[]).with("days", Value::Number(days))).containing(
            Block::new("noncurrent_version_expiration", &[])
                .with("noncurrent_days", Value::Number(GRACE_DAYS)),
        );
    }
    block.containing(
        Block::new("abort_incomplete_multipart_upload", &[])
            .with("days_after_initiation", Value::Number(GRACE_DAYS)),
    )
}

fn gcs_blocks(rule: &Rule) -> Vec<Block> {
    let lifecycle = |action: &str, condition: Block| {
        Block::new("lifecycle_rule", &[])
            .containing(Block::new("action", &[]).with("type", text(action)))
            .containing(condition.with("matches_prefix", Value::List(vec![text(&rule.prefix)])))
    };
    let condition = || Block::new("condition", &[]);
    let mut blocks = Vec::new();
    if let Some(days) = rule.days {
        blocks.push(lifecycle(
            "Delete",
            condition().with("age", Value::Number(days)).with("with_state", text("LIVE")),
        ));
        blocks.push(lifecycle(
            "Delete",
            condition().with("days_since_noncurrent_time", Value::Number(GRACE_DAYS)),
        ));
    }
    blocks.push(lifecycle(
        "AbortIncompleteMultipartUpload",
        condition().with("age", Value::Number(GRACE_DAYS)),
    ));
    blocks
}

fn azure_block(rule: &Rule) -> Option<Block> {
    let days = rule.days?;
    let old = Value::Number(days + GRACE_DAYS);
    let filters = Block::new("filters", &[])
        .with("prefix_match", Value::List(vec![text(&rule.prefix)]))
        .with("blob_types", Value::List(vec![text("blockBlob")]));
    let actions = Block::new("actions", &[])
        .containing(
            Block::new("base_blob", &[])
                .with("delete_after_days_since_modification_greater_than", Value::Number(days)),
        )
        .containing(
            Block::new("snapshot", &[]).with("delete_after_days_since_creation_greater_than", old.clone()),
        )
        .containing(Block::new("version", &[]).with("delete_after_days_since_creation", old));
    Some(
        Block::new("rule", &[])
            .with("name", text(&rule.id))
            .with("enabled", Value::Flag(true))
            .containing(filters)
            .containing(actions),
    )
}
