//! `validate`: finds every mistake in specs, with file, line, column and remedy.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use crate::cli::session::{self, Session};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::diagnostics::{self, Format};
use crate::input::fix::{self, Replacement};
use crate::input::{confidential, redact};

/// Find every mistake in specs
///
/// Reads Neo4jBackup and Neo4jRestore specs, with the targets, claims, Secrets (key names only) and accounts that
/// lie beside them, and tells of everything that would fail, lose data, or has no effect. Needs neither a cluster
/// nor a network.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Format of the findings: human, concise, json, sarif, junit, github, gitlab or markdown; with =FILE into a
    /// file; repeatable
    #[arg(long, short = 'o', value_name = "FORMAT[=FILE]")]
    output: Vec<OutputTarget>,

    /// Fail on warnings too
    #[arg(long)]
    strict: bool,

    /// Correct in place what is certain
    #[arg(long)]
    fix: bool,

    /// With --fix: print the patch and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  # Check a folder of specs
  kubectl neo4j-backup validate -f backups/

  # Check what a kustomization builds, and fail on warnings
  kubectl neo4j-backup validate -k overlays/prod --strict

  # A report for code scanning, and one for people, in one run
  kubectl neo4j-backup validate -R -f . -o human -o sarif=findings.sarif

  # Show what could be corrected for certain, then correct it
  kubectl neo4j-backup validate -f backup.yaml --fix --dry-run
  kubectl neo4j-backup validate -f backup.yaml --fix";

/// A format, and the file that it goes to instead of standard output.
#[derive(Clone, Debug)]
struct OutputTarget {
    format: Format,
    file: Option<PathBuf>,
}

impl std::str::FromStr for OutputTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = format.parse().map_err(|error: diagnostics::render::UnknownFormat| error.to_string())?;
        Ok(Self { format, file })
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { input, target, output, strict, fix, dry_run } = arguments;
    let options = target.options()?;
    let again = fix.then(|| input.clone());
    let mut session = session::check(ui, input, &target.files, &options)?;
    if let Some(input) = again {
        let (changed, patch) = apply_fixes(&session, dry_run)?;
        if dry_run {
            ui.output().write_all(patch.as_bytes())?;
            return Ok(if patch.is_empty() { Exit::Success } else { Exit::Findings });
        }
        for (path, count) in &changed {
            ui.remark(&format!("{}: {count} corrected", path.display()))?;
        }
        if !changed.is_empty() {
            session = session::check(ui, input, &target.files, &options)?;
        }
    }
    let stdout = [OutputTarget { format: Format::Human, file: None }];
    let outputs = if output.is_empty() { stdout.as_slice() } else { output.as_slice() };
    for output in outputs {
        let options = diagnostics::Options {
            color: output.file.is_none() && ui.color_output(),
            width: ui.columns().unwrap_or(120),
            strict,
            ..diagnostics::Options::default()
        };
        match &output.file {
            Some(path) => {
                let mut content = Vec::new();
                session.write(&mut content, output.format, &options)?;
                session::write_file(path, &content)?;
            }
            None => {
                let mut out = ui.output();
                session.write(&mut out, output.format, &options)?;
                out.flush()?;
            }
        }
    }
    Ok(if session.fails(strict) { Exit::Findings } else { Exit::Success })
}

/// Applies the certain corrections, or writes them as a patch. Returns the changed files with the number of
/// corrections, and the patch.
fn apply_fixes(session: &Session, dry_run: bool) -> Result<(Vec<(PathBuf, usize)>, String), CommandError> {
    let mut by_file: BTreeMap<&str, Vec<Replacement>> = BTreeMap::new();
    for diagnostic in &session.report.diagnostics {
        for edit in diagnostic.fix.iter().flat_map(|fix| &fix.edits) {
            by_file
                .entry(&edit.path)
                .or_default()
                .push(Replacement { range: edit.range.clone(), text: edit.replacement.clone() });
        }
    }
    let mut changed = Vec::new();
    let mut patch = String::new();
    for (name, replacements) in by_file {
        let path = Path::new(name);
        let before = std::fs::read_to_string(path).map_err(|error| {
            CommandError::from(anyhow::Error::new(error).context(format!("cannot correct {name}"))).hint(
                "only files can be corrected; write standard input or the kustomization to a file first",
            )
        })?;
        let (after, made) = fix::apply(&before, replacements.clone());
        if dry_run {
            let (before, after) = shown(&before, replacements);
            let diff = TextDiff::from_lines(&before, &after);
            patch.push_str(
                &diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string(),
            );
        } else if made > 0 {
            session::write_file(path, after.as_bytes())?;
        }
        changed.push((path.to_owned(), made));
    }
    Ok((changed, patch))
}

/// A text before and after its correction as the patch shows it: without its secrets.
fn shown(text: &str, replacements: Vec<Replacement>) -> (String, String) {
    let hidden = confidential::of_file(text);
    let masks: Vec<Replacement> = hidden
        .iter()
        .map(|range| Replacement { range: range.clone(), text: confidential::MASK.to_owned() })
        .collect();
    let mut corrections = masks.clone();
    for replacement in replacements {
        let Replacement { range, text: new } = replacement;
        match redact::parts(range.clone(), &new, text, &hidden) {
            Some(None) => corrections.push(Replacement { range, text: new }),
            Some(Some((before, after))) => corrections.extend(
                [(range.start, before), (range.end, after)]
                    .map(|(at, text)| Replacement { range: at..at, text: text.to_owned() }),
            ),
            // It changes the secret itself.
            None => {}
        }
    }
    (fix::apply(text, masks).0, fix::apply(text, corrections).0)
}
