//! A command line in the making: arguments that remember their field, and options left out.

use super::{Command, PROGRAM, option};
use crate::neo4j::feature::Since;
use crate::neo4j::version::Version;

/// One argument after the command's words, never seen by a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The argument as the program gets it.
    pub text: String,
    /// The field of the spec that it comes from; none when the plan made it.
    pub field: Option<&'static str>,
    /// Which item of that field, from 0, when it is a list that is passed on item by item.
    pub item: Option<usize>,
}

impl Argument {
    /// `--name` of `--name` or `--name=value`; none for a positional.
    pub fn option_name(&self) -> Option<&str> {
        let name = self.text.split_once('=').map_or(self.text.as_str(), |(name, _)| name);
        name.starts_with("--").then_some(name)
    }

    /// What stands after the first `=` of an option.
    pub fn value(&self) -> Option<&str> {
        self.option_name()?;
        self.text.split_once('=').map(|(_, value)| value)
    }
}

/// An option that a field asks for and the target's release lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Omitted {
    /// The option's name.
    pub option: &'static str,
    /// The field that asks for it.
    pub field: Option<&'static str>,
    /// The releases that have it.
    pub since: Since,
}

/// A whole call of `neo4j-admin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The command.
    pub command: Command,
    /// What follows the command's words, in order.
    pub arguments: Vec<Argument>,
    /// What was asked for and left out, in the order in which it would have stood.
    pub omitted: Vec<Omitted>,
}

impl CommandLine {
    /// The whole argument array: program, words, arguments.
    pub fn argv(&self) -> impl Iterator<Item = &str> {
        std::iter::once(PROGRAM)
            .chain(self.command.words())
            .chain(self.arguments.iter().map(|argument| argument.text.as_str()))
    }
}

/// Puts a command line together; gates every option by the command's table.
pub(super) struct Builder {
    version: Version,
    line: CommandLine,
}

impl Builder {
    pub(super) fn new(command: Command, version: Version) -> Self {
        Self {
            version,
            line: CommandLine { command, arguments: Vec::with_capacity(16), omitted: Vec::new() },
        }
    }

    /// `--name=value` when there is a value.
    pub(super) fn value(&mut self, name: &'static str, value: Option<&str>, field: Option<&'static str>) {
        if let Some(value) = value
            && self.gate(name, field)
        {
            self.push(format!("{name}={value}"), field, None);
        }
    }

    /// `--name=true` or `--name=false` when it was said. `false` of an option that the release lacks
    /// is what happens anyway and is passed over.
    pub(super) fn switch(&mut self, name: &'static str, on: Option<bool>, field: Option<&'static str>) {
        let Some(on) = on else { return };
        let lacking = option(self.line.command, name)
            .and_then(|option| option.since)
            .is_some_and(|since| !since.includes(self.version));
        if (on || !lacking) && self.gate(name, field) {
            self.push(format!("{name}={on}"), field, None);
        }
    }

    /// `--name` when it is on.
    pub(super) fn flag(&mut self, name: &'static str, on: bool, field: Option<&'static str>) {
        if on && self.gate(name, field) {
            self.push(name.to_owned(), field, None);
        }
    }

    /// Items of a list field, each as it is.
    pub(super) fn items(&mut self, items: &[String], field: Option<&'static str>) {
        for (index, item) in items.iter().enumerate() {
            self.push(item.clone(), field, Some(index));
        }
    }

    /// One positional.
    pub(super) fn positional(&mut self, text: &str, field: Option<&'static str>) {
        self.push(text.to_owned(), field, None);
    }

    /// Notes an option that is left out for its value.
    pub(super) fn omit(&mut self, option: &'static str, field: Option<&'static str>, since: Since) {
        self.line.omitted.push(Omitted { option, field, since });
    }

    pub(super) fn finish(self) -> CommandLine {
        self.line
    }

    fn push(&mut self, text: String, field: Option<&'static str>, item: Option<usize>) {
        self.line.arguments.push(Argument { text, field, item });
    }

    fn gate(&mut self, name: &'static str, field: Option<&'static str>) -> bool {
        let since = option(self.line.command, name).and_then(|option| option.since);
        match since.filter(|since| !since.includes(self.version)) {
            Some(since) => {
                self.omit(name, field, since);
                false
            }
            None => true,
        }
    }
}

/// Fails when a command line holds an option that the tables do not have, or one that they would
/// refuse: what we write ourselves must pass our own check.
#[cfg(test)]
pub(super) fn assert_well_formed(line: &CommandLine, version: Version) {
    use super::additional::{ProblemKind, check_arguments};
    let options: Vec<&str> = line
        .arguments
        .iter()
        .filter(|argument| argument.option_name().is_some())
        .map(|argument| argument.text.as_str())
        .collect();
    let problems: Vec<_> = check_arguments(line.command, Some(version), &options, &[])
        .into_iter()
        .filter(|problem| !matches!(problem.kind, ProblemKind::AlwaysManaged { .. }))
        .collect();
    assert_eq!(problems, [], "{options:?}");
    let last_option = line.arguments.iter().rposition(|a| a.option_name().is_some());
    let first_positional = line.arguments.iter().position(|a| a.option_name().is_none());
    if let (Some(last), Some(first)) = (last_option, first_positional) {
        assert!(last < first, "a positional stands before an option");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_know_their_parts() {
        let argument = |text: &str| Argument { text: text.into(), field: None, item: None };
        assert_eq!(argument("--a=b=c").option_name(), Some("--a"));
        assert_eq!(argument("--a=b=c").value(), Some("b=c"));
        assert_eq!(argument("--a").value(), None);
        assert_eq!(argument("x=y").option_name(), None);
        assert_eq!(argument("x=y").value(), None);
    }
}
