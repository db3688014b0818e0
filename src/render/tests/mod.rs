//! Whole outputs in snapshots, and what must hold for every pod and every text.

mod documents;
mod expansion;
mod objects;
mod plans;
mod pods;
mod provenance;
