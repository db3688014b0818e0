//! `diff --against`: what changes between two versions of the specs, without a cluster.

use serde_json::Value;

use crate::ci_repository::Repository;
use crate::support::command;

const FULL: &str = "backups/backup-full.yaml";
const DIFFERENTIAL: &str = "backups/backup-differential.yaml";

#[test]
fn nothing_differs_from_itself() {
    let repository = Repository::with_example("full-and-differential");
    for older in ["HEAD", "main", "./backups", "main..."] {
        let run = repository.run(["diff", "-q", "-f", "backups", "--against", older]).expect(0);
        assert_eq!(run.stdout, "", "{older}");
    }
    let markdown = repository.run(["diff", "-f", "backups", "--against=HEAD", "-o", "markdown"]).expect(0);
    assert_eq!(markdown.stdout, "### neo4j-backup: no difference\n");
}

#[test]
fn a_changed_an_added_and_a_removed_spec_are_shown_as_objects() {
    let repository = Repository::with_example("full-and-differential");
    let full = std::fs::read_to_string(repository.file(FULL)).unwrap();
    repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
    repository.remove(FULL);
    repository.write(
        "backups/more.yaml",
        &full.replace("payments-full", "payments-whole").replace("0 1 * * 0", "0 2 * * 0"),
    );
    let run = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD"]).expect(1);
    let heads: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("# ")).collect();
    assert_eq!(
        heads,
        [
            "# cronjob.batch/payments-differential-backup-cron in payments changes",
            "# cronjob.batch/payments-full-backup-cron in payments is not rendered any more",
            "# cronjob.batch/payments-whole-backup-cron in payments is new",
        ]
    );
    assert!(run.stdout.contains("--- OLD/batch.v1.CronJob.payments.payments-differential-backup-cron\n"));
    assert!(
        run.stdout.contains("\n-  schedule: \"0 6-23 * * *\"\n+  schedule: \"0 7-23 * * *\"\n"),
        "{}",
        run.stdout
    );

    let names = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD", "-o", "name"]).expect(1);
    assert_eq!(names.stdout.lines().count(), 3);
    let json = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD", "-o", "json"]).expect(1);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["schemaVersion"], "1");
    let operations: Vec<&Value> =
        json["changes"].as_array().unwrap().iter().map(|change| &change["op"]).collect();
    assert_eq!(operations, ["update", "remove", "create"]);
    assert_eq!(json["changes"][0]["judgedBy"], "rendering");
    assert_eq!(
        json["changes"][0]["fields"],
        serde_json::json!([{"path": ".spec.schedule", "from": "0 6-23 * * *", "to": "0 7-23 * * *", "owners": []}])
    );
    let markdown =
        repository.run(["diff", "-q", "-f", "backups", "--against=HEAD", "-o", "markdown"]).expect(1);
    assert!(
        markdown.stdout.starts_with("### neo4j-backup: 1 new, 1 changed, 1 removed\n"),
        "{}",
        markdown.stdout
    );
    assert_eq!(markdown.stdout.matches("<details>").count(), 3);
}

#[test]
fn a_folder_is_the_older_version_and_its_order_does_not_matter() {
    let repository = Repository::with_example("full-and-differential");
    repository.git(&["worktree", "add", "--quiet", "older"]);
    repository.replace(DIFFERENTIAL, "0 6-23", "0 7-23");
    let by_revision = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD"]).expect(1);
    let by_folder = repository.run(["diff", "-q", "-f", "backups", "--against=older/backups"]).expect(1);
    assert_eq!(by_revision.stdout, by_folder.stdout);
    let files = format!("backups/target.yaml,{FULL},{DIFFERENTIAL}");
    let by_files = repository.run(["diff", "-q", "-f", &files, "--against=older/backups"]).expect(1);
    assert_eq!(by_revision.stdout, by_files.stdout);
}

#[test]
fn a_change_of_the_target_alone_is_a_change_of_everything() {
    let repository = Repository::with_example("full-and-differential");
    repository.git(&["mv", "backups/target.yaml", "targets.yaml"]);
    repository.commit();
    repository.replace("targets.yaml", "2025.10.1", "2025.11.2");
    let arguments =
        ["diff", "-q", "-f", "backups", "--target", "targets.yaml", "--against=HEAD", "-o", "json"];
    let json: Value = serde_json::from_str(&repository.run(arguments).expect(1).stdout).unwrap();
    assert_eq!(json["changes"].as_array().unwrap().len(), 2);
    assert!(json.to_string().contains("neo4j:2025.11.2-enterprise"));
}

#[test]
fn what_did_not_exist_is_all_new() {
    let repository = Repository::with_example("full-and-differential");
    let run = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD~1", "-o", "name"]).expect(1);
    assert_eq!(
        run.stdout.lines().collect::<Vec<_>>(),
        [
            "serviceaccount/neo4j-backup-sa",
            "cronjob.batch/payments-differential-backup-cron",
            "cronjob.batch/payments-full-backup-cron",
        ]
    );
}

#[test]
fn an_older_version_that_cannot_be_read_is_said_to_be_left_out() {
    let repository = Repository::with_example("full-and-differential");
    repository.replace(DIFFERENTIAL, "kind: Cluster", "kind: Clutter");
    repository.commit();
    repository.replace(DIFFERENTIAL, "kind: Clutter", "kind: Cluster");
    let run = repository.run(["diff", "-f", "backups", "--against=HEAD", "-o", "name"]).expect(1);
    assert_eq!(run.stdout, "cronjob.batch/payments-differential-backup-cron\n");
    assert!(run.stderr.contains("warning[NB750]"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("HEAD:{DIFFERENTIAL}:11:")), "{}", run.stderr);
    // A spec that could be read and whose target was not there is one, too.
    let repository = Repository::with_example("full-and-differential");
    repository.git(&["mv", "backups/target.yaml", "target.yaml"]);
    repository.commit();
    repository.git(&["mv", "target.yaml", "backups/target.yaml"]);
    let run = repository.run(["diff", "-f", "backups", "--against=HEAD", "-o", "name"]).expect(1);
    assert_eq!(run.stderr.matches("NB750").count(), 2, "{}", run.stderr);
}

#[test]
fn errors_in_the_specs_end_with_2_and_show_nothing() {
    let repository = Repository::with_example("full-and-differential");
    repository.replace(FULL, "0 1 * * 0", "0 24 * * 0");
    let run = repository.run(["diff", "-f", "backups", "--against=HEAD"]).expect(2);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("NB501"), "{}", run.stderr);
    let repository = Repository::with_example("full-and-differential");
    repository.replace(DIFFERENTIAL, "0 6-23", "0 5-23");
    repository.run(["diff", "-f", "backups", "--against=HEAD", "--strict"]).expect(2);
}

#[test]
fn restores_are_compared_when_asked_for() {
    let repository = Repository::with_example("restore-standalone-offline");
    repository.replace(
        "backups/restore.yaml",
        "kind: Neo4jRestore\nmetadata:\n  name: ",
        "kind: Neo4jRestore\nmetadata:\n  name: x-",
    );
    let run = repository.run(["diff", "-f", "backups", "--against=HEAD", "-o", "name"]).expect(0);
    assert!(run.stderr.contains("NB702"), "{}", run.stderr);
    let run =
        repository.run(["diff", "-f", "backups", "--against=HEAD", "-o", "name", "--restore"]).expect(1);
    assert!(run.stdout.contains("job.batch/x-"), "{}", run.stdout);
}

#[test]
fn a_name_that_is_a_folder_and_a_branch_is_asked_about() {
    let repository = Repository::with_example("full-and-differential");
    repository.git(&["branch", "backups"]);
    let run = repository.run(["diff", "-f", "backups", "--against=backups"]).expect(2);
    assert!(
        run.stderr.contains("is a folder and a Git revision") && run.stderr.contains("heads/backups"),
        "{}",
        run.stderr
    );
    for clear in ["./backups", "heads/backups", "backups/"] {
        repository.run(["diff", "-q", "-f", "backups", "--against", clear]).expect(0);
    }
    let run = repository.run(["diff", "-f", "backups", "--against=nowhere"]).expect(2);
    assert!(
        run.stderr.contains("has no revision `nowhere`") && run.stderr.contains("takes a folder"),
        "{}",
        run.stderr
    );
    repository.run(["diff", "-f", "backups", "--against=-x"]).expect(2);
}

#[test]
fn no_connection_is_opened() {
    let repository = Repository::with_example("full-and-differential");
    // A kubeconfig that cannot be read would end every command that looks at it.
    repository.write("kubeconfig", "no: [kubeconfig");
    let mut plain = command();
    plain.current_dir(repository.path()).env("KUBECONFIG", repository.file("kubeconfig"));
    plain.args(["diff", "-q", "-f", "backups", "--against=HEAD"]);
    crate::support::finish(plain.output().unwrap()).expect(0);
    for flag in
        ["--context=x", "--kubeconfig=kubeconfig", "--server=https://x", "--force-conflicts", "--applyset=x"]
    {
        repository.run(["diff", "-f", "backups", "--against=HEAD", flag]).expect(2);
    }
}

#[test]
fn secrets_are_masked_as_in_the_difference_to_a_cluster() {
    let repository = Repository::with_example("restore-hooks");
    let file = "backups/restore.yaml";
    let text = std::fs::read_to_string(repository.file(file)).unwrap();
    let with = |value: &str| {
        let mut spec: Value = serde_yaml::from_str(&text).unwrap();
        spec["spec"]["options"]["preRestore"]["job"]["template"]["container"]["env"] =
            serde_json::json!([{"name": "API_TOKEN", "value": value}]);
        serde_json::to_string(&spec).unwrap()
    };
    repository.write(file, &with("hunter2hunter2"));
    repository.commit();
    repository.write(file, &with("swordfishswordfish"));
    for format in ["diff", "json", "markdown"] {
        let run = repository.run(["diff", "-f", "backups", "--against=HEAD", "--restore", "-o", format]);
        assert!(
            !run.transcript().contains("hunter2") && !run.transcript().contains("swordfish"),
            "{}",
            run.transcript()
        );
    }
}

#[test]
fn a_comment_fits_into_a_pull_request() {
    let repository = Repository::with_example("full-and-differential");
    let full = std::fs::read_to_string(repository.file(FULL)).unwrap();
    for number in 0..300 {
        let name = format!("payments-{number}");
        let spec = full.replace("payments-full", &name).replace("chains/payments", &format!("chains/{name}"));
        repository.write(&format!("backups/{name}.yaml"), &spec);
    }
    let run = repository.run(["diff", "-q", "-f", "backups", "--against=HEAD", "-o", "markdown"]).expect(1);
    assert!(run.stdout.chars().count() <= 65_536, "{}", run.stdout.chars().count());
    assert!(run.stdout.starts_with("### neo4j-backup: 300 new\n"), "{}", &run.stdout[..80]);
    assert!(run.stdout.contains("Too long to show here"));
}
