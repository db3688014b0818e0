use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{ZoneErrorKind as Kind, parse_zone};

#[test]
fn utc_is_the_constant_and_every_other_name_is_looked_up() {
    assert_eq!(parse_zone("UTC"), Ok(TimeZone::UTC));
    assert_eq!(parse_zone("Etc/UTC"), Ok(TimeZone::UTC));
    for name in ["Europe/Berlin", "US/Pacific", "EST5EDT", "Etc/GMT+5", "America/Argentina/Buenos_Aires"] {
        assert_eq!(parse_zone(name).expect(name).iana_name(), Some(name));
    }
}

#[test]
fn every_name_of_the_database_is_taken() {
    let database = TimeZoneDatabase::bundled();
    let mut count = 0;
    for name in database.available() {
        assert!(parse_zone(name.as_str()).is_ok(), "{name}");
        count += 1;
    }
    assert!(count > 500, "{count}");
}

#[test]
fn what_the_api_server_refuses_is_refused_with_what_is_meant() {
    let table: [(&str, Kind, &[&str]); 25] = [
        ("", Kind::Empty, &[]),
        ("Local", Kind::Local, &[]),
        ("local", Kind::Local, &[]),
        ("utc", Kind::Spelling, &["UTC"]),
        ("etc/utc", Kind::Spelling, &["Etc/UTC"]),
        ("europe/berlin", Kind::Spelling, &["Europe/Berlin"]),
        ("America/New York", Kind::Spelling, &["America/New_York"]),
        (" Europe/Berlin", Kind::Spelling, &["Europe/Berlin"]),
        ("+02:00", Kind::Offset, &["Etc/GMT-2"]),
        ("UTC-5", Kind::Offset, &["Etc/GMT+5"]),
        ("GMT+0530", Kind::Offset, &[]),
        ("UTC+99", Kind::Offset, &[]),
        ("PST", Kind::Abbreviation, &["America/Los_Angeles"]),
        ("cest", Kind::Abbreviation, &["Europe/Berlin"]),
        ("Berlin", Kind::Unknown, &["Europe/Berlin"]),
        ("Europe/Berln", Kind::Unknown, &["Europe/Berlin"]),
        ("Germany/Berlin", Kind::Unknown, &["Europe/Berlin"]),
        ("New York", Kind::Unknown, &["America/New_York"]),
        ("Etc/Unknown", Kind::Unknown, &[]),
        ("Mars/Olympus", Kind::Unknown, &[]),
        ("../etc/passwd", Kind::Unknown, &[]),
        ("/", Kind::Unknown, &[]),
        ("Europe/", Kind::Unknown, &[]),
        ("\u{0}", Kind::Unknown, &[]),
        ("ÄÖÜ/ßßß", Kind::Unknown, &[]),
    ];
    for (name, kind, suggestions) in table {
        let error = parse_zone(name).expect_err(name);
        assert_eq!(
            (error.kind, &error.suggestions[..]),
            (kind, &suggestions.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
            "{name:?}"
        );
        assert!(!error.to_string().is_empty() && !error.help().is_empty());
        match error.replacement() {
            Some(replacement) => assert!(parse_zone(&replacement).is_ok(), "{name:?}"),
            None => assert_ne!(kind, Kind::Spelling),
        }
    }
}
