//! `schedule`: a schedule in words, its next runs, and where several meet.

mod report;

use std::io::Write;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::report::{Plan, Problem};
use crate::cli::arguments::{Input, TextOrJson};
use crate::cli::{CommandError, Exit, Ui};
use crate::diagnostics::{NoSources, Report, Severity, render};
use crate::input;
use crate::schedule::{Expression, parse_zone};

/// Say when backups run
///
/// For an expression: the schedule in words, its next runs in its zone and in UTC, and what changes of the clock do to
/// it. For specs: all of it for each, then their runs in one order, and where several start at nearly the same time.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Five cron fields or a macro such as @daily, in quotes
    #[arg(value_name = "EXPR", conflicts_with_all = ["filenames", "kustomize"])]
    expression: Option<String>,

    #[command(flatten)]
    input: Input,

    /// Zone of the expression, an IANA name
    #[arg(long, value_name = "ZONE", default_value = "Etc/UTC", conflicts_with_all = ["filenames", "kustomize"])]
    time_zone: String,

    /// Say what runs after this instant instead of after now
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,

    /// Number of runs of each schedule
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,

    /// Format
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "text")]
    output: TextOrJson,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # What does this expression mean?
  kubectl neo4j-backup schedule \"30 2 * * 1-5\" --time-zone Europe/Berlin

  # When do the backups of this folder run, and which of them meet?
  kubectl neo4j-backup schedule -f backups/

  # The next ten runs after an instant, for a script
  kubectl neo4j-backup schedule @weekly --from 2026-01-01T00:00:00Z --count 10 -o json";

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { expression, input, time_zone, from, count, output, .. } = arguments;
    let from = from.unwrap_or_else(Timestamp::now);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match expression {
        Some(text) => {
            let (plan, problems) = read(String::new(), String::new(), &text, &time_zone, false);
            show_problems(ui, &problems)?;
            let Some(plan) = plan else { return Ok(Exit::Findings) };
            let mut out = ui.output();
            match output {
                TextOrJson::Text => report::write_one(&mut out, &plan, from, count)?,
                TextOrJson::Json => report::write_json(&mut out, &report::one_json(&plan, from, count))?,
            }
            out.flush()?;
            Ok(Exit::Success)
        }
        None if input.is_empty() => {
            Err(CommandError::usage("say which schedule: an expression, or specs with -f or -k")
                .hint("kubectl neo4j-backup schedule \"30 2 * * *\""))
        }
        None => of_specs(ui, input, from, count, output),
    }
}

fn of_specs(
    ui: &Ui,
    input: Input,
    from: Timestamp,
    count: usize,
    output: TextOrJson,
) -> Result<Exit, CommandError> {
    let loaded = input::load(&input.sources(&[])?, std::io::stdin())?;
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    let mut once = 0_usize;
    for document in &loaded.documents {
        let Some(spec) = document.backup() else { continue };
        let Some(expression) = &spec.schedule else {
            once += 1;
            continue;
        };
        let name = match &document.metadata.namespace {
            Some(namespace) => format!("{namespace}/{}", document.metadata.name),
            None => document.metadata.name.clone(),
        };
        let zone = spec.time_zone.as_deref().unwrap_or("Etc/UTC");
        let suspended = spec.suspend == Some(true);
        let (plan, wrong) = read(document.origin.path.to_string(), name, expression, zone, suspended);
        plans.extend(plan);
        problems.extend(wrong);
    }
    let unreadable = show_errors_of_input(ui, loaded.diagnostics)?;
    show_problems(ui, &problems)?;
    let mut out = ui.output();
    match output {
        TextOrJson::Text => report::write_several(&mut out, &plans, from, count)?,
        TextOrJson::Json => report::write_json(&mut out, &report::several_json(&plans, from, count))?,
    }
    out.flush()?;
    drop(out);
    if once > 0 {
        let backups = if once == 1 { "1 backup has" } else { &format!("{once} backups have") };
        ui.remark(&format!("{backups} no schedule and run once"))?;
    }
    Ok(if unreadable || !problems.is_empty() { Exit::Findings } else { Exit::Success })
}

/// Reads a schedule and its zone, and says everything that is wrong with either.
fn read(
    path: String,
    name: String,
    expression: &str,
    zone: &str,
    suspended: bool,
) -> (Option<Plan>, Vec<Problem>) {
    let mut problems = Vec::new();
    let parsed = Expression::parse(expression).map_err(|error| {
        problems.push(Problem::of_expression(&path, &name, expression, &error));
    });
    let parsed_zone = parse_zone(zone).map_err(|error| {
        problems.push(Problem::of_zone(&path, &name, zone, &error));
    });
    let (Ok(expression), Ok(time_zone)) = (parsed, parsed_zone) else { return (None, problems) };
    let time_zone: TimeZone = time_zone;
    (Some(Plan { path, name, expression, zone: zone.to_owned(), time_zone, suspended }), problems)
}

fn show_problems(ui: &Ui, problems: &[Problem]) -> Result<(), CommandError> {
    let mut messages = ui.messages();
    for problem in problems {
        problem.write(&mut messages)?;
    }
    Ok(())
}

/// Shows what kept the input from being read, and says whether there was any.
fn show_errors_of_input(
    ui: &Ui,
    diagnostics: Vec<crate::diagnostics::Diagnostic>,
) -> Result<bool, CommandError> {
    let mut errors = Report::default();
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Error {
            errors.push(diagnostic);
        }
    }
    if errors.worst().is_none() {
        return Ok(false);
    }
    errors.sort();
    let options = render::Options { color: ui.color_messages(), ..render::Options::default() };
    render::write(render::Format::Concise, &mut ui.messages(), &errors, &NoSources, &options)?;
    Ok(true)
}
