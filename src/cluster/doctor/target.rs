//! The deployment that is backed up: who runs it, whether it is there, in which version, and behind which Services.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::facts::Room;
use super::network::selects;
use super::storage::runs;
use super::subject::Address;
use super::{Check, Fact, Facts, Gap, Subject};
use crate::diagnostics::codes;
use crate::neo4j::image::{Edition, ImageReference};

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let namespace = &subject.target.namespace;
    let Some(room) = facts.room(namespace) else { return Vec::new() };
    let mut all = Vec::new();
    if let Ok(None) = room.namespace {
        all.push(
            Check::fail(&codes::TARGET_EXISTS, format!("the namespace `{namespace}` does not exist"))
                .next("correct the namespace, or create it"),
        );
        return all;
    }
    all.push(runner(facts, subject, room));
    all.extend(servers_there(facts, subject, room));
    all.extend(addresses(subject, room, facts));
    all
}

/// StatefulSets of the target; a gap when they may not be read.
fn stateful_sets<'f>(subject: &Subject, room: &'f Room) -> Fact<Vec<&'f StatefulSet>> {
    let all = room.stateful_sets.as_ref().map_err(Clone::clone)?;
    let named = |set: &&StatefulSet| {
        set.metadata.name.as_ref().is_some_and(|name| subject.target.stateful_sets.contains(name))
    };
    Ok(all.iter().filter(named).collect())
}

/// The running pods of the target's servers.
pub(super) fn servers<'f>(facts: &'f Facts, subject: &Subject) -> Fact<Vec<&'f Pod>> {
    let room = facts.room(&subject.target.namespace).ok_or_else(Gap::default)?;
    let pods = room.pods.as_ref().map_err(Clone::clone)?;
    let sets = stateful_sets(subject, room);
    let belongs = |pod: &&Pod| {
        let labels = pod.metadata.labels.clone().unwrap_or_default();
        let by_selector = sets.as_ref().is_ok_and(|sets| {
            sets.iter().any(|set| set.spec.as_ref().is_some_and(|spec| selects(&spec.selector, &labels)))
        });
        let by_owner =
            pod.metadata.owner_references.iter().flatten().any(|owner| {
                owner.kind == "StatefulSet" && subject.target.stateful_sets.contains(&owner.name)
            });
        (by_selector || by_owner) && runs(pod)
    };
    Ok(pods.iter().filter(belongs).collect())
}

/// Who runs the target, by the marks of operator.md §3.2.
fn runner(facts: &Facts, subject: &Subject, room: &Room) -> Check {
    let sets = match stateful_sets(subject, room) {
        Ok(sets) => sets,
        Err(gap) => {
            return Check::unknown(&codes::RUNNER, format!("the StatefulSets cannot be seen: {}", gap.0));
        }
    };
    let Some(set) = sets.first() else {
        return Check::unknown(&codes::RUNNER, "there is no StatefulSet of the target to tell who runs it");
    };
    let name = set.metadata.name.as_deref().unwrap_or_default();
    let owner = set.metadata.owner_references.iter().flatten().next();
    let labels = set.metadata.labels.clone().unwrap_or_default();
    let operator =
        operator_deployment(room).map(|name| format!(" (its Deployment `{name}`)")).unwrap_or_default();
    match owner {
        Some(owner) if owner.api_version.starts_with("neo4j.neo4j.com/") => {
            let found =
                format!("the operator runs `{name}` for the {} `{}`{operator}", owner.kind, owner.name);
            let also = facts
                .definitions
                .get("neo4jbackups.neo4j.neo4j.com")
                .is_some_and(|fact| matches!(fact, Ok(Some(_))));
            if also {
                Check::warn(&codes::RUNNER, found)
                    .next("do not apply the spec itself here: the operator would run the same backup too")
            } else {
                Check::pass(&codes::RUNNER, found)
            }
        }
        Some(owner) if owner.api_version.starts_with("neo4j.com/") => Check::pass(
            &codes::RUNNER,
            format!(
                "the operator of neo4j.com runs `{name}` for the {} `{}`{operator}",
                owner.kind, owner.name
            ),
        ),
        Some(owner) => Check::warn(
            &codes::RUNNER,
            format!(
                "`{name}` belongs to the {} `{}` of {}, which is not known here",
                owner.kind, owner.name, owner.api_version
            ),
        )
        .next("see whether the addresses of the spec are those of its servers"),
        None if labels.contains_key("helm.neo4j.com/neo4j.name")
            || labels.contains_key("helm.neo4j.com/instance") =>
        {
            Check::pass(&codes::RUNNER, format!("the Helm chart runs `{name}`"))
        }
        None => Check::pass(&codes::RUNNER, format!("no operator or chart is recognised behind `{name}`")),
    }
}

fn operator_deployment(room: &Room) -> Option<String> {
    let deployments = room.deployments.as_ref().ok()?;
    let deployment = deployments.iter().find(|deployment| {
        let containers = deployment
            .spec
            .iter()
            .filter_map(|spec| spec.template.spec.as_ref())
            .flat_map(|spec| &spec.containers);
        containers
            .filter_map(|container| container.image.as_deref())
            .any(|image| image.contains("neo4j-operator") || image.contains("neo4j-kubernetes-operator"))
    })?;
    deployment.metadata.name.clone()
}

fn servers_there(facts: &Facts, subject: &Subject, room: &Room) -> Vec<Check> {
    let target = &subject.target;
    let sets = match stateful_sets(subject, room) {
        Ok(sets) => sets,
        Err(gap) => {
            return vec![Check::unknown(
                &codes::TARGET_EXISTS,
                format!("the servers cannot be seen: {}", gap.0),
            )];
        }
    };
    if target.stateful_sets.is_empty() {
        return vec![Check::unknown(
            &codes::TARGET_EXISTS,
            "the addresses are no pods of a StatefulSet, so the servers are not looked up",
        )];
    }
    let missing: Vec<String> = target
        .stateful_sets
        .iter()
        .filter(|name| !sets.iter().any(|set| set.metadata.name.as_ref() == Some(*name)))
        .map(|name| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        return vec![
            Check::fail(
                &codes::TARGET_EXISTS,
                format!("there is no StatefulSet {} in `{}`", missing.join(", "), target.namespace),
            )
            .next("correct `spec.target`, its namespace or the layout"),
        ];
    }
    let wanted: i32 = sets.iter().filter_map(|set| set.spec.as_ref()?.replicas).sum();
    let ready: i32 = sets.iter().filter_map(|set| set.status.as_ref()?.ready_replicas).sum();
    let mut all = vec![if ready == 0 {
        Check::fail(&codes::TARGET_EXISTS, format!("none of {wanted} servers of `{}` is ready", target.name))
            .next(format!("`kubectl get pods -n {}`", target.namespace))
    } else if ready < wanted {
        Check::warn(
            &codes::TARGET_EXISTS,
            format!("{ready} of {wanted} servers of `{}` are ready", target.name),
        )
        .next("a backup may exit 1 when one server is away, although it was made")
    } else {
        Check::pass(
            &codes::TARGET_EXISTS,
            format!("{ready} of {wanted} servers of `{}` are ready", target.name),
        )
    }];
    all.push(version(facts, subject, &sets));
    all
}

fn version(facts: &Facts, subject: &Subject, sets: &[&StatefulSet]) -> Check {
    let templates = sets.iter().filter_map(|set| set.spec.as_ref()?.template.spec.as_ref());
    let in_pods = servers(facts, subject).unwrap_or_default();
    let specs = in_pods.iter().filter_map(|pod| pod.spec.as_ref()).chain(templates);
    let mut images: Vec<&str> = specs
        .filter_map(|spec| {
            let named = spec.containers.iter().find(|container| container.name == "neo4j");
            named.or(spec.containers.first())?.image.as_deref()
        })
        .collect();
    images.sort_unstable();
    images.dedup();
    let Some(image) = images.first() else {
        return Check::unknown(&codes::TARGET_VERSION, "the servers' image cannot be seen");
    };
    let ours =
        subject.backup_container().and_then(|container| container.image.as_deref()).unwrap_or_default();
    if images.len() > 1 {
        return Check::warn(
            &codes::TARGET_VERSION,
            format!("the servers run several images: {}", images.join(", ")),
        )
        .next("wait until the roll-out is over");
    }
    let Ok(reference) = ImageReference::parse(image) else {
        return Check::unknown(&codes::TARGET_VERSION, format!("the servers' image reads `{image}`"));
    };
    if reference.edition() == Some(Edition::Community) && reference.is_official() {
        return Check::fail(&codes::TARGET_VERSION, format!("the servers run {image}, which is Community"))
            .next("online backup exists in Enterprise only");
    }
    let running = reference.version().map(|reading| reading.version);
    match (running, subject.target.version) {
        (Some(running), Some(stated)) if running != stated => Check::fail(
            &codes::TARGET_VERSION,
            format!("the servers run Neo4j {running} and the backup is made for {stated}"),
        )
        .next(format!("give `--image {image}` or correct the target, and apply again")),
        (Some(running), _) if *image == ours => Check::pass(
            &codes::TARGET_VERSION,
            format!("the servers run Neo4j {running}, in the backup's image"),
        ),
        (Some(running), Some(_)) => Check::pass(
            &codes::TARGET_VERSION,
            format!("the servers run Neo4j {running}, as the backup does, in the image {image}"),
        ),
        _ if *image == ours => {
            Check::pass(&codes::TARGET_VERSION, format!("servers and backup have the same image, {image}"))
        }
        _ => Check::unknown(
            &codes::TARGET_VERSION,
            format!("the tag of {image} says no version to compare with"),
        ),
    }
}

fn addresses(subject: &Subject, room: &Room, facts: &Facts) -> Vec<Check> {
    let services = match &room.services {
        Ok(services) => services,
        Err(gap) => {
            return vec![Check::unknown(
                &codes::BACKUP_ADDRESSES,
                format!("the Services cannot be seen: {}", gap.0),
            )];
        }
    };
    let pods = room.pods.as_ref().ok();
    let mut all = Vec::new();
    let mut good = 0;
    for address in &subject.addresses {
        match address.service() {
            Some((pod, service, namespace)) if namespace == subject.target.namespace => {
                match problem(address, pod, service, services, pods) {
                    None => good += 1,
                    Some(found) => all.push(
                        Check::fail(&codes::BACKUP_ADDRESSES, format!("{address}: {found}"))
                            .next("correct `backupAddresses` or the layout, or make the Service"),
                    ),
                }
            }
            Some((_, _, namespace)) if facts.room(namespace).is_none() => all.push(Check::unknown(
                &codes::BACKUP_ADDRESSES,
                format!("{address} lies in the namespace `{namespace}`, which was not looked at"),
            )),
            _ => all.push(Check::unknown(
                &codes::BACKUP_ADDRESSES,
                format!("{address} is no name of a Service; `--probe` tries it"),
            )),
        }
    }
    if good > 0 && all.is_empty() {
        let found = match good {
            1 => "the backup address belongs to a Service".to_owned(),
            count => format!("all {count} backup addresses belong to Services"),
        };
        all.push(Check::pass(&codes::BACKUP_ADDRESSES, found));
    }
    all
}

fn problem(
    address: &Address,
    pod: Option<&str>,
    service: &str,
    services: &[Service],
    pods: Option<&Vec<Pod>>,
) -> Option<String> {
    let Some(found) = services.iter().find(|found| found.metadata.name.as_deref() == Some(service)) else {
        return Some(format!("there is no Service `{service}`"));
    };
    let spec = found.spec.as_ref()?;
    let headless = spec.cluster_ip.as_deref() == Some("None");
    if pod.is_some() && !headless {
        return Some(format!("the Service `{service}` is not headless, so its pods have no names"));
    }
    let selector = spec.selector.as_ref()?;
    let selected: Option<Vec<&Pod>> = pods.map(|pods| {
        pods.iter()
            .filter(|pod| {
                let labels = pod.metadata.labels.clone().unwrap_or_default();
                runs(pod) && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            })
            .collect()
    });
    if let Some(selected) = &selected {
        if selected.is_empty() {
            return Some(format!("the Service `{service}` selects no pod"));
        }
        if let Some(pod) = pod
            && !selected.iter().any(|candidate| candidate.metadata.name.as_deref() == Some(pod))
        {
            return Some(format!("the Service `{service}` selects no pod `{pod}`"));
        }
    }
    // Behind a headless Service the pod itself is reached, whatever ports the Service lists.
    if headless {
        return None;
    }
    let port = spec.ports.iter().flatten().find(|port| port.port == i32::from(address.port));
    match port {
        None => Some(format!("the Service `{service}` has no port {}", address.port)),
        Some(port) => match &port.target_port {
            Some(IntOrString::String(name)) => {
                let named = |pod: &&Pod| {
                    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
                    containers
                        .flat_map(|container| container.ports.iter().flatten())
                        .any(|port| port.name.as_ref() == Some(name))
                };
                let none = selected.is_some_and(|pods| !pods.iter().any(named));
                none.then(|| format!("no pod of the Service `{service}` has a port named `{name}`"))
            }
            _ => None,
        },
    }
}
