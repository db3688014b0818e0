//! Kubernetes' expansion, rebuilt from its documented rules, undoes our escaping.

use proptest::prelude::*;

use super::super::expansion::{argument, escape_expansion};
use super::objects::objects;
use super::plans::{self, Plan};
use crate::plan::{Argument, EnvironmentValue, EnvironmentVariable};

/// What the kubelet makes of `command`, `args` and `env[].value`. It works on bytes: `$$` is `$`; `$(NAME)` is
/// the value, or stays when there is none; `$(` that is never closed stays; and any other `$` stays together
/// with the one *byte* after it, taken for a character.
fn expand(input: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let bytes = input.as_bytes();
    let mut output = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(b'$')) => {
                output.push(b'$');
                at += 2;
            }
            (b'$', Some(b'(')) => match bytes[at..].iter().position(|byte| *byte == b')') {
                Some(length) => {
                    let name = &input[at + 2..at + length];
                    output.extend(value(name).unwrap_or_else(|| format!("$({name})")).into_bytes());
                    at += length + 1;
                }
                None => {
                    output.extend(b"$(");
                    at += 2;
                }
            },
            (b'$', Some(other)) => {
                output.push(b'$');
                output.extend(char::from(*other).to_string().into_bytes());
                at += 2;
            }
            (byte, _) => {
                output.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}

/// Every variable there can be has a value, so that a reference that gets through is seen.
fn always(name: &str) -> Option<String> {
    Some(format!("<value of {name}>"))
}

#[test]
fn the_expansion_of_this_test_follows_the_documented_rules() {
    for (input, expected) in [
        ("$(A)", "<value of A>"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$<value of A>"),
        ("$A ${A} $", "$A ${A} $"),
        ("$(A", "$(A"),
        ("$é", "$Ã\u{fffd}"),
    ] {
        assert_eq!(expand(input, &always), expected, "{input}");
    }
    assert_eq!(expand("$(A)", &|_| None), "$(A)");
}

#[test]
fn a_text_without_a_dollar_is_not_copied() {
    assert!(matches!(escape_expansion("s3://bucket/path/"), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn our_reference_is_expanded_and_the_same_spelling_beside_it_is_not() {
    let given = Argument::fixed("--to-path=azb://$(ACCOUNT)/c/$(ACCOUNT)/").referring_to("$(ACCOUNT)");
    let text = argument(&given);
    assert_eq!(text, "--to-path=azb://$(ACCOUNT)/c/$$(ACCOUNT)/");
    assert_eq!(expand(&text, &always), "--to-path=azb://<value of ACCOUNT>/c/$(ACCOUNT)/");
}

#[test]
fn a_reference_outside_of_the_text_is_taken_for_literal_text() {
    for range in [0..99, 5..6, 7..9] {
        let given = Argument { reference: Some(range), ..Argument::fixed("$(Aé)") };
        assert_eq!(expand(&argument(&given), &always), "$(Aé)");
    }
}

/// Texts with more of what matters here than chance would give.
fn texts() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("$".to_owned()),
        Just("$$".to_owned()),
        Just("$(HOME)".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("${x}".to_owned()),
        Just("\n".to_owned()),
        Just("é".to_owned()),
        Just("'\"".to_owned()),
        Just("--".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn every_text_comes_out_as_it_went_in(text in texts()) {
        prop_assert_eq!(expand(&escape_expansion(&text), &always), text.clone());
        prop_assert_eq!(expand(&escape_expansion(&text), &|_| None), text);
    }

    #[test]
    fn every_reference_is_the_only_thing_that_is_expanded(before in texts(), after in texts()) {
        let reference = "$(ACCOUNT)";
        let given = Argument {
            reference: Some(before.len()..before.len() + reference.len()),
            ..Argument::fixed(format!("{before}{reference}{after}"))
        };
        prop_assert_eq!(expand(&argument(&given), &always), format!("{before}<value of ACCOUNT>{after}"));
    }

    #[test]
    fn command_arguments_and_environment_are_literal_in_the_object(text in texts()) {
        let mut plan = plans::s3_one_shot();
        plan.steps[0].command = vec![Argument::fixed(text.clone())];
        plan.steps[0].arguments = vec![Argument::fixed(text.clone())];
        plan.environment = vec![EnvironmentVariable {
            name: "TEXT".into(),
            value: EnvironmentValue::Literal(text.clone()),
            field: None,
        }];
        let object = serde_json::to_value(&objects(&Plan::Backup(Box::new(plan)))[1]).unwrap();
        for pointer in ["command/0", "args/0", "env/0/value"] {
            let value = object.pointer(&format!("/spec/template/spec/containers/0/{pointer}")).unwrap();
            prop_assert_eq!(expand(value.as_str().unwrap(), &always), text.clone());
        }
    }
}
