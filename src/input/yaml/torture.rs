//! Hostile and random input: whatever comes, a tree or problems with places, soon and in bounds.

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Parses, checks that every place lies in the text, and that it did not take long.
fn survive(text: &str) -> Parsed<'_> {
    let started = Instant::now();
    let parsed = parse(text, &Limits::default());
    assert!(started.elapsed() < Duration::from_secs(5), "{} bytes took {:?}", text.len(), started.elapsed());
    for problem in &parsed.problems {
        check(text, problem.span);
        problem.related.iter().for_each(|(span, _)| check(text, *span));
        assert!(!problem.message.is_empty());
    }
    parsed.comments.iter().for_each(|comment| check(text, comment.span));
    for node in parsed.root.iter().chain(&parsed.fragment) {
        walk(text, node, 0);
    }
    let ended = parsed.problems.iter().any(|problem| problem.kind.ends_reading());
    assert!(!(ended && parsed.root.is_some()));
    assert!(parsed.problems.len() <= Limits::default().problems + 1);
    parsed
}

fn check(text: &str, span: Span) {
    assert!(span.start <= span.end, "{span:?} in {text:?}");
    assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    // Building an index for each place of a long text would take longer than what is tested.
    if text.len() < 4096 {
        let index = LineIndex::new(text);
        let start = span.start as usize;
        assert_eq!(index.position(text, start), position(text, start));
    }
}

fn walk(text: &str, node: &Node<'_>, depth: usize) {
    assert!(depth <= Limits::MAX_DEPTH);
    assert!(text.get(node.span.range()).is_some(), "{:?} in {text:?}", node.span);
    match &node.value {
        Value::Scalar(scalar) => {
            let part = scalar_subrange(text, node, 0..scalar.text.len().min(1));
            assert!(text.get(part.range()).is_some());
        }
        Value::Sequence(items) => items.iter().for_each(|item| walk(text, item, depth + 1)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                assert!(text.get(entry.key_span.range()).is_some());
                walk(text, &entry.value, depth + 1);
            }
        }
    }
}

fn first_kind(text: &str) -> Option<ProblemKind> {
    survive(text).problems.first().map(|problem| problem.kind)
}

#[test]
fn bombs_end_in_a_problem() {
    use ProblemKind as Kind;
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", ")));
    }
    assert_eq!(first_kind(&laughs), Some(Kind::TooManyAliases));

    let mut merges = String::from("a0: &a0 {k: v}\n");
    for level in 1..40 {
        merges.push_str(&format!("a{level}: &a{level} {{<<: *a{}, k{level}: *a{}}}\n", level - 1, level - 1));
    }
    assert_eq!(first_kind(&merges), Some(Kind::TooManyAliases));

    // Depth added up through aliases would overflow the stack of whoever walks the tree.
    let mut tower = String::from("- &a0 [[[[[[[[[[x]]]]]]]]]]\n");
    for level in 1..100 {
        tower.push_str(&format!("- &a{level} [[[[[[[[[[*a{}]]]]]]]]]]\n", level - 1));
    }
    assert_eq!(first_kind(&tower), Some(Kind::TooDeep));

    // One large text that is not borrowed, many times.
    let wide = format!("a: &a \"x\\n{}\"\nb: [{}]\n", "y".repeat(1 << 20), "*a, ".repeat(10_000));
    assert_eq!(first_kind(&wide), Some(Kind::TooManyAliases));

    assert_eq!(first_kind(&"[".repeat(100_000)), Some(Kind::TooDeep));
    assert_eq!(first_kind(&"{a: ".repeat(100_000)), Some(Kind::TooDeep));
    assert_eq!(first_kind(&"- ".repeat(100_000)), Some(Kind::TooDeep));
    assert_eq!(first_kind(&"? ".repeat(100_000)), Some(Kind::TooDeep));
    let stairs: String = (0..2000).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    assert_eq!(first_kind(&stairs), Some(Kind::TooDeep));
    assert_eq!(first_kind(&format!("{}{}", "[".repeat(128), "]".repeat(128))), None);
    assert_eq!(first_kind(&format!("{}{}", "[".repeat(129), "]".repeat(129))), Some(Kind::TooDeep));
}

#[test]
fn long_things_are_read_in_time() {
    let million = 1 << 20;
    survive(&format!("a: {}\n", "x".repeat(4 * million)));
    survive(&format!("a: \"{}", "x\\n".repeat(million)));
    survive(&format!("a: |\n{}", "  line\n".repeat(300_000)));
    survive(&format!("a: {}\n", "word\n  ".repeat(300_000)));
    survive(&"# comment\n".repeat(300_000));
    survive(&format!("{}: x\n", "k".repeat(million)));
    survive(&"\n".repeat(2 * million));
    survive(&"a: *x\n".repeat(100_000));
    survive(&"<<: {a: 1}\n".repeat(50_000));
    survive(&"&a ".repeat(100_000));
    survive(&"!!str ".repeat(100_000));
    survive(&"'".repeat(million));
    survive(&"a:\n\t\n".repeat(100_000));
    survive(&"%A b\n".repeat(100_000));
    survive(&format!("{}a", "#neo4j-backup:\n".repeat(100_000)));
}

#[test]
fn limits_are_kept() {
    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(parse("a: 12345678", &limits).problems[0].kind, ProblemKind::TooLarge);
    let limits = Limits { nodes: 5, ..Limits::default() };
    assert_eq!(parse("[1,2,3,4,5]", &limits).problems[0].kind, ProblemKind::TooLarge);
    assert!(parse("[1,2,3,4]", &limits).problems.is_empty());
    let limits = Limits { depth: 2, ..Limits::default() };
    assert_eq!(parse("a: {b: {c: 1}}", &limits).problems[0].kind, ProblemKind::TooDeep);
    let limits = Limits { depth: 100_000, ..Limits::default() };
    assert_eq!(parse(&"[".repeat(1000), &limits).problems[0].kind, ProblemKind::TooDeep);
    let limits = Limits { problems: 3, ..Limits::default() };
    assert_eq!(parse(&"a: 1\n".repeat(50), &limits).problems.len(), 3);
}

/// A small generator of our own, so that the same inputs come in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

const SEEDS: [&str; 4] = [
    "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata:\n  name: nightly # neo4j-backup: ignore NB1 x\nspec:\n  target: &t {kind: Cluster, name: 'it''s'}\n  schedule: \"0 2 * * *\"\n  again: *t\n  <<: *t\n",
    "a: |\n  text\n   more\nb: >-\n  fold\n\n  ed\nc: [x, {y: z}, \"q\\u00e9\\n\"]\n? k\n: v\n- - a\n",
    "{\r\n\t\"a\": {\"b\": [1, true, null, \"ü\"]},\r\n\t\"c\": 0777\r\n}\r\n",
    "%YAML 1.2\n---\non: yes\n1_000: .5\n!!str x: !foo y\n... \n",
];

const PIECES: [&str; 40] = [
    "\t",
    " ",
    "\n",
    "  ",
    ":",
    ": ",
    "- ",
    "#",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "|",
    ">",
    "&x ",
    "*x",
    "!",
    "!!int ",
    "? ",
    "%",
    "@",
    "`",
    "<<: ",
    "~",
    "---\n",
    "...\n",
    "\r",
    "é",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "\\",
    "{{ x }}",
    "neo4j-backup:",
    "<<: *t\n",
    "\u{10ffff}",
    "|2\n",
];

#[test]
fn mutated_documents_never_panic() {
    let mut random = Random(7);
    for _ in 0..6000 {
        let mut text: Vec<char> = SEEDS[random.below(SEEDS.len())].chars().collect();
        for _ in 0..=random.below(6) {
            let at = random.below(text.len() + 1);
            match random.below(4) {
                0 | 1 => {
                    let piece = PIECES[random.below(PIECES.len())];
                    text.splice(at..at, piece.chars());
                }
                2 => {
                    let end = (at + random.below(12)).min(text.len());
                    text.drain(at..end);
                }
                _ => {
                    let from = random.below(text.len() + 1);
                    let to = (from + random.below(40)).min(text.len());
                    let copy = text[from..to].to_vec();
                    text.splice(at..at, copy);
                }
            }
        }
        survive(&text.into_iter().collect::<String>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_places_inside_it(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn any_bytes_as_text(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_quoted_string_comes_back_whole(value in "[^\\x00-\\x1f\\x7f-\\x9f\\u{2028}\\u{2029}\\u{feff}\\u{fffe}\\u{ffff}]{0,40}") {
        let single = format!("a: '{}'\n", value.replace('\'', "''"));
        let parsed = survive(&single);
        prop_assert_eq!(parsed.root.as_ref().and_then(|root| root.get("a")?.as_str()), Some(value.as_str()));
        let double = format!("a: \"{}\"\n", value.replace('\\', "\\\\").replace('"', "\\\""));
        let parsed = survive(&double);
        prop_assert_eq!(parsed.root.as_ref().and_then(|root| root.get("a")?.as_str()), Some(value.as_str()));
    }
}
