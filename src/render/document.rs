//! Objects as text: a YAML stream, JSON, or one text an object.
//!
//! Typed values go straight through the serializer, in the order of their fields as the API machinery has it:
//! `apiVersion`, `kind`, `metadata`, then the rest by name. YAML quotes a string only where a reader, of YAML 1.1
//! or 1.2, would take it for something else (rust.md §2.4), and never folds a long one, so that a changed argument
//! is one changed line.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use super::object::Object;

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Documents, separated by `---`.
    Yaml,
    /// One object, or a `List` of several, indented by four as kubectl does it.
    Json,
}

impl Format {
    /// Appends the text of one object, with a final line feed.
    ///
    /// # Errors
    ///
    /// Only when the serializer refuses a value, which no object of ours makes it do. What was written of the
    /// object until then is taken back.
    pub fn append(self, object: &Object, text: &mut String) -> io::Result<()> {
        let start = text.len();
        let result = match self {
            Self::Yaml => append_yaml(object, text),
            Self::Json => append_json(object, text),
        };
        if result.is_err() {
            text.truncate(start);
        }
        result
    }
}

fn append_yaml(object: &Object, text: &mut String) -> io::Result<()> {
    let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX };
    serde_yaml::to_fmt_writer_with_options(text, object, options).map_err(io::Error::other)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(())
}

const JSON_INDENT: &str = "    ";

fn append_json(object: &Object, text: &mut String) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(4096);
    let formatter = PrettyFormatter::with_indent(JSON_INDENT.as_bytes());
    object.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    text.push_str(std::str::from_utf8(&bytes).map_err(io::Error::other)?);
    text.push('\n');
    Ok(())
}

/// Writes objects one after the other, and holds back no more than one.
///
/// [`Stream::finish`] has to be called: in JSON it is what closes the list.
pub struct Stream<'w> {
    out: &'w mut dyn Write,
    format: Format,
    written: usize,
    /// The text of one object: in JSON the first, until it is known whether there is a second.
    text: String,
}

impl<'w> Stream<'w> {
    /// A stream without an object yet.
    pub fn new(out: &'w mut dyn Write, format: Format) -> Self {
        Self { out, format, written: 0, text: String::new() }
    }

    /// Writes an object.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&mut self, object: &Object) -> io::Result<()> {
        let mut text = match self.format {
            Format::Yaml => std::mem::take(&mut self.text),
            Format::Json => String::new(),
        };
        text.clear();
        self.format.append(object, &mut text)?;
        self.write_text(&text)?;
        if self.format == Format::Yaml {
            self.text = text;
        }
        Ok(())
    }

    /// Writes an object whose text [`Format::append`] has made, on another thread perhaps.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_text(&mut self, text: &str) -> io::Result<()> {
        self.written += 1;
        match (self.format, self.written) {
            (Format::Yaml, 1) => self.out.write_all(text.as_bytes()),
            (Format::Yaml, _) => {
                self.out.write_all(b"---\n")?;
                self.out.write_all(text.as_bytes())
            }
            (Format::Json, 1) => {
                text.clone_into(&mut self.text);
                Ok(())
            }
            (Format::Json, count) => {
                if count == 2 {
                    self.out.write_all(
                        b"{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": [\n",
                    )?;
                    let first = std::mem::take(&mut self.text);
                    self.out.write_all(list_item(&first).as_bytes())?;
                }
                self.out.write_all(b",\n")?;
                self.out.write_all(list_item(text).as_bytes())
            }
        }
    }

    /// Writes what remains.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(self) -> io::Result<()> {
        match (self.format, self.written) {
            (Format::Yaml, _) => {}
            (Format::Json, 0) => {
                self.out.write_all(
                    b"{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": []\n}\n",
                )?;
            }
            (Format::Json, 1) => self.out.write_all(self.text.as_bytes())?,
            (Format::Json, _) => self.out.write_all(b"\n    ]\n}\n")?,
        }
        self.out.flush()
    }
}

/// An object's JSON, moved to where the items of a list are. No string of JSON has a line feed in it, so each
/// line feed is one between tokens.
fn list_item(text: &str) -> String {
    let mut item = String::with_capacity(text.len() + text.len() / 4);
    for (index, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        // Writing to a String does not fail.
        let _ = write!(item, "{separator}{JSON_INDENT}{JSON_INDENT}{line}");
    }
    item
}

/// Writes objects as one text.
///
/// # Errors
///
/// Those of the writer.
pub fn write_all<'o>(
    objects: impl IntoIterator<Item = &'o Object>,
    format: Format,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut stream = Stream::new(out, format);
    for object in objects {
        stream.write(object)?;
    }
    stream.finish()
}
