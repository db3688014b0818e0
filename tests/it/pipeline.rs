//! The whole way from text to objects inside this process, for tests that go it a hundred thousand times.

use std::sync::Arc;

use neo4j_backup::bundle::{Bundle, Wanted};
use neo4j_backup::diagnostics::{Diagnostic, Severity};
use neo4j_backup::input::sources::{Origin, Source, SourceName};
use neo4j_backup::input::{self, suppress};
use neo4j_backup::plan::restore::RestorePlan;
use neo4j_backup::render::Rendered;
use neo4j_backup::rules::{self, Context, Options};
use neo4j_backup::target::TargetFlags;

/// What one text gave.
pub(crate) struct Outcome {
    /// Findings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Plans of the restores.
    pub(crate) restores: Vec<RestorePlan>,
    /// Objects; none when there is an error, as the command line does it.
    pub(crate) objects: Vec<Rendered>,
}

impl Outcome {
    /// Whether there is an error.
    pub(crate) fn refused(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The objects as the values that an API server would see.
    pub(crate) fn values(&self) -> Vec<serde_json::Value> {
        self.objects.iter().map(|rendered| serde_json::to_value(&rendered.object).unwrap()).collect()
    }
}

/// Options as `-n default` and the flags of a cluster of three would give them.
pub(crate) fn options() -> Options {
    Options {
        namespace: Some("default".to_owned()),
        target: TargetFlags {
            image: Some("neo4j:5.26.12-enterprise".to_owned()),
            servers: Some(3),
            ..TargetFlags::default()
        },
        now: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        rendering: true,
        rendering_restores: true,
    }
}

/// Reads, checks, plans and renders a text.
pub(crate) fn process(text: &[u8], options: &Options) -> Outcome {
    let sources = [Source {
        name: Arc::new(SourceName::new("input.yaml")),
        origin: Origin::Stdin,
        targets_only: false,
    }];
    let loaded = input::load(&sources, text).unwrap();
    let context = Context::new(&loaded.documents, options);
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(rules::check(&context));
    let mut diagnostics = suppress::apply(diagnostics, &loaded.suppressions);
    let mut objects = Vec::new();
    let mut restores = Vec::new();
    let refused = |diagnostics: &[Diagnostic]| {
        diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    };
    let bundle = Bundle::new(&context, Wanted::All);
    if !refused(&diagnostics) {
        diagnostics.extend(bundle.findings());
    }
    if !refused(&diagnostics) {
        for specs in bundle.namespaces() {
            objects.extend(bundle.shared_objects(specs));
            for index in specs {
                objects.extend(bundle.own_objects(*index));
            }
        }
        restores.extend(bundle.restore_plans());
    }
    Outcome { diagnostics, restores, objects }
}
