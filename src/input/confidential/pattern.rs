//! Credentials that a text shows by its shape: a password in an address, a signed query, an assignment to a name
//! that says what it holds, keys with a known beginning.
//!
//! The text is searched as it is written, so that comments and what a reader drops are searched, too.

use std::ops::Range;

/// Words by which a name says that it holds a secret, in lower case.
const WORDS: [&str; 21] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "privatekey",
    "private_key",
    "private-key",
    "storagekey",
    "storage_key",
    "accountkey",
    "account_key",
    "connectionstring",
    "neo4j_auth",
];

/// Whether a text may hold a secret that only its place tells: the value of a variable, the argument behind an option,
/// a block under a name.
pub(super) fn mentions_secret(lower: &str) -> bool {
    let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let certain = WORDS.iter().filter(|word| !matches!(**word, "secret" | "credential"));
    certain.clone().any(|word| lower.contains(word))
        || any(&["clientsecret", "secretkey"])
        || (any(&["secret", "credential", "key", "auth"]) && any(&["value", " --", "\"--", "'--", "[--"]))
}

/// Whether a name says that its value is a secret and not a reference to one. `strong` where a value is certain to
/// stand behind it: a variable of an environment, an option of a command.
pub(super) fn names_secret(name: &str, strong: bool) -> bool {
    let flat: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let shouted = name.chars().all(|c| !c.is_ascii_lowercase());
    let strong = strong || shouted;
    if !strong
        && (flat == "passwordkey"
            || flat == "tokenkey"
            || ["ref", "refs", "name", "names", "namespace", "file", "path", "dir"]
                .iter()
                .any(|end| flat.ends_with(end)))
    {
        return false;
    }
    if strong && ["file", "path", "dir", "name"].iter().any(|end| flat.ends_with(end)) {
        return false;
    }
    let plain = [
        "password",
        "passwd",
        "passphrase",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "storagekey",
        "accountkey",
        "connectionstring",
        "clientsecret",
        "secretkey",
        "neo4jauth",
    ];
    plain.iter().any(|word| flat.contains(word))
        || (strong && ["secret", "credential"].iter().any(|word| flat.contains(word)))
        || (strong && flat.ends_with("key"))
}

/// Whether a value is none of its own: a variable that something else fills in, or a word that hides nothing.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let whole = |open: &str, close: char| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| {
            inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        })
    };
    matches!(value, "" | "true" | "false" | "null" | "none" | "~") || whole("$(", ')') || whole("${", '}')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\' | b'`')
}

/// The byte at which the first that fits is found, or the end.
fn until(bytes: &[u8], from: usize, fits: impl Fn(u8) -> bool) -> usize {
    bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| fits(*byte)))
        .map_or(bytes.len(), |at| from + at)
}

/// All ranges of a text that look like credentials, in no order; they may overlap and span lines.
pub(super) fn find(text: &str, lower: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    addresses(text, &mut found);
    for word in WORDS {
        for (start, _) in lower.match_indices(word) {
            assignment(text, start, &mut found);
        }
    }
    for (start, _) in text.match_indices(" -p").chain(text.match_indices("\"-p")) {
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line_end = until(text.as_bytes(), start, |byte| byte == b'\n');
        if text.get(line_start..line_end).is_some_and(|line| line.contains("cypher-shell")) {
            let from = until(text.as_bytes(), start + 3, |byte| !matches!(byte, b' ' | b'"' | b'\'' | b','));
            found.push(
                from..until(text.as_bytes(), from, |byte| byte.is_ascii_whitespace() || is_quote(byte)),
            );
        }
    }
    for prefix in ["AKIA", "ASIA"] {
        for (start, _) in text.match_indices(prefix) {
            let end =
                until(text.as_bytes(), start, |byte| !(byte.is_ascii_uppercase() || byte.is_ascii_digit()));
            if end - start == 20 {
                found.push(start..end);
            }
        }
    }
    for (start, _) in text.match_indices("-----BEGIN ") {
        let rest = text.get(start..).unwrap_or_default();
        if rest.lines().next().is_some_and(|line| line.contains("PRIVATE")) {
            let end = rest
                .find("-----END ")
                .map_or(text.len(), |at| until(text.as_bytes(), start + at, |byte| byte == b'\n'));
            found.push(start..end);
        }
    }
    found
}

/// User names with passwords in addresses, and queries that carry a signature.
pub(super) fn addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let end = until(bytes, start, |byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
        });
        let token = text.get(start..end).unwrap_or_default();
        let authority = token.split(['/', '?', '#']).next().unwrap_or_default();
        // A password may hold a slash; what stands behind the colon is then no port.
        let odd_port = authority.split_once(':').is_some_and(|(_, port)| {
            !port.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b':'))
        });
        if let Some(at) = if authority.contains('@') {
            authority.rfind('@')
        } else if odd_port {
            token.rfind('@')
        } else {
            None
        } {
            found.push(start..start + at);
        }
        if let Some(question) = token.find('?') {
            let query = token.get(question + 1..).unwrap_or_default().to_ascii_lowercase();
            if ["sig", "token", "credential", "key", "secret", "passw", "auth"]
                .iter()
                .any(|word| query.contains(word))
            {
                found.push(start + question + 1..end);
            }
        }
    }
}

/// The value behind a name, one word of which stands at `at`.
fn assignment(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let start =
        bytes.get(..at).and_then(|before| before.iter().rposition(|b| !is_name(*b))).map_or(0, |i| i + 1);
    let end = until(bytes, at, |byte| !is_name(byte));
    let name = text.get(start..end).unwrap_or_default();
    let option = name.starts_with("--");
    let behind = until(bytes, end, |byte| !(is_quote(byte) || byte == b' '));
    let (from, to_line_end) = match bytes.get(behind) {
        Some(b'=') if names_secret(name, true) => (behind + 1, false),
        Some(b':') if names_secret(name, false) => (behind + 1, true),
        // `SET PASSWORD 'x'`, `--password x`.
        Some(_)
            if behind > end
                && (option || bytes.get(end..behind).is_some_and(|gap| gap.iter().any(|b| is_quote(*b)))) =>
        {
            let cypher = name.eq_ignore_ascii_case("password") && bytes.get(end) == Some(&b' ');
            if !((option && names_secret(name, true)) || cypher) {
                return;
            }
            (end, false)
        }
        _ => return,
    };
    let from = until(bytes, from, |byte| !matches!(byte, b' ' | b'\t'));
    let line_end = until(bytes, from, |byte| matches!(byte, b'\n' | b'\r'));
    let value = text.get(from..line_end).unwrap_or_default();
    let quoted = value.bytes().next().is_some_and(is_quote);
    let to = if quoted {
        let inner = until(bytes, from, |byte| !is_quote(byte));
        if to_line_end { line_end } else { until(bytes, inner, is_quote).min(line_end) }
    } else if to_line_end {
        line_end
    } else {
        until(bytes, from, |byte| byte.is_ascii_whitespace() || is_quote(byte))
    };
    let value = text.get(from..to).unwrap_or_default();
    if value.starts_with(['|', '>']) && to_line_end {
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        found.push(line_end..block_end(text, line_start, line_end));
    } else if !is_reference(value.trim_end_matches([',', '}', ' '])) && !value.starts_with(['{', '#']) {
        found.push(from..to);
    }
}

/// Where the lines end that are indented deeper than the line at `line_start`.
pub(super) fn block_end(text: &str, line_start: usize, line_end: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = depth(text.get(line_start..line_end).unwrap_or_default());
    let mut end = (line_end + 1).min(text.len());
    for line in text.get(end..).unwrap_or_default().split_inclusive('\n') {
        if !line.trim().is_empty() && depth(line) <= own {
            break;
        }
        end += line.len();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut ranges = find(text, &text.to_ascii_lowercase());
        ranges.sort_by_key(|range| (range.start, range.end));
        ranges.dedup();
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn credentials_are_found_by_their_shape() {
        for (text, secret) in [
            ("endpointURL: https://user:pa/ss@host:9000/x", "user:pa/ss"),
            ("uri: s3://b/k?X-Amz-Signature=abc", "X-Amz-Signature=abc"),
            ("- --token=abc", "abc"),
            ("- --password abc def", "abc"),
            ("CREATE USER neo4j SET PASSWORD 'abc' CHANGE", "'abc"),
            ("password: a b c", "a b c"),
            ("{\"adminPassword\": \"abc\"}", "\"abc\"}"),
            ("NEO4J_PASSWORD=abc cypher-shell", "abc"),
            ("cypher-shell -u neo4j -p abc \"RETURN 1\"", "abc"),
            ("key: AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ] {
            assert!(found(text).contains(&secret), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn references_and_plain_addresses_are_none() {
        for text in [
            "credentialsSecretRef: keys",
            "passwordKey: password",
            "secretName: tls",
            "kind: Secret",
            "automountServiceAccountToken: true",
            "password: $(NEO4J_PASSWORD)",
            "endpointURL: https://minio:9000/a@b",
            "uri: neo4j://a:7687,b:7687",
            "valueFrom: {secretKeyRef: {name: a, key: password}}",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
