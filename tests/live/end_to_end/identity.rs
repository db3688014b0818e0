//! Backups without stored keys: the pod's own token, projected as the cloud's webhook does it, is
//! traded for access. The webhooks of EKS and Azure are stood in for by the same change of the pod.

use serde_json::{Value, json};

use super::flow::{Flow, Outcome};
use super::{DATABASES, azure_storage, databases, s3_storage};
use crate::neo4j::deploy_cluster;
use crate::stores::{AZURE_CLIENT, AZURE_TENANT, HOST, azure, s3, sts};

/// What a webhook adds to every container of a pod: a token with an audience, and variables.
fn inject(objects: &mut [Value], audience: &str, path: &str, variables: &[(&str, &str)]) {
    let mut changed = 0;
    for pod in objects.iter_mut().filter_map(|object| object.pointer_mut("/spec/template/spec")) {
        let token = json!({"serviceAccountToken": {"audience": audience, "expirationSeconds": 3600, "path": "token"}});
        let volume = json!({"name": "identity-token", "projected": {"sources": [token]}});
        pod["volumes"].as_array_mut().expect("volumes").push(volume);
        for list in ["initContainers", "containers"] {
            for container in pod[list].as_array_mut().expect("containers") {
                let mount = json!({"name": "identity-token", "mountPath": path, "readOnly": true});
                container["volumeMounts"].as_array_mut().expect("mounts").push(mount);
                for (name, value) in variables {
                    container["env"].as_array_mut().expect("env").push(json!({"name": name, "value": value}));
                }
            }
        }
        changed += 1;
    }
    assert_eq!(changed, 1, "one Job");
}

/// The annotation of the rendered ServiceAccount, which the webhook reads.
fn annotation(objects: &[Value], name: &str) -> String {
    let account = objects.iter().find(|object| object["kind"] == "ServiceAccount").expect("a ServiceAccount");
    account["metadata"]["annotations"][name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {account}"))
        .to_owned()
}

#[test]
fn irsa_trades_the_projected_token_and_another_account_is_refused() {
    const ROLE: &str = "eks.amazonaws.com/role-arn";
    let Some(flow) = Flow::new("irsa") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let (endpoint, bucket) = (sts(flow.cluster), s3(flow.cluster).bucket("irsa"));
    let run = |name: &str, account: &str| {
        let role = format!("arn:aws:iam::123456789012:role/{}.{account}", flow.namespace.name);
        let identity = format!("identity: {{autoCreate: {{annotations: {{{ROLE}: \"{role}\"}}}}}}");
        let spec = flow.spec(
            name,
            &s3_storage(flow.cluster, "irsa", &identity),
            "",
            "{backupType: FULL, verify: true}",
            false,
        );
        let mut objects = flow.render(&spec);
        let path = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
        let file = format!("{path}/token");
        let role = annotation(&objects, ROLE);
        let variables = [("AWS_ROLE_ARN", role.as_str()), ("AWS_WEB_IDENTITY_TOKEN_FILE", &file)];
        inject(&mut objects, "sts.amazonaws.com", path, &variables);
        flow.send(&objects);
        flow.wait(&format!("{name}-backup"))
    };
    assert_eq!(run("mine", "neo4j-backup-sa"), Outcome::Complete, "{}", endpoint.log());
    assert_eq!(databases(&bucket.list("backups/")), ["neo4j", "shop", "system"]);
    assert_eq!(run("other", "somebody-else"), Outcome::Failed("BackoffLimitExceeded".to_owned()));
    let log = flow.logs("other-backup", "backup");
    assert!(log.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"), "{log}");
}

#[test]
fn azure_workload_identity_trades_the_projected_token() {
    const CLIENT: &str = "azure.workload.identity/client-id";
    let Some(flow) = Flow::new("workload") else { return };
    deploy_cluster(&flow.namespace, "graph", 1, DATABASES);
    let container = azure(flow.cluster).container("workload");
    let identity = format!("identity: {{autoCreate: {{annotations: {{{CLIENT}: \"{AZURE_CLIENT}\"}}}}}}");
    let storage = azure_storage("workload", &identity);
    let mut objects =
        flow.render(&flow.spec("nightly", &storage, "", "{backupType: FULL, verify: true}", false));
    let job = objects.iter().find(|object| object["kind"] == "Job").expect("a Job");
    // Without this label the webhook passes the pod over.
    assert_eq!(job["spec"]["template"]["metadata"]["labels"]["azure.workload.identity/use"], "true");
    let client = annotation(&objects, CLIENT);
    let (path, authority) = ("/var/run/secrets/azure/tokens", format!("https://{HOST}:9443/"));
    let file = format!("{path}/token");
    let variables = [
        ("AZURE_CLIENT_ID", client.as_str()),
        ("AZURE_TENANT_ID", AZURE_TENANT),
        ("AZURE_FEDERATED_TOKEN_FILE", &file),
        ("AZURE_AUTHORITY_HOST", &authority),
    ];
    inject(&mut objects, "api://AzureADTokenExchange", path, &variables);
    flow.send(&objects);
    assert_eq!(flow.wait("nightly-backup"), Outcome::Complete);
    assert_eq!(databases(&container.list("backups/")), ["neo4j", "shop", "system"]);
}
