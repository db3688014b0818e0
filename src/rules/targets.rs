//! What a spec points at: known or not, supported or not, and in accord with the spec.

use crate::api::backup::TargetKind;
use crate::api::target::{Layout, Neo4jTargetSpec, TopologyKind};
use crate::diagnostics::{Severity, codes};
use crate::input::document::Content;
use crate::input::locate::Finding;
use crate::neo4j::endpoint::{Endpoint, check_host};
use crate::neo4j::image::{Edition, ImageReference};
use crate::neo4j::names::DatabaseName;
use crate::neo4j::version::{Certainty, Support, Version, VersionReading};
use crate::target::{Resolution, Target, Unresolved};

use super::{Backup, Context, Restore, kubernetes_names};

/// The namespace of the objects.
pub(super) fn backup_namespace(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    if backup.context.options.rendering {
        namespace(backup.namespace, out);
    }
}

/// The namespace of the objects.
pub(super) fn restore_namespace(restore: &Restore<'_>, out: &mut Vec<Finding>) {
    if restore.context.options.rendering_restores {
        namespace(restore.namespace, out);
    }
}

fn namespace(namespace: &str, out: &mut Vec<Finding>) {
    if namespace.is_empty() {
        out.push(
            Finding::new(
                &codes::NO_NAMESPACE,
                "metadata.namespace",
                "nothing says which namespace the objects go to",
            )
            .help("write `metadata.namespace`, or give `-n NAMESPACE`")
            .note("the addresses of the servers hold the namespace, so no manifest can do without it"),
        );
    }
}

/// The shape of `spec.target`.
pub(super) fn target_fields(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(target) = &backup.spec.target else { return };
    match target.kind {
        Some(TargetKind::Database) => {
            if target.cluster_ref.is_none() {
                out.push(
                    Finding::new(
                        &codes::MISSING_CLUSTER_REFERENCE,
                        "spec.target.clusterRef",
                        "`spec.target` names a database and not the deployment that owns it",
                    )
                    .help("add `clusterRef: <name of the deployment>`"),
                );
            }
            if target.databases.is_some() {
                out.push(
                    Finding::new(
                        &codes::UNUSED_TARGET_FIELD,
                        "spec.target.databases",
                        "`databases` has no effect with kind Database, whose one database stands in `name`",
                    )
                    .at_key()
                    .severity(Severity::Error)
                    .help("write `kind: Cluster` with the deployment in `name` to back up several databases"),
                );
            }
        }
        Some(TargetKind::Cluster) if target.cluster_ref.is_some() => out.push(
            Finding::new(
                &codes::UNUSED_TARGET_FIELD,
                "spec.target.clusterRef",
                "`clusterRef` has no effect with kind Cluster, whose deployment stands in `name`",
            )
            .help("remove it, or write `kind: Database` if `name` is a database"),
        ),
        _ => {}
    }
    if let Some(namespace) = &target.namespace
        && !backup.namespace.is_empty()
        && namespace != backup.namespace
    {
        out.push(
            Finding::new(
                &codes::REMOTE_NAMESPACE,
                "spec.target.namespace",
                format!("the deployment is in `{namespace}`, the backup's objects are in `{}`", backup.namespace),
            )
            .help("keep the Secrets, the claim and the account in the backup's namespace, and let port 6362 through"),
        );
    }
}

/// The deployment of a backup.
pub(super) fn backup_target(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let field = match backup.spec.target.as_ref().and_then(|target| target.kind) {
        Some(TargetKind::Database) => "spec.target.clusterRef",
        _ => "spec.target.name",
    };
    let rendering = backup.context.options.rendering;
    let (Some(name), Some(resolution)) = (backup.deployment, &backup.resolution) else { return };
    let Some(target) = resolved(resolution, name, backup.target_namespace, field, rendering, true, out)
    else {
        return;
    };
    known(target, field, rendering, out);
    let given = backup.spec.options.as_deref().is_some_and(|options| options.tls.is_some());
    match target.backup_tls {
        Some(true) if !given => out.push(
            Finding::new(
                &codes::CERTIFICATES_NEEDED,
                "spec.options.tls",
                format!("the backup port of `{name}` is protected by TLS and this backup has no certificates"),
            )
            .help("add `options.tls.secretName` with a key, a certificate and the servers' authority"),
        ),
        Some(false) if given => out.push(
            Finding::new(
                &codes::CERTIFICATES_UNUSED,
                "spec.options.tls",
                format!("the backup port of `{name}` is not protected by TLS, and a client with certificates does not connect"),
            )
            .help("remove `options.tls`, or state `backupTLS: true` on a Neo4jTarget if the servers have the policy"),
        ),
        _ => {}
    }
    let derived = target.document.is_none_or(|index| {
        matches!(
            backup.context.documents.get(index).map(|document| &document.content),
            Some(Content::Target(spec)) if spec.backup_addresses.is_none()
        ) || matches!(
            backup.context.documents.get(index).map(|document| &document.content),
            Some(Content::Operator(_))
        )
    });
    if target.topology == TopologyKind::Standalone && target.layout == Layout::Operator && derived {
        out.push(
            Finding::new(
                &codes::STANDALONE_LISTENER,
                field,
                format!(
                    "`{name}` is a standalone of the operator, whose backup port may answer on loopback only"
                ),
            )
            .help("set `server.backup.listen_address=0.0.0.0:6362` and see that its headless service exists"),
        );
    }
}

/// The deployment of a restore.
pub(super) fn restore_target(restore: &Restore<'_>, out: &mut Vec<Finding>) {
    let (Some(name), Some(resolution)) = (restore.spec.target_cluster.as_deref(), &restore.resolution) else {
        return;
    };
    let rendering = restore.context.options.rendering_restores;
    let field = "spec.targetCluster";
    if let Some(target) = resolved(resolution, name, restore.namespace, field, rendering, false, out) {
        known(target, field, rendering, out);
    }
}

/// The target of a resolution, or the finding that there is none.
fn resolved<'r>(
    resolution: &'r Resolution,
    name: &str,
    namespace: &str,
    field: &'static str,
    rendering: bool,
    is_backup: bool,
    out: &mut Vec<Finding>,
) -> Option<&'r Target> {
    match resolution {
        Ok(target) => return Some(target),
        Err(Unresolved::Nowhere) => {
            let finding = if rendering {
                Finding::new(&codes::UNKNOWN_TARGET, field, format!("nothing in the input says what `{name}` is"))
                    .severity(Severity::Error)
                    .help(
                        "say it in one of four ways: the operator's Neo4jEnterpriseCluster or \
                         Neo4jEnterpriseStandalone document, the StatefulSet of the Helm release, a Neo4jTarget \
                         document, or flags such as `--image neo4j:5.26.33-enterprise --servers 3`",
                    )
                    .note(format!(
                        "the smallest Neo4jTarget:\napiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\n\
                         metadata:\n  name: {name}\n  namespace: {}\nspec:\n  image: neo4j:5.26.33-enterprise\n  \
                         topology: {{kind: Cluster, servers: 3}}",
                        if namespace.is_empty() { "neo4j" } else { namespace }
                    ))
            } else {
                Finding::new(
                    &codes::UNKNOWN_TARGET,
                    field,
                    format!("nothing in the input says what `{name}` is, so its version, edition, servers and certificates were not checked"),
                )
                .help("add its document, a Neo4jTarget, or `--image` and `--servers`")
            };
            out.push(finding);
        }
        // A spec without a namespace looks nowhere, and that is what it is told (when rendering, in any case).
        Err(Unresolved::OtherNamespace(_)) if namespace.is_empty() => {
            if !rendering {
                let mut found = Vec::new();
                self::namespace(namespace, &mut found);
                out.extend(found.into_iter().map(|finding| finding.severity(Severity::Warning)));
            }
        }
        Err(Unresolved::OtherNamespace(namespaces)) => {
            let places =
                namespaces.iter().map(|namespace| format!("`{namespace}`")).collect::<Vec<_>>().join(", ");
            let help = if is_backup {
                format!("add `target.namespace: {}`", namespaces.first().map_or("", String::as_str))
            } else {
                "a restore works in its own namespace: give it the deployment's, or describe the deployment there".to_owned()
            };
            let here =
                if namespace.is_empty() { "no namespace".to_owned() } else { format!("`{namespace}`") };
            out.push(
                Finding::new(
                    &codes::TARGET_IN_OTHER_NAMESPACE,
                    field,
                    format!("`{name}` is described in {places}, and this spec looks in {here}"),
                )
                .help(help),
            );
        }
    }
    None
}

/// Version and edition of a resolved target.
fn known(target: &Target, field: &'static str, rendering: bool, out: &mut Vec<Finding>) {
    let name = &target.name;
    match target.version {
        None if target.image.is_some() || rendering => {
            let image = target.image.as_deref().unwrap_or_default();
            let severity = if rendering { Severity::Error } else { Severity::Warning };
            out.push(
                Finding::new(
                    &codes::VERSION_NOT_KNOWN,
                    field,
                    if image.is_empty() {
                        format!("the version of `{name}` is not known")
                    } else {
                        format!("the image of `{name}`, `{image}`, does not say which version of Neo4j it holds")
                    },
                )
                .severity(severity)
                .help("state `neo4jVersion` and `edition` in a Neo4jTarget, or give `--neo4j-version` and `--edition`"),
            );
        }
        Some(version) => supported(version, &format!("`{name}` runs"), field, out),
        None => {}
    }
    match target.edition {
        Some(Edition::Community) => out.push(
            Finding::new(
                &codes::NEEDS_ENTERPRISE,
                field,
                format!("`{name}` runs the Community edition, which has neither online backup nor restore"),
            )
            .help(format!(
                "use an Enterprise image{}",
                target
                    .version
                    .map(|version| format!(", such as `neo4j:{version}-enterprise`"))
                    .unwrap_or_default()
            )),
        ),
        None if target.version.is_some() => out.push(
            Finding::new(
                &codes::EDITION_NOT_KNOWN,
                field,
                format!("nothing says which edition `{name}` runs"),
            )
            .help("state `edition: Enterprise` in a Neo4jTarget, or give `--edition Enterprise`"),
        ),
        _ => {}
    }
}

fn supported(version: Version, subject: &str, field: &'static str, out: &mut Vec<Finding>) {
    match version.support() {
        Support::Supported => {}
        Support::TooOld => out.push(
            Finding::new(
                &codes::UNSUPPORTED_VERSION,
                field,
                format!("{subject} Neo4j {version}, which is older than 5.26"),
            )
            .help("upgrade to 5.26 or to a release from 2025.01 on"),
        ),
        Support::Unknown => out.push(
            Finding::new(
                &codes::UNSUPPORTED_VERSION,
                field,
                format!("{subject} Neo4j {version}, and no such release exists"),
            )
            .help("write a release such as 5.26.33 or 2025.10.1"),
        ),
    }
    // Lesser faults are told once, at the document that describes the target.
    for problem in version.known_problems().filter(|problem| problem.avoid) {
        out.push(
            Finding::new(
                &codes::FAULTY_RELEASE,
                field,
                format!("{subject} Neo4j {version}: {}", problem.text),
            )
            .help(format!("use {} or later", problem.fixed_in)),
        );
    }
}

/// One `Neo4jTarget`.
pub(super) fn target_document(context: &Context<'_>, index: usize, out: &mut Vec<Finding>) {
    let Some(Content::Target(spec)) = context.documents.get(index).map(|document| &document.content) else {
        return;
    };
    let stated = spec.neo4j_version.is_some() && spec.edition.is_some();
    if spec.image.is_none() && !stated {
        out.push(
            Finding::new(
                &codes::INCOMPLETE_TARGET,
                "spec.image",
                "the target says neither its image nor both version and edition",
            )
            .help("add `image: neo4j:5.26.33-enterprise`, or `neo4jVersion` and `edition`"),
        );
    }
    image(spec, out);
    let reading = spec
        .neo4j_version
        .as_deref()
        .and_then(|text| VersionReading::parse(text).ok())
        .or_else(|| ImageReference::parse(spec.image.as_deref()?).ok()?.version());
    if let Some(version) = reading.map(|reading| reading.version) {
        let field = if spec.neo4j_version.is_some() { "spec.neo4jVersion" } else { "spec.image" };
        for problem in version.known_problems().filter(|problem| !problem.avoid) {
            out.push(
                Finding::new(&codes::FAULTY_RELEASE, field, format!("Neo4j {version}: {}", problem.text))
                    .severity(Severity::Notice)
                    .help(format!("use {} or later", problem.fixed_in)),
            );
        }
    }
    topology(spec, out);
    addresses(spec, out);
    object_names(spec, out);
}

fn image(spec: &Neo4jTargetSpec, out: &mut Vec<Finding>) {
    let stated = spec.neo4j_version.as_deref().map(VersionReading::parse);
    match &stated {
        Some(Err(error)) => out.push(
            Finding::new(
                &codes::VERSION_NOT_KNOWN,
                "spec.neo4jVersion",
                format!("`neo4jVersion` is no version: {error}"),
            )
            .help("write a release such as 5.26.33 or 2025.10.1"),
        ),
        Some(Ok(reading)) if reading.certainty == Certainty::ReportedAs527 => out.push(
            Finding::new(
                &codes::REPORTED_AS_527,
                "spec.neo4jVersion",
                "5.27.0 is what 2025.01 to 2025.03 report; 2025.01 is assumed",
            )
            .help("write the release as the image's tag has it"),
        ),
        _ => {}
    }
    let Some(text) = &spec.image else { return };
    let reference = match ImageReference::parse(text) {
        Ok(reference) => reference,
        Err(error) => {
            out.push(
                Finding::new(
                    &codes::INVALID_IMAGE,
                    "spec.image",
                    format!("`{text}` is no image reference: {}", error.reason),
                )
                .within(error.range)
                .help(error.help),
            );
            return;
        }
    };
    if let (Some(Ok(stated)), Some(tagged)) = (&stated, reference.version())
        && stated.version != tagged.version
    {
        out.push(
            Finding::new(
                &codes::CONTRADICTING_VERSION,
                "spec.neo4jVersion",
                format!("`neo4jVersion` is {} and the image's tag says {}", stated.version, tagged.version),
            )
            .help("make them agree, or leave `neo4jVersion` out"),
        );
    }
    if let (Some(stated), Some(tagged)) = (spec.edition, reference.edition())
        && (stated == crate::api::target::TargetEdition::Enterprise) != (tagged == Edition::Enterprise)
    {
        out.push(
            Finding::new(
                &codes::CONTRADICTING_VERSION,
                "spec.edition",
                format!("`edition` is {stated} and the image's tag says otherwise"),
            )
            .help("make them agree, or leave `edition` out"),
        );
    }
}

fn topology(spec: &Neo4jTargetSpec, out: &mut Vec<Finding>) {
    let Some(topology) = &spec.topology else { return };
    let servers = topology.servers.and_then(|servers| usize::try_from(servers).ok());
    match (topology.kind, servers) {
        (Some(TopologyKind::Standalone), Some(servers)) if servers != 1 => out.push(
            Finding::new(
                &codes::CONTRADICTING_TOPOLOGY,
                "spec.topology.servers",
                format!("a standalone has one server, this says {servers}"),
            )
            .help("write `kind: Cluster`, or `servers: 1`"),
        ),
        (Some(TopologyKind::Cluster), None) => out.push(
            Finding::new(
                &codes::ASSUMED_SERVERS,
                "spec.topology.kind",
                "the number of servers is not stated; three are assumed",
            )
            .help("add `servers`"),
        ),
        _ => {}
    }
    let count = servers.unwrap_or(if topology.kind == Some(TopologyKind::Cluster) { 3 } else { 1 });
    if let Some(claims) = &spec.data_claims
        && claims.len() != count
    {
        out.push(
            Finding::new(
                &codes::CONTRADICTING_TOPOLOGY,
                "spec.dataClaims",
                format!("{} data claims are named and the target has {count} servers", claims.len()),
            )
            .at_key()
            .help("name one claim a server, in the servers' order"),
        );
    }
}

/// Names of objects that end up in commands, mounts and references.
fn object_names(spec: &Neo4jTargetSpec, out: &mut Vec<Finding>) {
    let bolt = spec.bolt.as_deref();
    let secret =
        bolt.and_then(|bolt| bolt.auth_secret_ref.as_ref()).and_then(|secret| secret.name.as_deref());
    let authority =
        bolt.and_then(|bolt| bolt.ca_secret_ref.as_ref()).and_then(|secret| secret.name.as_deref());
    let mut names: Vec<(String, &str)> = Vec::new();
    names.extend(spec.stateful_set.as_deref().map(|name| ("spec.statefulSet".to_owned(), name)));
    names.extend(secret.map(|name| ("spec.bolt.authSecretRef.name".to_owned(), name)));
    names.extend(authority.map(|name| ("spec.bolt.caSecretRef.name".to_owned(), name)));
    for (index, name) in spec.data_claims.iter().flatten().enumerate() {
        names.push((format!("spec.dataClaims[{index}]"), name));
    }
    for (index, name) in spec.image_pull_secrets.iter().flatten().enumerate() {
        names.push((format!("spec.imagePullSecrets[{index}]"), name));
    }
    for (field, name) in names {
        if let Err(error) = kubernetes_names::subdomain(name, 253) {
            out.push(
                Finding::new(
                    &codes::INVALID_OBJECT_NAME,
                    field,
                    format!("`{name}` is no name of an object: {}", error.reason),
                )
                .within(error.range)
                .help(error.help),
            );
        }
    }
}

fn addresses(spec: &Neo4jTargetSpec, out: &mut Vec<Finding>) {
    for (index, address) in spec.backup_addresses.iter().flatten().enumerate() {
        let field = format!("spec.backupAddresses[{index}]");
        match Endpoint::parse(address) {
            Err(error) => out.push(
                Finding::new(
                    &codes::INVALID_ADDRESS,
                    field,
                    format!("`{address}` is no address: {}", error.reason),
                )
                .within(error.range)
                .help(error.help),
            ),
            Ok(endpoint) if endpoint.port().is_none() => out.push(
                Finding::new(&codes::INVALID_ADDRESS, field, format!("`{address}` has no port"))
                    .help(format!("write `{address}:6362`")),
            ),
            Ok(_) => {}
        }
    }
    if spec.backup_addresses.as_ref().is_some_and(Vec::is_empty) {
        out.push(
            Finding::new(
                &codes::INVALID_ADDRESS,
                "spec.backupAddresses",
                "no server can be asked: the list is empty",
            )
            .help("name the servers' addresses, or remove the field to have them derived"),
        );
    }
    if let Some(domain) = &spec.cluster_domain
        && let Err(error) = check_host(domain)
    {
        out.push(
            Finding::new(
                &codes::INVALID_ADDRESS,
                "spec.clusterDomain",
                format!("`{domain}` is no domain: {}", error.reason),
            )
            .within(error.range)
            .help(error.help),
        );
    }
    for (index, database) in spec.databases.iter().flatten().enumerate() {
        if let Err(error) = DatabaseName::parse(database, None) {
            out.push(
                Finding::new(
                    &codes::INVALID_ADDRESS,
                    format!("spec.databases[{index}]"),
                    format!("`{database}` is no database: {}", error.reason),
                )
                .within(error.range)
                .help(error.help),
            );
        }
    }
    if let Some(uri) = spec.bolt.as_ref().and_then(|bolt| bolt.uri.as_deref()) {
        let rest = ["neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"]
            .iter()
            .find_map(|scheme| uri.strip_prefix(scheme)?.strip_prefix("://"));
        let reason = match rest.map(Endpoint::parse) {
            None => Some("it begins with none of the schemes of Bolt".to_owned()),
            Some(Err(error)) => Some(error.reason.into_owned()),
            Some(Ok(_)) => None,
        };
        if let Some(reason) = reason {
            out.push(
                Finding::new(
                    &codes::INVALID_ADDRESS,
                    "spec.bolt.uri",
                    format!("`{uri}` is no Bolt address: {reason}"),
                )
                .help("write it as in `neo4j://graph-client.neo4j.svc.cluster.local:7687`"),
            );
        }
    }
}
