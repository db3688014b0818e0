//! `emit argocd`: the arguments that it has beside those of every form.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use super::Common;
use crate::cli::CommandError;
use crate::emit::argocd::{ArgoCd, Destination, HERE, Health, Settings};

/// Arguments of `emit argocd`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ArgocdArguments {
    #[command(flatten)]
    pub(super) common: Common,

    /// Repository that the folder is committed to, as Argo CD reaches it
    #[arg(long, value_name = "URL", value_hint = clap::ValueHint::Url)]
    repo_url: Option<String>,

    /// Branch, tag or commit that Argo CD rolls out
    #[arg(long, value_name = "REVISION", default_value = "HEAD")]
    target_revision: String,

    /// Where the folder lies in the repository
    #[arg(long, value_name = "PATH", default_value = ".")]
    path: String,

    /// What the names of the Applications begin with
    #[arg(long, value_name = "NAME", default_value = "neo4j-backup")]
    application_name: String,

    /// AppProject of the Applications
    #[arg(long, value_name = "NAME", default_value = "default")]
    project: String,

    /// Namespace of the Applications
    #[arg(long, value_name = "NAMESPACE", default_value = "argocd")]
    argocd_namespace: String,

    /// API server to roll out to, of one environment or of all; repeatable [default: the one of Argo CD]
    #[arg(long, value_name = "[ENV=]URL")]
    destination_server: Vec<String>,

    /// Cluster to roll out to, as Argo CD calls it, of one environment or of all; repeatable
    #[arg(long, value_name = "[ENV=]NAME")]
    destination_name: Vec<String>,

    /// One Application that rolls out the others
    #[arg(long)]
    app_of_apps: bool,

    /// What a backup that failed does to the health of its Application
    #[arg(long, value_enum, value_name = "HEALTH", default_value = "native")]
    argocd_health: HealthOption,

    /// Write no objects: the configuration of a config management plugin that renders specs in the repo server
    #[arg(long, requires = "plugin_image", conflicts_with_all = ["filenames", "kustomize", "environments", "with", "app_of_apps"])]
    plugin: bool,

    /// Image with this program on its PATH, for the plugin
    #[arg(long, value_name = "IMAGE", requires = "plugin")]
    pub(super) plugin_image: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  # The folder of an Application
  kubectl neo4j-backup emit argocd -f backups/ --output-dir deploy/ \\
    --repo-url https://git.example.com/shop/backups.git --path deploy

  # An ApplicationSet for two environments on two clusters
  kubectl neo4j-backup emit argocd -f backups/ --output-dir deploy/ --repo-url https://git.example.com/shop/backups.git \\
    --path deploy --env staging=shop,targets/staging.yaml --env prod=shop,targets/prod.yaml \\
    --destination-name staging=staging-eu --destination-name prod=prod-eu

  # Render in the repo server: the configuration of the plugin
  kubectl neo4j-backup emit argocd --plugin --plugin-image neo4j-backup:1 --output-dir argocd-plugin/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HealthOption {
    /// A CronJob whose last run failed is Degraded
    Native,
    /// CronJobs do not count
    Ignore,
}

impl ArgocdArguments {
    /// Whether the plugin is wanted and no objects.
    pub(super) fn wants_plugin(&self) -> bool {
        self.plugin
    }

    /// The form. Where objects go to standard output there are no Applications.
    pub(super) fn form(&self) -> Result<ArgoCd, CommandError> {
        let health = match self.argocd_health {
            HealthOption::Native => Health::Native,
            HealthOption::Ignore => Health::Ignore,
        };
        let applications = self.settings()?;
        if applications.is_none() && !self.common.writes_stream() {
            return Err(CommandError::usage("must specify --repo-url: Applications name their repository")
                .hint("give the URL under which Argo CD reaches it: --repo-url https://git.example.com/team/backups.git"));
        }
        Ok(ArgoCd { health, applications })
    }

    /// What the Applications say; `None` without a repository.
    pub(super) fn settings(&self) -> Result<Option<Settings>, CommandError> {
        let Some(repo_url) = &self.repo_url else { return Ok(None) };
        let mut general = None;
        let mut destinations = BTreeMap::new();
        let servers =
            self.destination_server.iter().map(|text| (text, Destination::Server as fn(String) -> _));
        let names = self.destination_name.iter().map(|text| (text, Destination::Name as fn(String) -> _));
        for (text, make) in servers.chain(names) {
            // An address may hold a `=` of its own: only the name of an environment is one in front of it.
            let known =
                |name: &str| self.common.environments.iter().any(|environment| environment.name == name);
            let twice = match text.split_once('=').filter(|(name, _)| known(name)) {
                Some((name, value)) => destinations
                    .insert(name.to_owned(), make(value.to_owned()))
                    .map(|_| format!("of `{name}` ")),
                None => general.replace(make(text.clone())).map(|_| String::new()),
            };
            if let Some(whose) = twice {
                return Err(CommandError::usage(format!("a destination {whose}is given twice"))
                    .hint("give one --destination-server or --destination-name for each environment"));
            }
        }
        Ok(Some(Settings {
            name: self.application_name.clone(),
            project: self.project.clone(),
            repo_url: repo_url.clone(),
            target_revision: self.target_revision.clone(),
            path: self.path.clone(),
            namespace: self.argocd_namespace.clone(),
            destination: general.unwrap_or_else(|| Destination::Server(HERE.to_owned())),
            destinations,
            app_of_apps: self.app_of_apps,
        }))
    }
}
