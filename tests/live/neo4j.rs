//! Neo4j servers in the cluster: stand-ins under the names that the operator gives (operator.md §3.2).

use serde_json::{Value, json};

use crate::images::{IMAGE, import_neo4j_images};
use crate::namespace::Namespace;

/// Settings of the stand-in server, `STANDIN_…` variables (tests/standin/internal/listener).
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// The Secret with `tls.key`, `tls.crt` and `ca.crt` that servers with `STANDIN_TLS_DIR` mount there.
pub const TLS_SECRET: &str = "graph-backup-tls";

/// A cluster of `servers` servers named `{name}-server-{i}`, ready.
pub fn deploy_cluster(namespace: &Namespace, name: &str, servers: usize, settings: Settings) {
    deploy(namespace, name, &format!("{name}-server"), servers, settings);
}

/// A single server named `{name}-0`, ready.
pub fn deploy_standalone(namespace: &Namespace, name: &str, settings: Settings) {
    deploy(namespace, name, name, 1, settings);
}

fn deploy(namespace: &Namespace, name: &str, set: &str, replicas: usize, settings: Settings) {
    import_neo4j_images(namespace.cluster);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        secret(name),
        service(name, "headless", true),
        service(name, "client", false),
        stateful_set(name, set, replicas, settings),
    ]});
    namespace.apply(&list.to_string());
    let set = format!("statefulset/{set}");
    namespace.kubectl(&["rollout", "status", &set, "--timeout=120s"]).success();
}

/// Operator.md §3.2, "admin secret".
fn secret(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "neo4j-admin-secret", "labels": {"app": name}},
        "stringData": {"username": "neo4j", "password": "standin-password"}})
}

fn service(name: &str, suffix: &str, headless: bool) -> Value {
    let mut service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": format!("{name}-{suffix}")},
        "spec": {"selector": {"app": name}, "ports": [
            {"name": "backup", "port": 6362}, {"name": "bolt", "port": 7687}, {"name": "http", "port": 7474}]}});
    if headless {
        service["spec"]["clusterIP"] = json!("None");
        service["spec"]["publishNotReadyAddresses"] = json!(true);
    }
    service
}

fn stateful_set(name: &str, set: &str, replicas: usize, settings: Settings) -> Value {
    let environment: Vec<Value> =
        settings.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut labels = json!({"app": name, "app.kubernetes.io/instance": name, "neo4j.com/cluster": name});
    if set != name {
        labels["neo4j.com/clustering"] = json!("true");
    }
    let mut mounts =
        vec![json!({"name": "data", "mountPath": "/data"}), json!({"name": "logs", "mountPath": "/logs"})];
    let mut volumes = vec![json!({"name": "data", "emptyDir": {}}), json!({"name": "logs", "emptyDir": {}})];
    if let Some((_, folder)) = settings.iter().find(|(name, _)| *name == "STANDIN_TLS_DIR") {
        mounts.push(json!({"name": "tls", "mountPath": folder, "readOnly": true}));
        volumes.push(json!({"name": "tls", "secret": {"secretName": TLS_SECRET, "items": [
            {"key": "tls.key", "path": "private.key"}, {"key": "tls.crt", "path": "public.crt"},
            {"key": "ca.crt", "path": "trusted/ca.crt"}]}}));
    }
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": set}, "spec": {
        "replicas": replicas, "serviceName": format!("{name}-headless"), "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": labels}, "spec": {
            "enableServiceLinks": false, "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": true, "runAsUser": 7474, "runAsGroup": 7474, "fsGroup": 7474,
                "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "neo4j", "image": IMAGE, "env": environment,
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
                "readinessProbe": {"tcpSocket": {"port": 6362}, "periodSeconds": 1},
                "volumeMounts": mounts}],
            "volumes": volumes}}}})
}
