//! Each code is raised by a text that deserves it and stays silent at its nearest sound neighbour.

mod accounts_and_claims;
mod chains;
mod databases;
mod fixtures;
mod harness;
mod identity_and_secrets;
mod options;
mod storage;
mod targets;
