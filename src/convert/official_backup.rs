//! `Neo4jBackup` and `Neo4jBackupSchedule` of the neo4j.com operator (operator.md §5.2).

use super::common;
use super::official_places;
use super::pass::{Pass, Way};
use super::table::{Row, moved, ours_only, ours_refused, same, theirs_only, theirs_refused};
use super::tree::{Body, Comments, Entry, Item, Node};

/// Which part of a document is the backup itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A `Neo4jBackup`: it runs once.
    Once,
    /// The full cadence of a `Neo4jBackupSchedule`.
    Full,
    /// Its incremental cadence.
    Incremental,
}

impl Shape {
    /// Path of databases, destination and options.
    const fn template(self) -> &'static str {
        match self {
            Self::Once => "spec",
            Self::Full | Self::Incremental => "spec.backupTemplate",
        }
    }
}

const CLOUD: &str = "spec.storage.cloud";
const NO_JOB: &str = "the operator decides how its Jobs look";
const NO_JOB_HELP: &str = "leave it out, or set it on the namespace (LimitRange, admission policy)";
const IDENTITY: &str = "workload identity belongs to the Neo4j resource";
const IDENTITY_HELP: &str =
    "write `spec.security.cloudIdentity.workloadIdentity` of the Neo4j resource (operator.md §5.2)";
const NO_FIELD: &str = "there is no field for it";

/// Rows of a backup.
pub(super) fn rows(shape: Shape) -> Vec<Row> {
    let template = shape.template();
    let mut rows = vec![
        moved("spec.options.compress", format!("{template}.options.compress")),
        moved("spec.options.keepFailed", format!("{template}.options.keepFailed")),
        moved("spec.options.includeMetadata", format!("{template}.options.includeMetadata")),
        moved(
            format!("{CLOUD}.credentialsSecretRef"),
            format!("{template}.destination.credentials.secretName"),
        ),
        moved(format!("{CLOUD}.caSecretRef.name"), format!("{template}.destination.tls.caCertSecret")),
        moved(format!("{CLOUD}.caSecretRef.key"), format!("{template}.destination.tls.caCertKey")),
        moved("spec.storage.pvc.name", format!("{template}.destination.pvc.claimName")),
    ];
    match shape {
        Shape::Once => {
            rows.push(super::table::words(
                "spec.options.backupType",
                "spec.type",
                &[("FULL", "Full"), ("DIFF", "Incremental"), ("AUTO", "Auto")],
            ));
            rows.push(theirs_refused(
                "spec.source",
                "a chain is aggregated, which is no backup",
                "run `neo4j-admin backup aggregate` yourself",
            ));
        }
        Shape::Full => {
            rows.extend([
                moved("spec.schedule", "spec.full.schedule"),
                same("spec.suspend"),
                moved("spec.retention.keepLast", "spec.full.retention.keepLast"),
            ]);
        }
        Shape::Incremental => {
            rows.extend([moved("spec.schedule", "spec.incremental.schedule"), same("spec.suspend")]);
        }
    }
    rows.push(theirs_only(
        format!("{template}.destination.pvc.storageClassName"),
        "a claim that exists has its class",
        "write `storage.pvc.size` and `storage.pvc.storageClassName` to have a claim made",
    ));
    rows.extend(lost());
    rows
}

/// Fields of ours that the operator does not have.
fn lost() -> Vec<Row> {
    let mut rows = vec![
        ours_only(
            "spec.storage.pvc.size",
            "the claim has to exist",
            "make the PersistentVolumeClaim yourself; `render` writes it",
        ),
        ours_only(
            "spec.storage.pvc.storageClassName",
            "the claim has to exist",
            "make the PersistentVolumeClaim yourself; `render` writes it",
        ),
        ours_only(format!("{CLOUD}.identity"), IDENTITY, IDENTITY_HELP),
        ours_only(
            format!("{CLOUD}.endpointURL"),
            NO_FIELD,
            "give the Secret of `credentials` the key `AWS_ENDPOINT_URL_S3`; all its keys become environment",
        ),
        ours_only(
            format!("{CLOUD}.forcePathStyle"),
            NO_FIELD,
            "give the Secret of `credentials` the key `JAVA_TOOL_OPTIONS` with `-Daws.s3.forcePathStyle=true`",
        ),
        ours_only(
            format!("{CLOUD}.region"),
            NO_FIELD,
            "give the Secret of `credentials` the key `AWS_REGION`; all its keys become environment",
        ),
        ours_only("spec.startingDeadline", NO_FIELD, "watch for missed runs"),
        ours_only(
            "spec.historyLimits",
            "each run is a Neo4jBackup of its own",
            "delete old ones by their chain",
        ),
        ours_only("spec.job", NO_JOB, NO_JOB_HELP),
        ours_only("spec.options.encryption", NO_FIELD, "encrypt the bucket or the volume"),
        ours_only("spec.options.verify", NO_FIELD, "check backups by restoring them"),
        ours_only(
            "spec.options.tls",
            "the Neo4j resource says it",
            "write `spec.trust.certificates.backup` there",
        ),
        ours_only("spec.options.tempPath", "it is always `/tmp/neo4j-backup`", "leave it out"),
        ours_only("spec.options.tempStorage", NO_FIELD, "give the nodes enough ephemeral storage"),
        ours_refused(
            "spec.method",
            "the operator has only `neo4j-admin database backup`",
            "keep this backup with this program",
        ),
    ];
    for (field, flag) in [
        ("pageCache", "write `--pagecache=…` into `options.extraArgs`"),
        ("parallelDownload", "write `--parallel-download=…` into `options.extraArgs`"),
        ("remoteAddressResolution", "write `--remote-address-resolution=…` into `options.extraArgs`"),
        ("skipRecovery", "write `--skip-recovery=…` into `options.extraArgs`"),
        ("preferDiffAsParent", "write `--prefer-diff-as-parent` into `options.extraArgs`"),
        ("parallelRecovery", "write `--parallel-recovery=…` into `options.extraArgs`"),
    ] {
        rows.push(ours_only(format!("spec.options.{field}"), NO_FIELD, flag));
    }
    for field in ["keepLast", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly"] {
        rows.push(ours_only(
            format!("spec.retention.{field}"),
            "chains are kept by number or by days",
            "write `retention.keepLast`, or `retention.maxAge` in days",
        ));
    }
    rows
}

/// What rows cannot say, before they are read.
pub(super) fn before(pass: &mut Pass, shape: Shape) {
    match pass.way {
        Way::Out => out(pass, shape),
        Way::In => into_ours(pass, shape),
    }
}

fn out(pass: &mut Pass, shape: Shape) {
    common::utc_only(pass);
    common::online_only(pass);
    official_places::databases_out(pass, shape.template());
    official_places::destination_out(pass, shape.template());
    arguments_out(pass, shape.template());
    match shape {
        Shape::Once => once_out(pass),
        _ => schedule_out(pass),
    }
}

/// A backup without a schedule has no suspension and no retention there.
fn once_out(pass: &mut Pass) {
    if let Some(entry) = pass.source.take("spec.suspend") {
        pass.implied(&entry.node.from, "without a schedule there is nothing to pause");
    }
    if let Some(entry) = pass.source.take("spec.retention") {
        pass.lost(
            &entry.node.from,
            "only a schedule deletes",
            "delete old Neo4jBackups and their artifacts yourself",
        );
    }
    let path = "spec.options.backupType";
    if pass.source.get(path).is_none() {
        pass.written_out(path, "Full", "FULL here and Auto there");
        let at = pass.place(path);
        pass.out.set("spec.type", Node::text(&at, "Full"));
    }
}

fn schedule_out(pass: &mut Pass) {
    if let Some((entry, kind)) = pass.take_text("spec.options.backupType") {
        let at = entry.node.from;
        if kind == "FULL" {
            pass.implied(&at, "the schedule is the one of the full backups");
        } else {
            pass.refuse(
                &at,
                "a Neo4jBackupSchedule begins its chains with full backups on a schedule",
                "convert the FULL spec, and add `incremental: {schedule: …}` with this schedule to it",
            );
        }
    }
    common::delete_policy(pass);
    let age = pass.take_text("spec.retention.maxAge");
    let count = pass.source.take("spec.retention.maxCount");
    let last = pass.source.get("spec.retention.keepLast").is_some();
    let days = age.as_ref().and_then(|(_, age)| days(age));
    match (age, days) {
        (Some((entry, _)), _) if last || count.is_some() => {
            pass.lost(&entry.node.from, "chains are kept by number or by days", "keep one of the two");
        }
        (Some((entry, _)), Some(days)) => {
            let at = entry.node.from.clone();
            pass.respelled(&at, "it is `keepDays` there");
            pass.put(
                "spec.full.retention.keepDays",
                Entry { node: Node::bare(&at, days.to_string()), ..entry },
            );
        }
        (Some((entry, _)), None) => {
            pass.lost(&entry.node.from, "chains are kept for whole days", "write whole days, such as `7d`");
        }
        (None, _) => {}
    }
    if let Some(entry) = count {
        if last {
            pass.lost(&entry.node.from, "`keepLast` says it already", "keep one of the two");
        } else {
            pass.respelled(&entry.node.from, "it is `keepLast` there, and counts chains");
            pass.put("spec.full.retention.keepLast", entry);
        }
    }
}

/// Whole days in an age of ours.
fn days(age: &str) -> Option<u64> {
    let unit = age.chars().last()?;
    let count: u64 = age.get(..age.len() - unit.len_utf8())?.parse().ok()?;
    match unit {
        'w' => count.checked_mul(7),
        'd' => Some(count),
        'h' if count.is_multiple_of(24) => Some(count / 24),
        'm' if count.is_multiple_of(1440) => Some(count / 1440),
        's' if count.is_multiple_of(86_400) => Some(count / 86_400),
        _ => None,
    }
}

/// `--verbose` has a field of its own there; the other arguments go into a list of which the operator takes some.
fn arguments_out(pass: &mut Pass, template: &str) {
    let Some(mut entry) = pass.source.take("spec.options.additionalArgs") else { return };
    let Body::List { items, .. } = &mut entry.node.body else {
        pass.put(&format!("{template}.options.extraArgs"), entry);
        return;
    };
    if items.first().is_some_and(|item| item.node.as_text() == Some("--verbose")) {
        let item = items.remove(0);
        let node = Node::bare(&item.node.from, "true");
        pass.set_with_comments(&format!("{template}.options.verbose"), item.comments, node);
    }
    if entry.node.says_something() {
        pass.changed(
            &entry.node.from.clone(),
            "the operator takes only the arguments that it knows",
            "ask the API server with `kubectl apply --dry-run=server`",
        );
        pass.put(&format!("{template}.options.extraArgs"), entry);
    }
}

fn into_ours(pass: &mut Pass, shape: Shape) {
    let template = shape.template();
    official_places::databases_in(pass, template);
    official_places::destination_in(pass, template, shape);
    arguments_in(pass, template);
    match shape {
        Shape::Once => once_in(pass),
        Shape::Full => full_in(pass),
        Shape::Incremental => {
            // An incremental begins a chain itself where there is none (operator.md §5.2, BDR-014).
            let at = pass.place("spec.incremental.schedule");
            pass.set_at("spec.options.backupType", "AUTO", &at);
        }
    }
}

fn once_in(pass: &mut Pass) {
    let kind = pass.source.text_at("spec.type").map(str::to_owned);
    match kind.as_deref() {
        Some("Aggregate") => {
            let at = pass.place("spec.type");
            pass.source.take("spec.type");
            pass.refuse(
                &at,
                "a chain is aggregated, which is no backup",
                "run `neo4j-admin backup aggregate` yourself",
            );
            pass.source.take("spec.source");
        }
        None => {
            pass.written_out("spec.type", "AUTO", "Auto there and FULL here");
            let at = pass.place("spec.type");
            pass.set_at("spec.options.backupType", "AUTO", &at);
        }
        Some(_) => {}
    }
}

fn full_in(pass: &mut Pass) {
    if pass.source.get("spec.full.schedule").is_none() {
        pass.missing("spec.full.schedule", "a schedule begins its chains with full backups");
    }
    let at = pass.place("spec.full.schedule");
    pass.set_at("spec.options.backupType", "FULL", &at);
    if let Some((entry, days)) = pass.take_text("spec.full.retention.keepDays") {
        pass.put_text("spec.retention.maxAge", entry, &format!("{days}d"));
    }
    if let Some((entry, enabled)) = pass.take_bool("spec.aggregate.enabled") {
        if enabled {
            pass.lost(
                &entry.node.from,
                "chains are not compacted",
                "shorten them with more frequent full backups, or run `neo4j-admin backup aggregate` yourself",
            );
        } else {
            pass.implied(&entry.node.from, "chains are not compacted");
        }
    }
}

fn arguments_in(pass: &mut Pass, template: &str) {
    let arguments = pass.source.take(&format!("{template}.options.extraArgs"));
    let verbose = pass.take_bool(&format!("{template}.options.verbose"));
    let mut entry = arguments;
    match verbose {
        Some((verbose, true)) => {
            let at = verbose.node.from.clone();
            let list = entry.get_or_insert_with(|| Entry {
                key: String::new(),
                comments: Comments::default(),
                node: Node::list(&at, []),
            });
            if let Body::List { items, .. } = &mut list.node.body {
                items.insert(0, Item { comments: verbose.comments, node: Node::text(&at, "--verbose") });
            }
        }
        Some((verbose, false)) => pass.implied(&verbose.node.from, "nothing is verbose unless asked for"),
        None => {}
    }
    if let Some(entry) = entry.filter(|entry| entry.node.says_something()) {
        pass.put("spec.options.additionalArgs", entry);
    }
}

/// What rows cannot say, after they were read.
pub(super) fn after(pass: &mut Pass, shape: Shape) {
    if pass.way == Way::Out && shape != Shape::Once && pass.out.get("spec.full.schedule").is_none() {
        pass.missing("spec.schedule", "say when it runs");
    }
}
