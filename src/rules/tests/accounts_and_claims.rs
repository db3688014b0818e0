use super::harness::*;

const ROLE: &str = "eks.amazonaws.com/role-arn";

fn annotated(name: &str, bucket: &str, annotations: &str) -> String {
    backup(
        name,
        &format!(
            "  storage:\n    type: s3\n    bucket: {bucket}\n    cloud: {{region: eu-west-1, identity: {{autoCreate: {{annotations: {{{annotations}}}}}}}}}\n"
        ),
    )
}

fn role(name: &str) -> String {
    format!("{ROLE}: 'arn:aws:iam::123456789012:role/{name}'")
}

fn on_claim(name: &str, claim: &str, schedule: &str) -> String {
    backup(
        name,
        &format!("  schedule: '{schedule}'\n  storage: {{type: pvc, path: {name}, pvc: {{{claim}}}}}\n"),
    )
}

fn claim(namespace: &str, modes: &str, size: &str, class: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c, namespace: {namespace}}}\nspec: {{accessModes: [{modes}], {class}resources: {{requests: {{storage: {size}}}}}}}\n"
    )
}

const NAME: &str = "spec.storage.pvc.name";
const SIZE: &str = "spec.storage.pvc.size";

#[test]
fn one_annotation_has_one_value() {
    let field = format!("spec.storage.cloud.identity.autoCreate.annotations[\"{ROLE}\"]");
    let yaml =
        format!("{}{}", annotated("one", "bucket-a", &role("a")), annotated("two", "bucket-b", &role("b")));
    let both = findings(&yaml)
        .iter()
        .filter(|line| line.starts_with("NB450 error") && line.contains(&field))
        .count();
    assert_eq!(both, 2);
    absent(&yaml.replace("role/b", "role/a"), "NB450");
    absent(&yaml.replacen("namespace: data", "namespace: crm", 1), "NB450");
    absent(&yaml.replacen("identity: {", "identity: {serviceAccount: mine, ", 1), "NB450");
    let merged = format!(
        "{}{}",
        annotated("one", "bucket-a", &role("a")),
        annotated("two", "bucket-b", "team/x: green")
    );
    absent(&merged, "NB450");
    let restore = "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {name: back, namespace: data}\nspec:\n  targetCluster: graph\n  databaseName: neo4j\n  source:\n    type: s3\n    storage:\n      type: s3\n      bucket: bucket-a\n      cloud: {region: eu-west-1, identity: {autoCreate: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::123456789012:role/r'}}}}\n";
    let field = format!("spec.source.storage.cloud.identity.autoCreate.annotations[\"{ROLE}\"]");
    found(&format!("{}{restore}", annotated("one", "bucket-a", &role("a"))), "NB450", "error", &field);
}

#[test]
fn an_account_of_the_input_is_not_rendered_again_unseen() {
    let account =
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: neo4j-backup-sa, namespace: data}\n";
    let spec = annotated("one", "bucket-a", &role("a"));
    found(&format!("{spec}{account}"), "NB451", "warning", "spec.storage.cloud.identity");
    absent(&format!("{spec}{}", account.replace("namespace: data", "namespace: crm")), "NB451");
    let kept =
        spec.replace("autoCreate: {", "serviceAccount: neo4j-backup-sa, autoCreate: {enabled: false, ");
    absent(&format!("{kept}{account}"), "NB451");
}

#[test]
fn a_claim_is_created_in_one_way() {
    let pair = |one: &str, two: &str| {
        format!(
            "{}{}",
            on_claim("one", &format!("name: c{one}"), "0 2 * * *"),
            on_claim("two", &format!("name: c{two}"), "0 9 * * *")
        )
    };
    let yaml = pair(", size: 100Gi", ", size: 50Gi");
    let both =
        findings(&yaml).iter().filter(|line| line.starts_with("NB460 error") && line.contains(SIZE)).count();
    assert_eq!(both, 2);
    absent(&pair(", size: 1Ti", ", size: 1024Gi"), "NB460");
    absent(&pair(", size: 100Gi", ""), "NB460");
    found(
        &pair(", size: 1Gi, storageClassName: fast", ", size: 1Gi, storageClassName: slow"),
        "NB460",
        "error",
        "spec.storage.pvc.storageClassName",
    );
    found(&pair(", size: 1Gi, storageClassName: fast", ", size: 1Gi"), "NB460", "error", NAME);
    absent(&pair(", size: 1Gi, storageClassName: fast", ", size: 1Gi, storageClassName: fast"), "NB460");
}

#[test]
fn a_claim_of_the_input_holds() {
    let spec = on_claim("one", "name: c, size: 80Gi, storageClassName: fast", "0 2 * * *");
    let with = |size: &str, class: &str| format!("{spec}{}", claim("data", "ReadWriteOnce", size, class));
    found(&with("80Gi", "storageClassName: fast, "), "NB461", "notice", SIZE);
    found(&with("90Gi", "storageClassName: fast, "), "NB461", "warning", SIZE);
    found(&with("80Gi", "storageClassName: slow, "), "NB461", "warning", "spec.storage.pvc.storageClassName");
    absent(&format!("{spec}{}", claim("crm", "ReadWriteOnce", "80Gi", "")), "NB461");
    let existing = on_claim("one", "name: c", "0 2 * * *");
    absent(&format!("{existing}{}", claim("data", "ReadWriteOnce", "80Gi", "")), "NB461");
}

#[test]
fn a_claim_of_one_node_is_not_used_twice_at_once() {
    let pair = |one: &str, two: &str, claim: &str| {
        format!("{}{}", on_claim("one", claim, one), on_claim("two", claim, two))
    };
    let sized = "name: c, size: 10Gi";
    found(&pair("0 2 * * *", "30 2 * * *", sized), "NB462", "warning", "spec.schedule");
    absent(&pair("0 2 * * *", "0 9 * * *", sized), "NB462");
    // Of a claim that only the cluster knows nothing is known.
    absent(&pair("0 2 * * *", "30 2 * * *", "name: c"), "NB462");
    let many = claim("data", "ReadWriteMany", "80Gi", "");
    absent(&format!("{}{many}", pair("0 2 * * *", "30 2 * * *", "name: c")), "NB462");
    let once = claim("data", "ReadWriteOnce", "80Gi", "");
    found(
        &format!("{}{once}", pair("0 2 * * *", "30 2 * * *", "name: c")),
        "NB462",
        "warning",
        "spec.schedule",
    );
}

#[test]
fn a_crowd_on_a_claim_is_found_too() {
    let crowd = |step: usize| -> String {
        (0..60)
            .map(|n| {
                on_claim(
                    &format!("spec-{n}"),
                    "name: c, size: 10Gi",
                    &format!("0 {} {} * *", n % 24, 1 + step * (n / 24)),
                )
            })
            .collect()
    };
    absent(&crowd(1), "NB462");
    let twice = format!("{}{}", crowd(1), on_claim("late", "name: c, size: 10Gi", "20 7 1 * *"));
    let hits = findings(&twice).iter().filter(|line| line.starts_with("NB462")).count();
    // With 07:00 and with 08:00 of the same day.
    assert_eq!(hits, 2);
}

#[test]
fn a_restore_from_a_claim_that_is_written_to_is_mentioned() {
    let restore = "---\napiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jRestore\nmetadata: {name: back, namespace: data}\nspec:\n  targetCluster: graph\n  databaseName: neo4j\n  source: {type: storage, storage: {type: pvc, path: one, pvc: {name: c}}}\n";
    let spec = on_claim("one", "name: c, size: 10Gi", "0 2 * * *");
    let field = "spec.source.storage.pvc.name";
    found(&format!("{spec}{restore}"), "NB462", "notice", field);
    absent(&format!("{}{restore}", spec.replace("  schedule", "  suspend: true\n  schedule")), "NB462");
    absent(restore, "NB462");
    found(&format!("{restore}{}", claim("crm", "ReadWriteOnce", "80Gi", "")), "NB464", "warning", field);
}

#[test]
fn a_claim_can_be_written_to_where_the_pods_are() {
    let spec = on_claim("one", "name: c", "0 2 * * *");
    found(&format!("{spec}{}", claim("data", "ReadOnlyMany", "80Gi", "")), "NB463", "error", NAME);
    for mode in ["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"] {
        absent(&format!("{spec}{}", claim("data", mode, "80Gi", "")), "NB463");
    }
    found(&format!("{spec}{}", claim("crm", "ReadWriteOnce", "80Gi", "")), "NB464", "warning", NAME);
    absent(&format!("{spec}{}", claim("data", "ReadWriteOnce", "80Gi", "")), "NB464");
    absent(
        &format!(
            "{}{}",
            on_claim("one", "name: c, size: 80Gi", "0 2 * * *"),
            claim("crm", "ReadWriteOnce", "80Gi", "")
        ),
        "NB464",
    );
}
