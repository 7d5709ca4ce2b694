//! One test binary: every parser against its samples, its goldens, known answers and damage.

mod conformance;
mod evidence;
mod generated;
mod rows;
