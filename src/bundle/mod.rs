//! All specs of an input together: their plans and objects, in an order of their own.
//!
//! What a single spec becomes is the plan's business; what an account or a claim that several specs share becomes,
//! and in which order everything is written, is decided here once, for every command that shows, writes or applies
//! objects.

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::diagnostics::{Diagnostic, codes};
use crate::input::document::{Content, Document};
use crate::input::locate::{self, Finding};
use crate::plan::restore::RestorePlan;
use crate::plan::{self, BackupPlan, Gap, Subject};
use crate::render::{self, Detail, Object, Rendered};
use crate::rules::Context;

/// Indices of the specs by namespace, name and kind, so that the order of files and documents does not show.
#[must_use]
pub fn order(context: &Context<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..context.documents.len())
        .filter(|index| context.documents.get(*index).is_some_and(Document::is_spec))
        .collect();
    order.sort_by_key(|index| {
        context.documents.get(*index).map(|document| {
            (context.namespace(document), document.metadata.name.as_str(), document.restore().is_some())
        })
    });
    order
}

/// The plan of the backup at an index; `None` when there is none, or when its target is not known.
#[must_use]
pub fn backup_plan(context: &Context<'_>, index: usize) -> Option<Result<BackupPlan, Gap>> {
    let backup = context.backup(index)?;
    let target = backup.target()?;
    let subject = Subject { name: &backup.document.metadata.name, namespace: backup.namespace, target };
    Some(plan::build_backup::backup(subject, backup.spec))
}

/// The plan of the restore at an index; `None` when there is none, or when its target is not known.
#[must_use]
pub fn restore_plan(context: &Context<'_>, index: usize) -> Option<Result<RestorePlan, Gap>> {
    let restore = context.restore(index)?;
    let target = restore.target()?;
    let subject = Subject { name: &restore.document.metadata.name, namespace: restore.namespace, target };
    Some(plan::build_restore::restore(subject, restore.spec, restore.referenced_spec()))
}

/// What keeps a spec from being planned although no rule has objected. A spec must never be left out without a
/// word.
#[must_use]
pub fn gaps(context: &Context<'_>, restores: bool) -> Vec<Diagnostic> {
    let one = |index: &usize| {
        let document = context.documents.get(*index)?;
        let outcome = match document.content {
            Content::Backup(_) => backup_plan(context, *index).map(|plan| plan.err()),
            Content::Restore(_) if restores => restore_plan(context, *index).map(|plan| plan.err()),
            _ => return None,
        };
        let gap = match outcome {
            Some(None) => return None,
            Some(Some(gap)) => gap,
            None => Gap::target("what this spec points at is not known"),
        };
        let finding = Finding::new(&codes::CANNOT_BE_RENDERED, gap.field, gap.message);
        Some(locate::diagnostics(document, vec![finding], context.documents))
    };
    let order = order(context);
    if order.len() < 64 {
        order.iter().filter_map(one).flatten().collect()
    } else {
        order.par_iter().filter_map(one).flatten().collect()
    }
}

/// Accounts and claims of all specs, each once; those of restores only when restores are wanted. A claim that lies in
/// the input is not written again.
#[must_use]
pub fn shared_objects(context: &Context<'_>, order: &[usize], restores: bool) -> Vec<Rendered> {
    let present: BTreeSet<(&str, &str)> = context
        .documents
        .iter()
        .filter(|document| matches!(document.content, Content::Claim(_)))
        .map(|document| (context.namespace(document), document.metadata.name.as_str()))
        .collect();
    let mut shared = Vec::new();
    for index in order {
        if let Some(Ok(plan)) = backup_plan(context, *index) {
            shared.extend(render::backup::shared_objects(&plan, Detail::Objects));
        }
        if restores && let Some(Ok(plan)) = restore_plan(context, *index) {
            shared.extend(render::restore::shared_objects(&plan, Detail::Objects));
        }
        // Thousands of specs usually share one account; merging as we go keeps one object, not thousands.
        if shared.len() > 256 {
            render::shared::merge(&mut shared);
        }
    }
    render::shared::merge(&mut shared);
    shared.retain(|rendered| match &rendered.object {
        Object::PersistentVolumeClaim(_) => {
            let object = &rendered.object;
            !present.contains(&(object.namespace(), object.name()))
        }
        _ => true,
    });
    shared
}

/// The objects of one spec that no other spec shares; none of a restore unless restores are wanted.
#[must_use]
pub fn own_objects(context: &Context<'_>, index: usize, restores: bool) -> Vec<Rendered> {
    match context.documents.get(index).map(|document| &document.content) {
        Some(Content::Backup(_)) => match backup_plan(context, index) {
            Some(Ok(plan)) => render::backup::own_objects(&plan, Detail::Objects),
            _ => Vec::new(),
        },
        Some(Content::Restore(_)) if restores => match restore_plan(context, index) {
            Some(Ok(plan)) => render::restore::own_objects(&plan, Detail::Objects),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
