use crate::input::decode::decode;
use crate::input::yaml;

use super::{Dialect, Outcome, Settings, convert, rewrite};

fn parse(text: &str) -> yaml::Node<'_> {
    let parsed = yaml::parse(text, &yaml::Limits::default());
    parsed.root.unwrap_or_else(|| panic!("{:?}\n{text}", parsed.problems))
}

fn value(text: &str) -> serde_json::Value {
    decode(&parse(text)).unwrap()
}

fn rewritten(text: &str) -> String {
    rewrite(text, &parse(text))
}

/// Converts to a language; the documents and the codes with their fields.
fn to(text: &str, to: Dialect) -> (Vec<String>, Vec<String>) {
    let settings = Settings { to, from: None, name: None, target: None, namespace: None };
    match convert(text, &parse(text), &settings) {
        Outcome::Converted { documents, findings } => {
            let told =
                findings.iter().map(|finding| format!("{} {}", finding.definition.code, finding.field));
            (documents, told.collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_keeps_its_values_its_order_and_its_comments() {
    let text = "\
# at the top
apiVersion: v1   # after a value

# before a key
metadata: # after a key
  # first of a block
  name: \"quoted\"   # after quotes
  labels: {a: b, c: 'd'} # after braces
  # last of a block

list: # of things
  # before an item
  - one # first
  - two
  # below the items
  - name: x
    # inside an item
    value: 'it''s # no comment'
block: | # after the mark
  text # not a comment
   indented

end: yes
# at the end
";
    let expected = "\
# at the top
apiVersion: v1  # after a value

# before a key
metadata:  # after a key
  # first of a block
  name: \"quoted\"  # after quotes
  labels: {a: b, c: 'd'}  # after braces
  # last of a block

list:  # of things
  # before an item
  - one  # first
  - two
  # below the items
  - name: x
    # inside an item
    value: 'it''s # no comment'
block: |
  text # not a comment
   indented

end: yes
# at the end
";
    let out = rewritten(text);
    assert_eq!(out, expected);
    assert_eq!(value(&out), value(text));
    assert_eq!(rewritten(&out), out, "written again, it stays");
}

#[test]
fn every_way_to_write_a_value_keeps_it() {
    for text in [
        "a: \"x\\ny\\u0007\"\n",
        "a: 'multi\n  line'\n",
        "a: plain over\n  two lines\n",
        "a: >-\n  folded\n  text\n\n  more\n",
        "a: |+\n  keep\n\n\nb: 1\n",
        "a: |2\n   leading space\n",
        "a: |\n\n  blank first\n",
        "a: []\nb: {}\nc: ~\nd:\ne: null\n",
        "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n",
        "a: [1, [2, {b: c}], 'x, y']\n",
        "? a\n: b\n",
        "\"quoted key\": 1\n'other # key': 2\n",
        "a: 0777\nb: 1_000\nc: 1e3\nd: .5\ne: 012\n",
        "a: '{not: flow}'\nb: \"- x\"\nc: '# x'\n",
        "a:\n- b\n-\n  - c\n  - d\n- - e\n  - f: 1\n    g: 2\n",
        "{\"a\": {\"b\": [1, 2, {\"c\": \"d\"}]}}\n",
        "a: é # ü\nb: \"\\x85\"\n",
        "a: b\r\nc:\r\n  - d\r\n  # e\r\n  - f\r\n",
    ] {
        let out = rewritten(text);
        assert_eq!(value(&out), value(text), "{text}\n---\n{out}");
        assert_eq!(rewritten(&out), out, "{text}");
    }
}

const BACKUP: &str = "\
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {name: nightly, namespace: graph}
spec:
  target: {kind: Cluster, name: prod}
  storage: {type: s3, bucket: b, cloud: {region: eu-central-1}}
";

fn with(fields: &str) -> String {
    format!("{BACKUP}{fields}")
}

#[test]
fn what_would_be_another_backup_is_refused_and_nothing_is_written() {
    for (fields, languages) in [
        ("  schedule: \"0 2 * * *\"\n  timeZone: Europe/Berlin\n", "spec.timeZone"),
        ("  method: Export\n", "spec.method"),
    ] {
        for language in [Dialect::OperatorV1alpha1, Dialect::V1beta1, Dialect::Official] {
            let (documents, told) = to(&with(fields), language);
            assert_eq!(documents.len(), 0);
            assert!(told.contains(&format!("NB765 {languages}")), "{told:?}");
        }
    }
    for (target, field) in [
        ("{kind: Cluster, name: prod, databases: [a, b]}", "spec.target.databases"),
        ("{kind: Cluster, name: prod, namespace: other}", "spec.target.namespace"),
    ] {
        let text = BACKUP.replace("{kind: Cluster, name: prod}", target);
        let (documents, told) = to(&text, Dialect::V1beta1);
        assert_eq!(documents.len(), 0);
        assert!(told.contains(&format!("NB765 {field}")), "{told:?}");
    }
    let incremental = with("  schedule: \"@daily\"\n  options: {backupType: DIFF}\n");
    assert!(to(&incremental, Dialect::Official).1.contains(&"NB765 spec.options.backupType".to_owned()));
    let azure = BACKUP.replace("type: s3", "type: azure").replace("region: eu-central-1", "provider: azure");
    assert!(to(&azure, Dialect::Official).1.contains(&"NB765 spec.storage.cloud.storageAccount".to_owned()));
}

#[test]
fn a_field_that_we_do_not_have_is_an_error_and_one_that_they_do_not_have_is_dropped() {
    let (documents, told) = to(&with("  retenton: {maxAge: 7d}\n"), Dialect::V1beta1);
    assert!(documents.is_empty());
    assert!(told.contains(&"NB760 spec.retenton".to_owned()), "{told:?}");
    let theirs = "\
apiVersion: neo4j.neo4j.com/v1beta1
kind: Neo4jBackup
metadata: {name: nightly}
spec:
  instanceRef: prod
  database: orders
  clusterName: prod
  storage: {type: pvc, pvc: {name: backups}}
";
    let (documents, told) = to(theirs, Dialect::V1alpha1);
    assert_eq!(documents.len(), 1);
    assert!(told.contains(&"NB760 spec.clusterName".to_owned()), "{told:?}");
    assert!(!documents[0].contains("clusterName"));
}

#[test]
fn defaults_that_differ_are_written_out() {
    let (documents, told) = to(BACKUP, Dialect::V1beta1);
    assert!(documents[0].contains("backupType: FULL"), "{documents:?}");
    assert!(documents[0].contains("cloud: {") || documents[0].contains("provider: aws"), "{documents:?}");
    assert!(told.contains(&"NB764 spec.options.backupType".to_owned()), "{told:?}");
    assert!(told.contains(&"NB761 spec.storage.cloud.region".to_owned()), "{told:?}");
    let settings = Settings {
        to: Dialect::V1alpha1,
        from: Some(Dialect::OperatorV1alpha1),
        name: None,
        target: None,
        namespace: None,
    };
    let Outcome::Converted { documents, .. } = convert(BACKUP, &parse(BACKUP), &settings) else {
        panic!("nothing is converted")
    };
    assert!(documents[0].contains("backupType: AUTO"), "{documents:?}");
}

#[test]
fn ages_become_what_the_other_language_can_say() {
    for (age, days) in [("2w", "keepDays: 14"), ("7d", "keepDays: 7"), ("48h", "keepDays: 2")] {
        let text = with(&format!("  schedule: \"@daily\"\n  retention: {{maxAge: {age}}}\n"));
        let (documents, told) = to(&text, Dialect::Official);
        assert!(documents[0].contains(days), "{documents:?}");
        assert!(told.contains(&"NB768 spec.retention.maxAge".to_owned()), "{told:?}");
    }
    let (documents, told) =
        to(&with("  schedule: \"@daily\"\n  retention: {maxAge: 90m}\n"), Dialect::Official);
    assert!(!documents[0].contains("keepDays"), "{documents:?}");
    assert!(told.contains(&"NB761 spec.retention.maxAge".to_owned()), "{told:?}");
    let (documents, _) = to(&with("  retention: {maxAge: 2w}\n"), Dialect::V1beta1);
    assert!(documents[0].contains("maxAge: 14d"), "{documents:?}");
}

#[test]
fn a_schema_line_of_ours_does_not_go_along() {
    let text = format!("# yaml-language-server: $schema=../docs/schema/neo4jbackup.json\n# kept\n{BACKUP}");
    let (documents, _) = to(&text, Dialect::V1beta1);
    assert!(documents[0].starts_with("# kept\napiVersion: neo4j.neo4j.com/v1beta1\n"), "{documents:?}");
}

/// Every leaf of the schema, one at a time in an otherwise small spec, in every language: whoever adds a field adds
/// its rows.
#[test]
fn no_field_of_ours_is_unknown_to_a_table() {
    use crate::api::shape::{self, Shape};
    use crate::input::field;

    fn leaves(shape: &Shape, path: &str, into: &mut Vec<(String, serde_json::Value)>) {
        match shape {
            Shape::Object(fields) => {
                for known in *fields {
                    leaves(known.shape, &field::key(path, known.name), into);
                }
            }
            Shape::Map(_) => into.push((path.to_owned(), serde_json::json!({"key": "value"}))),
            Shape::List { .. } => into.push((path.to_owned(), serde_json::json!(["value"]))),
            Shape::Choice(choices) => into.push((path.to_owned(), serde_json::json!(choices.first()))),
            Shape::Integer { .. } => into.push((path.to_owned(), serde_json::json!(1))),
            Shape::Boolean => into.push((path.to_owned(), serde_json::json!(true))),
            _ => into.push((path.to_owned(), serde_json::json!("value"))),
        }
    }
    fn put(value: &mut serde_json::Value, path: &str, leaf: &serde_json::Value) {
        let mut at = value;
        for step in field::steps(path) {
            let field::Step::Key(key) = step else { panic!("{path}") };
            at = &mut at[key.as_ref()];
        }
        *at = leaf.clone();
    }
    let smallest = [
        (
            "Neo4jBackup",
            serde_json::json!({"target": {"kind": "Cluster", "name": "prod"}, "storage": {"type": "s3", "bucket": "b"}}),
        ),
        (
            "Neo4jRestore",
            serde_json::json!({"targetCluster": "prod", "databaseName": "neo4j", "source": {"type": "storage", "storage": {"type": "s3", "bucket": "b"}}}),
        ),
    ];
    let mut tried = 0;
    for (kind, spec) in smallest {
        let mut all = Vec::new();
        leaves(shape::of_kind(kind).unwrap(), "spec", &mut all);
        for (path, leaf) in all {
            for language in [Dialect::OperatorV1alpha1, Dialect::V1beta1, Dialect::Official] {
                let mut document = serde_json::json!({
                    "apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": kind, "metadata": {"name": "a"}, "spec": spec,
                });
                put(&mut document, &path, &leaf);
                if path.contains(".pitr.") {
                    put(&mut document, "spec.source.type", &serde_json::json!("pitr"));
                }
                let text = serde_json::to_string_pretty(&document).unwrap();
                let (documents, told) = to(&text, language);
                assert!(!told.iter().any(|told| told.starts_with("NB760")), "{language:?} {path}: {told:?}");
                if documents.is_empty() {
                    assert!(
                        told.iter().any(|told| told.starts_with("NB765") || told.starts_with("NB102")),
                        "{path}: {told:?}"
                    );
                    continue;
                }
                // What became of it: a finding at it or above it, or a value that came along.
                let at = |told: &String| {
                    let field = told.split_once(' ').map_or("", |(_, field)| field);
                    path == field
                        || path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'))
                        || field.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
                };
                let mut without = document.clone();
                put(&mut without, &path, &serde_json::Value::Null);
                let plain = to(&serde_json::to_string_pretty(&without).unwrap(), language).0;
                assert!(
                    told.iter().any(at) || plain != documents,
                    "{language:?} {path} went nowhere: {told:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 400, "{tried}");
}
