use super::*;

/// The text as it may be shown.
fn shown(text: &str) -> String {
    masked(text, &Confidential::of(text).ranges)
}

#[test]
fn of_a_secret_only_its_names_are_shown() {
    let text = "\
kind: Secret # hush
apiVersion: v1
metadata:
  name: keys
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {\"stringData\":{\"a\":\"hush\"}}
stringData:
  user: hush
  user: 'hush
    hush'
  key: |
    hush: hush
  flow: {a: hush}
data: {a: hush, b: \"hush\"}
";
    let shown = shown(text);
    assert!(!shown.contains("hush"), "{shown}");
    for kept in ["kind: Secret ***", "name: keys", "  user: ***", "  key: ***", "data: {a: ***"] {
        assert!(shown.contains(kept), "{kept}\n{shown}");
    }
}

#[test]
fn what_may_be_a_secret_and_cannot_be_parsed_is_hidden() {
    for text in [
        "kind: Secret\nstringData:\n  a: \"hush\n  b: hush\n",
        "stringData:\n\ta: hush\n\"kind\" :\n  'Secret'\n",
        "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"hush\"\n",
        "kind: Secret\nstringData: {a: hush}\nkind: Neo4jBackup\nspec: {a: hush}\n",
        "kind: ConfigMap\ndata:\n  a: |\n    kind: Secret\n    stringData: {a: hush}\n",
        "kind: List\nitems:\n- kind: Secret\n  data: {a: hush}\n  data: {b: hush}\n- kind: Secret\n  # hush\n",
        "kind: !!str Secret\ndata: {a: hush}\n",
        "kind: \"\\u0053ecret\"\ndata: {a: hush}\n",
    ] {
        let shown = shown(text);
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[test]
fn in_a_spec_only_credentials_are_hidden() {
    let text = "\
kind: Neo4jRestore
spec:
  env:
    - {name: A_TOKEN, value: hush}
    - name: B_PASSWORD
      value: >-
        hush
        hush
    - {name: PLAIN, value: seen}
    - {name: C_PASSWORD, value: $(SEEN)}
  args: [--password, hush, seen, -p, hush]
  uri: \"s3://seen/x?sig=hush\"
  password: hush
  credentialsSecretRef: seen
  count: 3
";
    let shown = shown(text);
    assert!(!shown.contains("hush"), "{shown}");
    assert_eq!(shown.to_ascii_lowercase().matches("seen").count(), 5, "{shown}");
    assert!(shown.contains("count: 3") && shown.contains("uri: \"s3://seen/x?***\""), "{shown}");
}

#[test]
fn a_text_without_secrets_stays() {
    let text = "kind: Neo4jBackup\nspec: {cloud: {credentialsSecretRef: keys}, schedule: '0 2 * * *'}\n";
    assert_eq!(Confidential::of(text), Confidential::default());
}

#[test]
fn ranges_are_in_order_and_within_lines() {
    let text = "kind: Secret\r\ndata: {ü: é, b: é}\r\n# é\r\n---\r\n";
    let ranges = Confidential::of(text).ranges;
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "{ranges:?}");
    assert!(ranges.iter().all(|range| !text[range.clone()].contains(['\n', '\r'])), "{ranges:?}");
}

#[test]
fn a_file_is_hidden_document_by_document() {
    let text = "---\nkind: Secret\ndata:\n  a: |\n    ---x\n    hush\n---\nkind: A\nseen: 1\n---\nkind: Secret\ndata: {a: hush}\n";
    let shown = masked(text, &of_file(text));
    assert!(
        !shown.contains("hush") && shown.contains("seen: 1") && shown.starts_with("---\nkind: Secret"),
        "{shown}"
    );
}

proptest::proptest! {
    /// Whatever stands in a Secret, whether it is YAML or not, none of its values is shown.
    #[test]
    fn no_value_of_a_secret_is_ever_shown(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "HUSH", " HUSH", "x", " ", "\n", "\n  a: ", "\n  b: ", "\n    ", "\"", "'", "|\n    ", ">-\n    ", "- ", " # ",
                "&x ", "*x", "!!str ", "%", "@", "\t", "[", "]", "\\", "é", "\r\n", "\n---x", "`",
            ]),
            0..24,
        ),
        behind in proptest::bool::ANY,
    ) {
        let body = format!("stringData:\n  a: {}\n", pieces.concat());
        let text = if behind {
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: keys}}\n{body}")
        } else {
            format!("{body}apiVersion: v1\nmetadata: {{name: keys}}\nkind: Secret\n")
        };
        let shown = shown(&text);
        proptest::prop_assert!(!shown.contains("HUSH"), "{text}\n---\n{shown}");
    }
}
