//! `--with grafana`: dashboards are of Grafana's own types, and Prometheus parses what their panels ask.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::alerts::{emitted, promtool, tools};
use crate::support::{root, run};

/// The dashboards of all examples, by the name of their file.
fn dashboards() -> Vec<(String, String)> {
    let written = emitted(&["-R", "-f", "examples", "--with", "grafana"]);
    let mut found = Vec::new();
    for (_, text) in written.iter().filter(|(path, _)| path.contains("-dashboard.yaml")) {
        let object: Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(object["kind"], "ConfigMap");
        assert_eq!(object["metadata"]["labels"]["grafana_dashboard"], "1");
        for (name, text) in object["data"].as_object().unwrap() {
            found.push((name.clone(), text.as_str().unwrap().to_owned()));
        }
    }
    assert!(found.len() > 10, "{}", found.len());
    found
}

#[test]
fn each_dashboard_is_one_of_grafana() {
    let dashboards = dashboards();
    let names: BTreeSet<&String> = dashboards.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), dashboards.len(), "the sidecar writes all of them into one folder");
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(tools.join("grafana/node_modules"), folder.path().join("node_modules"))
        .unwrap();
    let head = std::fs::read_to_string(root().join("tests/monitoring/dashboard.ts")).unwrap();
    let compile = |files: &[(String, String)]| {
        let mut compiler = Command::new("node");
        compiler.current_dir(folder.path()).arg("node_modules/typescript/bin/tsc");
        compiler.args(["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext"]);
        compiler.args(["--moduleResolution", "bundler", "--target", "es2022", "--preserveSymlinks"]);
        for (name, text) in files {
            let file = format!("{name}.ts");
            std::fs::write(folder.path().join(&file), format!("{head}{text};\n")).unwrap();
            compiler.arg(file);
        }
        let output = compiler.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (good, said) = compile(&dashboards);
    assert!(good, "{said}");

    // That the compiler objects to what is wrong is part of the test.
    let (_, text) = dashboards.iter().find(|(name, _)| name == "neo4j-backup-catalog.json").unwrap();
    let wrong: Vec<(String, String)> = [
        ("\"graphTooltip\": 1", "\"graphTooltips\": 1"),
        ("\"graphTooltip\": 1", "\"graphTooltip\": 9"),
        ("\"type\": \"table\"", "\"type\": \"tabel\""),
        ("\"showPoints\": \"never\"", "\"showPoints\": \"nevr\""),
        ("\"cellHeight\": \"sm\"", "\"cellHeigh\": \"sm\""),
        ("\"refId\": \"A\"", "\"refI\": \"A\""),
    ]
    .iter()
    .enumerate()
    .map(|(number, (right, wrong))| {
        assert!(text.contains(right), "{right}");
        (format!("wrong-{number}"), text.replace(right, wrong))
    })
    .collect();
    let (_, said) = compile(&wrong);
    for (name, _) in &wrong {
        assert!(said.contains(&format!("{name}.ts(")), "{name} was taken: {said}");
    }
}

#[test]
fn each_panel_asks_what_prometheus_parses() {
    let mut rules = Vec::new();
    let (mut titles, mut uids) = (BTreeSet::new(), BTreeSet::new());
    let dashboards = dashboards();
    for (name, text) in &dashboards {
        let dashboard: Value = serde_json::from_str(text).unwrap();
        assert!(dashboard["uid"].as_str().unwrap().len() <= 40);
        uids.insert(dashboard["uid"].to_string());
        let mut numbers = BTreeSet::new();
        let mut area = 0;
        let panels = dashboard["panels"].as_array().unwrap();
        for panel in panels {
            assert!(numbers.insert(panel["id"].to_string()), "{name}: two panels have one number");
            let place = &panel["gridPos"];
            assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{name}: {place}");
            area += place["w"].as_u64().unwrap() * place["h"].as_u64().unwrap();
            titles.insert(panel["title"].as_str().unwrap().to_owned());
            for target in panel["targets"].as_array().unwrap() {
                assert_eq!(target["datasource"]["uid"], "$datasource");
                let labels =
                    json!({"dashboard": name, "panel": panel["id"].to_string(), "query": target["refId"]});
                rules.push(json!({"record": "dashboard:panel", "expr": target["expr"], "labels": labels}));
            }
        }
        let bottom = panels
            .iter()
            .map(|panel| panel["gridPos"]["y"].as_u64().unwrap() + panel["gridPos"]["h"].as_u64().unwrap());
        assert_eq!(area, 24 * bottom.max().unwrap(), "{name}: panels overlap or leave a hole");
    }
    assert_eq!(uids.len(), dashboards.len());
    for title in [
        "Schedules",
        "Age of the last success",
        "Age of the last success, of what the schedule allows",
        "Runs that are kept",
        "How long runs take",
        "Backups that run once",
        "Claims: how much is used",
    ] {
        assert!(titles.contains(title), "{title} is on no dashboard: {titles:?}");
    }
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let groups = json!({"groups": [{"name": "panels", "rules": rules}]});
    std::fs::write(folder.path().join("panels.json"), groups.to_string()).unwrap();
    promtool(&tools, folder.path(), &["check", "rules", "panels.json"]);
}

/// What panels show, of series as kube-state-metrics and the kubelet give them.
#[test]
fn panels_show_numbers() {
    let Some(tools) = tools() else { return };
    let dashboards = dashboards();
    let queries = |file: &str, title: &str| -> Vec<String> {
        let (_, text) = dashboards.iter().find(|(name, _)| name == file).unwrap();
        let dashboard: Value = serde_json::from_str(text).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let panel = panels.iter().find(|panel| panel["title"] == title).unwrap();
        let targets = panel["targets"].as_array().unwrap();
        targets.iter().map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
    };
    let daily = "neo4j-backup-catalog.json";
    let cron = |metric: &str, value: &str| json!({"series": format!("{metric}{{namespace=\"catalog\", cronjob=\"catalog-daily-backup-cron\", instance=\"a\"}}"), "values": value});
    let job = |metric: &str, name: &str, more: &str, value: &str| json!({"series": format!("{metric}{{namespace=\"catalog\", job_name=\"{name}\", instance=\"a\"{more}}}"), "values": value});
    let owner =
        ", owner_kind=\"CronJob\", owner_name=\"catalog-daily-backup-cron\", owner_is_controller=\"true\"";
    let series = json!([
        cron("kube_cronjob_status_last_successful_time", "0x1000"),
        cron("kube_cronjob_created", "0x1000"),
        cron("kube_cronjob_next_schedule_time", "90000x1000"),
        job("kube_job_owner", "one", owner, "1x1000"),
        job("kube_job_owner", "two", owner, "1x1000"),
        job("kube_job_complete", "one", ", condition=\"true\"", "1x1000"),
        job("kube_job_failed", "two", ", condition=\"true\"", "1x1000"),
        job("kube_job_status_start_time", "one", "", "100x1000"),
        job("kube_job_status_start_time", "two", "", "100x1000"),
        job("kube_job_status_completion_time", "one", "", "700x1000"),
        {"series": "kubelet_volume_stats_available_bytes{namespace=\"archive\", persistentvolumeclaim=\"archive-backups\", node=\"a\"}", "values": "25x1000"},
        {"series": "kubelet_volume_stats_capacity_bytes{namespace=\"archive\", persistentvolumeclaim=\"archive-backups\", node=\"a\"}", "values": "100x1000"},
    ]);
    let by_cron_job = "{namespace=\"catalog\", cronjob=\"catalog-daily-backup-cron\"}";
    let by_owner = "{owner_name=\"catalog-daily-backup-cron\"}";
    // 855 minutes are half of the 28 h 30 min that the schedule allows.
    let mut expected: Vec<(String, &str, f64)> = Vec::new();
    let overview = queries(daily, "Schedules");
    expected.push((overview[0].clone(), by_cron_job, 0.0));
    expected.push((overview[1].clone(), by_cron_job, 102_600.0));
    expected.push((overview[2].clone(), by_cron_job, 90_000_000.0));
    expected.push((
        queries(daily, "Age of the last success, of what the schedule allows")[0].clone(),
        by_cron_job,
        0.5,
    ));
    let kept = queries(daily, "Runs that are kept");
    expected.push((kept[0].clone(), by_owner, 1.0));
    expected.push((kept[1].clone(), by_owner, 1.0));
    expected.push((queries(daily, "How long runs take")[0].clone(), by_owner, 600.0));
    expected.push((
        queries("neo4j-backup-archive.json", "Claims: how much is used")[0].clone(),
        "{namespace=\"archive\", persistentvolumeclaim=\"archive-backups\"}",
        0.75,
    ));
    let tests: Vec<Value> = expected
        .iter()
        .map(|(query, labels, value)| {
            json!({"expr": query, "eval_time": "855m", "exp_samples": [{"labels": labels, "value": value}]})
        })
        .collect();
    let file = json!({"tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test.json"), file.to_string()).unwrap();
    promtool(&tools, folder.path(), &["test", "rules", "test.json"]);
}

#[test]
fn a_dashboard_that_kubectl_would_refuse_is_not_written() {
    let text = std::fs::read_to_string(root().join("examples/scheduled-daily/backup.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut specs = String::new();
    for number in 0..700 {
        let one = text.replace("name: catalog-daily", &format!("name: catalog-daily-of-team-{number}"));
        specs.push_str(&one.replace("path: daily", &format!("path: daily-{number}")));
        specs.push_str("\n---\n");
    }
    let file = folder.path().join("backups.yaml");
    std::fs::write(&file, specs).unwrap();
    let (file, out) = (file.to_string_lossy(), folder.path().join("out"));
    let target = "examples/scheduled-daily/target.yaml";
    let said = run([
        "emit",
        "plain",
        "-f",
        &file,
        "--target",
        target,
        "-d",
        &out.to_string_lossy(),
        "--with",
        "grafana",
    ]);
    assert_eq!(said.code, 1, "{}", said.stderr.lines().take(20).collect::<Vec<_>>().join("\n"));
    assert!(said.stderr.contains("error[NB731]"), "no NB731");
    assert!(!out.exists());
}
