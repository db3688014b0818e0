//! When a backup runs: the expression, its zone, and what belongs to a schedule alone.
//!
//! No rule here reads a clock. What daylight saving time does to a schedule is told from the zone's rules over a
//! fixed span of years, so that the same spec gets the same findings on every day (DESIGN.md law 2).

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::diagnostics::{Severity, codes};
use crate::input::locate::{Correction, Finding};
use crate::schedule::{
    DaylightSavingEffect, Expression, ParseError, ParseErrorKind, daylight_saving_effects, duration, is_utc,
    parse_zone,
};

use super::Backup;

const SCHEDULE: &str = "spec.schedule";
const TIME_ZONE: &str = "spec.timeZone";

/// Runs closer together than this are hardly meant.
const TIGHT: Duration = Duration::from_secs(5 * 60);
/// The years whose clock changes are looked at: 2026-01-01 to 2028-01-01.
const REFERENCE: (Timestamp, Timestamp) =
    (Timestamp::constant(1_767_225_600, 0), Timestamp::constant(1_830_297_600, 0));
/// More missed runs than this within the deadline, and the CronJob controller starts none (Kubernetes, "CronJob
/// limitations").
const MOST_MISSED_RUNS: u64 = 100;

/// The schedule itself.
pub(super) fn expression(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(text) = subject.spec.schedule.as_deref() else { return };
    match &subject.expression {
        Some(expression) => judge(expression, out),
        // An empty value has been reported with its length.
        None if text.is_empty() => {}
        None => out.extend(Expression::parse(text).err().map(|error| refused(text, &error))),
    }
}

fn refused(text: &str, error: &ParseError) -> Finding {
    let prefix = matches!(error.kind, ParseErrorKind::TimeZonePrefix { .. });
    let definition = if prefix { &codes::SCHEDULE_TIME_ZONE_PREFIX } else { &codes::INVALID_SCHEDULE };
    let finding =
        Finding::new(definition, SCHEDULE, error.to_string()).within(error.range.clone()).help(error.help());
    match error.replacement() {
        Some(replacement) => {
            finding.correct(format!("write `{replacement}`"), correction(text, error, replacement))
        }
        None => finding,
    }
}

/// Replaces the part that is wrong, or the whole value in quotes where the part alone could end a plain scalar
/// or begin something else.
fn correction(text: &str, error: &ParseError, replacement: String) -> Correction {
    let (before, after) = (text.get(..error.range.start), text.get(error.range.end..));
    if error.range.start > 0 && !replacement.contains(',') {
        return Correction::ReplaceWithin(error.range.clone(), replacement);
    }
    let whole = format!("{}{replacement}{}", before.unwrap_or_default(), after.unwrap_or_default());
    Correction::ReplaceValue(serde_json::Value::String(whole).to_string())
}

fn judge(expression: &Expression, out: &mut Vec<Finding>) {
    if expression.never_fires() {
        out.push(
            Finding::new(
                &codes::SCHEDULE_NEVER_FIRES,
                SCHEDULE,
                format!("`{expression}` matches no day of any year"),
            )
            .help("choose a day that the month has, and give every field a value, for instance `0 2 28 2 *`"),
        );
        return;
    }
    if let Some(period) = expression.every() {
        out.push(
            Finding::new(
                &codes::SCHEDULE_BY_INTERVAL,
                SCHEDULE,
                format!(
                    "`{expression}` is counted from the last run or from the creation of the CronJob, not from the \
                     time of day"
                ),
            )
            .help("write the times of day as five fields, for instance `0 */6 * * *`")
            .note(format!(
                "when the backup runs, every {}, is decided by the moment of the first apply (rust.md §5)",
                duration::words(period)
            )),
        );
    }
    if let Some(gap) = expression.shortest_gap().filter(|gap| *gap < TIGHT) {
        let finding = Finding::new(
            &codes::SCHEDULE_TOO_TIGHT,
            SCHEDULE,
            format!("`{expression}` leaves only {} between two runs", duration::words(gap)),
        )
        .help("let the minute be one value, for instance `0 2 * * *` for every day at 02:00");
        out.push(if expression.as_str().trim_start().starts_with('*') {
            finding.note("a `*` in the first field means every minute; it is the default of the official chart (peers.md)")
        } else {
            finding.note("runs never overlap, so a backup that takes longer is followed by the next at once")
        });
    }
}

/// The zone of the schedule, and what its clock changes do.
pub(super) fn time_zone(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let (Some(_), Some(name)) = (&subject.spec.schedule, subject.spec.time_zone.as_deref()) else { return };
    let zone = match parse_zone(name) {
        _ if name.is_empty() => return,
        Ok(zone) => zone,
        Err(error) => {
            let finding =
                Finding::new(&codes::INVALID_TIME_ZONE, TIME_ZONE, error.to_string()).help(error.help());
            out.push(match error.replacement() {
                Some(name) => finding.correct(format!("write `{name}`"), Correction::ReplaceValue(name)),
                None => finding,
            });
            return;
        }
    };
    let Some(expression) = &subject.expression else { return };
    if expression.every().is_some() {
        out.push(
            Finding::new(
                &codes::TIME_ZONE_UNUSED,
                TIME_ZONE,
                format!("`timeZone` has no effect beside `{expression}`, which does not look at the clock"),
            )
            .help("write the times of day as five fields, or remove `timeZone`"),
        );
    } else if !is_utc(name) {
        clock_changes(expression, name, &zone, out);
    }
}

fn clock_changes(expression: &Expression, name: &str, zone: &TimeZone, out: &mut Vec<Finding>) {
    let effects = daylight_saving_effects(expression, zone, REFERENCE.0, REFERENCE.1);
    let skipped = effects.iter().find(|effect| matches!(effect, DaylightSavingEffect::Skipped { .. }));
    let repeated = effects.iter().find(|effect| matches!(effect, DaylightSavingEffect::Repeated { .. }));
    for effect in skipped.into_iter().chain(repeated) {
        let change = effect.change();
        let (definition, from, to) = match effect {
            DaylightSavingEffect::Skipped { .. } => {
                (&codes::DAYLIGHT_SAVING_SKIPS, change.wall_before(), change.wall_after())
            }
            DaylightSavingEffect::Repeated { .. } => {
                (&codes::DAYLIGHT_SAVING_REPEATS, change.wall_after(), change.wall_before())
            }
        };
        let (from, to) = (from.strftime("%H:%M").to_string(), to.strftime("%H:%M").to_string());
        out.push(
            Finding::new(definition, SCHEDULE, format!("in `{name}` {effect}"))
                .help(format!("run before {from} or from {to} on, or leave `timeZone` out for UTC"))
                .note(
                    "it happens every year that the clock changes; 2026 and 2027 were looked at (rust.md §5)",
                ),
        );
    }
}

/// What belongs to a CronJob has no effect on a Job that runs once.
pub(super) fn unused_without_schedule(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let spec = subject.spec;
    if spec.schedule.is_some() {
        return;
    }
    let mut unused = |field: &'static str| {
        let leaf = field.trim_start_matches("spec.");
        out.push(
            Finding::new(
                &codes::UNUSED_WITHOUT_SCHEDULE,
                field,
                format!("`{leaf}` has no effect, because this backup has no schedule and runs once"),
            )
            .help(format!("add `schedule`, or remove `{leaf}`")),
        );
    };
    if spec.time_zone.is_some() {
        unused(TIME_ZONE);
    }
    if spec.starting_deadline.is_some() {
        unused("spec.startingDeadline");
    }
    if let Some(limits) = &spec.history_limits {
        if limits.successful.is_some() {
            unused("spec.historyLimits.successful");
        }
        if limits.failed.is_some() {
            unused("spec.historyLimits.failed");
        }
        if limits.successful.is_none() && limits.failed.is_none() {
            unused("spec.historyLimits");
        }
    }
    match spec.suspend {
        Some(true) => out.push(
            Finding::new(
                &codes::UNUSED_WITHOUT_SCHEDULE,
                "spec.suspend",
                "`suspend` holds nothing back, because this backup has no schedule: it runs as soon as it is applied",
            )
            .help("add `schedule`, or do not apply the spec until the backup is wanted"),
        ),
        Some(false) => out.push(
            Finding::new(
                &codes::UNUSED_WITHOUT_SCHEDULE,
                "spec.suspend",
                "`suspend` has no effect, because this backup has no schedule and runs once",
            )
            .help("add `schedule`, or remove `suspend`")
            .severity(Severity::Notice),
        ),
        None => {}
    }
}

/// Settings of the CronJob beside its times.
pub(super) fn cron_job_settings(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let spec = subject.spec;
    if spec.schedule.is_none() {
        return;
    }
    if spec.suspend == Some(true) {
        out.push(
            Finding::new(
                &codes::SCHEDULE_SUSPENDED,
                "spec.suspend",
                "the schedule is suspended, so no backups are made",
            )
            .help("set `suspend` to false when the maintenance is over"),
        );
    }
    starting_deadline(subject, out);
    let limits = spec.history_limits.as_ref();
    for (limit, field, runs) in [
        (limits.and_then(|limits| limits.successful), "spec.historyLimits.successful", "successful"),
        (limits.and_then(|limits| limits.failed), "spec.historyLimits.failed", "failed"),
    ] {
        if limit == Some(0) {
            out.push(
                Finding::new(
                    &codes::LOGS_NOT_KEPT,
                    field,
                    format!("no {runs} run is kept, so its log is gone as soon as it ends"),
                )
                .help("keep at least 1"),
            );
        }
    }
}

fn starting_deadline(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let deadline = subject.spec.starting_deadline.as_deref().and_then(|text| duration::parse(text).ok());
    let gap = subject.expression.as_ref().and_then(Expression::shortest_gap);
    let (Some(deadline), Some(gap)) = (deadline, gap) else { return };
    if deadline <= gap {
        return;
    }
    let (deadline_words, gap_words) = (duration::words(deadline), duration::words(gap));
    let missed = deadline.as_secs() / gap.as_secs().max(1);
    let finding = Finding::new(
        &codes::DEADLINE_BEYOND_INTERVAL,
        "spec.startingDeadline",
        format!("a run may start {deadline_words} late, and the next one is due after {gap_words}"),
    )
    .help(format!("write less than {gap_words}"));
    out.push(if missed > MOST_MISSED_RUNS {
        finding.severity(Severity::Warning).note(format!(
            "{missed} runs fit into the deadline; after more than {MOST_MISSED_RUNS} missed ones Kubernetes starts none \
             (Kubernetes, \"CronJob limitations\")"
        ))
    } else {
        finding.note("of the runs missed within the deadline only the newest is started (Kubernetes, \"CronJob\")")
    });
}
