//! A release of the Helm chart `neo4j-admin` in a cluster: the CronJob that it is (peers.md §2.1).

use k8s_openapi::api::batch::v1::CronJob;
use kube::Api;

use super::{ClusterError, Connection};

/// A CronJob of the connection's namespace, as YAML.
///
/// # Errors
///
/// When it does not exist, and whatever the server or the way to it says.
pub async fn cron_job(connection: &Connection, name: &str) -> Result<String, ClusterError> {
    let namespace = connection.namespace();
    let subject = format!("cronjob.batch/{name} in {namespace}");
    let api: Api<CronJob> = Api::namespaced(connection.client().clone(), namespace);
    let mut cron_job = api.get(name).await.map_err(|error| connection.error(error, &subject))?;
    cron_job.status = None;
    cron_job.metadata.managed_fields = None;
    serde_yaml::to_string(&cron_job)
        .map_err(|error| ClusterError::Unreadable { message: format!("{subject}: {error}") })
}
