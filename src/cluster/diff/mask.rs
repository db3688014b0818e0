//! Keeps secrets out of differences.
//!
//! A secret is replaced by a number, the same for the same value within one object: whether it changes is seen, what
//! it is not (peers.md §6.5). A hash of the value would be as visible and could be guessed against.

use serde_json::Value;

/// Parts of a name that stands for a secret.
const TELLING: &[&str] = &["KEY", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL"];

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether a name says that its value is a secret.
#[must_use]
pub fn is_telling(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    TELLING.iter().any(|part| name.contains(part))
}

/// Masks both states of an object.
pub fn both(before: &mut Option<Value>, after: &mut Option<Value>) {
    let mut mask = Mask::default();
    for object in [before, after].into_iter().flatten() {
        mask.object(object);
    }
}

#[derive(Default)]
struct Mask {
    seen: Vec<Value>,
}

impl Mask {
    fn object(&mut self, object: &mut Value) {
        let is_secret = object.get("kind").and_then(Value::as_str) == Some("Secret");
        let Some(map) = object.as_object_mut() else { return };
        for (name, value) in map {
            match (name.as_str(), value) {
                ("data" | "stringData", Value::Object(entries)) if is_secret => {
                    entries.values_mut().for_each(|value| self.hide(value));
                }
                ("metadata", metadata) => self.metadata(metadata),
                (_, value) => self.value(value),
            }
        }
    }

    fn metadata(&mut self, metadata: &mut Value) {
        if let Some(value) = metadata.pointer_mut("/annotations").and_then(|all| all.get_mut(LAST_APPLIED)) {
            self.hide(value);
        }
        self.value(metadata);
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                // An environment variable or an HTTP header.
                let telling = map.get("name").and_then(Value::as_str).is_some_and(is_telling);
                if let Some(value) = map.get_mut("value").filter(|value| telling && is_literal(value)) {
                    self.hide(value);
                }
                map.values_mut().for_each(|value| self.value(value));
            }
            Value::Array(items) => {
                let mut after_flag = false;
                for item in items {
                    if after_flag
                        && is_literal(item)
                        && item.as_str().is_some_and(|text| !text.starts_with('-'))
                    {
                        self.hide(item);
                    } else {
                        self.value(item);
                    }
                    after_flag = item.as_str().is_some_and(|text| {
                        text.starts_with("--") && !text.contains('=') && is_telling(text)
                    });
                }
            }
            Value::String(text) => {
                if let Some(masked) = self.text(text) {
                    *text = masked;
                }
            }
            _ => {}
        }
    }

    fn hide(&mut self, value: &mut Value) {
        let number = self.number(value);
        *value = Value::String(number);
    }

    fn number(&mut self, value: &Value) -> String {
        let index = self.seen.iter().position(|seen| seen == value).unwrap_or_else(|| {
            self.seen.push(value.clone());
            self.seen.len() - 1
        });
        format!("*** (value {})", index + 1)
    }

    /// A text with what looks like a secret in it masked: `--password=x`, `key_password=x` on a line of its own,
    /// `scheme://user:password@host`. `None` when there is nothing of the kind.
    fn text(&mut self, text: &str) -> Option<String> {
        if !text.contains(['=', '@']) {
            return None;
        }
        let lines: Vec<String> = text.split('\n').map(|line| self.line(line)).collect();
        let masked = lines.join("\n");
        (masked != text).then_some(masked)
    }

    fn line(&mut self, line: &str) -> String {
        if let Some((name, value)) = line.split_once('=')
            && is_telling(name)
            && !name.trim().contains(char::is_whitespace)
            && !value.trim().is_empty()
            && !is_reference(value.trim())
        {
            let number = self.number(&Value::String(value.to_owned()));
            return format!("{name}={number}");
        }
        let Some((before, rest)) = line.split_once("://") else { return line.to_owned() };
        let end = rest.find(['/', ' ', '"']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?, host))) {
            Some(((user, password), host)) if !is_reference(password) => {
                let number = self.number(&Value::String(password.to_owned()));
                format!("{before}://{user}:{number}@{host}{path}")
            }
            _ => line.to_owned(),
        }
    }
}

fn is_literal(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && !is_reference(text))
}

/// `$(NAME)`: what Kubernetes itself puts in from a Secret.
fn is_reference(text: &str) -> bool {
    text.starts_with("$(") && text.ends_with(')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn masked(before: Value, after: Value) -> (Value, Value) {
        let (mut before, mut after) = (Some(before), Some(after));
        both(&mut before, &mut after);
        (before.unwrap(), after.unwrap())
    }

    #[test]
    fn equal_secrets_look_equal_and_different_ones_do_not() {
        let env = |key: &str, token: &str| {
            json!({"spec": {"env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": key}, {"name": "MY_TOKEN", "value": token},
                {"name": "REGION", "value": "eu"}]}})
        };
        let (before, after) = masked(env("hunter2", "hunter2"), env("hunter2", "other"));
        assert_eq!(before, env("*** (value 1)", "*** (value 1)"));
        assert_eq!(after, env("*** (value 1)", "*** (value 2)"));
    }

    #[test]
    fn references_are_no_secrets() {
        let object = json!({"spec": {"env": [{"name": "A_KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "PASSWORD", "value": "$(OTHER)"}], "args": ["--from=a:6362", "--password=$(P)"]}});
        assert_eq!(masked(object.clone(), object.clone()), (object.clone(), object));
    }

    #[test]
    fn secrets_hide_everywhere() {
        for object in [
            json!({"kind": "Secret", "data": {"a": "hunter2"}}),
            json!({"kind": "Secret", "stringData": {"a": "hunter2"}}),
            json!({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"hunter2\"}"}}}),
            json!({"spec": {"args": ["--password=hunter2"]}}),
            json!({"spec": {"args": ["--password", "hunter2"]}}),
            json!({"spec": {"url": "https://me:hunter2@host/path"}}),
            json!({"kind": "ConfigMap", "data": {"neo4j.conf": "a=b\ndbms.ssl.private_key_password=hunter2\n"}}),
        ] {
            let (before, after) = masked(object.clone(), object.clone());
            assert!(!before.to_string().contains("hunter2"), "{before}");
            assert_eq!(before, after);
        }
    }

    proptest! {
        /// DESIGN.md law 6: no value of a telling name is ever in the result, and whether it changes is.
        #[test]
        fn no_value_of_a_telling_name_survives(name in "[A-Z_]{0,4}(KEY|TOKEN|PASSWORD)[A-Z_]{0,4}",
                                               first in "[a-z]{12}", second in "[a-z]{12}") {
            let object = |value: &str| json!({"spec": {"jobTemplate": {"containers": [{"env": [{"name": name, "value": value}],
                "args": [format!("{name}={value}")]}]}}});
            let (before, after) = masked(object(&first), object(&second));
            prop_assert!(!before.to_string().contains(&first) && !after.to_string().contains(&second));
            prop_assert_eq!(before == after, first == second);
        }
    }
}
