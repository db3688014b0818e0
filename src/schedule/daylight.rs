//! What changes of the clock do to a schedule.
//!
//! Kubernetes runs nothing at a wall-clock time that does not exist that day, and
//! twice what the clock shows twice (rust.md §5). Only the transitions of the
//! zone are looked at, never the days between them.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::calendar::{ALL_HOURS, ALL_MINUTES, Calendar, minute_of_day};
use super::expression::Expression;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An instant at which a zone changes its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// The first instant with the new offset.
    pub instant: Timestamp,
    /// The offset before it.
    pub before: Offset,
    /// The offset from it on.
    pub after: Offset,
}

impl ClockChange {
    /// What the clock would have shown at the instant without the change.
    pub fn wall_before(&self) -> DateTime {
        self.before.to_datetime(self.instant)
    }

    /// What the clock shows at the instant.
    pub fn wall_after(&self) -> DateTime {
        self.after.to_datetime(self.instant)
    }
}

/// Runs of a schedule that a change of the clock drops or doubles. `Display` is
/// one sentence with date and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaylightSavingEffect {
    /// The clock goes forward over these runs; they do not happen.
    Skipped {
        /// The wall-clock time of the first of them.
        first: DateTime,
        /// The wall-clock time of the last of them.
        last: DateTime,
        /// How many there are.
        runs: u32,
        /// The change of the clock that does it.
        change: ClockChange,
    },
    /// The clock goes back before these runs; each happens twice.
    Repeated {
        /// The wall-clock time of the first of them.
        first: DateTime,
        /// The wall-clock time of the last of them.
        last: DateTime,
        /// How many there are, each counted once.
        runs: u32,
        /// The change of the clock that does it.
        change: ClockChange,
    },
}

impl DaylightSavingEffect {
    /// The change of the clock behind it.
    pub fn change(&self) -> &ClockChange {
        match self {
            Self::Skipped { change, .. } | Self::Repeated { change, .. } => change,
        }
    }
}

impl fmt::Display for DaylightSavingEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, direction, first, last, runs, change) = match self {
            Self::Skipped { first, last, runs, change } => {
                (["is skipped", "are skipped"], "forward", first, last, *runs, change)
            }
            Self::Repeated { first, last, runs, change } => {
                (["happens twice", "happen twice"], "back", first, last, *runs, change)
            }
        };
        let (old, new) = (change.wall_before(), change.wall_after());
        let same_day = [last.date(), old.date(), new.date()].iter().all(|date| *date == first.date());
        let time = |wall: &DateTime| {
            let format = if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" };
            wall.strftime(format).to_string()
        };
        let date = first.strftime("%Y-%m-%d");
        match runs {
            1 => write!(f, "the run at {date} {} {}", first.strftime("%H:%M"), verb[0])?,
            _ => write!(
                f,
                "{runs} runs from {date} {} to {} {}",
                first.strftime("%H:%M"),
                time(last),
                verb[1]
            )?,
        }
        write!(f, ": the clock goes {direction} from {} to {}", time(&old), time(&new))
    }
}

/// The runs that changes of a zone's clock after `from` and before `until` drop
/// or double, in order, at most one effect for each change.
///
/// Not reported is what leaves no hole and no bunch: a dropped time when the runs
/// before and after the change lie within an hour of each other, and a doubled
/// one when the schedule fires in every hour at a cadence that the change leaves
/// as it is. `@every` does not look at the clock and has no effects.
pub fn daylight_saving_effects(
    expression: &Expression,
    zone: &TimeZone,
    from: Timestamp,
    until: Timestamp,
) -> Vec<DaylightSavingEffect> {
    let Some(calendar) = expression.calendar().filter(|calendar| !calendar.never_fires()) else {
        return Vec::new();
    };
    zone.following(from)
        .map(|transition| (transition.timestamp(), transition.offset()))
        .take_while(|(instant, _)| *instant < until)
        .filter_map(|(instant, after)| {
            let just_before = instant.checked_sub(SignedDuration::from_nanos(1)).ok()?;
            let change = ClockChange { instant, before: zone.to_offset(just_before), after };
            effect(expression, calendar, zone, change)
        })
        .collect()
}

fn effect(
    expression: &Expression,
    calendar: &Calendar,
    zone: &TimeZone,
    change: ClockChange,
) -> Option<DaylightSavingEffect> {
    let (old, new) = (change.wall_before(), change.wall_after());
    if new > old {
        let (first, last, runs) = selected(calendar, old, new)?;
        (!flows_over(expression, zone, change.instant)).then_some(DaylightSavingEffect::Skipped {
            first,
            last,
            runs,
            change,
        })
    } else {
        let (first, last, runs) = selected(calendar, new, old)?;
        let seconds = change.before.seconds() - change.after.seconds();
        (!keeps_cadence(calendar, seconds)).then_some(DaylightSavingEffect::Repeated {
            first,
            last,
            runs,
            change,
        })
    }
}

/// The first and the last selected wall-clock time from `from` to before `to`,
/// and how many there are.
fn selected(calendar: &Calendar, from: DateTime, to: DateTime) -> Option<(DateTime, DateTime, u32)> {
    let mut found: Option<(DateTime, DateTime, u32)> = None;
    let (mut date, mut minute) = (from.date(), minute_of_day(from));
    while let Some(wall) = calendar.first_from(date, minute, to) {
        found = Some(match found {
            Some((first, _, runs)) => (first, wall, runs + 1),
            None => (wall, wall, 1),
        });
        (date, minute) = (wall.date(), minute_of_day(wall) + 1);
    }
    found
}

/// Whether the last run before an instant and the first run from it on lie within
/// an hour of each other.
fn flows_over(expression: &Expression, zone: &TimeZone, instant: Timestamp) -> bool {
    // A run exactly an hour before still counts, and runs come after a start.
    let Ok(start) = instant.checked_sub(HOUR + SignedDuration::from_nanos(1)) else {
        return false;
    };
    let mut runs = expression.runs(start, zone);
    let mut before = None;
    while let Some(run) = runs.next_timestamp() {
        if run >= instant {
            return before.is_some_and(|before: Timestamp| run.duration_since(before) <= HOUR);
        }
        before = Some(run);
    }
    false
}

/// Whether the schedule fires in every hour, at minutes that a shift by this many
/// seconds maps onto themselves.
fn keeps_cadence(calendar: &Calendar, seconds: i32) -> bool {
    if calendar.hours != ALL_HOURS || seconds % 60 != 0 {
        return false;
    }
    let shift = (seconds / 60).rem_euclid(60);
    let minutes = calendar.minutes;
    ((minutes << shift) | (minutes >> (60 - shift))) & ALL_MINUTES == minutes
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
