//! The objects that Argo CD itself reads: an Application for each section, alone, from an ApplicationSet, or from
//! another Application.

use serde::Serialize;
use serde_json::{Value, json};

use super::ArgoCd;
use crate::emit::{EmitError, Form, Rendition, Section, Tree, controller_object, manifest, templates, tree};

/// The cluster that Argo CD runs in.
pub const HERE: &str = "https://kubernetes.default.svc";

/// A folder of Applications, for the one that rolls them out.
const APPS: &str = "apps";

/// Where an environment is rolled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Address of the API server.
    Server(String),
    /// Name of the cluster in Argo CD.
    Name(String),
}

/// What the Applications say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What their names begin with.
    pub name: String,
    /// The AppProject.
    pub project: String,
    /// The repository.
    pub repo_url: String,
    /// Branch, tag or commit.
    pub target_revision: String,
    /// Folder of the bundle in the repository; empty or `.` for its root.
    pub path: String,
    /// Namespace of the Applications.
    pub namespace: String,
    /// Where environments go that are not named below.
    pub destination: Destination,
    /// Where single environments go, by name.
    pub destinations: std::collections::BTreeMap<String, Destination>,
    /// One Application rolls the others out.
    pub app_of_apps: bool,
}

/// An Application to be.
struct Planned<'a> {
    environment: Option<&'a str>,
    section: Section,
    name: String,
    path: String,
    destination: Value,
    /// Namespace that a project's rules are asked about; every object states its own.
    namespace: &'a str,
}

/// A row of the README.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: String,
    path: String,
    section: &'static str,
}

/// The file that is applied to begin with.
pub(super) fn file(settings: &Settings, renditions: &[Rendition]) -> &'static str {
    if has_environments(renditions) && !settings.app_of_apps {
        "applicationset.yaml"
    } else {
        "application.yaml"
    }
}

pub(super) fn rows(form: &ArgoCd, settings: &Settings, renditions: &[Rendition]) -> Vec<Row> {
    let row = |one: Planned<'_>| Row { name: one.name, path: one.path, section: word(one.section) };
    planned(form, settings, renditions).into_iter().map(row).collect()
}

/// Adds the Applications, or what makes them.
pub(super) fn files(
    form: &ArgoCd,
    settings: &Settings,
    renditions: &[Rendition],
    into: &mut Tree,
) -> Result<(), EmitError> {
    let all = planned(form, settings, renditions);
    if settings.app_of_apps {
        let mut files = Vec::with_capacity(all.len());
        for one in &all {
            let name = format!("application-{}.yaml", one.name);
            let text = controller_object(&application(settings, one))?;
            into.insert(tree::join(APPS, &name), text)?;
            files.push(name);
        }
        templates::kustomization(APPS, files.iter().map(String::as_str).collect(), into)?;
        return into.insert("application.yaml", controller_object(&root(settings))?);
    }
    if !has_environments(renditions) {
        let objects: Vec<Value> = all.iter().map(|one| application(settings, one)).collect();
        return into.insert("application.yaml", documents(&objects)?);
    }
    let mut objects = Vec::new();
    for section in Section::ALL {
        let of_section: Vec<&Planned<'_>> = all.iter().filter(|one| one.section == section).collect();
        match of_section.as_slice() {
            [] => {}
            [one] if one.environment.is_none() => objects.push(application(settings, one)),
            many => objects.push(application_set(settings, section, many)),
        }
    }
    into.insert("applicationset.yaml", documents(&objects)?)
}

fn has_environments(renditions: &[Rendition]) -> bool {
    renditions.iter().any(|rendition| rendition.environment.is_some())
}

/// Several objects in one file.
fn documents(objects: &[Value]) -> Result<String, EmitError> {
    let mut text = String::new();
    for object in objects {
        let document = controller_object(object)?;
        if text.is_empty() {
            text.push_str(&document);
        } else {
            text.push_str("---\n");
            text.push_str(document.strip_prefix(manifest::HEADER).unwrap_or(&document));
        }
    }
    Ok(text)
}

fn word(section: Section) -> &'static str {
    match section {
        Section::Definitions => "crds",
        Section::Workloads => "workloads",
        Section::Once => "once",
        Section::Specs => "specs",
    }
}

/// Path of a folder of the bundle in the repository.
fn in_repository(settings: &Settings, folder: &str) -> String {
    let parts = settings.path.split('/').filter(|part| !part.is_empty() && *part != ".");
    tree::join(&parts.collect::<Vec<_>>().join("/"), folder)
}

fn planned<'a>(form: &ArgoCd, settings: &'a Settings, renditions: &'a [Rendition]) -> Vec<Planned<'a>> {
    let mut all = Vec::new();
    // The first in order stands for the others: a project's rules also look at each object's own.
    let namespace_of = |rendition: &'a Rendition| {
        rendition.listed.iter().map(|listed| listed.namespace.as_str()).filter(|name| !name.is_empty()).min()
    };
    for section in Section::ALL {
        for rendition in renditions.iter().filter(|rendition| rendition.has(section)) {
            // Definitions are of no environment.
            let environment = rendition.environment.as_deref().filter(|_| section != Section::Definitions);
            let destination =
                environment.and_then(|name| settings.destinations.get(name)).unwrap_or(&settings.destination);
            let middle = environment.map(|name| format!("-{name}")).unwrap_or_default();
            all.push(Planned {
                environment,
                section,
                name: format!("{}{middle}-{}", settings.name, word(section)),
                path: in_repository(settings, &form.folder(environment, section)),
                destination: to_value(destination),
                namespace: namespace_of(rendition).unwrap_or_default(),
            });
        }
    }
    all
}

fn to_value(destination: &Destination) -> Value {
    match destination {
        Destination::Server(server) => json!({ "server": server }),
        Destination::Name(name) => json!({ "name": name }),
    }
}

pub(super) fn head(kind: &str, settings: &Settings, name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": settings.namespace},
    })
}

fn application(settings: &Settings, one: &Planned<'_>) -> Value {
    let mut destination = one.destination.clone();
    if !one.namespace.is_empty() {
        destination["namespace"] = json!(one.namespace);
    }
    let mut object = head("Application", settings, &one.name);
    object["spec"] = spec(settings, one.section, &one.path, &destination);
    object
}

/// The specification of an Application of a section.
fn spec(settings: &Settings, section: Section, path: &str, destination: &Value) -> Value {
    // Two Applications that hold one object would take it from each other for ever.
    let mut options = vec!["CreateNamespace=false", "FailOnSharedResource=true"];
    let mut spec = json!({
        "project": settings.project,
        "source": {"repoURL": settings.repo_url, "targetRevision": settings.target_revision, "path": path},
        "destination": destination,
    });
    let automated = match section {
        // Argo CD overwrites a definition whose owner is not another Application, without a word: a person looks first.
        Section::Definitions => None,
        // A Job that somebody has deleted is not run again because it is missing.
        Section::Once => Some(json!({"prune": true, "selfHeal": false})),
        Section::Workloads | Section::Specs => Some(json!({"prune": true, "selfHeal": true})),
    };
    if section == Section::Once {
        // The template of a Job is immutable. A target that has another image now changes it, and not its name, which is
        // the hash of the spec: what is there stays, and what is missing is made as the file says
        // (`controller/sync.go`, `normalizeTargetResources`).
        options.push("RespectIgnoreDifferences=true");
        spec["ignoreDifferences"] = json!([{"group": "batch", "kind": "Job", "jsonPointers": ["/spec"]}]);
    }
    let mut policy = json!({ "syncOptions": options });
    if let Some(automated) = automated {
        policy["automated"] = automated;
    }
    spec["syncPolicy"] = policy;
    spec
}

/// The specification of an Application whose folder holds specs that a plugin renders: what runs again and again and
/// what runs once come together.
pub(super) fn of_specs(settings: &Settings) -> Value {
    let path = in_repository(settings, "");
    let path = if path.is_empty() { "." } else { path.trim_end_matches('/') };
    spec(settings, Section::Once, path, &to_value(&settings.destination))
}

/// One ApplicationSet makes the Applications of a section, one an environment.
fn application_set(settings: &Settings, section: Section, all: &[&Planned<'_>]) -> Value {
    let element = |one: &&Planned<'_>| {
        let mut element = json!({
            "environment": one.environment, "application": one.name, "path": one.path, "namespace": one.namespace,
        });
        for (field, value) in one.destination.as_object().into_iter().flatten() {
            element[field] = value.clone();
        }
        element
    };
    let elements: Vec<Value> = all.iter().map(element).collect();
    let mut destination = json!({"namespace": "{{.namespace}}"});
    for field in ["server", "name"] {
        // One environment may be named by its address and another by its name: `get` gives nothing for what is absent.
        if all.iter().any(|one| one.destination.get(field).is_some()) {
            destination[field] = json!(format!("{{{{get . \"{field}\"}}}}"));
        }
    }
    let name = format!("{}-{}", settings.name, word(section));
    let mut object = head("ApplicationSet", settings, &name);
    object["spec"] = json!({
        "goTemplate": true,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [{"list": {"elements": elements}}],
        // Without it Applications get a finalizer, and an environment that is taken out of the list takes its
        // claims with it (`applicationset/utils/utils.go`, `RenderTemplateParams`).
        "syncPolicy": {"preserveResourcesOnDeletion": true},
        "template": {
            "metadata": {"name": "{{.application}}"},
            "spec": spec(settings, section, "{{.path}}", &destination),
        },
    });
    object
}

/// The Application that rolls the others out. They have no finalizer: one that is pruned leaves its objects.
fn root(settings: &Settings) -> Value {
    let mut object = head("Application", settings, &settings.name);
    object["spec"] = json!({
        "project": settings.project,
        "source": {
            "repoURL": settings.repo_url,
            "targetRevision": settings.target_revision,
            "path": in_repository(settings, APPS),
        },
        // Applications are read where Argo CD runs, wherever they roll out to.
        "destination": {"server": HERE, "namespace": settings.namespace},
        "syncPolicy": {
            "automated": {"prune": true, "selfHeal": true},
            "syncOptions": ["CreateNamespace=false", "FailOnSharedResource=true"],
        },
    });
    object
}
