//! Nothing is interpreted twice (DESIGN.md law 5): whatever a person writes into a string field is refused, or
//! arrives, after Kubernetes' own expansion, as exactly that string in one argument or one value.

use proptest::prelude::*;
use serde_json::Value;

use crate::pipeline::{options, process};

/// Kubernetes' expansion of `$(NAME)` and `$$` in `command`, `args` and `env` values, written from its documented
/// rules: `$$` is one `$`, `$(NAME)` is the variable or stays as it is when there is none, any other `$` stays.
fn expand(text: &str, variables: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match variables.iter().find(|(known, _)| known == name) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

/// Every string of a value.
fn strings<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Value::Object(fields) => {
            for (key, value) in fields {
                out.push(key);
                strings(value, out);
            }
        }
        _ => {}
    }
}

/// What the processes of an object's pods receive: arguments and environment values after expansion.
fn received(objects: &[Value]) -> Vec<String> {
    let mut out = Vec::new();
    for object in objects {
        for pod in ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
            for list in ["initContainers", "containers"] {
                let containers = object.pointer(pod).and_then(|pod| pod[list].as_array().cloned());
                for container in containers.unwrap_or_default() {
                    let mut variables = Vec::new();
                    for variable in container["env"].as_array().into_iter().flatten() {
                        let name = variable["name"].as_str().unwrap().to_owned();
                        let value = variable["value"].as_str().map(|value| expand(value, &variables));
                        out.extend(value.clone());
                        // What a Secret holds is not known here; no spec's text can equal it.
                        variables.push((name, value.unwrap_or_else(|| "\u{0}secret\u{0}".to_owned())));
                    }
                    for list in ["command", "args"] {
                        for argument in container[list].as_array().into_iter().flatten() {
                            out.push(expand(argument.as_str().unwrap(), &variables));
                        }
                    }
                }
            }
        }
    }
    out
}

/// The string fields of a backup and of a restore, each in a spec where it applies; `@` is the string.
const FIELDS: &[&str] = &[
    "spec.target.databases[0]",
    "spec.storage.bucket",
    "spec.storage.path",
    "spec.storage.cloud.region",
    "spec.storage.cloud.endpointURL",
    "spec.storage.cloud.credentialsSecretRef",
    "spec.storage.cloud.caSecretRef.name",
    "spec.storage.cloud.caSecretRef.key",
    "spec.options.pageCache",
    "spec.options.additionalArgs[0]",
    "spec.options.tempPath",
    "spec.options.tempStorage.size",
    "spec.options.tempStorage.storageClassName",
    "spec.options.tls.secretName",
    "spec.options.tls.keys.key",
    "spec.schedule",
    "spec.timeZone",
    "spec.startingDeadline",
    "spec.job.priorityClassName",
    "spec.job.imagePullSecrets[0]",
    "spec.job.deadline",
    "spec.job.labels.team",
    "spec.job.annotations.note",
    "spec.job.nodeSelector.disk",
    "spec.job.resources.limits.memory",
    "metadata.name",
    "metadata.namespace",
];
const RESTORE_FIELDS: &[&str] = &[
    "spec.databaseName",
    "spec.source.backupPath",
    "spec.source.storage.bucket",
    "spec.source.storage.path",
    "spec.timeout",
    "spec.runId",
    "spec.options.preRestore.cypherStatements[0]",
    "spec.options.postRestore.job.template.container.image",
    "spec.options.postRestore.job.template.container.command[0]",
    "spec.options.postRestore.job.template.container.args[0]",
    "spec.options.postRestore.job.template.container.env[0].value",
    "spec.options.postRestore.job.template.container.env[0].name",
    "spec.options.postRestore.job.timeout",
];

fn backup() -> Value {
    serde_json::json!({
        "apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jBackup",
        "metadata": {"name": "literal", "namespace": "default"},
        "spec": {
            "target": {"kind": "Cluster", "name": "graph", "databases": ["neo4j"]},
            "storage": {"type": "s3", "bucket": "company-backups", "path": "graph", "cloud": {
                "provider": "aws", "region": "eu-central-1", "endpointURL": "https://s3.example.org",
                "credentialsSecretRef": "keys", "caSecretRef": {"name": "ca", "key": "ca.crt"}}},
            "schedule": "0 2 * * *",
            "timeZone": "Etc/UTC",
            "startingDeadline": "10m",
            "options": {"pageCache": "1G", "additionalArgs": ["--verbose"], "tempPath": "/var/neo4j-temp",
                "tempStorage": {"size": "10Gi", "storageClassName": "fast"},
                "tls": {"secretName": "tls", "keys": {"key": "tls.key"}}},
            "job": {"priorityClassName": "high", "imagePullSecrets": ["pull"], "deadline": "6h",
                "labels": {"team": "graph"}, "annotations": {"note": "text"}, "nodeSelector": {"disk": "ssd"},
                "resources": {"limits": {"memory": "4Gi"}}},
        },
    })
}

fn restore() -> Value {
    serde_json::json!({
        "apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jRestore",
        "metadata": {"name": "literal", "namespace": "default"},
        "spec": {
            "targetCluster": "graph", "databaseName": "orders", "timeout": "2h", "runId": "one", "force": true,
            "stopCluster": true,
            "source": {"type": "s3", "backupPath": "orders-2026-01-01T00-00-00.backup",
                "storage": {"type": "s3", "bucket": "company-backups", "path": "graph",
                    "cloud": {"provider": "aws", "region": "eu-central-1", "credentialsSecretRef": "keys"}}},
            "options": {
                "preRestore": {"cypherStatements": ["RETURN 1"]},
                "postRestore": {"job": {"timeout": "10m", "template": {"container": {
                    "image": "registry.example.org/check:1.0", "command": ["/check"], "args": ["all"],
                    "env": [{"name": "LEVEL", "value": "high"}]}}}}},
        },
    })
}

fn set(document: &mut Value, path: &str, text: &str) {
    let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    *document.pointer_mut(&pointer).unwrap_or_else(|| panic!("{path} is not in the spec")) =
        Value::String(text.to_owned());
}

/// Strings that something might interpret: shells, Kubernetes, Flux, YAML, Cypher, `neo4j-admin`.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "$(HOME)",
            "$$",
            "$",
            "${HOME}",
            "$(AZURE_STORAGE_ACCOUNT)",
            "$(TZ)",
            "`id`",
            "'",
            "\"",
            "\\",
            "\n",
            "\t",
            " ",
            "-",
            "--",
            "--help",
            "@",
            "*",
            "?",
            "[",
            "]",
            "{",
            "}",
            "{{",
            "&&",
            "|",
            ";",
            "#",
            ":",
            ": ",
            ",",
            "=",
            "/",
            "..",
            "é",
            "\u{202e}",
            "\u{0}",
            "!",
            "%",
            "~",
            "<x>",
        ])
        .prop_map(str::to_owned),
        "[a-z0-9]{1,4}",
    ];
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn holds(document: Value, path: &str, text: &str) -> Result<(), TestCaseError> {
    let yaml = serde_json::to_string(&document).unwrap();
    let outcome = process(yaml.as_bytes(), &options());
    let objects = outcome.values();
    if outcome.refused() {
        prop_assert!(objects.is_empty());
        return Ok(());
    }
    let in_hook = path.contains(".container.") || path.contains("cypherStatements");
    let mut all = Vec::new();
    objects.iter().for_each(|object| strings(object, &mut all));
    if !in_hook {
        prop_assert!(
            !all.iter().any(|text| text.contains("${")),
            "{path}: `${{` in a manifest from {text:?}"
        );
    } else if text.contains("${") {
        let told = outcome
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.place.field.as_deref().is_some_and(|field| field.starts_with(path)));
        prop_assert!(told, "{path}: nobody was told of `${{` in {text:?}");
    }
    for argument in received(&objects) {
        prop_assert!(!argument.contains('\u{0}'), "{path}: a reference of ours was injected by {text:?}");
    }
    // Somewhere the string arrives whole, or a finding says why it has no effect.
    let arrived = received(&objects);
    let arrives = arrived.iter().any(|argument| argument.contains(text))
        || all.iter().any(|value| value.contains(text))
        // Durations and quantities arrive as the numbers that they mean.
        || ["Deadline", "deadline", "timeout", "runId", "size", "pointInTime"].iter().any(|name| path.ends_with(name))
        // Slashes at the ends of folders make no difference; database names are read in lower case.
        || all.iter().any(|value| value.contains(text.trim_matches('/')))
        || arrived.iter().any(|value| value.contains(text.trim_matches('/')));
    let told = outcome
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.place.field.as_deref().is_some_and(|field| field.starts_with(path)));
    prop_assert!(arrives || told, "{path}: {text:?} neither arrived nor was told of");
    // No shell reads anything of ours.
    for object in &objects {
        let mut commands = Vec::new();
        for pod in ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
            for list in ["initContainers", "containers"] {
                let containers = object.pointer(pod).and_then(|pod| pod[list].as_array().cloned());
                for container in containers.unwrap_or_default() {
                    if container["name"] != "hook" {
                        commands.push(container["command"][0].as_str().unwrap_or_default().to_owned());
                    }
                }
            }
        }
        for command in commands {
            prop_assert!(
                ["neo4j-admin", "keytool", "cypher-shell"].contains(&command.as_str()),
                "{command} is run"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_backups_strings_arrive_as_they_are_or_are_refused(path in prop::sample::select(FIELDS), text in hostile()) {
        let mut document = backup();
        set(&mut document, path, &text);
        holds(document, path, &text)?;
    }

    #[test]
    fn a_restores_strings_arrive_as_they_are_or_are_refused(
        path in prop::sample::select(RESTORE_FIELDS),
        text in hostile(),
    ) {
        let mut document = restore();
        set(&mut document, path, &text);
        holds(document, path, &text)?;
    }
}

#[test]
fn the_sound_specs_of_these_tests_are_rendered() {
    for document in [backup(), restore()] {
        let outcome = process(serde_json::to_string(&document).unwrap().as_bytes(), &options());
        assert!(!outcome.refused(), "{:#?}", outcome.diagnostics);
        assert!(!outcome.objects.is_empty());
    }
}

#[test]
fn expansion_is_as_kubernetes_documents_it() {
    let variables = [("A".to_owned(), "x".to_owned())];
    for (text, expected) in [
        ("$(A)", "x"),
        ("$$(A)", "$(A)"),
        ("$(B)", "$(B)"),
        ("$A", "$A"),
        ("$$", "$"),
        ("$(A", "$(A"),
        ("a$", "a$"),
    ] {
        assert_eq!(expand(text, &variables), expected, "{text}");
    }
}
