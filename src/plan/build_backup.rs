//! From a spec and its target to a [`BackupPlan`].
//!
//! Rules have judged the spec before; what is decided here is what will be. Where a value that cannot be done
//! without is missing, there is a [`Gap`], which names the field.

use std::collections::BTreeMap;

use crate::api::backup::{BackupOptions, BackupType, TargetKind};
use crate::api::quantity::Quantity;
use crate::api::{Neo4jBackupSpec, job::JobSettings};
use crate::neo4j::admin;
use crate::neo4j::admin::check::CheckInvocation;
use crate::neo4j::admin::inspect::{InspectInvocation, Selection};
use crate::neo4j::admin::{BackupInvocation, BackupKind, CommandLine};
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::names::DatabasePattern;
use crate::neo4j::version::Version;
use crate::schedule::duration;
use crate::target::Target;

use super::backup::{BackupPlan, ConfigurationPlan, PodPlan, SchedulePlan};
use super::location::Location;
use super::{Argument, Gap, Mount, Step, StoragePlan, Traced, VolumePlan, VolumeSource};

/// Where the temporary volume is mounted when `options.tempPath` does not say.
pub const TEMP_PATH: &str = "/var/neo4j-backup-temp";
/// Where the claim's folder is mounted.
pub const BACKUPS_PATH: &str = "/backups/";
/// Where `database check` writes its report.
pub const REPORTS_PATH: &str = "/reports";
/// Longest time of one pod when `job.deadline` does not say: a run that hangs must not hold back the next ones
/// forever, which `concurrencyPolicy: Forbid` would do.
pub const DEADLINE_SECONDS: i64 = 24 * 60 * 60;

/// Name, namespace and target of a spec.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Name of the spec.
    pub name: &'a str,
    /// Namespace of its objects.
    pub namespace: &'a str,
    /// What it points at.
    pub target: &'a Target,
}

/// Plans a backup.
///
/// # Errors
///
/// When the spec or the target lacks something that cannot be done without.
pub fn backup(subject: Subject<'_>, spec: &Neo4jBackupSpec) -> Result<BackupPlan, Gap> {
    let Subject { name, namespace, target } = subject;
    let version = target.version.ok_or_else(|| Gap::target("the version of Neo4j is not known"))?;
    let image = target.image.clone().ok_or_else(|| Gap::target("the image is not known"))?;
    let storage = spec.storage.as_ref().ok_or_else(|| Gap::field("spec.storage"))?;
    let location = Location::of_backup(name, storage, spec.cloud.as_deref())?;
    let options = spec.options.as_deref();
    let databases = databases(spec)?;

    let mut volumes = vec![
        VolumePlan::empty("tmp", Some("1Gi")),
        VolumePlan::empty("data", Some("1Gi")),
        VolumePlan::empty("logs", Some("1Gi")),
        temporary_volume(options),
    ];
    let mut environment = vec![super::EnvironmentVariable::fixed("TZ", "UTC")];
    let mut mounts = common_mounts();
    let mut steps = Vec::new();
    location.equip(&mut volumes, &mut environment, &mut mounts, &mut steps);
    let storage = location.storage(name, BACKUPS_PATH);
    if let StoragePlan::Claim { name, folder, .. } = &storage {
        volumes.push(VolumePlan {
            name: "backups",
            source: VolumeSource::Claim { name: name.clone(), read_only: false },
            field: Some("spec.storage.pvc.name".to_owned()),
        });
        mounts.push(Mount {
            volume: "backups",
            path: BACKUPS_PATH.trim_end_matches('/').to_owned(),
            // The root of the claim has no name: `subPath: ""` would be an empty field.
            sub_path: (!folder.is_empty()).then(|| folder.clone()),
            read_only: false,
        });
    }
    let temp_path = options.and_then(|options| options.temp_path.as_deref()).unwrap_or(TEMP_PATH);

    let configuration = options.and_then(|options| options.tls.as_ref()).and_then(|tls| {
        let secret = tls.secret_name.as_deref()?;
        let keys = tls.keys.clone().unwrap_or_default();
        volumes.push(tls_volume(secret, &keys));
        let configuration_name = format!("{name}-backup-config");
        volumes.push(VolumePlan {
            name: "configuration",
            source: VolumeSource::Configuration { name: configuration_name.clone() },
            field: Some("spec.options.tls".to_owned()),
        });
        let files = BTreeMap::from([(TLS_FILE.to_owned(), tls_settings())]);
        Some(ConfigurationPlan { name: configuration_name, files })
    });

    let to_path = location.folder_argument(BACKUPS_PATH);
    let mut backup_mounts = mounts.clone();
    backup_mounts.push(temporary_mount(temp_path, "backup"));
    if configuration.is_some() {
        backup_mounts.push(Mount::read_only("backup-tls", TLS_PATH));
        backup_mounts.push(Mount::read_only("configuration", CONFIGURATION_PATH));
    }
    let line =
        command_line(target, version, options, &to_path, temp_path, configuration.is_some(), &databases);
    steps.push(Step {
        name: "backup".to_owned(),
        image: None,
        command: vec![Argument::fixed(admin::PROGRAM)],
        arguments: location.trace(&line, &|item| databases.get(item).map(|database| database.field.clone())),
        environment: Vec::new(),
        mounts: backup_mounts,
        verification: false,
        foreign: false,
    });
    if options.and_then(|options| options.verify) == Some(true) {
        let single = match spec.target.as_ref().and_then(|target| target.kind) {
            Some(TargetKind::Database) => databases.first().map(|database| database.text.as_str()),
            _ => None,
        };
        verification(
            &mut steps,
            &location,
            &mounts,
            temp_path,
            version,
            single,
            &checked_databases(spec, target),
            None,
        );
        if steps.iter().any(|step| step.name.starts_with("check-")) {
            volumes.push(VolumePlan::empty("reports", Some("1Gi")));
        }
    }
    Ok(BackupPlan {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        target: target.name.clone(),
        version,
        image,
        schedule: schedule(spec)?,
        service_account: location.service_account(),
        lifecycle: super::lifecycle::rule(name, spec, &location),
        storage,
        steps,
        environment,
        volumes,
        configuration,
        pods: pods(spec, options, target, &location)?,
    })
}

/// A database or glob to back up, and the field that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDatabase {
    /// Name or glob.
    pub text: String,
    /// The field.
    pub field: String,
}

/// The positionals of `database backup`.
///
/// # Errors
///
/// When the spec names no target.
pub fn databases(spec: &Neo4jBackupSpec) -> Result<Vec<NamedDatabase>, Gap> {
    let target = spec.target.as_ref().ok_or_else(|| Gap::field("spec.target"))?;
    match target.kind {
        Some(TargetKind::Database) => {
            let text = target.name.clone().ok_or_else(|| Gap::field("spec.target.name"))?;
            Ok(vec![NamedDatabase { text, field: "spec.target.name".to_owned() }])
        }
        Some(TargetKind::Cluster) => Ok(match &target.databases {
            Some(names) => names
                .iter()
                .enumerate()
                .map(|(index, name)| NamedDatabase {
                    text: name.clone(),
                    field: format!("spec.target.databases[{index}]"),
                })
                .collect(),
            None => vec![NamedDatabase { text: "*".to_owned(), field: "spec.target.kind".to_owned() }],
        }),
        None => Err(Gap::field("spec.target.kind")),
    }
}

/// The databases that `verify` can check: those named literally in the spec, or, where the spec has a glob,
/// those of the target's stated names that it matches. `database check` takes one name and no glob
/// (neo4j-admin.md §1.6).
#[must_use]
pub fn checked_databases(spec: &Neo4jBackupSpec, target: &Target) -> Vec<String> {
    let mut checked = Vec::new();
    for database in databases(spec).unwrap_or_default() {
        let Ok(pattern) = DatabasePattern::parse(&database.text, target.version) else { continue };
        if pattern.is_glob() {
            let matching = target.databases.iter().filter(|name| pattern.matches(&name.to_ascii_lowercase()));
            checked.extend(matching.cloned());
        } else {
            checked.push(database.text);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    checked.retain(|name| seen.insert(name.to_ascii_lowercase()));
    checked
}

/// The command line of a backup, with what the release lacks left out and listed.
#[must_use]
pub fn command_line(
    target: &Target,
    version: Version,
    options: Option<&BackupOptions>,
    to_path: &str,
    temp_path: &str,
    tls: bool,
    databases: &[NamedDatabase],
) -> CommandLine {
    let none = BackupOptions::default();
    let options = options.unwrap_or(&none);
    let kind = options.backup_type.unwrap_or(BackupType::Full);
    let databases: Vec<String> = databases.iter().map(|database| database.text.clone()).collect();
    BackupInvocation {
        from: &target.backup_addresses,
        to_path,
        temp_path: Some(temp_path),
        kind: Some(match kind {
            BackupType::Full => BackupKind::Full,
            BackupType::Diff => BackupKind::Differential,
            BackupType::Auto => BackupKind::Auto,
        }),
        compress: options.compress,
        page_cache: options.page_cache.as_deref(),
        include_metadata: options.include_metadata.map(|metadata| metadata.as_str()),
        parallel_recovery: options.parallel_recovery,
        keep_failed: options.keep_failed,
        // With FULL there is no parent to prefer.
        prefer_diff_as_parent: options.prefer_diff_as_parent.filter(|_| kind != BackupType::Full),
        remote_address_resolution: options.remote_address_resolution,
        parallel_download: options.parallel_download,
        skip_recovery: options.skip_recovery,
        additional_config: tls.then_some(TLS_CONFIGURATION),
        additional_arguments: options.additional_args.as_deref().unwrap_or_default(),
        databases: &databases,
    }
    .command_line(version)
}

/// Adds the steps that check what lies in a folder: its newest chain, or the artifact that `file` names, then each
/// named database. Before 2025.09 `database check` takes folders only, and of a folder the newest chain
/// (neo4j-admin.md §1.6).
#[allow(clippy::too_many_arguments, reason = "each says another part of where and what")]
pub(super) fn verification(
    steps: &mut Vec<Step>,
    location: &Location<'_>,
    mounts: &[Mount],
    temp_path: &str,
    version: Version,
    database: Option<&str>,
    checked: &[String],
    file: Option<&str>,
) {
    let folder = location.folder_argument(BACKUPS_PATH);
    let artifact = file.map(|file| location.artifact_argument(BACKUPS_PATH, file));
    let mut reading: Vec<Mount> = mounts.to_vec();
    for mount in reading.iter_mut().filter(|mount| mount.volume == "backups") {
        mount.read_only = true;
    }
    let inspect = match &artifact {
        Some(artifact) => InspectInvocation { path: artifact, ..InspectInvocation::default() },
        None => InspectInvocation {
            path: &folder,
            selection: Selection::LatestChain,
            database,
            ..InspectInvocation::default()
        },
    };
    let mut inspect_mounts = reading.clone();
    inspect_mounts.push(temporary_mount(temp_path, "inspect"));
    steps.push(Step {
        name: "inspect".to_owned(),
        image: None,
        command: vec![Argument::fixed(admin::PROGRAM)],
        arguments: location.trace(&inspect.command_line(version), &|_| None),
        environment: Vec::new(),
        mounts: inspect_mounts,
        verification: true,
        foreign: false,
    });
    let mut names: Vec<String> = Vec::new();
    for database in checked {
        let name = step_name("check", database, &names);
        let mut mounts = reading.clone();
        mounts.push(temporary_mount(temp_path, &name));
        mounts.push(Mount::writable("reports", REPORTS_PATH));
        let check = CheckInvocation {
            from_path: artifact
                .as_deref()
                .filter(|_| has(version, Feature::CheckFromFile))
                .unwrap_or(&folder),
            temp_path,
            report_path: REPORTS_PATH,
            max_off_heap_memory: None,
            additional_config: None,
            database,
        };
        steps.push(Step {
            name: name.clone(),
            image: None,
            command: vec![Argument::fixed(admin::PROGRAM)],
            arguments: location.trace(&check.command_line(version), &|_| None),
            environment: Vec::new(),
            mounts,
            verification: true,
            foreign: false,
        });
        names.push(name);
    }
}

/// A container name that says which database a step is for: a DNS label, unlike those already taken.
fn step_name(verb: &str, database: &str, taken: &[String]) -> String {
    let mut name: String = format!("{verb}-{database}")
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .take(58)
        .collect();
    name.truncate(name.trim_end_matches('-').len());
    let mut candidate = name.clone();
    let mut number = 2;
    while taken.contains(&candidate) {
        candidate = format!("{name}-{number}");
        number += 1;
    }
    candidate
}

/// The volumes of the image and the folders that Neo4j's tools write to (pods.md §1).
pub(super) fn common_mounts() -> Vec<Mount> {
    vec![Mount::writable("tmp", "/tmp"), Mount::writable("data", "/data"), Mount::writable("logs", "/logs")]
}

/// Each step gets an empty folder of its own: `--temp-path` must be empty, and a new file system has a
/// `lost+found` at its root.
pub(super) fn temporary_mount(temp_path: &str, step: &str) -> Mount {
    Mount { volume: "temp", path: temp_path.to_owned(), sub_path: Some(step.to_owned()), read_only: false }
}

fn temporary_volume(options: Option<&BackupOptions>) -> VolumePlan {
    match options.and_then(|options| options.temp_storage.as_ref()) {
        Some(storage) => VolumePlan {
            name: "temp",
            source: VolumeSource::Ephemeral {
                size: storage.size.clone().unwrap_or_default(),
                storage_class: storage.storage_class_name.clone(),
            },
            field: Some("spec.options.tempStorage".to_owned()),
        },
        None => VolumePlan::empty("temp", None),
    }
}

const TLS_PATH: &str = "/var/secrets/backup-tls";
const CONFIGURATION_PATH: &str = "/var/neo4j-backup-config";
const TLS_FILE: &str = "backup-tls.conf";
const TLS_CONFIGURATION: &str = "/var/neo4j-backup-config/backup-tls.conf";

fn tls_volume(secret: &str, keys: &crate::api::backup::TlsKeys) -> VolumePlan {
    let key = |key: &Option<String>, default: &str| key.clone().unwrap_or_else(|| default.to_owned());
    VolumePlan {
        name: "backup-tls",
        source: VolumeSource::Secret {
            name: secret.to_owned(),
            items: vec![
                (key(&keys.key, "tls.key"), "private.key".to_owned()),
                (key(&keys.certificate, "tls.crt"), "public.crt".to_owned()),
                (key(&keys.trusted, "ca.crt"), "trusted/ca.crt".to_owned()),
            ],
        },
        field: Some("spec.options.tls".to_owned()),
    }
}

/// The client's side of `dbms.ssl.policy.backup` (neo4j-admin.md §5, "TLS").
fn tls_settings() -> String {
    format!(
        "dbms.ssl.policy.backup.enabled=true\n\
         dbms.ssl.policy.backup.base_directory={TLS_PATH}\n\
         dbms.ssl.policy.backup.private_key=private.key\n\
         dbms.ssl.policy.backup.public_certificate=public.crt\n\
         dbms.ssl.policy.backup.trusted_dir=trusted\n"
    )
}

fn seconds(text: Option<&str>, field: &'static str) -> Result<Option<i64>, Gap> {
    text.map(|text| {
        duration::parse(text)
            .ok()
            .and_then(|duration| i64::try_from(duration.as_secs()).ok())
            .ok_or_else(|| Gap::field(field))
    })
    .transpose()
}

fn schedule(spec: &Neo4jBackupSpec) -> Result<Option<SchedulePlan>, Gap> {
    let Some(expression) = &spec.schedule else { return Ok(None) };
    let deadline = seconds(spec.starting_deadline.as_deref(), "spec.startingDeadline")?;
    let limits = spec.history_limits.as_ref();
    Ok(Some(SchedulePlan {
        expression: Traced::from_field(expression.clone(), "spec.schedule"),
        time_zone: Traced::or_default(spec.time_zone.clone(), "spec.timeZone", "Etc/UTC".to_owned()),
        starting_deadline_seconds: Traced::or_default(deadline, "spec.startingDeadline", 600),
        successful_history: Traced::or_default(
            limits.and_then(|limits| limits.successful),
            "spec.historyLimits.successful",
            3,
        ),
        failed_history: Traced::or_default(
            limits.and_then(|limits| limits.failed),
            "spec.historyLimits.failed",
            3,
        ),
        suspend: Traced::or_default(spec.suspend, "spec.suspend", false),
    }))
}

fn pods(
    spec: &Neo4jBackupSpec,
    options: Option<&BackupOptions>,
    target: &Target,
    location: &Location<'_>,
) -> Result<PodPlan, Gap> {
    let job = spec.job.as_deref().cloned().unwrap_or_default();
    let page_cache = options.and_then(|options| options.page_cache.as_deref());
    let (requests, limits) = resources(&job, page_cache);
    let mut image_pull_secrets = target.image_pull_secrets.clone();
    for secret in job.image_pull_secrets.unwrap_or_default() {
        if !image_pull_secrets.contains(&secret) {
            image_pull_secrets.push(secret);
        }
    }
    let ttl = if spec.schedule.is_none() {
        seconds(job.ttl_after_finished.as_deref(), "spec.job.ttlAfterFinished")?
    } else {
        None
    };
    Ok(PodPlan {
        labels: job.labels.unwrap_or_default(),
        annotations: job.annotations.unwrap_or_default(),
        requests,
        limits,
        node_selector: job.node_selector.unwrap_or_default(),
        tolerations: job.tolerations.unwrap_or_default(),
        affinity: job.affinity,
        priority_class_name: job.priority_class_name,
        image_pull_secrets,
        backoff_limit: job.backoff_limit.unwrap_or(2),
        deadline_seconds: Some(
            seconds(job.deadline.as_deref(), "spec.job.deadline")?.unwrap_or(DEADLINE_SECONDS),
        ),
        ttl_seconds: ttl.and_then(|seconds| i32::try_from(seconds).ok()),
        azure_workload_identity: location.azure_workload_identity(),
    })
}

/// What each step's container gets when `job.resources` does not say. The memory limit leaves room for the page
/// cache that the spec asks for, because a container that is killed for memory leaves an empty log (pods.md §1).
#[must_use]
pub fn resources(
    job: &JobSettings,
    page_cache: Option<&str>,
) -> (BTreeMap<String, Quantity>, BTreeMap<String, Quantity>) {
    let memory = match page_cache.and_then(page_cache_bytes) {
        Some(bytes) => Quantity(format!("{}Mi", 2048 + bytes.div_ceil(1 << 20))),
        None => Quantity("2Gi".to_owned()),
    };
    let mut requests = BTreeMap::from([
        ("cpu".to_owned(), Quantity("500m".to_owned())),
        ("memory".to_owned(), Quantity("1Gi".to_owned())),
    ]);
    let mut limits =
        BTreeMap::from([("cpu".to_owned(), Quantity("2".to_owned())), ("memory".to_owned(), memory)]);
    let given = job.resources.clone().unwrap_or_default();
    let (given_requests, given_limits) =
        (given.requests.unwrap_or_default(), given.limits.unwrap_or_default());
    // A default must not contradict what is given: requests may not exceed limits.
    for (name, limit) in &given_limits {
        let above = requests.get(name).is_some_and(|request| request.exceeds(limit));
        if above && !given_requests.contains_key(name) {
            requests.insert(name.clone(), limit.clone());
        }
    }
    for (name, request) in &given_requests {
        let below = limits.get(name).is_some_and(|limit| request.exceeds(limit));
        if below && !given_limits.contains_key(name) {
            limits.insert(name.clone(), request.clone());
        }
    }
    requests.extend(given_requests);
    limits.extend(given_limits);
    (requests, limits)
}

/// Bytes of a page cache such as `512M` or `4G`: a number with an optional K, M or G, each a power of 1024.
#[must_use]
pub fn page_cache_bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(['K', 'M', 'G']);
    let number: u64 = digits.parse().ok()?;
    let factor: u64 = match text.get(digits.len()..)? {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes < 1 << 50)
}
