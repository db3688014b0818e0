//! What each command may have to ask of an API server: one table, from which `rbac` writes Roles, `doctor` compares
//! what a person may do, and the manual's table is made. Plain values; a test on a real cluster runs every command
//! with just this and with one verb less.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::render::labels;

/// A command, as far as rights differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// `validate --server`
    ValidateServer,
    /// `diff`
    Diff,
    /// `apply`
    Apply,
    /// `apply --prune`
    ApplyPrune,
    /// `apply --with crds`
    ApplyCrds,
    /// `apply --with specs`
    ApplySpecs,
    /// `delete`
    Delete,
    /// `delete --with claims`
    DeleteClaims,
    /// `status`
    Status,
    /// `status -A`
    StatusAll,
    /// `trigger`
    Trigger,
    /// `logs`
    Logs,
    /// `suspend`
    Suspend,
    /// `resume`
    Resume,
    /// `doctor`
    Doctor,
    /// `doctor --probe`
    DoctorProbe,
    /// `convert cronjob/NAME`
    Convert,
}

use Task::{
    Apply, ApplyCrds, ApplyPrune, ApplySpecs, Convert, Delete, DeleteClaims, Diff, Doctor, DoctorProbe, Logs,
    Resume, Status, StatusAll, Suspend, Trigger, ValidateServer,
};

impl Task {
    /// Every task, in the order of the manual.
    pub const ALL: [Self; 17] = [
        ValidateServer,
        Diff,
        Apply,
        ApplyPrune,
        ApplyCrds,
        ApplySpecs,
        Delete,
        DeleteClaims,
        Status,
        StatusAll,
        Trigger,
        Logs,
        Suspend,
        Resume,
        Doctor,
        DoctorProbe,
        Convert,
    ];

    /// The command line that needs the rights.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            ValidateServer => "validate --server",
            Diff => "diff",
            Apply => "apply",
            ApplyPrune => "apply --prune",
            ApplyCrds => "apply --with crds",
            ApplySpecs => "apply --with specs",
            Delete => "delete",
            DeleteClaims => "delete --with claims",
            Status => "status",
            StatusAll => "status -A",
            Trigger => "trigger",
            Logs => "logs",
            Suspend => "suspend",
            Resume => "resume",
            Doctor => "doctor",
            DoctorProbe => "doctor --probe",
            Convert => "convert cronjob/NAME",
        }
    }

    /// The same as one word, for a command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ValidateServer => "validate-server",
            ApplyPrune => "apply-prune",
            ApplyCrds => "apply-crds",
            ApplySpecs => "apply-specs",
            DeleteClaims => "delete-claims",
            StatusAll => "status-all",
            DoctorProbe => "doctor-probe",
            Convert => "convert",
            other => other.command(),
        }
    }

    /// Whether a Role in one namespace is enough.
    #[must_use]
    pub fn in_one_namespace(self) -> bool {
        !needs().any(|need| need.tasks.contains(&self) && need.scope == Scope::Cluster && !need.optional)
    }
}

/// Where a right holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In the namespace of the command.
    Namespace,
    /// In the whole cluster.
    Cluster,
}

/// Some verbs on one resource.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Commands that need them.
    pub tasks: &'static [Task],
    /// API group; empty for the core.
    pub group: &'static str,
    /// Plural, with a subresource after a slash.
    pub resource: &'static str,
    /// Verbs, in the order of [`VERBS`].
    pub verbs: &'static [&'static str],
    /// Names to which the right can be bound; empty for any.
    pub names: &'static [&'static str],
    /// Where.
    pub scope: Scope,
    /// The command goes on without it and says what it could not see.
    pub optional: bool,
    /// What it is for.
    pub purpose: &'static str,
}

/// Verbs in the order in which they are written.
pub const VERBS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

/// Names of the CustomResourceDefinitions that are ours.
const CRDS: &[&str] = &["neo4jbackups.neo4j.neo4j.com", "neo4jrestores.neo4j.neo4j.com"];

const fn need(
    tasks: &'static [Task],
    (group, resource): (&'static str, &'static str),
    verbs: &'static [&'static str],
    purpose: &'static str,
) -> Need {
    Need { tasks, group, resource, verbs, names: &[], scope: Scope::Namespace, optional: false, purpose }
}

impl Need {
    const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    const fn cluster_wide(mut self) -> Self {
        self.scope = Scope::Cluster;
        self
    }

    const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    /// As people write it: `cronjobs.batch`, `pods/log`.
    #[must_use]
    pub fn subject(&self) -> String {
        if self.group.is_empty() {
            return self.resource.to_owned();
        }
        match self.resource.split_once('/') {
            Some((resource, sub)) => format!("{resource}.{}/{sub}", self.group),
            None => format!("{}.{}", self.resource, self.group),
        }
    }
}

/// The kinds that we write.
const OBJECTS: [(&str, &str); 5] = [
    ("", "serviceaccounts"),
    ("", "configmaps"),
    ("", "persistentvolumeclaims"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
];

/// What every kind that we write has in common. A server-side apply of an object that does not exist is a `patch`
/// that needs `create` too (Kubernetes API conventions, "Server-Side Apply"), also as a dry run.
const fn of_every_object(index: usize) -> [Need; 7] {
    let kind = OBJECTS[index];
    [
        need(&[ValidateServer], kind, &["create", "patch"], "have the server check rendered objects"),
        need(&[Diff], kind, &["get"], "compare with what is there"),
        need(&[Diff], kind, &["create", "patch"], "compare as the server would, by a dry run").optional(),
        need(WRITES, kind, &["get", "create", "patch"], "compare with what is there, and apply"),
        need(COMPARES, kind, &["list"], "read many with one request; otherwise they are read one by one")
            .optional(),
        need(DELETES, kind, &["list", "delete"], "find and delete what belongs to a spec"),
        need(
            &[ApplyPrune],
            kind,
            &["list", "delete"],
            "find and delete what no spec of the set gives any more",
        ),
    ]
}

/// Every need, in the order of the manual.
pub fn needs() -> impl Iterator<Item = Need> {
    let objects = (0..OBJECTS.len()).flat_map(of_every_object);
    // Claims are never pruned, and deleted only when that is asked for (DESIGN.md, "What a backup becomes").
    let objects =
        objects.filter(|need| need.resource != "persistentvolumeclaims" || !need.verbs.contains(&"delete"));
    objects.chain(OTHERS.iter().copied())
}

const COMPARES: &[Task] = &[Diff, Apply, ApplyPrune, ApplyCrds, ApplySpecs];
const WRITES: &[Task] = &[Apply, ApplyPrune, ApplyCrds, ApplySpecs];
const DELETES: &[Task] = &[Delete, DeleteClaims];
const DOCTORS: &[Task] = &[Doctor, DoctorProbe];

const CRONJOBS: (&str, &str) = ("batch", "cronjobs");
const JOBS: (&str, &str) = ("batch", "jobs");
const PODS: (&str, &str) = ("", "pods");
const LOG: (&str, &str) = ("", "pods/log");
const EVENTS: (&str, &str) = ("", "events");
const NAMESPACES: (&str, &str) = ("", "namespaces");
const CLAIMS: (&str, &str) = ("", "persistentvolumeclaims");
const ACCOUNTS: (&str, &str) = ("", "serviceaccounts");
const DEFINITIONS: (&str, &str) = ("apiextensions.k8s.io", "customresourcedefinitions");
const BACKUPS: (&str, &str) = ("neo4j.neo4j.com", "neo4jbackups");
const RESTORES: (&str, &str) = ("neo4j.neo4j.com", "neo4jrestores");

#[rustfmt::skip]
const OTHERS: &[Need] = &[
    need(&[ValidateServer], PODS, &["create"], "have the server check the pods too, by a dry run").optional(),
    need(WRITES, ACCOUNTS, &["list"], "see which specs share an account").optional(),
    need(WRITES, BACKUPS, &["list"], "see whether an operator acts on the same specs").optional(),
    need(&[ApplyCrds], DEFINITIONS, &["get", "patch"], "install the definitions, and wait until they are established").cluster_wide().named(CRDS),
    need(&[ApplyCrds], DEFINITIONS, &["create"], "make definitions that do not exist; no name can be given to `create`").cluster_wide(),
    need(&[ApplySpecs], BACKUPS, &["get", "create", "patch"], "keep the specs themselves in the cluster"),
    need(&[ApplySpecs], RESTORES, &["get", "create", "patch"], "keep the specs themselves in the cluster"),
    need(&[DeleteClaims], CLAIMS, &["list", "delete"], "find and delete the claims"),
    need(&[Status, Logs], CRONJOBS, &["list"], "find the specs"),
    need(&[Status, Logs], JOBS, &["list"], "find the runs"),
    need(&[Status, Logs], PODS, &["list"], "see their steps, and why one failed"),
    need(&[Status, Logs], EVENTS, &["list"], "see why a Job has no pod").optional(),
    need(&[Status], CRONJOBS, &["watch"], "--watch").optional(),
    need(&[Status], JOBS, &["watch"], "--watch").optional(),
    need(&[Status], PODS, &["watch"], "--watch").optional(),
    need(&[Status], EVENTS, &["watch"], "--watch").optional(),
    need(&[Status], BACKUPS, &["list"], "find specs that have not become anything").optional(),
    need(&[Status], NAMESPACES, &["get"], "see that the namespace is being deleted").cluster_wide().optional(),
    need(&[StatusAll], CRONJOBS, &["list"], "find the specs").cluster_wide(),
    need(&[StatusAll], JOBS, &["list"], "find the runs").cluster_wide(),
    need(&[StatusAll], PODS, &["list"], "see their steps, and why one failed").cluster_wide(),
    need(&[StatusAll], EVENTS, &["list"], "see why a Job has no pod").cluster_wide().optional(),
    need(&[StatusAll], BACKUPS, &["list"], "find specs that have not become anything").cluster_wide().optional(),
    need(&[Logs], LOG, &["get"], "read the log of each step"),
    need(&[Logs], JOBS, &["watch"], "-f: see the run end").optional(),
    need(&[Logs], PODS, &["watch"], "-f: see the next step begin").optional(),
    need(&[Trigger], CRONJOBS, &["list"], "find the CronJob"),
    need(&[Trigger], JOBS, &["create"], "make a Job of it"),
    need(&[Trigger], JOBS, &["list", "watch", "patch"], "--wait: follow it, and let the history have it when its result was seen"),
    need(&[Trigger], PODS, &["list", "watch"], "--wait: see its steps, and why one failed"),
    need(&[Trigger], LOG, &["get"], "--logs"),
    need(&[Trigger], EVENTS, &["list"], "--wait: see why there is no pod").optional(),
    need(&[Suspend, Resume], CRONJOBS, &["list", "patch"], "set `suspend` and keep the reason"),
    need(DOCTORS, CRONJOBS, &["list"], "find the specs, and whether they are applied").optional(),
    need(DOCTORS, JOBS, &["list"], "find the last run").optional(),
    need(DOCTORS, PODS, &["list"], "find the servers, who uses the claim, why the last run failed").optional(),
    need(DOCTORS, PODS, &["create"], "have the server check the backup's pod by a dry run").optional(),
    need(DOCTORS, ("", "services"), &["list"], "compare the backup addresses").optional(),
    need(DOCTORS, ("apps", "statefulsets"), &["list"], "find the servers").optional(),
    need(DOCTORS, ("apps", "deployments"), &["list"], "recognise an operator").optional(),
    need(DOCTORS, ("networking.k8s.io", "networkpolicies"), &["list"], "see what may reach the backup port").optional(),
    need(DOCTORS, ("", "resourcequotas"), &["list"], "see whether there is room for a run").optional(),
    need(DOCTORS, ("", "limitranges"), &["list"], "see whether pods and claims are within bounds").optional(),
    need(DOCTORS, CLAIMS, &["get"], "see whether the claim is bound").optional(),
    need(DOCTORS, ACCOUNTS, &["get"], "compare the identity's annotations").optional(),
    need(DOCTORS, ("", "configmaps"), &["get"], "see whether ConfigMaps have their keys").optional(),
    need(DOCTORS, ("", "secrets"), &["get"], "see whether Secrets have their keys; values are skipped unread").optional(),
    need(DOCTORS, EVENTS, &["list"], "see why a claim is not bound, why a Job has no pod").optional(),
    need(DOCTORS, NAMESPACES, &["get"], "read the Pod Security level").cluster_wide().optional(),
    need(DOCTORS, ("", "nodes"), &["list"], "see where a pod may run").cluster_wide().optional(),
    need(DOCTORS, ("storage.k8s.io", "storageclasses"), &["list"], "see whether the class exists").cluster_wide().optional(),
    need(DOCTORS, ("scheduling.k8s.io", "priorityclasses"), &["get"], "see whether the class exists").cluster_wide().optional(),
    need(DOCTORS, DEFINITIONS, &["get"], "see whose the definitions are").cluster_wide().optional().named(CRDS),
    need(&[DoctorProbe], JOBS, &["create", "delete"], "make the probe's Job and take it away"),
    need(&[DoctorProbe], PODS, &["list"], "follow the probe's pod"),
    need(&[DoctorProbe], LOG, &["get"], "read what the probe found"),
    need(&[Convert], CRONJOBS, &["get"], "read the release"),
];

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The commands.
    pub tasks: Vec<Task>,
    /// Name of the Role and whatever belongs to it.
    pub name: String,
    /// Namespace of Role and binding; `None` leaves it to whoever applies them.
    pub namespace: Option<String>,
    /// Who gets the rights.
    pub subjects: Vec<Who>,
    /// With what the commands can do without.
    pub complete: bool,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A service account: namespace, name.
    ServiceAccount(String, String),
}

impl std::str::FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME".to_owned();
        let (kind, name) = text.split_once(':').ok_or_else(expected)?;
        if name.is_empty() {
            return Err(expected());
        }
        match kind {
            "user" => Ok(Self::User(name.to_owned())),
            "group" => Ok(Self::Group(name.to_owned())),
            "serviceaccount" => match name.split_once('/') {
                Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                    Ok(Self::ServiceAccount(namespace.to_owned(), name.to_owned()))
                }
                _ => Err(expected()),
            },
            _ => Err(expected()),
        }
    }
}

/// What gives the rights.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// In one namespace.
    pub role: Option<Role>,
    /// Its binding, when there is somebody to bind.
    pub role_binding: Option<RoleBinding>,
    /// In the whole cluster.
    pub cluster_role: Option<ClusterRole>,
    /// Its binding.
    pub cluster_role_binding: Option<ClusterRoleBinding>,
}

/// The least with which the commands do their work. What a command can do without is in it where it is read in the
/// namespace; in the whole cluster only when that is wanted.
#[must_use]
pub fn roles(wanted: &Wanted) -> Roles {
    let in_namespace = rules(&wanted.tasks, Scope::Namespace, wanted.complete);
    let in_cluster = rules(&wanted.tasks, Scope::Cluster, wanted.complete);
    let metadata = |namespace: Option<&String>| ObjectMeta {
        name: Some(wanted.name.clone()),
        namespace: namespace.cloned(),
        labels: Some(
            [(labels::NAME, labels::NAME_VALUE), (labels::MANAGED_BY, labels::MANAGED_BY_VALUE)]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        ),
        ..ObjectMeta::default()
    };
    let subjects: Vec<Subject> = wanted.subjects.iter().map(subject).collect();
    let reference = |kind: &str| RoleRef {
        api_group: "rbac.authorization.k8s.io".to_owned(),
        kind: kind.to_owned(),
        name: wanted.name.clone(),
    };
    let bound = !subjects.is_empty();
    let namespace = wanted.namespace.as_ref();
    Roles {
        role_binding: (bound && !in_namespace.is_empty()).then(|| RoleBinding {
            metadata: metadata(namespace),
            role_ref: reference("Role"),
            subjects: Some(subjects.clone()),
        }),
        cluster_role_binding: (bound && !in_cluster.is_empty()).then(|| ClusterRoleBinding {
            metadata: metadata(None),
            role_ref: reference("ClusterRole"),
            subjects: Some(subjects.clone()),
        }),
        role: (!in_namespace.is_empty())
            .then(|| Role { metadata: metadata(namespace), rules: Some(in_namespace) }),
        cluster_role: (!in_cluster.is_empty()).then(|| ClusterRole {
            metadata: metadata(None),
            rules: Some(in_cluster),
            ..ClusterRole::default()
        }),
    }
}

fn subject(who: &Who) -> Subject {
    let group = || Some("rbac.authorization.k8s.io".to_owned());
    match who {
        Who::User(name) => {
            Subject { api_group: group(), kind: "User".to_owned(), name: name.clone(), namespace: None }
        }
        Who::Group(name) => {
            Subject { api_group: group(), kind: "Group".to_owned(), name: name.clone(), namespace: None }
        }
        Who::ServiceAccount(namespace, name) => Subject {
            api_group: None,
            kind: "ServiceAccount".to_owned(),
            name: name.clone(),
            namespace: Some(namespace.clone()),
        },
    }
}

/// The rules for some commands, the same whatever the order of the commands: one for each resource.
#[must_use]
pub fn rules(tasks: &[Task], scope: Scope, complete: bool) -> Vec<PolicyRule> {
    let mut verbs: BTreeMap<(&str, &str, &[&str]), BTreeSet<usize>> = BTreeMap::new();
    for need in
        needs().filter(|need| need.scope == scope && need.tasks.iter().any(|task| tasks.contains(task)))
    {
        if need.optional && !complete && scope == Scope::Cluster {
            continue;
        }
        verbs
            .entry((need.group, need.resource, need.names))
            .or_default()
            .extend(need.verbs.iter().filter_map(|verb| VERBS.iter().position(|known| known == verb)));
    }
    // What may be done to any name need not be said of some names again.
    let any: Vec<((&str, &str), BTreeSet<usize>)> = verbs
        .iter()
        .filter(|((_, _, names), _)| names.is_empty())
        .map(|((group, resource, _), verbs)| ((*group, *resource), verbs.clone()))
        .collect();
    let words = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    verbs
        .into_iter()
        .filter_map(|((group, resource, names), mut verbs)| {
            if !names.is_empty()
                && let Some((_, wider)) = any.iter().find(|(kind, _)| *kind == (group, resource))
            {
                verbs = verbs.difference(wider).copied().collect();
            }
            let verbs: Vec<&str> = verbs.into_iter().filter_map(|index| VERBS.get(index).copied()).collect();
            (!verbs.is_empty()).then(|| PolicyRule {
                api_groups: words(&[group]),
                resources: words(&[resource]),
                resource_names: (!names.is_empty()).then(|| words(names)).flatten(),
                verbs: words(&verbs).unwrap_or_default(),
                ..PolicyRule::default()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Scope, Task, VERBS, Wanted, Who, needs, roles, rules};

    #[test]
    fn every_command_is_in_the_table_and_every_verb_is_known() {
        for task in Task::ALL {
            assert!(needs().any(|need| need.tasks.contains(&task)), "{task:?}");
        }
        for need in needs() {
            assert!(need.verbs.iter().all(|verb| VERBS.contains(verb)), "{need:?}");
            assert!(
                need.verbs.is_sorted_by_key(|verb| VERBS.iter().position(|known| known == verb)),
                "{need:?}"
            );
        }
    }

    #[test]
    fn the_order_of_the_commands_changes_nothing() {
        let one = rules(&[Task::Status, Task::Apply], Scope::Namespace, false);
        let other = rules(&[Task::Apply, Task::Status, Task::Apply], Scope::Namespace, false);
        assert_eq!(one, other);
    }

    #[test]
    fn claims_are_deleted_only_when_that_is_asked_for() {
        for task in Task::ALL.into_iter().filter(|task| *task != Task::DeleteClaims) {
            for rule in rules(&[task], Scope::Namespace, true) {
                if rule.resources.iter().flatten().any(|resource| resource == "persistentvolumeclaims") {
                    assert!(!rule.verbs.contains(&"delete".to_owned()), "{task:?}");
                }
            }
        }
    }

    #[test]
    fn only_two_commands_need_the_cluster() {
        let cluster: Vec<Task> = Task::ALL.into_iter().filter(|task| !task.in_one_namespace()).collect();
        assert_eq!(cluster, [Task::ApplyCrds, Task::StatusAll]);
    }

    #[test]
    fn secrets_are_read_by_doctor_alone() {
        for task in Task::ALL {
            let reads = rules(&[task], Scope::Namespace, true)
                .iter()
                .any(|rule| rule.resources.iter().flatten().any(|resource| resource == "secrets"));
            assert_eq!(reads, matches!(task, Task::Doctor | Task::DoctorProbe), "{task:?}");
        }
    }

    #[test]
    fn bindings_come_with_somebody_to_bind() {
        let mut wanted = Wanted {
            tasks: vec![Task::StatusAll, Task::Status],
            name: "reader".to_owned(),
            namespace: Some("shop".to_owned()),
            ..Wanted::default()
        };
        let unbound = roles(&wanted);
        assert!(unbound.role.is_some() && unbound.cluster_role.is_some());
        assert!(unbound.role_binding.is_none() && unbound.cluster_role_binding.is_none());
        wanted.subjects = vec!["serviceaccount:ci/deployer".parse().unwrap(), "user:ada".parse().unwrap()];
        let bound = roles(&wanted);
        assert_eq!(bound.role_binding.unwrap().subjects.unwrap().len(), 2);
        assert_eq!(bound.cluster_role_binding.unwrap().role_ref.kind, "ClusterRole");
        assert!("serviceaccount:alone".parse::<Who>().is_err());
        assert!("robot:x".parse::<Who>().is_err());
    }
}
