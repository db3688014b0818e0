//! What there is to say of a folder: as findings, and as a difference.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use similar::TextDiff;

use super::folder::{self, Manner};
use crate::cli::{CommandError, Exit, Ui};
use crate::diagnostics::{self, Definition, Diagnostic, NoSources, Place, Report, Severity, codes, visible};
use crate::emit::Tree;
use crate::emit::inventory::{self, State};

/// Findings about files, and whether one of them forbids to write.
pub(super) fn findings(
    folder: &Path,
    states: &BTreeMap<String, State>,
    manner: Manner,
) -> (Vec<Diagnostic>, bool) {
    let mut findings = Vec::new();
    let mut refused = false;
    for (path, state) in states {
        let place = Place::file(folder.join(path).display().to_string());
        let finding = match state {
            State::Edited if !manner.overwrite => {
                refused = true;
                said(&codes::EDITED_BY_HAND, place, "the file was generated, and edited by hand since")
            }
            State::InTheWay => {
                refused = true;
                said(
                    &codes::NOT_OURS,
                    place,
                    "something that was not generated is where a file would be written",
                )
            }
            State::NoLongerNeeded if !manner.prune => said(
                &codes::NO_LONGER_NEEDED,
                place,
                "the file was generated once, and no spec asks for it now",
            ),
            State::NoLongerNeededEdited if !(manner.prune && manner.overwrite) => said(
                &codes::NO_LONGER_NEEDED,
                place,
                "the file was generated once and edited since, and no spec asks for it now",
            ),
            State::Stale if manner.jobs_are_refused && is_job(path) => said(
                &codes::ONE_SHOT_CHANGED,
                place,
                "the Job of a backup that runs once changes, and its spec does not",
            ),
            State::Extra => said(
                &codes::EXTRA_FILE,
                place,
                "the manifest was not generated, and lies beside those that were",
            )
            .severity(Severity::Warning),
            _ => continue,
        };
        findings.push(finding);
    }
    (findings, refused)
}

fn is_job(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(_, name)| name.starts_with("job-"))
}

fn said(definition: &'static Definition, place: Place, message: &str) -> Diagnostic {
    Diagnostic::new(definition, place, message).help(definition.remedy)
}

/// Writes findings about files to standard error.
pub(super) fn tell(ui: &Ui, diagnostics: Vec<Diagnostic>) -> Result<(), CommandError> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let mut report = Report { documents: 0, checked: Vec::new(), diagnostics };
    report.sort();
    let options = diagnostics::Options {
        color: ui.color_messages(),
        width: ui.columns().unwrap_or(120),
        ..diagnostics::Options::default()
    };
    let mut out = std::io::BufWriter::new(ui.messages());
    diagnostics::write(diagnostics::Format::Human, &mut out, &report, &NoSources, &options)?;
    out.flush()?;
    Ok(())
}

/// Says whether a folder is what the bundle is.
pub(super) fn check(ui: &Ui, folder: &Path, tree: &Tree) -> Result<Exit, CommandError> {
    let there = folder::read(folder, tree, false)?;
    let mut findings = Vec::new();
    let mut out = ui.output();
    for (path, state) in there.states(tree) {
        let place = Place::file(folder.join(&path).display().to_string());
        let (definition, message) = match state {
            State::Same => continue,
            State::Missing => (&codes::STALE_FILE, "the file is missing"),
            State::Stale => (&codes::STALE_FILE, "the file is not what the specs say now"),
            State::Edited => (&codes::EDITED_BY_HAND, "the file was generated, and edited by hand since"),
            State::InTheWay => {
                (&codes::NOT_OURS, "something that was not generated is where a file should be")
            }
            State::NoLongerNeeded | State::NoLongerNeededEdited => {
                (&codes::EXTRA_FILE, "the file was generated once, and no spec asks for it now")
            }
            State::Extra => {
                (&codes::EXTRA_FILE, "the manifest was not generated, and lies beside those that were")
            }
        };
        findings.push(said(definition, place, message));
        difference(&mut out, folder, &path, state, tree.get(&path))?;
    }
    if findings.is_empty() && !there.has_inventory_of(tree) {
        let place = Place::file(folder.join(inventory::FILE).display().to_string());
        findings.push(said(&codes::STALE_FILE, place, "the inventory is not that of these files"));
    }
    out.flush()?;
    let count = findings.len();
    tell(ui, findings)?;
    if count == 0 {
        ui.remark(&format!("{}: {} files, all as the specs say", folder.display(), tree.len()))?;
        return Ok(Exit::Success);
    }
    Ok(Exit::Findings)
}

/// Shows one file as a difference. What nobody generated is only named: it may hold anything.
fn difference(
    out: &mut dyn Write,
    folder: &Path,
    path: &str,
    state: State,
    wanted: Option<&str>,
) -> Result<(), CommandError> {
    let shown = match state {
        State::InTheWay | State::Extra => {
            writeln!(out, "Only in the folder: {path}")?;
            return Ok(());
        }
        State::Missing => String::new(),
        _ => {
            let at = folder.join(path);
            let content = std::fs::read(&at).map_err(|error| folder::failed("read", &at, error))?;
            String::from_utf8_lossy(&content).into_owned()
        }
    };
    let before = if state == State::Missing { "/dev/null".to_owned() } else { format!("a/{path}") };
    let after = if wanted.is_some() { format!("b/{path}") } else { "/dev/null".to_owned() };
    let difference = TextDiff::from_lines(shown.as_str(), wanted.unwrap_or_default());
    let text = difference.unified_diff().header(&before, &after).to_string();
    // What somebody wrote into the file must not steer the terminal.
    write!(out, "{}", visible(&text))?;
    Ok(())
}
