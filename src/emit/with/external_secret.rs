//! `--with externalsecret`: for each Secret that the pods read, an `ExternalSecret` of the External Secrets Operator that
//! makes it, with names and keys and never a value.
//!
//! What a store calls a secret and what lies in it is not known here: the remote key is `<namespace>-<secret>` and
//! its properties are the keys of the Secret, which each of the operator's providers can hold (one JSON object). `/` would
//! be a folder in Vault and is refused by Google's and Azure's stores.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::{Additions, Backup, EmitError, Facts};
use crate::diagnostics::codes;
use crate::input::document::Content;
use crate::input::locate::Finding;
use crate::plan::{EnvironmentValue, VolumeSource};
use crate::render::labels;

/// Name of the store that stands in the skeleton when none is given.
const PLACEHOLDER: &str = "secret-store";
/// The key of a Secret with registry credentials (Kubernetes manual, "Secrets", "Docker config Secrets").
const DOCKER_CONFIG: &str = ".dockerconfigjson";
/// Keys that a pod may do without and that the Secret has all the same: the region unless the spec gives it (document 000),
/// and the service principal, the only credentials in a Secret that neo4j-admin documents for Azure (neo4j-admin.md §3).
/// A session token is left out: what is kept in a store is none that ends within the hour.
const WANTED: [&str; 4] = ["AWS_DEFAULT_REGION", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

/// Where the values come from: a `SecretStore` of the namespace or a `ClusterSecretStore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreReference {
    /// `SecretStore` or `ClusterSecretStore`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// The text is no `[KIND/]NAME` of a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no store of secrets: write `NAME`, `SecretStore/NAME` or `ClusterSecretStore/NAME`")]
pub struct InvalidStore(String);

impl std::str::FromStr for StoreReference {
    type Err = InvalidStore;

    /// `NAME`, `SecretStore/NAME` or `ClusterSecretStore/NAME`; the name is a DNS subdomain.
    fn from_str(text: &str) -> Result<Self, InvalidStore> {
        let (kind, name) = match text.split_once('/') {
            Some(("SecretStore", name)) => ("SecretStore", name),
            Some(("ClusterSecretStore", name)) => ("ClusterSecretStore", name),
            Some(_) => return Err(InvalidStore(text.to_owned())),
            None => ("SecretStore", text),
        };
        let label = |label: &str| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
        };
        if name.len() > 253 || !name.split('.').all(label) {
            return Err(InvalidStore(text.to_owned()));
        }
        Ok(Self { kind, name: name.to_owned() })
    }
}

/// A Secret: which keys are read, and where it is first named.
struct Wanted<'a> {
    keys: BTreeSet<String>,
    registry: bool,
    backup: &'a Backup<'a>,
    field: String,
}

/// The skeletons for the Secrets of the backups. A Secret that lies in the input is made there, and gets none.
///
/// # Errors
///
/// When an object cannot be written, which the types rule out.
pub(super) fn additions(facts: &Facts<'_>) -> Result<Additions, EmitError> {
    let store = facts.settings.secret_store.as_ref();
    let mut present: BTreeSet<(Option<&str>, &str)> = BTreeSet::new();
    for document in facts.documents {
        if matches!(document.content, Content::Secret(_)) {
            present.insert((document.metadata.namespace.as_deref(), &document.metadata.name));
        }
    }
    let mut secrets: BTreeMap<(&str, String), Wanted<'_>> = BTreeMap::new();
    for backup in &facts.backups {
        gather(backup, &mut |name, key, field| {
            let wanted = secrets.entry((&backup.plan.namespace, name.to_owned())).or_insert_with(|| Wanted {
                keys: BTreeSet::new(),
                registry: key == DOCKER_CONFIG,
                backup,
                field: field.to_owned(),
            });
            wanted.keys.insert(key.to_owned());
        });
    }
    secrets.retain(|(namespace, name), _| {
        !present.contains(&(Some(namespace), name.as_str())) && !present.contains(&(None, name.as_str()))
    });
    let mut additions = Additions::default();
    for ((namespace, name), wanted) in &secrets {
        additions.object(&object(namespace, name, wanted, store))?;
    }
    match (secrets.first_key_value(), store) {
        (None, _) => additions.nothing_to_add(
            facts,
            "externalsecret",
            "the pods read no Secret that is not in the input or the target's own",
        ),
        (Some(((_, name), wanted)), None) => {
            let finding = Finding::new(
                &codes::SECRET_STORE_UNNAMED,
                wanted.field.clone(),
                format!("the ExternalSecret for `{name}` names the store `{PLACEHOLDER}`, because no other is given"),
            )
            .help("give `--secret-store NAME`, or `--secret-store ClusterSecretStore/NAME`")
            .note("all ExternalSecrets of a bundle name the same store");
            additions.tell(facts, wanted.backup, finding);
        }
        (Some(_), Some(_)) => {}
    }
    Ok(additions)
}

/// Every Secret that the pods of a backup read: name, key and the field that names it.
fn gather(backup: &Backup<'_>, found: &mut dyn FnMut(&str, &str, &str)) {
    let plan = &backup.plan;
    let of_steps = plan.steps.iter().flat_map(|step| &step.environment);
    for variable in plan.environment.iter().chain(of_steps) {
        if let EnvironmentValue::SecretKey { name, key, optional } = &variable.value
            && (!optional || WANTED.contains(&key.as_str()))
        {
            found(name, key, variable.field.as_deref().unwrap_or("spec.storage"));
        }
    }
    for volume in &plan.volumes {
        if let VolumeSource::Secret { name, items } = &volume.source {
            for (key, _) in items {
                found(name, key, volume.field.as_deref().unwrap_or("spec.storage"));
            }
        }
    }
    // The target's own are there already where its servers run, made by whoever runs them.
    let servers_have = |name: &String| {
        backup.target.namespace == plan.namespace && backup.target.image_pull_secrets.contains(name)
    };
    for name in plan.pods.image_pull_secrets.iter().filter(|name| !servers_have(name)) {
        let own = backup.target.image_pull_secrets.contains(name);
        found(name, DOCKER_CONFIG, if own { "spec.target" } else { "spec.job.imagePullSecrets" });
    }
}

/// An `ExternalSecret`. Defaults that its CustomResourceDefinition puts inside of lists and objects are written down:
/// Argo CD compares lists as a whole and would show each as a difference (peers.md §5.1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalSecret {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: Specification,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Specification {
    refresh_interval: &'static str,
    secret_store_ref: StoreReference,
    target: Target,
    data: Vec<Data>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    name: String,
    creation_policy: &'static str,
    deletion_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Template>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    #[serde(rename = "type")]
    secret_type: &'static str,
    engine_version: &'static str,
    merge_policy: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    secret_key: String,
    remote_ref: RemoteReference,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemoteReference {
    key: String,
    property: String,
    conversion_strategy: &'static str,
    decoding_strategy: &'static str,
    metadata_policy: &'static str,
}

fn object(
    namespace: &str,
    name: &str,
    wanted: &Wanted<'_>,
    store: Option<&StoreReference>,
) -> ExternalSecret {
    let data = wanted.keys.iter().map(|key| Data {
        secret_key: key.clone(),
        remote_ref: RemoteReference {
            key: format!("{namespace}-{name}"),
            // Of registry credentials the whole value is the one key.
            property: key.trim_start_matches('.').to_owned(),
            conversion_strategy: "Default",
            decoding_strategy: "None",
            metadata_policy: "None",
        },
    });
    let own_labels = [(labels::NAME, labels::NAME_VALUE), (labels::MANAGED_BY, labels::MANAGED_BY_VALUE)];
    ExternalSecret {
        api_version: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: Some(own_labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        spec: Specification {
            refresh_interval: "1h0m0s",
            secret_store_ref: store
                .cloned()
                .unwrap_or_else(|| StoreReference { kind: "SecretStore", name: PLACEHOLDER.to_owned() }),
            target: Target {
                name: name.to_owned(),
                creation_policy: "Owner",
                deletion_policy: "Retain",
                template: wanted.registry.then_some(Template {
                    secret_type: "kubernetes.io/dockerconfigjson",
                    engine_version: "v2",
                    merge_policy: "Replace",
                }),
            },
            data: data.collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::StoreReference;

    #[test]
    fn a_store_is_named_by_kind_and_name() {
        for (text, kind, name) in [
            ("vault", "SecretStore", "vault"),
            ("SecretStore/vault", "SecretStore", "vault"),
            ("ClusterSecretStore/aws.prod", "ClusterSecretStore", "aws.prod"),
        ] {
            let store: StoreReference = text.parse().unwrap();
            assert_eq!((store.kind, store.name.as_str()), (kind, name));
        }
        for text in
            ["", "/", "Store/vault", "SecretStore/", "Vault", "a/b/c", "-a", "a..b", "a b", "${STORE}"]
        {
            assert!(text.parse::<StoreReference>().is_err(), "{text}");
        }
    }
}
