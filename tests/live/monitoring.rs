//! Alerts and dashboards on real API servers that have the definition of the Prometheus operator.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::cluster::{Cluster, cluster, newest};
use crate::specs;

/// The definition of `PrometheusRule`, made from the operator's types.
fn definition() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/monitoring/install");
    let made = Command::new(script).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim()).join("definitions/prometheusrules.yaml")
}

/// Everything that the examples become with alerts and dashboards, as `kubectl apply` sends it: with the whole object in
/// an annotation, and no field that the server does not know.
fn everything_is_taken(cluster: &Cluster) {
    let ns = cluster.namespace("monitoring");
    let definition = definition();
    let definition = definition.to_string_lossy();
    cluster.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &definition]).success();
    let name = "crd/prometheusrules.monitoring.coreos.com";
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", name]).success();

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_string_lossy();
    ns.plugin(&["emit", "plain", "-R", "-f", "examples", "-d", &out, "--with", "prometheusrule,grafana"])
        .success();
    let mut objects: Vec<Value> = Vec::new();
    let mut folders = vec![PathBuf::from(out.as_ref())];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                objects.push(serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
            }
        }
    }
    let count = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).count();
    assert!(count("PrometheusRule") > 40, "{}", count("PrometheusRule"));
    specs::make_namespaces(cluster, &objects);
    let strictly = ["apply", "--dry-run=server", "--validate=strict", "-R", "-f"];
    let taken = cluster.kubectl(&[&strictly[..], &[&out]].concat()).success();
    assert_eq!(
        taken.stdout.matches("prometheusrule.monitoring.coreos.com/").count(),
        count("PrometheusRule"),
        "{}",
        taken.transcript()
    );

    // That the server looks at the rules is part of the test.
    let mut wrong = objects.iter().find(|object| object["kind"] == "PrometheusRule").unwrap().clone();
    wrong["spec"]["groups"][0]["rules"][0]["annotation"] = "misspelt".into();
    let refused = ns.try_apply(&wrong.to_string());
    assert_ne!(refused.code, 0, "{}", refused.transcript());
}

#[test]
fn alerts_and_dashboards_pass_a_strict_dry_run() {
    let Some(cluster) = cluster() else { return };
    everything_is_taken(cluster);
}

#[test]
fn the_newest_server_takes_them_too() {
    let Some(cluster) = newest() else { return };
    everything_is_taken(cluster);
}
