//! Bad input is a feature: each kind gets a finding with a code and a place, or a clean error with a next step.

use crate::support::{run, run_with_input};

const SPEC: &str = "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata:\n  name: a\n  namespace: graph\nspec:\n  target: {kind: Cluster, name: graph}\n  storage:\n    type: pvc\n    pvc: {name: backups}\n";

/// Places and codes of the findings about a text.
#[track_caller]
fn findings(input: impl Into<Vec<u8>>) -> Vec<String> {
    let run = run_with_input(
        ["validate", "-f", "-", "-o", "concise", "--servers", "3", "--image", "neo4j:5.26.12-enterprise"],
        input,
    );
    assert!(run.code == 0 || run.code == 1, "{}", run.transcript());
    run.stdout
        .lines()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" ").replace("<stdin>:", ""))
        .collect()
}

#[track_caller]
fn has(input: impl Into<Vec<u8>>, expected: &str) {
    let found = findings(input);
    assert!(found.iter().any(|finding| finding == expected), "{expected} is not among {found:#?}");
}

#[test]
fn what_is_no_text_is_named() {
    has(b"\x7fELF\x00\x01\x02".to_vec(), "1:5 error[NB002]");
    has(b"\xff\xfea\x00:\x00".to_vec(), "1:1 error[NB001]");
    has(b"a: caf\xe9\n".to_vec(), "1:7 error[NB003]");
}

#[test]
fn an_empty_input_says_that_nothing_was_checked() {
    for input in ["", "\n\n", "# only a comment\n", "---\n---\n"] {
        let run = run_with_input(["validate", "-f", "-", "-o", "concise"], input).expect(0);
        assert!(run.stdout.contains("NB030"), "{input:?}: {}", run.transcript());
        run_with_input(["validate", "-f", "-", "--strict"], input).expect(1);
    }
}

#[test]
fn duplicate_keys_show_both_places() {
    let text = SPEC.replace("  name: a\n", "  name: a\n  name: b\n");
    has(text.as_str(), "5:3 error[NB011]");
    let run = run_with_input(["validate", "-f", "-"], text);
    assert!(run.stdout.contains("4:3") || run.stdout.contains("first"), "{}", run.stdout);
}

#[test]
fn a_syntax_error_does_not_hide_the_next_document() {
    let text = format!("a: [1, 2\n---\n{}", SPEC.replace("type: pvc", "type: floppy"));
    let found = findings(text);
    assert!(found.iter().any(|finding| finding.contains("NB010")), "{found:#?}");
    assert!(found.iter().any(|finding| finding == "11:11 error[NB105]"), "{found:#?}");
}

#[test]
fn places_hold_through_crlf_bom_lists_and_anchors() {
    let wrong = SPEC.replace("type: pvc", "type: é");
    has(wrong.replace('\n', "\r\n"), "9:11 error[NB105]");
    has(format!("\u{feff}{wrong}"), "9:11 error[NB105]");
    let indented: String = wrong.lines().map(|line| format!("    {line}\n")).collect();
    has(format!("apiVersion: v1\nkind: List\nitems:\n  -\n{indented}"), "13:15 error[NB105]");
    let anchored = SPEC.replace("  storage:\n    type: pvc\n", "  storage:\n    <<: &base {type: é}\n");
    has(anchored, "9:22 error[NB105]");
}

#[test]
fn kubernetes_reading_of_plain_words_is_told() {
    has(SPEC.replace("name: backups", "name: 0777"), "10:17 error[NB021]");
    has(SPEC.replace("name: backups", "name: yes"), "10:17 error[NB020]");
    has(SPEC.replace("  target:", "  suspend: \"true\"\n  target:"), "7:12 error[NB104]");
}

#[test]
fn bombs_end_in_a_finding() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let previous = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
    }
    assert!(findings(bomb).iter().any(|finding| finding.contains("NB006")));
    let found = findings("[".repeat(100_000));
    assert!(found.iter().any(|finding| finding.contains("error[")), "{found:?}");
    let deep: String = (0..200).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert!(findings(deep).iter().any(|finding| finding.contains("NB005")));
}

#[test]
fn a_file_beyond_the_limit_is_refused_without_being_kept() {
    let mut huge = vec![b'#'; 65 << 20];
    huge.push(b'\n');
    assert!(findings(huge).iter().any(|finding| finding.contains("NB004")));
}

#[test]
fn documents_of_other_kinds_are_left_alone() {
    let run = run_with_input(
        ["validate", "-v", "-f", "-", "-o", "concise"],
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes}\n",
    );
    assert!(!run.stdout.contains("error["), "{}", run.transcript());
    assert!(run.stderr.contains("1 of other kinds left alone"), "{}", run.transcript());
}

#[test]
fn other_dialects_are_named() {
    for (version, word) in [
        ("neo4j.neo4j.com/v1beta1", "operator 1.13"),
        ("neo4j.com/v1", "official"),
        ("example.org/v1", "no language"),
    ] {
        let run = run_with_input(["validate", "-f", "-"], SPEC.replace("neo4j.neo4j.com/v1alpha1", version))
            .expect(1);
        assert!(run.stdout.contains("NB108") && run.stdout.contains(word), "{}", run.stdout);
    }
}

#[test]
fn what_cannot_be_opened_is_a_usage_error_with_a_next_step() {
    for arguments in [
        vec!["validate", "-f", "does-not-exist.yaml"],
        vec!["validate", "-f", "src"],
        vec!["validate", "-f", "nothing-*.yaml"],
        vec!["validate", "-f", "https://example.org/a.yaml"],
        vec!["validate"],
        vec!["render", "-k", "src", "-f", "examples"],
        vec!["nonsense"],
        vec!["validate", "-f", "examples", "-o", "xml"],
        vec!["validate", "-f", "examples", "--neo4j-version", "four"],
    ] {
        let run = run(&arguments).expect(2);
        assert!(run.stdout.is_empty(), "{}", run.transcript());
        assert!(run.stderr.lines().count() >= 2, "no next step: {}", run.transcript());
    }
}

#[test]
fn an_error_never_lets_a_part_of_the_objects_out() {
    let text =
        format!("{SPEC}---\n{}", SPEC.replace("name: a", "name: b").replace("type: pvc", "type: floppy"));
    let run =
        run_with_input(["render", "-f", "-", "--servers", "3", "--image", "neo4j:5.26.12-enterprise"], text)
            .expect(1);
    assert!(run.stdout.is_empty());
    assert!(run.stderr.contains("NB105"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = crate::support::command()
        .args(["render", "--quiet", "-R", "-f", "examples"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_looks_like_a_secret_is_told_of_and_never_shown() {
    let text = SPEC
        .replace("  target:", "  options: {additionalArgs: [\"--verbose=AKIAABCDEFGHIJKLMNOP\"]}\n  target:");
    for format in ["human", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let run = run_with_input(["validate", "-f", "-", "-o", format], text.as_str());
        assert!(
            run.stdout.contains("NB132") || run.stdout.contains("NB256") || format == "junit",
            "{}",
            run.stdout
        );
        assert!(!run.stdout.contains("AKIAABCDEFGHIJKLMNOP"), "{format}: {}", run.stdout);
    }
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for flags in [
        vec!["--image", "neo4j:5.26.33-enterprise", "--neo4j-version", "2025.10.1"],
        vec!["--image", "neo4j:5.26.33-enterprise", "--edition", "Community"],
        vec!["--image", "neo4j:5.26.33-enterprise", "--topology", "Standalone", "--servers", "3"],
        vec!["--image", "neo4j:5.26.33-enterprise bar"],
        vec!["-n", "A_1"],
    ] {
        let mut arguments = vec!["render", "-f", "examples/pvc-simple"];
        arguments.extend(&flags);
        let run = run(&arguments).expect(2);
        assert!(run.stdout.is_empty() && run.stderr.contains("help:"), "{flags:?}: {}", run.transcript());
    }
}

#[test]
fn yaml_that_two_readers_read_differently_is_told() {
    for (lines, expected) in [
        ("  options: &a {additionalArgs: [*a]}\n", "7:33 error[NB013]"),
        ("  options: {additionalArgs: [*nobody]}\n", "7:30 error[NB012]"),
        ("  suspend: !Ref other\n", "7:12 error[NB014]"),
        ("  <<: text\n", "7:7 error[NB015]"),
        ("  on: true\n", "7:3 error[NB016]"),
    ] {
        has(SPEC.replace("  target:", &format!("{lines}  target:")), expected);
    }
    has("a:\n\tb: 1\n", "2:1 error[NB017]");
    has("a: 1\rb: 2\n", "1:5 error[NB018]");
}

#[test]
fn documents_that_are_no_objects_are_told() {
    has("- a\n- b\n", "1:1 error[NB031]");
    has("kind: Thing\nspec: {}\n", "1:1 error[NB032]");
    assert!(findings("values: for a chart\n").iter().all(|finding| !finding.contains("error")));
}

#[test]
fn fields_that_are_missing_empty_or_out_of_bounds_are_told() {
    has(SPEC.replace("    type: pvc\n", ""), "9:5 error[NB103]");
    has(SPEC.replace("  target:", "  schedule:\n  target:"), "7:12 warning[NB107]");
    has(SPEC.replace("  target:", "  historyLimits: {failed: -1}\n  target:"), "7:27 error[NB106]");
}

#[test]
fn comments_accept_what_they_may_and_nothing_else() {
    let with = |comment: &str| SPEC.replace("name: graph}\n", &format!("name: graph}} {comment}\n"));
    // Who is told that something is not known may say why that is fine; here the name is a placeholder.
    let placeholder = SPEC.replace("name: graph}", "name: graph, databases: [TODO-name]}");
    let accepted =
        placeholder.replace("name]}\n", "name]} # neo4j-backup: ignore NB130 named when the shop opens\n");
    assert!(findings(placeholder.as_str()).iter().any(|finding| finding.contains("NB130")), "{placeholder}");
    assert!(
        findings(accepted.as_str())
            .iter()
            .all(|finding| !finding.contains("NB130") && !finding.contains("NB04"))
    );
    let above = placeholder
        .replace("  target:", "  # neo4j-backup: ignore NB130 named when the shop opens\n\n  target:");
    assert!(findings(above).iter().all(|finding| !finding.contains("NB130") && !finding.contains("NB04")));

    has(with("# neo4j-backup: ignore NB130 nothing is left"), "7:40 warning[NB040]");
    has(with("# neo4j-backup: ignore NB130"), "7:40 warning[NB041]");
    has(with("# neo4j-backup: ignore NB998 a reason"), "7:40 warning[NB043]");
    has(with("# neo4j-backup: allow NB130 a reason"), "7:40 warning[NB043]");
    let error = SPEC.replace("type: pvc\n", "type: floppy # neo4j-backup: ignore NB105 we like it\n");
    has(error.as_str(), "9:18 warning[NB042]");
    has(error, "9:11 error[NB105]");
}

#[test]
fn a_restore_is_left_out_with_a_word() {
    let run = run(["render", "-f", "examples/restore-from-s3"]).expect(0);
    assert!(run.stdout.is_empty() && run.stderr.contains("NB702"), "{}", run.transcript());
}
