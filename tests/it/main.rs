//! One test binary: every file beside this one is a module of it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not reach the helpers of integration tests"
)]

mod against;
mod alert_scenarios;
mod alerts;
mod bundles;
mod catalogue;
mod changed_since;
mod ci;
mod ci_github_standin;
mod ci_gitlab_standin;
mod ci_manual;
mod ci_repository;
mod commands;
mod convert;
mod dashboards;
mod determinism;
mod documents;
mod effects;
mod emit;
mod emit_argocd;
mod emit_flux;
mod emit_with;
mod examples;
mod fix;
mod generated;
mod hostile;
mod init;
mod krm;
mod linter;
mod literal;
mod mutation;
mod output_folder;
mod pipeline;
mod pitfalls;
mod readme;
mod rooms;
mod schedule_oracle;
mod schedule_properties;
mod secrets;
mod support;
mod traps;

#[test]
fn no_test_file_is_forgotten() {
    let own = include_str!("main.rs");
    for file in support::files("tests/it", ".rs") {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            stem == "main" || own.contains(&format!("mod {stem};")),
            "{stem}.rs is not a module of main.rs"
        );
    }
}
