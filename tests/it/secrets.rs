//! Nothing that is printed holds a secret of the input (DESIGN.md law 6), whatever is wrong with that input.

use std::fs;
use std::path::Path;

use crate::support::{Run, command};

/// What every secret holds.
const CANARY: &str = "hunter2canary";

/// A sound spec with one certain mistake, so that findings, patches and diffs are shown.
const SPEC: &str = "\
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata: {name: nightly, namespace: data}
spec:
  target: {kind: Cluster, name: graph}
  suspend: yes
  schedule: '0 2 * * *'
  storage:
    type: s3
    bucketName: company-backups
    cloud: {provider: aws, credentialsSecretRef: keys}
";

const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: data}\n";

fn restore(hook: &str) -> String {
    format!(
        "\
apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jRestore
metadata: {{name: again, namespace: data}}
spec:
  targetCluster: graph
  databaseName: orders
  force: yes
  source:
    type: s3
    storage: {{type: s3, bucket: company-backups, cloud: {{provider: aws, region: eu-central-1}}}}
    backupPath: orders-2026-01-01T00-00-00.backup
  options:
    preRestore:
      job:
        template:
          container:
            image: busybox:1.36
{hook}"
    )
}

/// Inputs by name.
fn inputs() -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, text: String| inputs.push((name.to_owned(), text.replace("CANARY", CANARY)));
    let bodies = [
        ("plain", "stringData:\n  password: CANARY\n"),
        ("data", "data:\n  password: CANARY\n  CANARY2: 1\n".trim_end_matches("  CANARY2: 1\n")),
        ("block", "stringData:\n  file: |\n    user=neo4j\n    x: CANARY\n    CANARY CANARY\n"),
        ("quoted", "stringData:\n  file: \"CANARY\n    CANARY \\\n    CANARY\"\n"),
        ("flow", "stringData: {password: CANARY, other: 'CANARY', \"more\": \"CANARY\"}\n"),
        ("comment", "# was CANARY\nstringData: # CANARY\n  a: b # neo4j-backup: ignore CANARY\n"),
        ("duplicate", "stringData:\n  a: CANARY\n  a: CANARY\n"),
        ("twice", "type: Opaque\nstringData: {a: CANARY}\nstringData: {a: CANARY}\n"),
        ("type", "stringData: CANARY\n"),
        ("list", "stringData:\n  - CANARY\n  - a: CANARY\n"),
        ("misspelt", "stringdata:\n  a: CANARY\nspec: {b: CANARY}\n"),
        ("tab", "stringData:\n\ta: CANARY\n  b: CANARY\n"),
        ("unclosed", "stringData:\n  a: \"CANARY\n  b: CANARY\n"),
        ("unclosed single", "stringData:\n  a: 'CANARY\n"),
        ("behind quote", "stringData:\n  a: \"x\" CANARY\n"),
        ("bracket", "stringData: {a: CANARY, b: [CANARY}\n"),
        ("at", "stringData:\n  a: @CANARY\n"),
        ("backtick", "stringData:\n  a: `CANARY`\n"),
        ("percent", "stringData:\n  a: %CANARY\n"),
        ("alias", "stringData:\n  a: *CANARY\n"),
        ("recursive", "stringData: &CANARY\n  a: *CANARY\n"),
        ("tag", "stringData:\n  a: !CANARY CANARY\n  b: !!int CANARY\n"),
        ("indentation", "stringData:\n   a: CANARY\n  b: CANARY\n"),
        ("template", "stringData:\n  a: {{ CANARY }}\n"),
        ("control", "stringData:\n  a: CANARY\u{1}CANARY\n"),
        ("colon", "stringData:\n  a: CANARY: CANARY\n"),
        ("escape", "stringData:\n  a: \"CANARY\\q\"\n"),
        ("second", "stringData: {a: CANARY}\n}\nCANARY\n"),
        ("merge", "x: &x CANARY\nstringData:\n  <<: *x\n"),
        ("anchor", "x: &x {a: CANARY}\nstringData: *x\n"),
        (
            "annotation",
            "data: {}\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"stringData\":{\"a\":\"CANARY\"}}\n",
        ),
    ];
    for (name, body) in bodies {
        let secret = format!("{HEAD}{body}");
        add(&format!("{name} alone"), secret.clone());
        add(&format!("{name} before"), format!("{secret}---\n{SPEC}"));
        add(&format!("{name} behind"), format!("{SPEC}---\n{secret}"));
        add(&format!("{name} glued before"), format!("{secret}{SPEC}"));
        add(&format!("{name} glued behind"), format!("{SPEC}{secret}"));
        let indented = |text: &str| text.trim_end().replace('\n', "\n    ");
        add(
            &format!("{name} in a list"),
            format!(
                "apiVersion: v1\nkind: List\nitems:\n  - {}\n  - {}\n",
                indented(&secret),
                indented(SPEC)
            ),
        );
        add(&format!("{name} sealed"), secret.replace("kind: Secret", "kind: SecretList"));
    }
    let json = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"keys","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"a\":\"CANARY\"}}"}},"stringData":{"a":"CANARY"},"data":{"b":"CANARY"}}"#;
    let spec_json = r#"{"apiVersion":"neo4j.neo4j.com/v1alpha1","kind":"Neo4jBackup","metadata":{"name":"a","namespace":"d"},"spec":{"oops":1}}"#;
    add("json", format!("{json}\n"));
    add("json list", format!(r#"{{"apiVersion":"v1","kind":"List","items":[{json},{spec_json}]}}"#));
    add(
        "json list, secret last",
        format!(r#"{{"apiVersion":"v1","items":[{spec_json},{json}],"kind":"List"}}"#),
    );
    add("json after json", format!("{json}\n{spec_json}\n"));
    add("json after json, secret last", format!("{spec_json}\n{json}\n"));
    add("json broken", json.replace("},\"data\"", "}\"data\""));
    add("json broken list", format!(r#"{{"apiVersion":"v1","kind":"List","items":[{spec_json},{json}]"#));
    for (name, line) in [
        ("user", "    endpointURL: https://user:CANARY@host:9000\n"),
        ("user in clear", "    endpointURL: http://user:CA/CANARY@host\n"),
        ("user on a line", "    cloud: {endpointURL: 'https://CANARY@host', oops: 1}\n"),
        ("query", "    path: s3://bucket/x?X-Amz-Credential=CANARY&X-Amz-Signature=CANARY\n"),
        ("sas", "    bucket: https://a.blob.core.windows.net/c?sv=2022&sig=CANARY\n"),
        ("inline key", "    secretAccessKey: CANARY\n"),
        ("inline password", "    cloud:\n      password: |\n        CANARY\n"),
        ("inline number", "    cloud: {password: [CANARY], token: CANARY}\n"),
        (
            "inline key on a line",
            "    cloud: {accessKeyId: CANARY, secretAccessKey: CANARY, provider: aws}\n",
        ),
    ] {
        add(name, SPEC.replace("    bucketName", &format!("{line}    bucketName")));
        add(
            &format!("{name}, broken"),
            format!("{}  \"oops\n", SPEC.replace("    bucketName", &format!("{line}    bucketName"))),
        );
    }
    for arguments in [
        "[--password=CANARY]",
        "[--password, CANARY]",
        "[\"--x-token=CANARY\", \"--from=neo4j://u:CANARY@h\"]",
        "['--config=s3://b/k?X-Amz-Signature=CANARY']",
        "--password=CANARY",
        "\n    - --api-token=CANARY\n    - --clientsecret\n    - CANARY\n    - --verbose",
    ] {
        add(
            "arguments",
            format!("{SPEC}  options:\n    additionalArgs: {}\n", arguments.replace("\n    ", "\n      ")),
        );
    }
    for (name, hook) in [
        (
            "env",
            "            env:\n              - name: DB_PASSWORD\n                value: CANARY\n                oops: 1\n",
        ),
        ("env flow", "            env: [{name: API_TOKEN, value: CANARY, oops: 1}]\n"),
        (
            "env value first",
            "            env:\n              - value: CANARY\n                name: X_SECRET\n              - {name: X_KEY, value: 'CANARY'}\n",
        ),
        (
            "env block",
            "            env:\n              - name: NEO4J_AUTH\n                value: |\n                  neo4j/CANARY\n                  CANARY\u{7}\n",
        ),
        (
            "env placeholder",
            "            env:\n              - {name: A_PASSWORD, value: 'a<CANARY>'}\n              - {name: B_PASSWORD, value: '${x:-CANARY}'}\n",
        ),
        (
            "env both",
            "            env:\n              - {name: A_PASSWORD, value: CANARY, valueFrom: {secretKeyRef: {name: a, key: b}}}\n",
        ),
        (
            "env list",
            "            env:\n              - {name: A_PASSWORD, value: [CANARY]}\n              - {name: A_PASSWORD, value: {a: CANARY}}\n",
        ),
        ("command", "            command: [sh, -c, \"cypher-shell -u neo4j -p CANARY 'RETURN 1' ${x}\"]\n"),
        (
            "arguments of a hook",
            "            args: [--password, CANARY, 3]\n            oops: {--token: CANARY}\n",
        ),
        (
            "env cut",
            "            env:\n              - name: A_PASSWORD\n                value: CANARY\n             oops: \"CANARY\n",
        ),
    ] {
        // The last one: a quote that is open, in a value that nothing calls a secret.
        add(name, restore(&hook.replace("oops: \"CANARY", "oops: \"x")));
    }
    add(
        "statement",
        restore("").replace(
            "      job:",
            "      cypherStatements: [\"ALTER USER neo4j SET PASSWORD 'CANARY' ${x}\", ' ALTER USER x SET PASSWORD ''CANARY''']\n      job:",
        ),
    );
    inputs
}

fn ran(folder: &Path, arguments: &[&str]) -> Run {
    let output = command().current_dir(folder).args(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const FORMATS: [&str; 8] = ["human", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown"];

#[test]
fn no_output_of_any_command_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut leaks = Vec::new();
    let target = ["--servers", "3", "--image", "neo4j:5.26.12-enterprise", "-f", "in.yaml"];
    for (name, text) in inputs() {
        fs::write(folder.path().join("in.yaml"), &text).unwrap();
        let mut check = |command: &[&str], only_messages: bool| {
            let arguments: Vec<&str> = command.iter().chain(&target).copied().collect();
            let run = ran(folder.path(), &arguments);
            assert!(run.code != 101 && !run.stderr.contains("panicked"), "{name}: {}", run.transcript());
            let printed = if only_messages { &run.stderr } else { &format!("{}{}", run.stdout, run.stderr) };
            for line in printed.lines().filter(|line| line.contains(CANARY) || line.contains("CANARY")) {
                leaks.push(format!("{name}: {}: {line}", command.join(" ")));
            }
        };
        for format in FORMATS {
            check(&["validate", "-o", format], false);
        }
        check(&["validate", "--fix", "--dry-run"], false);
        // A value that the spec itself gives a hook stands in the rendered Job, with a warning.
        check(&["render"], true);
        check(&["schedule"], false);
        check(&["validate", "--fix"], false);
        let fixed = fs::read_to_string(folder.path().join("in.yaml")).unwrap();
        assert_eq!(fixed.matches(CANARY).count(), text.matches(CANARY).count(), "{name}: {fixed}");
        assert!(!fixed.contains("***"), "{name}: {fixed}");
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// The same through a kustomization, whose errors are another program's words.
#[test]
fn no_kustomization_gives_its_secrets_away() {
    let chosen =
        ["plain behind", "annotation before", "unclosed behind", "tag before", "type alone", "json list"];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kustomization.yaml"), "resources: [in.yaml]\n").unwrap();
    for (name, text) in inputs().into_iter().filter(|(name, _)| chosen.contains(&name.as_str())) {
        fs::write(folder.path().join("in.yaml"), text).unwrap();
        for command in [vec!["validate", "-o", "human", "-o", "json", "-o", "markdown"], vec!["render"]] {
            let run = ran(folder.path(), &[command.as_slice(), &["-k", "."]].concat());
            assert!(!run.transcript().contains(CANARY), "{name}: {}", run.transcript());
        }
    }
}

/// What is masked is only shown otherwise: the file itself is corrected as ever.
#[test]
fn a_secret_that_has_to_be_quoted_is_quoted_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.yaml");
    let hook = "            env:\n              - {name: DB_PASSWORD, value: 4711471147}\n";
    fs::write(&path, restore(hook)).unwrap();
    for format in FORMATS {
        let run = ran(folder.path(), &["validate", "-f", "in.yaml", "-o", format]);
        assert!(!run.stdout.contains("4711") && !run.stderr.contains("4711"), "{}", run.transcript());
    }
    let run = ran(folder.path(), &["validate", "-f", "in.yaml", "--fix", "--dry-run"]);
    assert!(
        run.stdout.contains("+              - {name: DB_PASSWORD, value: \"***\""),
        "{}",
        run.transcript()
    );
    ran(folder.path(), &["validate", "-f", "in.yaml", "--fix"]);
    assert!(fs::read_to_string(&path).unwrap().contains("value: \"4711471147\"}"));
}
