//! `status`: how every backup is, and what is wrong with it.

mod declared;
mod output;

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use self::output::{Form, Screen};
use crate::cli::connection::{self, Flags};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::cluster::Connection;
use crate::cluster::status::ask::{Answer, ask_all};
use crate::cluster::status::watch::Changes;
use crate::cluster::status::{self, Declared, Entry, check};

/// Show how backups are
///
/// For every backup in the namespace, or for those of the files: when one last succeeded, why the last one failed,
/// what runs now, what was missed, what comes next, who suspended it. With one name: its runs, their steps, the causes
/// and what to do next. Nothing is changed, and nothing but reading rights in one namespace is needed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Names of backups or restores; KIND/NAME where both have the name
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Look in all namespaces
    #[arg(long, short = 'A', conflicts_with = "namespace")]
    all_namespaces: bool,

    /// Only what these labels select
    #[arg(long, short = 'l', value_name = "SELECTOR", default_value = "")]
    selector: String,

    /// Form of the output; without it a table, or for a single name all details
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT")]
    output: Option<Form>,

    /// Leave the line with the column names out
    #[arg(long)]
    no_headers: bool,

    /// Go on and show every change
    #[arg(long, short = 'w', conflicts_with = "max_age")]
    watch: bool,

    /// Check that each scheduled backup last succeeded within this time, such as 26h; exit 1 when one did not
    #[arg(long, value_name = "DURATION", value_parser = connection::parse_duration)]
    max_age: Option<Duration>,

    #[command(flatten)]
    connection: Flags,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # How are the backups of this namespace?
  kubectl neo4j-backup status -n neo4j

  # Why did this one fail?
  kubectl neo4j-backup status nightly -n neo4j

  # Is what lies in Git what runs?
  kubectl neo4j-backup status -f backups/

  # For a monitor: one line for each backup whose last success is older than 26 hours, and exit code 1
  kubectl neo4j-backup status -A --max-age 26h

  # Follow them
  kubectl neo4j-backup status --watch";

/// What is asked for, once it is clear where.
struct Question {
    names: Vec<String>,
    declared: Vec<Declared>,
    only_declared: bool,
    /// None are all.
    namespaces: Vec<String>,
    selector: String,
}

impl Question {
    fn entries(&self, answer: &Answer, now: Timestamp) -> Vec<Entry> {
        let mut entries = status::assess(answer, &self.declared, self.only_declared, now);
        if !self.names.is_empty() {
            entries.retain(|entry| status::is_named(&entry.key, &self.names));
        }
        entries
    }

    /// Names that nothing has.
    fn unknown(&self, entries: &[Entry]) -> Vec<String> {
        let known = |name: &String| {
            entries.iter().any(|entry| status::is_named(&entry.key, std::slice::from_ref(name)))
        };
        self.names.iter().filter(|name| !known(name)).cloned().collect()
    }

    fn place(&self) -> String {
        match self.namespaces.as_slice() {
            [] => "any namespace".to_owned(),
            [one] => format!("the namespace {one}"),
            several => format!("the namespaces {}", several.join(", ")),
        }
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let options = arguments.connection.options(arguments.target.namespace());
    let ui = &*ui;
    connection::run(ui, &options, || None, |connection| work(ui, connection, arguments))
}

async fn work(ui: &Ui, connection: Connection, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments {
        names, input, target, all_namespaces, selector, output, no_headers, watch, max_age, ..
    } = arguments;
    let only_declared = !input.is_empty();
    let declared = if only_declared {
        match declared::read(ui, input, &target, connection.namespace())? {
            Some(declared) => declared,
            None => return Ok(Exit::Findings),
        }
    } else {
        Vec::new()
    };
    let namespaces = if all_namespaces {
        Vec::new()
    } else if only_declared {
        let mut namespaces: Vec<String> = declared.iter().map(|spec| spec.key.namespace.clone()).collect();
        namespaces.sort();
        namespaces.dedup();
        namespaces
    } else {
        vec![connection.namespace().to_owned()]
    };
    let screen = Screen {
        form: output,
        headers: !no_headers,
        namespaces: namespaces.len() != 1,
        single: names.len() == 1,
    };
    let question = Question { names, declared, only_declared, namespaces, selector };
    if watch {
        return follow(ui, &connection, &question, &screen).await;
    }

    let answer = ask_all(&connection, &question.namespaces, &question.selector).await?;
    let now = Timestamp::now();
    for gap in status::gaps(&answer) {
        ui.remark(&format!("note: {}", crate::diagnostics::visible_line(&gap)))?;
    }
    let mut entries = question.entries(&answer, now);
    let unknown = question.unknown(&entries);
    tell_namespaces(ui, &answer, entries.is_empty())?;
    if let Some(bound) = max_age {
        let named = !question.names.is_empty();
        let verdict = check::check(&mut entries, bound, named, now);
        output::verdict(ui, &screen, &entries, &verdict, &question.place(), now)?;
        not_found(&unknown, &question)?;
        let fine = verdict.violations.is_empty() && verdict.checked > 0;
        return Ok(if fine { Exit::Success } else { Exit::Findings });
    }
    if entries.is_empty() && unknown.is_empty() && !screen.is_machine() {
        ui.remark(&format!("No backups found in {}.", question.place()))?;
    } else if !entries.is_empty() || screen.is_machine() {
        output::write(ui, &screen, &entries, now)?;
    }
    not_found(&unknown, &question)?;
    Ok(Exit::Success)
}

/// An empty list of a namespace that does not exist must not look like peace and quiet.
fn tell_namespaces(ui: &Ui, answer: &Answer, empty: bool) -> Result<(), CommandError> {
    for namespace in answer.going.keys() {
        let definition = &crate::diagnostics::codes::NAMESPACE_GOING;
        ui.remark(&format!("warning[{}]: the namespace {namespace} is being deleted", definition.code))?;
    }
    match answer.missing.first() {
        Some(namespace) if empty => {
            Err(CommandError::ending(Exit::Cluster, format!("the namespace {namespace} does not exist"))
                .hint("`kubectl get namespaces` lists those that do; backups on claims went with it, unless their volumes are retained"))
        }
        _ => Ok(()),
    }
}

fn not_found(unknown: &[String], question: &Question) -> Result<(), CommandError> {
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Err(CommandError::ending(Exit::Cluster, format!("no backup or restore {names} in {}", question.place()))
        .hint("`kubectl neo4j-backup status` without a name lists those that are there; -n or -A looks elsewhere"))
}

/// Longest time between two looks: the ages in a table that nobody touches grow too.
const REFRESH: Duration = Duration::from_secs(20);

/// Pause before the server is asked again after it was away.
const AGAIN: Duration = Duration::from_secs(2);

async fn follow(
    ui: &Ui,
    connection: &Connection,
    question: &Question,
    screen: &Screen,
) -> Result<Exit, CommandError> {
    let mut changes = Changes::new(connection, &question.namespaces, &question.selector);
    let mut shown = output::Shown::default();
    let mut away = false;
    loop {
        match ask_all(connection, &question.namespaces, &question.selector).await {
            Ok(answer) => {
                if std::mem::take(&mut away) {
                    ui.remark("the API server is back")?;
                }
                let now = Timestamp::now();
                shown.show(ui, screen, &question.entries(&answer, now), now)?;
            }
            // It was there a moment ago, or will be: a watch is for staying.
            Err(error) if error.is_passing() && shown.began() => {
                if !std::mem::replace(&mut away, true) {
                    ui.remark(&format!("{error}; trying again"))?;
                }
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        connection::tell_warnings(ui, connection)?;
        if let Some(why) = changes.next(REFRESH).await {
            ui.detail(&format!("a watch broke and begins anew: {}", crate::diagnostics::visible_line(&why)))?;
        }
    }
}
