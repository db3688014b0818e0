//! What holds for every text, every expression and every zone.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::{Duration, Instant};

use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};
use neo4j_backup::schedule::{
    DaylightSavingEffect, Entry, Expression, Field, daylight_saving_effects, duration, parse_zone, timeline,
};
use proptest::prelude::*;

/// Zones with ordinary rules, and those that break assumptions: midnight and
/// half-hour changes, a lost day, a reversed season, an odd offset, none at all.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Chatham",
];

/// Each range, step and list that the grammar has, within the field's values.
fn field(field: Field) -> BoxedStrategy<String> {
    let values = u32::from(field.lowest())..=u32::from(field.highest());
    let part = prop_oneof![
        3 => Just("*".to_owned()),
        1 => Just("?".to_owned()),
        2 => (1u32..80).prop_map(|step| format!("*/{step}")),
        4 => values.clone().prop_map(|value| value.to_string()),
        2 => (values.clone(), values.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (values.clone(), values.clone(), 1u32..20)
            .prop_map(|(a, b, step)| format!("{}-{}/{step}", a.min(b), a.max(b))),
        1 => (values, 1u32..20).prop_map(|(a, step)| format!("{a}/{step}")),
    ];
    prop::collection::vec(part, 1..3).prop_map(|parts| parts.join(",")).boxed()
}

fn expression() -> impl Strategy<Value = String> {
    Field::ALL.map(field).to_vec().prop_map(|fields| fields.join(" "))
}

/// Instants from 1900 to 2100, a third of them around the odd transitions.
fn instant() -> impl Strategy<Value = Timestamp> {
    let second = prop_oneof![
        2 => -2_208_988_800i64..4_102_444_800,
        1 => 1_325_000_000i64..1_325_400_000,
        1 => 1_774_600_000i64..1_774_900_000,
        1 => 1_790_000_000i64..1_794_000_000,
    ];
    (second, 0i32..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).expect("an instant"))
}

/// Whether robfig's rule selects a wall-clock minute, straight from the text.
fn selects(text: &str, run: jiff::civil::DateTime) -> bool {
    let fields: Vec<&str> = text.split(' ').collect();
    let of = |index: usize, low: u32, high: u32, value: i8| {
        fields[index].split(',').any(|part| {
            let (range, step) = part.split_once('/').map_or((part, None), |(r, s)| (r, Some(s)));
            let (first, last) = match range.split_once('-') {
                _ if range == "*" || range == "?" => (low, high),
                Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
                None if step.is_some() => (range.parse().unwrap(), high),
                None => (range.parse().unwrap(), range.parse().unwrap()),
            };
            let step: usize = step.map_or(1, |step| step.parse().unwrap());
            (first..=last).step_by(step).any(|n| n == u32::try_from(value).unwrap())
        })
    };
    let starred =
        |index: usize| fields[index].split(',').any(|part| matches!(part, "*" | "?" | "*/1" | "?/1"));
    let of_month = of(2, 1, 31, run.day());
    let of_week = of(4, 0, 6, run.weekday().to_sunday_zero_offset());
    let days = if starred(2) || starred(4) { of_month && of_week } else { of_month || of_week };
    of(0, 0, 59, run.minute()) && of(1, 0, 23, run.hour()) && of(3, 1, 12, run.month()) && days
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// No text makes the parser panic, and an error points into the text.
    #[test]
    fn any_text_is_read_or_refused_at_a_place(
        text in prop_oneof![
            any::<String>(),
            "[-0-9*/?,@ LW#HmonTZ=]{0,40}",
            "([-0-9*/?,a-z]{1,6} ){4}[-0-9*/?,a-zA-Z]{1,6}",
            "@(every|daily|DAILY|[a-z]{0,8})[ \t]{0,2}[-0-9hmsd. ]{0,12}",
        ],
    ) {
        match Expression::parse(&text) {
            Ok(expression) => {
                prop_assert_eq!(expression.as_str(), &text);
                prop_assert!(!expression.words().is_empty());
                prop_assert_eq!(expression.shortest_gap().is_none(), expression.never_fires());
                prop_assert_eq!(expression.runs_per_year() == 0, expression.never_fires());
            }
            Err(error) => {
                prop_assert_eq!(text.get(error.range.clone()), Some(error.text()));
                prop_assert!(!error.to_string().is_empty() && !error.help().is_empty());
                prop_assert!(!error.to_string().contains('\n'));
                if let Some(replacement) = error.replacement() {
                    // What is put in unasked is right itself: the mistake moves on.
                    let mut repaired = text.clone();
                    repaired.replace_range(error.range.clone(), &replacement);
                    if let Err(next) = Expression::parse(&repaired) {
                        prop_assert_ne!(next, error, "{} -> {}", text, repaired);
                    }
                }
            }
        }
        let _ = parse_zone(&text).map_err(|error| (error.help(), error.to_string()));
        for parsed in [duration::parse(&text), duration::parse_with_days(&text), duration::parse_age(&text)] {
            if let Err(error) = parsed {
                prop_assert!(text.get(error.range.clone()).is_some());
                prop_assert!(!error.help().is_empty());
            }
        }
    }

    #[test]
    fn a_duration_reads_back_as_it_was_written(nanoseconds in 0u64..=i64::MAX.unsigned_abs()) {
        let written = Duration::from_nanos(nanoseconds);
        prop_assert_eq!(duration::parse(&duration::format(written)), Ok(written));
    }

    /// Runs come strictly later, at selected wall-clock minutes, without a selected
    /// one left out just before, and soon.
    #[test]
    fn runs_are_later_selected_and_found_in_time(
        text in expression(),
        zone in prop::sample::select(&ZONES[..]),
        start in instant(),
    ) {
        let expression = Expression::parse(&text).expect("a valid expression");
        let zone = parse_zone(zone).expect("a zone");
        let began = Instant::now();
        let runs: Vec<_> = expression.runs(start, &zone).take(5).collect();
        prop_assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let mut previous = start;
        for run in &runs {
            prop_assert!(run.timestamp() > previous);
            let wall = run.datetime();
            prop_assert!(selects(&text, wall), "{} at {}", text, run);
            prop_assert_eq!((wall.second(), wall.subsec_nanosecond()), (0, 0));
            // One by one gives the same as the iterator.
            let single = expression.next_after(previous, &zone);
            prop_assert_eq!(single.as_ref(), Some(run));
            // No selected minute lies between: look at the two hours before the run.
            let mut instant = run.timestamp();
            for _ in 0..120 {
                instant = instant.checked_sub(SignedDuration::from_secs(60)).unwrap();
                if instant <= previous {
                    break;
                }
                let wall = zone.to_datetime(instant);
                prop_assert!(
                    wall.second() != 0 || !selects(&text, wall),
                    "{} leaves out {} before {}", text, wall, run
                );
            }
            previous = run.timestamp();
        }
        if expression.never_fires() {
            prop_assert!(runs.is_empty());
        }
        if zone.iana_name() == Some("UTC") && let Some(gap) = expression.shortest_gap() {
            for pair in runs.windows(2) {
                let [earlier, later] = pair else { unreachable!() };
                let distance = later.timestamp().duration_since(earlier.timestamp());
                prop_assert!(distance.unsigned_abs() >= gap);
            }
        }
    }

    /// What is reported as skipped is on no clock, what is reported as doubled is
    /// a run at both instants.
    #[test]
    fn effects_of_clock_changes_are_true(
        text in expression(),
        zone in prop::sample::select(&ZONES[..]),
        start in instant(),
    ) {
        let expression = Expression::parse(&text).expect("a valid expression");
        let zone = parse_zone(zone).expect("a zone");
        let end = start.checked_add(SignedDuration::from_hours(400 * 24)).expect("an instant");
        for effect in daylight_saving_effects(&expression, &zone, start, end) {
            prop_assert!(!effect.to_string().is_empty());
            prop_assert!(effect.change().instant > start && effect.change().instant < end);
            match &effect {
                DaylightSavingEffect::Skipped { first, last, .. } => {
                    for wall in [first, last] {
                        prop_assert!(selects(&text, *wall));
                        let offset = zone.to_ambiguous_timestamp(*wall).offset();
                        prop_assert!(matches!(offset, AmbiguousOffset::Gap { .. }), "{wall}");
                    }
                }
                DaylightSavingEffect::Repeated { first, last, change, .. } => {
                    for wall in [first, last] {
                        for offset in [change.before, change.after] {
                            let run = offset.to_timestamp(*wall).expect("an instant");
                            let before = run.checked_sub(SignedDuration::from_nanos(1)).unwrap();
                            let found = expression.next_after(before, &zone);
                            prop_assert_eq!(found.map(|found| found.timestamp()), Some(run));
                        }
                    }
                }
            }
        }
    }

    /// A timeline has every run of every schedule, in order.
    #[test]
    fn a_timeline_is_the_sorted_union_of_its_schedules(
        texts in prop::collection::vec(expression(), 1..5),
        start in instant(),
    ) {
        let expressions: Vec<Expression> =
            texts.iter().map(|text| Expression::parse(text).expect("valid")).collect();
        let zones = ["Europe/Berlin", "UTC"].map(|name| parse_zone(name).expect("a zone"));
        let end = start.checked_add(SignedDuration::from_hours(30)).expect("an instant");
        let entries: Vec<Entry> = expressions
            .iter()
            .zip(zones.iter().cycle())
            .map(|(expression, zone)| Entry { name: expression.as_str(), expression, zone })
            .collect();
        let merged: Vec<(Timestamp, usize)> =
            timeline(&entries, start, end).map(|run| (run.at.timestamp(), run.entry)).collect();
        let mut expected: Vec<(Timestamp, usize)> = entries
            .iter()
            .enumerate()
            .flat_map(|(index, entry)| {
                entry
                    .expression
                    .runs(start, entry.zone)
                    .map(move |run| (run.timestamp(), index))
                    .take_while(|(at, _)| *at < end)
            })
            .collect();
        expected.sort();
        prop_assert_eq!(merged, expected);
    }
}
