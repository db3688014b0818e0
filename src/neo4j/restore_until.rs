//! Points in time, as a spec says them and as Neo4j takes them.
//!
//! Document 001 says that `pointInTime` is RFC 3339 and maps to `--restore-until`; `neo4j-admin`
//! takes a transaction id or `yyyy-MM-dd HH:mm:ss` in UTC, without `T`, zone or fraction
//! (neo4j-admin.md §1.2). Converting is exact or refused: a silent truncation would restore to
//! another moment than the one that was asked for.

use std::fmt;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use super::grammar::GrammarError;

/// A moment to the second; transactions committed before it are restored (neo4j-admin.md §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointInTime(Timestamp);

const HELP: &str = "write a whole second with its zone, as in 2025-01-04T12:30:00Z";

impl PointInTime {
    /// Reads RFC 3339: `2025-01-04T12:30:00Z` or `2025-01-04T13:30:00+01:00`, as Kubernetes reads
    /// `metav1.Time`.
    ///
    /// # Errors
    /// Another shape, a date or time that cannot be, a missing zone, a leap second, or a fraction of
    /// a second other than zero.
    pub fn parse(text: &str) -> Result<Self, GrammarError> {
        let bytes = text.as_bytes();
        let shape = b"dddd-dd-ddTdd:dd:dd";
        for (at, expected) in shape.iter().enumerate() {
            let matched = match (expected, bytes.get(at)) {
                (b'd', Some(b)) => b.is_ascii_digit(),
                (separator, Some(b)) => separator == b,
                (_, None) => false,
            };
            if !matched {
                let end = text.char_indices().find(|(i, _)| *i > at).map_or(text.len(), |(i, _)| i);
                let at = text.char_indices().rfind(|(i, _)| *i <= at).map_or(0, |(i, _)| i);
                let at = if bytes.len() < shape.len() && end == text.len() { text.len() } else { at };
                return Err(GrammarError::new(at..end, "this is not an RFC 3339 time", HELP));
            }
        }
        let rest = text.get(shape.len()..).unwrap_or_default();
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(tail) => {
                let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
                tail.split_at(digits)
            }
            None => ("", rest),
        };
        let zone_at = text.len() - zone.len();
        if zone.is_empty() {
            return Err(GrammarError::new(zone_at..zone_at, "the time has no zone", HELP));
        }
        if !is_zone(zone) || (rest.starts_with('.') && fraction.is_empty()) {
            return Err(GrammarError::new(
                shape.len()..text.len(),
                "after the seconds only a zone can follow, Z or a shift such as +01:00",
                HELP,
            ));
        }
        if fraction.bytes().any(|b| b != b'0') {
            return Err(GrammarError::new(
                shape.len()..zone_at,
                "Neo4j restores to whole seconds, and cutting the fraction off would restore to \
                 another moment",
                HELP,
            ));
        }
        if text.get(17..19) == Some("60") {
            return Err(GrammarError::new(17..19, "Neo4j knows no leap second", HELP));
        }
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Ok(Self(timestamp)),
            Err(_) => Err(GrammarError::whole(text, "this date or time does not exist", HELP)),
        }
    }

    /// The moment.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    fn utc(self) -> DateTime {
        TimeZone::UTC.to_datetime(self.0)
    }

    /// The value of `--restore-until`: `2025-01-04 12:30:00`, in UTC.
    pub fn restore_until(self) -> String {
        self.utc().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The expression for `seedRestoreUntil`: `datetime('2025-01-04T12:30:00Z')`. Safe to write into
    /// a statement, because it is made of digits.
    pub fn cypher(self) -> String {
        self.utc().strftime("datetime('%Y-%m-%dT%H:%M:%SZ')").to_string()
    }
}

/// As RFC 3339 in UTC.
impl fmt::Display for PointInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.utc().strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

fn is_zone(zone: &str) -> bool {
    match zone.as_bytes() {
        [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// A value of `--restore-until` as it stands in an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreUntil {
    /// Transactions before this id are restored, the id itself not.
    Transaction(u64),
    /// Transactions committed before this moment are restored.
    Time(PointInTime),
}

impl RestoreUntil {
    /// Reads a transaction id or `yyyy-MM-dd HH:mm:ss` (UTC).
    ///
    /// # Errors
    /// Anything else; RFC 3339 is recognised and its conversion is in the help.
    pub fn parse(value: &str) -> Result<Self, GrammarError> {
        if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
            return value.parse().map(Self::Transaction).map_err(|_| {
                GrammarError::whole(value, "this is no transaction id", "write a smaller number")
            });
        }
        if let Ok(point) = PointInTime::parse(value) {
            return Err(GrammarError::whole(
                value,
                "neo4j-admin does not read RFC 3339 here",
                format!("write {} (UTC)", point.restore_until()),
            ));
        }
        let parsed = match value.as_bytes() {
            [.., _] if value.len() == 19 && value.as_bytes().get(10) == Some(&b' ') => {
                PointInTime::parse(&format!("{}Z", value.replacen(' ', "T", 1))).ok()
            }
            _ => None,
        };
        parsed.map(Self::Time).ok_or_else(|| {
            GrammarError::whole(
                value,
                "this is neither a transaction id nor yyyy-MM-dd HH:mm:ss",
                "write a transaction id, or a UTC time as in 2025-01-04 12:30:00",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_become_utc() {
        let cases = [
            ("2025-01-04T12:30:00Z", "2025-01-04 12:30:00"),
            ("2025-01-04T12:30:00+01:00", "2025-01-04 11:30:00"),
            ("2025-01-04T23:30:00-05:30", "2025-01-05 05:00:00"),
            ("2025-01-04T12:30:00.000Z", "2025-01-04 12:30:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(PointInTime::parse(text).unwrap().restore_until(), expected, "{text}");
        }
        let point = PointInTime::parse("2025-01-04T13:30:00+01:00").unwrap();
        assert_eq!(point.cypher(), "datetime('2025-01-04T12:30:00Z')");
        assert_eq!(point.to_string(), "2025-01-04T12:30:00Z");
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        let cases = [
            ("2025-01-04T12:30:00.5Z", 19..21),
            ("2025-01-04T12:30:00", 19..19),
            ("2025-01-04 12:30:00Z", 10..11),
            ("2025-01-04t12:30:00Z", 10..11),
            ("2025-01-04T12:30:00z", 19..20),
            ("2025-01-04", 10..10),
            ("", 0..0),
            ("2025-02-30T00:00:00Z", 0..20),
            ("2025-01-04T25:00:00Z", 0..20),
            ("2025-01-04T12:30:60Z", 17..19),
            ("2025-01-04T12:30:00.Z", 19..21),
            ("2025-01-04T12:30:00Z[Europe/Paris]", 19..34),
            ("yesterday", 0..1),
            ("2025-ä1-04T12:30:00Z", 5..7),
        ];
        for (text, range) in cases {
            let error = PointInTime::parse(text).unwrap_err();
            assert_eq!(error.range, range, "{text}: {error}");
        }
    }

    #[test]
    fn the_argument_takes_an_id_or_neo4js_own_format() {
        assert_eq!(RestoreUntil::parse("123"), Ok(RestoreUntil::Transaction(123)));
        let point = PointInTime::parse("2025-01-04T12:30:00Z").unwrap();
        assert_eq!(RestoreUntil::parse("2025-01-04 12:30:00"), Ok(RestoreUntil::Time(point)));
        let error = RestoreUntil::parse("2025-01-04T12:30:00Z").unwrap_err();
        assert_eq!(error.help, "write 2025-01-04 12:30:00 (UTC)");
        for bad in ["", "-1", "soon", "2025-13-04 12:30:00", "99999999999999999999999"] {
            assert!(RestoreUntil::parse(bad).is_err(), "{bad}");
        }
    }
}
