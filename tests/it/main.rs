//! One test binary: every file beside this one is a module of it.

mod generated;
