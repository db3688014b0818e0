use super::*;
use crate::cluster::change::Change;
use crate::cluster::error::FieldConflict;
use serde_json::json;

fn manifest(schedule: &str, key: &str) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "nightly-backup-cron", "namespace": "shop",
            "labels": {"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"}},
        "spec": {"schedule": schedule, "suspend": false, "jobTemplate": {"spec": {"template": {"spec": {"containers": [
            {"name": "backup", "image": "neo4j:5.26.12-enterprise", "args": ["--type=AUTO", "*"],
             "env": [{"name": "REGION", "value": "eu"}, {"name": "MY_SECRET_KEY", "value": key}]}]}}}}}})
}

fn with_owners(mut object: Value, others: Value) -> DynamicObject {
    let ours = fields::of(&object);
    object["metadata"]["uid"] = json!("u");
    object["metadata"]["generation"] = json!(3);
    object["status"] = json!({"lastScheduleTime": "2026-01-01T00:00:00Z"});
    object["spec"]["concurrencyPolicy"] = json!("Allow");
    object["metadata"]["managedFields"] = json!([
        {"manager": "neo4j-backup", "operation": "Apply", "apiVersion": "batch/v1", "time": "2026-01-01T00:00:00Z",
         "fieldsType": "FieldsV1", "fieldsV1": ours},
        {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "batch/v1", "time": "2026-01-02T03:04:05Z",
         "fieldsType": "FieldsV1", "fieldsV1": others},
    ]);
    serde_json::from_value(object).unwrap()
}

fn desired(object: Value) -> Desired {
    Desired {
        reference: reference(Kind::CronJob, "nightly-backup-cron"),
        object,
        manager: "neo4j-backup".to_owned(),
        spec: None,
        rendered: Some(crate::render::Rendered {
            object: crate::render::Object::Job(Box::default()),
            provenance: Default::default(),
        }),
    }
}

fn reference(kind: Kind, name: &str) -> Reference {
    Reference { kind, namespace: "shop".to_owned(), name: name.to_owned() }
}

fn change(outcome: Outcome, live: Option<DynamicObject>, merged: Option<DynamicObject>) -> Change {
    Change {
        reference: reference(Kind::CronJob, "nightly-backup-cron"),
        parts: vec![0],
        pending: vec![0],
        live,
        live_is_known: true,
        merged,
        outcome,
        force: false,
        warnings: Vec::new(),
    }
}

fn unified(diff: &ObjectDiff) -> String {
    let mut out = Vec::new();
    unified::write(&mut out, diff, false).unwrap();
    String::from_utf8(out).unwrap()
}

/// Somebody has edited the schedule, which is ours to set: a conflict.
fn edited() -> ObjectDiff {
    let others = json!({"f:spec": {"f:schedule": {}}});
    let live = with_owners(manifest("0 5 * * *", "hunter2"), others.clone());
    let merged = with_owners(manifest("0 2 * * *", "hunter3"), others);
    let conflicts =
        vec![FieldConflict { field: ".spec.schedule".to_owned(), manager: "kubectl-edit".to_owned() }];
    let wanted = [desired(manifest("0 2 * * *", "hunter3"))];
    of(&change(Outcome::Conflict(conflicts), Some(live), Some(merged)), &wanted).unwrap()
}

#[test]
fn a_field_of_somebody_else_is_shown_with_its_owner_and_no_secret_is() {
    insta::assert_snapshot!(unified(&edited()));
}

#[test]
fn json_has_each_differing_field_with_its_owners() {
    let mut out = Vec::new();
    json::write(&mut out, &[edited()]).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn what_others_added_and_what_the_server_counts_is_no_difference() {
    let mut live = with_owners(manifest("0 2 * * *", "x"), json!({"f:spec": {"f:concurrencyPolicy": {}}}));
    let mut merged = live.clone();
    merged.metadata.generation = Some(4);
    live.data["spec"]["concurrencyPolicy"] = json!("Forbid");
    let wanted = [desired(manifest("0 2 * * *", "x"))];
    assert!(of(&change(Outcome::Update, Some(live), Some(merged)), &wanted).is_none());
}

#[test]
fn a_field_that_is_no_longer_wanted_goes() {
    let live = with_owners(manifest("0 2 * * *", "x"), json!({}));
    let mut less = manifest("0 2 * * *", "x");
    less["spec"].as_object_mut().unwrap().remove("suspend");
    let merged = with_owners(less.clone(), json!({}));
    let diff = of(&change(Outcome::Update, Some(live), Some(merged)), &[desired(less)]).unwrap();
    let paths: Vec<_> =
        diff.fields.iter().map(|field| (field.path.as_str(), &field.from, &field.to)).collect();
    assert_eq!(paths, [(".spec.suspend", &Some(json!(false)), &None)]);
}

#[test]
fn a_job_that_cannot_change_is_explained() {
    let job = |image: &str| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a-backup", "namespace": "shop"},
            "spec": {"template": {"spec": {"containers": [{"name": "backup", "image": image,
                "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]}]}}}})
    };
    let mut live = with_owners(job("neo4j:5.26.1-enterprise"), json!({}));
    // The server's own default in a part that is ours as a whole.
    live.data["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] =
        json!("v1");
    let wanted =
        Desired { reference: reference(Kind::Job, "a-backup"), ..desired(job("neo4j:5.26.2-enterprise")) };
    let outcome = Outcome::Immutable {
        fields: vec!["spec.template".to_owned()],
        message: "field is immutable".to_owned(),
    };
    let change = Change { reference: wanted.reference.clone(), ..change(outcome, Some(live), None) };
    insta::assert_snapshot!(unified(&of(&change, &[wanted]).unwrap()));
}

#[test]
fn a_new_object_is_shown_whole_also_when_its_namespace_is_missing() {
    let wanted = [desired(manifest("0 2 * * *", "hunter2"))];
    let diff = of(&change(Outcome::NamespaceMissing, None, None), &wanted).unwrap();
    insta::assert_snapshot!(unified(&diff));
    assert_eq!(diff.operation, Operation::Create);
    assert!(diff.fields.iter().all(|field| field.from.is_none() && field.to.is_some()));
}

#[test]
fn parts_of_one_object_are_one_difference() {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa", "namespace": "shop"},
        "automountServiceAccountToken": false});
    let part = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa", "namespace": "shop",
        "annotations": {"eks.amazonaws.com/role-arn": "arn:x"}}});
    let wanted = [desired(account), desired(part)];
    let change = Change {
        reference: reference(Kind::ServiceAccount, "sa"),
        parts: vec![0, 1],
        ..change(Outcome::NamespaceMissing, None, None)
    };
    let diff = of(&change, &wanted).unwrap();
    let paths: Vec<_> = diff.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, [".automountServiceAccountToken", ".metadata.annotations"]);
}

#[test]
fn items_in_another_order_are_a_difference_of_the_list() {
    let live = with_owners(manifest("0 2 * * *", "x"), json!({}));
    let mut other = manifest("0 2 * * *", "x");
    other["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["env"]
        .as_array_mut()
        .unwrap()
        .reverse();
    let merged = with_owners(other.clone(), json!({}));
    let diff = of(&change(Outcome::Update, Some(live), Some(merged)), &[desired(other)]).unwrap();
    let paths: Vec<_> = diff.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, [r#".spec.jobTemplate.spec.template.spec.containers[name="backup"].env"#]);
}

#[test]
fn a_comment_is_never_too_long_and_counts_what_it_leaves_out() {
    let many: Vec<ObjectDiff> = (0..400)
        .map(|index| {
            let mut diff = edited();
            diff.reference.name = format!("{}-{index}-backup-cron", "n".repeat(40));
            diff.notes.push("```` a fence in a note ````".to_owned());
            diff
        })
        .collect();
    let text = |diffs: &[ObjectDiff]| {
        let mut out = Vec::new();
        markdown::write(&mut out, diffs).unwrap();
        String::from_utf8(out).unwrap()
    };
    let long = text(&many);
    assert!(long.chars().count() <= markdown::LIMIT);
    let shown = long.matches("<details>").count();
    let named = long.matches("\n- <code>").count();
    let counted: usize = long.rsplit_once("- and ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(shown + named + counted, 400);
    assert!(shown > 10 && named > 5);
    insta::assert_snapshot!(text(&many[..1]).replace(&"n".repeat(40), "nnn"));
}

#[test]
fn an_orphan_is_shown_as_deleted() {
    let live = with_owners(manifest("0 2 * * *", "hunter2"), json!({}));
    let diff = pruned(&reference(Kind::CronJob, "nightly-backup-cron"), &live, "shop");
    let text = unified(&diff);
    assert!(text.contains("+++ /dev/null") && text.contains("apply --prune --applyset shop"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
