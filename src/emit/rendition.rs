//! What specs become in one environment: objects, decorated for the form, as texts in the tree.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::with::{self, Addition, Topic};
use super::{EmitError, Form, Manifest, Tree, manifest, once, tree};
use crate::bundle::Bundle;
use crate::diagnostics::Diagnostic;
use crate::input::document::{Content, Document};
use crate::input::locate;
use crate::render::{Detail, Object};
use crate::rules::Context;

/// Which part of a bundle an object is in. Each may be rolled out by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The CustomResourceDefinitions.
    Definitions,
    /// What runs again and again, with all that it needs.
    Workloads,
    /// What runs once, with the files that it alone reads.
    Once,
    /// The specs themselves.
    Specs,
}

impl Section {
    /// All, in the order in which they are rolled out.
    pub const ALL: [Self; 4] = [Self::Definitions, Self::Workloads, Self::Once, Self::Specs];
}

/// An object of a bundle, as far as the files around it have to know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Where it is.
    pub section: Section,
    /// Path of its file below the folder of its section.
    pub file: String,
    /// `batch/v1`.
    pub api_version: String,
    /// `CronJob`.
    pub kind: String,
    /// Namespace; empty for what lives in none.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Seconds that a run of it may take, with all retries; `None` where nothing bounds it.
    pub longest_run: Option<i64>,
}

/// The specs of an input in one environment.
#[derive(Clone, Debug)]
pub struct Rendition {
    /// Its name; `None` where there is but one.
    pub environment: Option<String>,
    /// Everything that was written, in the order of the files.
    pub listed: Vec<Listed>,
    /// Names of the backups, `namespace/name`, in order.
    pub backups: Vec<String>,
    /// Hash of the specs that it was made from: hexadecimal SHA-256 of their canonical forms.
    pub specs_hash: String,
    /// Files beside the objects that no controller reads: lifecycle rules, policies.
    pub files: Vec<String>,
}

impl Rendition {
    /// What is in a section.
    pub fn section(&self, section: Section) -> impl Iterator<Item = &Listed> {
        self.listed.iter().filter(move |listed| listed.section == section)
    }

    /// Whether a section has objects.
    #[must_use]
    pub fn has(&self, section: Section) -> bool {
        self.section(section).next().is_some()
    }
}

/// What is wanted of one environment.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Its name.
    pub environment: Option<String>,
    /// The CustomResourceDefinitions too.
    pub definitions: bool,
    /// The specs too.
    pub specs: bool,
    /// What else goes with the backups.
    pub topics: Vec<Topic>,
    /// Settings of those.
    pub with: with::Settings,
}

/// Writes the objects of one environment into the tree, and says what there is to say about specs that cannot be
/// written as they stand.
///
/// # Errors
///
/// See [`EmitError`].
pub fn render(
    form: &dyn Form,
    bundle: &Bundle<'_>,
    context: &Context<'_>,
    request: &Request,
    into: &mut Tree,
) -> Result<(Rendition, Vec<Diagnostic>), EmitError> {
    let mut written = Vec::new();
    let mut findings = Vec::new();
    if request.definitions {
        for text in
            [include_str!("../../crds/neo4jbackups.yaml"), include_str!("../../crds/neo4jrestores.yaml")]
        {
            let value: Value = serde_yaml::from_str(text).map_err(std::io::Error::other)?;
            written.push(write(form, Section::Definitions, Manifest::Other(value), None)?);
        }
    }
    let namespaces: Vec<&[usize]> = bundle.namespaces().collect();
    let mut specs: Vec<usize> = namespaces.iter().copied().flatten().copied().collect();
    let shared: Vec<Result<Vec<Written>, EmitError>> = namespaces
        .into_par_iter()
        .map(|namespace| {
            let shared = bundle.shared_objects(namespace).into_iter();
            shared
                .map(|rendered| write(form, Section::Workloads, Manifest::Ours(rendered.object), None))
                .collect()
        })
        .collect();
    for part in shared {
        written.extend(part?);
    }
    specs.retain(|index| context.documents.get(*index).is_some_and(|document| document.backup().is_some()));
    let own: Vec<Result<Own, EmitError>> =
        specs.clone().into_par_iter().map(|index| of_spec(form, bundle, context, request, index)).collect();
    let mut hash = Sha256::new();
    let mut backups = Vec::with_capacity(specs.len());
    for part in own {
        let part = part?;
        hash.update(part.canonical.as_bytes());
        hash.update(b"\n");
        backups.push(part.name);
        written.extend(part.written);
        findings.extend(part.findings);
    }
    let mut files = Vec::new();
    if !request.topics.is_empty() {
        let facts = with::Facts::new(bundle, context, &specs, &request.with);
        for topic in &request.topics {
            let additions = topic.additions(&facts)?;
            findings.extend(additions.findings);
            for addition in additions.additions {
                match addition {
                    Addition::Manifest(value) => {
                        written.push(write(form, Section::Workloads, Manifest::Other(value), None)?);
                    }
                    Addition::File { path, text } => {
                        let path = match &request.environment {
                            None => path,
                            Some(name) => format!("environments/{name}/{path}"),
                        };
                        into.insert(path.as_str(), text)?;
                        files.push(path);
                    }
                }
            }
        }
    }
    let mut listed = Vec::with_capacity(written.len());
    for (entry, text) in written {
        let folder = form.folder(request.environment.as_deref(), entry.section);
        into.insert(tree::join(&folder, &entry.file), text)?;
        listed.push(entry);
    }
    listed.sort();
    let specs_hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let environment = request.environment.clone();
    Ok((Rendition { environment, listed, backups, specs_hash, files }, findings))
}

type Written = (Listed, String);

fn write(
    form: &dyn Form,
    section: Section,
    mut manifest: Manifest,
    longest_run: Option<i64>,
) -> Result<Written, EmitError> {
    form.decorate(section, &mut manifest);
    let text = manifest.text()?;
    let listed = Listed {
        section,
        file: manifest.file(),
        api_version: manifest.api_version().to_owned(),
        kind: manifest.kind().to_owned(),
        namespace: manifest.namespace().to_owned(),
        name: manifest.name().to_owned(),
        longest_run,
    };
    Ok((listed, text))
}

/// What one spec gives.
struct Own {
    name: String,
    canonical: String,
    written: Vec<Written>,
    findings: Vec<Diagnostic>,
}

fn of_spec(
    form: &dyn Form,
    bundle: &Bundle<'_>,
    context: &Context<'_>,
    request: &Request,
    index: usize,
) -> Result<Own, EmitError> {
    let mut own =
        Own { name: String::new(), canonical: String::new(), written: Vec::new(), findings: Vec::new() };
    let Some(document) = context.documents.get(index) else { return Ok(own) };
    let Some(spec) = document.backup() else { return Ok(own) };
    let namespace = context.namespace(document);
    own.name = format!("{namespace}/{}", document.metadata.name);
    own.canonical = json!({"namespace": namespace, "name": document.metadata.name, "spec": spec}).to_string();
    let section = if spec.schedule.is_some() { Section::Workloads } else { Section::Once };
    own.findings.extend(locate::diagnostics(document, form.findings(spec), context.documents));
    for rendered in bundle.own_objects_with(index, Detail::Objects) {
        let mut object = rendered.object;
        let findings = once::adapt(&document.metadata.name, spec, &mut object);
        own.findings.extend(locate::diagnostics(document, findings, context.documents));
        let longest_run = longest_run(&object);
        own.written.push(write(form, section, Manifest::Ours(object), longest_run)?);
    }
    if request.specs {
        own.written.push(write(form, Section::Specs, Manifest::Other(resource(document, namespace)?), None)?);
    }
    Ok(own)
}

/// Seconds after which a Job has ended one way or the other: each try has its deadline, and the controller waits 10 s,
/// 20 s, 40 s and so on, at most six minutes, before the next (Kubernetes documentation, "Pod backoff failure policy").
fn longest_run(object: &Object) -> Option<i64> {
    let Object::Job(job) = object else { return None };
    let spec = job.spec.as_ref()?;
    let deadline = spec.template.spec.as_ref()?.active_deadline_seconds?;
    let retries = i64::from(spec.backoff_limit.unwrap_or(6));
    let pauses: i64 = (0..retries.min(64)).map(|retry| (10_i64 << retry.min(6)).min(360)).sum();
    Some(deadline.saturating_mul(retries + 1).saturating_add(pauses))
}

/// A spec as the object that it is.
fn resource(document: &Document, namespace: &str) -> Result<Value, EmitError> {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(document.metadata.name));
    metadata.insert("namespace".to_owned(), json!(namespace));
    let unset = |key: &String| key != "kubectl.kubernetes.io/last-applied-configuration";
    for (key, map) in [("labels", &document.metadata.labels), ("annotations", &document.metadata.annotations)]
    {
        let map: BTreeMap<&String, &String> = map.iter().filter(|(key, _)| unset(key)).collect();
        if !map.is_empty() {
            metadata.insert(key.to_owned(), json!(map));
        }
    }
    let Content::Backup(spec) = &document.content else { return Ok(Value::Null) };
    Ok(json!({
        "apiVersion": "neo4j.neo4j.com/v1alpha1",
        "kind": "Neo4jBackup",
        "metadata": metadata,
        "spec": serde_json::to_value(spec)?,
    }))
}

/// Appends the text of an object that a form writes for its controller.
///
/// # Errors
///
/// Only when the serializer refuses a value.
pub fn controller_object(value: &Value) -> Result<String, EmitError> {
    let mut text = manifest::HEADER.to_owned();
    manifest::write_value(value, &mut text)?;
    Ok(text)
}
