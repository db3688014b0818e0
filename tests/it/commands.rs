//! The small commands, as a person calls them.

use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CLICOLOR_FORCE")
        .env_remove("FORCE_COLOR")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}\n{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn explain_finds_a_code_by_each_of_its_names() {
    for topic in ["NB011", "nb011", "duplicate-key", "Duplicate-Key"] {
        let output = run(&["explain", topic]);
        assert!(output.status.success(), "{topic}");
        assert!(out(&output).starts_with("error[NB011]: duplicate-key\n"), "{}", out(&output));
    }
}

#[test]
fn explain_says_of_an_error_name_of_the_contract_what_it_is() {
    let output = run(&["explain", "BACKUP_NO_SPACE"]);
    assert!(output.status.success());
    assert!(out(&output).contains("Backup storage is full"), "{}", out(&output));
    assert_eq!(json(&["explain", "backup_no_space", "-o", "json"])["alias"], "BACKUP_NO_SPACE");
}

#[test]
fn explain_finds_a_field_by_path_kind_and_name() {
    for topic in [
        "spec.options.tempPath",
        "backup.spec.options.tempPath",
        "neo4jbackup.spec.options.tempPath",
        "Neo4jBackup.options.tempPath",
        "options.tempPath",
        "tempPath",
    ] {
        let value = json(&["explain", topic, "-o", "json"]);
        assert_eq!(value["fields"][0]["path"], "spec.options.tempPath", "{topic}");
        assert!(value["fields"][0]["becomes"].as_str().unwrap().contains("--temp-path"), "{topic}");
    }
    let item = json(&["explain", "restore.spec.options.additionalArgs[1]", "-o", "json"]);
    assert_eq!(item["fields"][0]["kind"], "Neo4jRestore");
    let both = json(&["explain", "spec.options.additionalArgs", "-o", "json"]);
    assert_eq!(both["fields"].as_array().unwrap().len(), 2, "two kinds have it");
    let block = json(&["explain", "neo4jrestore.spec.source", "-o", "json"]);
    assert!(block["fields"][0]["fields"].as_array().unwrap().len() > 4);
    let target = json(&["explain", "target.spec.topology.kind", "-o", "json"]);
    assert_eq!(target["fields"][0]["choices"], serde_json::json!(["Cluster", "Standalone"]));
    let gated = json(&["explain", "preferDiffAsParent", "-o", "json"]);
    assert_eq!(gated["fields"][0]["since"], "2025.04");
}

#[test]
fn explain_without_a_topic_lists_every_code() {
    let text = out(&run(&["explain"]));
    let codes = neo4j_backup::diagnostics::ALL;
    for definition in codes {
        assert!(text.contains(&definition.code.to_string()), "{}", definition.code);
    }
    assert_eq!(json(&["explain", "-o", "json"])["codes"].as_array().unwrap().len(), codes.len());
}

#[test]
fn explain_refuses_what_it_does_not_know_and_says_what_may_be_meant() {
    for (topic, hint) in [
        ("NB999", "lists every code"),
        ("NB9", "lists every code"),
        ("duplicate-kye", "did you mean duplicate-key?"),
        ("spec.options.tmpPath", "did you mean backup.spec.options.tempPath?"),
        ("type", "backup.spec.storage.type"),
    ] {
        let output = run(&["explain", topic]);
        assert_eq!(output.status.code(), Some(2), "{topic}\n{}", out(&output));
        assert!(out(&output).is_empty());
        assert!(err(&output).contains(hint), "{topic}\n{}", err(&output));
    }
}

#[test]
fn schedule_gives_the_promised_json() {
    let arguments = [
        "schedule",
        "30 2 * * *",
        "--time-zone",
        "Europe/Berlin",
        "--from",
        "2026-10-24T12:00:00Z",
        "--count",
        "3",
    ];
    let value = json(&[&arguments[..], &["-o", "json"]].concat());
    assert_eq!(value["expression"], "30 2 * * *");
    assert_eq!(value["timeZone"], "Europe/Berlin");
    assert_eq!(
        value["runs"],
        serde_json::json!([
            {"local": "2026-10-25T02:30:00+02:00", "utc": "2026-10-25T00:30:00Z"},
            {"local": "2026-10-25T02:30:00+01:00", "utc": "2026-10-25T01:30:00Z"},
            {"local": "2026-10-26T02:30:00+01:00", "utc": "2026-10-26T01:30:00Z"},
        ])
    );
}

#[test]
fn schedule_points_to_the_part_that_is_wrong() {
    let output = run(&["schedule", "0 25 * * *"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).is_empty());
    assert!(err(&output).contains("\n  0 25 * * *\n    ^^\n  help: "), "{}", err(&output));
}

#[test]
fn schedule_without_anything_to_read_is_a_usage_error() {
    assert_eq!(run(&["schedule"]).status.code(), Some(2));
    assert_eq!(run(&["schedule", "@daily", "-f", "examples"]).status.code(), Some(2));
    assert_eq!(run(&["schedule", "@daily", "--from", "yesterday"]).status.code(), Some(2));
}

#[test]
fn schedule_reads_the_specs_of_a_folder_and_goes_on_after_a_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let spec = |name: &str, schedule: &str| {
        format!(
            "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: graphs}}\nspec:\n  \
             schedule: {schedule:?}\n  target: {{kind: Cluster, name: orders}}\n  storage: {{type: pvc, pvc: {{name: backups}}}}\n"
        )
    };
    let text =
        [spec("first", "0 2 * * *"), spec("second", "5 2 * * *"), spec("third", "0 99 * * *")].join("---\n");
    let file = folder.path().join("backups.yaml");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let output = run(&["schedule", "-f", file, "--from", "2026-07-01T00:00:00Z", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("graphs/third: `99` is not an hour"), "{}", err(&output));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["schedules"].as_array().unwrap().len(), 2);
    assert_eq!(value["clashes"][0]["names"], serde_json::json!(["graphs/first", "graphs/second"]));
}

#[test]
fn schemas_are_written_where_kubeconform_looks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = run(&["schema", "--output-dir", path]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        err(&output).contains("{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"),
        "{}",
        err(&output)
    );
    for file in [
        "neo4j.neo4j.com/neo4jbackup_v1alpha1.json",
        "neo4j.neo4j.com/neo4jrestore_v1alpha1.json",
        "config.neo4j.neo4j.com/neo4jtarget_v1alpha1.json",
    ] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    assert_eq!(run(&["schema"]).status.code(), Some(2));
    for kind in ["neo4jbackup", "Neo4jRestore", "target", "findings"] {
        assert!(json(&["schema", kind]).is_object(), "{kind}");
    }
}

#[test]
fn schemas_accept_the_examples_and_refuse_unknown_fields() {
    let schema = json(&["schema", "neo4jbackup"]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scheduled-daily/backup.yaml"),
    )
    .unwrap();
    let mut backup: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert!(validator.is_valid(&backup));
    backup["spec"]["bucket"] = "misplaced".into();
    assert!(!validator.is_valid(&backup));
}

#[test]
fn crds_are_printed_whole_or_by_name() {
    let both = out(&run(&["crds"]));
    assert_eq!(both.matches("kind: CustomResourceDefinition").count(), 2);
    assert_eq!(both.matches("\n---\n").count(), 1);
    let one = json(&["crds", "neo4jrestores.neo4j.neo4j.com", "-o", "json"]);
    assert_eq!(one["metadata"]["name"], "neo4jrestores.neo4j.neo4j.com");
    let list = json(&["crds", "-o", "json"]);
    assert_eq!((&list["kind"], list["items"].as_array().unwrap().len()), (&"List".into(), 2));
    assert_eq!(run(&["crds", "pods"]).status.code(), Some(2));
}

#[test]
fn version_says_what_it_speaks() {
    let value = json(&["version", "--client", "-o", "json"]);
    let client = &value["clientVersion"];
    assert_eq!(client["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(client["apiVersions"][0], neo4j_backup::api::API_VERSION);
    let yaml: serde_json::Value = serde_yaml::from_str(&out(&run(&["version", "-o", "yaml"]))).unwrap();
    assert_eq!(yaml, value);
    assert!(out(&run(&["version"])).starts_with("Client Version: "));
}

#[test]
fn help_and_usage_say_how_kubectl_calls_it() {
    for arguments in [&["--help"][..], &["explain", "--help"], &["schedule", "--nonsense"], &["init"]] {
        let output = run(arguments);
        let text = out(&output) + &err(&output);
        assert!(text.contains("Usage: kubectl neo4j-backup"), "{arguments:?}\n{text}");
        assert!(!text.contains("kubectl-neo4j_backup"), "{arguments:?}\n{text}");
    }
}

#[test]
fn completion_scripts_complete_the_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completion", shell]);
        assert!(output.status.success(), "{shell}");
        assert!(out(&output).contains("kubectl-neo4j_backup"), "{shell}");
    }
    assert_eq!(run(&["completion", "tcsh"]).status.code(), Some(2));
}

#[cfg(unix)]
mod helper {
    use super::*;
    use std::path::PathBuf;

    /// A folder with the plugin in it, as krew makes it: a link to the real file elsewhere.
    fn installed() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("kubectl-neo4j_backup");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-neo4j_backup"), &plugin).unwrap();
        (folder, plugin)
    }

    fn candidates(helper: &Path, words: &[&str]) -> Vec<String> {
        let output = Command::new(helper).args(words).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", err(&output));
        out(&output).lines().map(str::to_owned).collect()
    }

    #[test]
    fn install_puts_the_helper_beside_the_plugin_and_it_answers_kubectl() {
        let (folder, plugin) = installed();
        let install = |more: &[&str]| {
            Command::new(&plugin)
                .args(["completion", "install"])
                .args(more)
                .env("PATH", folder.path())
                .output()
                .unwrap()
        };
        let first = install(&[]);
        assert!(first.status.success(), "{}", err(&first));
        assert!(out(&first).ends_with("kubectl_complete-neo4j_backup created\n"), "{}", out(&first));
        let again = install(&[]);
        assert!(out(&again).ends_with("unchanged\n"), "{}", out(&again));

        let helper = folder.path().join("kubectl_complete-neo4j_backup");
        assert_eq!(std::fs::read_link(&helper).unwrap(), Path::new("kubectl-neo4j_backup"));
        let lines = candidates(&helper, &["expl"]);
        assert!(lines[0].starts_with("explain\t"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some(":4"));
        let lines = candidates(&helper, &["version", "-o", ""]);
        for format in ["text", "json", "yaml"] {
            assert!(lines.iter().any(|line| line.split('\t').next() == Some(format)), "{format}: {lines:?}");
        }
        let lines = candidates(&helper, &[""]);
        assert!(lines.iter().any(|line| line.starts_with("schedule\t")), "{lines:?}");
    }

    #[test]
    fn install_does_not_replace_another_file_unasked() {
        let (folder, plugin) = installed();
        let helper = folder.path().join("kubectl_complete-neo4j_backup");
        std::fs::write(&helper, "mine").unwrap();
        let install = |more: &[&str]| {
            Command::new(&plugin)
                .args(["completion", "install"])
                .args(more)
                .env("PATH", folder.path())
                .output()
                .unwrap()
        };
        assert_eq!(install(&[]).status.code(), Some(2));
        assert_eq!(std::fs::read_to_string(&helper).unwrap(), "mine");
        assert!(install(&["--force"]).status.success());
        assert!(std::fs::read_link(&helper).is_ok());
    }

    #[test]
    fn install_into_a_folder_off_the_path_says_so() {
        let (folder, plugin) = installed();
        let other = tempfile::tempdir().unwrap();
        let output = Command::new(&plugin)
            .args(["completion", "install", "--dir"])
            .arg(other.path())
            .env("PATH", folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", err(&output));
        assert!(err(&output).contains("is not on the PATH"), "{}", err(&output));
        let helper = other.path().join("kubectl_complete-neo4j_backup");
        assert_eq!(
            std::fs::read_link(helper).unwrap(),
            plugin,
            "the link on PATH, which survives an upgrade"
        );
    }
}
