//! The texts that are text by nature, from `templates/emit`.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::{EmitError, Tree, manifest, tree};

macro_rules! template {
    ($name:literal) => {
        ($name, include_str!(concat!("../../templates/emit/", $name)))
    };
}

const TEMPLATES: &[(&str, &str)] = &[
    template!("kustomization.yaml.j2"),
    template!("about.md.j2"),
    template!("plain.md.j2"),
    template!("kustomize.md.j2"),
    template!("argocd.md.j2"),
    template!("argocd-plugin.md.j2"),
    template!("with/iam.md.j2"),
    template!("with/lifecycle.md.j2"),
    template!("with/networkpolicy.md.j2"),
    template!("flux.md.j2"),
];

/// A template, filled in.
///
/// # Errors
///
/// When the template and the values do not fit, which a test rules out.
pub(super) fn fill<S: Serialize>(name: &str, values: &S) -> Result<String, EmitError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?,
    );
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment.get_template(name)?.render(Serde(values))?)
}

#[derive(Serialize)]
struct Kustomization<'a> {
    header: &'static str,
    resources: Vec<&'a str>,
}

/// Adds the `kustomization.yaml` of a folder, which names its files in order (peers.md §5.3).
pub(super) fn kustomization(
    folder: &str,
    mut resources: Vec<&str>,
    into: &mut Tree,
) -> Result<(), EmitError> {
    resources.sort_unstable();
    let text = fill("kustomization.yaml.j2", &Kustomization { header: manifest::HEADER, resources })?;
    into.insert(tree::join(folder, "kustomization.yaml"), text)
}
