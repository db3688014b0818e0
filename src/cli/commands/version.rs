//! `version`: what this program is and what it speaks.

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use crate::api;
use crate::cli::arguments::TextOrObject;
use crate::cli::{CommandError, Exit, Ui};

/// Print the version
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only this program's version; the default, as no cluster is asked
    #[arg(long)]
    client: bool,

    /// Format
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "text")]
    output: TextOrObject,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # For a person
  kubectl neo4j-backup version

  # For a script
  kubectl neo4j-backup version --client -o json";

/// What `version` says. The shape is that of `kubectl version -o json`, as far as it goes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    client_version: ClientVersion,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientVersion {
    version: &'static str,
    /// Given to the build in `NEO4J_BACKUP_COMMIT`: asking git would make the build depend on where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_commit: Option<&'static str>,
    platform: String,
    api_versions: [&'static str; 2],
    findings_schema: &'static str,
    neo4j_versions: [&'static str; 2],
}

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { client: _, output, .. } = arguments;
    let report = Report {
        client_version: ClientVersion {
            version: env!("CARGO_PKG_VERSION"),
            git_commit: option_env!("NEO4J_BACKUP_COMMIT"),
            platform: platform(),
            api_versions: [api::API_VERSION, api::CONFIG_API_VERSION],
            findings_schema: "findings-v1",
            neo4j_versions: ["5.26", ">=2025.01"],
        },
    };
    let mut out = ui.output();
    match output {
        TextOrObject::Text => write_text(&mut out, &report.client_version)?,
        TextOrObject::Json => {
            serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        TextOrObject::Yaml => {
            out.write_all(
                serde_yaml::to_string(&report).context("the version cannot be written as YAML")?.as_bytes(),
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn write_text(out: &mut impl Write, version: &ClientVersion) -> io::Result<()> {
    writeln!(out, "Client Version: {}", version.version)?;
    if let Some(commit) = version.git_commit {
        writeln!(out, "Git Commit: {commit}")?;
    }
    writeln!(out, "Platform: {}", version.platform)?;
    writeln!(out, "Spec API Versions: {}", version.api_versions.join(", "))?;
    writeln!(out, "Neo4j Versions: 5.26, 2025.01 and later")
}

/// `linux/x86_64 (musl)`.
fn platform() -> String {
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let library = if cfg!(target_env = "musl") {
        " (musl)"
    } else if cfg!(target_env = "gnu") {
        " (gnu)"
    } else if cfg!(target_env = "msvc") {
        " (msvc)"
    } else {
        ""
    };
    format!("{system}/{architecture}{library}")
}

#[cfg(test)]
mod tests {
    use crate::neo4j::version::{Support, Version};

    #[test]
    fn the_supported_lines_are_those_that_the_rules_accept() {
        for (text, support) in [
            ("5.25.0", Support::TooOld),
            ("5.26.0", Support::Supported),
            ("2024.12.0", Support::Unknown),
            ("2025.01.0", Support::Supported),
        ] {
            assert_eq!(Version::parse(text).unwrap().support(), support, "{text}");
        }
    }
}
