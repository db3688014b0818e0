//! Every code is raised by a test: a code that nothing raises explains nothing to anybody.

use neo4j_backup::bundle::{Bundle, Wanted};
use neo4j_backup::diagnostics::ALL;
use neo4j_backup::input;
use neo4j_backup::rules::Context;

use crate::support::files;

#[test]
fn every_code_stands_in_a_test() {
    let mut tests = String::new();
    for file in files("tests", "").into_iter().chain(files("src", ".rs")) {
        let path = file.to_string_lossy().into_owned();
        if path.contains("/tests/") || path.ends_with("tests.rs") {
            tests.push_str(&std::fs::read_to_string(&file).unwrap_or_default());
        }
    }
    let untested: Vec<String> = ALL
        .iter()
        .map(|definition| definition.code.to_string())
        .filter(|code| !tests.contains(code))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn what_no_rule_objects_to_and_cannot_be_planned_is_not_left_out_silently() {
    // The rules would refuse this spec; here they are not asked, as if one of them had a gap: NB701.
    let text = "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {name: a, namespace: graph}\nspec: {storage: {type: pvc}}\n";
    let source = input::sources::Source {
        name: std::sync::Arc::new(input::sources::SourceName::new("a.yaml")),
        origin: input::sources::Origin::Stdin,
        targets_only: false,
    };
    let loaded = input::load(&[source], text.as_bytes()).unwrap();
    let options = crate::pipeline::options();
    let context = Context::new(&loaded.documents, &options);
    let found = Bundle::new(&context, Wanted::All).findings();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].definition.code.to_string(), "NB701");
}
