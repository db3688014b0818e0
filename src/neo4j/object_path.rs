//! Folders and files inside a bucket, container or claim.
//!
//! A path becomes the path of a URI that `neo4j-admin` hands to `java.net.URI`, or a sub-folder of a
//! claim. Whether `neo4j-admin` decodes percent escapes before it writes to the store is documented
//! nowhere, so a character that would need one is refused: a backup under a name that nobody can
//! find again is worse than an error now.

use super::grammar::{GrammarError, first_refused, show};

/// Longest object key in S3 and GCS, in bytes; Azure allows 1024 characters.
pub const MAXIMUM_LENGTH: usize = 1024;
/// Kept free for the artifact's own name: 63 of the database, a time stamp and `.backup`.
pub const ARTIFACT_NAME_LENGTH: usize = 96;

/// Checks a folder: `backups/production`, with or without one trailing slash.
///
/// # Errors
/// An empty path, a leading slash, an empty part, `.` or `..`, a character that is not allowed in
/// [`check_object`], or no room for an artifact's name below it.
pub fn check_folder(path: &str) -> Result<(), GrammarError> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    check(trimmed, MAXIMUM_LENGTH - ARTIFACT_NAME_LENGTH)
}

/// Checks the path of one object: parts of letters, digits and `-._~!$&'()*+;=:@`, separated by
/// single slashes, at most 1024 bytes.
///
/// # Errors
/// An empty path, a leading or trailing slash, an empty part, `.` or `..`, a control character, a
/// backslash, a comma (`--from-path` is a comma list, neo4j-admin.md §1.2) or a character that a URI
/// must escape.
pub fn check_object(path: &str) -> Result<(), GrammarError> {
    if path.ends_with('/') && path.len() > 1 {
        return Err(GrammarError::new(
            path.len() - 1..path.len(),
            "this ends like a folder, and a file is meant",
            "write the file's name after the last slash, or leave the slash out",
        ));
    }
    check(path, MAXIMUM_LENGTH)
}

fn check(path: &str, limit: usize) -> Result<(), GrammarError> {
    if path.is_empty() {
        return Err(GrammarError::new(0..0, "the path is empty", "write a path such as backups/prod"));
    }
    if path.starts_with('/') {
        return Err(GrammarError::new(
            0..1,
            "the path begins with a slash, which makes an unnamed folder in a bucket",
            "leave the first slash out",
        ));
    }
    if let Some((range, c)) = first_refused(path, is_plain) {
        return Err(refused(range, c));
    }
    if path.len() > limit {
        return Err(GrammarError::new(
            limit..path.len(),
            format!("the path has {} bytes, {limit} are possible here", path.len()),
            "use a shorter path",
        ));
    }
    let mut at = 0;
    for part in path.split('/') {
        let reason = match part {
            "" => Some("two slashes follow each other, which makes an unnamed folder"),
            "." | ".." => Some("a part of the path is a dot, which some stores resolve and others keep"),
            _ => None,
        };
        if let Some(reason) = reason {
            let end = (at + part.len().max(1)).min(path.len());
            let help = "write each folder by its name, with single slashes between";
            return Err(GrammarError::new(at..end, reason, help));
        }
        at += part.len() + 1;
    }
    Ok(())
}

/// What the path of a `java.net.URI` takes without an escape, without the comma.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '/' | '-' | '.' | '_' | '~' | '!' | '$' | '&' | '\'' | '(' | ')')
        || matches!(c, '*' | '+' | ';' | '=' | ':' | '@')
}

fn refused(range: std::ops::Range<usize>, c: char) -> GrammarError {
    let help = "use letters, digits, dots, dashes, underscores and slashes";
    match c {
        ',' => GrammarError::new(
            range,
            "neo4j-admin splits --from-path at commas, so nothing here could be restored",
            help,
        ),
        '\\' => GrammarError::new(range, "folders are separated by /, not by a backslash", help),
        c if c.is_control() => GrammarError::new(range, format!("a path cannot contain {}", show(c)), help),
        c => GrammarError::new(
            range,
            format!(
                "{} would have to be escaped in a URI, and what neo4j-admin makes of that is not \
                 documented",
                show(c)
            ),
            help,
        ),
    }
}

/// Writes the bytes of `path` as the path of a URI: what [`check_object`] allows as it is, all else
/// as percent escapes. Checked paths come out unchanged; the escapes are for text that comes from
/// elsewhere, such as an object's name in a listing.
pub fn escape_into(path: &str, uri: &mut String) {
    for c in path.chars() {
        if is_plain(c) {
            uri.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                uri.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    uri.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_documents_pass() {
        for path in ["backups", "cluster-backups", "neo4j-backups/cluster", "production/", "a/b_c/d.e=f:g"] {
            assert_eq!(check_folder(path), Ok(()), "{path}");
        }
        assert_eq!(check_object("prod/neo4j-2025-01-20T02-00-00.backup"), Ok(()));
    }

    #[test]
    fn bad_paths_point_at_the_fault() {
        let cases = [
            ("", 0..0),
            ("/", 0..0),
            ("/a", 0..1),
            ("a//b", 2..3),
            ("a///", 2..3),
            ("a/../b", 2..4),
            ("./a", 0..1),
            ("a\\b", 1..2),
            ("a b", 1..2),
            ("a,b", 1..2),
            ("a%20b", 1..2),
            ("a\nb", 1..2),
            ("ä", 0..2),
            ("<path>", 0..1),
            ("${X}", 1..2),
        ];
        for (path, range) in cases {
            let error = check_folder(path).unwrap_err();
            assert_eq!(error.range, range, "{path:?}: {error}");
        }
    }

    #[test]
    fn a_comma_says_what_it_would_break() {
        let error = check_folder("a,b").unwrap_err();
        assert!(error.reason.contains("--from-path"), "{error}");
    }

    #[test]
    fn a_file_does_not_end_like_a_folder() {
        assert_eq!(check_object("a/b/").unwrap_err().range, 3..4);
        assert!(check_object("/").is_err());
    }

    #[test]
    fn a_folder_leaves_room_for_the_artifact() {
        assert!(check_object(&"a".repeat(1024)).is_ok());
        assert!(check_object(&"a".repeat(1025)).is_err());
        assert!(check_folder(&"a".repeat(1024)).is_err());
        assert!(check_folder(&"a".repeat(928)).is_ok());
    }

    #[test]
    fn other_text_is_escaped_byte_by_byte() {
        let mut uri = String::new();
        escape_into("a b/ü%,c", &mut uri);
        assert_eq!(uri, "a%20b/%C3%BC%25%2Cc");
    }
}
