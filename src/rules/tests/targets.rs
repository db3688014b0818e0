//! 2xx: targets, versions and arguments.

use super::harness::{S3, TARGET, absent, backup, found, with_options};

fn target(spec: &str) -> String {
    format!(
        "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\nmetadata: {{name: graph, namespace: data}}\nspec: {{{spec}}}\n"
    )
}

/// A target and a sound backup of it.
fn with_target(spec: &str) -> String {
    format!("{}{}", target(spec), backup("one", S3))
}

fn restore(target: &str, spec: &str) -> String {
    format!(
        "{target}---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {{name: r, namespace: data}}\nspec:\n  \
         targetCluster: graph\n  databaseName: orders\n  source: {{type: s3, backupPath: orders-2026-01-01T00-00-00.backup, \
         storage: {{type: s3, bucket: graph-backups, path: graph, cloud: {{region: eu-central-1, credentialsSecretRef: k}}}}}}\n{spec}"
    )
}

const SOUND: &str = "image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}";

#[test]
fn a_target_that_is_nowhere_is_told_and_found_ones_are_not() {
    found(&backup("one", S3), "NB201", "notice", "spec.target.name");
    absent(&format!("{TARGET}{}", backup("one", S3)), "NB201");
    found(&restore("", ""), "NB201", "notice", "spec.targetCluster");
}

#[test]
fn a_target_in_another_namespace_is_no_target() {
    let elsewhere = TARGET.replace("namespace: data", "namespace: other");
    found(&format!("{elsewhere}{}", backup("one", S3)), "NB202", "error", "spec.target.name");
    let named = format!("  target: {{kind: Cluster, name: graph, namespace: other}}\n{S3}");
    absent(&format!("{elsewhere}{}", backup("one", &named)), "NB202");
    found(&format!("{elsewhere}{}", backup("one", &named)), "NB219", "notice", "spec.target.namespace");
    absent(&format!("{TARGET}{}", backup("one", S3)), "NB219");
}

#[test]
fn an_image_that_says_no_version_needs_one_stated() {
    let digest = "image: 'neo4j@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', topology: {kind: Cluster, servers: 3}";
    found(&with_target(digest), "NB204", "warning", "spec.target.name");
    absent(&with_target(&format!("{digest}, neo4jVersion: 5.26.33, edition: Enterprise")), "NB204");
    found(
        &with_target(&format!("{SOUND}, neo4jVersion: latest, edition: Enterprise")),
        "NB204",
        "error",
        "spec.neo4jVersion",
    );
}

#[test]
fn releases_that_are_too_old_or_do_not_exist_are_refused() {
    for version in ["4.4.30", "5.25.1", "5.28.0", "2024.10.0"] {
        let spec = format!("image: 'neo4j:{version}-enterprise', topology: {{kind: Cluster, servers: 3}}");
        found(&with_target(&spec), "NB205", "error", "spec.target.name");
    }
    absent(&with_target(SOUND), "NB205");
    let reported = "neo4jVersion: 5.27.0, edition: Enterprise, topology: {kind: Cluster, servers: 3}";
    found(&with_target(reported), "NB206", "notice", "spec.neo4jVersion");
    absent(&with_target(SOUND), "NB206");
}

#[test]
fn a_faulty_release_is_told() {
    let faulty = "image: 'neo4j:2026.08.0-enterprise', topology: {kind: Cluster, servers: 3}";
    found(&with_target(faulty), "NB207", "warning", "spec.target.name");
    absent(&with_target(&faulty.replace("08.0", "08.1")), "NB207");
    found(&with_target(&SOUND.replace("5.26.33", "5.26.12")), "NB207", "notice", "spec.image");
    absent(&with_target(SOUND), "NB207");
}

#[test]
fn community_has_no_online_backup() {
    found(
        &with_target("image: 'neo4j:5.26.33', topology: {kind: Cluster, servers: 3}"),
        "NB208",
        "error",
        "spec.target.name",
    );
    absent(&with_target(SOUND), "NB208");
    let mirror = "image: 'registry.example.org/graph:5.26.33', topology: {kind: Cluster, servers: 3}";
    found(&with_target(mirror), "NB209", "warning", "spec.target.name");
    absent(&with_target(&format!("{mirror}, edition: Enterprise")), "NB209");
}

#[test]
fn a_target_document_is_whole_and_agrees_with_itself() {
    found(&with_target("topology: {kind: Cluster, servers: 3}"), "NB212", "error", "spec.image");
    absent(&with_target(SOUND), "NB212");
    found(
        &with_target("image: 'neo4j:', topology: {kind: Cluster, servers: 3}"),
        "NB210",
        "error",
        "spec.image",
    );
    absent(&with_target(SOUND), "NB210");
    found(&with_target(&format!("{SOUND}, neo4jVersion: 5.26.1")), "NB211", "warning", "spec.neo4jVersion");
    absent(&with_target(&format!("{SOUND}, neo4jVersion: 5.26.33")), "NB211");
    found(&with_target(&format!("{SOUND}, edition: Community")), "NB211", "warning", "spec.edition");
    let image = "image: 'neo4j:5.26.33-enterprise'";
    found(
        &with_target(&format!("{image}, topology: {{kind: Standalone, servers: 3}}")),
        "NB213",
        "error",
        "spec.topology.servers",
    );
    absent(&with_target(&format!("{image}, topology: {{kind: Standalone, servers: 1}}")), "NB213");
    found(&with_target(&format!("{SOUND}, dataClaims: [a]")), "NB213", "error", "spec.dataClaims");
    found(
        &with_target(&format!("{image}, topology: {{kind: Cluster}}")),
        "NB214",
        "notice",
        "spec.topology.kind",
    );
    absent(&with_target(SOUND), "NB214");
}

#[test]
fn addresses_of_a_target_can_be_used() {
    for (field, value) in [
        ("backupAddresses[0]", "backupAddresses: [graph]"),
        ("backupAddresses[0]", "backupAddresses: ['a b:6362']"),
        ("backupAddresses", "backupAddresses: []"),
        ("clusterDomain", "clusterDomain: 'a b'"),
        ("databases[0]", "databases: ['_x']"),
        ("bolt.uri", "bolt: {uri: 'https://graph:7687'}"),
    ] {
        found(&with_target(&format!("{SOUND}, {value}")), "NB215", "error", &format!("spec.{field}"));
    }
    let sound = "backupAddresses: ['a:6362', '[::1]:6362'], clusterDomain: cluster.example, databases: [neo4j], bolt: {uri: 'neo4j+s://graph:7687'}";
    absent(&with_target(&format!("{SOUND}, {sound}")), "NB215");
}

#[test]
fn a_standalone_of_the_operator_may_not_listen() {
    let alone = "image: 'neo4j:5.26.33-enterprise', topology: {kind: Standalone}";
    found(&with_target(alone), "NB216", "notice", "spec.target.name");
    absent(&with_target(&format!("{alone}, backupAddresses: ['a:6362']")), "NB216");
    absent(&with_target(SOUND), "NB216");
}

#[test]
fn certificates_and_the_port_agree() {
    let protected = format!("{SOUND}, backupTLS: true");
    found(&with_target(&protected), "NB217", "error", "spec.options.tls");
    let given = backup("one", &format!("{S3}  options: {{tls: {{secretName: tls}}}}\n"));
    absent(&format!("{}{given}", target(&protected)), "NB217");
    found(
        &format!("{}{given}", target(&format!("{SOUND}, backupTLS: false"))),
        "NB218",
        "warning",
        "spec.options.tls",
    );
    absent(&format!("{}{given}", target(SOUND)), "NB218");
}

#[test]
fn kinds_of_targets_have_their_own_fields() {
    let database =
        |target: &str| format!("{TARGET}{}", backup("one", &format!("  target: {{{target}}}\n{S3}")));
    found(&database("kind: Database, name: orders"), "NB220", "error", "spec.target.clusterRef");
    absent(&database("kind: Database, name: orders, clusterRef: graph"), "NB220");
    found(
        &database("kind: Cluster, name: graph, clusterRef: graph"),
        "NB221",
        "warning",
        "spec.target.clusterRef",
    );
    found(
        &database("kind: Database, name: orders, clusterRef: graph, databases: [a]"),
        "NB221",
        "error",
        "spec.target.databases",
    );
    absent(&database("kind: Cluster, name: graph, databases: [orders]"), "NB221");
}

#[test]
fn options_that_the_version_lacks_are_left_out_and_told() {
    for option in ["preferDiffAsParent", "remoteAddressResolution", "parallelDownload", "skipRecovery"] {
        let options = |value: bool| with_options(&format!("{{backupType: DIFF, {option}: {value}}}"));
        found(&options(true), "NB240", "warning", &format!("spec.options.{option}"));
        absent(&options(false), "NB240");
        absent(&options(true).replace("5.26.12", "2025.12.0"), "NB240");
    }
}

#[test]
fn additional_arguments_are_read_as_neo4j_admin_reads_them() {
    let arguments = |arguments: &str| with_options(&format!("{{additionalArgs: [{arguments}]}}"));
    for (code, severity, argument) in [
        ("NB250", "error", "verbose"),
        ("NB250", "error", "'@file'"),
        ("NB250", "error", "'--help'"),
        ("NB250", "error", "'--type FULL'"),
        ("NB251", "error", "'--check-consistency'"),
        ("NB252", "error", "'--parallel-download'"),
        ("NB253", "error", "'--parallel-recovery=maybe'"),
        ("NB254", "error", "'--to-path=/x'"),
        ("NB255", "warning", "'--expand-commands'"),
    ] {
        found(&arguments(argument), code, severity, "spec.options.additionalArgs[0]");
    }
    for code in ["NB250", "NB251", "NB252", "NB253", "NB254", "NB255", "NB256"] {
        absent(&arguments("'--verbose', '--parallel-recovery'"), code);
    }
    let twice = with_options("{parallelRecovery: true, additionalArgs: ['--parallel-recovery']}");
    found(&twice, "NB254", "error", "spec.options.additionalArgs[0]");
}

#[test]
fn arguments_of_a_seed_have_no_effect() {
    let arguments = "  options: {additionalArgs: ['--verbose']}\n";
    found(&restore(TARGET, arguments), "NB257", "warning", "spec.options.additionalArgs[0]");
    absent(&restore(TARGET, &format!("{arguments}  stopCluster: true\n")), "NB257");
}

#[test]
fn names_in_a_target_document_are_names() {
    for (field, value) in [
        ("statefulSet", "statefulSet: Bad_Name"),
        ("dataClaims[0]", "dataClaims: [A_B, b, c]"),
        ("imagePullSecrets[0]", "imagePullSecrets: ['a b']"),
        ("bolt.authSecretRef.name", "bolt: {authSecretRef: {name: 'A'}}"),
    ] {
        found(&with_target(&format!("{SOUND}, {value}")), "NB120", "error", &format!("spec.{field}"));
    }
    absent(&with_target(&format!("{SOUND}, statefulSet: graph, dataClaims: [a, b, c]")), "NB120");
}

#[test]
fn a_spec_without_a_namespace_is_told_that_and_no_more() {
    let text = format!("{TARGET}{}", backup("one", S3).replace(", namespace: data", ""));
    found(&text, "NB203", "warning", "metadata.namespace");
    absent(&text, "NB202");
}

#[test]
fn a_secret_among_the_arguments_is_told() {
    let text = with_options("{additionalArgs: ['--password=hunter2']}");
    found(&text, "NB256", "error", "spec.options.additionalArgs[0]");
    assert!(!super::harness::findings(&text).iter().any(|line| line.contains("hunter2")));
    absent(&with_options("{additionalArgs: ['--verbose']}"), "NB256");
}

#[test]
fn the_claim_of_the_database_holds_no_backups() {
    let claim = |name: &str| backup("one", &format!("  storage: {{type: pvc, pvc: {{name: {name}}}}}\n"));
    found(&format!("{TARGET}{}", claim("data-graph-server-0")), "NB465", "error", "spec.storage.pvc.name");
    absent(&format!("{TARGET}{}", claim("backups")), "NB465");
    let standalone = target("image: 'neo4j:5.26.33-enterprise', topology: {kind: Standalone}");
    let restore = format!(
        "{standalone}---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {{name: r, namespace: data}}\nspec:\n  \
         targetCluster: graph\n  databaseName: orders\n  stopCluster: true\n  source: {{type: storage, backupPath: \
         orders-2026-01-01T00-00-00.backup, storage: {{type: pvc, pvc: {{name: neo4j-data-graph-0}}}}}}\n"
    );
    found(&restore, "NB465", "error", "spec.source.storage.pvc.name");
    absent(&restore.replace("name: neo4j-data-graph-0", "name: backups"), "NB465");
}

#[test]
fn an_offline_restore_has_a_claim_to_write_to() {
    let stopped = "  stopCluster: true\n";
    let without = target(&format!("{SOUND}, dataClaims: []"));
    found(&restore(&without, stopped), "NB636", "error", "spec.targetCluster");
    absent(&restore(TARGET, stopped), "NB636");
    absent(&restore(&without, ""), "NB636");
}
