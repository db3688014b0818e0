//! Identities of findings that outlive edits elsewhere in the file.
//!
//! GitLab and SARIF consumers follow a finding from one commit to the next by a fingerprint. Lines
//! move when something is inserted above, so the fingerprint is taken of what the finding says and
//! of which document and field it says it, never of line and column.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{Diagnostic, Report};

/// One fingerprint for each finding of the report, in its order: 64 lower-case hexadecimal digits,
/// unique within the report. Of findings that are alike, the second, third … carry their number.
#[must_use]
pub fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    let mut digests = Vec::with_capacity(report.diagnostics.len());
    for diagnostic in &report.diagnostics {
        let base = digest(diagnostic);
        let times = seen.entry(base).or_insert(0);
        digests.push(if *times == 0 { base } else { numbered(base, *times) });
        *times += 1;
    }
    digests.iter().map(|digest| hex(digest)).collect()
}

fn digest(diagnostic: &Diagnostic) -> [u8; 32] {
    let mut hasher = Sha256::new();
    // Lengths go first, so that no two lists of parts run together into the same bytes.
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    part(&diagnostic.definition.code.to_string());
    part(&diagnostic.place.path);
    if let Some(document) = &diagnostic.place.document {
        part(&document.api_version);
        part(&document.kind);
        part(document.namespace.as_deref().unwrap_or_default());
        part(document.name.as_deref().unwrap_or_default());
    }
    part(diagnostic.place.field.as_deref().unwrap_or_default());
    part(&diagnostic.message);
    hasher.finalize().into()
}

fn numbered(base: [u8; 32], times: u32) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(base);
    hasher.update(times.to_be_bytes());
    hasher.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}
