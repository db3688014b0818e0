//! What a folder holds, against what a bundle wants in it.
//!
//! The inventory is a file beside the bundle, in the form of `sha256sum`, so that anybody can check it. It says which
//! files are ours and what we wrote into them, which is how a file that somebody edited, or one that was never ours, is
//! told from one that merely is out of date. Before anything is written it names the old content and the new, so that
//! after a cut in the middle every file still is known to be ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use super::{Tree, manifest};

/// Name of the inventory in the folder of a bundle. No controller reads it: it is no YAML.
pub const FILE: &str = ".neo4j-backup.sha256";

/// SHA-256, as lower-case hexadecimal digits.
#[must_use]
pub fn digest(text: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a String does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The files that we wrote, by path, with what we wrote into them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    files: BTreeMap<String, BTreeSet<String>>,
}

/// A line of an inventory that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not `<sha256>  <path>`")]
pub struct NoInventory {
    /// The line, from 1.
    pub line: u32,
}

impl Inventory {
    /// Reads an inventory.
    ///
    /// # Errors
    ///
    /// When a line is not a digest, two spaces and a path, as after a merge that conflicted.
    pub fn parse(text: &str) -> Result<Self, NoInventory> {
        let mut inventory = Self::default();
        for (line, number) in text.lines().zip(1..) {
            let (digest, path) = line.split_once("  ").ok_or(NoInventory { line: number })?;
            let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            // A path that leaves the folder would let an inventory from elsewhere name files to delete.
            let stays = !path.is_empty()
                && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
                && !path.contains('\\');
            if !is_digest || !stays {
                return Err(NoInventory { line: number });
            }
            inventory.add(path, digest);
        }
        Ok(inventory)
    }

    /// The inventory of a bundle.
    #[must_use]
    pub fn of(tree: &Tree) -> Self {
        let files: Vec<(&str, &str)> = tree.iter().collect();
        let digests: Vec<String> = files.par_iter().map(|(_, text)| digest(text.as_bytes())).collect();
        let mut inventory = Self::default();
        for ((path, _), digest) in files.into_iter().zip(digests) {
            inventory.add(path, &digest);
        }
        inventory
    }

    /// Adds a file, or another content that it may have.
    pub fn add(&mut self, path: &str, digest: &str) {
        self.files.entry(path.to_owned()).or_default().insert(digest.to_owned());
    }

    /// Adds everything of another inventory.
    pub fn extend(&mut self, other: &Self) {
        for (path, digests) in &other.files {
            self.files.entry(path.clone()).or_default().extend(digests.iter().cloned());
        }
    }

    /// The inventory as text, by path.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (path, digests) in &self.files {
            for digest in digests {
                let _ = writeln!(text, "{digest}  {path}");
            }
        }
        text
    }

    fn wrote(&self, path: &str, digest: &str) -> bool {
        self.files.get(path).is_some_and(|digests| digests.contains(digest))
    }

    /// Whether we wrote a file of that path once.
    #[must_use]
    pub fn knows(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Goes on knowing a file that another inventory knows.
    pub fn keep(&mut self, path: &str, other: &Self) {
        if let Some(digests) = other.files.get(path) {
            self.files.entry(path.to_owned()).or_default().extend(digests.iter().cloned());
        }
    }
}

/// What lies at a path of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File {
        /// SHA-256 of its content.
        digest: String,
        /// It begins as our manifests do.
        has_our_header: bool,
    },
    /// A symbolic link, or something else that is no file: it is never followed and never replaced.
    Other,
}

impl Found {
    /// A file with this content.
    #[must_use]
    pub fn file(content: &[u8]) -> Self {
        Self::File {
            digest: digest(content),
            has_our_header: content.starts_with(manifest::HEADER.as_bytes()),
        }
    }
}

/// How a path of the folder stands to the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is what it should be.
    Same,
    /// It is wanted and not there.
    Missing,
    /// We wrote it, and the specs say something else now.
    Stale,
    /// We wrote it, and somebody has changed it since.
    Edited,
    /// Something that we did not write is where a file of ours should be.
    InTheWay,
    /// We wrote it, and no spec asks for it any more.
    NoLongerNeeded,
    /// We wrote it, somebody has changed it, and no spec asks for it any more.
    NoLongerNeededEdited,
    /// A manifest that we did not write, beside those that we did.
    Extra,
}

/// Compares a folder with a bundle; by path. Files that are nobody's concern are left out: those of other people in
/// folders of their own, and what is no manifest.
#[must_use]
pub fn compare(
    wanted: &Tree,
    inventory: Option<&Inventory>,
    found: &BTreeMap<String, Found>,
) -> BTreeMap<String, State> {
    let mut states = BTreeMap::new();
    for (path, text) in wanted.iter() {
        let state = match found.get(path) {
            None => State::Missing,
            Some(Found::Other) => State::InTheWay,
            Some(Found::File { digest: there, .. }) if *there == digest(text.as_bytes()) => State::Same,
            Some(Found::File { digest: there, has_our_header }) => match inventory {
                Some(inventory) if inventory.wrote(path, there) => State::Stale,
                Some(inventory) if inventory.knows(path) => State::Edited,
                // Without an inventory nobody can say whether it was edited, only that it was ours once.
                None if *has_our_header => State::Edited,
                _ => State::InTheWay,
            },
        };
        states.insert(path.to_owned(), state);
    }
    let ours: BTreeSet<&str> = wanted.iter().filter_map(|(path, _)| folder(path)).collect();
    for (path, there) in found {
        if states.contains_key(path) || path == FILE {
            continue;
        }
        let state = match (there, inventory) {
            (Found::File { digest, .. }, Some(inventory)) if inventory.wrote(path, digest) => {
                State::NoLongerNeeded
            }
            (Found::File { .. }, Some(inventory)) if inventory.knows(path) => State::NoLongerNeededEdited,
            (Found::File { has_our_header: true, .. }, None) => State::NoLongerNeededEdited,
            _ if is_manifest(path) && folder(path).is_some_and(|folder| ours.contains(folder)) => {
                State::Extra
            }
            _ => continue,
        };
        states.insert(path.clone(), state);
    }
    states
}

/// The folder of a file below the root of the bundle; what lies at the root is read by no controller.
fn folder(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Whether a controller or kubectl would read a file.
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, *text).unwrap();
        }
        tree
    }

    fn found(files: &[(&str, &str)]) -> BTreeMap<String, Found> {
        files.iter().map(|(path, text)| ((*path).to_owned(), Found::file(text.as_bytes()))).collect()
    }

    #[test]
    fn each_path_has_the_state_that_inventory_and_content_give_it() {
        let wanted =
            tree(&[("w/a.yaml", "a"), ("w/b.yaml", "b"), ("w/c.yaml", "c"), ("w/d.yaml", "d"), ("e", "e")]);
        let before = tree(&[
            ("w/b.yaml", "old b"),
            ("w/c.yaml", "old c"),
            ("w/gone.yaml", "gone"),
            ("w/gone-edited.yaml", "gone"),
        ]);
        let folder = found(&[
            ("w/a.yaml", "a"),
            ("w/b.yaml", "old b"),
            ("w/c.yaml", "changed c"),
            ("w/d.yaml", "somebody's"),
            ("w/gone.yaml", "gone"),
            ("w/gone-edited.yaml", "changed"),
            ("w/extra.yaml", "x"),
            ("w/notes.txt", "x"),
            ("own/secret.yaml", "x"),
            ("root.yaml", "x"),
            (FILE, "x"),
        ]);
        let states = compare(&wanted, Some(&Inventory::of(&before)), &folder);
        let expected = [
            ("e", State::Missing),
            ("w/a.yaml", State::Same),
            ("w/b.yaml", State::Stale),
            ("w/c.yaml", State::Edited),
            ("w/d.yaml", State::InTheWay),
            ("w/extra.yaml", State::Extra),
            ("w/gone-edited.yaml", State::NoLongerNeededEdited),
            ("w/gone.yaml", State::NoLongerNeeded),
        ];
        assert_eq!(states, expected.into_iter().map(|(path, state)| (path.to_owned(), state)).collect());
    }

    #[test]
    fn without_an_inventory_our_header_says_that_a_file_was_ours() {
        let ours = format!("{}kind: Job\n", manifest::HEADER);
        let states = compare(
            &tree(&[("w/a.yaml", "a"), ("w/b.yaml", "b")]),
            None,
            &found(&[("w/a.yaml", &ours), ("w/b.yaml", "theirs"), ("w/c.yaml", &ours)]),
        );
        assert_eq!(states["w/a.yaml"], State::Edited);
        assert_eq!(states["w/b.yaml"], State::InTheWay);
        assert_eq!(states["w/c.yaml"], State::NoLongerNeededEdited);
    }

    #[test]
    fn a_link_is_in_the_way_even_where_a_file_of_ours_was() {
        let wanted = tree(&[("w/a.yaml", "a")]);
        let folder = [("w/a.yaml".to_owned(), Found::Other)].into();
        assert_eq!(compare(&wanted, Some(&Inventory::of(&wanted)), &folder)["w/a.yaml"], State::InTheWay);
    }

    #[test]
    fn an_inventory_survives_its_text_and_names_nothing_outside_of_the_folder() {
        let inventory = Inventory::of(&tree(&[("w/a b.yaml", "a"), ("c", "c")]));
        assert_eq!(Inventory::parse(&inventory.text()), Ok(inventory));
        let zeros = "0".repeat(64);
        for path in ["../x", "/etc/x", "a//b", "a/./b", "a/../b", "", "a\\b"] {
            assert_eq!(
                Inventory::parse(&format!("{zeros}  {path}\n")),
                Err(NoInventory { line: 1 }),
                "{path}"
            );
        }
        for text in ["<<<<<<< HEAD", "abc  x", &format!("{zeros} x")] {
            assert!(Inventory::parse(text).is_err(), "{text}");
        }
    }
}
