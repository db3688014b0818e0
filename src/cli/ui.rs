//! The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal, StderrLock, StdoutLock, Write};

use super::{CommandError, Exit};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Terminal, colours and loudness.
#[derive(Clone, Debug)]
pub struct Ui {
    color: ColorChoice,
    quiet: bool,
    verbose: u8,
}

impl Ui {
    /// Reads from the environment what decides on colours.
    #[must_use]
    pub fn new(color: ColorChoice, quiet: bool, verbose: u8) -> Self {
        Self { color, quiet, verbose }
    }

    /// Standard output, buffered: results.
    pub fn output(&self) -> io::BufWriter<StdoutLock<'static>> {
        io::BufWriter::with_capacity(64 * 1024, io::stdout().lock())
    }

    /// Standard error: everything else.
    pub fn messages(&self) -> StderrLock<'static> {
        io::stderr().lock()
    }

    /// Whether standard output gets colours.
    #[must_use]
    pub fn color_output(&self) -> bool {
        self.color_for(io::stdout().is_terminal())
    }

    /// Whether standard error gets colours.
    #[must_use]
    pub fn color_messages(&self) -> bool {
        self.color_for(io::stderr().is_terminal())
    }

    fn color_for(&self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
            ColorChoice::Auto if set("CLICOLOR_FORCE") || set("FORCE_COLOR") => true,
            ColorChoice::Auto => terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }

    /// Columns of the terminal on standard output, when it says so.
    #[must_use]
    pub fn columns(&self) -> Option<usize> {
        std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns >= 40)
    }

    /// A remark on standard error; `--quiet` drops it.
    ///
    /// # Errors
    ///
    /// When standard error cannot be written.
    pub fn remark(&self, text: &str) -> io::Result<()> {
        if self.quiet { Ok(()) } else { writeln!(self.messages(), "{text}") }
    }

    /// A detail on standard error, only with `-v`.
    ///
    /// # Errors
    ///
    /// When standard error cannot be written.
    pub fn detail(&self, text: &str) -> io::Result<()> {
        if self.verbose > 0 { writeln!(self.messages(), "{text}") } else { Ok(()) }
    }

    /// Whether progress may be drawn: standard error is a terminal that can move its cursor, and nobody asked for
    /// quiet.
    #[must_use]
    pub fn draws_progress(&self) -> bool {
        !self.quiet
            && io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// Whether somebody sits at both ends and can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question that is answered with yes or no; anything but a clear yes is a no.
    ///
    /// # Errors
    ///
    /// When the terminal cannot be read or written.
    pub fn confirm(&self, question: &str) -> io::Result<bool> {
        {
            let mut messages = self.messages();
            write!(messages, "{question} [y/N] ")?;
            messages.flush()?;
        }
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether remarks are dropped.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Tells of an error and turns the outcome into an exit code.
    pub fn finish(&self, outcome: Result<Exit, CommandError>) -> Exit {
        match outcome {
            Ok(exit) => exit,
            Err(error) if error.broken_pipe => Exit::Success,
            Err(error) => {
                let mut messages = self.messages();
                // Standard error may be gone too; there is nobody left to tell.
                let _ = writeln!(
                    messages,
                    "error: {}",
                    crate::diagnostics::visible_line(&error.error.to_string())
                );
                for cause in error.error.chain().skip(1) {
                    let _ = writeln!(
                        messages,
                        "  caused by: {}",
                        crate::diagnostics::visible_line(&cause.to_string())
                    );
                }
                for hint in &error.hints {
                    let _ = writeln!(messages, "  help: {}", crate::diagnostics::visible_line(hint));
                }
                error.exit
            }
        }
    }
}

/// Prints clap's help or usage error. Help that was asked for is a result; everything else is a usage error.
pub(super) fn usage(error: &clap::Error) -> Exit {
    // Nothing can be done when the terminal is gone.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}
