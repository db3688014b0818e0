//! The way back from a field of an object to the field of a spec.
//!
//! When an API server refuses `spec.template.spec.containers[0].args[3]`, a person needs the line of their spec
//! that caused it. Entries are collected while an object is rendered, as a plain list of JSON pointers: there are
//! a few dozen and they are read only after something went wrong.

use std::fmt;

use super::Detail;

/// Which spec decided a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecName {
    /// `Neo4jBackup` or `Neo4jRestore`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Where a field of an object came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The spec.
    pub spec: &'a SpecName,
    /// Path of the field in the spec, such as `spec.options.tempPath`.
    pub field: &'a str,
}

/// Origins of the fields of one object; empty unless [`Detail::Provenance`] was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    sources: Vec<Source>,
}

/// What one spec decided: an account that several specs share has several.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    spec: SpecName,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    pointer: String,
    field: String,
}

impl Provenance {
    /// Origin of the field at a JSON pointer (RFC 6901), or of the nearest field above it that has one.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> Option<Origin<'_>> {
        let mut longest: Option<(usize, Origin<'_>)> = None;
        for source in &self.sources {
            for entry in &source.entries {
                let reaches = pointer
                    .strip_prefix(entry.pointer.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if reaches && longest.is_none_or(|(length, _)| entry.pointer.len() > length) {
                    longest = Some((entry.pointer.len(), Origin { spec: &source.spec, field: &entry.field }));
                }
            }
        }
        longest.map(|(_, origin)| origin)
    }

    /// Every pointer with its origin, in the order of rendering.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Origin<'_>)> {
        self.sources.iter().flat_map(|source| {
            source.entries.iter().map(|entry| {
                (entry.pointer.as_str(), Origin { spec: &source.spec, field: entry.field.as_str() })
            })
        })
    }

    /// Adds what another spec decided in the same object.
    pub(super) fn merge(&mut self, other: Self) {
        self.sources.extend(other.sources);
    }
}

/// Collects entries during rendering.
pub(super) struct Trace(Option<Vec<Entry>>);

impl Trace {
    pub(super) fn new(detail: Detail) -> Self {
        Self((detail == Detail::Provenance).then(Vec::new))
    }

    /// Notes that a field of the spec, if any, decided what is at the pointer. The pointer is only written out
    /// when somebody wants it.
    pub(super) fn note(&mut self, pointer: fmt::Arguments<'_>, field: Option<&str>) {
        if let (Some(entries), Some(field)) = (&mut self.0, field) {
            entries.push(Entry { pointer: pointer.to_string(), field: field.to_owned() });
        }
    }

    /// What was collected, as the decisions of one spec.
    pub(super) fn finish(self, kind: &'static str, namespace: &str, name: &str) -> Provenance {
        let sources = match self.0 {
            Some(entries) if !entries.is_empty() => vec![Source {
                spec: SpecName { kind, namespace: namespace.to_owned(), name: name.to_owned() },
                entries,
            }],
            _ => Vec::new(),
        };
        Provenance { sources }
    }
}

/// A map key as one token of a JSON pointer (RFC 6901 §3).
pub(super) struct Token<'a>(pub &'a str);

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['~', '/']) {
            match part.strip_suffix('~') {
                Some(head) => write!(f, "{head}~0")?,
                None => match part.strip_suffix('/') {
                    Some(head) => write!(f, "{head}~1")?,
                    None => f.write_str(part)?,
                },
            }
        }
        Ok(())
    }
}
