//! The texts: whole outputs, and what every reader makes of them.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::PrettyFormatter;

use super::super::document::{Format, Stream, write_all};
use super::super::{Object, backup};
use super::objects::objects;
use super::plans::{self, Plan};
use crate::plan::Argument;

fn text(objects: &[Object], format: Format) -> String {
    let mut bytes = Vec::new();
    write_all(objects, format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn parse_yaml(text: &str) -> Vec<Value> {
    serde_yaml::from_multiple(text).unwrap()
}

fn as_json(objects: &[Object]) -> Vec<Value> {
    objects.iter().map(|object| serde_json::to_value(object).unwrap()).collect()
}

/// A list as one value, to hold the streamed one against.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: &'a [Object],
}

#[test]
fn every_object_begins_with_what_it_is() {
    for (name, plan) in plans::all() {
        for object in objects(&plan) {
            let text = text(std::slice::from_ref(&object), Format::Yaml);
            let keys: Vec<&str> = text.lines().filter(|line| !line.starts_with([' ', '-'])).take(3).collect();
            let expected = [
                format!("apiVersion: {}", object.api_version()),
                format!("kind: {}", object.kind()),
                "metadata:".to_owned(),
            ];
            assert_eq!(keys, expected, "{name}");
        }
    }
}

#[test]
fn an_object_says_what_its_type_says() {
    for (name, plan) in plans::all() {
        for object in objects(&plan) {
            let typed = match &object {
                Object::ServiceAccount(account) => serde_json::to_value(account),
                Object::ConfigMap(config_map) => serde_json::to_value(config_map),
                Object::PersistentVolumeClaim(claim) => serde_json::to_value(claim),
                Object::Job(job) => serde_json::to_value(job),
                Object::CronJob(cron_job) => serde_json::to_value(cron_job),
            };
            assert_eq!(serde_json::to_value(&object).unwrap(), typed.unwrap(), "{name}");
        }
    }
}

#[test]
fn whole_outputs() {
    for (name, plan) in plans::all() {
        insta::assert_snapshot!(name, text(&objects(&plan), Format::Yaml));
    }
}

#[test]
fn json_is_an_object_or_a_list() {
    let all = objects(&Plan::Backup(Box::new(plans::scheduled_claim())));
    let one = text(&all[1..2], Format::Json);
    insta::assert_snapshot!("claim_json", one);
    assert_eq!(serde_json::from_str::<Value>(&one).unwrap(), as_json(&all)[1]);

    let several = text(&all, Format::Json);
    let list: Value = serde_json::from_str(&several).unwrap();
    assert_eq!(list["kind"], "List");
    assert_eq!(list["apiVersion"], "v1");
    assert_eq!(list["items"], Value::Array(as_json(&all)));
    let list = List { api_version: "v1", kind: "List", items: &all };
    let mut whole = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    list.serialize(&mut serde_json::Serializer::with_formatter(&mut whole, formatter)).unwrap();
    whole.push(b'\n');
    assert_eq!(several, String::from_utf8(whole).unwrap(), "streamed or whole, the list is the same text");

    let none: Value = serde_json::from_str(&text(&[], Format::Json)).unwrap();
    assert_eq!(none["items"], Value::Array(Vec::new()));
}

#[test]
fn yaml_parses_back_to_the_same_objects() {
    for (name, plan) in plans::all() {
        let objects = objects(&plan);
        assert_eq!(parse_yaml(&text(&objects, Format::Yaml)), as_json(&objects), "{name}");
    }
    assert_eq!(text(&[], Format::Yaml), "");
}

#[test]
fn nothing_empty_and_no_status_is_written() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Object(map) => {
                assert!(!map.is_empty() || path.ends_with("/emptyDir"), "{path} is empty");
                for (key, value) in map {
                    assert!(key != "status" || path.contains("onPodConditions"), "{path}");
                    assert!(key != "creationTimestamp" && key != "ownerReferences", "{path}");
                    walk(value, &format!("{path}/{key}"));
                }
            }
            Value::Array(items) => {
                assert!(!items.is_empty(), "{path} is empty");
                for item in items {
                    walk(item, &format!("{path}/0"));
                }
            }
            Value::Null => panic!("{path} is null"),
            _ => {}
        }
    }
    for (name, plan) in plans::all() {
        for value in as_json(&objects(&plan)) {
            walk(&value, name);
        }
    }
}

#[test]
fn no_string_is_folded_and_no_flow_style_is_used_but_for_empty_folders() {
    for (name, plan) in plans::all() {
        let text = text(&objects(&plan), Format::Yaml);
        assert!(!text.contains(">-") && !text.contains(": >"), "{name}");
        for line in text.lines() {
            let braces = line.contains('{') && !line.contains("emptyDir: {}") && !line.contains("seedURI");
            assert!(!braces || line.contains('"') || line.contains('\''), "{name}: {line}");
        }
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}");
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for ((name, one), (_, other)) in plans::all().into_iter().zip(plans::all()) {
        for format in [Format::Yaml, Format::Json] {
            let first = text(&objects(&one), format);
            let other = std::thread::scope(|scope| scope.spawn(|| text(&objects(&other), format)).join());
            assert_eq!(first, other.unwrap(), "{name}");
        }
    }
}

#[test]
fn texts_made_elsewhere_give_the_same_stream() {
    let objects = objects(&Plan::Backup(Box::new(plans::scheduled_claim())));
    for format in [Format::Yaml, Format::Json] {
        let mut bytes = Vec::new();
        let mut stream = Stream::new(&mut bytes, format);
        for object in &objects {
            let mut text = String::new();
            format.append(object, &mut text).unwrap();
            stream.write_text(&text).unwrap();
        }
        stream.finish().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), text(&objects, format));
    }
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let objects = objects(&Plan::Backup(Box::new(plans::s3_one_shot())));
    for format in [Format::Yaml, Format::Json] {
        let error = write_all(&objects, format, &mut Full).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }
}

proptest! {
    #[test]
    fn any_argument_survives_yaml(arguments in prop::collection::vec(any::<String>(), 1..4)) {
        let mut plan = plans::s3_one_shot();
        plan.steps[0].arguments = arguments.iter().map(Argument::fixed).collect();
        plan.pods.annotations.insert("example.com/text".into(), arguments.concat());
        let objects: Vec<Object> = backup::objects(&plan, super::super::Detail::Objects)
            .into_iter()
            .map(|rendered| rendered.object)
            .collect();
        prop_assert_eq!(parse_yaml(&text(&objects, Format::Yaml)), as_json(&objects));
    }
}
