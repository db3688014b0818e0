//! Object stores as `neo4j-admin` addresses them, and the names they allow.
//!
//! URIs: `s3://bucket/dir/`, `gs://bucket/dir/`, `azb://account/container/dir/`; a folder must end
//! with a slash, or `neo4j-admin` says that it "is not a directory" (neo4j-admin.md §1.0, §3).

use std::ops::Range;

use super::feature::Feature;
use super::grammar::{GrammarError, first_refused, looks_like_ipv4, show};
use super::object_path;

/// A place in an object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Store<'a> {
    /// Amazon S3 or a store that speaks its protocol.
    S3 {
        /// The bucket's name.
        bucket: &'a str,
    },
    /// Google Cloud Storage.
    Gcs {
        /// The bucket's name.
        bucket: &'a str,
    },
    /// Azure Blob Storage. `azb://container/` without an account is wrong (neo4j-admin.md §3).
    Azure {
        /// The storage account's name.
        account: &'a str,
        /// The container's name.
        container: &'a str,
    },
}

impl Store<'_> {
    /// The scheme of its URIs, without `://`.
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::S3 { .. } => "s3",
            Self::Gcs { .. } => "gs",
            Self::Azure { .. } => "azb",
        }
    }

    /// The gate of this store in `neo4j-admin`.
    pub const fn feature(&self) -> Feature {
        match self {
            Self::S3 { .. } => Feature::S3Storage,
            Self::Gcs { .. } => Feature::GcsStorage,
            Self::Azure { .. } => Feature::AzureStorage,
        }
    }

    /// The URI of a folder, with its trailing slash; the empty folder is the store's root.
    /// A leading and a trailing slash of `folder` make no difference.
    pub fn folder_uri(&self, folder: &str) -> String {
        let mut uri = self.root();
        let folder = folder.trim_matches('/');
        if !folder.is_empty() {
            object_path::escape_into(folder, &mut uri);
            uri.push('/');
        }
        uri
    }

    /// The URI of one object below a folder.
    pub fn object_uri(&self, folder: &str, name: &str) -> String {
        let mut uri = self.folder_uri(folder);
        object_path::escape_into(name.trim_start_matches('/'), &mut uri);
        uri
    }

    fn root(&self) -> String {
        match self {
            Self::S3 { bucket } => format!("s3://{bucket}/"),
            Self::Gcs { bucket } => format!("gs://{bucket}/"),
            // The account may be Kubernetes' `$(AZURE_STORAGE_ACCOUNT)`, known only in the pod.
            Self::Azure { account, container } => format!("azb://{account}/{container}/"),
        }
    }
}

/// Whether `path` is a URI of a store that `neo4j-admin` reads and writes.
pub fn is_store_uri(path: &str) -> bool {
    ["s3://", "gs://", "azb://"].iter().any(|scheme| path.starts_with(scheme))
}

/// Checks the name of an S3 bucket against "Bucket naming rules" of the Amazon S3 manual: 3 to 63
/// lower-case letters, digits, dots and dashes; a letter or digit at both ends; no two dots in a
/// row; not shaped like an IP address; without the prefixes and suffixes that Amazon keeps.
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_s3_bucket(bucket: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write 3 to 63 lower-case letters, digits and dashes";
    check_scheme(bucket)?;
    check_store_name(bucket, "a bucket's name", HELP, |c| matches!(c, '.' | '-'))?;
    check_length(bucket, 3..64, "a bucket's name", HELP)?;
    check_ends(bucket, "a bucket's name", HELP)?;
    check_dots(bucket, HELP)?;
    for prefix in ["xn--", "sthree-", "amzn-s3-demo-"] {
        if bucket.starts_with(prefix) {
            let reason = "Amazon keeps names that begin like this";
            return Err(GrammarError::new(0..prefix.len(), reason, HELP));
        }
    }
    for suffix in ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"] {
        if bucket.ends_with(suffix) {
            let reason = "Amazon keeps names that end like this";
            return Err(GrammarError::new(bucket.len() - suffix.len()..bucket.len(), reason, HELP));
        }
    }
    Ok(())
}

/// Checks the name of a GCS bucket against "Bucket naming requirements" of the Google Cloud manual:
/// 3 to 63 lower-case letters, digits, dashes, underscores and dots (up to 222 with dots, 63 between
/// them); a letter or digit at both ends; not shaped like an IP address; without `google`.
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_gcs_bucket(bucket: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write 3 to 63 lower-case letters, digits, dashes and underscores";
    check_scheme(bucket)?;
    check_store_name(bucket, "a bucket's name", HELP, |c| matches!(c, '.' | '-' | '_'))?;
    let longest = if bucket.contains('.') { 222 } else { 63 };
    check_length(bucket, 3..longest + 1, "a bucket's name", HELP)?;
    check_ends(bucket, "a bucket's name", HELP)?;
    check_dots(bucket, HELP)?;
    let mut at = 0;
    for part in bucket.split('.') {
        if part.len() > 63 {
            let reason = "a part between dots has at most 63 characters";
            return Err(GrammarError::new(at..at + part.len(), reason, HELP));
        }
        at += part.len() + 1;
    }
    if bucket.starts_with("goog") {
        let reason = "a bucket's name cannot begin with goog";
        return Err(GrammarError::new(0..4, reason, HELP));
    }
    for word in ["google", "g00gle"] {
        if let Some(at) = bucket.find(word) {
            let reason = "a bucket's name cannot contain google or a likeness of it";
            return Err(GrammarError::new(at..at + word.len(), reason, HELP));
        }
    }
    Ok(())
}

/// Checks the name of an Azure container: 3 to 63 lower-case letters, digits and single dashes, a
/// letter or digit at both ends (Azure manual, "Naming and referencing containers").
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_azure_container(container: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write 3 to 63 lower-case letters, digits and single dashes";
    const WHAT: &str = "a container's name";
    check_scheme(container)?;
    check_store_name(container, WHAT, HELP, |c| c == '-')?;
    check_length(container, 3..64, WHAT, HELP)?;
    check_ends(container, WHAT, HELP)?;
    if let Some(at) = container.find("--") {
        let reason = "a container's name cannot have two dashes in a row";
        return Err(GrammarError::new(at..at + 2, reason, HELP));
    }
    Ok(())
}

/// Checks the name of an Azure storage account: 3 to 24 lower-case letters and digits (Azure manual,
/// "Storage account name").
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_azure_account(account: &str) -> Result<(), GrammarError> {
    const HELP: &str = "write the account's name alone: 3 to 24 lower-case letters and digits";
    if let Some(at) = account.find(".blob.") {
        return Err(GrammarError::new(
            at..account.len(),
            "this is the account's address and not its name",
            HELP,
        ));
    }
    check_store_name(account, "a storage account's name", HELP, |_| false)?;
    check_length(account, 3..25, "a storage account's name", HELP)
}

fn check_scheme(name: &str) -> Result<(), GrammarError> {
    match name.find("://") {
        Some(at) => Err(GrammarError::new(
            0..at + 3,
            "a name is meant here and not a URI",
            "write the bucket or container alone, and the folder in storage.path",
        )),
        None => Ok(()),
    }
}

fn check_store_name(
    name: &str,
    what: &str,
    help: &'static str,
    also: impl Fn(char) -> bool,
) -> Result<(), GrammarError> {
    if name.is_empty() {
        return Err(GrammarError::new(0..0, format!("{what} is missing"), help));
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || also(c);
    match first_refused(name, allowed) {
        Some((range, '/')) => Err(GrammarError::new(
            range.start..name.len(),
            "a folder does not belong into the name",
            "write the folder in storage.path",
        )),
        Some((range, c)) => {
            let reason = format!("{what} cannot contain {}", show(c));
            Err(GrammarError::new(range, reason, help))
        }
        None => Ok(()),
    }
}

fn check_length(
    name: &str,
    allowed: Range<usize>,
    what: &str,
    help: &'static str,
) -> Result<(), GrammarError> {
    if allowed.contains(&name.len()) {
        return Ok(());
    }
    let reason =
        format!("{what} has {} to {} characters, this one {}", allowed.start, allowed.end - 1, name.len());
    Err(GrammarError::whole(name, reason, help))
}

fn check_ends(name: &str, what: &str, help: &'static str) -> Result<(), GrammarError> {
    let reason = || format!("{what} begins and ends with a letter or a digit");
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(GrammarError::new(0..1, reason(), help));
    }
    if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(GrammarError::new(name.len() - 1..name.len(), reason(), help));
    }
    Ok(())
}

fn check_dots(name: &str, help: &'static str) -> Result<(), GrammarError> {
    for pair in ["..", ".-", "-."] {
        if let Some(at) = name.find(pair) {
            let reason = "a dot stands between letters or digits";
            return Err(GrammarError::new(at..at + 2, reason, help));
        }
    }
    if looks_like_ipv4(name) {
        let reason = "a bucket's name cannot look like an IP address";
        return Err(GrammarError::whole(name, reason, help));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_end_with_a_slash() {
        let s3 = Store::S3 { bucket: "b-1" };
        assert_eq!(s3.folder_uri("backups/prod"), "s3://b-1/backups/prod/");
        assert_eq!(s3.folder_uri("/backups/"), "s3://b-1/backups/");
        assert_eq!(s3.folder_uri(""), "s3://b-1/");
        let azure = Store::Azure { account: "acct", container: "c-1" };
        assert_eq!(azure.folder_uri("x"), "azb://acct/c-1/x/");
        let gcs = Store::Gcs { bucket: "g" };
        assert_eq!(gcs.object_uri("x/", "a b.backup"), "gs://g/x/a%20b.backup");
        assert!(is_store_uri("azb://a/b/") && !is_store_uri("/backups"));
    }

    #[test]
    fn s3_buckets() {
        for name in ["my-neo4j-backups", "abc", "a.b.c", "1-2-3"] {
            assert_eq!(check_s3_bucket(name), Ok(()), "{name}");
        }
        let long = "a".repeat(64);
        let cases = [
            ("", 0..0),
            ("ab", 0..2),
            (long.as_str(), 0..64),
            ("My-bucket", 0..1),
            ("my_bucket", 2..3),
            ("-abc", 0..1),
            ("abc-", 3..4),
            ("a..b", 1..3),
            ("192.168.5.4", 0..11),
            ("xn--abc", 0..4),
            ("abc-s3alias", 3..11),
            ("s3://bucket", 0..5),
            ("bucket/path", 6..11),
            ("<your-bucket>", 0..1),
        ];
        for (name, range) in cases {
            assert_eq!(check_s3_bucket(name).unwrap_err().range, range, "{name}");
        }
    }

    #[test]
    fn gcs_buckets() {
        let dotted = format!("{}.{}", "a".repeat(63), "b".repeat(63));
        for name in ["my_bucket-1", "a.b", &dotted] {
            assert_eq!(check_gcs_bucket(name), Ok(()), "{name}");
        }
        for name in ["goog-x", "my-google-b", "_abc", "a", "A-b-c", "1.2.3.4", &"a".repeat(64)] {
            assert!(check_gcs_bucket(name).is_err(), "{name}");
        }
    }

    #[test]
    fn azure_names() {
        assert_eq!(check_azure_container("neo4j-backups"), Ok(()));
        assert_eq!(check_azure_container("a--b").unwrap_err().range, 1..3);
        assert!(check_azure_container("a.b.c").is_err());
        assert!(check_azure_container("$root").is_err());
        assert_eq!(check_azure_account("mystorageaccount"), Ok(()));
        for name in ["My", "a-b-c", "ab", &"a".repeat(25)] {
            assert!(check_azure_account(name).is_err(), "{name}");
        }
        let error = check_azure_account("acct.blob.core.windows.net").unwrap_err();
        assert_eq!(error.range, 4..26);
    }
}
