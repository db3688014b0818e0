//! Next runs: the earliest instant after a given one whose wall clock matches.
//!
//! Between two transitions of a zone its wall clock runs as a clock does, so the
//! search looks for the next selected minute within one such stretch and then in
//! the following. What that gives at transitions is what robfig does (rust.md
//! §5): a wall-clock time that a gap swallows is no run, one that a fold repeats
//! is two. Robfig's own search has a handful of defects in zones that change at
//! midnight or by half an hour, and never ends on Pacific/Apia's missing
//! 2011-12-30; those are not imitated.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::calendar::{Calendar, minute_of_day};
use super::expression::{Expression, Timing};

/// Robfig gives up when nothing matches until the end of the year that lies this
/// many years after the one it starts in.
const YEARS_AHEAD: i16 = 5;

impl Expression {
    /// The first run after an instant, on the wall clock of a zone; `None` when
    /// the next five years have none, in which case Kubernetes never runs it.
    ///
    /// For `@every` it is the instant plus the period, to the whole second.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Zoned> {
        self.runs(after, zone).next()
    }

    /// All runs after an instant, in order, on the wall clock of a zone. The
    /// iterator is endless unless the expression never fires again.
    pub fn runs<'a>(&'a self, after: Timestamp, zone: &'a TimeZone) -> Runs<'a> {
        Runs { expression: self, zone, after: Some(after), stretch: None }
    }
}

/// The runs of an expression in a zone, see [`Expression::runs`].
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    expression: &'a Expression,
    zone: &'a TimeZone,
    after: Option<Timestamp>,
    stretch: Option<Stretch>,
}

/// The time from one transition of a zone to the next.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    offset: Offset,
    /// The next transition, which is no part of the stretch.
    end: Option<Timestamp>,
}

impl Stretch {
    fn containing(instant: Timestamp, zone: &TimeZone) -> Self {
        Self {
            offset: zone.to_offset(instant),
            end: zone.following(instant).next().map(|transition| transition.timestamp()),
        }
    }
}

impl Runs<'_> {
    /// The next run as an instant, which is all that comparisons need.
    pub(super) fn next_timestamp(&mut self) -> Option<Timestamp> {
        // Taken, so that an iterator that has ended stays ended.
        let after = self.after.take()?;
        self.after = match &self.expression.timing {
            Timing::Every(period) => whole_second(after)
                .and_then(|second| second.checked_add(i64::try_from(period.as_secs()).ok()?))
                .and_then(|second| Timestamp::from_second(second).ok()),
            Timing::Calendar(calendar) => self.next_match(calendar, after),
        };
        self.after
    }

    fn next_match(&mut self, calendar: &Calendar, after: Timestamp) -> Option<Timestamp> {
        if calendar.never_fires() {
            return None;
        }
        let mut from = Timestamp::from_second(whole_second(after)?.checked_add(1)?).ok()?;
        let mut stretch = match self.stretch {
            Some(known) if known.end.is_none_or(|end| from < end) => known,
            _ => Stretch::containing(from, self.zone),
        };
        let year = stretch.offset.to_datetime(from).year();
        let horizon = Date::new(year.saturating_add(YEARS_AHEAD + 1), 1, 1)
            .map_or(DateTime::MAX, |date| date.at(0, 0, 0, 0));
        loop {
            self.stretch = Some(stretch);
            let wall = stretch.offset.to_datetime(from);
            if wall >= horizon {
                return None;
            }
            let end = stretch.end.map_or(horizon, |end| stretch.offset.to_datetime(end).min(horizon));
            if let Some(found) = calendar.first_from(wall.date(), minute_of_day(wall), end) {
                return stretch.offset.to_timestamp(found).ok();
            }
            from = stretch.end?;
            stretch = Stretch::containing(from, self.zone);
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = Zoned;

    fn next(&mut self) -> Option<Zoned> {
        Some(self.next_timestamp()?.to_zoned(self.zone.clone()))
    }
}

impl std::iter::FusedIterator for Runs<'_> {}

/// The second that an instant lies in, counted from the epoch.
fn whole_second(instant: Timestamp) -> Option<i64> {
    // `as_second` rounds towards zero, which before 1970 is upwards.
    if instant.subsec_nanosecond() < 0 {
        instant.as_second().checked_sub(1)
    } else {
        Some(instant.as_second())
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
