//! `Neo4jRestore` of the operator: v1alpha1 as it ended, and v1beta1 (operator.md §1.3).

use super::Dialect;
use super::common;
use super::operator_storage;
use super::pass::{Pass, Way};
use super::table::{Row, moved, ours_only, same, theirs_only, words};
use super::tree::{Entry, Node};

const STORAGES: [&str; 3] =
    ["spec.source.storage", "spec.source.pitr.baseBackup.storage", "spec.source.pitr.logStorage"];
const NO_LOGS: &str = "v1beta1 dropped it, and it never did anything";
const NO_LOGS_HELP: &str =
    "how far back a restore goes follows from the differential backups (operator.md §1.3)";

/// Rows of a restore.
pub(super) fn rows(dialect: Dialect) -> Vec<Row> {
    let mut rows: Vec<Row> = [
        "spec.stopCluster",
        "spec.source.backupRef",
        "spec.source.backupPath",
        "spec.source.pitr.baseBackup.type",
        "spec.source.pitr.baseBackup.backupRef",
        "spec.source.pitr.baseBackup.backupPath",
        "spec.options.replaceExisting",
        "spec.options.additionalArgs",
    ]
    .map(same)
    .into();
    rows.push(words(
        "spec.source.type",
        "spec.source.type",
        &[("storage", "storage"), ("s3", "storage"), ("gcs", "storage"), ("azure", "storage")],
    ));
    for hook in ["preRestore", "postRestore"] {
        for field in [
            "cypherStatements",
            "job.timeout",
            "job.template.backoffLimit",
            "job.template.container.image",
            "job.template.container.command",
            "job.template.container.args",
            "job.template.container.env",
        ] {
            rows.push(same(format!("spec.options.{hook}.{field}")));
        }
    }
    for storage in STORAGES {
        rows.extend(operator_storage::storage(storage));
    }
    rows.push(ours_only(
        "spec.runId",
        "the operator runs a restore again when its spec changes",
        "change the spec, or make a new Neo4jRestore, to restore again",
    ));
    match dialect {
        Dialect::V1beta1 => rows.extend(v1beta1()),
        _ => rows.extend(v1alpha1()),
    }
    rows
}

fn v1beta1() -> Vec<Row> {
    let mut rows = vec![
        moved("spec.targetCluster", "spec.instanceRef"),
        moved("spec.targetCluster", "spec.clusterRef").read_only(),
        moved("spec.databaseName", "spec.database"),
        moved("spec.databaseName", "spec.databaseName").read_only(),
        same("spec.force").read_only(),
        same("spec.timeout")
            .changes_out(
                "on a cluster it bounds how long the operator waits for the database to come online",
                "give it room for the whole restore",
            )
            .changes_in(
                "it bounded the wait for the database to come online; here it bounds the restore Job",
                "give it room for the whole restore",
            ),
        same("spec.source.pointInTime").changes_out(
            "the operator restores a cluster to a point in time through Neo4jDatabase only",
            "for a cluster write `spec.seedConfig.restoreUntil` of a Neo4jDatabase (operator.md §1.3)",
        ),
        ours_only(
            "spec.options.verifyBackup",
            "v1beta1 dropped it",
            "run `neo4j-admin backup inspect` on the artifact beforehand (operator.md §1.3)",
        ),
        // Until 1.13; it did nothing there.
        same("spec.options.verifyBackup").read_only().when(true).changes_in(
            "the operator did nothing for it; here it adds steps that can stop the restore",
            "set it to false if you do not want that",
        ),
    ];
    for field in ["tempPath", "tempStorage", "resources"] {
        rows.push(theirs_only(
            format!("spec.options.{field}"),
            "a restore has its own temporary volume and resources here",
            "leave it out",
        ));
    }
    for field in
        ["logRetention", "recoveryPointObjective", "validateLogIntegrity", "compression", "encryption"]
    {
        rows.push(ours_only(format!("spec.source.pitr.{field}"), NO_LOGS, NO_LOGS_HELP));
    }
    rows
}

fn v1alpha1() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        "spec.databaseName",
        "spec.force",
        "spec.source.pointInTime",
        "spec.source.pitr.logRetention",
        "spec.source.pitr.recoveryPointObjective",
        "spec.source.pitr.validateLogIntegrity",
        "spec.source.pitr.compression.enabled",
        "spec.source.pitr.compression.algorithm",
        "spec.source.pitr.compression.level",
        "spec.source.pitr.encryption.enabled",
        "spec.source.pitr.encryption.keySecret",
        "spec.source.pitr.encryption.keySecretKey",
    ]
    .map(same)
    .into();
    rows.extend([
        moved("spec.targetCluster", "spec.clusterRef"),
        same("spec.targetCluster").read_only(),
        words(
            "spec.source.pitr.encryption.algorithm",
            "spec.source.pitr.encryption.algorithm",
            &[("ChaCha20Poly1305", "ChaCha20Poly1305"), ("ChaCha20Poly1305", "ChaCha20")],
        ),
        same("spec.timeout")
            .changes_out("the operator does nothing for it (operator.md §1.3)", "watch the restore yourself")
            .changes_in(
                "the operator did nothing for it; here it ends the restore Job",
                "give it room for the whole restore",
            ),
        same("spec.options.verifyBackup")
            .when(true)
            .changes_out(
                "the operator does nothing for it (operator.md §1.3)",
                "inspect the artifact beforehand",
            )
            .changes_in(
                "the operator did nothing for it; here it adds steps that can stop the restore",
                "set it to false if you do not want that",
            ),
    ]);
    rows
}

/// What rows cannot say, before they are read.
pub(super) fn before(pass: &mut Pass) {
    operator_storage::blocks(pass, &STORAGES);
    let kind = pass.source.text_at("spec.source.type").map(str::to_owned);
    let short = matches!(kind.as_deref(), Some("s3" | "gcs" | "azure"));
    if pass.way == Way::Out && short {
        let at = pass.place("spec.source.type");
        pass.respelled(&at, "`storage.type` says the rest");
    }
    if pass.way == Way::Out && pass.other == Dialect::V1beta1 {
        if kind.as_deref() == Some("pitr") {
            let at = pass.place("spec.source.type");
            pass.changed(
                &at,
                "the operator restores a cluster to a point in time through Neo4jDatabase only",
                "for a cluster write `spec.seedConfig.restoreUntil` of a Neo4jDatabase (operator.md §1.3)",
            );
        }
        force(pass);
    }
    if pass.way == Way::In
        && kind.as_deref() == Some("storage")
        && pass.source.get("spec.source.storage").is_none()
    {
        // The operator does not ask for it (operator.md §1.3); a path alone names no place here.
        pass.missing("spec.source.storage", "say where the artifacts are");
    }
    if pass.way == Way::In
        && let Some((entry, all)) = pass.take_bool("spec.allDatabases")
    {
        if all {
            pass.refuse(
                &entry.node.from,
                "a restore is of one database",
                "write one Neo4jRestore for each database, with `databaseName`",
            );
        } else {
            pass.implied(&entry.node.from, "a restore is always of one database");
        }
    }
}

/// v1.14 has no `force`; `replaceExisting` overwrites there (operator.md §1.3, §2.4).
fn force(pass: &mut Pass) {
    let Some((entry, force)) = pass.take_bool("spec.force") else { return };
    let at = entry.node.from.clone();
    let replaces = pass.source.get("spec.options.replaceExisting").and_then(Node::as_bool);
    match (force, replaces) {
        (false, _) => pass.implied(&at, "nothing is forced there"),
        (true, Some(true)) => pass.respelled(&at, "`options.replaceExisting` overwrites there"),
        (true, _) => {
            pass.respelled(&at, "it is `options.replaceExisting: true` there");
            pass.source.take("spec.options.replaceExisting");
            pass.put("spec.options.replaceExisting", Entry { node: Node::bare(&at, "true"), ..entry });
        }
    }
}

/// What rows cannot say, after they were read.
pub(super) fn after(pass: &mut Pass) {
    common::hook_environment(pass);
    common::hook_retries(pass);
}
