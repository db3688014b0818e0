//! The options of each command: neo4j-admin.md §1.0 to §1.9, in the order of the synopses.
//!
//! Gates are taken from [`Feature`], so that the matrix is written once.

use super::option::{AdminOption, Grammar, OptionKind};
use crate::neo4j::feature::Feature;

use Grammar::{
    Database, Enum, HostPortList, Integer, Metadata, Path, PathList, RestoreUntil, Size, SizeOrPercentage,
    Text,
};

/// Options of every command (§1.0).
pub const COMMON: &[AdminOption] = &[
    AdminOption::bare("--help", "shows the help and ends without doing anything"),
    AdminOption::bare("--version", "shows the version and ends without doing anything"),
    AdminOption::bare("--verbose", "prints more of what happens"),
    AdminOption::bare("--expand-commands", "runs the commands that stand in configuration values"),
    AdminOption::value("--additional-config", Path, "reads a configuration file besides the usual ones"),
];

/// `database backup` (§1.1).
pub const BACKUP: &[AdminOption] = &[
    AdminOption::value("--from", HostPortList, "servers to back up from, tried in order").repeatable(),
    AdminOption::value("--to-path", Path, "folder or store that takes the artifacts"),
    AdminOption::value("--temp-path", Path, "empty folder that holds the whole store meanwhile")
        .since(Feature::TempPath.since()),
    AdminOption::value("--type", Enum(&["FULL", "DIFF", "AUTO"]), "full, differential, or what fits"),
    AdminOption::switch("--compress", "compresses the artifact"),
    AdminOption::value("--pagecache", Size, "memory for the page cache of recovery"),
    AdminOption::value("--include-metadata", Metadata, "users and roles that go into the artifact"),
    AdminOption::switch("--parallel-recovery", "recovers with several threads (experimental)"),
    AdminOption::switch("--keep-failed", "keeps the files of a failed backup"),
    AdminOption::value("--inspect-path", Path, "lists artifacts and backs nothing up"),
    AdminOption::bare("--prefer-diff-as-parent", "a differential continues the newest differential")
        .since(Feature::BackupPreferDiffAsParent.since()),
    AdminOption::switch("--remote-address-resolution", "lets the servers choose the one to back up from")
        .since(Feature::BackupRemoteAddressResolution.since()),
    AdminOption::switch("--parallel-download", "downloads with several threads")
        .since(Feature::BackupParallelDownload.since()),
    AdminOption::switch("--skip-recovery", "leaves recovery to a later aggregation")
        .since(Feature::BackupSkipRecovery.since()),
];

/// `database restore` (§1.2).
pub const RESTORE: &[AdminOption] = &[
    AdminOption::value("--from-path", PathList, "artifacts to restore").repeatable(),
    AdminOption::value("--temp-path", Path, "empty folder for the unpacked store")
        .since(Feature::TempPath.since()),
    AdminOption::of(
        "--source-database",
        OptionKind::OptionalValue(Database),
        "the database to take from a folder that holds several",
    )
    .since(Feature::RestoreSourceDatabase.since()),
    AdminOption::value("--restore-until", RestoreUntil, "stops before this transaction or moment"),
    AdminOption::switch("--overwrite-destination", "replaces an existing database"),
    AdminOption::value("--to-path-data", Path, "where the store goes"),
    AdminOption::value("--to-path-txn", Path, "where the transaction logs go"),
];

/// Both spellings of aggregation (§1.3).
pub const AGGREGATE: &[AdminOption] = &[
    AdminOption::value("--from-path", Path, "folder or artifact to aggregate"),
    AdminOption::value("--temp-path", Path, "empty folder for the unpacked store")
        .since(Feature::TempPath.since()),
    AdminOption::switch("--keep-old-backup", "keeps the chain that was aggregated"),
    AdminOption::switch("--parallel-recovery", "recovers with several threads"),
];

/// `backup inspect` (§1.4).
pub const INSPECT: &[AdminOption] = &[
    AdminOption::bare("--empty", "lists empty differentials too"),
    AdminOption::bare("--latest-backup", "lists the newest artifact only"),
    AdminOption::bare("--latest-chain", "lists the newest chain only"),
    AdminOption::bare("--show-metadata", "shows the header; ignored from 2025.07 on"),
    AdminOption::value("--database", Database, "lists one database only"),
    AdminOption::value("--format", Enum(&["JSON", "TABULAR"]), "form of the list"),
];

/// `backup validate` (§1.5).
pub const VALIDATE: &[AdminOption] = &[
    AdminOption::value("--database", Database, "the sharded database"),
    AdminOption::value("--format", Enum(&["JSON", "TABULAR"]), "form of the result"),
    AdminOption::value("--from-path", Path, "folder of the artifacts"),
];

/// `database check` (§1.6).
pub const CHECK: &[AdminOption] = &[
    AdminOption::bare("--force", "checks although the database was not shut down cleanly"),
    AdminOption::switch("--check-counts", "checks the counts"),
    AdminOption::switch("--check-graph", "checks nodes, relationships and properties"),
    AdminOption::switch("--check-indexes", "checks the indexes"),
    AdminOption::switch("--check-property-owners", "checks who owns each property"),
    AdminOption::value("--max-off-heap-memory", SizeOrPercentage, "memory for the check"),
    AdminOption::value("--report-path", Path, "folder for the report"),
    AdminOption::value("--threads", Integer, "threads of the check"),
    AdminOption::value("--from-path-data", Path, "the store's folder"),
    AdminOption::value("--from-path-txn", Path, "the transaction logs' folder"),
    AdminOption::value("--from-path", Path, "folder of a backup or dump"),
    AdminOption::value("--temp-path", Path, "folder for the unpacked store"),
];

/// `database dump` (§1.7).
pub const DUMP: &[AdminOption] = &[
    AdminOption::switch("--overwrite-destination", "replaces an existing dump"),
    AdminOption::value("--to-path", Path, "folder for the dump"),
    AdminOption::bare("--to-stdout", "writes the dump to standard output"),
];

/// `database load` (§1.7).
pub const LOAD: &[AdminOption] = &[
    AdminOption::bare("--info", "prints what the dump says of itself and loads nothing"),
    AdminOption::switch("--overwrite-destination", "replaces an existing database"),
    AdminOption::value("--from-path", Path, "folder with the dump or full backup"),
    AdminOption::bare("--from-stdin", "reads the dump from standard input"),
];

/// `database copy` (§1.8).
pub const COPY: &[AdminOption] = &[
    AdminOption::bare("--copy-schema", "recreates indexes and constraints"),
    AdminOption::bare("--force", "copies although the database was not shut down cleanly"),
    AdminOption::switch("--compact-node-store", "leaves no gaps between nodes"),
    AdminOption::value("--from-pagecache", Size, "memory for reading"),
    AdminOption::value(
        "--to-format",
        Enum(&["same", "standard", "high_limit", "aligned", "block"]),
        "store format of the copy",
    ),
    AdminOption::value("--to-path-schema", Path, "where the schema commands go"),
    AdminOption::value("--copy-only-node-properties", Text, "node properties to copy"),
    AdminOption::value("--copy-only-nodes-with-labels", Text, "labels of nodes to copy"),
    AdminOption::value("--copy-only-relationship-properties", Text, "relationship properties to copy"),
    AdminOption::value("--copy-only-relationships-with-types", Text, "relationship types to copy"),
    AdminOption::value("--ignore-nodes-with-labels", Text, "labels of nodes to leave out"),
    AdminOption::value("--ignore-relationships-with-types", Text, "relationship types to leave out"),
    AdminOption::value("--skip-labels", Text, "labels to leave out"),
    AdminOption::value("--skip-node-properties", Text, "node properties to leave out"),
    AdminOption::value("--skip-properties", Text, "properties to leave out"),
    AdminOption::value("--skip-relationship-properties", Text, "relationship properties to leave out"),
    AdminOption::value("--from-path-data", Path, "the store's folder"),
    AdminOption::value("--from-path-txn", Path, "the transaction logs' folder"),
    AdminOption::value("--to-path-data", Path, "where the store goes"),
    AdminOption::value("--to-path-txn", Path, "where the transaction logs go"),
    AdminOption::value("--temp-path", Path, "folder for temporary files").since(Feature::TempPath.since()),
    AdminOption::value("--max-off-heap-memory", SizeOrPercentage, "memory for the copy")
        .since(Feature::CopyMaxOffHeapMemory.since()),
    AdminOption::value("--target-format", Text, "form of the copy").since(Feature::CopyTargetFormat.since()),
    AdminOption::value("--target-location", Path, "where the copy goes")
        .since(Feature::CopyTargetFormat.since()),
    AdminOption::value("--property-shard-count", Integer, "property shards of the copy")
        .since(Feature::CopyTargetFormat.since()),
    AdminOption::value("--source-format", Enum(&["database", "backup"]), "form of the source")
        .since(Feature::CopySourceFormat.since()),
    AdminOption::value("--source-location", Path, "where the source is")
        .since(Feature::CopySourceFormat.since()),
    AdminOption::switch("--compress", "compresses the copy").since(Feature::CopyCompress.since()),
];

/// `database info` (§1.9).
pub const INFO: &[AdminOption] = &[
    AdminOption::value("--format", Enum(&["text", "json"]), "form of the result"),
    AdminOption::value("--from-path", Path, "the databases' folder"),
];
