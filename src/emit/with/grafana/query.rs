//! What the panels ask Prometheus.

use std::collections::BTreeMap;

use crate::emit::with::prometheusrule::promql::{CLAIM, CRON_JOB, JOB, max_by, quoted, selector};
use crate::emit::with::watched::{Runs, Watched};

/// The CronJobs, Jobs and claims of the backups of a namespace, as matchers.
pub(super) struct Queries<'a> {
    namespace: &'a str,
    /// CronJobs by the age that their last success may have.
    allowed: BTreeMap<i64, Vec<&'a str>>,
    once: Vec<&'a str>,
    claims: Vec<&'a str>,
}

impl<'a> Queries<'a> {
    pub(super) fn new(namespace: &'a str, backups: &'a [Watched]) -> Self {
        let mut queries = Self { namespace, allowed: BTreeMap::new(), once: Vec::new(), claims: Vec::new() };
        for watched in backups {
            match &watched.runs {
                Runs::Scheduled(scheduled) => {
                    queries.allowed.entry(scheduled.too_old.seconds()).or_default().push(&scheduled.cron_job);
                }
                Runs::Once(once) => queries.once.push(&once.job),
            }
            queries.claims.extend(watched.claim.as_deref());
        }
        queries.claims.sort_unstable();
        queries.claims.dedup();
        queries
    }

    pub(super) fn has_schedules(&self) -> bool {
        !self.allowed.is_empty()
    }

    pub(super) fn has_once(&self) -> bool {
        !self.once.is_empty()
    }

    pub(super) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    fn cron_jobs(&self, metric: &str) -> String {
        let mut names: Vec<&str> = self.allowed.values().flatten().copied().collect();
        names.sort_unstable();
        max_by(&CRON_JOB, &self.series(metric, "cronjob", &names))
    }

    fn series(&self, metric: &str, label: &str, names: &[&str]) -> String {
        format!("{metric}{{namespace={}, {label}=~{}}}", quoted(self.namespace), quoted(&any_of(names)))
    }

    /// Seconds since the last success.
    pub(super) fn age(&self) -> String {
        format!("time() - {}", self.cron_jobs("kube_cronjob_status_last_successful_time"))
    }

    /// The time of the last success, in milliseconds.
    pub(super) fn last_success(&self) -> String {
        format!("1000 * {}", self.cron_jobs("kube_cronjob_status_last_successful_time"))
    }

    /// The time of the next run, in milliseconds.
    pub(super) fn next_run(&self) -> String {
        format!("1000 * {}", self.cron_jobs("kube_cronjob_next_schedule_time"))
    }

    pub(super) fn suspended(&self) -> String {
        self.cron_jobs("kube_cronjob_spec_suspend")
    }

    pub(super) fn running(&self) -> String {
        self.cron_jobs("kube_cronjob_status_active")
    }

    /// Seconds that the last success may be old: one term for each different number, over the CronJobs that have it.
    pub(super) fn allowed(&self) -> String {
        let term = |(seconds, names): (&i64, &Vec<&str>)| {
            format!(
                "0 * {} + {seconds}",
                max_by(&CRON_JOB, &self.series("kube_cronjob_created", "cronjob", names))
            )
        };
        self.allowed.iter().map(term).collect::<Vec<_>>().join("\nor\n")
    }

    /// How much of the allowed age has passed: 1 is the limit.
    pub(super) fn used(&self) -> String {
        format!("({})\n/ on ({})\n({})", self.age(), CRON_JOB.join(", "), self.allowed())
    }

    /// Jobs that are kept and have ended so, of each CronJob.
    pub(super) fn kept(&self, metric: &str) -> String {
        let ended =
            format!("{metric}{} == 1", selector(&[("namespace", self.namespace), ("condition", "true")]));
        format!(
            "sum by (owner_name) (\n  {}\n  * on ({}) group_left (owner_name) {}\n)",
            max_by(&JOB, &ended),
            JOB.join(", "),
            self.owned()
        )
    }

    /// Seconds that the kept successful runs took; only they have a completion time.
    pub(super) fn duration(&self) -> String {
        let metric =
            |name: &str| max_by(&JOB, &format!("{name}{}", selector(&[("namespace", self.namespace)])));
        format!(
            "max by (owner_name) (\n  ({} - {})\n  * on ({}) group_left (owner_name) {}\n)",
            metric("kube_job_status_completion_time"),
            metric("kube_job_status_start_time"),
            JOB.join(", "),
            self.owned()
        )
    }

    fn owned(&self) -> String {
        let mut names: Vec<&str> = self.allowed.values().flatten().copied().collect();
        names.sort_unstable();
        let series = self.series("kube_job_owner", "owner_name", &names);
        max_by(&["namespace", "job_name", "owner_name"], &series)
    }

    /// The Jobs that run once: 0 is open, 1 done, 2 failed.
    pub(super) fn once(&self) -> String {
        let of = |metric: &str| max_by(&JOB, &self.series(metric, "job_name", &self.once));
        let ended = |metric: &str| {
            let series = self.series(metric, "job_name", &self.once);
            max_by(&JOB, &format!("{}, condition=\"true\"}}", series.trim_end_matches('}')))
        };
        format!(
            "2 * ({} == 1)\nor\n({} == 1)\nor\n0 * {}",
            ended("kube_job_failed"),
            ended("kube_job_complete"),
            of("kube_job_created")
        )
    }

    /// The part of each claim that is used.
    pub(super) fn claims(&self) -> String {
        let of = |metric: &str| self.series(metric, "persistentvolumeclaim", &self.claims);
        format!(
            "1 - (\n  min by ({by}) ({})\n  / max by ({by}) ({})\n)",
            of("kubelet_volume_stats_available_bytes"),
            of("kubelet_volume_stats_capacity_bytes"),
            by = CLAIM.join(", ")
        )
    }
}

/// A regular expression that matches these names alone. They are DNS names, of which the dot alone means something.
fn any_of(names: &[&str]) -> String {
    names.iter().map(|name| name.replace('.', "[.]")).collect::<Vec<_>>().join("|")
}
