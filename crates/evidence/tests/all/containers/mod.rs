//! Containers, partition tables and inspection against what libewf and The Sleuth Kit say.

mod common;
mod damaged_ewf;
mod grouping;
mod outside;
mod robustness;
mod samples;
