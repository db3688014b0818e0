//! From a field as the API server spells it to a place in the object that it speaks of.

use serde_json::Value;

/// The JSON pointer (RFC 6901) of a field such as `spec.template.spec.containers[name="backup"].env[3].name`, as far
/// down as the object has it. The spelling is that of `field.Path` and of structured-merge-diff: names after dots,
/// positions, keys of maps and keys of list items in brackets.
#[must_use]
pub fn pointer(object: &Value, field: &str) -> String {
    let mut pointer = String::new();
    let mut node = object;
    let mut rest = field.strip_prefix('.').unwrap_or(field);
    while !rest.is_empty() {
        let (token, next, after) = match step(node, rest) {
            Some(found) => found,
            None => return pointer,
        };
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        node = next;
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    pointer
}

/// The token, the child and what follows.
fn step<'v, 'p>(node: &'v Value, path: &'p str) -> Option<(String, &'v Value, &'p str)> {
    if let Some(inner) = path.strip_prefix('[') {
        let end = closing(inner)?;
        let (key, after) = (inner.get(..end)?, inner.get(end + 1..)?);
        return match node {
            Value::Array(items) => {
                let index = match key.parse::<usize>() {
                    Ok(index) => index,
                    Err(_) => items.iter().position(|item| has(item, key))?,
                };
                Some((index.to_string(), items.get(index)?, after))
            }
            Value::Object(map) => {
                let key = key.trim_matches('"');
                Some((key.to_owned(), map.get(key)?, after))
            }
            _ => None,
        };
    }
    let map = node.as_object()?;
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let name = path.get(..end)?;
    if let Some(child) = map.get(name) {
        return Some((name.to_owned(), child, path.get(end..)?));
    }
    // A key with dots of its own, as in `.metadata.labels.app.kubernetes.io/name`: the longest that fits.
    let fits = |key: &&String| {
        path.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let key = map.keys().filter(fits).max_by_key(|key| key.len())?;
    Some((key.clone(), map.get(key)?, path.get(key.len()..)?))
}

/// Where a bracket closes, quotes heeded.
fn closing(inner: &str) -> Option<usize> {
    let mut quoted = false;
    inner.char_indices().find_map(|(index, character)| {
        match character {
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(index),
            _ => {}
        }
        None
    })
}

/// Whether an item has the keys `name="x",protocol="TCP"`; what it leaves to a default counts as having it.
fn has(item: &Value, keys: &str) -> bool {
    let mut any = false;
    for pair in keys.split(',') {
        let Some((name, text)) = pair.split_once('=') else { return false };
        let wanted = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        match item.get(name) {
            Some(value) if *value == wanted => any = true,
            Some(_) => return false,
            None => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::pointer;
    use serde_json::json;

    #[test]
    fn each_spelling_of_the_server_leads_to_the_field() {
        let object = json!({"metadata": {"labels": {"app.kubernetes.io/name": "x"}, "annotations": {"a/b": "y"}},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [
                {"name": "first"},
                {"name": "backup", "args": ["x"], "env": [{"name": "A"}, {"name": "B"}],
                 "ports": [{"containerPort": 80}]}]}}}}}});
        let base = "/spec/jobTemplate/spec/template/spec/containers";
        for (field, expected) in [
            ("spec.jobTemplate.spec.template.spec.containers[1].args", format!("{base}/1/args")),
            ("spec.jobTemplate.spec.template.spec.containers[1].args[0]", format!("{base}/1/args/0")),
            (
                ".spec.jobTemplate.spec.template.spec.containers[name=\"backup\"].env[1].name",
                format!("{base}/1/env/1/name"),
            ),
            (
                ".spec.jobTemplate.spec.template.spec.containers[name=\"backup\"].env[name=\"B\"]",
                format!("{base}/1/env/1"),
            ),
            (
                ".spec.jobTemplate.spec.template.spec.containers[name=\"backup\"].ports[containerPort=80,protocol=\"TCP\"]",
                format!("{base}/1/ports/0"),
            ),
            ("metadata.labels", "/metadata/labels".to_owned()),
            (
                ".metadata.labels.app.kubernetes.io/name",
                "/metadata/labels/app.kubernetes.io~1name".to_owned(),
            ),
            ("metadata.annotations[a/b]", "/metadata/annotations/a~1b".to_owned()),
            ("spec.jobTemplate.spec.template.spec.containers[1].lifecycle.preStop", format!("{base}/1")),
            ("spec.jobTemplate.spec.template.spec.containers[9].args", base.to_owned()),
            ("spec.jobTemplate.spec.template.spec.containers[name=\"none\"]", base.to_owned()),
            ("", String::new()),
            ("[", String::new()),
            ("nothing.here", String::new()),
        ] {
            assert_eq!(pointer(&object, field), expected, "{field}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_spelling_breaks_it(field in "[a-c.\\[\\]\"=,0-9/~é]{0,24}") {
            let object = json!({"a": [{"b": {"a.b": 1}, "c": 0}, {"é": [[1]]}], "b": {"a/b~": {"c": []}}});
            let pointer = pointer(&object, &field);
            proptest::prop_assert!(object.pointer(&pointer).is_some());
        }
    }
}
