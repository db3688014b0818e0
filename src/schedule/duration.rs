//! Durations as the spec language writes them.
//!
//! `timeout: 1h30m` is Go's grammar, `maxAge: 7d` is a single unit with days and
//! weeks. One program that took the one for the other kept backups of `90m` for
//! 90 days (operator.md §4 pitfall 47), so each has its own function here, and
//! what the other one would take is refused with its spelling in this one.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::error::shown;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * NANOS_PER_SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// A duration that its field does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    /// The bytes of the duration that are wrong.
    pub range: Range<usize>,
    /// What is wrong with them.
    pub kind: DurationErrorKind,
    /// The text in `range`.
    text: Box<str>,
    replacement: Option<String>,
}

/// The causes of a [`DurationError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationErrorKind {
    /// Nothing.
    Empty,
    /// A minus sign.
    Negative,
    /// A number without a unit, `30`.
    MissingUnit,
    /// A unit without a number, `h`.
    MissingNumber,
    /// Letters that are no unit.
    UnknownUnit,
    /// `d` or `w` where only Go's units are taken.
    DaysNotTaken,
    /// White space.
    Space,
    /// An ISO 8601 duration, `PT1H`.
    Iso8601,
    /// More than Go can hold, 292 years.
    TooLong,
    /// Zero, or a leading zero, in an age.
    AgeFromZero,
    /// More than one unit, a fraction, or `ms` and the like, in an age.
    AgeNotSimple,
}

impl DurationError {
    fn new(range: Range<usize>, text: &str, kind: DurationErrorKind) -> Self {
        Self { text: text.get(range.clone()).unwrap_or_default().into(), range, kind, replacement: None }
    }

    fn with(mut self, replacement: Option<String>) -> Self {
        self.replacement = replacement;
        self
    }

    /// What to write instead.
    pub fn help(&self) -> String {
        use DurationErrorKind as Kind;
        if let Some(replacement) = &self.replacement {
            return format!("write `{}`", shown(replacement));
        }
        match self.kind {
            Kind::AgeFromZero | Kind::AgeNotSimple => {
                "write one whole number from 1 on and one of the units `s`, `m`, `h`, `d`, `w`, for instance `7d`"
            }
            Kind::MissingUnit => {
                "add the unit: `s` for seconds, `m` for minutes, `h` for hours"
            }
            Kind::Negative => "write it without the sign",
            Kind::TooLong => "the longest that can be held is 292 years, `2562047h`",
            _ => "write numbers with the units `h`, `m` and `s`, for instance `90s`, `30m` or `1h30m`",
        }
        .to_owned()
    }

    /// The text to put in place of [`DurationError::range`], where exactly one
    /// reading of the original is possible.
    pub fn replacement(&self) -> Option<String> {
        self.replacement.clone()
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DurationErrorKind as Kind;
        let text = shown(&self.text);
        match self.kind {
            Kind::Empty => f.write_str("the duration is empty"),
            Kind::Negative => write!(f, "`{text}`: a duration has no sign"),
            Kind::MissingUnit => write!(f, "`{text}` has no unit"),
            Kind::MissingNumber => write!(f, "`{text}` has no number"),
            Kind::UnknownUnit => write!(f, "`{text}` is not a unit of time"),
            Kind::DaysNotTaken => write!(f, "`{text}`: days and weeks are not taken here"),
            Kind::Space => f.write_str("a duration has no white space in it"),
            Kind::Iso8601 => write!(f, "`{text}` is an ISO 8601 duration, which is not taken here"),
            Kind::TooLong => write!(f, "`{text}` is longer than 292 years"),
            Kind::AgeFromZero => write!(f, "the age `{text}` does not begin with 1 to 9"),
            Kind::AgeNotSimple => {
                write!(f, "the age `{text}` is not one whole number and one unit")
            }
        }
    }
}

impl std::error::Error for DurationError {}

/// Reads a timeout, deadline or period: one or more `number unit` with Go's units
/// `h`, `m`, `s`, `ms`, `us`, `µs`, `ns`; the number may have a fraction
/// (`1.5h`). Zero is `0s`.
///
/// # Errors
/// No unit, a sign, white space, an unknown unit, or days and weeks, for which
/// the hours are given; use [`parse_with_days`] where they are allowed.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    parse_spec(text, false)
}

/// Like [`parse`], with the units `d` (24 hours) and `w` (7 days) as well.
///
/// # Errors
/// As for [`parse`], but for days and weeks.
pub fn parse_with_days(text: &str) -> Result<Duration, DurationError> {
    parse_spec(text, true)
}

fn parse_spec(text: &str, days: bool) -> Result<Duration, DurationError> {
    if text.starts_with(['-', '+']) {
        let error = DurationError::new(0..1, text, DurationErrorKind::Negative);
        return Err(error.with(text.starts_with('+').then(String::new)));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte == b'0') {
        // Go takes `0`. Here a unit is asked for everywhere, without exception.
        return Err(DurationError::new(0..text.len(), text, DurationErrorKind::MissingUnit));
    }
    nanoseconds(text, days).map(Duration::from_nanos)
}

/// Reads an age of a backup: `^[1-9][0-9]*[smhdw]$` (operator.md §4 pitfall 47,
/// document 000 `retention.maxAge`).
///
/// # Errors
/// Anything else, with what is meant where that is certain.
pub fn parse_age(text: &str) -> Result<Duration, DurationError> {
    use DurationErrorKind as Kind;
    let whole = 0..text.len();
    let simple = text
        .split_at_checked(text.len().saturating_sub(1))
        .filter(|(digits, _)| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if let Some((digits, unit)) = simple
        && let Some(unit) = age_unit(unit)
    {
        if digits.starts_with('0') {
            let trimmed = text.trim_start_matches('0');
            let meant = trimmed.starts_with(|c: char| c.is_ascii_digit());
            return Err(
                DurationError::new(whole, text, Kind::AgeFromZero).with(meant.then(|| trimmed.to_owned()))
            );
        }
        let seconds = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
        return match seconds {
            // The limit of Go's duration holds here too: what reads it may be Go.
            Some(seconds) if seconds <= i64::MAX.unsigned_abs() / NANOS_PER_SECOND => {
                Ok(Duration::from_secs(seconds))
            }
            _ => Err(DurationError::new(whole, text, Kind::TooLong)),
        };
    }
    match parse_with_days(text) {
        Ok(duration) => {
            let meant = simple_age(duration);
            Err(DurationError::new(whole, text, Kind::AgeNotSimple).with(meant))
        }
        Err(error) if error.kind == Kind::MissingUnit => Err(error),
        Err(error) => {
            // A certain repair counts only if what it leads to is an age.
            let repaired = error.replacement.as_ref().and_then(|replacement| {
                let head = text.get(..error.range.start)?;
                let tail = text.get(error.range.end..)?;
                Some(format!("{head}{replacement}{tail}"))
            });
            let certain = repaired.is_some_and(|repaired| parse_age(&repaired).is_ok());
            let replacement = error.replacement.clone().filter(|_| certain);
            Err(error.with(replacement))
        }
    }
}

/// The seconds of a unit of an age.
fn age_unit(unit: &str) -> Option<u64> {
    let nanoseconds = match unit {
        "s" => NANOS_PER_SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => WEEK,
        _ => return None,
    };
    Some(nanoseconds / NANOS_PER_SECOND)
}

/// The age in the largest unit that leaves a whole number; `None` for zero and
/// for parts of a second.
fn simple_age(duration: Duration) -> Option<String> {
    let seconds = whole_seconds(duration).filter(|seconds| *seconds > 0)?;
    let (size, unit) = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')]
        .into_iter()
        .find(|(size, _)| seconds % size == 0)?;
    Some(format!("{}{unit}", seconds / size))
}

/// A duration as Kubernetes' fields in seconds take it (`int64`); `None` when it
/// is not whole, or too long.
pub fn whole_seconds(duration: Duration) -> Option<i64> {
    if duration.subsec_nanos() != 0 {
        return None;
    }
    i64::try_from(duration.as_secs()).ok()
}

/// A duration in Go's units, such as `1h30m`, which [`parse`] reads back.
pub fn format(duration: Duration) -> String {
    join(duration, |out, count, unit| {
        let unit = match unit {
            Unit::Hour => "h",
            Unit::Minute => "m",
            Unit::Second => "s",
            Unit::Millisecond => "ms",
            Unit::Microsecond => "us",
            Unit::Nanosecond => "ns",
        };
        out.push_str(&count.to_string());
        out.push_str(unit);
    })
    .unwrap_or_else(|| "0s".to_owned())
}

/// A duration in words: `1 hour 30 minutes`.
pub fn words(duration: Duration) -> String {
    join(duration, |out, count, unit| {
        let unit = match unit {
            Unit::Hour => "hour",
            Unit::Minute => "minute",
            Unit::Second => "second",
            Unit::Millisecond => "millisecond",
            Unit::Microsecond => "microsecond",
            Unit::Nanosecond => "nanosecond",
        };
        let space = if out.is_empty() { "" } else { " " };
        let plural = if count == 1 { "" } else { "s" };
        out.push_str(&format!("{space}{count} {unit}{plural}"));
    })
    .unwrap_or_else(|| "0 seconds".to_owned())
}

enum Unit {
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

fn join(duration: Duration, mut add: impl FnMut(&mut String, u64, Unit)) -> Option<String> {
    let seconds = duration.as_secs();
    let nanoseconds = u64::from(duration.subsec_nanos());
    let mut out = String::new();
    for (count, unit) in [
        (seconds / 3_600, Unit::Hour),
        (seconds / 60 % 60, Unit::Minute),
        (seconds % 60, Unit::Second),
        (nanoseconds / 1_000_000, Unit::Millisecond),
        (nanoseconds / 1_000 % 1_000, Unit::Microsecond),
        (nanoseconds % 1_000, Unit::Nanosecond),
    ] {
        if count > 0 {
            add(&mut out, count, unit);
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Go's `time.ParseDuration`, sign and bare `0` included, in nanoseconds. This is
/// what `@every` takes.
pub(super) fn parse_go(text: &str) -> Result<i64, DurationError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    let sign = text.len() - rest.len();
    let magnitude = nanoseconds_up_to(rest, false, 1 << 63).map_err(|mut error| {
        error.range = error.range.start + sign..error.range.end + sign;
        error
    })?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Ok(value),
        (true, Ok(value)) => Ok(-value),
        (true, Err(_)) => Ok(i64::MIN),
        (false, Err(_)) => Err(DurationError::new(0..text.len(), text, DurationErrorKind::TooLong)),
    }
}

fn nanoseconds(text: &str, days: bool) -> Result<u64, DurationError> {
    nanoseconds_up_to(text, days, i64::MAX.unsigned_abs())
}

/// The unsigned part of Go's grammar; `most` is the largest value allowed.
fn nanoseconds_up_to(text: &str, days: bool, most: u64) -> Result<u64, DurationError> {
    use DurationErrorKind as Kind;
    let fail = |range: Range<usize>, kind| DurationError::new(range, text, kind);
    let too_long = || fail(0..text.len(), Kind::TooLong);
    if text.is_empty() {
        return Err(fail(0..0, Kind::Empty));
    }
    if text.starts_with(['P', 'p']) {
        return Err(fail(0..text.len(), Kind::Iso8601));
    }
    let mut total = 0u64;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let whole_length = digits(rest);
        let (whole, after) = rest.split_at_checked(whole_length).unwrap_or((rest, ""));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at_checked(digits(after)).unwrap_or((after, "")),
            None => ("", after),
        };
        let unit_length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let unit_at = text.len() - after.len();
        let unit = after.get(..unit_length).unwrap_or_default();
        let unit_range = unit_at..unit_at + unit_length;
        if unit.chars().any(char::is_whitespace) || rest.starts_with(char::is_whitespace) {
            let tight: String = text.split_whitespace().collect();
            let valid = nanoseconds_up_to(&tight, days, most).is_ok();
            return Err(fail(0..text.len(), Kind::Space).with(valid.then_some(tight)));
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(fail(0..text.len(), Kind::MissingNumber));
        }
        if unit.is_empty() {
            return Err(fail(at..unit_at, Kind::MissingUnit));
        }
        let Some(size) = unit_size(unit, days) else {
            let (kind, replacement) = unknown_unit(unit, whole, fraction, days);
            let range = if kind == Kind::DaysNotTaken { at..unit_range.end } else { unit_range };
            return Err(fail(range, kind).with(replacement));
        };
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| too_long())? };
        let value = whole
            .checked_mul(size)
            .and_then(|value| value.checked_add(fraction_of(fraction, size)))
            .ok_or_else(too_long)?;
        total = total.checked_add(value).filter(|total| *total <= most).ok_or_else(too_long)?;
        at = unit_range.end;
    }
    Ok(total)
}

/// A fraction of a unit, rounded as Go does: down, in floating point.
fn fraction_of(digits: &str, size: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits.bytes() {
        if value > i64::MAX.unsigned_abs() / 10 {
            break;
        }
        value = value * 10 + u64::from(digit.wrapping_sub(b'0'));
        scale *= 10.0;
    }
    (value as f64 * (size as f64 / scale)) as u64
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn unit_size(unit: &str, days: bool) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // Both letters that look like mu: U+00B5 and U+03BC.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => NANOS_PER_SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" if days => DAY,
        "w" if days => WEEK,
        _ => return None,
    })
}

/// What letters mean that are no unit, and the unit that is certainly meant.
/// `M` may be a month, so it has none.
fn unknown_unit(unit: &str, whole: &str, fraction: &str, days: bool) -> (DurationErrorKind, Option<String>) {
    let meant = match unit {
        "S" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "H" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "D" | "day" | "days" => "d",
        "w" | "W" | "week" | "weeks" => "w",
        _ => return (DurationErrorKind::UnknownUnit, None),
    };
    if days || !matches!(meant, "d" | "w") {
        return (DurationErrorKind::UnknownUnit, Some(meant.to_owned()));
    }
    let hours = if meant == "d" { 24 } else { 24 * 7 };
    let replacement = whole
        .parse::<u64>()
        .ok()
        .filter(|_| fraction.is_empty())
        .and_then(|count| count.checked_mul(hours))
        .map(|hours| format!("{hours}h"));
    (DurationErrorKind::DaysNotTaken, replacement)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
