//! How a bucket store is reached: the address, region, path style and certificate authority of S3 and of stores
//! that speak its protocol, and which of these settings another cloud does not have.

use crate::api::storage::StorageType;
use crate::diagnostics::{Severity, codes};
use crate::input::{Correction, Finding};
use crate::neo4j::endpoint::check_store_url;

use super::storage_block::{PlacedCloud, StorageBlock};
use super::storage_rules::without_effect;

/// Host suffix of Cloudflare R2.
const R2: &str = ".r2.cloudflarestorage.com";

/// The settings of the `cloud` block that say where the store is.
pub(super) fn check(block: &StorageBlock<'_>, storage_type: StorageType, out: &mut Vec<Finding>) {
    ambient(block, storage_type, out);
    let Some(cloud) = block.cloud() else {
        if storage_type == StorageType::S3 {
            region(block, None, out);
        }
        return;
    };
    let only = |leaf: &str, store: &str| {
        without_effect(
            cloud.field(leaf),
            &format!("it is a setting of {store}, and this is `type: {storage_type}`"),
        )
    };
    if storage_type != StorageType::Azure && cloud.block.storage_account.is_some() {
        out.push(only("storageAccount", "Azure"));
    }
    if storage_type == StorageType::S3 {
        address(&cloud, out);
        path_style(&cloud, out);
        authority(&cloud, out);
        region(block, Some(&cloud), out);
        return;
    }
    let authority = cloud.block.ca_secret_ref.as_ref();
    for (given, leaf) in [
        (cloud.block.endpoint_url.is_some(), "endpointURL"),
        (cloud.block.force_path_style.is_some(), "forcePathStyle"),
        (cloud.block.region.is_some(), "region"),
        (authority.is_some_and(|authority| authority.name.is_some()), "caSecretRef.name"),
        (authority.is_some_and(|authority| authority.key.is_some()), "caSecretRef.key"),
    ] {
        if given {
            out.push(only(leaf, "S3 and compatible stores"));
        }
    }
}

/// Neither credentials nor an identity: whatever the pod happens to have.
fn ambient(block: &StorageBlock<'_>, storage_type: StorageType, out: &mut Vec<Finding>) {
    let help = "name a Secret in `cloud.credentialsSecretRef`, or a workload identity in `cloud.identity`";
    let message = "neither `credentialsSecretRef` nor `identity`: the pod has only what its node or its ServiceAccount happens to give";
    let note = "operator.md §1.1, `cloud.credentialsSecretRef`: empty means ambient identity";
    match block.cloud() {
        None => out.push(
            Finding::new(&codes::AMBIENT_IDENTITY, block.field("cloud"), message)
                .severity(Severity::Notice)
                .help(help)
                .note(note),
        ),
        Some(cloud) if cloud.block.credentials_secret_ref.is_none() && cloud.block.identity.is_none() => {
            // In the store of one's own there is no identity to fall back on.
            let own = storage_type == StorageType::S3 && cloud.block.endpoint_url.is_some();
            let help = if own { "name a Secret in `cloud.credentialsSecretRef`" } else { help };
            out.push(
                Finding::new(&codes::AMBIENT_IDENTITY, cloud.field("provider"), message)
                    .at_key()
                    .help(help)
                    .note(note),
            );
        }
        Some(_) => {}
    }
}

fn address(cloud: &PlacedCloud<'_>, out: &mut Vec<Finding>) {
    let Some(url) = cloud.block.endpoint_url.as_deref() else { return };
    let field = cloud.field("endpointURL");
    // What stands before an @ is a name and a password, and nobody else may read it in a log.
    let shown = if url.contains('@') { "the address" } else { &format!("`{url}`") };
    match check_store_url(url) {
        Err(error) => out.push(
            Finding::new(
                &codes::ENDPOINT_URL,
                field,
                format!("{shown} is not the address of a store: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        ),
        Ok(()) if url.starts_with("http://") => out.push(
            Finding::new(
                &codes::ENDPOINT_IN_CLEAR,
                field,
                format!("{shown} is not encrypted: whoever is on the way can read the backups and the signed requests"),
            )
            .within(0.."http".len())
            .help("serve the store over https; a private certificate authority goes into `caSecretRef`"),
        ),
        Ok(()) => {}
    }
}

fn path_style(cloud: &PlacedCloud<'_>, out: &mut Vec<Finding>) {
    if cloud.block.force_path_style != Some(true) {
        return;
    }
    let field = cloud.field("forcePathStyle");
    let finding = if cloud.block.endpoint_url.is_none() {
        Finding::new(
            &codes::PATH_STYLE_UNDOCUMENTED,
            field,
            "`forcePathStyle` without `endpointURL`: Amazon's own buckets are addressed by host name",
        )
        .help("remove it, or add the `endpointURL` of the store that is meant")
    } else {
        Finding::new(
            &codes::PATH_STYLE_UNDOCUMENTED,
            field,
            "`forcePathStyle` sets a Java property that is not documented for `neo4j-admin`, and may do nothing",
        )
        .help("try one backup by hand first; the sure way is DNS for `<bucket>.<host>` of the store")
    };
    out.push(finding.note(
        "neo4j-admin.md §3, \"Path-style\": no documented switch; `-Daws.s3.forcePathStyle=true` is unverified",
    ));
}

fn authority(cloud: &PlacedCloud<'_>, out: &mut Vec<Finding>) {
    let Some(authority) = &cloud.block.ca_secret_ref else { return };
    let note = "the authority becomes the only one that the JVM trusts (`javax.net.ssl.trustStore`)";
    match cloud.block.endpoint_url.as_deref() {
        Some(url) if url.starts_with("http://") => {
            for (given, leaf) in [(authority.name.is_some(), "caSecretRef.name"), (authority.key.is_some(), "caSecretRef.key")] {
                if given {
                    out.push(without_effect(cloud.field(leaf), "`endpointURL` is http, which has no certificate"));
                }
            }
            return;
        }
        Some(_) => {}
        None => out.push(
            Finding::new(
                &codes::AUTHORITY_REPLACES_TRUST,
                cloud.field("caSecretRef"),
                "`caSecretRef` without `endpointURL`: the certificates of Amazon would not be trusted any more",
            )
            .help("add the `endpointURL` of the store that this authority signed, or remove `caSecretRef`")
            .note(note),
        ),
    }
    if cloud.block.identity.is_some() {
        out.push(
            Finding::new(
                &codes::AUTHORITY_REPLACES_TRUST,
                cloud.field("caSecretRef"),
                "with `caSecretRef` and `identity` the token service of the cloud would not be trusted",
            )
            .help("use `credentialsSecretRef` with a store of your own, or put the public authorities into the Secret too")
            .note(note),
        );
    }
}

fn region(block: &StorageBlock<'_>, cloud: Option<&PlacedCloud<'_>>, out: &mut Vec<Finding>) {
    let endpoint = cloud.and_then(|cloud| cloud.block.endpoint_url.as_deref());
    let r2 = endpoint.is_some_and(|url| host(url).ends_with(R2));
    let Some(region) = cloud.and_then(|cloud| cloud.block.region.as_deref()) else {
        // A Secret may hold it.
        if cloud.is_some_and(|cloud| cloud.block.credentials_secret_ref.is_some()) {
            return;
        }
        let example = match endpoint {
            _ if r2 => "auto",
            Some(_) => "us-east-1",
            None => "eu-central-1",
        };
        // On Amazon an identity's webhook brings a region along, though it may be another than the bucket's.
        let brought = endpoint.is_none() && cloud.is_some_and(|cloud| cloud.block.identity.is_some());
        out.push(
            Finding::new(
                &codes::REGION_MISSING,
                block.cloud_field("region"),
                "no region is known: neither `region` nor a Secret with `AWS_DEFAULT_REGION`",
            )
            .severity(if brought { Severity::Notice } else { Severity::Warning })
            .help(format!("add `region`, for instance `region: {example}`"))
            .note("neo4j-admin.md §3: the AWS SDK takes it from `AWS_REGION`; on EKS the identity webhook may set the region of the cluster, which need not be the bucket's"),
        );
        return;
    };
    let field = block.cloud_field("region");
    if endpoint.is_none() {
        amazon_region(region, field, out);
        return;
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !region.bytes().all(plain) {
        out.push(
            Finding::new(&codes::REGION_NAME, field, format!("`{region}` is not a region: letters, digits and dashes"))
                .help("write the region that the store is configured with; any will do for MinIO, for instance `us-east-1`"),
        );
    } else if r2 && !matches!(region, "auto" | "us-east-1") {
        out.push(
            Finding::new(
                &codes::REGION_OF_R2,
                field,
                format!("the region of an R2 bucket is `auto`, not `{region}`"),
            )
            .help("write `region: auto`")
            .note("neo4j-admin.md §3: \"Region via `AWS_REGION` (R2: `auto`)\""),
        );
    }
}

/// Regions of Amazon are words and a number: `eu-central-1`, `us-gov-west-1`.
fn amazon_region(region: &str, field: String, out: &mut Vec<Finding>) {
    if is_amazon_region(region) {
        return;
    }
    let lower = region.to_ascii_lowercase();
    let zone = lower.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|rest| is_amazon_region(rest));
    let (reason, meant) = match (is_amazon_region(&lower), zone) {
        (true, _) => ("regions are written in lower case", Some(lower.as_str())),
        (false, Some(zone)) => ("this is a zone of a region", Some(zone)),
        (false, None) if region == "auto" => ("only R2 calls it so, and there is no `endpointURL`", None),
        (false, None) => ("regions of AWS are words and a number with dashes between", None),
    };
    let finding = Finding::new(&codes::REGION_NAME, field, format!("`{region}` is not a region: {reason}"));
    out.push(match meant {
        Some(meant) => finding
            .help(format!("write `{meant}`"))
            .correct(format!("write `{meant}`"), Correction::ReplaceValue(meant.to_owned())),
        None => finding.help("write the region of the bucket, for instance `eu-central-1`"),
    });
}

fn is_amazon_region(region: &str) -> bool {
    let mut parts = region.split('-');
    let first = parts
        .next()
        .is_some_and(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    let rest: Vec<&str> = parts.collect();
    let Some((last, words)) = rest.split_last() else { return false };
    first
        && !words.is_empty()
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !last.is_empty()
        && last.len() <= 2
        && last.bytes().all(|byte| byte.is_ascii_digit())
}

/// The host of a URL that has been checked.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::{host, is_amazon_region};

    #[test]
    fn regions_of_amazon_have_a_shape() {
        for region in [
            "eu-central-1",
            "us-gov-west-1",
            "cn-north-1",
            "us-iso-east-1",
            "eusc-de-east-1",
            "ap-southeast-2",
        ] {
            assert!(is_amazon_region(region), "{region}");
        }
        for region in [
            "",
            "auto",
            "eu",
            "eu-central",
            "eu-central-1a",
            "EU-central-1",
            "eu_central_1",
            "eu--1",
            "eu-central-",
        ] {
            assert!(!is_amazon_region(region), "{region}");
        }
    }

    #[test]
    fn a_host_stands_without_scheme_port_and_slash() {
        assert_eq!(host("https://x.r2.cloudflarestorage.com"), "x.r2.cloudflarestorage.com");
        assert_eq!(host("http://minio:9000/"), "minio");
    }
}
