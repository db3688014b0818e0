//! What runs before and after a restore: whether it could ever run, and whether it says what it means.

use std::collections::BTreeMap;

use crate::api::restore::{HookContainer, RestoreHooks};
use crate::api::target::Layout;
use crate::diagnostics::{Severity, codes};
use crate::input::locate::Finding;
use crate::neo4j::endpoint::Endpoint;
use crate::neo4j::image::ImageReference;
use crate::plan::build_restore::replaces;
use crate::plan::restore::RestoreMethod;
use crate::target::Target;

use super::Restore;
use super::cypher_text::{Shape, shape};
use super::restore_facts::{lacks_artifact, method};

const PRE: &str = "spec.options.preRestore";
const POST: &str = "spec.options.postRestore";

/// The hooks that are given: the field, and what stands there.
fn hooks<'s>(subject: &Restore<'s>) -> impl Iterator<Item = (&'static str, &'s RestoreHooks)> + use<'s> {
    let options = subject.spec.options.as_deref();
    let pre = options.and_then(|options| options.pre_restore.as_ref()).map(|hooks| (PRE, hooks));
    let post = options.and_then(|options| options.post_restore.as_ref()).map(|hooks| (POST, hooks));
    pre.into_iter().chain(post)
}

fn has_statements(hooks: &RestoreHooks) -> bool {
    hooks.cypher_statements.as_ref().is_some_and(|statements| !statements.is_empty())
}

/// Whether Cypher can be run at all, and the statements before the restore at their time.
pub(super) fn reach(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    let Some(target) = subject.target() else { return };
    let method = method(subject);
    let seeds = method == Some(RestoreMethod::Seed) && lacks_artifact(subject) == Some(false);
    let with_statements = hooks(subject).find(|(_, hooks)| has_statements(hooks));
    if target.bolt.auth.is_none() && (seeds || with_statements.is_some()) {
        let (field, what) = match with_statements {
            Some((field, _)) => (format!("{field}.cypherStatements"), "the statements cannot be run"),
            None => ("spec.targetCluster".to_owned(), "the seed cannot be asked for"),
        };
        let severity =
            if subject.context.options.rendering_restores { Severity::Error } else { Severity::Warning };
        let finding = Finding::new(
            &codes::BOLT_CREDENTIALS_UNKNOWN,
            field,
            format!("no Secret with user name and password of `{}` is known, so {what}", target.name),
        )
        .help("name one in a Neo4jTarget: `bolt: {authSecretRef: {name: …, usernameKey: …, passwordKey: …}}`")
        .note("the Helm chart keeps both in one key, `NEO4J_AUTH`, which cypher-shell does not read (operator.md §3.2)")
        .severity(severity);
        out.push(match target.document {
            Some(document) => finding.related(document, "spec", "the deployment"),
            None => finding,
        });
    }
    let pre = hooks(subject).any(|(field, hooks)| field == PRE && has_statements(hooks));
    let (true, Some(method), Some(database)) = (pre, method, subject.spec.database_name.as_deref()) else {
        return;
    };
    let field = format!("{PRE}.cypherStatements");
    if method != RestoreMethod::DesignatedSeeder && !replaces(subject.spec) {
        out.push(
            Finding::new(
                &codes::PRE_HOOK_CANNOT_RUN,
                field,
                format!("these statements need `{database}` to exist, and the restore needs it not to exist"),
            )
            .help("set `options.replaceExisting: true`, or remove the statements"),
        );
    } else {
        out.push(
            Finding::new(
                &codes::PRE_HOOK_NEEDS_DATABASE,
                field,
                format!("these statements run in `{database}` as it is before the restore: while it is down or dropped they fail"),
            )
            .help("remove them for a restore after a loss"),
        );
    }
}

/// Statement by statement.
pub(super) fn statements(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    for (field, hooks) in hooks(subject) {
        if hooks.job.is_none() && !has_statements(hooks) {
            let field = if hooks.cypher_statements.is_some() {
                format!("{field}.cypherStatements")
            } else {
                field.to_owned()
            };
            out.push(
                Finding::new(
                    &codes::STATEMENT_EMPTY,
                    field,
                    "this hook does nothing: it has neither statements nor a Job",
                )
                .at_key()
                .help("write the statements or the Job, or remove the hook"),
            );
        }
        for (index, text) in hooks.cypher_statements.iter().flatten().enumerate() {
            statement(format!("{field}.cypherStatements[{index}]"), text, out);
        }
    }
}

fn statement(field: String, text: &str, out: &mut Vec<Finding>) {
    if text.starts_with('-') {
        out.push(
            Finding::new(
                &codes::STATEMENT_IS_AN_OPTION,
                field,
                "this item begins with a dash, which `cypher-shell` reads as an option",
            )
            .help("write a statement; no statement of Cypher begins so"),
        );
        return;
    }
    match shape(text) {
        // An item without any text has been reported with its length.
        Shape::Empty if text.is_empty() => {}
        Shape::Empty => out.push(
            Finding::new(&codes::STATEMENT_EMPTY, field, "this item holds no statement, so it does nothing")
                .help("write the statement, or remove the item"),
        ),
        Shape::Unfinished { range, what } => out.push(
            Finding::new(
                &codes::STATEMENT_UNFINISHED,
                field,
                format!("{what} that begins here is never closed"),
            )
            .within(range)
            .help("close it"),
        ),
        Shape::ShellCommand { range } => {
            let command = text.get(range.clone()).unwrap_or_default().to_owned();
            out.push(
                Finding::new(
                    &codes::SHELL_COMMAND,
                    field,
                    format!("`{command}` is a command of cypher-shell, and its effect ends with this item"),
                )
                .within(range)
                .help("write Cypher: a statement can begin with `USE`, and values stand in it")
                .note("each item runs in a session of its own"),
            );
        }
        Shape::Several { second } => out.push(
            Finding::new(
                &codes::SEVERAL_STATEMENTS,
                field,
                "a second statement begins here, in the same item",
            )
            .within(second)
            .help("write one statement an item, so that the step that fails is the statement that fails"),
        ),
        Shape::One => {}
    }
}

/// The containers of hook Jobs.
pub(super) fn containers(subject: &Restore<'_>, out: &mut Vec<Finding>) {
    for (field, hooks) in hooks(subject) {
        let container = hooks
            .job
            .as_ref()
            .and_then(|job| job.template.as_ref())
            .and_then(|template| template.container.as_ref());
        if let Some(container) = container {
            let field = format!("{field}.job.template.container");
            image(&field, container, out);
            environment(subject, &field, container, out);
        }
    }
}

fn image(field: &str, container: &HookContainer, out: &mut Vec<Finding>) {
    let Some(text) = container.image.as_deref().filter(|text| !text.is_empty()) else { return };
    let field = format!("{field}.image");
    match ImageReference::parse(text) {
        Err(error) => out.push(
            Finding::new(&codes::HOOK_IMAGE_INVALID, field, format!("`{text}`: {}", error.reason))
                .within(error.range)
                .help("write it as in `registry.example.com/team/tool:1.2.3`"),
        ),
        Ok(reference) if reference.digest.is_none() && reference.tag.is_none_or(|tag| tag == "latest") => {
            let why = if reference.tag.is_some() { "`latest` is" } else { "without a tag it is" };
            out.push(
                Finding::new(
                    &codes::HOOK_IMAGE_FLOATING,
                    field,
                    format!("the image `{text}` has no fixed version: {why} another program on every day"),
                )
                .help("write a version as tag, or a digest"),
            );
        }
        Ok(_) => {}
    }
}

fn environment(subject: &Restore<'_>, field: &str, container: &HookContainer, out: &mut Vec<Finding>) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, variable) in container.env.iter().flatten().enumerate() {
        let field = format!("{field}.env[{index}]");
        let name = variable.name.as_deref().unwrap_or_default();
        if let Some(first) = names.get(name).filter(|_| !name.is_empty()) {
            let first = field.replace(&format!("env[{index}]"), &format!("env[{first}]"));
            out.push(
                Finding::new(
                    &codes::HOOK_ENV_DUPLICATE,
                    format!("{field}.name"),
                    format!("`{name}` is given twice in this environment"),
                )
                .help("keep the one that is meant")
                .related(subject.index, format!("{first}.name"), "given here first"),
            );
        } else {
            names.insert(name, index);
        }
        let source = |part: &str, message: String| {
            Finding::new(&codes::HOOK_ENV_SOURCE, format!("{field}{part}"), message)
        };
        match (&variable.value, &variable.value_from) {
            (Some(_), Some(_)) => out.push(
                source(".valueFrom", format!("`{name}` has both `value` and `valueFrom`"))
                    .at_key()
                    .help("keep one of the two"),
            ),
            (None, Some(from)) => match (&from.secret_key_ref, &from.config_map_key_ref) {
                (Some(_), Some(_)) => out.push(
                    source(".valueFrom", format!("`{name}` refers to both a Secret and a ConfigMap"))
                        .at_key()
                        .help("keep one of `secretKeyRef` and `configMapKeyRef`"),
                ),
                (None, None) => out.push(
                    source(".valueFrom", format!("`{name}` has a `valueFrom` that refers to nothing"))
                        .at_key()
                        .help(
                            "add `secretKeyRef: {name: …, key: …}` or `configMapKeyRef: {name: …, key: …}`",
                        ),
                ),
                _ => {}
            },
            (None, None) => out.push(
                source(".name", format!("`{name}` has neither `value` nor `valueFrom`, so it is empty"))
                    .help("write `value: \"\"` when it is to be empty")
                    .severity(Severity::Notice),
            ),
            (Some(value), None) => {
                if let Some(target) = subject.target() {
                    out.extend(unknown_host(target, format!("{field}.value"), value));
                }
            }
        }
    }
}

/// An address that looks like this deployment's and is none of its Services.
fn unknown_host(target: &Target, field: String, value: &str) -> Option<Finding> {
    let (scheme, rest) = value.split_once("://")?;
    let (protocol, _) = scheme.split_once('+').unwrap_or((scheme, ""));
    if !matches!(protocol, "neo4j" | "bolt") {
        return None;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let address = rest.get(..end)?;
    let service = service_of(target, Endpoint::parse(address).ok()?.host())?;
    let name = &target.name;
    let own =
        service == *name || service.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'));
    if !own || services(target).any(|known| known == service) {
        return None;
    }
    let known = bolt_host(target).unwrap_or_default();
    Some(
        Finding::new(
            &codes::HOOK_HOST_UNKNOWN,
            field,
            format!("`{name}` has no Service `{service}`, so this address does not resolve"),
        )
        .within(scheme.len() + 3..scheme.len() + 3 + address.len())
        .help(format!("write `{scheme}://{known}:7687`"))
        .note("the names of the Services are those of operator.md §3.2; a Neo4jTarget with `bolt.uri` says other ones"),
    )
}

fn bolt_host(target: &Target) -> Option<&str> {
    let (_, address) = target.bolt.uri.split_once("://")?;
    Some(Endpoint::parse(address).ok()?.host())
}

/// The Service that a host names in the namespace of the deployment: `name`, `name.namespace`, with `.svc` and the
/// domain behind it, and perhaps a pod before it. `None` for anything else.
fn service_of<'h>(target: &Target, host: &'h str) -> Option<&'h str> {
    let host = host.trim_end_matches('.');
    let Some((head, last)) = strip_domain(target, host).rsplit_once('.') else { return Some(host) };
    if last != target.namespace {
        return None;
    }
    head.rsplit('.').next()
}

fn strip_domain<'h>(target: &Target, host: &'h str) -> &'h str {
    let host = host
        .strip_suffix(target.cluster_domain.as_str())
        .and_then(|host| host.strip_suffix('.'))
        .unwrap_or(host);
    host.strip_suffix(".svc").unwrap_or(host)
}

/// The Services of a deployment (operator.md §3.2).
fn services(target: &Target) -> impl Iterator<Item = String> {
    let ends: &[&str] = match target.layout {
        Layout::Operator if target.is_cluster() => &["-client", "-headless", "-internals", "-discovery"],
        Layout::Operator => &["-client", "-headless", "-service"],
        Layout::Helm => &["", "-admin", "-internals", "-neo4j", "-lb-neo4j"],
    };
    let named = ends.iter().map(|end| format!("{}{end}", target.name));
    let stated = bolt_host(target).and_then(|host| host.split('.').next()).map(str::to_owned);
    // The addresses of the backup port name a Service each, and Helm's releases have more beside it.
    let releases: Vec<String> = target
        .backup_addresses
        .iter()
        .filter_map(|address| address.split(['.', ':']).next())
        .flat_map(|service| {
            let release = service.strip_suffix("-admin").unwrap_or(service);
            [service.to_owned(), release.to_owned(), format!("{release}-internals")]
        })
        .collect();
    named.chain(stated).chain(releases).collect::<Vec<_>>().into_iter()
}
