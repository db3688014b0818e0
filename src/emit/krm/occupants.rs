//! Items that are of the kinds that specs become: what an earlier run of this function has made, and what others have.

use std::collections::BTreeMap;

use memchr::memmem;

use super::annotations::{File, file};
use crate::diagnostics::{Diagnostic, Place, Severity, codes};
use crate::input::resource_list::{Identified, ResourceList};
use crate::render::{Object, labels};

/// Kind, namespace and name.
pub type Identity = (String, String, String);

/// The identity of an object.
#[must_use]
pub fn identity(object: &Object) -> Identity {
    (object.kind().to_owned(), object.namespace().to_owned(), object.name().to_owned())
}

/// Versions and kinds of [`Object`], and so of everything that can be in the way.
const KINDS: [(&str, &str); 5] = [
    ("v1", "ServiceAccount"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ConfigMap"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

/// An item of such a kind.
#[derive(Clone, Debug)]
pub struct Occupant {
    /// Its number in the list.
    pub item: usize,
    /// An earlier run has made it.
    pub ours: bool,
    /// Its file.
    pub file: Option<File>,
    place: Place,
}

/// Items by identity.
#[derive(Debug, Default)]
pub struct Occupants {
    found: BTreeMap<Identity, Occupant>,
}

impl Occupants {
    /// Finds them in a list.
    #[must_use]
    pub fn of(list: &ResourceList) -> Self {
        let finders: Vec<memmem::Finder<'_>> =
            KINDS.iter().map(|(_, kind)| memmem::Finder::new(*kind)).collect();
        let mut found = BTreeMap::new();
        for (number, item) in list.items().iter().enumerate() {
            // Most items are specs; only what may be of such a kind is read a second time.
            let text = list.verbatim(item).as_bytes();
            if !finders.iter().any(|finder| finder.find(text).is_some()) {
                continue;
            }
            let Some(Identified { id, metadata, place }) = list.identify(number) else { continue };
            if !KINDS.contains(&(id.api_version.as_str(), id.kind.as_str())) {
                continue;
            }
            let ours =
                metadata.labels.get(labels::MANAGED_BY).is_some_and(|by| by == labels::MANAGED_BY_VALUE);
            let identity = (id.kind.clone(), metadata.namespace.unwrap_or_default(), metadata.name);
            found.insert(identity, Occupant { item: number, ours, file: file(&metadata.annotations), place });
        }
        Self { found }
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The item of an identity.
    #[must_use]
    pub fn get(&self, identity: &Identity) -> Option<&Occupant> {
        self.found.get(identity)
    }

    /// Numbers of the items that an earlier run has made: not part of the input, because whoever reads them would take
    /// the claims and accounts of specs for somebody else's.
    pub fn made_earlier(&self) -> impl Iterator<Item = usize> {
        self.found.values().filter(|occupant| occupant.ours).map(|occupant| occupant.item)
    }

    /// What an earlier run has made and this one does not.
    pub fn left_over(&self, made: &dyn Fn(&Identity) -> bool) -> Vec<Diagnostic> {
        let left = self.found.iter().filter(|(identity, occupant)| occupant.ours && !made(identity));
        left.map(|((kind, _, name), occupant)| {
            let message = format!("the {kind} `{name}` was made by an earlier run, and no spec gives it now");
            let found = Diagnostic::new(&codes::ITEM_LEFT_OVER, occupant.place.clone(), message)
                .help("delete it, or what it does goes on");
            // Each change of a spec that runs once leaves the Job of the spec as it was.
            if kind == "Job" { found.severity(Severity::Notice) } else { found }
        })
        .collect()
    }
}
