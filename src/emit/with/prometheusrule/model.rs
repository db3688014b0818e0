//! `PrometheusRule`, as far as we write it (prometheus-operator, `pkg/apis/monitoring/v1/prometheusrule_types.go`,
//! v0.94). No crate has these types without an operator's runtime around them.

use std::collections::BTreeMap;

use serde::Serialize;

/// Labels or annotations.
pub type Map = BTreeMap<String, String>;

/// A `PrometheusRule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusRule {
    /// `monitoring.coreos.com/v1`.
    pub api_version: &'static str,
    /// `PrometheusRule`.
    pub kind: &'static str,
    /// Name, namespace and labels.
    pub metadata: Metadata,
    /// Groups.
    pub spec: Spec,
}

/// Metadata of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Labels.
    pub labels: Map,
}

/// What a `PrometheusRule` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// Groups, each with a name of its own in the object.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Rules.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Rule {
    /// A series that is computed.
    Recording {
        /// Its name.
        record: &'static str,
        /// PromQL.
        expr: String,
        /// Labels of the series.
        labels: Map,
    },
    /// An alert.
    Alerting {
        /// Its name.
        alert: &'static str,
        /// PromQL.
        expr: String,
        /// How long it has to be so.
        #[serde(rename = "for")]
        pending: &'static str,
        /// Labels of the alert.
        labels: Map,
        /// Annotations of the alert.
        annotations: Map,
    },
}
