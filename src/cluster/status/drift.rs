//! Whether what is in the cluster is still what the file becomes, told from the two objects alone.
//!
//! `status` reads and does not ask the server for a dry run, so it compares the values that we would apply with those
//! that are there. Fields that others added are theirs; `diff` knows more.

use serde_json::Value;

use crate::api::quantity::Quantity;

/// Paths, in the server's spelling, of the fields of `wanted` that have another value, or none, in `live`.
#[must_use]
pub fn differing(wanted: &Value, live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let (Value::Object(wanted), Value::Object(live)) = (wanted, live) {
        for (name, value) in wanted {
            match name.as_str() {
                "apiVersion" | "kind" | "status" => {}
                "metadata" => {
                    for part in ["labels", "annotations"] {
                        if let Some(value) = value.get(part) {
                            let there = live.get("metadata").and_then(|metadata| metadata.get(part));
                            compare(value, there, &mut format!(".metadata.{part}"), &mut found);
                        }
                    }
                }
                _ => compare(value, live.get(name), &mut format!(".{name}"), &mut found),
            }
        }
    }
    found
}

fn compare(wanted: &Value, live: Option<&Value>, path: &mut String, found: &mut Vec<String>) {
    let Some(live) = live else {
        if !is_empty(wanted) {
            found.push(path.clone());
        }
        return;
    };
    let length = path.len();
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            for (name, value) in wanted {
                path.push('.');
                path.push_str(name);
                compare(value, live.get(name), path, found);
                path.truncate(length);
            }
        }
        (Value::Array(wanted), Value::Array(live)) => {
            let named = wanted.iter().all(|item| item.get("name").is_some_and(Value::is_string));
            for (index, item) in wanted.iter().enumerate() {
                let there = if named {
                    path.push_str(&format!("[name={}]", item.get("name").unwrap_or(&Value::Null)));
                    live.iter().find(|other| other.get("name") == item.get("name"))
                } else {
                    path.push_str(&format!("[{index}]"));
                    live.get(index)
                };
                compare(item, there, path, found);
                path.truncate(length);
            }
            if !named && live.len() > wanted.len() {
                found.push(path.clone());
            }
        }
        _ => {
            if wanted != live && !(path.contains(".resources.") && same_quantity(wanted, live)) {
                found.push(path.clone());
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The server writes quantities in its own way: `1000m` becomes `1`.
fn same_quantity(left: &Value, right: &Value) -> bool {
    let value = |value: &Value| Quantity(value.as_str()?.to_owned()).value();
    matches!((value(left), value(right)), (Some(left), Some(right)) if left == right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_we_would_set_to_another_value_differs() {
        let wanted = json!({"apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": "x", "labels": {"a": "b"}},
            "spec": {"schedule": "0 2 * * *", "suspend": false, "jobTemplate": {"spec": {"template": {"spec": {
                "containers": [{"name": "backup", "image": "neo4j:1", "args": ["a", "b"], "resources": {"limits": {"cpu": "1000m"}}}]}}}}}});
        let mut live = wanted.clone();
        live["metadata"]["labels"]["c"] = json!("d");
        live["spec"]["concurrencyPolicy"] = json!("Forbid");
        let containers = &mut live["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"];
        containers[0]["resources"]["limits"]["cpu"] = json!("1");
        containers[0]["terminationMessagePath"] = json!("/dev/termination-log");
        containers.as_array_mut().unwrap().insert(0, json!({"name": "injected"}));
        assert!(differing(&wanted, &live).is_empty(), "{:?}", differing(&wanted, &live));

        live["spec"]["schedule"] = json!("0 3 * * *");
        live["spec"]["suspend"] = json!(true);
        live["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][1]["args"] =
            json!(["a", "b", "c"]);
        live["metadata"]["labels"]["a"] = json!("z");
        let mut found = differing(&wanted, &live);
        found.sort();
        assert_eq!(
            found,
            [
                ".metadata.labels.a",
                ".spec.jobTemplate.spec.template.spec.containers[name=\"backup\"].args",
                ".spec.schedule",
                ".spec.suspend",
            ]
        );
    }
}
