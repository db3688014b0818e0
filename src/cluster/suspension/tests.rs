use serde_json::{Value, json};

use super::*;

fn cron_job(suspended: bool, annotations: Value, managers: Value) -> CronJob {
    serde_json::from_value(json!({
        "metadata": {"name": "c", "namespace": "n", "resourceVersion": "7", "annotations": annotations,
                     "managedFields": managers},
        "spec": {"suspend": suspended, "schedule": "0 2 * * *", "jobTemplate": {}},
    }))
    .unwrap()
}

fn entry(manager: &str, operation: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "batch/v1", "fieldsType": "FieldsV1",
           "fieldsV1": fields})
}

#[test]
fn what_is_suspended_stays_as_it_is_unless_there_is_another_reason() {
    let free = cron_job(false, json!({}), json!([]));
    let by_hand = cron_job(true, json!({BY: "ada", REASON: "migration"}), json!([]));
    assert_eq!(plan_suspend(&free, None), Plan::Change);
    assert_eq!(plan_suspend(&by_hand, None), Plan::Nothing);
    assert_eq!(plan_suspend(&by_hand, Some("migration")), Plan::Nothing);
    assert_eq!(plan_suspend(&by_hand, Some("upgrade")), Plan::Change);
    assert_eq!(plan_resume(&free), Plan::Nothing);
    assert_eq!(plan_resume(&by_hand), Plan::Change);
    // What somebody resumed with another tool still carries the statement.
    assert_eq!(plan_resume(&cron_job(false, json!({BY: "ada"}), json!([]))), Plan::Change);
}

#[test]
fn a_suspension_that_is_applied_is_declared() {
    let suspend = json!({"f:spec": {"f:suspend": {}, "f:schedule": {}}});
    let of = |suspended, manager, operation| {
        is_declared(&cron_job(suspended, json!({}), json!([entry(manager, operation, suspend.clone())])))
    };
    assert!(of(true, "neo4j-backup", "Apply"));
    assert!(of(true, "argocd-controller", "Apply"));
    assert!(!of(false, "neo4j-backup", "Apply"));
    assert!(!of(true, MANAGER, "Apply"));
    assert!(!of(true, "kubectl-patch", "Update"));
}

#[test]
fn the_field_goes_back_to_those_who_apply_the_schedule() {
    let managers = json!([
        entry("neo4j-backup", "Apply", json!({"f:spec": {"f:schedule": {}}})),
        entry("other", "Apply", json!({"f:metadata": {"f:labels": {"f:team": {}}}})),
        entry("kubectl-edit", "Update", json!({"f:spec": {"f:schedule": {}}})),
        entry(MANAGER, "Update", json!({"f:spec": {"f:suspend": {}}})),
        entry(MANAGER, "Apply", json!({"f:metadata": {"f:annotations": {}}})),
    ]);
    let resumed = cron_job(false, json!({}), managers);
    assert_eq!(
        give_back(&resumed.metadata).unwrap(),
        json!({"metadata": {"resourceVersion": "7", "managedFields": [
            entry("neo4j-backup", "Apply", json!({"f:spec": {"f:schedule": {}, "f:suspend": {}}})),
            entry("other", "Apply", json!({"f:metadata": {"f:labels": {"f:team": {}}}})),
            entry("kubectl-edit", "Update", json!({"f:spec": {"f:schedule": {}}})),
        ]}})
    );
}

#[test]
fn where_nothing_is_ours_nothing_is_given_back() {
    let managers =
        json!([entry("neo4j-backup", "Apply", json!({"f:spec": {"f:schedule": {}, "f:suspend": {}}}))]);
    assert_eq!(give_back(&cron_job(false, json!({}), managers).metadata), None);
    // Nor is every owner forgotten.
    let alone = json!([entry(MANAGER, "Update", json!({"f:spec": {"f:suspend": {}}}))]);
    assert_eq!(give_back(&cron_job(false, json!({}), alone).metadata), None);
}
