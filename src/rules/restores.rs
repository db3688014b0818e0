//! What is restored from where: the combinations of a source, the backup that it refers to, the database, and the
//! path of the artifact.

use crate::api::restore::{BaseBackupType, RestoreSource, SourceType};
use crate::api::storage::StorageType;
use crate::diagnostics::{Severity, codes};
use crate::input::locate::Finding;
use crate::neo4j::artifact::{self, ArtifactName};
use crate::neo4j::grammar::GrammarError;
use crate::neo4j::names::{DatabaseName, DatabasePattern};
use crate::neo4j::object_path;
use crate::plan::build_backup::databases;

use super::Restore;
use super::restore_facts::{Origin, base_backup, lacks_artifact, leaves};

/// The block that each type of source needs.
pub(super) fn combination(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(source) = subject.spec.source.as_deref() else { return };
    let Some(source_type) = source.source_type else { return };
    if let Some((field, missing, help)) = missing(source, source_type) {
        out.push(
            Finding::new(
                &codes::INCOMPLETE_SOURCE,
                field,
                format!("a source of type `{source_type}` needs `{missing}`"),
            )
            .help(help),
        );
    }
    let meant = shorthand(source_type);
    let stated = source.storage.as_ref().and_then(|storage| storage.storage_type);
    if let (Some(meant), Some(stated)) = (meant, stated)
        && meant != stated
    {
        out.push(
            Finding::new(
                &codes::SOURCE_TYPE_MISMATCH,
                "spec.source.storage.type",
                format!("`source.type: {source_type}` and `storage.type: {stated}` name different stores"),
            )
            .help("let both be the same, or write `source.type: storage`")
            .related(subject.index, "spec.source.type", "the type of the source"),
        );
    }
}

fn shorthand(source_type: SourceType) -> Option<StorageType> {
    match source_type {
        SourceType::S3 => Some(StorageType::S3),
        SourceType::Gcs => Some(StorageType::Gcs),
        SourceType::Azure => Some(StorageType::Azure),
        SourceType::Backup | SourceType::Storage | SourceType::Pitr => None,
    }
}

/// What a source lacks: the field where it is missing, its name, and what to do.
fn missing(source: &RestoreSource, source_type: SourceType) -> Option<(&'static str, &'static str, String)> {
    match source_type {
        SourceType::Backup if source.backup_ref.is_none() => Some((
            "spec.source.backupRef",
            "backupRef",
            if source.storage.is_some() {
                "name the Neo4jBackup in `backupRef`, or write `type: storage` for the `storage` that is given".to_owned()
            } else {
                "name the Neo4jBackup in `backupRef`".to_owned()
            },
        )),
        SourceType::Storage | SourceType::S3 | SourceType::Gcs | SourceType::Azure
            if source.storage.is_none() =>
        {
            Some((
                "spec.source.storage",
                "storage",
                match &source.backup_ref {
                    Some(name) => format!("add `storage`, or write `type: backup` for `backupRef: {name}`"),
                    None => "add `storage` with `type`, `bucket` and `path`".to_owned(),
                },
            ))
        }
        SourceType::Pitr => {
            let Some(base) = base_backup(source) else {
                return Some((
                    "spec.source.pitr.baseBackup",
                    "pitr.baseBackup",
                    "add `pitr: {baseBackup: {type: backup, backupRef: …}}`: Neo4j goes back in time within a backup \
                     chain, and `pointInTime` alone has none"
                        .to_owned(),
                ));
            };
            match base.base_type? {
                BaseBackupType::Backup if base.backup_ref.is_none() => Some((
                    "spec.source.pitr.baseBackup.backupRef",
                    "pitr.baseBackup.backupRef",
                    "name the Neo4jBackup in `pitr.baseBackup.backupRef`".to_owned(),
                )),
                BaseBackupType::Storage if base.storage.is_none() => Some((
                    "spec.source.pitr.baseBackup.storage",
                    "pitr.baseBackup.storage",
                    "add `pitr.baseBackup.storage` with `type`, `bucket` and `path`".to_owned(),
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Blocks that the type of the source does not read, leaf by leaf.
pub(super) fn unused_source(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(source) = subject.spec.source.as_deref() else { return };
    let Some(source_type) = source.source_type else { return };
    // When the block that counts is missing, a block that stands there is probably what was meant.
    if missing(source, source_type).is_some() {
        return;
    }
    let by_type = format!("a source of type `{source_type}` does not read it");
    let storage_types = [SourceType::Storage, SourceType::S3, SourceType::Gcs, SourceType::Azure];
    let pitr = source_type == SourceType::Pitr;
    if source.backup_ref.is_some() && source_type != SourceType::Backup {
        let help = if pitr {
            "move it to `pitr.baseBackup.backupRef`"
        } else {
            "write `type: backup`, or remove it"
        };
        unused("spec.source.backupRef", &by_type, help, out);
    }
    if let Some(storage) = source.storage.as_ref().filter(|_| !storage_types.contains(&source_type)) {
        let help =
            if pitr { "move it to `pitr.baseBackup.storage`" } else { "write `type: storage`, or remove it" };
        for (field, _) in leaves("spec.source.storage", storage) {
            unused(&field, &by_type, help, out);
        }
    }
    if let Some(block) = source.pitr.as_ref().filter(|_| !pitr) {
        for (field, _) in leaves("spec.source.pitr", block) {
            unused(&field, &by_type, "write `type: pitr`, or remove it", out);
        }
    }
    let Some(base) = base_backup(source).filter(|_| pitr) else { return };
    if source.backup_path.is_some() && base.backup_path.is_some() {
        let why = "`pitr.baseBackup.backupPath` is read instead";
        unused("spec.source.backupPath", why, "keep one of the two", out);
    }
    match base.base_type {
        Some(BaseBackupType::Backup) => {
            for (field, _) in
                base.storage.iter().flat_map(|storage| leaves("spec.source.pitr.baseBackup.storage", storage))
            {
                unused(
                    &field,
                    "a base backup of type `backup` does not read it",
                    "write `type: storage`, or remove it",
                    out,
                );
            }
        }
        Some(BaseBackupType::Storage) if base.backup_ref.is_some() => unused(
            "spec.source.pitr.baseBackup.backupRef",
            "a base backup of type `storage` does not read it",
            "write `type: backup`, or remove it",
            out,
        ),
        _ => {}
    }
}

fn unused(field: &str, why: &str, help: &str, out: &mut Vec<Finding>) {
    let leaf = field.trim_start_matches("spec.source.");
    out.push(
        Finding::new(&codes::UNUSED_SOURCE_FIELD, field.to_owned(), format!("`{leaf}` has no effect: {why}"))
            .help(help),
    );
}

/// The `Neo4jBackup` that the restore refers to.
pub(super) fn reference(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some((field, name)) =
        subject.spec.source.as_deref().and_then(Origin::of).and_then(|origin| origin.reference)
    else {
        return;
    };
    let Some((_, backup)) = subject.referenced_spec() else {
        out.push(not_in_input(subject, field, name));
        return;
    };
    let Some(index) = subject.referenced else { return };
    let file = subject.source.as_ref().and_then(|source| source.file.as_deref());
    let artifact_named = file.is_some_and(|file| ArtifactName::parse(file).is_some());
    if let Some(database) = subject.spec.database_name.as_deref().filter(|_| !artifact_named)
        && DatabaseName::parse(database, None).is_ok()
        && let Ok(covered) = databases(backup)
    {
        let patterns =
            || covered.iter().filter_map(|covered| DatabasePattern::parse(&covered.text, None).ok());
        if patterns().count() == covered.len() && !patterns().any(|pattern| pattern.matches(database)) {
            let list: Vec<String> = covered.iter().map(|covered| format!("`{}`", covered.text)).collect();
            let place =
                covered.first().map_or_else(|| "spec.target".to_owned(), |covered| covered.field.clone());
            out.push(
                Finding::new(
                    &codes::BACKUP_OF_OTHER_DATABASE,
                    field,
                    format!("`{name}` backs up {}, and `{database}` is to be restored", list.join(", ")),
                )
                .help(format!("refer to a backup of `{database}`, or name the artifact in `backupPath`"))
                .related(index, place, "what it backs up"),
            );
        }
    }
    let running = backup.schedule.is_some() && backup.suspend != Some(true);
    if file.is_none() && running && lacks_artifact(subject) == Some(false) {
        out.push(
            Finding::new(
                &codes::NEWEST_ARTIFACT,
                field,
                format!("`{name}` goes on, so this restores whichever artifact is newest when it runs"),
            )
            .help("name the artifact in `backupPath`")
            .related(index, "spec.schedule", "its schedule"),
        );
    }
}

fn not_in_input(subject: &Restore<'_>, field: &'static str, name: &str) -> Finding {
    let severity =
        if subject.context.options.rendering_restores { Severity::Error } else { Severity::Warning };
    let elsewhere = subject.context.backups_named(name);
    let finding = match elsewhere
        .first()
        .and_then(|index| Some((*index, subject.context.documents.get(*index)?)))
    {
        Some((index, document)) => Finding::new(
            &codes::BACKUP_NOT_IN_INPUT,
            field,
            format!(
                "the Neo4jBackup `{name}` is in {}, and a restore looks in its own namespace, here {}",
                spoken(subject.context.namespace(document)),
                spoken(subject.namespace)
            ),
        )
        .help("name the storage location in `source.storage`, which works across namespaces")
        .related(index, "metadata", "the backup of that name"),
        None => Finding::new(
            &codes::BACKUP_NOT_IN_INPUT,
            field,
            format!("the Neo4jBackup `{name}` is not in the input, so where its artifacts lie is not known"),
        )
        .help("add its file with `-f`, or name the storage location in `source.storage`"),
    };
    finding.severity(severity)
}

fn spoken(namespace: &str) -> String {
    if namespace.is_empty() { "none that is stated".to_owned() } else { format!("namespace `{namespace}`") }
}

/// The database that is restored.
pub(super) fn database(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    const FIELD: &str = "spec.databaseName";
    let Some(text) = subject.spec.database_name.as_deref().filter(|text| !text.is_empty()) else { return };
    match DatabaseName::parse(text, subject.target().and_then(|target| target.version)) {
        Ok(name) if name.is_system() => out.push(
            Finding::new(&codes::SYSTEM_DATABASE, FIELD, "`system` cannot be restored by name")
                .help(
                    "restore the other databases by name; for `system` stop every server and follow \
                     neo4j-admin.md §4.3 (unbind-system-db, dump, load)",
                )
                .note("it holds users, roles and the list of databases, and is neither seeded nor restored online"),
        ),
        Ok(_) => {}
        Err(error) if text.contains(['*', '?']) => out.push(
            Finding::new(&codes::INVALID_RESTORE_DATABASE, FIELD, format!("a restore takes one database, and `{text}` is a pattern"))
                .within(error.range)
                .help("write one Neo4jRestore for each database"),
        ),
        Err(error) => out.push(
            Finding::new(&codes::INVALID_RESTORE_DATABASE, FIELD, format!("`{text}`: {}", error.reason))
                .within(error.range)
                .help(error.help),
        ),
    }
}

/// The artifact or folder.
pub(super) fn backup_path(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(source) = subject.spec.source.as_deref() else { return };
    let Some(origin) = Origin::of(source) else { return };
    let Some((field, path)) = origin.path.filter(|(_, path)| !path.is_empty()) else { return };
    if let Some(finding) = unreadable(field, path) {
        out.push(finding);
        return;
    }
    if let Err(error) = check_path(path) {
        out.push(
            Finding::new(&codes::INVALID_BACKUP_PATH, field, error.reason.into_owned())
                .within(error.range)
                .help(error.help),
        );
        return;
    }
    if let Some(artifact) = artifact_of_other(subject, path) {
        let database = subject.spec.database_name.as_deref().unwrap_or_default();
        let finding = Finding::new(
            &codes::ARTIFACT_OF_OTHER_DATABASE,
            field,
            format!("the artifact is of database `{artifact}`, and `{database}` is to be restored"),
        )
        .help(format!(
            "name an artifact that begins with `{database}-`, if this is not a copy under another name"
        ))
        .related(subject.index, "spec.databaseName", "the database that gets the data");
        let verifies =
            subject.spec.options.as_deref().and_then(|options| options.verify_backup) == Some(true);
        out.push(if verifies {
            finding.note(format!(
                "`verifyBackup` looks for a chain of `{database}` in the folder and will not find it"
            ))
        } else {
            finding
        });
    }
    if let Some((storage_field, storage)) = origin.storage
        && path.starts_with('/')
        && let Some(folder) = &storage.path
    {
        out.push(
            Finding::new(
                &codes::STORAGE_PATH_UNUSED,
                format!("{storage_field}.path"),
                format!(
                    "`path: {folder}` has no effect: `backupPath` begins with a slash and starts at the root"
                ),
            )
            .help(format!(
                "write `backupPath: {}` when it is meant below `{folder}`, or remove `path`",
                path.trim_start_matches('/')
            ))
            .related(subject.index, field, "starts at the root"),
        );
    }
}

/// The database of an artifact's name, when it is another than the one to restore.
fn artifact_of_other<'p>(subject: &Restore<'_>, path: &'p str) -> Option<&'p str> {
    let artifact = ArtifactName::parse(path)?;
    let database = subject.spec.database_name.as_deref()?;
    (!artifact.database.eq_ignore_ascii_case(database)).then_some(artifact.database)
}

fn unreadable(field: &'static str, path: &str) -> Option<Finding> {
    const PACKED: [&str; 7] = [".tar", ".tar.gz", ".tgz", ".gz", ".zip", ".zst", ".bz2"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let finding = |message: String| Finding::new(&codes::UNREADABLE_ARTIFACT, field, message);
    if artifact::is_dump_file(path) {
        return Some(
            finding(format!("`{name}` is a dump, which a restore does not read"))
                .help("load it with `neo4j-admin database load` while the database is stopped, or name a `.backup` artifact")
                .note("`database load` is not rendered by this program yet (neo4j-admin.md §1.7)"),
        );
    }
    PACKED.iter().any(|end| name.ends_with(end)).then(|| {
        finding(format!("`{name}` is a packed archive, which a restore does not read"))
            .help("unpack it into the storage, and name the `.backup` artifact")
            .note("artifacts keep the names that neo4j-admin gave them (neo4j-admin.md §2)")
    })
}

/// A leading slash means the root; the rest is a folder, or an object when it names an artifact.
fn check_path(path: &str) -> Result<(), GrammarError> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    if rest.is_empty() {
        return Ok(());
    }
    let checked = if artifact::is_artifact_file(rest) {
        object_path::check_object(rest)
    } else {
        object_path::check_folder(rest)
    };
    checked.map_err(|error| error.shifted(path.len() - rest.len()))
}

/// A restore reads a claim and never creates one.
pub(super) fn claim(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some((field, storage)) =
        subject.spec.source.as_deref().and_then(Origin::of).and_then(|origin| origin.storage)
    else {
        return;
    };
    let Some(claim) = storage.pvc.as_ref().filter(|_| storage.storage_type == Some(StorageType::Pvc)) else {
        return;
    };
    let given = [("size", claim.size.is_some()), ("storageClassName", claim.storage_class_name.is_some())];
    for (leaf, _) in given.into_iter().filter(|(_, given)| *given) {
        out.push(
            Finding::new(
                &codes::CLAIM_NOT_CREATED,
                format!("{field}.pvc.{leaf}"),
                format!("`{leaf}` has no effect: a restore reads a claim that exists and never creates one"),
            )
            .help(format!("remove `{leaf}`")),
        );
    }
}

/// `runId` is a label value.
pub(super) fn run_id(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(text) = subject.spec.run_id.as_deref().filter(|text| !text.is_empty()) else { return };
    let end = |at: usize| {
        text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |first| at + first.len_utf8())
    };
    let bad = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map(|(at, _)| (at, "letters, digits, dashes, underscores and dots are taken"))
        .or_else(|| {
            let edge = |c: char| !c.is_ascii_alphanumeric();
            let first = text.starts_with(edge).then_some(0);
            let last = text.ends_with(edge).then(|| text.len() - 1);
            first.or(last).map(|at| (at, "a letter or digit stands first and last"))
        });
    if let Some((at, why)) = bad {
        out.push(
            Finding::new(
                &codes::INVALID_RUN_ID,
                "spec.runId",
                format!("`{text}` is not a label value: {why}"),
            )
            .within(at..end(at))
            .help("write for instance `2026-10-05-second-try`"),
        );
    }
}
