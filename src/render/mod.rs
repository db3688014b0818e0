//! Plan in, Kubernetes objects out.
//!
//! This room only spells out what a plan has decided, in typed `k8s-openapi` values, so that a misspelt field
//! does not compile. Nothing here chooses a name, a folder or an argument; what it does add is what every pod of
//! ours has in common ([`pod`]), the text that survives Kubernetes' own expansion ([`expansion`]) and the way
//! back from a field of an object to the field of the spec ([`provenance`]).
//!
//! Objects of one plan come in an order in which they can be applied: ServiceAccount, claim, ConfigMap, then
//! Job or CronJob. A caller with many plans writes the shared ones first, merged, and streams the rest plan by
//! plan, so that no more than one plan's objects are in memory at a time:
//!
//! ```text
//! let mut shared: Vec<Rendered> = plans.iter().flat_map(|plan| backup::shared_objects(plan, detail)).collect();
//! shared::merge(&mut shared);
//! // write those, then for each plan: backup::own_objects(plan, detail)
//! ```

pub mod backup;
pub mod document;
pub mod expansion;
mod fields;
mod job;
pub mod labels;
pub mod object;
pub mod pod;
pub mod provenance;
pub mod restore;
pub mod shared;
#[cfg(test)]
mod tests;

pub use object::{Object, Rendered};
pub use provenance::{Origin, Provenance, SpecName};

/// How much is wanted beside the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The objects alone; their [`Provenance`] is empty and costs nothing.
    Objects,
    /// With the way back from each field to the spec.
    Provenance,
}
