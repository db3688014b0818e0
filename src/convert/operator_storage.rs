//! The `storage` and `cloud` blocks of the operator's languages (operator.md §1.1, §1.3, §2.1): the same names as
//! ours, without our additions.

use crate::diagnostics::codes;

use super::pass::{Pass, Way};
use super::table::{Row, moved, ours_only, same};

/// Rows of a storage block at a path.
pub(super) fn storage(at: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = ["type", "bucket", "path", "pvc.name", "pvc.size"]
        .iter()
        .map(|field| same(format!("{at}.{field}")))
        .collect();
    rows.push(same(format!("{at}.pvc.storageClassName")));
    // The examples of the operator spell it so (operator.md §6.1).
    rows.push(moved(format!("{at}.pvc.storageClassName"), format!("{at}.pvc.storageClass")).read_only());
    rows.extend(cloud(&format!("{at}.cloud")));
    rows
}

/// Rows of a cloud block at a path.
pub(super) fn cloud(at: &str) -> Vec<Row> {
    let row = |field: &str| same(format!("{at}.{field}"));
    vec![
        row("provider"),
        row("credentialsSecretRef"),
        row("identity.provider"),
        row("identity.serviceAccount").changes_out(
            "the operator ignores it and runs the pods as `neo4j-backup-sa` (operator.md §1.1)",
            "annotate `neo4j-backup-sa` through `identity.autoCreate.annotations` instead",
        ),
        row("identity.autoCreate.enabled").when(false).changes_out(
            "the operator ignores it and always makes `neo4j-backup-sa` (operator.md §1.1)",
            "leave it out, or make the account beforehand under that name",
        ),
        row("identity.autoCreate.annotations"),
        row("endpointURL"),
        row("forcePathStyle"),
        ours_only(
            format!("{at}.region"),
            "the region comes from the Secret",
            "give the Secret of `credentialsSecretRef` the key `AWS_REGION`",
        ),
        ours_only(
            format!("{at}.storageAccount"),
            "the account comes from the Secret",
            "give the Secret of `credentialsSecretRef` the key `AZURE_STORAGE_ACCOUNT`",
        ),
        ours_only(
            format!("{at}.caSecretRef"),
            "the backup pods trust only the authorities of the image",
            "put a certificate of a public authority before the store, or an image of your own that trusts yours",
        ),
    ]
}

/// What the rows cannot say of the storage blocks at these paths.
pub(super) fn blocks(pass: &mut Pass, storages: &[&str]) {
    for at in storages {
        let store = pass.source.text_at(&format!("{at}.type")).map(str::to_owned);
        let fits = match store.as_deref() {
            Some("s3") => Some("aws"),
            Some("gcs") => Some("gcp"),
            Some("azure") => Some("azure"),
            _ => None,
        };
        cloud_block(pass, &format!("{at}.cloud"), fits);
        if *at == "spec.storage" {
            cloud_block(pass, "spec.cloud", fits);
        }
    }
}

fn cloud_block(pass: &mut Pass, at: &str, provider: Option<&'static str>) {
    secret_keys(pass, at, provider);
    let (Way::Out, Some(provider)) = (pass.way, provider) else { return };
    // Both are required there wherever their block is (operator.md §1.1); ours follow from the storage type.
    for (block, path) in [(at.to_owned(), "provider"), (format!("{at}.identity"), "identity.provider")] {
        let path = format!("{at}.{path}");
        if pass.source.get(&block).is_some_and(|node| !node.is_null()) && pass.source.get(&path).is_none() {
            let place = pass.place(&path);
            pass.written_out(&path, provider, "an error there");
            pass.out.set(&path, super::tree::Node::text(&place, provider));
        }
    }
}

/// AWS regions stand under different keys of the Secret (operator.md §2.1): `AWS_DEFAULT_REGION` in document 000 and
/// here, `AWS_REGION` in the operator since April 2026.
fn secret_keys(pass: &mut Pass, at: &str, provider: Option<&str>) {
    let path = format!("{at}.credentialsSecretRef");
    let Some(secret) = pass.source.text_at(&path).map(str::to_owned) else { return };
    if provider != Some("aws") {
        return;
    }
    let (here, there) = match pass.way {
        Way::In => ("AWS_REGION", "AWS_DEFAULT_REGION"),
        Way::Out => ("AWS_DEFAULT_REGION", "AWS_REGION"),
    };
    if pass.way == Way::Out && pass.source.get(&format!("{at}.region")).is_some() {
        return;
    }
    let place = pass.place(&path);
    let message =
        format!("the Secret `{secret}` needs the key `{there}` there, where here `{here}` is enough");
    let help = match pass.way {
        Way::In => "add the key `AWS_DEFAULT_REGION` to the Secret, or write `cloud.region`",
        Way::Out => "add the key `AWS_REGION` to the Secret; without it the pods do not start",
    };
    pass.say(&codes::CONVERT_SECRET_KEYS, place, message, help);
}
