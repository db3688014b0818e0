//! `validate`: finds every mistake in specs, with file, line, column and remedy.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use crate::bundle::{Bundle, Wanted};
use crate::cli::older::{self, Revision};
use crate::cli::session::{self, Session};
use crate::cli::{CommandError, Exit, Ui, arguments, connection};
use crate::cluster::{self, ClusterError, Connection, desired, trial};
use crate::diagnostics::{self, Diagnostic, Format, visible_line};
use crate::input::fix::{self, Replacement};
use crate::input::since::Since;
use crate::input::{confidential, redact, suppress};
use crate::render::Detail;
use crate::rules::{self, Context};

/// Find every mistake in specs
///
/// Reads Neo4jBackup and Neo4jRestore specs, with the targets, claims, Secrets (key names only) and accounts that
/// lie beside them, and tells of everything that would fail, lose data, or has no effect. Needs neither a cluster
/// nor a network.
///
/// With --server an API server tries everything that the specs become, strictly and without keeping it: objects and
/// their pods, with the quotas, policies and Pod Security levels of the namespaces. What it objects to stands at the
/// line of the spec that it comes from. When it cannot be reached, what was found without it is told, and the exit
/// code is 3.
///
/// With --changed-since everything is read, because rules look across specs, and the same input is read once more as
/// it was in a Git revision. Left out is what was found there already in documents that are still the same. What a
/// change causes elsewhere, such as a second spec for a folder, is told where it stands.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_args(ask_with_server))]
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

    /// Tell only what is new since this Git revision, or stands in documents changed since; `REV...` is where the
    /// branch left REV
    #[arg(long, value_name = "REV", conflicts_with_all = ["fix", "server"])]
    changed_since: Option<String>,

    /// Correct in place what is certain
    #[arg(long)]
    fix: bool,

    /// With --fix: print the patch and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,

    #[command(flatten)]
    connection: connection::Flags,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

/// Here `--server` alone means "ask the server of the kubeconfig", `--server=URL` another one; without it the other
/// flags about the connection would have no effect.
fn ask_with_server(argument: clap::Arg) -> clap::Arg {
    if argument.get_id() == "server" {
        return argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("")
            .value_name("URL")
            .help(
                "Have an API server try everything too: that of the kubeconfig, or the one at this address",
            );
    }
    if argument.get_help_heading() == Some(connection::HEADING) && argument.get_id() != "request_timeout" {
        return argument.requires("server");
    }
    argument
}

const EXAMPLES: &str = "\
Examples:
  # Check a folder of specs
  kubectl neo4j-backup validate -f backups/

  # Check what a kustomization builds, and fail on warnings
  kubectl neo4j-backup validate -k overlays/prod --strict

  # A report for code scanning, and one for people, in one run
  kubectl neo4j-backup validate -R -f . -o human -o sarif=findings.sarif

  # In a pull request: only what it brings
  kubectl neo4j-backup validate -R -f backups/ --changed-since origin/main...

  # Have the API server try everything too, with its quotas and policies
  kubectl neo4j-backup validate -f backups/ --server --context staging

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
    let ui = &*ui;
    if !arguments.connection.server_is_given() {
        return match offline(ui, &arguments, None)? {
            Found::Done(exit) => Ok(exit),
            Found::Session(mut session, _) => report(ui, &arguments, &mut session),
        };
    }
    let options = arguments.connection.options(arguments.target.namespace());
    let arguments = &arguments;
    let asked = std::cell::Cell::new(false);
    let outcome = connection::run(
        ui,
        &options,
        || None,
        |connection| {
            asked.set(true);
            async move { with_server(ui, arguments, &connection).await }
        },
    );
    if asked.get() || outcome.is_ok() {
        return outcome;
    }
    // There is no way to a server; what can be found without one is told all the same.
    if let Found::Session(mut session, _) = offline(ui, arguments, None)? {
        report(ui, arguments, &mut session)?;
    }
    outcome
}

/// What came of checking without a server.
enum Found {
    /// The command is at its end.
    Done(Exit),
    /// There is something to report.
    Session(Box<Session>, Box<rules::Options>),
}

/// Checks the input, and corrects it when that was asked for.
fn offline(ui: &Ui, arguments: &Arguments, namespace: Option<&str>) -> Result<Found, CommandError> {
    let Arguments { input, target, fix, dry_run, .. } = arguments;
    let mut options = target.options()?;
    if let Some(namespace) = namespace {
        options.namespace.get_or_insert_with(|| namespace.to_owned());
        options.rendering = true;
    }
    // Before anything is read: a wrong revision is no reason to read ten thousand files.
    let revision = arguments.changed_since.as_deref().map(Revision::find).transpose()?;
    let mut session = session::check(ui, input.clone(), &target.files, &options)?;
    if let Some(revision) = revision {
        leave_out_old(ui, &revision, arguments, &options, &mut session)?;
    }
    if *fix {
        let (changed, patch) = apply_fixes(&session, *dry_run)?;
        if *dry_run {
            ui.output().write_all(patch.as_bytes())?;
            return Ok(Found::Done(if patch.is_empty() { Exit::Success } else { Exit::Findings }));
        }
        for (path, count) in &changed {
            ui.remark(&format!("{}: {count} corrected", path.display()))?;
        }
        if !changed.is_empty() {
            session = session::check(ui, input.clone(), &target.files, &options)?;
        }
    }
    Ok(Found::Session(Box::new(session), Box::new(options)))
}

/// Leaves out the findings that an older version of the same input had already.
fn leave_out_old(
    ui: &Ui,
    revision: &Revision,
    arguments: &Arguments,
    options: &rules::Options,
    session: &mut Session,
) -> Result<(), CommandError> {
    let older = revision.lay_out(&arguments.input, &arguments.target.files)??;
    let before = match session::check_sources(ui, &older.sources, options) {
        Ok(checked) => Since::new(&checked.loaded, &checked.report),
        // Of a kustomization, for instance, that could not be built then. Too much is told rather than too little.
        Err(error) => {
            let error = older::explained(&older, &error).error;
            ui.remark(&visible_line(&format!("{error}; so everything is told")))?;
            return Ok(());
        }
    };
    let left_out = before.keep(&session.loaded, &mut session.report, |name| older.is_same(name));
    if left_out > 0 {
        let since = arguments.changed_since.as_deref().unwrap_or_default();
        let findings = if left_out == 1 { "finding is" } else { "findings are" };
        ui.remark(&format!("{left_out} {findings} older than the changes since {since}, and left out"))?;
    }
    Ok(())
}

/// Checks without the server, then with it.
async fn with_server(ui: &Ui, arguments: &Arguments, connection: &Connection) -> Result<Exit, CommandError> {
    let (mut session, options) = match offline(ui, arguments, Some(connection.namespace()))? {
        Found::Done(exit) => return Ok(exit),
        Found::Session(session, options) => (session, options),
    };
    if session.fails(false) {
        let exit = report(ui, arguments, &mut session)?;
        ui.remark("the server was not asked: correct these errors first")?;
        return Ok(exit);
    }
    let asked = ask(&session, &options, connection).await;
    if let Ok((found, tried)) = &asked {
        let found = suppress::apply_again(found.clone(), &session.loaded.suppressions);
        session.report.diagnostics.extend(found);
        session.report.sort();
        ui.detail(&format!("the server tried {tried} objects and pods"))?;
    }
    let exit = report(ui, arguments, &mut session)?;
    asked.map(|_| exit).map_err(CommandError::from)
}

/// What the server has to say, and how much it tried.
async fn ask(
    session: &Session,
    options: &rules::Options,
    connection: &Connection,
) -> cluster::Result<(Vec<Diagnostic>, usize)> {
    let context = Context::new(&session.loaded.documents, options);
    let bundle = Bundle::new(&context, Wanted::All);
    let desired = desired::desired(&bundle, Detail::Provenance)
        .map_err(|error| ClusterError::Unreadable { message: error.to_string() })?;
    let version = connection.server_version().await?;
    let mut found = version.as_ref().map(trial::server_findings).unwrap_or_default();
    if !found.is_empty() {
        return Ok((found, 0));
    }
    let trials = trial::attempt(connection, &desired).await?;
    found.extend(trial::findings(&trials, &desired, &context));
    Ok((found, trials.len()))
}

/// Writes the findings wherever they are wanted.
fn report(ui: &Ui, arguments: &Arguments, session: &mut Session) -> Result<Exit, CommandError> {
    let strict = arguments.strict;
    let stdout = [OutputTarget { format: Format::Human, file: None }];
    let outputs = if arguments.output.is_empty() { stdout.as_slice() } else { arguments.output.as_slice() };
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
