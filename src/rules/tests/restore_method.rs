//! 610, 618 to 628 and 634.

use super::harness_restores::{bucket_backup, findings, has, lacks, restore};

const FILE: &str = "people-2026-10-05T02-00-00.backup";
const CLAIM: &str = "{type: storage, storage: {type: pvc, pvc: {name: claim}}, backupPath: people-2026-10-05T02-00-00.backup}";

fn folder() -> String {
    "{type: s3, storage: {type: s3, bucket: artifacts, path: one}}".to_owned()
}

fn file(cloud: &str) -> String {
    format!("{{type: s3, storage: {{type: s3, bucket: artifacts, path: one{cloud}}}, backupPath: {FILE}}}")
}

fn with(target: &str, source: &str, lines: &str) -> Vec<String> {
    findings(&restore(target, source, lines))
}

#[test]
fn early_releases_need_the_artifact() {
    let lines = "timeout: 1h\noptions: {verifyBackup: true}";
    let found = with("old", &folder(), lines);
    has(&found, "NB610", "warning", "spec.source.backupPath");
    has(&found, "NB624", "warning", "spec.timeout");
    has(&found, "NB624", "warning", "spec.options.verifyBackup");
    let named = "{type: s3, storage: {type: s3, bucket: artifacts}, backupPath: /backups/people}";
    let found = with("old-one", named, "stopCluster: true");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("NB610") && line.contains("`/backups/people` names a folder")),
        "{found:?}"
    );
    for (target, source) in [("old", file("")), ("new", folder()), ("new-one", folder())] {
        let found = with(target, &source, lines);
        lacks(&found, "NB610");
        lacks(&found, "NB624");
    }
}

#[test]
fn a_reference_to_a_folder_is_told_at_the_reference() {
    let text = restore("old", "{type: backup, backupRef: one}", "");
    has(&findings(&format!("{text}---\n{}", bucket_backup(""))), "NB610", "warning", "spec.source.backupRef");
}

#[test]
fn nothing_is_overwritten_on_a_stopped_cluster() {
    let found = with("new", &file(""), "stopCluster: true\nforce: true\noptions: {replaceExisting: true}");
    has(&found, "NB618", "warning", "spec.force");
    has(&found, "NB618", "notice", "spec.options.replaceExisting");
    lacks(&found, "NB619");
    lacks(&with("new-one", &file(""), "stopCluster: true\nforce: true"), "NB618");
    has(&with("new", &file(""), "stopCluster: true"), "NB634", "warning", "spec.stopCluster");
    lacks(&found, "NB634");
    lacks(&with("new-one", &file(""), "stopCluster: true"), "NB634");
}

#[test]
fn two_fields_say_the_same() {
    has(
        &with("new", &file(""), "force: true\noptions: {replaceExisting: true}"),
        "NB619",
        "notice",
        "spec.force",
    );
    has(
        &with("new", &file(""), "force: false\noptions: {replaceExisting: true}"),
        "NB619",
        "notice",
        "spec.force",
    );
    let found = with("new", &file(""), "force: true\noptions: {replaceExisting: false}");
    has(&found, "NB619", "warning", "spec.options.replaceExisting");
    lacks(&with("new", &file(""), "options: {replaceExisting: true}"), "NB619");
    lacks(&with("new", &file(""), "force: true"), "NB619");
}

#[test]
fn an_existing_database_is_mentioned_when_nothing_replaces_it() {
    has(&with("new", &file(""), ""), "NB620", "notice", "spec.databaseName");
    has(
        &with("new", &file(""), "options: {replaceExisting: false}"),
        "NB620",
        "notice",
        "spec.options.replaceExisting",
    );
    lacks(&with("new", &file(""), "force: true"), "NB620");
    lacks(&with("new", &file(""), "stopCluster: true"), "NB620");
}

#[test]
fn stopping_a_cluster_stops_all_of_it() {
    has(&with("new", &file(""), "stopCluster: true"), "NB621", "warning", "spec.stopCluster");
    lacks(&with("new", &file(""), "stopCluster: false"), "NB621");
    lacks(&with("new-one", &file(""), "stopCluster: true"), "NB621");
}

#[test]
fn running_servers_cannot_read_a_claim() {
    has(&with("new", CLAIM, ""), "NB622", "error", "spec.source.storage.type");
    lacks(&with("new", CLAIM, "stopCluster: true"), "NB622");
    lacks(&with("new", &file(""), ""), "NB622");
    let text = restore("new", "{type: backup, backupRef: one}", "stopCluster: false");
    let claim = bucket_backup("")
        .replace("{type: s3, bucket: artifacts, path: one}", "{type: pvc, pvc: {name: claim}}");
    has(&findings(&format!("{text}---\n{claim}")), "NB622", "error", "spec.source.backupRef");
}

#[test]
fn a_standalone_is_stopped_for_a_claim() {
    has(&with("new-one", CLAIM, ""), "NB623", "notice", "spec.source.storage.type");
    has(&with("new-one", CLAIM, "stopCluster: false"), "NB623", "warning", "spec.stopCluster");
    lacks(&with("new-one", CLAIM, "stopCluster: true"), "NB623");
    lacks(&with("new-one", &file(""), ""), "NB623");
}

#[test]
fn the_access_of_a_seed_does_not_reach_the_servers() {
    let cloud = ", cloud: {provider: aws, region: eu-west-1, endpointURL: 'https://s3.example.com', forcePathStyle: true, \
                 caSecretRef: {name: ca, key: ca.crt}, identity: {serviceAccount: readers, autoCreate: {annotations: {a/b: c}}}}";
    let found = with("new", &file(cloud), "");
    for leaf in [
        "region",
        "endpointURL",
        "forcePathStyle",
        "caSecretRef.name",
        "caSecretRef.key",
        "identity.serviceAccount",
        "identity.autoCreate.annotations",
    ] {
        has(&found, "NB625", "warning", &format!("spec.source.storage.cloud.{leaf}"));
    }
    assert!(
        !found.iter().any(|line| line.starts_with("NB625") && line.contains("cloud.provider ")),
        "{found:?}"
    );
    lacks(&found, "NB626");
    // The verifying Job uses it, and the servers still need their own.
    let found = with("new", &file(cloud), "options: {verifyBackup: true}");
    lacks(&found, "NB625");
    has(&found, "NB626", "notice", "spec.source.storage.cloud.identity");
    let stopped = with("new", &file(cloud), "stopCluster: true");
    lacks(&stopped, "NB625");
    lacks(&stopped, "NB626");
}

#[test]
fn the_secret_that_names_an_azure_account_counts() {
    let source = |account: &str| {
        format!(
            "{{type: azure, storage: {{type: azure, bucket: artifacts, cloud: {{credentialsSecretRef: keys{account}}}}}, backupPath: {FILE}}}"
        )
    };
    lacks(&with("new", &source(""), ""), "NB625");
    has(
        &with("new", &source(", storageAccount: artifacts"), ""),
        "NB625",
        "warning",
        "spec.source.storage.cloud.credentialsSecretRef",
    );
}

#[test]
fn servers_need_access_of_their_own_whatever_names_the_bucket() {
    let text = restore("new", "{type: backup, backupRef: one}", "");
    has(&findings(&format!("{text}---\n{}", bucket_backup(""))), "NB626", "notice", "spec.source.backupRef");
    has(&with("new", &file(""), ""), "NB626", "notice", "spec.source.storage.bucket");
}

#[test]
fn a_seed_from_s3_needs_a_provider_on_5_26() {
    has(&with("old", &file(""), ""), "NB627", "notice", "spec.source.storage.bucket");
    lacks(&with("new", &file(""), ""), "NB627");
    lacks(&with("old", &file(""), "stopCluster: true"), "NB627");
    let gcs = format!("{{type: gcs, storage: {{type: gcs, bucket: artifacts}}, backupPath: {FILE}}}");
    lacks(&with("old", &gcs, ""), "NB627");
}

#[test]
fn an_older_target_cannot_read_the_backup() {
    let restore_into =
        |target: &str| restore(target, &format!("{{type: backup, backupRef: one, backupPath: {FILE}}}"), "");
    let newer = bucket_backup("").replace("name: old}", "name: new}");
    has(&findings(&format!("{}---\n{newer}", restore_into("old"))), "NB628", "error", "spec.targetCluster");
    lacks(&findings(&format!("{}---\n{newer}", restore_into("new"))), "NB628");
    lacks(&findings(&format!("{}---\n{}", restore_into("new"), bucket_backup(""))), "NB628");
}

#[test]
fn an_older_release_checks_the_newest_chain_and_says_so() {
    let source = "{type: s3, backupPath: people-2026-01-01T00-00-00.backup, storage: {type: s3, bucket: artifacts, path: one}}";
    let verify = "stopCluster: true\nforce: true\noptions: {verifyBackup: true}";
    has(&findings(&restore("old-one", source, verify)), "NB635", "notice", "spec.options.verifyBackup");
    lacks(&findings(&restore("new-one", source, verify)), "NB635");
    lacks(&findings(&restore("old-one", source, "stopCluster: true\nforce: true")), "NB635");
}
