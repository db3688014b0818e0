//! The kinds of object that we read or write, spelled out: no discovery is needed to reach them.

use k8s_openapi::Resource;
use kube::core::{ApiResource, GroupVersionKind};

use crate::render::Object;

/// A kind that every cluster of ours has. Kinds that may be missing (our CRDs, those of an operator) are found by
/// asking.
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
}

/// In the order in which they can be applied (issue 4: what others refer to comes first).
pub const APPLY_ORDER: [Kind; 6] = [
    Kind::CustomResourceDefinition,
    Kind::ServiceAccount,
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::CronJob,
    Kind::Job,
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
