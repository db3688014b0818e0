//! Scalars and tags: what a value is, by its spelling, its quotes and its tag.

use super::super::node::{Node, Resolved, Scalar, Span, Style, Value};
use super::super::position::clamp;
use super::super::problem::{Problem, ProblemKind};
use super::super::{Trap, resolve, syntax};
use super::{Builder, span_of};
use granit_parser::{ScalarStyle, Tag};
use std::borrow::Cow;

impl<'a> Builder<'a, '_> {
    pub(super) fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &granit_parser::Span,
        mut place: Span,
    ) -> Result<Node<'a>, Problem> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let mut text = text;
        if style == Style::Plain && place.start == place.end {
            text = Cow::Borrowed("");
            let after_colon = self.text.as_bytes().get(place.start as usize) == Some(&b':');
            if after_colon && !self.expects_key() {
                place = Span { start: place.start + 1, end: place.start + 1 };
            }
        }
        if matches!(style, Style::Literal | Style::Folded) {
            // The scanner ends the last line of the text for us; YAML and kubectl do not.
            let unended = place.end as usize == self.text.len() && !self.text.ends_with('\n');
            if unended && text.ends_with('\n') {
                text.to_mut().pop();
            }
        }
        if matches!(style, Style::Literal | Style::Folded) {
            let before = Span { start: self.last_end, end: place.start };
            place.start = syntax::block_header(self.text, before);
            let trimmed = place.slice(self.text).trim_end().len();
            place.end = place.start.saturating_add(clamp(trimmed));
        }
        let built = if let Cow::Owned(text) = &text { text.len() / 256 } else { 0 };
        self.count(place, 1 + built)?;
        let (resolved, trap) = match tag {
            None if style == Style::Plain => resolve::plain(&text),
            None => (Resolved::String, None),
            Some(tag) => self.tagged_scalar(tag, &text, span),
        };
        if matches!(resolved, Resolved::Float(value) if !value.is_finite()) {
            let message = format!("`{text}` is not a number that Kubernetes can hold");
            let help =
                "JSON, and so the API server, knows no infinity and no NaN; write a number, or quote it.";
            self.problem(Problem::new(ProblemKind::NotFinite, place, message).help(help));
        }
        Ok(Node { span: place, alias: None, value: Value::Scalar(Scalar { text, style, resolved, trap }) })
    }

    fn tagged_scalar(
        &mut self,
        tag: &Tag,
        text: &str,
        span: &granit_parser::Span,
    ) -> (Resolved, Option<Trap>) {
        let place = span.tag_span().map_or_else(|| span_of(span), |tag| span_of(&tag));
        match tag.core_suffix() {
            Some(core) => resolve::tagged(core, text).unwrap_or_else(|| {
                let written = place.slice(self.text);
                let message = format!("`{text}` is not what its tag `{written}` says");
                let help = "Remove the tag, or write a value of that type; kubectl refuses the file.";
                self.problem(Problem::new(ProblemKind::TagMismatch, place, message).help(help));
                (Resolved::String, None)
            }),
            None => {
                self.check_foreign_tag(tag, place);
                (Resolved::String, None)
            }
        }
    }

    pub(super) fn check_collection_tag(
        &mut self,
        expected: &str,
        tag: Option<&Tag>,
        span: &granit_parser::Span,
    ) {
        let Some(tag) = tag else { return };
        let place = span.tag_span().map_or_else(|| span_of(span), |tag| span_of(&tag));
        match tag.core_suffix() {
            Some(core) if core == expected => {}
            Some(_) => {
                let written = place.slice(self.text);
                let found = if expected == "map" { "mapping" } else { "list" };
                let message = format!("the tag `{written}` stands on a {found}");
                let problem = Problem::new(ProblemKind::TagMismatch, place, message);
                self.problem(problem.help("Remove the tag; Kubernetes needs none."));
            }
            None => self.check_foreign_tag(tag, place),
        }
    }

    fn check_foreign_tag(&mut self, tag: &Tag, place: Span) {
        // The bare `!` is YAML's own way to say "not resolved".
        if tag.handle().is_empty() && tag.suffix() == "!" {
            return;
        }
        let written = place.slice(self.text);
        let problem = if tag.suffix() == "binary" {
            let message = format!("`{written}` makes kubectl decode the value and send the decoded bytes");
            Problem::new(ProblemKind::UnknownTag, place, message)
                .help("Write the text itself, or base64 in a field that takes base64 (a Secret's `data`).")
        } else {
            let message = format!("the tag `{written}` means nothing to Kubernetes; kubectl drops it");
            Problem::new(ProblemKind::UnknownTag, place, message).help(
                "Write the value itself. If another tool replaces such tags, run it first; if the `!` is meant literally, quote the value.",
            )
        };
        self.problem(problem);
    }
}
