//! `logs`: the steps of a run, in order.

use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;

use crate::cli::connection::{self, Flags};
use crate::cli::manners::{self, Lines, Teller, second, verdict};
use crate::cli::{CommandError, Exit, Ui};
use crate::cluster::Connection;
use crate::cluster::attend::{Audience, Observer, attend};
use crate::cluster::logs::{self, Shows, Since};
use crate::cluster::named::{self, Name, NameError, Named};
use crate::cluster::runs::gather::{self, Gathered, Scope};
use crate::cluster::runs::{Phase, Run};

/// Show the logs of a run, step by step
///
/// Shows the steps of the last run, or of --run, in the order in which they ran. With -f it goes on through the steps
/// and retries that follow until the run has ended, takes a connection that was cut up where it stopped, and exits with
/// 5 when the run failed; without -f it exits with 0 when there was a log to show. Where there is none it says why and
/// exits with 1. Credentials that a program wrote into its log are shown as ***.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The backup or restore: its name, that of its CronJob, cronjob/NAME or job/NAME
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(manners::live_names))]
    name: String,

    /// Namespace of the backup
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// The run: the name of its Job; without it the last one
    #[arg(long, value_name = "JOB")]
    run: Option<String>,

    /// Go on until the run has ended
    #[arg(long, short = 'f')]
    follow: bool,

    /// Only this step; repeatable
    #[arg(long, value_name = "STEP")]
    step: Vec<String>,

    /// All attempts of the run, not the last alone
    #[arg(long)]
    all_attempts: bool,

    /// Only lines younger than this, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = connection::parse_duration, conflicts_with = "since_time")]
    since: Option<Duration>,

    /// Only lines from this instant on, such as 2026-01-02T03:04:05Z
    #[arg(long, value_name = "TIME")]
    since_time: Option<Timestamp>,

    /// Lines from the end of each step; -1 is all
    #[arg(long, value_name = "LINES", default_value = "-1", allow_negative_numbers = true)]
    tail: i64,

    /// Write the time before each line
    #[arg(long)]
    timestamps: bool,

    /// Write the step before each line; without it where there are several
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    prefix: Option<bool>,

    /// Accepted for the sake of scripts; nothing is asked
    #[arg(long, short = 'y')]
    yes: bool,

    #[command(flatten)]
    connection: Flags,
}

const EXAMPLES: &str = "\
Examples:
  # The last run
  kubectl neo4j-backup logs nightly -n neo4j

  # Follow the run that is at work
  kubectl neo4j-backup logs nightly -n neo4j -f

  # What did every attempt of that run say about the backup itself?
  kubectl neo4j-backup logs nightly -n neo4j --run nightly-backup-cron-29384710 --all-attempts --step backup";

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let name = Name::parse(&arguments.name)?;
    let options = arguments.connection.options(arguments.namespace.as_deref());
    let ui = &*ui;
    let farewell = arguments.follow.then(|| "the run goes on; the same command follows it again".to_owned());
    connection::run(ui, &options, || farewell.clone(), |connection| work(ui, connection, arguments, name))
}

async fn work(
    ui: &Ui,
    connection: Connection,
    arguments: Arguments,
    name: Name,
) -> Result<Exit, CommandError> {
    let namespace = connection.namespace().to_owned();
    let (gathered, wanted) = runs_of(&connection, &namespace, &name, arguments.run.as_deref()).await?;
    let runs = gathered.runs(Timestamp::now());
    let run = match &wanted {
        Some(job) => runs.iter().find(|run| run.name == *job),
        None => runs.first(),
    };
    let Some(run) = run else { return Err(no_run(&gathered, &runs, &name, wanted.as_deref())) };
    let job = gathered.jobs.iter().find(|job| job.metadata.name.as_ref() == Some(&run.name));
    let steps = chosen(job, &arguments.step)?;
    let shows = Shows {
        steps,
        all_attempts: arguments.all_attempts,
        since: match (arguments.since, arguments.since_time) {
            (Some(time), _) => Since::Ago(time),
            (None, Some(at)) => Since::At(at),
            (None, None) => Since::Beginning,
        },
        tail: (arguments.tail >= 0).then_some(arguments.tail),
    };
    let several = shows.steps.len() > 1 || (arguments.all_attempts && run.attempts.len() > 1);
    let lines = Lines { prefix: arguments.prefix, several, timestamps: arguments.timestamps };
    let mut teller = Teller::new(ui, lines);
    introduce(&mut teller, run, arguments.all_attempts)?;
    if arguments.follow {
        let mut observer = Observer::new(&connection, &namespace, &run.name);
        let ended = attend(&mut observer, Some(&shows), &mut teller).await?;
        let back = format!("kubectl neo4j-backup logs {} -n {namespace} --run {}", name.bare(), run.name);
        let (exit, text) = verdict(&ended, &back);
        match exit {
            Exit::Success => ui.remark(&text)?,
            _ => {
                use std::io::Write as _;
                writeln!(ui.messages(), "error: {text}")?;
            }
        }
        return Ok(exit);
    }
    let shown = logs::show(&connection, run, &shows, &mut teller).await?;
    teller.pause()?;
    for reason in &shown.missing {
        ui.remark(reason)?;
    }
    if shown.steps > 0 {
        return Ok(Exit::Success);
    }
    Err(nothing(run))
}

/// The runs among which to choose, and the Job if it is named.
async fn runs_of(
    connection: &Connection,
    namespace: &str,
    name: &Name,
    wanted: Option<&str>,
) -> Result<(Gathered, Option<String>), CommandError> {
    let found = named::find(connection, namespace, name).await?;
    let job = match (&found, name) {
        (Named::Once(job), Name::Job(_)) => job.metadata.name.clone(),
        _ => None,
    };
    let unknown = || NameError::Foreign { name: name.bare().to_owned(), namespace: namespace.to_owned() };
    let spec = found.spec().ok_or_else(unknown)?;
    let scope = Scope { namespace: namespace.to_owned(), selector: named::selector(spec.kind, &spec.name) };
    let gathered = gather::gather(connection, &scope).await?;
    let wanted = wanted.map(|job| job.rsplit('/').next().unwrap_or(job).to_owned()).or(job);
    Ok((gathered, wanted))
}

/// The steps that are to be shown.
fn chosen(job: Option<&Job>, wanted: &[String]) -> Result<Vec<String>, CommandError> {
    let all = job.map(logs::steps_of).unwrap_or_default();
    if let Some(wrong) = wanted.iter().find(|step| !all.contains(*step)) {
        return Err(CommandError::usage(format!("this run has no step `{wrong}`"))
            .hint(format!("its steps are {}", all.join(", "))));
    }
    Ok(if wanted.is_empty() { all } else { all.into_iter().filter(|step| wanted.contains(step)).collect() })
}

/// Says which run it is, and what is left out.
fn introduce(teller: &mut Teller<'_>, run: &Run, all_attempts: bool) -> std::io::Result<()> {
    let mut text = format!("job.batch/{}", run.name);
    if let Some(began) = run.began() {
        text.push_str(&format!(", begun {}", second(began)));
    }
    text.push_str(&format!(", {}", run.phase.as_str().to_lowercase()));
    let number = run.attempt_number();
    if number > 1 && !all_attempts {
        text.push_str(&format!(", attempt {number}"));
        if run.attempts.len() > 1 {
            text.push_str("; --all-attempts shows the earlier ones too");
        }
    }
    if run.lost_attempts > 0 {
        text.push_str(&format!("; the pods of {} attempts are gone", run.lost_attempts));
    }
    teller.remark(&text)
}

fn no_run(gathered: &Gathered, runs: &[Run], name: &Name, wanted: Option<&str>) -> CommandError {
    let names: Vec<&str> = runs.iter().take(5).map(|run| run.name.as_str()).collect();
    match wanted {
        Some(job) if names.is_empty() => {
            CommandError::ending(Exit::Findings, format!("`{}` has no run {job}, nor any other", name.bare()))
        }
        Some(job) => CommandError::ending(Exit::Findings, format!("`{}` has no run {job}", name.bare()))
            .hint(format!("the last ones are {}", names.join(", "))),
        None => {
            let last = gathered
                .cron_jobs
                .iter()
                .find_map(|cron_job| cron_job.status.as_ref()?.last_schedule_time.as_ref())
                .map(|time| time.0);
            let text = match last {
                Some(at) => format!("the Jobs of `{}` are gone; it was last due {}", name.bare(), second(at)),
                None => format!("`{}` has not run yet", name.bare()),
            };
            CommandError::ending(Exit::Findings, text)
                .hint(format!("run it now with `kubectl neo4j-backup trigger {} --logs`", name.bare()))
        }
    }
}

/// Why there is no log.
fn nothing(run: &Run) -> CommandError {
    let job = &run.name;
    let text = match (&run.cause, run.phase) {
        (Some(cause), _) => format!("job.batch/{job} has no log to show: {cause}"),
        (None, Phase::Pending) => format!("job.batch/{job} has no log yet: no step has begun"),
        (None, _) if run.attempts.is_empty() => {
            format!("the pods of job.batch/{job} are gone, and their logs with them")
        }
        (None, _) => format!("job.batch/{job} has no log to show"),
    };
    let error = CommandError::ending(Exit::Findings, text);
    match &run.cause {
        Some(cause) => error.hint(cause.next_step()),
        None if run.phase == Phase::Pending => error.hint("-f waits for it"),
        None => error,
    }
}
