//! Which fields a change is about, in a few words.

use kube::core::DynamicObject;
use serde_json::{Map, Value};

/// Fields that are named before "and N more".
const FEW: usize = 3;

/// The fields in which an object would differ: `.spec.schedule, .spec.suspend`.
pub(super) fn changed_fields(live: &DynamicObject, merged: &DynamicObject) -> String {
    let mut paths = Vec::new();
    for (name, before, after) in [
        ("labels", &live.metadata.labels, &merged.metadata.labels),
        ("annotations", &live.metadata.annotations, &merged.metadata.annotations),
    ] {
        if before != after {
            paths.push(format!(".metadata.{name}"));
        }
    }
    let empty = Map::new();
    let (before, after) =
        (live.data.as_object().unwrap_or(&empty), merged.data.as_object().unwrap_or(&empty));
    walk(before, after, "", &mut paths);
    let more = paths.len().saturating_sub(FEW);
    paths.truncate(FEW);
    let words = paths.join(", ");
    if more == 0 { words } else { format!("{words} and {more} more") }
}

fn walk(before: &Map<String, Value>, after: &Map<String, Value>, path: &str, paths: &mut Vec<String>) {
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    for key in keys {
        // Written by the server, never by us.
        if path.is_empty() && key == "status" {
            continue;
        }
        let path = format!("{path}.{key}");
        match (before.get(key), after.get(key)) {
            (Some(one), Some(other)) if one == other => {}
            (Some(Value::Object(one)), Some(Value::Object(other))) => walk(one, other, &path, paths),
            _ => paths.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fields_that_differ_are_named_and_many_are_counted() {
        let object = |spec: Value| -> DynamicObject {
            serde_json::from_value(
                json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": spec}),
            )
            .unwrap()
        };
        let live = object(json!({"schedule": "@daily", "a": {"b": 1}, "c": [1], "d": 1, "e": 1}));
        let merged = object(json!({"schedule": "@weekly", "a": {"b": 2}, "c": [1], "d": 1, "e": 1}));
        assert_eq!(changed_fields(&live, &merged), ".spec.a.b, .spec.schedule");
        let merged = object(json!({"f": 1}));
        assert!(changed_fields(&live, &merged).ends_with("and 3 more"));
        assert_eq!(changed_fields(&live, &live), "");
    }
}
