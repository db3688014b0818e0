//! What the servers of the stores share: programs, certificates, the cluster's network, and how a
//! bucket is looked into from outside of the pods.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::HOST;
use crate::cluster::Cluster;

/// The programs, the certificates and the network namespace that the servers share.
pub(crate) struct Bench {
    pub(super) built: PathBuf,
    pub(super) stores: PathBuf,
    cluster: &'static Cluster,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) fn bench(cluster: &'static Cluster) -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        // The image names it too (tests/standin/cmd/standin-tools/files.go).
        assert_eq!(cluster.node_address(), HOST);
        let bench = Bench {
            built: built(),
            stores: script("tests/standin/stores-install"),
            cluster,
            dir: tempfile::tempdir().expect("a folder for the stores"),
        };
        let (ca, dir) = (bench.built.join("ca"), bench.dir.path());
        bench.tool(&[], &["cert", text(&ca), text(dir), "node", HOST, "localhost"]);
        bench
    })
}

/// The folder with the stand-ins, built when it is not there.
pub fn built() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| script("tests/standin/build")).clone()
}

/// Runs a script of this repository, with arguments behind blanks, that prints a folder.
pub(crate) fn script(name: &str) -> PathBuf {
    let mut command = Command::new("bash");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(name.split(' ')).stderr(Stdio::inherit());
    let output = command.output().expect("bash");
    assert!(output.status.success(), "{name} failed");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim())
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A key, its certificate and the authority that made it, as PEM.
pub struct Certificate {
    /// The private key.
    pub key: String,
    /// The certificate.
    pub certificate: String,
    /// The authority's certificate; nothing trusts it by itself.
    pub authority: String,
}

/// A certificate of a private authority for a server on the node's address.
pub fn private_certificate(cluster: &'static Cluster) -> &'static Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(|| {
        let bench = bench(cluster);
        let dir = bench.path("private");
        bench.tool(&[], &["ca", text(&dir)]);
        bench.tool(&[], &["cert", text(&dir), text(&dir), "server", HOST]);
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).expect("a PEM file");
        Certificate { key: read("server.key"), certificate: read("server.crt"), authority: read("ca.crt") }
    })
}

pub(super) type Environment = Vec<(String, String)>;

pub(super) fn pairs(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Bench {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder for a store");
        path
    }

    /// A command in the cluster's network.
    pub(super) fn command(&self, program: &Path) -> Command {
        self.cluster.netns_command(program)
    }

    fn try_tool(&self, environment: &[(String, String)], arguments: &[&str]) -> Output {
        let mut command = self.command(&self.built.join("standin-tools"));
        command.args(arguments).env("SSL_CERT_FILE", self.built.join("ca/ca.crt"));
        command.envs(environment.iter().map(|(name, value)| (name, value))).output().expect("standin-tools")
    }

    pub(super) fn tool(&self, environment: &[(String, String)], arguments: &[&str]) -> Vec<u8> {
        let output = self.try_tool(environment, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "standin-tools {arguments:?}: {errors}");
        output.stdout
    }

    /// Starts a server and waits until its port answers.
    pub(crate) fn serve(
        &self,
        name: &str,
        port: u16,
        environment: &[(String, String)],
        argv: &[&str],
    ) -> Child {
        let log = std::fs::File::create(self.dir.path().join(format!("{name}.log"))).expect("a log file");
        let mut command = self.command(&self.built.join("standin-tools"));
        command.arg("run").args(argv).stdin(Stdio::piped());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdout(log.try_clone().expect("a log file")).stderr(log);
        let mut child = command.spawn().expect("nsenter");
        let limit = Instant::now() + Duration::from_secs(60);
        while !self.try_tool(&[], &["reach", &format!("{HOST}:{port}")]).status.success() {
            let log = || std::fs::read_to_string(self.dir.path().join(format!("{name}.log")));
            assert!(child.try_wait().expect("a child").is_none(), "{name} ended: {:?}", log());
            assert!(Instant::now() < limit, "{name} does not answer: {:?}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
        child
    }
}

/// A bucket or container, seen from outside of the pods.
pub struct Bucket {
    bench: &'static Bench,
    /// `s3://bucket/`, `gs://bucket/` or `azb://account/container/`.
    uri: String,
    environment: Environment,
}

impl Bucket {
    pub(super) fn make(bench: &'static Bench, uri: String, environment: Environment) -> Self {
        bench.tool(&environment, &["make-bucket", &uri]);
        Self { bench, uri, environment }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.uri)
    }

    /// The names of the objects directly in a folder that ends with a slash, in order.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let out = self.bench.tool(&self.environment, &["list", &self.at(folder)]);
        let mut names: Vec<String> = String::from_utf8_lossy(&out).lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    /// An object's bytes.
    pub fn get(&self, path: &str) -> Vec<u8> {
        self.bench.tool(&self.environment, &["get", &self.at(path)])
    }

    /// Flips the last byte of an object, behind its header.
    pub fn damage(&self, path: &str) {
        self.bench.tool(&self.environment, &["damage", &self.at(path)]);
    }

    /// Deletes an object.
    pub fn remove(&self, path: &str) {
        self.bench.tool(&self.environment, &["remove", &self.at(path)]);
    }
}
