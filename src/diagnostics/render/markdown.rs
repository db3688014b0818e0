//! A table with details, for a comment on a pull request.
//!
//! Where it is shown it is HTML with mentions and links, so user text is escaped against all of
//! that: a value `@team` in a spec must not call a team, and `[x](y)` must not become a link.
//! Hosts cut or refuse long comments (GitHub at 65,536 characters), so a long report ends with the
//! number of findings that were left out.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostics::text::count;
use crate::diagnostics::{Diagnostic, Report, Severity, Sources, visible, visible_line};

use super::window::Window;
use super::{Options, concise};

/// How many bytes of table and of details are written before the rest is only counted.
const TABLE_BUDGET: usize = 24_000;
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
        // Inside of a table a pipe ends the cell even in code.
        code(&concise::location(&diagnostic.place)).replace('|', "\\|"),
        escape(&message),
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
    let _ = writeln!(text, "\n\n{}", escape(&visible_line(&diagnostic.message)));
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
    let window = diagnostic.place.span.and_then(|span| {
        Window::new(sources.excerpt(&diagnostic.place)?, &[span.start.offset..span.end.offset])
    });
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
    escape(&visible(text)).replace('\n', "<br>")
}

/// Text that stays text: no markup, no HTML, no mention, no reference.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // An empty comment parts the sign from the name, which no backslash does.
            '@' | '#' => {
                escaped.push(character);
                escaped.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
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
