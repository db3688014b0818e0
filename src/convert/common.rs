//! What is the same between us and every other language.

use super::pass::{Pass, Way};
use super::tree::{Body, Comments, Entry};

/// The comments of a mapping that is taken apart by hand.
pub(super) fn block(pass: &Pass, path: &str) -> Comments {
    pass.source.entry(path).map(|entry| entry.comments.clone()).unwrap_or_default()
}

/// Gives the comments of a mapping to the first thing that came out of it.
pub(super) fn surround(entry: &mut Entry, comments: Comments) {
    let mut before = comments.before;
    before.append(&mut entry.comments.before);
    entry.comments.before = before;
    if entry.comments.after.is_none() {
        entry.comments.after = comments.after;
    }
    entry.comments.below.extend(comments.below);
    entry.comments.foot.extend(comments.foot);
}

/// Schedules run in UTC everywhere but here (operator.md §4.2 row 20, §4.4 row 73).
pub(super) fn utc_only(pass: &mut Pass) {
    let Some((entry, zone)) = pass.take_text("spec.timeZone") else { return };
    let at = entry.node.from;
    let utc = matches!(
        zone.as_str(),
        "UTC" | "Etc/UTC" | "Etc/UCT" | "UCT" | "Etc/Zulu" | "Zulu" | "Etc/Universal" | "Universal"
    );
    if utc {
        pass.implied(&at, "schedules run in UTC there");
    } else if pass.source.get("spec.schedule").is_none() {
        pass.implied(&at, "without a schedule it says nothing");
    } else {
        pass.refuse(
            &at,
            "schedules run in UTC there, and this one would run at other hours",
            "write the schedule in UTC and remove `timeZone`; mind summer time",
        );
    }
}

/// Only `neo4j-admin database backup` elsewhere.
pub(super) fn online_only(pass: &mut Pass) {
    if pass.source.text_at("spec.method") == Some("Online")
        && let Some(entry) = pass.source.take("spec.method")
    {
        pass.implied(&entry.node.from, "there is no other method there");
    }
}

/// `mode: standard` is what a backup is; a replication source is not one (operator.md §1.2).
pub(super) fn standard_mode(pass: &mut Pass) {
    let Some((entry, mode)) = pass.take_text("spec.mode") else { return };
    if mode == "standard" {
        pass.implied(&entry.node.from, "a backup is always one");
    } else {
        pass.refuse(
            &entry.node.from,
            "a replication source is no backup",
            "keep it with the operator, and write another spec for the backup",
        );
    }
}

/// `Delete` is all there is elsewhere.
pub(super) fn delete_policy(pass: &mut Pass) {
    let Some((entry, policy)) = pass.take_text("spec.retention.deletePolicy") else { return };
    if policy == "Delete" {
        pass.implied(&entry.node.from, "what is not kept is deleted there too");
    } else {
        pass.lost(&entry.node.from, "nothing is archived there", "archive by a rule of the bucket");
    }
}

/// A hook Job is tried again three times by the operator and not at all here (operator.md §2.3; docs/spec.md).
pub(super) fn hook_retries(pass: &mut Pass) {
    for hook in ["preRestore", "postRestore"] {
        let job = format!("spec.options.{hook}.job.template");
        let path = format!("{job}.backoffLimit");
        if pass.out.get(&format!("{job}.container")).is_none() || pass.out.get(&path).is_some() {
            continue;
        }
        let (value, there) = match pass.way {
            Way::In => ("3", "3 for the operator and 0 here"),
            Way::Out => ("0", "0 here and 3 for the operator"),
        };
        pass.written_out(&path, value, there);
        let place = pass.place(&path);
        pass.out.set(&path, super::tree::Node::bare(&place, value));
    }
}

/// The environment of a hook is Kubernetes' own there, and a part of it here (operator.md §1.3).
pub(super) fn hook_environment(pass: &mut Pass) {
    if pass.way != Way::In {
        return;
    }
    let mut lost = Vec::new();
    for hook in ["preRestore", "postRestore"] {
        let Some(env) = pass.out.entry_mut(&format!("spec.options.{hook}.job.template.container.env")) else {
            continue;
        };
        let Body::List { items, .. } = &mut env.node.body else { continue };
        items.retain_mut(|item| {
            for source in ["fieldRef", "resourceFieldRef", "fileKeyRef"] {
                if item.node.get(&format!("valueFrom.{source}")).is_some() {
                    lost.push(item.node.from.clone());
                    return false;
                }
            }
            for source in ["secretKeyRef", "configMapKeyRef"] {
                if let Some(entry) = item.node.take(&format!("valueFrom.{source}.optional")) {
                    lost.push(entry.node.from);
                }
            }
            true
        });
    }
    for at in lost {
        pass.lost(
            &at,
            "a hook's environment takes values, and keys of Secrets and ConfigMaps that exist",
            "give the value itself",
        );
    }
}

/// What kubectl and the API server add to a document, which a document in Git has no use for.
pub(super) fn of_the_cluster(pass: &mut Pass) {
    const SERVER: [&str; 11] = [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
        "ownerReferences",
        "finalizers",
        "generateName",
    ];
    let mut found = Vec::new();
    if let Some(entry) = pass.source.take("status") {
        found.push(entry.node.from);
    }
    for field in SERVER {
        if let Some(entry) = pass.source.take(&format!("metadata.{field}")) {
            found.push(entry.node.from);
        }
    }
    if let Some(annotations) = pass.source.entry_mut("metadata.annotations")
        && let Body::Map { entries, .. } = &mut annotations.node.body
    {
        let of_kubectl = |entry: &Entry| entry.key == "kubectl.kubernetes.io/last-applied-configuration";
        found.extend(entries.iter().filter(|entry| of_kubectl(entry)).map(|entry| entry.node.from.clone()));
        entries.retain(|entry| !of_kubectl(entry));
        if entries.is_empty() {
            pass.source.take("metadata.annotations");
        }
    }
    for at in found {
        let message = format!("`{at}` belongs to the object in the cluster and is left out");
        pass.say(
            &crate::diagnostics::codes::CONVERT_LEFT_BEHIND,
            at,
            message,
            "nothing needs to be done; in Git an object has a name, labels, annotations and a spec",
        );
    }
}
