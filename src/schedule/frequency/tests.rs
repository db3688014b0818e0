use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use crate::schedule::Expression;

fn expression(text: &str) -> Expression {
    Expression::parse(text).expect(text)
}

#[test]
fn what_no_calendar_has_never_fires() {
    for text in [
        "0 0 30 2 *",
        "0 0 31 2,4,6,9,11 *",
        ", * * * *",
        "0 , * * *",
        "0 0 , * *",
        "0 0 * , *",
        "0 0 * * ,",
        "0 0 , * ,",
        "0 0 30 2 ,",
    ] {
        assert!(expression(text).never_fires(), "{text}");
        assert_eq!(expression(text).shortest_gap(), None, "{text}");
        assert_eq!(expression(text).runs_per_year(), 0, "{text}");
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(expression(text).next_after(start, &TimeZone::UTC), None);
    }
    for text in ["0 0 29 2 *", "0 0 30 2 1", "0 0 30 2,3 *", "@every 1h", "0 0 31 1 ,"] {
        assert!(!expression(text).never_fires(), "{text}");
    }
}

#[test]
fn the_shortest_gap_is_the_one_that_a_simulation_finds() {
    // 28 years and one, in which each pair of years and weekdays occurs.
    let start: Timestamp = "1999-12-31T23:59:59Z".parse().unwrap();
    let end: Timestamp = "2029-01-01T00:00:00Z".parse().unwrap();
    for text in [
        "0 2 * * *",
        "0 2 * * 0",
        "0 2 1 * *",
        "0 2 31 * *",
        "0 2 29 2 *",
        "0 2 13 * 5",
        "0 2 1,31 * *",
        "0 2 */2 * *",
        "0 2 */2 * 5",
        "0 2 30,31 1,3,12 *",
        "0 2 * 2 1,3",
        "30 1,23 * * *",
        "30 1,23 * * 1",
        "0,50 */6 * * *",
        "10 0,20 * * 1,2",
        "0 2 31 7,8 *",
        "0 2 31 12 *",
        "0 2 29 2,3 *",
        "59 23 31 12 *",
        "0 0,23 1,31 1,12 *",
        "0 0 15 6 1",
        "5,7 3 * * 0",
        "0 0 1 1 *",
        "0 12 1-7 * 1",
        "0 0 28-31 * 3",
    ] {
        let expression = expression(text);
        let utc = TimeZone::UTC;
        let runs: Vec<Timestamp> =
            expression.runs(start, &utc).map(|run| run.timestamp()).take_while(|run| *run < end).collect();
        let simulated = runs.windows(2).map(|pair| pair[1].duration_since(pair[0]).unsigned_abs()).min();
        assert_eq!(expression.shortest_gap(), simulated, "{text}");
    }
}

#[test]
fn the_shortest_gap_of_the_usual_schedules() {
    for (text, minutes) in [
        ("* * * * *", 1),
        ("*/15 * * * *", 15),
        ("*/7 * * * *", 4),
        ("0 * * * *", 60),
        ("0 */6 * * *", 360),
        ("0 2,14 * * *", 720),
        ("0 2 * * 0", 7 * 1_440),
        ("0 2 1 * *", 28 * 1_440),
        ("0 0 29 2 *", 1_461 * 1_440),
    ] {
        let expected = Some(Duration::from_secs(minutes * 60));
        assert_eq!(expression(text).shortest_gap(), expected, "{text}");
    }
    assert_eq!(expression("@every 90s").shortest_gap(), Some(Duration::from_secs(90)));
}

#[test]
fn runs_of_a_year_are_those_that_people_count() {
    for (text, runs) in [
        ("0 2 * * *", 365),
        ("@hourly", 8_760),
        ("*/15 * * * *", 35_040),
        ("* * * * *", 525_600),
        ("@weekly", 52),
        ("0 22 * * 1-5", 261),
        ("@monthly", 12),
        ("@yearly", 1),
        ("0 0 31 * *", 7),
        ("0 0 29 2 *", 1),
        ("@every 24h", 365),
        ("@every 20000h", 1),
    ] {
        assert_eq!(expression(text).runs_per_year(), runs, "{text}");
    }
}
