//! What people write when they mean something else: fields and values of other dialects and of old
//! documentation (operator.md, head and §1.3, §6), and near misses.

/// What a spelling from elsewhere means here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Where the spelling comes from, as the end of a sentence.
    pub(super) meaning: &'static str,
    /// What to write.
    pub(super) help: &'static str,
    /// The field of the same mapping that it certainly means, with the same value.
    pub(super) rename: Option<&'static str>,
}

macro_rules! spellings {
    ($($kind:literal, $path:literal, $key:literal => $rename:expr, $meaning:literal, $help:literal;)*) => {
        const SPELLINGS: &[(&str, &str, &str, Known)] = &[
            $(($kind, $path, $key, Known { meaning: $meaning, help: $help, rename: $rename }),)*
        ];
    };
}

spellings! {
    "Neo4jRestore", "spec", "clusterRef" => Some("targetCluster"), "later operator versions call `targetCluster` so", "write `targetCluster`";
    "Neo4jRestore", "spec", "instanceRef" => Some("targetCluster"), "v1beta1 calls `targetCluster` so", "write `targetCluster`";
    "Neo4jRestore", "spec", "target" => None, "a restore names the deployment directly", "write `targetCluster: <name>`";
    "Neo4jRestore", "spec", "database" => Some("databaseName"), "v1beta1 calls `databaseName` so", "write `databaseName`";
    "Neo4jRestore", "spec", "allDatabases" => None, "v1beta1 restores all databases of a backup with it", "write one Neo4jRestore for each database, with `databaseName`";
    "Neo4jRestore", "spec", "preRestoreHooks" => None, "old documentation writes hooks so", "write `options.preRestore` with `job` or `cypherStatements`";
    "Neo4jRestore", "spec", "postRestoreHooks" => None, "old documentation writes hooks so", "write `options.postRestore` with `job` or `cypherStatements`";
    "Neo4jRestore", "spec", "preRestore" => None, "hooks belong to `options`", "write `options.preRestore`";
    "Neo4jRestore", "spec", "postRestore" => None, "hooks belong to `options`", "write `options.postRestore`";
    "Neo4jRestore", "spec", "backupRef" => None, "the source is described in `source`", "write `source: {type: backup, backupRef: <name>}`";
    "Neo4jRestore", "spec", "pointInTime" => None, "the source is described in `source`", "write `source.pointInTime`";
    "Neo4jRestore", "spec", "replaceExisting" => None, "it belongs to `options`", "write `options.replaceExisting`";
    "Neo4jRestore", "spec.options", "overwriteDestination" => Some("replaceExisting"), "`neo4j-admin` calls it so", "write `replaceExisting`";
    "Neo4jRestore", "spec.options", "force" => None, "it stands in `spec`", "write `spec.force`";
    "Neo4jBackup", "spec", "clusterName" => None, "old documentation names the deployment so", "write `target: {kind: Cluster, name: <name>}`";
    "Neo4jBackup", "spec", "clusterRef" => None, "old documentation names the deployment so", "write `target: {kind: Cluster, name: <name>}`, or `target.clusterRef` with kind Database";
    "Neo4jBackup", "spec", "instanceRef" => None, "v1beta1 names the deployment so", "write `target: {kind: Cluster, name: <name>}`";
    "Neo4jBackup", "spec", "neo4jRef" => None, "the neo4j.com operator names the deployment so", "write `target: {kind: Cluster, name: <name>}`";
    "Neo4jBackup", "spec", "database" => None, "v1beta1 names a single database so", "write `target: {kind: Database, name: <database>, clusterRef: <deployment>}`";
    "Neo4jBackup", "spec", "databases" => None, "databases belong to the target", "write `target.databases`";
    "Neo4jBackup", "spec", "allDatabases" => None, "v1beta1 asks for all databases so", "`target.kind: Cluster` means all databases";
    "Neo4jBackup", "spec", "shardedDatabase" => None, "v1beta1 names a sharded database so", "write `target.databases` with the names of its shards, or a glob";
    "Neo4jBackup", "spec", "chainFromBackup" => None, "v1beta1 joins the chain of another backup so", "give both specs the same `storage.path`: they then share one folder, and so one chain";
    "Neo4jBackup", "spec", "mode" => None, "v1beta1 has replication sources", "remove it: a replication source is not a backup";
    "Neo4jBackup", "spec", "destination" => None, "the neo4j.com operator calls `storage` so", "write `storage`";
    "Neo4jBackup", "spec", "type" => None, "the neo4j.com operator names the backup type so", "write `options.backupType`";
    "Neo4jBackup", "spec", "backupType" => None, "it belongs to `options`", "write `options.backupType`";
    "Neo4jBackup", "spec", "timezone" => Some("timeZone"), "the spelling is `timeZone`", "write `timeZone`";
    "Neo4jBackup", "spec", "startingDeadlineSeconds" => None, "CronJob counts seconds", "write `startingDeadline` with a duration such as `10m`";
    "Neo4jBackup", "spec", "successfulJobsHistoryLimit" => None, "CronJob calls it so", "write `historyLimits.successful`";
    "Neo4jBackup", "spec", "failedJobsHistoryLimit" => None, "CronJob calls it so", "write `historyLimits.failed`";
    "Neo4jBackup", "spec", "concurrencyPolicy" => None, "runs of one backup never overlap", "remove it: the CronJob always has `concurrencyPolicy: Forbid`";
    "Neo4jBackup", "spec", "resources" => None, "it belongs to `job`", "write `job.resources`";
    "Neo4jBackup", "spec", "timeout" => None, "it belongs to `job`", "write `job.deadline` with a duration such as `6h`";
    "Neo4jBackup", "spec.target", "cluster" => Some("clusterRef"), "the field is `clusterRef`", "write `clusterRef`";
    "Neo4jBackup", "spec.target", "instanceRef" => Some("clusterRef"), "v1beta1 calls `clusterRef` so", "write `clusterRef`";
    "Neo4jBackup", "spec.target", "database" => None, "with kind Database the database stands in `name`", "write `kind: Database`, `name: <database>` and `clusterRef: <deployment>`";
    "Neo4jBackup", "spec.options", "type" => Some("backupType"), "the field is `backupType`", "write `backupType`";
    "Neo4jBackup", "spec.options", "compression" => Some("compress"), "the field is `compress`", "write `compress`";
    "Neo4jBackup", "spec.options", "pagecache" => Some("pageCache"), "the spelling is `pageCache`", "write `pageCache`";
    "Neo4jBackup", "spec.options", "validate" => Some("verify"), "v1beta1 calls `verify` so", "write `verify`";
    "Neo4jBackup", "spec.options", "resources" => None, "v1beta1 has it here", "write `spec.job.resources`";
    "Neo4jBackup", "spec.options", "extraArgs" => Some("additionalArgs"), "the neo4j.com operator calls `additionalArgs` so", "write `additionalArgs`";
    "Neo4jBackup", "spec.options", "verifyBackup" => Some("verify"), "a restore calls it so", "write `verify`";
    "Neo4jBackup", "spec.retention", "keepDays" => None, "the neo4j.com operator counts days so", "write `maxAge: <days>d`";
    "Neo4jBackup", "spec.retention", "policy" => Some("deletePolicy"), "the field is `deletePolicy`", "write `deletePolicy`";
    "*", "storage", "prefix" => Some("path"), "the field is `path`", "write `path`";
    "*", "storage", "container" => Some("bucket"), "an Azure container is named in `bucket`", "write `bucket`";
    "*", "storage", "bucketName" => Some("bucket"), "the field is `bucket`", "write `bucket`";
    "*", "storage", "url" => None, "the neo4j.com operator gives a URL", "write `type`, `bucket` and `path`";
    "*", "storage", "s3" => None, "old documentation nests the store so", "write `type: s3`, `bucket`, `path` and `cloud`";
    "*", "storage", "gcs" => None, "old documentation nests the store so", "write `type: gcs`, `bucket`, `path` and `cloud`";
    "*", "storage", "azure" => None, "old documentation nests the store so", "write `type: azure`, `bucket`, `path` and `cloud`";
    "*", "storage", "region" => None, "it belongs to `cloud`", "write `cloud.region`";
    "*", "storage", "endpoint" => None, "it belongs to `cloud`", "write `cloud.endpointURL`";
    "*", "storage", "credentials" => None, "the neo4j.com operator has it here", "write `cloud.credentialsSecretRef: <secret>`";
    "*", "storage", "credentialsSecretRef" => None, "it belongs to `cloud`", "write `cloud.credentialsSecretRef`";
    "*", "pvc", "claimName" => Some("name"), "the field is `name`", "write `name`";
    "*", "pvc", "storageClass" => Some("storageClassName"), "the field is `storageClassName`", "write `storageClassName`";
    "*", "tempStorage", "storageClass" => Some("storageClassName"), "the field is `storageClassName`", "write `storageClassName`";
    "*", "cloud", "endpoint" => Some("endpointURL"), "the field is `endpointURL`", "write `endpointURL`";
    "*", "cloud", "endpointUrl" => Some("endpointURL"), "the spelling is `endpointURL`", "write `endpointURL`";
    "*", "cloud", "secretName" => Some("credentialsSecretRef"), "the field is `credentialsSecretRef`", "write `credentialsSecretRef`";
    "*", "cloud", "credentialsSecret" => Some("credentialsSecretRef"), "the field is `credentialsSecretRef`", "write `credentialsSecretRef`";
    "*", "cloud", "account" => Some("storageAccount"), "the field is `storageAccount`", "write `storageAccount`";
    "*", "cloud", "caCertSecret" => None, "the neo4j.com operator names it so", "write `caSecretRef: {name: <secret>, key: ca.crt}`";
    "*", "identity", "annotations" => None, "annotations belong to the account that is created", "write `autoCreate.annotations`";
    "*", "identity", "serviceAccountName" => Some("serviceAccount"), "the field is `serviceAccount`", "write `serviceAccount`";
}

/// A spelling from another dialect. `path` is the mapping's path, such as `spec.storage.cloud`; rows that hold
/// for every place of a block name only its last key.
pub(super) fn known(kind: &str, path: &str, key: &str) -> Option<&'static Known> {
    let last = path.rsplit('.').next().unwrap_or(path);
    SPELLINGS
        .iter()
        .find(|(row_kind, row_path, row_key, _)| {
            *row_key == key
                && ((*row_kind == kind && *row_path == path) || (*row_kind == "*" && *row_path == last))
        })
        .map(|(_, _, _, known)| known)
}

/// A value of another dialect that certainly means one of ours.
pub(super) fn value(path: &str, written: &str) -> Option<&'static str> {
    let last = path.rsplit('.').next().unwrap_or(path);
    Some(match (last, written.to_ascii_uppercase().as_str()) {
        ("backupType", "DIFFERENTIAL" | "INCREMENTAL") => "DIFF",
        ("provider", "S3" | "AMAZON") => "aws",
        ("provider", "GCS" | "GOOGLE") => "gcp",
        ("type", "AWS" | "MINIO") => "s3",
        ("type", "GCP" | "GS") => "gcs",
        ("type", "AZB" | "BLOB") => "azure",
        ("type", "CLAIM" | "PERSISTENTVOLUMECLAIM") => "pvc",
        ("algorithm", "CHACHA20") => "ChaCha20Poly1305",
        ("algorithm", "AES-256" | "AES_256") => "AES256",
        _ => return None,
    })
}

/// Where in the kind a field of that name does exist, when it exists in one place only.
pub(super) fn elsewhere(kind: &str, key: &str) -> Option<String> {
    use crate::api::shape::{self, Shape};
    fn search(shape: &Shape, path: &mut String, key: &str, found: &mut Vec<String>) {
        match shape {
            Shape::Object(fields) => {
                for field in *fields {
                    let length = path.len();
                    super::field::push_key(path, field.name);
                    if field.name == key {
                        found.push(path.clone());
                    }
                    search(field.shape, path, key, found);
                    path.truncate(length);
                }
            }
            Shape::List { items, .. } => search(items, path, key, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    search(shape::of_kind(kind)?, &mut "spec".to_owned(), key, &mut found);
    match found.as_slice() {
        [only] => Some(only.clone()),
        // `cloud` is an alias of `storage.cloud`; the latter is the place to name.
        [first, .., second]
            if first.starts_with("spec.cloud.") && second.starts_with("spec.storage.cloud.") =>
        {
            Some(second.clone())
        }
        _ => None,
    }
}

/// The closest of some names, when it is close enough that a person would have meant it.
pub(crate) fn closest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = written.chars().count();
    let limit = match length {
        0..=2 => return None,
        3..=4 => 1,
        5..=8 => 2,
        9..=40 => 3,
        _ => return None,
    };
    names
        .map(|name| (distance(&written.to_ascii_lowercase(), &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Edit distance with transpositions of neighbours (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut old: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, from) in left.chars().enumerate() {
        let mut new = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&old, column) + usize::from(from != *to))
                .min(at(&old, column + 1) + 1)
                .min(at(&new, column) + 1);
            if let Some(before) = column.checked_sub(1)
                && previous == Some(*to)
                && right.get(before) == Some(&from)
            {
                cost = cost.min(at(&older, before) + 1);
            }
            new.push(cost);
        }
        older = std::mem::replace(&mut old, new);
        previous = Some(from);
    }
    old.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_found_and_far_ones_are_not() {
        let names = ["bucket", "path", "pvc", "cloud", "storageClassName"];
        for (written, expected) in [
            ("buckets", Some("bucket")),
            ("bukcet", Some("bucket")),
            ("storageClass", None),
            ("storageclassname", Some("storageClassName")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(closest(written, names.into_iter()), expected, "{written}");
        }
    }

    #[test]
    fn spellings_with_a_rename_name_a_field_that_exists() {
        use crate::api::shape::{self, Shape};
        fn blocks(shape: &Shape, path: &str, visit: &mut dyn FnMut(&str, &Shape)) {
            visit(path, shape);
            match shape {
                Shape::Object(fields) => {
                    for field in *fields {
                        blocks(field.shape, &super::super::field::key(path, field.name), visit);
                    }
                }
                Shape::List { items, .. } => blocks(items, path, visit),
                _ => {}
            }
        }
        for (kind, path, key, known) in SPELLINGS {
            let mut places = 0;
            for candidate in ["Neo4jBackup", "Neo4jRestore"] {
                blocks(shape::of_kind(candidate).unwrap(), "spec", &mut |at, shape| {
                    let last = at.rsplit('.').next().unwrap();
                    let applies = (*kind == candidate && *path == at) || (*kind == "*" && *path == last);
                    if !applies || !matches!(shape, Shape::Object(_)) {
                        return;
                    }
                    places += 1;
                    assert!(shape.field(key).is_none(), "{path}.{key} is a field, not a misspelling");
                    if let Some(rename) = known.rename {
                        assert!(shape.field(rename).is_some(), "{path}.{rename} does not exist");
                    }
                });
            }
            assert!(places > 0, "{path} is no block");
        }
    }
}
