//! Whether the spec is in the cluster, whose the live object is, and how its last run ended.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};

use super::facts::Live;
use super::{Check, Facts, Subject};
use crate::cluster::ownership;
use crate::cluster::runs::{self, Phase};
use crate::diagnostics::codes;
use crate::render::labels;

pub(super) fn applied(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let live = match facts.live(subject) {
        Ok(live) => live,
        Err(gap) => {
            return vec![Check::unknown(
                &codes::NOT_APPLIED,
                format!("{} cannot be seen: {}", subject.object, gap.0),
            )];
        }
    };
    let Some(live) = live else {
        return vec![
            Check::warn(&codes::NOT_APPLIED, format!("{} is not in the cluster", subject.object))
                .next("`kubectl neo4j-backup apply -f FILE`"),
        ];
    };
    let mut all = vec![Check::pass(&codes::NOT_APPLIED, format!("{} is in the cluster", subject.object))];
    let metadata = match live {
        Live::CronJob(cron_job) => &cron_job.metadata,
        Live::Job(job) => &job.metadata,
    };
    if let Live::CronJob(cron_job) = live {
        let suspended = cron_job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
        all.push(if suspended {
            Check::warn(&codes::SUSPENDED, "the CronJob is suspended: nothing runs").next(format!(
                "`kubectl neo4j-backup resume {}`, or `suspend: false` in the spec",
                subject.name
            ))
        } else {
            Check::pass(&codes::SUSPENDED, "the CronJob is not suspended")
        });
    }
    all.push(match ownership::owner(metadata) {
        None => Check::pass(&codes::OWNED, "nobody else keeps the live object as it is"),
        Some(owner) => {
            Check::warn(&codes::OWNED, format!("the live object belongs to {owner}")).next(owner.advice())
        }
    });
    all
}

/// How the last run ended, in one line.
pub(super) fn runs(facts: &Facts, subject: &Subject) -> Vec<Check> {
    let Some(room) = facts.room(&subject.namespace) else { return Vec::new() };
    let jobs = match &room.jobs {
        Ok(jobs) => jobs,
        Err(gap) => {
            return vec![Check::unknown(&codes::LAST_RUN, format!("the runs cannot be seen: {}", gap.0))];
        }
    };
    let nothing: (&[Pod], &[Event]) = (&[], &[]);
    let pods = room.pods.as_deref().unwrap_or(nothing.0);
    let events = room.events.as_deref().unwrap_or(nothing.1);
    let of_subject = |job: &&Job| {
        let labels = job.metadata.labels.as_ref();
        labels.and_then(|all| all.get(labels::BACKUP)) == Some(&subject.name)
    };
    let last = jobs
        .iter()
        .filter(of_subject)
        .map(|job| runs::run(job, pods, events, facts.now))
        .filter(|run| run.phase != Phase::Suspended)
        .max_by_key(|run| (run.began(), run.name.clone()));
    let Some(last) = last else {
        return vec![
            Check::unknown(&codes::LAST_RUN, "there has been no run, or none is kept")
                .next(format!("`kubectl neo4j-backup trigger {} --wait` makes one now", subject.name)),
        ];
    };
    let check = match (&last.cause, last.phase) {
        (Some(cause), phase) if phase != Phase::Succeeded => Check::fail(
            &codes::LAST_RUN,
            format!(
                "the run `{}` {}: {cause} [{}]",
                last.name,
                if phase.is_over() { "failed" } else { "does not get on" },
                cause.definition().code
            ),
        )
        .next(cause.next_step()),
        (None, Phase::Failed) => Check::fail(&codes::LAST_RUN, format!("the run `{}` failed", last.name))
            .next(format!("`kubectl neo4j-backup logs {}` shows its steps", subject.name)),
        (_, Phase::Succeeded) => {
            Check::pass(&codes::LAST_RUN, format!("the last run, `{}`, succeeded", last.name))
        }
        _ => Check::pass(&codes::LAST_RUN, format!("the run `{}` is under way", last.name)),
    };
    vec![check]
}
