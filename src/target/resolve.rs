//! Finds the deployment that a spec names, among the documents of the input and the flags.

use std::collections::BTreeMap;

use crate::api::target::{Layout, Neo4jTargetSpec, TargetEdition, TopologyKind};
use crate::input::document::{Content, Document};
use crate::input::foreign::{HelmStatefulSet, OperatorDeployment};
use crate::neo4j::image::{Edition, ImageReference};
use crate::neo4j::version::Version;

use super::layout::{addresses, bolt, data_claims, helm_address, stateful_sets};
use super::{AuthSecret, Target, TargetFlags};

/// Why a name is not a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Nothing describes it.
    Nowhere,
    /// Something of that name is described, in these namespaces only.
    OtherNamespace(Vec<String>),
}

/// A resolved name.
pub type Resolution = Result<Target, Unresolved>;

/// The deployments that the documents of an input describe, by name.
#[derive(Debug)]
pub struct Resolver<'d> {
    documents: &'d [Document],
    by_name: BTreeMap<&'d str, Vec<usize>>,
    flags: &'d TargetFlags,
    default_namespace: Option<&'d str>,
}

impl<'d> Resolver<'d> {
    /// Indexes the documents that describe deployments.
    #[must_use]
    pub fn new(
        documents: &'d [Document],
        flags: &'d TargetFlags,
        default_namespace: Option<&'d str>,
    ) -> Self {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, document) in documents.iter().enumerate() {
            match &document.content {
                Content::Target(_) | Content::Operator(_) => {
                    by_name.entry(&document.metadata.name).or_default().push(index);
                }
                Content::Helm(helm) => {
                    by_name.entry(&helm.deployment).or_default().push(index);
                    if helm.deployment != document.metadata.name {
                        by_name.entry(&document.metadata.name).or_default().push(index);
                    }
                }
                _ => {}
            }
        }
        // What was written for this purpose wins over what merely tells, and a cluster over a standalone of the
        // same name, as the operator looks them up (operator.md §3.1).
        for indices in by_name.values_mut() {
            indices.sort_by_key(|index| match documents.get(*index).map(|document| &document.content) {
                Some(Content::Target(_)) => (0, *index),
                Some(Content::Operator(operator)) if !operator.standalone => (1, *index),
                Some(Content::Operator(_)) => (2, *index),
                _ => (3, *index),
            });
        }
        Self { documents, by_name, flags, default_namespace }
    }

    /// The deployment of that name and namespace.
    ///
    /// # Errors
    ///
    /// When neither a document nor the flags describe it.
    pub fn resolve(&self, name: &str, namespace: &str) -> Resolution {
        let candidates = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let here = |index: &usize| {
            self.documents.get(*index).is_some_and(|document| {
                match document.metadata.namespace.as_deref().or(self.default_namespace) {
                    Some(other) => other == namespace,
                    None => true,
                }
            })
        };
        let mut target = match candidates.iter().copied().find(|index| here(index)) {
            Some(index) => match self.documents.get(index).map(|document| &document.content) {
                Some(Content::Target(spec)) => from_target(name, namespace, index, spec),
                Some(Content::Operator(operator)) => from_operator(name, namespace, index, operator),
                Some(Content::Helm(_)) => {
                    let members: Vec<usize> =
                        candidates.iter().copied().filter(|index| here(index)).collect();
                    self.by_helm_releases(name, namespace, &members)
                }
                _ => return Err(Unresolved::Nowhere),
            },
            None if self.flags.suffice() => self.by_flags(name, namespace),
            None if candidates.is_empty() => return Err(Unresolved::Nowhere),
            None => {
                let mut namespaces: Vec<String> = candidates
                    .iter()
                    .filter_map(|index| self.documents.get(*index))
                    .filter_map(|document| document.metadata.namespace.as_deref().or(self.default_namespace))
                    .map(str::to_owned)
                    .collect();
                namespaces.sort();
                namespaces.dedup();
                return Err(Unresolved::OtherNamespace(namespaces));
            }
        };
        self.apply_flags(&mut target);
        Ok(target)
    }

    fn by_flags(&self, name: &str, namespace: &str) -> Target {
        let servers = self.flags.servers.unwrap_or(1);
        let topology = self.flags.topology.unwrap_or(if servers > 1 {
            TopologyKind::Cluster
        } else {
            TopologyKind::Standalone
        });
        derived(
            name,
            namespace,
            topology,
            self.flags.layout.unwrap_or(Layout::Operator),
            servers,
            "cluster.local",
        )
    }

    fn apply_flags(&self, target: &mut Target) {
        let flags = self.flags;
        if let Some(image) = &flags.image {
            set_image(target, image);
        }
        if let Some(version) = flags.neo4j_version {
            target.version = Some(version);
        }
        if let Some(edition) = flags.edition {
            target.edition = Some(edition);
        }
        let reshaped = [
            flags.servers.is_some_and(|servers| servers != target.servers),
            flags.topology.is_some_and(|topology| topology != target.topology),
            flags.layout.is_some_and(|layout| layout != target.layout),
        ];
        if reshaped.contains(&true) {
            let servers = flags.servers.unwrap_or(target.servers);
            let topology =
                flags.topology.unwrap_or(if servers > 1 { TopologyKind::Cluster } else { target.topology });
            let layout = flags.layout.unwrap_or(target.layout);
            let shape =
                derived(&target.name, &target.namespace, topology, layout, servers, &target.cluster_domain);
            target.topology = topology;
            target.servers = servers;
            target.layout = layout;
            target.backup_addresses = shape.backup_addresses;
            target.data_claims = shape.data_claims;
            target.stateful_sets = shape.stateful_sets;
            target.bolt = shape.bolt;
        }
        complete_image(target);
    }

    fn by_helm_releases(&self, name: &str, namespace: &str, members: &[usize]) -> Target {
        let releases: Vec<(&Document, &HelmStatefulSet)> = members
            .iter()
            .filter_map(|index| self.documents.get(*index))
            .filter_map(|document| match &document.content {
                Content::Helm(helm) => Some((document, helm.as_ref())),
                _ => None,
            })
            .collect();
        let servers = u32::try_from(releases.len()).unwrap_or(1).max(1);
        let clustering = servers > 1 || releases.iter().any(|(_, helm)| helm.clustering);
        let topology = if clustering { TopologyKind::Cluster } else { TopologyKind::Standalone };
        let mut target = derived(name, namespace, topology, Layout::Helm, servers, "cluster.local");
        target.document = members.first().copied();
        target.backup_addresses = releases
            .iter()
            .map(|(document, _)| helm_address(&document.metadata.name, namespace, "cluster.local"))
            .collect();
        target.data_claims = releases
            .iter()
            .filter(|(_, helm)| helm.claim_templates.iter().any(|template| template == "data"))
            .map(|(document, _)| format!("data-{}-0", document.metadata.name))
            .collect();
        target.stateful_sets =
            releases.iter().map(|(document, _)| (document.metadata.name.clone(), 1)).collect();
        if let Some((document, helm)) = releases.first() {
            target.bolt.uri = bolt(&document.metadata.name, namespace, Layout::Helm, "cluster.local").uri;
            target.image_pull_secrets.clone_from(&helm.pull_secrets);
            if let Some(image) = &helm.image {
                set_image(&mut target, image);
            }
        }
        target
    }
}

/// A deployment whose names all follow from its layout.
fn derived(
    name: &str,
    namespace: &str,
    topology: TopologyKind,
    layout: Layout,
    servers: u32,
    domain: &str,
) -> Target {
    Target {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        document: None,
        version: None,
        edition: None,
        image: None,
        topology,
        servers,
        layout,
        cluster_domain: domain.to_owned(),
        databases: Vec::new(),
        backup_addresses: addresses(name, namespace, topology, layout, servers, domain),
        bolt: bolt(name, namespace, layout, domain),
        stateful_sets: stateful_sets(name, topology, layout, servers),
        data_claims: data_claims(name, topology, layout, servers),
        image_pull_secrets: Vec::new(),
        backup_tls: None,
    }
}

fn set_image(target: &mut Target, image: &str) {
    target.image = Some(image.to_owned());
    if let Ok(reference) = ImageReference::parse(image) {
        target.version = reference.version().map(|reading| reading.version).or(target.version);
        target.edition = reference.edition().or(target.edition);
    }
}

/// The official image, when version and edition are known and the image is not (neo4j-admin.md §7, "Tags").
fn complete_image(target: &mut Target) {
    if target.image.is_none()
        && let (Some(version), Some(edition)) = (target.version, target.edition)
    {
        let suffix = match edition {
            Edition::Enterprise => "-enterprise",
            Edition::Community => "",
        };
        target.image = Some(format!("neo4j:{version}{suffix}"));
    }
}

fn from_target(name: &str, namespace: &str, index: usize, spec: &Neo4jTargetSpec) -> Target {
    let topology = spec.topology.as_ref();
    let kind = topology.and_then(|topology| topology.kind).unwrap_or(TopologyKind::Cluster);
    let servers = topology
        .and_then(|topology| topology.servers)
        .and_then(|servers| u32::try_from(servers).ok())
        .unwrap_or(if kind == TopologyKind::Cluster { 3 } else { 1 });
    let layout = spec.layout.unwrap_or(Layout::Operator);
    let domain = spec.cluster_domain.as_deref().unwrap_or("cluster.local");
    let mut target = derived(name, namespace, kind, layout, servers, domain);
    target.document = Some(index);
    if let Some(image) = &spec.image {
        set_image(&mut target, image);
    }
    if let Some(version) = spec.neo4j_version.as_deref().and_then(|text| Version::parse(text).ok()) {
        target.version = Some(version);
    }
    if let Some(edition) = spec.edition {
        target.edition = Some(match edition {
            TargetEdition::Enterprise => Edition::Enterprise,
            TargetEdition::Community => Edition::Community,
        });
    }
    target.databases = spec.databases.clone().unwrap_or_default();
    if let Some(addresses) = &spec.backup_addresses {
        target.backup_addresses.clone_from(addresses);
    }
    if let Some(stated) = &spec.bolt {
        if let Some(uri) = &stated.uri {
            target.bolt.uri.clone_from(uri);
        }
        if let Some(auth) = &stated.auth_secret_ref {
            target.bolt.auth = auth.name.clone().map(|name| AuthSecret {
                name,
                username_key: auth.username_key.clone().unwrap_or_else(|| "username".to_owned()),
                password_key: auth.password_key.clone().unwrap_or_else(|| "password".to_owned()),
            });
        }
        if let Some(ca) = &stated.ca_secret_ref {
            target.bolt.ca =
                ca.name.clone().map(|name| (name, ca.key.clone().unwrap_or_else(|| "ca.crt".to_owned())));
        }
    }
    if let Some(stateful_set) = &spec.stateful_set {
        target.stateful_sets = vec![(stateful_set.clone(), servers)];
    }
    if let Some(claims) = &spec.data_claims {
        target.data_claims.clone_from(claims);
    }
    target.image_pull_secrets = spec.image_pull_secrets.clone().unwrap_or_default();
    target.backup_tls = spec.backup_tls;
    target
}

fn from_operator(name: &str, namespace: &str, index: usize, operator: &OperatorDeployment) -> Target {
    let (kind, servers) = if operator.standalone {
        (TopologyKind::Standalone, 1)
    } else {
        let servers = operator.topology.servers.and_then(|servers| u32::try_from(servers).ok());
        (TopologyKind::Cluster, servers.unwrap_or(3))
    };
    let mut target = derived(name, namespace, kind, Layout::Operator, servers, "cluster.local");
    target.document = Some(index);
    if let Some(tag) = &operator.image.tag {
        let repository = operator.image.repo.as_deref().unwrap_or("neo4j");
        set_image(&mut target, &format!("{repository}:{tag}"));
    }
    if let (Some(secret), Some(auth)) = (&operator.auth.admin_secret, &mut target.bolt.auth) {
        auth.name.clone_from(secret);
    }
    target.image_pull_secrets.clone_from(&operator.image.pull_secrets);
    // The operator never configures a TLS policy for the backup port (operator.md §2.1, "Command").
    target.backup_tls = Some(false);
    target
}
