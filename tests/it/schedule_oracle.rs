//! The schedule room against robfig/cron v3, which Kubernetes uses, row by row.
//!
//! The rows were printed by robfig itself (`data/`, rust.md §5).

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::Path;

use neo4j_backup::schedule::{Expression, ParseErrorKind, parse_zone};

fn rows(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn accepts_and_refuses_what_robfig_does() {
    let rows = rows("cron-accept.tsv");
    let mut count = 0;
    for row in rows.lines() {
        // The expression itself may hold tabs; the two last columns do not.
        let mut columns = row.rsplitn(3, '\t');
        let (_message, verdict, text) = (
            columns.next().expect("a message"),
            columns.next().expect("a verdict"),
            columns.next().expect("an expression"),
        );
        let parsed = Expression::parse(text);
        if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
            // The one difference: robfig takes it, the API server does not.
            let error = parsed.expect_err(text);
            assert!(matches!(error.kind, ParseErrorKind::TimeZonePrefix { .. }), "{text:?}: {error}");
        } else {
            assert_eq!(parsed.is_ok(), verdict == "ok", "{text:?}: {parsed:?}");
            if let Err(error) = parsed {
                assert_eq!(text.get(error.range.clone()), Some(error.text()), "{text:?}");
            }
        }
        count += 1;
    }
    assert_eq!(count, 89);
}

#[test]
fn runs_when_robfig_does() {
    let rows = rows("cron-next.tsv");
    let mut count = 0;
    for row in rows.lines() {
        let (question, answer) = row.split_once('\t').expect("a tab");
        let mut question = question.split('|');
        let mut part = || question.next().expect("three parts");
        let (text, zone, start) = (part(), part(), part());
        let expression = Expression::parse(text).expect(text);
        let zone = parse_zone(zone).expect(zone);
        let start = start.parse().expect(start);
        let runs: Vec<String> = expression
            .runs(start, &zone)
            .take(3)
            .map(|run| run.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
            .collect();
        assert_eq!(runs.join(","), answer, "{row}");
        assert_eq!(expression.next_after(start, &zone), expression.runs(start, &zone).next());
        count += 1;
    }
    assert_eq!(count, 19);
}
