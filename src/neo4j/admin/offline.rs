//! `neo4j-admin database dump` and `database load` (neo4j-admin.md §1.7), for stopped databases in
//! both editions.
//!
//! A dump over a longer old dump keeps the old tail and says that it succeeded, and a failed load
//! has already destroyed its target (pods.md §2). So nothing is overwritten unless told, and whoever
//! tells it must have checked first.

use super::Command;
use super::invocation::{Builder, CommandLine};
use crate::neo4j::version::Version;

/// A call of `database dump`.
#[derive(Debug, Clone, Copy, Default)]
pub struct DumpInvocation<'a> {
    /// An existing folder that takes `<database>.dump`; best a fresh one.
    pub to_path: &'a str,
    /// A name or pattern.
    pub database: &'a str,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
}

impl DumpInvocation<'_> {
    /// The command line for a release.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::DatabaseDump, version);
        line.value("--to-path", Some(self.to_path), None);
        line.value("--additional-config", self.additional_config, None);
        line.positional(self.database, None);
        line.finish()
    }
}

/// A call of `database load`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadInvocation<'a> {
    /// A folder with `<database>.dump` or one full artifact of the database.
    pub from_path: &'a str,
    /// Whether an existing database is replaced.
    pub overwrite_destination: bool,
    /// The database.
    pub database: &'a str,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
}

impl LoadInvocation<'_> {
    /// The command line for a release.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::DatabaseLoad, version);
        line.value("--from-path", Some(self.from_path), None);
        let overwrite = self.overwrite_destination.then_some(true);
        line.switch("--overwrite-destination", overwrite, None);
        line.value("--additional-config", self.additional_config, None);
        line.positional(self.database, None);
        line.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;

    #[test]
    fn dump_and_load_are_arrays() {
        let version = Version::V5_26;
        let dump = DumpInvocation { to_path: "/dumps", database: "neo4j", ..DumpInvocation::default() }
            .command_line(version);
        assert_well_formed(&dump, version);
        assert_eq!(
            dump.argv().skip(1).collect::<Vec<_>>(),
            ["database", "dump", "--to-path=/dumps", "neo4j"]
        );
        let mut load = LoadInvocation { from_path: "/dumps", database: "neo4j", ..LoadInvocation::default() };
        assert!(!load.command_line(version).argv().any(|a| a.starts_with("--overwrite")));
        load.overwrite_destination = true;
        let line = load.command_line(version);
        assert_well_formed(&line, version);
        assert_eq!(
            line.argv().skip(1).collect::<Vec<_>>(),
            ["database", "load", "--from-path=/dumps", "--overwrite-destination=true", "neo4j"]
        );
    }
}
