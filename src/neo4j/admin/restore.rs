//! `neo4j-admin database restore` (neo4j-admin.md §1.2).
//!
//! It writes into the data folder of a stopped database, on one server. On a cluster the manual
//! calls `--overwrite-destination` "not safe"; who may use it is decided elsewhere.

use super::Command;
use super::invocation::{Builder, CommandLine};
use crate::neo4j::artifact::is_artifact_file;
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::restore_until::RestoreUntil;
use crate::neo4j::version::Version;

/// A call of `database restore`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RestoreInvocation<'a> {
    /// Artifacts, each as a path or URI; a differential finds its chain in its own folder. From
    /// 2025.02 on also a folder. None may contain a comma.
    pub from_path: &'a [String],
    /// An existing empty folder with room for the whole store.
    pub temp_path: Option<&'a str>,
    /// The database to take from a folder that holds several.
    pub source_database: Option<&'a str>,
    /// Where to stop.
    pub restore_until: Option<RestoreUntil>,
    /// Whether an existing database is replaced.
    pub overwrite_destination: bool,
    /// A configuration file in the pod.
    pub additional_config: Option<&'a str>,
    /// The user's own arguments, checked with [`super::check_arguments`].
    pub additional_arguments: &'a [String],
    /// The database to restore into; the artifact's own when absent.
    pub database: Option<&'a str>,
}

/// The fields of a `Neo4jRestore` that the arguments come from.
pub mod field {
    /// The artifacts.
    pub const SOURCE: &str = "spec.source";
    /// Where to stop.
    pub const POINT_IN_TIME: &str = "spec.source.pointInTime";
    /// Whether an existing database is replaced.
    pub const FORCE: &str = "spec.force";
    /// The database.
    pub const DATABASE_NAME: &str = "spec.databaseName";
    /// The user's own arguments.
    pub const ADDITIONAL_ARGUMENTS: &str = "spec.options.additionalArgs";
}

impl RestoreInvocation<'_> {
    /// The command line for a release. The order is fixed; the database is last.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::DatabaseRestore, version);
        let from = (!self.from_path.is_empty()).then(|| self.from_path.join(","));
        line.value("--from-path", from.as_deref(), Some(field::SOURCE));
        line.value("--temp-path", self.temp_path, None);
        line.value("--source-database", self.source_database, Some(field::SOURCE));
        let until = self.restore_until.map(|until| match until {
            RestoreUntil::Transaction(id) => id.to_string(),
            RestoreUntil::Time(point) => point.restore_until(),
        });
        line.value("--restore-until", until.as_deref(), Some(field::POINT_IN_TIME));
        let overwrite = self.overwrite_destination.then_some(true);
        line.switch("--overwrite-destination", overwrite, Some(field::FORCE));
        line.value("--additional-config", self.additional_config, None);
        line.items(self.additional_arguments, Some(field::ADDITIONAL_ARGUMENTS));
        if let Some(database) = self.database {
            line.positional(database, Some(field::DATABASE_NAME));
        }
        line.finish()
    }

    /// What the source needs of the release and does not find: a folder is read from 2025.02 on, and
    /// without it there is nothing to emit.
    pub fn lacking(&self, version: Version) -> Option<Feature> {
        let folder = self.from_path.iter().any(|path| !is_artifact_file(path));
        let feature = Feature::RestoreFromFolder;
        (folder && !has(version, feature)).then_some(feature)
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;
    use crate::neo4j::restore_until::PointInTime;

    #[test]
    fn a_restore_is_one_array() {
        let from = ["/backups/neo4j-2025-01-20T02-00-00.backup".to_owned()];
        let additional = ["--verbose".to_owned()];
        let point = PointInTime::parse("2025-01-20T03:30:00+01:00").unwrap();
        let invocation = RestoreInvocation {
            from_path: &from,
            temp_path: Some("/temp"),
            source_database: Some("neo4j"),
            restore_until: Some(RestoreUntil::Time(point)),
            overwrite_destination: true,
            additional_arguments: &additional,
            database: Some("shop"),
            ..RestoreInvocation::default()
        };
        let new = Version::new(2025, 2, 0);
        let line = invocation.command_line(new);
        assert_well_formed(&line, new);
        assert_eq!(
            line.argv().skip(1).collect::<Vec<_>>(),
            [
                "database",
                "restore",
                "--from-path=/backups/neo4j-2025-01-20T02-00-00.backup",
                "--temp-path=/temp",
                "--source-database=neo4j",
                "--restore-until=2025-01-20 02:30:00",
                "--overwrite-destination=true",
                "--verbose",
                "shop",
            ]
        );
        let old = invocation.command_line(Version::V5_26);
        assert_well_formed(&old, Version::V5_26);
        assert_eq!(old.omitted.first().unwrap().option, "--source-database");
    }

    #[test]
    fn nothing_is_overwritten_unless_told() {
        let line = RestoreInvocation::default().command_line(Version::V5_26);
        assert!(line.arguments.is_empty());
    }

    #[test]
    fn a_folder_needs_2025_02() {
        let from = ["s3://b/dir/".to_owned()];
        let invocation = RestoreInvocation { from_path: &from, ..RestoreInvocation::default() };
        assert_eq!(invocation.lacking(Version::V5_26), Some(Feature::RestoreFromFolder));
        assert_eq!(invocation.lacking(Version::new(2025, 2, 0)), None);
    }
}
