//! The answer: the list as it came, with other items and the results.

use std::io::{self, Write};

use serde::Serialize;

use super::results::Outcome;
use crate::input::resource_list::{ResourceList, Segment, Style};
use crate::render::Object;
use crate::render::document::Format;

/// The text of an object, as an item of a list.
pub type Text = String;

/// Appends an object as an item, in the style of a list.
///
/// # Errors
///
/// When the serializer refuses a value, which no object of ours makes it do.
pub fn append(style: Style, object: &Object, text: &mut Text) -> io::Result<()> {
    match style {
        Style::Flow => {
            Format::Json.append(object, text)?;
            text.truncate(text.trim_end().len());
            Ok(())
        }
        Style::Block { indent } => {
            let mut lines = String::with_capacity(6 * 1024);
            Format::Yaml.append(object, &mut lines)?;
            text.reserve(lines.len() * 3 / 2);
            let start = text.len();
            indented(&lines, indent + 2, text);
            // The first line begins with the dash.
            text.replace_range(start + indent..=start + indent, "-");
            Ok(())
        }
    }
}

/// Appends lines with spaces before each that holds something. A text in YAML may be moved so as a whole: block scalars
/// count their indentation from their parent.
fn indented(lines: &str, indent: usize, text: &mut String) {
    let spaces = " ".repeat(indent);
    let mut rest = lines;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        if line != "\n" {
            text.push_str(&spaces);
        }
        text.push_str(line);
        rest = after;
    }
}

/// Writes the answer piece by piece, so that the objects of thousands of specs never stand in memory.
pub struct Answer<'l, 'w> {
    list: &'l ResourceList,
    out: &'w mut dyn Write,
    /// Items written so far.
    written: usize,
    /// The line with the key of the items, in YAML.
    key: &'l str,
}

impl<'l, 'w> Answer<'l, 'w> {
    /// An answer to a list.
    pub fn new(list: &'l ResourceList, out: &'w mut dyn Write) -> Self {
        Self { list, out, written: 0, key: "" }
    }

    /// Writes all of it with the items as they came.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn unchanged(mut self, results: &[Outcome<'_>]) -> io::Result<()> {
        for segment in self.list.segments() {
            match segment {
                Segment::Text(text) | Segment::Items { all: text } => self.out.write_all(text.as_bytes())?,
                Segment::Results { given } => self.results(results, given)?,
            }
        }
        self.out.flush()
    }

    /// Writes all of it, with the items that `items` gives.
    ///
    /// # Errors
    ///
    /// Those of the writer and of `items`.
    pub fn changed<E: From<io::Error>>(
        mut self,
        results: &[Outcome<'_>],
        items: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut items = Some(items);
        for segment in self.list.segments() {
            match segment {
                Segment::Text(text) => self.out.write_all(text.as_bytes())?,
                Segment::Items { all } => {
                    self.key = all.split_inclusive('\n').next().unwrap_or_default();
                    if let Some(items) = items.take() {
                        items(&mut self)?;
                    }
                    self.end_of_items(all)?;
                }
                Segment::Results { given } => self.results(results, given)?,
            }
        }
        self.out.flush()?;
        Ok(())
    }

    /// Writes an item that has a text in the style of the list: one that passes, or one that [`append`] has made.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn item(&mut self, text: &str) -> io::Result<()> {
        match (self.list.style(), self.written) {
            // With the comment that may stand there.
            (Style::Block { .. }, 0) => self.out.write_all(self.key.as_bytes())?,
            (Style::Block { .. }, _) => {}
            (Style::Flow, 0) => self.out.write_all(b"\n")?,
            (Style::Flow, _) => self.out.write_all(b",\n")?,
        }
        self.written += 1;
        self.out.write_all(text.as_bytes())
    }

    fn end_of_items(&mut self, before: &str) -> io::Result<()> {
        match self.list.style() {
            Style::Block { .. } if self.written == 0 && !before.is_empty() => {
                self.out.write_all(b"items: []\n")
            }
            Style::Flow if self.written > 0 => self.out.write_all(b"\n"),
            _ => Ok(()),
        }
    }

    fn results(&mut self, results: &[Outcome<'_>], given: bool) -> io::Result<()> {
        #[derive(Serialize)]
        struct Section<'r, 'd> {
            results: &'r [Outcome<'d>],
        }
        match (self.list.style(), given) {
            (Style::Block { .. }, _) if results.is_empty() => Ok(()),
            (Style::Block { .. }, _) => {
                let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX };
                let mut text = String::new();
                serde_yaml::to_fmt_writer_with_options(&mut text, &Section { results }, options)
                    .map_err(io::Error::other)?;
                self.out.write_all(text.as_bytes())
            }
            (Style::Flow, false) if results.is_empty() => Ok(()),
            (Style::Flow, given) => {
                if !given {
                    self.out.write_all(b",\"results\": ")?;
                }
                serde_json::to_writer_pretty(&mut *self.out, results)?;
                Ok(())
            }
        }
    }
}
