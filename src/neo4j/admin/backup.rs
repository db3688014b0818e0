//! `neo4j-admin database backup` (neo4j-admin.md §1.1).

use super::Command;
use super::invocation::{Builder, CommandLine};
use super::value::names_users;
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::version::Version;

/// What a backup takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackupKind {
    /// The whole database.
    Full,
    /// The transactions since the newest backup in the same folder; fails when there is none.
    Differential,
    /// A differential where one is possible, otherwise a full.
    Auto,
}

impl BackupKind {
    /// As `--type` and `spec.options.backupType` spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Differential => "DIFF",
            Self::Auto => "AUTO",
        }
    }
}

/// A call of `database backup`. Absent values are not emitted, and Neo4j's defaults hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct BackupInvocation<'a> {
    /// Servers to back up from, `host:port` each, in the order in which they are tried.
    pub from: &'a [String],
    /// Folder of the artifacts: an existing local folder, or a URI that ends with a slash.
    pub to_path: &'a str,
    /// An existing empty folder with room for the whole store.
    pub temp_path: Option<&'a str>,
    /// Full, differential or automatic.
    pub kind: Option<BackupKind>,
    /// Whether artifacts are compressed.
    pub compress: Option<bool>,
    /// Page cache of recovery, in Neo4j's spelling of sizes.
    pub page_cache: Option<&'a str>,
    /// `none`, `all`, `users`, `roles`, or `users=NAME,NAME`.
    pub include_metadata: Option<&'a str>,
    /// Recovery with several threads.
    pub parallel_recovery: Option<bool>,
    /// Keep the files of a failed backup.
    pub keep_failed: Option<bool>,
    /// Continue the newest differential and not the newest backup.
    pub prefer_diff_as_parent: Option<bool>,
    /// Let the servers choose the one to back up from; needed for shards.
    pub remote_address_resolution: Option<bool>,
    /// Download with several threads.
    pub parallel_download: Option<bool>,
    /// Leave recovery to a later aggregation.
    pub skip_recovery: Option<bool>,
    /// A configuration file in the pod, for the TLS policy of the backup port.
    pub additional_config: Option<&'a str>,
    /// The user's own arguments, checked with [`super::check_arguments`].
    pub additional_arguments: &'a [String],
    /// Names or patterns of databases.
    pub databases: &'a [String],
}

/// The fields of a `Neo4jBackup` that the arguments come from.
pub mod field {
    /// The servers and databases.
    pub const TARGET: &str = "spec.target";
    /// The folder.
    pub const STORAGE: &str = "spec.storage";
    /// The temporary folder.
    pub const TEMP_PATH: &str = "spec.options.tempPath";
    /// Full, differential or automatic.
    pub const BACKUP_TYPE: &str = "spec.options.backupType";
    /// Compression.
    pub const COMPRESS: &str = "spec.options.compress";
    /// Page cache.
    pub const PAGE_CACHE: &str = "spec.options.pageCache";
    /// Users and roles.
    pub const INCLUDE_METADATA: &str = "spec.options.includeMetadata";
    /// Recovery with several threads.
    pub const PARALLEL_RECOVERY: &str = "spec.options.parallelRecovery";
    /// Files of a failed backup.
    pub const KEEP_FAILED: &str = "spec.options.keepFailed";
    /// Parent of a differential.
    pub const PREFER_DIFF_AS_PARENT: &str = "spec.options.preferDiffAsParent";
    /// Choice of the server.
    pub const REMOTE_ADDRESS_RESOLUTION: &str = "spec.options.remoteAddressResolution";
    /// Download with several threads.
    pub const PARALLEL_DOWNLOAD: &str = "spec.options.parallelDownload";
    /// No recovery.
    pub const SKIP_RECOVERY: &str = "spec.options.skipRecovery";
    /// Certificates of the backup port.
    pub const TLS: &str = "spec.options.tls";
    /// The user's own arguments.
    pub const ADDITIONAL_ARGUMENTS: &str = "spec.options.additionalArgs";
}

impl BackupInvocation<'_> {
    /// The command line for a release. The order is fixed: where from, where to, how, the user's own
    /// arguments, databases last.
    pub fn command_line(&self, version: Version) -> CommandLine {
        let mut line = Builder::new(Command::DatabaseBackup, version);
        let from = (!self.from.is_empty()).then(|| self.from.join(","));
        line.value("--from", from.as_deref(), Some(field::TARGET));
        let to_path = Some(self.to_path).filter(|path| !path.is_empty());
        line.value("--to-path", to_path, Some(field::STORAGE));
        line.value("--temp-path", self.temp_path, Some(field::TEMP_PATH));
        line.value("--type", self.kind.map(BackupKind::as_str), Some(field::BACKUP_TYPE));
        line.switch("--compress", self.compress, Some(field::COMPRESS));
        line.value("--pagecache", self.page_cache, Some(field::PAGE_CACHE));
        self.metadata(&mut line, version);
        line.switch("--parallel-recovery", self.parallel_recovery, Some(field::PARALLEL_RECOVERY));
        line.switch("--keep-failed", self.keep_failed, Some(field::KEEP_FAILED));
        // The synopsis knows the bare flag only.
        let prefer = self.prefer_diff_as_parent == Some(true);
        line.flag("--prefer-diff-as-parent", prefer, Some(field::PREFER_DIFF_AS_PARENT));
        line.switch(
            "--remote-address-resolution",
            self.remote_address_resolution,
            Some(field::REMOTE_ADDRESS_RESOLUTION),
        );
        line.switch("--parallel-download", self.parallel_download, Some(field::PARALLEL_DOWNLOAD));
        line.switch("--skip-recovery", self.skip_recovery, Some(field::SKIP_RECOVERY));
        line.value("--additional-config", self.additional_config, Some(field::TLS));
        line.items(self.additional_arguments, Some(field::ADDITIONAL_ARGUMENTS));
        for database in self.databases {
            line.positional(database, Some(field::TARGET));
        }
        line.finish()
    }

    fn metadata(&self, line: &mut Builder, version: Version) {
        const OPTION: &str = "--include-metadata";
        let named = self.include_metadata.is_some_and(names_users);
        if named && !has(version, Feature::BackupIncludeNamedUsers) {
            let since = Feature::BackupIncludeNamedUsers.since();
            line.omit(OPTION, Some(field::INCLUDE_METADATA), since);
        } else {
            line.value(OPTION, self.include_metadata, Some(field::INCLUDE_METADATA));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::invocation::assert_well_formed;
    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    /// operator.md Appendix A with our order: options before the positional, nothing quoted.
    #[test]
    fn the_reference_backup_is_one_array() {
        let address = |n| format!("my-cluster-server-{n}.my-cluster-headless.default.svc.cluster.local:6362");
        let from = [address(0), address(1), address(2)];
        let databases = strings(&["*"]);
        let invocation = BackupInvocation {
            from: &from,
            to_path: "s3://my-backup-bucket/neo4j-backups/cluster/",
            temp_path: Some("/tmp/neo4j-backup-temp"),
            kind: Some(BackupKind::Full),
            compress: Some(true),
            databases: &databases,
            ..BackupInvocation::default()
        };
        let line = invocation.command_line(Version::V5_26);
        assert_well_formed(&line, Version::V5_26);
        assert_eq!(
            line.argv().collect::<Vec<_>>(),
            [
                "neo4j-admin",
                "database",
                "backup",
                "--from=my-cluster-server-0.my-cluster-headless.default.svc.cluster.local:6362,\
                 my-cluster-server-1.my-cluster-headless.default.svc.cluster.local:6362,\
                 my-cluster-server-2.my-cluster-headless.default.svc.cluster.local:6362",
                "--to-path=s3://my-backup-bucket/neo4j-backups/cluster/",
                "--temp-path=/tmp/neo4j-backup-temp",
                "--type=FULL",
                "--compress=true",
                "*",
            ]
        );
        assert_eq!(line.omitted, []);
    }

    fn everything<'a>(
        from: &'a [String],
        additional: &'a [String],
        databases: &'a [String],
    ) -> BackupInvocation<'a> {
        BackupInvocation {
            from,
            to_path: "/backup/",
            temp_path: Some("/temp"),
            kind: Some(BackupKind::Differential),
            compress: Some(false),
            page_cache: Some("4g"),
            include_metadata: Some("users=ann"),
            parallel_recovery: Some(true),
            keep_failed: Some(true),
            prefer_diff_as_parent: Some(true),
            remote_address_resolution: Some(true),
            parallel_download: Some(true),
            skip_recovery: Some(true),
            additional_config: Some("/conf/tls.conf"),
            additional_arguments: additional,
            databases,
        }
    }

    #[test]
    fn every_option_has_its_place_and_its_field() {
        let (from, additional) = (strings(&["a:6362"]), strings(&["--verbose"]));
        let databases = strings(&["neo4j", "shop*"]);
        let version = Version::new(2026, 8, 1);
        let line = everything(&from, &additional, &databases).command_line(version);
        assert_well_formed(&line, version);
        let shown: Vec<_> = line.arguments.iter().map(|a| (a.text.as_str(), a.field.unwrap())).collect();
        assert_eq!(
            shown,
            [
                ("--from=a:6362", field::TARGET),
                ("--to-path=/backup/", field::STORAGE),
                ("--temp-path=/temp", field::TEMP_PATH),
                ("--type=DIFF", field::BACKUP_TYPE),
                ("--compress=false", field::COMPRESS),
                ("--pagecache=4g", field::PAGE_CACHE),
                ("--include-metadata=users=ann", field::INCLUDE_METADATA),
                ("--parallel-recovery=true", field::PARALLEL_RECOVERY),
                ("--keep-failed=true", field::KEEP_FAILED),
                ("--prefer-diff-as-parent", field::PREFER_DIFF_AS_PARENT),
                ("--remote-address-resolution=true", field::REMOTE_ADDRESS_RESOLUTION),
                ("--parallel-download=true", field::PARALLEL_DOWNLOAD),
                ("--skip-recovery=true", field::SKIP_RECOVERY),
                ("--additional-config=/conf/tls.conf", field::TLS),
                ("--verbose", field::ADDITIONAL_ARGUMENTS),
                ("neo4j", field::TARGET),
                ("shop*", field::TARGET),
            ]
        );
    }

    #[test]
    fn what_5_26_lacks_is_left_out_and_told() {
        let line = everything(&[], &[], &[]).command_line(Version::V5_26);
        assert_well_formed(&line, Version::V5_26);
        let told: Vec<_> =
            line.omitted.iter().map(|o| (o.option, o.field.unwrap(), o.since.to_string())).collect();
        assert_eq!(
            told,
            [
                ("--include-metadata", field::INCLUDE_METADATA, "2025.10".to_owned()),
                ("--prefer-diff-as-parent", field::PREFER_DIFF_AS_PARENT, "2025.04".to_owned()),
                ("--remote-address-resolution", field::REMOTE_ADDRESS_RESOLUTION, "2025.09".to_owned()),
                ("--parallel-download", field::PARALLEL_DOWNLOAD, "2025.11".to_owned()),
                ("--skip-recovery", field::SKIP_RECOVERY, "2025.11".to_owned()),
            ]
        );
        for omitted in &line.omitted {
            assert!(!line.arguments.iter().any(|a| a.text.starts_with(omitted.option)));
        }
    }

    #[test]
    fn switching_off_what_a_release_lacks_is_no_loss() {
        let invocation = BackupInvocation {
            parallel_download: Some(false),
            prefer_diff_as_parent: Some(false),
            ..BackupInvocation::default()
        };
        let line = invocation.command_line(Version::V5_26);
        assert!(line.arguments.is_empty() && line.omitted.is_empty());
    }
}
