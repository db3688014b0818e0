use jiff::Timestamp;

use super::{DaylightSavingEffect, daylight_saving_effects};
use crate::schedule::{Expression, parse_zone};

fn effects(text: &str, zone: &str, year: i16) -> Vec<DaylightSavingEffect> {
    let expression = Expression::parse(text).expect(text);
    let instant = |text: String| text.parse::<Timestamp>().expect("a timestamp");
    daylight_saving_effects(
        &expression,
        &parse_zone(zone).expect(zone),
        instant(format!("{year}-01-01T00:00:00Z")),
        instant(format!("{}-01-01T00:00:00Z", year + 1)),
    )
}

fn said(text: &str, zone: &str, year: i16) -> Vec<String> {
    effects(text, zone, year).iter().map(ToString::to_string).collect()
}

#[test]
fn a_time_in_the_gap_is_skipped_and_one_in_the_fold_is_doubled() {
    assert_eq!(
        said("30 2 * * *", "Europe/Berlin", 2026),
        [
            "the run at 2026-03-29 02:30 is skipped: the clock goes forward from 02:00 to 03:00",
            "the run at 2026-10-25 02:30 happens twice: the clock goes back from 03:00 to 02:00",
        ]
    );
    assert_eq!(
        said("0,30 2 * * *", "America/New_York", 2026),
        ["2 runs from 2026-03-08 02:00 to 02:30 are skipped: the clock goes forward from 02:00 to 03:00",]
    );
    assert_eq!(
        said("0 1 * * 0", "America/New_York", 2026),
        ["the run at 2026-11-01 01:00 happens twice: the clock goes back from 02:00 to 01:00"]
    );
}

#[test]
fn the_edges_of_gap_and_fold_are_where_the_clock_puts_them() {
    // 03:00 exists in spring, and 03:00 is shown once in autumn.
    assert_eq!(said("0 3 * * *", "Europe/Berlin", 2026), [""; 0]);
    assert_eq!(effects("0 2 * * *", "Europe/Berlin", 2026).len(), 2);
    assert_eq!(effects("59 1 * * *", "Europe/Berlin", 2026).len(), 0);
}

#[test]
fn schedules_that_flow_over_the_change_are_not_reported() {
    for text in ["* * * * *", "*/15 * * * *", "0 * * * *", "30 * * * *", "@hourly", "@every 1h"] {
        assert_eq!(said(text, "Europe/Berlin", 2026), [""; 0], "{text}");
    }
    // A day that the calendar lost is no hole in time.
    assert_eq!(said("0 * * * *", "Pacific/Apia", 2011).len(), 0);
}

#[test]
fn schedules_that_do_not_flow_over_it_are_reported() {
    assert_eq!(effects("0 */2 * * *", "Europe/Berlin", 2026).len(), 2);
    assert_eq!(effects("0 2,3 * * *", "Europe/Berlin", 2026).len(), 2);
    // Lord Howe moves by half an hour: 02:15 is lost, 01:45 doubled within 30 minutes.
    assert_eq!(
        said("15 * * * *", "Australia/Lord_Howe", 2026),
        ["the run at 2026-10-04 02:15 is skipped: the clock goes forward from 02:00 to 02:30"]
    );
    assert_eq!(
        said("45 * * * *", "Australia/Lord_Howe", 2026),
        ["the run at 2026-04-05 01:45 happens twice: the clock goes back from 02:00 to 01:30"]
    );
    assert_eq!(said("*/30 * * * *", "Australia/Lord_Howe", 2026), [""; 0]);
}

#[test]
fn changes_at_midnight_and_of_a_whole_day_are_told_with_their_dates() {
    assert_eq!(
        said("0 0 * * *", "Asia/Beirut", 2026),
        ["the run at 2026-03-29 00:00 is skipped: the clock goes forward from 00:00 to 01:00"]
    );
    assert_eq!(
        said("0 12 * * *", "Pacific/Apia", 2011),
        [
            "the run at 2011-12-30 12:00 is skipped: the clock goes forward from 2011-12-30 00:00 to 2011-12-31 00:00"
        ]
    );
    // Beirut's autumn fold is 23:00 to 24:00 of the day before.
    assert_eq!(
        said("30 23 * * *", "Asia/Beirut", 2026),
        [
            "the run at 2026-10-24 23:30 happens twice: the clock goes back from 2026-10-25 00:00 to 2026-10-24 23:00"
        ]
    );
}

#[test]
fn a_day_that_is_not_selected_loses_nothing() {
    // Both changes are on Sundays.
    assert_eq!(said("30 2 * * 1-6", "Europe/Berlin", 2026), [""; 0]);
    assert_eq!(effects("30 2 * * 0", "Europe/Berlin", 2026).len(), 2);
    assert_eq!(said("30 2 * * *", "Etc/UTC", 2026), [""; 0]);
    assert_eq!(said("30 2 * * *", "Asia/Tokyo", 2026), [""; 0]);
}
