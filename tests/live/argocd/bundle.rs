//! One test's specs, repository and Applications.

use super::application::Application;
use super::controllers::{ArgoCd, argocd};
use super::repository::Repository;
use crate::end_to_end::flow::Flow;
use crate::images::IMAGE;
use crate::neo4j::deploy_cluster;
use crate::run::{self, Run};

/// Folder of the bundle in the repository.
pub const FOLDER: &str = "deploy";

/// Specs of a team in a repository, and a namespace with the deployment that they point at.
pub struct Bundle {
    pub argo: &'static ArgoCd,
    pub flow: Flow,
    pub repository: Repository,
}

impl Bundle {
    /// A namespace with the deployment `graph`, and a repository whose `specs/target.yaml` describes it; none where
    /// there is no cluster.
    #[track_caller]
    pub fn new(purpose: &str) -> Option<Self> {
        let argo = argocd()?;
        let flow = Flow::new(purpose)?;
        deploy_cluster(&flow.namespace, "graph", 1, &[("STANDIN_DATABASES", "neo4j")]);
        let bundle = Self { argo, flow, repository: Repository::new() };
        bundle.target(IMAGE);
        Some(bundle)
    }

    /// The namespace's name; Applications are called so too.
    pub fn name(&self) -> &str {
        &self.flow.namespace.name
    }

    /// Describes the deployment, with this image.
    pub fn target(&self, image: &str) {
        let text = format!(
            "apiVersion: config.neo4j.neo4j.com/v1alpha1\nkind: Neo4jTarget\n\
             metadata: {{name: graph, namespace: {}, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n\
             spec: {{image: \"{image}\", topology: {{kind: Cluster, servers: 1}}, databases: [neo4j]}}\n",
            self.name()
        );
        self.repository.write("specs/target.yaml", &text);
    }

    /// Writes a spec; without a schedule when that is empty.
    pub fn spec(&self, name: &str, claim: &str, schedule: &str) {
        let storage = format!("{{type: pvc, pvc: {claim}}}");
        let text = self.flow.spec(name, &storage, schedule, "{backupType: FULL}", false);
        self.repository.write(&format!("specs/{name}.yaml"), &text);
    }

    /// `emit argocd` of the specs into the folder of the repository; what is no longer wanted goes.
    #[track_caller]
    pub fn emit(&self, more: &[&str]) -> Run {
        self.emit_to(self.repository.path(FOLDER).to_str().unwrap(), more).success()
    }

    /// The same with another folder, whatever comes of it.
    #[track_caller]
    pub fn emit_to(&self, folder: &str, more: &[&str]) -> Run {
        let specs = self.repository.path("specs");
        let url = self.repository.url();
        let mut arguments = vec!["emit", "argocd", "-f", specs.to_str().unwrap(), "--output-dir", folder];
        if folder != "-" {
            arguments.extend(["--prune", "--repo-url", &url, "--path", FOLDER]);
            arguments.extend(["--application-name", self.name()]);
        }
        arguments.extend(more);
        self.flow.namespace.plugin(&arguments)
    }

    /// Applies what the README says, as a person does.
    #[track_caller]
    pub fn begin(&self, file: &str) {
        let file = self.repository.path(&format!("{FOLDER}/{file}"));
        let mut kubectl = self.argo.cluster.kubectl_command();
        run::finish(kubectl.args(["apply", "-f"]).arg(file), "").success();
    }

    /// The Application of a section, or of a section of an environment.
    pub fn application(&self, section: &str) -> Application {
        Application::existing(self.argo, &format!("{}-{section}", self.name()))
    }

    /// A field of an object of the namespace; empty where it is absent.
    #[track_caller]
    pub fn field(&self, object: &str, path: &str) -> String {
        let path = format!("jsonpath={path}");
        self.flow.namespace.kubectl(&["get", object, "-o", &path, "--ignore-not-found"]).success().stdout
    }

    /// `kind/name` of the objects of some kinds that this program has made, in order.
    #[track_caller]
    pub fn objects(&self, kinds: &str) -> Vec<String> {
        let run = self.flow.namespace.kubectl(&[
            "get",
            kinds,
            "-o",
            "name",
            "-l",
            "app.kubernetes.io/managed-by=kubectl-neo4j-backup",
        ]);
        let mut names: Vec<String> = run.success().stdout.lines().map(str::to_owned).collect();
        names.sort();
        names
    }
}
