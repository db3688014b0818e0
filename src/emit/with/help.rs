//! What several topics ask of a backup, and how they add to a bundle.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Addition, Additions, Backup, EmitError, Facts};
use crate::api::storage::{CloudBlock, StorageType};
use crate::diagnostics::codes;
use crate::input::locate::{self, Finding};
use crate::plan::location::Location;

impl Backup<'_> {
    /// Where its artifacts go; `None` when the storage block is incomplete, which no planned spec's is.
    pub(super) fn location(&self) -> Option<Location<'_>> {
        let storage = self.spec.storage.as_ref()?;
        Location::of_backup(&self.plan.name, storage, self.spec.cloud.as_deref()).ok()
    }

    /// Type of its store.
    pub(super) fn storage_type(&self) -> Option<StorageType> {
        self.spec.storage.as_ref()?.storage_type
    }

    /// How its store is reached; `storage.cloud` wins over the alias (operator.md §1.1).
    pub(super) fn cloud(&self) -> Option<&CloudBlock> {
        self.spec.storage.as_ref().and_then(|storage| storage.cloud.as_deref()).or(self.spec.cloud.as_deref())
    }

    /// Path of a field of that block.
    pub(super) fn cloud_field(&self, leaf: &str) -> String {
        match self.spec.storage.as_ref().and_then(|storage| storage.cloud.as_ref()) {
            Some(_) => format!("spec.storage.cloud.{leaf}"),
            None => format!("spec.cloud.{leaf}"),
        }
    }

    /// `namespace/name`, as messages name it.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.plan.namespace, self.plan.name)
    }
}

impl Additions {
    /// Adds an object.
    pub(super) fn object<T: Serialize>(&mut self, object: &T) -> Result<(), EmitError> {
        self.additions.push(Addition::Manifest(serde_json::to_value(object)?));
        Ok(())
    }

    /// Adds a file.
    pub(super) fn file(&mut self, path: String, text: String) {
        self.additions.push(Addition::File { path, text });
    }

    /// Adds a file of JSON.
    pub(super) fn json(&mut self, path: String, value: &serde_json::Value) -> Result<(), EmitError> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.file(path, text);
        Ok(())
    }

    /// Tells something of a backup.
    pub(super) fn tell(&mut self, facts: &Facts<'_>, backup: &Backup<'_>, finding: Finding) {
        self.findings.extend(locate::diagnostics(backup.document, vec![finding], facts.documents));
    }

    /// Tells, at the first backup, that a topic that was asked for has nothing to add.
    pub(super) fn nothing_to_add(&mut self, facts: &Facts<'_>, topic: &str, because: &str) {
        let Some(first) = facts.backups.first() else { return };
        let finding = Finding::new(
            &codes::TOPIC_WITHOUT_EFFECT,
            "spec.storage",
            format!("`--with {topic}` adds nothing: {because}"),
        )
        .help(format!("leave `{topic}` out of `--with`"));
        self.tell(facts, first, finding);
    }
}

/// A text as part of a file name or an identifier: letters, digits, dots, dashes and underscores stay. What does not is a
/// dash, and a short hash then tells apart what would become the same.
pub(super) fn file_safe(text: &str) -> String {
    const LONGEST: usize = 60;
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let safe: String =
        text.chars().map(|character| if plain(character) { character } else { '-' }).take(LONGEST).collect();
    if safe == text && !safe.starts_with('.') {
        return safe;
    }
    let hash = Sha256::digest(text.as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}", safe.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::file_safe;

    #[test]
    fn a_name_is_plain_and_of_one_text_alone() {
        assert_eq!(file_safe("shop-backups.eu"), "shop-backups.eu");
        assert_eq!(file_safe("a/b"), format!("a-b-{}", &file_safe("a/b")[4..]));
        assert_ne!(file_safe("a/b"), file_safe("a:b"));
        assert_ne!(file_safe("a/b"), file_safe("a-b"));
        assert!(!file_safe("../..").starts_with('.'));
        assert!(file_safe(&"x".repeat(500)).len() < 80);
    }
}
