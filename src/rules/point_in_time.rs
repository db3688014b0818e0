//! Going back to a moment: its grammar, what Neo4j can do with it, and the settings that it has no mechanism for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::backup::BackupType;
use crate::api::restore::{Pitr, SourceType};
use crate::diagnostics::{Severity, codes};
use crate::input::locate::{Correction, Finding};
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::restore_until::PointInTime;
use crate::plan::restore::RestoreMethod;

use super::restore_facts::{Origin, lacks_artifact, leaves, method};
use super::{Context, Restore, Summary};

const INSTANT: &str = "spec.source.pointInTime";

/// The moment itself.
pub(super) fn instant(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(source) = subject.spec.source.as_deref() else { return };
    let Some(text) = source.point_in_time.as_deref().filter(|text| !text.is_empty()) else {
        if source.source_type == Some(SourceType::Pitr) && source.point_in_time.is_none() {
            out.push(
                Finding::new(
                    &codes::POINT_IN_TIME_MISSING,
                    "spec.source.type",
                    "no `pointInTime` is given, so the whole chain is restored, up to its newest transaction",
                )
                .help("add `source.pointInTime`, or use type `backup` or `storage`"),
            );
        }
        return;
    };
    let point = match PointInTime::parse(text) {
        Ok(point) => point,
        Err(error) => {
            let finding =
                Finding::new(&codes::INVALID_POINT_IN_TIME, INSTANT, format!("`{text}`: {}", error.reason))
                    .within(error.range)
                    .help(error.help);
            out.push(match tidied(text) {
                Some(meant) => finding.correct(
                    format!("write `{meant}`"),
                    Correction::ReplaceValue(Value::String(meant).to_string()),
                ),
                None => finding,
            });
            return;
        }
    };
    if let Some(now) = subject.context.options.now
        && point.timestamp() > now
    {
        out.push(
            Finding::new(&codes::POINT_IN_TIME_IN_FUTURE, INSTANT, format!("`{text}` lies in the future"))
                .help("check year, month and zone; without `pointInTime` everything is restored"),
        );
    } else if !text.ends_with('Z') && !text.ends_with("+00:00") {
        out.push(
            Finding::new(
                &codes::POINT_IN_TIME_CONVERTED,
                INSTANT,
                format!("`{text}` is `{point}`, and Neo4j is given the latter"),
            )
            .help(format!("write `{point}` when the two should look the same")),
        );
    }
    unsupported(subject, out);
}

/// A time whose letters are small or whose `T` is a space means the same in RFC 3339's own words.
fn tidied(text: &str) -> Option<String> {
    let mut meant = text.trim().to_owned();
    if matches!(meant.as_bytes().get(10), Some(b' ' | b't')) {
        meant.replace_range(10..11, "T");
    }
    if meant.ends_with('z') {
        meant.pop();
        meant.push('Z');
    }
    (meant != text && PointInTime::parse(&meant).is_ok()).then_some(meant)
}

fn unsupported(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let (Some(RestoreMethod::Seed), Some(target)) = (method(subject), subject.target()) else { return };
    let Some(version) = target.version.filter(|version| !has(*version, Feature::SeedRestoreUntil)) else {
        return;
    };
    let from_claim = subject.source.as_ref().is_some_and(|source| source.location.is_claim());
    if from_claim {
        return;
    }
    // Without an artifact no Job is rendered that could fail.
    let severity = if lacks_artifact(subject) == Some(false) { Severity::Error } else { Severity::Warning };
    out.push(
        Finding::new(
            &codes::POINT_IN_TIME_UNSUPPORTED,
            INSTANT,
            format!("a seed of Neo4j {version} cannot go back to a point in time"),
        )
        .help(format!(
            "set `stopCluster: true`, so that `--restore-until` is used on a stopped server, or restore into {} or later",
            Feature::SeedRestoreUntil.since()
        ))
        .severity(severity),
    );
}

/// Settings that Neo4j has no mechanism for, leaf by leaf.
pub(super) fn settings(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(source) =
        subject.spec.source.as_deref().filter(|source| source.source_type == Some(SourceType::Pitr))
    else {
        return;
    };
    let Some(pitr) = &source.pitr else { return };
    // The base backup is the one part that counts.
    let logs = Pitr { base_backup: None, ..pitr.clone() };
    if logs == Pitr::default() {
        return;
    }
    for (field, value) in leaves("spec.source.pitr", &logs) {
        let leaf = field.trim_start_matches("spec.source.pitr.").to_owned();
        let instead = match leaf.split('.').next().unwrap_or_default() {
            "logStorage" => {
                "Neo4j does not replay archived transaction logs; it restores from the differentials that lie beside the \
                 base backup"
            }
            "logRetention" => {
                "there is no log archive; how far back a restore can go is how long chains are kept"
            }
            "recoveryPointObjective" => {
                "how much may be lost is the time between two differentials, so it follows from their schedule"
            }
            "validateLogIntegrity" => {
                "there are no logs to validate; `options.verifyBackup` checks the chain"
            }
            "compression" => "no logs are read; artifacts are compressed by the backup's `options.compress`",
            "encryption" => "no logs are read, and nothing is decrypted",
            _ => "Neo4j has no mechanism for it",
        };
        let finding =
            Finding::new(&codes::PITR_SETTING_UNUSED, field, format!("`{leaf}` has no effect: {instead}"))
                .help(format!("remove `{leaf}`"));
        // Who switches off what does not exist has lost nothing.
        out.push(if value == Value::Bool(false) { finding.severity(Severity::Notice) } else { finding });
    }
}

/// A base backup that no differentials follow.
pub(super) fn differentials(
    context: &Context<'_>,
    summaries: &[Summary<'_>],
    out: &mut Vec<(usize, Finding)>,
) {
    let restores = context.documents.iter().enumerate().filter_map(|(index, document)| {
        let source = document.restore()?.source.as_deref()?;
        source.point_in_time.as_ref()?;
        Some((index, Origin::of(source)?.reference?))
    });
    let mut places = None;
    for (index, (field, name)) in restores {
        let Some(backup) = context.restore(index).and_then(|restore| restore.referenced) else { continue };
        let Ok(own) = summaries.binary_search_by_key(&backup, |summary| summary.index) else { continue };
        let Some(own) = summaries.get(own).filter(|summary| summary.place.is_some()) else { continue };
        let with_differentials: &BTreeSet<_> = places.get_or_insert_with(|| {
            let chains = summaries.iter().filter(|summary| summary.backup_type != BackupType::Full);
            chains.filter_map(|summary| summary.place.as_ref()).collect()
        });
        if own.place.as_ref().is_some_and(|place| with_differentials.contains(place)) {
            continue;
        }
        out.push((
            index,
            Finding::new(
                &codes::POINT_IN_TIME_WITHOUT_DIFFERENTIALS,
                field,
                format!("`{name}` makes full backups alone, so there is no moment between two of them to go back to"),
            )
            .help("add a Neo4jBackup with `backupType: DIFF` or `AUTO` that writes into the same folder")
            .related(backup, "spec.options.backupType", "FULL, also when nothing is said"),
        ));
    }
}
