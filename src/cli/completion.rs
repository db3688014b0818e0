//! kubectl's completion protocol: called as `kubectl_complete-neo4j_backup` with the words typed so far, the
//! binary prints candidates and a directive (peers.md §3.1).

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

/// Answers when the program was called under kubectl's name for the completion of this plugin; `None` otherwise.
///
/// A non-zero exit makes kubectl drop all candidates, and standard error would land in the middle of what the
/// person types, so nothing here fails aloud.
#[must_use]
pub fn answer_kubectl(arguments: &[OsString]) -> Option<super::Exit> {
    let name = Path::new(arguments.first()?).file_stem()?.to_str()?;
    if !name.starts_with("kubectl_complete-") {
        return None;
    }
    let mut words = vec![OsString::from("kubectl-neo4j_backup")];
    words.extend(arguments.iter().skip(1).cloned());
    if words.len() == 1 {
        words.push(OsString::new());
    }
    let index = words.len() - 1;
    let mut out = std::io::stdout().lock();
    let mut command = super::definition();
    let folder = std::env::current_dir().ok();
    let candidates =
        clap_complete::engine::complete(&mut command, words, index, folder.as_deref()).unwrap_or_default();
    let mut files = false;
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy();
        files |= Path::new(value.as_ref()).exists();
        let line = match candidate.get_help() {
            Some(help) => {
                let help = help.to_string();
                format!("{value}\t{}", help.lines().next().unwrap_or_default())
            }
            None => value.into_owned(),
        };
        let _ = writeln!(out, "{line}");
    }
    // 4: no file completion by the shell; 2: no space after a folder that can be entered.
    let _ = writeln!(out, ":{}", if files { 2 + 4 } else { 4 });
    Some(super::Exit::Success)
}
