//! The pod that every Job of ours runs.
//!
//! One builder for backups, restores and hooks, because what it guards is the same: the pod passes the restricted
//! Pod Security profile, has no token of the cluster's API, and keeps what a failed step said. Steps are init
//! containers in order and the last one is the main container (pods.md §3).

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMapKeySelector, ConfigMapVolumeSource, Container, EmptyDirVolumeSource, EnvVar,
    EnvVarSource, EphemeralVolumeSource, KeyToPath, LocalObjectReference, PersistentVolumeClaimSpec,
    PersistentVolumeClaimTemplate, PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec,
    PodTemplateSpec, ResourceRequirements, SeccompProfile, SecretKeySelector, SecretVolumeSource,
    SecurityContext, Volume, VolumeMount, VolumeResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::expansion;
use super::fields::SettingFields;
use super::labels::{self, Map};
use super::provenance::Trace;
use crate::api::quantity::Quantity;
use crate::plan::backup::PodPlan;
use crate::plan::{
    Argument, EnvironmentValue, EnvironmentVariable, Mount, ServiceAccountPlan, Step, VolumePlan,
    VolumeSource,
};

/// User, group and file system group of the official image (operator.md §2.2; pods.md §4).
pub const NEO4J_ID: i64 = 7474;

/// Names of steps that do the work that a person asks about, and whose log they want to see.
const WORKING_STEPS: [&str; 3] = ["backup", "restore", "seed"];

/// What a pod is made from.
#[derive(Clone, Copy)]
pub(super) struct Pod<'a> {
    pub image: &'a str,
    pub steps: &'a [Step],
    pub environment: &'a [EnvironmentVariable],
    pub volumes: &'a [VolumePlan],
    pub settings: &'a PodPlan,
    pub service_account: &'a ServiceAccountPlan,
    pub fields: &'a SettingFields,
}

/// The pod template; `at` is its JSON pointer in the object.
pub(super) fn template(
    pod: &Pod<'_>,
    mut own_labels: Map,
    mut annotations: Map,
    at: &str,
    trace: &mut Trace,
) -> PodTemplateSpec {
    if pod.settings.azure_workload_identity {
        own_labels.extend([labels::owned((labels::AZURE_WORKLOAD_IDENTITY, "true"))]);
    }
    if let Some(name) = default_container(pod.steps) {
        annotations.entry(labels::DEFAULT_CONTAINER.to_owned()).or_insert_with(|| name.to_owned());
    }
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: labels::unless_empty(own_labels),
            annotations: labels::unless_empty(annotations),
            ..ObjectMeta::default()
        }),
        spec: Some(spec(pod, &format!("{at}/spec"), trace)),
    }
}

/// The step that `kubectl logs` shows when nobody names one.
fn default_container(steps: &[Step]) -> Option<&str> {
    let working = steps.iter().find(|step| WORKING_STEPS.contains(&step.name.as_str()));
    working.or(steps.last()).map(|step| step.name.as_str())
}

fn spec(pod: &Pod<'_>, at: &str, trace: &mut Trace) -> PodSpec {
    let settings = pod.settings;
    let fields = pod.fields;
    for (name, given, field) in [
        ("activeDeadlineSeconds", settings.deadline_seconds.is_some(), fields.deadline),
        ("affinity", settings.affinity.is_some(), fields.affinity),
        ("imagePullSecrets", !settings.image_pull_secrets.is_empty(), fields.image_pull_secrets),
        ("nodeSelector", !settings.node_selector.is_empty(), fields.node_selector),
        ("priorityClassName", settings.priority_class_name.is_some(), fields.priority_class_name),
        ("serviceAccountName", true, pod.service_account.name.field),
        ("tolerations", !settings.tolerations.is_empty(), fields.tolerations),
    ] {
        trace.note(format_args!("{at}/{name}"), field.filter(|_| given));
    }

    let last = pod.steps.len().saturating_sub(1);
    let mut init = Vec::with_capacity(last);
    let mut main = Vec::with_capacity(1);
    for (index, step) in pod.steps.iter().enumerate() {
        if index < last {
            init.push(container(pod, step, &format!("{at}/initContainers/{index}"), trace));
        } else {
            main.push(container(pod, step, &format!("{at}/containers/0"), trace));
        }
    }
    for (index, volume) in pod.volumes.iter().enumerate() {
        trace.note(format_args!("{at}/volumes/{index}"), volume.field.as_deref());
    }

    PodSpec {
        active_deadline_seconds: settings.deadline_seconds,
        affinity: settings.affinity.as_deref().cloned(),
        automount_service_account_token: Some(false),
        containers: main,
        enable_service_links: Some(false),
        image_pull_secrets: unless_none(&settings.image_pull_secrets, |name| LocalObjectReference {
            name: name.clone(),
        }),
        init_containers: (!init.is_empty()).then_some(init),
        node_selector: labels::unless_empty(settings.node_selector.clone()),
        priority_class_name: settings.priority_class_name.clone(),
        restart_policy: Some("Never".to_owned()),
        security_context: Some(PodSecurityContext {
            fs_group: Some(NEO4J_ID),
            fs_group_change_policy: Some("OnRootMismatch".to_owned()),
            run_as_group: Some(NEO4J_ID),
            run_as_non_root: Some(true),
            run_as_user: Some(NEO4J_ID),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                ..SeccompProfile::default()
            }),
            ..PodSecurityContext::default()
        }),
        service_account_name: Some(pod.service_account.name.value.clone()),
        tolerations: unless_none(&settings.tolerations, Clone::clone),
        volumes: unless_none(pod.volumes, volume),
        ..PodSpec::default()
    }
}

fn container(pod: &Pod<'_>, step: &Step, at: &str, trace: &mut Trace) -> Container {
    let image_field = if step.image.is_some() { pod.fields.own_image } else { pod.fields.image };
    trace.note(format_args!("{at}/image"), image_field);
    let resources = resources(pod.settings);
    trace.note(format_args!("{at}/resources"), pod.fields.resources.filter(|_| resources.is_some()));
    Container {
        name: step.name.clone(),
        image: Some(step.image.as_deref().unwrap_or(pod.image).to_owned()),
        command: arguments(&step.command, format_args!("{at}/command"), trace),
        args: arguments(&step.arguments, format_args!("{at}/args"), trace),
        env: environment(pod.environment, &step.environment, at, trace),
        resources,
        security_context: Some(security_context(step.foreign)),
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        volume_mounts: mounts(pod.volumes, &step.mounts, at, trace),
        ..Container::default()
    }
}

/// A container's part of the restricted Pod Security profile.
///
/// A hook's own container keeps the profile, and the pod's user id with it: with `runAsNonRoot` an image that
/// names no user, `root` or a user by its name would not start at all without a numeric id. Only its root stays
/// writable, since an image that we do not know may need that and nothing in the profile forbids it.
fn security_context(foreign: bool) -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
        read_only_root_filesystem: (!foreign).then_some(true),
        run_as_non_root: Some(true),
        ..SecurityContext::default()
    }
}

fn arguments(given: &[Argument], at: std::fmt::Arguments<'_>, trace: &mut Trace) -> Option<Vec<String>> {
    for (index, argument) in given.iter().enumerate() {
        trace.note(format_args!("{at}/{index}"), argument.field.as_deref());
    }
    unless_none(given, expansion::argument)
}

/// Variables of the pod, then those of the step. A step's own takes the place of the pod's: a name that stands
/// twice makes a server-side apply fail, whose list of variables is keyed by name.
fn environment(
    of_pod: &[EnvironmentVariable],
    of_step: &[EnvironmentVariable],
    at: &str,
    trace: &mut Trace,
) -> Option<Vec<EnvVar>> {
    let not_overridden =
        |variable: &&EnvironmentVariable| of_step.iter().all(|own| own.name != variable.name);
    let mut variables = Vec::with_capacity(of_pod.len() + of_step.len());
    for variable in of_pod.iter().filter(not_overridden).chain(of_step) {
        trace.note(format_args!("{at}/env/{}", variables.len()), variable.field.as_deref());
        variables.push(environment_variable(variable));
    }
    (!variables.is_empty()).then_some(variables)
}

fn environment_variable(variable: &EnvironmentVariable) -> EnvVar {
    let mut rendered = EnvVar { name: variable.name.clone(), ..EnvVar::default() };
    match &variable.value {
        EnvironmentValue::Literal(text) => {
            rendered.value = Some(expansion::escape_expansion(text).into_owned());
        }
        EnvironmentValue::SecretKey { name, key, optional } => {
            rendered.value_from = Some(EnvVarSource {
                secret_key_ref: Some(SecretKeySelector {
                    name: name.clone(),
                    key: key.clone(),
                    optional: optional.then_some(true),
                }),
                ..EnvVarSource::default()
            });
        }
        EnvironmentValue::ConfigMapKey { name, key } => {
            rendered.value_from = Some(EnvVarSource {
                config_map_key_ref: Some(ConfigMapKeySelector {
                    name: name.clone(),
                    key: key.clone(),
                    optional: None,
                }),
                ..EnvVarSource::default()
            });
        }
    }
    rendered
}

fn resources(settings: &PodPlan) -> Option<ResourceRequirements> {
    if settings.requests.is_empty() && settings.limits.is_empty() {
        return None;
    }
    let quantities = |given: &std::collections::BTreeMap<String, Quantity>| {
        labels::unless_empty(
            given.iter().map(|(name, quantity)| (name.clone(), ApiQuantity(quantity.0.clone()))).collect(),
        )
    };
    Some(ResourceRequirements {
        claims: None,
        limits: quantities(&settings.limits),
        requests: quantities(&settings.requests),
    })
}

fn mounts(volumes: &[VolumePlan], given: &[Mount], at: &str, trace: &mut Trace) -> Option<Vec<VolumeMount>> {
    for (index, mount) in given.iter().enumerate() {
        let volume = volumes.iter().find(|volume| volume.name == mount.volume);
        trace.note(
            format_args!("{at}/volumeMounts/{index}"),
            volume.and_then(|volume| volume.field.as_deref()),
        );
    }
    unless_none(given, |mount| VolumeMount {
        name: mount.volume.to_owned(),
        mount_path: mount.path.clone(),
        sub_path: mount.sub_path.clone(),
        read_only: mount.read_only.then_some(true),
        ..VolumeMount::default()
    })
}

fn volume(plan: &VolumePlan) -> Volume {
    let mut volume = Volume { name: plan.name.to_owned(), ..Volume::default() };
    match &plan.source {
        VolumeSource::Empty { size_limit } => {
            volume.empty_dir =
                Some(EmptyDirVolumeSource { medium: None, size_limit: size_limit.clone().map(ApiQuantity) });
        }
        VolumeSource::Ephemeral { size, storage_class } => {
            volume.ephemeral = Some(EphemeralVolumeSource {
                volume_claim_template: Some(PersistentVolumeClaimTemplate {
                    metadata: None,
                    spec: claim_spec(size, storage_class.as_deref()),
                }),
            });
        }
        VolumeSource::Claim { name, read_only } => {
            volume.persistent_volume_claim = Some(PersistentVolumeClaimVolumeSource {
                claim_name: name.clone(),
                read_only: read_only.then_some(true),
            });
        }
        VolumeSource::Secret { name, items } => {
            volume.secret = Some(SecretVolumeSource {
                secret_name: Some(name.clone()),
                items: unless_none(items, |(key, path)| KeyToPath {
                    key: key.clone(),
                    path: path.clone(),
                    mode: None,
                }),
                ..SecretVolumeSource::default()
            });
        }
        VolumeSource::Configuration { name } => {
            volume.config_map =
                Some(ConfigMapVolumeSource { name: name.clone(), ..ConfigMapVolumeSource::default() });
        }
    }
    volume
}

/// A claim of one pod at a time: artifacts and scratch space need no more, and every StorageClass has it.
pub(super) fn claim_spec(size: &str, storage_class: Option<&str>) -> PersistentVolumeClaimSpec {
    PersistentVolumeClaimSpec {
        access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
        resources: Some(VolumeResourceRequirements {
            limits: None,
            requests: Some([("storage".to_owned(), ApiQuantity(size.to_owned()))].into()),
        }),
        storage_class_name: storage_class.map(str::to_owned),
        ..PersistentVolumeClaimSpec::default()
    }
}

/// The items in Kubernetes' words, or nothing when there are none.
fn unless_none<T, U>(items: &[T], word: impl FnMut(&T) -> U) -> Option<Vec<U>> {
    (!items.is_empty()).then(|| items.iter().map(word).collect())
}
