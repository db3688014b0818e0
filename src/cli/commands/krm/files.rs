//! From lines of the stream to lines of files.
//!
//! kustomize and kpt run a program in the folder that they work on, so the files of the items often lie there. A finding
//! is moved to such a file only if the file says the same at its place: other functions and patches may have been at
//! work between the file and the stream.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

use crate::cli::session::Session;
use crate::diagnostics::{Diagnostic, DocumentId, Place};
use crate::emit::krm::{File, file};
use crate::input::locate::{self, Finding};
use crate::input::resource_list::{Identified, ResourceList, STREAM};
use crate::input::sources::Selection;
use crate::input::{self, Document, Loaded};

/// The files of items, for the places of findings.
#[derive(Default)]
pub(super) struct Files {
    /// By number of the item.
    items: BTreeMap<usize, Option<(File, Arc<DocumentId>)>>,
    /// What was read, by path.
    read: BTreeMap<String, Option<Loaded>>,
    /// Files of findings that were moved, by path and byte.
    moved: BTreeMap<(Arc<str>, usize), File>,
}

impl Files {
    /// Moves the findings that can be moved.
    pub(super) fn take(&mut self, list: &ResourceList, session: &mut Session) {
        for diagnostic in &mut session.report.diagnostics {
            let Some((file, place)) = self.place(list, diagnostic) else { continue };
            if let Some(span) = place.span {
                self.moved.insert((Arc::clone(&place.path), span.start.offset), file);
            }
            diagnostic.place = place;
        }
        for loaded in self.read.values_mut().flatten() {
            let documents = loaded.documents.iter().map(|document| Arc::clone(&document.origin));
            session.loaded.origins.extend(documents);
        }
        session.report.sort();
    }

    /// The file of the item that a finding is about, wherever its place is.
    pub(super) fn of(&mut self, list: &ResourceList, finding: &Diagnostic) -> Option<File> {
        let place = &finding.place;
        if &*place.path != STREAM {
            let key = (Arc::clone(&place.path), place.span.map_or(0, |span| span.start.offset));
            let file = self.moved.get(&key).cloned();
            return Some(file.unwrap_or_else(|| File { path: place.path.to_string(), index: None }));
        }
        let item = list.item_at(place.span?.start.offset)?;
        self.item(list, item).map(|(file, _)| file)
    }

    fn item(&mut self, list: &ResourceList, item: usize) -> Option<(File, Arc<DocumentId>)> {
        let find = || {
            let Identified { id, metadata, .. } = list.identify(item)?;
            Some((file(&metadata.annotations)?, id))
        };
        self.items.entry(item).or_insert_with(find).clone()
    }

    fn place(&mut self, list: &ResourceList, diagnostic: &Diagnostic) -> Option<(File, Place)> {
        let (span, field) = (diagnostic.place.span?, diagnostic.place.field.as_deref()?);
        if &*diagnostic.place.path != STREAM {
            return None;
        }
        let item = list.item_at(span.start.offset)?;
        let (file, id) = self.item(list, item)?;
        let loaded = self.read.entry(file.path.clone()).or_insert_with(|| read(&file.path)).as_ref()?;
        let mut named = loaded.documents.iter().filter(|document| {
            document.id.kind == id.kind && document.id.name == id.name && in_namespace(document, &id)
        });
        let document = named.next().filter(|_| named.next().is_none())?;
        let said = list.slice(span.bytes())?;
        let value = Finding::new(diagnostic.definition, field.to_owned(), "");
        let places = locate::diagnostics(document, vec![value.clone(), value.at_key()], &[]);
        let place = places.into_iter().map(|found| found.place).find(|place| {
            let bytes = place.span.map(|span| span.bytes()).unwrap_or_default();
            let start = bytes.start.saturating_sub(document.origin.offset);
            let end = bytes.end.saturating_sub(document.origin.offset);
            // The orchestrator writes quotes as it likes.
            document.origin.text.get(start..end).is_some_and(|text| bare(text) == bare(said))
        })?;
        Some((file, Place { document: diagnostic.place.document.clone(), ..place }))
    }
}

/// kustomize may have put the item into a namespace that its file does not say.
fn in_namespace(document: &Document, id: &DocumentId) -> bool {
    document.id.namespace.is_none() || document.id.namespace == id.namespace
}

fn bare(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// Reads a file below the folder that the function runs in. That it is not there, as in a container, is no error.
fn read(path: &str) -> Option<Loaded> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    // A name with a comma or a wildcard would be taken for several.
    if !inside || path.contains([',', '*', '?', '[', '{']) || !Path::new(path).is_file() {
        return None;
    }
    let selection = Selection { filenames: vec![path.to_owned()], ..Selection::default() };
    input::load(&selection.plan_sources().ok()?, std::io::empty()).ok()
}
