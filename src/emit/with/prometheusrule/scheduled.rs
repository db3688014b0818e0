//! Alerts about a CronJob.

use super::alert::Alert;
use super::model::Rule;
use super::promql::{CRON_JOB, CronJob, JOB, max_by, selector};
use super::{About, Words};
use crate::emit::with::watched::Scheduled;

pub(super) fn rules(about: &About<'_>, scheduled: &Scheduled) -> Vec<Rule> {
    let cron_job = CronJob::new(about.namespace, &scheduled.cron_job);
    let mut rules = vec![too_old(about, scheduled, &cron_job), never_succeeded(about, scheduled, &cron_job)];
    rules.extend(nearly_expired(about, scheduled, &cron_job));
    if scheduled.failures_kept {
        rules.push(run_failed(about, scheduled, &cron_job));
    }
    rules.push(run_missed(about, scheduled, &cron_job));
    rules.push(suspended_too_long(about, scheduled, &cron_job));
    rules.push(missing(about, scheduled, &cron_job));
    rules
}

/// `left` where there is nothing of the same CronJob on the right.
fn unless(left: &str, right: &str) -> String {
    format!("{left}\nunless on ({}) {right}", CRON_JOB.join(", "))
}

fn too_old(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let age = format!("(time() - {}) > {}", cron_job.last_success(), scheduled.too_old.promql());
    let words = Words {
        summary: format!("The last backup {} is {{{{ $value | humanizeDuration }}}} old", about.subject()),
        description: "No run has succeeded for longer than the schedule allows. What has been written since the last one \
            is not saved."
            .to_owned(),
        threshold: Some(scheduled.too_old.words()),
        command: about.command("status"),
    };
    about.alert(Alert::TooOld, unless(&age, &cron_job.suspended()), words)
}

fn never_succeeded(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let age = format!("(time() - {}) > {}", cron_job.created(), scheduled.too_old.promql());
    let words = Words {
        summary: format!("There is no backup {} yet", about.subject()),
        description: "The schedule was made {{ $value | humanizeDuration }} ago, and no run has succeeded."
            .to_owned(),
        threshold: Some(scheduled.too_old.words()),
        command: about.command("status"),
    };
    let unsuccessful = unless(&age, &cron_job.last_success());
    about.alert(Alert::NeverSucceeded, unless(&unsuccessful, &cron_job.suspended()), words)
}

/// Told also while the schedule is suspended: retention goes on then.
fn nearly_expired(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Option<Rule> {
    let expiring = scheduled.expiring.as_ref()?;
    let expr = format!("(time() - {}) > {}", cron_job.last_success(), expiring.promql());
    let words = Words {
        summary: format!("Soon no backup {} is left", about.subject()),
        description: "The last success is {{ $value | humanizeDuration }} old. When it is as old as `retention.maxAge`, \
            retention may take the last backup away."
            .to_owned(),
        threshold: Some(expiring.words()),
        command: about.command("status"),
    };
    Some(about.alert(Alert::NearlyExpired, expr, words))
}

/// A failed Job that began after the last success ended; it resolves with the next success. Jobs that `trigger` made
/// count too: the CronJob owns them.
fn run_failed(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let namespace = ("namespace", about.namespace);
    let started = max_by(&JOB, &format!("kube_job_status_start_time{}", selector(&[namespace])));
    let failed = format!("kube_job_failed{} == 1", selector(&[namespace, ("condition", "true")]));
    let owner = [namespace, ("owner_kind", "CronJob"), ("owner_name", scheduled.cron_job.as_str())];
    let owned = max_by(&JOB, &format!("kube_job_owner{}", selector(&owner)));
    let on = format!("and on ({})", JOB.join(", "));
    let begun = format!("{started}\n  {on} {}\n  {on} {owned}", max_by(&JOB, &failed));
    let last = |metric: &str| max_by(&["namespace"], &cron_job.raw(metric));
    let expr = format!(
        "max by (namespace) (\n  {begun}\n)\n> on (namespace) (\n  {}\n  or {}\n)",
        last("kube_cronjob_status_last_successful_time"),
        last("kube_cronjob_created"),
    );
    let words = Words {
        summary: format!("A run of the backup {} has failed", about.subject()),
        description: "The run began at {{ $value | humanizeTimestamp }}, and none has succeeded since."
            .to_owned(),
        threshold: None,
        command: about.command("logs"),
    };
    about.alert(Alert::RunFailed, expr, words)
}

/// A schedule that was suspended when the run was due, and is not now, has not missed it.
fn run_missed(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let late = format!(
        "(time() - {}) > {}",
        cron_job.metric("kube_cronjob_next_schedule_time"),
        scheduled.late.promql()
    );
    let window = scheduled.interval + scheduled.late.seconds();
    let recently = format!("max_over_time({}[{window}s])", cron_job.raw("kube_cronjob_spec_suspend"));
    let expr = unless(&late, &format!("{} == 1", max_by(&CRON_JOB, &recently)));
    let words = Words {
        summary: format!("A run of the backup {} has not begun", about.subject()),
        description:
            "It was due {{ $value | humanizeDuration }} ago. Either the run before it is still going, or the \
            controller could not start it in time."
                .to_owned(),
        threshold: Some(scheduled.late.words()),
        command: about.command("status"),
    };
    about.alert(Alert::RunMissed, expr, words)
}

fn suspended_too_long(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let expr = format!(
        "(time() - (\n  {}\n  or {}\n)) > {}\nand on ({}) {}",
        cron_job.last_success(),
        cron_job.created(),
        scheduled.suspended.promql(),
        CRON_JOB.join(", "),
        cron_job.suspended(),
    );
    let words = Words {
        summary: format!("The backup {} is suspended", about.subject()),
        description: "Its last success, or its creation if there was none, is {{ $value | humanizeDuration }} ago, and \
            nothing will run until it is resumed."
            .to_owned(),
        threshold: Some(scheduled.suspended.words()),
        command: about.command("resume"),
    };
    about.alert(Alert::SuspendedTooLong, expr, words)
}

/// Silent while there is no metric of any CronJob: then nothing is known, which has an alert of its own.
fn missing(about: &About<'_>, scheduled: &Scheduled, cron_job: &CronJob<'_>) -> Rule {
    let expr =
        format!("absent({})\nunless on () absent(kube_cronjob_info)", cron_job.raw("kube_cronjob_info"));
    let words = Words {
        summary: format!("The backup {} has no CronJob", about.subject()),
        description: format!(
            "Nothing will run: the CronJob `{}` was deleted, or was never rolled out.",
            scheduled.cron_job
        ),
        threshold: None,
        command: about.command("status"),
    };
    about.alert(Alert::CronJobMissing, expr, words)
}
