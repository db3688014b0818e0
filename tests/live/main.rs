//! Tests on a real Kubernetes that `tests/cluster` makes. Without root or Go they say that they are skipped;
//! with `NEO4J_BACKUP_REQUIRE_CLUSTER=1` that is a failure.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not reach the helpers of integration tests"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![allow(dead_code, reason = "the harness offers more than the tests of one moment use")]

mod apply;
mod argocd;
mod bundles;
mod cluster;
mod convert;
mod crds;
mod cron_jobs;
mod delete;
mod diff;
mod doctor;
mod end_to_end;
mod flux;
mod gallery;
mod gitops;
mod images;
mod literal;
mod logs;
mod monitoring;
mod namespace;
mod neo4j;
mod platform;
mod policy_standin;
mod rbac;
mod run;
mod smoke;
mod specs;
mod status;
mod stores;
mod suspend;
mod tools_image;
mod trigger;
mod validate_server;
mod walkthrough;

#[test]
fn no_test_file_is_forgotten() {
    let own = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            stem == "main" || own.contains(&format!("mod {stem};")),
            "{stem}.rs is not a module of main.rs"
        );
    }
}
