//! What the server said, at the line of the spec that caused it.

use kube::core::Status;
use kube::core::response::StatusCause;

use super::path;
use super::{Subject, Trial, Verdict, template_pointer};
use crate::cluster::desired::Desired;
use crate::cluster::kind::Kind;
use crate::diagnostics::{Definition, Diagnostic, Place, codes};
use crate::input::document::Document;
use crate::input::locate::{self, Finding};
use crate::render::{Provenance, SpecName};
use crate::rules::Context;

/// Turns trials into findings. The objects must have been rendered with their provenance.
#[must_use]
pub fn findings(trials: &[Trial], desired: &[Desired], context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for trial in trials {
        let Some(wanted) = desired.get(trial.part) else { continue };
        let told = Told { wanted, subject: trial.subject, context };
        match &trial.verdict {
            Verdict::Taken => {}
            Verdict::Refused(status) => found.extend(told.refused(status)),
            Verdict::Immutable { fields, message } => {
                let definition = &codes::CANNOT_CHANGE;
                let field = fields.first().map(String::as_str).unwrap_or_default();
                let message = format!(
                    "{} is there already and cannot become this: {} {message}",
                    wanted.reference,
                    fields.join(", ")
                );
                let help = match wanted.reference.kind {
                    Kind::Job => {
                        "`apply` keeps the Job; `apply --replace` or `apply --rerun` run the backup again, \
                         a new name makes it another backup"
                    }
                    _ => "give it another name, or leave it as it is",
                };
                found.push(told.at(definition, field, message, Some(help)));
            }
            Verdict::NamespaceMissing => {
                let namespace = wanted.reference.namespace.as_str();
                if !missing.contains(&namespace) {
                    missing.push(namespace);
                    let message = format!(
                        "the namespace `{namespace}` does not exist, so the server looked at nothing in it"
                    );
                    let help = "make the namespace, or name another with `metadata.namespace` or `-n`";
                    found.push(told.at(&codes::NAMESPACE_MISSING, "metadata.namespace", message, Some(help)));
                }
            }
            Verdict::KindMissing => {
                let message = format!(
                    "the cluster does not have the kind {} ({})",
                    wanted.reference.kind.name(),
                    wanted.reference.kind.resource().api_version
                );
                found.push(told.at(&codes::API_MISSING, "kind", message, None));
            }
            Verdict::Forbidden { message } => {
                let message = format!("the server was not asked about {}: {message}", wanted.reference);
                found.push(told.at(&codes::NOT_TRIED, "metadata.name", message, None));
            }
        }
        for warning in &trial.warnings {
            found.push(told.warning(warning));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|diagnostic: &Diagnostic| {
        seen.insert((diagnostic.definition.code, diagnostic.place.clone(), diagnostic.message.clone()))
    });
    found
}

/// One object, or the pods of one, that something is said of.
struct Told<'a> {
    wanted: &'a Desired,
    subject: Subject,
    context: &'a Context<'a>,
}

impl Told<'_> {
    fn refused(&self, status: &Status) -> Vec<Diagnostic> {
        let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
        let fields: Vec<&StatusCause> = causes.iter().filter(|cause| !cause.field.is_empty()).collect();
        if is_denial(status) {
            let message = format!("{} not admitted: {}", self.words("is", "are"), shortened(&status.message));
            let container = self.container(&status.message);
            let pointer = container.unwrap_or_else(|| self.pointer(blamed(&status.message)));
            return vec![self.at_pointer(&codes::ADMISSION_DENIED, &pointer, message, None)];
        }
        if fields.is_empty() {
            // A typed patch names its field in the message alone: `.spec.x: field not declared in schema`.
            let named = status
                .message
                .split_whitespace()
                .find(|word| word.starts_with(".spec") || word.starts_with(".metadata"));
            let definition = if named.is_some() { &codes::SERVER_FIELD } else { &codes::SERVER_REFUSES };
            let field = named.unwrap_or("metadata.name").trim_end_matches(':');
            let message =
                format!("the API server refuses {}: {}", self.wanted.reference, shortened(&status.message));
            return vec![self.at(definition, field, message, None)];
        }
        fields
            .into_iter()
            .map(|cause| {
                let message = format!(
                    "the API server refuses `{}` of {}: {}",
                    cause.field,
                    self.words("", ""),
                    shortened(&cause.message)
                );
                self.at(&codes::SERVER_FIELD, &cause.field, message, None)
            })
            .collect()
    }

    fn warning(&self, text: &str) -> Diagnostic {
        if text.contains("PodSecurity") {
            let help = "where the enforced level of the namespace is the same, no pod would ever be made";
            let message = format!("the pods of {}: {}", self.wanted.reference, shortened(text));
            let pointer = self.container(text).unwrap_or_else(|| self.pointer("metadata.name"));
            return self.at_pointer(&codes::POD_SECURITY, &pointer, message, Some(help));
        }
        // Some warnings begin with the field: `spec.template.spec.containers[0].env[1].name: duplicate name`.
        let field = text
            .split(": ")
            .next()
            .filter(|field| field.starts_with("spec.") || field.starts_with("metadata."));
        let message = format!("the API server on {}: {}", self.wanted.reference, shortened(text));
        self.at(&codes::SERVER_WARNING, field.unwrap_or("metadata.name"), message, None)
    }

    fn words(&self, one: &str, many: &str) -> String {
        let text = match self.subject {
            Subject::Object => format!("{} {one}", self.wanted.reference),
            Subject::Pods => format!("the pods of {} {many}", self.wanted.reference),
        };
        text.trim_end().to_owned()
    }

    /// A finding at the line of the spec that a field of the object comes from.
    fn at(
        &self,
        definition: &'static Definition,
        field: &str,
        message: String,
        help: Option<&str>,
    ) -> Diagnostic {
        self.at_pointer(definition, &self.pointer(field), message, help)
    }

    /// Where a field stands in the object.
    fn pointer(&self, field: &str) -> String {
        let object = &self.wanted.object;
        match (self.subject, template_pointer(self.wanted.reference.kind)) {
            (Subject::Pods, Some(template)) => {
                let inner = object.pointer(template).map(|template| path::pointer(template, field));
                format!("{template}{}", inner.unwrap_or_default())
            }
            _ => path::pointer(object, field),
        }
    }

    /// Where the container stands that Pod Security names: `container "hook" must set …`.
    fn container(&self, text: &str) -> Option<String> {
        let template = template_pointer(self.wanted.reference.kind)?;
        let named = text.split_once("container \"").or_else(|| text.split_once("containers \""));
        let name = named?.1.split('"').next()?;
        let spec = self.wanted.object.pointer(template)?.get("spec")?;
        ["containers", "initContainers"].iter().find_map(|list| {
            let items = spec.get(list)?.as_array()?;
            let index = items.iter().position(|item| item.get("name").is_some_and(|other| other == name))?;
            Some(format!("{template}/spec/{list}/{index}"))
        })
    }

    fn at_pointer(
        &self,
        definition: &'static Definition,
        pointer: &str,
        message: String,
        help: Option<&str>,
    ) -> Diagnostic {
        let unknown = Provenance::default();
        let provenance = self.wanted.rendered.as_ref().map_or(&unknown, |rendered| &rendered.provenance);
        let origin = provenance.origin(pointer);
        let spec = origin.map(|origin| origin.spec).or(self.wanted.spec.as_ref());
        let spec = spec.or_else(|| provenance.iter().next().map(|(_, origin)| origin.spec));
        let document = spec.and_then(|spec| self.document(spec));
        let Some(document) = document else { return Diagnostic::new(definition, Place::file(""), message) };
        let in_spec = origin.map_or("metadata.name", |origin| origin.field).to_owned();
        let mut finding = Finding::new(definition, in_spec, message);
        if let Some(help) = help {
            finding = finding.help(help);
        }
        let place = || Diagnostic::new(definition, Place::file(""), String::new());
        locate::diagnostics(document, vec![finding], self.context.documents).pop().unwrap_or_else(place)
    }

    fn document(&self, spec: &SpecName) -> Option<&Document> {
        self.context.documents.iter().find(|document| {
            let kind = match spec.kind {
                "Neo4jBackup" => document.backup().is_some(),
                _ => document.restore().is_some(),
            };
            kind && document.metadata.name == spec.name && self.context.namespace(document) == spec.namespace
        })
    }
}

/// Whether a refusal is a policy's and not the API's own: quota, LimitRange, Pod Security, admission policies,
/// webhooks.
fn is_denial(status: &Status) -> bool {
    const MARKS: &[&str] = &[
        "exceeded quota",
        "failed quota",
        "violates PodSecurity",
        "admission webhook",
        "ValidatingAdmissionPolicy",
        "usage per Container",
        "usage per Pod",
        "per Container is",
        "per Pod is",
    ];
    (status.code == 403 && status.details.as_ref().is_none_or(|details| details.causes.is_empty()))
        || MARKS.iter().any(|mark| status.message.contains(mark))
}

/// The field that a policy's words are about, in the object that they are about.
fn blamed(text: &str) -> &'static str {
    const TOPICS: &[(&str, &str)] = &[
        ("PriorityClass", "spec.priorityClassName"),
        ("quota", "spec.containers[0].resources"),
        ("usage per", "spec.containers[0].resources"),
        ("per Container is", "spec.containers[0].resources"),
        ("per Pod is", "spec.containers[0].resources"),
    ];
    TOPICS.iter().find(|(word, _)| text.contains(word)).map_or("metadata.name", |(_, field)| field)
}

/// Longest message of the server that is shown whole: it repeats whole pod templates (pods.md §6).
const LONGEST: usize = 400;

/// One line, of a length that can be read.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let head: String = line.chars().take(LONGEST / 2).collect();
    let tail: Vec<char> = line.chars().rev().take(LONGEST / 2).collect();
    let tail: String = tail.into_iter().rev().collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests;
