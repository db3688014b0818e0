//! `crds`: the CustomResourceDefinitions.

use std::io::{self, Write};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::arguments::YamlOrJson;
use crate::cli::{CommandError, Exit, Ui};

/// Print the CustomResourceDefinitions
///
/// They are needed only where specs are applied to a cluster. `render` and `validate` work without.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these
    #[arg(value_enum, value_name = "KIND", ignore_case = true)]
    kinds: Vec<Definition>,

    /// Format
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "yaml")]
    output: YamlOrJson,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # Install both
  kubectl neo4j-backup crds | kubectl apply --server-side -f -

  # Only that of backups, as JSON
  kubectl neo4j-backup crds backup -o json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Definition {
    /// neo4jbackups.neo4j.neo4j.com
    #[value(
        name = "backup",
        alias = "backups",
        alias = "neo4jbackup",
        alias = "neo4jbackups",
        alias = "neo4jbackups.neo4j.neo4j.com"
    )]
    Backup,
    /// neo4jrestores.neo4j.neo4j.com
    #[value(
        name = "restore",
        alias = "restores",
        alias = "neo4jrestore",
        alias = "neo4jrestores",
        alias = "neo4jrestores.neo4j.neo4j.com"
    )]
    Restore,
}

impl Definition {
    const fn text(self) -> &'static str {
        match self {
            Self::Backup => include_str!("../../../crds/neo4jbackups.yaml"),
            Self::Restore => include_str!("../../../crds/neo4jrestores.yaml"),
        }
    }

    fn value(self) -> anyhow::Result<Value> {
        serde_yaml::from_str(self.text()).context("the definition in this binary cannot be read")
    }
}

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let all = arguments.kinds.is_empty();
    let chosen: Vec<Definition> = Definition::value_variants()
        .iter()
        .copied()
        .filter(|definition| all || arguments.kinds.contains(definition))
        .collect();
    let mut out = ui.output();
    match arguments.output {
        YamlOrJson::Yaml => {
            for (index, definition) in chosen.iter().enumerate() {
                if index > 0 {
                    out.write_all(b"---\n")?;
                }
                out.write_all(definition.text().as_bytes())?;
            }
        }
        YamlOrJson::Json => {
            let mut items =
                chosen.iter().map(|definition| definition.value()).collect::<anyhow::Result<Vec<_>>>()?;
            let document = match items.len() {
                1 => items.remove(0),
                _ => json!({"apiVersion": "v1", "kind": "List", "items": items}),
            };
            serde_json::to_writer_pretty(&mut out, &document).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_definitions_say_what_they_are() {
        for (definition, name) in [
            (Definition::Backup, "neo4jbackups.neo4j.neo4j.com"),
            (Definition::Restore, "neo4jrestores.neo4j.neo4j.com"),
        ] {
            let value = definition.value().unwrap();
            assert_eq!(value["kind"], "CustomResourceDefinition");
            assert_eq!(value["metadata"]["name"], name);
        }
    }
}
