//! One file a subcommand.

pub(super) mod completion;
pub(super) mod crds;
pub(super) mod explain;
pub(super) mod init;
pub(super) mod render;
pub(super) mod schedule;
pub(super) mod schema;
pub(super) mod validate;
pub(super) mod version;
