//! Where backups lie: the `storage` block, shared by backups and restores
//! (document 001, "StorageLocation"; operator.md §1.1; additions of DESIGN.md).

use std::collections::BTreeMap;

choice! {
    /// Storage backend.
    StorageType {
        /// Amazon S3 or a compatible store.
        S3 = "s3",
        /// Google Cloud Storage.
        Gcs = "gcs",
        /// Azure Blob Storage.
        Azure = "azure",
        /// A PersistentVolumeClaim.
        Pvc = "pvc",
    }
}

impl StorageType {
    /// The provider whose stores this type means; `None` for a claim.
    #[must_use]
    pub const fn provider(self) -> Option<CloudProvider> {
        match self {
            Self::S3 => Some(CloudProvider::Aws),
            Self::Gcs => Some(CloudProvider::Gcp),
            Self::Azure => Some(CloudProvider::Azure),
            Self::Pvc => None,
        }
    }
}

choice! {
    /// Cloud provider.
    CloudProvider {
        /// Amazon Web Services, and S3-compatible stores.
        Aws = "aws",
        /// Google Cloud.
        Gcp = "gcp",
        /// Microsoft Azure.
        Azure = "azure",
    }
}

spec! {
    /// Where backups are written to or read from.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "self.type != 'pvc' || (has(self.pvc) && has(self.pvc.name))", "message": "type pvc needs pvc.name"},
        {"rule": "self.type == 'pvc' || has(self.bucket)", "message": "a cloud storage type needs bucket"},
        {"rule": "self.type == 'pvc' || !has(self.pvc)", "message": "pvc belongs to type pvc"},
        {"rule": "self.type != 'pvc' || !has(self.cloud)", "message": "cloud does not belong to type pvc"},
        {"rule": "!has(self.cloud) || !has(self.cloud.provider) || self.type == 'pvc' || {'s3': 'aws', 'gcs': 'gcp', 'azure': 'azure'}[self.type] == self.cloud.provider", "message": "cloud.provider does not fit type: s3 is aws, gcs is gcp, azure is azure"},
    ]))]
    StorageLocation {
        /// Storage backend: `s3`, `gcs`, `azure` or `pvc`.
        #[serde(rename = "type")]
        #[schemars(required)]
        storage_type: StorageType,
        /// Bucket, or Azure container. Required for `s3`, `gcs` and `azure`.
        #[schemars(length(min = 1, max = 222))]
        bucket: String,
        /// Folder within the bucket or claim. In a bucket it defaults to `backups`, on a claim to the spec's
        /// name; no leading slash is needed, and a trailing one makes no difference.
        #[schemars(length(min = 1, max = 512))]
        path: String,
        /// The claim, when `type` is `pvc`.
        pvc: ClaimReference,
        /// The cloud account, when `type` is a bucket store.
        cloud: Box<CloudBlock>,
    }
}

spec! {
    /// A PersistentVolumeClaim that holds backups.
    ClaimReference {
        /// Name of the claim. With `size` it is created when it does not exist; without, it must exist.
        #[schemars(length(min = 1, max = 253))]
        name: String,
        /// StorageClass of a claim that is created; without it the cluster's default class.
        #[schemars(length(min = 1, max = 253))]
        storage_class_name: String,
        /// Size of a claim to create, a Kubernetes quantity such as `50Gi`. The claim belongs to no Job and is
        /// never deleted by this program.
        #[schemars(length(min = 1, max = 32))]
        size: String,
    }
}

spec! {
    /// How to reach a bucket store.
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "!(has(self.credentialsSecretRef) && has(self.identity))", "message": "give credentialsSecretRef or identity, not both"},
    ]))]
    CloudBlock {
        /// Cloud provider. Follows from the storage type when absent; when given, it has to fit it.
        provider: CloudProvider,
        /// Name of a Secret with static credentials. Keys: AWS `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`
        /// and, unless `region` is given, `AWS_DEFAULT_REGION`; Google `GOOGLE_APPLICATION_CREDENTIALS_JSON`;
        /// Azure `AZURE_STORAGE_ACCOUNT`, `AZURE_STORAGE_KEY`. Without it, ambient identity is used.
        #[schemars(length(min = 1, max = 253))]
        credentials_secret_ref: String,
        /// Workload identity: which ServiceAccount runs the pods, and its annotations.
        identity: CloudIdentity,
        /// Address of an S3-compatible store (MinIO, R2, Ceph), an http or https URL. Only for `s3`.
        #[serde(rename = "endpointURL")]
        #[schemars(length(min = 1, max = 2048))]
        endpoint_url: String,
        /// Ask for path-style addressing in an S3-compatible store. Only for `s3`. Default false.
        #[schemars(extend("default" = false))]
        force_path_style: bool,
        /// Region of the bucket, set as `AWS_REGION` and `AWS_DEFAULT_REGION`. Only for `s3`.
        #[schemars(length(min = 1, max = 64))]
        region: String,
        /// Azure storage account that owns the container. Only for `azure`; without it the Secret's
        /// `AZURE_STORAGE_ACCOUNT` is used.
        #[schemars(length(min = 1, max = 24))]
        storage_account: String,
        /// A private certificate authority that signed the store's certificate. Only for `s3`.
        ca_secret_ref: CaSecretReference,
    }
}

spec! {
    /// A key of a Secret that holds a certificate authority in PEM form.
    CaSecretReference {
        /// Name of the Secret.
        #[schemars(required, length(min = 1, max = 253))]
        name: String,
        /// Key within the Secret. Default `ca.crt`.
        #[schemars(length(min = 1, max = 253), extend("default" = "ca.crt"))]
        key: String,
    }
}

spec! {
    /// Workload identity of the pods.
    CloudIdentity {
        /// Identity provider. Default: the cloud provider.
        provider: CloudProvider,
        /// An existing ServiceAccount to run the pods as, instead of `neo4j-backup-sa`.
        #[schemars(length(min = 1, max = 253))]
        service_account: String,
        /// Create (and annotate) the ServiceAccount.
        auto_create: AutoCreate,
    }
}

spec! {
    /// The ServiceAccount that is created for the pods.
    AutoCreate {
        /// Create the ServiceAccount. Default true; with false it must exist.
        #[schemars(extend("default" = true))]
        enabled: bool,
        /// Annotations of the ServiceAccount, such as `eks.amazonaws.com/role-arn`,
        /// `iam.gke.io/gcp-service-account` or `azure.workload.identity/client-id`.
        #[schemars(extend("maxProperties" = 64))]
        annotations: BTreeMap<String, String>,
    }
}
