//! `--with lifecycle`: the lifecycle rules of each bucket, as JSON with the command that sets them and as Terraform.
//!
//! The providers replace the whole configuration of a bucket (Azure: of a storage account), so the rules of all specs that
//! write there are one document. What a rule may delete is decided in [`need`].

mod document;
mod need;

use std::collections::BTreeMap;

use serde::Serialize;

use self::document::Rule;
use self::need::{Need, Obstacle, Writer};
use super::{Additions, Backup, EmitError, Facts, file_safe};
use crate::api::storage::StorageType;
use crate::diagnostics::codes;
use crate::emit::templates;
use crate::input::Finding;

const MAX_AGE: &str = "spec.retention.maxAge";
/// The rules.
const DOCUMENT: &str = "lifecycle.json";

/// What has one lifecycle configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Store {
    /// A bucket of S3, or of the compatible store at an endpoint.
    S3 { bucket: String, endpoint: Option<String> },
    /// A bucket of Google Cloud Storage.
    Gcs { bucket: String },
    /// A storage account, or the one that only a Secret knows.
    Azure { account: Result<String, String> },
}

impl Store {
    fn of(backup: &Backup<'_>) -> Option<Self> {
        let location = backup.location()?;
        let bucket = location.bucket().to_owned();
        let cloud = backup.cloud();
        Some(match location.storage_type() {
            StorageType::S3 => Self::S3 {
                bucket,
                endpoint: cloud
                    .and_then(|cloud| cloud.endpoint_url.as_deref())
                    .map(|url| url.trim_end_matches('/').to_owned()),
            },
            StorageType::Gcs => Self::Gcs { bucket },
            StorageType::Azure => Self::Azure {
                account: cloud.and_then(|cloud| cloud.storage_account.clone()).ok_or_else(|| {
                    let secret = cloud.and_then(|cloud| cloud.credentials_secret_ref.as_deref());
                    format!("{}-{}", backup.plan.namespace, secret.unwrap_or_default())
                }),
            },
            StorageType::Pvc => return None,
        })
    }

    /// Its folder in the bundle.
    fn folder(&self) -> String {
        match self {
            Self::S3 { bucket, endpoint: None } => format!("lifecycle/s3-{}", file_safe(bucket)),
            Self::S3 { bucket, endpoint: Some(url) } => {
                let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
                format!("lifecycle/s3-{}-at-{}", file_safe(bucket), file_safe(host))
            }
            Self::Gcs { bucket } => format!("lifecycle/gcs-{}", file_safe(bucket)),
            Self::Azure { account: Ok(account) } => format!("lifecycle/azure-{}", file_safe(account)),
            Self::Azure { account: Err(secret) } => {
                format!("lifecycle/azure-of-secret-{}", file_safe(secret))
            }
        }
    }

    fn title(&self) -> String {
        match self {
            Self::S3 { bucket, endpoint: None } => format!("S3 bucket `{bucket}`"),
            Self::S3 { bucket, endpoint: Some(url) } => format!("S3 bucket `{bucket}` at {url}"),
            Self::Gcs { bucket } => format!("Google Cloud Storage bucket `{bucket}`"),
            Self::Azure { account: Ok(account) } => format!("Azure storage account `{account}`"),
            Self::Azure { account: Err(secret) } => {
                format!("Azure storage account that the Secret `{secret}` names")
            }
        }
    }

    /// The commands that show what is set and set the document, run in the bundle's folder.
    fn commands(&self) -> [String; 2] {
        let file = format!("{}/{DOCUMENT}", self.folder());
        match self {
            Self::S3 { bucket, endpoint } => {
                let endpoint =
                    endpoint.as_deref().map(|url| format!(" --endpoint-url {url}")).unwrap_or_default();
                [
                    format!("aws s3api get-bucket-lifecycle-configuration --bucket {bucket}{endpoint}"),
                    format!(
                        "aws s3api put-bucket-lifecycle-configuration --bucket {bucket}{endpoint} \
                         --lifecycle-configuration file://{file}"
                    ),
                ]
            }
            Self::Gcs { bucket } => [
                format!("gcloud storage buckets describe gs://{bucket} --format='json(lifecycle_config)'"),
                format!("gcloud storage buckets update gs://{bucket} --lifecycle-file={file}"),
            ],
            Self::Azure { account } => {
                let account = account.as_deref().unwrap_or("STORAGE_ACCOUNT");
                let of = format!("--account-name {account} --resource-group RESOURCE_GROUP");
                [
                    format!("az storage account management-policy show {of}"),
                    format!("az storage account management-policy create {of} --policy @{file}"),
                ]
            }
        }
    }
}

/// What the README says of a store.
#[derive(Serialize)]
struct Described {
    title: String,
    folder: String,
    commands: [String; 2],
    folders: Vec<DescribedFolder>,
    empty: bool,
}

#[derive(Serialize)]
struct DescribedFolder {
    prefix: String,
    days: Option<u64>,
    asked: Option<u64>,
    obstacle: Option<String>,
    writers: Vec<String>,
}

/// Folders of a store, in order, and who writes there.
type Folders<'a> = BTreeMap<String, Vec<Writer<'a>>>;

/// The rules of every bucket.
///
/// # Errors
///
/// When a text cannot be written, which tests rule out.
pub(super) fn additions(facts: &Facts<'_>) -> Result<Additions, EmitError> {
    let mut stores: BTreeMap<Store, Folders<'_>> = BTreeMap::new();
    for backup in &facts.backups {
        let (Some(store), Some(location)) = (Store::of(backup), backup.location()) else { continue };
        // Azure's rules are for an account, and their prefixes begin with the container.
        let folder = match &store {
            Store::Azure { .. } if location.folder().is_empty() => location.bucket().to_owned(),
            Store::Azure { .. } => format!("{}/{}", location.bucket(), location.folder()),
            _ => location.folder().to_owned(),
        };
        stores.entry(store).or_default().entry(folder).or_default().push(Writer::new(backup));
    }
    let mut additions = Additions::default();
    let mut described = Vec::new();
    for (store, folders) in &stores {
        let needs = needs(store, folders);
        let mut rules = Vec::new();
        for ((folder, writers), need) in folders.iter().zip(&needs) {
            for (backup, finding) in tell(folder, writers, need) {
                additions.tell(facts, backup, finding);
            }
            let days = match need {
                Need::Days { kept, .. } => Some(*kept),
                Need::Everything | Need::Unsafe(_) => None,
            };
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            rules.push(Rule { id: format!("neo4j-backup-{}", file_safe(folder)), prefix, days });
        }
        let directory = store.folder();
        // Only Azure has nothing to say of a folder from which nothing is deleted.
        let empty = matches!(store, Store::Azure { .. }) && rules.iter().all(|rule| rule.days.is_none());
        if !empty {
            additions.json(format!("{directory}/{DOCUMENT}"), &document::json(store, &rules))?;
            additions.file(format!("{directory}/main.tf"), document::terraform(store, &rules));
        }
        described.push(describe(store, folders, &needs, empty));
    }
    if described.is_empty() {
        additions.nothing_to_add(facts, "lifecycle", "no backup here goes to a bucket");
    } else {
        let page = Page { stores: described, grace: document::GRACE_DAYS };
        additions.file("lifecycle/README.md".to_owned(), templates::fill("with/lifecycle.md.j2", &page)?);
    }
    Ok(additions)
}

/// The README.
#[derive(Serialize)]
struct Page {
    stores: Vec<Described>,
    grace: u64,
}

/// What each folder needs, in their order. A rule is for everything below its prefix, so a folder waits for the longest
/// of those below it.
fn needs(store: &Store, folders: &Folders<'_>) -> Vec<Need> {
    let own: BTreeMap<&str, Need> = folders
        .iter()
        .map(|(folder, writers)| {
            // The root of a container is a prefix of its own; others would share it.
            let root = matches!(store, Store::Azure { .. }) && !folder.contains('/');
            (folder.as_str(), need::of_folder(if root { "" } else { folder }, writers))
        })
        .collect();
    own.iter()
        .map(|(folder, need)| {
            let Need::Days { kept, asked } = need else { return need.clone() };
            let mut kept = *kept;
            let start = format!("{folder}/");
            for (below, other) in
                own.range(start.as_str()..).take_while(|(below, _)| below.starts_with(&start))
            {
                match other {
                    Need::Days { kept: longer, .. } => kept = kept.max(*longer),
                    Need::Everything | Need::Unsafe(_) => {
                        return Need::Unsafe(Obstacle::Below((*below).to_owned()));
                    }
                }
            }
            Need::Days { kept, asked: *asked }
        })
        .collect()
}

/// What the people who asked for something to be deleted have to know.
fn tell<'a>(folder: &str, writers: &[Writer<'a>], need: &Need) -> Vec<(&'a Backup<'a>, Finding)> {
    let asking = writers.iter().filter(|writer| writer.max_age_days.is_some());
    match need {
        Need::Everything => Vec::new(),
        Need::Days { kept, asked } if kept == asked => Vec::new(),
        Need::Days { kept, asked } => asking
            .map(|writer| {
                let finding = Finding::new(
                    &codes::LIFECYCLE_WAITS,
                    MAX_AGE,
                    format!("the rule for `{folder}/` deletes after {kept} days and not after {asked}"),
                )
                .help("nothing is to be done; shorten the schedule of the FULL to have less kept")
                .note(
                    "a differential needs its full backup, which may be as old as two intervals of the FULL and a day, one \
                     failed run included; a rule covers all folders below its own (neo4j-admin.md §2)",
                );
                (writer.backup, finding)
            })
            .collect(),
        Need::Unsafe(obstacle) => asking
            .map(|writer| {
                let finding = Finding::new(
                    &codes::LIFECYCLE_UNSAFE,
                    MAX_AGE,
                    format!("no rule deletes from `{folder}/`: {}", obstacle.words()),
                )
                .help(obstacle.help())
                .note("a rule by age that is not safe takes the ancestors of backups that are kept (neo4j-admin.md §2)");
                (writer.backup, finding)
            })
            .collect(),
    }
}

impl Obstacle {
    fn words(&self) -> String {
        match self {
            Self::KeptByAnother(other) => {
                format!("`{other}` writes there too, has no `maxAge`, and so keeps everything")
            }
            Self::NoRegularFull => {
                "differentials go there, and no FULL with a schedule begins a new chain".to_owned()
            }
            Self::AcrossFulls(other) => {
                format!("with `preferDiffAsParent` the differentials of `{other}` go on across full backups")
            }
            Self::Root => "it is the root, and a rule would take what is no backup too".to_owned(),
            Self::Below(below) => format!("`{below}/` lies below it, where nothing may be deleted"),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::KeptByAnother(_) => "give both specs a `maxAge`, or folders of their own",
            Self::NoRegularFull => {
                "add a FULL with a schedule that shares the folder, or delete whole chains by hand"
            }
            Self::AcrossFulls(_) => "remove `preferDiffAsParent`, or delete whole chains by hand",
            Self::Root => "give the backup a folder of its own in `storage.path`",
            Self::Below(_) => "give each spec a folder beside the others and not below one of them",
        }
    }
}

fn describe(store: &Store, folders: &Folders<'_>, needs: &[Need], empty: bool) -> Described {
    let folders = folders
        .iter()
        .zip(needs)
        .map(|((folder, writers), need)| {
            let (days, asked, obstacle) = match need {
                Need::Days { kept, asked } => (Some(*kept), Some(*asked), None),
                Need::Everything => (None, None, None),
                Need::Unsafe(obstacle) => (None, None, Some(obstacle.words())),
            };
            let mut writers: Vec<String> = writers.iter().map(|writer| writer.backup.name()).collect();
            writers.sort();
            DescribedFolder { prefix: format!("{folder}/"), days, asked, obstacle, writers }
        })
        .collect();
    Described { title: store.title(), folder: store.folder(), commands: store.commands(), folders, empty }
}
