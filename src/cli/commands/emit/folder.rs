//! The folder that a bundle is written into.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::report;
use crate::cli::session::write_file;
use crate::cli::{CommandError, Exit, Ui};
use crate::diagnostics::Severity;
use crate::emit::Tree;
use crate::emit::inventory::{self, Found, Inventory, State, compare};

/// What may be done to files that are there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Generated files that are no longer needed are removed.
    pub(super) prune: bool,
    /// Generated files that were edited are overwritten.
    pub(super) overwrite: bool,
    /// What rolls the folder out refuses a Job that changes.
    pub(super) jobs_are_refused: bool,
}

/// What lies in a folder.
pub(super) struct Folder {
    /// The inventory, as it stands.
    pub(super) inventory: Option<Inventory>,
    inventory_text: String,
    found: BTreeMap<String, Found>,
}

/// Reads what lies where a bundle has or had files. Nothing else of the folder is looked at.
pub(super) fn read(folder: &Path, wanted: &Tree, forgiving: bool) -> Result<Folder, CommandError> {
    let inventory_text = match fs::read_to_string(folder.join(inventory::FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read", &folder.join(inventory::FILE), error)),
    };
    let inventory = match Inventory::parse(&inventory_text) {
        _ if inventory_text.is_empty() => None,
        Ok(inventory) => Some(inventory),
        // It can be made again, at the price of not knowing what was edited.
        Err(_) if forgiving => None,
        Err(error) => {
            let path = folder.join(inventory::FILE);
            return Err(CommandError::ending(Exit::Conflict, format!("{}: {error}", path.display())).hint(
                "after a merge, take either side; or give --overwrite, which writes every generated file again",
            ));
        }
    };
    let mut folders: BTreeSet<&str> = wanted.iter().map(|(path, _)| parent(path)).collect();
    if let Some(inventory) = &inventory {
        folders.extend(inventory.paths().map(parent));
    }
    let mut paths = Vec::new();
    for below in folders {
        list(folder, below, wanted, inventory.as_ref(), &mut paths)?;
    }
    let found: Result<Vec<(String, Found)>, CommandError> = paths
        .into_par_iter()
        .map(|(path, is_file)| {
            if !is_file {
                return Ok((path, Found::Other));
            }
            let at = folder.join(&path);
            let content = fs::read(&at).map_err(|error| failed("read", &at, error))?;
            Ok((path, Found::file(&content)))
        })
        .collect();
    Ok(Folder { inventory, inventory_text, found: found?.into_iter().collect() })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Adds the files of one folder that matter: those that are or were ours, and manifests beside them.
fn list(
    root: &Path,
    below: &str,
    wanted: &Tree,
    inventory: Option<&Inventory>,
    into: &mut Vec<(String, bool)>,
) -> Result<(), CommandError> {
    // A link would lead out of the folder, and what is written below it would land elsewhere.
    let mut at = root.to_owned();
    for part in below.split('/').filter(|part| !part.is_empty()) {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let under = |path: &str| parent(path) == below;
                into.extend(
                    wanted.iter().filter(|(path, _)| under(path)).map(|(path, _)| (path.to_owned(), false)),
                );
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed("read", &at, error)),
        }
    }
    let entries = match fs::read_dir(&at) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("read", &at, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", &at, error))?;
        let name = entry.file_name();
        // A name that is no text is none of ours.
        let Some(name) = name.to_str() else { continue };
        let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(|error| failed("read", &entry.path(), error))?;
        let ours = wanted.get(&path).is_some() || inventory.is_some_and(|inventory| inventory.knows(&path));
        let beside = !below.is_empty() && inventory::is_manifest(&path);
        if ours || (beside && kind.is_file()) {
            into.push((path, kind.is_file()));
        }
    }
    Ok(())
}

/// Brings a folder to what a bundle wants, or leaves all of it as it is.
pub(super) fn write(
    ui: &Ui,
    folder: &Path,
    tree: &Tree,
    manner: Manner,
    strict: bool,
) -> Result<Exit, CommandError> {
    fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, error))?;
    let _lock = lock(folder)?;
    let there = read(folder, tree, manner.overwrite)?;
    let states = there.states(tree);
    let (findings, refused) = report::findings(folder, &states, manner);
    let worst = findings.iter().map(|finding| finding.severity).max();
    report::tell(ui, findings)?;
    if refused || (strict && worst >= Some(Severity::Warning)) {
        ui.remark("nothing was written")?;
        return Ok(if refused { Exit::Conflict } else { Exit::Findings });
    }
    let mut after = Inventory::of(tree);
    let mut remove = Vec::new();
    for (path, state) in &states {
        let gone = match state {
            State::NoLongerNeeded => manner.prune,
            State::NoLongerNeededEdited => manner.prune && manner.overwrite,
            _ => continue,
        };
        if gone {
            remove.push(path.as_str());
        } else if let Some(before) = &there.inventory {
            after.keep(path, before);
        }
    }
    let change: Vec<&str> = states
        .iter()
        .filter(|(_, state)| matches!(state, State::Missing | State::Stale | State::Edited))
        .map(|(path, _)| path.as_str())
        .collect();
    let inventory_path = folder.join(inventory::FILE);
    if !change.is_empty() || !remove.is_empty() {
        let mut between = after.clone();
        if let Some(before) = &there.inventory {
            between.extend(before);
        }
        write_file(&inventory_path, between.text().as_bytes())?;
    }
    make_folders(folder, &change)?;
    change
        .par_iter()
        .try_for_each(|path| write_file(&folder.join(path), tree.get(path).unwrap_or_default().as_bytes()))?;
    for path in &remove {
        let at = folder.join(path);
        fs::remove_file(&at).map_err(|error| failed("remove", &at, error))?;
        remove_empty_folders(folder, parent(path));
    }
    let text = after.text();
    if text != there.inventory_text || !change.is_empty() || !remove.is_empty() {
        write_file(&inventory_path, text.as_bytes())?;
    }
    let same = tree.len() - change.len();
    let mut summary = format!("{}: {} written, {same} unchanged", folder.display(), files(change.len()));
    if !remove.is_empty() {
        summary.push_str(&format!(", {} removed", remove.len()));
    }
    ui.remark(&summary)?;
    Ok(Exit::Success)
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

impl Folder {
    /// How each path stands to the bundle.
    pub(super) fn states(&self, tree: &Tree) -> BTreeMap<String, State> {
        compare(tree, self.inventory.as_ref(), &self.found)
    }

    /// Whether the inventory is that of the bundle.
    pub(super) fn has_inventory_of(&self, tree: &Tree) -> bool {
        self.inventory.as_ref() == Some(&Inventory::of(tree))
    }
}

fn make_folders(root: &Path, paths: &[&str]) -> Result<(), CommandError> {
    let folders: BTreeSet<PathBuf> = paths.iter().map(|path| root.join(parent(path))).collect();
    folders.par_iter().try_for_each(|folder| {
        fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, error))
    })
}

/// Removes a folder that has become empty, and those above it, up to the bundle's own.
fn remove_empty_folders(root: &Path, below: &str) {
    let mut below = below;
    while !below.is_empty() {
        // It fails while there is something in it, which is what is wanted.
        if fs::remove_dir(root.join(below)).is_err() {
            return;
        }
        below = parent(below);
    }
}

/// Keeps a second `emit` out of the folder as long as the value lives.
fn lock(folder: &Path) -> Result<Option<File>, CommandError> {
    // Where a folder cannot be opened or locked as a file there is no such lock; each file still is written whole.
    let Ok(handle) = File::open(folder) else { return Ok(None) };
    match handle.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(CommandError::ending(
            Exit::Conflict,
            format!("another `emit` is writing into {}", folder.display()),
        )
        .hint("wait until it is done, and emit again")),
        _ => Ok(Some(handle)),
    }
}

pub(super) fn failed(what: &str, path: &Path, error: io::Error) -> CommandError {
    CommandError::from(anyhow::Error::new(error).context(format!("cannot {what} {}", path.display())))
}
