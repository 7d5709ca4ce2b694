//! Tests of the whole: the command line, cases, and the repository itself.

mod architecture;
mod generated;
mod licences;
mod tree;
