//! The files of a new folder: text by nature, so they come from templates (`templates/init/`).
//!
//! Names that end in `.yaml` or `.yml` are auto-escaped as JSON, which is quoted YAML: no value can become anything
//! but one scalar (rust.md §4). JSON leaves DEL and its like alone, which YAML refuses, so `init` lets no control character
//! get here. The README is Markdown and gets only values whose grammar needs no escaping.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

/// What the templates know.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Scaffold {
    /// Name of the backup, a DNS label.
    pub(super) name: String,
    /// Namespace of backup and target, a DNS label.
    pub(super) namespace: String,
    /// Name of the deployment, a DNS label.
    pub(super) cluster: String,
    /// Databases that the backup names; empty for all.
    pub(super) databases: Vec<String>,
    /// Whether the backup names databases.
    pub(super) named_databases: bool,
    /// Databases that the target states.
    pub(super) known_databases: Vec<String>,
    /// Cron expression.
    pub(super) schedule: String,
    /// IANA zone.
    pub(super) time_zone: String,
    /// `pvc`, `s3`, `gcs` or `azure`.
    pub(super) storage: &'static str,
    /// `aws`, `gcp`, `azure`; empty for a claim.
    pub(super) provider: &'static str,
    /// Bucket, container or claim.
    pub(super) bucket: String,
    /// Folder in the bucket.
    pub(super) path: String,
    /// Region of an S3 bucket.
    pub(super) region: String,
    /// Azure storage account.
    pub(super) storage_account: String,
    /// `static` or `workload`.
    pub(super) identity: &'static str,
    /// Name of the Secret with static credentials, a DNS label.
    pub(super) secret: String,
    /// Annotation that carries the identity.
    pub(super) annotation: &'static str,
    /// The identity.
    pub(super) principal: String,
    /// Size of the claim.
    pub(super) size: String,
    /// Size of the temporary volume.
    pub(super) temp_size: String,
    /// Image of the servers.
    pub(super) image: String,
    /// `Cluster` or `Standalone`.
    pub(super) topology: &'static str,
    /// Number of servers.
    pub(super) servers: u32,
    /// `Operator` or `Helm`.
    pub(super) layout: &'static str,
    /// `github`, `gitlab` or `none`.
    pub(super) ci: &'static str,
    /// Path of the CI snippet below the folder.
    pub(super) ci_file: &'static str,
    /// The folder, as CI sees it.
    pub(super) folder: String,
    /// The specs have no warnings.
    pub(super) strict: bool,
}

/// One file: its path below the folder, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) text: String,
}

/// Where GitHub reads workflows.
pub(super) const GITHUB_FILE: &str = ".github/workflows/neo4j-backup.yaml";
/// A file that `.gitlab-ci.yml` includes. It lies a folder deeper, because `-f .` takes every YAML file of a folder
/// for a Kubernetes document.
pub(super) const GITLAB_FILE: &str = "ci/neo4j-backup.gitlab-ci.yml";

macro_rules! template {
    ($name:literal) => {
        ($name, include_str!(concat!("../../templates/init/", $name)))
    };
}

const TEMPLATES: [(&str, &str); 6] = [
    template!("backup.yaml.j2"),
    template!("target.yaml.j2"),
    template!("kustomization.yaml.j2"),
    template!("README.md.j2"),
    template!("github.yaml.j2"),
    template!("gitlab.yml.j2"),
];

/// The files, in the order in which a person reads them.
///
/// # Errors
///
/// When a template and [`Scaffold`] do not fit, which a test rules out.
pub(super) fn files(scaffold: &Scaffold) -> Result<Vec<File>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?,
    );
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let mut wanted = vec![
        ("backup.yaml.j2", "backup.yaml"),
        ("target.yaml.j2", "target.yaml"),
        ("kustomization.yaml.j2", "kustomization.yaml"),
        ("README.md.j2", "README.md"),
    ];
    match scaffold.ci {
        "github" => wanted.push(("github.yaml.j2", GITHUB_FILE)),
        "gitlab" => wanted.push(("gitlab.yml.j2", GITLAB_FILE)),
        _ => {}
    }
    wanted
        .into_iter()
        .map(|(template, path)| {
            let text = environment.get_template(template)?.render(Serde(scaffold))?;
            Ok(File { path, text })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn scaffold() -> Scaffold {
        Scaffold {
            name: "nightly".to_owned(),
            namespace: "graphs".to_owned(),
            cluster: "orders".to_owned(),
            databases: vec!["orders".to_owned()],
            named_databases: true,
            known_databases: vec!["orders".to_owned()],
            schedule: "0 2 * * *".to_owned(),
            time_zone: "Etc/UTC".to_owned(),
            storage: "s3",
            provider: "aws",
            bucket: "bucket".to_owned(),
            path: "orders".to_owned(),
            region: "eu-central-1".to_owned(),
            storage_account: String::new(),
            identity: "workload",
            secret: "backup-credentials".to_owned(),
            annotation: "eks.amazonaws.com/role-arn",
            principal: "arn:aws:iam::123456789012:role/neo4j-backup".to_owned(),
            size: "50Gi".to_owned(),
            temp_size: "50Gi".to_owned(),
            image: "neo4j:5.26.33-enterprise".to_owned(),
            topology: "Cluster",
            servers: 3,
            layout: "Operator",
            ci: "github",
            ci_file: GITHUB_FILE,
            folder: ".".to_owned(),
            strict: true,
        }
    }

    /// Whatever a value holds, it arrives as that one string and nothing else changes.
    #[test]
    fn values_cannot_break_out_of_their_place() {
        let evil = "x\"\n  injected: true # {{ name }} ${HOME} 'yes' \\ \u{1}";
        let mut scaffold = scaffold();
        scaffold.bucket = evil.to_owned();
        scaffold.principal = evil.to_owned();
        scaffold.databases = vec!["no".to_owned(), evil.to_owned()];
        let files = files(&scaffold).unwrap();
        let backup: Value = serde_yaml::from_str(&files[0].text).unwrap();
        assert_eq!(backup["spec"]["storage"]["bucket"], evil);
        let annotations = &backup["spec"]["storage"]["cloud"]["identity"]["autoCreate"]["annotations"];
        assert_eq!(annotations["eks.amazonaws.com/role-arn"], evil);
        assert_eq!(backup["spec"]["target"]["databases"], serde_json::json!(["no", evil]));
        assert!(backup["spec"].get("injected").is_none());
    }

    #[test]
    fn every_combination_renders_to_yaml_without_flux_variables() {
        for storage in ["pvc", "s3", "gcs", "azure"] {
            for identity in ["static", "workload"] {
                for ci in ["github", "gitlab", "none"] {
                    for named_databases in [true, false] {
                        let files = files(&Scaffold { storage, identity, ci, named_databases, ..scaffold() })
                            .unwrap();
                        assert_eq!(files.len(), if ci == "none" { 4 } else { 5 });
                        for file in files {
                            assert!(!file.text.contains("${"), "{}", file.path);
                            assert!(!file.text.contains("\n\n\n"), "{}:\n{}", file.path, file.text);
                            assert!(
                                file.text.ends_with('\n') && !file.text.ends_with("\n\n"),
                                "{}",
                                file.path
                            );
                            if !file.path.ends_with(".md") {
                                serde_yaml::from_str::<Value>(&file.text).unwrap();
                            }
                        }
                    }
                }
            }
        }
    }
}
