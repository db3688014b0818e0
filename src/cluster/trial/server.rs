//! Whether the cluster has what the objects need at all.

use k8s_openapi::apimachinery::pkg::version::Info;

use super::super::Connection;
use super::super::error::{ClusterError, Result};
use crate::diagnostics::{Diagnostic, Place, codes};

/// What the cluster is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// As it calls itself: `v1.34.4`.
    pub name: String,
    /// Major and minor number; `None` when they cannot be read.
    pub numbers: Option<(u32, u32)>,
    /// The versions of the API group `batch` that it has; `None` when it would not say.
    pub batch: Option<Vec<String>>,
}

impl Connection {
    /// Asks the server what it is and whether it runs Jobs.
    ///
    /// # Errors
    ///
    /// When it cannot be reached or does not know who asks; that it does not say is no error.
    pub async fn server_version(&self) -> Result<Option<Version>> {
        let info =
            match self.client().apiserver_version().await.map_err(|error| self.error(error, "/version")) {
                Ok(info) => info,
                Err(ClusterError::Forbidden { .. } | ClusterError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
        let batch = match self.client().list_api_groups().await.map_err(|error| self.error(error, "/apis")) {
            Ok(groups) => Some(
                groups
                    .groups
                    .into_iter()
                    .filter(|group| group.name == "batch")
                    .flat_map(|group| group.versions)
                    .map(|version| version.version)
                    .collect(),
            ),
            Err(ClusterError::Forbidden { .. } | ClusterError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Some(Version { numbers: numbers(&info), name: info.git_version, batch }))
    }
}

fn numbers(info: &Info) -> Option<(u32, u32)> {
    // Some clouds write `27+`.
    let number = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    Some((number(&info.major)?, number(&info.minor)?))
}

/// The first version of Kubernetes whose CronJobs have a time zone that needs no feature gate.
const OLDEST: (u32, u32) = (1, 27);

/// What is to be said of the cluster itself.
#[must_use]
pub fn server_findings(version: &Version) -> Vec<Diagnostic> {
    let mut messages = Vec::new();
    if version.batch.as_ref().is_some_and(|versions| !versions.iter().any(|version| version == "v1")) {
        messages.push(
            "the cluster does not have the API `batch/v1`, which Jobs and CronJobs belong to".to_owned(),
        );
    }
    if version.numbers.is_some_and(|numbers| numbers < OLDEST) {
        messages.push(format!(
            "the cluster runs Kubernetes {}, and the objects need {}.{} or newer",
            version.name, OLDEST.0, OLDEST.1
        ));
    }
    messages
        .into_iter()
        .map(|message| {
            let mut finding = Diagnostic::new(&codes::API_MISSING, Place::file(""), message);
            finding.help = Some(codes::API_MISSING.remedy.to_owned());
            finding
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_cluster_or_one_without_jobs_is_told_of() {
        let version = |numbers, batch: Option<&[&str]>| Version {
            name: "v1.26.3".to_owned(),
            numbers,
            batch: batch.map(|all| all.iter().map(|name| (*name).to_owned()).collect()),
        };
        let codes = |version: &Version| {
            server_findings(version).iter().map(|found| found.definition.code.to_string()).collect::<Vec<_>>()
        };
        assert!(codes(&version(Some((1, 34)), Some(&["v1"]))).is_empty());
        assert!(codes(&version(None, None)).is_empty());
        assert_eq!(codes(&version(Some((1, 26)), Some(&["v1"]))), ["NB806"]);
        assert_eq!(codes(&version(Some((1, 20)), Some(&["v1beta1"]))), ["NB806", "NB806"]);
    }

    #[test]
    fn version_numbers_are_read_with_what_clouds_add() {
        let info = |minor: &str| Info { major: "1".to_owned(), minor: minor.to_owned(), ..Info::default() };
        assert_eq!(numbers(&info("27+")), Some((1, 27)));
        assert_eq!(numbers(&info("34")), Some((1, 34)));
        assert_eq!(numbers(&info("x")), None);
    }
}
