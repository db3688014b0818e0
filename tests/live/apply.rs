//! `apply` on a real API server: what it writes, what it leaves, and what it refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::cluster::{Cluster, apart, cluster};
use crate::namespace::Namespace;
use crate::run::Run;
use crate::specs;

/// What the specs of these tests point at.
const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata:
  name: graph
  annotations: {config.kubernetes.io/local-config: \"true\"}
spec:
  image: neo4j:5.26.33-enterprise
  topology: {kind: Cluster, servers: 3}
";

/// A folder of specs.
pub(crate) struct Specs {
    folder: tempfile::TempDir,
}

impl Specs {
    pub(crate) fn new(specs: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.yaml"), TARGET).unwrap();
        let specs_of = Self { folder };
        for (name, text) in specs {
            specs_of.write(name, text);
        }
        specs_of
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(format!("{name}.yaml")), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.path().join(format!("{name}.yaml"))).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn text(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.path().to_owned()
    }

    /// `apply -f FOLDER --quiet` and more.
    #[track_caller]
    pub(crate) fn apply(&self, namespace: &Namespace<'_>, more: &[&str]) -> Run {
        let folder = self.text();
        let mut args = vec!["apply", "--quiet", "-f", &folder];
        args.extend(more);
        namespace.plugin(&args)
    }
}

/// A backup with more in its spec, as lines of YAML that are indented already.
fn backup(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}}}\nspec:\n  target: {{kind: Cluster, name: graph}}\n{spec}"
    )
}

/// A scheduled backup to a claim of its own.
pub(crate) fn nightly(name: &str) -> String {
    backup(
        name,
        &format!("  schedule: \"0 2 * * *\"\n  storage: {{type: pvc, pvc: {{name: {name}, size: 1Gi}}}}\n"),
    )
}

/// A backup that runs once, to a folder of a claim.
pub(crate) fn once(name: &str, folder: &str) -> String {
    backup(name, &format!("  storage: {{type: pvc, path: {folder}, pvc: {{name: {name}, size: 1Gi}}}}\n"))
}

/// A scheduled backup to a bucket, with a role on its account or none.
fn cloud(name: &str, role: Option<&str>) -> String {
    let identity = role.map_or(String::new(), |role| {
        format!(
            "      identity: {{provider: aws, autoCreate: {{enabled: true, annotations: {{{role}: \"arn:aws:iam::123456789012:role/{name}\"}}}}}}\n"
        )
    });
    let credentials = if role.is_some() { "" } else { "      credentialsSecretRef: keys\n" };
    backup(
        name,
        &format!(
            "  schedule: \"0 3 * * *\"\n  options: {{tempStorage: {{size: 1Gi}}}}\n  storage:\n    type: s3\n    bucket: backups\n    path: {name}\n    cloud:\n      provider: aws\n      region: eu-central-1\n{credentials}{identity}"
        ),
    )
}

/// Resource versions of everything that `apply` makes.
fn versions(namespace: &Namespace<'_>) -> BTreeMap<String, String> {
    let list = namespace.get_json(&["cronjobs,jobs,serviceaccounts,pvc,configmaps", "-l", OURS]);
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
            let name = format!("{}/{}", text("/kind"), text("/metadata/name"));
            // What controllers write is not ours: the generation counts changes of the spec, and who applied when
            // stands in managedFields.
            (name, text("/metadata/resourceVersion"))
        })
        .collect()
}

const OURS: &str = "app.kubernetes.io/managed-by=kubectl-neo4j-backup";

fn names(namespace: &Namespace<'_>, kinds: &str) -> Vec<String> {
    let list = namespace.get_json(&[kinds, "-l", OURS]);
    let name = |item: &Value| item["metadata"]["name"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

fn annotations(namespace: &Namespace<'_>) -> Value {
    namespace.get_json(&["serviceaccount", "neo4j-backup-sa"])["metadata"]["annotations"].clone()
}

#[test]
fn applying_twice_changes_nothing() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-twice");
    let specs = Specs::new(&[
        ("a", nightly("a")),
        ("b", cloud("b", Some("eks.amazonaws.com/role-arn"))),
        ("c", cloud("c", None)),
    ]);
    let first = specs.apply(&namespace, &["--yes"]).success();
    assert_eq!(
        first.stdout,
        "serviceaccount/neo4j-backup-sa created\npersistentvolumeclaim/a created\n\
         cronjob.batch/a-backup-cron created\ncronjob.batch/b-backup-cron created\ncronjob.batch/c-backup-cron created\n"
    );
    let before = versions(&namespace);
    assert_eq!(before.len(), 5);
    // Nothing is asked when nothing changes.
    let second = specs.apply(&namespace, &[]).success();
    assert_eq!(second.stdout, first.stdout.replace("created", "unchanged"));
    assert_eq!(second.stderr, "");
    assert_eq!(versions(&namespace), before);
    let folder = specs.text();
    let diff = namespace.plugin(&["diff", "--quiet", "-f", &folder]).success();
    assert_eq!(diff.stdout, "");

    // What is different is shown by diff, and is all that apply writes.
    specs.write("a", &nightly("a").replace("0 2", "0 4"));
    namespace.plugin(&["diff", "--quiet", "-f", &folder]).expect_code(1);
    let third = specs.apply(&namespace, &["--yes"]).success();
    assert!(
        third.stderr.contains("update      cronjob.batch/a-backup-cron   .spec.schedule"),
        "{}",
        third.stderr
    );
    let after = versions(&namespace);
    let changed: Vec<&String> =
        after.iter().filter(|(name, version)| before[*name] != **version).map(|(name, _)| name).collect();
    assert_eq!(changed, ["CronJob/a-backup-cron"]);
    namespace.plugin(&["diff", "--quiet", "-f", &folder]).success();
}

#[test]
fn every_example_is_applied_and_then_as_it_should_be() {
    let Some(cluster) = apart() else { return };
    // The examples name their namespaces, which other tests use too.
    let alone = cluster.exclusive();
    let namespace = alone.namespace("apply-examples");
    let mut applied = 0;
    for example in specs::examples() {
        specs::make_namespaces(cluster, &specs::rendered(&namespace, &example));
        let first = namespace.plugin(&example.of("apply", &["--quiet", "--yes"]));
        assert_eq!(first.code, 0, "{}: {}", example.name, first.transcript());
        let second = namespace.plugin(&example.of("apply", &["--quiet"]));
        assert_eq!(second.code, 0, "{}: {}", example.name, second.transcript());
        assert!(second.stdout.lines().all(|line| line.ends_with(" unchanged")), "{}", second.transcript());
        let same = namespace.plugin(&example.of("diff", &["--quiet"]));
        assert_eq!((same.code, same.stdout.as_str()), (0, ""), "{}: {}", example.name, same.transcript());
        applied += second.stdout.lines().count();
    }
    assert!(applied > 20, "{applied} objects");
}

#[test]
fn nothing_is_written_without_a_yes_nor_in_a_dry_run() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-dry");
    let specs = Specs::new(&[("a", nightly("a"))]);
    let asked = specs.apply(&namespace, &[]).expect_code(2);
    assert!(asked.stderr.contains("create      cronjob.batch/a-backup-cron"), "{}", asked.stderr);
    assert!(asked.stderr.contains("--yes"));
    let client = specs.apply(&namespace, &["--dry-run=client"]).success();
    assert!(client.stdout.ends_with("cronjob.batch/a-backup-cron created (dry run)\n"), "{}", client.stdout);
    let server = specs.apply(&namespace, &["--dry-run=server"]).success();
    assert!(server.stdout.ends_with("cronjob.batch/a-backup-cron created (server dry run)\n"));
    let bare = namespace.plugin(&["apply", "-f", &specs.text(), "--dry-run"]).success();
    assert!(bare.stderr.contains("deprecated"));
    assert!(versions(&namespace).is_empty());

    let json = specs.apply(&namespace, &["--yes", "-o", "json"]).success();
    let list: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert!(list["items"][0]["metadata"]["uid"].is_string());
    assert!(!json.stdout.contains("managedFields"));
    let names = specs.apply(&namespace, &["-o", "name"]).success();
    assert!(names.stdout.ends_with("cronjob.batch/a-backup-cron\n"));
}

#[test]
fn a_field_of_another_manager_is_a_conflict_with_its_name() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-conflict");
    let specs = Specs::new(&[("a", nightly("a")), ("b", nightly("b"))]);
    specs.apply(&namespace, &["--yes"]).success();
    let patch = r#"{"spec": {"schedule": "0 5 * * *"}}"#;
    namespace
        .kubectl(&[
            "patch",
            "cronjob",
            "a-backup-cron",
            "--type=merge",
            "-p",
            patch,
            "--field-manager=night-shift",
        ])
        .success();
    let before = versions(&namespace);
    specs.write("b", &nightly("b").replace("0 2", "0 6"));
    let conflict = specs.apply(&namespace, &["--yes"]).expect_code(4);
    assert!(conflict.stderr.contains("error[NB828]"), "{}", conflict.stderr);
    assert!(conflict.stderr.contains(".spec.schedule was set by `night-shift` on 20"), "{}", conflict.stderr);
    assert!(conflict.stderr.contains("--force-conflicts"));
    assert_eq!(versions(&namespace), before, "an obstacle keeps the whole from being applied");
    specs.apply(&namespace, &["--yes", "--force-conflicts"]).success();
    let live = namespace.get_json(&["cronjob", "a-backup-cron"]);
    assert_eq!(live["spec"]["schedule"], "0 2 * * *");
    specs.apply(&namespace, &[]).success();
}

#[test]
fn pruning_removes_exactly_the_orphan_of_its_own_set() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-set");
    let one = Specs::new(&[("a", nightly("a")), ("b", nightly("b"))]);
    let two = Specs::new(&[("c", cloud("c", Some("eks.amazonaws.com/role-arn")))]);
    let plain = Specs::new(&[("d", nightly("d"))]);
    one.apply(&namespace, &["--yes", "--applyset", "one", "--prune"]).success();
    two.apply(&namespace, &["--yes", "--applyset", "secret/two", "--prune"]).success();
    plain.apply(&namespace, &["--yes"]).success();
    namespace.plugin(&["apply", "-f", &one.text(), "--prune"]).expect_code(2);

    // The parents are what the standard says.
    let parent = namespace.get_json(&["configmap", "one"]);
    let id = parent["metadata"]["labels"]["applyset.kubernetes.io/id"].as_str().unwrap().to_owned();
    assert_eq!(parent["metadata"]["annotations"]["applyset.kubernetes.io/tooling"], "neo4j-backup/v1");
    assert_eq!(
        parent["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"],
        "CronJob.batch,ServiceAccount"
    );
    assert_eq!(namespace.get_json(&["secret", "two"])["data"], Value::Null);
    let member = format!("applyset.kubernetes.io/part-of={id}");
    let members = namespace.get_json(&["cronjobs,serviceaccounts,pvc", "-l", &member]);
    assert_eq!(members["items"].as_array().unwrap().len(), 3, "claims are in no set");

    // The same again, with the set and without naming it, changes nothing.
    let before = versions(&namespace);
    one.apply(&namespace, &["--applyset", "one", "--prune"]).success();
    one.apply(&namespace, &[]).success();
    namespace.plugin(&["diff", "-q", "-f", &one.text()]).success();
    assert_eq!(versions(&namespace), before);

    // A part of the set under another name takes nothing from it.
    let part = Specs::new(&[("a", nightly("a"))]);
    let stolen = part.apply(&namespace, &["--yes", "--applyset", "third", "--prune"]).expect_code(4);
    assert!(stolen.stderr.contains("error[NB821]"), "{}", stolen.stderr);
    let other = Specs::new(&[("e", cloud("e", None))]);
    other.apply(&namespace, &["--yes", "--applyset", "third", "--prune"]).success();
    let all = ["a-backup-cron", "b-backup-cron", "c-backup-cron", "d-backup-cron", "e-backup-cron"];
    assert_eq!(names(&namespace, "cronjobs"), all);

    // What has left the set goes, and nothing else: not the claim, not the account that others run as.
    one.remove("b");
    let pruned = one.apply(&namespace, &["--yes", "--applyset", "one", "--prune"]).success();
    assert!(pruned.stdout.ends_with("cronjob.batch/b-backup-cron pruned\n"), "{}", pruned.stdout);
    assert_eq!(
        names(&namespace, "cronjobs"),
        ["a-backup-cron", "c-backup-cron", "d-backup-cron", "e-backup-cron"]
    );
    assert_eq!(names(&namespace, "pvc"), ["a", "b", "d"]);
    assert_eq!(names(&namespace, "serviceaccounts"), ["neo4j-backup-sa"]);

    // What a GitOps tool has taken over stays, and is said.
    let label =
        ["kustomize.toolkit.fluxcd.io/name=apps", "kustomize.toolkit.fluxcd.io/namespace=flux-system"];
    namespace.kubectl(&["label", "cronjob", "c-backup-cron", label[0], label[1]]).success();
    two.remove("c");
    two.write("f", &cloud("f", None));
    let folder = two.text();
    let kept =
        namespace.plugin(&["apply", "-f", &folder, "--yes", "--applyset", "secret/two", "--prune"]).success();
    assert!(kept.stderr.contains("notice[NB830]"), "{}", kept.stderr);
    assert!(kept.stderr.contains("the Flux Kustomization `flux-system/apps` keeps it"), "{}", kept.stderr);
    assert!(names(&namespace, "cronjobs").contains(&"c-backup-cron".to_owned()));

    // The set of another tool is not touched.
    namespace
        .kubectl(&[
            "annotate",
            "configmap",
            "one",
            "--overwrite",
            "applyset.kubernetes.io/tooling=kubectl/v1.34",
        ])
        .success();
    let foreign = one.apply(&namespace, &["--yes", "--applyset", "one", "--prune"]).expect_code(4);
    assert!(foreign.stderr.contains("belongs to `kubectl/v1.34`"), "{}", foreign.stderr);
}

#[test]
fn annotations_of_a_spec_are_its_own() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-annotations");
    let with = Specs::new(&[("a", cloud("a", Some("eks.amazonaws.com/role-arn")))]);
    let without = Specs::new(&[("b", cloud("b", None))]);
    let other = Specs::new(&[("c", cloud("c", Some("example.com/role")))]);
    with.apply(&namespace, &["--yes"]).success();
    other.apply(&namespace, &["--yes"]).success();
    let both = annotations(&namespace);
    assert_eq!(both["eks.amazonaws.com/role-arn"], "arn:aws:iam::123456789012:role/a");
    assert_eq!(both["example.com/role"], "arn:aws:iam::123456789012:role/c");
    // A spec without annotations, applied later, leaves those of the others.
    without.apply(&namespace, &["--yes"]).success();
    assert_eq!(annotations(&namespace), both);
    // A spec that has none any more takes back its own alone.
    with.write("a", &cloud("a", None));
    with.apply(&namespace, &["--yes"]).success();
    let left = annotations(&namespace);
    assert_eq!(left.as_object().unwrap().keys().collect::<Vec<_>>(), ["example.com/role"]);
    with.apply(&namespace, &[]).success();
}

#[test]
fn what_belongs_to_others_is_refused_with_the_place_to_change_it() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-owners");
    let specs = Specs::new(&[("a", nightly("a"))]);
    specs.apply(&namespace, &["--yes"]).success();
    specs.write("a", &nightly("a").replace("0 2", "0 6"));
    for (kind, pairs, owner) in [
        (
            "annotate",
            vec!["argocd.argoproj.io/tracking-id=shop:batch/CronJob:x/a"],
            "the Argo CD application `shop`",
        ),
        (
            "label",
            vec![
                "kustomize.toolkit.fluxcd.io/name=apps",
                "kustomize.toolkit.fluxcd.io/namespace=flux-system",
            ],
            "the Flux Kustomization `flux-system/apps`",
        ),
        (
            "annotate",
            vec!["meta.helm.sh/release-name=db", "meta.helm.sh/release-namespace=shop"],
            "the Helm release `shop/db`",
        ),
    ] {
        let set: Vec<&str> =
            [kind, "cronjob", "a-backup-cron"].into_iter().chain(pairs.iter().copied()).collect();
        namespace.kubectl(&set).success();
        let before = versions(&namespace);
        let refused = specs.apply(&namespace, &["--yes"]).expect_code(4);
        assert!(refused.stderr.contains("error[NB820]"), "{}", refused.stderr);
        assert!(refused.stderr.contains(owner), "{}", refused.stderr);
        assert!(refused.stderr.contains("a.yaml:3"), "the finding stands at the spec: {}", refused.stderr);
        assert_eq!(versions(&namespace), before);
        let unset: Vec<String> =
            pairs.iter().map(|pair| format!("{}-", pair.split('=').next().unwrap())).collect();
        let unset: Vec<&str> =
            [kind, "cronjob", "a-backup-cron"].into_iter().chain(unset.iter().map(String::as_str)).collect();
        namespace.kubectl(&unset).success();
    }
    namespace
        .kubectl(&["annotate", "cronjob", "a-backup-cron", "argocd.argoproj.io/tracking-id=shop:x"])
        .success();
    specs.apply(&namespace, &["--yes", "--override-owner"]).success();
    assert_eq!(namespace.get_json(&["cronjob", "a-backup-cron"])["spec"]["schedule"], "0 6 * * *");

    // A stranger's object of the same name.
    namespace.kubectl(&["create", "job", "once-backup", "--image=busybox"]).success();
    let once = Specs::new(&[("once", once("once", "x1"))]);
    let refused = once.apply(&namespace, &["--yes"]).expect_code(4);
    assert!(refused.stderr.contains("job.batch/once-backup"), "{}", refused.stderr);
    assert!(refused.stderr.contains("belongs to `kubectl-create`"), "{}", refused.stderr);
}

#[test]
fn a_claim_that_a_person_made_is_used_and_never_taken_over() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-claim");
    namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}\n",
    );
    let before = namespace.get_json(&["pvc", "a"])["metadata"]["resourceVersion"].clone();
    let specs = Specs::new(&[("a", nightly("a"))]);
    let folder = specs.text();
    let used = namespace.plugin(&["apply", "-f", &folder, "--yes"]).success();
    assert!(used.stderr.contains("notice[NB825]"), "{}", used.stderr);
    assert!(used.stdout.contains("persistentvolumeclaim/a unchanged"));
    assert_eq!(namespace.get_json(&["pvc", "a"])["metadata"]["resourceVersion"], before);
    specs.write("a", &nightly("a").replace("1Gi", "3Gi"));
    let small = specs.apply(&namespace, &["--yes", "--override-owner", "--force-conflicts"]).expect_code(4);
    assert!(small.stderr.contains("error[NB826]"), "{}", small.stderr);
    assert_eq!(namespace.get_json(&["pvc", "a"])["metadata"]["resourceVersion"], before);
}

#[test]
fn a_one_shot_backup_runs_once_unless_it_has_changed_and_a_person_says_so() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-once");
    let uid = |name: &str| namespace.get_json(&["job", name])["metadata"]["uid"].clone();
    let specs = Specs::new(&[("once", once("once", "x1")), ("a", nightly("a"))]);
    specs.apply(&namespace, &["--yes"]).success();
    let first = uid("once-backup");
    specs.apply(&namespace, &[]).success();

    specs.write("once", &once("once", "x2"));
    specs.write("a", &nightly("a").replace("0 2", "0 7"));
    let left = specs.apply(&namespace, &["--yes"]).expect_code(1);
    assert!(left.stderr.contains("error[NB824]"), "{}", left.stderr);
    assert!(left.stderr.contains("--rerun"));
    assert!(
        left.stdout.contains("cronjob.batch/a-backup-cron configured"),
        "the rest is applied: {}",
        left.stdout
    );
    assert_eq!(uid("once-backup"), first);

    let again = specs.apply(&namespace, &["--yes", "--rerun"]).success();
    assert!(again.stdout.contains("created"), "{}", again.stdout);
    assert_eq!(uid("once-backup"), first);
    let jobs = names(&namespace, "jobs");
    assert_eq!(jobs.len(), 2);
    // It has run with this content: nobody gets a third run, however they ask.
    for more in [&["--rerun"][..], &["--replace"], &[]] {
        specs.apply(&namespace, more).success();
        assert_eq!(names(&namespace, "jobs"), jobs);
    }

    specs.write("once", &once("once", "x3"));
    let replaced = specs.apply(&namespace, &["--yes", "--replace"]).success();
    assert!(replaced.stdout.contains("job.batch/once-backup replaced"), "{}", replaced.stdout);
    assert_ne!(uid("once-backup"), first);
    assert_eq!(names(&namespace, "jobs"), jobs);
    specs.apply(&namespace, &[]).success();
}

#[test]
fn waiting_ends_with_what_happened() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-wait");
    let claim = Specs::new(&[("a", nightly("a"))]);
    claim.apply(&namespace, &["--yes", "--wait", "--timeout", "60s"]).success();

    // No node has the image: it never starts.
    let late = Specs::new(&[("late", once("late", "x1"))]);
    let folder = late.text();
    let run =
        namespace.plugin(&["apply", "-f", &folder, "--yes", "--wait", "--timeout", "3s"]).expect_code(6);
    assert!(run.stderr.contains("job.batch/late-backup"), "{}", run.stderr);
    assert!(run.stderr.contains("is not there in time"), "{}", run.stderr);

    // Whoever stops waiting stops nothing else.
    let mut waiting = namespace.spawn_plugin(&["apply", "-f", &folder, "--wait"]);
    waiting.wait_for_output("job.batch/late-backup: ", Duration::from_secs(30));
    waiting.signal_interrupt();
    let run = waiting.wait().expect_code(130);
    assert!(run.stderr.contains("goes on"), "{}", run.stderr);
    namespace.kubectl(&["get", "job", "late-backup"]).success();

    let fails = format!("{}  job: {{deadline: 10s, backoffLimit: 0}}\n", once("fails", "x1"));
    let fails = Specs::new(&[("fails", fails)]);
    let run = fails.apply(&namespace, &["--yes", "--wait", "--timeout", "280s"]).expect_code(5);
    assert!(run.stderr.contains("job.batch/fails-backup"), "{}", run.stderr);
    assert!(run.stderr.contains("BackoffLimitExceeded"), "{}", run.stderr);
}

#[test]
fn restores_are_left_out_and_said() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-restore");
    let specs = Specs::new(&[
        ("a", nightly("a")),
        (
            "r",
            "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {name: r}\nspec:\n  targetCluster: graph\n  databaseName: orders\n  source:\n    type: s3\n    storage:\n      type: s3\n      bucket: backups\n      path: nightly\n      cloud: {provider: aws, region: us-east-1, credentialsSecretRef: keys}\n    backupPath: orders-2026-10-05T02-00-00.backup\n  options: {replaceExisting: true}\n"
                .to_owned(),
        ),
    ]);
    let folder = specs.text();
    let run = namespace.plugin(&["apply", "-f", &folder, "--yes"]).success();
    assert!(run.stderr.contains("notice[NB702]"), "{}", run.stderr);
    assert!(names(&namespace, "jobs").is_empty());
}

#[test]
fn a_user_of_one_namespace_can_apply() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-one-namespace");
    namespace.apply(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: applier}\nrules:\n\
         - {apiGroups: [batch], resources: [cronjobs, jobs], verbs: [get, list, create, patch, delete]}\n\
         - {apiGroups: [''], resources: [persistentvolumeclaims, configmaps], verbs: [get, list, create, patch]}\n\
         - {apiGroups: [''], resources: [serviceaccounts], verbs: [get, create, patch]}\n---\n\
         apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: applier}\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: applier}\n\
         roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: applier}\nsubjects: [{kind: ServiceAccount, name: applier}]\n",
    );
    let kubeconfig = cluster.kubeconfig_for_service_account(&namespace.name, "applier");
    let specs = Specs::new(&[("a", nightly("a"))]);
    let folder = specs.text();
    let run = namespace.plugin_as(&kubeconfig, &["apply", "-f", &folder, "--yes"]).success();
    assert!(run.stderr.contains("may stay on its account"), "what is not known is said: {}", run.stderr);
    namespace.plugin_as(&kubeconfig, &["apply", "-f", &folder]).success();

    let nobody = cluster.kubeconfig_without_rights().to_owned();
    let refused = namespace.plugin_as(&nobody, &["apply", "-q", "-f", &folder, "--yes"]).expect_code(3);
    assert!(refused.stderr.contains("cannot"), "{}", refused.stderr);
}

#[test]
fn half_an_apply_says_what_is_done_and_the_next_run_does_the_rest() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-half");
    // Each object alone would fit; all of them together do not, and only the writes show it.
    let quota = |count: u32| {
        format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: few}}\nspec: {{hard: {{count/cronjobs.batch: \"{count}\"}}}}\n"
        )
    };
    namespace.apply(&quota(1));
    namespace.wait_for("the quota", Duration::from_secs(30), || {
        namespace.get_json(&["resourcequota", "few"])["status"]["hard"].is_object().then_some(())
    });
    let specs = Specs::new(&[("a", nightly("a")), ("b", nightly("b")), ("once", once("once", "x1"))]);
    let half = specs.apply(&namespace, &["--yes"]).expect_code(1);
    assert!(half.stderr.contains("exceeded quota"), "{}", half.stderr);
    assert!(half.stderr.contains("not tried: job.batch/once-backup"), "{}", half.stderr);
    assert_eq!(names(&namespace, "cronjobs").len(), 1);
    namespace.apply(&quota(5));
    // Controllers raise what is enforced a moment later.
    let second = namespace.wait_for("the second run", Duration::from_secs(30), || {
        let run = specs.apply(&namespace, &["--yes"]);
        (run.code == 0).then_some(run)
    });
    assert!(second.stdout.contains("job.batch/once-backup created"), "{}", second.stdout);
    assert_eq!(names(&namespace, "cronjobs").len(), 2);
}

#[test]
fn a_namespace_that_is_missing_is_said_before_anything_is_written() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("apply-missing");
    let specs = Specs::new(&[("a", nightly("a"))]);
    let run = specs.apply(&namespace, &["--yes", "--namespace", "not-there"]).expect_code(1);
    assert!(run.stderr.contains("error[NB829]"), "{}", run.stderr);
    assert!(run.stderr.contains("kubectl create namespace not-there"), "{}", run.stderr);
}

/// Takes definitions away again, whatever becomes of the test.
struct Definitions<'a>(&'a Cluster, &'a [&'a str]);

impl Drop for Definitions<'_> {
    fn drop(&mut self) {
        let mut args =
            vec!["delete", "customresourcedefinition", "--ignore-not-found", "--wait=true", "--timeout=60s"];
        args.extend(self.1);
        let _ = self.0.kubectl(&args);
    }
}

const BACKUPS: &str = "neo4jbackups.neo4j.neo4j.com";
const RESTORES: &str = "neo4jrestores.neo4j.neo4j.com";

/// A definition as operators have them: any spec and any status (operator.md §1.2, §5.2).
fn definition(group: &str, kind: &str, version: &str) -> String {
    let singular = kind.to_lowercase();
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {singular}s.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: {kind}, plural: {singular}s, singular: {singular}}}\n  versions:\n  - name: {version}\n    served: true\n    storage: true\n    subresources: {{status: {{}}}}\n    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n---\n"
    )
}

fn install(namespace: &Namespace<'_>, names: &[&str], text: &str) {
    namespace.apply(text);
    for name in names {
        let name = format!("crd/{name}");
        namespace.kubectl(&["wait", "--for=condition=Established", &name, "--timeout=60s"]).success();
    }
}

#[test]
fn definitions_and_specs_are_applied_when_asked_for() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let namespace = alone.namespace("apply-with");
    let _cleanup = Definitions(cluster, &[BACKUPS, RESTORES]);
    let specs = Specs::new(&[("a", nightly("a"))]);
    let missing = specs.apply(&namespace, &["--yes", "--with", "specs"]).expect_code(1);
    assert!(missing.stderr.contains("--with crds"), "{}", missing.stderr);
    let all = specs.apply(&namespace, &["--yes", "--with", "crds,specs"]).success();
    assert!(
        all.stdout.contains(&format!("customresourcedefinition.apiextensions.k8s.io/{BACKUPS} created")),
        "{}",
        all.stdout
    );
    assert!(all.stdout.ends_with("neo4jbackup.neo4j.neo4j.com/a created\n"), "{}", all.stdout);
    let again = specs.apply(&namespace, &["--with", "crds,specs"]).success();
    assert!(!again.stdout.contains("configured") && !again.stdout.contains("created"), "{}", again.stdout);
    let live = namespace.get_json(&[BACKUPS, "a"]);
    assert_eq!(live["spec"]["schedule"], "0 2 * * *");
    // Nobody acts on it: it is no reason to refuse anything.
    specs.apply(&namespace, &[]).success();
    namespace.plugin(&["delete", "-q", "a", "--yes", "--with", "specs"]).success();
    assert_ne!(namespace.kubectl(&["get", BACKUPS, "a"]).code, 0);
}

#[test]
fn an_operator_that_acts_on_the_same_kinds_is_left_in_peace() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let namespace = alone.namespace("apply-operator");
    let clusters = "neo4jenterpriseclusters.neo4j.neo4j.com";
    let official = "neo4jbackups.neo4j.com";
    let _cleanup = Definitions(cluster, &[BACKUPS, RESTORES, clusters, official]);
    let group = "neo4j.neo4j.com";
    install(
        &namespace,
        &[BACKUPS, clusters],
        &(definition(group, "Neo4jBackup", "v1beta1")
            + &definition(group, "Neo4jEnterpriseCluster", "v1beta1")),
    );
    let before =
        cluster.kubectl(&["get", "crd", BACKUPS, "-o", "jsonpath={.metadata.resourceVersion}"]).success();
    let specs = Specs::new(&[("a", nightly("a")), ("b", nightly("b"))]);

    // Its definitions are never overwritten, and it gets no specs of ours to act on.
    for force in [&[][..], &["--override-owner", "--force-conflicts"]] {
        let args: Vec<&str> = ["--yes", "--with", "crds"].iter().chain(force).copied().collect();
        let run = specs.apply(&namespace, &args).expect_code(4);
        assert!(run.stderr.contains("error[NB823]"), "{}", run.stderr);
        let args: Vec<&str> = ["--yes", "--with", "specs"].iter().chain(force).copied().collect();
        let run = specs.apply(&namespace, &args).expect_code(4);
        assert!(run.stderr.contains("error[NB827]"), "{}", run.stderr);
    }
    let after =
        cluster.kubectl(&["get", "crd", BACKUPS, "-o", "jsonpath={.metadata.resourceVersion}"]).success();
    assert_eq!(after.stdout, before.stdout);
    assert!(versions(&namespace).is_empty());

    // A backup that it has is not run by us too; others are.
    namespace
        .apply("apiVersion: neo4j.neo4j.com/v1beta1\nkind: Neo4jBackup\nmetadata: {name: a}\nspec: {}\n");
    let run = specs.apply(&namespace, &["--yes", "--override-owner"]).expect_code(4);
    assert!(run.stderr.contains("error[NB822]"), "{}", run.stderr);
    assert!(run.stderr.contains("neo4jbackups.neo4j.neo4j.com/a"), "{}", run.stderr);
    assert!(versions(&namespace).is_empty());
    specs.remove("a");
    specs.apply(&namespace, &["--yes"]).success();
    namespace.kubectl(&["delete", BACKUPS, "a"]).success();

    // What its backup object owns is its own.
    namespace
        .apply("apiVersion: neo4j.neo4j.com/v1beta1\nkind: Neo4jBackup\nmetadata: {name: owner}\nspec: {}\n");
    let uid = namespace.get_json(&[BACKUPS, "owner"])["metadata"]["uid"].as_str().unwrap().to_owned();
    let patch = format!(
        r#"{{"metadata": {{"ownerReferences": [{{"apiVersion": "neo4j.neo4j.com/v1beta1", "kind": "Neo4jBackup", "name": "owner", "uid": "{uid}", "controller": true}}]}}}}"#
    );
    namespace.kubectl(&["patch", "cronjob", "b-backup-cron", "--type=merge", "-p", &patch]).success();
    specs.write("b", &nightly("b").replace("0 2", "0 9"));
    let run = specs.apply(&namespace, &["--yes"]).expect_code(4);
    assert!(run.stderr.contains("belongs to the Neo4jBackup `owner`"), "{}", run.stderr);

    // The official operator has backups of the same name in a group of its own.
    install(&namespace, &[official], &definition("neo4j.com", "Neo4jBackup", "v1"));
    namespace.apply("apiVersion: neo4j.com/v1\nkind: Neo4jBackup\nmetadata: {name: c}\nspec: {}\n");
    let specs = Specs::new(&[("c", nightly("c"))]);
    let run = specs.apply(&namespace, &["--yes"]).expect_code(4);
    assert!(run.stderr.contains("neo4jbackups.neo4j.com/c"), "{}", run.stderr);
}

#[test]
fn an_api_server_that_is_restarted_meanwhile_costs_nothing() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let namespace = alone.namespace("apply-restart");
    let all: Vec<(String, String)> =
        (0..80).map(|number| (format!("s{number}"), cloud(&format!("s{number}"), None))).collect();
    let all: Vec<(&str, String)> = all.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let specs = Specs::new(&all);
    let folder = specs.text();
    let running =
        namespace.spawn_plugin(&["apply", "-q", "-f", &folder, "--yes", "--applyset", "all", "--prune"]);
    // The parent of the set is written right before the objects.
    namespace.wait_for("the parent of the set", Duration::from_secs(60), || {
        (namespace.kubectl(&["get", "configmap", "all"]).code == 0).then_some(())
    });
    cluster.stop_apiserver();
    std::thread::sleep(Duration::from_secs(2));
    cluster.start_apiserver();
    let run = running.wait();
    assert!([0, 3].contains(&run.code), "{}", run.transcript());
    let second = specs.apply(&namespace, &["--yes", "--applyset", "all", "--prune"]).success();
    assert!(!second.stdout.contains("pruned"));
    assert_eq!(names(&namespace, "cronjobs").len(), 80);
    let third = specs.apply(&namespace, &["--applyset", "all", "--prune"]).success();
    assert_eq!(third.stdout.lines().filter(|line| line.ends_with(" unchanged")).count(), 81);
}
