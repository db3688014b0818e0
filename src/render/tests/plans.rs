//! Plans by hand, one for each thing that a plan can ask for.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Toleration;

use crate::api::quantity::Quantity;
use crate::neo4j::version::Version;
use crate::plan::backup::{BackupPlan, ConfigurationPlan, PodPlan, SchedulePlan};
use crate::plan::restore::{Instruction, RestoreJob, RestoreMethod, RestorePlan};
use crate::plan::{
    Argument, ClaimPlan, EnvironmentValue, EnvironmentVariable, Mount, ServiceAccountPlan, Step, StoragePlan,
    Traced, VolumePlan, VolumeSource,
};

const IMAGE: &str = "neo4j:5.26.12-enterprise";
const FROM: &str = "--from=production-cluster-server-0.production-cluster-headless.neo4j.svc.cluster.local:6362,\
                    production-cluster-server-1.production-cluster-headless.neo4j.svc.cluster.local:6362,\
                    production-cluster-server-2.production-cluster-headless.neo4j.svc.cluster.local:6362";

fn version() -> Version {
    Version::new(5, 26, 12)
}

/// Every plan of this file by name, as what it renders to.
pub(super) fn all() -> Vec<(&'static str, Plan)> {
    vec![
        ("s3_one_shot", Plan::Backup(Box::new(s3_one_shot()))),
        ("scheduled_claim", Plan::Backup(Box::new(scheduled_claim()))),
        ("tls", Plan::Backup(Box::new(tls()))),
        ("azure_ephemeral", Plan::Backup(Box::new(azure_ephemeral()))),
        ("restore_offline", Plan::Restore(Box::new(restore_offline()))),
        ("restore_seed", Plan::Restore(Box::new(restore_seed()))),
        ("restore_hooks", Plan::Restore(Box::new(restore_hooks()))),
    ]
}

pub(super) enum Plan {
    Backup(Box<BackupPlan>),
    Restore(Box<RestorePlan>),
}

fn fixed(words: &[&str]) -> Vec<Argument> {
    words.iter().copied().map(Argument::fixed).collect()
}

fn literal(name: &str, value: &str) -> EnvironmentVariable {
    EnvironmentVariable { name: name.into(), value: EnvironmentValue::Literal(value.into()), field: None }
}

fn secret(name: &str, secret: &str, optional: bool) -> EnvironmentVariable {
    EnvironmentVariable {
        name: name.into(),
        value: EnvironmentValue::SecretKey { name: secret.into(), key: name.into(), optional },
        field: Some("spec.storage.cloud.credentialsSecretRef".into()),
    }
}

fn empty(name: &'static str) -> VolumePlan {
    VolumePlan { name, source: VolumeSource::Empty { size_limit: None }, field: None }
}

fn mount(volume: &'static str, path: &str) -> Mount {
    Mount { volume, path: path.into(), sub_path: None, read_only: false }
}

fn scratch_mounts() -> Vec<Mount> {
    vec![mount("tmp", "/tmp"), mount("logs", "/logs"), mount("data", "/data"), mount("temp", "/backup-temp")]
}

fn scratch_volumes() -> Vec<VolumePlan> {
    vec![empty("tmp"), empty("logs"), empty("data"), empty("temp")]
}

pub(super) fn step(name: &str, command: &[&str], arguments: Vec<Argument>) -> Step {
    Step {
        name: name.into(),
        image: None,
        command: fixed(command),
        arguments,
        environment: Vec::new(),
        mounts: scratch_mounts(),
        verification: false,
        foreign: false,
    }
}

fn pods() -> PodPlan {
    let quantities = |pairs: &[(&str, &str)]| -> BTreeMap<String, Quantity> {
        pairs.iter().map(|(name, value)| ((*name).into(), Quantity((*value).into()))).collect()
    };
    PodPlan {
        requests: quantities(&[("cpu", "250m"), ("memory", "1Gi")]),
        limits: quantities(&[("memory", "2Gi")]),
        backoff_limit: 2,
        ..PodPlan::default()
    }
}

fn account() -> ServiceAccountPlan {
    ServiceAccountPlan {
        name: Traced::assumed("neo4j-backup-sa".into()),
        create: true,
        annotations: BTreeMap::new(),
    }
}

fn annotated_account(key: &str, value: &str) -> ServiceAccountPlan {
    let field = "spec.storage.cloud.identity.autoCreate.annotations";
    ServiceAccountPlan {
        annotations: [(key.to_owned(), Traced::from_field(value.to_owned(), field))].into(),
        ..account()
    }
}

fn bucket(uri: Argument, prefix: &str) -> StoragePlan {
    StoragePlan::Bucket { uri, prefix: prefix.into() }
}

fn to_path(uri: &Argument) -> Argument {
    Argument::from_field(format!("--to-path={}", uri.text), "spec.storage.path")
}

fn backup_arguments(to_path: Argument, rest: Vec<Argument>) -> Vec<Argument> {
    let mut arguments = vec![Argument::from_field(FROM, "spec.target.name"), to_path];
    arguments.push(Argument::fixed("--temp-path=/backup-temp"));
    arguments.extend(rest);
    arguments.push(Argument::from_field("*", "spec.target.kind"));
    arguments
}

/// S3 with a Secret and an endpoint of one's own, once, every setting of the pods given.
pub(super) fn s3_one_shot() -> BackupPlan {
    let uri = Argument::from_field("s3://backups/production/", "spec.storage.path");
    let arguments = backup_arguments(
        to_path(&uri),
        vec![Argument::from_field("--compress=false", "spec.options.compress")],
    );
    BackupPlan {
        name: "nightly".into(),
        namespace: "neo4j".into(),
        target: "production-cluster".into(),
        version: version(),
        image: IMAGE.into(),
        schedule: None,
        service_account: annotated_account(
            "eks.amazonaws.com/role-arn",
            "arn:aws:iam::123456789012:role/neo4j-backup",
        ),
        storage: bucket(uri, "production/"),
        steps: vec![step("backup", &["neo4j-admin", "database", "backup"], arguments)],
        environment: vec![
            literal("TZ", "UTC"),
            secret("AWS_ACCESS_KEY_ID", "s3-credentials", false),
            secret("AWS_SECRET_ACCESS_KEY", "s3-credentials", false),
            secret("AWS_DEFAULT_REGION", "s3-credentials", true),
        ],
        volumes: scratch_volumes(),
        configuration: None,
        pods: PodPlan {
            labels: [("team".into(), "graph".into())].into(),
            annotations: [("example.com/paging".into(), "yes".into())].into(),
            node_selector: [("disk".into(), "ssd".into())].into(),
            tolerations: vec![Toleration {
                key: Some("dedicated".into()),
                operator: Some("Equal".into()),
                value: Some("neo4j".into()),
                effect: Some("NoSchedule".into()),
                ..Toleration::default()
            }],
            priority_class_name: Some("backup".into()),
            image_pull_secrets: vec!["registry".into()],
            deadline_seconds: Some(21_600),
            ..pods()
        },
        lifecycle: None,
    }
}

/// A schedule, a claim that is made, and checks after the backup.
pub(super) fn scheduled_claim() -> BackupPlan {
    let artifacts = Mount { sub_path: Some("daily".into()), ..mount("artifacts", "/backups/daily") };
    let to_path = Argument::from_field("--to-path=/backups/daily/", "spec.storage.path");
    let mut steps = vec![step(
        "backup",
        &["neo4j-admin", "database", "backup"],
        backup_arguments(to_path, vec![Argument::from_field("--type=FULL", "spec.options.backupType")]),
    )];
    steps.push(Step {
        verification: true,
        ..step(
            "inspect",
            &["neo4j-admin", "backup", "inspect"],
            fixed(&["/backups/daily/", "--latest-chain"]),
        )
    });
    for database in ["neo4j", "orders"] {
        steps.push(Step {
            verification: true,
            ..step(
                &format!("check-{database}"),
                &["neo4j-admin", "database", "check"],
                vec![
                    Argument::fixed("--from-path=/backups/daily/"),
                    Argument::fixed("--temp-path=/backup-temp"),
                    Argument::fixed(database),
                ],
            )
        });
    }
    for step in &mut steps {
        step.mounts.push(Mount { read_only: step.verification, ..artifacts.clone() });
    }
    let mut volumes = scratch_volumes();
    volumes.push(VolumePlan {
        name: "artifacts",
        source: VolumeSource::Claim { name: "neo4j-backups".into(), read_only: false },
        field: Some("spec.storage.pvc.name".into()),
    });
    BackupPlan {
        name: "daily".into(),
        schedule: Some(SchedulePlan {
            expression: Traced::from_field("0 2 * * *".into(), "spec.schedule"),
            time_zone: Traced::from_field("Europe/Berlin".into(), "spec.timeZone"),
            starting_deadline_seconds: Traced::assumed(600),
            successful_history: Traced::from_field(5, "spec.historyLimits.successful"),
            failed_history: Traced::assumed(3),
            suspend: Traced::assumed(false),
        }),
        service_account: account(),
        storage: StoragePlan::Claim {
            name: "neo4j-backups".into(),
            folder: "daily".into(),
            path: "/backups/daily/".into(),
            create: Some(ClaimPlan { size: "100Gi".into(), storage_class: Some("fast".into()) }),
        },
        steps,
        environment: vec![literal("TZ", "UTC")],
        volumes,
        pods: PodPlan {
            labels: [("team".into(), "graph".into())].into(),
            annotations: [("example.com/paging".into(), "yes".into())].into(),
            ..pods()
        },
        ..s3_one_shot()
    }
}

/// Certificates for the backup port, with a ConfigMap.
pub(super) fn tls() -> BackupPlan {
    let mut plan = s3_one_shot();
    plan.name = "tls".into();
    plan.service_account = ServiceAccountPlan {
        name: Traced::from_field("existing-account".into(), "spec.storage.cloud.identity.serviceAccount"),
        create: false,
        annotations: BTreeMap::new(),
    };
    plan.environment = vec![literal("TZ", "UTC"), literal("HEAP_SIZE", "512m")];
    plan.pods = pods();
    plan.configuration = Some(ConfigurationPlan {
        name: "tls-backup-config".into(),
        files: [(
            "backup.conf".into(),
            "dbms.ssl.policy.backup.enabled=true\ndbms.ssl.policy.backup.base_directory=/ssl\n".into(),
        )]
        .into(),
    });
    plan.volumes.extend([
        VolumePlan {
            name: "configuration",
            source: VolumeSource::Configuration { name: "tls-backup-config".into() },
            field: Some("spec.options.tls".into()),
        },
        VolumePlan {
            name: "certificates",
            source: VolumeSource::Secret {
                name: "backup-tls".into(),
                items: vec![
                    ("tls.key".into(), "private.key".into()),
                    ("tls.crt".into(), "public.crt".into()),
                    ("ca.crt".into(), "trusted/ca.crt".into()),
                ],
            },
            field: Some("spec.options.tls.secretName".into()),
        },
    ]);
    for step in &mut plan.steps {
        step.environment = vec![literal("HEAP_SIZE", "1g")];
        step.arguments
            .push(Argument::from_field("--additional-config=/configuration/backup.conf", "spec.options.tls"));
        for (volume, path) in [("configuration", "/configuration"), ("certificates", "/ssl")] {
            step.mounts.push(Mount { read_only: true, ..mount(volume, path) });
        }
    }
    plan
}

/// Azure with workload identity, its account from a Secret, and a scratch volume of its own.
pub(super) fn azure_ephemeral() -> BackupPlan {
    let account = "$(AZURE_STORAGE_ACCOUNT)";
    let uri = Argument::from_field(format!("azb://{account}/backups/$(HOME)/"), "spec.storage.path")
        .referring_to(account);
    let arguments = backup_arguments(to_path(&uri).referring_to(account), Vec::new());
    let mut plan = BackupPlan {
        name: "azure".into(),
        service_account: annotated_account(
            "azure.workload.identity/client-id",
            "00000000-0000-0000-0000-000000000001",
        ),
        storage: bucket(uri, "$(HOME)/"),
        steps: vec![step("backup", &["neo4j-admin", "database", "backup"], arguments)],
        environment: vec![literal("TZ", "UTC"), secret("AZURE_STORAGE_ACCOUNT", "azure-credentials", false)],
        pods: PodPlan { azure_workload_identity: true, ttl_seconds: Some(86_400), ..pods() },
        ..s3_one_shot()
    };
    for volume in &mut plan.volumes {
        if volume.name == "temp" {
            volume.source =
                VolumeSource::Ephemeral { size: "200Gi".into(), storage_class: Some("scratch".into()) };
            volume.field = Some("spec.options.tempStorage".into());
        }
        if volume.name == "tmp" {
            volume.source = VolumeSource::Empty { size_limit: Some("1Gi".into()) };
        }
    }
    plan
}

fn restore(name: &str, method: RestoreMethod, jobs: Vec<RestoreJob>) -> RestorePlan {
    RestorePlan {
        name: name.into(),
        namespace: "neo4j".into(),
        target: "production".into(),
        database: "orders".into(),
        version: version(),
        image: IMAGE.into(),
        method,
        service_account: account(),
        jobs,
        procedure: vec![Instruction { text: "Stop the server.".into(), command: None }],
        run_id: "9f2c4a7e01bd".into(),
    }
}

fn restore_job(name: &str, component: &'static str, steps: Vec<Step>) -> RestoreJob {
    RestoreJob {
        name: name.into(),
        component,
        steps,
        environment: vec![literal("TZ", "UTC")],
        volumes: scratch_volumes(),
        pods: PodPlan { backoff_limit: 0, deadline_seconds: Some(7200), ..pods() },
    }
}

/// Inspect, check, then load on the data claim of a stopped standalone.
pub(super) fn restore_offline() -> RestorePlan {
    let artifact = "/backups/daily/orders-2026-01-02T03-04-05.backup";
    let inspect = Step {
        verification: true,
        ..step(
            "inspect",
            &["neo4j-admin", "backup", "inspect"],
            vec![Argument::from_field(artifact, "spec.source.backupPath")],
        )
    };
    let load = step(
        "restore",
        &["neo4j-admin", "database", "restore"],
        vec![
            Argument::from_field(format!("--from-path={artifact}"), "spec.source.backupPath"),
            Argument::from_field("--restore-until=2026-01-02 03:04:05", "spec.source.pointInTime"),
            Argument::from_field("--overwrite-destination=true", "spec.options.replaceExisting"),
            Argument::from_field("orders", "spec.databaseName"),
        ],
    );
    let mut job = restore_job("orders-restore", "restore", vec![inspect, load]);
    for volume in &mut job.volumes {
        if volume.name == "data" {
            volume.source = VolumeSource::Claim { name: "data-production-0".into(), read_only: false };
            volume.field = Some("spec.targetCluster".into());
        }
    }
    job.volumes.push(VolumePlan {
        name: "artifacts",
        source: VolumeSource::Claim { name: "neo4j-backups".into(), read_only: true },
        field: Some("spec.source.storage.pvc.name".into()),
    });
    for step in &mut job.steps {
        step.mounts.push(Mount { read_only: true, ..mount("artifacts", "/backups") });
    }
    restore("orders", RestoreMethod::Offline, vec![job])
}

/// A seed through Cypher.
pub(super) fn restore_seed() -> RestorePlan {
    let statement = "CREATE DATABASE $database OPTIONS {existingData: 'use', seedURI: $uri} WAIT";
    let mut seed = step(
        "seed",
        &["cypher-shell"],
        vec![
            Argument::fixed("--param"),
            Argument::from_field("{database: 'orders'}", "spec.databaseName"),
            Argument::fixed("--param"),
            Argument::from_field("{uri: 's3://backups/production/orders.backup'}", "spec.source.backupPath"),
            Argument::fixed(statement),
        ],
    );
    seed.environment = vec![
        literal("NEO4J_USERNAME", "neo4j"),
        EnvironmentVariable {
            name: "NEO4J_PASSWORD".into(),
            value: EnvironmentValue::SecretKey {
                name: "neo4j-auth".into(),
                key: "password".into(),
                optional: false,
            },
            field: None,
        },
    ];
    restore(
        "orders-seed",
        RestoreMethod::Seed,
        vec![restore_job("orders-seed-restore", "restore", vec![seed])],
    )
}

/// A hook of a person's own around a restore.
pub(super) fn restore_hooks() -> RestorePlan {
    let container = "spec.options.preRestore.job.template.container";
    let notify = Step {
        image: Some("example.com/tools/notify:1.4".into()),
        command: vec![Argument::from_field("/bin/sh", format!("{container}.command[0]"))],
        arguments: vec![
            Argument::from_field("-c", format!("{container}.args[0]")),
            Argument::from_field("notify \"$CHANNEL\" 'cost: $(5)'", format!("{container}.args[1]")),
        ],
        environment: vec![
            literal("CHANNEL", "dba $$ on-call"),
            EnvironmentVariable {
                name: "TOKEN".into(),
                value: EnvironmentValue::SecretKey {
                    name: "notify".into(),
                    key: "token".into(),
                    optional: false,
                },
                field: Some(format!("{container}.env[1]")),
            },
            EnvironmentVariable {
                name: "URL".into(),
                value: EnvironmentValue::ConfigMapKey { name: "notify".into(), key: "url".into() },
                field: Some(format!("{container}.env[2]")),
            },
        ],
        mounts: Vec::new(),
        foreign: true,
        ..step("hook", &[], Vec::new())
    };
    let hook = RestoreJob {
        environment: Vec::new(),
        volumes: Vec::new(),
        ..restore_job("orders-pre-restore-hook", "pre-restore-hook", vec![notify])
    };
    let mut plan = restore_offline();
    plan.jobs.insert(0, hook);
    plan
}
