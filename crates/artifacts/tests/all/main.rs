//! One test binary: every parser against its samples, its goldens, known answers and damage.

mod conformance;
mod counted;
mod encodings;
mod evidence;
mod formats;
mod generated;
mod log_clouds;
mod log_systems;
mod log_tables;
mod logs;
mod rows;
mod web;
