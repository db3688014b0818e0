//! What `emit` writes for each example, asked of the newest API server: strictly and without keeping anything, and by
//! kubeconform with schemas made of that server's own OpenAPI.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::cluster::{Cluster, newest};
use crate::run;

/// Every form that `emit` has, with what it needs to be told.
fn forms() -> Vec<(String, &'static [&'static str])> {
    let mut help = Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"));
    let help = run::finish(help.args(["emit", "--help"]), "").success().stdout;
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let arguments = |form: &str| -> &'static [&'static str] {
        match form {
            "argocd" => &["--repo-url", "https://git.example.com/shop/backups.git"],
            _ => &[],
        }
    };
    named
        .filter_map(|line| line.split_whitespace().next())
        .map(|form| (form.to_owned(), arguments(form)))
        .collect()
}

/// Files with the kinds of the controllers, below what `tests/gitops/build FORM` makes.
const KINDS: [(&str, &str); 2] = [("argocd", "files"), ("flux", "files/newest")];

/// The folder with the tools of others.
fn tools() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitops/tools");
    PathBuf::from(run::finish(&mut Command::new(script), "").success().stdout.trim())
}

fn examples() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    assert!(found.len() > 25, "{found:?}");
    found
}

/// Emits an example, with its definitions and specs, into a folder of its own.
fn emit(tools: &Path, form: &str, arguments: &[&str], example: &Path, into: &Path) {
    let input = if example.ends_with("kustomize") { "-k" } else { "-f" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools.to_owned()).chain(std::env::split_paths(&paths));
    command.env("PATH", std::env::join_paths(paths).unwrap());
    command.args(["emit", form, "--quiet", "--with", "crds,specs", "--now", "2027-01-01T00:00:00Z"]);
    command.args(arguments).arg(input).arg(example).arg("--output-dir").arg(into);
    run::finish(&mut command, "").success();
}

fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The manifests of a bundle: every YAML file that is no kustomization.
fn manifests(bundle: &Path) -> Vec<PathBuf> {
    below(bundle, ".yaml").into_iter().filter(|path| !path.ends_with("kustomization.yaml")).collect()
}

fn parsed(stream: &str) -> Vec<Value> {
    let documents = stream.split("\n---\n").map(|text| serde_yaml::from_str::<Value>(text).unwrap());
    documents.filter(|value| !value.is_null()).collect()
}

/// All examples in all forms, emitted into a folder each.
fn emitted(tools: &Path) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut bundles = Vec::new();
    for example in examples() {
        for (form, arguments) in &forms() {
            let bundle = folder.path().join(form).join(example.file_name().unwrap());
            std::fs::create_dir_all(&bundle).unwrap();
            emit(tools, form, arguments, &example, &bundle);
            bundles.push(bundle);
        }
    }
    (folder, bundles)
}

/// Makes the namespaces that manifests name, and the kinds that they are of.
fn prepare(cluster: &Cluster, objects: &[Value]) {
    let names: BTreeSet<&str> =
        objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).collect();
    let list: Vec<Value> = names
        .into_iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .chain(objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition").take(2).cloned())
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": list}).to_string();
    run::finish(cluster.kubectl_command().args(["apply", "--server-side", "-f", "-"]), &list).success();
    for (form, files) in KINDS.iter().filter(|(form, _)| forms().iter().any(|(known, _)| known == form)) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitops/build");
        let built = run::finish(Command::new(script).arg(form), "").success().stdout;
        for file in below(&Path::new(built.trim()).join(files), ".yaml") {
            cluster.kubectl(&["apply", "--server-side", "-f", file.to_str().unwrap()]).success();
        }
    }
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]).success();
}

#[test]
fn the_newest_server_and_kubeconform_take_every_bundle_of_every_example() {
    let Some(cluster) = newest() else { return };
    let tools = tools();
    let (_folder, bundles) = emitted(&tools);
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for file in bundles.iter().flat_map(|bundle| manifests(bundle)) {
        for object in parsed(&std::fs::read_to_string(file).unwrap()) {
            // Many bundles hold the same object; what differs between forms is asked for each.
            all.insert(object.to_string(), object);
        }
    }
    let all: Vec<Value> = all.into_values().collect();
    assert!(all.len() > 60, "{}", all.len());
    prepare(cluster, &all);

    // A stream may hold an object once: several forms have the same one with other annotations.
    let mut streams: Vec<BTreeMap<String, &Value>> = Vec::new();
    for object in &all {
        let meta = &object["metadata"];
        let identity = format!("{} {} {}", object["kind"], meta["namespace"], meta["name"]);
        match streams.iter_mut().find(|stream| !stream.contains_key(&identity)) {
            Some(stream) => _ = stream.insert(identity, object),
            None => streams.push([(identity, object)].into()),
        }
    }
    for stream in streams {
        let items: Vec<&Value> = stream.into_values().collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        let arguments = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
        let run = run::finish(cluster.kubectl_command().args(arguments), &list).success();
        assert_eq!(run.stdout.lines().count(), items.len(), "{}", run.transcript());
        assert!(!run.stderr.to_lowercase().contains("warning"), "{}", run.stderr);
    }

    let schemas = tempfile::tempdir().unwrap();
    write_schemas(cluster, schemas.path());
    let folder = tempfile::tempdir().unwrap();
    for (number, object) in all.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.json")), object.to_string()).unwrap();
    }
    let kubeconform = |folder: &Path| {
        let mut command = Command::new(tools.join("kubeconform"));
        let template = schemas.path().join("{{.ResourceKind}}{{.KindSuffix}}.json");
        command
            .args(["-strict", "-summary", "-output", "json", "-schema-location"])
            .arg(template)
            .arg(folder);
        run::finish(&mut command, "")
    };
    let run = kubeconform(folder.path()).success();
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["summary"], json!({"valid": all.len(), "invalid": 0, "errors": 0, "skipped": 0}));

    // The schemas do refuse what is not in them.
    let wrong = tempfile::tempdir().unwrap();
    let mut job = all.iter().find(|object| object["kind"] == "CronJob").unwrap().clone();
    job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x".into();
    std::fs::write(wrong.path().join("job.json"), job.to_string()).unwrap();
    let run = kubeconform(wrong.path()).expect_code(1);
    assert!(run.stdout.contains("imagee"), "{}", run.transcript());
}

#[test]
fn kubectl_builds_what_kustomize_builds() {
    let Some(cluster) = newest() else { return };
    let tools = tools();
    let (_folder, bundles) = emitted(&tools);
    let mut built = 0;
    for file in bundles.iter().flat_map(|bundle| below(bundle, "kustomization.yaml")) {
        let folder = file.parent().unwrap().to_str().unwrap();
        let theirs = run::finish(Command::new(tools.join("kustomize")).args(["build", folder]), "").success();
        let kubectl = cluster.kubectl(&["kustomize", folder]).success();
        assert_eq!(parsed(&kubectl.stdout), parsed(&theirs.stdout), "{folder}");
        built += 1;
    }
    assert!(built > 20, "{built}");
}

/// Writes a strict schema for each kind that the server knows, as kubeconform looks for them: `cronjob-batch-v1.json`
/// (its `-schema-location`; of a group it takes the part before the first dot).
fn write_schemas(cluster: &Cluster, folder: &Path) {
    let api: Value =
        serde_json::from_str(&cluster.kubectl(&["get", "--raw", "/openapi/v2"]).success().stdout).unwrap();
    let mut definitions = api["definitions"].as_object().unwrap().clone();
    definitions.values_mut().for_each(strict);
    let mut written = 0;
    for definition in definitions.values() {
        let Some(kinds) = definition["x-kubernetes-group-version-kind"].as_array() else { continue };
        for kind in kinds {
            let text = |field: &str| kind[field].as_str().unwrap().to_lowercase();
            let group = text("group");
            let suffix = match group.split('.').next().unwrap_or_default() {
                "" => text("version"),
                group => format!("{group}-{}", text("version")),
            };
            let mut schema = definition.clone();
            schema["definitions"] = reachable(definition, &definitions).into();
            std::fs::write(folder.join(format!("{}-{suffix}.json", text("kind"))), schema.to_string())
                .unwrap();
            written += 1;
        }
    }
    assert!(written > 50, "{written}");
}

/// Refuses, in an object that names its fields, every other field.
fn strict(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if fields.get("format") == Some(&json!("int-or-string"))
        || fields.get("x-kubernetes-int-or-string") == Some(&json!(true))
    {
        fields.clear();
        fields.insert("type".to_owned(), json!(["string", "integer"]));
        return;
    }
    let open = fields.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(true));
    if fields.contains_key("properties") && !fields.contains_key("additionalProperties") && !open {
        fields.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(strict);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(inner) {
            strict(inner);
        }
    }
}

/// The definitions that a schema refers to, directly and through others.
fn reachable(schema: &Value, definitions: &Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                    let name = name.trim_start_matches("#/definitions/");
                    if !found.contains_key(name) {
                        let definition = &definitions[name];
                        found.insert(name.to_owned(), definition.clone());
                        waiting.push(definition);
                    }
                }
                waiting.extend(fields.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}
