//! How findings look, one file per format.
//!
//! Every renderer takes the same report (sorted by its owner, see
//! [`Report::sort`](super::Report::sort)) and writes it whole. They differ in what their readers
//! need: people get excerpts, scripts get stable names, CI systems get their own formats, each with
//! its own rules of escaping.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use super::{Report, Sources};

pub mod concise;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
mod window;
mod xml;

/// The formats.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// Source excerpts with carets, for a person at a terminal.
    Human,
    /// One line a finding, for `grep` and editors.
    Concise,
    /// A versioned envelope, for scripts: `docs/schema/findings-v1.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// Workflow commands that become annotations on GitHub.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
    /// A table with details, for a comment on a pull request.
    Markdown,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 8] = [
        Self::Human,
        Self::Concise,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Gitlab,
        Self::Markdown,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a format is one of")?;
        for (index, format) in Format::ALL.iter().enumerate() {
            write!(f, "{} {format}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(UnknownFormat)
    }
}

/// What a renderer cannot know by itself.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Whether `human` and `concise` may use ANSI colours. Machine formats never do.
    pub color: bool,
    /// The terminal's width in columns, to which `human` clips long source lines.
    pub width: usize,
    /// Whether warnings fail the run (`--strict`), which JUnit must know to say what failed.
    pub strict: bool,
    /// The version of this program, for SARIF.
    pub version: &'a str,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { color: false, width: 120, strict: false, version: env!("CARGO_PKG_VERSION") }
    }
}

/// Writes a sorted report in a format.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    report: &Report,
    sources: &dyn Sources,
    options: &Options<'_>,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(out, report, sources, options),
        Format::Concise => concise::write(out, report, sources, options),
        Format::Json => json::write(out, report, sources, options),
        Format::Sarif => sarif::write(out, report, sources, options),
        Format::Junit => junit::write(out, report, sources, options),
        Format::Github => github::write(out, report, sources, options),
        Format::Gitlab => gitlab::write(out, report, sources, options),
        Format::Markdown => markdown::write(out, report, sources, options),
    }
}

/// Writes a value as indented JSON that holds no invisible character raw.
fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    let json = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", super::text::escape_json(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_reads_what_it_writes() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("yaml".parse::<Format>(), Err(UnknownFormat));
        assert_eq!(
            UnknownFormat.to_string(),
            "a format is one of human, concise, json, sarif, junit, github, gitlab, markdown"
        );
    }
}
