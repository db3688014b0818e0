//! What is examined: a backup as its pod template says it, rendered from a spec or found in the cluster.
//!
//! Both come down to the same pod template, so that there is one set of checks: what keeps a pod from running stands
//! in the pod and nowhere else.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Container, PersistentVolumeClaim, PodTemplateSpec, ServiceAccount};

use crate::bundle::Bundle;
use crate::cluster::kind::Kind;
use crate::cluster::object::Reference;
use crate::neo4j::image::{Edition, ImageReference};
use crate::neo4j::version::Version;
use crate::plan::BackupPlan;
use crate::render::{self, Detail, Object, labels};
use crate::rules::Context;

/// A backup that is examined.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Name of the spec.
    pub name: String,
    /// Namespace of its objects.
    pub namespace: String,
    /// Its CronJob or Job.
    pub object: Reference,
    /// It was read from a file; otherwise it was found in the cluster.
    pub rendered: bool,
    /// Its pods.
    pub template: PodTemplateSpec,
    /// The claim that the spec makes.
    pub claim: Option<PersistentVolumeClaim>,
    /// The account that the spec makes.
    pub account: Option<ServiceAccount>,
    /// ConfigMaps that the spec makes.
    pub config_maps: Vec<String>,
    /// The deployment that is backed up.
    pub target: Deployment,
    /// The addresses in `--from`.
    pub addresses: Vec<Address>,
    /// Where the artifacts go.
    pub destination: Destination,
}

/// A deployment, as far as a backup needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its StatefulSets.
    pub stateful_sets: Vec<String>,
    /// Version that the spec takes it to have.
    pub version: Option<Version>,
    /// Edition that the spec takes it to have.
    pub edition: Option<Edition>,
}

/// Host and port of a backup listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address.
    pub host: String,
    /// Port; 6362 where none is said.
    pub port: u16,
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Port of the backup listener (neo4j-admin.md §5).
pub const BACKUP_PORT: u16 = 6362;

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().unwrap_or(BACKUP_PORT))
            }
            _ => (text, BACKUP_PORT),
        };
        Some(Self { host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// Pod (when the name has one), Service and namespace, when the host is the name of a Service: `svc.ns.svc…` or
    /// `pod.svc.ns.svc…`.
    #[must_use]
    pub fn service(&self) -> Option<(Option<&str>, &str, &str)> {
        let parts: Vec<&str> = self.host.split('.').collect();
        let at = parts.iter().position(|part| *part == "svc")?;
        match parts.get(..at)? {
            [service, namespace] => Some((None, service, namespace)),
            [pod, service, namespace] => Some((Some(pod), service, namespace)),
            _ => None,
        }
    }
}

/// Where artifacts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A folder of a claim.
    Claim {
        /// The claim.
        name: String,
        /// The folder in the container.
        path: String,
    },
    /// A bucket.
    Bucket {
        /// URI of the folder.
        uri: String,
    },
    /// The arguments do not say it.
    Unsaid,
}

impl Subject {
    /// The backups of an input; `only` keeps those of that name.
    #[must_use]
    pub fn of_input(context: &Context<'_>, bundle: &Bundle<'_>, only: &[String]) -> Vec<Self> {
        bundle
            .namespaces()
            .flatten()
            .filter_map(|index| {
                let plan = bundle.backup_plan(*index)?.ok()?;
                if !only.is_empty() && !only.contains(&plan.name) {
                    return None;
                }
                let backup = context.backup(*index)?;
                let target = backup.target()?;
                let deployment = Deployment {
                    name: target.name.clone(),
                    namespace: target.namespace.clone(),
                    stateful_sets: target.stateful_sets.iter().map(|(name, _)| name.clone()).collect(),
                    version: target.version,
                    edition: target.edition,
                };
                Self::of_plan(&plan, deployment)
            })
            .collect()
    }

    fn of_plan(plan: &BackupPlan, target: Deployment) -> Option<Self> {
        let (mut claim, mut account, mut config_maps, mut template, mut object) =
            (None, None, Vec::new(), None, None);
        for rendered in render::backup::objects(plan, Detail::Objects) {
            let reference = Reference::of(&rendered.object);
            match rendered.object {
                Object::PersistentVolumeClaim(made) => claim = Some(*made),
                Object::ServiceAccount(made) => account = Some(*made),
                Object::ConfigMap(_) => config_maps.push(reference.name),
                Object::Job(job) => {
                    template = job.spec.map(|spec| spec.template);
                    object = Some(reference);
                }
                Object::CronJob(cron_job) => {
                    template = template_of(&cron_job);
                    object = Some(reference);
                }
            }
        }
        let template = template?;
        Some(Self {
            name: plan.name.clone(),
            namespace: plan.namespace.clone(),
            object: object?,
            rendered: true,
            addresses: addresses(&template),
            destination: destination(&template),
            template,
            claim,
            account,
            config_maps,
            target,
        })
    }

    /// A backup as its CronJob says it.
    #[must_use]
    pub fn of_cron_job(cron_job: &CronJob) -> Option<Self> {
        let template = template_of(cron_job)?;
        Self::of_live(Kind::CronJob, &cron_job.metadata, template)
    }

    /// A backup that runs once, as its Job says it.
    #[must_use]
    pub fn of_job(job: &Job) -> Option<Self> {
        let template = job.spec.as_ref()?.template.clone();
        Self::of_live(Kind::Job, &job.metadata, template)
    }

    fn of_live(
        kind: Kind,
        metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
        template: PodTemplateSpec,
    ) -> Option<Self> {
        let label = |key: &str| metadata.labels.as_ref().and_then(|all| all.get(key)).cloned();
        let namespace = metadata.namespace.clone()?;
        let addresses = addresses(&template);
        let image = container(&template).and_then(|container| container.image.as_deref());
        let image = image.and_then(|image| ImageReference::parse(image).ok());
        // The names of the StatefulSets are those of the pods in the addresses, without their numbers.
        let mut stateful_sets: Vec<String> = addresses
            .iter()
            .filter_map(|address| {
                let (name, number) = address.service()?.0?.rsplit_once('-')?;
                number.bytes().all(|byte| byte.is_ascii_digit()).then(|| name.to_owned())
            })
            .collect();
        stateful_sets.dedup();
        let target = Deployment {
            name: label(labels::TARGET).unwrap_or_default(),
            namespace: addresses
                .iter()
                .find_map(|address| Some(address.service()?.2.to_owned()))
                .unwrap_or_else(|| namespace.clone()),
            stateful_sets,
            version: image.as_ref().and_then(|image| Some(image.version()?.version)),
            edition: image.as_ref().and_then(ImageReference::edition),
        };
        Some(Self {
            name: label(labels::BACKUP)?,
            object: Reference { kind, namespace: namespace.clone(), name: metadata.name.clone()? },
            namespace,
            rendered: false,
            destination: destination(&template),
            addresses,
            template,
            claim: None,
            account: None,
            config_maps: Vec::new(),
            target,
        })
    }

    /// All containers of its pods, in the order in which they run.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        containers(&self.template)
    }

    /// The container that makes the backup.
    #[must_use]
    pub fn backup_container(&self) -> Option<&Container> {
        container(&self.template)
    }

    /// The account that its pods run as.
    #[must_use]
    pub fn account_name(&self) -> &str {
        let spec = self.template.spec.as_ref();
        spec.and_then(|spec| spec.service_account_name.as_deref()).unwrap_or("default")
    }

    /// Namespaces that have to be looked at: its own and the target's.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        [self.namespace.as_str(), self.target.namespace.as_str()].into_iter()
    }

    /// Names of the claims that its pods mount.
    pub fn claim_names(&self) -> impl Iterator<Item = &str> {
        let volumes = self.template.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
        volumes.filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.as_str()))
    }
}

fn template_of(cron_job: &CronJob) -> Option<PodTemplateSpec> {
    Some(cron_job.spec.as_ref()?.job_template.spec.as_ref()?.template.clone())
}

fn containers(template: &PodTemplateSpec) -> impl Iterator<Item = &Container> {
    let spec = template.spec.iter();
    spec.flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers))
}

/// The container that makes the backup: the one of that name, else the last.
fn container(template: &PodTemplateSpec) -> Option<&Container> {
    containers(template).find(|container| container.name == "backup").or_else(|| containers(template).last())
}

fn option<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let words = container.command.iter().flatten().chain(container.args.iter().flatten());
    let mut words = words.map(String::as_str);
    while let Some(word) = words.next() {
        if word == name {
            return words.next();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value);
        }
    }
    None
}

fn addresses(template: &PodTemplateSpec) -> Vec<Address> {
    let from = container(template).and_then(|container| option(container, "--from"));
    from.into_iter().flat_map(|list| list.split(',')).filter_map(Address::parse).collect()
}

fn destination(template: &PodTemplateSpec) -> Destination {
    let Some(container) = container(template) else { return Destination::Unsaid };
    let Some(path) = option(container, "--to-path") else { return Destination::Unsaid };
    if path.contains("://") {
        return Destination::Bucket { uri: path.to_owned() };
    }
    let mount = container.volume_mounts.iter().flatten().find(|mount| {
        path.strip_prefix(mount.mount_path.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let volumes = template.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let claim = mount.and_then(|mount| {
        volumes
            .filter(|volume| volume.name == mount.name)
            .find_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone()))
    });
    match claim {
        Some(name) => Destination::Claim { name, path: path.to_owned() },
        None => Destination::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_says_its_pod_service_and_namespace() {
        let service = |text: &str| {
            let address = Address::parse(text).unwrap();
            address.service().map(|(pod, service, namespace)| {
                (pod.map(str::to_owned), service.to_owned(), namespace.to_owned())
            })
        };
        assert_eq!(
            service("a-server-0.a-headless.shop.svc.cluster.local:6362"),
            Some((Some("a-server-0".to_owned()), "a-headless".to_owned(), "shop".to_owned()))
        );
        assert_eq!(service("a-admin.shop.svc"), Some((None, "a-admin".to_owned(), "shop".to_owned())));
        assert_eq!(service("db.example.org:6362"), None);
    }

    #[test]
    fn an_address_without_a_port_has_the_listener_s() {
        assert_eq!(Address::parse("db").unwrap().to_string(), "db:6362");
        assert_eq!(Address::parse("db:7000").unwrap().port, 7000);
        assert_eq!(Address::parse("[fd00::1]:7000").unwrap().host, "fd00::1");
        assert_eq!(Address::parse("fd00::1").unwrap().port, 6362);
        assert_eq!(Address::parse(" "), None);
    }
}
