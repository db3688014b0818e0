//! What goes with backups in a platform, each topic only when it is asked for (`--with`).

pub mod grafana;
pub mod prometheusrule;
pub mod watched;

use crate::api::Neo4jBackupSpec;
use crate::bundle::Bundle;
use crate::diagnostics::Diagnostic;
use crate::input::document::Document;
use crate::plan::BackupPlan;
use crate::rules::Context;
use crate::target::Target;

use super::EmitError;

mod external_secret;
mod help;
mod iam;
mod lifecycle;
mod network_policy;
mod terraform;

pub use external_secret::{InvalidStore, StoreReference};
use help::file_safe;

/// A topic, one file of this folder each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Alerts.
    PrometheusRule,
    /// A dashboard.
    Grafana,
    /// What backup pods may reach, and who reaches the backup port.
    NetworkPolicy,
    /// What backup pods may reach, and nothing about servers that have policies of their own.
    BackupNetworkPolicy,
    /// `ExternalSecret`s for the Secrets that the pods read.
    ExternalSecret,
    /// Lifecycle rules of buckets.
    Lifecycle,
    /// Rights and trust in the cloud.
    Iam,
}

impl Topic {
    /// What the topic adds to a bundle.
    ///
    /// # Errors
    ///
    /// See [`EmitError`].
    pub fn additions(self, facts: &Facts<'_>) -> Result<Additions, EmitError> {
        match self {
            Self::PrometheusRule => prometheusrule::additions(facts),
            Self::Grafana => grafana::additions(facts),
            Self::NetworkPolicy => network_policy::additions(facts, network_policy::Extent::WithServers),
            Self::BackupNetworkPolicy => {
                network_policy::additions(facts, network_policy::Extent::BackupsAlone)
            }
            Self::ExternalSecret => external_secret::additions(facts),
            Self::Lifecycle => lifecycle::additions(facts),
            Self::Iam => iam::additions(facts),
        }
    }
}

/// Settings of topics, from the command line.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Of `prometheusrule`.
    pub alerts: prometheusrule::Settings,
    /// Where ExternalSecrets get their values from.
    pub secret_store: Option<StoreReference>,
}

/// Everything that a topic may read.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The backups, by namespace and name.
    pub backups: Vec<Backup<'a>>,
    /// All documents of the input, which findings are placed in.
    pub documents: &'a [Document],
    /// What the command line says.
    pub settings: &'a Settings,
}

/// One backup with all that was decided about it.
#[derive(Debug)]
pub struct Backup<'a> {
    /// What it becomes.
    pub plan: BackupPlan,
    /// Its spec.
    pub spec: &'a Neo4jBackupSpec,
    /// Its document, for the places of findings.
    pub document: &'a Document,
    /// What it points at.
    pub target: Target,
}

impl<'a> Facts<'a> {
    /// Collects the facts of the specs at these indices.
    #[must_use]
    pub fn new(
        bundle: &Bundle<'a>,
        context: &'a Context<'a>,
        specs: &[usize],
        settings: &'a Settings,
    ) -> Self {
        let one = |index: &usize| {
            let plan = bundle.backup_plan(*index)?.ok()?;
            let backup = context.backup(*index)?;
            let target = backup.target()?.clone();
            Some(Backup { plan, spec: backup.spec, document: backup.document, target })
        };
        let backups = specs.iter().filter_map(one).collect();
        Self { backups, documents: context.documents, settings }
    }
}

/// What a topic adds, and what it has to say.
#[derive(Debug, Default)]
pub struct Additions {
    /// Objects and files.
    pub additions: Vec<Addition>,
    /// Findings.
    pub findings: Vec<Diagnostic>,
}

/// One thing that a topic adds.
#[derive(Clone, Debug, PartialEq)]
pub enum Addition {
    /// A Kubernetes object, which is rolled out with the workloads.
    Manifest(serde_json::Value),
    /// A file that a person uses and no controller reads.
    File {
        /// Path below the folder of the environment, such as `lifecycle/shop-backups.json`.
        path: String,
        /// Its text.
        text: String,
    },
}
