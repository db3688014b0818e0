//! What was left in a spec.

use super::harness_restores::{all_findings as findings, backup, has, lacks, restore};

const BUCKET: &str = "{type: s3, bucket: artifacts, path: one, cloud: {region: eu-west-1, identity: {}}}";
const SOURCE: &str = "{type: s3, storage: {type: s3, bucket: artifacts}}";

fn path(text: &str) -> Vec<String> {
    findings(&backup("one", &format!("{{type: s3, bucket: artifacts, path: {text}}}"), ""))
}

fn container(lines: &str) -> Vec<String> {
    let hook = format!("{{image: 'busybox:1.36', {lines}}}");
    findings(&restore(
        "new",
        SOURCE,
        &format!("options: {{preRestore: {{job: {{template: {{container: {hook}}}}}}}}}"),
    ))
}

fn statement(text: &str) -> Vec<String> {
    findings(&restore("new", SOURCE, &format!("options: {{postRestore: {{cypherStatements: [{text}]}}}}")))
}

#[test]
fn placeholders_are_seen_wherever_they_stand() {
    for text in ["<your-bucket>", "a/<Your folder>/b", "CHANGEME", "x-REPLACE_ME", "TODO"] {
        has(&path(&format!("'{text}'")), "NB130", "warning", "spec.storage.path");
    }
    for text in ["a<b", "'<>'", "'<-x>'", "TODOS", "changes", "EXCHANGEMENT"] {
        lacks(&path(text), "NB130");
    }
    let found = findings(&backup("one", BUCKET, "job: {annotations: {'<owner>': x}}"));
    has(&found, "NB130", "warning", "spec.job.annotations[\"<owner>\"]");
}

#[test]
fn a_placeholder_elsewhere_in_the_text_is_not_this_specs() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {key: '<key>'}\n";
    lacks(&findings(&format!("{}---\n{secret}", backup("one", BUCKET, "# <comment>"))), "NB130");
}

#[test]
fn programs_may_compare_and_redirect() {
    lacks(&container("command: [sh, -c, 'cat <input >output']"), "NB130");
    lacks(&statement("'MATCH (n:TODO) WHERE 1 <n.a AND n.b> 2 RETURN n'"), "NB130");
    has(
        &container("command: [sh, -c, 'curl <your-host>']"),
        "NB130",
        "warning",
        "spec.options.preRestore.job.template.container.command[2]",
    );
}

#[test]
fn substitutions_are_refused_but_in_programs() {
    has(&path("'${FOLDER}'"), "NB131", "error", "spec.storage.path");
    has(&path("'a${'"), "NB131", "error", "spec.storage.path");
    lacks(&path("'$FOLDER'"), "NB131");
    lacks(&path("'$(FOLDER)'"), "NB131");
    let at = "spec.options.preRestore.job.template.container";
    has(&container("command: [sh, -c, 'echo ${A}']"), "NB131", "warning", &format!("{at}.command[2]"));
    has(&container("env: [{name: A, value: '${B}'}]"), "NB131", "warning", &format!("{at}.env[0].value"));
    lacks(&container("command: [sh, -c, 'echo $A']"), "NB131");
    has(&statement("'RETURN \"${x}\"'"), "NB131", "warning", "spec.options.postRestore.cypherStatements[0]");
}

#[test]
fn secrets_in_the_open_are_seen_and_never_shown() {
    let at = "spec.options.preRestore.job.template.container";
    for name in ["DB_PASSWORD", "NEO4J_AUTH", "AWS_SECRET_ACCESS_KEY", "token"] {
        let found = container(&format!("env: [{{name: {name}, value: hunter2}}]"));
        has(&found, "NB132", "warning", &format!("{at}.env[0]"));
        assert!(!found.iter().any(|line| line.contains("hunter2")), "{found:#?}");
    }
    for variable in [
        "{name: PASSWORD_FILE, value: /run/secret}",
        "{name: PARTITION_KEY, value: id}",
        "{name: TOKEN, value: ''}",
        "{name: NEO4J_AUTH, value: none}",
        "{name: PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}",
    ] {
        lacks(&container(&format!("env: [{variable}]")), "NB132");
    }
    let found = path("AKIAIOSFODNN7EXAMPLE");
    has(&found, "NB132", "warning", "spec.storage.path");
    assert!(!found.iter().any(|line| line.starts_with("NB132") && line.contains("AKIA")), "{found:#?}");
    lacks(&path("AKIAIOSFODNN7EXAMPL"), "NB132");
}

#[test]
fn characters_that_nobody_sees_are_errors() {
    for text in [r#""a\tb""#, r#""a\u0007""#, "\"a\n\n    b\"", r#""\x85""#] {
        has(&path(text), "NB133", "error", "spec.storage.path");
    }
    let text = backup("one", BUCKET, "timeZone: |\n  Etc/UTC");
    has(&findings(&text), "NB133", "error", "spec.timeZone");
    lacks(&findings(&text.replace("|\n", "|-\n")), "NB133");
    lacks(&path(r#""a\u0062""#), "NB133");
    lacks(&statement(r#""RETURN\n\t1""#), "NB133");
    has(&statement(r#""RETURN\b1""#), "NB133", "error", "spec.options.postRestore.cypherStatements[0]");
    lacks(&container(r#"args: ["a\nb"], env: [{name: CERT, value: "a\nb"}]"#), "NB133");
    lacks(&findings(&backup("one", BUCKET, "job: {annotations: {text: \"a\\nb\"}}")), "NB133");
}
