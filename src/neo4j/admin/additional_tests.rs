//! Cases for the verdict on additional arguments.

use super::*;
use crate::neo4j::admin::{BackupInvocation, BackupKind};

const V5_26: Option<Version> = Some(Version::V5_26);

fn backup(version: Option<Version>, arguments: &[&str]) -> Vec<ArgumentProblem> {
    check_arguments(Command::DatabaseBackup, version, arguments, &[])
}

fn only(mut problems: Vec<ArgumentProblem>) -> ArgumentProblem {
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn the_arguments_of_document_000_are_fine() {
    assert_eq!(backup(V5_26, &["--verbose", "--parallel-recovery"]), []);
    assert_eq!(backup(None, &["--verbose", "--parallel-recovery"]), []);
}

#[test]
fn the_consistency_check_of_document_001_does_not_exist() {
    let problems =
        check_arguments(Command::DatabaseRestore, V5_26, &["--check-consistency", "--verbose"], &[]);
    let problem = only(problems);
    assert_eq!((problem.index, problem.range.clone()), (0, 0..19));
    let ProblemKind::Unknown(unknown) = problem.kind else { panic!("{problem:?}") };
    assert!(unknown.note.unwrap().contains("database check"));
}

#[test]
fn valid_values_pass() {
    let arguments = [
        "--pagecache=4g",
        "--compress=FALSE",
        "--include-metadata=All",
        "--keep-failed",
        "--additional-config=/conf/x.conf",
    ];
    assert_eq!(backup(V5_26, &arguments), []);
}

#[test]
fn what_is_no_option_is_refused() {
    for text in ["", "neo4j", "*", "-", "--", "FULL", "-x"] {
        let problem = only(backup(V5_26, &[text]));
        assert!(matches!(problem.kind, ProblemKind::NotAnOption { .. }), "{text}: {problem:?}");
    }
    let problem = only(backup(V5_26, &["-verbose"]));
    assert_eq!(problem.kind, ProblemKind::NotAnOption { suggestion: Some("--verbose") });
}

#[test]
fn gates_follow_the_target() {
    let cases = [
        ("--prefer-diff-as-parent", "2025.03.0", "2025.04.0"),
        ("--remote-address-resolution", "2025.08.0", "2025.09.0"),
        ("--parallel-download=true", "2025.10.0", "2025.11.0"),
        ("--skip-recovery", "5.26.33", "2025.11.0"),
        ("--include-metadata=users=a,b", "2025.09.0", "2025.10.0"),
    ];
    for (text, old, new) in cases {
        let problem = only(backup(Version::parse(old).ok(), &[text]));
        assert!(matches!(problem.kind, ProblemKind::NotInThisVersion { .. }), "{text}");
        assert_eq!(backup(Version::parse(new).ok(), &[text]), [], "{text}");
        let problem = only(backup(None, &[text]));
        assert!(matches!(problem.kind, ProblemKind::VersionUnknown { .. }), "{text}");
        assert!(!problem.kind.is_error());
    }
}

#[test]
fn values_are_attached_and_of_their_grammar() {
    let missing = only(backup(V5_26, &["--pagecache"]));
    assert!(matches!(missing.kind, ProblemKind::MissingValue { .. }));
    let missing = only(backup(V5_26, &["--pagecache", "--verbose"]));
    assert!(matches!(missing.kind, ProblemKind::MissingValue { .. }));
    let empty = only(backup(V5_26, &["--pagecache="]));
    assert!(matches!(empty.kind, ProblemKind::InvalidValue { .. }));
    let detached = only(backup(V5_26, &["--pagecache", "4g"]));
    assert_eq!(detached.kind, ProblemKind::DetachedValue { value_index: 1 });
    let spaced = only(backup(V5_26, &["--pagecache 4g"]));
    assert_eq!((spaced.index, spaced.range), (0, 0..14));
    assert_eq!(spaced.kind, ProblemKind::DetachedValue { value_index: 0 });
    let switch = only(backup(V5_26, &["--compress", "false"]));
    assert_eq!(switch.kind, ProblemKind::DetachedValue { value_index: 1 });
    let bare = only(backup(V5_26, &["--verbose=true"]));
    assert_eq!((bare.range, bare.kind), (9..14, ProblemKind::UnexpectedValue));
    let wrong = only(backup(V5_26, &["--compress=yes"]));
    assert_eq!(wrong.range, 11..14);
    let quoted = only(backup(V5_26, &["--additional-config='/x'"]));
    assert!(matches!(quoted.kind, ProblemKind::InvalidValue { .. }));
    let prefer = only(backup(Version::parse("2026.01.0").ok(), &["--prefer-diff-as-parent=true"]));
    assert_eq!(prefer.kind, ProblemKind::UnexpectedValue);
}

#[test]
fn an_option_stands_once() {
    let problem = only(backup(V5_26, &["--verbose", "--keep-failed", "--verbose"]));
    assert_eq!((problem.index, problem.kind), (2, ProblemKind::Repeated { first: 0 }));
    let problem = only(backup(V5_26, &["--pagecache=1g", "--pagecache=2g"]));
    assert_eq!(problem.kind, ProblemKind::Repeated { first: 0 });
}

#[test]
fn options_that_the_plan_owns_are_refused() {
    let cases = [
        ("--from=a:1", "spec.target"),
        ("--to-path=/x", "spec.storage"),
        ("--temp-path=/x", "spec.options.tempPath"),
        ("--type=FULL", "spec.options.backupType"),
        ("--inspect-path=/x", "spec.storage"),
    ];
    for (text, field) in cases {
        assert_eq!(
            only(backup(V5_26, &[text])).kind,
            ProblemKind::AlwaysManaged { owner: Owner::Field(field) },
            "{text}"
        );
    }
    let restore = check_arguments(Command::DatabaseRestore, V5_26, &["--overwrite-destination"], &[]);
    assert_eq!(only(restore).kind, ProblemKind::AlwaysManaged { owner: Owner::Field("spec.force") });
    let restore = check_arguments(Command::DatabaseRestore, V5_26, &["--to-path-data=/x"], &[]);
    let owner = Owner::Plan;
    assert_eq!(only(restore).kind, ProblemKind::AlwaysManaged { owner });
}

#[test]
fn a_field_that_is_set_owns_its_option() {
    let invocation = BackupInvocation {
        kind: Some(BackupKind::Full),
        compress: Some(true),
        page_cache: Some("4g"),
        ..BackupInvocation::default()
    };
    let line = invocation.command_line(Version::V5_26);
    let check = |arguments: &[&str]| {
        only(check_arguments(Command::DatabaseBackup, V5_26, arguments, &line.arguments)).kind
    };
    let field = "spec.options.compress";
    assert_eq!(check(&["--compress"]), ProblemKind::RepeatsField { field });
    assert_eq!(check(&["--compress=True"]), ProblemKind::RepeatsField { field });
    let emitted = "--compress=true".to_owned();
    assert_eq!(check(&["--compress=false"]), ProblemKind::ContradictsField { field, emitted });
    let field = "spec.options.pageCache";
    assert_eq!(check(&["--pagecache=4G"]), ProblemKind::RepeatsField { field });
    assert!(matches!(check(&["--pagecache=8g"]), ProblemKind::ContradictsField { .. }));
}

#[test]
fn additional_arguments_do_not_contradict_themselves() {
    let additional = ["--keep-failed".to_owned()];
    let invocation = BackupInvocation { additional_arguments: &additional, ..BackupInvocation::default() };
    let line = invocation.command_line(Version::V5_26);
    let problems = check_arguments(Command::DatabaseBackup, V5_26, &additional, &line.arguments);
    assert_eq!(problems, []);
}

#[test]
fn runs_that_do_nothing_are_refused() {
    for text in ["-h", "-V", "--help", "--version", "--help=true"] {
        assert_eq!(only(backup(V5_26, &[text])).kind, ProblemKind::HelpOrVersion, "{text}");
    }
    assert_eq!(only(backup(V5_26, &["@/tmp/args"])).kind, ProblemKind::ArgumentFile);
    let expand = only(backup(V5_26, &["--expand-commands"]));
    assert_eq!(expand.kind, ProblemKind::ExpandCommands);
}

#[test]
fn secrets_are_pointed_at() {
    let shapes = [
        ("--additional-config=AKIAIOSFODNN7EXAMPLE", 20..40),
        ("--additional-config=https://u:pw@h/x", 28..32),
        ("--to-password=hunter2", 14..21),
    ];
    for (text, range) in shapes {
        let problems = backup(V5_26, &[text]);
        let found = problems.iter().find(|p| p.kind == ProblemKind::SecretLooking).unwrap();
        assert_eq!(found.range, range, "{text}");
    }
}

#[test]
fn restore_reads_neo4js_time_and_not_rfc_3339() {
    let check = |text| check_arguments(Command::DatabaseRestore, V5_26, &[text], &[]);
    assert_eq!(check("--restore-until=1234"), []);
    assert_eq!(check("--restore-until=2025-01-04 12:30:00"), []);
    let problem = only(check("--restore-until=2025-01-04T12:30:00Z"));
    assert_eq!(problem.range, 16..36);
    let sourced = only(check("--source-database=neo4j"));
    assert!(matches!(sourced.kind, ProblemKind::NotInThisVersion { .. }));
}

#[test]
fn several_problems_come_in_order() {
    let problems = backup(V5_26, &["x", "--bogus", "--verbose=1"]);
    let places: Vec<_> = problems.iter().map(|p| p.index).collect();
    assert_eq!(places, [0, 1, 2]);
}
