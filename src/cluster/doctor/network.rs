//! Whether network policies let a backup's pods reach the backup port, DNS and the store.
//!
//! The rules of `networking.k8s.io/v1`: a pod that no policy selects for a direction is free in it; one that is
//! selected may do what any of the policies lists. Whether the network enforces policies at all is not visible.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::subject::{BACKUP_PORT, Destination};
use super::target::servers;
use super::{Check, Facts, Subject};
use crate::diagnostics::codes;

type Labels = BTreeMap<String, String>;

/// What policies come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// Nothing keeps it out.
    Open,
    /// These policies select the pod and none of them lists it.
    Closed(Vec<String>),
    /// It depends on something that cannot be seen.
    Unsure(String),
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(super) enum Peer<'a> {
    /// A pod.
    Pod {
        /// Its namespace.
        namespace: &'a str,
        /// Labels of the namespace, when they may be read.
        namespace_labels: Option<&'a Labels>,
        /// Its labels.
        labels: &'a Labels,
        /// Its address, when it has one.
        address: Option<IpAddr>,
    },
    /// Somewhere outside, at an address that is not known.
    Outside,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

/// A port at the server's end, with the name that its pod gives it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port<'a> {
    /// Number.
    pub number: u16,
    /// Names of that number in the pod that listens.
    pub names: &'a [String],
    /// `TCP` or `UDP`.
    pub protocol: &'static str,
}

/// Whether a label selector takes labels.
#[must_use]
pub(super) fn selects(selector: &LabelSelector, labels: &Labels) -> bool {
    let exact = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    exact
        && selector.match_expressions.iter().flatten().all(|expression| {
            let value = labels.get(&expression.key);
            let listed =
                || value.is_some_and(|value| expression.values.iter().flatten().any(|item| item == value));
            match expression.operator.as_str() {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// What the policies of a pod's namespace say to a connection with a peer.
pub(super) fn passage(
    policies: &[NetworkPolicy],
    namespace: &str,
    labels: &Labels,
    direction: Direction,
    peer: &Peer<'_>,
    port: Port<'_>,
) -> Passage {
    let mut closed = Vec::new();
    let mut unsure = None;
    for policy in policies {
        let Some(spec) = &policy.spec else { continue };
        let word = match direction {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        };
        let applies = match &spec.policy_types {
            Some(types) => types.iter().any(|kind| kind == word),
            None => direction == Direction::Ingress || spec.egress.is_some(),
        };
        let selected = spec.pod_selector.as_ref().is_none_or(|selector| selects(selector, labels));
        if !applies || !selected {
            continue;
        }
        let rules: Vec<(&[NetworkPolicyPeer], &[NetworkPolicyPort])> = match direction {
            Direction::Ingress => spec
                .ingress
                .iter()
                .flatten()
                .map(|rule| {
                    (rule.from.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default())
                })
                .collect(),
            Direction::Egress => spec
                .egress
                .iter()
                .flatten()
                .map(|rule| {
                    (rule.to.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default())
                })
                .collect(),
        };
        for (peers, ports) in rules {
            if !ports.is_empty() && !ports.iter().any(|candidate| takes_port(candidate, port)) {
                continue;
            }
            if peers.is_empty() {
                return Passage::Open;
            }
            for candidate in peers {
                match takes_peer(candidate, namespace, peer) {
                    Ok(true) => return Passage::Open,
                    Ok(false) => {}
                    Err(reason) => unsure = Some(reason),
                }
            }
        }
        closed.push(policy.metadata.name.clone().unwrap_or_default());
    }
    match (closed.is_empty(), unsure) {
        (true, _) => Passage::Open,
        (false, Some(reason)) => Passage::Unsure(reason),
        (false, None) => Passage::Closed(closed),
    }
}

fn takes_port(candidate: &NetworkPolicyPort, port: Port<'_>) -> bool {
    if candidate.protocol.as_deref().unwrap_or("TCP") != port.protocol {
        return false;
    }
    match &candidate.port {
        None => true,
        Some(IntOrString::Int(first)) => {
            let last = candidate.end_port.unwrap_or(*first);
            (*first..=last).contains(&i32::from(port.number))
        }
        Some(IntOrString::String(name)) => {
            name.parse::<u16>().map_or_else(|_| port.names.contains(name), |number| number == port.number)
        }
    }
}

fn takes_peer(
    candidate: &NetworkPolicyPeer,
    policy_namespace: &str,
    peer: &Peer<'_>,
) -> Result<bool, String> {
    if let Some(block) = &candidate.ip_block {
        let except = block.except.as_deref().unwrap_or_default();
        let everything = matches!(block.cidr.as_str(), "0.0.0.0/0" | "::/0");
        let address = match peer {
            Peer::Pod { address, .. } => *address,
            Peer::Outside => None,
        };
        return match address {
            Some(address) => {
                Ok(within(&block.cidr, address) && !except.iter().any(|cidr| within(cidr, address)))
            }
            None if everything && except.is_empty() => Ok(true),
            None => Err(format!("a rule names the addresses {}", block.cidr)),
        };
    }
    let Peer::Pod { namespace, namespace_labels, labels, .. } = peer else { return Ok(false) };
    let pods = candidate.pod_selector.as_ref().is_none_or(|selector| selects(selector, labels));
    match &candidate.namespace_selector {
        None => Ok(pods && *namespace == policy_namespace),
        _ if !pods => Ok(false),
        Some(selector) => {
            if selector == &LabelSelector::default() {
                return Ok(true);
            }
            // Every namespace has its name as a label, whoever may read the others.
            let own = [("kubernetes.io/metadata.name".to_owned(), (*namespace).to_owned())].into();
            if let Some(known) = namespace_labels {
                Ok(selects(selector, known))
            } else if selects(selector, &own) {
                Ok(true)
            } else {
                let only_name = selector.match_expressions.is_none()
                    && selector
                        .match_labels
                        .iter()
                        .flatten()
                        .all(|(key, _)| key == "kubernetes.io/metadata.name");
                if only_name {
                    Ok(false)
                } else {
                    Err(format!("the labels of the namespace `{namespace}` cannot be seen"))
                }
            }
        }
    }
}

/// Whether an address lies in a block.
fn within(cidr: &str, address: IpAddr) -> bool {
    let Some((base, length)) = cidr.split_once('/') else { return false };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - length.min(32)).unwrap_or_default();
            u32::from(base) & mask == u32::from(address) & mask
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or_default();
            u128::from(base) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let labels =
        subject.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
    let port = subject.addresses.first().map_or(BACKUP_PORT, |address| address.port);
    vec![ingress(facts, subject, &labels, port), egress(facts, subject, &labels, port)]
}

fn labels_of<'f>(facts: &'f Facts, namespace: &str) -> Option<&'f Labels> {
    facts.room(namespace)?.namespace.as_ref().ok()?.as_ref()?.metadata.labels.as_ref()
}

fn port_names(pod: &Pod, number: u16) -> Vec<String> {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers
        .flat_map(|container| container.ports.iter().flatten())
        .filter(|port| port.container_port == i32::from(number))
        .filter_map(|port| port.name.clone())
        .collect()
}

fn ingress(facts: &Facts, subject: &Subject, labels: &Labels, port: u16) -> Check {
    let namespace = &subject.target.namespace;
    let policies = match facts.room(namespace).map(|room| &room.policies) {
        Some(Ok(policies)) => policies,
        Some(Err(gap)) => {
            return Check::unknown(
                &codes::INGRESS,
                format!("the network policies of `{namespace}` cannot be seen: {}", gap.0),
            );
        }
        None => return Check::unknown(&codes::INGRESS, "the target's namespace was not looked at"),
    };
    if policies.is_empty() {
        return Check::pass(&codes::INGRESS, format!("no network policy in `{namespace}`"));
    }
    let pods = match servers(facts, subject) {
        Ok(pods) if !pods.is_empty() => pods,
        Ok(_) => return Check::unknown(&codes::INGRESS, "there is no server that policies could select"),
        Err(gap) => return Check::unknown(&codes::INGRESS, format!("the servers cannot be seen: {}", gap.0)),
    };
    let peer = Peer::Pod {
        namespace: &subject.namespace,
        namespace_labels: labels_of(facts, &subject.namespace),
        labels,
        address: None,
    };
    let mut unsure = None;
    for pod in pods {
        let of_pod = pod.metadata.labels.clone().unwrap_or_default();
        let names = port_names(pod, port);
        let port = Port { number: port, names: &names, protocol: "TCP" };
        let server = pod.metadata.name.as_deref().unwrap_or_default();
        match passage(policies, namespace, &of_pod, Direction::Ingress, &peer, port) {
            Passage::Open => {}
            Passage::Closed(names) => {
                return Check::fail(
                    &codes::INGRESS,
                    format!("{} keeps the backup's pods from port {} of `{server}`", policy_list(&names), port.number),
                )
                .next(format!(
                    "allow ingress to port {} from pods with the label `neo4j.neo4j.com/backup` of namespace `{}`",
                    port.number, subject.namespace
                ));
            }
            Passage::Unsure(reason) => unsure = Some(reason),
        }
    }
    match unsure {
        Some(reason) => Check::unknown(&codes::INGRESS, format!("{reason}; `--probe` tries it")),
        None => Check::pass(
            &codes::INGRESS,
            format!("the network policies let the backup's pods reach port {port}"),
        ),
    }
}

fn egress(facts: &Facts, subject: &Subject, labels: &Labels, number: u16) -> Check {
    let namespace = &subject.namespace;
    let policies = match facts.room(namespace).map(|room| &room.policies) {
        Some(Ok(policies)) => policies,
        Some(Err(gap)) => {
            return Check::unknown(
                &codes::EGRESS,
                format!("the network policies of `{namespace}` cannot be seen: {}", gap.0),
            );
        }
        None => return Check::unknown(&codes::EGRESS, "the namespace was not looked at"),
    };
    let dns_labels: Labels = [("k8s-app".to_owned(), "kube-dns".to_owned())].into();
    let dns =
        Peer::Pod { namespace: "kube-system", namespace_labels: None, labels: &dns_labels, address: None };
    let mut ways = Vec::new();
    let dns_names = ["dns".to_owned(), "dns-tcp".to_owned()];
    let to =
        |peer: &Peer<'_>, port: Port<'_>| passage(policies, namespace, labels, Direction::Egress, peer, port);
    ways.push(("DNS, port 53".to_owned(), to(&dns, Port { number: 53, names: &dns_names, protocol: "UDP" })));
    let pods = servers(facts, subject).unwrap_or_default();
    for pod in &pods {
        let of_pod = pod.metadata.labels.clone().unwrap_or_default();
        let names = port_names(pod, number);
        let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()?.parse().ok());
        let peer = Peer::Pod {
            namespace: &subject.target.namespace,
            namespace_labels: labels_of(facts, &subject.target.namespace),
            labels: &of_pod,
            address,
        };
        let server = pod.metadata.name.as_deref().unwrap_or_default();
        ways.push((
            format!("`{server}`, port {number}"),
            to(&peer, Port { number, names: &names, protocol: "TCP" }),
        ));
    }
    if let Destination::Bucket { .. } = &subject.destination {
        ways.push((
            "the bucket, port 443".to_owned(),
            to(&Peer::Outside, Port { number: 443, names: &[], protocol: "TCP" }),
        ));
    }
    let mut unsure = Vec::new();
    for (way, passage) in ways {
        match passage {
            Passage::Open => {}
            Passage::Closed(names) => {
                return Check::fail(
                    &codes::EGRESS,
                    format!("{} keeps the backup's pods from {way}", policy_list(&names)),
                )
                .next(format!("allow egress from pods with the label `neo4j.neo4j.com/backup` to {way}"));
            }
            Passage::Unsure(reason) => unsure.push(format!("{way}: {reason}")),
        }
    }
    if !unsure.is_empty() {
        return Check::unknown(&codes::EGRESS, format!("{}; `--probe` tries it", unsure.join("; ")));
    }
    let selected = passage(
        policies,
        namespace,
        labels,
        Direction::Egress,
        &Peer::Outside,
        Port { number: 1, names: &[], protocol: "TCP" },
    );
    match (selected, pods.is_empty()) {
        (Passage::Open, _) => Check::pass(&codes::EGRESS, "no network policy restricts the backup's pods"),
        (_, true) => Check::unknown(
            &codes::EGRESS,
            "the servers cannot be seen, so whether the policies let pods reach them is open",
        ),
        _ => Check::pass(&codes::EGRESS, "the network policies let the backup's pods out to what they need"),
    }
}

fn policy_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        1 => format!("the network policy {}", quoted.join(", ")),
        _ => format!("none of the network policies {} lists it, which", quoted.join(", ")),
    }
}
