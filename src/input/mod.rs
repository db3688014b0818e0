//! Text in, located documents out: files, folders, streams and kustomize builds; YAML as Kubernetes reads it;
//! the walk that names every field that does not fit; other dialects, recognised for what they are.

pub mod confidential;
pub mod decode;
pub mod dialect;
pub mod document;
pub mod field;
pub mod fix;
pub mod foreign;
pub mod function_config;
pub mod load;
pub mod locate;
pub mod redact;
pub mod resource_list;
pub mod since;
pub mod sources;
pub(crate) mod spelling;
pub mod suppress;
pub mod texts;
pub mod visit;
mod walk;
pub mod yaml;

pub use document::{Content, Document};
pub use load::{Loaded, load};
pub use locate::{Aim, Correction, Finding};
