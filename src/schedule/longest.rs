//! The longest time that passes between two runs of an expression on the clock of a zone.
//!
//! Whoever waits for a run has to know how long that may take at worst: over a weekend, over the longest month, over
//! the night in which the clock goes back. On a wall clock that follows from the fields alone, over the 28 years after
//! which days repeat ([`super::frequency`]); the runs around each change of the zone's clock are looked at one by one.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::expression::{Expression, Timing};
use super::frequency::{CYCLE, MINUTES_OF_DAY, longest_in, months_of};

/// Changes of the clock are looked at from 2026 to 2035: a fixed time, so that the answer does not depend on the day on
/// which it is asked for, and long enough for each weekday of a change and for two leap years.
const FROM: Timestamp = Timestamp::constant(1_767_225_600, 0);
const UNTIL: Timestamp = Timestamp::constant(2_082_758_400, 0);

/// The longest time between two runs, see [`Expression::longest_gap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongestGap {
    /// How long it is.
    pub duration: Duration,
    /// A change of the clock makes it longer than it is at all other times.
    pub clock_change: bool,
}

impl Expression {
    /// The longest time between two runs that follow each other; `None` when it never fires.
    ///
    /// It is exact for gaps over a change of the clock until 2035, and for all others at most what the calendar allows.
    #[must_use]
    pub fn longest_gap(&self, zone: &TimeZone) -> Option<LongestGap> {
        let calendar = match &self.timing {
            Timing::Every(period) => return Some(LongestGap { duration: *period, clock_change: false }),
            Timing::Calendar(calendar) => calendar,
        };
        let usual = Duration::from_secs(u64::from(calendar.longest_gap_in_minutes()?) * 60);
        let over_a_change = zone
            .following(FROM)
            .map(|transition| transition.timestamp())
            .take_while(|instant| *instant < UNTIL)
            .filter_map(|instant| self.gap_over(instant, zone, usual))
            .max();
        Some(match over_a_change {
            Some(longer) if longer > usual => LongestGap { duration: longer, clock_change: true },
            _ => LongestGap { duration: usual, clock_change: false },
        })
    }

    /// The time from the last run before an instant to the first one from it on.
    fn gap_over(&self, instant: Timestamp, zone: &TimeZone, usual: Duration) -> Option<Duration> {
        // No gap on the wall clock is longer than the usual one, and no clock is set by a day.
        let back = SignedDuration::try_from(usual).ok()?.checked_add(SignedDuration::from_hours(25))?;
        let mut runs = self.runs(instant.checked_sub(back).ok()?, zone);
        let mut before = None;
        loop {
            let run = runs.next_timestamp()?;
            if run >= instant {
                return Duration::try_from(run.duration_since(before?)).ok();
            }
            before = Some(run);
        }
    }
}

impl Calendar {
    fn longest_gap_in_minutes(&self) -> Option<u32> {
        if self.never_fires() {
            return None;
        }
        let (first, last) = (self.minutes.trailing_zeros(), self.minutes.checked_ilog2()?);
        let within_hour = longest_gap_of_bits(self.minutes);
        let hours = u64::from(self.hours);
        let between_hours = longest_gap_of_bits(hours).map(|gap| gap * 60 + first - last);
        let start = hours.trailing_zeros() * 60 + first;
        let end = hours.checked_ilog2()? * 60 + last;
        let overnight = self.longest_gap_in_days()? * MINUTES_OF_DAY + start - end;
        [within_hour, between_hours, Some(overnight)].into_iter().flatten().max()
    }

    fn longest_gap_in_days(&self) -> Option<u32> {
        let mut longest: Option<u32> = None;
        // Days since the last selected day, at the first of the month.
        let mut since: Option<u32> = None;
        for (year, month) in months_of(CYCLE) {
            let days = self.days_in(year, month)?;
            let length = longest_in(year, month);
            if days == 0 {
                since = since.map(|since| since + length);
                continue;
            }
            let over_the_edge = since.map(|since| since + days.trailing_zeros() - 1);
            longest = longest.max(over_the_edge).max(longest_gap_of_bits(u64::from(days)));
            since = Some(length + 1 - days.checked_ilog2()?);
        }
        longest
    }
}

/// The largest distance between two set bits with none between them.
fn longest_gap_of_bits(mut bits: u64) -> Option<u32> {
    let mut longest = None;
    let mut previous: Option<u32> = None;
    while bits != 0 {
        let bit = bits.trailing_zeros();
        bits &= bits - 1;
        longest = longest.max(previous.map(|previous| bit - previous));
        previous = Some(bit);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::parse_zone;

    fn simulated(expression: &Expression, zone: &TimeZone, from: &str, until: &str) -> Duration {
        let (from, until): (Timestamp, Timestamp) = (from.parse().unwrap(), until.parse().unwrap());
        let mut longest = Duration::ZERO;
        let mut before: Option<Timestamp> = None;
        let mut runs = expression.runs(from, zone);
        while let Some(run) = runs.next_timestamp().filter(|run| *run < until) {
            if let Some(before) = before {
                longest = longest.max(Duration::try_from(run.duration_since(before)).unwrap());
            }
            before = Some(run);
        }
        longest
    }

    #[test]
    fn it_is_the_one_that_a_simulation_finds() {
        for zone in ["Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"] {
            let zone = parse_zone(zone).unwrap();
            for text in [
                "0 2 * * *",
                "30 2 * * *",
                "0 * * * *",
                "*/20 * * * *",
                "0,50 */6 * * *",
                "0 2 * * 0",
                "30 2 * * 1-5",
                "15 9-17 * * 1-5",
                "0 2 1 * *",
                "0 2 31 * *",
                "0 2 13 * 5",
                "0 2 */2 * *",
                "0 2 1 1,7 *",
                "0 2 * 2 1,3",
                "0 0 1 1 *",
            ] {
                let expression = Expression::parse(text).unwrap();
                let found = expression.longest_gap(&zone).unwrap();
                let simulated = simulated(&expression, &zone, "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
                // A gap of months always holds a change of the clock: it may be told up to an hour too long.
                let slack = if text == "0 2 1 1,7 *" { Duration::from_secs(3600) } else { Duration::ZERO };
                let (least, most) = (simulated, simulated + slack);
                assert!(
                    (least..=most).contains(&found.duration),
                    "{text} in {:?}: {found:?}",
                    zone.iana_name()
                );
            }
        }
    }

    #[test]
    fn a_person_can_check_it() {
        let hours = |text: &str, zone: &str| {
            let gap = Expression::parse(text).unwrap().longest_gap(&parse_zone(zone).unwrap()).unwrap();
            (gap.duration.as_secs() / 3600, gap.clock_change)
        };
        assert_eq!(hours("0 2 * * *", "Etc/UTC"), (24, false));
        assert_eq!(hours("0 4 * * *", "Europe/Berlin"), (25, true), "the night in which the clock goes back");
        assert_eq!(hours("30 2 * * *", "Europe/Berlin"), (47, true), "02:30 is skipped in the other night");
        assert_eq!(hours("0 2 * * 1-5", "Etc/UTC"), (72, false), "the weekend");
        assert_eq!(hours("0 2 1 * *", "Etc/UTC"), (31 * 24, false));
        assert_eq!(hours("0 2 29 2 *", "Etc/UTC"), (24 * (4 * 365 + 1), false));
        assert_eq!(hours("@every 36h", "Europe/Berlin"), (36, false));
        assert_eq!(Expression::parse("0 0 30 2 *").unwrap().longest_gap(&TimeZone::UTC), None);
    }
}
