//! Who suspended a CronJob, and why.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use serde::Serialize;

use crate::cluster::managed;

/// Annotation of a suspended CronJob: who suspended it. `suspend` writes these three, `resume` takes them away.
pub const BY: &str = "neo4j.neo4j.com/suspended-by";
/// Annotation: why, in the person's words.
pub const REASON: &str = "neo4j.neo4j.com/suspended-reason";
/// Annotation: when, as RFC 3339.
pub const AT: &str = "neo4j.neo4j.com/suspended-at";

/// What is known of a suspension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// A person, when the annotations say so; else the field manager that owns `spec.suspend`.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Since when. Of a field manager: when it last wrote any of its fields.
    pub since: Option<Timestamp>,
}

impl Suspension {
    /// The suspension of a CronJob; `None` when it is not suspended.
    #[must_use]
    pub fn of(cron_job: &CronJob) -> Option<Self> {
        let suspended = cron_job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
        if !suspended {
            return None;
        }
        let annotations = cron_job.metadata.annotations.as_ref();
        let annotation = |key: &str| {
            let text = annotations?.get(key)?.trim();
            (!text.is_empty()).then(|| crate::diagnostics::visible_line(text).into_owned())
        };
        let (by, reason) = (annotation(BY), annotation(REASON));
        if by.is_some() || reason.is_some() {
            let since = annotation(AT).and_then(|text| text.parse().ok());
            return Some(Self { by, reason, since });
        }
        let owners = managed::owners(&cron_job.metadata, ".spec.suspend");
        let newest = owners.into_iter().max_by_key(|share| share.since);
        Some(match newest {
            Some(share) => Self { by: Some(share.manager), reason: None, since: share.since },
            None => Self::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn annotations_say_more_than_the_field_manager() {
        let mut value = json!({
            "metadata": {"managedFields": [
                {"manager": "neo4j-backup", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {}}}},
                {"manager": "kubectl-patch", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {}}}},
            ]},
            "spec": {"suspend": true, "schedule": "", "jobTemplate": {}},
        });
        let of = |value: &serde_json::Value| {
            Suspension::of(&serde_json::from_value::<CronJob>(value.clone()).unwrap())
        };
        let found = of(&value).unwrap();
        assert_eq!((found.by.as_deref(), found.reason), (Some("kubectl-patch"), None));
        assert_eq!(found.since.unwrap().to_string(), "2026-01-02T00:00:00Z");

        value["metadata"]["annotations"] =
            json!({BY: "ada", REASON: "migration\nat night", AT: "2026-01-03T00:00:00Z"});
        let found = of(&value).unwrap();
        assert_eq!(
            (found.by.as_deref(), found.reason.as_deref()),
            (Some("ada"), Some("migration\\nat night"))
        );
        assert_eq!(found.since.unwrap().to_string(), "2026-01-03T00:00:00Z");

        value["spec"]["suspend"] = json!(false);
        assert_eq!(of(&value), None);
    }
}
