//! Flags of `--with prometheusrule`.

use std::str::FromStr;

use clap::Args;

use crate::cli::CommandError;
use crate::emit::with::prometheusrule::Settings;

/// Flags about alerts.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where people read the runbook of the alerts: the URL of a copy of alerts.md, such as the one that lies in the bundle
    #[arg(long, value_name = "URL")]
    runbook_url: Option<Url>,

    /// A label that your Prometheus selects its rules by, such as release=kube-prometheus-stack; repeatable
    #[arg(long = "rule-label", value_name = "KEY=VALUE")]
    rule_labels: Vec<Label>,
}

impl Arguments {
    /// Refuses flags that would change nothing.
    pub(super) fn check(&self, wanted: bool) -> Result<(), CommandError> {
        let flag = match (&self.runbook_url, self.rule_labels.is_empty()) {
            (Some(_), _) => "--runbook-url",
            (None, false) => "--rule-label",
            (None, true) => return Ok(()),
        };
        if wanted {
            return Ok(());
        }
        Err(CommandError::usage(format!("{flag} is about alerts, and none are asked for"))
            .hint("add --with prometheusrule"))
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            runbook_url: self.runbook_url.as_ref().map(|url| url.0.clone()),
            labels: self.rule_labels.iter().map(|label| (label.key.clone(), label.value.clone())).collect(),
        }
    }
}

/// A URL that a section of the runbook can be appended to.
#[derive(Clone, Debug)]
struct Url(String);

impl FromStr for Url {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return Err("a URL begins with https:// or http://");
        }
        // Prometheus expands templates in annotations, and Flux substitutes variables.
        if text.contains(|character: char| character.is_whitespace() || character.is_control())
            || text.contains(['{', '}', '$', '#'])
        {
            return Err(
                "white space, braces, `$` and `#` have no place in it; the section is appended after a `#`",
            );
        }
        Ok(Self(text.to_owned()))
    }
}

/// A label of a Kubernetes object.
#[derive(Clone, Debug)]
struct Label {
    key: String,
    value: String,
}

impl FromStr for Label {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or("a label is KEY=VALUE")?;
        let (prefix, name) = key.rsplit_once('/').unwrap_or(("x", key));
        if is_part(prefix, 253) && is_part(name, 63) && (value.is_empty() || is_part(value, 63)) {
            Ok(Self { key: key.to_owned(), value: value.to_owned() })
        } else {
            Err(
                "a label has letters, digits, `-`, `_` and `.`, at most 63, and begins and ends with a letter or digit",
            )
        }
    }
}

/// Kubernetes' grammar of names and values of labels (Kubernetes documentation, "Labels and Selectors").
fn is_part(text: &str, longest: usize) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= longest
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
