//! Why a run failed or does not get on: one variant a reason, each with a code, a sentence and a next step.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::diagnostics::{Definition, codes};
use crate::neo4j::admin::Command;
use crate::neo4j::admin::exit::exit_meaning;

/// A reason. Texts in it are on one line, have been made safe to show, and hold no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The image cannot be pulled, or its name is none.
    ImagePull {
        /// The image.
        image: String,
        /// The kubelet's words.
        words: String,
    },
    /// A volume or a bucket is full.
    StoreFull {
        /// The step that said so.
        step: String,
        /// Its words.
        words: String,
    },
    /// A Secret is not there.
    SecretMissing {
        /// Its name.
        secret: String,
    },
    /// A Secret lacks a key.
    SecretKeyMissing {
        /// The Secret, when the message names it.
        secret: String,
        /// The key.
        key: String,
    },
    /// A ConfigMap, or a key of it, is not there.
    ConfigMapMissing {
        /// The ConfigMap.
        config_map: String,
        /// The key; `None` when the whole ConfigMap is missing.
        key: Option<String>,
    },
    /// A claim is not there.
    ClaimMissing {
        /// Its name.
        claim: String,
    },
    /// A claim has no volume.
    ClaimUnbound {
        /// Claims of the pod.
        claims: Vec<String>,
        /// What the provisioner or the binder said.
        words: String,
    },
    /// A volume cannot be attached or mounted.
    VolumeNotMounted {
        /// The kubelet's words.
        words: String,
    },
    /// No node takes the pod.
    Unschedulable {
        /// The scheduler's words.
        words: String,
    },
    /// A step used more memory than its limit.
    OutOfMemory {
        /// The step.
        step: String,
    },
    /// A step ended with an error that nothing more is known of than its code and its words.
    StepFailed {
        /// The step.
        step: String,
        /// Its exit code.
        exit: i32,
        /// The command of `neo4j-admin` that it ran.
        command: Option<Command>,
        /// Its last words.
        words: String,
    },
    /// A server of Neo4j cannot be reached.
    Unreachable {
        /// The step that tried.
        step: String,
        /// Its words.
        words: String,
    },
    /// The store does not accept the credentials.
    CredentialsRefused {
        /// The step that tried.
        step: String,
        /// Its words.
        words: String,
    },
    /// The backup was made and does not pass its verification.
    VerificationFailed {
        /// The step that verified.
        step: String,
        /// Its words.
        words: String,
    },
    /// It took longer than it may.
    Deadline {
        /// The step that was at work, or that could not begin.
        step: Option<String>,
        /// Whether that step had begun.
        begun: bool,
        /// What held it up, when that is known.
        held_up_by: Option<Box<Cause>>,
        /// The Job's own deadline, which takes the pods and their logs away (pods.md §3).
        of_job: bool,
    },
    /// The node needed its disk or memory back.
    Evicted {
        /// The kubelet's words.
        words: String,
    },
    /// The pod was taken away from under the run.
    Disrupted {
        /// What happened to it.
        what: String,
    },
    /// A step's process was killed by a signal.
    Killed {
        /// The step.
        step: String,
        /// The signal.
        signal: i32,
    },
    /// The API server refuses the pods; only an event says so.
    NoPod {
        /// Who refuses them.
        refusal: Refusal,
        /// The server's words.
        words: String,
    },
    /// The Job gave up, or waits, and the pods that would say why are gone.
    Gone {
        /// What the Job still says.
        words: String,
    },
    /// A container cannot be made or started.
    CannotStart {
        /// The step; empty when it is the whole pod.
        step: String,
        /// The kubelet's reason.
        reason: String,
        /// Its words.
        message: String,
    },
    /// The namespace is being deleted.
    NamespaceGoing,
    /// The Job is suspended.
    Suspended,
}

/// Who refuses a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The Pod Security level of the namespace.
    PodSecurity,
    /// A ResourceQuota.
    Quota,
    /// A LimitRange.
    LimitRange,
    /// The ServiceAccount does not exist.
    ServiceAccount,
    /// A webhook or a policy.
    Webhook,
    /// Something else.
    Other,
}

impl Cause {
    /// The code behind it, which `explain` explains.
    #[must_use]
    pub fn definition(&self) -> &'static Definition {
        match self {
            Self::ImagePull { .. } => &codes::IMAGE_NOT_PULLED,
            Self::StoreFull { .. } => &codes::STORE_FULL,
            Self::SecretMissing { .. } => &codes::RUN_SECRET_MISSING,
            Self::SecretKeyMissing { .. } => &codes::RUN_SECRET_KEY_MISSING,
            Self::ConfigMapMissing { .. } => &codes::RUN_CONFIG_MAP_MISSING,
            Self::ClaimMissing { .. } | Self::ClaimUnbound { .. } => &codes::CLAIM_UNUSABLE,
            Self::VolumeNotMounted { .. } => &codes::VOLUME_NOT_MOUNTED,
            Self::Unschedulable { .. } => &codes::UNSCHEDULABLE,
            Self::OutOfMemory { .. } => &codes::OUT_OF_MEMORY,
            Self::StepFailed { .. } => &codes::STEP_FAILED,
            Self::Unreachable { .. } => &codes::SERVER_UNREACHABLE,
            Self::CredentialsRefused { .. } => &codes::CREDENTIALS_REFUSED,
            Self::VerificationFailed { .. } => &codes::VERIFICATION_FAILED,
            Self::Deadline { .. } => &codes::DEADLINE_PASSED,
            Self::Evicted { .. } => &codes::POD_EVICTED,
            Self::Disrupted { .. } | Self::Killed { .. } => &codes::POD_DISRUPTED,
            Self::NoPod { .. } => &codes::POD_REFUSED,
            Self::Gone { .. } => &codes::TRACES_GONE,
            Self::CannotStart { .. } => &codes::CONTAINER_NOT_STARTED,
            Self::NamespaceGoing => &codes::NAMESPACE_GOING,
            Self::Suspended => &codes::RUN_SUSPENDED,
        }
    }

    /// What a person does about it, one sentence without a full stop.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self {
            Self::ImagePull { .. } => {
                "put the right tag into the target, or the pull secret into `job.imagePullSecrets`".to_owned()
            }
            Self::StoreFull { .. } => {
                "make room: grow the claim or `options.tempStorage`, or delete whole chains, the oldest first".to_owned()
            }
            Self::SecretMissing { secret } => {
                format!("make the Secret `{secret}` in the namespace of the backup; a pod that waits starts by itself")
            }
            Self::SecretKeyMissing { secret, key } if secret.is_empty() => format!("add the key `{key}` to the Secret"),
            Self::SecretKeyMissing { secret, key } => format!("add the key `{key}` to the Secret `{secret}`"),
            Self::ConfigMapMissing { config_map, .. } => {
                format!("apply the spec again, which makes the ConfigMap `{config_map}`")
            }
            Self::ClaimMissing { claim } => {
                format!("make the claim `{claim}`, or give `storage.pvc.size` and apply the spec again")
            }
            Self::ClaimUnbound { claims, .. } => match claims.as_slice() {
                [claim] => format!("see `kubectl describe pvc {claim}`: a volume or a storage class is missing"),
                _ => "see `kubectl describe pvc`: a volume or a storage class is missing".to_owned(),
            },
            Self::VolumeNotMounted { .. } => {
                "see `kubectl describe pod`; a ReadWriteOnce volume is attached to one node at a time".to_owned()
            }
            Self::Unschedulable { .. } => {
                "change `job.resources`, `job.nodeSelector` or `job.tolerations`, or add a node".to_owned()
            }
            Self::OutOfMemory { .. } => {
                "raise `job.resources.limits.memory`, or lower `options.pageCache`".to_owned()
            }
            Self::StepFailed { exit, command: Some(command), .. } => exit_meaning(*command, *exit).next_step.to_owned(),
            Self::StepFailed { .. } => "read the log of the step with `kubectl neo4j-backup logs`".to_owned(),
            Self::Unreachable { .. } => {
                "see that the servers run, that `server.backup.listen_address` is not loopback, that network policies let port 6362 through, and that `options.tls` is given where the servers ask for it".to_owned()
            }
            Self::CredentialsRefused { .. } => {
                "see the Secret of `cloud.credentialsSecretRef` or the identity's role, and the bucket's policy".to_owned()
            }
            Self::VerificationFailed { .. } => {
                "do not count on this artifact; read the log, and take a full backup".to_owned()
            }
            Self::Deadline { held_up_by: Some(cause), .. } => cause.next_step(),
            Self::Deadline { .. } => "give `job.deadline` or `options.timeout` more time, or see what took so long".to_owned(),
            Self::Evicted { .. } => {
                "give `job.resources` and `options.tempStorage` what the backup needs".to_owned()
            }
            Self::Disrupted { .. } => "nothing, if a later attempt succeeded; else run it again".to_owned(),
            Self::Killed { .. } => {
                "see the node's log for what killed it: memory of the node, a drain, or a person".to_owned()
            }
            Self::NoPod { refusal, .. } => match refusal {
                Refusal::PodSecurity => "see which field the message names; hooks and `job` settings are the usual ones".to_owned(),
                Refusal::Quota => "raise the quota, or lower `job.resources`".to_owned(),
                Refusal::LimitRange => "bring `job.resources` within the LimitRange".to_owned(),
                Refusal::ServiceAccount => "make the ServiceAccount, or apply the spec again".to_owned(),
                Refusal::Webhook => "ask whoever runs the policy that refuses the pods".to_owned(),
                Refusal::Other => "see `kubectl describe job`".to_owned(),
            },
            Self::Gone { .. } => "run it again with `kubectl neo4j-backup trigger --wait`, and watch".to_owned(),
            Self::CannotStart { .. } => "see that the image is one of Neo4j and fits the node's architecture".to_owned(),
            Self::NamespaceGoing => "nothing can be done here; backups on claims of the namespace go with it".to_owned(),
            Self::Suspended => "let it go on with `kubectl neo4j-backup resume`".to_owned(),
        }
    }

    /// The step that the cause is about.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::StoreFull { step, .. }
            | Self::OutOfMemory { step }
            | Self::StepFailed { step, .. }
            | Self::Unreachable { step, .. }
            | Self::CredentialsRefused { step, .. }
            | Self::VerificationFailed { step, .. }
            | Self::Killed { step, .. }
            | Self::CannotStart { step, .. }
            | Self::Deadline { step: Some(step), .. } => {
                Some(step).filter(|step| !step.is_empty()).map(String::as_str)
            }
            _ => None,
        }
    }

    /// Whether another attempt may find it gone without anybody doing anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Disrupted { .. } | Self::Evicted { .. } | Self::Killed { .. })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImagePull { image, words } => {
                write!(f, "the image {image} cannot be pulled{}", Tail(words))
            }
            Self::StoreFull { step, words } => write!(f, "no space is left, says step {step}{}", Tail(words)),
            Self::SecretMissing { secret } => write!(f, "the Secret {secret} does not exist"),
            Self::SecretKeyMissing { secret, key } if secret.is_empty() => {
                write!(f, "the Secret has no key {key}")
            }
            Self::SecretKeyMissing { secret, key } => write!(f, "the Secret {secret} has no key {key}"),
            Self::ConfigMapMissing { config_map, key: None } => {
                write!(f, "the ConfigMap {config_map} does not exist")
            }
            Self::ConfigMapMissing { config_map, key: Some(key) } => {
                write!(f, "the ConfigMap {config_map} has no key {key}")
            }
            Self::ClaimMissing { claim } => write!(f, "the claim {claim} does not exist"),
            Self::ClaimUnbound { claims, words } => match claims.as_slice() {
                [claim] => write!(f, "the claim {claim} is not bound to a volume{}", Tail(words)),
                _ => write!(f, "a claim of the pod is not bound to a volume{}", Tail(words)),
            },
            Self::VolumeNotMounted { words } => write!(f, "a volume cannot be mounted{}", Tail(words)),
            Self::Unschedulable { words } => write!(f, "no node takes the pod{}", Tail(words)),
            Self::OutOfMemory { step } => write!(f, "step {step} ran out of memory (OOMKilled)"),
            Self::StepFailed { step, exit, command, words } => {
                write!(f, "step {step} ended with exit code {exit}")?;
                if words.is_empty()
                    && let Some(command) = command
                {
                    return write!(f, ": {}", exit_meaning(*command, *exit).meaning);
                }
                write!(f, "{}", Tail(words))
            }
            Self::Unreachable { step, words } => write!(f, "step {step} cannot reach Neo4j{}", Tail(words)),
            Self::CredentialsRefused { step, words } => {
                write!(f, "the store refuses the credentials of step {step}{}", Tail(words))
            }
            Self::VerificationFailed { step, words } => {
                write!(f, "the backup did not pass its verification in step {step}{}", Tail(words))
            }
            Self::Deadline { step, begun, held_up_by, of_job } => {
                f.write_str(if *of_job { "the Job's deadline passed" } else { "the deadline passed" })?;
                match (held_up_by, step) {
                    (Some(cause), _) => write!(f, " while {cause}"),
                    (None, Some(step)) if *begun => write!(f, " during step {step}"),
                    (None, Some(step)) => write!(f, " before step {step} began"),
                    (None, None) => Ok(()),
                }
            }
            Self::Evicted { words } => write!(f, "the node evicted the pod{}", Tail(words)),
            Self::Disrupted { what } => write!(f, "the pod was taken away: {what}"),
            Self::Killed { step, signal: 15 } => write!(f, "step {step} was asked to end (exit code 143)"),
            Self::Killed { step, .. } => write!(f, "step {step} was killed (exit code 137)"),
            Self::NoPod { refusal, words } => {
                let who = match refusal {
                    Refusal::PodSecurity => "Pod Security",
                    Refusal::Quota => "the quota",
                    Refusal::LimitRange => "the LimitRange",
                    Refusal::ServiceAccount => return write!(f, "no pod is made: {words}"),
                    Refusal::Webhook => "an admission webhook or policy",
                    Refusal::Other => "the API server",
                };
                write!(f, "no pod is made, {who} refuses it{}", Tail(words))
            }
            Self::Gone { words } => write!(f, "the pods are gone, and with them why{}", Tail(words)),
            Self::CannotStart { step, reason, message } if step.is_empty() => {
                write!(f, "the pod cannot start ({reason}){}", Tail(message))
            }
            Self::CannotStart { step, reason, message } => {
                write!(f, "step {step} cannot start ({reason}){}", Tail(message))
            }
            Self::NamespaceGoing => f.write_str("the namespace is being deleted"),
            Self::Suspended => f.write_str("the Job is suspended"),
        }
    }
}

/// `: words`, or nothing.
struct Tail<'a>(&'a str);

impl fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

/// As machines read it: `{code, name, alias, step, message, help}`.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let definition = self.definition();
        let mut fields = serializer.serialize_struct("Cause", 6)?;
        fields.serialize_field("code", &definition.code)?;
        fields.serialize_field("name", definition.name)?;
        fields.serialize_field("alias", &definition.alias)?;
        fields.serialize_field("step", &self.step())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("help", &self.next_step())?;
        fields.end()
    }
}
