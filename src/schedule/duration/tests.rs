use std::time::Duration;

use super::*;

#[test]
fn reads_what_go_reads() {
    // Values from Go's own `time` tests.
    let table: [(&str, i64); 20] = [
        ("0", 0),
        ("5s", 5_000_000_000),
        ("+5s", 5_000_000_000),
        ("-5s", -5_000_000_000),
        ("-0", 0),
        ("5.0s", 5_000_000_000),
        ("5.s", 5_000_000_000),
        (".5s", 500_000_000),
        ("1.004s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("13us", 13_000),
        ("12\u{b5}s", 12_000),
        ("12\u{3bc}s", 12_000),
        ("3h30m", 12_600_000_000_000),
        ("-1m30.5s", -90_500_000_000),
        ("39h9m14.425s", 140_954_425_000_000),
        ("0.3333333333333333333h", 1_200_000_000_000),
        ("0.100000000000000000000h", 360_000_000_000),
        ("9223372036854775807ns", i64::MAX),
        ("-9223372036854775808ns", i64::MIN),
    ];
    for (text, expected) in table {
        assert_eq!(parse_go(text), Ok(expected), "{text}");
    }
    for text in [
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        " 1h",
        "1h ",
        "1h 30m",
        "9223372036854775808ns",
        "3000000h",
        "\u{85}1h",
        "1\u{ff}s",
    ] {
        assert!(parse_go(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_duration_of_the_spec_has_a_unit_and_no_sign() {
    let seconds = Duration::from_secs;
    for (text, expected) in [
        ("90s", seconds(90)),
        ("30m", seconds(1_800)),
        ("2h", seconds(7_200)),
        ("1h30m", seconds(5_400)),
        ("1.5h", seconds(5_400)),
        ("0s", Duration::ZERO),
        ("60m", seconds(3_600)),
    ] {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
    assert_eq!(parse_with_days("7d"), Ok(seconds(7 * 86_400)));
    assert_eq!(parse_with_days("2w"), Ok(seconds(14 * 86_400)));
    assert_eq!(parse_with_days("1d12h"), Ok(seconds(36 * 3_600)));
}

#[test]
fn every_mistake_has_a_place_and_a_repair_where_that_is_certain() {
    use DurationErrorKind as Kind;
    let table = [
        ("", Kind::Empty, "", None),
        ("-5m", Kind::Negative, "-", None),
        ("+5m", Kind::Negative, "+", Some("")),
        ("30", Kind::MissingUnit, "30", None),
        ("0", Kind::MissingUnit, "0", None),
        ("1h30", Kind::MissingUnit, "30", None),
        ("h", Kind::MissingNumber, "h", None),
        ("2hours", Kind::UnknownUnit, "hours", Some("h")),
        ("30min", Kind::UnknownUnit, "min", Some("m")),
        ("2H", Kind::UnknownUnit, "H", Some("h")),
        ("2M", Kind::UnknownUnit, "M", None),
        ("1y", Kind::UnknownUnit, "y", None),
        ("7d", Kind::DaysNotTaken, "7d", Some("168h")),
        ("1h2w", Kind::DaysNotTaken, "2w", Some("336h")),
        ("1.5d", Kind::DaysNotTaken, "1.5d", None),
        ("1h 30m", Kind::Space, "1h 30m", Some("1h30m")),
        ("PT1H", Kind::Iso8601, "PT1H", None),
        ("99999999999999999999h", Kind::TooLong, "99999999999999999999h", None),
        ("3000000h", Kind::TooLong, "3000000h", None),
    ];
    for (text, kind, place, replacement) in table {
        let error = parse(text).expect_err(text);
        assert_eq!(error.kind, kind, "{text}");
        assert_eq!(&text[error.range.clone()], place, "{text}");
        assert_eq!(error.replacement().as_deref(), replacement, "{text}");
        assert!(!error.to_string().is_empty() && !error.help().is_empty());
    }
}

#[test]
fn an_age_is_one_whole_number_and_one_unit() {
    for (text, hours) in [("7d", 168), ("24h", 24), ("2w", 336), ("90d", 2_160)] {
        assert_eq!(parse_age(text), Ok(Duration::from_secs(hours * 3_600)), "{text}");
    }
    // 90 minutes, which an operator once kept for 90 days.
    assert_eq!(parse_age("90m"), Ok(Duration::from_secs(5_400)));
    for (text, replacement) in [
        ("1h30m", Some("90m")),
        ("1.5d", Some("36h")),
        ("07d", Some("7d")),
        ("0d", None),
        ("7", None),
        ("d", None),
        ("7D", Some("d")),
        ("7days", Some("d")),
        ("7 days", None),
        ("7 d", Some("7d")),
        ("1h30M", None),
        ("500ms", None),
        ("-7d", None),
        ("1y", None),
        ("é", None),
        ("99999999999999999999w", None),
    ] {
        let error = parse_age(text).expect_err(text);
        assert_eq!(error.replacement().as_deref(), replacement, "{text}");
        assert!(text.get(error.range.clone()).is_some(), "{text}");
        if let Some(replacement) = replacement {
            let mut repaired = text.to_owned();
            repaired.replace_range(error.range, replacement);
            assert!(parse_age(&repaired).is_ok(), "{text} -> {repaired}");
        }
    }
}

#[test]
fn writes_what_it_reads() {
    for text in ["0s", "1m30s", "1h30m", "168h", "1s500ms", "1h1us1ns"] {
        assert_eq!(format(parse(text).expect(text)), text);
    }
    assert_eq!(words(Duration::from_secs(5_401)), "1 hour 30 minutes 1 second");
    assert_eq!(words(Duration::ZERO), "0 seconds");
}

#[test]
fn whole_seconds_are_whole_and_fit() {
    assert_eq!(whole_seconds(Duration::from_secs(600)), Some(600));
    assert_eq!(whole_seconds(Duration::from_millis(1_500)), None);
    assert_eq!(whole_seconds(Duration::MAX), None);
    assert_eq!(whole_seconds(Duration::from_secs(u64::MAX)), None);
}
