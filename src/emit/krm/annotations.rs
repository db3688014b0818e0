//! Annotations by which orchestrators remember where an item comes from and where it goes.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::Object;

/// The file of an item, relative to what the orchestrator works on (kyaml, `kio/kioutil`: `PathAnnotation`).
const PATH: &str = "internal.config.kubernetes.io/path";
/// The item's number in that file, from 0 (`IndexAnnotation`).
const INDEX: &str = "internal.config.kubernetes.io/index";
/// Both as they were called before (`LegacyPathAnnotation`, `LegacyIndexAnnotation`).
const LEGACY: [&str; 2] = ["config.kubernetes.io/path", "config.kubernetes.io/index"];

/// Where kustomize says that a resource comes from, with `buildMetadata: [originAnnotations]`: YAML with `path`, and
/// `repo` for what was fetched (kustomize, `api/resource/origin.go`).
const ORIGIN: &str = "config.kubernetes.io/origin";

/// A file, and which of its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// Slash-separated and relative.
    pub path: String,
    /// From 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

/// The file of an item. An index without a path is one in a stream and names no file.
#[must_use]
pub fn file(annotations: &BTreeMap<String, String>) -> Option<File> {
    let [legacy_path, legacy_index] = LEGACY;
    let either = |key: &str, legacy: &str| annotations.get(key).or_else(|| annotations.get(legacy));
    let Some(path) = either(PATH, legacy_path).filter(|path| !path.is_empty()) else {
        let origin = annotations.get(ORIGIN).filter(|origin| !origin.contains("repo: "))?;
        let path = origin.lines().find_map(|line| line.strip_prefix("path: "))?.trim();
        return Some(File { path: path.to_owned(), index: None });
    };
    Some(File { path: path.clone(), index: either(INDEX, legacy_index).and_then(|index| index.parse().ok()) })
}

/// Gives an object a file of its own beside that of its spec: `<namespace>/<kind>-<name>.yaml`, as in every folder that
/// this program writes.
pub fn put_beside(object: &mut Object, spec: &File) {
    // kustomize says where a resource comes from, and asks for no file.
    if spec.index.is_none() {
        return;
    }
    let folder = spec.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let separator = if folder.is_empty() { "" } else { "/" };
    let path = format!("{folder}{separator}{}", object.file_path());
    put_into(object, &File { path, index: Some(0) });
}

/// Puts an object where an earlier run has put it, or where somebody has moved it since.
pub fn put_into(object: &mut Object, file: &File) {
    let annotations = object.metadata_mut().annotations.get_or_insert_default();
    annotations.insert(PATH.to_owned(), file.path.clone());
    if let Some(index) = file.index {
        annotations.insert(INDEX.to_owned(), index.to_string());
    }
}
