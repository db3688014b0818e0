//! Terraform's language, as far as files of ours need it, written so that no value can become anything but one value.

use std::fmt::Write as _;

/// A value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// This text, literally.
    Text(String),
    /// Literal text and references, one after the other.
    Template(Vec<Part>),
    /// A number.
    Number(u64),
    /// True or false.
    Flag(bool),
    /// A reference or a call, as it stands: never anything of a spec.
    Expression(&'static str),
    /// A list.
    List(Vec<Value>),
    /// An object: keys are values too.
    Object(Vec<(Value, Value)>),
    /// The JSON text of a value.
    Encoded(Box<Value>),
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Literal text.
    Text(String),
    /// A reference such as `var.project_id`.
    Reference(&'static str),
}

/// Literal text.
pub(super) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// A block with labels, such as `resource "aws_iam_role" "neo4j_backup" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    keyword: &'static str,
    labels: Vec<String>,
    body: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    Argument(&'static str, Value),
    Block(Block),
}

impl Block {
    /// An empty block.
    pub(super) fn new(keyword: &'static str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self { keyword, labels, body: Vec::new() }
    }

    /// A variable that whoever applies the file sets; without a type it is a string.
    pub(super) fn variable(name: &str, description: &str) -> Self {
        Self::new("variable", &[name])
            .with("type", Value::Expression("string"))
            .with("description", text(description))
    }

    /// Adds an argument.
    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.body.push(Item::Argument(name, value));
        self
    }

    /// Adds a block.
    pub(super) fn containing(mut self, block: Self) -> Self {
        self.body.push(Item::Block(block));
        self
    }
}

/// The text of a file, formatted as `terraform fmt` leaves it.
pub(super) fn file(comment: &str, blocks: &[Block]) -> String {
    let mut out = String::new();
    for line in comment.lines() {
        let _ = writeln!(out, "# {line}");
    }
    for block in blocks {
        out.push('\n');
        write_block(block, 0, &mut out);
    }
    out
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn write_block(block: &Block, depth: usize, out: &mut String) {
    indent(depth, out);
    out.push_str(block.keyword);
    for label in &block.labels {
        out.push(' ');
        quote(label, out);
    }
    if block.body.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    let mut items = block.body.iter().peekable();
    let mut first = true;
    while let Some(item) = items.next() {
        match item {
            Item::Argument(name, value) => {
                // Neighbours of one line each have their equals signs in one column.
                let mut run = vec![(*name, value)];
                while let Some(Item::Argument(name, value)) =
                    items.next_if(|next| matches!(next, Item::Argument(..)))
                {
                    run.push((*name, value));
                }
                let mut rest = run.as_slice();
                while !rest.is_empty() {
                    let (plain, after) =
                        rest.split_at(rest.iter().take_while(|(_, value)| one_line(value)).count());
                    let width = plain.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
                    for (name, value) in plain {
                        write_argument(name, width, value, depth + 1, out);
                    }
                    rest = after;
                    if let Some(((name, value), after)) = rest.split_first() {
                        write_argument(name, name.len(), value, depth + 1, out);
                        rest = after;
                    }
                }
            }
            Item::Block(block) => {
                if !first {
                    out.push('\n');
                }
                write_block(block, depth + 1, out);
            }
        }
        first = false;
    }
    indent(depth, out);
    out.push_str("}\n");
}

fn write_argument(name: &str, width: usize, value: &Value, depth: usize, out: &mut String) {
    indent(depth, out);
    let _ = write!(out, "{name:width$} = ");
    write_value(value, depth, out);
    out.push('\n');
}

fn one_line(value: &Value) -> bool {
    match value {
        Value::Object(_) | Value::Encoded(_) => false,
        Value::List(items) => items.iter().all(one_line) && items.len() <= 1,
        _ => true,
    }
}

fn write_value(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Text(text) => quote(text, out),
        Value::Template(parts) => {
            out.push('"');
            for part in parts {
                match part {
                    Part::Text(text) => escape(text, out),
                    Part::Reference(reference) => {
                        let _ = write!(out, "${{{reference}}}");
                    }
                }
            }
            out.push('"');
        }
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Flag(flag) => {
            let _ = write!(out, "{flag}");
        }
        Value::Expression(expression) => out.push_str(expression),
        Value::List(items) if one_line(value) => {
            out.push('[');
            for item in items {
                write_value(item, depth, out);
            }
            out.push(']');
        }
        Value::List(items) => {
            out.push_str("[\n");
            for item in items {
                indent(depth + 1, out);
                write_value(item, depth + 1, out);
                out.push_str(",\n");
            }
            indent(depth, out);
            out.push(']');
        }
        Value::Object(entries) => write_object(entries, depth, out),
        Value::Encoded(value) => {
            out.push_str("jsonencode(");
            write_value(value, depth, out);
            out.push(')');
        }
    }
}

fn write_object(entries: &[(Value, Value)], depth: usize, out: &mut String) {
    out.push_str("{\n");
    for (key, value) in entries {
        indent(depth + 1, out);
        // In brackets a key is an expression in every version; a bare quoted one with references is not.
        if matches!(key, Value::Text(_)) {
            write_value(key, depth + 1, out);
        } else {
            out.push('(');
            write_value(key, depth + 1, out);
            out.push(')');
        }
        out.push_str(" = ");
        write_value(value, depth + 1, out);
        out.push('\n');
    }
    indent(depth, out);
    out.push('}');
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

/// Escapes text for a quoted template: besides quotes, backslashes and control characters the two sequences that begin
/// an interpolation and a directive, which are doubled at their first character (Terraform language, "Strings and
/// Templates").
fn escape(text: &str, out: &mut String) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                out.push(character);
                out.push(character);
            }
            other if other.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_back(written: &str) -> hcl::Body {
        hcl::parse(written).unwrap_or_else(|error| panic!("{error}\n{written}"))
    }

    proptest! {
        /// Whatever a value holds, Terraform reads that text and nothing else.
        #[test]
        fn a_text_stays_one_text(value in any::<String>(), label in "[a-z_]{1,10}") {
            let written = file("made by a test", &[
                Block::new("resource", &["thing", &label]).with("name", text(value.clone())),
            ]);
            let body = read_back(&written);
            let block = body.blocks().next().unwrap();
            prop_assert_eq!(block.labels()[1].as_str(), label);
            let expression = block.body().attributes().next().unwrap().expr();
            let hcl::Expression::String(read) = expression else {
                // A text with `${` or `%{` in it is read as a template whose parts are literal.
                let hcl::Expression::TemplateExpr(template) = expression else { panic!("{expression:?}") };
                let template = hcl::Template::from_expr(template).unwrap();
                let mut literal = String::new();
                for element in template.elements() {
                    match element {
                        hcl::template::Element::Literal(part) => literal.push_str(part),
                        other => panic!("{other:?} in\n{written}"),
                    }
                }
                prop_assert_eq!(literal.replace("$${", "${").replace("%%{", "%{"), value);
                return Ok(());
            };
            prop_assert_eq!(read, &value);
        }
    }

    #[test]
    fn a_file_looks_as_the_formatter_leaves_it() {
        let written = file(
            "What it is.\nAnd why.",
            &[
                Block::variable("project_id", "The project."),
                Block::new("resource", &["thing", "one"])
                    .with("name", text("a ${b} %{c} \"d\""))
                    .with("enabled", Value::Flag(true))
                    .with("days", Value::Number(7))
                    .with(
                        "member",
                        Value::Template(vec![
                            Part::Text("serviceAccount:".to_owned()),
                            Part::Reference("var.project_id"),
                        ]),
                    )
                    .containing(Block::new("filter", &[]).with("prefixes", Value::List(vec![text("x/")]))),
            ],
        );
        assert_eq!(
            written,
            r#"# What it is.
# And why.

variable "project_id" {
  type        = string
  description = "The project."
}

resource "thing" "one" {
  name    = "a $${b} %%{c} \"d\""
  enabled = true
  days    = 7
  member  = "serviceAccount:${var.project_id}"

  filter {
    prefixes = ["x/"]
  }
}
"#
        );
        read_back(&written);
    }
}
