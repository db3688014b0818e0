//! The same findings through every renderer.

mod fixture;
mod renderers;
mod safety;
mod schemas;
mod xsd;
