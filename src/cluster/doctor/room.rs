//! Whether the namespace has room for a run: quotas and limit ranges.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, LimitRangeItem, ResourceQuota};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use super::{Check, Facts, Subject};
use crate::api::quantity::Quantity;
use crate::diagnostics::codes;

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let Some(room) = facts.room(&subject.namespace) else { return Vec::new() };
    let limits = match &room.limits {
        Ok(limits) => {
            limits.iter().flat_map(|range| range.spec.iter().flat_map(|spec| &spec.limits)).collect()
        }
        Err(_) => Vec::new(),
    };
    let mut all = Vec::new();
    match &room.quotas {
        Err(gap) => all.push(Check::unknown(&codes::QUOTA, format!("the quotas cannot be seen: {}", gap.0))),
        Ok(quotas) if quotas.is_empty() => {
            all.push(Check::pass(&codes::QUOTA, "the namespace has no quota"));
        }
        Ok(quotas) => {
            let problems: Vec<Check> =
                quotas.iter().flat_map(|quota| of_quota(quota, subject, &limits)).collect();
            if problems.is_empty() {
                all.push(Check::pass(&codes::QUOTA, "the quotas leave room for a run"));
            }
            all.extend(problems);
        }
    }
    all.push(match &room.limits {
        Err(gap) => {
            Check::unknown(&codes::LIMIT_RANGE, format!("the limit ranges cannot be seen: {}", gap.0))
        }
        Ok(ranges) if ranges.is_empty() => {
            Check::pass(&codes::LIMIT_RANGE, "the namespace has no limit range")
        }
        Ok(_) => of_limits(&limits, subject),
    });
    all
}

/// What one container states of a resource: `requests` or `limits`; what a limit range adds where it states nothing.
fn stated(container: &Container, limits: &[&LimitRangeItem], what: &str, resource: &str) -> Option<f64> {
    let resources = container.resources.as_ref();
    let of = |map: Option<&BTreeMap<String, ApiQuantity>>| {
        map.and_then(|map| Quantity(map.get(resource)?.0.clone()).value())
    };
    let limit = || of(resources.and_then(|resources| resources.limits.as_ref()));
    let defaults = || limits.iter().filter(|item| item.type_ == "Container");
    if what == "limits" {
        return limit().or_else(|| defaults().find_map(|item| of(item.default.as_ref())));
    }
    // A request that is not stated is the limit, when that is (Kubernetes, "Resource Management").
    of(resources.and_then(|resources| resources.requests.as_ref())).or_else(limit).or_else(|| {
        defaults().find_map(|item| of(item.default_request.as_ref()).or_else(|| of(item.default.as_ref())))
    })
}

/// What a pod of steps takes: the largest of them, since they run one after the other. `None` when one states nothing.
fn of_pod(subject: &Subject, limits: &[&LimitRangeItem], what: &str, resource: &str) -> Option<f64> {
    let mut most = 0.0_f64;
    for container in subject.containers() {
        most = most.max(stated(container, limits, what, resource)?);
    }
    Some(most)
}

fn of_quota(quota: &ResourceQuota, subject: &Subject, limits: &[&LimitRangeItem]) -> Vec<Check> {
    let name = quota.metadata.name.as_deref().unwrap_or_default();
    let spec = quota.spec.as_ref();
    if spec.is_some_and(|spec| {
        spec.scope_selector.is_some() || spec.scopes.as_ref().is_some_and(|all| !all.is_empty())
    }) {
        // Which pods a scoped quota counts depends on more than their resources; the dry run tells.
        return Vec::new();
    }
    let status = quota.status.as_ref();
    let hard = status.and_then(|status| status.hard.as_ref()).or(spec.and_then(|spec| spec.hard.as_ref()));
    let used = status.and_then(|status| status.used.as_ref());
    let mut found = Vec::new();
    for (resource, bound) in hard.into_iter().flatten() {
        let wanted = match resource.as_str() {
            "pods" | "count/pods" | "count/jobs.batch" => Some(1.0),
            "cpu" | "requests.cpu" => of_pod(subject, limits, "requests", "cpu"),
            "memory" | "requests.memory" => of_pod(subject, limits, "requests", "memory"),
            "limits.cpu" => of_pod(subject, limits, "limits", "cpu"),
            "limits.memory" => of_pod(subject, limits, "limits", "memory"),
            _ => continue,
        };
        let Some(wanted) = wanted else {
            found.push(
                Check::fail(
                    &codes::QUOTA,
                    format!(
                        "the quota `{name}` counts {resource}, which the pods do not state: none is made"
                    ),
                )
                .next("set it in `spec.job.resources`"),
            );
            continue;
        };
        let taken =
            used.and_then(|used| Some(used.get(resource)?.0.clone())).unwrap_or_else(|| "0".to_owned());
        let (Some(bound_value), Some(taken_value)) =
            (Quantity(bound.0.clone()).value(), Quantity(taken.clone()).value())
        else {
            continue;
        };
        if taken_value + wanted > bound_value {
            found.push(
                Check::fail(
                    &codes::QUOTA,
                    format!(
                        "the quota `{name}` has {taken} of {} {resource} in use: a run does not fit",
                        bound.0
                    ),
                )
                .next("have the quota raised, or set `spec.job.resources` lower"),
            );
        }
    }
    found
}

fn of_limits(limits: &[&LimitRangeItem], subject: &Subject) -> Check {
    let value = |map: Option<&BTreeMap<String, ApiQuantity>>, resource: &str| {
        map.and_then(|map| {
            Some((map.get(resource)?.0.clone(), Quantity(map.get(resource)?.0.clone()).value()?))
        })
    };
    for item in limits.iter().filter(|item| item.type_ == "Container") {
        for container in subject.containers() {
            for resource in ["cpu", "memory"] {
                let limit = stated(container, limits, "limits", resource);
                let request = stated(container, limits, "requests", resource);
                if let Some((bound, most)) = value(item.max.as_ref(), resource)
                    && limit.is_none_or(|limit| limit > most)
                {
                    return Check::fail(
                        &codes::LIMIT_RANGE,
                        format!("the step `{}` may take more than the {bound} {resource} that the limit range admits", container.name),
                    )
                    .next("set `spec.job.resources` within the bounds");
                }
                if let Some((bound, least)) = value(item.min.as_ref(), resource)
                    && request.is_none_or(|request| request < least)
                {
                    return Check::fail(
                        &codes::LIMIT_RANGE,
                        format!("the step `{}` asks for less than the {bound} {resource} that the limit range wants", container.name),
                    )
                    .next("set `spec.job.resources` within the bounds");
                }
            }
        }
    }
    let claim = subject.claim.as_ref().and_then(|claim| {
        let requests = claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?;
        Quantity(requests.get("storage")?.0.clone()).value()
    });
    for item in limits.iter().filter(|item| item.type_ == "PersistentVolumeClaim") {
        if let (Some(size), Some((bound, most))) = (claim, value(item.max.as_ref(), "storage"))
            && size > most
        {
            return Check::fail(
                &codes::LIMIT_RANGE,
                format!("the claim is larger than the {bound} that the limit range admits"),
            )
            .next("set `spec.storage.pvc.size` within the bounds");
        }
    }
    Check::pass(&codes::LIMIT_RANGE, "the pods are within the limit ranges")
}
