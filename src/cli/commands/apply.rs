//! `apply`: makes the cluster what the specs say.

use std::cell::Cell;
use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::bundle::{Bundle, Wanted};
use crate::cli::connection::{self, parse_duration};
use crate::cli::manners::DryRun;
use crate::cli::plan_table::{self, Row};
use crate::cli::{CommandError, Exit, Ui, arguments, session};
use crate::cluster::apply::{self, Action, Once, Options, Plan, Report, Step, Weight, With};
use crate::cluster::applyset::{ApplySet, ParentError};
use crate::cluster::{ClusterError, Connection};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::input::locate::{self, Finding};
use crate::render::SpecName;
use crate::rules::Context;

/// Make the cluster what the specs say
///
/// Shows the plan first: on a terminal it asks, off a terminal it needs --yes. Objects that are as they should be are
/// not sent. Restores are left out. Backups without a schedule run once: when their spec has changed since, --rerun or
/// --replace says what happens. What belongs to Argo CD, Flux, Helm or an operator is refused with the place to change
/// it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Carry the plan out without asking
    #[arg(long, short = 'y')]
    yes: bool,

    /// Change nothing: `client` only reads, `server` lets the API server judge too
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

    /// Take fields that other field managers have set
    #[arg(long)]
    force_conflicts: bool,

    /// Write objects that belong to another tool or person
    #[arg(long)]
    override_owner: bool,

    /// Set that the objects are in: NAME or configmap/NAME, or secret/NAME
    #[arg(long, value_name = "NAME")]
    applyset: Option<String>,

    /// Delete objects of the set that no spec gives any more
    #[arg(long, requires = "applyset")]
    prune: bool,

    /// Apply these too: the CustomResourceDefinitions, the specs themselves; repeatable
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    with: Vec<More>,

    /// Run changed one-shot backups again, in place of the old Job
    #[arg(long, conflicts_with = "rerun")]
    replace: bool,

    /// Run changed one-shot backups again, beside the old Job
    #[arg(long)]
    rerun: bool,

    /// Wait until claims are bound and one-shot backups have ended
    #[arg(long)]
    wait: bool,

    /// Longest time to wait, such as 30m; 0 is no bound
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_duration, requires = "wait")]
    timeout: Duration,

    /// Print the objects in this form instead of what was done
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT")]
    output: Option<OutputFormat>,

    #[command(flatten)]
    connection: connection::Flags,
}

const EXAMPLES: &str = "\
Examples:
  # See the plan, and be asked
  kubectl neo4j-backup apply -f backups/

  # In a pipeline
  kubectl neo4j-backup apply -f backups/ -n neo4j --yes

  # What would the API server say?
  kubectl neo4j-backup apply -f backups/ --dry-run=server

  # Delete what no spec gives any more, of this set alone
  kubectl neo4j-backup apply -f backups/ --applyset backups --prune --yes

  # A backup now, and wait for it
  kubectl neo4j-backup apply -f once.yaml --yes --wait --timeout 2h

  # It has changed: run it again, and keep the old Job
  kubectl neo4j-backup apply -f once.yaml --rerun --yes";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum More {
    /// The CustomResourceDefinitions
    Crds,
    /// The specs themselves
    Specs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    /// Names alone
    Name,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, mut arguments: Arguments) -> Result<Exit, CommandError> {
    arguments.dry_run = arguments.dry_run.settled(ui)?;
    let options = arguments.connection.options(arguments.target.namespace());
    let ui = &*ui;
    let phase = Cell::new(Phase::Looking);
    let farewell = || match phase.get() {
        Phase::Looking => None,
        Phase::Writing => Some(
            "interrupted: some objects may have been applied; the same command again does the rest"
                .to_owned(),
        ),
        Phase::Waiting => {
            Some("interrupted: everything is applied and goes on; the same command again waits on".to_owned())
        }
    };
    connection::run(ui, &options, farewell, |connection| work(ui, connection, arguments, &phase))
}

/// How far the command is, for what is said when somebody interrupts it.
#[derive(Clone, Copy)]
enum Phase {
    Looking,
    Writing,
    Waiting,
}

async fn work(
    ui: &Ui,
    connection: Connection,
    arguments: Arguments,
    phase: &Cell<Phase>,
) -> Result<Exit, CommandError> {
    let Arguments { input, target, yes, dry_run, with, wait, timeout, output, .. } = &arguments;
    let options = options(&arguments, &connection)?;
    let prepared =
        session::prepare(ui, input.clone(), target, Some(connection.namespace()), Wanted::Backups, false)?;
    let Some(mut ready) = prepared else { return Ok(Exit::Findings) };
    let with = With { definitions: with.contains(&More::Crds), specs: with.contains(&More::Specs) };
    let (desired, specs) = {
        let context = ready.context();
        apply::gather(&Bundle::new(&context, Wanted::Backups), &context, with).map_err(anyhow::Error::from)?
    };
    let plan = apply::prepare(&connection, desired, &specs, &options).await.map_err(parent_error)?;
    let found = findings(&plan, &ready.context());
    ready.session.report.diagnostics = found;
    ready.session.report.sort();
    session::tell(ui, &mut ready.session, false)?;
    for words in &plan.unknown {
        ui.remark(&format!("note: {}", crate::diagnostics::visible_line(words)))?;
    }
    plan.warnings().into_iter().try_for_each(|text| warn(ui, text))?;
    if let Some(weight) = plan.obstacle() {
        ui.remark("nothing was applied")?;
        return Ok(exit(weight));
    }

    let alone = if plan.objections.iter().any(|objection| objection.weight == Weight::Alone) {
        Exit::Findings
    } else {
        Exit::Success
    };
    let mut report = Report::default();
    if plan.does_something() {
        plan_table::show(ui, &rows(&plan))?;
        if *dry_run == DryRun::None {
            if !plan_table::agreed(ui, *yes, "Apply this?").await? {
                ui.remark("nothing was applied")?;
                return Ok(Exit::Findings);
            }
            phase.set(Phase::Writing);
            report = apply::execute(&connection, &plan, |_| {}).await;
            phase.set(Phase::Looking);
            report.warnings.iter().try_for_each(|text| warn(ui, text))?;
        }
    }
    print(ui, &plan, &report, *dry_run, *output)?;
    if !report.failed.is_empty() {
        return failed(ui, &plan, report);
    }
    if *wait && *dry_run == DryRun::None {
        phase.set(Phase::Waiting);
        let ended = waited(ui, &connection, &plan, Some(*timeout).filter(|time| !time.is_zero())).await?;
        if ended != Exit::Success {
            return Ok(ended);
        }
    }
    Ok(alone)
}

/// Tells a warning of the server.
fn warn(ui: &Ui, text: &str) -> std::io::Result<()> {
    ui.remark(&format!("Warning: {}", crate::diagnostics::visible_line(text)))
}

fn options(arguments: &Arguments, connection: &Connection) -> Result<Options, CommandError> {
    let set = match &arguments.applyset {
        None => None,
        Some(text) => Some(ApplySet::parse(text, connection.namespace()).ok_or_else(|| {
            CommandError::usage(format!("--applyset {text} names no set"))
                .hint("NAME or configmap/NAME, or secret/NAME, in the namespace of the command")
        })?),
    };
    Ok(Options {
        force_conflicts: arguments.force_conflicts,
        override_owner: arguments.override_owner,
        once: match (arguments.replace, arguments.rerun) {
            (true, _) => Once::Replace,
            (_, true) => Once::Rerun,
            _ => Once::Leave,
        },
        set,
        prune: arguments.prune,
        only_read: arguments.dry_run == DryRun::Client,
    })
}

fn parent_error(error: ParentError) -> CommandError {
    match error {
        ParentError::Cluster(error) => error.into(),
        error => CommandError::ending(Exit::Conflict, error.to_string()),
    }
}

const fn exit(weight: Weight) -> Exit {
    match weight {
        Weight::Notice => Exit::Success,
        Weight::Alone | Weight::Finding => Exit::Findings,
        Weight::Conflict => Exit::Conflict,
        Weight::Cluster => Exit::Cluster,
    }
}

/// What speaks against the plan, at the specs that it is about.
fn findings(plan: &Plan, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    for objection in &plan.objections {
        let mut finding = Finding::new(objection.definition, "metadata.name", objection.message.clone());
        if !objection.help.is_empty() {
            finding = finding.help(objection.help.clone());
        }
        all.extend(placed(context, objection.spec.as_ref(), finding));
    }
    for kept in &plan.kept {
        let message = format!("{} stays: {}", kept.reference, kept.reason);
        let mut finding = Finding::new(&codes::KEPT_FROM_PRUNING, "metadata.name", message);
        finding =
            finding.help("it is looked at again at the next pruning; `explain NB830` says what is kept");
        all.extend(placed(context, None, finding));
    }
    all
}

/// A finding at the spec that it is about; at no place when specs share the object.
pub(in crate::cli) fn placed(
    context: &Context<'_>,
    spec: Option<&SpecName>,
    finding: Finding,
) -> Vec<Diagnostic> {
    let document = spec.and_then(|spec| {
        context.documents.iter().find(|document| {
            document.backup().is_some()
                && document.metadata.name == spec.name
                && context.namespace(document) == spec.namespace
        })
    });
    match document {
        Some(document) => locate::diagnostics(document, vec![finding], context.documents),
        None => {
            let mut diagnostic = Diagnostic::new(finding.definition, Place::file(""), finding.message);
            diagnostic.help = finding.help;
            vec![diagnostic]
        }
    }
}

fn name(step: &Step) -> String {
    format!("{}/{}", step.reference.kind.prefix(), step.reference.name)
}

fn rows(plan: &Plan) -> Vec<Row> {
    let mut rows: Vec<Row> = plan
        .steps
        .iter()
        .filter(|step| step.does_something())
        .map(|step| Row {
            operation: match step.action {
                Action::Create => "create",
                Action::Update | Action::Keep => "update",
                Action::Replace => "replace",
                Action::Rerun => "run again",
                Action::Prune { .. } => "prune",
            },
            object: name(step),
            namespace: step.reference.namespace.clone(),
            why: step.why.clone(),
        })
        .collect();
    if let Some((set, before)) = &plan.set
        && (plan.parent.0.is_some() || plan.parent.1.is_some())
    {
        let parent = set.parent();
        rows.push(Row {
            operation: if before.is_some() { "update" } else { "create" },
            object: format!("{}/{}", parent.kind.prefix(), parent.name),
            namespace: parent.namespace.clone(),
            why: "says what is in the set".to_owned(),
        });
    }
    rows
}

/// What became of a step, in kubectl's words.
fn result(step: &Step) -> &'static str {
    match step.action {
        Action::Create | Action::Rerun => "created",
        Action::Update => "configured",
        Action::Keep if step.enlist => "configured",
        Action::Keep => "unchanged",
        Action::Replace => "replaced",
        Action::Prune { .. } => "pruned",
    }
}

fn print(
    ui: &Ui,
    plan: &Plan,
    report: &Report,
    dry_run: DryRun,
    output: Option<OutputFormat>,
) -> Result<(), CommandError> {
    let done = |index: usize| report.done.iter().find(|(step, _)| *step == index);
    let shown =
        plan.steps.iter().enumerate().filter(|(index, step)| {
            !step.does_something() || dry_run != DryRun::None || done(*index).is_some()
        });
    let mut out = ui.output();
    match output {
        None => {
            for (_, step) in shown {
                writeln!(out, "{} {}{}", name(step), result(step), dry_run.suffix())?;
            }
        }
        Some(OutputFormat::Name) => {
            for (_, step) in shown {
                writeln!(out, "{}", name(step))?;
            }
        }
        Some(format) => {
            let items: Vec<Value> = shown
                .filter(|(_, step)| !matches!(step.action, Action::Prune { .. }))
                .filter_map(|(index, step)| object(plan, step, done(index)))
                .collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            match format {
                OutputFormat::Json => {
                    serde_json::to_writer_pretty(&mut out, &list).map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
                _ => {
                    let text = serde_yaml::to_string(&list).map_err(anyhow::Error::from)?;
                    out.write_all(text.as_bytes())?;
                }
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The object as it is now, or would be.
fn object(
    plan: &Plan,
    step: &Step,
    done: Option<&(usize, Option<kube::core::DynamicObject>)>,
) -> Option<Value> {
    let change = step.change.and_then(|index| plan.changes.get(index))?;
    let live =
        done.and_then(|(_, object)| object.as_ref()).or(change.merged.as_ref()).or(change.live.as_ref());
    let mut value = match live {
        Some(live) => serde_json::to_value(live).ok()?,
        None => plan.desired.get(*change.parts.first()?)?.object.clone(),
    };
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    Some(value)
}

/// Says what was applied and what was not, and why.
fn failed(ui: &Ui, plan: &Plan, report: Report) -> Result<Exit, CommandError> {
    let named = |index: &usize| plan.steps.get(*index).map(name).unwrap_or_default();
    let done: Vec<String> = report.done.iter().map(|(index, _)| named(index)).collect();
    let left: Vec<String> = report.left.iter().map(named).collect();
    let mut messages = ui.messages();
    let mut first: Option<ClusterError> = None;
    for failure in report.failed {
        let subject = failure.step.as_ref().map_or_else(|| "the set's parent".to_owned(), named);
        let words = failure.error.to_string();
        writeln!(messages, "failed: {subject}: {}", crate::diagnostics::visible_line(&words))?;
        first.get_or_insert(failure.error);
    }
    let list = |items: &[String]| {
        if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
    };
    writeln!(messages, "applied: {}", list(&done))?;
    writeln!(messages, "not tried: {}", list(&left))?;
    drop(messages);
    match first {
        Some(error) => Err(CommandError::from(error).hint("the same command again does the rest")),
        None => Ok(Exit::Cluster),
    }
}

async fn waited(
    ui: &Ui,
    connection: &Connection,
    plan: &Plan,
    timeout: Option<Duration>,
) -> Result<Exit, CommandError> {
    let objects = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.action, Action::Prune { .. }))
        .map(|step| step.reference.clone())
        .collect();
    let ended = apply::wait(connection, objects, timeout, |reference, words| {
        // Standard error may be gone; the waiting has its own result.
        let _ = ui.remark(&format!("{}/{}: {words}", reference.kind.prefix(), reference.name));
    })
    .await?;
    for (reference, words) in &ended.late {
        ui.remark(&format!("{reference} is not there in time: {words}"))?;
    }
    for (reference, words) in &ended.failed {
        let words = crate::diagnostics::visible_line(words);
        writeln!(ui.messages(), "error: {reference} {words}")?;
    }
    Ok(match (ended.failed.is_empty(), ended.late.is_empty()) {
        (false, _) => Exit::RunFailed,
        (true, false) => Exit::Timeout,
        (true, true) => Exit::Success,
    })
}
