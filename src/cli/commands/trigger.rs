//! `trigger`: runs a scheduled backup now.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use k8s_openapi::api::batch::v1::{CronJob, Job};

use crate::cli::connection::{self, Flags};
use crate::cli::manners::{self, DryRun, Lines, Teller, verdict};
use crate::cli::{CommandError, Exit, Ui};
use crate::cluster::attend::{Ended, Observer, attend};
use crate::cluster::launch::{self, JobName};
use crate::cluster::logs::{self, Shows};
use crate::cluster::named::{self, Name, Named};
use crate::cluster::status::suspension::Suspension;
use crate::cluster::{ClusterError, Connection};

/// Run a scheduled backup now
///
/// Makes a Job from the backup's CronJob as `kubectl create job --from` does it, and acts at once. With --wait it stays
/// until the run has ended: exit code 0 when it succeeded, 5 when it failed (with the reason), 6 when --timeout passed
/// first. Ctrl-C and --timeout end the waiting, never the run. Until somebody who waited has seen how it ended, the Job
/// is kept from the history limits; nobody there, it goes by itself a day after its end.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The backup: its name, that of its CronJob, or cronjob/NAME
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(manners::live_names))]
    name: String,

    /// Namespace of the backup
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Name of the Job; without it one is made up from the CronJob's
    #[arg(long = "name", value_name = "JOB")]
    job_name: Option<String>,

    /// Wait until the run has ended
    #[arg(long)]
    wait: bool,

    /// Longest time to wait, such as 2h; 0 is no bound
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = connection::parse_duration)]
    timeout: Duration,

    /// Wait, and show the logs of all steps meanwhile
    #[arg(long, conflicts_with = "output")]
    logs: bool,

    /// Run although another run of this backup is at work; both write into one folder
    #[arg(long)]
    allow_overlap: bool,

    /// Only say what would be done: client without asking, server with the server's judgement
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none", num_args = 0..=1, require_equals = true, default_missing_value = "unchanged")]
    dry_run: DryRun,

    /// Form of the output: the Job, with --wait as it ended
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT")]
    output: Option<Form>,

    /// Accepted for the sake of scripts; nothing is asked
    #[arg(long, short = 'y')]
    yes: bool,

    #[command(flatten)]
    connection: Flags,
}

const EXAMPLES: &str = "\
Examples:
  # Back up now
  kubectl neo4j-backup trigger nightly -n neo4j

  # Back up before a migration, and go on only when there is a backup
  kubectl neo4j-backup trigger nightly -n neo4j --wait --timeout 2h && ./migrate.sh

  # Watch it
  kubectl neo4j-backup trigger nightly -n neo4j --logs

  # See the Job that would be made
  kubectl neo4j-backup trigger nightly -n neo4j --dry-run=client -o yaml";

/// Forms of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The Job's name
    Name,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// What is said when the waiting ends before the run; empty as long as there is no run.
type Farewell = Rc<RefCell<Option<String>>>;

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let ui = &*ui;
    let dry_run = arguments.dry_run.settled(ui)?;
    let name = Name::parse(&arguments.name)?;
    if let Some(job) = &arguments.job_name
        && job.len() > launch::LONGEST_NAME
    {
        return Err(CommandError::usage(format!(
            "--name has {} characters, and a Job's name at most {}, because its pods carry it in a label",
            job.len(),
            launch::LONGEST_NAME
        )));
    }
    if !arguments.timeout.is_zero() && !arguments.wait && !arguments.logs {
        return Err(CommandError::usage("--timeout bounds the waiting, and nothing waits")
            .hint("give --wait or --logs"));
    }
    let options = arguments.connection.options(arguments.namespace.as_deref());
    let farewell = Farewell::default();
    let spoken = Rc::clone(&farewell);
    connection::run(
        ui,
        &options,
        move || spoken.borrow().clone(),
        |connection| work(ui, connection, arguments, name, dry_run, farewell),
    )
}

async fn work(
    ui: &Ui,
    connection: Connection,
    arguments: Arguments,
    name: Name,
    dry_run: DryRun,
    farewell: Farewell,
) -> Result<Exit, CommandError> {
    let namespace = connection.namespace().to_owned();
    let cron_job = match named::find(&connection, &namespace, &name).await? {
        Named::Schedule(cron_job) => *cron_job,
        Named::Once(job) => return Err(once(&job, &name)),
    };
    let cron_job_name = cron_job.metadata.name.clone().unwrap_or_default();
    let others = launch::unfinished(&connection, &cron_job).await?;
    if let Some(other) = others.first() {
        let text = format!("job.batch/{other} of this backup is still at work");
        if !launch::may_overlap(&cron_job) && !arguments.allow_overlap {
            return Err(CommandError::ending(
                Exit::Conflict,
                format!("{text}, and two runs would write into one folder"),
            )
            .hint(format!("follow it with `{}`", back(&connection, &name, other)))
            .hint("--allow-overlap starts another one nevertheless"));
        }
        ui.remark(&format!("Warning: {text}"))?;
    }
    if let Some(suspension) = Suspension::of(&cron_job) {
        let by = suspension.by.map(|by| format!(" by {by}")).unwrap_or_default();
        ui.remark(&format!(
            "the schedule of cronjob.batch/{cron_job_name} is suspended{by}; this run takes place nevertheless"
        ))?;
    }
    let wait = arguments.wait || arguments.logs;
    // Somebody who waits sees the end; a run that nobody waits for is held only where no history would keep it.
    let held = wait || launch::keeps_no_history(&cron_job);
    if dry_run == DryRun::Client {
        let generated = || JobName::Generated(launch::prefix(&cron_job_name));
        let wanted = arguments.job_name.map_or_else(generated, JobName::Given);
        let job = launch::job(&cron_job, wanted, held);
        return print(ui, &job, arguments.output, "created", dry_run);
    }
    let job_name = arguments.job_name.unwrap_or_else(|| launch::name(&cron_job_name, launch::random()));
    let created = launch::create(&connection, &cron_job, &job_name, held, dry_run == DryRun::Server).await?;
    if dry_run == DryRun::Server {
        return print(ui, &created.job, arguments.output, "created", dry_run);
    }
    let back = back(&connection, &name, &job_name);
    if !wait {
        let exit = print(ui, &created.job, arguments.output, "created", dry_run)?;
        if held {
            ui.remark("its CronJob keeps no history, so this Job stays for a day after its end")?;
        }
        ui.remark(&format!("follow it with `{back}`"))?;
        return Ok(exit);
    }
    *farewell.borrow_mut() = Some(format!("job.batch/{job_name} goes on; get back to it with `{back}`"));
    if !matches!(arguments.output, Some(Form::Json | Form::Yaml)) {
        print(ui, &created.job, arguments.output, "created", dry_run)?;
    }
    let shows = arguments.logs.then(|| Shows {
        steps: logs::steps_of(&created.job),
        all_attempts: true,
        ..Shows::default()
    });
    let several = shows.as_ref().is_some_and(|shows| shows.steps.len() > 1);
    let mut teller = Teller::new(ui, Lines { several, ..Lines::default() });
    let mut observer = Observer::new(&connection, &namespace, &job_name);
    let attending = attend(&mut observer, shows.as_ref(), &mut teller);
    let ended = if arguments.timeout.is_zero() {
        attending.await?
    } else {
        match tokio::time::timeout(arguments.timeout, attending).await {
            Ok(ended) => ended?,
            Err(_) => {
                let time = manners::words(arguments.timeout);
                return Err(CommandError::ending(
                    Exit::Timeout,
                    format!("job.batch/{job_name} did not end within {time}; it goes on"),
                )
                .hint(format!("get back to it with `{back}`")));
            }
        }
    };
    // From here on Ctrl-C has nothing to get back to.
    *farewell.borrow_mut() = None;
    finish(ui, &connection, &cron_job, &ended, arguments.output, &back).await
}

/// Tells how the run ended and, now that it has been seen, hands the Job over to the history.
async fn finish(
    ui: &Ui,
    connection: &Connection,
    cron_job: &CronJob,
    ended: &Ended,
    form: Option<Form>,
    back: &str,
) -> Result<Exit, CommandError> {
    let (exit, text) = verdict(ended, back);
    match form {
        Some(Form::Json | Form::Yaml) => {
            print(ui, &ended.job, form, "", DryRun::None)?;
        }
        None if exit == Exit::Success => {
            let mut out = ui.output();
            writeln!(out, "{text}")?;
            out.flush()?;
        }
        _ => {}
    }
    let succeeded = exit == Exit::Success;
    if !succeeded {
        // Not a remark: --quiet leaves errors.
        let mut messages = ui.messages();
        writeln!(messages, "error: {text}")?;
    }
    let keeps = launch::history_limit(cron_job, succeeded) > 0;
    if succeeded || keeps {
        match launch::hand_over(connection, &ended.job, cron_job).await {
            Ok(()) => {}
            Err(ClusterError::Forbidden { .. }) => ui.detail(
                "patching Jobs is not allowed, so this one stays out of the CronJob's history and goes in a day",
            )?,
            Err(error) => ui.remark(&format!(
                "Warning: the Job stays out of the CronJob's history and goes in a day: {error}"
            ))?,
        }
    } else if !matches!(ended.end, crate::cluster::attend::End::Deleted | crate::cluster::attend::End::Lost) {
        ui.remark("its CronJob keeps no failed Jobs, so this one stays for a day, and its logs with it")?;
    }
    Ok(exit)
}

/// What to do about a backup without a schedule.
fn once(job: &Job, name: &Name) -> CommandError {
    let job = job.metadata.name.clone().unwrap_or_default();
    CommandError::usage(format!(
        "`{}` has no schedule: its Job job.batch/{job} runs once, and there is no CronJob to make another from",
        name.bare()
    ))
    .hint("run it again with `kubectl neo4j-backup apply -f FILE --rerun`")
}

/// The command that gets back to a run.
fn back(connection: &Connection, name: &Name, job: &str) -> String {
    format!("kubectl neo4j-backup logs {} -n {} --run {job} -f", name.bare(), connection.namespace())
}

fn print(ui: &Ui, job: &Job, form: Option<Form>, verb: &str, dry_run: DryRun) -> Result<Exit, CommandError> {
    let mut out = ui.output();
    let name = match (&job.metadata.name, &job.metadata.generate_name) {
        (Some(name), _) => name.clone(),
        (None, Some(prefix)) => format!("{prefix}?????"),
        (None, None) => String::new(),
    };
    let mut job = job.clone();
    job.metadata.managed_fields = None;
    match form {
        None => writeln!(out, "job.batch/{name} {verb}{}", dry_run.suffix())?,
        Some(Form::Name) => writeln!(out, "job.batch/{name}")?,
        Some(Form::Json) => {
            serde_json::to_writer_pretty(&mut out, &job).map_err(anyhow::Error::from)?;
            writeln!(out)?;
        }
        Some(Form::Yaml) => {
            out.write_all(serde_yaml::to_string(&job).map_err(anyhow::Error::from)?.as_bytes())?
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}
