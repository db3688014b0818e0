//! Paths of fields, as findings name them: `spec.options.additionalArgs[1]`,
//! `spec.storage.cloud.identity.autoCreate.annotations["eks.amazonaws.com/role-arn"]`.
//!
//! A rule speaks of a field by its path and knows nothing of lines. Only when a finding is to be shown is the
//! path walked in the document's text, so that thousands of sound specs never pay for positions.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A key of a mapping.
    Key(Cow<'a, str>),
    /// An index of a sequence.
    Index(usize),
}

/// Steps of a path. Text that is no path gives the steps up to where it stops being one.
#[must_use]
pub fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(bracketed) = rest.strip_prefix('[') {
            if bracketed.starts_with('"') {
                let mut stream = serde_json::Deserializer::from_str(bracketed).into_iter::<String>();
                let Some(Ok(key)) = stream.next() else { break };
                let after = stream.byte_offset();
                steps.push(Step::Key(Cow::Owned(key)));
                rest = bracketed.get(after..).and_then(|rest| rest.strip_prefix(']')).unwrap_or_default();
            } else {
                let Some((index, after)) = bracketed.split_once(']') else { break };
                let Ok(index) = index.parse() else { break };
                steps.push(Step::Index(index));
                rest = after;
            }
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            if key.is_empty() {
                break;
            }
            steps.push(Step::Key(Cow::Borrowed(key)));
            rest = after;
        }
    }
    steps
}

/// Appends a key to a path, in quotes where it could be misread.
pub fn push_key(path: &mut String, key: &str) {
    let plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'));
    if plain {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        let quoted = serde_json::Value::String(key.to_owned());
        let _ = write!(path, "[{quoted}]");
    }
}

/// Appends an index to a path.
pub fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// `path` with a key appended.
#[must_use]
pub fn key(path: &str, key: &str) -> String {
    let mut path = path.to_owned();
    push_key(&mut path, key);
    path
}

/// `path` with an index appended.
#[must_use]
pub fn index(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_being_written_and_read() {
        for keys in [vec!["spec", "a"], vec!["a.b/c", "d"], vec!["\"q]", "x[0]"], vec!["", "é"]] {
            let mut path = String::new();
            for key in &keys {
                push_key(&mut path, key);
            }
            push_index(&mut path, 3);
            let mut expected: Vec<Step<'_>> = keys.iter().map(|key| Step::Key(Cow::Borrowed(*key))).collect();
            expected.push(Step::Index(3));
            assert_eq!(steps(&path), expected, "{path}");
        }
    }

    #[test]
    fn text_that_is_no_path_does_not_panic() {
        for path in ["[", "[\"", "[x]", "..", "a..b", "a[", "a[9999999999999999999999]"] {
            let _ = steps(path);
        }
    }
}
