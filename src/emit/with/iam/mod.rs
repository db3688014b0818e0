//! `--with iam`: the least that an identity may do in the cloud, and who may take it on, as JSON and as Terraform.
//!
//! One identity, a ServiceAccount or the keys in a Secret, may serve several specs, so what it may do is gathered over all
//! of them. What only the person knows (account, project, issuer) is a placeholder in capitals in JSON and a variable in
//! Terraform; nothing is guessed.

mod aws;
mod azure;
mod gcp;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::{Additions, Backup, EmitError, Facts, file_safe};
use crate::api::storage::{CloudProvider, StorageType};
use crate::diagnostics::codes;
use crate::emit::templates;
use crate::input::locate::Finding;

/// Who the pods are to a cloud.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Principal {
    /// A ServiceAccount of this namespace.
    Account { namespace: String, name: String },
    /// Whoever's keys lie in a Secret of this namespace.
    Keys { namespace: String, secret: String },
}

impl Principal {
    fn of(backup: &Backup<'_>) -> Self {
        let namespace = backup.plan.namespace.clone();
        match backup.cloud().and_then(|cloud| cloud.credentials_secret_ref.clone()) {
            Some(secret) => Self::Keys { namespace, secret },
            None => Self::Account { namespace, name: backup.plan.service_account.name.value.clone() },
        }
    }

    fn folder(&self) -> String {
        match self {
            Self::Account { namespace, name } => {
                format!("iam/{namespace}/serviceaccount-{}", file_safe(name))
            }
            Self::Keys { namespace, secret } => format!("iam/{namespace}/secret-{}", file_safe(secret)),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Account { namespace, name } => format!("ServiceAccount `{namespace}/{name}`"),
            Self::Keys { namespace, secret } => format!("the keys in the Secret `{namespace}/{secret}`"),
        }
    }

    /// Namespace and name of the ServiceAccount.
    fn account(&self) -> Option<Account<'_>> {
        match self {
            Self::Account { namespace, name } => Some(Account { namespace, name }),
            Self::Keys { .. } => None,
        }
    }
}

/// A ServiceAccount.
#[derive(Clone, Copy, Debug)]
struct Account<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl Account<'_> {
    /// The subject of its tokens (Kubernetes manual, "Managing Service Accounts").
    fn subject(self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

/// Where in one cloud an identity works.
#[derive(Clone, Debug, Default)]
struct Reach {
    /// Buckets, or Azure's accounts (empty when only a Secret knows it) and containers, with their folders; the empty
    /// folder is the root.
    folders: BTreeMap<(String, String), BTreeSet<String>>,
    /// The value of the annotation by which the cloud knows the ServiceAccount.
    annotation: Option<String>,
    /// Every store of it is a compatible one, which has no roles and no trust of the cloud's.
    compatible_only: bool,
}

/// The files of one identity in one cloud, and what is done with them.
#[derive(Default, Serialize)]
struct Made {
    /// JSON documents by name.
    #[serde(skip)]
    documents: Vec<(String, Json)>,
    /// The same as Terraform.
    #[serde(skip)]
    terraform: Option<String>,
    /// What a person runs, from the folder above `iam`.
    commands: Vec<String>,
    /// Placeholders of the JSON files and commands, and what each is.
    placeholders: Vec<(&'static str, &'static str)>,
    /// What else there is to know.
    remarks: Vec<&'static str>,
}

#[derive(Serialize)]
struct Described {
    title: String,
    folder: String,
    cloud: &'static str,
    made: Made,
}

/// The annotation of each cloud on a ServiceAccount (document 000, "Workload identity").
const fn annotation(provider: CloudProvider) -> &'static str {
    match provider {
        CloudProvider::Aws => "eks.amazonaws.com/role-arn",
        CloudProvider::Gcp => "iam.gke.io/gcp-service-account",
        CloudProvider::Azure => "azure.workload.identity/client-id",
    }
}

/// The files of every identity.
///
/// # Errors
///
/// When a text cannot be written, which tests rule out.
pub(super) fn additions(facts: &Facts<'_>) -> Result<Additions, EmitError> {
    let mut identities: BTreeMap<(Principal, &'static str), (CloudProvider, Reach)> = BTreeMap::new();
    let mut additions = Additions::default();
    for backup in &facts.backups {
        let (Some(provider), Some(location)) =
            (backup.storage_type().and_then(StorageType::provider), backup.location())
        else {
            continue;
        };
        let principal = Principal::of(backup);
        if let Principal::Keys { secret, .. } = &principal {
            additions.tell(facts, backup, static_keys(backup, secret));
        }
        let (_, reach) = identities
            .entry((principal, provider.as_str()))
            .or_insert_with(|| (provider, Reach { compatible_only: true, ..Reach::default() }));
        let cloud = backup.cloud();
        let account = cloud.and_then(|cloud| cloud.storage_account.clone()).unwrap_or_default();
        let store = (account, location.bucket().to_owned());
        reach.folders.entry(store).or_default().insert(location.folder().to_owned());
        reach.compatible_only &= cloud.is_some_and(|cloud| cloud.endpoint_url.is_some());
        if let Some(value) = backup.plan.service_account.annotations.get(annotation(provider)) {
            reach.annotation.get_or_insert_with(|| value.value.clone());
        }
    }
    let mut described = Vec::new();
    for ((principal, cloud), (provider, reach)) in &identities {
        let folder = format!("{}/{cloud}", principal.folder());
        let made = match provider {
            CloudProvider::Aws => aws::files(principal.account(), reach, &folder),
            CloudProvider::Gcp => gcp::files(principal.account(), reach, &folder),
            CloudProvider::Azure => azure::files(principal.account(), reach, &folder),
        };
        for (name, document) in &made.documents {
            additions.json(format!("{folder}/{name}"), document)?;
        }
        if let Some(terraform) = &made.terraform {
            additions.file(format!("{folder}/main.tf"), terraform.clone());
        }
        described.push(Described { title: principal.title(), folder, cloud, made });
    }
    if described.is_empty() {
        additions.nothing_to_add(facts, "iam", "no backup here goes to a bucket");
    } else {
        let page = Page { identities: described };
        additions.file("iam/README.md".to_owned(), templates::fill("with/iam.md.j2", &page)?);
    }
    Ok(additions)
}

/// The README.
#[derive(Serialize)]
struct Page {
    identities: Vec<Described>,
}

fn static_keys(backup: &Backup<'_>, secret: &str) -> Finding {
    Finding::new(
        &codes::IAM_WITHOUT_TRUST,
        backup.cloud_field("credentialsSecretRef"),
        format!("the keys in `{secret}` belong to somebody, so there are rights for them and no trust"),
    )
    .help("give the owner of the keys the rights in `iam/`, or use `identity` instead of keys")
}
