//! The one brain: spec and target in, decisions out.
//!
//! A plan holds everything that will be, as plain values: names, folders, the steps with their arguments, the
//! volumes and the environment. Rendering only spells it in Kubernetes' words. Each value remembers the field
//! of the spec that it came from, so that whatever goes wrong with it later can be told at its line.

pub mod backup;
pub mod build_backup;
pub mod build_restore;
pub mod lifecycle;
pub mod location;
mod procedure;
pub mod restore;

pub use backup::BackupPlan;
pub use build_backup::Subject;
pub use restore::RestorePlan;

/// What a plan cannot do without and does not have. A rule has told of it before; it is told again only when
/// none did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Gap {
    /// Path of the field.
    pub field: &'static str,
    /// What is missing, one sentence without a full stop.
    pub message: String,
}

impl Gap {
    /// A field of the spec is missing or unreadable.
    #[must_use]
    pub fn field(field: &'static str) -> Self {
        Self { field, message: format!("`{field}` is missing or cannot be read") }
    }

    /// The target does not say something.
    #[must_use]
    pub fn target(message: &str) -> Self {
        Self { field: "spec.target", message: message.to_owned() }
    }
}

/// A value and the field of the spec that decided it; `None` when it is a default or follows from the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced<T> {
    /// The value.
    pub value: T,
    /// Path of the field, such as `spec.options.tempPath`.
    pub field: Option<&'static str>,
}

impl<T> Traced<T> {
    /// A value that a field of the spec gave.
    pub const fn from_field(value: T, field: &'static str) -> Self {
        Self { value, field: Some(field) }
    }

    /// A value that nobody gave.
    pub const fn assumed(value: T) -> Self {
        Self { value, field: None }
    }

    /// The field's value when there is one, else the default.
    pub fn or_default(given: Option<T>, field: &'static str, default: T) -> Self {
        match given {
            Some(value) => Self::from_field(value, field),
            None => Self::assumed(default),
        }
    }
}

/// One argument of a command, exactly as the process receives it: every `$` is the person's own and reaches the
/// process as it stands, but for [`Argument::reference`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The argument.
    pub text: String,
    /// The field of the spec that it came from, with an index where it is one item of a list.
    pub field: Option<String>,
    /// Bytes of `text` that are a `$(VARIABLE)` of ours, which Kubernetes is meant to expand. A range and not a
    /// flag, so that the same spelling in a person's part of the text stays literal.
    pub reference: Option<std::ops::Range<usize>>,
}

impl Argument {
    /// An argument that follows from no field.
    #[must_use]
    pub fn fixed(text: impl Into<String>) -> Self {
        Self { text: text.into(), field: None, reference: None }
    }

    /// An argument that came from a field.
    #[must_use]
    pub fn from_field(text: impl Into<String>, field: impl Into<String>) -> Self {
        Self { text: text.into(), field: Some(field.into()), reference: None }
    }

    /// The same argument, in which the first occurrence of `reference`, such as `$(AZURE_STORAGE_ACCOUNT)`, is
    /// ours.
    #[must_use]
    pub fn referring_to(mut self, reference: &str) -> Self {
        self.reference = self.text.find(reference).map(|start| start..start + reference.len());
        self
    }
}

/// One container of a pod: a command in an image.
#[derive(Clone, Debug)]
pub struct Step {
    /// Container name, which says what it does: `backup`, `inspect`, `check-neo4j`.
    pub name: String,
    /// Image, when it is not the plan's.
    pub image: Option<String>,
    /// Entry point and arguments; an empty entry point keeps the image's own (hooks only).
    pub command: Vec<Argument>,
    /// Arguments.
    pub arguments: Vec<Argument>,
    /// Environment of this step alone, after the plan's.
    pub environment: Vec<EnvironmentVariable>,
    /// Where volumes are mounted.
    pub mounts: Vec<Mount>,
    /// Any failure of this step fails the Job at once, without a retry.
    pub verification: bool,
    /// The step runs what a person wrote (a hook), not Neo4j's tools, so neither user id nor a read-only root
    /// can be assumed to suit it.
    pub foreign: bool,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// Name.
    pub name: String,
    /// Value or reference.
    pub value: EnvironmentValue,
    /// The field of the spec that it came from.
    pub field: Option<String>,
}

impl EnvironmentVariable {
    /// A literal value.
    #[must_use]
    pub fn fixed(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: EnvironmentValue::Literal(value.into()), field: None }
    }

    /// A key of a Secret.
    #[must_use]
    pub fn secret(name: &str, secret: &str, key: &str, optional: bool) -> Self {
        let value = EnvironmentValue::SecretKey { name: secret.to_owned(), key: key.to_owned(), optional };
        Self { name: name.to_owned(), value, field: None }
    }

    /// Says which field it came from.
    #[must_use]
    pub fn of(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// What an environment variable is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentValue {
    /// This text, literally: `$` is doubled on rendering.
    Literal(String),
    /// A key of a Secret.
    SecretKey {
        /// Secret.
        name: String,
        /// Key.
        key: String,
        /// The pod starts also when the key is missing.
        optional: bool,
    },
    /// A key of a ConfigMap.
    ConfigMapKey {
        /// ConfigMap.
        name: String,
        /// Key.
        key: String,
    },
}

/// A volume of the pod.
#[derive(Clone, Debug)]
pub struct VolumePlan {
    /// Its name in the pod.
    pub name: &'static str,
    /// What it is.
    pub source: VolumeSource,
    /// The field of the spec that it came from.
    pub field: Option<String>,
}

impl VolumePlan {
    /// An empty folder of the node.
    #[must_use]
    pub fn empty(name: &'static str, size_limit: Option<&str>) -> Self {
        Self { name, source: VolumeSource::Empty { size_limit: size_limit.map(str::to_owned) }, field: None }
    }
}

/// What a volume is.
#[derive(Clone, Debug)]
pub enum VolumeSource {
    /// An empty folder of the node, as long as the pod lives.
    Empty {
        /// Largest size, a quantity.
        size_limit: Option<String>,
    },
    /// A claim of its own, as long as the pod lives.
    Ephemeral {
        /// Size, a quantity.
        size: String,
        /// StorageClass.
        storage_class: Option<String>,
    },
    /// An existing claim.
    Claim {
        /// Its name.
        name: String,
        /// Mounted read-only.
        read_only: bool,
    },
    /// Keys of a Secret as files: key, path.
    Secret {
        /// Secret.
        name: String,
        /// Files: key and relative path.
        items: Vec<(String, String)>,
    },
    /// The plan's ConfigMap.
    Configuration {
        /// ConfigMap.
        name: String,
    },
}

/// Where a step sees a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Name of the volume.
    pub volume: &'static str,
    /// Absolute path in the container.
    pub path: String,
    /// Folder within the volume.
    pub sub_path: Option<String>,
    /// Not writable.
    pub read_only: bool,
}

impl Mount {
    /// A writable mount of a whole volume.
    #[must_use]
    pub fn writable(volume: &'static str, path: &str) -> Self {
        Self { volume, path: path.to_owned(), sub_path: None, read_only: false }
    }

    /// A mount of a whole volume that is not writable.
    #[must_use]
    pub fn read_only(volume: &'static str, path: &str) -> Self {
        Self { volume, path: path.to_owned(), sub_path: None, read_only: true }
    }
}

/// The account that pods run as.
#[derive(Clone, Debug)]
pub struct ServiceAccountPlan {
    /// Its name: `neo4j-backup-sa`, or what the spec says.
    pub name: Traced<String>,
    /// The object is rendered (`identity.autoCreate.enabled` is not false).
    pub create: bool,
    /// Annotations of the object, with the field of each.
    pub annotations: std::collections::BTreeMap<String, Traced<String>>,
}

/// Where artifacts lie.
#[derive(Clone, Debug)]
pub enum StoragePlan {
    /// A bucket.
    Bucket {
        /// URI of the folder with a trailing slash; may hold `$(AZURE_STORAGE_ACCOUNT)`.
        uri: Argument,
        /// Key prefix of the folder within the bucket, with a trailing slash.
        prefix: String,
    },
    /// A claim.
    Claim {
        /// Its name.
        name: String,
        /// Folder within the claim.
        folder: String,
        /// Path of the folder in the container, with a trailing slash.
        path: String,
        /// What to create when it does not exist.
        create: Option<ClaimPlan>,
    },
}

/// A claim to create. It belongs to no Job and is never pruned.
#[derive(Clone, Debug)]
pub struct ClaimPlan {
    /// Size, a quantity.
    pub size: String,
    /// StorageClass; `None` for the cluster's default.
    pub storage_class: Option<String>,
}
