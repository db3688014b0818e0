//! `Neo4jBackup` of the operator: v1alpha1 as it ended, and v1beta1 (operator.md §1.1, §1.2).

use super::Dialect;
use super::operator_storage;
use super::pass::{Pass, Way};
use super::table::{Row, moved, ours_only, ours_refused, same, theirs_only};
use super::tree::{Entry, Node};

const NO_JOB: &str = "the operator decides how its Jobs look";
const NO_JOB_HELP: &str = "leave it out, or set it on the namespace (LimitRange, admission policy)";
const NO_TIERS: &str = "the operator counts backups and their age";
const NO_TIERS_HELP: &str = "write `retention.maxAge` or `retention.maxCount`";

/// Rows of a backup.
pub(super) fn rows(dialect: Dialect) -> Vec<Row> {
    let mut rows: Vec<Row> = [
        "spec.schedule",
        "spec.suspend",
        "spec.retention.maxAge",
        "spec.retention.maxCount",
        "spec.options.compress",
        "spec.options.backupType",
        "spec.options.pageCache",
        "spec.options.parallelDownload",
        "spec.options.remoteAddressResolution",
        "spec.options.skipRecovery",
        "spec.options.additionalArgs",
        "spec.options.preferDiffAsParent",
    ]
    .map(same)
    .into();
    rows.extend(operator_storage::storage("spec.storage"));
    rows.push(same("spec.options.tempPath").changes_out(
        "the operator mounts no volume at it (operator.md §2.1)",
        "give the nodes enough ephemeral storage, or use `options.tempStorage` of v1beta1",
    ));
    rows.extend([
        ours_only("spec.startingDeadline", "it is 60 seconds or none there", "watch for missed runs"),
        ours_only("spec.historyLimits.successful", "the operator decides how many runs are kept", NO_JOB_HELP),
        ours_only("spec.historyLimits.failed", "the operator decides how many runs are kept", NO_JOB_HELP),
        ours_only(
            "spec.options.tls",
            "the operator's backup port has no TLS",
            "keep backing up with this program while the port is protected: a client without certificates is refused",
        ),
    ]);
    for field in ["keepLast", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly"] {
        rows.push(ours_only(format!("spec.retention.{field}"), NO_TIERS, NO_TIERS_HELP));
    }
    for field in [
        "nodeSelector",
        "tolerations",
        "affinity",
        "priorityClassName",
        "imagePullSecrets",
        "labels",
        "annotations",
        "backoffLimit",
        "deadline",
        "ttlAfterFinished",
    ] {
        rows.push(ours_only(format!("spec.job.{field}"), NO_JOB, NO_JOB_HELP));
    }
    rows.push(ours_refused(
        "spec.method",
        "the operator has only `neo4j-admin database backup`",
        "keep this backup with this program",
    ));
    match dialect {
        Dialect::V1beta1 => rows.extend(v1beta1()),
        _ => rows.extend(v1alpha1()),
    }
    rows
}

/// Since v1beta1 (operator.md §1.2).
fn v1beta1() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        "spec.options.tempStorage.size",
        "spec.options.tempStorage.storageClassName",
        "spec.options.includeMetadata",
        "spec.options.parallelRecovery",
        "spec.options.keepFailed",
    ]
    .map(same)
    .into();
    rows.extend([
        moved("spec.job.resources.requests", "spec.options.resources.requests"),
        moved("spec.job.resources.limits", "spec.options.resources.limits"),
        moved("spec.options.verify", "spec.options.validate")
            .when(true)
            .changes_out(
                "it is `neo4j-admin backup validate`, whose failure is noted and does not fail the Job",
                "look at `status.history[].validation` there",
            )
            .changes_in(
                "there a failed `backup validate` does not fail the Job; here a failed inspection or check does",
                "set it to false if you do not want that",
            ),
        // Until 1.13; it did nothing there (operator.md §2.1).
        same("spec.options.verify").read_only().when(true).changes_in(
            "the operator did nothing for it; here it adds steps that can fail the backup",
            "set it to false if you do not want that",
        ),
        theirs_only(
            "spec.chainFromBackup",
            "two specs share a chain here when they share a folder",
            "give both specs the same `storage.path`",
        ),
    ]);
    for field in ["enabled", "keySecret", "keySecretKey", "algorithm"] {
        rows.push(ours_only(
            format!("spec.options.encryption.{field}"),
            "v1beta1 dropped encryption, which never did anything",
            "encrypt the bucket or the volume (operator.md §1.2)",
        ));
    }
    rows.push(same("spec.retention.deletePolicy").read_only());
    rows.extend(operator_storage::cloud("spec.cloud").into_iter().map(Row::read_only));
    rows
}

/// Only in v1alpha1 (operator.md §1.1).
fn v1alpha1() -> Vec<Row> {
    let mut rows: Vec<Row> =
        ["spec.target.kind", "spec.target.name", "spec.target.clusterRef", "spec.target.namespace"]
            .map(same)
            .into();
    rows.extend([
        ours_refused(
            "spec.target.databases",
            "a backup there is of one database or of all",
            "write one spec for each database, with `target: {kind: Database, …}`",
        ),
        same("spec.options.verify")
            .when(true)
            .changes_out(
                "the operator does nothing for it (operator.md §2.1)",
                "check backups by restoring them",
            )
            .changes_in(
                "the operator did nothing for it; here it adds steps that can fail the backup",
                "set it to false if you do not want that",
            ),
        same("spec.retention.deletePolicy"),
        ours_only(
            "spec.options.tempStorage",
            "v1alpha1 has no volume for temporary files",
            "give the nodes enough ephemeral storage",
        ),
        ours_only(
            "spec.options.includeMetadata",
            "v1alpha1 has no field for it",
            "write `--include-metadata=…` into `additionalArgs`",
        ),
        ours_only(
            "spec.options.parallelRecovery",
            "v1alpha1 has no field for it",
            "write `--parallel-recovery` into `additionalArgs`",
        ),
        ours_only(
            "spec.options.keepFailed",
            "v1alpha1 has no field for it",
            "write `--keep-failed` into `additionalArgs`",
        ),
        ours_only("spec.job.resources", NO_JOB, NO_JOB_HELP),
    ]);
    for field in ["enabled", "keySecret", "keySecretKey", "algorithm"] {
        let path = format!("spec.options.encryption.{field}");
        let row = if field == "algorithm" {
            // SEED says ChaCha20, what came after it ChaCha20Poly1305 (operator.md §1.1).
            super::table::words(
                path.clone(),
                path,
                &[("ChaCha20Poly1305", "ChaCha20Poly1305"), ("ChaCha20Poly1305", "ChaCha20")],
            )
        } else {
            same(path)
        };
        rows.push(row.changes_out(
            "the operator does nothing for it",
            "encrypt the bucket or the volume (operator.md §2.1)",
        ));
    }
    rows.extend(operator_storage::cloud("spec.cloud"));
    rows
}

/// What rows cannot say, before they are read.
pub(super) fn before(pass: &mut Pass) {
    operator_storage::blocks(pass, &["spec.storage"]);
    match (pass.other, pass.way) {
        (Dialect::V1beta1, Way::In) => scope_in(pass),
        (Dialect::V1beta1, Way::Out) => scope_out(pass),
        _ => {}
    }
    if pass.way == Way::Out {
        super::common::utc_only(pass);
        super::common::online_only(pass);
        retention_out(pass);
    } else if pass.other == Dialect::V1beta1 {
        super::common::standard_mode(pass);
    }
    folder(pass);
    if pass.other == Dialect::V1beta1 {
        alias_out(pass);
    }
}

/// What rows cannot say, after they were read.
pub(super) fn after(pass: &mut Pass) {
    // Without `options` the operator gives no `--type`, and neo4j-admin's own default is AUTO too (operator.md §1.1).
    let path = "spec.options.backupType";
    if pass.out.get(path).is_none() {
        let (value, there) = match pass.way {
            Way::In => ("AUTO", "AUTO for the operator and FULL here"),
            Way::Out => ("FULL", "FULL here and AUTO for the operator"),
        };
        pass.written_out(path, value, there);
        let place = pass.place(path);
        pass.out.set(path, Node::text(&place, value));
    }
}

/// `target` to `instanceRef` and one of `database` and `allDatabases`.
fn scope_out(pass: &mut Pass) {
    let around = super::common::block(pass, "spec.target");
    let target = pass.place("spec.target");
    let kind = pass.take_text("spec.target.kind");
    let name = pass.take_text("spec.target.name");
    let owner = pass.take_text("spec.target.clusterRef");
    let databases = pass.source.take("spec.target.databases");
    let namespace = pass.take_text("spec.target.namespace");
    if let Some((entry, namespace)) = namespace {
        let at = entry.node.from;
        if pass.namespace.as_deref() == Some(&namespace) {
            pass.implied(&at, "the instance is always looked for in the namespace of the spec");
        } else {
            pass.refuse(
                &at,
                "the operator backs up instances of the spec's own namespace only",
                "move the spec, its Secrets and its claim into the namespace of the instance",
            );
        }
    }
    let Some((kind_entry, kind)) = kind else {
        pass.missing("spec.target.kind", "write `Cluster` or `Database`");
        return;
    };
    let single = databases.as_ref().and_then(|entry| match entry.node.items() {
        [only] => only.node.as_text().map(str::to_owned),
        _ => None,
    });
    match kind.as_str() {
        "Database" => {
            if let Some((mut entry, _)) = owner {
                super::common::surround(&mut entry, around);
                pass.put("spec.instanceRef", entry);
            } else {
                pass.missing("spec.target.clusterRef", "name the deployment that owns the database");
            }
            if let Some((entry, _)) = name {
                pass.put("spec.database", entry);
            }
        }
        _ => {
            if let Some((mut entry, _)) = name {
                super::common::surround(&mut entry, around);
                pass.put("spec.instanceRef", entry);
            }
            if let Some((entry, _)) = owner {
                pass.implied(&entry.node.from, "with kind Cluster it names nothing");
            }
            let every = single.as_deref().is_none_or(|name| name == "*");
            match (databases, single) {
                (Some(entry), Some(single)) if !every && !single.contains(['*', '?']) => {
                    let item = entry
                        .node
                        .items()
                        .first()
                        .map_or_else(|| entry.node.from.clone(), |item| item.node.from.clone());
                    pass.respelled(&target, "it is `database` there, and comes back as `kind: Database`");
                    pass.set_with_comments("spec.database", entry.comments, Node::text(&item, single));
                    return;
                }
                (Some(entry), Some(_)) if every => {
                    pass.respelled(&entry.node.from, "it is `allDatabases: true` there");
                }
                (Some(entry), _) => pass.refuse(
                    &entry.node.from,
                    "a backup there is of one database or of all",
                    "write one spec for each database",
                ),
                (None, _) => {}
            }
            let all = Node::bare(&kind_entry.node.from, "true");
            pass.set_with_comments("spec.allDatabases", kind_entry.comments, all);
        }
    }
}

/// `instanceRef` with its scope, or the `target` of 1.13 and before, to `target`.
fn scope_in(pass: &mut Pass) {
    for field in ["kind", "name", "clusterRef", "namespace"] {
        let path = format!("spec.target.{field}");
        if field == "kind" && pass.source.text_at(&path) == Some("ShardedDatabase") {
            shards(pass, "spec.target.name", "spec.target.clusterRef");
            pass.source.take(&path);
            continue;
        }
        if let Some(entry) = pass.source.take(&path) {
            pass.put(&path, entry);
        }
    }
    let instance = pass.source.get("spec.instanceRef").is_some();
    if !instance {
        if pass.out.get("spec.target").is_none() {
            pass.missing("spec.instanceRef", "name the instance that is backed up");
        }
        return;
    }
    let all = pass.take_bool("spec.allDatabases");
    if let Some((entry, _)) = pass.take_text("spec.database") {
        pass.set_at("spec.target.kind", "Database", &entry.node.from);
        pass.put("spec.target.name", entry);
        if let Some(owner) = pass.source.take("spec.instanceRef") {
            pass.put("spec.target.clusterRef", owner);
        }
    } else if pass.source.get("spec.shardedDatabase").is_some() {
        shards(pass, "spec.shardedDatabase", "spec.instanceRef");
    } else if let Some((entry, true)) = all {
        let kind = Node::text(&entry.node.from, "Cluster");
        pass.set_with_comments("spec.target.kind", entry.comments, kind);
        if let Some(owner) = pass.source.take("spec.instanceRef") {
            pass.put("spec.target.name", owner);
        }
    } else {
        pass.missing("spec.allDatabases", "say `allDatabases: true`, `database` or `shardedDatabase`");
        pass.source.take("spec.instanceRef");
    }
}

/// The shards of a database are `<name>-g000` and so on; the operator backs them up by a glob (operator.md §2.2).
fn shards(pass: &mut Pass, database: &str, owner: &str) {
    let Some((entry, name)) = pass.take_text(database) else { return };
    let at = entry.node.from;
    pass.set_at("spec.target.kind", "Cluster", &at);
    if let Some(owner) = pass.source.take(owner) {
        pass.put("spec.target.name", owner);
    }
    pass.changed(
        &at,
        "it becomes a glob of the database's name, which also matches other databases that begin so",
        "name the shards in `target.databases` if there are such databases",
    );
    pass.set_with_comments(
        "spec.target.databases",
        entry.comments,
        Node::list(&at, [Node::text(&at, format!("{name}*"))]),
    );
}

/// v1.14 has no top-level `cloud` (operator.md §1.2); ours is an alias of `storage.cloud`.
fn alias_out(pass: &mut Pass) {
    if pass.way != Way::Out || pass.source.get("spec.storage.cloud").is_some() {
        return;
    }
    let Some(entry) = pass.source.take("spec.cloud") else { return };
    let at = entry.node.from.clone();
    // What was written out for the alias moves with it.
    let written = pass.out.take("spec.cloud");
    if let Some(storage) = pass.source.entry_mut("spec.storage") {
        storage.node.put("cloud", entry);
        if let Some(written) = written {
            for entry in written.node.entries() {
                pass.out.put(&format!("spec.storage.cloud.{}", entry.key), entry.clone());
            }
        }
        pass.respelled(&at, "it is `storage.cloud` there");
    }
}

/// One unit there, and no weeks (operator.md §1.2); here weeks as well. What is not deleted anywhere is said.
fn retention_out(pass: &mut Pass) {
    if pass.source.get("spec.retention").is_some_and(Node::says_something) {
        let at = pass.place("spec.retention");
        pass.changed(
            &at,
            "the operator deletes backups on claims only, and only when the resource itself is deleted",
            "set a lifecycle rule on the bucket, or delete old backups yourself (operator.md §2.1)",
        );
    }
    if pass.other == Dialect::V1beta1 {
        super::common::delete_policy(pass);
    }
    let Some((entry, age)) = pass.take_text("spec.retention.maxAge") else { return };
    let weeks = age.strip_suffix('w').and_then(|count| count.parse::<u32>().ok());
    if let Some(weeks) = weeks {
        let days = format!("{}d", u64::from(weeks) * 7);
        pass.respelled(&entry.node.from, "weeks are days there");
        pass.put_text("spec.retention.maxAge", entry, &days);
    } else {
        pass.put("spec.retention.maxAge", entry);
    }
}

/// Where the artifacts go (operator.md §2.1, §2.2).
fn folder(pass: &mut Pass) {
    let store = pass.source.text_at("spec.storage.type").unwrap_or_default().to_owned();
    let place = |pass: &Pass| {
        pass.place(if pass.source.get("spec.storage.path").is_some() {
            "spec.storage.path"
        } else {
            "spec.storage.bucket"
        })
    };
    let at = place(pass);
    match (pass.other, pass.way, store.as_str()) {
        (_, _, "pvc") if pass.source.get("spec.storage.path").is_none() => {}
        (_, Way::Out, "pvc") => pass.changed(
            &at,
            "on a claim the operator ignores it",
            "leave it out; the operator makes a folder of its own for the spec",
        ),
        (_, Way::In, "pvc") => pass.changed(
            &at,
            "on a claim the operator ignored it; here it is the folder",
            "leave it out to use a folder of the spec's name",
        ),
        (Dialect::V1beta1, way, _) => {
            let base =
                pass.source.text_at("spec.storage.path").unwrap_or("backups").trim_matches('/').to_owned();
            let chain = pass.source.text_at("spec.chainFromBackup").unwrap_or(&pass.name).to_owned();
            if way == Way::In {
                let help = format!("write `path: {base}/{chain}` to go on with the chain that is there");
                pass.changed(
                    &at,
                    "the operator adds a folder of the spec's name, this program does not",
                    &help,
                );
            } else {
                let help = format!("the operator begins a new chain in `{base}/{chain}/`");
                pass.changed(&at, "the operator adds a folder of the spec's name to it", &help);
            }
        }
        _ => {}
    }
}

impl Pass {
    /// Puts a new text that follows from a field of the source.
    pub(super) fn set_at(&mut self, path: &str, text: &str, from: &str) {
        self.out.set(path, Node::text(from, text));
    }

    /// Puts a new value with the comments of what it came from.
    pub(super) fn set_with_comments(&mut self, path: &str, comments: super::tree::Comments, node: Node) {
        self.put(path, Entry { key: String::new(), comments, node });
    }
}
