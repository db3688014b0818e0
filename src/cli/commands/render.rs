//! `render`: writes the Kubernetes objects that carry specs out.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::bundle::{Bundle, Wanted};
use crate::cli::session;
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::plan::restore::RestorePlan;
use crate::render::document::{Format, Stream};
use crate::render::{Rendered, labels};

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

    /// Render restores alone; the backups that they refer to are read and not written
    #[arg(long, conflicts_with = "restore")]
    only_restores: bool,

    /// Write nothing when there are warnings
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # Write what a folder of specs becomes
  kubectl neo4j-backup render -f backups/

  # Say what the specs point at, and have the API server look at the result
  kubectl neo4j-backup render -f backup.yaml --image neo4j:5.26.33-enterprise --servers 3 -n neo4j \\
    | kubectl apply --dry-run=server -f -

  # One file an object, for a repository
  kubectl neo4j-backup render -f backups/ --output-dir rendered/

  # The suspended Jobs of a restore, and what to do around them
  kubectl neo4j-backup render -f restore.yaml -f backups/ --only-restores";

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
    let Arguments { input, target, output, output_dir, restore, only_restores, strict, .. } = arguments;
    let wanted = match (restore, only_restores) {
        (_, true) => Wanted::Restores,
        (true, false) => Wanted::All,
        (false, false) => Wanted::Backups,
    };
    let Some(ready) = session::prepare(ui, input, &target, None, wanted, strict)? else {
        return Ok(Exit::Findings);
    };
    let context = ready.context();
    let bundle = Bundle::new(&context, wanted);
    match output_dir {
        Some(folder) => write_files(ui, &bundle, &folder, output.into())?,
        None => {
            let mut out = ui.output();
            let mut stream = Stream::new(&mut out, output.into());
            write_stream(&bundle, &mut stream, output.into())?;
            stream.finish()?;
            out.flush()?;
        }
    }
    if wanted.restores() {
        for plan in bundle.restore_plans() {
            ui.remark(&procedure(&plan))?;
        }
    }
    Ok(Exit::Success)
}

/// Specs whose objects are built and written at a time: enough to keep all cores busy, few enough that thousands
/// of specs never stand in memory as text.
const CHUNK: usize = 256;

type Texts = std::io::Result<Vec<String>>;

fn texts(objects: &[Rendered], format: Format) -> Texts {
    objects
        .iter()
        .map(|rendered| {
            let mut text = String::with_capacity(6 * 1024);
            format.append(&rendered.object, &mut text)?;
            Ok(text)
        })
        .collect()
}

fn write_stream(bundle: &Bundle<'_>, stream: &mut Stream<'_>, format: Format) -> std::io::Result<()> {
    let mut small: Vec<&[usize]> = Vec::new();
    let mut waiting = 0;
    for specs in bundle.namespaces() {
        if specs.len() < CHUNK {
            small.push(specs);
            waiting += specs.len();
            if waiting < CHUNK {
                continue;
            }
        }
        write_small(bundle, &std::mem::take(&mut small), waiting, stream, format)?;
        waiting = 0;
        if specs.len() >= CHUNK {
            write_all(texts(&bundle.shared_objects(specs), format)?, stream)?;
            for chunk in specs.chunks(CHUNK) {
                let written: Vec<Texts> =
                    chunk.par_iter().map(|index| texts(&bundle.own_objects(*index), format)).collect();
                for part in written {
                    write_all(part?, stream)?;
                }
            }
        }
    }
    write_small(bundle, &small, waiting, stream, format)
}

/// Writes the objects of namespaces with few specs each.
fn write_small(
    bundle: &Bundle<'_>,
    namespaces: &[&[usize]],
    specs: usize,
    stream: &mut Stream<'_>,
    format: Format,
) -> std::io::Result<()> {
    let one = |specs: &&[usize]| -> Texts {
        let mut written = texts(&bundle.shared_objects(specs), format)?;
        for index in *specs {
            written.extend(texts(&bundle.own_objects(*index), format)?);
        }
        Ok(written)
    };
    // A handful is written sooner than a thread pool is started.
    let written: Vec<Texts> = if specs < CHUNK / 4 {
        namespaces.iter().map(one).collect()
    } else {
        namespaces.par_iter().map(one).collect()
    };
    for part in written {
        write_all(part?, stream)?;
    }
    Ok(())
}

fn write_all(texts: Vec<String>, stream: &mut Stream<'_>) -> std::io::Result<()> {
    texts.iter().try_for_each(|text| stream.write_text(text))
}

fn write_files(ui: &Ui, bundle: &Bundle<'_>, folder: &Path, format: Format) -> Result<(), CommandError> {
    let mut written: BTreeSet<PathBuf> = BTreeSet::new();
    let mut write = |rendered: &Rendered| -> Result<(), CommandError> {
        let object = &rendered.object;
        // A folder a namespace, always: where a file lies must not depend on what else is rendered.
        let mut name = PathBuf::from(object.file_path());
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
        written.insert(path);
        Ok(())
    };
    for specs in bundle.namespaces() {
        bundle.shared_objects(specs).iter().try_for_each(&mut write)?;
        for index in specs {
            bundle.own_objects(*index).iter().try_for_each(&mut write)?;
        }
    }
    ui.remark(&format!("{} files written to {}", written.len(), folder.display()))?;
    for stale in stale(folder, &written) {
        ui.remark(&format!(
            "warning: {} was rendered once and no spec gives it now; delete it, or it goes on running",
            stale.display()
        ))?;
    }
    Ok(())
}

/// Files of a folder that are ours and were not written now: what they hold would go on running although its spec is
/// gone.
fn stale(folder: &Path, written: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mark = format!("{}: {}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let quoted = format!("\"{}\": \"{}\"", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json")
                && !written.contains(&path)
                && std::fs::read_to_string(&path)
                    .is_ok_and(|text| text.contains(&mark) || text.contains(&quoted))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
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
