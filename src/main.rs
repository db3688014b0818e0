//! The `kubectl neo4j-backup` plugin.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let exit =
        neo4j_backup::cli::answer_kubectl(&arguments).unwrap_or_else(|| neo4j_backup::cli::run(arguments));
    exit.into()
}
