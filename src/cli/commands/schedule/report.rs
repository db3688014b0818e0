//! How schedules are shown.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Value, json};

use crate::diagnostics::visible_line;
use crate::schedule::{
    Entry, Expression, ParseError, TimelineRun, ZoneError, clashes, daylight_saving_effects, is_utc, timeline,
};

/// How far ahead changes of the clock and runs are looked for.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How far ahead runs that meet are looked for. A month has every weekday and every day of a month.
const MONTH: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Runs that start so close to each other meet: they compete for the same server and the same network.
const CLOSE: Duration = Duration::from_secs(10 * 60);
/// Lines of a list that nobody reads to its end.
const MOST_LINES: usize = 50;

/// A schedule that could be read.
pub(super) struct Plan {
    /// The file; empty for an expression on the command line.
    pub(super) path: String,
    /// The backup, `namespace/name`; empty for an expression on the command line.
    pub(super) name: String,
    pub(super) expression: Expression,
    pub(super) zone: String,
    pub(super) time_zone: TimeZone,
    pub(super) suspended: bool,
}

/// A schedule or a zone that could not.
pub(super) struct Problem {
    at: String,
    text: String,
    range: Range<usize>,
    message: String,
    help: String,
    replacement: Option<String>,
}

impl Problem {
    pub(super) fn of_expression(path: &str, name: &str, text: &str, error: &ParseError) -> Self {
        let replacement = error.replacement().and_then(|replacement| {
            let (before, after) = (text.get(..error.range.start)?, text.get(error.range.end..)?);
            Some(format!("{before}{replacement}{after}"))
        });
        Self {
            at: place(path, name),
            text: text.to_owned(),
            range: error.range.clone(),
            message: error.to_string(),
            help: error.help(),
            replacement,
        }
    }

    pub(super) fn of_zone(path: &str, name: &str, text: &str, error: &ZoneError) -> Self {
        Self {
            at: place(path, name),
            text: text.to_owned(),
            range: 0..text.len(),
            message: error.to_string(),
            help: error.help(),
            replacement: error.replacement(),
        }
    }

    /// The text with carets below the part that is wrong, and what to write instead.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "error: {}{}", visible_line(&self.at), visible_line(&self.message))?;
        let width =
            |range: Range<usize>| self.text.get(range).map_or(0, |part| visible_line(part).chars().count());
        let (before, marked) = (width(0..self.range.start), width(self.range.clone()).max(1));
        writeln!(out, "  {}", visible_line(&self.text))?;
        writeln!(out, "  {:before$}{:^<marked$}", "", "")?;
        writeln!(out, "  help: {}", visible_line(&self.help))?;
        match &self.replacement {
            Some(replacement) => writeln!(out, "  write: {}", visible_line(replacement)),
            None => Ok(()),
        }
    }
}

fn place(path: &str, name: &str) -> String {
    match (path, name) {
        ("", "") => String::new(),
        (path, "") => format!("{path}: "),
        (path, name) => format!("{path}: {name}: "),
    }
}

fn until(from: Timestamp, span: SignedDuration) -> Timestamp {
    from.checked_add(span).unwrap_or(Timestamp::MAX)
}

fn local(run: &Zoned) -> String {
    run.strftime("%a %Y-%m-%d %H:%M:%S %Z (%:z)").to_string().replace(":00 ", " ")
}

fn runs(plan: &Plan, from: Timestamp, count: usize) -> Vec<Zoned> {
    plan.expression.runs(from, &plan.time_zone).take(count).collect()
}

/// One schedule.
pub(super) fn write_one(out: &mut impl Write, plan: &Plan, from: Timestamp, count: usize) -> io::Result<()> {
    writeln!(out, "{}: {}", plan.expression.as_str(), plan.expression.words())?;
    writeln!(out)?;
    write_runs(out, plan, from, count)?;
    let effects = daylight_saving_effects(&plan.expression, &plan.time_zone, from, until(from, YEAR));
    if !effects.is_empty() {
        writeln!(out, "\nChanges of the clock in the next year:")?;
        for effect in effects.iter().take(MOST_LINES) {
            writeln!(out, "  {effect}")?;
        }
    }
    Ok(())
}

fn write_runs(out: &mut impl Write, plan: &Plan, from: Timestamp, count: usize) -> io::Result<()> {
    let runs = runs(plan, from, count);
    if runs.is_empty() {
        return writeln!(out, "It has no run in the next five years, after which Kubernetes stops looking.");
    }
    if is_utc(&plan.zone) {
        writeln!(out, "Next runs in UTC:")?;
    } else {
        writeln!(out, "Next runs in {}, and in UTC:", plan.zone)?;
    }
    for run in runs {
        writeln!(out, "  {:<36}  {}", local(&run), run.timestamp())?;
    }
    Ok(())
}

/// The schedules of several specs, in the order of the input.
pub(super) fn write_several(
    out: &mut impl Write,
    plans: &[Plan],
    from: Timestamp,
    count: usize,
) -> io::Result<()> {
    for (index, plan) in plans.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let suspended = if plan.suspended { " (suspended: it does not run)" } else { "" };
        writeln!(out, "{gap}{}{suspended}", visible_line(&plan.name))?;
        writeln!(out, "{}: {}", plan.expression.as_str(), plan.expression.words())?;
        write_runs(out, plan, from, count)?;
        for effect in daylight_saving_effects(&plan.expression, &plan.time_zone, from, until(from, YEAR)) {
            writeln!(out, "  clock: {effect}")?;
        }
    }
    if plans.len() < 2 {
        return Ok(());
    }
    let entries = entries(plans);
    writeln!(out, "\nAll of them, in order, in UTC:")?;
    let lines = count.saturating_mul(entries.len()).min(MOST_LINES);
    for run in timeline(&entries, from, until(from, YEAR)).take(lines) {
        writeln!(out, "  {}  {}", run.at.timestamp(), visible_line(run.name))?;
    }
    let meetings = meetings(&entries, from);
    if meetings.is_empty() {
        return writeln!(out, "\nNo two of them start within 10 minutes of each other in the next 31 days.");
    }
    writeln!(out, "\nThese start within 10 minutes of each other in the next 31 days:")?;
    for meeting in meetings.iter().take(MOST_LINES) {
        let times = if meeting.times == 1 { "once".to_owned() } else { format!("{} times", meeting.times) };
        let names: Vec<_> = meeting.names.iter().map(|name| visible_line(name)).collect();
        writeln!(out, "  {}  {}, {times}", meeting.first, names.join(" and "))?;
    }
    if meetings.len() > MOST_LINES {
        writeln!(out, "  and {} more", meetings.len() - MOST_LINES)?;
    }
    Ok(())
}

/// What runs: a suspended schedule does not.
fn entries(plans: &[Plan]) -> Vec<Entry<'_>> {
    plans
        .iter()
        .filter(|plan| !plan.suspended)
        .map(|plan| Entry { name: &plan.name, expression: &plan.expression, zone: &plan.time_zone })
        .collect()
}

/// Schedules that meet.
struct Meeting<'a> {
    first: Timestamp,
    names: Vec<&'a str>,
    times: usize,
}

/// Which schedules meet, each set of them once, by the first time.
fn meetings<'a>(entries: &'a [Entry<'a>], from: Timestamp) -> Vec<Meeting<'a>> {
    let mut found: BTreeMap<Vec<usize>, Meeting<'a>> = BTreeMap::new();
    for group in clashes(entries, from, until(from, MONTH), CLOSE) {
        let mut members: Vec<usize> = group.iter().map(|run| run.entry).collect();
        members.sort_unstable();
        members.dedup();
        let Some(first) = group.first().map(|run: &TimelineRun<'_>| run.at.timestamp()) else { continue };
        let names = members.iter().filter_map(|index| entries.get(*index)).map(|entry| entry.name).collect();
        found.entry(members).or_insert(Meeting { first, names, times: 0 }).times += 1;
    }
    let mut meetings: Vec<Meeting<'a>> = found.into_values().collect();
    meetings.sort_by(|left, right| (left.first, &left.names).cmp(&(right.first, &right.names)));
    meetings
}

fn run_json(run: &Zoned) -> Value {
    json!({"local": run.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), "utc": run.timestamp().to_string()})
}

/// `{expression, timeZone, runs: [{local, utc}], words, never, clockChanges}`.
pub(super) fn one_json(plan: &Plan, from: Timestamp, count: usize) -> Value {
    let runs = runs(plan, from, count);
    let effects = daylight_saving_effects(&plan.expression, &plan.time_zone, from, until(from, YEAR));
    json!({
        "expression": plan.expression.as_str(),
        "timeZone": plan.zone,
        "words": plan.expression.words(),
        "never": runs.is_empty(),
        "runs": runs.iter().map(run_json).collect::<Vec<_>>(),
        "clockChanges": effects.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// `{schedules: [as for one, with path, name, suspended], timeline: [{utc, local, name}], clashes}`.
pub(super) fn several_json(plans: &[Plan], from: Timestamp, count: usize) -> Value {
    let schedules: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut value = one_json(plan, from, count);
            if let Some(object) = value.as_object_mut() {
                object.insert("path".to_owned(), json!(plan.path));
                object.insert("name".to_owned(), json!(plan.name));
                object.insert("suspended".to_owned(), json!(plan.suspended));
            }
            value
        })
        .collect();
    let entries = entries(plans);
    let lines = count.saturating_mul(entries.len());
    let timeline: Vec<Value> = timeline(&entries, from, until(from, YEAR))
        .take(lines)
        .map(|run| {
            let mut value = run_json(&run.at);
            if let Some(object) = value.as_object_mut() {
                object.insert("name".to_owned(), json!(run.name));
            }
            value
        })
        .collect();
    let clashes: Vec<Value> = meetings(&entries, from)
        .iter()
        .map(|meeting| json!({"first": meeting.first.to_string(), "names": meeting.names, "times": meeting.times}))
        .collect();
    json!({"schedules": schedules, "timeline": timeline, "clashes": clashes})
}

/// Writes a value and a line break.
pub(super) fn write_json(out: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::parse_zone;

    fn plan(name: &str, expression: &str, zone: &str) -> Plan {
        Plan {
            path: "backups.yaml".to_owned(),
            name: name.to_owned(),
            expression: Expression::parse(expression).unwrap(),
            zone: zone.to_owned(),
            time_zone: parse_zone(zone).unwrap(),
            suspended: false,
        }
    }

    fn from() -> Timestamp {
        "2026-03-28T00:00:00Z".parse().unwrap()
    }

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_schedule_is_said_with_its_runs_and_the_change_of_the_clock() {
        let plan = plan("", "30 2 * * *", "Europe/Berlin");
        insta::assert_snapshot!(text(|out| write_one(out, &plan, from(), 2)), @r"
        30 2 * * *: every day at 02:30

        Next runs in Europe/Berlin, and in UTC:
          Sat 2026-03-28 02:30 CET (+01:00)     2026-03-28T01:30:00Z
          Mon 2026-03-30 02:30 CEST (+02:00)    2026-03-30T00:30:00Z

        Changes of the clock in the next year:
          the run at 2026-03-29 02:30 is skipped: the clock goes forward from 02:00 to 03:00
          the run at 2026-10-25 02:30 happens twice: the clock goes back from 03:00 to 02:00
          the run at 2027-03-28 02:30 is skipped: the clock goes forward from 02:00 to 03:00
        ");
    }

    #[test]
    fn the_json_of_one_schedule_has_the_promised_fields() {
        let value = one_json(&plan("", "30 2 * * *", "Europe/Berlin"), from(), 1);
        assert_eq!(value["expression"], "30 2 * * *");
        assert_eq!(value["timeZone"], "Europe/Berlin");
        assert_eq!(value["never"], false);
        assert_eq!(
            value["runs"],
            json!([{"local": "2026-03-28T02:30:00+01:00", "utc": "2026-03-28T01:30:00Z"}])
        );
        let never = one_json(&plan("", "0 0 30 2 *", "Etc/UTC"), from(), 3);
        assert_eq!((&never["never"], &never["runs"]), (&json!(true), &json!([])));
    }

    #[test]
    fn several_schedules_share_a_timeline_and_meet_once_for_each_set() {
        let mut plans = vec![
            plan("a/full", "0 2 * * 0", "Etc/UTC"),
            plan("a/diff", "5 2 * * *", "Etc/UTC"),
            plan("b/rest", "0 2 * * *", "Etc/UTC"),
        ];
        plans[2].suspended = true;
        let value = several_json(&plans, from(), 2);
        assert_eq!(value["schedules"].as_array().unwrap().len(), 3);
        assert_eq!(value["timeline"].as_array().unwrap().len(), 4, "two schedules run, twice each");
        assert_eq!(
            value["clashes"],
            json!([{"first": "2026-03-29T02:00:00Z", "names": ["a/full", "a/diff"], "times": 5}])
        );
        let shown = text(|out| write_several(out, &plans, from(), 2));
        assert!(shown.contains("b/rest (suspended"), "{shown}");
        assert!(shown.contains("a/full and a/diff, 5 times"), "{shown}");
    }

    #[test]
    fn carets_stand_below_the_part_that_is_wrong() {
        let expression = "0 25 * * *";
        let error = Expression::parse(expression).unwrap_err();
        let shown = text(|out| Problem::of_expression("", "", expression, &error).write(out));
        let mut lines = shown.lines().skip(1);
        assert_eq!(lines.next(), Some("  0 25 * * *"));
        assert_eq!(lines.next(), Some("    ^^"));
    }
}
