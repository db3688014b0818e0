//! What a step that ended with an error was, and what its last words say.

use k8s_openapi::api::core::v1::Container;

use super::cause::Cause;
use super::pod::Step;
use crate::neo4j::admin::{Command, PROGRAM};

/// The command of `neo4j-admin` that a container runs.
pub(super) fn command(container: &Container) -> Option<Command> {
    let words: Vec<&str> = container
        .command
        .iter()
        .flatten()
        .chain(container.args.iter().flatten())
        .map(String::as_str)
        .collect();
    let program = words.iter().position(|word| word.rsplit('/').next() == Some(PROGRAM))?;
    let after = [*words.get(program + 1)?, *words.get(program + 2)?];
    Command::ALL.into_iter().find(|command| command.words() == after)
}

/// Texts that mean a full volume or bucket (pods.md §1; POSIX `ENOSPC`, `EDQUOT`).
const FULL: [&str; 4] =
    ["no space left on device", "disk quota exceeded", "not enough space", "insufficient storage"];

/// Texts of a store that does not accept who asks: error codes of S3, of Azure Storage and of Google's token service,
/// and what the SDKs say when they find no credentials at all.
const REFUSED: [&str; 17] = [
    "accessdenied",
    "access denied",
    "invalidaccesskeyid",
    "signaturedoesnotmatch",
    "expiredtoken",
    "unable to load credentials",
    "authenticationfailed",
    "authorizationfailure",
    "authorizationpermissionmismatch",
    "credentialunavailable",
    "defaultazurecredential",
    "invalid_grant",
    "invalid_client",
    "status code: 403",
    "status code 403",
    "403 forbidden",
    "401 unauthorized",
];

/// Texts of a connection that does not come about, or of one whose other end speaks another language, as with TLS on one
/// side only (neo4j-admin.md §8 no. 2).
const UNREACHABLE: [&str; 11] = [
    "couldn't retrieve databasenamerequest",
    "connection refused",
    "connectexception",
    "unknownhostexception",
    "unresolvedaddressexception",
    "unknown host",
    "no route to host",
    "timed out",
    "could not connect",
    "cannot connect",
    "unable to connect",
];

/// The port of the backup service and that of Bolt (operator.md §3.2).
const PORTS: [&str; 2] = [":6362", ":7687"];

/// The cause, from how the step ended. `message` is its termination message: the end of its log.
pub(super) fn cause(step: &Step, exit: i32, reason: &str, message: &str) -> Cause {
    let name = step.name.clone();
    match (reason, exit) {
        ("OOMKilled", _) => return Cause::OutOfMemory { step: name },
        ("ContainerCannotRun" | "StartError" | "CreateContainerError" | "RunContainerError", _) => {
            return Cause::CannotStart {
                step: name,
                reason: reason.to_owned(),
                message: start_words(message),
            };
        }
        ("ContainerStatusUnknown", _) => {
            return Cause::Disrupted { what: "its node was lost or restarted while it ran".to_owned() };
        }
        (_, 137) => return Cause::Killed { step: name, signal: 9 },
        (_, 143) => return Cause::Killed { step: name, signal: 15 },
        _ => {}
    }
    let finds = |texts: &[&str]| {
        message.lines().find_map(|line| {
            let lower = line.to_ascii_lowercase();
            let at = texts.iter().filter_map(|text| lower.find(text)).min()?;
            // What stands before it in a long line are numbers of requests and names of classes. Making a text lower
            // case in ASCII moves nothing.
            if line.len() > LONG_LINE { line.get(at..) } else { Some(line) }
        })
    };
    if let Some(line) = finds(&FULL) {
        return Cause::StoreFull { step: name, words: one_line(line) };
    }
    if let Some(line) = finds(&REFUSED) {
        return Cause::CredentialsRefused { step: name, words: one_line(line) };
    }
    if let Some(line) = finds(&UNREACHABLE)
        && (PORTS.iter().any(|port| message.contains(port)) || !message.contains("://"))
        && step.command.is_none_or(|command| command == Command::DatabaseBackup)
    {
        return Cause::Unreachable { step: name, words: one_line(line) };
    }
    let words = last_words(message, exit);
    let verifies = matches!(
        step.command,
        Some(Command::BackupInspect | Command::BackupValidate | Command::DatabaseCheck)
    );
    if verifies && exit == 1 {
        return Cause::VerificationFailed { step: name, words };
    }
    Cause::StepFailed { step: name, exit, command: step.command, words }
}

/// The part of a runtime's message that says why a container did not start: what comes before names its own parts.
pub(super) fn start_words(message: &str) -> String {
    let words = message.rfind("exec: ").and_then(|start| message.get(start..)).unwrap_or(message);
    let words = words.split(" (pod: ").next().unwrap_or(words);
    one_line(words.trim_end_matches(": unknown"))
}

/// The line of a log's end that says most: not a stack frame, not the advice to ask for more output. With exit 64 the
/// usage follows the line that matters (pods.md §1).
pub(super) fn last_words(message: &str, exit: i32) -> String {
    let said = |line: &&str| {
        let frame = line.starts_with("at ") || (line.starts_with("... ") && line.ends_with(" more"));
        !(line.is_empty() || frame || line.starts_with("Run with '--verbose'"))
    };
    let mut lines = message.lines().map(str::trim).filter(said);
    let chosen = if exit == 64 {
        let wrong = |line: &str| {
            ["Unknown option", "Unmatched argument", "Missing required", "Invalid value", "Expected"]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let all: Vec<&str> = lines.collect();
        all.iter().copied().find(|line| wrong(line)).or_else(|| all.first().copied())
    } else {
        lines.next_back()
    };
    one_line(chosen.unwrap_or_default())
}

/// Bytes of a line that is shown whole.
const LONG_LINE: usize = 200;

/// Characters that a cause quotes of somebody else's text: enough for a sentence, few enough for a table.
const LONGEST: usize = 240;

/// A text on one line that can be shown, without credentials, and not longer than a person reads.
pub(super) fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = super::scrub::scrub(&joined);
    let visible = crate::diagnostics::visible_line(&clean);
    let visible = visible.trim_end_matches('.');
    match visible.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", visible.get(..end).unwrap_or_default().trim_end()),
        None => visible.to_owned(),
    }
}
