//! The CRDs on a real API server: they install, their rules accept and refuse as a table says, and `kubectl explain`
//! reads well.

use crate::cluster::{Cluster, cluster};
use crate::namespace::Namespace;

/// A spec, and words of the server's refusal; none when it is to be accepted.
struct Case {
    name: String,
    document: String,
    refusal: &'static str,
}

fn backup(name: &str, target: &str, storage: &str, rest: &str, refusal: &'static str) -> Case {
    let document = format!("{BACKUP}spec:\n  target: {target}\n  storage: {storage}\n{rest}");
    Case { name: format!("backup: {name}"), document, refusal }
}

fn restore(name: &str, source: &str, rest: &str, refusal: &'static str) -> Case {
    let document =
        format!("{RESTORE}spec:\n  targetCluster: c\n  databaseName: neo4j\n  source: {source}\n{rest}");
    Case { name: format!("restore: {name}"), document, refusal }
}

const BACKUP: &str = "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {name: a}\n";
const RESTORE: &str = "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {name: a}\n";

const CLUSTER: &str = "{kind: Cluster, name: c}";
const PVC: &str = "{type: pvc, pvc: {name: x}}";
const S3: &str = "{type: s3, bucket: b}";

/// Every CEL rule of the CRDs with what it accepts and what it refuses (src/api, `schema`), and the schema around them.
fn table() -> Vec<Case> {
    let hook = |env: &str| {
        format!(
            "  options: {{preRestore: {{job: {{template: {{container: {{image: i, env: [{env}]}}}}}}}}}}\n"
        )
    };
    let after = |env: &str| hook(env).replace("preRestore", "postRestore");
    let long = format!("{{kind: Cluster, name: {}}}", "a".repeat(300));
    vec![
        // Accepted.
        backup("pvc", CLUSTER, PVC, "", ""),
        backup("s3", CLUSTER, S3, "", ""),
        backup("gcs", CLUSTER, "{type: gcs, bucket: b, cloud: {provider: gcp}}", "", ""),
        backup(
            "azure",
            CLUSTER,
            "{type: azure, bucket: b, cloud: {provider: azure, storageAccount: acc}}",
            "",
            "",
        ),
        backup(
            "identity",
            CLUSTER,
            "{type: s3, bucket: b, cloud: {provider: aws, identity: {provider: aws, autoCreate: {annotations: {a/b: c}}}}}",
            "",
            "",
        ),
        backup(
            "cloud beside storage",
            CLUSTER,
            S3,
            "  cloud: {provider: aws, credentialsSecretRef: x}\n",
            "",
        ),
        backup("a null cloud is no cloud", CLUSTER, "{type: s3, bucket: b, cloud: null}", "", ""),
        backup("an empty cloud", CLUSTER, "{type: s3, bucket: b, cloud: {}}", "", ""),
        backup("a database", "{kind: Database, name: neo4j, clusterRef: c}", S3, "", ""),
        backup("some databases", "{kind: Cluster, name: c, databases: [a, b]}", S3, "", ""),
        restore("s3", "{type: s3, backupPath: x, storage: {type: s3, bucket: b}}", "", ""),
        restore("gcs", "{type: gcs, backupPath: x, storage: {type: gcs, bucket: b}}", "", ""),
        restore("azure", "{type: azure, backupPath: x, storage: {type: azure, bucket: b}}", "", ""),
        restore("a claim", "{type: storage, backupPath: x, storage: {type: pvc, pvc: {name: x}}}", "", ""),
        restore("a backup", "{type: backup, backupRef: x}", "", ""),
        restore(
            "a moment from a backup",
            "{type: pitr, pointInTime: \"2025-01-20T02:00:00Z\", pitr: {baseBackup: {type: backup, backupRef: x}}}",
            "",
            "",
        ),
        restore(
            "a moment with an offset",
            "{type: pitr, pointInTime: \"2025-01-20T02:00:00+02:00\", pitr: {baseBackup: {type: storage, storage: {type: s3, bucket: b}}}}",
            "",
            "",
        ),
        restore(
            "encryption with its key",
            "{type: pitr, pitr: {encryption: {enabled: true, keySecret: k}}}",
            "",
            "",
        ),
        restore("encryption that is off", "{type: pitr, pitr: {encryption: {enabled: false}}}", "", ""),
        restore(
            "a hook",
            "{type: backup, backupRef: x}",
            &hook("{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {name: keys, key: k}}}"),
            "",
        ),
        // `storage`: of a claim and of a bucket.
        backup("pvc without pvc", CLUSTER, "{type: pvc}", "", "type pvc needs pvc.name"),
        backup("pvc without a name", CLUSTER, "{type: pvc, pvc: {size: 1Gi}}", "", "type pvc needs pvc.name"),
        backup("s3 without bucket", CLUSTER, "{type: s3}", "", "needs bucket"),
        backup(
            "pvc with s3",
            CLUSTER,
            "{type: s3, bucket: b, pvc: {name: x}}",
            "",
            "pvc belongs to type pvc",
        ),
        backup(
            "cloud with pvc",
            CLUSTER,
            "{type: pvc, pvc: {name: x}, cloud: {provider: aws}}",
            "",
            "cloud does not belong to type pvc",
        ),
        backup(
            "gcp for s3",
            CLUSTER,
            "{type: s3, bucket: b, cloud: {provider: gcp}}",
            "",
            "cloud.provider does not fit type",
        ),
        backup(
            "aws for gcs",
            CLUSTER,
            "{type: gcs, bucket: b, cloud: {provider: aws}}",
            "",
            "cloud.provider does not fit type",
        ),
        backup(
            "aws for azure",
            CLUSTER,
            "{type: azure, bucket: b, cloud: {provider: aws}}",
            "",
            "cloud.provider does not fit type",
        ),
        backup(
            "secret and identity",
            CLUSTER,
            "{type: s3, bucket: b, cloud: {credentialsSecretRef: x, identity: {provider: aws}}}",
            "",
            "give credentialsSecretRef or identity, not both",
        ),
        // The alias of `storage.cloud`.
        backup(
            "secret and identity in the alias",
            CLUSTER,
            S3,
            "  cloud: {credentialsSecretRef: x, identity: {}}\n",
            "give credentialsSecretRef or identity, not both",
        ),
        backup(
            "gcp for s3 in the alias",
            CLUSTER,
            S3,
            "  cloud: {provider: gcp}\n",
            "cloud.provider does not fit storage.type",
        ),
        backup(
            "the alias with pvc",
            CLUSTER,
            PVC,
            "  cloud: {provider: aws}\n",
            "cloud does not belong to type pvc",
        ),
        backup(
            "both clouds",
            CLUSTER,
            "{type: s3, bucket: b, cloud: {}}",
            "  cloud: {}\n",
            "give cloud or storage.cloud, not both",
        ),
        // `target`.
        backup(
            "a database without clusterRef",
            "{kind: Database, name: neo4j}",
            S3,
            "",
            "kind Database needs clusterRef",
        ),
        backup(
            "a database with databases",
            "{kind: Database, name: neo4j, clusterRef: c, databases: [a]}",
            S3,
            "",
            "databases belongs to kind Cluster",
        ),
        // `source`.
        restore("backup without backupRef", "{type: backup}", "", "type backup needs backupRef"),
        restore("s3 without storage", "{type: s3}", "", "a storage source needs storage"),
        restore("storage without storage", "{type: storage}", "", "a storage source needs storage"),
        restore(
            "s3 with storage of gcs",
            "{type: s3, storage: {type: gcs, bucket: b}}",
            "",
            "storage.type does not fit type",
        ),
        restore("pitr without pitr", "{type: pitr}", "", "type pitr needs pitr"),
        restore(
            "a base without backupRef",
            "{type: pitr, pitr: {baseBackup: {type: backup}}}",
            "",
            "type backup needs backupRef",
        ),
        restore(
            "a base without storage",
            "{type: pitr, pitr: {baseBackup: {type: storage}}}",
            "",
            "type storage needs storage",
        ),
        restore(
            "a claim without a name",
            "{type: storage, storage: {type: pvc}}",
            "",
            "type pvc needs pvc.name",
        ),
        restore("a bucket without bucket", "{type: storage, storage: {type: s3}}", "", "needs bucket"),
        restore(
            "azure for s3",
            "{type: storage, storage: {type: s3, bucket: b, cloud: {provider: azure}}}",
            "",
            "cloud.provider does not fit type",
        ),
        restore(
            "secret and identity",
            "{type: storage, storage: {type: s3, bucket: b, cloud: {credentialsSecretRef: x, identity: {}}}}",
            "",
            "give credentialsSecretRef or identity",
        ),
        restore(
            "encryption without key",
            "{type: pitr, pitr: {encryption: {enabled: true}}}",
            "",
            "encryption needs keySecret",
        ),
        restore(
            "value and valueFrom before",
            "{type: backup, backupRef: x}",
            &hook("{name: A, value: b, valueFrom: {secretKeyRef: {name: keys, key: k}}}"),
            "give value or valueFrom, not both",
        ),
        restore(
            "value and valueFrom after",
            "{type: backup, backupRef: x}",
            &after("{name: A, value: b, valueFrom: {secretKeyRef: {name: keys, key: k}}}"),
            "give value or valueFrom, not both",
        ),
        // The schema.
        backup("an unknown field", CLUSTER, S3, "  schedul: x\n", "unknown field \"spec.schedul\""),
        backup(
            "an unknown field below",
            CLUSTER,
            "{type: s3, bucket: b, cloud: {secret: x}}",
            "",
            "unknown field \"spec.storage.cloud.secret\"",
        ),
        backup("an unknown type", CLUSTER, "{type: nfs, bucket: b}", "", "Unsupported value: \"nfs\""),
        backup("an unknown kind", "{kind: Node, name: c}", S3, "", "Unsupported value: \"Node\""),
        backup("a long name", &long, S3, "", "may not be more than 253"),
        backup("no storage", CLUSTER, "null", "", "spec.storage: Required value"),
        backup("a string for true", CLUSTER, S3, "  suspend: \"true\"\n", "must be of type boolean"),
        Case {
            name: "backup: no spec".to_owned(),
            document: BACKUP.to_owned(),
            refusal: "spec: Required value",
        },
        restore(
            "a moment that is none",
            "{type: pitr, pointInTime: \"2025-01-20 02:00 yesterday\", pitr: {}}",
            "",
            "date-time",
        ),
        restore(
            "an unknown field",
            "{type: backup, backupRef: x, foo: 1}",
            "",
            "unknown field \"spec.source.foo\"",
        ),
        restore("a runId with a blank", "{type: backup, backupRef: x}", "  runId: \"a b\"\n", "should match"),
    ]
}

/// Installs the CRDs as README says it, and waits until the server serves them.
#[track_caller]
fn installed(cluster: &Cluster, ns: &Namespace<'_>) {
    let crds = ns.plugin_with(|command| {
        command.arg("crds");
    });
    ns.apply(&crds.success().stdout);
    let names = ["crd/neo4jbackups.neo4j.neo4j.com", "crd/neo4jrestores.neo4j.neo4j.com"];
    for name in names {
        cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", name]).success();
    }
}

#[test]
fn every_rule_of_the_crds_accepts_and_refuses_as_the_table_says() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("crds");
    installed(cluster, &ns);
    let table = table();
    let mut wrong = Vec::new();
    let mut refused = String::new();
    for case in &table {
        let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
        std::fs::write(file.path(), &case.document).unwrap();
        let path = file.path().to_string_lossy();
        let run = ns.kubectl(&["create", "--dry-run=server", "--validate=strict", "-f", &path]);
        let right = if case.refusal.is_empty() {
            run.code == 0
        } else {
            run.code == 1 && run.stderr.contains(case.refusal)
        };
        if !right {
            wrong.push(format!(
                "{}: wanted {:?}, got {}\n{}",
                case.name,
                case.refusal,
                run.transcript(),
                case.document
            ));
        }
        refused.push_str(&run.stderr);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // No rule is left out of the table: the message of each has been seen.
    for kind in ["neo4jbackups", "neo4jrestores"] {
        let text =
            std::fs::read_to_string(format!("{}/crds/{kind}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let messages: Vec<&str> = lines
            .windows(2)
            .filter(|pair| pair[1].starts_with("rule:"))
            .filter_map(|pair| pair[0].trim_start_matches("- ").strip_prefix("message:"))
            .map(|message| message.trim().trim_matches('"'))
            .collect();
        assert!(messages.len() >= 10, "{kind}: {messages:?}");
        for message in messages {
            assert!(refused.contains(message), "no case of the table breaks the rule of {kind}: {message}");
        }
    }
}

#[test]
fn explain_reads_well() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("explain");
    installed(cluster, &ns);
    let explain = |field: &str| {
        ns.wait_for("the server's OpenAPI", std::time::Duration::from_secs(60), || {
            let run = ns.kubectl(&["explain", field]);
            (run.code == 0).then_some(run.stdout)
        })
    };
    insta::assert_snapshot!("explain_neo4jbackup_spec", explain("neo4jbackup.spec"));
    insta::assert_snapshot!("explain_neo4jrestore_source", explain("neo4jrestore.spec.source"));
}
