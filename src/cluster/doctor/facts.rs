//! What the cluster says, asked once: every list and every object at most one time, however many backups are
//! examined.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::Hash;

use futures::future::try_join;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, ResourceRule, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
    SelfSubjectRulesReview, SelfSubjectRulesReviewSpec,
};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, LimitRange, Namespace, Node, PersistentVolumeClaim, Pod, ResourceQuota, Secret,
    Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ListParams, PostParams};
use kube::{Api, Resource};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Fact, Gap, Subject, admission, references};
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::kind::Kind;
use crate::cluster::permissions::{self, Need, Scope};
use crate::cluster::{CONCURRENCY, Connection};
use crate::render::labels;

/// Namespace and name.
pub type Key = (String, String);

/// Everything that checks look at.
#[derive(Debug)]
pub struct Facts {
    /// When it was looked.
    pub now: Timestamp,
    /// Version of the server: `v1.34.4`.
    pub server_version: String,
    /// How far its clock is ahead of ours.
    pub ahead: Option<SignedDuration>,
    /// API groups and their versions.
    pub groups: Fact<BTreeMap<String, Vec<String>>>,
    /// Definitions of our names and of the other operator's; only of groups that are served.
    pub definitions: BTreeMap<String, Fact<Option<CustomResourceDefinition>>>,
    /// Namespaces of backups and of their targets.
    pub namespaces: BTreeMap<String, Room>,
    /// Nodes.
    pub nodes: Fact<Vec<Node>>,
    /// Storage classes.
    pub storage_classes: Fact<Vec<StorageClass>>,
    /// Priority classes that pods name.
    pub priority_classes: BTreeMap<String, Fact<Option<PriorityClass>>>,
    /// Keys of Secrets that pods name.
    pub secrets: BTreeMap<Key, Fact<Option<Keys>>>,
    /// ConfigMaps that pods name.
    pub config_maps: BTreeMap<Key, Fact<Option<ConfigMap>>>,
    /// Accounts of pods.
    pub accounts: BTreeMap<Key, Fact<Option<ServiceAccount>>>,
    /// Claims of pods.
    pub claims: BTreeMap<Key, Fact<Option<PersistentVolumeClaim>>>,
    /// What the server said to each backup's pod.
    pub admissions: BTreeMap<Key, Fact<admission::Answer>>,
}

impl Default for Gap {
    fn default() -> Self {
        Self("it was not looked at".to_owned())
    }
}

/// What lies in one namespace.
#[derive(Debug)]
pub struct Room {
    /// The namespace itself.
    pub namespace: Fact<Option<Namespace>>,
    /// Backups live here; otherwise only their targets do.
    pub home: bool,
    /// What the person may do; only asked where backups live.
    pub needs: Fact<Vec<(Need, bool)>>,
    /// Pods.
    pub pods: Fact<Vec<Pod>>,
    /// Services.
    pub services: Fact<Vec<Service>>,
    /// StatefulSets.
    pub stateful_sets: Fact<Vec<StatefulSet>>,
    /// Deployments, for an operator among them.
    pub deployments: Fact<Vec<Deployment>>,
    /// Network policies.
    pub policies: Fact<Vec<NetworkPolicy>>,
    /// Quotas.
    pub quotas: Fact<Vec<ResourceQuota>>,
    /// Limit ranges.
    pub limits: Fact<Vec<LimitRange>>,
    /// CronJobs of ours.
    pub cron_jobs: Fact<Vec<CronJob>>,
    /// Jobs of ours.
    pub jobs: Fact<Vec<Job>>,
    /// Events.
    pub events: Fact<Vec<Event>>,
}

/// Names of the keys of a Secret, and whether each has a value. The values are skipped while the answer is read.
#[derive(Debug, Default, Deserialize, PartialEq)]
pub struct Keys {
    /// Key, and whether anything stands in it.
    #[serde(default)]
    pub data: BTreeMap<String, Filled>,
}

/// Whether a value is not empty; the value itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled(pub bool);

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Filled;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a value, which is not kept")
            }
            fn visit_str<E>(self, text: &str) -> Result<Filled, E> {
                Ok(Filled(!text.is_empty()))
            }
            fn visit_unit<E>(self) -> Result<Filled, E> {
                Ok(Filled(false))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The backups of ours in a namespace, as their CronJobs and Jobs say them; of a Job that a CronJob made, the CronJob
/// speaks.
///
/// # Errors
///
/// When neither can be listed, or the server is away.
pub async fn subjects(connection: &Connection, namespace: &str, only: &[String]) -> Result<Vec<Subject>> {
    let selector = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let parameters = ListParams::default().labels(&selector);
    let client = connection.client();
    let cron_jobs = Api::<CronJob>::namespaced(client.clone(), namespace);
    let jobs = Api::<Job>::namespaced(client.clone(), namespace);
    let (cron_jobs, jobs) = futures::join!(cron_jobs.list(&parameters), jobs.list(&parameters));
    let cron_jobs = cron_jobs.map_err(|error| connection.error(error, "cronjobs.batch"))?;
    // A run without its CronJob is told of where runs may be read.
    let jobs = jobs.map(|list| list.items).unwrap_or_default();
    let mut found: Vec<Subject> = cron_jobs.items.iter().filter_map(Subject::of_cron_job).collect();
    for job in jobs.iter().filter(|job| job.metadata.owner_references.is_none()) {
        if let Some(subject) = Subject::of_job(job)
            && !found.iter().any(|known| known.name == subject.name)
        {
            found.push(subject);
        }
    }
    found.retain(|subject| only.is_empty() || only.contains(&subject.name));
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

/// Asks for everything that the checks of these backups need. `namespace` is looked at also when no backup is in it.
///
/// # Errors
///
/// When the server cannot be reached or does not know who asks. What may not be read is a gap.
pub async fn gather(
    connection: &Connection,
    namespace: &str,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Facts> {
    // Alone and first: it tells at once when nobody answers, and from it on the server counts as reached.
    let version = connection
        .client()
        .apiserver_version()
        .await
        .map_err(|error| connection.error(error, "the API server"))?;
    let reader = Reader { connection };

    let mut homes: BTreeSet<&str> = subjects.iter().map(|subject| subject.namespace.as_str()).collect();
    if homes.is_empty() {
        homes.insert(namespace);
    }
    let rooms: BTreeSet<&str> =
        subjects.iter().flat_map(Subject::namespaces).chain(homes.iter().copied()).collect();
    let rooms = reader.each(rooms, |name| reader.room(name, homes.contains(name)));

    let secrets = keys(subjects, references::secret_names);
    let config_maps = keys(subjects, references::config_map_names);
    let accounts = keys(subjects, |subject| vec![subject.account_name().to_owned()]);
    let claims = keys(subjects, |subject| subject.claim_names().map(str::to_owned).collect());
    let priorities: BTreeSet<String> = subjects
        .iter()
        .filter_map(|subject| subject.template.spec.as_ref()?.priority_class_name.clone())
        .collect();

    let objects = async {
        let (secrets, (config_maps, (accounts, (claims, priority_classes)))) = try_join(
            reader.each(secrets, |key| reader.keys_of(key)),
            try_join(
                reader.each(config_maps, |key| reader.namespaced::<ConfigMap>(key)),
                try_join(
                    reader.each(accounts, |key| reader.namespaced::<ServiceAccount>(key)),
                    try_join(
                        reader.each(claims, |key| reader.namespaced::<PersistentVolumeClaim>(key)),
                        reader.each(priorities, |name| async move {
                            reader.one(Api::<PriorityClass>::all(reader.client()), &name).await
                        }),
                    ),
                ),
            ),
        )
        .await?;
        // Without its account a pod is refused for that alone; the default account lets the rest be judged.
        let pods: Vec<(Key, &Subject, bool)> = subjects
            .iter()
            .map(|subject| {
                let key = (subject.namespace.clone(), subject.account_name().to_owned());
                let missing = matches!(accounts.get(&key), Some(Ok(None)));
                ((subject.namespace.clone(), subject.name.clone()), subject, missing)
            })
            .collect();
        let admissions = stream::iter(pods)
            .map(|(key, subject, missing)| async move {
                Ok::<_, ClusterError>((key, admission::ask(connection, subject, missing).await?))
            })
            .buffered(CONCURRENCY)
            .try_collect::<BTreeMap<_, _>>()
            .await?;
        Ok((secrets, config_maps, accounts, claims, priority_classes, admissions))
    };
    let wide = async {
        let (groups, (nodes, storage_classes)) = try_join(
            reader.groups(),
            try_join(
                reader.list(Api::<Node>::all(reader.client()), ""),
                reader.list(Api::<StorageClass>::all(reader.client()), ""),
            ),
        )
        .await?;
        let definitions = reader.definitions(&groups).await?;
        Ok::<_, ClusterError>((groups, nodes, storage_classes, definitions))
    };
    let (namespaces, (objects, wide)) = try_join(rooms, try_join(objects, wide)).await?;
    let (secrets, config_maps, accounts, claims, priority_classes, admissions) = objects;
    let (groups, nodes, storage_classes, definitions) = wide;
    Ok(Facts {
        now,
        server_version: version.git_version,
        ahead: connection.server_ahead(),
        groups,
        definitions,
        namespaces: namespaces.into_iter().map(|(name, room)| (name.to_owned(), room)).collect(),
        nodes,
        storage_classes,
        priority_classes,
        secrets,
        config_maps,
        accounts,
        claims,
        admissions,
    })
}

fn keys(subjects: &[Subject], names: impl Fn(&Subject) -> Vec<String>) -> BTreeSet<Key> {
    subjects
        .iter()
        .flat_map(|subject| {
            names(subject).into_iter().map(|name| (subject.namespace.clone(), name)).collect::<Vec<_>>()
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    connection: &'a Connection,
}

impl<'a> Reader<'a> {
    fn client(self) -> kube::Client {
        self.connection.client().clone()
    }

    /// What was read; a refusal is a gap, and only what keeps everything from being read is an error.
    fn seen<T>(self, outcome: Result<T, kube::Error>, what: &str) -> Result<Fact<T>> {
        match outcome {
            Ok(value) => Ok(Ok(value)),
            Err(error) => gap(self.connection.error(error, what)).map(Err),
        }
    }

    async fn list<K>(self, api: Api<K>, selector: &str) -> Result<Fact<Vec<K>>>
    where
        K: Clone + DeserializeOwned + Debug + Resource,
    {
        let outcome = api.list(&ListParams::default().labels(selector)).await;
        self.seen(outcome.map(|list| list.items), "the list")
    }

    async fn one<K>(self, api: Api<K>, name: &str) -> Result<Fact<Option<K>>>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        self.seen(api.get_opt(name).await, name)
    }

    async fn namespaced<K>(self, (namespace, name): Key) -> Result<Fact<Option<K>>>
    where
        K: Clone
            + DeserializeOwned
            + Debug
            + Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        self.one(Api::<K>::namespaced(self.client(), &namespace), &name).await
    }

    /// The names of a Secret's keys. Nothing of the values outlives the reading of the answer.
    async fn keys_of(self, (namespace, name): Key) -> Result<Fact<Option<Keys>>> {
        let path = Secret::url_path(&(), Some(&namespace));
        let request = kube::core::Request::new(path)
            .get(&name, &kube::api::GetParams::default())
            .map_err(|error| ClusterError::Unreadable { message: error.to_string() })?;
        let outcome = match self.connection.client().request::<Keys>(request).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            outcome => outcome.map(Some),
        };
        self.seen(outcome, &name)
    }

    /// One request for each of some things, some at a time.
    async fn each<K, T, F>(
        self,
        keys: impl IntoIterator<Item = K>,
        ask: impl Fn(K) -> F,
    ) -> Result<BTreeMap<K, T>>
    where
        K: Clone + Ord + Hash,
        F: Future<Output = Result<T>>,
    {
        stream::iter(keys)
            .map(|key| {
                let answer = ask(key.clone());
                async move { Ok((key, answer.await?)) }
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await
    }

    async fn groups(self) -> Result<Fact<BTreeMap<String, Vec<String>>>> {
        let outcome = self.connection.client().list_api_groups().await;
        let groups = outcome.map(|list| {
            list.groups
                .into_iter()
                .map(|group| {
                    (group.name, group.versions.into_iter().map(|version| version.version).collect())
                })
                .collect()
        });
        self.seen(groups, "the API groups")
    }

    async fn definitions(
        self,
        groups: &Fact<BTreeMap<String, Vec<String>>>,
    ) -> Result<BTreeMap<String, Fact<Option<CustomResourceDefinition>>>> {
        let served = groups.as_ref().ok();
        let names: Vec<String> = ["neo4j.neo4j.com", "neo4j.com"]
            .into_iter()
            .filter(|group| served.is_some_and(|served| served.contains_key(*group)))
            .flat_map(|group| ["neo4jbackups", "neo4jrestores"].map(|plural| format!("{plural}.{group}")))
            .collect();
        self.each(names, |name| async move {
            self.one(Api::<CustomResourceDefinition>::all(self.client()), &name).await
        })
        .await
    }

    async fn room(self, name: &str, home: bool) -> Result<Room> {
        let selector = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
        let client = self.client();
        // Written out, because each list has another type; they are all under way together.
        let home_only = async {
            if !home {
                return Ok((skipped(), skipped(), skipped(), skipped(), skipped(), skipped()));
            }
            let (quotas, (limits, (cron_jobs, (jobs, (events, needs))))) = try_join(
                self.list(Api::<ResourceQuota>::namespaced(client.clone(), name), ""),
                try_join(
                    self.list(Api::<LimitRange>::namespaced(client.clone(), name), ""),
                    try_join(
                        self.list(Api::<CronJob>::namespaced(client.clone(), name), &selector),
                        try_join(
                            self.list(Api::<Job>::namespaced(client.clone(), name), &selector),
                            try_join(
                                self.list(Api::<Event>::namespaced(client.clone(), name), ""),
                                self.needs(name),
                            ),
                        ),
                    ),
                ),
            )
            .await?;
            Ok::<_, ClusterError>((quotas, limits, cron_jobs, jobs, events, needs))
        };
        let both = async {
            try_join(
                self.one(Api::<Namespace>::all(client.clone()), name),
                try_join(
                    self.list(Api::<Pod>::namespaced(client.clone(), name), ""),
                    try_join(
                        self.list(Api::<Service>::namespaced(client.clone(), name), ""),
                        try_join(
                            self.list(Api::<StatefulSet>::namespaced(client.clone(), name), ""),
                            try_join(
                                self.list(Api::<Deployment>::namespaced(client.clone(), name), ""),
                                self.list(Api::<NetworkPolicy>::namespaced(client.clone(), name), ""),
                            ),
                        ),
                    ),
                ),
            )
            .await
        };
        let (home_facts, both) = try_join(home_only, both).await?;
        let (quotas, limits, cron_jobs, jobs, events, needs) = home_facts;
        let (namespace, (pods, (services, (stateful_sets, (deployments, policies))))) = both;
        Ok(Room {
            namespace,
            home,
            needs,
            pods,
            services,
            stateful_sets,
            deployments,
            policies,
            quotas,
            limits,
            cron_jobs,
            jobs,
            events,
        })
    }

    /// Whether each need of the table is met. One review of the rules answers nearly all; what it leaves open (an
    /// authorizer that cannot list its rules) and what is not in the namespace is asked by itself.
    async fn needs(self, namespace: &str) -> Result<Fact<Vec<(Need, bool)>>> {
        let review = SelfSubjectRulesReview {
            spec: SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) },
            ..SelfSubjectRulesReview::default()
        };
        let api = Api::<SelfSubjectRulesReview>::all(self.client());
        let answer = api.create(&PostParams::default(), &review).await;
        let status = match self.seen(answer, "selfsubjectrulesreviews")? {
            Ok(answer) => answer.status.unwrap_or_default(),
            Err(gap) => return Ok(Err(gap)),
        };
        // What doctor itself cannot read in the whole cluster is told by the checks that would need it.
        let needs: Vec<Need> =
            permissions::needs().filter(|need| need.scope == Scope::Namespace || !need.optional).collect();
        let rules = &status.resource_rules;
        let answers = self
            .each(0..needs.len(), |index| {
                let need = needs.get(index).copied();
                async move {
                    let Some(need) = need else { return Ok(false) };
                    for verb in need.verbs {
                        let met = match need.scope {
                            Scope::Namespace => {
                                grants(rules, &need, verb)
                                    || (status.incomplete && self.may(&need, verb, Some(namespace)).await?)
                            }
                            Scope::Cluster => self.may(&need, verb, None).await?,
                        };
                        if !met {
                            return Ok(false);
                        }
                    }
                    Ok(true)
                }
            })
            .await?;
        Ok(Ok(needs
            .iter()
            .enumerate()
            .map(|(index, need)| (*need, answers.get(&index).copied().unwrap_or_default()))
            .collect()))
    }

    async fn may(self, need: &Need, verb: &str, namespace: Option<&str>) -> Result<bool> {
        let (resource, subresource) = match need.resource.split_once('/') {
            Some((resource, sub)) => (resource, Some(sub.to_owned())),
            None => (need.resource, None),
        };
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(need.group.to_owned()),
                    resource: Some(resource.to_owned()),
                    subresource,
                    verb: Some(verb.to_owned()),
                    namespace: namespace.map(str::to_owned),
                    name: need.names.first().map(|name| (*name).to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api = Api::<SelfSubjectAccessReview>::all(self.client());
        let answer = self.seen(api.create(&PostParams::default(), &review).await, "access")?;
        Ok(answer.is_ok_and(|review| review.status.is_some_and(|status| status.allowed)))
    }
}

/// Whether rules of a namespace grant a verb.
#[must_use]
pub fn grants(rules: &[ResourceRule], need: &Need, verb: &str) -> bool {
    let has = |list: Option<&[String]>, wanted: &str| {
        list.unwrap_or_default().iter().any(|item| item == "*" || item == wanted)
    };
    rules.iter().any(|rule| {
        let any_sub = need
            .resource
            .split_once('/')
            .is_some_and(|(_, sub)| has(rule.resources.as_deref(), &format!("*/{sub}")));
        (rule.verbs.iter().any(|item| item == "*" || item == verb))
            && has(rule.api_groups.as_deref(), need.group)
            && (has(rule.resources.as_deref(), need.resource) || any_sub)
            && rule.resource_names.as_deref().is_none_or(<[String]>::is_empty)
    })
}

/// What is not asked for.
fn skipped<T>() -> Fact<T> {
    Err(Gap::default())
}

/// A refusal as a gap; everything that keeps all else from being read stays an error.
pub(super) fn gap(error: ClusterError) -> Result<Gap> {
    match error {
        ClusterError::Forbidden { message } => Ok(Gap(refusal(&message))),
        ClusterError::NotFound { message }
        | ClusterError::Server { message }
        | ClusterError::Unreadable { message } => Ok(Gap(message)),
        ClusterError::Rejected(status) => Ok(Gap(status.message.clone())),
        error => Err(error),
    }
}

/// The part of a refusal that names verb, resource and place: `you cannot list resource "nodes" at the cluster scope`.
#[must_use]
pub fn refusal(message: &str) -> String {
    match message.split_once(" cannot ") {
        Some((_, rest)) => format!("you cannot {}", rest.replace(" in API group \"\"", "")),
        None => message.to_owned(),
    }
}

impl Facts {
    /// A namespace that was looked at.
    #[must_use]
    pub fn room(&self, namespace: &str) -> Option<&Room> {
        self.namespaces.get(namespace)
    }

    /// The live object of a backup, as far as it may be seen.
    pub fn live(&self, subject: &Subject) -> Fact<Option<Live<'_>>> {
        let Some(room) = self.room(&subject.namespace) else { return Err(Gap::default()) };
        let name = Some(subject.object.name.as_str());
        match subject.object.kind {
            Kind::CronJob => {
                room.cron_jobs.as_ref().map_err(Clone::clone).map(|all| {
                    all.iter().find(|item| item.metadata.name.as_deref() == name).map(Live::CronJob)
                })
            }
            _ => room
                .jobs
                .as_ref()
                .map_err(Clone::clone)
                .map(|all| all.iter().find(|item| item.metadata.name.as_deref() == name).map(Live::Job)),
        }
    }
}

/// What carries a backup out.
#[derive(Clone, Copy, Debug)]
pub enum Live<'a> {
    /// On a schedule.
    CronJob(&'a CronJob),
    /// Once.
    Job(&'a Job),
}
