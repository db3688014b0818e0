//! A table with details, for a comment on a pull request.
//!
//! Where it is shown it is HTML with mentions and links, so user text is escaped against all of
//! that: a value `@team` in a spec must not call a team, and an address must not become a link.
//! Hosts cut or refuse long comments (GitHub at 65,536 characters), so a long report ends with the
//! number of findings that were left out.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostics::text::count;
use crate::diagnostics::{Diagnostic, Report, Severity, Sources, visible, visible_line};

use super::window::Window;
use super::{Options, concise};

/// How many bytes of table are written before the rest is only counted.
const TABLE_BUDGET: usize = 24_000;
/// The same for details.
const DETAILS_BUDGET: usize = 36_000;
/// A message takes at most this many characters of a table's cell.
const LONGEST_CELL: usize = 400;

/// Writes the comment.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    sources: &dyn Sources,
    _options: &Options<'_>,
) -> io::Result<()> {
    writeln!(out, "### neo4j-backup: {}", report.summary())?;
    if report.diagnostics.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| | Code | Where | Finding |\n|---|---|---|---|")?;
    let left_out = within(out, report, TABLE_BUDGET, row)?;
    remark(out, left_out)?;
    writeln!(out, "\n<details>\n<summary>Details</summary>")?;
    let left_out = within(out, report, DETAILS_BUDGET, |diagnostic| details(diagnostic, sources))?;
    remark(out, left_out)?;
    writeln!(out, "\n</details>")
}

/// Writes texts until the budget is used up; returns how many findings are left.
fn within(
    out: &mut dyn Write,
    report: &Report,
    budget: usize,
    text: impl Fn(&Diagnostic) -> String,
) -> io::Result<usize> {
    let mut used = 0;
    for (index, diagnostic) in report.diagnostics.iter().enumerate() {
        let text = text(diagnostic);
        used += text.len();
        if used > budget {
            return Ok(report.diagnostics.len() - index);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(0)
}

fn remark(out: &mut dyn Write, left_out: usize) -> io::Result<()> {
    match left_out {
        0 => Ok(()),
        number => {
            let findings = count(number, "more finding");
            writeln!(out, "\n{findings}: run `kubectl neo4j-backup validate` to see all.")
        }
    }
}

fn row(diagnostic: &Diagnostic) -> String {
    let mut message = visible_line(&diagnostic.message);
    if let Some((cut, _)) = message.char_indices().nth(LONGEST_CELL) {
        message = Cow::Owned(format!("{}...", &message[..cut]));
    }
    format!(
        "| {} {} | {} | {} | {} |\n",
        icon(diagnostic.severity),
        diagnostic.severity,
        diagnostic.definition.code,
        code(&concise::location(&diagnostic.place)).replace('|', "\\|"),
        rich(&message, true),
    )
}

fn details(diagnostic: &Diagnostic, sources: &dyn Sources) -> String {
    let definition = diagnostic.definition;
    let mut text = format!("\n**{}[{}]** {}", diagnostic.severity, definition.code, definition.name);
    let location = concise::location(&diagnostic.place);
    if !location.is_empty() {
        let _ = write!(text, " at {}", code(&location));
    }
    if let Some(document) = &diagnostic.place.document {
        let _ = write!(text, " in {}", code(&visible_line(&document.to_string())));
    }
    if let Some(field) = &diagnostic.place.field {
        let _ = write!(text, ", {}", code(&visible_line(field)));
    }
    let _ = writeln!(text, "\n\n{}", rich(&visible_line(&diagnostic.message), false));
    text.push_str(&excerpt(diagnostic, sources));
    let notes = diagnostic.notes.iter().map(|note| ("note", note));
    let help = diagnostic.help.iter().map(|help| ("help", help));
    let fix = diagnostic.fix.iter().map(|fix| ("fix", &fix.title));
    let mut items = String::new();
    for related in &diagnostic.related {
        let _ = writeln!(items, "- {}: {}", code(&concise::location(&related.place)), inline(&related.label));
    }
    for (label, line) in notes.chain(help).chain(fix) {
        let _ = writeln!(items, "- {label}: {}", inline(line));
    }
    if !items.is_empty() {
        text.push('\n');
        text.push_str(&items);
    }
    text
}

/// The source lines in a code block, if they are at hand.
fn excerpt(diagnostic: &Diagnostic, sources: &dyn Sources) -> String {
    let window = diagnostic
        .place
        .span
        .and_then(|span| Window::around(sources.excerpt(&diagnostic.place)?, span.bytes(), Some(span.start)));
    let Some(window) = window else { return String::new() };
    let shown = visible(window.text.trim_end());
    if shown.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run_of_backticks(&shown).max(2) + 1);
    format!("\n{fence}yaml\n{shown}\n{fence}\n")
}

const fn icon(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Notice => "ℹ️",
    }
}

/// Text of several lines in one list item.
fn inline(text: &str) -> String {
    let lines: Vec<_> = visible(text).lines().map(|line| rich(line, false)).collect();
    lines.join("<br>")
}

/// One line of text in which pairs of backticks become code, as our own messages mean them.
/// Backticks in a user's value can only move the borders of code, for what stands outside of it is
/// escaped.
fn rich(text: &str, in_table: bool) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let inside = |index: usize| index % 2 == 1;
    let paired = parts.len() % 2 == 1;
    if !paired || parts.iter().enumerate().any(|(index, part)| inside(index) && part.trim().is_empty()) {
        return escape(text);
    }
    let mut rich = String::with_capacity(text.len() + 16);
    for (index, part) in parts.into_iter().enumerate() {
        if !inside(index) {
            rich.push_str(&escape(part));
        } else if in_table {
            // Inside of a table a pipe ends the cell even in code.
            rich.push_str(&code(part).replace('|', "\\|"));
        } else {
            rich.push_str(&code(part));
        }
    }
    rich
}

/// Text that stays text: no markup, no HTML, no mention, no reference, no link.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    // No backslash stops a mention, a reference or a bare link; an empty comment parts them.
    for (start, parted) in
        [("@", "@<!-- -->"), ("#", "#<!-- -->"), ("://", ":<!-- -->//"), ("www.", "www<!-- -->.")]
    {
        if escaped.contains(start) {
            escaped = escaped.replace(start, parted);
        }
    }
    escaped
}

/// Text in a code span, whatever backticks it holds.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run_of_backticks(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
