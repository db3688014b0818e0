//! How often an expression fires, from its fields alone.
//!
//! Days repeat after 28 years (weekdays and leap years together), so a walk over
//! the months of one such cycle, a bit mask each, answers what a simulation of
//! runs would. Century years only make gaps longer, never shorter.

use std::time::Duration;

use super::calendar::{ALL_MONTHS, Calendar, Days};
use super::expression::{Expression, Timing};

/// 2000 to 2027, and the year after for the step over its end.
pub(super) const CYCLE: std::ops::RangeInclusive<i16> = 2000..=2028;
const CYCLE_DAYS: u64 = 28 * 365 + 7;
pub(super) const MINUTES_OF_DAY: u32 = 24 * 60;

impl Expression {
    /// Whether no day of any year matches, whatever the zone: `0 0 30 2 *`, or
    /// `, * * * *`, which the grammar allows.
    pub fn never_fires(&self) -> bool {
        match &self.timing {
            Timing::Every(_) => false,
            Timing::Calendar(calendar) => calendar.never_fires(),
        }
    }

    /// The smallest distance between two runs in UTC; `None` when it never fires.
    /// Where the clock is set forward, two runs can lie closer together.
    pub fn shortest_gap(&self) -> Option<Duration> {
        match &self.timing {
            Timing::Every(period) => Some(*period),
            Timing::Calendar(calendar) => {
                calendar.shortest_gap_in_minutes().map(|minutes| Duration::from_secs(u64::from(minutes) * 60))
            }
        }
    }

    /// The number of runs in a year of 365 days, on average over leap years and
    /// weekdays, to the nearest whole number; 1 for what fires more rarely than
    /// that, 0 for what never fires.
    pub fn runs_per_year(&self) -> u64 {
        const YEAR: u64 = 365 * 86_400;
        match &self.timing {
            Timing::Every(period) => (YEAR / period.as_secs().max(1)).max(1),
            Timing::Calendar(calendar) if calendar.never_fires() => 0,
            Timing::Calendar(calendar) => {
                let times = u64::from(calendar.times_per_day());
                let days = calendar.days_in_cycle();
                ((days * times * 365 + CYCLE_DAYS / 2) / CYCLE_DAYS).max(1)
            }
        }
    }
}

impl Calendar {
    pub(super) fn never_fires(&self) -> bool {
        self.minutes == 0 || self.hours == 0 || self.months == 0 || !self.has_days()
    }

    fn has_days(&self) -> bool {
        match self.days {
            Days::Every => true,
            Days::OfWeek(week) | Days::Either(_, week) if week != 0 => true,
            Days::OfWeek(_) => false,
            Days::OfMonth(days) | Days::Either(days, _) => {
                self.months_bits().any(|month| days & longest(month) != 0)
            }
        }
    }

    /// The numbers of the selected months.
    pub(super) fn months_bits(&self) -> impl Iterator<Item = u8> + use<> {
        let months = self.months;
        (1..=12).filter(move |month| months & (1 << month) != 0)
    }

    fn days_in_cycle(&self) -> u64 {
        if self.days == Days::Every && self.months == ALL_MONTHS {
            return CYCLE_DAYS;
        }
        months_of(*CYCLE.start()..=*CYCLE.end() - 1)
            .filter_map(|(year, month)| self.days_in(year, month))
            .map(|days| u64::from(days.count_ones()))
            .sum()
    }

    fn shortest_gap_in_minutes(&self) -> Option<u32> {
        if self.never_fires() {
            return None;
        }
        let first = u32::from(self.time_from(0)?);
        let last = self.last_minute_of_day()?;
        // From the last run of a day to the first run of the next selected day.
        let overnight = || {
            let days = self.shortest_gap_in_days()?;
            Some(days * MINUTES_OF_DAY - last + first)
        };
        match self.shortest_gap_within_day() {
            // Over night it cannot be shorter than a minute.
            Some(1) => Some(1),
            Some(within) => Some(overnight().map_or(within, |overnight| within.min(overnight))),
            None => overnight(),
        }
    }

    fn last_minute_of_day(&self) -> Option<u32> {
        let minute = self.minutes.checked_ilog2()?;
        Some(self.hours.checked_ilog2()? * 60 + minute)
    }

    fn shortest_gap_within_day(&self) -> Option<u32> {
        let within_hour = shortest_gap_of_bits(self.minutes);
        // From the last minute of an hour to the first of the next selected one.
        let between_hours = shortest_gap_of_bits(u64::from(self.hours)).and_then(|hours| {
            let first = self.minutes.trailing_zeros();
            Some(hours * 60 + first - self.minutes.checked_ilog2()?)
        });
        match (within_hour, between_hours) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    fn shortest_gap_in_days(&self) -> Option<u32> {
        if self.days == Days::Every {
            // Also with a single month, which has more than one day.
            return Some(1);
        }
        let mut shortest: Option<u32> = None;
        // Days since the last selected day, at the first of the month.
        let mut since: Option<u32> = None;
        for (year, month) in months_of(CYCLE) {
            let days = self.days_in(year, month)?;
            let length = longest_in(year, month);
            if days == 0 {
                since = since.map(|since| since + length);
                continue;
            }
            let first = days.trailing_zeros();
            let over_the_edge = since.map(|since| since + first - 1);
            let within = shortest_gap_of_bits(u64::from(days));
            for gap in [over_the_edge, within].into_iter().flatten() {
                shortest = Some(shortest.map_or(gap, |known| known.min(gap)));
            }
            if shortest == Some(1) {
                break;
            }
            since = Some(length + 1 - days.checked_ilog2()?);
        }
        shortest
    }
}

pub(super) fn months_of(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = (i16, i8)> {
    years.flat_map(|year| (1..=12).map(move |month| (year, month)))
}

/// The days that a month can have, bits 1 to 31.
pub(super) const fn longest(month: u8) -> u32 {
    let length = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (((1u64 << length) - 1) << 1) as u32
}

/// The length of a month. Within the cycle every fourth year is a leap year.
pub(super) fn longest_in(year: i16, month: i8) -> u32 {
    match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The smallest distance between two set bits.
fn shortest_gap_of_bits(mut bits: u64) -> Option<u32> {
    let mut shortest = None;
    let mut previous: Option<u32> = None;
    while bits != 0 {
        let bit = bits.trailing_zeros();
        bits &= bits - 1;
        if let Some(previous) = previous {
            let gap = bit - previous;
            shortest = Some(shortest.map_or(gap, |known: u32| known.min(gap)));
        }
        previous = Some(bit);
    }
    shortest
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
