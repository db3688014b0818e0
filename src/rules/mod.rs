//! What can be wrong with a spec that is well-formed: semantic rules, one file a topic.
//!
//! A rule is a pure function from a [`Backup`] or [`Restore`] subject, or from the summaries of all of them, to
//! [`Finding`]s. It names fields, never lines; it decides nothing that the plan decides, and reads no clock but
//! the instant it is given.

mod accounts;
mod arguments;
mod chains;
mod claims;
mod context;
mod cypher_text;
mod databases;
mod durations;
mod endpoint;
mod hooks;
mod identity;
mod kubernetes_names;
mod names;
mod options;
mod overlap;
mod placeholders;
mod point_in_time;
mod references;
mod restore_facts;
mod restore_method;
mod restores;
mod retention;
mod schedules;
mod scheduling;
mod secrets;
mod storage_block;
mod storage_rules;
mod surroundings;
mod targets;
mod temporary;
#[cfg(test)]
mod tests;
mod versions;

pub use context::{Backup, Context, Options, Restore, Summary};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::diagnostics::Diagnostic;
use crate::input::locate::{self, Finding};

/// Rules about one backup.
const BACKUP_RULES: &[fn(&Backup<'_>, &mut Vec<Finding>)] = &[
    targets::backup_namespace,
    targets::target_fields,
    targets::backup_target,
    versions::gated_options,
    arguments::backup_arguments,
    options::method,
    options::encryption,
    options::verify,
    options::flags,
    options::page_cache,
    options::metadata,
    temporary::path,
    temporary::storage,
    databases::grammar,
    databases::repeated,
    databases::meaning,
    storage_rules::backup,
    identity::backup,
    claims::data_claim,
    schedules::expression,
    schedules::time_zone,
    schedules::unused_without_schedule,
    schedules::cron_job_settings,
    retention::meaning,
    retention::in_bucket,
    retention::on_claim,
    names::backup,
    references::backup,
    scheduling::backup,
    durations::backup,
    placeholders::backup,
];

/// Rules about one restore.
const RESTORE_RULES: &[fn(&Restore<'_>, &mut Vec<Finding>)] = &[
    targets::restore_namespace,
    targets::restore_target,
    arguments::restore_arguments,
    storage_rules::restore,
    identity::restore,
    claims::restored_data_claim,
    restores::combination,
    restores::unused_source,
    restores::reference,
    restores::database,
    restores::backup_path,
    restores::claim,
    restores::run_id,
    point_in_time::instant,
    point_in_time::settings,
    restore_method::artifact,
    restore_method::check,
    restore_method::data_claim,
    restore_method::overwrite,
    restore_method::stop,
    restore_method::seed,
    restore_method::version,
    hooks::reach,
    hooks::statements,
    hooks::containers,
    names::restore,
    references::restore,
    durations::restore,
    placeholders::restore,
];

/// Rules about one `Neo4jTarget`: the context, the document's index, and the findings.
const TARGET_RULES: &[fn(&Context<'_>, usize, &mut Vec<Finding>)] = &[targets::target_document];

/// A rule about several documents at once. Each finding names its document.
type BundleRule = fn(&Context<'_>, &[Summary<'_>], &mut Vec<(usize, Finding)>);

/// Rules about several documents at once.
const BUNDLE_RULES: &[BundleRule] = &[
    names::duplicates,
    chains::folders,
    secrets::keys,
    accounts::annotations,
    claims::claims,
    retention::lifecycle_and_others,
    point_in_time::differentials,
];

/// Runs every rule over every document.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let one = |index: usize| {
        let mut findings = Vec::new();
        let Some(document) = context.documents.get(index) else { return (None, Vec::new()) };
        let mut summary = None;
        if let Some(backup) = context.backup(index) {
            for rule in BACKUP_RULES {
                rule(&backup, &mut findings);
            }
            summary = Some(backup.summary());
        } else if let Some(restore) = context.restore(index) {
            for rule in RESTORE_RULES {
                rule(&restore, &mut findings);
            }
        } else {
            for rule in TARGET_RULES {
                rule(context, index, &mut findings);
            }
        }
        (summary, locate::diagnostics(document, findings, context.documents))
    };
    // A handful of specs is checked sooner than a thread pool is started.
    let parts: Vec<(Option<Summary<'_>>, Vec<Diagnostic>)> = if context.documents.len() < 64 {
        (0..context.documents.len()).map(one).collect()
    } else {
        context.documents.par_iter().with_min_len(16).enumerate().map(|(index, _)| one(index)).collect()
    };
    let mut diagnostics = Vec::new();
    let mut summaries = Vec::new();
    for (summary, mut found) in parts {
        summaries.extend(summary);
        diagnostics.append(&mut found);
    }
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    for rule in BUNDLE_RULES {
        rule(context, &summaries, &mut findings);
    }
    findings.sort_by_key(|(index, _)| *index);
    let mut findings = findings.into_iter().peekable();
    while let Some((index, finding)) = findings.next() {
        let mut together = vec![finding];
        while let Some((_, finding)) = findings.next_if(|(next, _)| *next == index) {
            together.push(finding);
        }
        if let Some(document) = context.documents.get(index) {
            diagnostics.append(&mut locate::diagnostics(document, together, context.documents));
        }
    }
    diagnostics
}
