//! Names of databases, and patterns of them.
//!
//! A name ends up in three places that each could misread it: as a positional of `neo4j-admin`, in
//! an artifact's file name, and in Cypher. The grammar of Neo4j is narrow enough that a valid name
//! is harmless in all three, which is why the types here exist and are asked for elsewhere.

use std::borrow::Cow;
use std::fmt;

use super::feature::{Feature, has};
use super::grammar::{GrammarError, first_refused, show};
use super::version::Version;

/// Shortest database name (Neo4j manual, "Naming rules for databases").
pub const MINIMUM_LENGTH: usize = 3;
/// Longest database name (Neo4j manual, "Naming rules for databases").
pub const MAXIMUM_LENGTH: usize = 63;
/// The database that holds users, roles and the list of databases; never restorable by name or
/// seedable (neo4j-admin.md §4.3).
pub const SYSTEM: &str = "system";
/// The default database, and what `database backup` takes without positionals (neo4j-admin.md §1.1).
pub const DEFAULT: &str = "neo4j";

/// A valid database name, lower-cased as Neo4j keeps it.
///
/// 3 to 63 ASCII letters, digits, dots and dashes; begins with a letter (from 2025.01 on also a
/// digit); ends with neither dot nor dash; `system` is the only name that begins with `system`.
/// Source: Neo4j manual, "Naming rules for databases".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseName<'a>(Cow<'a, str>);

impl<'a> DatabaseName<'a> {
    /// Checks a name against the rules of `version`; without one the newest rules hold.
    ///
    /// # Errors
    /// When Neo4j would refuse the name.
    pub fn parse(text: &'a str, version: Option<Version>) -> Result<Self, GrammarError> {
        const HELP: &str = "write 3 to 63 letters, digits, dots and dashes, a letter first";
        check_characters(text, false)?;
        let digit_allowed = version.is_none_or(|v| has(v, Feature::DatabaseNameLeadingDigit));
        match text.bytes().next() {
            Some(first) if first.is_ascii_alphabetic() => {}
            Some(first) if first.is_ascii_digit() && digit_allowed => {}
            Some(first) if first.is_ascii_digit() => {
                return Err(GrammarError::new(
                    0..1,
                    "a database name begins with a letter before Neo4j 2025.01",
                    HELP,
                ));
            }
            _ => {
                return Err(GrammarError::new(
                    0..1.min(text.len()),
                    "a database name begins with a letter or a digit",
                    HELP,
                ));
            }
        }
        if text.ends_with(['.', '-']) {
            return Err(GrammarError::new(
                text.len() - 1..text.len(),
                "a database name ends with neither dot nor dash",
                HELP,
            ));
        }
        if !(MINIMUM_LENGTH..=MAXIMUM_LENGTH).contains(&text.len()) {
            let reason = format!("a database name has 3 to 63 characters, this one {}", text.len());
            return Err(GrammarError::whole(text, reason, HELP));
        }
        let name = lower_cased(text);
        if name.starts_with(SYSTEM) && name != SYSTEM {
            return Err(GrammarError::new(
                0..SYSTEM.len(),
                "names that begin with system are reserved for Neo4j",
                "choose a name that does not begin with system",
            ));
        }
        Ok(Self(name))
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the `system` database.
    pub fn is_system(&self) -> bool {
        self.0 == SYSTEM
    }

    /// The name as Cypher takes it, in backticks.
    ///
    /// Always quoted: an unquoted dot is read as a separator of composite and constituent.
    pub fn quoted(&self) -> String {
        format!("`{}`", self.0)
    }
}

impl fmt::Display for DatabaseName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A database name or a pattern of names with `*` (any characters) and `?` (one character), as the
/// positionals of `database backup` take it (neo4j-admin.md §1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabasePattern<'a>(Cow<'a, str>);

impl<'a> DatabasePattern<'a> {
    /// Checks a name or pattern against the rules of `version`.
    ///
    /// # Errors
    /// When it is neither a valid name nor a pattern of allowed characters.
    pub fn parse(text: &'a str, version: Option<Version>) -> Result<Self, GrammarError> {
        if !text.contains(['*', '?']) {
            return DatabaseName::parse(text, version).map(|name| Self(name.0));
        }
        check_characters(text, true)?;
        if text.starts_with(['-', '.']) {
            return Err(GrammarError::new(
                0..1,
                "no database name begins like this, so the pattern matches nothing",
                "begin the pattern with a letter, a digit, * or ?",
            ));
        }
        if text.len() > MAXIMUM_LENGTH {
            return Err(GrammarError::whole(
                text,
                "a pattern of database names has at most 63 characters",
                "write a shorter pattern",
            ));
        }
        Ok(Self(lower_cased(text)))
    }

    /// The pattern in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a pattern and not one name.
    pub fn is_glob(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether it takes every database, `system` among them.
    pub fn is_everything(&self) -> bool {
        self.0.bytes().all(|b| b == b'*')
    }

    /// Whether a database of this name (in any case) is meant.
    pub fn matches(&self, name: &str) -> bool {
        overlap(self.0.as_bytes(), lower_cased(name).as_bytes())
    }

    /// Whether some name is meant by both patterns, so that two backups would take the same
    /// database.
    pub fn overlaps(&self, other: &DatabasePattern<'_>) -> bool {
        overlap(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl fmt::Display for DatabasePattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether two globs share a word: a walk over both, where a star may swallow what the other side
/// shows. One row of the table is kept, so the cost is the product of the lengths.
fn overlap(left: &[u8], right: &[u8]) -> bool {
    let mut row = vec![false; right.len() + 1];
    // `row[j]` says whether left[i..] and right[j..] overlap, filled from the ends.
    for i in (0..=left.len()).rev() {
        let mut diagonal = false;
        for j in (0..=right.len()).rev() {
            let below = row.get(j).copied().unwrap_or(false);
            let beside = row.get(j + 1).copied().unwrap_or(false);
            let value = match (left.get(i), right.get(j)) {
                (None, None) => true,
                (Some(b'*'), None) => below,
                (None, Some(b'*')) => beside,
                (Some(_), None) | (None, Some(_)) => false,
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => below || beside,
                (Some(a), Some(b)) => (a == b || *a == b'?' || *b == b'?') && diagonal,
            };
            diagonal = below;
            if let Some(cell) = row.get_mut(j) {
                *cell = value;
            }
        }
    }
    row.first().copied().unwrap_or(false)
}

fn check_characters(text: &str, glob: bool) -> Result<(), GrammarError> {
    if text.is_empty() {
        return Err(GrammarError::new(0..0, "no database is named", "write a database name"));
    }
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || (glob && matches!(c, '*' | '?'));
    match first_refused(text, allowed) {
        Some((range, '_')) if range.start == 0 => Err(GrammarError::new(
            range,
            "names that begin with an underscore are reserved for Neo4j",
            "choose a name that begins with a letter",
        )),
        Some((range, c)) => Err(GrammarError::new(
            range,
            format!("a database name cannot contain {}", show(c)),
            "use letters, digits, dots and dashes",
        )),
        None => Ok(()),
    }
}

fn lower_cased(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names_pass_and_are_lower_cased() {
        for name in ["neo4j", "system", "abc", "main.db", "a-b.c-1", "Customer-Data", "graph"] {
            let parsed = DatabaseName::parse(name, Some(Version::V5_26)).unwrap();
            assert_eq!(parsed.as_str(), name.to_ascii_lowercase());
        }
        let longest = "a".repeat(63);
        assert!(DatabaseName::parse(&longest, None).is_ok());
    }

    #[test]
    fn a_leading_digit_came_with_2025_01() {
        assert!(DatabaseName::parse("1graph", Some(Version::V5_26)).is_err());
        assert!(DatabaseName::parse("1graph", Some(Version::V2025_01)).is_ok());
        assert!(DatabaseName::parse("1graph", None).is_ok());
    }

    #[test]
    fn invalid_names_point_at_the_character() {
        let long = "a".repeat(64);
        let cases = [
            ("", 0..0),
            ("ab", 0..2),
            (long.as_str(), 0..64),
            ("_internal", 0..1),
            ("my_db", 2..3),
            ("-rf", 0..1),
            ("abc.", 3..4),
            ("abc-", 3..4),
            ("systemx", 0..6),
            ("System-2", 0..6),
            ("düsseldorf", 1..3),
            ("a b c", 1..2),
            ("$(HOME)", 0..1),
            ("foo*", 3..4),
        ];
        for (name, range) in cases {
            let error = DatabaseName::parse(name, None).unwrap_err();
            assert_eq!(error.range, range, "{name}: {error}");
        }
    }

    #[test]
    fn patterns_match_as_neo4j_admin_matches() {
        let cases = [
            ("*", "neo4j", true),
            ("*", "system", true),
            ("neo4j", "NEO4J", true),
            ("neo*", "neo4j", true),
            ("neo?j", "neo4j", true),
            ("neo?j", "neo44j", false),
            ("foo*", "bar", false),
            ("*-prod", "shop-prod", true),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
        ];
        for (pattern, name, expected) in cases {
            let parsed = DatabasePattern::parse(pattern, None).unwrap();
            assert_eq!(parsed.matches(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn overlapping_patterns_are_found_both_ways() {
        let cases = [
            ("*", "neo4j", true),
            ("foo*", "*bar", true),
            ("foo*", "bar*", false),
            ("a?c", "ab?", true),
            ("a?c", "abd", false),
            ("shop-*", "shop-prod", true),
            ("neo4j", "neo4j", true),
            ("neo4j", "neo4k", false),
        ];
        for (a, b, expected) in cases {
            let (a, b) = (DatabasePattern::parse(a, None).unwrap(), DatabasePattern::parse(b, None).unwrap());
            assert_eq!(a.overlaps(&b), expected, "{a} {b}");
            assert_eq!(b.overlaps(&a), expected, "{b} {a}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        for pattern in ["-*", ".*", "a_*", "*/x", "@*"] {
            assert!(DatabasePattern::parse(pattern, None).is_err(), "{pattern}");
        }
        assert!(DatabasePattern::parse("**", None).unwrap().is_everything());
    }

    #[test]
    fn names_are_always_quoted_for_cypher() {
        let name = DatabaseName::parse("main.db", None).unwrap();
        assert_eq!(name.quoted(), "`main.db`");
    }
}
