//! The way back to the spec leads where it says.

use super::super::provenance::Token;
use super::super::{Detail, backup, restore};
use super::objects::rendered;
use super::plans;

#[test]
fn every_pointer_leads_to_something_in_its_object() {
    for (name, plan) in plans::all() {
        for item in rendered(&plan, Detail::Provenance) {
            let json = serde_json::to_value(&item.object).unwrap();
            let mut count = 0;
            for (pointer, origin) in item.provenance.iter() {
                count += 1;
                assert!(json.pointer(pointer).is_some(), "{name}: {pointer}");
                assert!(origin.field.starts_with("spec.") || origin.field.starts_with("metadata."));
            }
            assert!(count > 0, "{name}");
        }
    }
}

#[test]
fn the_field_of_an_argument_is_found() {
    let items = backup::objects(&plans::scheduled_claim(), Detail::Provenance);
    let cron_job = items.last().unwrap();
    let json = serde_json::to_value(&cron_job.object).unwrap();
    let backup = "/spec/jobTemplate/spec/template/spec/initContainers/0";
    assert_eq!(json.pointer(&format!("{backup}/args/3")).unwrap(), "--type=FULL");
    for (pointer, field) in [
        (format!("{backup}/args/3"), Some("spec.options.backupType")),
        (format!("{backup}/args/2"), None),
        (format!("{backup}/args/33"), None),
        (format!("{backup}/resources/limits/memory"), Some("spec.job.resources")),
        ("/spec/schedule".into(), Some("spec.schedule")),
        ("/spec/failedJobsHistoryLimit".into(), None),
        (
            "/spec/jobTemplate/spec/template/spec/volumes/4/persistentVolumeClaim/claimName".into(),
            Some("spec.storage.pvc.name"),
        ),
        ("/metadata/name".into(), Some("metadata.name")),
        ("/metadata/nam".into(), None),
    ] {
        assert_eq!(cron_job.provenance.origin(&pointer).map(|origin| origin.field), field, "{pointer}");
    }
    let spec = cron_job.provenance.origin("/spec/schedule").unwrap().spec;
    assert_eq!((spec.kind, spec.namespace.as_str(), spec.name.as_str()), ("Neo4jBackup", "neo4j", "daily"));
}

#[test]
fn the_field_of_a_hook_is_found() {
    let items = restore::objects(&plans::restore_hooks(), Detail::Provenance);
    let field = |index: usize, pointer: &str| {
        items[index].provenance.origin(pointer).map(|origin| origin.field.to_owned())
    };
    let hook = "spec.options.preRestore.job";
    let container = "/spec/template/spec/containers/0";
    assert_eq!(field(1, &format!("{container}/image")), Some(format!("{hook}.template.container.image")));
    assert_eq!(
        field(1, &format!("{container}/env/2/valueFrom")),
        Some(format!("{hook}.template.container.env[2]"))
    );
    assert_eq!(field(1, "/spec/backoffLimit"), Some(format!("{hook}.template.backoffLimit")));
    assert_eq!(field(1, "/spec/template/spec/activeDeadlineSeconds"), Some(format!("{hook}.timeout")));
    assert_eq!(field(2, "/spec/template/spec/activeDeadlineSeconds"), Some("spec.timeout".into()));
    assert_eq!(field(2, &format!("{container}/image")), Some("spec.targetCluster".into()));
}

#[test]
fn objects_are_the_same_without_it() {
    for (name, plan) in plans::all() {
        let with = rendered(&plan, Detail::Provenance);
        let without = rendered(&plan, Detail::Objects);
        assert!(without.iter().all(|item| item.provenance.iter().next().is_none()), "{name}");
        let objects = |items: Vec<super::super::Rendered>| -> Vec<super::super::Object> {
            items.into_iter().map(|item| item.object).collect()
        };
        assert_eq!(objects(with), objects(without), "{name}");
    }
}

#[test]
fn keys_are_escaped_as_json_pointers_ask() {
    for (key, token) in [("a/b", "a~1b"), ("a~b", "a~0b"), ("~/", "~0~1"), ("", ""), ("plain", "plain")] {
        assert_eq!(Token(key).to_string(), token);
    }
}
