//! Artifacts: the files that `database backup` writes, one for each database and run.
//!
//! The name is `<db>-YYYY-MM-DDTHH-MM-SS.backup` (neo4j-admin.md §2). Its time is in the zone of the
//! process that wrote it, which is why every Job of ours sets `TZ=UTC`; the header, which
//! `backup inspect` prints, is in UTC always and is what chains are computed from.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;

/// The end of every artifact's name.
pub const EXTENSION: &str = ".backup";
/// The end of every dump's name (`database dump` writes `<db>.dump`, neo4j-admin.md §1.7).
pub const DUMP_EXTENSION: &str = ".dump";

/// An artifact's file name, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactName<'a> {
    /// The database that the artifact belongs to.
    pub database: &'a str,
    /// When the backup began, in the zone of the process that wrote it.
    pub written: DateTime,
}

const STAMP: &str = "YYYY-MM-DDTHH-MM-SS";

impl<'a> ArtifactName<'a> {
    /// Reads a file name, or the last part of a path or URI; none when it is not an artifact's.
    pub fn parse(path: &'a str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.strip_suffix(EXTENSION)?;
        let at = stem.len().checked_sub(STAMP.len())?;
        let (database, stamp) = (stem.get(..at)?.strip_suffix('-')?, stem.get(at..)?);
        if database.is_empty() {
            return None;
        }
        let number = |from: usize, to: usize| -> Option<i16> {
            let digits = stamp.get(from..to)?;
            let all = digits.bytes().all(|b| b.is_ascii_digit());
            if all { digits.parse().ok() } else { None }
        };
        let small = |from: usize| -> Option<i8> { number(from, from + 2)?.try_into().ok() };
        let separators = [(4, '-'), (7, '-'), (10, 'T'), (13, '-'), (16, '-')];
        if separators.iter().any(|(at, c)| stamp.as_bytes().get(*at).map(|b| char::from(*b)) != Some(*c)) {
            return None;
        }
        let written =
            DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0).ok()?;
        Some(Self { database, written })
    }
}

impl fmt::Display for ArtifactName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = self.written.strftime("%Y-%m-%dT%H-%M-%S");
        write!(f, "{}-{stamp}{EXTENSION}", self.database)
    }
}

/// Whether a path or URI names one artifact file and not a folder.
///
/// By its extension alone: a file may have been renamed, and `latest.backup` of document 001 is a
/// file too.
pub fn is_artifact_file(path: &str) -> bool {
    is_file_with(path, EXTENSION)
}

/// Whether a path or URI names one dump file.
pub fn is_dump_file(path: &str) -> bool {
    is_file_with(path, DUMP_EXTENSION)
}

fn is_file_with(path: &str, extension: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.len() > extension.len() && name.ends_with(extension)
}

/// One artifact with the header that `backup inspect` prints of it (neo4j-admin.md §1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The file's URI or path as printed.
    pub file: String,
    /// The database's name at the time of the backup.
    pub database: String,
    /// The database's identity, which a database of the same name made later does not share.
    pub database_id: Option<String>,
    /// When the backup was taken.
    pub time: Timestamp,
    /// Full, with the store in it; otherwise differential, with transactions only.
    pub full: bool,
    /// Whether the content is compressed.
    pub compressed: bool,
    /// First transaction in it; 1 in a full, 0 in an empty differential.
    pub lowest_transaction: u64,
    /// Last transaction in it; 0 in an empty differential.
    pub highest_transaction: u64,
    /// Whether recovery was done when it was written; unknown before 2025.06.
    pub recovered: Option<bool>,
}

impl Artifact {
    /// Whether it is a differential without a single transaction (neo4j-admin.md §2).
    pub fn is_empty(&self) -> bool {
        !self.full && self.lowest_transaction == 0 && self.highest_transaction == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_back() {
        for (name, database) in [
            ("neo4j-2024-06-13T12-43-43.backup", "neo4j"),
            ("main.db-2-2026-10-06T07-36-03.backup", "main.db-2"),
        ] {
            let parsed = ArtifactName::parse(name).unwrap();
            assert_eq!(parsed.database, database);
            assert_eq!(parsed.to_string(), name);
        }
        let uri = "s3://b/dir/neo4j-2024-06-13T12-43-43.backup";
        assert_eq!(ArtifactName::parse(uri).unwrap().database, "neo4j");
    }

    #[test]
    fn what_is_no_artifact_is_none() {
        for name in [
            "",
            ".backup",
            "latest.backup",
            "-2024-06-13T12-43-43.backup",
            "2024-06-13T12-43-43.backup",
            "neo4j-2024-06-13T12-43-43.backup.tar.gz",
            "neo4j-2024-06-13T12:43:43.backup",
            "neo4j-2024-13-13T12-43-43.backup",
            "neo4j-2024-06-13T12-43-4é.backup",
            "neo4j-+024-06-13T12-43-43.backup",
            "backup-20250120-020000",
        ] {
            assert_eq!(ArtifactName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn files_are_told_from_folders() {
        assert!(is_artifact_file("/backups/critical-app/latest.backup"));
        assert!(!is_artifact_file("/backups/production/backup-20250120-020000"));
        assert!(!is_artifact_file("x.backup/"));
        assert!(!is_artifact_file("dir/.backup"));
        assert!(is_dump_file("neo4j.dump") && !is_dump_file("neo4j.backup"));
    }
}
