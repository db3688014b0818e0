//! From a restore spec, its target and its source to a [`RestorePlan`].
//!
//! Offline planning knows the target's shape and the source's address, not what lies there and not whether the
//! database exists. It writes down what those facts decide, and puts the rest into the procedure that a person
//! follows.

use sha2::{Digest, Sha256};

use crate::api::restore::{BaseBackupType, RestoreHooks, RestoreSource, SourceType};
use crate::api::storage::StorageLocation;
use crate::api::{Neo4jBackupSpec, Neo4jRestoreSpec};
use crate::neo4j::admin::{self, RestoreInvocation};
use crate::neo4j::artifact::ArtifactName;
use crate::neo4j::cypher::{self, Seed, Statement};
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::names::DatabaseName;
use crate::neo4j::restore_until::{PointInTime, RestoreUntil};
use crate::neo4j::version::Version;
use crate::schedule::duration;
use crate::target::Target;

use super::backup::PodPlan;
use super::build_backup::{
    BACKUPS_PATH, DEADLINE_SECONDS, Subject, TEMP_PATH, common_mounts, resources, temporary_mount,
    verification,
};
use super::location::{self, CloudAt, Location};
use super::procedure;
use super::restore::{RestoreJob, RestoreMethod, RestorePlan};
use super::{Argument, EnvironmentValue, EnvironmentVariable, Gap, Mount, Step, VolumePlan, VolumeSource};

/// Where a restore reads from.
#[derive(Clone, Debug)]
pub struct Source<'s> {
    /// The folder that holds the chain.
    pub location: Location<'s>,
    /// The artifact's file name, when the spec names one.
    pub file: Option<String>,
    /// The instant before which transactions count.
    pub until: Option<PointInTime>,
}

/// Finds out where a restore reads from.
///
/// # Errors
///
/// When the source names neither a backup that is given nor a storage location.
pub fn source<'s>(
    spec: &'s Neo4jRestoreSpec,
    referenced: Option<(&str, &'s Neo4jBackupSpec)>,
) -> Result<Source<'s>, Gap> {
    let source = spec.source.as_deref().ok_or_else(|| Gap::field("spec.source"))?;
    let until = source.point_in_time.as_deref().and_then(|text| PointInTime::parse(text).ok());
    let (location, path) = match source.source_type.ok_or_else(|| Gap::field("spec.source.type"))? {
        SourceType::Backup => {
            (of_reference(referenced, "spec.source.backupRef")?, source.backup_path.as_deref())
        }
        SourceType::Storage | SourceType::S3 | SourceType::Gcs | SourceType::Azure => {
            let storage = source.storage.as_ref().ok_or_else(|| Gap::field("spec.source.storage"))?;
            (Location::of_restore(storage, CloudAt::Source)?, source.backup_path.as_deref())
        }
        SourceType::Pitr => of_point_in_time(source, referenced)?,
    };
    let (location, file) = split_artifact(location, path);
    Ok(Source { location, file, until })
}

fn of_reference<'s>(
    referenced: Option<(&str, &'s Neo4jBackupSpec)>,
    field: &'static str,
) -> Result<Location<'s>, Gap> {
    let (name, backup) = referenced.ok_or_else(|| Gap::field(field))?;
    let storage: &StorageLocation = backup.storage.as_ref().ok_or_else(|| Gap::field(field))?;
    Location::of_reference(name, storage, backup.cloud.as_deref())
}

fn of_point_in_time<'s>(
    source: &'s RestoreSource,
    referenced: Option<(&str, &'s Neo4jBackupSpec)>,
) -> Result<(Location<'s>, Option<&'s str>), Gap> {
    const BASE: &str = "spec.source.pitr.baseBackup";
    let base =
        source.pitr.as_ref().and_then(|pitr| pitr.base_backup.as_ref()).ok_or_else(|| Gap::field(BASE))?;
    let path = base.backup_path.as_deref().or(source.backup_path.as_deref());
    match base.base_type.ok_or_else(|| Gap::field("spec.source.pitr.baseBackup.type"))? {
        BaseBackupType::Backup => {
            Ok((of_reference(referenced, "spec.source.pitr.baseBackup.backupRef")?, path))
        }
        BaseBackupType::Storage => {
            let storage =
                base.storage.as_ref().ok_or_else(|| Gap::field("spec.source.pitr.baseBackup.storage"))?;
            Ok((Location::of_restore(storage, CloudAt::Base)?, path))
        }
    }
}

/// Splits a backup path into the folder and, when it ends in `.backup`, the artifact.
fn split_artifact<'s>(location: Location<'s>, path: Option<&str>) -> (Location<'s>, Option<String>) {
    let Some(path) = path else { return (location, None) };
    let trimmed = path.trim_end_matches('/');
    if !trimmed.ends_with(".backup") || trimmed.len() != path.len() {
        return (location.descend(path), None);
    }
    match trimmed.rsplit_once('/') {
        // A leading slash must survive the split: it says that the path starts at the root.
        Some(("", file)) => (location.descend("/"), Some(file.to_owned())),
        Some((folder, file)) => (location.descend(folder), Some(file.to_owned())),
        None => (location, Some(trimmed.to_owned())),
    }
}

/// How the data gets in (DESIGN.md, "What a restore becomes").
#[must_use]
pub fn method(spec: &Neo4jRestoreSpec, target: &Target, from_claim: bool) -> RestoreMethod {
    match (target.is_cluster(), spec.stop_cluster == Some(true)) {
        (false, stop) if stop || from_claim => RestoreMethod::Offline,
        (true, true) => RestoreMethod::DesignatedSeeder,
        _ => RestoreMethod::Seed,
    }
}

/// Whether the release needs an artifact's file name where the spec gives only a folder, so that no Job can be
/// written (neo4j-admin.md §1.2 and §4.2).
#[must_use]
pub fn needs_file(method: RestoreMethod, version: Version, file: Option<&str>) -> bool {
    let enough = match method {
        RestoreMethod::Seed => Feature::SeedSourceDatabase,
        RestoreMethod::Offline | RestoreMethod::DesignatedSeeder => Feature::RestoreFromFolder,
    };
    file.is_none() && !has(version, enough)
}

/// Whether an existing database is replaced.
#[must_use]
pub fn replaces(spec: &Neo4jRestoreSpec) -> bool {
    spec.force == Some(true)
        || spec.options.as_deref().and_then(|options| options.replace_existing) == Some(true)
}

/// Plans a restore. `referenced` is the `Neo4jBackup` that it refers to.
///
/// # Errors
///
/// When the spec, the target or the source lacks something that cannot be done without.
pub fn restore(
    subject: Subject<'_>,
    spec: &Neo4jRestoreSpec,
    referenced: Option<(&str, &Neo4jBackupSpec)>,
) -> Result<RestorePlan, Gap> {
    let Subject { name, namespace, target } = subject;
    let version = target.version.ok_or_else(|| Gap::target("the version of Neo4j is not known"))?;
    let image = target.image.clone().ok_or_else(|| Gap::target("the image is not known"))?;
    let database = spec.database_name.clone().ok_or_else(|| Gap::field("spec.databaseName"))?;
    let source = source(spec, referenced)?;
    let method = method(spec, target, source.location.is_claim());
    let run_id = run_id(name, namespace, spec);
    let builder = Builder { subject, spec, source: &source, method, version, database: &database };
    let mut jobs = Vec::new();
    let options = spec.options.as_deref();
    jobs.extend(builder.hooks(options.and_then(|options| options.pre_restore.as_ref()), &PRE)?);
    if !needs_file(method, version, source.file.as_deref()) {
        match method {
            RestoreMethod::Seed => {
                jobs.extend(builder.verification_job()?);
                jobs.push(builder.seed_job()?);
            }
            RestoreMethod::Offline | RestoreMethod::DesignatedSeeder => {
                jobs.extend(builder.verification_job()?);
                jobs.push(builder.restore_job()?);
            }
        }
    }
    jobs.extend(builder.hooks(options.and_then(|options| options.post_restore.as_ref()), &POST)?);
    let mut plan = RestorePlan {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        target: target.name.clone(),
        database: database.clone(),
        version,
        image,
        method,
        service_account: source.location.service_account(),
        jobs,
        procedure: Vec::new(),
        run_id,
    };
    plan.procedure = procedure::write(&plan, spec, target, &source);
    Ok(plan)
}

/// Identity of a restore: the hash of its canonical spec, which sorts keys (serde_json's maps are sorted) and
/// leaves out what is absent (DESIGN.md law 8).
fn run_id(name: &str, namespace: &str, spec: &Neo4jRestoreSpec) -> String {
    let canonical = serde_json::json!({"namespace": namespace, "name": name, "spec": spec}).to_string();
    Sha256::digest(canonical.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Where a hook stands, and how its objects are called.
struct Phase {
    component: &'static str,
    field: &'static str,
    cypher_component: &'static str,
    cypher_field: &'static str,
    timeout_field: &'static str,
}

const PRE: Phase = Phase {
    component: "pre-restore-hook",
    field: "spec.options.preRestore.job",
    cypher_component: "pre-restore-cypher",
    cypher_field: "spec.options.preRestore.cypherStatements",
    timeout_field: "spec.options.preRestore.job.timeout",
};
const POST: Phase = Phase {
    component: "post-restore-hook",
    field: "spec.options.postRestore.job",
    cypher_component: "post-restore-cypher",
    cypher_field: "spec.options.postRestore.cypherStatements",
    timeout_field: "spec.options.postRestore.job.timeout",
};

/// Volumes and environment of a pod, mounts of each step, and the steps that come first.
type Surroundings = (Vec<VolumePlan>, Vec<EnvironmentVariable>, Vec<Mount>, Vec<Step>);

struct Builder<'a> {
    subject: Subject<'a>,
    spec: &'a Neo4jRestoreSpec,
    source: &'a Source<'a>,
    method: RestoreMethod,
    version: Version,
    database: &'a str,
}

impl Builder<'_> {
    fn name(&self, component: &str) -> String {
        format!("{}-{component}", self.subject.name)
    }

    fn pods(&self, deadline_seconds: i64, backoff_limit: i32) -> PodPlan {
        let (requests, limits) = resources(&crate::api::job::JobSettings::default(), None);
        PodPlan {
            requests,
            limits,
            image_pull_secrets: self.subject.target.image_pull_secrets.clone(),
            backoff_limit,
            deadline_seconds: Some(deadline_seconds),
            ..PodPlan::default()
        }
    }

    fn deadline(&self) -> Result<i64, Gap> {
        match self.spec.timeout.as_deref() {
            Some(text) => duration::parse(text)
                .ok()
                .and_then(|duration| i64::try_from(duration.as_secs()).ok())
                .ok_or_else(|| Gap::field("spec.timeout")),
            None => Ok(DEADLINE_SECONDS),
        }
    }

    /// Pods that read artifacts themselves: volumes, environment and mounts, with the trust-store step when a
    /// private authority needs one.
    fn reader(&self) -> Surroundings {
        let location = &self.source.location;
        let mut volumes = vec![
            VolumePlan::empty("tmp", Some("1Gi")),
            VolumePlan::empty("logs", Some("1Gi")),
            VolumePlan::empty("temp", None),
        ];
        let mut environment = vec![EnvironmentVariable::fixed("TZ", "UTC")];
        let mut mounts: Vec<Mount> = common_mounts();
        let mut steps = Vec::new();
        location.equip(&mut volumes, &mut environment, &mut mounts, &mut steps);
        if location.is_claim() {
            volumes.push(VolumePlan {
                name: "backups",
                source: VolumeSource::Claim { name: location.claim_name().to_owned(), read_only: true },
                field: Some("spec.source".to_owned()),
            });
            let folder = location.folder();
            mounts.push(Mount {
                volume: "backups",
                path: BACKUPS_PATH.trim_end_matches('/').to_owned(),
                sub_path: (!folder.is_empty()).then(|| folder.to_owned()),
                read_only: true,
            });
        }
        (volumes, environment, mounts, steps)
    }

    fn verifies(&self) -> bool {
        self.spec.options.as_deref().and_then(|options| options.verify_backup) == Some(true)
    }

    /// A Job of its own that inspects, and where the spec asks for it checks, the artifacts before anything is stopped
    /// or dropped. A designated seeder drops the database first, so there the artifact is always looked at.
    fn verification_job(&self) -> Result<Option<RestoreJob>, Gap> {
        if !self.verifies() && self.method != RestoreMethod::DesignatedSeeder {
            return Ok(None);
        }
        let (mut volumes, environment, mounts, mut steps) = self.reader();
        volumes.push(VolumePlan::empty("data", Some("1Gi")));
        // Inside of an artifact the database has the name that it was backed up under.
        let file = self.source.file.as_deref();
        let stored = file.and_then(ArtifactName::parse).map_or(self.database, |name| name.database);
        let checked = if self.verifies() { vec![stored.to_owned()] } else { Vec::new() };
        if !checked.is_empty() {
            volumes.push(VolumePlan::empty("reports", Some("1Gi")));
        }
        verification(
            &mut steps,
            &self.source.location,
            &mounts,
            TEMP_PATH,
            self.version,
            Some(self.database),
            &checked,
            file,
        );
        let mut pods = self.pods(self.deadline()?, 0);
        pods.azure_workload_identity = self.source.location.azure_workload_identity();
        Ok(Some(RestoreJob {
            name: self.name("restore-verify"),
            component: "restore-verify",
            steps,
            environment,
            volumes,
            pods,
        }))
    }

    /// The offline restore on the first server's data claim.
    fn restore_job(&self) -> Result<RestoreJob, Gap> {
        let (mut volumes, environment, mounts, mut steps) = self.reader();
        let claim = self
            .subject
            .target
            .data_claims
            .first()
            .ok_or_else(|| Gap::target("the target has no data claim to restore into"))?;
        volumes.push(VolumePlan {
            name: "data",
            source: VolumeSource::Claim { name: claim.clone(), read_only: false },
            field: Some("spec.targetCluster".to_owned()),
        });
        let location = &self.source.location;
        let from_path = match &self.source.file {
            Some(file) => location.artifact_argument(BACKUPS_PATH, file),
            None => location.folder_argument(BACKUPS_PATH),
        };
        let options = self.spec.options.as_deref();
        let from_path = [from_path];
        let line = RestoreInvocation {
            from_path: &from_path,
            temp_path: Some(TEMP_PATH),
            // A folder may hold several databases; the one that is meant has this restore's name.
            source_database: self.source.file.is_none().then_some(self.database),
            restore_until: self.source.until.map(RestoreUntil::Time),
            // Never on a cluster, whose other members keep a state of their own (neo4j-admin.md §4.4).
            overwrite_destination: self.method == RestoreMethod::Offline && replaces(self.spec),
            additional_config: None,
            additional_arguments: options
                .and_then(|options| options.additional_args.as_deref())
                .unwrap_or_default(),
            database: Some(self.database),
        }
        .command_line(self.version);
        let mut restore_mounts = mounts;
        restore_mounts.push(temporary_mount(TEMP_PATH, "restore"));
        steps.push(Step {
            name: "restore".to_owned(),
            image: None,
            command: vec![Argument::fixed(admin::PROGRAM)],
            arguments: location.trace(&line, &|_| Some("spec.databaseName".to_owned())),
            environment: Vec::new(),
            mounts: restore_mounts,
            verification: false,
            foreign: false,
        });
        let mut pods = self.pods(self.deadline()?, 0);
        pods.azure_workload_identity = location.azure_workload_identity();
        Ok(RestoreJob { name: self.name("restore"), component: "restore", steps, environment, volumes, pods })
    }

    /// The statement that seeds the database from the source.
    fn seed_statement(&self) -> Result<Statement, Gap> {
        let location = &self.source.location;
        let uri = match &self.source.file {
            Some(file) => location.artifact_argument(BACKUPS_PATH, file),
            None => location.folder_argument(BACKUPS_PATH),
        };
        let name = DatabaseName::parse(self.database, Some(self.version))
            .map_err(|_| Gap::field("spec.databaseName"))?;
        let seed = Seed {
            uri: &uri,
            restore_until: self.source.until.map(RestoreUntil::Time),
            source_database: self.source.file.is_none().then_some(&name),
        };
        let replace = replaces(self.spec);
        let statement = if replace && seed.restore_until.is_none() && seed.source_database.is_none() {
            cypher::recreate(self.version, &name, None, &uri)
        } else if replace {
            cypher::create_or_replace_seeded(self.version, &name, None, &seed)
        } else {
            cypher::create_seeded(self.version, &name, None, &seed)
        };
        statement.map_err(|error| Gap { field: "spec.source", message: error.to_string() })
    }

    /// The Job that asks the running deployment to seed the database.
    fn seed_job(&self) -> Result<RestoreJob, Gap> {
        let statement = self.seed_statement()?;
        let (volumes, environment, mounts, mut steps) = self.cypher_surroundings()?;
        steps.push(self.cypher_step("seed", &statement, "system", "spec.source", &mounts)?);
        Ok(RestoreJob {
            name: self.name("restore"),
            component: "restore",
            steps,
            environment,
            volumes,
            pods: self.pods(self.deadline()?, 0),
        })
    }

    /// What a pod with `cypher-shell` needs: credentials by reference, folders to write to.
    fn cypher_surroundings(&self) -> Result<Surroundings, Gap> {
        let bolt = &self.subject.target.bolt;
        let auth = bolt.auth.as_ref().ok_or_else(|| {
            Gap::target("the target names no Secret with user name and password (`bolt.authSecretRef`)")
        })?;
        let mut environment = vec![
            EnvironmentVariable::fixed("TZ", "UTC"),
            EnvironmentVariable::fixed("HOME", "/tmp"),
            EnvironmentVariable::fixed("NEO4J_ADDRESS", &bolt.uri),
            EnvironmentVariable::secret("NEO4J_USERNAME", &auth.name, &auth.username_key, false),
            EnvironmentVariable::secret("NEO4J_PASSWORD", &auth.name, &auth.password_key, false),
        ];
        if self.source.location.storage_type() == crate::api::storage::StorageType::Azure
            && let Some(secret) = self.source.location.account_secret()
        {
            environment.push(EnvironmentVariable::secret(
                "AZURE_STORAGE_ACCOUNT",
                secret,
                "AZURE_STORAGE_ACCOUNT",
                false,
            ));
        }
        let mut volumes = vec![
            VolumePlan::empty("tmp", Some("1Gi")),
            VolumePlan::empty("data", Some("1Gi")),
            VolumePlan::empty("logs", Some("1Gi")),
        ];
        let mut mounts = common_mounts();
        let mut steps = Vec::new();
        if let Some((secret, key)) = &bolt.ca {
            let options =
                location::trust(secret, key, "spec.targetCluster", &mut volumes, &mut mounts, &mut steps);
            environment.push(EnvironmentVariable::fixed("JAVA_TOOL_OPTIONS", options));
        }
        Ok((volumes, environment, mounts, steps))
    }

    fn cypher_step(
        &self,
        step: &str,
        statement: &Statement,
        database: &str,
        field: &str,
        mounts: &[Mount],
    ) -> Result<Step, Gap> {
        let mut arguments = vec![
            Argument::fixed(format!("--database={database}")),
            Argument::fixed("--format=plain"),
            Argument::fixed("--non-interactive"),
        ];
        for (name, parameter) in &statement.parameters {
            let literal = parameter
                .literal()
                .map_err(|error| Gap { field: "spec.source", message: error.to_string() })?;
            let text = format!("--param={{{name}: {literal}}}");
            arguments.push(self.source.location.trace_one(text, Some(field.to_owned())));
        }
        arguments.push(Argument::from_field(&statement.text, field));
        Ok(Step {
            name: step.to_owned(),
            image: None,
            command: vec![Argument::fixed("cypher-shell")],
            arguments,
            environment: Vec::new(),
            mounts: mounts.to_vec(),
            verification: false,
            foreign: false,
        })
    }

    fn hooks(&self, hooks: Option<&RestoreHooks>, phase: &Phase) -> Result<Vec<RestoreJob>, Gap> {
        let mut jobs = Vec::new();
        let Some(hooks) = hooks else { return Ok(jobs) };
        let statements = hooks.cypher_statements.as_deref().unwrap_or_default();
        if !statements.is_empty() {
            let (volumes, environment, mounts, mut steps) = self.cypher_surroundings()?;
            for (index, text) in statements.iter().enumerate() {
                let statement = Statement { text: text.clone(), parameters: Vec::new() };
                let field = format!("{}[{index}]", phase.cypher_field);
                steps.push(self.cypher_step(
                    &format!("statement-{}", index + 1),
                    &statement,
                    self.database,
                    &field,
                    &mounts,
                )?);
            }
            jobs.push(RestoreJob {
                name: self.name(phase.cypher_component),
                component: phase.cypher_component,
                steps,
                environment,
                volumes,
                pods: self.pods(DEADLINE_SECONDS, 0),
            });
        }
        if let Some(job) = &hooks.job {
            let template = job.template.as_ref().ok_or_else(|| Gap::field(phase.field))?;
            let container = template.container.as_ref().ok_or_else(|| Gap::field(phase.field))?;
            let deadline = match job.timeout.as_deref() {
                Some(text) => duration::parse(text)
                    .ok()
                    .and_then(|duration| i64::try_from(duration.as_secs()).ok())
                    .ok_or_else(|| Gap::field(phase.timeout_field))?,
                None => 30 * 60,
            };
            jobs.push(RestoreJob {
                name: self.name(phase.component),
                component: phase.component,
                steps: vec![hook_step(container, phase.field)],
                environment: Vec::new(),
                volumes: vec![VolumePlan::empty("tmp", Some("1Gi"))],
                pods: self.pods(deadline, template.backoff_limit.unwrap_or(0)),
            });
        }
        Ok(jobs)
    }
}

/// A hook's own container, exactly as the spec has it.
fn hook_step(container: &crate::api::restore::HookContainer, field: &str) -> Step {
    let list = |items: &Option<Vec<String>>, leaf: &str| {
        items
            .iter()
            .flatten()
            .enumerate()
            .map(|(index, text)| {
                Argument::from_field(text, format!("{field}.template.container.{leaf}[{index}]"))
            })
            .collect()
    };
    let environment = container
        .env
        .iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, variable)| {
            let value = match &variable.value_from {
                Some(from) => match (&from.secret_key_ref, &from.config_map_key_ref) {
                    (Some(secret), _) => EnvironmentValue::SecretKey {
                        name: secret.name.clone()?,
                        key: secret.key.clone()?,
                        optional: false,
                    },
                    (None, Some(map)) => {
                        EnvironmentValue::ConfigMapKey { name: map.name.clone()?, key: map.key.clone()? }
                    }
                    (None, None) => return None,
                },
                None => EnvironmentValue::Literal(variable.value.clone().unwrap_or_default()),
            };
            Some(EnvironmentVariable {
                name: variable.name.clone()?,
                value,
                field: Some(format!("{field}.template.container.env[{index}]")),
            })
        })
        .collect();
    Step {
        name: "hook".to_owned(),
        image: container.image.clone(),
        command: list(&container.command, "command"),
        arguments: list(&container.args, "args"),
        environment,
        mounts: vec![Mount::writable("tmp", "/tmp")],
        verification: false,
        foreign: true,
    }
}
