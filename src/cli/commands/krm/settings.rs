//! Flags and the `functionConfig`, made one.

use std::sync::Arc;

use super::Arguments;
use crate::cli::{CommandError, arguments};
use crate::diagnostics::{Diagnostic, codes};
use crate::input::document::Origin;
use crate::input::function_config::{self, Setting};
use crate::input::resource_list::ResourceList;
use crate::rules;

/// What was asked for.
pub(super) struct Settled {
    pub(super) options: rules::Options,
    pub(super) target_files: Vec<String>,
    pub(super) strict: bool,
    pub(super) keep_specs: bool,
    /// Findings about the configuration.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Its text.
    pub(super) origin: Option<Arc<Origin>>,
}

/// Reads the configuration of the list on top of the flags.
pub(super) fn settle(arguments: Arguments, list: &ResourceList) -> Result<Settled, CommandError> {
    let Arguments { mut target, mut strict, mut keep_specs, .. } = arguments;
    // What is wrong with the flags is not the configuration's fault.
    let flags = target.options()?;
    let Some(document) = list.function_config() else {
        let target_files = target.files;
        return Ok(Settled {
            options: flags,
            target_files,
            strict,
            keep_specs,
            diagnostics: Vec::new(),
            origin: None,
        });
    };
    let known: Vec<&str> = arguments::Target::SETTINGS.into_iter().chain(["strict", "keepSpecs"]).collect();
    let mut config = function_config::read(document, &known);
    for setting in &config.settings {
        let outcome = match setting.key.as_str() {
            "strict" => boolean(setting).map(|value| strict = value),
            "keepSpecs" => boolean(setting).map(|value| keep_specs = value),
            key => target.set(key, &setting.text),
        };
        if let Err(help) = outcome {
            let message = format!("`{}` is no value of `{}`", setting.text, setting.key);
            config
                .diagnostics
                .push(Diagnostic::new(&codes::FUNCTION_VALUE, setting.place.clone(), message).help(help));
        }
    }
    let options = match target.options() {
        Ok(options) => options,
        Err(error) => {
            let place = config.place.clone();
            let message = error.error.to_string();
            let finding = Diagnostic::new(&codes::FUNCTION_VALUE, place, message);
            config.diagnostics.push(match error.hints.is_empty() {
                true => finding,
                false => finding.help(error.hints.join("; ")),
            });
            flags
        }
    };
    Ok(Settled {
        options,
        target_files: target.files,
        strict,
        keep_specs,
        diagnostics: config.diagnostics,
        origin: Some(config.origin),
    })
}

fn boolean(setting: &Setting) -> Result<bool, String> {
    setting.text.parse().map_err(|_| "write `true` or `false`".to_owned())
}
