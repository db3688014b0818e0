//! NB134: what the API server refuses of tolerations and affinity.

use super::harness::{S3, TARGET, absent, backup, found};

fn job(settings: &str) -> String {
    format!("{TARGET}{}", backup("one", &format!("{S3}  job: {{{settings}}}\n")))
}

#[test]
fn tolerations_are_ones_that_the_api_server_takes() {
    for (toleration, leaf) in [
        ("{operator: Bar, key: a}", "operator"),
        ("{operator: Exists, value: x}", "value"),
        ("{operator: Equal}", "key"),
        ("{key: 'bad key', value: x}", "key"),
        ("{operator: Exists, effect: Foo}", "effect"),
        ("{operator: Exists, effect: NoSchedule, tolerationSeconds: 5}", "tolerationSeconds"),
    ] {
        let text = job(&format!("tolerations: [{toleration}]"));
        found(&text, "NB134", "error", &format!("spec.job.tolerations[0].{leaf}"));
    }
    let sound = "tolerations: [{operator: Exists}, {key: example.org/backup, value: 'yes', effect: NoSchedule}, \
                 {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]";
    absent(&job(sound), "NB134");
}

#[test]
fn affinity_is_one_that_the_api_server_takes() {
    let node = |expression: &str| {
        job(&format!(
            "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: \
             [{{matchExpressions: [{expression}]}}]}}}}}}"
        ))
    };
    const EXPRESSION: &str = "spec.job.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]";
    for (expression, leaf) in [
        ("{key: disk, operator: Foo}", "operator"),
        ("{key: disk, operator: In}", "operator"),
        ("{key: disk, operator: Exists, values: [x]}", "operator"),
        ("{key: disk, operator: Gt, values: ['1', '2']}", "operator"),
        ("{key: 'a b', operator: Exists}", "key"),
    ] {
        found(&node(expression), "NB134", "error", &format!("{EXPRESSION}.{leaf}"));
    }
    absent(
        &node("{key: disk, operator: In, values: [ssd]}, {key: example.org/a, operator: Exists}"),
        "NB134",
    );
    let apart = |key: &str, weight: u32| {
        job(&format!(
            "affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight: {weight}, \
             podAffinityTerm: {{topologyKey: '{key}'}}}}]}}}}"
        ))
    };
    const PREFERRED: &str =
        "spec.job.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]";
    found(&apart("", 1), "NB134", "error", &format!("{PREFERRED}.podAffinityTerm.topologyKey"));
    found(&apart("zone", 0), "NB134", "error", &format!("{PREFERRED}.weight"));
    absent(&apart("topology.kubernetes.io/zone", 100), "NB134");
}
