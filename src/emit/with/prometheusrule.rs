//! `--with prometheusrule`: alerts about backups, from the metrics of kube-state-metrics and the kubelet alone.
//!
//! There is one `PrometheusRule` a backup, one a claim and one a namespace, so that a change of one spec changes one
//! file, and no object grows with the number of backups. Thresholds follow from the schedule and are written as sums, in
//! the expression and in words ([`super::watched::Sum`]).

pub mod alert;
mod model;
mod once;
pub mod promql;
mod scheduled;
mod shared;

use serde_json::Value;

use super::watched::{Runs, Watched, claims, watched};
use super::{Addition, Additions, Facts};
use crate::diagnostics::codes;
use crate::emit::EmitError;
use crate::input::locate::{self, Finding};
use crate::render::labels;

use alert::Alert;
use model::{Group, Map, Metadata, PrometheusRule, Rule, Spec};

/// Settings of the alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where people find the runbook: the URL of a copy of `alerts.md`, without an anchor.
    pub runbook_url: Option<String>,
    /// Labels by which a Prometheus selects its rules.
    pub labels: Vec<(String, String)>,
}

/// The rules of all backups, and the runbook.
///
/// # Errors
///
/// Only when a rule cannot be written as JSON.
pub fn additions(facts: &Facts<'_>) -> Result<Additions, EmitError> {
    let settings = &facts.settings.alerts;
    let mut all: Vec<Watched> = Vec::with_capacity(facts.backups.len());
    let mut findings = Vec::new();
    for backup in &facts.backups {
        let Some(watched) = watched(backup) else { continue };
        if let Runs::Scheduled(scheduled) = &watched.runs
            && !scheduled.failures_kept
        {
            let finding = Finding::new(
                &codes::FAILURES_NOT_SEEN,
                "spec.historyLimits.failed",
                format!("no alert will tell that a run of `{}` has failed, because no failed run is kept", watched.name),
            )
            .help("keep at least 1")
            .note("kube-state-metrics reports Jobs that exist; that the last success is too old is told all the same");
            findings.extend(locate::diagnostics(backup.document, vec![finding], facts.documents));
        }
        all.push(watched);
    }
    let mut additions = Vec::with_capacity(all.len() + 2);
    for namespace in all.chunk_by(|left, right| left.namespace == right.namespace) {
        let Some(first) = namespace.first() else { continue };
        for watched in namespace {
            additions.push(manifest(&of_backup(watched, settings))?);
        }
        for (name, claim) in claims(namespace) {
            additions.push(manifest(&shared::of_claim(&first.namespace, name, &claim, settings))?);
        }
        additions.push(manifest(&shared::of_namespace(namespace, settings))?);
    }
    if !additions.is_empty() {
        let (path, text) = (alert::RUNBOOK_FILE.to_owned(), alert::RUNBOOK.to_owned());
        additions.push(Addition::File { path, text });
    }
    Ok(Additions { additions, findings })
}

fn manifest(rule: &PrometheusRule) -> Result<Addition, EmitError> {
    let value: Value = serde_json::to_value(rule)?;
    Ok(Addition::Manifest(value))
}

fn of_backup(watched: &Watched, settings: &Settings) -> PrometheusRule {
    let about = About { namespace: &watched.namespace, backup: Some(&watched.name), settings };
    let rules = match &watched.runs {
        Runs::Scheduled(scheduled) => scheduled::rules(&about, scheduled),
        Runs::Once(job) => once::rules(&about, job),
    };
    // No name of ours ends like another kind of them: a spec, a claim and a namespace never take each other's place.
    about.object(format!("{}-backup", watched.name), rules)
}

/// What rules are about.
struct About<'a> {
    namespace: &'a str,
    backup: Option<&'a str>,
    settings: &'a Settings,
}

/// What a person reads of an alert.
struct Words {
    /// One line.
    summary: String,
    /// What it means.
    description: String,
    /// How the threshold comes about.
    threshold: Option<String>,
    /// What to run first.
    command: String,
}

impl About<'_> {
    fn object(&self, name: String, rules: Vec<Rule>) -> PrometheusRule {
        let mut own = Map::from(
            [
                (labels::NAME, labels::NAME_VALUE),
                (labels::COMPONENT, "alerts"),
                (labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        own.extend(self.backup.map(|backup| (labels::BACKUP.to_owned(), backup.to_owned())));
        own.extend(self.settings.labels.iter().cloned());
        PrometheusRule {
            api_version: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: Metadata { name, namespace: self.namespace.to_owned(), labels: own },
            spec: Spec { groups: vec![Group { name: "neo4j-backup".to_owned(), rules }] },
        }
    }

    /// An alert. Its labels name the backup, so that every alert of one backup can be routed and silenced by them,
    /// whatever the labels of the series behind it.
    fn alert(&self, alert: Alert, expr: String, words: Words) -> Rule {
        self.alert_of(alert, alert.severity(), expr, words)
    }

    fn alert_of(&self, alert: Alert, severity: &str, expr: String, words: Words) -> Rule {
        let mut own = Map::from([
            ("severity".to_owned(), severity.to_owned()),
            ("namespace".to_owned(), self.namespace.to_owned()),
        ]);
        own.extend(self.backup.map(|backup| ("backup".to_owned(), backup.to_owned())));
        let mut annotations = Map::from([
            ("summary".to_owned(), words.summary),
            ("description".to_owned(), words.description),
            ("command".to_owned(), words.command),
        ]);
        annotations.extend(words.threshold.map(|threshold| ("threshold".to_owned(), threshold)));
        let anchor = alert.anchor();
        let (key, link) = match &self.settings.runbook_url {
            Some(base) => ("runbook_url", format!("{base}#{anchor}")),
            // No public host has the runbook; the copy that lies in the bundle has.
            None => ("runbook", format!("{}#{anchor}", alert::RUNBOOK_FILE)),
        };
        annotations.insert(key.to_owned(), link);
        Rule::Alerting { alert: alert.name(), expr, pending: alert.pending(), labels: own, annotations }
    }

    /// `shop/nightly`.
    fn subject(&self) -> String {
        format!("{}/{}", self.namespace, self.backup.unwrap_or_default())
    }

    /// A command about the backup.
    fn command(&self, verb: &str) -> String {
        format!("kubectl neo4j-backup {verb} {} -n {}", self.backup.unwrap_or_default(), self.namespace)
    }
}
