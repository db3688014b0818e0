//! The command line: one file a subcommand, arguments and wiring only.
//!
//! Results go to standard output, everything else to standard error, through [`Ui`] alone. Every command ends
//! in an [`Exit`], whose codes mean the same everywhere (DESIGN.md, "Commands").

mod arguments;
mod commands;
mod completion;
mod connection;
mod error;
mod manners;
mod older;
mod plan_table;
pub mod reference;
mod scaffold;
mod session;
mod ui;

pub use completion::answer_kubectl;
pub use error::{CommandError, Exit};
pub use ui::{ColorChoice, Ui};

use std::ffi::OsString;

use clap::{Parser, Subcommand};

/// Neo4j backups and restores on Kubernetes: check specs, render them, keep them in Git.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl neo4j-backup",
    bin_name = "kubectl neo4j-backup",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = AFTER_HELP
)]
struct Cli {
    #[command(flatten)]
    global: arguments::Global,

    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 fine; 1 error findings or differences; 2 usage, or an input that cannot be opened; 3 cluster; 4 conflict; \
5 the run failed; 6 timeout; 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    Validate(Box<commands::validate::Arguments>),
    Render(commands::render::Arguments),
    Krm(commands::krm::Arguments),
    Emit(commands::emit::Arguments),
    Convert(Box<commands::convert::Arguments>),
    Apply(Box<commands::apply::Arguments>),
    Delete(Box<commands::delete::Arguments>),
    Diff(Box<commands::diff::Arguments>),
    Explain(commands::explain::Arguments),
    Schedule(commands::schedule::Arguments),
    Doctor(Box<commands::doctor::Arguments>),
    Rbac(commands::rbac::Arguments),
    Status(Box<commands::status::Arguments>),
    Init(commands::init::Arguments),
    Schema(commands::schema::Arguments),
    Crds(commands::crds::Arguments),
    Trigger(commands::trigger::Arguments),
    Logs(commands::logs::Arguments),
    Suspend(commands::suspend::SuspendArguments),
    Resume(commands::suspend::ResumeArguments),
    Completion(commands::completion::Arguments),
    Version(commands::version::Arguments),
}

/// The command as clap sees it, for completion and the generated reference.
#[must_use]
pub fn definition() -> clap::Command {
    use clap::CommandFactory;
    Cli::command()
}

/// Runs one command line.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return ui::usage(&error),
    };
    let mut ui = Ui::new(cli.global.color, cli.global.quiet, cli.global.verbose);
    let outcome = match cli.command {
        Command::Validate(arguments) => commands::validate::run(&mut ui, *arguments),
        Command::Render(arguments) => commands::render::run(&mut ui, arguments),
        Command::Krm(arguments) => commands::krm::run(&mut ui, arguments),
        Command::Emit(arguments) => commands::emit::run(&mut ui, arguments),
        Command::Convert(arguments) => commands::convert::run(&mut ui, *arguments),
        Command::Apply(arguments) => commands::apply::run(&mut ui, *arguments),
        Command::Delete(arguments) => commands::delete::run(&mut ui, *arguments),
        Command::Diff(arguments) => commands::diff::run(&mut ui, *arguments),
        Command::Explain(arguments) => commands::explain::run(&mut ui, arguments),
        Command::Schedule(arguments) => commands::schedule::run(&mut ui, arguments),
        Command::Doctor(arguments) => commands::doctor::run(&mut ui, *arguments),
        Command::Rbac(arguments) => commands::rbac::run(&mut ui, arguments),
        Command::Status(arguments) => commands::status::run(&mut ui, *arguments),
        Command::Init(arguments) => commands::init::run(&mut ui, arguments),
        Command::Schema(arguments) => commands::schema::run(&mut ui, arguments),
        Command::Crds(arguments) => commands::crds::run(&mut ui, arguments),
        Command::Trigger(arguments) => commands::trigger::run(&mut ui, arguments),
        Command::Logs(arguments) => commands::logs::run(&mut ui, arguments),
        Command::Suspend(arguments) => commands::suspend::suspend(&mut ui, arguments),
        Command::Resume(arguments) => commands::suspend::resume(&mut ui, arguments),
        Command::Completion(arguments) => commands::completion::run(&mut ui, arguments),
        Command::Version(arguments) => commands::version::run(&mut ui, arguments),
    };
    ui.finish(outcome)
}
