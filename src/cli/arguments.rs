//! Arguments that several commands share, as they are typed.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use crate::api::target::{Layout, TopologyKind};
use crate::input::sources::{Selection, Source, SourceError};
use crate::neo4j::image::{Edition, ImageReference};
use crate::neo4j::version::Version;
use crate::rules;
use crate::target::TargetFlags;

use super::{ColorChoice, CommandError};

/// Arguments of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub(super) color: ColorChoice,

    /// Say nothing but results and errors
    #[arg(long, short = 'q', global = true, help_heading = "Global options")]
    pub(super) quiet: bool,

    /// Say more; may be repeated
    #[arg(long, alias = "v", short = 'v', global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(super) verbose: u8,
}

/// `--yes` for commands that never ask: scripts give it to every command alike.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct NeverAsks {
    /// Accepted; this command asks nothing
    #[arg(long, short = 'y', hide = true)]
    yes: bool,
}

/// Which documents are read.
#[derive(Clone, Debug, Args)]
pub(super) struct Input {
    /// File, folder, glob or `-` for standard input; comma lists, repeatable
    #[arg(long = "filename", short = 'f', value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    filenames: Vec<String>,

    /// Read folders recursively
    #[arg(long, short = 'R')]
    recursive: bool,

    /// Build this kustomization and read its output; not together with -f
    #[arg(long, short = 'k', value_name = "DIR", conflicts_with_all = ["filenames", "recursive"], value_hint = clap::ValueHint::DirPath)]
    kustomize: Option<PathBuf>,

    /// Name of standard input in findings
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
}

impl Input {
    /// The sources, with the files of `--target` last.
    pub(super) fn sources(self, targets: &[String]) -> Result<Vec<Source>, SourceError> {
        let mut sources = self.selection().plan_sources()?;
        let stdin_name = self.stdin_filename;
        if !targets.is_empty() {
            let more =
                Selection { filenames: targets.to_vec(), recursive: false, kustomize: None, stdin_name };
            for source in more.plan_sources()? {
                if !sources.iter().any(|known| known.origin == source.origin && !known.targets_only) {
                    sources.push(source);
                }
            }
        }
        Ok(sources)
    }

    /// Whether standard input is among the sources.
    pub(super) fn reads_stdin(&self) -> bool {
        self.filenames.iter().any(|names| names.split(',').any(|name| name == "-"))
    }

    /// What is selected, as it was typed.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            filenames: self.filenames.clone(),
            recursive: self.recursive,
            kustomize: self.kustomize.clone(),
            stdin_name: self.stdin_filename.clone(),
        }
    }

    /// Another input in the place of this one: a file or folder, read as deep as this one is.
    pub(super) fn instead(&self, path: &str) -> Self {
        Self {
            filenames: vec![path.to_owned()],
            recursive: self.recursive,
            kustomize: None,
            stdin_filename: None,
        }
    }

    /// Whether anything is named to read.
    pub(super) fn is_empty(&self) -> bool {
        self.filenames.is_empty() && self.kustomize.is_none()
    }
}

/// What the specs point at, and where they live.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Namespace of documents that name none
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// File that describes targets, read beside the input; repeatable
    #[arg(long = "target", value_name = "FILE", help_heading = "Target options", value_hint = clap::ValueHint::FilePath)]
    pub(super) files: Vec<String>,

    /// Image of the Neo4j servers, such as neo4j:5.26.33-enterprise
    #[arg(long, value_name = "IMAGE", help_heading = "Target options")]
    image: Option<String>,

    /// Version of Neo4j, such as 5.26.33 or 2025.10.1
    #[arg(long, value_name = "VERSION", value_parser = parse_version, help_heading = "Target options")]
    neo4j_version: Option<Version>,

    /// Edition of Neo4j
    #[arg(long, value_enum, value_name = "EDITION", help_heading = "Target options")]
    edition: Option<EditionChoice>,

    /// Shape of the deployment; a cluster when there is more than one server
    #[arg(long, value_enum, value_name = "SHAPE", help_heading = "Target options")]
    topology: Option<TopologyChoice>,

    /// Number of servers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100), help_heading = "Target options")]
    servers: Option<u32>,

    /// Who made the deployment, and so how its objects are named
    #[arg(long, value_enum, value_name = "LAYOUT", help_heading = "Target options")]
    layout: Option<LayoutChoice>,

    /// The present instant, for rules about the future
    #[arg(long, value_name = "RFC3339", help_heading = "Target options")]
    now: Option<Timestamp>,
}

impl Target {
    /// What can be set by a configuration too, by the names that it uses.
    pub(super) const SETTINGS: [&str; 8] =
        ["namespace", "image", "neo4jVersion", "edition", "topology", "servers", "layout", "now"];

    /// Sets what one of [`Target::SETTINGS`] names, as its flag would.
    ///
    /// # Errors
    ///
    /// When the value is none that the flag takes: what it takes instead.
    pub(super) fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        match name {
            "namespace" => self.namespace = Some(text.to_owned()),
            "image" => self.image = Some(text.to_owned()),
            "neo4jVersion" => self.neo4j_version = Some(parse_version(text)?),
            "edition" => self.edition = Some(choice(text)?),
            "topology" => self.topology = Some(choice(text)?),
            "layout" => self.layout = Some(choice(text)?),
            "servers" => {
                let servers = text.parse().ok().filter(|servers| (1..=100).contains(servers));
                self.servers = Some(servers.ok_or_else(|| "write a number from 1 to 100".to_owned())?);
            }
            _ => self.now = Some(text.parse().map_err(|error: jiff::Error| error.to_string())?),
        }
        Ok(())
    }

    /// The namespace of the command line.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// What rules need to know of them. The clock is read here and nowhere else.
    ///
    /// # Errors
    ///
    /// When the flags contradict each other or hold what no object could.
    pub(super) fn options(&self) -> Result<rules::Options, CommandError> {
        self.check()?;
        Ok(rules::Options {
            namespace: self.namespace.clone(),
            target: TargetFlags {
                image: self.image.clone(),
                neo4j_version: self.neo4j_version,
                edition: self.edition.map(Into::into),
                topology: self.topology.map(Into::into),
                servers: self.servers,
                layout: self.layout.map(Into::into),
            },
            now: Some(self.now.unwrap_or_else(Timestamp::now)),
            rendering: false,
            rendering_restores: false,
        })
    }

    fn check(&self) -> Result<(), CommandError> {
        if let Some(namespace) = &self.namespace {
            let fits = namespace.len() <= 63
                && !namespace.is_empty()
                && !namespace.starts_with('-')
                && !namespace.ends_with('-')
                && namespace
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !fits {
                return Err(CommandError::usage(format!("`{namespace}` is no namespace"))
                    .hint("a namespace has at most 63 lower-case letters, digits and dashes"));
            }
        }
        if self.servers.is_some_and(|servers| servers > 1)
            && matches!(self.topology, Some(TopologyChoice::Standalone))
        {
            return Err(CommandError::usage("--topology Standalone and --servers contradict each other")
                .hint("a standalone has one server; leave one of the two out"));
        }
        let Some(image) = &self.image else { return Ok(()) };
        let reference = ImageReference::parse(image).map_err(|error| {
            CommandError::usage(format!("`{image}` is no image: {}", error.reason))
                .hint(error.help.into_owned())
        })?;
        if let (Some(tagged), Some(stated)) = (reference.version(), self.neo4j_version)
            && tagged.version != stated
        {
            return Err(CommandError::usage(format!(
                "--image says Neo4j {} and --neo4j-version says {stated}",
                tagged.version
            ))
            .hint("leave --neo4j-version out, unless the image's tag says no version"));
        }
        if let (Some(tagged), Some(stated)) = (reference.edition(), self.edition.map(Edition::from))
            && tagged != stated
        {
            return Err(CommandError::usage("--image and --edition contradict each other")
                .hint("leave --edition out, unless the image's tag says no edition"));
        }
        Ok(())
    }
}

/// A value of an enumeration, spelled as its flag takes it.
fn choice<C: clap::ValueEnum>(text: &str) -> Result<C, String> {
    C::from_str(text, false).map_err(|_| {
        let values = C::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
        let values: Vec<String> = values.map(|value| format!("`{}`", value.get_name())).collect();
        format!("write {}", values.join(" or "))
    })
}

pub(super) fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|error| error.to_string())
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum EditionChoice {
    #[value(name = "Enterprise", alias = "enterprise")]
    Enterprise,
    #[value(name = "Community", alias = "community")]
    Community,
}

impl From<EditionChoice> for Edition {
    fn from(choice: EditionChoice) -> Self {
        match choice {
            EditionChoice::Enterprise => Self::Enterprise,
            EditionChoice::Community => Self::Community,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum TopologyChoice {
    #[value(name = "Cluster", alias = "cluster")]
    Cluster,
    #[value(name = "Standalone", alias = "standalone")]
    Standalone,
}

impl From<TopologyChoice> for TopologyKind {
    fn from(choice: TopologyChoice) -> Self {
        match choice {
            TopologyChoice::Cluster => Self::Cluster,
            TopologyChoice::Standalone => Self::Standalone,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum LayoutChoice {
    #[value(name = "Operator", alias = "operator")]
    Operator,
    #[value(name = "Helm", alias = "helm")]
    Helm,
}

impl From<LayoutChoice> for Layout {
    fn from(choice: LayoutChoice) -> Self {
        match choice {
            LayoutChoice::Operator => Self::Operator,
            LayoutChoice::Helm => Self::Helm,
        }
    }
}

/// Text for people, or JSON for scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For scripts
    Json,
}

/// The two spellings of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum YamlOrJson {
    /// YAML
    #[default]
    Yaml,
    /// JSON
    Json,
}

/// Text for people, or an object for scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TextOrObject {
    /// For people
    #[default]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
}
