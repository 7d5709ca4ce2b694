//! The command line: its contract, whole cases, what stays the same and what must be noticed.

mod accounted;
mod acts;
mod asked;
mod compared;
mod contract;
mod disclosed;
mod interrupted;
mod keys;
mod logs;
mod printed;
mod questions;
mod repeated;
mod tampered;
mod truncated;

use crate::support::sample;
use std::path::PathBuf;

/// The three pieces of evidence of the sample case.
pub(crate) fn laptop_case() -> [PathBuf; 3] {
    ["laptop.E01", "usb-stick.dd", "gateway-logs.zip"].map(|name| sample("laptop-case").join(name))
}
