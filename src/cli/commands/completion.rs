//! `completion`: scripts for shells, and the helper by which kubectl completes this plugin.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::cli::{CommandError, Exit, Ui, definition};

/// File name of the plugin, by which kubectl finds `kubectl neo4j-backup`.
const PLUGIN: &str = "kubectl-neo4j_backup";
/// File name under which kubectl looks for completions of it (peers.md §3.1).
const HELPER: &str = "kubectl_complete-neo4j_backup";

/// Complete commands and flags in a shell
///
/// kubectl (1.26 and later, with its own completion loaded) asks a second file for the completions of a plugin. It is
/// this same program under another name: `completion install` links it. krew links only one file for each plugin, so
/// after an installation with krew this is a step of its own.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "\
Examples:
  # Let kubectl complete `kubectl neo4j-backup …`, in every shell that completes kubectl
  kubectl neo4j-backup completion install

  # Complete the program under its own name, kubectl-neo4j_backup
  source <(kubectl neo4j-backup completion bash)";

#[derive(Debug, Subcommand)]
enum What {
    /// Script for bash
    Bash,
    /// Script for zsh
    Zsh,
    /// Script for fish
    Fish,
    /// Script for PowerShell
    Powershell,
    /// Script for Elvish
    Elvish,
    /// Put the file `kubectl_complete-neo4j_backup`, which kubectl asks, on the PATH
    Install(Install),
}

/// Where the helper goes.
#[derive(Debug, Args)]
struct Install {
    /// Folder of the helper; without it the one in which the plugin is found
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,

    /// Replace a file of that name
    #[arg(long)]
    force: bool,
}

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let shell = match arguments.what {
        What::Install(install) => return run_install(ui, &install),
        What::Bash => Shell::Bash,
        What::Zsh => Shell::Zsh,
        What::Fish => Shell::Fish,
        What::Powershell => Shell::PowerShell,
        What::Elvish => Shell::Elvish,
    };
    let mut command = definition();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, PLUGIN, &mut script);
    let mut out = ui.output();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Success)
}

fn run_install(ui: &Ui, install: &Install) -> Result<Exit, CommandError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let this = std::env::current_exe().context("cannot find out where this program lies")?;
    // The name on PATH, not what it links to: krew's links survive an upgrade, their ends do not.
    let plugin = folders
        .iter()
        .map(|folder| folder.join(executable(PLUGIN)))
        .find(|candidate| candidate.is_file())
        .unwrap_or(this);
    let folder = match &install.dir {
        Some(folder) => folder.clone(),
        None => plugin.parent().map(Path::to_path_buf).unwrap_or_default(),
    };
    let helper = folder.join(executable(HELPER));
    let mut out = ui.output();
    if is_link_to(&helper, &plugin) {
        writeln!(out, "{} unchanged", helper.display())?;
    } else {
        if fs::symlink_metadata(&helper).is_ok() {
            if !install.force {
                return Err(CommandError::usage(format!(
                    "{} exists and is something else",
                    helper.display()
                ))
                .hint("look at it, then repeat the command with --force to replace it"));
            }
            fs::remove_file(&helper).with_context(|| format!("cannot replace {}", helper.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        link(&plugin, &helper).with_context(|| format!("cannot make {}", helper.display()))?;
        writeln!(out, "{} created", helper.display())?;
    }
    out.flush()?;
    if !folders.contains(&folder) {
        ui.remark(&format!(
            "note: {} is not on the PATH, so kubectl does not find the helper there",
            folder.display()
        ))?;
    }
    Ok(Exit::Success)
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn is_link_to(helper: &Path, plugin: &Path) -> bool {
    match (fs::canonicalize(helper), fs::canonicalize(plugin)) {
        (Ok(helper), Ok(plugin)) => helper == plugin,
        _ => false,
    }
}

#[cfg(unix)]
fn link(plugin: &Path, helper: &Path) -> io::Result<()> {
    // Side by side a relative link, so that the folder can be moved.
    let side_by_side = plugin.parent() == helper.parent();
    let target = match plugin.file_name() {
        Some(name) if side_by_side => PathBuf::from(name),
        _ => std::path::absolute(plugin)?,
    };
    std::os::unix::fs::symlink(target, helper)
}

#[cfg(not(unix))]
fn link(plugin: &Path, helper: &Path) -> io::Result<()> {
    // Links need a privilege on Windows; a copy has to be made again after an upgrade.
    fs::hard_link(plugin, helper).or_else(|_| fs::copy(plugin, helper).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_names_the_plugin() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut definition(), PLUGIN, &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains(PLUGIN), "{shell}");
            assert!(script.contains("explain"), "{shell}");
        }
    }
}
