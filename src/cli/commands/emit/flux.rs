//! Settings of `emit flux`.

use std::str::FromStr;

use clap::Args;

use super::Common;
use super::environments::is_label;
use crate::emit::flux::{Flux, Source, SourceKind};

/// Where Flux reads the bundle, and how it rolls it out. The name is also that of clap's group, which no other may have.
#[derive(Debug, Args)]
pub(super) struct FluxArguments {
    #[command(flatten)]
    pub(super) common: Common,

    /// Source that Flux reads the bundle from: GitRepository, OCIRepository, Bucket or ExternalArtifact, its name, and
    /// its namespace where it is not that of the Kustomizations
    #[arg(long, value_name = "KIND/NAME[.NAMESPACE]", default_value = "GitRepository/flux-system")]
    source: Written,

    /// Folder of the bundle in the source
    #[arg(long, value_name = "PATH", default_value = "./", value_parser = path)]
    path: String,

    /// Namespace of the Kustomizations
    #[arg(long, value_name = "NAMESPACE", default_value = "flux-system", value_parser = label)]
    flux_namespace: String,

    /// Name of the Kustomization of the schedules; those beside it are named after it. Two bundles in one cluster need
    /// two names
    #[arg(long, value_name = "NAME", default_value = "neo4j-backup", value_parser = name)]
    name: String,

    /// How often Flux compares the cluster with the source
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    interval: String,
}

impl FluxArguments {
    /// The form.
    pub(super) fn form(&self) -> Flux {
        Flux {
            source: self.source.0.clone(),
            path: self.path.clone(),
            namespace: self.flux_namespace.clone(),
            name: self.name.clone(),
            interval: self.interval.clone(),
        }
    }
}

/// A source, as Flux's own command line writes it.
#[derive(Clone, Debug)]
struct Written(Source);

impl FromStr for Written {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "a source is KIND/NAME or KIND/NAME.NAMESPACE, such as GitRepository/flux-system";
        let (kind, rest) = text.split_once('/').ok_or(FORM)?;
        let kinds = SourceKind::ALL.map(SourceKind::name).join(", ");
        let kind = SourceKind::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(kind))
            .ok_or_else(|| format!("`{kind}` is no kind of source; Flux has {kinds}"))?;
        // The last dot, as Flux has it: names may have dots, namespaces may not.
        let (name, namespace) =
            rest.rsplit_once('.').map_or((rest, None), |(name, namespace)| (name, Some(namespace)));
        if !name.split('.').all(is_label) || !namespace.is_none_or(is_label) {
            return Err(format!("`{rest}` is not the name of an object; {FORM}"));
        }
        Ok(Self(Source { kind, name: name.to_owned(), namespace: namespace.map(str::to_owned) }))
    }
}

fn label(text: &str) -> Result<String, String> {
    match is_label(text) {
        true => Ok(text.to_owned()),
        false => Err("at most 63 lower-case letters, digits and dashes".to_owned()),
    }
}

/// The name becomes a label of everything that is rolled out, with an environment and a suffix.
fn name(text: &str) -> Result<String, String> {
    const LONGEST: usize = 40;
    match is_label(text) && text.len() <= LONGEST {
        true => Ok(text.to_owned()),
        false => Err(format!("at most {LONGEST} lower-case letters, digits and dashes")),
    }
}

/// A folder in a source, as `./a/b`.
fn path(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_plain = |part: &&str| {
        *part != ".." && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if !parts.iter().all(is_plain) {
        return Err(
            "a path below the root of the source, of letters, digits, `.`, `_`, `-` and `/`".to_owned()
        );
    }
    Ok(format!("./{}", parts.join("/")))
}

/// The pattern of the CRD without fractions: `^([0-9]+(ms|s|m|h))+$` (kustomize-controller v1.7.3,
/// `spec.interval`), and a second at least, because Flux would never rest.
fn duration(text: &str) -> Result<String, String> {
    const FORM: &str = "a number and a unit, such as 10m or 1h30m; at least one second";
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| FORM)?;
        let unit = behind.chars().next().ok_or(FORM)?;
        let length = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(FORM.to_owned()),
        };
        seconds = seconds.saturating_add(number.saturating_mul(length));
        rest = behind.get(1..).unwrap_or_default();
    }
    // A duration of Go has 64 bits of nanoseconds.
    if !(1..=9_000_000_000).contains(&seconds) {
        return Err(FORM.to_owned());
    }
    Ok(text.to_owned())
}
