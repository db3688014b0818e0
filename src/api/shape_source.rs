//! Writes `generated.rs`: the static [`Shape`](super::shape::Shape) tables as Rust source.

use std::fmt::Write as _;

use serde_json::Value;

/// Rust source of the table `name` for a structural schema.
#[must_use]
pub fn table(name: &str, description: &str, schema: &Value) -> String {
    let mut source = format!("/// {description}\npub static {name}: Shape = ");
    shape(&mut source, schema);
    source.push_str(";\n");
    source
}

fn shape(out: &mut String, schema: &Value) {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    if schema.get("x-kubernetes-int-or-string").is_some() || schema.get("anyOf").is_some() {
        out.push_str("Shape::Quantity");
        return;
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let _ = write!(
            out,
            "Shape::Choice(&{choices:?})",
            choices = choices.iter().filter_map(Value::as_str).collect::<Vec<_>>()
        );
        return;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") if schema.get("properties").is_some() => {
            object(out, schema);
        }
        Some("object") => {
            out.push_str("Shape::Map(&");
            shape(out, schema.get("additionalProperties").unwrap_or(&Value::Null));
            out.push(')');
        }
        Some("array") => {
            out.push_str("Shape::List { items: &");
            shape(out, schema.get("items").unwrap_or(&Value::Null));
            let _ = write!(
                out,
                ", min: {}, max: {} }}",
                number("minItems").unwrap_or(0.0),
                number("maxItems").unwrap_or(0.0)
            );
        }
        Some("integer") => {
            let (min, max) = match schema.get("format").and_then(Value::as_str) {
                Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
                _ => (i64::MIN, i64::MAX),
            };
            let bound = |key, otherwise| number(key).map_or(otherwise, |bound| bound as i64);
            let _ = write!(
                out,
                "Shape::Integer {{ min: {}, max: {} }}",
                bound("minimum", min),
                bound("maximum", max)
            );
        }
        Some("boolean") => out.push_str("Shape::Boolean"),
        _ => {
            let _ = write!(
                out,
                "Shape::Text {{ min: {}, max: {} }}",
                number("minLength").unwrap_or(0.0),
                number("maxLength").unwrap_or(0.0)
            );
        }
    }
}

fn object(out: &mut String, schema: &Value) {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    out.push_str("Shape::Object(&[\n");
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let default = match property.get("default") {
            Some(Value::String(text)) => text.clone(),
            Some(value) if !value.is_null() => value.to_string(),
            _ => String::new(),
        };
        let _ = write!(
            out,
            "Field {{ name: {name:?}, description: {description:?}, required: {}, default: {default:?}, shape: &",
            required.contains(&name.as_str())
        );
        shape(out, property);
        out.push_str(" },\n");
    }
    out.push_str("])");
}
