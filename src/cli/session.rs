//! Reads an input and finds everything that is to be said about it: what `validate` and `render` share.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::{Bundle, Wanted};
use crate::diagnostics::{self, Checked, Diagnostic, Format, Place, Report, Severity, codes};
use crate::emit::environment::move_to;
use crate::input::sources::Source;
use crate::input::texts::Texts;
use crate::input::{self, Document, Loaded, suppress};
use crate::rules::{self, Context};

use super::{CommandError, Ui, arguments};

/// An input that was read, with its findings.
pub(super) struct Session {
    /// What was read.
    pub(super) loaded: Loaded,
    /// What is to be said about it.
    pub(super) report: Report,
}

/// Reads the input and runs every rule.
pub(super) fn check(
    ui: &Ui,
    input: arguments::Input,
    targets: &[String],
    options: &rules::Options,
) -> Result<Session, CommandError> {
    check_adapted(ui, input, targets, options, |_| ())
}

/// The same for documents that are changed before anything is said about them.
fn check_adapted(
    ui: &Ui,
    input: arguments::Input,
    targets: &[String],
    options: &rules::Options,
    adapt: impl FnOnce(&mut Loaded),
) -> Result<Session, CommandError> {
    if input.is_empty() {
        return Err(CommandError::usage("must specify one of -f and -k")
            .hint("name files, folders or `-`: `kubectl neo4j-backup validate -f backups/`"));
    }
    check_sources_adapted(ui, &input.sources(targets)?, options, adapt)
}

/// The same of sources that are known already.
pub(super) fn check_sources(
    ui: &Ui,
    sources: &[Source],
    options: &rules::Options,
) -> Result<Session, CommandError> {
    check_sources_adapted(ui, sources, options, |_| ())
}

fn check_sources_adapted(
    ui: &Ui,
    sources: &[Source],
    options: &rules::Options,
    adapt: impl FnOnce(&mut Loaded),
) -> Result<Session, CommandError> {
    if sources.iter().any(|source| source.origin == input::sources::Origin::Stdin)
        && std::io::IsTerminal::is_terminal(&std::io::stdin())
    {
        ui.remark("reading specs from the terminal; end with Ctrl-D")?;
    }
    let mut loaded = input::load(sources, std::io::stdin())?;
    adapt(&mut loaded);
    let mut diagnostics = judge(&mut loaded, options);
    if !loaded.documents.iter().any(Document::is_spec) && diagnostics.is_empty() {
        let path = sources.first().map_or("", |source| source.name.as_str());
        let message = match loaded.others + loaded.documents.len() {
            0 => "there is no document in the input".to_owned(),
            1 => "the one document of the input is no Neo4jBackup or Neo4jRestore".to_owned(),
            count => format!("none of the {count} documents of the input is a Neo4jBackup or Neo4jRestore"),
        };
        diagnostics.push(Diagnostic::new(&codes::NO_SPECS, Place::file(path), message));
    }
    let diagnostics = suppress::apply(diagnostics, &loaded.suppressions);
    let mut report = Report { diagnostics, documents: loaded.documents.len(), checked: Vec::new() };
    report.sort();
    ui.detail(&format!(
        "{} documents read, {} of other kinds left alone",
        loaded.documents.len() + loaded.others,
        loaded.others
    ))?;
    Ok(Session { loaded, report })
}

/// What reading and the rules have to say.
fn judge(loaded: &mut Loaded, options: &rules::Options) -> Vec<Diagnostic> {
    let found = rules::check(&Context::new(&loaded.documents, options));
    let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
    diagnostics.extend(found);
    diagnostics
}

/// Finds what there is to say about the backups of a list of documents that somebody else has read; none of it is told
/// yet. `more` has been found before.
pub(super) fn judged(
    mut loaded: Loaded,
    more: Vec<Diagnostic>,
    mut options: rules::Options,
    strict: bool,
) -> Ready {
    options.rendering = true;
    let diagnostics = judge(&mut loaded, &options);
    let mut diagnostics = suppress::apply(diagnostics, &loaded.suppressions);
    diagnostics.extend(more);
    let report = Report { diagnostics, documents: loaded.documents.len(), checked: Vec::new() };
    let mut session = Session { loaded, report };
    plan(&mut session, &options, Wanted::Backups, strict);
    Ready { session, options }
}

/// Specs that can be made into objects: they were read, checked, and nothing keeps them from it.
pub(super) struct Ready {
    /// What was read and said.
    pub(super) session: Session,
    options: rules::Options,
}

impl Ready {
    /// What rules and bundles read.
    pub(super) fn context(&self) -> Context<'_> {
        Context::new(&self.session.loaded.documents, &self.options)
    }

    /// What the specs were checked with.
    pub(super) const fn options(&self) -> &rules::Options {
        &self.options
    }
}

/// Reads the input for a command that makes objects of it, and tells the findings on standard error. `None` when an
/// error (with `strict` a warning) keeps the command from going on. `namespace` is where documents go that name none
/// and that no flag sends elsewhere: a command that talks to a cluster has one, from the context.
pub(super) fn prepare(
    ui: &Ui,
    input: arguments::Input,
    target: &arguments::Target,
    namespace: Option<&str>,
    wanted: Wanted,
    strict: bool,
) -> Result<Option<Ready>, CommandError> {
    let mut options = target.options()?;
    if options.namespace.is_none() {
        options.namespace = namespace.map(str::to_owned);
    }
    options.rendering = true;
    options.rendering_restores = wanted.restores();
    let session = check(ui, input, &target.files, &options)?;
    ready(ui, session, options, wanted, strict, &mut Adaption::default())
}

/// Adds what rendering has to say.
fn plan(session: &mut Session, options: &rules::Options, wanted: Wanted, strict: bool) {
    let documents = std::mem::take(&mut session.loaded.documents);
    let context = Context::new(&documents, options);
    let found = if session.fails(strict) { Vec::new() } else { Bundle::new(&context, wanted).findings() };
    session.report.diagnostics.extend(suppress::apply_again(found, &session.loaded.suppressions));
    session.report.sort();
    drop(context);
    session.loaded.documents = documents;
}

/// Adds what rendering has to say, and tells everything that was not told before.
fn ready(
    ui: &Ui,
    mut session: Session,
    options: rules::Options,
    wanted: Wanted,
    strict: bool,
    adaption: &mut Adaption,
) -> Result<Option<Ready>, CommandError> {
    plan(&mut session, &options, wanted, strict);
    let fails = session.fails(strict);
    adaption.keep_new(&mut session.report.diagnostics);
    tell(ui, &mut session, strict)?;
    if fails { Ok(None) } else { Ok(Some(Ready { session, options })) }
}

/// Where all specs are moved before anything is made of them.
#[derive(Clone, Debug)]
pub(super) struct Movement {
    /// The namespace.
    pub(super) namespace: String,
    /// Files that describe the targets there.
    pub(super) targets: Vec<String>,
}

/// One input, prepared several times: each time moved elsewhere, and each finding told once.
#[derive(Debug, Default)]
pub(super) struct Adaption {
    /// Where to, this time.
    pub(super) environment: Option<Movement>,
    /// The folder that is written. What lies there comes from an earlier run and is no input, although the folder may
    /// lie in one that is: a claim that was emitted would be taken for one that somebody else makes.
    output: Option<PathBuf>,
    /// Whether the last input had a namespace in every spec.
    pub(super) all_have_namespaces: bool,
    /// The definitions are in the bundle already.
    pub(super) definitions_written: bool,
    told: HashSet<(u16, String, String)>,
}

impl Adaption {
    /// For a command that writes into a folder.
    pub(super) fn writing_into(folder: &Path) -> Self {
        Self { output: Some(folder.to_owned()), ..Self::default() }
    }

    /// Drops what was told before.
    fn keep_new(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain(|diagnostic| {
            let key = (
                diagnostic.definition.code.number(),
                format!("{:?}", diagnostic.place),
                diagnostic.message.to_string(),
            );
            self.told.insert(key)
        });
    }
}

/// The same as [`prepare`], for backups, in the environment that is set.
pub(super) fn prepare_adapted(
    ui: &Ui,
    input: arguments::Input,
    target: &arguments::Target,
    strict: bool,
    adaption: &mut Adaption,
) -> Result<Option<Ready>, CommandError> {
    let mut options = target.options()?;
    options.rendering = true;
    let environment = adaption.environment.clone();
    let mut targets = target.files.clone();
    targets.extend(environment.iter().flat_map(|environment| environment.targets.iter().cloned()));
    let mut complete = true;
    let output = adaption.output.clone();
    let session = check_adapted(ui, input, &targets, &options, |loaded| {
        if let Some(output) = &output {
            leave_out(loaded, output);
        }
        let documents = &mut loaded.documents;
        complete = documents
            .iter()
            .filter(|document| document.is_spec())
            .all(|document| document.metadata.namespace.is_some());
        if let Some(environment) = &environment {
            let files = environment.targets.iter().cloned().collect();
            move_to(documents, &environment.namespace, &files);
        }
    })?;
    adaption.all_have_namespaces = complete;
    ready(ui, session, options, Wanted::Backups, strict, adaption)
}

/// Drops everything that was read below a folder.
fn leave_out(loaded: &mut Loaded, folder: &Path) {
    let folders: Vec<PathBuf> =
        [std::path::absolute(folder).ok(), folder.canonicalize().ok()].into_iter().flatten().collect();
    let mut known: HashMap<Arc<str>, bool> = HashMap::new();
    let mut is_below = |path: &Arc<str>| {
        let below = || {
            let path = std::path::absolute(Path::new(&**path)).unwrap_or_default();
            folders.iter().any(|folder| path.starts_with(folder))
        };
        *known.entry(Arc::clone(path)).or_insert_with(below)
    };
    loaded.documents.retain(|document| !is_below(&document.origin.path));
    loaded.diagnostics.retain(|diagnostic| !is_below(&diagnostic.place.path));
}

/// Tells findings that came up while objects were written. Whether the command may go on.
pub(super) fn tell_more(
    ui: &Ui,
    session: &mut Session,
    found: Vec<Diagnostic>,
    strict: bool,
    adaption: &mut Adaption,
) -> Result<bool, CommandError> {
    session.report.diagnostics = found;
    session.report.sort();
    let fails = session.fails(strict);
    adaption.keep_new(&mut session.report.diagnostics);
    tell(ui, session, strict)?;
    Ok(!fails)
}

/// Writes findings to standard error: standard output belongs to the objects.
pub(super) fn tell(ui: &Ui, session: &mut Session, strict: bool) -> Result<(), CommandError> {
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

impl Session {
    /// Whether the findings fail the command.
    pub(super) fn fails(&self, strict: bool) -> bool {
        match self.report.worst() {
            Some(Severity::Error) => true,
            Some(Severity::Warning) => strict,
            _ => false,
        }
    }

    /// Adds findings that came up later.
    pub(super) fn add(&mut self, found: Vec<Diagnostic>) {
        self.report.diagnostics.extend(suppress::apply_again(found, &self.loaded.suppressions));
        self.report.sort();
    }

    /// The findings without the secrets that they quote.
    pub(super) fn shown(&self) -> Cow<'_, Report> {
        Texts::new(&self.loaded).shown(&self.report)
    }

    /// Writes the findings.
    pub(super) fn write(
        &mut self,
        out: &mut dyn Write,
        format: Format,
        options: &diagnostics::Options<'_>,
    ) -> std::io::Result<()> {
        if format == Format::Junit && self.report.checked.is_empty() {
            self.report.checked = self
                .loaded
                .documents
                .iter()
                .map(|document| Checked {
                    path: Arc::clone(&document.origin.path),
                    document: Arc::clone(&document.id),
                })
                .collect();
            self.report.checked.sort();
        }
        let texts = Texts::new(&self.loaded);
        diagnostics::write(format, out, &texts.shown(&self.report), &texts, options)
    }
}

/// Writes a file whole or not at all: beside it first, then in its place.
pub(super) fn write_file(path: &Path, content: &[u8]) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::from(anyhow::Error::new(error).context(format!("cannot write {}", path.display())))
    };
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".neo4j-backup.tmp");
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, content).and_then(|()| {
        if let Ok(metadata) = std::fs::metadata(path) {
            std::fs::set_permissions(&beside, metadata.permissions())?;
        }
        std::fs::rename(&beside, path)
    });
    written
        .inspect_err(|_| {
            // What was begun is of no use to anybody; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&beside);
        })
        .map_err(failed)
}
