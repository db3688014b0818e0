//! The set of wall-clock minutes that an expression selects.
//!
//! A wall clock has no zone here: `next` lays these minutes over the offsets of
//! one. Bit n of a mask is set when the value n is selected.

use jiff::civil::{Date, DateTime};

use super::field::Selection;

/// The selected minutes, hours, days and months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    /// Bits 0 to 59.
    pub minutes: u64,
    /// Bits 0 to 23.
    pub hours: u32,
    /// Bits 1 to 12.
    pub months: u16,
    pub days: Days,
}

/// Which days count, after robfig's rule for the two day fields: with the star
/// bit on either of them both must match, otherwise one is enough. As the star
/// bit implies that all values are selected, "both" is always "the other one".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    Every,
    /// Bits 1 to 31.
    OfMonth(u32),
    /// Bits 0 (Sunday) to 6.
    OfWeek(u8),
    /// On the first or on the second.
    Either(u32, u8),
}

pub(super) const ALL_MINUTES: u64 = (1 << 60) - 1;
pub(super) const ALL_HOURS: u32 = (1 << 24) - 1;
pub(super) const ALL_MONTHS: u16 = 0b1_1111_1111_1110;
pub(super) const ALL_DAYS_OF_MONTH: u32 = !1;
pub(super) const ALL_DAYS_OF_WEEK: u8 = 0b111_1111;

const MINUTES_OF_DAY: u16 = 24 * 60;

impl Days {
    pub(super) fn new(of_month: Selection, of_week: Selection) -> Self {
        // The masks are narrower than the selections because the fields are.
        let month_bits = (of_month.bits & u64::from(u32::MAX)) as u32;
        let week_bits = (of_week.bits & u64::from(ALL_DAYS_OF_WEEK)) as u8;
        match (of_month.starred, of_week.starred) {
            (true, true) => Self::Every,
            (true, false) if week_bits == ALL_DAYS_OF_WEEK => Self::Every,
            (true, false) => Self::OfWeek(week_bits),
            (false, true) if month_bits == ALL_DAYS_OF_MONTH => Self::Every,
            (false, true) => Self::OfMonth(month_bits),
            (false, false) => match (month_bits, week_bits) {
                (ALL_DAYS_OF_MONTH, _) | (_, ALL_DAYS_OF_WEEK) => Self::Every,
                (0, week_bits) => Self::OfWeek(week_bits),
                (month_bits, 0) => Self::OfMonth(month_bits),
                (month_bits, week_bits) => Self::Either(month_bits, week_bits),
            },
        }
    }
}

impl Calendar {
    /// The selected days of one month, bits 1 to 31; `None` for a month that no
    /// calendar has.
    pub(super) fn days_in(&self, year: i16, month: i8) -> Option<u32> {
        if self.months & (1u16 << month.clamp(0, 15)) == 0 {
            return Some(0);
        }
        let first = Date::new(year, month, 1).ok()?;
        let length = first.days_in_month();
        let exist = (((1u64 << length) - 1) << 1) as u32;
        let selected = match self.days {
            Days::Every => exist,
            Days::OfMonth(days) => days,
            Days::OfWeek(week) => weekdays_of_month(week, first),
            Days::Either(days, week) => days | weekdays_of_month(week, first),
        };
        Some(selected & exist)
    }

    /// The first selected minute from `date` and `minute_of_day` (up to 1440, the
    /// end of the day) on that comes before `end`.
    pub(super) fn first_from(&self, date: Date, minute_of_day: u16, end: DateTime) -> Option<DateTime> {
        let today = self.days_in(date.year(), date.month())? & (1u32 << date.day()) != 0;
        let found = match self.time_from(minute_of_day).filter(|_| today) {
            Some(time) => at(date, time)?,
            None => {
                let time = self.time_from(0)?;
                at(self.date_from(date.tomorrow().ok()?, end.date())?, time)?
            }
        };
        (found < end).then_some(found)
    }

    /// The first selected time of day, as a minute of the day, from `minute` on.
    pub(super) fn time_from(&self, minute: u16) -> Option<u16> {
        if minute >= MINUTES_OF_DAY {
            return None;
        }
        let (hour, rest) = (u32::from(minute / 60), u32::from(minute % 60));
        let first_minute = lowest(self.minutes)?;
        let later = self.minutes & (u64::MAX << rest);
        if self.hours & (1 << hour) != 0
            && let Some(found) = lowest(later)
        {
            return Some(time(hour, found));
        }
        let found = lowest(u64::from(self.hours) & (u64::MAX << (hour + 1)))?;
        Some(time(found, first_minute))
    }

    /// The first selected day from `from` to `until`.
    fn date_from(&self, from: Date, until: Date) -> Option<Date> {
        let (mut year, mut month) = (from.year(), from.month());
        let mut open = u32::MAX << from.day();
        while (year, month) <= (until.year(), until.month()) {
            let days = self.days_in(year, month)? & open;
            if days != 0 {
                let day = i8::try_from(days.trailing_zeros()).ok()?;
                return Date::new(year, month, day).ok();
            }
            open = u32::MAX;
            (year, month) = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
        }
        None
    }

    /// How many minutes of a selected day are selected.
    pub(super) fn times_per_day(&self) -> u32 {
        self.minutes.count_ones() * self.hours.count_ones()
    }
}

/// The days of a month that fall on the given weekdays. A week of bits, turned
/// so that it begins with the month's first weekday, is repeated over the month.
fn weekdays_of_month(week: u8, first: Date) -> u32 {
    let start = u32::from(first.weekday().to_sunday_zero_offset().unsigned_abs());
    let week = u64::from(week & ALL_DAYS_OF_WEEK);
    let turned = ((week >> start) | (week << (7 - start))) & u64::from(ALL_DAYS_OF_WEEK);
    let month = turned | turned << 7 | turned << 14 | turned << 21 | turned << 28;
    ((month << 1) & u64::from(u32::MAX)) as u32
}

fn lowest(bits: u64) -> Option<u32> {
    (bits != 0).then(|| bits.trailing_zeros())
}

fn time(hour: u32, minute: u32) -> u16 {
    // At most 23 and 59: the masks have no higher bits.
    (hour * 60 + minute) as u16
}

fn at(date: Date, minute_of_day: u16) -> Option<DateTime> {
    let hour = i8::try_from(minute_of_day / 60).ok()?;
    let minute = i8::try_from(minute_of_day % 60).ok()?;
    Some(date.at(hour, minute, 0, 0))
}

/// The first whole minute of the day at or after a wall-clock time, 1440
/// being the end of the day.
pub(super) fn minute_of_day(wall: DateTime) -> u16 {
    let minute = u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
    minute + u16::from(wall.second() > 0 || wall.subsec_nanosecond() > 0)
}
