//! Exit codes of `neo4j-admin` and what they mean to an operator.
//!
//! Sources: neo4j-admin.md §1.0 and §1.1, pods.md §1. Exit 1 covers lasting and passing faults
//! alike, and of a backup it does not even prove that there is no artifact.

use super::Command;

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// The same call fails again.
    Permanent,
    /// It may pass: a server away, a network, a lock.
    Passing,
    /// The code does not tell.
    Unclear,
}

/// What an exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitMeaning {
    /// Whether the command did all that it was asked to.
    pub success: bool,
    /// Whether it may have done what it was asked to, though it reports a failure.
    pub may_have_succeeded: bool,
    /// Whether trying again can help.
    pub persistence: Persistence,
    /// What happened, one sentence without a full stop.
    pub meaning: &'static str,
    /// What to do next, one sentence without a full stop.
    pub next_step: &'static str,
}

/// Codes that fail again in the same way, for `podFailurePolicy` (pods.md §1): wrong usage, an
/// unexpected error, no permission.
pub const PERMANENT: [i32; 3] = [64, 70, 77];

/// What it means that `command` ended with `code`.
pub const fn exit_meaning(command: Command, code: i32) -> ExitMeaning {
    match (code, command) {
        (0, _) => ExitMeaning {
            success: true,
            may_have_succeeded: true,
            persistence: Persistence::Permanent,
            meaning: "the command did all that it was asked to",
            next_step: "nothing is to be done",
        },
        (1, Command::DatabaseBackup) => ExitMeaning {
            success: false,
            may_have_succeeded: true,
            persistence: Persistence::Unclear,
            meaning: "the backup failed, or it succeeded and a server or database was a problem",
            next_step: "look at the artifacts with backup inspect before you take another backup",
        },
        (1, Command::DatabaseCheck) => failed(
            Persistence::Unclear,
            "the database is inconsistent, or it could not be checked",
            "read the log for the name of the report, and keep the last good chain",
        ),
        (1, _) => failed(
            Persistence::Unclear,
            "the command failed; the code covers lasting and passing faults alike",
            "read the last lines of the log",
        ),
        (3, _) => {
            failed(Persistence::Passing, "the database is not running", "start the database and try again")
        }
        (64, _) => failed(
            Persistence::Permanent,
            "the command line is wrong: an unknown option, a bad value or a missing argument",
            "read the first line of the log, and mend additionalArgs or the version of the target",
        ),
        (70, _) => failed(
            Persistence::Permanent,
            "an unexpected error; a check that finds nothing to check ends like this too",
            "read the log, and look whether the folder and the database's name are right",
        ),
        (77, _) => failed(
            Persistence::Permanent,
            "a file or folder may not be read or written",
            "give the folder to user and group 7474",
        ),
        (137, _) => failed(
            Persistence::Unclear,
            "the process was killed, most often because the container ran out of memory",
            "raise the memory limit, or lower pageCache and HEAP_SIZE",
        ),
        (143, _) => failed(
            Persistence::Passing,
            "the process was asked to end, for instance by a drain or a deadline",
            "try again, or give it more time",
        ),
        _ => failed(
            Persistence::Unclear,
            "the command ended with a code that Neo4j does not document",
            "read the log",
        ),
    }
}

const fn failed(persistence: Persistence, meaning: &'static str, next_step: &'static str) -> ExitMeaning {
    ExitMeaning { success: false, may_have_succeeded: false, persistence, meaning, next_step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_is_success() {
        for command in Command::ALL {
            for code in -1..=256 {
                assert_eq!(exit_meaning(command, code).success, code == 0, "{code}");
            }
        }
    }

    #[test]
    fn a_backup_that_ends_with_1_may_have_left_an_artifact() {
        assert!(exit_meaning(Command::DatabaseBackup, 1).may_have_succeeded);
        assert!(!exit_meaning(Command::DatabaseRestore, 1).may_have_succeeded);
    }

    #[test]
    fn permanent_codes_are_those_of_the_failure_policy() {
        let permanent: Vec<i32> = (1..=255)
            .filter(|code| {
                let meaning = exit_meaning(Command::DatabaseBackup, *code);
                meaning.persistence == Persistence::Permanent
            })
            .collect();
        assert_eq!(permanent, PERMANENT);
    }
}
