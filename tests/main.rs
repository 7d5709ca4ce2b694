//! Tests of the whole: the command line, cases, and the repository itself.

mod architecture;
mod cli;
mod export;
mod external;
mod generated;
mod hostile;
mod licences;
mod sample_case;
mod support;
mod timestamps;
mod tree;
