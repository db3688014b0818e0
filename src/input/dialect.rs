//! The same kinds in other groups and versions (operator.md, head, §1.2 and §5): recognised and named.

use crate::api;

/// What an `apiVersion` and a `kind` are to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognition {
    /// A `Neo4jBackup` of the language.
    Backup,
    /// A `Neo4jRestore` of the language.
    Restore,
    /// A `Neo4jTarget`.
    Target,
    /// The operator's `Neo4jEnterpriseCluster`.
    OperatorCluster,
    /// The operator's `Neo4jEnterpriseStandalone`.
    OperatorStandalone,
    /// A StatefulSet.
    StatefulSet,
    /// A PersistentVolumeClaim.
    Claim,
    /// A Secret.
    Secret,
    /// A ServiceAccount.
    ServiceAccount,
    /// A Namespace.
    Namespace,
    /// A list of documents.
    List,
    /// One of our kinds in a dialect that is not ours.
    Dialect(Dialect),
    /// Something close to one of our kinds, which does not exist.
    Misspelled(&'static str),
    /// Nothing to us.
    Other,
}

/// Another language with the same kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `neo4j.neo4j.com/v1beta1`, operator 1.13 and later.
    OperatorV1Beta1,
    /// `neo4j.com/…`, the official operator.
    Official,
    /// Our kind with a group or version that nobody has.
    Unknown,
}

impl Dialect {
    /// What it is, as part of a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OperatorV1Beta1 => "the v1beta1 language of the Neo4j operator 1.13 and later",
            Self::Official => "the language of the official neo4j.com operator",
            Self::Unknown => "no language that this program knows",
        }
    }

    /// How its main fields are spelled here.
    #[must_use]
    pub const fn spelling(self) -> &'static str {
        match self {
            Self::OperatorV1Beta1 => {
                "write `apiVersion: neo4j.neo4j.com/v1alpha1`; `instanceRef` becomes `target: {kind: Cluster, name: …}` \
                 in a backup and `targetCluster` in a restore, `database` becomes `target: {kind: Database, …}` or \
                 `databaseName`"
            }
            Self::Official => {
                "write `apiVersion: neo4j.neo4j.com/v1alpha1`; `neo4jRef` becomes `target` or `targetCluster`, \
                 `destination` becomes `storage`, `type: Full|Incremental|Auto` becomes `options.backupType: \
                 FULL|DIFF|AUTO`, a Neo4jBackupSchedule becomes a Neo4jBackup with `schedule`"
            }
            Self::Unknown => "write `apiVersion: neo4j.neo4j.com/v1alpha1`",
        }
    }
}

/// Says what a document is.
#[must_use]
pub fn recognize(api_version: &str, kind: &str) -> Recognition {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match (group, kind) {
        (api::GROUP, "Neo4jBackup") if version == api::VERSION => Recognition::Backup,
        (api::GROUP, "Neo4jRestore") if version == api::VERSION => Recognition::Restore,
        (api::CONFIG_GROUP, "Neo4jTarget") if version == api::VERSION => Recognition::Target,
        (api::GROUP, "Neo4jBackup" | "Neo4jRestore") if version == "v1beta1" => {
            Recognition::Dialect(Dialect::OperatorV1Beta1)
        }
        ("neo4j.com", "Neo4jBackup" | "Neo4jRestore" | "Neo4jBackupSchedule") => {
            Recognition::Dialect(Dialect::Official)
        }
        (_, "Neo4jBackup" | "Neo4jRestore" | "Neo4jTarget") => Recognition::Dialect(Dialect::Unknown),
        (api::GROUP, "Neo4jEnterpriseCluster") => Recognition::OperatorCluster,
        (api::GROUP, "Neo4jEnterpriseStandalone") => Recognition::OperatorStandalone,
        ("apps", "StatefulSet") => Recognition::StatefulSet,
        ("", "PersistentVolumeClaim") => Recognition::Claim,
        ("", "Secret") => Recognition::Secret,
        ("", "ServiceAccount") => Recognition::ServiceAccount,
        ("", "Namespace") => Recognition::Namespace,
        ("", "List") => Recognition::List,
        (api::GROUP, "Neo4jBackupList" | "Neo4jRestoreList") => Recognition::List,
        (api::GROUP | api::CONFIG_GROUP, _) => {
            match super::spelling::closest(kind, ["Neo4jBackup", "Neo4jRestore", "Neo4jTarget"].into_iter()) {
                Some(meant) => Recognition::Misspelled(meant),
                None => Recognition::Other,
            }
        }
        _ => Recognition::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_is_told_apart() {
        for (api_version, kind, expected) in [
            ("neo4j.neo4j.com/v1alpha1", "Neo4jBackup", Recognition::Backup),
            ("neo4j.neo4j.com/v1beta1", "Neo4jBackup", Recognition::Dialect(Dialect::OperatorV1Beta1)),
            ("neo4j.com/v1", "Neo4jRestore", Recognition::Dialect(Dialect::Official)),
            ("neo4j.com/v1beta1", "Neo4jBackupSchedule", Recognition::Dialect(Dialect::Official)),
            ("neo4j.io/v1", "Neo4jBackup", Recognition::Dialect(Dialect::Unknown)),
            ("v1alpha1", "Neo4jTarget", Recognition::Dialect(Dialect::Unknown)),
            ("neo4j.neo4j.com/v1alpha1", "Neo4jBackups", Recognition::Misspelled("Neo4jBackup")),
            ("neo4j.neo4j.com/v1alpha1", "Neo4jDatabase", Recognition::Other),
            ("apps/v1", "Deployment", Recognition::Other),
            ("v1", "Secret", Recognition::Secret),
        ] {
            assert_eq!(recognize(api_version, kind), expected, "{api_version} {kind}");
        }
    }
}
