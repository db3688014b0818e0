//! Each statement in each release's language.

use super::*;
use crate::neo4j::restore_until::PointInTime;

fn v(text: &str) -> Version {
    Version::parse(text).unwrap()
}

const THREE: Option<Topology> = Some(Topology { primaries: 3, secondaries: 0 });
const SEED: Seed<'_> = Seed {
    uri: "s3://bucket/dir/foo-2024-06-13T12-43-43.backup",
    restore_until: None,
    source_database: None,
};

fn foo() -> DatabaseName<'static> {
    DatabaseName::parse("foo", None).unwrap()
}

#[test]
fn a_seed_takes_the_language_of_its_release() {
    let text = |version| create_seeded(v(version), &foo(), THREE, &SEED).unwrap().text;
    let cypher_5 = "CREATE DATABASE `foo` TOPOLOGY 3 PRIMARIES 0 SECONDARIES \
                    OPTIONS {existingData: 'use', seedURI: $seedURI} WAIT";
    assert_eq!(text("5.26.0"), cypher_5);
    assert_eq!(text("2025.05.0"), cypher_5);
    let cypher_25 = "CYPHER 25 CREATE DATABASE `foo` TOPOLOGY 3 PRIMARIES 0 SECONDARIES \
                     OPTIONS {seedURI: $seedURI} WAIT";
    assert_eq!(text("2025.06.0"), cypher_25);
    assert_eq!(text("2026.10.2"), cypher_25);
    let statement = create_seeded(v("5.26.0"), &foo(), None, &SEED).unwrap();
    assert_eq!(statement.parameters, [("seedURI", Parameter::Text(SEED.uri.into()))]);
}

#[test]
fn options_of_later_releases_are_refused_and_not_dropped() {
    let source = foo();
    let until = PointInTime::parse("2025-01-04T12:30:00Z").unwrap();
    let timed = Seed { restore_until: Some(RestoreUntil::Time(until)), ..SEED };
    let error = create_seeded(v("5.26.9"), &foo(), None, &timed).unwrap_err();
    assert_eq!(error.feature, Feature::SeedRestoreUntil);
    assert_eq!(
        create_seeded(v("2025.01.0"), &foo(), None, &timed).unwrap().text,
        "CREATE DATABASE `foo` OPTIONS {existingData: 'use', seedURI: $seedURI, \
         seedRestoreUntil: datetime('2025-01-04T12:30:00Z')} WAIT"
    );
    let sourced =
        Seed { restore_until: Some(RestoreUntil::Transaction(7)), source_database: Some(&source), ..SEED };
    assert!(create_seeded(v("2025.05.0"), &foo(), None, &sourced).is_err());
    assert_eq!(
        create_seeded(v("2025.06.0"), &foo(), None, &sourced).unwrap().text,
        "CYPHER 25 CREATE DATABASE `foo` OPTIONS {seedURI: $seedURI, seedRestoreUntil: 7, \
         seedSourceDatabase: $seedSourceDatabase} WAIT"
    );
}

#[test]
fn replacing_with_a_seed_came_with_2025_01() {
    assert!(create_or_replace_seeded(v("5.26.33"), &foo(), THREE, &SEED).is_err());
    let text = create_or_replace_seeded(v("2025.01.0"), &foo(), None, &SEED).unwrap().text;
    assert!(text.starts_with("CREATE OR REPLACE DATABASE `foo` OPTIONS {existingData: 'use',"));
}

#[test]
fn recreate_has_two_names() {
    let text = |version| recreate(v(version), &foo(), THREE, "s3://b/x").unwrap().text;
    let options = "($database, {seedURI: $seedURI, primaries: 3, secondaries: 0})";
    for old in ["5.26.0", "2025.01.0", "2025.03.0"] {
        assert_eq!(text(old), format!("CALL dbms.cluster.recreateDatabase{options}"), "{old}");
    }
    assert_eq!(text("2025.04.0"), format!("CALL dbms.recreateDatabase{options}"));
    assert_eq!(text("2026.01.0"), format!("CYPHER 25 CALL dbms.recreateDatabase{options}"));
    assert!(recreate(v("5.23.0"), &foo(), None, "x").is_err());
}

#[test]
fn the_designated_seeder_is_named_by_its_id() {
    let statement = create_from_seed_server(v("5.26.0"), &foo(), THREE, "8c0a").unwrap();
    assert_eq!(
        statement.text,
        "CREATE DATABASE `foo` TOPOLOGY 3 PRIMARIES 0 SECONDARIES OPTIONS \
         {existingData: 'use', existingDataSeedServer: $serverId} WAIT"
    );
    let newer = create_from_seed_server(v("2025.06.0"), &foo(), None, "8c0a").unwrap();
    assert_eq!(
        newer.text,
        "CYPHER 25 CREATE DATABASE `foo` OPTIONS {existingDataSeedServer: $serverId} WAIT"
    );
}

#[test]
fn lifecycle_statements() {
    let old = v("5.26.0");
    assert_eq!(stop(old, &foo()).text, "STOP DATABASE `foo` WAIT");
    assert_eq!(start(v("2025.06.0"), &foo()).text, "CYPHER 25 START DATABASE `foo` WAIT");
    assert_eq!(create(old, &foo(), None).text, "CREATE DATABASE `foo` WAIT");
    assert_eq!(super::drop(old, &foo(), DropData::Dump).text, "DROP DATABASE `foo` IF EXISTS DUMP DATA WAIT");
    assert!(super::drop(old, &foo(), DropData::Destroy).text.contains("DESTROY DATA"));
    assert!(show_database(old, &foo()).text.ends_with("currentStatus, statusMessage"));
    assert!(show_servers(old).text.starts_with("SHOW SERVERS YIELD serverId"));
}

#[test]
fn nothing_ends_a_quote_early() {
    assert_eq!(quote_identifier("a`b").unwrap(), "`a``b`");
    assert_eq!(quote_identifier("a\\u0060b").unwrap_err().range, 1..3);
    assert!(quote_identifier("").is_err());
    assert_eq!(string_literal("it's \\n").unwrap(), r"'it\'s \\n'");
    assert!(string_literal("\\u0027").is_err());
    assert!(string_literal("a\nb").is_err());
    assert_eq!(Parameter::Integer(-1).literal().unwrap(), "-1");
}
