//! Argo CD in the test cluster: Redis, repo server, application controller and ApplicationSet controller of one release
//! (tests/gitops/argocd), running in the cluster's network as the programs that they are; what their installation would
//! create in the cluster is created here (testcluster.md §2).

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Cluster, cluster};
use crate::run::{self, Running};
use crate::stores::{HOST, bench, script};

/// Where Argo CD and its Applications live.
pub const NAMESPACE: &str = "argocd";

/// Seconds between two reconciliations of an Application, so that ten of them are a matter of half a minute.
const RESYNC: &str = "3s";

const REDIS: u16 = 6379;
const REPO_SERVER: u16 = 8081;
const CONTROLLER_METRICS: u16 = 8082;
const APPLICATION_SETS: u16 = 7000;

/// The running controllers.
pub struct ArgoCd {
    /// Where they run.
    pub cluster: &'static Cluster,
    /// Programs that the repo server calls, before those of the machine.
    path: std::ffi::OsString,
    programs: PathBuf,
    dir: PathBuf,
    _children: Vec<Child>,
}

/// Argo CD, started when a test first asks for it; none where there is no cluster.
#[track_caller]
pub fn argocd() -> Option<&'static ArgoCd> {
    static STARTED: OnceLock<ArgoCd> = OnceLock::new();
    let cluster = cluster()?;
    Some(STARTED.get_or_init(|| start(cluster)))
}

fn start(cluster: &'static Cluster) -> ArgoCd {
    install();
    let (built, kustomize) = (built("argocd"), built("kustomize"));
    let bench = bench(cluster);
    let dir = bench.path("argocd");
    for folder in ["tmp", "plugins", "home", "bin"] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let programs = dir.join("bin");
    for name in [
        "argocd-application-controller",
        "argocd-applicationset-controller",
        "argocd-repo-server",
        "argocd-cmp-server",
    ] {
        std::os::unix::fs::symlink(built.join("argocd"), programs.join(name)).unwrap();
    }
    let mut folders = vec![programs.clone(), kustomize, built.join("files")];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(folders).unwrap();
    objects(cluster, &built.join("files"));

    let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let environment: Vec<(String, String)> = [
        ("PATH", path.to_str().unwrap()),
        ("HOME", &text(&dir.join("home"))),
        ("TMPDIR", &text(&dir.join("tmp"))),
        ("ARGOCD_PLUGINSOCKFILEPATH", &text(&dir.join("plugins"))),
        // Outside of a pod `https://kubernetes.default.svc` leads nowhere; with these it is what KUBECONFIG says
        // (pkg/apis/application/v1alpha1/types.go, `RawRestConfig`).
        ("ARGOCD_FAKE_IN_CLUSTER", "true"),
        ("KUBECONFIG", &text(cluster.kubeconfig())),
        ("ARGOCD_GPG_ENABLED", "false"),
        ("ARGOCD_RECONCILIATION_TIMEOUT", RESYNC),
        ("ARGOCD_RECONCILIATION_JITTER", "0s"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let redis = format!("{HOST}:{REDIS}");
    let repo_server = format!("{HOST}:{REPO_SERVER}");
    let kubeconfig = text(cluster.kubeconfig());
    let program = |name: &str| text(&programs.join(name));
    let mut children = Vec::new();
    let port = REDIS.to_string();
    let argv = ["redis-server", "--bind", HOST, "--port", &port, "--save", "", "--protected-mode", "no"];
    children.push(bench.serve("redis", REDIS, &environment, &argv));
    let own = program("argocd-repo-server");
    let argv = [&own, "--disable-tls", "--client-ca-path", "", "--redis", &redis, "--logformat", "text"];
    children.push(bench.serve("argocd-repo-server", REPO_SERVER, &environment, &argv));
    let own = program("argocd-application-controller");
    let common = ["--kubeconfig", &kubeconfig, "--namespace", NAMESPACE, "--logformat", "text"];
    let mut argv: Vec<&str> = vec![&own];
    argv.extend(common);
    argv.extend(["--repo-server", &repo_server, "--repo-server-plaintext", "--redis", &redis]);
    children.push(bench.serve("argocd-controller", CONTROLLER_METRICS, &environment, &argv));
    let own = program("argocd-applicationset-controller");
    let mut argv: Vec<&str> = vec![&own];
    argv.extend(common);
    argv.extend(["--argocd-repo-server", &repo_server, "--repo-server-plaintext"]);
    argv.extend(["--metrics-addr", ":8086", "--probe-addr", ":8087"]);
    children.push(bench.serve("argocd-application-sets", APPLICATION_SETS, &environment, &argv));
    ArgoCd { cluster, path, programs, dir, _children: children }
}

/// Installs Debian's packages where they are missing.
fn install() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitops/install");
    let done = Command::new("bash").arg(path).status().expect("bash");
    assert!(done.success(), "tests/gitops/install failed");
}

/// The folder that holds what came of a folder of tests/gitops.
pub fn built(folder: &str) -> PathBuf {
    script(&format!("tests/gitops/build {folder}"))
}

/// The documents of a YAML stream.
pub fn documents(text: &str) -> Vec<Value> {
    text.split("---\n")
        .filter(|part| part.contains("kind:"))
        .map(|part| serde_yaml::from_str(part).expect("YAML"))
        .collect()
}

/// What Argo CD's installation manifests create and its controllers cannot do without.
fn objects(cluster: &Cluster, files: &Path) {
    for name in ["application", "applicationset", "appproject"] {
        let file = files.join(format!("{name}-crd.yaml"));
        let file = file.to_str().unwrap();
        cluster.kubectl(&["apply", "--server-side", "-f", file]).success();
        // `kubectl wait` fails on a resource that has no conditions yet.
        let limit = Instant::now() + Duration::from_secs(60);
        while cluster.kubectl(&["get", &format!("{name}s.argoproj.io"), "--all-namespaces"]).code != 0 {
            assert!(Instant::now() < limit, "{name}s.argoproj.io is not served");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    let config = |name: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "argocd"}}})
    };
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        config("argocd-cm"), config("argocd-rbac-cm"), config("argocd-cmd-params-cm"),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "argocd"}}, "stringData": {"server.secretkey": "standin"}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "default", "namespace": NAMESPACE},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}},
    ]});
    let mut kubectl = cluster.kubectl_command();
    run::finish(kubectl.args(["apply", "--server-side", "-f", "-"]), &list.to_string()).success();
}

impl ArgoCd {
    /// The server of a config management plugin, as the sidecar of the repo server runs it: with the configuration that
    /// lies in a folder and this program on its PATH. It ends when the answer is dropped.
    pub fn start_plugin(&self, configuration: &Path, name: &str) -> Running {
        let mut command = self.command("argocd-cmp-server");
        let own = Path::new(env!("CARGO_BIN_EXE_kubectl-neo4j_backup")).parent().unwrap();
        let folders = std::iter::once(own.to_owned()).chain(std::env::split_paths(&self.path));
        command.env("PATH", std::env::join_paths(folders).unwrap());
        let mut running = Running::start(command.arg("--config-dir-path").arg(configuration));
        let socket = self.dir.join("plugins").join(format!("{name}.sock"));
        let limit = Instant::now() + Duration::from_secs(60);
        while !socket.exists() {
            assert!(running.is_running() && Instant::now() < limit, "no plugin: {}", running.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }

    /// A command that runs as one of the programs of Argo CD does: with its network, its folders and its PATH.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.cluster.netns_command(self.programs.join(program));
        command
            .env("PATH", &self.path)
            .env("HOME", self.dir.join("home"))
            .env("TMPDIR", self.dir.join("tmp"))
            .env("ARGOCD_PLUGINSOCKFILEPATH", self.dir.join("plugins"));
        command
    }

    /// The last lines that the controller and the repo server wrote, for people.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for name in ["argocd-controller", "argocd-repo-server", "argocd-application-sets"] {
            let path = self.dir.parent().unwrap().join(format!("{name}.log"));
            let log = std::fs::read(path).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            text.push_str(&format!(
                "--- {name} ---\n{}\n",
                lines[lines.len().saturating_sub(40)..].join("\n")
            ));
        }
        text
    }
}
