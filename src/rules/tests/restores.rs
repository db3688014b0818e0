//! 601 to 611, 629 to 631 and 633.

use super::harness_restores::{TARGETS, backup, bucket_backup, findings, findings_with, has, lacks, restore};
use crate::rules::Options;

const BUCKET: &str = "{type: s3, bucket: artifacts, path: one}";

fn with(source: &str) -> Vec<String> {
    findings(&restore("new", source, ""))
}

#[test]
fn a_source_has_what_its_type_needs() {
    has(&with("{type: backup}"), "NB601", "error", "spec.source.backupRef");
    for kind in ["storage", "s3", "gcs", "azure"] {
        has(&with(&format!("{{type: {kind}}}")), "NB601", "error", "spec.source.storage");
    }
    has(
        &with("{type: pitr, pointInTime: '2025-01-04T12:30:00Z'}"),
        "NB601",
        "error",
        "spec.source.pitr.baseBackup",
    );
    has(
        &with("{type: pitr, pitr: {baseBackup: {type: storage}}}"),
        "NB601",
        "error",
        "spec.source.pitr.baseBackup.storage",
    );
    has(
        &with("{type: pitr, pitr: {baseBackup: {type: backup}}}"),
        "NB601",
        "error",
        "spec.source.pitr.baseBackup.backupRef",
    );
    lacks(&with("{type: backup, backupRef: one}"), "NB601");
    lacks(&with(&format!("{{type: s3, storage: {BUCKET}}}")), "NB601");
    lacks(&with("{type: pitr, pitr: {baseBackup: {type: backup, backupRef: one}}}"), "NB601");
}

#[test]
fn a_shorthand_and_its_storage_agree() {
    let found = with(&format!("{{type: gcs, storage: {BUCKET}}}"));
    has(&found, "NB602", "error", "spec.source.storage.type");
    lacks(&with(&format!("{{type: s3, storage: {BUCKET}}}")), "NB602");
    lacks(&with(&format!("{{type: storage, storage: {BUCKET}}}")), "NB602");
}

#[test]
fn every_leaf_that_the_type_does_not_read_is_told() {
    let found = with(&format!(
        "{{type: backup, backupRef: one, storage: {BUCKET}, pitr: {{logRetention: 1d, baseBackup: {{type: backup}}}}}}"
    ));
    for leaf in
        ["storage.type", "storage.bucket", "storage.path", "pitr.logRetention", "pitr.baseBackup.type"]
    {
        has(&found, "NB603", "warning", &format!("spec.source.{leaf}"));
    }
    lacks(&found, "NB616");
    has(
        &with(&format!("{{type: s3, backupRef: one, storage: {BUCKET}}}")),
        "NB603",
        "warning",
        "spec.source.backupRef",
    );
    let found = with(&format!(
        "{{type: pitr, backupRef: one, backupPath: a, storage: {BUCKET}, pitr: {{baseBackup: {{type: storage, backupRef: one, backupPath: b, storage: {BUCKET}}}}}}}"
    ));
    for leaf in ["backupRef", "backupPath", "storage.bucket", "pitr.baseBackup.backupRef"] {
        has(&found, "NB603", "warning", &format!("spec.source.{leaf}"));
    }
    // The block that is probably meant is not told to be useless beside the error.
    lacks(&with(&format!("{{type: backup, storage: {BUCKET}}}")), "NB603");
    lacks(&with(&format!("{{type: s3, storage: {BUCKET}, backupPath: a}}")), "NB603");
}

#[test]
fn a_backup_that_is_not_there_is_a_warning_and_an_error_when_it_is_needed() {
    let text = restore("new", "{type: backup, backupRef: one}", "");
    has(&findings(&text), "NB604", "warning", "spec.source.backupRef");
    let options = Options { rendering_restores: true, ..Options::default() };
    has(&findings_with(&text, &options), "NB604", "error", "spec.source.backupRef");
    lacks(&findings(&format!("{text}---\n{}", bucket_backup(""))), "NB604");
    let elsewhere = bucket_backup("").replace("namespace: prod", "namespace: other");
    let found = findings(&format!("{text}---\n{elsewhere}"));
    assert!(
        found.iter().any(|line| line.starts_with("NB604") && line.contains("namespace `other`")),
        "{found:?}"
    );
}

#[test]
fn a_base_backup_is_looked_up_too() {
    let source = "{type: pitr, pointInTime: '2025-01-04T12:30:00Z', pitr: {baseBackup: {type: backup, backupRef: one}}}";
    let text = restore("new", source, "");
    has(&findings(&text), "NB604", "warning", "spec.source.pitr.baseBackup.backupRef");
    lacks(&findings(&format!("{text}---\n{}", bucket_backup(""))), "NB604");
}

#[test]
fn a_backup_of_other_databases_cannot_restore_this_one() {
    let text = restore("new", "{type: backup, backupRef: one}", "");
    let named = |databases: &str| {
        bucket_backup("").replace(
            "{kind: Cluster, name: old}",
            &format!("{{kind: Cluster, name: old, databases: {databases}}}"),
        )
    };
    let field = "spec.source.backupRef";
    has(&findings(&format!("{text}---\n{}", named("[orders, 'x*']"))), "NB605", "warning", field);
    lacks(&findings(&format!("{text}---\n{}", named("[orders, 'PEO*']"))), "NB605");
    let single = bucket_backup("")
        .replace("{kind: Cluster, name: old}", "{kind: Database, name: orders, clusterRef: old}");
    has(&findings(&format!("{text}---\n{single}")), "NB605", "warning", field);
    // A named artifact says itself which database it is of.
    let by_file =
        restore("new", "{type: backup, backupRef: one, backupPath: people-2026-10-05T02-00-00.backup}", "");
    lacks(&findings(&format!("{by_file}---\n{single}")), "NB605");
}

#[test]
fn the_database_is_one_name() {
    let named =
        |name: &str| findings(&restore("old", "{type: backup, backupRef: one}", "").replace("people", name));
    let field = "spec.databaseName";
    for wrong in ["my_db", "'*'", "1graph", "ab"] {
        has(&named(wrong), "NB606", "error", field);
    }
    assert!(
        named("my_db").iter().any(|line| line.contains(" 6:19 spec.databaseName ")),
        "{:?}",
        named("my_db")
    );
    lacks(&named("my-db"), "NB606");
    has(&named("system"), "NB607", "error", field);
    has(&named("System"), "NB607", "error", field);
    lacks(&named("my-db"), "NB607");
}

#[test]
fn a_path_can_be_read() {
    let path = |path: &str| with(&format!("{{type: s3, storage: {BUCKET}, backupPath: {path}}}"));
    let field = "spec.source.backupPath";
    for wrong in ["a//b", "'a,b.backup'", "/a/../b", "'a b'", "//"] {
        has(&path(wrong), "NB608", "error", field);
    }
    for right in ["/", "/a/b", "a/b/", "a/people-2026-10-05T02-00-00.backup", "/latest.backup"] {
        lacks(&path(right), "NB608");
    }
    let found = path("/a/../b");
    let column = restore("new", &format!("{{type: s3, storage: {BUCKET}, backupPath: /a/../b}}"), "")
        .lines()
        .find_map(|line| line.find("/../b"))
        .expect("the path");
    assert!(
        found.iter().any(|line| line.starts_with(&format!("NB608 error 7:{} ", column + 2))),
        "{found:?}"
    );
}

#[test]
fn an_artifact_of_another_database_is_told() {
    let path = |path: &str| with(&format!("{{type: s3, storage: {BUCKET}, backupPath: {path}}}"));
    has(&path("orders-2026-10-05T02-00-00.backup"), "NB609", "warning", "spec.source.backupPath");
    lacks(&path("People-2026-10-05T02-00-00.backup"), "NB609");
    lacks(&path("latest.backup"), "NB609");
}

#[test]
fn a_path_from_the_root_makes_the_storage_path_useless() {
    let path = |path: &str| with(&format!("{{type: s3, storage: {BUCKET}, backupPath: {path}}}"));
    has(&path("/a/latest.backup"), "NB611", "warning", "spec.source.storage.path");
    lacks(&path("a/latest.backup"), "NB611");
    let base =
        format!("{{type: pitr, pitr: {{baseBackup: {{type: storage, storage: {BUCKET}, backupPath: /a}}}}}}");
    has(&with(&base), "NB611", "warning", "spec.source.pitr.baseBackup.storage.path");
}

#[test]
fn dumps_and_archives_are_not_artifacts() {
    let path = |path: &str| with(&format!("{{type: s3, storage: {BUCKET}, backupPath: {path}}}"));
    for wrong in ["people.dump", "20250101.backup.tar.gz", "/a/people.zip"] {
        has(&path(wrong), "NB629", "error", "spec.source.backupPath");
    }
    lacks(&path("people.backup"), "NB629");
}

#[test]
fn a_run_id_is_a_label_value() {
    let id = |id: &str| findings(&restore("new", "{type: backup, backupRef: one}", &format!("runId: {id}")));
    for wrong in ["'second try'", "'-a'", "a.", "'é'"] {
        has(&id(wrong), "NB630", "error", "spec.runId");
    }
    lacks(&id("2026-10-05_try.2"), "NB630");
}

#[test]
fn a_backup_that_goes_on_may_bring_another_artifact() {
    let text = restore("new", "{type: backup, backupRef: one}", "");
    let field = "spec.source.backupRef";
    has(&findings(&format!("{text}---\n{}", bucket_backup("schedule: 0 2 * * *"))), "NB631", "notice", field);
    lacks(&findings(&format!("{text}---\n{}", bucket_backup("schedule: 0 2 * * *\nsuspend: true"))), "NB631");
    lacks(&findings(&format!("{text}---\n{}", bucket_backup(""))), "NB631");
    let named =
        restore("new", "{type: backup, backupRef: one, backupPath: people-2026-10-05T02-00-00.backup}", "");
    lacks(&findings(&format!("{named}---\n{}", bucket_backup("schedule: 0 2 * * *"))), "NB631");
}

#[test]
fn a_restore_creates_no_claim() {
    let source =
        "{type: storage, storage: {type: pvc, pvc: {name: claim, size: 1Gi, storageClassName: fast}}}";
    let found = findings(&restore("new-one", source, ""));
    has(&found, "NB633", "warning", "spec.source.storage.pvc.size");
    has(&found, "NB633", "warning", "spec.source.storage.pvc.storageClassName");
    lacks(
        &findings(&restore("new-one", "{type: storage, storage: {type: pvc, pvc: {name: claim}}}", "")),
        "NB633",
    );
}

#[test]
fn a_target_that_is_nowhere_makes_no_noise() {
    let text = restore("new", &format!("{{type: s3, storage: {BUCKET}}}"), "stopCluster: true\nforce: true");
    let (alone, _) = text.split_once("---").expect("two parts");
    assert_eq!(findings(alone), Vec::<String>::new());
    assert!(TARGETS.contains("name: new"));
}

#[test]
fn references_are_found_among_many_backups() {
    let mut text = String::new();
    for number in 0..300 {
        text.push_str(&backup(&format!("b{number}"), BUCKET, ""));
        text.push_str("---\n");
    }
    text.push_str(&restore("new", "{type: backup, backupRef: b299}", ""));
    lacks(&findings(&text), "NB604");
}
