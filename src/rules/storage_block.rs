//! The storage block of a spec, wherever it stands: in a backup, in a restore's source, under its point in time.
//!
//! One shape in three places means one set of rules. A block knows its own path, so that every finding stands at
//! the field that the person wrote, and it picks the `cloud` block exactly as
//! [`Location`](crate::plan::location::Location) does.

use crate::api::restore::{BaseBackupType, SourceType};
use crate::api::storage::{CloudBlock, StorageLocation};
use crate::api::{Neo4jBackupSpec, Neo4jRestoreSpec};
use crate::input::field;

/// What a storage block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A backup writes there, and its claim is created when the spec gives a size.
    Write,
    /// A restore reads from there, so everything must exist.
    Read,
}

/// A storage block and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct StorageBlock<'a> {
    /// Path of the block, such as `spec.storage`.
    pub(super) path: &'static str,
    /// The block.
    pub(super) storage: &'a StorageLocation,
    /// `spec.cloud` of a backup, the alias of `storage.cloud`.
    pub(super) alias_cloud: Option<&'a CloudBlock>,
    /// What it is for.
    pub(super) purpose: Purpose,
}

/// A `cloud` block and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedCloud<'a> {
    /// The block.
    pub(super) block: &'a CloudBlock,
    /// Path of the storage block that holds it; `None` for `spec.cloud`.
    within: Option<&'static str>,
}

impl<'a> StorageBlock<'a> {
    /// Where a backup writes.
    pub(super) fn of_backup(spec: &'a Neo4jBackupSpec) -> Option<Self> {
        Some(Self {
            path: "spec.storage",
            storage: spec.storage.as_ref()?,
            alias_cloud: spec.cloud.as_deref(),
            purpose: Purpose::Write,
        })
    }

    /// What a restore reads by itself: `source.storage`, or the storage of a point in time's base. `None` when it
    /// refers to a backup, and for a block that its `type` does not use.
    pub(super) fn of_restore(spec: &'a Neo4jRestoreSpec) -> Option<Self> {
        let source = spec.source.as_deref()?;
        let (path, storage) = match source.source_type? {
            SourceType::Storage | SourceType::S3 | SourceType::Gcs | SourceType::Azure => {
                ("spec.source.storage", source.storage.as_ref()?)
            }
            SourceType::Pitr => {
                let base = source.pitr.as_ref()?.base_backup.as_ref()?;
                if base.base_type != Some(BaseBackupType::Storage) {
                    return None;
                }
                ("spec.source.pitr.baseBackup.storage", base.storage.as_ref()?)
            }
            SourceType::Backup => return None,
        };
        Some(Self { path, storage, alias_cloud: None, purpose: Purpose::Read })
    }

    /// The `cloud` block that holds: the storage's own before the alias.
    pub(super) fn cloud(&self) -> Option<PlacedCloud<'a>> {
        match (self.storage.cloud.as_deref(), self.alias_cloud) {
            (Some(block), _) => Some(PlacedCloud { block, within: Some(self.path) }),
            (None, Some(block)) => Some(PlacedCloud { block, within: None }),
            (None, None) => None,
        }
    }

    /// Path of a field of the block.
    pub(super) fn field(&self, leaf: &str) -> String {
        format!("{}.{leaf}", self.path)
    }

    /// Path of a field of the `cloud` block, also where there is none yet.
    pub(super) fn cloud_field(&self, leaf: &str) -> String {
        match self.cloud() {
            Some(cloud) => cloud.field(leaf),
            None => format!("{}.cloud.{leaf}", self.path),
        }
    }
}

impl PlacedCloud<'_> {
    /// Path of a field of the block.
    pub(super) fn field(&self, leaf: &str) -> String {
        match self.within {
            Some(path) => format!("{path}.cloud.{leaf}"),
            None => format!("spec.cloud.{leaf}"),
        }
    }

    /// Path of an annotation of the ServiceAccount.
    pub(super) fn annotation(&self, key: &str) -> String {
        field::key(&self.field("identity.autoCreate.annotations"), key)
    }

    /// Paths of all leaves that are given, in the order of the schema.
    pub(super) fn leaves(&self) -> Vec<String> {
        let block = self.block;
        let mut leaves = Vec::new();
        let mut given = |is: bool, leaf: &str| {
            if is {
                leaves.push(self.field(leaf));
            }
        };
        given(block.provider.is_some(), "provider");
        given(block.credentials_secret_ref.is_some(), "credentialsSecretRef");
        given(block.endpoint_url.is_some(), "endpointURL");
        given(block.force_path_style.is_some(), "forcePathStyle");
        given(block.region.is_some(), "region");
        given(block.storage_account.is_some(), "storageAccount");
        if let Some(authority) = &block.ca_secret_ref {
            given(authority.name.is_some(), "caSecretRef.name");
            given(authority.key.is_some(), "caSecretRef.key");
        }
        if let Some(identity) = &block.identity {
            given(identity.provider.is_some(), "identity.provider");
            given(identity.service_account.is_some(), "identity.serviceAccount");
            let automatic = identity.auto_create.as_ref();
            given(
                automatic.is_some_and(|automatic| automatic.enabled.is_some()),
                "identity.autoCreate.enabled",
            );
            let annotations = automatic.and_then(|automatic| automatic.annotations.as_ref());
            leaves.extend(annotations.into_iter().flatten().map(|(key, _)| self.annotation(key)));
        }
        leaves
    }
}
