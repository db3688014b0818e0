//! Taking up a log where it was cut, with no line lost and none twice.
//!
//! The server can be asked for lines from a second on, not from a line on, and two streams of one container may have
//! been written slightly out of order. So the lines of the last seconds are remembered, and what comes again of
//! them is passed over, each as often as it was seen.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

/// Seconds before the newest line that are asked for again: more than lines are ever out of order.
const OVERLAP: i64 = 2;

/// Where a log stands.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    recent: VecDeque<(Timestamp, u64)>,
    newest: Option<Timestamp>,
    /// Lines that were seen before the cut and come again.
    repeated: HashMap<(Timestamp, u64), usize>,
}

impl Resume {
    /// The second to ask from after a cut; `None` when nothing was seen yet.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.newest?.as_second() - OVERLAP).ok()
    }

    /// The connection was cut: what was seen lately will come again.
    pub fn restart(&mut self) {
        self.repeated.clear();
        for line in &self.recent {
            *self.repeated.entry(*line).or_default() += 1;
        }
    }

    /// Whether a line is new.
    pub fn is_new(&mut self, at: Timestamp, text: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let line = (at, hasher.finish());
        if let Some(count) = self.repeated.get_mut(&line).filter(|count| **count > 0) {
            *count -= 1;
            return false;
        }
        // After a cut, what is older than what was asked for cannot be new.
        self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
        self.recent.push_back(line);
        if let Some(since) = self.since() {
            while self.recent.front().is_some_and(|(oldest, _)| *oldest < since) {
                self.recent.pop_front();
            }
        }
        true
    }
}

/// Splits a line that the server sent with its time. A line of the runtime itself, such as one that says why there is
/// no log, has none.
#[must_use]
pub fn split(line: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let at =
        line.get(..end).and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok());
    match at {
        Some(at) => (Some(at), line.get(end + 1..).unwrap_or_default()),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_split_from_its_time() {
        let (at, text) = split(b"2026-01-02T03:04:05.678901234Z Backup command completed.");
        assert_eq!(at.unwrap().to_string(), "2026-01-02T03:04:05.678901234Z");
        assert_eq!(text, b"Backup command completed.");
        assert_eq!(split(b"2026-01-02T03:04:05Z").1, b"");
        assert_eq!(split(b"unable to retrieve container logs").0, None);
    }

    proptest! {
        /// Whatever is written, and wherever it is cut how often: every line comes once and in order.
        #[test]
        fn nothing_is_lost_and_nothing_comes_twice(
            steps in prop::collection::vec((0_i64..1_500_000_000, 0_u8..3), 1..60),
            cuts in prop::collection::vec(0_usize..60, 0..6),
            swapped in prop::collection::vec(0_usize..60, 0..6),
        ) {
            let mut at = 1_700_000_000_000_000_000_i128;
            let mut log: Vec<(Timestamp, Vec<u8>)> = steps
                .iter()
                .map(|(step, text)| {
                    at += i128::from(*step);
                    (Timestamp::from_nanosecond(at).unwrap(), vec![*text])
                })
                .collect();
            // Two streams may be written slightly out of order.
            for index in swapped {
                if index + 1 < log.len()
                    && log[index + 1].0.as_nanosecond() - log[index].0.as_nanosecond() < 500_000_000
                {
                    log.swap(index, index + 1);
                }
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(log.len())).collect();
            cuts.sort_unstable();
            cuts.push(log.len());
            let mut resume = Resume::default();
            let mut seen = Vec::new();
            for end in cuts {
                let since = resume.since();
                resume.restart();
                for (at, text) in log.iter().take(end).filter(|(at, _)| since.is_none_or(|since| *at >= since)) {
                    if resume.is_new(*at, text) {
                        seen.push((*at, text.clone()));
                    }
                }
            }
            prop_assert_eq!(seen, log);
        }
    }
}
