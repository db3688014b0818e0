//! Where backups lie: type, provider, bucket, claim and folder of a storage block, in backups and in what restores
//! read. The addresses and switches of S3-compatible stores are in [`endpoint`](super::endpoint).

use crate::api::storage::{CloudProvider, StorageType};
use crate::diagnostics::{Severity, codes};
use crate::input::{Correction, Finding};
use crate::neo4j::grammar::GrammarError;
use crate::neo4j::object_path;
use crate::neo4j::storage::{check_azure_account, check_azure_container, check_gcs_bucket, check_s3_bucket};

use super::storage_block::{Purpose, StorageBlock};
use super::{Backup, Restore};

/// The storage of a backup.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    if let Some(block) = StorageBlock::of_backup(subject.spec) {
        two_clouds(&block, subject.index, out);
        check(&block, out);
    }
}

/// The storage that a restore reads by itself.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    if let Some(block) = StorageBlock::of_restore(subject.spec) {
        check(&block, out);
    }
}

/// Everything about one storage block that does not depend on who runs there.
pub(super) fn check(block: &StorageBlock<'_>, out: &mut Vec<Finding>) {
    let Some(storage_type) = block.storage.storage_type else { return };
    match storage_type {
        StorageType::Pvc => claim(block, out),
        StorageType::S3 | StorageType::Gcs | StorageType::Azure => {
            bucket(block, storage_type, out);
            providers(block, storage_type, out);
            super::endpoint::check(block, storage_type, out);
        }
    }
    folder(block, storage_type, out);
}

/// A field of a storage block that does nothing where it stands.
pub(super) fn without_effect(field: String, because: &str) -> Finding {
    let leaf = field.rsplit('.').next().unwrap_or_default().to_owned();
    Finding::new(
        &codes::STORAGE_FIELD_WITHOUT_EFFECT,
        field,
        format!("`{leaf}` has no effect here: {because}"),
    )
    .help(format!("remove `{leaf}`"))
}

fn two_clouds(block: &StorageBlock<'_>, index: usize, out: &mut Vec<Finding>) {
    if block.storage.cloud.is_some() && block.alias_cloud.is_some() {
        out.push(
            Finding::new(
                &codes::TWO_CLOUD_BLOCKS,
                "spec.cloud",
                "`cloud` stands here and in `storage.cloud`",
            )
            .help("keep `storage.cloud` and remove `spec.cloud`, which is only another place for it")
            .related(index, "spec.storage.cloud", "the other one"),
        );
    }
}

/// `provider` and `identity.provider` fit the type.
fn providers(block: &StorageBlock<'_>, storage_type: StorageType, out: &mut Vec<Finding>) {
    let (Some(cloud), Some(expected)) = (block.cloud(), storage_type.provider()) else { return };
    let identity = cloud.block.identity.as_ref().and_then(|identity| identity.provider);
    for (given, leaf) in [(cloud.block.provider, "provider"), (identity, "identity.provider")] {
        let Some(given) = given.filter(|given| *given != expected) else { continue };
        let help = match type_of(given) {
            Some(other) => format!("write `{leaf}: {expected}`, or `type: {other}` if the store is there"),
            None => format!("write `{leaf}: {expected}`"),
        };
        out.push(
            Finding::new(
                &codes::PROVIDER_MISMATCH,
                cloud.field(leaf),
                format!("`{leaf}` is `{given}`, and `{}` is `type: {storage_type}`, which is `{expected}`", block.path),
            )
            .help(help)
            .note("document 000, \"Storage Backends\": s3 is aws, gcs is gcp, azure is azure; S3-compatible stores are aws too"),
        );
    }
}

fn type_of(provider: CloudProvider) -> Option<StorageType> {
    [StorageType::S3, StorageType::Gcs, StorageType::Azure]
        .into_iter()
        .find(|storage_type| storage_type.provider() == Some(provider))
}

/// The bucket of a cloud type: there, well named, and without a claim beside it.
fn bucket(block: &StorageBlock<'_>, storage_type: StorageType, out: &mut Vec<Finding>) {
    let storage = block.storage;
    if storage.pvc.is_some() {
        out.push(
            Finding::new(
                &codes::WRONG_STORAGE_BLOCK,
                block.field("pvc"),
                format!("`pvc` belongs to `type: pvc`, and this is `type: {storage_type}`"),
            )
            .help("remove `pvc`, or write `type: pvc` and remove `bucket` and `cloud`"),
        );
    }
    let container = if storage_type == StorageType::Azure { "container" } else { "bucket" };
    let Some(bucket) = storage.bucket.as_deref() else {
        out.push(
            Finding::new(
                &codes::BUCKET_MISSING,
                block.field("bucket"),
                format!("`type: {storage_type}` needs `bucket`, the name of the {container}"),
            )
            .help(format!("add `bucket` to `{}`", block.path)),
        );
        return;
    };
    let result = match storage_type {
        StorageType::S3 => check_s3_bucket(bucket),
        StorageType::Gcs => check_gcs_bucket(bucket),
        StorageType::Azure => check_azure_container(bucket),
        StorageType::Pvc => Ok(()),
    };
    if let Err(error) = result {
        // A store of one's own may be laxer than Amazon; what a URI cannot hold is refused all the same.
        let own_store = storage_type == StorageType::S3
            && block.cloud().is_some_and(|cloud| cloud.block.endpoint_url.is_some())
            && bucket.len() >= 3
            && bucket.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
            });
        let severity = if own_store { Severity::Warning } else { Severity::Error };
        out.push(
            Finding::new(
                &codes::BUCKET_NAME,
                block.field("bucket"),
                format!("`{bucket}` is not the name of a {container}: {}", error.reason),
            )
            .within(error.range)
            .severity(severity)
            .help(error.help),
        );
    }
    if storage_type == StorageType::Azure {
        account(block, out);
    }
}

fn account(block: &StorageBlock<'_>, out: &mut Vec<Finding>) {
    const ADDRESS: &str = ".blob.core.windows.net";
    let Some(cloud) = block.cloud() else { return };
    let Some(account) = cloud.block.storage_account.as_deref() else { return };
    let Err(error) = check_azure_account(account) else { return };
    let finding = Finding::new(
        &codes::STORAGE_ACCOUNT_NAME,
        cloud.field("storageAccount"),
        format!("`{account}` is not the name of a storage account: {}", error.reason),
    )
    .within(error.range)
    .help(error.help)
    .note("neo4j-admin.md §3: the URI is `azb://account/container/folder/`");
    out.push(match account.strip_suffix(ADDRESS) {
        Some(name) if check_azure_account(name).is_ok() => {
            let range = name.len()..account.len();
            finding.correct(format!("write `{name}`"), Correction::ReplaceWithin(range, String::new()))
        }
        _ => finding,
    });
}

/// The claim of `type: pvc`: named, and without a bucket or a cloud beside it.
fn claim(block: &StorageBlock<'_>, out: &mut Vec<Finding>) {
    let storage = block.storage;
    if storage.bucket.is_some() {
        out.push(
            without_effect(block.field("bucket"), "a claim has no bucket")
                .help("remove `bucket`, or write the `type` of the store that it is in"),
        );
    }
    if storage.cloud.is_some() {
        out.push(
            Finding::new(
                &codes::WRONG_STORAGE_BLOCK,
                block.field("cloud"),
                "`cloud` does not belong to `type: pvc`: a claim needs no cloud account",
            )
            .help("remove `cloud`, or write the `type` of the store that is meant"),
        );
    } else if let Some(cloud) = block.cloud() {
        for leaf in cloud.leaves() {
            out.push(without_effect(leaf, "`storage.type` is `pvc`, and a claim needs no cloud account"));
        }
    }
    let claim = storage.pvc.as_ref();
    if claim.and_then(|claim| claim.name.as_deref()).is_none() {
        let lost = match block.purpose {
            Purpose::Write => "without it the backup would go into a volume that vanishes with its pod",
            Purpose::Read => "without it there is nothing to read",
        };
        out.push(
            Finding::new(
                &codes::CLAIM_NAME_MISSING,
                block.field("pvc.name"),
                format!("`type: pvc` needs `pvc.name`, the name of the claim: {lost}"),
            )
            .help(format!("add `pvc: {{name: …}}` to `{}`; with `size` the claim is created", block.path))
            .note(
                "operator.md §4, pitfall 30: `pvc.name` missing made an emptyDir, and data was lost silently",
            ),
        );
    }
    let Some(claim) = claim else { return };
    // What a restore does with these is told with the restore.
    let decided = block.purpose == Purpose::Write && claim.size.is_none();
    if decided && claim.storage_class_name.is_some() {
        out.push(
            without_effect(
                block.field("pvc.storageClassName"),
                "without `size` the claim must exist, and its class is decided",
            )
            .help("add `size` to have the claim created, or remove `storageClassName`"),
        );
    }
}

/// `path`: the folder in the bucket or claim.
fn folder(block: &StorageBlock<'_>, storage_type: StorageType, out: &mut Vec<Finding>) {
    let Some(path) = block.storage.path.as_deref() else { return };
    let start = path.len() - path.trim_start_matches('/').len();
    let folder = path.trim_matches('/');
    let field = || block.field("path");
    if folder.is_empty() {
        if !path.is_empty() {
            out.push(
                Finding::new(
                    &codes::FOLDER_IS_ROOT,
                    field(),
                    format!(
                        "`{path}` means the root of the {}, where other things may lie",
                        holder(storage_type)
                    ),
                )
                .help("name a folder, so that listings and lifecycle rules can tell backups from the rest"),
            );
        }
        return;
    }
    let checked = match storage_type {
        StorageType::Pvc => claim_folder(folder),
        _ => object_path::check_folder(folder),
    };
    if let Err(error) = checked {
        let error = error.shifted(start);
        out.push(
            Finding::new(
                &codes::FOLDER_NAME,
                field(),
                format!("`{path}` cannot be the folder: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        );
    } else if start > 0 {
        out.push(
            Finding::new(
                &codes::FOLDER_LEADING_SLASH,
                field(),
                format!("`{path}` begins with a slash, which makes no difference"),
            )
            .within(0..start)
            .help(format!("write `{}`", path.trim_start_matches('/')))
            .correct("leave the first slash out", Correction::ReplaceWithin(0..start, String::new())),
        );
    }
}

fn holder(storage_type: StorageType) -> &'static str {
    match storage_type {
        StorageType::Pvc => "claim",
        StorageType::Azure => "container",
        StorageType::S3 | StorageType::Gcs => "bucket",
    }
}

/// A folder of a claim is a `subPath`: relative, without `..`, and of characters that no shell, template or
/// listing reads otherwise.
fn claim_folder(folder: &str) -> Result<(), GrammarError> {
    const HELP: &str =
        "write folders of letters, digits, dots, dashes and underscores, with single slashes between";
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+' | '=' | ':' | '@' | '~' | ' ')
    };
    if let Some((at, c)) = folder.char_indices().find(|(_, c)| !allowed(*c)) {
        let reason = match c {
            '\\' => "folders are separated by /, not by a backslash".to_owned(),
            c if c.is_control() => "it has a control character".to_owned(),
            c => format!("it has the character \"{c}\""),
        };
        return Err(GrammarError::new(at..at + c.len_utf8(), reason, HELP));
    }
    let mut at = 0_usize;
    for part in folder.split('/') {
        match part {
            "" => {
                return Err(GrammarError::new(
                    at.saturating_sub(1)..at + 1,
                    "two slashes follow each other",
                    HELP,
                ));
            }
            "." | ".." => {
                let range = at..at + part.len();
                return Err(GrammarError::new(range, "Kubernetes takes no dots as a folder", HELP));
            }
            _ => at += part.len() + 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::claim_folder;

    #[test]
    fn a_folder_of_a_claim_stays_in_the_claim() {
        for folder in ["daily", "prod/daily", "a b", "2026-01-01T00:00:00"] {
            assert!(claim_folder(folder).is_ok(), "{folder}");
        }
        for (folder, range) in [
            ("../x", 0..2),
            ("a/..", 2..4),
            ("a//b", 1..3),
            ("a\\b", 1..2),
            ("${X}", 0..1),
            ("$(X)", 0..1),
            ("ä", 0..2),
        ] {
            assert_eq!(claim_folder(folder).map_err(|error| error.range), Err(range), "{folder}");
        }
    }
}
