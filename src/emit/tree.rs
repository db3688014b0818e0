//! The files of a bundle.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::EmitError;

/// Files by their path below the bundle's folder. Paths have `/` between their parts, whatever the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// [`EmitError::SamePath`] when there is another file of that path.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) -> Result<(), EmitError> {
        match self.files.entry(path.into()) {
            Entry::Occupied(there) => Err(EmitError::SamePath(there.key().clone())),
            Entry::Vacant(free) => {
                free.insert(text.into());
                Ok(())
            }
        }
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Paths and texts, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// A path of two parts, of which the first may be empty.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
