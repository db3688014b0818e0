//! How a backup is taken: `options` and `method`, as far as one spec alone decides them. The place for temporary
//! files is in [`temporary`](super::temporary), versions and further arguments are elsewhere.

use crate::api::backup::{BackupMethod, BackupOptions, BackupType, Encryption};
use crate::api::quantity::Quantity;
use crate::diagnostics::{Severity, codes};
use crate::input::{Correction, Finding};
use crate::neo4j::admin::value::size_in_bytes;
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::names::{DatabasePattern, SYSTEM};
use crate::plan::build_backup::{checked_databases, databases, page_cache_bytes};

use super::Backup;

/// Memory that a JVM of `neo4j-admin` needs beside its page cache: with 160 Mi it was killed, 512 Mi was enough
/// (pods.md §1).
const MEMORY_BESIDE_PAGE_CACHE: u64 = 512 << 20;

/// A setting of `options` that does nothing where it stands.
fn without_effect(field: &'static str, because: &str) -> Finding {
    let leaf = field.rsplit('.').next().unwrap_or(field);
    Finding::new(&codes::OPTION_WITHOUT_EFFECT, field, format!("`{leaf}` has no effect here: {because}"))
        .help(format!("remove `{leaf}`"))
}

/// `method`: only `Online` can be done yet.
pub(super) fn method(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    if subject.spec.method == Some(BackupMethod::Export) {
        out.push(
            Finding::new(
                &codes::EXPORT_METHOD,
                "spec.method",
                "`Export` (Cypher over Bolt, Community, document 002) comes with the agent",
            )
            .help("write `method: Online`, which needs the Enterprise edition, or leave `method` out"),
        );
    }
}

/// `options.encryption`: Neo4j encrypts no artifacts, and nothing here may pretend so.
pub(super) fn encryption(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let options = subject.spec.options.as_deref();
    let Some(encryption) = options.and_then(|options| options.encryption.as_ref()) else { return };
    if encryption.enabled == Some(true) {
        out.push(
            Finding::new(
                &codes::ENCRYPTION_REFUSED,
                "spec.options.encryption.enabled",
                "artifacts cannot be encrypted: `neo4j-admin` has no such option, so they would be stored in clear",
            )
            .help(protection(subject))
            .note("neo4j-admin.md §2, \"Restrictions\": no encryption exists in neo4j-admin; a client-side step comes later"),
        );
        return;
    }
    let Encryption { enabled: _, key_secret, key_secret_key, algorithm } = encryption;
    for (given, field) in [
        (key_secret.is_some(), "spec.options.encryption.keySecret"),
        (key_secret_key.is_some(), "spec.options.encryption.keySecretKey"),
        (algorithm.is_some(), "spec.options.encryption.algorithm"),
    ] {
        if given {
            out.push(without_effect(field, "`encryption.enabled` is not true, and nothing is encrypted").note(
                "neo4j-admin.md §2, \"Restrictions\": no encryption exists in neo4j-admin; the store protects data at rest",
            ));
        }
    }
}

/// What protects data at rest where this backup goes.
fn protection(subject: &Backup<'_>) -> String {
    use crate::api::storage::StorageType;
    let storage = subject.spec.storage.as_ref().and_then(|storage| storage.storage_type);
    let place = match storage {
        Some(StorageType::S3) => {
            "let the bucket encrypt: default encryption with SSE-KMS and a bucket policy that refuses anything else"
        }
        Some(StorageType::Gcs) => "let the bucket encrypt: a default KMS key (CMEK) on the bucket",
        Some(StorageType::Azure) => "let the storage account encrypt: a customer-managed key in Key Vault",
        Some(StorageType::Pvc) => {
            "let the volume encrypt: a StorageClass whose volumes are encrypted (`encrypted: \"true\"` with EBS, a key of your own elsewhere)"
        }
        None => "let the store encrypt: SSE-KMS in a bucket, an encrypted StorageClass on a claim",
    };
    format!("remove `encryption` and {place}; on the way TLS protects it (`options.tls` for the backup port)")
}

/// `options.verify`: what it can check, and what it cannot.
pub(super) fn verify(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(options) = subject.spec.options.as_deref().filter(|options| options.verify == Some(true)) else {
        return;
    };
    let version = subject.target().and_then(|target| target.version);
    // A release that lacks the flag does not get it, so its backups are recovered.
    let skips = version.is_none_or(|version| has(version, Feature::BackupSkipRecovery));
    if options.skip_recovery == Some(true) && skips {
        out.push(
            Finding::new(
                &codes::VERIFY_UNRECOVERED,
                "spec.options.verify",
                "`verify` cannot check what `skipRecovery` leaves unrecovered",
            )
            .help("leave one of the two out, or verify the artifact after it has been aggregated")
            .note("neo4j-admin.md §1.1, `--skip-recovery`: `database check` refuses an unrecovered full backup until it is aggregated")
            .related(subject.index, "spec.options.skipRecovery", "the artifact stays unrecovered"),
        );
        return;
    }
    let Some(target) = subject.target() else { return };
    let checked = checked_databases(subject.spec, target);
    let unnamed: Vec<String> = databases(subject.spec)
        .unwrap_or_default()
        .into_iter()
        .map(|database| database.text)
        .filter(|text| {
            DatabasePattern::parse(text, target.version)
                .is_ok_and(|pattern| pattern.is_glob() && !checked.iter().any(|name| pattern.matches(name)))
        })
        .collect();
    if unnamed.is_empty() {
        return;
    }
    let globs = unnamed.iter().map(|glob| format!("`{glob}`")).collect::<Vec<_>>().join(", ");
    let message = if checked.is_empty() {
        format!(
            "`verify` only inspects the artifacts: no database that {globs} means is named, so none is checked for consistency"
        )
    } else {
        format!("`verify` checks {} only: no database that {globs} means is named", quoted(&checked))
    };
    let field = match target.document {
        Some(_) => "`databases` of the Neo4jTarget",
        None => "`databases` of a Neo4jTarget",
    };
    out.push(
        Finding::new(&codes::VERIFY_INSPECTS_ONLY, "spec.options.verify", message)
            .help(format!(
                "name the databases in {field}, or in `target.databases` of this spec (with `kind: Cluster`)"
            ))
            .note("neo4j-admin.md §1.6: `database check` takes one database name and no glob"),
    );
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `options.preferDiffAsParent`, `options.parallelRecovery`, `options.keepFailed`.
pub(super) fn flags(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(options) = subject.spec.options.as_deref() else { return };
    prefer_diff_as_parent(subject, options, out);
    if options.parallel_recovery == Some(true) {
        out.push(
            Finding::new(
                &codes::EXPERIMENTAL_OPTION,
                "spec.options.parallelRecovery",
                "`parallelRecovery` is experimental in Neo4j",
            )
            .help("leave it out, unless Neo4j's support advised it")
            .note("neo4j-admin.md §1.1, `--parallel-recovery`: \"EXPERIMENTAL\", \"consult support\""),
        );
    }
    if options.keep_failed == Some(true) {
        let place = match &subject.location {
            Some(location) if location.is_claim() => "the claim",
            _ => "the bucket",
        };
        out.push(
            Finding::new(
                &codes::KEEPS_FAILED,
                "spec.options.keepFailed",
                format!("`keepFailed` leaves what every failed run has written in {place}, where nothing deletes it"),
            )
            .help("switch it off again when the failure is understood, and delete what it left"),
        );
    }
}

fn prefer_diff_as_parent(subject: &Backup<'_>, options: &BackupOptions, out: &mut Vec<Finding>) {
    const FIELD: &str = "spec.options.preferDiffAsParent";
    if options.prefer_diff_as_parent != Some(true) {
        return;
    }
    match options.backup_type {
        None | Some(BackupType::Full) => {
            let full = match options.backup_type {
                None => "`backupType` is absent and so FULL",
                _ => "`backupType` is FULL",
            };
            out.push(
                without_effect(FIELD, &format!("{full}, and a full backup has no parent"))
                    .help("write `backupType: DIFF` or `AUTO`, or remove `preferDiffAsParent`")
                    .note("document 000, \"Backup Types\"; neo4j-admin.md §1.1, `--prefer-diff-as-parent`"),
            );
        }
        Some(BackupType::Diff | BackupType::Auto) => {
            // Without the flag there is nothing to say; that the release lacks it is said elsewhere.
            let known = subject.target().and_then(|target| target.version);
            if known.is_some_and(|version| has(version, Feature::BackupPreferDiffAsParent)) {
                out.push(
                    Finding::new(
                        &codes::CHAIN_WITHOUT_END,
                        FIELD,
                        "with `preferDiffAsParent` a chain goes on past every new FULL, and a restore needs all of it",
                    )
                    .help("keep every artifact since the first FULL, or aggregate the chain now and then; an age-based deletion would break it")
                    .note("neo4j-admin.md §2: with `--prefer-diff-as-parent` the parent is the latest non-empty differential, also when a full backup is newer"),
                );
            }
        }
    }
}

/// `options.pageCache`: its grammar, and whether the container has room for it.
pub(super) fn page_cache(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    const FIELD: &str = "spec.options.pageCache";
    let Some(text) = subject.spec.options.as_deref().and_then(|options| options.page_cache.as_deref()) else {
        return;
    };
    let Some(bytes) = page_cache_bytes(text) else {
        let finding = Finding::new(
            &codes::PAGE_CACHE_SIZE,
            FIELD,
            format!("`{text}` is not a page cache size: digits and one of `K`, `M`, `G`"),
        )
        .note("operator.md §1.1, `options.pageCache`: `^[0-9]+[KMG]?$`; each unit is a power of 1024");
        out.push(match meant_page_cache(text) {
            Some(meant) => finding
                .help(format!("write `{meant}`"))
                .correct(format!("write `{meant}`"), Correction::ReplaceValue(meant)),
            None => finding.help("write a size such as `512M` or `4G`"),
        });
        return;
    };
    let limits = subject
        .spec
        .job
        .as_deref()
        .and_then(|job| job.resources.as_ref())
        .and_then(|resources| resources.limits.as_ref());
    let Some(limit) = limits.and_then(|limits| limits.get("memory")) else { return };
    let Some(memory) = limit.bytes() else { return };
    if bytes.saturating_add(MEMORY_BESIDE_PAGE_CACHE) > memory {
        let severity = if bytes >= memory { Severity::Error } else { Severity::Warning };
        let needed = Quantity(format!("{}Mi", (bytes + MEMORY_BESIDE_PAGE_CACHE).div_ceil(1 << 20)));
        out.push(
            Finding::new(
                &codes::PAGE_CACHE_ABOVE_MEMORY,
                FIELD,
                format!("a page cache of `{text}` leaves the process no room in a memory limit of `{limit}`"),
            )
            .severity(severity)
            .help(format!(
                "raise `job.resources.limits.memory` to at least `{needed}`, or shrink the page cache"
            ))
            .note("pods.md §1: a container that is killed for memory leaves an empty log (exit 137)")
            .related(subject.index, "spec.job.resources.limits.memory", "the limit"),
        );
    }
}

/// The size that is certainly meant, in the grammar of the field: another case, Neo4j's `4GB` or Kubernetes'
/// `4Gi`, which all count in 1024.
fn meant_page_cache(text: &str) -> Option<String> {
    let trimmed = text.strip_suffix('i').unwrap_or(text);
    let bytes = size_in_bytes(trimmed).ok().filter(|bytes| *bytes > 0)?;
    let meant = [(30, 'G'), (20, 'M'), (10, 'K')]
        .into_iter()
        .find(|(shift, _)| bytes.trailing_zeros() >= *shift)
        .map_or_else(|| bytes.to_string(), |(shift, unit)| format!("{}{unit}", bytes >> shift));
    page_cache_bytes(&meant).map(|_| meant)
}

/// `options.includeMetadata`, which the database `system` cannot take.
pub(super) fn metadata(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(options) = subject.spec.options.as_deref() else { return };
    let Some(metadata) = options.include_metadata else { return };
    let databases = databases(subject.spec).unwrap_or_default();
    if !databases.is_empty() && databases.iter().all(|database| database.text.eq_ignore_ascii_case(SYSTEM)) {
        out.push(
            Finding::new(
                &codes::METADATA_OF_SYSTEM,
                "spec.options.includeMetadata",
                format!("`includeMetadata: {metadata}` cannot be used for the database `system`"),
            )
            .help("remove `includeMetadata`; users and roles are the content of `system` itself")
            .note("neo4j-admin.md §2, \"Restrictions\": `system` cannot take `--include-metadata`"),
        );
    }
}
