//! The window of Casebook: dialogs, dropped files, and commands that hand everything to `case::api`.
#![deny(unsafe_code)]

mod arguments;
mod commands;
mod desk;
mod dialogs;
mod recent;
mod sample;
mod window;

pub use arguments::{Arguments, USAGE};
pub use window::{run, settings_of_the_engine};
