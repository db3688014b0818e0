//! The way to the cluster, as it is typed: kubectl's own flags, and what a command does around its requests.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::{CommandError, Exit, Ui};
use crate::cluster::{Connection, Impersonation, Options};

/// The heading of the flags about the connection.
pub(super) const HEADING: &str = "Connection options";

/// kubectl's flags about the connection (peers.md §3.2). They stand after the plugin's name: kubectl passes none of
/// its own on.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Flags {
    /// Path of the kubeconfig
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    kubeconfig: Option<PathBuf>,

    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    context: Option<String>,

    /// Cluster of the kubeconfig
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,

    /// User of the kubeconfig
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Address of the API server
    #[arg(long, short = 's', value_name = "URL")]
    server: Option<String>,

    /// Name that the server's certificate is checked against
    #[arg(long, value_name = "NAME")]
    tls_server_name: Option<String>,

    /// Do not check the server's certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,

    /// File with the authorities that sign the server's certificate
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    certificate_authority: Option<PathBuf>,

    /// File with the client's certificate
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    client_certificate: Option<PathBuf>,

    /// File with the client's key
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    client_key: Option<PathBuf>,

    /// Bearer token
    #[arg(long, value_name = "TOKEN")]
    token: Option<SecretString>,

    /// Name for basic authentication
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Password for basic authentication
    #[arg(long, value_name = "PASSWORD", requires = "username")]
    password: Option<SecretString>,

    /// User to act as
    #[arg(long = "as", value_name = "USER")]
    act_as: Option<String>,

    /// User id to act as
    #[arg(long, value_name = "UID", requires = "act_as")]
    as_uid: Option<String>,

    /// Group to act as; repeatable
    #[arg(long, value_name = "GROUP", requires = "act_as")]
    as_group: Vec<String>,

    /// Further attribute of the user to act as, KEY=VALUE; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_pair, requires = "act_as")]
    as_user_extra: Vec<(String, String)>,

    /// Longest time for one request, such as 30s; a bare number is seconds, 0 is no bound
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_timeout)]
    request_timeout: Timeout,

    /// Do not ask for compressed answers
    #[arg(long)]
    disable_compression: bool,

    /// Folder for cached discovery; accepted for kubectl's sake, nothing is cached
    #[arg(long, value_name = "DIR", hide = true)]
    cache_dir: Option<PathBuf>,
}

/// A time that may be unbounded; a type of its own, because clap reads an `Option` as an absent flag.
#[derive(Clone, Copy, Debug)]
struct Timeout(Option<Duration>);

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

fn parse_timeout(text: &str) -> Result<Timeout, String> {
    Ok(Timeout(Some(parse_duration(text)?).filter(|bound| !bound.is_zero())))
}

/// A time as kubectl takes it: a bare number of seconds, or with units as in `1h30m`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    crate::schedule::duration::parse(text).map_err(|error| error.to_string())
}

impl Flags {
    /// Whether `--server` was given, with an address or, where that is allowed, without.
    pub(super) fn server_is_given(&self) -> bool {
        self.server.is_some()
    }

    /// What they say, with the namespace of the command line.
    pub(super) fn options(&self, namespace: Option<&str>) -> Options {
        Options {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            // `validate --server` without an address.
            server: self.server.clone().filter(|address| !address.is_empty()),
            tls_server_name: self.tls_server_name.clone(),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            certificate_authority: self.certificate_authority.clone(),
            client_certificate: self.client_certificate.clone(),
            client_key: self.client_key.clone(),
            token: self.token.clone(),
            username: self.username.clone(),
            password: self.password.clone(),
            impersonation: Impersonation {
                user: self.act_as.clone(),
                uid: self.as_uid.clone(),
                groups: self.as_group.clone(),
                extra: self.as_user_extra.clone(),
            },
            request_timeout: self.request_timeout.0,
            disable_compression: self.disable_compression,
            namespace: namespace.map(str::to_owned),
        }
    }
}

/// Runs the part of a command that talks to the cluster. Ctrl-C ends it with [`Exit::Interrupted`]; what is to be
/// said then is the caller's `farewell`, such as how to get back to a run that goes on. Warnings of the server and
/// the number of requests are told at the end.
pub(super) fn run<F>(
    ui: &Ui,
    options: &Options,
    farewell: impl Fn() -> Option<String>,
    work: impl FnOnce(Connection) -> F,
) -> Result<Exit, CommandError>
where
    F: Future<Output = Result<Exit, CommandError>>,
{
    run_and_clean(ui, options, farewell, work, |_| async {})
}

/// The same for a command that leaves something in the cluster which has to go, however the command ends: `clean` is
/// the last that it does, also after Ctrl-C, and is given some seconds.
pub(super) fn run_and_clean<F, C>(
    ui: &Ui,
    options: &Options,
    farewell: impl Fn() -> Option<String>,
    work: impl FnOnce(Connection) -> F,
    clean: impl FnOnce(Connection) -> C,
) -> Result<Exit, CommandError>
where
    F: Future<Output = Result<Exit, CommandError>>,
    C: Future<Output = ()>,
{
    const LONGEST_CLEANING: Duration = Duration::from_secs(10);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::Error::new(error).context("cannot start"))?;
    let outcome = runtime.block_on(async {
        let connection = Connection::open(options).await?;
        let outcome = tokio::select! {
            // The work first: it reads its input, which may be a terminal, before it waits for anything else. Once
            // Ctrl-C is listened for, it would not end that reading any more.
            biased;
            outcome = work(connection.clone()) => outcome,
            _ = tokio::signal::ctrl_c() => {
                if let Some(words) = farewell() {
                    ui.remark(&words)?;
                }
                Ok(Exit::Interrupted)
            }
        };
        // What is left after that time goes by itself; the caller sees to it.
        let _ = tokio::time::timeout(LONGEST_CLEANING, clean(connection.clone())).await;
        tell_warnings(ui, &connection)?;
        ui.detail(&format!("{} requests to {}", connection.requests(), connection.server()))?;
        outcome
    });
    // Answers that nobody waits for any more must not hold the command back.
    runtime.shutdown_background();
    outcome
}

/// Tells the warnings of the server that nobody was told yet.
pub(super) fn tell_warnings(ui: &Ui, connection: &Connection) -> std::io::Result<()> {
    connection
        .take_warnings()
        .iter()
        .try_for_each(|text| ui.remark(&format!("Warning: {}", crate::diagnostics::visible_line(text))))
}
