//! Who an object belongs to, read off its metadata.
//!
//! Two tools that write the same object undo each other's work, and with Flux our fields would even stay for ever
//! (peers.md §5.2: kustomize-controller strips only managers that it knows). So before every write the owner is
//! looked for, and named together with the place where the change belongs.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::render::labels;

/// Whoever keeps an object as it is, other than us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An Argo CD Application.
    ArgoCd {
        /// Its name, when the object says it.
        application: String,
    },
    /// A Flux Kustomization or HelmRelease.
    Flux {
        /// `Kustomization` or `HelmRelease`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: String,
    },
    /// A Helm release.
    Helm {
        /// Its name.
        release: String,
        /// Its namespace.
        namespace: String,
    },
    /// A controller, by owner reference.
    Controller {
        /// Kind of the owner.
        kind: String,
        /// API version of the owner.
        api_version: String,
        /// Its name.
        name: String,
    },
    /// An object that is there and was not made by us.
    Somebody {
        /// What `app.kubernetes.io/managed-by` says, or the field manager that wrote it.
        manager: String,
    },
}

impl Owner {
    /// What a person does instead of applying.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::ArgoCd { .. } | Self::Flux { .. } => {
                "change the specs in the Git repository that it follows, and let it roll them out".to_owned()
            }
            Self::Helm { release, namespace } => {
                format!("change the values of the release, `helm upgrade {release} -n {namespace}`")
            }
            Self::Controller { kind, name, .. } => format!("change the {kind} `{name}` that it follows from"),
            Self::Somebody { .. } => "give the spec another name, or remove what is there".to_owned(),
        }
    }

    /// What a person does instead of deleting.
    #[must_use]
    pub fn removal(&self) -> String {
        match self {
            Self::ArgoCd { .. } | Self::Flux { .. } => {
                "remove the specs from the Git repository that it follows, with pruning on".to_owned()
            }
            Self::Helm { release, namespace } => {
                format!("change the values of the release, `helm upgrade {release} -n {namespace}`")
            }
            Self::Controller { kind, name, .. } => format!("delete the {kind} `{name}` that it follows from"),
            Self::Somebody { .. } => "whoever made it deletes it".to_owned(),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArgoCd { application } if application.is_empty() => formatter.write_str("Argo CD"),
            Self::ArgoCd { application } => write!(formatter, "the Argo CD application `{application}`"),
            Self::Flux { kind, name, namespace } => write!(formatter, "the Flux {kind} `{namespace}/{name}`"),
            Self::Helm { release, namespace } => {
                write!(formatter, "the Helm release `{namespace}/{release}`")
            }
            Self::Controller { kind, name, .. } => write!(formatter, "the {kind} `{name}`"),
            Self::Somebody { manager } => write!(formatter, "`{manager}`"),
        }
    }
}

/// The owner of a live object; `None` when it is ours or nobody's.
#[must_use]
pub fn owner(metadata: &ObjectMeta) -> Option<Owner> {
    git_ops(metadata).or_else(|| controller(metadata)).or_else(|| stranger(metadata))
}

/// Argo CD, Flux or Helm, by the marks that they leave (peers.md §5.1, §5.2).
#[must_use]
pub fn git_ops(metadata: &ObjectMeta) -> Option<Owner> {
    let annotation =
        |key: &str| metadata.annotations.as_ref().and_then(|all| all.get(key)).map(String::as_str);
    let label = |key: &str| metadata.labels.as_ref().and_then(|all| all.get(key)).map(String::as_str);

    if let Some(tracking) = annotation("argocd.argoproj.io/tracking-id") {
        let application = tracking.split(':').next().unwrap_or_default().to_owned();
        return Some(Owner::ArgoCd { application });
    }
    if let Some(application) = label("argocd.argoproj.io/instance") {
        return Some(Owner::ArgoCd { application: application.to_owned() });
    }
    for (kind, group) in [("Kustomization", "kustomize"), ("HelmRelease", "helm")] {
        if let (Some(name), Some(namespace)) = (
            label(&format!("{group}.toolkit.fluxcd.io/name")),
            label(&format!("{group}.toolkit.fluxcd.io/namespace")),
        ) {
            return Some(Owner::Flux { kind, name: name.to_owned(), namespace: namespace.to_owned() });
        }
    }
    if let Some(release) = annotation("meta.helm.sh/release-name") {
        let namespace = annotation("meta.helm.sh/release-namespace").unwrap_or_default().to_owned();
        return Some(Owner::Helm { release: release.to_owned(), namespace });
    }
    // Before Argo CD 3.0 an application was told by a label that others use too; only with its field manager beside
    // it does it mean Argo CD.
    let by_argo = metadata
        .managed_fields
        .iter()
        .flatten()
        .filter_map(|entry| entry.manager.as_deref())
        .any(|manager| manager.starts_with("argocd"));
    match label("app.kubernetes.io/instance") {
        Some(application) if by_argo => Some(Owner::ArgoCd { application: application.to_owned() }),
        _ if by_argo => Some(Owner::ArgoCd { application: String::new() }),
        _ => None,
    }
}

fn controller(metadata: &ObjectMeta) -> Option<Owner> {
    let reference =
        metadata.owner_references.iter().flatten().find(|reference| reference.controller == Some(true))?;
    Some(Owner::Controller {
        kind: reference.kind.clone(),
        api_version: reference.api_version.clone(),
        name: reference.name.clone(),
    })
}

fn stranger(metadata: &ObjectMeta) -> Option<Owner> {
    let managed_by = metadata.labels.as_ref().and_then(|all| all.get(labels::MANAGED_BY));
    match managed_by {
        Some(manager) if manager == labels::MANAGED_BY_VALUE => None,
        Some(manager) => Some(Owner::Somebody { manager: manager.clone() }),
        None => {
            let managers: Vec<&str> = metadata
                .managed_fields
                .iter()
                .flatten()
                .filter_map(|entry| entry.manager.as_deref())
                .collect();
            let ours = |manager: &&str| {
                *manager == super::FIELD_MANAGER
                    || manager.strip_prefix(super::FIELD_MANAGER).is_some_and(|rest| rest.starts_with('/'))
            };
            if managers.iter().any(ours) {
                return None;
            }
            // Controllers write the status of everybody's objects.
            let wrote_the_object = metadata
                .managed_fields
                .iter()
                .flatten()
                .filter(|entry| entry.subresource.as_deref().unwrap_or_default().is_empty())
                .find_map(|entry| entry.manager.as_deref());
            wrote_the_object
                .or_else(|| managers.first().copied())
                .map(|manager| Owner::Somebody { manager: manager.to_owned() })
        }
    }
}
