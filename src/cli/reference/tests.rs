use super::fields::{KINDS, allowed, at, of_kind, type_name};
use super::*;
use crate::api::effects;
use crate::neo4j::Feature;

#[test]
fn a_first_sentence_ends_at_its_full_stop() {
    assert_eq!(first_sentence("One. Two."), "One.");
    assert_eq!(first_sentence("Since Neo4j 2025.11 only."), "Since Neo4j 2025.11 only.");
    assert_eq!(first_sentence(""), "");
}

#[test]
fn a_cell_stays_one_cell() {
    assert_eq!(cell("a|b\nc"), "a\\|b c");
}

#[test]
fn gates_of_effects_are_those_of_the_matrix() {
    let known: Vec<String> = Feature::ALL.iter().map(|feature| format!("{feature:?}")).collect();
    let mut gated = 0;
    for effect in effects::all() {
        if let Some(since) = effect.since {
            assert!(known.iter().any(|name| name == since), "{} {since}", effect.path);
            assert!(fields::since(effect).is_some());
            gated += 1;
        }
    }
    assert!(gated >= 4, "the gated options of `database backup` are marked");
}

#[test]
fn descriptions_that_name_a_release_have_its_gate() {
    for kind in KINDS {
        for located in of_kind(kind) {
            let Some((_, rest)) = located.description().split_once("Since Neo4j ") else { continue };
            let release = rest.trim_end_matches('.');
            let since = located.effect().and_then(fields::since);
            assert_eq!(since.as_deref(), Some(release), "{kind} {}", located.path);
        }
    }
}

#[test]
fn every_field_is_found_at_its_own_path_and_described() {
    for kind in KINDS {
        for located in of_kind(kind) {
            let found = at(kind, &located.path).unwrap_or_else(|| panic!("{kind} {}", located.path));
            assert_eq!(found.pattern, located.pattern);
            assert!(!found.description().is_empty());
            let whole = effects::covers_block(kind, &located.pattern).is_some();
            assert!(
                found.effect().is_some() || whole || !found.children().is_empty(),
                "{kind} {} is neither a leaf with an effect nor a block",
                located.path
            );
        }
    }
}

#[test]
fn positions_and_keys_as_findings_write_them_are_understood() {
    assert_eq!(
        at("Neo4jBackup", "spec.options.additionalArgs[1]").unwrap().pattern,
        "spec.options.additionalArgs"
    );
    let annotation = "spec.storage.cloud.identity.autoCreate.annotations[\"eks.amazonaws.com/role-arn\"]";
    assert_eq!(at("Neo4jBackup", annotation).unwrap().name(), "annotations");
    let hook = "spec.options.preRestore.job.template.container.env[0].value";
    assert!(at("Neo4jRestore", hook).unwrap().effect().is_some());
    assert!(at("Neo4jBackup", "spec.nothing").is_none());
    assert!(at("Neo4jBackup", "metadata.name").is_none());
}

#[test]
fn types_and_bounds_are_said_in_words() {
    let shape = |path| at("Neo4jBackup", path).unwrap().shape;
    assert_eq!(type_name(shape("spec.target.databases")), "list of string");
    assert_eq!(type_name(shape("spec.job.labels")), "map of string");
    assert_eq!(allowed(shape("spec.historyLimits.failed")).unwrap(), "0 to 1000");
    assert_eq!(allowed(shape("spec.options.backupType")).unwrap(), "`FULL`, `DIFF`, `AUTO`");
    assert_eq!(
        allowed(shape("spec.options.additionalArgs")).unwrap(),
        "at most 64 items, each at most 1024 characters"
    );
}

/// A link of the manual leads to a heading of the same file.
#[test]
fn links_within_the_generated_files_lead_somewhere() {
    for text in [spec_markdown(), diagnostics_markdown(), cli_markdown()] {
        let headings: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .map(|line| anchor(line.trim_start_matches('#').trim()))
            .collect();
        let mut links = 0;
        for part in text.split("](#").skip(1) {
            let target = part.split(')').next().unwrap();
            assert!(headings.iter().any(|heading| heading == target), "{target}");
            links += 1;
        }
        assert!(links > 3);
    }
}

/// Every row of a table has as many cells as its head.
#[test]
fn tables_are_well_formed() {
    for text in [spec_markdown(), effects_markdown(), diagnostics_markdown()] {
        let mut columns = None;
        let mut rows = 0;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let cells = line.replace("\\|", "").matches('|').count();
            assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
            rows += 1;
        }
        assert!(rows > 20);
    }
}

#[test]
fn the_manual_shows_every_command_with_an_example() {
    let text = cli_markdown();
    for command in ["explain", "schedule", "schema", "crds", "init", "completion", "version"] {
        let heading = format!("## kubectl neo4j-backup {command}\n");
        let section = text.split(&heading).nth(1).unwrap_or_else(|| panic!("{command} is missing"));
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains("Examples:\n  # "), "{command} has no examples");
        assert!(section.contains(&format!("kubectl neo4j-backup {command}")), "{command}");
    }
    assert!(!text.contains('\u{1b}'), "no colours in the manual");
}

/// A block that refers to another's section must become the same.
#[test]
fn blocks_that_share_a_section_have_the_same_effects() {
    for (kind, one, other) in [
        ("Neo4jBackup", "spec.storage.cloud", "spec.cloud"),
        ("Neo4jRestore", "spec.source.storage", "spec.source.pitr.baseBackup.storage"),
        ("Neo4jRestore", "spec.options.preRestore", "spec.options.postRestore"),
    ] {
        for leaf in effects::leaves(kind).iter().filter(|leaf| leaf.starts_with(&format!("{one}."))) {
            let twin = leaf.replacen(one, other, 1);
            let becomes = |leaf: &str| effects::of(kind, leaf).unwrap().becomes;
            assert_eq!(becomes(leaf), becomes(&twin), "{leaf}");
        }
    }
}

#[test]
fn every_field_of_the_language_has_a_row_in_the_reference() {
    let text = spec_markdown();
    for kind in KINDS {
        for located in of_kind(kind).into_iter().skip(1) {
            assert!(text.contains(&format!("| `{}` |", located.name())), "{kind} {}", located.path);
        }
    }
}

#[test]
fn every_command_takes_yes() {
    let definition = crate::cli::definition();
    let commands = definition.get_subcommands().filter(|command| command.get_name() != "completion");
    // `emit` does nothing by itself; its forms do.
    let leaves = commands.flat_map(|command| {
        let below: Vec<&clap::Command> = command.get_subcommands().collect();
        if below.is_empty() { vec![command] } else { below }
    });
    for command in leaves {
        assert!(
            command.get_arguments().any(|argument| argument.get_long() == Some("yes")),
            "{} refuses --yes",
            command.get_name()
        );
    }
}
