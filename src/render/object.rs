//! The kinds of object that we make.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::labels::{self, Map};
use super::provenance::Provenance;

/// A Kubernetes object that carries out part of a plan.
///
/// Boxed, because a pod template is some kilobytes and a list of objects is mostly smaller ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// The account that pods run as; may be shared between specs.
    ServiceAccount(Box<ServiceAccount>),
    /// A claim for artifacts; belongs to nobody.
    PersistentVolumeClaim(Box<PersistentVolumeClaim>),
    /// Files for the pods.
    ConfigMap(Box<ConfigMap>),
    /// What runs once.
    Job(Box<Job>),
    /// What runs on a schedule.
    CronJob(Box<CronJob>),
}

macro_rules! for_each_kind {
    ($self:ident, $value:ident => $body:expr) => {
        match $self {
            Self::ServiceAccount($value) => $body,
            Self::PersistentVolumeClaim($value) => $body,
            Self::ConfigMap($value) => $body,
            Self::Job($value) => $body,
            Self::CronJob($value) => $body,
        }
    };
}

impl Object {
    /// Group and version: `v1`, `batch/v1`.
    #[must_use]
    pub fn api_version(&self) -> &'static str {
        for_each_kind!(self, object => api_version(object.as_ref()))
    }

    /// Kind: `CronJob`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        for_each_kind!(self, object => kind(object.as_ref()))
    }

    /// Name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// Namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or_default()
    }

    /// Name, namespace, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &ObjectMeta {
        for_each_kind!(self, object => object.metadata())
    }

    /// The same, to add labels and annotations to.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        for_each_kind!(self, object => object.metadata_mut())
    }

    /// `<kind in lower case>-<name>.yaml`, the object's file in a folder of one namespace (peers.md §5.3).
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}.yaml", self.kind().to_ascii_lowercase(), self.name())
    }

    /// `<namespace>/<kind in lower case>-<name>.yaml`, the object's file where objects of several namespaces lie
    /// together and [`Object::file_name`] would let one take the place of another.
    #[must_use]
    pub fn file_path(&self) -> String {
        format!("{}/{}", self.namespace(), self.file_name())
    }
}

fn api_version<K: Resource>(_: &K) -> &'static str {
    K::API_VERSION
}

fn kind<K: Resource>(_: &K) -> &'static str {
    K::KIND
}

/// `apiVersion`, `kind` and `metadata` come first in every kind. Those with fields that sort before `metadata` are
/// spelled out, all fields of them, so that none can be forgotten without a compiler's error.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::ServiceAccount(account) => {
                let ServiceAccount { automount_service_account_token, image_pull_secrets, metadata, secrets } =
                    &**account;
                let mut map = self.head(metadata, serializer)?;
                entry(&mut map, "automountServiceAccountToken", automount_service_account_token.as_ref())?;
                entry(&mut map, "imagePullSecrets", image_pull_secrets.as_ref())?;
                entry(&mut map, "secrets", secrets.as_ref())?;
                map.end()
            }
            Self::ConfigMap(config_map) => {
                let ConfigMap { binary_data, data, immutable, metadata } = &**config_map;
                let mut map = self.head(metadata, serializer)?;
                entry(&mut map, "binaryData", binary_data.as_ref())?;
                entry(&mut map, "data", data.as_ref())?;
                entry(&mut map, "immutable", immutable.as_ref())?;
                map.end()
            }
            Self::PersistentVolumeClaim(claim) => claim.serialize(serializer),
            Self::Job(job) => job.serialize(serializer),
            Self::CronJob(cron_job) => cron_job.serialize(serializer),
        }
    }
}

impl Object {
    /// A map that begins with what every object begins with.
    fn head<S: Serializer>(&self, metadata: &ObjectMeta, serializer: S) -> Result<S::SerializeMap, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", self.api_version())?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("metadata", metadata)?;
        Ok(map)
    }
}

fn entry<M: SerializeMap, T: Serialize>(map: &mut M, key: &str, value: Option<&T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

/// An object and where its fields came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The object.
    pub object: Object,
    /// Origins of its fields.
    pub provenance: Provenance,
}

/// Metadata of a new object.
pub(super) fn metadata(name: &str, namespace: &str, own_labels: Map, annotations: Map) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        labels: labels::unless_empty(own_labels),
        annotations: labels::unless_empty(annotations),
        ..ObjectMeta::default()
    }
}
