use super::harness::*;

fn named(databases: &str) -> String {
    format!(
        "{TARGET}{}",
        backup("one", &format!("  target: {{kind: Cluster, name: graph, databases: {databases}}}\n{S3}"))
    )
}

fn one(name: &str) -> String {
    format!(
        "{TARGET}{}",
        backup("one", &format!("  target: {{kind: Database, clusterRef: graph, name: '{name}'}}\n{S3}"))
    )
}

#[test]
fn names_and_globs_follow_the_grammar() {
    for name in ["my_db", "ab", "-rf", "1graph", "systemx"] {
        found(&one(name), "NB320", "error", "spec.target.name");
        found(&named(&format!("[neo4j, '{name}']")), "NB320", "error", "spec.target.databases[1]");
    }
    found(&one("shop-*"), "NB320", "error", "spec.target.name");
    for databases in ["[neo4j, shop]", "['shop-*', 'neo?j']", "['*']"] {
        absent(&named(databases), "NB320");
    }
    absent(&one("my.db-1"), "NB320");
    absent(&one("1graph").replace("5.26.12", "2025.01.0"), "NB320");
}

#[test]
fn the_wrong_character_is_pointed_at() {
    let all = findings(&named("[neo4j, my_db]"));
    let hit = all.iter().find(|line| line.starts_with("NB320")).unwrap();
    assert!(hit.contains(" 10:61 "), "{hit}");
}

#[test]
fn a_database_is_named_once() {
    found(&named("[neo4j, Neo4j]"), "NB321", "warning", "spec.target.databases[1]");
    found(&named("[shop-prod, 'shop-*']"), "NB321", "warning", "spec.target.databases[0]");
    found(&named("['*', neo4j]"), "NB321", "warning", "spec.target.databases[1]");
    found(&named("['shop-*', '*']"), "NB321", "warning", "spec.target.databases[0]");
    absent(&named("[neo4j, shop]"), "NB321");
    absent(&named("['shop-*', '*-prod', neo4j]"), "NB321");
}

#[test]
fn system_alone_holds_no_data() {
    found(&named("[system]"), "NB322", "notice", "spec.target.databases[0]");
    found(&one("system"), "NB322", "notice", "spec.target.name");
    absent(&named("[system, neo4j]"), "NB322");
}

#[test]
fn shards_want_the_address_resolution() {
    let newest = |yaml: String| yaml.replace("5.26.12", "2025.12.0");
    found(&newest(named("[shop-g000]")), "NB323", "notice", "spec.target.databases[0]");
    absent(&named("[shop-g000]"), "NB323");
    absent(&newest(named("[shop-g00x]")), "NB323");
    let stated = |yaml: String| yaml.replace("spec: {image", "spec: {databases: [neo4j, shop-g000], image");
    found(&newest(stated(named("['*']"))), "NB323", "notice", "spec.target.databases[0]");
    absent(&newest(stated(named("['n*']"))), "NB323");
    absent(
        &newest(format!("{}  options: {{remoteAddressResolution: true}}\n", named("[shop-g000]"))),
        "NB323",
    );
}

#[test]
fn a_database_is_one_of_the_targets() {
    let stated = |yaml: String| yaml.replace("spec: {image", "spec: {databases: [neo4j, shop-prod], image");
    found(&stated(named("[shop]")), "NB324", "warning", "spec.target.databases[0]");
    found(&stated(named("['crm-*']")), "NB324", "warning", "spec.target.databases[0]");
    for databases in ["[neo4j, SHOP-PROD]", "['shop-*']", "['*']", "[system]"] {
        absent(&stated(named(databases)), "NB324");
    }
    absent(&named("[shop]"), "NB324");
}
