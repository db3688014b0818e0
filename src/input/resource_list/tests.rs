use proptest::prelude::*;

use super::*;

fn read(text: &str) -> ResourceList {
    ResourceList::read(text.as_bytes()).unwrap()
}

fn refused(text: &str) -> String {
    let error = ResourceList::read(text.as_bytes()).unwrap_err();
    assert!(error.hint().len() > 10);
    error.to_string()
}

fn parts(list: &ResourceList) -> Vec<&str> {
    list.items().iter().map(|item| list.verbatim(item)).collect()
}

const HEAD: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";

#[test]
fn items_are_cut_with_the_comments_above_them_and_keep_every_byte() {
    for indent in ["", "  ", "    "] {
        let items = [
            format!(
                "{indent}# the first\n{indent}- a: 1 # one\n{indent}  b: |\n{indent}    - no item\n\n{indent}    # no comment\n"
            ),
            format!("{indent}-\n{indent}  c: [1,\n{indent}    2]\n"),
            format!("# further left\n{indent}# the third\n{indent}- - d\n{indent}  - e\n"),
        ];
        let text = format!("{HEAD}items: # all\n{}functionConfig: {{kind: X}}\n", items.concat());
        let list = read(&text);
        assert_eq!(parts(&list), items, "{indent:?}");
        assert_eq!(list.style(), Style::Block { indent: indent.len() });
        let again: String = list
            .segments()
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) | Segment::Items { all: text } => text,
                Segment::Results { given } => {
                    assert!(!given);
                    ""
                }
            })
            .collect();
        assert_eq!(again, text);
        // The dash is read as a space, so that lines and columns are those of the list.
        let document = list.document(0).unwrap();
        assert!(document.text.contains("  a: 1 # one\n"), "{}", document.text);
        assert_eq!((document.first_line, document.text.len()), (4, items[0].len()));
        assert_eq!(list.item_of(document.offset), Some(0));
        assert_eq!(list.item_at(document.offset + 3), Some(0));
        assert_eq!(list.item_at(text.len() - 3), None);
    }
}

#[test]
fn the_configuration_is_read_where_it_stands() {
    let list = read(&format!("{HEAD}functionConfig:\n  kind: ConfigMap\nitems: []\n"));
    let document = list.function_config().unwrap();
    assert_eq!((document.text.as_str(), document.first_line), ("               \n  kind: ConfigMap\n", 3));
    assert!(list.items().is_empty());
    assert!(read(HEAD).function_config().is_none());
}

#[test]
fn a_list_in_json_is_cut_too() {
    let text = "{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\",\n \"items\": [\n  {\"a\": 1},\n  {\"b\":\n    [2]}\n ], \"results\": [{\"message\": \"old\"}]}";
    let list = read(text);
    assert_eq!(parts(&list), ["{\"a\": 1}", "{\"b\":\n    [2]}"]);
    let document = list.document(1).unwrap();
    assert_eq!((document.text.as_str(), document.first_line), ("  {\"b\":\n    [2]}", 4));
    assert_eq!(list.item_of(document.offset), Some(1));
    assert!(list.segments().contains(&Segment::Results { given: true }));
    let one_line = read(
        "{\"apiVersion\":\"config.kubernetes.io/v1beta1\",\"kind\":\"ResourceList\",\"items\":[{\"a\":1},{\"b\":2}]}",
    );
    assert_eq!(parts(&one_line), ["{\"a\":1}", "{\"b\":2}"]);
    assert_eq!(one_line.document(1).unwrap().text, "{\"b\":2}");
}

#[test]
fn old_results_may_stand_before_the_items() {
    let list = read(&format!("{HEAD}results:\n- message: old\nitems:\n- a: 1\n"));
    let segments = list.segments();
    let results = segments.iter().position(|segment| *segment == Segment::Results { given: true }).unwrap();
    let items = segments.iter().position(|segment| matches!(segment, Segment::Items { .. })).unwrap();
    assert!(results < items);
}

#[test]
fn what_is_no_list_is_refused_in_words() {
    assert!(refused("").contains("no ResourceList"));
    assert!(refused("# nothing\n").contains("no ResourceList"));
    assert!(refused(&format!("{HEAD}---\n{HEAD}")).contains("more than one document"));
    assert!(refused("apiVersion: v1\nkind: List\nitems: []\n").contains("a List of v1"));
    assert!(refused("kind: ResourceList\nitems: []\n").contains("without `apiVersion`"));
    assert!(refused("just text\n").contains("line 1"));
    assert!(refused(&format!("{HEAD}items:\n  a: 1\n")).contains("line 4"));
    assert!(refused(&format!("{HEAD}items: [{{a: 1}}]\n")).contains("line 3"));
    assert!(
        refused("{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": 3}")
            .contains("no list")
    );
    assert!(refused("{\"apiVersion\": ").contains("line 1"));
    assert!(refused("a: \u{0}\n").contains("binary"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever values items hold, they are cut where serde-saphyr has put them, and read as what they are.
    #[test]
    fn items_of_any_content_come_apart_as_they_were_put_together(
        values in proptest::collection::vec("(?s).{0,60}|[- #\n:|>a]{0,20}", 1..6)
    ) {
        let values: Vec<String> = values
            .into_iter()
            .map(|value| value.chars().filter(|c| !c.is_control() || *c == '\n').collect())
            .collect();
        let items: Vec<serde_json::Value> =
            values.iter().map(|value| serde_json::json!({"data": {"x": value, "y": [value]}})).collect();
        let list = serde_json::json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items});
        let text = serde_yaml::to_string(&list).unwrap();
        let cut = ResourceList::read(text.as_bytes());
        prop_assert!(cut.is_ok(), "{:?}: {text}", cut.err());
        let cut = cut.unwrap();
        prop_assert_eq!(cut.items().len(), values.len(), "{}", text);
        for (index, item) in items.iter().enumerate() {
            let document = cut.document(index).unwrap();
            let read: serde_json::Value = serde_yaml::from_str(&document.text).unwrap();
            prop_assert_eq!(&read, item, "{}", document.text);
        }
    }

    #[test]
    fn any_text_is_cut_or_refused(text in "(?s)(apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n)?[-{}\\[\\] #:,\"a\n]{0,80}") {
        if let Ok(list) = ResourceList::read(text.as_bytes()) {
            for index in 0..list.items().len() {
                prop_assert!(list.document(index).is_some());
            }
            let _ = (list.segments(), list.function_config(), list.load(|_| true));
        }
    }
}
