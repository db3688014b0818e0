//! Alerts about what several backups share: claims, and the metrics themselves.

use super::alert::Alert;
use super::model::{PrometheusRule, Rule};
use super::promql::{CLAIM, selector};
use super::{About, Settings, Words};
use crate::emit::with::watched::{Claim, Runs, Watched, time};

/// The room that is left of a claim, as a series that lasts as long as it is seen.
pub const ROOM: &str = "neo4j_backup:claim_available:ratio";

/// Parts of a claim that have to be free, with the severity when they are not.
const ROOM_LEFT: [(&str, &str, &str); 2] = [("0.05", "5%", "critical"), ("0.15", "15%", "warning")];

/// The kubelet tells how full a claim is only while a pod that mounts it runs. So the ratio is recorded while it is
/// known, and the alert believes what was last recorded until the next run has had time to begin.
pub(super) fn of_claim(
    namespace: &str,
    name: &str,
    claim: &Claim<'_>,
    settings: &Settings,
) -> PrometheusRule {
    let about = About { namespace, backup: None, settings };
    let identity = [("namespace", namespace), ("persistentvolumeclaim", name)];
    let labels = selector(&identity);
    let by = CLAIM.join(", ");
    let mut rules = vec![Rule::Recording {
        record: ROOM,
        expr: format!(
            "min by ({by}) (kubelet_volume_stats_available_bytes{labels})\n/\nmax by ({by}) (kubelet_volume_stats_capacity_bytes{labels})"
        ),
        // The series has them anyway. Said here, two claims do not look like one rule that is written twice.
        labels: identity.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    }];
    let remembered = claim.remembered;
    let users = claim.backups.join(", ");
    for (ratio, percent, severity) in ROOM_LEFT {
        let expr = format!("max by ({by}) (last_over_time({ROOM}{labels}[{remembered}s])) < {ratio}");
        let words = Words {
            summary: format!(
                "The claim {namespace}/{name} has {{{{ $value | humanizePercentage }}}} of its room left"
            ),
            description: format!(
                "Backups are written to it ({users}), and nothing deletes old ones there. When it is full, runs fail."
            ),
            threshold: Some(format!("less than {percent}, as last seen within {}", time(remembered))),
            command: format!("kubectl neo4j-backup status {} -n {namespace}", claim.backups.join(" ")),
        };
        rules.push(about.alert_of(Alert::ClaimFillingUp, severity, expr, words));
    }
    about.object(format!("{name}-claim"), rules)
}

/// One alert for a namespace, not one for each backup: it has one cause.
pub(super) fn of_namespace(backups: &[Watched], settings: &Settings) -> PrometheusRule {
    let namespace = backups.first().map_or("", |watched| watched.namespace.as_str());
    let about = About { namespace, backup: None, settings };
    let scheduled = backups.iter().any(|watched| matches!(watched.runs, Runs::Scheduled(_)));
    let metric = if scheduled { "kube_cronjob_info" } else { "kube_job_info" };
    let words = Words {
        summary: format!("Nobody watches the backups in {namespace}"),
        description: format!(
            "There is no series `{metric}` at all: kube-state-metrics does not run, is not scraped, or may not read. No \
             other alert about backups can be told until there is."
        ),
        threshold: None,
        command: format!("kubectl neo4j-backup status -n {namespace}"),
    };
    let rule = about.alert(Alert::MetricsMissing, format!("absent({metric})"), words);
    about.object("neo4j-backup-metrics".to_owned(), vec![rule])
}
