//! `--with grafana`: a dashboard of a namespace's backups, in a ConfigMap that Grafana's sidecar finds by its label.
//!
//! Its JSON has variables in the form `$name` alone: Flux would substitute the other form.

mod panel;
mod query;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::watched::{Watched, watched};
use super::{Addition, Additions, Facts};
use crate::diagnostics::codes;
use crate::emit::EmitError;
use crate::input::locate::{self, Finding};
use crate::render::{Object, labels};

/// The label by which the sidecar of Grafana's chart finds dashboards (grafana/helm-charts, `sidecar.dashboards.label`).
pub const LABEL: &str = "grafana_dashboard";

/// The version of the dashboard model that is written, of Grafana 11; newer ones migrate it when they load it.
const SCHEMA_VERSION: u32 = 39;

/// Bytes that a dashboard may have. `kubectl apply` keeps the whole object in an annotation, and annotations have
/// 262144 bytes together (Kubernetes, `ValidateAnnotationsSize`).
const LARGEST: usize = 250 * 1024;

/// The dashboards, one a namespace.
///
/// # Errors
///
/// Only when a dashboard cannot be written as JSON.
pub fn additions(facts: &Facts<'_>) -> Result<Additions, EmitError> {
    let mut out = Additions::default();
    for backups in facts.backups.chunk_by(|left, right| left.plan.namespace == right.plan.namespace) {
        let Some(first) = backups.first() else { continue };
        let namespace = first.plan.namespace.as_str();
        let watched: Vec<Watched> = backups.iter().filter_map(watched).collect();
        let text = format!("{:#}\n", dashboard(namespace, &watched));
        if text.len() > LARGEST {
            let message = format!(
                "the dashboard of the namespace `{namespace}` has {} backups and {} bytes, and `kubectl apply` takes {LARGEST}",
                watched.len(),
                text.len()
            );
            let finding = Finding::new(&codes::DASHBOARD_TOO_LARGE, "metadata.namespace", message)
                .help("leave out `--with grafana`, or spread the backups over several namespaces");
            out.findings.extend(locate::diagnostics(first.document, vec![finding], facts.documents));
            continue;
        }
        let object = Object::ConfigMap(Box::new(config_map(namespace, text)));
        out.additions.push(Addition::Manifest(serde_json::to_value(object)?));
    }
    Ok(out)
}

fn config_map(namespace: &str, text: String) -> ConfigMap {
    let own = [
        (labels::NAME, labels::NAME_VALUE),
        (labels::COMPONENT, "dashboard"),
        (labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
        (LABEL, "1"),
    ];
    // The sidecar writes the dashboards of all namespaces into one folder, by key.
    let file = format!("neo4j-backup-{namespace}.json");
    ConfigMap {
        metadata: ObjectMeta {
            name: Some("neo4j-backup-dashboard".to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: Some(own.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        data: Some([(file, text)].into()),
        ..ConfigMap::default()
    }
}

/// A dashboard in Grafana's own model (`@grafana/schema`, `Dashboard`).
fn dashboard(namespace: &str, backups: &[Watched]) -> Value {
    json!({
        "uid": uid(namespace),
        "title": format!("Neo4j backups: {namespace}"),
        "description": "Whether backups are made in time, how long they take, and what room is left for them.",
        "tags": ["backup", "neo4j"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": false,
        "graphTooltip": 1,
        "refresh": "5m",
        "time": {"from": "now-7d", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [{
            "name": panel::DATASOURCE,
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
            "hide": 0,
            "multi": false,
            "includeAll": false,
        }]},
        "panels": panel::panels(namespace, backups),
    })
}

/// The same for the same namespace, so that links to it last; at most 40 characters, as Grafana takes it.
fn uid(namespace: &str) -> String {
    let hash: String =
        Sha256::digest(namespace.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("neo4j-backup-{hash}")
}
