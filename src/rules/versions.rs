//! Options that only some releases have: left out for the others, and told (DESIGN.md law 4).

use crate::diagnostics::codes;
use crate::input::locate::Finding;
use crate::neo4j::feature::{Feature, has};

use super::Backup;

/// The fields of `options` that a feature gates.
pub(super) fn gated_options(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let (Some(options), Some(version)) =
        (backup.spec.options.as_deref(), backup.target().and_then(|target| target.version))
    else {
        return;
    };
    for (given, field, feature) in [
        (options.prefer_diff_as_parent, "preferDiffAsParent", Feature::BackupPreferDiffAsParent),
        (
            options.remote_address_resolution,
            "remoteAddressResolution",
            Feature::BackupRemoteAddressResolution,
        ),
        (options.parallel_download, "parallelDownload", Feature::BackupParallelDownload),
        (options.skip_recovery, "skipRecovery", Feature::BackupSkipRecovery),
    ] {
        // `false` is what a release without the option does anyway.
        if given == Some(true) && !has(version, feature) {
            out.push(
                Finding::new(
                    &codes::OPTION_NOT_IN_VERSION,
                    format!("spec.options.{field}"),
                    format!("Neo4j {version} does not have `{field}`, and it is left out"),
                )
                .help(format!("it is in Neo4j since {}; remove the field until then", feature.since())),
            );
        }
    }
}
