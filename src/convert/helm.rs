//! Values of the Helm chart `neo4j-admin` (peers.md §2.2, §2.3), on their way into our language. There is no way back:
//! the chart has no field for most of what a spec says.
//!
//! The values stand below `spec` here, because that is where rows look.

use crate::diagnostics::codes;

use super::helm_storage;
use super::pass::Pass;
use super::table::{Row, moved, theirs_implied, theirs_only, words};
use super::tree::{Body, Comments, Entry, Node};

/// What the values do not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Name of the spec.
    pub name: Option<String>,
    /// Name of the deployment.
    pub target: Option<String>,
    /// Namespace of the spec.
    pub namespace: Option<String>,
}

const CLOUD: &str = "spec.storage.cloud";
const NO_FIELD: &str = "this program has no field for it";
const FIXED: &str = "the pods always run restricted, as user 7474";
const FIXED_HELP: &str = "leave it out; `render` shows the security context";
const CHECK: &str = "`options.verify` checks everything that `neo4j-admin database check` checks by default";
const AGGREGATE: &str = "a chain is aggregated instead of a backup made";

/// Rows of the values.
pub(super) fn rows() -> Vec<Row> {
    let backup = |name: &str| format!("spec.backup.{name}");
    let mut rows = vec![
        moved("spec.options.pageCache", backup("pageCache")),
        moved("spec.options.includeMetadata", backup("includeMetadata")),
        words(
            "spec.options.backupType",
            backup("type"),
            &[("FULL", "full"), ("DIFF", "diff"), ("AUTO", "auto")],
        ),
        moved("spec.options.keepFailed", backup("keepFailed")),
        moved("spec.options.parallelRecovery", backup("parallelRecovery")),
        moved("spec.options.preferDiffAsParent", backup("preferDiffAsParent")),
        moved("spec.options.compress", backup("compress")),
        moved("spec.options.remoteAddressResolution", backup("remoteAddressResolution")),
        moved("spec.options.tempPath", backup("tempDir")),
        moved(format!("{CLOUD}.region"), backup("s3Region")),
        moved(format!("{CLOUD}.forcePathStyle"), backup("s3ForcePathStyle")),
        moved(format!("{CLOUD}.caSecretRef.name"), backup("s3CASecretName")),
        moved(format!("{CLOUD}.caSecretRef.key"), backup("s3CASecretKey")),
        moved(format!("{CLOUD}.storageAccount"), backup("azureStorageAccountName")),
        moved("spec.job.nodeSelector", "spec.nodeSelector"),
        moved("spec.job.tolerations", "spec.tolerations"),
        moved("spec.job.affinity", "spec.affinity"),
        moved("spec.job.imagePullSecrets", "spec.neo4j.imagePullSecrets"),
        moved("spec.job.labels", "spec.neo4j.podLabels"),
        moved("spec.job.annotations", "spec.neo4j.podAnnotations"),
        moved("spec.metadata.labels", "spec.neo4j.labels"),
        theirs_only(backup("heapSize"), NO_FIELD, "the memory limit of `job.resources` bounds the heap"),
        theirs_only(
            backup("fallbackToFull"),
            "the chart passes no such flag, and `--type=AUTO` does it (peers.md §2.2)",
            "write `backupType: AUTO`",
        ),
        theirs_only(
            backup("s3CACert"),
            "a certificate is read from a Secret",
            "put it into a Secret and write `cloud.caSecretRef`",
        ),
        theirs_only(
            backup("s3SkipVerify"),
            "certificates are always checked",
            "write `cloud.caSecretRef` for a private authority",
        ),
        theirs_only(backup("s3SignatureVersion"), NO_FIELD, "leave it out: current stores take version 4"),
        theirs_only(backup("azureBlobServiceURL"), NO_FIELD, "only public Azure is known"),
        theirs_only("spec.securityContext", FIXED, FIXED_HELP),
        theirs_only("spec.containerSecurityContext", FIXED, FIXED_HELP),
        theirs_only("spec.extraEnvVars", NO_FIELD, "leave it out"),
        theirs_only("spec.extraVolumes", NO_FIELD, "leave it out"),
        theirs_only("spec.extraVolumeMounts", NO_FIELD, "leave it out"),
        theirs_implied("spec.disableLookups", "nothing is looked up while rendering"),
    ];
    for field in ["image", "imageTag", "imagePullPolicy", "registry"] {
        rows.push(theirs_only(
            format!("spec.neo4j.{field}"),
            "the pods run the image of the deployment that is backed up",
            "say it in the Neo4jTarget of the deployment",
        ));
    }
    for (field, name) in [("requests", "requests"), ("limits", "limits")] {
        for (theirs, ours) in
            [("ephemeralStorage", "ephemeral-storage"), ("cpu", "cpu"), ("memory", "memory")]
        {
            rows.push(moved(
                format!("spec.job.resources.{name}.{ours}"),
                format!("spec.resources.{field}.{theirs}"),
            ));
        }
    }
    for field in ["checkIndexes", "checkGraph", "checkCounts", "checkPropertyOwners", "verbose"] {
        rows.push(theirs_only(format!("spec.consistencyCheck.{field}"), CHECK, "leave it out"));
    }
    for field in ["database", "maxOffHeapMemory", "threads", "timeout", "tempDir"] {
        rows.push(theirs_only(
            format!("spec.consistencyCheck.{field}"),
            "`options.verify` checks each database that is named, within the deadline of the Job",
            "write `job.deadline` and `job.resources` if the check needs more",
        ));
    }
    rows
}

/// What rows cannot say, before they are read.
pub(super) fn before(pass: &mut Pass, surroundings: &Surroundings) {
    drop_empty(&mut pass.source);
    metadata(pass, surroundings);
    target(pass, surroundings);
    helm_storage::storage(pass);
    schedule(pass);
    check(pass);
    traps(pass);
}

/// An empty text says nothing in a values file: the chart's own defaults are full of them.
fn drop_empty(node: &mut Node) {
    match &mut node.body {
        Body::Map { entries, .. } => {
            entries.iter_mut().for_each(|entry| drop_empty(&mut entry.node));
            entries.retain(|entry| entry.node.says_something());
        }
        Body::List { items, .. } => items.iter_mut().for_each(|item| drop_empty(&mut item.node)),
        Body::Scalar(_) => {}
    }
}

fn metadata(pass: &mut Pass, surroundings: &Surroundings) {
    let full = pass.take_text("spec.fullnameOverride");
    let short = pass.take_text("spec.nameOverride");
    let stated =
        surroundings.name.clone().or_else(|| full.as_ref().or(short.as_ref()).map(|(_, name)| name.clone()));
    match stated {
        Some(name) => pass.name = name,
        None => pass.missing(
            "spec.fullnameOverride",
            "say how the backup is called: `--name NAME`, such as the name of the release",
        ),
    }
    for (entry, _) in [full, short].into_iter().flatten() {
        pass.respelled(&entry.node.from, "it is `metadata.name`");
    }
    pass.namespace.clone_from(&surroundings.namespace);
}

fn target(pass: &mut Pass, surroundings: &Surroundings) {
    let service = pass.take_text("spec.backup.databaseAdminServiceName");
    let address = pass.take_text("spec.backup.databaseAdminServiceIP");
    let endpoints = pass.take_text("spec.backup.databaseBackupEndpoints");
    let namespace = pass.take_text("spec.backup.databaseNamespace");
    let port = pass.take_text("spec.backup.databaseBackupPort");
    let domain = pass.take_text("spec.backup.databaseClusterDomain");
    let named = service.as_ref().map(|(entry, service)| {
        (entry.clone(), service.strip_suffix("-admin").unwrap_or(service).to_owned())
    });
    let (mut entry, derived) = match (named, &endpoints) {
        (Some((entry, name)), _) => (Some(entry), Some(name)),
        (None, Some((entry, list))) => (Some(entry.clone()), first_release(list)),
        (None, None) => (address.as_ref().map(|(entry, _)| entry.clone()), None),
    };
    let Some(name) = surroundings.target.clone().or(derived) else {
        pass.missing(
            "spec.backup.databaseAdminServiceName",
            "say which deployment is backed up: `--target-name NAME`, the release of the chart `neo4j`",
        );
        return;
    };
    let at = entry.as_ref().map_or_else(|| pass.place("spec.backup"), |entry| entry.node.from.clone());
    let kind = databases(pass, &at);
    let path = if kind == "Database" { "spec.target.clusterRef" } else { "spec.target.name" };
    let comments = entry.take().map(|entry| entry.comments).unwrap_or_default();
    pass.set_with_comments(path, comments, Node::text(&at, &name));
    if service.is_some() {
        pass.say(
            &codes::CONVERT_ADDRESS,
            at,
            format!("the deployment is called `{name}`, as its service is; the addresses follow from its Neo4jTarget"),
            format!(
                "describe it beside the spec: `kind: Neo4jTarget`, `name: {name}`, `layout: Helm`, with its image and \
                 topology"
            ),
        );
    }
    for (entry, text) in [address, endpoints].into_iter().flatten() {
        pass.say(
            &codes::CONVERT_ADDRESS,
            entry.node.from,
            "addresses of servers belong to the deployment and not to its backup",
            format!(
                "write `backupAddresses: [{}]` into the Neo4jTarget `{name}`",
                addresses(&text, port.as_ref().map(|(_, port)| port.as_str()))
            ),
        );
    }
    if let Some((entry, domain)) = domain {
        if domain == "cluster.local" {
            pass.implied(&entry.node.from, "it is the domain unless a Neo4jTarget says another");
        } else {
            pass.say(
                &codes::CONVERT_ADDRESS,
                entry.node.from,
                "the cluster's domain belongs to the deployment and not to its backup",
                format!("write `clusterDomain: {domain}` into the Neo4jTarget `{name}`"),
            );
        }
    }
    if let Some((entry, port)) = port {
        if port == "6362" {
            pass.implied(&entry.node.from, "it is the port unless a Neo4jTarget says another");
        } else {
            pass.say(
                &codes::CONVERT_ADDRESS,
                entry.node.from,
                "the backup port belongs to the deployment and not to its backup",
                format!("write `backupAddresses` with the port {port} into the Neo4jTarget `{name}`"),
            );
        }
    }
    // Not the release's namespace: `default` when nothing is said (peers.md §2.2).
    match namespace {
        Some((entry, _)) => pass.put("spec.target.namespace", entry),
        None if pass.namespace.as_deref() != Some("default") => {
            pass.written_out(
                "spec.backup.databaseNamespace",
                "default",
                "the namespace `default` for the chart",
            );
            let at = pass.place("spec.backup.databaseNamespace");
            pass.set_at("spec.target.namespace", "default", &at);
        }
        None => {}
    }
}

/// The release that the first of several endpoints belongs to: `<release>-admin.<namespace>.svc…`.
fn first_release(list: &str) -> Option<String> {
    let host = list.split(',').next()?.trim().split([':', '.']).next()?;
    (!host.is_empty() && !host.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| host.strip_suffix("-admin").unwrap_or(host).to_owned())
}

fn addresses(text: &str, port: Option<&str>) -> String {
    let port = port.unwrap_or("6362");
    let all: Vec<String> =
        text.split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(|address| {
                if address.contains(':') { format!("\"{address}\"") } else { format!("\"{address}:{port}\"") }
            })
            .collect();
    all.join(", ")
}

/// A comma list of names and globs; returns the kind of the target.
fn databases(pass: &mut Pass, at: &str) -> &'static str {
    let list = pass.take_text("spec.backup.database");
    let names: Vec<String> = list
        .iter()
        .flat_map(|(_, list)| list.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let from = list.as_ref().map_or(at, |(entry, _)| entry.node.from.as_str()).to_owned();
    let comments = list.map(|(entry, _)| entry.comments).unwrap_or_default();
    match names.as_slice() {
        [name] if !name.contains(['*', '?']) => {
            pass.set_at("spec.target.kind", "Database", &from);
            pass.set_with_comments("spec.target.name", comments, Node::text(&from, name));
            "Database"
        }
        [] => {
            pass.set_at("spec.target.kind", "Cluster", &from);
            "Cluster"
        }
        [name] if name == "*" => {
            pass.set_with_comments("spec.target.kind", comments, Node::text(&from, "Cluster"));
            "Cluster"
        }
        _ => {
            pass.set_at("spec.target.kind", "Cluster", &from);
            let items: Vec<Node> = names.iter().map(|name| Node::text(&from, name)).collect();
            pass.set_with_comments("spec.target.databases", comments, Node::list(&from, items));
            "Cluster"
        }
    }
}

fn schedule(pass: &mut Pass) {
    if let Some(entry) = pass.source.take("spec.neo4j.jobSchedule") {
        pass.put("spec.schedule", entry);
    } else {
        let at = pass.place("spec.neo4j.jobSchedule");
        pass.set_at("spec.schedule", "* * * * *", &at);
        pass.say(
            &codes::CONVERT_CHART_TRAP,
            at,
            "`neo4j.jobSchedule` is absent, and the chart then runs every minute; so does the spec",
            "write the schedule that is meant, such as `0 2 * * *`",
        );
    }
    if let Some(entry) = pass.source.take("spec.suspend") {
        pass.put("spec.suspend", entry);
    }
    // Rendered by `default`, which takes 0 for nothing (peers.md §2.2). Ours are 3, 3 and 2.
    for (theirs, ours, value) in [
        ("spec.neo4j.successfulJobsHistoryLimit", "spec.historyLimits.successful", "3"),
        ("spec.neo4j.failedJobsHistoryLimit", "spec.historyLimits.failed", "1"),
        ("spec.neo4j.backoffLimit", "spec.job.backoffLimit", "3"),
    ] {
        match pass.take_text(theirs) {
            Some((entry, text)) if text == "0" => {
                let at = entry.node.from.clone();
                pass.say(
                    &codes::CONVERT_CHART_TRAP,
                    at.clone(),
                    format!("the chart takes 0 for nothing said, and uses {value}; the spec says 0"),
                    format!("write {value} to keep what the chart did"),
                );
                pass.put(ours, entry);
            }
            Some((entry, _)) => pass.put(ours, entry),
            None if value != "3" || ours.ends_with("backoffLimit") => {
                let here = if ours.ends_with("backoffLimit") { 2 } else { 3 };
                pass.written_out(theirs, value, &format!("{value} for the chart and {here} here"));
                let at = pass.place(theirs);
                pass.out.set(ours, Node::bare(&at, value));
            }
            None => {}
        }
    }
    if pass.source.get("spec.backup.type").is_none() {
        pass.written_out("spec.backup.type", "AUTO", "AUTO for the chart and FULL here");
        let at = pass.place("spec.backup.type");
        pass.set_at("spec.options.backupType", "AUTO", &at);
    }
}

fn check(pass: &mut Pass) {
    if let Some((entry, enabled)) = pass.take_bool("spec.consistencyCheck.enable") {
        if enabled {
            pass.changed(
                &entry.node.from.clone(),
                "the chart's check never fails the Job; `verify` does (peers.md §2.3)",
                "set `options.verify` to false if you do not want that",
            );
        }
        pass.put("spec.options.verify", entry);
    }
    // The manual's own examples spell it so, and no check ever ran (peers.md §2.2).
    if let Some(entry) = pass.source.take("spec.consistencyCheck.enabled") {
        pass.say(
            &codes::CONVERT_CHART_TRAP,
            entry.node.from,
            "the chart reads `enable` and ignores `enabled`, so no check ever ran, and none is in the spec",
            "write `options.verify: true` to have backups checked",
        );
    }
    for block in ["spec.backup.aggregate", "spec.backup.aggregateBackup"] {
        let Some(entry) = pass.source.take(block) else { continue };
        let enabled = entry.node.get("enabled").and_then(Node::as_bool) == Some(true);
        if enabled {
            pass.refuse(
                &entry.node.from,
                AGGREGATE,
                "convert the release that makes the backups, and aggregate with `neo4j-admin backup aggregate`",
            );
        } else {
            pass.implied(&entry.node.from, "chains are not aggregated");
        }
    }
}

/// Booleans that the chart renders by `default true`, and that false never reached (peers.md §2.2).
fn traps(pass: &mut Pass) {
    if let Some((entry, keep)) = pass.take_bool("spec.backup.keepBackupFiles") {
        if keep {
            pass.implied(&entry.node.from, "artifacts go straight to the storage and stay there");
        } else {
            pass.say(
                &codes::CONVERT_CHART_TRAP,
                entry.node.from,
                "the chart takes false for nothing said, and keeps the files; here they go straight to the storage",
                "nothing needs to be done",
            );
        }
    }
    if let Some((entry, verbose)) = pass.take_bool("spec.backup.verbose") {
        let at = entry.node.from;
        if !verbose {
            pass.say(
                &codes::CONVERT_CHART_TRAP,
                at.clone(),
                "the chart takes false for nothing said, and is verbose; the spec is not",
                "write `additionalArgs: [--verbose]` to keep what the chart did",
            );
        } else {
            let node = Node::list(&at, [Node::text(&at, "--verbose")]);
            pass.set_with_comments("spec.options.additionalArgs", entry.comments, node);
        }
    }
}

/// What rows cannot say, after they were read.
pub(super) fn after(pass: &mut Pass) {
    // Labels of the CronJob are the spec's own here; rows only reach below `spec`.
    if let Some(labels) = pass.out.take("spec.metadata.labels") {
        pass.out.put("metadata.labels", labels);
    }
    let name = pass.name.clone();
    let mut metadata = Node::map("");
    metadata.set("name", Node::text("", &name));
    if let Some(namespace) = &pass.namespace {
        metadata.set("namespace", Node::text("", namespace));
    }
    if let Some(labels) = pass.out.take("metadata.labels") {
        metadata.put("labels", labels);
    }
    pass.source.take("metadata");
    pass.source.put("metadata", Entry { key: String::new(), comments: Comments::default(), node: metadata });
    pull_secrets(pass);
    // As everybody writes it.
    const ORDER: [&str; 5] = ["kind", "name", "clusterRef", "namespace", "databases"];
    if let Some(target) = pass.out.entry_mut("spec.target")
        && let Body::Map { entries, .. } = &mut target.node.body
    {
        entries.sort_by_key(|entry| ORDER.iter().position(|key| *key == entry.key));
    }
}

/// Kubernetes wants `{name: …}`, the spec names.
fn pull_secrets(pass: &mut Pass) {
    let Some(entry) = pass.out.entry_mut("spec.job.imagePullSecrets") else { return };
    let Body::List { items, .. } = &mut entry.node.body else { return };
    for item in items {
        if let Some(name) = item.node.text_at("name").map(str::to_owned) {
            item.node = Node::text(&item.node.from, name);
        }
    }
}
