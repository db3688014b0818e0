//! Pages of the manual as a new user reads them: every command on a page is run, in order, in one empty folder, and the
//! page shows what it printed. `UPDATE=1` writes what was seen into the page.
//!
//! A page is Markdown. A fenced block of `console` holds commands after `$ ` (a line that ends with a backslash goes on)
//! and their output. A line `<!-- file: PATH -->` before a fenced block makes that block the content of a file. Other
//! blocks are not run.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::cluster::Cluster;
use crate::run::Running;

/// A person at a terminal: a folder of theirs, kubectl with our plugin, and a cluster.
pub(crate) struct Reader<'a> {
    cluster: &'a Cluster,
    folder: tempfile::TempDir,
    /// More of the environment, such as where a repository lies.
    pub(crate) environment: Vec<(String, String)>,
    /// What a run gives that another does not: a text as it is seen, and how the page shows it.
    pub(crate) shown_as: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(cluster: &'a Cluster) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        // kubectl finds plugins on the PATH, as it does for a user.
        let kubectl = format!("#!/bin/sh\nexec {} kubectl \"$@\"\n", cluster.program().display());
        write_program(&programs.join("kubectl"), &kubectl);
        std::os::unix::fs::symlink(
            env!("CARGO_BIN_EXE_kubectl-neo4j_backup"),
            programs.join("kubectl-neo4j_backup"),
        )
        .unwrap();
        Self { cluster, folder, environment: Vec::new(), shown_as: Vec::new() }
    }

    /// Puts another program on the PATH.
    pub(crate) fn program(&self, name: &str, script: &str) {
        write_program(&self.folder.path().join("bin").join(name), script);
    }

    /// Where the commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// What a command prints on both outputs, as a terminal shows them.
    fn run(&self, command: &str) -> String {
        let path = std::env::var("PATH").unwrap();
        let mut shell = self.cluster.netns_command("bash");
        shell
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(self.work())
            .env_clear()
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", self.cluster.kubeconfig())
            // Commits are the same for everybody, whose name they bear as well.
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].iter().flat_map(|who| {
                [
                    (format!("GIT_{who}_NAME"), "Reader"),
                    (format!("GIT_{who}_EMAIL"), "reader@example.com"),
                    (format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z"),
                ]
            }))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        let run = Running::start(&mut shell).wait();
        self.redacted(&run.stdout)
    }

    fn redacted(&self, text: &str) -> String {
        let mut text = text.replace(&self.work().display().to_string(), "/home/you/backups");
        for (seen, shown) in &self.shown_as {
            text = text.replace(seen, shown);
        }
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// Does what a page says and wants to see what it shows.
    #[track_caller]
    pub(crate) fn follow(&self, page: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut seen = String::new();
        let mut file: Option<String> = None;
        let mut commands = 0;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            seen.push_str(line);
            seen.push('\n');
            if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
                file = Some(name.to_owned());
                continue;
            }
            let Some(language) = line.strip_prefix("```") else {
                continue;
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match (language, file.take()) {
                (_, Some(name)) => {
                    let at = self.work().join(name);
                    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
                    std::fs::write(at, format!("{}\n", block.join("\n"))).unwrap();
                    seen.push_str(&format!("{}\n", block.join("\n")));
                }
                ("console", None) => {
                    for command in typed(&block) {
                        commands += 1;
                        seen.push_str(&format!("$ {command}\n"));
                        let output = self.run(&command);
                        if !output.is_empty() {
                            seen.push_str(&format!("{output}\n"));
                        }
                    }
                }
                _ => seen.push_str(&block.iter().map(|line| format!("{line}\n")).collect::<String>()),
            }
            seen.push_str("```\n");
        }
        assert!(commands > 0, "{page} has no commands");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &seen).unwrap();
            return;
        }
        let (shown, seen) = (comparable(&text), comparable(&seen));
        let difference = similar::TextDiff::from_lines(shown.as_str(), seen.as_str());
        assert!(
            shown == seen,
            "{page} does not show what happens; `UPDATE=1 cargo test --test live` with this test writes it anew:\n{}",
            difference.unified_diff().header("the page", "what was seen")
        );
    }
}

/// The commands of a block, without their outputs.
fn typed(block: &[&str]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in block {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if goes_on && let Some(last) = commands.last_mut() {
            last.push('\n');
            last.push_str(line);
        } else {
            continue;
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// A page without what differs from run to run: how long ago something was, and how wide that makes a column.
fn comparable(page: &str) -> String {
    let line = |line: &str| {
        line.split_whitespace().map(|word| if is_age(word) { "AGE" } else { word }).fold(
            String::new(),
            |mut line, word| {
                line.push(' ');
                line.push_str(word);
                line
            },
        )
    };
    page.lines().map(|text| format!("{}\n", line(text))).collect()
}

/// `5s`, `2m30s`, `17h`.
fn is_age(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h', 'd'])
        && word.chars().all(|one| one.is_ascii_digit() || "smhd".contains(one))
}

fn write_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
