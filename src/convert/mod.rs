//! Specs from one language into another: ours, the operator's two, the neo4j.com operator's, and the values of the
//! Helm chart `neo4j-admin` (operator.md §1, §5; peers.md §2).
//!
//! A document becomes a tree that knows the places and comments of its text ([`tree`]); a table a language says what
//! its fields are called here, and is read in both directions ([`table`]); what no row can say is done by hand in the
//! file of that language. Everything goes through our language: from one foreign language to another are two steps.
//! Nothing is dropped without a finding: a field that was not converted is still in the tree at the end, and told.

mod common;
mod dialect;
mod helm;
mod helm_release;
mod helm_storage;
mod official_backup;
mod official_places;
mod official_restore;
mod operator_backup;
mod operator_restore;
mod operator_storage;
mod pass;
mod read;
mod table;
mod tree;
mod url;
mod write;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;

pub use dialect::Dialect;

use crate::api;
use crate::diagnostics::{Severity, codes};
use crate::input::locate::Finding;
use crate::input::yaml;

use official_backup::Shape;
use pass::{Pass, Way};
use tree::{Body, Comments, Entry, Node};

/// What is converted into what.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The language that comes out.
    pub to: Dialect,
    /// The language that goes in; without it each document says it itself.
    pub from: Option<Dialect>,
    /// Name of the spec that chart values become.
    pub name: Option<String>,
    /// Name of the deployment that chart values back up.
    pub target: Option<String>,
    /// Namespace of what names none.
    pub namespace: Option<String>,
}

/// What became of a document.
#[derive(Debug)]
pub enum Outcome {
    /// Documents in the other language, none when a finding is an error; and what is to be said.
    Converted {
        /// Their texts.
        documents: Vec<String>,
        /// Findings, with fields of the document that was read.
        findings: Vec<Finding>,
    },
    /// It speaks that language already.
    Same,
    /// It is no spec.
    Other,
}

/// Converts a document. `text` is what the places of `root` are places in.
#[must_use]
pub fn convert(text: &str, root: &yaml::Node<'_>, settings: &Settings) -> Outcome {
    let document = read::tree(text, root);
    let target = document.text_at("apiVersion") == Some(api::CONFIG_API_VERSION)
        && document.text_at("kind") == Some("Neo4jTarget");
    if target && settings.to == Dialect::V1alpha1 {
        return Outcome::Same;
    }
    let found = Dialect::of(&document);
    let values = settings.from == Some(Dialect::Helm)
        && document.get("apiVersion").is_none()
        && document.get("kind").is_none()
        && matches!(document.body, Body::Map { .. });
    let from = match (settings.from, found) {
        (Some(_), _) if values => Dialect::Helm,
        (Some(stated), found) if stated.allows(found) => stated,
        (Some(_), None) | (None, None) => return Outcome::Other,
        (Some(stated), Some(found)) => {
            let message =
                format!("this document speaks the language of {}, not of {}", found.name(), stated.name());
            let finding = Finding::new(&codes::FOREIGN_DIALECT, "apiVersion", message)
                .help("leave `--from` out: documents of groups and versions say themselves what they are");
            return Outcome::Converted { documents: Vec::new(), findings: vec![finding] };
        }
        (None, Some(found)) => found,
    };
    if from == settings.to {
        return Outcome::Same;
    }
    let mut findings = Vec::new();
    let surroundings = helm::Surroundings {
        name: settings.name.clone(),
        target: settings.target.clone(),
        namespace: settings.namespace.clone(),
    };
    let ours = match from {
        Dialect::V1alpha1 => vec![document],
        Dialect::Helm => vec![chart(document, values, &surroundings, &mut findings)],
        _ => into_ours(document, from, &mut findings),
    };
    let failed = |findings: &[Finding]| findings.iter().any(|finding| finding.severity == Severity::Error);
    let converted = if settings.to == Dialect::V1alpha1 || failed(&findings) {
        ours
    } else {
        ours.into_iter().map(|document| out_of_ours(document, settings.to, &mut findings)).collect()
    };
    let documents =
        if failed(&findings) { Vec::new() } else { converted.iter().map(write::document).collect() };
    Outcome::Converted { documents, findings }
}

/// A document as it is, in lines of its own: an item of a list that speaks the language already.
#[must_use]
pub fn rewrite(text: &str, root: &yaml::Node<'_>) -> String {
    write::document(&read::tree(text, root))
}

fn kind_of(document: &Node) -> String {
    document.text_at("kind").unwrap_or_default().to_owned()
}

fn into_ours(document: Node, from: Dialect, findings: &mut Vec<Finding>) -> Vec<Node> {
    let kind = kind_of(&document);
    if from != Dialect::Official {
        return vec![operator(Pass::new(document, from, Way::In), &kind, findings)];
    }
    match kind.as_str() {
        "Neo4jRestore" => official_restore::split(document, findings)
            .into_iter()
            .map(|document| {
                let mut pass = Pass::new(document, from, Way::In);
                common::of_the_cluster(&mut pass);
                official_restore::before(&mut pass);
                pass.table(&official_restore::rows());
                official_restore::after(&mut pass);
                finish(pass, "Neo4jRestore", findings)
            })
            .collect(),
        "Neo4jBackupSchedule" => schedule(document, findings),
        _ => vec![backup(Pass::new(document, from, Way::In), Shape::Once, findings)],
    }
}

/// A schedule with two cadences becomes two specs that write into one folder.
fn schedule(document: Node, findings: &mut Vec<Finding>) -> Vec<Node> {
    let mut incremental = document.clone();
    let mut full = document;
    let second = full.take("spec.incremental");
    let full_name = full.text_at("metadata.name").unwrap_or_default().to_owned();
    let mut documents = vec![backup(Pass::new(full, Dialect::Official, Way::In), Shape::Full, findings)];
    let Some(second) = second else { return documents };
    incremental.take("spec.full");
    incremental.take("spec.aggregate");
    let mut pass = Pass::new(incremental, Dialect::Official, Way::In);
    let name = format!("{full_name}-incremental");
    pass.respelled(&second.node.from, &format!("it becomes a Neo4jBackup of its own, `{name}`"));
    if let Some(entry) = pass.source.entry_mut("metadata.name") {
        entry.node = Node::text(&entry.node.from, &name);
    }
    documents.push(backup(pass, Shape::Incremental, findings));
    documents
}

fn backup(mut pass: Pass, shape: Shape, findings: &mut Vec<Finding>) -> Node {
    let kind = match (pass.way, shape) {
        (Way::Out, Shape::Full | Shape::Incremental) => "Neo4jBackupSchedule",
        _ => "Neo4jBackup",
    };
    common::of_the_cluster(&mut pass);
    official_backup::before(&mut pass, shape);
    pass.table(&official_backup::rows(shape));
    official_backup::after(&mut pass, shape);
    finish(pass, kind, findings)
}

fn out_of_ours(document: Node, to: Dialect, findings: &mut Vec<Finding>) -> Node {
    let kind = kind_of(&document);
    let pass = Pass::new(document, to, Way::Out);
    if to != Dialect::Official {
        return operator(pass, &kind, findings);
    }
    if kind == "Neo4jRestore" {
        let mut pass = pass;
        common::of_the_cluster(&mut pass);
        official_restore::before(&mut pass);
        pass.table(&official_restore::rows());
        return finish(pass, &kind, findings);
    }
    let shape = if pass.source.get("spec.schedule").is_some_and(Node::says_something) {
        Shape::Full
    } else {
        Shape::Once
    };
    backup(pass, shape, findings)
}

fn operator(mut pass: Pass, kind: &str, findings: &mut Vec<Finding>) -> Node {
    common::of_the_cluster(&mut pass);
    let dialect = pass.other;
    if kind == "Neo4jRestore" {
        operator_restore::before(&mut pass);
        pass.table(&operator_restore::rows(dialect));
        operator_restore::after(&mut pass);
    } else {
        operator_backup::before(&mut pass);
        pass.table(&operator_backup::rows(dialect));
        operator_backup::after(&mut pass);
    }
    finish(pass, kind, findings)
}

fn chart(
    document: Node,
    values: bool,
    surroundings: &helm::Surroundings,
    findings: &mut Vec<Finding>,
) -> Node {
    let variables = helm_release::variables(&document);
    let (values, surroundings) =
        if values { (document, surroundings.clone()) } else { helm_release::values(&document, surroundings) };
    let mut source = Node::map("");
    source.set("spec", values);
    let mut pass = Pass::new(source, Dialect::Helm, Way::In);
    helm::before(&mut pass, &surroundings);
    pass.table(&helm::rows());
    helm::after(&mut pass);
    let mut said = Vec::new();
    let document = finish(pass, "Neo4jBackup", &mut said);
    for finding in &mut said {
        for (path, variable) in &variables {
            if finding.message.contains(path) {
                finding.message = finding.message.replace(path, variable);
            }
        }
    }
    findings.append(&mut said);
    document
}

/// The head of the document, and what nobody converted.
fn finish(mut pass: Pass, kind: &str, findings: &mut Vec<Finding>) -> Node {
    let api_version = match (pass.way, pass.other) {
        (Way::In, _) | (Way::Out, Dialect::OperatorV1alpha1 | Dialect::V1alpha1 | Dialect::Helm) => {
            api::API_VERSION
        }
        (Way::Out, Dialect::V1beta1) => "neo4j.neo4j.com/v1beta1",
        // operator.md §5.2: v1beta1 first, v1 now.
        (Way::Out, Dialect::Official) => "neo4j.com/v1",
    };
    let mut document = Node::map("");
    for (key, text) in [("apiVersion", Some(api_version)), ("kind", Some(kind)), ("metadata", None)] {
        let taken = pass.source.take(key);
        let entry = match (taken, text) {
            (Some(entry), Some(text)) if entry.node.as_text() != Some(text) => {
                Some(Entry { node: Node::text(&entry.node.from, text), ..entry })
            }
            (None, Some(text)) => {
                Some(Entry { key: String::new(), comments: Comments::default(), node: Node::text(key, text) })
            }
            (taken, _) => taken,
        };
        if let Some(entry) = entry {
            document.put(key, entry);
        }
    }
    if pass.way == Way::Out
        && let Some(first) = document.entry_mut("apiVersion")
    {
        // It names the schema of our language.
        first.comments.before.retain(|line| !line.contains("yaml-language-server:"));
    }
    let left: Vec<Entry> = match &mut pass.source.body {
        Body::Map { entries, .. } => std::mem::take(entries),
        _ => Vec::new(),
    };
    for entry in left {
        if entry.node.says_something() {
            pass.unknown(&entry.node);
        }
    }
    if let Some(spec) = pass.out.take("spec") {
        document.put("spec", spec);
    } else if !pass.failed() {
        pass.missing("spec", "say what is backed up, and where to");
    }
    findings.append(&mut pass.findings);
    document
}
