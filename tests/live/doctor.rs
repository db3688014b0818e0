//! `doctor`: each check against what a real API server says, passing and failing, and unknown to whoever may not look.

use std::time::Duration;

use serde_json::Value;

use crate::cluster::cluster;
use crate::namespace::Namespace;
use crate::tools_image::{self, IMAGE};

const MINUTE: Duration = Duration::from_secs(60);

/// A listener on the backup port behind the names of the operator (operator.md §3.2).
pub(crate) fn target(ns: &Namespace<'_>) {
    ns.apply(
        r#"
apiVersion: v1
kind: Service
metadata: {name: graph-headless}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: graph}, ports: [{name: backup, port: 6362}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: graph-server, labels: {app: graph}}
spec:
  replicas: 1
  serviceName: graph-headless
  selector: {matchLabels: {app: graph}}
  template:
    metadata: {labels: {app: graph}}
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {runAsNonRoot: true, runAsUser: 7474, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: neo4j-standin
        image: "busybox:1.36"
        command: [httpd, -f, -p, "6362", -h, /tmp]
        ports: [{name: backup, containerPort: 6362}]
        readinessProbe: {tcpSocket: {port: 6362}, periodSeconds: 1}
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"#,
    );
    ns.wait_for("the server", MINUTE, || {
        let set = ns.get_json(&["statefulset", "graph-server"]);
        (set["status"]["readyReplicas"] == 1).then_some(())
    });
}

/// A backup of the target, and the target's description.
pub(crate) fn spec(name: &str, schedule: &str, more: &str) -> String {
    let schedule = if schedule.is_empty() { String::new() } else { format!("\n  schedule: \"{schedule}\"") };
    format!(
        r#"
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {{name: {name}}}
spec:
  target: {{kind: Cluster, name: graph}}{schedule}
  storage:
    type: pvc
    pvc: {{name: artifacts, size: 64Mi, storageClassName: standard}}
{more}
---
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {{name: graph, annotations: {{config.kubernetes.io/local-config: "true"}}}}
spec: {{image: "{IMAGE}", topology: {{kind: Cluster, servers: 1}}}}
"#
    )
}

/// The checks of a run: code, verdict, text.
fn examined(ns: &Namespace<'_>, args: &[&str], input: &str) -> (i32, Vec<(String, String, String)>) {
    let mut all = vec!["doctor", "-o", "json"];
    all.extend(args);
    let run = ns.plugin_reading(&all, input);
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.transcript()));
    let word =
        |check: &Value, key: &str| check[key].as_str().unwrap_or_default().replace(&ns.name, "NAMESPACE");
    let checks = report["checks"].as_array().unwrap();
    (
        run.code,
        checks
            .iter()
            .map(|check| (word(check, "code"), word(check, "verdict"), word(check, "found")))
            .collect(),
    )
}

/// The worst of the checks with a code.
#[track_caller]
fn verdict(checks: &[(String, String, String)], code: &str) -> (String, String) {
    let rank = |verdict: &str| ["fail", "warn", "unknown", "pass"].iter().position(|known| *known == verdict);
    let mut found: Vec<_> = checks.iter().filter(|check| check.0 == code).collect();
    found.sort_by_key(|check| rank(&check.1));
    let first = found.first().unwrap_or_else(|| panic!("{code} says nothing: {checks:#?}"));
    (first.1.clone(), first.2.clone())
}

/// Examines a spec from standard input.
#[track_caller]
fn after(ns: &Namespace<'_>, code: &str, spec: &str) -> (String, String) {
    verdict(&examined(ns, &["-f", "-"], spec).1, code)
}

#[test]
fn where_all_is_well_nothing_fails_and_the_probe_says_so_too() {
    let Some(cluster) = cluster() else { return };
    tools_image::import(cluster);
    let ns = cluster.namespace_restricted("doctor-well");
    target(&ns);
    let spec = spec("nightly", "0 2 * * *", "");
    let rendered = ns.plugin_reading(&["render", "-f", "-"], &spec).success();
    ns.apply(&rendered.stdout);
    let run = ns.plugin(&["doctor", "nightly", "--probe", "--yes"]).success();
    let address = format!("graph-server-0.graph-headless.{}.svc.cluster.local:6362", ns.name);
    for line in [
        format!("pass     NB886  probe-connection  {address} resolves and accepts a connection"),
        "pass     NB887  probe-storage     a small file in /backups was written, listed, read and deleted"
            .to_owned(),
        "pass     NB875  admission         the server admits the pod; Pod Security enforces `restricted`"
            .to_owned(),
    ] {
        assert!(run.stdout.contains(&line), "{line}\n{}", run.transcript());
    }
    assert!(!run.stdout.contains("fail  "), "{}", run.transcript());
    ns.wait_for("the probe to be gone", MINUTE, || {
        (ns.get_json(&["jobs"])["items"].as_array().unwrap().is_empty()).then_some(())
    });
    // Nobody can be asked here, and nothing is written without a yes.
    let refused = ns.plugin(&["doctor", "nightly", "--probe"]).expect_code(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.transcript());
}

#[test]
fn ctrl_c_takes_the_probe_away() {
    let Some(cluster) = cluster() else { return };
    tools_image::import(cluster);
    let ns = cluster.namespace("doctor-interrupt");
    target(&ns);
    // No node has the label, so the probe's pod waits.
    let spec = spec("nightly", "0 2 * * *", "  job: {nodeSelector: {disk: tape}}");
    let rendered = ns.plugin_reading(&["render", "-f", "-"], &spec).success();
    ns.apply(&rendered.stdout);
    let running = ns.spawn_plugin(&["doctor", "nightly", "--probe", "--yes"]);
    let jobs = || ns.get_json(&["jobs"])["items"].as_array().unwrap().len();
    ns.wait_for("the probe", MINUTE, || (jobs() == 1).then_some(()));
    running.signal_interrupt();
    assert_eq!(running.wait().code, 130);
    ns.wait_for("the probe to be gone", MINUTE, || (jobs() == 0).then_some(()));
}

#[test]
fn each_thing_in_the_way_is_named() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("doctor-ill");
    let plain = spec("nightly", "0 2 * * *", "");
    assert_eq!(after(&ns, "NB864", &plain), fail("there is no StatefulSet `graph-server` in `NAMESPACE`"));
    assert_eq!(after(&ns, "NB866", &plain).0, "fail");
    target(&ns);
    assert_eq!(after(&ns, "NB864", &plain).0, "pass");
    assert_eq!(after(&ns, "NB866", &plain).0, "pass");
    assert_eq!(after(&ns, "NB885", &plain).0, "warn");

    // Secrets: none, one without the key, one with an empty value.
    let bucket = plain.replace(
        "    type: pvc\n    pvc: {name: artifacts, size: 64Mi, storageClassName: standard}",
        "    type: s3\n    bucket: shop-backups\n    cloud: {provider: aws, credentialsSecretRef: store, region: eu-west-1}",
    );
    assert_eq!(after(&ns, "NB867", &bucket), fail("the Secret `store` does not exist in NAMESPACE"));
    ns.apply("{apiVersion: v1, kind: Secret, metadata: {name: store}, stringData: {AWS_ACCESS_KEY_ID: id}}");
    assert_eq!(after(&ns, "NB867", &bucket), fail("the Secret `store` has no `AWS_SECRET_ACCESS_KEY`"));
    ns.apply("{apiVersion: v1, kind: Secret, metadata: {name: store}, stringData: {AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: hush-hush, AWS_DEFAULT_REGION: x}}");
    let run = ns.plugin_reading(&["doctor", "-v", "-o", "json", "-f", "-"], &bucket);
    assert!(
        !run.transcript().contains("hush") && !run.transcript().contains("aHVzaC1odXNo"),
        "a value is shown"
    );
    assert_eq!(after(&ns, "NB867", &bucket).0, "pass");

    // The account, the claim and its class.
    let account = bucket.replace(
        "credentialsSecretRef: store, ",
        "identity: {provider: aws, serviceAccount: elsewhere, autoCreate: {enabled: false}}, ",
    );
    assert_eq!(
        after(&ns, "NB869", &account),
        fail("the ServiceAccount `elsewhere` does not exist in NAMESPACE")
    );
    let claim = plain.replace(", size: 64Mi, storageClassName: standard", "");
    assert_eq!(after(&ns, "NB870", &claim), fail("the claim `artifacts` does not exist in NAMESPACE"));
    assert_eq!(after(&ns, "NB872", &plain.replace("standard", "none-such")).0, "fail");
    ns.apply("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: artifacts}, spec: {accessModes: [ReadWriteOnce], storageClassName: none-such, resources: {requests: {storage: 1Gi}}}}");
    assert_eq!(after(&ns, "NB870", &claim).0, "fail");
    ns.kubectl(&["delete", "pvc", "artifacts"]).success();
    ns.apply("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: artifacts}, spec: {accessModes: [ReadWriteOnce], storageClassName: standard, resources: {requests: {storage: 1Gi}}}}");
    assert_eq!(
        after(&ns, "NB870", &claim),
        pass("the claim `artifacts` is bound when the first run starts (WaitForFirstConsumer)")
    );

    // Placement.
    let job = |text: &str| spec("nightly", "0 2 * * *", &format!("  job: {text}"));
    assert_eq!(
        after(&ns, "NB878", &job("{nodeSelector: {disk: tape}}")),
        fail("none of 1 nodes can take the pod: 1 without the label disk=tape")
    );
    let urgent = job("{priorityClassName: none-such}");
    assert_eq!(after(&ns, "NB879", &urgent), fail("there is no PriorityClass `none-such`"));
    assert_eq!(after(&ns, "NB875", &urgent).0, "fail");
    assert_eq!(after(&ns, "NB880", &job("{imagePullSecrets: [registry]}")).0, "fail");

    // Quota, limits.
    ns.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: '1'}}}");
    let used = || ns.get_json(&["resourcequota", "q"])["status"]["used"]["pods"] == "1";
    ns.wait_for("the quota to be counted", MINUTE, || used().then_some(()));
    assert_eq!(after(&ns, "NB873", &plain), fail("the quota `q` has 1 of 1 pods in use: a run does not fit"));
    assert_eq!(after(&ns, "NB875", &plain).0, "fail");
    ns.kubectl(&["delete", "resourcequota", "q"]).success();
    ns.apply("{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, max: {memory: 16Mi}}]}}");
    assert_eq!(after(&ns, "NB874", &plain).0, "fail");
    assert_eq!(after(&ns, "NB875", &plain).0, "fail");
    ns.kubectl(&["delete", "limitrange", "l"]).success();

    // Network policies.
    ns.apply("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: wall}, spec: {podSelector: {matchLabels: {app: graph}}, policyTypes: [Ingress], ingress: [{ports: [{port: 7687}]}]}}");
    assert_eq!(
        after(&ns, "NB876", &plain),
        fail("the network policy `wall` keeps the backup's pods from port 6362 of `graph-server-0`")
    );
    ns.apply("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: wall}, spec: {podSelector: {matchLabels: {app: graph}}, policyTypes: [Ingress], ingress: [{ports: [{port: backup}]}]}}");
    assert_eq!(after(&ns, "NB876", &plain).0, "pass");
    ns.apply("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: cage}, spec: {podSelector: {}, policyTypes: [Egress]}}");
    assert_eq!(after(&ns, "NB877", &plain).0, "fail");
    ns.kubectl(&["delete", "networkpolicy", "--all"]).success();

    // What is there: suspended, and another's.
    let rendered = ns.plugin_reading(&["render", "-f", "-"], &claim).success();
    ns.apply(&rendered.stdout);
    assert_eq!(after(&ns, "NB885", &plain).0, "pass");
    ns.kubectl(&["patch", "cronjob", "nightly-backup-cron", "-p", r#"{"spec":{"suspend":true}}"#]).success();
    ns.kubectl(&[
        "annotate",
        "cronjob",
        "nightly-backup-cron",
        "argocd.argoproj.io/tracking-id=shop:batch/CronJob:x/y",
    ])
    .success();
    let (code, live) = examined(&ns, &["nightly"], "");
    assert_eq!(code, 0, "{live:#?}");
    assert_eq!(verdict(&live, "NB883").0, "warn");
    assert_eq!(verdict(&live, "NB884").1, "the live object belongs to the Argo CD application `shop`");
    assert_eq!(verdict(&live, "NB881").0, "unknown");
    ns.plugin(&["doctor", "nobody"]).expect_code(3);
}

#[test]
fn what_may_not_be_seen_is_unknown() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("doctor-blind");
    target(&ns);
    let spec = spec("nightly", "0 2 * * *", "");
    std::fs::create_dir_all(cluster.home()).unwrap();
    let file = cluster.home().join(format!("{}.yaml", ns.name));
    std::fs::write(&file, &spec).unwrap();
    let run = ns.plugin_as(
        cluster.kubeconfig_without_rights(),
        &["doctor", "-f", file.to_str().unwrap(), "-o", "json"],
    );
    assert_eq!(run.code, 0, "{}", run.transcript());
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["counts"]["fail"], 0, "{}", run.transcript());
    let found: Vec<String> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["verdict"] == "unknown")
        .map(|check| check["found"].as_str().unwrap().to_owned())
        .collect();
    for words in [
        r#"you cannot list resource "nodes" at the cluster scope"#,
        r#"you cannot list resource "networkpolicies""#,
        r#"you cannot get resource "serviceaccounts""#,
        r#"you cannot create resource "pods""#,
    ] {
        assert!(found.iter().any(|text| text.contains(words)), "{words}: {found:#?}");
    }
    // Permissions are a warning that names what is missing.
    let missing = report["checks"].as_array().unwrap().iter().find(|check| {
        check["code"] == "NB861"
            && check["found"].as_str().unwrap().contains("`suspend`: missing list,patch cronjobs.batch")
    });
    assert!(missing.is_some(), "{}", run.stdout);
}

#[test]
fn a_server_that_cannot_be_reached_is_exit_code_3() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("doctor-away");
    let run = ns.plugin(&["doctor", "--server", "https://192.0.2.254:6443", "--request-timeout", "3s"]);
    assert!([3, 6].contains(&run.code), "{}", run.transcript());
    let run = ns.plugin(&["doctor", "--server", "https://127.0.0.1:1"]).expect_code(3);
    assert!(run.stderr.contains("cannot reach the API server"), "{}", run.transcript());
}

#[test]
fn the_pod_security_level_is_heard_before_a_run() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace_restricted("doctor-security");
    target(&ns);
    // A pod of ours keeps the profile; one that somebody changed does not.
    let rendered = ns.plugin_reading(&["render", "-f", "-"], &spec("nightly", "0 2 * * *", "")).success();
    ns.apply(&rendered.stdout);
    let patch = r#"[{"op":"replace","path":"/spec/jobTemplate/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation","value":true}]"#;
    ns.kubectl(&["patch", "cronjob", "nightly-backup-cron", "--type=json", "-p", patch]).success();
    let (code, checks) = examined(&ns, &["nightly"], "");
    let (verdict, found) = verdict(&checks, "NB875");
    assert_eq!((code, verdict.as_str()), (1, "fail"));
    assert!(found.contains("violates PodSecurity \"restricted:latest\""), "{found}");
}

fn fail(found: &str) -> (String, String) {
    ("fail".to_owned(), found.to_owned())
}

fn pass(found: &str) -> (String, String) {
    ("pass".to_owned(), found.to_owned())
}
