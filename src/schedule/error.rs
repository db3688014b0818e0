//! What can be wrong with an expression, where, and in whose words.

use std::fmt;
use std::ops::Range;

use super::duration::DurationError;
use super::field::Field;
use super::help;

/// Why Kubernetes would refuse an expression.
///
/// `Display` is one sentence that says what is wrong in the user's values;
/// [`ParseError::help`] says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The bytes of the expression that are wrong: a field, or the part of it.
    pub range: Range<usize>,
    /// What is wrong with them.
    pub kind: ParseErrorKind,
    /// The text in `range`.
    text: Box<str>,
    replacement: Option<String>,
}

/// The causes of a [`ParseError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Nothing but white space.
    Empty,
    /// `TZ=` or `CRON_TZ=` before the fields, which the API server refuses
    /// (operator.md §4 pitfall 20). Holds the zone as written, and the
    /// expression that is left without the prefix.
    TimeZonePrefix {
        /// The zone as written.
        zone: String,
        /// The expression without the prefix.
        rest: String,
    },
    /// Fewer than five fields.
    TooFewFields {
        /// How many there are.
        found: usize,
    },
    /// More than five fields, and what the extra one probably is.
    TooManyFields {
        /// How many there are.
        found: usize,
        /// What the extra one probably is.
        extra: ExtraField,
    },
    /// A word behind `@` that is none of the macros.
    UnknownMacro,
    /// White space before or after a macro, which robfig does not trim.
    MacroSpacing,
    /// `@every` with something that is not a Go duration; the ranges of the inner
    /// error count from the beginning of the duration.
    EveryDuration(DurationError),
    /// Neither a number nor a name of the field.
    NotAValue {
        /// The field.
        field: Field,
    },
    /// A longer form of a name, `monday`; holds the three letters.
    LongName {
        /// The field.
        field: Field,
        /// The three letters.
        short: &'static str,
    },
    /// A name that another field takes.
    NameOfOtherField {
        /// The field.
        field: Field,
        /// The field that takes it.
        belongs: Field,
    },
    /// Nothing where a value is needed: `-5`, `5-`, `/5`.
    MissingValue {
        /// The field.
        field: Field,
    },
    /// Quartz's `L`, `W` and `#`.
    Quartz {
        /// The field.
        field: Field,
        /// Which of them.
        marker: QuartzMarker,
    },
    /// Jenkins' `H` or OpenBSD's `~`: a value of the scheduler's choice.
    Randomised {
        /// The field.
        field: Field,
    },
    /// A number outside of the field.
    OutOfRange {
        /// The field.
        field: Field,
    },
    /// 7 as Sunday, which other crons take.
    SundayAsSeven,
    /// A range that ends before it begins.
    ReversedRange {
        /// The field.
        field: Field,
    },
    /// `/0`.
    StepZero {
        /// The field.
        field: Field,
    },
    /// Something else than a positive integer behind `/`.
    StepNotANumber {
        /// The field.
        field: Field,
    },
    /// `1-2-3`.
    TooManyHyphens {
        /// The field.
        field: Field,
    },
    /// `1/2/3`.
    TooManySlashes {
        /// The field.
        field: Field,
    },
}

/// What the sixth field of an expression with six fields probably is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraField {
    /// The first field, seconds: without it the expression is valid.
    Seconds,
    /// The last field, a year: without it the expression is valid.
    Year,
    /// Dropping the first or the last would both do, or neither.
    Unknown,
}

/// The Quartz extensions people bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuartzMarker {
    /// `L`, `LW`, `5L`: the last day, or the last such weekday.
    Last,
    /// `15W`: the weekday nearest to a day.
    NearestWeekday,
    /// `5#2`: the second Friday.
    NthWeekday,
}

impl ParseError {
    pub(super) fn new(range: Range<usize>, text: &str, kind: ParseErrorKind) -> Self {
        Self { range, kind, text: text.into(), replacement: None }
    }

    pub(super) fn with(mut self, replacement: impl Into<String>) -> Self {
        self.replacement = Some(replacement.into());
        self
    }

    pub(super) fn with_optional(mut self, replacement: Option<String>) -> Self {
        self.replacement = replacement;
        self
    }

    /// The text that [`ParseError::range`] covers.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The field that is wrong, where it is one field.
    pub fn field(&self) -> Option<Field> {
        use ParseErrorKind as Kind;
        match self.kind {
            Kind::NotAValue { field }
            | Kind::LongName { field, .. }
            | Kind::NameOfOtherField { field, .. }
            | Kind::MissingValue { field }
            | Kind::Quartz { field, .. }
            | Kind::Randomised { field }
            | Kind::OutOfRange { field }
            | Kind::ReversedRange { field }
            | Kind::StepZero { field }
            | Kind::StepNotANumber { field }
            | Kind::TooManyHyphens { field }
            | Kind::TooManySlashes { field } => Some(field),
            Kind::SundayAsSeven => Some(Field::DayOfWeek),
            Kind::Empty
            | Kind::TimeZonePrefix { .. }
            | Kind::TooFewFields { .. }
            | Kind::TooManyFields { .. }
            | Kind::UnknownMacro
            | Kind::MacroSpacing
            | Kind::EveryDuration(_) => None,
        }
    }

    /// What to write instead: one or two sentences, without a final line break.
    pub fn help(&self) -> String {
        help::help(self)
    }

    /// The text to put in place of [`ParseError::range`], where exactly one
    /// reading of the original is possible, so that it may be done unasked.
    pub fn replacement(&self) -> Option<String> {
        self.replacement.clone()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ParseErrorKind as Kind;
        let text = shown(&self.text);
        match &self.kind {
            Kind::Empty => f.write_str("the schedule is empty"),
            Kind::TimeZonePrefix { .. } => {
                write!(f, "Kubernetes does not take a time zone in the schedule: `{text}`")
            }
            Kind::TooFewFields { found } => write!(
                f,
                "a schedule has five fields (minute, hour, day of month, month, day of week), `{text}` has {found}"
            ),
            Kind::TooManyFields { found, .. } => write!(
                f,
                "a schedule has five fields (minute, hour, day of month, month, day of week), this one has {found}"
            ),
            Kind::UnknownMacro => write!(f, "Kubernetes does not know `{text}`"),
            Kind::MacroSpacing => {
                write!(f, "Kubernetes takes a word with `@` only without white space around it")
            }
            Kind::EveryDuration(error) => write!(f, "`@every` needs a duration: {error}"),
            Kind::NotAValue { field } => {
                write!(f, "`{text}` is not {} {}", article(*field), field.noun())
            }
            Kind::LongName { field, .. } => {
                write!(f, "`{text}` is too long: the names of the {} field have three letters", field.noun())
            }
            Kind::NameOfOtherField { field, belongs } => write!(
                f,
                "`{text}` is {} {}, and this is the {} field",
                article(*belongs),
                belongs.noun(),
                field.noun()
            ),
            Kind::MissingValue { field } => {
                write!(f, "`{text}` lacks {} {}", article(*field), field.noun())
            }
            Kind::Quartz { marker, .. } => write!(
                f,
                "`{text}` is Quartz notation for {}, which Kubernetes does not have",
                match marker {
                    QuartzMarker::Last => "a last day",
                    QuartzMarker::NearestWeekday => "the nearest working day",
                    QuartzMarker::NthWeekday => "the n-th weekday of a month",
                }
            ),
            Kind::Randomised { field } => write!(
                f,
                "Kubernetes does not choose {} {} by itself: `{text}`",
                article(*field),
                field.noun()
            ),
            Kind::OutOfRange { field } => write!(
                f,
                "`{text}` is not {} {}: they go from {} to {}",
                article(*field),
                field.noun(),
                field.lowest(),
                field.highest()
            ),
            Kind::SundayAsSeven => {
                write!(f, "in `{text}`, 7 is not a day of week: they go from 0 (Sunday) to 6 (Saturday)")
            }
            Kind::ReversedRange { field } => {
                write!(f, "the {} range `{text}` ends before it begins", field.noun())
            }
            Kind::StepZero { field } => {
                write!(f, "a step of `{text}` never gets to the next {}", field.noun())
            }
            Kind::StepNotANumber { .. } => {
                write!(f, "`{text}` has no whole number of at least 1 as its step")
            }
            Kind::TooManyHyphens { .. } => write!(f, "`{text}` has more than one hyphen"),
            Kind::TooManySlashes { .. } => write!(f, "`{text}` has more than one slash"),
        }
    }
}

impl std::error::Error for ParseError {}

const fn article(field: Field) -> &'static str {
    match field {
        Field::Hour => "an",
        _ => "a",
    }
}

/// Text of the user for a message: on one line, and not longer than a line.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::with_capacity(text.len().min(LONGEST + 3));
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
