//! Whatever a text is, no grammar of this room panics, every range lies inside of the text on
//! character boundaries, and what is accepted is harmless where it goes.

use proptest::prelude::*;

use super::admin::option::Grammar;
use super::admin::value::check_value;
use super::admin::{BackupInvocation, Command, check_arguments};
use super::artifact::ArtifactName;
use super::chain::chains;
use super::names::{DatabaseName, DatabasePattern};
use super::restore_until::{PointInTime, RestoreUntil};
use super::version::Version;
use super::{GrammarError, ImageReference, cypher, endpoint, inspect_table, object_path, storage};

/// A grammar, with what it returns thrown away.
type Check = fn(&str) -> Result<(), GrammarError>;

/// Text near the grammars, so that random text gets past their first character.
fn near_valid() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-a-z0-9.:/@=_*?,A-Z \\\\u'`|<>$(){}ü\n]{0,40}",
        "--[a-z-]{1,24}(=[-a-zA-Z0-9:,./'\"% ]{0,12})?",
        "[0-9]{1,4}(\\.[0-9]{1,3}){0,3}(-[a-z0-9]{0,9})?",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,3})?(Z|[+-][0-9:]{0,5})?",
    ]
}

fn inside(text: &str, error: &GrammarError) {
    assert!(text.get(error.range.clone()).is_some(), "{text:?} {:?} {error}", error.range);
}

proptest! {
    #[test]
    fn grammars_point_into_their_text(text in near_valid()) {
        let text = text.as_str();
        let grammars: [Check; 17] = [
            |t| ImageReference::parse(t).map(|i| { i.version(); i.edition(); }),
            |t| DatabaseName::parse(t, None).map(drop),
            |t| DatabaseName::parse(t, Some(Version::V5_26)).map(drop),
            |t| DatabasePattern::parse(t, None).map(drop),
            |t| PointInTime::parse(t).map(drop),
            |t| RestoreUntil::parse(t).map(drop),
            |t| endpoint::Endpoint::parse(t).map(drop),
            endpoint::check_store_url,
            endpoint::check_host,
            object_path::check_folder,
            object_path::check_object,
            storage::check_s3_bucket,
            storage::check_gcs_bucket,
            storage::check_azure_container,
            storage::check_azure_account,
            |t| cypher::quote_identifier(t).map(drop),
            |t| cypher::string_literal(t).map(drop),
        ];
        for grammar in grammars {
            if let Err(error) = grammar(text) {
                inside(text, &error);
            }
        }
        for grammar in [
            Grammar::Enum(&["a"]), Grammar::Metadata, Grammar::Size, Grammar::SizeOrPercentage,
            Grammar::PathList, Grammar::HostPortList, Grammar::RestoreUntil, Grammar::Integer,
            Grammar::Database, Grammar::Text,
        ] {
            if let Err(error) = check_value(grammar, text) {
                inside(text, &error);
            }
        }
        let _ = Version::parse(text);
        let _ = ArtifactName::parse(text);
        let _ = inspect_table::parse(text);
    }

    #[test]
    fn the_argument_checker_points_into_its_arguments(
        arguments in proptest::collection::vec(near_valid(), 0..6),
    ) {
        for command in Command::ALL {
            for version in [None, Some(Version::V5_26), Some(Version::new(2026, 8, 1))] {
                for problem in check_arguments(command, version, &arguments, &[]) {
                    let text = &arguments[problem.index];
                    prop_assert!(text.get(problem.range.clone()).is_some(), "{text:?} {problem:?}");
                }
            }
        }
    }

    #[test]
    fn a_version_is_read_back_as_it_is_shown(major in 2025_u16..2100, month in 1_u16..13, patch in 0_u16..99) {
        for version in [Version::new(major, month, patch), Version::new(5, 26, patch)] {
            prop_assert_eq!(Version::parse(&version.to_string()), Ok(version));
        }
    }

    #[test]
    fn accepted_names_are_harmless_everywhere(name in "[a-zA-Z0-9.*?_-]{1,64}") {
        if let Ok(pattern) = DatabasePattern::parse(&name, None) {
            prop_assert!(!pattern.as_str().starts_with(['-', '@']));
            prop_assert!(pattern.overlaps(&pattern));
        }
        if let Ok(database) = DatabaseName::parse(&name, None) {
            prop_assert_eq!(database.quoted().matches('`').count(), 2);
            let pattern = DatabasePattern::parse(&name, None).unwrap();
            prop_assert!(pattern.matches(&name));
        }
    }

    #[test]
    fn every_string_of_a_spec_is_one_argument(text in any::<String>()) {
        let list = [text.clone()];
        let invocation = BackupInvocation {
            to_path: &text,
            temp_path: Some(&text),
            page_cache: Some(&text),
            additional_arguments: &list,
            databases: &list,
            ..BackupInvocation::default()
        };
        let line = invocation.command_line(Version::V5_26);
        let argv: Vec<&str> = line.argv().collect();
        let temp_path = format!("--temp-path={}", text);
        prop_assert_eq!(argv.iter().filter(|a| **a == temp_path).count(), 1);
        prop_assert_eq!(argv.last(), Some(&text.as_str()));
    }

    #[test]
    fn escaped_paths_have_only_characters_of_a_uri(text in any::<String>()) {
        let uri = storage::Store::S3 { bucket: "b" }.object_uri(&text, &text);
        prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic()));
        prop_assert!(!uri.contains(','));
    }

    #[test]
    fn chains_lose_no_artifact(
        rows in proptest::collection::vec((0_i64..50, any::<bool>(), 0_u64..30, 0_u64..30), 0..40),
    ) {
        let mut artifacts: Vec<_> = rows.iter().enumerate().map(|(n, (day, full, low, more))| {
            super::artifact::Artifact {
                file: n.to_string(),
                database: "neo4j".into(),
                database_id: None,
                time: jiff::Timestamp::from_second(*day).unwrap(),
                full: *full,
                compressed: true,
                lowest_transaction: if *full { 1 } else { *low },
                highest_transaction: low + more,
                recovered: None,
            }
        }).collect();
        let sorted = chains(artifacts.clone());
        let mut found: Vec<_> =
            sorted.iter().flat_map(|c| c.members()).map(|a| a.file.clone()).collect();
        let mut expected: Vec<_> = artifacts.iter().map(|a| a.file.clone()).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        artifacts.reverse();
        prop_assert_eq!(chains(artifacts), sorted);
    }
}
