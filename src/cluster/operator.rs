//! Operators that act on kinds of the same name, and whether they run the same backup.
//!
//! The community operator has `Neo4jBackup` in our own group, the official one in `neo4j.com` (operator.md §1, §5).
//! Both make a Job `<name>-backup` of it, the former also a CronJob `<name>-backup-cron`: our names. Finding them takes
//! one request where there is none, and a number of requests that depends on groups and namespaces elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use kube::core::{ApiResource, DynamicObject, GroupVersionKind};

use super::error::{ClusterError, Result};
use super::kind::Kind;
use super::object::{Reference, concurrently};
use super::{Connection, FIELD_MANAGER};
use crate::render::{SpecName, labels};

/// The group of our kinds, and of the community operator's.
const OUR_GROUP: &str = "neo4j.neo4j.com";
/// The group of the official operator.
const OFFICIAL_GROUP: &str = "neo4j.com";
/// What our definitions add to our group; anything else there is an operator's.
const OUR_KINDS: [&str; 2] = ["neo4jbackups", "neo4jrestores"];
/// The version of our definitions.
const OUR_VERSION: &str = "v1alpha1";

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operators {
    /// Groups in which somebody else's definitions are served.
    pub groups: BTreeSet<&'static str>,
    /// Backups that an operator acts on, by the spec of the same name.
    backups: BTreeMap<(String, String), Acting>,
    /// Why something could not be looked at; nothing was found there then.
    pub unknown: Option<String>,
}

/// A backup of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// `neo4jbackups.neo4j.neo4j.com` or `neo4jbackups.neo4j.com`: `neo4jbackup` alone can mean either.
    pub resource: String,
    /// What shows that somebody acts on it.
    pub sign: &'static str,
}

impl Operators {
    /// The operator's backup of the same name and namespace as a spec.
    #[must_use]
    pub fn acting_on(&self, spec: &SpecName) -> Option<&Acting> {
        self.backups.get(&(spec.namespace.clone(), spec.name.clone()))
    }

    /// Whether somebody other than us may act on objects of our own kinds.
    #[must_use]
    pub fn act_on_our_kinds(&self) -> bool {
        self.groups.contains(OUR_GROUP)
    }

    /// Looks for them in the cluster and in these namespaces.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached. What one may not read is `unknown`.
    pub async fn look(connection: &Connection, namespaces: &BTreeSet<&str>) -> Result<Self> {
        let mut found = Self::default();
        let groups = match discover(connection).await {
            Ok(groups) => groups,
            Err(ClusterError::Forbidden { message }) => {
                return Ok(Self { unknown: Some(message), ..Self::default() });
            }
            Err(error) => return Err(error),
        };
        let mut places = Vec::new();
        for group in groups {
            if group.is_foreign() {
                found.groups.insert(group.name);
            }
            if let Some(version) = group.backups {
                let kind = GroupVersionKind::gvk(group.name, &version, "Neo4jBackup");
                let resource = ApiResource::from_gvk_with_plural(&kind, "neo4jbackups");
                places.extend(namespaces.iter().map(|namespace| (group.name, resource.clone(), *namespace)));
            }
        }
        let lists = concurrently(places, |(group, resource, namespace)| async move {
            match connection.list_resource(&resource, namespace, "").await {
                Ok(objects) => Ok((group, Ok(objects))),
                Err(ClusterError::Forbidden { message }) => Ok((group, Err(message))),
                Err(error) if error.is_not_found() => Ok((group, Ok(Vec::new()))),
                Err(error) => Err(error),
            }
        })
        .await?;
        for (group, outcome) in lists {
            match outcome {
                Err(message) => found.unknown = Some(message),
                Ok(objects) => {
                    let foreign = found.groups.contains(group);
                    for object in &objects {
                        found.note(group, foreign, object);
                    }
                }
            }
        }
        Ok(found)
    }

    fn note(&mut self, group: &str, foreign: bool, object: &DynamicObject) {
        let sign = match sign(object) {
            Some(sign) => sign,
            None if foreign => "the definitions of an operator are installed",
            None => return,
        };
        let key = (
            object.metadata.namespace.clone().unwrap_or_default(),
            object.metadata.name.clone().unwrap_or_default(),
        );
        self.backups.insert(key, Acting { resource: format!("neo4jbackups.{group}"), sign });
    }
}

/// What shows that a controller acts on a backup.
fn sign(object: &DynamicObject) -> Option<&'static str> {
    let finalizers = object.metadata.finalizers.iter().flatten();
    if finalizers.into_iter().any(|finalizer| finalizer.starts_with("neo4j.com/")) {
        return Some("it carries the operator's finalizer");
    }
    let status = object.data.get("status").and_then(serde_json::Value::as_object);
    status.is_some_and(|status| !status.is_empty()).then_some("it has a status, which somebody writes")
}

/// A group of interest that the server has.
struct Group {
    name: &'static str,
    versions: Vec<String>,
    resources: BTreeSet<String>,
    /// A version in which there are backups.
    backups: Option<String>,
}

impl Group {
    fn is_foreign(&self) -> bool {
        self.name != OUR_GROUP
            || self.versions.iter().any(|version| version != OUR_VERSION)
            || self.resources.iter().any(|resource| !OUR_KINDS.contains(&resource.as_str()))
    }
}

/// The groups of interest, by what the server says it serves: everybody who is known to it may ask that.
async fn discover(connection: &Connection) -> Result<Vec<Group>> {
    let all = connection
        .client()
        .list_api_groups()
        .await
        .map_err(|error| connection.error(error, "the API groups"))?;
    let mut questions = Vec::new();
    let mut found = Vec::new();
    for name in [OUR_GROUP, OFFICIAL_GROUP] {
        let Some(group) = all.groups.iter().find(|group| group.name == name) else { continue };
        let versions: Vec<String> = group.versions.iter().map(|version| version.version.clone()).collect();
        questions.extend(versions.iter().map(|version| (name, version.clone())));
        found.push(Group { name, versions, resources: BTreeSet::new(), backups: None });
    }
    let answers = concurrently(questions, |(name, version)| async move {
        let path = format!("{name}/{version}");
        let list = connection
            .client()
            .list_api_group_resources(&path)
            .await
            .map_err(|error| connection.error(error, &path));
        match list {
            Ok(list) => Ok((name, version, list.resources)),
            Err(error) if error.is_not_found() => Ok((name, version, Vec::new())),
            Err(error) => Err(error),
        }
    })
    .await?;
    for (name, version, resources) in answers {
        let Some(group) = found.iter_mut().find(|group| group.name == name) else { continue };
        let names = resources.into_iter().map(|resource| resource.name).filter(|name| !name.contains('/'));
        for name in names {
            if name == "neo4jbackups" && group.backups.is_none() {
                group.backups = Some(version.clone());
            }
            group.resources.insert(name);
        }
    }
    Ok(found)
}

/// What a definition that is there means for ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// Ours to change.
    Ours,
    /// Somebody installed it, and it is the one that we would install.
    Same,
    /// Somebody else's.
    Foreign,
}

/// Whose a live definition is; `wanted` is the one that we would apply.
#[must_use]
pub fn definition(live: &DynamicObject, wanted: &serde_json::Value) -> Definition {
    let ours = live.metadata.labels.as_ref().and_then(|all| all.get(labels::MANAGED_BY)).map(String::as_str)
        == Some(labels::MANAGED_BY_VALUE)
        || super::managed::last_applied(&live.metadata, FIELD_MANAGER).is_some();
    if ours && super::ownership::git_ops(&live.metadata).is_none() {
        return Definition::Ours;
    }
    match (wanted.get("spec"), live.data.get("spec")) {
        (Some(wanted), Some(live)) if includes(live, wanted) => Definition::Same,
        _ => Definition::Foreign,
    }
}

/// Whether a value has everything that another one says; lists are of one length, because an item more is something
/// else.
fn includes(whole: &serde_json::Value, part: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| includes(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| includes(whole, part))
        }
        (whole, part) => whole == part,
    }
}

/// The definitions that this program has, as they are applied.
///
/// # Errors
///
/// When they cannot be made, which no input can cause.
pub fn definitions() -> serde_json::Result<Vec<(Reference, serde_json::Value)>> {
    let mut all = Vec::new();
    for (_, definition) in crate::api::schema::custom_resource_definitions()? {
        let mut object = serde_json::to_value(definition)?;
        let Some(name) = object.pointer("/metadata/name").and_then(|name| name.as_str()).map(str::to_owned)
        else {
            continue;
        };
        if let Some(metadata) = object.get_mut("metadata").and_then(|metadata| metadata.as_object_mut()) {
            metadata.insert(
                "labels".to_owned(),
                serde_json::json!({
                    (labels::NAME): labels::NAME_VALUE,
                    (labels::MANAGED_BY): labels::MANAGED_BY_VALUE,
                }),
            );
        }
        let reference = Reference { kind: Kind::CustomResourceDefinition, namespace: String::new(), name };
        all.push((reference, object));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn backup(more: serde_json::Value) -> DynamicObject {
        let mut value = json!({"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jBackup",
            "metadata": {"name": "nightly", "namespace": "shop"}});
        for (key, item) in more.as_object().unwrap() {
            value[key] = item.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    fn name() -> SpecName {
        SpecName { kind: "Neo4jBackup", namespace: "shop".to_owned(), name: "nightly".to_owned() }
    }

    #[test]
    fn a_backup_that_nobody_acts_on_is_no_rival() {
        let mut found = Operators::default();
        found.note(OUR_GROUP, false, &backup(json!({})));
        assert_eq!(found.acting_on(&name()), None);
        assert!(!found.act_on_our_kinds());
    }

    #[test]
    fn a_finalizer_a_status_or_the_operators_definitions_show_that_somebody_acts() {
        for (foreign, more, sign) in [
            (
                false,
                json!({"metadata": {"name": "nightly", "namespace": "shop", "finalizers": ["neo4j.com/backup-finalizer"]}}),
                "it carries the operator's finalizer",
            ),
            (false, json!({"status": {"phase": "Running"}}), "it has a status, which somebody writes"),
            (true, json!({}), "the definitions of an operator are installed"),
        ] {
            let mut found = Operators::default();
            found.note(OUR_GROUP, foreign, &backup(more));
            let acting = found.acting_on(&name()).unwrap();
            assert_eq!(acting.sign, sign);
            assert_eq!(acting.resource, "neo4jbackups.neo4j.neo4j.com");
        }
    }

    #[test]
    fn our_group_is_foreign_with_anything_that_is_not_ours() {
        let group = |versions: &[&str], resources: &[&str]| Group {
            name: OUR_GROUP,
            versions: versions.iter().map(|text| (*text).to_owned()).collect(),
            resources: resources.iter().map(|text| (*text).to_owned()).collect(),
            backups: None,
        };
        assert!(!group(&["v1alpha1"], &["neo4jbackups", "neo4jrestores"]).is_foreign());
        assert!(group(&["v1alpha1"], &["neo4jbackups", "neo4jenterpriseclusters"]).is_foreign());
        assert!(group(&["v1beta1", "v1alpha1"], &["neo4jbackups"]).is_foreign());
    }

    #[test]
    fn a_definition_of_ours_is_told_by_its_manager_or_its_content() {
        let (_, wanted) = definitions().unwrap().remove(0);
        let mut installed = wanted.clone();
        // What the server adds.
        installed["spec"]["conversion"] = json!({"strategy": "None"});
        installed["metadata"] = json!({"name": "neo4jbackups.neo4j.neo4j.com"});
        let live: DynamicObject = serde_json::from_value(installed.clone()).unwrap();
        assert_eq!(definition(&live, &wanted), Definition::Same);

        installed["spec"]["versions"][0]["name"] = json!("v1beta1");
        let live: DynamicObject = serde_json::from_value(installed.clone()).unwrap();
        assert_eq!(definition(&live, &wanted), Definition::Foreign);

        installed["metadata"]["managedFields"] = json!([{"manager": "neo4j-backup", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}}]);
        let live: DynamicObject = serde_json::from_value(installed).unwrap();
        assert_eq!(definition(&live, &wanted), Definition::Ours);
    }
}
