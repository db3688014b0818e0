//! What `emit --with` adds: network policies, ExternalSecrets, lifecycle rules, rights in the cloud.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Run, files, relative, root, run};

const TOPICS: &str = "networkpolicy,externalsecret,lifecycle,iam";

/// What was emitted: files by path, and the run.
struct Emitted {
    files: BTreeMap<String, String>,
    run: Run,
}

impl Emitted {
    /// Files whose path begins so.
    fn below(&self, folder: &str) -> String {
        let mut text = String::new();
        for (path, content) in self.files.iter().filter(|(path, _)| path.starts_with(folder)) {
            text.push_str(&format!("==== {path}\n{content}"));
        }
        text
    }

    /// The one file whose path ends so.
    #[track_caller]
    fn file(&self, ending: &str) -> &str {
        let mut matching = self.files.iter().filter(|(path, _)| path.ends_with(ending));
        let (_, text) = matching.next().unwrap_or_else(|| panic!("no {ending} in {:?}", self.files.keys()));
        assert!(matching.next().is_none(), "several {ending}");
        text
    }

    fn json(&self, ending: &str) -> Value {
        serde_json::from_str(self.file(ending)).unwrap()
    }

    #[track_caller]
    fn says(&self, code: &str) -> &str {
        assert!(self.run.stderr.contains(&format!("[{code}]")), "no {code}: {}", self.run.stderr);
        &self.run.stderr
    }

    #[track_caller]
    fn does_not_say(&self, code: &str) {
        assert!(!self.run.stderr.contains(&format!("[{code}]")), "{code}: {}", self.run.stderr);
    }
}

/// Emits files or folders, with a form and more arguments.
fn emit(form: &str, input: &Path, more: &[&str]) -> Emitted {
    let out = tempfile::tempdir().unwrap();
    let kustomize = input.join("kustomization.yaml").exists();
    let mut arguments = vec![
        "emit",
        form,
        if kustomize { "-k" } else { "-f" },
        input.to_str().unwrap(),
        "-d",
        out.path().to_str().unwrap(),
    ];
    arguments.extend(more);
    let run = run(arguments).expect(0);
    let mut files = BTreeMap::new();
    let mut folders = vec![out.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(out.path()).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    Emitted { files, run }
}

fn emit_example(name: &str) -> Emitted {
    emit("kustomize", &root().join("examples").join(name), &["--with", TOPICS, "--secret-store", "vault"])
}

/// Emits specs of one text.
fn emit_text(text: &str, topics: &str) -> Emitted {
    let input = tempfile::tempdir().unwrap();
    fs::write(input.path().join("specs.yaml"), text).unwrap();
    emit("kustomize", input.path(), &["--with", topics, "-n", "shop"])
}

const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph, namespace: shop}
spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}, databases: [neo4j]}
";

/// A backup of the target above, with its storage and whatever else is in its spec.
fn backup(name: &str, storage: &str, more: &str) -> String {
    format!(
        "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  target: {{kind: Cluster, name: graph, namespace: shop}}\n  storage: {storage}\n{more}"
    )
}

const S3: &str =
    "{type: s3, bucket: shop-backups, path: a, cloud: {region: eu-west-1, identity: {serviceAccount: b}}}";

fn s3(path: &str) -> String {
    S3.replace("path: a", &format!("path: {path}"))
}

// Whole outputs, a cloud each.

#[test]
fn aws() {
    let emitted = emit_example("s3-irsa");
    insta::assert_snapshot!("with-aws-policies", emitted.below("base/billing/networkpolicy"));
    insta::assert_snapshot!("with-aws-iam", emitted.below("iam"));
    insta::assert_snapshot!("with-aws-lifecycle", emitted.below("lifecycle"));
}

#[test]
fn google() {
    let emitted = emit_example("helm-release");
    insta::assert_snapshot!("with-google-policies", emitted.below("base/analytics/networkpolicy"));
    insta::assert_snapshot!("with-google-iam", emitted.below("iam"));
}

#[test]
fn azure() {
    let emitted = emit_example("azure-workload-identity");
    insta::assert_snapshot!("with-azure-policies", emitted.below("base/underwriting/networkpolicy"));
    insta::assert_snapshot!("with-azure-iam", emitted.below("iam"));
}

#[test]
fn a_compatible_store_with_keys() {
    let emitted = emit_example("s3-compatible-private-ca");
    insta::assert_snapshot!("with-compatible-policies", emitted.below("base/data/networkpolicy"));
    insta::assert_snapshot!("with-compatible-secrets", emitted.below("base/data/externalsecret"));
    insta::assert_snapshot!("with-compatible-iam", emitted.below("iam"));
    emitted.says("NB742");
    emitted.says("NB746");
    emitted.does_not_say("NB743");
}

// What holds for everything.

fn check_no_nothing(path: &str, at: &str, value: &Value) {
    match value {
        Value::Null => panic!("{path}: {at} is null"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "{path}: {at} is empty");
            items.iter().for_each(|item| check_no_nothing(path, &format!("{at}[]"), item));
        }
        Value::Object(map) => {
            // An empty volume is written with empty braces.
            assert!(!map.is_empty() || at.ends_with("emptyDir"), "{path}: {at} is empty");
            map.iter().for_each(|(key, value)| check_no_nothing(path, &format!("{at}.{key}"), value));
        }
        _ => {}
    }
}

#[test]
fn every_example_gives_texts_that_their_readers_read() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut folders: Vec<_> =
        files("examples", ".yaml").iter().map(|file| file.parent().unwrap().to_owned()).collect();
    folders.dedup();
    for folder in folders {
        if !files(&relative(&folder), ".yaml")
            .iter()
            .any(|file| fs::read_to_string(file).unwrap().contains("kind: Neo4jBackup\n"))
        {
            continue;
        }
        let emitted = emit("plain", &folder, &["--with", TOPICS, "--secret-store", "vault"]);
        for (path, text) in &emitted.files {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            match ending {
                "yaml" => {
                    assert!(!text.contains("${"), "{path}");
                    let object: Value = serde_yaml::from_str(text).unwrap();
                    assert_ne!(object["kind"], "Secret");
                    check_no_nothing(path, "", &object);
                }
                "tf" => {
                    let body = hcl::parse(text).unwrap_or_else(|error| panic!("{path}: {error}"));
                    assert!(body.blocks().any(|block| block.identifier() == "resource"), "{path}");
                }
                "json" => {
                    // `kubectl apply -R -f workloads` would take it for an object.
                    assert!(!path.starts_with("workloads"), "{path}");
                    serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{path}: {error}"));
                }
                "md" => assert!(!text.contains("\n\n\n") && text.ends_with('\n'), "{path}:\n{text}"),
                _ => continue,
            }
            *seen.entry(if ending == "yaml" { "yaml" } else { "other" }).or_default() += 1;
        }
    }
    assert!(seen["yaml"] > 60 && seen["other"] > 60, "{seen:?}");
}

#[test]
fn nothing_is_added_that_nobody_asked_for_and_the_same_input_gives_the_same_bytes() {
    let folder = root().join("examples/s3-irsa");
    let plain = emit("kustomize", &folder, &[]);
    assert!(!plain.files.keys().any(|path| path.contains("networkpolicy") || path.contains("iam")));
    assert_eq!(emit_example("s3-irsa").files, emit_example("s3-irsa").files);
}

// Network policies.

const POLICY: &str = "networkpolicy";

#[test]
fn backups_of_one_deployment_share_a_policy_for_it() {
    let elsewhere =
        backup("other", &s3("b"), "").replace("name: other, namespace: shop", "name: other, namespace: ops");
    let emitted = emit_text(&format!("{TARGET}{}{elsewhere}", backup("one", &s3("a"), "")), POLICY);
    let policy: Value = serde_yaml::from_str(emitted.file("networkpolicy-graph-backup-port.yaml")).unwrap();
    let from = policy["spec"]["ingress"][0]["from"].as_array().unwrap();
    let namespaces: Vec<&str> = from
        .iter()
        .map(|peer| peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].as_str().unwrap())
        .collect();
    assert_eq!(namespaces, ["ops", "shop"]);
    let other: Value = serde_yaml::from_str(emitted.file("ops/networkpolicy-other-backup.yaml")).unwrap();
    let to = &other["spec"]["egress"][0]["to"][0];
    assert_eq!(to["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], "shop");
    emitted.says("NB741");
}

#[test]
fn the_pods_of_every_layout_are_selected_by_what_they_carry() {
    let selector = |target: &str| {
        let emitted = emit_text(&format!("{target}{}", backup("one", S3, "")), POLICY);
        let policy: Value = serde_yaml::from_str(emitted.file("graph-backup-port.yaml")).unwrap();
        policy["spec"]["podSelector"].to_string()
    };
    // operator.md §3.2, "pod labels".
    assert_eq!(
        selector(TARGET),
        r#"{"matchLabels":{"neo4j.com/cluster":"graph","neo4j.com/clustering":"true"}}"#
    );
    let standalone = TARGET.replace("{kind: Cluster, servers: 3}", "{kind: Standalone}");
    assert_eq!(selector(&standalone), r#"{"matchLabels":{"app":"graph"}}"#);
    let helm = TARGET.replace("databases:", "layout: Helm, databases:");
    assert_eq!(
        selector(&helm),
        r#"{"matchExpressions":[{"key":"helm.neo4j.com/instance","operator":"In","values":["graph-1","graph-2","graph-3"]}]}"#
    );
    let stated = TARGET.replace("databases:", "statefulSet: db, databases:");
    assert_eq!(
        selector(&stated),
        r#"{"matchExpressions":[{"key":"statefulset.kubernetes.io/pod-name","operator":"In","values":["db-0","db-1","db-2"]}]}"#
    );
}

#[test]
fn servers_with_policies_of_their_own_get_none() {
    let specs = format!("{TARGET}{}", backup("one", S3, ""));
    let emitted = emit_text(&specs, "networkpolicy-backups");
    emitted.does_not_say("NB741");
    assert!(!emitted.files.keys().any(|path| path.contains("backup-port")));
    assert_eq!(
        emitted.file("networkpolicy-one-backup.yaml"),
        emit_text(&specs, POLICY).file("networkpolicy-one-backup.yaml")
    );
    assert!(emitted.file("networkpolicy/README.md").contains("let a policy of yours admit backup pods"));
    let both = run(["emit", "plain", "-f", "x", "-d", "y", "--with", "networkpolicy,networkpolicy-backups"]);
    assert_eq!(both.code, 2, "{}", both.transcript());
}

#[test]
fn behind_stated_addresses_may_be_anything() {
    let target = TARGET.replace("databases:", "backupAddresses: ['db.example.com:7362'], databases:");
    let emitted = emit_text(&format!("{target}{}", backup("one", S3, "")), POLICY);
    emitted.says("NB740");
    assert!(!emitted.files.keys().any(|path| path.contains("backup-port")));
    let policy: Value = serde_yaml::from_str(emitted.file("networkpolicy-one-backup.yaml")).unwrap();
    assert_eq!(
        policy["spec"]["egress"][0],
        serde_json::json!({"ports": [{"port": 7362, "protocol": "TCP"}]})
    );
}

#[test]
fn a_claim_needs_no_network_and_keys_need_no_metadata() {
    let ports = |storage: &str| {
        let emitted = emit_text(&format!("{TARGET}{}", backup("one", storage, "")), POLICY);
        let policy: Value = serde_yaml::from_str(emitted.file("networkpolicy-one-backup.yaml")).unwrap();
        let mut ports: Vec<i64> = policy["spec"]["egress"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|rule| rule["ports"].as_array().unwrap())
            .map(|port| port["port"].as_i64().unwrap())
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    };
    assert_eq!(ports("{type: pvc, pvc: {name: backups, size: 1Gi}}"), [53, 6362]);
    let keys =
        "{type: s3, bucket: shop-backups, path: a, cloud: {region: eu-west-1, credentialsSecretRef: keys}}";
    assert_eq!(ports(keys), [53, 443, 6362]);
    let endpoint =
        keys.replace("region: eu-west-1", "region: eu-west-1, endpointURL: 'https://10.0.0.7:9000'");
    assert_eq!(ports(&endpoint), [53, 6362, 9000]);
    assert_eq!(ports(S3), [53, 80, 443, 6362]);
    assert_eq!(
        ports("{type: gcs, bucket: shop-backups, path: a, cloud: {identity: {}}}"),
        [53, 80, 443, 987, 988, 6362]
    );
}

// ExternalSecrets.

#[test]
fn a_store_that_nobody_named_is_told_and_a_secret_of_the_input_is_left_alone() {
    let keys = "{type: s3, bucket: shop-backups, path: a, cloud: {credentialsSecretRef: keys}}";
    let specs = format!("{TARGET}{}", backup("one", keys, ""));
    let emitted = emit_text(&specs, "externalsecret");
    emitted.says("NB743");
    let object: Value = serde_yaml::from_str(emitted.file("externalsecret-keys.yaml")).unwrap();
    let names: Vec<&str> = object["spec"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|data| data["secretKey"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_SECRET_ACCESS_KEY"]);
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: shop}\nstringData: {AWS_ACCESS_KEY_ID: \
                  hunter2hunter2, AWS_SECRET_ACCESS_KEY: hunter2hunter2, AWS_DEFAULT_REGION: hunter2hunter2}\n";
    let emitted = emit_text(&format!("{specs}{secret}"), TOPICS);
    emitted.says("NB747");
    assert!(!emitted.files.keys().any(|path| path.contains("externalsecret")));
    assert!(!emitted.files.values().any(|text| text.contains("hunter2")), "a value was written");
    assert!(!emitted.run.stderr.contains("hunter2"));
}

#[test]
fn what_is_no_store_of_secrets_is_refused_as_usage() {
    let folder = root().join("examples/s3-credentials");
    let run = run([
        "emit",
        "plain",
        "-f",
        folder.to_str().unwrap(),
        "-d",
        "/nonexistent",
        "--secret-store",
        "Vault/x",
    ]);
    assert_eq!(run.code, 2, "{}", run.transcript());
    assert!(run.stderr.contains("ClusterSecretStore/NAME"), "{}", run.stderr);
    let run = run_store_without_topic();
    assert_eq!(run.code, 2, "{}", run.transcript());
    assert!(run.stderr.contains("--with externalsecret"), "{}", run.stderr);
}

fn run_store_without_topic() -> Run {
    let folder = root().join("examples/s3-credentials");
    run(["emit", "plain", "-f", folder.to_str().unwrap(), "-d", "/nonexistent", "--secret-store", "vault"])
}

// Lifecycle rules.

const LIFECYCLE: &str = "lifecycle";

fn retention(age: &str) -> String {
    format!("  retention: {{maxAge: {age}}}\n")
}

fn scheduled(schedule: &str, kind: &str) -> String {
    format!("  schedule: \"{schedule}\"\n  options: {{backupType: {kind}}}\n")
}

#[test]
fn all_specs_of_a_bucket_are_one_document() {
    let specs = [
        backup("one", &s3("a"), &format!("{}{}", scheduled("0 1 * * *", "FULL"), retention("30d"))),
        backup("two", &s3("b"), &format!("{}{}", scheduled("0 2 * * *", "FULL"), retention("7d"))),
        backup("three", &s3("b/c"), &format!("{}{}", scheduled("0 3 * * *", "FULL"), retention("90d"))),
        backup("four", &s3("d"), &scheduled("0 4 * * *", "FULL")),
    ];
    let emitted = emit_text(&format!("{TARGET}{}", specs.concat()), LIFECYCLE);
    let document = emitted.json("lifecycle/s3-shop-backups/lifecycle.json");
    let rules: Vec<(String, Option<u64>)> = document["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            (rule["Filter"]["Prefix"].as_str().unwrap().to_owned(), rule["Expiration"]["Days"].as_u64())
        })
        .collect();
    // The rule for `b/` is one for `b/c/` too, and waits for it.
    let expected = [("a/", Some(30)), ("b/", Some(90)), ("b/c/", Some(90)), ("d/", None)];
    assert_eq!(rules, expected.map(|(prefix, days)| (prefix.to_owned(), days)));
    emitted.says("NB744");
    insta::assert_snapshot!("with-lifecycle-s3", emitted.below("lifecycle"));
}

#[test]
fn every_provider_gets_its_own_fields() {
    let kept = format!("{}{}", scheduled("0 1 * * *", "FULL"), retention("30d"));
    let gcs = backup("one", "{type: gcs, bucket: shop-backups, path: a, cloud: {identity: {}}}", &kept);
    let azure = backup(
        "two",
        "{type: azure, bucket: backups, path: a, cloud: {storageAccount: shopbackups, identity: {}}}",
        &kept,
    );
    let emitted = emit_text(&format!("{TARGET}{gcs}{azure}"), LIFECYCLE);
    insta::assert_snapshot!("with-lifecycle-others", emitted.below("lifecycle"));
}

/// A rule that would take an ancestor of what is kept is not written, and is told about.
#[test]
fn where_no_rule_is_safe_there_is_none() {
    let full = |more: &str| backup("full", &s3("a"), &format!("{}{more}", scheduled("0 1 * * 0", "FULL")));
    let diff = |more: &str| backup("diff", &s3("a"), &format!("{}{more}", scheduled("0 6-23 * * *", "DIFF")));
    let kept = retention("30d");
    let across = "  schedule: \"0 6-23 * * *\"\n  options: {backupType: DIFF, preferDiffAsParent: true}\n";
    let newer = TARGET.replace("5.26.33", "2025.10.1");
    for (what, target, specs) in [
        (
            "a chain without end",
            TARGET,
            backup("auto", &s3("a"), &format!("{}{kept}", scheduled("0 1 * * *", "AUTO"))),
        ),
        ("differentials alone", TARGET, diff(&kept)),
        ("a paused FULL", TARGET, full(&format!("{kept}  suspend: true\n")) + &diff(&kept)),
        (
            "a FULL that runs once",
            TARGET,
            backup("full", &s3("a"), &format!("  options: {{backupType: FULL}}\n{kept}")) + &diff(&kept),
        ),
        ("a FULL that keeps all", TARGET, full("") + &diff(&kept)),
        ("a DIFF that keeps all", TARGET, full(&kept) + &diff("")),
        (
            "chains across full backups",
            newer.as_str(),
            full(&kept) + &backup("diff", &s3("a"), &format!("{across}{kept}")),
        ),
        ("the root", TARGET, backup("full", &s3("/"), &format!("{}{kept}", scheduled("0 1 * * *", "FULL")))),
        (
            "a folder below that keeps all",
            TARGET,
            full(&kept) + &backup("below", &s3("a/b"), &scheduled("0 3 * * *", "FULL")),
        ),
    ] {
        let emitted = emit_text(&format!("{target}{specs}"), LIFECYCLE);
        emitted.says("NB745");
        let document = emitted.file("lifecycle.json");
        assert!(!document.contains("Expiration"), "{what}: {document}");
        assert!(!emitted.file("main.tf").contains("expiration"), "{what}");
        assert!(emitted.file("lifecycle/README.md").contains("nothing is deleted, because"), "{what}");
    }
}

/// Days after which the rule for a weekly FULL and its differentials deletes.
fn days(full: &str, age: &str) -> u64 {
    let specs = [
        backup("full", &s3("a"), &format!("{}{}", scheduled(full, "FULL"), retention(age))),
        backup("diff", &s3("a"), &format!("{}{}", scheduled("0 12 * * *", "DIFF"), retention(age))),
    ];
    let emitted = emit_text(&format!("{TARGET}{}", specs.concat()), LIFECYCLE);
    emitted.does_not_say("NB745");
    emitted.json("lifecycle.json")["Rules"][0]["Expiration"]["Days"].as_u64().unwrap()
}

/// The bucket is played through: every differential that `maxAge` keeps finds all its ancestors, on every day of three
/// years, also when each second FULL fails.
#[test]
fn no_kept_backup_ever_loses_an_ancestor() {
    use neo4j_backup::schedule::{Expression, parse_zone};
    const DAY: i64 = 24 * 60 * 60;
    let zone = parse_zone("Etc/UTC").unwrap();
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let end = start.as_second() + 3 * 365 * DAY;
    let mut tightest = i64::MAX;
    for full in ["0 1 * * 0", "0 1 1 * *", "0 1 * * 1-5", "0 1 1 1,4,7,10 *"] {
        for age in ["1d", "30d"] {
            let kept = i64::try_from(days(full, age)).unwrap();
            let asked: i64 = age.trim_end_matches('d').parse().unwrap();
            let fulls = Expression::parse(full).unwrap();
            let made: Vec<i64> = fulls
                .runs(start, &zone)
                .map(|run| run.timestamp().as_second())
                .take_while(|at| *at < end)
                .step_by(2)
                .collect();
            for noon in (start.as_second() + DAY / 2..end).step_by(DAY as usize) {
                let Some(ancestor) = made.iter().rev().find(|at| **at < noon) else { continue };
                // The differential of this noon is kept until then, and needs its full backup as long.
                let until = noon + asked * DAY;
                let gone = ancestor + kept * DAY;
                assert!(gone >= until, "{full}, {age}: the full backup of a kept differential is gone");
                tightest = tightest.min(gone - until);
            }
        }
    }
    assert!(tightest < 5 * DAY, "the rule waits {} days longer than it has to", tightest / DAY);
}

#[test]
fn claims_have_neither_rules_nor_rights() {
    let claim = backup("one", "{type: pvc, pvc: {name: backups, size: 1Gi}}", "");
    let emitted = emit_text(&format!("{TARGET}{claim}"), "lifecycle,iam");
    emitted.says("NB747");
    assert!(!emitted.files.keys().any(|path| path.starts_with("iam") || path.starts_with("lifecycle")));
}

// Rights in the cloud.

#[test]
fn an_identity_may_do_what_all_of_its_backups_need_and_nothing_else() {
    let specs = [backup("one", &s3("a"), ""), backup("two", &s3("b/c"), "")];
    let emitted = emit_text(&format!("{TARGET}{}", specs.concat()), "iam");
    let policy = emitted.json("iam/shop/serviceaccount-b/aws/policy.json");
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements[0]["Action"], "s3:ListBucket");
    assert_eq!(statements[0]["Condition"]["StringLike"]["s3:prefix"], serde_json::json!(["a/*", "b/c/*"]));
    assert_eq!(
        statements[1]["Resource"],
        serde_json::json!(["arn:aws:s3:::shop-backups/a/*", "arn:aws:s3:::shop-backups/b/c/*"])
    );
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        let actions = statement["Action"].to_string();
        assert!(!actions.contains('*'), "{actions}");
    }
}
