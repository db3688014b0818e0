//! What several rules about restores ask: which block of the source counts, how the data gets in, and which leaves
//! a block has.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::api::restore::{BaseBackup, BaseBackupType, RestoreSource, SourceType};
use crate::api::storage::StorageLocation;
use crate::input::field;
use crate::plan::build_restore;
use crate::plan::restore::RestoreMethod;

use super::Restore;

/// The part of a source that says where the artifacts are.
pub(super) struct Origin<'s> {
    /// Name of a `Neo4jBackup`, with its field.
    pub(super) reference: Option<(&'static str, &'s str)>,
    /// Storage location, with its field.
    pub(super) storage: Option<(&'static str, &'s StorageLocation)>,
    /// Artifact or folder, with its field.
    pub(super) path: Option<(&'static str, &'s str)>,
}

impl<'s> Origin<'s> {
    /// The part that the type of the source reads; `None` without a type.
    pub(super) fn of(source: &'s RestoreSource) -> Option<Self> {
        let path = source.backup_path.as_deref().map(|path| ("spec.source.backupPath", path));
        Some(match source.source_type? {
            SourceType::Backup => Self {
                reference: source.backup_ref.as_deref().map(|name| ("spec.source.backupRef", name)),
                storage: None,
                path,
            },
            SourceType::Storage | SourceType::S3 | SourceType::Gcs | SourceType::Azure => Self {
                reference: None,
                storage: source.storage.as_ref().map(|storage| ("spec.source.storage", storage)),
                path,
            },
            SourceType::Pitr => {
                let base = base_backup(source);
                let base_path = base
                    .and_then(|base| base.backup_path.as_deref())
                    .map(|path| ("spec.source.pitr.baseBackup.backupPath", path));
                let (reference, storage) = match base.and_then(|base| base.base_type) {
                    Some(BaseBackupType::Backup) => (base.and_then(|base| base.backup_ref.as_deref()), None),
                    Some(BaseBackupType::Storage) => (None, base.and_then(|base| base.storage.as_ref())),
                    None => (None, None),
                };
                Self {
                    reference: reference.map(|name| ("spec.source.pitr.baseBackup.backupRef", name)),
                    storage: storage.map(|storage| ("spec.source.pitr.baseBackup.storage", storage)),
                    path: base_path.or(path),
                }
            }
        })
    }

    /// The field that best names the place.
    pub(super) fn field(&self) -> Cow<'static, str> {
        match (self.reference, self.storage) {
            (Some((field, _)), _) => field.into(),
            (None, Some((field, storage))) if storage.bucket.is_some() => format!("{field}.bucket").into(),
            (None, Some((field, _))) => format!("{field}.type").into(),
            (None, None) => "spec.source".into(),
        }
    }
}

/// The base backup of a point-in-time source.
pub(super) fn base_backup(source: &RestoreSource) -> Option<&BaseBackup> {
    source.pitr.as_ref()?.base_backup.as_ref()
}

/// How the data gets in, as far as target and source decide it.
pub(super) fn method(subject: &Restore<'_>) -> Option<RestoreMethod> {
    let target = subject.target()?;
    let from_claim = subject.source.as_ref().map(|source| source.location.is_claim());
    // Whether a running standalone is stopped depends on a source that is not known.
    let open = !target.is_cluster() && subject.spec.stop_cluster != Some(true) && from_claim.is_none();
    (!open).then(|| build_restore::method(subject.spec, target, from_claim.unwrap_or(false)))
}

/// Whether no Job can be written down, because the release needs an artifact's name and only a folder is known.
pub(super) fn lacks_artifact(subject: &Restore<'_>) -> Option<bool> {
    let version = subject.target()?.version?;
    let source = subject.source.as_ref()?;
    Some(build_restore::needs_file(method(subject)?, version, source.file.as_deref()))
}

/// Every leaf that a block gives, with its value. A map of a person's own keys is one leaf.
pub(super) fn leaves(prefix: &str, block: &impl Serialize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(block) {
        collect(prefix.to_owned(), value, &mut found);
    }
    found
}

fn collect(path: String, value: Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) if !entries.is_empty() && !path.ends_with(".annotations") => {
            for (key, value) in entries {
                let mut path = path.clone();
                field::push_key(&mut path, &key);
                collect(path, value, found);
            }
        }
        value => found.push((path, value)),
    }
}
