//! The traps of the field's example files (operator.md §6.1), in files of our own with the same traits: the committed
//! table says which code stands at which line and column.

use std::collections::BTreeMap;

use crate::support::{root, run};

/// Codes and severities by line and column.
type Places = BTreeMap<(u64, u64), Vec<(String, String)>>;

fn findings(file: &str) -> Places {
    let path = format!("tests/traps/{file}");
    let run = run([
        "validate",
        "-n",
        "default",
        "--now",
        "2026-01-01T00:00:00Z",
        "-f",
        &path,
        "--target",
        "tests/traps/targets.yaml",
        "-o",
        "json",
    ]);
    let envelope: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.transcript()));
    let mut places = Places::new();
    for finding in envelope["findings"].as_array().unwrap() {
        if finding["path"] == path.as_str() {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            places
                .entry((finding["line"].as_u64().unwrap(), finding["column"].as_u64().unwrap()))
                .or_default()
                .push((text("code"), text("severity")));
        }
    }
    places
}

#[test]
fn every_trap_is_found_where_it_stands() {
    let table = std::fs::read_to_string(root().join("tests/traps/EXPECTED.md")).unwrap();
    let mut file = String::new();
    let mut found = Places::new();
    let (mut traps, mut accepted) = (0, 0);
    for line in table.lines() {
        if let Some(name) = line.strip_prefix("## ").filter(|name| name.ends_with(".yaml")) {
            file = name.to_owned();
            found = findings(name);
        }
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        let [kind, row, column, .., codes] = cells.as_slice() else { continue };
        let (Ok(row), Ok(column)) = (row.parse(), column.parse()) else { continue };
        let here = found.get(&(row, column)).cloned().unwrap_or_default();
        match *kind {
            "trap" | "besides" => {
                traps += 1;
                assert_ne!(*codes, "?", "{file}:{row}:{column} has no code");
                for code in codes.split(", ") {
                    assert!(
                        here.iter().any(|(there, _)| there == code),
                        "{file}:{row}:{column}: no {code} in {here:?}"
                    );
                }
            }
            "accepted" => {
                accepted += 1;
                assert!(
                    here.iter().all(|(_, severity)| severity != "error"),
                    "{file}:{row}:{column}: {here:?}"
                );
            }
            _ => {}
        }
    }
    assert!(traps >= 50 && accepted >= 3, "the table has {traps} traps and {accepted} accepted rows");
}
