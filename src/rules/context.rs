//! What rules look at.

use std::borrow::Cow;
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::api::backup::BackupType;
use crate::api::{Neo4jBackupSpec, Neo4jRestoreSpec};
use crate::input::document::{Content, Document};
use crate::plan::build_backup::{NamedDatabase, databases};
use crate::plan::build_restore::{self, Source};
use crate::plan::location::Location;
use crate::schedule::Expression;
use crate::target::{Resolution, Resolver, TargetFlags};

/// What the person who runs the command said, as far as rules care.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-n`: namespace of documents that name none.
    pub namespace: Option<String>,
    /// Flags that describe targets.
    pub target: TargetFlags,
    /// The present instant, for the one rule that needs it.
    pub now: Option<Timestamp>,
    /// Objects are going to be rendered, so what `validate` may leave open must be known.
    pub rendering: bool,
    /// Restores are going to be rendered too.
    pub rendering_restores: bool,
}

/// All documents of an input, and what is known about them together.
#[derive(Debug)]
pub struct Context<'a> {
    /// The documents, in the order of the input.
    pub documents: &'a [Document],
    /// What the person said.
    pub options: &'a Options,
    /// Finds targets.
    pub resolver: Resolver<'a>,
    /// Indices of the backups by name, sorted when the first restore asks.
    backups: OnceLock<Vec<usize>>,
}

impl<'a> Context<'a> {
    /// Prepares the documents for rules and planning.
    #[must_use]
    pub fn new(documents: &'a [Document], options: &'a Options) -> Self {
        let resolver = Resolver::new(documents, &options.target, options.namespace.as_deref());
        Self { documents, options, resolver, backups: OnceLock::new() }
    }

    /// Namespace of a document: its own, else `-n`. Without either it is empty, which no namespace is, so that
    /// documents without one still find each other.
    #[must_use]
    pub fn namespace(&self, document: &'a Document) -> &'a str {
        document.metadata.namespace.as_deref().or(self.options.namespace.as_deref()).unwrap_or_default()
    }

    /// The backup at an index, when there is one.
    #[must_use]
    pub fn backup(&self, index: usize) -> Option<Backup<'_>> {
        let document = self.documents.get(index)?;
        let spec = document.backup()?;
        let namespace = self.namespace(document);
        let target = spec.target.as_ref();
        let deployment = target.and_then(|target| match target.kind {
            Some(crate::api::backup::TargetKind::Database) => target.cluster_ref.as_deref(),
            _ => target.name.as_deref(),
        });
        let target_namespace = target.and_then(|target| target.namespace.as_deref()).unwrap_or(namespace);
        let resolution = deployment.map(|name| self.resolver.resolve(name, target_namespace));
        let location = spec.storage.as_ref().and_then(|storage| {
            Location::of_backup(&document.metadata.name, storage, spec.cloud.as_deref()).ok()
        });
        let expression = spec.schedule.as_deref().and_then(|text| Expression::parse(text).ok());
        Some(Backup {
            context: self,
            index,
            document,
            spec,
            namespace,
            deployment,
            target_namespace,
            resolution,
            location,
            expression,
        })
    }

    /// The restore at an index, when there is one.
    #[must_use]
    pub fn restore(&self, index: usize) -> Option<Restore<'_>> {
        let document = self.documents.get(index)?;
        let spec = document.restore()?;
        let namespace = self.namespace(document);
        let resolution = spec.target_cluster.as_deref().map(|name| self.resolver.resolve(name, namespace));
        let referenced = referenced_backup(spec).and_then(|name| self.find_backup(name, namespace));
        let referenced_spec = referenced
            .and_then(|index| self.documents.get(index))
            .and_then(|document| Some((document.metadata.name.as_str(), document.backup()?)));
        let source = build_restore::source(spec, referenced_spec).ok();
        Some(Restore { context: self, index, document, spec, namespace, resolution, referenced, source })
    }

    /// The `Neo4jBackup` of that name and namespace.
    #[must_use]
    pub fn find_backup(&self, name: &str, namespace: &str) -> Option<usize> {
        self.backups_named(name).iter().copied().find(|index| {
            self.documents.get(*index).is_some_and(|document| self.namespace(document) == namespace)
        })
    }

    /// Indices of the `Neo4jBackup`s of that name in all namespaces, ascending.
    #[must_use]
    pub fn backups_named(&self, name: &str) -> &[usize] {
        let name_of =
            |index: &usize| self.documents.get(*index).map(|document| document.metadata.name.as_str());
        let backups = self.backups.get_or_init(|| {
            let backup = |document: &Document| matches!(document.content, Content::Backup(_));
            let all = self.documents.iter().enumerate();
            let mut backups: Vec<usize> =
                all.filter(|(_, document)| backup(document)).map(|(index, _)| index).collect();
            backups.sort_by_key(name_of);
            backups
        });
        let start = backups.partition_point(|index| name_of(index) < Some(name));
        let rest = backups.get(start..).unwrap_or_default();
        let length = rest.partition_point(|index| name_of(index) == Some(name));
        rest.get(..length).unwrap_or_default()
    }
}

/// Name of the `Neo4jBackup` that a restore refers to, directly or as the base of a point in time.
#[must_use]
pub fn referenced_backup(spec: &Neo4jRestoreSpec) -> Option<&str> {
    use crate::api::restore::{BaseBackupType, SourceType};
    let source = spec.source.as_deref()?;
    match source.source_type? {
        SourceType::Backup => source.backup_ref.as_deref(),
        SourceType::Pitr => {
            let base = source.pitr.as_ref()?.base_backup.as_ref()?;
            (base.base_type == Some(BaseBackupType::Backup)).then_some(base.backup_ref.as_deref()).flatten()
        }
        _ => None,
    }
}

/// A backup and what is known about it.
#[derive(Debug)]
pub struct Backup<'a> {
    /// Everything.
    pub context: &'a Context<'a>,
    /// Its index in the context's documents.
    pub index: usize,
    /// The document.
    pub document: &'a Document,
    /// The spec.
    pub spec: &'a Neo4jBackupSpec,
    /// Namespace of its objects; empty when nothing says it.
    pub namespace: &'a str,
    /// Name of the deployment that it points at.
    pub deployment: Option<&'a str>,
    /// Namespace of the deployment.
    pub target_namespace: &'a str,
    /// The deployment; `None` when the spec names none.
    pub resolution: Option<Resolution>,
    /// Where its artifacts go; `None` when the storage block is incomplete.
    pub location: Option<Location<'a>>,
    /// Its schedule, parsed; `None` without one or when it is none.
    pub expression: Option<Expression>,
}

/// A restore and what is known about it.
#[derive(Debug)]
pub struct Restore<'a> {
    /// Everything.
    pub context: &'a Context<'a>,
    /// Its index in the context's documents.
    pub index: usize,
    /// The document.
    pub document: &'a Document,
    /// The spec.
    pub spec: &'a Neo4jRestoreSpec,
    /// Namespace of its objects and of its target; empty when nothing says it.
    pub namespace: &'a str,
    /// The deployment; `None` when the spec names none.
    pub resolution: Option<Resolution>,
    /// Index of the `Neo4jBackup` that it refers to, when that is in the input.
    pub referenced: Option<usize>,
    /// Where it reads from; `None` when the source is incomplete, or refers to a backup that is not in the input.
    pub source: Option<Source<'a>>,
}

/// An annotation of a ServiceAccount: key, value, and the field that sets it.
pub type AccountAnnotation<'a> = (Cow<'a, str>, Cow<'a, str>, &'static str);

/// What rules about several backups at once need of each: small, because there may be thousands.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Index of the document.
    pub index: usize,
    /// Namespace of its objects.
    pub namespace: &'a str,
    /// Name of the spec.
    pub name: &'a str,
    /// Namespace and name of the deployment.
    pub deployment: (&'a str, &'a str),
    /// Databases or globs.
    pub databases: Vec<NamedDatabase>,
    /// FULL when the spec says nothing (document 000).
    pub backup_type: BackupType,
    /// Store and folder; `None` when the storage block is incomplete. Two specs with equal places share a folder.
    pub place: Option<StoragePlace>,
    /// Schedule.
    pub expression: Option<Expression>,
    /// IANA zone of the schedule.
    pub time_zone: &'a str,
    /// Paused.
    pub suspended: bool,
    /// ServiceAccount and its annotations, when it is created; the annotations' field follows from the spec.
    pub service_account: Option<(String, Vec<AccountAnnotation<'a>>)>,
}

/// Store and folder, comparable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoragePlace {
    /// `s3://bucket`, `gs://bucket`, `azb://account/container`, with the endpoint of a compatible store, or
    /// `claim:<namespace>/<name>`.
    pub store: String,
    /// Folder without slashes at its ends.
    pub folder: String,
}

impl<'a> Backup<'a> {
    /// The resolved deployment.
    #[must_use]
    pub fn target(&self) -> Option<&crate::target::Target> {
        self.resolution.as_ref()?.as_ref().ok()
    }

    /// What rules about several backups need.
    #[must_use]
    pub fn summary(&self) -> Summary<'a> {
        let options = self.spec.options.as_deref();
        let place = self.location.as_ref().map(|location| StoragePlace {
            store: if location.is_claim() {
                format!("claim:{}/{}", self.namespace, location.claim_name())
            } else {
                location.store_identity()
            },
            folder: location.folder().to_owned(),
        });
        let service_account = self.location.as_ref().map(Location::service_account).and_then(|account| {
            let annotations = account
                .annotations
                .into_iter()
                .map(|(key, value)| (key.into(), value.value.into(), value.field.unwrap_or_default()))
                .collect();
            account.create.then_some((account.name.value, annotations))
        });
        Summary {
            index: self.index,
            namespace: self.namespace,
            name: &self.document.metadata.name,
            deployment: (self.target_namespace, self.deployment.unwrap_or_default()),
            databases: databases(self.spec).unwrap_or_default(),
            backup_type: options.and_then(|options| options.backup_type).unwrap_or(BackupType::Full),
            place,
            expression: self.expression.clone(),
            time_zone: self.spec.time_zone.as_deref().unwrap_or("Etc/UTC"),
            suspended: self.spec.suspend == Some(true),
            service_account,
        }
    }
}

impl Restore<'_> {
    /// The resolved deployment.
    #[must_use]
    pub fn target(&self) -> Option<&crate::target::Target> {
        self.resolution.as_ref()?.as_ref().ok()
    }

    /// The `Neo4jBackup` that it refers to, when that is in the input.
    #[must_use]
    pub fn referenced_spec(&self) -> Option<(&str, &Neo4jBackupSpec)> {
        let document = self.context.documents.get(self.referenced?)?;
        Some((&document.metadata.name, document.backup()?))
    }
}
