//! Secrets, ServiceAccounts and claims that lie in the input beside the specs, by name and namespace.

use std::collections::BTreeMap;

use crate::input::Document;

use super::Context;

/// Documents of one kind, by name.
#[derive(Debug, Default)]
pub(super) struct Surroundings<'a> {
    by_name: BTreeMap<&'a str, Vec<(&'a str, usize)>>,
}

/// Where a name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// In the namespace that was asked for: index of the document.
    Here(usize),
    /// In another namespace only: its name and the index of the document.
    Elsewhere(&'a str, usize),
}

impl<'a> Surroundings<'a> {
    /// The documents that `is` picks.
    pub(super) fn new(context: &'a Context<'a>, is: impl Fn(&Document) -> bool) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
        for (index, document) in context.documents.iter().enumerate().filter(|(_, document)| is(document)) {
            by_name.entry(&document.metadata.name).or_default().push((context.namespace(document), index));
        }
        Self { by_name }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The document of that name and namespace. An unknown namespace (empty) may be any, so it is taken for the
    /// same.
    pub(super) fn find(&self, name: &str, namespace: &str) -> Option<Found<'a>> {
        let candidates = self.by_name.get(name)?;
        let here = candidates
            .iter()
            .find(|(other, _)| *other == namespace)
            .or_else(|| candidates.iter().find(|(other, _)| other.is_empty() || namespace.is_empty()));
        match (here, candidates.first()) {
            (Some((_, index)), _) => Some(Found::Here(*index)),
            (None, Some((other, index))) => Some(Found::Elsewhere(other, *index)),
            (None, None) => None,
        }
    }
}
