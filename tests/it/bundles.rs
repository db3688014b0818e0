//! What every form of output becomes, for each example: the objects of `render`, apart from what is listed here; and
//! what the linters of others say of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Run, command, files, objects, relative, run, run_with_input, tools};

/// Every form that `emit` has, with what it needs to be told.
fn forms() -> Vec<(String, &'static [&'static str])> {
    let help = run(["emit", "--help"]).expect(0).stdout;
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let forms: Vec<_> = named
        .filter_map(|line| line.split_whitespace().next())
        .map(|form| (form.to_owned(), needed(form)))
        .collect();
    assert!(forms.iter().any(|(form, _)| form == "plain") && forms.len() > 1, "{help}");
    forms
}

fn needed(form: &str) -> &'static [&'static str] {
    match form {
        "argocd" => &["--repo-url", "https://git.example.com/shop/backups.git"],
        _ => &[],
    }
}

/// Groups of what a form writes for its controller, beside the objects.
const CONTROLLERS: [&str; 2] = ["argoproj.io/", "kustomize.toolkit.fluxcd.io/"];

/// Annotations that a form adds to an object for its controller, and the one that a one-shot Job gets with the loss of
/// its TTL (src/emit/once.rs).
const ADDED: [&str; 3] = [
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "ignore-check.kube-linter.io/job-ttl-seconds-after-finished",
];

/// The instant that rules about the future are asked at.
const NOW: [&str; 2] = ["--now", "2027-01-01T00:00:00Z"];

fn examples() -> BTreeSet<String> {
    files("examples", ".yaml").iter().map(|path| relative(path.parent().unwrap())).collect()
}

fn is_kustomization(example: &str) -> bool {
    example.ends_with("kustomize")
}

/// Our program, with kustomize where it may be needed.
fn ours(tools: &Path, arguments: &[&str], example: &str) -> Run {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools.to_owned()).chain(std::env::split_paths(&paths));
    let input = if is_kustomization(example) { "-k" } else { "-f" };
    let output = command()
        .args(arguments)
        .args(["--quiet", input, example])
        .args(NOW)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn rendered(tools: &Path, example: &str) -> Vec<Value> {
    objects(&ours(tools, &["render"], example).expect(0).stdout)
}

type Identity = (String, String, String);

fn identity(object: &Value) -> Identity {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&object["kind"]), text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
}

/// The objects by identity, without what a form may change: the name and the TTL of a Job that runs once, and the
/// annotations that are for its controller.
fn comparable(objects: Vec<Value>, hashed: bool) -> BTreeMap<Identity, Value> {
    let count = objects.len();
    let found: BTreeMap<Identity, Value> = objects
        .into_iter()
        .map(|mut object| {
            if object["kind"] == "Job" {
                if hashed {
                    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
                    let (name, hash) = name.rsplit_once('-').unwrap();
                    let hexadecimal = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
                    assert!(hash.len() == 10 && hexadecimal, "{name}-{hash} has no hash");
                    assert!(object["spec"]["ttlSecondsAfterFinished"].is_null(), "{name} has a TTL");
                    object["metadata"]["name"] = name.into();
                }
                object["spec"].as_object_mut().unwrap().remove("ttlSecondsAfterFinished");
            }
            // By index an absent map would come into being.
            if let Some(annotations) =
                object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
            {
                annotations.retain(|key, _| !ADDED.iter().any(|added| key.starts_with(added)));
                if annotations.is_empty() {
                    object["metadata"].as_object_mut().unwrap().remove("annotations");
                }
            }
            (identity(&object), object)
        })
        .collect();
    assert_eq!(found.len(), count, "two objects of one name");
    found
}

/// Files below a folder that end so.
fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What the tool of a form makes of a bundle: kubectl of a plain folder, kustomize of every kustomization in it.
fn built(tools: &Path, form: &str, bundle: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    if form == "plain" {
        for file in below(bundle, ".yaml") {
            found.extend(objects(&fs::read_to_string(file).unwrap()));
        }
        return found;
    }
    for file in below(bundle, "kustomization.yaml") {
        let folder = file.parent().unwrap();
        let output = Command::new(tools.join("kustomize")).arg("build").arg(folder).output().unwrap();
        assert!(output.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr));
        found.extend(objects(&String::from_utf8(output.stdout).unwrap()));
    }
    let text = |object: &Value| object["apiVersion"].as_str().unwrap_or_default().to_owned();
    found.retain(|object| !CONTROLLERS.iter().any(|group| text(object).starts_with(group)));
    found
}

#[test]
fn every_form_of_every_example_holds_the_objects_of_render() {
    let Some(tools) = tools() else { return };
    let mut compared = 0;
    let forms = forms();
    for example in examples() {
        let expected = comparable(rendered(tools, &example), false);
        for (form, arguments) in &forms {
            let bundle = tempfile::tempdir().unwrap();
            let folder = bundle.path().to_str().unwrap();
            let arguments = [&["emit", form, "--output-dir", folder][..], arguments].concat();
            ours(tools, &arguments, &example).expect(0);
            let actual = comparable(built(tools, form, bundle.path()), true);
            assert_eq!(
                actual.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>(),
                "{example}: {form}"
            );
            for (identity, object) in &expected {
                assert_eq!(&actual[identity], object, "{example}: {form}");
                compared += 1;
            }
        }
        if is_kustomization(&example) {
            continue;
        }
        let answer = run_with_input(["krm"].iter().chain(&NOW), resource_list(&example)).expect(0);
        let answer: Value = serde_yaml::from_str(&answer.stdout).unwrap();
        let made = answer["items"].as_array().unwrap().iter().filter(|item| {
            item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kubectl-neo4j-backup"
        });
        assert_eq!(comparable(made.cloned().collect(), true), expected, "{example}: krm");
    }
    assert!(compared > 100, "{compared}");
}

/// The documents of an example as the items of a list.
fn resource_list(example: &str) -> String {
    let mut list = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n");
    for file in below(&crate::support::root().join(example), ".yaml") {
        for object in objects(&fs::read_to_string(file).unwrap()) {
            list.push_str(&format!("- {object}\n"));
        }
    }
    list
}

/// Critical checks of kube-score that our pods do not pass, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Neo4j's image has the user 7474, and what a pod writes to a claim must be readable by the servers of a restore.
    ("container-security-context-user-group-id", "uid and gid over 10000 are wanted; the image's are 7474"),
    // The image is the servers' own, by a tag that names a version, and lies on their nodes: with `Always` a registry that
    // is away would take the backups with it.
    ("container-image-pull-policy", "`Always` is wanted; the default for a version's tag is IfNotPresent"),
    // A limit evicts the pod that crosses it, in the middle of a backup whose size nobody knows before. `job.resources`
    // and `options.tempStorage` set what a person knows.
    ("container-ephemeral-storage-request-and-limit", "nobody knows the size of a backup before"),
    // Policies are the platform's; `--with networkpolicy` writes them.
    ("pod-networkpolicy", "comes with `--with networkpolicy`"),
];

#[test]
fn kube_score_finds_nothing_critical_that_has_no_reason() {
    let Some(tools) = tools() else { return };
    let all: Vec<Value> = examples().iter().flat_map(|example| rendered(tools, example)).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.yaml");
    let stream: Vec<String> = all.iter().map(ToString::to_string).collect();
    fs::write(&file, stream.join("\n---\n")).unwrap();
    let output = Command::new(tools.join("kube-score"))
        .args(["score", "--output-format", "json"])
        .arg(&file)
        .output()
        .unwrap();
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut checks = 0;
    let mut critical: BTreeSet<&str> = BTreeSet::new();
    for object in scored.as_array().unwrap() {
        for check in object["checks"].as_array().unwrap().iter().filter(|check| check["skipped"] == false) {
            checks += 1;
            // 1 is critical, 5 a warning, 7 almost fine, 10 fine (kube-score, `scorecard/scorecard.go`).
            if check["grade"] == 1 {
                let id = check["check"]["id"].as_str().unwrap();
                assert!(
                    EXCEPTIONS.iter().any(|(known, _)| *known == id),
                    "{}: {id}: {}",
                    object["object_name"],
                    check["comments"]
                );
                critical.insert(id);
            }
        }
    }
    assert!(checks > 200, "{checks}");
    for (id, reason) in EXCEPTIONS {
        assert!(critical.contains(id), "{id} ({reason}) is no exception any more");
    }
}

#[test]
fn kube_linters_default_checks_hold() {
    let Some(tools) = tools() else { return };
    for example in examples() {
        let all = objects(&ours(tools, &["render", "--restore"], &example).expect(0).stdout);
        assert_eq!(crate::linter::objections(&all), Vec::<String>::new(), "{example}");
    }
}
