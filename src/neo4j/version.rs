//! Neo4j releases and how they are spelled.
//!
//! There are two lines: 5.26.p (the last semver line, LTS) and the calendar releases from 2025.01
//! on. They compare as numbers, (5,26,p) before (2025,mm,p), but a fix or setting can be in a late
//! 5.26 and absent from an early 2025, which is why gates live in [`super::feature`] with one
//! release for each line. Source: neo4j-admin.md §7.

use std::fmt;

/// A release of Neo4j: `5.26.12` or `2025.04.0`.
///
/// Ordered by its numbers. Displayed as the release is spelled: calendar months have two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

/// How sure a spelling is of the release it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// All three numbers were given.
    Release,
    /// No patch was given (`5.26`, `2025.04`): the tag floats over all patches of the series and
    /// the first one is assumed, so that nothing is used that an early patch lacks.
    Series,
    /// The spelling was `5.27.0`, which the servers of 2025.01, 2025.02 and 2025.03 report of
    /// themselves; 2025.01 is assumed, the oldest of the three (neo4j-admin.md §7).
    ReportedAs527,
}

/// A release as read from a text, with how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionReading {
    /// The release, or the oldest release that the text can mean.
    pub version: Version,
    /// Whether `version` is that release or the oldest of several.
    pub certainty: Certainty,
}

/// Why a text does not name a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Nothing was left after the known prefixes.
    #[error("no version is given")]
    Empty,
    /// A part is not a number (`latest`, `5.x`, `5.26.a`).
    #[error("it does not begin with a release number such as 5.26.12 or 2025.04.0")]
    NotANumber,
    /// Only a major number or a year (`5`, `2025`).
    #[error("the second number is missing, as in 5.26 or 2025.04")]
    MinorMissing,
    /// More than three numbers.
    #[error("a release has at most three numbers, as in 5.26.12 or 2025.04.0")]
    TooManyNumbers,
    /// A calendar release with a month that is none.
    #[error("{month} is not a month; calendar releases are spelled year.month.patch, as in 2025.04.0")]
    NotAMonth {
        /// The number in the place of the month.
        month: u16,
    },
}

/// Whether this program works with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// 5.26.x, or 2025.01 and later.
    Supported,
    /// Before 5.26: 4.x and earlier 5.x (documents/000 "Neo4j Version Requirements").
    TooOld,
    /// A number that no release has: 5.28, 6.0, 2024.10 (documents/000: "no 5.27+ exists").
    Unknown,
}

/// A published fault of some releases that matters to backups and restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownProblem {
    /// The first release with the fault.
    pub from: Version,
    /// The first release without it.
    pub fixed_in: Version,
    /// Whether the release should not be used at all.
    pub avoid: bool,
    /// What goes wrong, one sentence without a full stop.
    pub text: &'static str,
}

/// Faults of releases, oldest first. Sources: neo4j-admin.md §1.6, §3, §7.
pub const KNOWN_PROBLEMS: &[KnownProblem] = &[
    KnownProblem {
        from: Version::new(5, 26, 0),
        fixed_in: Version::new(5, 26, 5),
        avoid: false,
        text: "database check can choose the wrong chain in a folder with several",
    },
    KnownProblem {
        from: Version::new(5, 26, 0),
        fixed_in: Version::new(5, 26, 24),
        avoid: false,
        text: "the S3 client can close a connection before the transfer is complete",
    },
    KnownProblem {
        from: Version::new(2026, 8, 0),
        fixed_in: Version::new(2026, 8, 1),
        avoid: true,
        text: "a query fault was found after the release, and Neo4j says not to use it",
    },
];

impl Version {
    /// The oldest supported release.
    pub const V5_26: Self = Self::new(5, 26, 0);
    /// The first calendar release.
    pub const V2025_01: Self = Self::new(2025, 1, 0);

    /// A release by its numbers: `new(5, 26, 12)`, `new(2025, 4, 0)`.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// The first number: 5, or the year.
    pub const fn major(self) -> u16 {
        self.major
    }

    /// The second number: 26, or the month.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// The third number.
    pub const fn patch(self) -> u16 {
        self.patch
    }

    /// Whether this is a calendar release (2025.01 or later).
    pub const fn is_calendar(self) -> bool {
        self.major >= 2000
    }

    /// The release that a text names; see [`VersionReading::parse`] for the spellings.
    ///
    /// # Errors
    /// When the text names no release.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        VersionReading::parse(text).map(|reading| reading.version)
    }

    /// Whether this program works with the release.
    pub fn support(self) -> Support {
        if self.is_calendar() {
            if self >= Self::V2025_01 { Support::Supported } else { Support::Unknown }
        } else if self < Self::V5_26 {
            Support::TooOld
        } else if self.major == 5 && self.minor == 26 {
            Support::Supported
        } else {
            Support::Unknown
        }
    }

    /// The published faults of this release.
    pub fn known_problems(self) -> impl Iterator<Item = &'static KnownProblem> {
        KNOWN_PROBLEMS.iter().filter(move |problem| {
            self.is_calendar() == problem.from.is_calendar()
                && problem.from <= self
                && self < problem.fixed_in
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_calendar() {
            write!(f, "{}.{:02}.{}", self.major, self.minor, self.patch)
        } else {
            write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
        }
    }
}

impl VersionReading {
    /// Reads a release as people and tags spell it.
    ///
    /// `5.26.12`, `2025.04.0`, `2026.6.0` (charts spell the month without a zero), `5.26`, `2025.04`;
    /// after any of the prefixes `v`, `neo4j-`, `neo4j:`; before a suffix that begins with `-` or `+`
    /// (`-enterprise`, `-enterprise-ubi9`). Sources: operator.md Appendix A, neo4j-admin.md §7.
    ///
    /// # Errors
    /// When what is left is not two or three numbers, or the month is none.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let mut rest = text.trim();
        for prefix in ["neo4j:", "neo4j-", "v"] {
            rest = rest.strip_prefix(prefix).unwrap_or(rest);
        }
        let numbers = rest.split(['-', '+']).next().unwrap_or(rest);
        if numbers.is_empty() {
            return Err(VersionError::Empty);
        }
        let mut parts = numbers.split('.');
        let major = number(parts.next())?.ok_or(VersionError::Empty)?;
        let minor = number(parts.next())?.ok_or(VersionError::MinorMissing)?;
        let patch = number(parts.next())?;
        if parts.next().is_some() {
            return Err(VersionError::TooManyNumbers);
        }
        if (major, minor, patch) == (5, 27, Some(0)) {
            return Ok(Self { version: Version::V2025_01, certainty: Certainty::ReportedAs527 });
        }
        let version = Version::new(major, minor, patch.unwrap_or(0));
        if version.is_calendar() && !(1..=12).contains(&minor) {
            return Err(VersionError::NotAMonth { month: minor });
        }
        Ok(Self { version, certainty: if patch.is_some() { Certainty::Release } else { Certainty::Series } })
    }
}

/// One number of a release: digits only, because `u16::from_str` would take `+5` too.
fn number(part: Option<&str>) -> Result<Option<u16>, VersionError> {
    let Some(part) = part else { return Ok(None) };
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(VersionError::NotANumber);
    }
    part.parse().map(Some).map_err(|_| VersionError::NotANumber)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_release_is_read() {
        use Certainty::{Release, ReportedAs527, Series};
        let cases = [
            ("5.26.12", "5.26.12", Release),
            ("5.26.12-enterprise", "5.26.12", Release),
            ("5.26.24-enterprise-ubi9", "5.26.24", Release),
            ("v5.26.0", "5.26.0", Release),
            ("neo4j-5.26.1", "5.26.1", Release),
            ("neo4j:5.26.1-enterprise", "5.26.1", Release),
            ("neo4j-v5.26.1", "5.26.1", Release),
            ("2025.04.0", "2025.04.0", Release),
            ("2026.6.0", "2026.06.0", Release),
            ("2026.10.2-enterprise-trixie", "2026.10.2", Release),
            ("2025.01.0+build7", "2025.01.0", Release),
            (" 5.26.3\n", "5.26.3", Release),
            ("5.26", "5.26.0", Series),
            ("2025.04-enterprise", "2025.04.0", Series),
            ("5.27.0", "2025.01.0", ReportedAs527),
            ("4.4.40", "4.4.40", Release),
        ];
        for (text, version, certainty) in cases {
            let reading = VersionReading::parse(text).unwrap();
            assert_eq!(reading.version.to_string(), version, "{text}");
            assert_eq!(reading.certainty, certainty, "{text}");
        }
    }

    #[test]
    fn what_names_no_release_says_why() {
        use VersionError::{Empty, MinorMissing, NotAMonth, NotANumber, TooManyNumbers};
        let cases = [
            ("", Empty),
            ("v", Empty),
            ("-enterprise", Empty),
            ("latest", NotANumber),
            ("enterprise", NotANumber),
            ("5", MinorMissing),
            ("2025-enterprise", MinorMissing),
            ("5.x", NotANumber),
            ("5.+26", NotANumber),
            ("5..1", NotANumber),
            ("5.26.99999", NotANumber),
            ("5.26.1.2", TooManyNumbers),
            ("2025.13.0", NotAMonth { month: 13 }),
            ("2025.0.0", NotAMonth { month: 0 }),
        ];
        for (text, error) in cases {
            assert_eq!(Version::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_semver_line_sorts_before_the_calendar_line() {
        let sorted = ["5.25.1", "5.26.0", "5.26.33", "2025.01.0", "2025.11.2", "2026.02.0"];
        for pair in sorted.windows(2) {
            assert!(Version::parse(pair[0]).unwrap() < Version::parse(pair[1]).unwrap(), "{pair:?}");
        }
    }

    #[test]
    fn support_ends_where_documents_say() {
        use Support::{Supported, TooOld, Unknown};
        let cases = [
            ("4.4.40", TooOld),
            ("5.25.1", TooOld),
            ("5.26.0", Supported),
            ("5.26.33", Supported),
            ("5.27.0", Supported),
            ("5.27.1", Unknown),
            ("5.28.0", Unknown),
            ("6.0.0", Unknown),
            ("2024.10.0", Unknown),
            ("2025.01.0", Supported),
            ("2026.10.2", Supported),
        ];
        for (text, support) in cases {
            assert_eq!(Version::parse(text).unwrap().support(), support, "{text}");
        }
    }

    #[test]
    fn the_withdrawn_release_is_known() {
        let avoided = |v: Version| v.known_problems().any(|p| p.avoid);
        assert!(avoided(Version::new(2026, 8, 0)));
        assert!(!avoided(Version::new(2026, 8, 1)));
        assert_eq!(Version::new(5, 26, 5).known_problems().count(), 1);
        assert_eq!(Version::new(5, 26, 24).known_problems().count(), 0);
    }
}
