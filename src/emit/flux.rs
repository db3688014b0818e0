//! The form for Flux: folders of objects, and a `Kustomization` of `kustomize.toolkit.fluxcd.io` for each of them.
//!
//! What Flux does is said by the sources of kustomize-controller v1.7.3 and of the packages that it uses
//! (`github.com/fluxcd/kustomize-controller/internal/controller/kustomization_controller.go`, `fluxcd/pkg/ssa`,
//! `fluxcd/pkg/kustomize`, `fluxcd/pkg/envsubst`), and held by tests/live/flux.rs against that controller:
//!
//! - `spec.wait` checks whatever was applied and ignores `healthChecks`; a claim that waits for its first consumer would
//!   hold it up until the first run. So the checks are named, and no claim is among them.
//! - What is checked must be there: an object that is gone from Git is pruned, and then waited for until the timeout,
//!   because the Kustomization that still names it is itself changed by that revision only a moment later. So of the
//!   workloads the accounts are named, which every run needs and which stay while a namespace has backups. A CronJob
//!   would say no more, being healthy as soon as it exists; and adding a spec changes no Kustomization.
//! - A Job is healthy once it has completed, and a failed one fails the Kustomization. So Jobs that run once have a
//!   Kustomization of their own, and a failed one does not stop the schedules from being rolled out.
//! - An object with `ssa: IfNotPresent` is applied only where there is none of that name. A Job that is there is thus never
//!   patched, which its immutable template would not allow, and never runs again.
//! - `postBuild` puts its values in place of `${…}`, and a single dollar in place of two, unless the object says
//!   `substitute: disabled`.
//! - A folder without a `kustomization.yaml` is searched for manifests, and those below are stopped at. So the root of the
//!   bundle has one that names the Kustomizations alone: whoever rolls out what lies above does not take the objects
//!   away from them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::kustomize::{About, in_environment, kustomizations};
use super::{EmitError, Form, Manifest, Rendition, Section, Tree, controller_object, templates, tree};

/// The API group of Flux's Kustomizations, which its annotations have too.
const GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// Seconds that the health checks of a Kustomization may take when it waits for nothing that runs.
const TIMEOUT_SECONDS: i64 = 60;
/// Seconds beyond the longest run of a Job that its Kustomization waits, for the images to be pulled.
const MARGIN_SECONDS: i64 = 5 * 60;

/// The form for Flux.
#[derive(Clone, Debug)]
pub struct Flux {
    /// Where Flux reads the bundle.
    pub source: Source,
    /// Folder of the bundle in the source, as `./` or `./a/b`.
    pub path: String,
    /// Namespace of the Kustomizations.
    pub namespace: String,
    /// Name of the Kustomization that rolls the schedules out; the others are named after it.
    pub name: String,
    /// How often Flux compares the cluster with the source, as Flux writes durations: `10m`.
    pub interval: String,
}

/// A source of Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// Its name.
    pub name: String,
    /// Its namespace; `None` for that of the Kustomization.
    pub namespace: Option<String>,
}

/// Kinds of sources that a Kustomization can have (its CRD of v1.7.3, `spec.sourceRef.kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A Git repository.
    GitRepository,
    /// An artifact in a registry.
    OciRepository,
    /// A bucket.
    Bucket,
    /// What somebody else's controller provides.
    ExternalArtifact,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::GitRepository, Self::OciRepository, Self::Bucket, Self::ExternalArtifact];

    /// As Flux writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::OciRepository => "OCIRepository",
            Self::Bucket => "Bucket",
            Self::ExternalArtifact => "ExternalArtifact",
        }
    }
}

impl Form for Flux {
    fn name(&self) -> &'static str {
        "flux"
    }

    fn leaves_jobs_alone(&self) -> bool {
        true
    }

    fn folder(&self, environment: Option<&str>, section: Section) -> String {
        let folder = match section {
            // One cluster has one set of definitions.
            Section::Definitions => return "crds".to_owned(),
            Section::Workloads => "workloads",
            Section::Once => "once",
            Section::Specs => "specs",
        };
        in_environment(environment, folder)
    }

    fn decorate(&self, section: Section, manifest: &mut Manifest) {
        let is_claim = manifest.kind() == "PersistentVolumeClaim";
        let is_once = section == Section::Once && manifest.kind() == "Job";
        let is_foreign = matches!(section, Section::Definitions | Section::Specs);
        let mut set = |name: &str, value: &str| manifest.annotate(&format!("{GROUP}/{name}"), value);
        if is_claim || is_once || section == Section::Definitions {
            set("prune", "disabled");
        }
        if is_once || is_foreign {
            set("ssa", "IfNotPresent");
        }
        if holds_substitution(manifest) {
            manifest.annotate(&format!("{GROUP}/substitute"), "disabled");
        }
    }

    fn files(&self, renditions: &[Rendition], into: &mut Tree) -> Result<(), EmitError> {
        kustomizations(self, renditions, into)?;
        let mut bundles = Vec::with_capacity(renditions.len());
        for rendition in renditions {
            let environment = rendition.environment.as_deref();
            let root =
                environment.map(|environment| format!("environments/{environment}")).unwrap_or_default();
            // Definitions are rendered once for all environments, and each environment may be a cluster of its own.
            let definitions = renditions.iter().any(|rendition| rendition.has(Section::Definitions));
            let rollouts = self.rollouts(rendition, definitions);
            for rollout in &rollouts {
                into.insert(tree::join(&root, &rollout.file), controller_object(&rollout.object)?)?;
            }
            let files: Vec<&str> = rollouts.iter().map(|rollout| rollout.file.as_str()).collect();
            // kustomize refuses an empty one.
            if !files.is_empty() {
                templates::kustomization(&root, files, into)?;
            }
            bundles.push(BundleText { root: if root.is_empty() { ".".to_owned() } else { root }, rollouts });
        }
        let texts = Texts {
            about: About::new(self, renditions),
            bundles,
            namespace: &self.namespace,
            interval: &self.interval,
            source: self.source.kind.name(),
            source_name: &self.source.name,
            source_namespace: self.source.namespace.as_deref().unwrap_or(&self.namespace),
            foreign: foreign_groups(renditions),
        };
        into.insert("README.md", templates::fill("flux.md.j2", &texts)?)
    }
}

impl Flux {
    /// The Kustomizations of one environment, in the order in which they become ready.
    fn rollouts(&self, rendition: &Rendition, definitions: bool) -> Vec<Rollout> {
        let environment = rendition.environment.as_deref();
        let base = environment
            .map_or_else(|| self.name.clone(), |environment| format!("{}-{environment}", self.name));
        let mut rollouts = Vec::new();
        for section in Section::ALL {
            let present = match section {
                Section::Definitions => definitions,
                _ => rendition.has(section),
            };
            if !present {
                continue;
            }
            let suffix = match section {
                Section::Definitions => "-crds",
                Section::Workloads => "",
                Section::Once => "-once",
                Section::Specs => "-specs",
            };
            let needed = match section {
                Section::Once => rendition.has(Section::Workloads).then_some(""),
                Section::Specs => definitions.then_some("-crds"),
                Section::Definitions | Section::Workloads => None,
            };
            let name = format!("{base}{suffix}");
            let folder = self.folder(environment, section);
            rollouts.push(Rollout {
                file: format!("flux-kustomization{suffix}.yaml"),
                object: self.kustomization(
                    &name,
                    &folder,
                    section,
                    rendition,
                    needed.map(|of| format!("{base}{of}")),
                ),
                name,
                folder,
                schedules: section == Section::Workloads,
            });
        }
        rollouts
    }

    /// One Kustomization.
    fn kustomization(
        &self,
        name: &str,
        folder: &str,
        section: Section,
        rendition: &Rendition,
        needed: Option<String>,
    ) -> Value {
        let mut spec = Map::new();
        if let Some(needed) = needed {
            spec.insert("dependsOn".to_owned(), json!([{ "name": needed }]));
        }
        // What would have to be deleted and made again to be changed stays as it is: a claim holds backups.
        spec.insert("force".to_owned(), json!(false));
        let checked = match section {
            Section::Workloads => "ServiceAccount",
            Section::Once => "Job",
            Section::Definitions | Section::Specs => "",
        };
        let checks: Vec<Value> = rendition
            .section(section)
            .filter(|listed| listed.kind == checked)
            .map(|listed| {
                json!({
                    "apiVersion": listed.api_version,
                    "kind": listed.kind,
                    "name": listed.name,
                    "namespace": listed.namespace,
                })
            })
            .collect();
        if !checks.is_empty() {
            spec.insert("healthChecks".to_owned(), Value::Array(checks));
        }
        spec.insert("interval".to_owned(), json!(self.interval));
        spec.insert("path".to_owned(), json!(format!("{}/{folder}", self.path.trim_end_matches('/'))));
        spec.insert("prune".to_owned(), json!(true));
        let (retry, timeout) = match section {
            // A Job that has failed stays so until its spec changes; to say it every other minute is no news.
            Section::Once => ("10m", longest_run(rendition).saturating_add(MARGIN_SECONDS)),
            _ => ("2m", TIMEOUT_SECONDS),
        };
        spec.insert("retryInterval".to_owned(), json!(retry));
        let mut source = json!({"kind": self.source.kind.name(), "name": self.source.name});
        if let (Some(namespace), Some(fields)) = (&self.source.namespace, source.as_object_mut()) {
            fields.insert("namespace".to_owned(), json!(namespace));
        }
        spec.insert("sourceRef".to_owned(), source);
        spec.insert("timeout".to_owned(), json!(duration(timeout)));
        json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": "Kustomization",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": spec,
        })
    }
}

/// A Kustomization with its place in the bundle.
#[derive(Debug, Serialize)]
struct Rollout {
    name: String,
    /// Its file in the folder of its environment.
    file: String,
    /// What it rolls out, below the root of the bundle.
    folder: String,
    /// It is the one of what runs again and again.
    schedules: bool,
    #[serde(skip)]
    object: Value,
}

/// One environment in the README.
#[derive(Debug, Serialize)]
struct BundleText {
    /// Folder of its Kustomizations, `.` for that of the bundle.
    root: String,
    rollouts: Vec<Rollout>,
}

/// What the README knows.
#[derive(Debug, Serialize)]
struct Texts<'a> {
    about: About<'a>,
    bundles: Vec<BundleText>,
    namespace: &'a str,
    interval: &'a str,
    source: &'static str,
    source_name: &'a str,
    source_namespace: &'a str,
    /// API groups that somebody else has to bring into the cluster.
    foreign: Vec<&'a str>,
}

/// Groups of the rolled-out objects that Kubernetes does not have by itself. Flux tries all objects before it applies
/// one, so a kind that the cluster does not know keeps the others from being rolled out.
fn foreign_groups(renditions: &[Rendition]) -> Vec<&str> {
    let groups = renditions
        .iter()
        .flat_map(|rendition| rendition.section(Section::Workloads).chain(rendition.section(Section::Once)))
        .filter_map(|listed| listed.api_version.split_once('/'))
        .map(|(group, _)| group)
        .filter(|group| group.contains('.') && !group.ends_with(".k8s.io"));
    let groups: std::collections::BTreeSet<&str> = groups.collect();
    groups.into_iter().collect()
}

/// Seconds that the longest of the Jobs that run once may take.
fn longest_run(rendition: &Rendition) -> i64 {
    rendition.section(Section::Once).filter_map(|listed| listed.longest_run).max().unwrap_or_default()
}

/// Seconds as Flux reads a duration: `1h2m3s` (the CRD's pattern of `spec.timeout`).
fn duration(seconds: i64) -> String {
    let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    parts.iter().filter(|(count, _)| *count != 0).map(|(count, unit)| format!("{count}{unit}")).collect()
}

/// Whether `postBuild` would change a text of the object: `${…}` is replaced, and of two dollars, which are how
/// Kubernetes writes one in an argument, one is left (envsubst v1.5.0, parse/scan.go `scanEscaped`).
fn holds_substitution(manifest: &Manifest) -> bool {
    let mut search = Search { last: 0, found: false };
    // JSON has every string of the object, and escapes neither character.
    let written = match manifest {
        Manifest::Ours(object) => serde_json::to_writer(&mut search, object),
        Manifest::Other(value) => serde_json::to_writer(&mut search, value),
    };
    written.is_err() || search.found
}

/// Looks for `${` and `$$` in what is written, and keeps none of it.
struct Search {
    last: u8,
    found: bool,
}

impl std::io::Write for Search {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for &byte in bytes {
            self.found |= self.last == b'$' && matches!(byte, b'{' | b'$');
            self.last = byte;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
