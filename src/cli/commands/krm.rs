//! `krm`: specs to objects within a `ResourceList`, for kustomize and kpt.

mod files;
mod items;
mod settings;

use clap::Args;

use crate::cli::session::{self, Ready};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::diagnostics::{Diagnostic, Place, Severity, codes};
use crate::emit::krm::{Answer, Occupants, Outcome, outcomes};
use crate::input::resource_list::{ResourceList, ResourceListError};
use crate::input::sources::Selection;
use crate::input::{self, Loaded};

/// Render the specs of a ResourceList, for kustomize and kpt
///
/// Reads a ResourceList on standard input and writes it on standard output, with each Neo4jBackup replaced by the
/// objects that it becomes (KRM Functions Specification). Every other item passes unchanged; restores are left out. Jobs
/// that run once are named by the hash of their spec. Findings go into `results` and onto standard error. With an error
/// the items come back as they were, and the exit code is 1.
///
/// The list's `functionConfig`, a ConfigMap or a Neo4jBackupFunction, takes the settings `namespace`, `image`,
/// `neo4jVersion`, `edition`, `topology`, `servers`, `layout`, `now`, `strict` and `keepSpecs`; they win over the flags.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    target: arguments::Target,

    /// Render nothing when there are warnings
    #[arg(long)]
    strict: bool,

    /// Keep the specs among the items
    #[arg(long)]
    keep_specs: bool,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # In kustomization.yaml: transformers: [render.yaml]; then
  kustomize build --enable-alpha-plugins --enable-exec deploy/

  # render.yaml, beside it
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: render-backups
    annotations:
      config.kubernetes.io/function: |
        exec:
          path: /usr/local/bin/kubectl-neo4j_backup
          args: [krm]
  data:
    namespace: neo4j

  # In place, in the files of a package, the specs kept
  kpt fn eval backups/ --exec 'kubectl-neo4j_backup krm' -- keepSpecs=true";

impl From<ResourceListError> for CommandError {
    fn from(error: ResourceListError) -> Self {
        let hint = error.hint();
        Self::usage(error.to_string()).hint(hint)
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        return Err(ResourceListError::Empty.into());
    }
    let list = ResourceList::read(std::io::stdin())?;
    let settings::Settled { options, target_files, strict, keep_specs, mut diagnostics, origin } =
        settings::settle(arguments, &list)?;
    let occupants = Occupants::of(&list);
    let mut loaded = load(&list, &occupants, &target_files)?;
    loaded.origins.extend(origin);
    let specs = loaded.documents.iter().any(input::Document::is_spec);
    if !specs && loaded.diagnostics.is_empty() && diagnostics.is_empty() {
        // Nothing unusual among functions, and yet it may be the wrong folder.
        let message = "no item of the list is a Neo4jBackup or Neo4jRestore";
        let place = Place::file(input::resource_list::STREAM);
        diagnostics.push(Diagnostic::new(&codes::NO_SPECS, place, message).severity(Severity::Notice));
    }
    let mut ready = session::judged(loaded, diagnostics, options, strict);
    if !ready.session.fails(strict) {
        let found = items::check(&ready, &occupants);
        ready.session.add(found);
    }
    let mut files = files::Files::default();
    files.take(&list, &mut ready.session);
    session::tell(ui, &mut ready.session, strict)?;
    let fails = ready.session.fails(strict);
    let shown = ready.session.shown();
    let results = outcomes(&shown.diagnostics, |finding| files.of(&list, finding));
    let mut out = ui.output();
    let answer = Answer::new(&list, &mut out);
    if fails {
        answer.unchanged(&results)?;
        return Ok(Exit::Findings);
    }
    write(answer, &results, &list, &ready, &occupants, keep_specs)?;
    Ok(Exit::Success)
}

/// Reads everything that is an input: the items that no earlier run has made, and the files of `--target`.
fn load(list: &ResourceList, occupants: &Occupants, targets: &[String]) -> Result<Loaded, CommandError> {
    let made: std::collections::BTreeSet<usize> = occupants.made_earlier().collect();
    let mut loaded = list.load(|item| !made.contains(&item));
    if !targets.is_empty() {
        let selection = Selection { filenames: targets.to_vec(), ..Selection::default() };
        loaded.append(input::load(&selection.plan_sources()?, std::io::empty())?);
    }
    Ok(loaded)
}

fn write(
    answer: Answer<'_, '_>,
    results: &[Outcome<'_>],
    list: &ResourceList,
    ready: &Ready,
    occupants: &Occupants,
    keep_specs: bool,
) -> Result<(), CommandError> {
    answer.changed(results, |answer| items::write(answer, list, ready, occupants, keep_specs))
}
