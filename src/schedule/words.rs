//! An expression in English, for the person who has to believe it.
//!
//! Common shapes get the sentence a person would say. Everything else is taken
//! apart into lists that are longer but still exact: a sentence that is nearly
//! right about when a backup runs is worse than none.

use super::calendar::{ALL_HOURS, ALL_MINUTES, ALL_MONTHS, Calendar, Days};
use super::duration;
use super::expression::{Expression, Timing};
use super::frequency::longest;

const MONTHS: [&str; 13] = [
    "",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Monday first, so that a weekend is a run and a working week is one.
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// As many times of day are listed one by one.
const MOST_TIMES: u32 = 6;

impl Expression {
    /// The schedule in English, without a capital and a full stop: `every day at
    /// 02:00`. Times are those of the schedule's zone, which is not named. Where
    /// both day fields are restricted, it says that one of them is enough.
    pub fn words(&self) -> String {
        match &self.timing {
            Timing::Every(period) => {
                let period = duration::words(*period);
                let period = match period.as_str() {
                    "1 hour" | "1 minute" | "1 second" => period.trim_start_matches("1 "),
                    several => several,
                };
                format!("every {period}, counted from the last run and not from the clock")
            }
            Timing::Calendar(calendar) => calendar.words(),
        }
    }
}

/// The part of the sentence about the time of day.
enum Times {
    /// Begins with `at`.
    Fixed(String),
    /// Begins with `every`.
    Interval(String),
}

impl Calendar {
    fn words(&self) -> String {
        if self.never_fires() {
            return format!("never, because {}", self.why_never());
        }
        let times = self.times();
        let month_names = list_runs(u64::from(self.months), |month| {
            MONTHS.get(month as usize).copied().unwrap_or_default().to_owned()
        });
        let in_months = if self.months == ALL_MONTHS { String::new() } else { format!(" in {month_names}") };
        match (self.days, times) {
            (Days::Every, Times::Fixed(times)) => format!("every day{in_months} {times}"),
            (Days::Every, Times::Interval(times)) => format!("{times}{in_months}"),
            (Days::OfWeek(week), Times::Fixed(times)) => {
                format!("every {}{in_months} {times}", weekdays(week))
            }
            (Days::OfWeek(week), Times::Interval(times)) => {
                format!("{times} on {}{in_months}", weekdays(week))
            }
            (Days::OfMonth(days), Times::Fixed(times) | Times::Interval(times)) => {
                let numbers = numbers(u64::from(days), "day");
                format!("{times} on {numbers} of {}", self.months_having(days, &month_names))
            }
            (Days::Either(days, week), times) => {
                let either =
                    format!("on {} of the month or on {}", numbers(u64::from(days), "day"), weekdays(week));
                let sentence = match times {
                    Times::Fixed(times) => format!("{either} {times}"),
                    Times::Interval(times) => format!("{times} {either}"),
                };
                if in_months.is_empty() { sentence } else { format!("in {month_names}, {sentence}") }
            }
        }
    }

    fn why_never(&self) -> &'static str {
        if self.minutes == 0 {
            "the minute field selects nothing"
        } else if self.hours == 0 {
            "the hour field selects nothing"
        } else if self.months == 0 {
            "the month field selects nothing"
        } else {
            match self.days {
                Days::OfMonth(0) | Days::OfWeek(0) => "the day fields select nothing",
                _ => "no such date exists",
            }
        }
    }

    /// The months, and that not all of them have the days, if so.
    fn months_having(&self, days: u32, names: &str) -> String {
        let lacking = self.months_bits().any(|month| days & !longest(month) != 0);
        let has_short_day = days & 0x1FFF_FFFF != 0;
        let them = if days.count_ones() == 1 { "it" } else { "them" };
        let leap_day = days == 1 << 29 && self.months == 1 << 2;
        if leap_day {
            return format!("{names}, in leap years");
        }
        if self.months == ALL_MONTHS {
            return if has_short_day {
                "every month".to_owned()
            } else {
                format!("every month that has {them}")
            };
        }
        if lacking && !has_short_day {
            return format!("{names}, where the month has {them}");
        }
        names.to_owned()
    }

    fn times(&self) -> Times {
        let (minutes, hours) = (self.minutes, u64::from(self.hours));
        let every_minute = minutes == ALL_MINUTES;
        if self.hours == ALL_HOURS {
            return Times::Interval(match even_step(minutes, 60) {
                Some(1) => "every minute".to_owned(),
                Some(step) => format!("every {step} minutes"),
                None => format!("every hour at {}", numbers(minutes, "minute")),
            });
        }
        if let Some(step) = even_step(hours, 24)
            && !every_minute
        {
            return Times::Interval(format!("every {step} hours at {}", numbers(minutes, "minute")));
        }
        if self.times_per_day() <= MOST_TIMES {
            let times: Vec<String> = bits_of(hours)
                .flat_map(|hour| bits_of(minutes).map(move |minute| clock(hour, minute)))
                .collect();
            return Times::Fixed(format!("at {}", join(&times)));
        }
        let (Some(first_hour), Some(last_hour)) = (bits_of(hours).next(), hours.checked_ilog2()) else {
            return Times::Fixed(String::new());
        };
        let (first_minute, last_minute) = (minutes.trailing_zeros(), minutes.checked_ilog2().unwrap_or(0));
        let one_run_of_hours = last_hour - first_hour + 1 == hours.count_ones();
        if one_run_of_hours {
            let bounds =
                format!("from {} to {}", clock(first_hour, first_minute), clock(last_hour, last_minute));
            match even_step(minutes, 60) {
                Some(1) => return Times::Interval(format!("every minute {bounds}")),
                Some(step) => return Times::Interval(format!("every {step} minutes {bounds}")),
                None if minutes.count_ones() == 1 => {
                    return Times::Interval(format!("every hour {bounds}"));
                }
                None => {}
            }
        }
        let of_hours = numbers(hours, "hour");
        if every_minute {
            Times::Interval(format!("every minute of {of_hours}"))
        } else {
            Times::Fixed(format!("at {} of {of_hours}", numbers(minutes, "minute")))
        }
    }
}

/// The step of bits that go from 0 around a circle evenly; 1 for all of them.
fn even_step(bits: u64, circle: u32) -> Option<u32> {
    let count = bits.count_ones();
    if count < 2 || !circle.is_multiple_of(count) {
        return None;
    }
    let step = circle / count;
    bits_of(bits).zip(0..).all(|(bit, index)| bit == index * step).then_some(step)
}

/// `day 1`, `days 1, 2 and 5 to 9`, or `every 2nd day from 1 to 31`.
fn numbers(bits: u64, noun: &str) -> String {
    let values: Vec<u32> = bits_of(bits).collect();
    if let [first, second, .., last] = values.as_slice()
        && values.len() > 3
    {
        let step = second - first;
        let even = values.windows(2).all(|pair| match pair {
            [left, right] => right - left == step,
            _ => true,
        });
        if even && step > 1 {
            return format!("every {} {noun} from {first} to {last}", ordinal(step));
        }
    }
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", list_runs(bits, |value| value.to_string()))
}

fn weekdays(week: u8) -> String {
    // Bit 0 is Sunday; the names begin with Monday.
    let monday_first = u64::from(week >> 1) | (u64::from(week & 1) << 6);
    list_runs(monday_first, |day| WEEKDAYS.get(day as usize).copied().unwrap_or_default().to_owned())
}

/// Set bits as a list in which three and more in a row are `a to b`.
fn list_runs(bits: u64, name: impl Fn(u32) -> String) -> String {
    let mut items = Vec::new();
    let mut rest = bits;
    while rest != 0 {
        let first = rest.trailing_zeros();
        let length = (rest >> first).trailing_ones();
        if length > 2 {
            items.push(format!("{} to {}", name(first), name(first + length - 1)));
        } else {
            items.extend((first..first + length).map(&name));
        }
        let done = first + length;
        rest = if done > 63 { 0 } else { rest & (u64::MAX << done) };
    }
    join(&items)
}

fn join(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

fn bits_of(bits: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| bits & (1 << bit) != 0)
}

fn clock(hour: u32, minute: u32) -> String {
    format!("{hour:02}:{minute:02}")
}

fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
