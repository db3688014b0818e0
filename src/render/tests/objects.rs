//! What stands around the pod: names, labels, policies, and objects that specs share.

use k8s_openapi::api::batch::v1::{CronJob, Job};

use super::super::{Detail, Object, Rendered, backup, labels, restore, shared};
use super::plans::{self, Plan};
use crate::plan::{Step, Traced};

pub(super) fn rendered(plan: &Plan, detail: Detail) -> Vec<Rendered> {
    match plan {
        Plan::Backup(plan) => backup::objects(plan, detail),
        Plan::Restore(plan) => restore::objects(plan, detail),
    }
}

pub(super) fn objects(plan: &Plan) -> Vec<Object> {
    rendered(plan, Detail::Objects).into_iter().map(|rendered| rendered.object).collect()
}

fn jobs(objects: &[Object]) -> Vec<&Job> {
    objects
        .iter()
        .filter_map(|object| if let Object::Job(job) = object { Some(&**job) } else { None })
        .collect()
}

fn cron_job(objects: &[Object]) -> &CronJob {
    objects
        .iter()
        .find_map(|object| if let Object::CronJob(cron_job) = object { Some(&**cron_job) } else { None })
        .unwrap()
}

#[test]
fn objects_come_in_the_order_in_which_they_can_be_applied() {
    let names = |plan: Plan| -> Vec<String> { objects(&plan).iter().map(Object::file_name).collect() };
    assert_eq!(
        names(Plan::Backup(Box::new(plans::scheduled_claim()))),
        [
            "serviceaccount-neo4j-backup-sa.yaml",
            "persistentvolumeclaim-neo4j-backups.yaml",
            "cronjob-daily-backup-cron.yaml"
        ]
    );
    assert_eq!(
        names(Plan::Backup(Box::new(plans::tls()))),
        ["configmap-tls-backup-config.yaml", "job-tls-backup.yaml"],
        "an account that is made elsewhere is not rendered"
    );
    assert_eq!(
        names(Plan::Restore(Box::new(plans::restore_hooks()))),
        [
            "serviceaccount-neo4j-backup-sa.yaml",
            "job-orders-pre-restore-hook.yaml",
            "job-orders-restore.yaml"
        ]
    );
}

#[test]
fn every_object_knows_what_it_is() {
    for (name, plan) in plans::all() {
        for object in objects(&plan) {
            let json = serde_json::to_value(&object).unwrap();
            assert_eq!(json["apiVersion"], object.api_version(), "{name}");
            assert_eq!(json["kind"], object.kind(), "{name}");
            assert_eq!(json["metadata"]["name"], object.name(), "{name}");
            assert_eq!(json["metadata"]["namespace"], object.namespace(), "{name}");
            assert_eq!(json["metadata"]["labels"][labels::MANAGED_BY], "kubectl-neo4j-backup", "{name}");
            assert!(json["metadata"]["labels"].get("app.kubernetes.io/instance").is_none(), "{name}");
            assert_eq!(object.file_path(), format!("neo4j/{}", object.file_name()));
        }
    }
}

#[test]
fn labels_of_a_person_reach_job_and_pods_but_cannot_take_an_object_from_its_spec() {
    let mut plan = plans::scheduled_claim();
    plan.pods.labels.insert(labels::BACKUP.into(), "another".into());
    let objects = objects(&Plan::Backup(Box::new(plan)));
    let cron_job = cron_job(&objects);
    let template = &cron_job.spec.as_ref().unwrap().job_template;
    let of_job = template.metadata.as_ref().unwrap();
    let of_pod = template.spec.as_ref().unwrap().template.metadata.as_ref().unwrap();
    for metadata in [of_job, of_pod] {
        assert_eq!(metadata.labels.as_ref().unwrap()["team"], "graph");
        assert_eq!(metadata.labels.as_ref().unwrap()[labels::BACKUP], "daily");
        assert_eq!(metadata.annotations.as_ref().unwrap()["example.com/paging"], "yes");
    }
    assert!(!cron_job.metadata.labels.as_ref().unwrap().contains_key("team"));
}

#[test]
fn every_restore_job_is_suspended_and_says_which_run_it_is() {
    for plan in [plans::restore_offline(), plans::restore_seed(), plans::restore_hooks()] {
        let expected = plan.jobs.len();
        let objects = objects(&Plan::Restore(Box::new(plan)));
        let jobs = jobs(&objects);
        assert_eq!(jobs.len(), expected);
        for job in jobs {
            let spec = job.spec.as_ref().unwrap();
            assert_eq!(spec.suspend, Some(true));
            assert_eq!(job.metadata.annotations.as_ref().unwrap()[labels::RUN_ID], "9f2c4a7e01bd");
            let of_pod = spec.template.metadata.as_ref().unwrap();
            assert_eq!(of_pod.annotations.as_ref().unwrap()[labels::RUN_ID], "9f2c4a7e01bd");
        }
    }
}

#[test]
fn a_restore_without_a_job_needs_no_account() {
    let mut plan = plans::restore_seed();
    plan.jobs.clear();
    assert!(objects(&Plan::Restore(Box::new(plan))).is_empty());
}

/// Rules of the one Job that the steps make, as `action container operator values`.
fn failure_rules(steps: Vec<Step>) -> Vec<String> {
    let mut plan = plans::s3_one_shot();
    plan.steps = steps;
    let objects = objects(&Plan::Backup(Box::new(plan)));
    let policy = jobs(&objects)[0].spec.as_ref().unwrap().pod_failure_policy.clone().unwrap();
    policy
        .rules
        .iter()
        .map(|rule| match &rule.on_exit_codes {
            Some(codes) => format!(
                "{} {} {} {:?}",
                rule.action,
                codes.container_name.as_deref().unwrap_or("any"),
                codes.operator,
                codes.values
            ),
            None => format!("{} {}", rule.action, rule.on_pod_conditions.as_ref().unwrap()[0].type_),
        })
        .collect()
}

fn verification(name: &str) -> Step {
    Step { verification: true, ..plans::step(name, &["neo4j-admin"], Vec::new()) }
}

#[test]
fn a_failed_verification_fails_the_job_and_a_disruption_does_not() {
    let backup = plans::step("backup", &["neo4j-admin"], Vec::new());
    assert_eq!(
        failure_rules(vec![backup, verification("inspect"), verification("check-neo4j")]),
        [
            "Ignore DisruptionTarget",
            "FailJob any In [64, 70, 77]",
            "FailJob inspect NotIn [0]",
            "FailJob check-neo4j NotIn [0]"
        ]
    );
}

#[test]
fn more_verifications_than_the_api_server_takes_rules_still_fail_the_job() {
    let mut steps = vec![plans::step("backup", &["neo4j-admin"], Vec::new())];
    steps.extend((0..18).map(|index| verification(&format!("check-{index}"))));
    assert_eq!(failure_rules(steps.clone()).len(), 20);
    steps.push(verification("check-18"));
    assert_eq!(
        failure_rules(steps),
        [
            "Ignore DisruptionTarget",
            "FailJob any In [64, 70, 77]",
            "Count backup NotIn [0]",
            "FailJob any NotIn [0]"
        ]
    );
}

#[test]
fn exit_codes_of_neo4j_admin_say_nothing_about_a_hook() {
    let hook = Step { foreign: true, ..plans::step("hook", &["true"], Vec::new()) };
    assert_eq!(failure_rules(vec![hook.clone()]), ["Ignore DisruptionTarget"]);
    assert_eq!(
        failure_rules(vec![plans::step("backup", &["neo4j-admin"], Vec::new()), hook]),
        ["Ignore DisruptionTarget", "FailJob backup In [64, 70, 77]"]
    );
}

#[test]
fn a_job_is_kept_unless_a_time_is_asked_for() {
    let ttl = |plan| {
        let objects = objects(&Plan::Backup(Box::new(plan)));
        let job = jobs(&objects)[0];
        let accepted = job.metadata.annotations.as_ref().is_some_and(|annotations| {
            annotations.contains_key("ignore-check.kube-linter.io/job-ttl-seconds-after-finished")
        });
        (job.spec.as_ref().unwrap().ttl_seconds_after_finished, accepted)
    };
    assert_eq!(ttl(plans::s3_one_shot()), (None, true));
    assert_eq!(ttl(plans::azure_ephemeral()), (Some(86_400), false));
}

#[test]
fn specs_that_share_an_account_and_a_claim_get_one_of_each() {
    let mut other = plans::scheduled_claim();
    other.name = "hourly".into();
    other.service_account.annotations.insert(
        "eks.amazonaws.com/role-arn".into(),
        Traced::from_field("arn:aws:iam::123456789012:role/hourly".into(), "spec.storage.cloud.identity"),
    );
    let mut elsewhere = plans::scheduled_claim();
    elsewhere.namespace = "staging".into();
    let mut shared_objects: Vec<Rendered> = [plans::scheduled_claim(), other, elsewhere]
        .iter()
        .flat_map(|plan| backup::shared_objects(plan, Detail::Provenance))
        .collect();
    shared_objects.extend(restore::shared_objects(&plans::restore_offline(), Detail::Provenance));
    shared::merge(&mut shared_objects);
    let paths: Vec<String> = shared_objects.iter().map(|item| item.object.file_path()).collect();
    assert_eq!(
        paths,
        [
            "neo4j/serviceaccount-neo4j-backup-sa.yaml",
            "neo4j/persistentvolumeclaim-neo4j-backups.yaml",
            "staging/serviceaccount-neo4j-backup-sa.yaml",
            "staging/persistentvolumeclaim-neo4j-backups.yaml"
        ]
    );
    let pointer = "/metadata/annotations/eks.amazonaws.com~1role-arn";
    let account = serde_json::to_value(&shared_objects[0].object).unwrap();
    assert_eq!(account.pointer(pointer).unwrap(), "arn:aws:iam::123456789012:role/hourly");
    assert_eq!(shared_objects[0].provenance.origin(pointer).unwrap().spec.name, "hourly");
}
