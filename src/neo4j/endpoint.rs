//! Addresses of servers: `host:port`, as `--from` of `database backup` takes them.
//!
//! The backup service listens on 6362 (neo4j-admin.md §5). A list is comma separated inside one
//! argument, so an address must never contain a comma.

use std::fmt;

use super::grammar::{GrammarError, first_refused, looks_like_ipv4, show};

/// The port of the backup service (neo4j-admin.md §5, operator.md §3.2).
pub const BACKUP_PORT: u16 = 6362;
/// The port of Bolt (operator.md §3.2).
pub const BOLT_PORT: u16 = 7687;

/// A host with an optional port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint<'a> {
    host: &'a str,
    port: Option<u16>,
}

const HELP: &str = "write host:port, as in db-0.db-headless.neo4j.svc.cluster.local:6362";

impl<'a> Endpoint<'a> {
    /// Splits and checks one address: a DNS name, an IPv4 address or an IPv6 address in brackets,
    /// then optionally a colon and a port from 1 to 65535.
    ///
    /// # Errors
    /// When it has a scheme, a path, a list, or a host or port that cannot be.
    pub fn parse(text: &'a str) -> Result<Self, GrammarError> {
        if text.is_empty() {
            return Err(GrammarError::new(0..0, "no address is given", HELP));
        }
        if let Some(at) = text.find("://") {
            return Err(GrammarError::new(0..at + 3, "an address of the backup service has no scheme", HELP));
        }
        if let Some(at) = text.find(',') {
            return Err(GrammarError::new(
                at..at + 1,
                "this is a list and not one address",
                "write each address as an item of its own",
            ));
        }
        let (host, port) = split_port(text)?;
        check_host(host)?;
        let port = match port {
            Some(digits) => Some(parse_port(digits).map_err(|e| e.shifted(host.len() + 1))?),
            None => None,
        };
        Ok(Self { host, port })
    }

    /// The host; an IPv6 address is in its brackets.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The port, when one is given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same address with a port, `port` when none was given.
    pub fn with_default_port(self, port: u16) -> Self {
        Self { port: Some(self.port.unwrap_or(port)), ..self }
    }
}

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(self.host),
        }
    }
}

fn split_port(text: &str) -> Result<(&str, Option<&str>), GrammarError> {
    if text.starts_with('[') {
        let Some(close) = text.find(']') else {
            return Err(GrammarError::whole(text, "the closing ] is missing", HELP));
        };
        let (host, rest) = text.split_at(close + 1);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(GrammarError::new(
                close + 1..text.len(),
                "only a colon and a port can follow the ]",
                HELP,
            )),
        };
    }
    match text.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(GrammarError::whole(
            text,
            "an IPv6 address must stand in brackets",
            "write [2001:db8::1]:6362",
        )),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

fn parse_port(digits: &str) -> Result<u16, GrammarError> {
    let number = if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse::<u16>().ok().filter(|port| *port > 0)
    } else {
        None
    };
    number.ok_or_else(|| GrammarError::whole(digits, "a port is a number from 1 to 65535", HELP))
}

/// Checks a host without a port: DNS name, IPv4 address, or IPv6 address in brackets.
///
/// # Errors
/// When no resolver could take it.
pub fn check_host(host: &str) -> Result<(), GrammarError> {
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return match inner.parse::<std::net::Ipv6Addr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(GrammarError::whole(host, "this is not an IPv6 address", HELP)),
        };
    }
    if host.is_empty() {
        return Err(GrammarError::new(0..0, "the host is missing", HELP));
    }
    if looks_like_ipv4(host) && host.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(GrammarError::whole(host, "this is not an IPv4 address", HELP));
    }
    if host.len() > 253 {
        let reason = "a host name has at most 253 characters";
        return Err(GrammarError::whole(host, reason, HELP));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if let Some((range, c)) = first_refused(host, allowed) {
        let reason = format!("a host name cannot contain {}", show(c));
        return Err(GrammarError::new(range, reason, HELP));
    }
    let mut at = 0;
    // One trailing dot makes a name absolute, which DNS allows.
    for label in host.strip_suffix('.').unwrap_or(host).split('.') {
        let reason = if label.is_empty() {
            Some("a host name has no empty part between its dots")
        } else if label.len() > 63 {
            Some("a part of a host name has at most 63 characters")
        } else if label.starts_with('-') || label.ends_with('-') {
            Some("a part of a host name neither begins nor ends with a dash")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(GrammarError::new(at..at + label.len(), reason, HELP));
        }
        at += label.len() + 1;
    }
    Ok(())
}

/// Checks the URL of an S3-compatible store: `http` or `https`, a host, optionally a port, and
/// nothing more, because the bucket and its folders are named elsewhere.
///
/// # Errors
/// When it has no or another scheme, credentials, a path, a query, or a host that cannot be.
pub fn check_store_url(url: &str) -> Result<(), GrammarError> {
    let help = "write https://host or https://host:port";
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(GrammarError::whole(url, "the scheme is missing", help));
    };
    if scheme != "https" && scheme != "http" {
        return Err(GrammarError::new(0..scheme.len(), "the scheme is neither https nor http", help));
    }
    let start = scheme.len() + 3;
    if let Some(at) = rest.find('@') {
        return Err(GrammarError::new(
            start..start + at + 1,
            "a URL in a manifest must not carry credentials",
            "put the credentials into a Secret and name it in credentialsSecretRef",
        ));
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if let Some(at) = authority.find(['/', '?', '#']) {
        return Err(GrammarError::new(
            start + at..url.len(),
            "the URL of a store ends after its host and port",
            "name the bucket in storage.bucket and the folder in storage.path",
        ));
    }
    Endpoint::parse(authority).map(|_| ()).map_err(|e| GrammarError { help: help.into(), ..e.shifted(start) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split() {
        let cases = [
            ("db-0.db-headless.default.svc.cluster.local:6362", Some(6362)),
            ("db", None),
            ("10.0.0.1:6000", Some(6000)),
            ("[2001:db8::1]:6362", Some(6362)),
            ("[::1]", None),
            ("db.example.com.:6362", Some(6362)),
        ];
        for (text, port) in cases {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.port(), port, "{text}");
            assert_eq!(endpoint.to_string(), text);
        }
        let completed = Endpoint::parse("db").unwrap().with_default_port(BACKUP_PORT);
        assert_eq!(completed.to_string(), "db:6362");
    }

    #[test]
    fn what_is_no_address_points_at_the_fault() {
        let cases = [
            ("", 0..0),
            (":6362", 0..0),
            ("db:", 3..3),
            ("db:0", 3..4),
            ("db:65536", 3..8),
            ("db:+80", 3..6),
            ("neo4j://db:7687", 0..8),
            ("a:1,b:2", 3..4),
            ("2001:db8::1", 0..11),
            ("[::1", 0..4),
            ("[::1]x", 5..6),
            ("a..b:1", 2..2),
            ("-a:1", 0..2),
            ("a b:1", 1..2),
            ("300.1.1.1:1", 0..9),
            ("<host>:6362", 0..1),
        ];
        for (text, range) in cases {
            let error = Endpoint::parse(text).unwrap_err();
            assert_eq!(error.range, range, "{text}: {error}");
        }
    }

    #[test]
    fn store_urls_carry_host_and_port_only() {
        for url in ["https://s3.example.com", "http://minio.minio.svc:9000", "https://a.b/"] {
            assert_eq!(check_store_url(url), Ok(()), "{url}");
        }
        let cases = [
            ("s3.example.com", 0..14),
            ("s3://bucket", 0..2),
            ("https://user:pw@host", 8..16),
            ("https://host/bucket", 12..19),
            ("https://", 8..8),
            ("https://ho st", 10..11),
        ];
        for (url, range) in cases {
            assert_eq!(check_store_url(url).unwrap_err().range, range, "{url}");
        }
    }
}
