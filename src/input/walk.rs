//! Walks a document against its shape and names every field that does not fit.
//!
//! What does not fit is told and taken out of the tree, so that the rest can be read into types and judged by
//! the rules; a spec with ten mistakes gets ten findings, not one.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::api::shape::{Field, Shape};
use crate::diagnostics::{Definition, Diagnostic, DocumentId, Edit, Fix, Place, Related, Severity, codes};

use super::document::Origin;
use super::field;
use super::locate;
use super::spelling;
use super::yaml::{Entry, LineIndex, Node, Resolved, Scalar, Span, Style, Trap, Value};

/// Collects the findings of one document with their places.
pub(super) struct Sink<'o> {
    pub(super) origin: &'o Origin,
    pub(super) id: Option<Arc<DocumentId>>,
    lines: OnceCell<LineIndex>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'o> Sink<'o> {
    pub(super) fn new(origin: &'o Origin) -> Self {
        Self { origin, id: None, lines: OnceCell::new(), diagnostics: Vec::new() }
    }

    pub(super) fn place(&self, span: Span, field: &str) -> Place {
        let lines = self.lines.get_or_init(|| LineIndex::new(&self.origin.text));
        Place {
            path: Arc::clone(&self.origin.path),
            span: Some(locate::span(self.origin, lines, span.range())),
            document: self.id.clone(),
            field: (!field.is_empty()).then(|| field.to_owned()),
        }
    }

    pub(super) fn report(
        &mut self,
        definition: &'static Definition,
        span: Span,
        field: &str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let diagnostic = Diagnostic {
            definition,
            severity: definition.severity,
            place: self.place(span, field),
            message: message.into(),
            help: None,
            notes: Vec::new(),
            related: Vec::new(),
            fix: None,
        };
        let index = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        &mut self.diagnostics[index]
    }

    pub(super) fn related(&self, span: Span, label: impl Into<String>) -> Related {
        Related { place: self.place(span, ""), label: label.into() }
    }

    pub(super) fn edit(&self, span: Span, title: impl Into<String>, replacement: impl Into<String>) -> Fix {
        let range = span.range();
        Fix {
            title: title.into(),
            edits: vec![Edit {
                path: Arc::clone(&self.origin.path),
                range: range.start + self.origin.offset..range.end + self.origin.offset,
                replacement: replacement.into(),
            }],
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Walks the value of a field. Returns whether it can be read into its type.
pub(super) fn walk(
    sink: &mut Sink<'_>,
    kind: &str,
    path: &mut String,
    node: &mut Node<'_>,
    shape: &Shape,
) -> bool {
    let span = node.span;
    match shape {
        Shape::Object(fields) => match &mut node.value {
            Value::Mapping(mapping) => {
                object(sink, kind, path, span, &mut mapping.entries, fields);
                true
            }
            _ => mismatch(sink, path, node, shape),
        },
        Shape::Map(values) => match &mut node.value {
            Value::Mapping(mapping) => {
                mapping.entries.retain_mut(|entry| {
                    let length = path.len();
                    field::push_key(path, &entry.key);
                    let usable = walk(sink, kind, path, &mut entry.value, values);
                    path.truncate(length);
                    usable
                });
                true
            }
            _ => mismatch(sink, path, node, shape),
        },
        Shape::List { items, min, max } => match &mut node.value {
            Value::Sequence(nodes) => {
                let count = nodes.len();
                if count < *min as usize || (*max > 0 && count > *max as usize) {
                    let bound = if count < *min as usize {
                        format!("at least {min}")
                    } else {
                        format!("at most {max}")
                    };
                    let message = format!("`{path}` has {count} items, {bound} are allowed");
                    sink.report(&codes::OUT_OF_RANGE, span, path, message);
                }
                let mut index = 0;
                nodes.retain_mut(|item| {
                    let length = path.len();
                    field::push_index(path, index);
                    index += 1;
                    let usable = walk(sink, kind, path, item, items);
                    path.truncate(length);
                    usable
                });
                true
            }
            _ => mismatch(sink, path, node, shape),
        },
        leaf => match &mut node.value {
            Value::Scalar(scalar) if matches!(scalar.resolved, Resolved::Null) => {
                let message = format!("`{path}` has no value and counts as absent");
                sink.report(&codes::EMPTY_VALUE, span, path, message).help =
                    Some("write a value, or remove the line".to_owned());
                false
            }
            Value::Scalar(scalar) => leaf_value(sink, path, span, scalar, leaf),
            _ => mismatch(sink, path, node, shape),
        },
    }
}

fn object(
    sink: &mut Sink<'_>,
    kind: &str,
    path: &mut String,
    span: Span,
    entries: &mut Vec<Entry<'_>>,
    fields: &'static [Field],
) {
    let anchor = entries.first().map_or(span, |entry| entry.key_span);
    let mut renamed: Vec<&'static str> = Vec::new();
    for index in 0..entries.len() {
        let known = {
            let Some(entry) = entries.get(index) else { break };
            fields.iter().find(|field| field.name == entry.key)
        };
        let known = match known {
            Some(known) => Some(known),
            None => match unknown(sink, kind, path, entries, index, fields) {
                Some(name) => {
                    renamed.push(name);
                    fields.iter().find(|field| field.name == name)
                }
                None => None,
            },
        };
        let Some(entry) = entries.get_mut(index) else { break };
        let usable = match known {
            Some(known) => {
                entry.key = known.name.into();
                let length = path.len();
                field::push_key(path, known.name);
                let usable = walk(sink, kind, path, &mut entry.value, known.shape);
                path.truncate(length);
                usable
            }
            None => false,
        };
        if !usable {
            // Null stands for "absent" when the tree is read into types.
            entry.value.value = Value::Scalar(Scalar {
                text: "".into(),
                style: Style::Plain,
                resolved: Resolved::Null,
                trap: None,
            });
        }
    }
    for known in fields.iter().filter(|field| field.required) {
        if !entries.iter().any(|entry| entry.key == known.name) {
            let field = field::key(path, known.name);
            let message = format!("`{field}` is missing");
            sink.report(&codes::MISSING_FIELD, anchor, &field, message).help =
                Some(format!("add `{}`: {}", known.name, sentence(known)));
        }
    }
}

/// What a field expects, for the help of a missing one.
fn sentence(field: &Field) -> String {
    match field.shape {
        Shape::Choice(choices) => format!("one of {}", list(choices)),
        _ => field.description.to_owned(),
    }
}

/// Tells of an unknown field. Returns the field it certainly means, if there is one that is not there yet.
fn unknown(
    sink: &mut Sink<'_>,
    kind: &str,
    path: &str,
    entries: &[Entry<'_>],
    index: usize,
    fields: &'static [Field],
) -> Option<&'static str> {
    let entry = entries.get(index)?;
    let key = entry.key.as_ref();
    let full = field::key(path, key);
    let absent = |name: &str| !entries.iter().any(|entry| entry.key == name);
    let here = if path.is_empty() { kind.to_owned() } else { format!("`{path}`") };
    if let Some(known) = spelling::known(kind, path, key) {
        let message = format!("`{key}` is not a field of {here}: {}", known.meaning);
        let rename = known.rename.filter(|name| absent(name));
        let fix = rename.map(|name| sink.edit(entry.key_span, format!("write `{name}`"), name));
        let diagnostic = sink.report(&codes::OLD_SPELLING, entry.key_span, &full, message);
        diagnostic.help = Some(known.help.to_owned());
        diagnostic.fix = fix;
        return rename;
    }
    let wrong_case = fields.iter().find(|field| field.name.eq_ignore_ascii_case(key)).map(|field| field.name);
    let close = wrong_case.or_else(|| spelling::closest(key, fields.iter().map(|field| field.name)));
    let fix = wrong_case
        .filter(|name| absent(name))
        .map(|name| sink.edit(entry.key_span, format!("write `{name}`"), name));
    let elsewhere = spelling::elsewhere(kind, key);
    let message = format!("`{key}` is not a field of {here}");
    let certain = fix.is_some();
    let diagnostic = sink.report(&codes::UNKNOWN_FIELD, entry.key_span, &full, message);
    diagnostic.fix = fix;
    diagnostic.help = Some(match (close, elsewhere) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, Some(place)) => format!("did you mean `{place}`?"),
        (None, None) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            format!("its fields are {}", list(&names))
        }
    });
    if certain { close } else { None }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn mismatch(sink: &mut Sink<'_>, path: &str, node: &Node<'_>, shape: &Shape) -> bool {
    if node.is_null() {
        let message = format!("`{path}` has no value and counts as absent");
        sink.report(&codes::EMPTY_VALUE, node.span, path, message).help =
            Some("write a value, or remove the line".to_owned());
        return false;
    }
    let found = match &node.value {
        Value::Mapping(_) => "a mapping",
        Value::Sequence(_) => "a list",
        Value::Scalar(scalar) => describe(scalar),
    };
    let span = match &node.value {
        Value::Mapping(mapping) => mapping.entries.first().map_or(node.span, |entry| entry.key_span),
        _ => node.span,
    };
    let message = format!("`{path}` takes {}, this is {found}", shape.expectation());
    let help = match (shape, &node.value) {
        (Shape::List { .. }, Value::Scalar(scalar)) => {
            Some(format!("write a list with one item a line: `- {}`", scalar.text))
        }
        (Shape::Text { .. }, Value::Mapping(_)) if path.ends_with("schedule") => {
            Some("write the cron expression itself: `schedule: \"0 2 * * *\"`".to_owned())
        }
        _ => None,
    };
    sink.report(&codes::WRONG_TYPE, span, path, message).help = help;
    false
}

fn describe(scalar: &Scalar<'_>) -> &'static str {
    match scalar.resolved {
        Resolved::Null => "nothing",
        Resolved::Bool(_) => "a boolean",
        Resolved::Integer(_) | Resolved::Float(_) => "a number",
        Resolved::String => "a string",
    }
}

fn leaf_value(sink: &mut Sink<'_>, path: &str, span: Span, scalar: &mut Scalar<'_>, shape: &Shape) -> bool {
    match shape {
        Shape::Text { min, max } => {
            let usable = text(sink, path, span, scalar);
            let length = scalar.text.chars().count();
            if length < *min as usize {
                let message = if length == 0 {
                    format!("`{path}` is empty")
                } else {
                    format!("`{path}` has {length} characters, at least {min} are needed")
                };
                sink.report(&codes::OUT_OF_RANGE, span, path, message);
                return length > 0 && usable;
            }
            if *max > 0 && length > *max as usize {
                let message = format!("`{path}` has {length} characters, at most {max} are allowed");
                sink.report(&codes::OUT_OF_RANGE, span, path, message);
            }
            usable
        }
        Shape::Choice(choices) => choice(sink, path, span, scalar, choices),
        Shape::Integer { min, max } => integer(sink, path, span, scalar, *min, *max),
        Shape::Boolean => boolean(sink, path, span, scalar),
        Shape::Quantity | Shape::IntOrString => true,
        Shape::Object(_) | Shape::Map(_) | Shape::List { .. } => false,
    }
}

/// A string is wanted. A plain scalar that Kubernetes reads as something else is an error, because the API
/// server would refuse it; the text that was meant stays in the tree.
fn text(sink: &mut Sink<'_>, path: &str, span: Span, scalar: &Scalar<'_>) -> bool {
    if matches!(scalar.resolved, Resolved::String) {
        return true;
    }
    let written = scalar.text.as_ref();
    let (definition, reading) = match (scalar.trap, scalar.resolved) {
        (Some(Trap::BooleanWord), _) => (&codes::BOOLEAN_WORD, "the boolean that Kubernetes reads it as"),
        (Some(_), _) => (&codes::NUMBER_TRAP, "the number that Kubernetes reads it as"),
        (None, Resolved::Bool(_)) => (&codes::WRONG_TYPE, "a boolean"),
        (None, _) => (&codes::WRONG_TYPE, "a number"),
    };
    let message = format!("`{path}` takes a string, `{written}` without quotes is {reading}");
    let fix = sink.edit(span, "quote it", format!("\"{written}\""));
    let diagnostic = sink.report(definition, span, path, message);
    diagnostic.severity = Severity::Error;
    diagnostic.help = Some(format!("write \"{written}\" in quotes"));
    diagnostic.fix = Some(fix);
    true
}

fn choice(
    sink: &mut Sink<'_>,
    path: &str,
    span: Span,
    scalar: &mut Scalar<'_>,
    choices: &[&'static str],
) -> bool {
    let written = scalar.text.as_ref();
    if matches!(scalar.resolved, Resolved::String) && choices.contains(&written) {
        return true;
    }
    let known = spelling::value(path, written);
    let certain = choices.iter().copied().find(|choice| choice.eq_ignore_ascii_case(written)).or(known);
    let close = certain.or_else(|| spelling::closest(written, choices.iter().copied()));
    let message = format!("`{path}` cannot be `{written}`");
    let fix = certain.map(|choice| sink.edit(span, format!("write `{choice}`"), choice));
    let diagnostic = sink.report(&codes::INVALID_CHOICE, span, path, message);
    diagnostic.fix = fix;
    diagnostic.help = Some(match close {
        Some(choice) => format!("did you mean `{choice}`? It is one of {}", list(choices)),
        None => format!("it is one of {}", list(choices)),
    });
    match certain {
        Some(choice) => {
            scalar.text = choice.into();
            scalar.resolved = Resolved::String;
            true
        }
        None => false,
    }
}

fn integer(sink: &mut Sink<'_>, path: &str, span: Span, scalar: &Scalar<'_>, min: i64, max: i64) -> bool {
    let written = scalar.text.as_ref();
    let Resolved::Integer(value) = scalar.resolved else {
        let message = format!("`{path}` takes a whole number, this is {}", describe(scalar));
        let fix = written
            .parse::<i64>()
            .is_ok_and(|value| value.to_string() == written)
            .then(|| sink.edit(span, "remove the quotes", written));
        let diagnostic = sink.report(&codes::WRONG_TYPE, span, path, message);
        diagnostic.help = fix.is_some().then(|| "write it without quotes".to_owned());
        diagnostic.fix = fix;
        return false;
    };
    if let Some(trap) = scalar.trap {
        let message = format!("`{path}` is {value} to Kubernetes: {}", trap.reason());
        let fix = sink.edit(span, format!("write {value}"), value.to_string());
        let diagnostic = sink.report(&codes::NUMBER_TRAP, span, path, message);
        diagnostic.help = Some(format!("write {value}"));
        diagnostic.fix = Some(fix);
    }
    if value < min || value > max {
        let message = format!("`{path}` is {value}, it must be from {min} to {max}");
        sink.report(&codes::OUT_OF_RANGE, span, path, message);
        return false;
    }
    true
}

fn boolean(sink: &mut Sink<'_>, path: &str, span: Span, scalar: &Scalar<'_>) -> bool {
    let written = scalar.text.as_ref();
    let Resolved::Bool(value) = scalar.resolved else {
        let message = format!("`{path}` takes true or false, this is {}", describe(scalar));
        let certain = match written.to_ascii_lowercase().as_str() {
            "true" => Some("true"),
            "false" => Some("false"),
            _ => None,
        };
        let fix = certain.map(|word| sink.edit(span, format!("write {word}"), word));
        let diagnostic = sink.report(&codes::WRONG_TYPE, span, path, message);
        diagnostic.help = certain.map(|word| format!("write {word} without quotes"));
        diagnostic.fix = fix;
        return false;
    };
    if scalar.trap.is_some() {
        let message =
            format!("`{path}` is `{written}`, which is {value} to Kubernetes and text to other readers");
        let fix = sink.edit(span, format!("write {value}"), value.to_string());
        let diagnostic = sink.report(&codes::BOOLEAN_WORD, span, path, message);
        diagnostic.help = Some(format!("write {value}"));
        diagnostic.fix = Some(fix);
    }
    true
}
