//! Google Cloud: a role on each bucket, for its folders alone, and who may act as the service account.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::super::file_safe;
use super::super::terraform::{self, Block, Part, Value, text};
use super::{Account, Made, Reach};

/// Objects: get, list, create, replace and delete, and parts of uploads (Cloud Storage manual, "IAM roles for Cloud
/// Storage"). The counterpart of the rights in S3 that Neo4j's manual lists (neo4j-admin.md §3).
const ROLE: &str = "roles/storage.objectUser";
const IMPERSONATE: &str = "roles/iam.workloadIdentityUser";

pub(super) fn files(account: Option<Account<'_>>, reach: &Reach, folder: &str) -> Made {
    let mail = reach.annotation.as_deref();
    let mut made = Made {
        documents: vec![("bindings.json".to_owned(), bindings(account, reach))],
        remarks: vec![
            "A condition needs uniform bucket-level access on the bucket.",
            "`bindings.json` shows every binding at once. Setting it as a bucket's policy would remove all others: use the \
             commands, which add one.",
        ],
        ..Made::default()
    };
    let member = member(account, mail);
    for grant in grants(reach) {
        let bucket = grant.bucket;
        let mut command = format!(
            "gcloud storage buckets add-iam-policy-binding gs://{bucket} --member='{member}' --role={ROLE}"
        );
        if let Some(condition) = grant.condition {
            let name = format!("condition-{}.json", grant.label);
            let _ = write!(command, " --condition-from-file={folder}/{name}");
            made.documents.push((name, condition));
        }
        made.commands.push(command);
    }
    if let (Some(account), Some(mail)) = (account, mail) {
        made.commands.push(format!(
            "gcloud iam service-accounts add-iam-policy-binding {mail} --role={IMPERSONATE} \
             --member='serviceAccount:PROJECT_ID.svc.id.goog[{}/{}]'",
            account.namespace, account.name
        ));
    }
    match (account, mail) {
        (Some(_), Some(_)) => {
            made.placeholders.push(("PROJECT_ID", "the project of the cluster"));
        }
        (Some(_), None) => {
            made.placeholders.push(("PROJECT_ID", "the project of the cluster"));
            made.placeholders.push(("PROJECT_NUMBER", "the number of that project"));
            made.remarks.push(
                "The ServiceAccount gets no `iam.gke.io/gcp-service-account` from the specs, so the rights are its own, by workload identity \
                 federation for GKE.",
            );
        }
        (None, _) => made
            .placeholders
            .push(("SERVICE_ACCOUNT", "the address of the service account whose key is in the Secret")),
    }
    made.terraform = Some(terraform(account, reach));
    made
}

/// Who gets the rights (GKE manual, "Workload Identity Federation for GKE").
fn member(account: Option<Account<'_>>, mail: Option<&str>) -> String {
    match (account, mail) {
        (Some(_), Some(mail)) => format!("serviceAccount:{mail}"),
        (Some(account), None) => format!(
            "principal://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/\
             PROJECT_ID.svc.id.goog/subject/ns/{}/sa/{}",
            account.namespace, account.name
        ),
        (None, _) => "serviceAccount:SERVICE_ACCOUNT".to_owned(),
    }
}

/// Folders of one binding: a condition has at most twelve logical operators (IAM manual, "Quotas and limits"), and n folders
/// take 2n-1.
const FOLDERS_OF_A_CONDITION: usize = 6;

/// A binding on a bucket.
struct Grant<'r> {
    bucket: &'r str,
    /// Bucket, and a number where it has several bindings.
    label: String,
    /// The folders; `None` for all of the bucket.
    condition: Option<Json>,
}

fn grants(reach: &Reach) -> Vec<Grant<'_>> {
    let mut grants = Vec::new();
    for ((_, bucket), folders) in &reach.folders {
        let label = file_safe(bucket);
        if folders.contains("") {
            grants.push(Grant { bucket, label, condition: None });
            continue;
        }
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        for (index, some) in folders.chunks(FOLDERS_OF_A_CONDITION).enumerate() {
            let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            let condition = Some(condition(bucket, some, &number));
            grants.push(Grant { bucket, label: format!("{label}{number}"), condition });
        }
    }
    grants
}

/// Limits a role to folders. Objects have names; a list request has none, and is told by the prefix that it asks for (Cloud
/// Storage manual, "IAM Conditions", attribute `objectListPrefix`).
fn condition(bucket: &str, folders: &[&str], number: &str) -> Json {
    let terms: Vec<String> = folders
        .iter()
        .flat_map(|folder| {
            let object = quoted(&format!("projects/_/buckets/{bucket}/objects/{folder}/"));
            let prefix = quoted(&format!("{folder}/"));
            [
                format!("resource.name.startsWith({object})"),
                format!(
                    "api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith({prefix})"
                ),
            ]
        })
        .collect();
    json!({"title": format!("neo4j-backup-folders{number}"), "expression": terms.join(" || ")})
}

/// A string of the Common Expression Language.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

fn bindings(account: Option<Account<'_>>, reach: &Reach) -> Json {
    let member = member(account, reach.annotation.as_deref());
    let mut all: Vec<Json> = grants(reach)
        .into_iter()
        .map(|grant| {
            let mut binding = json!({"role": ROLE, "members": [member]});
            if let (Some(condition), Some(map)) = (grant.condition, binding.as_object_mut()) {
                map.insert("condition".to_owned(), condition);
            }
            json!({
                "resource": format!("//storage.googleapis.com/projects/_/buckets/{}", grant.bucket),
                "bindings": [binding],
            })
        })
        .collect();
    if let (Some(account), Some(mail)) = (account, reach.annotation.as_deref()) {
        let member = format!("serviceAccount:PROJECT_ID.svc.id.goog[{}/{}]", account.namespace, account.name);
        all.push(json!({
            "resource": format!("//iam.googleapis.com/projects/-/serviceAccounts/{mail}"),
            "bindings": [{"role": IMPERSONATE, "members": [member]}],
        }));
    }
    Json::Array(all)
}

fn terraform(account: Option<Account<'_>>, reach: &Reach) -> String {
    let mail = reach.annotation.as_deref();
    let mut blocks = Vec::new();
    let project = Block::variable("project_id", "Project of the cluster.");
    let member = match (account, mail) {
        (Some(_), Some(mail)) => {
            blocks.push(project);
            text(format!("serviceAccount:{mail}"))
        }
        (Some(account), None) => {
            blocks.push(project);
            blocks.push(Block::variable("project_number", "Number of the cluster's project."));
            Value::Template(vec![
                Part::Text("principal://iam.googleapis.com/projects/".to_owned()),
                Part::Reference("var.project_number"),
                Part::Text("/locations/global/workloadIdentityPools/".to_owned()),
                Part::Reference("var.project_id"),
                Part::Text(format!(".svc.id.goog/subject/ns/{}/sa/{}", account.namespace, account.name)),
            ])
        }
        (None, _) => {
            blocks.push(Block::variable(
                "service_account",
                "Address of the service account whose key is in the Secret.",
            ));
            Value::Template(vec![
                Part::Text("serviceAccount:".to_owned()),
                Part::Reference("var.service_account"),
            ])
        }
    };
    for grant in grants(reach) {
        let label = format!("bucket_{}", grant.label.replace('.', "_"));
        let mut resource = Block::new("resource", &["google_storage_bucket_iam_member", &label])
            .with("bucket", text(grant.bucket))
            .with("role", text(ROLE))
            .with("member", member.clone());
        if let Some(condition) = grant.condition {
            let field = |name: &str| text(condition.get(name).and_then(Json::as_str).unwrap_or_default());
            resource = resource.containing(
                Block::new("condition", &[])
                    .with("title", field("title"))
                    .with("expression", field("expression")),
            );
        }
        blocks.push(resource);
    }
    if let (Some(account), Some(mail)) = (account, mail) {
        blocks.push(
            Block::new("resource", &["google_service_account_iam_member", "workload_identity"])
                .with("service_account_id", text(format!("projects/-/serviceAccounts/{mail}")))
                .with("role", text(IMPERSONATE))
                .with(
                    "member",
                    Value::Template(vec![
                        Part::Text("serviceAccount:".to_owned()),
                        Part::Reference("var.project_id"),
                        Part::Text(format!(".svc.id.goog[{}/{}]", account.namespace, account.name)),
                    ]),
                ),
        );
    }
    terraform::file(
        "What the backup pods may do in Google Cloud, and who may act as their identity.",
        &blocks,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stays_within_its_quotes() {
        assert_eq!(
            condition("b", &["a\") || (\"", "c\\"], "")["expression"],
            "resource.name.startsWith(\"projects/_/buckets/b/objects/a\\\") || (\\\"/\") || \
             api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"a\\\") || (\\\"/\") || \
             resource.name.startsWith(\"projects/_/buckets/b/objects/c\\\\/\") || \
             api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"c\\\\/\")"
        );
    }

    #[test]
    fn a_condition_has_no_more_operators_than_google_takes() {
        let folders = (0..14).map(|number| format!("f{number:02}")).collect();
        let reach =
            Reach { folders: [((String::new(), "b".to_owned()), folders)].into(), ..Reach::default() };
        let grants = grants(&reach);
        assert_eq!(grants.iter().map(|grant| grant.label.as_str()).collect::<Vec<_>>(), ["b", "b-2", "b-3"]);
        for grant in &grants {
            let expression = grant.condition.as_ref().unwrap()["expression"].as_str().unwrap();
            assert!(expression.matches("||").count() <= 12, "{expression}");
        }
    }
}
