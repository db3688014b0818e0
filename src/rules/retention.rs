//! How long backups are kept: what a bucket's lifecycle rule can do, what nothing does yet, and what would take a
//! chain apart.

use crate::api::backup::{BackupType, DeletePolicy, Retention};
use crate::diagnostics::{Severity, codes};
use crate::input::locate::{Correction, Finding};
use crate::plan::lifecycle;
use crate::plan::location::Location;
use crate::schedule::{Expression, duration};

use super::{Backup, Context, Summary};

const RETENTION: &str = "spec.retention";
const MAX_AGE: &str = "spec.retention.maxAge";
const DELETE_POLICY: &str = "spec.retention.deletePolicy";

/// Other specs that one finding names.
const MOST_NAMED: usize = 3;

/// The counting settings that are given: field, name, value.
fn counts(retention: &Retention) -> impl Iterator<Item = (&'static str, &'static str, i32)> + use<> {
    [
        ("spec.retention.maxCount", "maxCount", retention.max_count),
        ("spec.retention.keepLast", "keepLast", retention.keep_last),
        ("spec.retention.keepDaily", "keepDaily", retention.keep_daily),
        ("spec.retention.keepWeekly", "keepWeekly", retention.keep_weekly),
        ("spec.retention.keepMonthly", "keepMonthly", retention.keep_monthly),
        ("spec.retention.keepYearly", "keepYearly", retention.keep_yearly),
    ]
    .into_iter()
    .filter_map(|(field, name, value)| Some((field, name, value?)))
}

/// What is asked for: the grammar of the age, and criteria that mean something.
pub(super) fn meaning(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(retention) = &subject.spec.retention else { return };
    age(subject, retention, out);
    for (field, name, value) in counts(retention).filter(|(_, _, value)| *value == 0) {
        let finding = Finding::new(
            &codes::RETENTION_OF_NOTHING,
            field,
            format!("`{name}: {value}` keeps nothing, and the newest good backup is never deleted"),
        )
        .help(format!("write how many to keep, or remove `{name}`"));
        // Of the tiers a zero is the same as leaving them out.
        let tier = name != "maxCount" && name != "keepLast";
        out.push(if tier { finding.severity(Severity::Notice) } else { finding });
    }
    if retention.max_age.is_none() && counts(retention).next().is_none() {
        let field = if retention.delete_policy.is_some() { DELETE_POLICY } else { RETENTION };
        out.push(
            Finding::new(
                &codes::RETENTION_WITHOUT_CRITERION,
                field,
                "the retention says neither how long nor how many backups are kept, so all are kept",
            )
            .help(
                "add `maxAge`, `maxCount`, `keepLast` or a tier such as `keepDaily`, or remove `retention`",
            ),
        );
    }
    if retention.delete_policy == Some(DeletePolicy::Archive) {
        let bucket = subject.location.as_ref().is_some_and(|location| !location.is_claim());
        out.push(
            Finding::new(
                &codes::ARCHIVE_WITHOUT_MECHANISM,
                DELETE_POLICY,
                "`Archive` does nothing: neither Neo4j nor this program moves backups to an archive",
            )
            .help(if bucket {
                "add a storage class transition to the bucket's lifecycle rules, and remove `deletePolicy`"
            } else {
                "copy whole chains to where they are to stay, and remove `deletePolicy`"
            })
            .note(
                "an artifact has to be readable at once to be restored, which some archive classes are not",
            ),
        );
    }
    if subject.spec.schedule.is_none() {
        out.push(
            Finding::new(
                &codes::RETENTION_WITHOUT_SCHEDULE,
                RETENTION,
                "this backup runs once, so what its retention would take away is its only artifact",
            )
            .at_key()
            .help("add `schedule`, or remove `retention`"),
        );
    }
}

fn age(subject: &Backup<'_>, retention: &Retention, out: &mut Vec<Finding>) {
    let Some(text) = retention.max_age.as_deref().filter(|text| !text.is_empty()) else { return };
    let age = match duration::parse_age(text) {
        Ok(age) => age,
        Err(error) => {
            let finding = Finding::new(&codes::INVALID_AGE, MAX_AGE, error.to_string())
                .within(error.range.clone())
                .help(match error.kind {
                    // The general help names hours at most; ages are days more often.
                    duration::DurationErrorKind::MissingUnit => {
                        format!("add the unit: `{text}d` for days, `{text}h` for hours, `{text}w` for weeks")
                    }
                    _ => error.help(),
                });
            out.push(match error.replacement() {
                Some(replacement) => finding.correct(
                    format!("write `{replacement}`"),
                    Correction::ReplaceWithin(error.range.clone(), replacement),
                ),
                None => finding,
            });
            return;
        }
    };
    let gap = subject.expression.as_ref().and_then(Expression::shortest_gap);
    if let (Some(gap), Some(schedule)) = (gap.filter(|gap| *gap >= age), &subject.expression) {
        out.push(
            Finding::new(
                &codes::AGE_WITHIN_INTERVAL,
                MAX_AGE,
                format!(
                    "backups are too old after `{text}`, and `{schedule}` makes the next one only after {} at the soonest",
                    duration::words(gap)
                ),
            )
            .help("let `maxAge` span at least two runs")
            .related(subject.index, "spec.schedule", "the schedule"),
        );
    }
}

/// A bucket: the lifecycle rule, and what such a rule cannot do.
pub(super) fn in_bucket(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let (Some(retention), Some(location)) = (&subject.spec.retention, &subject.location) else { return };
    if location.is_claim() {
        return;
    }
    lifecycle_rule(subject, retention, location, out);
    for (field, name, _) in counts(retention).filter(|(_, _, value)| *value != 0) {
        out.push(
            Finding::new(
                &codes::RETENTION_UNUSED_IN_BUCKET,
                field,
                format!(
                    "`{name}` has no effect in the bucket `{}`: lifecycle rules cannot count",
                    location.bucket()
                ),
            )
            .help("use `maxAge` with the bucket's lifecycle rule, and mind the chains")
            .note("pruning whole chains in a bucket comes with the agent; until then nothing does it"),
        );
    }
    let criterion = retention.max_age.is_some() || counts(retention).next().is_some();
    if retention.delete_policy == Some(DeletePolicy::Delete) && criterion {
        out.push(
            Finding::new(
                &codes::RETENTION_UNUSED_IN_BUCKET,
                DELETE_POLICY,
                "`deletePolicy: Delete` has no effect in a bucket: what is deleted is the lifecycle rule's business",
            )
            .help("remove `deletePolicy`")
            .severity(Severity::Notice),
        );
    }
}

fn lifecycle_rule(
    subject: &Backup<'_>,
    retention: &Retention,
    location: &Location<'_>,
    out: &mut Vec<Finding>,
) {
    let Some(rule) = lifecycle::rule(&subject.document.metadata.name, subject.spec, location) else { return };
    let Some(text) = retention.max_age.as_deref() else { return };
    let days = duration::parse_age(text).map(|age| age.as_secs().div_ceil(24 * 60 * 60)).unwrap_or_default();
    let plural = if days == 1 { "day" } else { "days" };
    let rounded = if text.ends_with(['d', 'w']) { "" } else { ", rounded up because rules count whole days" };
    out.push(
        Finding::new(
            &codes::LIFECYCLE_RULE,
            MAX_AGE,
            format!(
                "nothing deletes from the bucket `{}` for this spec; its lifecycle rules do, after {days} {plural}{rounded}",
                location.bucket()
            ),
        )
        .help(format!("set this rule in {}: {}", rule.store, rule.document))
        .note(format!(
            "with the rule in a file: {}; the command replaces all rules of the bucket, so add the others to the file \
             first",
            rule.command
        )),
    );
    let kind = backup_type(subject);
    if kind != BackupType::Full {
        out.push(
            Finding::new(
                &codes::LIFECYCLE_BREAKS_CHAIN,
                MAX_AGE,
                format!(
                    "with `backupType: {kind}` a rule by age deletes the full backup that the younger differentials \
                     stand on"
                ),
            )
            .help("let every backup be FULL, or remove `maxAge` and delete whole chains by hand")
            .note(
                "a differential is restored together with all its ancestors from the same folder; without the full \
                 backup none of them is worth anything (neo4j-admin.md §2)",
            ),
        );
    }
    if location.folder().is_empty() {
        out.push(
            Finding::new(
                &codes::LIFECYCLE_TAKES_OTHERS,
                MAX_AGE,
                format!("the rule covers everything in the bucket `{}`, not only backups", location.bucket()),
            )
            .help("give the backup a folder of its own in `storage.path`"),
        );
    }
}

/// FULL when the spec says nothing (document 000).
fn backup_type(subject: &Backup<'_>) -> BackupType {
    subject.spec.options.as_deref().and_then(|options| options.backup_type).unwrap_or(BackupType::Full)
}

/// A claim: nothing is deleted until the pruning agent exists.
pub(super) fn on_claim(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let (Some(retention), Some(location)) = (&subject.spec.retention, &subject.location) else { return };
    if !location.is_claim() {
        return;
    }
    let claim = location.claim_name();
    let age = retention.max_age.as_deref().filter(|text| duration::parse_age(text).is_ok());
    let mut given: Vec<(&'static str, String)> = Vec::new();
    given.extend(age.map(|text| (MAX_AGE, format!("maxAge: {text}"))));
    given.extend(
        counts(retention)
            .filter(|(_, _, value)| *value != 0)
            .map(|(field, name, value)| (field, format!("{name}: {value}"))),
    );
    for (position, (field, setting)) in given.iter().enumerate() {
        let finding = Finding::new(
            &codes::RETENTION_UNUSED_ON_CLAIM,
            *field,
            format!("`{setting}` deletes nothing: until the pruning agent exists, nothing is deleted from the claim `{claim}`"),
        )
        .help("size the claim for what accumulates, or delete whole chains by hand, the oldest first");
        out.push(if position == 0 { finding.note(after_a_year(subject)) } else { finding });
    }
    if retention.delete_policy == Some(DeletePolicy::Delete) && !given.is_empty() {
        out.push(
            Finding::new(
                &codes::RETENTION_UNUSED_ON_CLAIM,
                DELETE_POLICY,
                "`deletePolicy: Delete` deletes nothing until the pruning agent exists",
            )
            .help("remove `deletePolicy`; it is the default")
            .severity(Severity::Notice),
        );
    }
}

/// What accumulates on a claim in a year of this schedule.
fn after_a_year(subject: &Backup<'_>) -> String {
    let Some(expression) = &subject.expression else {
        return "this backup has no schedule: each run adds one artifact a database".to_owned();
    };
    let runs = expression.runs_per_year();
    let size = subject
        .spec
        .storage
        .as_ref()
        .and_then(|storage| storage.pvc.as_ref())
        .and_then(|claim| claim.size.as_deref())
        .map(|size| format!("; the claim has {size}"))
        .unwrap_or_default();
    match backup_type(subject) {
        BackupType::Full => format!(
            "`{expression}` writes {runs} full backups of each database in a year, so {runs} times the size of its \
             store{size}"
        ),
        BackupType::Diff | BackupType::Auto => format!(
            "`{expression}` writes {runs} artifacts of each database in a year: the store, all its changes, and the \
             store again for each new chain{size}"
        ),
    }
}

/// Lifecycle rules against the folders of other specs: differentials in the same folder or below, and anything
/// below.
pub(super) fn lifecycle_and_others(
    context: &Context<'_>,
    summaries: &[Summary<'_>],
    out: &mut Vec<(usize, Finding)>,
) {
    let ruled: Vec<Entry<'_>> =
        summaries.iter().filter(|summary| has_rule(context, summary)).filter_map(Entry::new).collect();
    if ruled.is_empty() {
        return;
    }
    let mut all: Vec<Entry<'_>> = summaries.iter().filter_map(Entry::new).collect();
    all.sort_unstable_by(|left, right| {
        (&left.key, left.summary.index).cmp(&(&right.key, right.summary.index))
    });
    let chains: Vec<&Entry<'_>> =
        all.iter().filter(|entry| entry.summary.backup_type != BackupType::Full).collect();
    let every: Vec<&Entry<'_>> = all.iter().collect();
    for own in ruled {
        let index = own.summary.index;
        // A spec of differentials has been told of its own.
        let differentials = own.around(&chains);
        if own.summary.backup_type == BackupType::Full && !differentials.is_empty() {
            let verb = if differentials.len() == 1 { "writes" } else { "write" };
            let message = format!(
                "the rule by age also deletes what {} {verb}: a full backup goes before the differentials that stand \
                 on it",
                names(&differentials)
            );
            let finding = Finding::new(&codes::LIFECYCLE_BREAKS_CHAIN, MAX_AGE, message)
                .help("remove `maxAge`, and delete whole chains by hand")
                .note(
                    "a differential is restored together with all its ancestors from the same folder \
                     (neo4j-admin.md §2)",
                );
            out.push((index, relate(finding, &differentials)));
        }
        // The root of a bucket has been told of its own.
        let below = own.below(&every);
        if !below.is_empty() && !own.folder().is_empty() {
            let message = format!(
                "the rule covers everything below `{}`, and so the backups of {}",
                own.folder(),
                names(&below)
            );
            let finding = Finding::new(&codes::LIFECYCLE_TAKES_OTHERS, MAX_AGE, message)
                .help("give each spec a folder beside the others and not below one of them");
            out.push((index, relate(finding, &below)));
        }
    }
}

fn has_rule(context: &Context<'_>, summary: &Summary<'_>) -> bool {
    let age = context
        .documents
        .get(summary.index)
        .and_then(|document| document.backup()?.retention.as_ref()?.max_age.as_deref());
    age.is_some_and(|age| duration::parse_age(age).is_ok())
}

/// A spec that writes into a bucket, by its place.
struct Entry<'s> {
    /// Store and folder, each with an end: everything below a folder begins with the folder's key, so in a sorted
    /// list it is one run.
    key: String,
    summary: &'s Summary<'s>,
}

impl<'s> Entry<'s> {
    fn new(summary: &'s Summary<'s>) -> Option<Self> {
        let place = summary.place.as_ref().filter(|place| !place.store.starts_with("claim:"))?;
        let end = if place.folder.is_empty() { "" } else { "/" };
        Some(Self { key: format!("{}\0{}{end}", place.store, place.folder), summary })
    }

    fn folder(&self) -> &str {
        self.summary.place.as_ref().map(|place| place.folder.as_str()).unwrap_or_default()
    }

    /// The first specs of a sorted list in this folder and below, without this one.
    fn around<'e>(&self, sorted: &[&'e Entry<'s>]) -> Vec<&'e Summary<'s>> {
        let start = sorted.partition_point(|entry| entry.key < self.key);
        self.run(sorted.iter().skip(start).copied().filter(|entry| entry.summary.index != self.summary.index))
    }

    /// The first specs of a sorted list below this folder.
    fn below<'e>(&self, sorted: &[&'e Entry<'s>]) -> Vec<&'e Summary<'s>> {
        let start = sorted.partition_point(|entry| entry.key <= self.key);
        self.run(sorted.iter().skip(start).copied())
    }

    fn run<'e>(&self, entries: impl Iterator<Item = &'e Entry<'s>>) -> Vec<&'e Summary<'s>>
    where
        's: 'e,
    {
        entries
            .take_while(|entry| entry.key.starts_with(&self.key))
            .take(MOST_NAMED + 1)
            .map(|entry| entry.summary)
            .collect()
    }
}

/// Specs as a message names them: `` `one`, `two` ``.
fn names(specs: &[&Summary<'_>]) -> String {
    let names: Vec<String> = specs.iter().take(MOST_NAMED).map(|spec| format!("`{}`", spec.name)).collect();
    let more = if specs.len() > MOST_NAMED { " and others" } else { "" };
    format!("{}{more}", names.join(", "))
}

fn relate(finding: Finding, specs: &[&Summary<'_>]) -> Finding {
    specs.iter().take(MOST_NAMED).fold(finding, |finding, spec| {
        finding.related(spec.index, "spec.storage", format!("`{}` writes here", spec.name))
    })
}
