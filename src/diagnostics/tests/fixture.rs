//! Findings that try everything a renderer must cope with.

use std::sync::Arc;

use crate::diagnostics::{
    Checked, Code, Definition, Diagnostic, DocumentId, Edit, Excerpt, Fix, Place, Position, Report, Severity,
    Sources, Span, codes,
};

/// A definition with an alias; the catalogue has none until something raises one.
pub(super) static NO_SPACE: Definition = Definition {
    code: Code::new(901),
    name: "store-full",
    severity: Severity::Error,
    alias: Some("BACKUP_NO_SPACE"),
    summary: "The claim has no room for the next backup.",
    explanation: "A full backup needs as much room as the last one. Source: document 003.",
    remedy: "Enlarge the claim.",
};

/// A file with Windows line ends.
pub(super) const CRLF: &str = "apiVersion: neo4j.neo4j.com/v1alpha1\r\nkind: Neo4jBackup\r\nmetadata:\r\n  \
    name: nightly\r\nspec:\r\n  storage:\r\n    type: S3\r\n    bucket: one\r\n    bucket: two\r\n";

/// Two documents; multi-byte text and a tab before what is marked, and a very long line.
pub(super) fn two_documents() -> String {
    format!(
        "# größe ✓\nkind: Neo4jBackup\n---\nkind: Neo4jRestore\nspec:\n  note: \"déjà vu 日本\" # → here: no\n  \
         long: {}MARK{}\n",
        "a".repeat(2_000),
        "z".repeat(2_000)
    )
}

/// Answers with whole files, but for `two.yaml`, of which only the second document is at hand.
pub(super) struct Texts(pub(super) Vec<(&'static str, String)>);

impl Texts {
    pub(super) fn new() -> Self {
        Self(vec![
            ("specs/crlf.yaml", CRLF.to_owned()),
            ("two.yaml", two_documents()),
            ("it's | 100%,`x`.yaml", "kind: {a: 1}\n".into()),
        ])
    }

    fn text(&self, path: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| text.as_str()).unwrap()
    }

    /// The span of the `nth` occurrence, counted without the code under test.
    pub(super) fn find(&self, path: &str, needle: &str, nth: usize) -> Span {
        let text = self.text(path);
        let (start, found) = text.match_indices(needle).nth(nth).unwrap();
        Span { start: position(text, start), end: position(text, start + found.len()) }
    }
}

fn position(text: &str, offset: usize) -> Position {
    let (mut line, mut column) = (1, 1);
    for (index, character) in text.char_indices() {
        if index == offset {
            break;
        }
        column += 1;
        if character == '\n' {
            (line, column) = (line + 1, 1);
        }
    }
    Position { line, column, offset }
}

impl Sources for Texts {
    fn excerpt(&self, place: &Place) -> Option<Excerpt<'_>> {
        let text = self.0.iter().find(|(name, _)| *name == &*place.path).map(|(_, text)| text.as_str())?;
        let offset = if &*place.path == "two.yaml" { text.find("kind: Neo4jRestore")? } else { 0 };
        Some(Excerpt { text: &text[offset..], first_line: position(text, offset).line, offset, hidden: &[] })
    }
}

pub(super) fn document(kind: &str, namespace: Option<&str>, name: Option<&str>) -> Arc<DocumentId> {
    Arc::new(DocumentId {
        api_version: "neo4j.neo4j.com/v1alpha1".into(),
        kind: kind.into(),
        namespace: namespace.map(Into::into),
        name: name.map(Into::into),
    })
}

pub(super) fn report(texts: &Texts) -> Report {
    let nightly = document("Neo4jBackup", Some("neo4j"), Some("nightly"));
    let restore = document("Neo4jRestore", None, Some("back"));
    let odd = "it's | 100%,`x`.yaml";
    let at = |path: &'static str, needle: &str, nth: usize| Place::at(path, texts.find(path, needle, nth));
    let (storage_type, here) = (texts.find("specs/crlf.yaml", "S3", 0), texts.find("two.yaml", "no\n", 0));
    let mut report = Report { documents: 4, ..Report::default() };
    report.diagnostics = vec![
        // A related place in the same file, CRLF, two notes, one of two lines.
        Diagnostic::new(
            &codes::DUPLICATE_KEY,
            at("specs/crlf.yaml", "bucket", 1).in_document(nightly.clone()).at_field("spec.storage.bucket"),
            "`bucket` stands twice in `spec.storage`",
        )
        .help("keep the entry that is meant and delete the other")
        .note("kubectl takes the last one silently (rust.md §2.3)")
        .note("the bucket that is written to\ndecides where a restore looks")
        .related(at("specs/crlf.yaml", "bucket", 0), "first set here"),
        // A fix of the marked characters.
        Diagnostic::new(
            &codes::BOOLEAN_WORD,
            Place::at("specs/crlf.yaml", storage_type)
                .in_document(nightly.clone())
                .at_field("spec.storage.type"),
            "`S3` is spelled `s3`",
        )
        .fix(Fix::replace("write s3", "specs/crlf.yaml", storage_type.bytes(), "s3")),
        // Multi-byte text before the column, a related place in another file, a fix of two edits.
        Diagnostic::new(
            &codes::NUMBER_TRAP,
            Place::at(
                "two.yaml",
                Span {
                    end: Position {
                        offset: here.end.offset - 1,
                        line: here.start.line,
                        column: here.start.column + 2,
                    },
                    ..here
                },
            )
            .in_document(restore.clone())
            .at_field("spec.note"),
            "`no` behind 日本",
        )
        .severity(Severity::Warning)
        .related(at("specs/crlf.yaml", "nightly", 0), "the backup it restores")
        .related(Place::at("gone.yaml", texts.find("two.yaml", "kind", 0)), "a file that is not at hand")
        .fix(Fix {
            title: "quote `no` and rename the field".into(),
            edits: vec![
                Edit {
                    path: "two.yaml".into(),
                    range: texts.find("two.yaml", "note", 0).bytes(),
                    replacement: "notes".into(),
                },
                Edit {
                    path: "two.yaml".into(),
                    range: here.start.offset..here.start.offset + 2,
                    replacement: "\"no\"".into(),
                },
            ],
        }),
        // A mark in a long line.
        Diagnostic::new(
            &codes::UNDEFINED_ALIAS,
            at("two.yaml", "MARK", 0).in_document(restore.clone()),
            "a mark in a long line",
        ),
        Diagnostic::new(
            &codes::UNDEFINED_ALIAS,
            at("two.yaml", "aaaa", 0).in_document(restore),
            "a mark at the beginning of a long line",
        ),
        // No span; a fix elsewhere, of which only the bytes are known.
        Diagnostic::new(&codes::NO_SPECS, Place::file("empty/values.yaml"), "no spec in this file")
            .fix(Fix::replace("add a kind", "empty/values.yaml", 0..0, "kind: Neo4jBackup\n")),
        // A source that is not at hand; control and direction characters.
        Diagnostic::new(
            &codes::INVALID_UTF8,
            Place::at("-", texts.find("specs/crlf.yaml", "kind", 0)),
            "bytes \u{1b}[2J\u{7}\u{9b}31m and \u{202e}txt.exe",
        )
        .note("raw \u{1b}]0;title\u{7}"),
        // What means something in one format or another, in a path and in a message.
        Diagnostic::new(
            &codes::UNKNOWN_TAG,
            at(odd, "{a: 1}", 0).in_document(document("Kind|`<b>`", Some("n&s"), None)).at_field("kind[0]"),
            "a | b `c` 50% {0} [x](http://e) @team #1 <img> \"q\" 'p' & ::error::x\n::error::y\r\n]]>",
        )
        .severity(Severity::Notice)
        .help("two lines\n| of help, 100%"),
        // No file at all, and an alias.
        Diagnostic::new(&NO_SPACE, Place::file(""), "the claim backups is full"),
    ];
    let checked =
        |path: &str, document: &Arc<DocumentId>| Checked { path: path.into(), document: document.clone() };
    report.checked = vec![
        checked("specs/crlf.yaml", &nightly),
        checked("passing.yaml", &document("Neo4jBackup", Some("neo4j"), Some("fine"))),
        checked("specs/crlf.yaml", &document("Neo4jBackup", Some("neo4j"), Some("fine"))),
    ];
    report.sort();
    report
}
