//! A kustomize base, and an environment beside it for each that is rendered again.
//!
//! The environments are no overlays: a transformer would move objects to another namespace and leave the addresses in
//! their arguments behind (DESIGN.md, "Namespaces").

use serde::Serialize;

use super::{EmitError, Form, Listed, Manifest, Rendition, Section, Tree, templates};

/// The form for `kubectl apply -k` and for whoever builds on a base.
#[derive(Clone, Copy, Debug)]
pub struct Kustomize;

impl Form for Kustomize {
    fn name(&self) -> &'static str {
        "kustomize"
    }

    fn has_base(&self) -> bool {
        true
    }

    fn folder(&self, environment: Option<&str>, section: Section) -> String {
        match (section, environment) {
            (Section::Definitions, _) => "crds".to_owned(),
            (Section::Workloads | Section::Once, None) => "base".to_owned(),
            (Section::Workloads | Section::Once, Some(name)) => format!("environments/{name}"),
            (Section::Specs, None) => "specs".to_owned(),
            (Section::Specs, Some(name)) => format!("specs/{name}"),
        }
    }

    fn decorate(&self, _: Section, _: &mut Manifest) {}

    fn files(&self, renditions: &[Rendition], into: &mut Tree) -> Result<(), EmitError> {
        kustomizations(self, renditions, into)?;
        let text = templates::fill("kustomize.md.j2", &About::new(self, renditions))?;
        into.insert("README.md", text)
    }
}

/// `folder`, or `environments/NAME/folder`.
pub(super) fn in_environment(environment: Option<&str>, folder: &str) -> String {
    match environment {
        None => folder.to_owned(),
        Some(name) => format!("environments/{name}/{folder}"),
    }
}

/// Adds a `kustomization.yaml` to every folder of a section that has objects.
pub(super) fn kustomizations(
    form: &dyn Form,
    renditions: &[Rendition],
    into: &mut Tree,
) -> Result<(), EmitError> {
    let mut folders: std::collections::BTreeMap<String, Vec<&str>> = std::collections::BTreeMap::new();
    for rendition in renditions {
        for listed in &rendition.listed {
            let folder = form.folder(rendition.environment.as_deref(), listed.section);
            folders.entry(folder).or_default().push(&listed.file);
        }
    }
    for (folder, files) in folders {
        templates::kustomization(&folder, files, into)?;
    }
    Ok(())
}

/// What the README of a bundle says of it.
#[derive(Debug, Serialize)]
pub(super) struct About<'a> {
    form: &'static str,
    /// Version of this program.
    version: &'static str,
    renditions: Vec<AboutRendition<'a>>,
    /// There are CustomResourceDefinitions.
    definitions: bool,
    /// There are specs.
    specs: bool,
    /// There are environments.
    environments: bool,
}

/// One environment in a README.
#[derive(Debug, Serialize)]
pub(super) struct AboutRendition<'a> {
    /// Empty where there is but one.
    environment: &'a str,
    /// Folder of what runs again and again.
    workloads: String,
    /// Folder of what runs once.
    once: String,
    /// Folder of the specs.
    specs: String,
    specs_hash: &'a str,
    backups: usize,
    objects: Vec<AboutObject<'a>>,
    /// There are Jobs that run once.
    has_once: bool,
    /// There is something beside those.
    has_workloads: bool,
    /// There are claims.
    has_claims: bool,
    /// Files that no controller reads.
    files: &'a [String],
}

/// A row of the table of objects: a long list is counted and not told.
#[derive(Debug, Serialize)]
pub(super) struct AboutObject<'a> {
    namespace: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> About<'a> {
    pub(super) fn new(form: &dyn Form, renditions: &'a [Rendition]) -> Self {
        let one = |rendition: &'a Rendition| {
            let environment = rendition.environment.as_deref();
            let folder = |section| form.folder(environment, section);
            let row = |listed: &'a Listed| AboutObject {
                namespace: &listed.namespace,
                kind: &listed.kind,
                name: &listed.name,
            };
            let shown = |listed: &&Listed| matches!(listed.section, Section::Workloads | Section::Once);
            let is_claim = |listed: &Listed| listed.kind == "PersistentVolumeClaim";
            AboutRendition {
                environment: environment.unwrap_or_default(),
                workloads: folder(Section::Workloads),
                once: folder(Section::Once),
                specs: folder(Section::Specs),
                specs_hash: &rendition.specs_hash,
                backups: rendition.backups.len(),
                objects: rendition.listed.iter().filter(shown).map(row).collect(),
                has_once: rendition.has(Section::Once),
                has_workloads: rendition.has(Section::Workloads),
                has_claims: rendition.listed.iter().any(is_claim),
                files: &rendition.files,
            }
        };
        let any = |section| renditions.iter().any(|rendition| rendition.has(section));
        Self {
            form: form.name(),
            version: env!("CARGO_PKG_VERSION"),
            renditions: renditions.iter().map(one).collect(),
            definitions: any(Section::Definitions),
            specs: any(Section::Specs),
            environments: renditions.iter().any(|rendition| rendition.environment.is_some()),
        }
    }
}
