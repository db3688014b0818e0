//! Files that `kubectl apply -R -f` takes: one an object, in a folder a namespace.

use super::kustomize::About;
use super::{EmitError, Form, Manifest, Rendition, Section, Tree, templates};

/// The form without a tool of its own.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Form for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn folder(&self, environment: Option<&str>, section: Section) -> String {
        let folder = match section {
            Section::Definitions => return "crds".to_owned(),
            Section::Workloads | Section::Once => "workloads",
            Section::Specs => "specs",
        };
        super::kustomize::in_environment(environment, folder)
    }

    fn decorate(&self, _: Section, _: &mut Manifest) {}

    fn files(&self, renditions: &[Rendition], into: &mut Tree) -> Result<(), EmitError> {
        let text = templates::fill("plain.md.j2", &About::new(self, renditions))?;
        into.insert("README.md", text)
    }
}
