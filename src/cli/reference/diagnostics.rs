//! `docs/diagnostics.md`: every code.

use std::fmt::Write as _;

use super::{GENERATED, anchor, cell};
use crate::diagnostics::{CONTRACT_ERRORS, Definition, HUNDREDS, by_alias};

/// The manual's catalogue of findings.
#[must_use]
pub fn diagnostics_markdown() -> String {
    let mut text = format!("{GENERATED}# Diagnostics\n\n");
    text.push_str(
        "Every finding has a stable code, `NB` and three digits. `kubectl neo4j-backup explain CODE` says the same at \
         the terminal. Errors are what would fail or lose data, and nothing suppresses them; warnings are what \
         probably is not meant, and fail a run with `--strict`; notices never fail one. A warning or notice is \
         accepted by a comment with a reason, on its line or the line above:\n\n\
         ```yaml\n# neo4j-backup: ignore NB030 the reason why this is fine\n```\n",
    );
    for hundred in HUNDREDS {
        let title = format!("NB{}xx: {}", hundred.digit, hundred.title);
        let _ = write!(text, "\n## {title}\n\n| code | severity | what is wrong |\n| --- | --- | --- |\n");
        for definition in hundred.definitions {
            let _ = writeln!(
                text,
                "| [{}](#{}) | {} | {} |",
                definition.code,
                anchor(&heading(definition)),
                definition.severity,
                cell(definition.summary)
            );
        }
        for definition in hundred.definitions {
            entry(&mut text, definition);
        }
    }
    text.push_str(
        "\n## Error names of the command-line contract\n\nScripts written against the contract of document 003 look for \
         these names. Machine output carries one as `alias` beside the code that raises it.\n\n\
         | name | what has happened | what to do | codes |\n| --- | --- | --- | --- |\n",
    );
    for error in &CONTRACT_ERRORS {
        let codes: Vec<String> = by_alias(error.name).map(|definition| definition.code.to_string()).collect();
        let codes = if codes.is_empty() { "none yet".to_owned() } else { codes.join(", ") };
        let _ = writeln!(text, "| `{}` | {} | {} | {codes} |", error.name, error.meaning, error.action);
    }
    text
}

fn heading(definition: &Definition) -> String {
    format!("{} {}", definition.code, definition.name)
}

fn entry(text: &mut String, definition: &Definition) {
    let _ = write!(
        text,
        "\n### {}\n\n**{}** {}\n\n{}\n\n**What to do:** {}\n",
        heading(definition),
        capital(definition.severity.as_str()),
        definition.summary,
        definition.explanation,
        definition.remedy
    );
    if let Some(alias) = definition.alias {
        let _ = write!(text, "\nAlias: `{alias}`\n");
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
