//! `emit argocd`: what Argo CD is told of each object, and the Applications.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Run, root, run};

const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph, namespace: shop}
spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}}
";

fn backup(name: &str, more: &str) -> String {
    format!(
        "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  target: {{kind: Cluster, name: graph}}\n  \
         storage: {{type: pvc, pvc: {{name: {name}-backups, size: 1Gi}}}}\n{more}"
    )
}

const NIGHTLY: &str = "  schedule: \"0 2 * * *\"\n";
const REPOSITORY: [&str; 4] = ["--repo-url", "https://git.example.com/shop.git", "--path", "./deploy/"];

/// Emits into a folder and reads everything in it that is YAML.
struct Emitted {
    folder: tempfile::TempDir,
    run: Run,
}

impl Emitted {
    fn of(specs: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("specs.yaml");
        std::fs::write(&input, format!("{TARGET}{specs}")).unwrap();
        let out = folder.path().join("out");
        let mut arguments =
            vec!["emit", "argocd", "-f", input.to_str().unwrap(), "--output-dir", out.to_str().unwrap()];
        arguments.extend(more);
        let run = run(arguments);
        Self { folder, run }
    }

    #[track_caller]
    fn good(specs: &str, more: &[&str]) -> Self {
        let emitted = Self::of(specs, more);
        emitted.run.clone().expect(0);
        emitted
    }

    fn text(&self, path: &str) -> String {
        let path = self.folder.path().join("out").join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn documents(&self, path: &str) -> Vec<Value> {
        documents(&self.text(path))
    }

    fn document(&self, path: &str) -> Value {
        self.documents(path).remove(0)
    }

    /// The annotations of an object that are for Argo CD, without their common beginning.
    fn annotations(&self, path: &str) -> BTreeMap<String, String> {
        let document = self.document(path);
        let annotations = document["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
        annotations
            .into_iter()
            .filter_map(|(key, value)| {
                let key = key.strip_prefix("argocd.argoproj.io/")?.to_owned();
                Some((key, value.as_str().expect("annotations are strings").to_owned()))
            })
            .collect()
    }
}

fn documents(text: &str) -> Vec<Value> {
    text.split("---\n")
        .filter(|part| part.contains("kind:"))
        .map(|part| serde_yaml::from_str(part).unwrap())
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn each_kind_is_annotated_for_what_argo_cd_would_do_to_it() {
    let specs = backup("nightly", NIGHTLY) + &backup("first", "");
    let mut arguments = REPOSITORY.to_vec();
    arguments.extend(["--with", "crds,specs"]);
    let emitted = Emitted::good(&specs, &arguments);
    let kept = [("sync-options", "Prune=false,Delete=false"), ("compare-options", "IgnoreExtraneous")];
    let claim = [kept[0], kept[1], ("ignore-healthcheck", "true")];
    let job = emitted.document("once/kustomization.yaml")["resources"][0].as_str().unwrap().to_owned();
    for (path, expected) in [
        ("workloads/shop/serviceaccount-neo4j-backup-sa.yaml", &[("sync-wave", "-1")][..]),
        ("workloads/shop/persistentvolumeclaim-nightly-backups.yaml", &claim),
        ("workloads/shop/cronjob-nightly-backup-cron.yaml", &[]),
        (&format!("once/{job}"), &kept),
        ("crds/customresourcedefinition-neo4jbackups.neo4j.neo4j.com.yaml", &kept),
        ("specs/shop/neo4jbackup-nightly.yaml", &[("sync-options", "SkipDryRunOnMissingResource=true")]),
    ] {
        assert_eq!(emitted.annotations(path), map(expected), "{path}");
    }
    arguments.push("--argocd-health=ignore");
    let emitted = Emitted::good(&specs, &arguments);
    let cron_job = "workloads/shop/cronjob-nightly-backup-cron.yaml";
    assert_eq!(emitted.annotations(cron_job), map(&[("ignore-healthcheck", "true")]));
    assert_eq!(emitted.annotations(&format!("once/{job}")), map(&kept), "a run once is still looked at");
}

/// Argo CD applies by the client where it is not told to force conflicts, and then the whole object is an annotation.
#[test]
fn definitions_fit_into_an_annotation() {
    let mut arguments = REPOSITORY.to_vec();
    arguments.extend(["--with", "crds"]);
    let emitted = Emitted::good(&backup("nightly", NIGHTLY), &arguments);
    for kind in ["neo4jbackups", "neo4jrestores"] {
        let document =
            emitted.document(&format!("crds/customresourcedefinition-{kind}.neo4j.neo4j.com.yaml"));
        let size = document.to_string().len();
        assert!(size < 262_144, "{kind}: {size}");
    }
}

#[test]
fn applications_are_one_for_each_part_and_say_what_is_done_by_itself() {
    let specs = backup("nightly", NIGHTLY) + &backup("first", "");
    let mut arguments = REPOSITORY.to_vec();
    arguments.extend(["--with", "crds,specs", "--project", "graphs", "--target-revision", "main"]);
    arguments.extend([
        "--argocd-namespace",
        "gitops",
        "--destination-name",
        "prod",
        "--application-name",
        "shop",
    ]);
    let emitted = Emitted::good(&specs, &arguments);
    let applications = emitted.documents("application.yaml");
    let names: Vec<&str> = applications.iter().map(|one| one["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["shop-crds", "shop-workloads", "shop-once", "shop-specs"]);
    for (application, folder) in applications.iter().zip(["crds", "workloads", "once", "specs"]) {
        assert_eq!(application["metadata"]["namespace"], "gitops");
        let spec = &application["spec"];
        assert_eq!(spec["project"], "graphs");
        assert_eq!(
            spec["source"],
            json!({"repoURL": "https://git.example.com/shop.git", "targetRevision": "main",
                "path": format!("deploy/{folder}")})
        );
        assert_eq!(spec["destination"], json!({"name": "prod", "namespace": "shop"}));
        let automated = match folder {
            "crds" => Value::Null,
            "once" => json!({"prune": true, "selfHeal": false}),
            _ => json!({"prune": true, "selfHeal": true}),
        };
        assert_eq!(spec["syncPolicy"]["automated"], automated, "{folder}");
        // Server-side apply forces conflicts in Argo CD, and Replace and Force delete.
        let text = application.to_string();
        for word in ["ServerSideApply", "Replace=", "Force=", "finalizer"] {
            assert!(!text.contains(word), "{folder}: {text}");
        }
        assert_eq!(spec.get("ignoreDifferences").is_some(), folder == "once", "{folder}");
    }
}

#[test]
fn environments_are_an_application_set_or_applications_of_an_application() {
    let specs = backup("nightly", NIGHTLY) + &backup("first", "");
    let mut arguments = REPOSITORY.to_vec();
    arguments.extend(["--env", "test=shop-test", "--env", "prod=shop", "--with", "crds"]);
    arguments.extend([
        "--destination-server",
        "test=https://192.0.2.1:6443/?a=b",
        "--destination-name",
        "prod",
    ]);
    let emitted = Emitted::good(&specs, &arguments);
    let objects = emitted.documents("applicationset.yaml");
    let kinds: Vec<&str> = objects.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Application", "ApplicationSet", "ApplicationSet"]);
    let set = &objects[1]["spec"];
    assert_eq!(
        set["generators"][0]["list"]["elements"],
        json!([
            {"environment": "test", "application": "neo4j-backup-test-workloads", "namespace": "shop-test",
                "path": "deploy/environments/test/workloads", "server": "https://192.0.2.1:6443/?a=b"},
            {"environment": "prod", "application": "neo4j-backup-prod-workloads", "namespace": "shop",
                "path": "deploy/environments/prod/workloads", "name": "prod"},
        ])
    );
    assert_eq!(set["syncPolicy"], json!({"preserveResourcesOnDeletion": true}));
    assert_eq!(set["template"]["spec"]["destination"]["server"], "{{get . \"server\"}}");

    arguments.push("--app-of-apps");
    let emitted = Emitted::good(&specs, &arguments);
    let root = emitted.document("application.yaml");
    assert_eq!(root["spec"]["source"]["path"], "deploy/apps");
    assert_eq!(
        root["spec"]["destination"],
        json!({"server": "https://kubernetes.default.svc", "namespace": "argocd"})
    );
    assert_eq!(
        emitted.document("apps/kustomization.yaml")["resources"],
        json!([
            "application-neo4j-backup-crds.yaml",
            "application-neo4j-backup-prod-once.yaml",
            "application-neo4j-backup-prod-workloads.yaml",
            "application-neo4j-backup-test-once.yaml",
            "application-neo4j-backup-test-workloads.yaml",
        ])
    );
}

/// Nothing that Flux would substitute, nothing empty, no label by which Argo CD would take runs for its own.
#[test]
fn every_example_is_emitted_without_traps() {
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let example = entry.unwrap().path();
        if !example.is_dir() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut arguments =
            vec!["emit", "argocd", "-f", example.to_str().unwrap(), "-n", "neo4j", "--with", "specs"];
        arguments.extend(["--quiet", "--output-dir", folder.path().to_str().unwrap()]);
        arguments.extend(REPOSITORY);
        run(arguments).expect(0);
        seen += check_folder(folder.path());
    }
    assert!(seen > 100, "{seen} files");
}

fn check_folder(folder: &Path) -> usize {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            seen += check_folder(&path);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            seen += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("${") && !text.contains("null"), "{}:\n{text}", path.display());
            for document in documents(&text) {
                let templates = [&document["spec"]["template"], &document["spec"]["jobTemplate"]];
                for template in templates {
                    assert!(
                        !template.to_string().contains("app.kubernetes.io/instance"),
                        "{}",
                        path.display()
                    );
                }
            }
        }
    }
    seen
}

#[test]
fn a_stream_holds_the_objects_of_the_folder() {
    let specs = backup("nightly", NIGHTLY) + &backup("first", "");
    let emitted = Emitted::good(&specs, &REPOSITORY);
    let input = emitted.folder.path().join("specs.yaml");
    let stream = run(["emit", "argocd", "-f", input.to_str().unwrap(), "--output-dir", "-"]).expect(0).stdout;
    let mut expected = Vec::new();
    for part in ["workloads", "once"] {
        let kustomization = emitted.document(&format!("{part}/kustomization.yaml"));
        for file in kustomization["resources"].as_array().unwrap() {
            expected.push(emitted.document(&format!("{part}/{}", file.as_str().unwrap())));
        }
    }
    assert_eq!(documents(&stream), expected);
    for more in [&["--check"][..], &["--prune"], &["--env", "a=b"]] {
        let mut arguments = vec!["emit", "argocd", "-f", input.to_str().unwrap(), "--output-dir", "-"];
        arguments.extend(more);
        run(arguments).expect(2);
    }
}

#[test]
fn the_plugin_is_a_configuration_a_sidecar_and_what_installs_both() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    run(["emit", "argocd", "--plugin", "--output-dir", out]).expect(2);
    run(["emit", "argocd", "--plugin", "--plugin-image", "backup:1", "--output-dir", out]).expect(0);
    let read = |name: &str| documents(&std::fs::read_to_string(folder.path().join(name)).unwrap()).remove(0);
    let plugin = read("plugin.yaml");
    let command: Vec<String> = serde_json::from_value(plugin["spec"]["generate"]["command"].clone()).unwrap();
    assert_eq!(command[0], "kubectl-neo4j_backup");
    assert!(plugin["spec"].get("discover").is_none());
    let sidecar = &read("repo-server.yaml")["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(sidecar["image"], "backup:1");
    assert_eq!(sidecar["command"], json!(["/var/run/argocd/argocd-cmp-server"]));
    assert_eq!(read("kustomization.yaml")["kind"], "Component");
    assert!(!folder.path().join("application.yaml").exists());
    // Emitting again changes nothing, and the check says so.
    run(["emit", "argocd", "--plugin", "--plugin-image", "backup:1", "--output-dir", out, "--check"])
        .expect(0);
}

#[test]
fn what_is_missing_or_given_twice_is_said() {
    let run = Emitted::of(&backup("nightly", NIGHTLY), &[]).run.expect(2);
    assert!(run.stderr.contains("--repo-url"), "{}", run.stderr);
    let mut arguments = REPOSITORY.to_vec();
    arguments.extend(["--destination-server", "https://192.0.2.1", "--destination-name", "prod"]);
    let run = Emitted::of(&backup("nightly", NIGHTLY), &arguments).run.expect(2);
    assert!(run.stderr.contains("given twice"), "{}", run.stderr);
}

#[test]
fn metadata_that_argo_cd_reads_is_told() {
    let job =
        "  job: {labels: {app.kubernetes.io/instance: shop}, annotations: {argocd.argoproj.io/hook: Sync}}\n";
    let emitted = Emitted::good(&backup("nightly", &format!("{NIGHTLY}{job}")), &REPOSITORY);
    assert_eq!(emitted.run.stderr.matches("NB716").count(), 2, "{}", emitted.run.stderr);
    // Other forms have nothing to say of it.
    let input = emitted.folder.path().join("specs.yaml");
    let out = emitted.folder.path().join("plain");
    let plain = run(["emit", "plain", "-f", input.to_str().unwrap(), "--output-dir", out.to_str().unwrap()]);
    assert!(!plain.expect(0).stderr.contains("NB716"));
}

#[test]
fn kinds_of_others_do_not_hold_up_what_kubernetes_knows() {
    let flags = [&REPOSITORY[..], &["--with", "prometheusrule,grafana"]].concat();
    let emitted = Emitted::good(&backup("a", NIGHTLY), &flags);
    let folder = emitted.folder.path().join("out/workloads/shop");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let options = emitted.annotations(&format!("workloads/shop/{name}")).remove("sync-options");
        if name.starts_with("prometheusrule-") {
            assert_eq!(options.as_deref(), Some("SkipDryRunOnMissingResource=true"), "{name}");
            seen.push(name);
        } else if name.starts_with("cronjob-") || name.starts_with("configmap-") {
            assert_eq!(options, None, "{name}");
        }
    }
    assert!(!seen.is_empty());
}
