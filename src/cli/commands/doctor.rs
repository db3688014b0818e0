//! `doctor`: what stands between specs and good backups.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::bundle::{Bundle, Wanted};
use crate::cli::{CommandError, Exit, Ui, arguments, connection, session};
use crate::cluster::Connection;
use crate::cluster::doctor::{self, Check, Facts, Subject, Verdict, facts, probe, text};
use crate::cluster::status::ask;

/// Find what stands between backups and success
///
/// Looks at everything that a run will need, without changing anything: the server and your rights, the operator
/// and the servers of the target, Secrets (names of keys only), accounts, claims, quotas, Pod Security, network
/// policies, nodes, the last run. Specs come from files, or are found in the cluster by their CronJobs and Jobs;
/// NAME keeps some of them. What you may not see is unknown, and does not fail. With --probe, a short-lived Job for
/// each backup tries the addresses and the storage from inside.
///
/// Exit code 0 when nothing fails, 1 when a check fails, 3 when the API server cannot be reached.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Names of backups; all of the input or the namespace when none is given
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Run a Job for each backup that tries addresses and storage from inside the cluster
    #[arg(long)]
    probe: bool,

    /// Do not ask before a probe
    #[arg(long, short = 'y')]
    yes: bool,

    /// Form of the output
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "text")]
    output: Output,

    #[command(flatten)]
    connection: connection::Flags,
}

const EXAMPLES: &str = "\
Examples:
  # Everything about the backups of a namespace
  kubectl neo4j-backup doctor -n shop

  # Before the first apply
  kubectl neo4j-backup doctor -f backups/ -n shop

  # Try the addresses and the storage from inside, too
  kubectl neo4j-backup doctor nightly -n shop --probe";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// Tables for a page or a comment
    Markdown,
}

type Left = Arc<Mutex<Vec<probe::Made>>>;

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let options = arguments.connection.options(arguments.target.namespace());
    let left: Left = Arc::default();
    let farewell = {
        let left = Arc::clone(&left);
        move || {
            let left = left.lock().unwrap_or_else(PoisonError::into_inner);
            (!left.is_empty()).then(|| "taking the probe away".to_owned())
        }
    };
    let clean = {
        let left = Arc::clone(&left);
        |connection: Connection| async move {
            let made = std::mem::take(&mut *left.lock().unwrap_or_else(PoisonError::into_inner));
            for made in &made {
                // What cannot be deleted ends by its deadline and goes by its time to live.
                let _ = probe::remove(&connection, made).await;
            }
        }
    };
    let ui = &*ui;
    connection::run_and_clean(
        ui,
        &options,
        farewell,
        |connection| examine(ui, arguments, connection, left),
        clean,
    )
}

async fn examine(
    ui: &Ui,
    arguments: Arguments,
    connection: Connection,
    left: Left,
) -> Result<Exit, CommandError> {
    let Arguments { names, input, target, probe, yes, output, .. } = arguments;
    let now = Timestamp::now();
    let from_cluster = input.is_empty();
    let subjects = if from_cluster {
        facts::subjects(&connection, connection.namespace(), &names).await?
    } else {
        let namespace = Some(connection.namespace());
        let Some(ready) = session::prepare(ui, input, &target, namespace, Wanted::Backups, false)? else {
            return Ok(Exit::Findings);
        };
        let context = ready.context();
        let bundle = Bundle::new(&context, Wanted::Backups);
        Subject::of_input(&context, &bundle, &names)
    };
    let namespace = connection.namespace();
    for name in &names {
        if subjects.iter().any(|subject| subject.name == *name) {
            continue;
        }
        if !from_cluster {
            return Err(CommandError::usage(format!("there is no backup `{name}` in the files")));
        }
        if ask::namespace_is_missing(&connection, namespace).await? {
            return Err(CommandError::ending(
                Exit::Cluster,
                format!("the namespace {namespace} does not exist"),
            )
            .hint("`kubectl get namespaces` lists those that do; -n chooses another"));
        }
        let message = format!("there is no backup `{name}` in the namespace {namespace}");
        return Err(CommandError::ending(Exit::Cluster, message).hint(
            "without -f, backups are found by their CronJobs and Jobs in the namespace (-n); give the file with -f",
        ));
    }
    if subjects.is_empty() {
        ui.remark(&format!("no backup is found in {namespace}; only the namespace is examined"))?;
    }
    let facts = facts::gather(&connection, connection.namespace(), &subjects, now).await?;
    let mut checks = doctor::checks(&facts, &subjects);
    // What the server warned of a pod is a check by now, and need not be told again.
    for text in connection.take_warnings() {
        if !checks.iter().any(|check| check.found.contains(&text)) {
            ui.remark(&format!("Warning: {}", crate::diagnostics::visible_line(&text)))?;
        }
    }
    if probe && !subjects.is_empty() {
        if !agreed(ui, &subjects, yes)? {
            return Ok(Exit::Usage);
        }
        for subject in &subjects {
            let found = try_from_inside(ui, &connection, &facts, subject, &left).await?;
            let about = format!("{}/{}", subject.namespace, subject.name);
            let after =
                checks.iter().rposition(|check| check.about == about).map_or(checks.len(), |at| at + 1);
            checks
                .splice(after..after, found.into_iter().map(|check| Check { about: about.clone(), ..check }));
        }
    }
    write(ui, output, &checks)?;
    Ok(if doctor::worst(&checks) == Verdict::Fail { Exit::Findings } else { Exit::Success })
}

/// Shows what probes would do, and asks.
fn agreed(ui: &Ui, subjects: &[Subject], yes: bool) -> Result<bool, CommandError> {
    for subject in subjects {
        ui.remark(&format!("probe {}", probe::announcement(subject)))?;
    }
    if yes {
        return Ok(true);
    }
    if !ui.can_ask() {
        return Err(CommandError::usage("a probe runs a Job and writes a file; nobody can be asked here")
            .hint("give --yes"));
    }
    Ok(ui.confirm("Go on?")?)
}

async fn try_from_inside(
    ui: &Ui,
    connection: &Connection,
    facts: &Facts,
    subject: &Subject,
    left: &Left,
) -> Result<Vec<Check>, CommandError> {
    if let Some(obstacle) = probe::obstacle(facts, subject) {
        return Ok(vec![obstacle]);
    }
    let Some(job) = probe::job(subject) else { return Ok(Vec::new()) };
    let made = match probe::start(connection, subject, &job).await {
        Ok(made) => made,
        Err(error) => return Ok(vec![probe::refused(error)?]),
    };
    left.lock().unwrap_or_else(PoisonError::into_inner).push(made.clone());
    ui.detail(&format!("probing with the Job {}/{}", made.namespace, made.name))?;
    let found = probe::follow(connection, subject, &job, &made).await;
    let removed = probe::remove(connection, &made).await;
    left.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != made);
    let found = found?;
    if let Err(error) = removed {
        ui.remark(&format!(
            "warning: the Job {}/{} stays until its time to live is over: {error}",
            made.namespace, made.name
        ))?;
    }
    Ok(found)
}

fn write(ui: &Ui, output: Output, checks: &[Check]) -> Result<(), CommandError> {
    let mut out = ui.output();
    match output {
        Output::Text => text::human(&mut out, checks, ui.color_output(), !ui.quiet())?,
        Output::Markdown => text::markdown(&mut out, checks)?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, &text::Report::new(checks)).map_err(anyhow::Error::new)?;
            writeln!(out)?;
        }
        Output::Yaml => {
            let text = serde_yaml::to_string(&text::Report::new(checks)).map_err(anyhow::Error::new)?;
            out.write_all(text.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}
