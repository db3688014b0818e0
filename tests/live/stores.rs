//! Object stores and identity endpoints in the network of the test cluster, on the node's address, so
//! that pods reach them (testcluster.md §4). Each is started when a test first asks for it and ends
//! with the test process, however that ends: `standin-tools run` ends its child when its standard
//! input closes, and this process holds the other end.
//!
//! What each shows, and what not:
//! - S3 is versitygw: keys and signatures are verified, the bucket's region is `us-east-1`.
//! - Azure is Azurite with `--oauth basic`: it looks at the claims of a bearer token and not at its
//!   signature. Client secret and workload identity are verified by our own token endpoint.
//! - Google is fake-gcs-server, which takes any bearer token. Whether the key file is right is
//!   verified by our own token endpoint, which the key file's `token_uri` names.
//! - STS verifies the projected token against the API server's keys, its audience and its subject.
//!   The credentials that it gives are those of a second user of the S3 server, without a session
//!   token, because that server knows none.

mod bench;

use std::path::PathBuf;
use std::process::Child;
use std::sync::OnceLock;

use crate::cluster::Cluster;
use bench::{Bench, pairs, text};

pub(crate) use bench::{bench, script};

pub use bench::{Bucket, built, private_certificate};

/// The node's address (testcluster.md §1).
pub const HOST: &str = "192.0.2.10";
/// The storage account of the Azure store.
pub const AZURE_ACCOUNT: &str = "backups";
/// The Azure directory that our token endpoint serves.
pub const AZURE_TENANT: &str = "11111111-1111-1111-1111-111111111111";
/// The application in it.
pub const AZURE_CLIENT: &str = "22222222-2222-2222-2222-222222222222";
/// Its secret. It opens nothing outside of the tests.
pub const AZURE_SECRET: &str = "standin-client-secret";

/// The S3 server.
pub struct S3 {
    bench: &'static Bench,
    _server: Child,
    /// For `spec.storage.cloud.endpointURL`.
    pub endpoint: String,
    /// A user that may do everything.
    pub access_key: &'static str,
    /// Its secret.
    pub secret_key: &'static str,
}

const ROLE_ACCESS_KEY: &str = "STANDINROLE";
const ROLE_SECRET_KEY: &str = "standin-role-secret";

/// The S3 server, started once.
pub fn s3(cluster: &'static Cluster) -> &'static S3 {
    static S3: OnceLock<S3> = OnceLock::new();
    S3.get_or_init(|| {
        let s3 = start_s3(bench(cluster), "s3", 9000, &[]);
        let program = s3.bench.stores.join(VERSITYGW);
        let made = s3
            .bench
            .command(&program)
            .args(["admin", "--access", s3.access_key, "--secret", s3.secret_key])
            .args(["--endpoint-url", &s3.endpoint])
            .args([
                "create-user",
                "--access",
                ROLE_ACCESS_KEY,
                "--secret",
                ROLE_SECRET_KEY,
                "--role",
                "admin",
            ])
            .output()
            .expect("versitygw admin");
        assert!(made.status.success(), "the role's user: {}", String::from_utf8_lossy(&made.stderr));
        s3
    })
}

/// A second S3 server, over TLS with [`private_certificate`], which no image trusts.
pub fn s3_private(cluster: &'static Cluster) -> &'static S3 {
    static S3: OnceLock<S3> = OnceLock::new();
    S3.get_or_init(|| {
        private_certificate(cluster);
        let bench = bench(cluster);
        let dir = bench.path("private");
        let (crt, key) = (dir.join("server.crt"), dir.join("server.key"));
        start_s3(bench, "s3-private", 9002, &["--cert", text(&crt), "--key", text(&key)])
    })
}

const VERSITYGW: &str = "versitygw-1.8.0/versitygw";

fn start_s3(bench: &'static Bench, name: &str, port: u16, tls: &[&str]) -> S3 {
    let (access_key, secret_key) = ("STANDINROOT", "standin-root-secret");
    let program = bench.stores.join(VERSITYGW);
    let (files, users) = (bench.path(name), bench.path(&format!("{name}-users")));
    let address = format!("{HOST}:{port}");
    let mut argv = vec![text(&program), "--port", &address, "--access", access_key, "--secret", secret_key];
    argv.extend(["--iam-dir", text(&users), "--quiet"]);
    argv.extend(tls);
    argv.extend(["posix", text(&files)]);
    let server = bench.serve(name, port, &[], &argv);
    let scheme = if tls.is_empty() { "http" } else { "https" };
    S3 { bench, _server: server, endpoint: format!("{scheme}://{address}"), access_key, secret_key }
}

impl S3 {
    /// Makes a bucket; each test has one of its own.
    pub fn bucket(&self, name: &str) -> Bucket {
        let mut environment = pairs(&[
            ("AWS_ACCESS_KEY_ID", self.access_key),
            ("AWS_SECRET_ACCESS_KEY", self.secret_key),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_S3", &self.endpoint),
        ]);
        if self.endpoint.starts_with("https:") {
            let authority = self.bench.path("private").join("ca.crt");
            environment.extend(pairs(&[("SSL_CERT_FILE", text(&authority))]));
        }
        Bucket::make(self.bench, format!("s3://{name}/"), environment)
    }
}

/// The Azure store; its account is [`AZURE_ACCOUNT`].
pub struct Azure {
    bench: &'static Bench,
    _server: Child,
}

/// The Azure store, started once, with the identity endpoints that it needs.
pub fn azure(cluster: &'static Cluster) -> &'static Azure {
    static AZURE: OnceLock<Azure> = OnceLock::new();
    AZURE.get_or_init(|| {
        let bench = bench(cluster);
        identity(cluster);
        let program = bench.stores.join("azurite-3.37.0/node_modules/azurite/dist/src/blob/main.js");
        let (files, crt, key) =
            (bench.path("azure"), bench.dir.path().join("node.crt"), bench.dir.path().join("node.key"));
        let argv = [
            "node",
            text(&program),
            "--blobHost",
            HOST,
            "--blobPort",
            "10000",
            "--location",
            text(&files),
            "--silent",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--oauth",
            "basic",
            "--cert",
            text(&crt),
            "--key",
            text(&key),
        ];
        // A key that nobody uses: neo4j-admin does not read storage keys (neo4j-admin.md §3).
        let accounts = pairs(&[("AZURITE_ACCOUNTS", &format!("{AZURE_ACCOUNT}:c3RhbmRpbg=="))]);
        Azure { bench, _server: bench.serve("azure", 10000, &accounts, &argv) }
    })
}

impl Azure {
    /// Makes a container; each test has one of its own.
    pub fn container(&self, name: &str) -> Bucket {
        let environment = pairs(&[
            ("AZURE_TENANT_ID", AZURE_TENANT),
            ("AZURE_CLIENT_ID", AZURE_CLIENT),
            ("AZURE_CLIENT_SECRET", AZURE_SECRET),
            ("STANDIN_AZURE_ENDPOINT", &format!("https://{HOST}:10000")),
            ("STANDIN_AZURE_AUTHORITY", &format!("https://{HOST}:9443/")),
        ]);
        Bucket::make(self.bench, format!("azb://{AZURE_ACCOUNT}/{name}/"), environment)
    }
}

/// The Google store.
pub struct Gcs {
    bench: &'static Bench,
    _server: Child,
    /// The key file of the one service account, for a Secret.
    pub credentials_json: String,
}

/// The Google store, started once, with the token endpoint of its key file.
pub fn gcs(cluster: &'static Cluster) -> &'static Gcs {
    static GCS: OnceLock<Gcs> = OnceLock::new();
    GCS.get_or_init(|| {
        let bench = bench(cluster);
        let credentials = identity(cluster).google.clone();
        let program = bench.stores.join("fake-gcs-server-1.56.1/fake-gcs-server");
        let (host, url) = (format!("{HOST}:4443"), format!("http://{HOST}:4443"));
        let argv = [
            text(&program),
            "-scheme",
            "http",
            "-host",
            HOST,
            "-port",
            "4443",
            "-backend",
            "memory",
            "-external-url",
            &url,
            "-public-host",
            &host,
        ];
        let server = bench.serve("gcs", 4443, &[], &argv);
        Gcs { bench, _server: server, credentials_json: credentials }
    })
}

impl Gcs {
    /// Makes a bucket; each test has one of its own.
    pub fn bucket(&self, name: &str) -> Bucket {
        let key = self.bench.dir.path().join("google.json");
        let environment = pairs(&[
            ("GOOGLE_APPLICATION_CREDENTIALS", text(&key)),
            ("STANDIN_GCS_ENDPOINT", &format!("http://{HOST}:4443")),
        ]);
        Bucket::make(self.bench, format!("gs://{name}/"), environment)
    }
}

/// The identity endpoints: STS, Entra, and Google's token endpoint.
pub struct Identity {
    _server: Child,
    google: String,
    log: PathBuf,
}

impl Identity {
    /// What it gave and refused so far, one line each; for messages of failed tests.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// The STS endpoint, started once. A role called `NAMESPACE.ACCOUNT` trusts that service account alone.
pub fn sts(cluster: &'static Cluster) -> &'static Identity {
    s3(cluster);
    identity(cluster)
}

fn identity(cluster: &'static Cluster) -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let bench = bench(cluster);
        let dir = bench.dir.path();
        let (pem, json, jwks) = (dir.join("google.pem"), dir.join("google.json"), dir.join("jwks.json"));
        let (crt, key) = (dir.join("node.crt"), dir.join("node.key"));
        bench.tool(
            &[],
            &["google-key", text(&pem), text(&json), &format!("https://{HOST}:9443/google/token")],
        );
        std::fs::write(&jwks, cluster.kubectl(&["get", "--raw", "/openid/v1/jwks"]).success().stdout)
            .expect("the keys");
        let (tools, listen) = (bench.built.join("standin-tools"), format!("{HOST}:9443"));
        let argv = [
            text(&tools),
            "identity",
            "-listen",
            &listen,
            "-cert",
            text(&crt),
            "-key",
            text(&key),
            "-jwks",
            text(&jwks),
            "-access-key",
            ROLE_ACCESS_KEY,
            "-secret-key",
            ROLE_SECRET_KEY,
            "-tenant",
            AZURE_TENANT,
            "-client",
            AZURE_CLIENT,
            "-secret",
            AZURE_SECRET,
            "-google-key",
            text(&pem),
        ];
        let server = bench.serve("identity", 9443, &[], &argv);
        let google = std::fs::read_to_string(&json).expect("the key file");
        Identity { _server: server, google, log: dir.join("identity.log") }
    })
}
