//! Folders for Argo CD, and the Applications that roll them out.
//!
//! Facts are those of Argo CD 3.5.7: `gitops-engine/pkg/sync/sync_context.go` and `controller/{sync,health}.go` of its
//! sources, and peers.md §5.1; what follows from them is proven against its real controllers in `tests/live/argocd.rs`.

mod application;
mod metadata;
pub mod plugin;

pub use application::{Destination, HERE, Settings};

use serde::Serialize;

use super::kustomize::{self, About};
use super::{EmitError, Form, Manifest, Rendition, Section, Tree, templates};
use crate::api::Neo4jBackupSpec;
use crate::input::locate::Finding;

/// In which order a wave's objects are applied; a string, absent is `0`.
const WAVE: &str = "argocd.argoproj.io/sync-wave";
/// What a sync may do to an object.
const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
/// What makes an Application OutOfSync.
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
/// Keeps an object out of the health of its Application (`controller/health.go`).
const IGNORE_HEALTH: &str = "argocd.argoproj.io/ignore-healthcheck";

/// Neither a sync nor the deletion of the Application deletes it.
const KEPT: &str = "Prune=false,Delete=false";
/// What is kept although no file asks for it any more would be OutOfSync for ever.
const IGNORE_EXTRANEOUS: &str = "IgnoreExtraneous";

/// What the health of a CronJob does to its Application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// A last run that failed makes the Application Degraded (`resource_customizations/batch/CronJob/health.lua`).
    #[default]
    Native,
    /// Nothing.
    Ignore,
}

/// The form for Argo CD.
#[derive(Clone, Debug)]
pub struct ArgoCd {
    /// What the annotations say of CronJobs.
    pub health: Health,
    /// The Applications; `None` where only objects are wanted.
    pub applications: Option<Settings>,
}

impl Form for ArgoCd {
    fn name(&self) -> &'static str {
        "argocd"
    }

    /// See `ignoreDifferences` of their Application.
    fn leaves_jobs_alone(&self) -> bool {
        true
    }

    fn folder(&self, environment: Option<&str>, section: Section) -> String {
        kustomize::in_environment(
            environment,
            match section {
                // One cluster has one set of definitions, whatever the environments in it.
                Section::Definitions => return "crds".to_owned(),
                Section::Workloads => "workloads",
                Section::Once => "once",
                Section::Specs => "specs",
            },
        )
    }

    fn decorate(&self, section: Section, manifest: &mut Manifest) {
        match (section, manifest.kind()) {
            // Applied by the client: `ServerSideApply=true` forces conflicts (`pkg/utils/kube/resource_ops.go`,
            // `ForceConflicts`), which takes fields from an operator that has installed them. A test holds them below the
            // 262,144 bytes that an annotation takes.
            (Section::Definitions, _) => keep(manifest),
            // In this wave nothing may wait for health: before the last wave a sync does, and `ignore-healthcheck` does
            // not help there. These kinds have none.
            (Section::Workloads, "ServiceAccount" | "NetworkPolicy") => manifest.annotate(WAVE, "-1"),
            // In the wave of the CronJobs, the last one: a claim that waits for its first consumer stays Progressing
            // until the first run, and an earlier wave would wait for it (peers.md §5.1, #12840).
            (Section::Workloads, "PersistentVolumeClaim") => {
                keep(manifest);
                manifest.annotate(IGNORE_HEALTH, "true");
            }
            (Section::Workloads, "CronJob") if self.health == Health::Ignore => {
                manifest.annotate(IGNORE_HEALTH, "true");
            }
            // A kind of somebody else, whose definition may be missing: what else is here is rolled out none the less.
            (Section::Workloads, _) if is_foreign(manifest.api_version()) => {
                manifest.annotate(SYNC_OPTIONS, "SkipDryRunOnMissingResource=true");
            }
            // What has run stays as the proof that it has: without it the next sync would run it again.
            (Section::Once, "Job") => keep(manifest),
            // Its definition may come with another Application.
            (Section::Specs, _) => manifest.annotate(SYNC_OPTIONS, "SkipDryRunOnMissingResource=true"),
            _ => {}
        }
    }

    fn findings(&self, spec: &Neo4jBackupSpec) -> Vec<Finding> {
        metadata::findings(spec)
    }

    fn files(&self, renditions: &[Rendition], into: &mut Tree) -> Result<(), EmitError> {
        kustomize::kustomizations(self, renditions, into)?;
        let Some(settings) = &self.applications else { return Ok(()) };
        application::files(self, settings, renditions, into)?;
        let about = AboutArgoCd {
            about: About::new(self, renditions),
            applications: application::rows(self, settings, renditions),
            name: &settings.name,
            namespace: &settings.namespace,
            repo_url: &settings.repo_url,
            file: application::file(settings, renditions),
            app_of_apps: settings.app_of_apps,
            health_ignored: self.health == Health::Ignore,
        };
        into.insert("README.md", templates::fill("argocd.md.j2", &about)?)
    }
}

/// Whether a kind is not of Kubernetes itself.
fn is_foreign(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    group.contains('.') && !group.ends_with(".k8s.io")
}

fn keep(manifest: &mut Manifest) {
    manifest.annotate(SYNC_OPTIONS, KEPT);
    manifest.annotate(COMPARE_OPTIONS, IGNORE_EXTRANEOUS);
}

/// What the README says.
#[derive(Serialize)]
struct AboutArgoCd<'a> {
    #[serde(flatten)]
    about: About<'a>,
    applications: Vec<application::Row>,
    name: &'a str,
    namespace: &'a str,
    repo_url: &'a str,
    /// What is applied to begin with.
    file: &'static str,
    app_of_apps: bool,
    health_ignored: bool,
}
