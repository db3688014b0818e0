//! Every alert, in every case in which it has to fire and in every case in which it must not, in Prometheus' own time:
//! hours, a week, a month, a zone that changes its clock, a suspended schedule, claims, Jobs that run once.
//!
//! The minutes in [`SCHEDULES`] are worked out by hand, not read from what is written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::alerts::{emitted, groups, promtool, tools};

/// A schedule and the minutes that follow from it.
struct Schedule {
    name: &'static str,
    cron: &'static str,
    zone: &'static str,
    more: &'static str,
    /// The age of the last success at which Neo4jBackupTooOld is due.
    too_old: u64,
    /// Of Neo4jBackupSuspendedTooLong.
    suspended: u64,
    /// Of Neo4jBackupNearlyExpired.
    expiring: Option<u64>,
    /// The minutes after which a run that is due is late.
    late: u64,
}

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

const SCHEDULES: &[Schedule] = &[
    // The hour, 10 minutes to start, and as long for the run, which has a day but must not outlast the hour.
    Schedule {
        name: "hourly",
        cron: "0 * * * *",
        zone: "Etc/UTC",
        more: "",
        too_old: 2 * HOUR + 10,
        suspended: DAY,
        expiring: None,
        late: 10 + 5,
    },
    // 25 hours in the night in which the clock goes back, 10 minutes, and 2 hours for the run; a week without 25 hours.
    Schedule {
        name: "daily",
        cron: "30 4 * * *",
        zone: "Europe/Berlin",
        more: "  job: {deadline: 2h}\n  retention: {maxAge: 7d}\n",
        too_old: 27 * HOUR + 10,
        suspended: 27 * HOUR + 10,
        expiring: Some(7 * DAY - 25 * HOUR),
        late: 10 + 5,
    },
    // From Friday to Monday, an hour to start, a day for the run.
    Schedule {
        name: "working-days",
        cron: "0 22 * * 1-5",
        zone: "Etc/UTC",
        more: "  startingDeadline: 1h\n",
        too_old: 4 * DAY + HOUR,
        suspended: 4 * DAY + HOUR,
        expiring: None,
        late: 60 + 5,
    },
    Schedule {
        name: "weekly",
        cron: "0 1 * * 0",
        zone: "Etc/UTC",
        more: "  suspend: true\n",
        too_old: 8 * DAY + 10,
        suspended: 8 * DAY + 10,
        expiring: None,
        late: 10 + 5,
    },
    // From 1 October to 1 November, which is the Sunday of the change in 2026; five weeks leave no time beyond that.
    Schedule {
        name: "monthly",
        cron: "0 3 1 * *",
        zone: "America/New_York",
        more: "  retention: {maxAge: 5w}\n",
        too_old: 32 * DAY + HOUR + 10,
        suspended: 32 * DAY + HOUR + 10,
        expiring: Some(32 * DAY + HOUR + 10),
        late: 10 + 5,
    },
];

/// What the specs become.
fn written() -> BTreeMap<String, String> {
    let mut specs = String::new();
    let mut add = |name: &str, storage: &str, more: &str| {
        specs.push_str(&format!(
            "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  \
             target: {{kind: Cluster, name: graph}}\n  storage: {storage}\n{more}---\n"
        ));
    };
    for schedule in SCHEDULES {
        let bucket = format!(
            "{{type: s3, bucket: backups, path: {}, cloud: {{provider: aws, credentialsSecretRef: keys}}}}",
            schedule.name
        );
        let more =
            format!("  schedule: \"{}\"\n  timeZone: {}\n{}", schedule.cron, schedule.zone, schedule.more);
        add(schedule.name, &bucket, &more);
    }
    add(
        "claimed",
        "{type: pvc, pvc: {name: disk, size: 10Gi}}",
        "  schedule: \"0 0 * * *\"\n  job: {deadline: 1h}\n",
    );
    add("once", "{type: pvc, pvc: {name: other-disk, size: 10Gi}}", "  job: {deadline: 4h}\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backups.yaml");
    std::fs::write(&file, specs).unwrap();
    emitted(&[
        "-f",
        &file.to_string_lossy(),
        "--image",
        "neo4j:5.26.12-enterprise",
        "--servers",
        "3",
        "--with",
        "prometheusrule",
    ])
}

/// One question: which alerts of this name are there, after these minutes of these series?
struct Case {
    what: String,
    series: Vec<Value>,
    minutes: u64,
    alert: &'static str,
    /// The labels of each.
    firing: Vec<Value>,
}

/// Asks them all of the rules of one object; the annotations, which [`crate::alerts`] holds, are left away.
fn ask(tools: &Path, written: &BTreeMap<String, String>, object: &str, cases: Vec<Case>) {
    let file = format!("shop/prometheusrule-{object}.yaml");
    let mut by_alert: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    for case in cases {
        by_alert.entry(case.alert).or_default().push(case);
    }
    for (alert, cases) in by_alert {
        let mut spec = groups(written, &file);
        let rules = spec["groups"][0]["rules"].as_array_mut().unwrap();
        rules.retain(|rule| rule["alert"] == alert || rule["record"].is_string());
        assert!(rules.iter().any(|rule| rule["alert"] == alert), "{file} has no {alert}");
        for rule in rules {
            rule.as_object_mut().unwrap().remove("annotations");
        }
        assert!(cases.iter().any(|case| !case.firing.is_empty()), "{object}: {alert} never fires");
        assert!(cases.iter().any(|case| case.firing.is_empty()), "{object}: {alert} is never silent");
        let tests: Vec<Value> = cases
            .iter()
            .map(|case| {
                let firing: Vec<Value> =
                    case.firing.iter().map(|labels| json!({"exp_labels": labels})).collect();
                json!({"name": case.what, "interval": "1m", "input_series": case.series, "alert_rule_test": [
                    {"eval_time": format!("{}m", case.minutes), "alertname": alert, "exp_alerts": firing},
                ]})
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.json"), spec.to_string()).unwrap();
        let file = json!({"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests});
        std::fs::write(folder.path().join("test.json"), file.to_string()).unwrap();
        promtool(tools, folder.path(), &["test", "rules", "test.json"]);
    }
}

/// Minutes of a scrape: longer than every case.
const LONG: u64 = 2 * DAY;

/// A series of kube-state-metrics, scraped as the operator's ServiceMonitor has it; `values` as promtool writes them.
fn scraped(metric: &str, labels: &str, values: &str) -> Value {
    scraped_from("kube-state-metrics-0", metric, labels, values)
}

fn scraped_from(pod: &str, metric: &str, labels: &str, values: &str) -> Value {
    let scrape = format!("instance=\"{pod}:8080\", pod=\"{pod}\", job=\"kube-state-metrics\"");
    json!({"series": format!("{metric}{{namespace=\"shop\", {labels}, {scrape}}}"), "values": values})
}

fn always(value: i64) -> String {
    format!("{value}x{LONG}")
}

/// The minute at which thresholds are reached. Prometheus' test begins with the year 1970, and what a month is to pass
/// after began before.
const DUE: u64 = 30;

/// The second of an event after which these minutes have passed at [`DUE`].
fn before_due(minutes: u64) -> i64 {
    (i64::try_from(DUE).unwrap() - i64::try_from(minutes).unwrap()) * 60
}

/// A metric of a CronJob that keeps its value.
fn of_cron_job(metric: &str, name: &str, value: i64) -> Value {
    scraped(metric, &format!("cronjob=\"{name}-backup-cron\""), &always(value))
}

#[test]
fn schedules() {
    let Some(tools) = tools() else { return };
    let written = written();
    for schedule in SCHEDULES {
        let Schedule { name, too_old, suspended, expiring, late, .. } = *schedule;
        let cron_job = |metric: &str, value| of_cron_job(metric, name, value);
        let success = |at| cron_job("kube_cronjob_status_last_successful_time", at);
        let created = |at| cron_job("kube_cronjob_created", at);
        let suspend = |value| cron_job("kube_cronjob_spec_suspend", value);
        let full = format!("{name}-backup-cron");
        let labels = |severity: &str| {
            vec![json!({"severity": severity, "namespace": "shop", "backup": name, "cronjob": full})]
        };
        let mut cases = Vec::new();
        let mut add = |what: &str, series, minutes, alert, firing| {
            cases.push(Case { what: format!("{name}: {what}"), series, minutes, alert, firing });
        };

        let alert = "Neo4jBackupTooOld";
        let old = before_due(too_old);
        add("too old", vec![success(old), suspend(0)], DUE + 6, alert, labels("critical"));
        add("old enough for a moment only", vec![success(old), suspend(0)], DUE + 4, alert, vec![]);
        add("not yet", vec![success(old), suspend(0)], DUE, alert, vec![]);
        add("a success since", vec![success(600), suspend(0)], DUE + 6, alert, vec![]);
        add("suspended", vec![success(old), suspend(1)], DUE + 6, alert, vec![]);
        let copy = scraped_from(
            "kube-state-metrics-1",
            "kube_cronjob_status_last_successful_time",
            &format!("cronjob=\"{full}\""),
            &always(old),
        );
        let twice = vec![success(old), suspend(0), copy];
        add("two copies of kube-state-metrics", twice, DUE + 6, alert, labels("critical"));

        let alert = "Neo4jBackupNeverSucceeded";
        add("never", vec![created(old), suspend(0)], DUE + 6, alert, labels("critical"));
        add("not yet", vec![created(old), suspend(0)], DUE, alert, vec![]);
        add("once", vec![created(old), suspend(0), success(old + 60)], DUE + 6, alert, vec![]);
        add("suspended", vec![created(old), suspend(1)], DUE + 6, alert, vec![]);

        if let Some(expiring) = expiring {
            let alert = "Neo4jBackupNearlyExpired";
            let old = before_due(expiring);
            add("soon", vec![success(old), suspend(1)], DUE + 6, alert, labels("critical"));
            add("not yet", vec![success(old), suspend(0)], DUE, alert, vec![]);
        }

        let alert = "Neo4jBackupSuspendedTooLong";
        let old = before_due(suspended);
        add("long", vec![success(old), created(old - 60), suspend(1)], DUE + 6, alert, labels("warning"));
        add("since it was made", vec![created(old), suspend(1)], DUE + 6, alert, labels("warning"));
        add("not long", vec![success(old), created(old - 60), suspend(1)], DUE, alert, vec![]);
        add("not at all", vec![success(old), created(old - 60), suspend(0)], DUE + 6, alert, vec![]);

        let alert = "Neo4jBackupRunMissed";
        let next = |at| cron_job("kube_cronjob_next_schedule_time", at);
        add("missed", vec![next(600), suspend(0)], 10 + late + 6, alert, labels("warning"));
        add("may still start", vec![next(600), suspend(0)], 10 + late - 1, alert, vec![]);
        add("due later", vec![next(3600 * 24 * 50), suspend(0)], 10 + late + 6, alert, vec![]);
        let resumed = scraped(
            "kube_cronjob_spec_suspend",
            &format!("cronjob=\"{full}\""),
            &format!("1x10 {}", always(0)),
        );
        add("was suspended when it was due", vec![next(300), resumed], 10 + late + 6, alert, vec![]);

        let alert = "Neo4jBackupCronJobMissing";
        let info = |name: &str| {
            scraped(
                "kube_cronjob_info",
                &format!(
                    "cronjob=\"{name}\", schedule=\"0 2 * * *\", concurrency_policy=\"Forbid\", timezone=\"Etc/UTC\""
                ),
                &always(1),
            )
        };
        add("another one is there", vec![info("another")], 20, alert, labels("critical"));
        add("it is there", vec![info("another"), info(&full)], 20, alert, vec![]);
        add("nothing is known", vec![], 20, alert, vec![]);
        add("for a moment only", vec![info("another")], 10, alert, vec![]);

        cases.extend(failures(name));
        ask(&tools, &written, &format!("{name}-backup"), cases);
    }
}

/// A Job of a CronJob, as kube-state-metrics tells it.
fn job(name: &str, owner: &str, start: i64, failed: bool) -> Vec<Value> {
    let base = format!("job_name=\"{name}\"");
    let owned = format!(
        "{base}, owner_kind=\"CronJob\", owner_name=\"{owner}-backup-cron\", owner_is_controller=\"true\""
    );
    let mut series = vec![
        scraped("kube_job_owner", &owned, &always(1)),
        scraped("kube_job_status_start_time", &base, &always(start)),
    ];
    // Three series for a condition that a Job has, of which one is 1; none for one that it has not.
    let condition = if failed { "kube_job_failed" } else { "kube_job_complete" };
    for (value, number) in [("true", 1), ("false", 0), ("unknown", 0)] {
        series.push(scraped(condition, &format!("{base}, condition=\"{value}\""), &always(number)));
    }
    series
}

fn failures(name: &'static str) -> Vec<Case> {
    let success = |at| of_cron_job("kube_cronjob_status_last_successful_time", name, at);
    let created = || of_cron_job("kube_cronjob_created", name, 0);
    let labels = || vec![json!({"severity": "warning", "namespace": "shop", "backup": name})];
    let failed = || job("one", name, 600, true);
    let and = |more: Vec<Value>| [failed(), more].concat();
    let case = |what: &str, series, firing| Case {
        what: format!("{name}: {what}"),
        series,
        minutes: 30,
        alert: "Neo4jBackupRunFailed",
        firing,
    };
    let second =
        scraped_from("kube-state-metrics-1", "kube_job_status_start_time", "job_name=\"one\"", &always(600));
    vec![
        case("failed, never succeeded", and(vec![created()]), labels()),
        case("failed after a success", and(vec![created(), success(300)]), labels()),
        case("succeeded since", and(vec![created(), success(1200)]), vec![]),
        case("two copies of kube-state-metrics", and(vec![created(), success(300), second]), labels()),
        case(
            "nothing failed",
            [job("one", name, 600, false), vec![created(), success(300)]].concat(),
            vec![],
        ),
        case(
            "a run of another failed",
            [job("one", "another", 600, true), vec![created(), success(300)]].concat(),
            vec![],
        ),
        case(
            "failed and repeated, and failed again",
            [failed(), job("two", name, 1260, true), vec![created(), success(1200)]].concat(),
            labels(),
        ),
    ]
}

#[test]
fn what_runs_once() {
    let Some(tools) = tools() else { return };
    let written = written();
    let file = written.keys().find_map(|path| path.strip_prefix("shop/job-")).unwrap();
    let name = file.strip_suffix(".yaml").unwrap();
    let base = format!("job_name=\"{name}\"");
    let condition = |metric: &str, value: &str, number| {
        scraped(metric, &format!("{base}, condition=\"{value}\""), &always(number))
    };
    let created = || scraped("kube_job_created", &base, &always(0));
    let labels = |severity: &str| {
        vec![json!({"severity": severity, "namespace": "shop", "backup": "once", "job_name": name})]
    };
    let case = |what: &str, series, minutes, alert, firing| Case {
        what: what.to_owned(),
        series,
        minutes,
        alert,
        firing,
    };
    let failed = "Neo4jBackupOnceFailed";
    let unfinished = "Neo4jBackupOnceUnfinished";
    // Four hours for the run, and one to begin.
    let due = 5 * HOUR;
    let cases = vec![
        case("failed", vec![condition("kube_job_failed", "true", 1)], 5, failed, labels("critical")),
        case("not failed", vec![condition("kube_job_failed", "true", 0)], 5, failed, vec![]),
        case("done", vec![condition("kube_job_complete", "true", 1)], 5, failed, vec![]),
        case("open", vec![created()], due + 6, unfinished, labels("warning")),
        case("it has time", vec![created()], due - 1, unfinished, vec![]),
        case(
            "done in time",
            vec![created(), condition("kube_job_complete", "true", 1)],
            due + 6,
            unfinished,
            vec![],
        ),
        case(
            "failed, which is told already",
            vec![created(), condition("kube_job_failed", "true", 1)],
            due + 6,
            unfinished,
            vec![],
        ),
    ];
    ask(&tools, &written, "once-backup", cases);
}

#[test]
fn claims() {
    let Some(tools) = tools() else { return };
    let written = written();
    // The kubelet of the node on which the run is.
    let volume = |metric: &str, node: &str, values: &str| {
        let labels =
            format!("namespace=\"shop\", persistentvolumeclaim=\"disk\", job=\"kubelet\", node=\"{node}\"");
        json!({"series": format!("kubelet_volume_stats_{metric}_bytes{{{labels}}}"), "values": values})
    };
    // Ten minutes of a run, and then nothing: the pod is gone, and its series end.
    let run = |available: u64| {
        vec![
            volume("available", "a", &format!("{available}x10 stale")),
            volume("capacity", "a", "100x10 stale"),
        ]
    };
    let labels =
        |severity: &str| json!({"severity": severity, "namespace": "shop", "persistentvolumeclaim": "disk"});
    // A day, ten minutes to start, an hour for the run.
    let remembered = 25 * HOUR + 10;
    let cleaned = vec![
        volume("available", "a", "3x10 stale"),
        volume("capacity", "a", "100x10 stale"),
        volume("available", "b", "_x100 70x10 stale"),
        volume("capacity", "b", "_x100 100x10 stale"),
    ];
    let case = |what: &str, series, minutes, firing| Case {
        what: what.to_owned(),
        series,
        minutes,
        alert: "Neo4jBackupClaimFillingUp",
        firing,
    };
    let cases = vec![
        case("room", run(20), 60, vec![]),
        case("little room, long after the run", run(10), 10 * HOUR, vec![labels("warning")]),
        case("hardly any", run(4), 10 * HOUR, vec![labels("critical"), labels("warning")]),
        case(
            "until the next run had its time",
            run(4),
            remembered - 5,
            vec![labels("critical"), labels("warning")],
        ),
        case("not longer", run(4), remembered + 30, vec![]),
        case("cleaned up, seen from another node", cleaned, 3 * HOUR, vec![]),
        case("the driver tells nothing", vec![], 60, vec![]),
    ];
    ask(&tools, &written, "disk-claim", cases);
}

#[test]
fn nothing_to_see() {
    let Some(tools) = tools() else { return };
    let written = written();
    let labels = vec![json!({"severity": "warning", "namespace": "shop"})];
    let some = scraped("kube_cronjob_info", "cronjob=\"any\"", &always(1));
    let case = |what: &str, series, minutes, firing| Case {
        what: what.to_owned(),
        series,
        minutes,
        alert: "Neo4jBackupMetricsMissing",
        firing,
    };
    let cases = vec![
        case("no metrics", vec![], 20, labels),
        case("a restart", vec![], 10, vec![]),
        case("metrics", vec![some], 20, vec![]),
    ];
    ask(&tools, &written, "neo4j-backup-metrics", cases);
}
