//! Azure: a role on each container, and the federated credential of the identity.

use serde_json::{Map, Value as Json, json};

use super::super::terraform::{self, Block, Part, Value, text};
use super::{Account, Made, Reach};

/// Azure's built-in role that reads, writes and deletes blobs, and its id (Azure manual, "Azure built-in roles").
const ROLE: &str = "Storage Blob Data Contributor";
const ROLE_ID: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
/// Audience of a workload identity's token (Azure manual, "Workload identity federation").
const AUDIENCE: &str = "api://AzureADTokenExchange";
const TEMPLATE: &str = "template.json";
const CONTAINER: &str = "blobServices/default/containers";

pub(super) fn files(account: Option<Account<'_>>, reach: &Reach, folder: &str) -> Made {
    let mut made = Made {
        documents: vec![(TEMPLATE.to_owned(), template(account, reach))],
        placeholders: vec![
            ("RESOURCE_GROUP", "the resource group of storage account and identity"),
            ("PRINCIPAL_ID", "the object id of the identity's service principal, not its client id"),
        ],
        remarks: vec![
            "The role is for whole containers: give backups a container of their own.",
            "Storage keys open the whole account and take no role.",
        ],
        ..Made::default()
    };
    let mut command = format!(
        "az deployment group create --resource-group RESOURCE_GROUP --template-file {folder}/{TEMPLATE} --parameters \
         principalId=PRINCIPAL_ID"
    );
    if account.is_some() {
        command.push_str(" identityName=IDENTITY_NAME issuer=OIDC_ISSUER");
        made.placeholders.push(("IDENTITY_NAME", "the name of the user-assigned managed identity"));
        made.placeholders.push((
            "OIDC_ISSUER",
            "the cluster's issuer, as in `az aks show --query oidcIssuerProfile.issuerUrl`",
        ));
    }
    if reach.folders.keys().any(|(account, _)| account.is_empty()) {
        command.push_str(" storageAccount=STORAGE_ACCOUNT");
        made.placeholders.push(("STORAGE_ACCOUNT", "the storage account that only the Secret names"));
    }
    made.commands.push(command);
    if let Some(account) = account {
        made.documents.push(("federated-credential.json".to_owned(), federated(account)));
    }
    made.terraform = Some(terraform(account, reach));
    made
}

fn credential_name(account: Account<'_>) -> String {
    format!("neo4j-backup-{}-{}", account.namespace, account.name)
}

/// The credential as `az ad app federated-credential create --parameters` takes it, for an application instead of a
/// managed identity.
fn federated(account: Account<'_>) -> Json {
    json!({
        "name": credential_name(account),
        "issuer": "OIDC_ISSUER",
        "subject": account.subject(),
        "audiences": [AUDIENCE],
    })
}

/// Text that a template takes as it stands: one that begins with a bracket would be an expression.
fn literal(text: &str) -> String {
    if text.starts_with('[') { format!("[{text}") } else { text.to_owned() }
}

fn template(account: Option<Account<'_>>, reach: &Reach) -> Json {
    let mut parameters = Map::new();
    let described = |description: &str| json!({"type": "string", "metadata": {"description": description}});
    parameters.insert("principalId".to_owned(), described("Object id of the identity's service principal."));
    let mut resources = Vec::new();
    for (index, (storage, container)) in reach.folders.keys().enumerate() {
        // Names of a spec are defaults of parameters, so that none of them is ever part of an expression.
        let storage_parameter = match storage.as_str() {
            "" => "storageAccount".to_owned(),
            _ => format!("storageAccount{}", index + 1),
        };
        let container_parameter = format!("container{}", index + 1);
        let mut of_account = described("Storage account of the backups.");
        if !storage.is_empty()
            && let Some(map) = of_account.as_object_mut()
        {
            map.insert("defaultValue".to_owned(), Json::String(literal(storage)));
        }
        parameters.insert(storage_parameter.clone(), of_account);
        parameters.insert(
            container_parameter.clone(),
            json!({"type": "string", "defaultValue": literal(container)}),
        );
        let names =
            format!("parameters('{storage_parameter}'), 'default', parameters('{container_parameter}')");
        let resource = "Microsoft.Storage/storageAccounts/blobServices/containers";
        resources.push(json!({
            "type": "Microsoft.Authorization/roleAssignments",
            "apiVersion": "2022-04-01",
            "name": format!("[guid(resourceId('{resource}', {names}), parameters('principalId'), '{ROLE_ID}')]"),
            "scope": format!(
                "[format('Microsoft.Storage/storageAccounts/{{0}}/{CONTAINER}/{{1}}', parameters('{storage_parameter}'), \
                 parameters('{container_parameter}'))]"
            ),
            "properties": {
                "roleDefinitionId": format!(
                    "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{ROLE_ID}')]"
                ),
                "principalId": "[parameters('principalId')]",
                "principalType": "ServicePrincipal",
            },
        }));
    }
    if let Some(account) = account {
        parameters
            .insert("identityName".to_owned(), described("Name of the user-assigned managed identity."));
        parameters.insert("issuer".to_owned(), described("Issuer of the cluster's tokens, an https URL."));
        resources.push(json!({
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "apiVersion": "2023-01-31",
            "name": format!("[format('{{0}}/{{1}}', parameters('identityName'), '{}')]", credential_name(account)),
            "properties": {
                "issuer": "[parameters('issuer')]",
                "subject": account.subject(),
                "audiences": [AUDIENCE],
            },
        }));
    }
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": parameters,
        "resources": resources,
    })
}

fn terraform(account: Option<Account<'_>>, reach: &Reach) -> String {
    let mut blocks = vec![
        Block::variable("resource_group_name", "Resource group of storage account and identity."),
        Block::variable("principal_id", "Object id of the identity's service principal."),
    ];
    if reach.folders.keys().any(|(storage, _)| storage.is_empty()) {
        blocks.push(Block::variable("storage_account", "Storage account that only the Secret names."));
    }
    if account.is_some() {
        blocks.push(Block::variable("identity_id", "Resource id of the user-assigned managed identity."));
        blocks.push(Block::variable("oidc_issuer_url", "Issuer of the cluster's tokens, an https URL."));
    }
    blocks.push(Block::new("data", &["azurerm_subscription", "current"]));
    for (index, (storage, container)) in reach.folders.keys().enumerate() {
        let mut scope = vec![
            Part::Reference("data.azurerm_subscription.current.id"),
            Part::Text("/resourceGroups/".to_owned()),
            Part::Reference("var.resource_group_name"),
            Part::Text("/providers/Microsoft.Storage/storageAccounts/".to_owned()),
        ];
        scope.push(match storage.as_str() {
            "" => Part::Reference("var.storage_account"),
            storage => Part::Text(storage.to_owned()),
        });
        scope.push(Part::Text(format!("/{CONTAINER}/{container}")));
        blocks.push(
            Block::new("resource", &["azurerm_role_assignment", &format!("container_{}", index + 1)])
                .with("scope", Value::Template(scope))
                .with("role_definition_name", text(ROLE))
                .with("principal_id", Value::Expression("var.principal_id")),
        );
    }
    if let Some(account) = account {
        blocks.push(
            Block::new("resource", &["azurerm_federated_identity_credential", "neo4j_backup"])
                .with("name", text(credential_name(account)))
                .with("resource_group_name", Value::Expression("var.resource_group_name"))
                .with("parent_id", Value::Expression("var.identity_id"))
                .with("issuer", Value::Expression("var.oidc_issuer_url"))
                .with("subject", text(account.subject()))
                .with("audience", Value::List(vec![text(AUDIENCE)])),
        );
    }
    terraform::file("What the backup pods may do in Azure, and whose tokens their identity takes.", &blocks)
}
