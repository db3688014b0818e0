//! `render`: writes the Kubernetes objects that carry specs out.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cli::session::{self, Session};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::diagnostics::{self, Diagnostic, codes};
use crate::input::document::{Content, Document};
use crate::input::locate::{self, Finding};
use crate::plan::restore::RestorePlan;
use crate::plan::{self, BackupPlan, Gap, Subject};
use crate::render::document::{Format, Stream};
use crate::render::{self, Detail, Object, Rendered};
use crate::rules::Context;

/// Write the Kubernetes objects that carry specs out
///
/// Backups become a Job or a CronJob with their ServiceAccount, claim and configuration. Restores are checked and
/// left out unless --restore is given; then their Jobs are written suspended, and what a person does around them
/// is said on standard error. The same input gives the same bytes. With an error finding nothing is written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Form of the output
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "yaml")]
    output: OutputFormat,

    /// Write one file an object into this folder instead of a stream
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output_dir: Option<PathBuf>,

    /// Render restores too: suspended Jobs, and the procedure on standard error
    #[arg(long)]
    restore: bool,

    /// Write nothing when there are warnings
    #[arg(long)]
    strict: bool,
}

const EXAMPLES: &str = "\
Examples:
  # Write what a folder of specs becomes
  kubectl neo4j-backup render -f backups/

  # Say what the specs point at, and have the API server look at the result
  kubectl neo4j-backup render -f backup.yaml --image neo4j:5.26.12-enterprise --servers 3 -n neo4j \\
    | kubectl apply --dry-run=server -f -

  # One file an object, for a repository
  kubectl neo4j-backup render -f backups/ --output-dir rendered/

  # The suspended Jobs of a restore, and what to do around them
  kubectl neo4j-backup render -f restore.yaml -f backups/ --restore";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    Yaml,
    Json,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Yaml => Self::Yaml,
            OutputFormat::Json => Self::Json,
        }
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { input, target, output, output_dir, restore, strict } = arguments;
    let mut options = target.options();
    options.rendering = true;
    options.rendering_restores = restore;
    let mut session = session::check(ui, input, &target.files, &options)?;
    let documents = std::mem::take(&mut session.loaded.documents);
    let context = Context::new(&documents, &options);
    let gaps = if session.fails(strict) { Vec::new() } else { gaps(&context, restore) };
    session.report.diagnostics.extend(gaps);
    session.report.sort();
    drop(context);
    session.loaded.documents = documents;
    tell(ui, &mut session, strict)?;
    if session.fails(strict) {
        return Ok(Exit::Findings);
    }
    let context = Context::new(&session.loaded.documents, &options);
    let order = order(&context);
    let shared = shared(&context, &order);
    match output_dir {
        Some(folder) => write_files(ui, &context, &order, shared, &folder, output.into(), restore)?,
        None => {
            let mut out = ui.output();
            let mut stream = Stream::new(&mut out, output.into());
            for rendered in &shared {
                stream.write(&rendered.object)?;
            }
            write_stream(&context, &order, &mut stream, output.into(), restore)?;
            stream.finish()?;
            out.flush()?;
        }
    }
    if restore {
        for &index in &order {
            if let Some(Ok(plan)) = restore_plan(&context, index) {
                ui.remark(&procedure(&plan))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// Findings go to standard error here: standard output belongs to the objects.
fn tell(ui: &Ui, session: &mut Session, strict: bool) -> Result<(), CommandError> {
    let serious = session.fails(strict);
    if session.report.diagnostics.is_empty() || (ui.quiet() && !serious) {
        return Ok(());
    }
    let options = diagnostics::Options {
        color: ui.color_messages(),
        width: ui.columns().unwrap_or(120),
        strict,
        ..diagnostics::Options::default()
    };
    let mut out = std::io::BufWriter::new(ui.messages());
    session.write(&mut out, diagnostics::Format::Human, &options)?;
    out.flush()?;
    Ok(())
}

/// Indices of the specs by namespace, name and kind, so that the order of files and documents does not show.
fn order(context: &Context<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..context.documents.len())
        .filter(|index| context.documents.get(*index).is_some_and(Document::is_spec))
        .collect();
    order.sort_by_key(|index| {
        context.documents.get(*index).map(|document| {
            (context.namespace(document), document.metadata.name.as_str(), document.restore().is_some())
        })
    });
    order
}

fn backup_plan(context: &Context<'_>, index: usize) -> Option<Result<BackupPlan, Gap>> {
    let backup = context.backup(index)?;
    let target = backup.target()?;
    let subject = Subject { name: &backup.document.metadata.name, namespace: backup.namespace, target };
    Some(plan::build_backup::backup(subject, backup.spec))
}

fn restore_plan(context: &Context<'_>, index: usize) -> Option<Result<RestorePlan, Gap>> {
    let restore = context.restore(index)?;
    let target = restore.target()?;
    let subject = Subject { name: &restore.document.metadata.name, namespace: restore.namespace, target };
    Some(plan::build_restore::restore(subject, restore.spec, restore.referenced_spec()))
}

/// What keeps a spec from being planned although no rule has objected. A spec must never be left out without a
/// word.
fn gaps(context: &Context<'_>, restores: bool) -> Vec<Diagnostic> {
    let one = |index: &usize| {
        let document = context.documents.get(*index)?;
        let outcome = match document.content {
            Content::Backup(_) => backup_plan(context, *index).map(|plan| plan.err()),
            Content::Restore(_) if restores => restore_plan(context, *index).map(|plan| plan.err()),
            _ => return None,
        };
        let gap = match outcome {
            Some(None) => return None,
            Some(Some(gap)) => gap,
            None => Gap::target("what this spec points at is not known"),
        };
        let finding = Finding::new(&codes::CANNOT_BE_RENDERED, gap.field, gap.message);
        Some(locate::diagnostics(document, vec![finding], context.documents))
    };
    let order = order(context);
    if order.len() < 64 {
        order.iter().filter_map(one).flatten().collect()
    } else {
        order.par_iter().filter_map(one).flatten().collect()
    }
}

/// Accounts and claims of all backups, each once. A claim that lies in the input is not written again.
fn shared(context: &Context<'_>, order: &[usize]) -> Vec<Rendered> {
    let present: BTreeSet<(&str, &str)> = context
        .documents
        .iter()
        .filter(|document| matches!(document.content, Content::Claim(_)))
        .map(|document| (context.namespace(document), document.metadata.name.as_str()))
        .collect();
    let mut shared = Vec::new();
    for index in order {
        if let Some(Ok(plan)) = backup_plan(context, *index) {
            shared.extend(render::backup::shared_objects(&plan, Detail::Objects));
            // Thousands of specs usually share one account; merging as we go keeps one object, not thousands.
            if shared.len() > 256 {
                render::shared::merge(&mut shared);
            }
        }
    }
    render::shared::merge(&mut shared);
    shared.retain(|rendered| match &rendered.object {
        Object::PersistentVolumeClaim(_) => {
            let object = &rendered.object;
            !present.contains(&(object.namespace(), object.name()))
        }
        _ => true,
    });
    shared
}

fn own_objects(context: &Context<'_>, index: usize, restores: bool) -> Vec<Rendered> {
    match context.documents.get(index).map(|document| &document.content) {
        Some(Content::Backup(_)) => match backup_plan(context, index) {
            Some(Ok(plan)) => render::backup::own_objects(&plan, Detail::Objects),
            _ => Vec::new(),
        },
        Some(Content::Restore(_)) if restores => match restore_plan(context, index) {
            Some(Ok(plan)) => render::restore::own_objects(&plan, Detail::Objects),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Specs whose objects are built and written at a time: enough to keep all cores busy, few enough that thousands
/// of specs never stand in memory as text.
const CHUNK: usize = 256;

fn write_stream(
    context: &Context<'_>,
    order: &[usize],
    stream: &mut Stream<'_>,
    format: Format,
    restores: bool,
) -> std::io::Result<()> {
    let texts = |index: &usize| -> std::io::Result<Vec<String>> {
        own_objects(context, *index, restores)
            .iter()
            .map(|rendered| {
                let mut text = String::with_capacity(6 * 1024);
                format.append(&rendered.object, &mut text)?;
                Ok(text)
            })
            .collect()
    };
    for chunk in order.chunks(CHUNK) {
        let written: Vec<std::io::Result<Vec<String>>> = if order.len() < 64 {
            chunk.iter().map(texts).collect()
        } else {
            chunk.par_iter().map(texts).collect()
        };
        for texts in written {
            for text in texts? {
                stream.write_text(&text)?;
            }
        }
    }
    Ok(())
}

fn write_files(
    ui: &Ui,
    context: &Context<'_>,
    order: &[usize],
    shared: Vec<Rendered>,
    folder: &Path,
    format: Format,
    restores: bool,
) -> Result<(), CommandError> {
    let namespaces: BTreeSet<&str> = order
        .iter()
        .filter_map(|index| context.documents.get(*index))
        .map(|document| context.namespace(document))
        .collect();
    let mut count = 0;
    let mut write = |rendered: &Rendered| -> Result<(), CommandError> {
        let object = &rendered.object;
        let mut name =
            PathBuf::from(if namespaces.len() > 1 { object.file_path() } else { object.file_name() });
        if format == Format::Json {
            name.set_extension("json");
        }
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| {
                anyhow::Error::new(error).context(format!("cannot make the folder {}", parent.display()))
            })?;
        }
        let mut text = String::new();
        format.append(object, &mut text)?;
        session::write_file(&path, text.as_bytes())?;
        count += 1;
        Ok(())
    };
    shared.iter().try_for_each(&mut write)?;
    for index in order {
        own_objects(context, *index, restores).iter().try_for_each(&mut write)?;
    }
    ui.remark(&format!("{count} files written to {}", folder.display()))?;
    Ok(())
}

/// What a person does, as numbered lines.
fn procedure(plan: &RestorePlan) -> String {
    use std::fmt::Write as _;
    let mut text = format!("Restore {}/{} (run {}), by hand:", plan.namespace, plan.name, plan.run_id);
    for (number, instruction) in plan.procedure.iter().enumerate() {
        let _ = write!(text, "\n {:>2}. {}", number + 1, instruction.text);
        if let Some(command) = &instruction.command {
            let _ = write!(text, "\n     {command}");
        }
    }
    text
}
