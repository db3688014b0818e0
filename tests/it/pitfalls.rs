//! The 74 pitfalls of operator.md §4: `docs/pitfalls.md` has a row for each, whose codes and tests exist, and what
//! the table calls impossible is tried here, on the objects that whole specs become.

use std::collections::BTreeSet;

use neo4j_backup::diagnostics::{Code, by_code};
use serde_json::{Value, json};

use crate::pipeline::{options, process};
use crate::support::root;

/// How many pitfalls operator.md §4 lists.
const PITFALLS: u32 = 74;

/// A row of the table: number, pitfall, what is done, tests.
struct Row {
    number: u32,
    pitfall: String,
    answer: String,
    tests: String,
}

fn rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> =
                line.strip_prefix('|')?.strip_suffix('|')?.split(" | ").map(str::trim).collect();
            let number = cells.first()?.parse().ok()?;
            let [_, pitfall, answer, tests] = cells[..] else { panic!("not four cells: {line}") };
            Some(Row { number, pitfall: pitfall.into(), answer: answer.into(), tests: tests.into() })
        })
        .collect()
}

/// Every `NB` and three digits of a text.
fn codes(text: &str) -> Vec<&str> {
    text.match_indices("NB").filter_map(|(start, _)| text.get(start..start + 5)).collect()
}

/// Every text between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with a table; empty when nothing is.
fn faults(table: &str, source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let rows = rows(table);
    let mut faults = Vec::new();
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    if numbers != (1..=PITFALLS).collect::<Vec<u32>>() {
        faults.push(format!("the rows are not 1 to {PITFALLS}, each once and in order: {numbers:?}"));
    }
    for row in rows {
        let mut fault = |text: String| faults.push(format!("pitfall {}: {text}", row.number));
        if [&row.pitfall, &row.answer, &row.tests].iter().any(|cell| cell.is_empty()) {
            fault("an empty cell".to_owned());
        }
        if row.answer.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("open")) {
            fault("nobody answers it".to_owned());
        }
        let found = codes(&row.answer);
        for code in &found {
            if !code.parse::<Code>().is_ok_and(|code| by_code(code).is_some()) {
                fault(format!("{code} is no code"));
            }
        }
        let answered =
            ["cannot happen:", "later:", "not visible:"].iter().any(|word| row.answer.contains(word));
        if found.is_empty() && !answered {
            fault("neither a code nor a reason".to_owned());
        }
        let tests = quoted(&row.tests);
        // What only a cluster or a store can show has no test of this table.
        let elsewhere = row.answer.starts_with("later:") || row.answer.starts_with("not visible:");
        if tests.is_empty() && !(elsewhere && row.tests == "–") {
            fault("no test".to_owned());
        }
        for test in tests {
            let exists = test.rsplit_once("::").is_some_and(|(file, name)| {
                source(file).is_some_and(|text| text.contains(&format!("fn {name}(")))
            });
            if !exists {
                fault(format!("there is no test {test}"));
            }
        }
    }
    faults
}

#[test]
fn every_pitfall_has_its_answer_and_its_test() {
    let table = std::fs::read_to_string(root().join("docs/pitfalls.md")).unwrap();
    let faults = faults(&table, |file| std::fs::read_to_string(root().join(file)).ok());
    assert!(faults.is_empty(), "docs/pitfalls.md:\n{}", faults.join("\n"));
}

#[test]
fn a_table_that_lacks_something_is_found_out() {
    let source = |file: &str| (file == "a.rs").then(|| "fn b() {}".to_owned());
    let sound: Vec<String> =
        (1..=PITFALLS).map(|n| format!("| {n} | pitfall | NB101 | `a.rs::b` |")).collect();
    assert_eq!(faults(&sound.join("\n"), source), Vec::<String>::new());
    for (row, expected) in [
        ("", "the rows are not 1 to 74"),
        ("| 2 | pitfall | NB101 | `a.rs::b` |", "the rows are not 1 to 74"),
        ("| 1 | pitfall | open | `a.rs::b` |", "nobody answers it"),
        ("| 1 | pitfall | NB099 | `a.rs::b` |", "NB099 is no code"),
        ("| 1 | pitfall | it is fine | `a.rs::b` |", "neither a code nor a reason"),
        ("| 1 | pitfall | NB101 | – |", "no test"),
        ("| 1 | pitfall | cannot happen: no | – |", "no test"),
        ("| 1 | pitfall | NB101 | `a.rs::c` |", "there is no test a.rs::c"),
        ("| 1 | pitfall | NB101 | `c.rs::b` |", "there is no test c.rs::b"),
        ("| 1 |  | NB101 | `a.rs::b` |", "an empty cell"),
    ] {
        let mut table = sound.clone();
        table[0] = row.to_owned();
        let found = faults(&table.join("\n"), source);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{row}: {found:?}");
    }
}

fn document(kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": kind,
        "metadata": {"name": name, "namespace": "default"}, "spec": spec})
}

fn target(spec: Value) -> Value {
    json!({"apiVersion": "config.neo4j.neo4j.com/v1alpha1", "kind": "Neo4jTarget",
        "metadata": {"name": "graph", "namespace": "default"}, "spec": spec})
}

fn cluster() -> Value {
    target(json!({"image": "neo4j:5.26.33-enterprise", "topology": {"kind": "Cluster", "servers": 3}}))
}

fn standalone() -> Value {
    target(json!({"image": "neo4j:5.26.33-enterprise", "topology": {"kind": "Standalone"}}))
}

fn s3() -> Value {
    json!({"type": "s3", "bucket": "company-backups",
        "cloud": {"provider": "aws", "credentialsSecretRef": "keys"}})
}

fn claim() -> Value {
    json!({"type": "pvc", "pvc": {"name": "artifacts", "size": "50Gi"}})
}

/// One storage of each type.
fn storages() -> [Value; 4] {
    [
        s3(),
        json!({"type": "gcs", "bucket": "company-backups", "cloud": {"provider": "gcp", "credentialsSecretRef": "keys"}}),
        json!({"type": "azure", "bucket": "backups", "cloud": {"provider": "azure", "credentialsSecretRef": "keys"}}),
        claim(),
    ]
}

fn backup(storage: Value, more: Value) -> Value {
    let mut spec = json!({"target": {"kind": "Cluster", "name": "graph"}, "storage": storage});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document("Neo4jBackup", "nightly", spec)
}

fn restore(source: Value, more: Value) -> Value {
    let mut spec = json!({"targetCluster": "graph", "databaseName": "orders", "source": source});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document("Neo4jRestore", "back", spec)
}

const ARTIFACT: &str = "orders-2026-01-01T00-00-00.backup";

fn from_s3() -> Value {
    json!({"type": "s3", "storage": s3(), "backupPath": ARTIFACT})
}

fn stopped() -> Value {
    json!({"stopCluster": true, "force": true})
}

/// Objects of documents that must be without error, and the restores' procedures as one text.
#[track_caller]
fn rendered(documents: &[Value]) -> (Vec<Value>, String) {
    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
    let mut options = options();
    // The targets are documents here.
    options.target = neo4j_backup::target::TargetFlags::default();
    let outcome = process(text.join("\n---\n").as_bytes(), &options);
    assert!(!outcome.refused(), "{:#?}", outcome.diagnostics);
    let objects = outcome.values();
    assert!(!objects.is_empty());
    let lines: Vec<String> = outcome
        .restores
        .iter()
        .flat_map(|plan| &plan.procedure)
        .map(|step| format!("{} {}", step.text, step.command.as_deref().unwrap_or_default()))
        .collect();
    (objects, lines.join("\n"))
}

fn pods(objects: &[Value]) -> Vec<&Value> {
    objects
        .iter()
        .filter_map(|object| {
            object.pointer("/spec/template").or_else(|| object.pointer("/spec/jobTemplate/spec/template"))
        })
        .collect()
}

/// The pod that writes into a data claim.
fn restoring(objects: &[Value]) -> &Value {
    pods(objects)
        .into_iter()
        .find(|pod| pod.pointer("/spec/containers/0/name").is_some_and(|name| name == "restore"))
        .expect("a pod restores")
}

fn containers(objects: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for pod in pods(objects) {
        for list in ["initContainers", "containers"] {
            found.extend(pod["spec"][list].as_array().cloned().unwrap_or_default());
        }
    }
    found
}

#[track_caller]
fn container(objects: &[Value], name: &str) -> Value {
    containers(objects)
        .into_iter()
        .find(|container| container["name"] == name)
        .unwrap_or_else(|| panic!("no container {name}"))
}

fn arguments(container: &Value) -> Vec<&str> {
    container["args"].as_array().into_iter().flatten().map(|argument| argument.as_str().unwrap()).collect()
}

#[track_caller]
fn argument<'c>(container: &'c Value, option: &str) -> &'c str {
    let found =
        arguments(container).into_iter().find_map(|text| text.strip_prefix(option)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {option} in {container}"))
}

fn variable<'c>(container: &'c Value, name: &str) -> Option<&'c Value> {
    container["env"].as_array()?.iter().find(|variable| variable["name"] == name)
}

fn volume<'p>(pod: &'p Value, name: &str) -> &'p Value {
    let found = pod["spec"]["volumes"].as_array().into_iter().flatten().find(|volume| volume["name"] == name);
    found.unwrap_or(&Value::Null)
}

fn mount<'c>(container: &'c Value, path: &str) -> &'c Value {
    let found =
        container["volumeMounts"].as_array().into_iter().flatten().find(|mount| mount["mountPath"] == path);
    found.unwrap_or(&Value::Null)
}

/// Pitfalls 1 and 2.
#[test]
fn every_run_writes_into_the_one_folder_of_its_spec() {
    let mut folders = BTreeSet::new();
    for storage in storages() {
        let (objects, _) = rendered(&[cluster(), backup(storage, json!({"schedule": "0 2 * * *"}))]);
        folders.insert(argument(&container(&objects, "backup"), "--to-path").to_owned());
    }
    assert_eq!(
        folders.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "/backups/",
            "azb://$(AZURE_STORAGE_ACCOUNT)/backups/backups/",
            "gs://company-backups/backups/",
            "s3://company-backups/backups/"
        ]
    );
}

/// Pitfalls 9, 12, 41 and 51: programs get arguments as they are, in an image that has a version, and none of them
/// renames or deletes anything.
#[test]
fn no_step_of_ours_runs_a_shell_or_another_image() {
    let mut seen = 0;
    for storage in storages() {
        let verified = json!({"options": {"verify": true}, "retention": {"maxAge": "30d"}});
        let source = json!({"type": "storage", "storage": storage, "backupPath": ARTIFACT});
        for documents in [
            [cluster(), backup(storage.clone(), verified)],
            [cluster(), restore(source.clone(), stopped())],
            [standalone(), restore(source, stopped())],
        ] {
            let (objects, _) = rendered(&documents);
            for container in containers(&objects) {
                seen += 1;
                assert_eq!(container["image"], "neo4j:5.26.33-enterprise");
                let command = container["command"].as_array().unwrap();
                assert_eq!(command.len(), 1, "{container}");
                assert!(["neo4j-admin", "cypher-shell", "keytool"].contains(&command[0].as_str().unwrap()));
            }
        }
    }
    assert!(seen >= 12, "only {seen} containers");
    let (objects, _) = rendered(&[cluster(), backup(s3(), json!({}))]);
    assert_eq!(arguments(&container(&objects, "backup")).last(), Some(&"*"));
}

/// Pitfalls 5, 6 and 74.
#[test]
fn temporary_files_have_an_empty_writable_folder_of_their_own() {
    let named = json!({"kind": "Cluster", "name": "graph", "databases": ["neo4j", "orders"]});
    let sized = json!({"target": named, "options": {"verify": true, "tempStorage": {"size": "200Gi"}}});
    let source = json!({"type": "storage", "storage": claim(), "backupPath": ARTIFACT});
    let verified = json!({"stopCluster": true, "force": true, "options": {"verifyBackup": true}});
    for (documents, steps) in [
        ([cluster(), backup(claim(), json!({"target": named, "options": {"verify": true}}))], 3),
        ([cluster(), backup(s3(), sized)], 3),
        ([standalone(), restore(source, verified)], 2),
    ] {
        let (objects, _) = rendered(&documents);
        let pods = pods(&objects);
        let temp = volume(pods[0], "temp");
        assert!(temp.get("emptyDir").or_else(|| temp.get("ephemeral")).is_some(), "{temp}");
        let mut folders = BTreeSet::new();
        for container in containers(&objects) {
            if !arguments(&container).iter().any(|argument| argument.starts_with("--temp-path=")) {
                continue;
            }
            let mount = mount(&container, argument(&container, "--temp-path"));
            assert_eq!(mount["name"], "temp");
            assert!(mount.get("readOnly").is_none());
            assert!(folders.insert(mount["subPath"].as_str().unwrap().to_owned()), "{mount} is used twice");
        }
        assert_eq!(folders.len(), steps, "{folders:?}");
    }
}

/// Pitfall 11.
#[test]
fn a_false_is_not_an_absence() {
    let option = |options: Value| {
        let (objects, _) = rendered(&[cluster(), backup(s3(), json!({"options": options}))]);
        let backup = container(&objects, "backup");
        arguments(&backup).iter().find(|text| text.starts_with("--compress")).map(|text| (*text).to_owned())
    };
    assert_eq!(option(json!({"compress": false})).as_deref(), Some("--compress=false"));
    assert_eq!(option(json!({"compress": true})).as_deref(), Some("--compress=true"));
}

/// Pitfall 17.
#[test]
fn the_deployments_pull_secrets_reach_every_pod() {
    let deployment = document(
        "Neo4jEnterpriseCluster",
        "graph",
        json!({"image": {"repo": "neo4j", "tag": "5.26.33-enterprise", "pullSecrets": ["registry"]},
            "topology": {"servers": 3}}),
    );
    let (objects, _) = rendered(&[deployment, backup(s3(), json!({})), restore(from_s3(), stopped())]);
    let pods = pods(&objects);
    assert_eq!(pods.len(), 3, "the backup's, the one that inspects and the one that restores");
    for pod in pods {
        assert_eq!(pod["spec"]["imagePullSecrets"], json!([{"name": "registry"}]));
    }
}

/// Pitfalls 22, 25 and 73.
#[test]
fn runs_neither_overlap_nor_storm_and_know_their_zone() {
    let cron_job = |more: Value| {
        let (objects, _) = rendered(&[cluster(), backup(s3(), more)]);
        objects.into_iter().find(|object| object["kind"] == "CronJob").unwrap()["spec"].clone()
    };
    let plain = cron_job(json!({"schedule": "0 2 * * *"}));
    assert_eq!(plain["concurrencyPolicy"], "Forbid");
    assert_eq!(plain["startingDeadlineSeconds"], 600);
    assert_eq!(plain["suspend"], false);
    assert_eq!(plain["timeZone"], "Etc/UTC");
    let paused = cron_job(json!({"schedule": "0 4 * * *", "suspend": true, "timeZone": "Europe/Berlin"}));
    assert_eq!(paused["suspend"], true);
    assert_eq!(paused["timeZone"], "Europe/Berlin");
}

/// Pitfall 33, and 32 for the region.
#[test]
fn both_names_of_the_region_are_set_from_what_is_known() {
    let mut storage = s3();
    let (objects, _) = rendered(&[cluster(), backup(storage.clone(), json!({}))]);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let backup = container(&objects, "backup");
        let from = &variable(&backup, name).unwrap()["valueFrom"]["secretKeyRef"];
        assert_eq!(*from, json!({"name": "keys", "key": "AWS_DEFAULT_REGION", "optional": true}));
    }
    storage["cloud"]["region"] = json!("eu-central-1");
    let (objects, _) = rendered(&[cluster(), backup(storage, json!({}))]);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        assert_eq!(variable(&container(&objects, "backup"), name).unwrap()["value"], "eu-central-1");
    }
}

/// Pitfall 35: a Secret is read for its keys only.
#[test]
fn a_secret_is_never_rendered() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "default"},
        "stringData": {"AWS_ACCESS_KEY_ID": "<your-key>", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_DEFAULT_REGION": "x"}});
    let (objects, _) = rendered(&[secret, cluster(), backup(s3(), json!({})), restore(from_s3(), stopped())]);
    for object in objects {
        assert_ne!(object["kind"], "Secret");
        let text = object.to_string();
        assert!(!text.contains("hunter2") && !text.contains("<your-key>"), "{text}");
    }
}

/// Pitfalls 36 and 37.
#[test]
fn an_endpoint_and_its_authority_need_no_secret_key() {
    let storage = json!({"type": "s3", "bucket": "company-backups", "cloud": {"provider": "aws", "region": "main",
        "endpointURL": "https://store.example.org", "forcePathStyle": true, "caSecretRef": {"name": "authority"},
        "identity": {"serviceAccount": "writer"}}});
    let source = json!({"type": "s3", "storage": storage, "backupPath": ARTIFACT});
    for document in [backup(storage, json!({})), restore(source, stopped())] {
        let name = if document["kind"] == "Neo4jBackup" { "backup" } else { "restore" };
        let (objects, _) = rendered(&[cluster(), document]);
        let step = container(&objects, name);
        assert_eq!(variable(&step, "AWS_ENDPOINT_URL_S3").unwrap()["value"], "https://store.example.org");
        let java = variable(&step, "JAVA_TOOL_OPTIONS").unwrap()["value"].as_str().unwrap();
        assert!(
            java.contains("forcePathStyle=true") && java.contains("-Djavax.net.ssl.trustStore="),
            "{java}"
        );
        assert_eq!(container(&objects, "trust-store")["command"][0], "keytool");
        assert_eq!(volume(pods(&objects)[0], "store-ca")["secret"]["secretName"], "authority");
    }
}

/// Pitfall 38: the webhook looks for the label on the pod.
#[test]
fn pods_with_an_azure_identity_have_its_label() {
    let storage = json!({"type": "azure", "bucket": "backups", "cloud": {"provider": "azure", "storageAccount": "company",
        "identity": {"autoCreate": {"annotations":
            {"azure.workload.identity/client-id": "6f1d2c84-3b7e-4f0a-9c55-0e8a7d41b263"}}}}});
    let source = json!({"type": "azure", "storage": storage, "backupPath": ARTIFACT});
    let (objects, _) = rendered(&[cluster(), backup(storage, json!({})), restore(source, stopped())]);
    let pods = pods(&objects);
    assert_eq!(pods.len(), 3, "the backup's, the one that inspects and the one that restores");
    for pod in pods {
        assert_eq!(pod["metadata"]["labels"]["azure.workload.identity/use"], "true");
    }
}

/// Pitfalls 40, 61 and 62.
#[test]
fn names_follow_from_the_kind_of_deployment_and_its_domain() {
    let mut single = standalone();
    single["spec"]["clusterDomain"] = json!("corp.example");
    let (objects, _) = rendered(&[single.clone(), backup(s3(), json!({}))]);
    assert_eq!(
        argument(&container(&objects, "backup"), "--from"),
        "graph-0.graph-headless.default.svc.corp.example:6362"
    );
    let (objects, procedure) = rendered(&[single.clone(), restore(from_s3(), stopped())]);
    assert_eq!(
        volume(restoring(&objects), "data")["persistentVolumeClaim"]["claimName"],
        "neo4j-data-graph-0"
    );
    assert!(procedure.contains("scale statefulset graph --replicas=0"), "{procedure}");
    let (objects, _) = rendered(&[single, restore(from_s3(), json!({}))]);
    let seed = container(&objects, "seed");
    assert_eq!(
        variable(&seed, "NEO4J_ADDRESS").unwrap()["value"],
        "neo4j://graph-client.default.svc.corp.example:7687"
    );
    let from = &variable(&seed, "NEO4J_PASSWORD").unwrap()["valueFrom"]["secretKeyRef"];
    assert_eq!((&from["name"], &from["key"]), (&json!("neo4j-admin-secret"), &json!("password")));

    let (objects, procedure) = rendered(&[cluster(), restore(from_s3(), stopped())]);
    assert_eq!(
        volume(restoring(&objects), "data")["persistentVolumeClaim"]["claimName"],
        "data-graph-server-0"
    );
    assert!(procedure.contains("scale statefulset graph-server --replicas=0"), "{procedure}");
}

/// Pitfalls 52, 53 and 71.
#[test]
fn a_restore_looks_where_the_backup_wrote_with_the_same_access() {
    for storage in storages() {
        let source = json!({"type": "backup", "backupRef": "nightly", "backupPath": ARTIFACT});
        let (objects, _) =
            rendered(&[standalone(), backup(storage.clone(), json!({})), restore(source, stopped())]);
        let (writer, reader) = (container(&objects, "backup"), container(&objects, "restore"));
        let folder = argument(&writer, "--to-path");
        assert_eq!(argument(&reader, "--from-path"), format!("{folder}{ARTIFACT}"));
        assert_eq!(writer["env"], reader["env"], "{storage}");
        let folders = (mount(&writer, "/backups"), mount(&reader, "/backups"));
        assert_eq!(folders.0["subPath"], folders.1["subPath"]);
        let pods = pods(&objects);
        assert_eq!(pods.len(), 2);
        assert_eq!(pods[0]["spec"]["serviceAccountName"], pods[1]["spec"]["serviceAccountName"]);
    }
}

/// Pitfalls 55, 56 and 64.
#[test]
fn data_is_overwritten_on_the_claim_of_a_stopped_standalone_and_nowhere_else() {
    let offline = |target: Value, more: Value| {
        let (objects, _) = rendered(&[target, restore(from_s3(), more)]);
        let runs = containers(&objects).into_iter().any(|container| container["name"] == "restore");
        runs.then(|| {
            let data = volume(restoring(&objects), "data").clone();
            assert!(data.get("persistentVolumeClaim").is_some(), "{data}");
            arguments(&container(&objects, "restore")).contains(&"--overwrite-destination=true")
        })
    };
    let replacing = json!({"stopCluster": true, "options": {"replaceExisting": true}});
    assert_eq!(offline(cluster(), stopped()), Some(false));
    assert_eq!(offline(cluster(), replacing.clone()), Some(false));
    assert_eq!(offline(cluster(), json!({"force": true})), None);
    assert_eq!(offline(standalone(), json!({"force": true})), None);
    assert_eq!(offline(standalone(), stopped()), Some(true));
    assert_eq!(offline(standalone(), replacing), Some(true));
    assert_eq!(offline(standalone(), json!({"stopCluster": true})), Some(false));
}

/// Pitfalls 58, 59, 63, 65 and 67: the order of what a person does.
#[test]
fn the_procedure_ends_with_a_running_database() {
    let hooks = json!({"job": {"template": {"container": {"image": "registry.example.org/check:1.0"}}}});
    let more =
        json!({"stopCluster": true, "force": true, "options": {"preRestore": hooks, "postRestore": hooks}});
    for (target, servers) in [(standalone(), 1), (cluster(), 3)] {
        let (objects, procedure) = rendered(&[target, restore(from_s3(), more.clone())]);
        let mut rest = procedure.as_str();
        for part in [
            "patch job back-pre-restore-hook",
            "--replicas=0",
            "patch job back-restore ",
            "also when the restore failed",
            &format!("--replicas={servers}"),
            "CREATE DATABASE",
            "SHOW DATABASE",
            "restore_metadata.cypher",
            "patch job back-post-restore-hook",
        ] {
            rest = rest.split_once(part).unwrap_or_else(|| panic!("no {part} in its order:\n{procedure}")).1;
        }
        for job in objects.iter().filter(|object| object["kind"] == "Job") {
            assert_eq!(job["spec"]["suspend"], true);
            assert_eq!(job["spec"]["backoffLimit"], 0, "a second attempt is a person's decision");
        }
    }
}

/// Pitfalls 57 and 60: every server is stopped, waited for and started again, and the operator is kept out of it.
#[test]
fn every_server_is_stopped_waited_for_and_started() {
    let helm = target(json!({
        "image": "neo4j:5.26.33-enterprise", "topology": {"kind": "Cluster", "servers": 2}, "layout": "Helm",
        "bolt": {"authSecretRef": {"name": "graph-admin"}},
    }));
    let (_, procedure) = rendered(&[helm, restore(from_s3(), stopped())]);
    for part in [
        "scale statefulset graph-1 --replicas=0 && kubectl -n default scale statefulset graph-2 --replicas=0",
        "wait pod/graph-1-0 pod/graph-2-0 --for=delete",
        "scale statefulset graph-1 --replicas=1 && kubectl -n default scale statefulset graph-2 --replicas=1",
    ] {
        assert!(procedure.contains(part), "no {part} in:\n{procedure}");
    }
    assert!(!procedure.contains("operator"), "{procedure}");
    let (_, procedure) = rendered(&[cluster(), restore(from_s3(), stopped())]);
    let pause = procedure.find("Pause the Neo4j operator").unwrap();
    assert!(pause < procedure.find("--replicas=0").unwrap(), "{procedure}");
    assert!(
        procedure.contains("pod/graph-server-0 pod/graph-server-1 pod/graph-server-2 --for=delete"),
        "{procedure}"
    );
}

/// Pitfall 55: nothing is dropped or stopped before the artifact has been looked at.
#[test]
fn the_artifact_is_inspected_before_anything_is_dropped_or_stopped() {
    let (_, procedure) = rendered(&[cluster(), restore(from_s3(), stopped())]);
    let inspect = procedure.find("patch job back-restore-verify").unwrap();
    assert!(
        inspect < procedure.find("DROP DATABASE").unwrap()
            && inspect < procedure.find("--replicas=0").unwrap()
    );
    let mut more = stopped();
    more["options"] = json!({"verifyBackup": true});
    let (_, procedure) = rendered(&[standalone(), restore(from_s3(), more)]);
    assert!(
        procedure.find("patch job back-restore-verify").unwrap() < procedure.find("--replicas=0").unwrap()
    );
}

/// Pitfall 67: who seeds is told that users and roles stay behind.
#[test]
fn a_seed_tells_that_users_and_roles_stay_behind() {
    let (_, procedure) = rendered(&[cluster(), restore(from_s3(), json!({"force": true}))]);
    assert!(procedure.contains("A seed brings no users and roles"), "{procedure}");
}
