//! What is wrong with an input, where it is wrong, and what to do about it.
//!
//! A [`Diagnostic`] is one finding: a [`Definition`] out of the catalogue (its stable code, its
//! name, why it matters), a [`Place`] in the input, and texts in the words and values of the
//! person who wrote that input. Rooms that read, plan or check collect findings in a [`Report`];
//! the renderers in [`render`] are the only part that knows how a finding looks.
//!
//! The room is pure. It reads no file, no clock and no environment, and it imports no other room:
//! the text that a human excerpt shows comes through [`Sources`], and whether there is colour, how
//! wide the terminal is and what the tool calls its version come through [`render::Options`]. The
//! same report gives the same bytes in every format.
//!
//! A finding's texts may quote anything that stood in a file. Nothing of that reaches a terminal,
//! a log or a pull request raw: control characters, line breaks and invisible characters are
//! spelled out by the renderers, each in the way its format allows.

mod catalogue;
mod code;
mod diagnostic;
mod fingerprint;
mod place;
pub mod render;
mod report;
mod sources;
mod text;

#[cfg(test)]
mod tests;

pub use catalogue::{
    ALL, CONTRACT_ERRORS, ContractError, HUNDREDS, Hundred, by_alias, by_code, by_name, codes,
};
pub use code::{Code, Definition, InvalidCode, Severity};
pub use diagnostic::{Diagnostic, Edit, Fix, Related};
pub use fingerprint::fingerprints;
pub use place::{DocumentId, Place, Position, Span};
pub use render::{Format, Options, write};
pub use report::{Checked, Report, Summary};
pub use sources::{Excerpt, NoSources, Sources};
pub use text::{visible, visible_line};
