//! Alerts about a Job that runs once.

use super::alert::Alert;
use super::model::Rule;
use super::promql::{JOB, max_by, selector};
use super::{About, Words};
use crate::emit::with::watched::Once;

pub(super) fn rules(about: &About<'_>, once: &Once) -> Vec<Rule> {
    let job = [("namespace", about.namespace), ("job_name", once.job.as_str())];
    let condition = |metric: &str| {
        let labels = [job[0], job[1], ("condition", "true")];
        format!("{} == 1", max_by(&JOB, &format!("{metric}{}", selector(&labels))))
    };
    let failed = Words {
        summary: format!("The backup {} has failed", about.subject()),
        description: format!(
            "The Job `{}` runs once, and has failed. It is not tried again until its spec changes.",
            once.job
        ),
        threshold: None,
        command: about.command("logs"),
    };
    let unfinished = Words {
        summary: format!("The backup {} does not come to an end", about.subject()),
        description: format!(
            "The Job `{}` was made {{{{ $value | humanizeDuration }}}} ago, and has neither succeeded nor failed.",
            once.job
        ),
        threshold: Some(once.unfinished.words()),
        command: about.command("status"),
    };
    let created = max_by(&JOB, &format!("kube_job_created{}", selector(&job)));
    let on = format!("unless on ({})", JOB.join(", "));
    let open = format!(
        "(time() - {created}) > {}\n{on} {}\n{on} {}",
        once.unfinished.promql(),
        condition("kube_job_complete"),
        condition("kube_job_failed"),
    );
    vec![
        about.alert(Alert::OnceFailed, condition("kube_job_failed"), failed),
        about.alert(Alert::OnceUnfinished, open, unfinished),
    ]
}
