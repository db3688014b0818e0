//! Times as a person in front of a table wants them: how long ago, how long until.

use jiff::{SignedDuration, Timestamp};

/// `45s`, `12m`, `7h`, `3d4h`, `21d`: two units where the first is small, one where it is not.
#[must_use]
pub fn short(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, rest: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{rest}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..7_200 => format!("{minutes}m"),
        7_200..36_000 => two(hours, "h", minutes % 60, "m"),
        36_000..172_800 => format!("{hours}h"),
        172_800..864_000 => two(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}

/// How long ago an instant was.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", short(now.duration_since(at)))
}

/// How long it is until an instant.
#[must_use]
pub fn until(at: Timestamp, now: Timestamp) -> String {
    format!("in {}", short(at.duration_since(now)))
}

/// The instant and how long ago it was: `2026-03-01 02:00:07Z (7h ago)`.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let words = if at > now { until(at, now) } else { ago(at, now) };
    format!("{} ({words})", at.strftime("%Y-%m-%d %H:%M:%SZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short_and_exact_enough() {
        for (seconds, expected) in [
            (-5, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (3_600, "60m"),
            (7_260, "2h1m"),
            (90_000, "25h"),
            (200_000, "2d7h"),
            (2_000_000, "23d"),
        ] {
            assert_eq!(short(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
