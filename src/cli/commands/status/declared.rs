//! Specs in files, as `status` compares them with the cluster.

use crate::bundle::{Bundle, Wanted};
use crate::cli::arguments::{Input, Target};
use crate::cli::{CommandError, Ui, session};
use crate::cluster::runs::{SpecKey, SpecKind};
use crate::cluster::status::Declared;
use crate::diagnostics::Severity;
use crate::render::{Detail, Object};
use crate::rules::Context;

/// Reads the files. What they become is only known where nothing is wrong with them; how the backups are is shown all
/// the same, because that is asked for when something is on fire. `None` when no spec could be read.
pub(super) fn read(
    ui: &Ui,
    input: Input,
    target: &Target,
    namespace: &str,
) -> Result<Option<Vec<Declared>>, CommandError> {
    let mut options = target.options()?;
    options.namespace.get_or_insert_with(|| namespace.to_owned());
    // What cannot be rendered cannot be compared, and that is to be said.
    options.rendering = true;
    let mut session = session::check(ui, input, &target.files, &options)?;
    let comparable = !session.fails(false);
    let declared = {
        let context = Context::new(&session.loaded.documents, &options);
        let bundle = Bundle::new(&context, Wanted::Backups);
        let specs = session.loaded.documents.iter().enumerate().filter(|(_, document)| document.is_spec());
        specs
            .map(|(index, document)| {
                let backup = document.backup();
                let objects =
                    if comparable { bundle.own_objects_with(index, Detail::Objects) } else { Vec::new() };
                let runnable = objects.into_iter().filter_map(|rendered| match &rendered.object {
                    object @ (Object::CronJob(_) | Object::Job(_)) => {
                        Some((object.kind(), object.name().to_owned(), serde_json::to_value(object).ok()?))
                    }
                    _ => None,
                });
                Declared {
                    key: SpecKey {
                        namespace: context.namespace(document).to_owned(),
                        kind: if backup.is_some() { SpecKind::Backup } else { SpecKind::Restore },
                        name: document.metadata.name.clone(),
                    },
                    path: Some(document.origin.path.to_string()),
                    schedule: backup.and_then(|spec| spec.schedule.clone()),
                    time_zone: backup.and_then(|spec| spec.time_zone.clone()),
                    objects: runnable.collect(),
                }
            })
            .collect::<Vec<_>>()
    };
    if declared.is_empty() {
        session::tell(ui, &mut session, false)?;
        return Ok(None);
    }
    if !comparable {
        let errors = session.report.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let codes: std::collections::BTreeSet<String> =
            errors.map(|found| found.definition.code.to_string()).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        ui.remark(&format!(
            "note: the files are not compared with the cluster, they have errors ({codes}); `validate` shows them"
        ))?;
    }
    Ok(Some(declared))
}
