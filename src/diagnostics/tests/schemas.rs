//! Every machine format against its own schema: see `tests/schemas/README.md`.

use std::path::Path;

use serde_json::{Value, json};

use super::fixture::{Texts, report};
use super::renderers::{PLAIN, rendered};
use super::xsd::Xsd;
use crate::diagnostics::{ALL, Diagnostic, Format, NoSources, Options, Place, Report};

/// A pattern of SARIF's published schema that is no regular expression (of a language tag, which
/// we never write).
const NO_EXPRESSION: &str = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The reports that every format must render by its schema: the fixture, nothing, and one finding
/// of each code.
fn outputs(format: Format) -> Vec<String> {
    let texts = Texts::new();
    let each_code =
        ALL.iter().map(|definition| Diagnostic::new(definition, Place::file("a.yaml"), "message"));
    let all = Report { diagnostics: each_code.collect(), documents: 1, ..Report::default() };
    vec![
        rendered(format, &report(&texts), &texts, &PLAIN),
        rendered(format, &report(&texts), &NoSources, &Options { strict: true, ..PLAIN }),
        rendered(format, &Report::default(), &NoSources, &PLAIN),
        rendered(format, &all, &NoSources, &PLAIN),
    ]
}

fn problems(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn hold(schema_path: &str, format: Format) -> Value {
    let text = read(schema_path).replace(NO_EXPRESSION, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    for output in outputs(format) {
        let instance: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(problems(&schema, &instance), Vec::<String>::new(), "{format}");
    }
    schema
}

#[test]
fn json_follows_its_published_schema() {
    let schema = hold("docs/schema/findings-v1.json", Format::Json);
    let mut instance: Value = serde_json::from_str(&outputs(Format::Json)[0]).unwrap();
    for (pointer, wrong) in [
        ("/schemaVersion", json!("2")),
        ("/findings/0/code", json!("NB1")),
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/line", json!(0)),
        ("/findings/0/extra", json!(1)),
    ] {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let before = instance.clone();
        instance.pointer_mut(parent).unwrap()[key] = wrong;
        assert_ne!(problems(&schema, &instance), Vec::<String>::new(), "{pointer} is not checked");
        instance = before;
    }
}

#[test]
fn the_published_schema_is_closed_and_explained() {
    fn walk(schema: &Value, path: &str) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            assert_eq!(schema.get("additionalProperties"), Some(&json!(false)), "{path}");
            let required: Vec<_> = schema["required"].as_array().unwrap().iter().collect();
            for (name, property) in properties {
                assert!(required.iter().any(|one| *one == name), "{path}/{name} may be absent");
                assert!(property.get("description").is_some(), "{path}/{name} is not explained");
            }
        }
        match schema {
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"))),
            Value::Array(list) => list.iter().for_each(|value| walk(value, path)),
            _ => {}
        }
    }
    walk(&serde_json::from_str(&read("docs/schema/findings-v1.json")).unwrap(), "");
}

#[test]
fn sarif_follows_the_standards_schema() {
    hold("tests/schemas/sarif-2.1.0.json", Format::Sarif);
    let log: Value = serde_json::from_str(&outputs(Format::Sarif)[0]).unwrap();
    let run = &log["runs"][0];
    // What the schema cannot say: an index must point to the rule of that name.
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
}

#[test]
fn gitlab_follows_the_documented_keys() {
    hold("tests/schemas/gitlab-code-quality.json", Format::Gitlab);
}

#[test]
fn junit_follows_the_xsd() {
    let text = read("tests/schemas/junit-10.xsd");
    let xsd = Xsd::parse(&text);
    for output in outputs(Format::Junit) {
        assert_eq!(xsd.problems(&output), Vec::<String>::new(), "{output}");
    }
    for (right, wrong) in
        [("<testcase ", "<case "), (" name=", " nick="), ("<testsuite ", "<testsuite colour=\"1\" ")]
    {
        let broken = outputs(Format::Junit)[0].replacen(right, wrong, 2);
        assert_ne!(xsd.problems(&broken), Vec::<String>::new(), "{wrong} is not noticed");
    }
}

#[test]
fn junit_counts_what_it_holds() {
    let output = &outputs(Format::Junit)[0];
    let document = roxmltree::Document::parse(output).unwrap();
    let count = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.descendants().filter(|n| n.has_tag_name(name)).count()
    };
    for node in document.descendants().filter(|n| n.has_tag_name("testsuites") || n.has_tag_name("testsuite"))
    {
        assert_eq!(node.attribute("tests").unwrap(), count(node, "testcase").to_string());
        assert_eq!(node.attribute("failures").unwrap(), count(node, "failure").to_string());
    }
}
