//! All specs of an input together: their plans and objects, in an order of their own.
//!
//! What a single spec becomes is the plan's business; what an account or a claim that several specs share becomes,
//! and in which order everything is written, is decided here once, for every command that shows, writes or applies
//! objects. Objects are made namespace by namespace, so that never more than one namespace's are in memory.

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::diagnostics::{Diagnostic, codes};
use crate::input::document::{Content, Document};
use crate::input::locate::{self, Finding};
use crate::plan::restore::RestorePlan;
use crate::plan::{self, BackupPlan, Gap, Subject};
use crate::render::{self, Detail, Object, Rendered, SpecName};
use crate::rules::Context;

/// Specs below which work is done on one thread: starting others would take longer.
const FEW: usize = 64;

/// The specs of an input, in the order in which they are rendered.
#[derive(Debug)]
pub struct Bundle<'a> {
    context: &'a Context<'a>,
    /// Indices of the specs by namespace, name and kind.
    order: Vec<usize>,
    /// Claims that lie in the input, by namespace and name.
    claims: BTreeSet<(&'a str, &'a str)>,
    /// What is rendered.
    wanted: Wanted,
}

/// Which specs are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Backups.
    Backups,
    /// Backups and restores.
    All,
    /// Restores.
    Restores,
}

impl Wanted {
    /// Whether backups are rendered.
    #[must_use]
    pub const fn backups(self) -> bool {
        matches!(self, Self::Backups | Self::All)
    }

    /// Whether restores are rendered.
    #[must_use]
    pub const fn restores(self) -> bool {
        matches!(self, Self::Restores | Self::All)
    }
}

impl<'a> Bundle<'a> {
    /// Orders the specs of a context. The order of files and documents does not show in it.
    #[must_use]
    pub fn new(context: &'a Context<'a>, wanted: Wanted) -> Self {
        let documents = context.documents;
        let mut order: Vec<usize> = (0..documents.len())
            .filter(|index| documents.get(*index).is_some_and(Document::is_spec))
            .collect();
        order.sort_by_key(|index| {
            documents.get(*index).map(|document| {
                (context.namespace(document), document.metadata.name.as_str(), document.restore().is_some())
            })
        });
        let claims = documents
            .iter()
            .filter(|document| matches!(document.content, Content::Claim(_)))
            .map(|document| (context.namespace(document), document.metadata.name.as_str()))
            .collect();
        Self { context, order, claims, wanted }
    }

    /// The specs of each namespace, in order. Each part can be rendered by itself.
    pub fn namespaces(&self) -> impl Iterator<Item = &[usize]> {
        let namespace = |index: &usize| {
            self.context.documents.get(*index).map(|document| self.context.namespace(document))
        };
        self.order.chunk_by(move |left, right| namespace(left) == namespace(right))
    }

    /// The plan of the backup at an index; `None` when there is none, or when its target is not known.
    #[must_use]
    pub fn backup_plan(&self, index: usize) -> Option<Result<BackupPlan, Gap>> {
        let backup = self.context.backup(index)?;
        let target = backup.target()?;
        let subject = Subject { name: &backup.document.metadata.name, namespace: backup.namespace, target };
        Some(plan::build_backup::backup(subject, backup.spec))
    }

    /// The plan of the restore at an index; `None` when there is none, or when its target is not known.
    #[must_use]
    pub fn restore_plan(&self, index: usize) -> Option<Result<RestorePlan, Gap>> {
        let restore = self.context.restore(index)?;
        let target = restore.target()?;
        let subject = Subject { name: &restore.document.metadata.name, namespace: restore.namespace, target };
        Some(plan::build_restore::restore(subject, restore.spec, restore.referenced_spec()))
    }

    /// The plans of all restores, in order.
    pub fn restore_plans(&self) -> impl Iterator<Item = RestorePlan> {
        self.order.iter().filter_map(|index| self.restore_plan(*index)?.ok())
    }

    /// What rendering has to say of the specs: restores that are left out, and what keeps a spec from being planned
    /// although no rule has objected. A spec must never be left out without a word.
    #[must_use]
    pub fn findings(&self) -> Vec<Diagnostic> {
        let one = |index: &usize| {
            let document = self.context.documents.get(*index)?;
            let outcome = match document.content {
                Content::Backup(_) => self.backup_plan(*index).map(|plan| plan.err()),
                Content::Restore(_) if self.wanted.restores() => {
                    self.restore_plan(*index).map(|plan| plan.err())
                }
                Content::Restore(_) => {
                    let finding = Finding::new(
                        &codes::RESTORE_LEFT_OUT,
                        "kind",
                        format!("the restore `{}` was checked and is left out", document.metadata.name),
                    )
                    .help("`render --restore` writes its suspended Jobs, and says what to do around them");
                    return Some(locate::diagnostics(document, vec![finding], self.context.documents));
                }
                _ => return None,
            };
            let gap = match outcome {
                Some(None) => return None,
                Some(Some(gap)) => gap,
                None => Gap::target("what this spec points at is not known"),
            };
            let finding = Finding::new(&codes::CANNOT_BE_RENDERED, gap.field, gap.message);
            Some(locate::diagnostics(document, vec![finding], self.context.documents))
        };
        if self.order.len() < FEW {
            self.order.iter().filter_map(one).flatten().collect()
        } else {
            self.order.par_iter().filter_map(one).flatten().collect()
        }
    }

    /// Accounts and claims of some specs of one namespace, each once; those of restores only when restores are
    /// rendered. A claim that lies in the input is not written again.
    #[must_use]
    pub fn shared_objects(&self, specs: &[usize]) -> Vec<Rendered> {
        self.shared_objects_with(specs, Detail::Objects)
    }

    /// The same, with as much detail as is wanted.
    #[must_use]
    pub fn shared_objects_with(&self, specs: &[usize], detail: Detail) -> Vec<Rendered> {
        let mut shared = Vec::new();
        let mut enough = 256;
        for index in specs {
            shared.append(&mut self.shared_of(*index, detail));
            // Thousands of specs usually share one account: merged now and then, one object is kept and not
            // thousands. Doubling the bound keeps the work linear where nothing can be merged.
            if shared.len() > enough {
                render::shared::merge(&mut shared);
                enough = 256.max(2 * shared.len());
            }
        }
        render::shared::merge(&mut shared);
        shared.retain(|rendered| match &rendered.object {
            Object::PersistentVolumeClaim(_) => {
                let object = &rendered.object;
                !self.claims.contains(&(object.namespace(), object.name()))
            }
            _ => true,
        });
        shared
    }

    /// What one spec wants of objects that others may share.
    fn shared_of(&self, index: usize, detail: Detail) -> Vec<Rendered> {
        if self.wanted.backups()
            && let Some(Ok(plan)) = self.backup_plan(index)
        {
            return render::backup::shared_objects(&plan, detail);
        }
        if self.wanted.restores()
            && let Some(Ok(plan)) = self.restore_plan(index)
        {
            return render::restore::shared_objects(&plan, detail);
        }
        Vec::new()
    }

    /// The accounts that one spec has made, as this spec alone wants them: not merged with those of others.
    #[must_use]
    pub fn accounts(&self, index: usize, detail: Detail) -> Vec<Rendered> {
        let mut accounts = self.shared_of(index, detail);
        accounts.retain(|rendered| matches!(rendered.object, Object::ServiceAccount(_)));
        accounts
    }

    /// The name of the spec at an index.
    #[must_use]
    pub fn spec_name(&self, index: usize) -> Option<SpecName> {
        let document = self.context.documents.get(index)?;
        let kind = match document.content {
            Content::Backup(_) => "Neo4jBackup",
            Content::Restore(_) => "Neo4jRestore",
            _ => return None,
        };
        Some(SpecName {
            kind,
            namespace: self.context.namespace(document).to_owned(),
            name: document.metadata.name.clone(),
        })
    }

    /// The objects of one spec that no other spec shares; none of a restore unless restores are rendered.
    #[must_use]
    pub fn own_objects(&self, index: usize) -> Vec<Rendered> {
        self.own_objects_with(index, Detail::Objects)
    }

    /// The same, with as much detail as is wanted.
    #[must_use]
    pub fn own_objects_with(&self, index: usize, detail: Detail) -> Vec<Rendered> {
        match self.context.documents.get(index).map(|document| &document.content) {
            Some(Content::Backup(_)) if self.wanted.backups() => match self.backup_plan(index) {
                Some(Ok(plan)) => render::backup::own_objects(&plan, detail),
                _ => Vec::new(),
            },
            Some(Content::Restore(_)) if self.wanted.restores() => match self.restore_plan(index) {
                Some(Ok(plan)) => render::restore::own_objects(&plan, detail),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
