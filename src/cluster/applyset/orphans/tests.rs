use super::*;
use serde_json::json;

fn object(kind: Kind, name: &str, more: Value) -> (Kind, DynamicObject) {
    let mut value = json!({
        "apiVersion": "v1",
        "kind": kind.name(),
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"),
            "labels": {"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"}},
    });
    merge(&mut value, more);
    (kind, serde_json::from_value(value).unwrap())
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

fn cron_job(name: &str, account: &str) -> (Kind, DynamicObject) {
    object(
        Kind::CronJob,
        name,
        json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"serviceAccountName": account}}}}}}),
    )
}

fn job(name: &str, spec: &str, status: Value) -> (Kind, DynamicObject) {
    object(
        Kind::Job,
        name,
        json!({"metadata": {"labels": {"neo4j.neo4j.com/backup": spec}},
            "spec": {"template": {"spec": {"serviceAccountName": "neo4j-backup-sa"}}}, "status": status}),
    )
}

fn ended() -> Value {
    json!({"conditions": [{"type": "Complete", "status": "True"}]})
}

fn names(orphans: &Orphans) -> (Vec<&str>, Vec<String>) {
    (
        orphans.delete.iter().map(|orphan| orphan.reference.name.as_str()).collect(),
        orphans.kept.iter().map(|kept| format!("{}: {}", kept.reference.name, kept.reason)).collect(),
    )
}

#[test]
fn an_account_goes_with_the_last_workload_that_runs_as_it() {
    let members =
        [cron_job("a", "neo4j-backup-sa"), object(Kind::ServiceAccount, "neo4j-backup-sa", json!({}))];
    let orphans = judge(&members, &[members[0].clone()], &[]);
    assert_eq!(names(&orphans), (vec!["a", "neo4j-backup-sa"], vec![]));

    let workloads = [members[0].clone(), cron_job("b", "neo4j-backup-sa")];
    let orphans = judge(&members, &workloads, &[]);
    assert_eq!(names(&orphans), (vec!["a"], vec!["neo4j-backup-sa: cronjob.batch/b runs as it".to_owned()]));
}

#[test]
fn runs_of_a_cron_job_that_goes_keep_no_account() {
    let members =
        [cron_job("a", "neo4j-backup-sa"), object(Kind::ServiceAccount, "neo4j-backup-sa", json!({}))];
    let mut run = job("a-1", "a", ended());
    run.1.metadata.owner_references = Some(vec![
        serde_json::from_value(
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "name": "a", "uid": "u", "controller": true}),
        )
        .unwrap(),
    ]);
    let orphans = judge(&members, &[members[0].clone(), run.clone()], &[]);
    assert_eq!(names(&orphans).0, ["a", "neo4j-backup-sa"]);
    // As a member itself it is neither deleted nor a reason for words.
    assert_eq!(judge(&[run], &[], &[]), Orphans::default());
}

#[test]
fn a_job_that_runs_and_the_record_of_a_spec_that_is_there_stay() {
    let members =
        [job("gone", "gone", ended()), job("running", "gone", json!({})), job("kept", "there", ended())];
    let there = SpecName { kind: "Neo4jBackup", namespace: "shop".to_owned(), name: "there".to_owned() };
    let orphans = judge(&members, &[], &[there]);
    assert_eq!(
        names(&orphans),
        (
            vec!["gone"],
            vec![
                "running: it is running; prune again when it has ended".to_owned(),
                "kept: it is the record of a run of a spec that is still there".to_owned(),
            ]
        )
    );
}

#[test]
fn what_a_git_ops_tool_keeps_stays() {
    let mut flux = cron_job("a", "x");
    flux.1.metadata.labels.get_or_insert_default().extend(
        [
            ("kustomize.toolkit.fluxcd.io/name", "apps"),
            ("kustomize.toolkit.fluxcd.io/namespace", "flux-system"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let orphans = judge(&[flux], &[], &[]);
    assert_eq!(
        names(&orphans),
        (vec![], vec!["a: the Flux Kustomization `flux-system/apps` keeps it".to_owned()])
    );
}
