//! No text that a person wrote reaches an output raw where it could do harm.

use super::fixture::{Texts, report};
use super::renderers::{PLAIN, rendered};
use crate::diagnostics::text::is_hidden;
use crate::diagnostics::{
    Diagnostic, Excerpt, Fix, Format, Place, Position, Report, Sources, Span, codes, fingerprints,
};

/// Every hidden character there is, between letters.
fn hostile() -> String {
    (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c)).flat_map(|c| [c, 'x']).collect()
}

struct Hostile(String);

impl Sources for Hostile {
    fn excerpt(&self, _place: &Place) -> Option<Excerpt<'_>> {
        Some(Excerpt { text: &self.0, first_line: 1, offset: 0, hidden: &[] })
    }
}

#[test]
fn no_format_writes_a_hidden_character() {
    let text = hostile();
    let start = Position { line: 1, column: 1, offset: 0 };
    let span = Span { start, end: Position { offset: text.find('\n').unwrap(), ..start } };
    let place = Place::at(text.as_str(), span).at_field(text.as_str());
    let finding = Diagnostic::new(&codes::YAML_SYNTAX, place.clone(), text.as_str())
        .help(text.as_str())
        .note(text.as_str())
        .related(place.clone(), text.as_str())
        .related(Place::at("other", span), text.as_str())
        .fix(Fix::replace(text.as_str(), text.as_str(), 0..1, text.as_str()));
    let report = Report { diagnostics: vec![finding], documents: 1, ..Report::default() };
    for format in Format::ALL {
        let shown = rendered(format, &report, &Hostile(text.clone()), &PLAIN);
        let raw: Vec<_> = shown.chars().filter(|c| is_hidden(*c) && *c != '\n').collect();
        assert!(raw.is_empty(), "{format}: {raw:?}");
    }
}

#[test]
fn concise_and_github_write_one_line_a_finding() {
    let texts = Texts::new();
    let report = report(&texts);
    for format in [Format::Concise, Format::Github] {
        assert_eq!(rendered(format, &report, &texts, &PLAIN).lines().count(), report.diagnostics.len());
    }
}

#[test]
fn a_message_cannot_smuggle_a_workflow_command() {
    let texts = Texts::new();
    for line in rendered(Format::Github, &report(&texts), &texts, &PLAIN).lines() {
        let (properties, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (kind, properties) = properties.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&kind), "{line}");
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&name), "{line}");
            assert!(!value.is_empty(), "{line}");
        }
    }
}

#[test]
fn a_place_that_does_not_fit_its_source_is_no_panic() {
    let texts = Texts::new();
    let far = Position { line: 9_999, column: 9_999, offset: usize::MAX };
    let odd = Position { line: 1, column: 1, offset: 4 };
    let zero = Position { line: 0, column: 0, offset: 0 };
    for (start, end) in [(far, far), (odd, far), (far, odd), (zero, zero), (odd, zero)] {
        for path in ["two.yaml", "specs/crlf.yaml", "nowhere"] {
            let place = Place::at(path, Span { start, end });
            let finding = Diagnostic::new(&codes::YAML_SYNTAX, place.clone(), "odd")
                .related(place, "odd")
                .fix(Fix::replace("odd", path, start.offset..end.offset, ""));
            let report = Report { diagnostics: vec![finding], documents: 1, ..Report::default() };
            for format in Format::ALL {
                assert!(rendered(format, &report, &texts, &PLAIN).contains("odd"), "{format}");
            }
        }
    }
}

#[test]
fn every_span_of_a_hostile_text_is_rendered() {
    let text = "a: é\r\n\tb:\u{9b}日\r\r\n\n\u{1f600}: 'x'\u{0}\n";
    let sources = Hostile(text.to_owned());
    let at = |offset| Position { line: 1, column: 1, offset };
    for start in 0..=text.len() {
        for end in 0..=text.len() {
            let place = Place::at("a.yaml", Span { start: at(start), end: at(end) });
            let other = Place::at("a.yaml", Span { start: at(end), end: at(text.len()) });
            let finding = Diagnostic::new(&codes::YAML_SYNTAX, place, "odd")
                .related(other, "there")
                .fix(Fix::replace("do it", "a.yaml", start..end, "new\ntext"));
            let report = Report { diagnostics: vec![finding], documents: 1, ..Report::default() };
            for format in [Format::Human, Format::Markdown, Format::Sarif] {
                assert!(rendered(format, &report, &sources, &PLAIN).contains("odd"), "{start}..{end}");
            }
        }
    }
}

#[test]
fn fingerprints_are_unique_and_do_not_know_lines() {
    let texts = Texts::new();
    let report = report(&texts);
    let mut moved = report.clone();
    for diagnostic in &mut moved.diagnostics {
        if let Some(span) = &mut diagnostic.place.span {
            span.start.line += 7;
            span.end.offset += 100;
        }
    }
    assert_eq!(fingerprints(&report), fingerprints(&moved));
    let mut twice = report.clone();
    twice.diagnostics.extend(report.diagnostics.clone());
    let all: std::collections::BTreeSet<_> = fingerprints(&twice).into_iter().collect();
    assert_eq!(all.len(), twice.diagnostics.len());
    assert!(all.iter().all(|print| print.len() == 64 && print.bytes().all(|b| b.is_ascii_hexdigit())));
}
