//! Whether a node can take the pod, and the class of its priority.

use k8s_openapi::api::core::v1::{
    Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration,
};

use super::{Check, Facts, Subject};
use crate::diagnostics::codes;

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let Some(spec) = subject.template.spec.as_ref() else { return Vec::new() };
    let mut all = vec![nodes(facts, spec)];
    if let Some(name) = &spec.priority_class_name {
        all.push(match facts.priority_classes.get(name) {
            Some(Ok(Some(_))) => {
                Check::pass(&codes::PRIORITY_CLASS, format!("the PriorityClass `{name}` exists"))
            }
            Some(Ok(None)) => {
                Check::fail(&codes::PRIORITY_CLASS, format!("there is no PriorityClass `{name}`"))
                    .next("create it, or leave `spec.job.priorityClassName` out")
            }
            Some(Err(gap)) => Check::unknown(
                &codes::PRIORITY_CLASS,
                format!("the PriorityClass `{name}` cannot be seen: {}", gap.0),
            ),
            None => Check::unknown(
                &codes::PRIORITY_CLASS,
                format!("the PriorityClass `{name}` was not looked at"),
            ),
        });
    }
    all
}

fn nodes(facts: &Facts, spec: &PodSpec) -> Check {
    let nodes = match &facts.nodes {
        Ok(nodes) => nodes,
        Err(gap) => {
            return Check::unknown(&codes::PLACEMENT, format!("the nodes cannot be seen: {}", gap.0));
        }
    };
    let mut reasons: Vec<(String, usize)> = Vec::new();
    let mut fit = 0;
    for node in nodes {
        match obstacle(node, spec) {
            None => fit += 1,
            Some(reason) => match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            },
        }
    }
    let total = nodes.len();
    if fit > 0 {
        return Check::pass(&codes::PLACEMENT, format!("{fit} of {total} nodes can take the pod"));
    }
    let why: Vec<String> = reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    Check::fail(&codes::PLACEMENT, format!("none of {total} nodes can take the pod: {}", why.join(", ")))
        .next("correct `spec.job.nodeSelector`, `affinity` or `tolerations`")
}

/// Why a node does not take the pod: in words after a number of nodes.
fn obstacle(node: &Node, spec: &PodSpec) -> Option<String> {
    let labels = node.metadata.labels.as_ref();
    let label = |key: &str| labels.and_then(|all| all.get(key)).map(String::as_str);
    for (key, value) in spec.node_selector.iter().flatten() {
        if label(key) != Some(value.as_str()) {
            return Some(format!("without the label {key}={value}"));
        }
    }
    let required = spec.affinity.as_ref().and_then(|affinity| {
        affinity.node_affinity.as_ref()?.required_during_scheduling_ignored_during_execution.as_ref()
    });
    if let Some(required) = required
        && !required.node_selector_terms.iter().any(|term| takes(term, node))
    {
        return Some("outside the required affinity".to_owned());
    }
    let node_spec = node.spec.as_ref();
    if node_spec.and_then(|spec| spec.unschedulable) == Some(true)
        && !tolerated(
            &Taint {
                key: "node.kubernetes.io/unschedulable".to_owned(),
                effect: "NoSchedule".to_owned(),
                ..Taint::default()
            },
            spec.tolerations.as_deref().unwrap_or_default(),
        )
    {
        return Some("cordoned".to_owned());
    }
    let taints = node_spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let hard = taints.filter(|taint| taint.effect != "PreferNoSchedule");
    for taint in hard {
        if !tolerated(taint, spec.tolerations.as_deref().unwrap_or_default()) {
            return Some(format!("with the taint {}:{}", taint.key, taint.effect));
        }
    }
    let ready = node
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    (!ready).then(|| "not ready".to_owned())
}

fn takes(term: &NodeSelectorTerm, node: &Node) -> bool {
    let labels = node.metadata.labels.as_ref();
    let by_label = |requirement: &NodeSelectorRequirement| {
        meets(requirement, labels.and_then(|all| all.get(&requirement.key)).map(String::as_str))
    };
    let by_field = |requirement: &NodeSelectorRequirement| {
        let value = match requirement.key.as_str() {
            "metadata.name" => node.metadata.name.as_deref(),
            _ => None,
        };
        meets(requirement, value)
    };
    let empty = term.match_expressions.as_ref().is_none_or(Vec::is_empty)
        && term.match_fields.as_ref().is_none_or(Vec::is_empty);
    !empty
        && term.match_expressions.iter().flatten().all(by_label)
        && term.match_fields.iter().flatten().all(by_field)
}

fn meets(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = || value.is_some_and(|value| values.iter().any(|item| item == value));
    let numbers = || {
        let bound: i64 = values.first()?.parse().ok()?;
        Some((value?.parse::<i64>().ok()?, bound))
    };
    match requirement.operator.as_str() {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(value, bound)| value > bound),
        "Lt" => numbers().is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

fn tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
    tolerations.iter().any(|toleration| {
        let key = toleration.key.as_deref().unwrap_or_default();
        let exists = toleration.operator.as_deref() == Some("Exists");
        (toleration.effect.is_none() || toleration.effect.as_deref() == Some(taint.effect.as_str()))
            && (key == taint.key || (key.is_empty() && exists))
            && (exists
                || toleration.value.as_deref().unwrap_or_default()
                    == taint.value.as_deref().unwrap_or_default())
    })
}
