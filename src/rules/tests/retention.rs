//! 520 to 530.

use super::harness_restores::{backup, bucket_backup, findings, has, lacks};

const MAX_AGE: &str = "spec.retention.maxAge";

fn bucket(retention: &str) -> Vec<String> {
    findings(&bucket_backup(&format!("schedule: 0 2 * * *\nretention: {retention}")))
}

fn claim(retention: &str) -> Vec<String> {
    findings(&backup(
        "one",
        "{type: pvc, pvc: {name: claim, size: 50Gi}}",
        &format!("schedule: 0 2 * * *\nretention: {retention}"),
    ))
}

#[test]
fn an_age_is_one_number_and_one_unit() {
    for wrong in ["'30'", "1h30m", "30 d", "P30D", "0d"] {
        has(&bucket(&format!("{{maxAge: {wrong}}}")), "NB520", "error", MAX_AGE);
        lacks(&bucket(&format!("{{maxAge: {wrong}}}")), "NB521");
    }
    lacks(&bucket("{maxAge: 30d}"), "NB520");
}

#[test]
fn a_bucket_gets_its_lifecycle_rule() {
    let found = bucket("{maxAge: 30d}");
    has(&found, "NB521", "notice", MAX_AGE);
    assert_eq!(found.len(), 1, "{found:?}");
    // Pitfall 47: minutes are minutes, and a rule counts days.
    let found = bucket("{maxAge: 90m}");
    assert!(found.iter().any(|line| line.contains("after 1 day, rounded up")), "{found:?}");
    lacks(&claim("{maxAge: 30d}"), "NB521");
}

#[test]
fn a_rule_by_age_breaks_a_chain() {
    for kind in ["AUTO", "DIFF"] {
        let text = bucket_backup(&format!(
            "schedule: 0 2 * * *\nretention: {{maxAge: 30d}}\noptions: {{backupType: {kind}}}"
        ));
        has(&findings(&text), "NB522", "warning", MAX_AGE);
    }
    lacks(&bucket("{maxAge: 30d}"), "NB522");
}

#[test]
fn a_rule_by_age_breaks_the_chain_that_another_spec_continues() {
    let full = bucket_backup("retention: {maxAge: 30d}\nschedule: 0 2 * * 0");
    let same = backup("diffs", "{type: s3, bucket: artifacts, path: one/}", "options: {backupType: DIFF}");
    has(&findings(&format!("{full}---\n{same}")), "NB522", "warning", MAX_AGE);
    let elsewhere =
        backup("diffs", "{type: s3, bucket: artifacts, path: one-more}", "options: {backupType: DIFF}");
    lacks(&findings(&format!("{full}---\n{elsewhere}")), "NB522");
    let other_store =
        backup("diffs", "{type: gcs, bucket: artifacts, path: one}", "options: {backupType: DIFF}");
    lacks(&findings(&format!("{full}---\n{other_store}")), "NB522");
}

#[test]
fn a_rule_covers_the_folders_below() {
    let full = bucket_backup("retention: {maxAge: 30d}\nschedule: 0 2 * * 0");
    let below = backup("below", "{type: s3, bucket: artifacts, path: one/two}", "");
    let beside = backup("beside", "{type: s3, bucket: artifacts, path: one-two}", "");
    let found = findings(&format!("{full}---\n{below}"));
    has(&found, "NB523", "warning", MAX_AGE);
    assert!(found.iter().any(|line| line.contains("the backups of `below`")), "{found:?}");
    lacks(&findings(&format!("{full}---\n{beside}")), "NB523");
    // The rule of the folder below does not reach up.
    let inner = backup("inner", "{type: s3, bucket: artifacts, path: one/two}", "retention: {maxAge: 30d}");
    lacks(&findings(&format!("{}---\n{inner}", bucket_backup(""))), "NB523");
}

#[test]
fn many_specs_below_are_named_in_part_and_not_compared_with_each_other() {
    let mut text = bucket_backup("retention: {maxAge: 30d}\nschedule: 0 2 * * 0");
    for number in 0..6 {
        text.push_str("---\n");
        text.push_str(&backup(
            &format!("s{number}"),
            &format!("{{type: s3, bucket: artifacts, path: one/{number}}}"),
            "",
        ));
    }
    let found = findings(&text);
    assert!(found.iter().any(|line| line.contains("`s0`, `s1`, `s2` and others")), "{found:?}");
    assert_eq!(found.iter().filter(|line| line.starts_with("NB523")).count(), 1, "{found:?}");
}

#[test]
fn a_bucket_cannot_count() {
    let found = bucket("{maxAge: 30d, maxCount: 5, keepLast: 3, keepYearly: 1, deletePolicy: Delete}");
    for leaf in ["maxCount", "keepLast", "keepYearly"] {
        has(&found, "NB524", "warning", &format!("spec.retention.{leaf}"));
    }
    has(&found, "NB524", "notice", "spec.retention.deletePolicy");
    lacks(&bucket("{maxAge: 30d}"), "NB524");
}

#[test]
fn nothing_is_deleted_from_a_claim() {
    let found = claim("{maxAge: 30d, maxCount: 5, keepDaily: 7, deletePolicy: Delete}");
    for leaf in ["maxAge", "maxCount", "keepDaily"] {
        has(&found, "NB525", "warning", &format!("spec.retention.{leaf}"));
    }
    has(&found, "NB525", "notice", "spec.retention.deletePolicy");
    lacks(&bucket("{maxAge: 30d, maxCount: 5}"), "NB525");
}

#[test]
fn what_a_year_adds_to_a_claim_is_told_once() {
    let loaded = super::harness_restores::read(&backup(
        "one",
        "{type: pvc, pvc: {name: claim, size: 50Gi}}",
        "schedule: 0 2 * * *\nretention: {maxAge: 30d, maxCount: 5}",
    ));
    let options = crate::rules::Options::default();
    let notes: Vec<String> = crate::rules::check(&crate::rules::Context::new(&loaded.documents, &options))
        .into_iter()
        .flat_map(|finding| finding.notes)
        .collect();
    assert_eq!(
        notes,
        [
            "`0 2 * * *` writes 365 full backups of each database in a year, so 365 times the size of its store; the claim has 50Gi"
        ]
    );
}

#[test]
fn nothing_archives() {
    has(&bucket("{maxAge: 30d, deletePolicy: Archive}"), "NB526", "warning", "spec.retention.deletePolicy");
    has(&claim("{maxAge: 30d, deletePolicy: Archive}"), "NB526", "warning", "spec.retention.deletePolicy");
    lacks(&bucket("{maxAge: 30d, deletePolicy: Delete}"), "NB526");
}

#[test]
fn a_retention_needs_a_criterion() {
    has(&bucket("{deletePolicy: Delete}"), "NB527", "warning", "spec.retention.deletePolicy");
    has(&bucket("{}"), "NB527", "warning", "spec.retention");
    lacks(&bucket("{keepLast: 1}"), "NB527");
}

#[test]
fn a_retention_belongs_to_a_schedule() {
    has(&findings(&bucket_backup("retention: {maxAge: 30d}")), "NB528", "notice", "spec.retention");
    lacks(&bucket("{maxAge: 30d}"), "NB528");
}

#[test]
fn zero_keeps_nothing() {
    let found = bucket("{maxCount: 0, keepDaily: 0}");
    has(&found, "NB529", "warning", "spec.retention.maxCount");
    has(&found, "NB529", "notice", "spec.retention.keepDaily");
    lacks(&found, "NB524");
    lacks(&bucket("{maxCount: 1, keepDaily: 1}"), "NB529");
}

#[test]
fn an_age_shorter_than_the_interval_leaves_nothing_between() {
    let text = bucket_backup("schedule: 0 2 * * 0\nretention: {maxAge: 3d}");
    has(&findings(&text), "NB530", "warning", MAX_AGE);
    lacks(&findings(&bucket_backup("schedule: 0 2 * * 0\nretention: {maxAge: 8d}")), "NB530");
}

#[test]
fn the_root_of_a_bucket_is_more_than_backups() {
    let text = backup(
        "one",
        "{type: s3, bucket: artifacts, path: /}",
        "schedule: 0 2 * * 0\nretention: {maxAge: 30d}",
    );
    has(&findings(&text), "NB523", "warning", MAX_AGE);
}
