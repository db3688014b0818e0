use super::harness::*;
use crate::rules::tests::harness::diagnostics;

#[test]
fn encryption_is_refused_and_its_leaves_are_told() {
    let on = with_options("{encryption: {enabled: true, keySecret: k, algorithm: AES256}}");
    found(&on, "NB301", "error", "spec.options.encryption.enabled");
    absent(&on, "NB300");
    found(
        &with_options("{encryption: {enabled: true}}"),
        "NB301",
        "error",
        "spec.options.encryption.enabled",
    );
    let off =
        with_options("{encryption: {enabled: false, keySecret: k, keySecretKey: x, algorithm: AES256}}");
    absent(&off, "NB301");
    for leaf in ["keySecret", "keySecretKey", "algorithm"] {
        found(&off, "NB300", "warning", &format!("spec.options.encryption.{leaf}"));
    }
    absent(&with_options("{encryption: {enabled: false}}"), "NB300");
}

#[test]
fn the_refusal_says_what_protects_where_the_backup_goes() {
    let help = |yaml: &str| {
        let all = diagnostics(yaml);
        all.iter()
            .find(|found| found.definition.code.number() == 301)
            .and_then(|found| found.help.clone())
            .unwrap()
    };
    assert!(help(&with_options("{encryption: {enabled: true}}")).contains("SSE-KMS"));
    let claim =
        backup("one", "  storage: {type: pvc, pvc: {name: c}}\n  options: {encryption: {enabled: true}}\n");
    assert!(help(&claim).contains("StorageClass"));
}

#[test]
fn verify_needs_names_to_check() {
    found(&with_options("{verify: true}"), "NB302", "warning", "spec.options.verify");
    absent(&with_options("{verify: false}"), "NB302");
    let named = backup(
        "one",
        &format!(
            "  target: {{kind: Cluster, name: graph, databases: [neo4j]}}\n{S3}  options: {{verify: true}}\n"
        ),
    );
    absent(&format!("{TARGET}{named}"), "NB302");
    let stated = TARGET.replace("spec: {", "spec: {databases: [neo4j], ");
    absent(&format!("{stated}{}", backup("one", &format!("{S3}  options: {{verify: true}}\n"))), "NB302");
    let partly = backup(
        "one",
        &format!(
            "  target: {{kind: Cluster, name: graph, databases: [neo4j, 'shop-*']}}\n{S3}  options: {{verify: true}}\n"
        ),
    );
    found(&format!("{TARGET}{partly}"), "NB302", "warning", "spec.options.verify");
    // Without a target its databases may well be named.
    absent(&backup("one", &format!("{S3}  options: {{verify: true}}\n")), "NB302");
}

#[test]
fn verify_refuses_what_is_left_unrecovered() {
    let newest = TARGET.replace("5.26.12", "2025.11.0");
    let spec = backup("one", &format!("{S3}  options: {{verify: true, skipRecovery: true}}\n"));
    found(&format!("{newest}{spec}"), "NB303", "error", "spec.options.verify");
    // 5.26 does not get the flag, so what it writes is recovered.
    absent(&format!("{TARGET}{spec}"), "NB303");
    let alone = backup("one", &format!("{S3}  options: {{skipRecovery: true}}\n"));
    absent(&format!("{newest}{alone}"), "NB303");
}

#[test]
fn prefer_diff_as_parent_needs_a_differential() {
    const FIELD: &str = "spec.options.preferDiffAsParent";
    found(&with_options("{preferDiffAsParent: true}"), "NB300", "warning", FIELD);
    found(&with_options("{preferDiffAsParent: true, backupType: FULL}"), "NB300", "warning", FIELD);
    absent(&with_options("{preferDiffAsParent: false}"), "NB300");
    let newest = TARGET.replace("5.26.12", "2025.11.0");
    let diff = backup("one", &format!("{S3}  options: {{preferDiffAsParent: true, backupType: DIFF}}\n"));
    found(&format!("{newest}{diff}"), "NB304", "notice", FIELD);
    absent(&format!("{newest}{diff}"), "NB300");
    absent(&format!("{TARGET}{diff}"), "NB304");
}

#[test]
fn experimental_and_leaving_flags_are_mentioned() {
    found(&with_options("{parallelRecovery: true}"), "NB305", "notice", "spec.options.parallelRecovery");
    absent(&with_options("{parallelRecovery: false}"), "NB305");
    found(&with_options("{keepFailed: true}"), "NB313", "notice", "spec.options.keepFailed");
    absent(&with_options("{keepFailed: false}"), "NB313");
}

#[test]
fn a_page_cache_has_a_size_that_fits() {
    const FIELD: &str = "spec.options.pageCache";
    for (text, meant) in
        [("4g", "4G"), ("4GB", "4G"), ("4Gi", "4G"), ("512m", "512M"), ("1.5G", "1536M"), ("2T", "2048G")]
    {
        let yaml = with_options(&format!("{{pageCache: '{text}'}}"));
        found(&yaml, "NB306", "error", FIELD);
        let all = diagnostics(&yaml);
        let fix = all
            .iter()
            .find(|found| found.definition.code.number() == 306)
            .and_then(|found| found.fix.clone());
        assert_eq!(fix.unwrap().edits[0].replacement, meant, "{text}");
    }
    for text in ["lots", "-1G", "4 G", "G", "99999999999G"] {
        found(&with_options(&format!("{{pageCache: '{text}'}}")), "NB306", "error", FIELD);
    }
    for text in ["4G", "512M", "64K", "1073741824"] {
        absent(&with_options(&format!("{{pageCache: '{text}'}}")), "NB306");
    }
    let limited = |limit: &str| {
        format!("{}  job: {{resources: {{limits: {{memory: {limit}}}}}}}\n", with_options("{pageCache: 2G}"))
    };
    found(&limited("2Gi"), "NB307", "error", FIELD);
    found(&limited("2200Mi"), "NB307", "warning", FIELD);
    absent(&limited("3Gi"), "NB307");
    absent(&with_options("{pageCache: 2G}"), "NB307");
}

#[test]
fn a_temporary_path_is_free_and_well_formed() {
    const FIELD: &str = "spec.options.tempPath";
    for path in ["temp", "/a:b", "/a/../b", "/a//b", "/temp/"] {
        found(&with_options(&format!("{{tempPath: '{path}'}}")), "NB308", "error", FIELD);
    }
    for path in ["/", "/tmp", "/tmp/", "/data", "/backups/temp", "/var/secrets/x", "/etc"] {
        found(&with_options(&format!("{{tempPath: '{path}'}}")), "NB309", "error", FIELD);
    }
    for path in ["/tmp/neo4j-backup-temp", "/var/neo4j-backup-temp", "/scratch"] {
        let yaml = with_options(&format!("{{tempPath: {path}}}"));
        absent(&yaml, "NB308");
        absent(&yaml, "NB309");
    }
    let slash = diagnostics(&with_options("{tempPath: /temp/}"));
    let fix = slash
        .iter()
        .find(|found| found.definition.code.number() == 308)
        .and_then(|found| found.fix.clone())
        .unwrap();
    assert_eq!((fix.edits[0].range.len(), fix.edits[0].replacement.as_str()), (1, ""));
}

#[test]
fn a_bucket_without_a_temporary_volume_is_mentioned() {
    found(&with_options("{compress: true}"), "NB310", "notice", "spec.options.tempStorage");
    found(&with_options("{tempPath: /scratch}"), "NB310", "notice", "spec.options.tempPath");
    absent(&with_options("{tempStorage: {size: 10Gi}}"), "NB310");
    absent(&backup("one", "  storage: {type: pvc, pvc: {name: c}}\n"), "NB310");
}

#[test]
fn export_waits_for_the_agent() {
    let spec = |method: &str| format!("{TARGET}{}", backup("one", &format!("{S3}  method: {method}\n")));
    found(&spec("Export"), "NB311", "error", "spec.method");
    absent(&spec("Online"), "NB311");
}

#[test]
fn system_takes_no_metadata() {
    let spec = |databases: &str| {
        backup(
            "one",
            &format!(
                "  target: {{kind: Cluster, name: graph, databases: {databases}}}\n{S3}  options: {{includeMetadata: all}}\n"
            ),
        )
    };
    found(&spec("[system]"), "NB312", "error", "spec.options.includeMetadata");
    absent(&spec("[system, neo4j]"), "NB312");
    absent(&with_options("{includeMetadata: all}"), "NB312");
}
