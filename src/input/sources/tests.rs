mod selecting;

use super::*;
use crate::input::yaml::Position;
use proptest::prelude::*;
use std::io::{self, Read};

fn stdin() -> Vec<Source> {
    let selection = Selection { filenames: vec!["-".into()], ..Selection::default() };
    selection.plan_sources().unwrap()
}

fn read(bytes: &[u8]) -> Vec<Result<RawDocument, ReadError>> {
    Documents::new(&stdin(), bytes, ReadLimits::default()).collect()
}

/// Number, first line, offset and text of each document.
fn documents(bytes: &[u8]) -> Vec<(usize, u32, usize, String)> {
    read(bytes)
        .into_iter()
        .map(|document| document.unwrap())
        .map(|document| (document.index, document.first_line, document.offset, document.text))
        .collect()
}

fn only_problem(bytes: &[u8]) -> ReadProblem {
    let mut problems: Vec<_> = read(bytes).into_iter().filter_map(Result::err).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    match problems.pop() {
        Some(ReadError::Problem(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_is_cut_at_markers_and_numbered_with_its_empty_documents() {
    let stream = "# head\n---\na: 1\n---\n# nothing\n---   # still nothing\n---\nb: |\n  ---\n --- \n----\n...\n%YAML 1.2\n---\nc: 3";
    assert_eq!(
        documents(stream.as_bytes()),
        [
            (0, 1, 0, "# head\n---\na: 1\n".into()),
            (3, 7, 52, "---\nb: |\n  ---\n --- \n----\n...\n".into()),
            (4, 13, 82, "%YAML 1.2\n---\nc: 3".into()),
        ]
    );
    assert_eq!(documents(b"a: 1\r\n---\r\nb: 2\r\n").len(), 2);
    assert_eq!(documents(b"--- {a: 1}\n--- text\n---\tx\n---").len(), 3);
    assert_eq!(documents(b"a: 1\n--\n---b\n"), [(0, 1, 0, "a: 1\n--\n---b\n".into())]);
    assert_eq!(
        documents(b"%YAML 1.2\n").len(),
        1,
        "a directive without a document is the parser's to explain"
    );
    for empty in [&b""[..], b"\n\n", b"# c\n", b"---\n---\n", b"...\n...\n", b"\xEF\xBB\xBF"] {
        assert_eq!(documents(empty), [], "{empty:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_and_shifts_nothing() {
    assert_eq!(
        documents(b"\xEF\xBB\xBFa: 1\n---\nb: 2\n"),
        [(0, 1, 3, "a: 1\n".into()), (1, 2, 8, "---\nb: 2\n".into())]
    );
}

#[test]
fn what_is_not_text_gets_a_place_and_a_remedy() {
    type Case = (&'static [u8], ReadProblemKind, (u32, u32), usize);
    let cases: [Case; 11] = [
        (b"\xFF\xFEa\0:\0", ReadProblemKind::Utf16, (1, 1), 0),
        (b"\xFE\xFF\0a\0:", ReadProblemKind::Utf16, (1, 1), 0),
        (b"a\0:\0 \x001\0", ReadProblemKind::Utf16, (1, 1), 0),
        (b"\0a\0:", ReadProblemKind::Utf16, (1, 1), 0),
        (b"\x1F\x8B\x08\0\0", ReadProblemKind::Binary, (1, 1), 0),
        (b"\0\0\0\0", ReadProblemKind::Binary, (1, 1), 0),
        (b"a: 1\n\xC3\xA9: x\0y\n", ReadProblemKind::Binary, (2, 5), 10),
        (b"a: 1\n\xC3\xA9: \xFF\n", ReadProblemKind::InvalidUtf8, (2, 4), 9),
        (b"a: \xC3", ReadProblemKind::InvalidUtf8, (1, 4), 3),
        (b"a: 1\rb: 2\n", ReadProblemKind::LoneCarriageReturn, (1, 5), 4),
        (b"a: 1\r\nb: 2\r", ReadProblemKind::LoneCarriageReturn, (2, 5), 10),
    ];
    for (bytes, kind, (line, column), offset) in cases {
        let problem = only_problem(bytes);
        assert_eq!((problem.kind, problem.offset), (kind, offset), "{bytes:?}");
        assert_eq!(problem.position, Position { line, column }, "{bytes:?}");
        assert!(problem.message.len() > 10 && problem.help.len() > 10);
        assert_eq!(problem.source.as_str(), "<stdin>");
    }
}

#[test]
fn after_a_bad_document_the_next_ones_are_read() {
    let found = read(b"a: \xFF\n---\nb: 1\n---\nc: \rd\n---\ne: 1\n");
    let shape: Vec<_> = found.iter().map(|item| item.as_ref().ok().map(|document| document.index)).collect();
    assert_eq!(shape, [None, Some(1), None, Some(3)]);
    let found = read(b"a: 1\n---\nb: \0\n---\nc: 1\n");
    assert_eq!(found.len(), 2, "nothing is read after a NUL byte");
}

#[test]
fn a_source_over_the_limit_is_a_problem_and_not_held_in_memory() {
    struct Endless(usize);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len();
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }
    let sources = stdin();
    let mut endless = Endless(0);
    let found: Vec<_> = Documents::new(&sources, &mut endless, ReadLimits { bytes: 1 << 20 }).collect();
    assert!(
        matches!(found.as_slice(), [Err(ReadError::Problem(problem))] if problem.kind == ReadProblemKind::TooLarge)
    );
    assert!(endless.0 < 3 << 20, "{}", endless.0);

    let many = "---\na: 1\n".repeat(10);
    let limits = ReadLimits { bytes: 50 };
    let found: Vec<_> = Documents::new(&sources, many.as_bytes(), limits).collect();
    assert!(
        matches!(found.last(), Some(Err(ReadError::Problem(problem))) if problem.message.contains("50 bytes"))
    );
}

#[test]
fn a_reader_that_fails_is_an_input_that_cannot_be_read() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("cable pulled"))
        }
    }
    let sources = stdin();
    let found: Vec<_> = Documents::new(&sources, Broken, ReadLimits::default()).collect();
    assert!(matches!(found.as_slice(), [Err(ReadError::Source(SourceError::Unreadable { .. }))]));
}

#[test]
fn standard_input_takes_the_name_that_it_is_given() {
    let selection =
        Selection { filenames: vec!["-".into()], stdin_name: Some("ci.yaml".into()), ..Selection::default() };
    let sources = selection.plan_sources().unwrap();
    let document = Documents::new(&sources, &b"a: 1"[..], ReadLimits::default()).next().unwrap().unwrap();
    assert_eq!(document.source.as_str(), "ci.yaml");
}

#[test]
fn batches_hold_everything_in_order() {
    let stream: String = (0..1000).map(|number| format!("---\nn: {number}\n")).collect();
    let sources = stdin();
    let batches: Vec<_> =
        Documents::new(&sources, stream.as_bytes(), ReadLimits::default()).batches(500).collect();
    assert!(batches.len() > 10);
    assert!(
        batches.iter().enumerate().all(|(number, batch)| batch.number == number && !batch.items.is_empty())
    );
    let joined: String =
        batches.into_iter().flat_map(|batch| batch.items).map(|item| item.unwrap().text).collect();
    assert_eq!(joined, stream);
}

/// A reader that hands out a few bytes at a time.
struct Dripping<'b>(&'b [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the bytes arrive, the documents are the same, each is where it says it is, and
    /// nothing but comments, blanks and markers lies between them.
    #[test]
    fn cutting_does_not_depend_on_how_bytes_arrive(
        lines in proptest::collection::vec(prop_oneof![
            Just("---\n"), Just("--- x\n"), Just("...\n"), Just("# c\n"), Just("\n"), Just("a: 1\n"), Just("  é\r\n"), Just("%T y\n"), Just("----\n")
        ], 0..40),
        drip in 1_usize..9,
    ) {
        let stream = lines.concat();
        let sources = stdin();
        let whole = documents(stream.as_bytes());
        let dripped: Vec<_> = Documents::new(&sources, Dripping(stream.as_bytes(), drip), ReadLimits::default())
            .map(Result::unwrap)
            .map(|document| (document.index, document.first_line, document.offset, document.text))
            .collect();
        prop_assert_eq!(&whole, &dripped);
        let mut end = 0;
        for (_, first_line, offset, text) in &whole {
            prop_assert!(*offset >= end);
            prop_assert_eq!(stream.get(*offset..*offset + text.len()), Some(text.as_str()));
            prop_assert_eq!(stream[..*offset].matches('\n').count() + 1, *first_line as usize);
            let between = &stream[end..*offset];
            prop_assert!(!between.contains("a: 1") && !between.contains('x') && !between.contains('é'), "{:?}", between);
            end = offset + text.len();
        }
        prop_assert!(!stream[end..].contains("a: 1"));
    }

    #[test]
    fn any_bytes_end_in_documents_or_problems(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for item in read(&bytes) {
            if let Err(ReadError::Problem(problem)) = item {
                prop_assert!(problem.offset <= bytes.len());
                prop_assert!(problem.position.line >= 1 && problem.position.column >= 1);
            }
        }
    }
}
