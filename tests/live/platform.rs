//! What `emit --with` writes, on a real API server, and network policies on real packets.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::cluster;
use crate::namespace::Namespace;
use crate::policy_standin::Enforced;
use crate::{neo4j, run};

const TOPICS: &str = "networkpolicy,externalsecret,lifecycle,iam";
/// The External Secrets Operator whose definitions the API server gets.
const EXTERNAL_SECRETS: &str = "github.com/external-secrets/external-secrets@v1.3.2";

/// Emits specs and returns the manifests whose file names begin so.
fn emit(namespace: &Namespace<'_>, input: &Path, out: &Path, topics: &str, kinds: &[&str]) -> Vec<PathBuf> {
    let kustomize = input.join("kustomization.yaml").exists();
    namespace
        .plugin_with(|command| {
            command.args(["emit", "kustomize", "-q", if kustomize { "-k" } else { "-f" }]).arg(input);
            command.arg("-d").arg(out).args(["--with", topics, "--secret-store", "vault"]);
            command.arg("--env").arg(format!("live={}", namespace.name));
        })
        .success();
    let mut found = Vec::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if kinds.iter().any(|kind| name.starts_with(&format!("{kind}-"))) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The definition of ExternalSecret, as its operator ships it.
fn external_secret_definition() -> PathBuf {
    let output = Command::new("go").args(["mod", "download", "-json", EXTERNAL_SECRETS]).output().unwrap();
    let module: Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = module["Dir"].as_str().unwrap_or_else(|| panic!("{module}"));
    Path::new(folder).join("config/crds/bases/external-secrets.io_externalsecrets.yaml")
}

#[test]
fn an_api_server_takes_every_object_strictly_and_changes_nothing_in_it() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("platform");
    // Others install it too, the same one.
    let definition = external_secret_definition();
    let arguments = ["apply", "--server-side", "--force-conflicts", "-f", definition.to_str().unwrap()];
    cluster.kubectl(&arguments).success();
    cluster
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd/externalsecrets.external-secrets.io",
            "--timeout=60s",
        ])
        .success();
    let mut counts = [0, 0];
    let mut others = std::collections::BTreeSet::new();
    let mut examples: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("restore"))
            .collect();
    examples.sort();
    for example in examples {
        let out = tempfile::tempdir().unwrap();
        let manifests = emit(&ns, &example, out.path(), TOPICS, &["networkpolicy", "externalsecret"]);
        for manifest in manifests {
            let path = manifest.to_str().unwrap();
            let text = std::fs::read_to_string(&manifest).unwrap();
            // The policy for servers is where they are, and one example has them elsewhere.
            let elsewhere = text.lines().find_map(|line| line.strip_prefix("  namespace: "));
            if let Some(elsewhere) = elsewhere.filter(|name| *name != ns.name && !others.contains(*name)) {
                // Another test may have made it.
                cluster.kubectl(&["create", "namespace", elsewhere]);
                others.insert(elsewhere.to_owned());
            }
            let mut command = cluster.kubectl_command();
            command.args([
                "apply",
                "--server-side",
                "--dry-run=server",
                "--validate=strict",
                "-o",
                "json",
                "-f",
                path,
            ]);
            let accepted: Value =
                serde_json::from_str(&run::finish(&mut command, "").success().stdout).unwrap();
            let written: Value = serde_json::from_str(
                &run::finish(
                    cluster.kubectl_command().args([
                        "create",
                        "--dry-run=client",
                        "--validate=false",
                        "-o",
                        "json",
                        "-f",
                        path,
                    ]),
                    "",
                )
                .success()
                .stdout,
            )
            .unwrap();
            // No default is left to the server: Argo CD would show it as a difference (peers.md §5.1).
            assert_eq!(accepted["spec"], written["spec"], "{path}\n{text}");
            counts[usize::from(accepted["kind"] == "ExternalSecret")] += 1;
        }
    }
    for other in &others {
        cluster.kubectl(&["delete", "namespace", other, "--wait=false"]).success();
    }
    assert!(counts[0] > 30 && counts[1] > 5, "{counts:?}");
}

/// A pod that listens on some ports.
fn pod(name: &str, labels: &Value, ports: &[u16]) -> String {
    let listeners: String = ports.iter().map(|port| format!("httpd -p {port} -h /tmp; ")).collect();
    serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{
            "name": "shell", "image": "busybox:1.36", "command": ["sh", "-c", format!("{listeners}sleep 3600")],
        }]},
    })
    .to_string()
}

/// Where a pod is.
#[track_caller]
fn address(ns: &Namespace<'_>, pod: &str) -> String {
    ns.kubectl(&["wait", "--for=condition=Ready", &format!("pod/{pod}"), "--timeout=120s"]).success();
    ns.get_json(&["pod", pod])["status"]["podIP"].as_str().unwrap().to_owned()
}

/// Whether a pod can open a connection.
fn opens(ns: &Namespace<'_>, pod: &str, address: &str, port: u16) -> bool {
    // Who connects runs `true` and is done.
    ns.kubectl(&["exec", pod, "--", "nc", "-w", "3", address, &port.to_string(), "-e", "true"]).code == 0
}

const SPECS: &str = "
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph, namespace: DATABASES}
spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 2}, databases: [neo4j]}
---
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {name: nightly, namespace: BACKUPS}
spec:
  target: {kind: Cluster, name: graph, namespace: DATABASES}
  schedule: '0 0 1 1 *'
  storage: {type: s3, bucket: shop-backups, path: a, cloud: {region: eu-west-1, credentialsSecretRef: keys}}
";

/// The page of the issue: the backup port is closed to all but backup pods, and Bolt still answers.
#[test]
fn policies_close_the_backup_port_and_leave_bolt_open() {
    let Some(cluster) = cluster() else { return };
    let databases = cluster.namespace("databases");
    let backups = cluster.namespace("backups");
    let strangers = cluster.namespace("strangers");
    neo4j::deploy_cluster(&databases, "graph", 2, &[]);
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs.yaml");
    let text = SPECS.replace("DATABASES", &databases.name).replace("BACKUPS", &backups.name);
    std::fs::write(&specs, text).unwrap();
    let bundle = folder.path().join("out");
    let out = bundle.join("workloads");
    let emitted = backups.plugin_with(|command| {
        command
            .args(["emit", "plain", "-q", "--with", "networkpolicy", "-f"])
            .arg(&specs)
            .arg("-d")
            .arg(&bundle);
    });
    emitted.success();

    // Pods with the labels that the CronJob gives to its pods, at home and elsewhere.
    let cron_job: Value = serde_json::from_str(
        &run::finish(
            cluster
                .kubectl_command()
                .args(["create", "--dry-run=client", "-o", "json", "-f"])
                .arg(out.join(&backups.name).join("cronjob-nightly-backup-cron.yaml")),
            "",
        )
        .success()
        .stdout,
    )
    .unwrap();
    let labels = &cron_job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"];
    assert!(labels.is_object(), "{cron_job}");
    let nobody = serde_json::json!({"app": "nobody"});
    backups.apply(&pod("backup", labels, &[8080]));
    backups.apply(&pod("store", &nobody, &[443, 444]));
    databases.apply(&pod("client", &nobody, &[]));
    strangers.apply(&pod("pretender", labels, &[]));
    let server = address(&databases, "graph-server-1");
    let store = address(&backups, "store");
    let backup = address(&backups, "backup");
    address(&databases, "client");
    address(&strangers, "pretender");

    // Who opens what: with the policies, and (always) without.
    let cases: &[(&Namespace<'_>, &str, &str, u16, bool)] = &[
        (&backups, "backup", &server, 6362, true),
        (&backups, "backup", &server, 7687, false),
        (&backups, "backup", &store, 443, true),
        (&backups, "backup", &store, 444, false),
        (&databases, "client", &server, 7687, true),
        (&databases, "client", &server, 7474, true),
        (&databases, "client", &server, 6362, false),
        (&databases, "client", &store, 444, true),
        (&databases, "client", &backup, 8080, false),
        (&strangers, "pretender", &server, 7687, true),
        (&strangers, "pretender", &server, 6362, false),
        (&backups, "store", &server, 6362, false),
        (&backups, "store", &server, 7687, true),
    ];
    let all = [databases.name.as_str(), &backups.name, &strangers.name];
    let try_all = |enforced: bool| {
        for (ns, from, to, port, open) in cases {
            let expected = *open || !enforced;
            assert_eq!(
                opens(ns, from, to, *port),
                expected,
                "{}/{from} to {to}:{port}, enforced: {enforced}",
                ns.name
            );
        }
    };
    try_all(false);
    for ns in [&databases, &backups] {
        let of_namespace = out.join(&ns.name);
        for entry in std::fs::read_dir(of_namespace).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("networkpolicy-") {
                cluster
                    .kubectl(&["apply", "--server-side", "--validate=strict", "-f", path.to_str().unwrap()])
                    .success();
            }
        }
    }
    {
        let _enforced = Enforced::new(cluster, &all);
        try_all(true);
    }

    // The same policy without the other ports closes Bolt: the test would see it.
    let patch = r#"[{"op": "remove", "path": "/spec/ingress/1"}]"#;
    databases.kubectl(&["patch", "networkpolicy", "graph-backup-port", "--type=json", "-p", patch]).success();
    let _enforced = Enforced::new(cluster, &all);
    assert!(
        !opens(&databases, "client", &server, 7687),
        "a policy that names only the backup port closes Bolt"
    );
    assert!(opens(&backups, "backup", &server, 6362));
}

/// A backup runs to its end with nothing but what its policy leaves open.
#[test]
fn a_backup_runs_behind_its_policy() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("behind");
    neo4j::deploy_cluster(&ns, "graph", 2, &[]);
    let specs = SPECS.replace("DATABASES", &ns.name).replace("BACKUPS", &ns.name).replace(
        "{type: s3, bucket: shop-backups, path: a, cloud: {region: eu-west-1, credentialsSecretRef: keys}}",
        "{type: pvc, pvc: {name: artifacts, size: 1Gi, storageClassName: standard}}",
    );
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("specs.yaml");
    std::fs::write(&input, specs).unwrap();
    let out = folder.path().join("out");
    ns.plugin_with(|command| {
        command
            .args(["emit", "kustomize", "-q", "--with", "networkpolicy", "-f"])
            .arg(&input)
            .arg("-d")
            .arg(&out);
    })
    .success();
    let base = out.join("base");
    cluster.kubectl(&["apply", "--server-side", "-k", base.to_str().unwrap()]).success();
    let created = ns.kubectl(&[
        "create",
        "job",
        "by-hand",
        "--from=cronjob/nightly-backup-cron",
        "--dry-run=client",
        "-o",
        "json",
    ]);
    let mut job: Value = serde_json::from_str(&created.success().stdout).unwrap();
    // It waits until the rules for its address are there.
    let pod = &mut job["spec"]["template"]["spec"];
    let mut steps = pod["initContainers"].as_array().cloned().unwrap_or_default();
    steps.insert(0, serde_json::json!({"name": "wait", "image": "busybox:1.36", "command": ["sleep", "10"]}));
    pod["initContainers"] = Value::Array(steps);
    ns.apply(&job.to_string());
    // The rules are for addresses, so the pod has to have one first.
    let selector = "neo4j.neo4j.com/backup=nightly";
    ns.wait_for("the address of the backup pod", Duration::from_secs(120), || {
        let pods = ns.get_json(&["pods", "-l", selector]);
        pods["items"][0]["status"]["podIP"].as_str().map(str::to_owned)
    });
    let _enforced = Enforced::new(cluster, &[&ns.name]);
    let state =
        ns.get_json(&["pods", "-l", selector])["items"][0]["status"]["initContainerStatuses"][0]["state"]
            .clone();
    assert!(state["terminated"].is_null(), "the rules came too late: {state}");
    ns.wait_for_job("by-hand", Duration::from_secs(180));
}

/// What cyclonus, which knows nothing of this program, makes of policies: for each pair the ports that are open.
fn judged(policies: &[Value], pairs: &[(&Value, &Value)]) -> Vec<Value> {
    let pairs: Vec<Value> = pairs
        .iter()
        .map(|(source, destination)| serde_json::json!({"source": source, "destination": destination}))
        .collect();
    let question = serde_json::json!({"policies": policies, "pairs": pairs});
    let mut command = Command::new("go");
    command.args(["run", "."]).env("CGO_ENABLED", "0");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies"));
    serde_json::from_str(&run::finish(&mut command, &question.to_string()).success().stdout).unwrap()
}

#[test]
fn an_independent_judge_finds_every_other_port_open_in_every_protocol() {
    // It needs no cluster, but what it is built with is there where clusters are.
    let Some(_) = cluster() else { return };
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs.yaml");
    std::fs::write(&specs, SPECS.replace("DATABASES", "db").replace("BACKUPS", "ops")).unwrap();
    let out = folder.path().join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"));
    command.args(["emit", "plain", "-q", "--with", "networkpolicy", "-f"]).arg(&specs).arg("-d").arg(&out);
    run::finish(&mut command, "").success();
    let read = |path: &str| -> Value {
        let text = std::fs::read_to_string(out.join("workloads").join(path)).unwrap();
        serde_yaml::from_str(&text).unwrap()
    };
    let policies =
        [read("ops/networkpolicy-nightly-backup.yaml"), read("db/networkpolicy-graph-backup-port.yaml")];
    let cron_job = read("ops/cronjob-nightly-backup-cron.yaml");
    let of_backup = &cron_job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"];

    let pod = |namespace: &str, labels: &Value, ip: &str| {
        let names = serde_json::json!({"kubernetes.io/metadata.name": namespace});
        serde_json::json!({"namespace": namespace, "namespaceLabels": names, "labels": labels, "ip": ip})
    };
    // operator.md §3.2, "pod labels".
    let of_server = serde_json::json!({
        "app.kubernetes.io/instance": "graph", "neo4j.com/cluster": "graph", "neo4j.com/clustering": "true",
    });
    let of_client = serde_json::json!({"app": "shop"});
    let backup = pod("ops", of_backup, "10.0.0.1");
    let server = pod("db", &of_server, "10.0.0.2");
    let other_server = pod("db", &of_server, "10.0.0.3");
    let client = pod("web", &of_client, "10.0.0.4");
    let pretender = pod("web", of_backup, "10.0.0.5");
    let outside = serde_json::json!({"ip": "198.51.100.7"});

    let nothing = serde_json::json!({"TCP": [], "UDP": [], "SCTP": []});
    let all = serde_json::json!([[1, 65535]]);
    let but_backups = serde_json::json!({"TCP": [[1, 6361], [6363, 65535]], "UDP": all, "SCTP": all});
    let cases = [
        // DNS and the store's port are open to everywhere; a policy names neither.
        (
            &backup,
            &server,
            serde_json::json!({"TCP": [[53, 53], [443, 443], [6362, 6362]], "UDP": [[53, 53]], "SCTP": []}),
        ),
        (
            &backup,
            &outside,
            serde_json::json!({"TCP": [[53, 53], [443, 443]], "UDP": [[53, 53]], "SCTP": []}),
        ),
        (&client, &server, but_backups.clone()),
        (&other_server, &server, but_backups.clone()),
        (&pretender, &server, but_backups.clone()),
        (&outside, &server, but_backups),
        (&client, &backup, nothing.clone()),
        (&server, &backup, nothing),
        (&client, &outside, serde_json::json!({"TCP": all, "UDP": all, "SCTP": all})),
    ];
    let pairs: Vec<(&Value, &Value)> =
        cases.iter().map(|(source, destination, _)| (*source, *destination)).collect();
    for (answer, (source, destination, expected)) in judged(&policies, &pairs).iter().zip(&cases) {
        assert_eq!(answer, expected, "{source} to {destination}");
    }
}
