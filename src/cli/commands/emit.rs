//! `emit`: specs as files for a Git repository.

mod alerts;
mod argocd;
mod environments;
mod flux;
mod folder;
mod report;

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use self::environments::Environment;
use crate::bundle::{Bundle, Wanted};
use crate::cli::session::{self, Adaption};
use crate::cli::{CommandError, Exit, Ui, arguments};
use crate::emit::{self, Form, Rendition, Request, Section, Tree, kustomize::Kustomize, plain::Plain, with};
use crate::input::suppress;

/// Write what specs become as files for a Git repository
///
/// Each form is what its tool expects: `plain` for kubectl, `kustomize` for `kubectl apply -k`, `flux` for Flux. The
/// same specs give the same bytes, and emitting again changes nothing. Files that somebody else has put into the folder
/// are never touched; a generated file that was edited by hand is noticed and not overwritten; a generated file that no
/// spec asks for any more is removed with --prune alone. What was written is in `.neo4j-backup.sha256`, which belongs
/// into Git too.
///
/// Backups that run once are named by the hash of their spec, so that a sync never runs an unchanged one again. Restores
/// are left out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    form: FormArguments,
}

const EXAMPLES: &str = "\
Examples:
  # A kustomize base
  kubectl neo4j-backup emit kustomize -f backups/ --output-dir deploy/

  # The same for two environments, each with its namespace and its targets
  kubectl neo4j-backup emit kustomize -f backups/ --output-dir deploy/ \\
    --env staging=shop-staging,targets/staging.yaml --env prod=shop,targets/prod.yaml

  # For Flux, which rolls out clusters/prod of a repository
  kubectl neo4j-backup emit flux -f backups/ --output-dir clusters/prod/neo4j --path clusters/prod/neo4j

  # In CI: is the folder what the specs say?
  kubectl neo4j-backup emit kustomize -f backups/ --output-dir deploy/ --check

  # Remove what the specs no longer ask for
  kubectl neo4j-backup emit kustomize -f backups/ --output-dir deploy/ --prune";

#[derive(Debug, Subcommand)]
enum FormArguments {
    /// One file an object, for `kubectl apply -R -f`
    Plain(Common),
    /// A kustomize base, and a folder an environment
    Kustomize(Common),
    /// A folder of objects each for what runs again and again and for what runs once, and Flux's Kustomizations
    Flux(flux::FluxArguments),
    /// Folders for Argo CD, and the Applications that roll them out
    Argocd(Box<argocd::ArgocdArguments>),
}

/// Arguments of every form.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    input: arguments::Input,

    #[command(flatten)]
    target: arguments::Target,

    /// Folder to write into, made when it does not exist; `-` writes the objects alone to standard output
    #[arg(long, short = 'd', value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output_dir: PathBuf,

    /// Write nothing: show what is stale, missing, edited or extra, and exit with 1 if anything is
    #[arg(long, conflicts_with_all = ["prune", "overwrite"])]
    check: bool,

    /// Remove files that were generated once and that no spec asks for any more
    #[arg(long)]
    prune: bool,

    /// Overwrite generated files that were edited by hand
    #[arg(long)]
    overwrite: bool,

    /// An environment: its name, its namespace, and files that describe its targets; repeatable
    #[arg(long = "env", value_name = "NAME=NAMESPACE[,FILE...]")]
    environments: Vec<Environment>,

    /// What goes with the backups; comma lists, repeatable
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    with: Vec<More>,

    #[command(flatten)]
    alerts: alerts::Arguments,

    /// Where ExternalSecrets get their values: NAME, SecretStore/NAME or ClusterSecretStore/NAME
    #[arg(long, value_name = "[KIND/]NAME")]
    secret_store: Option<with::StoreReference>,

    /// Write nothing when there are warnings
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

impl Common {
    /// Whether objects go to standard output.
    fn writes_stream(&self) -> bool {
        self.output_dir.as_os_str() == "-"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum More {
    /// The CustomResourceDefinitions, in a bundle of their own
    Crds,
    /// The specs themselves, in a bundle of their own
    Specs,
    /// Alerts of the Prometheus operator, from kube-state-metrics and the kubelet alone, with their runbook
    Prometheusrule,
    /// A Grafana dashboard a namespace, as ConfigMap with the label grafana_dashboard
    Grafana,
    /// Network policies: what backup pods reach, and who reaches the backup port
    #[value(name = "networkpolicy")]
    NetworkPolicy,
    /// Network policies of backup pods alone, where the servers have policies of their own
    #[value(name = "networkpolicy-backups")]
    NetworkPolicyBackups,
    /// ExternalSecrets for the Secrets that the pods read: names and keys, no values
    #[value(name = "externalsecret")]
    ExternalSecret,
    /// Lifecycle rules of the buckets, as JSON and Terraform
    Lifecycle,
    /// Rights and trust of the pods' identity in the cloud, as JSON and Terraform
    Iam,
}

impl More {
    /// The topic, where it is one.
    const fn topic(self) -> Option<with::Topic> {
        match self {
            Self::Crds | Self::Specs => None,
            Self::Prometheusrule => Some(with::Topic::PrometheusRule),
            Self::Grafana => Some(with::Topic::Grafana),
            Self::NetworkPolicy => Some(with::Topic::NetworkPolicy),
            Self::NetworkPolicyBackups => Some(with::Topic::BackupNetworkPolicy),
            Self::ExternalSecret => Some(with::Topic::ExternalSecret),
            Self::Lifecycle => Some(with::Topic::Lifecycle),
            Self::Iam => Some(with::Topic::Iam),
        }
    }
}

/// Runs the command.
pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    match arguments.form {
        FormArguments::Plain(common) => emit(ui, common, &Plain),
        FormArguments::Kustomize(common) => emit(ui, common, &Kustomize),
        FormArguments::Flux(flux) => {
            let form = flux.form();
            emit(ui, flux.common, &form)
        }
        FormArguments::Argocd(arguments) if arguments.wants_plugin() => {
            let image = arguments.plugin_image.as_deref().unwrap_or_default();
            let tree = emit::argocd::plugin::files(image, arguments.settings()?.as_ref())
                .map_err(anyhow::Error::new)?;
            finish(ui, &arguments.common, &tree, false)
        }
        FormArguments::Argocd(arguments) => {
            let form = arguments.form()?;
            emit(ui, arguments.common, &form)
        }
    }
}

fn emit(ui: &Ui, common: Common, form: &dyn Form) -> Result<Exit, CommandError> {
    environments::check(&common)?;
    if common.writes_stream() && (common.check || common.prune || !common.environments.is_empty()) {
        return Err(CommandError::usage("a stream has one environment and is neither compared nor pruned")
            .hint("give a folder to --output-dir, or leave --env, --check and --prune out"));
    }
    common.alerts.check(common.with.contains(&More::Prometheusrule))?;
    if common.with.contains(&More::NetworkPolicy) && common.with.contains(&More::NetworkPolicyBackups) {
        return Err(CommandError::usage("networkpolicy and networkpolicy-backups exclude each other")
            .hint("`networkpolicy` has the policies of backup pods too"));
    }
    if common.secret_store.is_some() && !common.with.contains(&More::ExternalSecret) {
        return Err(CommandError::usage("--secret-store is for the objects of --with externalsecret")
            .hint("add `--with externalsecret`, or leave --secret-store out"));
    }
    let told = Adaption::writing_into(&common.output_dir);
    let mut work = Work { ui, common: &common, form, tree: Tree::default(), told };
    let mut renditions = Vec::new();
    let mut base = common.environments.is_empty();
    for environment in &common.environments {
        let Some((rendition, whole)) = work.render(Some(environment))? else { return Ok(Exit::Findings) };
        renditions.push(rendition);
        base = whole && form.has_base();
    }
    if base {
        let Some((rendition, _)) = work.render(None)? else { return Ok(Exit::Findings) };
        renditions.insert(0, rendition);
    }
    let mut tree = work.tree;
    if common.writes_stream() {
        return write_stream(ui, form, &renditions, &tree);
    }
    form.files(&renditions, &mut tree).map_err(anyhow::Error::new)?;
    finish(ui, &common, &tree, !form.leaves_jobs_alone())
}

/// Compares a bundle with its folder, or writes it there.
fn finish(ui: &Ui, common: &Common, tree: &Tree, jobs_are_refused: bool) -> Result<Exit, CommandError> {
    if common.check {
        return report::check(ui, &common.output_dir, tree);
    }
    let manner = folder::Manner { prune: common.prune, overwrite: common.overwrite, jobs_are_refused };
    folder::write(ui, &common.output_dir, tree, manner, common.strict)
}

/// Writes the objects of a bundle, in the order in which its parts are rolled out, for a tool that reads a stream.
fn write_stream(
    ui: &Ui,
    form: &dyn Form,
    renditions: &[Rendition],
    tree: &Tree,
) -> Result<Exit, CommandError> {
    let mut out = ui.output();
    for rendition in renditions {
        for listed in Section::ALL.into_iter().flat_map(|section| rendition.section(section)) {
            let folder = form.folder(rendition.environment.as_deref(), listed.section);
            let text = tree.get(&emit::tree::join(&folder, &listed.file)).unwrap_or_default();
            out.write_all(b"---\n")?;
            out.write_all(text.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// What is at hand while the environments are rendered one after the other.
struct Work<'a> {
    ui: &'a Ui,
    common: &'a Common,
    form: &'a dyn Form,
    tree: Tree,
    told: Adaption,
}

impl Work<'_> {
    /// Renders one environment into the tree. `None` when its findings forbid it. The flag says whether every spec
    /// has a namespace without an environment.
    fn render(
        &mut self,
        environment: Option<&Environment>,
    ) -> Result<Option<(Rendition, bool)>, CommandError> {
        let common = self.common;
        self.told.environment = environment.map(Environment::movement);
        let Some(mut ready) = session::prepare_adapted(
            self.ui,
            common.input.clone(),
            &common.target,
            common.strict,
            &mut self.told,
        )?
        else {
            return Ok(None);
        };
        let request = Request {
            environment: environment.map(|environment| environment.name.clone()),
            // One cluster has one set of definitions, whatever the environments in it.
            definitions: common.with.contains(&More::Crds) && !self.told.definitions_written,
            specs: common.with.contains(&More::Specs),
            topics: {
                let mut topics: Vec<_> = common.with.iter().filter_map(|more| more.topic()).collect();
                topics.sort_unstable();
                topics.dedup();
                topics
            },
            with: with::Settings {
                alerts: common.alerts.settings(),
                secret_store: common.secret_store.clone(),
            },
        };
        self.told.definitions_written |= request.definitions;
        let (rendition, found) = {
            let context = ready.context();
            let bundle = Bundle::new(&context, Wanted::Backups);
            emit::render(self.form, &bundle, &context, &request, &mut self.tree)
                .map_err(anyhow::Error::new)?
        };
        let found = suppress::apply_again(found, &ready.session.loaded.suppressions);
        if !session::tell_more(self.ui, &mut ready.session, found, common.strict, &mut self.told)? {
            return Ok(None);
        }
        Ok(Some((rendition, self.told.all_have_namespaces || common.target.namespace().is_some())))
    }
}
