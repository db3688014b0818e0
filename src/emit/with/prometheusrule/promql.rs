//! Pieces of PromQL.
//!
//! Every metric is aggregated over the labels that name an object and over nothing else. What names the scrape
//! (`instance`, `pod` of kube-state-metrics) changes with every restart, which would end an alert and begin another, and
//! while two copies of kube-state-metrics overlap, series that are not aggregated match twice, which is an error.

use std::fmt::Write as _;

/// Labels of a CronJob's metrics (kube-state-metrics, `docs/metrics/workload/cronjob-metrics.md`).
pub const CRON_JOB: [&str; 2] = ["namespace", "cronjob"];
/// Labels of a Job's metrics (kube-state-metrics, `docs/metrics/workload/job-metrics.md`).
pub const JOB: [&str; 2] = ["namespace", "job_name"];
/// Labels of a claim's metrics (Kubernetes, `pkg/kubelet/metrics/collectors/volume_stats.go`).
pub const CLAIM: [&str; 2] = ["namespace", "persistentvolumeclaim"];

/// A text as PromQL writes it.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// `{a="b", c="d"}`.
#[must_use]
pub fn selector(labels: &[(&str, &str)]) -> String {
    let mut text = String::from("{");
    for (index, (label, value)) in labels.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a String does not fail.
        let _ = write!(text, "{separator}{label}={}", quoted(value));
    }
    text.push('}');
    text
}

/// `max by (a, b) (inner)`.
#[must_use]
pub fn max_by(labels: &[&str], inner: &str) -> String {
    format!("max by ({}) ({inner})", labels.join(", "))
}

/// The metrics of one CronJob.
pub struct CronJob<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl<'a> CronJob<'a> {
    /// Those of this one.
    #[must_use]
    pub const fn new(namespace: &'a str, name: &'a str) -> Self {
        Self { namespace, name }
    }

    /// One series, as it is scraped.
    #[must_use]
    pub fn raw(&self, metric: &str) -> String {
        format!("{metric}{}", selector(&[("namespace", self.namespace), ("cronjob", self.name)]))
    }

    /// One series of namespace and name alone.
    #[must_use]
    pub fn metric(&self, metric: &str) -> String {
        max_by(&CRON_JOB, &self.raw(metric))
    }

    /// The completion of the last Job that succeeded; nothing when none ever did.
    #[must_use]
    pub fn last_success(&self) -> String {
        self.metric("kube_cronjob_status_last_successful_time")
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> String {
        self.metric("kube_cronjob_created")
    }

    /// A condition that holds while it is suspended.
    #[must_use]
    pub fn suspended(&self) -> String {
        format!("{} == 1", self.metric("kube_cronjob_spec_suspend"))
    }
}
