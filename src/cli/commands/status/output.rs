//! The forms in which `status` writes what it found.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{CommandError, Ui};
use crate::cluster::runs::SpecKey;
use crate::cluster::status::table::{self, Shape, Tone};
use crate::cluster::status::watch::fingerprint;
use crate::cluster::status::{Entry, age, check, detail};

/// Forms of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// A table with more columns
    Wide,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// The names of the objects
    Name,
    /// A table in Markdown
    Markdown,
}

/// How it is to look.
pub(super) struct Screen {
    pub(super) form: Option<Form>,
    pub(super) headers: bool,
    pub(super) namespaces: bool,
    pub(super) single: bool,
}

impl Screen {
    /// Whether a program reads it: then an empty answer is an answer.
    pub(super) fn is_machine(&self) -> bool {
        matches!(self.form, Some(Form::Json | Form::Yaml))
    }

    fn shape(&self) -> Shape {
        Shape { namespaces: self.namespaces, wide: self.form == Some(Form::Wide) }
    }
}

/// The version of the envelope. Within a version fields are added, never renamed or removed.
const SCHEMA_VERSION: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    schema_version: &'static str,
    kind: &'static str,
    time: Timestamp,
    items: &'a [Entry],
}

impl<'a> Envelope<'a> {
    fn new(items: &'a [Entry], time: Timestamp) -> Self {
        Self { schema_version: SCHEMA_VERSION, kind: "BackupStatusList", time, items }
    }
}

/// Writes the entries in the form that is asked for.
pub(super) fn write(ui: &Ui, screen: &Screen, entries: &[Entry], now: Timestamp) -> Result<(), CommandError> {
    let mut out = ui.output();
    write_to(&mut out, ui.color_output(), screen, entries, now)?;
    out.flush()?;
    Ok(())
}

fn write_to(
    out: &mut impl Write,
    color: bool,
    screen: &Screen,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), CommandError> {
    let rows = || entries.iter().map(|entry| table::row(entry, screen.shape(), now)).collect::<Vec<_>>();
    match screen.form {
        Some(Form::Json) => {
            serde_json::to_writer_pretty(&mut *out, &Envelope::new(entries, now))
                .map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Some(Form::Yaml) => {
            // Through JSON's own values, so that both forms hold the same.
            let value =
                serde_json::to_value(Envelope::new(entries, now)).context("the status cannot be written")?;
            let text = serde_yaml::to_string(&value).context("the status cannot be written as YAML")?;
            out.write_all(text.as_bytes())?;
        }
        Some(Form::Name) => entries.iter().try_for_each(|entry| writeln!(out, "{}", entry.name()))?,
        Some(Form::Markdown) => {
            write!(out, "{}", table::markdown(&table::header(screen.shape()), &rows()))?;
        }
        None if screen.single => {
            for (index, entry) in entries.iter().enumerate() {
                let gap = if index == 0 { "" } else { "\n" };
                write!(out, "{gap}{}", detail::detail(entry, now))?;
            }
        }
        None | Some(Form::Wide) => {
            let header = screen.headers.then(|| table::header(screen.shape()));
            for line in table::lines(header, &rows(), &mut Vec::new(), |text, tone| paint(text, tone, color))
            {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}

fn paint(text: &str, tone: Tone, color: bool) -> String {
    let style = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Tone::Notice => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
    };
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Writes what `--max-age` came to: one line for each backup that is too old, or one that says that all is well.
pub(super) fn verdict(
    ui: &Ui,
    screen: &Screen,
    entries: &[Entry],
    verdict: &check::Verdict,
    place: &str,
    now: Timestamp,
) -> Result<(), CommandError> {
    if screen.form.is_some() {
        return write(ui, screen, entries, now);
    }
    let mut out = ui.output();
    for line in &verdict.violations {
        writeln!(out, "{}", crate::diagnostics::visible_line(line))?;
    }
    if verdict.checked == 0 {
        writeln!(out, "no scheduled backup in {place}: a check that looks at nothing is not fine")?;
    } else if verdict.violations.is_empty() {
        let oldest = verdict.oldest.unwrap_or_default();
        let oldest = age::short(jiff::SignedDuration::from_secs(oldest));
        let backups = if verdict.checked == 1 { "1 backup" } else { &format!("{} backups", verdict.checked) };
        writeln!(out, "ok: {backups}, the oldest last success is {oldest} old")?;
    }
    out.flush()?;
    Ok(())
}

/// What `--watch` has shown so far.
#[derive(Default)]
pub(super) struct Shown {
    began: bool,
    lines: BTreeMap<SpecKey, String>,
    widths: Vec<usize>,
}

impl Shown {
    /// Whether anything was shown.
    pub(super) fn began(&self) -> bool {
        self.began
    }

    /// On a terminal the screen is drawn again. Elsewhere a line is added for each entry that changed, in JSON and
    /// YAML a document.
    pub(super) fn show(
        &mut self,
        ui: &Ui,
        screen: &Screen,
        entries: &[Entry],
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let first = !std::mem::replace(&mut self.began, true);
        let mut out = ui.output();
        let terminal = std::io::stdout().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            && matches!(screen.form, None | Some(Form::Wide));
        if terminal {
            write!(out, "\x1b[H\x1b[2J")?;
            write_to(&mut out, ui.color_output(), screen, entries, now)?;
            out.flush()?;
            return Ok(());
        }
        let prints: BTreeMap<SpecKey, String> =
            entries.iter().map(|entry| (entry.key.clone(), fingerprint(entry))).collect();
        let changed: Vec<&Entry> =
            entries.iter().filter(|entry| self.lines.get(&entry.key) != prints.get(&entry.key)).collect();
        let gone: Vec<SpecKey> =
            self.lines.keys().filter(|key| !prints.contains_key(*key)).cloned().collect();
        self.lines = prints;
        match screen.form {
            Some(Form::Json) => {
                for entry in &changed {
                    serde_json::to_writer(&mut out, entry).map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
            }
            Some(Form::Yaml | Form::Name) => {
                for entry in &changed {
                    let single = std::slice::from_ref(*entry);
                    if screen.form == Some(Form::Yaml) {
                        writeln!(out, "---")?;
                    }
                    write_to(&mut out, false, screen, single, now)?;
                }
            }
            None | Some(Form::Wide | Form::Markdown) => {
                let rows: Vec<_> =
                    changed.iter().map(|entry| table::row(entry, screen.shape(), now)).collect();
                let header = (first && screen.headers).then(|| table::header(screen.shape()));
                let time = now.strftime("%H:%M:%SZ").to_string();
                let blank = " ".repeat(time.len());
                let color = ui.color_output();
                let has_header = header.is_some();
                let lines =
                    table::lines(header, &rows, &mut self.widths, |text, tone| paint(text, tone, color));
                for (index, line) in lines.iter().enumerate() {
                    let stamp = if has_header && index == 0 { &blank } else { &time };
                    writeln!(out, "{stamp}   {line}")?;
                }
                for key in gone {
                    writeln!(out, "{time}   {}   Gone", key.name)?;
                }
            }
        }
        out.flush()?;
        Ok(())
    }
}
