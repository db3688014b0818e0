//! `validate --server` on real API servers.

use serde_json::{Value, json};

use crate::cluster::{Cluster, apart, cluster, newest};
use crate::namespace::Namespace;
use crate::run::Run;
use crate::specs::{self, Specs, redacted};

/// The findings of the server (NB800 to NB819), as `CODE path:line message`.
fn server_findings(run: &Run) -> Vec<String> {
    let envelope: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.transcript()));
    envelope["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"].as_str().is_some_and(|code| code.starts_with("NB8")))
        .map(|finding| {
            format!("{} {}:{} {}", finding["code"], finding["path"], finding["line"], finding["message"])
        })
        .collect()
}

/// Issue 4, show 1: what all examples and documents become passes a strict dry run, and their pods are admitted under
/// `restricted`, without a warning.
fn everything_is_taken(cluster: &Cluster) {
    let ns = cluster.namespace_restricted("taken");
    let (mut asked, mut objects) = (0, 0);
    let all: Vec<Specs> = specs::examples().into_iter().chain(specs::documents()).collect();
    for specs in &all {
        let rendered = specs::rendered(&ns, specs);
        specs::make_namespaces(cluster, &rendered);
        objects += rendered.len();
        let run = ns.plugin(&specs.of("validate", &["--server", "-o", "json", "-v"]));
        assert!(run.code <= 1, "{}: {}", specs.name, run.transcript());
        assert_eq!(server_findings(&run), Vec::<String>::new(), "{}", specs.name);
        asked += usize::from(run.stderr.contains("the server tried"));
        pods_are_admitted(&ns, specs, &rendered);
    }
    // What has errors of its own is not asked about; those of the documents are in tests/documents/FINDINGS.md.
    assert!(asked >= 60 && objects >= 100, "{asked} of {} inputs, {objects} objects", all.len());
}

/// Each distinct pod, really sent to the server as a pod, without our program's part in it.
#[track_caller]
fn pods_are_admitted(ns: &Namespace<'_>, specs: &Specs, rendered: &[Value]) {
    let pods: Vec<Value> = rendered
        .iter()
        .filter_map(|object| {
            let template = match object["kind"].as_str()? {
                "Job" => &object["spec"]["template"],
                "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
                _ => return None,
            };
            let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
                "metadata": {"generateName": "pod-", "labels": template["metadata"]["labels"]}});
            // The account would be applied before.
            pod["spec"].as_object_mut()?.remove("serviceAccountName");
            Some(pod)
        })
        .collect();
    if pods.is_empty() {
        return;
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
    let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(file.path(), list.to_string()).unwrap();
    let path = file.path().to_string_lossy();
    let run = ns.kubectl(&["create", "--dry-run=server", "--validate=strict", "-f", &path]);
    assert_eq!(run.code, 0, "{}: {}", specs.name, run.transcript());
    assert!(!run.stderr.contains("Warning"), "{}: {}", specs.name, run.transcript());
}

#[test]
fn everything_is_taken_by_kubernetes_1_34() {
    let Some(cluster) = cluster() else { return };
    everything_is_taken(cluster);
}

#[test]
fn everything_is_taken_by_the_newest_kubernetes() {
    let Some(cluster) = newest() else { return };
    everything_is_taken(cluster);
}

fn validated(ns: &Namespace<'_>, text: &str, more: &[&str]) -> Run {
    let mut args = vec!["validate", "--server", "-f", "-", "--stdin-filename", "specs.yaml"];
    args.extend(more);
    ns.plugin_reading(&args, text)
}

/// What the server refuses stands at the line of the spec; each with its whole output.
#[test]
fn what_the_server_objects_to_stands_at_the_line_that_caused_it() {
    let Some(cluster) = cluster() else { return };
    let with = |job: &str| specs::scheduled("nightly", "0 2 * * *", job);
    let ns = cluster.namespace("field");
    let gpu = with("job: {resources: {requests: {example.com/gpu: 1}}}");
    let shown = validated(&ns, &gpu, &[]).expect_code(1).stdout;
    insta::assert_snapshot!("server_field", redacted(&ns, &shown));

    ns.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {limits.memory: 100Mi}}}");
    ns.wait_for("the quota", std::time::Duration::from_secs(60), || {
        ns.get_json(&["resourcequota", "small"])["status"]["used"].is_object().then_some(())
    });
    let large = with("job: {resources: {limits: {memory: 2Gi}}}");
    let shown = validated(&ns, &large, &[]).expect_code(1).stdout;
    insta::assert_snapshot!("server_quota", redacted(&ns, &shown));

    let ns = cluster.namespace("limits");
    ns.apply("{apiVersion: v1, kind: LimitRange, metadata: {name: small}, spec: {limits: [{type: Container, max: {memory: 512Mi}}]}}");
    let found = server_findings(&validated(&ns, &large, &["-o", "json"]).expect_code(1));
    assert!(
        found[0].contains("NB802") && found[0].contains("maximum memory usage per Container"),
        "{found:?}"
    );

    let ns = cluster.namespace("class");
    let class = with("job: {priorityClassName: not-there}");
    let shown = validated(&ns, &class, &[]).expect_code(1).stdout;
    insta::assert_snapshot!("server_priority_class", redacted(&ns, &shown));
}

#[test]
fn findings_of_the_server_come_in_every_format() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("formats");
    let gpu = specs::scheduled("nightly", "0 2 * * *", "job: {resources: {requests: {example.com/gpu: 1}}}");
    for format in ["concise", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let run = validated(&ns, &gpu, &["-o", format]).expect_code(1);
        assert!(run.stdout.contains("NB800"), "{format}: {}", run.stdout);
        assert!(run.stdout.contains("specs.yaml"), "{format}: {}", run.stdout);
    }
}

#[test]
fn a_policy_of_the_cluster_denies() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let ns = alone.namespace("policy");
    let policy = format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: no-cron-jobs}}
spec:
  matchConstraints:
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {0}}}}}
    resourceRules: [{{apiGroups: [batch], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [cronjobs]}}]
  validations: [{{expression: 'false', message: 'no CronJobs on this team'}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: no-cron-jobs}}
spec: {{policyName: no-cron-jobs, validationActions: [Deny]}}
",
        ns.name
    );
    ns.apply(&policy);
    let spec = specs::scheduled("nightly", "0 2 * * *", "");
    let found = ns.wait_for("the policy", std::time::Duration::from_secs(60), || {
        let found = server_findings(&validated(&ns, &spec, &["-o", "json"]));
        (!found.is_empty()).then_some(found)
    });
    ns.kubectl(&["delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", "no-cron-jobs"])
        .success();
    assert!(found[0].contains("NB802") && found[0].contains("no CronJobs on this team"), "{found:?}");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("unasked");
    let spec = specs::scheduled("nightly", "0 2 * * *", "");

    let found = server_findings(&validated(&ns, &spec, &["-o", "json", "-n", "not-there-yet"]).success());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("NB805") && found[0].contains("`not-there-yet` does not exist"), "{found:?}");

    let nobody = cluster.kubeconfig_without_rights().to_string_lossy();
    let found = server_findings(&validated(&ns, &spec, &["-o", "json", "--kubeconfig", &nobody]).success());
    assert!(!found.is_empty() && found.iter().all(|found| found.contains("NB807")), "{found:?}");

    // An error of the specs themselves comes first, and the server is not bothered.
    let run = validated(&ns, &spec.replace("'0 2 * * *'", "sometimes"), &[]).expect_code(1);
    assert!(run.stderr.contains("the server was not asked"), "{}", run.transcript());

    // Away: what was found without it is told, and the exit code is 3.
    for server in ["--server=https://127.0.0.1:1", "--server=https://not-there.invalid"] {
        let run = ns.plugin_reading(&["validate", server, "-f", "-", "--insecure-skip-tls-verify"], &spec);
        assert_eq!(run.code, 3, "{}", run.transcript());
        assert!(run.stdout.contains("in 2 documents"), "{}", run.transcript());
        assert!(run.stderr.contains("cannot reach the API server"), "{}", run.transcript());
    }
    // Without the flag nothing is asked, and flags about the connection would have no effect.
    let run = ns.plugin_reading(&["validate", "-f", "-", "--context", "x"], &spec).expect_code(2);
    assert!(run.stderr.contains("--server"), "{}", run.stderr);
}

#[test]
fn what_is_there_and_cannot_change_is_said() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace_restricted("there");
    let objects = ns
        .plugin_reading(&["render", "-f", "-", "--quiet"], &specs::once("first", "5.26.12"))
        .success()
        .stdout;
    ns.apply(&objects);
    // The same is fine, and tried as if it were new.
    let same = validated(&ns, &specs::once("first", "5.26.12"), &["-o", "json"]).success();
    assert_eq!(server_findings(&same), Vec::<String>::new());
    let found = server_findings(&validated(&ns, &specs::once("first", "5.26.13"), &["-o", "json"]).success());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("NB808") && found[0].contains("spec.template"), "{found:?}");
}
