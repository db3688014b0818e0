//! The claim for the artifacts: whether it is there, bound, big enough, and can be mounted.

use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::StorageClass;

use super::subject::Destination;
use super::{Check, Facts, Subject};
use crate::api::quantity::Quantity;
use crate::diagnostics::codes;

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let mut all = Vec::new();
    for name in subject.claim_names() {
        let key = (subject.namespace.clone(), name.to_owned());
        let made = subject.claim.as_ref().filter(|claim| claim.metadata.name.as_deref() == Some(name));
        match facts.claims.get(&key) {
            None => {}
            Some(Err(gap)) => all
                .push(Check::unknown(&codes::CLAIM, format!("the claim `{name}` cannot be seen: {}", gap.0))),
            Some(Ok(None)) => match made {
                Some(made) => {
                    all.push(Check::pass(&codes::CLAIM, format!("the claim `{name}` comes with the spec")));
                    all.push(class(facts, made));
                }
                None => all.push(
                    Check::fail(
                        &codes::CLAIM,
                        format!("the claim `{name}` does not exist in {}", subject.namespace),
                    )
                    .next("create it, or give `spec.storage.pvc.size` so that the spec makes it"),
                ),
            },
            Some(Ok(Some(claim))) => {
                all.push(bound(facts, subject, name, claim));
                if phase(claim) != "Bound" {
                    all.push(class(facts, claim));
                }
                all.extend(size(facts, name, claim, made));
                if matches!(&subject.destination, Destination::Claim { name: at, .. } if at == name) {
                    all.push(access(facts, subject, name, claim));
                }
            }
        }
    }
    all
}

fn phase(claim: &PersistentVolumeClaim) -> &str {
    claim.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

fn class_name(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.storage_class_name.as_deref()
}

/// The class that a claim gets: the one that it names, else the default. The empty name is meant: no class at all.
fn class_of<'f>(classes: &'f [StorageClass], claim: &PersistentVolumeClaim) -> Option<&'f StorageClass> {
    let default = |class: &&StorageClass| {
        let annotations = class.metadata.annotations.as_ref();
        annotations.and_then(|all| all.get("storageclass.kubernetes.io/is-default-class"))
            == Some(&"true".to_owned())
    };
    match class_name(claim) {
        Some(name) => classes.iter().find(|class| class.metadata.name.as_deref() == Some(name)),
        None => classes.iter().find(default),
    }
}

fn bound(facts: &Facts, subject: &Subject, name: &str, claim: &PersistentVolumeClaim) -> Check {
    match phase(claim) {
        "Bound" => {
            let size = claim.status.as_ref().and_then(|status| status.capacity.as_ref()?.get("storage"));
            let size = size.map(|size| format!(", {}", size.0)).unwrap_or_default();
            Check::pass(&codes::CLAIM, format!("the claim `{name}` is bound{size}"))
        }
        "Lost" => Check::fail(&codes::CLAIM, format!("the volume of the claim `{name}` is gone"))
            .next("the artifacts on it are lost; make another claim"),
        other => {
            let classes = match &facts.storage_classes {
                Ok(classes) => classes,
                // The controller tells it too, to whoever may read events.
                Err(_) if last_event(facts, subject, name).is_some_and(waits_for_first_pod) => {
                    return waiting(name);
                }
                Err(gap) => {
                    return Check::unknown(
                        &codes::CLAIM,
                        format!(
                            "the claim `{name}` is {other}; whether it waits for its first pod cannot be seen: {}",
                            gap.0
                        ),
                    );
                }
            };
            let class = class_of(classes, claim);
            let waits = class
                .is_some_and(|class| class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"));
            if waits {
                return waiting(name);
            }
            let why = last_event(facts, subject, name).and_then(|event| event.message.clone());
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            Check::fail(&codes::CLAIM, format!("the claim `{name}` is not bound{why}"))
                .next(format!("`kubectl describe pvc {name} -n {}`", subject.namespace))
        }
    }
}

fn waiting(name: &str) -> Check {
    Check::pass(
        &codes::CLAIM,
        format!("the claim `{name}` is bound when the first run starts (WaitForFirstConsumer)"),
    )
}

/// The last that the cluster said about the claim.
fn last_event<'f>(facts: &'f Facts, subject: &Subject, name: &str) -> Option<&'f Event> {
    let events = facts.room(&subject.namespace)?.events.as_ref().ok()?;
    let about = events.iter().filter(|event| {
        event.involved_object.kind.as_deref() == Some("PersistentVolumeClaim")
            && event.involved_object.name.as_deref() == Some(name)
    });
    about.max_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0))
}

fn waits_for_first_pod(event: &Event) -> bool {
    event.reason.as_deref() == Some("WaitForFirstConsumer")
}

fn class(facts: &Facts, claim: &PersistentVolumeClaim) -> Check {
    let name = class_name(claim);
    let classes = match &facts.storage_classes {
        Ok(classes) => classes,
        Err(gap) => {
            return Check::unknown(
                &codes::STORAGE_CLASS,
                format!("the storage classes cannot be seen: {}", gap.0),
            );
        }
    };
    let names: Vec<&str> = classes.iter().filter_map(|class| class.metadata.name.as_deref()).collect();
    match (class_of(classes, claim), name) {
        (Some(class), _) => Check::pass(
            &codes::STORAGE_CLASS,
            format!(
                "the StorageClass `{}` exists{}",
                class.metadata.name.as_deref().unwrap_or_default(),
                if name.is_none() { " and is the default" } else { "" }
            ),
        ),
        (None, Some("")) => Check::pass(
            &codes::STORAGE_CLASS,
            "the claim wants no StorageClass; somebody has to make its volume",
        ),
        (None, Some(name)) => {
            Check::fail(&codes::STORAGE_CLASS, format!("there is no StorageClass `{name}`")).next(
                if names.is_empty() {
                    "the cluster has none; make a volume by hand, or a class".to_owned()
                } else {
                    format!("name one of {}", names.join(", "))
                },
            )
        }
        (None, None) => Check::fail(&codes::STORAGE_CLASS, "the cluster has no default StorageClass").next(
            if names.is_empty() {
                "make one, or a volume by hand".to_owned()
            } else {
                format!("set `spec.storage.pvc.storageClassName` to one of {}", names.join(", "))
            },
        ),
    }
}

/// A claim that is smaller than the spec says, and whether it can grow.
fn size(
    facts: &Facts,
    name: &str,
    claim: &PersistentVolumeClaim,
    made: Option<&PersistentVolumeClaim>,
) -> Option<Check> {
    let requested = |claim: &PersistentVolumeClaim| {
        let resources = claim.spec.as_ref()?.resources.as_ref()?;
        Some(Quantity(resources.requests.as_ref()?.get("storage")?.0.clone()))
    };
    let (wanted, there) = (requested(made?)?, requested(claim)?);
    if !wanted.exceeds(&there) {
        return None;
    }
    let grows = match &facts.storage_classes {
        Ok(classes) => match class_of(classes, claim) {
            Some(class) if class.allow_volume_expansion == Some(true) => {
                "its class lets it grow: apply the spec"
            }
            _ => "its class does not let it grow: make a larger claim under another name",
        },
        Err(_) => "whether its class lets it grow cannot be seen",
    };
    Some(
        Check::warn(&codes::CLAIM, format!("the claim `{name}` has {there} and the spec says {wanted}"))
            .next(grows),
    )
}

fn access(facts: &Facts, subject: &Subject, name: &str, claim: &PersistentVolumeClaim) -> Check {
    let modes: Vec<&str> =
        claim.spec.iter().flat_map(|spec| spec.access_modes.iter().flatten()).map(String::as_str).collect();
    let shown = modes.join(", ");
    if modes.contains(&"ReadWriteMany") {
        return Check::pass(&codes::CLAIM_ACCESS, format!("the claim `{name}` is {shown}"));
    }
    if !modes.iter().any(|mode| mode.starts_with("ReadWrite")) {
        return Check::fail(
            &codes::CLAIM_ACCESS,
            format!("the claim `{name}` is {shown}: nothing can be written"),
        )
        .next("name a claim that can be written");
    }
    let pods = match facts.room(&subject.namespace).map(|room| &room.pods) {
        Some(Ok(pods)) => pods,
        Some(Err(gap)) => {
            return Check::unknown(
                &codes::CLAIM_ACCESS,
                format!("the claim `{name}` is {shown}; who uses it cannot be seen: {}", gap.0),
            );
        }
        None => return Check::unknown(&codes::CLAIM_ACCESS, format!("the claim `{name}` is {shown}")),
    };
    let users: Vec<&Pod> =
        pods.iter().filter(|pod| runs(pod) && mounts(pod, name) && !ours(pod, subject)).collect();
    let Some(user) = users.first() else {
        return Check::pass(
            &codes::CLAIM_ACCESS,
            format!("the claim `{name}` is {shown} and nobody else uses it"),
        );
    };
    let pod = user.metadata.name.as_deref().unwrap_or_default();
    let node = user.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or("no node yet");
    if modes.contains(&"ReadWriteOncePod") {
        return Check::fail(
            &codes::CLAIM_ACCESS,
            format!("the claim `{name}` is {shown}, and the pod `{pod}` uses it"),
        )
        .next("use a claim of its own for backups");
    }
    Check::warn(
        &codes::CLAIM_ACCESS,
        format!(
            "the claim `{name}` is {shown} and used by the pod `{pod}` on {node}: a run can only start there"
        ),
    )
    .next("use a claim of its own for backups, or a ReadWriteMany one")
}

/// Whether a pod has not ended.
pub(super) fn runs(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    !matches!(phase, Some("Succeeded" | "Failed"))
}

fn mounts(pod: &Pod, claim: &str) -> bool {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes
        .filter_map(|volume| volume.persistent_volume_claim.as_ref())
        .any(|source| source.claim_name == claim)
}

fn ours(pod: &Pod, subject: &Subject) -> bool {
    let label = pod.metadata.labels.as_ref().and_then(|all| all.get(crate::render::labels::BACKUP));
    label == Some(&subject.name)
}
