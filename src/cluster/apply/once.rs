//! Backups that run once: a changed one runs again only when a person says so.

use std::collections::HashMap;

use kube::core::DynamicObject;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cluster::change::{Change, Outcome};
use crate::cluster::desired::Desired;
use crate::cluster::kind::Kind;
use crate::cluster::object::{Reference, concurrently};
use crate::cluster::{Connection, Result};

/// Longest name of a Job whose pods carry it as a label.
const LONGEST: usize = 63;

/// The name of another run of a one-shot backup: that of its Job and a short hash of what the Job does, so that the same
/// content is the same run, whoever applies it and how often.
#[must_use]
pub fn rerun_name(name: &str, object: &Value) -> String {
    // Keys of JSON objects are sorted here, so that the text is the same for the same content.
    let text = object.get("spec").map(Value::to_string).unwrap_or_default();
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = name.chars().take(LONGEST - hash.len() - 1).collect();
    format!("{}-{hash}", kept.trim_end_matches(['-', '.']))
}

/// Other runs of the changed one-shot backups among the changes, as far as they are there.
pub(super) async fn existing(
    connection: &Connection,
    desired: &[Desired],
    changes: &[Change],
) -> Result<HashMap<Reference, Option<DynamicObject>>> {
    let references = changes
        .iter()
        .filter(|change| {
            change.reference.kind == Kind::Job && matches!(change.outcome, Outcome::Immutable { .. })
        })
        .filter_map(|change| rerun(change, desired));
    let found = concurrently(references, |reference| async move {
        let live = connection.get(&reference).await?;
        Ok((reference, live))
    })
    .await?;
    Ok(found.into_iter().collect())
}

/// The other run of a changed one-shot backup.
pub(super) fn rerun(change: &Change, desired: &[Desired]) -> Option<Reference> {
    let wanted = change.parts.first().and_then(|part| desired.get(*part))?;
    Some(Reference { name: rerun_name(&wanted.reference.name, &wanted.object), ..wanted.reference.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_content_is_the_same_run() {
        let one = json!({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 2}});
        let same = json!({"spec": {"y": 2, "x": 1}});
        let other = json!({"spec": {"x": 1, "y": 3}});
        assert_eq!(rerun_name("a-backup", &one), rerun_name("a-backup", &same));
        assert_ne!(rerun_name("a-backup", &one), rerun_name("a-backup", &other));
        assert!(rerun_name("a-backup", &one).starts_with("a-backup-"));
    }

    #[test]
    fn a_long_name_is_cut_to_what_a_label_holds() {
        let name = rerun_name(&"a".repeat(63), &json!({}));
        assert_eq!(name.len(), 63);
    }
}
