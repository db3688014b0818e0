//! What a `Neo4jRestore` becomes, as far as offline planning can know it.

use super::backup::PodPlan;
use super::{EnvironmentVariable, ServiceAccountPlan, Step, VolumePlan};
use crate::neo4j::version::Version;

/// A restore, decided: the Jobs that can be written down, and what a person does around them.
#[derive(Clone, Debug)]
pub struct RestorePlan {
    /// Name of the spec.
    pub name: String,
    /// Namespace of every object.
    pub namespace: String,
    /// Name of the deployment.
    pub target: String,
    /// The database.
    pub database: String,
    /// Version of the deployment.
    pub version: Version,
    /// Image of the deployment.
    pub image: String,
    /// How the data gets in.
    pub method: RestoreMethod,
    /// The account of the pods.
    pub service_account: ServiceAccountPlan,
    /// The Jobs in the order in which they run, each suspended: hooks before, the restore, hooks after.
    pub jobs: Vec<RestoreJob>,
    /// What a person does, step by step, in plain sentences with the commands to type. The flow does it later.
    pub procedure: Vec<Instruction>,
    /// Identity of this restore: hex digits of the hash of its canonical spec (DESIGN.md law 8).
    pub run_id: String,
}

/// How data gets into the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreMethod {
    /// `neo4j-admin database restore` on the data claim of a stopped standalone.
    Offline,
    /// A seed from a URI through Cypher, in a running deployment.
    Seed,
    /// Restore on one stopped server, then `existingDataSeedServer` (neo4j-admin.md §4.2).
    DesignatedSeeder,
}

/// One Job of a restore.
#[derive(Clone, Debug)]
pub struct RestoreJob {
    /// `<name>-restore`, `<name>-pre-restore-hook`, `<name>-post-restore-hook`, …
    pub name: String,
    /// `restore`, `pre-restore-hook`, `post-restore-hook`, …
    pub component: &'static str,
    /// The steps in order; the last one becomes the main container.
    pub steps: Vec<Step>,
    /// Environment of every step.
    pub environment: Vec<EnvironmentVariable>,
    /// Volumes of the pod.
    pub volumes: Vec<VolumePlan>,
    /// Settings of Job and pods.
    pub pods: PodPlan,
}

/// One thing that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What and why.
    pub text: String,
    /// The command to type, if there is one.
    pub command: Option<String>,
}
