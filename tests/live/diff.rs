//! `diff` on a real API server.

use std::path::Path;

use crate::cluster::cluster;
use crate::namespace::Namespace;
use crate::run::{self, Run};
use crate::specs::{self, redacted};

/// A file with a text, for kubectl.
fn file(text: &str, suffix: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::with_suffix(suffix).unwrap();
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_string_lossy().into_owned();
    (file, path)
}

const MANAGER: &str = "--field-manager=neo4j-backup";

/// Applies objects as kubectl does it, under our name and wherever they say they belong.
#[track_caller]
fn applied_objects(ns: &Namespace<'_>, objects: &str) {
    let (_file, path) = file(objects, ".yaml");
    ns.cluster.kubectl(&["apply", "--server-side", "--force-conflicts", MANAGER, "-f", &path]).success();
}

/// The same with what a text of specs becomes.
#[track_caller]
fn applied(ns: &Namespace<'_>, text: &str) {
    let objects = ns.plugin_reading(&["render", "-f", "-", "--quiet"], text).success().stdout;
    applied_objects(ns, &objects);
}

fn diff(ns: &Namespace<'_>, text: &str, more: &[&str]) -> Run {
    let mut args = vec!["diff", "-f", "-", "--quiet"];
    args.extend(more);
    ns.plugin_reading(&args, text)
}

const NIGHTLY: &str = "0 2 * * *";

#[test]
fn diff_after_apply_is_empty_for_every_example_and_nothing_is_sent() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-examples");
    for example in specs::examples() {
        let run = ns.plugin(&example.of("render", &["--quiet"]));
        assert_eq!(run.code, 0, "{}: {}", example.name, run.transcript());
        let objects = specs::rendered(&ns, &example);
        specs::make_namespaces(cluster, &objects);
        if run.stdout.is_empty() {
            continue;
        }
        applied_objects(&ns, &run.stdout);
        let own: Vec<String> = objects
            .iter()
            .filter_map(|object| Some(format!("/namespaces/{}/", object["metadata"]["namespace"].as_str()?)))
            .collect();
        let since = jiff::Timestamp::now();
        let same = ns.plugin(&example.of("diff", &["--quiet"]));
        assert_eq!((same.code, same.stdout.as_str()), (0, ""), "{}: {}", example.name, same.transcript());

        // Our verdict: only what is applied in several parts is sent at all. The server's verdict on the rest: the
        // same apply again writes nothing.
        let sent: Vec<String> = cluster
            .audit_requests("kubectl-neo4j_backup", since)
            .into_iter()
            // Other tests validate the same examples meanwhile, which forces, or have namespaces of their own.
            .filter(|request| request.verb == "patch" && !request.uri.contains("force=true"))
            .filter(|request| own.iter().any(|namespace| request.uri.contains(namespace)))
            .map(|request| request.uri)
            .collect();
        assert!(sent.iter().all(|uri| uri.contains("/serviceaccounts/")), "{}: {sent:?}", example.name);
        let before = versions(&ns, &run.stdout);
        applied_objects(&ns, &run.stdout);
        assert_eq!(versions(&ns, &run.stdout), before, "{}", example.name);
        removed(&ns, &run.stdout);
    }
}

/// Deletes objects, whoever else needs their names.
#[track_caller]
fn removed(ns: &Namespace<'_>, objects: &str) {
    let (_file, path) = file(objects, ".yaml");
    ns.cluster.kubectl(&["delete", "--ignore-not-found", "--wait=false", "-f", &path]).success();
}

/// What of some objects would change with a write of ours.
fn versions(ns: &Namespace<'_>, objects: &str) -> Vec<String> {
    let (_file, path) = file(objects, ".yaml");
    let text = ns.cluster.kubectl(&["get", "-o", "json", "-f", &path]).success().stdout;
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let single = vec![whole.clone()];
    let of = |object: &serde_json::Value| {
        // Controllers write the status; what was applied and when it changed is what counts.
        let metadata = &object["metadata"];
        let applied: Vec<&serde_json::Value> = metadata["managedFields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["manager"] == "neo4j-backup")
            .collect();
        format!("{} {} {} {applied:?}", object["kind"], metadata["name"], metadata["generation"])
    };
    whole["items"].as_array().unwrap_or(&single).iter().map(of).collect()
}

#[test]
fn every_way_to_touch_an_object_is_seen() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-touched");
    let spec = specs::scheduled("nightly", NIGHTLY, "suspend: true");
    applied(&ns, &spec);
    diff(&ns, &spec, &[]).success();
    let name = "cronjob/nightly-backup-cron";
    let container = "/spec/jobTemplate/spec/template/spec/containers/0";
    // What is ours and differs; what is not ours and does not matter. Each is undone by applying again.
    for (patch, code) in [
        (r#"[{"op":"replace","path":"/spec/schedule","value":"0 5 * * *"}]"#.to_owned(), 1),
        (r#"[{"op":"replace","path":"/spec/suspend","value":false}]"#.to_owned(), 1),
        (r#"[{"op":"remove","path":"/spec/timeZone"}]"#.to_owned(), 1),
        (format!(r#"[{{"op":"remove","path":"{container}/env/0"}}]"#), 1),
        (format!(r#"[{{"op":"replace","path":"{container}/args/0","value":"x"}}]"#), 1),
        (format!(r#"[{{"op":"add","path":"{container}/env/-","value":{{"name":"MORE","value":"1"}}}}]"#), 0),
        (format!(r#"[{{"op":"add","path":"{container}/stdin","value":true}}]"#), 0),
        (r#"[{"op":"remove","path":"/metadata/labels/neo4j.neo4j.com~1backup"}]"#.to_owned(), 1),
        (r#"[{"op":"add","path":"/metadata/labels/more","value":"x"}]"#.to_owned(), 0),
        (r#"[{"op":"remove","path":"/metadata/labels/app.kubernetes.io~1managed-by"}]"#.to_owned(), 1),
    ] {
        ns.kubectl(&["patch", name, "--type=json", "--field-manager=somebody", "-p", &patch]).success();
        let run = diff(&ns, &spec, &[]);
        assert_eq!(run.code, code, "{patch}\n{}", run.transcript());
        // What the server itself says of the same apply, which here keeps nothing: the same.
        let rendered = ns.plugin_reading(&["render", "-f", "-", "--quiet"], &spec).success().stdout;
        let (_file, path) = file(&rendered, ".yaml");
        let mut peer = cluster.kubectl_command();
        peer.args(["diff", "--server-side", "--force-conflicts", MANAGER, "-f", &path]);
        let peer = run::finish(peer.env("PATH", std::env::var_os("PATH").unwrap_or_default()), "");
        assert_eq!(peer.code, code, "{patch}\n{}", peer.transcript());
        applied_objects(&ns, &rendered);
        diff(&ns, &spec, &[]).success();
    }
}

#[test]
fn a_field_of_another_manager_is_shown_with_its_owner_in_every_form() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-owner");
    applied(&ns, &specs::scheduled("nightly", NIGHTLY, ""));
    let patch = r#"{"spec":{"schedule":"0 5 * * *"}}"#;
    ns.kubectl(&["patch", "cronjob/nightly-backup-cron", "--field-manager=kubectl-edit", "-p", patch])
        .success();
    let spec = specs::scheduled("nightly", "30 2 * * *", "");
    insta::assert_snapshot!("diff_owner", redacted(&ns, &diff(&ns, &spec, &[]).expect_code(1).stdout));
    let json = diff(&ns, &spec, &["-o", "json"]).expect_code(1).stdout;
    insta::assert_snapshot!("diff_owner_json", redacted(&ns, &json));
    let markdown = diff(&ns, &spec, &["-o", "markdown"]).expect_code(1).stdout;
    insta::assert_snapshot!("diff_owner_markdown", redacted(&ns, &markdown));
    let name = diff(&ns, &spec, &["-o", "name"]).expect_code(1).stdout;
    assert_eq!(name, "cronjob.batch/nightly-backup-cron\n");
    // Colours only where they are wanted.
    let colored = diff(&ns, &spec, &["--color", "always"]).expect_code(1).stdout;
    assert!(colored.contains("\u{1b}[31m-") && colored.contains("\u{1b}[32m+"), "{colored}");
    // Taken over, nobody is in the way.
    let forced = diff(&ns, &spec, &["--force-conflicts"]).expect_code(1).stdout;
    assert!(!forced.contains("exit code 4"), "{forced}");
}

#[test]
fn a_job_whose_template_changed_is_explained() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-job");
    applied(&ns, &specs::once("first", "5.26.12"));
    diff(&ns, &specs::once("first", "5.26.12"), &[]).success();
    let run = diff(&ns, &specs::once("first", "5.26.13"), &[]).expect_code(1);
    insta::assert_snapshot!("diff_job", redacted(&ns, &run.stdout));
}

#[test]
fn a_namespace_that_is_not_there_is_said_to_be_missing() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-nowhere");
    let spec = specs::scheduled("nightly", NIGHTLY, "");
    let run = diff(&ns, &spec, &["-n", "not-there-yet"]).expect_code(1);
    assert!(run.stdout.contains("# the namespace `not-there-yet` does not exist yet"), "{}", run.stdout);
    assert!(run.stdout.contains("+kind: CronJob"), "{}", run.stdout);
}

#[test]
fn an_object_that_the_server_refuses_is_an_error_and_no_difference() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-refused");
    let spec = specs::scheduled("nightly", NIGHTLY, "job: {resources: {requests: {example.com/gpu: 1}}}");
    let run = diff(&ns, &spec, &[]).expect_code(2);
    assert!(run.stderr.contains("Limit must be set for non overcommitable resources"), "{}", run.stderr);
    assert!(run.stderr.contains("validate --server"), "{}", run.stderr);
}

#[test]
fn whoever_may_only_read_gets_a_comparison_and_whoever_may_not_an_error() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-reader");
    applied(&ns, &specs::scheduled("nightly", NIGHTLY, ""));
    ns.kubectl(&["create", "serviceaccount", "reader"]).success();
    let resources = "--resource=cronjobs.batch,jobs.batch,serviceaccounts,configmaps,persistentvolumeclaims";
    ns.kubectl(&["create", "role", "reader", "--verb=get,list", resources]).success();
    let subject = format!("--serviceaccount={}:reader", ns.name);
    ns.kubectl(&["create", "rolebinding", "reader", "--role=reader", &subject]).success();
    let reader = cluster.kubeconfig_for_service_account(&ns.name, "reader");

    let as_reader = |kubeconfig: &Path, schedule: &str| {
        let (_file, path) = file(&specs::scheduled("nightly", schedule, ""), ".yaml");
        ns.plugin_as(kubeconfig, &["diff", "-q", "-f", &path])
    };
    // What is provably the same needs no right to patch.
    let same = as_reader(&reader, NIGHTLY);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""), "{}", same.transcript());
    let different = as_reader(&reader, "0 4 * * *").expect_code(1);
    insta::assert_snapshot!("diff_reader", redacted(&ns, &different.stdout));
    let refused = as_reader(cluster.kubeconfig_without_rights(), NIGHTLY).expect_code(3);
    assert!(refused.stderr.contains("not allowed") && refused.stdout.is_empty(), "{}", refused.transcript());
}

#[test]
fn a_program_of_ones_own_shows_the_difference() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-external");
    let (_file, path) = file(&specs::scheduled("nightly", NIGHTLY, ""), ".yaml");
    let with = |program: &str| {
        ns.plugin_with(|command| {
            command.args(["diff", "-q", "-n", &ns.name, "-f", &path]).env("KUBECTL_EXTERNAL_DIFF", program);
        })
    };
    let run = with("diff '--label=the live one' --label merged -u -N").expect_code(1);
    assert!(run.stdout.contains("--- the live one\n+++ merged\n"), "{}", run.stdout);
    assert!(run.stdout.contains("+kind: CronJob"), "{}", run.stdout);
    // Both folders and the names of files, as kubectl gives them.
    let run = with("find").expect_code(1);
    assert!(run.stdout.contains("/LIVE-") && run.stdout.contains("/MERGED-"), "{}", run.stdout);
    let name = format!("/batch.v1.CronJob.{}.nightly-backup-cron\n", ns.name);
    assert!(run.stdout.contains(&name), "{}", run.stdout);
    for (program, words) in [
        ("false --", ""),
        ("/does/not/exist", "cannot run"),
        ("diff | less", "without a shell"),
        ("ls --x", "failed"),
    ] {
        let run = with(program);
        let code = if words.is_empty() { 1 } else { 2 };
        assert_eq!(run.code, code, "{program}: {}", run.transcript());
        assert!(run.stderr.contains(words), "{program}: {}", run.transcript());
    }
}

#[test]
fn an_object_that_somebody_else_keeps_is_shown_with_a_note() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-gitops");
    let spec = specs::scheduled("nightly", NIGHTLY, "");
    applied(&ns, &spec);
    let mark = "argocd.argoproj.io/tracking-id=shop:batch/CronJob:x/nightly-backup-cron";
    ns.kubectl(&["annotate", "cronjob/nightly-backup-cron", mark]).success();
    diff(&ns, &spec, &[]).success();
    let run = diff(&ns, &specs::scheduled("nightly", "0 4 * * *", ""), &[]).expect_code(1);
    assert!(run.stdout.contains("# it belongs to the Argo CD application `shop`: change"), "{}", run.stdout);
}

#[test]
fn requests_do_not_grow_with_the_number_of_specs() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-many");
    let many: String = (0..40)
        .map(|index| format!("{}---\n", specs::scheduled(&format!("b{index}"), NIGHTLY, "suspend: true")))
        .collect::<String>()
        // One target is enough.
        .split("---\n")
        .filter({
            let mut seen = std::collections::HashSet::new();
            move |document| seen.insert((*document).to_owned())
        })
        .map(|document| format!("{document}---\n"))
        .collect();
    applied(&ns, &many);
    let since = jiff::Timestamp::now();
    let run = diff(&ns, &many, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.transcript());
    let requests = cluster.audit_requests("kubectl-neo4j_backup", since);
    let own: Vec<_> = requests.iter().filter(|request| request.uri.contains(&ns.name)).collect();
    // The account, all accounts, all CronJobs.
    assert!(own.len() <= 3, "{own:?}");
}

/// A backup whose pods get cloud rights through annotations of their account, or do not.
fn with_identity(name: &str, identity: &str) -> String {
    let own = format!("cloud: {{region: eu-central-1, {identity}}}}}");
    specs::scheduled(name, NIGHTLY, "")
        .replace("cloud: {region: eu-central-1, credentialsSecretRef: keys}}", &own)
}

#[test]
fn diff_after_our_own_apply_is_empty_and_shows_what_pruning_and_a_lost_identity_take_away() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("diff-prune");
    let role = "identity: {provider: aws, autoCreate: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::123456789012:role/x'}}}";
    let both = format!(
        "{}---\n{}",
        with_identity("first", role),
        specs::scheduled("second", NIGHTLY, "").split("---").next().unwrap()
    );
    let apply = ["apply", "-f", "-", "--quiet", "--yes", "--applyset", "backups"];
    ns.plugin_reading(&apply, &both).success();
    let same = diff(&ns, &both, &["--applyset", "backups", "--prune"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""), "{}", same.transcript());

    let one = with_identity("first", "credentialsSecretRef: keys");
    let names = diff(&ns, &one, &["--applyset", "backups", "--prune", "-o", "name"]).expect_code(1).stdout;
    assert_eq!(
        names,
        "serviceaccount/neo4j-backup-sa\ncronjob.batch/first-backup-cron\ncronjob.batch/second-backup-cron\n"
    );
    let shown = diff(&ns, &one, &["--applyset", "backups", "--prune"]).expect_code(1).stdout;
    assert!(shown.contains("-    eks.amazonaws.com/role-arn: "), "{shown}");
    assert!(
        shown.contains("# cronjob.batch/second-backup-cron in") && shown.contains("would be deleted"),
        "{shown}"
    );
    assert!(shown.contains("+++ /dev/null"), "{shown}");
    // Without --prune nothing of the set is looked for.
    let names = diff(&ns, &one, &["--applyset", "backups", "-o", "name"]).expect_code(1).stdout;
    assert!(!names.contains("second"), "{names}");
    // A set that is not there has no members.
    let names = diff(&ns, &one, &["--applyset", "other", "--prune", "-o", "name"]).expect_code(1).stdout;
    assert!(!names.contains("second"), "{names}");
}
