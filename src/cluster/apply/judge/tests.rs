use super::*;
use crate::cluster::applyset::ApplySet;
use kube::core::Status;
use serde_json::json;

fn reference(kind: Kind, name: &str) -> Reference {
    Reference { kind, namespace: "shop".to_owned(), name: name.to_owned() }
}

fn spec() -> SpecName {
    SpecName { kind: "Neo4jBackup", namespace: "shop".to_owned(), name: "nightly".to_owned() }
}

fn wanted(kind: Kind, name: &str, object: Value) -> Desired {
    Desired {
        reference: reference(kind, name),
        object,
        manager: "neo4j-backup".to_owned(),
        spec: Some(spec()),
        rendered: None,
    }
}

fn live(metadata: Value, body: Value) -> DynamicObject {
    let mut value = json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "namespace": "shop"}});
    for (key, item) in metadata.as_object().unwrap() {
        value["metadata"][key] = item.clone();
    }
    for (key, item) in body.as_object().unwrap() {
        value[key] = item.clone();
    }
    serde_json::from_value(value).unwrap()
}

fn ours() -> Value {
    json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"}})
}

fn change(desired: &Desired, live: Option<DynamicObject>, outcome: Outcome) -> Change {
    Change {
        reference: desired.reference.clone(),
        parts: vec![0],
        pending: vec![0],
        live,
        live_is_known: true,
        merged: None,
        outcome,
        force: false,
        warnings: Vec::new(),
    }
}

fn judged(desired: Desired, live: Option<DynamicObject>, outcome: Outcome, options: &Options) -> Judged {
    let change = change(&desired, live, outcome);
    judge(&[desired], &[change], &HashMap::new(), &[spec()], &Operators::default(), options)
}

/// Actions of the steps, then codes and messages of the objections.
fn told(judged: &Judged) -> Vec<String> {
    let steps = judged.steps.iter().map(|step| format!("{:?} {}", step.action, step.why).trim().to_owned());
    let objections = judged
        .objections
        .iter()
        .map(|objection| format!("{} {}", objection.definition.code, objection.message));
    steps.chain(objections).collect()
}

fn cron_job() -> Desired {
    wanted(Kind::CronJob, "nightly-backup-cron", json!({"metadata": {}}))
}

#[test]
fn what_argo_cd_flux_helm_or_a_stranger_keep_is_refused_with_the_place_to_change_it() {
    for (metadata, owner, place) in [
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop-apps:batch/CronJob:shop/x"}}),
            "the Argo CD application `shop-apps`",
            "Git repository",
        ),
        (
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
            "the Flux Kustomization `flux-system/apps`",
            "Git repository",
        ),
        (
            json!({"annotations": {"meta.helm.sh/release-name": "db", "meta.helm.sh/release-namespace": "shop"}}),
            "the Helm release `shop/db`",
            "helm upgrade db -n shop",
        ),
        (
            json!({"labels": {"app.kubernetes.io/managed-by": "neo4j-operator"}}),
            "`neo4j-operator`",
            "another name",
        ),
        (
            json!({"ownerReferences": [{"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jBackup",
                "name": "nightly", "uid": "u", "controller": true}]}),
            "the Neo4jBackup `nightly`",
            "change the Neo4jBackup `nightly`",
        ),
    ] {
        let there = live(metadata, json!({}));
        let result = judged(cron_job(), Some(there.clone()), Outcome::Update, &Options::default());
        assert!(result.steps.is_empty());
        let objection = &result.objections[0];
        assert_eq!(objection.definition.code.to_string(), "NB820");
        assert_eq!(objection.weight, Weight::Conflict);
        assert!(objection.message.ends_with(&format!("belongs to {owner}")), "{}", objection.message);
        assert!(objection.help.contains(place), "{}", objection.help);
        assert!(objection.help.contains("--override-owner"));

        let options = Options { override_owner: true, ..Options::default() };
        assert_eq!(told(&judged(cron_job(), Some(there), Outcome::Update, &options)), ["Update"]);
    }
}

#[test]
fn the_claim_of_another_is_used_when_it_suits_and_never_taken_over() {
    let claim = |size: &str, class: Option<&str>| {
        let mut object = json!({"metadata": {}, "spec": {"resources": {"requests": {"storage": size}}}});
        if let Some(class) = class {
            object["spec"]["storageClassName"] = json!(class);
        }
        wanted(Kind::PersistentVolumeClaim, "backups", object)
    };
    let there = || {
        live(
            json!({"labels": {"app.kubernetes.io/managed-by": "somebody"}}),
            json!({"spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "100Gi"}}}}),
        )
    };
    let all = Options { override_owner: true, force_conflicts: true, ..Options::default() };
    for (claim, words) in [
        (claim("100Gi", None), "is used as it is"),
        (claim("50Gi", Some("fast")), "is used as it is"),
        (claim("102400Mi", Some("fast")), "is used as it is"),
        (claim("200Gi", None), "has 100Gi, and the spec asks for 200Gi"),
        (claim("10Gi", Some("slow")), "is of the class `fast`, and the spec asks for `slow`"),
    ] {
        let result = judged(claim, Some(there()), Outcome::Update, &all);
        assert!(result.steps.iter().all(|step| !step.does_something()));
        let objection = &result.objections[0];
        assert!(objection.message.ends_with(words), "{}", objection.message);
        let code = if words.ends_with("as it is") { "NB825" } else { "NB826" };
        assert_eq!(objection.definition.code.to_string(), code);
        assert_eq!(objection.keeps_all(), code == "NB826");
    }
}

#[test]
fn the_account_of_another_is_used_when_it_has_the_annotations() {
    let account = wanted(
        Kind::ServiceAccount,
        "neo4j-backup-sa",
        json!({"metadata": {"annotations": {"iam.gke.io/gcp-service-account": "backup@p"}}}),
    );
    let there = |value: &str| {
        live(
            json!({"labels": {"app.kubernetes.io/managed-by": "somebody"},
                "annotations": {"iam.gke.io/gcp-service-account": value}}),
            json!({}),
        )
    };
    let suits = judged(account.clone(), Some(there("backup@p")), Outcome::Update, &Options::default());
    assert_eq!(suits.objections[0].definition.code.to_string(), "NB825");
    let lacks = judged(account, Some(there("other@p")), Outcome::Update, &Options::default());
    assert_eq!(lacks.objections[0].definition.code.to_string(), "NB826");
    assert!(lacks.steps.is_empty());
}

#[test]
fn a_conflict_names_the_manager_the_field_and_when() {
    let there = live(
        json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"}, "managedFields": [
            {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "batch/v1", "time": "2026-01-02T03:04:05Z",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:schedule": {}}}}]}),
        json!({}),
    );
    let conflict = FieldConflict { field: ".spec.schedule".to_owned(), manager: "kubectl-edit".to_owned() };
    let result = judged(cron_job(), Some(there), Outcome::Conflict(vec![conflict]), &Options::default());
    assert_eq!(
        told(&result),
        [
            "NB828 cronjob.batch/nightly-backup-cron in shop: .spec.schedule was set by `kubectl-edit` on 2026-01-02T03:04:05Z"
        ]
    );
    assert!(result.objections[0].help.contains("--force-conflicts"));
}

fn immutable() -> Outcome {
    Outcome::Immutable { fields: vec!["spec.template".to_owned()], message: "field is immutable".to_owned() }
}

fn once(options: &Options, reruns: &HashMap<Reference, Option<DynamicObject>>) -> Judged {
    let job = wanted(Kind::Job, "nightly-backup", json!({"metadata": {}, "spec": {"a": 1}}));
    let ended = live(ours(), json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}}));
    let change = change(&job, Some(ended), immutable());
    judge(&[job], &[change], reruns, &[spec()], &Operators::default(), options)
}

#[test]
fn a_changed_one_shot_backup_runs_again_only_when_told() {
    let none = HashMap::new();
    let left = once(&Options::default(), &none);
    assert_eq!(
        told(&left),
        [
            "NB824 job.batch/nightly-backup in shop has run, and its spec has changed since (spec.template: field is immutable)"
        ]
    );
    assert!(!left.objections[0].keeps_all(), "everything else is applied");

    let replaced = once(&Options { once: Once::Replace, ..Options::default() }, &none);
    assert_eq!(told(&replaced), ["Replace its content changed; the old Job and its logs go"]);

    let again = once(&Options { once: Once::Rerun, ..Options::default() }, &none);
    assert_eq!(told(&again), ["Rerun its content changed; job.batch/nightly-backup stays"]);
    let name = &again.steps[0].reference.name;
    assert!(name.starts_with("nightly-backup-"));

    // Whoever asks once more gets no third run.
    let there = HashMap::from([(again.steps[0].reference.clone(), Some(live(ours(), json!({}))))]);
    for how in [Once::Leave, Once::Replace, Once::Rerun] {
        let kept = once(&Options { once: how, ..Options::default() }, &there);
        assert_eq!(told(&kept), ["Keep"]);
        assert_eq!(&kept.steps[0].reference.name, name);
    }
}

#[test]
fn an_object_joins_the_set_unless_it_is_in_another_one() {
    let set = ApplySet::parse("backups", "shop").unwrap();
    let options = Options { set: Some(set.clone()), ..Options::default() };
    let member = |id: &str| {
        live(
            json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-neo4j-backup",
                "applyset.kubernetes.io/part-of": id}}),
            json!({}),
        )
    };
    let fresh = judged(cron_job(), Some(live(ours(), json!({}))), Outcome::Unchanged, &options);
    assert_eq!(told(&fresh), ["Update joins the set"]);
    assert!(fresh.steps[0].enlist);
    let inside = judged(cron_job(), Some(member(set.id())), Outcome::Unchanged, &options);
    assert_eq!(told(&inside), ["Keep"]);
    let other = judged(cron_job(), Some(member("applyset-other-v1")), Outcome::Unchanged, &options);
    assert_eq!(other.objections[0].definition.code.to_string(), "NB821");
    assert_eq!(other.objections[0].weight, Weight::Conflict);
    // An account is shared: it stays in the set that made it.
    let account = wanted(Kind::ServiceAccount, "neo4j-backup-sa", json!({"metadata": {}}));
    let shared = judged(account, Some(member("applyset-other-v1")), Outcome::Unchanged, &options);
    assert_eq!(told(&shared), ["Keep"]);
    // Without naming a set nothing leaves one.
    let plain =
        judged(cron_job(), Some(member("applyset-other-v1")), Outcome::Unchanged, &Options::default());
    assert_eq!(told(&plain), ["Keep"]);
}

#[test]
fn what_the_server_would_not_take_weighs_as_it_should() {
    for (outcome, weight, words) in [
        (
            Outcome::Rejected(Box::new(Status { message: "spec.x:\n  bad".to_owned(), ..Status::default() })),
            Weight::Finding,
            "would be refused: spec.x: bad",
        ),
        (Outcome::Forbidden { message: "u cannot patch".to_owned() }, Weight::Cluster, "u cannot patch"),
        (Outcome::NamespaceMissing, Weight::Finding, "the namespace `shop` does not exist"),
        (Outcome::KindMissing, Weight::Finding, "does not know the kind"),
    ] {
        let result = judged(cron_job(), None, outcome, &Options::default());
        let objection = &result.objections[0];
        assert_eq!(objection.definition.code.to_string(), "NB829");
        assert_eq!(objection.weight, weight);
        assert!(objection.message.contains(words), "{}", objection.message);
        assert!(objection.keeps_all());
    }
}

#[test]
fn a_spec_can_be_made_once_its_definition_is_there() {
    let (definition, object) = operator::definitions().unwrap().remove(0);
    let desired = [
        Desired { reference: definition, object, ..wanted(Kind::Job, "", json!({})) },
        wanted(Kind::Backup, "nightly", json!({"metadata": {}})),
    ];
    let mut changes =
        [change(&desired[0], None, Outcome::Create), change(&desired[1], None, Outcome::KindMissing)];
    changes[1].parts = vec![1];
    let result =
        judge(&desired, &changes, &HashMap::new(), &[spec()], &Operators::default(), &Options::default());
    assert_eq!(told(&result), ["Create", "Create once its definition is there"]);
}

#[test]
fn the_definition_of_an_operator_is_never_overwritten() {
    let (definition, object) = operator::definitions().unwrap().remove(0);
    let desired = Desired { reference: definition, object, ..wanted(Kind::Job, "", json!({})) };
    let there = live(
        json!({"name": "neo4jbackups.neo4j.neo4j.com", "managedFields": [{"manager": "helm", "operation": "Update"}]}),
        json!({"spec": {"group": "neo4j.neo4j.com", "versions": [{"name": "v1beta1"}]}}),
    );
    let all = Options { override_owner: true, force_conflicts: true, ..Options::default() };
    let result = judged(desired, Some(there), Outcome::Update, &all);
    assert_eq!(result.objections[0].definition.code.to_string(), "NB823");
    assert!(result.objections[0].message.ends_with("installed by `helm`"));
    assert!(result.steps.is_empty());
}

#[test]
fn a_claim_that_is_there_suits_by_the_value_of_its_size() {
    for (asked, has, suits) in [
        ("1Gi", "1024Mi", true),
        ("1Ti", "1Ei", true),
        ("10Gi", "10G", false),
        ("1Gi", "500m", false),
        // What is no quantity is the server's to judge.
        ("much", "1Gi", true),
    ] {
        let claim = wanted(
            Kind::PersistentVolumeClaim,
            "backups",
            json!({"spec": {"resources": {"requests": {"storage": asked}}}}),
        );
        let there = live(
            json!({"managedFields": [{"manager": "kubectl", "operation": "Update"}]}),
            json!({"status": {"capacity": {"storage": has}}}),
        );
        let result = judged(claim, Some(there), Outcome::Update, &Options::default());
        let code = result.objections[0].definition.code.to_string();
        assert_eq!(code, if suits { "NB825" } else { "NB826" }, "{asked} of {has}");
        assert!(!result.objections[0].help.is_empty());
    }
}

#[test]
fn a_suspension_by_hand_is_not_to_be_forced_away() {
    let conflict = |manager: &str| {
        let conflicts =
            vec![FieldConflict { field: ".spec.suspend".to_owned(), manager: manager.to_owned() }];
        let there = live(ours(), json!({}));
        let result = judged(cron_job(), Some(there), Outcome::Conflict(conflicts), &Options::default());
        result.objections[0].help.clone()
    };
    let help = conflict(suspension::MANAGER);
    assert!(help.contains("`resume`") && !help.contains("--force-conflicts"), "{help}");
    assert!(conflict("kubectl").contains("--force-conflicts"));
}

#[test]
fn what_specs_share_is_told_at_a_spec() {
    use crate::bundle::{Bundle, Wanted};
    use crate::cluster::apply::{With, gather};
    use crate::input::sources::{Origin, Source, SourceName};
    use crate::rules::{self, Context};

    let text = "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jBackup, metadata: {name: nightly, namespace: shop}, \
        spec: {target: {kind: Cluster, name: graph}, storage: {type: pvc, pvc: {name: backups, size: 1Gi}}}}";
    let source = Source {
        name: std::sync::Arc::new(SourceName::new("spec.yaml")),
        origin: Origin::Stdin,
        targets_only: false,
    };
    let loaded = crate::input::load(&[source], text.as_bytes()).unwrap();
    let options = rules::Options {
        target: crate::target::TargetFlags {
            image: Some("neo4j:5.26.12-enterprise".to_owned()),
            servers: Some(3),
            ..Default::default()
        },
        ..Default::default()
    };
    let context = Context::new(&loaded.documents, &options);
    let bundle = Bundle::new(&context, Wanted::Backups);
    let (desired, specs) = gather(&bundle, &context, With::default()).unwrap();
    let changes: Vec<Change> = crate::cluster::change::grouped(&desired)
        .into_iter()
        .map(|(reference, parts)| Change {
            reference: reference.clone(),
            parts,
            ..change(&desired[0], None, Outcome::NamespaceMissing)
        })
        .collect();
    assert!(changes.len() >= 3, "an account, a claim and a Job");
    let result =
        judge(&desired, &changes, &HashMap::new(), &specs, &Operators::default(), &Options::default());
    for objection in &result.objections {
        assert_eq!(objection.spec.as_ref(), Some(&spec()), "{}", objection.message);
    }
    assert_eq!(result.objections.len(), changes.len());
}
