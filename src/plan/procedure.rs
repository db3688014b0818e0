//! What a person does around the Jobs of a restore, step by step, until the flow does it.
//!
//! The order is the one that can be undone longest: look at the artifact, save what is there, stop, restore,
//! start, bring the database up (DESIGN.md, "What a restore becomes"; neo4j-admin.md §4).

use crate::api::Neo4jRestoreSpec;
use crate::api::target::Layout;
use crate::neo4j::cypher::{self, DropData};
use crate::neo4j::names::DatabaseName;
use crate::target::Target;

use super::build_restore::{Source, needs_file, replaces};
use super::restore::{Instruction, RestoreMethod, RestorePlan};

/// Writes the procedure of a plan.
pub(super) fn write(
    plan: &RestorePlan,
    spec: &Neo4jRestoreSpec,
    target: &Target,
    source: &Source<'_>,
) -> Vec<Instruction> {
    let mut writer = Writer { plan, target, instructions: Vec::new() };
    if needs_file(plan.method, plan.version, source.file.as_deref()) {
        writer.say(format!(
            "Neo4j {} reads one artifact, not a folder: put its name into `backupPath` \
             (`….backup`) and render again. Stop, drop and restore nothing before that",
            plan.version
        ));
        return writer.instructions;
    }
    match plan.method {
        RestoreMethod::Seed => writer.seed(spec),
        RestoreMethod::Offline => writer.offline(spec),
        RestoreMethod::DesignatedSeeder => writer.designated_seeder(),
    }
    writer.instructions
}

struct Writer<'a> {
    plan: &'a RestorePlan,
    target: &'a Target,
    instructions: Vec<Instruction>,
}

impl Writer<'_> {
    fn say(&mut self, text: impl Into<String>) {
        self.instructions.push(Instruction { text: text.into(), command: None });
    }

    fn run(&mut self, text: impl Into<String>, command: impl Into<String>) {
        self.instructions.push(Instruction { text: text.into(), command: Some(command.into()) });
    }

    /// Releases the Jobs of a phase: `pre-restore` has a hook and a Cypher Job.
    fn release(&mut self, phase: &str, text: &str) {
        self.release_where(|component| component.starts_with(phase), text);
    }

    /// Releases the Job of a component.
    fn release_one(&mut self, component: &str, text: &str) {
        self.release_where(|other| other == component, text);
    }

    fn release_where(&mut self, wanted: impl Fn(&str) -> bool, text: &str) {
        let namespace = &self.plan.namespace;
        let jobs: Vec<String> =
            self.plan.jobs.iter().filter(|job| wanted(job.component)).map(|job| job.name.clone()).collect();
        for job in jobs {
            self.run(
                format!("{text}; it ends with Complete or Failed"),
                format!(
                    "kubectl -n {namespace} patch job {job} --type=merge -p '{{\"spec\":{{\"suspend\":false}}}}' && \
                     until kubectl -n {namespace} get job {job} -o jsonpath='{{.status.conditions[*].type}}' \
                     | grep -E 'Complete|Failed'; do sleep 5; done"
                ),
            );
        }
    }

    fn statement(&mut self, text: &str, statement: Option<String>) {
        match statement {
            Some(statement) => self.run(
                format!("{text}, in the database `system`"),
                format!("cypher-shell -d system '{}'", statement.replace('\'', "'\\''")),
            ),
            None => self.say(text.to_owned()),
        }
    }

    fn cypher(&self, write: impl Fn(&DatabaseName<'_>) -> String) -> Option<String> {
        DatabaseName::parse(&self.plan.database, Some(self.plan.version)).ok().map(|name| write(&name))
    }

    /// Pods of the servers, in their order.
    fn pods(&self) -> Vec<String> {
        self.target
            .stateful_sets
            .iter()
            .flat_map(|(name, pods)| (0..*pods).map(move |pod| format!("{name}-{pod}")))
            .collect()
    }

    fn first_pod(&self) -> String {
        self.pods().into_iter().next().unwrap_or_default()
    }

    fn stop(&mut self) {
        let namespace = &self.plan.namespace;
        if self.target.layout == Layout::Operator {
            self.instructions.push(Instruction {
                text: "Pause the Neo4j operator, if one runs here: it scales the StatefulSet back while you work. Scale \
                       its Deployment to 0, and back at the end"
                    .to_owned(),
                command: None,
            });
        }
        let commands: Vec<String> = self
            .target
            .stateful_sets
            .iter()
            .map(|(name, _)| format!("kubectl -n {namespace} scale statefulset {name} --replicas=0"))
            .collect();
        self.run("Stop every server", commands.join(" && "));
        let pods: Vec<String> = self.pods().iter().map(|pod| format!("pod/{pod}")).collect();
        let namespace = &self.plan.namespace;
        self.run(
            "Wait until every server's pod is gone: a restore beside a running server destroys the store",
            format!("kubectl -n {namespace} wait {} --for=delete --timeout=10m", pods.join(" ")),
        );
    }

    fn start(&mut self) {
        let namespace = &self.plan.namespace;
        let commands: Vec<String> = self
            .target
            .stateful_sets
            .iter()
            .map(|(name, pods)| format!("kubectl -n {namespace} scale statefulset {name} --replicas={pods}"))
            .collect();
        self.run("Start every server again, also when the restore failed", commands.join(" && "));
    }

    fn bring_up(&mut self) {
        let version = self.plan.version;
        self.statement(
            "If the database is new, create it",
            self.cypher(|name| cypher::create(version, name, None).text),
        );
        self.statement(
            "If it existed before, start it",
            self.cypher(|name| cypher::start(version, name).text),
        );
        self.look();
    }

    fn look(&mut self) {
        let version = self.plan.version;
        self.statement(
            "Look until `currentStatus` is online on every server; `statusMessage` says why it is not",
            self.cypher(|name| cypher::show_database(version, name).text),
        );
    }

    fn metadata(&mut self) {
        let (namespace, pod) = (&self.plan.namespace, self.first_pod());
        let database = &self.plan.database;
        self.run(
            "Users and roles that the backup carries are not applied by the restore; look at the script and apply it if you want them",
            format!("kubectl -n {namespace} exec {pod} -- cat /data/scripts/{database}/restore_metadata.cypher"),
        );
    }

    fn seed(&mut self, spec: &Neo4jRestoreSpec) {
        self.say(
            "The servers read the artifact themselves: they, not this Job, need credentials and, for a \
                  compatible store, the endpoint (neo4j-admin.md §3)",
        );
        self.release("restore-verify", "Inspect and check the artifact");
        if replaces(spec) {
            self.say(format!(
                "Save what is there now: back up database `{}` to another folder; the seed replaces it",
                self.plan.database
            ));
        }
        self.release("pre-restore", "Run what comes first");
        self.release_one("restore", "Seed the database");
        self.look();
        self.say(
            "A seed brings no users and roles: those of the backup are not restored, and a database that was dropped or \
             created anew has lost its privileges; grant them again",
        );
        self.release("post-restore", "Run what comes last");
    }

    fn offline(&mut self, spec: &Neo4jRestoreSpec) {
        self.release("restore-verify", "Inspect and check the artifact before anything is touched");
        if replaces(spec) {
            self.say(format!(
                "Save what is there now: back up database `{}` to another folder; the restore overwrites it",
                self.plan.database
            ));
        }
        self.release("pre-restore", "Run what comes first");
        self.stop();
        self.release_one("restore", "Restore on its data claim");
        self.start();
        self.bring_up();
        self.metadata();
        self.release("post-restore", "Run what comes last");
    }

    fn designated_seeder(&mut self) {
        let version = self.plan.version;
        self.release("restore-verify", "Inspect the artifact before anything is touched");
        self.release("pre-restore", "Run what comes first");
        self.say("Write down the privileges on the database (SHOW DATABASE PRIVILEGES AS COMMANDS) and the server ids: \
                  dropping loses the first, creating needs the second");
        self.statement("Write down the id of the first server", Some(cypher::show_servers(version).text));
        self.statement(
            "Drop the database on every server, leaving a dump on each: it must not exist anywhere",
            self.cypher(|name| cypher::drop(version, name, DropData::Dump).text),
        );
        self.stop();
        self.release_one("restore", "Restore on the first server's data claim");
        self.start();
        self.statement(
            "Create the database from the first server; put its id in",
            self.cypher(|name| {
                cypher::create_from_seed_server(version, name, None, "SERVER-ID")
                    .map(|statement| statement.text.replace("$serverId", "'SERVER-ID'"))
                    .unwrap_or_default()
            }),
        );
        self.look();
        self.say("Run the commands that restore the privileges");
        self.metadata();
        self.release("post-restore", "Run what comes last");
    }
}
