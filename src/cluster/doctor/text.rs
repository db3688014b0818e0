//! Checks as text: for people, for a page, for machines.

use std::io::{self, Write};

use serde::Serialize;

use super::{Check, Verdict};

/// Everything, as machines read it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// `pass`, `warn`, `fail` or `unknown`: the worst of all.
    pub verdict: Verdict,
    /// How many there are of each.
    pub counts: Counts,
    /// The checks.
    pub checks: &'a [Check],
}

/// How many checks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Nothing in the way.
    pub pass: usize,
    /// Perhaps not meant.
    pub warn: usize,
    /// In the way.
    pub fail: usize,
    /// Not seen.
    pub unknown: usize,
}

impl<'a> Report<'a> {
    /// Counts the checks.
    #[must_use]
    pub fn new(checks: &'a [Check]) -> Self {
        let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
        Self {
            verdict: super::worst(checks),
            counts: Counts {
                pass: count(Verdict::Pass),
                warn: count(Verdict::Warn),
                fail: count(Verdict::Fail),
                unknown: count(Verdict::Unknown),
            },
            checks,
        }
    }
}

/// What a group of checks is about, as a heading.
fn heading(about: &str) -> String {
    if about.is_empty() {
        "The cluster".to_owned()
    } else if about.contains('/') {
        format!("The backup {about}")
    } else {
        format!("The namespace {about}")
    }
}

/// The topic of a check: its name without `doctor-`.
fn topic(check: &Check) -> &'static str {
    check.code.name.strip_prefix("doctor-").unwrap_or(check.code.name)
}

/// For people: a group for each backup, what is in the way with its next step. `all` shows what is well too, which
/// otherwise is only counted.
///
/// # Errors
///
/// When nobody reads it any more.
pub fn human(out: &mut dyn Write, checks: &[Check], color: bool, all: bool) -> io::Result<()> {
    let report = Report::new(checks);
    let width = checks.iter().map(|check| topic(check).len()).max().unwrap_or_default();
    for (number, group) in checks.chunk_by(|left, right| left.about == right.about).enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", heading(group.first().map_or("", |check| &check.about)))?;
        let mut hidden = 0;
        for check in group {
            if check.verdict == Verdict::Pass && !all {
                hidden += 1;
                continue;
            }
            let (on, off) = if color { (style(check.verdict), "\u{1b}[0m") } else { ("", "") };
            writeln!(
                out,
                "  {on}{:<7}{off}  {}  {:<width$}  {}",
                check.verdict.word(),
                check.code.code,
                topic(check),
                check.found
            )?;
            if let Some(next) = check.next.as_ref().filter(|_| check.verdict != Verdict::Pass) {
                writeln!(out, "  {:<7}  {:<5}  {:<width$}  -> {next}", "", "", "")?;
            }
        }
        if hidden > 0 {
            writeln!(out, "  pass     {hidden} {}", if hidden == 1 { "check" } else { "checks" })?;
        }
    }
    let Counts { pass, warn, fail, unknown } = report.counts;
    writeln!(out, "\n{pass} pass, {warn} warn, {fail} fail, {unknown} unknown")
}

fn style(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "\u{1b}[32m",
        Verdict::Warn => "\u{1b}[33m",
        Verdict::Fail => "\u{1b}[31m",
        Verdict::Unknown => "\u{1b}[36m",
    }
}

/// For a page or a comment: one table a group.
///
/// # Errors
///
/// When nobody reads it any more.
pub fn markdown(out: &mut dyn Write, checks: &[Check]) -> io::Result<()> {
    let cell = |text: &str| text.replace('|', "\\|");
    for (number, group) in checks.chunk_by(|left, right| left.about == right.about).enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "### {}\n", heading(group.first().map_or("", |check| &check.about)))?;
        writeln!(out, "| verdict | code | check | found | next step |\n|---|---|---|---|---|")?;
        for check in group {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                check.verdict.word(),
                check.code.code,
                topic(check),
                cell(&check.found),
                cell(check.next.as_deref().unwrap_or_default())
            )?;
        }
    }
    Ok(())
}
