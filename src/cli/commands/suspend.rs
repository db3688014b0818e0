//! `suspend` and `resume`: stop a schedule by hand, and let it go on.

use std::io::Write;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;

use crate::cli::connection::{self, Flags};
use crate::cli::manners::{self, DryRun, second};
use crate::cli::{CommandError, Exit, Ui};
use crate::cluster::Connection;
use crate::cluster::named::{self, Name, Named};
use crate::cluster::ownership::{self, Owner};
use crate::cluster::runs::gather;
use crate::cluster::status::suspension::Suspension;
use crate::cluster::suspension::{self, MANAGER, Plan, Statement};

/// Suspend the schedules of backups
///
/// Acts at once; a run that is at work goes on. Who did it, when and why stands in annotations that `status` shows. The
/// field belongs to the manager neo4j-backup-suspend from then on, so that a later `apply` of the spec is a conflict
/// (exit code 4) instead of a silent start; `resume` gives it back. For a longer time write `suspend: true` into the
/// spec.
#[derive(Debug, Args)]
#[command(after_help = SUSPEND_EXAMPLES)]
pub(in crate::cli) struct SuspendArguments {
    #[command(flatten)]
    which: Which,

    /// Why, for those who find it suspended
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

const SUSPEND_EXAMPLES: &str = "\
Examples:
  # No backups during a migration
  kubectl neo4j-backup suspend nightly -n neo4j --reason 'migration, Ada'

  # None at all in this namespace
  kubectl neo4j-backup suspend --all -n neo4j";

/// Let the schedules of backups go on
///
/// Acts at once, takes the annotations of `suspend` away and gives the field back to whoever applies the schedule, so
/// that `diff` finds nothing. A run that was due within the starting deadline is made up for at once.
#[derive(Debug, Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub(in crate::cli) struct ResumeArguments {
    #[command(flatten)]
    which: Which,
}

const RESUME_EXAMPLES: &str = "\
Examples:
  # Go on
  kubectl neo4j-backup resume nightly -n neo4j

  # All backups of one deployment
  kubectl neo4j-backup resume -l neo4j.neo4j.com/target=production-cluster -n neo4j";

/// Which schedules, and how.
#[derive(Debug, Args)]
struct Which {
    /// The backups: their names, those of their CronJobs, or cronjob/NAME
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(manners::live_names))]
    names: Vec<String>,

    /// Namespace of the backups
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// All backups that these labels select
    #[arg(long, short = 'l', value_name = "SELECTOR", conflicts_with = "names")]
    selector: Option<String>,

    /// All backups of the namespace
    #[arg(long, conflicts_with_all = ["names", "selector"])]
    all: bool,

    /// Act although Argo CD, Flux or an operator keeps the object as it is, and undoes this
    #[arg(long)]
    override_owner: bool,

    /// Only say what would be done: client without asking, server with the server's judgement
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none", num_args = 0..=1, require_equals = true, default_missing_value = "unchanged")]
    dry_run: DryRun,

    /// Names alone
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT")]
    output: Option<Form>,

    /// Accepted for the sake of scripts; nothing is asked
    #[arg(long, short = 'y')]
    yes: bool,

    #[command(flatten)]
    connection: Flags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The names of the objects
    Name,
}

/// What is to become of the schedules.
enum Wish {
    Suspended { reason: Option<String> },
    Resumed,
}

/// Runs `suspend`.
pub(in crate::cli) fn suspend(ui: &mut Ui, arguments: SuspendArguments) -> Result<Exit, CommandError> {
    let reason = arguments.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    run(ui, arguments.which, Wish::Suspended { reason })
}

/// Runs `resume`.
pub(in crate::cli) fn resume(ui: &mut Ui, arguments: ResumeArguments) -> Result<Exit, CommandError> {
    run(ui, arguments.which, Wish::Resumed)
}

fn run(ui: &Ui, mut which: Which, wish: Wish) -> Result<Exit, CommandError> {
    which.dry_run = which.dry_run.settled(ui)?;
    if which.names.is_empty() && which.selector.is_none() && !which.all {
        return Err(CommandError::usage("no backup is named")
            .hint("give names, -l SELECTOR, or --all for all of the namespace"));
    }
    let names = which.names.iter().map(|name| Name::parse(name)).collect::<Result<Vec<_>, _>>()?;
    let options = which.connection.options(which.namespace.as_deref());
    connection::run(ui, &options, || None, |connection| work(ui, connection, which, names, wish))
}

async fn work(
    ui: &Ui,
    connection: Connection,
    which: Which,
    names: Vec<Name>,
    wish: Wish,
) -> Result<Exit, CommandError> {
    let cron_jobs = find(&connection, &which, &names).await?;
    if cron_jobs.is_empty() {
        ui.remark(&format!("there is no such backup in the namespace {}", connection.namespace()))?;
        return Ok(Exit::Success);
    }
    // All are looked at before any is changed.
    for cron_job in &cron_jobs {
        object(ui, cron_job, &wish, which.override_owner)?;
    }
    let statement = match &wish {
        Wish::Suspended { reason } => Some(Statement {
            by: suspension::who(&connection).await?,
            reason: reason.clone(),
            at: second(Timestamp::now()),
        }),
        Wish::Resumed => None,
    };
    for cron_job in &cron_jobs {
        one(ui, &connection, &which, cron_job, statement.as_ref()).await?;
    }
    Ok(Exit::Success)
}

async fn find(connection: &Connection, which: &Which, names: &[Name]) -> Result<Vec<CronJob>, CommandError> {
    let namespace = connection.namespace();
    if names.is_empty() {
        let selector = gather::selector(which.selector.as_deref().unwrap_or_default());
        return Ok(named::cron_jobs(connection, namespace, &selector).await?);
    }
    let mut found: Vec<CronJob> = Vec::new();
    for name in names {
        match named::find(connection, namespace, name).await? {
            Named::Schedule(cron_job) => {
                // Two names may mean the same one.
                if !found.iter().any(|known| known.metadata.uid == cron_job.metadata.uid) {
                    found.push(*cron_job);
                }
            }
            Named::Once(_) => {
                return Err(CommandError::usage(format!(
                    "`{}` has no schedule that could be suspended or resumed: it runs once",
                    name.bare()
                )));
            }
        }
    }
    Ok(found)
}

/// Refuses what somebody else would undo, or keeps as it is for a reason.
fn object(ui: &Ui, cron_job: &CronJob, wish: &Wish, override_owner: bool) -> Result<(), CommandError> {
    let subject = subject(cron_job);
    let (verb, value) = match wish {
        Wish::Suspended { .. } => ("suspend", "true"),
        Wish::Resumed => ("resume", "false"),
    };
    let undoes =
        |owner: &Owner| matches!(owner, Owner::ArgoCd { .. } | Owner::Flux { .. } | Owner::Controller { .. });
    match ownership::owner(&cron_job.metadata) {
        Some(owner) if undoes(&owner) => {
            let text = format!("{subject} follows from {owner}, which puts back what is changed by hand");
            if !override_owner {
                return Err(CommandError::ending(Exit::Conflict, text)
                    .hint(format!("set `suspend: {value}` in the spec: {}", owner.advice()))
                    .hint(format!("--override-owner does it nevertheless, to {verb} until then")));
            }
            ui.remark(&format!("Warning: {text}"))?;
        }
        Some(owner @ Owner::Helm { .. }) => {
            ui.remark(&format!("Warning: {subject} belongs to {owner}; its next upgrade may undo this"))?;
        }
        _ => {}
    }
    if matches!(wish, Wish::Resumed) && suspension::is_declared(cron_job) && !override_owner {
        return Err(CommandError::ending(
            Exit::Conflict,
            format!("{subject} is suspended because its spec says so"),
        )
        .hint("set `suspend: false` in the spec and apply it")
        .hint("--override-owner resumes it until the next apply"));
    }
    Ok(())
}

async fn one(
    ui: &Ui,
    connection: &Connection,
    which: &Which,
    cron_job: &CronJob,
    statement: Option<&Statement>,
) -> Result<(), CommandError> {
    let plan = match statement {
        Some(statement) => suspension::plan_suspend(cron_job, statement.reason.as_deref()),
        None => suspension::plan_resume(cron_job),
    };
    let subject = subject(cron_job);
    if plan == Plan::Nothing {
        let text = match Suspension::of(cron_job) {
            Some(known) => format!("{subject} already suspended{}", words(&known)),
            None => format!("{subject} is not suspended"),
        };
        return print(ui, which, &subject, &text);
    }
    let dry_run = which.dry_run;
    if dry_run != DryRun::Client {
        let server_only = dry_run == DryRun::Server;
        match statement {
            Some(statement) => {
                suspension::suspend(connection, cron_job, statement, server_only).await?;
            }
            None => {
                suspension::resume(connection, cron_job, server_only).await?;
            }
        }
    }
    let done = if statement.is_some() { "suspended" } else { "resumed" };
    print(ui, which, &subject, &format!("{subject} {done}{}", dry_run.suffix()))?;
    let Some(_) = statement else { return Ok(()) };
    for active in cron_job.status.iter().filter_map(|status| status.active.as_ref()).flatten() {
        let job = active.name.as_deref().unwrap_or_default();
        ui.remark(&format!("job.batch/{job} is at work and goes on"))?;
    }
    if dry_run == DryRun::None {
        ui.remark(&format!(
            "until it is resumed, applying its spec is a conflict with {MANAGER}; for good, put `suspend: true` into the spec"
        ))?;
    }
    Ok(())
}

fn print(ui: &Ui, which: &Which, subject: &str, text: &str) -> Result<(), CommandError> {
    let mut out = ui.output();
    match which.output {
        Some(Form::Name) => writeln!(out, "{subject}")?,
        None => writeln!(out, "{text}")?,
    }
    out.flush()?;
    Ok(())
}

fn subject(cron_job: &CronJob) -> String {
    format!("cronjob.batch/{}", cron_job.metadata.name.as_deref().unwrap_or_default())
}

/// ` by ada since 2026-01-02T03:04:05Z: migration`
fn words(suspension: &Suspension) -> String {
    let mut text = String::new();
    if let Some(by) = &suspension.by {
        text.push_str(&format!(" by {by}"));
    }
    if let Some(since) = suspension.since {
        text.push_str(&format!(" since {}", second(since)));
    }
    if let Some(reason) = &suspension.reason {
        text.push_str(&format!(": {reason}"));
    }
    text
}
