//! What the neo4j.com operator backs up and where to: `neo4jRef`, `databases` and `destination` (operator.md §5.2).

use crate::diagnostics::codes;

use super::common;
use super::official_backup::Shape;
use super::pass::Pass;
use super::tree::Node;
use super::url::Url;

const CLOUD: &str = "spec.storage.cloud";

pub(super) fn databases_out(pass: &mut Pass, template: &str) {
    let around = common::block(pass, "spec.target");
    let target = pass.place("spec.target");
    let kind = pass.take_text("spec.target.kind");
    let name = pass.take_text("spec.target.name");
    let owner = pass.take_text("spec.target.clusterRef");
    let databases = pass.source.take("spec.target.databases");
    if let Some((entry, namespace)) = pass.take_text("spec.target.namespace") {
        let at = entry.node.from;
        if pass.namespace.as_deref() == Some(&namespace) {
            pass.implied(&at, "the Neo4j resource is always looked for in the namespace of the spec");
        } else {
            pass.refuse(
                &at,
                "the operator backs up Neo4j resources of the spec's own namespace only",
                "move the spec, its Secrets and its claim into the namespace of the Neo4j resource",
            );
        }
    }
    if kind.is_none() {
        pass.missing("spec.target.kind", "write `Cluster` or `Database`");
    }
    let one = kind.is_some_and(|(_, kind)| kind == "Database");
    let instance = if one { &owner } else { &name };
    match instance {
        Some((entry, _)) => {
            let mut entry = entry.clone();
            common::surround(&mut entry, around);
            pass.put("spec.neo4jRef.name", entry);
        }
        None => pass.missing(
            if one { "spec.target.clusterRef" } else { "spec.target.name" },
            "name the deployment that is backed up",
        ),
    }
    let path = format!("{template}.databases");
    if one {
        if let Some((entry, name)) = name {
            let node = Node::list(&entry.node.from, [Node::text(&entry.node.from, name)]);
            pass.set_with_comments(&path, entry.comments, node);
        }
        return;
    }
    if let Some((entry, _)) = owner {
        pass.implied(&entry.node.from, "with kind Cluster it names nothing");
    }
    if let Some(entry) = databases {
        let globs = entry.node.items().iter().filter_map(|item| item.node.as_text());
        let names: Vec<&str> = globs.collect();
        let at = entry.node.from.clone();
        if names.len() == 1 && names.iter().all(|name| !name.contains(['*', '?'])) {
            pass.respelled(&target, "a list of one comes back as `kind: Database`");
        } else if names == ["*"] {
            pass.respelled(&at, "all databases are the default there");
        } else if names.iter().any(|name| *name != "*" && name.contains(['*', '?'])) {
            pass.changed(&at, "only `*` is known to be a glob there", "name the databases");
        }
        pass.put(&path, entry);
    }
}

pub(super) fn destination_out(pass: &mut Pass, template: &str) {
    let around = common::block(pass, "spec.storage");
    if pass.source.get("spec.storage.cloud").is_none()
        && let Some(entry) = pass.source.take("spec.cloud")
    {
        pass.respelled(&entry.node.from.clone(), "what it says belongs to the destination there");
        pass.source.put("spec.storage.cloud", entry);
    }
    let Some((mut kind, store)) = pass.take_text("spec.storage.type") else {
        pass.missing("spec.storage.type", "say where the artifacts go");
        return;
    };
    if let Some(entry) = pass.source.take(&format!("{CLOUD}.provider")) {
        pass.implied(&entry.node.from, "it follows from the type of the destination");
    }
    let account = pass.take_text(&format!("{CLOUD}.storageAccount"));
    let path = pass.take_text("spec.storage.path");
    common::surround(&mut kind, around);
    pass.put(&format!("{template}.destination.type"), kind);
    if let Some((entry, _)) = account.as_ref().filter(|_| store != "azure") {
        pass.implied(&entry.node.from.clone(), "only Azure has storage accounts");
    }
    if store == "pvc" {
        if let Some((entry, _)) = path {
            pass.lost(&entry.node.from, "on a claim the operator makes the folders", "leave it out");
        }
        return;
    }
    let Some((bucket, name)) = pass.take_text("spec.storage.bucket") else {
        pass.missing("spec.storage.bucket", "name the bucket");
        return;
    };
    let account = account.map(|(_, account)| account).filter(|_| store == "azure");
    if store == "azure" && account.is_none() {
        let at = pass.place(&format!("{CLOUD}.storageAccount"));
        pass.refuse(
            &at,
            "the address of the destination begins with the storage account, which only the Secret knows",
            "write `cloud.storageAccount`",
        );
        return;
    }
    let folder = path.as_ref().map_or("backups", |(_, path)| path.as_str());
    if let Some((entry, text)) = &path
        && text.trim_matches('/') != text
        && !text.trim_matches('/').is_empty()
    {
        pass.respelled(&entry.node.from.clone(), "its slashes at either end say nothing");
    }
    let address = Url {
        store: match store.as_str() {
            "gcs" => "gcs",
            "azure" => "azure",
            _ => "s3",
        },
        account,
        bucket: name,
        path: folder.trim_matches('/').to_owned(),
        folder: true,
    };
    let at = bucket.node.from.clone();
    let mut comments = bucket.comments;
    if let Some((entry, _)) = path {
        comments.before.extend(entry.comments.before);
        comments.after = comments.after.or(entry.comments.after);
    }
    pass.changed(
        &at,
        "the operator makes a folder for each chain below the address",
        "backups that are there already stay where they are; the operator begins chains of its own",
    );
    pass.set_with_comments(
        &format!("{template}.destination.url"),
        comments,
        Node::text(&at, address.write()),
    );
}

pub(super) fn databases_in(pass: &mut Pass, template: &str) {
    let around = common::block(pass, "spec.neo4jRef");
    let databases = pass.source.take(&format!("{template}.databases"));
    let mut instance = pass.source.take("spec.neo4jRef.name");
    if let Some(instance) = &mut instance {
        common::surround(instance, around);
    }
    if instance.is_none() {
        pass.missing("spec.neo4jRef.name", "name the Neo4j resource that is backed up");
    }
    let single = databases.as_ref().and_then(|entry| match entry.node.items() {
        [only] => only.node.as_text().map(str::to_owned),
        _ => None,
    });
    let at = pass.place("spec.neo4jRef");
    let kind = |pass: &mut Pass, kind: &str| pass.set_at("spec.target.kind", kind, &at);
    match (databases, single) {
        (Some(entry), Some(name)) if !name.contains(['*', '?']) => {
            kind(pass, "Database");
            pass.set_with_comments("spec.target.name", entry.comments, Node::text(&entry.node.from, name));
            if let Some(instance) = instance {
                pass.put("spec.target.clusterRef", instance);
            }
        }
        (databases, single) => {
            kind(pass, "Cluster");
            if let Some(instance) = instance {
                pass.put("spec.target.name", instance);
            }
            if let Some(entry) =
                databases.filter(|entry| single.as_deref() != Some("*") && !entry.node.items().is_empty())
            {
                pass.put("spec.target.databases", entry);
            }
        }
    }
}

pub(super) fn destination_in(pass: &mut Pass, template: &str, shape: Shape) {
    let destination = format!("{template}.destination");
    let around = common::block(pass, &destination);
    let Some((mut kind, store)) = pass.take_text(&format!("{destination}.type")) else {
        pass.missing(&format!("{destination}.type"), "say where the artifacts go");
        return;
    };
    common::surround(&mut kind, around);
    pass.put("spec.storage.type", kind);
    if store == "pvc" {
        let claim = format!("{destination}.pvc.claimName");
        if let Some(entry) = pass.source.take(&format!("{destination}.pvc.size")) {
            if pass.source.get(&claim).is_none() {
                let at = pass.place(&claim);
                let name = pass.name.clone();
                pass.written_out(&claim, &name, "a claim that the operator would make");
                pass.set_at("spec.storage.pvc.name", &name, &at);
                pass.put("spec.storage.pvc.size", entry);
                if let Some(class) = pass.source.take(&format!("{destination}.pvc.storageClassName")) {
                    pass.put("spec.storage.pvc.storageClassName", class);
                }
            } else {
                pass.lost(&entry.node.from, "a claim that exists has its size", "leave it out");
            }
        }
        if shape != Shape::Once {
            // Both cadences write into one folder, which on a claim is the spec's name by default.
            let name = pass.name.clone();
            let at = pass.place(&destination);
            pass.set_at("spec.storage.path", &name, &at);
        }
        return;
    }
    let Some((entry, text)) = pass.take_text(&format!("{destination}.url")) else {
        pass.missing(&format!("{destination}.url"), "give the address of the destination");
        return;
    };
    let at = entry.node.from.clone();
    match Url::parse(&text) {
        Some(url) if url.store == store => {
            pass.put_text("spec.storage.bucket", entry, &url.bucket);
            let path = if url.path.is_empty() { "/" } else { &url.path };
            pass.set_at("spec.storage.path", path, &at);
            if let Some(account) = &url.account {
                pass.set_at(&format!("{CLOUD}.storageAccount"), account, &at);
            }
            pass.changed(
                &at,
                "the operator made a folder for each chain below it, this program writes into it",
                "nothing needs to be done for new backups; old chains stay where they are",
            );
        }
        _ => {
            let message = format!("`{}` is no address of a {store} store", super::pass::shown(&at));
            pass.say(
                &codes::CONVERT_REFUSED,
                at,
                message,
                "write `s3://bucket/path/`, `gs://bucket/path/` or `azb://account/container/path/`",
            );
        }
    }
}
