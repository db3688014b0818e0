//! What an image reference says of the Neo4j inside.
//!
//! The tag of the official image carries release and edition: `neo4j:5.26.12-enterprise`, plain
//! `neo4j:5.26.12` is Community (neo4j-admin.md §7). A digest carries nothing, and a company's own
//! image may carry anything, so both answers are optional and the spec can state them.

use super::grammar::{GrammarError, first_refused, show};
use super::version::{Support, VersionReading};

/// The two editions of Neo4j. Online backup and restore are in Enterprise only (neo4j-admin.md §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edition {
    /// Neo4j Enterprise Edition.
    Enterprise,
    /// Neo4j Community Edition.
    Community,
}

/// A container image reference, split by Docker's reference grammar:
/// `[registry[:port]/]path[:tag][@algorithm:hex]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// The registry's host and port, when the reference names one.
    pub registry: Option<&'a str>,
    /// The repository's path without registry, for instance `library/neo4j`.
    pub repository: &'a str,
    /// The tag, for instance `5.26.12-enterprise`.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm, for instance `sha256:…`.
    pub digest: Option<&'a str>,
}

/// Hosts that mean Docker Hub.
const DOCKER_HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

impl<'a> ImageReference<'a> {
    /// Splits and checks a reference.
    ///
    /// # Errors
    /// When Docker's reference grammar (`distribution/reference`) refuses it; the range points at
    /// the part.
    pub fn parse(text: &'a str) -> Result<Self, GrammarError> {
        if text.is_empty() {
            return Err(GrammarError::new(0..0, "no image is given", EXAMPLE));
        }
        if let Some((range, c)) = first_refused(text, |c| c.is_ascii_graphic()) {
            let reason = format!("an image reference cannot contain {}", show(c));
            return Err(GrammarError::new(range, reason, EXAMPLE));
        }
        if let Some(at) = text.find("://") {
            return Err(GrammarError::new(
                0..at + 3,
                "an image reference has no scheme",
                "leave the scheme out, the registry's host comes first",
            ));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (registry, remainder, offset) = match rest.split_once('/') {
            Some((first, path)) if is_registry(first) => (Some(first), path, first.len() + 1),
            _ => (None, rest, 0),
        };
        let (repository, tag) = match remainder.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (remainder, None),
        };
        if let Some(registry) = registry {
            check_registry(registry)?;
        }
        check_repository(repository).map_err(|e| e.shifted(offset))?;
        if let Some(tag) = tag {
            check_tag(tag).map_err(|e| e.shifted(offset + repository.len() + 1))?;
        }
        if let Some(digest) = digest {
            check_digest(digest).map_err(|e| e.shifted(rest.len() + 1))?;
        }
        Ok(Self { registry, repository, tag, digest })
    }

    /// Whether this is an image that Neo4j publishes on Docker Hub: `neo4j` or `neo4j/neo4j-admin`.
    pub fn is_official(&self) -> bool {
        let hub = self.registry.is_none_or(|host| DOCKER_HUB.contains(&host));
        let path = matches!(self.repository, "neo4j" | "library/neo4j" | "neo4j/neo4j-admin");
        hub && path
    }

    /// The release that the tag names; none without a tag or for a tag that names none.
    ///
    /// A repository whose name does not contain `neo4j` numbers its images as it likes, so there
    /// only a supported release of Neo4j is believed.
    pub fn version(&self) -> Option<VersionReading> {
        let reading = VersionReading::parse(self.tag?).ok()?;
        let name = self.repository.rsplit('/').next().unwrap_or_default();
        let plausible = reading.version.support() == Support::Supported;
        (plausible || name.contains("neo4j")).then_some(reading)
    }

    /// The edition that the tag names.
    ///
    /// `enterprise` and `community` as a word of the tag count everywhere. A plain tag means
    /// Community only where Neo4j publishes the image: a mirror or a company's own build may put
    /// Enterprise under any tag, so there it is unknown (neo4j-admin.md §7).
    pub fn edition(&self) -> Option<Edition> {
        let tag = self.tag?;
        for word in tag.split(['-', '_', '.']) {
            if word.eq_ignore_ascii_case("enterprise") {
                return Some(Edition::Enterprise);
            }
            if word.eq_ignore_ascii_case("community") {
                return Some(Edition::Community);
            }
        }
        let plain = tag == "latest" || self.version().is_some();
        (self.is_official() && plain).then_some(Edition::Community)
    }
}

const EXAMPLE: &str = "write it as in neo4j:5.26.12-enterprise";

/// Docker's rule for the first component: it is a host when it has a dot, a port or is `localhost`.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn check_registry(registry: &str) -> Result<(), GrammarError> {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !registry.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    if let Some(port) = port
        && (port.is_empty() || port.len() > 5 || !port.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(GrammarError::new(
            host.len() + 1..registry.len(),
            "the registry's port is not a number",
            "write host:port/path, as in registry.example.com:5000/neo4j",
        ));
    }
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let valid = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        }),
    };
    if valid {
        return Ok(());
    }
    Err(GrammarError::new(
        0..host.len(),
        "the registry is not a host name",
        "write letters, digits, dots and dashes, as in registry.example.com/neo4j",
    ))
}

fn check_repository(repository: &str) -> Result<(), GrammarError> {
    if repository.is_empty() {
        return Err(GrammarError::new(0..0, "the image's name is missing", EXAMPLE));
    }
    if repository.len() > 255 {
        return Err(GrammarError::whole(
            repository,
            "the image's name is longer than 255 characters",
            "use a shorter repository path",
        ));
    }
    let mut at = 0;
    for component in repository.split('/') {
        if let Some(range) = path_component_fault(component) {
            return Err(GrammarError::new(
                at + range.start..at + range.end,
                "the image's name is not lower-case letters and digits with single separators \
                 (., _, __ or dashes) between them",
                EXAMPLE,
            ));
        }
        at += component.len() + 1;
    }
    Ok(())
}

/// Where a path component leaves `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn path_component_fault(component: &str) -> Option<std::ops::Range<usize>> {
    let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if component.is_empty() {
        return Some(0..0);
    }
    let mut at = 0;
    for run in component.as_bytes().chunk_by(|a, b| word(a) == word(b)) {
        let end = at + run.len();
        let separator = run.first().is_some_and(|b| !word(b));
        let inside = at > 0 && end < component.len();
        let known = matches!(run, b"." | b"_" | b"__") || run.iter().all(|b| *b == b'-');
        if separator && !(inside && known) {
            return Some(at..end);
        }
        at = end;
    }
    None
}

fn check_tag(tag: &str) -> Result<(), GrammarError> {
    let help = "a tag is up to 128 letters, digits, _, . and -, and begins with none of . and -";
    if tag.is_empty() {
        return Err(GrammarError::new(0..0, "the tag after the colon is missing", help));
    }
    if tag.len() > 128 {
        return Err(GrammarError::whole(tag, "the tag is longer than 128 characters", help));
    }
    if tag.starts_with(['.', '-']) {
        return Err(GrammarError::new(0..1, "a tag cannot begin like this", help));
    }
    match first_refused(tag, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
        Some((range, c)) => {
            let reason = format!("a tag cannot contain {}", show(c));
            Err(GrammarError::new(range, reason, help))
        }
        None => Ok(()),
    }
}

fn check_digest(digest: &str) -> Result<(), GrammarError> {
    let help = "a digest is written sha256: and 64 hexadecimal digits";
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let valid = match digest.split_once(':') {
        Some(("sha256", hex)) => hex.len() == 64 && hexadecimal(hex),
        Some(("sha512", hex)) => hex.len() == 128 && hexadecimal(hex),
        Some((algorithm, hex)) => {
            algorithm.split(['-', '_', '+', '.']).all(|part| {
                part.starts_with(|c: char| c.is_ascii_alphabetic())
                    && part.bytes().all(|b| b.is_ascii_alphanumeric())
            }) && hex.len() >= 32
                && hexadecimal(hex)
        }
        None => false,
    };
    if valid { Ok(()) } else { Err(GrammarError::whole(digest, "this is not an image digest", help)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn read(text: &str) -> (Option<String>, Option<Edition>) {
        let image = ImageReference::parse(text).unwrap();
        (image.version().map(|r| r.version.to_string()), image.edition())
    }

    #[test]
    fn release_and_edition_come_from_the_tag() {
        use Edition::{Community, Enterprise};
        let cases: &[(&str, Option<&str>, Option<Edition>)] = &[
            ("neo4j:5.26.12-enterprise", Some("5.26.12"), Some(Enterprise)),
            ("neo4j:5.26.12", Some("5.26.12"), Some(Community)),
            ("neo4j:2025.04.0-community-ubi9", Some("2025.04.0"), Some(Community)),
            ("docker.io/library/neo4j:2026.06.0-enterprise-ubi10", Some("2026.06.0"), Some(Enterprise)),
            ("neo4j/neo4j-admin:5.26.0", Some("5.26.0"), Some(Community)),
            ("localhost:5000/mirror/neo4j:5.26.1-enterprise", Some("5.26.1"), Some(Enterprise)),
            ("registry.example.com:5000/neo4j:5.26.1", Some("5.26.1"), None),
            ("neo4j:4.4.1", Some("4.4.1"), Some(Community)),
            ("neo4j:latest", None, Some(Community)),
            ("neo4j:enterprise", None, Some(Enterprise)),
            ("neo4j", None, None),
            ("acme/graph:1.4.0", None, None),
            ("acme/graph:5.26.3", Some("5.26.3"), None),
            ("acme/neo4j-custom:nightly", None, None),
        ];
        for (text, version, edition) in cases {
            assert_eq!(read(text), (version.map(str::to_owned), *edition), "{text}");
        }
    }

    #[test]
    fn a_digest_alone_says_nothing_and_a_tag_beside_it_does() {
        assert_eq!(read(&format!("neo4j@{DIGEST}")), (None, None));
        let both = format!("neo4j:5.26.1-enterprise@{DIGEST}");
        assert_eq!(read(&both), (Some("5.26.1".into()), Some(Edition::Enterprise)));
        assert_eq!(ImageReference::parse(&both).unwrap().digest, Some(DIGEST));
    }

    #[test]
    fn a_registry_is_told_from_a_path() {
        let image = ImageReference::parse("r.example.com:5000/a/b__c:x").unwrap();
        assert_eq!(image.registry, Some("r.example.com:5000"));
        assert_eq!((image.repository, image.tag), ("a/b__c", Some("x")));
        assert_eq!(ImageReference::parse("acme/neo4j").unwrap().registry, None);
        assert_eq!(ImageReference::parse("[::1]:5000/neo4j").unwrap().registry, Some("[::1]:5000"));
    }

    #[test]
    fn invalid_references_point_at_the_part() {
        let cases = [
            ("", 0..0),
            ("neo4j:", 6..6),
            ("neo4j:-x", 6..7),
            ("neo4j:a/b", 6..7),
            ("Neo4j:5.26.1", 0..1),
            ("neo4j 5", 5..6),
            ("https://neo4j:5.26", 0..8),
            ("a//b", 2..2),
            ("a/b-/c", 3..4),
            ("a/_b", 2..3),
            ("a..b/c", 1..1),
            ("r.example.com:port/neo4j", 14..18),
            ("neo4j@sha256:12", 6..15),
            ("<your-registry>/neo4j", 0..1),
            ("neo4j:${TAG}", 6..7),
        ];
        for (text, range) in cases {
            let error = ImageReference::parse(text).unwrap_err();
            if text == "a..b/c" {
                assert_eq!(error.reason, "the registry is not a host name");
            } else {
                assert_eq!(error.range, range, "{text}: {error}");
            }
        }
    }
}
