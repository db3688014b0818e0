//! Where the chart `neo4j-admin` puts artifacts, and how its pods get there (peers.md §2.2).

use crate::diagnostics::codes;

use super::pass::Pass;
use super::tree::{Entry, Node};

const CLOUD: &str = "spec.storage.cloud";

/// The store, its credentials, and the volume at `/backups`, which is one or the other.
pub(super) fn storage(pass: &mut Pass) {
    let provider = pass.take_text("spec.backup.cloudProvider");
    let volume = pass.source.take("spec.tempVolume");
    let account = pass.take_text("spec.serviceAccountName");
    let store = match provider.as_ref().map(|(_, provider)| provider.as_str()) {
        Some("aws") => "s3",
        Some("gcp") => "gcs",
        Some("azure") => "azure",
        None | Some("local") => "pvc",
        Some(_) => {
            let at = pass.place("spec.backup.cloudProvider");
            let at = provider.map_or(at, |(entry, _)| entry.node.from);
            pass.refuse(&at, "it names no store", "write `aws`, `gcp`, `azure` or `local`");
            return;
        }
    };
    let at =
        provider.as_ref().map_or_else(|| pass.place("spec.tempVolume"), |(entry, _)| entry.node.from.clone());
    let comments = provider.map(|(entry, _)| entry.comments).unwrap_or_default();
    pass.set_with_comments("spec.storage.type", comments, Node::text(&at, store));
    if store == "pvc" {
        claim(pass, volume, &at);
        if let Some((entry, _)) = account {
            pass.lost(&entry.node.from, "a claim needs no identity", "leave it out");
        }
        return;
    }
    temporary(pass, volume);
    if let Some((entry, name)) = pass.take_text("spec.backup.bucketName") {
        // The chart's only way to a folder is to put it here (peers.md §2.2).
        let (bucket, path) = name.split_once('/').unwrap_or((&name, ""));
        let at = entry.node.from.clone();
        let (bucket, path) = (bucket.to_owned(), path.trim_matches('/').to_owned());
        pass.put_text("spec.storage.bucket", entry, &bucket);
        let path = if path.is_empty() { "/" } else { &path };
        pass.set_at("spec.storage.path", path, &at);
    } else {
        pass.missing("spec.backup.bucketName", "name the bucket");
    }
    credentials(pass, store);
    endpoint(pass);
    if let Some((entry, _)) = account {
        pass.put(&format!("{CLOUD}.identity.serviceAccount"), entry);
    }
}

/// The chart mounts one key of the Secret as a file; the pods of a spec take several keys as environment.
fn credentials(pass: &mut Pass, store: &str) {
    let key = pass.source.take("spec.backup.secretKeyName");
    let Some((entry, name)) = pass.take_text("spec.backup.secretName") else { return };
    let (needed, how) = match store {
        "gcs" => ("`GOOGLE_APPLICATION_CREDENTIALS_JSON`", "the file's content"),
        "azure" => ("`AZURE_STORAGE_ACCOUNT` and `AZURE_STORAGE_KEY`", "the file's lines"),
        _ => ("`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_DEFAULT_REGION`", "the file's lines"),
    };
    let at = entry.node.from.clone();
    pass.say(
        &codes::CONVERT_SECRET_KEYS,
        at,
        format!("the chart reads a file from one key of the Secret `{name}`; here the Secret needs the keys {needed}"),
        format!("make a Secret with these keys from {how}, and name it in `cloud.credentialsSecretRef`"),
    );
    pass.put(&format!("{CLOUD}.credentialsSecretRef"), entry);
    if let Some(key) = key {
        pass.lost(&key.node.from, "the keys have fixed names", "leave it out");
    }
}

fn endpoint(pass: &mut Pass) {
    let secure = pass.take_bool("spec.backup.s3EndpointTLS").is_some_and(|(_, value)| value);
    let old = pass.take_text("spec.backup.minioEndpoint");
    let new = pass.take_text("spec.backup.s3Endpoint");
    let mut endpoints = new.into_iter().chain(old);
    if let Some((entry, text)) = endpoints.next() {
        let url = if text.contains("://") {
            text
        } else {
            format!("{}://{text}", if secure { "https" } else { "http" })
        };
        pass.put_text(&format!("{CLOUD}.endpointURL"), entry, &url);
    }
    for (entry, _) in endpoints {
        pass.lost(&entry.node.from, "`s3Endpoint` says it already", "keep one of the two");
    }
}

/// Without a cloud provider the artifacts stay on the volume at `/backups`.
fn claim(pass: &mut Pass, volume: Option<Entry>, at: &str) {
    let Some(mut volume) = volume else {
        pass.refuse(
            at,
            "the artifacts would stay on an empty volume of the pod and vanish with it",
            "write `tempVolume.persistentVolumeClaim.claimName`, or a cloud provider",
        );
        return;
    };
    let Some(entry) = volume.node.take("persistentVolumeClaim.claimName") else {
        pass.refuse(
            &volume.node.from,
            "only a claim holds backups",
            "write `tempVolume.persistentVolumeClaim.claimName`",
        );
        return;
    };
    let from = entry.node.from.clone();
    pass.put("spec.storage.pvc.name", entry);
    // The chart writes to the root of the volume.
    pass.set_at("spec.storage.path", "/", &from);
    if volume.node.says_something() {
        pass.lost(&volume.node.from, "a claim is mounted for writing", "leave the rest out");
    }
}

/// With a cloud provider the volume at `/backups` is where artifacts wait for their upload.
fn temporary(pass: &mut Pass, volume: Option<Entry>) {
    const TEMPLATE: &str = "ephemeral.volumeClaimTemplate.spec";
    let Some(mut volume) = volume else { return };
    let size = volume.node.take(&format!("{TEMPLATE}.resources.requests.storage"));
    let class = volume.node.take(&format!("{TEMPLATE}.storageClassName"));
    if let Some(size) = size {
        pass.put("spec.options.tempStorage.size", size);
        if let Some(class) = class {
            pass.put("spec.options.tempStorage.storageClassName", class);
        }
        if let Some(modes) = volume.node.take(&format!("{TEMPLATE}.accessModes")) {
            pass.implied(&modes.node.from, "a temporary volume belongs to one pod");
        }
    }
    if volume.node.get("emptyDir").is_some_and(|node| node.entries().is_empty()) {
        volume.node.take("emptyDir");
    }
    if volume.node.says_something() {
        pass.lost(
            &volume.node.from,
            "neo4j-admin writes into the bucket itself, and its temporary files have a volume of their own",
            "write `options.tempStorage` to give them a size and a class",
        );
    }
}
