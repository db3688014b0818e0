//! Every code there is. One source for `explain`, `docs/diagnostics.md` and SARIF's rule help.
//!
//! A definition is a few lines of [`define!`] in the file of its hundred; the file is named once in
//! the list below. A code enters the catalogue with the work that raises it, and never leaves it
//! for another meaning.

use super::{Code, Definition};

mod contract;

pub use contract::{CONTRACT_ERRORS, ContractError};

/// Defines codes, in ascending order:
///
/// ```text
/// define! {
///     DUPLICATE_KEY = 11, Error, "duplicate-key" {
///         summary: "One sentence.",
///         explanation: "Markdown: why it matters, with its source.",
///         remedy: "Markdown: what to do.",
///     }
///     STORE_FULL = 901, Error, "store-full", alias "BACKUP_NO_SPACE" { … }
/// }
/// ```
///
/// Each becomes a static [`Definition`], reachable as `codes::DUPLICATE_KEY` and listed in [`ALL`].
macro_rules! define {
    ($($identifier:ident = $number:literal, $severity:ident, $name:literal $(, alias $alias:literal)? {
        summary: $summary:literal,
        explanation: $explanation:literal,
        remedy: $remedy:literal $(,)?
    })+) => {
        $(
            #[doc = $summary]
            pub static $identifier: $crate::diagnostics::Definition = $crate::diagnostics::Definition {
                code: $crate::diagnostics::Code::new($number),
                name: $name,
                severity: $crate::diagnostics::Severity::$severity,
                alias: define!(@alias $($alias)?),
                summary: $summary,
                explanation: $explanation,
                remedy: $remedy,
            };
        )+

        /// The codes of this file, ascending.
        pub(super) const DEFINITIONS: &[&$crate::diagnostics::Definition] = &[$(&$identifier),+];
    };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
}

/// Names the files of the catalogue: hundred, module, title in the manual.
macro_rules! hundreds {
    ($($digit:literal $module:ident $title:literal,)+) => {
        $(mod $module;)+

        /// Every definition under its own name: `codes::DUPLICATE_KEY`.
        pub mod codes {
            $(pub use super::$module::*;)+
        }

        /// The topics, ascending; only those that have codes.
        pub static HUNDREDS: &[Hundred] = &[$(Hundred {
            digit: $digit,
            title: $title,
            definitions: $module::DEFINITIONS,
        }),+];

        const COUNT: usize = 0 $(+ $module::DEFINITIONS.len())+;
        const GROUPS: &[&[&Definition]] = &[$($module::DEFINITIONS),+];
    };
}

hundreds! {
    0 input "Input and YAML",
    1 fields "Fields, types and names",
    2 targets "Targets and versions",
    3 meaning "What a backup means",
    4 storage "Storage and identity",
    5 schedule "Schedule and retention",
    6 restore "Restore",
    7 output "Output and GitOps",
    8 server "What an API server says",
    8 apply "Applying and deleting",
    8 status "Status of backups in a cluster",
    8 doctor "What doctor checks",
    9 runs "Runs and stores",
}

/// The codes of one topic.
#[derive(Debug)]
pub struct Hundred {
    /// The first digit of its codes.
    pub digit: u16,
    /// The topic, as a heading.
    pub title: &'static str,
    /// Its definitions, ascending by code.
    pub definitions: &'static [&'static Definition],
}

/// Every definition, ascending by code.
pub static ALL: [&Definition; COUNT] = {
    let mut all = [input::DEFINITIONS[0]; COUNT];
    let (mut next, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            all[next] = GROUPS[group][index];
            next += 1;
            index += 1;
        }
        group += 1;
    }
    all
};

/// The definition of a code, if the catalogue has it.
#[must_use]
pub fn by_code(code: Code) -> Option<&'static Definition> {
    let index = ALL.binary_search_by_key(&code, |definition| definition.code).ok()?;
    ALL.get(index).copied()
}

/// The definition of a kebab-case name, if the catalogue has it.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Definition> {
    ALL.iter().copied().find(|definition| definition.name == name)
}

/// The definitions that carry an error name of document 003, ascending by code; none until
/// something raises them.
pub fn by_alias(alias: &str) -> impl Iterator<Item = &'static Definition> {
    ALL.iter().copied().filter(move |definition| definition.alias == Some(alias))
}

#[cfg(test)]
mod tests;
