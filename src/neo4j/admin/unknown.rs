//! Options that a command does not have, and what was probably meant.
//!
//! Documentation of other tools and of 4.x still circulates, and the restore reference (document
//! 001) itself shows `--check-consistency`. Saying why such an option does not exist saves a search.

use super::{Command, table};

/// What is known of an option that a command does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnknownOption {
    /// An option of this command that is spelled almost like it.
    pub suggestion: Option<&'static str>,
    /// Why it does not exist here, one sentence without a full stop.
    pub note: Option<&'static str>,
    /// A command of `neo4j-admin` that does have it.
    pub elsewhere: Option<Command>,
}

/// Looks an unknown option up. `name` has its dashes and no value.
pub fn unknown_option(command: Command, name: &str) -> UnknownOption {
    let note = note(command, name);
    let elsewhere = Command::ALL
        .into_iter()
        .find(|other| *other != command && other.options().iter().any(|o| o.name == name));
    UnknownOption {
        suggestion: if note.is_none() { nearest(command, name) } else { None },
        note,
        elsewhere: if note.is_none() { elsewhere } else { None },
    }
}

/// Options of 4.x or of nowhere (neo4j-admin.md §1.1, §1.2, §9; operator.md §1.1 deprecated
/// prefixes).
fn note(command: Command, name: &str) -> Option<&'static str> {
    const REMOVED: [&str; 4] = ["--cc-graph", "--cc-indexes", "--cc-label-scan-store", "--legacy-format"];
    if REMOVED.iter().any(|prefix| name.starts_with(prefix)) {
        return Some("it was removed with Neo4j 4, database check has the checks now");
    }
    let backup = command == Command::DatabaseBackup;
    let restore = command == Command::DatabaseRestore;
    match name {
        "--check-consistency" if restore => {
            Some("no restore checks consistency since Neo4j 5, database check does so before it")
        }
        "--check-consistency" | "--verify" if backup => {
            Some("no backup checks itself since Neo4j 5, options.verify adds steps that do")
        }
        "--check-consistency" | "--verify" => Some("database check is a command of its own since Neo4j 5"),
        "--fallback-to-full" => Some("it is gone since Neo4j 5, --type=AUTO falls back to a full backup"),
        "--backup-dir" => Some("it is gone since Neo4j 5, --to-path replaced it"),
        "--name" => Some("it is gone since Neo4j 5, artifacts are named after database and time"),
        "--database" if backup || restore => {
            Some("the database is a positional since Neo4j 5, the spec names it")
        }
        "--encrypt" | "--encryption" => Some("neo4j-admin encrypts nothing"),
        "--prepare-restore" => Some("neo4j-admin never had it"),
        "--force" if restore => Some("it is gone since Neo4j 5, spec.force allows overwriting"),
        "--force" if backup => Some("no backup has it"),
        "--move" if restore => Some("it is gone since Neo4j 5, a restore copies"),
        "--from" if restore => Some("a restore reads --from-path, which comes from spec.source"),
        "--skip-producing-empty-diff" => Some("it stood in the manual for two days and was taken out again"),
        _ => None,
    }
}

/// The option of the command that differs in the fewest letters, when they are few.
fn nearest(command: Command, name: &str) -> Option<&'static str> {
    if name.len() > 48 {
        return None;
    }
    let limit = (name.len() / 4).clamp(1, 3);
    command
        .options()
        .iter()
        .chain(table::COMMON)
        .map(|option| (distance(name, option.name), option.name))
        .min()
        .filter(|(distance, _)| *distance <= limit)
        .map(|(_, name)| name)
}

/// Levenshtein's distance over bytes, where case and an underscore for a dash count nothing.
fn distance(left: &str, right: &str) -> usize {
    let same = |a: u8, b: u8| {
        let plain = |c: u8| {
            if c == b'_' { b'-' } else { c.to_ascii_lowercase() }
        };
        plain(a) == plain(b)
    };
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let substitute = diagonal + usize::from(!same(a, b));
            diagonal = *cell;
            *cell = substitute.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("--Page_Cache", "--page-cache"), 0);
    }

    #[test]
    fn misspellings_are_suggested() {
        let suggestion = |name| unknown_option(Command::DatabaseBackup, name).suggestion;
        assert_eq!(suggestion("--page-cache"), Some("--pagecache"));
        assert_eq!(suggestion("--Verbose"), Some("--verbose"));
        assert_eq!(suggestion("--parallel_recovery"), Some("--parallel-recovery"));
        assert_eq!(suggestion("--bogus"), None);
    }

    #[test]
    fn options_that_never_were_say_why() {
        let restore = unknown_option(Command::DatabaseRestore, "--check-consistency");
        assert!(restore.note.unwrap().contains("database check"));
        for name in ["--fallback-to-full", "--backup-dir", "--name", "--verify", "--encrypt", "--force"] {
            assert!(unknown_option(Command::DatabaseBackup, name).note.is_some(), "{name}");
        }
        assert!(unknown_option(Command::DatabaseBackup, "--cc-graph").note.is_some());
    }

    #[test]
    fn options_of_other_commands_are_recognised() {
        let found = unknown_option(Command::DatabaseRestore, "--keep-old-backup");
        assert_eq!(found.elsewhere, Some(Command::DatabaseAggregateBackup));
    }
}
