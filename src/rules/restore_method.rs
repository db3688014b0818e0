//! How the data gets in: what is stopped, what is overwritten, who reads the artifact, and what has no effect
//! because of it (DESIGN.md, "What a restore becomes").

use std::borrow::Cow;

use crate::api::storage::StorageType;
use crate::diagnostics::{Severity, codes};
use crate::input::locate::Finding;
use crate::neo4j::feature::{Feature, has};
use crate::plan::build_restore::replaces;
use crate::plan::restore::RestoreMethod;

use super::Restore;
use super::restore_facts::{Origin, lacks_artifact, leaves, method};

const STOP: &str = "spec.stopCluster";
const FORCE: &str = "spec.force";
const REPLACE: &str = "spec.options.replaceExisting";
const DATABASE: &str = "spec.databaseName";

fn origin<'s>(subject: &Restore<'s>) -> Option<Origin<'s>> {
    subject.spec.source.as_deref().and_then(Origin::of)
}

/// An offline restore writes to a data claim, so there has to be one.
pub(super) fn data_claim(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let (Some(target), Some(method)) = (subject.target(), method(subject)) else { return };
    if method != RestoreMethod::Seed && target.data_claims.is_empty() {
        out.push(
            Finding::new(
                &codes::NO_DATA_CLAIM,
                "spec.targetCluster",
                format!("`{}` has no data claim that an offline restore could write to", target.name),
            )
            .help("name the claims in a Neo4jTarget as `dataClaims`, or leave `stopCluster` out"),
        );
    }
}

/// Early releases check the newest chain of a folder, whichever artifact is named.
pub(super) fn check(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let verifies = subject.spec.options.as_deref().and_then(|options| options.verify_backup) == Some(true);
    let file = subject.source.as_ref().and_then(|source| source.file.as_deref());
    let version = subject.target().and_then(|target| target.version);
    if let (true, Some(file), Some(version)) = (verifies, file, version)
        && !has(version, Feature::CheckFromFile)
    {
        out.push(
            Finding::new(
                &codes::CHECKS_NEWEST_CHAIN,
                "spec.options.verifyBackup",
                format!(
                    "`{file}` is inspected, and what Neo4j {version} checks is the newest chain beside it"
                ),
            )
            .help(format!("a single artifact is checked from Neo4j {} on", Feature::CheckFromFile.since())),
        );
    }
}

/// Early releases restore a file. When only a folder is known there is no Job, and the Job's settings do nothing.
pub(super) fn artifact(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    if lacks_artifact(subject) != Some(true) {
        return;
    }
    let (Some(origin), Some(method)) = (origin(subject), method(subject)) else { return };
    let Some(version) = subject.target().and_then(|target| target.version) else { return };
    let (what, since) = match method {
        RestoreMethod::Seed => ("a seed", Feature::SeedSourceDatabase.since()),
        RestoreMethod::Offline | RestoreMethod::DesignatedSeeder => {
            ("`database restore`", Feature::RestoreFromFolder.since())
        }
    };
    let database = subject.spec.database_name.as_deref().unwrap_or("neo4j");
    let (field, folder): (Cow<'static, str>, Option<&str>) = match (&origin.path, &origin.reference) {
        (Some((field, path)), _) => ((*field).into(), Some(path)),
        (None, Some((field, _))) => ((*field).into(), None),
        // Nothing names it, so the source is where it would be named.
        (None, None) => ("spec.source.backupPath".into(), None),
    };
    let message = match folder {
        Some(folder) => format!(
            "`{folder}` names a folder, and {what} of Neo4j {version} needs an artifact: no restore Job is rendered"
        ),
        None => format!(
            "only a folder is known, and {what} of Neo4j {version} needs an artifact: no restore Job is rendered"
        ),
    };
    let mut finding = Finding::new(&codes::ARTIFACT_NEEDED, field, message)
        .help(format!(
            "name the artifact in `backupPath`, for instance `{database}-2026-10-05T02-00-00.backup`; \
             `neo4j-admin backup inspect` lists what the folder holds"
        ))
        .note(format!("a folder is taken from Neo4j {since} on (neo4j-admin.md §1.10)"));
    if folder.is_some_and(|folder| folder.starts_with('/')) {
        finding = finding.note("with its leading slash the path starts at the root of the bucket or claim");
    }
    out.push(finding);
    let options = subject.spec.options.as_deref();
    let settings = [
        (subject.spec.timeout.is_some(), "spec.timeout", "timeout"),
        (
            options.and_then(|options| options.verify_backup) == Some(true),
            "spec.options.verifyBackup",
            "verifyBackup",
        ),
    ];
    for (_, field, name) in settings.into_iter().filter(|(given, ..)| *given) {
        out.push(
            Finding::new(
                &codes::UNUSED_WITHOUT_JOB,
                field,
                format!("`{name}` has no effect until the artifact is named: it belongs to the restore Job"),
            )
            .help("name the artifact in `backupPath`"),
        );
    }
}

/// What happens to a database that exists.
pub(super) fn overwrite(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let force = subject.spec.force;
    let replace = subject.spec.options.as_deref().and_then(|options| options.replace_existing);
    said_twice(force, replace, method(subject) == Some(RestoreMethod::DesignatedSeeder), out);
    let (Some(method), Some(database)) = (method(subject), subject.spec.database_name.as_deref()) else {
        return;
    };
    if method != RestoreMethod::DesignatedSeeder {
        if !replaces(subject.spec) {
            let field = if replace.is_some() { REPLACE } else { DATABASE };
            out.push(
                Finding::new(
                    &codes::EXISTING_DATABASE_KEPT,
                    field,
                    format!("the restore fails if `{database}` exists: nothing says that it may be replaced"),
                )
                .help("set `options.replaceExisting: true` when the existing database is to be replaced"),
            );
        }
        return;
    }
    const WHY: &str = "`--overwrite-destination` is not safe on a cluster, whose other servers keep a state of their \
                       own (neo4j-admin.md §4.4)";
    if !replaces(subject.spec) {
        out.push(
            Finding::new(
                &codes::DROPPED_UNASKED,
                STOP,
                format!(
                    "on a stopped cluster `{database}` is dropped before it is restored, although the spec does not \
                     ask to replace it"
                ),
            )
            .help("set `options.replaceExisting: true` when that is meant; else leave `stopCluster` out")
            .note("a dump of what is there is left on each server (neo4j-admin.md §4.2)"),
        );
    }
    let message = |name: &str| {
        format!(
            "`{name}` overwrites nothing on a stopped cluster: `{database}` is saved, dropped and created anew"
        )
    };
    if force == Some(true) {
        out.push(
            Finding::new(&codes::OVERWRITE_UNUSED, FORCE, message("force"))
                .help("keep `options.replaceExisting: true`, which says that the database may go, and remove `force`")
                .note(WHY),
        );
    }
    if replace == Some(true) {
        out.push(
            Finding::new(&codes::OVERWRITE_UNUSED, REPLACE, message("replaceExisting"))
                .help("nothing has to be changed: it says that the database may go")
                .note(WHY)
                .severity(Severity::Notice),
        );
    }
}

fn said_twice(force: Option<bool>, replace: Option<bool>, seeder: bool, out: &mut Vec<Finding>) {
    let (field, message, severity) = match (force, replace) {
        // On a designated seeder each of them is told of its own.
        (Some(true), Some(true)) if !seeder => {
            (FORCE, "`force` says the same as `replaceExisting: true`", Severity::Notice)
        }
        (Some(false), Some(true)) => (
            FORCE,
            "`force: false` has no effect beside `replaceExisting: true`, which already replaces the database",
            Severity::Notice,
        ),
        (Some(true), Some(false)) => (
            REPLACE,
            "`replaceExisting: false` has no effect beside `force: true`, which replaces the database",
            Severity::Warning,
        ),
        _ => return,
    };
    out.push(
        Finding::new(&codes::OVERWRITE_SAID_TWICE, field, message)
            .help("keep `options.replaceExisting` alone")
            .severity(severity),
    );
}

/// What is stopped, and what could not be read otherwise.
pub(super) fn stop(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(target) = subject.target() else { return };
    let stop = subject.spec.stop_cluster;
    let from_claim = subject.source.as_ref().is_some_and(|source| source.location.is_claim());
    let place = || origin(subject).map_or_else(|| "spec.source".into(), |origin| origin.field());
    let related = |finding: Finding| match (stop, subject.spec.source.is_some()) {
        (Some(_), true) => finding.related(subject.index, STOP, "not to be stopped"),
        _ => finding,
    };
    match (target.is_cluster(), stop == Some(true)) {
        (true, true) => out.push(
            Finding::new(
                &codes::CLUSTER_STOPPED,
                STOP,
                format!("every database of `{}` is away while one is restored", target.name),
            )
            .help(if from_claim {
                "restore from a bucket without `stopCluster`, if there is one: the servers then fetch the seed themselves"
            } else {
                "leave `stopCluster` out where the servers can read the bucket: they then fetch the seed themselves"
            })
            .note(
                "a stopped cluster is restored through a designated seeder: the database is saved and dropped, restored \
                 on one server, and created anew from it (neo4j-admin.md §4.2)",
            ),
        ),
        (true, false) if from_claim => out.push(related(
            Finding::new(
                &codes::CLAIM_UNREADABLE_BY_SERVERS,
                place(),
                format!("the servers of the running cluster `{}` cannot read a claim", target.name),
            )
            .help("set `stopCluster: true`, which stops the whole cluster, or restore from a bucket"),
        )),
        (false, false) if from_claim => {
            let (field, severity) = match stop {
                Some(_) => (STOP.into(), Severity::Warning),
                None => (place(), Severity::Notice),
            };
            out.push(
                Finding::new(
                    &codes::STOPPED_FOR_CLAIM,
                    field,
                    format!("`{}` is stopped for this restore: a running server cannot read a claim", target.name),
                )
                .help("write `stopCluster: true`, or restore from a bucket")
                .severity(severity),
            );
        }
        _ => {}
    }
}

/// A seed is read by the servers.
pub(super) fn seed(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let (Some(RestoreMethod::Seed), Some(target)) = (method(subject), subject.target()) else { return };
    let (Some(source), Some(origin)) = (&subject.source, origin(subject)) else { return };
    if source.location.is_claim() {
        return;
    }
    let verifies = subject.spec.options.as_deref().and_then(|options| options.verify_backup) == Some(true)
        && lacks_artifact(subject) == Some(false);
    let before = out.len();
    if !verifies && let Some((field, storage)) = origin.storage {
        for (field, _) in storage.cloud.iter().flat_map(|cloud| leaves(&format!("{field}.cloud"), cloud)) {
            unused_access(&field, storage.storage_type, storage.cloud.as_deref(), out);
        }
    }
    if out.len() == before {
        let cloud = origin.storage.and_then(|(field, storage)| Some((field, storage.cloud.as_deref()?)));
        let field: Cow<'static, str> = match cloud {
            Some((field, cloud)) if cloud.credentials_secret_ref.is_some() => {
                format!("{field}.cloud.credentialsSecretRef").into()
            }
            Some((field, cloud)) if cloud.identity.is_some() => format!("{field}.cloud.identity").into(),
            _ => origin.field(),
        };
        out.push(
            Finding::new(
                &codes::SERVERS_READ_SEED,
                field,
                format!("the servers of `{}` fetch the seed themselves, and need access to the bucket of their own", target.name),
            )
            .help("check credentials or identity, region and endpoint of the servers' pods before the restore"),
        );
    }
    let old = target.version.is_some_and(|version| !has(version, Feature::CloudSeedProviderIsDefault));
    if old && source.location.storage_type() == StorageType::S3 {
        out.push(
            Finding::new(
                &codes::SEED_PROVIDER,
                origin.field(),
                format!("the servers of `{}` need `CloudSeedProvider` to read this seed", target.name),
            )
            .help("set `dbms.databases.seed_from_uri_providers=CloudSeedProvider` in the configuration of every server")
            .note("the default on 5.26 puts the deprecated `S3SeedProvider` first (neo4j-admin.md §4.2)"),
        );
    }
}

/// A leaf of the access block that no process uses.
fn unused_access(
    field: &str,
    storage_type: Option<StorageType>,
    cloud: Option<&crate::api::storage::CloudBlock>,
    out: &mut Vec<Finding>,
) {
    let Some((_, leaf)) = field.split_once(".cloud.") else { return };
    // These two decide the URI. The Secret does where it alone knows the Azure account.
    let names_account = storage_type == Some(StorageType::Azure)
        && leaf == "credentialsSecretRef"
        && cloud.is_some_and(|cloud| cloud.storage_account.is_none());
    if matches!(leaf, "provider" | "storageAccount") || names_account {
        return;
    }
    out.push(
        Finding::new(
            &codes::SEED_ACCESS_UNUSED,
            field.to_owned(),
            format!("`{leaf}` does not reach the servers, which fetch the seed themselves"),
        )
        .help("give it to the servers' pods in the deployment; `verifyBackup: true` uses it to look at the artifact first"),
    );
}

/// An artifact is restored by the same or a later version.
pub(super) fn version(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(target) = subject.target() else { return };
    let Some(backup) = subject.referenced.and_then(|index| subject.context.backup(index)) else { return };
    let (Some(to), Some(from)) = (target.version, backup.target().and_then(|target| target.version)) else {
        return;
    };
    // A tag such as 5.26 says no patch, and patches do not change the store.
    if (to.major(), to.minor()) < (from.major(), from.minor()) {
        out.push(
            Finding::new(
                &codes::OLDER_TARGET,
                "spec.targetCluster",
                format!("`{}` runs Neo4j {to}, and the backup comes from {from}", target.name),
            )
            .help(format!("restore into a deployment of {from} or later"))
            .related(backup.index, "spec.target", format!("Neo4j {from}")),
        );
    }
}
