//! Objects as pods.md §3 and a 1.34 cluster show them, and what is read off them.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn job(change: impl FnOnce(&mut Value)) -> Job {
    let mut value = json!({
        "metadata": {
            "name": "nightly-backup-cron-29538240", "namespace": "shop", "uid": "j1",
            "creationTimestamp": "2026-03-01T00:00:00Z",
            "labels": {"neo4j.neo4j.com/backup": "nightly"},
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-03-01T00:00:00Z"},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly-backup-cron", "uid": "c1"}],
        },
        "spec": {"template": {}},
        "status": {"startTime": "2026-03-01T00:00:01Z"},
    });
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

fn failed(reason: &str, message: &str) -> Job {
    job(|job| {
        job["status"]["failed"] = json!(1);
        job["status"]["conditions"] = json!([{"type": "Failed", "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": "2026-03-01T00:05:00Z"}]);
    })
}

/// A pod of two steps, `backup` and then `inspect`.
fn pod(status: Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "nightly-abcde", "namespace": "shop", "uid": "p1", "creationTimestamp": "2026-03-01T00:00:01Z",
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "nightly-backup-cron-29538240", "uid": "j1"}]},
        "spec": {
            "nodeName": status.get("unplaced").map_or(json!("node-1"), |_| Value::Null),
            "initContainers": [{"name": "backup", "image": "neo4j:5.26.12-enterprise",
                "command": ["neo4j-admin", "database", "backup"], "args": ["--from=a:6362"]}],
            "containers": [{"name": "inspect", "image": "neo4j:5.26.12-enterprise",
                "command": ["neo4j-admin", "backup", "inspect"]}],
            "volumes": [{"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}}],
        },
        "status": status,
    }))
    .unwrap()
}

fn ended(exit: i32, reason: &str, message: &str) -> Value {
    json!({"phase": "Failed",
        "initContainerStatuses": [{"name": "backup", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": exit, "reason": reason, "message": message}}}],
        "containerStatuses": [{"name": "inspect", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "PodInitializing"}}}]})
}

fn waits(reason: &str, message: &str) -> Value {
    json!({"phase": "Pending",
        "initContainerStatuses": [{"name": "backup", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": reason, "message": message}}}]})
}

fn unplaced(message: &str) -> Value {
    json!({"unplaced": true, "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]})
}

fn event(kind: &str, name: &str, reason: &str, message: &str) -> Event {
    serde_json::from_value(json!({
        "metadata": {"name": "e", "namespace": "shop", "creationTimestamp": "2026-03-01T00:01:00Z"},
        "involvedObject": {"kind": kind, "name": name, "namespace": "shop"},
        "reason": reason, "message": message, "type": "Warning",
    }))
    .unwrap()
}

fn said(job: &Job, pods: &[Pod], events: &[Event]) -> String {
    match run(job, pods, events, now()).cause {
        Some(cause) => format!("{} {cause}", cause.definition().code),
        None => "nothing".to_owned(),
    }
}

fn of_pod(status: Value) -> String {
    said(&job(|_| ()), &[pod(status)], &[])
}

#[test]
fn every_state_of_a_pod_has_its_cause() {
    for (status, expected) in [
        (
            waits(
                "ImagePullBackOff",
                "Back-off pulling image \"neo4j:0\": ErrImagePull: failed to resolve reference: docker.io/library/neo4j:0: not found",
            ),
            "NB900 the image neo4j:5.26.12-enterprise cannot be pulled: there is no such image",
        ),
        (
            waits(
                "InvalidImageName",
                "Failed to apply default image tag \"neo4j:A B\": couldn't parse image name",
            ),
            "NB900 the image neo4j:5.26.12-enterprise cannot be pulled: that is no name of an image",
        ),
        (
            waits("CreateContainerConfigError", "secret \"credentials\" not found"),
            "NB902 the Secret credentials does not exist",
        ),
        (
            waits(
                "CreateContainerConfigError",
                "couldn't find key AWS_ACCESS_KEY_ID in Secret shop/credentials",
            ),
            "NB903 the Secret credentials has no key AWS_ACCESS_KEY_ID",
        ),
        (
            waits("CreateContainerConfigError", "configmap \"tls\" not found"),
            "NB904 the ConfigMap tls does not exist",
        ),
        (
            waits("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
            "NB918 step backup cannot start (CreateContainerConfigError): container has runAsNonRoot and image will run as root",
        ),
        (
            unplaced(
                "0/1 nodes are available: persistentvolumeclaim \"backups\" not found. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
            ),
            "NB905 the claim backups does not exist",
        ),
        (
            unplaced(
                "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 …",
            ),
            "NB905 the claim backups is not bound to a volume",
        ),
        (
            unplaced(
                "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: none",
            ),
            "NB907 no node takes the pod: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector",
        ),
        (ended(137, "OOMKilled", ""), "NB908 step backup ran out of memory (OOMKilled)"),
        (ended(137, "Error", ""), "NB915 step backup was killed (exit code 137)"),
        (ended(143, "Error", ""), "NB915 step backup was asked to end (exit code 143)"),
        (
            ended(64, "Error", "Unknown option: '--bogus'\nUSAGE\n\nneo4j-admin database backup …"),
            "NB909 step backup ended with exit code 64: Unknown option: '--bogus'",
        ),
        (
            ended(
                1,
                "Error",
                "\tat org.neo4j.X\n\t... 3 more\nThe database is in use. Stop database 'neo4j' and try again.\nRun with '--verbose' for a more detailed error message.\n",
            ),
            "NB909 step backup ended with exit code 1: The database is in use. Stop database 'neo4j' and try again",
        ),
        (
            ended(1, "Error", ""),
            "NB909 step backup ended with exit code 1: the backup failed, or it succeeded and a server or database was a problem",
        ),
        (
            ended(1, "Error", "java.io.IOException: No space left on device\n\tat x"),
            "NB901 no space is left, says step backup: java.io.IOException: No space left on device",
        ),
        (
            ended(
                1,
                "Error",
                "Connection refused: production-server-0.production-headless.shop.svc.cluster.local/10.0.0.1:6362",
            ),
            "NB910 step backup cannot reach Neo4j: Connection refused: production-server-0.production-headless.shop.svc.cluster.local/10.0.0.1:6362",
        ),
        (
            ended(
                1,
                "Error",
                "software.amazon.awssdk.services.s3.model.S3Exception: The AWS Access Key Id you provided does not exist (Service: S3, Status Code: 403)",
            ),
            "NB911 the store refuses the credentials of step backup: software.amazon.awssdk.services.s3.model.S3Exception: The AWS Access Key Id you provided does not exist (Service: S3, Status Code: 403)",
        ),
        (
            ended(1, "Error", "cannot write s3://key:geheim123@bucket/x"),
            "NB909 step backup ended with exit code 1: cannot write s3://***@bucket/x",
        ),
        (
            ended(
                128,
                "StartError",
                "failed to create containerd task: exec: \"neo4j-admin\": executable file not found in $PATH: unknown",
            ),
            "NB918 step backup cannot start (StartError): exec: \"neo4j-admin\": executable file not found in $PATH",
        ),
        (
            json!({"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active on the node longer than the specified deadline"}),
            "NB913 the deadline passed before step backup began",
        ),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi."}),
            "NB914 the node evicted the pod: Pod ephemeral local storage usage exceeds the total limit of containers 1Gi",
        ),
        (
            json!({"phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}]}),
            "NB915 the pod was taken away: its node was drained, or something else evicted it",
        ),
        (json!({"phase": "Running"}), "nothing"),
        // As a 1.34 cluster says it for a moment of every pod with such a volume.
        (unplaced(EPHEMERAL), "nothing"),
    ] {
        assert_eq!(of_pod(status.clone()), expected, "{status}");
    }
}

const EPHEMERAL: &str = "waiting for ephemeral volume controller to create the persistentvolumeclaim \"nightly-abcde-temp\". not found";

#[test]
fn a_temporary_volume_that_cannot_be_made_is_explained_by_its_event() {
    let refused = "ephemeral volume temp: exceeded quota: claims";
    let events = [event("Pod", "nightly-abcde", "FailedBinding", refused)];
    let running = job(|_| ());
    let cause = run(&running, &[pod(unplaced(EPHEMERAL))], &events, now()).cause.unwrap();
    assert!(cause.to_string().contains("exceeded quota: claims"), "{cause}");
}

#[test]
fn a_verification_that_fails_is_no_failed_backup() {
    let mut status = ended(0, "Completed", "");
    status["containerStatuses"][0]["state"] =
        json!({"terminated": {"exitCode": 1, "reason": "Error", "message": "chain is broken"}});
    assert_eq!(
        of_pod(status),
        "NB912 the backup did not pass its verification in step inspect: chain is broken"
    );
}

#[test]
fn a_deadline_during_a_step_is_no_fault_of_the_step() {
    let mut status = ended(143, "Error", "Start full backup of database 'neo4j'");
    status["reason"] = json!("DeadlineExceeded");
    assert_eq!(of_pod(status), "NB913 the deadline passed during step backup");
}

#[test]
fn a_deadline_names_what_held_the_pod_up() {
    let mut status = waits("ImagePullBackOff", "Back-off pulling image \"x\"");
    status["phase"] = json!("Failed");
    status["reason"] = json!("DeadlineExceeded");
    let cause = run(&failed("BackoffLimitExceeded", ""), &[pod(status)], &[], now()).cause.unwrap();
    assert!(
        cause
            .to_string()
            .starts_with("the deadline passed while the image neo4j:5.26.12-enterprise cannot be pulled")
    );
    assert!(cause.next_step().contains("job.imagePullSecrets"), "the step is that of what held it up");
}

#[test]
fn a_deadline_of_a_step_that_never_began_is_explained_by_events() {
    // As a 1.34 cluster left it: the container is `ContainerStatusUnknown`, and only events know the image.
    let status = || {
        json!({"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active on the node longer than the specified deadline",
            "initContainerStatuses": [{"name": "backup", "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown",
                    "message": "The container could not be located when the pod was terminated"}}}]})
    };
    let pull = event(
        "Pod",
        "nightly-abcde",
        "Failed",
        "Failed to pull image \"x\": failed to do request: dial tcp: i/o timeout",
    );
    let generic = event("Pod", "nightly-abcde", "Failed", "Error: ErrImagePull");
    let ended = failed("BackoffLimitExceeded", "");
    assert_eq!(
        said(&ended, &[pod(status())], &[generic, pull]),
        "NB913 the deadline passed while the image neo4j:5.26.12-enterprise cannot be pulled: the registry cannot be reached"
    );
    let secret = event("Pod", "nightly-abcde", "Failed", "Error: secret \"credentials\" not found");
    assert_eq!(
        said(&ended, &[pod(status())], &[secret]),
        "NB913 the deadline passed while the Secret credentials does not exist"
    );
    assert_eq!(said(&ended, &[pod(status())], &[]), "NB913 the deadline passed before step backup began");
}

#[test]
fn a_pod_that_was_deleted_is_told_by_what_ended_its_container() {
    let gone = failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    let killing = |name: &str| event("Pod", name, "Killing", "Stopping container backup");
    let of = |name: &str| said(&gone, &[], &[killing(name)]);
    assert_eq!(
        of("nightly-backup-cron-29538240-abcde"),
        "NB915 the pod was taken away: it was deleted while it ran"
    );
    assert!(of("nightly-backup-cron-29538240-other-abcde").starts_with("NB917"));
}

#[test]
fn what_only_an_event_says_is_found_there() {
    for (events, expected) in [
        (
            vec![event(
                "Job",
                "nightly-backup-cron-29538240",
                "FailedCreate",
                "Error creating: pods \"nightly-backup-cron-29538240-x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
            )],
            "NB916 no pod is made, Pod Security refuses it: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
        ),
        (
            vec![event(
                "Job",
                "nightly-backup-cron-29538240",
                "FailedCreate",
                "Error creating: pods \"x\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0",
            )],
            "NB916 no pod is made, the quota refuses it: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0",
        ),
        (
            vec![event(
                "Job",
                "nightly-backup-cron-29538240",
                "FailedCreate",
                "Error creating: pods \"x\" is forbidden: error looking up service account shop/neo4j-backup-sa: serviceaccount \"neo4j-backup-sa\" not found",
            )],
            "NB916 no pod is made: error looking up service account shop/neo4j-backup-sa: serviceaccount \"neo4j-backup-sa\" not found",
        ),
        (
            vec![event(
                "Job",
                "nightly-backup-cron-29538240",
                "FailedCreate",
                "Error creating: pods \"x\" is forbidden: unable to create new content in namespace shop because it is being terminated",
            )],
            "NB919 the namespace is being deleted",
        ),
        (vec![event("Job", "another", "FailedCreate", "Error creating: nonsense")], "nothing"),
    ] {
        assert_eq!(said(&job(|_| ()), &[], &events), expected);
    }
    let mount = |message: &str| {
        let status = waits("PodInitializing", "");
        said(&job(|_| ()), &[pod(status)], &[event("Pod", "nightly-abcde", "FailedMount", message)])
    };
    assert_eq!(
        mount("MountVolume.SetUp failed for volume \"my-secret\" : secret \"tls\" not found"),
        "NB902 the Secret tls does not exist"
    );
    assert_eq!(
        mount(
            "MountVolume.SetUp failed for volume \"my-secret\" : references non-existent secret key: ca.crt"
        ),
        "NB903 the Secret has no key ca.crt"
    );
    assert_eq!(
        mount("Multi-Attach error for volume \"pvc-1\": already used"),
        "NB906 a volume cannot be mounted: Multi-Attach error for volume \"pvc-1\": already used"
    );
    let unbound = said(
        &job(|_| ()),
        &[pod(unplaced("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."))],
        &[event(
            "PersistentVolumeClaim",
            "backups",
            "ProvisioningFailed",
            "storageclass.storage.k8s.io \"fast\" not found",
        )],
    );
    assert_eq!(
        unbound,
        "NB905 the claim backups is not bound to a volume: storageclass.storage.k8s.io \"fast\" not found"
    );
}

#[test]
fn a_job_whose_pods_are_gone_says_what_it_still_knows() {
    let policy = failed(
        "PodFailurePolicy",
        "Container backup for pod shop/x failed with exit code 64 matching FailJob rule at index 1",
    );
    assert_eq!(said(&policy, &[], &[]), "NB909 step backup ended with exit code 64");
    let gone = failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    assert_eq!(
        said(&gone, &[], &[]),
        "NB917 the pods are gone, and with them why: Job has reached the specified backoff limit"
    );
    let run = run(&gone, &[], &[], now());
    assert_eq!((run.lost_attempts, run.phase, run.attempt_number()), (1, Phase::Failed, 1));
    let deadline = failed("DeadlineExceeded", "Job was active longer than specified deadline");
    assert_eq!(said(&deadline, &[], &[]), "NB913 the Job's deadline passed");
}

#[test]
fn phases_and_triggers_are_those_of_the_job() {
    let first = run(&job(|_| ()), &[], &[], now());
    assert_eq!(first.phase, Phase::Pending);
    assert_eq!(first.trigger, Trigger::Scheduled("2026-03-01T00:00:00Z".parse().ok()));
    assert_eq!(first.cron_job.as_deref(), Some("nightly-backup-cron"));
    assert_eq!(first.spec.unwrap().name, "nightly");

    let by_name = job(|job| job["metadata"]["annotations"] = json!({}));
    let Trigger::Scheduled(Some(at)) = run(&by_name, &[], &[], now()).trigger else {
        panic!("not scheduled")
    };
    assert_eq!(at.as_second(), 29_538_240 * 60);
    let manual = job(|job| job["metadata"]["annotations"] = json!({INSTANTIATE: "manual"}));
    assert_eq!(run(&manual, &[], &[], now()).trigger, Trigger::Manual);
    let once = job(|job| {
        job["metadata"]["annotations"] = json!({});
        job["metadata"]["ownerReferences"] = json!([]);
    });
    assert_eq!(run(&once, &[], &[], now()).trigger, Trigger::OneShot);

    let done = job(|job| {
        job["status"]["conditions"] = json!([{"type": "Complete", "status": "True"}]);
        job["status"]["completionTime"] = json!("2026-03-01T00:05:00Z");
    });
    let done = run(&done, &[], &[], now());
    assert_eq!((done.phase, done.cause), (Phase::Succeeded, None));
    let suspended = run(&job(|job| job["spec"]["suspend"] = json!(true)), &[], &[], now());
    assert_eq!(
        (suspended.phase, suspended.cause.unwrap().definition().code.to_string()),
        (Phase::Suspended, "NB846".to_owned())
    );
}

#[test]
fn a_new_attempt_that_is_under_way_is_no_failure() {
    let mut second = pod(json!({"phase": "Running",
        "initContainerStatuses": [{"name": "backup", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"running": {"startedAt": "2026-03-01T00:02:00Z"}}}]}));
    second.metadata.name = Some("nightly-fghij".to_owned());
    second.metadata.creation_timestamp = serde_json::from_value(json!("2026-03-01T00:02:00Z")).unwrap();
    let pods = [second, pod(ended(1, "Error", "connection reset"))];
    let run = run(&job(|job| job["status"]["failed"] = json!(1)), &pods, &[], now());
    assert_eq!(run.phase, Phase::Running);
    assert_eq!(run.cause, None);
    assert_eq!(run.running_step().unwrap().name, "backup");
    assert_eq!((run.attempt_number(), run.lost_attempts), (2, 0));
    assert!(run.attempts[0].cause.is_some(), "what became of the first is still told");
}

#[test]
fn a_cause_serializes_with_its_code_and_the_name_that_scripts_know() {
    let cause = Cause::StoreFull { step: "backup".to_owned(), words: "No space left on device".to_owned() };
    let value = serde_json::to_value(&cause).unwrap();
    assert_eq!(value["code"], "NB901");
    assert_eq!(value["alias"], "BACKUP_NO_SPACE");
    assert_eq!(value["step"], "backup");
    assert!(value["help"].as_str().is_some_and(|help| help.contains("make room")));
}
