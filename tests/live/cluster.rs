//! Builds and starts a cluster once for this process, and speaks with its supervisor, which ends everything when this
//! process ends, however it ends.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::namespace::Namespace;
use crate::run::{self, Run};

/// Where clusters keep their state: short, as sockets lie in it, and common to all worktrees, so that each removes what a
/// crashed one left.
const STATE: &str = "/var/tmp/neo4j-backup-testcluster";

/// Kubernetes 1.34 with one node, shared by all tests of this process. None, with a line on standard error, where it
/// cannot be had; a panic where it has to be had.
#[track_caller]
pub(crate) fn cluster() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    shared(&SHARED, Flavour::Node)
}

/// A second cluster like [`cluster`], for tests that stop the API server or change what all namespaces share: they take
/// turns on it ([`Cluster::exclusive`]), and no other test waits for them.
#[track_caller]
pub(crate) fn apart() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    shared(&SHARED, Flavour::Node)
}

/// The API server of the newest Kubernetes that builds, without a node: for server-side dry runs.
#[track_caller]
pub(crate) fn newest() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    shared(&SHARED, Flavour::Newest)
}

#[track_caller]
fn shared(cell: &'static OnceLock<Result<Cluster, String>>, flavour: Flavour) -> Option<&'static Cluster> {
    if let Some(reason) = missing() {
        assert!(!required(), "a cluster is required here, but {reason}");
        eprintln!("skipped: {reason}");
        return None;
    }
    let started = cell.get_or_init(|| Cluster::start(flavour, Path::new(STATE), "live"));
    Some(started.as_ref().unwrap_or_else(|error| panic!("the cluster does not start: {error}")))
}

fn required() -> bool {
    std::env::var_os("NEO4J_BACKUP_REQUIRE_CLUSTER").is_some_and(|value| value == "1")
}

/// What this machine lacks.
fn missing() -> Option<String> {
    if std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() != 0) {
        return Some("a cluster needs root".to_owned());
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let there = |program: &str| std::env::split_paths(&paths).any(|folder| folder.join(program).is_file());
    if !there("go") {
        return Some("a cluster needs Go to build it".to_owned());
    }
    ["containerd", "runc", "nft", "ip", "nsenter"]
        .iter()
        .find(|program| !there(program))
        .map(|program| format!("{program} is not installed (tests/cluster/install does it)"))
}

/// Which cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Kubernetes 1.34 with a node that runs pods.
    Node,
    /// The newest API server alone.
    Newest,
}

/// What the supervisor says when the cluster is ready.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    kubeconfig: PathBuf,
    kubeconfig_without_rights: PathBuf,
    netns: PathBuf,
    state: PathBuf,
    server: String,
    audit: PathBuf,
    ca: PathBuf,
    address: String,
}

/// One answer of the supervisor.
#[derive(serde::Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    error: String,
}

/// A running cluster.
pub(crate) struct Cluster {
    flavour: Flavour,
    program: PathBuf,
    ready: Ready,
    supervisor: Mutex<Supervisor>,
    gate: Gate,
    namespaces: AtomicUsize,
}

struct Supervisor {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Cluster {
    /// Builds it where that has not been done, starts it, and waits until it is ready.
    pub(crate) fn start(flavour: Flavour, state: &Path, name: &str) -> Result<Self, String> {
        let program = build("testcluster")?;
        let server = if flavour == Flavour::Newest { build("newest")? } else { program.clone() };
        let logs = logs(&program);
        std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
        // Its own file and not this process's standard error: whoever reads that would wait for the supervisor's end.
        let log = logs.join(format!("{name}-{flavour:?}-{}.log", std::process::id()).to_lowercase());
        let file = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut child = Command::new(&server)
            .arg("up")
            .args(["--state".as_ref(), state.as_os_str()])
            .args(["--name", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            // Ctrl-C on a terminal reaches this process alone; its end then reaches the supervisor.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{}: {error}", server.display()))?;
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        let ready = serde_json::from_str(&line).map_err(|error| {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            format!("{read:?}, {error}; it said:\n{said}")
        })?;
        Ok(Self {
            flavour,
            program,
            ready,
            supervisor: Mutex::new(Supervisor { child, stdin, stdout }),
            gate: Gate::default(),
            namespaces: AtomicUsize::new(0),
        })
    }

    /// A fresh namespace, removed when it is dropped. Tests that need the cluster for themselves wait meanwhile.
    #[track_caller]
    pub(crate) fn namespace(&self, purpose: &str) -> Namespace<'_> {
        let shared = self.gate.share();
        Namespace::create(self, Some(shared), &self.name(purpose), &[])
    }

    /// A fresh namespace of a certain name, for pages of the manual that say it.
    #[track_caller]
    pub(crate) fn namespace_called(&self, name: &str) -> Namespace<'_> {
        let shared = self.gate.share();
        Namespace::create(self, Some(shared), name, RESTRICTED)
    }

    /// A fresh namespace in which the restricted Pod Security profile is enforced and warned about.
    #[track_caller]
    pub(crate) fn namespace_restricted(&self, purpose: &str) -> Namespace<'_> {
        let shared = self.gate.share();
        Namespace::create(self, Some(shared), &self.name(purpose), RESTRICTED)
    }

    fn name(&self, purpose: &str) -> String {
        format!("{purpose}-{}", self.namespaces.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The cluster for one test alone, such as one that stops the API server.
    pub(crate) fn exclusive(&self) -> Exclusive<'_> {
        self.gate.close();
        Exclusive { cluster: self }
    }

    /// Imports an image archive, for pods that name the image.
    #[track_caller]
    pub(crate) fn import_image(&self, archive: &Path) {
        self.ask(&format!("import {}", archive.display())).expect("the image is imported");
    }

    /// Kills the API server. Only under [`Cluster::exclusive`].
    #[track_caller]
    pub(crate) fn stop_apiserver(&self) {
        self.ask("apiserver stop").expect("the API server stops");
    }

    /// Starts the API server again and waits until it is ready.
    #[track_caller]
    pub(crate) fn start_apiserver(&self) {
        self.ask("apiserver start").expect("the API server starts");
    }

    /// Copies the logs of all components and containers to a folder and returns it.
    pub(crate) fn collect_logs(&self, name: &str) -> PathBuf {
        let folder = logs(&self.program).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        if let Err(error) = self.ask(&format!("logs {}", folder.display())) {
            eprintln!("some logs are missing: {error}");
        }
        folder
    }

    /// Sends one line to the supervisor and reads its answer.
    fn ask(&self, line: &str) -> Result<(), String> {
        let mut supervisor = lock(&self.supervisor);
        let stdin = supervisor.stdin.as_mut().ok_or("the cluster was ended")?;
        writeln!(stdin, "{line}").map_err(|error| format!("{line}: {error}"))?;
        let mut answer = String::new();
        supervisor.stdout.read_line(&mut answer).map_err(|error| format!("{line}: {error}"))?;
        let reply: Reply =
            serde_json::from_str(&answer).map_err(|error| format!("{line}: {error}: {answer}"))?;
        if reply.ok { Ok(()) } else { Err(format!("{line}: {}", reply.error)) }
    }

    /// A command that runs in the cluster's network, where all its addresses are reached. Nothing of this process's
    /// environment is taken away.
    pub(crate) fn netns_command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.ready.netns.display())).arg(program);
        command
    }

    /// kubectl of the cluster's own version, as the user who may do everything.
    pub(crate) fn kubectl_command(&self) -> Command {
        let mut command = self.netns_command(&self.program);
        command.arg("kubectl").env_clear().env("KUBECONFIG", &self.ready.kubeconfig).env("HOME", self.home());
        command
    }

    /// Runs kubectl outside of any namespace.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> Run {
        run::finish(self.kubectl_command().args(args), "")
    }

    /// A home folder for programs that keep something there, gone with the cluster.
    pub(crate) fn home(&self) -> PathBuf {
        self.ready.state.join("home")
    }

    /// Whether pods run here.
    pub(crate) fn has_node(&self) -> bool {
        self.flavour == Flavour::Node
    }

    /// Where pods and tests reach what is started with [`Cluster::netns_command`].
    pub(crate) fn node_address(&self) -> &str {
        &self.ready.address
    }

    /// The address of the API server, which is the issuer of service accounts' tokens too.
    pub(crate) fn server(&self) -> &str {
        &self.ready.server
    }

    /// The certificate authority of the API server.
    pub(crate) fn ca(&self) -> &Path {
        &self.ready.ca
    }

    /// The folder that holds everything of the cluster and goes with it.
    pub(crate) fn state(&self) -> &Path {
        &self.ready.state
    }

    /// The program that holds kubectl, `image` and the components.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Access with all rights.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.ready.kubeconfig
    }

    /// Access of a user who is known and may do nothing.
    pub(crate) fn kubeconfig_without_rights(&self) -> &Path {
        &self.ready.kubeconfig_without_rights
    }

    /// Access as a service account, for an hour.
    #[track_caller]
    pub(crate) fn kubeconfig_for_service_account(&self, namespace: &str, name: &str) -> PathBuf {
        let token = self.kubectl(&["create", "token", name, "--namespace", namespace]).success().stdout;
        let admin = std::fs::read_to_string(&self.ready.kubeconfig).unwrap();
        let own: String = admin
            .lines()
            .map(|line| match line.trim_start().starts_with("token:") {
                true => format!("    token: {}\n", token.trim()),
                false => format!("{line}\n"),
            })
            .collect();
        let path = self.ready.state.join(format!("kubeconfig-{namespace}-{name}"));
        std::fs::write(&path, own).unwrap();
        path
    }

    /// The requests of a user agent that begins so, from a moment on, in the order in which they were answered.
    pub(crate) fn audit_requests(&self, user_agent_prefix: &str, since: jiff::Timestamp) -> Vec<Request> {
        let text = std::fs::read_to_string(&self.ready.audit).unwrap();
        let mut seen = std::collections::HashSet::new();
        text.lines()
            .filter_map(|line| serde_json::from_str::<Request>(line).ok())
            .filter(|one| one.user_agent.starts_with(user_agent_prefix) && one.at >= since)
            // A watch is told twice: when it begins and when it ends.
            .filter(|one| seen.insert(one.audit_id.clone()))
            .collect()
    }

    /// The process id of the supervisor.
    pub(crate) fn supervisor_id(&self) -> u32 {
        lock(&self.supervisor).child.id()
    }

    /// Kills the supervisor, as a crash would.
    pub(crate) fn kill_supervisor(&self) {
        let mut supervisor = lock(&self.supervisor);
        supervisor.child.kill().unwrap();
        supervisor.child.wait().unwrap();
    }

    /// Lets go of the supervisor, as the end of this process would, and waits until it has cleaned up.
    pub(crate) fn end(self) {
        let mut supervisor = lock(&self.supervisor);
        drop(supervisor.stdin.take());
        let status = supervisor.child.wait().unwrap();
        assert!(status.success(), "the supervisor failed to clean up: {status}");
    }
}

/// One request that the API server wrote down.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    #[serde(rename = "auditID")]
    audit_id: String,
    /// get, list, watch, create, update, patch, delete, …
    pub(crate) verb: String,
    /// Path and query.
    #[serde(rename = "requestURI")]
    pub(crate) uri: String,
    /// Who asked, by program.
    #[serde(default)]
    pub(crate) user_agent: String,
    /// When it arrived.
    #[serde(rename = "requestReceivedTimestamp")]
    pub(crate) at: jiff::Timestamp,
}

/// The labels of Pod Security.
const RESTRICTED: &[&str] =
    &["pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/warn=restricted"];

/// The right to disturb every other test; nobody else has a namespace meanwhile.
pub(crate) struct Exclusive<'a> {
    cluster: &'a Cluster,
}

impl<'a> Exclusive<'a> {
    /// A fresh namespace of the test that has the cluster for itself.
    #[track_caller]
    pub(crate) fn namespace(&self, purpose: &str) -> Namespace<'a> {
        Namespace::create(self.cluster, None, &self.cluster.name(purpose), &[])
    }
}

impl Drop for Exclusive<'_> {
    fn drop(&mut self) {
        // A test that failed between stop and start must not take the others with it.
        if std::thread::panicking() {
            let _ = self.cluster.ask("apiserver start");
        }
        self.cluster.gate.open();
    }
}

/// Many sharers or one alone. One thread may share several times, also while another waits to be alone: a test may have
/// several namespaces (the standard library's lock may stop it there).
#[derive(Default)]
struct Gate {
    users: Mutex<Users>,
    changed: Condvar,
}

#[derive(Default)]
struct Users {
    sharers: usize,
    alone: bool,
}

/// One share of the cluster.
pub(crate) struct Shared<'a> {
    gate: &'a Gate,
}

impl Gate {
    fn share(&self) -> Shared<'_> {
        self.wait_until(|users| !users.alone).sharers += 1;
        Shared { gate: self }
    }

    fn close(&self) {
        self.wait_until(|users| !users.alone && users.sharers == 0).alone = true;
    }

    fn open(&self) {
        lock(&self.users).alone = false;
        self.changed.notify_all();
    }

    fn wait_until(&self, free: impl Fn(&Users) -> bool) -> MutexGuard<'_, Users> {
        self.changed
            .wait_while(lock(&self.users), |users| !free(users))
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        lock(&self.gate.users).sharers -= 1;
        self.gate.changed.notify_all();
    }
}

/// A test that failed says nothing about what the lock guards.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Builds a program of tests/cluster, or finds it built.
fn build(which: &str) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/build");
    let output = Command::new(script)
        .arg(which)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("tests/cluster/build {which} failed"));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Where logs are kept, beside the programs that were built.
fn logs(program: &Path) -> PathBuf {
    program.ancestors().nth(2).expect("the program lies two folders down").join("logs")
}
