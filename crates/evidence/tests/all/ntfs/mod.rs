//! NTFS against what The Sleuth Kit says, against what was written, and against damage.

mod common;
mod damage;
mod outside;
mod robustness;
mod sample;
