//! The spec language: what a person may write in a `Neo4jBackup`, a `Neo4jRestore` and a `Neo4jTarget`.
//!
//! The types serve three masters with one definition: serde reads specs into them, schemars derives the
//! CustomResourceDefinitions and editor schemas from them, and [`shape`] (generated from the same schemas)
//! lets the reader walk a document and name *every* wrong field instead of stopping at the first.
//!
//! Every field is an `Option`, also the required ones: a spec with mistakes must still be read as far as it
//! goes, so that all its mistakes are told at once. What is required is said in the schema
//! (`#[schemars(required)]`) and enforced by the walk.

macro_rules! spec {
    ($(#[$attribute:meta])* $name:ident { $($(#[$field_attribute:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase")]
        $(#[$attribute])*
        pub struct $name {
            $(
                $(#[$field_attribute])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>,
            )*
        }
    };
}

macro_rules! choice {
    ($(#[$attribute:meta])* $name:ident { $($(#[$variant_attribute:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
                 serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $(#[$attribute])*
        pub enum $name {
            $($(#[$variant_attribute])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// The value as it is written in a spec.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub mod backup;
pub mod effects;
#[rustfmt::skip]
pub mod generated;
pub mod job;
pub mod quantity;
pub mod restore;
pub mod schema;
pub mod shape;
pub mod shape_source;
pub mod status;
pub mod storage;
pub mod target;

pub use backup::{Neo4jBackup, Neo4jBackupSpec};
pub use restore::{Neo4jRestore, Neo4jRestoreSpec};
pub use target::{Neo4jTarget, Neo4jTargetSpec};

/// API group of `Neo4jBackup` and `Neo4jRestore` (document 001, "API Version").
pub const GROUP: &str = "neo4j.neo4j.com";
/// Version of the spec language (document 001, "API Version").
pub const VERSION: &str = "v1alpha1";
/// `apiVersion` of `Neo4jBackup` and `Neo4jRestore`.
pub const API_VERSION: &str = "neo4j.neo4j.com/v1alpha1";
/// Group of the local-only `Neo4jTarget`, which is never applied to a cluster (DESIGN.md, "Targets").
pub const CONFIG_GROUP: &str = "config.neo4j.neo4j.com";
/// `apiVersion` of `Neo4jTarget`.
pub const CONFIG_API_VERSION: &str = "config.neo4j.neo4j.com/v1alpha1";
