//! Tolerations and affinity as the API server reads them: it refuses what its schema lets through.

use k8s_openapi::api::core::v1::{Affinity, NodeSelectorTerm, PodAffinityTerm, Toleration};

use crate::diagnostics::codes;
use crate::input::locate::Finding;

use super::{Backup, kubernetes_names};

/// `spec.job.tolerations` and `spec.job.affinity`.
pub(super) fn backup(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(job) = backup.spec.job.as_deref() else { return };
    for (index, toleration) in job.tolerations.iter().flatten().enumerate() {
        self::toleration(&format!("spec.job.tolerations[{index}]"), toleration, out);
    }
    if let Some(affinity) = job.affinity.as_deref() {
        self::affinity(affinity, out);
    }
}

fn refuse(field: String, message: String, help: &str, out: &mut Vec<Finding>) {
    out.push(Finding::new(&codes::INVALID_SCHEDULING, field, message).help(help.to_owned()));
}

fn toleration(field: &str, toleration: &Toleration, out: &mut Vec<Finding>) {
    let operator = toleration.operator.as_deref().unwrap_or("Equal");
    let key = toleration.key.as_deref().unwrap_or_default();
    if !matches!(operator, "Equal" | "Exists") {
        let message = format!("`{operator}` is no operator of a toleration");
        refuse(format!("{field}.operator"), message, "write `Exists` or `Equal`", out);
    }
    if operator == "Exists" && toleration.value.as_deref().is_some_and(|value| !value.is_empty()) {
        let message = "a toleration with the operator `Exists` has no value".to_owned();
        refuse(format!("{field}.value"), message, "remove the value, or write `operator: Equal`", out);
    }
    if key.is_empty() && operator != "Exists" {
        let message =
            "a toleration without a key tolerates every taint, which needs the operator `Exists`".to_owned();
        refuse(format!("{field}.key"), message, "write the key of the taint, or `operator: Exists`", out);
    }
    if !key.is_empty()
        && let Err(error) = kubernetes_names::qualified_key(key)
    {
        refuse(
            format!("{field}.key"),
            format!("`{key}` is no key of a taint: {}", error.reason),
            &error.help,
            out,
        );
    }
    let effect = toleration.effect.as_deref().unwrap_or_default();
    if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        let message = format!("`{effect}` is no effect of a taint");
        refuse(
            format!("{field}.effect"),
            message,
            "write `NoSchedule`, `PreferNoSchedule` or `NoExecute`",
            out,
        );
    }
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let message = "`tolerationSeconds` belongs to the effect `NoExecute`".to_owned();
        refuse(format!("{field}.tolerationSeconds"), message, "remove it, or write `effect: NoExecute`", out);
    }
}

fn affinity(affinity: &Affinity, out: &mut Vec<Finding>) {
    const FIELD: &str = "spec.job.affinity";
    if let Some(nodes) = &affinity.node_affinity {
        if let Some(required) = &nodes.required_during_scheduling_ignored_during_execution {
            for (index, term) in required.node_selector_terms.iter().enumerate() {
                let field = format!(
                    "{FIELD}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{index}]"
                );
                node_term(&field, term, out);
            }
        }
        for (index, preferred) in
            nodes.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate()
        {
            let field =
                format!("{FIELD}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[{index}]");
            weight(&field, preferred.weight, out);
            node_term(&format!("{field}.preference"), &preferred.preference, out);
        }
    }
    let pods = affinity.pod_affinity.as_ref().map(|pods| {
        (
            "podAffinity",
            &pods.required_during_scheduling_ignored_during_execution,
            &pods.preferred_during_scheduling_ignored_during_execution,
        )
    });
    let apart = affinity.pod_anti_affinity.as_ref().map(|pods| {
        (
            "podAntiAffinity",
            &pods.required_during_scheduling_ignored_during_execution,
            &pods.preferred_during_scheduling_ignored_during_execution,
        )
    });
    for (name, required, preferred) in pods.into_iter().chain(apart) {
        for (index, term) in required.iter().flatten().enumerate() {
            let field = format!("{FIELD}.{name}.requiredDuringSchedulingIgnoredDuringExecution[{index}]");
            pod_term(&field, term, out);
        }
        for (index, preferred) in preferred.iter().flatten().enumerate() {
            let field = format!("{FIELD}.{name}.preferredDuringSchedulingIgnoredDuringExecution[{index}]");
            weight(&field, preferred.weight, out);
            pod_term(&format!("{field}.podAffinityTerm"), &preferred.pod_affinity_term, out);
        }
    }
}

fn weight(field: &str, weight: i32, out: &mut Vec<Finding>) {
    if !(1..=100).contains(&weight) {
        refuse(
            format!("{field}.weight"),
            format!("a weight of {weight} is not from 1 to 100"),
            "write 1 to 100",
            out,
        );
    }
}

fn node_term(field: &str, term: &NodeSelectorTerm, out: &mut Vec<Finding>) {
    for (name, expressions) in
        [("matchExpressions", &term.match_expressions), ("matchFields", &term.match_fields)]
    {
        for (index, expression) in expressions.iter().flatten().enumerate() {
            let field = format!("{field}.{name}[{index}]");
            let values = expression.values.as_ref().map_or(0, Vec::len);
            let fault = match expression.operator.as_str() {
                "In" | "NotIn" if values == 0 => Some("needs values"),
                "Exists" | "DoesNotExist" if values > 0 => Some("takes no values"),
                "Gt" | "Lt" if values != 1 => Some("takes one value"),
                "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => None,
                _ => Some("is no operator of a node selector"),
            };
            if let Some(fault) = fault {
                let message = format!("the operator `{}` {fault}", expression.operator);
                let help = "the operators are In, NotIn, Exists, DoesNotExist, Gt and Lt";
                refuse(format!("{field}.operator"), message, help, out);
            }
            if name == "matchExpressions"
                && let Err(error) = kubernetes_names::qualified_key(&expression.key)
            {
                let message = format!("`{}` is no key of a label: {}", expression.key, error.reason);
                refuse(format!("{field}.key"), message, &error.help, out);
            }
        }
    }
}

fn pod_term(field: &str, term: &PodAffinityTerm, out: &mut Vec<Finding>) {
    if let Err(error) = kubernetes_names::qualified_key(&term.topology_key) {
        let message = format!("`{}` is no key of a label: {}", term.topology_key, error.reason);
        refuse(format!("{field}.topologyKey"), message, &error.help, out);
    }
}
