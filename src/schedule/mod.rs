//! Cron schedules as Kubernetes reads them: grammar, next runs, zones, words.
//!
//! A `CronJob` takes what robfig/cron v3 `ParseStandard` takes, minus the
//! `TZ=`/`CRON_TZ=` prefixes, and no published crate has that grammar or those
//! next times (rust.md §5). So both are written here, on bit masks, and held to
//! robfig's own answers row by row (`tests/data/cron-accept.tsv`,
//! `tests/data/cron-next.tsv`).
//!
//! Everything is pure: the instant to start from is an argument, and zones come
//! from the database inside the binary, never from the machine, so that the same
//! spec gives the same answer in CI, on a laptop and in a scratch image.

mod calendar;
mod daylight;
pub mod duration;
mod error;
mod expression;
mod field;
mod frequency;
mod help;
mod longest;
mod next;
mod spelling;
mod timeline;
mod words;
mod zone;

pub use daylight::{ClockChange, DaylightSavingEffect, daylight_saving_effects};
pub use duration::{DurationError, DurationErrorKind};
pub use error::{ExtraField, ParseError, ParseErrorKind, QuartzMarker};
pub use expression::Expression;
pub use field::Field;
pub use longest::LongestGap;
pub use next::Runs;
pub use timeline::{Clashes, Entry, Timeline, TimelineRun, clashes, timeline};
pub use zone::{ZoneError, ZoneErrorKind, is_utc, parse_zone};
