//! 612 to 617 and 632.

use super::harness_restores::{
    backup, bucket_backup, corrected, findings, findings_with, has, lacks, restore,
};
use crate::rules::Options;

const INSTANT: &str = "spec.source.pointInTime";
const BUCKET: &str = "{type: s3, bucket: artifacts, path: one}";

fn at(target: &str, instant: &str, lines: &str) -> String {
    let path = "people-2026-10-05T02-00-00.backup";
    restore(
        target,
        &format!("{{type: s3, storage: {BUCKET}, backupPath: {path}, pointInTime: {instant}}}"),
        lines,
    )
}

#[test]
fn a_moment_is_a_whole_second_with_a_zone() {
    for wrong in [
        "'2025-01-04T12:30:00.5Z'",
        "'2025-01-04T12:30:00+1'",
        "'2025-13-04T12:30:00Z'",
        "'2025-01-04 at 12:30:00'",
    ] {
        has(&findings(&at("new", wrong, "")), "NB612", "error", INSTANT);
    }
    lacks(&findings(&at("new", "'2025-01-04T12:30:00Z'", "")), "NB612");
    lacks(&findings(&at("new", "'2025-01-04T12:30:00.000Z'", "")), "NB612");
}

#[test]
fn another_spelling_of_the_same_moment_is_corrected_and_a_guess_is_not() {
    let text = at("new", "2025-01-04 12:30:00z", "");
    assert!(corrected(&text, "NB612").contains("pointInTime: \"2025-01-04T12:30:00Z\"}"));
    let loaded = super::harness_restores::read(&at("new", "'2025-01-04T12:30:00.5Z'", ""));
    let options = Options::default();
    let found = crate::rules::check(&crate::rules::Context::new(&loaded.documents, &options));
    assert!(found.iter().all(|finding| finding.fix.is_none()));
}

#[test]
fn another_zone_is_converted() {
    let found = findings(&at("new", "'2025-01-04T13:30:00+01:00'", ""));
    has(&found, "NB613", "notice", INSTANT);
    assert!(found.iter().any(|line| line.contains("`2025-01-04T12:30:00Z`")), "{found:?}");
    lacks(&findings(&at("new", "'2025-01-04T12:30:00+00:00'", "")), "NB613");
}

#[test]
fn the_future_cannot_be_restored() {
    let options =
        Options { now: Some("2025-01-04T12:00:00Z".parse().expect("an instant")), ..Options::default() };
    let text = at("new", "'2025-01-04T12:30:00Z'", "");
    has(&findings_with(&text, &options), "NB614", "error", INSTANT);
    lacks(&findings_with(&at("new", "'2025-01-04T12:00:00Z'", ""), &options), "NB614");
    // Without a clock nothing is in the future.
    lacks(&findings(&text), "NB614");
}

#[test]
fn a_seed_of_5_26_cannot_go_back() {
    let instant = "'2025-01-04T12:30:00Z'";
    has(&findings(&at("old", instant, "")), "NB615", "error", INSTANT);
    has(&findings(&at("old-one", instant, "")), "NB615", "error", INSTANT);
    lacks(&findings(&at("old", instant, "stopCluster: true")), "NB615");
    lacks(&findings(&at("new", instant, "")), "NB615");
    // Where no Job is rendered, nothing fails.
    let folder = restore("old", &format!("{{type: s3, storage: {BUCKET}, pointInTime: {instant}}}"), "");
    has(&findings(&folder), "NB615", "warning", INSTANT);
}

#[test]
fn every_log_setting_is_told_with_what_takes_its_place() {
    let source = format!(
        "{{type: pitr, pointInTime: '2025-01-04T12:30:00Z', pitr: {{baseBackup: {{type: storage, storage: {BUCKET}}}, \
         logStorage: {{type: s3, bucket: logs, cloud: {{region: eu-west-1}}}}, logRetention: 7d, recoveryPointObjective: 5m, \
         validateLogIntegrity: false, compression: {{enabled: true, algorithm: lz4, level: 3}}, \
         encryption: {{enabled: true, keySecret: keys, keySecretKey: key, algorithm: AES256}}}}}}"
    );
    let found = findings(&restore("new", &source, ""));
    for leaf in [
        "logStorage.type",
        "logStorage.bucket",
        "logStorage.cloud.region",
        "logRetention",
        "recoveryPointObjective",
        "compression.enabled",
        "compression.algorithm",
        "compression.level",
        "encryption.enabled",
        "encryption.keySecret",
        "encryption.keySecretKey",
        "encryption.algorithm",
    ] {
        has(&found, "NB616", "warning", &format!("spec.source.pitr.{leaf}"));
    }
    has(&found, "NB616", "notice", "spec.source.pitr.validateLogIntegrity");
    let plain = format!(
        "{{type: pitr, pointInTime: '2025-01-04T12:30:00Z', pitr: {{baseBackup: {{type: storage, storage: {BUCKET}}}}}}}"
    );
    lacks(&findings(&restore("new", &plain, "")), "NB616");
}

#[test]
fn full_backups_have_no_moments_between_them() {
    let source = "{type: pitr, pointInTime: '2025-01-04T12:30:00Z', pitr: {baseBackup: {type: backup, backupRef: one}}}";
    let text = restore("new", source, "");
    let field = "spec.source.pitr.baseBackup.backupRef";
    let full = bucket_backup("schedule: 0 2 * * 0");
    has(&findings(&format!("{text}---\n{full}")), "NB617", "warning", field);
    let fed = backup("two", "{type: s3, bucket: artifacts, path: one}", "options: {backupType: DIFF}");
    lacks(&findings(&format!("{text}---\n{full}---\n{fed}")), "NB617");
    lacks(&findings(&format!("{text}---\n{}", bucket_backup("options: {backupType: AUTO}"))), "NB617");
    let whole = restore("new", "{type: backup, backupRef: one}", "");
    lacks(&findings(&format!("{whole}---\n{full}")), "NB617");
}

#[test]
fn point_in_time_without_a_moment_restores_everything() {
    let source = |moment: &str| {
        format!("{{type: pitr, {moment}pitr: {{baseBackup: {{type: storage, storage: {BUCKET}}}}}}}")
    };
    has(&findings(&restore("new", &source(""), "")), "NB632", "warning", "spec.source.type");
    lacks(&findings(&restore("new", &source("pointInTime: '2025-01-04T12:30:00Z', "), "")), "NB632");
}
