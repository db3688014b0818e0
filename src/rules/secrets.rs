//! Secrets that lie in the input: whether they hold the keys that a spec will ask for.
//!
//! A pod whose Secret lacks a key waits in `CreateContainerConfigError` until its deadline (operator.md §4,
//! pitfall 32). Only names of keys are read, never values. What is not in the input may well be in the cluster, and
//! nothing is said about it.

use crate::api::Neo4jRestoreSpec;
use crate::api::backup::BackupTls;
use crate::api::restore::RestoreHooks;
use crate::api::storage::StorageType;
use crate::diagnostics::codes;
use crate::input::{Content, Document, Finding};

use super::storage_block::StorageBlock;
use super::surroundings::{Found, Surroundings};
use super::{Context, Summary};

/// Keys of a service principal, which `neo4j-admin` knows (neo4j-admin.md §3).
const PRINCIPAL: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

/// A Secret that a spec refers to, and what it needs of it.
struct Reference<'s> {
    field: String,
    secret: &'s str,
    keys: Vec<(String, &'s str)>,
}

impl<'s> Reference<'s> {
    /// Keys that are missed at the place that names the Secret.
    fn new(field: String, secret: &'s str, keys: &[&'s str]) -> Self {
        let keys = keys.iter().map(|key| (field.clone(), *key)).collect();
        Self { field, secret, keys }
    }
}

/// All Secrets that specs refer to.
pub(super) fn keys(context: &Context<'_>, _: &[Summary<'_>], out: &mut Vec<(usize, Finding)>) {
    let secrets = Surroundings::new(context, |document| matches!(document.content, Content::Secret(_)));
    for (index, document) in context.documents.iter().enumerate() {
        let namespace = context.namespace(document);
        let (block, mut references) = match &document.content {
            Content::Backup(spec) => {
                let tls = spec.options.as_deref().and_then(|options| options.tls.as_ref());
                (StorageBlock::of_backup(spec), tls.and_then(certificates).into_iter().collect())
            }
            Content::Restore(spec) => (StorageBlock::of_restore(spec), hooks(spec)),
            _ => continue,
        };
        if let Some(block) = block {
            storage(&block, &mut references);
            azure(&block, &secrets, context, namespace, &mut |finding| out.push((index, finding)));
        }
        if secrets.is_empty() {
            continue;
        }
        for reference in references {
            check(context, &secrets, namespace, &reference, &mut |finding| out.push((index, finding)));
        }
    }
}

fn key_names(document: Option<&Document>) -> &[String] {
    match document.map(|document| &document.content) {
        Some(Content::Secret(keys)) => keys,
        _ => &[],
    }
}

fn check(
    context: &Context<'_>,
    secrets: &Surroundings<'_>,
    namespace: &str,
    reference: &Reference<'_>,
    report: &mut dyn FnMut(Finding),
) {
    let secret = reference.secret;
    match secrets.find(secret, namespace) {
        Some(Found::Here(found)) => {
            let keys = key_names(context.documents.get(found));
            let mut missing: Vec<(&str, Vec<&str>)> = Vec::new();
            for (field, key) in &reference.keys {
                if keys.iter().any(|there| there == key) {
                    continue;
                }
                match missing.iter_mut().find(|(other, _)| other == field) {
                    Some((_, keys)) => keys.push(key),
                    None => missing.push((field, vec![key])),
                }
            }
            for (field, missing) in missing {
                report(missing_keys(secret, field, &missing, keys).related(found, "metadata.name", "the Secret"));
            }
        }
        Some(Found::Elsewhere(other, found)) => report(
            Finding::new(
                &codes::SECRET_IN_OTHER_NAMESPACE,
                reference.field.clone(),
                format!("the Secret `{secret}` of this input is in the namespace `{other}`, and the pods run in `{namespace}`"),
            )
            .help(format!("a pod reads Secrets of its own namespace only: make one of that name in `{namespace}`"))
            .related(found, "metadata.name", "the Secret of that name"),
        ),
        None => {}
    }
}

fn missing_keys(secret: &str, field: &str, missing: &[&str], keys: &[String]) -> Finding {
    let list = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let noun = if missing.len() == 1 { "key" } else { "keys" };
    let region = missing.contains(&"AWS_DEFAULT_REGION");
    let help = if region && missing.len() == 1 {
        match keys.iter().any(|key| key == "AWS_REGION") {
            true => "write `cloud.region`, or call the key `AWS_DEFAULT_REGION` instead of `AWS_REGION`"
                .to_owned(),
            false => "write `cloud.region`, or add the key to the Secret".to_owned(),
        }
    } else {
        format!("add {list} to the Secret; it has {}", there(keys))
    };
    let why = if region && missing.len() == 1 {
        "operator.md §4, pitfalls 32 and 33: without a region neo4j-admin cannot find the bucket"
    } else {
        "operator.md §4, pitfall 32: a pod whose Secret lacks a key never starts (`CreateContainerConfigError`)"
    };
    Finding::new(
        &codes::SECRET_KEY_MISSING,
        field.to_owned(),
        format!("the Secret `{secret}` of this input has no {noun} {list}"),
    )
    .help(help)
    .note(why)
}

fn there(keys: &[String]) -> String {
    match keys {
        [] => "none".to_owned(),
        keys => keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Credentials and certificate authority of a bucket store. Keys that are read when they are there and not missed
/// otherwise are not asked for.
fn storage<'s>(block: &StorageBlock<'s>, references: &mut Vec<Reference<'s>>) {
    let (Some(cloud), Some(storage_type)) = (block.cloud(), block.storage.storage_type) else { return };
    if let Some(secret) = cloud.block.credentials_secret_ref.as_deref() {
        let mut keys = match storage_type {
            StorageType::S3 => vec!["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
            StorageType::Gcs => vec!["GOOGLE_APPLICATION_CREDENTIALS_JSON"],
            StorageType::Azure | StorageType::Pvc => Vec::new(),
        };
        if storage_type == StorageType::S3 && cloud.block.region.is_none() {
            keys.push("AWS_DEFAULT_REGION");
        }
        if storage_type == StorageType::Azure && cloud.block.storage_account.is_none() {
            keys.push("AZURE_STORAGE_ACCOUNT");
        }
        if storage_type != StorageType::Pvc {
            references.push(Reference::new(cloud.field("credentialsSecretRef"), secret, &keys));
        }
    }
    if storage_type == StorageType::S3
        && let Some(authority) = &cloud.block.ca_secret_ref
        && let Some(secret) = authority.name.as_deref()
    {
        let leaf = if authority.key.is_some() { "caSecretRef.key" } else { "caSecretRef.name" };
        let key = authority.key.as_deref().unwrap_or("ca.crt");
        references.push(Reference {
            field: cloud.field("caSecretRef.name"),
            secret,
            keys: vec![(cloud.field(leaf), key)],
        });
    }
}

/// Azure's keys are undocumented for `neo4j-admin`, unless the Secret is known to hold a service principal.
fn azure(
    block: &StorageBlock<'_>,
    secrets: &Surroundings<'_>,
    context: &Context<'_>,
    namespace: &str,
    report: &mut dyn FnMut(Finding),
) {
    let Some(cloud) = block.cloud().filter(|_| block.storage.storage_type == Some(StorageType::Azure)) else {
        return;
    };
    let Some(secret) = cloud.block.credentials_secret_ref.as_deref() else { return };
    if let Some(Found::Here(found)) = secrets.find(secret, namespace) {
        let keys = key_names(context.documents.get(found));
        if PRINCIPAL.iter().all(|key| keys.iter().any(|there| there == key)) {
            return;
        }
    }
    report(
        Finding::new(
            &codes::AZURE_KEY_UNDOCUMENTED,
            cloud.field("credentialsSecretRef"),
            format!("the storage key that `{secret}` should hold is not documented for `neo4j-admin`, and may not be read"),
        )
        .help("put `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` of a service principal into the Secret too, or use `identity`")
        .note("neo4j-admin.md §3: DefaultAzureCredential takes a service principal, a workload or a managed identity; `AZURE_STORAGE_KEY` is unverified"),
    );
}

/// Certificates of the backup port.
fn certificates(tls: &BackupTls) -> Option<Reference<'_>> {
    const SECRET: &str = "spec.options.tls.secretName";
    let secret = tls.secret_name.as_deref()?;
    let keys = tls.keys.as_ref();
    let given = [
        (keys.and_then(|keys| keys.key.as_deref()), "tls.key", "spec.options.tls.keys.key"),
        (keys.and_then(|keys| keys.certificate.as_deref()), "tls.crt", "spec.options.tls.keys.certificate"),
        (keys.and_then(|keys| keys.trusted.as_deref()), "ca.crt", "spec.options.tls.keys.trusted"),
    ];
    let keys = given
        .into_iter()
        .map(|(given, default, leaf)| match given {
            Some(key) => (leaf.to_owned(), key),
            None => (SECRET.to_owned(), default),
        })
        .collect();
    Some(Reference { field: SECRET.to_owned(), secret, keys })
}

/// Secrets in the environment of hook Jobs.
fn hooks(spec: &Neo4jRestoreSpec) -> Vec<Reference<'_>> {
    let Some(options) = spec.options.as_deref() else { return Vec::new() };
    let mut references = Vec::new();
    for (hooks, place) in [(&options.pre_restore, "preRestore"), (&options.post_restore, "postRestore")] {
        let environment = hooks.as_ref().and_then(|hooks: &RestoreHooks| {
            hooks.job.as_ref()?.template.as_ref()?.container.as_ref()?.env.as_ref()
        });
        for (index, variable) in environment.into_iter().flatten().enumerate() {
            let reference = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
            let Some(reference) = reference else { continue };
            let (Some(name), Some(key)) = (reference.name.as_deref(), reference.key.as_deref()) else {
                continue;
            };
            let base =
                format!("spec.options.{place}.job.template.container.env[{index}].valueFrom.secretKeyRef");
            references.push(Reference {
                field: format!("{base}.name"),
                secret: name,
                keys: vec![(format!("{base}.key"), key)],
            });
        }
    }
    references
}
