//! Reads the sources and turns their texts into documents, on all cores, in an
//! order that does not depend on
//! theirs.

use std::io::Read;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelBridge, ParallelIterator};

use crate::api::shape::{self, Shape};
use crate::api::{Neo4jBackupSpec, Neo4jRestoreSpec, Neo4jTargetSpec};
use crate::diagnostics::{Diagnostic, DocumentId, Place, Position, Severity, Span as PlaceSpan, codes};

use super::decode::decode;
use super::dialect::{self, Recognition};
use super::document::{Content, Document, Metadata, Origin};
use super::field;
use super::foreign::{Claim, HelmStatefulSet, OperatorDeployment, StatefulSetSpec};
use super::resource_list::Identified;
use super::sources::{
    Batch, Documents, RawDocument, ReadError, ReadLimits, ReadProblem, ReadProblemKind, Source, SourceError,
};
use super::suppress::{self, Suppression};
use super::walk::{Sink, walk};
use super::yaml::{self, Entry, Node, Problem, ProblemKind, Resolved, Value};

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Documents that mean something to this program, by path and place.
    pub documents: Vec<Document>,
    /// Findings about their text and their fields.
    pub diagnostics: Vec<Diagnostic>,
    /// Texts that findings above stand in, for excerpts.
    pub origins: Vec<Arc<Origin>>,
    /// Comments that accept findings.
    pub suppressions: Vec<Suppression>,
    /// Documents of other kinds, left alone.
    pub others: usize,
}

impl Loaded {
    /// Brings the documents into an order that does not depend on the order in which sources were named, because
    /// what is found and rendered must not either (DESIGN.md law 2).
    fn sort(&mut self) {
        let key = |document: &Document| (Arc::clone(&document.origin.path), document.origin.offset);
        if !self.documents.is_sorted_by_key(key) {
            self.documents.sort_by_key(key);
        }
    }

    /// Takes over everything of another input.
    pub fn append(&mut self, mut other: Self) {
        self.documents.append(&mut other.documents);
        self.diagnostics.append(&mut other.diagnostics);
        self.origins.append(&mut other.origins);
        self.suppressions.append(&mut other.suppressions);
        self.others += other.others;
    }
}

/// Bytes of text that one worker takes at a time.
const BATCH: usize = 256 * 1024;

/// Reads all sources.
///
/// # Errors
///
/// When a source cannot be opened or read.
pub fn load(sources: &[Source], stdin: impl Read + Send) -> Result<Loaded, SourceError> {
    let mut batches = Documents::new(sources, stdin, ReadLimits::default()).batches(BATCH);
    let Some(first) = batches.next() else { return Ok(Loaded::default()) };
    // One spec is the common case in a hand-typed command; a thread pool would cost more than reading it.
    let Some(second) = batches.next() else {
        let mut loaded = process_batch(first).1?;
        loaded.sort();
        return Ok(loaded);
    };
    let mut parts: Vec<(usize, Result<Loaded, SourceError>)> =
        [first, second].into_iter().chain(batches).par_bridge().map(process_batch).collect();
    parts.sort_by_key(|(number, _)| *number);
    let mut loaded = Loaded::default();
    for (_, part) in parts {
        loaded.append(part?);
    }
    loaded.sort();
    Ok(loaded)
}

/// Reads documents that somebody else has cut out of a stream.
#[must_use]
pub(super) fn documents(texts: impl Iterator<Item = RawDocument>) -> Loaded {
    let mut batches: Vec<Vec<RawDocument>> = Vec::new();
    let mut bytes = BATCH;
    for text in texts {
        if bytes >= BATCH {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += text.text.len();
        if let Some(batch) = batches.last_mut() {
            batch.push(text);
        }
    }
    let read = |batch: Vec<RawDocument>| {
        let mut loaded = Loaded::default();
        for raw in batch {
            process(raw, &mut loaded);
        }
        loaded
    };
    let parts: Vec<Loaded> = match batches.len() {
        // A thread pool would cost more than reading a few.
        0 | 1 => batches.into_iter().map(read).collect(),
        _ => batches.into_par_iter().map(read).collect(),
    };
    let mut loaded = Loaded::default();
    for part in parts {
        loaded.append(part);
    }
    loaded.sort();
    loaded
}

fn process_batch(batch: Batch) -> (usize, Result<Loaded, SourceError>) {
    let mut loaded = Loaded::default();
    for item in batch.items {
        match item {
            Ok(raw) => process(raw, &mut loaded),
            Err(ReadError::Problem(problem)) => loaded.diagnostics.push(read_problem(&problem)),
            Err(ReadError::Source(error)) => return (batch.number, Err(error)),
        }
    }
    (batch.number, Ok(loaded))
}

pub(super) fn read_problem(problem: &ReadProblem) -> Diagnostic {
    let position =
        Position { line: problem.position.line, column: problem.position.column, offset: problem.offset };
    let place = Place {
        path: problem.source.as_str().into(),
        span: Some(PlaceSpan { start: position, end: position }),
        document: None,
        field: None,
    };
    let definition = match problem.kind {
        ReadProblemKind::Utf16 => &codes::UTF16_INPUT,
        ReadProblemKind::Binary => &codes::BINARY_INPUT,
        ReadProblemKind::InvalidUtf8 => &codes::INVALID_UTF8,
        ReadProblemKind::LoneCarriageReturn => &codes::LONE_CARRIAGE_RETURN,
        ReadProblemKind::TooLarge => &codes::INPUT_TOO_LARGE,
    };
    Diagnostic::new(definition, place, problem.message.clone()).help(problem.help.clone())
}

fn process(raw: RawDocument, loaded: &mut Loaded) {
    let targets_only = raw.targets_only;
    let origin = Arc::new(Origin::new(
        raw.source.as_str().into(),
        raw.text.into_boxed_str(),
        raw.first_line,
        raw.offset,
    ));
    let parsed = yaml::parse(&origin.text, &yaml::Limits::default());
    let mut sink = Sink::new(&origin);
    let fatal = parsed.problems.iter().any(|problem| problem.kind.ends_reading());
    let subject = parsed.root.as_ref().or(parsed.fragment.as_ref());
    let recognition = subject.and_then(Node::as_mapping).map(|mapping| {
        let text = |key: &str| mapping.get(key).and_then(|entry| entry.value.as_str()).unwrap_or_default();
        dialect::recognize(text("apiVersion"), text("kind"))
    });
    if targets_only && recognition != Some(Recognition::Target) {
        return;
    }
    // Documents of other kinds are not ours to criticise, unless nobody could read them.
    if fatal || recognition != Some(Recognition::Other) {
        if let Some(node) = subject {
            sink.id = Some(Arc::new(identify(node)));
        }
        for problem in &parsed.problems {
            yaml_problem(&mut sink, problem);
        }
    }
    let (accepted, remarks) = (loaded.suppressions.len(), loaded.diagnostics.len());
    loaded.suppressions.append(&mut suppress::read(&origin, &parsed.comments, &mut loaded.diagnostics));
    if let Some(root) = parsed.root {
        document(&origin, &mut sink, root, String::new(), loaded);
    }
    let mut diagnostics = std::mem::take(&mut sink.diagnostics);
    if !diagnostics.is_empty() || loaded.suppressions.len() > accepted || loaded.diagnostics.len() > remarks {
        loaded.origins.push(Arc::clone(&origin));
    }
    loaded.diagnostics.append(&mut diagnostics);
}

/// Who a document of any kind is; `None` when it cannot be read.
#[must_use]
pub(super) fn identified(raw: RawDocument) -> Option<Identified> {
    let origin =
        Origin::new(raw.source.as_str().into(), raw.text.into_boxed_str(), raw.first_line, raw.offset);
    let parsed = yaml::parse(&origin.text, &yaml::Limits::default());
    let root = parsed.root?;
    let id = Arc::new(identify(&root));
    let mut sink = Sink::new(&origin);
    sink.id = Some(Arc::clone(&id));
    let span =
        root.get("metadata").and_then(|metadata| metadata.get("name")).map_or(root.span, |node| node.span);
    let place = sink.place(span, "metadata.name");
    let Value::Mapping(mapping) = root.value else { return None };
    Some(Identified { id, metadata: foreign_metadata(&mapping.entries), place })
}

pub(super) fn identify(node: &Node<'_>) -> DocumentId {
    let text = |node: Option<&Node<'_>>| node.and_then(Node::as_scalar).map(|scalar| scalar.text.to_string());
    let metadata = node.get("metadata");
    DocumentId {
        api_version: text(node.get("apiVersion")).unwrap_or_default(),
        kind: text(node.get("kind")).unwrap_or_default(),
        namespace: text(metadata.and_then(|metadata| metadata.get("namespace"))),
        name: text(metadata.and_then(|metadata| metadata.get("name"))),
    }
}

pub(super) fn yaml_problem(sink: &mut Sink<'_>, problem: &Problem) {
    let related = problem.related.as_ref().map(|(span, label)| sink.related(*span, label.clone()));
    let definition = match problem.kind {
        ProblemKind::Syntax
        | ProblemKind::Indentation
        | ProblemKind::UnclosedQuote
        | ProblemKind::UnclosedBracket
        | ProblemKind::Character
        | ProblemKind::Template
        | ProblemKind::ForeignLineBreak
        | ProblemKind::SecondDocument => &codes::YAML_SYNTAX,
        ProblemKind::Tab => &codes::TAB_INDENTATION,
        ProblemKind::TooLarge => &codes::INPUT_TOO_LARGE,
        ProblemKind::TooDeep => &codes::TOO_DEEP,
        ProblemKind::TooManyAliases => &codes::ALIAS_EXPANSION,
        ProblemKind::UnknownAlias => &codes::UNDEFINED_ALIAS,
        ProblemKind::RecursiveAlias => &codes::RECURSIVE_ALIAS,
        ProblemKind::UnknownTag | ProblemKind::TagMismatch => &codes::UNKNOWN_TAG,
        ProblemKind::DuplicateKey => &codes::DUPLICATE_KEY,
        ProblemKind::RewrittenKey | ProblemKind::InvalidKey => &codes::NON_STRING_KEY,
        ProblemKind::InvalidMerge | ProblemKind::MergeOrder => &codes::INVALID_MERGE_KEY,
        ProblemKind::NotFinite => &codes::NUMBER_TRAP,
    };
    let diagnostic = sink.report(definition, problem.span, "", problem.message.clone());
    diagnostic.help.clone_from(&problem.help);
    diagnostic.related.extend(related);
}

/// Reads one document, or each item of a list.
fn document(origin: &Arc<Origin>, sink: &mut Sink<'_>, root: Node<'_>, base: String, loaded: &mut Loaded) {
    let id = Arc::new(identify(&root));
    sink.id = Some(Arc::clone(&id));
    let span = root.span;
    let Value::Mapping(mapping) = root.value else {
        if !matches!(&root.value, Value::Scalar(scalar) if matches!(scalar.resolved, Resolved::Null)) {
            sink.id = None;
            sink.report(&codes::NOT_A_MAPPING, span, "", "this document is not a mapping of fields").help =
                Some("a Kubernetes object begins with `apiVersion`, `kind` and `metadata`".to_owned());
        }
        return;
    };
    let mut entries = mapping.entries;
    let recognition = dialect::recognize(&id.api_version, &id.kind);
    let kind = match recognition {
        Recognition::List => {
            let items = entries.into_iter().find(|entry| entry.key == "items").map(|entry| entry.value.value);
            if let Some(Value::Sequence(items)) = items {
                for (index, item) in items.into_iter().enumerate() {
                    let mut base = base.clone();
                    field::push_key(&mut base, "items");
                    field::push_index(&mut base, index);
                    document(origin, sink, item, base, loaded);
                }
            }
            return;
        }
        Recognition::Other => {
            // A folder of a repository holds YAML of many makers; what has none of the marks of a Kubernetes object
            // was never meant as one.
            let meant =
                entries.iter().any(|entry| matches!(entry.key.as_ref(), "apiVersion" | "kind" | "spec"));
            if meant && (id.kind.is_empty() || id.api_version.is_empty()) {
                sink.id = None;
                let anchor = entries.first().map_or(span, |entry| entry.key_span);
                let missing = match (id.api_version.is_empty(), id.kind.is_empty()) {
                    (true, true) => "`apiVersion` and `kind`",
                    (true, false) => "`apiVersion`",
                    _ => "`kind`",
                };
                sink.report(&codes::MISSING_KIND, anchor, "", format!("this document has no {missing}"));
            }
            loaded.others += 1;
            return;
        }
        Recognition::Misspelled(meant) => {
            let span = key_value(&entries, "kind").map_or(span, |node| node.span);
            let fix = sink.edit(span, format!("write `{meant}`"), meant);
            let message = format!("there is no kind `{}` in {}", id.kind, id.api_version);
            let diagnostic = sink.report(&codes::FOREIGN_DIALECT, span, "kind", message);
            diagnostic.help = Some(format!("did you mean `{meant}`?"));
            diagnostic.fix = Some(fix);
            return;
        }
        Recognition::Dialect(dialect) => {
            let anchor = key_value(&entries, "apiVersion").map_or(span, |node| node.span);
            let message = if id.api_version.is_empty() {
                format!("this {} has no `apiVersion`", id.kind)
            } else {
                format!("`{}` of `{}` is {}", id.kind, id.api_version, dialect.name())
            };
            sink.report(&codes::FOREIGN_DIALECT, anchor, "apiVersion", message).help =
                Some(dialect.spelling().to_owned());
            return;
        }
        Recognition::Backup => "Neo4jBackup",
        Recognition::Restore => "Neo4jRestore",
        Recognition::Target => "Neo4jTarget",
        known => {
            let Some(content) = foreign(known, &entries) else {
                loaded.others += 1;
                return;
            };
            let mut metadata = foreign_metadata(&entries);
            if recognition == Recognition::Secret {
                // `kubectl apply` leaves the whole Secret in an annotation.
                metadata.annotations.clear();
            }
            loaded.documents.push(Document {
                origin: Arc::clone(origin),
                base,
                id,
                metadata,
                content,
                sound: true,
            });
            return;
        }
    };
    let before = sink.diagnostics.len();
    let metadata = our_metadata(sink, kind, span, &mut entries);
    top_level(sink, kind, &entries);
    let content = our_spec(sink, kind, span, &mut entries);
    let sound =
        !sink.diagnostics.iter().skip(before).any(|diagnostic| diagnostic.severity == Severity::Error);
    if let Some(content) = content {
        let sound = sound && !metadata.name.is_empty() && !(before > 0 && sink.has_errors());
        loaded.documents.push(Document { origin: Arc::clone(origin), base, id, metadata, content, sound });
    }
}

fn key_value<'n, 'a>(entries: &'n [Entry<'a>], key: &str) -> Option<&'n Node<'a>> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

static NAME: Shape = Shape::Text { min: 1, max: 253 };
static STRINGS: Shape = Shape::Map(&Shape::Text { min: 0, max: 0 });

fn our_metadata(sink: &mut Sink<'_>, kind: &str, span: yaml::Span, entries: &mut [Entry<'_>]) -> Metadata {
    let anchor = entries.first().map_or(span, |entry| entry.key_span);
    let entry = entries.iter_mut().find(|entry| entry.key == "metadata");
    let Some(entry) = entry else {
        sink.report(&codes::MISSING_FIELD, anchor, "metadata.name", "`metadata.name` is missing").help =
            Some("add `metadata: {name: …}`".to_owned());
        return Metadata::default();
    };
    let key_span = entry.key_span;
    let mut metadata = Metadata::default();
    let Value::Mapping(mapping) = &mut entry.value.value else {
        sink.report(&codes::WRONG_TYPE, entry.value.span, "metadata", "`metadata` takes a mapping");
        return metadata;
    };
    let mut path = String::new();
    let mut named = false;
    for entry in &mut mapping.entries {
        path.clear();
        path.push_str("metadata");
        field::push_key(&mut path, &entry.key);
        let shape = match entry.key.as_ref() {
            "name" | "namespace" => &NAME,
            "labels" | "annotations" => &STRINGS,
            "generateName" => {
                let message = "`metadata.generateName` cannot be used: the names of all objects follow from `metadata.name`";
                sink.report(&codes::UNKNOWN_FIELD, entry.key_span, &path, message).help =
                    Some("write `metadata.name`".to_owned());
                named = true;
                continue;
            }
            "finalizers"
            | "ownerReferences"
            | "uid"
            | "resourceVersion"
            | "generation"
            | "creationTimestamp"
            | "deletionTimestamp"
            | "deletionGracePeriodSeconds"
            | "managedFields"
            | "selfLink" => continue,
            other => {
                let close = super::spelling::closest(
                    other,
                    ["name", "namespace", "labels", "annotations", "finalizers"].into_iter(),
                );
                let message = format!("`{other}` is not a field of `metadata`");
                sink.report(&codes::UNKNOWN_FIELD, entry.key_span, &path, message).help =
                    close.map(|name| format!("did you mean `{name}`?"));
                continue;
            }
        };
        named |= entry.key == "name";
        if !walk(sink, kind, &mut path, &mut entry.value, shape) {
            continue;
        }
        let text = || entry.value.as_scalar().map(|scalar| scalar.text.to_string()).unwrap_or_default();
        match entry.key.as_ref() {
            "name" => metadata.name = text(),
            "namespace" => metadata.namespace = Some(text()),
            "labels" => metadata.labels = decode(&entry.value).unwrap_or_default(),
            _ => metadata.annotations = decode(&entry.value).unwrap_or_default(),
        }
    }
    if !named {
        sink.report(&codes::MISSING_FIELD, key_span, "metadata.name", "`metadata.name` is missing").help =
            Some("name the spec; the names of its objects follow from it".to_owned());
    }
    metadata
}

fn top_level(sink: &mut Sink<'_>, kind: &str, entries: &[Entry<'_>]) {
    const KNOWN: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
    for entry in entries.iter().filter(|entry| !KNOWN.contains(&entry.key.as_ref())) {
        let in_spec = shape::of_kind(kind).and_then(|shape| shape.field(&entry.key)).is_some();
        let help = if in_spec {
            format!("move `{}` below `spec`", entry.key)
        } else {
            match super::spelling::closest(&entry.key, KNOWN.into_iter()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "its fields are `apiVersion`, `kind`, `metadata` and `spec`".to_owned(),
            }
        };
        let message = format!("`{}` is not a field of a {kind}", entry.key);
        sink.report(&codes::UNKNOWN_FIELD, entry.key_span, &entry.key, message).help = Some(help);
    }
}

fn our_spec(sink: &mut Sink<'_>, kind: &str, span: yaml::Span, entries: &mut [Entry<'_>]) -> Option<Content> {
    let anchor = entries.first().map_or(span, |entry| entry.key_span);
    let shape = shape::of_kind(kind)?;
    let Some(entry) = entries.iter_mut().find(|entry| entry.key == "spec") else {
        sink.report(&codes::MISSING_FIELD, anchor, "spec", "`spec` is missing");
        return None;
    };
    if entry.value.is_null() {
        sink.report(&codes::MISSING_FIELD, entry.key_span, "spec", "`spec` is empty");
        return None;
    }
    if !walk(sink, kind, &mut "spec".to_owned(), &mut entry.value, shape) {
        return None;
    }
    let key_span = entry.key_span;
    let spec = &entry.value;
    let content = match kind {
        "Neo4jBackup" => decode::<Neo4jBackupSpec>(spec).map(|spec| Content::Backup(Box::new(spec))),
        "Neo4jRestore" => decode::<Neo4jRestoreSpec>(spec).map(|spec| Content::Restore(Box::new(spec))),
        _ => decode::<Neo4jTargetSpec>(spec).map(|spec| Content::Target(Box::new(spec))),
    };
    content
        .map_err(|error| {
            sink.report(&codes::WRONG_TYPE, key_span, "spec", format!("`spec` cannot be read: {error}"));
        })
        .ok()
}

fn foreign_metadata(entries: &[Entry<'_>]) -> Metadata {
    let metadata = key_value(entries, "metadata");
    let text = |key: &str| {
        metadata
            .and_then(|node| node.get(key))
            .and_then(Node::as_scalar)
            .filter(|scalar| !matches!(scalar.resolved, Resolved::Null))
            .map(|scalar| scalar.text.to_string())
    };
    let map = |key: &str| metadata.and_then(|node| node.get(key)).and_then(|node| decode(node).ok());
    Metadata {
        name: text("name").unwrap_or_default(),
        namespace: text("namespace"),
        labels: map("labels").unwrap_or_default(),
        annotations: map("annotations").unwrap_or_default(),
    }
}

/// Reads what a document of another maker says about a target or its surroundings; `None` when it says nothing.
fn foreign(recognition: Recognition, entries: &[Entry<'_>]) -> Option<Content> {
    let spec = key_value(entries, "spec");
    Some(match recognition {
        Recognition::OperatorCluster | Recognition::OperatorStandalone => {
            let mut operator: OperatorDeployment = decode(spec?).ok()?;
            operator.standalone = recognition == Recognition::OperatorStandalone;
            Content::Operator(Box::new(operator))
        }
        Recognition::StatefulSet => {
            let labels = foreign_metadata(entries).labels;
            let deployment = labels.get("helm.neo4j.com/neo4j.name")?.clone();
            let stateful_set: StatefulSetSpec = decode(spec?).ok()?;
            let pod = stateful_set.template.spec;
            Content::Helm(Box::new(HelmStatefulSet {
                deployment,
                image: pod.containers.into_iter().find(|container| container.name == "neo4j")?.image,
                pull_secrets: pod.image_pull_secrets.into_iter().map(|secret| secret.name).collect(),
                claim_templates: stateful_set
                    .volume_claim_templates
                    .into_iter()
                    .map(|template| template.metadata.name)
                    .collect(),
                clustering: labels.get("helm.neo4j.com/clustering").is_some_and(|value| value == "true"),
            }))
        }
        Recognition::Claim => Content::Claim(Box::new(decode::<Claim>(spec?).ok()?)),
        Recognition::Secret => {
            let mut keys = Vec::new();
            for map in ["data", "stringData"] {
                let mapping = key_value(entries, map).and_then(Node::as_mapping);
                keys.extend(
                    mapping.into_iter().flat_map(|map| &map.entries).map(|entry| entry.key.to_string()),
                );
            }
            keys.sort();
            keys.dedup();
            Content::Secret(keys)
        }
        Recognition::ServiceAccount => Content::ServiceAccount,
        Recognition::Namespace => Content::Namespace,
        _ => return None,
    })
}

/// Whether any document is one of ours.
#[must_use]
pub fn any_ours(loaded: &Loaded) -> bool {
    loaded.documents.iter().any(Document::is_spec)
        || loaded.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
