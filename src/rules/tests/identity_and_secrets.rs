use super::harness::*;

fn s3(cloud: &str) -> String {
    backup("one", &format!("  storage:\n    type: s3\n    bucket: graph-backups\n    cloud: {{{cloud}}}\n"))
}

fn azure(cloud: &str) -> String {
    backup("one", &format!("  storage:\n    type: azure\n    bucket: backups\n    cloud: {{{cloud}}}\n"))
}

fn annotated(key: &str, value: &str) -> String {
    s3(&format!("region: eu-west-1, identity: {{autoCreate: {{annotations: {{{key}: '{value}'}}}}}}"))
}

fn secret(name: &str, namespace: &str, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("{key}: eA==")).collect();
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{{}}}\n",
        keys.join(", ")
    )
}

const ROLE: &str = "eks.amazonaws.com/role-arn";
const ARN: &str = "arn:aws:iam::123456789012:role/backup";

#[test]
fn credentials_and_identity_exclude_each_other() {
    let both = s3("region: eu-west-1, credentialsSecretRef: k, identity: {serviceAccount: s}");
    found(&both, "NB420", "error", "spec.storage.cloud.identity");
    absent(&s3("region: eu-west-1, credentialsSecretRef: k"), "NB420");
    absent(&annotated(ROLE, ARN), "NB420");
}

#[test]
fn annotations_follow_the_grammar_of_their_cloud() {
    let field = format!("spec.storage.cloud.identity.autoCreate.annotations[\"{ROLE}\"]");
    found(&annotated(ROLE, "arn:aws:iam::<your-account-id>:role/backup"), "NB421", "error", &field);
    absent(&annotated(ROLE, ARN), "NB421");
    // Nothing but a placeholder is told by the rule for placeholders.
    absent(&annotated(ROLE, "<role-arn>"), "NB421");
    let key = "iam.gke.io/gcp-service-account";
    let field = format!("spec.storage.cloud.identity.autoCreate.annotations[\"{key}\"]");
    found(&annotated(key, "x@y.iam.gserviceaccount.com"), "NB422", "warning", &field);
    absent(&annotated(ROLE, ARN), "NB422");
    absent(&annotated("example.com/team", "x"), "NB422");
}

#[test]
fn an_identity_has_its_annotation() {
    const FIELD: &str = "spec.storage.cloud.identity";
    found(&annotated("example.com/team", "x"), "NB423", "notice", FIELD);
    found(&s3("region: eu-west-1, identity: {provider: aws}"), "NB423", "notice", FIELD);
    found(&azure("storageAccount: abc, identity: {provider: azure}"), "NB423", "warning", FIELD);
    absent(&annotated(ROLE, ARN), "NB423");
    absent(&s3("region: eu-west-1, identity: {serviceAccount: s}"), "NB423");
    absent(&s3("region: eu-west-1, identity: {autoCreate: {enabled: false}}"), "NB423");
}

#[test]
fn an_account_that_exists_is_not_taken_over_unseen() {
    let taken = s3(&format!(
        "region: eu-west-1, identity: {{serviceAccount: s, autoCreate: {{annotations: {{{ROLE}: '{ARN}'}}}}}}"
    ));
    found(&taken, "NB424", "notice", "spec.storage.cloud.identity.serviceAccount");
    absent(&taken.replace("autoCreate: {", "autoCreate: {enabled: false, "), "NB424");
    absent(&annotated(ROLE, ARN), "NB424");
}

#[test]
fn annotations_of_an_account_that_is_not_created_have_no_effect() {
    let yaml = s3(&format!(
        "region: eu-west-1, identity: {{autoCreate: {{enabled: false, annotations: {{{ROLE}: '{ARN}', a: b}}}}}}"
    ));
    for key in [format!("[\"{ROLE}\"]"), ".a".to_owned()] {
        found(&yaml, "NB400", "warning", &format!("spec.storage.cloud.identity.autoCreate.annotations{key}"));
    }
    absent(&annotated(ROLE, ARN), "NB400");
}

#[test]
fn azure_names_its_account() {
    const FIELD: &str = "spec.storage.cloud.storageAccount";
    let client = "identity: {autoCreate: {annotations: {azure.workload.identity/client-id: 6f1d2c84-3b7e-4f0a-9c55-0e8a7d41b263}}}";
    found(&azure(client), "NB425", "error", FIELD);
    found(&backup("one", "  storage: {type: azure, bucket: backups}\n"), "NB425", "error", FIELD);
    absent(&azure(&format!("storageAccount: abc, {client}")), "NB425");
    absent(&azure("credentialsSecretRef: k"), "NB425");
}

#[test]
fn azure_keys_are_doubted_unless_there_is_a_principal() {
    const FIELD: &str = "spec.storage.cloud.credentialsSecretRef";
    let spec = azure("storageAccount: abc, credentialsSecretRef: k");
    found(&spec, "NB426", "warning", FIELD);
    let keys = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
    absent(&format!("{spec}{}", secret("k", "data", &keys)), "NB426");
    found(&format!("{spec}{}", secret("k", "data", &keys[..2])), "NB426", "warning", FIELD);
    absent(&s3("region: eu-west-1, credentialsSecretRef: k"), "NB426");
}

#[test]
fn secrets_of_the_input_hold_what_is_asked_for() {
    const FIELD: &str = "spec.storage.cloud.credentialsSecretRef";
    let aws = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let spec = s3("credentialsSecretRef: k");
    found(&format!("{spec}{}", secret("k", "data", &aws)), "NB440", "error", FIELD);
    found(
        &format!("{spec}{}", secret("k", "data", &[aws[0], aws[1], "AWS_REGION"])),
        "NB440",
        "error",
        FIELD,
    );
    absent(&format!("{spec}{}", secret("k", "data", &[aws[0], aws[1], "AWS_DEFAULT_REGION"])), "NB440");
    absent(
        &format!("{}{}", s3("region: eu-west-1, credentialsSecretRef: k"), secret("k", "data", &aws)),
        "NB440",
    );
    found(&format!("{spec}{}", secret("k", "data", &["key"])), "NB440", "error", FIELD);
    absent(&format!("{spec}{}", secret("other", "data", &["key"])), "NB440");
    let gcs =
        backup("one", "  storage: {type: gcs, bucket: graph-backups, cloud: {credentialsSecretRef: k}}\n");
    found(&format!("{gcs}{}", secret("k", "data", &["key.json"])), "NB440", "error", FIELD);
    absent(&format!("{gcs}{}", secret("k", "data", &["GOOGLE_APPLICATION_CREDENTIALS_JSON"])), "NB440");
    found(
        &format!("{}{}", azure("credentialsSecretRef: k"), secret("k", "data", &["AZURE_STORAGE_KEY"])),
        "NB440",
        "error",
        FIELD,
    );
    absent(
        &format!(
            "{}{}",
            azure("storageAccount: abc, credentialsSecretRef: k"),
            secret("k", "data", &["AZURE_STORAGE_KEY"])
        ),
        "NB440",
    );
}

#[test]
fn certificates_are_asked_for_by_their_keys() {
    let ca = s3("region: r, endpointURL: 'https://x', credentialsSecretRef: k, caSecretRef: {name: ca}");
    found(
        &format!("{ca}{}", secret("ca", "data", &["tls.crt"])),
        "NB440",
        "error",
        "spec.storage.cloud.caSecretRef.name",
    );
    absent(&format!("{ca}{}", secret("ca", "data", &["ca.crt"])), "NB440");
    let named = ca.replace("{name: ca}", "{name: ca, key: root.pem}");
    found(
        &format!("{named}{}", secret("ca", "data", &["ca.crt"])),
        "NB440",
        "error",
        "spec.storage.cloud.caSecretRef.key",
    );

    let tls =
        backup("one", &format!("{S3}  options: {{tls: {{secretName: t, keys: {{trusted: roots.pem}}}}}}\n"));
    let yaml = format!("{tls}{}", secret("t", "data", &["tls.crt"]));
    found(&yaml, "NB440", "error", "spec.options.tls.secretName");
    found(&yaml, "NB440", "error", "spec.options.tls.keys.trusted");
    absent(&format!("{tls}{}", secret("t", "data", &["tls.crt", "tls.key", "roots.pem"])), "NB440");
}

#[test]
fn hooks_find_their_secrets() {
    let restore = "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {name: back, namespace: data}\nspec:\n  targetCluster: graph\n  databaseName: neo4j\n  source: {type: backup, backupRef: one}\n  options:\n    postRestore:\n      job:\n        template:\n          container:\n            image: probe:1\n            env:\n              - {name: A, value: x}\n              - {name: P, valueFrom: {secretKeyRef: {name: admin, key: password}}}\n";
    let key = "spec.options.postRestore.job.template.container.env[1].valueFrom.secretKeyRef.key";
    found(&format!("{restore}{}", secret("admin", "data", &["NEO4J_AUTH"])), "NB440", "error", key);
    absent(&format!("{restore}{}", secret("admin", "data", &["password"])), "NB440");
}

#[test]
fn a_secret_of_another_namespace_does_not_help() {
    let spec = s3("region: eu-west-1, credentialsSecretRef: k");
    let elsewhere = secret("k", "prod", &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    found(&format!("{spec}{elsewhere}"), "NB441", "warning", "spec.storage.cloud.credentialsSecretRef");
    let both = format!("{spec}{elsewhere}{}", elsewhere.replace("prod", "data"));
    absent(&both, "NB441");
    // Without a namespace nothing is known.
    absent(&format!("{}{elsewhere}", spec.replace(", namespace: data", "")), "NB441");
}
