//! A stand-in for a network that enforces NetworkPolicies: it turns the policies and pods of some namespaces into rules of
//! the kernel, in the network namespace of the test cluster, where every packet from pod to pod is forwarded. (None of the
//! projects that do it for real can be had here as Go modules and runs without a container image or eBPF programs.)
//!
//! The meaning is that of the Kubernetes manual, "Network Policies": a pod that no policy selects for a direction is open
//! in it; one that is selected is closed but for what the rules of all its policies name together. What comes from
//! the node itself is not forwarded and so is never stopped, which is how it is specified. Services are resolved
//! before the rules are asked, as most networks do it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::cluster::Cluster;

const NETWORK: &str = "10.244.0.0/16";

/// Rules in force; they are taken away when this is dropped.
pub(crate) struct Enforced<'a> {
    cluster: &'a Cluster,
    table: String,
}

struct Pod {
    namespace: String,
    labels: Value,
    address: String,
}

impl<'a> Enforced<'a> {
    /// Enforces the policies of these namespaces on the pods that are there now.
    #[track_caller]
    pub(crate) fn new(cluster: &'a Cluster, namespaces: &[&str]) -> Self {
        let table = format!("policy_standin_{}", namespaces[0].replace('-', "_"));
        let enforced = Self { cluster, table };
        enforced.load(namespaces);
        enforced
    }

    #[track_caller]
    fn load(&self, namespaces: &[&str]) {
        let list = |what: &str, namespace: &str| -> Vec<Value> {
            let run = self.cluster.kubectl(&["get", what, "--namespace", namespace, "-o", "json"]).success();
            let list: Value = serde_json::from_str(&run.stdout).unwrap();
            list["items"].as_array().unwrap().clone()
        };
        let names = |namespace: &str| -> Value {
            let run = self.cluster.kubectl(&["get", "namespace", namespace, "-o", "json"]).success();
            serde_json::from_str::<Value>(&run.stdout).unwrap()["metadata"]["labels"].clone()
        };
        let spaces: Vec<(String, Value)> =
            namespaces.iter().map(|name| ((*name).to_owned(), names(name))).collect();
        let mut pods = Vec::new();
        let mut policies = Vec::new();
        for namespace in namespaces {
            for pod in list("pods", namespace) {
                if let Some(address) = pod["status"]["podIP"].as_str() {
                    pods.push(Pod {
                        namespace: (*namespace).to_owned(),
                        labels: pod["metadata"]["labels"].clone(),
                        address: address.to_owned(),
                    });
                }
            }
            policies.extend(list("networkpolicies", namespace));
        }
        let rules = ruleset(&self.table, &pods, &spaces, &policies);
        let mut nft = self.cluster.netns_command("nft");
        let mut child = nft.args(["-f", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{rules}");
    }
}

impl Drop for Enforced<'_> {
    fn drop(&mut self) {
        let _ = self.cluster.netns_command("nft").args(["delete", "table", "ip", &self.table]).status();
    }
}

fn ruleset(table: &str, pods: &[Pod], spaces: &[(String, Value)], policies: &[Value]) -> String {
    let mut chains = String::new();
    let mut jumps = String::new();
    for (index, pod) in pods.iter().enumerate() {
        for (direction, peers, own, other) in
            [("Egress", "to", "saddr", "daddr"), ("Ingress", "from", "daddr", "saddr")]
        {
            let selecting: Vec<&Value> = policies
                .iter()
                .filter(|policy| {
                    policy["metadata"]["namespace"] == pod.namespace.as_str()
                        && policy["spec"]["policyTypes"].as_array().unwrap().contains(&Value::from(direction))
                        && selects(&policy["spec"]["podSelector"], &pod.labels)
                })
                .collect();
            if selecting.is_empty() {
                continue;
            }
            let chain = format!("{}_{index}", direction.to_lowercase());
            writeln!(jumps, "    ip {own} {} ip {other} {NETWORK} jump {chain}", pod.address).unwrap();
            writeln!(chains, "  chain {chain} {{").unwrap();
            for policy in selecting {
                let rules = &policy["spec"][direction.to_lowercase()];
                for rule in rules.as_array().into_iter().flatten() {
                    for address in addresses(&rule[peers], &pod.namespace, pods, spaces) {
                        let address = address.map_or(String::new(), |block| format!("ip {other} {block} "));
                        for port in ports(&rule["ports"]) {
                            writeln!(chains, "    {address}{port} return").unwrap();
                        }
                    }
                }
            }
            writeln!(chains, "    reject with tcp reset\n  }}").unwrap();
        }
    }
    let known: String = pods.iter().map(|pod| pod.address.clone()).collect::<Vec<_>>().join(", ");
    format!(
        "table ip {table}\ndelete table ip {table}\ntable ip {table} {{\n{chains}  chain forward {{\n    type filter hook forward \
         priority 10; policy accept;\n    ct state established,related accept\n    ip protocol != tcp accept\n{jumps}    # {known}\n  }}\n}}\n"
    )
}

/// The blocks that peers are, a pod being one of one address; a `None` is everybody.
fn addresses(
    peers: &Value,
    own_namespace: &str,
    pods: &[Pod],
    spaces: &[(String, Value)],
) -> Vec<Option<String>> {
    let Some(peers) = peers.as_array() else { return vec![None] };
    let mut found = Vec::new();
    for peer in peers {
        if let Some(block) = peer["ipBlock"]["cidr"].as_str() {
            assert!(peer["ipBlock"]["except"].is_null(), "the stand-in knows no exceptions");
            if !block.contains(':') {
                found.push(Some(block.to_owned()));
            }
            continue;
        }
        for pod in pods {
            let there = match &peer["namespaceSelector"] {
                Value::Null => pod.namespace == own_namespace,
                selector => {
                    spaces.iter().any(|(name, labels)| *name == pod.namespace && selects(selector, labels))
                }
            };
            if there && (peer["podSelector"].is_null() || selects(&peer["podSelector"], &pod.labels)) {
                found.push(Some(pod.address.clone()));
            }
        }
    }
    found
}

/// Matches of TCP ports; other protocols are not tried here.
fn ports(ports: &Value) -> Vec<String> {
    let Some(ports) = ports.as_array() else { return vec!["tcp dport 1-65535".to_owned()] };
    ports
        .iter()
        .filter(|port| port["protocol"] == "TCP")
        .map(|port| match (port["port"].as_u64().unwrap(), port["endPort"].as_u64()) {
            (first, Some(last)) => format!("tcp dport {first}-{last}"),
            (only, None) => format!("tcp dport {only}"),
        })
        .collect()
}

/// Label selectors, as the Kubernetes manual defines them.
fn selects(selector: &Value, labels: &Value) -> bool {
    let equal =
        selector["matchLabels"].as_object().into_iter().flatten().all(|(key, value)| &labels[key] == value);
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten().all(|expression| {
        let label = &labels[expression["key"].as_str().unwrap()];
        let among = expression["values"].as_array().is_some_and(|values| values.contains(label));
        match expression["operator"].as_str().unwrap() {
            "In" => among,
            "NotIn" => !among,
            "Exists" => !label.is_null(),
            "DoesNotExist" => label.is_null(),
            other => panic!("{other} is no operator"),
        }
    });
    equal && expressions
}

#[test]
fn a_selector_selects_as_the_manual_says() {
    let labels = serde_json::json!({"app": "graph", "tier": "db"});
    let select = |text: &str| selects(&serde_json::from_str(text).unwrap(), &labels);
    assert!(select("{}"));
    assert!(select(r#"{"matchLabels": {"app": "graph"}}"#));
    assert!(!select(r#"{"matchLabels": {"app": "graph", "tier": "web"}}"#));
    assert!(select(r#"{"matchExpressions": [{"key": "tier", "operator": "In", "values": ["db", "web"]}]}"#));
    assert!(!select(r#"{"matchExpressions": [{"key": "none", "operator": "In", "values": ["db"]}]}"#));
    assert!(select(r#"{"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}"#));
}
