//! Who the pods are to the cloud: static credentials or a workload identity, its ServiceAccount and annotations.

use crate::api::storage::{AutoCreate, CloudIdentity, CloudProvider, StorageType};
use crate::diagnostics::{Severity, codes};
use crate::input::Finding;
use crate::plan::location::SERVICE_ACCOUNT;

use super::storage_block::{PlacedCloud, StorageBlock};
use super::storage_rules::without_effect;
use super::{Backup, Restore};

/// Annotations by which a cloud's webhook finds the identity of a ServiceAccount, and what they hold.
const ANNOTATIONS: [(&str, CloudProvider, Grammar); 4] = [
    ("eks.amazonaws.com/role-arn", CloudProvider::Aws, Grammar::RoleArn),
    ("iam.gke.io/gcp-service-account", CloudProvider::Gcp, Grammar::ServiceAccountMail),
    ("azure.workload.identity/client-id", CloudProvider::Azure, Grammar::Guid),
    ("azure.workload.identity/tenant-id", CloudProvider::Azure, Grammar::Guid),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    RoleArn,
    ServiceAccountMail,
    Guid,
}

/// The identity of a backup.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    if let Some(block) = StorageBlock::of_backup(subject.spec) {
        check(&block, subject.index, out);
    }
}

/// The identity of a restore that reads from a bucket by itself.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    if let Some(block) = StorageBlock::of_restore(subject.spec) {
        check(&block, subject.index, out);
    }
}

/// Everything about the identity of one storage block.
pub(super) fn check(block: &StorageBlock<'_>, index: usize, out: &mut Vec<Finding>) {
    let Some(provider) = block.storage.storage_type.and_then(StorageType::provider) else { return };
    azure_account(block, provider, out);
    let Some(cloud) = block.cloud() else { return };
    let Some(identity) = &cloud.block.identity else { return };
    if cloud.block.credentials_secret_ref.is_some() {
        out.push(
            Finding::new(
                &codes::CREDENTIALS_AND_IDENTITY,
                cloud.field("identity"),
                "`identity` and `credentialsSecretRef` exclude each other: the pod would use the Secret and never the identity",
            )
            .help("remove one of the two; an identity needs no Secret")
            .related(index, cloud.field("credentialsSecretRef"), "the Secret"),
        );
        return;
    }
    let automatic = identity.auto_create.as_ref();
    if let Some(automatic) = automatic {
        if automatic.enabled == Some(false) {
            for (key, _) in automatic.annotations.iter().flatten() {
                out.push(
                    without_effect(
                        cloud.annotation(key),
                        "`autoCreate.enabled` is false, so the ServiceAccount is neither created nor annotated",
                    )
                    .help("annotate the ServiceAccount where it is defined, or write `enabled: true`"),
                );
            }
            return;
        }
        annotations(&cloud, provider, automatic, out);
        taken_over(&cloud, identity, out);
    }
    unannotated(&cloud, provider, identity, out);
}

/// Azure's URI holds the account, so something must name it.
fn azure_account(block: &StorageBlock<'_>, provider: CloudProvider, out: &mut Vec<Finding>) {
    let cloud = block.cloud().map(|cloud| cloud.block);
    let named =
        cloud.is_some_and(|cloud| cloud.storage_account.is_some() || cloud.credentials_secret_ref.is_some());
    if provider == CloudProvider::Azure && !named {
        out.push(
            Finding::new(
                &codes::AZURE_ACCOUNT_MISSING,
                block.cloud_field("storageAccount"),
                "the storage account that owns the container is named nowhere",
            )
            .help("add `cloud.storageAccount`, the name alone, as in `storageAccount: mybackups`")
            .note("neo4j-admin.md §3: the URI is `azb://account/container/folder/`; without the account it is wrong"),
        );
    }
}

fn annotations(
    cloud: &PlacedCloud<'_>,
    provider: CloudProvider,
    automatic: &AutoCreate,
    out: &mut Vec<Finding>,
) {
    for (key, value) in automatic.annotations.iter().flatten() {
        let Some((_, owner, grammar)) = ANNOTATIONS.iter().find(|(known, ..)| known == key) else { continue };
        if *owner != provider {
            out.push(
                Finding::new(
                    &codes::ANNOTATION_OF_OTHER_CLOUD,
                    cloud.annotation(key),
                    format!("`{key}` is read in `{owner}` only, and this store is `{provider}`"),
                )
                .help(match expected(provider) {
                    Some(meant) => format!("write `{meant}`, or remove it"),
                    None => "remove it".to_owned(),
                }),
            );
        } else if let Some((reason, help)) = grammar.refuse(value) {
            // What is nothing but a placeholder is told as one, and not a second time for its grammar.
            if value.starts_with('<') && value.ends_with('>') {
                continue;
            }
            out.push(
                Finding::new(
                    &codes::IDENTITY_ANNOTATION,
                    cloud.annotation(key),
                    format!("`{value}` is not {}: {reason}", grammar.name()),
                )
                .help(help),
            );
        }
    }
}

fn expected(provider: CloudProvider) -> Option<&'static str> {
    ANNOTATIONS.iter().find(|(_, owner, _)| *owner == provider).map(|(key, ..)| *key)
}

/// `serviceAccount` names one that exists; with `autoCreate` it is written all the same.
fn taken_over(cloud: &PlacedCloud<'_>, identity: &CloudIdentity, out: &mut Vec<Finding>) {
    let Some(name) = identity.service_account.as_deref() else { return };
    out.push(
        Finding::new(
            &codes::SERVICE_ACCOUNT_TAKEN_OVER,
            cloud.field("identity.serviceAccount"),
            format!("the ServiceAccount `{name}` is rendered with its annotations, as `autoCreate` asks"),
        )
        .help("if it exists and belongs to somebody else, write `autoCreate: {enabled: false}`"),
    );
}

/// An identity that says nothing to the webhooks of its cloud.
fn unannotated(
    cloud: &PlacedCloud<'_>,
    provider: CloudProvider,
    identity: &CloudIdentity,
    out: &mut Vec<Finding>,
) {
    let automatic = identity.auto_create.as_ref();
    if automatic.is_none() && identity.service_account.is_some() {
        // An account that exists has its annotations elsewhere.
        return;
    }
    let annotated =
        automatic.and_then(|automatic| automatic.annotations.as_ref()).is_some_and(|annotations| {
            annotations.keys().any(|key| ANNOTATIONS.iter().any(|(known, ..)| known == key))
        });
    let Some(key) = expected(provider).filter(|_| !annotated) else { return };
    let name = identity.service_account.as_deref().unwrap_or(SERVICE_ACCOUNT);
    let without = match provider {
        CloudProvider::Aws => "works only with an EKS Pod Identity association of that account",
        CloudProvider::Gcp => "works only where the account itself has rights on the bucket",
        CloudProvider::Azure => "gives the pod no client id",
    };
    let severity = if provider == CloudProvider::Azure { Severity::Warning } else { Severity::Notice };
    out.push(
        Finding::new(
            &codes::IDENTITY_WITHOUT_ANNOTATION,
            cloud.field("identity"),
            format!("the ServiceAccount `{name}` gets no `{key}`, which {without}"),
        )
        .severity(severity)
        .help(format!("add it to `identity.autoCreate.annotations`, as in `{key}: {}`", example(provider))),
    );
}

fn example(provider: CloudProvider) -> &'static str {
    match provider {
        CloudProvider::Aws => "arn:aws:iam::123456789012:role/neo4j-backup",
        CloudProvider::Gcp => "neo4j-backup@my-project.iam.gserviceaccount.com",
        CloudProvider::Azure => "00000000-0000-0000-0000-000000000000",
    }
}

impl Grammar {
    fn name(self) -> &'static str {
        match self {
            Self::RoleArn => "the ARN of an IAM role",
            Self::ServiceAccountMail => "the address of a Google service account",
            Self::Guid => "a client or tenant id",
        }
    }

    /// What is wrong with a value, and what to write.
    fn refuse(self, value: &str) -> Option<(&'static str, &'static str)> {
        match self {
            Self::RoleArn => {
                let help = "write `arn:aws:iam::<account>:role/<name>`, with the 12 digits of the account";
                refuse_role(value).map(|reason| (reason, help))
            }
            Self::ServiceAccountMail => {
                let help = "write `<name>@<project>.iam.gserviceaccount.com`";
                refuse_mail(value).map(|reason| (reason, help))
            }
            Self::Guid => {
                let widths = [8, 4, 4, 4, 12];
                let parts: Vec<&str> = value.split('-').collect();
                let right = parts.len() == widths.len()
                    && parts.iter().zip(widths).all(|(part, width)| {
                        part.len() == width && part.bytes().all(|byte| byte.is_ascii_hexdigit())
                    });
                (!right).then_some((
                    "it is 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12",
                    "write the id that `az identity show --query clientId` prints",
                ))
            }
        }
    }
}

/// `arn:<partition>:iam::<12 digits>:role/<path and name>` (AWS manual, "IAM identifiers").
fn refuse_role(value: &str) -> Option<&'static str> {
    let mut parts = value.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, resource) =
        (next(), next(), next(), next(), next(), next());
    if arn != "arn" {
        return Some("it does not begin with `arn:`");
    }
    let partitions =
        ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];
    if !partitions.contains(&partition) {
        return Some("its partition is none of Amazon's, such as `aws`, `aws-cn` or `aws-us-gov`");
    }
    if service != "iam" || !region.is_empty() {
        return Some("a role is `arn:aws:iam::…`, without a region");
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("its account is not 12 digits");
    }
    let Some(name) = resource.strip_prefix("role/") else { return Some("it names no role (`role/…`)") };
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=' | b',' | b'.' | b'@' | b'_' | b'-')
    };
    let well = !name.is_empty() && !name.ends_with('/') && name.len() <= 576 && name.bytes().all(plain);
    (!well).then_some("the name of its role has characters that IAM does not take")
}

/// `<name>@<project>.iam.gserviceaccount.com`, and the default accounts of Compute and App Engine.
fn refuse_mail(value: &str) -> Option<&'static str> {
    let Some((name, domain)) = value.split_once('@') else { return Some("it has no `@`") };
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !plain(name) || name.len() > 63 {
        return Some("before the `@` stand lower-case letters, digits and dashes");
    }
    if matches!(domain, "developer.gserviceaccount.com" | "appspot.gserviceaccount.com") {
        return None;
    }
    let Some(project) = domain.strip_suffix(".iam.gserviceaccount.com") else {
        return Some("it does not end with `.iam.gserviceaccount.com`");
    };
    // A project of an organisation's own domain is `project.example.com`.
    (!project.split('.').all(plain)).then_some("its project has characters that no project id has")
}

#[cfg(test)]
mod tests {
    use super::Grammar::*;

    #[test]
    fn each_cloud_has_its_grammar() {
        for (grammar, value) in [
            (RoleArn, "arn:aws:iam::123456789012:role/neo4j-backup"),
            (RoleArn, "arn:aws-cn:iam::123456789012:role/team/neo4j_backup@x"),
            (RoleArn, "arn:aws-us-gov:iam::123456789012:role/r"),
            (ServiceAccountMail, "neo4j-backup@my-project.iam.gserviceaccount.com"),
            (ServiceAccountMail, "backup@my-project.example.com.iam.gserviceaccount.com"),
            (ServiceAccountMail, "123-compute@developer.gserviceaccount.com"),
            (Guid, "6f1d2c84-3b7e-4f0a-9c55-0e8a7d41b263"),
        ] {
            assert_eq!(grammar.refuse(value), None, "{value}");
        }
        for (grammar, value) in [
            (RoleArn, ""),
            (RoleArn, "neo4j-backup"),
            (RoleArn, "arn:aws:iam::12345:role/r"),
            (RoleArn, "arn:aws:iam::123456789012:user/u"),
            (RoleArn, "arn:aws:iam::123456789012:role/"),
            (RoleArn, "arn:aws:iam:eu-west-1:123456789012:role/r"),
            (RoleArn, "arn:aws:sts::123456789012:assumed-role/r/s"),
            (RoleArn, "arn:aws:iam::123456789012:role/a b"),
            (ServiceAccountMail, "neo4j-backup"),
            (ServiceAccountMail, "neo4j-backup@my-project"),
            (ServiceAccountMail, "neo4j-backup@example.com"),
            (ServiceAccountMail, "Neo@my-project.iam.gserviceaccount.com"),
            (ServiceAccountMail, "neo@.iam.gserviceaccount.com"),
            (Guid, "6f1d2c84"),
            (Guid, "6f1d2c84-3b7e-4f0a-9c55-0e8a7d41b26g"),
            (Guid, "6f1d2c843b7e4f0a9c550e8a7d41b263"),
        ] {
            assert!(grammar.refuse(value).is_some(), "{value}");
        }
    }
}
