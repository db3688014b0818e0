//! `convert`: specs from one language into another.

use std::io::Write;
use std::sync::Arc;

use clap::Args;

use crate::cli::connection::{self, Flags};
use crate::cli::session::{self, Session};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::convert::{self, Dialect, Outcome, Settings};
use crate::diagnostics::{Diagnostic, Place, Report, codes};
use crate::input::document::Origin;
use crate::input::sources::{self, Source, SourceName};
use crate::input::{decode, suppress, visit, yaml};

/// Convert specs between languages
///
/// Reads Neo4jBackup, Neo4jBackupSchedule and Neo4jRestore in any of the languages below, and values of the Helm chart
/// neo4j-admin, and writes them in another language. What has no counterpart, or means something else there, is told at
/// its place; what cannot be left out without doing something else is an error, and then nothing is written. Comments
/// go with their fields. Documents of other kinds are left out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// CronJob of a release of the chart neo4j-admin in the cluster, cronjob/NAME, instead of -f
    #[arg(value_name = "CRONJOB", value_parser = parse_cron_job, conflicts_with_all = ["filenames", "kustomize"])]
    cron_job: Option<String>,

    #[command(flatten)]
    input: arguments::Input,

    /// Language to write
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value = "v1alpha1")]
    to: To,

    /// Language that is read; without it documents say it themselves, and v1alpha1 is this program's unless a restore has clusterRef
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    from: Option<From>,

    /// Name of the spec that chart values become
    #[arg(long, value_name = "NAME", help_heading = "Chart options")]
    name: Option<String>,

    /// Name of the deployment that chart values back up; without it, that of its service
    #[arg(long, value_name = "NAME", help_heading = "Chart options")]
    target_name: Option<String>,

    /// Namespace of the spec that chart values become, and of the CronJob
    #[arg(long, short = 'n', value_name = "NAMESPACE", help_heading = "Chart options")]
    namespace: Option<String>,

    /// Form of the output
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "yaml")]
    output: OutputFormat,

    /// Write nothing when there are warnings
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    _never_asks: arguments::NeverAsks,

    #[command(flatten)]
    connection: Flags,
}

const EXAMPLES: &str = "\
Examples:
  # Specs of the operator, or of the neo4j.com operator, as this program reads them
  kubectl neo4j-backup convert -f operator/ > backups.yaml

  # A v1alpha1 backup that ran under the operator: its defaults are written out
  kubectl neo4j-backup convert -f backup.yaml --from operator-v1alpha1 --to v1alpha1

  # The other way round
  kubectl neo4j-backup convert -f backup.yaml --to v1beta1

  # Values of the chart neo4j-admin
  kubectl neo4j-backup convert -f values.yaml --from helm --name nightly -n neo4j

  # A release in the cluster
  kubectl neo4j-backup convert cronjob/nightly -n neo4j

  # What the cluster has
  kubectl get neo4jbackups.neo4j.com -o yaml | kubectl neo4j-backup convert -f -";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    Yaml,
    Json,
}

/// Languages that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// This program's: documents 000 and 001, with docs/spec.md
    V1alpha1,
    /// The operator's last v1alpha1
    #[value(name = "operator-v1alpha1")]
    OperatorV1alpha1,
    /// The operator's v1beta1, since 1.14
    V1beta1,
    /// The neo4j.com operator's
    #[value(name = "neo4j.com")]
    Official,
}

/// Languages that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum From {
    /// This program's
    V1alpha1,
    /// The operator's v1alpha1, with its defaults
    #[value(name = "operator-v1alpha1")]
    OperatorV1alpha1,
    /// The operator's v1beta1, of any release
    V1beta1,
    /// The neo4j.com operator's
    #[value(name = "neo4j.com")]
    Official,
    /// Values, or a CronJob, of the chart neo4j-admin
    Helm,
}

impl std::convert::From<To> for Dialect {
    fn from(to: To) -> Self {
        match to {
            To::V1alpha1 => Self::V1alpha1,
            To::OperatorV1alpha1 => Self::OperatorV1alpha1,
            To::V1beta1 => Self::V1beta1,
            To::Official => Self::Official,
        }
    }
}

impl std::convert::From<From> for Dialect {
    fn from(from: From) -> Self {
        match from {
            From::V1alpha1 => Self::V1alpha1,
            From::OperatorV1alpha1 => Self::OperatorV1alpha1,
            From::V1beta1 => Self::V1beta1,
            From::Official => Self::Official,
            From::Helm => Self::Helm,
        }
    }
}

fn parse_cron_job(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some(("cronjob" | "cronjobs" | "cj" | "cronjob.batch" | "cronjobs.batch", name))
            if !name.is_empty() =>
        {
            Ok(name.to_owned())
        }
        _ => Err("expected cronjob/NAME; name files with -f".to_owned()),
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let ui = &*ui;
    let settings = Settings {
        to: arguments.to.into(),
        from: arguments.from.map(Into::into),
        name: arguments.name,
        target: arguments.target_name,
        namespace: arguments.namespace.clone(),
    };
    let work = Work { settings, json: arguments.output == OutputFormat::Json, strict: arguments.strict };
    if let Some(name) = arguments.cron_job {
        let options = arguments.connection.options(arguments.namespace.as_deref());
        return connection::run(
            ui,
            &options,
            || None,
            |connection| async move {
                let text = crate::cluster::release::cron_job(&connection, &name).await?;
                let source = Source {
                    name: Arc::new(SourceName::new(format!("cronjob/{name}"))),
                    origin: sources::Origin::Stdin,
                    targets_only: false,
                };
                work.convert(ui, &[source], text.as_bytes())
            },
        );
    }
    if arguments.input.is_empty() {
        return Err(CommandError::usage("must specify one of -f, -k and cronjob/NAME")
            .hint("name files, folders or `-`: `kubectl neo4j-backup convert -f backups/`"));
    }
    let named = arguments.input.sources(&[])?;
    if named.iter().any(|source| source.origin == sources::Origin::Stdin)
        && std::io::IsTerminal::is_terminal(&std::io::stdin())
    {
        ui.remark("reading specs from the terminal; end with Ctrl-D")?;
    }
    work.convert(ui, &named, std::io::stdin())
}

struct Work {
    settings: Settings,
    json: bool,
    strict: bool,
}

impl Work {
    fn convert(
        &self,
        ui: &Ui,
        sources: &[Source],
        stdin: impl std::io::Read + Send,
    ) -> Result<Exit, CommandError> {
        let mut documents: Vec<String> = Vec::new();
        let mut read = 0;
        let mut loaded = visit::each(sources, stdin, |text| {
            match convert::convert(&text.origin.text, text.node, &self.settings) {
                Outcome::Converted { documents: mut made, findings } => {
                    read += 1;
                    documents.append(&mut made);
                    Some(findings)
                }
                Outcome::Same => {
                    read += 1;
                    documents.push(as_written(text.origin, text.node, text.whole));
                    Some(Vec::new())
                }
                Outcome::Other => None,
            }
        })?;
        let mut diagnostics = suppress::apply(std::mem::take(&mut loaded.diagnostics), &loaded.suppressions);
        if read == 0 && diagnostics.is_empty() {
            let path = sources.first().map_or("", |source| source.name.as_str());
            let message = match loaded.others {
                0 => "there is no document in the input".to_owned(),
                1 => "the one document of the input is in no language that can be converted".to_owned(),
                count => format!(
                    "none of the {count} documents of the input is in a language that can be converted"
                ),
            };
            diagnostics.push(
                Diagnostic::new(&codes::NO_SPECS, Place::file(path), message)
                    .help("for values of the chart neo4j-admin give `--from helm`"),
            );
        }
        let mut report = Report { diagnostics, documents: read, checked: Vec::new() };
        report.sort();
        let others = loaded.others;
        let mut session = Session { loaded, report };
        session::tell(ui, &mut session, self.strict)?;
        if session.fails(self.strict) {
            return Ok(Exit::Findings);
        }
        match others {
            0 => {}
            1 => ui.remark("1 document of another kind left out")?,
            _ => ui.remark(&format!("{others} documents of other kinds left out"))?,
        }
        let mut out = ui.output();
        if self.json {
            write_json(&mut out, &documents)?;
        } else {
            out.write_all(documents.join("---\n").as_bytes())?;
        }
        out.flush()?;
        Ok(Exit::Success)
    }
}

/// A document that speaks the language already, as it stands.
fn as_written(origin: &Origin, node: &yaml::Node<'_>, whole: bool) -> String {
    let mut text = if whole {
        let text = origin.text.trim_start_matches('\u{feff}');
        let rest = text.strip_prefix("---").filter(|rest| rest.starts_with(['\n', '\r']));
        rest.map_or(text, |rest| rest.trim_start_matches(['\n', '\r'])).to_owned()
    } else {
        convert::rewrite(&origin.text, node)
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn write_json(out: &mut dyn Write, documents: &[String]) -> Result<(), CommandError> {
    let mut values: Vec<serde_json::Value> = Vec::new();
    for text in documents {
        let parsed = yaml::parse(text, &yaml::Limits::default());
        let value = parsed.root.as_ref().map(decode::decode).transpose().map_err(anyhow::Error::new)?;
        values.extend(value);
    }
    let value = match values.as_slice() {
        [only] => only.clone(),
        all => serde_json::json!({"apiVersion": "v1", "kind": "List", "items": all}),
    };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    serde::Serialize::serialize(&value, &mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        .map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    out.write_all(&bytes)?;
    Ok(())
}
