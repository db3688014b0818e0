//! `logs`: which lines of which steps, and what is said where there are none.

use std::time::Duration;

use crate::cluster::cluster;
use crate::cron_jobs::Backup;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn steps_are_shown_in_order_and_in_part() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("logs-steps");
    let backup = Backup {
        steps: &[
            ("backup", "echo first; sleep 3; echo second; printf 'no end'"),
            ("inspect", "echo key=1 password=hunter2; echo s3://user:secret@host/x"),
            ("check-shop", "true"),
        ],
        ..Backup::default()
    };
    backup.apply(&namespace);
    let none = namespace.plugin(&["logs", "nightly"]).expect_code(1);
    assert!(none.stderr.contains("`nightly` has not run yet"), "{}", none.transcript());
    let run = namespace.plugin(&["trigger", "nightly", "--logs"]).success();
    let expected = "[backup] first\n[backup] second\n[backup] no end\n\
                    [inspect] key=1 password=***\n[inspect] s3://***@host/x\n";
    assert!(run.stdout.contains(expected), "{}", run.transcript());

    let shown = |args: &[&str]| {
        let mut all = vec!["logs", "nightly"];
        all.extend(args);
        namespace.plugin(&all).success().stdout
    };
    assert_eq!(shown(&[]), expected);
    assert_eq!(shown(&["-f"]), expected);
    assert_eq!(shown(&["--step", "backup"]), "first\nsecond\nno end\n");
    assert_eq!(shown(&["--step", "backup", "--prefix", "--tail", "1"]), "[backup] no end\n");
    assert_eq!(shown(&["--prefix=false", "--tail=1"]), "no end\ns3://***@host/x\n");
    let timed = shown(&["--step", "backup", "--timestamps"]);
    let times: Vec<jiff::Timestamp> =
        timed.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(times.len(), 3, "{timed}");
    let second = jiff::Timestamp::from_second(times[1].as_second()).unwrap().to_string();
    assert_eq!(shown(&["--step", "backup", "--since-time", &second]), "second\nno end\n");
    assert_eq!(shown(&["--step", "backup", "--since-time", &times[2].to_string()]), "no end\n");
    assert_eq!(shown(&["--step", "backup", "--since", "1h"]), "first\nsecond\nno end\n");
    let wrong = namespace.plugin(&["logs", "nightly", "--step", "restore"]).expect_code(2);
    assert!(wrong.stderr.contains("its steps are backup, inspect, check-shop"), "{}", wrong.transcript());
    let wrong = namespace.plugin(&["logs", "nightly", "--run", "other"]).expect_code(1);
    assert!(wrong.stderr.contains("has no run other"), "{}", wrong.transcript());
}

#[test]
fn a_run_that_has_not_begun_is_waited_for() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("logs-wait");
    Backup { steps: &[("backup", "sleep 2; echo one"), ("inspect", "echo two")], ..Backup::default() }
        .apply(&namespace);
    namespace.plugin(&["trigger", "nightly", "--name", "now"]).success();
    let run = namespace.plugin(&["logs", "job/now", "-f"]).success();
    assert_eq!(run.stdout, "[backup] one\n[inspect] two\n");
    assert!(run.stderr.contains("job.batch/now succeeded"), "{}", run.transcript());
}

#[test]
fn where_no_pod_is_made_the_reason_is_told() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace_restricted("logs-refused");
    Backup::default().apply(&namespace);
    namespace.plugin(&["trigger", "nightly", "--name", "now"]).success();
    let words = "no pod is made, Pod Security refuses it";
    namespace.wait_for("the event that says why", MINUTE, || {
        let run = namespace.plugin(&["logs", "nightly"]).expect_code(1);
        run.stderr.contains(words).then_some(())
    });
    let late = namespace.plugin(&["trigger", "nightly", "--allow-overlap", "--wait", "--timeout", "15s"]);
    let late = late.expect_code(6);
    assert!(late.stderr.contains(words), "{}", late.transcript());
}

#[test]
fn an_image_that_cannot_be_pulled_is_told_while_it_is_waited_for() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("logs-image");
    namespace.apply(&Backup::default().yaml().replace("busybox:1.36", "registry.invalid/none:1"));
    let late = namespace.plugin(&["trigger", "nightly", "--wait", "--timeout", "30s"]).expect_code(6);
    assert!(
        late.stderr.contains("the image registry.invalid/none:1 cannot be pulled"),
        "{}",
        late.transcript()
    );
    let run = namespace.plugin(&["logs", "nightly"]).expect_code(1);
    assert!(
        run.stderr.contains("has no log to show: the image registry.invalid/none:1"),
        "{}",
        run.transcript()
    );
}
