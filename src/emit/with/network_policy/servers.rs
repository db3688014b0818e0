//! Which pods the servers of a deployment are, and on which ports they serve backups.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use crate::api::target::{Layout, TopologyKind};
use crate::neo4j::endpoint::{BACKUP_PORT, Endpoint};
use crate::target::{Target, helm_address};

/// A label that the controller of StatefulSets puts on every pod (Kubernetes manual, "StatefulSets", "Pod name label").
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
/// A label that the Helm chart puts on every pod: the release's full name, which the StatefulSet has too
/// (operator.md §3.2).
const HELM_INSTANCE: &str = "helm.neo4j.com/instance";

/// The ports on which the servers serve backups, ascending.
pub(super) fn backup_ports(target: &Target) -> BTreeSet<u16> {
    let mut ports: BTreeSet<u16> = target
        .backup_addresses
        .iter()
        .filter_map(|address| Endpoint::parse(address).ok())
        .map(|endpoint| endpoint.port().unwrap_or(BACKUP_PORT))
        .collect();
    if ports.is_empty() {
        ports.insert(BACKUP_PORT);
    }
    ports
}

/// A selector of the servers' pods; `None` when nothing says which labels they have.
///
/// Labels follow from the layout (operator.md §3.2) as long as the addresses do. Where a StatefulSet is stated, its pods
/// are known by their names. Stated addresses alone may be those of anything.
pub(super) fn selector(target: &Target) -> Option<LabelSelector> {
    let name = &target.name;
    let derived_sets = crate::target::stateful_sets(name, target.topology, target.layout, target.servers);
    let derived_addresses = crate::target::addresses(
        name,
        &target.namespace,
        target.topology,
        target.layout,
        target.servers,
        &target.cluster_domain,
    );
    let helm_addresses = || {
        target
            .stateful_sets
            .iter()
            .map(|(release, _)| helm_address(release, &target.namespace, &target.cluster_domain))
            .collect::<Vec<_>>()
    };
    let stated_set = target.stateful_sets != derived_sets;
    match target.layout {
        Layout::Helm if stated_set || target.backup_addresses == helm_addresses() => {
            Some(one_of(HELM_INSTANCE, target.stateful_sets.iter().map(|(release, _)| release.clone())))
        }
        Layout::Operator if stated_set => Some(one_of(
            POD_NAME,
            target
                .stateful_sets
                .iter()
                .flat_map(|(set, pods)| (0..*pods).map(move |ordinal| format!("{set}-{ordinal}"))),
        )),
        Layout::Operator if target.backup_addresses == derived_addresses => {
            let labels: &[(&str, &str)] = match target.topology {
                TopologyKind::Cluster => &[("neo4j.com/cluster", name), ("neo4j.com/clustering", "true")],
                TopologyKind::Standalone => &[("app", name)],
            };
            let labels: BTreeMap<String, String> =
                labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            Some(LabelSelector { match_labels: Some(labels), ..LabelSelector::default() })
        }
        Layout::Helm | Layout::Operator => None,
    }
}

/// Pods whose label is one of some values.
fn one_of(label: &str, values: impl Iterator<Item = String>) -> LabelSelector {
    LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: label.to_owned(),
            operator: "In".to_owned(),
            values: Some(values.collect()),
        }]),
        ..LabelSelector::default()
    }
}
