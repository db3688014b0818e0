//! The grammar of what a spec refers to by name, of labels and variables, and of quantities. The API server
//! refuses a wrong one when the Job is applied, or only the pod does when the schedule fires.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::api::backup::BackupOptions;
use crate::api::job::JobSettings;
use crate::api::quantity::Quantity;
use crate::api::restore::{HookContainer, KeyReference};
use crate::api::storage::{CloudBlock, StorageLocation};
use crate::diagnostics::{Severity, codes};
use crate::input::{Finding, field};
use crate::neo4j::GrammarError;
use crate::plan::build_backup::resources;

use super::kubernetes_names::{self as grammar, SUBDOMAIN_LENGTH};
use super::{Backup, Restore};

/// Names, labels and quantities of a backup.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let spec = subject.spec;
    if let Some(storage) = &spec.storage {
        location("spec.storage", storage, out);
    }
    if let Some(cloud) = &spec.cloud {
        account("spec.cloud", cloud, out);
    }
    let options = spec.options.as_deref();
    if let Some(options) = options {
        of_options(options, out);
    }
    if let Some(job) = &spec.job {
        of_job(job, options.and_then(|options| options.page_cache.as_deref()), out);
    }
}

/// Names of a restore.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    if let Some(source) = subject.spec.source.as_deref() {
        name("spec.source.backupRef", "a Neo4jBackup", source.backup_ref.as_deref(), out);
        if let Some(storage) = &source.storage {
            location("spec.source.storage", storage, out);
        }
        if let Some(base) = source.pitr.as_ref().and_then(|pitr| pitr.base_backup.as_ref()) {
            name("spec.source.pitr.baseBackup.backupRef", "a Neo4jBackup", base.backup_ref.as_deref(), out);
            if let Some(storage) = &base.storage {
                location("spec.source.pitr.baseBackup.storage", storage, out);
            }
        }
    }
    let Some(options) = subject.spec.options.as_deref() else { return };
    for (at, hooks) in [
        ("spec.options.preRestore", options.pre_restore.as_ref()),
        ("spec.options.postRestore", options.post_restore.as_ref()),
    ] {
        let template = hooks.and_then(|hooks| hooks.job.as_ref()).and_then(|job| job.template.as_ref());
        if let Some(container) = template.and_then(|template| template.container.as_ref()) {
            environment(at, container, out);
        }
    }
}

fn location(at: &str, storage: &StorageLocation, out: &mut Vec<Finding>) {
    if let Some(claim) = &storage.pvc {
        name_at(at, "pvc.name", "a claim", claim.name.as_deref(), out);
        name_at(at, "pvc.storageClassName", "a StorageClass", claim.storage_class_name.as_deref(), out);
        size(at, "pvc.size", claim.size.as_deref(), out);
    }
    if let Some(cloud) = &storage.cloud {
        account(&format!("{at}.cloud"), cloud, out);
    }
}

fn account(at: &str, cloud: &CloudBlock, out: &mut Vec<Finding>) {
    name_at(at, "credentialsSecretRef", "a Secret", cloud.credentials_secret_ref.as_deref(), out);
    if let Some(authority) = &cloud.ca_secret_ref {
        name_at(at, "caSecretRef.name", "a Secret", authority.name.as_deref(), out);
        key_at(at, "caSecretRef.key", authority.key.as_deref(), out);
    }
    let Some(identity) = &cloud.identity else { return };
    name_at(at, "identity.serviceAccount", "a ServiceAccount", identity.service_account.as_deref(), out);
    let annotations = identity.auto_create.as_ref().and_then(|automatic| automatic.annotations.as_ref());
    for key in annotations.into_iter().flat_map(BTreeMap::keys) {
        annotation_key(&format!("{at}.identity.autoCreate.annotations"), key, out);
    }
}

fn of_options(options: &BackupOptions, out: &mut Vec<Finding>) {
    if let Some(tls) = &options.tls {
        name("spec.options.tls.secretName", "a Secret", tls.secret_name.as_deref(), out);
        if let Some(keys) = &tls.keys {
            for (leaf, key) in
                [("key", &keys.key), ("certificate", &keys.certificate), ("trusted", &keys.trusted)]
            {
                key_at("spec.options.tls.keys", leaf, key.as_deref(), out);
            }
        }
    }
    if let Some(storage) = &options.temp_storage {
        let at = "spec.options.tempStorage";
        size(at, "size", storage.size.as_deref(), out);
        name_at(at, "storageClassName", "a StorageClass", storage.storage_class_name.as_deref(), out);
    }
}

fn of_job(job: &JobSettings, page_cache: Option<&str>, out: &mut Vec<Finding>) {
    name("spec.job.priorityClassName", "a PriorityClass", job.priority_class_name.as_deref(), out);
    for (index, secret) in job.image_pull_secrets.iter().flatten().enumerate() {
        name(field::index("spec.job.imagePullSecrets", index), "a Secret", Some(secret), out);
    }
    for (at, pairs) in [("spec.job.nodeSelector", &job.node_selector), ("spec.job.labels", &job.labels)] {
        for (key, value) in pairs.iter().flatten() {
            label(at, key, value, out);
        }
    }
    for key in job.labels.iter().flat_map(BTreeMap::keys) {
        reserved(key, out);
    }
    for key in job.annotations.iter().flat_map(BTreeMap::keys) {
        annotation_key("spec.job.annotations", key, out);
    }
    of_resources(job, page_cache, out);
}

fn of_resources(job: &JobSettings, page_cache: Option<&str>, out: &mut Vec<Finding>) {
    let Some(given) = &job.resources else { return };
    let before = out.len();
    for (at, quantities) in
        [("spec.job.resources.requests", &given.requests), ("spec.job.resources.limits", &given.limits)]
    {
        for (resource, value) in quantities.iter().flatten() {
            let path = field::key(at, resource);
            resource_name(&path, resource, out);
            quantity(path, &value.0, false, out);
        }
    }
    if out.len() > before {
        return;
    }
    let (_, limits) = resources(job, page_cache);
    for (resource, request) in given.requests.iter().flatten() {
        let Some(limit) = limits.get(resource).filter(|limit| request.exceeds(limit)) else { continue };
        out.push(
            Finding::new(
                &codes::REQUEST_ABOVE_LIMIT,
                field::key("spec.job.resources.requests", resource),
                format!("`{request}` is requested of {resource}, and the limit is `{limit}`"),
            )
            .help("raise the limit, or lower the request")
            .note("the API server refuses a pod that requests more than it may use (Kubernetes, \"Resource Management\")"),
        );
    }
}

/// Names without a prefix are Kubernetes' own, and there are four of them.
fn resource_name(path: &str, resource: &str, out: &mut Vec<Finding>) {
    if resource.contains('/') {
        if let Err(error) = grammar::qualified_key(resource) {
            out.push(wrong_name(path.to_owned(), "a resource", resource, error).at_key());
        }
        return;
    }
    if !matches!(resource, "cpu" | "memory" | "ephemeral-storage") && !resource.starts_with("hugepages-") {
        out.push(
            Finding::new(
                &codes::INVALID_OBJECT_NAME,
                path.to_owned(),
                format!("`{resource}` is not the name of a resource"),
            )
            .at_key()
            .help("write `cpu`, `memory`, `ephemeral-storage` or `hugepages-2Mi`; others have a prefix, such as `example.com/device`"),
        );
    }
}

fn environment(at: &str, container: &HookContainer, out: &mut Vec<Finding>) {
    for (index, variable) in container.env.iter().flatten().enumerate() {
        let path = || format!("{at}.job.template.container.env[{index}]");
        if let Some(text) = variable.name.as_deref().filter(|text| !text.is_empty())
            && let Err(error) = grammar::environment_name(text)
        {
            out.push(
                Finding::new(
                    &codes::INVALID_ENVIRONMENT_NAME,
                    format!("{}.name", path()),
                    format!("`{text}` is not a name of an environment variable: {}", error.reason),
                )
                .within(error.range)
                .help(error.help),
            );
        }
        let Some(from) = &variable.value_from else { continue };
        for (leaf, kind, reference) in [
            ("secretKeyRef", "a Secret", &from.secret_key_ref),
            ("configMapKeyRef", "a ConfigMap", &from.config_map_key_ref),
        ] {
            if let Some(KeyReference { name: object, key }) = reference {
                let at = format!("{}.valueFrom.{leaf}", path());
                name_at(&at, "name", kind, object.as_deref(), out);
                key_at(&at, "key", key.as_deref(), out);
            }
        }
    }
}

fn name_at(at: &str, leaf: &str, kind: &str, text: Option<&str>, out: &mut Vec<Finding>) {
    // The path is put together only for a name that is wrong.
    if text.is_some_and(|text| !text.is_empty() && grammar::subdomain(text, SUBDOMAIN_LENGTH).is_err()) {
        name(format!("{at}.{leaf}"), kind, text, out);
    }
}

fn name(field: impl Into<String>, kind: &str, text: Option<&str>, out: &mut Vec<Finding>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    if let Err(error) = grammar::subdomain(text, SUBDOMAIN_LENGTH) {
        out.push(wrong_name(field.into(), kind, text, error));
    }
}

fn wrong_name(field: String, kind: &str, text: &str, error: GrammarError) -> Finding {
    Finding::new(
        &codes::INVALID_OBJECT_NAME,
        field,
        format!("`{text}` cannot be the name of {kind}: {}", error.reason),
    )
    .within(error.range)
    .help(error.help)
}

fn key_at(at: &str, leaf: &str, key: Option<&str>, out: &mut Vec<Finding>) {
    let Some(key) = key.filter(|key| !key.is_empty()) else { return };
    if let Err(error) = grammar::data_key(key) {
        out.push(
            Finding::new(
                &codes::INVALID_DATA_KEY,
                format!("{at}.{leaf}"),
                format!("`{key}` cannot be a key of a Secret or ConfigMap: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        );
    }
}

fn label(at: &str, key: &str, value: &str, out: &mut Vec<Finding>) {
    if let Err(error) = grammar::qualified_key(key) {
        let message = format!("`{key}` cannot be the key of a label: {}", error.reason);
        out.push(Finding::new(&codes::INVALID_LABEL, field::key(at, key), message).at_key().help(error.help));
    }
    if let Err(error) = grammar::label_value(value) {
        let message = format!("`{value}` cannot be the value of a label: {}", error.reason);
        out.push(
            Finding::new(&codes::INVALID_LABEL, field::key(at, key), message)
                .within(error.range)
                .help(error.help),
        );
    }
}

/// Keys of annotations are compared in lower case, as the API server does.
fn annotation_key(at: &str, key: &str, out: &mut Vec<Finding>) {
    if let Err(error) = grammar::qualified_key(&key.to_ascii_lowercase()) {
        let message = format!("`{key}` cannot be the key of an annotation: {}", error.reason);
        out.push(Finding::new(&codes::INVALID_LABEL, field::key(at, key), message).at_key().help(error.help));
    }
}

/// Labels and annotations that rendering sets by itself; a test holds them to `render::labels`.
pub(super) const OUR_LABELS: [&str; 7] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/managed-by",
    "neo4j.neo4j.com/backup",
    "neo4j.neo4j.com/restore",
    "neo4j.neo4j.com/target",
    "neo4j.neo4j.com/run-id",
];

/// Labels that this program or the Job controller sets: what stands in the spec would be overwritten or refused.
fn reserved(key: &str, out: &mut Vec<Finding>) {
    const CONTROLLERS: [&str; 4] =
        ["batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid", "job-name", "controller-uid"];
    let whose = if OUR_LABELS.contains(&key) {
        "this program sets"
    } else if CONTROLLERS.contains(&key) {
        "Kubernetes sets on the pods of a Job"
    } else {
        return;
    };
    out.push(
        Finding::new(
            &codes::RESERVED_LABEL,
            field::key("spec.job.labels", key),
            format!("`{key}` is a label that {whose}"),
        )
        .at_key()
        .help("remove it, or take a key of your own, such as `example.com/team`"),
    );
}

fn size(at: &str, leaf: &str, text: Option<&str>, out: &mut Vec<Finding>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        quantity(format!("{at}.{leaf}"), text, true, out);
    }
}

/// A quantity; `positive` where zero makes no sense.
fn quantity(field: String, text: &str, positive: bool, out: &mut Vec<Finding>) {
    let (range, reason, severity) = match quantity_fault(text) {
        Some((range, reason)) => (range, reason, Severity::Error),
        None => match Quantity(text.to_owned()).value() {
            Some(value) if positive && value <= 0.0 => {
                (0..text.len(), "it is zero".to_owned(), Severity::Error)
            }
            // A `m` where `M` or `Mi` is meant: `512m` of memory is half a byte.
            Some(value) if value.fract() != 0.0 && (positive || field.ends_with(".memory")) => {
                (0..text.len(), "it is a fraction of a byte".to_owned(), Severity::Warning)
            }
            _ => return,
        },
    };
    out.push(
        Finding::new(
            &codes::INVALID_QUANTITY,
            field,
            format!("`{text}` cannot be used as a quantity here: {reason}"),
        )
        .within(range)
        .severity(severity)
        .help("write a number with a unit, such as `500m` for CPU, `2Gi` for memory or `50Gi` for a size"),
    );
}

/// Where a text leaves the grammar of a quantity (api::quantity::Quantity).
fn quantity_fault(text: &str) -> Option<(Range<usize>, String)> {
    if Quantity(text.to_owned()).value().is_some() && text.trim() == text {
        return None;
    }
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    if number.is_empty() || number.parse::<f64>().is_err() {
        return Some((0..text.len(), "it does not begin with a number".to_owned()));
    }
    let reason = match suffix.trim() {
        "GB" | "GiB" | "gb" | "gi" | "g" => format!("`{suffix}` is not a unit, `Gi` is"),
        "MB" | "MiB" | "mb" | "mi" => format!("`{suffix}` is not a unit, `Mi` is"),
        "TB" | "TiB" | "tb" | "ti" | "t" => format!("`{suffix}` is not a unit, `Ti` is"),
        "KB" | "KiB" | "kb" | "ki" | "K" => format!("`{suffix}` is not a unit, `Ki` is"),
        _ => format!("`{suffix}` is not a unit"),
    };
    Some((split..text.len(), reason))
}
