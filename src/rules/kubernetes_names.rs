//! The grammars of names in Kubernetes, as the API server checks them (Kubernetes, "Object Names and IDs" and
//! "Labels and Selectors"). One place for all rules, so that two fields never disagree about the same kind of name.

use crate::neo4j::grammar::{GrammarError, first_refused, show};

/// Longest DNS label, and longest label value.
pub(super) const LABEL_LENGTH: usize = 63;
/// Longest DNS subdomain.
pub(super) const SUBDOMAIN_LENGTH: usize = 253;

/// A lower-case RFC 1123 subdomain of at most `longest` bytes: names of most objects.
pub(super) fn subdomain(text: &str, longest: usize) -> Result<(), GrammarError> {
    let help = || match suggestion(text, true, longest) {
        Some(name) => format!("write `{name}`"),
        None => {
            "write lower-case letters, digits, `-` and `.`, with a letter or digit at both ends".to_owned()
        }
    };
    length(text, longest)?;
    if let Some((range, character)) =
        first_refused(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
    {
        return Err(GrammarError::new(range, format!("it cannot contain {}", show(character)), help()));
    }
    let mut start = 0;
    for part in text.split('.') {
        edges(part, start, &help)?;
        start += part.len() + 1;
    }
    Ok(())
}

/// A lower-case RFC 1123 label: names of namespaces.
pub(super) fn label(text: &str) -> Result<(), GrammarError> {
    let help = || match suggestion(text, false, LABEL_LENGTH) {
        Some(name) => format!("write `{name}`"),
        None => "write lower-case letters, digits and `-`, with a letter or digit at both ends".to_owned(),
    };
    length(text, LABEL_LENGTH)?;
    if let Some((range, character)) =
        first_refused(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        return Err(GrammarError::new(range, format!("it cannot contain {}", show(character)), help()));
    }
    edges(text, 0, &help)
}

/// A key of a Secret or ConfigMap: `[-._a-zA-Z0-9]+`, and no path of its own.
pub(super) fn data_key(text: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write letters, digits, `-`, `_` and `.`";
    length(text, SUBDOMAIN_LENGTH)?;
    if let Some((range, character)) = first_refused(text, is_word) {
        return Err(GrammarError::new(range, format!("it cannot contain {}", show(character)), HELP));
    }
    if text == "." || text.starts_with("..") {
        return Err(GrammarError::whole(text, "it would be read as a path", HELP));
    }
    Ok(())
}

/// The key of a label or annotation: a name of up to 63 characters, with an optional subdomain before a slash.
pub(super) fn qualified_key(text: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write `name` or `example.com/name`: letters, digits, `-`, `_` and `.`, with a letter or \
        digit at both ends, at most 63 characters in the name";
    let name = match text.split_once('/') {
        Some((prefix, name)) => {
            subdomain(prefix, SUBDOMAIN_LENGTH)?;
            name
        }
        None => text,
    };
    let start = text.len() - name.len();
    if name.is_empty() {
        return Err(GrammarError::whole(text, "its name is empty", HELP));
    }
    value(name, HELP).map_err(|error| error.shifted(start))
}

/// The value of a label: empty, or up to 63 letters, digits, `-`, `_`, `.`.
pub(super) fn label_value(text: &str) -> Result<(), GrammarError> {
    const HELP: &str =
        "write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
    if text.is_empty() { Ok(()) } else { value(text, HELP) }
}

/// The name of an environment variable, `[-._a-zA-Z][-._a-zA-Z0-9]*`.
pub(super) fn environment_name(text: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write letters, digits and `_`, beginning with a letter";
    if let Some((range, character)) = first_refused(text, is_word) {
        return Err(GrammarError::new(range, format!("it cannot contain {}", show(character)), HELP));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(GrammarError::new(0..1, "it cannot begin with a digit", HELP));
    }
    if text == "." || text.starts_with("..") {
        return Err(GrammarError::whole(text, "it would be read as a path", HELP));
    }
    Ok(())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn value(text: &str, help: &'static str) -> Result<(), GrammarError> {
    length(text, LABEL_LENGTH)?;
    if let Some((range, character)) = first_refused(text, is_word) {
        return Err(GrammarError::new(range, format!("it cannot contain {}", show(character)), help));
    }
    if text.starts_with(['-', '_', '.']) {
        return Err(GrammarError::new(0..1, "it has to begin with a letter or digit", help));
    }
    if text.ends_with(['-', '_', '.']) {
        return Err(GrammarError::new(
            text.len() - 1..text.len(),
            "it has to end with a letter or digit",
            help,
        ));
    }
    Ok(())
}

fn length(text: &str, longest: usize) -> Result<(), GrammarError> {
    if text.len() <= longest {
        return Ok(());
    }
    let reason = format!("it has {} characters, {longest} are allowed", text.chars().count());
    Err(GrammarError::whole(text, reason, format!("write a name of at most {longest} characters")))
}

/// A part between dots begins and ends with a letter or digit; only `-` can be wrong there by now.
fn edges(part: &str, start: usize, help: &dyn Fn() -> String) -> Result<(), GrammarError> {
    let end = start + part.len();
    if part.is_empty() {
        return Err(GrammarError::new(start..end, "a part of it is empty", help()));
    }
    if part.starts_with('-') {
        return Err(GrammarError::new(start..start + 1, "it has to begin with a letter or digit", help()));
    }
    if part.ends_with('-') {
        return Err(GrammarError::new(end - 1..end, "it has to end with a letter or digit", help()));
    }
    Ok(())
}

/// The same name in lower case and with dashes, when that is all that it takes.
fn suggestion(text: &str, dots: bool, longest: usize) -> Option<String> {
    let name: String = text
        .chars()
        .map(|character| match character {
            '_' | ' ' => '-',
            '.' if !dots => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    let sound = name != text && if dots { subdomain_is_sound(&name, longest) } else { label(&name).is_ok() };
    sound.then_some(name)
}

fn subdomain_is_sound(name: &str, longest: usize) -> bool {
    name.len() <= longest
        && name.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_are_lower_case_with_sound_ends() {
        for text in ["a", "nightly-2", "a.b-c.d", "0a"] {
            assert_eq!(subdomain(text, 63), Ok(()), "{text}");
        }
        for (text, range) in [
            ("Nightly", 0..1),
            ("a_b", 1..2),
            ("-a", 0..1),
            ("a-", 1..2),
            ("a..b", 2..2),
            ("a.-b", 2..3),
            ("", 0..0),
        ] {
            assert_eq!(subdomain(text, 63).unwrap_err().range, range, "{text}");
        }
        assert!(subdomain(&"a".repeat(63), 63).is_ok());
        assert!(subdomain(&"a".repeat(64), 63).is_err());
        assert_eq!(subdomain("My_Backup", 63).unwrap_err().help, "write `my-backup`");
    }

    #[test]
    fn a_namespace_has_no_dots() {
        assert!(label("team-a").is_ok());
        assert_eq!(label("team.a").unwrap_err().help, "write `team-a`");
    }

    #[test]
    fn label_keys_and_values_follow_their_own_grammar() {
        for key in ["team", "example.com/Team_1", "a.b/c"] {
            assert!(qualified_key(key).is_ok(), "{key}");
        }
        for key in ["", "/x", "a/", "a/b/c", "Example.com/x", "a b", "_a"] {
            assert!(qualified_key(key).is_err(), "{key}");
        }
        assert!(label_value("").is_ok() && label_value("V1.2_x").is_ok());
        assert!(label_value("a b").is_err() && label_value("a-").is_err());
        assert!(label_value(&"a".repeat(64)).is_err());
    }

    #[test]
    fn keys_of_secrets_and_names_of_variables() {
        assert!(data_key(".pgpass").is_ok() && data_key("tls.crt").is_ok());
        assert!(data_key("..a").is_err() && data_key("a/b").is_err());
        assert!(environment_name("A_1.b-c").is_ok());
        assert!(environment_name("1A").is_err() && environment_name("A=B").is_err());
    }
}
