//! `diff`: shows what `apply` would change.

mod against;

use std::io::Write;

use clap::Args;

use crate::bundle::{Bundle, Wanted};
use crate::cli::{CommandError, Exit, Ui, arguments, connection, session};
use crate::cluster::applyset::{self, ApplySet, Parent, ParentError};
use crate::cluster::change::{self, Change, Outcome, PlanOptions};
use crate::cluster::desired::{self, Desired};
use crate::cluster::diff::{self, ObjectDiff, external};
use crate::cluster::object::{self, Reference};
use crate::cluster::{ClusterError, Connection, apply};
use crate::diagnostics::visible_line;
use crate::render::{Detail, SpecName};

/// Show what apply would change
///
/// Renders the specs, has the API server try them without keeping anything, and shows what would be different: fields
/// that are ours and nothing else. Under a field that somebody else owns stands who, and since when. Values of Secrets
/// and of environment variables that look like one are replaced by a number that is the same for equal values. What is
/// provably the same already is not even sent.
///
/// Exit code 0 when nothing differs, 1 when something does, 2 and more for errors: 2 when an object is refused, 3 when
/// the cluster cannot be asked. The variable KUBECTL_EXTERNAL_DIFF names another program to show the difference; it
/// is split as a shell does it and run without one.
///
/// With --against no cluster is asked: the specs are rendered as they are and as they were, in another folder or in a
/// Git revision, and what differs is shown. 2 then means that the specs have errors, or that there is no such version.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_args(only_with_a_cluster))]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Compare with an older version of the specs instead of the cluster: a folder that holds it, or a Git revision;
    /// `REV...` is where the branch left REV
    #[arg(long, value_name = "DIR|REV", conflicts_with_all = ["force_conflicts", "applyset", "server_side"])]
    against: Option<String>,

    /// With --against: compare restores too, as `render --restore` writes them
    #[arg(long, requires = "against")]
    restore: bool,

    /// Form of the output
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "diff")]
    output: OutputFormat,

    /// Show fields of other managers as taken over, as `apply --force-conflicts` would
    #[arg(long)]
    force_conflicts: bool,

    /// Set that the objects are in: NAME or configmap/NAME, or secret/NAME
    #[arg(long, value_name = "NAME")]
    applyset: Option<String>,

    /// Show what `apply --prune` would delete: objects of the set that no spec gives any more
    #[arg(long, requires = "applyset")]
    prune: bool,

    /// Compare by server-side apply; there is no other way, the flag is accepted for kubectl's sake
    #[arg(long, hide = true)]
    server_side: bool,

    /// Show nothing when there are warnings about the specs
    #[arg(long)]
    strict: bool,

    // Last: its heading stands above every argument that follows.
    #[command(flatten)]
    connection: connection::Flags,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

/// Without a cluster the flags about the connection would have no effect.
fn only_with_a_cluster(argument: clap::Arg) -> clap::Arg {
    if argument.get_help_heading() == Some(connection::HEADING) {
        return argument.conflicts_with("against");
    }
    argument
}

const EXAMPLES: &str = "\
Examples:
  # What would change?
  kubectl neo4j-backup diff -f backups/

  # In CI: 0 for nothing, 1 for something, anything else is an error
  kubectl neo4j-backup diff -k overlays/prod -q || test $? -eq 1

  # With what pruning would delete
  kubectl neo4j-backup diff -f backups/ --applyset backups --prune

  # A comment on a pull request
  kubectl neo4j-backup diff -f backups/ -o markdown > comment.md

  # What a pull request changes, without a cluster
  kubectl neo4j-backup diff -R -f backups/ --against origin/main... -o markdown

  # With a diff of one's own
  KUBECTL_EXTERNAL_DIFF='diff --color=always -u -N' kubectl neo4j-backup diff -f backups/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    /// A unified diff
    Diff,
    /// A versioned envelope for scripts
    Json,
    /// A comment for a pull request, at most 65,536 characters
    Markdown,
    /// Kind and name of what differs
    Name,
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let external = external_words(arguments.output)?;
    if let Some(older) = arguments.against.clone() {
        return against::run(ui, &older, arguments, external.as_deref());
    }
    let options = arguments.connection.options(arguments.target.namespace());
    let ui = &*ui;
    connection::run(
        ui,
        &options,
        || None,
        |connection| async move { compare(ui, arguments, external, &connection).await },
    )
}

/// The person's own program, when there is one and its words can be told apart.
fn external_words(output: OutputFormat) -> Result<Option<Vec<String>>, CommandError> {
    let line = std::env::var(external::VARIABLE).unwrap_or_default();
    if output != OutputFormat::Diff || line.trim().is_empty() {
        return Ok(None);
    }
    external::words(&line).map(Some).map_err(|error| CommandError::from(anyhow::Error::new(error)))
}

async fn compare(
    ui: &Ui,
    arguments: Arguments,
    external: Option<Vec<String>>,
    connection: &Connection,
) -> Result<Exit, CommandError> {
    let Arguments { input, target, output, force_conflicts, strict, applyset, prune, .. } = arguments;
    let set = applyset.map(|text| set(&text, connection)).transpose()?.filter(|_| prune);
    let namespace = Some(connection.namespace());
    let Some(ready) = session::prepare(ui, input, &target, namespace, Wanted::Backups, strict)? else {
        // 1 would say that something differs.
        return Ok(Exit::Usage);
    };
    let context = ready.context();
    let bundle = Bundle::new(&context, Wanted::Backups);
    let mut desired = desired::desired(&bundle, Detail::Objects).map_err(anyhow::Error::new)?;
    let specs: Vec<SpecName> =
        bundle.namespaces().flatten().filter_map(|index| bundle.spec_name(*index)).collect();
    let orphans = match &set {
        Some(set) => orphans(connection, set, &desired, &specs).await?,
        None => Vec::new(),
    };
    match apply::released(connection, &specs.iter().collect::<Vec<_>>(), &desired).await {
        Ok(parts) => desired.extend(parts),
        Err(ClusterError::Forbidden { message }) => {
            ui.remark(&format!("annotations that a spec no longer has may stay on its account: {message}"))?;
        }
        Err(error) => return Err(error.into()),
    }
    let changes = change::plan(connection, &desired, PlanOptions { force_conflicts }).await?;
    let mut diffs: Vec<ObjectDiff> = changes.iter().filter_map(|change| diff::of(change, &desired)).collect();
    diffs.extend(orphans);

    show(ui, output, external.as_deref(), &diffs)?;
    remark(ui, &changes)?;
    let judged = obstacles(ui, &changes)?;
    Ok(match (judged, diffs.is_empty()) {
        (Some(exit), _) => exit,
        (None, false) => Exit::Findings,
        (None, true) => Exit::Success,
    })
}

fn set(text: &str, connection: &Connection) -> Result<ApplySet, CommandError> {
    ApplySet::parse(text, connection.namespace()).ok_or_else(|| {
        CommandError::usage(format!("--applyset {text} names no set"))
            .hint("NAME or configmap/NAME, or secret/NAME, in the namespace of the command")
    })
}

/// What pruning would delete.
async fn orphans(
    connection: &Connection,
    set: &ApplySet,
    desired: &[Desired],
    specs: &[SpecName],
) -> Result<Vec<ObjectDiff>, CommandError> {
    let parent = match Parent::read(connection, set).await {
        Ok(Some(parent)) => parent,
        // A set that is not there yet has no members.
        Ok(None) => return Ok(Vec::new()),
        Err(ParentError::Cluster(error)) => return Err(error.into()),
        Err(error) => return Err(CommandError::ending(Exit::Conflict, error.to_string())),
    };
    let wanted = desired.iter().map(|wanted| wanted.reference.clone()).collect();
    let found = applyset::orphans(connection, set, &parent, &wanted, specs).await?;
    let objects = object::concurrently(&found.delete, |orphan| async move {
        Ok((&orphan.reference, connection.get(&orphan.reference).await?))
    })
    .await?;
    let name = &set.parent().name;
    let diff = |(reference, live): (&Reference, Option<_>)| Some(diff::pruned(reference, &live?, name));
    Ok(objects.into_iter().filter_map(diff).collect())
}

fn show(
    ui: &Ui,
    output: OutputFormat,
    external: Option<&[String]>,
    diffs: &[ObjectDiff],
) -> Result<(), CommandError> {
    if let Some(words) = external {
        if diffs.is_empty() {
            return Ok(());
        }
        for text in diffs.iter().flat_map(|diff| &diff.notes) {
            ui.remark(&visible_line(text))?;
        }
        return external::show(words, diffs).map_err(|error| CommandError::from(anyhow::Error::new(error)));
    }
    let mut out = ui.output();
    match output {
        OutputFormat::Diff => {
            let color = ui.color_output();
            diffs.iter().try_for_each(|diff| diff::unified::write(&mut out, diff, color))?;
        }
        OutputFormat::Json => diff::json::write(&mut out, diffs)?,
        OutputFormat::Markdown => diff::markdown::write(&mut out, diffs)?,
        OutputFormat::Name => {
            for diff in diffs {
                writeln!(out, "{}/{}", diff.reference.kind.prefix(), diff.reference.name)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// What is worth knowing and is no difference.
fn remark(ui: &Ui, changes: &[Change]) -> std::io::Result<()> {
    let mut warnings: Vec<&String> = changes.iter().flat_map(|change| &change.warnings).collect();
    warnings.sort();
    warnings.dedup();
    for warning in warnings {
        ui.remark(&format!("Warning: {}", visible_line(warning)))?;
    }
    for change in changes.iter().filter(|change| matches!(change.outcome, Outcome::Adopt)) {
        ui.remark(&format!(
            "{}: every value is there already; apply would only note that these fields are ours",
            change.reference
        ))?;
    }
    Ok(())
}

/// Tells what could not be compared, and how the command ends for it.
fn obstacles(ui: &Ui, changes: &[Change]) -> std::io::Result<Option<Exit>> {
    let mut worst = None;
    for change in changes {
        let (exit, message) = match &change.outcome {
            Outcome::Rejected(status) => {
                let hint = "`validate --server` names the line of the spec";
                (Exit::Usage, format!("refused: {}\n  help: {hint}", visible_line(&status.message)))
            }
            Outcome::KindMissing => (Exit::Cluster, "the cluster does not have this kind".to_owned()),
            Outcome::Forbidden { message } if change.live.is_none() && !change.live_is_known => {
                let hint = "`kubectl neo4j-backup rbac` writes the least Role that each command needs";
                (Exit::Cluster, format!("not allowed: {}\n  help: {hint}", visible_line(message)))
            }
            _ => continue,
        };
        writeln!(ui.messages(), "error: {}: {message}", change.reference)?;
        worst = worst.max_by_code(exit);
    }
    Ok(worst)
}

trait MaxByCode {
    fn max_by_code(self, exit: Exit) -> Self;
}

impl MaxByCode for Option<Exit> {
    fn max_by_code(self, exit: Exit) -> Self {
        Some(self.filter(|worst| worst.code() >= exit.code()).unwrap_or(exit))
    }
}
