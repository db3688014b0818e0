//! kube-linter's default checks as assertions of our own: the tool is on no registry. Names and meanings are those of
//! its `docs/generated/checks.md` (stackrox/kube-linter) and of `pkg/templates`; peers.md §4.5 has the names too.
//!
//! As in the tool, an object's annotation `ignore-check.kube-linter.io/<check>` with a reason switches a check off.

use std::collections::BTreeSet;

use serde_json::Value;

/// Kinds that the checks look at or have nothing to say about. Another kind needs its checks first: a Service
/// `dangling-service`, `mismatching-selector` and `invalid-target-ports`, a PodDisruptionBudget the three of its own.
const KINDS: [&str; 6] =
    ["ServiceAccount", "PersistentVolumeClaim", "ConfigMap", "NetworkPolicy", "Job", "CronJob"];

/// What the default checks object to: `check: object: what`.
pub(crate) fn objections(objects: &[Value]) -> Vec<String> {
    let accounts: BTreeSet<(&str, &str)> = objects
        .iter()
        .filter(|object| object["kind"] == "ServiceAccount")
        .map(|object| (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"])))
        .collect();
    let mut found = Vec::new();
    for object in objects {
        let kind = text(&object["kind"]);
        let name = format!(
            "{kind} {}/{}",
            text(&object["metadata"]["namespace"]),
            text(&object["metadata"]["name"])
        );
        assert!(KINDS.contains(&kind), "{name}: no checks for this kind");
        let mut objected = Vec::new();
        if text(&object["apiVersion"]).starts_with("extensions/v1beta") {
            objected.push(("no-extensions-v1beta", "an API that is gone".to_owned()));
        }
        let template = match kind {
            "Job" => {
                if object["spec"]["ttlSecondsAfterFinished"].is_null() {
                    objected
                        .push(("job-ttl-seconds-after-finished", "a standalone Job has no TTL".to_owned()));
                }
                &object["spec"]["template"]
            }
            "CronJob" => {
                let job = &object["spec"]["jobTemplate"]["spec"];
                if !job["ttlSecondsAfterFinished"].is_null() {
                    objected.push(("job-ttl-seconds-after-finished", "a CronJob's Job has a TTL".to_owned()));
                }
                &job["template"]
            }
            _ => &Value::Null,
        };
        if !template.is_null() {
            pod(&template["spec"], text(&object["metadata"]["namespace"]), &accounts, &mut objected);
        }
        let annotations = &object["metadata"]["annotations"];
        objected.retain(|(check, _)| {
            text(&annotations[format!("ignore-check.kube-linter.io/{check}")]).trim().is_empty()
        });
        found.extend(objected.into_iter().map(|(check, what)| format!("{check}: {name}: {what}")));
    }
    found
}

type Objected = Vec<(&'static str, String)>;

fn pod(pod: &Value, namespace: &str, accounts: &BTreeSet<(&str, &str)>, found: &mut Objected) {
    for (field, check) in [("hostIPC", "host-ipc"), ("hostNetwork", "host-network"), ("hostPID", "host-pid")]
    {
        if pod[field] == true {
            found.push((check, format!("{field} is set")));
        }
    }
    if !pod["serviceAccount"].is_null() {
        found.push(("deprecated-service-account-field", "serviceAccount".to_owned()));
    }
    let account = text(&pod["serviceAccountName"]);
    if !account.is_empty() && account != "default" && !accounts.contains(&(namespace, account)) {
        found.push(("non-existent-service-account", account.to_owned()));
    }
    for sysctl in list(&pod["securityContext"]["sysctls"]) {
        found.push(("unsafe-sysctls", text(&sysctl["name"]).to_owned()));
    }
    for volume in list(&pod["volumes"]) {
        let path = text(&volume["hostPath"]["path"]);
        if path.ends_with("docker.sock") {
            found.push(("docker-sock", path.to_owned()));
        }
        if ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"].contains(&path) {
            found.push(("sensitive-host-mounts", path.to_owned()));
        }
    }
    for part in list(&pod["initContainers"]).iter().chain(list(&pod["containers"])) {
        container(pod, part, found);
    }
}

fn container(pod: &Value, container: &Value, found: &mut Objected) {
    let name = text(&container["name"]);
    let mut say = |check: &'static str, what: &str| found.push((check, format!("container {name}: {what}")));
    let security = &container["securityContext"];
    let either = |field: &str| {
        if security[field].is_null() {
            pod["securityContext"][field].clone()
        } else {
            security[field].clone()
        }
    };
    let capabilities =
        |what: &str| -> Vec<&str> { list(&security["capabilities"][what]).iter().map(text).collect() };
    let (dropped, added) = (capabilities("drop"), capabilities("add"));
    let raw = |name: &&str| ["NET_RAW", "ALL"].contains(name);
    if !dropped.iter().any(raw) || added.iter().any(raw) {
        say("drop-net-raw-capability", "NET_RAW is not dropped");
    }
    if security["allowPrivilegeEscalation"] != false || added.contains(&"SYS_ADMIN") {
        say("privilege-escalation-container", "privileges may grow");
    }
    if security["privileged"] == true {
        say("privileged-container", "it is privileged");
    }
    if security["readOnlyRootFilesystem"] != true {
        say("no-read-only-root-fs", "the root file system can be written");
    }
    if either("runAsNonRoot") != true || either("runAsUser").as_i64().is_none_or(|user| user == 0) {
        say("run-as-non-root", "it may run as root");
    }
    let image = text(&container["image"]);
    let last = image.rsplit('/').next().unwrap_or_default();
    if image.ends_with(":latest") || !last.contains(':') {
        say("latest-tag", image);
    }
    let mut names = BTreeSet::new();
    for variable in list(&container["env"]) {
        let name = text(&variable["name"]);
        if !names.insert(name) {
            say("duplicate-env-var", name);
        }
        if name.to_lowercase().contains("secret") && !text(&variable["value"]).is_empty() {
            say("env-var-secret", name);
        }
    }
    if container["resources"]["requests"]["cpu"].is_null() {
        say("unset-cpu-requirements", "no request");
    }
    if container["resources"]["limits"]["memory"].is_null() {
        say("unset-memory-requirements", "no limit");
    }
    let ports = list(&container["ports"]);
    if ports.iter().any(|port| port["containerPort"] == 22) {
        say("ssh-port", "22");
    }
    if ports.iter().any(|port| text(&port["name"]).len() > 15) {
        say("invalid-target-ports", "a name of more than 15 characters");
    }
    for (field, check) in [
        ("livenessProbe", "liveness-port"),
        ("readinessProbe", "readiness-port"),
        ("startupProbe", "startup-port"),
    ] {
        let port = &container[field]["httpGet"]["port"];
        if !port.is_null()
            && !ports.iter().any(|exposed| &exposed["containerPort"] == port || &exposed["name"] == port)
        {
            say(check, "it asks a port that is not exposed");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn each_check_finds_what_it_is_for() {
    use serde_json::json;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa", "namespace": "n"}});
    let sound = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "n"}, "spec": {
    "ttlSecondsAfterFinished": 60, "template": {"spec": {
        "serviceAccountName": "sa", "securityContext": {"runAsNonRoot": true, "runAsUser": 7474},
        "containers": [{
            "name": "c", "image": "registry:5000/neo4j:5.26.33-enterprise", "env": [{"name": "A", "value": "b"}],
            "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
            "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
        }],
    }}}});
    assert_eq!(objections(&[account.clone(), sound.clone()]), Vec::<String>::new());
    let pod = "/spec/template/spec";
    let part = "/spec/template/spec/containers/0";
    let cases = [
        ("", "apiVersion", json!("extensions/v1beta1"), "no-extensions-v1beta"),
        ("/spec", "ttlSecondsAfterFinished", json!(null), "job-ttl-seconds-after-finished"),
        (pod, "hostIPC", json!(true), "host-ipc"),
        (pod, "hostNetwork", json!(true), "host-network"),
        (pod, "hostPID", json!(true), "host-pid"),
        (pod, "serviceAccount", json!("sa"), "deprecated-service-account-field"),
        (pod, "serviceAccountName", json!("other"), "non-existent-service-account"),
        (pod, "volumes", json!([{"hostPath": {"path": "/run/docker.sock"}}]), "docker-sock"),
        (pod, "volumes", json!([{"hostPath": {"path": "/etc"}}]), "sensitive-host-mounts"),
        (pod, "securityContext", json!({"runAsNonRoot": true}), "run-as-non-root"),
        (
            pod,
            "securityContext",
            json!({"runAsNonRoot": true, "runAsUser": 1, "sysctls": [{"name": "net.x"}]}),
            "unsafe-sysctls",
        ),
        (part, "image", json!("neo4j:latest"), "latest-tag"),
        (part, "image", json!("registry:5000/neo4j"), "latest-tag"),
        (part, "env", json!([{"name": "A"}, {"name": "A"}]), "duplicate-env-var"),
        (part, "env", json!([{"name": "MY_SECRET", "value": "x"}]), "env-var-secret"),
        (part, "resources", json!({"limits": {"memory": "1Gi"}}), "unset-cpu-requirements"),
        (part, "resources", json!({"requests": {"cpu": "1"}}), "unset-memory-requirements"),
        (part, "ports", json!([{"containerPort": 22}]), "ssh-port"),
        (part, "ports", json!([{"containerPort": 1, "name": "sixteen-letters-"}]), "invalid-target-ports"),
        (part, "livenessProbe", json!({"httpGet": {"port": 1}}), "liveness-port"),
        (part, "readinessProbe", json!({"httpGet": {"port": 1}}), "readiness-port"),
        (part, "startupProbe", json!({"httpGet": {"port": 1}}), "startup-port"),
        (
            "/spec/template/spec/containers/0/securityContext",
            "privileged",
            json!(true),
            "privileged-container",
        ),
        (
            "/spec/template/spec/containers/0/securityContext",
            "allowPrivilegeEscalation",
            json!(true),
            "privilege-escalation-container",
        ),
        (
            "/spec/template/spec/containers/0/securityContext",
            "readOnlyRootFilesystem",
            json!(false),
            "no-read-only-root-fs",
        ),
        (
            "/spec/template/spec/containers/0/securityContext",
            "capabilities",
            json!({}),
            "drop-net-raw-capability",
        ),
    ];
    for (place, field, value, check) in cases {
        let mut broken = sound.clone();
        broken.pointer_mut(place).unwrap()[field] = value;
        let found = objections(&[account.clone(), broken.clone()]);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{check}: ")), "{check}: {found:?}");
        broken["metadata"]["annotations"] =
            json!({format!("ignore-check.kube-linter.io/{check}"): "a reason"});
        assert_eq!(objections(&[account.clone(), broken]), Vec::<String>::new(), "{check}");
    }
    let cron_job = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {}, "spec": {"jobTemplate": {"spec": {
        "ttlSecondsAfterFinished": 60, "template": {"spec": {}}}}}});
    assert_eq!(objections(&[cron_job]).len(), 1);
}
