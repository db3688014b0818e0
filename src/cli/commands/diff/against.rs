//! `diff --against`: what changes between two versions of the specs, without a cluster.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{Arguments, show};
use crate::bundle::{Bundle, Wanted};
use crate::cli::older::{self, Revision};
use crate::cli::{CommandError, Exit, Ui, session};
use crate::cluster::diff::versions;
use crate::cluster::object::Reference;
use crate::diagnostics::{Diagnostic, Report, Severity, codes};
use crate::input::document::Document;
use crate::input::sources::{Older, Repository, Source};
use crate::input::{self, Loaded};
use crate::rules::{self, Context};

/// Compares the specs with what they were in a folder or a revision.
pub(super) fn run(
    ui: &Ui,
    version: &str,
    arguments: Arguments,
    external: Option<&[String]>,
) -> Result<Exit, CommandError> {
    let Arguments { input, target, output, strict, restore, .. } = arguments;
    let wanted = if restore { Wanted::All } else { Wanted::Backups };
    // First, so that a wrong name is told before anything is read.
    let found = Version::find(version)?;
    let old_input = input.clone();
    let Some(ready) = session::prepare(ui, input, &target, None, wanted, strict)? else {
        // 1 would say that something differs.
        return Ok(Exit::Usage);
    };
    let context = ready.context();
    let new = versions::rendered(&Bundle::new(&context, wanted)).map_err(anyhow::Error::new)?;
    let old = match found {
        Version::Folder(folder) => {
            let sources = old_input.instead(&folder).sources(&target.files)?;
            older_objects(ui, &sources, ready.options(), wanted)?
        }
        Version::Revision(revision) => {
            let laid_out: Older = revision.lay_out(&old_input, &target.files)??;
            let sources = laid_out.called(&format!("{version}:"));
            older_objects(ui, &sources, ready.options(), wanted)
                .map_err(|error| older::explained(&laid_out, &error))?
        }
    };
    let diffs = versions::between(old, new);
    show(ui, output, external, &diffs)?;
    Ok(if diffs.is_empty() { Exit::Success } else { Exit::Findings })
}

/// Where the older version is.
enum Version {
    Folder(String),
    Revision(Revision),
}

impl Version {
    /// A folder, when there is one of that name; else a revision. What is both is neither.
    fn find(text: &str) -> Result<Self, CommandError> {
        if !Path::new(text).is_dir() {
            return Revision::find(text)
                .map(Self::Revision)
                .map_err(|error| error.hint("--against takes a folder, too; there is none of this name"));
        }
        // Without Git, or outside of a repository, there are no revisions to confuse it with.
        let is_revision = !text.contains(['/', '.', '\\'])
            && Repository::around(Path::new("."))
                .is_ok_and(|repository| repository.knows(text).unwrap_or(false));
        if is_revision {
            return Err(CommandError::usage(format!("`{text}` is a folder and a Git revision")).hint(
                format!("write `./{text}` for the folder, `heads/{text}` or `tags/{text}` for the revision"),
            ));
        }
        Ok(Self::Folder(text.to_owned()))
    }
}

/// What the older version is rendered to, as far as it can be. What cannot is told: it would look new.
fn older_objects(
    ui: &Ui,
    sources: &[Source],
    options: &rules::Options,
    wanted: Wanted,
) -> Result<Vec<(Reference, Value)>, CommandError> {
    let mut loaded = input::load(sources, std::io::stdin())?;
    let mut found = unreadable(&mut loaded);
    let documents = std::mem::take(&mut loaded.documents);
    let context = Context::new(&documents, options);
    let bundle = Bundle::new(&context, wanted);
    found.extend(
        bundle.findings().iter().filter(|finding| finding.severity == Severity::Error).map(not_compared),
    );
    let objects = versions::rendered(&bundle).map_err(anyhow::Error::new)?;
    drop(context);
    loaded.documents = documents;
    let report = Report { diagnostics: found, documents: loaded.documents.len(), checked: Vec::new() };
    let mut session = session::Session { loaded, report };
    session.report.sort();
    session::tell(ui, &mut session, false)?;
    Ok(objects)
}

/// Takes out specs that do not fit their shape, of which nothing certain can be made, and says so once for each
/// document.
fn unreadable(loaded: &mut Loaded) -> Vec<Diagnostic> {
    loaded.documents.retain(|document: &Document| document.sound || !document.is_spec());
    let mut told = BTreeSet::new();
    loaded
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter(|finding| {
            let name = finding.place.document.as_ref().map(ToString::to_string);
            told.insert((finding.place.path.to_string(), name))
        })
        .map(not_compared)
        .collect()
}

fn not_compared(finding: &Diagnostic) -> Diagnostic {
    let what = finding.place.document.as_ref().map_or_else(|| "this".to_owned(), ToString::to_string);
    let message = format!("{what} is not compared with what it was: {}", finding.message);
    Diagnostic::new(&codes::OLDER_SPEC_NOT_COMPARED, finding.place.clone(), message)
        .help("what it gives now is shown as new, whatever of it is in the cluster")
}
