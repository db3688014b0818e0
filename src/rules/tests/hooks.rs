//! 640 to 654.

use super::harness_restores::{findings, findings_with, has, lacks, restore};
use crate::rules::Options;

const SOURCE: &str =
    "{type: s3, storage: {type: s3, bucket: artifacts}, backupPath: people-2026-10-05T02-00-00.backup}";
const PRE: &str = "spec.options.preRestore.cypherStatements";
const POST: &str = "spec.options.postRestore.cypherStatements";

fn with(target: &str, options: &str) -> Vec<String> {
    findings(&restore(target, SOURCE, &format!("options: {options}")))
}

fn after(statement: &str) -> Vec<String> {
    with("new", &format!("{{replaceExisting: true, postRestore: {{cypherStatements: [{statement}]}}}}"))
}

fn container(container: &str) -> Vec<String> {
    with("new", &format!("{{postRestore: {{job: {{template: {{container: {container}}}}}}}}}"))
}

fn variables(env: &str) -> Vec<String> {
    container(&format!("{{image: 'tool:1', env: {env}}}"))
}

#[test]
fn cypher_needs_credentials() {
    has(&with("chart", "{}"), "NB640", "warning", "spec.targetCluster");
    has(&with("chart", "{postRestore: {cypherStatements: [RETURN 1]}}"), "NB640", "warning", POST);
    let rendering = Options { rendering_restores: true, ..Options::default() };
    has(&findings_with(&restore("chart", SOURCE, ""), &rendering), "NB640", "error", "spec.targetCluster");
    lacks(&with("new", "{postRestore: {cypherStatements: [RETURN 1]}}"), "NB640");
    // Stopped, with no statement, nothing asks for Cypher from a Job.
    lacks(&findings(&restore("chart", SOURCE, "stopCluster: true")), "NB640");
}

#[test]
fn a_statement_is_closed() {
    has(&after("\"RETURN 'a\""), "NB641", "error", &format!("{POST}[0]"));
    lacks(&after("\"RETURN 'a'\""), "NB641");
}

#[test]
fn a_hook_that_does_nothing_is_told() {
    has(&after("'// later'"), "NB642", "warning", &format!("{POST}[0]"));
    has(&with("new", "{postRestore: {}}"), "NB642", "warning", "spec.options.postRestore");
    has(&with("new", "{postRestore: {cypherStatements: []}}"), "NB642", "warning", POST);
    lacks(&after("RETURN 1"), "NB642");
}

#[test]
fn one_item_is_one_statement() {
    has(&after("RETURN 1; RETURN 2"), "NB643", "notice", &format!("{POST}[0]"));
    // cypher-shell takes a semicolon at the end.
    lacks(&after("RETURN 1;"), "NB643");
}

#[test]
fn a_shell_command_ends_with_its_item() {
    has(&after("':param x => 1', RETURN $x"), "NB644", "warning", &format!("{POST}[0]"));
    lacks(&after("MATCH (n:Label) RETURN n"), "NB644");
}

#[test]
fn statements_before_the_restore_need_the_database() {
    let pre = |rest: &str| format!("{{{rest}preRestore: {{cypherStatements: [CALL db.checkpoint()]}}}}");
    has(&with("new", &pre("")), "NB645", "error", PRE);
    let replacing = with("new", &pre("replaceExisting: true, "));
    lacks(&replacing, "NB645");
    has(&replacing, "NB646", "notice", PRE);
    // On a stopped cluster the database is there until it is dropped.
    let seeder = findings(&restore("new", SOURCE, &format!("stopCluster: true\noptions: {}", pre(""))));
    lacks(&seeder, "NB645");
    has(&seeder, "NB646", "notice", PRE);
    lacks(&after("RETURN 1"), "NB646");
}

#[test]
fn a_variable_has_one_source() {
    let field = "spec.options.postRestore.job.template.container.env[0]";
    let key = "{name: keys, key: a}";
    for wrong in [
        format!("[{{name: A, value: b, valueFrom: {{secretKeyRef: {key}}}}}]"),
        format!("[{{name: A, valueFrom: {{secretKeyRef: {key}, configMapKeyRef: {key}}}}}]"),
        "[{name: A, valueFrom: {}}]".to_owned(),
    ] {
        has(&variables(&wrong), "NB650", "error", &format!("{field}.valueFrom"));
    }
    has(&variables("[{name: A}]"), "NB650", "notice", &format!("{field}.name"));
    lacks(
        &variables(&format!("[{{name: A, valueFrom: {{secretKeyRef: {key}}}}}, {{name: B, value: c}}]")),
        "NB650",
    );
}

#[test]
fn a_variable_is_given_once() {
    let field = "spec.options.postRestore.job.template.container.env[2].name";
    has(
        &variables("[{name: A, value: b}, {name: B, value: b}, {name: A, value: c}]"),
        "NB651",
        "error",
        field,
    );
    lacks(&variables("[{name: A, value: b}, {name: a, value: c}]"), "NB651");
}

#[test]
fn an_address_names_a_service_that_exists() {
    let field = "spec.options.postRestore.job.template.container.env[0].value";
    let address = |address: &str| variables(&format!("[{{name: NEO4J_URI, value: '{address}'}}]"));
    for wrong in ["neo4j://new:7687", "bolt+s://new.prod.svc.cluster.local", "neo4j://new-server:7687/x"] {
        has(&address(wrong), "NB652", "warning", field);
    }
    for right in [
        "neo4j://new-client:7687",
        "neo4j+ssc://new-client.prod.svc.cluster.local:7687",
        "bolt://new-server-0.new-headless.prod.svc:7687",
        "neo4j://new.other.svc:7687",
        "neo4j://graph.example.com",
        "neo4j://newer:7687",
        "https://new",
        "new",
    ] {
        lacks(&address(right), "NB652");
    }
    let helm = |address: &str| {
        let env = format!("[{{name: NEO4J_URI, value: '{address}'}}]");
        with(
            "chart",
            &format!(
                "{{postRestore: {{job: {{template: {{container: {{image: 'tool:1', env: {env}}}}}}}}}}}"
            ),
        )
    };
    lacks(&helm("neo4j://chart:7687"), "NB652");
    has(&helm("neo4j://chart-client:7687"), "NB652", "warning", field);
}

#[test]
fn an_image_has_a_version() {
    let field = "spec.options.postRestore.job.template.container.image";
    let digest = "a".repeat(64);
    has(&container("{image: 'team/tool:latest'}"), "NB653", "warning", field);
    has(&container("{image: team/tool}"), "NB653", "warning", field);
    lacks(&container("{image: 'team/tool:1.2'}"), "NB653");
    lacks(&container(&format!("{{image: 'team/tool@sha256:{digest}'}}")), "NB653");
    has(&container("{image: 'Team/Tool:1'}"), "NB654", "error", field);
    lacks(&container("{image: 'team/tool:1'}"), "NB654");
}

#[test]
fn a_statement_is_no_option_of_the_shell() {
    let hook = |statement: &str| {
        let lines = format!("options: {{postRestore: {{cypherStatements: ['{statement}']}}}}");
        findings(&restore(
            "new-one",
            "{type: s3, backupPath: people-2026-01-01T00-00-00.backup, storage: {type: s3, bucket: artifacts, path: one}}",
            &lines,
        ))
    };
    has(&hook("-weird"), "NB647", "error", "spec.options.postRestore.cypherStatements[0]");
    lacks(&hook("RETURN -1"), "NB647");
}
