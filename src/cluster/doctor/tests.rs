//! Checks over facts made by hand; that the facts are what a real API server says is tested on one (`tests/live`).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::admission::Answer;
use super::facts::{Filled, Keys, Room, grants, refusal};
use super::network::{Direction, Passage, Peer, Port, passage};
use super::probe;
use super::{Check, Facts, Gap, Subject, Verdict, checks, worst};

fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn cron_job() -> Value {
    json!({
        "metadata": {
            "name": "nightly-backup-cron", "namespace": "shop",
            "labels": {
                "app.kubernetes.io/managed-by": "kubectl-neo4j-backup",
                "neo4j.neo4j.com/backup": "nightly", "neo4j.neo4j.com/target": "graph"
            }
        },
        "spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {
            "metadata": {"labels": {"neo4j.neo4j.com/backup": "nightly"}},
            "spec": {
                "serviceAccountName": "neo4j-backup-sa",
                "containers": [{
                    "name": "backup", "image": "neo4j:5.26.12-enterprise",
                    "command": ["neo4j-admin"],
                    "args": ["database", "backup",
                        "--from=graph-server-0.graph-headless.data.svc.cluster.local:6362",
                        "--to-path=/backups/", "*"],
                    "env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "store", "key": "AWS_ACCESS_KEY_ID"}}}],
                    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
                    "volumeMounts": [{"name": "backups", "mountPath": "/backups", "subPath": "nightly"}]
                }],
                "volumes": [{"name": "backups", "persistentVolumeClaim": {"claimName": "artifacts"}}]
            }
        }}}}
    })
}

fn subject() -> Subject {
    Subject::of_cron_job(&of(cron_job())).unwrap()
}

fn room(home: bool) -> Room {
    Room {
        namespace: Ok(Some(of(json!({"metadata": {"name": "x", "labels": {"team": "graph"}}})))),
        home,
        needs: Ok(Vec::new()),
        pods: Ok(Vec::new()),
        services: Ok(Vec::new()),
        stateful_sets: Ok(Vec::new()),
        deployments: Ok(Vec::new()),
        policies: Ok(Vec::new()),
        quotas: Ok(Vec::new()),
        limits: Ok(Vec::new()),
        cron_jobs: Ok(vec![of(cron_job())]),
        jobs: Ok(Vec::new()),
        events: Ok(Vec::new()),
    }
}

fn node(extra: Value) -> Value {
    let mut node = json!({
        "metadata": {"name": "n1", "labels": {"disk": "ssd"}},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}
    });
    node["spec"] = extra;
    node
}

/// A cluster in which nothing stands in the way.
fn good() -> Facts {
    let key = |name: &str| ("shop".to_owned(), name.to_owned());
    let mut data = room(false);
    data.stateful_sets = Ok(vec![of(json!({
        "metadata": {"name": "graph-server", "labels": {"helm.neo4j.com/instance": "graph"}},
        "spec": {"serviceName": "graph-headless", "replicas": 1, "selector": {"matchLabels": {"app": "graph"}},
            "template": {"spec": {"containers": [{"name": "neo4j", "image": "neo4j:5.26.12-enterprise"}]}}},
        "status": {"replicas": 1, "readyReplicas": 1}
    }))]);
    data.pods = Ok(vec![of(json!({
        "metadata": {"name": "graph-server-0", "labels": {"app": "graph"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "neo4j", "image": "neo4j:5.26.12-enterprise",
            "ports": [{"name": "backup", "containerPort": 6362}]}]},
        "status": {"phase": "Running", "podIP": "10.1.0.5"}
    }))]);
    data.services = Ok(vec![of(json!({
        "metadata": {"name": "graph-headless"}, "spec": {"clusterIP": "None", "selector": {"app": "graph"}}
    }))]);
    Facts {
        now: "2026-11-21T05:00:00Z".parse().unwrap(),
        server_version: "v1.34.4".to_owned(),
        ahead: Some(jiff::SignedDuration::from_secs(1)),
        groups: Ok(BTreeMap::new()),
        definitions: BTreeMap::new(),
        namespaces: [("shop".to_owned(), room(true)), ("data".to_owned(), data)].into(),
        nodes: Ok(vec![of(node(json!({})))]),
        storage_classes: Ok(vec![of(json!({
            "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "x", "volumeBindingMode": "WaitForFirstConsumer"
        }))]),
        priority_classes: BTreeMap::new(),
        secrets: [(
            key("store"),
            Ok(Some(Keys { data: [("AWS_ACCESS_KEY_ID".to_owned(), Filled(true))].into() })),
        )]
        .into(),
        config_maps: BTreeMap::new(),
        accounts: [(key("neo4j-backup-sa"), Ok(Some(of(json!({"metadata": {"name": "neo4j-backup-sa"}})))))]
            .into(),
        claims: [(
            key("artifacts"),
            Ok(Some(of(json!({
                "metadata": {"name": "artifacts"},
                "spec": {"accessModes": ["ReadWriteOnce"]},
                "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}}
            })))),
        )]
        .into(),
        admissions: [(key("nightly"), Ok(Answer::Admitted(Vec::new())))].into(),
    }
}

fn about(checks: &[Check], code: &str) -> Vec<(Verdict, String)> {
    checks
        .iter()
        .filter(|check| check.code.code.to_string() == code)
        .map(|check| (check.verdict, check.found.clone()))
        .collect()
}

/// What the checks of one code say after a change of the facts.
fn after(code: &str, change: impl FnOnce(&mut Facts)) -> (Verdict, String) {
    let mut facts = good();
    change(&mut facts);
    let all = checks(&facts, &[subject()]);
    let mut found = about(&all, code);
    found.sort_by_key(|(verdict, _)| {
        [Verdict::Fail, Verdict::Warn, Verdict::Unknown, Verdict::Pass]
            .iter()
            .position(|known| known == verdict)
    });
    found.into_iter().next().unwrap_or_else(|| panic!("{code} says nothing"))
}

fn shop(facts: &mut Facts) -> &mut Room {
    facts.namespaces.get_mut("shop").unwrap()
}

fn data(facts: &mut Facts) -> &mut Room {
    facts.namespaces.get_mut("data").unwrap()
}

fn gap() -> Gap {
    Gap("you cannot list resource \"x\"".to_owned())
}

#[test]
fn where_nothing_is_in_the_way_nothing_fails() {
    let all = checks(&good(), &[subject()]);
    let bad: Vec<&Check> = all.iter().filter(|check| !matches!(check.verdict, Verdict::Pass)).collect();
    // Only that there has been no run yet is not known.
    assert_eq!(bad.len(), 1, "{bad:#?}");
    assert_eq!(bad[0].code.code.to_string(), "NB881");
    assert_eq!(worst(&all), Verdict::Unknown);
}

#[test]
fn whatever_fails_says_what_to_do_next() {
    let mut facts = good();
    facts.secrets.clear();
    facts.secrets.insert(("shop".to_owned(), "store".to_owned()), Ok(None));
    facts.claims.insert(("shop".to_owned(), "artifacts".to_owned()), Ok(None));
    facts.accounts.insert(("shop".to_owned(), "neo4j-backup-sa".to_owned()), Ok(None));
    data(&mut facts).stateful_sets = Ok(Vec::new());
    data(&mut facts).services = Ok(Vec::new());
    for check in checks(&facts, &[subject()]) {
        assert!(check.verdict != Verdict::Fail || check.next.is_some(), "{check:?}");
    }
}

#[test]
fn the_server_and_the_clock() {
    assert_eq!(after("NB860", |facts| facts.server_version = "v1.28.3-gke.1".to_owned()).0, Verdict::Fail);
    assert_eq!(after("NB860", |facts| facts.server_version = "dev".to_owned()).0, Verdict::Unknown);
    assert_eq!(
        after("NB882", |facts| facts.ahead = Some(jiff::SignedDuration::from_secs(-95))),
        (Verdict::Warn, "this machine's clock is 95 s ahead of the API server's".to_owned())
    );
    assert_eq!(after("NB882", |facts| facts.ahead = None).0, Verdict::Unknown);
}

#[test]
fn definitions_of_another_owner_are_left_to_it() {
    let with = |labels: Value| {
        after("NB862", move |facts| {
            facts.groups = Ok([("neo4j.neo4j.com".to_owned(), vec!["v1beta1".to_owned()])].into());
            facts.definitions.insert(
                "neo4jbackups.neo4j.neo4j.com".to_owned(),
                Ok(Some(of(json!({
                    "metadata": {"name": "neo4jbackups.neo4j.neo4j.com", "labels": labels},
                    "spec": {"group": "neo4j.neo4j.com", "scope": "Namespaced",
                        "names": {"plural": "neo4jbackups", "kind": "Neo4jBackup"},
                        "versions": [{"name": "v1alpha1", "served": true, "storage": true}]}
                })))),
            );
        })
    };
    assert_eq!(with(json!({"app.kubernetes.io/managed-by": "Helm"})).0, Verdict::Warn);
    assert_eq!(with(json!({"app.kubernetes.io/managed-by": "kubectl-neo4j-backup"})).0, Verdict::Pass);
    assert_eq!(after("NB862", |facts| facts.groups = Err(gap())).0, Verdict::Unknown);
}

#[test]
fn the_target_is_looked_up() {
    assert_eq!(
        after("NB864", |facts| data(facts).stateful_sets = Ok(Vec::new())).1,
        "there is no StatefulSet `graph-server` in `data`"
    );
    assert_eq!(after("NB864", |facts| data(facts).namespace = Ok(None)).0, Verdict::Fail);
    assert_eq!(after("NB864", |facts| data(facts).stateful_sets = Err(gap())).0, Verdict::Unknown);
    let not_ready = |facts: &mut Facts| {
        data(facts).stateful_sets.as_mut().unwrap()[0].status.as_mut().unwrap().ready_replicas = Some(0);
    };
    assert_eq!(after("NB864", not_ready).0, Verdict::Fail);
    assert_eq!(after("NB863", |_| {}).1, "the Helm chart runs `graph-server`");
    let operator = |facts: &mut Facts| {
        let set = &mut data(facts).stateful_sets.as_mut().unwrap()[0];
        set.metadata.owner_references = Some(vec![of(json!({
            "apiVersion": "neo4j.neo4j.com/v1beta1", "kind": "Neo4jEnterpriseCluster", "name": "graph", "uid": "1"
        }))]);
    };
    assert_eq!(
        after("NB863", operator).1,
        "the operator runs `graph-server` for the Neo4jEnterpriseCluster `graph`"
    );
}

fn image(facts: &mut Facts, image: &str) {
    for pod in data(facts).pods.as_mut().unwrap() {
        pod.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
    }
    let set = &mut data(facts).stateful_sets.as_mut().unwrap()[0];
    set.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
}

#[test]
fn the_servers_version_is_compared() {
    let (verdict, found) = after("NB865", |facts| image(facts, "neo4j:2025.10.1-enterprise"));
    assert_eq!(
        (verdict, found.as_str()),
        (Verdict::Fail, "the servers run Neo4j 2025.10.1 and the backup is made for 5.26.12")
    );
    assert_eq!(after("NB865", |facts| image(facts, "neo4j:5.26.12")).0, Verdict::Fail);
    assert_eq!(
        after("NB865", |facts| image(facts, "mirror.example/neo4j:5.26.12-enterprise")).0,
        Verdict::Pass
    );
    assert_eq!(after("NB865", |facts| image(facts, "mirror.example/neo4j:latest")).0, Verdict::Unknown);
}

#[test]
fn addresses_belong_to_services() {
    assert_eq!(after("NB866", |facts| data(facts).services = Ok(Vec::new())).0, Verdict::Fail);
    assert_eq!(after("NB866", |facts| data(facts).services = Err(gap())).0, Verdict::Unknown);
    assert_eq!(
        after("NB866", |facts| data(facts).pods = Ok(Vec::new())).1,
        "graph-server-0.graph-headless.data.svc.cluster.local:6362: the Service `graph-headless` selects no pod"
    );
}

#[test]
fn secrets_are_known_by_their_keys() {
    let secret = |outcome: super::Fact<Option<Keys>>| {
        after("NB867", move |facts| {
            facts.secrets.insert(("shop".to_owned(), "store".to_owned()), outcome);
        })
    };
    assert_eq!(secret(Ok(None)).1, "the Secret `store` does not exist in shop");
    assert_eq!(secret(Ok(Some(Keys::default()))).1, "the Secret `store` has no `AWS_ACCESS_KEY_ID`");
    assert_eq!(secret(Err(gap())).0, Verdict::Unknown);
    let empty = Keys { data: [("AWS_ACCESS_KEY_ID".to_owned(), Filled(false))].into() };
    assert_eq!(secret(Ok(Some(empty))).0, Verdict::Warn);
}

#[test]
fn the_values_of_a_secret_are_not_kept() {
    let keys: Keys = of(json!({"kind": "Secret", "data": {"a": "c2VjcmV0", "b": "", "c": null}}));
    assert_eq!(keys.data.values().map(|filled| filled.0).collect::<Vec<_>>(), [true, false, false]);
    assert!(!format!("{keys:?}").contains("c2VjcmV0"));
}

#[test]
fn the_account_has_its_identity() {
    let mut subject = subject();
    subject.account = Some(of(json!({"metadata": {"annotations": {"eks.amazonaws.com/role-arn": "arn:x"}}})));
    let all = checks(&good(), &[subject]);
    assert_eq!(about(&all, "NB869")[0].0, Verdict::Fail);
    assert_eq!(
        after("NB869", |facts| {
            facts.accounts.insert(("shop".to_owned(), "neo4j-backup-sa".to_owned()), Ok(None));
        })
        .0,
        Verdict::Fail
    );
}

fn claim(value: Value) -> impl FnOnce(&mut Facts) {
    move |facts| {
        facts.claims.insert(("shop".to_owned(), "artifacts".to_owned()), Ok(Some(of(value))));
    }
}

#[test]
fn a_claim_may_wait_for_its_first_pod() {
    let pending = |class: &str| json!({"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class}, "status": {"phase": "Pending"}});
    assert_eq!(after("NB870", claim(pending("fast"))).0, Verdict::Pass);
    assert_eq!(after("NB870", claim(pending("slow"))).0, Verdict::Fail);
    assert_eq!(after("NB872", claim(pending("slow"))).1, "there is no StorageClass `slow`");
    assert_eq!(after("NB870", claim(json!({"status": {"phase": "Lost"}}))).0, Verdict::Fail);
}

#[test]
fn a_claim_in_use_binds_the_run_to_a_node() {
    let user = |mode: &str| {
        let mode = mode.to_owned();
        after("NB871", move |facts| {
            claim(json!({"spec": {"accessModes": [mode]}, "status": {"phase": "Bound"}}))(facts);
            shop(facts).pods = Ok(vec![of(json!({
                "metadata": {"name": "other"},
                "spec": {"nodeName": "n1", "containers": [], "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "artifacts"}}]}
            }))]);
        })
    };
    assert_eq!(user("ReadWriteOnce").0, Verdict::Warn);
    assert_eq!(user("ReadWriteOncePod").0, Verdict::Fail);
    assert_eq!(user("ReadWriteMany").0, Verdict::Pass);
    assert_eq!(user("ReadOnlyMany").0, Verdict::Fail);
    assert_eq!(after("NB871", |facts| shop(facts).pods = Err(gap())).0, Verdict::Unknown);
}

#[test]
fn quotas_are_added_up() {
    let quota = |hard: Value, used: Value| {
        after("NB873", move |facts| {
            shop(facts).quotas = Ok(vec![of(json!({
                "metadata": {"name": "q"}, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}
            }))]);
        })
    };
    assert_eq!(quota(json!({"requests.cpu": "1"}), json!({"requests.cpu": "500m"})).0, Verdict::Pass);
    assert_eq!(quota(json!({"requests.cpu": "1"}), json!({"requests.cpu": "600m"})).0, Verdict::Fail);
    assert_eq!(quota(json!({"pods": "2"}), json!({"pods": "2"})).0, Verdict::Fail);
    assert_eq!(
        quota(json!({"limits.cpu": "4"}), json!({})).1,
        "the quota `q` counts limits.cpu, which the pods do not state: none is made"
    );
    assert_eq!(after("NB873", |facts| shop(facts).quotas = Err(gap())).0, Verdict::Unknown);
}

#[test]
fn limit_ranges_bound_containers() {
    let limit = |item: Value| {
        after("NB874", move |facts| {
            shop(facts).limits = Ok(vec![of(json!({"metadata": {"name": "l"}, "spec": {"limits": [item]}}))]);
        })
    };
    assert_eq!(limit(json!({"type": "Container", "max": {"memory": "1Gi"}})).0, Verdict::Fail);
    assert_eq!(limit(json!({"type": "Container", "min": {"cpu": "1"}})).0, Verdict::Fail);
    assert_eq!(limit(json!({"type": "Container", "max": {"memory": "4Gi"}})).0, Verdict::Pass);
}

#[test]
fn the_server_s_own_words_are_shown() {
    let answer = |answer: super::Fact<Answer>| {
        after("NB875", move |facts| {
            facts.admissions.insert(("shop".to_owned(), "nightly".to_owned()), answer);
        })
    };
    let refused = r#"pods "nightly-x" is forbidden: violates PodSecurity "restricted:latest": why"#;
    assert_eq!(
        answer(Ok(Answer::Refused(refused.to_owned()))).1,
        r#"the server refuses the pod: violates PodSecurity "restricted:latest": why"#
    );
    assert_eq!(answer(Ok(Answer::Admitted(vec!["would violate".to_owned()]))).0, Verdict::Warn);
    assert_eq!(answer(Err(gap())).0, Verdict::Unknown);
}

fn policy(value: Value) -> Value {
    json!({"metadata": {"name": "wall"}, "spec": value})
}

#[test]
fn a_policy_at_the_target_is_judged() {
    let with = |spec: Value| after("NB876", move |facts| data(facts).policies = Ok(vec![of(policy(spec))]));
    let (verdict, found) = with(json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
    assert_eq!(
        (verdict, found.as_str()),
        (
            Verdict::Fail,
            "the network policy `wall` keeps the backup's pods from port 6362 of `graph-server-0`"
        )
    );
    for open in [
        json!({"podSelector": {"matchLabels": {"app": "other"}}}),
        json!({"podSelector": {}, "policyTypes": ["Egress"]}),
        json!({"podSelector": {}, "ingress": [{"ports": [{"port": "backup"}]}]}),
        json!({"podSelector": {}, "ingress": [{"ports": [{"port": 6000, "endPort": 6400}]}]}),
        json!({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "graph"}}, "podSelector": {"matchExpressions": [{"key": "neo4j.neo4j.com/backup", "operator": "Exists"}]}}]}]}),
    ] {
        assert_eq!(with(open.clone()).0, Verdict::Pass, "{open}");
    }
    for closed in [
        json!({"podSelector": {}, "ingress": [{"ports": [{"port": 7687}]}]}),
        json!({"podSelector": {}, "ingress": [{"ports": [{"port": 6362, "protocol": "UDP"}]}]}),
        // Without a namespace selector, pods of the policy's own namespace are meant.
        json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}),
    ] {
        assert_eq!(with(closed.clone()).0, Verdict::Fail, "{closed}");
    }
    assert_eq!(
        with(json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]})).0,
        Verdict::Unknown
    );
    assert_eq!(after("NB876", |facts| data(facts).policies = Err(gap())).0, Verdict::Unknown);
}

#[test]
fn a_policy_at_the_backup_is_judged() {
    let with = |egress: Value| {
        after("NB877", move |facts| {
            shop(facts).policies =
                Ok(vec![of(policy(json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": egress})))]);
        })
    };
    let dns = json!({"to": [{"namespaceSelector": {}}], "ports": [{"port": 53, "protocol": "UDP"}]});
    let target = json!({"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 6362}]});
    assert_eq!(with(json!([dns, target])).0, Verdict::Pass);
    assert!(with(json!([target])).1.ends_with("from DNS, port 53"));
    assert!(with(json!([dns])).1.ends_with("from `graph-server-0`, port 6362"));
    let beside = json!({"to": [{"ipBlock": {"cidr": "10.1.0.0/16", "except": ["10.1.0.0/24"]}}]});
    assert_eq!(with(json!([dns, beside])).0, Verdict::Fail);
}

#[test]
fn a_bucket_behind_an_address_block_is_not_known() {
    let policies = [of(policy(
        json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "52.0.0.0/8"}}]}]}),
    ))];
    let none = BTreeMap::new();
    let port = Port { number: 443, names: &[], protocol: "TCP" };
    let found = passage(&policies, "shop", &none, Direction::Egress, &Peer::Outside, port);
    assert!(matches!(found, Passage::Unsure(_)), "{found:?}");
}

#[test]
fn a_node_has_to_take_the_pod() {
    let with = |node: Value| after("NB878", move |facts| facts.nodes = Ok(vec![of(node)]));
    assert_eq!(
        with(node(json!({"taints": [{"key": "db", "effect": "NoSchedule"}]}))).1,
        "none of 1 nodes can take the pod: 1 with the taint db:NoSchedule"
    );
    assert_eq!(with(node(json!({"unschedulable": true}))).1, "none of 1 nodes can take the pod: 1 cordoned");
    assert_eq!(after("NB878", |facts| facts.nodes = Err(gap())).0, Verdict::Unknown);
    let mut subject = subject();
    let spec = subject.template.spec.as_mut().unwrap();
    spec.node_selector = Some([("disk".to_owned(), "tape".to_owned())].into());
    spec.priority_class_name = Some("urgent".to_owned());
    spec.image_pull_secrets = Some(vec![of(json!({"name": "registry"}))]);
    let mut facts = good();
    facts.priority_classes.insert("urgent".to_owned(), Ok(None));
    facts.secrets.insert(("shop".to_owned(), "registry".to_owned()), Ok(None));
    let all = checks(&facts, &[subject]);
    for code in ["NB878", "NB879", "NB880"] {
        assert_eq!(about(&all, code)[0].0, Verdict::Fail, "{code}");
    }
}

#[test]
fn the_live_object_is_looked_at() {
    assert_eq!(after("NB885", |facts| shop(facts).cron_jobs = Ok(Vec::new())).0, Verdict::Warn);
    assert_eq!(after("NB885", |facts| shop(facts).cron_jobs = Err(gap())).0, Verdict::Unknown);
    let change = |change: fn(&mut Value)| {
        move |facts: &mut Facts| {
            let mut live = cron_job();
            change(&mut live);
            shop(facts).cron_jobs = Ok(vec![of(live)]);
        }
    };
    assert_eq!(after("NB883", change(|live| live["spec"]["suspend"] = json!(true))).0, Verdict::Warn);
    let argo = change(|live| {
        live["metadata"]["annotations"] =
            json!({"argocd.argoproj.io/tracking-id": "shop:batch/CronJob:shop/x"})
    });
    assert_eq!(after("NB884", argo).1, "the live object belongs to the Argo CD application `shop`");
}

#[test]
fn the_last_run_is_told_in_one_line() {
    let run = |status: Value| {
        after("NB881", move |facts| {
            shop(facts).jobs = Ok(vec![of(json!({
                "metadata": {"name": "nightly-1", "namespace": "shop", "creationTimestamp": "2026-11-21T02:00:00Z",
                    "labels": {"neo4j.neo4j.com/backup": "nightly"}},
                "spec": {"template": {"spec": {"containers": []}}},
                "status": status
            }))]);
        })
    };
    let good = run(
        json!({"succeeded": 1, "completionTime": "2026-11-21T02:01:00Z", "conditions": [{"type": "Complete", "status": "True"}]}),
    );
    assert_eq!(good, (Verdict::Pass, "the last run, `nightly-1`, succeeded".to_owned()));
    let bad = run(
        json!({"failed": 1, "conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "m"}]}),
    );
    assert_eq!(bad.0, Verdict::Fail);
    assert!(!bad.1.contains('\n'));
}

#[test]
fn rules_are_read_as_the_server_reads_them() {
    use crate::cluster::permissions::needs;
    let logs = needs().find(|need| need.resource == "pods/log").unwrap();
    let rule = |value: Value| vec![of(value)];
    assert!(grants(&rule(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})), &logs, "get"));
    assert!(grants(
        &rule(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["*/log"]})),
        &logs,
        "get"
    ));
    assert!(!grants(
        &rule(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]})),
        &logs,
        "get"
    ));
    assert!(!grants(
        &rule(
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"], "resourceNames": ["a"]})
        ),
        &logs,
        "get"
    ));
    let mut facts = super::tests::good();
    shop(&mut facts).needs = Ok(needs().map(|need| (need, need.resource != "cronjobs")).collect());
    let all = checks(&facts, &[]);
    assert!(about(&all, "NB861").iter().any(|(verdict, found)| *verdict == Verdict::Warn
        && found.starts_with("you may not run `suspend`: missing list,patch cronjobs.batch")));
}

#[test]
fn a_refusal_is_said_shortly() {
    assert_eq!(
        refusal(
            r#"nodes is forbidden: User "ada" cannot list resource "nodes" in API group "" at the cluster scope"#
        ),
        r#"you cannot list resource "nodes" at the cluster scope"#
    );
}

#[test]
fn a_probe_is_the_backup_s_pod_with_another_command() {
    let job = probe::job(&subject()).unwrap();
    let labels = job.metadata.labels.unwrap();
    assert!(!labels.contains_key("neo4j.neo4j.com/backup"), "it would be taken for a run");
    let spec = job.spec.unwrap();
    assert_eq!((spec.backoff_limit, spec.ttl_seconds_after_finished), (Some(0), Some(60)));
    assert!(spec.active_deadline_seconds.is_some());
    assert_eq!(spec.template.metadata.unwrap().labels.unwrap()["neo4j.neo4j.com/backup"], "nightly");
    let pod = spec.template.spec.unwrap();
    let container = &pod.containers[0];
    assert_eq!(
        container.args.as_ref().unwrap()[1..],
        ["claim", "/backups", "graph-server-0.graph-headless.data.svc.cluster.local:6362"]
    );
    // Kubernetes would expand what looks like a variable of its own.
    let script = &container.command.as_ref().unwrap()[2];
    assert!(script.match_indices("$(").all(|(at, _)| script[..at].ends_with('$')));
    assert_eq!(container.env.as_ref().unwrap().len(), 1);
    assert_eq!(pod.service_account_name.as_deref(), Some("neo4j-backup-sa"));
}

#[test]
fn what_a_probe_says_is_judged() {
    let log = "noise\n\
        NB-PROBE connect ok a:6362 \n\
        NB-PROBE connect unresolved b:6362 \n\
        NB-PROBE connect refused c:6362 Connection refused\n\
        NB-PROBE storage unwritable /backups Permission denied\n";
    let found: Vec<(String, Verdict, String)> = probe::read(&subject(), log)
        .into_iter()
        .map(|check| (check.code.code.to_string(), check.verdict, check.found))
        .collect();
    assert_eq!(
        found.iter().map(|(code, verdict, _)| (code.as_str(), *verdict)).collect::<Vec<_>>(),
        [
            ("NB886", Verdict::Pass),
            ("NB886", Verdict::Fail),
            ("NB886", Verdict::Fail),
            ("NB887", Verdict::Fail),
        ]
    );
    assert_eq!(found[2].2, "c:6362 resolves and refuses the connection: Connection refused");
    assert!(probe::read(&subject(), "bash: not found").is_empty());
}

#[test]
fn a_bucket_that_can_be_listed_is_not_said_to_be_writable() {
    let mut subject = subject();
    subject.destination = super::subject::Destination::Bucket { uri: "s3://b/f/".to_owned() };
    let verdicts = |line: &str| -> Vec<Verdict> {
        probe::read(&subject, line).into_iter().map(|check| check.verdict).collect()
    };
    assert_eq!(verdicts("NB-PROBE storage inspect-0 s3://b/f/ FILE"), [Verdict::Pass, Verdict::Unknown]);
    assert_eq!(verdicts("NB-PROBE storage inspect-1 s3://b/f/ Access Denied"), [Verdict::Fail]);
    assert_eq!(verdicts("NB-PROBE storage inspect-127 s3://b/f/ not found"), [Verdict::Unknown]);
}

/// Every code of doctor that these tests do not name by its number: NB868, NB888 are seen on a real cluster.
#[test]
fn a_config_map_comes_with_its_spec() {
    let mut subject = subject();
    subject.template.spec.as_mut().unwrap().volumes.as_mut().unwrap().push(of(json!({
        "name": "configuration", "configMap": {"name": "nightly-configuration"}
    })));
    let mut facts = good();
    facts.config_maps.insert(("shop".to_owned(), "nightly-configuration".to_owned()), Ok(None));
    assert_eq!(about(&checks(&facts, &[subject.clone()]), "NB868")[0].0, Verdict::Fail);
    subject.config_maps.push("nightly-configuration".to_owned());
    assert_eq!(about(&checks(&facts, &[subject]), "NB868")[0].0, Verdict::Pass);
}
