//! `neo4j-admin` as it reads its command line.
//!
//! Two things come from one model: the argument arrays that we write ([`backup`], [`restore`], …)
//! and the verdict on arguments that a user adds ([`additional`]). Both look options up in the same
//! tables ([`table`]), so that what we emit and what we accept cannot drift apart.
//!
//! Rules that hold for every command (neo4j-admin.md §1.0): long options only; an option with
//! optional boolean takes the bare flag as `true` and never a separate value; values of an
//! enumeration are read in any case; options that take several values swallow what follows, so
//! every value is attached with `=` and positionals come last.

pub mod additional;
pub mod aggregate;
pub mod backup;
pub mod check;
pub mod exit;
pub mod inspect;
pub mod invocation;
pub mod offline;
pub mod option;
pub mod restore;
pub mod table;
pub mod unknown;
pub mod value;

use super::feature::{Feature, Since};

pub use additional::{ArgumentProblem, Owner, ProblemKind, check_arguments};
pub use backup::{BackupInvocation, BackupKind};
pub use invocation::{Argument, CommandLine, Omitted};
pub use option::{AdminOption, Grammar, OptionKind};
pub use restore::RestoreInvocation;

/// The program's name, found on PATH in Neo4j's images.
pub const PROGRAM: &str = "neo4j-admin";

/// The commands of `neo4j-admin` that backups and restores use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `database backup` (neo4j-admin.md §1.1).
    DatabaseBackup,
    /// `database restore` (§1.2).
    DatabaseRestore,
    /// `database aggregate-backup`, the only spelling on 5.26 (§1.3).
    DatabaseAggregateBackup,
    /// `backup aggregate`, the spelling from 2025.01 on (§1.3).
    BackupAggregate,
    /// `backup inspect` (§1.4).
    BackupInspect,
    /// `backup validate`, for sharded databases (§1.5).
    BackupValidate,
    /// `database check` (§1.6).
    DatabaseCheck,
    /// `database dump` (§1.7).
    DatabaseDump,
    /// `database load` (§1.7).
    DatabaseLoad,
    /// `database copy` (§1.8).
    DatabaseCopy,
    /// `database info` (§1.9).
    DatabaseInfo,
}

impl Command {
    /// Every command of the model.
    pub const ALL: [Self; 11] = [
        Self::DatabaseBackup,
        Self::DatabaseRestore,
        Self::DatabaseAggregateBackup,
        Self::BackupAggregate,
        Self::BackupInspect,
        Self::BackupValidate,
        Self::DatabaseCheck,
        Self::DatabaseDump,
        Self::DatabaseLoad,
        Self::DatabaseCopy,
        Self::DatabaseInfo,
    ];

    /// The words after the program's name: category and verb.
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::DatabaseBackup => ["database", "backup"],
            Self::DatabaseRestore => ["database", "restore"],
            Self::DatabaseAggregateBackup => ["database", "aggregate-backup"],
            Self::BackupAggregate => ["backup", "aggregate"],
            Self::BackupInspect => ["backup", "inspect"],
            Self::BackupValidate => ["backup", "validate"],
            Self::DatabaseCheck => ["database", "check"],
            Self::DatabaseDump => ["database", "dump"],
            Self::DatabaseLoad => ["database", "load"],
            Self::DatabaseCopy => ["database", "copy"],
            Self::DatabaseInfo => ["database", "info"],
        }
    }

    /// The releases that have it; none when all supported ones do.
    pub const fn since(self) -> Option<Since> {
        match self {
            Self::BackupAggregate => Some(Feature::BackupAggregate.since()),
            Self::BackupInspect => Some(Feature::BackupInspect.since()),
            Self::BackupValidate => Some(Feature::BackupValidate.since()),
            _ => None,
        }
    }

    /// Whether Enterprise Edition is needed (neo4j-admin.md §6).
    pub const fn enterprise_only(self) -> bool {
        !matches!(self, Self::DatabaseCheck | Self::DatabaseDump | Self::DatabaseLoad | Self::DatabaseInfo)
    }

    /// Its options, without those of every command.
    pub const fn options(self) -> &'static [AdminOption] {
        match self {
            Self::DatabaseBackup => table::BACKUP,
            Self::DatabaseRestore => table::RESTORE,
            Self::DatabaseAggregateBackup | Self::BackupAggregate => table::AGGREGATE,
            Self::BackupInspect => table::INSPECT,
            Self::BackupValidate => table::VALIDATE,
            Self::DatabaseCheck => table::CHECK,
            Self::DatabaseDump => table::DUMP,
            Self::DatabaseLoad => table::LOAD,
            Self::DatabaseCopy => table::COPY,
            Self::DatabaseInfo => table::INFO,
        }
    }
}

/// Finds an option of a command, or of every command, by its exact name with both dashes.
pub fn option(command: Command, name: &str) -> Option<&'static AdminOption> {
    command.options().iter().chain(table::COMMON).find(|option| option.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_named_once_and_starts_with_dashes() {
        for command in Command::ALL {
            let options: Vec<_> = command.options().iter().chain(table::COMMON).collect();
            for (index, one) in options.iter().enumerate() {
                assert!(one.name.starts_with("--") && !one.doc.is_empty(), "{command:?} {}", one.name);
                let again = options.iter().skip(index + 1).any(|other| other.name == one.name);
                assert!(!again, "{command:?} {}", one.name);
            }
        }
    }

    /// Written out again from neo4j-admin.md §1.10.
    #[test]
    fn gated_options_are_those_of_the_matrix() {
        let expected = [
            (Command::DatabaseBackup, "--prefer-diff-as-parent", "2025.04"),
            (Command::DatabaseBackup, "--remote-address-resolution", "2025.09"),
            (Command::DatabaseBackup, "--parallel-download", "2025.11"),
            (Command::DatabaseBackup, "--skip-recovery", "2025.11"),
            (Command::DatabaseRestore, "--source-database", "2025.02"),
            (Command::DatabaseCopy, "--max-off-heap-memory", "2025.01"),
            (Command::DatabaseCopy, "--target-format", "2025.12"),
            (Command::DatabaseCopy, "--target-location", "2025.12"),
            (Command::DatabaseCopy, "--property-shard-count", "2025.12"),
            (Command::DatabaseCopy, "--source-format", "2026.03"),
            (Command::DatabaseCopy, "--source-location", "2026.03"),
            (Command::DatabaseCopy, "--compress", "2026.04"),
        ];
        for (command, name, since) in expected {
            let found = option(command, name).unwrap().since.unwrap();
            assert_eq!(found.to_string(), since, "{name}");
        }
        let gated: usize = Command::ALL
            .iter()
            .flat_map(|c| c.options())
            .filter(|o| o.since.is_some_and(|s| !s.includes_all_supported()))
            .count();
        assert_eq!(gated, expected.len());
    }
}
