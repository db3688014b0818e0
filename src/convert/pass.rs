//! One document on its way from one language to the other: what is left of the source, what there is of the result,
//! and what has to be said.

use crate::diagnostics::{Definition, Severity, codes};
use crate::input::field;
use crate::input::locate::Finding;

use super::Dialect;
use super::table::{How, Row};
use super::tree::{Body, Comments, Entry, Node};

/// Which way a document goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Into our language.
    In,
    /// Out of our language.
    Out,
}

/// A document on its way.
#[derive(Debug)]
pub(super) struct Pass {
    /// What has not been converted yet; all of it is told as lost at the end.
    pub source: Node,
    /// What has been converted.
    pub out: Node,
    /// What has to be said.
    pub findings: Vec<Finding>,
    /// The language that is not ours.
    pub other: Dialect,
    /// Which way.
    pub way: Way,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
}

/// What stands around the values below a mapping, until one of them has been put somewhere.
struct Pending {
    from: String,
    depth: usize,
    comments: Option<Comments>,
    flow: bool,
}

impl Pass {
    pub(super) fn new(source: Node, other: Dialect, way: Way) -> Self {
        let name = source.text_at("metadata.name").unwrap_or_default().to_owned();
        let namespace = source.text_at("metadata.namespace").map(str::to_owned);
        let out = Node::map(&source.from);
        Self { source, out, findings: Vec::new(), other, way, name, namespace }
    }

    /// The language that comes out.
    pub(super) fn target(&self) -> &'static str {
        match self.way {
            Way::In => Dialect::V1alpha1.name(),
            Way::Out => self.other.name(),
        }
    }

    /// The field to show for a path of the source, which need not exist.
    pub(super) fn place(&self, path: &str) -> String {
        let mut known = path;
        loop {
            if let Some(node) = self.source.get(known) {
                let rest = path.get(known.len()..).unwrap_or_default();
                return format!("{}{rest}", node.from).trim_start_matches('.').to_owned();
            }
            match known.rsplit_once('.') {
                Some((parent, _)) => known = parent,
                // Values have no `spec`; it is where they stand while they are converted.
                None if self.other == Dialect::Helm => return shown(path).to_owned(),
                None => return path.to_owned(),
            }
        }
    }

    /// Says something about a field of the source.
    pub(super) fn say(
        &mut self,
        definition: &'static Definition,
        at: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (message, in_message) = without_source(message.into());
        let (help, in_help) = without_source(help.into());
        let mut finding = Finding::new(definition, at.into(), message).help(help);
        for source in in_message.into_iter().chain(in_help) {
            finding = finding.note(format!("source: {source}"));
        }
        self.findings.push(finding);
    }

    /// A field that has nowhere to go.
    pub(super) fn lost(&mut self, at: &str, why: &str, help: &str) {
        let message = format!("`{}` has no counterpart in {}: {why}", shown(at), self.target());
        self.say(&codes::CONVERT_NO_COUNTERPART, at, message, help);
    }

    /// A field that says what holds anyway.
    pub(super) fn implied(&mut self, at: &str, why: &str) {
        let message = format!("`{}` is left out: {why}", shown(at));
        self.say(&codes::CONVERT_IMPLIED, at, message, "nothing needs to be done");
    }

    /// A field that keeps its place and means something else there.
    pub(super) fn changed(&mut self, at: &str, what: &str, help: &str) {
        let message = format!("`{}` does not mean the same in {}: {what}", shown(at), self.target());
        self.say(&codes::CONVERT_CHANGED_MEANING, at, message, help);
    }

    /// A field whose spelling changes and whose meaning does not.
    pub(super) fn respelled(&mut self, at: &str, how: &str) {
        let message = format!("`{}` is written another way in {}: {how}", shown(at), self.target());
        self.say(&codes::CONVERT_RESPELLED, at, message, "nothing needs to be done");
    }

    /// A default that is not the same on both sides, and so was written out.
    pub(super) fn written_out(&mut self, path: &str, value: &str, there: &str) {
        let at = self.place(path);
        let message =
            format!("`{}` is absent, and that means {there}; it is written out as `{value}`", shown(path));
        self.say(
            &codes::CONVERT_WRITTEN_OUT,
            at,
            message,
            "nothing needs to be done; say the value yourself to choose another",
        );
    }

    /// What cannot be said there without doing something else than was asked for: nothing is written.
    pub(super) fn refuse(&mut self, at: &str, why: &str, help: &str) {
        let message = format!("`{}` cannot be said in {}: {why}", shown(at), self.target());
        self.say(&codes::CONVERT_REFUSED, at, message, help);
    }

    /// A field that has to be there.
    pub(super) fn missing(&mut self, path: &str, help: &str) {
        let at = self.place(path);
        let message = format!("`{}` is missing", shown(&at));
        self.say(&codes::MISSING_FIELD, at, message, help);
    }

    /// Whether anything keeps the document from being written.
    pub(super) fn failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Takes a single text out of the source; what is no text is told.
    pub(super) fn take_text(&mut self, path: &str) -> Option<(Entry, String)> {
        let entry = self.source.take(path)?;
        match entry.node.as_text() {
            Some(text) => {
                let text = text.to_owned();
                Some((entry, text))
            }
            None if entry.node.is_null() => None,
            None => {
                self.wrong_type(&entry.node.from, "a single value");
                None
            }
        }
    }

    /// Takes a boolean out of the source; what is none is told.
    pub(super) fn take_bool(&mut self, path: &str) -> Option<(Entry, bool)> {
        let entry = self.source.take(path)?;
        match entry.node.as_bool() {
            Some(value) => Some((entry, value)),
            None if entry.node.is_null() => None,
            None => {
                self.wrong_type(&entry.node.from, "true or false");
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, at: &str, expected: &str) {
        let message = format!("`{}` takes {expected}", shown(at));
        self.say(&codes::WRONG_TYPE, at, message, "write it as the language of the document has it");
    }

    /// Puts a single text where an entry goes, with the entry's comments.
    pub(super) fn put_text(&mut self, path: &str, entry: Entry, text: &str) {
        let node =
            if entry.node.as_text() == Some(text) { entry.node } else { Node::text(&entry.node.from, text) };
        self.put(path, Entry { key: entry.key, comments: entry.comments, node });
    }

    /// Puts an entry; two fields that become one are told.
    pub(super) fn put(&mut self, path: &str, entry: Entry) {
        let from = entry.node.from.clone();
        if !self.out.put(path, entry) {
            self.lost(&from, "another field says the same already", "keep one of the two");
        }
    }

    /// Converts everything that the rows know, and tells what they do not.
    pub(super) fn table(&mut self, rows: &[Row]) {
        let Some(spec) = self.source.take("spec") else { return };
        self.walk(rows, spec, "spec", &mut Vec::new());
    }

    fn walk(&mut self, rows: &[Row], entry: Entry, path: &str, pending: &mut Vec<Pending>) {
        let row = rows.iter().find(|row| row.from(self.way) == Some(path));
        if let Some(row) = row {
            self.apply(row, entry, pending);
            return;
        }
        let above = rows.iter().any(|row| {
            row.from(self.way)
                .and_then(|known| known.strip_prefix(path))
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if !above {
            if entry.node.is_null() {
                return;
            }
            self.unknown(&entry.node);
            return;
        }
        let Entry { comments, node, .. } = entry;
        if node.is_null() {
            return;
        }
        let Body::Map { entries, flow } = node.body else {
            self.wrong_type(&node.from, "a mapping");
            return;
        };
        pending.push(Pending {
            from: node.from,
            depth: path.split('.').count(),
            comments: Some(comments),
            flow,
        });
        for entry in entries {
            let path = field::key(path, &entry.key);
            self.walk(rows, entry, &path, pending);
        }
        pending.pop();
    }

    pub(super) fn unknown(&mut self, node: &Node) {
        let language = match self.way {
            Way::In => self.other.name(),
            Way::Out => Dialect::V1alpha1.name(),
        };
        let message = format!("`{}` is no field of {language}, and is left out", shown(&node.from));
        let mut finding = Finding::new(&codes::CONVERT_UNKNOWN_FIELD, node.from.clone(), message).at_key();
        finding = if self.way == Way::Out {
            // What we would refuse is not left out either.
            finding
                .severity(Severity::Error)
                .help("`kubectl neo4j-backup validate` says which field is meant")
        } else {
            finding.help("an API server drops it; look up the field that is meant, or delete it")
        };
        self.findings.push(finding);
    }

    fn apply(&mut self, row: &Row, mut entry: Entry, pending: &mut [Pending]) {
        if entry.node.is_null() {
            return;
        }
        let at = entry.node.from.clone();
        match &row.how {
            How::Lost { why, help } => {
                self.lost(&at, why, help);
                return;
            }
            How::Implied { why } => {
                self.implied(&at, why);
                return;
            }
            How::Refused { why, help } => {
                self.refuse(&at, why, help);
                return;
            }
            How::Words(words) => {
                let known = entry.node.as_text().and_then(|text| {
                    words.iter().find_map(|(ours, theirs)| match self.way {
                        Way::In => (*theirs == text).then_some(*ours),
                        Way::Out => (*ours == text).then_some(*theirs),
                    })
                });
                if let Some(word) = known
                    && entry.node.as_text() != Some(word)
                {
                    entry.node = Node::text(&at, word);
                }
            }
            How::Same => {}
        }
        if let Some((what, help)) = row.remark(self.way, &entry.node) {
            self.changed(&at, what, help);
        }
        let Some(to) = row.to(self.way) else { return };
        self.put(to, entry);
        settle(&mut self.out, to, pending);
    }
}

/// Gives the comments and the style of mappings to those that took their place.
fn settle(out: &mut Node, to: &str, pending: &mut [Pending]) {
    let keys: Vec<&str> = to.split('.').collect();
    for pending in pending {
        let Some(comments) = pending.comments.take() else { continue };
        let depth = pending.depth.min(keys.len());
        let path = keys.get(..depth).unwrap_or_default().join(".");
        let Some(entry) = out.entry_mut(&path) else { continue };
        if depth < keys.len() {
            entry.node.from = std::mem::take(&mut pending.from);
        }
        if let Body::Map { entries, flow } = &mut entry.node.body
            && entries.len() == 1
            && depth < keys.len()
        {
            *flow = pending.flow;
        }
        let mut before = comments.before;
        before.append(&mut entry.comments.before);
        entry.comments.before = before;
        if entry.comments.after.is_none() {
            entry.comments.after = comments.after;
        }
        entry.comments.below.extend(comments.below);
        entry.comments.foot.extend(comments.foot);
    }
}

/// A text and the source of its fact, which stands in brackets at its end.
fn without_source(mut text: String) -> (String, Option<String>) {
    let source = text
        .rsplit_once(" (")
        .and_then(|(before, source)| Some((before.len(), source.strip_suffix(')')?.to_owned())))
        .filter(|(_, source)| source.contains(".md §"));
    let Some((length, source)) = source else { return (text, None) };
    text.truncate(length);
    (text, Some(source))
}

/// A path as a message names it.
pub(super) fn shown(path: &str) -> &str {
    path.strip_prefix("spec.").unwrap_or(path)
}
