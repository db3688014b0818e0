//! What of the network a backup's store needs: ports and blocks, since a policy cannot name a host.

use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyEgressRule, NetworkPolicyPeer};

use super::{namespace, tcp};
use crate::api::storage::{CloudBlock, StorageType};
use crate::emit::with::Backup;
use crate::neo4j::endpoint::Endpoint;

const HTTPS: u16 = 443;
const HTTP: u16 = 80;

/// Where an S3-compatible store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind a Service of this namespace: the ports of its pods are not known, only that of the Service.
    InCluster(String),
    /// At this address and port.
    Address(String, u16),
    /// At a name that means whatever it means, on this port.
    Elsewhere(u16),
}

/// Where the endpoint of an S3-compatible store is.
pub(super) fn place(url: &str, domain: &str, own_namespace: &str) -> Option<Place> {
    let (scheme, rest) = url.split_once("://")?;
    let endpoint = Endpoint::parse(rest.trim_end_matches('/')).ok()?;
    let port = endpoint.port().unwrap_or(if scheme == "http" { HTTP } else { HTTPS });
    let host = endpoint.host().trim_end_matches('.');
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        return Some(Place::Address(format!("{address}/{bits}"), port));
    }
    // `service`, `service.namespace`, `service.namespace.svc` and the same with the domain: what a pod's resolver finds
    // by its search list (Kubernetes manual, "DNS for Services and Pods").
    let inside = host.strip_suffix(domain).and_then(|host| host.strip_suffix('.')).unwrap_or(host);
    let labels: Vec<&str> = inside.split('.').collect();
    Some(match labels.as_slice() {
        [_] => Place::InCluster(own_namespace.to_owned()),
        [.., name, "svc"] => Place::InCluster((*name).to_owned()),
        _ => Place::Elsewhere(port),
    })
}

/// The rules that let a backup reach its store and the source of its credentials.
pub(super) fn egress(backup: &Backup<'_>) -> Vec<NetworkPolicyEgressRule> {
    let Some(storage_type) = backup.storage_type().filter(|kind| *kind != StorageType::Pvc) else {
        // A claim is mounted by the node; no packet of the pod's goes there.
        return Vec::new();
    };
    let cloud = backup.cloud();
    let endpoint = cloud.and_then(|cloud| cloud.endpoint_url.as_deref());
    let place = endpoint
        .and_then(|url| place(url, &backup.target.cluster_domain, &backup.plan.namespace))
        .unwrap_or(Place::Elsewhere(HTTPS));
    let mut rules = match &place {
        Place::InCluster(name) => vec![NetworkPolicyEgressRule {
            ports: None,
            to: Some(vec![NetworkPolicyPeer {
                namespace_selector: Some(namespace(name)),
                ..Default::default()
            }]),
        }],
        Place::Address(block, port) => vec![to_blocks(&[block], &[*port])],
        Place::Elsewhere(port) => vec![anywhere(*port)],
    };
    let static_credentials = cloud.is_some_and(|cloud| cloud.credentials_secret_ref.is_some());
    if !static_credentials {
        // Tokens are exchanged for credentials at public names over https: STS, login.microsoftonline.com.
        if place != Place::Elsewhere(HTTPS) {
            rules.push(anywhere(HTTPS));
        }
        rules.extend(metadata(storage_type, cloud));
    }
    rules
}

/// The link-local addresses at which a node hands out credentials, where the identity of a pod needs them.
fn metadata(storage_type: StorageType, cloud: Option<&CloudBlock>) -> Vec<NetworkPolicyEgressRule> {
    let identity = cloud.and_then(|cloud| cloud.identity.as_ref());
    let annotated = |key: &str| {
        identity
            .and_then(|identity| identity.auto_create.as_ref()?.annotations.as_ref())
            .is_some_and(|annotations| annotations.contains_key(key))
    };
    match storage_type {
        // A role's annotation is IRSA: a token in a file and STS. Without one it is the agent of EKS Pod Identity
        // (EKS user guide, "EKS Pod Identity Agent": port 80 of 169.254.170.23 and fd00:ec2::23), or, when the spec
        // says nothing of an identity, the node's own (EC2 user guide, "instance metadata").
        StorageType::S3 if annotated("eks.amazonaws.com/role-arn") => Vec::new(),
        StorageType::S3 if identity.is_some() => vec![to_blocks(&POD_IDENTITY_AGENT, &[HTTP])],
        StorageType::S3 => vec![
            to_blocks(&POD_IDENTITY_AGENT, &[HTTP]),
            to_blocks(&["169.254.169.254/32", "fd00:ec2::254/128"], &[HTTP]),
        ],
        // GKE manual, "Workload Identity Federation for GKE", "network policy": 169.254.169.252 on 988 from 1.21 on (987 was
        // added later), with Dataplane V2 169.254.169.254 on 80.
        StorageType::Gcs => {
            vec![to_blocks(&["169.254.169.252/32"], &[987, 988]), to_blocks(&["169.254.169.254/32"], &[HTTP])]
        }
        // Workload identity exchanges its token at login.microsoftonline.com; without it the managed identity of the
        // node is asked (Azure manual, "How managed identities work with virtual machines").
        StorageType::Azure if identity.is_some() => Vec::new(),
        StorageType::Azure => vec![to_blocks(&["169.254.169.254/32"], &[HTTP])],
        StorageType::Pvc => Vec::new(),
    }
}

const POD_IDENTITY_AGENT: [&str; 2] = ["169.254.170.23/32", "fd00:ec2::23/128"];

/// One port of every address there is.
fn anywhere(port: u16) -> NetworkPolicyEgressRule {
    to_blocks(&["0.0.0.0/0", "::/0"], &[port])
}

fn to_blocks<B: AsRef<str>>(blocks: &[B], ports: &[u16]) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule {
        ports: Some(ports.iter().map(|port| tcp(*port)).collect()),
        to: Some(
            blocks
                .iter()
                .map(|block| NetworkPolicyPeer {
                    ip_block: Some(IPBlock { cidr: block.as_ref().to_owned(), except: None }),
                    ..Default::default()
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_endpoint_follows_from_its_host() {
        let inside = |name: &str| Some(Place::InCluster(name.to_owned()));
        for (url, expected) in [
            ("https://s3.example.com", Some(Place::Elsewhere(443))),
            ("https://account.r2.cloudflarestorage.com:8443/", Some(Place::Elsewhere(8443))),
            ("http://minio.storage.svc:9000", inside("storage")),
            ("http://minio.storage.svc.cluster.local:9000", inside("storage")),
            ("http://a.minio-hl.storage.svc.cluster.local.:9000", inside("storage")),
            ("http://minio:9000", inside("own")),
            ("http://10.1.2.3:9000", Some(Place::Address("10.1.2.3/32".to_owned(), 9000))),
            ("https://[2001:db8::1]", Some(Place::Address("2001:db8::1/128".to_owned(), 443))),
            // Two labels are a Service and a namespace or a domain of the world's, and nothing tells which.
            ("http://example.com", Some(Place::Elsewhere(80))),
            ("s3.example.com", None),
        ] {
            assert_eq!(place(url, "cluster.local", "own"), expected, "{url}");
        }
    }
}
