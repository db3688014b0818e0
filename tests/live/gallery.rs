//! The failure gallery (issue 4, Show 3): everything that goes wrong with a backup, made to happen on a real cluster,
//! and what our commands say of it.
//!
//! Each scene is a namespace with several backups, each broken in its own way; they fail side by side, so that a scene
//! takes as long as its slowest. Neo4j is the stand-in (tests/standin).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::end_to_end::flow::Flow;
use crate::neo4j::deploy_cluster;
use crate::stores::s3;

const LONG: Duration = Duration::from_secs(180);

/// What `status -o json` says of a backup.
pub(crate) fn entry(flow: &Flow, name: &str) -> Value {
    let run = flow.namespace.plugin(&["status", "-o", "json"]).success();
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    list["items"].as_array().unwrap().iter().find(|item| item["name"] == name).cloned().unwrap_or_default()
}

/// Waits until `status` gives a backup a reason with this code.
#[track_caller]
pub(crate) fn wait_for_code(flow: &Flow, name: &str, code: &str) {
    flow.namespace.wait_for(&format!("{code} of {name}"), LONG, || {
        let reason = entry(flow, name)["reason"].as_str().unwrap_or_default().to_owned();
        reason.contains(&format!("[{code}]")).then_some(())
    });
}

/// That `doctor` names the same cause, in one line.
#[track_caller]
fn doctor_names(flow: &Flow, name: &str, code: &str) {
    let run = flow.namespace.plugin(&["doctor", name, "-o", "json"]).expect_code(1);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let last = checks.iter().find(|check| check["code"] == "NB881").unwrap();
    let found = last["found"].as_str().unwrap();
    assert!(found.contains(&format!("[{code}]")) && !found.contains('\n'), "{}", run.transcript());
    assert_eq!(last["verdict"], "fail", "{}", run.transcript());
    assert!(last["next"].is_string(), "{}", run.transcript());
}

/// Waits until the Job of a backup has given up: a moment after its last pod.
#[track_caller]
fn wait_for_failure(flow: &Flow, name: &str) {
    flow.namespace.wait_for(&format!("the failure of {name}"), LONG, || {
        (entry(flow, name)["state"] == "Failed").then_some(())
    });
}

/// `name: State: reason` of every backup, without what differs from run to run.
pub(crate) fn one_line_each(flow: &Flow) -> String {
    let run = flow.namespace.plugin(&["status", "-o", "json"]).success();
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    let lines: BTreeMap<String, String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
            (text("name"), format!("{}: {}: {}", text("name"), text("state"), text("reason")))
        })
        .collect();
    steady(flow, &lines.into_values().collect::<Vec<_>>().join("\n"))
}

/// A text without the names, addresses and times of one run of the tests.
pub(crate) fn steady(flow: &Flow, text: &str) -> String {
    let text = text.replace(&flow.namespace.name, "NAMESPACE");
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let numbers = bare.split(['.', ':']).all(|part| part.parse::<u32>().is_ok());
        let is_address = numbers && bare.matches('.').count() == 3;
        words.push(if is_address { word.replace(bare, "ADDRESS") } else { word.to_owned() });
    }
    words.join(" ")
}

/// Renders a backup, changes its Job, and applies it.
fn apply_changed(flow: &Flow, name: &str, storage: &str, change: impl Fn(&mut Value)) {
    let mut objects = flow.render(&flow.spec(name, storage, "", "{backupType: FULL}", false));
    for object in objects.iter_mut().filter(|object| object["kind"] == "Job") {
        change(&mut object["spec"]["template"]["spec"]);
    }
    flow.send(&objects);
}

fn claim(flow: &Flow, name: &str) -> String {
    flow.volume(name, "1Gi");
    format!("{{type: pvc, pvc: {{name: {name}, size: 1Gi, storageClassName: by-hand}}}}")
}

fn bucket(flow: &Flow, name: &str, secret: &str) -> String {
    format!(
        "{{type: s3, bucket: {name}, path: backups, cloud: {{provider: aws, region: us-east-1, \
         endpointURL: \"{}\", credentialsSecretRef: {secret}}}}}",
        s3(flow.cluster).endpoint
    )
}

#[test]
fn what_keeps_a_step_from_beginning() {
    let Some(flow) = Flow::new("gallery-begin") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, &[("STANDIN_DATABASES", "neo4j")]);
    // The server is there, and nothing listens on 6362.
    flow.kubectl(&["set", "env", "statefulset/graph-server", "STANDIN_BACKUP=off"]);
    flow.namespace.wait_for("a server without a backup port", LONG, || {
        let pods = flow.namespace.get_json(&["pods", "-l", "app=graph"]);
        let pod = &pods["items"][0];
        let off = pod["spec"]["containers"][0]["env"].to_string().contains("STANDIN_BACKUP");
        (off && pod["status"]["phase"] == "Running").then_some(())
    });
    flow.secret("half", &[("AWS_ACCESS_KEY_ID", "key")]);

    apply_changed(&flow, "wrong-image", &claim(&flow, "images"), |pod| {
        for list in ["initContainers", "containers"] {
            // Nothing listens there, on any machine.
            for container in pod[list].as_array_mut().into_iter().flatten() {
                container["image"] = "127.0.0.1:1/neo4j:5.26.0-enterprise".into();
            }
        }
    });
    flow.apply("missing-secret", &bucket(&flow, "gallery", "absent"), "", "{backupType: FULL}");
    flow.apply("missing-key", &bucket(&flow, "gallery", "half"), "", "{backupType: FULL}");
    let nowhere = "{type: pvc, pvc: {name: unbound, size: 1Gi, storageClassName: nowhere}}";
    flow.apply("unbound-claim", nowhere, "", "{backupType: FULL}");
    let unreachable = claim(&flow, "unreachable");
    flow.apply("unreachable", &unreachable, "", "{backupType: FULL}");

    for (name, code) in [
        ("wrong-image", "NB900"),
        ("missing-secret", "NB902"),
        ("missing-key", "NB903"),
        ("unbound-claim", "NB905"),
        ("unreachable", "NB910"),
    ] {
        wait_for_code(&flow, name, code);
        doctor_names(&flow, name, code);
    }
    wait_for_failure(&flow, "unreachable");
    insta::assert_snapshot!(one_line_each(&flow));

    // What a script reads has the name that it knows, and the person gets a next step.
    let unreachable = entry(&flow, "unreachable");
    assert_eq!(unreachable["lastFailure"]["cause"]["alias"], "NEO4J_UNREACHABLE");
    let detail = flow.namespace.plugin(&["status", "missing-key"]).success().stdout;
    assert!(detail.contains("next: add the key `AWS_SECRET_ACCESS_KEY` to the Secret `half`"), "{detail}");
    // A pod that waits goes on by itself once the key is there.
    flow.secret("half", &[("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "other")]);
    wait_for_code(&flow, "missing-key", "NB910");
}

#[test]
fn what_makes_a_step_fail() {
    let Some(flow) = Flow::new("gallery-step") else { return };
    let settings = [("STANDIN_DATABASES", "neo4j"), ("STANDIN_STORE_BYTES", "20000000")];
    deploy_cluster(&flow.namespace, "graph", 1, &settings);
    let store = s3(flow.cluster);
    drop(store.bucket("gallery-step"));
    flow.secret("wrong", &[("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", "wrong")]);

    flow.apply("wrong-credentials", &bucket(&flow, "gallery-step", "wrong"), "", "{backupType: FULL}");
    // The cluster has volumes of eight mebibytes of this class.
    let tiny = "{type: pvc, pvc: {name: tiny, size: 8Mi, storageClassName: tiny}}";
    flow.apply("full-volume", tiny, "", "{backupType: FULL}");
    apply_changed(&flow, "out-of-memory", &claim(&flow, "memory"), |pod| {
        let container = &mut pod["containers"][0];
        container["resources"]["limits"]["memory"] = "32Mi".into();
        container["image"] = "busybox:1.36".into();
        container["command"] = serde_json::json!(["tail", "/dev/zero"]);
        container["args"] = Value::Null;
    });
    apply_changed(&flow, "wrong-option", &claim(&flow, "option"), |pod| {
        pod["containers"][0]["args"].as_array_mut().unwrap().insert(0, "--bogus".into());
    });

    for (name, code) in [
        ("wrong-credentials", "NB911"),
        ("full-volume", "NB901"),
        ("out-of-memory", "NB908"),
        ("wrong-option", "NB909"),
    ] {
        wait_for_code(&flow, name, code);
        wait_for_failure(&flow, name);
        doctor_names(&flow, name, code);
    }
    insta::assert_snapshot!(one_line_each(&flow));
    assert_eq!(entry(&flow, "full-volume")["lastFailure"]["cause"]["alias"], "BACKUP_NO_SPACE");
    // Nothing of the Secret is in what anybody is shown.
    let all = flow.namespace.plugin(&["status", "-o", "yaml"]).success().stdout;
    assert!(!all.contains(store.secret_key), "{all}");
}

#[test]
fn what_ends_a_run_from_outside() {
    let Some(flow) = Flow::new("gallery-end") else { return };
    let settings = [("STANDIN_DATABASES", "neo4j"), ("STANDIN_DELAY", "170s")];
    deploy_cluster(&flow.namespace, "graph", 1, &settings);
    flow.apply("killed", &claim(&flow, "killed"), "", "{backupType: FULL}");
    flow.apply("running", &claim(&flow, "running"), "", "{backupType: FULL}");
    apply_changed(&flow, "deadline", &claim(&flow, "deadline"), |pod| {
        pod["activeDeadlineSeconds"] = 10.into();
    });
    let runs = |name: &str| {
        flow.namespace.wait_for(&format!("{name} to run"), LONG, || {
            let reason = entry(&flow, name)["reason"].as_str().unwrap_or_default().to_owned();
            reason.starts_with("step backup since ").then_some(())
        });
    };
    runs("killed");
    runs("running");
    assert_eq!(entry(&flow, "running")["state"], "Running");

    flow.kubectl(&["delete", "pod", "-l", "neo4j.neo4j.com/backup=killed", "--grace-period=1"]);
    for (name, code) in [("killed", "NB915"), ("deadline", "NB913")] {
        wait_for_code(&flow, name, code);
        wait_for_failure(&flow, name);
        doctor_names(&flow, name, code);
    }
    let lines = one_line_each(&flow);
    let ended: Vec<&str> = lines.lines().filter(|line| !line.starts_with("running")).collect();
    insta::assert_snapshot!(ended.join("\n"));

    // The namespace goes while a backup runs in it.
    flow.kubectl(&["delete", "namespace", &flow.namespace.name, "--wait=false"]);
    let said = flow.namespace.plugin(&["status", "running"]);
    let text = said.transcript();
    assert!(text.contains("[NB919]") && text.contains("is being deleted"), "{text}");
    flow.namespace.wait_for("the namespace to be gone", LONG, || {
        let gone = flow.namespace.plugin(&["status"]);
        (gone.code == 3 && gone.stderr.contains("does not exist")).then_some(())
    });
    let doctor = flow.namespace.plugin(&["doctor", "running"]);
    assert_ne!(doctor.code, 0, "{}", doctor.transcript());
    let named = format!("the namespace {} does not exist", flow.namespace.name);
    assert!(doctor.transcript().contains(&named), "{}", doctor.transcript());
}
