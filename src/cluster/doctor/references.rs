//! What pods refer to by name: Secrets, ConfigMaps, the account, registry credentials.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Filled;
use super::{Check, Facts, Subject};
use crate::diagnostics::codes;

/// Keys that are wanted of each object; `false` for a key that the pod can do without.
type Wanted = BTreeMap<String, BTreeMap<String, bool>>;

/// Secrets that the pods refer to, registry credentials among them.
pub(super) fn secret_names(subject: &Subject) -> Vec<String> {
    let mut names: BTreeSet<String> = secrets(subject).into_keys().collect();
    names.extend(pull_secrets(subject));
    names.into_iter().collect()
}

/// ConfigMaps that the pods refer to.
pub(super) fn config_map_names(subject: &Subject) -> Vec<String> {
    config_maps(subject).into_keys().collect()
}

fn pull_secrets(subject: &Subject) -> impl Iterator<Item = String> {
    let spec = subject.template.spec.iter();
    spec.flat_map(|spec| spec.image_pull_secrets.iter().flatten()).map(|secret| secret.name.clone())
}

fn secrets(subject: &Subject) -> Wanted {
    let mut wanted = Wanted::new();
    let mut want = |name: &str, key: Option<&str>, needed: bool| {
        let keys = wanted.entry(name.to_owned()).or_default();
        if let Some(key) = key {
            *keys.entry(key.to_owned()).or_default() |= needed;
        }
    };
    for container in subject.containers() {
        for source in container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()) {
            if let Some(reference) = &source.secret_key_ref {
                want(&reference.name, Some(&reference.key), reference.optional != Some(true));
            }
        }
        for source in container.env_from.iter().flatten().filter_map(|from| from.secret_ref.as_ref()) {
            want(&source.name, None, source.optional != Some(true));
        }
    }
    for volume in subject.template.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        let Some(source) = &volume.secret else { continue };
        let Some(name) = &source.secret_name else { continue };
        want(name, None, true);
        for item in source.items.iter().flatten() {
            want(name, Some(&item.key), source.optional != Some(true));
        }
    }
    wanted
}

fn config_maps(subject: &Subject) -> Wanted {
    let mut wanted = Wanted::new();
    let mut want = |name: &str, key: Option<&str>, needed: bool| {
        let keys = wanted.entry(name.to_owned()).or_default();
        if let Some(key) = key {
            *keys.entry(key.to_owned()).or_default() |= needed;
        }
    };
    for container in subject.containers() {
        for source in container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()) {
            if let Some(reference) = &source.config_map_key_ref {
                want(&reference.name, Some(&reference.key), reference.optional != Some(true));
            }
        }
    }
    for volume in subject.template.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        let Some(source) = &volume.config_map else { continue };
        want(&source.name, None, true);
        for item in source.items.iter().flatten() {
            want(&source.name, Some(&item.key), source.optional != Some(true));
        }
    }
    wanted
}

pub(super) fn checks(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let mut all = Vec::new();
    for (name, keys) in secrets(subject) {
        all.push(secret(facts, subject, &name, &keys));
    }
    for (name, keys) in config_maps(subject) {
        all.push(config_map(facts, subject, &name, &keys));
    }
    all.push(account(facts, subject));
    for name in pull_secrets(subject) {
        let key = (subject.namespace.clone(), name.clone());
        all.push(match facts.secrets.get(&key) {
            Some(Ok(Some(_))) => {
                Check::pass(&codes::PULL_SECRETS, format!("the pull secret `{name}` exists"))
            }
            Some(Ok(None)) => Check::fail(
                &codes::PULL_SECRETS,
                format!("the pull secret `{name}` does not exist in {}", subject.namespace),
            )
            .next(format!("copy it from the target's namespace `{}`", subject.target.namespace)),
            Some(Err(gap)) => Check::unknown(
                &codes::PULL_SECRETS,
                format!("the pull secret `{name}` cannot be seen: {}", gap.0),
            ),
            None => continue,
        });
    }
    all
}

fn secret(facts: &Facts, subject: &Subject, name: &str, keys: &BTreeMap<String, bool>) -> Check {
    let key = (subject.namespace.clone(), name.to_owned());
    let found = match facts.secrets.get(&key) {
        Some(Ok(found)) => found,
        Some(Err(gap)) => {
            return Check::unknown(&codes::SECRETS, format!("the Secret `{name}` cannot be seen: {}", gap.0));
        }
        None => return Check::unknown(&codes::SECRETS, format!("the Secret `{name}` was not looked at")),
    };
    let needed: Vec<&str> = keys.iter().filter(|(_, needed)| **needed).map(|(key, _)| key.as_str()).collect();
    let Some(found) = found else {
        let with = if needed.is_empty() { String::new() } else { format!(" with {}", list(&needed)) };
        return Check::fail(
            &codes::SECRETS,
            format!("the Secret `{name}` does not exist in {}", subject.namespace),
        )
        .next(format!("create it{with}"));
    };
    let missing: Vec<&str> = needed.iter().copied().filter(|key| !found.data.contains_key(*key)).collect();
    if !missing.is_empty() {
        return Check::fail(&codes::SECRETS, format!("the Secret `{name}` has no {}", list(&missing)))
            .next(format!("add {} to it", list(&missing)));
    }
    let empty: Vec<&str> =
        needed.into_iter().filter(|key| found.data.get(*key) == Some(&Filled(false))).collect();
    if !empty.is_empty() {
        return Check::warn(&codes::SECRETS, format!("in the Secret `{name}` {} is empty", list(&empty)))
            .next("put the value in");
    }
    let known: Vec<&str> = keys.keys().map(String::as_str).collect();
    Check::pass(
        &codes::SECRETS,
        if known.is_empty() {
            format!("the Secret `{name}` exists")
        } else {
            format!("the Secret `{name}` has the keys that are needed")
        },
    )
}

fn config_map(facts: &Facts, subject: &Subject, name: &str, keys: &BTreeMap<String, bool>) -> Check {
    let key = (subject.namespace.clone(), name.to_owned());
    match facts.config_maps.get(&key) {
        Some(Ok(Some(found))) => {
            let has = |key: &str| {
                found.data.as_ref().is_some_and(|data| data.contains_key(key))
                    || found.binary_data.as_ref().is_some_and(|data| data.contains_key(key))
            };
            let missing: Vec<&str> = keys
                .iter()
                .filter(|(key, needed)| **needed && !has(key))
                .map(|(key, _)| key.as_str())
                .collect();
            if missing.is_empty() {
                Check::pass(&codes::CONFIG_MAPS, format!("the ConfigMap `{name}` has what is needed"))
            } else {
                Check::fail(&codes::CONFIG_MAPS, format!("the ConfigMap `{name}` has no {}", list(&missing)))
                    .next("add it, or apply the spec again")
            }
        }
        Some(Ok(None)) if subject.config_maps.iter().any(|made| made == name) => {
            Check::pass(&codes::CONFIG_MAPS, format!("the ConfigMap `{name}` comes with the spec"))
        }
        Some(Ok(None)) => Check::fail(
            &codes::CONFIG_MAPS,
            format!("the ConfigMap `{name}` does not exist in {}", subject.namespace),
        )
        .next("create it, or apply the spec again"),
        Some(Err(gap)) => {
            Check::unknown(&codes::CONFIG_MAPS, format!("the ConfigMap `{name}` cannot be seen: {}", gap.0))
        }
        None => Check::unknown(&codes::CONFIG_MAPS, format!("the ConfigMap `{name}` was not looked at")),
    }
}

fn account(facts: &Facts, subject: &Subject) -> Check {
    let name = subject.account_name();
    let key = (subject.namespace.clone(), name.to_owned());
    let found = match facts.accounts.get(&key) {
        Some(Ok(found)) => found,
        Some(Err(gap)) => {
            return Check::unknown(
                &codes::SERVICE_ACCOUNT,
                format!("the ServiceAccount `{name}` cannot be seen: {}", gap.0),
            );
        }
        None => {
            return Check::unknown(
                &codes::SERVICE_ACCOUNT,
                format!("the ServiceAccount `{name}` was not looked at"),
            );
        }
    };
    let Some(found) = found else {
        return if subject.account.is_some() {
            Check::pass(&codes::SERVICE_ACCOUNT, format!("the ServiceAccount `{name}` comes with the spec"))
        } else {
            Check::fail(
                &codes::SERVICE_ACCOUNT,
                format!("the ServiceAccount `{name}` does not exist in {}", subject.namespace),
            )
            .next("create it: without it no pod is made, and only an event of the Job says so")
        };
    };
    let there = found.metadata.annotations.clone().unwrap_or_default();
    let wanted =
        subject.account.as_ref().and_then(|account| account.metadata.annotations.clone()).unwrap_or_default();
    let differs: Vec<&str> = wanted
        .iter()
        .filter(|(key, value)| there.get(*key) != Some(value))
        .map(|(key, _)| key.as_str())
        .collect();
    if differs.is_empty() {
        let with = if wanted.is_empty() { "" } else { " with the annotations of the spec" };
        return Check::pass(&codes::SERVICE_ACCOUNT, format!("the ServiceAccount `{name}` exists{with}"));
    }
    Check::fail(
        &codes::SERVICE_ACCOUNT,
        format!("the ServiceAccount `{name}` has another value, or none, for {}", list(&differs)),
    )
    .next("apply the spec: the annotation is what gives the pods the cloud's identity")
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
