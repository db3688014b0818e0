//! No leaf without effect (DESIGN.md law 1 and "The spec language"): every leaf of the schema is set to another
//! valid value, in every situation in which it can stand, and either an object changes, or a finding stands on
//! exactly that leaf and says why nothing does.
//!
//! The situations are whole specs. A leaf must be *seen* (an object changes, or a finding names the leaf itself) in
//! at least one of them, and must not be *silent* (no object changes and nobody says anything new) in any.

use std::collections::BTreeSet;

use neo4j_backup::api::effects;
use neo4j_backup::api::shape::{self, Shape};
use serde_json::{Value, json};

use crate::pipeline::{Outcome, options, process};

/// A leaf: its path with `[0]` for an item of a list and `example` for a key of a map, and its shape.
fn leaves(kind: &str) -> Vec<(String, &'static Shape)> {
    fn collect(shape: &'static Shape, path: String, out: &mut Vec<(String, &'static Shape)>) {
        match shape {
            Shape::Object(fields) => {
                for field in *fields {
                    collect(field.shape, format!("{path}/{}", field.name), out);
                }
            }
            Shape::Map(values) => collect(values, format!("{path}/example"), out),
            Shape::List { items, .. } => collect(items, format!("{path}/0"), out),
            leaf => out.push((path, leaf)),
        }
    }
    let mut out = Vec::new();
    collect(shape::of_kind(kind).unwrap(), "/spec".to_owned(), &mut out);
    out
}

fn backup(storage: Value, more: Value) -> Value {
    let mut document = json!({
        "apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jBackup",
        "metadata": {"name": "effects", "namespace": "default"},
        "spec": {"target": {"kind": "Cluster", "name": "graph", "databases": ["neo4j", "orders"]}, "storage": storage},
    });
    for (key, value) in more.as_object().unwrap() {
        document["spec"][key] = value.clone();
    }
    document
}

fn s3() -> Value {
    json!({"type": "s3", "bucket": "company-backups", "path": "graph", "cloud": {
        "provider": "aws", "region": "eu-central-1", "credentialsSecretRef": "keys"}})
}

/// Backups in which leaves are tried.
fn backups() -> Vec<(&'static str, Value)> {
    let scheduled = json!({"schedule": "0 2 * * *", "options": {"backupType": "DIFF", "verify": false}});
    vec![
        ("S3, scheduled", backup(s3(), scheduled.clone())),
        ("S3, once", backup(s3(), json!({}))),
        ("a bucket and nothing else", backup(json!({"type": "s3", "bucket": "company-backups"}), json!({}))),
        (
            "S3 with identity",
            backup(
                json!({"type": "s3", "bucket": "company-backups", "cloud": {"provider": "aws", "region": "eu-central-1",
                    "identity": {"autoCreate": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/backup"}}}}}),
                scheduled.clone(),
            ),
        ),
        (
            "Google Cloud Storage",
            backup(
                json!({"type": "gcs", "bucket": "company-backups", "path": "graph", "cloud": {"provider": "gcp", "credentialsSecretRef": "keys"}}),
                json!({}),
            ),
        ),
        (
            "Azure",
            backup(
                json!({"type": "azure", "bucket": "backups", "path": "graph", "cloud": {"provider": "azure", "credentialsSecretRef": "keys"}}),
                json!({}),
            ),
        ),
        (
            "claim, scheduled",
            backup(json!({"type": "pvc", "pvc": {"name": "backups", "size": "50Gi"}}), scheduled),
        ),
        ("claim, once", backup(json!({"type": "pvc", "pvc": {"name": "backups"}}), json!({}))),
        ("cloud at the top", {
            let mut storage = s3();
            let cloud = storage["cloud"].take();
            storage.as_object_mut().unwrap().remove("cloud");
            backup(storage, json!({"cloud": cloud}))
        }),
        ("one database", {
            let mut document = backup(s3(), json!({}));
            document["spec"]["target"] = json!({"kind": "Database", "name": "orders", "clusterRef": "graph"});
            document
        }),
        ("options that need each other", {
            let options = json!({
                "encryption": {"enabled": false}, "tls": {"secretName": "tls"}, "tempStorage": {"size": "10Gi"},
            });
            backup(s3(), json!({"options": options, "retention": {"maxAge": "30d"}, "schedule": "0 2 * * *"}))
        }),
    ]
}

fn restore(source: Value, more: Value) -> Value {
    let mut document = json!({
        "apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jRestore",
        "metadata": {"name": "effects", "namespace": "default"},
        "spec": {"targetCluster": "graph", "databaseName": "orders", "source": source},
    });
    for (key, value) in more.as_object().unwrap() {
        document["spec"][key] = value.clone();
    }
    document
}

const ARTIFACT: &str = "orders-2026-01-01T00-00-00.backup";

fn restores() -> Vec<(&'static str, Value)> {
    let stopped = json!({"stopCluster": true, "force": true});
    let hooks = json!({
        "cypherStatements": ["RETURN 1"],
        "job": {"template": {"container": {"image": "registry.example.org/check:1.0", "command": ["/check"],
            "env": [{"name": "LEVEL", "value": "high"},
                {"name": "PASSPHRASE", "valueFrom": {"secretKeyRef": {"name": "hook", "key": "passphrase"}}}]}}},
    });
    let point = json!({"type": "pitr", "pointInTime": "2025-06-01T00:00:00Z", "pitr": {"baseBackup":
        {"type": "storage", "storage": s3(), "backupPath": ARTIFACT}}});
    vec![
        (
            "S3, stopped",
            restore(json!({"type": "storage", "storage": s3(), "backupPath": ARTIFACT}), stopped.clone()),
        ),
        (
            "S3, running",
            restore(json!({"type": "s3", "storage": s3(), "backupPath": ARTIFACT}), json!({"force": true})),
        ),
        (
            "claim, stopped",
            restore(
                json!({"type": "storage", "storage": {"type": "pvc", "path": "graph", "pvc": {"name": "backups"}}, "backupPath": ARTIFACT}),
                stopped.clone(),
            ),
        ),
        (
            "Azure, stopped",
            restore(
                json!({"type": "azure", "backupPath": ARTIFACT, "storage": {"type": "azure", "bucket": "backups", "path": "graph",
                    "cloud": {"provider": "azure", "credentialsSecretRef": "keys"}}}),
                stopped.clone(),
            ),
        ),
        (
            "Google Cloud Storage, stopped",
            restore(
                json!({"type": "gcs", "backupPath": ARTIFACT, "storage": {"type": "gcs", "bucket": "company-backups", "path": "graph",
                    "cloud": {"provider": "gcp", "credentialsSecretRef": "keys"}}}),
                stopped.clone(),
            ),
        ),
        ("point in time", restore(point, stopped.clone())),
        ("S3 with identity, stopped", {
            let storage = json!({"type": "s3", "bucket": "company-backups", "cloud": {"provider": "aws", "region": "eu-central-1",
                "identity": {"autoCreate": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/backup"}}}}});
            restore(json!({"type": "s3", "storage": storage, "backupPath": ARTIFACT}), stopped.clone())
        }),
        ("point in time with identity", {
            let storage = json!({"type": "s3", "bucket": "company-backups", "cloud": {"provider": "aws", "region": "eu-central-1",
                "identity": {"autoCreate": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/backup"}}}}});
            restore(
                json!({"type": "pitr", "pointInTime": "2025-06-01T00:00:00Z", "pitr": {"baseBackup":
                {"type": "storage", "storage": storage, "backupPath": ARTIFACT}}}),
                stopped.clone(),
            )
        }),
        ("point in time by reference", {
            let source = json!({"type": "pitr", "pointInTime": "2025-06-01T00:00:00Z", "pitr": {"baseBackup":
                {"type": "backup", "backupRef": "effects", "backupPath": ARTIFACT}}});
            restore(source, stopped.clone())
        }),
        (
            "by reference",
            restore(json!({"type": "backup", "backupRef": "effects", "backupPath": ARTIFACT}), stopped),
        ),
        (
            "hooks",
            restore(
                json!({"type": "storage", "storage": s3(), "backupPath": ARTIFACT}),
                json!({"stopCluster": true, "force": true, "options": {"preRestore": hooks, "postRestore": hooks}}),
            ),
        ),
    ]
}

/// Another valid value for a leaf that has `current` now.
fn another(path: &str, shape: &Shape, current: Option<&Value>) -> Vec<Value> {
    let leaf = path.rsplit('/').find(|part| *part != "0" && *part != "example").unwrap_or_default();
    let texts: &[&str] = match leaf {
        "schedule" => &["30 4 * * 1"],
        "timeZone" => &["Europe/Berlin"],
        "startingDeadline" => &["5m"],
        "deadline" | "timeout" | "ttlAfterFinished" => &["3h"],
        "maxAge" => &["60d"],
        "logRetention" | "recoveryPointObjective" => &["3h"],
        "pageCache" => &["2G"],
        "size" => &["70Gi"],
        "tempPath" => &["/var/other-temp"],
        "additionalArgs" => &["--verbose"],
        "endpointURL" => &["https://store.example.org"],
        "region" => &["us-east-1"],
        "bucket" => &["other-backups"],
        "backupPath" => &["orders-2026-02-02T00-00-00.backup"],
        "pointInTime" => &["2025-07-01T00:00:00Z"],
        "databaseName" | "databases" => &["invoices"],
        "cypherStatements" => &["RETURN 2"],
        "image" => &["registry.example.org/other:2.0"],
        "annotations" => &["value"],
        "storageAccount" => &["otheraccount"],
        "algorithm" | "name" if path.contains("/env/") => &["OTHER"],
        _ => &["other"],
    };
    let candidates: Vec<Value> = match shape {
        Shape::Choice(choices) => choices.iter().map(|choice| json!(choice)).collect(),
        Shape::Boolean => vec![json!(true), json!(false)],
        Shape::Integer { min, max } => vec![json!((*min).max(1).min(*max)), json!((*min).max(7).min(*max))],
        Shape::Quantity => vec![json!("3")],
        Shape::IntOrString => vec![json!(3)],
        _ => texts.iter().map(|text| json!(text)).collect(),
    };
    candidates.into_iter().filter(|value| Some(value) != current).collect()
}

/// Sets a leaf, making the mappings and lists on the way. `None` when something else stands in the way.
fn set(document: &Value, path: &str, value: &Value) -> Option<Value> {
    let mut changed = document.clone();
    let mut at = &mut changed;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let list = parts.get(index + 1) == Some(&"0");
        let empty = || if list { json!([]) } else { json!({}) };
        if *part == "0" {
            let items = at.as_array_mut()?;
            if items.is_empty() {
                items.push(if last { value.clone() } else { empty() });
            } else if last {
                items[0] = value.clone();
            }
            at = &mut items[0];
        } else {
            let fields = at.as_object_mut()?;
            if last {
                fields.insert((*part).to_owned(), value.clone());
                return Some(changed);
            }
            at = fields.entry((*part).to_owned()).or_insert_with(empty);
        }
    }
    Some(changed)
}

/// Siblings that a block needs beside the leaf, so that the leaf is tried in a valid spec.
fn complete(document: &mut Value, path: &str) {
    let needs: &[(&str, Value)] = &[
        (
            "/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution/0",
            json!({"weight": 1, "preference": {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}}),
        ),
        (
            "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            json!({"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}),
        ),
        ("/tolerations/0", json!({"key": "dedicated"})),
        ("/tempStorage", json!({"size": "10Gi"})),
        ("/options/tls", json!({"secretName": "tls"})),
        ("/caSecretRef", json!({"name": "ca"})),
        ("/secretKeyRef", json!({"name": "hook", "key": "value"})),
        ("/configMapKeyRef", json!({"name": "hook", "key": "value"})),
        ("/env/0", json!({"name": "LEVEL"})),
        ("/job/template/container", json!({"image": "registry.example.org/check:1.0"})),
        ("/logStorage", json!({"type": "s3", "bucket": "company-logs"})),
        ("/historyLimits", json!({})),
    ];
    for (block, defaults) in needs {
        if let Some(end) = path.find(block).map(|start| start + block.len())
            && let Some(Value::Object(fields)) = document.pointer_mut(&path[..end])
        {
            for (key, value) in defaults.as_object().unwrap() {
                fields.entry(key.clone()).or_insert(value.clone());
            }
        }
    }
    // Kubernetes' own types say what they need in their schema.
    if path.contains("/affinity/") {
        require(document, path);
    }
}

/// Adds what the shape of every block on the way requires.
fn require(document: &mut Value, path: &str) {
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let mut shape = shape::of_kind("Neo4jBackup").unwrap();
    let mut pointer = "/spec".to_owned();
    for part in parts {
        if let (Shape::Object(fields), Some(Value::Object(present))) = (shape, document.pointer_mut(&pointer))
        {
            for field in fields.iter().filter(|field| field.required) {
                let fitting = match field.name {
                    // Values belong to some operators only.
                    "operator" if path.contains("/values/") => json!("In"),
                    _ => minimal(field.shape),
                };
                present.entry(field.name).or_insert(fitting);
            }
        }
        shape = match shape {
            Shape::Object(fields) => fields.iter().find(|field| field.name == part).unwrap().shape,
            Shape::Map(values) => values,
            Shape::List { items, .. } => items,
            leaf => leaf,
        };
        pointer = format!("{pointer}/{part}");
    }
}

fn minimal(shape: &Shape) -> Value {
    match shape {
        Shape::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|field| field.required)
                .map(|field| (field.name.to_owned(), minimal(field.shape)))
                .collect(),
        ),
        Shape::Map(_) => json!({}),
        Shape::List { items, .. } => json!([minimal(items)]),
        Shape::Choice(choices) => json!(choices[0]),
        Shape::Boolean => json!(true),
        Shape::Integer { min, .. } => json!((*min).max(1)),
        Shape::Quantity | Shape::IntOrString => json!(1),
        Shape::Text { .. } => json!("Exists"),
    }
}

/// What an API server would see. The identity of a restore changes with every field by design, so it says something
/// only of the field that is there for nothing else.
fn objects(outcome: &Outcome, leaf: &str) -> String {
    let mut text = String::new();
    for mut object in outcome.values() {
        if leaf == "spec.runId" {
            text.push_str(&object.to_string());
            continue;
        }
        for pointer in ["/metadata/annotations", "/spec/template/metadata/annotations"] {
            if let Some(Value::Object(annotations)) = object.pointer_mut(pointer) {
                annotations.retain(|key, _| !key.contains("run-id"));
            }
        }
        text.push_str(&object.to_string());
    }
    text
}

/// Findings as code, field and message, for comparison.
fn findings(outcome: &Outcome) -> BTreeSet<(String, String, String)> {
    outcome
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let field = diagnostic.place.field.clone().unwrap_or_default();
            (diagnostic.definition.code.to_string(), field, diagnostic.message.clone())
        })
        .collect()
}

/// The path as findings name it: `spec.target.databases[0]`.
fn field(path: &str) -> String {
    let mut field = String::new();
    for part in path.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(index) => field.push_str(&format!("[{index}]")),
            Err(_) if field.is_empty() => field.push_str(part),
            Err(_) => field.push_str(&format!(".{part}")),
        }
    }
    field
}

fn run(document: &Value, with_backup: bool) -> Outcome {
    let mut text = document.to_string();
    if with_backup {
        // What a restore by reference refers to.
        text = format!("{text}\n---\n{}", backup(s3(), json!({})));
    }
    let mut options = options();
    options.target.servers = Some(1);
    if document["kind"] == "Neo4jBackup" {
        options.target.servers = Some(3);
        options.target.image = Some("neo4j:2025.12.1-enterprise".to_owned());
    }
    process(text.as_bytes(), &options)
}

fn no_leaf_without_effect(kind: &str, situations: Vec<(&'static str, Value)>) {
    let restores = kind == "Neo4jRestore";
    let mut failures = Vec::new();
    let bases: Vec<(&str, Value, Outcome)> = situations
        .into_iter()
        .map(|(name, document)| {
            let outcome = run(&document, restores);
            assert!(!outcome.refused(), "{name}: {:#?}", findings(&outcome));
            assert!(!outcome.objects.is_empty(), "{name}");
            (name, document, outcome)
        })
        .collect();
    for (path, shape) in leaves(kind) {
        let field = field(&path);
        let mut seen = false;
        let mut tried = 0;
        for (name, document, base) in &bases {
            for value in another(&path, shape, document.pointer(&path)) {
                // A block that has to stand there before the leaf can be tried is part of the situation.
                let Some(mut changed) = set(document, &path, &value) else { continue };
                complete(&mut changed, &path);
                tried += 1;
                let outcome = run(&changed, restores);
                let before = findings(base);
                let new: Vec<_> = findings(&outcome).difference(&before).cloned().collect();
                // A map of a person's own keys is one leaf of the schema.
                let leaf = field.strip_suffix(".example").unwrap_or(&field);
                let on_leaf = findings(&outcome)
                    .iter()
                    .any(|(_, at, _)| at == leaf || *at == field || at.starts_with(&format!("{field}[")));
                let differs = !outcome.refused() && objects(&outcome, &field) != objects(base, &field);
                seen |= on_leaf || differs;
                // The default written out is no change, and no reason to complain.
                let default = leaf_default(kind, &path).or_else(|| derived_default(&changed, &path));
                if !differs && !on_leaf && new.is_empty() && default.as_ref() != Some(&value) {
                    failures.push(format!("{field} = {value} is silent in: {name}"));
                }
            }
        }
        assert!(tried > 0, "{field} was not tried anywhere");
        if !seen {
            failures.push(format!("{field} has no effect and no finding on it anywhere"));
        }
        let row = effects::of(kind, &field.replace("[0]", "[]").replace(".example", ".*"));
        if row.is_none() {
            failures.push(format!("{field} has no row in the table of effects"));
        }
    }
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What holds for a leaf whose default follows from another field, or that has two spellings of one meaning.
fn derived_default(document: &Value, path: &str) -> Option<Value> {
    // DESIGN.md: `cloud.identity.provider` defaults to `cloud.provider`, which follows from the storage's type.
    if let Some(cloud) = path.strip_suffix("/identity/provider") {
        return document.pointer(&format!("{cloud}/provider")).cloned();
    }
    // Document 001: `s3`, `gcs` and `azure` are shorthands of `storage` with that backend.
    if path == "/spec/source/type" {
        let value = document.pointer(path)?;
        let backend = document.pointer("/spec/source/storage/type")?;
        return (value == "storage" || value == backend).then(|| value.clone());
    }
    None
}

fn leaf_default(kind: &str, path: &str) -> Option<Value> {
    let mut shape = shape::of_kind(kind)?;
    let mut default = "";
    for part in path.split('/').skip(2) {
        shape = match shape {
            Shape::Object(fields) => {
                let field = fields.iter().find(|field| field.name == part)?;
                default = field.default;
                field.shape
            }
            Shape::Map(values) => values,
            Shape::List { items, .. } => items,
            leaf => leaf,
        };
    }
    match shape {
        _ if default.is_empty() => None,
        Shape::Boolean | Shape::Integer { .. } => serde_json::from_str(default).ok(),
        _ => Some(json!(default)),
    }
}

#[test]
fn no_leaf_of_a_backup_is_without_effect() {
    no_leaf_without_effect("Neo4jBackup", backups());
}

#[test]
fn no_leaf_of_a_restore_is_without_effect() {
    no_leaf_without_effect("Neo4jRestore", restores());
}
