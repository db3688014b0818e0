//! Where artifacts lie, and what a pod needs to get there: URI or claim, credentials, endpoint, certificate.
//!
//! Backups and restores share this one function, because a restore that looks elsewhere than the backup wrote is
//! the oldest mistake of the field (operator.md §4, pitfalls 52 and 53).

use std::collections::BTreeMap;

use crate::api::storage::{CloudBlock, StorageLocation, StorageType};
use crate::neo4j::admin::CommandLine;
use crate::neo4j::storage::Store;

use super::{
    Argument, ClaimPlan, EnvironmentVariable, Gap, Mount, ServiceAccountPlan, Step, StoragePlan, Traced,
    VolumePlan, VolumeSource,
};

/// Folder in a bucket when a spec names none (operator.md §2.1).
pub const BUCKET_FOLDER: &str = "backups";
/// ServiceAccount of the pods when a spec names none (document 000, "RBAC").
pub const SERVICE_ACCOUNT: &str = "neo4j-backup-sa";
/// The variable that Kubernetes expands when only the Secret knows the Azure account.
const ACCOUNT_VARIABLE: &str = "$(AZURE_STORAGE_ACCOUNT)";

/// Paths of the fields of a `cloud` block, which may stand in several places of a spec.
macro_rules! cloud_field {
    ($location:expr, $leaf:literal) => {
        match $location.cloud_at {
            CloudAt::Storage => concat!("spec.storage.cloud.", $leaf),
            CloudAt::Top => concat!("spec.cloud.", $leaf),
            CloudAt::Source => concat!("spec.source.storage.cloud.", $leaf),
            CloudAt::Base => concat!("spec.source.pitr.baseBackup.storage.cloud.", $leaf),
            CloudAt::Elsewhere => concat!("spec.source.", $leaf),
        }
    };
}

/// Which block of a spec says how to reach the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudAt {
    /// `spec.storage.cloud`.
    Storage,
    /// `spec.cloud`, the alias.
    Top,
    /// `spec.source.storage.cloud` of a restore.
    Source,
    /// `spec.source.pitr.baseBackup.storage.cloud` of a restore.
    Base,
    /// In the backup that a restore refers to.
    Elsewhere,
}

/// A place that holds artifacts.
#[derive(Clone, Debug)]
pub struct Location<'s> {
    storage_type: StorageType,
    bucket: &'s str,
    /// Folder without slashes at its ends; empty for the root.
    folder: String,
    claim: Option<&'s crate::api::storage::ClaimReference>,
    cloud: Option<&'s CloudBlock>,
    cloud_at: CloudAt,
    path_field: &'static str,
}

impl<'s> Location<'s> {
    /// Where a backup writes: in a bucket `<path or "backups">/`, on a claim the folder `<path or the spec's name>`.
    ///
    /// # Errors
    ///
    /// When the storage names no type, or no bucket or claim.
    pub fn of_backup(
        name: &str,
        storage: &'s StorageLocation,
        alias: Option<&'s CloudBlock>,
    ) -> Result<Self, Gap> {
        let (cloud, cloud_at) = match (storage.cloud.as_deref(), alias) {
            (Some(cloud), _) => (Some(cloud), CloudAt::Storage),
            (None, Some(alias)) => (Some(alias), CloudAt::Top),
            (None, None) => (None, CloudAt::Storage),
        };
        let default = match storage.storage_type {
            Some(StorageType::Pvc) => name,
            _ => BUCKET_FOLDER,
        };
        Self::new(storage, cloud, cloud_at, default, "spec.storage.path")
    }

    /// What a storage location of a restore names: in a bucket `<path or "backups">/`, on a claim `<path>` or its
    /// root (DESIGN.md, "What a restore becomes").
    ///
    /// # Errors
    ///
    /// When the storage names no type, or no bucket or claim.
    pub fn of_restore(storage: &'s StorageLocation, cloud_at: CloudAt) -> Result<Self, Gap> {
        let default = match storage.storage_type {
            Some(StorageType::Pvc) => "",
            _ => BUCKET_FOLDER,
        };
        let path_field = match cloud_at {
            CloudAt::Base => "spec.source.pitr.baseBackup.storage.path",
            _ => "spec.source.storage.path",
        };
        Self::new(storage, storage.cloud.as_deref(), cloud_at, default, path_field)
    }

    /// The folder of a backup that a restore refers to.
    ///
    /// # Errors
    ///
    /// As [`Location::of_backup`].
    pub fn of_reference(
        name: &str,
        storage: &'s StorageLocation,
        alias: Option<&'s CloudBlock>,
    ) -> Result<Self, Gap> {
        let mut location = Self::of_backup(name, storage, alias)?;
        location.cloud_at = CloudAt::Elsewhere;
        location.path_field = "spec.source.backupRef";
        Ok(location)
    }

    fn new(
        storage: &'s StorageLocation,
        cloud: Option<&'s CloudBlock>,
        cloud_at: CloudAt,
        default: &str,
        path_field: &'static str,
    ) -> Result<Self, Gap> {
        let storage_type = storage.storage_type.ok_or_else(|| Gap::field("spec.storage.type"))?;
        let claim = storage.pvc.as_ref();
        if storage_type == StorageType::Pvc {
            claim
                .and_then(|claim| claim.name.as_deref())
                .ok_or_else(|| Gap::field("spec.storage.pvc.name"))?;
        } else if storage.bucket.is_none() {
            return Err(Gap::field("spec.storage.bucket"));
        }
        Ok(Self {
            storage_type,
            bucket: storage.bucket.as_deref().unwrap_or_default(),
            folder: storage.path.as_deref().unwrap_or(default).trim_matches('/').to_owned(),
            claim,
            cloud,
            cloud_at,
            path_field,
        })
    }

    /// Storage type.
    #[must_use]
    pub fn storage_type(&self) -> StorageType {
        self.storage_type
    }

    /// Bucket, or empty for a claim.
    #[must_use]
    pub fn bucket(&self) -> &'s str {
        self.bucket
    }

    /// Folder without slashes at its ends; empty for the root of bucket or claim.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Name of the claim, or empty for a bucket.
    #[must_use]
    pub fn claim_name(&self) -> &'s str {
        self.claim.and_then(|claim| claim.name.as_deref()).unwrap_or_default()
    }

    /// Whether it is a claim.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        self.storage_type == StorageType::Pvc
    }

    /// Goes to another folder: from the root of bucket or claim when `path` begins with a slash, else below the
    /// present folder.
    #[must_use]
    pub fn descend(mut self, path: &str) -> Self {
        let below = path.trim_matches('/');
        if path.starts_with('/') || self.folder.is_empty() {
            self.folder = below.to_owned();
        } else if !below.is_empty() {
            self.folder = format!("{}/{below}", self.folder);
        }
        self
    }

    /// The Azure account, or Kubernetes' reference to the variable that holds it.
    fn account(&self) -> &'s str {
        self.cloud.and_then(|cloud| cloud.storage_account.as_deref()).unwrap_or(ACCOUNT_VARIABLE)
    }

    /// The Secret that alone knows the Azure account; `None` when the spec names the account.
    pub(super) fn account_secret(&self) -> Option<&'s str> {
        let cloud = self.cloud?;
        cloud.storage_account.is_none().then_some(cloud.credentials_secret_ref.as_deref()).flatten()
    }

    fn store(&self) -> Option<Store<'s>> {
        Some(match self.storage_type {
            StorageType::S3 => Store::S3 { bucket: self.bucket },
            StorageType::Gcs => Store::Gcs { bucket: self.bucket },
            StorageType::Azure => Store::Azure { account: self.account(), container: self.bucket },
            StorageType::Pvc => return None,
        })
    }

    /// The store without the folder, for comparing places: the root's URI, with the endpoint of a compatible store.
    #[must_use]
    pub fn store_identity(&self) -> String {
        let root = self.store().map(|store| store.folder_uri("")).unwrap_or_default();
        let endpoint = self.cloud.and_then(|cloud| cloud.endpoint_url.as_deref());
        // Two Secrets may hold two Azure accounts, so an account that only a Secret knows is that Secret's.
        let secret = self.cloud.and_then(|cloud| cloud.credentials_secret_ref.as_deref());
        match (endpoint, secret) {
            (Some(endpoint), _) => format!("{root} at {}", endpoint.trim_end_matches('/')),
            (None, Some(secret)) if root.contains(ACCOUNT_VARIABLE) => format!("{root} of {secret}"),
            _ => root,
        }
    }

    /// The folder as an argument of `neo4j-admin`, with its trailing slash: a URI, or the place where the claim's
    /// folder is mounted. May hold `$(AZURE_STORAGE_ACCOUNT)`; [`Location::trace`] accounts for it.
    #[must_use]
    pub fn folder_argument(&self, mounted_at: &str) -> String {
        match self.store() {
            Some(store) => store.folder_uri(&self.folder),
            None => mounted_at.to_owned(),
        }
    }

    /// An artifact in the folder as an argument of `neo4j-admin`.
    #[must_use]
    pub fn artifact_argument(&self, mounted_at: &str, file: &str) -> String {
        match self.store() {
            Some(store) => store.object_uri(&self.folder, file),
            None => format!("{mounted_at}{file}"),
        }
    }

    /// Turns a command line into a step's arguments, with the one `$(…)` of ours marked. `positional` names the
    /// field of each database.
    #[must_use]
    pub fn trace(&self, line: &CommandLine, positional: &dyn Fn(usize) -> Option<String>) -> Vec<Argument> {
        let mut arguments: Vec<Argument> = line.command.words().into_iter().map(Argument::fixed).collect();
        for argument in &line.arguments {
            let field = match (argument.option_name(), argument.field, argument.item) {
                (None, _, Some(item)) if positional(item).is_some() => positional(item),
                (_, Some(field), Some(item)) if field.ends_with("additionalArgs") => {
                    Some(format!("{field}[{item}]"))
                }
                (Some("--to-path" | "--from-path"), _, _) | (_, None, _) => None,
                (_, Some(field), _) => Some(field.to_owned()),
            };
            arguments.push(self.trace_one(argument.text.clone(), field));
        }
        arguments
    }

    /// Marks the one `$(…)` of ours in an argument that may hold the folder's URI.
    #[must_use]
    pub fn trace_one(&self, text: String, field: Option<String>) -> Argument {
        let field = field.or_else(|| {
            let uri = self.store().map(|store| store.folder_uri(""));
            uri.filter(|uri| text.contains(uri.as_str())).map(|_| self.path_field.to_owned())
        });
        let persons_own = field.as_deref().is_some_and(|field| field.contains("additionalArgs"));
        let refers =
            !persons_own && self.storage_type == StorageType::Azure && self.account() == ACCOUNT_VARIABLE;
        let argument = Argument { text, field, reference: None };
        if refers { argument.referring_to(ACCOUNT_VARIABLE) } else { argument }
    }

    /// The plan's view of the place.
    #[must_use]
    pub fn storage(&self, _spec: &str, mounted_at: &str) -> StoragePlan {
        match self.claim.filter(|_| self.is_claim()) {
            Some(claim) => StoragePlan::Claim {
                name: claim.name.clone().unwrap_or_default(),
                folder: self.folder.clone(),
                path: mounted_at.to_owned(),
                create: claim
                    .size
                    .clone()
                    .map(|size| ClaimPlan { size, storage_class: claim.storage_class_name.clone() }),
            },
            None => StoragePlan::Bucket {
                uri: self.trace_one(self.folder_argument(mounted_at), None),
                prefix: if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) },
            },
        }
    }

    /// The account that pods run as.
    #[must_use]
    pub fn service_account(&self) -> ServiceAccountPlan {
        let identity = self.cloud.and_then(|cloud| cloud.identity.as_ref());
        let existing = identity.and_then(|identity| identity.service_account.clone());
        let automatic = identity.and_then(|identity| identity.auto_create.as_ref());
        let create = match (automatic, &existing) {
            (Some(automatic), _) => automatic.enabled.unwrap_or(true),
            (None, Some(_)) => false,
            (None, None) => true,
        };
        let field = cloud_field!(self, "identity.autoCreate.annotations");
        let annotations: BTreeMap<String, Traced<String>> = automatic
            .and_then(|automatic| automatic.annotations.as_ref())
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), Traced::from_field(value.clone(), field)))
            .collect();
        ServiceAccountPlan {
            name: Traced::or_default(
                existing,
                cloud_field!(self, "identity.serviceAccount"),
                SERVICE_ACCOUNT.to_owned(),
            ),
            create,
            annotations,
        }
    }

    /// Whether the pods use Azure workload identity, whose webhook asks for a label on them (operator.md §4,
    /// pitfall 38).
    #[must_use]
    pub fn azure_workload_identity(&self) -> bool {
        self.storage_type == StorageType::Azure
            && self
                .cloud
                .is_some_and(|cloud| cloud.identity.is_some() && cloud.credentials_secret_ref.is_none())
    }

    /// Adds what every step needs to reach the store, and the step that prepares a trust store.
    pub(super) fn equip(
        &self,
        volumes: &mut Vec<VolumePlan>,
        environment: &mut Vec<EnvironmentVariable>,
        mounts: &mut Vec<Mount>,
        steps: &mut Vec<Step>,
    ) {
        let Some(cloud) = self.cloud else { return };
        let secret = cloud.credentials_secret_ref.as_deref();
        let credentials = cloud_field!(self, "credentialsSecretRef");
        match self.storage_type {
            StorageType::S3 => self.equip_s3(cloud, volumes, environment, mounts, steps),
            StorageType::Gcs => {
                let Some(secret) = secret else { return };
                environment.push(
                    EnvironmentVariable::fixed(
                        "GOOGLE_APPLICATION_CREDENTIALS",
                        "/var/secrets/gcp/credentials.json",
                    )
                    .of(credentials),
                );
                volumes.push(VolumePlan {
                    name: "gcp-credentials",
                    source: VolumeSource::Secret {
                        name: secret.to_owned(),
                        items: vec![(
                            "GOOGLE_APPLICATION_CREDENTIALS_JSON".to_owned(),
                            "credentials.json".to_owned(),
                        )],
                    },
                    field: Some(credentials.to_owned()),
                });
                mounts.push(Mount::read_only("gcp-credentials", "/var/secrets/gcp"));
            }
            StorageType::Azure => {
                let Some(secret) = secret else { return };
                // The account is needed to build the URI; everything else may be absent, because neo4j-admin
                // knows the variables of a service principal and those of a key are undocumented for it
                // (neo4j-admin.md §3).
                let needed = cloud.storage_account.is_none();
                for (variable, optional) in [
                    ("AZURE_STORAGE_ACCOUNT", !needed),
                    ("AZURE_STORAGE_KEY", true),
                    ("AZURE_TENANT_ID", true),
                    ("AZURE_CLIENT_ID", true),
                    ("AZURE_CLIENT_SECRET", true),
                ] {
                    environment.push(
                        EnvironmentVariable::secret(variable, secret, variable, optional).of(credentials),
                    );
                }
            }
            StorageType::Pvc => {}
        }
    }

    fn equip_s3(
        &self,
        cloud: &CloudBlock,
        volumes: &mut Vec<VolumePlan>,
        environment: &mut Vec<EnvironmentVariable>,
        mounts: &mut Vec<Mount>,
        steps: &mut Vec<Step>,
    ) {
        let credentials = cloud_field!(self, "credentialsSecretRef");
        let secret = cloud.credentials_secret_ref.as_deref();
        if let Some(secret) = secret {
            for (variable, optional) in
                [("AWS_ACCESS_KEY_ID", false), ("AWS_SECRET_ACCESS_KEY", false), ("AWS_SESSION_TOKEN", true)]
            {
                environment
                    .push(EnvironmentVariable::secret(variable, secret, variable, optional).of(credentials));
            }
        }
        for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            match (&cloud.region, secret) {
                (Some(region), _) => environment
                    .push(EnvironmentVariable::fixed(variable, region).of(cloud_field!(self, "region"))),
                // Optional, because a pod that waits for a missing key waits until its deadline, while a missing
                // region is said at once in the step's log.
                (None, Some(secret)) => environment.push(
                    EnvironmentVariable::secret(variable, secret, "AWS_DEFAULT_REGION", true).of(credentials),
                ),
                (None, None) => {}
            }
        }
        if let Some(endpoint) = &cloud.endpoint_url {
            environment.push(
                EnvironmentVariable::fixed("AWS_ENDPOINT_URL_S3", endpoint)
                    .of(cloud_field!(self, "endpointURL")),
            );
        }
        let mut java = Vec::new();
        if cloud.force_path_style == Some(true) {
            java.push("-Daws.s3.forcePathStyle=true".to_owned());
        }
        // Plain http has no certificate to check.
        let plain = cloud.endpoint_url.as_deref().is_some_and(|url| url.starts_with("http://"));
        let authority = cloud.ca_secret_ref.as_ref().filter(|_| !plain);
        if let Some(ca) = authority {
            let field = cloud_field!(self, "caSecretRef");
            let key = ca.key.clone().unwrap_or_else(|| "ca.crt".to_owned());
            java.push(trust(ca.name.as_deref().unwrap_or_default(), &key, field, volumes, mounts, steps));
        }
        if !java.is_empty() {
            let field = if authority.is_some() {
                cloud_field!(self, "caSecretRef")
            } else {
                cloud_field!(self, "forcePathStyle")
            };
            environment.push(EnvironmentVariable::fixed("JAVA_TOOL_OPTIONS", java.join(" ")).of(field));
        }
    }
}

const TRUST_STORE_PATH: &str = "/var/neo4j-backup-trust";
const TRUST_STORE_FILE: &str = "store.p12";
/// Java's customary password of trust stores: what it guards is public.
const TRUST_STORE_PASSWORD: &str = "changeit";

/// Makes a pod trust a certificate authority, and returns the options that its JVMs need for it.
pub(super) fn trust(
    secret: &str,
    key: &str,
    field: &str,
    volumes: &mut Vec<VolumePlan>,
    mounts: &mut Vec<Mount>,
    steps: &mut Vec<Step>,
) -> String {
    volumes.push(VolumePlan {
        name: "store-ca",
        source: VolumeSource::Secret {
            name: secret.to_owned(),
            items: vec![(key.to_owned(), "ca.crt".to_owned())],
        },
        field: Some(field.to_owned()),
    });
    volumes.push(VolumePlan::empty("trust-store", Some("16Mi")));
    steps.push(trust_store_step(field));
    mounts.push(Mount::read_only("trust-store", TRUST_STORE_PATH));
    format!(
        "-Djavax.net.ssl.trustStore={TRUST_STORE_PATH}/{TRUST_STORE_FILE} \
         -Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}"
    )
}

/// Puts a certificate authority into a trust store that the JVM reads. The JVM then trusts this authority alone,
/// which is what a private store wants.
fn trust_store_step(field: &str) -> Step {
    let fixed = [
        "-importcert",
        "-noprompt",
        "-alias",
        "neo4j-backup-store",
        "-file",
        "/var/secrets/store-ca/ca.crt",
        "-keystore",
        "/var/neo4j-backup-trust/store.p12",
        "-storetype",
        "PKCS12",
        "-storepass",
        TRUST_STORE_PASSWORD,
    ];
    Step {
        name: "trust-store".to_owned(),
        image: None,
        command: vec![Argument::from_field("keytool", field)],
        arguments: fixed.into_iter().map(Argument::fixed).collect(),
        environment: Vec::new(),
        mounts: vec![
            Mount::writable("tmp", "/tmp"),
            Mount::read_only("store-ca", "/var/secrets/store-ca"),
            Mount::writable("trust-store", TRUST_STORE_PATH),
        ],
        verification: false,
        foreign: false,
    }
}
