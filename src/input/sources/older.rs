//! The same input as it was in an older commit.
//!
//! The files are laid out in a temporary folder, at their places below the top of the repository, so that folders,
//! patterns, links and kustomizations mean there what they mean here. Each source is called as the same file is called
//! now, so that findings of both can be compared.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::git::{Commit, Entry, GitError, Repository};
use super::select::is_manifest;
use super::{Origin, Selection, Source, SourceError, SourceName};

/// Rounds in which links of an older version are followed; Git itself has no links to links to links.
const LINK_ROUNDS: usize = 8;

/// The sources of an older version; their files are there as long as this lives.
#[derive(Debug)]
pub struct Older {
    /// The sources, in the order of the selection. What was not there yet is left out.
    pub sources: Vec<Source>,
    folder: tempfile::TempDir,
}

/// A path as it was typed, and where it is.
struct Named {
    typed: String,
    /// Path below the top of the work tree; `None` for what lies outside, which has no versions.
    inside: Option<PathBuf>,
}

impl Older {
    /// Lays out what a selection meant in a commit. `targets` are read beside it.
    ///
    /// # Errors
    ///
    /// When Git fails, or when the input is a stream, which has no versions. The inner error is that of an older
    /// input that cannot be selected.
    pub fn new(
        repository: &Repository,
        commit: &Commit,
        selection: &Selection,
        targets: &[String],
    ) -> Result<Result<Self, SourceError>, GitError> {
        let folder =
            tempfile::Builder::new().prefix("neo4j-backup-older-").tempdir().map_err(GitError::LayOut)?;
        let layout = Layout { repository, root: folder.path() };
        let names = layout.names(&selection.filenames)?;
        let target_names = layout.names(targets)?;
        let wanted = match &selection.kustomize {
            // A kustomization may take its parts from anywhere.
            Some(_) => vec![PathBuf::new()],
            None => names
                .iter()
                .chain(&target_names)
                .filter_map(|name| name.inside.as_deref())
                .map(fixed)
                .collect(),
        };
        layout.write(commit, wanted, selection.kustomize.is_some())?;
        let sources = layout.sources(selection, &names, &target_names);
        Ok(sources.map(|sources| Self { sources, folder }))
    }
}

impl Older {
    /// The sources with something before their names, as `main:` for `main:backups/nightly.yaml`.
    #[must_use]
    pub fn called(&self, before: &str) -> Vec<Source> {
        let name = |source: &Source| Arc::new(SourceName::new(format!("{before}{}", source.name)));
        self.sources.iter().map(|source| Source { name: name(source), ..source.clone() }).collect()
    }

    /// A text without the temporary folder, whose name means nothing to anybody and is another one each time.
    #[must_use]
    pub fn without_folder(&self, text: &str) -> String {
        let folder = self.folder.path().to_string_lossy();
        text.replace(&format!("{folder}/"), "").replace(&*folder, ".")
    }

    /// Whether a file, named as in findings, is byte for byte what it was. What was no file then, or is none now, is
    /// another one.
    #[must_use]
    pub fn is_same(&self, name: &str) -> bool {
        let older = self.sources.iter().find(|source| source.name.as_str() == name);
        match older.map(|source| &source.origin) {
            Some(Origin::File(path)) => {
                fs::read(path).is_ok_and(|older| fs::read(name).is_ok_and(|now| now == older))
            }
            _ => false,
        }
    }
}

struct Layout<'a> {
    repository: &'a Repository,
    root: &'a Path,
}

impl Layout<'_> {
    /// The paths of a list of `-f`; a comma list counts as several.
    fn names(&self, filenames: &[String]) -> Result<Vec<Named>, GitError> {
        let mut names = Vec::new();
        for raw in filenames {
            let parts: Vec<&str> = if raw.contains(',') && !Path::new(raw).exists() {
                raw.split(',').collect()
            } else {
                vec![raw]
            };
            for typed in parts {
                if typed == "-" {
                    return Err(GitError::StandardInput);
                }
                names.push(Named { typed: typed.to_owned(), inside: self.inside(Path::new(typed)) });
            }
        }
        Ok(names)
    }

    /// Where a path lies below the top of the work tree.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let top = self.repository.top();
        if path.is_relative() {
            return within(&self.repository.below().join(path));
        }
        if let Ok(inside) = path.strip_prefix(top) {
            return within(inside);
        }
        // The way to the work tree may lead over a link, which Git does not show.
        let real = path.ancestors().find_map(|above| {
            let rest = path.strip_prefix(above).ok()?;
            Some(above.canonicalize().ok()?.join(rest))
        })?;
        within(real.strip_prefix(top).ok()?)
    }

    /// Writes the files below some paths, and what links among them lead to.
    fn write(&self, commit: &Commit, mut wanted: Vec<PathBuf>, everything: bool) -> Result<(), GitError> {
        fs::create_dir_all(self.root.join(self.repository.below())).map_err(GitError::LayOut)?;
        let named: BTreeSet<PathBuf> = wanted.iter().cloned().collect();
        let mut done = HashSet::new();
        let mut links: Vec<(PathBuf, PathBuf)> = Vec::new();
        for _ in 0..LINK_ROUNDS {
            if wanted.is_empty() {
                break;
            }
            let mut entries = self.repository.entries(commit, &wanted)?;
            entries.retain(|entry| {
                let read = everything
                    || entry.is_link
                    || named.contains(&entry.path)
                    || wanted.contains(&entry.path)
                    || entry.path.file_name().is_some_and(is_manifest);
                read && done.insert(entry.path.clone())
            });
            let mut led = Vec::new();
            self.repository.contents(&entries, |entry: &Entry, content| {
                if entry.is_link {
                    led.push((entry.path.clone(), super::git::path_of(&content)));
                    return Ok(());
                }
                let path = self.root.join(&entry.path);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::write(path, content)
            })?;
            wanted = led.iter().filter_map(|(path, to)| within(&beside(path, to))).collect();
            links.append(&mut led);
        }
        // Files first: nothing is ever written through a link.
        for (path, to) in links {
            self.link(&path, &to).map_err(GitError::LayOut)?;
        }
        Ok(())
    }

    /// Makes a link that leads where it led: to the older file inside of the repository, to what is there now outside.
    fn link(&self, path: &Path, to: &Path) -> io::Result<()> {
        let to = match within(&beside(path, to)) {
            Some(inside) if to.is_relative() => self.root.join(inside),
            _ => self.repository.top().join(beside(path, to)),
        };
        let path = self.root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        make_link(&to, &path)
    }

    fn sources(
        &self,
        selection: &Selection,
        names: &[Named],
        targets: &[Named],
    ) -> Result<Vec<Source>, SourceError> {
        let mut sources = Vec::new();
        if let Some(folder) = &selection.kustomize {
            let name = Named { typed: folder.to_string_lossy().into_owned(), inside: self.inside(folder) };
            let (path, shown) = self.older_path(&name);
            if path.is_dir() {
                let selection = Selection { kustomize: Some(path), ..Selection::default() };
                sources.extend(selection.plan_sources()?.into_iter().map(|source| renamed(source, &shown)));
            }
        }
        let mut seen: HashSet<PathBuf> = HashSet::new();
        for (name, recursive) in names
            .iter()
            .map(|name| (name, selection.recursive))
            .chain(targets.iter().map(|name| (name, false)))
        {
            let (path, shown) = self.older_path(name);
            let mut pattern = path.to_string_lossy().into_owned();
            if !path.exists() {
                if !name.typed.contains(['*', '?', '[']) {
                    continue;
                }
                pattern = format!(
                    "{}{}",
                    glob::Pattern::escape(&shown.0),
                    pattern.get(shown.0.len()..).unwrap_or_default()
                );
            }
            let selection = Selection { filenames: vec![pattern], recursive, ..Selection::default() };
            match selection.plan_sources() {
                Ok(found) => sources.extend(
                    found
                        .into_iter()
                        .filter(|source| match &source.origin {
                            Origin::File(path) => seen.insert(path.components().collect()),
                            _ => true,
                        })
                        .map(|source| renamed(source, &shown)),
                ),
                // It was not there yet.
                Err(
                    SourceError::NotFound { .. }
                    | SourceError::NoMatch { .. }
                    | SourceError::EmptyFolder { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sources)
    }

    /// The path of the older version, with what of it to replace to get what was typed.
    fn older_path(&self, name: &Named) -> (PathBuf, (String, String)) {
        let typed = Path::new(&name.typed);
        let (base, rest, instead) = match &name.inside {
            None => return (typed.to_owned(), (String::new(), String::new())),
            Some(_) if typed.is_relative() => (self.root.join(self.repository.below()), typed, String::new()),
            Some(inside) => {
                let typed = name.typed.trim_end_matches('/');
                let end = inside.to_string_lossy();
                let instead = typed.strip_suffix(&*end).unwrap_or_default().to_owned();
                (self.root.to_owned(), inside.as_path(), instead)
            }
        };
        let mut base_text = base.to_string_lossy().into_owned();
        if !base_text.ends_with('/') {
            base_text.push('/');
        }
        // Joined as text: `./` and a trailing `/` stay, and show in the names of files as they do now.
        (PathBuf::from(format!("{base_text}{}", rest.to_string_lossy())), (base_text, instead))
    }
}

/// The source under the name that the same file has now.
fn renamed(source: Source, (base, instead): &(String, String)) -> Source {
    let name = source.name.as_str().strip_prefix(base.as_str()).map(|rest| format!("{instead}{rest}"));
    match name {
        Some(name) if !base.is_empty() => Source { name: Arc::new(SourceName::new(name)), ..source },
        _ => source,
    }
}

/// The part of a pattern that is a path: up to the first component with a wildcard.
fn fixed(path: &Path) -> PathBuf {
    path.components()
        .take_while(|component| {
            !component.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte))
        })
        .collect()
}

/// Where a link leads, seen from the folder that its path is relative to.
fn beside(link: &Path, to: &Path) -> PathBuf {
    link.parent().unwrap_or(Path::new("")).join(to)
}

/// A relative path without `.` and `..`; `None` when it leads out.
fn within(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

#[cfg(unix)]
fn make_link(to: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, path)
}

/// Where links need a right of their own, the file is copied.
#[cfg(not(unix))]
fn make_link(to: &Path, path: &Path) -> io::Result<()> {
    if to.is_file() { fs::copy(to, path).map(|_| ()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_repository_or_have_no_version() {
        let within = |text: &str| within(Path::new(text)).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(within("a/./b/../c").as_deref(), Some("a/c"));
        assert_eq!(within(".").as_deref(), Some(""));
        assert_eq!(within("a/../../b"), None);
        assert_eq!(within("/etc"), None);
    }

    #[test]
    fn a_pattern_is_searched_below_its_fixed_part() {
        let fixed = |text: &str| fixed(Path::new(text)).to_string_lossy().into_owned();
        assert_eq!(fixed("a/b/*.yaml"), "a/b");
        assert_eq!(fixed("**/x.yaml"), "");
        assert_eq!(fixed("a/b.yaml"), "a/b.yaml");
    }
}
