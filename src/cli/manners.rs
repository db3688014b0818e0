//! What the commands that act on single backups have in common: names, dry runs, and how a run is told of.

use std::ffi::OsStr;
use std::io::{BufWriter, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use clap_complete::engine::CompletionCandidate;
use jiff::Timestamp;

use super::{CommandError, Exit, Ui};
use crate::cluster::attend::{AttendError, Audience, End, Ended};
use crate::cluster::logs::Line;
use crate::cluster::named::{self, NameError};
use crate::cluster::{Connection, Options};
use crate::diagnostics::visible_line;

/// `--dry-run`, as kubectl takes it (peers.md §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DryRun {
    /// Write
    None,
    /// Only read
    Client,
    /// Have the server judge, and keep nothing
    Server,
    /// Deprecated: `--dry-run` without a value
    #[value(hide = true)]
    Unchanged,
}

impl DryRun {
    /// What it means, with a word about the spelling that kubectl has given up.
    pub(super) fn settled(self, ui: &Ui) -> std::io::Result<Self> {
        if self == Self::Unchanged {
            ui.remark("Warning: --dry-run without a value is deprecated and means --dry-run=client")?;
            return Ok(Self::Client);
        }
        Ok(self)
    }

    /// What is written behind a result.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client | Self::Unchanged => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

impl From<NameError> for CommandError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Cluster(error) => error.into(),
            NameError::Malformed { .. } | NameError::Foreign { .. } => Self::usage(error.to_string()),
            NameError::Unknown { .. } => Self::ending(Exit::Cluster, error.to_string())
                .hint("see `kubectl neo4j-backup status`; -n chooses another namespace"),
        }
    }
}

impl From<AttendError> for CommandError {
    fn from(error: AttendError) -> Self {
        match error {
            AttendError::Cluster(error) => error.into(),
            AttendError::Output(error) => error.into(),
        }
    }
}

/// Tells of a run: remarks on standard error, log lines on standard output.
pub(super) struct Teller<'u> {
    ui: &'u Ui,
    out: BufWriter<StdoutLock<'static>>,
    lines: Lines,
}

/// How lines of a log look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    /// The step before each line; `None` where there are several.
    pub(super) prefix: Option<bool>,
    /// There is more than one step, or pod.
    pub(super) several: bool,
    /// The time before each line.
    pub(super) timestamps: bool,
}

impl<'u> Teller<'u> {
    pub(super) fn new(ui: &'u Ui, lines: Lines) -> Self {
        Self { ui, out: ui.output(), lines }
    }
}

impl Audience for Teller<'_> {
    fn remark(&mut self, text: &str) -> std::io::Result<()> {
        self.out.flush()?;
        self.ui.remark(&visible_line(text))
    }

    fn detail(&mut self, text: &str) -> std::io::Result<()> {
        self.ui.detail(&visible_line(text))
    }

    fn line(&mut self, line: &Line<'_>) -> std::io::Result<()> {
        let shown = self.lines.prefix.unwrap_or(self.lines.several || line.attempt > 1);
        if shown {
            let style = if self.ui.color_output() { AnsiColor::Cyan.on_default() } else { Style::new() };
            match line.attempt {
                0 | 1 => write!(self.out, "{style}[{}]{style:#} ", visible_line(line.step))?,
                attempt => write!(self.out, "{style}[{}/{attempt}]{style:#} ", visible_line(line.step))?,
            }
        }
        if self.lines.timestamps
            && let Some(at) = line.at
        {
            write!(self.out, "{at} ")?;
        }
        if std::io::stdout().is_terminal() {
            // What a program printed must not move the cursor of a person who looks at it.
            let mut parts = line.text.split('\t');
            write!(self.out, "{}", visible_line(parts.next().unwrap_or_default()))?;
            for part in parts {
                write!(self.out, "\t{}", visible_line(part))?;
            }
            writeln!(self.out)
        } else {
            writeln!(self.out, "{}", line.text)
        }
    }

    fn pause(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// How a run ended, in the words and the exit code of a command that waited for it; `back` is the command that shows
/// its logs.
pub(super) fn verdict(ended: &Ended, back: &str) -> (Exit, String) {
    let job = format!("job.batch/{}", ended.run.name);
    let took = ended.run.began().zip(ended.run.finished).map(|(began, finished)| {
        let seconds = finished.duration_since(began).as_secs().max(0);
        format!(" after {}", words(Duration::from_secs(seconds.unsigned_abs())))
    });
    let took = took.unwrap_or_default();
    match ended.end {
        End::Succeeded => (Exit::Success, format!("{job} succeeded{took}")),
        End::Failed => {
            let why = match &ended.run.cause {
                Some(cause) => format!("{cause}\n  help: {}", visible_line(&cause.next_step())),
                None => "the cluster does not say why".to_owned(),
            };
            (Exit::RunFailed, format!("{job} failed{took}: {why}\n  logs: {back}"))
        }
        End::Deleted => (
            Exit::RunFailed,
            format!("{job} was deleted before it ended; what it had begun was ended with it"),
        ),
        End::Lost => (
            Exit::RunFailed,
            format!("{job} went while the API server could not be seen; whether it succeeded is not known"),
        ),
    }
}

/// A time as a person says it: `45s`, `12m 5s`, `2h 3m`.
pub(super) fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (hours, minutes, _) => format!("{hours}h {minutes}m"),
    }
}

/// An instant to the second: what a person reads.
pub(super) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Live names for completion, from the cluster that the words typed so far point at. Whatever goes wrong, and whatever
/// takes longer than a second, gives no candidates: an error in the middle of a command line helps nobody.
pub(super) fn live_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let options = options_of(std::env::args());
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    let names = runtime.block_on(async {
        let asking = async {
            let connection = Connection::open(&options).await.ok()?;
            named::names(&connection, connection.namespace()).await.ok()
        };
        tokio::time::timeout(Duration::from_secs(1), asking).await.ok().flatten()
    });
    runtime.shutdown_background();
    let fitting = names.into_iter().flatten().filter(|name| name.starts_with(current));
    fitting.map(CompletionCandidate::new).collect()
}

/// The connection that a command line which is not finished names.
fn options_of(words: impl Iterator<Item = String>) -> Options {
    let mut options = Options::default();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let wanted = matches!(
            flag.as_str(),
            "-n" | "--namespace" | "--context" | "--cluster" | "--user" | "--kubeconfig" | "-s" | "--server"
        );
        if !wanted {
            continue;
        }
        let Some(value) = value.or_else(|| words.next()) else { break };
        match flag.as_str() {
            "-n" | "--namespace" => options.namespace = Some(value),
            "--context" => options.context = Some(value),
            "--cluster" => options.cluster = Some(value),
            "--user" => options.user = Some(value),
            "--kubeconfig" => options.kubeconfig = Some(value.into()),
            _ => options.server = Some(value),
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completion_asks_the_cluster_that_the_command_line_names() {
        let words = ["x", "trigger", "-n", "shop", "--context=prod", "--kubeconfig", "/k", "ni"];
        let options = options_of(words.into_iter().map(str::to_owned));
        assert_eq!(options.namespace.as_deref(), Some("shop"));
        assert_eq!(options.context.as_deref(), Some("prod"));
        assert_eq!(options.kubeconfig.as_deref(), Some(std::path::Path::new("/k")));
        assert!(options_of(["trigger", "-n"].into_iter().map(str::to_owned)).namespace.is_none());
    }

    #[test]
    fn times_are_short() {
        assert_eq!(words(Duration::from_secs(45)), "45s");
        assert_eq!(words(Duration::from_secs(725)), "12m 5s");
        assert_eq!(words(Duration::from_secs(7_380)), "2h 3m");
    }
}
