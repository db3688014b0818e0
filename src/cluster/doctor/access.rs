//! The server, who asks, and whose definitions the cluster has.

use std::collections::BTreeSet;

use super::facts::Room;
use super::{Check, Facts};
use crate::cluster::ownership;
use crate::cluster::permissions::Task;
use crate::diagnostics::codes;

/// Oldest minor version in which `podFailurePolicy` is stable (Kubernetes 1.31 release notes).
const OLDEST_MINOR: u32 = 31;

/// Seconds that two clocks may differ before ages are wrong by something that a person notices.
const TOLERATED_SECONDS: i64 = 10;

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut all = vec![server(facts), clock(facts)];
    all.extend(definitions(facts));
    for (name, room) in facts.namespaces.iter().filter(|(_, room)| room.home) {
        all.extend(permissions(name, room).into_iter().map(|check| check.about(name)));
    }
    all
}

fn server(facts: &Facts) -> Check {
    let version = &facts.server_version;
    let minor = version.trim_start_matches('v').split('.').nth(1).and_then(|text| {
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        text.get(..digits)?.parse::<u32>().ok()
    });
    match minor {
        Some(minor) if minor >= OLDEST_MINOR => {
            Check::pass(&codes::SERVER_VERSION, format!("the API server runs {version}"))
        }
        Some(_) => Check::fail(&codes::SERVER_VERSION, format!("the API server runs {version}"))
            .next(format!("upgrade to 1.{OLDEST_MINOR} or later: older ones lack `podFailurePolicy`")),
        None => Check::unknown(&codes::SERVER_VERSION, format!("the API server's version reads `{version}`")),
    }
}

fn clock(facts: &Facts) -> Check {
    match facts.ahead.map(|ahead| ahead.as_secs()) {
        None => Check::unknown(&codes::CLOCK, "the API server's answers say no time"),
        Some(seconds) if seconds.abs() < TOLERATED_SECONDS => {
            Check::pass(&codes::CLOCK, format!("the clocks agree to {TOLERATED_SECONDS} s"))
        }
        Some(seconds) => {
            let side = if seconds > 0 { "behind" } else { "ahead of" };
            Check::warn(
                &codes::CLOCK,
                format!("this machine's clock is {} s {side} the API server's", seconds.abs()),
            )
            .next("synchronise this machine's clock; ages and missed runs are wrong by that much")
        }
    }
}

fn permissions(namespace: &str, room: &Room) -> Vec<Check> {
    let needs = match &room.needs {
        Ok(needs) => needs,
        Err(gap) => return vec![Check::gap(&codes::PERMISSIONS, gap)],
    };
    let mut allowed = Vec::new();
    let mut all = Vec::new();
    for task in Task::ALL {
        let missing: BTreeSet<String> = needs
            .iter()
            .filter(|(need, met)| !met && need.tasks.contains(&task))
            .filter(|(need, _)| !need.optional || matches!(task, Task::Doctor | Task::DoctorProbe))
            .map(|(need, _)| format!("{} {}", need.verbs.join(","), need.subject()))
            .collect();
        if missing.is_empty() {
            allowed.push(format!("`{}`", task.command()));
            continue;
        }
        let missing: Vec<String> = missing.into_iter().collect();
        let check = Check::warn(
            &codes::PERMISSIONS,
            format!("you may not run `{}`: missing {}", task.command(), missing.join("; ")),
        );
        all.push(check.next(format!("`kubectl neo4j-backup rbac {} -n {namespace}`", task.word())));
    }
    if !allowed.is_empty() {
        let found = if all.is_empty() {
            "you may run every command here".to_owned()
        } else {
            format!("you may run {}", allowed.join(", "))
        };
        all.insert(0, Check::pass(&codes::PERMISSIONS, found));
    }
    all
}

fn definitions(facts: &Facts) -> Vec<Check> {
    let groups = match &facts.groups {
        Ok(groups) => groups,
        Err(gap) => return vec![Check::gap(&codes::DOCTOR_DEFINITIONS, gap)],
    };
    let mut all = Vec::new();
    if let Some(versions) = groups.get("neo4j.neo4j.com") {
        let versions = versions.join(", ");
        match facts.definitions.get("neo4jbackups.neo4j.neo4j.com") {
            Some(Ok(None)) => all.push(Check::pass(
                &codes::DOCTOR_DEFINITIONS,
                format!("the group neo4j.neo4j.com is served ({versions}) without Neo4jBackup"),
            )),
            Some(Ok(Some(definition))) => {
                let owner = ownership::owner(&definition.metadata);
                let mine = definition
                    .spec
                    .versions
                    .iter()
                    .any(|version| version.name == "v1alpha1" && version.served);
                let whose = match &owner {
                    None => "ours".to_owned(),
                    Some(owner) => format!("of {owner}"),
                };
                let found = format!("Neo4jBackup is defined in {versions}, {whose}");
                all.push(match (owner, mine) {
                    (None, true) => Check::pass(&codes::DOCTOR_DEFINITIONS, found),
                    (None, false) => Check::warn(&codes::DOCTOR_DEFINITIONS, found)
                        .next("apply the definitions anew: `kubectl neo4j-backup crds | kubectl apply --server-side -f -`"),
                    (Some(_), _) => Check::warn(&codes::DOCTOR_DEFINITIONS, found).next(
                        "leave the definitions to their owner, and do not apply the specs themselves: an operator would run them too",
                    ),
                });
            }
            Some(Err(gap)) => all.push(Check::unknown(
                &codes::DOCTOR_DEFINITIONS,
                format!("Neo4jBackup is served in {versions}; whose it is cannot be seen: {}", gap.0),
            )),
            None => {}
        }
    }
    if groups.contains_key("neo4j.com")
        && matches!(facts.definitions.get("neo4jbackups.neo4j.com"), Some(Ok(Some(_))) | Some(Err(_)))
    {
        all.push(
            Check::warn(
                &codes::DOCTOR_DEFINITIONS,
                "another operator's Neo4jBackup (neo4j.com) is defined too",
            )
            .next(
                "write the full name, `kubectl get neo4jbackups.neo4j.neo4j.com`: the short one is ambiguous",
            ),
        );
    }
    if all.is_empty() {
        all.push(Check::pass(
            &codes::DOCTOR_DEFINITIONS,
            "no definitions of our kinds; none are needed to run backups",
        ));
    }
    all
}
