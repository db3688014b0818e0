//! `init`: a starting folder.

mod values;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use self::values::{
    parse_backup_name, parse_database, parse_label, parse_principal, parse_schedule, parse_size,
    parse_supported_version, parse_time_zone, relative,
};
use crate::cli::arguments::{LayoutChoice, TopologyChoice};
use crate::cli::scaffold::{File, GITHUB_FILE, GITLAB_FILE, Scaffold, files};
use crate::cli::{CommandError, Exit, Ui};
use crate::neo4j::names::DatabasePattern;
use crate::neo4j::storage::{check_azure_account, check_azure_container, check_gcs_bucket, check_s3_bucket};
use crate::neo4j::version::Version;

/// Write a commented starting folder
///
/// A backup, its target, a kustomization, a README and a CI job, which validate as they stand. Values that are not
/// given are assumed, and listed at the end. Files that exist are left alone.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Folder to write into; it is made when it does not exist
    #[arg(value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,

    /// Where the backups go
    #[arg(long, value_enum, value_name = "STORAGE")]
    storage: Storage,

    /// How the pods prove who they are to a bucket: keys in a Secret, or the identity of a ServiceAccount
    #[arg(long, value_enum, value_name = "IDENTITY")]
    identity: Option<Identity>,

    /// Name of the backup, at most 40 characters
    #[arg(long, value_name = "NAME", default_value = "neo4j-nightly", value_parser = parse_backup_name)]
    name: String,

    /// Name of the Neo4j deployment
    #[arg(long, value_name = "NAME", value_parser = parse_label)]
    cluster: Option<String>,

    /// Namespace of the deployment and of the backup
    #[arg(long, short = 'n', value_name = "NAMESPACE", value_parser = parse_label)]
    namespace: Option<String>,

    /// Database to save, or a glob; repeatable, without it all
    #[arg(long = "database", value_name = "DATABASE", value_parser = parse_database)]
    databases: Vec<String>,

    /// When it runs: five cron fields or a macro
    #[arg(long, value_name = "EXPR", default_value = "30 2 * * *", value_parser = parse_schedule)]
    schedule: String,

    /// Zone of the schedule, an IANA name
    #[arg(long, value_name = "ZONE", default_value = "Etc/UTC", value_parser = parse_time_zone)]
    time_zone: String,

    /// Version of Neo4j, such as 5.26.33 or 2025.10.1
    #[arg(long, value_name = "VERSION", value_parser = parse_supported_version)]
    neo4j_version: Option<Version>,

    /// Shape of the deployment
    #[arg(long, value_enum, value_name = "SHAPE", default_value = "Cluster")]
    topology: TopologyChoice,

    /// Number of servers; 3 for a cluster
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    servers: Option<u32>,

    /// Who made the deployment, and so how its objects are named
    #[arg(long, value_enum, value_name = "LAYOUT", default_value = "Operator")]
    layout: LayoutChoice,

    /// Bucket, Azure container, or name of the claim
    #[arg(long, value_name = "NAME", help_heading = "Storage options")]
    bucket: Option<String>,

    /// Region of an S3 bucket
    #[arg(long, value_name = "REGION", help_heading = "Storage options", value_parser = parse_label)]
    region: Option<String>,

    /// Azure storage account
    #[arg(long, value_name = "ACCOUNT", help_heading = "Storage options")]
    storage_account: Option<String>,

    /// Name of the Secret with static credentials
    #[arg(long, value_name = "NAME", help_heading = "Storage options", value_parser = parse_label)]
    secret: Option<String>,

    /// The workload identity: a role's ARN, a Google service account, or an Azure client id
    #[arg(long, value_name = "IDENTITY", help_heading = "Storage options", value_parser = parse_principal)]
    principal: Option<String>,

    /// Size of the claim
    #[arg(long, value_name = "SIZE", help_heading = "Storage options", value_parser = parse_size)]
    size: Option<String>,

    /// CI system to write a job for
    #[arg(long, value_enum, value_name = "SYSTEM", default_value = "github")]
    ci: Ci,

    /// Replace files that exist
    #[arg(long)]
    force: bool,

    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # Every night into S3, with an IAM role
  kubectl neo4j-backup init backups --storage s3 --identity workload --cluster orders -n graphs \\
    --bucket orders-backups --region eu-central-1 --principal arn:aws:iam::123456789012:role/neo4j-backup

  # One database of a standalone, onto a claim
  kubectl neo4j-backup init backups --storage pvc --topology Standalone --database neo4j

  # Look first
  kubectl neo4j-backup init --storage gcs --dry-run";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Storage {
    /// A claim
    Pvc,
    /// Amazon S3, or a compatible store
    S3,
    /// Google Cloud Storage
    Gcs,
    /// Azure Blob Storage
    Azure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Identity {
    /// Keys in a Secret
    Static,
    /// The identity of a ServiceAccount
    Workload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab
    Gitlab,
    /// No CI job
    None,
}

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let Arguments { force, dry_run, .. } = arguments;
    let folder = arguments.folder.clone();
    let (scaffold, assumed) = scaffold(arguments)?;
    let files = files(&scaffold).context("a template of this program is broken")?;
    let mut out = ui.output();
    if dry_run {
        for (index, file) in files.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            writeln!(out, "{gap}==> {} <==\n{}", folder.join(file.path).display(), file.text.trim_end())?;
        }
    } else {
        write(&folder, &files, force)?;
        for file in &files {
            writeln!(out, "{}", folder.join(file.path).display())?;
        }
    }
    out.flush()?;
    for (field, value) in assumed {
        ui.remark(&format!("assumed: {field} {value}"))?;
    }
    if !dry_run {
        ui.remark(&format!("Next: kubectl neo4j-backup validate -f {}", folder.display()))?;
    }
    Ok(Exit::Success)
}

/// Writes all files, or none when one of them exists.
fn write(folder: &Path, files: &[File], force: bool) -> Result<(), CommandError> {
    if !force {
        let existing: Vec<String> = files
            .iter()
            .map(|file| folder.join(file.path))
            .filter(|path| fs::symlink_metadata(path).is_ok())
            .map(|path| path.display().to_string())
            .collect();
        if !existing.is_empty() {
            let list = existing.join(", ");
            return Err(CommandError::usage(format!("nothing is written: {list} would be replaced"))
                .hint("name another folder, or repeat the command with --force"));
        }
    }
    for file in files {
        let path = folder.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        let mut options = OpenOptions::new();
        options.write(true);
        // A file that somebody makes at this moment is theirs.
        if force {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        options
            .open(&path)
            .and_then(|mut opened| opened.write_all(file.text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

type Assumed = Vec<(&'static str, String)>;

fn scaffold(arguments: Arguments) -> Result<(Scaffold, Assumed), CommandError> {
    let storage = arguments.storage;
    refuse_what_does_not_apply(&arguments)?;
    let identity = arguments.identity.unwrap_or(Identity::Workload);
    let mut assumed = Assumed::new();
    let mut or_assume = |given: Option<String>, field: &'static str, value: &str, used: bool| {
        given.unwrap_or_else(|| {
            if used {
                assumed.push((field, value.to_owned()));
            }
            value.to_owned()
        })
    };
    let cloud = storage != Storage::Pvc;
    let cluster = or_assume(arguments.cluster, "spec.target.name", "neo4j", true);
    let namespace = or_assume(arguments.namespace, "metadata.namespace", "neo4j", true);
    let stem = &cluster;
    let bucket_field = match storage {
        Storage::Pvc => "spec.storage.pvc.name",
        _ => "spec.storage.bucket",
    };
    let bucket = or_assume(arguments.bucket, bucket_field, &format!("{stem}-backups"), true);
    check_bucket(storage, &bucket)?;
    let (provider, annotation, example) = match storage {
        Storage::Pvc => ("", "", ""),
        Storage::S3 => ("aws", "eks.amazonaws.com/role-arn", "arn:aws:iam::123456789012:role/neo4j-backup"),
        Storage::Gcs => (
            "gcp",
            "iam.gke.io/gcp-service-account",
            "neo4j-backup@example-project-123456.iam.gserviceaccount.com",
        ),
        Storage::Azure => {
            ("azure", "azure.workload.identity/client-id", "6f1d2c84-3b7e-4f0a-9c55-0e8a7d41b263")
        }
    };
    let region =
        or_assume(arguments.region, "spec.storage.cloud.region", "eu-central-1", storage == Storage::S3);
    let account: String =
        stem.chars().filter(char::is_ascii_alphanumeric).take(17).chain("backups".chars()).collect();
    let storage_account = or_assume(
        arguments.storage_account,
        "spec.storage.cloud.storageAccount",
        &account,
        storage == Storage::Azure,
    );
    if storage == Storage::Azure {
        check_azure_account(&storage_account)
            .map_err(|error| refused("--storage-account", &storage_account, &error))?;
    }
    let secret = or_assume(
        arguments.secret,
        "spec.storage.cloud.credentialsSecretRef",
        "neo4j-backup-credentials",
        cloud && identity == Identity::Static,
    );
    let principal = or_assume(
        arguments.principal,
        "spec.storage.cloud.identity.autoCreate.annotations",
        example,
        cloud && identity == Identity::Workload,
    );
    let size = or_assume(arguments.size, "spec.storage.pvc.size", "100Gi", !cloud);
    let temp_size = or_assume(None, "spec.options.tempStorage.size", "100Gi", true);
    let (topology, least) = match arguments.topology {
        TopologyChoice::Cluster => ("Cluster", 3),
        TopologyChoice::Standalone => ("Standalone", 1),
    };
    let servers = arguments.servers.unwrap_or(least);
    let image = or_assume(
        arguments.neo4j_version.map(|version| format!("neo4j:{version}-enterprise")),
        "spec.image of the target",
        "neo4j:5.26.33-enterprise",
        true,
    );
    if topology == "Standalone" && servers > 1 {
        return Err(CommandError::usage("a standalone has one server")
            .hint("leave --servers out, or say --topology Cluster"));
    }
    let literal: Vec<String> = arguments
        .databases
        .iter()
        .filter(|name| {
            DatabasePattern::parse(name, arguments.neo4j_version).is_ok_and(|name| !name.is_glob())
        })
        .cloned()
        .collect();
    let known_databases = if literal.is_empty() {
        vec![or_assume(None, "spec.databases of the target", "neo4j", true)]
    } else {
        literal
    };
    if arguments.servers.is_none() && topology == "Cluster" {
        assumed.push(("spec.topology.servers of the target", servers.to_string()));
    }
    let scaffold = Scaffold {
        name: arguments.name,
        namespace,
        path: format!("neo4j-backups/{cluster}"),
        cluster,
        named_databases: !arguments.databases.is_empty(),
        databases: arguments.databases,
        known_databases,
        schedule: arguments.schedule,
        time_zone: arguments.time_zone,
        storage: match storage {
            Storage::Pvc => "pvc",
            Storage::S3 => "s3",
            Storage::Gcs => "gcs",
            Storage::Azure => "azure",
        },
        provider,
        bucket,
        region,
        storage_account,
        identity: match identity {
            Identity::Static => "static",
            Identity::Workload => "workload",
        },
        secret,
        annotation,
        principal,
        size,
        temp_size,
        image,
        topology,
        servers,
        layout: match arguments.layout {
            LayoutChoice::Operator => "Operator",
            LayoutChoice::Helm => "Helm",
        },
        ci: match arguments.ci {
            Ci::Github => "github",
            Ci::Gitlab => "gitlab",
            Ci::None => "none",
        },
        ci_file: match arguments.ci {
            Ci::Gitlab => GITLAB_FILE,
            Ci::Github | Ci::None => GITHUB_FILE,
        },
        folder: relative(&arguments.folder),
        // Neo4j documents no storage account keys, which `validate` warns about (neo4j-admin.md §3).
        strict: !(storage == Storage::Azure && identity == Identity::Static),
    };
    Ok((scaffold, assumed))
}

/// A flag that would change nothing is a mistake of whoever typed it.
fn refuse_what_does_not_apply(arguments: &Arguments) -> Result<(), CommandError> {
    let storage = arguments.storage;
    let cloud = storage != Storage::Pvc;
    let is_static = arguments.identity == Some(Identity::Static);
    for (flag, given, applies, only) in [
        ("--identity", arguments.identity.is_some(), cloud, "a bucket"),
        ("--region", arguments.region.is_some(), storage == Storage::S3, "--storage s3"),
        (
            "--storage-account",
            arguments.storage_account.is_some(),
            storage == Storage::Azure,
            "--storage azure",
        ),
        ("--secret", arguments.secret.is_some(), cloud && is_static, "--identity static"),
        ("--principal", arguments.principal.is_some(), cloud && !is_static, "--identity workload"),
        ("--size", arguments.size.is_some(), !cloud, "--storage pvc"),
    ] {
        if given && !applies {
            return Err(CommandError::usage(format!("{flag} is only for {only}")));
        }
    }
    Ok(())
}

fn refused(flag: &str, value: &str, error: &crate::neo4j::GrammarError) -> CommandError {
    CommandError::usage(format!("{flag} {value}: {error}")).hint(error.help.clone())
}

fn check_bucket(storage: Storage, bucket: &str) -> Result<(), CommandError> {
    match storage {
        Storage::Pvc => parse_label(bucket).map(drop).map_err(CommandError::usage),
        Storage::S3 => check_s3_bucket(bucket).map_err(|error| refused("--bucket", bucket, &error)),
        Storage::Gcs => check_gcs_bucket(bucket).map_err(|error| refused("--bucket", bucket, &error)),
        Storage::Azure => check_azure_container(bucket).map_err(|error| refused("--bucket", bucket, &error)),
    }
}
