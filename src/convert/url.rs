//! Addresses of folders in bucket stores, as the neo4j.com operator and neo4j-admin have them:
//! `s3://<bucket>/<path>/`, `gs://<bucket>/<path>/`, `azb://<account>/<container>/<path>/` (operator.md §2.1, §5.2;
//! neo4j-admin.md §3).

/// A place in a bucket store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `s3`, `gcs` or `azure`.
    pub store: &'static str,
    /// Azure's storage account.
    pub account: Option<String>,
    /// Bucket or container.
    pub bucket: String,
    /// Below it, without slashes at either end; empty for its root.
    pub path: String,
    /// It ended with a slash, and so names a folder.
    pub folder: bool,
}

impl Url {
    /// Reads an address; `None` when it is of another kind.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let store = match scheme {
            "s3" => "s3",
            "gs" => "gcs",
            "azb" => "azure",
            _ => return None,
        };
        let (account, rest) = if store == "azure" {
            let (account, rest) = rest.split_once('/')?;
            (Some(account.to_owned()), rest)
        } else {
            (None, rest)
        };
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        // An address has no place for credentials, queries and fragments.
        if bucket.is_empty() || text.contains(['?', '#', '@', ' ']) {
            return None;
        }
        Some(Self {
            store,
            account,
            bucket: bucket.to_owned(),
            path: path.trim_matches('/').to_owned(),
            folder: path.is_empty() || path.ends_with('/'),
        })
    }

    /// Writes it.
    pub(super) fn write(&self) -> String {
        let (scheme, account) = match self.store {
            "gcs" => ("gs", String::new()),
            "azure" => {
                ("azb", self.account.as_ref().map(|account| format!("{account}/")).unwrap_or_default())
            }
            _ => ("s3", String::new()),
        };
        let mut text = format!("{scheme}://{account}{}/{}", self.bucket, self.path);
        if self.folder && !text.ends_with('/') {
            text.push('/');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_is_written() {
        for text in ["s3://b/", "s3://b/x/y/", "gs://b/x.backup", "azb://account/container/", "azb://a/c/p/"]
        {
            assert_eq!(Url::parse(text).map(|url| url.write()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_address_of_a_store_is_none() {
        for text in [
            "",
            "s3://",
            "s3:///x",
            "file:/backups/x",
            "azb://account",
            "s3://user:pw@b/x",
            "s3://b/x?y",
            "http://b/",
        ] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }
}
