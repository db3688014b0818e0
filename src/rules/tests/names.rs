//! Names of specs.

use super::harness_restores::{all_findings as findings, backup, has, lacks, restore};

const BUCKET: &str = "{type: s3, bucket: artifacts, path: one, cloud: {region: eu-west-1, identity: {}}}";
const SOURCE: &str = "{type: s3, storage: {type: s3, bucket: artifacts}}";

#[test]
fn a_name_is_a_lower_case_subdomain() {
    let found = findings(&backup("Nightly", BUCKET, ""));
    has(&found, "NB110", "error", "metadata.name");
    lacks(&findings(&backup("nightly-1.all", BUCKET, "")), "NB110");
    let found = findings(&restore("new", SOURCE, "").replace("name: back", "name: back_up"));
    has(&found, "NB110", "error", "metadata.name");
}

#[test]
fn a_namespace_is_a_label() {
    let found = findings(&backup("one", BUCKET, "").replace("namespace: prod", "namespace: prod.eu"));
    has(&found, "NB111", "error", "metadata.namespace");
    let remote = |namespace: &str| {
        backup("one", BUCKET, "").replace("name: old}", &format!("name: old, namespace: {namespace}}}"))
    };
    has(&findings(&remote("Team")), "NB111", "error", "spec.target.namespace");
    lacks(&findings(&remote("team-1")), "NB111");
}

#[test]
fn a_name_leaves_room_for_the_suffix_of_its_objects() {
    for (lines, longest) in [("schedule: '@daily'", 40), ("", 56)] {
        lacks(&findings(&backup(&"a".repeat(longest), BUCKET, lines)), "NB112");
        let found = findings(&backup(&"a".repeat(longest + 1), BUCKET, lines));
        has(&found, "NB112", "error", "metadata.name");
        assert!(found.iter().any(|line| line.contains(&format!("room for {longest}"))), "{found:#?}");
    }
}

#[test]
fn a_restore_leaves_room_for_the_jobs_that_it_has() {
    let job = "job: {template: {container: {image: 'busybox:1.36'}}}";
    let cypher = "cypherStatements: ['RETURN 1']";
    for (options, longest) in [
        (String::new(), 55),
        ("options: {verifyBackup: true}".to_owned(), 48),
        (format!("options: {{preRestore: {{{job}}}}}"), 46),
        (format!("options: {{postRestore: {{{job}}}}}"), 45),
        (format!("options: {{preRestore: {{{cypher}}}, postRestore: {{{job}}}}}"), 44),
        (format!("options: {{postRestore: {{{cypher}}}}}"), 43),
    ] {
        let text = |length: usize| {
            restore("new", SOURCE, &options).replace("name: back", &format!("name: {}", "a".repeat(length)))
        };
        lacks(&findings(&text(longest)), "NB112");
        has(&findings(&text(longest + 1)), "NB112", "error", "metadata.name");
    }
}

#[test]
fn a_deployment_has_a_name_that_can_be_a_label() {
    let long = |length: usize| {
        backup("one", BUCKET, "").replace("name: old}", &format!("name: {}}}", "a".repeat(length)))
    };
    lacks(&findings(&long(63)), "NB113");
    has(&findings(&long(64)), "NB113", "error", "spec.target.name");
    let owner = |name: &str| {
        backup("one", BUCKET, "").replace(
            "{kind: Cluster, name: old}",
            &format!("{{kind: Database, name: People.v1, clusterRef: {name}}}"),
        )
    };
    has(&findings(&owner("My_Cluster")), "NB113", "error", "spec.target.clusterRef");
    lacks(&findings(&owner("my-cluster")), "NB113");
    has(&findings(&restore("New", SOURCE, "")), "NB113", "error", "spec.targetCluster");
}

#[test]
fn two_documents_of_one_name_are_one_object() {
    let first = backup("one", BUCKET, "");
    let twice = format!("{first}---\n{first}");
    let found = findings(&twice);
    has(&found, "NB114", "error", "metadata.name");
    assert_eq!(found.iter().filter(|line| line.starts_with("NB114")).count(), 1, "{found:#?}");
    let elsewhere = first.replace("namespace: prod", "namespace: stage");
    lacks(&findings(&format!("{first}---\n{elsewhere}")), "NB114");
    // A backup and a restore may share a name.
    let back = restore("new", SOURCE, "").replace("name: back", "name: one");
    lacks(&findings(&format!("{first}---\n{back}")), "NB114");
}

/// Objects of one kind whose suffixes are not endings of each other can only meet when the specs have one name
/// and one kind, which is an error of its own. This is why no rule compares the names of objects.
#[test]
fn no_two_specs_of_different_names_share_an_object() {
    let jobs = [
        "-backup",
        "-restore",
        "-restore-verify",
        "-pre-restore-hook",
        "-post-restore-hook",
        "-pre-restore-cypher",
        "-post-restore-cypher",
    ];
    for one in jobs {
        assert!(jobs.iter().all(|other| *other == one || !other.ends_with(one)), "{one}");
    }
    // The list above is that of the plan: a job that it does not know would make this test worthless.
    let source = include_str!("../../plan/build_restore.rs");
    for job in &jobs[1..] {
        assert!(source.contains(&format!("\"{}\"", &job[1..])), "{job}");
    }
    assert_eq!(source.matches("name: self.name(").count(), 5);
}
