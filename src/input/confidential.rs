//! Which bytes of a document's text are secrets, so that nothing that is shown to anybody holds them
//! (DESIGN.md law 6).
//!
//! A Secret is hidden as a whole, except for what names it and its keys: not only its values, but also what no reader
//! keeps of it, its comments and the first of two equal keys. Other documents hide what their names and shapes give
//! away ([`pattern`]). A text that cannot be parsed hides everything when it may be a Secret. Wrong guesses only make
//! an excerpt harder to read, so every doubt hides.

mod pattern;

use std::ops::Range;

use super::yaml::{self, Mapping, Node, ProblemKind, Style, Value};

/// What stands where a secret was.
pub const MASK: &str = "***";

/// The secrets of one document's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confidential {
    /// Bytes of the text that are never shown: in order, apart from each other, each within one line.
    pub ranges: Vec<Range<usize>>,
    /// The values behind them as they are read, longest first; a message may quote one.
    pub values: Vec<String>,
}

impl Confidential {
    /// Finds the secrets of one document's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let secrets = secret_kinds(&lower);
        let mut found = Finder { text, ranges: pattern::find(text, &lower), ..Finder::default() };
        let named = pattern::mentions_secret(&lower);
        // What is escaped or written over several lines looks different in the text.
        let disguised = lower.contains('\\') || lower.contains("://");
        if named || disguised || !secrets.is_empty() || !found.ranges.is_empty() {
            let parsed = yaml::parse(text, &yaml::Limits::default());
            let whole = parsed
                .root
                .as_ref()
                .filter(|_| !parsed.problems.iter().any(|problem| problem.kind.ends_reading()));
            if let Some(root) = whole {
                found.node(root, text.len(), true);
                // Of two equal keys the tree holds one; what the other said is still in the text.
                let dropped = parsed.problems.iter().any(|problem| {
                    matches!(problem.kind, ProblemKind::DuplicateKey | ProblemKind::MergeOrder)
                });
                if dropped && named {
                    found.values_of_variables();
                }
                let known = |at: &usize| found.secrets.iter().any(|region| region.contains(at));
                if !secrets.iter().all(known) {
                    found.everything();
                }
            } else if secrets.is_empty() {
                found.values_of_variables();
            } else {
                found.everything();
            }
        }
        found.finish()
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// The secrets of a file of many documents, as bytes of the file: in order, apart, each within one line.
#[must_use]
pub fn of_file(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let rest = text.get(from..).unwrap_or_default();
        // A marker at the very beginning opens the first document.
        let marker = |at: &usize| {
            rest.get(at + 4..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        let length =
            rest.match_indices("\n---").map(|(at, _)| at).find(marker).map_or(rest.len(), |at| at + 1);
        let part = rest.get(..length).unwrap_or(rest);
        ranges.extend(Confidential::of(part).ranges.iter().map(|range| range.start + from..range.end + from));
        from += length;
    }
    ranges
}

/// Where a text says `kind: Secret`, in any quoting, whether it can be parsed or not.
fn secret_kinds(lower: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, _) in lower.match_indices("kind") {
        let rest = lower.get(at + 4..).unwrap_or_default();
        let rest = rest.trim_start_matches(['"', '\'', '\\']).trim_start();
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let mut rest = rest.trim_start();
        while rest.starts_with(['!', '&']) {
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
        }
        let rest = rest.trim_start_matches(['"', '\'', '\\']);
        if let Some(rest) = rest.strip_prefix("secret")
            && !rest.strip_prefix("list").unwrap_or(rest).starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            found.push(at);
        }
    }
    found
}

#[derive(Default)]
struct Finder<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
    values: Vec<String>,
    /// Where Secrets stand.
    secrets: Vec<Range<usize>>,
}

impl Finder<'_> {
    /// Looks at a value; `end` is where what belongs to it ends at the latest.
    fn node(&mut self, node: &Node<'_>, end: usize, root: bool) {
        match &node.value {
            Value::Mapping(mapping) => {
                let kind = mapping.get("kind").and_then(|entry| entry.value.as_scalar());
                if kind.is_some_and(|kind| {
                    matches!(kind.text.trim().to_ascii_lowercase().as_str(), "secret" | "secretlist")
                }) {
                    let start = if root { 0 } else { node.span.range().start };
                    self.secret(mapping, start..end.max(node.span.range().end));
                    return;
                }
                self.variable(mapping);
                for (index, entry) in mapping.entries.iter().enumerate() {
                    let next = mapping.entries.get(index + 1).map(|next| next.key_span.range().start);
                    let end = next.filter(|next| *next > entry.key_span.range().end).unwrap_or(end);
                    let reference = |mapping: &Mapping<'_>| {
                        mapping.entries.iter().any(|entry| {
                            ["name", "key", "from", "ref"]
                                .iter()
                                .any(|end| entry.key.to_ascii_lowercase().ends_with(end))
                        })
                    };
                    if pattern::names_secret(&entry.key, false)
                        && !entry.value.as_mapping().is_some_and(reference)
                    {
                        self.value(&entry.value);
                    }
                    self.node(&entry.value, end, false);
                }
            }
            Value::Sequence(items) => {
                let mut secret_follows = false;
                for (index, item) in items.iter().enumerate() {
                    let next = items.get(index + 1).map(|next| next.span.range().start);
                    if let Some(scalar) = item.as_scalar() {
                        if secret_follows {
                            self.value(item);
                        }
                        let name = scalar.text.as_ref();
                        secret_follows = name == "-p"
                            || (name.starts_with("--")
                                && !name.contains('=')
                                && pattern::names_secret(name, true));
                    }
                    self.node(item, next.filter(|next| *next > item.span.range().end).unwrap_or(end), false);
                }
            }
            Value::Scalar(scalar) => {
                // What is written over several lines or with escapes looks different in the text.
                let written = node.span.slice(self.text);
                let decoded = scalar.text.as_ref();
                let plain = !matches!(scalar.style, Style::Literal | Style::Folded)
                    && !written.contains(['\n', '\\']);
                let suspicious = pattern::find(decoded, &decoded.to_ascii_lowercase());
                if suspicious.is_empty() {
                    return;
                }
                let hidden = suspicious.into_iter().filter_map(|range| decoded.get(range)).map(str::to_owned);
                self.values.extend(hidden);
                if !plain && !matches!(scalar.style, Style::Literal) {
                    self.ranges.push(node.span.range());
                }
            }
        }
    }

    /// An entry of an environment.
    fn variable(&mut self, mapping: &Mapping<'_>) {
        let name = mapping.get("name").and_then(|entry| entry.value.as_scalar());
        if let (Some(name), Some(value)) = (name, mapping.get("value"))
            && pattern::names_secret(&name.text, true)
        {
            self.value(&value.value);
        }
    }

    /// A value that is a secret, whatever it is.
    fn value(&mut self, node: &Node<'_>) {
        if !node.as_scalar().is_some_and(|scalar| pattern::is_reference(&scalar.text)) {
            self.nested(node);
        }
    }

    fn remember(&mut self, text: &str) {
        self.values.push(text.to_owned());
        if text.contains('\n') {
            self.values.extend(text.lines().map(|line| line.trim().to_owned()));
        }
    }

    /// Hides a Secret, except for what names it and its keys.
    fn secret(&mut self, mapping: &Mapping<'_>, region: Range<usize>) {
        let mut shown: Vec<Range<usize>> = Vec::new();
        for entry in &mapping.entries {
            shown.push(entry.key_span.range());
            match entry.key.as_ref() {
                "apiVersion" | "kind" | "type" | "immutable" | "name" | "namespace" | "group" => {
                    self.open(&entry.value, &mut shown);
                }
                "metadata" => {
                    for entry in entry.value.as_mapping().into_iter().flat_map(|metadata| &metadata.entries) {
                        shown.push(entry.key_span.range());
                        match entry.key.as_ref() {
                            "name" | "namespace" | "labels" => self.open(&entry.value, &mut shown),
                            _ => self.closed(&entry.value, &mut shown),
                        }
                    }
                }
                _ => self.closed(&entry.value, &mut shown),
            }
        }
        shown.retain(|span| span.start >= region.start && span.end <= region.end);
        shown.sort_by_key(|span| (span.start, span.end));
        let mut from = region.start;
        for span in shown {
            if span.start > from {
                self.gap(from..span.start);
            }
            from = from.max(span.end);
        }
        self.gap(from..region.end);
        self.secrets.push(region);
    }

    fn open(&self, node: &Node<'_>, shown: &mut Vec<Range<usize>>) {
        match &node.value {
            Value::Scalar(_) => shown.push(node.span.range()),
            Value::Mapping(mapping) => {
                for entry in &mapping.entries {
                    shown.push(entry.key_span.range());
                    self.open(&entry.value, shown);
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| self.open(item, shown)),
        }
    }

    /// Values that are secrets, under keys that are none.
    fn closed(&mut self, node: &Node<'_>, shown: &mut Vec<Range<usize>>) {
        match &node.value {
            Value::Scalar(scalar) => {
                // An alias may bring it from elsewhere.
                self.ranges.push(node.span.range());
                self.remember(&scalar.text);
            }
            Value::Mapping(mapping) => {
                for entry in &mapping.entries {
                    if !self.text.get(entry.key_span.range()).unwrap_or_default().contains('\n') {
                        shown.push(entry.key_span.range());
                    }
                    self.nested(&entry.value);
                }
            }
            Value::Sequence(_) => self.nested(node),
        }
    }

    fn nested(&mut self, node: &Node<'_>) {
        match &node.value {
            Value::Scalar(scalar) => {
                self.ranges.push(node.span.range());
                self.remember(&scalar.text);
            }
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| self.nested(&entry.value)),
            Value::Sequence(items) => items.iter().for_each(|item| self.nested(item)),
        }
    }

    /// Hides what stands between things that are shown, but for the marks of the language.
    fn gap(&mut self, range: Range<usize>) {
        for line in lines(self.text, range) {
            let text = self.text.get(line.clone()).unwrap_or_default();
            let rest = text.strip_prefix(':').unwrap_or(text).trim_start();
            let marks = rest.len() <= 3 && rest.chars().all(|c| "{}[],-|>+:".contains(c));
            if !marks {
                self.ranges.push(line.end - rest.len()..line.end);
            }
        }
    }

    /// Hides every line of a text that may be a Secret and cannot be parsed, but for the fields that name it.
    fn everything(&mut self) {
        const HEADS: [&str; 8] =
            ["apiVersion", "kind", "metadata", "name", "namespace", "type", "data", "stringData"];
        for line in lines(self.text, 0..self.text.len()) {
            let text = self.text.get(line.clone()).unwrap_or_default();
            let head = text.split_once(':').map(|(head, rest)| (head.trim_matches(['"', '\'']), rest));
            let (shown, rest) = match head {
                Some((head, rest)) if HEADS.contains(&head) => {
                    let word = rest.trim().trim_matches(['"', '\'', ',']);
                    let known = head == "apiVersion" || head == "kind";
                    (
                        text.len() - rest.len(),
                        if known && word.len() < 60 && !word.contains([' ', ':']) { "" } else { rest },
                    )
                }
                _ => (0, text),
            };
            let rest = rest.trim();
            if !(rest.len() <= 3 && rest.chars().all(|c| "{}[],-".contains(c))) {
                self.gap(line.start + shown..line.end);
            }
        }
    }

    /// Hides the values of all variables, where the text does not tell which of them are secrets.
    fn values_of_variables(&mut self) {
        for (at, _) in self.text.match_indices("value") {
            let rest = self.text.get(at + 5..).unwrap_or_default();
            let value = rest.trim_start_matches(['"', '\'']).trim_start();
            let Some(value) = value.strip_prefix(':') else { continue };
            let from = self.text.len() - value.len();
            let line_start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let line_end = value.find('\n').map_or(self.text.len(), |length| from + length);
            let line = self.text.get(from..line_end).unwrap_or_default();
            self.ranges.push(line_end - line.trim_start().len()..line_end);
            self.ranges.push(line_end..pattern::block_end(self.text, line_start, line_end));
        }
    }

    fn finish(self) -> Confidential {
        let Self { text, ranges, mut values, .. } = self;
        let mut pieces: Vec<Range<usize>> = ranges.into_iter().flat_map(|range| lines(text, range)).collect();
        pieces.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match merged.last_mut() {
                Some(last) if piece.start <= last.end => last.end = last.end.max(piece.end),
                _ => merged.push(piece),
            }
        }
        let written = merged.iter().filter_map(|range| text.get(range.clone()));
        values.extend(written.map(|text| text.trim_matches(['"', '\'', ',', ' ', '}', ']']).to_owned()));
        values.retain(|value| !value.trim().is_empty());
        values.sort_by(|left, right| (right.len(), left).cmp(&(left.len(), right)));
        values.dedup();
        Confidential { ranges: merged, values }
    }
}

/// The lines of a range without the blanks around them, empty ones left out.
fn lines(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = range.start;
    for line in text.get(range).unwrap_or_default().split_inclusive('\n') {
        let begin = start + (line.len() - line.trim_start().len());
        let end = start + line.trim_end().len();
        if begin < end {
            found.push(begin..end);
        }
        start += line.len();
    }
    found
}

/// The text of an address without the credentials in it, wherever one stands in a message.
#[must_use]
pub(super) fn without_credentials(text: &str) -> Option<String> {
    let mut ranges = Vec::new();
    pattern::addresses(text, &mut ranges);
    (!ranges.is_empty()).then(|| masked(text, &ranges))
}

/// A text with [`MASK`] in the place of some ranges, which are in order and apart.
#[must_use]
pub(super) fn masked(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges.iter().filter(|range| range.start < range.end) {
        out.push_str(text.get(from..range.start.max(from)).unwrap_or_default());
        if range.end > from {
            out.push_str(MASK);
            from = range.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
#[path = "confidential/tests.rs"]
mod tests;
