//! Reading an expression: macros, `@every`, or five fields.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use super::calendar::{ALL_HOURS, ALL_MONTHS, Calendar, Days};
use super::duration;
use super::error::{ExtraField, ParseError, ParseErrorKind};
use super::field::{self, Field, Selection};

/// A schedule that a Kubernetes `CronJob` accepts.
///
/// Grammar (robfig/cron v3 `ParseStandard`, rust.md §5): five fields separated
/// by white space, or `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`,
/// `@midnight`, `@hourly`, or `@every` and a Go duration. A field is a list of
/// `*`, `?`, `a`, `a-b`, each with an optional `/step`; months and days of week
/// also take three-letter names.
///
/// `Display` gives the text as it was written. Two expressions are equal when
/// their texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    text: Box<str>,
    pub(super) timing: Timing,
}

/// When an expression fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    /// At wall-clock minutes.
    Calendar(Calendar),
    /// At a distance of whole seconds, at least one, from the given instant.
    Every(Duration),
}

/// The macros, except `@every`.
pub(super) const MACROS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

const EVERY: &str = "@every";

impl Expression {
    /// Reads an expression as the API server would.
    ///
    /// # Errors
    /// The first thing in it that Kubernetes refuses, with its place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { timing: parse_timing(text)?, text: text.into() })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The distance between two runs of an `@every` expression; `None` for every
    /// other expression. Kubernetes counts it from the last run, or from the
    /// creation of the `CronJob`, not from the clock; robfig rounds it down to
    /// whole seconds and makes less than a second one second.
    pub fn every(&self) -> Option<Duration> {
        match self.timing {
            Timing::Every(period) => Some(period),
            Timing::Calendar(_) => None,
        }
    }

    pub(super) fn calendar(&self) -> Option<&Calendar> {
        match &self.timing {
            Timing::Calendar(calendar) => Some(calendar),
            Timing::Every(_) => None,
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Expression {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

fn parse_timing(text: &str) -> Result<Timing, ParseError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(ParseError::new(0..text.len(), text, ParseErrorKind::Empty));
    }
    if text.starts_with('@') {
        return parse_macro(text);
    }
    if trimmed.starts_with("TZ=") || trimmed.starts_with("CRON_TZ=") {
        return Err(time_zone_prefix(text, trimmed));
    }
    if trimmed.starts_with('@') {
        // Robfig splits this into fields. What is meant is the macro.
        return Err(match parse_macro(trimmed) {
            Ok(_) => spaced_macro(text, trimmed),
            Err(error) => shifted(error, text.len() - text.trim_start().len()),
        });
    }
    parse_fields(text)
}

fn parse_fields(text: &str) -> Result<Timing, ParseError> {
    let mut spans: [Range<usize>; 5] = Default::default();
    let mut found = 0;
    let mut sixth = 0..0;
    for span in words(text) {
        if let Some(slot) = spans.get_mut(found) {
            *slot = span;
        } else if found == spans.len() {
            sixth = span;
        }
        found += 1;
    }
    if found < spans.len() {
        let kind = ParseErrorKind::TooFewFields { found };
        let trimmed = text.trim();
        let bare_macro = |known: &&str| known.strip_prefix('@') == Some(trimmed);
        if let Some(meant) = MACROS.iter().copied().find(bare_macro) {
            // With the white space around it, which a macro must not have.
            return Err(ParseError::new(0..text.len(), text, kind).with(meant));
        }
        let start = text.len() - text.trim_start().len();
        return Err(ParseError::new(start..start + trimmed.len(), trimmed, kind));
    }
    if found > spans.len() {
        let extra = if found == 6 { extra_field(text) } else { ExtraField::Unknown };
        let shown = text.get(sixth.clone()).unwrap_or_default();
        return Err(ParseError::new(sixth, shown, ParseErrorKind::TooManyFields { found, extra }));
    }
    let mut selections = [Selection::default(); 5];
    for ((field, span), selection) in Field::ALL.into_iter().zip(spans).zip(&mut selections) {
        let part = text.get(span.clone()).unwrap_or_default();
        *selection = field::parse(part, span.start, field)?;
    }
    let [minutes, hours, of_month, months, of_week] = selections;
    Ok(Timing::Calendar(Calendar {
        minutes: minutes.bits,
        hours: (hours.bits & u64::from(ALL_HOURS)) as u32,
        months: (months.bits & u64::from(ALL_MONTHS)) as u16,
        days: Days::new(of_month, of_week),
    }))
}

/// Which of six fields is the one too many: the first when it can be seconds and
/// the rest is an expression, the last when it is a year and the rest is one.
fn extra_field(text: &str) -> ExtraField {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let (Some((first, tail)), Some((last, head))) = (fields.split_first(), fields.split_last()) else {
        return ExtraField::Unknown;
    };
    let valid = |fields: &[&str]| parse_fields(&fields.join(" ")).is_ok();
    let year = last.len() == 4 && last.bytes().all(|byte| byte.is_ascii_digit());
    if year && valid(head) {
        return ExtraField::Year;
    }
    let first_is_seconds = field::parse(first, 0, Field::Minute).is_ok() && valid(tail);
    // `0 0 3 * * *` is valid without its first and without its last field, but
    // nobody writes a day of the month before four stars of which one is a year.
    let timed = first.bytes().all(|byte| byte == b'0') && !tail.iter().take(2).any(|f| *f == "*");
    if first_is_seconds && (timed || !valid(head)) { ExtraField::Seconds } else { ExtraField::Unknown }
}

fn parse_macro(text: &str) -> Result<Timing, ParseError> {
    if let Some(calendar) = macro_calendar(text) {
        return Ok(Timing::Calendar(calendar));
    }
    let unknown = || ParseError::new(0..text.len(), text, ParseErrorKind::UnknownMacro);
    if let Some(rest) = text.strip_prefix(EVERY)
        && (rest.is_empty() || rest.starts_with(char::is_whitespace))
    {
        return parse_every(text, rest);
    }
    let trimmed = text.trim_end();
    if trimmed.len() < text.len() && macro_calendar(trimmed).is_some() {
        return Err(spaced_macro(text, trimmed));
    }
    let lower = trimmed.to_ascii_lowercase();
    let known = parse_macro_exact(&lower);
    Err(unknown().with_optional(known.then_some(lower)))
}

/// Whether robfig takes the text as it stands as a macro.
fn parse_macro_exact(text: &str) -> bool {
    macro_calendar(text).is_some()
        || text.strip_prefix("@every ").is_some_and(|rest| duration::parse_go(rest).is_ok())
}

fn parse_every(text: &str, rest: &str) -> Result<Timing, ParseError> {
    // Robfig wants exactly one space and no white space at the end.
    let exact = rest.strip_prefix(' ').unwrap_or(rest);
    let at = text.len() - exact.len();
    match duration::parse_go(exact) {
        Ok(nanoseconds) if rest.starts_with(' ') => {
            let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(0);
            Ok(Timing::Every(Duration::from_secs(seconds.max(1))))
        }
        parsed => {
            let trimmed = rest.trim();
            if parsed.is_ok() || duration::parse_go(trimmed).is_ok() {
                return Err(spaced_macro(text, &format!("{EVERY} {trimmed}")));
            }
            let error = match parsed {
                Err(error) => error,
                Ok(_) => return Err(spaced_macro(text, text)),
            };
            let range =
                if exact.is_empty() { 0..text.len() } else { at + error.range.start..at + error.range.end };
            let shown = text.get(range.clone()).unwrap_or_default().to_owned();
            let replacement = error.replacement().filter(|_| !exact.is_empty());
            Err(ParseError::new(range, &shown, ParseErrorKind::EveryDuration(error))
                .with_optional(replacement))
        }
    }
}

/// The fields that robfig gives a macro.
fn macro_calendar(text: &str) -> Option<Calendar> {
    let sunday = Days::OfWeek(1);
    let first = Days::OfMonth(1 << 1);
    let (hours, months, days) = match text {
        "@yearly" | "@annually" => (1, 1 << 1, first),
        "@monthly" => (1, ALL_MONTHS, first),
        "@weekly" => (1, ALL_MONTHS, sunday),
        "@daily" | "@midnight" => (1, ALL_MONTHS, Days::Every),
        "@hourly" => (ALL_HOURS, ALL_MONTHS, Days::Every),
        _ => return None,
    };
    Some(Calendar { minutes: 1, hours, months, days })
}

fn spaced_macro(text: &str, meant: &str) -> ParseError {
    ParseError::new(0..text.len(), text, ParseErrorKind::MacroSpacing).with(meant)
}

fn shifted(mut error: ParseError, by: usize) -> ParseError {
    error.range = error.range.start + by..error.range.end + by;
    error
}

fn time_zone_prefix(text: &str, trimmed: &str) -> ParseError {
    let start = text.len() - text.trim_start().len();
    let prefix = trimmed.split_whitespace().next().unwrap_or(trimmed);
    let zone = prefix.split_once('=').map_or("", |(_, zone)| zone);
    let rest = trimmed.get(prefix.len()..).unwrap_or_default().trim();
    ParseError::new(
        start..start + prefix.len(),
        prefix,
        ParseErrorKind::TimeZonePrefix { zone: zone.to_owned(), rest: rest.to_owned() },
    )
}

/// The byte ranges of the words of a text. White space is Unicode's, as in Go's
/// `strings.Fields`.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let tail = text.get(rest..)?;
        let start = rest + (tail.len() - tail.trim_start().len());
        let word = text.get(start..)?;
        let length = word.find(char::is_whitespace).unwrap_or(word.len());
        rest = start + length;
        (length > 0).then_some(start..rest)
    })
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
