use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::schedule::{Expression, parse_zone};

fn runs(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let zone = parse_zone(zone).expect(zone);
    Expression::parse(text)
        .expect(text)
        .runs(from.parse().expect(from), &zone)
        .take(count)
        .map(|run| run.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .collect()
}

#[test]
fn a_run_at_the_instant_itself_is_not_after_it() {
    let midnight = ["2026-01-02T00:00:00+00:00"];
    assert_eq!(runs("0 0 * * *", "UTC", "2026-01-01T00:00:00Z", 1), midnight);
    assert_eq!(runs("0 0 * * *", "UTC", "2026-01-01T23:59:59.999999999Z", 1), midnight);
}

#[test]
fn every_counts_from_the_instant_in_whole_seconds() {
    assert_eq!(
        runs("@every 1h30m", "Europe/Berlin", "2026-03-29T00:15:00.75Z", 2),
        ["2026-03-29T03:45:00+02:00", "2026-03-29T05:15:00+02:00"]
    );
    // Less than a second, and less than nothing, is a second to robfig.
    assert_eq!(runs("@every -5h", "UTC", "2026-01-01T00:00:00Z", 1), ["2026-01-01T00:00:01+00:00"]);
    assert_eq!(runs("@every 1.9s", "UTC", "1969-12-31T23:59:57.5Z", 1), ["1969-12-31T23:59:58+00:00"]);
}

/// Where robfig's own search goes wrong or never ends (rust.md §5).
#[test]
fn zones_that_change_at_midnight_by_half_an_hour_or_by_a_day() {
    assert_eq!(
        runs("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00", "2012-01-01T12:00:00+14:00"]
    );
    assert_eq!(runs("0 0 30 12 *", "Pacific/Apia", "2011-01-01T00:00:00Z", 1), ["2012-12-30T00:00:00+14:00"]);
    assert_eq!(runs("30 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z", 1), ["2026-03-30T00:30:00+03:00"]);
    assert_eq!(
        runs("30 0 * * *", "America/Havana", "2026-10-31T12:00:00Z", 3),
        ["2026-11-01T00:30:00-04:00", "2026-11-01T00:30:00-05:00", "2026-11-02T00:30:00-05:00"]
    );
    assert_eq!(
        runs("*/15 2 * * *", "Australia/Lord_Howe", "2026-10-03T15:00:00Z", 2),
        ["2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00"]
    );
}

#[test]
fn offsets_with_seconds_still_give_whole_minutes_on_the_wall() {
    assert_eq!(
        runs("0 12 * * *", "Europe/Amsterdam", "1880-06-01T00:00:00Z", 1)
            .iter()
            .map(|run| run[..19].to_owned())
            .collect::<Vec<_>>(),
        ["1880-06-01T12:00:00"]
    );
}

#[test]
fn nothing_within_five_years_is_never() {
    // 2100 is no leap year: eight years from 2096-02-29 to 2104-02-29.
    assert_eq!(runs("0 0 29 2 *", "UTC", "2095-06-01T00:00:00Z", 3), ["2096-02-29T00:00:00+00:00"]);
    assert_eq!(runs("0 0 29 2 *", "UTC", "2099-01-01T00:00:00Z", 1), ["2104-02-29T00:00:00+00:00"]);
    assert_eq!(runs("0 0 29 2 *", "UTC", "2098-12-31T23:59:00Z", 1), [""; 0]);
}

#[test]
fn the_ends_of_time_are_an_end_and_no_panic() {
    let expressions = ["* * * * *", "0 0 29 2 *", "@every 1h", "@every 2562047h", "0 0 31 2 *"];
    for text in expressions {
        let expression = Expression::parse(text).expect(text);
        for zone in ["UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Apia"] {
            let zone = parse_zone(zone).expect(zone);
            for instant in [Timestamp::MIN, Timestamp::MAX] {
                for run in expression.runs(instant, &zone).take(3) {
                    assert!(run.timestamp() > instant);
                }
            }
            assert_eq!(expression.next_after(Timestamp::MAX, &zone), None);
        }
    }
    let fixed = TimeZone::fixed(jiff::tz::offset(14));
    let daily = Expression::parse("0 0 * * *").expect("daily");
    assert!(daily.next_after(Timestamp::MIN, &fixed).is_some());
}
