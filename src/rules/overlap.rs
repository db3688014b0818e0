//! Whether the runs of two specs can be under way at the same time.
//!
//! A run begins when its schedule says, or as much later as `startingDeadline` allows, and is over when its pods
//! have used up `job.deadline`, once for each attempt. Where a spec gives `job.deadline` this is certain. Where it
//! does not, the default of a day would make every two schedules meet, which helps nobody; then two runs count as
//! meeting when they begin less than [`ASSUMED`] apart.
//!
//! No clock is read: schedules repeat, so a fixed stretch of time stands for all of it. Two schedules in UTC that
//! look at no day of the month and at no month repeat every week. All others are looked at over the year 2026,
//! which holds every change to daylight saving time. For each run of the rarer schedule one question to the other
//! one is enough, so a pair costs microseconds.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::api::Neo4jBackupSpec;
use crate::schedule::{self, Expression};

/// How long a run is taken to last when its spec does not say.
const ASSUMED: Duration = Duration::from_secs(60 * 60);
/// How late a run may start by default, and how often a failed one is repeated (DESIGN.md, "The spec language").
const STARTING_DEADLINE: Duration = Duration::from_secs(10 * 60);
const BACKOFF_LIMIT: u32 = 2;
/// 2026-01-01T00:00:00Z.
const FROM: i64 = 1_767_225_600;
const DAY: i64 = 24 * 60 * 60;

/// When the runs of a spec are under way.
#[derive(Clone, Debug)]
pub(super) struct Occupation<'a> {
    /// `None` for a backup that runs once, whenever it is applied.
    expression: Option<&'a Expression>,
    zone: TimeZone,
    utc: bool,
    longest: Duration,
}

/// How the runs of two specs meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Both run once, when they are applied.
    Together,
    /// One runs once, whenever it is applied, the other on its schedule.
    Unscheduled,
    /// One has a period without a fixed hour (`@every`).
    Periodic,
    /// On their schedules: a run of the first, a run of the second.
    Scheduled {
        /// A run of the first.
        first: Timestamp,
        /// The run of the second that meets it.
        second: Timestamp,
        /// Both schedules repeat every week, so only day and hour mean something.
        weekly: bool,
    },
}

impl<'a> Occupation<'a> {
    /// `None` when the schedule or its zone cannot be read, which is told elsewhere.
    pub(super) fn of(spec: &Neo4jBackupSpec, expression: Option<&'a Expression>, zone: &str) -> Option<Self> {
        if spec.schedule.is_some() && expression.is_none() {
            return None;
        }
        Some(Self {
            expression,
            zone: schedule::parse_zone(zone).ok()?,
            utc: schedule::is_utc(zone),
            longest: longest(spec).unwrap_or(ASSUMED),
        })
    }

    /// How the runs of the two meet; `None` when they cannot.
    pub(super) fn meeting(&self, other: &Self) -> Option<Meeting> {
        let (one, two) = match (self.expression, other.expression) {
            (None, None) => return Some(Meeting::Together),
            (Some(only), None) | (None, Some(only)) => {
                return (!only.never_fires()).then_some(Meeting::Unscheduled);
            }
            (Some(one), Some(two)) => (one, two),
        };
        if one.never_fires() || two.never_fires() {
            return None;
        }
        if one.every().is_some() || two.every().is_some() {
            return Some(Meeting::Periodic);
        }
        if one.runs_per_year() <= two.runs_per_year() {
            self.search(one, other, two)
        } else {
            other.search(two, self, one).map(|meeting| match meeting {
                Meeting::Scheduled { first, second, weekly } => {
                    Meeting::Scheduled { first: second, second: first, weekly }
                }
                same => same,
            })
        }
    }

    /// Asks for each run of `self` whether a run of `other` is under way or begins before it is over.
    fn search(&self, rare: &Expression, other: &Self, frequent: &Expression) -> Option<Meeting> {
        let weekly = self.utc && other.utc && repeats_weekly(rare) && repeats_weekly(frequent);
        let days = if weekly { 8 } else { 366 };
        let from = Timestamp::from_second(FROM - 1).ok()?;
        let until = Timestamp::from_second(FROM + days * DAY).ok()?;
        for run in rare.runs(from, &self.zone).map(|run| run.timestamp()).take_while(|run| *run < until) {
            let before = run.checked_sub(SignedDuration::try_from(other.longest).ok()?).ok()?;
            let over = run.checked_add(SignedDuration::try_from(self.longest).ok()?).ok()?;
            if let Some(met) = frequent.next_after(before, &other.zone).map(|run| run.timestamp())
                && met < over
            {
                return Some(Meeting::Scheduled { first: run, second: met, weekly });
            }
        }
        None
    }
}

impl Meeting {
    /// The meeting in words, after "can run at the same time: ".
    pub(super) fn words(&self, one: &str, two: &str) -> String {
        match self {
            Self::Together => "both run once, as soon as they are applied".to_owned(),
            Self::Unscheduled => "one of them runs whenever it is applied".to_owned(),
            Self::Periodic => "`@every` counts from the last run and keeps to no hour".to_owned(),
            Self::Scheduled { first, second, weekly } => {
                let form = if *weekly { "%A %H:%M UTC" } else { "%-d %B %H:%M UTC" };
                let show = |at: &Timestamp| at.strftime(form).to_string();
                if first == second {
                    format!("both start on {}", show(first))
                } else {
                    format!("`{one}` on {}, `{two}` on {}", show(first), show(second))
                }
            }
        }
    }
}

/// The longest time from a scheduled start to the end of the last attempt, when the spec gives `job.deadline`.
fn longest(spec: &Neo4jBackupSpec) -> Option<Duration> {
    let job = spec.job.as_deref()?;
    let deadline = schedule::duration::parse(job.deadline.as_deref()?).ok()?;
    let attempts =
        job.backoff_limit.map_or(BACKOFF_LIMIT, |limit| u32::try_from(limit).unwrap_or(0)).saturating_add(1);
    let late = match spec.starting_deadline.as_deref() {
        Some(text) => schedule::duration::parse(text).ok()?,
        None => STARTING_DEADLINE,
    };
    deadline.checked_mul(attempts)?.checked_add(late)
}

/// Whether a schedule looks only at minutes, hours and days of the week.
fn repeats_weekly(expression: &Expression) -> bool {
    let text = expression.as_str().trim();
    if text.starts_with('@') {
        return matches!(text, "@weekly" | "@daily" | "@midnight" | "@hourly");
    }
    let mut fields = text.split_whitespace().skip(2);
    let free = |field: Option<&str>| matches!(field, Some("*" | "?"));
    free(fields.next()) && free(fields.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::job::JobSettings;

    fn spec(deadline: Option<&str>, zone: &str) -> Neo4jBackupSpec {
        let mut spec = Neo4jBackupSpec { time_zone: Some(zone.to_owned()), ..Neo4jBackupSpec::default() };
        spec.job = deadline.map(|deadline| {
            let deadline = Some(deadline.to_owned());
            Box::new(JobSettings { deadline, backoff_limit: Some(0), ..JobSettings::default() })
        });
        spec
    }

    fn meet(one: (&str, Option<&str>), two: (&str, Option<&str>), zones: (&str, &str)) -> Option<Meeting> {
        let (first, second) = (Expression::parse(one.0).unwrap(), Expression::parse(two.0).unwrap());
        let left = Occupation::of(&spec(one.1, zones.0), Some(&first), zones.0).unwrap();
        let right = Occupation::of(&spec(two.1, zones.1), Some(&second), zones.1).unwrap();
        let (there, back) = (left.meeting(&right), right.meeting(&left));
        assert_eq!(there.is_some(), back.is_some(), "{one:?} {two:?}");
        there
    }

    const UTC: (&str, &str) = ("Etc/UTC", "Etc/UTC");

    #[test]
    fn without_a_deadline_an_hour_counts() {
        assert!(meet(("0 2 * * 0", None), ("0 2 * * *", None), UTC).is_some());
        assert!(meet(("0 2 * * 0", None), ("59 2 * * *", None), UTC).is_some());
        assert!(meet(("0 2 * * 0", None), ("1 1 * * *", None), UTC).is_some());
        assert!(meet(("0 2 * * 0", None), ("0 3 * * *", None), UTC).is_none());
        assert!(meet(("0 2 * * 0", None), ("0 2 * * 1-6", None), UTC).is_none());
    }

    #[test]
    fn a_deadline_and_a_late_start_count() {
        // 1:00 to 5:10, and each hour from 6:00 to 23:00 for 55 minutes.
        assert!(meet(("0 1 * * 0", Some("4h")), ("0 6-23 * * *", Some("45m")), UTC).is_none());
        assert!(meet(("0 1 * * 0", Some("5h")), ("0 6-23 * * *", Some("45m")), UTC).is_some());
        // Over midnight.
        assert!(meet(("0 0 * * *", Some("1h")), ("0 23 * * *", Some("2h")), UTC).is_some());
    }

    #[test]
    fn zones_and_their_changes_count() {
        // 02:00 in Berlin is 01:00 UTC in winter and 00:00 in summer.
        assert!(meet(("0 2 * * *", None), ("0 0 * * *", None), ("Europe/Berlin", "Etc/UTC")).is_some());
        assert!(meet(("0 2 * * *", None), ("0 3 * * *", None), ("Europe/Berlin", "Etc/UTC")).is_none());
    }

    #[test]
    fn rare_days_are_found_within_the_year() {
        let meeting = meet(("30 2 1 12 *", None), ("0 2 * * *", None), UTC).unwrap();
        assert_eq!(meeting.words("a", "b"), "`a` on 1 December 02:30 UTC, `b` on 1 December 02:00 UTC");
        assert!(meet(("0 0 31 2 *", None), ("0 0 * * *", None), UTC).is_none());
    }

    #[test]
    fn what_keeps_to_no_hour_may_meet_anything() {
        assert_eq!(meet(("@every 6h", None), ("0 2 * * 0", None), UTC), Some(Meeting::Periodic));
    }

    #[test]
    fn a_weekly_meeting_is_said_by_its_day() {
        let meeting = meet(("0 2 * * 0", None), ("0 2 * * *", None), UTC).unwrap();
        assert_eq!(meeting.words("a", "b"), "both start on Sunday 02:00 UTC");
    }
}
