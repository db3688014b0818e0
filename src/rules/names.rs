//! Names of specs and of what follows from them. Every object's name and labels come from `metadata.name`, so a
//! name that Kubernetes refuses, or two specs of one name, are found here and not by a failing apply.

use std::collections::BTreeMap;

use crate::api::backup::TargetKind;
use crate::diagnostics::codes;
use crate::input::{Content, Finding};
use crate::plan::build_restore;
use crate::plan::restore::RestoreMethod;

use super::kubernetes_names::{self as grammar, LABEL_LENGTH};
use super::{Backup, Context, Restore, Summary};

/// Longest name of a CronJob: its controller appends 11 characters to make the names of its Jobs.
const CRON_JOB_LENGTH: usize = 52;

/// Names of a backup: its own, its namespace's, those of its objects.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let (kind, suffix, longest) = if subject.spec.schedule.is_some() {
        ("CronJob", "-backup-cron", CRON_JOB_LENGTH)
    } else {
        ("Job", "-backup", LABEL_LENGTH)
    };
    own_name(&subject.document.metadata.name, kind, suffix, longest, out);
    namespace("metadata.namespace", subject.document.metadata.namespace.as_deref(), out);
    let Some(target) = &subject.spec.target else { return };
    namespace("spec.target.namespace", target.namespace.as_deref(), out);
    let field = match target.kind {
        Some(TargetKind::Database) => "spec.target.clusterRef",
        _ => "spec.target.name",
    };
    deployment(field, subject.deployment, out);
}

/// Names of a restore: its own, its namespace's, those of its Jobs.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    own_name(&subject.document.metadata.name, "Job", longest_suffix(subject), LABEL_LENGTH, out);
    namespace("metadata.namespace", subject.document.metadata.namespace.as_deref(), out);
    deployment("spec.targetCluster", subject.spec.target_cluster.as_deref(), out);
}

/// The longest suffix among the Jobs that the restore has (plan::build_restore).
fn longest_suffix(subject: &Restore<'_>) -> &'static str {
    let options = subject.spec.options.as_deref();
    let pre = options.and_then(|options| options.pre_restore.as_ref());
    let post = options.and_then(|options| options.post_restore.as_ref());
    let statements = |hooks: &crate::api::restore::RestoreHooks| {
        hooks.cypher_statements.as_ref().is_some_and(|statements| !statements.is_empty())
    };
    let verifies = || {
        options.and_then(|options| options.verify_backup) == Some(true)
            && subject.target().is_some_and(|target| {
                build_restore::source(subject.spec, subject.referenced_spec()).is_ok_and(|source| {
                    build_restore::method(subject.spec, target, source.location.is_claim())
                        == RestoreMethod::Seed
                })
            })
    };
    if post.is_some_and(statements) {
        "-post-restore-cypher"
    } else if pre.is_some_and(statements) {
        "-pre-restore-cypher"
    } else if post.is_some_and(|hooks| hooks.job.is_some()) {
        "-post-restore-hook"
    } else if pre.is_some_and(|hooks| hooks.job.is_some()) {
        "-pre-restore-hook"
    } else if verifies() {
        "-restore-verify"
    } else {
        "-restore"
    }
}

fn own_name(name: &str, kind: &str, suffix: &str, longest: usize, out: &mut Vec<Finding>) {
    // A missing name has been reported with its document.
    if name.is_empty() {
        return;
    }
    if let Err(error) = grammar::subdomain(name, usize::MAX) {
        out.push(
            Finding::new(
                &codes::INVALID_NAME,
                "metadata.name",
                format!("`{name}` is not a name in Kubernetes: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        );
    }
    let allowed = longest - suffix.len();
    if name.len() > allowed {
        out.push(
            Finding::new(
                &codes::NAME_TOO_LONG,
                "metadata.name",
                format!(
                    "the name has {} characters, and the {kind} `<name>{suffix}` leaves room for {allowed}",
                    name.chars().count()
                ),
            )
            .help(format!("shorten it to at most {allowed} characters"))
            .note(match kind {
                "CronJob" => "a CronJob's name has at most 52 characters: its controller appends 11 for each Job (Kubernetes, \"CronJob\")",
                _ => "a Job's name becomes a label of its pods, and a label's value has at most 63 characters (Kubernetes, \"Labels and Selectors\")",
            }),
        );
    }
}

fn namespace(field: &'static str, name: Option<&str>, out: &mut Vec<Finding>) {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return };
    if let Err(error) = grammar::label(name) {
        out.push(
            Finding::new(
                &codes::INVALID_NAMESPACE,
                field,
                format!("`{name}` is not a name of a namespace: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        );
    }
}

/// The deployment's name becomes a label of every object.
fn deployment(field: &'static str, name: Option<&str>, out: &mut Vec<Finding>) {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return };
    if let Err(error) = grammar::subdomain(name, LABEL_LENGTH) {
        out.push(
            Finding::new(
                &codes::INVALID_DEPLOYMENT_NAME,
                field,
                format!("`{name}` cannot be the name of a deployment: {}", error.reason),
            )
            .within(error.range)
            .help(error.help)
            .note("it becomes the label `neo4j.neo4j.com/target` of every object, whose value has at most 63 characters"),
        );
    }
}

/// Two documents of one kind, namespace and name: the second one would replace the first.
pub(super) fn duplicates(context: &Context<'_>, _summaries: &[Summary<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut first: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (index, document) in context.documents.iter().enumerate() {
        let kind = match document.content {
            Content::Backup(_) => "Neo4jBackup",
            Content::Restore(_) => "Neo4jRestore",
            Content::Target(_) => "Neo4jTarget",
            _ => continue,
        };
        let name = document.metadata.name.as_str();
        if name.is_empty() {
            continue;
        }
        let namespace = context.namespace(document);
        match first.entry((kind, namespace, name)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(index);
            }
            std::collections::btree_map::Entry::Occupied(entry) => {
                let within =
                    if namespace.is_empty() { String::new() } else { format!(" in namespace `{namespace}`") };
                out.push((
                    index,
                    Finding::new(
                        &codes::DUPLICATE_DOCUMENT,
                        "metadata.name",
                        format!("there are two {kind} named `{name}`{within}"),
                    )
                    .help("give one of them another name, or remove it")
                    .related(*entry.get(), "metadata.name", "the first one"),
                ));
            }
        }
    }
}
