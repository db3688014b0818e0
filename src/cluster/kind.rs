//! The kinds of object that we read or write, spelled out: no discovery is needed to reach them.

use k8s_openapi::Resource;
use kube::core::{ApiResource, GroupVersionKind};

use crate::render::Object;

/// A kind that we read or write. Every cluster has them, but for [`Kind::Backup`], which comes with its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `customresourcedefinitions.apiextensions.k8s.io`
    CustomResourceDefinition,
    /// `serviceaccounts`
    ServiceAccount,
    /// `configmaps`
    ConfigMap,
    /// `persistentvolumeclaims`
    PersistentVolumeClaim,
    /// `cronjobs.batch`
    CronJob,
    /// `jobs.batch`
    Job,
    /// `neo4jbackups.neo4j.neo4j.com`; only where its definition is installed
    Backup,
    /// `secrets`; never made by us, only named as the parent of a set
    Secret,
}

/// In the order in which they can be applied (issue 4: what others refer to comes first).
pub const APPLY_ORDER: [Kind; 7] = [
    Kind::CustomResourceDefinition,
    Kind::ServiceAccount,
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::CronJob,
    Kind::Job,
    Kind::Backup,
];

impl Kind {
    /// The kind of a rendered object.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        match object {
            Object::ServiceAccount(_) => Self::ServiceAccount,
            Object::PersistentVolumeClaim(_) => Self::PersistentVolumeClaim,
            Object::ConfigMap(_) => Self::ConfigMap,
            Object::Job(_) => Self::Job,
            Object::CronJob(_) => Self::CronJob,
        }
    }

    /// Group, version, kind and plural.
    #[must_use]
    pub fn resource(self) -> ApiResource {
        use k8s_openapi::api::{batch::v1 as batch, core::v1 as core};
        use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as extensions;

        match self {
            Self::CustomResourceDefinition => resource::<extensions::CustomResourceDefinition>(),
            Self::ServiceAccount => resource::<core::ServiceAccount>(),
            Self::ConfigMap => resource::<core::ConfigMap>(),
            Self::PersistentVolumeClaim => resource::<core::PersistentVolumeClaim>(),
            Self::CronJob => resource::<batch::CronJob>(),
            Self::Job => resource::<batch::Job>(),
            Self::Backup => ApiResource::from_gvk_with_plural(
                &GroupVersionKind::gvk("neo4j.neo4j.com", "v1alpha1", "Neo4jBackup"),
                "neo4jbackups",
            ),
            Self::Secret => resource::<core::Secret>(),
        }
    }

    /// As kubectl writes it before a name: `cronjob.batch`, `serviceaccount`.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::CustomResourceDefinition => "customresourcedefinition.apiextensions.k8s.io",
            Self::ServiceAccount => "serviceaccount",
            Self::ConfigMap => "configmap",
            Self::PersistentVolumeClaim => "persistentvolumeclaim",
            Self::CronJob => "cronjob.batch",
            Self::Job => "job.batch",
            Self::Backup => "neo4jbackup.neo4j.neo4j.com",
            Self::Secret => "secret",
        }
    }

    /// `CronJob`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomResourceDefinition => "CustomResourceDefinition",
            Self::ServiceAccount => "ServiceAccount",
            Self::ConfigMap => "ConfigMap",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::CronJob => "CronJob",
            Self::Job => "Job",
            Self::Backup => "Neo4jBackup",
            Self::Secret => "Secret",
        }
    }
}

fn resource<K>() -> ApiResource
where
    K: Resource,
{
    let kind = GroupVersionKind::gvk(K::GROUP, K::VERSION, K::KIND);
    ApiResource::from_gvk_with_plural(&kind, K::URL_PATH_SEGMENT)
}
