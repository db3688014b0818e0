//! What was left in a spec that should not go to a cluster: placeholders of a template, substitutions that
//! nobody makes or that somebody makes unasked, plain secrets, characters that nobody sees.

use std::ops::Range;

use serde::Serialize;
use serde_json::Value;

use crate::api::restore::EnvironmentVariable;
use crate::diagnostics::{Severity, codes};
use crate::input::{Finding, field};

use super::{Backup, Restore};

/// Every text of a backup.
pub(super) fn backup(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    if is_suspicious(subject.document.origin.text.as_bytes()) {
        walk_spec(subject.spec, out);
    }
}

/// Every text of a restore, and the variables of its hooks.
pub(super) fn restore(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    if is_suspicious(subject.document.origin.text.as_bytes()) {
        walk_spec(subject.spec, out);
    }
    let Some(options) = subject.spec.options.as_deref() else { return };
    for (at, hooks) in [
        ("spec.options.preRestore", options.pre_restore.as_ref()),
        ("spec.options.postRestore", options.post_restore.as_ref()),
    ] {
        let container = hooks
            .and_then(|hooks| hooks.job.as_ref())
            .and_then(|job| job.template.as_ref())
            .and_then(|template| template.container.as_ref());
        for (index, variable) in
            container.and_then(|container| container.env.as_ref()).into_iter().flatten().enumerate()
        {
            plain_variable(|| format!("{at}.job.template.container.env[{index}]"), variable, out);
        }
    }
}

/// Whether the text of a document may hold anything that this file looks for. Most specs do not, and their texts
/// are never copied. The text may hold other documents too, so this decides nothing.
fn is_suspicious(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let rest = || text.get(at..).unwrap_or_default();
        match byte {
            // Escapes and block scalars can hold line breaks; 0xC2 begins the control characters beyond ASCII.
            b'<' | b'>' | b'|' | b'\\' | b'\t' | 0x7f | 0xc2 => true,
            b'\n' => is_before_blank_line(rest()),
            b'\r' => false,
            0..=0x1f => true,
            b'$' => rest().starts_with(b"${"),
            b'C' => rest().starts_with(b"CHANGE"),
            b'R' => rest().starts_with(b"REPLACE"),
            b'T' => rest().starts_with(b"TODO"),
            b'A' => rest().starts_with(b"AKIA"),
            _ => false,
        }
    })
}

/// A blank line within a flow scalar is a line break in its value.
fn is_before_blank_line(rest: &[u8]) -> bool {
    let next = rest.iter().skip(1).find(|byte| !matches!(byte, b' ' | b'\r'));
    next == Some(&b'\n')
}

fn walk_spec(spec: &impl Serialize, out: &mut Vec<Finding>) {
    // A spec that was read can be written; should it not, nothing is known of it here.
    if let Ok(value) = serde_json::to_value(spec) {
        walk(&mut "spec".to_owned(), &value, out);
    }
}

fn walk(path: &mut String, value: &Value, out: &mut Vec<Finding>) {
    let length = path.len();
    match value {
        Value::String(text) => check(path, text, false, out),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                field::push_index(path, index);
                walk(path, item, out);
                path.truncate(length);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                field::push_key(path, key);
                check(path, key, true, out);
                walk(path, item, out);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a field's text is to the program that gets it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A setting of this program.
    Setting,
    /// A program or a statement of the person: `<` and `$` have meanings of their own there.
    Program,
    /// A value for a program of the person.
    ProgramValue,
}

fn kind(path: &str) -> Kind {
    if path.contains(".cypherStatements[") {
        return Kind::Program;
    }
    match path.split_once(".job.template.container.") {
        Some((_, rest)) if rest.starts_with("command[") || rest.starts_with("args[") => Kind::Program,
        Some((_, rest)) if rest.starts_with("env[") && rest.ends_with(".value") => Kind::ProgramValue,
        _ => Kind::Setting,
    }
}

fn check(path: &str, text: &str, is_key: bool, out: &mut Vec<Finding>) {
    let kind = kind(path);
    let aim = |finding: Finding, range: Range<usize>| {
        if is_key { finding.at_key() } else { finding.within(range) }
    };
    // Annotations may hold whole texts.
    let multiline = kind != Kind::Setting || path.starts_with("spec.job.annotations");
    let hidden =
        text.char_indices().find(|(_, c)| c.is_control() && !(multiline && matches!(c, '\n' | '\t' | '\r')));
    if let Some((at, character)) = hidden {
        let named = match character {
            '\n' => "a line break".to_owned(),
            '\t' => "a tab".to_owned(),
            other => format!("the control character U+{:04X}", u32::from(other)),
        };
        let finding =
            Finding::new(&codes::CONTROL_CHARACTER, path.to_owned(), format!("the text holds {named}"))
                .help("write it without; a block (`|`) ends with a line break unless it begins with `|-`");
        out.push(aim(finding, at..at + character.len_utf8()));
    }
    if let Some(range) = substitution(text) {
        let shown = text.get(range.clone()).unwrap_or("${").to_owned();
        let own = kind != Kind::Setting;
        let finding = Finding::new(
            &codes::SUBSTITUTION,
            path.to_owned(),
            format!("`{shown}` is not replaced here, and Flux would replace it"),
        );
        let finding = if own {
            finding.severity(Severity::Warning).help(
                "write `$NAME` for a shell's variable, or switch Flux's substitution off for these objects",
            )
        } else {
            finding.help("write the value that is meant, or replace it before this program reads the spec")
        };
        out.push(aim(
            finding.note("DESIGN.md law 5: no `${…}` in a manifest, because Flux's `postBuild.substitute` puts its own value in its place"),
            range,
        ));
    }
    if let Some(range) = placeholder(text, kind) {
        let shown = text.get(range.clone()).unwrap_or_default().to_owned();
        let finding =
            Finding::new(&codes::PLACEHOLDER, path.to_owned(), format!("`{shown}` looks like a placeholder"))
                .help("write the value that is meant");
        out.push(aim(finding, range));
    }
    if access_key(text) {
        let finding = Finding::new(
            &codes::PLAIN_SECRET,
            path.to_owned(),
            "this holds what looks like an access key id of AWS",
        )
        .help("keep credentials in a Secret and refer to it with `credentialsSecretRef` or `valueFrom`");
        out.push(if is_key { finding.at_key() } else { finding });
    }
}

/// `${` and what belongs to it.
fn substitution(text: &str) -> Option<Range<usize>> {
    let start = text.find("${")?;
    let end = text.get(start..)?.find('}').map_or(start + 2, |length| start + length + 1);
    Some(start..end)
}

/// `<your-bucket>`, `CHANGEME` and the like.
fn placeholder(text: &str, kind: Kind) -> Option<Range<usize>> {
    let words: &[&str] = match kind {
        // A label or a comment may be called so.
        Kind::Program => &["CHANGEME", "CHANGE_ME", "REPLACE_ME", "REPLACEME"],
        _ => &["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACE_ME", "REPLACE-ME", "REPLACEME", "TODO"],
    };
    words.iter().find_map(|word| whole_word(text, word)).or_else(|| {
        let mut from = 0;
        loop {
            let start = from + text.get(from..)?.find('<')?;
            let inner = text.get(start + 1..)?;
            let length = inner.find(|c| !is_inner(c, kind)).unwrap_or(inner.len());
            let named = inner.starts_with(|c: char| c.is_ascii_alphabetic());
            if named && inner.get(length..)?.starts_with('>') {
                return Some(start..start + length + 2);
            }
            from = start + 1;
        }
    })
}

/// In a program, `a <b and c> d` are comparisons and redirections.
fn is_inner(character: char, kind: Kind) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '_' | '-')
        || (kind != Kind::Program && matches!(character, ' ' | '.' | '/'))
}

fn whole_word(text: &str, word: &str) -> Option<Range<usize>> {
    let is_part = |character: char| character.is_alphanumeric();
    text.match_indices(word).map(|(start, _)| start..start + word.len()).find(|range| {
        !text.get(..range.start).unwrap_or_default().ends_with(is_part)
            && !text.get(range.end..).unwrap_or_default().starts_with(is_part)
    })
}

/// `AKIA` and sixteen capitals or digits, as AWS makes them.
fn access_key(text: &str) -> bool {
    text.match_indices("AKIA").any(|(start, _)| {
        let alone = !text.get(..start).unwrap_or_default().ends_with(|c: char| c.is_ascii_alphanumeric());
        let rest = text.get(start + 4..).unwrap_or_default();
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
        alone && length == 16
    })
}

/// A variable whose name says that it is a secret, with its value in the spec. The value is never shown, and the
/// place is that of the variable, whose first line is usually its name.
fn plain_variable(path: impl Fn() -> String, variable: &EnvironmentVariable, out: &mut Vec<Finding>) {
    let (Some(name), Some(value)) = (variable.name.as_deref(), variable.value.as_deref()) else { return };
    if value.is_empty() || value.starts_with("$(") || matches!(value, "true" | "false" | "none") {
        return;
    }
    if !names_a_secret(name) {
        return;
    }
    out.push(
        Finding::new(
            &codes::PLAIN_SECRET,
            path(),
            format!("the variable `{name}` has its value in the spec, and its name says that it is a secret"),
        )
        .help("keep it in a Secret: `valueFrom: {secretKeyRef: {name: …, key: …}}`"),
    );
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    if name == "NEO4J_AUTH" {
        return true;
    }
    let mut words = name.rsplit(['_', '-', '.']);
    match words.next().unwrap_or_default() {
        "PASSWORD" | "PASSWD" | "PASSPHRASE" | "SECRET" | "TOKEN" | "APIKEY" | "CREDENTIALS" => true,
        // The key of a table or a bucket is none.
        "KEY" => matches!(
            words.next(),
            Some("ACCESS" | "API" | "SECRET" | "PRIVATE" | "STORAGE" | "ENCRYPTION") | None
        ),
        _ => false,
    }
}
