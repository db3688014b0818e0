//! What `tests/it/literal.rs` holds against Kubernetes' documented expansion holds on a kubelet too: a text of a spec
//! reaches a process as it stands.

use std::time::Duration;

use neo4j_backup::render::expansion::escape_expansion;
use serde_json::{Value, json};

use crate::cluster::cluster;

/// Texts that something between a spec and a process might take for more than text.
const HOSTILE: &[&str] = &[
    "plain",
    "$",
    "$$",
    "$$$",
    "$(HOME)",
    "$$(HOME)",
    "$$$(HOME)",
    "$(V0)",
    "a$(V0)b$(V1)c",
    "$()",
    "$(",
    "$)",
    "$(V0",
    "${V0}",
    "$V0",
    "`id`",
    "$(id)",
    "; id",
    "a b  c",
    " leading and trailing ",
    "\ttab",
    "line\nline",
    "'single'",
    "\"double\"",
    "\\",
    "\\n",
    "*",
    "?[a-z]",
    "~",
    "-",
    "--help",
    "%s%n",
    "{{ .Values }}",
    "ünïcödé ☃ 𝄞",
    "&& id || id | id > x",
    "#comment",
    "!event",
];

#[test]
fn a_kubelet_hands_every_text_over_as_it_stands() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace_restricted("literal");
    let escaped: Vec<Value> =
        HOSTILE.iter().map(|text| Value::String(escape_expansion(text).into_owned())).collect();
    let variables: Vec<Value> = escaped
        .iter()
        .enumerate()
        .map(|(number, value)| json!({"name": format!("V{number}"), "value": value}))
        .collect();
    let mut arguments = vec![json!("%s\n\u{1}\n")];
    arguments.extend(escaped);
    let container = |name: &str, command: &str, arguments: Vec<Value>| {
        json!({"name": name, "image": "busybox:1.36", "command": ["/bin/busybox", command], "args": arguments,
            "env": variables, "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}})
    };
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "literal"}, "spec": {
        "backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": true, "runAsUser": 7474, "seccompProfile": {"type": "RuntimeDefault"}},
            "initContainers": [container("arguments", "printf", arguments)],
            "containers": [container("environment", "env", vec![json!("-0")])]}}}});
    namespace.apply(&job.to_string());
    namespace.wait_for_job("literal", Duration::from_secs(120));

    let printed = namespace.kubectl(&["logs", "job/literal", "-c", "arguments"]).success().stdout;
    let arguments: Vec<&str> = printed.split_terminator("\n\u{1}\n").collect();
    assert_eq!(arguments, HOSTILE);

    let printed = namespace.kubectl(&["logs", "job/literal", "-c", "environment"]).success().stdout;
    for (number, text) in HOSTILE.iter().enumerate() {
        let expected = format!("V{number}={text}");
        assert!(printed.split('\0').any(|entry| entry == expected), "{expected:?} is not in {printed:?}");
    }
}
