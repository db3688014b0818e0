//! `neo4j-admin database check` (neo4j-admin.md §1.6): the one command that finds damage.

use super::Command;
use super::invocation::{Builder, CommandLine};
use crate::neo4j::artifact::is_artifact_file;
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::version::Version;

/// A call of `database check` on a backup or dump.
///
/// The temporary and the report folder are not optional here: without them the whole store is
/// unpacked into the backup's own folder and the report goes to the working folder (pods.md §1).
#[derive(Debug, Clone, Copy)]
pub struct CheckInvocation<'a> {
    /// A folder, whose newest chain of the database is taken; from 2025.09 on also one artifact.
    pub from_path: &'a str,
    /// A folder with room for the whole store.
    pub temp_path: &'a str,
    /// A folder for the report; made when it is not there.
    pub report_path: &'a str,
    /// Memory for the check: a size or a share.
    pub max_off_heap_memory: Option<&'a str>,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
    /// Exactly one database, never a pattern.
    pub database: &'a str,
}

impl CheckInvocation<'_> {
    /// The command line for a release.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::DatabaseCheck, version);
        line.value("--from-path", Some(self.from_path), None);
        line.value("--temp-path", Some(self.temp_path), None);
        line.value("--report-path", Some(self.report_path), None);
        line.value("--max-off-heap-memory", self.max_off_heap_memory, None);
        line.value("--additional-config", self.additional_config, None);
        line.positional(self.database, None);
        line.finish()
    }

    /// What the source needs of the release and does not find: one artifact is read from 2025.09 on.
    pub fn lacking(&self, version: Version) -> Option<Feature> {
        let feature = Feature::CheckFromFile;
        (is_artifact_file(self.from_path) && !has(version, feature)).then_some(feature)
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;

    #[test]
    fn places_are_always_named() {
        let invocation = CheckInvocation {
            from_path: "/backups/",
            temp_path: "/temp",
            report_path: "/report",
            max_off_heap_memory: Some("50%"),
            additional_config: None,
            database: "neo4j",
        };
        let line = invocation.command_line(Version::V5_26);
        assert_well_formed(&line, Version::V5_26);
        assert_eq!(
            line.argv().skip(1).collect::<Vec<_>>(),
            [
                "database",
                "check",
                "--from-path=/backups/",
                "--temp-path=/temp",
                "--report-path=/report",
                "--max-off-heap-memory=50%",
                "neo4j",
            ]
        );
        assert_eq!(invocation.lacking(Version::V5_26), None);
        let file = CheckInvocation { from_path: "/backups/x.backup", ..invocation };
        assert_eq!(file.lacking(Version::new(2025, 8, 0)), Some(Feature::CheckFromFile));
        assert_eq!(file.lacking(Version::new(2025, 9, 0)), None);
    }
}
