//! `delete` on a real API server: what goes, what stays, and what is refused.

use serde_json::Value;

use crate::apply::{Specs, nightly, once};
use crate::cluster::cluster;
use crate::namespace::Namespace;

fn there(namespace: &Namespace<'_>) -> Vec<String> {
    let list = namespace.get_json(&[
        "cronjobs,jobs,pvc,serviceaccounts",
        "-l",
        "app.kubernetes.io/managed-by=kubectl-neo4j-backup",
    ]);
    let text =
        |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| format!("{}/{}", text(item, "/kind"), text(item, "/metadata/name"))).collect()
}

#[test]
fn a_backup_goes_and_what_others_need_stays() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("delete");
    let specs = Specs::new(&[("a", nightly("a")), ("b", nightly("b")), ("once", once("once", "x1"))]);
    specs.apply(&namespace, &["--yes"]).success();
    namespace.kubectl(&["create", "cronjob", "mine", "--image=busybox", "--schedule=0 0 * * *"]).success();
    let before = there(&namespace);

    // Nothing goes unasked.
    let asked = namespace.plugin(&["delete", "a"]).expect_code(2);
    assert!(asked.stderr.contains("delete      cronjob.batch/a-backup-cron"), "{}", asked.stderr);
    let dry = namespace.plugin(&["delete", "a", "--dry-run=client"]).success();
    assert_eq!(dry.stdout, "cronjob.batch \"a-backup-cron\" deleted (dry run)\n");
    let dry = namespace.plugin(&["delete", "a", "--dry-run=server"]).success();
    assert_eq!(dry.stdout, "cronjob.batch \"a-backup-cron\" deleted (server dry run)\n");
    assert_eq!(there(&namespace), before);

    namespace.plugin(&["delete", "a", "--yes", "--wait"]).success();
    assert_eq!(
        there(&namespace),
        [
            "CronJob/b-backup-cron",
            "Job/once-backup",
            "PersistentVolumeClaim/a",
            "PersistentVolumeClaim/b",
            "PersistentVolumeClaim/once",
            "ServiceAccount/neo4j-backup-sa"
        ]
    );
    let gone = namespace.plugin(&["delete", "a", "--yes"]).expect_code(1);
    assert!(gone.stderr.contains("nothing of ours was found of: a in"), "{}", gone.stderr);
    namespace.plugin(&["delete", "a", "--yes", "--ignore-not-found"]).success();

    // By files, with the claims; the account goes with the last backup, and what is not ours stays.
    let folder = specs.folder();
    let folder = folder.to_str().unwrap();
    let run = namespace
        .plugin(&["delete", "-f", folder, "--yes", "--wait", "--with", "claims", "--ignore-not-found"])
        .success();
    assert!(run.stderr.contains("all backups on it go with it"), "{}", run.stderr);
    assert_eq!(there(&namespace), ["PersistentVolumeClaim/a"], "nothing that was deleted now has mounted it");
    assert_eq!(namespace.kubectl(&["get", "cronjob", "mine"]).code, 0);
}

#[test]
fn a_spec_with_mistakes_can_be_deleted_too() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("delete-mistakes");
    let specs = Specs::new(&[("a", nightly("a"))]);
    specs.apply(&namespace, &["--yes"]).success();
    specs.write("a", &nightly("a").replace("0 2 * * *", "never"));
    let folder = specs.folder();
    namespace.plugin(&["delete", "-f", folder.to_str().unwrap(), "--yes"]).success();
    assert_eq!(there(&namespace), ["PersistentVolumeClaim/a"]);
}

#[test]
fn what_belongs_to_others_is_not_deleted() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("delete-owners");
    let specs = Specs::new(&[("a", nightly("a")), ("b", nightly("b"))]);
    specs.apply(&namespace, &["--yes"]).success();
    namespace
        .kubectl(&["annotate", "cronjob", "a-backup-cron", "argocd.argoproj.io/tracking-id=shop:x"])
        .success();
    let before = there(&namespace);
    let refused = namespace.plugin(&["delete", "a", "b", "--yes"]).expect_code(4);
    assert!(refused.stderr.contains("error[NB831]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("the Argo CD application `shop`"), "{}", refused.stderr);
    assert_eq!(there(&namespace), before);
    namespace.plugin(&["delete", "a", "b", "--yes", "--override-owner"]).success();
    assert_eq!(there(&namespace), ["PersistentVolumeClaim/a", "PersistentVolumeClaim/b"]);
}

#[test]
fn an_account_gives_up_the_share_of_what_was_deleted() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("delete-share");
    let cloud = nightly("a").replace(
        "  storage: {type: pvc, pvc: {name: a, size: 1Gi}}\n",
        "  options: {tempStorage: {size: 1Gi}}\n  storage:\n    type: s3\n    bucket: backups\n    cloud:\n      provider: aws\n      region: eu-central-1\n      identity: {provider: aws, autoCreate: {enabled: true, annotations: {eks.amazonaws.com/role-arn: \"arn:aws:iam::123456789012:role/a\"}}}\n",
    );
    let specs = Specs::new(&[("a", cloud), ("b", nightly("b"))]);
    specs.apply(&namespace, &["--yes"]).success();
    let account =
        || namespace.get_json(&["serviceaccount", "neo4j-backup-sa"])["metadata"]["annotations"].clone();
    assert_eq!(account()["eks.amazonaws.com/role-arn"], "arn:aws:iam::123456789012:role/a");
    let run = namespace.plugin(&["delete", "a", "--yes"]).success();
    assert!(run.stdout.ends_with("serviceaccount/neo4j-backup-sa configured\n"), "{}", run.stdout);
    assert_eq!(account(), Value::Null);
}
