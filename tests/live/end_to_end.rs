//! From a spec to artifacts: `render`, apply, and pods that really run (issue 4, Show 2).
//!
//! Neo4j is the stand-in (tests/standin); stores and identities are those of [`crate::stores`], with
//! what each of them does not show said there.

pub(crate) mod flow;
mod identity;

use std::path::PathBuf;

use crate::cluster::Cluster;
use crate::neo4j::{TLS_SECRET, deploy_cluster, deploy_standalone};
use crate::stores::{
    AZURE_ACCOUNT, AZURE_CLIENT, AZURE_SECRET, AZURE_TENANT, azure, gcs, private_certificate, s3, s3_private,
};
use flow::{Flow, Outcome};

const DATABASES: &[(&str, &str)] = &[("STANDIN_DATABASES", "neo4j,shop,system")];

#[test]
fn a_backup_to_a_claim_leaves_one_artifact_of_each_database() {
    let Some(flow) = Flow::new("claim") else { return };
    deploy_cluster(&flow.namespace, "graph", 3, DATABASES);
    let folder: PathBuf = flow.volume("graph-backups", "1Gi");
    let storage = "{type: pvc, pvc: {name: graph-backups, size: 1Gi, storageClassName: by-hand}}";
    flow.apply("nightly", storage, "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("nightly-backup"), Outcome::Complete);
    let names = files(&folder.join("nightly"));
    assert_eq!(databases(&names), ["neo4j", "shop", "system"], "{names:?}");
    // The steps ran in the order in which they stand.
    let log = flow.logs("nightly-backup", "inspect");
    assert!(log.contains("HIGHEST TX") && log.contains("file:///backups/neo4j-"), "{log}");
    assert!(flow.logs("nightly-backup", "check-shop").contains("no inconsistencies"));
}

#[test]
fn a_backup_to_s3_uses_static_credentials_and_wrong_ones_fail() {
    let Some(flow) = Flow::new("s3") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let (store, bucket) = (s3(flow.cluster), s3(flow.cluster).bucket("static"));
    flow.secret(
        "good",
        &[("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", store.secret_key)],
    );
    flow.secret("bad", &[("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", "wrong")]);
    let storage =
        |secret: &str| s3_storage(flow.cluster, "static", &format!("credentialsSecretRef: {secret}"));
    flow.apply("good", &storage("good"), "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("good-backup"), Outcome::Complete);
    let names = bucket.list("backups/");
    assert_eq!(databases(&names), ["neo4j", "shop", "system"]);
    assert!(bucket.get(&format!("backups/{}", names[0])).starts_with(b"STANDIN-BACKUP-1\n"));
    flow.apply("bad", &storage("bad"), "", "{backupType: FULL}");
    assert_eq!(flow.wait("bad-backup"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("bad-backup", "backup");
    assert!(log.contains("SignatureDoesNotMatch"), "{log}");
}

#[test]
fn a_backup_to_azure_uses_a_client_secret_and_a_storage_key_fails() {
    let Some(flow) = Flow::new("azure") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let container = azure(flow.cluster).container("static");
    flow.secret(
        "good",
        &[
            ("AZURE_TENANT_ID", AZURE_TENANT),
            ("AZURE_CLIENT_ID", AZURE_CLIENT),
            ("AZURE_CLIENT_SECRET", AZURE_SECRET),
        ],
    );
    flow.secret("key", &[("AZURE_STORAGE_ACCOUNT", AZURE_ACCOUNT), ("AZURE_STORAGE_KEY", "c3RhbmRpbg==")]);
    let storage = |secret: &str| azure_storage("static", &format!("credentialsSecretRef: {secret}"));
    flow.apply("good", &storage("good"), "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("good-backup"), Outcome::Complete);
    assert_eq!(databases(&container.list("backups/")), ["neo4j", "shop", "system"]);
    // neo4j-admin.md §3: storage keys are not in neo4j-admin's documentation.
    flow.apply("key", &storage("key"), "", "{backupType: FULL}");
    assert_eq!(flow.wait("key-backup"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("key-backup", "backup");
    assert!(log.contains("DefaultAzureCredential: failed to acquire a token"), "{log}");
}

#[test]
fn a_backup_of_a_standalone_to_gcs_uses_the_key_file() {
    let Some(flow) = Flow::new("gcs") else { return };
    deploy_standalone(&flow.namespace, "graph", DATABASES);
    let (store, bucket) = (gcs(flow.cluster), gcs(flow.cluster).bucket("static"));
    flow.secret("key-file", &[("GOOGLE_APPLICATION_CREDENTIALS_JSON", &store.credentials_json)]);
    let storage =
        "{type: gcs, bucket: static, path: backups, cloud: {provider: gcp, credentialsSecretRef: key-file}}";
    flow.apply("nightly", storage, "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("nightly-backup"), Outcome::Complete);
    assert_eq!(databases(&bucket.list("backups/")), ["neo4j", "shop", "system"]);
}

#[test]
fn a_full_volume_says_so() {
    let Some(flow) = Flow::new("full-volume") else { return };
    let settings = [("STANDIN_DATABASES", "neo4j"), ("STANDIN_STORE_BYTES", "20000000")];
    deploy_cluster(&flow.namespace, "graph", 1, &settings);
    // The cluster has volumes of eight mebibytes of this class.
    let storage = "{type: pvc, pvc: {name: graph-backups, size: 8Mi, storageClassName: tiny}}";
    flow.apply("nightly", storage, "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("nightly-backup"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("nightly-backup", "backup");
    assert!(log.contains("IOException: No space left on device"), "{log}");
}

#[test]
fn a_schedule_fires_and_writes() {
    let Some(flow) = Flow::new("schedule") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let folder = flow.volume("graph-backups", "1Gi");
    let storage = "{type: pvc, pvc: {name: graph-backups, size: 1Gi, storageClassName: by-hand}}";
    flow.apply("minutely", storage, "* * * * *", "{backupType: FULL}");
    let job = flow.scheduled_job("minutely-backup-cron");
    assert_eq!(flow.wait(&job), Outcome::Complete);
    assert!(databases(&files(&folder.join("minutely"))).starts_with(&["neo4j".to_owned()]));
}

#[test]
fn a_chain_of_three_and_a_verification_that_fails_when_its_full_is_damaged() {
    let Some(flow) = Flow::new("chain") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, &[("STANDIN_DATABASES", "neo4j,shop")]);
    let (store, bucket) = (s3(flow.cluster), s3(flow.cluster).bucket("chain"));
    flow.secret(
        "keys",
        &[("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", store.secret_key)],
    );
    let storage = s3_storage(flow.cluster, "chain", "credentialsSecretRef: keys");
    // Suspended: the runs are started by hand, as `kubectl create job --from` does.
    flow.apply_suspended("full", &storage, "0 2 * * 0", "{backupType: FULL, verify: true}");
    flow.apply_suspended("diff", &storage, "0 6 * * *", "{backupType: DIFF, verify: true}");
    assert_eq!(flow.run("diff-backup-cron", "too-early"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("too-early", "backup");
    assert!(
        log.contains("Differential backups require that a full backup of the same database exists"),
        "{log}"
    );
    for (cron_job, run) in [("full", "one"), ("diff", "two"), ("diff", "three")] {
        assert_eq!(flow.run(&format!("{cron_job}-backup-cron"), run), Outcome::Complete, "{run}");
    }
    let log = flow.logs("three", "inspect");
    assert_eq!(log.matches("/neo4j-").count(), 3, "{log}");
    assert!(flow.logs("three", "check-neo4j").contains("3 artifacts, no inconsistencies"));
    let names = bucket.list("backups/");
    let full = names.iter().find(|name| name.starts_with("neo4j-")).expect("a full");
    bucket.damage(&format!("backups/{full}"));
    // The backup and the inspection of headers still succeed; only the check reads what is damaged.
    assert_eq!(flow.run("diff-backup-cron", "damaged"), Outcome::Failed("PodFailurePolicy".to_owned()));
    assert_eq!(bucket.list("backups/").len(), names.len() + 2);
    let log = flow.logs("damaged", "check-neo4j");
    assert!(log.contains("Inconsistencies found. See '/reports/inconsistencies-"), "{log}");
    // Without the full the chain is none, and the inspection says so.
    bucket.remove(&format!("backups/{full}"));
    assert_eq!(flow.run("diff-backup-cron", "headless"), Outcome::Failed("PodFailurePolicy".to_owned()));
    let log = flow.logs("headless", "inspect");
    assert!(log.contains("incomplete"), "{log}");
}

#[test]
fn a_private_authority_is_trusted_when_the_spec_names_it_and_only_then() {
    let Some(flow) = Flow::new("private-ca") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let (store, bucket) = (s3_private(flow.cluster), s3_private(flow.cluster).bucket("private"));
    flow.secret(
        "keys",
        &[("AWS_ACCESS_KEY_ID", store.access_key), ("AWS_SECRET_ACCESS_KEY", store.secret_key)],
    );
    flow.secret("authority", &[("ca.crt", &private_certificate(flow.cluster).authority)]);
    let storage = |authority: &str| {
        format!(
            "{{type: s3, bucket: private, path: backups, cloud: {{provider: aws, region: us-east-1, \
             endpointURL: \"{}\", credentialsSecretRef: keys{authority}}}}}",
            store.endpoint
        )
    };
    flow.apply("without", &storage(""), "", "{backupType: FULL}");
    flow.apply("with", &storage(", caSecretRef: {name: authority}"), "", "{backupType: FULL, verify: true}");
    assert_eq!(flow.wait("with-backup"), Outcome::Complete);
    assert_eq!(databases(&bucket.list("backups/")), ["neo4j", "shop", "system"]);
    assert_eq!(flow.wait("without-backup"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("without-backup", "backup");
    assert!(log.contains("certificate signed by unknown authority"), "{log}");
}

#[test]
fn a_backup_port_with_client_certificates_needs_them() {
    let Some(flow) = Flow::new("backup-tls") else { return };
    let own = private_certificate(flow.cluster);
    flow.secret(
        TLS_SECRET,
        &[("tls.key", &own.key), ("tls.crt", &own.certificate), ("ca.crt", &own.authority)],
    );
    let settings = [DATABASES[0], ("STANDIN_TLS_DIR", "/tls")];
    deploy_cluster(&flow.namespace, "graph", 1, &settings);
    let folder = flow.volume("graph-backups", "1Gi");
    let storage = "{type: pvc, pvc: {name: graph-backups, size: 1Gi, storageClassName: by-hand}}";
    let tls = format!("{{backupType: FULL, verify: true, tls: {{secretName: {TLS_SECRET}}}}}");
    flow.apply("with", storage, "", &tls);
    assert_eq!(flow.wait("with-backup"), Outcome::Complete);
    assert_eq!(databases(&files(&folder.join("with"))), ["neo4j", "shop", "system"]);
    flow.apply("without", storage, "", "{backupType: FULL}");
    assert_eq!(flow.wait("without-backup"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    // neo4j-admin.md §8 no. 2: what a user sees.
    let log = flow.logs("without-backup", "backup");
    assert!(log.contains("Couldn't retrieve DatabaseNameRequest(s)"), "{log}");
}

/// `spec.storage` of a bucket of the S3 server; `access` is the credentials or the identity.
fn s3_storage(cluster: &'static Cluster, bucket: &str, access: &str) -> String {
    let endpoint = &s3(cluster).endpoint;
    format!(
        "{{type: s3, bucket: {bucket}, path: backups, cloud: {{provider: aws, region: us-east-1, \
         endpointURL: \"{endpoint}\", {access}}}}}"
    )
}

fn azure_storage(container: &str, access: &str) -> String {
    format!(
        "{{type: azure, bucket: {container}, path: backups, cloud: {{provider: azure, \
         storageAccount: {AZURE_ACCOUNT}, {access}}}}}"
    )
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The databases whose artifacts these are, named as Neo4j names them (neo4j-admin.md §2).
fn databases(names: &[String]) -> Vec<String> {
    let of = |name: &String| {
        let artifact = neo4j_backup::neo4j::artifact::ArtifactName::parse(name);
        artifact.unwrap_or_else(|| panic!("no artifact: {name}")).database.to_owned()
    };
    names.iter().map(of).collect()
}
