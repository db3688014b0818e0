//! What stands between a spec and a good backup.
//!
//! [`facts`] asks the cluster, some requests at a time and as few as the checks need; what somebody may not read is
//! a [`Gap`] in the facts and becomes `unknown`. Everything else here is plain code over those facts: one file a
//! topic, each giving [`Check`]s.

mod access;
mod admission;
pub mod facts;
mod history;
mod network;
mod placement;
pub mod probe;
mod references;
mod room;
mod storage;
pub mod subject;
mod target;
pub mod text;

use serde::Serialize;

use crate::diagnostics::Definition;

pub use facts::Facts;
pub use subject::Subject;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing stands in the way.
    Pass,
    /// Something that may be meant.
    Warn,
    /// It keeps a backup from being made.
    Fail,
    /// It could not be seen.
    Unknown,
}

impl Verdict {
    /// The word in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// Something that could not be read, in words that name what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap(pub String);

/// What was read, or why not.
pub type Fact<T> = Result<T, Gap>;

/// One check of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Its code and what `explain` says of it.
    #[serde(serialize_with = "code")]
    pub code: &'static Definition,
    /// The spec that it is about, `namespace/name`; a namespace, or empty for the cluster.
    pub about: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What was found, in one line.
    pub found: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

fn code<S: serde::Serializer>(definition: &&'static Definition, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&definition.code)
}

impl Check {
    fn new(code: &'static Definition, verdict: Verdict, found: impl Into<String>) -> Self {
        let found = found.into();
        let found = crate::diagnostics::visible_line(&found).into_owned();
        Self { code, about: String::new(), verdict, found, next: None }
    }

    fn pass(code: &'static Definition, found: impl Into<String>) -> Self {
        Self::new(code, Verdict::Pass, found)
    }

    fn warn(code: &'static Definition, found: impl Into<String>) -> Self {
        Self::new(code, Verdict::Warn, found)
    }

    fn fail(code: &'static Definition, found: impl Into<String>) -> Self {
        Self::new(code, Verdict::Fail, found)
    }

    fn unknown(code: &'static Definition, found: impl Into<String>) -> Self {
        Self::new(code, Verdict::Unknown, found)
    }

    fn gap(code: &'static Definition, gap: &Gap) -> Self {
        Self::unknown(code, gap.0.clone())
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn about(mut self, about: &str) -> Self {
        about.clone_into(&mut self.about);
        self
    }
}

/// Everything that can be said without a pod in the cluster, first of the cluster, then of each spec.
#[must_use]
pub fn checks(facts: &Facts, subjects: &[Subject]) -> Vec<Check> {
    let mut all = access::checks(facts);
    for subject in subjects {
        let about = format!("{}/{}", subject.namespace, subject.name);
        let parts: [fn(&Facts, &Subject) -> Vec<Check>; 8] = [
            history::applied,
            target::checks,
            references::checks,
            storage::checks,
            room::checks,
            admission::checks,
            network::checks,
            placement::checks,
        ];
        all.extend(parts.iter().flat_map(|part| part(facts, subject)).map(|check| check.about(&about)));
        all.extend(history::runs(facts, subject).into_iter().map(|check| check.about(&about)));
    }
    all
}

/// The worst verdict: a failure, else a warning, else something unknown.
#[must_use]
pub fn worst(checks: &[Check]) -> Verdict {
    [Verdict::Fail, Verdict::Warn, Verdict::Unknown]
        .into_iter()
        .find(|verdict| checks.iter().any(|check| check.verdict == *verdict))
        .unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests;
