//! The verdict on arguments that a user adds to a command (`additionalArgs`).
//!
//! They run at night, in a CronJob, where a wrong one shows as exit 64 in a pod that nobody looks
//! at, or worse, as a run that ends well and saved nothing (`--help`). So each is read here exactly
//! as `neo4j-admin` would read it, against the release of the target, and against what the fields of
//! the spec already say.

use std::borrow::Cow;
use std::ops::Range;

use super::invocation::Argument;
use super::option::{AdminOption, Grammar, OptionKind};
use super::unknown::{UnknownOption, unknown_option};
use super::value::{check_value, names_users};
use super::{Command, option};
use crate::neo4j::feature::{Feature, Since};
use crate::neo4j::version::Version;

/// Something about one additional argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentProblem {
    /// Which argument, from 0.
    pub index: usize,
    /// The offending bytes of that argument, on character boundaries.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ProblemKind,
}

/// What can be wrong with an additional argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// It does not begin with two dashes: a positional, which would become a database name, an
    /// empty argument, `--` alone, or a short option. The suggestion is the long option of the same
    /// word.
    NotAnOption {
        /// An option that may be meant.
        suggestion: Option<&'static str>,
    },
    /// The command has no such option in any release.
    Unknown(UnknownOption),
    /// The target's release is too old for the option or for this value of it.
    NotInThisVersion {
        /// The releases that have it.
        since: Since,
    },
    /// Not every supported release has it, and the target's release is not known.
    VersionUnknown {
        /// The releases that have it.
        since: Since,
    },
    /// The option needs a value and has none.
    MissingValue {
        /// What a value looks like.
        expected: Cow<'static, str>,
    },
    /// The flag takes no value and has one.
    UnexpectedValue,
    /// The value is not one that the option reads.
    InvalidValue {
        /// What is wrong with it, one sentence without a full stop.
        reason: Cow<'static, str>,
        /// What to write instead, one sentence without a full stop.
        help: Cow<'static, str>,
    },
    /// The value stands after a space or as the next argument and not after `=`. The range is the
    /// option with, in the same argument, its value.
    DetachedValue {
        /// Where the value stands; the same index when both are one argument with a space.
        value_index: usize,
    },
    /// The option was given before and may be given once (exit 64).
    Repeated {
        /// The first one.
        first: usize,
    },
    /// Nobody but its owner can set this option, whether the owner does so or not.
    AlwaysManaged {
        /// Who decides it.
        owner: Owner,
    },
    /// A field of the spec already sets the option to the same value; a second one ends with
    /// exit 64.
    RepeatsField {
        /// The field.
        field: &'static str,
    },
    /// A field of the spec sets the option to another value.
    ContradictsField {
        /// The field.
        field: &'static str,
        /// What the field makes of it, as one argument.
        emitted: String,
    },
    /// `@file`: replaced by the lines of a file in the pod before anything is read, so that nothing
    /// here could be checked (neo4j-admin.md §1.0).
    ArgumentFile,
    /// `-h`, `--help`, `-V`, `--version`: the command prints and ends with 0 and does nothing, a
    /// backup that is green and empty.
    HelpOrVersion,
    /// `--expand-commands` runs what stands in `$(…)` in configuration values.
    ExpandCommands,
    /// It looks like a secret, which every reader of the manifest and of the process list sees.
    SecretLooking,
}

/// Who decides an option that cannot be given as an additional argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This field of the spec.
    Field(&'static str),
    /// The plan, which mounts what the option names; no field changes it.
    Plan,
}

impl ProblemKind {
    /// Whether the command would fail, do nothing, or leak; the rest deserves a look.
    pub fn is_error(&self) -> bool {
        !matches!(self, Self::VersionUnknown { .. } | Self::ExpandCommands)
    }
}

/// Options that a field owns whether it is set or not, because the rest of what is rendered depends
/// on them: mounts, folders, credentials, the promise not to overwrite.
const ALWAYS_MANAGED: &[(Command, &str, Owner)] = &[
    (Command::DatabaseBackup, "--from", Owner::Field("spec.target")),
    (Command::DatabaseBackup, "--to-path", Owner::Field("spec.storage")),
    (Command::DatabaseBackup, "--temp-path", Owner::Field("spec.options.tempPath")),
    (Command::DatabaseBackup, "--inspect-path", Owner::Field("spec.storage")),
    (Command::DatabaseBackup, "--type", Owner::Field("spec.options.backupType")),
    (Command::DatabaseRestore, "--from-path", Owner::Field("spec.source")),
    (Command::DatabaseRestore, "--temp-path", Owner::Plan),
    (Command::DatabaseRestore, "--overwrite-destination", Owner::Field("spec.force")),
    (Command::DatabaseRestore, "--to-path-data", Owner::Plan),
    (Command::DatabaseRestore, "--to-path-txn", Owner::Plan),
];

/// Who owns an option of a command in any case; none when additional arguments may set it.
pub fn always_managed(command: Command, name: &str) -> Option<Owner> {
    ALWAYS_MANAGED
        .iter()
        .find(|(of, option, _)| *of == command && *option == name)
        .map(|(_, _, owner)| *owner)
}

/// Reads additional arguments as `command` would, in the order in which they stand.
///
/// `version` is the target's release, when known. `emitted` is what the fields of the spec already
/// became; an option that no field has set may be given here. Problems come in the order of the
/// arguments; without problems nothing is allocated.
pub fn check_arguments<S: AsRef<str>>(
    command: Command,
    version: Option<Version>,
    arguments: &[S],
    emitted: &[Argument],
) -> Vec<ArgumentProblem> {
    let mut check = Check { command, version, emitted, problems: Vec::new() };
    let mut index = 0;
    while let Some(argument) = arguments.get(index) {
        let next = arguments.get(index + 1).map(AsRef::as_ref);
        let earlier = arguments.get(..index).unwrap_or_default();
        let used = check.argument(index, argument.as_ref(), next, earlier);
        index += used;
    }
    check.problems
}

struct Check<'a> {
    command: Command,
    version: Option<Version>,
    emitted: &'a [Argument],
    problems: Vec<ArgumentProblem>,
}

impl Check<'_> {
    fn report(&mut self, index: usize, range: Range<usize>, kind: ProblemKind) {
        self.problems.push(ArgumentProblem { index, range, kind });
    }

    /// Reads one argument; returns how many it used up, two when the next one is its value.
    fn argument<S: AsRef<str>>(
        &mut self,
        index: usize,
        text: &str,
        next: Option<&str>,
        earlier: &[S],
    ) -> usize {
        let whole = 0..text.len();
        if let Some(range) = secret(text) {
            self.report(index, range, ProblemKind::SecretLooking);
        }
        if text.starts_with('@') {
            self.report(index, whole, ProblemKind::ArgumentFile);
            return 1;
        }
        if matches!(text, "-h" | "-V" | "--help" | "--version") {
            self.report(index, whole, ProblemKind::HelpOrVersion);
            return 1;
        }
        if !text.starts_with("--") || text == "--" {
            let suggestion = text
                .strip_prefix('-')
                .or(Some(text))
                .filter(|word| !word.is_empty())
                .and_then(|word| unknown_option(self.command, &format!("--{word}")).suggestion);
            self.report(index, whole, ProblemKind::NotAnOption { suggestion });
            return 1;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        if let Some((head, tail)) = name.split_once(char::is_whitespace)
            && !tail.trim().is_empty()
            && option(self.command, head).is_some()
        {
            self.report(index, whole, ProblemKind::DetachedValue { value_index: index });
            return 1;
        }
        let Some(known) = option(self.command, name) else {
            let unknown = unknown_option(self.command, name);
            self.report(index, 0..name.len(), ProblemKind::Unknown(unknown));
            return 1;
        };
        if matches!(name, "--help" | "--version") {
            self.report(index, whole, ProblemKind::HelpOrVersion);
            return 1;
        }
        if name == "--expand-commands" {
            self.report(index, whole.clone(), ProblemKind::ExpandCommands);
        }
        if let Some(since) = known.since {
            self.gate(index, 0..name.len(), since);
        }
        self.ownership(index, text, known, value, earlier);
        self.value(index, name, known, value, next)
    }

    fn gate(&mut self, index: usize, range: Range<usize>, since: Since) {
        match self.version {
            Some(version) if !since.includes(version) => {
                self.report(index, range, ProblemKind::NotInThisVersion { since });
            }
            None if !since.includes_all_supported() => {
                self.report(index, range, ProblemKind::VersionUnknown { since });
            }
            _ => {}
        }
    }

    /// Whether a field or an earlier argument already decides the option.
    fn ownership<S: AsRef<str>>(
        &mut self,
        index: usize,
        text: &str,
        known: &AdminOption,
        value: Option<&str>,
        earlier: &[S],
    ) {
        let range = 0..known.name.len();
        if let Some(owner) = always_managed(self.command, known.name) {
            return self.report(index, range, ProblemKind::AlwaysManaged { owner });
        }
        let by_field = self.emitted.iter().find_map(|argument| {
            let same = argument.item.is_none() && argument.option_name() == Some(known.name);
            argument.field.filter(|_| same).map(|field| (argument, field))
        });
        if let Some((argument, field)) = by_field {
            let kind = if same_meaning(known, argument.value(), value) {
                ProblemKind::RepeatsField { field }
            } else {
                let emitted = argument.text.clone();
                ProblemKind::ContradictsField { field, emitted }
            };
            return self.report(index, 0..text.len(), kind);
        }
        let name_of = |text: &str| text.split_once('=').map_or(text.len(), |(name, _)| name.len());
        let first = earlier.iter().position(|before| {
            let before = before.as_ref();
            before.get(..name_of(before)) == Some(known.name)
        });
        if let (Some(first), false) = (first, known.repeatable) {
            self.report(index, range, ProblemKind::Repeated { first });
        }
    }

    fn value(
        &mut self,
        index: usize,
        name: &str,
        known: &AdminOption,
        value: Option<&str>,
        next: Option<&str>,
    ) -> usize {
        let at = name.len() + 1;
        let end = value.map_or(name.len(), |value| at + value.len());
        match (known.kind, value) {
            (OptionKind::Bare, Some(_)) => {
                self.report(index, name.len()..end, ProblemKind::UnexpectedValue);
            }
            (OptionKind::Switch, Some(value)) => self.grammar(index, at, SWITCH, value),
            (OptionKind::Value(grammar) | OptionKind::OptionalValue(grammar), Some(value)) => {
                self.grammar(index, at, grammar, value);
            }
            (OptionKind::Value(grammar), None) => {
                return match next.filter(|next| !next.starts_with(['-', '@'])) {
                    Some(_) => self.detached(index, end),
                    None => {
                        let expected = grammar.expected();
                        self.report(index, 0..end, ProblemKind::MissingValue { expected });
                        1
                    }
                };
            }
            (OptionKind::Switch, None) if next.is_some_and(|next| check_value(SWITCH, next).is_ok()) => {
                return self.detached(index, end);
            }
            (OptionKind::Bare | OptionKind::Switch | OptionKind::OptionalValue(_), None) => {}
        }
        1
    }

    fn detached(&mut self, index: usize, end: usize) -> usize {
        let value_index = index + 1;
        self.report(index, 0..end, ProblemKind::DetachedValue { value_index });
        2
    }

    fn grammar(&mut self, index: usize, at: usize, grammar: Grammar, value: &str) {
        match check_value(grammar, value) {
            Err(error) => {
                let error = error.shifted(at);
                let (reason, help) = (error.reason, error.help);
                self.report(index, error.range, ProblemKind::InvalidValue { reason, help });
            }
            Ok(()) if grammar == Grammar::Metadata && names_users(value) => {
                let since = Feature::BackupIncludeNamedUsers.since();
                self.gate(index, at..at + value.len(), since);
            }
            Ok(()) => {}
        }
    }
}

const SWITCH: Grammar = Grammar::Enum(&["true", "false"]);

/// Whether two spellings of an option say the same: the bare switch is `true`, enumerations have no
/// case.
fn same_meaning(known: &AdminOption, left: Option<&str>, right: Option<&str>) -> bool {
    match known.kind {
        OptionKind::Bare => true,
        OptionKind::Switch => left.unwrap_or("true").eq_ignore_ascii_case(right.unwrap_or("true")),
        OptionKind::Value(Grammar::Enum(_) | Grammar::Metadata | Grammar::Size) => {
            left.unwrap_or("").eq_ignore_ascii_case(right.unwrap_or(""))
        }
        OptionKind::Value(_) | OptionKind::OptionalValue(_) => left == right,
    }
}

/// The bytes of an argument that look like a secret: a key of a known shape, a private key, a URI
/// with a password, or an option whose name says so.
fn secret(text: &str) -> Option<Range<usize>> {
    if let Some((name, value)) = text.split_once('=') {
        let says_so = ["password", "secret", "token", "accesskey", "access-key", "credential"];
        let lower = name.to_ascii_lowercase();
        if name.starts_with("--") && !value.is_empty() && says_so.iter().any(|w| lower.contains(w)) {
            return Some(name.len() + 1..text.len());
        }
    }
    if let Some(at) = text.find("-----BEGIN ") {
        return Some(at..text.len());
    }
    if let Some(at) = text.find("://") {
        let start = at + 3;
        let authority = text.get(start..)?.split(['/', ',']).next()?;
        if let Some((user, _)) = authority.rsplit_once('@')
            && user.contains(':')
        {
            return Some(start..start + user.len());
        }
    }
    // An AWS access key id: four known letters and sixteen capitals or digits.
    ["AKIA", "ASIA"].iter().find_map(|prefix| {
        let at = text.find(prefix)?;
        let key = text.as_bytes().get(at..at + 20)?;
        let shape = key.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        shape.then_some(at..at + 20)
    })
}

#[cfg(test)]
#[path = "additional_tests.rs"]
mod tests;
