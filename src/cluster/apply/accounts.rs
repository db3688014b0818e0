//! Annotations on accounts that specs share: what a spec no longer wants there, and nothing of another spec's, goes.

use std::collections::BTreeSet;

use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::cluster::desired::Desired;
use crate::cluster::kind::Kind;
use crate::cluster::object::{Reference, concurrently};
use crate::cluster::{Connection, Result, field_manager_of, managed};
use crate::render::{SpecName, labels};

/// The parts by which specs give up what they have on accounts and do not want any more: applied under a spec's own
/// manager, nothing takes away all that the manager owned alone. One request a namespace.
///
/// # Errors
///
/// Whatever the server or the way to it says.
pub async fn released(
    connection: &Connection,
    specs: &[&SpecName],
    desired: &[Desired],
) -> Result<Vec<Desired>> {
    let namespaces: BTreeSet<&str> = specs.iter().map(|spec| spec.namespace.as_str()).collect();
    let selector = format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE);
    let accounts =
        concurrently(namespaces, |namespace| connection.list(Kind::ServiceAccount, namespace, &selector))
            .await?;
    Ok(left_behind(&accounts.concat(), specs, desired))
}

/// What specs own on accounts and do not want there.
pub(in crate::cluster) fn left_behind(
    accounts: &[DynamicObject],
    specs: &[&SpecName],
    desired: &[Desired],
) -> Vec<Desired> {
    let mut parts: Vec<Desired> = Vec::new();
    for account in accounts {
        let reference = Reference {
            kind: Kind::ServiceAccount,
            namespace: account.metadata.namespace.clone().unwrap_or_default(),
            name: account.metadata.name.clone().unwrap_or_default(),
        };
        for spec in specs {
            let manager = field_manager_of(&spec.name);
            let same = |part: &Desired| part.reference == reference && part.manager == manager;
            if spec.namespace == reference.namespace
                && managed::last_applied(&account.metadata, &manager).is_some()
                && !desired.iter().any(same)
                && !parts.iter().any(same)
            {
                parts.push(Desired {
                    object: nothing(&reference),
                    reference: reference.clone(),
                    manager,
                    spec: Some((*spec).clone()),
                    rendered: None,
                });
            }
        }
    }
    parts
}

/// An object without a field of its own.
pub(in crate::cluster) fn nothing(reference: &Reference) -> Value {
    let resource = reference.kind.resource();
    json!({
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {"name": reference.name, "namespace": reference.namespace},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(managers: &[&str]) -> DynamicObject {
        let entries: Vec<Value> = managers
            .iter()
            .map(|manager| json!({"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}}))
            .collect();
        serde_json::from_value(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata":
            {"name": "neo4j-backup-sa", "namespace": "shop", "managedFields": entries}}))
        .unwrap()
    }

    fn spec(name: &str) -> SpecName {
        SpecName { kind: "Neo4jBackup", namespace: "shop".to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_spec_gives_up_its_own_share_and_no_other() {
        let accounts = [account(&["neo4j-backup", "neo4j-backup/a", "neo4j-backup/b"])];
        let (a, c) = (spec("a"), spec("c"));
        let parts = left_behind(&accounts, &[&a, &c], &[]);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].manager, "neo4j-backup/a");
        assert_eq!(parts[0].object["metadata"], json!({"name": "neo4j-backup-sa", "namespace": "shop"}));
        // A spec that still has annotations there gives up nothing.
        assert!(left_behind(&accounts, &[&a], &parts).is_empty());
        // The same name in another namespace is another spec.
        let other = SpecName { namespace: "other".to_owned(), ..a };
        assert!(left_behind(&accounts, &[&other], &[]).is_empty());
    }
}
