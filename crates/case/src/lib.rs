//! The case: the only owner of the case database and of the clock.
#![deny(unsafe_code)]

pub mod api;
