//! 501 to 513.

use super::harness_restores::{bucket_backup, corrected, findings, has, lacks};

const SCHEDULE: &str = "spec.schedule";

fn with(lines: &str) -> Vec<String> {
    findings(&bucket_backup(lines))
}

#[test]
fn a_schedule_that_kubernetes_refuses_points_at_the_part() {
    let found = with("schedule: 0 25 * * *");
    has(&found, "NB501", "error", SCHEDULE);
    assert!(found[0].starts_with("NB501 error 7:15 "), "{found:?}");
    has(&with("schedule: every night"), "NB501", "error", SCHEDULE);
    lacks(&with("schedule: 0 23 * * *"), "NB501");
}

#[test]
fn a_certain_correction_leaves_a_schedule_that_is_taken() {
    for (wrong, right) in [
        ("0 2 * * monday", "0 2 * * mon"),
        ("'0 2 * * 7'", "'0 2 * * 0'"),
        ("daily", "\"@daily\""),
        // A comma would end a plain scalar in a flow mapping, so the whole is quoted.
        ("0 22-4 * * *", "\"0 22-23,0-4 * * *\""),
    ] {
        let after = corrected(&bucket_backup(&format!("schedule: {wrong} # nightly")), "NB501");
        assert!(after.contains(&format!("schedule: {right} # nightly\n")), "{wrong}: {after}");
        lacks(&findings(&after), "NB501");
    }
}

#[test]
fn a_zone_in_the_schedule_is_told_as_what_it_is() {
    let found = with("schedule: TZ=Europe/Berlin 0 4 * * *");
    has(&found, "NB502", "error", SCHEDULE);
    lacks(&found, "NB501");
    has(&with("schedule: CRON_TZ=UTC 0 4 * * *"), "NB502", "error", SCHEDULE);
    lacks(&with("schedule: 0 4 * * *\ntimeZone: Europe/Berlin"), "NB502");
}

#[test]
fn a_schedule_that_never_fires_is_an_error() {
    has(&with("schedule: 0 0 31 2 *"), "NB503", "error", SCHEDULE);
    has(&with("schedule: ', * * * *'"), "NB503", "error", SCHEDULE);
    lacks(&with("schedule: 0 0 29 2 *"), "NB503");
}

#[test]
fn an_interval_is_not_a_time_of_day() {
    let found = with("schedule: '@every 6h'\ntimeZone: Europe/Berlin");
    has(&found, "NB504", "warning", SCHEDULE);
    has(&found, "NB513", "notice", "spec.timeZone");
    let found = with("schedule: 0 */6 * * *\ntimeZone: Europe/Berlin");
    lacks(&found, "NB504");
    lacks(&found, "NB513");
}

#[test]
fn runs_less_than_five_minutes_apart_are_told() {
    has(&with("schedule: '* * * * *'"), "NB505", "warning", SCHEDULE);
    has(&with("schedule: '* 2 * * *'"), "NB505", "warning", SCHEDULE);
    has(&with("schedule: 0,4 2 * * *"), "NB505", "warning", SCHEDULE);
    has(&with("schedule: '@every 30s'"), "NB505", "warning", SCHEDULE);
    lacks(&with("schedule: '*/5 * * * *'"), "NB505");
}

#[test]
fn a_zone_is_spelled_as_the_database_has_it() {
    let text = bucket_backup("schedule: 0 4 * * *\ntimeZone: europe/berlin");
    has(&findings(&text), "NB506", "error", "spec.timeZone");
    let after = corrected(&text, "NB506");
    assert!(after.contains("timeZone: Europe/Berlin\n"), "{after}");
    lacks(&findings(&after), "NB506");
    has(&with("schedule: 0 4 * * *\ntimeZone: '+02:00'"), "NB506", "error", "spec.timeZone");
    // An unreadable schedule does not hide the zone.
    has(&with("schedule: never\ntimeZone: CEST"), "NB506", "error", "spec.timeZone");
}

#[test]
fn clock_changes_that_swallow_or_repeat_a_run_are_told() {
    let found = with("schedule: 30 2 * * *\ntimeZone: Europe/Berlin");
    has(&found, "NB507", "warning", SCHEDULE);
    has(&found, "NB508", "notice", SCHEDULE);
    assert!(found.iter().any(|line| line.contains("2026-03-29 02:30 is skipped")), "{found:?}");
    // One finding for each direction, not for each year.
    assert_eq!(found.len(), 2, "{found:?}");
    for sound in [
        "schedule: 30 4 * * *\ntimeZone: Europe/Berlin",
        "schedule: 30 2 * * *\ntimeZone: Etc/UTC",
        "schedule: 30 2 * * *\ntimeZone: Asia/Tokyo",
        "schedule: 0 * * * *\ntimeZone: Europe/Berlin",
        "schedule: 30 2 * * *",
    ] {
        assert!(with(sound).is_empty(), "{sound}: {:?}", with(sound));
    }
}

#[test]
fn settings_of_a_cron_job_have_no_effect_on_a_job() {
    let found = with(
        "timeZone: Europe/Berlin\nstartingDeadline: 1m\nhistoryLimits: {successful: 1, failed: 0}\nsuspend: true",
    );
    for field in [
        "spec.timeZone",
        "spec.startingDeadline",
        "spec.historyLimits.successful",
        "spec.historyLimits.failed",
        "spec.suspend",
    ] {
        has(&found, "NB509", "warning", field);
    }
    assert_eq!(found.len(), 5, "{found:?}");
    has(&with("suspend: false"), "NB509", "notice", "spec.suspend");
    let found = with(
        "schedule: 0 2 * * *\ntimeZone: Etc/UTC\nstartingDeadline: 1m\nhistoryLimits: {successful: 1, failed: 1}\nsuspend: false",
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_suspended_schedule_is_mentioned() {
    has(&with("schedule: 0 2 * * *\nsuspend: true"), "NB510", "notice", "spec.suspend");
    lacks(&with("schedule: 0 2 * * *\nsuspend: false"), "NB510");
}

#[test]
fn a_deadline_beyond_the_interval_brings_nothing_or_stops_everything() {
    has(&with("schedule: 0 * * * *\nstartingDeadline: 2h"), "NB511", "notice", "spec.startingDeadline");
    has(&with("schedule: '*/5 * * * *'\nstartingDeadline: 9h"), "NB511", "warning", "spec.startingDeadline");
    lacks(&with("schedule: 0 * * * *\nstartingDeadline: 1h"), "NB511");
}

#[test]
fn logs_that_are_not_kept_are_mentioned() {
    let found = with("schedule: 0 2 * * *\nhistoryLimits: {successful: 0, failed: 1}");
    has(&found, "NB512", "notice", "spec.historyLimits.successful");
    assert_eq!(found.len(), 1, "{found:?}");
}
