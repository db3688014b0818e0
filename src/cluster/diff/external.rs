//! A difference shown by a program of the person's choice: `KUBECTL_EXTERNAL_DIFF`.
//!
//! kubectl splits the variable at spaces and drops without a word every argument that is not made of letters, digits,
//! `-` and `=`, paths among them (peers.md §3.6). Here it is split as a shell does it, nothing is dropped, and no
//! shell takes part.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::{ObjectDiff, unified};

/// The variable, as kubectl calls it.
pub const VARIABLE: &str = "KUBECTL_EXTERNAL_DIFF";

/// Why the program cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// The words of the variable cannot be told apart.
    #[error("cannot read {VARIABLE}: {0}")]
    Words(&'static str),
    /// The files for it cannot be written.
    #[error("cannot write the files for the external diff")]
    Files(#[source] io::Error),
    /// It does not start.
    #[error("cannot run the external diff `{program}`")]
    Start {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It ended with more than 1, which means trouble by the convention of `diff`.
    #[error("the external diff `{program}` failed: {status}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// Splits a command line as a POSIX shell does: at blanks, with single quotes, double quotes and backslashes.
///
/// # Errors
///
/// When a quote does not end, when there is no program, or when a part would need a shell.
pub fn words(line: &str) -> Result<Vec<String>, ExternalError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => loop {
                match characters.next() {
                    Some('\'') => {
                        word.get_or_insert_default();
                        break;
                    }
                    Some(other) => word.get_or_insert_default().push(other),
                    None => return Err(ExternalError::Words("a single quote does not end")),
                }
            },
            '"' => loop {
                match characters.next() {
                    Some('"') => {
                        word.get_or_insert_default();
                        break;
                    }
                    Some('\\') => match characters.next() {
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => {
                            word.get_or_insert_default().push(escaped);
                        }
                        Some(other) => word.get_or_insert_default().extend(['\\', other]),
                        None => return Err(ExternalError::Words("a double quote does not end")),
                    },
                    Some('$' | '`') => return Err(ExternalError::Words(NO_SHELL)),
                    Some(other) => word.get_or_insert_default().push(other),
                    None => return Err(ExternalError::Words("a double quote does not end")),
                }
            },
            '\\' => match characters.next() {
                Some(other) => word.get_or_insert_default().push(other),
                None => return Err(ExternalError::Words("it ends with a backslash")),
            },
            '|' | '&' | ';' | '<' | '>' | '$' | '`' | '(' | ')' => {
                return Err(ExternalError::Words(NO_SHELL));
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if words.first().is_none_or(String::is_empty) {
        return Err(ExternalError::Words("it names no program"));
    }
    Ok(words)
}

const NO_SHELL: &str = "it is run without a shell, so pipes, redirections, variables and substitutions mean nothing; quote the \
    character, or put the command into a script and name that";

/// Writes both states of every object into two folders and runs the program on them. Secrets are masked in the files
/// too, which are gone afterwards.
///
/// # Errors
///
/// When the files cannot be written, or the program does not start or ends with more than 1.
pub fn show(words: &[String], diffs: &[ObjectDiff]) -> Result<(), ExternalError> {
    let folder = |side: &str| {
        tempfile::Builder::new().prefix(&format!("{side}-")).tempdir().map_err(ExternalError::Files)
    };
    let (before, after) = diffs.first().map_or(("LIVE", "MERGED"), unified::sides);
    let (live, merged) = (folder(before)?, folder(after)?);
    for diff in diffs {
        let name = unified::file_name(diff);
        put(live.path(), &name, diff.before.as_ref())?;
        put(merged.path(), &name, diff.after.as_ref())?;
    }
    let Some((program, arguments)) = words.split_first() else {
        return Err(ExternalError::Words("it names no program"));
    };
    let status = Command::new(program)
        .args(arguments)
        .args([live.path(), merged.path()])
        .status()
        .map_err(|source| ExternalError::Start { program: program.clone(), source })?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(ExternalError::Failed { program: program.clone(), status }),
    }
}

fn put(folder: &Path, name: &str, object: Option<&serde_json::Value>) -> Result<(), ExternalError> {
    if object.is_none() {
        return Ok(());
    }
    let path: PathBuf = folder.join(name);
    std::fs::write(path, unified::text(object)).map_err(ExternalError::Files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does_it() {
        let split = |line: &str| words(line).unwrap();
        assert_eq!(split("colordiff -N -u"), ["colordiff", "-N", "-u"]);
        assert_eq!(
            split(r#"/usr/bin/diff  --color=always --palette='ad=1;32:de=1;31' "a b" c\ d "" "#),
            ["/usr/bin/diff", "--color=always", "--palette=ad=1;32:de=1;31", "a b", "c d", ""]
        );
        assert_eq!(split(r#"x "a\"b\\\n" "#), ["x", r#"a"b\\n"#]);
    }

    #[test]
    fn what_would_need_a_shell_is_refused_in_words() {
        for line in ["diff | less", "diff > file", "$PAGER", "diff \"$X\"", "`which diff`", "(diff)"] {
            let error = words(line).unwrap_err().to_string();
            assert!(error.contains("without a shell"), "{line}: {error}");
        }
        for line in ["", "  ", "''", "diff 'x", "diff \"x", "diff x\\"] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
