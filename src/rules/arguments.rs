//! `additionalArgs`: each read as `neo4j-admin` would read it, against the target's release and the other fields.

use crate::diagnostics::{Definition, Severity, codes};
use crate::input::locate::{Correction, Finding};
use crate::neo4j::admin::additional::Owner;
use crate::neo4j::admin::invocation::Argument;
use crate::neo4j::admin::{ArgumentProblem, Command, ProblemKind, check_arguments};
use crate::neo4j::version::Version;
use crate::plan::build_backup::{TEMP_PATH, command_line, databases};
use crate::plan::build_restore;
use crate::plan::restore::RestoreMethod;
use crate::target::Target;

use super::{Backup, Restore};

const FIELD: &str = "spec.options.additionalArgs";

/// Additional arguments of a backup.
pub(super) fn backup_arguments(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(options) = backup.spec.options.as_deref() else { return };
    let Some(arguments) = options.additional_args.as_deref().filter(|arguments| !arguments.is_empty()) else {
        return;
    };
    let version = backup.target().and_then(|target| target.version);
    let mut emitted: Vec<Argument> = Vec::new();
    if let Ok(databases) = databases(backup.spec) {
        // What the fields emit does not depend on the target's addresses; without a target the newest release
        // shows every option that a field can emit.
        let unknown = nobody();
        let mut alone = options.clone();
        alone.additional_args = None;
        let target = backup.target().unwrap_or(&unknown);
        let line = command_line(
            target,
            version.unwrap_or(Version::new(9999, 1, 0)),
            Some(&alone),
            "/",
            options.temp_path.as_deref().unwrap_or(TEMP_PATH),
            options.tls.is_some(),
            &databases,
        );
        emitted = line.arguments;
    }
    tell(Command::DatabaseBackup, version, arguments, &emitted, out);
}

/// Additional arguments of a restore.
pub(super) fn restore_arguments(restore: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(options) = restore.spec.options.as_deref() else { return };
    let Some(arguments) = options.additional_args.as_deref().filter(|arguments| !arguments.is_empty()) else {
        return;
    };
    let target = restore.target();
    let from_claim = build_restore::source(restore.spec, restore.referenced_spec())
        .is_ok_and(|source| source.location.is_claim());
    if let Some(target) = target
        && build_restore::method(restore.spec, target, from_claim) == RestoreMethod::Seed
    {
        for index in 0..arguments.len() {
            out.push(
                Finding::new(
                    &codes::ARGUMENTS_WITHOUT_COMMAND,
                    format!("{FIELD}[{index}]"),
                    "this argument has no effect: the running deployment is seeded through Cypher, and no `neo4j-admin database restore` runs",
                )
                .help("remove it, or set `stopCluster: true` for an offline restore"),
            );
        }
    }
    let version = target.and_then(|target| target.version);
    let mut emitted = Vec::new();
    let mut field = |text: &str, field: &'static str| {
        emitted.push(Argument { text: text.to_owned(), field: Some(field), item: None });
    };
    if restore.spec.source.as_deref().is_some_and(|source| source.point_in_time.is_some()) {
        field("--restore-until=", "spec.source.pointInTime");
    }
    tell(Command::DatabaseRestore, version, arguments, &emitted, out);
}

/// A target of which nothing is known.
fn nobody() -> Target {
    Target {
        name: String::new(),
        namespace: String::new(),
        document: None,
        version: None,
        edition: None,
        image: None,
        topology: crate::api::target::TopologyKind::Standalone,
        servers: 1,
        layout: crate::api::target::Layout::Operator,
        cluster_domain: String::new(),
        databases: Vec::new(),
        backup_addresses: Vec::new(),
        bolt: crate::target::BoltAccess { uri: String::new(), auth: None, ca: None },
        stateful_sets: Vec::new(),
        data_claims: Vec::new(),
        image_pull_secrets: Vec::new(),
        backup_tls: None,
    }
}

fn tell(
    command: Command,
    version: Option<Version>,
    arguments: &[String],
    emitted: &[Argument],
    out: &mut Vec<Finding>,
) {
    for problem in check_arguments(command, version, arguments, emitted) {
        let Some(argument) = arguments.get(problem.index) else { continue };
        let (definition, message, help) = words(&problem, argument, command, version);
        let mut finding = Finding::new(definition, format!("{FIELD}[{}]", problem.index), message);
        if let Some(help) = help {
            finding = finding.help(help);
        }
        // A value that hides a line of a secret must not be underlined, only named.
        if problem.kind != ProblemKind::SecretLooking && !problem.range.is_empty() {
            finding = finding.within(problem.range.clone());
        }
        if let ProblemKind::DetachedValue { value_index } = problem.kind
            && value_index == problem.index
            && let Some((name, value)) = argument.split_once(' ')
        {
            let joined = format!("{name}={}", value.trim_start());
            finding = finding
                .correct(format!("write `{joined}`"), Correction::ReplaceWithin(0..argument.len(), joined));
        }
        if !problem.kind.is_error() {
            finding = finding.severity(Severity::Warning);
        }
        out.push(finding);
    }
}

fn words(
    problem: &ArgumentProblem,
    argument: &str,
    command: Command,
    version: Option<Version>,
) -> (&'static Definition, String, Option<String>) {
    let verb = command.words().join(" ");
    let name = argument.split(['=', ' ']).next().unwrap_or(argument);
    match &problem.kind {
        ProblemKind::NotAnOption { suggestion } => (
            &codes::NOT_AN_ARGUMENT,
            format!("`{argument}` is no long option, so `{verb}` would take it for something else"),
            Some(match suggestion {
                Some(option) => format!("did you mean `{option}`?"),
                None => "write one item for each option, as `--option` or `--option=value`".to_owned(),
            }),
        ),
        ProblemKind::Unknown(unknown) => (
            &codes::UNKNOWN_ARGUMENT,
            format!("`{verb}` has no option `{name}` in any release"),
            Some(match (unknown.note, unknown.suggestion) {
                (Some(note), _) => note.to_owned(),
                (None, Some(option)) => format!("did you mean `{option}`?"),
                (None, None) => "remove it".to_owned(),
            }),
        ),
        ProblemKind::NotInThisVersion { since } => (
            &codes::ARGUMENT_NOT_IN_VERSION,
            match version {
                Some(version) => format!("`{name}` is not in Neo4j {version}, which refuses it"),
                None => format!("`{name}` is not in the target's version"),
            },
            Some(format!("it is in Neo4j since {since}; remove it until then")),
        ),
        ProblemKind::VersionUnknown { since } => (
            &codes::ARGUMENT_WORTH_A_LOOK,
            format!("`{name}` is in Neo4j since {since}, and the target's version is not known"),
            Some("say what the target is, or make sure that it has the option".to_owned()),
        ),
        ProblemKind::MissingValue { expected } => (
            &codes::INVALID_ARGUMENT_VALUE,
            format!("`{name}` needs a value"),
            Some(format!("write `{name}=…` with {expected}")),
        ),
        ProblemKind::UnexpectedValue => (
            &codes::INVALID_ARGUMENT_VALUE,
            format!("`{name}` takes no value"),
            Some(format!("write `{name}` alone, or leave it out")),
        ),
        ProblemKind::InvalidValue { reason, help } => (
            &codes::INVALID_ARGUMENT_VALUE,
            format!("the value of `{name}` cannot be read: {reason}"),
            Some(help.clone().into_owned()),
        ),
        ProblemKind::DetachedValue { .. } => (
            &codes::NOT_AN_ARGUMENT,
            format!("the value of `{name}` does not stand behind an equals sign"),
            Some(format!("write `{name}=value` as one item")),
        ),
        ProblemKind::Repeated { first } => (
            &codes::ARGUMENT_OF_A_FIELD,
            format!("`{name}` stands here and in item {}, and `neo4j-admin` refuses the second", first + 1),
            Some("keep one of them".to_owned()),
        ),
        ProblemKind::AlwaysManaged { owner: Owner::Field(field) } => (
            &codes::ARGUMENT_OF_A_FIELD,
            format!("`{name}` is decided by `{field}`"),
            Some(format!("set `{field}` and remove this argument")),
        ),
        ProblemKind::AlwaysManaged { owner: Owner::Plan } => (
            &codes::ARGUMENT_OF_A_FIELD,
            format!("`{name}` is decided by this program, which mounts what it names"),
            Some("remove this argument".to_owned()),
        ),
        ProblemKind::RepeatsField { field } => (
            &codes::ARGUMENT_OF_A_FIELD,
            format!("`{field}` already sets `{name}`, and `neo4j-admin` refuses a second one"),
            Some("remove this argument".to_owned()),
        ),
        ProblemKind::ContradictsField { field, emitted } => (
            &codes::ARGUMENT_OF_A_FIELD,
            format!("`{argument}` contradicts `{field}`, which gives `{emitted}`"),
            Some(format!("set `{field}` and remove this argument")),
        ),
        ProblemKind::ArgumentFile => (
            &codes::NOT_AN_ARGUMENT,
            format!(
                "`{argument}` would be replaced by the lines of a file in the pod, which nobody has checked"
            ),
            Some("write the arguments here".to_owned()),
        ),
        ProblemKind::HelpOrVersion => (
            &codes::NOT_AN_ARGUMENT,
            format!("with `{argument}` the command prints a text and ends with success, having done nothing"),
            Some("remove it".to_owned()),
        ),
        ProblemKind::ExpandCommands => (
            &codes::ARGUMENT_WORTH_A_LOOK,
            format!("`{name}` runs what stands in `$(…)` in configuration values"),
            Some("remove it, unless the image's configuration needs it".to_owned()),
        ),
        ProblemKind::SecretLooking => (
            &codes::SECRET_IN_ARGUMENT,
            format!("`{name}` carries what looks like a secret"),
            Some("keep secrets in a Secret, and refer to it".to_owned()),
        ),
    }
}
