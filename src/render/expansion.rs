//! Literal texts in places that Kubernetes expands.
//!
//! In `command`, `args` and `env[].value` the kubelet replaces `$(NAME)` by the variable's value when it has one,
//! and `$$` by `$`. Everything else stays, with one surprise: a `$` before a character outside ASCII takes that
//! character's first byte for a whole one and mangles it. All of this is from the documentation of
//! `Container.args` in the API reference and from `third_party/forked/golang/expansion` in Kubernetes.
//!
//! So every `$` is doubled, not only those in front of a parenthesis: `$$` always comes out as one `$`, whatever
//! follows it. It also is the form that survives a Flux substitution: `${x}` of a person becomes `$${x}`, which
//! Flux turns into `${x}`, which Kubernetes leaves alone. (Rules refuse `${` in a spec before this room sees it.)

use std::borrow::Cow;

use crate::plan::Argument;

/// The text with every `$` doubled, which Kubernetes' expansion turns back into the text.
#[must_use]
pub fn escape_expansion(text: &str) -> Cow<'_, str> {
    if text.contains('$') { Cow::Owned(text.replace('$', "$$")) } else { Cow::Borrowed(text) }
}

/// An argument as it is written in `command` or `args`: literal, but for our own reference.
///
/// A reference that is no byte range of the text is taken for literal text, which is the harmless side.
pub(super) fn argument(argument: &Argument) -> String {
    let text = argument.text.as_str();
    let parts = argument
        .reference
        .as_ref()
        .and_then(|range| Some((text.get(..range.start)?, text.get(range.clone())?, text.get(range.end..)?)));
    match parts {
        Some((before, reference, after)) => {
            [&*escape_expansion(before), reference, &*escape_expansion(after)].concat()
        }
        None => escape_expansion(text).into_owned(),
    }
}
