//! `Neo4jRestore` of the neo4j.com operator (operator.md §5.2).

use super::common;
use super::pass::{Pass, Way};
use super::table::{Row, moved, ours_only, theirs_only};
use super::tree::{Body, Entry, Node};
use super::url::Url;

const STORAGE: &str = "spec.source.storage";
const IDENTITY: &str = "the servers read the artifact themselves, with the identity of the Neo4j resource";
const IDENTITY_HELP: &str = "write `spec.security.cloudIdentity` of the Neo4j resource (operator.md §5.2)";
const ONLINE: &str = "a restore there is a seed through Cypher";

/// Rows of a restore.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        moved("spec.targetCluster", "spec.neo4jRef.name"),
        moved("spec.source.backupRef", "spec.source.backupRef"),
        ours_only("spec.runId", "its spec never changes", "make a new Neo4jRestore to restore again"),
        ours_only(
            "spec.stopCluster",
            "the operator does not stop the deployment",
            "write `forceOffline: true` there to stop the database while it is replaced",
        ),
        ours_only("spec.timeout", "there is no bound", "watch the restore yourself"),
        ours_only("spec.options.verifyBackup", "there is no field for it", "inspect the artifact beforehand"),
        ours_only("spec.options.additionalArgs", ONLINE, "leave them out"),
        ours_only("spec.options.preRestore", "there are no hooks", "run it yourself before the restore"),
        ours_only("spec.options.postRestore", "there are no hooks", "run it yourself after the restore"),
        theirs_only(
            "spec.forceOffline",
            "a seed replaces the database while the deployment runs",
            "write `stopCluster: true` to stop the whole deployment, or keep clients away yourself",
        ),
    ];
    for field in
        ["credentialsSecretRef", "identity", "endpointURL", "forcePathStyle", "region", "caSecretRef"]
    {
        rows.push(ours_only(format!("{STORAGE}.cloud.{field}"), IDENTITY, IDENTITY_HELP));
    }
    rows
}

/// What rows cannot say, before they are read.
pub(super) fn before(pass: &mut Pass) {
    match pass.way {
        Way::Out => out(pass),
        Way::In => into_ours(pass),
    }
}

fn out(pass: &mut Pass) {
    if let Some(instance) = pass.source.take("spec.targetCluster") {
        pass.put("spec.neo4jRef.name", instance);
    }
    if let Some((entry, name)) = pass.take_text("spec.databaseName") {
        let node = Node::list(&entry.node.from, [Node::text(&entry.node.from, name)]);
        pass.set_with_comments("spec.databases", entry.comments, node);
    } else {
        pass.missing("spec.databaseName", "name the database");
    }
    overwrite_out(pass);
    if let Some(entry) = pass.source.take("spec.source.pointInTime") {
        pass.refuse(
            &entry.node.from,
            "a restore there takes the whole chain",
            "name the artifact to stop at instead",
        );
    }
    let Some((entry, kind)) = pass.take_text("spec.source.type") else {
        pass.missing("spec.source.type", "say where the artifact comes from");
        return;
    };
    let at = entry.node.from;
    match kind.as_str() {
        "backup" => {
            if let Some(entry) = pass.source.take("spec.source.backupPath") {
                pass.lost(
                    &entry.node.from,
                    "the operator walks the chain of the backup",
                    "name the Neo4jBackup whose artifact it is",
                );
            }
        }
        "pitr" => {
            pass.refuse(&at, "there is no restore to a point in time", "keep this restore with this program");
            pass.source.take("spec.source.pitr");
        }
        _ => storage_out(pass, &at, &kind),
    }
    let mut left = vec!["spec.source.pitr".to_owned(), format!("{STORAGE}.pvc")];
    if matches!(kind.as_str(), "backup" | "pitr") {
        left.push(STORAGE.to_owned());
    } else {
        left.push("spec.source.backupRef".to_owned());
    }
    for path in left {
        if let Some(entry) = pass.source.take(&path) {
            pass.implied(&entry.node.from, "it says nothing for a source of this type");
        }
    }
}

fn overwrite_out(pass: &mut Pass) {
    let force = pass.take_bool("spec.force");
    let replace = pass.take_bool("spec.options.replaceExisting");
    match (force, replace) {
        (Some((force, value)), Some((replace, other))) => {
            let at = force.node.from;
            pass.respelled(&at, "`overwrite` says both");
            let node = if value || other { Node::bare(&replace.node.from, "true") } else { replace.node };
            pass.put("spec.overwrite", Entry { key: String::new(), comments: replace.comments, node });
        }
        (Some((entry, value)), None) => {
            pass.respelled(
                &entry.node.from,
                "it is `overwrite` there, and comes back as `options.replaceExisting`",
            );
            if value {
                pass.put("spec.overwrite", entry);
            }
        }
        (None, Some((entry, _))) => pass.put("spec.overwrite", entry),
        (None, None) => {}
    }
}

fn storage_out(pass: &mut Pass, at: &str, kind: &str) {
    let store = pass.take_text(&format!("{STORAGE}.type"));
    if let Some(entry) = pass.source.take(&format!("{STORAGE}.cloud.provider")) {
        pass.implied(&entry.node.from, "it follows from the type of the source");
    }
    let account = pass.take_text(&format!("{STORAGE}.cloud.storageAccount"));
    let folder = pass.take_text(&format!("{STORAGE}.path"));
    let artifact = pass.take_text("spec.source.backupPath");
    let bucket = pass.take_text(&format!("{STORAGE}.bucket"));
    let Some((store_entry, store)) = store else {
        pass.missing(&format!("{STORAGE}.type"), "say where the artifact is");
        return;
    };
    if store == "pvc" {
        pass.refuse(
            &store_entry.node.from,
            "the servers read a claim only as their own backups volume",
            "mount the claim as `storage.volumes.backups` of the Neo4j resource and write \
             `source: {url: file:/backups/<artifact>}` (operator.md §5.2)",
        );
        pass.source.take(&format!("{STORAGE}.pvc"));
        return;
    }
    if let Some((entry, _)) = account.as_ref().filter(|_| store != "azure") {
        pass.implied(&entry.node.from.clone(), "only Azure has storage accounts");
    }
    let account = account.map(|(_, account)| account).filter(|_| store == "azure");
    let Some((bucket, name)) = bucket else {
        pass.missing(&format!("{STORAGE}.bucket"), "name the bucket");
        return;
    };
    if store == "azure" && account.is_none() {
        let place = pass.place(&format!("{STORAGE}.cloud.storageAccount"));
        pass.refuse(
            &place,
            "the address of the source begins with the storage account, which only the Secret knows",
            "write `cloud.storageAccount`",
        );
        return;
    }
    // Where an artifact is looked for: DESIGN.md, "What a restore becomes".
    let base = folder.as_ref().map_or("backups", |(_, path)| path.trim_matches('/'));
    let path = match artifact.as_ref().map(|(_, path)| path.as_str()) {
        None => base.to_owned(),
        Some(path) if path.starts_with('/') || base.is_empty() => path.trim_matches('/').to_owned(),
        Some(path) => format!("{base}/{}", path.trim_matches('/')),
    };
    let url = Url {
        store: match store.as_str() {
            "gcs" => "gcs",
            "azure" => "azure",
            _ => "s3",
        },
        account,
        bucket: name,
        path,
        folder: artifact.as_ref().is_none_or(|(_, path)| path.ends_with('/')),
    };
    // What comes back is the whole path: of an artifact from the root of the bucket, of a folder without slashes.
    let whole = if url.path.is_empty() { "/".to_owned() } else { url.path.clone() };
    let back = |entry_is_artifact: bool, text: &str| match (url.folder, entry_is_artifact) {
        (true, false) => artifact.is_none() && text == whole,
        (false, true) => text == format!("/{}", url.path),
        _ => false,
    };
    for (is_artifact, (entry, text)) in
        folder.iter().map(|found| (false, found)).chain(artifact.iter().map(|found| (true, found)))
    {
        if !back(is_artifact, text) {
            pass.respelled(&entry.node.from.clone(), "it is a part of `url` there");
        }
    }
    if kind == "storage" {
        pass.respelled(at, "the type of the store is the type of the source there");
    }
    let from = bucket.node.from.clone();
    pass.set_with_comments(
        "spec.source.type",
        store_entry.comments,
        Node::text(&store_entry.node.from, store),
    );
    pass.set_with_comments("spec.source.url", bucket.comments, Node::text(&from, url.write()));
}

fn into_ours(pass: &mut Pass) {
    let around = common::block(pass, "spec.neo4jRef");
    if let Some(mut instance) = pass.source.take("spec.neo4jRef.name") {
        common::surround(&mut instance, around);
        pass.put("spec.targetCluster", instance);
    } else {
        pass.missing("spec.neo4jRef.name", "name the Neo4j resource that is restored into");
    }
    if let Some((entry, name)) = pass.take_text("spec.databases") {
        pass.put_text("spec.databaseName", entry, &name);
    }
    if let Some((entry, _)) = pass.take_bool("spec.overwrite") {
        pass.put("spec.options.replaceExisting", entry);
    }
    match pass.take_bool("spec.restoreMetadata") {
        Some((entry, true)) => pass.lost(
            &entry.node.from,
            "users and roles are restored by hand",
            "`render --restore` prints the command that does it",
        ),
        Some((entry, false)) => {
            pass.implied(&entry.node.from, "users and roles are never restored by themselves")
        }
        None => {}
    }
    let kind = pass.source.take("spec.source.type");
    if pass.source.get("spec.source.backupRef").is_some() {
        let at = pass.place("spec.source.backupRef");
        pass.set_at("spec.source.type", "backup", &at);
        if let Some(entry) = kind {
            pass.implied(&entry.node.from, "`backupRef` says it");
        }
        return;
    }
    let Some((entry, text)) = pass.take_text("spec.source.url") else {
        pass.missing("spec.source.backupRef", "say `backupRef` or `url`");
        return;
    };
    let at = entry.node.from.clone();
    let Some(url) = Url::parse(&text) else {
        pass.refuse(
            &at,
            "only addresses of bucket stores are understood",
            "write the source yourself: `source: {type: storage, storage: {type: pvc, pvc: {name: …}}, backupPath: …}`",
        );
        return;
    };
    if let Some(kind) = kind {
        if kind.node.as_text() == Some(url.store) {
            pass.implied(&kind.node.from, "the address says it");
        } else {
            pass.refuse(
                &kind.node.from,
                "the address is one of another store",
                "make `type` and `url` agree",
            );
        }
    }
    pass.set_at("spec.source.type", url.store, &at);
    pass.set_at(&format!("{STORAGE}.type"), url.store, &at);
    pass.put_text(&format!("{STORAGE}.bucket"), entry, &url.bucket);
    if let Some(account) = &url.account {
        pass.set_at(&format!("{STORAGE}.cloud.storageAccount"), account, &at);
    }
    if url.folder {
        let path = if url.path.is_empty() { "/" } else { &url.path };
        pass.set_at(&format!("{STORAGE}.path"), path, &at);
    } else {
        pass.set_at("spec.source.backupPath", &format!("/{}", url.path), &at);
    }
}

/// One restore of several databases becomes one of each.
pub(super) fn split(document: Node, findings: &mut Vec<crate::input::locate::Finding>) -> Vec<Node> {
    let databases = match document.entry("spec.databases") {
        Some(Entry { node, .. })
            if node.items().len() > 1 || node.items().iter().any(|item| item.node.as_text() == Some("*")) =>
        {
            node.clone()
        }
        Some(Entry { node, .. }) => {
            let single = node.items().first().map(|item| item.node.clone());
            return vec![with_database(document, single, None)];
        }
        None => {
            let mut pass = Pass::new(document.clone(), super::Dialect::Official, Way::In);
            pass.missing("spec.databases", "name the databases");
            findings.append(&mut pass.findings);
            return vec![document];
        }
    };
    let mut pass = Pass::new(document.clone(), super::Dialect::Official, Way::In);
    if databases.items().iter().any(|item| item.node.as_text().is_some_and(|name| name.contains(['*', '?'])))
    {
        pass.refuse(&databases.from, "a restore is of one database", "name the databases");
        findings.append(&mut pass.findings);
        return vec![document];
    }
    pass.respelled(&databases.from, "it becomes one Neo4jRestore for each database");
    findings.append(&mut pass.findings);
    databases
        .items()
        .iter()
        .map(|item| {
            let suffix = item.node.as_text().map(str::to_ascii_lowercase);
            with_database(document.clone(), Some(item.node.clone()), suffix.as_deref())
        })
        .collect()
}

fn with_database(mut document: Node, database: Option<Node>, suffix: Option<&str>) -> Node {
    if let (Some(entry), Some(database)) = (document.entry_mut("spec.databases"), database) {
        entry.node = database;
    }
    if let Some(suffix) = suffix
        && let Some(entry) = document.entry_mut("metadata.name")
        && let Some(name) = entry.node.as_text().map(str::to_owned)
    {
        entry.node = Node::text(&entry.node.from, format!("{name}-{suffix}"));
    }
    document
}

/// What rows cannot say, after they were read.
pub(super) fn after(pass: &mut Pass) {
    if pass.way == Way::In
        && let Some(source) = pass.out.entry_mut("spec.source")
        && let Body::Map { entries, .. } = &mut source.node.body
    {
        // `type` first, as everybody writes it.
        entries.sort_by_key(|entry| entry.key != "type");
    }
    common::hook_environment(pass);
}
