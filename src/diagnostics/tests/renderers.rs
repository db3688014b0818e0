use super::fixture::{Texts, report};
use crate::diagnostics::{Format, NoSources, Options, Report, Sources, write};

pub(super) fn rendered(
    format: Format,
    report: &Report,
    sources: &dyn Sources,
    options: &Options<'_>,
) -> String {
    let mut out = Vec::new();
    write(format, &mut out, report, sources, options).unwrap();
    String::from_utf8(out).unwrap()
}

pub(super) const PLAIN: Options<'static> =
    Options { color: false, width: 100, strict: false, version: "0.0.0-test" };

#[test]
fn every_format_renders_the_same_findings() {
    let texts = Texts::new();
    let report = report(&texts);
    for format in Format::ALL {
        insta::assert_snapshot!(format.as_str(), rendered(format, &report, &texts, &PLAIN));
    }
}

#[test]
fn human_and_concise_have_colours() {
    let texts = Texts::new();
    let options = Options { color: true, ..PLAIN };
    for format in [Format::Human, Format::Concise] {
        // Escapes are shown as carets, so that the snapshot can be read.
        let text = rendered(format, &report(&texts), &texts, &options).replace('\u{1b}', "^");
        insta::assert_snapshot!(format!("{format}-colour"), text);
    }
}

#[test]
fn human_does_without_sources() {
    let texts = Texts::new();
    insta::assert_snapshot!(
        "human-without-sources",
        rendered(Format::Human, &report(&texts), &NoSources, &PLAIN)
    );
}

#[test]
fn an_empty_report_is_whole_in_every_format() {
    let report = Report { documents: 2, ..Report::default() };
    let all: Vec<_> = Format::ALL
        .into_iter()
        .map(|format| format!("--- {format}\n{}", rendered(format, &report, &NoSources, &PLAIN)))
        .collect();
    insta::assert_snapshot!("empty", all.concat());
}

#[test]
fn strict_turns_warnings_into_failed_cases() {
    let texts = Texts::new();
    let report = report(&texts);
    let failures = |strict| {
        rendered(Format::Junit, &report, &texts, &Options { strict, ..PLAIN }).matches("<failure ").count()
    };
    assert_eq!((failures(false), failures(true)), (4, 5));
}

#[test]
fn the_order_in_which_findings_come_does_not_show() {
    let texts = Texts::new();
    let mut forward = report(&texts);
    let mut backward = forward.clone();
    backward.diagnostics.reverse();
    backward.diagnostics.extend(forward.diagnostics.clone());
    backward.checked.reverse();
    backward.sort();
    forward.sort();
    for format in Format::ALL {
        assert_eq!(rendered(format, &forward, &texts, &PLAIN), rendered(format, &backward, &texts, &PLAIN));
    }
}

#[test]
fn a_long_report_stays_a_comment() {
    let texts = Texts::new();
    let mut report = report(&texts);
    let findings = report.diagnostics.clone();
    for number in 0..200 {
        report.diagnostics.extend(findings.iter().cloned().map(|mut finding| {
            finding.message = format!("{number}: {} {}", finding.message, "@".repeat(1_000));
            finding
        }));
    }
    report.sort();
    let comment = rendered(Format::Markdown, &report, &texts, &PLAIN);
    assert!(comment.len() < 65_536, "{}", comment.len());
    assert!(comment.contains(" more findings: run `kubectl neo4j-backup validate` to see all."));
    assert!(comment.ends_with("</details>\n"));
}
