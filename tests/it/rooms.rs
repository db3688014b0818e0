//! No room imports against the table of DESIGN.md: data goes one way.

use std::collections::BTreeMap;

use crate::support::{files, relative};

/// Rooms and what they may import. A room is missing here until it exists.
const HOUSE: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("neo4j", &[]),
    ("schedule", &[]),
    ("diagnostics", &[]),
    ("input", &["api", "diagnostics"]),
    ("convert", &["api", "diagnostics", "input"]),
    ("target", &["api", "neo4j", "input"]),
    ("plan", &["api", "neo4j", "schedule", "target"]),
    ("rules", &["api", "neo4j", "schedule", "diagnostics", "input", "target", "plan"]),
    ("render", &["api", "plan"]),
    ("bundle", &["api", "neo4j", "schedule", "diagnostics", "input", "target", "plan", "rules", "render"]),
    (
        "emit",
        &["bundle", "api", "neo4j", "schedule", "diagnostics", "input", "target", "plan", "rules", "render"],
    ),
    (
        "cluster",
        &["bundle", "api", "neo4j", "schedule", "diagnostics", "input", "target", "plan", "rules", "render"],
    ),
    (
        "cli",
        &[
            "convert",
            "cluster",
            "emit",
            "bundle",
            "api",
            "neo4j",
            "schedule",
            "diagnostics",
            "input",
            "target",
            "plan",
            "rules",
            "render",
        ],
    ),
];

/// Paths of the crate that a source mentions, tests within it left out.
fn imports(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_tests = false;
    for (number, line) in source.lines().enumerate() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        let code = line.split("//").next().unwrap_or_default();
        if in_tests {
            continue;
        }
        for (start, _) in code.match_indices("crate::") {
            let rest = &code[start + "crate::".len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            for name in names {
                let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
                found.push((number + 1, name[..end].to_owned()));
            }
        }
    }
    found
}

#[test]
fn lower_rooms_never_import_higher_ones() {
    let house: BTreeMap<&str, &[&str]> = HOUSE.iter().copied().collect();
    let mut seen = BTreeMap::new();
    for file in files("src", ".rs") {
        let path = relative(&file);
        let mut parts = path.split('/').skip(1);
        let room = parts.next().unwrap().trim_end_matches(".rs").to_owned();
        if ["main", "lib"].contains(&room.as_str()) || path.contains("/tests") || path.contains("tests.rs") {
            continue;
        }
        let allowed = house.get(room.as_str()).unwrap_or_else(|| panic!("{room} is in no table"));
        *seen.entry(room.clone()).or_insert(0) += 1;
        for (line, import) in imports(&std::fs::read_to_string(&file).unwrap()) {
            assert!(
                import == room || allowed.contains(&import.as_str()),
                "{path}:{line} imports {import}, which {room} may not"
            );
        }
    }
    for (room, _) in HOUSE {
        assert!(seen.contains_key(*room), "the room {room} does not exist");
    }
}

#[test]
fn every_file_of_the_house_can_be_read_in_one_sitting() {
    for file in files("src", ".rs") {
        let path = relative(&file);
        if path.ends_with("generated.rs") {
            continue;
        }
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 700, "{path} has {lines} lines");
    }
    let main = std::fs::read_to_string(crate::support::root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 60, "main.rs wires, and no more");
}

#[test]
fn the_table_finds_an_import_against_it() {
    let source =
        "use crate::plan::x;\nuse crate::{rules, api};\n// crate::cli\n#[cfg(test)]\nuse crate::cli;\n";
    let names: Vec<String> = imports(source).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["plan", "rules", "api"]);
}
