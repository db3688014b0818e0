//! One file a subcommand.

pub(super) mod render;
pub(super) mod validate;
