//! One file a subcommand.

pub(super) mod apply;
pub(super) mod completion;
pub(super) mod convert;
pub(super) mod crds;
pub(super) mod delete;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod emit;
pub(super) mod explain;
pub(super) mod init;
pub(super) mod krm;
pub(super) mod logs;
pub(super) mod rbac;
pub(super) mod render;
pub(super) mod schedule;
pub(super) mod schema;
pub(super) mod status;
pub(super) mod suspend;
pub(super) mod trigger;
pub(super) mod validate;
pub(super) mod version;
