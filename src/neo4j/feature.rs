//! Which release has what: the gate matrix of neo4j-admin.md §1.10.
//!
//! Law 4 of the design ("only what the target understands") needs one place that knows. A feature
//! has a first release on each line, because a backport reaches 5.26 at another time than it
//! reaches the calendar line.

use std::fmt;

use super::version::Version;

/// The first releases that have something, one for each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// First 5.x release, when any has it.
    pub semver: Option<Version>,
    /// First calendar release.
    pub calendar: Version,
}

impl Since {
    /// In no 5.x release; in the calendar line from this month on.
    pub const fn calendar(year: u16, month: u16) -> Self {
        Self { semver: None, calendar: Version::new(year, month, 0) }
    }

    /// From this 5.x release on, and in every calendar release.
    pub const fn semver(minor: u16, patch: u16) -> Self {
        Self { semver: Some(Version::new(5, minor, patch)), calendar: Version::V2025_01 }
    }

    /// Backported: from this 5.26 patch on, and from this calendar month on.
    pub const fn both(patch: u16, year: u16, month: u16) -> Self {
        Self { semver: Some(Version::new(5, 26, patch)), calendar: Version::new(year, month, 0) }
    }

    /// Whether `version` has it.
    pub fn includes(self, version: Version) -> bool {
        if version.is_calendar() {
            version >= self.calendar
        } else {
            self.semver.is_some_and(|first| version >= first)
        }
    }

    /// Whether every supported release has it, so that an unknown version does not matter.
    pub fn includes_all_supported(self) -> bool {
        self.includes(Version::V5_26) && self.includes(Version::V2025_01)
    }
}

/// As a message names it: `2025.04`, `5.25`, or `5.26.4 and 2025.03`.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(first) = self.semver {
            write!(f, "{}.{}", first.major(), first.minor())?;
            if first.patch() > 0 {
                write!(f, ".{}", first.patch())?;
            }
            if self.calendar == Version::V2025_01 {
                return Ok(());
            }
            f.write_str(" and ")?;
        }
        write!(f, "{}.{:02}", self.calendar.major(), self.calendar.minor())
    }
}

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $since:expr;)*) => {
        /// Something that only some releases have. Everything of neo4j-admin.md §1.1 to §1.9 that is
        /// not listed is in 5.26 and in every calendar release up to 2026.08.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Feature {
            $($(#[$doc])* $name,)*
        }

        impl Feature {
            /// Every feature, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The first releases that have it.
            pub const fn since(self) -> Since {
                match self {
                    $(Self::$name => $since,)*
                }
            }
        }
    };
}

features! {
    /// `database backup --prefer-diff-as-parent`, a bare flag.
    BackupPreferDiffAsParent = Since::calendar(2025, 4);
    /// `database backup --remote-address-resolution`.
    BackupRemoteAddressResolution = Since::calendar(2025, 9);
    /// `database backup --include-metadata=users=<list>`.
    BackupIncludeNamedUsers = Since::calendar(2025, 10);
    /// `database backup --parallel-download`.
    BackupParallelDownload = Since::calendar(2025, 11);
    /// `database backup --skip-recovery`.
    BackupSkipRecovery = Since::calendar(2025, 11);
    /// The first differential may overlap its full, so that fulls and differentials may have
    /// independent schedules (neo4j-admin.md §2).
    DifferentialMayOverlapFull = Since::calendar(2026, 2);
    /// `database restore --source-database`.
    RestoreSourceDatabase = Since::calendar(2025, 2);
    /// `database restore --from-path=<folder>`; before it only artifact files.
    RestoreFromFolder = Since::calendar(2025, 2);
    /// The spelling `backup aggregate`; before it `database aggregate-backup`.
    BackupAggregate = Since::calendar(2025, 1);
    /// `backup inspect`, the whole command.
    BackupInspect = Since::semver(25, 0);
    /// `backup inspect` shows metadata without `--show-metadata`, which it ignores from here on.
    InspectShowsMetadata = Since::calendar(2025, 7);
    /// The `RECOVERED` column of `backup inspect`.
    InspectRecoveredColumn = Since::calendar(2025, 6);
    /// `backup validate`, the whole command, for sharded databases only.
    BackupValidate = Since::calendar(2025, 12);
    /// `database check --from-path=<file>`; before it only a folder.
    CheckFromFile = Since::calendar(2025, 9);
    /// `database copy --max-off-heap-memory`.
    CopyMaxOffHeapMemory = Since::calendar(2025, 1);
    /// `database copy --target-format`, `--target-location`, `--property-shard-count`.
    CopyTargetFormat = Since::calendar(2025, 12);
    /// `database copy --source-format`, `--source-location`.
    CopySourceFormat = Since::calendar(2026, 3);
    /// `database copy --compress`.
    CopyCompress = Since::calendar(2026, 4);
    /// The procedure `dbms.cluster.recreateDatabase` (deprecated from 2025.04 on).
    ClusterRecreateProcedure = Since::semver(24, 0);
    /// The procedure `dbms.recreateDatabase`.
    RecreateProcedure = Since::calendar(2025, 4);
    /// `clearData` of the recreate procedures.
    RecreateClearData = Since::calendar(2025, 2);
    /// `storeFormat` of the recreate procedures.
    RecreateStoreFormat = Since::calendar(2025, 4);
    /// `CREATE OR REPLACE DATABASE` together with `seedURI`.
    CreateOrReplaceWithSeed = Since::calendar(2025, 1);
    /// The option `seedRestoreUntil` of `CREATE DATABASE`.
    SeedRestoreUntil = Since::calendar(2025, 1);
    /// The option `existingDataSeedServer`; `existingDataSeedInstance` before it.
    ExistingDataSeedServer = Since::semver(25, 0);
    /// The option `seedSourceDatabase` of `CREATE DATABASE`.
    SeedSourceDatabase = Since::calendar(2025, 6);
    /// The prefixes `CYPHER 5` and `CYPHER 25`; before them a statement must have none.
    CypherLanguagePrefix = Since::calendar(2025, 6);
    /// `server://` seeds and `server.directories.seeds`.
    ServerSeed = Since::calendar(2026, 4);
    /// `CloudSeedProvider` is the only default of `dbms.databases.seed_from_uri_providers`; on 5.26
    /// the deprecated `S3SeedProvider` comes first and takes `s3://` (neo4j-admin.md §4.2).
    CloudSeedProviderIsDefault = Since::calendar(2025, 1);
    /// `dbms.integrations.cloud_storage.azb.blob_endpoint_suffix` and `.authority_endpoint`.
    AzureEndpointSettings = Since::both(4, 2025, 3);
    /// `dbms.integrations.cloud_storage.gs.project_id` and `.s3.target_throughput_gbps`.
    CloudStorageTuningSettings = Since::calendar(2025, 3);
    /// `server.backup.advertised_address`.
    BackupAdvertisedAddress = Since::calendar(2025, 5);
    /// `s3://` folders in backup and restore (neo4j-admin.md §3).
    S3Storage = Since::semver(19, 0);
    /// `gs://` folders in backup and restore (neo4j-admin.md §3).
    GcsStorage = Since::semver(21, 0);
    /// `azb://` folders in backup and restore (neo4j-admin.md §3).
    AzureStorage = Since::semver(24, 0);
    /// `--temp-path` of backup, restore and aggregate.
    TempPath = Since::semver(24, 0);
    /// Database names that begin with a digit (Neo4j manual, "Naming rules for databases").
    DatabaseNameLeadingDigit = Since::calendar(2025, 1);
}

/// The first releases that have a feature.
pub const fn since(feature: Feature) -> Since {
    feature.since()
}

/// Whether a release has a feature.
pub fn has(version: Version, feature: Feature) -> bool {
    feature.since().includes(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    /// Written out again from neo4j-admin.md §1.10: the last release without and the first with it.
    #[test]
    fn every_gate_opens_at_its_release() {
        use Feature::*;
        let gates = [
            (BackupPreferDiffAsParent, "2025.03.0", "2025.04.0"),
            (BackupRemoteAddressResolution, "2025.08.0", "2025.09.0"),
            (BackupIncludeNamedUsers, "2025.09.9", "2025.10.0"),
            (BackupParallelDownload, "2025.10.9", "2025.11.0"),
            (BackupSkipRecovery, "2025.10.9", "2025.11.0"),
            (DifferentialMayOverlapFull, "2026.01.9", "2026.02.0"),
            (RestoreSourceDatabase, "2025.01.0", "2025.02.0"),
            (RestoreFromFolder, "2025.01.0", "2025.02.0"),
            (BackupAggregate, "5.26.33", "2025.01.0"),
            (BackupInspect, "5.24.9", "5.25.0"),
            (InspectShowsMetadata, "2025.06.2", "2025.07.0"),
            (InspectRecoveredColumn, "2025.05.0", "2025.06.0"),
            (BackupValidate, "2025.11.2", "2025.12.0"),
            (CheckFromFile, "2025.08.0", "2025.09.0"),
            (CopyMaxOffHeapMemory, "5.26.33", "2025.01.0"),
            (CopyTargetFormat, "2025.11.2", "2025.12.0"),
            (CopySourceFormat, "2026.02.9", "2026.03.0"),
            (CopyCompress, "2026.03.9", "2026.04.0"),
            (ClusterRecreateProcedure, "5.23.0", "5.24.0"),
            (RecreateProcedure, "2025.03.0", "2025.04.0"),
            (RecreateClearData, "2025.01.0", "2025.02.0"),
            (RecreateStoreFormat, "2025.03.0", "2025.04.0"),
            (CreateOrReplaceWithSeed, "5.26.33", "2025.01.0"),
            (SeedRestoreUntil, "5.26.33", "2025.01.0"),
            (ExistingDataSeedServer, "5.24.9", "5.25.0"),
            (SeedSourceDatabase, "2025.05.0", "2025.06.0"),
            (CypherLanguagePrefix, "2025.05.0", "2025.06.0"),
            (ServerSeed, "2026.03.9", "2026.04.0"),
            (CloudSeedProviderIsDefault, "5.26.33", "2025.01.0"),
            (AzureEndpointSettings, "5.26.3", "5.26.4"),
            (AzureEndpointSettings, "2025.02.0", "2025.03.0"),
            (CloudStorageTuningSettings, "2025.02.0", "2025.03.0"),
            (BackupAdvertisedAddress, "2025.04.0", "2025.05.0"),
            (S3Storage, "5.18.0", "5.19.0"),
            (GcsStorage, "5.20.0", "5.21.0"),
            (AzureStorage, "5.23.0", "5.24.0"),
            (TempPath, "5.23.0", "5.24.0"),
            (DatabaseNameLeadingDigit, "5.26.33", "2025.01.0"),
        ];
        for (feature, without, with) in gates {
            assert!(!has(v(without), feature), "{feature:?} {without}");
            assert!(has(v(with), feature), "{feature:?} {with}");
            assert!(has(v("2026.10.2"), feature), "{feature:?} is never removed");
        }
        for feature in Feature::ALL {
            assert!(gates.iter().any(|gate| gate.0 == *feature), "{feature:?} has no row here");
        }
    }

    #[test]
    fn a_backport_does_not_reach_early_calendar_releases() {
        assert!(has(v("5.26.4"), Feature::AzureEndpointSettings));
        assert!(!has(v("2025.01.0"), Feature::AzureEndpointSettings));
    }

    #[test]
    fn releases_are_named_as_people_spell_them() {
        assert_eq!(Since::calendar(2025, 4).to_string(), "2025.04");
        assert_eq!(Since::semver(25, 0).to_string(), "5.25");
        assert_eq!(Since::both(4, 2025, 3).to_string(), "5.26.4 and 2025.03");
        assert!(Since::semver(25, 0).includes_all_supported());
        assert!(!Since::both(4, 2025, 3).includes_all_supported());
    }
}
