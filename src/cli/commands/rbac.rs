//! `rbac`: the least rights that commands need.

use std::io::Write;

use clap::Args;
use serde::Serialize;

use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::cluster::permissions::{self, Task, Wanted, Who};

/// Write the least Role that commands need
///
/// Asks nobody: the rules come from the same table that doctor compares with. Without COMMAND the Role is for every
/// command that needs one namespace alone. What a command reads when it may and can do without, such as the nodes
/// for doctor, is left out of ClusterRoles unless --complete is given.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Commands: validate-server, diff, apply, apply-prune, apply-crds, apply-specs, delete, delete-claims, status, status-all, trigger, logs, suspend, resume, doctor, doctor-probe
    #[arg(value_name = "COMMAND", value_parser = parse_task, hide_possible_values = true)]
    commands: Vec<Task>,

    /// Namespace of the Role; without it, whoever applies it decides
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Name of the Role and of what binds it
    #[arg(long, value_name = "NAME", default_value = "neo4j-backup")]
    name: String,

    /// Who gets the rights: user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME; repeatable
    #[arg(long, value_name = "WHO")]
    bind: Vec<Who>,

    /// Add what the commands can do without, such as reading nodes
    #[arg(long)]
    complete: bool,

    /// Form of the output
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "yaml")]
    output: arguments::YamlOrJson,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # A Role for a pipeline that applies specs
  kubectl neo4j-backup rbac diff apply-prune -n shop --bind serviceaccount:ci/deployer

  # What a colleague on call needs
  kubectl neo4j-backup rbac status logs trigger doctor-probe -n shop --name on-call --bind group:sre \\
    | kubectl apply -f -";

/// A command by its word, or as it is typed: `apply-prune`, `apply --prune`.
fn parse_task(text: &str) -> Result<Task, String> {
    Task::ALL.into_iter().find(|task| task.word() == text || task.command() == text).ok_or_else(|| {
        let words: Vec<&str> = Task::ALL.iter().map(|task| task.word()).collect();
        format!("expected one of {}", words.join(", "))
    })
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { mut commands, namespace, name, bind, complete, output, .. } = arguments;
    if commands.is_empty() {
        commands = Task::ALL.into_iter().filter(|task| task.in_one_namespace()).collect();
    }
    let roles = permissions::roles(&Wanted { tasks: commands, name, namespace, subjects: bind, complete });
    let mut out = ui.output();
    let mut list = Vec::new();
    add(&mut list, roles.cluster_role.as_ref())?;
    add(&mut list, roles.cluster_role_binding.as_ref())?;
    add(&mut list, roles.role.as_ref())?;
    add(&mut list, roles.role_binding.as_ref())?;
    match output {
        arguments::YamlOrJson::Yaml => {
            for (index, object) in list.iter().enumerate() {
                if index > 0 {
                    writeln!(out, "---")?;
                }
                out.write_all(yaml(object)?.as_bytes())?;
            }
        }
        arguments::YamlOrJson::Json => {
            let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": list });
            serde_json::to_writer_pretty(&mut out, &list).map_err(anyhow::Error::new)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn add(list: &mut Vec<serde_json::Value>, object: Option<&impl Serialize>) -> Result<(), CommandError> {
    if let Some(object) = object {
        list.push(serde_json::to_value(object).map_err(anyhow::Error::new)?);
    }
    Ok(())
}

fn yaml(object: &impl Serialize) -> Result<String, CommandError> {
    serde_yaml::to_string(object).map_err(|error| anyhow::Error::new(error).into())
}
