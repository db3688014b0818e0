use super::*;

fn read(text: &str) -> Parsed<'_> {
    parse(text, &Limits::default())
}

fn tree(text: &str) -> Node<'_> {
    let parsed = read(text);
    assert_eq!(parsed.problems, [], "{text:?}");
    parsed.root.unwrap()
}

/// Kind, slice of the place, slice of the related place.
fn problems(text: &str) -> Vec<(ProblemKind, &str, Option<&str>)> {
    read(text)
        .problems
        .iter()
        .map(|problem| {
            assert!(!problem.message.is_empty() && problem.help.as_ref().is_some_and(|help| help.len() > 10));
            let related = problem.related.as_ref().map(|(span, _)| span.slice(text));
            (problem.kind, problem.span.slice(text), related)
        })
        .collect()
}

fn text_at(node: &Node<'_>, route: &[Step<'_>]) -> String {
    node.find(route).unwrap().node.as_scalar().unwrap().text.to_string()
}

/// `(what is written, what kubectl sends, the trap)`, each row checked against kubectl 1.32.4
/// (`kubectl annotate --local -f - x=y -o json`).
#[test]
fn kubectl_reads_plain_scalars_so() {
    use Resolved::{Bool, Float, Integer, Null, String};
    let rows: &[(&str, Resolved, Option<Trap>)] = &[
        ("~", Null, None),
        ("null", Null, None),
        ("nULL", String, None),
        ("true", Bool(true), None),
        ("TRUE", Bool(true), None),
        ("tRue", String, None),
        ("yes", Bool(true), Some(Trap::BooleanWord)),
        ("On", Bool(true), Some(Trap::BooleanWord)),
        ("y", Bool(true), Some(Trap::BooleanWord)),
        ("N", Bool(false), Some(Trap::BooleanWord)),
        ("off", Bool(false), Some(Trap::BooleanWord)),
        ("yEs", String, None),
        ("0", Integer(0), None),
        ("-0", Integer(0), None),
        ("+12", Integer(12), None),
        ("0777", Integer(511), Some(Trap::Octal)),
        ("-0777", Integer(-511), Some(Trap::Octal)),
        ("007", Integer(7), None),
        ("08", Integer(8), None),
        ("0o777", Integer(511), None),
        ("0O17", Integer(15), Some(Trap::Octal)),
        ("-0o17", Integer(-15), Some(Trap::Octal)),
        ("0b101", Integer(5), Some(Trap::Binary)),
        ("0b102", String, None),
        ("0x1F", Integer(31), None),
        ("0X1F", Integer(31), Some(Trap::Hexadecimal)),
        ("-0x1F", Integer(-31), Some(Trap::Hexadecimal)),
        ("1_000", Integer(1000), Some(Trap::Underscore)),
        ("2024_01_01", Integer(20_240_101), Some(Trap::Underscore)),
        ("_1", String, None),
        ("12:30", String, None),
        ("2024-01-01", String, None),
        ("9223372036854775807", Integer(i64::MAX), None),
        ("-9223372036854775808", Integer(i64::MIN), None),
        ("9223372036854775808", Float(9_223_372_036_854_775_808.0), None),
        ("18446744073709551616", Float(18_446_744_073_709_551_616.0), None),
        ("0xFFFFFFFFFFFFFFFFFF", String, Some(Trap::Overflow)),
        ("1e400", String, Some(Trap::Overflow)),
        ("1.0", Integer(1), None),
        ("1e3", Integer(1000), None),
        ("-0.0", Integer(0), None),
        ("1.2345678901234567e18", Integer(1_234_567_890_123_456_800), None),
        ("1e20", Float(1e20), None),
        (".5", Float(0.5), None),
        (".1_0", Float(0.1), Some(Trap::Underscore)),
        ("._5", String, None),
        ("1.5", Float(1.5), None),
        ("1.2.3", String, None),
        ("0x", String, None),
        ("5.26.0", String, None),
        ("30d", String, None),
    ];
    for (written, resolved, trap) in rows {
        let text = format!("a: {written}");
        let node = tree(&text);
        let scalar = node.get("a").unwrap().as_scalar().unwrap();
        assert_eq!((scalar.resolved, scalar.trap), (*resolved, *trap), "{written}");
    }
}

#[test]
fn quotes_and_blocks_are_text_and_tags_decide() {
    let node =
        tree("a: 'on'\nb: \"0777\"\nc: |\n  12\nd: !!str 12\ne: !!int \"12\"\nf: ! 12\ng: !!float 3\nh:\n");
    for key in ["a", "b", "c", "d", "f"] {
        assert_eq!(node.get(key).unwrap().as_scalar().unwrap().resolved, Resolved::String, "{key}");
    }
    assert_eq!(node.get("e").unwrap().as_scalar().unwrap().resolved, Resolved::Integer(12));
    assert_eq!(node.get("g").unwrap().as_scalar().unwrap().resolved, Resolved::Integer(3));
    assert!(node.get("h").unwrap().is_null());
    assert_eq!(problems("a: !!int ten"), [(ProblemKind::TagMismatch, "!!int", None)]);
    assert_eq!(problems("a: !Ref x"), [(ProblemKind::UnknownTag, "!Ref", None)]);
    assert_eq!(problems("a: !!binary aGk="), [(ProblemKind::UnknownTag, "!!binary", None)]);
    assert_eq!(problems("a: !!seq {b: 1}"), [(ProblemKind::TagMismatch, "!!seq", None)]);
    assert_eq!(problems("a: .inf"), [(ProblemKind::NotFinite, ".inf", None)]);
}

#[test]
fn every_value_and_key_has_its_place() {
    let text = "é: ü # c\nlist:\n  - 'it''s'\n  -\n  - {k: [v ]}\nblock: |\n  a\n  b\n\nempty:\nlast: plain\n  more\n";
    let node = tree(text);
    let slice = |route: &[Step<'_>]| node.find(route).unwrap().node.span.slice(text);
    assert_eq!(slice(&[Step::Key("é")]), "ü");
    assert!(slice(&[Step::Key("list")]).starts_with("- 'it''s'\n"));
    assert!(slice(&[Step::Key("list")]).ends_with("[v ]}"));
    assert_eq!(slice(&[Step::Key("list"), Step::Index(0)]), "'it''s'");
    assert_eq!(slice(&[Step::Key("list"), Step::Index(2)]), "{k: [v ]}");
    assert_eq!(slice(&[Step::Key("list"), Step::Index(2), Step::Key("k")]), "[v ]");
    assert_eq!(slice(&[Step::Key("block")]), "|\n  a\n  b");
    assert_eq!(slice(&[Step::Key("last")]), "plain\n  more");
    let empty = node.find(&[Step::Key("empty")]).unwrap();
    assert_eq!(empty.node.span.start as usize, text.find("empty:").unwrap() + "empty:".len());
    assert_eq!(empty.key_span.unwrap().slice(text), "empty");
    assert_eq!(text_at(&node, &[Step::Key("last")]), "plain more");
}

#[test]
fn a_route_that_ends_early_names_the_deepest_place() {
    let text = "a:\n  b: [x]\n";
    let node = tree(text);
    assert!(node.find(&[Step::Key("a"), Step::Key("c")]).is_none());
    let found = node.find_deepest(&[Step::Key("a"), Step::Key("c"), Step::Key("d")]);
    assert_eq!((found.depth, found.key_span.unwrap().slice(text)), (1, "a"));
    assert!(node.find(&[Step::Key("a"), Step::Key("b"), Step::Index(1)]).is_none());
    assert_eq!(node.find(&[]).unwrap().depth, 0);
}

#[test]
fn part_of_a_scalar_maps_to_the_source_where_nothing_was_decoded() {
    for (text, exact) in [
        ("a: 0 99 * * *", true),
        ("a: '0 99 * * *'", true),
        ("a: \"0 99 * * *\"", true),
        ("a: \"0 99 * * \\x2a\"", false),
        ("a: |\n  0 99 * * *", false),
        ("a: 0 99\n  * * *", false),
    ] {
        let node = tree(text);
        let value = node.get("a").unwrap();
        assert_eq!(value.as_str(), Some("0 99 * * *"), "{text}");
        let part = scalar_subrange(text, value, 2..4);
        if exact {
            assert_eq!(part.slice(text), "99", "{text}");
        } else {
            assert_eq!(part, value.span, "{text}");
        }
        assert_eq!(scalar_subrange(text, value, 5..99), value.span);
    }
}

#[test]
fn an_alias_keeps_both_places() {
    let text = "base: &b {k: v}\nuse: *b\n";
    let node = tree(text);
    let found = node.find(&[Step::Key("use"), Step::Key("k")]).unwrap();
    assert_eq!(found.node.span.slice(text), "v");
    assert_eq!(found.alias.unwrap().slice(text), "*b");
    assert_eq!(node.find(&[Step::Key("base"), Step::Key("k")]).unwrap().alias, None);
}

#[test]
fn aliases_that_lead_nowhere_or_round_in_circles() {
    assert_eq!(problems("a: *x\nb: &x 1\nc: *x\n"), [(ProblemKind::UnknownAlias, "*x", None)]);
    assert_eq!(problems("a: &x [*x]\n"), [(ProblemKind::RecursiveAlias, "*x", Some(""))]);
    assert_eq!(problems("a: &x {<<: *x, b: 1}\n").first().map(|p| p.0), Some(ProblemKind::RecursiveAlias));
    assert_eq!(problems("*a : b\n"), [(ProblemKind::UnknownAlias, "*a", None)]);
}

#[test]
fn merge_lets_written_keys_and_earlier_mappings_win() {
    let text = "a: &a {k: 1, l: 1}\nb: &b {l: 2, m: 2}\nc:\n  <<: [*b, *a]\n  k: 3\n";
    let node = tree(text);
    let merged = node.get("c").unwrap();
    let all: Vec<_> = merged
        .as_mapping()
        .unwrap()
        .entries
        .iter()
        .map(|entry| (entry.key.as_ref(), entry.value.as_scalar().unwrap().text.as_ref(), entry.merged))
        .collect();
    assert_eq!(all, [("k", "3", false), ("l", "2", true), ("m", "2", true)]);
    let l = merged.find(&[Step::Key("l")]).unwrap();
    assert_eq!((l.node.span.slice(text), l.alias.unwrap().slice(text)), ("2", "*b"));
    let inline = tree("<<: {k: 1}\nl: 2\n");
    assert!(inline.as_mapping().unwrap().get("k").unwrap().merged);
    assert!(!tree("\"<<\": {k: 1}\n").as_mapping().unwrap().get("<<").unwrap().merged);
}

/// kubectl 1.32.4 makes `{"m":{"a":2}}` of the first and `{"m":{"a":1}}` of the second.
#[test]
fn merge_below_a_key_that_it_brings_is_a_problem() {
    let text = "m: {a: 1, <<: {a: 2}}\n";
    assert_eq!(problems(text), [(ProblemKind::MergeOrder, "a", Some("<<"))]);
    assert_eq!(text_at(&read(text).root.unwrap(), &[Step::Key("m"), Step::Key("a")]), "1");
    assert_eq!(problems("m: {<<: {a: 2}, a: 1}\n"), []);
    assert_eq!(problems("<<: 5\n"), [(ProblemKind::InvalidMerge, "5", Some("<<"))]);
    assert_eq!(problems("<<: [{a: 1}, b]\n"), [(ProblemKind::InvalidMerge, "b", Some("<<"))]);
    assert_eq!(problems("{<<: {a: 1}, <<: {b: 1}}\n"), [(ProblemKind::DuplicateKey, "<<", Some("<<"))]);
}

#[test]
fn duplicate_keys_are_found_in_small_and_large_mappings_and_the_first_is_kept() {
    let text = "a: 1\n'a': 2\nb: 3\n\"a\": 4\n";
    assert_eq!(
        problems(text),
        [(ProblemKind::DuplicateKey, "'a'", Some("a")), (ProblemKind::DuplicateKey, "\"a\"", Some("a"))]
    );
    assert_eq!(text_at(&read(text).root.unwrap(), &[Step::Key("a")]), "1");
    let mut large = String::new();
    for key in 0..5000 {
        large.push_str(&format!("k{key}: {key}\n"));
    }
    assert_eq!(problems(&large), []);
    large.push_str("k17: again\n");
    let parsed = read(&large);
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.root.as_ref().unwrap().as_mapping().unwrap().entries.len(), 5000);
    assert_eq!(text_at(parsed.root.as_ref().unwrap(), &[Step::Key("k17")]), "17");
}

#[test]
fn keys_are_what_kubectl_makes_of_them() {
    for (text, key, problem) in [
        ("on: x", "true", Some(ProblemKind::RewrittenKey)),
        ("0777: x", "511", Some(ProblemKind::RewrittenKey)),
        ("1.0: x", "1.0", Some(ProblemKind::RewrittenKey)),
        ("1.5: x", "1.5", Some(ProblemKind::RewrittenKey)),
        ("8080: x", "8080", None),
        ("true: x", "true", None),
        ("'on': x", "on", None),
        ("!!str on: x", "on", None),
    ] {
        let parsed = read(text);
        assert_eq!(parsed.problems.first().map(|p| p.kind), problem, "{text}");
        assert!(parsed.root.unwrap().get(key).is_some(), "{text}");
    }
    assert_eq!(problems("~: x"), [(ProblemKind::InvalidKey, "~", None)]);
    assert_eq!(problems("? [a]\n: x"), [(ProblemKind::InvalidKey, "[a]", None)]);
    assert_eq!(problems("on: 1\ntrue: 2\n").len(), 2, "rewritten and then given twice");
}

#[test]
fn syntax_errors_point_at_their_cause() {
    use ProblemKind as Kind;
    for (text, kind, place) in [
        ("a:\n\t- b\n", Kind::Tab, "\t"),
        ("\ta: 1\n", Kind::Tab, "\t"),
        ("a:\n- b\n-\tc: d\n", Kind::Tab, "\t"),
        ("a: \"x\ny: 2\n", Kind::UnclosedQuote, "\""),
        ("a: 'x\n", Kind::UnclosedQuote, "'"),
        ("a: [1, 2\nb: 3\n", Kind::UnclosedBracket, "["),
        ("a: {b: 1\n", Kind::UnclosedBracket, "{"),
        ("a: [1}\n", Kind::UnclosedBracket, "["),
        ("a: b: c\n", Kind::Indentation, ":"),
        ("a:\n  b: 1\n c: 2\n", Kind::Indentation, "c"),
        ("a: @x\n", Kind::Character, "@"),
        ("a: %x\n", Kind::Character, "%"),
        ("a: {{ .Values.x }}\n", Kind::Template, "{{ .Values.x }}"),
        ("{{- if x }}\na: 1\n", Kind::Template, "-"),
        ("a: x\nfoo\nb: c\n", Kind::Syntax, "f"),
        ("a: *\n", Kind::Syntax, "*"),
        ("{\"a\": 1}\n{\"b\": 2}\n", Kind::SecondDocument, "{"),
        ("a: 1\n---\nb: 2\n", Kind::SecondDocument, "---"),
        ("a: b\u{1}c\n", Kind::Character, "\u{1}"),
        ("a: \"b\u{7f}\"\n", Kind::Character, "\u{7f}"),
        ("a: \0\n", Kind::Character, "\0"),
        ("a: b\u{2028}c\n", Kind::ForeignLineBreak, "\u{2028}"),
    ] {
        let found = problems(text);
        assert_eq!(found.first().map(|p| (p.0, p.1)), Some((kind, place)), "{text:?}");
        let parsed = read(text);
        let ended = parsed.problems.iter().any(|problem| problem.kind.ends_reading());
        assert_eq!(parsed.root.is_none(), ended, "{text:?}");
    }
}

#[test]
fn json_with_tabs_and_crlf_are_fine() {
    let node = tree("{\r\n\t\"a\": {\r\n\t\t\"b\": [1, \"x\"]\r\n\t}\r\n}\r\n");
    assert_eq!(text_at(&node, &[Step::Key("a"), Step::Key("b"), Step::Index(1)]), "x");
    let text = "a: 1\r\nb: |\r\n  x\r\n  y\r\n";
    assert_eq!(text_at(&tree(text), &[Step::Key("b")]), "x\ny\n");
    assert_eq!(text_at(&tree("a: |\n  no line end"), &[Step::Key("a")]), "no line end");
    assert_eq!(tree("\u{feff}a: 1\n").as_mapping().unwrap().entries[0].key_span.start, 3);
    tree("a: b\t# a tab before a comment\nc:\td\n");
}

#[test]
fn what_was_read_before_an_error_names_the_document() {
    let parsed = read("kind: Neo4jBackup\nmetadata:\n  name: nightly\n bad: 1\n");
    assert!(parsed.root.is_none());
    let fragment = parsed.fragment.unwrap();
    assert_eq!(text_at(&fragment, &[Step::Key("kind")]), "Neo4jBackup");
    assert_eq!(text_at(&fragment, &[Step::Key("metadata"), Step::Key("name")]), "nightly");
}

#[test]
fn only_comments_with_the_marker_are_kept() {
    let text = "# neo4j-backup: ignore NB412 above\na: 1 # neo4j-backup: ignore NB413 beside\n# other\nb: '# neo4j-backup: no comment'\n";
    let comments = read(text).comments;
    let seen: Vec<_> =
        comments.iter().map(|c| (c.text.trim(), c.own_line, c.span.slice(text).starts_with('#'))).collect();
    assert_eq!(
        seen,
        [
            ("neo4j-backup: ignore NB412 above", true, true),
            ("neo4j-backup: ignore NB413 beside", false, true)
        ]
    );
    assert!(read("# other\na: 1\n").comments.is_empty());
    let many = format!("{}a: 1\n", "# neo4j-backup: x\n".repeat(1000));
    assert_eq!(read(&many).comments.len(), 1000);
}

#[test]
fn empty_documents_have_no_root_or_a_null_one() {
    for text in ["", "# c\n", "\n\n"] {
        let parsed = read(text);
        assert!(parsed.root.is_none() && parsed.problems.is_empty(), "{text:?}");
    }
    assert!(tree("---\n").is_null());
    assert!(tree("---\n...\n").is_null());
}
