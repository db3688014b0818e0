//! `emit flux`: what is written for Flux, without a Flux. What it does with that is shown by tests/live/flux.rs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Run, files, root, run};

const SPECS: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph}
spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}}
---
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {name: nightly}
spec:
  target: {kind: Cluster, name: graph}
  schedule: '0 2 * * *'
  storage: {type: pvc, pvc: {name: backups, size: 1Gi}}
---
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {name: once}
spec:
  target: {kind: Cluster, name: graph}
  storage: {type: pvc, pvc: {name: backups, size: 1Gi}}
  job: {deadline: 2h, backoffLimit: 1}
";

fn emit(specs: &str, more: &[&str]) -> (Run, BTreeMap<String, String>) {
    let folder = tempfile::tempdir().unwrap();
    let (input, bundle) = (folder.path().join("specs.yaml"), folder.path().join("bundle"));
    std::fs::write(&input, specs).unwrap();
    let (input, output) = (input.to_string_lossy().into_owned(), bundle.to_string_lossy().into_owned());
    let mut arguments = vec!["emit", "flux", "-q", "-n", "shop", "-f", &input, "-d", &output];
    arguments.extend(more);
    (run(arguments), read(&bundle))
}

fn read(bundle: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![bundle.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(bundle).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn parsed(files: &BTreeMap<String, String>, name: &str) -> Value {
    serde_yaml::from_str(&files[name]).unwrap()
}

#[test]
fn schedules_and_what_runs_once_have_kustomizations_of_their_own() {
    let (run, files) = emit(SPECS, &["--path", "clusters/prod//shop/", "--interval", "1h"]);
    run.expect(0);
    let job = files.keys().find_map(|path| path.strip_prefix("once/shop/job-")).unwrap();
    let job = job.strip_suffix(".yaml").unwrap();
    let expected = |name: &str, rest: Value| {
        let mut spec = json!({
            "force": false, "interval": "1h", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        });
        spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": name, "namespace": "flux-system"}, "spec": spec,
        })
    };
    let schedules = json!({
        "healthChecks": [
            {"apiVersion": "v1", "kind": "ServiceAccount", "name": "neo4j-backup-sa", "namespace": "shop"}],
        "path": "./clusters/prod/shop/workloads", "retryInterval": "2m", "timeout": "1m",
    });
    assert_eq!(parsed(&files, "flux-kustomization.yaml"), expected("neo4j-backup", schedules));
    let once = json!({
        "dependsOn": [{"name": "neo4j-backup"}],
        "healthChecks": [{"apiVersion": "batch/v1", "kind": "Job", "name": job, "namespace": "shop"}],
        // Two tries of two hours, ten seconds between them, and five minutes.
        "path": "./clusters/prod/shop/once", "retryInterval": "10m", "timeout": "4h5m10s",
    });
    assert_eq!(parsed(&files, "flux-kustomization-once.yaml"), expected("neo4j-backup-once", once));
    // Whoever rolls out the folder above takes these two, and not the objects.
    let root = parsed(&files, "kustomization.yaml");
    assert_eq!(root["resources"], json!(["flux-kustomization-once.yaml", "flux-kustomization.yaml"]));
}

#[test]
fn a_whole_bundle() {
    let (run, files) = emit(SPECS, &["--with", "specs"]);
    run.expect(0);
    let mut whole = String::new();
    for (path, text) in files.into_iter().filter(|(path, _)| !path.ends_with(".sha256")) {
        // What is in the CronJob and the Job is shown elsewhere.
        let text: String = text
            .split_inclusive('\n')
            .take_while(|line| *line != "spec:\n" || !path.contains("job-"))
            .collect();
        whole.push_str(&format!("==> {path}\n{}", text.replace(env!("CARGO_PKG_VERSION"), "VERSION")));
    }
    insta::assert_snapshot!(whole);
}

#[test]
fn claims_and_jobs_that_run_once_are_never_pruned_and_such_jobs_never_patched() {
    let (run, files) = emit(SPECS, &["--with", "crds,specs"]);
    run.expect(0);
    let annotations = |name: &str| {
        let path = files.keys().find(|path| path.contains(name)).unwrap();
        let object = parsed(&files, path);
        let all = object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
        let flux = |(key, value): (String, Value)| {
            Some((key.strip_prefix("kustomize.toolkit.fluxcd.io/")?.to_owned(), value))
        };
        Value::Object(all.into_iter().filter_map(flux).collect())
    };
    assert_eq!(annotations("/persistentvolumeclaim-"), json!({"prune": "disabled"}));
    assert_eq!(annotations("/job-"), json!({"prune": "disabled", "ssa": "IfNotPresent"}));
    assert_eq!(annotations("/cronjob-"), json!({}));
    assert_eq!(annotations("/serviceaccount-"), json!({}));
    assert_eq!(annotations("/neo4jbackup-"), json!({"ssa": "IfNotPresent"}));
    let definition = annotations("crds/customresourcedefinition-neo4jbackups");
    assert_eq!(definition["prune"], "disabled");
    assert_eq!(definition["ssa"], "IfNotPresent");
    assert_eq!(
        parsed(&files, "flux-kustomization-specs.yaml")["spec"]["dependsOn"],
        json!([{"name": "neo4j-backup-crds"}])
    );
}

#[test]
fn an_object_that_substitution_would_change_says_that_it_must_not() {
    let dollars = SPECS.replace("job: {deadline", "job: {annotations: {example.com/price: 5$$}, deadline");
    let (run, files) = emit(&dollars, &[]);
    run.expect(0);
    const DISABLED: &str = "kustomize.toolkit.fluxcd.io/substitute: disabled";
    for (path, text) in &files {
        assert!(!text.contains("${"), "{path}");
        if path.ends_with(".yaml") {
            assert_eq!(text.contains("$$"), text.contains(DISABLED), "{path}: {text}");
        }
    }
    assert_eq!(files.values().filter(|text| text.contains(DISABLED)).count(), 1);
}

#[test]
fn what_goes_with_backups_is_left_alone_by_substitution_and_its_kinds_are_named() {
    let (run, files) = emit(SPECS, &["--with", "prometheusrule,grafana"]);
    run.expect(0);
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let object = parsed(&files, path);
        let substitution = &object["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/substitute"];
        assert_eq!(text.contains("${") || text.contains("$$"), substitution == "disabled", "{path}");
    }
    let rule = files.keys().find(|path| path.contains("/prometheusrule-")).unwrap();
    assert!(rule.starts_with("workloads/"), "{rule}");
    assert!(files["README.md"].contains("The cluster has to know `monitoring.coreos.com` before"));
}

#[test]
fn every_environment_has_kustomizations_of_its_own() {
    let environments = ["--env", "prod=shop", "--env", "test=shop-test", "--with", "crds"];
    let (run, files) = emit(SPECS, &environments);
    run.expect(0);
    for (environment, namespace) in [("prod", "shop"), ("test", "shop-test")] {
        let folder = format!("environments/{environment}");
        let object = parsed(&files, &format!("{folder}/flux-kustomization.yaml"));
        assert_eq!(object["metadata"]["name"], format!("neo4j-backup-{environment}"));
        assert_eq!(object["spec"]["path"], format!("./{folder}/workloads"));
        assert_eq!(object["spec"]["healthChecks"][0]["namespace"], namespace);
        let definitions = parsed(&files, &format!("{folder}/flux-kustomization-crds.yaml"));
        assert_eq!(definitions["spec"]["path"], "./crds");
        assert_eq!(
            parsed(&files, &format!("{folder}/kustomization.yaml"))["resources"].as_array().unwrap().len(),
            3
        );
    }
    assert!(!files.contains_key("kustomization.yaml"));
}

#[test]
fn settings_that_flux_would_refuse_are_refused_before() {
    for (flag, value, word) in [
        ("--source", "flux-system", "KIND/NAME"),
        ("--source", "HelmRepository/charts", "no kind of source"),
        ("--source", "GitRepository/Platform", "not the name"),
        ("--source", "GitRepository/platform.", "not the name"),
        ("--path", "../elsewhere", "below the root"),
        ("--path", "a b", "below the root"),
        ("--interval", "10", "a number and a unit"),
        ("--interval", "0s", "a number and a unit"),
        ("--interval", "1d", "a number and a unit"),
        ("--flux-namespace", "Flux", "lower-case"),
        ("--name", "a-name-that-is-far-too-long-to-have-suffixes", "at most 40"),
    ] {
        let (run, files) = emit(SPECS, &[flag, value]);
        assert!(run.code == 2 && run.stderr.contains(word), "{flag} {value}: {}", run.transcript());
        assert!(files.is_empty());
    }
    let (run, files) = emit(SPECS, &["--source", "ocirepository/shop.backups.platform"]);
    run.expect(0);
    assert_eq!(
        parsed(&files, "flux-kustomization.yaml")["spec"]["sourceRef"],
        json!({"kind": "OCIRepository", "name": "shop.backups", "namespace": "platform"})
    );
}

#[test]
fn the_readme_of_a_bundle_names_what_is_in_it() {
    let (run, files) = emit(SPECS, &["--with", "crds,specs"]);
    run.expect(0);
    let readme = &files["README.md"];
    for path in files.keys().filter(|path| path.starts_with("flux-kustomization")) {
        assert!(readme.contains(&format!("`{path}`")), "{path}");
        let object = parsed(&files, path);
        let name = object["metadata"]["name"].as_str().unwrap();
        assert!(readme.contains(&format!("`flux-system/{name}`")), "{name}");
    }
    assert!(!readme.contains("\n\n\n"), "{readme}");
    // Without them there is nothing to say about them.
    let (_, files) = emit(SPECS.rsplit_once("---\n").unwrap().0, &[]);
    let readme = &files["README.md"];
    assert!(!readme.contains("run once") && !readme.contains("Definitions"), "{readme}");
    assert!(!readme.contains("\n\n\n"), "{readme}");
}

#[test]
fn no_template_holds_what_flux_substitutes() {
    for file in files("templates/emit", ".j2") {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        assert!(!text.contains("${"), "{}", file.display());
    }
}
