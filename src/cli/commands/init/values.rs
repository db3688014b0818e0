//! What the flags of `init` take: only values that the specs can hold and the README can show.

use std::path::Path;

use crate::api::quantity::Quantity;
use crate::cli::arguments::parse_version;
use crate::neo4j::names::{DatabaseName, DatabasePattern};
use crate::neo4j::version::{Support, Version};
use crate::schedule::{Expression, parse_zone};

/// A DNS label, as Kubernetes names things (RFC 1123).
pub(super) fn parse_label(text: &str) -> Result<String, String> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let sound = (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if sound {
        Ok(text.to_owned())
    } else {
        Err("write 1 to 63 lower-case letters, digits and dashes, none of them at an end".to_owned())
    }
}

/// The CronJob is called `<name>-backup-cron` and may have 52 characters.
pub(super) fn parse_backup_name(text: &str) -> Result<String, String> {
    let name = parse_label(text)?;
    if name.len() > 40 { Err("write at most 40 characters".to_owned()) } else { Ok(name) }
}

pub(super) fn parse_database(text: &str) -> Result<String, String> {
    let pattern = DatabasePattern::parse(text, None).map_err(|error| format!("{error}; {}", error.help))?;
    if !pattern.is_glob() {
        DatabaseName::parse(text, None).map_err(|error| format!("{error}; {}", error.help))?;
    }
    Ok(text.to_owned())
}

pub(super) fn parse_schedule(text: &str) -> Result<String, String> {
    let expression = Expression::parse(text).map_err(|error| format!("{error}; {}", error.help()))?;
    if expression.never_fires() { Err("it never runs".to_owned()) } else { Ok(text.to_owned()) }
}

pub(super) fn parse_time_zone(text: &str) -> Result<String, String> {
    parse_zone(text).map(|_| text.to_owned()).map_err(|error| format!("{error}; {}", error.help()))
}

pub(super) fn parse_supported_version(text: &str) -> Result<Version, String> {
    let version = parse_version(text)?;
    match version.support() {
        Support::Supported => Ok(version),
        Support::TooOld => Err("Neo4j before 5.26 is not supported".to_owned()),
        Support::Unknown => Err("there is no such release of Neo4j".to_owned()),
    }
}

pub(super) fn parse_size(text: &str) -> Result<String, String> {
    match Quantity(text.to_owned()).bytes() {
        Some(bytes) if bytes > 0 => Ok(text.to_owned()),
        _ => Err("write a quantity such as 100Gi".to_owned()),
    }
}

/// `${…}` would be replaced by Flux, and control characters by nobody knows what.
pub(super) fn parse_principal(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('$') || text.chars().any(char::is_control) {
        Err("write a role's ARN, a Google service account, or an Azure client id".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// The folder as CI sees it, as far as what was typed says so.
pub(super) fn relative(folder: &Path) -> String {
    let text = folder.to_string_lossy();
    if folder.is_absolute()
        || text.starts_with("..")
        || text.contains(|letter: char| letter == '$' || letter.is_control())
    {
        ".".to_owned()
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_kubernetes_takes() {
        for sound in ["a", "neo4j-nightly", "0"] {
            assert_eq!(parse_label(sound).as_deref(), Ok(sound));
        }
        for wrong in ["", "-a", "a-", "A", "a.b", "a b", "a\n", "é", &"a".repeat(64)] {
            assert!(parse_label(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse_backup_name(&"a".repeat(40)).is_ok());
        assert!(parse_backup_name(&"a".repeat(41)).is_err());
    }

    #[test]
    fn nothing_that_another_tool_would_expand_gets_into_a_file() {
        for wrong in ["${ROLE}", "$(ROLE)", "a\nb", "a\u{7f}", ""] {
            assert!(parse_principal(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse_principal("arn:aws:iam::123456789012:role/neo4j-backup").is_ok());
        for (typed, shown) in [
            ("backups", "backups"),
            (".", "."),
            ("/srv/x", "."),
            ("../x", "."),
            ("a${b}", "."),
            ("a\nb", "."),
        ] {
            assert_eq!(relative(Path::new(typed)), shown, "{typed:?}");
        }
    }

    #[test]
    fn values_are_checked_by_the_grammars_of_the_language() {
        assert!(parse_database("neo4j").is_ok() && parse_database("app-*").is_ok());
        assert!(parse_database("no spaces").is_err());
        assert!(parse_schedule("30 2 * * *").is_ok() && parse_schedule("0 0 30 2 *").is_err());
        assert!(parse_time_zone("Europe/Berlin").is_ok() && parse_time_zone("CEST").is_err());
        assert!(parse_supported_version("2025.10.1").is_ok() && parse_supported_version("5.20.0").is_err());
        assert!(parse_size("100Gi").is_ok() && parse_size("0").is_err() && parse_size("much").is_err());
    }
}
