use super::harness::*;

const TYPE: &str = "spec.options.backupType";
const PATH: &str = "spec.storage.path";

/// A backup of a type into the shared folder.
fn of(name: &str, kind: &str, schedule: &str) -> String {
    let schedule = if schedule.is_empty() { String::new() } else { format!("  schedule: '{schedule}'\n") };
    backup(name, &format!("{S3}{schedule}  options: {{backupType: {kind}}}\n"))
}

#[test]
fn a_differential_is_fed_by_a_full_or_an_auto_in_its_folder() {
    let diff = of("diff", "DIFF", "0 12 * * *");
    found(&diff, "NB330", "warning", TYPE);
    found(&of("diff", "DIFF", ""), "NB330", "warning", TYPE);
    for kind in ["FULL", "AUTO"] {
        absent(&format!("{diff}{}", of("feeder", kind, "0 2 * * *")), "NB330");
    }
    absent(&of("auto", "AUTO", "0 2 * * *"), "NB330");
    let elsewhere = of("full", "FULL", "0 2 * * *").replace("path: graph", "path: other");
    let yaml = format!("{diff}{elsewhere}");
    found(&yaml, "NB330", "warning", TYPE);
    let help =
        diagnostics(&yaml).into_iter().find_map(|found| found.help.filter(|help| help.contains("`full`")));
    assert!(help.is_some());
}

#[test]
fn a_folder_belongs_to_one_set_of_databases_of_one_deployment() {
    let full = of("full", "FULL", "0 2 * * *");
    let other_target = full.replace("name: graph}", "name: crm}").replace("name: full", "name: crm");
    found(&format!("{full}{other_target}"), "NB331", "error", PATH);
    let other_databases =
        full.replace("name: graph}", "name: graph, databases: [neo4j]}").replace("name: full", "name: some");
    found(&format!("{full}{other_databases}"), "NB331", "error", PATH);
    let other_folder = other_target.replace("path: graph", "path: graph/crm");
    absent(&format!("{full}{other_folder}"), "NB331");
    let other_store =
        other_target.replace("region: eu-central-1", "region: auto, endpointURL: 'https://s3.example.com'");
    absent(&format!("{full}{other_store}"), "NB331");
    absent(&format!("{full}{}", of("diff", "DIFF", "0 12 * * *")), "NB331");
}

#[test]
fn claims_of_two_namespaces_are_two_places() {
    let spec =
        backup("one", "  storage: {type: pvc, path: x, pvc: {name: c}}\n  options: {backupType: FULL}\n");
    let other = spec.replace("namespace: data", "namespace: crm");
    absent(&format!("{spec}{other}"), "NB331");
    let same = spec.replace("name: one", "name: two").replace("name: graph}", "name: crm}");
    found(&format!("{spec}{same}"), "NB331", "error", PATH);
}

#[test]
fn a_folder_has_one_writer_of_each_kind() {
    let full = of("full", "FULL", "0 2 * * 0");
    found(&format!("{full}{}", of("again", "FULL", "0 8 * * 0")), "NB332", "warning", PATH);
    let auto = of("auto", "AUTO", "0 12 * * *");
    found(&format!("{auto}{}", of("diff", "DIFF", "0 18 * * *")), "NB332", "warning", PATH);
    absent(&format!("{full}{auto}"), "NB332");
}

#[test]
fn two_writers_of_a_folder_do_not_run_at_once() {
    let full = of("full", "FULL", "0 2 * * 0");
    found(&format!("{full}{}", of("diff", "DIFF", "0 */2 * * *")), "NB333", "warning", "spec.schedule");
    absent(&format!("{full}{}", of("diff", "DIFF", "0 4-22/2 * * *")), "NB333");
    let bounded = |deadline: &str| {
        format!("{}  job: {{deadline: {deadline}, backoffLimit: 0}}\n", of("diff", "DIFF", "0 18-23 * * *"))
    };
    absent(&format!("{full}{}", bounded("2h")), "NB333");
    found(&format!("{full}{}", bounded("3h")), "NB333", "warning", "spec.schedule");
    let message = findings(&format!("{full}{}", of("diff", "DIFF", "0 */2 * * *"))).join("\n");
    assert!(message.contains("both start on Sunday 02:00 UTC"), "{message}");
    // Applied together, both start at once.
    found(&format!("{}{}", of("full", "FULL", ""), of("diff", "DIFF", "")), "NB333", "warning", PATH);
}
