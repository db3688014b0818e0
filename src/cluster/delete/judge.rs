//! Which objects go: decided from lists, without asking anybody.

use std::collections::BTreeSet;

use kube::core::DynamicObject;
use serde_json::Value;

use super::{Deletion, Found, Options, order, references};
use crate::cluster::apply::left_behind;
use crate::cluster::applyset::{account, goes_with, is_running, pod_spec, spec_of};
use crate::cluster::desired::Desired;
use crate::cluster::kind::Kind;
use crate::cluster::object::Reference;
use crate::cluster::ownership::{self, Owner};
use crate::cluster::{FIELD_MANAGER, field_manager_of};
use crate::render::SpecName;

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// To which object.
    pub reference: Reference,
    /// What.
    pub what: What,
    /// Why, or what goes with it.
    pub why: String,
}

/// What is done to an object.
#[derive(Clone, Debug)]
pub enum What {
    /// It is deleted, it and no other of the same name.
    Delete {
        /// Which one.
        uid: Option<String>,
    },
    /// The share of specs in it is taken back; others go on using it.
    Release(Vec<Desired>),
}

/// What speaks against deleting an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The spec that it was made for.
    pub spec: Option<SpecName>,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub help: String,
}

pub(super) fn judge(specs: &[SpecName], found: &Found, options: Options) -> Deletion {
    let mut judge = Judge { specs, found, options, deletion: Deletion::default() };
    judge.own_objects();
    judge.accounts();
    if options.claims {
        judge.claims();
    }
    if options.specs {
        judge.specs();
    }
    let mut deletion = judge.deletion;
    deletion.steps.sort_by(|left, right| order(&left.reference).cmp(&order(&right.reference)));
    deletion
}

struct Judge<'a> {
    specs: &'a [SpecName],
    found: &'a Found,
    options: Options,
    deletion: Deletion,
}

impl Judge<'_> {
    /// CronJobs, Jobs and ConfigMaps of the specs.
    fn own_objects(&mut self) {
        let mut present = BTreeSet::new();
        let others = references(&self.found.others);
        for (reference, object) in references(&self.found.workloads).chain(others) {
            let Some(spec) = spec_of(object).filter(|spec| self.specs.contains(spec)) else { continue };
            if !matches!(reference.kind, Kind::CronJob | Kind::Job | Kind::ConfigMap) {
                continue;
            }
            let owner = ownership::owner(&object.metadata);
            if let Some(Owner::Controller { kind, .. }) = &owner
                && kind == Kind::CronJob.name()
            {
                // It goes with its CronJob.
                continue;
            }
            present.insert((spec.namespace.clone(), spec.name.clone()));
            let why = match reference.kind {
                Kind::Job if is_running(object) => "the run that is under way ends",
                Kind::CronJob => "its Jobs and their logs go with it",
                Kind::Job => "its logs go with it",
                _ => "",
            };
            self.delete(reference, object, owner, Some(spec), why);
        }
        let absent = |spec: &&SpecName| !present.contains(&(spec.namespace.clone(), spec.name.clone()));
        self.deletion.absent = self.specs.iter().filter(absent).cloned().collect();
    }

    /// Accounts that nothing runs as any more; of the others the shares of the specs.
    fn accounts(&mut self) {
        let gone = self.gone();
        let used: BTreeSet<(String, String)> = references(&self.found.workloads)
            .filter(|(reference, _)| gone.contains(reference))
            .filter_map(|(reference, object)| {
                Some((reference.namespace.clone(), account(reference.kind, object)?.to_owned()))
            })
            .collect();
        let specs: Vec<&SpecName> = self.specs.iter().collect();
        for (reference, object) in references(&self.found.others) {
            if reference.kind != Kind::ServiceAccount {
                continue;
            }
            let shares = left_behind(std::slice::from_ref(object), &specs, &[]);
            let ours = used.contains(&(reference.namespace.clone(), reference.name.clone()));
            if !ours && shares.is_empty() {
                continue;
            }
            let user = self.user(&gone, &reference.namespace, |kind, workload| {
                account(kind, workload) == Some(reference.name.as_str())
            });
            let owner = ownership::owner(&object.metadata);
            if user.is_none() && owner.is_none() && !self.others_share(&reference, object) {
                self.delete(reference, object, None, None, "no other backup runs as it");
            } else if !shares.is_empty() {
                let why = "the annotations of this backup alone; others run as it".to_owned();
                self.deletion.steps.push(Step { reference, what: What::Release(shares), why });
            }
        }
    }

    /// Whether another spec has annotations on an account.
    fn others_share(&self, reference: &Reference, account: &DynamicObject) -> bool {
        let own: Vec<String> = self
            .specs
            .iter()
            .filter(|spec| spec.namespace == reference.namespace)
            .map(|spec| field_manager_of(&spec.name))
            .collect();
        let prefix = format!("{FIELD_MANAGER}/");
        account
            .metadata
            .managed_fields
            .iter()
            .flatten()
            .filter_map(|entry| entry.manager.as_ref())
            .any(|manager| manager.starts_with(&prefix) && !own.contains(manager))
    }

    /// Claims that the workloads that go have mounted and nothing else has.
    fn claims(&mut self) {
        let gone = self.gone();
        let mounted: BTreeSet<(String, String)> = references(&self.found.workloads)
            .filter(|(reference, _)| gone.contains(reference))
            .flat_map(|(reference, object)| {
                claims(reference.kind, object)
                    .map(|name| (reference.namespace.clone(), name.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        for (reference, object) in references(&self.found.others) {
            let named = (reference.namespace.clone(), reference.name.clone());
            if reference.kind != Kind::PersistentVolumeClaim || !mounted.contains(&named) {
                continue;
            }
            let user = self.user(&gone, &reference.namespace, |kind, workload| {
                claims(kind, workload).any(|name| name == reference.name)
            });
            if let Some(user) = user {
                self.deletion.objections.push(Objection {
                    spec: None,
                    message: format!("{reference} is used by {}/{}", user.kind.prefix(), user.name),
                    help: "delete without `--with claims`, or delete that backup too".to_owned(),
                });
                continue;
            }
            let owner = ownership::owner(&object.metadata);
            self.delete(reference, object, owner, None, "all backups on it go with it");
        }
    }

    /// The specs themselves.
    fn specs(&mut self) {
        for (reference, object) in references(&self.found.others) {
            let spec = self
                .specs
                .iter()
                .find(|spec| spec.namespace == reference.namespace && spec.name == reference.name);
            let (Kind::Backup, Some(spec)) = (reference.kind, spec) else { continue };
            let spec = spec.clone();
            self.deletion.absent.retain(|absent| *absent != spec);
            let owner = ownership::owner(&object.metadata);
            self.delete(reference, object, owner, Some(spec), "");
        }
    }

    fn gone(&self) -> BTreeSet<Reference> {
        self.deletion
            .steps
            .iter()
            .filter(|step| matches!(step.what, What::Delete { .. }))
            .map(|step| step.reference.clone())
            .collect()
    }

    /// A workload of a namespace that stays and of which something is true.
    fn user(
        &self,
        gone: &BTreeSet<Reference>,
        namespace: &str,
        uses: impl Fn(Kind, &DynamicObject) -> bool,
    ) -> Option<Reference> {
        let gone: BTreeSet<&Reference> = gone.iter().collect();
        references(&self.found.workloads)
            .find(|(reference, workload)| {
                reference.namespace == namespace
                    && !gone.contains(reference)
                    && !goes_with(workload, &gone)
                    && uses(reference.kind, workload)
            })
            .map(|(reference, _)| reference)
    }

    fn delete(
        &mut self,
        reference: Reference,
        object: &DynamicObject,
        owner: Option<Owner>,
        spec: Option<SpecName>,
        why: &str,
    ) {
        match owner {
            // A claim of somebody else's is never deleted, whatever is said.
            Some(owner) if !self.options.override_owner || reference.kind == Kind::PersistentVolumeClaim => {
                let help = match reference.kind {
                    Kind::PersistentVolumeClaim => "delete without `--with claims`".to_owned(),
                    _ => format!("{}; `--override-owner` deletes it all the same", owner.removal()),
                };
                let message = format!("{reference} belongs to {owner}");
                self.deletion.objections.push(Objection { spec, message, help });
            }
            _ => self.deletion.steps.push(Step {
                reference,
                what: What::Delete { uid: object.metadata.uid.clone() },
                why: why.to_owned(),
            }),
        }
    }
}

/// The claims that the pods of a workload mount.
fn claims(kind: Kind, workload: &DynamicObject) -> impl Iterator<Item = &str> {
    pod_spec(kind)
        .and_then(|pointer| workload.data.pointer(pointer))
        .and_then(|pod| pod.get("volumes"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(name: &str) -> SpecName {
        SpecName { kind: "Neo4jBackup", namespace: "shop".to_owned(), name: name.to_owned() }
    }

    fn object(kind: Kind, name: &str, labels: Value, body: Value) -> (Kind, DynamicObject) {
        let mut value = json!({"apiVersion": "v1", "kind": kind.name(), "metadata":
            {"name": name, "namespace": "shop", "uid": name, "labels": labels}});
        for (key, item) in body.as_object().unwrap() {
            value[key] = item.clone();
        }
        (kind, serde_json::from_value(value).unwrap())
    }

    fn cron_job(backup: &str) -> (Kind, DynamicObject) {
        object(
            Kind::CronJob,
            &format!("{backup}-backup-cron"),
            json!({"app.kubernetes.io/managed-by": "kubectl-neo4j-backup", "neo4j.neo4j.com/backup": backup}),
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {
                "serviceAccountName": "neo4j-backup-sa",
                "volumes": [{"name": "artifacts", "persistentVolumeClaim": {"claimName": "backups"}}],
            }}}}}}),
        )
    }

    fn ours() -> Value {
        json!({"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"})
    }

    fn sa(managers: &[&str]) -> (Kind, DynamicObject) {
        let (kind, mut account) = object(Kind::ServiceAccount, "neo4j-backup-sa", ours(), json!({}));
        let entries = managers.iter().map(|manager| {
            json!({"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}})
        });
        account.metadata.managed_fields = serde_json::from_value(Value::Array(entries.collect())).unwrap();
        (kind, account)
    }

    fn names(deletion: &Deletion) -> Vec<String> {
        deletion
            .steps
            .iter()
            .map(|step| {
                let verb = if matches!(step.what, What::Delete { .. }) { "delete" } else { "release" };
                format!("{verb} {}", step.reference.name)
            })
            .collect()
    }

    #[test]
    fn the_account_goes_with_the_last_backup_and_gives_up_the_share_of_the_others() {
        let found = Found {
            workloads: vec![cron_job("a"), cron_job("b")],
            others: vec![sa(&["neo4j-backup", "neo4j-backup/a"])],
        };
        let one = judge(&[spec("a")], &found, Options::default());
        assert_eq!(names(&one), ["delete a-backup-cron", "release neo4j-backup-sa"]);
        let all = judge(&[spec("a"), spec("b")], &found, Options::default());
        assert_eq!(names(&all), ["delete a-backup-cron", "delete b-backup-cron", "delete neo4j-backup-sa"]);
        assert!(all.absent.is_empty());
    }

    #[test]
    fn claims_go_only_when_asked_for_and_used_by_nothing_else() {
        let claim = object(Kind::PersistentVolumeClaim, "backups", ours(), json!({}));
        let found = Found { workloads: vec![cron_job("a"), cron_job("b")], others: vec![claim] };
        let with = Options { claims: true, ..Options::default() };
        assert_eq!(names(&judge(&[spec("a"), spec("b")], &found, Options::default())).len(), 2);
        assert_eq!(names(&judge(&[spec("a"), spec("b")], &found, with)).last().unwrap(), "delete backups");
        let one = judge(&[spec("a")], &found, with);
        assert_eq!(names(&one), ["delete a-backup-cron"]);
        assert!(one.objections[0].message.ends_with("is used by cronjob.batch/b-backup-cron"));
    }

    #[test]
    fn the_claim_of_a_stranger_is_never_deleted() {
        let claim = object(
            Kind::PersistentVolumeClaim,
            "backups",
            json!({"app.kubernetes.io/managed-by": "somebody"}),
            json!({}),
        );
        let found = Found { workloads: vec![cron_job("a")], others: vec![claim] };
        let all = Options { claims: true, specs: true, override_owner: true };
        let deletion = judge(&[spec("a")], &found, all);
        assert_eq!(names(&deletion), ["delete a-backup-cron"]);
        assert_eq!(deletion.objections.len(), 1);
    }

    #[test]
    fn what_flux_keeps_is_refused_and_what_is_absent_is_said() {
        let mut flux = cron_job("a");
        flux.1.metadata.labels.get_or_insert_default().extend(
            [("kustomize.toolkit.fluxcd.io/name", "apps"), ("kustomize.toolkit.fluxcd.io/namespace", "flux")]
                .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let found = Found { workloads: vec![flux], others: Vec::new() };
        let deletion = judge(&[spec("a"), spec("b")], &found, Options::default());
        assert!(deletion.steps.is_empty());
        assert_eq!(deletion.absent, [spec("b")]);
        assert!(deletion.objections[0].message.contains("the Flux Kustomization `flux/apps`"));
        let forced = judge(&[spec("a")], &found, Options { override_owner: true, ..Options::default() });
        assert_eq!(names(&forced), ["delete a-backup-cron"]);
    }
}
