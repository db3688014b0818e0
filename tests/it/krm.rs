//! `krm`: a ResourceList in, a ResourceList out, and kustomize around it.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Run, objects, run, run_with_input, tools};

const TARGET: &str = "\
- apiVersion: config.neo4j.neo4j.com/v1alpha1
  kind: Neo4jTarget
  metadata:
    name: graph
    namespace: shop
    annotations: {config.kubernetes.io/local-config: \"true\"}
  spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}}
";

/// A spec as kpt hands it over.
fn backup(name: &str, more: &str) -> String {
    format!(
        "- apiVersion: neo4j.neo4j.com/v1alpha1\n  kind: Neo4jBackup\n  metadata:\n    name: {name}\n    namespace: shop\n\
         \x20   annotations:\n      internal.config.kubernetes.io/index: '1'\n\
         \x20     internal.config.kubernetes.io/path: backups/{name}.yaml\n\
         \x20 spec:\n    target: {{kind: Cluster, name: graph}}\n\
         \x20   storage: {{type: pvc, pvc: {{name: backups, size: 1Gi}}}}\n{more}"
    )
}

const NIGHTLY: &str = "    schedule: \"0 2 * * *\"\n";

/// Items that mean nothing to us, in spellings that a careless writer would change.
const STRANGERS: &str = "\
# above
- apiVersion: v1
  kind: ConfigMap # a comment
  metadata: {name: settings, annotations: {config.kubernetes.io/index: '0', internal.config.kubernetes.io/path: 'a b.yaml'}}
  data:
    on: \"yes\"
    text: |
      - no item

      # no comment
    folded: >-
      a
      b
- {apiVersion: v1, kind: Secret, metadata: {name: login}, stringData: {password: hunter2hunter2}}
-
  kind: Widget
  apiVersion: example.com/v1
  size: 0x10
";

fn list(items: &[&str]) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}", items.concat())
}

fn configured(items: &[&str], data: &str) -> String {
    format!(
        "{}functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: render}}\n  data: {data}\n",
        list(items)
    )
}

fn krm(list: &str) -> Run {
    run_with_input(["krm"], list)
}

fn parsed(run: &Run) -> Value {
    serde_yaml::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}", run.transcript()))
}

fn items(run: &Run) -> Vec<Value> {
    parsed(run)["items"].as_array().unwrap().clone()
}

fn codes(run: &Run) -> Vec<String> {
    let parsed = parsed(run);
    let results = parsed["results"].as_array().cloned().unwrap_or_default();
    results.iter().map(|result| result["tags"]["code"].as_str().unwrap().to_owned()).collect()
}

fn names(items: &[Value]) -> Vec<String> {
    items
        .iter()
        .map(|item| format!("{} {}", item["kind"], item["metadata"]["name"]).replace('"', ""))
        .collect()
}

#[test]
fn specs_become_objects_and_every_other_item_keeps_its_bytes() {
    let run = krm(&list(&[STRANGERS, TARGET, &backup("nightly", NIGHTLY)])).expect(0);
    let start = run.stdout.find("# above").unwrap();
    assert!(run.stdout[start..].starts_with(STRANGERS), "{}", run.stdout);
    let items = items(&run);
    assert_eq!(
        names(&items),
        [
            "ConfigMap settings",
            "Secret login",
            "Widget null",
            "ServiceAccount neo4j-backup-sa",
            "PersistentVolumeClaim backups",
            "CronJob nightly-backup-cron"
        ]
    );
    // The objects are those of `render`, with a file beside that of the spec.
    let specs = objects(
        &crate::support::run_with_input(
            ["render", "-q", "-f", "-"],
            [TARGET, &backup("nightly", NIGHTLY)].map(|item| item.replacen("- ", "  ", 1)).join("---\n"),
        )
        .expect(0)
        .stdout,
    );
    for (item, rendered) in items[3..].iter().zip(&specs) {
        let mut item = item.clone();
        let annotations = item["metadata"]["annotations"].as_object_mut().unwrap();
        let path = annotations.remove("internal.config.kubernetes.io/path").unwrap();
        assert_eq!(annotations.remove("internal.config.kubernetes.io/index"), Some(json!("0")));
        let kind = rendered["kind"].as_str().unwrap().to_lowercase();
        let name = rendered["metadata"]["name"].as_str().unwrap();
        assert_eq!(path, format!("backups/shop/{kind}-{name}.yaml"));
        if annotations.is_empty() {
            item["metadata"].as_object_mut().unwrap().remove("annotations");
        }
        assert_eq!(&item, rendered);
    }
}

#[test]
fn what_runs_once_is_named_by_its_spec_and_restores_are_left_out() {
    let restore = "\
- apiVersion: neo4j.neo4j.com/v1alpha1
  kind: Neo4jRestore
  metadata: {name: back, namespace: shop}
  spec: {targetCluster: graph, databaseName: neo4j, stopCluster: true, source: {type: backup, backupRef: once}}
";
    let run = krm(&list(&[TARGET, &backup("once", ""), restore])).expect(0);
    let made = items(&run);
    assert_eq!(made.len(), 3, "{:?}", names(&made));
    let name = made[2]["metadata"]["name"].as_str().unwrap();
    let (spec, hash) = name.rsplit_once('-').unwrap();
    assert!(spec == "once-backup" && hash.len() == 10, "{name}");
    assert!(codes(&run).contains(&"NB702".to_owned()), "{}", run.transcript());
    let changed = krm(&list(&[TARGET, &backup("once", "    options: {compress: false}\n")])).expect(0);
    assert_ne!(items(&changed)[2]["metadata"]["name"], name);

    let long = krm(&list(&[TARGET, &backup(&"a".repeat(50), "")])).expect(1);
    assert!(codes(&long).contains(&"NB703".to_owned()), "{}", long.transcript());
}

#[test]
fn with_an_error_the_items_come_back_as_they_were_with_results() {
    let bad = backup("nightly", "    schedul: \"0 2 * * *\"\n");
    let text = list(&[STRANGERS, TARGET, &bad]);
    let run = krm(&text).expect(1);
    assert!(run.stdout.starts_with(&format!("{text}results:\n")), "{}", run.stdout);
    let results = parsed(&run)["results"].clone();
    let found = results.as_array().unwrap().iter().find(|result| result["tags"]["code"] == "NB101").unwrap();
    assert_eq!(found["severity"], "error");
    assert_eq!(found["field"], json!({"path": "spec.schedul"}));
    assert_eq!(found["file"], json!({"path": "backups/nightly.yaml", "index": 1}));
    assert_eq!(
        found["resourceRef"],
        json!({"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jBackup", "name": "nightly", "namespace": "shop"})
    );
    let line = text.lines().position(|line| line.contains("schedul:")).unwrap() + 1;
    assert_eq!(found["tags"]["line"], line.to_string());
    assert_eq!(found["tags"]["column"], "5");
    assert_eq!(found["tags"]["source"], "<stdin>", "there is no such file");
    assert_eq!(found["tags"]["help"], "did you mean `schedule`?");
    // kustomize shows nothing of results.
    assert!(
        run.stderr.contains("error[NB101]") && run.stderr.contains(&format!("<stdin>:{line}:5")),
        "{}",
        run.stderr
    );
    // What an earlier function has found is not ours to repeat.
    let again = krm(&run.stdout).expect(1);
    assert_eq!(again.stdout, run.stdout);
}

#[test]
fn findings_stand_in_the_file_of_the_item_where_it_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("backups")).unwrap();
    let bad = backup("nightly", "    schedul: \"0 2 * * *\"\n    job: {backoffLimit: -3}\n");
    let document = bad.replacen("- ", "  ", 1);
    let other = document.replace("nightly", "other");
    let ask = |file: &str| {
        fs::write(folder.path().join("backups/nightly.yaml"), file).unwrap();
        let mut command = crate::support::command();
        command.arg("krm").current_dir(&folder);
        let run = crate::support::feed(command, list(&[TARGET, &bad])).expect(1);
        let parsed = parsed(&run);
        let find = |code: &str| {
            let found =
                parsed["results"].as_array().unwrap().iter().find(|result| result["tags"]["code"] == code);
            let found = found.unwrap_or_else(|| panic!("no {code}: {}", run.transcript()));
            assert_eq!(found["file"], json!({"path": "backups/nightly.yaml", "index": 1}));
            format!("{}:{}", found["tags"]["source"], found["tags"]["line"]).replace('"', "")
        };
        (find("NB101"), find("NB106"), run.stderr)
    };
    let both = format!("# first\n---\n{other}---\n{document}");
    let line = both.lines().enumerate().filter(|(_, line)| line.contains("schedul:")).nth(1).unwrap().0 + 1;
    let (unknown, value, told) = ask(&both);
    assert_eq!(unknown, format!("backups/nightly.yaml:{line}"));
    assert_eq!(value, format!("backups/nightly.yaml:{}", line + 1));
    assert!(told.contains(&format!("--> backups/nightly.yaml:{line}:5")), "{told}");
    // A patch has changed one field, the other is where it was.
    let (unknown, value, _) = ask(&both.replace("-3", "-4"));
    assert_eq!(unknown, format!("backups/nightly.yaml:{line}"));
    assert!(value.starts_with("<stdin>:"), "{value}");
    // Two documents of the name, or none: nobody can say which.
    for file in [format!("{document}---\n{document}"), other.clone(), String::new()] {
        assert!(ask(&file).0.starts_with("<stdin>:"), "{file}");
    }
    // Nothing outside of the folder is read.
    let outside = list(&[TARGET, &bad.replace("path: backups/", "path: ../backups/")]);
    let mut command = crate::support::command();
    command.arg("krm").current_dir(folder.path().join("backups"));
    assert!(!crate::support::feed(command, outside).expect(1).stderr.contains("--> ../"));
}

#[test]
fn warnings_are_results_and_fail_when_asked() {
    let spec = backup("nightly", &format!("{NIGHTLY}    retention: {{maxCount: 7}}\n"));
    let run = krm(&list(&[TARGET, &spec])).expect(0);
    let results = parsed(&run)["results"].clone();
    assert!(results.as_array().unwrap().iter().any(|result| result["severity"] == "warning"), "{results}");
    assert_eq!(items(&run).len(), 3);
    for strict in [
        run_with_input(["krm", "--strict"], list(&[TARGET, &spec])),
        krm(&configured(&[TARGET, &spec], "{strict: 'true'}")),
    ] {
        assert_eq!(items(&strict.expect(1)).len(), 2);
    }
}

#[test]
fn secrets_pass_and_are_never_told() {
    let odd = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: login, namespace: shop}\n  stringData: {password: !!int hunter2hunter2, password: 'hunter2hunter2'}\n";
    let run = krm(&list(&[odd, TARGET, &backup("nightly", "    schedul: x\n")])).expect(1);
    assert_eq!(run.stdout.matches("hunter2hunter2").count(), 2, "only where it stood: {}", run.stdout);
    assert!(!run.stderr.contains("hunter2hunter2"), "{}", run.stderr);
}

#[test]
fn the_configuration_sets_what_flags_set_and_each_mistake_in_it_is_told() {
    let lone = backup("nightly", NIGHTLY).replace("    namespace: shop\n", "");
    let data = "{namespace: other, image: 'neo4j:5.26.33-enterprise', topology: Cluster, servers: '3', layout: Operator, edition: Enterprise, neo4jVersion: 5.26.33, now: '2027-01-01T00:00:00Z'}";
    let run = krm(&configured(&[&lone], data)).expect(0);
    assert!(items(&run).iter().all(|item| item["metadata"]["namespace"] == "other"));
    assert!(run.stdout.contains("graph-server-2."), "{}", run.stdout);
    let own = configured(&[&lone], data)
        .replace("apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: render}\n  data:", "apiVersion: config.neo4j.neo4j.com/v1alpha1\n  kind: Neo4jBackupFunction\n  metadata: {name: render}\n  spec:");
    assert_eq!(items(&krm(&own).expect(0)), items(&run));
    let flags = ["krm", "-n", "other", "--image", "neo4j:5.26.33-enterprise", "--servers", "3"];
    assert_eq!(items(&run_with_input(flags, list(&[&lone])).expect(0)), items(&run));

    for (data, code, words) in [
        ("{namspace: x}", "NB720", "did you mean `namespace`?"),
        ("{unheard: x}", "NB720", "`keepSpecs`"),
        ("{servers: many}", "NB721", "from 1 to 100"),
        ("{topology: Ring}", "NB721", "`Cluster` or `Standalone`"),
        ("{strict: perhaps}", "NB721", "`true` or `false`"),
        ("{neo4jVersion: five}", "NB721", "five"),
        ("{now: soon}", "NB721", "soon"),
        ("{servers: }", "NB721", "leave the key out"),
        ("[a]", "NB721", "takes a mapping"),
        ("{topology: Standalone, servers: '3'}", "NB721", "contradict"),
        ("{namespace: No_Name}", "NB721", "lower-case"),
    ] {
        let run = krm(&configured(&[TARGET, &backup("nightly", NIGHTLY)], data)).expect(1);
        assert!(codes(&run).contains(&code.to_owned()), "{data}: {}", run.transcript());
        assert!(run.stdout.contains(words), "{data}: {}", run.stdout);
    }
    let foreign = configured(&[TARGET], "{}").replace("kind: ConfigMap", "kind: Deployment");
    assert_eq!(codes(&krm(&foreign).expect(1)), ["NB722"]);
}

#[test]
fn a_list_without_specs_passes() {
    let text = list(&[STRANGERS]);
    let run = krm(&text).expect(0);
    assert!(run.stdout.starts_with(&text), "{}", run.stdout);
    assert_eq!(codes(&run), ["NB030"]);
    assert_eq!(parsed(&run)["results"][0]["severity"], "info");
    let empty = krm("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n").expect(0);
    assert_eq!(items(&empty), Vec::<Value>::new());
    // Nothing is left of a target and a restore.
    let nothing = krm(&list(&[TARGET])).expect(0);
    assert_eq!(items(&nothing), Vec::<Value>::new());
}

#[test]
fn kept_specs_can_be_rendered_again_and_again() {
    let specs = [TARGET, &backup("nightly", NIGHTLY), &backup("once", "")].concat();
    let first = krm(&configured(&[&specs], "{keepSpecs: 'true'}")).expect(0);
    assert_eq!(items(&first).len(), 3 + 4);
    let second = krm(&first.stdout).expect(0);
    assert_eq!(second.stdout, first.stdout, "the objects of the first run are replaced by themselves");
    // Somebody has moved a file, and changed a field: the place is kept, the field is not.
    let moved = first
        .stdout
        .replace("backups/shop/cronjob-nightly-backup-cron.yaml", "elsewhere.yaml")
        .replace("concurrencyPolicy: Forbid", "concurrencyPolicy: Allow")
        .replace("storage: 1Gi", "storage: 9Gi");
    let third = krm(&moved).expect(0);
    assert!(third.stdout.contains("elsewhere.yaml") && third.stdout.contains("concurrencyPolicy: Forbid"));
    assert!(
        third.stdout.contains("storage: 1Gi"),
        "a claim of an earlier run is no claim of somebody else's"
    );
    // Of specs that are gone, what they were is told and left.
    let gone = first.stdout.replace(&backup("nightly", NIGHTLY), "").replace(&backup("once", ""), "");
    let run = krm(&gone).expect(0);
    let told: Vec<String> = codes(&run).into_iter().filter(|code| code == "NB724").collect();
    assert_eq!(told.len(), 4, "{}", run.transcript());
    assert_eq!(items(&run).len(), 1 + 4);
    let severities: Vec<Value> =
        parsed(&run)["results"].as_array().unwrap().iter().map(|result| result["severity"].clone()).collect();
    assert!(severities.contains(&json!("info")) && severities.contains(&json!("warning")), "{severities:?}");
    assert!(run.stderr.contains("CronJob `nightly-backup-cron`"), "{}", run.stderr);
}

#[test]
fn an_item_of_somebody_else_is_not_replaced() {
    let theirs = "- apiVersion: batch/v1\n  kind: CronJob\n  metadata: {name: nightly-backup-cron, namespace: shop}\n  spec: {}\n";
    let text = list(&[theirs, TARGET, &backup("nightly", NIGHTLY)]);
    let run = krm(&text).expect(1);
    assert!(run.stdout.starts_with(&text));
    assert!(codes(&run).contains(&"NB723".to_owned()), "{}", run.transcript());
    krm(&text.replace("namespace: shop}\n  spec: {}", "namespace: elsewhere}\n  spec: {}")).expect(0);
    // A claim that somebody has made is used, as everywhere.
    let claim = "- apiVersion: v1\n  kind: PersistentVolumeClaim\n  metadata: {name: backups, namespace: shop}\n  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}\n";
    let run = krm(&list(&[claim, TARGET, &backup("nightly", NIGHTLY)])).expect(0);
    assert_eq!(names(&items(&run)).iter().filter(|name| name.starts_with("Persistent")).count(), 1);
}

#[test]
fn json_is_answered_in_json() {
    let yaml = configured(&[STRANGERS, TARGET, &backup("nightly", NIGHTLY)], "{keepSpecs: 'false'}");
    let value: Value = serde_yaml::from_str(&yaml).unwrap();
    for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
        let run = krm(&text).expect(0);
        let answer: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}", run.stdout));
        let expected = krm(&yaml).expect(0);
        assert_eq!(answer["items"], parsed(&expected)["items"]);
        assert_eq!(answer["functionConfig"], value["functionConfig"]);
        let bad = krm(&text.replace("\"schedule\"", "\"schedul\"")).expect(1);
        let answer: Value = serde_json::from_str(&bad.stdout).unwrap();
        assert_eq!(answer["items"].as_array().unwrap().len(), 5);
        assert!(answer["results"].as_array().unwrap().iter().any(|result| result["tags"]["code"] == "NB101"));
        assert_eq!(krm(&bad.stdout).expect(1).stdout, bad.stdout);
    }
}

#[test]
fn what_is_no_list_is_a_usage_error_with_a_way_out() {
    for text in ["", "kind: List\n", "{", "a: [\n", "apiVersion: v1\nkind: Pod\n---\nkind: Pod\n"] {
        let run = krm(text).expect(2);
        assert!(run.stdout.is_empty() && run.stderr.contains("help:"), "{}", run.transcript());
    }
    assert!(run(["krm"]).expect(2).stderr.contains("no ResourceList"));
}

/// A folder that kustomize builds through our binary, as docs/krm.md says.
fn kustomization(specs: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("kustomization.yaml"),
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: bazaar\nresources: [specs.yaml]\ntransformers: [render.yaml]\n",
    )
    .unwrap();
    let function = json!({"exec": {"path": env!("CARGO_BIN_EXE_kubectl-neo4j_backup"), "args": ["krm"]}});
    let transformer = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "render-backups", "annotations": {"config.kubernetes.io/function": function.to_string()}},
        "data": {"strict": "false"},
    });
    fs::write(folder.path().join("render.yaml"), transformer.to_string()).unwrap();
    fs::write(folder.path().join("specs.yaml"), specs).unwrap();
    folder
}

fn build(folder: &tempfile::TempDir) -> Option<std::process::Output> {
    let mut command = Command::new(tools()?.join("kustomize"));
    command.args(["build", "--enable-alpha-plugins", "--enable-exec"]).arg(folder.path());
    Some(command.output().unwrap())
}

#[test]
fn kustomize_renders_specs_in_the_namespace_that_it_puts_them_into() {
    let documents = |items: &[&str]| {
        items.iter().map(|item| item.replacen("- ", "  ", 1)).collect::<Vec<_>>().join("---\n")
    };
    let secret = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: login}\n  stringData: {password: hunter2hunter2}\n";
    let items = [TARGET, &backup("nightly", NIGHTLY), &backup("once", ""), secret];
    let Some(output) = build(&kustomization(&documents(&items))) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = objects(&String::from_utf8(output.stdout).unwrap());
    let mut found = names(&built);
    found.sort();
    let once = krm(&list(&[TARGET, &backup("once", "")])).expect(0);
    let job = names(&self::items(&once)).pop().unwrap();
    let mut expected = [
        "CronJob nightly-backup-cron",
        &job,
        "PersistentVolumeClaim backups",
        "Secret login",
        "ServiceAccount neo4j-backup-sa",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected, "the target and the specs do their work and go no further");
    let job = built.iter().find(|object| object["kind"] == "CronJob").unwrap();
    assert_eq!(job["metadata"]["namespace"], "bazaar");
    assert!(
        job.to_string().contains("graph-server-0.graph-headless.bazaar.svc"),
        "the addresses follow: {job}"
    );
    for object in &built {
        let annotations = object["metadata"]["annotations"].to_string();
        assert!(!annotations.contains("config.k"), "nothing of the machinery is left: {annotations}");
    }
    // And the same objects as `render` makes for that namespace.
    let moved = documents(&items[..3]).replace("namespace: shop", "namespace: bazaar");
    let rendered = objects(&run_with_input(["render", "-q", "-f", "-"], moved).expect(0).stdout);
    for expected in rendered.iter().filter(|object| object["kind"] != "Job") {
        assert!(built.contains(expected), "{expected}\nnot among\n{built:#?}");
    }
}

#[test]
fn kustomize_shows_what_is_wrong_and_builds_nothing() {
    let bad = [TARGET, &backup("nightly", "    schedul: x\n")]
        .map(|item| item.replacen("- ", "  ", 1))
        .join("---\n");
    let Some(output) = build(&kustomization(&bad)) else { return };
    assert!(!output.status.success() && output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("error[NB101]: `schedul` is not a field of `spec`"), "{told}");
    assert!(told.contains("did you mean `schedule`?"), "{told}");
}

/// Blocks of the manual: the name of the file, or nothing, and what stands in it.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<(Option<&'p str>, &'p str)> {
    let fence = format!("```{language}\n");
    let mut found = Vec::new();
    for (start, _) in page.match_indices(&fence) {
        let text = &page[start + fence.len()..];
        let above = page[..start].trim_end().lines().next_back().unwrap_or_default();
        let name = above.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->"));
        found.push((name, text.split("```").next().unwrap()));
    }
    found
}

#[test]
fn the_manual_shows_what_kustomize_does() {
    let Some(tools) = tools() else { return };
    let page = fs::read_to_string(crate::support::root().join("docs/krm.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in blocks(&page, "yaml") {
        let path = folder.path().join(name.unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup")).parent().unwrap();
    let paths = std::env::var_os("PATH").unwrap();
    let paths = [binary.to_owned(), tools.to_owned()].into_iter().chain(std::env::split_paths(&paths));
    let paths = std::env::join_paths(paths).unwrap();
    let mut commands = 0;
    for (_, block) in blocks(&page, "console") {
        for step in block.split("$ ").skip(1) {
            let (command, shown) = step.split_once('\n').unwrap();
            let mut bash = Command::new("bash");
            let output =
                bash.args(["-c", command]).current_dir(&folder).env("PATH", &paths).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), shown, "{command}");
            commands += 1;
        }
    }
    assert_eq!(commands, 4);

    // What kpt would hand over.
    let kptfile: Value =
        serde_yaml::from_str(&fs::read_to_string(folder.path().join("Kptfile")).unwrap()).unwrap();
    let mutator = &kptfile["pipeline"]["mutators"][0];
    assert_eq!(mutator["exec"], "kubectl-neo4j_backup krm");
    let run =
        krm(&configured(&[TARGET, &backup("nightly", NIGHTLY)], &mutator["configMap"].to_string())).expect(0);
    assert!(run.stdout.contains("path: backups/shop/cronjob-nightly-backup-cron.yaml"), "{}", run.stdout);
    assert_eq!(items(&run).len(), 5, "the specs are kept");
}

#[test]
fn the_image_runs_this_command_as_nobody_in_particular() {
    let text = fs::read_to_string(crate::support::root().join("packaging/krm/Dockerfile")).unwrap();
    let line = |word: &str| {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(word));
        let found = lines.next().unwrap().trim();
        assert_eq!(lines.next(), None, "one {word}");
        found
    };
    assert_eq!(line("FROM "), "scratch");
    let user: u32 = line("USER ").split(':').next().unwrap().parse().unwrap();
    assert!(user > 0);
    let entry: Vec<String> = serde_json::from_str(line("ENTRYPOINT ")).unwrap();
    let (program, arguments) = entry.split_first().unwrap();
    assert!(line("COPY ").ends_with(&format!(" {program}")) && program.ends_with("/kubectl-neo4j_backup"));
    run_with_input(arguments, list(&[TARGET, &backup("nightly", NIGHTLY)])).expect(0);
}
