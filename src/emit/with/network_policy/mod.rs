//! `--with networkpolicy`: what backup pods may reach, and who reaches the backup port.
//!
//! The backup port asks for no password (neo4j-admin.md §5, "Auth"), so who can open it can have every database. A policy
//! for each backup names what its pods need and closes the rest; one for each deployment closes the backup port to
//! all but backup pods. A policy that selects a pod closes everything that it does not name, so the second one names all
//! other ports, by ranges (`endPort`, Kubernetes 1.25). Policies add up and never take away: where another one
//! closes a port of these pods, this one opens it again, which a finding says.

mod servers;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use super::{Additions, Backup, EmitError, Facts};
use crate::diagnostics::codes;
use crate::emit::templates;
use crate::input::locate::Finding;
use crate::render::labels;
use crate::target::Target;

/// The name of a namespace as its label (Kubernetes manual, "Automatic labelling"; since 1.21).
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
const LAST_PORT: u16 = u16::MAX;

/// The well-known annotation that describes an object to people (Kubernetes manual, "Well-Known Labels, Annotations and
/// Taints").
const DESCRIPTION: &str = "kubernetes.io/description";

/// Whose policies are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those of backup pods and of the servers.
    WithServers,
    /// Those of backup pods: where others guard the servers, one more would open what they close.
    BackupsAlone,
}

/// The policies of all backups and, with them, their deployments.
///
/// # Errors
///
/// When a policy cannot be written, which the types rule out.
pub(super) fn additions(facts: &Facts<'_>, extent: Extent) -> Result<Additions, EmitError> {
    let mut additions = Additions::default();
    let mut deployments: BTreeMap<(&str, &str), Vec<&Backup<'_>>> = BTreeMap::new();
    for backup in &facts.backups {
        additions.object(&of_backup(backup))?;
        if let Some(finding) = in_cluster_store(backup) {
            additions.tell(facts, backup, finding);
        }
        deployments.entry((&backup.target.namespace, &backup.target.name)).or_default().push(backup);
    }
    for backups in deployments.values() {
        let Some(first) = backups.first().filter(|_| extent == Extent::WithServers) else { continue };
        match servers::selector(&first.target) {
            Some(selector) => {
                let namespaces = backups.iter().map(|backup| backup.plan.namespace.as_str()).collect();
                let policy = of_deployment(&first.target, selector, &namespaces);
                additions.tell(facts, first, adds_up(&first.target, &policy));
                additions.object(&policy)?;
            }
            None => additions.tell(facts, first, unknown_pods(&first.target)),
        }
    }
    if facts.backups.is_empty() {
        return Ok(additions);
    }
    let ports = deployments.values().filter_map(|backups| backups.first());
    let ports: BTreeSet<u16> = ports.flat_map(|backup| servers::backup_ports(&backup.target)).collect();
    additions.file(
        "networkpolicy/README.md".to_owned(),
        templates::fill("with/networkpolicy.md.j2", &Page { ports, servers: extent == Extent::WithServers })?,
    );
    Ok(additions)
}

/// The README.
#[derive(Serialize)]
struct Page {
    ports: BTreeSet<u16>,
    servers: bool,
}

/// What the pods of one backup may do.
fn of_backup(backup: &Backup<'_>) -> NetworkPolicy {
    let plan = &backup.plan;
    let own = LabelSelector {
        match_labels: Some(map(&[(labels::BACKUP, &plan.name), (labels::NAME, labels::NAME_VALUE)])),
        ..LabelSelector::default()
    };
    let servers = servers::selector(&backup.target).map(|selector| {
        let elsewhere = backup.target.namespace != plan.namespace;
        vec![NetworkPolicyPeer {
            namespace_selector: elsewhere.then(|| namespace(&backup.target.namespace)),
            pod_selector: Some(selector),
            ip_block: None,
        }]
    });
    let backup_ports = servers::backup_ports(&backup.target).into_iter().map(tcp).collect();
    let mut egress = vec![
        NetworkPolicyEgressRule { ports: Some(backup_ports), to: servers },
        NetworkPolicyEgressRule { ports: Some(vec![port("UDP", 53, None), tcp(53)]), to: None },
    ];
    egress.extend(store::egress(backup));
    NetworkPolicy {
        metadata: metadata(
            format!("{}-backup", plan.name),
            &plan.namespace,
            &[(labels::BACKUP, &plan.name), (labels::TARGET, &plan.target)],
            "Backup pods reach the backup port, DNS, their store and their credentials, and are reached by nobody.",
        ),
        spec: Some(NetworkPolicySpec {
            egress: Some(egress),
            // No rule at all: nothing comes in.
            ingress: None,
            pod_selector: Some(own),
            policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        }),
    }
}

/// Who reaches the servers of a deployment: backup pods of these namespaces the backup port, everybody the others.
fn of_deployment(target: &Target, selector: LabelSelector, namespaces: &BTreeSet<&str>) -> NetworkPolicy {
    let backup_ports = servers::backup_ports(target);
    let backups = namespaces
        .iter()
        .map(|name| NetworkPolicyPeer {
            namespace_selector: Some(namespace(name)),
            pod_selector: Some(LabelSelector {
                match_labels: Some(map(&[
                    (labels::NAME, labels::NAME_VALUE),
                    (labels::COMPONENT, "backup"),
                    (labels::TARGET, &target.name),
                ])),
                ..LabelSelector::default()
            }),
            ip_block: None,
        })
        .collect();
    let mut others: Vec<NetworkPolicyPort> =
        between(&backup_ports).into_iter().map(|(first, last)| port("TCP", first, Some(last))).collect();
    others.extend(["UDP", "SCTP"].map(|protocol| port(protocol, 1, Some(LAST_PORT))));
    NetworkPolicy {
        metadata: metadata(
            format!("{}-backup-port", target.name),
            &target.namespace,
            &[(labels::TARGET, &target.name)],
            "Closes the backup port to all pods but those of backups, and leaves every other port open. Port 6000 serves \
             backups too.",
        ),
        spec: Some(NetworkPolicySpec {
            egress: None,
            ingress: Some(vec![
                NetworkPolicyIngressRule {
                    from: Some(backups),
                    ports: Some(backup_ports.iter().map(|port| tcp(*port)).collect()),
                },
                NetworkPolicyIngressRule { from: None, ports: Some(others) },
            ]),
            pod_selector: Some(selector),
            policy_types: Some(vec!["Ingress".to_owned()]),
        }),
    }
}

/// The ranges of ports around some ports.
fn between(ports: &BTreeSet<u16>) -> Vec<(u16, u16)> {
    let mut ranges = Vec::new();
    let mut first = 1;
    for port in ports {
        if first < *port {
            ranges.push((first, *port - 1));
        }
        let Some(next) = port.checked_add(1) else { return ranges };
        first = next;
    }
    ranges.push((first, LAST_PORT));
    ranges
}

fn port(protocol: &str, first: u16, last: Option<u16>) -> NetworkPolicyPort {
    NetworkPolicyPort {
        // A range of one port is that port.
        end_port: last.filter(|last| *last > first).map(i32::from),
        port: Some(IntOrString::Int(i32::from(first))),
        protocol: Some(protocol.to_owned()),
    }
}

fn tcp(number: u16) -> NetworkPolicyPort {
    port("TCP", number, None)
}

fn namespace(name: &str) -> LabelSelector {
    LabelSelector { match_labels: Some(map(&[(NAMESPACE_NAME, name)])), ..LabelSelector::default() }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn metadata(name: String, namespace: &str, own: &[(&str, &str)], description: &str) -> ObjectMeta {
    let mut labels =
        map(&[(labels::NAME, labels::NAME_VALUE), (labels::MANAGED_BY, labels::MANAGED_BY_VALUE)]);
    labels.extend(map(own));
    ObjectMeta {
        name: Some(name),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels),
        annotations: Some(map(&[(DESCRIPTION, description)])),
        ..ObjectMeta::default()
    }
}

fn unknown_pods(target: &Target) -> Finding {
    Finding::new(
        &codes::POLICY_WITHOUT_PODS,
        "spec.target",
        format!(
            "nothing says which pods the servers of `{}/{}` are, so no policy closes their backup port, and backup pods may \
             open it anywhere",
            target.namespace, target.name
        ),
    )
    .help("name their StatefulSet in the Neo4jTarget (`statefulSet`), or leave `backupAddresses` to the layout")
    .note("operator.md §3.2 has the labels that the operator and the Helm chart give to pods; stated addresses may be those of anything")
}

fn adds_up(target: &Target, policy: &NetworkPolicy) -> Finding {
    Finding::new(
        &codes::POLICY_ADDS_UP,
        "spec.target",
        format!(
            "`{}` closes the backup port of `{}/{}` and leaves every other port open, also one that another policy closes",
            policy.metadata.name.as_deref().unwrap_or_default(),
            target.namespace,
            target.name
        ),
    )
    .help(
        "where other NetworkPolicies select these pods, write `--with networkpolicy-backups` and let one of yours admit backup \
         pods to the backup port",
    )
    .note("Kubernetes manual, \"Network Policies\": policies are additive; port 6000 serves backups too (neo4j-admin.md §5)")
}

fn in_cluster_store(backup: &Backup<'_>) -> Option<Finding> {
    let url = backup.cloud()?.endpoint_url.as_deref()?;
    let store::Place::InCluster(name) =
        store::place(url, &backup.target.cluster_domain, &backup.plan.namespace)?
    else {
        return None;
    };
    Some(
        Finding::new(
            &codes::POLICY_OPENS_NAMESPACE,
            backup.cloud_field("endpointURL"),
            format!(
                "the pods of `{}` may open every port of the pods in `{name}`, where their store is",
                backup.name()
            ),
        )
        .help("narrow it with a policy on the store's side, which knows its pods")
        .note(
            "a policy sees the port of a pod and not that of its Service, which is all that the URL says (Kubernetes manual, \
             \"Network Policies\")",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_ports_are_all_but_these() {
        for ports in [vec![6362], vec![1], vec![65535], vec![6362, 6363], vec![1, 6000, 6362, 65535], vec![2]]
        {
            let ports: BTreeSet<u16> = ports.into_iter().collect();
            let ranges = between(&ports);
            for port in 1..=LAST_PORT {
                let inside = ranges.iter().filter(|(first, last)| (*first..=*last).contains(&port)).count();
                assert_eq!(inside, usize::from(!ports.contains(&port)), "{ports:?}: {port} in {ranges:?}");
            }
        }
    }
}
