//! Codes, severities and definitions: the parts of a finding that never change.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How bad a finding is.
///
/// Ordered by weight: `Error > Warning > Notice`, so that the worst of many is their `max()`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Severity {
    /// It would fail, or lose data. Cannot be suppressed.
    Error,
    /// It is probably not meant. Fails a run only with `--strict`.
    Warning,
    /// A careful colleague would mention it. Never fails a run.
    Notice,
}

impl Severity {
    /// The word that every output uses: `error`, `warning` or `notice`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    const fn weight(self) -> u8 {
        match self {
            Self::Error => 2,
            Self::Warning => 1,
            Self::Notice => 0,
        }
    }
}

impl Ord for Severity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.weight().cmp(&other.weight())
    }
}

impl PartialOrd for Severity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A finding's stable number, written `NB` and three digits.
///
/// A code is never reused for another meaning: suppressions, tickets and dashboards refer to it.
/// The hundreds group codes by topic (DESIGN.md, "Diagnostics").
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Code(u16);

impl Code {
    /// For definitions only: a number over 999 has no three digits and stops the build, because
    /// definitions are statics.
    pub(in crate::diagnostics) const fn new(number: u16) -> Self {
        assert!(number <= 999, "a code has three digits");
        Self(number)
    }

    /// The number without its prefix, 0 to 999.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The topic's digit, 0 to 9.
    #[must_use]
    pub const fn hundred(self) -> u16 {
        self.0 / 100
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NB{:03}", self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text is not `NB` (in any case) and three digits. Whether a code of that number exists is
/// another question: ask [`by_code`](super::by_code).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidCode;

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a code is NB and three digits, for example NB011")
    }
}

impl std::error::Error for InvalidCode {}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let (prefix, digits) = text.split_at_checked(2).ok_or(InvalidCode)?;
        if !prefix.eq_ignore_ascii_case("nb")
            || digits.len() != 3
            || !digits.bytes().all(|digit| digit.is_ascii_digit())
        {
            return Err(InvalidCode);
        }
        digits.parse().map(Self).map_err(|_| InvalidCode)
    }
}

/// What the catalogue says of a code. One source for `explain`, for the manual's table and for the
/// rule help in SARIF.
#[derive(Debug, Eq, PartialEq)]
pub struct Definition {
    /// The stable number.
    pub code: Code,
    /// A stable name in kebab case, unique in the catalogue, for example `duplicate-key`.
    pub name: &'static str,
    /// The severity unless a finding says otherwise.
    pub severity: Severity,
    /// The error name of document 003 ("Error Codes") that machine output carries beside the code;
    /// one of [`CONTRACT_ERRORS`](super::CONTRACT_ERRORS).
    pub alias: Option<&'static str>,
    /// One sentence, in plain text: what is wrong.
    pub summary: &'static str,
    /// Markdown: why it matters, with the source of the fact.
    pub explanation: &'static str,
    /// Markdown: what to do.
    pub remedy: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_severity_is_the_greatest() {
        assert!(Severity::Error > Severity::Warning);
        assert!(Severity::Warning > Severity::Notice);
        assert_eq!(
            [Severity::Notice, Severity::Error, Severity::Warning].iter().max(),
            Some(&Severity::Error)
        );
    }

    #[test]
    fn a_code_reads_what_it_writes_in_either_case() {
        assert_eq!("NB412".parse(), Ok(Code(412)));
        assert_eq!("nb412".parse(), Ok(Code(412)));
        assert_eq!("nB007".parse::<Code>().map(|code| code.to_string()), Ok("NB007".to_owned()));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "", "N", "NB", "NB1", "NB12", "NB1234", "412", "XB412", "NB+12", "NB 12", "NB４12", "é12",
            " NB412",
        ] {
            assert_eq!(text.parse::<Code>(), Err(InvalidCode), "{text:?}");
        }
    }
}
