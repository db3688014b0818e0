//! Amazon Web Services: a policy for the role, and who may assume it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::super::terraform::{self, Block, Part, Value, text};
use super::{Account, Made, Reach};

/// What `neo4j-admin` does with objects: the manual lists ListBucket, GetObject, PutObject and DeleteObject
/// (neo4j-admin.md §3, "S3 policy"). A large artifact goes up in parts, which whoever began it must be able to list and
/// abort (Amazon S3 manual, "Multipart upload API and permissions").
const OBJECT_ACTIONS: [&str; 5] = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
];
/// Audience of the tokens that the webhook of EKS projects (EKS user guide, "IAM roles for service accounts").
const AUDIENCE: &str = "sts.amazonaws.com";
/// Who hands out the credentials of EKS Pod Identity (EKS user guide, "EKS Pod Identity role").
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";
/// Folders whose names fill an inline policy when they are as long as names are (IAM user guide, "IAM quotas").
const MANY_FOLDERS: usize = 60;
const DEFAULT_ROLE: &str = "neo4j-backup";

const POLICY: &str = "policy.json";
const IRSA_TRUST: &str = "trust-irsa.json";
const POD_IDENTITY_TRUST: &str = "trust-pod-identity.json";

pub(super) fn files(account: Option<Account<'_>>, reach: &Reach, folder: &str) -> Made {
    let role = Role::of(reach.annotation.as_deref());
    let mut made = Made {
        documents: vec![(POLICY.to_owned(), policy(reach, &role.partition))],
        remarks: vec![
            "A bucket that encrypts with a key of your own (SSE-KMS) also needs `kms:GenerateDataKey` and `kms:Decrypt` on that \
             key.",
            "`s3:DeleteObject` stands in the list of rights in Neo4j's manual. Versions, or an object lock, keep backups from \
             whoever gets hold of this identity.",
        ],
        ..Made::default()
    };
    if reach.folders.values().map(BTreeSet::len).sum::<usize>() > MANY_FOLDERS {
        made.remarks.push(
            "An inline policy has 10,240 characters at most. With this many folders, use fewer, or several ServiceAccounts.",
        );
    }
    if reach.compatible_only {
        made.remarks = vec![
            "The store is one that speaks S3: set the policy where it keeps policies (MinIO: `mc admin policy create`). There is \
             no trust and no Terraform of AWS for it.",
        ];
        return made;
    }
    let Some(account) = account else {
        made.terraform = Some(keys_terraform());
        made.commands.push(format!(
            "aws iam put-user-policy --user-name USER_NAME --policy-name neo4j-backup --policy-document file://{folder}/{POLICY}"
        ));
        made.placeholders.push(("USER_NAME", "the IAM user whose keys are in the Secret"));
        return made;
    };
    made.documents.push((IRSA_TRUST.to_owned(), irsa(account, &role)));
    made.documents.push((POD_IDENTITY_TRUST.to_owned(), pod_identity(account)));
    made.terraform = Some(role_terraform(account, &role));
    let trust = if role.annotated { IRSA_TRUST } else { POD_IDENTITY_TRUST };
    let name = &role.name;
    made.commands.extend([
        format!("aws iam create-role --role-name {name} --assume-role-policy-document file://{folder}/{trust}"),
        format!(
            "aws iam put-role-policy --role-name {name} --policy-name neo4j-backup --policy-document file://{folder}/{POLICY}"
        ),
    ]);
    if role.annotated {
        made.placeholders.push((
            "OIDC_PROVIDER",
            "the cluster's issuer without `https://`, as in `aws eks describe-cluster --query cluster.identity.oidc.issuer`",
        ));
    } else {
        made.commands.push(format!(
            "aws eks create-pod-identity-association --cluster-name CLUSTER_NAME --namespace {} --service-account {} \
             --role-arn arn:{}:iam::ACCOUNT_ID:role/{name}",
            account.namespace, account.name, role.partition
        ));
        made.placeholders.push(("CLUSTER_NAME", "the cluster's name in EKS"));
        made.remarks.push(
            "The specs give the ServiceAccount no `eks.amazonaws.com/role-arn`, so the role is for EKS Pod Identity. `trust-irsa.json` is for \
             IAM roles for service accounts.",
        );
        made.placeholders
            .push(("OIDC_PROVIDER", "for `trust-irsa.json`: the cluster's issuer without `https://`"));
    }
    if role.account.is_none() {
        made.placeholders.push(("ACCOUNT_ID", "the 12 digits of the AWS account"));
    }
    made
}

/// A role, as far as the annotation names it: `arn:<partition>:iam::<account>:role/<path and name>`.
struct Role {
    partition: String,
    account: Option<String>,
    name: String,
    path: String,
    annotated: bool,
}

impl Role {
    fn of(annotation: Option<&str>) -> Self {
        let mut parts = annotation.unwrap_or_default().splitn(6, ':');
        let partition = parts.nth(1).filter(|part| !part.is_empty()).unwrap_or("aws").to_owned();
        let account = parts.nth(2).filter(|part| !part.is_empty()).map(str::to_owned);
        let resource = parts.next().and_then(|resource| resource.strip_prefix("role/"));
        let (path, name) = match resource.and_then(|resource| resource.rsplit_once('/')) {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), resource.unwrap_or(DEFAULT_ROLE)),
        };
        Self { partition, account, name: name.to_owned(), path, annotated: annotation.is_some() }
    }
}

/// What the role may do: list its folders, and read and write what is in them.
fn policy(reach: &Reach, partition: &str) -> Json {
    let mut statements = Vec::new();
    let mut objects = Vec::new();
    for ((_, bucket), folders) in &reach.folders {
        let arn = format!("arn:{partition}:s3:::{}", literal(bucket));
        let mut list = json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn});
        if folders.iter().all(|folder| !folder.is_empty()) {
            let prefixes: Vec<String> =
                folders.iter().map(|folder| format!("{}/*", literal(folder))).collect();
            if let Some(map) = list.as_object_mut() {
                map.insert("Condition".to_owned(), json!({"StringLike": {"s3:prefix": prefixes}}));
            }
        }
        statements.push(list);
        objects.extend(folders.iter().map(|folder| match folder.as_str() {
            "" => format!("{arn}/*"),
            folder => format!("{arn}/{}/*", literal(folder)),
        }));
    }
    statements.push(json!({"Effect": "Allow", "Action": OBJECT_ACTIONS, "Resource": objects}));
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Text in which IAM sees no wildcard and no variable (IAM user guide, "IAM policy elements: Variables").
fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => {
                escaped.push_str("${");
                escaped.push(character);
                escaped.push('}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn irsa(account: Account<'_>, role: &Role) -> Json {
    let number = role.account.as_deref().unwrap_or("ACCOUNT_ID");
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:{}:iam::{number}:oidc-provider/OIDC_PROVIDER", role.partition)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            "OIDC_PROVIDER:aud": AUDIENCE,
            "OIDC_PROVIDER:sub": account.subject(),
        }},
    }]})
}

/// The tags are those that Pod Identity puts on each session (EKS user guide, "EKS Pod Identity session tags").
fn pod_identity(account: Account<'_>) -> Json {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": POD_IDENTITY},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {
            "aws:RequestTag/kubernetes-namespace": account.namespace,
            "aws:RequestTag/kubernetes-service-account": account.name,
        }},
    }]})
}

fn role_terraform(account: Account<'_>, role: &Role) -> String {
    let key = |name: &str| text(name);
    let (principal, actions, conditions, mut blocks) = if role.annotated {
        let federated = Value::Template(vec![
            Part::Text("arn:".to_owned()),
            Part::Reference("data.aws_partition.current.partition"),
            Part::Text(":iam::".to_owned()),
            Part::Reference("data.aws_caller_identity.current.account_id"),
            Part::Text(":oidc-provider/".to_owned()),
            Part::Reference("var.oidc_provider"),
        ]);
        let claim = |name: &str| {
            Value::Template(vec![Part::Reference("var.oidc_provider"), Part::Text(format!(":{name}"))])
        };
        (
            (key("Federated"), federated),
            text("sts:AssumeRoleWithWebIdentity"),
            vec![(claim("aud"), text(AUDIENCE)), (claim("sub"), text(account.subject()))],
            vec![
                Block::variable("oidc_provider", "Issuer of the cluster's tokens, without https://."),
                Block::new("data", &["aws_caller_identity", "current"]),
                Block::new("data", &["aws_partition", "current"]),
            ],
        )
    } else {
        (
            (key("Service"), text(POD_IDENTITY)),
            Value::List(vec![text("sts:AssumeRole"), text("sts:TagSession")]),
            vec![
                (text("aws:RequestTag/kubernetes-namespace"), text(account.namespace)),
                (text("aws:RequestTag/kubernetes-service-account"), text(account.name)),
            ],
            vec![Block::variable("cluster_name", "Name of the cluster in EKS.")],
        )
    };
    let statement = Value::Object(vec![
        (key("Effect"), text("Allow")),
        (key("Principal"), Value::Object(vec![principal])),
        (key("Action"), actions),
        (key("Condition"), Value::Object(vec![(key("StringEquals"), Value::Object(conditions))])),
    ]);
    let trust = Value::Encoded(Box::new(Value::Object(vec![
        (key("Version"), text("2012-10-17")),
        (key("Statement"), Value::List(vec![statement])),
    ])));
    let mut resource =
        Block::new("resource", &["aws_iam_role", "neo4j_backup"]).with("name", text(&role.name));
    if role.path != "/" {
        resource = resource.with("path", text(&role.path));
    }
    blocks.push(resource.with("assume_role_policy", trust));
    blocks.push(
        Block::new("resource", &["aws_iam_role_policy", "neo4j_backup"])
            .with("name", text("neo4j-backup"))
            .with("role", Value::Expression("aws_iam_role.neo4j_backup.id"))
            .with("policy", Value::Expression("file(\"${path.module}/policy.json\")")),
    );
    if !role.annotated {
        blocks.push(
            Block::new("resource", &["aws_eks_pod_identity_association", "neo4j_backup"])
                .with("cluster_name", Value::Expression("var.cluster_name"))
                .with("namespace", text(account.namespace))
                .with("service_account", text(account.name))
                .with("role_arn", Value::Expression("aws_iam_role.neo4j_backup.arn")),
        );
    }
    terraform::file("The role of the backup pods: who may take it on, and what it may do.", &blocks)
}

fn keys_terraform() -> String {
    terraform::file(
        "What the user may do whose keys are in the Secret.",
        &[
            Block::variable("user_name", "The IAM user whose keys are in the Secret."),
            Block::new("resource", &["aws_iam_user_policy", "neo4j_backup"])
                .with("name", text("neo4j-backup"))
                .with("user", Value::Expression("var.user_name"))
                .with("policy", Value::Expression("file(\"${path.module}/policy.json\")")),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_from_its_arn() {
        let role = Role::of(Some("arn:aws-cn:iam::123456789012:role/team/neo4j"));
        assert_eq!((role.partition.as_str(), role.account.as_deref()), ("aws-cn", Some("123456789012")));
        assert_eq!((role.path.as_str(), role.name.as_str()), ("/team/", "neo4j"));
        let role = Role::of(None);
        assert_eq!((role.partition.as_str(), role.account, role.path.as_str()), ("aws", None, "/"));
    }

    #[test]
    fn a_folder_is_no_pattern() {
        assert_eq!(literal("a*b?c$d{e}"), "a${*}b${?}c${$}d{e}");
    }
}
