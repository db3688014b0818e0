use std::collections::BTreeSet;

use super::*;

#[test]
fn codes_are_unique_and_ascend() {
    assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert!(HUNDREDS.windows(2).all(|pair| pair[0].digit <= pair[1].digit));
    assert_eq!(ALL.len(), HUNDREDS.iter().map(|hundred| hundred.definitions.len()).sum::<usize>());
}

#[test]
fn every_code_stands_in_the_file_of_its_hundred() {
    for hundred in HUNDREDS {
        for definition in hundred.definitions {
            assert_eq!(definition.code.hundred(), hundred.digit, "{}", definition.code);
        }
    }
}

#[test]
fn names_are_unique_and_kebab_case() {
    let names: BTreeSet<_> = ALL.iter().map(|definition| definition.name).collect();
    assert_eq!(names.len(), ALL.len());
    for name in names {
        assert!(
            name.split('-').all(|word| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            }),
            "{name}"
        );
    }
}

#[test]
fn texts_are_whole_sentences() {
    for definition in ALL {
        let code = definition.code;
        for text in [definition.summary, definition.explanation, definition.remedy] {
            assert_eq!(text, text.trim(), "{code}");
            assert!(text.ends_with('.'), "{code}: {text}");
            assert!(text.chars().next().is_some_and(|first| !first.is_lowercase()), "{code}: {text}");
            assert!(!text.contains("  ") && !text.contains('\t'), "{code}: {text}");
        }
        assert!(!definition.summary.contains(['\n', '`']), "{code}: a summary is one line of plain text");
    }
}

#[test]
fn a_definition_is_found_by_each_of_its_names() {
    for definition in ALL {
        assert_eq!(by_code(definition.code), Some(definition));
        assert_eq!(by_name(definition.name), Some(definition));
    }
    assert_eq!(by_code(Code::new(999)), None);
    assert_eq!(by_name(""), None);
}

#[test]
fn aliases_are_names_of_the_contract() {
    for definition in ALL {
        if let Some(alias) = definition.alias {
            assert!(CONTRACT_ERRORS.iter().any(|error| error.name == alias), "{}", definition.code);
            assert!(by_alias(alias).any(|found| found == definition));
        }
    }
}
