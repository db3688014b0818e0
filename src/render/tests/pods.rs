//! The restricted Pod Security profile, checked in the text that a cluster gets and not in our types.

use serde_json::Value;

use super::super::Object;
use super::objects::objects;
use super::plans::{self, Plan};

/// Every pod template of every plan with the name of the plan.
fn pods() -> Vec<(&'static str, Value)> {
    let mut pods = Vec::new();
    for (name, plan) in plans::all() {
        for object in objects(&plan) {
            let json = serde_json::to_value(&object).unwrap();
            let pointer = match object {
                Object::Job(_) => "/spec/template",
                Object::CronJob(_) => "/spec/jobTemplate/spec/template",
                _ => continue,
            };
            pods.push((name, json.pointer(pointer).unwrap().clone()));
        }
    }
    assert_eq!(pods.len(), 8, "every plan of the fixtures has a pod");
    pods
}

fn containers(pod: &Value) -> Vec<&Value> {
    let of = |name: &str| pod["spec"][name].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    of("initContainers").chain(of("containers")).collect()
}

#[test]
fn every_pod_obeys_the_restricted_profile() {
    for (name, pod) in pods() {
        let spec = &pod["spec"];
        let security = &spec["securityContext"];
        assert_eq!(security["runAsNonRoot"], true, "{name}");
        assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        for id in ["runAsUser", "runAsGroup", "fsGroup"] {
            assert_eq!(security[id], 7474, "{name}");
        }
        assert_eq!(security["fsGroupChangePolicy"], "OnRootMismatch", "{name}");
        for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
            assert!(spec.get(field).is_none(), "{name}: {field}");
        }
        let allowed = ["configMap", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
        for volume in spec["volumes"].as_array().into_iter().flatten() {
            let kinds: Vec<&String> =
                volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
            assert_eq!(kinds.len(), 1, "{name}");
            assert!(allowed.contains(&kinds[0].as_str()), "{name}: {kinds:?}");
        }
        for container in containers(&pod) {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false, "{name}");
            assert_eq!(security["runAsNonRoot"], true, "{name}");
            assert_eq!(security["capabilities"], serde_json::json!({"drop": ["ALL"]}), "{name}");
            for field in ["privileged", "runAsUser", "procMount", "seccompProfile"] {
                assert!(security.get(field).is_none(), "{name}: {field}");
            }
            assert!(container.get("ports").is_none(), "{name}");
            assert!(container.get("lifecycle").is_none(), "{name}");
        }
    }
}

#[test]
fn every_pod_keeps_what_a_failure_said_and_has_no_token() {
    for (name, pod) in pods() {
        let spec = &pod["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "{name}");
        assert_eq!(spec["enableServiceLinks"], false, "{name}");
        assert_eq!(spec["restartPolicy"], "Never", "{name}");
        assert_eq!(spec["containers"].as_array().unwrap().len(), 1, "{name}");
        for container in containers(&pod) {
            assert_eq!(container["terminationMessagePolicy"], "FallbackToLogsOnError", "{name}");
            assert_eq!(container["resources"]["requests"]["cpu"], "250m", "{name}");
            assert_eq!(container["resources"]["limits"]["memory"], "2Gi", "{name}");
        }
    }
}

#[test]
fn only_a_hook_of_a_person_may_write_to_its_root() {
    let mut hooks = 0;
    for (name, pod) in pods() {
        for container in containers(&pod) {
            let read_only = container["securityContext"].get("readOnlyRootFilesystem");
            if container["name"] == "hook" {
                hooks += 1;
                assert_eq!(read_only, None, "{name}");
            } else {
                assert_eq!(read_only, Some(&Value::Bool(true)), "{name}");
            }
        }
    }
    assert_eq!(hooks, 1);
}

#[test]
fn every_mount_has_its_volume_and_no_name_stands_twice() {
    for (name, pod) in pods() {
        let volumes: Vec<&Value> =
            pod["spec"]["volumes"].as_array().into_iter().flatten().map(|volume| &volume["name"]).collect();
        for container in containers(&pod) {
            for mount in container["volumeMounts"].as_array().into_iter().flatten() {
                assert!(volumes.contains(&&mount["name"]), "{name}: {mount}");
            }
            let mut names: Vec<&str> = container["env"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|variable| variable["name"].as_str().unwrap())
                .collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{name}: {names:?}");
        }
    }
}

#[test]
fn a_variable_of_a_step_takes_the_place_of_the_pods() {
    let pods = pods();
    let (_, tls) = pods.iter().find(|(name, _)| *name == "tls").unwrap();
    let variables = containers(tls)[0]["env"].as_array().unwrap();
    let heap: Vec<&Value> = variables.iter().filter(|variable| variable["name"] == "HEAP_SIZE").collect();
    assert_eq!(heap.len(), 1);
    assert_eq!(heap[0]["value"], "1g");
}

#[test]
fn the_log_that_kubectl_shows_is_that_of_the_work() {
    let shown = |wanted: &str| -> Vec<Value> {
        pods()
            .into_iter()
            .filter(|(name, _)| *name == wanted)
            .map(|(_, pod)| pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].clone())
            .collect()
    };
    assert_eq!(shown("scheduled_claim"), ["backup"]);
    assert_eq!(shown("restore_seed"), ["seed"]);
    assert_eq!(shown("restore_hooks"), ["hook", "restore"]);
}

#[test]
fn a_plan_without_steps_is_no_panic() {
    let mut plan = plans::s3_one_shot();
    plan.steps.clear();
    let objects = objects(&Plan::Backup(Box::new(plan)));
    let json = serde_json::to_value(&objects[1]).unwrap();
    assert_eq!(json.pointer("/spec/template/spec/containers"), Some(&serde_json::json!([])));
}
