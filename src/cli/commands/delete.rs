//! `delete`: takes away what was applied for backups.

use std::cell::Cell;
use std::io::Write;

use clap::{Args, ValueEnum};

use super::apply::placed;
use crate::cli::connection;
use crate::cli::manners::DryRun;
use crate::cli::plan_table::{self, Row};
use crate::cli::session::{self, Session};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::cluster::delete::{self, Deletion, Options, Step, What};
use crate::cluster::{ClusterError, Connection};
use crate::diagnostics::{Report, codes};
use crate::input::document::Content;
use crate::input::locate::Finding;
use crate::input::{self, Loaded};
use crate::render::SpecName;
use crate::rules::Context;

/// Delete what was applied for backups
///
/// The objects are found by the labels that `apply` gave them: the CronJob, Jobs and ConfigMap of a backup, and its
/// account when no other backup runs as it. Claims, and the backups on them, stay unless --with claims is given.
/// Shows the plan first: on a terminal it asks, off a terminal it needs --yes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Backups, by name
    #[arg(value_name = "NAME", conflicts_with_all = ["filenames", "kustomize"])]
    names: Vec<String>,

    #[command(flatten)]
    input: arguments::Input,

    /// Namespace of the names, and of documents that name none
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Carry the plan out without asking
    #[arg(long, short = 'y')]
    yes: bool,

    /// Delete nothing: `client` only looks, `server` lets the API server judge too
    #[arg(
        long,
        value_enum,
        value_name = "WHERE",
        default_value = "none",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "unchanged"
    )]
    dry_run: DryRun,

    /// Delete these too: claims with all backups on them, the specs themselves; repeatable
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    with: Vec<More>,

    /// Delete objects that belong to another tool or person
    #[arg(long)]
    override_owner: bool,

    /// Nothing to delete is fine
    #[arg(long)]
    ignore_not_found: bool,

    /// Wait until the objects are gone
    #[arg(long)]
    wait: bool,

    #[command(flatten)]
    connection: connection::Flags,
}

const EXAMPLES: &str = "\
Examples:
  # What would go with this backup?
  kubectl neo4j-backup delete nightly -n neo4j --dry-run=client

  # Delete what these specs became, without being asked
  kubectl neo4j-backup delete -f backups/ -n neo4j --yes

  # The claim and the backups on it too
  kubectl neo4j-backup delete nightly -n neo4j --with claims";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum More {
    /// Claims, with all backups on them
    Claims,
    /// The specs themselves
    Specs,
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, mut arguments: Arguments) -> Result<Exit, CommandError> {
    arguments.dry_run = arguments.dry_run.settled(ui)?;
    if arguments.names.is_empty() && arguments.input.is_empty() {
        return Err(CommandError::usage("must specify names, or one of -f and -k")
            .hint("`kubectl neo4j-backup delete NAME`, or `delete -f backups/`"));
    }
    let options = arguments.connection.options(arguments.namespace.as_deref());
    let ui = &*ui;
    let writing = Cell::new(false);
    let farewell = || {
        writing.get().then(|| {
            "interrupted: some objects may have been deleted; the same command again does the rest".to_owned()
        })
    };
    connection::run(ui, &options, farewell, |connection| work(ui, connection, arguments, &writing))
}

async fn work(
    ui: &Ui,
    connection: Connection,
    arguments: Arguments,
    writing: &Cell<bool>,
) -> Result<Exit, CommandError> {
    let Arguments { yes, dry_run, wait, ignore_not_found, .. } = &arguments;
    let options = Options {
        claims: arguments.with.contains(&More::Claims),
        specs: arguments.with.contains(&More::Specs),
        override_owner: arguments.override_owner,
    };
    let loaded = load(&arguments)?;
    let rules = crate::rules::Options {
        namespace: Some(connection.namespace().to_owned()),
        ..crate::rules::Options::default()
    };
    let context = Context::new(&loaded.documents, &rules);
    let specs = specs(ui, &arguments, &connection, &context)?;
    let deletion = delete::prepare(&connection, &specs, options).await?;

    let mut found = Vec::new();
    for objection in &deletion.objections {
        let finding = Finding::new(&codes::NOT_OURS_TO_DELETE, "metadata.name", objection.message.clone())
            .help(objection.help.clone());
        found.extend(placed(&context, objection.spec.as_ref(), finding));
    }
    drop(context);
    if !found.is_empty() {
        let documents = loaded.documents.len();
        let report = Report { diagnostics: found, documents, checked: Vec::new() };
        session::tell(ui, &mut Session { loaded, report }, false)?;
        ui.remark("nothing was deleted")?;
        return Ok(Exit::Conflict);
    }

    if deletion.steps.is_empty() && !*ignore_not_found {
        return Err(absent(&deletion));
    }
    for spec in &deletion.absent {
        ui.remark(&format!("nothing of `{}` is in the namespace {}", spec.name, spec.namespace))?;
    }
    if deletion.steps.is_empty() {
        return Ok(Exit::Success);
    }
    plan_table::show(ui, &rows(&deletion))?;
    let done: Vec<usize> = if *dry_run == DryRun::Client {
        (0..deletion.steps.len()).collect()
    } else {
        if *dry_run == DryRun::None {
            if !plan_table::agreed(ui, *yes, "Delete this?").await? {
                ui.remark("nothing was deleted")?;
                return Ok(Exit::Findings);
            }
            writing.set(true);
        }
        let report = delete::execute(&connection, &deletion, *dry_run == DryRun::Server, *wait).await;
        writing.set(false);
        if !report.failed.is_empty() {
            print(ui, &deletion, &report.done, *dry_run)?;
            return Err(failed(ui, &deletion, report.failed)?);
        }
        report.done
    };
    print(ui, &deletion, &done, *dry_run)?;
    Ok(if deletion.absent.is_empty() || *ignore_not_found { Exit::Success } else { Exit::Findings })
}

/// Reads the input for its names alone: a spec that has mistakes can be deleted too.
fn load(arguments: &Arguments) -> Result<Loaded, CommandError> {
    if arguments.input.is_empty() {
        return Ok(input::load(&[], std::io::empty())?);
    }
    Ok(input::load(&arguments.input.clone().sources(&[])?, std::io::stdin())?)
}

fn specs(
    ui: &Ui,
    arguments: &Arguments,
    connection: &Connection,
    context: &Context<'_>,
) -> Result<Vec<SpecName>, CommandError> {
    let name = |namespace: &str, name: &str| SpecName {
        kind: "Neo4jBackup",
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    if !arguments.names.is_empty() {
        return Ok(arguments.names.iter().map(|text| name(connection.namespace(), text)).collect());
    }
    let mut specs = Vec::new();
    for document in context.documents {
        match document.content {
            Content::Backup(_) if !document.metadata.name.is_empty() => {
                specs.push(name(context.namespace(document), &document.metadata.name));
            }
            Content::Restore(_) => ui.remark(&format!(
                "the restore `{}` is left alone: `apply` makes nothing of restores",
                document.metadata.name
            ))?,
            _ => {}
        }
    }
    if specs.is_empty() {
        return Err(CommandError::ending(Exit::Findings, "there is no Neo4jBackup in the input")
            .hint("name backups instead: `kubectl neo4j-backup delete NAME`"));
    }
    Ok(specs)
}

fn absent(deletion: &Deletion) -> CommandError {
    let names: Vec<String> =
        deletion.absent.iter().map(|spec| format!("{} in {}", spec.name, spec.namespace)).collect();
    CommandError::ending(Exit::Findings, format!("nothing of ours was found of: {}", names.join(", ")))
        .hint("`kubectl get cronjobs,jobs -A -l neo4j.neo4j.com/backup` shows what there is; --ignore-not-found is fine with nothing")
}

fn name(step: &Step) -> String {
    format!("{}/{}", step.reference.kind.prefix(), step.reference.name)
}

fn rows(deletion: &Deletion) -> Vec<Row> {
    let row = |step: &Step| Row {
        operation: match step.what {
            What::Delete { .. } => "delete",
            What::Release(_) => "update",
        },
        object: name(step),
        namespace: step.reference.namespace.clone(),
        why: step.why.clone(),
    };
    deletion.steps.iter().map(row).collect()
}

fn print(ui: &Ui, deletion: &Deletion, done: &[usize], dry_run: DryRun) -> Result<(), CommandError> {
    let mut out = ui.output();
    for step in done.iter().filter_map(|index| deletion.steps.get(*index)) {
        match step.what {
            What::Delete { .. } => writeln!(
                out,
                "{} \"{}\" deleted{}",
                step.reference.kind.prefix(),
                step.reference.name,
                dry_run.suffix()
            )?,
            What::Release(_) => writeln!(out, "{} configured{}", name(step), dry_run.suffix())?,
        }
    }
    out.flush()?;
    Ok(())
}

/// Says what could not be deleted; the first reason is the command's error.
fn failed(
    ui: &Ui,
    deletion: &Deletion,
    failures: Vec<(usize, ClusterError)>,
) -> std::io::Result<CommandError> {
    let mut messages = ui.messages();
    let mut first = None;
    for (index, error) in failures {
        let subject = deletion.steps.get(index).map(name).unwrap_or_default();
        writeln!(messages, "failed: {subject}: {}", crate::diagnostics::visible_line(&error.to_string()))?;
        first.get_or_insert(error);
    }
    let error =
        first.map_or_else(|| CommandError::ending(Exit::Cluster, "nothing was deleted"), CommandError::from);
    Ok(error.hint("the same command again does the rest"))
}
