//! Takes credentials out of texts that programs and servers wrote: they are shown, and kept in tickets.
//!
//! A log may hold an address with a password in it, a signed address, or a setting that somebody printed. What
//! follows is replaced by `***`; what is around it stays, because it says what went wrong.

use std::borrow::Cow;

const MASK: &str = "***";

/// Names whose value, after `=` or `:`, is a secret; compared without case, and only as the end of a name.
const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "secret",
    "secret_access_key",
    "secretaccesskey",
    "client_secret",
    "accountkey",
    "storage_key",
    "access_token",
    "session_token",
    "security-token",
    "x-amz-signature",
    "x-goog-signature",
    "sharedaccesssignature",
];

/// The text without credentials in it.
#[must_use]
pub fn scrub(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains("://") {
        text = replace(text, user_information);
    }
    if text.contains(['=', ':']) {
        text = replace(text, named);
    }
    if text.contains("earer ") {
        text = replace(text, bearer);
    }
    text
}

/// Replaces every range that `find` names, which looks from an offset on.
fn replace(text: Cow<'_, str>, find: fn(&str, usize) -> Option<std::ops::Range<usize>>) -> Cow<'_, str> {
    let mut result = String::new();
    let mut done = 0;
    while let Some(range) = find(&text, done) {
        let (Some(before), true) = (text.get(done..range.start), range.end > done) else { break };
        result.push_str(before);
        result.push_str(MASK);
        done = range.end;
    }
    if done == 0 {
        return text;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(result)
}

fn ends_value(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '&' | '"' | '\'' | ',' | ';' | ')' | ']' | '}' | '<' | '>')
}

/// `user:password` in `scheme://user:password@host`.
fn user_information(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.find("://")? + 3;
        let rest = text.get(start..)?;
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''))
            .unwrap_or(rest.len());
        if let Some(at) = rest.get(..end)?.rfind('@')
            && rest.get(..at) != Some(MASK)
        {
            return Some(start..start + at);
        }
        from = start;
    }
}

/// The value of a name that says what it is: `AWS_SECRET_ACCESS_KEY=…`, `sig=…` of a signed address.
fn named(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    for (offset, separator) in text.get(from..)?.match_indices(['=', ':']) {
        let at = from + offset;
        // `volume "my-secret" : …` names nothing: a name and its colon stand together.
        let loose = if separator == "=" { " \"'" } else { "\"'" };
        let before = text.get(..at)?.trim_end_matches(|c| loose.contains(c));
        let start =
            before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).map_or(0, |i| i + 1);
        let name = before.get(start..).unwrap_or_default().to_ascii_lowercase();
        let secret = NAMES.iter().any(|known| name.ends_with(known)) || (name == "sig" && separator == "=");
        if !secret {
            continue;
        }
        let after = text.get(at + separator.len()..)?;
        let value = after.trim_start_matches([' ', '"', '\'']);
        let begin = text.len() - value.len();
        let end = begin + value.find(ends_value).unwrap_or(value.len());
        // A sentence such as `secret: not found` has no value that could be one.
        let shown = text.get(begin..end)?;
        if separator == ":" && shown.len() < 8 || shown.is_empty() || shown == MASK {
            continue;
        }
        return Some(begin..end);
    }
    None
}

/// The token of `Bearer …`.
fn bearer(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let start = from + text.get(from..)?.find("earer ")? + "earer ".len();
    let rest = text.get(start..)?;
    let end = rest.find(ends_value).unwrap_or(rest.len());
    (end > 0).then_some(start..start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_and_the_rest_stays() {
        for (text, clean) in [
            ("cannot reach https://me:pa$$w0rd@store:9000/b", "cannot reach https://***@store:9000/b"),
            (
                "PUT https://a.blob.core.windows.net/c?sv=1&sig=abc%2Fd&se=2",
                "PUT https://a.blob.core.windows.net/c?sv=1&sig=***&se=2",
            ),
            ("AWS_SECRET_ACCESS_KEY=abcd/efgh, then", "AWS_SECRET_ACCESS_KEY=***, then"),
            ("{\"client_secret\": \"abcdefghi\"}", "{\"client_secret\": \"***\"}"),
            ("Authorization: Bearer eyJhbGciOi.x.y refused", "Authorization: Bearer *** refused"),
            ("two neo4j://a:b@c and bolt://d:e@f", "two neo4j://***@c and bolt://***@f"),
            ("jdbc password=geheim", "jdbc password=***"),
        ] {
            assert_eq!(scrub(text), clean);
            assert_eq!(scrub(clean), clean, "a second time changes nothing");
        }
    }

    #[test]
    fn what_holds_no_credentials_is_not_copied() {
        for text in [
            "secret \"credentials\" not found",
            "couldn't find key AWS_ACCESS_KEY_ID in Secret shop/credentials",
            "Connection refused: production-server-0.production-headless.shop.svc:6362",
            "secret: none",
            "https://host/path?x=1#@y",
            "",
            "=:=:",
            "://",
        ] {
            assert!(matches!(scrub(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
