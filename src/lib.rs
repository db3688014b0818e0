//! Neo4j backups and restores on Kubernetes: check specs, render them, apply them, follow them.

pub mod api;
pub mod bundle;
pub mod cli;
pub mod cluster;
pub mod convert;
pub mod diagnostics;
pub mod emit;
pub mod input;
pub mod neo4j;
pub mod plan;
pub mod render;
pub mod rules;
pub mod schedule;
pub mod target;
