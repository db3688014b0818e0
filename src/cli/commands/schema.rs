//! `schema`: JSON Schemas for editors and for kubeconform.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::cli::{CommandError, Exit, Ui};

/// Print the JSON Schema of a kind
///
/// The schemas are closed: they refuse fields that do not exist. Editors take one through yaml-language-server;
/// kubeconform takes a folder of them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// What the schema describes
    #[arg(
        value_enum,
        value_name = "KIND",
        ignore_case = true,
        required_unless_present = "output_dir",
        conflicts_with = "output_dir"
    )]
    kind: Option<Schema>,

    /// Write the schemas of all kinds into this folder, laid out as kubeconform reads them
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output_dir: Option<PathBuf>,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # For an editor: name the file in the first line of a spec,
  # `# yaml-language-server: $schema=../schemas/neo4jbackup.json`
  kubectl neo4j-backup schema neo4jbackup > ../schemas/neo4jbackup.json

  # The schema of `validate -o json`
  kubectl neo4j-backup schema findings

  # For kubeconform: write the folder, then use the -schema-location that is printed
  kubectl neo4j-backup schema --output-dir schemas";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Schema {
    /// Neo4jBackup
    #[value(name = "neo4jbackup", alias = "backup", alias = "neo4jbackups")]
    Backup,
    /// Neo4jRestore
    #[value(name = "neo4jrestore", alias = "restore", alias = "neo4jrestores")]
    Restore,
    /// Neo4jTarget
    #[value(name = "neo4jtarget", alias = "target", alias = "neo4jtargets")]
    Target,
    /// What `validate -o json` prints
    #[value(name = "findings")]
    Findings,
}

impl Schema {
    const fn text(self) -> &'static str {
        match self {
            Self::Backup => include_str!("../../../docs/schema/neo4jbackup.json"),
            Self::Restore => include_str!("../../../docs/schema/neo4jrestore.json"),
            Self::Target => include_str!("../../../docs/schema/neo4jtarget.json"),
            Self::Findings => include_str!("../../../docs/schema/findings-v1.json"),
        }
    }
}

/// Where kubeconform looks: `{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`, the layout of the CRDs
/// catalogue (peers.md §4).
const LAYOUT: [(&str, Schema); 3] = [
    ("neo4j.neo4j.com/neo4jbackup_v1alpha1.json", Schema::Backup),
    ("neo4j.neo4j.com/neo4jrestore_v1alpha1.json", Schema::Restore),
    ("config.neo4j.neo4j.com/neo4jtarget_v1alpha1.json", Schema::Target),
];

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let mut out = ui.output();
    if let Some(folder) = &arguments.output_dir {
        for (path, schema) in LAYOUT {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)
                    .with_context(|| format!("cannot make {}", parent.display()))?;
            }
            std::fs::write(&path, schema.text())
                .with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(out, "{}", path.display())?;
        }
        out.flush()?;
        ui.remark(&format!(
            "For kubeconform: -schema-location default -schema-location \
             '{}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json'",
            folder.display().to_string().trim_end_matches('/')
        ))?;
    } else if let Some(schema) = arguments.kind {
        out.write_all(schema.text().as_bytes())?;
        out.flush()?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;

    #[test]
    fn the_layout_names_the_groups_and_versions_of_the_language() {
        for (path, schema) in LAYOUT {
            let (group, file) = path.split_once('/').unwrap();
            let document: serde_json::Value = serde_json::from_str(schema.text()).unwrap();
            let kind = document["properties"]["kind"]["const"].as_str().unwrap();
            let version = document["properties"]["apiVersion"]["const"].as_str().unwrap();
            assert_eq!(version, format!("{group}/{}", api::VERSION));
            assert_eq!(file, format!("{}_{}.json", kind.to_ascii_lowercase(), api::VERSION));
        }
    }

    #[test]
    fn every_schema_is_json() {
        for schema in Schema::value_variants() {
            serde_json::from_str::<serde_json::Value>(schema.text()).unwrap();
        }
    }
}
