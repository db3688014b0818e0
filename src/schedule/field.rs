//! One of the five fields of an expression, read into a bit mask.
//!
//! The order of the checks is robfig's `getRange`, so that the same inputs are
//! accepted; where several things are wrong with a part, the first one it would
//! have met is reported.

use std::ops::Range;

use super::error::{ParseError, ParseErrorKind};
use super::help;

/// The fields of a cron expression, in the order they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or a name of three letters.
    Month,
    /// 0 (Sunday) to 6, or a name of three letters.
    DayOfWeek,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Field {
    /// All fields, in the order they are written.
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    /// The smallest number the field takes.
    pub const fn lowest(self) -> u8 {
        match self {
            Self::Minute | Self::Hour | Self::DayOfWeek => 0,
            Self::DayOfMonth | Self::Month => 1,
        }
    }

    /// The largest number the field takes. For the day of week it is 6: unlike
    /// other crons, Kubernetes does not read 7 as Sunday (rust.md §5).
    pub const fn highest(self) -> u8 {
        match self {
            Self::Minute => 59,
            Self::Hour => 23,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::DayOfWeek => 6,
        }
    }

    /// What a person calls the field: `day of week`.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    /// The three-letter names the field takes, in the order of their numbers,
    /// beginning with [`Field::lowest`]; empty for the numeric fields.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
        }
    }

    /// The number that a name stands for in this field, in any case.
    pub(super) fn named(self, name: &str) -> Option<i64> {
        let index = self.names().iter().position(|known| known.eq_ignore_ascii_case(name))?;
        Some(i64::try_from(index).ok()? + i64::from(self.lowest()))
    }

    /// A value of this field: a name or an integer. Rust's integer grammar is
    /// that of Go's `strconv.Atoi` (`+5` and `005` included).
    pub(super) fn value(self, token: &str) -> Option<i64> {
        self.named(token).or_else(|| token.parse().ok())
    }
}

/// What a field selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// Bit n is set when the value n is selected.
    pub bits: u64,
    /// Robfig's star bit: a part was `*` or `?` with no step over 1. It decides
    /// whether day of month and day of week are ANDed or ORed, and it implies
    /// that every value of the field is selected.
    pub starred: bool,
}

/// Reads one field. `offset` is where `text` begins in the whole expression.
///
/// Grammar: parts separated by `,` (empty parts are ignored), each
/// `(* | ? | value [- value]) [/ step]`.
pub(super) fn parse(text: &str, offset: usize, field: Field) -> Result<Selection, ParseError> {
    let mut selection = Selection::default();
    for (at, part) in pieces(text, offset, ',') {
        if !part.is_empty() {
            let selected = parse_part(part, at, field)?;
            selection.bits |= selected.bits;
            selection.starred |= selected.starred;
        }
    }
    Ok(selection)
}

fn parse_part(part: &str, at: usize, field: Field) -> Result<Selection, ParseError> {
    let whole = at..at + part.len();
    let fail = |kind| Err(ParseError::new(whole.clone(), part, kind));

    let mut slashed = pieces(part, at, '/');
    let (bounds_at, bounds) = slashed.next().unwrap_or((at, part));
    let mut hyphened = pieces(bounds, bounds_at, '-');
    let (low_at, low_text) = hyphened.next().unwrap_or((bounds_at, bounds));
    let high_piece = hyphened.next();

    let starred = low_text == "*" || low_text == "?";
    let (low, mut high, low_range, high_range);
    if starred {
        // What follows the hyphen of `*-5` is never looked at by robfig.
        low = i64::from(field.lowest());
        high = i64::from(field.highest());
        low_range = low_at..low_at + low_text.len();
        high_range = low_range.clone();
    } else {
        low = value(low_text, low_at, field, &whole, part)?;
        low_range = low_at..low_at + low_text.len();
        if let Some((high_at, high_text)) = high_piece {
            if hyphened.next().is_some() {
                return fail(ParseErrorKind::TooManyHyphens { field });
            }
            high = value(high_text, high_at, field, &whole, part)?;
            high_range = high_at..high_at + high_text.len();
        } else {
            high = low;
            high_range = low_range.clone();
        }
    }

    let mut step = 1;
    if let Some((step_at, step_text)) = slashed.next() {
        if slashed.next().is_some() {
            return fail(ParseErrorKind::TooManySlashes { field });
        }
        let range = if step_text.is_empty() { whole.clone() } else { step_at..step_at + step_text.len() };
        step = match step_text.parse::<i64>() {
            Ok(step) if step >= 0 => step,
            _ => {
                let shown = if step_text.is_empty() { part } else { step_text };
                return Err(ParseError::new(range, shown, ParseErrorKind::StepNotANumber { field }));
            }
        };
        if step == 0 {
            return Err(ParseError::new(range, step_text, ParseErrorKind::StepZero { field }));
        }
        // `N/step` means `N-max/step`. Only after the value itself is in range,
        // which robfig does not check here; 60/5 fails either way.
        if high_piece.is_none() && high <= i64::from(field.highest()) {
            high = i64::from(field.highest());
        }
    }

    let sunday_as_seven = field == Field::DayOfWeek
        && !starred
        && (low == 7 || (high == 7 && high_piece.is_some()))
        && low <= 7
        && high <= 7;
    if sunday_as_seven {
        let stepped = part.contains('/');
        let replacement = help::sunday_replacement(low_text, low, high, step, stepped);
        return fail(ParseErrorKind::SundayAsSeven).map_err(|error| error.with(replacement));
    }
    let out_of_range = |value: i64| value < i64::from(field.lowest()) || value > i64::from(field.highest());
    for (value, range, text) in
        [(low, &low_range, low_text), (high, &high_range, high_piece.map_or(low_text, |(_, text)| text))]
    {
        if out_of_range(value) {
            return Err(ParseError::new(range.clone(), text, ParseErrorKind::OutOfRange { field }));
        }
    }
    if low > high {
        let replacement = help::reversed_replacement(field, bounds, low, high, part.contains('/'));
        return fail(ParseErrorKind::ReversedRange { field })
            .map_err(|error: ParseError| error.with_optional(replacement));
    }

    let mut bits = 0u64;
    let mut value = low;
    while value <= high {
        bits |= 1u64 << value;
        // The step may be as large as an i64; past the end is past the end.
        value = value.saturating_add(step);
    }
    Ok(Selection { bits, starred: starred && step == 1 })
}

/// A value, or the error that says best why it is none. An empty value points to
/// the whole part, because a caret needs something to stand under.
fn value(token: &str, at: usize, field: Field, whole: &Range<usize>, part: &str) -> Result<i64, ParseError> {
    if let Some(value) = field.value(token) {
        return Ok(value);
    }
    if token.is_empty() {
        return Err(ParseError::new(whole.clone(), part, ParseErrorKind::MissingValue { field }));
    }
    Err(help::not_a_value(token, at..at + token.len(), field))
}

/// Splits like `str::split`, with the offset of each piece.
fn pieces(text: &str, offset: usize, separator: char) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(offset, move |next, piece| {
        let at = *next;
        *next += piece.len() + separator.len_utf8();
        Some((at, piece))
    })
}
