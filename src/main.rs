//! The `kubectl neo4j-backup` plugin.

fn main() {}
