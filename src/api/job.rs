//! The pods that carry a backup out: `spec.job` (DESIGN.md, "The spec language").

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Affinity, Toleration};

use super::quantity::Quantity;

spec! {
    /// Settings of the Job and its pods.
    JobSettings {
        /// CPU, memory and other resources of each step's container. Values given here replace the defaults one by one.
        resources: Resources,
        /// Labels that a node must have.
        node_selector: BTreeMap<String, String>,
        /// Taints that the pods tolerate.
        tolerations: Vec<Toleration>,
        /// Scheduling constraints.
        affinity: Box<Affinity>,
        /// PriorityClass of the pods.
        #[schemars(length(min = 1, max = 253))]
        priority_class_name: String,
        /// Names of Secrets with registry credentials, added to the target's own.
        image_pull_secrets: Vec<String>,
        /// Labels added to the Job and its pods.
        labels: BTreeMap<String, String>,
        /// Annotations added to the Job and its pods.
        annotations: BTreeMap<String, String>,
        /// How many times a failed pod is replaced. Default 2.
        #[schemars(range(min = 0, max = 100), extend("default" = 2))]
        backoff_limit: i32,
        /// Longest time that one pod may run, a duration such as `6h`. The pod and its log are kept when it is reached.
        #[schemars(length(min = 2, max = 32))]
        deadline: String,
        /// How long a finished Job is kept, a duration such as `24h`. Only without a schedule.
        #[schemars(length(min = 2, max = 32))]
        ttl_after_finished: String,
    }
}

spec! {
    /// Requests and limits, by resource name.
    Resources {
        /// What the scheduler sets aside.
        requests: BTreeMap<String, Quantity>,
        /// What the container may use at most.
        limits: BTreeMap<String, Quantity>,
    }
}
