//! A YAML value that can be taken apart and put together again: every part remembers which field of the source it
//! came from, how it was written, and the comments around it.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// The field of the source that it came from, or that it follows from; a path as findings have it.
    pub from: String,
    /// What it is.
    pub body: Body,
}

/// The three shapes of YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// A single value.
    Scalar(Scalar),
    /// Keys and values in order; `flow` when it was written in braces.
    Map { entries: Vec<Entry>, flow: bool },
    /// Items in order; `flow` when they were written in brackets.
    List { items: Vec<Item>, flow: bool },
}

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar {
    /// The decoded text.
    pub text: String,
    /// Text to Kubernetes, and not a number, a boolean or null.
    pub is_text: bool,
    /// Nothing, `~` or `null`.
    pub is_null: bool,
    /// As it stands in the source, when that is one line; it is written the same way again.
    pub raw: Option<String>,
    /// It was a block (`|` or `>`), and becomes one again.
    pub block: bool,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub comments: Comments,
    pub node: Node,
}

/// A value of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub comments: Comments,
    pub node: Node,
}

/// Comments that belong to a key or an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Comments {
    /// Lines of their own before it, each from its `#`; an empty one is a blank line.
    pub before: Vec<String>,
    /// At the end of its first line.
    pub after: Option<String>,
    /// Lines of their own after all that is below it.
    pub below: Vec<String>,
    /// At the end of the document.
    pub foot: Vec<String>,
}

impl Comments {
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_none() && self.below.is_empty() && self.foot.is_empty()
    }
}

impl Scalar {
    /// A text that was not in the source; it gets quotes where it needs them.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_text: true, is_null: false, raw: None, block: false }
    }

    /// A number or a boolean that was not in the source.
    pub(super) fn bare(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { raw: Some(text.clone()), text, is_text: false, is_null: false, block: false }
    }
}

impl Node {
    pub(super) fn text(from: &str, text: impl Into<String>) -> Self {
        Self { from: from.to_owned(), body: Body::Scalar(Scalar::text(text)) }
    }

    pub(super) fn bare(from: &str, text: impl Into<String>) -> Self {
        Self { from: from.to_owned(), body: Body::Scalar(Scalar::bare(text)) }
    }

    pub(super) fn map(from: &str) -> Self {
        Self { from: from.to_owned(), body: Body::Map { entries: Vec::new(), flow: false } }
    }

    pub(super) fn list(from: &str, nodes: impl IntoIterator<Item = Self>) -> Self {
        let items = nodes.into_iter().map(|node| Item { comments: Comments::default(), node }).collect();
        Self { from: from.to_owned(), body: Body::List { items, flow: false } }
    }

    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.body {
            Body::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a single value that is not null.
    pub(super) fn as_text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| !scalar.is_null).map(|scalar| scalar.text.as_str())
    }

    pub(super) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.is_null)
    }

    /// Neither null nor an empty collection nor an empty text.
    pub(super) fn says_something(&self) -> bool {
        match &self.body {
            Body::Scalar(scalar) => !scalar.is_null && !scalar.text.is_empty(),
            Body::Map { entries, .. } => !entries.is_empty(),
            Body::List { items, .. } => !items.is_empty(),
        }
    }

    /// A boolean as kubectl reads it.
    pub(super) fn as_bool(&self) -> Option<bool> {
        let scalar = self.scalar().filter(|scalar| !scalar.is_text)?;
        match scalar.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.body {
            Body::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Item] {
        match &self.body {
            Body::List { items, .. } => items,
            _ => &[],
        }
    }

    /// The entry at a dotted path of plain keys.
    pub(super) fn entry(&self, path: &str) -> Option<&Entry> {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let entry = self.entries().iter().find(|entry| entry.key == key)?;
        match rest {
            Some(rest) => entry.node.entry(rest),
            None => Some(entry),
        }
    }

    /// The value at a dotted path of plain keys.
    pub(super) fn get(&self, path: &str) -> Option<&Self> {
        self.entry(path).map(|entry| &entry.node)
    }

    /// The text of the single value at a path.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Self::as_text)
    }

    /// Takes an entry out; mappings that become empty by it go too.
    pub(super) fn take(&mut self, path: &str) -> Option<Entry> {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let Body::Map { entries, .. } = &mut self.body else { return None };
        let at = entries.iter().position(|entry| entry.key == key)?;
        let Some(rest) = rest else { return Some(entries.remove(at)) };
        let inner = &mut entries.get_mut(at)?.node;
        let taken = inner.take(rest)?;
        if inner.entries().is_empty() {
            entries.remove(at);
        }
        Some(taken)
    }

    /// Puts an entry at a path, behind what is there; mappings on the way are made. A value that is there already
    /// stays, and `false` comes back.
    pub(super) fn put(&mut self, path: &str, mut entry: Entry) -> bool {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let Body::Map { entries, .. } = &mut self.body else { return false };
        let at = entries.iter().position(|entry| entry.key == key);
        let Some(rest) = rest else {
            if at.is_some() {
                return false;
            }
            key.clone_into(&mut entry.key);
            entries.push(entry);
            return true;
        };
        let at = at.unwrap_or_else(|| {
            entries.push(Entry {
                key: key.to_owned(),
                comments: Comments::default(),
                node: Self::map(parent(&entry.node.from)),
            });
            entries.len() - 1
        });
        entries.get_mut(at).is_some_and(|inner| inner.node.put(rest, entry))
    }

    /// Puts a value without comments.
    pub(super) fn set(&mut self, path: &str, node: Self) -> bool {
        self.put(path, Entry { key: String::new(), comments: Comments::default(), node })
    }

    /// The mapping at a path, to give it comments or its style; `None` when nothing is there.
    pub(super) fn entry_mut(&mut self, path: &str) -> Option<&mut Entry> {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let Body::Map { entries, .. } = &mut self.body else { return None };
        let entry = entries.iter_mut().find(|entry| entry.key == key)?;
        match rest {
            Some(rest) => entry.node.entry_mut(rest),
            None => Some(entry),
        }
    }

    /// Whether anything below has a comment.
    pub(super) fn has_comments(&self) -> bool {
        match &self.body {
            Body::Scalar(_) => false,
            Body::Map { entries, .. } => {
                entries.iter().any(|entry| !entry.comments.is_empty() || entry.node.has_comments())
            }
            Body::List { items, .. } => {
                items.iter().any(|item| !item.comments.is_empty() || item.node.has_comments())
            }
        }
    }
}

/// The path of what holds a field.
fn parent(path: &str) -> &str {
    path.rsplit_once(['.', '[']).map_or(path, |(parent, _)| parent)
}
