//! The `functionConfig` of a `ResourceList`: a ConfigMap, as kpt makes one of `configMap` and as kustomize takes one,
//! or our own `Neo4jBackupFunction`, whose `spec` has the same keys.

use std::sync::Arc;

use crate::api;
use crate::diagnostics::{Diagnostic, DocumentId, Place, codes};

use super::document::Origin;
use super::sources::RawDocument;
use super::spelling;
use super::walk::Sink;
use super::yaml::{self, Mapping, Node, Value};

/// Our own kind, in the group of [`api::CONFIG_GROUP`].
pub const KIND: &str = "Neo4jBackupFunction";

/// A setting, as written.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its key.
    pub key: String,
    /// Its value.
    pub text: String,
    /// Where the value stands.
    pub place: Place,
}

/// What a configuration says.
#[derive(Debug)]
pub struct FunctionConfig {
    /// The settings, in the order written.
    pub settings: Vec<Setting>,
    /// Findings about them.
    pub diagnostics: Vec<Diagnostic>,
    /// The text, for excerpts.
    pub origin: Arc<Origin>,
    /// Where the configuration as a whole stands.
    pub place: Place,
}

/// Reads a configuration. `known` are the keys that there are.
#[must_use]
pub fn read(document: RawDocument, known: &[&str]) -> FunctionConfig {
    let origin = Arc::new(Origin::new(
        document.source.as_str().into(),
        document.text.into_boxed_str(),
        document.first_line,
        document.offset,
    ));
    let mut sink = Sink::new(&origin);
    let parsed = yaml::parse(&origin.text, &yaml::Limits::default());
    for problem in &parsed.problems {
        sink.report(&codes::YAML_SYNTAX, problem.span, "", problem.message.clone())
            .help
            .clone_from(&problem.help);
    }
    let mut settings = Vec::new();
    let mut place = sink.place(yaml::Span::default(), "");
    if let Some(root) = parsed.root.as_ref().filter(|root| !root.is_null()) {
        sink.id = Some(Arc::new(identify(root)));
        place = sink.place(
            root.as_mapping().and_then(|map| map.entries.first()).map_or(root.span, |e| e.key_span),
            "",
        );
        settings = root_settings(&mut sink, root, known);
    }
    let diagnostics = std::mem::take(&mut sink.diagnostics);
    drop(sink);
    FunctionConfig { settings, diagnostics, origin, place }
}

fn text<'n>(node: &'n Node<'_>, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

fn identify(root: &Node<'_>) -> DocumentId {
    let metadata = |key: &str| {
        let value = root.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Node::as_str);
        value.map(str::to_owned)
    };
    DocumentId {
        api_version: text(root, "apiVersion").to_owned(),
        kind: text(root, "kind").to_owned(),
        namespace: metadata("namespace"),
        name: metadata("name"),
    }
}

fn root_settings(sink: &mut Sink<'_>, root: &Node<'_>, known: &[&str]) -> Vec<Setting> {
    let (group, _) = text(root, "apiVersion").split_once('/').unwrap_or_default();
    let section = match (text(root, "apiVersion"), text(root, "kind")) {
        ("v1", "ConfigMap") => "data",
        (_, KIND) if group == api::CONFIG_GROUP => "spec",
        (version, kind) => {
            let span = root.get("kind").map_or(root.span, |node| node.span);
            let message = match kind {
                "" => "the configuration of the function has no `kind`".to_owned(),
                kind => format!("a {kind} of `{version}` cannot configure this function"),
            };
            sink.report(&codes::FUNCTION_KIND, span, "kind", message).help = Some(format!(
                "write `apiVersion: v1` and `kind: ConfigMap` with the settings in `data`, or `apiVersion: {}/{}` and \
                 `kind: {KIND}` with them in `spec`",
                api::CONFIG_GROUP,
                api::VERSION
            ));
            return Vec::new();
        }
    };
    let Some(mapping) = root.as_mapping() else { return Vec::new() };
    let top = ["apiVersion", "kind", "metadata", section];
    unknown(sink, "", mapping, &top);
    let Some(node) = root.get(section).filter(|node| !node.is_null()) else { return Vec::new() };
    let Value::Mapping(mapping) = &node.value else {
        let message = format!("`{section}` takes a mapping");
        sink.report(&codes::FUNCTION_VALUE, node.span, section, message).help =
            Some(format!("write the settings below `{section}`, one a line"));
        return Vec::new();
    };
    unknown(sink, section, mapping, known);
    let mut settings = Vec::new();
    for entry in mapping.entries.iter().filter(|entry| known.contains(&entry.key.as_ref())) {
        let field = super::field::key(section, &entry.key);
        match entry.value.as_scalar() {
            Some(scalar) if !entry.value.is_null() => settings.push(Setting {
                key: entry.key.to_string(),
                text: scalar.text.to_string(),
                place: sink.place(entry.value.span, &field),
            }),
            _ => {
                let message = format!("`{}` has no value that can be read", entry.key);
                sink.report(&codes::FUNCTION_VALUE, entry.key_span, &field, message).help =
                    Some("write one value, or leave the key out".to_owned());
            }
        }
    }
    settings
}

fn unknown(sink: &mut Sink<'_>, path: &str, mapping: &Mapping<'_>, known: &[&str]) {
    for entry in mapping.entries.iter().filter(|entry| !known.contains(&entry.key.as_ref())) {
        let help = match spelling::closest(&entry.key, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!(
                "there are {}",
                known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        let field = super::field::key(path, &entry.key);
        let message = format!("`{}` is no setting of this function", entry.key);
        sink.report(&codes::FUNCTION_SETTING, entry.key_span, &field, message).help = Some(help);
    }
}
