//! `neo4j-admin backup inspect` (neo4j-admin.md §1.4): what lies in a folder, without reading stores.

use super::Command;
use super::invocation::{Builder, CommandLine};
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::version::Version;

/// Which artifacts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// All of the folder.
    #[default]
    All,
    /// The newest artifact.
    LatestBackup,
    /// The chain that ends with the newest artifact.
    LatestChain,
}

/// A call of `backup inspect`. The table is always asked for, because only its columns are
/// documented.
#[derive(Debug, Clone, Copy, Default)]
pub struct InspectInvocation<'a> {
    /// One artifact or a folder; a folder's URI ends with a slash.
    pub path: &'a str,
    /// Which artifacts.
    pub selection: Selection,
    /// One database only.
    pub database: Option<&'a str>,
    /// Whether empty differentials are listed.
    pub empty: bool,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
}

impl InspectInvocation<'_> {
    /// The command line for a release. Up to 2025.06 the header is shown only when asked for.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::BackupInspect, version);
        line.flag("--latest-backup", self.selection == Selection::LatestBackup, None);
        line.flag("--latest-chain", self.selection == Selection::LatestChain, None);
        line.flag("--show-metadata", !has(version, Feature::InspectShowsMetadata), None);
        line.flag("--empty", self.empty, None);
        line.value("--database", self.database, None);
        line.value("--format", Some("TABULAR"), None);
        line.value("--additional-config", self.additional_config, None);
        line.positional(self.path, None);
        line.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;

    #[test]
    fn the_header_is_asked_for_where_it_must_be() {
        let invocation = InspectInvocation {
            path: "/backups/",
            selection: Selection::LatestChain,
            database: Some("neo4j"),
            empty: true,
            ..InspectInvocation::default()
        };
        let old = Version::new(2025, 6, 1);
        let line = invocation.command_line(old);
        assert_well_formed(&line, old);
        assert_eq!(
            line.argv().skip(1).collect::<Vec<_>>(),
            [
                "backup",
                "inspect",
                "--latest-chain",
                "--show-metadata",
                "--empty",
                "--database=neo4j",
                "--format=TABULAR",
                "/backups/",
            ]
        );
        let new = invocation.command_line(Version::new(2025, 7, 0));
        assert!(!new.argv().any(|argument| argument == "--show-metadata"));
    }
}
