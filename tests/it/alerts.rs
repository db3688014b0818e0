//! `--with prometheusrule`: what is written is what `promtool` takes, it fires when it should, and it is silent else.
//!
//! Series have the labels that kube-state-metrics gives them (`internal/store/cronjob.go` and `job.go`, v2.13 and later),
//! and those of a scrape by the Prometheus operator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{command, files, root, run};

/// The folder of the tools, or nothing where they cannot be had: away from Debian, or without a network.
pub(crate) fn tools() -> Option<PathBuf> {
    let made = Command::new(root().join("tests/monitoring/install")).output().unwrap();
    if made.status.success() {
        return Some(PathBuf::from(String::from_utf8(made.stdout).unwrap().trim()));
    }
    let why = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(std::env::var("NEO4J_BACKUP_REQUIRE_CLUSTER").is_err(), "tests/monitoring/install: {why}");
    None
}

/// Runs promtool in a folder and fails the test unless it is content.
#[track_caller]
pub(crate) fn promtool(tools: &Path, folder: &Path, arguments: &[&str]) {
    let program = tools.join("prometheus/usr/bin/promtool");
    let output = Command::new(program).current_dir(folder).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "promtool {arguments:?}: {}", String::from_utf8_lossy(&said));
}

/// What `emit plain` writes, by path below the folders of what runs again and what runs once.
#[track_caller]
pub(crate) fn emitted(arguments: &[&str]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.args(["emit", "plain", "--quiet", "--output-dir"]).arg(folder.path()).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut written = BTreeMap::new();
    for path in files(&folder.path().to_string_lossy(), "") {
        let path_in = path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
        let name = path_in.trim_start_matches("workloads/").trim_start_matches("once/").to_owned();
        written.insert(name, std::fs::read_to_string(&path).unwrap());
    }
    written
}

/// The rules of one file, as Prometheus reads them.
pub(crate) fn groups(written: &BTreeMap<String, String>, file: &str) -> Value {
    let text = written.get(file).unwrap_or_else(|| panic!("{file} is not among {:?}", written.keys()));
    let object: Value = serde_yaml::from_str(text).unwrap();
    assert_eq!(object["apiVersion"], "monitoring.coreos.com/v1");
    assert_eq!(object["kind"], "PrometheusRule");
    object["spec"].clone()
}

const EVERYTHING: &[&str] =
    &["-R", "-f", "examples", "--with", "prometheusrule,grafana", "--rule-label", "release=monitoring"];

#[test]
fn every_rule_of_every_example_is_one_that_prometheus_takes() {
    let written = emitted(EVERYTHING);
    let rules: Vec<&String> = written.keys().filter(|path| path.contains("/prometheusrule-")).collect();
    assert!(rules.len() > 40, "{rules:?}");
    let scheduled = written.keys().filter(|path| path.contains("/cronjob-")).count();
    let once = written.keys().filter(|path| path.contains("/job-")).count();
    let of_backups = rules.iter().filter(|path| path.ends_with("-backup.yaml")).count();
    assert_eq!(of_backups, scheduled + once, "one a backup");
    for (path, text) in &written {
        assert!(!text.contains("${"), "{path} has something that Flux substitutes");
    }
    for path in &rules {
        let text = &written[*path];
        assert!(text.contains("    release: monitoring\n"), "{path}");
        let spec = groups(&written, path);
        for rule in spec["groups"][0]["rules"].as_array().unwrap() {
            if rule["record"].is_string() {
                continue;
            }
            let (alert, annotations) = (rule["alert"].as_str().unwrap(), &rule["annotations"]);
            let section = format!("alerts.md#{}", alert.to_lowercase());
            assert_eq!(annotations["runbook"], section, "{path}");
            assert!(written["alerts.md"].contains(&format!("\n## {alert}\n")), "{alert}");
            assert!(annotations["command"].as_str().unwrap().starts_with("kubectl neo4j-backup "));
            assert!(["warning", "critical"].contains(&rule["labels"]["severity"].as_str().unwrap()));
            let namespace = path.split('/').next().unwrap();
            assert_eq!(rule["labels"]["namespace"], namespace);
        }
    }
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for (number, path) in rules.iter().enumerate() {
        let name = format!("{number}.json");
        std::fs::write(folder.path().join(&name), groups(&written, path).to_string()).unwrap();
        names.push(name);
    }
    let mut arguments = vec!["check", "rules", "--lint-fatal"];
    arguments.extend(names.iter().map(String::as_str));
    promtool(&tools, folder.path(), &arguments);
}

#[test]
fn the_order_of_the_specs_does_not_show_and_one_spec_changes_one_file() {
    let one = ["-f", "examples/scheduled-daily", "-f", "examples/weekly-long-retention"];
    let other = ["-f", "examples/weekly-long-retention", "-f", "examples/scheduled-daily"];
    let with = ["--with", "grafana,prometheusrule"];
    let first = emitted(&[&one[..], &with].concat());
    assert_eq!(first, emitted(&[&other[..], &with].concat()));

    let daily = std::fs::read_to_string(root().join("examples/scheduled-daily/backup.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sooner = folder.path().join("backup.yaml");
    std::fs::write(&sooner, daily.replace("deadline: 3h", "deadline: 2h")).unwrap();
    let sooner = sooner.to_string_lossy();
    let changed = emitted(
        &[
            &["-f", &sooner, "-f", "examples/weekly-long-retention"][..],
            &["--target", "examples/scheduled-daily/target.yaml"],
            &with,
        ]
        .concat(),
    );
    let differ: Vec<&str> = first
        .iter()
        .filter(|(path, text)| changed.get(*path) != Some(text))
        .map(|(path, _)| path.as_str())
        .filter(|path| !path.ends_with("README.md") && !path.starts_with('.'))
        .collect();
    assert_eq!(
        differ,
        [
            "catalog/configmap-neo4j-backup-dashboard.yaml",
            "catalog/cronjob-catalog-daily-backup-cron.yaml",
            "catalog/prometheusrule-catalog-daily-backup.yaml"
        ]
    );
}

#[test]
fn what_a_person_reads_is_what_was_meant() {
    let url = "https://git.example.com/alerts.md";
    let written =
        emitted(&["-f", "examples/scheduled-daily", "--with", "prometheusrule", "--runbook-url", url]);
    let spec = groups(&written, "catalog/prometheusrule-catalog-daily-backup.yaml");
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.json"), spec.to_string()).unwrap();
    let cron_job = "catalog-daily-backup-cron";
    let series = |metric: &str| format!("{metric}{{namespace=\"catalog\", cronjob=\"{cron_job}\"}}");
    let tests = json!({"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [{
        "interval": "1m",
        "input_series": [{"series": series("kube_cronjob_status_last_successful_time"), "values": "0x1800"}],
        "alert_rule_test": [{"eval_time": "1800m", "alertname": "Neo4jBackupTooOld", "exp_alerts": [{
            "exp_labels": {"severity": "critical", "namespace": "catalog", "backup": "catalog-daily", "cronjob": cron_job},
            "exp_annotations": {
                "summary": "The last backup catalog/catalog-daily is 1d 6h 0m 0s old",
                "description": "No run has succeeded for longer than the schedule allows. What has been written since the last one is not saved.",
                "threshold": "25h (the longest time between two runs of `15 4 * * *` in Europe/Berlin, over a change of the clock) + 30m (startingDeadline) + 3h (job.deadline, for the run) = 28h30m",
                "command": "kubectl neo4j-backup status catalog-daily -n catalog",
                "runbook_url": "https://git.example.com/alerts.md#neo4jbackuptooold",
            },
        }]}],
    }]});
    std::fs::write(folder.path().join("test.json"), tests.to_string()).unwrap();
    promtool(&tools, folder.path(), &["test", "rules", "test.json"]);
}

#[test]
fn what_no_alert_can_see_is_said() {
    let daily = std::fs::read_to_string(root().join("examples/scheduled-daily/backup.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("backup.yaml");
    std::fs::write(&spec, daily.replace("  failed: 3", "  failed: 0")).unwrap();
    let out = folder.path().join("out");
    let (spec, out) = (spec.to_string_lossy(), out.to_string_lossy());
    let target = "examples/scheduled-daily/target.yaml";
    let common = ["emit", "plain", "-f", &spec, "--target", target, "-d", &out, "--with", "prometheusrule"];
    let said = run(common).expect(0);
    assert!(said.stderr.contains("warning[NB730]"), "{}", said.transcript());
    let rules = std::fs::read_to_string(
        folder.path().join("out/workloads/catalog/prometheusrule-catalog-daily-backup.yaml"),
    );
    assert!(!rules.unwrap().contains("Neo4jBackupRunFailed"));
    let strict = run([&common[..], &["--strict"]].concat());
    assert_eq!(strict.code, 1, "{}", strict.transcript());
}

#[test]
fn links_and_labels_that_would_break_are_refused() {
    for (flag, value) in [
        ("--runbook-url", "git.example.com/alerts.md"),
        ("--runbook-url", "https://git.example.com/${branch}/alerts.md"),
        ("--runbook-url", "https://git.example.com/{{ $labels.x }}"),
        ("--runbook-url", "https://git.example.com/alerts.md#top"),
        ("--rule-label", "release"),
        ("--rule-label", "release=a b"),
        ("--rule-label", "release-=a"),
    ] {
        let common = ["emit", "plain", "-f", "examples/scheduled-daily", "-d", "never-made"];
        let said = run([&common[..], &["--with", "prometheusrule", flag, value]].concat());
        assert_eq!(said.code, 2, "{flag} {value}: {}", said.transcript());
        assert!(said.stderr.contains(flag), "{}", said.transcript());
    }
    for (flag, value) in [("--runbook-url", "https://git.example.com/alerts.md"), ("--rule-label", "a=b")] {
        let common = ["emit", "plain", "-f", "examples/scheduled-daily", "-d", "never-made"];
        let said = run([&common[..], &["--with", "grafana", flag, value]].concat());
        assert_eq!(said.code, 2, "{}", said.transcript());
        assert!(said.stderr.contains("--with prometheusrule"), "{}", said.transcript());
    }
    assert!(!root().join("never-made").exists());
}

#[test]
fn the_command_of_the_manual_does_what_it_says() {
    let page = std::fs::read_to_string(root().join("docs/alerts.md")).unwrap();
    let block = page.split("```console\n$ ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let deploy = folder.path().join("deploy").to_string_lossy().into_owned();
    let words: Vec<String> = block
        .split_whitespace()
        .filter(|word| *word != "\\")
        .skip_while(|word| *word != "emit")
        .map(|word| match word {
            "backups/" => "examples/scheduled-daily".to_owned(),
            "deploy/" => deploy.clone(),
            other => other.to_owned(),
        })
        .collect();
    assert!(words.len() > 8, "{words:?}");
    run(words.iter().map(String::as_str)).expect(0);
    let rule = folder.path().join("deploy/base/catalog/prometheusrule-catalog-daily-backup.yaml");
    let text = std::fs::read_to_string(rule).unwrap();
    assert!(text.contains("    release: kube-prometheus-stack\n"), "{text}");
    let link =
        "runbook_url: https://git.example.com/shop/deploy/blob/main/deploy/alerts.md#neo4jbackuptooold";
    assert!(text.contains(link), "{text}");
    assert!(folder.path().join("deploy/alerts.md").exists());
    assert!(folder.path().join("deploy/base/catalog/configmap-neo4j-backup-dashboard.yaml").exists());
}
