//! Time zones by name, as `CronJob.spec.timeZone` takes them.
//!
//! The API server loads the name with Go's `time.LoadLocation`, which is
//! case-sensitive, after refusing `Local` and the empty name. The zones come from
//! the database in the binary: what a spec means must not depend on the machine
//! that reads it. UTC, the default, does not touch the database.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::error::shown;
use super::spelling;

/// A part of a zone name between slashes has at most this many characters
/// (Kubernetes' `validateTimeZone`, after the theory file of the IANA database).
const LONGEST_PART: usize = 14;
const MOST_SUGGESTIONS: usize = 3;

/// A name that is no time zone to Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    /// The name as written.
    pub name: String,
    /// Why it is none.
    pub kind: ZoneErrorKind,
    /// Zones that may be meant, the likeliest first; at most three.
    pub suggestions: Vec<String>,
}

/// The causes of a [`ZoneError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneErrorKind {
    /// Nothing.
    Empty,
    /// `Local`, in any case: the zone of whatever machine reads it.
    Local,
    /// A zone in other letters: `europe/berlin`, `America/New York`. There is
    /// exactly one suggestion, and it is certain.
    Spelling,
    /// `+02:00`, `UTC+2`.
    Offset,
    /// `PST`, `CEST`: an abbreviation that several zones share or that holds for
    /// half of the year.
    Abbreviation,
    /// A name that the database does not have.
    Unknown,
}

impl ZoneError {
    fn new(name: &str, kind: ZoneErrorKind, suggestions: Vec<String>) -> Self {
        Self { name: name.to_owned(), kind, suggestions }
    }

    /// What to write instead.
    pub fn help(&self) -> String {
        let list: Vec<String> = self.suggestions.iter().map(|name| format!("`{name}`")).collect();
        let list = list.join(" or ");
        match self.kind {
            ZoneErrorKind::Empty => {
                "leave `timeZone` out for UTC, or write a zone such as `Europe/Berlin`".to_owned()
            }
            ZoneErrorKind::Local => {
                "write the zone that is meant, for instance `Europe/Berlin`, or `Etc/UTC`".to_owned()
            }
            ZoneErrorKind::Spelling => format!("write {list}"),
            ZoneErrorKind::Offset if list.is_empty() => {
                "write a place, for instance `Europe/Berlin`, which knows daylight saving time".to_owned()
            }
            ZoneErrorKind::Offset => format!(
                "write a place, for instance `Europe/Berlin`, which knows daylight saving time; with a fixed offset it is {list} (in these names the sign is turned round)"
            ),
            ZoneErrorKind::Abbreviation => format!("write a place, for instance {list}"),
            ZoneErrorKind::Unknown if list.is_empty() => {
                "write a name of the IANA time zone database, for instance `Europe/Berlin` or `Etc/UTC`"
                    .to_owned()
            }
            ZoneErrorKind::Unknown => format!("did you mean {list}?"),
        }
    }

    /// The name to write instead, where only one can be meant.
    pub fn replacement(&self) -> Option<String> {
        match self.kind {
            ZoneErrorKind::Spelling => self.suggestions.first().cloned(),
            _ => None,
        }
    }
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = shown(&self.name);
        match self.kind {
            ZoneErrorKind::Empty => f.write_str("the time zone is empty"),
            ZoneErrorKind::Local => {
                write!(f, "Kubernetes does not take `{name}`, which would be another zone on every machine")
            }
            ZoneErrorKind::Spelling => {
                write!(f, "`{name}` is not spelled as the time zone database has it")
            }
            ZoneErrorKind::Offset => write!(f, "`{name}` is an offset and not a time zone"),
            ZoneErrorKind::Abbreviation => {
                write!(f, "`{name}` is an abbreviation and not a time zone")
            }
            ZoneErrorKind::Unknown => write!(f, "there is no time zone `{name}`"),
        }
    }
}

impl std::error::Error for ZoneError {}

/// Whether a name is UTC as [`parse_zone`] takes it without a look-up.
pub fn is_utc(name: &str) -> bool {
    matches!(name, "UTC" | "Etc/UTC")
}

/// The zone of an IANA name, spelled exactly, such as `Europe/Berlin`.
///
/// # Errors
/// What the API server refuses: no name, `Local`, another case, offsets,
/// abbreviations that are no zone, and everything unknown.
pub fn parse_zone(name: &str) -> Result<TimeZone, ZoneError> {
    if is_utc(name) {
        return Ok(TimeZone::UTC);
    }
    if name.is_empty() {
        return Err(ZoneError::new(name, ZoneErrorKind::Empty, Vec::new()));
    }
    if name.eq_ignore_ascii_case("local") {
        return Err(ZoneError::new(name, ZoneErrorKind::Local, Vec::new()));
    }
    if name.split('/').all(is_part)
        && let Some(zone) = known(name)
        && zone.iana_name() == Some(name)
    {
        return Ok(zone);
    }
    Err(explain(name))
}

fn known(name: &str) -> Option<TimeZone> {
    // jiff has a zone `Etc/Unknown` of its own, which the IANA database has not.
    TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown())
}

/// Kubernetes' grammar of a part of a name.
fn is_part(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    (1..=LONGEST_PART).contains(&part.len())
        && part != "."
        && part != ".."
        && !part.starts_with('-')
        && part.bytes().all(allowed)
}

fn explain(name: &str) -> ZoneError {
    let tidy: String = name.trim().chars().map(|c| if c == ' ' { '_' } else { c }).collect();
    if let Some(zone) = known(&tidy)
        && let Some(right) = zone.iana_name()
    {
        return ZoneError::new(name, ZoneErrorKind::Spelling, vec![right.to_owned()]);
    }
    if let Some(suggestions) = offset_zone(&tidy) {
        return ZoneError::new(name, ZoneErrorKind::Offset, suggestions);
    }
    if let Some(place) = place_of_abbreviation(&tidy) {
        return ZoneError::new(name, ZoneErrorKind::Abbreviation, vec![place.to_owned()]);
    }
    ZoneError::new(name, ZoneErrorKind::Unknown, close_names(&tidy))
}

/// `+02:00`, `UTC-5`, `gmt+0530`: the zone with that fixed offset, if whole hours
/// and there is one; `None` if the name is no offset.
fn offset_zone(name: &str) -> Option<Vec<String>> {
    let upper = name.to_ascii_uppercase();
    let signed = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
    let (ahead, digits) = match (signed.strip_prefix('+'), signed.strip_prefix('-')) {
        (Some(digits), _) => (true, digits),
        (_, Some(digits)) => (false, digits),
        _ => return None,
    };
    let plain: String = digits.chars().filter(|c| *c != ':').collect();
    if plain.is_empty() || plain.len() > 4 || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u32 = plain.parse().ok()?;
    let (hours, minutes) = if plain.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    let zone = match (hours, ahead) {
        (0, _) => "Etc/UTC".to_owned(),
        (_, true) => format!("Etc/GMT-{hours}"),
        (_, false) => format!("Etc/GMT+{hours}"),
    };
    let exists = minutes == 0 && (is_utc(&zone) || known(&zone).is_some());
    Some(if exists { vec![zone] } else { Vec::new() })
}

/// The most populous zone of an abbreviation that is not itself a zone.
fn place_of_abbreviation(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_uppercase().as_str() {
        "PST" | "PDT" | "PT" => "America/Los_Angeles",
        "MDT" | "MT" => "America/Denver",
        "CST" | "CDT" | "CT" => "America/Chicago",
        "EDT" | "ET" => "America/New_York",
        "BRT" => "America/Sao_Paulo",
        "BST" => "Europe/London",
        "CEST" | "MEZ" | "MESZ" => "Europe/Berlin",
        "EEST" => "Europe/Helsinki",
        "MSK" => "Europe/Moscow",
        "IST" => "Asia/Kolkata",
        "SGT" => "Asia/Singapore",
        "HKT" => "Asia/Hong_Kong",
        "JST" => "Asia/Tokyo",
        "KST" => "Asia/Seoul",
        "AEST" | "AEDT" => "Australia/Sydney",
        "NZST" | "NZDT" => "Pacific/Auckland",
        "Z" => "Etc/UTC",
        _ => return None,
    })
}

/// Names that differ in two characters, or whose place is the name or nearly so.
fn close_names(name: &str) -> Vec<String> {
    // Longer than any zone, and not worth comparing.
    if name.len() > 64 {
        return Vec::new();
    }
    let place = name.rsplit('/').next().unwrap_or(name);
    let nearly = |left: &str, right: &str, limit: usize| {
        // In a short word two changes make any other.
        spelling::distance(left, right, limit.min(left.len() / 4))
    };
    let database = TimeZoneDatabase::bundled();
    let mut found: Vec<(usize, String)> = database
        .available()
        .filter_map(|known| {
            let known = known.as_str();
            let known_place = known.rsplit('/').next().unwrap_or(known);
            let whole = nearly(name, known, 2);
            let by_place = nearly(place, known_place, 1).map(|distance| distance * 2 + 1);
            let closest = whole.into_iter().chain(by_place).min()?;
            Some((closest, known.to_owned()))
        })
        .collect();
    found.sort();
    found.truncate(MOST_SUGGESTIONS);
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
