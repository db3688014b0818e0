//! The way to an API server: kubeconfig, flags, environment, and the client that comes of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use secrecy::SecretString;

use super::client;
use super::error::{ClusterError, Result};
use super::middleware::{Layer, Meter};

/// What a person says about the way to the server; each `None` leaves it to the kubeconfig. The fields are kubectl's
/// own flags (peers.md §3.2).
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Path of a kubeconfig, instead of those in `KUBECONFIG` or the one in the home folder.
    pub kubeconfig: Option<PathBuf>,
    /// Name of a context.
    pub context: Option<String>,
    /// Name of a cluster of the kubeconfig.
    pub cluster: Option<String>,
    /// Name of a user of the kubeconfig.
    pub user: Option<String>,
    /// Address of the API server.
    pub server: Option<String>,
    /// Name that the server's certificate is checked against.
    pub tls_server_name: Option<String>,
    /// Do not check the server's certificate.
    pub insecure_skip_tls_verify: bool,
    /// File with the authorities that sign the server's certificate.
    pub certificate_authority: Option<PathBuf>,
    /// File with the client's certificate.
    pub client_certificate: Option<PathBuf>,
    /// File with the client's key.
    pub client_key: Option<PathBuf>,
    /// Bearer token.
    pub token: Option<SecretString>,
    /// Name for basic authentication.
    pub username: Option<String>,
    /// Password for basic authentication.
    pub password: Option<SecretString>,
    /// Who to act as.
    pub impersonation: Impersonation,
    /// Longest time for one request; `None` for no bound.
    pub request_timeout: Option<Duration>,
    /// Do not ask for compressed answers.
    pub disable_compression: bool,
    /// Namespace of the command line.
    pub namespace: Option<String>,
}

/// Who to act as (`--as` and its relatives).
#[derive(Clone, Debug, Default)]
pub struct Impersonation {
    /// User.
    pub user: Option<String>,
    /// User id.
    pub uid: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// Further attributes, as `key=value`.
    pub extra: Vec<(String, String)>,
}

/// A client of one API server, and what it has met.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    meter: Arc<Meter>,
    server: Arc<str>,
    namespace: String,
    namespace_is_stated: bool,
}

impl Connection {
    /// Reads the configuration and makes a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub async fn open(options: &Options) -> Result<Self> {
        // The only error is that there is a provider already, which is ours from an earlier connection.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = configuration(options).await?;
        let server: Arc<str> = address(&config).into();
        let namespace = options.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let meter = Arc::new(Meter::default());
        let layer = Layer {
            meter: Arc::clone(&meter),
            timeout: options.request_timeout,
            server: Arc::clone(&server),
        };
        let client = client::client(config, &layer).map_err(|error| unusable(&error))?;
        let namespace_is_stated = options.namespace.is_some();
        Ok(Self { client, meter, server, namespace, namespace_is_stated })
    }

    /// The client, for typed access. Its errors become ours with [`Connection::error`].
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The namespace of the command: from `--namespace`, else from the context, else `default`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the namespace was given on the command line.
    #[must_use]
    pub fn namespace_is_stated(&self) -> bool {
        self.namespace_is_stated
    }

    /// Address of the API server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Requests sent so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.meter.requests()
    }

    /// How far the server's clock is ahead of ours, to a second; `None` before the first answer.
    #[must_use]
    pub fn server_ahead(&self) -> Option<jiff::SignedDuration> {
        self.meter.server_ahead()
    }

    /// Warnings of the server that nobody has been told yet; each text comes once.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.meter.take_warnings()
    }

    /// What a failed request means; `subject` names the object that it was about.
    #[must_use]
    pub fn error(&self, error: kube::Error, subject: &str) -> ClusterError {
        ClusterError::from_kube(error, &self.server, subject)
    }
}

/// The address as in the kubeconfig: without the slash that a URI without a path is printed with.
fn address(config: &Config) -> String {
    config.cluster_url.to_string().trim_end_matches('/').to_owned()
}

fn unusable(error: &dyn std::error::Error) -> ClusterError {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !message.contains(&words) {
            message = format!("{message}: {words}");
        }
        source = cause.source();
    }
    ClusterError::Configuration { message }
}

async fn configuration(options: &Options) -> Result<Config> {
    let mut config = match kubeconfig(options)? {
        Some(kubeconfig) => {
            let chosen = KubeConfigOptions {
                context: options.context.clone(),
                cluster: options.cluster.clone(),
                user: options.user.clone(),
            };
            let kubeconfig = overridden(kubeconfig, options, &chosen)?;
            Config::from_custom_kubeconfig(kubeconfig, &chosen).await.map_err(|error| unusable(&error))?
        }
        None => Config::incluster().map_err(|_| ClusterError::Configuration {
            message: "there is none, and this is not a pod with an account of its own".to_owned(),
        })?,
    };
    // Requests are repeated by our own middleware, which has an end that a person can wait for.
    config.default_retry = false;
    config.disable_compression |= options.disable_compression;
    config.connect_timeout =
        Some(options.request_timeout.map_or(CONNECT_TIMEOUT, |bound| bound.min(CONNECT_TIMEOUT)));
    let agent = concat!("kubectl-neo4j_backup/", env!("CARGO_PKG_VERSION"));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(agent)));
    Ok(config)
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The kubeconfig that holds, as kubectl finds it: the flag, else all files of `KUBECONFIG` merged, else the one in
/// the home folder. `None` when there is none and nothing else says where the server is, as in a pod.
fn kubeconfig(options: &Options) -> Result<Option<Kubeconfig>> {
    if let Some(path) = &options.kubeconfig {
        return Kubeconfig::read_from(path).map(Some).map_err(|error| unusable(&error));
    }
    if let Some(merged) = Kubeconfig::from_env().map_err(|error| unusable(&error))? {
        return Ok(Some(merged));
    }
    let home = std::env::home_dir().map(|home| home.join(".kube").join("config"));
    match home.filter(|path| path.exists()) {
        Some(path) => Kubeconfig::read_from(path).map(Some).map_err(|error| unusable(&error)),
        None if options.server.is_some() => Ok(Some(Kubeconfig::default())),
        None => Ok(None),
    }
}

/// The kubeconfig with the flags put over the cluster and the user that are chosen, as kubectl does it: before
/// anything is loaded, so that a flag also mends what would not load.
fn overridden(
    mut kubeconfig: Kubeconfig,
    options: &Options,
    chosen: &KubeConfigOptions,
) -> Result<Kubeconfig> {
    use kube::config::{Context, NamedAuthInfo, NamedCluster, NamedContext};

    const UNNAMED: &str = "";
    if kubeconfig.current_context.as_deref().is_none_or(str::is_empty) && chosen.context.is_none() {
        if options.server.is_none() {
            return Err(ClusterError::Configuration {
                message: "no context is chosen, and neither --context nor --server is given".to_owned(),
            });
        }
        let context =
            Context { cluster: UNNAMED.to_owned(), user: Some(UNNAMED.to_owned()), ..Context::default() };
        kubeconfig.contexts.retain(|named| named.name != UNNAMED);
        kubeconfig.contexts.push(NamedContext {
            name: UNNAMED.to_owned(),
            context: Some(context),
            other: Default::default(),
        });
        kubeconfig.clusters.push(NamedCluster {
            name: UNNAMED.to_owned(),
            cluster: Some(kube::config::Cluster::default()),
            other: Default::default(),
        });
        kubeconfig.auth_infos.push(NamedAuthInfo {
            name: UNNAMED.to_owned(),
            auth_info: Some(kube::config::AuthInfo::default()),
            other: Default::default(),
        });
        kubeconfig.current_context = Some(UNNAMED.to_owned());
    }
    let name = chosen.context.as_ref().or(kubeconfig.current_context.as_ref());
    let context = kubeconfig
        .contexts
        .iter()
        .find(|named| Some(&named.name) == name)
        .and_then(|named| named.context.clone())
        .unwrap_or_default();
    let cluster_name = chosen.cluster.clone().unwrap_or(context.cluster);
    let user_name = chosen.user.clone().or(context.user).unwrap_or_default();

    if let Some(cluster) = kubeconfig
        .clusters
        .iter_mut()
        .find(|named| named.name == cluster_name)
        .map(|named| named.cluster.get_or_insert_default())
    {
        if let Some(server) = &options.server {
            cluster.server = Some(server.clone());
        }
        if let Some(name) = &options.tls_server_name {
            cluster.tls_server_name = Some(name.clone());
        }
        if options.insecure_skip_tls_verify {
            cluster.insecure_skip_tls_verify = Some(true);
            cluster.certificate_authority = None;
            cluster.certificate_authority_data = None;
        }
        if let Some(path) = &options.certificate_authority {
            cluster.certificate_authority = Some(text(path)?);
            cluster.certificate_authority_data = None;
        }
    }
    if !kubeconfig.auth_infos.iter().any(|named| named.name == user_name) {
        kubeconfig.auth_infos.push(NamedAuthInfo {
            name: user_name.clone(),
            auth_info: Some(kube::config::AuthInfo::default()),
            other: Default::default(),
        });
    }
    if let Some(user) = kubeconfig
        .auth_infos
        .iter_mut()
        .find(|named| named.name == user_name)
        .map(|named| named.auth_info.get_or_insert_default())
    {
        apply_user(user, options)?;
    }
    Ok(kubeconfig)
}

fn apply_user(user: &mut kube::config::AuthInfo, options: &Options) -> Result<()> {
    // A token or a password of the command line takes the place of whatever the kubeconfig would do.
    if options.token.is_some() || options.username.is_some() {
        user.exec = None;
        user.auth_provider = None;
        user.token_file = None;
        user.token = options.token.clone();
        user.username = options.username.clone();
        user.password = options.password.clone();
    }
    if let Some(path) = &options.client_certificate {
        user.client_certificate = Some(text(path)?);
        user.client_certificate_data = None;
    }
    if let Some(path) = &options.client_key {
        user.client_key = Some(text(path)?);
        user.client_key_data = None;
    }
    let Impersonation { user: name, uid, groups, extra } = &options.impersonation;
    if let Some(name) = name {
        user.impersonate = Some(name.clone());
    }
    if let Some(uid) = uid {
        user.impersonate_uid = Some(uid.clone());
    }
    if !groups.is_empty() {
        user.impersonate_groups = Some(groups.clone());
    }
    if !extra.is_empty() {
        let mut attributes: HashMap<String, Vec<String>> = HashMap::new();
        for (key, value) in extra {
            attributes.entry(key.clone()).or_default().push(value.clone());
        }
        user.impersonate_user_extra = Some(attributes);
    }
    Ok(())
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| ClusterError::Configuration {
        message: format!("the path {} is not UTF-8", path.display()),
    })
}

#[cfg(test)]
mod tests;
