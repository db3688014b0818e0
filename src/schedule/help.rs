//! What to write instead: the second sentence of every [`ParseError`].
//!
//! All of this runs on the error path only. People bring notations of Vixie
//! cron, Quartz, Jenkins and systemd; each is named as what it is and turned into
//! what Kubernetes has, as far as it has it.

use std::ops::Range;

use super::error::{ExtraField, ParseError, ParseErrorKind, QuartzMarker, shown};
use super::expression::MACROS;
use super::field::Field;
use super::spelling;

const LONG_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const LONG_WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The best error for a token that is neither a number nor a name of the field.
pub(super) fn not_a_value(token: &str, range: Range<usize>, field: Field) -> ParseError {
    let error = |kind| ParseError::new(range.clone(), token, kind);
    if token.bytes().all(|byte| byte.is_ascii_digit()) {
        return error(ParseErrorKind::OutOfRange { field });
    }
    if let Some(short) = long_name(token, field) {
        return error(ParseErrorKind::LongName { field, short }).with(short);
    }
    for belongs in [Field::Month, Field::DayOfWeek] {
        if belongs != field && (belongs.named(token).is_some() || long_name(token, belongs).is_some()) {
            return error(ParseErrorKind::NameOfOtherField { field, belongs });
        }
    }
    if let Some(marker) = quartz_marker(token) {
        return error(ParseErrorKind::Quartz { field, marker });
    }
    if token == "H" || token.starts_with("H(") || token.contains('~') {
        return error(ParseErrorKind::Randomised { field });
    }
    error(ParseErrorKind::NotAValue { field })
}

/// `monday`, `tues`, `Sept`: the three letters that a longer name begins with.
fn long_name(token: &str, field: Field) -> Option<&'static str> {
    let long: &[&str] = match field {
        Field::Month => &LONG_MONTHS,
        Field::DayOfWeek => &LONG_WEEKDAYS,
        Field::Minute | Field::Hour | Field::DayOfMonth => return None,
    };
    if token.len() <= 3 {
        return None;
    }
    let begins = |name: &str| name.get(..token.len()).is_some_and(|start| start.eq_ignore_ascii_case(token));
    let index = long.iter().position(|name| begins(name))?;
    field.names().get(index).copied()
}

fn quartz_marker(token: &str) -> Option<QuartzMarker> {
    let day = |text: &str| {
        text.is_empty()
            || text.bytes().all(|byte| byte.is_ascii_digit())
            || Field::DayOfWeek.named(text).is_some()
    };
    let upper = token.to_ascii_uppercase();
    if upper == "LW" || upper.strip_suffix('L').is_some_and(day) {
        Some(QuartzMarker::Last)
    } else if upper.strip_suffix('W').is_some_and(day) {
        Some(QuartzMarker::NearestWeekday)
    } else if upper.split_once('#').is_some_and(|(left, right)| day(left) && day(right)) {
        Some(QuartzMarker::NthWeekday)
    } else {
        None
    }
}

/// A part of the day-of-week field with 7 in it, without it.
pub(super) fn sunday_replacement(low_text: &str, low: i64, high: i64, step: i64, stepped: bool) -> String {
    if stepped {
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        let days: Vec<String> =
            (low..=high.max(low)).step_by(step.max(1)).map(|day| (day % 7).to_string()).collect();
        return days.join(",");
    }
    match (low, high) {
        (7, 0 | 7) => "0".to_owned(),
        (7, high) => format!("0-{high}"),
        (0 | 1, _) => "0-6".to_owned(),
        (6, _) => format!("{low_text},0"),
        _ => format!("{low_text}-6,0"),
    }
}

/// `fri-mon` as two ranges, for the fields that people think of as a circle. For
/// minutes and days of month a reversed range is as likely a slip.
pub(super) fn reversed_replacement(
    field: Field,
    bounds: &str,
    low: i64,
    high: i64,
    stepped: bool,
) -> Option<String> {
    if stepped || matches!(field, Field::Minute | Field::DayOfMonth) {
        return None;
    }
    let (low_text, high_text) = bounds.split_once('-')?;
    let ends = |text: &str, number: u8, name: Option<&&str>| match name {
        Some(name) if field.named(text).is_some() => (*name).to_owned(),
        _ => number.to_string(),
    };
    let before = if low == i64::from(field.highest()) {
        low_text.to_owned()
    } else {
        let last = ends(low_text, field.highest(), field.names().last());
        format!("{low_text}-{last}")
    };
    let after = if high == i64::from(field.lowest()) {
        high_text.to_owned()
    } else {
        let first = ends(high_text, field.lowest(), field.names().first());
        format!("{first}-{high_text}")
    };
    Some(format!("{before},{after}"))
}

pub(super) fn help(error: &ParseError) -> String {
    use ParseErrorKind as Kind;
    if let (Some(replacement), Kind::LongName { .. } | Kind::UnknownMacro | Kind::MacroSpacing) =
        (error.replacement(), &error.kind)
    {
        return format!("write `{}`", shown(&replacement));
    }
    match &error.kind {
        Kind::Empty => "write five fields, for instance `0 2 * * *` for every day at 02:00, or leave `schedule` out for a backup that runs once".to_owned(),
        Kind::TimeZonePrefix { zone, rest } if !zone.is_empty() && !rest.is_empty() => format!(
            "write `schedule: \"{}\"` and `timeZone: {}`",
            shown(rest),
            shown(zone)
        ),
        Kind::TimeZonePrefix { .. } => {
            "write only the five fields, and the zone in `timeZone`".to_owned()
        }
        Kind::TooFewFields { .. } => too_few_fields(error),
        Kind::TooManyFields { extra, .. } => match extra {
            ExtraField::Seconds => "Kubernetes has no seconds field: leave the first field out",
            ExtraField::Year => "Kubernetes has no year field: leave the last field out",
            ExtraField::Unknown => "Kubernetes has neither a seconds nor a year field: leave the one that is too many out",
        }
        .to_owned(),
        Kind::UnknownMacro => unknown_macro(error.text()),
        Kind::MacroSpacing => "write it without the white space".to_owned(),
        Kind::EveryDuration(error) => error.help(),
        Kind::LongName { short, .. } => format!("write `{short}`"),
        Kind::NameOfOtherField { belongs, .. } => format!(
            "the {} is field {} of the five: minute, hour, day of month, month, day of week",
            belongs.noun(),
            position(*belongs)
        ),
        Kind::NotAValue { field } => values(*field),
        Kind::MissingValue { field } => missing_value(error.text(), *field),
        Kind::Quartz { field, marker } => quartz(error.text(), *field, *marker),
        Kind::Randomised { field } => format!(
            "choose one yourself, for instance `{}`, so that not everything starts at the same time",
            match field {
                Field::Minute => 17,
                Field::Hour => 3,
                _ => field.lowest(),
            }
        ),
        Kind::OutOfRange { field } => out_of_range(error.text(), *field),
        Kind::SundayAsSeven => format!(
            "Sunday is 0 or `sun`: write `{}`",
            error.replacement().unwrap_or_else(|| "0".to_owned())
        ),
        Kind::ReversedRange { field } => match error.replacement() {
            Some(replacement) => format!("write `{}`", shown(&replacement)),
            None => format!(
                "write the smaller {} first, or two ranges with a comma between them",
                field.noun()
            ),
        },
        Kind::StepZero { field } | Kind::StepNotANumber { field } => format!(
            "write `*/n` or `a-b/n` with a whole number n of 1 or more, for instance `*/{}`",
            match field {
                Field::Minute => 15,
                Field::Hour => 6,
                _ => 2,
            }
        ),
        Kind::TooManyHyphens { .. } => {
            "a range is `first-last`; separate several ranges with commas".to_owned()
        }
        Kind::TooManySlashes { .. } => {
            "a step is written once, behind the range: `first-last/step`".to_owned()
        }
    }
}

fn position(field: Field) -> usize {
    Field::ALL.iter().position(|known| *known == field).map_or(0, |index| index + 1)
}

fn values(field: Field) -> String {
    let names = match field {
        Field::Month => " or `jan` to `dec`",
        Field::DayOfWeek => " or `sun` to `sat`",
        Field::Minute | Field::Hour | Field::DayOfMonth => "",
    };
    format!(
        "the {} field takes {} to {}{names}, `*`, ranges `a-b`, lists `a,b` and steps `*/n`",
        field.noun(),
        field.lowest(),
        field.highest()
    )
}

fn too_few_fields(error: &ParseError) -> String {
    if let Some(replacement) = error.replacement() {
        return format!("write `{replacement}`");
    }
    let text = error.text();
    if let Some((hour, minute)) = text.split_once(':')
        && let (Ok(hour @ 0..=23), Ok(minute @ 0..=59)) = (hour.parse::<u8>(), minute.parse::<u8>())
    {
        return format!("for every day at {hour:02}:{minute:02} write `{minute} {hour} * * *`");
    }
    let mut fields: Vec<&str> = text.split_whitespace().collect();
    fields.resize(Field::ALL.len(), "*");
    let filled = fields.join(" ");
    match super::Expression::parse(&filled) {
        Ok(expression) => {
            format!("write all five fields; `{}` would be: {}", shown(&filled), expression.words())
        }
        Err(_) => "write all five fields, for instance `0 2 * * *` for every day at 02:00".to_owned(),
    }
}

fn unknown_macro(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or(text).to_ascii_lowercase();
    match word.as_str() {
        "@reboot" => {
            return "Kubernetes has no start-up runs: leave `schedule` out for a backup that runs once, or write a time".to_owned();
        }
        "@quarterly" => return "write `0 0 1 */3 *`".to_owned(),
        "@fortnightly" | "@biweekly" => {
            return "Kubernetes has no schedule of two weeks: write `0 0 1,15 * *` for twice a month"
                .to_owned();
        }
        "@nightly" => return "write `@midnight`, or a time such as `0 2 * * *`".to_owned(),
        _ => {}
    }
    let close = MACROS.iter().filter_map(|known| Some((spelling::distance(&word, known, 2)?, known))).min();
    match close {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => format!(
            "Kubernetes knows {} and `@every 6h`",
            MACROS.map(|known| format!("`{known}`")).join(", ")
        ),
    }
}

fn missing_value(text: &str, field: Field) -> String {
    match (text.strip_prefix('/'), text.strip_prefix('-')) {
        (Some(step), _) if !step.is_empty() => {
            format!("write `*/{0}` for every {0} from {1} on", shown(step), field.lowest())
        }
        (_, Some(high)) if !high.is_empty() => {
            format!("write `{}-{}` for a range", field.lowest(), shown(high))
        }
        _ => "write both ends of the range: `first-last`".to_owned(),
    }
}

fn out_of_range(text: &str, field: Field) -> String {
    let value: Option<u64> = text.parse().ok();
    match (field, value) {
        (Field::Hour, Some(24)) => "midnight is hour 0, and belongs to the day that it begins".to_owned(),
        (Field::Minute, Some(60)) => "the full hour is minute 0 of the next hour".to_owned(),
        (Field::Minute, Some(value)) if value % 60 == 0 && value / 60 <= 24 => {
            format!("for every {} hours write 0 here and a step in the hour field", value / 60)
        }
        (Field::DayOfMonth | Field::Month, Some(0)) => format!("the first {} is 1", field.noun()),
        (Field::DayOfMonth, Some(_)) => {
            "no month is longer than 31 days; a month without the day is skipped".to_owned()
        }
        (Field::DayOfWeek, Some(_)) => "Sunday is 0, Monday 1, Saturday 6".to_owned(),
        _ => values(field),
    }
}

fn quartz(text: &str, field: Field, marker: QuartzMarker) -> String {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    match (marker, field) {
        (QuartzMarker::Last, Field::DayOfWeek) => {
            "write the day alone for every week; with a day of month as well it would run on either of the two".to_owned()
        }
        (QuartzMarker::Last, _) => {
            "write `28`, which every month has, or `1` for the day after the last".to_owned()
        }
        (QuartzMarker::NearestWeekday, _) if !digits.is_empty() => format!(
            "write `{digits}` for that day whatever weekday it is, or `1-5` in the day of week field for every working day"
        ),
        (QuartzMarker::NearestWeekday, _) => {
            "write `1-5` in the day of week field for every working day".to_owned()
        }
        (QuartzMarker::NthWeekday, _) => {
            "write the weekday alone for every week, or a day of month alone for once a month; both together would run on either of the two".to_owned()
        }
    }
}
