//! Each code is raised by a text that deserves it and stays silent at its nearest sound neighbour.

mod accounts_and_claims;
mod chains;
mod databases;
mod documents;
mod fixtures;
mod harness;
mod harness_restores;
mod hooks;
mod identity_and_secrets;
mod names;
mod options;
mod placeholders;
mod point_in_time;
mod references;
mod restore_method;
mod restores;
mod retention;
mod schedules;
mod scheduling;
mod storage;
mod targets;
