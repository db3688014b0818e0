//! `-f`, `-R` and `-k` to an ordered list of sources, as kubectl reads them (cli-runtime's
//! `FilenameParam` and `ExpandPathsToFileVisitors`; peers.md §3.3).
//!
//! Where we differ, it is on the safe side: the order within a folder is by path bytes whatever
//! the file system, a path that was named twice is read once, folder entries whose name begins with
//! `..` are skipped (the kubelet's bookkeeping in a mounted ConfigMap, which kubectl reads a second
//! time with -R), pipes and devices are read only when named directly, and addresses are refused.

use super::{Origin, Source, SourceError, SourceName};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What the user asked to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The values of `-f` as given: files, folders, patterns, `-`, and comma lists of them.
    pub filenames: Vec<String>,
    /// `-R`: folders inside folders too. Links to folders are not followed, so no loop can occur.
    pub recursive: bool,
    /// `-k`: a kustomization folder.
    pub kustomize: Option<PathBuf>,
    /// How standard input is called in findings instead of `<stdin>`.
    pub stdin_name: Option<String>,
}

impl Selection {
    /// The sources in the order in which they are read: as named, folders by path bytes.
    ///
    /// Hidden files and folders are read like others, as kubectl does. Nothing is opened yet, but
    /// folders and patterns are looked up.
    ///
    /// # Errors
    /// Whatever cannot be a source: nothing or too much selected, a path or pattern that stands
    /// for nothing, a folder without files, an address.
    pub fn plan_sources(&self) -> Result<Vec<Source>, SourceError> {
        if let Some(folder) = &self.kustomize {
            if !self.filenames.is_empty() || self.recursive {
                return Err(SourceError::Exclusive);
            }
            return plan_kustomize(folder);
        }
        if self.filenames.is_empty() {
            return Err(SourceError::NothingSelected);
        }
        let mut plan = Plan { selection: self, sources: Vec::new(), seen: HashSet::new(), stdin: false };
        for raw in &self.filenames {
            // A file whose name holds a comma is taken as it is.
            if !raw.contains(',') || Path::new(raw).exists() {
                plan.add(raw, raw)?;
                continue;
            }
            for name in raw.split(',') {
                plan.add(name, raw)?;
            }
        }
        Ok(plan.sources)
    }
}

fn plan_kustomize(folder: &Path) -> Result<Vec<Source>, SourceError> {
    if !folder.is_dir() {
        return Err(SourceError::NotAFolder { path: folder.to_owned() });
    }
    let name = Arc::new(SourceName::new(format!("{} (kustomize)", folder.display())));
    let mut sources =
        vec![Source { name, origin: Origin::Kustomize(folder.to_owned()), targets_only: false }];
    sources.extend(super::target_files(folder)?);
    Ok(sources)
}

struct Plan<'s> {
    selection: &'s Selection,
    sources: Vec<Source>,
    seen: HashSet<PathBuf>,
    stdin: bool,
}

impl Plan<'_> {
    fn add(&mut self, name: &str, raw: &str) -> Result<(), SourceError> {
        if name.is_empty() {
            return Err(SourceError::EmptyName { raw: raw.to_owned() });
        }
        if name == "-" {
            if !std::mem::replace(&mut self.stdin, true) {
                let shown = self.selection.stdin_name.as_deref().unwrap_or("<stdin>");
                let name = Arc::new(SourceName::new(shown));
                self.sources.push(Source { name, origin: Origin::Stdin, targets_only: false });
            }
            return Ok(());
        }
        if is_url(name) {
            return Err(SourceError::Url { url: name.to_owned() });
        }
        match fs::metadata(name) {
            Ok(metadata) => self.add_path(PathBuf::from(name), metadata.is_dir()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.add_pattern(name),
            Err(source) => Err(SourceError::Unreadable { name: name.to_owned(), source }),
        }
    }

    fn add_pattern(&mut self, pattern: &str) -> Result<(), SourceError> {
        if !pattern.contains(['*', '?', '[']) {
            return Err(SourceError::NotFound { path: PathBuf::from(pattern) });
        }
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        let matches = glob::glob_with(pattern, options).map_err(|error| SourceError::BadPattern {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })?;
        let mut paths = matches.collect::<Result<Vec<_>, _>>().map_err(|error| SourceError::Unreadable {
            name: error.path().display().to_string(),
            source: error.into(),
        })?;
        if paths.is_empty() {
            return Err(SourceError::NoMatch { pattern: pattern.to_owned() });
        }
        sort_by_bytes(&mut paths);
        for path in paths {
            let is_folder = path.is_dir();
            self.add_path(path, is_folder)?;
        }
        Ok(())
    }

    fn add_path(&mut self, path: PathBuf, is_folder: bool) -> Result<(), SourceError> {
        if !is_folder {
            self.add_file(path);
            return Ok(());
        }
        let listing = list_folder(&path, self.selection.recursive)?;
        if listing.files.is_empty() {
            let has_subfolders = !self.selection.recursive && listing.has_subfolders;
            return Err(SourceError::EmptyFolder { path, has_subfolders });
        }
        for file in listing.files {
            self.add_file(file);
        }
        Ok(())
    }

    fn add_file(&mut self, path: PathBuf) {
        if self.seen.insert(without_dots(&path)) {
            self.sources.push(Source::file(path));
        }
    }
}

/// The path without `.` components: `./a.yaml` and `a.yaml` are the same file. `..` stays, since
/// what it means depends on links.
fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|component| *component != Component::CurDir).collect()
}

fn is_url(name: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| name.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// What a folder holds.
pub(super) struct Listing {
    /// Files with an extension that is read, by path bytes.
    pub files: Vec<PathBuf>,
    /// It holds folders.
    pub has_subfolders: bool,
}

/// The YAML and JSON files of a folder.
pub(super) fn list_folder(folder: &Path, recursive: bool) -> Result<Listing, SourceError> {
    let mut listing = Listing { files: Vec::new(), has_subfolders: false };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| SourceError::Unreadable { name: folder.display().to_string(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b"..") {
                continue;
            }
            let file_type = entry.file_type().map_err(unreadable)?;
            if file_type.is_dir() {
                listing.has_subfolders = true;
                if recursive {
                    folders.push(entry.path());
                }
            } else if is_manifest(&name) && (file_type.is_file() || file_type.is_symlink()) {
                let path = entry.path();
                // A link that leads nowhere is kept: opening it says so, leaving it out would not.
                let is_file =
                    file_type.is_file() || fs::metadata(&path).map_or(true, |target| target.is_file());
                if is_file {
                    listing.files.push(path);
                }
            }
        }
    }
    sort_by_bytes(&mut listing.files);
    Ok(listing)
}

/// Whether a file of a folder is read, by its name.
pub(super) fn is_manifest(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    [b".yaml".as_slice(), b".yml", b".json"].iter().any(|extension| name.ends_with(extension))
}

fn sort_by_bytes(paths: &mut [PathBuf]) {
    paths.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
}
