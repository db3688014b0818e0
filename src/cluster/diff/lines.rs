//! An object as lines of YAML, each with the field that it belongs to.

use serde_json::Value;

/// A line and the path of the field that it shows, in the server's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) path: String,
}

/// The lines of an object; none when there is no object.
pub(super) fn of(object: Option<&Value>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(Value::Object(map)) = object {
        write_map(map, 0, "", None, &mut lines);
    }
    lines
}

type Map = serde_json::Map<String, Value>;

/// `dash` is the indentation of the list item that the map is: its first line starts with it.
fn write_map(map: &Map, indent: usize, path: &str, dash: Option<usize>, lines: &mut Vec<Line>) {
    let mut names: Vec<&String> = map.keys().collect();
    // What a thing is called comes first.
    names.sort_by_key(|name| (dash.is_none() || name.as_str() != "name", name.as_str()));
    for (position, name) in names.into_iter().enumerate() {
        let Some(value) = map.get(name) else { continue };
        let below = super::child(path, name);
        let start = match dash {
            Some(dash) if position == 0 => format!("{}- ", " ".repeat(dash)),
            _ => " ".repeat(indent),
        };
        write(&format!("{start}{}:", key(name)), value, indent, &below, lines);
    }
}

fn write(head: &str, value: &Value, indent: usize, path: &str, lines: &mut Vec<Line>) {
    let mut push = |text: String| lines.push(Line { text, path: path.to_owned() });
    match value {
        Value::Object(map) if map.is_empty() => push(format!("{head} {{}}")),
        Value::Array(items) if items.is_empty() => push(format!("{head} []")),
        Value::Object(map) => {
            push(head.to_owned());
            write_map(map, indent + 2, path, None, lines);
        }
        Value::Array(items) => {
            push(head.to_owned());
            for item in items {
                write_item(item, indent, path, lines);
            }
        }
        Value::String(text) if text.trim_end_matches('\n').contains('\n') && is_printable(text) => {
            let (mark, body) = match text.strip_suffix('\n') {
                Some(body) if body.ends_with('\n') => ("|+", body),
                Some(body) => ("|", body),
                None => ("|-", text.as_str()),
            };
            // A first line with leading spaces would be taken for the indentation.
            let explicit = if body.starts_with([' ', '\n']) { "2" } else { "" };
            push(format!("{head} {}{explicit}{}", &mark[..1], &mark[1..]));
            for line in body.split('\n') {
                let text =
                    if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent + 2)) };
                push(text);
            }
        }
        scalar => push(format!("{head} {}", scalar_text(scalar))),
    }
}

fn write_item(item: &Value, indent: usize, path: &str, lines: &mut Vec<Line>) {
    match item {
        Value::Object(map) if !map.is_empty() => {
            let path = item_path(path, map);
            write_map(map, indent + 2, &path, Some(indent), lines);
        }
        // A list in a list is no part of any kind of ours; it is shown as JSON.
        other => {
            lines.push(Line {
                text: format!("{}- {}", " ".repeat(indent), scalar_text(other)),
                path: path.to_owned(),
            });
        }
    }
}

/// The path of an item of a list with keys; of other lists that of the list.
fn item_path(path: &str, item: &Map) -> String {
    let field = path.rsplit('.').next().unwrap_or_default();
    let Some(keys) = super::fields::list_keys(field) else { return path.to_owned() };
    let pairs: Vec<String> = keys
        .iter()
        .filter_map(|key| match item.get(*key) {
            Some(value) => Some(format!("{key}={value}")),
            None => (*key == "protocol").then(|| "protocol=\"TCP\"".to_owned()),
        })
        .collect();
    format!("{path}[{}]", pairs.join(","))
}

fn key(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { Value::String(name.to_owned()).to_string() }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => {
            crate::diagnostics::visible_line(&Value::String(text.clone()).to_string()).into_owned()
        }
        other => other.to_string(),
    }
}

fn is_printable(text: &str) -> bool {
    text.chars().all(|character| character == '\n' || !character.is_control())
        && !text.contains('\u{feff}')
        && text == crate::diagnostics::visible(text)
}

/// Whether a text can stand without quotes: whatever a reader might take for something else is quoted, rather too
/// much than too little, because a difference is read and not parsed.
fn is_plain(text: &str) -> bool {
    let ordinary =
        |character: char| character.is_ascii_alphanumeric() || "-_./+:,=@()*$ <>;~".contains(character);
    let starts_plainly = text
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '$')
        || text.starts_with("./")
        || (text.starts_with("--") && text.len() > 3);
    starts_plainly
        && text.chars().all(ordinary)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n" | "." | ".inf" | ".nan"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(object: &Value) -> String {
        of(Some(object)).into_iter().map(|line| line.text + "\n").collect()
    }

    #[test]
    fn lines_are_yaml_and_know_their_field() {
        let object = json!({"kind": "CronJob", "metadata": {"name": "a", "labels": {"x.io/y": "true"}}, "spec": {
            "containers": [{"image": "i:1", "name": "backup", "args": ["--from=a:1", "1", ""], "env": []}],
            "schedule": "0 1 * * *", "limit": 3, "resources": {}, "text": "one\ntwo\n", "stripped": " one\ntwo",
            "kept": "a\nb\n\n"}});
        insta::assert_snapshot!(text(&object), @r#"
        kind: CronJob
        metadata:
          labels:
            x.io/y: "true"
          name: a
        spec:
          containers:
          - name: backup
            args:
            - --from=a:1
            - "1"
            - ""
            env: []
            image: i:1
          kept: |+
            a
            b

          limit: 3
          resources: {}
          schedule: "0 1 * * *"
          stripped: |2-
             one
            two
          text: |
            one
            two
        "#);
        let lines = of(Some(&object));
        let path = |needle: &str| lines.iter().find(|line| line.text.contains(needle)).unwrap().path.clone();
        assert_eq!(path("image"), r#".spec.containers[name="backup"].image"#);
        assert_eq!(path("--from"), r#".spec.containers[name="backup"].args"#);
        assert_eq!(path("two"), ".spec.stripped");
        assert!(of(None).is_empty());
    }

    proptest::proptest! {
        /// What is shown is what is there: the lines are YAML for the same object.
        #[test]
        fn lines_read_back_as_the_object(values in proptest::collection::btree_map("[a-z]{1,3}|[ -~]{0,6}", "[ -~\n]{0,12}|[a-z ]{0,5}", 0..6),
                                         items in proptest::collection::vec("[ -~\n]{0,8}", 0..4)) {
            let object = json!({"kind": "X", "map": values, "list": [{"name": "n", "items": items}], "number": 12});
            let read: Value = serde_yaml::from_str(&text(&object)).unwrap();
            proptest::prop_assert_eq!(read, object);
        }
    }
}
