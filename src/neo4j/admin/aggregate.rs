//! Aggregation of a chain into one full (neo4j-admin.md §1.3), under the name that a release has.

use super::Command;
use super::invocation::{Builder, CommandLine};
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::version::Version;

/// A call of `backup aggregate`, or of `database aggregate-backup` on 5.26.
#[derive(Debug, Clone, Copy, Default)]
pub struct AggregateInvocation<'a> {
    /// A folder or the last artifact of a chain.
    pub from_path: &'a str,
    /// An existing empty folder with room for the whole store.
    pub temp_path: Option<&'a str>,
    /// Whether the chain stays; by default Neo4j deletes it.
    pub keep_old_backup: bool,
    /// Recovery with several threads.
    pub parallel_recovery: Option<bool>,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
    /// A name or pattern; absent when `from_path` is a file.
    pub database: Option<&'a str>,
}

impl AggregateInvocation<'_> {
    /// The command line for a release. `--keep-old-backup` is always said, because its default
    /// deletes.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let command = if has(version, Feature::BackupAggregate) {
            Command::BackupAggregate
        } else {
            Command::DatabaseAggregateBackup
        };
        let mut line = Builder::new(command, version);
        line.value("--from-path", Some(self.from_path), None);
        line.value("--temp-path", self.temp_path, None);
        line.switch("--keep-old-backup", Some(self.keep_old_backup), None);
        line.switch("--parallel-recovery", self.parallel_recovery, None);
        line.value("--additional-config", self.additional_config, None);
        if let Some(database) = self.database {
            line.positional(database, None);
        }
        line.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;

    #[test]
    fn each_line_has_its_spelling() {
        let invocation = AggregateInvocation {
            from_path: "/backups/",
            temp_path: Some("/temp"),
            keep_old_backup: true,
            database: Some("neo4j"),
            ..AggregateInvocation::default()
        };
        let rest = ["--from-path=/backups/", "--temp-path=/temp", "--keep-old-backup=true", "neo4j"];
        for (version, words) in
            [(Version::V5_26, ["database", "aggregate-backup"]), (Version::V2025_01, ["backup", "aggregate"])]
        {
            let line = invocation.command_line(version);
            assert_well_formed(&line, version);
            let expected: Vec<_> = words.into_iter().chain(rest).collect();
            assert_eq!(line.argv().skip(1).collect::<Vec<_>>(), expected);
        }
    }
}
