//! `docs/cli.md`: every command's help.

use std::fmt::Write as _;

use clap::Command;

use super::{GENERATED, anchor};

/// Columns of the help in the manual.
const WIDTH: usize = 100;

/// The long help of every command, as a terminal of [`WIDTH`] columns shows it.
#[must_use]
pub fn cli_markdown() -> String {
    // Environment defaults and the terminal of whoever generates the file must not show.
    let mut command = crate::cli::definition();
    command.build();
    let mut commands = Vec::new();
    collect(&command, &mut commands);
    let mut text = format!("{GENERATED}# Commands\n\n");
    for (name, about, _) in &commands {
        let _ = writeln!(text, "- [`{name}`](#{}){about}", anchor(name));
    }
    for (name, _, help) in &commands {
        let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
    }
    text
}

fn collect(command: &Command, commands: &mut Vec<(String, String, String)>) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let about = command.get_about().map(|about| format!(": {about}")).unwrap_or_default();
    let help = command.clone().term_width(WIDTH).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    commands.push((name, about, lines.join("\n")));
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        collect(subcommand, commands);
    }
}
