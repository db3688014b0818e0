//! Whether an option's value is one that `neo4j-admin` reads.

use super::option::Grammar;
use crate::neo4j::endpoint::Endpoint;
use crate::neo4j::grammar::GrammarError;
use crate::neo4j::names::DatabaseName;
use crate::neo4j::restore_until::RestoreUntil;

/// Checks a value against the grammar of its option. Ranges count from the value's first byte.
///
/// # Errors
/// When `neo4j-admin` would refuse the value or read another than is meant.
pub fn check_value(grammar: Grammar, value: &str) -> Result<(), GrammarError> {
    if value.is_empty() {
        return Err(unexpected(grammar, value, "the value is empty"));
    }
    for quote in ['"', '\''] {
        if value.len() > 1 && value.starts_with(quote) && value.ends_with(quote) {
            return Err(GrammarError::whole(
                value,
                "no shell removes these quotes, they would be part of the value",
                "write the value without quotes",
            ));
        }
    }
    match grammar {
        Grammar::Enum(words) if words.iter().any(|word| word.eq_ignore_ascii_case(value)) => Ok(()),
        Grammar::Enum(_) => Err(unexpected(grammar, value, "there is no such value")),
        Grammar::Metadata => check_metadata(value),
        Grammar::Size => size_in_bytes(value).map(|_| ()),
        Grammar::SizeOrPercentage => match value.strip_suffix('%') {
            Some(share) if is_number(share) && share.parse().is_ok_and(|n: u8| n <= 100) => Ok(()),
            Some(_) => Err(unexpected(grammar, value, "this is no share between 0% and 100%")),
            None => size_in_bytes(value).map(|_| ()),
        },
        Grammar::HostPortList => {
            let mut at = 0;
            for address in value.split(',') {
                Endpoint::parse(address).map_err(|e| e.shifted(at))?;
                at += address.len() + 1;
            }
            Ok(())
        }
        Grammar::RestoreUntil => RestoreUntil::parse(value).map(|_| ()),
        Grammar::Integer if is_number(value) => Ok(()),
        Grammar::Integer => Err(unexpected(grammar, value, "this is not a number")),
        Grammar::Database => DatabaseName::parse(value, None).map(|_| ()),
        Grammar::Path | Grammar::PathList | Grammar::Text => Ok(()),
    }
}

/// Reads an amount of memory as Neo4j writes it: a number, also with a fraction, and a unit of
/// `k`, `m`, `g`, `t`, `p` or `e` that may be followed by `b` or `ib`, in any case; bytes without a
/// unit. All units count in 1024. Source: Neo4j manual, configuration value type "Byte".
///
/// # Errors
/// When it is no size; Kubernetes' `Gi` is recognised and its spelling here is in the help.
pub fn size_in_bytes(text: &str) -> Result<u64, GrammarError> {
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, unit) = text.split_at(digits);
    let expected = || unexpected(Grammar::Size, text, "this is not a size");
    let lower = unit.to_ascii_lowercase();
    let (letter, rest) = match lower.chars().next() {
        None => (None, ""),
        Some(first) => (Some(first), lower.get(first.len_utf8()..).unwrap_or_default()),
    };
    let exponent = match letter {
        None | Some('b') => 0,
        Some('k') => 1,
        Some('m') => 2,
        Some('g') => 3,
        Some('t') => 4,
        Some('p') => 5,
        Some('e') => 6,
        Some(_) => return Err(expected()),
    };
    if exponent > 0 && rest == "i" {
        return Err(GrammarError::new(
            digits..text.len(),
            "Kubernetes writes this unit, Neo4j does not read it",
            format!("write {number}{}", letter.unwrap_or_default()),
        ));
    }
    let known = match exponent {
        0 => rest.is_empty(),
        _ => matches!(rest, "" | "b" | "ib"),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction_valid = fraction.is_empty() != number.contains('.') && fraction.len() <= 9;
    if !known || !is_number(whole) || !(fraction.is_empty() || is_number(fraction)) || !fraction_valid {
        return Err(expected());
    }
    let unit = 1_u64 << (10 * exponent);
    let too_large = || unexpected(Grammar::Size, text, "this is more than any machine has");
    let bytes = whole.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).ok_or_else(too_large)?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let part = u128::from(fraction.parse::<u64>().unwrap_or(0)) * u128::from(unit) / scale;
    bytes.checked_add(u64::try_from(part).unwrap_or(0)).ok_or_else(too_large)
}

/// Whether a metadata value names users, which came in 2025.10.
pub(super) fn names_users(value: &str) -> bool {
    value.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("users="))
}

fn check_metadata(value: &str) -> Result<(), GrammarError> {
    const WORDS: [&str; 4] = ["none", "all", "users", "roles"];
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    if names_users(value) {
        let mut at = 6;
        for user in value.split_at(6).1.split(',') {
            if user.is_empty() {
                return Err(GrammarError::new(at..at, "a user's name is missing", "write users=NAME,NAME"));
            }
            at += user.len() + 1;
        }
        return Ok(());
    }
    Err(unexpected(Grammar::Metadata, value, "there is no such value"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn unexpected(grammar: Grammar, value: &str, reason: &'static str) -> GrammarError {
    GrammarError::whole(value, reason, format!("write {}", grammar.expected()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_in_1024() {
        let cases = [
            ("512", 512),
            ("1k", 1024),
            ("512m", 512 << 20),
            ("4G", 4 << 30),
            ("4GB", 4 << 30),
            ("4GiB", 4 << 30),
            ("1.5g", 3 << 29),
            ("10b", 10),
        ];
        for (text, bytes) in cases {
            assert_eq!(size_in_bytes(text), Ok(bytes), "{text}");
        }
        let bad = [
            "",
            "g",
            "4x",
            "-4g",
            "4 0",
            "4 g",
            "1.g",
            ".5g",
            "1..5g",
            "4gg",
            "99999999999999999999",
            "16e",
            "ä",
        ];
        for text in bad {
            assert!(size_in_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_kubernetes_unit_is_recognised() {
        let error = size_in_bytes("4Gi").unwrap_err();
        assert_eq!((error.range, error.help.as_ref()), (1..3, "write 4g"));
    }

    #[test]
    fn each_grammar_has_values_and_refusals() {
        let kinds = Grammar::Enum(&["FULL", "DIFF"]);
        let cases = [
            (kinds, "full", true),
            (kinds, "DIFFERENTIAL", false),
            (kinds, "", false),
            (Grammar::Metadata, "All", true),
            (Grammar::Metadata, "users=a,b", true),
            (Grammar::Metadata, "users=", false),
            (Grammar::Metadata, "users=a,,b", false),
            (Grammar::Metadata, "everything", false),
            (Grammar::Size, "2g", true),
            (Grammar::SizeOrPercentage, "90%", true),
            (Grammar::SizeOrPercentage, "101%", false),
            (Grammar::SizeOrPercentage, "1g", true),
            (Grammar::HostPortList, "a:6362,b:6362", true),
            (Grammar::HostPortList, "a:6362,", false),
            (Grammar::RestoreUntil, "17", true),
            (Grammar::RestoreUntil, "2025-01-04T12:30:00Z", false),
            (Grammar::Integer, "4", true),
            (Grammar::Integer, "-4", false),
            (Grammar::Database, "neo4j", true),
            (Grammar::Database, "*", false),
            (Grammar::Path, "/x", true),
            (Grammar::Path, "\"/x\"", false),
            (Grammar::Text, "x", true),
        ];
        for (grammar, value, accepted) in cases {
            assert_eq!(check_value(grammar, value).is_ok(), accepted, "{grammar:?} {value}");
        }
        let error = check_value(Grammar::HostPortList, "a:6362,b c").unwrap_err();
        assert_eq!(error.range, 8..9);
    }
}
