//! Folders and the chains in them: what several backups make together (DESIGN.md, "Folder").
//!
//! neo4j-admin writes the artifacts of all databases flat into one folder and looks there for the parent of a
//! differential. So a folder belongs to one set of databases of one deployment, may have one writer of FULL and
//! one of DIFF or AUTO, and only one of them at a time (neo4j-admin.md §2, "Chain rules"; operator.md §4,
//! pitfalls 2 and 50). Folders inside of each other are no trouble: `backup inspect` and the search for a parent
//! read a folder, not its sub-folders.

use std::collections::BTreeMap;

use crate::api::backup::BackupType;
use crate::diagnostics::codes;
use crate::input::Finding;

use super::context::StoragePlace;
use super::overlap::Occupation;
use super::{Context, Summary};

const TYPE: &str = "spec.options.backupType";
const PATH: &str = "spec.storage.path";

/// All rules about folders that backups write into.
pub(super) fn folders(context: &Context<'_>, summaries: &[Summary<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut places: Vec<(&StoragePlace, &Summary<'_>)> = summaries
        .iter()
        .filter(|summary| !summary.deployment.1.is_empty() && !summary.databases.is_empty())
        .filter_map(|summary| Some((summary.place.as_ref()?, summary)))
        .collect();
    // Stable, so that within a folder the order is that of the input.
    places.sort_by_key(|(place, _)| *place);
    let elsewhere = FullBackups::new(summaries);
    for group in places.chunk_by(|(one, _), (other, _)| one == other) {
        let Some(((place, first), rest)) = group.split_first() else { continue };
        let mut owners = vec![*first];
        if !rest.is_empty() {
            let subject = content(first);
            for (_, summary) in rest {
                if content(summary) == subject {
                    owners.push(summary);
                } else {
                    out.push((summary.index, foreign(place, summary, first)));
                }
            }
        }
        one_folder(context, place, &owners, out);
        unfed(place, &owners, &elsewhere, out);
    }
}

/// What a folder holds: a deployment and its databases, in any order and case.
fn content<'s>(summary: &'s Summary<'_>) -> (&'s str, &'s str, Vec<String>) {
    let mut databases: Vec<String> =
        summary.databases.iter().map(|database| database.text.to_ascii_lowercase()).collect();
    databases.sort();
    databases.dedup();
    (summary.deployment.0, summary.deployment.1, databases)
}

fn foreign(place: &StoragePlace, summary: &Summary<'_>, first: &Summary<'_>) -> Finding {
    let (what, why) = if summary.deployment == first.deployment {
        ("other databases of the same deployment", "their artifacts cannot be kept and deleted apart")
    } else {
        ("another deployment", "artifacts of equal names would be taken for one chain")
    };
    Finding::new(
        &codes::FOLDER_OF_OTHERS,
        PATH,
        format!("`{}` writes the backups of {what} into {}: {why}", first.name, words(place)),
    )
    .help(own_folder(summary))
    .note("DESIGN.md, \"Folder\"; neo4j-admin.md §2, \"Chain rules\"")
    .related(first.index, PATH, format!("the folder of `{}`", first.name))
}

fn own_folder(summary: &Summary<'_>) -> String {
    let name = summary.name;
    match summary.place.as_ref().map(|place| place.folder.as_str()) {
        Some(folder) if !folder.is_empty() => {
            format!("give it a folder of its own, for instance `path: {folder}/{name}`")
        }
        _ => format!("give it a folder of its own, for instance `path: {name}`"),
    }
}

/// One writer of FULL and one of DIFF or AUTO, and not both at a time.
fn one_folder(
    context: &Context<'_>,
    place: &StoragePlace,
    owners: &[&Summary<'_>],
    out: &mut Vec<(usize, Finding)>,
) {
    if owners.len() < 2 {
        return;
    }
    let (full, differential): (Vec<&Summary<'_>>, Vec<&Summary<'_>>) =
        owners.iter().copied().partition(|owner| owner.backup_type == BackupType::Full);
    for (writers, kind) in [(&full, "FULL"), (&differential, "DIFF or AUTO")] {
        let Some((first, rest)) = writers.split_first() else { continue };
        for writer in rest {
            let help = if kind == "FULL" {
                format!("write `backupType: DIFF` or `AUTO` in one of them, or {}", own_folder(writer))
            } else {
                own_folder(writer)
            };
            out.push((
                writer.index,
                Finding::new(
                    &codes::FOLDER_WITH_TWO_WRITERS,
                    PATH,
                    format!("`{}` writes into {} too, and both are {kind}", first.name, words(place)),
                )
                .help(help)
                .note("DESIGN.md, \"Folder\": one FULL and one DIFF or AUTO may share a folder")
                .related(first.index, PATH, format!("the folder of `{}`", first.name)),
            ));
        }
    }
    if let ([full], [differential]) = (full.as_slice(), differential.as_slice()) {
        // The finding stands at the later of the two, where it was added.
        let (earlier, later) =
            if full.index < differential.index { (full, differential) } else { (differential, full) };
        let (Some(one), Some(two)) = (occupation(context, earlier), occupation(context, later)) else {
            return;
        };
        if let Some(meeting) = one.meeting(&two) {
            let field = if later.expression.is_some() { "spec.schedule" } else { PATH };
            out.push((
                later.index,
                Finding::new(
                    &codes::FOLDER_WRITTEN_AT_ONCE,
                    field,
                    format!(
                        "`{}` and `{}` share {} and can run at the same time: {}",
                        later.name,
                        earlier.name,
                        words(place),
                        meeting.words(earlier.name, later.name)
                    ),
                )
                .help("move one schedule so far that the other run is over, and bound the runs with `job.deadline` and `job.backoffLimit`")
                .note("neo4j-admin.md §2, \"Chain rules\": no two writers at a time in one folder; without `job.deadline` a run is taken to last an hour")
                .related(earlier.index, if earlier.expression.is_some() { "spec.schedule" } else { PATH }, "the other one"),
            ));
        }
    }
}

/// When the runs of a backup are under way.
pub(super) fn occupation<'s>(context: &Context<'_>, summary: &'s Summary<'_>) -> Option<Occupation<'s>> {
    let spec = context.documents.get(summary.index)?.backup()?;
    Occupation::of(spec, summary.expression.as_ref(), summary.time_zone)
}

/// A differential needs a full backup in its folder: from a FULL, or from an AUTO, which makes one.
fn unfed(
    place: &StoragePlace,
    owners: &[&Summary<'_>],
    elsewhere: &FullBackups<'_>,
    out: &mut Vec<(usize, Finding)>,
) {
    if owners.iter().any(|owner| owner.backup_type != BackupType::Diff) {
        return;
    }
    for owner in owners {
        let once =
            if owner.expression.is_none() { ", and this one runs once and fails without it" } else { "" };
        let finding = Finding::new(
            &codes::DIFFERENTIAL_WITHOUT_FULL,
            TYPE,
            format!("nothing in this input makes the full backup in {} that a DIFF needs{once}", words(place)),
        )
        .note("neo4j-admin.md §2: \"Differential backups require that a full backup of the same database exists in the folder\"; it may come from elsewhere");
        out.push((
            owner.index,
            match elsewhere.same_content(owner) {
                Some(full) => finding
                    .help(format!("let it share the folder of `{}`, which is FULL, or write `backupType: AUTO`", full.name))
                    .related(full.index, PATH, "a full backup of the same databases, in another folder"),
                None => finding.help(
                    "write `backupType: AUTO`, which begins with a full backup, or add a FULL with the same `storage`",
                ),
            },
        ));
    }
}

/// The first FULL of each deployment, to point at.
struct FullBackups<'s>(BTreeMap<(&'s str, &'s str), &'s Summary<'s>>);

impl<'s> FullBackups<'s> {
    fn new(summaries: &'s [Summary<'s>]) -> Self {
        let mut first = BTreeMap::new();
        if summaries.iter().any(|summary| summary.backup_type == BackupType::Diff) {
            for summary in summaries.iter().filter(|summary| summary.backup_type == BackupType::Full) {
                first.entry(summary.deployment).or_insert(summary);
            }
        }
        Self(first)
    }

    fn same_content(&self, summary: &Summary<'_>) -> Option<&'s Summary<'s>> {
        self.0.get(&summary.deployment).copied().filter(|full| content(full) == content(summary))
    }
}

/// A place as a sentence names it.
fn words(place: &StoragePlace) -> String {
    let folder = &place.folder;
    match place.store.strip_prefix("claim:").and_then(|claim| claim.split_once('/')) {
        Some((_, claim)) if folder.is_empty() => format!("the root of the claim `{claim}`"),
        Some((_, claim)) => format!("the folder `{folder}` of the claim `{claim}`"),
        None => {
            let (root, rest) = match place.store.split_once(' ') {
                Some((root, rest)) => (root, format!(" {rest}")),
                None => (place.store.as_str(), String::new()),
            };
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("`{root}{folder}{slash}`{rest}")
        }
    }
}
