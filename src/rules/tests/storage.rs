use super::harness::*;
use crate::diagnostics::Diagnostic;

fn stored(storage: &str) -> String {
    format!("{TARGET}{}", backup("one", &format!("  storage: {storage}\n")))
}

/// A restore from a storage block.
fn restored(storage: &str) -> String {
    format!(
        "{TARGET}---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {{name: back, namespace: data}}\nspec:\n  targetCluster: graph\n  databaseName: neo4j\n  source: {{type: storage, storage: {storage}}}\n"
    )
}

const KEYS: &str = "region: eu-central-1, credentialsSecretRef: keys";

fn s3(cloud: &str) -> String {
    stored(&format!("{{type: s3, bucket: graph-backups, cloud: {{{cloud}}}}}"))
}

fn fixed(yaml: &str, code: u16) -> String {
    let all: Vec<Diagnostic> = diagnostics(yaml);
    let fix =
        all.iter().find(|found| found.definition.code.number() == code).and_then(|found| found.fix.clone());
    let edit = fix.unwrap().edits.remove(0);
    let mut text = yaml.to_owned();
    text.replace_range(edit.range, &edit.replacement);
    text
}

#[test]
fn the_provider_fits_the_type() {
    found(&s3(&format!("provider: gcp, {KEYS}")), "NB401", "error", "spec.storage.cloud.provider");
    found(
        &s3("region: eu-west-1, identity: {provider: azure}"),
        "NB401",
        "error",
        "spec.storage.cloud.identity.provider",
    );
    absent(&s3(&format!("provider: aws, {KEYS}")), "NB401");
    absent(&s3("region: eu-west-1, identity: {provider: aws}"), "NB401");
    let azure = "{type: azure, bucket: backups, cloud: {provider: aws, storageAccount: abc, credentialsSecretRef: k}}";
    found(&stored(azure), "NB401", "error", "spec.storage.cloud.provider");
    found(&restored(azure), "NB401", "error", "spec.source.storage.cloud.provider");
}

#[test]
fn a_bucket_is_named() {
    found(&stored("{type: s3}"), "NB402", "error", "spec.storage.bucket");
    found(&restored("{type: gcs}"), "NB402", "error", "spec.source.storage.bucket");
    absent(&s3(KEYS), "NB402");
    absent(&stored("{type: pvc, pvc: {name: c}}"), "NB402");
}

#[test]
fn a_claim_is_named() {
    found(&stored("{type: pvc}"), "NB403", "error", "spec.storage.pvc.name");
    found(&stored("{type: pvc, pvc: {size: 10Gi}}"), "NB403", "error", "spec.storage.pvc.name");
    found(&restored("{type: pvc}"), "NB403", "error", "spec.source.storage.pvc.name");
    absent(&stored("{type: pvc, pvc: {name: c}}"), "NB403");
}

#[test]
fn blocks_of_another_type_are_refused() {
    found(&stored("{type: s3, bucket: abc, pvc: {name: c}}"), "NB404", "error", "spec.storage.pvc");
    found(
        &stored("{type: pvc, pvc: {name: c}, cloud: {provider: aws}}"),
        "NB404",
        "error",
        "spec.storage.cloud",
    );
    absent(&stored("{type: pvc, pvc: {name: c}}"), "NB404");
    absent(&s3(KEYS), "NB404");
}

#[test]
fn the_cloud_stands_in_one_place() {
    let alias =
        format!("{}  cloud: {{provider: aws, {KEYS}}}\n", stored("{type: s3, bucket: graph-backups}"));
    absent(&alias, "NB405");
    absent(&alias, "NB416");
    let both = format!("{}  cloud: {{provider: aws}}\n", s3(KEYS));
    found(&both, "NB405", "error", "spec.cloud");
    let wrong = alias.replace("provider: aws", "provider: gcp");
    found(&wrong, "NB401", "error", "spec.cloud.provider");
}

#[test]
fn leaves_of_another_type_have_no_effect() {
    found(&stored("{type: pvc, bucket: abc, pvc: {name: c}}"), "NB400", "warning", "spec.storage.bucket");
    found(
        &stored("{type: pvc, pvc: {name: c, storageClassName: fast}}"),
        "NB400",
        "warning",
        "spec.storage.pvc.storageClassName",
    );
    absent(&stored("{type: pvc, pvc: {name: c, size: 1Gi, storageClassName: fast}}"), "NB400");
    let alias = "{provider: aws, credentialsSecretRef: k, endpointURL: 'https://x', forcePathStyle: true, region: r, storageAccount: abc, \
        caSecretRef: {name: ca, key: pem}, identity: {provider: aws, serviceAccount: s, autoCreate: {enabled: true, annotations: {a.b/c: d}}}}";
    let yaml = format!("{}  cloud: {alias}\n", stored("{type: pvc, pvc: {name: c}}"));
    for leaf in [
        "provider",
        "credentialsSecretRef",
        "endpointURL",
        "forcePathStyle",
        "region",
        "storageAccount",
        "caSecretRef.name",
        "caSecretRef.key",
        "identity.provider",
        "identity.serviceAccount",
        "identity.autoCreate.enabled",
        "identity.autoCreate.annotations[\"a.b/c\"]",
    ] {
        found(&yaml, "NB400", "warning", &format!("spec.cloud.{leaf}"));
    }
    let gcs = stored(
        "{type: gcs, bucket: graph-backups, cloud: {credentialsSecretRef: k, endpointURL: 'https://x', forcePathStyle: true, region: r, \
         storageAccount: abc, caSecretRef: {name: ca, key: pem}}}",
    );
    for leaf in
        ["endpointURL", "forcePathStyle", "region", "storageAccount", "caSecretRef.name", "caSecretRef.key"]
    {
        found(&gcs, "NB400", "warning", &format!("spec.storage.cloud.{leaf}"));
    }
    found(
        &s3(&format!("{KEYS}, storageAccount: abc")),
        "NB400",
        "warning",
        "spec.storage.cloud.storageAccount",
    );
    let plain = s3(&format!("{KEYS}, endpointURL: 'http://minio:9000', caSecretRef: {{name: ca, key: pem}}"));
    found(&plain, "NB400", "warning", "spec.storage.cloud.caSecretRef.key");
    absent(
        &s3(&format!("{KEYS}, endpointURL: 'https://minio:9000', caSecretRef: {{name: ca, key: pem}}")),
        "NB400",
    );
}

#[test]
fn buckets_containers_and_accounts_have_grammars() {
    for (storage_type, bucket) in
        [("s3", "My-Bucket"), ("s3", "s3://abc"), ("s3", "abc/def"), ("gcs", "goog-x"), ("azure", "a--b")]
    {
        let cloud = "cloud: {credentialsSecretRef: k, storageAccount: abc}";
        found(
            &stored(&format!("{{type: {storage_type}, bucket: '{bucket}', {cloud}}}")),
            "NB406",
            "error",
            "spec.storage.bucket",
        );
    }
    absent(&s3(KEYS), "NB406");
    absent(&stored("{type: gcs, bucket: my_bucket}"), "NB406");
    // A store of one's own may be laxer than Amazon.
    let own = |bucket: &str| {
        stored(&format!("{{type: s3, bucket: {bucket}, cloud: {{{KEYS}, endpointURL: 'https://minio'}}}}"))
    };
    found(&own("xn--abc"), "NB406", "warning", "spec.storage.bucket");
    found(&own("My_Bucket"), "NB406", "error", "spec.storage.bucket");

    let account = |name: &str| {
        stored(&format!(
            "{{type: azure, bucket: backups, cloud: {{storageAccount: {name}, credentialsSecretRef: k}}}}"
        ))
    };
    found(&account("My-Account"), "NB407", "error", "spec.storage.cloud.storageAccount");
    absent(&account("myaccount"), "NB407");
    // The address is too long for the field as well, which is told before.
    let whole = diagnostics_of_any(&account("abcd.blob.core.windows.net"));
    let fix =
        whole.iter().find(|found| found.definition.code.number() == 407).and_then(|found| found.fix.clone());
    assert_eq!(fix.map(|fix| fix.edits[0].range.len()), Some(".blob.core.windows.net".len()));
}

#[test]
fn folders_have_a_grammar() {
    let folder = |path: &str| {
        stored(&format!("{{type: s3, bucket: graph-backups, path: '{path}', cloud: {{{KEYS}}}}}"))
    };
    for path in ["a//b", "a/../b", "a b", "a,b", "${X}"] {
        found(&folder(path), "NB408", "error", "spec.storage.path");
    }
    let claim = |path: &str| stored(&format!("{{type: pvc, path: '{path}', pvc: {{name: c}}}}"));
    for path in ["../x", "a//b", "$(X)", "a/./b"] {
        found(&claim(path), "NB408", "error", "spec.storage.path");
    }
    for path in ["backups/production", "backups/", "a_b-c.d"] {
        absent(&folder(path), "NB408");
        absent(&claim(path), "NB408");
    }
    absent(&claim("a b"), "NB408");
}

#[test]
fn a_leading_slash_is_left_out() {
    let yaml = stored("{type: s3, bucket: graph-backups, path: /a/b/}");
    found(&yaml, "NB409", "notice", "spec.storage.path");
    assert_eq!(fixed(&yaml, 409), yaml.replace("path: /a", "path: a"));
    absent(&yaml.replace("path: /a", "path: a"), "NB409");
    let root = stored("{type: s3, bucket: graph-backups, path: /}");
    found(&root, "NB418", "notice", "spec.storage.path");
    absent(&root, "NB409");
    absent(&yaml, "NB418");
}

#[test]
fn an_endpoint_is_an_address_and_better_encrypted() {
    const FIELD: &str = "spec.storage.cloud.endpointURL";
    for url in ["minio:9000", "https://minio/bucket", "s3://x", "https://user:pw@minio"] {
        found(&s3(&format!("{KEYS}, endpointURL: '{url}'")), "NB410", "error", FIELD);
    }
    absent(&s3(&format!("{KEYS}, endpointURL: 'https://minio:9000/'")), "NB410");
    found(&s3(&format!("{KEYS}, endpointURL: 'http://minio:9000'")), "NB411", "warning", FIELD);
    absent(&s3(&format!("{KEYS}, endpointURL: 'https://minio:9000'")), "NB411");
}

#[test]
fn path_style_is_doubted() {
    const FIELD: &str = "spec.storage.cloud.forcePathStyle";
    found(&s3(&format!("{KEYS}, forcePathStyle: true")), "NB412", "warning", FIELD);
    found(&s3(&format!("{KEYS}, endpointURL: 'https://x', forcePathStyle: true")), "NB412", "warning", FIELD);
    absent(&s3(&format!("{KEYS}, forcePathStyle: false")), "NB412");
}

#[test]
fn a_region_is_one_and_is_known() {
    const FIELD: &str = "spec.storage.cloud.region";
    let region = |region: &str| s3(&format!("region: {region}, credentialsSecretRef: k"));
    for bad in ["eu_central_1", "auto", "frankfurt"] {
        found(&region(bad), "NB413", "error", FIELD);
    }
    assert_eq!(fixed(&region("EU-Central-1"), 413), region("eu-central-1"));
    assert_eq!(fixed(&region("eu-central-1a"), 413), region("eu-central-1"));
    absent(&region("us-gov-west-1"), "NB413");
    let at = |region: &str, url: &str| {
        s3(&format!("region: '{region}', credentialsSecretRef: k, endpointURL: '{url}'"))
    };
    found(&at("a b", "https://minio"), "NB413", "error", FIELD);
    absent(&at("main", "https://minio"), "NB413");

    found(&s3("identity: {serviceAccount: s}"), "NB414", "notice", FIELD);
    found(&s3("identity: {serviceAccount: s}, endpointURL: 'https://minio'"), "NB414", "warning", FIELD);
    found(&stored("{type: s3, bucket: graph-backups}"), "NB414", "warning", FIELD);
    absent(&s3("credentialsSecretRef: k"), "NB414");
    absent(&region("eu-central-1"), "NB414");
    absent(&stored("{type: gcs, bucket: graph-backups}"), "NB414");

    let r2 = "https://0f3a.r2.cloudflarestorage.com";
    found(&at("eu-central-1", r2), "NB415", "warning", FIELD);
    absent(&at("auto", r2), "NB415");
    absent(&at("eu-central-1", "https://minio"), "NB415");
}

#[test]
fn somebody_must_give_the_pod_its_rights() {
    found(&stored("{type: s3, bucket: graph-backups}"), "NB416", "notice", "spec.storage.cloud");
    found(&s3("provider: aws, region: eu-central-1"), "NB416", "warning", "spec.storage.cloud.provider");
    absent(&s3(KEYS), "NB416");
    absent(&s3("region: eu-central-1, identity: {serviceAccount: s}"), "NB416");
    absent(&stored("{type: pvc, pvc: {name: c}}"), "NB416");
}

#[test]
fn a_private_authority_is_the_only_one() {
    const FIELD: &str = "spec.storage.cloud.caSecretRef";
    found(&s3(&format!("{KEYS}, caSecretRef: {{name: ca}}")), "NB417", "warning", FIELD);
    found(
        &s3("region: r, endpointURL: 'https://x', caSecretRef: {name: ca}, identity: {serviceAccount: s}"),
        "NB417",
        "warning",
        FIELD,
    );
    absent(&s3(&format!("{KEYS}, endpointURL: 'https://x', caSecretRef: {{name: ca}}")), "NB417");
}

#[test]
fn a_restore_reads_only_what_its_type_uses() {
    let by_reference = restored("{type: s3}").replace("type: storage, ", "type: backup, backupRef: x, ");
    absent(&by_reference, "NB402");
    let base = restored("{type: s3}").replace(
        "source: {type: storage, storage: {type: s3}}",
        "source: {type: pitr, pitr: {baseBackup: {type: storage, storage: {type: s3}}}}",
    );
    found(&base, "NB402", "error", "spec.source.pitr.baseBackup.storage.bucket");
}
