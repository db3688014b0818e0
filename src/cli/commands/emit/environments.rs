//! `--env`: the same specs for another namespace and other targets.

use std::str::FromStr;

use super::Common;
use crate::cli::CommandError;
use crate::cli::session::Movement;

/// `NAME=NAMESPACE[,FILE...]`.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) name: String,
    namespace: String,
    targets: Vec<String>,
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "an environment is NAME=NAMESPACE, or NAME=NAMESPACE,FILE";
        let (name, rest) = text.split_once('=').ok_or(FORM)?;
        let mut parts = rest.split(',');
        let namespace = parts.next().unwrap_or_default();
        for (what, value) in [("a name of an environment", name), ("a namespace", namespace)] {
            if !is_label(value) {
                return Err(format!(
                    "`{value}` is not {what}: at most 63 lower-case letters, digits and dashes; {FORM}"
                ));
            }
        }
        let targets: Vec<String> = parts.map(str::to_owned).collect();
        if targets.iter().any(|file| file.is_empty() || file == "-") {
            return Err(format!("the name of a file is missing; {FORM}"));
        }
        Ok(Self { name: name.to_owned(), namespace: namespace.to_owned(), targets })
    }
}

impl Environment {
    /// Where the specs are moved.
    pub(super) fn movement(&self) -> Movement {
        Movement { namespace: self.namespace.clone(), targets: self.targets.clone() }
    }
}

/// Whether a text is a DNS label, as names of namespaces are.
pub(super) fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

/// Refuses environments that cannot stand beside each other.
pub(super) fn check(common: &Common) -> Result<(), CommandError> {
    let mut names: Vec<&str> =
        common.environments.iter().map(|environment| environment.name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.array_windows().find(|[left, right]| left == right) {
        return Err(CommandError::usage(format!("the environment `{name}` is given twice"))
            .hint("give it once, with all of its files: --env NAME=NAMESPACE,FILE,FILE"));
    }
    if !names.is_empty() && common.input.reads_stdin() {
        return Err(CommandError::usage(
            "standard input can be read only once, and each environment reads the specs",
        )
        .hint("name files or folders: -f backups/"));
    }
    Ok(())
}
