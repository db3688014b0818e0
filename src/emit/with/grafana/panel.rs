//! The panels.

use serde_json::{Value, json};

use super::query::Queries;
use crate::emit::with::watched::Watched;

/// The variable that names the data source.
pub(super) const DATASOURCE: &str = "datasource";

/// Columns of a dashboard.
const WIDTH: u32 = 24;

/// The panels that a namespace has something to show in.
pub(super) fn panels(namespace: &str, backups: &[Watched]) -> Vec<Value> {
    let queries = Queries::new(namespace, backups);
    let mut rows: Vec<(u32, Vec<Value>)> = Vec::new();
    if queries.has_schedules() {
        rows.push((8, vec![overview(&queries)]));
        rows.push((8, vec![used(&queries), age(&queries)]));
        rows.push((8, vec![kept(&queries), duration(&queries)]));
    }
    let rest: Vec<Value> =
        [queries.has_once().then(|| once(&queries)), queries.has_claims().then(|| claims(&queries))]
            .into_iter()
            .flatten()
            .collect();
    if !rest.is_empty() {
        rows.push((8, rest));
    }
    laid_out(rows)
}

/// Gives each panel its number and its place: the panels of a row share its width.
fn laid_out(rows: Vec<(u32, Vec<Value>)>) -> Vec<Value> {
    let mut panels = Vec::new();
    let mut top = 0;
    for (height, row) in rows {
        let width = WIDTH / u32::try_from(row.len().max(1)).unwrap_or(1);
        let mut left = 0;
        for mut panel in row {
            let number = panels.len() + 1;
            if let Some(fields) = panel.as_object_mut() {
                fields.insert("id".to_owned(), json!(number));
                fields.insert("gridPos".to_owned(), json!({"x": left, "y": top, "w": width, "h": height}));
                fields.insert("datasource".to_owned(), source());
            }
            panels.push(panel);
            left += width;
        }
        top += height;
    }
    panels
}

fn source() -> Value {
    json!({"type": "prometheus", "uid": format!("${DATASOURCE}")})
}

fn range(reference: &str, expr: String, legend: &str) -> Value {
    json!({
        "refId": reference, "datasource": source(), "expr": expr, "legendFormat": legend, "range": true, "instant": false,
    })
}

fn instant(reference: &str, expr: String, legend: &str) -> Value {
    json!({
        "refId": reference, "datasource": source(), "expr": expr, "legendFormat": legend, "range": false, "instant": true,
    })
}

/// A query whose answer is a table, a column for each label.
fn table(reference: &str, expr: String) -> Value {
    let mut query = instant(reference, expr, "");
    if let Some(fields) = query.as_object_mut() {
        fields.remove("legendFormat");
        fields.insert("format".to_owned(), json!("table"));
    }
    query
}

fn steps(steps: &[(Option<f64>, &str)]) -> Value {
    let steps: Vec<Value> =
        steps.iter().map(|(value, color)| json!({"value": value, "color": color})).collect();
    json!({"mode": "absolute", "steps": steps})
}

fn series(title: &str, description: &str, unit: &str, custom: Value, targets: Vec<Value>) -> Value {
    json!({
        "type": "timeseries",
        "title": title,
        "description": description,
        "targets": targets,
        "fieldConfig": {
            "defaults": {"unit": unit, "min": 0, "color": {"mode": "palette-classic"}, "custom": custom},
            "overrides": [],
        },
        "options": {
            "legend": {"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    })
}

fn overview(queries: &Queries<'_>) -> Value {
    let column = |reference: &str, title: &str, properties: Value| {
        let mut all = vec![json!({"id": "displayName", "value": title})];
        all.extend(properties.as_array().cloned().unwrap_or_default());
        json!({"matcher": {"id": "byName", "options": format!("Value #{reference}")}, "properties": all})
    };
    let unit = |unit: &str| json!([{"id": "unit", "value": unit}]);
    let flag = json!([{
        "id": "mappings",
        "value": [{"type": "value", "options": {"0": {"text": "no", "index": 0}, "1": {"text": "yes", "index": 1}}}],
    }]);
    json!({
        "type": "table",
        "title": "Schedules",
        "description": "A run that is going on counts when it succeeds. A suspended schedule has no next run.",
        "targets": [
            table("A", queries.last_success()),
            table("B", queries.allowed()),
            table("C", queries.next_run()),
            table("D", queries.running()),
            table("E", queries.suspended()),
        ],
        "transformations": [
            {"id": "joinByField", "options": {"byField": "cronjob", "mode": "outer"}},
            {"id": "filterFieldsByName", "options": {"include": {"pattern": "cronjob|Value.*"}}},
        ],
        "fieldConfig": {
            "defaults": {"custom": {"align": "left", "inspect": false}},
            "overrides": [
                {"matcher": {"id": "byName", "options": "cronjob"},
                 "properties": [{"id": "displayName", "value": "CronJob"}]},
                column("A", "Last success", unit("dateTimeFromNow")),
                column("B", "May be old", unit("s")),
                column("C", "Next run", unit("dateTimeFromNow")),
                column("D", "Running", json!([])),
                column("E", "Suspended", flag),
            ],
        },
        "options": {"showHeader": true, "cellHeight": "sm"},
    })
}

fn used(queries: &Queries<'_>) -> Value {
    json!({
        "type": "bargauge",
        "title": "Age of the last success, of what the schedule allows",
        "description": "At 100% the alert Neo4jBackupTooOld is told.",
        "targets": [instant("A", queries.used(), "{{cronjob}}")],
        "fieldConfig": {
            "defaults": {
                "unit": "percentunit", "min": 0, "max": 1, "color": {"mode": "thresholds"},
                "thresholds": steps(&[(None, "green"), (Some(0.8), "orange"), (Some(1.0), "red")]),
            },
            "overrides": [],
        },
        "options": {
            "displayMode": "basic", "orientation": "horizontal", "valueMode": "color", "showUnfilled": true,
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
        },
    })
}

fn age(queries: &Queries<'_>) -> Value {
    let custom = json!({"drawStyle": "line", "lineWidth": 1, "fillOpacity": 0, "showPoints": "never"});
    let mut panel = series(
        "Age of the last success",
        "Dashed: what the schedule allows.",
        "s",
        custom,
        vec![range("A", queries.age(), "{{cronjob}}"), range("B", queries.allowed(), "{{cronjob}} may be")],
    );
    if let Some(overrides) = panel.pointer_mut("/fieldConfig/overrides") {
        *overrides = json!([{
            "matcher": {"id": "byFrameRefID", "options": "B"},
            "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}}],
        }]);
    }
    panel
}

fn kept(queries: &Queries<'_>) -> Value {
    series(
        "Runs that are kept",
        "As many as historyLimits says; runs that were started by hand count too.",
        "none",
        json!({"drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 1, "showPoints": "never"}),
        vec![
            range("A", queries.kept("kube_job_complete"), "{{owner_name}} succeeded"),
            range("B", queries.kept("kube_job_failed"), "{{owner_name}} failed"),
        ],
    )
}

fn duration(queries: &Queries<'_>) -> Value {
    series(
        "How long runs take",
        "The longest of the successful runs that are kept.",
        "s",
        json!({"drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 1, "showPoints": "never"}),
        vec![range("A", queries.duration(), "{{owner_name}}")],
    )
}

fn once(queries: &Queries<'_>) -> Value {
    json!({
        "type": "stat",
        "title": "Backups that run once",
        "targets": [instant("A", queries.once(), "{{job_name}}")],
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "thresholds"},
                "mappings": [{"type": "value", "options": {
                    "0": {"text": "open", "index": 0},
                    "1": {"text": "done", "index": 1},
                    "2": {"text": "failed", "index": 2},
                }}],
                "thresholds": steps(&[(None, "blue"), (Some(1.0), "green"), (Some(2.0), "red")]),
            },
            "overrides": [],
        },
        "options": {
            "colorMode": "background", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
            "textMode": "auto", "wideLayout": true, "showPercentChange": false,
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
        },
    })
}

fn claims(queries: &Queries<'_>) -> Value {
    // Known only while a pod mounts the claim, so the points are joined.
    let custom = json!({"drawStyle": "line", "lineWidth": 1, "showPoints": "auto", "spanNulls": true});
    series(
        "Claims: how much is used",
        "The kubelet tells it while a run goes on.",
        "percentunit",
        custom,
        vec![range("A", queries.claims(), "{{persistentvolumeclaim}}")],
    )
}
