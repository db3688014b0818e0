use crate::schedule::{Expression, ExtraField, Field, ParseErrorKind as Kind};

fn error(text: &str) -> crate::schedule::ParseError {
    Expression::parse(text).expect_err(text)
}

/// Every mistake people bring along: the place it is pointed at, and the
/// replacement where only one reading is possible.
const MISTAKES: &[(&str, &str, Option<&str>)] = &[
    ("0 24 * * *", "24", None),
    ("60 * * * *", "60", None),
    ("0 0 0 * *", "0", None),
    ("0 0 32 * *", "32", None),
    ("0 0 1 13 *", "13", None),
    ("0 0 * * 8", "8", None),
    ("0 0 * * 1-9", "9", None),
    ("0,61,5 * * * *", "61", None),
    ("0 99999999999999999999 * * *", "99999999999999999999", None),
    ("0 0 * * 7", "7", Some("0")),
    ("0 0 * * 1,7", "7", Some("0")),
    ("0 0 * * 6-7", "6-7", Some("6,0")),
    ("0 0 * * sat-7", "sat-7", Some("sat,0")),
    ("0 0 * * fri-7", "fri-7", Some("fri-6,0")),
    ("0 0 * * 1-7", "1-7", Some("0-6")),
    ("0 0 * * 0-7", "0-7", Some("0-6")),
    ("0 0 * * 7-2", "7-2", Some("0-2")),
    ("0 0 * * 1-7/2", "1-7/2", Some("1,3,5,0")),
    ("0 0 * * 7/2", "7/2", Some("0")),
    ("0 0 * * fri-mon", "fri-mon", Some("fri-sat,sun-mon")),
    ("0 0 * * sat-sun", "sat-sun", Some("sat,sun")),
    ("0 0 * * 5-1", "5-1", Some("5-6,0-1")),
    ("0 0 * * 3,5-1", "5-1", Some("5-6,0-1")),
    ("0 22-5 * * *", "22-5", Some("22-23,0-5")),
    ("0 0 1 nov-feb *", "nov-feb", Some("nov-dec,jan-feb")),
    ("10-5 * * * *", "10-5", None),
    ("0 22-5/2 * * *", "22-5/2", None),
    ("0 0 * * monday", "monday", Some("mon")),
    ("0 0 * * Thurs", "Thurs", Some("thu")),
    ("0 0 1 January *", "January", Some("jan")),
    ("0 0 * * mon-friday", "friday", Some("fri")),
    ("0 0 mon * *", "mon", None),
    ("0 0 * monday *", "monday", None),
    ("0 0 L * *", "L", None),
    ("0 0 15W * *", "15W", None),
    ("0 0 * * 5#2", "5#2", None),
    ("0 0 * * 5L", "5L", None),
    ("H * * * *", "H", None),
    ("0~30 * * * *", "0~30", None),
    ("1.5 * * * *", "1.5", None),
    ("a * * * *", "a", None),
    ("*/0 * * * *", "0", None),
    ("*/x * * * *", "x", None),
    ("*/ * * * *", "*/", None),
    ("/5 * * * *", "/5", None),
    ("-5 * * * *", "-5", None),
    ("5- * * * *", "5-", None),
    ("1-2-3 * * * *", "1-2-3", None),
    ("1/2/3 * * * *", "1/2/3", None),
    ("0 3 * *", "0 3 * *", None),
    ("  daily ", "  daily ", Some("@daily")),
    ("02:00", "02:00", None),
    ("0 0 3 * * *", "*", None),
    ("0 3 * * * 2026", "2026", None),
    ("TZ=UTC 0 3 * * *", "TZ=UTC", None),
    (" CRON_TZ=Europe/Berlin 0 3 * * *", "CRON_TZ=Europe/Berlin", None),
    ("TZ=", "TZ=", None),
    ("@reboot", "@reboot", None),
    ("@DAILY", "@DAILY", Some("@daily")),
    ("@Every 1h", "@Every 1h", Some("@every 1h")),
    ("@dayly", "@dayly", None),
    ("@daily ", "@daily ", Some("@daily")),
    (" @daily", " @daily", Some("@daily")),
    ("@every  1h", "@every  1h", Some("@every 1h")),
    ("@every\t1h ", "@every\t1h ", Some("@every 1h")),
    ("@every", "@every", None),
    ("@every ", "@every ", None),
    ("@every 7d", "7d", Some("168h")),
    ("@every 1h 30m", "1h 30m", Some("1h30m")),
    (" @every 7d", "7d", Some("168h")),
    ("", "", None),
    ("   ", "   ", None),
];

#[test]
fn each_mistake_is_shown_at_its_place_with_a_way_out() {
    for (text, place, replacement) in MISTAKES {
        let error = error(text);
        assert_eq!(&text[error.range.clone()], *place, "{text}");
        assert_eq!(error.text(), *place, "{text}");
        assert_eq!(error.replacement().as_deref(), *replacement, "{text}");
        assert!(!error.to_string().is_empty() && !error.help().is_empty());
        if let Some(replacement) = replacement {
            let mut repaired = (*text).to_owned();
            repaired.replace_range(error.range, replacement);
            // White space at the other end of a macro is the next repair.
            let repaired = repaired.trim_start();
            assert!(Expression::parse(repaired).is_ok(), "{text} -> {repaired}");
        }
    }
}

#[test]
fn messages_and_help_use_the_words_of_the_user() {
    let table = [
        (
            "0 24 * * *",
            "`24` is not an hour: they go from 0 to 23",
            "midnight is hour 0, and belongs to the day that it begins",
        ),
        (
            "0 0 * * fri-7",
            "in `fri-7`, 7 is not a day of week: they go from 0 (Sunday) to 6 (Saturday)",
            "Sunday is 0 or `sun`: write `fri-6,0`",
        ),
        (
            "TZ=Europe/Berlin 0 3 * * *",
            "Kubernetes does not take a time zone in the schedule: `TZ=Europe/Berlin`",
            "write `schedule: \"0 3 * * *\"` and `timeZone: Europe/Berlin`",
        ),
        (
            "0 0 3 * * *",
            "a schedule has five fields (minute, hour, day of month, month, day of week), this one has 6",
            "Kubernetes has no seconds field: leave the first field out",
        ),
        (
            "02:30",
            "a schedule has five fields (minute, hour, day of month, month, day of week), `02:30` has 1",
            "for every day at 02:30 write `30 2 * * *`",
        ),
        (
            "0 3",
            "a schedule has five fields (minute, hour, day of month, month, day of week), `0 3` has 2",
            "write all five fields; `0 3 * * *` would be: every day at 03:00",
        ),
        (
            "0 0 1 * tue-mon",
            "the day of week range `tue-mon` ends before it begins",
            "write `tue-sat,sun-mon`",
        ),
        ("@dayly", "Kubernetes does not know `@dayly`", "did you mean `@daily`?"),
        ("@every 7d", "`@every` needs a duration: `7d`: days and weeks are not taken here", "write `168h`"),
        (
            "0 mon * * *",
            "`mon` is a day of week, and this is the hour field",
            "the day of week is field 5 of the five: minute, hour, day of month, month, day of week",
        ),
        (
            "\u{1b}[31m * * * *",
            "`\\u{1b}[31m` is not a minute",
            "the minute field takes 0 to 59, `*`, ranges `a-b`, lists `a,b` and steps `*/n`",
        ),
    ];
    for (text, message, help) in table {
        let error = error(text);
        assert_eq!((error.to_string().as_str(), error.help().as_str()), (message, help));
    }
}

#[test]
fn the_extra_field_is_told_where_it_can_be() {
    let extra = |text: &str| match error(text).kind {
        Kind::TooManyFields { extra, .. } => extra,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(extra("0 0 3 * * *"), ExtraField::Seconds);
    assert_eq!(extra("0 30 2 * * 1"), ExtraField::Seconds);
    assert_eq!(extra("0 0 2 ? * SUN"), ExtraField::Seconds);
    assert_eq!(extra("0 3 * * * 2026"), ExtraField::Year);
    assert_eq!(extra("0 3 * * * *"), ExtraField::Unknown);
    assert_eq!(extra("0 0 3 * * * 2026"), ExtraField::Unknown);
}

#[test]
fn the_field_of_a_mistake_is_known() {
    assert_eq!(error("0 24 * * *").field(), Some(Field::Hour));
    assert_eq!(error("0 0 * * 7").field(), Some(Field::DayOfWeek));
    assert_eq!(error("0 0").field(), None);
}

#[test]
fn the_text_stays_as_it_was_written() {
    for text in ["  0   3 * * *", "0 3 * * MON", "@daily", "@every 90s"] {
        assert_eq!(Expression::parse(text).expect(text).to_string(), text);
    }
}

#[test]
fn white_space_is_what_go_takes_for_it() {
    for space in ['\t', '\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{a0}', '\u{2003}', '\u{3000}'] {
        let text = format!("0{space}3 * * *{space}");
        assert!(Expression::parse(&text).is_ok(), "{text:?}");
    }
    // Not white space to Go, nor to Unicode.
    assert!(Expression::parse("0\u{200b}3 * * *").is_err());
}
