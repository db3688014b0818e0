//! `convert` there and back: what survives renders to the same bytes, and what does not has its finding.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use neo4j_backup::convert::{Dialect, Outcome, Settings, convert};
use neo4j_backup::diagnostics::Severity;
use neo4j_backup::input::locate::Finding;
use neo4j_backup::input::yaml;
use serde_json::Value;

use crate::support::{files, relative, root, run, run_with_input};

const OTHERS: [Dialect; 3] = [Dialect::OperatorV1alpha1, Dialect::V1beta1, Dialect::Official];

/// Codes of findings that say that a field does not come along: unknown, no counterpart, implied, refused, respelled,
/// of the cluster.
const TELLS_A_LOSS: [&str; 6] = ["NB760", "NB761", "NB762", "NB765", "NB768", "NB769"];
/// Those of them after which less is said than before.
const LOSES: [&str; 2] = ["NB760", "NB761"];

fn settings(from: Option<Dialect>, to: Dialect) -> Settings {
    Settings { to, from, name: None, target: None, namespace: None }
}

/// Converts a text of one document; `None` when it is not one to convert.
fn convert_text(text: &str, settings: &Settings) -> Option<(Vec<String>, Vec<Finding>)> {
    let parsed = yaml::parse(text, &yaml::Limits::default());
    assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
    match convert(text, &parsed.root.unwrap(), settings) {
        Outcome::Converted { documents, findings } => Some((documents, findings)),
        Outcome::Same => Some((vec![text.to_owned()], Vec::new())),
        Outcome::Other => None,
    }
}

fn code(finding: &Finding) -> String {
    finding.definition.code.to_string()
}

fn failed(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// Every single value below `spec` and `metadata`, by the path that a finding would name.
fn leaves(text: &str) -> BTreeMap<String, Value> {
    fn walk(value: &Value, path: String, into: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (key, value) in map {
                    walk(value, neo4j_backup::input::field::key(&path, key), into);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, neo4j_backup::input::field::index(&path, index), into);
                }
            }
            single => {
                into.insert(path, single.clone());
            }
        }
    }
    let value: Value = serde_yaml::from_str(text).unwrap();
    let mut found = BTreeMap::new();
    for part in ["metadata", "spec"] {
        if let Some(value) = value.get(part) {
            walk(value, part.to_owned(), &mut found);
        }
    }
    found
}

/// Whether a field is, or holds, a leaf.
fn covers(field: &str, leaf: &str) -> bool {
    leaf == field || leaf.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Told once and gone: what holds anyway (NB762) may be written out again on the way back.
const GONE: [&str; 5] = ["NB760", "NB761", "NB765", "NB768", "NB769"];
/// The same over two steps, in which what was respelled (NB768) may get its first spelling again.
const GONE_OVER_TWO_STEPS: [&str; 4] = ["NB760", "NB761", "NB765", "NB769"];

/// Compares the leaves that did not survive with the fields that findings name.
fn compare(name: &str, before: &str, after: &str, findings: &[Finding], gone: &[&str]) -> usize {
    let (before, after) = (leaves(before), leaves(after));
    let lost: BTreeSet<&str> = before
        .iter()
        .filter(|(path, value)| after.get(*path) != Some(value))
        .map(|(path, _)| path.as_str())
        .collect();
    let told = |codes: &[&str]| -> BTreeSet<&str> {
        let telling = findings.iter().filter(|finding| codes.contains(&code(finding).as_str()));
        telling.map(|finding| finding.field.as_ref()).collect()
    };
    let gone = told(gone);
    let told = told(&TELLS_A_LOSS);
    for leaf in &lost {
        assert!(
            told.iter().any(|field| covers(field, leaf)),
            "{name}: {leaf} is lost and nobody says it: {told:?}"
        );
    }
    for field in &gone {
        assert!(
            lost.iter().any(|leaf| covers(field, leaf)),
            "{name}: {field} is told as lost and is still there: {lost:?}"
        );
    }
    lost.len()
}

/// The document without the fields that a conversion left out because there is nothing like them.
fn without_the_lost(text: &str, findings: &[Finding]) -> String {
    use neo4j_backup::input::field::{Step, steps};
    fn remove(value: &mut Value, steps: &[Step<'_>]) {
        match (steps, value) {
            ([Step::Key(key)], Value::Object(map)) => {
                map.remove(key.as_ref());
            }
            ([Step::Key(key), rest @ ..], Value::Object(map)) => {
                if let Some(inner) = map.get_mut(key.as_ref()) {
                    remove(inner, rest);
                    if inner.as_object().is_some_and(serde_json::Map::is_empty) {
                        map.remove(key.as_ref());
                    }
                }
            }
            ([Step::Index(index), rest @ ..], Value::Array(items)) => {
                if let Some(inner) = items.get_mut(*index) {
                    remove(inner, rest);
                }
            }
            _ => {}
        }
    }
    let mut value: Value = serde_yaml::from_str(text).unwrap();
    for finding in findings.iter().filter(|finding| LOSES.contains(&code(finding).as_str())) {
        remove(&mut value, &steps(&finding.field));
    }
    serde_json::to_string_pretty(&value).unwrap()
}

/// What a spec becomes, without the identity of a restore, which is the hash of how the spec is written.
fn rendered(text: &str, beside: &[String]) -> (i32, String, String) {
    let mut arguments: Vec<String> = [
        "render",
        "-n",
        "default",
        "--now",
        "2026-01-01T00:00:00Z",
        "--restore",
        "-f",
        "-",
        "--stdin-filename",
        "spec.yaml",
    ]
    .map(str::to_owned)
    .into();
    arguments.extend(beside.iter().cloned());
    let run = run_with_input(arguments, text);
    let lines: Vec<&str> =
        run.stdout.lines().filter(|line| !line.contains("neo4j.neo4j.com/run-id:")).collect();
    (run.code, lines.join("\n"), run.stderr)
}

fn documents() -> Vec<std::path::PathBuf> {
    let mut specs = files("tests/documents/000", ".yaml");
    specs.extend(files("tests/documents/001", ".yaml"));
    specs.retain(|path| !path.to_string_lossy().ends_with(".needs.yaml"));
    assert!(specs.len() >= 41);
    specs
}

fn beside(spec: &Path) -> Vec<String> {
    let mut arguments = Vec::new();
    let needs = spec.with_extension("needs.yaml");
    if needs.exists() {
        arguments.extend(["-f".to_owned(), relative(&needs)]);
    }
    let targets = if spec.to_string_lossy().contains("prefer-diff") { "targets-2025" } else { "targets" };
    arguments.extend(["--target".to_owned(), format!("tests/documents/{targets}.yaml")]);
    arguments
}

/// There and back. Returns the text between and the one that came back, unless the way there is refused.
fn there_and_back(
    name: &str,
    text: &str,
    here: Dialect,
    there: Dialect,
) -> Option<(String, String, Vec<Finding>)> {
    let (between, findings) = convert_text(text, &settings(Some(here), there)).unwrap();
    if failed(&findings) {
        assert!(between.is_empty(), "{name}: something is written beside an error");
        return None;
    }
    let [between] = between.as_slice() else { panic!("{name}: {between:?}") };
    let (back, said) = convert_text(between, &settings(Some(there), here)).unwrap();
    assert!(!failed(&said), "{name}: the way back is refused: {said:?}\n{between}");
    let [back] = back.as_slice() else { panic!("{name}: {back:?}") };
    Some((between.clone(), back.clone(), findings))
}

#[test]
fn what_survives_renders_to_the_same_bytes_and_the_rest_is_told() {
    let (mut compared, mut losses, mut refused) = (0, 0, BTreeSet::new());
    for spec in documents() {
        let text = std::fs::read_to_string(&spec).unwrap();
        let beside = beside(&spec);
        for there in OTHERS {
            let name = format!("{} to {there:?}", relative(&spec));
            let Some((between, back, findings)) = there_and_back(&name, &text, Dialect::V1alpha1, there)
            else {
                refused.insert(name);
                continue;
            };
            losses += compare(&name, &text, &back, &findings, &GONE);
            let expected = rendered(&without_the_lost(&text, &findings), &beside);
            let actual = rendered(&back, &beside);
            assert_eq!(expected.0, actual.0, "{name}\n{}\n{}\n{between}\n{back}", expected.2, actual.2);
            assert_eq!(expected.1, actual.1, "{name}\n{between}\n{back}");
            compared += usize::from(expected.0 == 0 && !expected.1.is_empty());
        }
    }
    assert!(compared > 70, "only {compared} comparisons had something to compare");
    assert!(losses > 100, "only {losses} leaves were lost: nothing is tested");
    // Azure without an account, points in time, a DIFF on a schedule and the like.
    assert!(!refused.is_empty() && refused.len() < 25, "{refused:?}");
}

#[test]
fn each_pair_of_the_others_tells_what_it_loses() {
    let mut pairs = BTreeMap::new();
    for spec in documents() {
        let text = std::fs::read_to_string(&spec).unwrap();
        for here in OTHERS {
            let (first, findings) = convert_text(&text, &settings(None, here)).unwrap();
            if failed(&findings) {
                continue;
            }
            for there in OTHERS.into_iter().filter(|there| *there != here) {
                let name = format!("{} as {here:?} to {there:?}", relative(&spec));
                if let Some((_, back, findings)) = there_and_back(&name, &first[0], here, there) {
                    compare(&name, &first[0], &back, &findings, &GONE_OVER_TWO_STEPS);
                    *pairs.entry(format!("{here:?} {there:?}")).or_insert(0) += 1;
                }
            }
        }
    }
    assert_eq!(pairs.len(), 6, "{pairs:?}");
    assert!(pairs.values().all(|count| *count > 15), "{pairs:?}");
}

#[test]
fn the_table_of_conversions_is_committed() {
    let mut table = String::from(
        "# What each spec of documents 000 and 001 loses\n\nGenerated by `UPDATE=1 cargo test --test it convert`; each \
         change of it is a change of what a person is told. A spec that is refused has an error in its rows.\n",
    );
    for spec in documents() {
        let text = std::fs::read_to_string(&spec).unwrap();
        let _ = write!(
            table,
            "\n## {}\n\n| to | code | severity | field | message |\n|---|---|---|---|---|\n",
            relative(&spec).replace("tests/documents/", "")
        );
        for (there, word) in OTHERS.into_iter().zip(["operator-v1alpha1", "v1beta1", "neo4j.com"]) {
            let (_, mut findings) = convert_text(&text, &settings(None, there)).unwrap();
            findings
                .sort_by_key(|finding| (finding.field.to_string(), code(finding), finding.message.clone()));
            for finding in findings {
                let _ = writeln!(
                    table,
                    "| {word} | {} | {} | `{}` | {} |",
                    code(&finding),
                    finding.severity,
                    finding.field,
                    finding.message.replace('|', "\\|")
                );
            }
        }
    }
    crate::generated::check("tests/documents/CONVERSIONS.md", &table);
}

const TARGETS: &str = "tests/convert/targets.yaml";

/// What each folder's inputs are converted with.
const INPUTS: [(&str, &[&str]); 6] = [
    ("official", &[]),
    ("v1beta1", &[]),
    ("helm-values-s3", &["--from", "helm", "-n", "neo4j"]),
    ("helm-values-minimal", &["--from", "helm", "--name", "nightly", "-n", "neo4j"]),
    ("helm-values-claim", &["--from", "helm", "-n", "neo4j"]),
    ("helm-release", &[]),
];

fn converted(name: &str, more: &[&str]) -> crate::support::Run {
    let path = format!("tests/convert/{name}.yaml");
    let mut arguments = vec!["convert", "-f", &path];
    arguments.extend(more);
    run(arguments)
}

#[test]
fn what_comes_out_in_our_language_is_sound_and_committed() {
    for (name, more) in INPUTS {
        let run = converted(name, more).expect(0);
        let validated =
            run_with_input(["validate", "-f", "-", "--target", TARGETS, "-o", "json"], run.stdout.clone());
        let envelope: Value = serde_json::from_str(&validated.stdout).unwrap();
        for finding in envelope["findings"].as_array().unwrap() {
            assert_ne!(finding["severity"], "error", "{name}: {finding}\n{}", run.stdout);
        }
        let rendered = run_with_input(
            ["render", "-f", "-", "--target", TARGETS, "--restore", "--quiet"],
            run.stdout.clone(),
        )
        .expect(0);
        assert!(rendered.stdout.contains("apiVersion: batch/v1"), "{name} becomes no Job");
        assert!(!rendered.stdout.contains("subPath: \"\""), "{name}");
        insta::with_settings!({snapshot_path => root().join("tests/snapshots/convert"), prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, run.transcript());
        });
    }
}

/// What the chart's template fixes, whatever the values say (peers.md §2.1), and names that only tie things together.
const FIXED_BY_THE_CHART: [&str; 9] = [
    // Variables that are empty, because their value is not set.
    "spec.jobTemplate.spec.template.spec.containers[0].env[1]",
    "spec.jobTemplate.spec.template.spec.containers[0].env[9]",
    // Where an empty volume of the pod is mounted.
    "spec.jobTemplate.spec.template.spec.containers[0].volumeMounts[0]",
    "spec.concurrencyPolicy",
    "spec.jobTemplate.spec.template.spec.restartPolicy",
    "spec.jobTemplate.spec.template.spec.automountServiceAccountToken",
    "spec.jobTemplate.spec.template.spec.containers[0].imagePullPolicy",
    "spec.jobTemplate.spec.template.spec.volumes[0].name",
    "metadata.labels",
];

/// Values that say what the chart does without them; they are carried over, and so is their absence.
const DEFAULTS_OF_THE_CHART: [(&str, &str); 2] =
    [("backup.cloudProvider", "local"), ("backup.database", "*")];

/// Every single value of a document, by path.
fn paths(value: &Value, path: String, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                paths(value, neo4j_backup::input::field::key(&path, key), into);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                paths(value, neo4j_backup::input::field::index(&path, index), into);
            }
        }
        single => into.push((path, single.clone())),
    }
}

#[test]
fn every_field_of_a_foreign_input_makes_a_difference() {
    use neo4j_backup::input::field::{Step, steps};
    let (mut tried, mut silent) = (0, Vec::new());
    for (name, more) in INPUTS {
        let text = std::fs::read_to_string(root().join(format!("tests/convert/{name}.yaml"))).unwrap();
        let settings = Settings {
            from: more.contains(&"helm").then_some(Dialect::Helm),
            name: more.contains(&"--name").then(|| "x".to_owned()),
            ..settings(None, Dialect::V1alpha1)
        };
        let answer = |value: &Value| {
            let converted = convert_text(&value.to_string(), &settings);
            converted.map(|(documents, findings)| {
                let told: Vec<String> = findings
                    .iter()
                    .map(|finding| format!("{} {} {:?}", code(finding), finding.message, finding.help))
                    .collect();
                (documents, told)
            })
        };
        for document in text.split("\n---\n") {
            let value: Value = serde_yaml::from_str(document).unwrap();
            let before = answer(&value);
            let (_, findings) = convert_text(&value.to_string(), &settings).unwrap();
            // A whole block that is left out is told once, at its head.
            let told = |path: &str| {
                findings.iter().any(|finding| !finding.field.is_empty() && covers(&finding.field, path))
            };
            let mut leaves = Vec::new();
            paths(&value, String::new(), &mut leaves);
            for (path, leaf) in leaves {
                let fixed =
                    name == "helm-release" && FIXED_BY_THE_CHART.iter().any(|field| covers(field, &path));
                let default =
                    DEFAULTS_OF_THE_CHART.iter().any(|(field, value)| path == *field && leaf == *value);
                if fixed || default || leaf == "" || told(&path) {
                    tried += usize::from(!fixed);
                    continue;
                }
                let mut changed = value.clone();
                let mut at = &mut changed;
                let route = steps(&path);
                let (last, way) = route.split_last().unwrap();
                for step in way {
                    at = match step {
                        Step::Key(key) => &mut at[key.as_ref()],
                        Step::Index(index) => &mut at[*index],
                    };
                }
                match last {
                    Step::Key(key) => {
                        at.as_object_mut().unwrap().remove(key.as_ref());
                    }
                    Step::Index(index) => {
                        at.as_array_mut().unwrap().remove(*index);
                    }
                }
                if answer(&changed) == before {
                    silent.push(format!("{name}: {path}"));
                }
                tried += 1;
            }
        }
    }
    assert!(silent.is_empty(), "make no difference to anything: {silent:#?}");
    assert!(tried > 150, "{tried}");
}

#[test]
fn comments_go_with_their_fields() {
    let official = converted("official", &[]).expect(0).stdout;
    for comment in ["# The cluster", "# only this one", "# Sunday 01:00", "# whole chains", "# Mon-Sat 01:00"]
    {
        assert!(official.contains(comment), "{comment}\n{official}");
    }
    let beta = converted("v1beta1", &[]).expect(0).stdout;
    assert!(beta.contains("kind: Cluster  # all of them"), "{beta}");
    assert!(beta.contains("# The shape of 1.13 and before."), "{beta}");
    let helm = converted("helm-values-s3", INPUTS[2].1).expect(0).stdout;
    for comment in ["# At night", "# the release `graph`"] {
        assert!(helm.contains(comment), "{comment}\n{helm}");
    }
}

#[test]
fn no_value_of_a_variable_is_shown() {
    for (name, more) in [INPUTS[2], INPUTS[5]] {
        let run = converted(name, more).expect(0);
        assert!(!run.transcript().contains("do-not-show-me"), "{}", run.transcript());
        assert!(run.stderr.contains("NB761"), "{}", run.stderr);
    }
}

#[test]
fn an_error_writes_nothing_and_a_warning_only_with_strict() {
    let refused = BACKUP.replace("schedule: \"@daily\"", "schedule: \"@daily\"\n  timeZone: Asia/Tokyo");
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1"], refused).expect(1);
    assert!(run.stdout.is_empty() && run.stderr.contains("error[NB765]"), "{}", run.transcript());
    assert!(run.stderr.contains("<stdin>:8:13"), "the place of the field: {}", run.stderr);
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1", "--strict"], BACKUP).expect(1);
    assert!(run.stdout.is_empty() && run.stderr.contains("warning[NB763]"), "{}", run.transcript());
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1", "--quiet"], BACKUP).expect(0);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    // Of two documents one is refused: nothing of the other is written either.
    let both = format!(
        "{BACKUP}---\n{}",
        BACKUP
            .replace("name: nightly", "name: b\n  generateName: c")
            .replace("@daily\"", "@daily\"\n  timeZone: Asia/Tokyo")
    );
    assert!(run_with_input(["convert", "-f", "-", "--to", "v1beta1"], both).expect(1).stdout.is_empty());
}

const BACKUP: &str = "\
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata:
  name: nightly
spec:
  target: {kind: Cluster, name: graph}
  schedule: \"@daily\"
  storage:
    type: s3
    bucket: b
    path: p
    cloud: {credentialsSecretRef: s3}
";

#[test]
fn what_speaks_the_language_already_stays_as_it_is() {
    let odd = "---\n# odd\napiVersion:   neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {name:   a}\nspec: {}\n";
    let run = run_with_input(["convert", "-f", "-"], odd).expect(0);
    assert_eq!(run.stdout, odd.trim_start_matches("---\n"));
    assert!(run.stderr.is_empty(), "{}", run.stderr);
}

#[test]
fn a_target_stays_beside_specs_of_ours_and_nowhere_else() {
    let target =
        "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\nmetadata: {name: graph}\nspec: {}\n";
    let input = format!("{BACKUP}---\n{target}");
    let run = run_with_input(["convert", "-f", "-"], input.clone()).expect(0);
    assert_eq!(run.stdout, input);
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1", "-q"], input).expect(0);
    assert!(!run.stdout.contains("Neo4jTarget"), "{}", run.stdout);
}

#[test]
fn documents_of_other_kinds_are_left_out_and_counted() {
    let input = format!(
        "{BACKUP}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{key: do-not-show-me}}\n"
    );
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1"], input).expect(0);
    assert!(!run.transcript().contains("do-not-show-me"));
    assert!(run.stderr.contains("1 document of another kind left out"), "{}", run.stderr);
    // As with `render`, a folder without a spec is no error.
    let run = run_with_input(["convert", "-f", "-"], "a: b\n").expect(0);
    assert!(run.stdout.is_empty() && run.stderr.contains("--from helm"), "{}", run.transcript());
}

#[test]
fn a_list_of_kubectl_and_json_are_read_and_written() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: neo4j.neo4j.com/v1beta1\n  kind: Neo4jBackup\n  metadata: {name: a}\n  spec:\n    instanceRef: graph\n    allDatabases: true\n    storage: {type: pvc, pvc: {name: c}}\n    nonsense: 1\n";
    let run = run_with_input(["convert", "-f", "-", "-o", "json"], list).expect(0);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["spec"]["target"], serde_json::json!({"kind": "Cluster", "name": "graph"}));
    assert_eq!(value["spec"]["options"]["backupType"], "AUTO");
    assert!(run.stderr.contains("<stdin>:11:5"), "{}", run.stderr);
    let back = run_with_input(["convert", "-f", "-", "--to", "v1beta1", "-q"], run.stdout).expect(0);
    assert!(back.stdout.contains("instanceRef"), "{}", back.stdout);
}

#[test]
fn what_was_told_in_a_comment_to_be_accepted_is_not_told_again() {
    let accepted =
        BACKUP.replace("    path: p\n", "    path: p  # neo4j-backup: ignore NB763 we begin new chains\n");
    let run = run_with_input(["convert", "-f", "-", "--to", "v1beta1"], accepted).expect(0);
    assert!(!run.stderr.contains("storage.path"), "{}", run.stderr);
}

#[test]
fn wrong_languages_and_missing_names_are_said() {
    let run = run_with_input(["convert", "-f", "-", "--from", "neo4j.com"], BACKUP).expect(1);
    assert!(run.stderr.contains("not of the neo4j.com operator"), "{}", run.stderr);
    let run =
        crate::support::run(["convert", "-f", "tests/convert/helm-values-minimal.yaml", "--from", "helm"])
            .expect(1);
    assert!(run.stdout.is_empty() && run.stderr.contains("--name NAME"), "{}", run.transcript());
    assert_eq!(crate::support::run(["convert", "pod/x"]).code, 2);
    assert_eq!(crate::support::run(["convert"]).code, 2);
}

/// Every text of the repository's specs, and what is said of them, in the tree of the converter.
#[test]
fn a_text_that_is_written_again_keeps_its_values_and_comments() {
    let mut tried = 0;
    for folder in ["examples", "tests/documents", "tests/convert", "tests/traps"] {
        for file in files(folder, ".yaml") {
            let text = std::fs::read_to_string(&file).unwrap();
            for document in text.split("\n---\n") {
                let parsed = yaml::parse(document, &yaml::Limits::default());
                let Some(root) = parsed.root.filter(|_| parsed.problems.is_empty()) else { continue };
                let again = neo4j_backup::convert::rewrite(document, &root);
                let reread = yaml::parse(&again, &yaml::Limits::default()).root.unwrap();
                let before: Value = neo4j_backup::input::decode::decode(&root).unwrap();
                let after: Value = neo4j_backup::input::decode::decode(&reread).unwrap();
                assert_eq!(before, after, "{}\n{again}", file.display());
                assert_eq!(neo4j_backup::convert::rewrite(&again, &reread), again, "{}", file.display());
                for line in document.lines().map(str::trim_start).filter(|line| line.starts_with("# ")) {
                    assert!(again.contains(line.trim_end()), "{}: {line}\n{again}", file.display());
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// Bytes flipped, dropped and doubled: no panic, and what is written can be read.
#[test]
fn broken_inputs_are_refused_or_converted_and_never_panic() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below.max(1)
    };
    let mut texts: Vec<String> = Vec::new();
    for folder in ["tests/convert", "tests/documents/000", "tests/documents/001", "tests/traps"] {
        for file in files(folder, ".yaml") {
            let text = std::fs::read_to_string(&file).unwrap();
            texts.extend(text.split("\n---\n").map(str::to_owned));
        }
    }
    let pieces = [
        "{", "}", "[", "]", ": ", "- ", "# ", "\n", "  ", "'", "\"", "|", "&a ", "*a", "<<: ", "é", "\t",
        "~", "null", "null: ", "[]", "{}",
    ];
    let (mut written, mut refused) = (0, 0);
    for _ in 0..8_000 {
        let mut text = texts[next(texts.len())].clone();
        for _ in 0..=next(4) {
            let mut at = next(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match next(4) {
                0 => text.insert_str(at, pieces[next(pieces.len())]),
                1 => text.truncate(at),
                2 => {
                    let mut to = (at + next(12)).min(text.len());
                    while !text.is_char_boundary(to) {
                        to -= 1;
                    }
                    if to > at {
                        text.replace_range(at..to, pieces[next(pieces.len())]);
                    }
                }
                _ => {
                    let copy = text[at..].lines().take(2).collect::<Vec<_>>().join("\n");
                    text.insert_str(at, &copy);
                }
            }
            if text.is_empty() {
                break;
            }
        }
        let parsed = yaml::parse(&text, &yaml::Limits::default());
        let Some(parsed) = parsed.root else { continue };
        let to = [Dialect::V1alpha1, Dialect::OperatorV1alpha1, Dialect::V1beta1, Dialect::Official][next(4)];
        let from = [None, None, Some(Dialect::Helm), Some(Dialect::OperatorV1alpha1)][next(4)];
        let settings = Settings { name: Some("n".to_owned()), ..settings(from, to) };
        if let Outcome::Converted { documents, findings } = convert(&text, &parsed, &settings) {
            assert!(documents.is_empty() == failed(&findings), "{text}");
            refused += usize::from(documents.is_empty());
            for document in documents {
                let reread = yaml::parse(&document, &yaml::Limits::default());
                assert!(reread.root.is_some(), "{text}\n--- becomes\n{document}\n{:?}", reread.problems);
                written += 1;
            }
        }
    }
    assert!(written > 400 && refused > 200, "{written} written, {refused} refused");
}

/// Examples are larger than the documents' specs and use our additions.
#[test]
fn every_example_says_what_it_loses() {
    let (mut kept, mut refused) = (0, Vec::new());
    for file in files("examples", ".yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        for document in
            text.split("\n---\n").filter(|text| text.contains("apiVersion: neo4j.neo4j.com/v1alpha1"))
        {
            for there in OTHERS {
                let Some((_, findings)) = convert_text(document, &settings(None, there)) else { continue };
                let name = format!("{} to {there:?}", relative(&file));
                if failed(&findings) {
                    refused.push(name);
                    continue;
                }
                let Some((_, back, findings)) = there_and_back(&name, document, Dialect::V1alpha1, there)
                else {
                    continue;
                };
                compare(&name, document, &back, &findings, &GONE);
                kept += 1;
            }
        }
    }
    assert!(kept > 50 && refused.len() < kept, "{kept} {refused:#?}");
}

#[test]
fn the_commands_of_the_manual_do_what_it_says() {
    let manual = std::fs::read_to_string(root().join("docs/convert.md")).unwrap();
    let mut tried = 0;
    for line in manual.lines().filter_map(|line| line.strip_prefix("$ kubectl neo4j-backup ")) {
        // Those with a cluster, or the output of another command, are tried elsewhere.
        if line.contains("cronjob/") || line.contains("-f -") || line.starts_with("validate") {
            continue;
        }
        let command = line.split(" > ").next().unwrap();
        let run = run(command.split_whitespace()).expect(0);
        assert!(run.stdout.starts_with("apiVersion: ") || run.stdout.contains("\napiVersion: "), "{command}");
        tried += 1;
    }
    assert!(tried >= 5, "{tried}");
    // And the pipeline of the second example.
    let run = run(["convert", "-f", "tests/convert/v1beta1.yaml", "-q"]).expect(0);
    run_with_input(["validate", "-f", "-", "--target", TARGETS], run.stdout).expect(0);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for (name, more) in INPUTS {
        assert_eq!(converted(name, more), converted(name, more));
    }
}
