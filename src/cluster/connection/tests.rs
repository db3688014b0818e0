//! How flags and kubeconfig make one configuration, as kubectl does it (peers.md §3.2).

use std::io::Write;

use super::*;
use secrecy::ExposeSecret;

const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: blue
clusters:
- name: blue
  cluster: {server: "https://blue.example:6443", insecure-skip-tls-verify: true}
- name: green
  cluster: {server: "https://green.example:6443", certificate-authority: /does/not/exist}
users:
- name: person
  user: {token: from-file}
- name: plugin
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: get-token, interactiveMode: Never}
contexts:
- name: blue
  context: {cluster: blue, user: person, namespace: shop}
- name: green
  context: {cluster: green, user: plugin}
"#;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn load(text: &str, change: impl FnOnce(&mut Options)) -> Result<Config> {
    let file = file(text);
    let mut options = Options { kubeconfig: Some(file.path().to_owned()), ..Options::default() };
    change(&mut options);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(configuration(&options))
}

#[test]
fn the_current_context_says_server_user_and_namespace() {
    let config = load(KUBECONFIG, |_| ()).unwrap();
    assert_eq!(address(&config), "https://blue.example:6443");
    assert_eq!(config.default_namespace, "shop");
    assert_eq!(config.auth_info.token.unwrap().expose_secret(), "from-file");
    assert!(!config.default_retry, "our own middleware repeats requests");
}

#[test]
fn a_flag_mends_what_would_not_load() {
    let broken = load(KUBECONFIG, |options| options.context = Some("green".to_owned())).unwrap_err();
    assert!(broken.to_string().contains("certificate authority"), "{broken}");

    let config = load(KUBECONFIG, |options| {
        options.context = Some("green".to_owned());
        options.insecure_skip_tls_verify = true;
    })
    .unwrap();
    assert_eq!(address(&config), "https://green.example:6443");
    assert!(config.accept_invalid_certs && config.root_cert.is_none());
    assert_eq!(config.auth_info.exec.unwrap().command.as_deref(), Some("get-token"));
}

#[test]
fn a_token_of_the_command_line_takes_the_place_of_a_plugin() {
    let config = load(KUBECONFIG, |options| {
        options.user = Some("plugin".to_owned());
        options.token = Some("from-flag".to_owned().into());
    })
    .unwrap();
    assert!(config.auth_info.exec.is_none());
    assert_eq!(config.auth_info.token.unwrap().expose_secret(), "from-flag");
}

#[test]
fn server_and_token_are_enough_without_any_context() {
    for text in ["apiVersion: v1\nkind: Config\n", "apiVersion: v1\nkind: Config\ncurrent-context: \"\"\n"] {
        let config = load(text, |options| {
            options.server = Some("https://127.0.0.1:6443".to_owned());
            options.token = Some("t".to_owned().into());
            options.impersonation.user = Some("jane".to_owned());
            options.impersonation.groups = vec!["developers".to_owned()];
            options.impersonation.extra =
                vec![("scope".to_owned(), "a".to_owned()), ("scope".to_owned(), "b".to_owned())];
        })
        .unwrap();
        assert_eq!(address(&config), "https://127.0.0.1:6443");
        assert_eq!(config.default_namespace, "default");
        assert_eq!(config.auth_info.impersonate.as_deref(), Some("jane"));
        assert_eq!(config.auth_info.impersonate_user_extra.unwrap()["scope"], ["a", "b"]);
    }
}

#[test]
fn what_cannot_be_used_is_said_with_what_is_missing() {
    for (text, change, words) in [
        ("apiVersion: v1\nkind: Config\n", None, "no context is chosen"),
        (KUBECONFIG, Some("red"), "red"),
        ("{", None, "YAML"),
        ("\u{0}\u{1}", None, "YAML"),
        ("[]", None, "YAML"),
    ] {
        let error = load(text, |options| options.context = change.map(str::to_owned)).expect_err(words);
        assert!(matches!(error, ClusterError::Configuration { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let missing = Options { kubeconfig: Some("/does/not/exist".into()), ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(configuration(&missing)).unwrap_err();
    assert!(error.to_string().contains("/does/not/exist"), "{error}");
}

#[test]
fn secrets_of_the_configuration_are_not_in_its_debug_text() {
    let options = Options {
        token: Some("token-canary".to_owned().into()),
        password: Some("password-canary".to_owned().into()),
        ..Options::default()
    };
    let text = format!("{options:?}");
    assert!(!text.contains("canary"), "{text}");
}
