//! The runs of several schedules in one order, and where they meet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::expression::Expression;
use super::next::Runs;

/// A schedule on a timeline.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What the caller calls it.
    pub name: &'a str,
    /// When it runs.
    pub expression: &'a Expression,
    /// In which zone.
    pub zone: &'a TimeZone,
}

/// One run on a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRun<'a> {
    /// The position of its schedule in what the timeline was made of.
    pub entry: usize,
    /// The name of its schedule.
    pub name: &'a str,
    /// When, on the wall clock of the schedule's zone.
    pub at: Zoned,
}

/// The runs of all entries after `from` and before `until`, by time; at the same
/// instant in the order of the entries. Memory grows with the entries, not with
/// the runs.
pub fn timeline<'a>(entries: &'a [Entry<'a>], from: Timestamp, until: Timestamp) -> Timeline<'a> {
    let mut sources: Vec<Runs<'a>> =
        entries.iter().map(|entry| entry.expression.runs(from, entry.zone)).collect();
    let heads = sources
        .iter_mut()
        .enumerate()
        .filter_map(|(index, runs)| Some(Reverse((runs.next_timestamp()?, index))))
        .filter(|Reverse((at, _))| *at < until)
        .collect();
    Timeline { entries, sources, heads, until }
}

/// Merged runs, see [`timeline`].
#[derive(Clone, Debug)]
pub struct Timeline<'a> {
    entries: &'a [Entry<'a>],
    sources: Vec<Runs<'a>>,
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
    until: Timestamp,
}

impl<'a> Iterator for Timeline<'a> {
    type Item = TimelineRun<'a>;

    fn next(&mut self) -> Option<TimelineRun<'a>> {
        let Reverse((at, index)) = self.heads.pop()?;
        let entry = self.entries.get(index)?;
        let following = self.sources.get_mut(index)?.next_timestamp();
        if let Some(following) = following.filter(|following| *following < self.until) {
            self.heads.push(Reverse((following, index)));
        }
        Some(TimelineRun { entry: index, name: entry.name, at: at.to_zoned(entry.zone.clone()) })
    }
}

impl std::iter::FusedIterator for Timeline<'_> {}

/// The groups of runs of different schedules in which each starts within `within`
/// of the group's first; with zero, at the same instant. Groups do not overlap: a
/// run belongs to the first group that reaches it.
pub fn clashes<'a>(
    entries: &'a [Entry<'a>],
    from: Timestamp,
    until: Timestamp,
    within: Duration,
) -> Clashes<'a> {
    Clashes {
        timeline: timeline(entries, from, until),
        pending: None,
        // Longer than any timeline is as good as endless.
        within: SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX),
    }
}

/// Groups of runs that meet, see [`clashes`].
#[derive(Clone, Debug)]
pub struct Clashes<'a> {
    timeline: Timeline<'a>,
    pending: Option<TimelineRun<'a>>,
    within: SignedDuration,
}

impl<'a> Iterator for Clashes<'a> {
    type Item = Vec<TimelineRun<'a>>;

    fn next(&mut self) -> Option<Vec<TimelineRun<'a>>> {
        loop {
            let first = self.pending.take().or_else(|| self.timeline.next())?;
            let (start, entry) = (first.at.timestamp(), first.entry);
            let mut group = vec![first];
            for run in self.timeline.by_ref() {
                if run.at.timestamp().duration_since(start) > self.within {
                    self.pending = Some(run);
                    break;
                }
                group.push(run);
            }
            if group.iter().any(|run| run.entry != entry) {
                return Some(group);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::schedule::parse_zone;

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn expression(text: &str) -> Expression {
        Expression::parse(text).expect("an expression")
    }

    #[test]
    fn merges_by_instant_and_then_by_order_whatever_the_zone() {
        let (berlin, utc) = (parse_zone("Europe/Berlin").expect("zone"), TimeZone::UTC);
        let (full, diff) = (expression("0 2 * * 0"), expression("0 */12 * * *"));
        let never = expression("0 0 31 2 *");
        let entries = [
            Entry { name: "never", expression: &never, zone: &utc },
            Entry { name: "diff", expression: &diff, zone: &utc },
            Entry { name: "full", expression: &full, zone: &berlin },
        ];
        // 2026-07-05 is a Sunday; 02:00 in Berlin is 00:00 in UTC.
        let (from, until) = (instant("2026-07-04T23:00:00Z"), instant("2026-07-06T00:00:00Z"));
        let merged: Vec<String> = timeline(&entries, from, until)
            .map(|run| format!("{} {} {}", run.entry, run.name, run.at.timestamp()))
            .collect();
        assert_eq!(
            merged,
            ["1 diff 2026-07-05T00:00:00Z", "2 full 2026-07-05T00:00:00Z", "1 diff 2026-07-05T12:00:00Z",]
        );
        let met: Vec<Vec<usize>> = clashes(&entries, from, until, Duration::ZERO)
            .map(|group| group.iter().map(|run| run.entry).collect())
            .collect();
        assert_eq!(met, [[1, 2]]);
    }

    #[test]
    fn clashes_are_found_within_a_window_and_not_beyond_it() {
        let utc = TimeZone::UTC;
        let (one, two) = (expression("0 2 * * *"), expression("10 2 * * *"));
        let entries = [
            Entry { name: "one", expression: &one, zone: &utc },
            Entry { name: "two", expression: &two, zone: &utc },
        ];
        let (from, until) = (instant("2026-07-01T00:00:00Z"), instant("2026-07-08T00:00:00Z"));
        let count = |minutes: u64| clashes(&entries, from, until, Duration::from_secs(minutes * 60)).count();
        assert_eq!((count(9), count(10)), (0, 7));
    }
}
